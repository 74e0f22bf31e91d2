//! Two texts in parts: those that differ, each with what is equal around it, and what is equal between them.
//!
//! Most of two versions of a file is equal, so what is equal is compared as bytes; lines are taken apart only near differences.

use std::cmp::Reverse;
use std::ops::{Add, Range};

use gix::bstr::ByteSlice as _;

use super::texts::{
    CONTEXT, common_start, count_lines, line_ends, line_start_after, line_start_before, split_lines,
};

/// Equal lines in a row from which on what comes before and after them is compared by itself: enough for the context of both.
const SURE: u32 = 2 * CONTEXT as u32;
/// Lines of both texts together that a difference may have to be told from the next one.
const MAX_SPAN: usize = 300;

/// Where a line begins: the bytes and the lines before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) byte: usize,
    pub(super) line: u32,
}

impl Add for Place {
    type Output = Place;

    fn add(self, other: Place) -> Place {
        Place {
            byte: self.byte + other.byte,
            line: self.line + other.line,
        }
    }
}

/// A part of two texts.
pub(super) struct Part {
    pub(super) old: Range<Place>,
    pub(super) new: Range<Place>,
    pub(super) is_same: bool,
}

impl Part {
    /// The lines of the part in the old text.
    pub(super) fn old_lines<'a>(&self, old: &'a [u8]) -> Vec<&'a [u8]> {
        split_lines(&old[self.old.start.byte..self.old.end.byte])
    }

    /// The lines of the part in the new text.
    pub(super) fn new_lines<'a>(&self, new: &'a [u8]) -> Vec<&'a [u8]> {
        split_lines(&new[self.new.start.byte..self.new.end.byte])
    }
}

/// Two texts in parts, in order, the last one to their ends. `is_asked_from` tells whether anything from a line of the new text
/// on is asked for: behind that nothing is told apart.
pub(super) fn parts(old: &[u8], new: &[u8], is_asked_from: &dyn Fn(u32) -> bool) -> Vec<Part> {
    let mut parts = Vec::new();
    // Where the part begins, and where its differences do.
    let mut from = (Place::default(), Place::default());
    let same = equal_start(old, new);
    let mut at = (same, same);
    while is_asked_from(from.1.line)
        && let Some(found) = next_equal(&old[at.0.byte..], &new[at.1.byte..])
    {
        let start = (at.0 + found.gone, at.1 + found.came);
        at = (start.0 + found.same, start.1 + found.same);
        let equal = &new[start.1.byte..at.1.byte];
        let is_end = (at.0.byte, at.1.byte) == (old.len(), new.len());
        if is_end || !is_told_apart(equal, &[old, new]) {
            break;
        }
        let first = Place {
            byte: line_start_after(equal, CONTEXT),
            line: CONTEXT as u32,
        };
        let last = Place {
            byte: line_start_before(equal, CONTEXT),
            line: found.same.line - CONTEXT as u32,
        };
        parts.push(Part {
            old: from.0..start.0 + first,
            new: from.1..start.1 + first,
            is_same: false,
        });
        parts.push(Part {
            old: start.0 + first..start.0 + last,
            new: start.1 + first..start.1 + last,
            is_same: true,
        });
        from = (start.0 + last, start.1 + last);
    }
    parts.push(Part {
        old: from.0..end_of(old, from.0),
        new: from.1..end_of(new, from.1),
        is_same: false,
    });
    parts
}

/// The end of a text, with the lines counted from a place of it on.
fn end_of(text: &[u8], from: Place) -> Place {
    let rest = &text[from.byte..];
    from + Place {
        byte: rest.len(),
        line: count_lines(rest) as u32,
    }
}

/// Where two texts that differ at once are equal again.
struct Equal {
    gone: Place,
    came: Place,
    same: Place,
}

/// The nearest place after a difference from where on enough lines are equal, or all to the end, and how many are.
fn next_equal(old: &[u8], new: &[u8]) -> Option<Equal> {
    let (old_lines, new_lines) = (Lines::first_of(old), Lines::first_of(new));
    let (old_last, new_last) = (old_lines.keys.len() - 1, new_lines.keys.len() - 1);
    for span in 1..=MAX_SPAN.min(old_last + new_last) {
        let gone = span.saturating_sub(new_last)..=span.min(old_last);
        let came = span - gone.end()..=span - gone.start();
        let (gone_keys, came_keys) = (&old_lines.keys[gone.clone()], &new_lines.keys[came]);
        for (gone, (one, other)) in gone.zip(gone_keys.iter().zip(came_keys.iter().rev())) {
            let came = span - gone;
            if one != other || is_tried(&old_lines, &new_lines, gone, came) {
                continue;
            }
            let (gone, came) = (old_lines.place(gone), new_lines.place(came));
            let (old_rest, new_rest) = (&old[gone.byte..], &new[came.byte..]);
            let same = equal_start(old_rest, new_rest);
            let is_end = same.byte == old_rest.len() && same.byte == new_rest.len();
            if same.line >= SURE || is_end {
                return Some(Equal { gone, came, same });
            }
        }
    }
    None
}

/// Whether the lines before two lines are equal as well: what follows those was too little.
fn is_tried(old: &Lines<'_>, new: &Lines<'_>, gone: usize, came: usize) -> bool {
    gone > 0 && came > 0 && old.line(gone - 1) == new.line(came - 1)
}

/// The first lines of a text, as many as a difference may have and one more; nothing stands for what comes after the last line.
struct Lines<'a> {
    text: &'a [u8],
    /// Where each begins, and where the last one ends.
    starts: Vec<usize>,
    /// Equal lines have equal ones, and different lines mostly have not.
    keys: Vec<u64>,
}

impl<'a> Lines<'a> {
    fn first_of(text: &'a [u8]) -> Lines<'a> {
        let mut lines = Lines {
            text,
            starts: vec![0],
            keys: Vec::new(),
        };
        let mut end = 0;
        let after_the_last = [&b""[..]];
        let all = text.lines_with_terminator().chain(after_the_last);
        for line in all.take(MAX_SPAN + 1) {
            end += line.len();
            lines.starts.push(end);
            lines.keys.push(key_of(line));
        }
        lines
    }

    fn line(&self, number: usize) -> &'a [u8] {
        &self.text[self.starts[number]..self.starts[number + 1]]
    }

    fn place(&self, number: usize) -> Place {
        Place {
            byte: self.starts[number],
            line: number as u32,
        }
    }
}

/// The length of a line and its last signs: what code is indented with, and what lines begin with, is often the same.
fn key_of(line: &[u8]) -> u64 {
    let mut last = [0; 8];
    let kept = line.len().min(last.len());
    last[..kept].copy_from_slice(&line[line.len() - kept..]);
    u64::from_le_bytes(last).rotate_left(8) ^ line.len() as u64
}

/// How far two texts have the same lines at their start.
fn equal_start(old: &[u8], new: &[u8]) -> Place {
    let bytes = common_start(old, new);
    if bytes == old.len() && bytes == new.len() {
        return end_of(old, Place::default());
    }
    let byte = old[..bytes].rfind_byte(b'\n').map_or(0, |end| end + 1);
    Place {
        byte,
        line: line_ends(&old[..byte]) as u32,
    }
}

/// Whether some of many equal lines stand nowhere else: tables repeat themselves, and where each part of one belongs only the
/// whole says.
fn is_told_apart(equal: &[u8], texts: &[&[u8]]) -> bool {
    const TRIED: usize = 3;
    let lines = equal.lines_with_terminator().take(SURE as usize);
    let mut longest: Vec<&[u8]> = lines.collect();
    longest.sort_by_key(|line| Reverse(line.len()));
    let stands_once = |line: &&[u8]| texts.iter().all(|text| text.find_iter(line).count() == 1);
    longest.iter().take(TRIED).any(stands_once)
}

//! Which lines of a text stood in another one.
//!
//! Lines are compared without their whitespace, as `git blame -w` does, with the algorithm and the sliding of git.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use gix::bstr::ByteSlice as _;
use gix::diff::blob::{Algorithm, Diff, InternedInput, TokenSource};

use super::parts::parts;

/// Lines kept around what differs, so that a change slides as it would in the whole text.
pub(super) const CONTEXT: usize = 120;

/// Lines that stand in both texts in the same order. Numbers count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) old: u32,
    pub(super) new: u32,
    pub(super) count: u32,
}

/// The lines of a text, with their ends.
#[must_use]
pub fn split_lines(text: &[u8]) -> Vec<&[u8]> {
    text.lines_with_terminator().collect()
}

/// Letters and digits: what makes a line worth finding again.
pub(super) fn weight(line: &[u8]) -> usize {
    line.iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .count()
}

/// The runs of equal lines, ascending.
pub(super) fn common_runs(old: &[&[u8]], new: &[&[u8]]) -> Vec<Run> {
    let same = |(one, other): &(&&[u8], &&[u8])| one == other;
    let start = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(same)
        .count();
    let (start, end) = (start.saturating_sub(CONTEXT), end.saturating_sub(CONTEXT));
    let mut runs = Runs::default();
    runs.add(Run {
        old: 0,
        new: 0,
        count: start as u32,
    });
    let input = InternedInput::new(
        Tokens(&old[start..old.len() - end]),
        Tokens(&new[start..new.len() - end]),
    );
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let (mut old_at, mut new_at) = (0, 0);
    for hunk in diff.hunks() {
        runs.add(Run {
            old: start as u32 + old_at,
            new: start as u32 + new_at,
            count: hunk.before.start - old_at,
        });
        (old_at, new_at) = (hunk.before.end, hunk.after.end);
    }
    let last = (old.len() - start - end) as u32 - old_at;
    runs.add(Run {
        old: start as u32 + old_at,
        new: start as u32 + new_at,
        count: last,
    });
    runs.add(Run {
        old: (old.len() - end) as u32,
        new: (new.len() - end) as u32,
        count: end as u32,
    });
    runs.0
}

/// Runs that are put together where they meet.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn add(&mut self, run: Run) {
        match self.0.last_mut() {
            Some(last) if last.old + last.count == run.old && last.new + last.count == run.new => {
                last.count += run.count;
            }
            _ if run.count > 0 => self.0.push(run),
            _ => {}
        }
    }
}

/// How much two texts have in common at their ends, told without taking them apart: most versions of a file differ from the
/// one before in few places.
pub(super) struct Ends {
    /// Bytes at the start.
    start_bytes: usize,
    /// Bytes at the end.
    end_bytes: usize,
    /// Lines at the start.
    start: u32,
    /// The first line of the common end, in either text.
    new_end: u32,
    old_end: u32,
}

impl Ends {
    pub(super) fn of(old: &[u8], new: &[u8]) -> Ends {
        let start = common_start(old, new);
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let end = common_end(old_rest, new_rest);
        let common = &old_rest[old_rest.len() - end..];
        let (start_ends, end_ends) = (line_ends(&new[..start]), line_ends(common));
        // What stands before the first line end may be the rest of a line that differs.
        let end_lines = (end_ends + usize::from(is_open(common))).saturating_sub(1);
        // What both have is counted once: of large files that is nearly all of both.
        let lines = |text: &[u8]| {
            let between = line_ends(&text[start..text.len() - end]);
            start_ends + between + end_ends + usize::from(is_open(text))
        };
        Ends {
            start_bytes: start,
            end_bytes: end,
            start: start_ends as u32,
            new_end: (lines(new) - end_lines) as u32,
            old_end: (lines(old) - end_lines) as u32,
        }
    }

    /// The runs of equal lines of the two texts, ascending.
    pub(super) fn runs(&self, old: &[u8], new: &[u8]) -> Vec<Run> {
        self.runs_of(old, new, &|_| true)
    }

    /// Those of them that some lines of the new text may be in. Only what is near a difference is taken apart: of what is equal
    /// as much stays as [`common_runs`] would keep of the ends. `is_asked` tells whether any of the lines is in a range.
    pub(super) fn runs_of(
        &self,
        old: &[u8],
        new: &[u8],
        is_asked: &dyn Fn(Range<u32>) -> bool,
    ) -> Vec<Run> {
        let skipped = self.start.saturating_sub(CONTEXT as u32);
        let from = line_start_before(&new[..self.start_bytes], CONTEXT);
        let common = &new[new.len() - self.end_bytes..];
        let dropped = common.len() - line_start_after(common, CONTEXT + 1);
        let (old, new) = (
            &old[from..old.len() - dropped],
            &new[from..new.len() - dropped],
        );
        let mut runs = Runs::default();
        runs.add(Run {
            old: 0,
            new: 0,
            count: skipped,
        });
        let parts = parts(old, new, &|line| is_asked(skipped + line..u32::MAX));
        for part in &parts {
            let from = skipped + part.new.start.line;
            let found = if part.is_same {
                vec![Run {
                    old: 0,
                    new: 0,
                    count: part.new.end.line - part.new.start.line,
                }]
            } else if is_asked(from..skipped + part.new.end.line) {
                common_runs(&part.old_lines(old), &part.new_lines(new))
            } else {
                Vec::new()
            };
            for run in found {
                runs.add(Run {
                    old: skipped + part.old.start.line + run.old,
                    new: from + run.new,
                    count: run.count,
                });
            }
        }
        let last = parts
            .last()
            .map(|part| (part.old.end.line, part.new.end.line));
        let (old_end, new_end) = last.unwrap_or_default();
        let end = Run {
            old: skipped + old_end,
            new: skipped + new_end,
            count: count_lines(&common[common.len() - dropped..]) as u32,
        };
        runs.add(end);
        runs.0
    }

    /// The line of the old text that `line` of the new one is, and which end it is in, if it is in one and far from what
    /// differs, so that a comparison of lines would say the same.
    pub(super) fn old(&self, line: u32) -> Option<(u32, usize)> {
        let far = CONTEXT as u32;
        if line + far < self.start {
            Some((line, 0))
        } else if line >= self.new_end + far {
            Some((self.old_end + line - self.new_end, 1))
        } else {
            None
        }
    }
}

/// Bytes compared at once: much first, as texts are mostly the same for long, then little near the place where they differ.
const BLOCKS: [usize; 2] = [4_096, 64];

/// How many bytes two texts have in common at their start.
#[must_use]
pub fn common_start(one: &[u8], other: &[u8]) -> usize {
    let mut start = 0;
    for size in BLOCKS {
        let (one, other) = (&one[start..], &other[start..]);
        let blocks = one.chunks_exact(size).zip(other.chunks_exact(size));
        start += size * blocks.take_while(|(one, other)| one == other).count();
    }
    let rest = one[start..].iter().zip(&other[start..]);
    start + rest.take_while(|(one, other)| one == other).count()
}

/// How many bytes two texts have in common at their end.
#[must_use]
pub fn common_end(one: &[u8], other: &[u8]) -> usize {
    let mut end = 0;
    for size in BLOCKS {
        let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
        let blocks = one.rchunks_exact(size).zip(other.rchunks_exact(size));
        end += size * blocks.take_while(|(one, other)| one == other).count();
    }
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    let rest = one.iter().rev().zip(other.iter().rev());
    end + rest.take_while(|(one, other)| one == other).count()
}

/// Where the line begins that `count` lines of the text come after, the rest of a line at its end left out; 0 when there are
/// not so many.
pub(super) fn line_start_before(text: &[u8], count: usize) -> usize {
    let mut ends = text.rfind_iter(b"\n");
    ends.nth(count).map_or(0, |end| end + 1)
}

/// Where the text goes on after `count` ends of lines; its length when there are not so many.
pub(super) fn line_start_after(text: &[u8], count: usize) -> usize {
    let mut ends = text.find_iter(b"\n");
    ends.nth(count - 1).map_or(text.len(), |end| end + 1)
}

pub(super) fn line_ends(text: &[u8]) -> usize {
    // Sums of one byte are added up many at once; no block can overflow one.
    let blocks = text.chunks(192);
    let ends = blocks.map(|block| {
        let ends = block.iter().map(|byte| u8::from(*byte == b'\n'));
        usize::from(ends.sum::<u8>())
    });
    ends.sum()
}

/// Lines, with the last one whether it ends or not.
pub(super) fn count_lines(text: &[u8]) -> usize {
    line_ends(text) + usize::from(is_open(text))
}

/// Whether the last line has no end.
fn is_open(text: &[u8]) -> bool {
    text.last().is_some_and(|byte| *byte != b'\n')
}

/// What lies between the runs: lines that went and lines that came in their place.
pub(super) fn hunks(runs: &[Run], old: usize, new: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let (mut old_at, mut new_at) = (0, 0);
    let mut hunks = Vec::new();
    let end = Run {
        old: old as u32,
        new: new as u32,
        count: 0,
    };
    for run in runs.iter().chain([&end]) {
        let (old_next, new_next) = (run.old as usize, run.new as usize);
        if old_next > old_at || new_next > new_at {
            hunks.push((old_at..old_next, new_at..new_next));
        }
        (old_at, new_at) = (old_next + run.count as usize, new_next + run.count as usize);
    }
    hunks
}

/// For each line of `new` the line of `old` that most of its words came from, in order; for lines that were rewritten in
/// place, as by a formatter.
pub(super) fn lines_by_words(old: &[&[u8]], new: &[&[u8]]) -> Vec<Option<usize>> {
    const MAX_LINES: usize = 2_000;
    if old.is_empty() || old.len().max(new.len()) > MAX_LINES {
        return vec![None; new.len()];
    }
    let (old_words, old_lines) = words_of(old);
    let (new_words, new_lines) = words_of(new);
    let input = InternedInput::new(Words(&old_words), Words(&new_words));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let mut shares: Vec<Vec<(usize, usize)>> = vec![Vec::new(); new.len()];
    let (mut old_at, mut new_at) = (0, 0);
    let end = (old_words.len(), new_words.len());
    let hunks = diff.hunks().map(|hunk| (hunk.before, hunk.after));
    let last = (end.0 as u32..end.0 as u32, end.1 as u32..end.1 as u32);
    for (before, after) in hunks.chain([last]) {
        while old_at < before.start as usize {
            let length = old_words[old_at]
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric())
                .count();
            let (from, to) = (old_lines[old_at], &mut shares[new_lines[new_at]]);
            match to.last_mut() {
                Some((line, sum)) if *line == from => *sum += length,
                _ => to.push((from, length)),
            }
            (old_at, new_at) = (old_at + 1, new_at + 1);
        }
        (old_at, new_at) = (before.end as usize, after.end as usize);
    }
    new.iter()
        .zip(shares)
        .map(|(line, shares)| {
            let (from, length) = shares
                .into_iter()
                .max_by_key(|(from, length)| (*length, std::cmp::Reverse(*from)))?;
            // Less than half of a line is not the line.
            (length > 0 && 2 * length >= weight(line)).then_some(from)
        })
        .collect()
}

/// Words and single signs, with the line of each.
fn words_of<'a>(lines: &[&'a [u8]]) -> (Vec<&'a [u8]>, Vec<usize>) {
    let (mut words, mut numbers) = (Vec::new(), Vec::new());
    for (number, line) in lines.iter().enumerate() {
        let mut rest = *line;
        while let Some(&byte) = rest.first() {
            let is_word =
                |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
            let length = if is_word(&byte) {
                rest.iter().take_while(|byte| is_word(byte)).count()
            } else {
                1
            };
            if !byte.is_ascii_whitespace() {
                words.push(&rest[..length]);
                numbers.push(number);
            }
            rest = &rest[length..];
        }
    }
    (words, numbers)
}

/// A line without its whitespace.
#[derive(Clone, Copy)]
pub(super) struct Bare<'a>(pub(super) &'a [u8]);

impl Bare<'_> {
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
    }
}

impl PartialEq for Bare<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.bytes().eq(other.bytes())
    }
}

impl Eq for Bare<'_> {}

impl Hash for Bare<'_> {
    /// Every sign counts: in tables and in what programs write, lines begin alike by the thousand.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut piece = [0; 32];
        let mut length = 0;
        for &byte in self.0 {
            // Written in any case and kept if it counts: without a branch for each byte. What is below a space counts as space
            // here, and is looked at when lines are compared.
            piece[length] = byte;
            length += usize::from(byte > b' ');
            if length == piece.len() {
                state.write(&piece);
                length = 0;
            }
        }
        piece[length..].fill(0);
        state.write(&piece);
    }
}

impl AsRef<[u8]> for Bare<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

struct Tokens<'a, 'b>(&'b [&'a [u8]]);

impl<'a, 'b> TokenSource for Tokens<'a, 'b> {
    type Token = Bare<'a>;
    type Tokenizer = std::iter::Map<std::slice::Iter<'b, &'a [u8]>, fn(&&'a [u8]) -> Bare<'a>>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.iter().map(|line| Bare(line))
    }

    fn estimate_tokens(&self) -> u32 {
        self.0.len() as u32
    }
}

struct Words<'a, 'b>(&'b [&'a [u8]]);

impl<'a, 'b> TokenSource for Words<'a, 'b> {
    type Token = &'a [u8];
    type Tokenizer = std::iter::Copied<std::slice::Iter<'b, &'a [u8]>>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.iter().copied()
    }

    fn estimate_tokens(&self) -> u32 {
        self.0.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &[(u32, u32, u32)]) {
        let (old, new) = (split_lines(old.as_bytes()), split_lines(new.as_bytes()));
        let runs: Vec<_> = common_runs(&old, &new)
            .into_iter()
            .map(|run| (run.old, run.new, run.count))
            .collect();
        assert_eq!(runs, expected);
    }

    #[test]
    fn equal_lines_are_found_whatever_their_whitespace() {
        check("a\nb\nc\n", "a\nx\nc\n", &[(0, 0, 1), (2, 2, 1)]);
        check("a b\n", "  a  b\r\n", &[(0, 0, 1)]);
        check("", "a\n", &[]);
        check("a\n", "", &[]);
        check("a\nb", "a\nb\n", &[(0, 0, 2)]);
    }

    #[test]
    fn what_is_compared_in_parts_is_what_is_compared_as_a_whole() {
        let mut seed = 7_u32;
        let mut draw = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        let mut in_parts = 0;
        for round in 0..60 {
            let old: Vec<String> = (0..2_000)
                .map(|number| match draw(4) {
                    0 => "    return None\n".to_owned(),
                    1 => "\n".to_owned(),
                    _ => format!("    value_{number} = {}\n", draw(90)),
                })
                .collect();
            let mut new = old.clone();
            for _ in 0..=draw(5) {
                let at = draw(new.len() as u32 - 40) as usize;
                match draw(3) {
                    0 => drop(new.drain(at..at + draw(30) as usize)),
                    1 => new.insert(at, "    return None\n".to_owned()),
                    _ => new[at] = format!("    other_{round} = 1\n"),
                }
            }
            let (old, new) = (old.concat(), new.concat());
            let (old, new) = (old.as_bytes(), new.as_bytes());
            let (old_lines, new_lines) = (split_lines(old), split_lines(new));
            let found = parts(old, new, &|_| true);
            in_parts += usize::from(found.len() > 1);
            let runs = Ends::of(old, new).runs(old, new);
            assert_eq!(runs, common_runs(&old_lines, &new_lines), "round {round}");
        }
        assert!(in_parts > 20, "{in_parts}");
    }

    #[test]
    fn long_equal_ends_are_not_compared_again() {
        let long: String = (0..1_000)
            .map(|number| format!("line {number}\n"))
            .collect();
        let new = format!("{long}x\n{long}");
        let old = format!("{long}{long}");
        let (old, new) = (split_lines(old.as_bytes()), split_lines(new.as_bytes()));
        let count: u32 = common_runs(&old, &new).iter().map(|run| run.count).sum();
        assert_eq!(count, 2_000);
        assert_eq!(common_runs(&old, &new).len(), 2, "runs that meet are one");
        let runs = common_runs(&old, &new);
        assert_eq!(
            hunks(&runs, old.len(), new.len()),
            [(1_000..1_000, 1_000..1_001)]
        );
    }

    #[test]
    fn the_ends_of_two_texts_say_what_their_lines_say() {
        let lines = |range: std::ops::Range<u32>| -> String {
            range
                .map(|number| format!("line {}\n", number % 97))
                .collect()
        };
        let (head, tail) = (lines(0..400), lines(500..1_000));
        let texts = [
            format!("{head}x\n{tail}"),
            format!("{head}{tail}"),
            format!("{head}line 1 \ny\n{tail}"),
            format!("{head}{}", &tail[..tail.len() - 1]),
            format!("{head}{tail}\n"),
            tail.clone(),
            String::new(),
        ];
        for (old, new) in texts
            .iter()
            .flat_map(|old| texts.iter().map(move |new| (old, new)))
        {
            let ends = Ends::of(old.as_bytes(), new.as_bytes());
            let near = ends.runs(old.as_bytes(), new.as_bytes());
            let (old, new) = (split_lines(old.as_bytes()), split_lines(new.as_bytes()));
            let runs = common_runs(&old, &new);
            assert_eq!(near, runs);
            for line in 0..new.len() as u32 {
                let run = runs
                    .iter()
                    .find(|run| (run.new..run.new + run.count).contains(&line));
                let expected = run.map(|run| run.old + line - run.new);
                if let Some((found, _)) = ends.old(line) {
                    assert_eq!(Some(found), expected, "line {line}");
                }
            }
        }
        let (old, new) = (&texts[1], &texts[0]);
        let ends = Ends::of(old.as_bytes(), new.as_bytes());
        assert_eq!(ends.old(100), Some((100, 0)));
        assert_eq!(ends.old(400), None);
        assert_eq!(ends.old(800), Some((799, 1)));
    }

    #[test]
    fn a_line_that_a_formatter_split_is_found_by_its_words() {
        let old = split_lines(b"f(alpha, beta)\nunrelated()\n");
        let new = split_lines(b"f(\n    alpha,\n    beta,\n)\nother = 5\n");
        assert_eq!(
            lines_by_words(&old, &new),
            [Some(0), Some(0), Some(0), None, None]
        );
    }
}

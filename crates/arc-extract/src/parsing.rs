//! Parsing that ends: a text that its grammar needs more than its share of work for is given up.
//!
//! Work is counted in what is the same on every machine: bytes that are read, over and over where a grammar looks ahead, and
//! bytes that are allocated. Each has its texts that take quadratic time and nothing of the other.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

use arc_grammar::allocated;
use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

/// Bytes that are handed to the parser at a time: it asks again when it goes back.
const PIECE: usize = 4096;
/// Bytes that any text may have read again and again: a second or so.
const READ: u64 = 128 << 20;
/// Bytes besides for each byte of the text. Of 4,000 files of seven languages the worst took 5.
const READ_PER_BYTE: u64 = 100;
/// Bytes that any text may have allocated. Not much: what is left to do at the end of a text goes with the square of it, and
/// nobody is asked then.
const ALLOCATED: u64 = 2 << 20;
/// Bytes besides for each byte of the text. The worst of those files took 98, most took 30, and of texts of another language
/// than the grammar's one in twenty takes more than this.
const ALLOCATED_PER_BYTE: u64 = 600;
/// Bytes that may be allocated while the end is being dealt with, beyond which other ways to read the text are not tried.
const ALLOCATED_AT_END: u64 = 1 << 30;
/// Where the end of a text begins.
const END: usize = 1024;
/// Time of the processor after which a text is given up whatever was counted. No text that anybody knows of comes near it.
const LAST: Duration = Duration::from_secs(60);
/// Time besides for each byte.
const LAST_PER_BYTE: Duration = Duration::from_micros(100);
/// The clock is looked at when the parser has asked so many times whether to go on.
const LOOK_EVERY: u32 = 64;

/// How much work a text may take.
#[derive(Clone, Copy)]
struct Limits {
    read: u64,
    allocated: u64,
    at_end: u64,
}

impl Limits {
    fn of(text: &str) -> Limits {
        let length = text.len() as u64;
        Limits {
            read: READ + READ_PER_BYTE * length,
            allocated: ALLOCATED + ALLOCATED_PER_BYTE * length,
            at_end: ALLOCATED_AT_END + ALLOCATED_PER_BYTE * length,
        }
    }
}

/// Parses a text. `None` when it takes too much work: some grammars read a long row of brackets in quadratic time. Each text has
/// a parser of its own: one that has parsed before keeps some memory and asks for less.
pub(crate) fn parse(grammar: &Language, text: &str) -> Option<Tree> {
    let mut parser = arc_grammar::parser();
    parser.set_language(grammar).ok()?;
    parse_with(&mut parser, text, None)
}

/// As [`parse`], by a parser that is at hand, and from `old` where it is the same. `None` also when the parser has no language.
pub(crate) fn parse_with(parser: &mut Parser, text: &str, old: Option<&Tree>) -> Option<Tree> {
    parse_within(parser, text, old, Limits::of(text))
}

fn parse_within(
    parser: &mut Parser,
    text: &str,
    old: Option<&Tree>,
    limits: Limits,
) -> Option<Tree> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let start = allocated();
    // Most texts are read before anybody looks at the clock, which is not for nothing.
    let mut end = None;
    let read = Cell::new(0_u64);
    let mut asked = 0_u32;
    let mut go_on = |state: &ParseState| {
        asked = asked.wrapping_add(1);
        let mut is_late = || {
            asked.is_multiple_of(LOOK_EVERY) && {
                let now = cpu_time();
                now > *end.get_or_insert(now + LAST + LAST_PER_BYTE * length)
            }
        };
        let may_allocate = if state.current_byte_offset() + END < text.len() {
            limits.allocated
        } else {
            limits.at_end
        };
        if read.get() > limits.read || allocated() - start > may_allocate || is_late() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let tree = parser.parse_with_options(
        &mut |at, _| {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let piece = &rest[..rest.len().min(PIECE)];
            read.set(read.get() + piece.len() as u64);
            piece
        },
        old,
        Some(ParseOptions::new().progress_callback(&mut go_on)),
    );
    if tree.is_none() {
        // Else the next text would be taken for the rest of this one.
        parser.reset();
    }
    tree
}

/// What this thread has taken of a processor, so that a busy machine gives nothing up.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(text: &str) -> String {
        let tree = parse(&arc_grammar::python(), text).unwrap();
        tree.root_node().to_sexp()
    }

    #[test]
    fn a_text_that_is_given_up_leaves_nothing_behind() {
        let mut parser = arc_grammar::parser();
        parser.set_language(&arc_grammar::python()).unwrap();
        let nothing = Limits {
            read: 0,
            allocated: 0,
            at_end: 0,
        };
        let long = "x = [1, 2, 3]\n".repeat(2_000);
        assert!(parse_within(&mut parser, &long, None, nothing).is_none());
        let tree = parse_with(&mut parser, "y = 1\n", None).unwrap();
        assert_eq!(tree.root_node().to_sexp(), python("y = 1\n"));
    }

    #[test]
    fn a_text_that_is_read_again_and_again_is_given_up() {
        let kotlin = tree_sitter_kotlin_ng::LANGUAGE.into();
        assert!(parse(&kotlin, &"<".repeat(400)).is_some());
        assert!(parse(&kotlin, &"<".repeat(80_000)).is_none());
    }

    #[test]
    fn a_text_whose_errors_are_copied_again_and_again_is_given_up() {
        let c = tree_sitter_c::LANGUAGE.into();
        assert!(parse(&c, &"a => ".repeat(100)).is_some());
        assert!(parse(&c, &"a => ".repeat(8_000)).is_none());
    }

    #[test]
    fn pieces_of_a_text_are_the_text() {
        let letters = "\u{1F600}ä€".repeat(3_000);
        // Somewhere a letter of several bytes lies across the border of two pieces.
        for shift in 0..4 {
            let text = format!("{}x = '{letters}'\n", " \n".repeat(shift));
            let mut parser = arc_grammar::parser();
            parser.set_language(&arc_grammar::python()).unwrap();
            let whole = parser.parse(&text, None).unwrap();
            assert_eq!(python(&text), whole.root_node().to_sexp());
            assert!(!whole.root_node().has_error());
        }
    }
}

//! Parsing that ends: a text that its grammar needs more than its share of time for is given up.

use std::ops::ControlFlow;
use std::time::Duration;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Time of the processor that any text may take.
const ANY: Duration = Duration::from_secs(2);
/// Time besides for each byte. Of 13,000 files of a dozen languages the slowest took as much without any optimization.
const PER_BYTE: Duration = Duration::from_micros(20);
/// The clock is looked at when the parser has asked so many times whether to go on.
const LOOK_EVERY: u32 = 8;

/// Parses `text`, from `old` where it is the same. `None` when the parser has no language, or when it takes too long: some
/// grammars read a long row of brackets in quadratic time.
pub(crate) fn parse(parser: &mut Parser, text: &str, old: Option<&Tree>) -> Option<Tree> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let end = cpu_time() + ANY + PER_BYTE * length;
    parse_until(parser, text, old, &|| cpu_time() > end)
}

fn parse_until(
    parser: &mut Parser,
    text: &str,
    old: Option<&Tree>,
    is_late: &dyn Fn() -> bool,
) -> Option<Tree> {
    let mut asked = 0_u32;
    let mut go_on = |_: &ParseState| {
        asked = asked.wrapping_add(1);
        if asked.is_multiple_of(LOOK_EVERY) && is_late() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let tree = parser.parse_with_options(
        &mut |at, _| text.as_bytes().get(at..).unwrap_or_default(),
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

    #[test]
    fn a_text_that_is_given_up_leaves_nothing_behind() {
        let mut parser = Parser::new();
        parser.set_language(&arc_grammar::python()).unwrap();
        let long = "x = [1, 2, 3]\n".repeat(2_000);
        assert!(parse_until(&mut parser, &long, None, &|| true).is_none());
        let tree = parse(&mut parser, "y = 1\n", None).unwrap();
        assert_eq!(tree.root_node().to_sexp(), {
            let mut fresh = Parser::new();
            fresh.set_language(&arc_grammar::python()).unwrap();
            fresh.parse("y = 1\n", None).unwrap().root_node().to_sexp()
        });
    }
}

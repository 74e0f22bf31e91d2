//! The tree of a text from that of another version of it: only what differs is parsed, and what that touches.
//!
//! A tree with errors is nothing to start from, and none to end with: how a parser goes on behind an error depends on where it came from.

use tree_sitter::{InputEdit, Language, Point, Tree};

use crate::parsing::{parse, parse_with};

/// Places that differ, at most: to tell a tree of each takes time.
const MAX_EDITS: usize = 200;
/// The part of the lines of a text that another version of it has, at least, for its tree to be of use.
const MIN_KEPT: f64 = 0.25;

/// What makes `new` of `old`, from the last place to the first; `None` where nothing is gained by it. `kept` has for each line of `new`, from 0,
/// which line of `old` it is, if any.
pub(crate) fn edits_between(old: &str, new: &str, kept: &[Option<u32>]) -> Option<Vec<InputEdit>> {
    let (olds, news) = (Lines::of(old), Lines::of(new));
    let mut edits = Vec::new();
    let (mut from, mut to, mut same) = (0, 0, 0);
    for (now, before) in kept.iter().enumerate() {
        let Some(before) = before.map(|before| before as usize) else {
            continue;
        };
        // Lines may be said to be the same although their space differs, which is part of what a grammar reads.
        let is_same = before >= from && now >= to && news.get(now) == olds.get(before);
        if !is_same || now >= news.count() {
            continue;
        }
        if before > from || now > to {
            edits.push(edit((&olds, from..before), (&news, to..now)));
        }
        (from, to, same) = (before + 1, now + 1, same + 1);
    }
    if from < olds.count() || to < news.count() {
        edits.push(edit((&olds, from..olds.count()), (&news, to..news.count())));
    }
    let is_useful = edits.len() <= MAX_EDITS && f64::from(same) >= MIN_KEPT * news.count() as f64;
    edits.reverse();
    is_useful.then_some(edits)
}

/// Parses `text`, which `edits` make of the text of `tree`.
pub(crate) fn parse_edited(
    grammar: &Language,
    text: &str,
    mut tree: Tree,
    edits: &[InputEdit],
) -> Option<Tree> {
    let whole = || parse(grammar, text);
    if tree.root_node().has_error() {
        return whole();
    }
    for edit in edits {
        tree.edit(edit);
    }
    let mut parser = arc_grammar::parser();
    parser.set_language(grammar).ok()?;
    let parsed = parse_with(&mut parser, text, Some(&tree));
    parsed
        .filter(|tree| !tree.root_node().has_error())
        .or_else(whole)
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Lines<'t> {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut starts: Vec<usize> = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Lines { text, starts }
    }

    fn count(&self) -> usize {
        self.starts.len()
    }

    /// Where a line begins, or the text ends.
    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// A line with its end.
    fn get(&self, line: usize) -> &'t str {
        &self.text[self.start(line)..self.start(line + 1)]
    }

    /// Where a line begins, counted from the beginning of the line `from`, which has the number `row`.
    fn point(&self, from: usize, line: usize, row: usize) -> Point {
        if line < self.count() || line == from || self.text.ends_with('\n') {
            return Point::new(row + (line - from), 0);
        }
        let last = self.get(line - 1);
        Point::new(row + (line - 1 - from), last.len())
    }
}

fn edit(
    (olds, old): (&Lines<'_>, std::ops::Range<usize>),
    (news, new): (&Lines<'_>, std::ops::Range<usize>),
) -> InputEdit {
    let start = olds.start(old.start);
    InputEdit {
        start_byte: start,
        old_end_byte: olds.start(old.end),
        new_end_byte: start + (news.start(new.end) - news.start(new.start)),
        start_position: olds.point(0, old.start, 0),
        old_end_position: olds.point(old.start, old.end, old.start),
        new_end_position: news.point(new.start, new.end, old.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which line of `old` each line of `new` is, as a comparison of lines would say.
    fn kept(old: &str, new: &str) -> Vec<Option<u32>> {
        let olds: Vec<&str> = old.lines().map(str::trim).collect();
        let mut from = 0;
        let lines = new.lines().map(|line| {
            let at = from + olds[from..].iter().position(|old| *old == line.trim())?;
            from = at + 1;
            Some(at as u32)
        });
        lines.collect()
    }

    fn spelled(tree: &Tree) -> Vec<(String, std::ops::Range<usize>, Point)> {
        let mut cursor = tree.walk();
        let mut nodes = Vec::new();
        loop {
            let node = cursor.node();
            nodes.push((
                node.kind().to_owned(),
                node.byte_range(),
                node.end_position(),
            ));
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return nodes;
                }
            }
        }
    }

    /// Parses `new` by the tree of `old`, and says how many places differed.
    fn check(old: &str, new: &str) -> Option<usize> {
        let grammar = arc_grammar::python();
        let edits = edits_between(old, new, &kept(old, new))?;
        let tree = parse(&grammar, old).expect("it is short");
        let edited = parse_edited(&grammar, new, tree, &edits).expect("it is short");
        let whole = parse(&grammar, new).expect("it is short");
        assert_eq!(spelled(&edited), spelled(&whole), "{new}");
        Some(edits.len())
    }

    const OLD: &str = "import a\n\n\ndef f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g():\n    return 'ä'\n";

    #[test]
    fn a_tree_of_another_version_gives_the_tree_of_this_one() {
        assert_eq!(check(OLD, OLD), Some(0));
        assert_eq!(check(OLD, &OLD.replace("return 1", "return 'ö'")), Some(1));
        assert_eq!(check(OLD, &OLD.replace("import a\n", "")), Some(1));
        assert_eq!(check(OLD, &format!("import b\n{OLD}x = 1")), Some(2));
        assert_eq!(check(OLD, OLD.trim_end()), Some(1));
        assert_eq!(check(OLD.trim_end(), OLD), Some(1));
        let several = OLD
            .replace("import a", "import c\nimport d")
            .replace("if x", "if not x");
        assert_eq!(check(OLD, &several), Some(2));
    }

    #[test]
    fn space_that_a_grammar_reads_is_parsed_again() {
        let inside = OLD.replace("    return 2", "        return 2");
        assert_eq!(check(OLD, &inside), Some(1));
        assert_eq!(check(OLD, &OLD.replace('\n', "\r\n")), None);
    }

    #[test]
    fn errors_are_nothing_to_start_from() {
        let broken = OLD.replace("def f(x):", "def f(x:");
        assert_eq!(check(OLD, &broken), Some(1));
        assert_eq!(check(&broken, OLD), Some(1));
        assert_eq!(check(OLD, "y = 1\n"), None);
    }
}

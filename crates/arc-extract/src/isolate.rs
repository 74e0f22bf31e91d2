//! What is left of a text when the statements are taken out of it that its grammar cannot read.
//!
//! Behind a place without a rule some grammars take all that follows for a part of the error: one bracket too few, and a file has no
//! definitions any more. Where lines are indented, as people and formatters do, they tell what belongs together also when
//! brackets do not. So the lines are parted into groups by their indentation, groups are blanked, and by halves, as in delta
//! debugging (Zeller and Hildebrandt 2002), those are found without which the rest is read. Every other byte keeps its place.

use std::ops::Range;

use tree_sitter::{Language, Node, Tree};

use crate::extract::error_bytes;
use crate::parsing::parse;

/// Texts that are longer are not looked at: they are made by programs, or parsing them again and again takes too long.
const MOST_BYTES: usize = 256 << 10;
/// Bytes that may be parsed, at most.
const MOST_PARSED: usize = 4 << 20;
/// How often a text may be parsed, at most.
const MOST_PARSES: usize = 40;
/// Line ends in an error from which on it hides what stands in it.
const WIDE: usize = 3;
/// What ends blocks.
const CLOSING: &[&str] = &["}", ")", "]", "end"];
/// Columns of a tab.
const TAB: usize = 4;
/// How the first lines begin that go on with what stands above them at the same depth.
const GOING_ON: &[&str] = &[
    "}", ")", "]", "{", "else", "elif", "except", "finally", "catch", "rescue", "ensure", "end",
    "fi", "done", "esac", "then", "do",
];

/// A text with nothing but spaces in the lines that make the errors of `root`, and its tree. `None` where errors hide little, or
/// would take more with them than they hide.
pub(crate) fn isolated(grammar: &Language, text: &str, root: Node<'_>) -> Option<(String, Tree)> {
    if text.len() > MOST_BYTES || !root.has_error() {
        return None;
    }
    let lines = lines_of(text);
    let before = hidden(text, &lines, root);
    if before == 0 {
        return None;
    }
    let mut search = Search {
        grammar,
        text,
        lines,
        parses: MOST_PARSES.min(MOST_PARSED / text.len().max(1)),
    };
    let groups = search.groups(0..search.lines.len());
    let blanked = search.narrow(&groups, &[]);
    let left = search.without(&blanked);
    let tree = parse(grammar, &left)?;
    let root = tree.root_node();
    let lost = written(text) - written(&left) + error_bytes(root);
    (2 * lost < before && hidden(&left, &search.lines, root) == 0).then_some((left, tree))
}

fn written(text: &str) -> usize {
    text.bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .count()
}

/// Bytes in errors that span several lines, and in what ends at a bracket of another depth than its own.
fn hidden(text: &str, lines: &[Line], root: Node<'_>) -> usize {
    let mut found = 0;
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let rows = node.end_position().row - node.start_position().row;
        let is_wide = rows >= WIDE && (node.is_error() || ends_elsewhere(text, lines, node));
        if is_wide {
            found += node.end_byte() - node.start_byte();
        } else if rows > 0 && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// Whether a node ends with a bracket that is another one's by the depth of its line, or is not there at all. Its own may be as deep as
/// the line where the node begins or as that where its parent does (`if (a` and `&& b) {` are two lines), or stand anywhere
/// where nothing else stands.
fn ends_elsewhere(text: &str, lines: &[Line], node: Node<'_>) -> bool {
    let last = node.child(node.child_count().saturating_sub(1));
    let Some(end) = last.filter(|end| CLOSING.contains(&end.kind())) else {
        return false;
    };
    if end.is_missing() {
        return true;
    }
    let row = end.start_position().row;
    let Some(line) = lines.get(row) else {
        return false;
    };
    let before = text.get(line.bytes.start..end.start_byte());
    let begins = |node: Node<'_>| lines.get(node.start_position().row)?.depth;
    let is_as_deep = |node: Node<'_>| begins(node) == line.depth;
    if before.is_none_or(|before| !before.trim_start().is_empty())
        || is_as_deep(node)
        || node.parent().is_some_and(is_as_deep)
    {
        return false;
    }
    if line.depth < begins(node) {
        return std::iter::successors(node.parent(), Node::parent).any(is_as_deep);
    }
    let mut cursor = node.walk();
    let mut children = node.named_children(&mut cursor);
    children
        .any(|child| child.start_position().row > node.start_position().row && is_as_deep(child))
}

struct Line {
    bytes: Range<usize>,
    /// Columns before the first letter; `None` for an empty line.
    depth: Option<usize>,
    goes_on: bool,
}

fn lines_of(text: &str) -> Vec<Line> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let bytes = start..start + line.len();
        start = bytes.end;
        let written = line.trim_start();
        let space = &line[..line.len() - written.len()];
        let columns = space
            .bytes()
            .map(|byte| if byte == b'\t' { TAB } else { 1 });
        Line {
            bytes,
            depth: (!written.is_empty()).then(|| columns.sum()),
            goes_on: GOING_ON.iter().any(|word| begins_with(written, word)),
        }
    });
    lines.collect()
}

fn begins_with(line: &str, word: &str) -> bool {
    let is_word = word.starts_with(char::is_alphabetic);
    let rest = line.strip_prefix(word);
    rest.is_some_and(|rest| {
        !is_word || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

/// Lines that belong together: those of one depth, from a first one, and deeper ones between them.
struct Group {
    lines: Range<usize>,
    /// The deeper ones.
    inner: Vec<Range<usize>>,
}

struct Search<'t> {
    grammar: &'t Language,
    text: &'t str,
    lines: Vec<Line>,
    /// How often the text may still be parsed.
    parses: usize,
}

impl Search<'_> {
    fn groups(&self, range: Range<usize>) -> Vec<Group> {
        let depths = self.lines[range.clone()].iter();
        let Some(base) = depths.filter_map(|line| line.depth).min() else {
            return Vec::new();
        };
        let mut groups: Vec<Group> = Vec::new();
        for at in range {
            let line = &self.lines[at];
            let is_deeper = line.depth.is_none_or(|depth| depth > base);
            match groups.last_mut() {
                Some(group) if is_deeper || line.goes_on => {
                    group.lines.end = at + 1;
                    match group.inner.last_mut() {
                        _ if !is_deeper => {}
                        Some(run) if run.end == at => run.end = at + 1,
                        _ => group.inner.push(at..at + 1),
                    }
                }
                _ => groups.push(Group {
                    lines: at..at + 1,
                    inner: Vec::new(),
                }),
            }
        }
        groups
    }

    /// The text with the lines blanked.
    fn without(&self, blanked: &[Range<usize>]) -> String {
        let mut bytes = self.text.as_bytes().to_vec();
        for line in blanked.iter().flat_map(|lines| &self.lines[lines.clone()]) {
            for byte in &mut bytes[line.bytes.clone()] {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// Whether no error hides anything when these lines are blanked; no, when nothing more may be parsed.
    fn is_enough(&mut self, blanked: &[Range<usize>]) -> bool {
        if self.parses == 0 {
            return false;
        }
        self.parses -= 1;
        let text = self.without(blanked);
        let tree = parse(self.grammar, &text);
        tree.is_some_and(|tree| hidden(&text, &self.lines, tree.root_node()) == 0)
    }

    /// Which lines of the groups are blanked, if all of them with `others` are enough.
    fn narrow(&mut self, groups: &[Group], others: &[Range<usize>]) -> Vec<Range<usize>> {
        if let [group] = groups {
            return self.narrow_within(group, others);
        }
        if groups.is_empty() || self.parses == 0 {
            return lines_in(groups);
        }
        let (first, second) = groups.split_at(groups.len() / 2);
        for half in [first, second] {
            if self.is_enough(&[others, &lines_in(half)].concat()) {
                return self.narrow(half, others);
            }
        }
        let mut blanked = self.narrow(first, &[others, &lines_in(second)].concat());
        let others = [others, &blanked].concat();
        blanked.extend(self.narrow(second, &others));
        blanked
    }

    fn narrow_within(&mut self, group: &Group, others: &[Range<usize>]) -> Vec<Range<usize>> {
        let inner = group.inner.iter();
        let inner: Vec<Group> = inner.flat_map(|lines| self.groups(lines.clone())).collect();
        if inner.is_empty() {
            return vec![group.lines.clone()];
        }
        if self.is_enough(&[others, &lines_in(&inner)].concat()) {
            return self.narrow(&inner, others);
        }
        // The fault is in the head.
        let is_inner = |at: usize| group.inner.iter().any(|lines| lines.contains(&at));
        let heads = group.lines.clone().filter(|at| !is_inner(*at));
        let heads: Vec<Range<usize>> = heads.map(|at| at..at + 1).collect();
        if self.is_enough(&[others, &heads].concat()) {
            return heads;
        }
        vec![group.lines.clone()]
    }
}

fn lines_in(groups: &[Group]) -> Vec<Range<usize>> {
    groups.iter().map(|group| group.lines.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kotlin() -> Language {
        tree_sitter_kotlin_ng::LANGUAGE.into()
    }

    /// The numbers of the lines that are blanked, from 1.
    fn blanked(grammar: &Language, text: &str) -> Option<Vec<usize>> {
        let tree = parse(grammar, text).unwrap();
        let (left, tree) = isolated(grammar, text, tree.root_node())?;
        assert_eq!(left.len(), text.len());
        assert_eq!(tree.root_node().end_byte(), text.len());
        let pairs = (1..).zip(text.lines().zip(left.lines()));
        Some(
            pairs
                .filter(|(_, (old, new))| old != new)
                .map(|(at, _)| at)
                .collect(),
        )
    }

    const SOUND: &str = "class Lid {\n    fun shut() {\n        if (a) {\n            b(\"ä\")\n        }\n        c()\n    }\n    fun open() {\n        d()\n    }\n}\n\n\
        class Box {\n    fun fill() {\n        e()\n    }\n    fun drain() {\n        f()\n    }\n}\n";

    #[test]
    fn what_is_sound_or_hides_little_stays() {
        assert_eq!(blanked(&kotlin(), SOUND), None);
        assert_eq!(
            blanked(&kotlin(), "fun a() {\n    val x = = 1\n    b()\n}\n"),
            None
        );
        assert_eq!(blanked(&kotlin(), ""), None);
    }

    #[test]
    fn the_statement_at_fault_is_taken_out() {
        for (old, new, expected) in [
            ("c()", "\"c", vec![6]),
            ("c()", "c}", vec![6]),
            ("if (a) {", "if (a {", vec![3, 5]),
            ("fun open() {", "fun open( {", vec![8, 9, 10]),
            ("fun open() {", "fun open()", vec![8, 9, 10]),
        ] {
            let broken = SOUND.replace(old, new);
            assert_ne!(broken, SOUND);
            assert_eq!(blanked(&kotlin(), &broken), Some(expected), "{broken}");
        }
    }

    #[test]
    fn faults_in_several_places_are_taken_out_each() {
        let broken = SOUND.replace("c()", "c}").replace("f()", "\"f");
        let found = blanked(&kotlin(), &broken).unwrap();
        assert_eq!(found, [6, 18]);
    }

    #[test]
    fn carriage_returns_and_tabs_are_space() {
        let broken = SOUND
            .replace("c()", "\"c")
            .replace("    ", "\t")
            .replace('\n', "\r\n");
        assert_eq!(blanked(&kotlin(), &broken), Some(vec![6]));
    }

    #[test]
    fn what_has_no_lines_to_take_out_stays() {
        let line = "class A { fun a( { b( } fun c() { ( } } ".repeat(20);
        assert_eq!(blanked(&kotlin(), &line), None);
        assert_eq!(blanked(&kotlin(), &line.replace(' ', "\n")), None);
        let long = format!(
            "{}{}",
            SOUND.replace("c()", "\"c"),
            "fun g() {}\n".repeat(MOST_BYTES / 10)
        );
        assert_eq!(blanked(&kotlin(), &long), None);
    }
}

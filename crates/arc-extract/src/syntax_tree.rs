//! Whether a text is a sentence of its language, and what that sentence is: asked again and again of one file with small
//! edits, so only what an edit touches is parsed anew.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use rustc_hash::FxHasher;
use tree_sitter::{InputEdit, Node, Parser, Point, Tree};

use crate::extract::{error_bytes, error_ranges};
use crate::languages;
use crate::parsing::parse_with;

/// A parsed text that edits are tried on.
pub struct SyntaxTree {
    parser: Parser,
    tree: Tree,
    text: String,
}

/// What an edited text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Bytes inside of what the grammar has no rule for, at least one for each place.
    pub error_bytes: usize,
    /// The same for two texts that differ only in layout, comments and parentheses that change nothing.
    pub shape: u64,
}

impl SyntaxTree {
    /// Parses a text in a language that [`crate::detect`] named. `None` when there is no grammar for the file.
    #[must_use]
    pub fn new(language: &str, path: &str, text: &str) -> Option<SyntaxTree> {
        let grammar = languages::by_name(language)?.grammar(path)?;
        let mut parser = arc_grammar::parser();
        parser.set_language(&grammar).ok()?;
        let tree = parse_with(&mut parser, text, None)?;
        Some(SyntaxTree {
            parser,
            tree,
            text: text.to_owned(),
        })
    }

    /// Bytes inside of what the grammar has no rule for.
    #[must_use]
    pub fn error_bytes(&self) -> usize {
        error_bytes(self.tree.root_node())
    }

    /// The outermost places that the grammar has no rule for; an empty range is where something is missing.
    #[must_use]
    pub fn errors(&self) -> Vec<Range<usize>> {
        error_ranges(self.tree.root_node())
    }

    /// How the text reads with `replacement` in the place of `range`. The text itself stays as it is.
    /// `None` when the range is none of the text or nothing can be parsed.
    #[must_use]
    pub fn read_with(&mut self, range: Range<usize>, replacement: &str) -> Option<Reading> {
        if !self.text.is_char_boundary(range.start) || !self.text.is_char_boundary(range.end) {
            return None;
        }
        let edit = InputEdit {
            start_byte: range.start,
            old_end_byte: range.end,
            new_end_byte: range.start + replacement.len(),
            start_position: point(&self.text, range.start),
            old_end_position: point(&self.text, range.end),
            new_end_position: after(point(&self.text, range.start), replacement),
        };
        let mut edited = String::with_capacity(self.text.len() + replacement.len());
        edited.push_str(&self.text[..range.start]);
        edited.push_str(replacement);
        edited.push_str(&self.text[range.end..]);
        let mut old = self.tree.clone();
        old.edit(&edit);
        self.parser.reset();
        let tree = parse_with(&mut self.parser, &edited, Some(&old))?;
        let root = tree.root_node();
        let error_bytes = error_bytes(root);
        Some(Reading {
            error_bytes,
            shape: if error_bytes == 0 {
                shape(root, &edited)
            } else {
                0
            },
        })
    }
}

fn point(text: &str, at: usize) -> Point {
    after(Point::new(0, 0), &text[..at])
}

fn after(start: Point, text: &str) -> Point {
    match text.rfind('\n') {
        Some(last) => Point::new(
            start.row + text.bytes().filter(|byte| *byte == b'\n').count(),
            text.len() - last - 1,
        ),
        None => Point::new(start.row, start.column + text.len()),
    }
}

/// The tree without what only writes it down. Depth is hashed, so a bracket that groups otherwise changes the shape
/// although the bracket itself is left out.
fn shape(root: Node<'_>, text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    let mut cursor = root.walk();
    let mut depth = 0u32;
    loop {
        let node = cursor.node();
        let is_wrapper = matches!(
            node.kind(),
            "parenthesized_expression" | "expression_statement"
        );
        if !node.is_extra() && !is_wrapper {
            if node.child_count() == 0 {
                let own = &text[node.byte_range()];
                if !matches!(own, "(" | ")" | "," | ";" | "\n" | "") {
                    (depth, own).hash(&mut hasher);
                }
            } else {
                (depth, node.kind_id()).hash(&mut hasher);
            }
        }
        if !node.is_extra() && cursor.goto_first_child() {
            depth += u32::from(!is_wrapper);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return hasher.finish();
            }
            let is_wrapper = matches!(
                cursor.node().kind(),
                "parenthesized_expression" | "expression_statement"
            );
            depth -= u32::from(!is_wrapper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> SyntaxTree {
        SyntaxTree::new("python", "a.py", text).expect("python has a grammar")
    }

    #[test]
    fn a_sound_text_has_no_errors() {
        assert_eq!(tree("a = 1\n").error_bytes(), 0);
        assert!(tree("a = (1\nb = 2)\n)\n").error_bytes() > 0);
    }

    #[test]
    fn an_edit_is_read_and_not_kept() {
        let mut broken = tree("def f()\n    return 1\n");
        let reading = broken.read_with(7..7, ":").expect("it can be read");
        assert_eq!(reading.error_bytes, 0);
        assert!(broken.error_bytes() > 0);
    }

    #[test]
    fn parentheses_that_group_nothing_anew_keep_the_shape() {
        let mut tree = tree("x = (a + b * c\n");
        let all = tree.read_with(14..14, ")").expect("it can be read");
        let none = tree.read_with(4..5, "").expect("it can be read");
        let sum = tree.read_with(10..10, ")").expect("it can be read");
        assert_eq!(all.shape, none.shape);
        assert_ne!(all.shape, sum.shape);
    }

    #[test]
    fn ranges_within_a_letter_are_refused() {
        assert_eq!(tree("a = 'é'\n").read_with(6..6, "x"), None);
    }
}

//! One file's text and its tree.

use tree_sitter::{Node, Tree};

/// What a language lowers.
pub(crate) struct Source<'a> {
    /// The path relative to the root, with `/`.
    pub(crate) path: &'a str,
    /// The text.
    pub(crate) text: &'a str,
    /// The tree, when the language has a grammar. Its error nodes are part of it.
    pub(crate) tree: Option<&'a Tree>,
}

impl<'a> Source<'a> {
    /// The root of the tree; `None` when the language has no grammar.
    pub(crate) fn root(&self) -> Option<Node<'a>> {
        self.tree.map(Tree::root_node)
    }

    /// The text of a node; empty when its range is no text (it always is for a tree of this text).
    pub(crate) fn text_of(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }
}

/// The line of a node's first byte, from 1.
pub(crate) fn line_of(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}

/// The line of a node's last byte, from 1.
pub(crate) fn end_line_of(node: Node<'_>) -> u32 {
    let end = node.end_position();
    // A node that ends with its newline ends on the line before.
    let row = if end.column == 0 && end.row > node.start_position().row {
        end.row - 1
    } else {
        end.row
    };
    row as u32 + 1
}

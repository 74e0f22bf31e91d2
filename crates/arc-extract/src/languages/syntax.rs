//! What lowering a tree-sitter tree needs in any language: node kinds as numbers that `match` can jump on, field ids, and
//! the children of a node without an allocation per node. Knows no language.

use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

/// Declares a module of `u8` constants, one per named node kind of a grammar, and `of(node)`; 0 is any other kind.
macro_rules! node_kinds {
    ($module:ident, $grammar:expr; $($name:ident = $text:literal,)*) => {
        pub(super) mod $module {
            use std::sync::LazyLock;

            const TEXTS: &[&str] = &["", $($text,)*];

            $(pub(in super::super) const $name: u8 = $crate::languages::syntax::position(TEXTS, $text);)*

            static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
                let grammar: tree_sitter::Language = $grammar.into();
                let number = |id: usize| {
                    let id = u16::try_from(id).ok().filter(|id| grammar.node_kind_is_named(*id))?;
                    let text = grammar.node_kind_for_id(id)?;
                    let number = TEXTS.iter().position(|known| *known == text)?;
                    u8::try_from(number).ok()
                };
                (0..grammar.node_kind_count()).map(|id| number(id).unwrap_or(0)).collect()
            });

            /// The number of a node's kind.
            pub(in super::super) fn of(node: tree_sitter::Node<'_>) -> u8 {
                TABLE.get(usize::from(node.kind_id())).copied().unwrap_or(0)
            }
        }
    };
}

/// Declares a struct of field ids and its one value.
macro_rules! field_ids {
    ($table:ident, $type:ident, $grammar:expr; $($name:ident = $text:literal,)*) => {
        pub(super) struct $type {
            $(pub(super) $name: u16,)*
        }

        pub(super) static $table: std::sync::LazyLock<$type> = std::sync::LazyLock::new(|| {
            let grammar: tree_sitter::Language = $grammar.into();
            $type { $($name: grammar.field_id_for_name($text).map_or(0, std::num::NonZero::get),)* }
        });
    };
}

/// Where `text` stands in `texts`; 0 when it does not.
pub(super) const fn position(texts: &[&str], text: &str) -> u8 {
    let wanted = text.as_bytes();
    let mut index = 0;
    while index < texts.len() {
        let candidate = texts[index].as_bytes();
        let mut at = 0;
        while at < candidate.len() && at < wanted.len() && candidate[at] == wanted[at] {
            at += 1;
        }
        if at == candidate.len() && at == wanted.len() {
            return index as u8;
        }
        index += 1;
    }
    0
}

pub(super) use {field_ids, node_kinds};

/// Lists children on one shared stack.
pub(super) struct Walk<'a> {
    cursor: TreeCursor<'a>,
    stack: Vec<(Node<'a>, u16)>,
}

impl<'a> Walk<'a> {
    /// For the tree of `root`.
    pub(super) fn new(root: Node<'a>) -> Walk<'a> {
        Walk {
            cursor: root.walk(),
            stack: Vec::new(),
        }
    }

    /// Lists the named children of a node, comments left out. Give the range back to [`Self::close`], innermost first.
    pub(super) fn open(&mut self, node: Node<'a>) -> Range<usize> {
        let start = self.stack.len();
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let child = self.cursor.node();
                if child.is_named() && !child.is_extra() {
                    let field = self.cursor.field_id().map_or(0, std::num::NonZero::get);
                    self.stack.push((child, field));
                }
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        start..self.stack.len()
    }

    /// A child by its position in a range that is open.
    pub(super) fn child(&self, index: usize) -> Node<'a> {
        self.stack[index].0
    }

    /// The field id of a child, 0 for none.
    pub(super) fn field(&self, index: usize) -> u16 {
        self.stack[index].1
    }

    /// Forgets the children of a range.
    pub(super) fn close(&mut self, range: &Range<usize>) {
        self.stack.truncate(range.start);
    }
}

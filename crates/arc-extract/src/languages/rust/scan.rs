//! Macros by their tokens: cutting them at commas and arrows, and finding what looks like a call. A method of something
//! that tokens do not tell is called all the same: its name stays with what is not resolved.

use std::ops::Range;

use tree_sitter::Node;

use super::lowering::{Lowering, kind};
use super::macros::{Shape, rows_in};
use crate::facts::{Expr, ExprId, Role};

/// A part of a token tree between commas or semicolons.
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// The row its text starts at, counted from the file's start.
    pub(super) row: u32,
    pub(super) range: Range<usize>,
}

/// An arm of a `select!`.
pub(super) struct Arm<'t> {
    /// Pattern, future and handler; `None` when it has no arrow (`biased;`) or no pattern (`else => …`).
    pub(super) parts: Option<(&'t str, &'t str, &'t str)>,
    pub(super) text: &'t str,
    pub(super) row: u32,
    pub(super) range: Range<usize>,
}

impl<'t> Lowering<'t, '_> {
    fn piece(&self, range: Range<usize>) -> Piece<'t> {
        Piece {
            text: self.text.get(range.clone()).unwrap_or(""),
            row: 0,
            range,
        }
    }

    /// The parts of a token tree between its commas, semicolons and double arrows.
    pub(super) fn pieces(&mut self, tokens: Node<'t>) -> Vec<Piece<'t>> {
        let mut ranges = Vec::new();
        let mut start = tokens.start_byte() + 1;
        self.each_child(tokens, |_, child, _| {
            if matches!(kind(child), "," | ";" | "=>") {
                ranges.push(start..child.start_byte());
                start = child.end_byte();
            }
        });
        ranges.push(start..tokens.end_byte().saturating_sub(1).max(start));
        self.with_rows(tokens, ranges)
    }

    /// Pieces that hold something, each with its row; the rows are counted in one pass.
    fn with_rows(&self, tokens: Node<'t>, ranges: Vec<Range<usize>>) -> Vec<Piece<'t>> {
        let mut row = self.first_row + tokens.start_position().row as u32;
        let mut at = tokens.start_byte();
        let mut pieces = Vec::with_capacity(ranges.len());
        for range in ranges {
            row += rows_in(self.text.get(at..range.start).unwrap_or(""));
            at = range.start;
            let piece = self.piece(range);
            if !piece.text.trim().is_empty() {
                pieces.push(Piece { row, ..piece });
            }
        }
        pieces
    }

    /// The arms of a `select!`.
    pub(super) fn arms(&mut self, tokens: Node<'t>) -> Vec<Arm<'t>> {
        let mut ranges = Vec::new();
        let mut inner: Vec<(Option<usize>, Option<usize>)> = Vec::new();
        let mut start = tokens.start_byte() + 1;
        let (mut equals, mut arrow) = (None, None);
        self.each_child(tokens, |_, child, _| {
            let is_end = match kind(child) {
                "=" if arrow.is_none() && equals.is_none() => {
                    equals = Some(child.start_byte());
                    false
                }
                "=>" => {
                    arrow = Some(child.start_byte());
                    false
                }
                ";" => arrow.is_none(),
                "," => arrow.is_some(),
                // A braced handler ends its arm with or without a comma.
                "token_tree" => {
                    arrow.is_some_and(|arrow| child.start_byte() - arrow <= 3)
                        && child.child(0).is_some_and(|open| kind(open) == "{")
                }
                _ => false,
            };
            if is_end {
                let end = if kind(child) == "token_tree" {
                    child.end_byte()
                } else {
                    child.start_byte()
                };
                ranges.push(start..end);
                inner.push((equals.take(), arrow.take()));
                start = child.end_byte();
            }
        });
        ranges.push(start..tokens.end_byte().saturating_sub(1).max(start));
        inner.push((equals, arrow));
        let mut arms = Vec::new();
        for (range, (equals, arrow)) in ranges.into_iter().zip(inner) {
            let Some(piece) = self.with_rows(tokens, vec![range]).pop() else {
                continue;
            };
            let parts = equals.zip(arrow).and_then(|(equals, arrow)| {
                let pattern = self.text.get(piece.range.start..equals)?;
                let pattern = pattern.trim_start_matches([',', ' ', '\n', '\t']);
                let future = self.text.get(equals + 1..arrow)?;
                // A precondition stands behind the future: `, if ready`.
                let future = future.rfind(", if ").map_or(future, |at| &future[..at]);
                let handler = self.text.get(arrow + 2..piece.range.end)?;
                Some((pattern, future, handler))
            });
            let lead =
                piece.text.len() - piece.text.trim_start_matches([',', ' ', '\n', '\t']).len();
            let skipped = if parts.is_some() { lead } else { 0 };
            arms.push(Arm {
                parts,
                text: piece.text,
                row: piece.row + rows_in(&piece.text[..skipped]),
                range: piece.range,
            });
        }
        arms
    }

    /// Finds what looks like a call among tokens.
    pub(super) fn scan(&mut self, tokens: Node<'t>) {
        self.scan_range(tokens, &(tokens.start_byte()..tokens.end_byte()));
    }

    /// The same for the tokens inside `range`.
    pub(super) fn scan_range(&mut self, tokens: Node<'t>, range: &Range<usize>) {
        self.deeper((), |this| {
            let mut path = Path::default();
            this.each_child(tokens, |this, child, _| {
                if child.start_byte() >= range.start && child.end_byte() <= range.end {
                    this.token(child, &mut path);
                }
            });
        });
    }

    /// What looks like a call among tokens of which some may be items: those in braces are read as such.
    pub(super) fn scan_items(&mut self, tokens: Node<'t>) {
        self.deeper((), |this| {
            let mut path = Path::default();
            this.each_child(tokens, |this, child, _| {
                if this.is_tree(child, '{') {
                    path = Path::default();
                    this.items_of(child);
                } else {
                    this.token(child, &mut path);
                }
            });
        });
    }

    fn is_tree(&self, node: Node<'t>, open: char) -> bool {
        kind(node) == "token_tree" && self.text_of(node).starts_with(open)
    }

    /// Items of a macro in which parameters are drawn from something (`fn holds(x in 0..9, y: u8) { … }`, with or without
    /// plain parameters before them), as functions that loop over it. `None` when there are none.
    pub(super) fn drawn_functions(&mut self, tokens: Node<'t>) -> Option<String> {
        let mut children = Vec::new();
        self.each_child(tokens, |_, child, _| children.push(child));
        let mut text = String::new();
        let mut copied = tokens.start_byte() + 1;
        for at in 0..children.len() {
            let rest = children.get(at + 2..).unwrap_or_default();
            if kind(children[at]) != "fn" || children[at].start_byte() < copied {
                continue;
            }
            let lists = rest.iter().take_while(|node| self.is_tree(**node, '('));
            let lists: Vec<Node<'t>> = lists.copied().collect();
            let body = rest.iter().find(|node| self.is_tree(**node, '{'));
            let (Some(drawn), Some(body)) = (lists.last(), body) else {
                continue;
            };
            let Some(loops) = self.draws(*drawn) else {
                continue;
            };
            text.push_str(self.text.get(copied..drawn.start_byte())?);
            text.push_str(if lists.len() == 1 { "() { " } else { " { " });
            let between = self.text.get(drawn.start_byte()..body.start_byte())?;
            let missing = rows_in(between).saturating_sub(rows_in(&loops.head));
            text.push_str(&loops.head);
            text.extend(std::iter::repeat_n('\n', missing as usize));
            text.push_str(self.text.get(body.byte_range())?);
            text.extend(std::iter::repeat_n('}', loops.open + 1));
            copied = body.end_byte();
        }
        if text.is_empty() {
            return None;
        }
        let end = tokens.end_byte().saturating_sub(1).max(copied);
        text.push_str(self.text.get(copied..end)?);
        Some(text)
    }

    /// The parameters of a list of which some are drawn, as the heads of loops.
    fn draws(&mut self, list: Node<'t>) -> Option<Loops> {
        let mut is_drawn = false;
        self.each_child(list, |this, child, _| {
            is_drawn |= this.text_of(child) == "in"
        });
        if !is_drawn {
            return None;
        }
        let mut loops = Loops::default();
        for piece in self.pieces(list) {
            if piece.text.split_whitespace().any(|word| word == "in") {
                loops.head.push_str("for ");
                loops.head.push_str(piece.text);
                loops.head.push_str(" { ");
                loops.open += 1;
            } else {
                loops.head.push_str("let ");
                loops.head.push_str(piece.text);
                loops.head.push_str("; ");
            }
        }
        Some(loops)
    }

    fn token(&mut self, node: Node<'t>, path: &mut Path) {
        let line = self.line(node);
        if path.angles > 0 {
            match kind(node) {
                "<" => path.angles += 1,
                ">" => path.angles -= 1,
                ">>" => path.angles = path.angles.saturating_sub(2),
                "token_tree" | ";" => *path = Path::default(),
                _ => {}
            }
            return;
        }
        match kind(node) {
            // Type arguments of what is called: `parse::<u8>(…)`.
            "<" if path.is_open => {
                path.is_open = false;
                path.angles = 1;
            }
            "identifier" | "primitive_type" | "self" | "super" | "crate" | "metavariable" => {
                self.path_token(node, path, line);
            }
            "::" => {
                path.is_open = path.base.is_some() && !path.after_dot;
                path.after_dot = false;
                path.is_macro = false;
            }
            "." => {
                let is_receiver = path.is_self;
                *path = Path {
                    after_dot: true,
                    receiver: if is_receiver { path.base } else { ExprId::NONE },
                    ..Path::default()
                };
            }
            "!" => path.is_macro = path.base.is_some(),
            "#" => {
                *path = Path {
                    is_attribute: true,
                    ..Path::default()
                };
            }
            "token_tree" if path.is_attribute && self.is_tree(node, '[') => {
                *path = Path::default();
            }
            "token_tree" | "token_repetition" => {
                let is_call = self.text_of(node).starts_with('(') && !path.is_macro;
                if is_call && path.base.is_some() && !path.is_definition && !path.is_self {
                    let line = self.facts.facts().exprs.line(path.base);
                    let callee = path.base;
                    let args = self.facts.list(&[]);
                    self.facts
                        .expr(Expr::Call(callee, args), line, Role::MacroCall);
                }
                let is_braced = self.text_of(node).starts_with('{');
                *path = Path::default();
                let row = self.first_row + node.start_position().row as u32;
                let inside = self.inside(node);
                if !is_braced || self.fragment_at(inside, row, Shape::Block).is_none() {
                    self.scan(node);
                }
            }
            "fn" | "struct" | "enum" | "trait" | "mod" | "macro_rules" => {
                *path = Path {
                    is_definition: true,
                    ..Path::default()
                };
            }
            _ => *path = Path::default(),
        }
    }

    fn path_token(&mut self, node: Node<'t>, path: &mut Path, line: u32) {
        let text = self.text_of(node);
        let is_self = kind(node) == "self";
        let base = match (text, path.is_open && path.base.is_some()) {
            (_, true) => self.facts.member_expr(path.base, text, line, Role::Silent),
            ("crate" | "$crate", _) => self.silent(Expr::Root(u32::MAX), line),
            ("super", _) => self.silent(Expr::Root(1), line),
            ("Self", _) => self.this_type(line),
            _ if text.starts_with('$') => ExprId::NONE,
            _ if path.after_dot => {
                let receiver = self.known(path.receiver, line);
                self.facts.member_expr(receiver, text, line, Role::Silent)
            }
            _ => self.facts.name_expr(text, line, Role::Silent),
        };
        *path = Path {
            base,
            is_self,
            is_definition: path.is_definition,
            ..Path::default()
        };
    }
}

/// The path that the tokens so far spell.
struct Path {
    base: ExprId,
    /// A `::` came last.
    is_open: bool,
    /// A `.` came last.
    after_dot: bool,
    /// What stands before the `.`, when it is `self`.
    receiver: ExprId,
    /// The path is `self`.
    is_self: bool,
    /// A `!` came last.
    is_macro: bool,
    /// The name is being defined.
    is_definition: bool,
    /// Angle brackets that are open: type arguments.
    angles: u32,
    /// A `#` came last.
    is_attribute: bool,
}

/// Loops that take values from what parameters are drawn from.
#[derive(Default)]
struct Loops {
    head: String,
    /// Braces that the head opens.
    open: usize,
}

impl Default for Path {
    fn default() -> Self {
        Path {
            base: ExprId::NONE,
            is_open: false,
            after_dot: false,
            receiver: ExprId::NONE,
            is_self: false,
            is_macro: false,
            is_definition: false,
            angles: 0,
            is_attribute: false,
        }
    }
}

//! Patterns: which names they bind, and to what part of the value. References in patterns leave no trace.

use tree_sitter::Node;

use super::lowering::{FIELDS, Lowering, kind};
use crate::facts::{BlockId, BlockKind, Expr, ExprId, Role};

/// Where the names of a pattern go.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// The block that declares them.
    pub(super) scope: BlockId,
    /// What is matched.
    pub(super) value: ExprId,
    /// Its declared type, or `NONE`.
    pub(super) declared: ExprId,
}

impl Target {
    fn of(self, value: ExprId) -> Target {
        Target {
            value,
            declared: ExprId::NONE,
            ..self
        }
    }
}

impl<'t> Lowering<'t, '_> {
    /// Binds the names of a pattern in the current block.
    pub(super) fn bind_here(&mut self, node: Node<'t>, value: ExprId, declared: ExprId) {
        let target = Target {
            scope: self.facts.block(),
            value,
            declared,
        };
        self.pattern(node, target);
    }

    /// Binds the names of a pattern.
    pub(super) fn pattern(&mut self, node: Node<'t>, target: Target) {
        self.deeper((), |this| this.pattern_at(node, target));
    }

    fn pattern_at(&mut self, node: Node<'t>, target: Target) {
        match kind(node) {
            "identifier" | "shorthand_field_identifier" => self.pattern_name(node, target),
            "self" => {
                let line = self.line(node);
                self.facts
                    .bind("self", target.scope, target.value, target.declared, line);
            }
            "mut_pattern" | "ref_pattern" | "reference_pattern" | "match_pattern" => {
                self.each(node, |this, child, field| {
                    if field != Some(FIELDS.condition) && kind(child) != "mutable_specifier" {
                        this.pattern(child, target);
                    }
                });
            }
            "tuple_pattern" => self.tuple_pattern(node, target),
            "slice_pattern" => {
                let line = self.line(node);
                self.each(node, |this, child, _| {
                    let value = if this.is_rest(child) {
                        target.value
                    } else {
                        this.silent(Expr::Element(target.value), line)
                    };
                    this.pattern(child, target.of(value));
                });
            }
            "tuple_struct_pattern" => self.tuple_struct_pattern(node, target),
            "struct_pattern" => self.struct_pattern(node, target),
            "captured_pattern" => {
                let mut is_name = true;
                self.each(node, |this, child, _| {
                    if is_name {
                        this.pattern_name(child, target);
                        is_name = false;
                    } else {
                        this.pattern(child, target);
                    }
                });
            }
            "or_pattern" => self.each(node, |this, child, _| {
                if kind(child) == "or_pattern" {
                    this.pattern(child, target);
                } else {
                    let outer = this.facts.enter(BlockKind::Branch);
                    this.pattern(child, target);
                    this.facts.leave(outer);
                }
            }),
            "scoped_identifier" => {
                self.path(node, Role::Use);
            }
            "range_pattern" => self.each(node, |this, child, _| {
                if matches!(kind(child), "scoped_identifier" | "identifier") {
                    this.path(child, Role::Use);
                }
            }),
            _ => {}
        }
    }

    /// `..` or `name @ ..` in a slice pattern: the rest, not an element.
    fn is_rest(&self, node: Node<'t>) -> bool {
        kind(node) == "captured_pattern" && self.text_of(node).ends_with("..")
    }

    /// A name binds when it is written like a variable; else it is a constant or a unit variant.
    fn pattern_name(&mut self, node: Node<'t>, target: Target) {
        let line = self.line(node);
        let text = self.text_of(node);
        if text.starts_with(|first: char| first.is_uppercase()) {
            self.facts.name_expr(text, line, Role::Use);
        } else {
            self.facts
                .bind(text, target.scope, target.value, target.declared, line);
        }
    }

    fn tuple_pattern(&mut self, node: Node<'t>, target: Target) {
        let line = self.line(node);
        let mut position = 0;
        let mut is_known = true;
        self.each_child(node, |this, child, _| {
            if !child.is_named() && kind(child) != "_" || child.is_extra() {
                return;
            }
            if kind(child) == "remaining_field_pattern" {
                // How many it stands for is not known here.
                is_known = false;
                return;
            }
            let value = if is_known {
                this.silent(Expr::Item(target.value, position), line)
            } else {
                this.facts.unknown(line)
            };
            position += 1;
            this.pattern(child, target.of(value));
        });
    }

    fn tuple_struct_pattern(&mut self, node: Node<'t>, target: Target) {
        let line = self.line(node);
        let variant = match node.child_by_field_id(FIELDS.type_name) {
            Some(path) => self.path(path, Role::Use),
            None => ExprId::NONE,
        };
        let variant = self.known(variant, line);
        let mut position = 0;
        let mut is_known = true;
        self.each_child(node, |this, child, field| {
            let counts = child.is_named() || kind(child) == "_";
            if field == Some(FIELDS.type_name) || !counts || child.is_extra() {
                return;
            }
            if kind(child) == "remaining_field_pattern" {
                is_known = false;
                return;
            }
            let value = if is_known {
                let at = this.silent(Expr::Position(position), line);
                this.silent(Expr::Payload(target.value, variant, at), line)
            } else {
                this.facts.unknown(line)
            };
            position += 1;
            this.pattern(child, target.of(value));
        });
    }

    fn struct_pattern(&mut self, node: Node<'t>, target: Target) {
        let line = self.line(node);
        let variant = match node.child_by_field_id(FIELDS.type_name) {
            Some(path) => self.path(path, Role::Use),
            None => ExprId::NONE,
        };
        let variant = self.known(variant, line);
        self.each(node, |this, child, _| {
            if kind(child) != "field_pattern" {
                return;
            }
            let Some(name) = child.child_by_field_id(FIELDS.name) else {
                return;
            };
            let text = this.facts.name(this.text_of(name));
            let field = this.silent(Expr::Text(text), line);
            let value = this.silent(Expr::Payload(target.value, variant, field), line);
            let inner = child.child_by_field_id(FIELDS.pattern).unwrap_or(name);
            this.pattern(inner, target.of(value));
        });
    }
}

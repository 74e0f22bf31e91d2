//! Tests that say of which type a variable is where they hold: `x instanceof T`, `x.getClass() == T.class`,
//! `T.class.isInstance(x)`.
//!
//! The declared type stays: it is what the compiler looks methods up in. What a test says is added where the variable is
//! the receiver of a call.

use tree_sitter::Node;

use crate::facts::{Expr, ExprId, Role};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, kind};

/// Tests joined by `&&` that are looked at in one condition.
const MAX_TESTS: usize = 32;

/// A variable and the type that it was tested for.
#[derive(Clone, Copy)]
pub(super) struct Narrowing<'a> {
    pub(super) name: &'a str,
    ty: Node<'a>,
}

impl<'a> Lower<'a, '_> {
    /// Takes note of what a condition says where it holds. Gives how much was known before, to go back to.
    pub(super) fn narrow_by(&mut self, condition: Option<Node<'a>>) -> usize {
        let before = self.narrowed.len();
        let mut open: Vec<Node<'a>> = condition.into_iter().collect();
        let mut looked_at = 0;
        while let Some(node) = open.pop() {
            looked_at += 1;
            if looked_at > MAX_TESTS {
                break;
            }
            match kind::of(node) {
                kind::PARENTHESIZED => open.extend(node.named_child(0)),
                kind::BINARY if self.operator_of(node) == "&&" => {
                    open.extend(node.child_by_field_id(FIELDS.left));
                    open.extend(node.child_by_field_id(FIELDS.right));
                }
                _ => {
                    let found = self.tested(node);
                    self.narrowed.extend(found);
                }
            }
        }
        before
    }

    /// Takes note of what holds when the right side of this `&&` is evaluated, beyond what the sides before it said.
    pub(super) fn narrow_before(&mut self, node: Node<'a>) {
        let Some(left) = node.child_by_field_id(FIELDS.left) else {
            return;
        };
        let is_chain = kind::of(left) == kind::BINARY && self.operator_of(left) == "&&";
        let last = if is_chain {
            left.child_by_field_id(FIELDS.right)
        } else {
            Some(left)
        };
        if self.narrowed.len() < MAX_TESTS {
            self.narrow_by(last);
        }
    }

    /// The receiver of a call as what it is declared as and what it was tested for.
    pub(super) fn narrowed_receiver(&mut self, object: Node<'a>, base: ExprId) -> ExprId {
        let name = self.text(object);
        let known = self.narrowed.iter().rfind(|known| known.name == name);
        let Some(narrowing) = known.copied() else {
            return base;
        };
        let line = line_of(object);
        let ty = self.ty(narrowing.ty);
        if !ty.is_some() {
            return base;
        }
        self.out.set_role(ty, Role::Silent);
        let cast = self
            .out
            .expr(Expr::Cast(ExprId::NONE, ty), line, Role::Silent);
        self.out.either(&[base, cast], line)
    }

    fn tested(&self, node: Node<'a>) -> Option<Narrowing<'a>> {
        match kind::of(node) {
            kind::INSTANCEOF if node.child_by_field_id(FIELDS.name).is_none() => {
                let left = node.child_by_field_id(FIELDS.left)?;
                let ty = node.child_by_field_id(FIELDS.right)?;
                Some(Narrowing {
                    name: self.variable(left)?,
                    ty,
                })
            }
            kind::BINARY if self.operator_of(node) == "==" => {
                let left = node.child_by_field_id(FIELDS.left)?;
                let right = node.child_by_field_id(FIELDS.right)?;
                self.same_class(left, right)
                    .or_else(|| self.same_class(right, left))
            }
            kind::METHOD_CALL => {
                let object = node.child_by_field_id(FIELDS.object)?;
                let name = node.child_by_field_id(FIELDS.name)?;
                let argument = node.child_by_field_id(FIELDS.arguments)?.named_child(0)?;
                match self.text(name) {
                    "isInstance" => Some(Narrowing {
                        name: self.variable(argument)?,
                        ty: class_of_literal(object)?,
                    }),
                    "isAssignableFrom" => self.same_class(argument, object),
                    "equals" => self
                        .same_class(argument, object)
                        .or_else(|| self.same_class(object, argument)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `x.getClass()` on one side, `T.class` on the other.
    fn same_class(&self, call: Node<'a>, literal: Node<'a>) -> Option<Narrowing<'a>> {
        let ty = class_of_literal(literal)?;
        if kind::of(call) != kind::METHOD_CALL {
            return None;
        }
        let name = call.child_by_field_id(FIELDS.name)?;
        let object = call.child_by_field_id(FIELDS.object)?;
        (self.text(name) == "getClass").then_some(())?;
        Some(Narrowing {
            name: self.variable(object)?,
            ty,
        })
    }

    fn variable(&self, node: Node<'a>) -> Option<&'a str> {
        (kind::of(node) == kind::IDENTIFIER).then(|| self.text(node))
    }
}

fn class_of_literal(node: Node<'_>) -> Option<Node<'_>> {
    (kind::of(node) == kind::CLASS_LITERAL)
        .then(|| node.named_child(0))
        .flatten()
}

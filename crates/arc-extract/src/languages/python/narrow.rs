//! What a condition says about the type of a name.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use tree_sitter::Node;

use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{BlockId, Expr, ExprId, Role};

/// `a.b`, of which a condition has told the type.
pub(super) struct NarrowedAttribute<'s> {
    /// Where it holds: in this block and in those inside, from here on.
    block: BlockId,
    path: &'s str,
    types: ExprId,
}

impl<'s> Lowering<'s, '_> {
    /// Binds, in the current block, the names that `condition` tells the type of when it holds.
    pub(super) fn narrow(&mut self, condition: Node<'s>) {
        match self.kind(condition) {
            Expression::Parentheses => {
                if let Some(inner) = condition.named_child(0) {
                    self.deeper(|this| this.narrow(inner));
                }
            }
            Expression::Boolean => {
                let fields = &self.syntax.fields;
                let operator = self.field(condition, fields.operator);
                let sides = [
                    self.field(condition, fields.left),
                    self.field(condition, fields.right),
                ];
                if operator.is_some_and(|operator| self.text_of(operator) == "and") {
                    for side in sides.into_iter().flatten() {
                        self.deeper(|this| this.narrow(side));
                    }
                }
            }
            Expression::Call => self.narrow_by_call(condition),
            _ => {}
        }
    }

    /// After `if not isinstance(x, T): return`, `x` is a `T`.
    pub(super) fn narrow_after_guard(&mut self, condition: Node<'s>) {
        if self.kind(condition) == Expression::Not
            && let Some(inner) = self.field(condition, self.syntax.fields.argument)
        {
            self.narrow(inner);
        }
    }

    /// Whether a condition narrows anything, so that a short circuit deserves a block.
    pub(super) fn narrows(&self, condition: Node<'s>) -> bool {
        self.kind(condition) == Expression::Call
            && self
                .field(condition, self.syntax.fields.function)
                .is_some_and(|function| self.text_of(function) == "isinstance")
    }

    fn narrow_by_call(&mut self, call: Node<'s>) {
        if !self.narrows(call) {
            return;
        }
        let Some(arguments) = self.field(call, self.syntax.fields.arguments) else {
            return;
        };
        let (Some(subject), Some(class)) = (arguments.named_child(0), arguments.named_child(1))
        else {
            return;
        };
        if !matches!(
            self.kind(subject),
            Expression::Identifier | Expression::Attribute
        ) {
            return;
        }
        let line = self.line(subject);
        let mut types = Vec::new();
        self.class_list(class, &mut types);
        if self.kind(subject) == Expression::Attribute {
            return self.narrow_attribute(subject, &types, line);
        }
        let name = self.text_of(subject);
        let old = self.facts.name_expr(name, line, Role::Silent);
        let narrowed = self.instance_of(old, &types, line);
        let block = self.facts.block();
        self.facts.bind(name, block, narrowed, ExprId::NONE, line);
    }

    fn narrow_attribute(&mut self, subject: Node<'s>, types: &[ExprId], line: u32) {
        let mut narrowed = std::mem::take(&mut self.narrowed);
        narrowed.retain(|known| self.is_inside(known.block));
        narrowed.push(NarrowedAttribute {
            block: self.facts.block(),
            path: self.text_of(subject),
            types: self.facts.either(types, line),
        });
        self.narrowed = narrowed;
    }

    /// An attribute as what the conditions around say that it is.
    pub(super) fn as_narrowed(&mut self, node: Node<'s>, value: ExprId) -> ExprId {
        if self.narrowed.is_empty() {
            return value;
        }
        let path = self.text_of(node);
        let mut known = self.narrowed.iter().rev();
        let known = known.find(|known| known.path == path && self.is_inside(known.block));
        match known.map(|known| known.types) {
            Some(types) => {
                let line = self.line(node);
                self.facts
                    .expr(Expr::Cast(value, types), line, Role::Silent)
            }
            None => value,
        }
    }

    /// What is assigned is no longer what conditions said, nor are its attributes.
    pub(super) fn forget_narrowed(&mut self, target: Node<'s>) {
        if self.narrowed.is_empty() {
            return;
        }
        let path = self.text_of(target);
        self.narrowed.retain(|known| {
            let rest = known.path.strip_prefix(path);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }

    fn is_inside(&self, around: BlockId) -> bool {
        let mut block = self.facts.block();
        while block.is_some() {
            if block == around {
                return true;
            }
            block = self.facts.facts().blocks[block.index()].parent;
        }
        false
    }

    /// The types of `isinstance`'s second argument: one, a tuple, or a union.
    fn class_list(&mut self, node: Node<'s>, types: &mut Vec<ExprId>) {
        match self.kind(node) {
            Expression::Tuple | Expression::Parentheses | Expression::Binary => {
                let children = self.children(node);
                for index in children.clone() {
                    let child = self.child_at(index).node;
                    self.deeper(|this| this.class_list(child, types));
                }
                self.release(children);
            }
            _ => types.push(self.expr(node, Role::Silent)),
        }
    }
}

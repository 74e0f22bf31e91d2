//! Control flow: blocks, branches, loops, jumps and what they are worth as values.

use tree_sitter::Node;

use super::lowering::{FIELDS, Lowering, kind};
use crate::facts::{BlockKind, Expr, ExprId};

impl<'t> Lowering<'t, '_> {
    /// A block with a scope of its own.
    pub(super) fn block(&mut self, node: Node<'t>, block_kind: BlockKind) -> ExprId {
        let outer = self.facts.enter(block_kind);
        let value = self.statements(node);
        self.facts.leave(outer);
        value
    }

    /// Code that may not run.
    pub(super) fn branch(&mut self, node: Node<'t>) -> ExprId {
        if kind(node) == "block" {
            return self.block(node, BlockKind::Branch);
        }
        let outer = self.facts.enter(BlockKind::Branch);
        let value = self.value(node);
        self.facts.leave(outer);
        value
    }

    fn count_branch(&mut self) {
        self.state.branches = self.state.branches.saturating_add(1);
    }

    pub(super) fn if_expression(&mut self, node: Node<'t>) -> ExprId {
        self.count_branch();
        let line = self.line(node);
        let outer = self.facts.enter(BlockKind::Branch);
        if let Some(condition) = node.child_by_field_id(FIELDS.condition) {
            self.condition(condition);
        }
        let then = match node.child_by_field_id(FIELDS.consequence) {
            Some(block) => self.statements(block),
            None => ExprId::NONE,
        };
        self.facts.leave(outer);
        let mut otherwise = ExprId::NONE;
        if let Some(clause) = node.child_by_field_id(FIELDS.alternative) {
            self.each(clause, |this, child, _| otherwise = this.branch(child));
        }
        self.one_of(&[then, otherwise], line)
    }

    /// A condition; its `let`s bind in the current block.
    pub(super) fn condition(&mut self, node: Node<'t>) {
        self.deeper((), |this| match kind(node) {
            "let_condition" => {
                let line = this.line(node);
                let value = match node.child_by_field_id(FIELDS.value) {
                    Some(value) => this.value(value),
                    None => ExprId::NONE,
                };
                let value = this.known(value, line);
                if let Some(pattern) = node.child_by_field_id(FIELDS.pattern) {
                    this.bind_here(pattern, value, ExprId::NONE);
                }
            }
            "let_chain" => this.each(node, |this, child, _| this.condition(child)),
            _ => {
                this.value(node);
            }
        });
    }

    pub(super) fn match_expression(&mut self, node: Node<'t>) -> ExprId {
        let line = self.line(node);
        let value = match node.child_by_field_id(FIELDS.value) {
            Some(value) => self.value(value),
            None => ExprId::NONE,
        };
        let value = self.known(value, line);
        let mut arms = Vec::new();
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.each(body, |this, arm, _| {
                if kind(arm) == "match_arm" {
                    arms.push(this.match_arm(arm, value));
                }
            });
        }
        let branches = u16::try_from(arms.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.state.branches = self.state.branches.saturating_add(branches);
        self.one_of(&arms, line)
    }

    fn match_arm(&mut self, node: Node<'t>, value: ExprId) -> ExprId {
        let outer = self.facts.enter(BlockKind::Branch);
        if let Some(pattern) = node.child_by_field_id(FIELDS.pattern) {
            self.bind_here(pattern, value, ExprId::NONE);
            if let Some(guard) = pattern.child_by_field_id(FIELDS.condition) {
                self.count_branch();
                self.condition(guard);
            }
        }
        let result = match node.child_by_field_id(FIELDS.value) {
            Some(body) => self.value(body),
            None => ExprId::NONE,
        };
        self.facts.leave(outer);
        result
    }

    pub(super) fn while_expression(&mut self, node: Node<'t>) -> ExprId {
        self.count_branch();
        let outer = self.facts.enter(BlockKind::Loop);
        if let Some(condition) = node.child_by_field_id(FIELDS.condition) {
            self.condition(condition);
        }
        self.state.loops.push(Vec::new());
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.state.loops.pop();
        self.facts.leave(outer);
        ExprId::NONE
    }

    pub(super) fn for_expression(&mut self, node: Node<'t>) -> ExprId {
        self.count_branch();
        let line = self.line(node);
        let value = match node.child_by_field_id(FIELDS.value) {
            Some(value) => self.value(value),
            None => ExprId::NONE,
        };
        let value = self.known(value, line);
        let outer = self.facts.enter(BlockKind::Loop);
        let element = self.silent(Expr::Element(value), line);
        if let Some(pattern) = node.child_by_field_id(FIELDS.pattern) {
            self.bind_here(pattern, element, ExprId::NONE);
        }
        self.state.loops.push(Vec::new());
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.state.loops.pop();
        self.facts.leave(outer);
        ExprId::NONE
    }

    /// `loop`, whose value is that of its `break`s.
    pub(super) fn loop_expression(&mut self, node: Node<'t>) -> ExprId {
        self.count_branch();
        let line = self.line(node);
        self.state.loops.push(Vec::new());
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.block(body, BlockKind::Loop);
        }
        let values = self.state.loops.pop().unwrap_or_default();
        self.one_of(&values, line)
    }

    /// `break` with or without a value; it never has one itself.
    pub(super) fn break_expression(&mut self, node: Node<'t>) -> ExprId {
        let mut value = ExprId::NONE;
        self.each(node, |this, child, _| {
            if kind(child) != "label" {
                value = this.value(child);
            }
        });
        if let Some(values) = self.state.loops.last_mut() {
            values.push(value);
        }
        ExprId::NONE
    }

    pub(super) fn return_expression(&mut self, node: Node<'t>) -> ExprId {
        let mut value = ExprId::NONE;
        self.each(node, |this, child, _| value = this.value(child));
        if value.is_some() && self.state.async_blocks == 0 {
            self.facts.add_return(value, false);
        }
        ExprId::NONE
    }

    /// `async { … }`: awaiting it gives the value of the block.
    pub(super) fn async_block(&mut self, node: Node<'t>) -> ExprId {
        self.state.async_blocks += 1;
        let value = self.inner_block(node);
        self.state.async_blocks -= 1;
        value
    }

    /// The block of an `unsafe`, `const`, `try` or `async` one.
    pub(super) fn inner_block(&mut self, node: Node<'t>) -> ExprId {
        let mut value = ExprId::NONE;
        self.each(node, |this, child, _| {
            if kind(child) == "block" {
                value = this.block(child, BlockKind::Plain);
            }
        });
        value
    }
}

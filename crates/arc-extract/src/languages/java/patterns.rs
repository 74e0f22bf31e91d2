//! `instanceof`, `switch` and what they bind.

use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, Role};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

impl<'a> Lower<'a, '_> {
    /// The name of the pattern stays known after the test (`if (!(x instanceof T t)) return;`), so it goes to the block
    /// around.
    pub(super) fn instance_of(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let value = self.optional(node.child_by_field_id(FIELDS.left), line);
        if let Some(right) = node.child_by_field_id(FIELDS.right) {
            let ty = self.ty(right);
            if let Some(name) = node.child_by_field_id(FIELDS.name) {
                self.bind_pattern(name, value, ty);
            }
        } else {
            let children = self.walk.open(node);
            for index in children.clone() {
                let child = self.walk.child(index);
                if kind::of(child) == kind::RECORD_PATTERN {
                    self.record_pattern(child, value);
                }
            }
            self.walk.close(&children);
        }
        self.out.literal_expr("__boolean", line)
    }

    fn bind_pattern(&mut self, name: Node<'a>, value: ExprId, ty: ExprId) {
        let line = line_of(name);
        let narrowed = if ty.is_some() {
            self.out.expr(Expr::Cast(value, ty), line, Role::Silent)
        } else {
            value
        };
        let block = self.out.block();
        let name = self.text(name);
        self.out.bind(name, block, narrowed, ExprId::NONE, line);
    }

    /// `T name` and `R(T name, …)`.
    fn pattern(&mut self, node: Node<'a>, value: ExprId) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::TYPE_PATTERN => self.typed_name(child, value),
                kind::RECORD_PATTERN => self.record_pattern(child, value),
                _ => {}
            }
        }
        self.walk.close(&children);
    }

    fn typed_name(&mut self, node: Node<'a>, value: ExprId) {
        let mut ty = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::IDENTIFIER {
                self.bind_pattern(child, value, ty);
            } else {
                ty = self.ty(child);
            }
        }
        self.walk.close(&children);
    }

    fn record_pattern(&mut self, node: Node<'a>, value: ExprId) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut record = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) != kind::RECORD_PATTERN_BODY {
                record = self.ty(child);
                continue;
            }
            let parts = self.walk.open(child);
            for (position, index) in parts.clone().enumerate() {
                let part = self.walk.child(index);
                let line = line_of(part);
                let at = self
                    .out
                    .expr(Expr::Position(position as u32), line, Role::Silent);
                let field = self
                    .out
                    .expr(Expr::Payload(value, record, at), line, Role::Silent);
                match kind::of(part) {
                    kind::RECORD_PATTERN => self.record_pattern(part, field),
                    _ => self.typed_name(part, field),
                }
            }
            self.walk.close(&parts);
        }
        self.walk.close(&children);
        self.depth -= 1;
    }

    /// A switch as statement or expression; its value is one of the values of its rules.
    pub(super) fn switch(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let value = match node.child_by_field_id(FIELDS.condition) {
            Some(condition) => self.only_child(condition),
            None => self.out.unknown(line),
        };
        let mut results = Vec::new();
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            let children = self.walk.open(body);
            for index in children.clone() {
                let child = self.walk.child(index);
                let outer = self.out.enter(BlockKind::Branch);
                results.extend(self.case(child, value));
                self.out.leave(outer);
            }
            self.walk.close(&children);
        }
        if results.is_empty() {
            return self.out.unknown(line);
        }
        self.out.either(&results, line)
    }

    fn case(&mut self, node: Node<'a>, value: ExprId) -> Option<ExprId> {
        let is_rule = kind::of(node) == kind::SWITCH_RULE;
        let mut result = None;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::SWITCH_LABEL => self.label(child, value),
                kind::EXPRESSION_STATEMENT if is_rule => result = Some(self.only_child(child)),
                _ => self.statement(child),
            }
        }
        self.walk.close(&children);
        result
    }

    fn label(&mut self, node: Node<'a>, value: ExprId) {
        self.branch();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::PATTERN => self.pattern(child, value),
                // A constant of the enumeration that is switched over, or any other constant.
                kind::IDENTIFIER => {
                    let name = self.text(child);
                    let line = line_of(child);
                    self.out.member_expr(value, name, line, Role::Use);
                    self.out.name_expr(name, line, Role::Use);
                }
                _ if child.kind() == "guard" => {
                    self.only_child(child);
                }
                _ => {
                    self.expression(child);
                }
            }
        }
        self.walk.close(&children);
    }
}

//! Statements.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, MemberBinding, Name, Role, SymbolId};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

impl<'a> Lower<'a, '_> {
    /// The statements of a block (or of whatever lists them), in the current block.
    pub(super) fn statements(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            self.statement(child);
        }
        self.walk.close(&children);
        self.depth -= 1;
    }

    pub(super) fn statement(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.statement_at(node);
        self.depth -= 1;
    }

    fn statement_at(&mut self, node: Node<'a>) {
        match kind::of(node) {
            kind::SHORT_VAR => self.assignment(node, true),
            kind::ASSIGNMENT => self.assignment(node, false),
            kind::RETURN => self.return_statement(node),
            kind::IF => self.if_statement(node),
            kind::FOR => self.for_statement(node),
            kind::EXPRESSION_SWITCH | kind::SELECT => self.switch(node),
            kind::TYPE_SWITCH => self.type_switch(node),
            kind::BLOCK => {
                let outer = self.out.enter(BlockKind::Plain);
                self.statements(node);
                self.out.leave(outer);
            }
            kind::SEND => self.send(node),
            kind::INC | kind::DEC => {
                if let Some(target) = node.named_child(0) {
                    let target = self.expression(target);
                    self.out.set_role(target, Role::Write);
                }
            }
            kind::RECEIVE => self.receive(node),
            kind::VAR_DECLARATION => self.variables(node, NodeKind::Variable, false),
            kind::CONST_DECLARATION => self.variables(node, NodeKind::Constant, false),
            kind::TYPE_DECLARATION => self.type_declaration(node, false),
            // Inside a broken function the next ones can end up in it.
            kind::FUNCTION => self.function_declaration(node),
            kind::METHOD => self.method_declaration(node),
            kind::IDENTIFIER
            | kind::SELECTOR
            | kind::CALL
            | kind::INDEX
            | kind::UNARY
            | kind::BINARY
            | kind::PARENTHESIZED
            | kind::FUNC_LITERAL
            | kind::COMPOSITE
            | kind::TYPE_CONVERSION
            | kind::TYPE_ASSERTION
            | kind::SLICE => {
                self.expression(node);
            }
            // `expression_statement`, `go`, `defer`, `labeled_statement`, `ERROR`: what they hold counts.
            _ => self.statements(node),
        }
    }

    fn return_statement(&mut self, node: Node<'a>) {
        let Some(list) = node.named_child(0) else {
            return;
        };
        let values = self.values(list, 1);
        let value = self.tuple(&values, line_of(node));
        self.out.add_return(value, false);
    }

    /// `left := right` (declares) and `left = right`, `left += right`.
    fn assignment(&mut self, node: Node<'a>, declares: bool) {
        let (Some(left), Some(right)) = (
            node.child_by_field_id(FIELDS.left),
            node.child_by_field_id(FIELDS.right),
        ) else {
            return self.statements(node);
        };
        let operator = node
            .child_by_field_id(FIELDS.operator)
            .map_or("=", |operator| self.text(operator));
        self.assign_list(left, right, declares, operator == "=");
    }

    fn receive(&mut self, node: Node<'a>) {
        let Some(right) = node.child_by_field_id(FIELDS.right) else {
            return;
        };
        match node.child_by_field_id(FIELDS.left) {
            Some(left) => {
                let operator = node.child(1).map_or("", |operator| self.text(operator));
                self.assign_list(left, right, operator == ":=", true);
            }
            None => {
                self.expression(right);
            }
        }
    }

    fn assign_list(&mut self, left: Node<'a>, right: Node<'a>, declares: bool, replaces: bool) {
        let wanted = left.named_child_count();
        let values = self.values(right, wanted);
        let targets = self.walk.open(left);
        for (position, index) in targets.clone().enumerate() {
            let target = self.walk.child(index);
            let value = values.get(position).copied().unwrap_or(ExprId::NONE);
            if !replaces {
                let target = self.expression(target);
                self.out.set_role(target, Role::Write);
            } else if declares {
                self.declare(target, value);
            } else {
                self.assign(target, value);
            }
        }
        self.walk.close(&targets);
    }

    fn declare(&mut self, target: Node<'a>, value: ExprId) {
        if kind::of(target) != kind::IDENTIFIER {
            return self.assign(target, value);
        }
        let name = self.text(target);
        if name != "_" {
            let block = self.out.block();
            self.out
                .bind(name, block, value, ExprId::NONE, line_of(target));
        }
    }

    fn assign(&mut self, target: Node<'a>, value: ExprId) {
        let line = line_of(target);
        match kind::of(target) {
            kind::IDENTIFIER => {
                let name = self.text(target);
                if name != "_" {
                    self.out.name_expr(name, line, Role::Write);
                    self.out.assign(name, value, line);
                }
            }
            kind::SELECTOR => {
                let (Some(operand), Some(field)) = (
                    target.child_by_field_id(FIELDS.operand),
                    target.child_by_field_id(FIELDS.field),
                ) else {
                    return;
                };
                let base = self.expression(operand);
                let text = self.text(field);
                self.out
                    .member_expr(base, text, line_of(field), Role::Write);
                let name = self.out.name(text);
                self.member(base, name, value, line);
            }
            kind::INDEX => {
                let (Some(operand), Some(index)) = (
                    target.child_by_field_id(FIELDS.operand),
                    target.child_by_field_id(FIELDS.index),
                ) else {
                    return;
                };
                let base = self.expression(operand);
                let key = self.expression(index);
                let name = if let Expr::Text(name) = self.out.facts().exprs.expr(key) {
                    name
                } else {
                    Name::NONE
                };
                self.member(base, name, value, line);
            }
            kind::PARENTHESIZED | kind::UNARY => {
                // `*p = v` writes what `p` points at.
                self.statements(target);
            }
            _ => {
                self.expression(target);
            }
        }
    }

    fn member(&mut self, base: ExprId, name: Name, value: ExprId, line: u32) {
        self.out.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol: SymbolId::NONE,
            line,
        });
    }

    fn send(&mut self, node: Node<'a>) {
        let (Some(channel), Some(value)) = (
            node.child_by_field_id(FIELDS.channel),
            node.child_by_field_id(FIELDS.value),
        ) else {
            return self.statements(node);
        };
        let channel = self.expression(channel);
        let value = self.expression(value);
        self.out.set_role(value, Role::Argument);
        self.member(channel, Name::NONE, value, line_of(node));
    }

    /// A chain of `else if` is walked, not recursed into.
    fn if_statement(&mut self, node: Node<'a>) {
        let mut opened = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next.take() {
            self.branch();
            opened.push(self.out.enter(BlockKind::Plain));
            if let Some(initializer) = node.child_by_field_id(FIELDS.initializer) {
                self.statement(initializer);
            }
            if let Some(condition) = node.child_by_field_id(FIELDS.condition) {
                self.expression(condition);
            }
            if let Some(consequence) = node.child_by_field_id(FIELDS.consequence) {
                let outer = self.out.enter(BlockKind::Branch);
                self.statements(consequence);
                self.out.leave(outer);
            }
            if let Some(alternative) = node.child_by_field_id(FIELDS.alternative) {
                opened.push(self.out.enter(BlockKind::Branch));
                if kind::of(alternative) == kind::IF {
                    next = Some(alternative);
                } else {
                    self.statements(alternative);
                }
            }
        }
        while let Some(outer) = opened.pop() {
            self.out.leave(outer);
        }
    }

    fn for_statement(&mut self, node: Node<'a>) {
        self.branch();
        let header = self.out.enter(BlockKind::Plain);
        let children = self.walk.open(node);
        let mut range = None;
        let mut update = None;
        let mut body = None;
        for index in children.clone() {
            let child = self.walk.child(index);
            if self.walk.field(index) == FIELDS.body {
                body = Some(child);
                continue;
            }
            match kind::of(child) {
                kind::RANGE_CLAUSE => range = Some(child),
                kind::FOR_CLAUSE => {
                    if let Some(initializer) = child.child_by_field_id(FIELDS.initializer) {
                        self.statement(initializer);
                    }
                    if let Some(condition) = child.child_by_field_id(FIELDS.condition) {
                        self.expression(condition);
                    }
                    update = child.child_by_field_id(FIELDS.update);
                }
                _ => {
                    self.expression(child);
                }
            }
        }
        self.walk.close(&children);
        let iterated = range
            .and_then(|range| range.child_by_field_id(FIELDS.right))
            .map(|right| self.expression(right));
        let outer = self.out.enter(BlockKind::Loop);
        if let (Some(range), Some(iterated)) = (range, iterated) {
            self.range_names(range, iterated);
        }
        if let Some(body) = body {
            self.statements(body);
        }
        if let Some(update) = update {
            self.statement(update);
        }
        self.out.leave(outer);
        self.out.leave(header);
    }

    /// The first name takes the key (for a channel the element), the second the value.
    fn range_names(&mut self, range: Node<'a>, iterated: ExprId) {
        let Some(left) = range.child_by_field_id(FIELDS.left) else {
            return;
        };
        let declares = range
            .child(1)
            .is_some_and(|operator| self.text(operator) == ":=");
        let line = line_of(range);
        let names = self.walk.open(left);
        for (position, index) in names.clone().enumerate() {
            let name = self.walk.child(index);
            if kind::of(name) == kind::IDENTIFIER && self.text(name) == "_" {
                continue;
            }
            let value = if position == 0 {
                self.out.expr(Expr::Element(iterated), line, Role::Silent)
            } else {
                let key = self.out.unknown(line);
                self.out
                    .expr(Expr::Index(iterated, key), line, Role::Silent)
            };
            if declares {
                self.declare(name, value);
            } else {
                self.assign(name, value);
            }
        }
        self.walk.close(&names);
    }

    /// `switch` and `select`.
    fn switch(&mut self, node: Node<'a>) {
        let header = self.out.enter(BlockKind::Plain);
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::EXPRESSION_CASE | kind::DEFAULT_CASE | kind::COMMUNICATION_CASE => {
                    self.case(child)
                }
                _ => self.statement(child),
            }
        }
        self.walk.close(&children);
        self.out.leave(header);
    }

    fn case(&mut self, node: Node<'a>) {
        self.branch();
        let outer = self.out.enter(BlockKind::Branch);
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if self.walk.field(index) == FIELDS.value {
                // Each value of `case a, b:`.
                let values = self.walk.open(child);
                for value in values.clone() {
                    let value = self.walk.child(value);
                    self.expression(value);
                }
                self.walk.close(&values);
            } else {
                self.statement(child);
            }
        }
        self.walk.close(&children);
        self.out.leave(outer);
    }

    fn type_switch(&mut self, node: Node<'a>) {
        let header = self.out.enter(BlockKind::Plain);
        if let Some(initializer) = node.child_by_field_id(FIELDS.initializer) {
            self.statement(initializer);
        }
        let alias = node
            .child_by_field_id(FIELDS.alias)
            .and_then(|alias| alias.named_child(0))
            .map(|alias| self.text(alias));
        let line = line_of(node);
        let value = match node.child_by_field_id(FIELDS.value) {
            Some(value) => self.expression(value),
            None => self.out.unknown(line),
        };
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if matches!(kind::of(child), kind::TYPE_CASE | kind::DEFAULT_CASE) {
                self.type_case(child, alias, value);
            }
        }
        self.walk.close(&children);
        self.out.leave(header);
    }

    fn type_case(&mut self, node: Node<'a>, alias: Option<&str>, value: ExprId) {
        self.branch();
        let outer = self.out.enter(BlockKind::Branch);
        let line = line_of(node);
        let mut types = Vec::new();
        let mut is_bound = false;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if self.walk.field(index) == FIELDS.type_ {
                types.push(self.ty(child));
                continue;
            }
            if !is_bound {
                self.bind_case(alias, value, &types, line);
                is_bound = true;
            }
            self.statement(child);
        }
        self.walk.close(&children);
        self.out.leave(outer);
    }

    /// With one type the name has that type; with several it keeps its own.
    fn bind_case(&mut self, alias: Option<&str>, value: ExprId, types: &[ExprId], line: u32) {
        let Some(alias) = alias else {
            return;
        };
        let narrowed = match types {
            [only] => self.out.expr(Expr::Cast(value, *only), line, Role::Silent),
            _ => value,
        };
        let block = self.out.block();
        self.out.bind(alias, block, narrowed, ExprId::NONE, line);
    }
}

//! Statements: control flow with the blocks that may not run or may run again, and what a condition narrows.

use super::lower::{Kid, Lowering};
use super::syntax::{field, kind};
use crate::facts::{BlockKind, Expr, ExprId, Role};
use crate::source::line_of;

/// A name that a condition shows to be of a type.
pub(super) struct Narrowing<'a> {
    pub(super) name: &'a str,
    pub(super) type_: ExprId,
    /// The condition holds when the name is *not* of the type.
    pub(super) negated: bool,
}

impl<'a> Lowering<'a, '_> {
    /// One statement.
    pub(super) fn statement(&mut self, kid: Kid<'a>) {
        if self.sink().is_none() {
            return;
        }
        match kid.kind {
            kind::EXPRESSION_STATEMENT => self.expression_statement(kid),
            kind::LEXICAL_DECLARATION | kind::VARIABLE_DECLARATION => self.variables(kid),
            kind::RETURN => self.return_statement(kid),
            kind::IF => self.if_statement(kid),
            kind::FUNCTION_DECLARATION | kind::FUNCTION_SIGNATURE => {
                self.function_declaration(kid);
            }
            kind::CLASS_DECLARATION | kind::ABSTRACT_CLASS => {
                self.class(kid, None, true);
            }
            kind::INTERFACE => self.interface(kid),
            kind::TYPE_ALIAS => self.type_alias(kid),
            kind::ENUM => self.enumeration(kid),
            kind::INTERNAL_MODULE | kind::MODULE => self.namespace(kid),
            kind::AMBIENT => self.ambient(kid),
            kind::IMPORT_STATEMENT => self.import_statement(kid),
            kind::IMPORT_ALIAS => self.import_alias(kid),
            kind::EXPORT => self.export_statement(kid),
            kind::STATEMENT_BLOCK => self.block(kid, BlockKind::Plain),
            kind::FOR => self.for_statement(kid),
            kind::FOR_IN => self.for_in(kid),
            kind::WHILE | kind::DO => self.while_statement(kid),
            kind::SWITCH => self.switch(kid),
            kind::TRY => self.try_statement(kid),
            kind::LABELED => {
                let kids = self.open(kid.node);
                if let Some(body) = self.field(kids, field::BODY) {
                    self.statement(body);
                }
                self.close(kids);
            }
            kind::THROW => {
                if let Some(value) = self.only_child(kid.node) {
                    self.value(value, Role::Use);
                }
            }
            kind::ERROR => {
                let kids = self.open(kid.node);
                self.statements(kids, 0);
                self.close(kids);
            }
            _ => {
                self.value(kid, Role::Use);
            }
        }
        self.rise();
    }

    fn expression_statement(&mut self, kid: Kid<'a>) {
        let Some(expression) = self.only_child(kid.node) else {
            return;
        };
        match expression.kind {
            // `namespace X {}` stands as an expression in the grammar.
            kind::INTERNAL_MODULE => self.namespace(expression),
            // `"use strict"` says nothing.
            kind::STRING => {}
            _ => {
                let value = self.value(expression, Role::Use);
                if expression.kind == kind::CALL && self.asserts(expression) {
                    let shown = self.shown_by(expression, value);
                    self.narrow(shown.as_slice(), false, line_of(expression.node));
                }
            }
        }
    }

    /// Whether a call is of something named like those that return only if what they are given is of a type.
    fn asserts(&mut self, call: Kid<'a>) -> bool {
        let Some(function) = self.named_field(call, field::FUNCTION) else {
            return false;
        };
        let text = self.text_of(function.node);
        let name = text.rsplit('.').next().unwrap_or(text);
        name.get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("assert"))
    }

    /// A block, or a single statement in its place.
    pub(super) fn block(&mut self, kid: Kid<'a>, block_kind: BlockKind) {
        let outer = self.facts.enter(block_kind);
        self.body_statements(kid);
        self.facts.leave(outer);
    }

    /// The statements of a `{}` in the current block, or a single statement.
    pub(super) fn body_statements(&mut self, kid: Kid<'a>) {
        if kid.kind == kind::STATEMENT_BLOCK {
            let kids = self.open(kid.node);
            self.statements(kids, 0);
            self.close(kids);
        } else if kid.kind == kind::ELSE {
            if let Some(inner) = self.only_child(kid.node) {
                self.body_statements(inner);
            }
        } else {
            self.statement(kid);
        }
    }

    fn return_statement(&mut self, kid: Kid<'a>) {
        if let Some(value) = self.only_child(kid.node) {
            let value = self.value(value, Role::Use);
            self.facts.add_return(value, false);
        }
    }

    fn if_statement(&mut self, kid: Kid<'a>) {
        self.branch();
        let kids = self.open(kid.node);
        let mut narrowings = Vec::new();
        if let Some(condition) = self.field(kids, field::CONDITION) {
            self.condition(condition, &mut narrowings);
        }
        let consequence = self.field(kids, field::CONSEQUENCE);
        if let Some(consequence) = consequence {
            let outer = self.facts.enter(BlockKind::Branch);
            self.narrow(&narrowings, false, line_of(consequence.node));
            self.body_statements(consequence);
            self.facts.leave(outer);
        }
        if let Some(alternative) = self.field(kids, field::ALTERNATIVE) {
            let outer = self.facts.enter(BlockKind::Branch);
            self.narrow(&narrowings, true, line_of(alternative.node));
            self.body_statements(alternative);
            self.facts.leave(outer);
        } else if consequence.is_some_and(|kid| self.always_leaves(kid)) {
            // `if (!(x instanceof A)) return`: what follows sees the opposite.
            self.narrow(&narrowings, true, line_of(kid.node));
        }
        self.close(kids);
    }

    /// Whether a branch ends by leaving: a `return`, `throw`, `continue` or `break` as its last statement.
    fn always_leaves(&mut self, kid: Kid<'a>) -> bool {
        let last = if kid.kind == kind::STATEMENT_BLOCK {
            let kids = self.open(kid.node);
            let last = self.last_named(kids);
            self.close(kids);
            last
        } else {
            Some(kid)
        };
        last.is_some_and(|last| {
            matches!(last.kind, kind::RETURN | kind::THROW)
                || matches!(last.node.kind(), "continue_statement" | "break_statement")
        })
    }

    /// Evaluates a condition and collects what it shows about names.
    pub(super) fn condition(&mut self, kid: Kid<'a>, found: &mut Vec<Narrowing<'a>>) -> ExprId {
        match kid.kind {
            kind::PARENTHESIZED => match self.only_child(kid.node) {
                Some(inner) if self.sink().is_some() => {
                    let value = self.condition(inner, found);
                    self.rise();
                    value
                }
                _ => self.facts.unknown(line_of(kid.node)),
            },
            kind::UNARY => {
                let kids = self.open(kid.node);
                let is_not = self.has(kids, kind::NOT_TOKEN);
                let argument = self.field(kids, field::ARGUMENT);
                self.close(kids);
                match argument {
                    Some(argument) if is_not && self.sink().is_some() => {
                        let from = found.len();
                        self.condition(argument, found);
                        self.rise();
                        for narrowing in &mut found[from..] {
                            narrowing.negated = !narrowing.negated;
                        }
                        self.facts.literal_expr("Boolean", line_of(kid.node))
                    }
                    _ => self.value(kid, Role::Use),
                }
            }
            kind::BINARY => self.binary(kid, Some(found)),
            kind::CALL => {
                let value = self.value(kid, Role::Use);
                found.extend(self.shown_by(kid, value));
                value
            }
            _ => self.value(kid, Role::Use),
        }
    }

    /// What a call may show of its first argument: the function says whether it does.
    fn shown_by(&mut self, kid: Kid<'a>, call: ExprId) -> Option<Narrowing<'a>> {
        let is_call = |expr| matches!(expr, Expr::Call(..));
        let facts = self.facts.facts();
        let node = facts.exprs.get(call).filter(|node| is_call(node.expr))?;
        let line = node.line;
        let arguments = self.named_field(kid, field::ARGUMENTS)?;
        let kids = self.open(arguments.node);
        let first = (kids.start..kids.end).find(|at| self.kids[*at].node.is_named());
        let first = first.map(|at| self.kids[at]);
        self.close(kids);
        let name = first.filter(|first| first.kind == kind::IDENTIFIER)?;
        Some(Narrowing {
            name: self.text_of(name.node),
            type_: self.facts.expr(Expr::Unwrap(call), line, Role::Silent),
            negated: false,
        })
    }

    /// Binds narrowed names in the current block, for the side where the condition holds or (`otherwise`) does not.
    pub(super) fn narrow(&mut self, narrowings: &[Narrowing<'a>], otherwise: bool, line: u32) {
        for narrowing in narrowings {
            if narrowing.negated == otherwise {
                let old = self.facts.name_expr(narrowing.name, line, Role::Silent);
                let value = self
                    .facts
                    .expr(Expr::Cast(old, narrowing.type_), line, Role::Silent);
                let block = self.facts.block();
                self.facts
                    .bind(narrowing.name, block, value, ExprId::NONE, line);
            }
        }
    }

    fn for_statement(&mut self, kid: Kid<'a>) {
        self.branch();
        let kids = self.open(kid.node);
        let outer = self.facts.enter(BlockKind::Loop);
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.field {
                field::INITIALIZER | field::BODY => self.body_statements(part),
                field::CONDITION | field::INCREMENT if part.node.is_named() && part.kind != 0 => {
                    self.value(part, Role::Use);
                }
                _ => {}
            }
        }
        self.facts.leave(outer);
        self.close(kids);
    }

    fn for_in(&mut self, kid: Kid<'a>) {
        self.branch();
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let outer = self.facts.enter(BlockKind::Loop);
        let over = self
            .field(kids, field::RIGHT)
            .map(|right| self.value(right, Role::Use));
        let is_of = self.has(kids, kind::OF_TOKEN);
        let element = match over {
            Some(over) if is_of => {
                let element = self.facts.expr(Expr::Element(over), line, Role::Call);
                if self.kids[kids.start..kids.end]
                    .iter()
                    .any(|kid| kid.node.kind() == "await")
                {
                    self.facts.expr(Expr::Await(element), line, Role::Silent)
                } else {
                    element
                }
            }
            _ => self.facts.literal_expr("String", line),
        };
        if let Some(left) = self.field(kids, field::LEFT) {
            match self.field(kids, field::KIND) {
                Some(declared) => {
                    let scope = if declared.kind == kind::VAR_TOKEN {
                        self.function.block
                    } else {
                        self.facts.block()
                    };
                    self.bind_pattern(left, element, ExprId::NONE, scope);
                }
                None => self.assign_pattern(left, element),
            }
        }
        if let Some(body) = self.field(kids, field::BODY) {
            self.body_statements(body);
        }
        self.facts.leave(outer);
        self.close(kids);
    }

    fn while_statement(&mut self, kid: Kid<'a>) {
        self.branch();
        let kids = self.open(kid.node);
        let outer = self.facts.enter(BlockKind::Loop);
        let mut narrowings = Vec::new();
        if let Some(condition) = self.field(kids, field::CONDITION) {
            self.condition(condition, &mut narrowings);
        }
        if kid.kind == kind::WHILE {
            self.narrow(&narrowings, false, line_of(kid.node));
        }
        if let Some(body) = self.field(kids, field::BODY) {
            self.body_statements(body);
        }
        self.facts.leave(outer);
        self.close(kids);
    }

    fn switch(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        if let Some(value) = self.field(kids, field::VALUE) {
            self.value(value, Role::Use);
        }
        if let Some(body) = self.field(kids, field::BODY) {
            let cases = self.open(body.node);
            for index in cases.start..cases.end {
                let case = self.kids[index];
                if case.kind == kind::SWITCH_CASE {
                    self.switch_case(case);
                }
            }
            self.close(cases);
        }
        self.close(kids);
    }

    fn switch_case(&mut self, case: Kid<'a>) {
        self.branch();
        let parts = self.open(case.node);
        let outer = self.facts.enter(BlockKind::Branch);
        for index in parts.start..parts.end {
            let part = self.kids[index];
            match part.field {
                field::VALUE => {
                    self.value(part, Role::Use);
                }
                field::BODY if part.node.is_named() => self.statement(part),
                _ => {}
            }
        }
        self.facts.leave(outer);
        self.close(parts);
    }

    fn try_statement(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.field {
                field::BODY => self.block(part, BlockKind::Branch),
                field::HANDLER => {
                    self.branch();
                    self.catch(part);
                }
                field::FINALIZER => {
                    let inner = self.open(part.node);
                    if let Some(body) = self.field(inner, field::BODY) {
                        self.block(body, BlockKind::Plain);
                    }
                    self.close(inner);
                }
                _ => {}
            }
        }
        self.close(kids);
    }

    fn catch(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let outer = self.facts.enter(BlockKind::Branch);
        if let Some(parameter) = self.field(kids, field::PARAMETER) {
            let scope = self.facts.block();
            let caught = self.facts.unknown(line_of(parameter.node));
            self.bind_pattern(parameter, caught, ExprId::NONE, scope);
        }
        if let Some(body) = self.field(kids, field::BODY) {
            self.body_statements(body);
        }
        self.facts.leave(outer);
        self.close(kids);
    }
}

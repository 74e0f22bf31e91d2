//! Statements with a meaning of their own inside functions, and lambdas.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::declarators::Declarator;
use super::kinds as k;
use super::lower::{Indirection, Known, Lowering, Scope};
use crate::facts::{BlockKind, Expr, ExprId, Role};
use crate::source::{end_line_of, line_of};

impl<'a> Lowering<'a, '_> {
    pub(super) fn return_statement(&mut self, node: Node<'a>) {
        let Some(value) = node.named_child(0) else {
            return;
        };
        let wants = self.follows_returns;
        let value = self.value(value, wants);
        if wants && value.is_some() {
            self.facts.add_return(value, false);
        }
    }

    /// `for (auto &x : xs)`.
    pub(super) fn range_loop(&mut self, node: Node<'a>) {
        self.branches = self.branches.saturating_add(1);
        let mark = self.mark();
        let right = self.field(node, self.fields.right);
        let values = right.map_or(ExprId::NONE, |right| self.value(right, true));
        let element = if values.is_some() {
            self.facts
                .expr(Expr::Element(values), line_of(node), Role::Silent)
        } else {
            ExprId::NONE
        };
        if let (Some(type_node), Some(declarator)) = (
            self.field(node, self.fields.type_),
            self.field(node, self.fields.declarator),
        ) {
            let base = self.type_expr(type_node);
            let shape = self.declarator(declarator);
            if let Some(name) = shape.name {
                if self.kind(name) == k::STRUCTURED_BINDING {
                    self.bind_parts(name, element);
                } else {
                    let value = if base.is_some() {
                        self.facts
                            .expr(Expr::Cast(ExprId::NONE, base), line_of(name), Role::Silent)
                    } else {
                        element
                    };
                    let known = if value.is_some() {
                        Known::Value(value, Indirection::Unknown)
                    } else {
                        Known::Plain
                    };
                    self.declare(self.text_of(name), known);
                }
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.visit(body);
        }
        self.forget(mark);
    }

    pub(super) fn catch(&mut self, node: Node<'a>) {
        self.branches = self.branches.saturating_add(1);
        let mark = self.mark();
        if let Some(list) = self.field(node, self.fields.parameters)
            && let Some(parameter) = self.first_of(list, &[k::PARAMETER])
            && let Some(type_node) = self.field(parameter, self.fields.type_)
        {
            let base = self.type_expr(type_node);
            if let Some(declarator) = self.field(parameter, self.fields.declarator) {
                let shape = Declarator {
                    indirection: Indirection::Pointer,
                    value: None,
                    ..self.declarator(declarator)
                };
                self.local(base, false, &shape);
            }
        }
        if let Some(body) = self.field(node, self.fields.body) {
            self.visit(body);
        }
        self.forget(mark);
    }

    /// A lambda: a symbol without a name that sees the locals around it.
    pub(super) fn lambda(&mut self, node: Node<'a>) -> ExprId {
        if let Some(captures) = self.field(node, self.fields.captures) {
            self.items(captures);
        }
        let symbol = self
            .facts
            .add_symbol("", NodeKind::Lambda, line_of(node), end_line_of(node));
        let value = self.symbol_expr(symbol, line_of(node));
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        let mark = self.mark();
        let (branches, returns) = (self.branches, self.follows_returns);
        self.branches = 0;
        self.follows_returns = true;
        if let Some(declarator) = self.field(node, self.fields.declarator) {
            self.parameters(declarator, symbol);
            if let Some(trailing) = self.first_of(declarator, &[k::TRAILING_RETURN])
                && let Some(descriptor) = trailing.named_child(0)
            {
                let result = self.type_expr(descriptor);
                self.facts.symbol_mut(symbol).declared = result;
                self.follows_returns = false;
            }
        }
        let scope = self.scope;
        self.scope = Scope::Function;
        if let Some(body) = self.field(node, self.fields.body) {
            self.visit(body);
        }
        self.scope = scope;
        self.facts.symbol_mut(symbol).complexity = self.branches.saturating_add(1);
        (self.branches, self.follows_returns) = (branches, returns);
        self.forget(mark);
        self.facts.leave(outer);
        value
    }
}

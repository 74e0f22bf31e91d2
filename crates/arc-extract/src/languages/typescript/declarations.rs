//! Variables, functions and parameters.

use arc_graph::NodeKind;

use super::lower::{FunctionState, Kid, Kids, Lowering, Receiver};
use super::syntax::{field, kind};
use crate::facts::{
    Binding, BlockKind, Expr, ExprId, Name, ParamFact, Role, SymbolId, TypeParamFact, flag,
};
use crate::source::line_of;

/// How a function is introduced.
#[derive(Clone, Copy)]
pub(super) struct FunctionPlan<'a> {
    pub(super) name: &'a str,
    pub(super) kind: NodeKind,
    pub(super) flags: u32,
    /// The definition it belongs to when that is not the one around.
    pub(super) parent: Option<SymbolId>,
    /// Bind the name in the current block.
    pub(super) binds: bool,
    /// What `this` is; arrows keep the one around.
    pub(super) receiver: Receiver<'a>,
    /// The node whose first line is the definition's (the declarator of `const f = …`).
    pub(super) from: tree_sitter::Node<'a>,
}

impl<'a> Lowering<'a, '_> {
    // ---- variables ----

    pub(super) fn variables(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let scope = if kid.kind == kind::VARIABLE_DECLARATION {
            self.function.block
        } else {
            self.facts.block()
        };
        let is_const = self.has(kids, kind::CONST_TOKEN);
        for index in kids.start..kids.end {
            let declarator = self.kids[index];
            if declarator.kind == kind::VARIABLE_DECLARATOR {
                self.declarator(declarator, scope, is_const);
            }
        }
        self.close(kids);
    }

    fn declarator(&mut self, kid: Kid<'a>, scope: crate::facts::BlockId, is_const: bool) {
        let kids = self.open(kid.node);
        let Some(target) = self.field(kids, field::NAME) else {
            self.close(kids);
            return;
        };
        let declared = self.annotation(kids);
        let value = self
            .field(kids, field::VALUE)
            .map(|value| self.unwrap_parentheses(value));
        let makes_node = self.function.is_module && scope == self.function.block;
        if let Some(value) = value
            && let Some(module) = self.required_module(value)
        {
            self.require_into(target, module, value);
            self.close(kids);
            return;
        }
        if target.kind != kind::IDENTIFIER {
            let value = match value {
                Some(value) => self.value(value, Role::Use),
                None => self.facts.unknown(line_of(kid.node)),
            };
            self.bind_pattern(target, value, declared, scope);
        } else {
            let name = self.text_of(target.node);
            match value {
                Some(value) if matches!(value.kind, kind::ARROW | kind::FUNCTION_EXPRESSION) => {
                    let plan = FunctionPlan {
                        name,
                        kind: NodeKind::Function,
                        flags: 0,
                        parent: None,
                        binds: false,
                        receiver: Receiver::Built(name),
                        from: kid.node,
                    };
                    let (symbol, function) = self.function(value, plan);
                    self.bind_variable(name, scope, function, declared, Some(symbol), kid);
                }
                Some(value) if value.kind == kind::CLASS => {
                    let (symbol, class) = self.class_value(value, Some((name, kid.node)));
                    self.bind_variable(name, scope, class, declared, Some(symbol), kid);
                }
                Some(value) => {
                    let symbol = makes_node.then(|| self.variable(name, is_const, kid));
                    self.note_export_table(name, value);
                    let value = self.held_value(value, symbol);
                    self.bind_variable(name, scope, value, declared, symbol, kid);
                }
                None => {
                    let symbol = makes_node.then(|| self.variable(name, is_const, kid));
                    self.bind_variable(name, scope, ExprId::NONE, declared, symbol, kid);
                }
            }
        }
        self.close(kids);
    }

    fn variable(&mut self, name: &'a str, is_const: bool, kid: Kid<'a>) -> SymbolId {
        let is_constant = is_const
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let node_kind = if is_constant {
            NodeKind::Constant
        } else {
            NodeKind::Variable
        };
        self.define(name, node_kind, kid.node, 0)
    }

    fn bind_variable(
        &mut self,
        name: &str,
        scope: crate::facts::BlockId,
        value: ExprId,
        declared: ExprId,
        symbol: Option<SymbolId>,
        kid: Kid<'a>,
    ) {
        let name = self.facts.name(name);
        let binding = Binding {
            name,
            scope,
            block: self.facts.block(),
            at: self.facts.now(),
            value,
            declared,
            symbol: symbol.unwrap_or(SymbolId::NONE),
            line: line_of(kid.node),
        };
        self.facts.push_binding(binding);
    }

    /// The type after a `:`, `NONE` when there is none.
    pub(super) fn annotation(&mut self, kids: Kids) -> ExprId {
        match self.field(kids, field::TYPE) {
            Some(annotation) => self.type_in(annotation),
            None => ExprId::NONE,
        }
    }

    /// The function literal that a value is, inside parentheses and type assertions; else the value without its
    /// parentheses.
    pub(super) fn unwrap_function(&mut self, kid: Kid<'a>) -> Kid<'a> {
        let plain = self.unwrap_parentheses(kid);
        let mut inner = plain;
        let mut asserted = None;
        for _ in 0..4 {
            if !matches!(inner.kind, kind::AS | kind::SATISFIES) {
                break;
            }
            let kids = self.open(inner.node);
            let (value, ty) = (self.first_named(kids), self.last_named(kids));
            self.close(kids);
            let is_single = value.map(|kid| kid.node.id()) == ty.map(|kid| kid.node.id());
            let Some(value) = value.filter(|_| !is_single) else {
                break;
            };
            asserted = ty;
            inner = self.unwrap_parentheses(value);
        }
        let is_function = matches!(inner.kind, kind::ARROW | kind::FUNCTION_EXPRESSION);
        match asserted {
            Some(ty) if is_function => {
                self.type_expr(ty);
                inner
            }
            Some(_) => plain,
            None => inner,
        }
    }

    /// What stands inside parentheses and type assertions that keep a function what it is.
    pub(super) fn unwrap_parentheses(&mut self, kid: Kid<'a>) -> Kid<'a> {
        let mut kid = kid;
        for _ in 0..8 {
            if !matches!(kid.kind, kind::PARENTHESIZED | kind::NON_NULL) {
                break;
            }
            let Some(inner) = self.only_child(kid.node) else {
                break;
            };
            kid = inner;
        }
        kid
    }

    // ---- functions ----

    /// A function declaration or a signature of one. Returns its symbol and the value.
    pub(super) fn function_declaration(&mut self, kid: Kid<'a>) -> (SymbolId, ExprId) {
        let name = self
            .named_field(kid, field::NAME)
            .map_or("default", |name| self.text_of(name.node));
        let flags = if kid.kind != kind::FUNCTION_SIGNATURE {
            0
        } else if self.is_ambient {
            flag::DECLARATION
        } else {
            flag::OVERLOAD | flag::DECLARATION
        };
        let plan = FunctionPlan {
            name,
            kind: NodeKind::Function,
            flags,
            parent: None,
            binds: true,
            receiver: Receiver::Built(name),
            from: kid.node,
        };
        self.function(kid, plan)
    }

    /// The child of a node in a field, without keeping the others.
    pub(super) fn named_field(&mut self, kid: Kid<'a>, field: u8) -> Option<Kid<'a>> {
        let kids = self.open(kid.node);
        let found = self.field(kids, field);
        self.close(kids);
        found
    }

    /// Any function with its parameters and body. Returns its symbol and the value.
    pub(super) fn function(&mut self, kid: Kid<'a>, plan: FunctionPlan<'a>) -> (SymbolId, ExprId) {
        let kids = self.open(kid.node);
        let mut flags = plan.flags;
        for modifier in &self.kids[kids.start..kids.end] {
            match modifier.kind {
                kind::ASYNC_TOKEN => flags |= flag::ASYNC,
                kind::STAR_TOKEN => flags |= flag::GENERATOR,
                kind::PARAMETERS => break,
                _ => {}
            }
        }
        if kid.node.kind_id() != 0 && kid.node.kind().starts_with("generator") {
            flags |= flag::GENERATOR;
        }
        let symbol = if plan.kind == NodeKind::Lambda {
            let symbol = self.facts.add_symbol(
                "",
                NodeKind::Lambda,
                line_of(kid.node),
                crate::source::end_line_of(kid.node),
            );
            self.facts.symbol_mut(symbol).flags = flags;
            symbol
        } else {
            self.define(plan.name, plan.kind, plan.from, flags)
        };
        let end_line = crate::source::end_line_of(kid.node);
        let fact = self.facts.symbol_mut(symbol);
        fact.end_line = fact.end_line.max(end_line);
        if let Some(parent) = plan.parent {
            fact.parent = parent;
        }
        let value = if plan.binds {
            self.facts.bind_symbol(symbol)
        } else {
            self.facts
                .expr(Expr::Symbol(symbol), line_of(kid.node), Role::Silent)
        };
        let own_name = if kid.kind == kind::FUNCTION_EXPRESSION {
            self.field(kids, field::NAME)
        } else {
            None
        };
        let receiver = if kid.kind == kind::ARROW {
            self.function.receiver
        } else {
            plan.receiver
        };
        self.function_parts(symbol, kids, receiver, own_name);
        self.close(kids);
        (symbol, value)
    }

    /// Parameters, result type and body of a function whose children are open.
    pub(super) fn function_parts(
        &mut self,
        symbol: SymbolId,
        kids: Kids,
        receiver: Receiver<'a>,
        own_name: Option<Kid<'a>>,
    ) {
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        let state = FunctionState {
            block: self.facts.block(),
            branches: 0,
            receiver,
            is_module: false,
        };
        let around = std::mem::replace(&mut self.function, state);
        let doc = self.doc.take();
        if let Some(own_name) = own_name {
            let line = line_of(own_name.node);
            let name = self.text_of(own_name.node);
            let value = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
            let block = self.facts.block();
            self.facts.bind(name, block, value, ExprId::NONE, line);
        }
        self.type_parameters(symbol, kids);
        if let Some(parameters) = self.field(kids, field::PARAMETERS) {
            self.parameters(symbol, parameters);
        } else if let Some(parameter) = self.field(kids, field::PARAMETER) {
            self.parameter(symbol, parameter);
        }
        if let Some(result) = self.field(kids, field::RETURN_TYPE) {
            let told = self.guard(result, symbol);
            let told = told.or_else(|| self.keyed(result, symbol));
            let declared = match told {
                Some(told) => told,
                None => self.type_in(result),
            };
            self.facts.symbol_mut(symbol).declared = declared;
        }
        if let Some(body) = self.field(kids, field::BODY) {
            if body.kind == kind::STATEMENT_BLOCK {
                self.body_statements(body);
            } else {
                let value = self.value(body, Role::Use);
                self.facts.add_return(value, false);
            }
        }
        let complexity = self.function.branches.saturating_add(1);
        self.facts.symbol_mut(symbol).complexity = complexity;
        self.doc = doc;
        self.function = around;
        self.facts.leave(outer);
    }

    /// Binds type parameters in the current block.
    pub(super) fn type_parameters(&mut self, symbol: SymbolId, kids: Kids) {
        let Some(list) = self.field(kids, field::TYPE_PARAMETERS) else {
            return;
        };
        let parameters = self.open(list.node);
        let mut facts = Vec::new();
        // Names first: a bound may speak of a later parameter.
        for index in parameters.start..parameters.end {
            let parameter = self.kids[index];
            if parameter.kind == kind::TYPE_PARAMETER
                && let Some(name) = self.named_field(parameter, field::NAME)
            {
                let line = line_of(name.node);
                let text = self.text_of(name.node);
                let position = facts.len() as u32;
                let value = self
                    .facts
                    .expr(Expr::TypeParam(symbol, position), line, Role::Silent);
                let block = self.facts.block();
                self.facts.bind(text, block, value, ExprId::NONE, line);
                facts.push(TypeParamFact {
                    name: self.facts.name(text),
                    bound: ExprId::NONE,
                });
            }
        }
        let mut position = 0;
        for index in parameters.start..parameters.end {
            let parameter = self.kids[index];
            if parameter.kind == kind::TYPE_PARAMETER && position < facts.len() {
                if let Some(constraint) = self.named_field(parameter, field::CONSTRAINT) {
                    facts[position].bound = self.type_in(constraint);
                }
                if let Some(default) = self.named_field(parameter, field::VALUE) {
                    let default = self.type_in(default);
                    if facts[position].bound == ExprId::NONE {
                        facts[position].bound = default;
                    }
                }
                position += 1;
            }
        }
        self.close(parameters);
        self.facts.symbol_mut(symbol).type_params = facts.into();
    }

    pub(super) fn parameters(&mut self, symbol: SymbolId, list: Kid<'a>) {
        let kids = self.open(list.node);
        for index in kids.start..kids.end {
            let kid = self.kids[index];
            if kid.node.is_named() && kid.kind != kind::COMMENT {
                self.parameter(symbol, kid);
            }
        }
        self.close(kids);
    }

    fn parameter(&mut self, symbol: SymbolId, kid: Kid<'a>) {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let (pattern, declared, default, is_property) = match kid.kind {
            kind::REQUIRED_PARAMETER => {
                for index in kids.start..kids.end {
                    let decorator = self.kids[index];
                    if decorator.kind == kind::DECORATOR {
                        self.decorator(decorator);
                    }
                }
                let Some(pattern) = self.field(kids, field::PATTERN) else {
                    self.close(kids);
                    return;
                };
                let declared = self.annotation(kids);
                let default = self.field(kids, field::VALUE);
                let is_property = self.has(kids, kind::READONLY_TOKEN)
                    || self.kids[kids.start..kids.end]
                        .iter()
                        .any(|kid| kid.node.kind() == "readonly");
                (pattern, declared, default, is_property)
            }
            kind::ASSIGNMENT_PATTERN => {
                let Some(pattern) = self.field(kids, field::LEFT) else {
                    self.close(kids);
                    return;
                };
                (pattern, ExprId::NONE, self.field(kids, field::RIGHT), false)
            }
            _ => (kid, ExprId::NONE, None, false),
        };
        self.close(kids);
        if pattern.kind == kind::THIS {
            // `this: T` is no parameter, it says what `this` is.
            if declared.is_some() {
                let block = self.facts.block();
                self.facts.bind("this", block, ExprId::NONE, declared, line);
                self.function.receiver = Receiver::Named("this");
            }
            return;
        }
        let (pattern, is_rest) = if pattern.kind == kind::REST_PATTERN {
            (self.only_child(pattern.node).unwrap_or(pattern), true)
        } else {
            (pattern, false)
        };
        let default = default.map_or(ExprId::NONE, |default| self.value(default, Role::Use));
        let name = if pattern.kind == kind::IDENTIFIER {
            self.text_of(pattern.node)
        } else {
            ""
        };
        let position = self.facts.symbol_mut(symbol).params.len() as u32;
        let param_name = self.facts.name(name);
        self.facts.symbol_mut(symbol).params.push(ParamFact {
            name: param_name,
            declared,
            default,
            kind: u8::from(is_rest),
        });
        let value = self
            .facts
            .expr(Expr::Param(symbol, position), line, Role::Silent);
        let scope = self.facts.block();
        if name.is_empty() {
            self.bind_pattern(pattern, value, declared, scope);
        } else {
            self.facts.bind(name, scope, value, declared, line);
            if is_property {
                self.parameter_property(name, value, declared, kid);
            }
        }
    }

    /// `constructor(private x: T)` declares a field as well.
    fn parameter_property(&mut self, name: &'a str, value: ExprId, declared: ExprId, kid: Kid<'a>) {
        let class = self.class;
        if !class.is_some() {
            return;
        }
        let symbol =
            self.facts
                .add_symbol(name, NodeKind::Field, line_of(kid.node), line_of(kid.node));
        let fact = self.facts.symbol_mut(symbol);
        fact.parent = class;
        fact.declared = declared;
        let scope = self.facts.symbol_mut(class).body;
        self.members.insert((class, name));
        let name: Name = self.facts.name(name);
        let binding = Binding {
            name,
            scope,
            block: self.facts.block(),
            at: self.facts.now(),
            value,
            declared,
            symbol,
            line: line_of(kid.node),
        };
        self.facts.push_binding(binding);
    }
}

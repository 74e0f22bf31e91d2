//! Classes and what they hold.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::declarations::FunctionPlan;
use super::lower::{FunctionState, Kid, Kids, Lowering, Receiver};
use super::syntax::{field, kind};
use crate::facts::{Binding, BlockId, BlockKind, Expr, ExprId, Role, SymbolId, flag};
use crate::source::line_of;

/// The name of a class that nothing names: others may still inherit from it.
const ANONYMOUS: &str = "<class>";

/// Flags and shape that the words before a member give it.
#[derive(Clone, Copy, Default)]
struct Modifiers {
    is_static: bool,
    is_getter: bool,
    is_setter: bool,
    is_abstract: bool,
}

/// What a method belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MethodOf {
    /// A class body.
    Class,
    /// An interface or object type.
    Interface,
    /// An object literal, with the number under which it is bound for `this` and the variable that holds it.
    Literal(u32, Option<SymbolId>),
}

impl<'a> Lowering<'a, '_> {
    /// A class declaration; `binds` its name in the current block.
    pub(super) fn class(
        &mut self,
        kid: Kid<'a>,
        named: Option<(&'a str, Node<'a>)>,
        binds: bool,
    ) -> (SymbolId, ExprId) {
        let kids = self.open(kid.node);
        let own = self
            .field(kids, field::NAME)
            .map(|name| self.text_of(name.node));
        let (name, from) = match (named, own) {
            (Some((name, from)), _) => (name, from),
            (None, Some(own)) => (own, kid.node),
            (None, None) if binds => ("", kid.node),
            (None, None) => (ANONYMOUS, kid.node),
        };
        let mut decorators = Vec::new();
        for index in kids.start..kids.end {
            let child = self.kids[index];
            if child.kind == kind::DECORATOR {
                decorators.push(self.decorator(child));
            }
        }
        let flags = if kid.kind == kind::ABSTRACT_CLASS {
            flag::ABSTRACT
        } else {
            0
        };
        let symbol = self.define(name, NodeKind::Class, from, flags);
        let line = line_of(kid.node);
        let value = if binds && !name.is_empty() {
            self.facts.bind_symbol(symbol)
        } else {
            self.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
        };
        for decorator in decorators {
            self.facts.annotate_by(decorator, symbol);
            self.facts
                .expr(Expr::Decorated(decorator, value), line, Role::Call);
        }
        // Type parameters and the class's own name are seen by the bases and the body but are no members.
        let wrapper = self.facts.enter(BlockKind::Plain);
        if let Some(own) = own
            && (named.is_some() || !binds)
        {
            let inner = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
            let block = self.facts.block();
            self.facts.bind(own, block, inner, ExprId::NONE, line);
        }
        self.type_parameters(symbol, kids);
        let mut bases = Vec::new();
        if let Some(heritage) = self.first(kids, kind::CLASS_HERITAGE) {
            self.heritage(heritage, &mut bases);
        }
        let bases = self.facts.list(&bases);
        self.facts.symbol_mut(symbol).bases = bases;
        if let Some(body) = self.field(kids, field::BODY) {
            self.class_body(symbol, body);
        }
        self.facts.leave(wrapper);
        self.close(kids);
        (symbol, value)
    }

    /// A class as a value: named by what it is assigned to, else by itself.
    pub(super) fn class_value(
        &mut self,
        kid: Kid<'a>,
        named: Option<(&'a str, Node<'a>)>,
    ) -> (SymbolId, ExprId) {
        self.class(kid, named, false)
    }

    fn heritage(&mut self, heritage: Kid<'a>, bases: &mut Vec<ExprId>) {
        let kids = self.open(heritage.node);
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.kind {
                kind::EXTENDS_CLAUSE => self.extends_clause(part, bases),
                kind::IMPLEMENTS_CLAUSE => {
                    let types = self.open(part.node);
                    for index in types.start..types.end {
                        let type_ = self.kids[index];
                        if type_.node.is_named() {
                            bases.push(self.base_type(type_));
                        }
                    }
                    self.close(types);
                }
                // JavaScript's grammar has the expression here.
                _ if part.node.is_named() && part.kind != kind::COMMENT => {
                    bases.push(self.value(part, Role::Silent));
                }
                _ => {}
            }
        }
        self.close(kids);
    }

    fn extends_clause(&mut self, clause: Kid<'a>, bases: &mut Vec<ExprId>) {
        let parts = self.open(clause.node);
        for index in parts.start..parts.end {
            let part = self.kids[index];
            match part.field {
                field::VALUE => bases.push(self.value(part, Role::Silent)),
                field::TYPE_ARGUMENTS => {
                    if let Some(base) = bases.pop() {
                        bases.push(self.applied(base, part));
                    }
                }
                _ => {}
            }
        }
        self.close(parts);
    }

    /// A type that is inherited from: it makes an `inherits` edge, so it is no reference of its own.
    pub(super) fn base_type(&mut self, kid: Kid<'a>) -> ExprId {
        if kid.kind == kind::GENERIC_TYPE {
            let kids = self.open(kid.node);
            let base = match self.field(kids, field::NAME) {
                Some(name) => self.base_type(name),
                None => self.facts.unknown(line_of(kid.node)),
            };
            let applied = match self.field(kids, field::TYPE_ARGUMENTS) {
                Some(arguments) => self.applied(base, arguments),
                None => base,
            };
            self.close(kids);
            return applied;
        }
        let type_ = self.type_expr(kid);
        self.facts.set_role(type_, Role::Silent);
        type_
    }

    fn class_body(&mut self, symbol: SymbolId, body: Kid<'a>) {
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        let class = std::mem::replace(&mut self.class, symbol);
        let state = FunctionState {
            block: self.facts.block(),
            branches: 0,
            receiver: Receiver::Instance,
            is_module: false,
        };
        let around = std::mem::replace(&mut self.function, state);
        let doc = self.doc.take();
        let kids = self.open(body.node);
        let mut decorators = Vec::new();
        for index in kids.start..kids.end {
            let member = self.kids[index];
            match member.kind {
                kind::COMMENT => self.doc = Some(member.node),
                kind::DECORATOR => decorators.push(self.decorator(member)),
                _ => {
                    let before = self.facts.facts().symbols.len();
                    self.class_member(member);
                    self.decorated(&mut decorators, before);
                    self.doc = None;
                }
            }
        }
        self.close(kids);
        self.doc = doc;
        self.function = around;
        self.class = class;
        self.facts.leave(outer);
    }

    fn class_member(&mut self, member: Kid<'a>) {
        match member.kind {
            kind::METHOD_DEFINITION | kind::METHOD_SIGNATURE => {
                self.method(member, MethodOf::Class);
            }
            kind::FIELD_DEFINITION => self.class_field(member),
            kind::CLASS_STATIC_BLOCK => {
                self.function.receiver = Receiver::Type;
                if let Some(body) = self.named_field(member, field::BODY) {
                    self.block(body, BlockKind::Plain);
                }
                self.function.receiver = Receiver::Instance;
            }
            kind::INDEX_SIGNATURE => self.index_signature(member),
            kind::ERROR => {
                let kids = self.open(member.node);
                for index in kids.start..kids.end {
                    let inner = self.kids[index];
                    if inner.node.is_named() {
                        self.class_member(inner);
                    }
                }
                self.close(kids);
            }
            _ if member.node.is_named() => self.statement(member),
            _ => {}
        }
    }

    fn modifiers(&self, kids: Kids) -> Modifiers {
        let mut modifiers = Modifiers::default();
        for kid in &self.kids[kids.start..kids.end] {
            match kid.kind {
                kind::STATIC_TOKEN => {
                    modifiers.is_static = true;
                    modifiers.is_getter |= kid.node.kind() == "static get";
                }
                kind::GET_TOKEN => modifiers.is_getter = true,
                kind::SET_TOKEN => modifiers.is_setter = true,
                kind::ABSTRACT_TOKEN => modifiers.is_abstract = true,
                _ => {}
            }
            if matches!(kid.field, field::NAME | field::PROPERTY) {
                break;
            }
        }
        modifiers
    }

    /// A method of a class, an interface or an object literal; its name and value.
    pub(super) fn method(&mut self, kid: Kid<'a>, of: MethodOf) -> Option<(&'a str, ExprId)> {
        let kids = self.open(kid.node);
        for index in kids.start..kids.end {
            let decorator = self.kids[index];
            if decorator.kind == kind::DECORATOR {
                self.decorator(decorator);
            }
        }
        let modifiers = self.modifiers(kids);
        let Some(name_node) = self.field(kids, field::NAME) else {
            self.close(kids);
            return None;
        };
        let name = self.property_name(name_node);
        let has_body = self.field(kids, field::BODY).is_some();
        let mut flags = 0;
        if modifiers.is_static {
            flags |= flag::STATIC;
        }
        if modifiers.is_getter || modifiers.is_setter {
            flags |= flag::PROPERTY;
        }
        if !has_body {
            flags |= if of == MethodOf::Interface || modifiers.is_abstract {
                flag::ABSTRACT
            } else if self.is_ambient {
                flag::DECLARATION
            } else {
                flag::OVERLOAD | flag::DECLARATION
            };
        }
        if name == "constructor" && of == MethodOf::Class {
            flags |= flag::CONSTRUCTOR;
        }
        let (parent, receiver) = match of {
            MethodOf::Literal(number, holder) => (holder, Receiver::Object(number)),
            MethodOf::Class | MethodOf::Interface if modifiers.is_static => (None, Receiver::Type),
            MethodOf::Class | MethodOf::Interface => (None, Receiver::Instance),
        };
        // A setter beside its getter is reached by writing; reading must keep finding the getter.
        let is_known = !matches!(of, MethodOf::Literal(..))
            && !self.members.insert((self.facts.symbol(), name));
        let plan = FunctionPlan {
            name,
            kind: NodeKind::Method,
            flags,
            parent,
            binds: !(matches!(of, MethodOf::Literal(..)) || modifiers.is_setter && is_known),
            receiver,
            from: name_node.node,
        };
        self.close(kids);
        let from = self.first_token_after_decorators(kid);
        let (_, value) = self.function(kid, FunctionPlan { from, ..plan });
        Some((name, value))
    }

    /// The node a member starts at when its decorators are left out: the member itself, or its name.
    fn first_token_after_decorators(&mut self, kid: Kid<'a>) -> Node<'a> {
        let kids = self.open(kid.node);
        let decorated = self.has(kids, kind::DECORATOR);
        let name = self
            .field(kids, field::NAME)
            .or_else(|| self.field(kids, field::PROPERTY));
        self.close(kids);
        match name {
            Some(name) if decorated => name.node,
            _ => kid.node,
        }
    }

    fn class_field(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let modifiers = self.modifiers(kids);
        for index in kids.start..kids.end {
            let decorator = self.kids[index];
            if decorator.kind == kind::DECORATOR {
                self.decorator(decorator);
            }
        }
        let name_node = self
            .field(kids, field::NAME)
            .or_else(|| self.field(kids, field::PROPERTY));
        let Some(name_node) = name_node else {
            self.close(kids);
            return;
        };
        let name = self.property_name(name_node);
        self.members.insert((self.class, name));
        let declared = self.annotation(kids);
        let value = self
            .field(kids, field::VALUE)
            .map(|value| self.unwrap_parentheses(value));
        let flags = if modifiers.is_static { flag::STATIC } else { 0 }
            | if modifiers.is_abstract {
                flag::ABSTRACT
            } else {
                0
            };
        if modifiers.is_static {
            self.function.receiver = Receiver::Type;
        }
        let from = self.first_token_after_decorators(kid);
        let (symbol, value) = match value {
            Some(value) if matches!(value.kind, kind::ARROW | kind::FUNCTION_EXPRESSION) => {
                let plan = FunctionPlan {
                    name,
                    kind: NodeKind::Method,
                    flags,
                    parent: None,
                    binds: false,
                    receiver: self.function.receiver,
                    from,
                };
                self.function(value, plan)
            }
            Some(value) if value.kind == kind::CLASS => self.class_value(value, Some((name, from))),
            _ => {
                let symbol = self.define(name, NodeKind::Field, from, flags);
                self.facts.symbol_mut(symbol).declared = declared;
                let value = match value {
                    Some(value) => self.held_value(value, Some(symbol)),
                    None => ExprId::NONE,
                };
                (symbol, value)
            }
        };
        self.function.receiver = Receiver::Instance;
        self.bind_field(symbol, name, value, declared, kid);
        self.close(kids);
    }

    /// Binds a member of the class or interface being walked.
    pub(super) fn bind_field(
        &mut self,
        symbol: SymbolId,
        name: &str,
        value: ExprId,
        declared: ExprId,
        kid: Kid<'a>,
    ) {
        let name = self.facts.name(name);
        let block: BlockId = self.facts.block();
        let binding = Binding {
            name,
            scope: block,
            block,
            at: self.facts.now(),
            value,
            declared,
            symbol,
            line: line_of(kid.node),
        };
        self.facts.push_binding(binding);
    }

    /// Notes decorators of the first definition since there were `before` of them.
    pub(super) fn decorated(&mut self, decorators: &mut Vec<ExprId>, before: usize) {
        let is_defined = self.facts.facts().symbols.len() > before;
        for decorator in decorators.drain(..).filter(|_| is_defined) {
            let symbol = SymbolId(before as u32);
            self.facts.annotate_by(decorator, symbol);
            let line = self.facts.facts().exprs.line(decorator);
            let member = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
            self.facts
                .expr(Expr::Decorated(decorator, member), line, Role::Silent);
        }
    }

    /// Evaluates a decorator and returns it.
    pub(super) fn decorator(&mut self, kid: Kid<'a>) -> ExprId {
        match self.only_child(kid.node) {
            Some(inner) => self.value(inner, Role::Use),
            None => self.facts.unknown(line_of(kid.node)),
        }
    }
}

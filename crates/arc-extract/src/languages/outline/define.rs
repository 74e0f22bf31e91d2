//! Definitions: types, functions, fields, variables.

use arc_graph::NodeKind;
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::walk::{ClassFrame, FunctionFrame, Place, Walk};
use super::{Shape, leaf_text};
use crate::facts::{
    Binding, BlockKind, Expr, ExprId, ParamFact, Role, SymbolId, TypeParamFact, flag, import_flag,
};
use crate::source::{end_line_of, line_of};

/// Values of [`ParamFact::kind`].
pub(in crate::languages) mod param_kind {
    /// By position.
    pub(in crate::languages) const POSITIONAL: u8 = 0;
    /// Takes the remaining positional arguments.
    pub(in crate::languages) const REST: u8 = 1;
    /// Takes the remaining keywords.
    pub(in crate::languages) const KEYWORDS: u8 = 2;
    /// By keyword only.
    pub(in crate::languages) const KEYWORD: u8 = 3;
    /// The receiver.
    pub(in crate::languages) const RECEIVER: u8 = 4;
}

/// A parameter as a language reads it.
#[derive(Clone, Copy)]
pub(in crate::languages) struct Param<'w> {
    /// Its name; empty for a pattern.
    pub(in crate::languages) name: &'w str,
    /// Its type.
    pub(in crate::languages) declared: Option<Node<'w>>,
    /// Its default value.
    pub(in crate::languages) default: Option<Node<'w>>,
    /// One of [`param_kind`].
    pub(in crate::languages) kind: u8,
    /// It is a field of the class as well (`val` in Kotlin, promotion in PHP).
    pub(in crate::languages) is_field: bool,
    /// What it is destructured into.
    pub(in crate::languages) pattern: Option<Node<'w>>,
    /// Where it stands.
    pub(in crate::languages) node: Node<'w>,
}

impl<'w> Param<'w> {
    /// A parameter by position.
    pub(in crate::languages) fn new(node: Node<'w>, name: &'w str) -> Param<'w> {
        Param {
            name,
            declared: None,
            default: None,
            kind: param_kind::POSITIONAL,
            is_field: false,
            pattern: None,
            node,
        }
    }
}

/// A type's definition.
#[derive(Clone)]
pub(in crate::languages) struct ClassParts<'w> {
    /// The whole definition.
    pub(in crate::languages) node: Node<'w>,
    /// Its name.
    pub(in crate::languages) name: &'w str,
    /// The line of the definition.
    pub(in crate::languages) line: u32,
    /// What it is.
    pub(in crate::languages) kind: NodeKind,
    /// A set of [`flag`]s.
    pub(in crate::languages) flags: u32,
    /// The list of type parameters.
    pub(in crate::languages) type_params: Option<Node<'w>>,
    /// Base types, as type nodes.
    pub(in crate::languages) bases: Vec<Node<'w>>,
    /// Parameters of the primary constructor.
    pub(in crate::languages) params: Option<Node<'w>>,
    /// Its body.
    pub(in crate::languages) body: Option<Node<'w>>,
    /// Flags of all members.
    pub(in crate::languages) member_flags: u32,
    /// Looked at before the body, inside the type (arguments of the base's constructor).
    pub(in crate::languages) header: Option<Node<'w>>,
    /// The namespace (as an import's text) whose definitions of the same name are parts of this type.
    pub(in crate::languages) other_parts: Option<String>,
}

impl<'w> ClassParts<'w> {
    /// A class with nothing in it.
    pub(in crate::languages) fn new(node: Node<'w>, name: &'w str, kind: NodeKind) -> Self {
        ClassParts {
            node,
            name,
            line: line_of(node),
            kind,
            flags: 0,
            type_params: None,
            bases: Vec::new(),
            params: None,
            body: None,
            member_flags: 0,
            header: None,
            other_parts: None,
        }
    }
}

/// A function's definition.
#[derive(Clone, Copy)]
pub(in crate::languages) struct FunctionParts<'w> {
    /// The whole definition.
    pub(in crate::languages) node: Node<'w>,
    /// Its name.
    pub(in crate::languages) name: &'w str,
    /// The line of the definition.
    pub(in crate::languages) line: u32,
    /// What it is; a function in a type is a method.
    pub(in crate::languages) kind: NodeKind,
    /// A set of [`flag`]s.
    pub(in crate::languages) flags: u32,
    /// The list of type parameters.
    pub(in crate::languages) type_params: Option<Node<'w>>,
    /// The list of parameters.
    pub(in crate::languages) params: Option<Node<'w>>,
    /// The declared result.
    pub(in crate::languages) result: Option<Node<'w>>,
    /// Looked at before the body, inside the function (a call of another constructor).
    pub(in crate::languages) header: Option<Node<'w>>,
    /// The body.
    pub(in crate::languages) body: Option<Node<'w>>,
    /// The body is an expression, whose value is the result.
    pub(in crate::languages) body_is_result: bool,
    /// The name is seen by the code around it.
    pub(in crate::languages) is_bound: bool,
    /// The name it is a member under, when that is not its own (constructors, which have the name of their type).
    pub(in crate::languages) member_name: Option<&'static str>,
}

impl<'w> FunctionParts<'w> {
    /// A function with nothing in it.
    pub(in crate::languages) fn new(node: Node<'w>, name: &'w str) -> Self {
        FunctionParts {
            node,
            name,
            line: line_of(node),
            kind: NodeKind::Function,
            flags: 0,
            type_params: None,
            params: None,
            result: None,
            header: None,
            body: None,
            body_is_result: false,
            is_bound: true,
            member_name: None,
        }
    }
}

/// A variable's, constant's or field's definition.
#[derive(Clone, Copy)]
pub(in crate::languages) struct VariableParts<'w> {
    /// Its name.
    pub(in crate::languages) name: &'w str,
    /// Its value.
    pub(in crate::languages) value: ExprId,
    /// Its type.
    pub(in crate::languages) declared: ExprId,
    /// First and last line.
    pub(in crate::languages) lines: (u32, u32),
    /// A set of [`flag`]s.
    pub(in crate::languages) flags: u32,
    /// What it is where it is no local; by default a field of a type, a variable of a file.
    pub(in crate::languages) kind: Option<NodeKind>,
}

impl<'w> VariableParts<'w> {
    /// A variable without value and type, declared by `node`.
    pub(in crate::languages) fn new(node: Node<'w>, name: &'w str) -> Self {
        VariableParts {
            name,
            value: ExprId::NONE,
            declared: ExprId::NONE,
            lines: (line_of(node), end_line_of(node)),
            flags: 0,
            kind: None,
        }
    }
}

impl<'w> Walk<'w> {
    /// Defines a type and walks its body. The members are walked with [`Place::Class`].
    pub(in crate::languages) fn class(&mut self, parts: ClassParts<'w>) -> SymbolId {
        let symbol =
            self.facts
                .add_symbol(parts.name, parts.kind, parts.line, end_line_of(parts.node));
        self.facts.symbol_mut(symbol).flags = parts.flags;
        self.attach_doc(symbol, line_of(parts.node));
        if !parts.name.is_empty() {
            self.declare_local(parts.name);
            self.facts.bind_symbol(symbol);
        }
        self.class_body(symbol, parts);
        symbol
    }

    fn class_body(&mut self, symbol: SymbolId, parts: ClassParts<'w>) {
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        self.type_parameters(symbol, parts.type_params);
        let mut bases = Vec::new();
        if let Some(module) = parts.other_parts {
            bases.push(self.parts_of(&module, parts.name, parts.line));
        }
        for base in parts.bases {
            let value = self.type_value(base);
            if value.is_some() {
                bases.push(value);
            }
        }
        self.open_class(symbol, parts.name, parts.member_flags);
        let outer_place = std::mem::replace(&mut self.place, Place::Class);
        let outer_state = std::mem::take(&mut self.state);
        self.primary_parameters(symbol, parts.params);
        if let Some(header) = parts.header {
            self.value(header);
        }
        if let Some(body) = parts.body {
            self.value(body);
        }
        self.state = outer_state;
        self.place = outer_place;
        bases.extend(self.close_class());
        if !bases.is_empty() {
            let bases = self.facts.list(&bases);
            self.facts.symbol_mut(symbol).bases = bases;
        }
        self.facts.leave(outer);
    }

    /// All definitions of a name in a namespace: the parts of one type that may be written in any file.
    pub(in crate::languages) fn parts_of(&mut self, module: &str, name: &str, line: u32) -> ExprId {
        let import = self
            .facts
            .import(module, Some(name), line, import_flag::IMPLICIT);
        self.facts.expr(Expr::Import(import), line, Role::Silent)
    }

    /// Makes `symbol` the type that members belong to.
    pub(in crate::languages) fn open_class(
        &mut self,
        symbol: SymbolId,
        name: &'w str,
        member_flags: u32,
    ) {
        let block = self.facts.block();
        self.classes.push(ClassFrame {
            symbol,
            name,
            block,
            member_flags,
            bases: Vec::new(),
            fields: FxHashMap::default(),
        });
    }

    /// Closes what [`Self::open_class`] opened. Returns the base types that the body named.
    pub(in crate::languages) fn close_class(&mut self) -> Vec<ExprId> {
        self.classes
            .pop()
            .map(|class| class.bases)
            .unwrap_or_default()
    }

    /// Members written outside their type.
    pub(in crate::languages) fn extension(
        &mut self,
        target: Node<'w>,
        interfaces: &[Node<'w>],
        members: impl FnOnce(&mut Walk<'w>),
    ) {
        let line = line_of(target);
        let name = last_part(self.text(target));
        let type_value = self.type_value(target);
        let type_value = self.some(type_value, line);
        let interfaces: Vec<ExprId> = interfaces
            .iter()
            .map(|node| self.type_value(*node))
            .collect();
        let outer = self.facts.enter(BlockKind::Extension);
        let block = self.facts.block();
        self.facts.extend_type(type_value, &interfaces, block, line);
        let symbol = self.type_in_file(name);
        self.open_class(symbol, name, 0);
        let outer_place = std::mem::replace(&mut self.place, Place::Class);
        members(self);
        self.place = outer_place;
        self.close_class();
        self.facts.leave(outer);
    }

    /// The type of this name that the file has defined so far.
    pub(in crate::languages) fn type_in_file(&self, name: &str) -> SymbolId {
        let facts = self.facts.facts();
        let is_type = |kind: u8| {
            [NodeKind::Class, NodeKind::Interface, NodeKind::Enum]
                .iter()
                .any(|wanted| wanted.number() == kind)
        };
        facts
            .symbols
            .iter()
            .position(|symbol| is_type(symbol.kind) && facts.text(symbol.name) == name)
            .map_or(SymbolId::NONE, |index| SymbolId(index as u32))
    }

    /// Defines a function and walks its body.
    pub(in crate::languages) fn function(&mut self, parts: FunctionParts<'w>) -> SymbolId {
        let kind = if self.place == Place::Class && parts.kind == NodeKind::Function {
            NodeKind::Method
        } else {
            parts.kind
        };
        let symbol = self
            .facts
            .add_symbol(parts.name, kind, parts.line, end_line_of(parts.node));
        let mut flags = parts.flags;
        if self.place == Place::Class
            && let Some(class) = self.classes.last()
        {
            flags |= class.member_flags;
            let (owner, name) = (class.symbol, class.name);
            self.own_member(symbol, owner, name);
        }
        self.facts.symbol_mut(symbol).flags = flags;
        if parts.kind != NodeKind::Lambda {
            self.attach_doc(symbol, line_of(parts.node));
        }
        if let Some(name) = parts.member_name {
            self.bind_as(symbol, name, parts.line);
        } else if parts.is_bound && !parts.name.is_empty() {
            self.declare_local(parts.name);
            self.facts.bind_symbol(symbol);
        }
        self.function_body(symbol, parts);
        symbol
    }

    fn bind_as(&mut self, symbol: SymbolId, name: &str, line: u32) {
        let value = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        let name = self.facts.name(name);
        let (block, at) = (self.facts.block(), self.facts.now());
        self.facts.push_binding(Binding {
            name,
            scope: block,
            block,
            at,
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        });
    }

    /// A member of a type that is not the block around it gets the type as parent, or its name as owner.
    fn own_member(&mut self, symbol: SymbolId, owner: SymbolId, name: &str) {
        if owner.is_some() {
            self.facts.symbol_mut(symbol).parent = owner;
        } else if !name.is_empty() {
            let name = self.facts.name(name);
            self.facts.symbol_mut(symbol).owner = name;
        }
    }

    fn function_body(&mut self, symbol: SymbolId, parts: FunctionParts<'w>) {
        let closure = parts.kind == NodeKind::Lambda || self.place == Place::Function;
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        self.locals.enter(closure);
        self.functions.push(FunctionFrame {
            symbol,
            block: self.facts.block(),
            branches: 0,
        });
        self.type_parameters(symbol, parts.type_params);
        self.parameters(symbol, parts.params);
        if let Some(result) = parts.result {
            let declared = self.type_value(result);
            self.facts.symbol_mut(symbol).declared = declared;
        }
        let outer_place = std::mem::replace(&mut self.place, Place::Function);
        if let Some(header) = parts.header {
            self.value(header);
        }
        if let Some(body) = parts.body {
            let value = self.code_value(body);
            if value.is_some() && (parts.body_is_result || self.outline.last_is_result) {
                self.facts.add_return(value, false);
            }
        }
        self.place = outer_place;
        self.locals.leave();
        if let Some(frame) = self.functions.pop() {
            self.facts.symbol_mut(frame.symbol).complexity = frame.branches.saturating_add(1);
        }
        self.facts.leave(outer);
    }

    /// Opens a function whose body the language walks by itself. Give the result to [`Self::close_function`].
    pub(in crate::languages) fn with_function(
        &mut self,
        symbol: SymbolId,
        closure: bool,
        body: impl FnOnce(&mut Walk<'w>),
    ) {
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        self.locals.enter(closure);
        self.functions.push(FunctionFrame {
            symbol,
            block: self.facts.block(),
            branches: 0,
        });
        let outer_place = std::mem::replace(&mut self.place, Place::Function);
        body(self);
        self.place = outer_place;
        self.locals.leave();
        if let Some(frame) = self.functions.pop() {
            self.facts.symbol_mut(frame.symbol).complexity = frame.branches.saturating_add(1);
        }
        self.facts.leave(outer);
    }

    /// An anonymous function as a value.
    pub(super) fn lambda(&mut self, node: Node<'w>, params: &str, body: &str) -> ExprId {
        let body = node.child_by_field_name(body);
        let params = node.child_by_field_name(params);
        self.lambda_of(node, params, body)
    }

    /// An anonymous function of these parts as a value.
    pub(in crate::languages) fn lambda_of(
        &mut self,
        node: Node<'w>,
        params: Option<Node<'w>>,
        body: Option<Node<'w>>,
    ) -> ExprId {
        let is_block = body.is_some_and(|body| matches!(self.shape(body), Shape::Plain));
        let symbol = self.function(FunctionParts {
            kind: NodeKind::Lambda,
            params,
            body,
            body_is_result: !is_block,
            ..FunctionParts::new(node, "")
        });
        self.facts
            .expr(Expr::Symbol(symbol), line_of(node), Role::Silent)
    }

    /// A name declared in a function is local to it.
    pub(in crate::languages) fn declare_local(&mut self, text: &str) {
        if self.place == Place::Function {
            let name = self.facts.name(text);
            self.locals.declare(name);
        }
    }

    fn type_parameters(&mut self, symbol: SymbolId, list: Option<Node<'w>>) {
        let Some(list) = list else { return };
        let mut facts = Vec::new();
        self.each(list, |walk, child, _| {
            if child.is_extra() {
                return;
            }
            // Scala writes the bound beside the name.
            if child.kind().ends_with("bound") {
                let bound = walk.type_value(child);
                if let Some(TypeParamFact { bound: known, .. }) = facts.last_mut() {
                    *known = bound;
                }
                return;
            }
            let name_node = child.child_by_field_name("name");
            let text = match name_node {
                Some(name) => walk.text(name),
                None => leaf_text(walk.source.text, child),
            };
            let line = line_of(child);
            let position = facts.len() as u32;
            let value = walk
                .facts
                .expr(Expr::TypeParam(symbol, position), line, Role::Silent);
            let block = walk.facts.block();
            walk.facts.bind(text, block, value, ExprId::NONE, line);
            let bound = child
                .child_by_field_name("bound")
                .or_else(|| child.named_child(1).filter(|_| name_node.is_none()));
            let bound = bound.map_or(ExprId::NONE, |bound| walk.type_value(bound));
            let name = walk.facts.name(text);
            facts.push(TypeParamFact { name, bound });
        });
        self.facts.symbol_mut(symbol).type_params = facts.into();
    }

    /// Reads and binds the parameters of a function; a single parameter without a list is its own list.
    pub(in crate::languages) fn parameters(&mut self, symbol: SymbolId, list: Option<Node<'w>>) {
        let Some(list) = list else { return };
        let read = self.outline.parameter;
        let mut params = Vec::new();
        if let Some(param) = read(self, list) {
            params.push(param);
        } else {
            self.each(list, |walk, child, _| match read(walk, child) {
                Some(param) => params.push(param),
                // Dart groups the optional ones.
                None if child.kind().ends_with("formal_parameters") => {
                    walk.each(child, |walk, child, _| params.extend(read(walk, child)));
                }
                None => {}
            });
        }
        for (position, param) in params.into_iter().enumerate() {
            let fact = self.parameter(symbol, position as u32, param);
            self.facts.symbol_mut(symbol).params.push(fact);
        }
    }

    fn parameter(&mut self, symbol: SymbolId, position: u32, param: Param<'w>) -> ParamFact {
        let line = line_of(param.node);
        let declared = param
            .declared
            .map_or(ExprId::NONE, |node| self.type_value(node));
        let default = param
            .default
            .map_or(ExprId::NONE, |node| self.code_value(node));
        let value = self
            .facts
            .expr(Expr::Param(symbol, position), line, Role::Silent);
        let name = self.facts.name(param.name);
        self.locals.declare(name);
        let block = self.facts.block();
        self.facts.bind(param.name, block, value, declared, line);
        if let Some(pattern) = param.pattern {
            let outer = std::mem::replace(&mut self.place, Place::Function);
            self.declare_pattern(pattern, value);
            self.place = outer;
        }
        if param.is_field {
            self.promote(param, value, declared);
        }
        ParamFact {
            name,
            declared,
            default,
            kind: param.kind,
        }
    }

    /// Declares the names in a pattern of names, lists and tuples.
    pub(in crate::languages) fn declare_pattern(&mut self, pattern: Node<'w>, value: ExprId) {
        let names = self.value(pattern);
        self.declare_expr(names, value, line_of(pattern), 0);
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a pattern is made of names and sequences; other expressions declare nothing"
    )]
    fn declare_expr(&mut self, names: ExprId, value: ExprId, line: u32, depth: u32) {
        let Some(node) = self.facts.facts().exprs.get(names) else {
            return;
        };
        match node.expr {
            Expr::Name(name) => {
                self.facts.set_role(names, Role::Silent);
                self.locals.declare(name);
                let (block, at) = (self.facts.block(), self.facts.now());
                self.facts.push_binding(Binding {
                    name,
                    scope: block,
                    block,
                    at,
                    value,
                    declared: ExprId::NONE,
                    symbol: SymbolId::NONE,
                    line,
                });
            }
            Expr::List(items) | Expr::Tuple(items) if depth < 16 => {
                let items: Vec<ExprId> = self.facts.facts().list(items).collect();
                for (index, item) in items.into_iter().enumerate() {
                    let part = if value.is_some() {
                        let part = Expr::Item(value, index as u32);
                        self.facts.expr(part, line, Role::Silent)
                    } else {
                        ExprId::NONE
                    };
                    self.declare_expr(item, part, line, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// A constructor's parameter that is a field of the class.
    fn promote(&mut self, param: Param<'w>, value: ExprId, declared: ExprId) {
        let Some(class) = self.classes.last() else {
            return;
        };
        let (owner, scope) = (class.symbol, class.block);
        let line = line_of(param.node);
        // A sigil is no part of a field's name.
        let name = param.name.trim_start_matches('$');
        let symbol = self
            .facts
            .add_symbol(name, NodeKind::Field, line, end_line_of(param.node));
        let fact = self.facts.symbol_mut(symbol);
        fact.parent = owner;
        fact.declared = declared;
        fact.flags = flag::PUBLIC;
        let name = fact.name;
        let (block, at) = (self.facts.block(), self.facts.now());
        self.facts.push_binding(Binding {
            name,
            scope,
            block,
            at,
            value,
            declared,
            symbol,
            line,
        });
        if let Some(class) = self.classes.last_mut() {
            class.fields.insert(name, symbol);
        }
    }

    /// Parameters of a primary constructor: fields, or names that the body sees.
    fn primary_parameters(&mut self, class: SymbolId, list: Option<Node<'w>>) {
        let Some(list) = list else { return };
        // What the arguments are says what the parameters of a generic type are.
        let is_generic = !self.facts.symbol_mut(class).type_params.is_empty();
        let read = self.outline.parameter;
        let mut params = Vec::new();
        self.each(list, |walk, child, _| params.extend(read(walk, child)));
        for param in params {
            let line = line_of(param.node);
            let declared = param
                .declared
                .map_or(ExprId::NONE, |node| self.type_value(node));
            let value = param
                .default
                .map_or(ExprId::NONE, |node| self.code_value(node));
            if is_generic {
                let name = self.facts.name(param.name);
                self.facts.symbol_mut(class).params.push(ParamFact {
                    name,
                    declared,
                    default: value,
                    kind: param.kind,
                });
            }
            if param.is_field {
                self.variable(VariableParts {
                    value,
                    declared,
                    flags: flag::PUBLIC,
                    ..VariableParts::new(param.node, param.name)
                });
            } else {
                let block = self.facts.block();
                self.facts.bind(param.name, block, value, declared, line);
            }
        }
    }

    /// Defines a variable where the walk stands: a field, a variable of the module, or a local. Returns its symbol, if any.
    pub(in crate::languages) fn variable(&mut self, parts: VariableParts<'w>) -> SymbolId {
        let (line, end_line) = parts.lines;
        let name = self.facts.name(parts.name);
        let kind = match self.place {
            Place::Function => None,
            Place::Class => Some(parts.kind.unwrap_or(NodeKind::Field)),
            Place::File => Some(parts.kind.unwrap_or(NodeKind::Variable)),
        };
        let mut symbol = SymbolId::NONE;
        if let Some(kind) = kind {
            symbol = self.facts.add_symbol(parts.name, kind, line, end_line);
            let fact = self.facts.symbol_mut(symbol);
            fact.flags = parts.flags;
            fact.declared = parts.declared;
            self.attach_doc(symbol, line);
        } else {
            self.locals.declare(name);
        }
        if self.place == Place::Class
            && let Some(class) = self.classes.last_mut()
        {
            class.fields.insert(name, symbol);
            let (owner, text, flags) = (class.symbol, class.name, class.member_flags);
            self.facts.symbol_mut(symbol).flags |= flags;
            self.own_member(symbol, owner, text);
        }
        let (block, at) = (self.facts.block(), self.facts.now());
        self.facts.push_binding(Binding {
            name,
            scope: block,
            block,
            at,
            value: parts.value,
            declared: parts.declared,
            symbol,
            line,
        });
        symbol
    }
}

/// `Store` of `shop.storage.Store<T>`.
fn last_part(path: &str) -> &str {
    let path = path.split(['<', '[']).next().unwrap_or(path);
    path.rsplit(['.', ':', '\\']).next().unwrap_or(path)
}

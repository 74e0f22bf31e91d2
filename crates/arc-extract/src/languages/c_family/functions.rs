//! Functions: prototypes, definitions in and out of their class, and definitions that a macro makes.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::declarations::{Specifiers, is_macro_name};
use super::declarators::Declarator;
use super::kinds as k;
use super::lower::{Indirection, Known, Lowering, Scope};
use crate::builder::Outer;
use crate::facts::{BlockKind, Expr, ExprId, ParamFact, Role, SymbolId, flag};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    /// A written name as its path (`a::B` of `a::B::f`, template arguments included) and its last part.
    pub(super) fn split_name(&self, name: Node<'a>) -> (&'a str, &'a str) {
        match self.kind(name) {
            k::QUALIFIED => {
                let mut last = name;
                while self.kind(last) == k::QUALIFIED {
                    match self.field(last, self.fields.name) {
                        Some(inner) => last = inner,
                        None => return ("", ""),
                    }
                }
                let path = self
                    .text
                    .get(name.start_byte()..last.start_byte())
                    .unwrap_or("")
                    .trim_end()
                    .trim_end_matches("::");
                (path, self.split_name(last).1)
            }
            k::TEMPLATE_TYPE | k::TEMPLATE_FUNCTION | k::TEMPLATE_METHOD => {
                let inner = self.field(name, self.fields.name);
                inner.map_or(("", ""), |inner| ("", self.text_of(inner)))
            }
            k::OPERATOR_CAST => {
                let text = self.text_of(name);
                (
                    "",
                    text.split_once('(').map_or(text, |(head, _)| head).trim(),
                )
            }
            _ => ("", self.text_of(name)),
        }
    }

    // ---- prototypes ----

    /// A function that is only declared here.
    pub(super) fn prototype(
        &mut self,
        node: Node<'a>,
        type_node: Option<Node<'a>>,
        shape: &Declarator<'a>,
        specifiers: Specifiers,
    ) {
        let (Some(name), Some(function)) = (shape.name, shape.function) else {
            return;
        };
        let (path, text) = self.split_name(name);
        if text.is_empty() || !path.is_empty() {
            return;
        }
        let is_member = self.scope == Scope::Class;
        let symbol = self.add_function(text, is_member, node, specifiers);
        let mut flags = flag::DECLARATION;
        if shape.value.is_some_and(|value| self.text_of(value) == "0") {
            flags |= flag::ABSTRACT;
        }
        self.facts.symbol_mut(symbol).flags |= flags;
        self.facts.bind_symbol(symbol);
        if !is_member {
            self.top_names.insert(text, ());
        }
        let template = self.template.take();
        if let Some(template) = template {
            let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
            self.type_parameters(template, symbol);
            self.result_type(symbol, type_node, function, shape);
            self.facts.leave(outer);
        } else {
            self.result_type(symbol, type_node, function, shape);
        }
        if self.cpp {
            let params = self.bare_parameters(function);
            self.facts.symbol_mut(symbol).params = params.into();
        } else if let Some(list) = self.field(function, self.fields.parameters) {
            self.parameter_types(list);
        }
    }

    /// The types that a prototype names: the definition has its own, so each counts once for the file.
    fn parameter_types(&mut self, list: Node<'a>) {
        let (start, end) = self.push(list);
        for index in start..end {
            let child = self.child(index);
            if self.kind(child) == k::PARAMETER
                && let Some(type_node) = self.field(child, self.fields.type_)
            {
                self.type_expr(type_node);
            }
        }
        self.pop(start);
    }

    fn add_function(
        &mut self,
        text: &'a str,
        is_member: bool,
        node: Node<'a>,
        specifiers: Specifiers,
    ) -> SymbolId {
        let kind = if is_member {
            NodeKind::Method
        } else {
            NodeKind::Function
        };
        let symbol = self.add_symbol(text, kind, node);
        let mut flags = 0;
        if specifiers.is_static {
            flags |= self.static_flag(is_member);
        }
        if is_member && self.is_constructor(text) {
            flags |= flag::CONSTRUCTOR;
        }
        if !is_member && text == "main" {
            flags |= flag::RUN_OUTSIDE;
        }
        let fact = self.facts.symbol_mut(symbol);
        fact.flags |= flags;
        if flags & flag::FILE_LOCAL != 0 {
            fact.flags &= !flag::PUBLIC;
        }
        symbol
    }

    fn is_constructor(&self, text: &str) -> bool {
        self.namespace.rsplit("::").next() == Some(text)
    }

    /// Lowers the result's type in the current block.
    fn result_type(
        &mut self,
        symbol: SymbolId,
        type_node: Option<Node<'a>>,
        function: Node<'a>,
        shape: &Declarator<'a>,
    ) {
        let mut is_auto = false;
        let mut result = ExprId::NONE;
        if let Some(type_node) = type_node {
            is_auto = self.kind(type_node) == k::PLACEHOLDER_TYPE;
            result = self.type_expr(type_node);
        }
        if self.cpp && (is_auto || type_node.is_none()) {
            if let Some(trailing) = self.first_of(function, &[k::TRAILING_RETURN]) {
                is_auto = false;
                if let Some(descriptor) = trailing.named_child(0) {
                    result = self.type_expr(descriptor);
                }
            }
            if let Some(name) = shape.name
                && let Some(cast) = self.operator_cast(name)
                && let Some(type_node) = self.field(cast, self.fields.type_)
            {
                result = self.type_expr(type_node);
            }
        }
        self.follows_returns = is_auto;
        if shape.is_function_pointer {
            result = self.signature(result, line_of(function));
        }
        self.facts.symbol_mut(symbol).declared = result;
    }

    fn operator_cast(&self, name: Node<'a>) -> Option<Node<'a>> {
        let mut name = name;
        while self.kind(name) == k::QUALIFIED {
            name = self.field(name, self.fields.name)?;
        }
        (self.kind(name) == k::OPERATOR_CAST).then_some(name)
    }

    /// Parameters of a prototype: how many, and which may be left out.
    fn bare_parameters(&mut self, function: Node<'a>) -> Vec<ParamFact> {
        let Some(list) = self.field(function, self.fields.parameters) else {
            return Vec::new();
        };
        let (start, end) = self.push(list);
        let mut params = Vec::new();
        for index in start..end {
            let child = self.child(index);
            let kind = self.kind(child);
            let is_list = matches!(kind, k::PARAMETER | k::OPTIONAL_PARAMETER);
            let is_rest = matches!(
                kind,
                k::VARIADIC_PARAMETER | k::VARIADIC_PARAMETER_DECLARATION
            );
            if !is_list && !is_rest || self.text_of(child) == "void" {
                continue;
            }
            params.push(ParamFact {
                name: self.facts.name(""),
                declared: ExprId::NONE,
                default: if kind == k::OPTIONAL_PARAMETER {
                    self.hole()
                } else {
                    ExprId::NONE
                },
                kind: u8::from(is_rest),
            });
        }
        self.pop(start);
        params
    }

    // ---- definitions ----

    /// `function_definition`.
    pub(super) fn function(&mut self, node: Node<'a>) {
        let Some(declarator) = self.field(node, self.fields.declarator) else {
            self.items(node);
            return;
        };
        let shape = self.declarator(declarator);
        let type_node = self.field(node, self.fields.type_);
        if self.recover_class(node, type_node, &shape) {
            return;
        }
        let (Some(name), Some(function)) = (shape.name, shape.function) else {
            self.items(node);
            return;
        };
        if type_node.is_none()
            && self.scope != Scope::Class
            && self.kind(name) == k::IDENTIFIER
            && is_macro_name(self.text_of(name))
            && let Some(parameters) = self.field(function, self.fields.parameters)
        {
            let body = self.field(node, self.fields.body);
            if self.function_by_macro(self.text_of(name), parameters, node, body) {
                return;
            }
        }
        if self.is_only_declared(node) {
            let specifiers = self.specifiers(node);
            self.prototype(node, type_node, &shape, specifiers);
            return;
        }
        let strays = self.scope == Scope::Function;
        let aside = self.set_aside();
        let scope = self.scope;
        let stray_outer = strays.then(|| {
            let (block, symbol, scope) = self.home;
            self.scope = scope;
            self.facts.enter_at(block, symbol)
        });
        if let Some((outers, symbol)) = self.enter_function(node, type_node, &shape) {
            self.function_body(node, symbol);
            for outer in outers.into_iter().rev() {
                self.facts.leave(outer);
            }
        }
        if let Some(outer) = stray_outer {
            self.facts.leave(outer);
        }
        self.scope = scope;
        self.take_back(aside);
    }

    fn is_only_declared(&mut self, node: Node<'a>) -> bool {
        self.field(node, self.fields.body).is_none()
            && self
                .first_of(
                    node,
                    &[k::DEFAULT_METHOD, k::DELETE_METHOD, k::PURE_VIRTUAL],
                )
                .is_some()
    }

    fn function_body(&mut self, node: Node<'a>, symbol: SymbolId) {
        let (scope, branches, returns) = (self.scope, self.branches, self.follows_returns);
        self.scope = Scope::Function;
        self.branches = 0;
        let (start, end) = self.push(node);
        let declarator = self.field(node, self.fields.declarator);
        let type_node = self.field(node, self.fields.type_);
        for index in start..end {
            let child = self.child(index);
            if Some(child) == declarator || Some(child) == type_node {
                continue;
            }
            match self.kind(child) {
                k::DECLARATION if !self.cpp => self.old_style_parameters(child, symbol),
                k::ERROR => {}
                _ => self.visit(child),
            }
        }
        self.pop(start);
        self.facts.symbol_mut(symbol).complexity = self.branches.saturating_add(1);
        (self.scope, self.branches, self.follows_returns) = (scope, branches, returns);
    }

    /// Adds the symbol of a definition and enters it; what to leave comes back, innermost last.
    fn enter_function(
        &mut self,
        node: Node<'a>,
        type_node: Option<Node<'a>>,
        shape: &Declarator<'a>,
    ) -> Option<(Vec<Outer>, SymbolId)> {
        let (name, function) = (shape.name?, shape.function?);
        let (path, text) = self.split_name(name);
        if text.is_empty() {
            return None;
        }
        let specifiers = self.specifiers(node);
        let mut outers = Vec::new();
        let template = self.template.take();
        let symbol = if path.is_empty() {
            let is_member = self.scope == Scope::Class;
            let symbol = self.add_function(text, is_member, node, specifiers);
            self.facts.bind_symbol(symbol);
            if !is_member {
                self.top_names.insert(text, ());
            }
            symbol
        } else {
            self.enter_owner(path, name, text, node, &mut outers)
        };
        outers.push(self.facts.enter_symbol(symbol, BlockKind::Function));
        if let Some(template) = template {
            self.type_parameters(template, symbol);
        }
        self.result_type(symbol, type_node, function, shape);
        self.parameters(function, symbol);
        Some((outers, symbol))
    }

    /// The head of a function found in an error.
    pub(super) fn enter_function_head(
        &mut self,
        function: Node<'a>,
        type_node: Option<Node<'a>>,
        node: Node<'a>,
    ) -> Option<(Outer, SymbolId)> {
        let shape = self.declarator(function);
        let name = shape.name?;
        let (path, text) = self.split_name(name);
        if text.is_empty() || !path.is_empty() || is_keyword(text) {
            return None;
        }
        let is_static = self
            .text
            .get(node.start_byte()..function.start_byte())
            .and_then(|before| before.rsplit([';', '}']).next())
            .is_some_and(|before| before.contains("static"));
        let specifiers = Specifiers {
            is_static,
            ..Specifiers::default()
        };
        let symbol = self.add_function(text, self.scope == Scope::Class, function, specifiers);
        self.facts.bind_symbol(symbol);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        let type_node = type_node.filter(|node| {
            matches!(
                self.kind(*node),
                k::STRUCT | k::UNION | k::ENUM | k::TYPE_IDENTIFIER
            )
        });
        self.result_type(symbol, type_node, function, &shape);
        self.parameters(function, symbol);
        self.branches = 0;
        Some((outer, symbol))
    }

    /// Goes to where `path::name` belongs: a namespace of this file, else the members of a class.
    fn enter_owner(
        &mut self,
        path: &'a str,
        name: Node<'a>,
        text: &'a str,
        node: Node<'a>,
        outers: &mut Vec<Outer>,
    ) -> SymbolId {
        let bare = without_arguments(path);
        let label = self.label_of(&bare);
        if let Some((block, symbol)) = self.namespaces.get(&label).copied() {
            outers.push(self.facts.enter_at(block, symbol));
            let symbol = self.add_symbol(text, NodeKind::Function, node);
            self.facts.bind_symbol(symbol);
            return symbol;
        }
        let class = self.classes.get(&label).copied();
        // What stands in a namespace sees its names, so members written elsewhere are apart.
        let place = format!("{label} {}", self.namespace);
        let outer = match self.extensions.get(&place).copied() {
            Some(block) => {
                let symbol = self.facts.symbol();
                self.facts.enter_at(block, symbol)
            }
            None => {
                let target = self.scope_of(name);
                let outer = self.facts.enter_extension(&bare);
                let block = self.facts.block();
                self.facts.extend_type(target, &[], block, line_of(name));
                self.extensions.insert(place, block);
                outer
            }
        };
        outers.push(outer);
        let symbol = self.add_symbol(text, NodeKind::Method, node);
        let last = bare.rsplit("::").next().unwrap_or("");
        let owner = self.facts.name(&bare);
        let fact = self.facts.symbol_mut(symbol);
        if last == text {
            fact.flags |= flag::CONSTRUCTOR;
        }
        match class {
            Some(class) => fact.parent = class,
            None => fact.owner = owner,
        }
        self.facts.bind_symbol(symbol);
        symbol
    }

    /// The full name of `path` seen from here: that of a known class or namespace, else as written.
    fn label_of(&self, path: &str) -> String {
        let mut outer = self.namespace.as_str();
        loop {
            let candidate = if outer.is_empty() {
                path.to_owned()
            } else {
                format!("{outer}::{path}")
            };
            if self.classes.contains_key(&candidate) || self.namespaces.contains_key(&candidate) {
                return candidate;
            }
            match outer.rsplit_once("::") {
                Some((before, _)) => outer = before,
                None if outer.is_empty() => break,
                None => outer = "",
            }
        }
        if self.namespace.is_empty() {
            path.to_owned()
        } else {
            format!("{}::{path}", self.namespace)
        }
    }

    /// The scopes of a qualified name as a type.
    fn scope_of(&mut self, name: Node<'a>) -> ExprId {
        let mut base = ExprId::NONE;
        let mut node = name;
        while self.kind(node) == k::QUALIFIED {
            if let Some(scope) = self.field(node, self.fields.scope) {
                let scope = match self.kind(scope) {
                    // `V<T>::f`: the type is V; its parameters are those of the template around.
                    k::TEMPLATE_TYPE => self.field(scope, self.fields.name).unwrap_or(scope),
                    _ => scope,
                };
                base = self.path(scope, base, Role::Silent);
            }
            match self.field(node, self.fields.name) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        base
    }

    // ---- parameters ----

    /// Declares the parameters of the function whose block is entered.
    pub(super) fn parameters(&mut self, function: Node<'a>, symbol: SymbolId) {
        let Some(list) = self.field(function, self.fields.parameters) else {
            return;
        };
        let (start, end) = self.push(list);
        let mut params = Vec::new();
        for index in start..end {
            let child = self.child(index);
            let kind = self.kind(child);
            match kind {
                k::PARAMETER | k::OPTIONAL_PARAMETER | k::VARIADIC_PARAMETER_DECLARATION => {
                    if let Some(param) = self.parameter(child, symbol, params.len() as u32) {
                        params.push(param);
                    }
                }
                k::VARIADIC_PARAMETER => params.push(ParamFact {
                    name: self.facts.name(""),
                    declared: ExprId::NONE,
                    default: ExprId::NONE,
                    kind: 1,
                }),
                k::IDENTIFIER => {
                    let text = self.text_of(child);
                    self.declare(text, Known::Plain);
                    params.push(ParamFact {
                        name: self.facts.name(text),
                        declared: ExprId::NONE,
                        default: ExprId::NONE,
                        kind: 0,
                    });
                }
                _ => {}
            }
        }
        self.pop(start);
        self.facts.symbol_mut(symbol).params = params.into();
    }

    fn parameter(&mut self, node: Node<'a>, symbol: SymbolId, position: u32) -> Option<ParamFact> {
        let type_node = self.field(node, self.fields.type_)?;
        let declarator = self.field(node, self.fields.declarator);
        if declarator.is_none() && self.text_of(type_node) == "void" {
            return None;
        }
        let base = self.type_expr(type_node);
        let mut declared = base;
        let mut name = "";
        let mut indirection = Indirection::None;
        if let Some(declarator) = declarator {
            let shape = self.declarator(declarator);
            indirection = shape.indirection;
            declared = self.declared_type(base, &shape, line_of(node));
            name = shape.name.map_or("", |name| self.text_of(name));
        }
        let default = match self.field(node, self.fields.default_value) {
            Some(value) => {
                let value = self.value(value, true);
                if value.is_some() { value } else { self.hole() }
            }
            None => ExprId::NONE,
        };
        if !name.is_empty() {
            let is_auto = self.kind(type_node) == k::PLACEHOLDER_TYPE;
            let known = if declared.is_some() || is_auto {
                let value =
                    self.facts
                        .expr(Expr::Param(symbol, position), line_of(node), Role::Silent);
                Known::Value(value, indirection)
            } else {
                Known::Plain
            };
            self.declare(name, known);
        }
        Some(ParamFact {
            name: self.facts.name(name),
            declared,
            default,
            kind: u8::from(self.kind(node) == k::VARIADIC_PARAMETER_DECLARATION),
        })
    }

    /// The types between the head and the body of an old-style definition.
    fn old_style_parameters(&mut self, node: Node<'a>, symbol: SymbolId) {
        let Some(type_node) = self.field(node, self.fields.type_) else {
            return;
        };
        let base = self.type_expr(type_node);
        let (start, end) = self.push(node);
        for index in start..end {
            let child = self.child(index);
            if child == type_node {
                continue;
            }
            let shape = self.declarator(child);
            let Some(name) = shape.name else { continue };
            let text = self.text_of(name);
            let declared = self.declared_type(base, &shape, line_of(name));
            let interned = self.facts.name(text);
            let params = &mut self.facts.symbol_mut(symbol).params;
            let Some(position) = params.iter().position(|param| param.name == interned) else {
                continue;
            };
            params[position].declared = declared;
            if declared.is_some() {
                let param = Expr::Param(symbol, position as u32);
                let value = self.facts.expr(param, line_of(name), Role::Silent);
                self.declare(text, Known::Value(value, shape.indirection));
            }
        }
        self.pop(start);
    }
}

/// A path without template arguments and spaces: `a::V` of `a::V<T>`.
fn without_arguments(path: &str) -> String {
    let mut depth = 0u32;
    path.chars()
        .filter(|letter| {
            match letter {
                '<' => depth += 1,
                '>' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0 && !letter.is_whitespace()
        })
        .collect::<String>()
        .trim_start_matches("::")
        .to_owned()
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "for" | "while" | "switch" | "return" | "sizeof" | "defined" | "do" | "else"
    )
}

//! Functions, methods, types and variables.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{
    Binding, BlockKind, Expr, ExprId, Name, ParamFact, Role, SymbolId, TypeParamFact, flag,
};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, kind};

/// Parameters keep their kind: positional, or takes the remaining ones.
const POSITIONAL: u8 = 0;
const REST: u8 = 1;

/// Methods that interfaces of the standard library, and of libraries that nearly everybody uses, ask for.
const ASKED_BY_LIBRARIES: &[&str] = &[
    "As",
    "Close",
    "Deadline",
    "Err",
    "Error",
    "Format",
    "GoString",
    "GobDecode",
    "GobEncode",
    "Handle",
    "Header",
    "Hijack",
    "Is",
    "Len",
    "Less",
    "Lock",
    "LogValue",
    "MarshalBinary",
    "MarshalJSON",
    "MarshalText",
    "MarshalXML",
    "MarshalYAML",
    "Open",
    "Pop",
    "Push",
    "Read",
    "ReadAt",
    "ReadFrom",
    "RoundTrip",
    "Scan",
    "Seek",
    "ServeHTTP",
    "Set",
    "String",
    "Swap",
    "Unlock",
    "UnmarshalBinary",
    "UnmarshalJSON",
    "UnmarshalText",
    "UnmarshalXML",
    "UnmarshalYAML",
    "Unwrap",
    "Value",
    "Write",
    "WriteAt",
    "WriteHeader",
    "WriteTo",
];

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

impl<'a> Lower<'a, '_> {
    pub(super) fn function_declaration(&mut self, node: Node<'a>) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let name = self.text(name_node);
        let symbol = self.symbol(name, NodeKind::Function, node);
        let mut flags = self.test_flags(name);
        if name.starts_with("Example") && !self.says_output(node) {
            flags &= !flag::TEST;
        }
        self.add_flags(symbol, flags);
        if name == "init" || self.is_program && (name == "main" || is_exported(name)) {
            self.add_flags(symbol, flag::RUN_OUTSIDE);
        }
        // Nobody can name these.
        if name != "init" && name != "_" {
            self.out.bind_symbol(symbol);
        }
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        self.named_function(node, symbol, flags);
        self.out.leave(outer);
    }

    /// What a function or method with a name holds: titles are of subtests only in what `go test` runs.
    fn named_function(&mut self, node: Node<'a>, symbol: SymbolId, flags: u32) {
        let outer = std::mem::replace(&mut self.has_subtests, flags & flag::TEST != 0);
        self.function(node, symbol);
        self.has_subtests = outer;
    }

    /// Whether the last comment in the body of an example says what it prints: `go test` only compiles the others.
    fn says_output(&self, node: Node<'a>) -> bool {
        let Some(body) = node.child_by_field_id(FIELDS.body) else {
            return false;
        };
        let text = self.text(body);
        let text = text.strip_suffix('}').unwrap_or(text).trim_end();
        let is_line = |line: &str| line.trim_start().starts_with("//");
        let comment = match text.strip_suffix("*/") {
            Some(text) if !text.lines().last().is_some_and(is_line) => {
                text.rsplit("/*").next().unwrap_or_default()
            }
            Some(_) | None => {
                let lines = text.lines().rev().map(str::trim_start);
                let comments = lines.map_while(|line| line.strip_prefix("//"));
                comments.last().unwrap_or_default()
            }
        };
        let comment = comment.trim_start().to_ascii_lowercase();
        let comment = comment.strip_prefix("unordered ").unwrap_or(&comment);
        comment.starts_with("output:")
    }

    fn test_flags(&self, name: &str) -> u32 {
        if !self.is_test_file {
            return 0;
        }
        if name == "TestMain" {
            return flag::SETUP;
        }
        // `go test -run` runs no benchmarks.
        let is_test = ["Test", "Example", "Fuzz"].iter().any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| !rest.starts_with(char::is_lowercase))
        });
        match name {
            _ if is_test => flag::TEST,
            // The set-up methods of test suites.
            "SetupTest" | "SetupSuite" | "SetupSubTest" | "TearDownTest" | "TearDownSuite"
            | "TearDownSubTest" => flag::SETUP,
            _ => 0,
        }
    }

    pub(super) fn method_declaration(&mut self, node: Node<'a>) {
        let (Some(name_node), Some(receiver)) = (
            node.child_by_field_id(FIELDS.name),
            node.child_by_field_id(FIELDS.receiver),
        ) else {
            return;
        };
        let line = line_of(node);
        let parameter = receiver.named_child(0);
        let type_node = parameter
            .and_then(|parameter| parameter.child_by_field_id(FIELDS.type_))
            .map(bare_type);
        let type_name = type_node.map_or("", |node| match node.child_by_field_id(FIELDS.type_) {
            Some(base) => self.text(base),
            None => self.text(node),
        });
        let target = self.out.name_expr(type_name, line, Role::Silent);
        let extension = self.out.enter(BlockKind::Extension);
        let block = self.out.block();
        self.out.extend_type(target, &[], block, line);
        let name = self.text(name_node);
        let symbol = self.symbol(name, NodeKind::Method, node);
        let owner = self.types.get(type_name).copied();
        match owner {
            Some(owner) => self.out.symbol_mut(symbol).parent = owner,
            None => {
                let owner = self.out.name(type_name);
                self.out.symbol_mut(symbol).owner = owner;
            }
        }
        let flags = self.test_flags(name);
        self.add_flags(symbol, flags);
        // Types meet the interfaces of libraries without naming them; a plugin is used through nothing else.
        if ASKED_BY_LIBRARIES.contains(&name) || self.is_program && is_exported(name) {
            self.add_flags(symbol, flag::RUN_OUTSIDE);
        }
        self.out.bind_symbol(symbol);
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        if let Some(type_node) = type_node {
            self.out.name_expr(type_name, line, Role::Type);
            self.receiver_type_parameters(type_node, owner);
        }
        let receiver_name =
            parameter.and_then(|parameter| parameter.child_by_field_id(FIELDS.name));
        if let Some(receiver_name) = receiver_name {
            let this = self.out.expr(Expr::This, line, Role::Silent);
            let block = self.out.block();
            let name = self.text(receiver_name);
            self.out.bind(name, block, this, ExprId::NONE, line);
        }
        self.named_function(node, symbol, flags);
        self.out.leave(outer);
        self.out.leave(extension);
    }

    /// `func (s *Stack[T])` names the type's parameters anew.
    fn receiver_type_parameters(&mut self, type_node: Node<'a>, owner: Option<SymbolId>) {
        let Some(arguments) = type_node.child_by_field_id(FIELDS.type_arguments) else {
            return;
        };
        let line = line_of(type_node);
        let children = self.walk.open(arguments);
        for (position, index) in children.clone().enumerate() {
            let name = self.text(self.walk.child(index));
            let value = match owner {
                Some(owner) => Expr::TypeParam(owner, position as u32),
                None => Expr::Unknown,
            };
            let value = self.out.expr(value, line, Role::Silent);
            let block = self.out.block();
            self.out.bind(name, block, value, ExprId::NONE, line);
        }
        self.walk.close(&children);
    }

    /// Lowers signature and body into the current block, which is the function's.
    pub(super) fn function(&mut self, node: Node<'a>, symbol: SymbolId) {
        let outer_complexity = std::mem::replace(&mut self.complexity, 1);
        self.type_parameters(node, symbol);
        self.parameters(node, symbol);
        let declared = self.results(node);
        self.out.symbol_mut(symbol).declared = declared;
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.out.symbol_mut(symbol).complexity = self.complexity;
        self.complexity = outer_complexity;
    }

    fn type_parameters(&mut self, node: Node<'a>, symbol: SymbolId) {
        let Some(list) = node.child_by_field_id(FIELDS.type_parameters) else {
            return;
        };
        let block = self.out.block();
        let mut type_params: Vec<TypeParamFact> = Vec::new();
        let declarations = self.walk.open(list);
        for declaration in declarations.clone() {
            let declaration = self.walk.child(declaration);
            let line = line_of(declaration);
            let bound = match declaration.child_by_field_id(FIELDS.type_) {
                Some(bound) => self.union(bound),
                None => ExprId::NONE,
            };
            let children = self.walk.open(declaration);
            for index in children.clone() {
                if self.walk.field(index) != FIELDS.name {
                    continue;
                }
                let text = self.text(self.walk.child(index));
                let name = self.out.name(text);
                let position = type_params.len() as u32;
                let value = self
                    .out
                    .expr(Expr::TypeParam(symbol, position), line, Role::Silent);
                self.out.bind(text, block, value, ExprId::NONE, line);
                type_params.push(TypeParamFact { name, bound });
            }
            self.walk.close(&children);
        }
        self.walk.close(&declarations);
        self.out.symbol_mut(symbol).type_params = type_params.into();
    }

    fn parameters(&mut self, node: Node<'a>, symbol: SymbolId) {
        let Some(list) = node.child_by_field_id(FIELDS.parameters) else {
            return;
        };
        let params = self.parameter_list(list);
        let block = self.out.block();
        let line = line_of(list);
        for (position, (param, local)) in params.iter().enumerate() {
            let text = self.out.text(param.name).to_owned();
            if text.is_empty() || text == "_" {
                continue;
            }
            let value = self
                .out
                .expr(Expr::Param(symbol, position as u32), line, Role::Silent);
            self.out.bind(&text, block, value, *local, line);
        }
        self.out.symbol_mut(symbol).params = params.into_iter().map(|(param, _)| param).collect();
    }

    /// The parameters of a list, each with the type that its name has inside the function.
    pub(super) fn parameter_list(&mut self, list: Node<'a>) -> Vec<(ParamFact, ExprId)> {
        let mut params = Vec::new();
        let declarations = self.walk.open(list);
        for declaration in declarations.clone() {
            let declaration = self.walk.child(declaration);
            let is_rest = kind::of(declaration) == kind::VARIADIC_PARAMETER;
            let declared = match declaration.child_by_field_id(FIELDS.type_) {
                Some(node) => self.ty(node),
                None => ExprId::NONE,
            };
            let local = if is_rest {
                self.container("__slice", &[declared], line_of(declaration))
            } else {
                declared
            };
            let param = |name: Name| ParamFact {
                name,
                declared,
                default: ExprId::NONE,
                kind: if is_rest { REST } else { POSITIONAL },
            };
            let before = params.len();
            let children = self.walk.open(declaration);
            for index in children.clone() {
                if self.walk.field(index) == FIELDS.name {
                    let text = self.text(self.walk.child(index));
                    params.push((param(self.out.name(text)), local));
                }
            }
            self.walk.close(&children);
            if params.len() == before {
                params.push((param(self.out.name("")), local));
            }
        }
        self.walk.close(&declarations);
        params
    }

    /// The declared result; named results are bound.
    fn results(&mut self, node: Node<'a>) -> ExprId {
        let Some(result) = node.child_by_field_id(FIELDS.result) else {
            return ExprId::NONE;
        };
        if kind::of(result) != kind::PARAMETER_LIST {
            return self.ty(result);
        }
        let results = self.parameter_list(result);
        let (block, line) = (self.out.block(), line_of(result));
        for (param, declared) in &results {
            let text = self.out.text(param.name).to_owned();
            if !text.is_empty() && text != "_" {
                self.out.bind(&text, block, ExprId::NONE, *declared, line);
            }
        }
        let types: Vec<ExprId> = results.into_iter().map(|(_, declared)| declared).collect();
        self.tuple(&types, line)
    }

    /// The only element, or an [`Expr::Tuple`].
    pub(super) fn tuple(&mut self, items: &[ExprId], line: u32) -> ExprId {
        match items {
            [] => ExprId::NONE,
            [only] => *only,
            _ => {
                let list = self.out.list(items);
                self.out.expr(Expr::Tuple(list), line, Role::Silent)
            }
        }
    }

    // ---- types ----

    pub(super) fn type_declaration(&mut self, node: Node<'a>, is_top_level: bool) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let spec = self.walk.child(index);
            if matches!(kind::of(spec), kind::TYPE_SPEC | kind::TYPE_ALIAS) {
                // The comment of `type X struct` stands above the keyword.
                let documented = if children.len() == 1 { node } else { spec };
                self.type_spec(spec, documented, is_top_level);
            }
        }
        self.walk.close(&children);
    }

    fn type_spec(&mut self, spec: Node<'a>, documented: Node<'a>, is_top_level: bool) {
        let (Some(name_node), Some(type_node)) = (
            spec.child_by_field_id(FIELDS.name),
            spec.child_by_field_id(FIELDS.type_),
        ) else {
            return;
        };
        let name = self.text(name_node);
        let node_kind = match kind::of(type_node) {
            _ if kind::of(spec) == kind::TYPE_ALIAS => NodeKind::TypeAlias,
            kind::INTERFACE_TYPE => NodeKind::Interface,
            _ => NodeKind::Class,
        };
        let symbol = self.symbol(name, node_kind, spec);
        if is_top_level {
            self.types.entry(name).or_insert(symbol);
        }
        self.doc(symbol, documented);
        self.out.bind_symbol(symbol);
        // Types are named outside the body: an embedded type's field has the same name as the type.
        let header = self.out.enter(BlockKind::Plain);
        self.type_parameters(spec, symbol);
        match kind::of(type_node) {
            kind::STRUCT_TYPE if node_kind == NodeKind::Class => {
                self.struct_body(type_node, symbol, 0);
            }
            kind::INTERFACE_TYPE if node_kind == NodeKind::Interface => {
                self.interface_body(type_node, symbol, 0);
            }
            // A defined type behaves like the type it is made from, but has its own methods.
            _ => {
                let declared = self.ty(type_node);
                self.out.symbol_mut(symbol).declared = declared;
            }
        }
        self.out.leave(header);
    }

    /// The body of a struct. An embedded type is a field and lends its members as a base.
    pub(super) fn struct_body(&mut self, node: Node<'a>, symbol: SymbolId, flags: u32) {
        self.add_flags(symbol, flag::FIELDS_CONSTRUCT | flags);
        let Some(list) = node.named_child(0) else {
            return;
        };
        let mut bases = Vec::new();
        let declarations = self.walk.open(list);
        let mut types = Vec::new();
        for index in declarations.clone() {
            let type_node = self.walk.child(index).child_by_field_id(FIELDS.type_);
            let declared = match type_node {
                Some(type_node) => self.ty(type_node),
                None => ExprId::NONE,
            };
            types.push((type_node, declared));
        }
        let outer = self.out.enter_symbol(symbol, BlockKind::Class);
        for (index, (type_node, declared)) in declarations.clone().zip(types) {
            let declaration = self.walk.child(index);
            let Some(type_node) = type_node else {
                continue;
            };
            let mut is_embedded = true;
            let children = self.walk.open(declaration);
            for index in children.clone() {
                if self.walk.field(index) == FIELDS.name {
                    is_embedded = false;
                    let name = self.walk.child(index);
                    self.field(name, declaration, declared, flags);
                }
            }
            self.walk.close(&children);
            if is_embedded {
                bases.push(declared);
                self.field(embedded_name(type_node), declaration, declared, flags);
            }
        }
        self.out.leave(outer);
        self.walk.close(&declarations);
        let bases = self.out.list(&bases);
        self.out.symbol_mut(symbol).bases = bases;
    }

    fn field(&mut self, name: Node<'a>, declaration: Node<'a>, declared: ExprId, flags: u32) {
        let text = self.text(name);
        if text == "_" {
            return;
        }
        let line = line_of(name);
        let symbol = self.symbol(text, NodeKind::Field, declaration);
        self.add_flags(symbol, flags);
        let fact = self.out.symbol_mut(symbol);
        fact.line = line;
        fact.declared = declared;
        self.bind_variable(symbol, ExprId::NONE, declared, line);
    }

    /// Binds a field or package variable in the current block.
    fn bind_variable(&mut self, symbol: SymbolId, value: ExprId, declared: ExprId, line: u32) {
        let block = self.out.block();
        let name = self.out.symbol_mut(symbol).name;
        let at = self.out.now();
        self.out.push_binding(Binding {
            name,
            scope: block,
            block,
            at,
            value,
            declared,
            symbol,
            line,
        });
    }

    /// Methods and embedded interfaces.
    pub(super) fn interface_body(&mut self, node: Node<'a>, symbol: SymbolId, flags: u32) {
        self.add_flags(symbol, flags);
        let mut bases = Vec::new();
        let outer = self.out.enter_symbol(symbol, BlockKind::Class);
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::METHOD_ELEM => self.interface_method(child, flags),
                kind::TYPE_ELEM => {
                    let base = self.union(child);
                    if child.named_child_count() == 1 {
                        bases.push(base);
                    }
                }
                _ => {}
            }
        }
        self.walk.close(&children);
        self.out.leave(outer);
        let bases = self.out.list(&bases);
        self.out.symbol_mut(symbol).bases = bases;
    }

    fn interface_method(&mut self, node: Node<'a>, flags: u32) {
        let Some(name) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let name = self.text(name);
        let symbol = self.symbol(name, NodeKind::Method, node);
        self.add_flags(symbol, flag::ABSTRACT | flags);
        self.out.bind_symbol(symbol);
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        self.function(node, symbol);
        self.out.leave(outer);
    }

    // ---- variables ----

    /// `var` and `const`, alone or in a group.
    pub(super) fn variables(&mut self, node: Node<'a>, node_kind: NodeKind, is_top_level: bool) {
        // In a group of constants, one without a value repeats the type of the one above.
        let mut repeated = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::VAR_SPEC_LIST => self.variables(child, node_kind, is_top_level),
                kind::VAR_SPEC | kind::CONST_SPEC => {
                    repeated = self.variable_spec(child, node_kind, is_top_level, repeated);
                }
                _ => {}
            }
        }
        self.walk.close(&children);
    }

    fn variable_spec(
        &mut self,
        spec: Node<'a>,
        node_kind: NodeKind,
        is_top_level: bool,
        repeated: ExprId,
    ) -> ExprId {
        let value = spec.child_by_field_id(FIELDS.value);
        let declared = match spec.child_by_field_id(FIELDS.type_) {
            Some(node) => self.ty(node),
            None if value.is_none() => repeated,
            None => ExprId::NONE,
        };
        let children = self.walk.open(spec);
        let names: Vec<Node<'a>> = children
            .clone()
            .filter(|index| self.walk.field(*index) == FIELDS.name)
            .map(|index| self.walk.child(index))
            .filter(|name| kind::of(*name) == kind::IDENTIFIER)
            .collect();
        self.walk.close(&children);
        let values = match value {
            Some(value) => self.values(value, names.len()),
            None => Vec::new(),
        };
        for (position, name) in names.iter().enumerate() {
            let text = self.text(*name);
            let value = values.get(position).copied().unwrap_or(ExprId::NONE);
            if text == "_" {
                continue;
            }
            let line = line_of(*name);
            if is_top_level {
                let symbol = self.symbol(text, node_kind, spec);
                self.out.symbol_mut(symbol).line = line;
                self.out.symbol_mut(symbol).declared = declared;
                self.doc(symbol, spec);
                self.bind_variable(symbol, value, declared, line);
            } else {
                let block = self.out.block();
                self.out.bind(text, block, value, declared, line);
            }
        }
        declared
    }
}

/// A type without pointers and parentheses.
fn bare_type(mut node: Node<'_>) -> Node<'_> {
    while matches!(
        kind::of(node),
        kind::POINTER_TYPE | kind::PARENTHESIZED_TYPE
    ) && let Some(inner) = node.named_child(0)
    {
        node = inner;
    }
    node
}

/// The name that an embedded type gives its field.
fn embedded_name(node: Node<'_>) -> Node<'_> {
    let mut node = bare_type(node);
    if kind::of(node) == kind::GENERIC_TYPE
        && let Some(base) = node.child_by_field_id(FIELDS.type_)
    {
        node = base;
    }
    match kind::of(node) {
        kind::QUALIFIED_TYPE => node.child_by_field_id(FIELDS.name).unwrap_or(node),
        _ => node,
    }
}

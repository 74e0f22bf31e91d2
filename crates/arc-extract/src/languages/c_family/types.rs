//! Types: names of types as expressions, and the definitions of structs, unions, enumerations and classes.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::kinds as k;
use super::lower::{Lowering, Scope};
use crate::facts::{Binding, BlockKind, Expr, ExprId, Role, SymbolId, TypeParamFact, flag};
use crate::source::{end_line_of, line_of};

/// Names of number types that have no members.
fn is_number_type(name: &str) -> bool {
    match name {
        "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" | "size_t" | "ssize_t"
        | "bool" | "gfp_t" | "loff_t" | "off_t" | "pid_t" | "dma_addr_t" | "phys_addr_t"
        | "sector_t" | "time_t" | "uint" | "ulong" | "uchar" | "ushort" | "uintptr_t"
        | "intptr_t" | "ptrdiff_t" | "irqreturn_t" | "BOOL" | "DWORD" | "UINT" | "va_list"
        | "wchar_t" | "netdev_tx_t" | "FILE" | "socklen_t" | "umode_t" | "dev_t"
        | "resource_size_t" => true,
        _ => {
            let bare = name.strip_prefix("u").unwrap_or(name);
            name.starts_with("__")
                || bare.strip_prefix("int").is_some_and(|rest| {
                    rest.ends_with("_t") && rest.contains(|digit: char| digit.is_ascii_digit())
                })
        }
    }
}

impl<'a> Lowering<'a, '_> {
    /// The type as an expression; `NONE` for one without members. Definitions inside it are read.
    pub(super) fn type_expr(&mut self, node: Node<'a>) -> ExprId {
        match self.kind(node) {
            k::TYPE_IDENTIFIER | k::NAMESPACE_IDENTIFIER | k::IDENTIFIER => {
                self.named_type(node, false)
            }
            k::STRUCT | k::UNION | k::CLASS | k::ENUM => {
                let symbol = self.type_specifier(node);
                if symbol.is_some() {
                    return self.symbol_expr(symbol, line_of(node));
                }
                match self.field(node, self.fields.name) {
                    Some(name) if self.kind(name) == k::TYPE_IDENTIFIER => {
                        self.named_type(name, !self.cpp)
                    }
                    Some(name) => self.type_expr(name),
                    None => ExprId::NONE,
                }
            }
            k::TYPE_DESCRIPTOR => self.descriptor(node),
            k::TEMPLATE_TYPE | k::QUALIFIED | k::TEMPLATE_FUNCTION | k::TEMPLATE_METHOD => {
                self.composed_type(node)
            }
            k::DECLTYPE => {
                let Some(inner) = node.named_child(0) else {
                    return ExprId::NONE;
                };
                if self.kind(inner) == k::AUTO {
                    return ExprId::NONE;
                }
                let value = self.value(inner, true);
                if value.is_some() {
                    self.facts
                        .expr(Expr::TypeOf(value), line_of(node), Role::Silent)
                } else {
                    ExprId::NONE
                }
            }
            k::DEPENDENT_TYPE | k::MACRO_TYPE | k::DEPENDENT_NAME | k::PACK_EXPANSION => {
                let inner = node.named_child(0);
                inner.map_or(ExprId::NONE, |inner| self.type_expr(inner))
            }
            _ => ExprId::NONE,
        }
    }

    fn descriptor(&mut self, node: Node<'a>) -> ExprId {
        let Some(type_node) = self.field(node, self.fields.type_) else {
            return ExprId::NONE;
        };
        let result = self.type_expr(type_node);
        match self.field(node, self.fields.declarator) {
            Some(declarator) => {
                let shape = self.declarator(declarator);
                if shape.function.is_some() || shape.is_function_pointer {
                    return self.signature(result, line_of(node));
                }
                result
            }
            None => result,
        }
    }

    pub(super) fn symbol_expr(&mut self, symbol: SymbolId, line: u32) -> ExprId {
        self.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
    }

    /// A function type of which only the result is kept.
    pub(super) fn signature(&mut self, result: ExprId, line: u32) -> ExprId {
        if !result.is_some() && self.plain_signature.is_some() {
            return self.plain_signature;
        }
        let result_or_hole = if result.is_some() {
            result
        } else {
            self.hole()
        };
        let list = self.facts.list(&[result_or_hole]);
        let signature = self.facts.expr(Expr::Signature(list), line, Role::Silent);
        if !result.is_some() {
            self.plain_signature = signature;
        }
        signature
    }

    /// A plain type name, or a tag (`struct x`), once per symbol.
    fn named_type(&mut self, node: Node<'a>, is_tag: bool) -> ExprId {
        let text = self.text_of(node);
        if text.is_empty() || !is_tag && is_number_type(text) {
            return ExprId::NONE;
        }
        let symbol = self.facts.symbol();
        if let Some((expr, known)) = self.types.get(&(text, is_tag))
            && *known == symbol
        {
            return *expr;
        }
        let expr = if is_tag {
            self.facts
                .name_expr(&tag_name(text), line_of(node), Role::Type)
        } else {
            self.facts.name_expr(text, line_of(node), Role::Type)
        };
        self.types.insert((text, is_tag), (expr, symbol));
        expr
    }

    /// `a::b<c>`: a path with type arguments, once per symbol.
    fn composed_type(&mut self, node: Node<'a>) -> ExprId {
        let text = self.text_of(node);
        let symbol = self.facts.symbol();
        if let Some((expr, known)) = self.types.get(&(text, false))
            && *known == symbol
        {
            return *expr;
        }
        let expr = self.path(node, ExprId::NONE, Role::Type);
        self.types.insert((text, false), (expr, symbol));
        expr
    }

    /// A path as nested members below `base`; the last name gets the role.
    pub(super) fn path(&mut self, node: Node<'a>, base: ExprId, role: Role) -> ExprId {
        let line = line_of(node);
        match self.kind(node) {
            k::QUALIFIED => {
                let mut base = base;
                let mut node = node;
                // `a::b::c` nests to the right: the scope first, the rest in the name.
                loop {
                    let Some(name) = self.field(node, self.fields.name) else {
                        return base;
                    };
                    if let Some(scope) = self.field(node, self.fields.scope) {
                        base = self.path(scope, base, Role::Silent);
                    }
                    if self.kind(name) == k::QUALIFIED {
                        node = name;
                        continue;
                    }
                    return self.path(name, base, role);
                }
            }
            k::TEMPLATE_TYPE | k::TEMPLATE_FUNCTION | k::TEMPLATE_METHOD => {
                let Some(name) = self.field(node, self.fields.name) else {
                    return base;
                };
                let generic = self.path(name, base, role);
                let Some(arguments) = self.field(node, self.fields.arguments) else {
                    return generic;
                };
                let arguments = self.type_arguments(arguments);
                if !generic.is_some() || arguments.is_empty() {
                    return generic;
                }
                let list = self.facts.list(&arguments);
                self.facts
                    .expr(Expr::Apply(generic, list), line, Role::Silent)
            }
            k::DEPENDENT_NAME => match node.named_child(0) {
                Some(inner) => self.path(inner, base, role),
                None => base,
            },
            k::DECLTYPE => self.type_expr(node),
            k::OPERATOR_CAST => base,
            _ => {
                let text = self.text_of(node);
                if base.is_some() {
                    self.facts.member_expr(base, text, line, role)
                } else {
                    self.facts.name_expr(text, line, role)
                }
            }
        }
    }

    /// Type arguments in order, holes for values; empty when none says anything.
    fn type_arguments(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let (start, end) = self.push(node);
        let mut arguments = Vec::new();
        let mut says_something = false;
        for index in start..end {
            let child = self.child(index);
            let argument = match self.kind(child) {
                k::TYPE_DESCRIPTOR => self.type_expr(child),
                k::COMMENT => continue,
                _ => {
                    self.visit(child);
                    ExprId::NONE
                }
            };
            says_something |= argument.is_some();
            arguments.push(if argument.is_some() {
                argument
            } else {
                self.hole()
            });
        }
        self.pop(start);
        if says_something {
            arguments
        } else {
            Vec::new()
        }
    }

    // ---- definitions ----

    /// Reads the definition in a type specifier; `NONE` when it only names a type.
    pub(super) fn type_specifier(&mut self, node: Node<'a>) -> SymbolId {
        let fallback = self.fallback.take();
        let Some(body) = self.field(node, self.fields.body) else {
            return SymbolId::NONE;
        };
        let name_node = self.field(node, self.fields.name);
        let (path, name) = name_node.map_or(("", ""), |name| self.split_name(name));
        let is_tagged = !name.is_empty();
        let is_enum = self.kind(node) == k::ENUM;
        let lifts = self.scope == Scope::Class && fallback.is_none();
        if !is_tagged && is_enum && fallback.is_none() {
            self.enumerators(body, SymbolId::NONE, false);
            return SymbolId::NONE;
        }
        if !is_tagged && lifts {
            self.items(body);
            return SymbolId::NONE;
        }
        let name = if is_tagged {
            name
        } else {
            fallback.map_or("", |fallback| fallback.name)
        };
        let kind = if is_enum {
            NodeKind::Enum
        } else {
            NodeKind::Class
        };
        let symbol = self.add_symbol(name, kind, node);
        if !path.is_empty() {
            self.facts.symbol_mut(symbol).owner = self.facts.name(path);
        }
        let is_type_name = is_tagged || fallback.is_some_and(|fallback| fallback.is_type);
        if !name.is_empty() && is_type_name {
            self.bind_type(symbol, name, is_tagged, fallback);
        }
        if is_enum {
            let is_scoped = self
                .text_of(node)
                .as_bytes()
                .get(5)
                .is_some_and(u8::is_ascii_lowercase)
                && self.cpp
                && !self.text_of(node)[5..].starts_with(name);
            self.enumerators(body, symbol, is_scoped);
        } else {
            self.facts.symbol_mut(symbol).flags |= flag::FIELDS_CONSTRUCT;
            self.class_body(node, body, symbol);
        }
        symbol
    }

    pub(super) fn add_symbol(&mut self, name: &str, kind: NodeKind, node: Node<'a>) -> SymbolId {
        let symbol = self
            .facts
            .add_symbol(name, kind, line_of(node), end_line_of(node));
        let flags = self.common_flags();
        self.facts.symbol_mut(symbol).flags = flags;
        symbol
    }

    /// Binds a type by its tag (C) and by its plain name (C++, typedef names).
    fn bind_type(
        &mut self,
        symbol: SymbolId,
        name: &'a str,
        is_tagged: bool,
        fallback: Option<Fallback<'a>>,
    ) {
        let line = self.facts.symbol_mut(symbol).line;
        if self.cpp || !is_tagged {
            self.facts.bind_symbol(symbol);
            self.top_names.insert(name, ());
            return;
        }
        let value = self.symbol_expr(symbol, line);
        self.bind_as(&tag_name(name), symbol, value, line);
        if fallback.is_some_and(|fallback| fallback.is_type && fallback.name == name) {
            self.bind_as(name, symbol, value, line);
            self.top_names.insert(name, ());
        } else if self.is_header && self.scope == Scope::Namespace {
            self.tags.push((name, symbol, line));
        }
    }

    pub(super) fn bind_as(&mut self, name: &str, symbol: SymbolId, value: ExprId, line: u32) {
        let name = self.facts.name(name);
        let scope = self.facts.block();
        let at = self.facts.now();
        self.facts.push_binding(Binding {
            name,
            scope,
            block: scope,
            at,
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        });
    }

    /// Lets C++ files name the structs of a C header without `struct`, where nothing else has the name.
    pub(super) fn bind_tags(&mut self) {
        for (name, symbol, line) in std::mem::take(&mut self.tags) {
            if !self.top_names.contains_key(name) {
                let value = self.symbol_expr(symbol, line);
                self.bind_as(name, symbol, value, line);
            }
        }
    }

    /// The members of a class whose symbol exists.
    pub(super) fn class_body(&mut self, node: Node<'a>, body: Node<'a>, symbol: SymbolId) {
        let name = self.facts.facts().symbols[symbol.index()].name;
        let name = self.facts.text(name).to_owned();
        let outer_namespace = self.namespace.len();
        if self.cpp {
            if !self.namespace.is_empty() {
                self.namespace.push_str("::");
            }
            self.namespace.push_str(&name);
            self.classes.entry(self.namespace.clone()).or_insert(symbol);
        }
        let template = self.template.take();
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        let (scope, home) = (self.scope, self.home);
        self.scope = Scope::Class;
        self.home = (self.facts.block(), symbol, Scope::Class);
        let aside = (scope == Scope::Function).then(|| self.set_aside());
        if let Some(template) = template {
            self.type_parameters(template, symbol);
        }
        if self.cpp
            && let Some(bases) = self.first_of(node, &[k::BASES])
        {
            self.bases(bases, symbol);
        }
        self.items(body);
        if let Some(aside) = aside {
            self.take_back(aside);
        }
        self.scope = scope;
        self.home = home;
        self.facts.leave(outer);
        self.namespace.truncate(outer_namespace);
    }

    fn bases(&mut self, node: Node<'a>, symbol: SymbolId) {
        let (start, end) = self.push(node);
        let mut bases = Vec::new();
        for index in start..end {
            let child = self.child(index);
            if matches!(
                self.kind(child),
                k::TYPE_IDENTIFIER | k::QUALIFIED | k::TEMPLATE_TYPE
            ) {
                let base = self.path(child, ExprId::NONE, Role::Type);
                if base.is_some() {
                    bases.push(base);
                }
            }
        }
        self.pop(start);
        if !bases.is_empty() {
            let bases = self.facts.list(&bases);
            self.facts.symbol_mut(symbol).bases = bases;
        }
    }

    /// Declares the parameters of a template as type parameters of `symbol`, in the current block.
    pub(super) fn type_parameters(&mut self, template: Node<'a>, symbol: SymbolId) {
        let (start, end) = self.push(template);
        let mut parameters = Vec::new();
        for index in start..end {
            let child = self.child(index);
            if !matches!(
                self.kind(child),
                k::TYPE_PARAMETER | k::OPTIONAL_TYPE_PARAMETER | k::VARIADIC_TYPE_PARAMETER
            ) {
                continue;
            }
            let name = self
                .field(child, self.fields.name)
                .or_else(|| child.named_child(0));
            let text = name.map_or("", |name| self.text_of(name));
            let line = line_of(child);
            let name = self.facts.name(text);
            if !text.is_empty() {
                let position = parameters.len() as u32;
                let value = self
                    .facts
                    .expr(Expr::TypeParam(symbol, position), line, Role::Silent);
                let block = self.facts.block();
                self.facts.bind(text, block, value, ExprId::NONE, line);
            }
            parameters.push(TypeParamFact {
                name,
                bound: ExprId::NONE,
            });
        }
        self.pop(start);
        self.facts.symbol_mut(symbol).type_params = parameters.into();
    }

    /// The members of an enumeration: seen around it unless it is scoped, and through its name in C++.
    fn enumerators(&mut self, body: Node<'a>, owner: SymbolId, is_scoped: bool) {
        let mut members = Vec::new();
        let outer =
            (self.cpp && owner.is_some()).then(|| self.facts.enter_symbol(owner, BlockKind::Class));
        self.enumerators_of(body, owner, &mut members);
        if let Some(outer) = outer {
            self.facts.leave(outer);
            if !is_scoped {
                for (text, symbol, line) in members {
                    self.bind_as(text, symbol, ExprId::NONE, line);
                }
            }
        }
    }

    fn enumerators_of(
        &mut self,
        body: Node<'a>,
        owner: SymbolId,
        members: &mut Vec<(&'a str, SymbolId, u32)>,
    ) {
        let (start, end) = self.push(body);
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::ENUMERATOR => {
                    let Some(name) = self.field(child, self.fields.name) else {
                        continue;
                    };
                    let text = self.text_of(name);
                    let symbol = self.add_symbol(text, NodeKind::EnumMember, name);
                    if owner.is_some() {
                        self.facts.symbol_mut(symbol).parent = owner;
                    }
                    self.bind_as(text, symbol, ExprId::NONE, line_of(name));
                    members.push((text, symbol, line_of(name)));
                    if let Some(value) = self.field(child, self.fields.value) {
                        self.visit(value);
                    }
                }
                k::PREPROC_IF
                | k::PREPROC_IFDEF
                | k::PREPROC_ELSE
                | k::PREPROC_ELIF
                | k::PREPROC_ELIFDEF => {
                    self.enumerators_of(child, owner, members);
                }
                _ => {}
            }
        }
        self.pop(start);
    }
}

/// A name for a type that has none of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fallback<'a> {
    pub(super) name: &'a str,
    /// The name is that of a type (`typedef struct {…} name`), not of a variable.
    pub(super) is_type: bool,
}

/// The name under which a tag is bound: tags and ordinary names are two worlds in C.
pub(super) fn tag_name(tag: &str) -> String {
    format!("struct {tag}")
}

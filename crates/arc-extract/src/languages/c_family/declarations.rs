//! Variables, fields, prototypes and typedefs.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::declarators::Declarator;
use super::kinds as k;
use super::lower::{Indirection, Known, Lowering, Scope};
use super::types::Fallback;
use crate::facts::{Binding, BlockKind, Expr, ExprId, Role, SymbolId, flag};
use crate::source::line_of;

/// Elements of an initializer that are kept.
const MAX_ELEMENTS: usize = 1024;

/// What stands before the declarators.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Specifiers {
    pub(super) is_static: bool,
    pub(super) is_extern: bool,
    pub(super) is_typedef: bool,
    pub(super) is_constant: bool,
}

impl<'a> Lowering<'a, '_> {
    pub(super) fn specifiers(&mut self, node: Node<'a>) -> Specifiers {
        let mut result = Specifiers::default();
        let (start, end) = self.push(node);
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::STORAGE_CLASS => match self.text_of(child) {
                    "static" => result.is_static = true,
                    "extern" => result.is_extern = true,
                    "typedef" => result.is_typedef = true,
                    _ => {}
                },
                k::TYPE_QUALIFIER => {
                    let text = self.text_of(child);
                    result.is_constant |= text == "constexpr" || text == "const";
                }
                k::FUNCTION_DECLARATOR | k::INIT_DECLARATOR | k::COMPOUND | k::IDENTIFIER => break,
                _ => {}
            }
        }
        self.pop(start);
        result
    }

    /// `import lib;` and `export module lib;`, which look like variables to a grammar that has no modules.
    fn names_module(&self, type_node: Option<Node<'a>>, declarators: &[Node<'a>]) -> bool {
        let is_word = |word: Node<'a>| matches!(self.text_of(word), "import" | "module");
        let is_plain = matches!(declarators, [only] if self.kind(*only) == k::IDENTIFIER);
        self.cpp && self.scope == Scope::Namespace && is_plain && type_node.is_some_and(is_word)
    }

    /// `declaration` and `field_declaration`.
    pub(super) fn declaration(&mut self, node: Node<'a>) {
        let specifiers = self.specifiers(node);
        let type_node = self.field(node, self.fields.type_);
        let declarators = self.declarators_of(node);
        if self.names_module(type_node, &declarators) {
            return;
        }
        if let Some(type_node) = type_node
            && let [only] = declarators.as_slice()
            && self.macro_declaration(node, type_node, *only)
        {
            return;
        }
        if let Some(type_node) = type_node
            && self.field(type_node, self.fields.body).is_some()
            && self.field(type_node, self.fields.name).is_none()
            && let Some(first) = declarators.first()
        {
            let name = self.declarator(*first).name;
            self.fallback = name.map(|name| Fallback {
                name: self.text_of(name),
                is_type: false,
            });
        }
        if self.scope == Scope::Function {
            self.local_declaration(type_node, &declarators, specifiers);
            return;
        }
        let mut type_expr = None;
        for declarator in declarators {
            let mut shape = self.declarator(declarator);
            if shape.value.is_none() {
                shape.value = self
                    .field(node, self.fields.default_value)
                    .or_else(|| self.field(node, self.fields.value));
            }
            if shape.function.is_some() && !shape.is_function_pointer {
                self.prototype(node, type_node, &shape, specifiers);
                continue;
            }
            let base = *type_expr.get_or_insert_with(|| {
                type_node.map_or(ExprId::NONE, |type_node| self.type_expr(type_node))
            });
            self.variable(node, base, &shape, specifiers);
        }
        if type_expr.is_none()
            && let Some(type_node) = type_node
            && self.field(type_node, self.fields.body).is_some()
        {
            self.type_specifier(type_node);
        }
    }

    fn declarators_of(&mut self, node: Node<'a>) -> Vec<Node<'a>> {
        let type_node = self.field(node, self.fields.type_);
        let value = self
            .field(node, self.fields.default_value)
            .or_else(|| self.field(node, self.fields.value));
        let (start, end) = self.push(node);
        let mut found = Vec::new();
        for index in start..end {
            let child = self.child(index);
            if Some(child) == type_node || Some(child) == value {
                continue;
            }
            if matches!(
                self.kind(child),
                k::INIT_DECLARATOR
                    | k::POINTER_DECLARATOR
                    | k::REFERENCE_DECLARATOR
                    | k::ARRAY_DECLARATOR
                    | k::FUNCTION_DECLARATOR
                    | k::PARENTHESIZED_DECLARATOR
                    | k::ATTRIBUTED_DECLARATOR
                    | k::IDENTIFIER
                    | k::FIELD_IDENTIFIER
                    | k::TYPE_IDENTIFIER
                    | k::POINTER_TYPE_DECLARATOR
                    | k::QUALIFIED
                    | k::OPERATOR_CAST
                    | k::STRUCTURED_BINDING
            ) {
                found.push(child);
            }
        }
        self.pop(start);
        found
    }

    /// `static DEFINE_MUTEX(name);` is read as a declaration of a parenthesized name with the macro as its type.
    fn macro_declaration(
        &mut self,
        node: Node<'a>,
        type_node: Node<'a>,
        declarator: Node<'a>,
    ) -> bool {
        if self.kind(declarator) != k::PARENTHESIZED_DECLARATOR
            || self.kind(type_node) != k::TYPE_IDENTIFIER
            || !is_macro_name(self.text_of(type_node))
        {
            return false;
        }
        let Some(name) = self.declarator(declarator).name else {
            return false;
        };
        self.facts
            .name_expr(self.text_of(type_node), line_of(type_node), Role::Use);
        self.variable_by_macro(self.text_of(type_node), name, node);
        true
    }

    /// A variable that `DEFINE_…(name, …)` or `LIST_HEAD(name)` makes.
    pub(super) fn variable_by_macro(&mut self, by: &str, name: Node<'a>, node: Node<'a>) {
        if !(by.contains("DEFINE") || by.contains("_HEAD")) || self.kind(name) != k::IDENTIFIER {
            return;
        }
        let text = self.text_of(name);
        if self.scope == Scope::Function {
            self.declare(text, Known::Plain);
            return;
        }
        let symbol = self.add_symbol(text, NodeKind::Variable, node);
        if self.text_of(node).starts_with("static") {
            let flags = self.static_flag(false);
            self.facts.symbol_mut(symbol).flags |= flags;
        }
        self.bind_as(text, symbol, ExprId::NONE, line_of(node));
        self.top_names.insert(text, ());
    }

    /// The type of a declarator whose specifier gave `base`.
    pub(super) fn declared_type(
        &mut self,
        base: ExprId,
        shape: &Declarator<'a>,
        line: u32,
    ) -> ExprId {
        if shape.is_function_pointer || shape.function.is_some() {
            self.signature(base, line)
        } else {
            base
        }
    }

    /// A variable of the file or a field of a class.
    fn variable(
        &mut self,
        node: Node<'a>,
        base: ExprId,
        shape: &Declarator<'a>,
        specifiers: Specifiers,
    ) {
        let Some(name) = shape.name else { return };
        let (path, text) = self.split_name(name);
        if text.is_empty() {
            return;
        }
        let line = line_of(name);
        let declared = self.declared_type(base, shape, line);
        if !path.is_empty() {
            // `T A::member = …;` defines what the class declared.
            if let Some(value) = shape.value {
                self.visit(value);
            }
            return;
        }
        let is_member = self.scope == Scope::Class;
        let kind = match (is_member, specifiers.is_constant && self.cpp) {
            (true, _) => NodeKind::Field,
            (false, true) => NodeKind::Constant,
            (false, false) => NodeKind::Variable,
        };
        let symbol = self.facts.add_symbol(
            text,
            kind,
            if is_member { line } else { line_of(node) },
            crate::source::end_line_of(node),
        );
        let mut flags = self.common_flags();
        if specifiers.is_static {
            flags |= self.static_flag(is_member);
        }
        if specifiers.is_extern && shape.value.is_none() {
            flags |= flag::DECLARATION;
        }
        let fact = self.facts.symbol_mut(symbol);
        fact.flags = flags;
        fact.declared = declared;
        if !is_member {
            self.top_names.insert(text, ());
        }
        let value = self.initial_value(symbol, declared, shape);
        let name = self.facts.name(text);
        let scope = self.facts.block();
        let at = self.facts.now();
        self.facts.push_binding(Binding {
            name,
            scope,
            block: scope,
            at,
            value,
            declared,
            symbol,
            line,
        });
    }

    /// The value of a variable's initializer, whose names are uses by the variable.
    fn initial_value(
        &mut self,
        symbol: SymbolId,
        declared: ExprId,
        shape: &Declarator<'a>,
    ) -> ExprId {
        let Some(value) = shape.value else {
            let constructs = self.cpp
                && declared.is_some()
                && shape.indirection == Indirection::None
                && !shape.is_function_pointer
                && self.scope == Scope::Namespace
                && self.facts.facts().symbols[symbol.index()].flags & flag::DECLARATION == 0;
            if constructs {
                let list = self.list(&[]);
                let line = self.facts.facts().symbols[symbol.index()].line;
                return self.facts.expr(Expr::New(declared, list), line, Role::Call);
            }
            return ExprId::NONE;
        };
        match self.kind(value) {
            k::NUMBER | k::STRING | k::CHAR | k::NULL | k::TRUE | k::FALSE => return ExprId::NONE,
            _ => {}
        }
        let outer = self.facts.enter_symbol(symbol, BlockKind::Plain);
        let result = self.initializer(value, declared, shape.is_array);
        self.facts.leave(outer);
        result
    }

    /// The value that an initializer gives to something of type `declared`; `NONE` when it says nothing.
    pub(super) fn initializer(
        &mut self,
        node: Node<'a>,
        declared: ExprId,
        is_array: bool,
    ) -> ExprId {
        match self.kind(node) {
            k::INITIALIZER_LIST if is_array => {
                let (start, end) = self.push(node);
                let mut elements = Vec::new();
                for index in start..end {
                    let child = self.child(index);
                    let value = self.element(child, declared);
                    if value.is_some() && elements.len() < MAX_ELEMENTS {
                        elements.push(value);
                    }
                }
                self.pop(start);
                if elements.is_empty() {
                    return ExprId::NONE;
                }
                let list = self.facts.list(&elements);
                self.facts
                    .expr(Expr::List(list), line_of(node), Role::Silent)
            }
            k::INITIALIZER_LIST | k::ARGUMENTS => self.construct(node, declared, line_of(node)),
            _ => self.value(node, true),
        }
    }

    fn element(&mut self, node: Node<'a>, declared: ExprId) -> ExprId {
        match self.kind(node) {
            k::INITIALIZER_PAIR => match self.field(node, self.fields.value) {
                Some(value) => self.initializer(value, declared, false),
                None => ExprId::NONE,
            },
            k::COMMENT | k::NUMBER | k::STRING | k::CHAR => ExprId::NONE,
            _ => self.initializer(node, declared, false),
        }
    }

    /// `T{…}` or `T(…)`: a construction in C++, a filled structure in C.
    pub(super) fn construct(&mut self, node: Node<'a>, declared: ExprId, line: u32) -> ExprId {
        let (start, end) = self.push(node);
        let mut arguments = Vec::new();
        let mut kept = 0;
        for index in start..end {
            let child = self.child(index);
            let value = match self.kind(child) {
                k::COMMENT => continue,
                k::INITIALIZER_PAIR => self.named_initializer(child),
                k::INITIALIZER_LIST => self.construct(child, ExprId::NONE, line_of(child)),
                _ => self.argument(child),
            };
            let is_named = self.kind(child) == k::INITIALIZER_PAIR;
            if is_named && !value.is_some() {
                continue;
            }
            if arguments.len() < MAX_ELEMENTS {
                arguments.push(if value.is_some() { value } else { self.hole() });
                if value.is_some() || self.cpp {
                    kept = arguments.len();
                }
            }
        }
        self.pop(start);
        arguments.truncate(kept);
        if !declared.is_some() && arguments.iter().all(|argument| *argument == self.hole()) {
            return ExprId::NONE;
        }
        if !self.cpp && arguments.is_empty() {
            return ExprId::NONE;
        }
        let target = if declared.is_some() {
            declared
        } else {
            self.hole()
        };
        let list = self.list(&arguments);
        let role = if self.cpp && declared.is_some() {
            Role::Call
        } else {
            Role::Silent
        };
        self.facts.expr(Expr::New(target, list), line, role)
    }

    /// `.name = value`.
    fn named_initializer(&mut self, node: Node<'a>) -> ExprId {
        let Some(value) = self.field(node, self.fields.value) else {
            return ExprId::NONE;
        };
        let value = self.initializer(value, ExprId::NONE, false);
        let designator = node.named_child(0);
        let name = designator.map_or("", |designator| match self.kind(designator) {
            k::FIELD_DESIGNATOR => self.text_of(designator).trim_start_matches('.').trim(),
            k::FIELD_IDENTIFIER => self.text_of(designator),
            _ => "",
        });
        if !value.is_some() || name.is_empty() {
            return value;
        }
        let name = self.facts.name(name);
        self.facts
            .expr(Expr::Keyword(name, value), line_of(node), Role::Silent)
    }

    // ---- locals ----

    fn local_declaration(
        &mut self,
        type_node: Option<Node<'a>>,
        declarators: &[Node<'a>],
        specifiers: Specifiers,
    ) {
        let is_auto = type_node.is_some_and(|node| {
            self.kind(node) == k::PLACEHOLDER_TYPE || self.text_of(node) == "__auto_type"
        });
        let base = match type_node {
            Some(node) if !is_auto => self.type_expr(node),
            _ => ExprId::NONE,
        };
        for declarator in declarators {
            let shape = self.declarator(*declarator);
            if shape.function.is_some() && !shape.is_function_pointer {
                // Any other prototype inside a function: the name stays one of outside.
                if !specifiers.is_extern {
                    self.constructed_by_names(base, &shape);
                }
                continue;
            }
            if specifiers.is_extern {
                continue;
            }
            if self.kind(*declarator) == k::STRUCTURED_BINDING
                || shape
                    .name
                    .is_some_and(|name| self.kind(name) == k::STRUCTURED_BINDING)
            {
                self.structured_binding(&shape);
                continue;
            }
            self.local(base, is_auto, &shape);
        }
    }

    /// `T x(a, b);` is read as a prototype of C++: with nothing but names between the parentheses, one of them no type that the
    /// function could take, it makes a variable.
    fn constructed_by_names(&mut self, base: ExprId, shape: &Declarator<'a>) {
        let parameters = shape
            .function
            .and_then(|function| self.field(function, self.fields.parameters));
        let Some((parameters, name)) = parameters.zip(shape.name) else {
            return;
        };
        if !self.cpp || !base.is_some() || self.kind(name) != k::IDENTIFIER {
            return;
        }
        let Some(names) = self.bare_names(parameters) else {
            return;
        };
        // Members are written like that by many, and are not known here.
        let is_value = |name: &Node<'a>| {
            let text = self.text_of(*name);
            self.known(text).is_some() || text.ends_with('_') || text.starts_with("m_")
        };
        if !names.iter().any(is_value) {
            return;
        }
        let mut arguments = Vec::new();
        for name in &names {
            let value = self.use_name(*name, Role::Argument);
            arguments.push(if value.is_some() { value } else { self.hole() });
        }
        let list = self.list(&arguments);
        let line = line_of(name);
        let value = self.facts.expr(Expr::New(base, list), line, Role::Call);
        let known = Known::Value(value, shape.indirection);
        self.declare(self.text_of(name), known);
    }

    /// The names between parentheses where nothing else stands there.
    fn bare_names(&mut self, parameters: Node<'a>) -> Option<Vec<Node<'a>>> {
        let (start, end) = self.push(parameters);
        let mut names = Vec::new();
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::PARAMETER => names.push(self.bare_name(child)),
                k::COMMENT => {}
                _ => names.push(None),
            }
        }
        self.pop(start);
        names.into_iter().collect()
    }

    fn bare_name(&self, parameter: Node<'a>) -> Option<Node<'a>> {
        let name = self.field(parameter, self.fields.type_)?;
        let is_alone = parameter.named_child_count() == 1;
        (is_alone && self.kind(name) == k::TYPE_IDENTIFIER).then_some(name)
    }

    fn structured_binding(&mut self, shape: &Declarator<'a>) {
        let Some(names) = shape.name else { return };
        let value = shape
            .value
            .map_or(ExprId::NONE, |value| self.value(value, true));
        self.bind_parts(names, value);
    }

    /// `[a, b]` of a value.
    pub(super) fn bind_parts(&mut self, names: Node<'a>, value: ExprId) {
        let (start, end) = self.push(names);
        let mut position = 0;
        for index in start..end {
            let child = self.child(index);
            if self.kind(child) != k::IDENTIFIER {
                continue;
            }
            let known = if value.is_some() {
                let part =
                    self.facts
                        .expr(Expr::Item(value, position), line_of(child), Role::Silent);
                Known::Value(part, Indirection::Unknown)
            } else {
                Known::Plain
            };
            self.declare(self.text_of(child), known);
            position += 1;
        }
        self.pop(start);
    }

    /// A local variable: `base x = value`.
    pub(super) fn local(&mut self, base: ExprId, is_auto: bool, shape: &Declarator<'a>) {
        let Some(name) = shape.name else {
            if let Some(value) = shape.value {
                self.visit(value);
            }
            return;
        };
        let text = self.text_of(name);
        let line = line_of(name);
        if shape.is_function_pointer {
            let mut values = Vec::new();
            if let Some(value) = shape.value {
                let value = self.value(value, true);
                values.extend(value.is_some().then_some(value));
            }
            if base.is_some() && values.is_empty() {
                let signature = self.signature(base, line);
                values.push(self.facts.expr(
                    Expr::Cast(ExprId::NONE, signature),
                    line,
                    Role::Silent,
                ));
            }
            self.declare(text, Known::Values(values));
            return;
        }
        if is_auto {
            let value = shape
                .value
                .map_or(ExprId::NONE, |value| self.value(value, true));
            let is_new = shape.value.is_some_and(|value| self.kind(value) == k::NEW);
            let indirection = match shape.indirection {
                Indirection::Pointer => Indirection::Pointer,
                Indirection::None | Indirection::Unknown if is_new => Indirection::Pointer,
                Indirection::None | Indirection::Unknown => Indirection::Unknown,
            };
            let known = if value.is_some() {
                Known::Value(value, indirection)
            } else {
                Known::Plain
            };
            self.declare(text, known);
            return;
        }
        if !base.is_some() {
            if let Some(value) = shape.value {
                self.visit(value);
            }
            self.declare(text, Known::Plain);
            return;
        }
        let value = self.local_value(base, shape, line);
        // A typedef may hide a function pointer or a type of functions, so what it was given is kept beside it.
        let is_given = value.is_some() && self.carries_function(value);
        let known = if is_given {
            let instance = self.facts.expr(Expr::Cast(value, base), line, Role::Silent);
            Known::Value(instance, shape.indirection)
        } else if self.cpp && value.is_some() && self.is_construction(value) {
            Known::Value(value, shape.indirection)
        } else {
            let instance = self
                .facts
                .expr(Expr::Cast(ExprId::NONE, base), line, Role::Silent);
            Known::Value(instance, shape.indirection)
        };
        self.declare(text, known);
    }

    fn local_value(&mut self, base: ExprId, shape: &Declarator<'a>, line: u32) -> ExprId {
        let constructs = self.cpp && shape.indirection == Indirection::None;
        match shape.value {
            Some(value) if matches!(self.kind(value), k::ARGUMENTS | k::INITIALIZER_LIST) => {
                if shape.is_array || constructs || !self.cpp {
                    self.initializer(value, base, shape.is_array)
                } else {
                    self.items(value);
                    ExprId::NONE
                }
            }
            Some(value) => self.value(value, true),
            None if constructs => {
                let list = self.list(&[]);
                self.facts.expr(Expr::New(base, list), line, Role::Call)
            }
            None => ExprId::NONE,
        }
    }

    fn is_construction(&self, value: ExprId) -> bool {
        let node = self.facts.facts().exprs.get(value);
        node.is_some_and(|node| matches!(node.expr, Expr::New(..)))
    }

    /// Whether a value may be a function: a name from outside or a member.
    pub(super) fn carries_function(&self, value: ExprId) -> bool {
        let node = self.facts.facts().exprs.get(value);
        node.is_some_and(|node| {
            matches!(
                node.expr,
                Expr::Name(_)
                    | Expr::Member(..)
                    | Expr::Param(..)
                    | Expr::Either(_)
                    | Expr::Symbol(_)
                    | Expr::List(_)
                    | Expr::Index(..)
            )
        })
    }

    // ---- typedefs ----

    pub(super) fn type_definition(&mut self, node: Node<'a>) {
        let Some(type_node) = self.field(node, self.fields.type_) else {
            self.items(node);
            return;
        };
        let declarators = self.declarators_of(node);
        let shapes: Vec<Declarator<'a>> = declarators
            .iter()
            .map(|node| self.declarator(*node))
            .collect();
        let has_body = self.field(type_node, self.fields.body).is_some();
        let first_plain = shapes
            .iter()
            .find(|shape| {
                shape.function.is_none()
                    && !shape.is_function_pointer
                    && shape.indirection == Indirection::None
            })
            .and_then(|shape| shape.name)
            .map(|name| self.text_of(name));
        if has_body {
            self.fallback = first_plain.map(|name| Fallback {
                name,
                is_type: true,
            });
        }
        let tag = self
            .field(type_node, self.fields.name)
            .map(|tag| self.text_of(tag));
        let base = self.type_expr(type_node);
        for shape in shapes {
            let Some(name) = shape.name else { continue };
            let text = self.text_of(name);
            let is_same = Some(text) == tag || tag.is_none() && Some(text) == first_plain;
            if has_body && is_same && (!self.cpp || first_plain == Some(text)) {
                continue;
            }
            let line = line_of(name);
            let aliased = self.declared_type(base, &shape, line);
            if Some(text) == tag {
                // `typedef struct x x;`: the struct itself is the node.
                if !self.cpp && self.scope != Scope::Function {
                    self.top_names.insert(text, ());
                    self.bind_as(text, SymbolId::NONE, aliased, line);
                }
                continue;
            }
            if self.scope == Scope::Function {
                continue;
            }
            let symbol = self.add_symbol(text, NodeKind::TypeAlias, node);
            self.facts.symbol_mut(symbol).declared = aliased;
            self.top_names.insert(text, ());
            self.facts.bind_symbol(symbol);
        }
    }
}

/// A word that by convention is a macro: capitals, digits and underscores.
pub(super) fn is_macro_name(name: &str) -> bool {
    name.len() > 1
        && name.contains(|letter: char| letter.is_ascii_uppercase())
        && !name.contains(|letter: char| letter.is_ascii_lowercase())
}

//! Members of types: methods, constructors, fields, initializers.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, ParamFact, Role, SymbolId, flag};
use crate::source::{end_line_of, line_of};

use super::lower::{CONSTRUCTOR, FIELDS, Lower, MAX_DEPTH, kind};

/// Annotations of JUnit 4 and 5 and of TestNG on test methods.
const TESTS: &[&str] = &[
    "Test",
    "ParameterizedTest",
    "RepeatedTest",
    "TestFactory",
    "TestTemplate",
    "Theory",
    "Property",
];
/// Annotations on methods that run around tests.
const SETUPS: &[&str] = &[
    "After",
    "AfterAll",
    "AfterClass",
    "AfterEach",
    "AfterMethod",
    "Before",
    "BeforeAll",
    "BeforeClass",
    "BeforeEach",
    "BeforeMethod",
];

/// What the words and annotations before a declaration say.
pub(super) struct Modifiers<'a> {
    pub(super) node: Option<Node<'a>>,
    pub(super) flags: u32,
}

impl<'a> Modifiers<'a> {
    pub(super) fn read(node: Option<Node<'a>>, text: &str) -> Modifiers<'a> {
        let mut flags = flag::PUBLIC;
        for word in text.split_whitespace() {
            match word {
                "private" => flags &= !flag::PUBLIC,
                "static" => flags |= flag::STATIC,
                "abstract" => flags |= flag::ABSTRACT,
                _ => {}
            }
            if let Some(annotation) = word.strip_prefix('@') {
                let name = annotation.split('(').next().unwrap_or("");
                let name = name.rsplit('.').next().unwrap_or(name);
                if TESTS.contains(&name) {
                    flags |= flag::TEST;
                } else if SETUPS.contains(&name) {
                    flags |= flag::SETUP;
                }
            }
        }
        Modifiers { node, flags }
    }
}

/// The name that a call without a receiver looks for: methods and variables of one name do not hide each other.
pub(super) fn called(name: &str) -> String {
    format!("{name}()")
}

/// The `extends` clause of the class that a constructor or a method stands in.
pub(super) fn superclass_around(member: Node<'_>) -> Option<Node<'_>> {
    let class = member.parent()?.parent()?;
    class.child_by_field_id(FIELDS.superclass)
}

impl<'a> Lower<'a, '_> {
    /// A member of the type whose block is the current one.
    pub(super) fn member(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match kind::of(node) {
            kind::METHOD | kind::ANNOTATION_ELEMENT => self.method(node),
            kind::CONSTRUCTOR_DECLARATION | kind::COMPACT_CONSTRUCTOR => self.constructor(node),
            kind::FIELD | kind::CONSTANT => self.fields(node),
            kind::CLASS | kind::INTERFACE | kind::ENUM | kind::RECORD | kind::ANNOTATION_TYPE => {
                let block = self.out.block();
                self.type_declaration(node, block);
            }
            kind::STATIC_INITIALIZER | kind::BLOCK => {
                let outer = self.out.enter(BlockKind::Plain);
                self.statements(node);
                self.out.leave(outer);
            }
            _ => self.statement(node),
        }
        self.depth -= 1;
    }

    fn method(&mut self, node: Node<'a>) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let name = self.text(name_node);
        let modifiers = self.modifiers(node);
        let symbol = self.out.add_symbol(
            name,
            NodeKind::Method,
            line_of(name_node),
            end_line_of(node),
        );
        let has_body = node.child_by_field_id(FIELDS.body).is_some();
        let mut flags = modifiers.flags;
        if !has_body {
            let is_native = modifiers.node.is_some_and(|node| {
                self.text(node)
                    .split_whitespace()
                    .any(|word| word == "native")
            });
            flags |= if is_native { 0 } else { flag::ABSTRACT };
        }
        if has_body && flags & flag::STATIC == 0 && self.is_test_by_name(name, node) {
            flags |= flag::TEST;
        }
        if matches!(name, "setUp" | "tearDown") && self.is_test_path() {
            flags |= flag::SETUP;
        }
        if name == "main" && flags & flag::STATIC != 0 {
            flags |= flag::RUN_OUTSIDE;
        }
        self.out.symbol_mut(symbol).flags = flags;
        self.out.bind_symbol(symbol);
        let block = self.out.block();
        self.bind_in(block, &called(name), symbol);
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        if let Some(modifiers) = modifiers.node {
            self.annotations_of(modifiers, symbol);
        }
        self.function(node, symbol);
        self.out.leave(outer);
    }

    /// Whether JUnit 3 takes a method for a test: public, without parameters or result, in a class that extends `TestCase`.
    /// The helpers of tests that are marked are often called `testSomething` as well.
    fn is_test_by_name(&self, name: &str, method: Node<'a>) -> bool {
        if !name.starts_with("test") || !self.is_test_path() {
            return false;
        }
        let result = method
            .child_by_field_id(FIELDS.type_)
            .map(|node| self.text(node));
        let is_public = method
            .named_child(0)
            .filter(|first| kind::of(*first) == kind::MODIFIERS)
            .is_some_and(|words| {
                self.text(words)
                    .split_whitespace()
                    .any(|word| word == "public")
            });
        let takes_nothing = method
            .child_by_field_id(FIELDS.parameters)
            .is_some_and(|parameters| parameters.named_child_count() == 0);
        let is_case = superclass_around(method)
            .is_some_and(|base| !self.marks_tests || self.text(base).ends_with("TestCase"));
        is_public && takes_nothing && is_case && result == Some("void")
    }

    fn is_test_path(&self) -> bool {
        self.source.path.contains("test/") || self.source.path.ends_with("Test.java")
    }

    fn constructor(&mut self, node: Node<'a>) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let class = self.out.symbol();
        let modifiers = self.modifiers(node);
        let symbol = self.out.add_symbol(
            CONSTRUCTOR,
            NodeKind::Method,
            line_of(name_node),
            end_line_of(node),
        );
        self.out.symbol_mut(symbol).flags =
            (modifiers.flags | flag::CONSTRUCTOR) & !(flag::TEST | flag::SETUP);
        self.out.bind_symbol(symbol);
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        if let Some(modifiers) = modifiers.node {
            self.annotations_of(modifiers, symbol);
        }
        // A compact constructor has the parameters of its record.
        if kind::of(node) == kind::COMPACT_CONSTRUCTOR {
            let params = self.out.symbol_mut(class).params.clone();
            let locals = params
                .into_iter()
                .map(|param| (param.clone(), param.declared))
                .collect();
            self.bind_parameters(symbol, locals, line_of(node));
        }
        let superclass = superclass_around(node);
        if superclass.is_some() && self.calls_super_silently(node) {
            self.call_constructor(Expr::Super, superclass, None, line_of(name_node));
        }
        self.function(node, symbol);
        self.out.leave(outer);
    }

    /// Whether a constructor of a derived class leaves the call of the base's constructor to the language.
    fn calls_super_silently(&mut self, node: Node<'a>) -> bool {
        let Some(body) = node.child_by_field_id(FIELDS.body) else {
            return false;
        };
        let statements = self.walk.open(body);
        let first = statements
            .clone()
            .next()
            .map(|index| self.walk.child(index));
        self.walk.close(&statements);
        first.is_none_or(|first| kind::of(first) != kind::CONSTRUCTOR_CALL)
    }

    /// Lowers signature and body into the current block, which is the function's.
    pub(super) fn function(&mut self, node: Node<'a>, symbol: SymbolId) {
        let outer_complexity = std::mem::replace(&mut self.complexity, 1);
        self.type_parameters(node, symbol);
        if let Some(result) = node.child_by_field_id(FIELDS.type_) {
            let result_type = self.ty(result);
            let dimensions = node.child_by_field_id(FIELDS.dimensions);
            let declared = self.array_of(result_type, dimensions, line_of(result));
            self.out.symbol_mut(symbol).declared = declared;
        }
        if let Some(list) = node.child_by_field_id(FIELDS.parameters) {
            let params = self.parameter_list(list);
            self.bind_parameters(symbol, params, line_of(list));
        }
        if let Some(throws) = self.child_of(node, "throws") {
            self.type_list(throws);
        }
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.out.symbol_mut(symbol).complexity = self.complexity;
        self.complexity = outer_complexity;
    }

    fn child_of(&mut self, node: Node<'a>, wanted: &str) -> Option<Node<'a>> {
        let children = self.walk.open(node);
        let found = children
            .clone()
            .map(|index| self.walk.child(index))
            .find(|child| child.kind() == wanted);
        self.walk.close(&children);
        found
    }

    /// Gives a function its parameters and binds their names in the current block.
    pub(super) fn bind_parameters(
        &mut self,
        symbol: SymbolId,
        params: Vec<(ParamFact, ExprId)>,
        line: u32,
    ) {
        let block = self.out.block();
        for (position, (param, local)) in params.iter().enumerate() {
            let text = self.out.text(param.name).to_owned();
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
        let children = self.walk.open(list);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::PARAMETER => params.extend(self.parameter(child)),
                kind::SPREAD_PARAMETER => params.extend(self.spread_parameter(child)),
                kind::IDENTIFIER => {
                    let text = self.text(child);
                    params.push((self.untyped(text), ExprId::NONE));
                }
                _ => {}
            }
        }
        self.walk.close(&children);
        params
    }

    pub(super) fn untyped(&mut self, name: &str) -> ParamFact {
        ParamFact {
            name: self.out.name(name),
            declared: ExprId::NONE,
            default: ExprId::NONE,
            kind: 0,
        }
    }

    fn parameter(&mut self, node: Node<'a>) -> Option<(ParamFact, ExprId)> {
        let modifiers = self.modifiers(node);
        if let Some(modifiers) = modifiers.node {
            self.annotations(modifiers);
        }
        let name = node.child_by_field_id(FIELDS.name)?;
        let ty = match node.child_by_field_id(FIELDS.type_) {
            Some(ty) => self.ty(ty),
            None => ExprId::NONE,
        };
        let declared = self.array_of(ty, node.child_by_field_id(FIELDS.dimensions), line_of(node));
        let text = self.text(name);
        let param = ParamFact {
            declared,
            ..self.untyped(text)
        };
        Some((param, declared))
    }

    /// `T... rest`: each argument is a `T`, the name is an array of them.
    fn spread_parameter(&mut self, node: Node<'a>) -> Option<(ParamFact, ExprId)> {
        let mut declared = ExprId::NONE;
        let mut name = None;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::MODIFIERS => self.annotations(child),
                kind::VARIABLE_DECLARATOR => name = child.child_by_field_id(FIELDS.name),
                kind::ANNOTATION | kind::MARKER_ANNOTATION => {
                    self.annotation(child);
                }
                _ => declared = self.ty(child),
            }
        }
        self.walk.close(&children);
        let name = self.text(name?);
        let local = self.arrays(declared, 1, line_of(node));
        let param = ParamFact {
            declared,
            kind: 1,
            ..self.untyped(name)
        };
        Some((param, local))
    }

    fn fields(&mut self, node: Node<'a>) {
        let modifiers = self.modifiers(node);
        if let Some(modifiers) = modifiers.node {
            self.annotations(modifiers);
        }
        let ty = match node.child_by_field_id(FIELDS.type_) {
            Some(ty) => self.ty(ty),
            None => ExprId::NONE,
        };
        let children = self.walk.open(node);
        for index in children.clone() {
            let declarator = self.walk.child(index);
            if kind::of(declarator) == kind::VARIABLE_DECLARATOR {
                self.field(node, declarator, ty, modifiers.flags);
            }
        }
        self.walk.close(&children);
    }

    fn field(&mut self, node: Node<'a>, declarator: Node<'a>, ty: ExprId, flags: u32) {
        let Some(name_node) = declarator.child_by_field_id(FIELDS.name) else {
            return;
        };
        let (name, line) = (self.text(name_node), line_of(name_node));
        let declared = self.array_of(ty, declarator.child_by_field_id(FIELDS.dimensions), line);
        let symbol = self
            .out
            .add_symbol(name, NodeKind::Field, line, end_line_of(declarator));
        let fact = self.out.symbol_mut(symbol);
        fact.flags = flags & !(flag::ABSTRACT | flag::TEST | flag::SETUP);
        fact.declared = declared;
        self.doc(symbol, node);
        let value = self.initializer(declarator, declared);
        self.bind_field(symbol, name, value, declared, line);
    }

    /// The value that a variable starts with.
    pub(super) fn initializer(&mut self, declarator: Node<'a>, declared: ExprId) -> ExprId {
        let Some(value) = declarator.child_by_field_id(FIELDS.value) else {
            return ExprId::NONE;
        };
        if kind::of(value) == kind::ARRAY_INITIALIZER {
            let items = self.array_items(value);
            let items = self.out.list(&items);
            let line = line_of(value);
            let list = self.out.expr(Expr::List(items), line, Role::Silent);
            if !declared.is_some() {
                return list;
            }
            return self
                .out
                .expr(Expr::Cast(list, declared), line, Role::Silent);
        }
        self.expression(value)
    }

    pub(super) fn array_items(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let mut items = Vec::new();
        if self.depth > MAX_DEPTH {
            return items;
        }
        self.depth += 1;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let item = if kind::of(child) == kind::ARRAY_INITIALIZER {
                let inner = self.array_items(child);
                let inner = self.out.list(&inner);
                self.out
                    .expr(Expr::List(inner), line_of(child), Role::Silent)
            } else {
                self.expression(child)
            };
            items.push(item);
        }
        self.walk.close(&children);
        self.depth -= 1;
        items
    }
}

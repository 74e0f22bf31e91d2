//! Functions, classes and their decorators.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::frames::{ClassTraits, FrameKind};
use super::lower::{Lowering, is_async};
use super::syntax::{Expression, Statement};
use super::testing;
use crate::facts::{BlockKind, Expr, ExprId, Name, ParamFact, Role, SymbolId, TypeParamFact, flag};

/// The hidden member of a class that is its metaclass. No name can be written like this.
const METACLASS: &str = "(metaclass)";

/// What stands in the parentheses after the name of a class.
#[derive(Default)]
struct Bases<'s> {
    values: Vec<ExprId>,
    /// Their last names, where they have one.
    names: Vec<&'s str>,
    metaclass: ExprId,
}

/// What decorators say about a definition.
#[derive(Default)]
pub(super) struct Decorators<'s> {
    nodes: Vec<Node<'s>>,
    flags: u32,
    /// `@x.setter` and the like: another part of a property that is defined already.
    is_accessor: bool,
    /// The name a fixture is requested by, when it is not the function's.
    fixture_name: Option<&'s str>,
    fixtures_used: Vec<&'s str>,
    /// Values that a test runner passes: the parameters, and the list of the values.
    passed: Vec<testing::Passed<'s>>,
    /// What a fixture is run with in turn.
    drawn: Option<ExprId>,
}

impl<'s> Lowering<'s, '_> {
    /// A definition with decorators.
    pub(super) fn decorated(&mut self, node: Node<'s>) {
        let mut decorators = Decorators::default();
        let children = self.children(node);
        let mut definition = None;
        for index in children.clone() {
            let child = self.child_at(index).node;
            if child.kind() == "decorator" {
                if let Some(decorator) = child.named_child(0) {
                    self.note_decorator(decorator, &mut decorators);
                }
            } else {
                definition = Some(child);
            }
        }
        self.release(children);
        let Some(definition) = definition else {
            return;
        };
        match self.syntax.statement(definition) {
            Statement::Function => self.function(definition, Some(decorators)),
            Statement::Class => self.class(definition, Some(decorators)),
            _ => {}
        }
    }

    fn note_decorator(&mut self, decorator: Node<'s>, decorators: &mut Decorators<'s>) {
        let name = self.last_name(decorator);
        decorators.flags |= match name {
            "staticmethod" | "abstractstaticmethod" => flag::STATIC,
            "classmethod"
            | "abstractclassmethod"
            | "validator"
            | "root_validator"
            | "field_validator" => flag::CLASS_METHOD,
            "abstractmethod" => flag::ABSTRACT,
            "abstractproperty" => flag::ABSTRACT | flag::PROPERTY,
            "overload" => flag::OVERLOAD,
            "wraps" => flag::STANDS_IN,
            "dataclass" | "define" | "attrs" | "frozen" | "mutable" | "attributes" => {
                flag::FIELDS_CONSTRUCT
            }
            "setter" | "deleter" | "getter" => {
                decorators.is_accessor = self.kind(decorator) == Expression::Attribute;
                if decorators.is_accessor {
                    flag::PROPERTY
                } else {
                    0
                }
            }
            "usefixtures" => {
                testing::texts(self, decorator, &mut decorators.fixtures_used);
                0
            }
            _ if name.ends_with("property") => flag::PROPERTY,
            _ if name.ends_with("fixture") => {
                let (flags, requested_as) = testing::fixture(self, decorator);
                decorators.fixture_name = requested_as;
                flags
            }
            _ => 0,
        };
        decorators.nodes.push(decorator);
    }

    /// Lowers decorators around `value`, in order of evaluation; returns what the name then stands for.
    fn decorate(&mut self, decorators: &mut Decorators<'s>, value: ExprId) -> ExprId {
        let mut evaluated = Vec::with_capacity(decorators.nodes.len());
        for decorator in &decorators.nodes {
            if matches!(
                self.text_of(*decorator),
                "property" | "staticmethod" | "classmethod"
            ) {
                continue;
            }
            let name = self.last_name(*decorator);
            if is_transparent(name) {
                let lowered = self.expr(*decorator, Role::Use);
                if name == "parametrize" {
                    let passed = testing::passed(self, lowered, *decorator);
                    decorators.passed.extend(passed);
                } else if name.ends_with("fixture") {
                    decorators.drawn = testing::drawn(self, lowered);
                }
            } else {
                let line = self.line(*decorator);
                evaluated.push((self.expr(*decorator, Role::Silent), line));
            }
        }
        evaluated
            .into_iter()
            .rev()
            .fold(value, |value, (decorator, line)| {
                self.facts
                    .expr(Expr::Decorated(decorator, value), line, Role::Call)
            })
    }

    // ---- functions ----

    /// A function or method.
    pub(super) fn function(&mut self, node: Node<'s>, decorators: Option<Decorators<'s>>) {
        let fields = &self.syntax.fields;
        let (Some(name), body) = (self.field(node, fields.name), self.field(node, fields.body))
        else {
            return self.statements(node);
        };
        let parameters = self.field(node, fields.parameters);
        let return_type = self.field(node, fields.return_type);
        let type_parameters = self.field(node, fields.type_parameters);
        let mut decorators = decorators.unwrap_or_default();
        let (line, end_line) = (self.line(node), self.end_line(node));
        let text = self.text_of(name);
        let name = self.facts.name(text);
        let in_class = self.frames.in_class();
        let kind = if in_class {
            NodeKind::Method
        } else {
            NodeKind::Function
        };
        let symbol = self.facts.add_symbol(text, kind, line, end_line);
        self.set_common_flags(symbol, name);
        let flags = self.function_flags(node, text, &decorators);
        self.facts.symbol_mut(symbol).flags |= flags;

        let value = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        let value = self.decorate(&mut decorators, value);
        let receiver = (in_class && flags & flag::STATIC == 0).then_some(());
        let outer = self.facts.enter_signature(symbol);
        let generic = self.generic.replace((symbol, Vec::new()));
        if let Some(type_parameters) = type_parameters {
            self.declare_type_parameters(type_parameters, symbol);
        }
        let mut described = parameters
            .map(|node| self.parameters(node, symbol, receiver))
            .unwrap_or_default();
        if in_class && flags & flag::TEST != 0 {
            decorators.fixtures_used.extend(&self.class_fixtures);
        }
        for fixture in &decorators.fixtures_used {
            described.push(testing::requested(self, fixture));
        }
        for passed in &decorators.passed {
            testing::pass(self, passed, &mut described);
        }
        if let Some(values) = decorators.drawn {
            testing::request(self, values, &mut described);
        }
        if let Some(return_type) = return_type {
            let declared = self.annotation(return_type);
            self.facts.symbol_mut(symbol).declared = declared;
        }
        self.generic = generic;
        self.bind_definition(name, value, symbol, &decorators, line, outer.outside());
        self.function_body(symbol, described, body, in_class);
        self.facts.leave(outer);
    }

    /// Binds the name of a function or class in the scope around it.
    fn bind_definition(
        &mut self,
        name: Name,
        value: ExprId,
        symbol: SymbolId,
        decorators: &Decorators<'s>,
        line: u32,
        block: crate::facts::BlockId,
    ) {
        let index = self.frames.assigning();
        let frame = self.frames.at(index);
        let scope = frame.block;
        frame.defined.insert(name, symbol);
        self.frames.set_local(name, false);
        // The getter stands for the property.
        if decorators.is_accessor {
            return;
        }
        let binding = crate::facts::Binding {
            name,
            scope,
            block,
            at: self.facts.now(),
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        };
        self.facts.push_binding(binding);
        if let Some(requested_as) = decorators.fixture_name {
            let name = self.facts.name(requested_as);
            self.facts
                .push_binding(crate::facts::Binding { name, ..binding });
        }
    }

    fn function_flags(&mut self, node: Node<'s>, name: &str, decorators: &Decorators<'s>) -> u32 {
        let mut flags = decorators.flags & !flag::FIELDS_CONSTRUCT;
        if is_async(node) {
            flags |= flag::ASYNC;
        }
        // No runner finds a class that a function makes.
        let among_tests = self.file.among_tests && !self.frames.in_function();
        let frame = self.frames.top();
        let (kind, class) = (frame.kind, frame.class);
        // Python itself runs these: for an operator, for `copy` and `pickle`, for a member that is missing.
        let is_special = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
        if is_special && kind != FrameKind::Function && !matches!(name, "__init__" | "__new__") {
            flags |= flag::RUN_OUTSIDE;
        }
        if kind == FrameKind::Class {
            match name {
                "__init__" => flags |= flag::CONSTRUCTOR,
                "__new__" => flags |= flag::CONSTRUCTOR | flag::STATIC,
                "__init_subclass__" | "__class_getitem__" => flags |= flag::CLASS_METHOD,
                _ => {}
            }
            if class.is_protocol && !name.starts_with("__") {
                flags |= flag::ABSTRACT;
            }
            if name.starts_with("test") && (class.is_test || among_tests) {
                flags |= flag::TEST;
            }
            if testing::is_setup(name) && (class.is_test || among_tests) {
                flags |= flag::SETUP;
            }
        } else if kind == FrameKind::Module && self.file.has_tests && flags & flag::FIXTURE == 0 {
            if name.starts_with("test") {
                flags |= flag::TEST;
            } else if testing::is_setup(name) {
                flags |= flag::SETUP;
            }
        }
        flags
    }

    /// Describes parameters: defaults and types are lowered here, outside the function's own scope. The names are bound
    /// by [`Self::bind_parameters`].
    pub(super) fn parameters(
        &mut self,
        node: Node<'s>,
        symbol: SymbolId,
        receiver: Option<()>,
    ) -> Vec<ParamFact> {
        debug_assert!(symbol.is_some());
        let children = self.children(node);
        let mut described: Vec<ParamFact> = Vec::with_capacity(children.len());
        let mut keyword_only = false;
        let mut needs_receiver = receiver.is_some();
        for index in children.clone() {
            let child = self.child_at(index).node;
            if self.kind(child) == Expression::KeywordSeparator {
                keyword_only = true;
                needs_receiver = false;
                continue;
            }
            let Some(mut fact) = self.parameter(child) else {
                continue;
            };
            match fact.kind {
                0 if needs_receiver => fact.kind = 4,
                0 if keyword_only => fact.kind = 3,
                1 => keyword_only = true,
                _ => {}
            }
            needs_receiver = false;
            described.push(fact);
        }
        self.release(children);
        described
    }

    fn parameter(&mut self, node: Node<'s>) -> Option<ParamFact> {
        let fields = &self.syntax.fields;
        let type_field = self.syntax.type_field;
        let (name, value) = match self.kind(node) {
            Expression::Identifier | Expression::SplatTarget | Expression::MapSplatTarget => {
                (Some(node), None)
            }
            Expression::DefaultParameter | Expression::TypedDefaultParameter => (
                self.field(node, fields.name),
                self.field(node, fields.value),
            ),
            Expression::TypedParameter => (node.named_child(0), None),
            _ => (None, None),
        };
        let name = name?;
        let (name, kind) = match self.kind(name) {
            Expression::SplatTarget => (name.named_child(0)?, 1),
            Expression::MapSplatTarget => (name.named_child(0)?, 2),
            _ => (name, 0),
        };
        let name = self.facts.name(self.text_of(name));
        let declared = match self.field(node, type_field) {
            Some(declared) => self.annotation(declared),
            None => ExprId::NONE,
        };
        let default = match value {
            Some(value) => self.expr(value, Role::Use),
            None => ExprId::NONE,
        };
        Some(ParamFact {
            name,
            declared,
            default,
            kind,
        })
    }

    /// Binds parameters in the function's block.
    pub(super) fn bind_parameters(&mut self, symbol: SymbolId, described: Vec<ParamFact>) {
        let line = self.facts.facts().symbols[symbol.index()].line;
        let block = self.facts.block();
        for (position, fact) in described.iter().enumerate() {
            let value = Expr::Param(symbol, position as u32);
            let value = self.facts.expr(value, line, Role::Silent);
            self.frames.set_local(fact.name, true);
            // A receiver is what the class around makes, whatever is written beside it.
            let declared = if fact.kind == 4 {
                ExprId::NONE
            } else {
                fact.declared
            };
            self.push_binding(fact.name, block, value, declared, SymbolId::NONE, line);
        }
        self.facts.symbol_mut(symbol).params = described.into();
    }

    fn function_body(
        &mut self,
        symbol: SymbolId,
        described: Vec<ParamFact>,
        body: Option<Node<'s>>,
        in_class: bool,
    ) {
        let receiver = described
            .first()
            .filter(|fact| in_class && fact.kind == 4)
            .map_or(Name::NONE, |fact| fact.name);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        self.frames
            .push(FrameKind::Function, self.facts.block(), symbol);
        self.frames.top().receiver = receiver;
        self.bind_parameters(symbol, described);
        if let Some(body) = body {
            self.documentation(body, symbol);
            self.statements(body);
        }
        let frame = self.frames.pop();
        self.facts.leave(outer);
        self.facts.symbol_mut(symbol).complexity = frame.branches.saturating_add(1);
    }

    // ---- classes ----

    /// A class.
    pub(super) fn class(&mut self, node: Node<'s>, decorators: Option<Decorators<'s>>) {
        let fields = &self.syntax.fields;
        let (Some(name), body) = (self.field(node, fields.name), self.field(node, fields.body))
        else {
            return self.statements(node);
        };
        let superclasses = self.field(node, fields.superclasses);
        let type_parameters = self.field(node, fields.type_parameters);
        let mut decorators = decorators.unwrap_or_default();
        let (line, end_line) = (self.line(node), self.end_line(node));
        let text = self.text_of(name);
        let name = self.facts.name(text);
        let symbol = self.facts.add_symbol(text, NodeKind::Class, line, end_line);
        self.set_common_flags(symbol, name);
        let value = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        let value = self.decorate(&mut decorators, value);

        let outer = self.facts.enter_signature(symbol);
        let generic = self.generic.replace((symbol, Vec::new()));
        if let Some(type_parameters) = type_parameters {
            self.declare_type_parameters(type_parameters, symbol);
        }
        let bases = match superclasses {
            Some(superclasses) => self.bases(superclasses, symbol),
            None => Bases::default(),
        };
        let base_names = &bases.names;
        let parameters = std::mem::replace(&mut self.generic, generic);
        for (position, name) in parameters
            .into_iter()
            .flat_map(|(_, names)| names)
            .enumerate()
        {
            let value = Expr::TypeParam(symbol, position as u32);
            let value = self.facts.expr(value, line, Role::Silent);
            let block = self.facts.block();
            self.push_binding(name, block, value, ExprId::NONE, SymbolId::NONE, line);
        }
        let mut traits = self.class_traits(text, base_names);
        if self.frames.in_function() {
            (traits.is_test, traits.is_unittest) = (false, false);
        }
        let fact = self.facts.symbol_mut(symbol);
        fact.flags |= decorators.flags & flag::FIELDS_CONSTRUCT;
        if base_names.iter().any(|base| is_record_base(base)) {
            fact.flags |= flag::FIELDS_CONSTRUCT;
        }
        if traits.is_test {
            fact.flags |= flag::TEST;
        }
        if traits.is_unittest {
            fact.flags |= flag::UNITTEST;
        }
        if traits.is_enum {
            fact.kind = NodeKind::Enum.number();
        } else if traits.is_protocol {
            fact.kind = NodeKind::Interface.number();
        }
        self.bind_definition(name, value, symbol, &decorators, line, outer.outside());
        let body_outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        self.frames
            .push(FrameKind::Class, self.facts.block(), symbol);
        self.frames.top().class = traits;
        let mut fixtures = std::mem::take(&mut decorators.fixtures_used);
        fixtures.extend(&self.class_fixtures);
        let around = std::mem::replace(&mut self.class_fixtures, fixtures);
        if bases.metaclass.is_some() {
            let block = self.facts.block();
            self.facts
                .bind(METACLASS, block, bases.metaclass, ExprId::NONE, line);
        }
        if let Some(body) = body {
            self.documentation(body, symbol);
            self.statements(body);
        }
        self.class_fixtures = around;
        self.frames.pop();
        self.facts.leave(body_outer);
        self.facts.leave(outer);
        self.definition_hooks(&bases, line);
    }

    /// What runs when a class is made: the methods of its metaclass, and what a base asks of the classes below it.
    fn definition_hooks(&mut self, bases: &Bases<'s>, line: u32) {
        let above = match bases.values.as_slice() {
            [] => ExprId::NONE,
            [base] => *base,
            _ => self.facts.either(&bases.values, line),
        };
        let metaclass = if bases.metaclass.is_some() {
            bases.metaclass
        } else if above.is_some() {
            self.facts.member_expr(above, METACLASS, line, Role::Silent)
        } else {
            return;
        };
        for hook in ["__new__", "__init__"] {
            self.operator(hook, &[metaclass], line);
        }
        if above.is_some() {
            self.operator("__init_subclass__", &[above], line);
        }
    }

    /// Lowers base classes.
    fn bases(&mut self, superclasses: Node<'s>, symbol: SymbolId) -> Bases<'s> {
        let children = self.children(superclasses);
        let (mut bases, mut names) = (Vec::new(), Vec::new());
        let mut metaclass = ExprId::NONE;
        for index in children.clone() {
            let child = self.child_at(index).node;
            match self.kind(child) {
                Expression::Keyword => {
                    let fields = &self.syntax.fields;
                    let (name, value) = (
                        self.field(child, fields.name),
                        self.field(child, fields.value),
                    );
                    if let Some(value) = value {
                        let value = self.expr(value, Role::Use);
                        if name.is_some_and(|name| self.text_of(name) == "metaclass") {
                            metaclass = value;
                        }
                    }
                }
                Expression::Identifier | Expression::Attribute | Expression::Subscript => {
                    let head = if self.kind(child) == Expression::Subscript {
                        self.field(child, self.syntax.fields.value)
                    } else {
                        Some(child)
                    };
                    let name = head.map_or("", |head| self.last_name(head));
                    names.push(name);
                    if matches!(name, "Generic" | "Protocol") {
                        self.note_variables(child);
                    }
                    let base = self.type_expr(child);
                    self.facts.set_role(base, Role::Silent);
                    bases.push(base);
                }
                _ => bases.push(self.expr(child, Role::Use)),
            }
        }
        self.release(children);
        let list = self.facts.list(&bases);
        self.facts.symbol_mut(symbol).bases = list;
        Bases {
            values: bases,
            names,
            metaclass,
        }
    }

    /// What stands in the brackets of `Generic[…]` are type variables, wherever they were made.
    fn note_variables(&mut self, base: Node<'s>) {
        let children = self.children(base);
        for index in children.clone().skip(1) {
            let child = self.child_at(index).node;
            if self.kind(child) == Expression::Identifier {
                self.note_variable_of_another(self.text_of(child), self.line(child));
            }
        }
        self.release(children);
    }

    fn class_traits(&self, name: &str, bases: &[&str]) -> ClassTraits {
        let is_unittest = bases.iter().any(|base| base.ends_with("TestCase"));
        ClassTraits {
            is_test: is_unittest || (self.file.has_tests && name.starts_with("Test")),
            is_unittest,
            is_enum: bases.iter().any(|base| {
                matches!(
                    *base,
                    "Enum"
                        | "IntEnum"
                        | "StrEnum"
                        | "Flag"
                        | "IntFlag"
                        | "TextChoices"
                        | "IntegerChoices"
                )
            }),
            is_protocol: bases.contains(&"Protocol"),
            is_keyed: bases.contains(&"TypedDict"),
        }
    }

    /// `[T: Bound, *Ts]` after the name of a function or class.
    fn declare_type_parameters(&mut self, node: Node<'s>, symbol: SymbolId) {
        let line = self.line(node);
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            let inner = child.named_child(0).unwrap_or(child);
            let (name, bound) = match self.kind(inner) {
                Expression::ConstrainedType => (inner.named_child(0), inner.named_child(1)),
                Expression::SplatType => (inner.named_child(0), None),
                _ => (Some(inner), None),
            };
            let Some(name) = name else { continue };
            let name = self.facts.name(self.text_of(name));
            let bound = bound.map_or(ExprId::NONE, |bound| self.type_expr(bound));
            self.add_type_parameter(symbol, name, bound);
            let position = self.facts.facts().symbols[symbol.index()].type_params.len() as u32 - 1;
            let value = Expr::TypeParam(symbol, position);
            let value = self.facts.expr(value, line, Role::Silent);
            let block = self.facts.block();
            self.push_binding(name, block, value, ExprId::NONE, SymbolId::NONE, line);
        }
        self.release(children);
    }

    /// Adds a type parameter to a definition.
    pub(super) fn add_type_parameter(&mut self, symbol: SymbolId, name: Name, bound: ExprId) {
        self.facts
            .symbol_mut(symbol)
            .type_params
            .push(TypeParamFact { name, bound });
    }

    /// Records the documentation that a body starts with.
    pub(super) fn documentation(&mut self, body: Node<'s>, symbol: SymbolId) {
        let first = body
            .named_child(0)
            .filter(|first| first.kind() == "expression_statement")
            .and_then(|first| first.named_child(0))
            .filter(|text| self.kind(*text) == Expression::Text);
        if let Some(text) = first {
            let text = self.text_of(text);
            let text = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let text = text.trim_matches(['"', '\'']).trim();
            let paragraph = text.split("\n\n").next().unwrap_or(text);
            let words: Vec<&str> = paragraph.split_whitespace().take(80).collect();
            self.facts.doc(symbol, &words.join(" "));
        }
    }
}

/// Decorators that leave what a name stands for as it is, or that flags already tell.
fn is_transparent(name: &str) -> bool {
    matches!(
        name,
        "staticmethod"
            | "classmethod"
            | "abstractmethod"
            | "abstractstaticmethod"
            | "abstractclassmethod"
            | "overload"
            | "setter"
            | "deleter"
            | "getter"
            | "final"
            | "override"
            | "dataclass"
            | "total_ordering"
            | "runtime_checkable"
            | "usefixtures"
            | "parametrize"
    ) || name.ends_with("property")
        || name.ends_with("fixture")
}

/// Bases whose subclasses take their fields as constructor arguments.
fn is_record_base(name: &str) -> bool {
    matches!(
        name,
        "NamedTuple" | "TypedDict" | "BaseModel" | "Struct" | "SQLModel"
    )
}

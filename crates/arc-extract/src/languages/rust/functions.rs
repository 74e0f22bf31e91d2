//! Functions, methods and closures.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::items::Lead;
use super::lowering::{Container, FIELDS, Lowering, kind};
use crate::facts::{BlockKind, Expr, ExprId, ParamFact, SymbolId, flag};

/// Last names of attributes that make a function a test; `cargo test` runs no benchmarks.
const TEST_ATTRIBUTES: &[&str] = &[
    "property_test",
    "quickcheck",
    "rstest",
    "sim_test",
    "test",
    "test_case",
    "test_log",
    "tokio_test",
    "wasm_bindgen_test",
];

/// Last names of attributes after which nobody but the compiler, or the test runner, knows of a function; any other may
/// hand it to a framework.
const ATTRIBUTES_OF_COMPILERS: &[&str] = &[
    "allow",
    "async_recursion",
    "async_trait",
    "automatically_derived",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "const_fn",
    "coverage",
    "default",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "docsrs",
    "expect",
    "fixture",
    "forbid",
    "ignore",
    "inline",
    "instrument",
    "link_name",
    "must_use",
    "optimize",
    "property_test",
    "quickcheck",
    "rstest",
    "rustfmt",
    "should_panic",
    "sim_test",
    "skip",
    "stable",
    "target_feature",
    "test",
    "test_case",
    "test_log",
    "tokio_test",
    "track_caller",
    "unstable",
    "warn",
    "wasm_bindgen_test",
];

/// What a function body starts anew and its surroundings get back.
struct Around {
    branches: u16,
    loops: Vec<Vec<ExprId>>,
    async_blocks: u32,
    container: Container,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn function(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let is_member = matches!(self.state.container, Container::Impl(_) | Container::Trait);
        let node_kind = if is_member {
            NodeKind::Method
        } else {
            NodeKind::Function
        };
        let Some(symbol) = self.item_symbol(node, lead, node_kind) else {
            return;
        };
        let value = self.facts.bind_symbol(symbol);
        self.derive_macro(value, lead);
        self.route_attributes(symbol, lead);
        let body = node.child_by_field_id(FIELDS.body);
        let mut flags = 0;
        if body.is_none() {
            flags |= match self.state.container {
                Container::Foreign => flag::DECLARATION,
                Container::Module | Container::Impl(_) | Container::Trait => flag::ABSTRACT,
            };
        }
        if self.has_attribute(lead, |name| TEST_ATTRIBUTES.contains(&name)) {
            flags |= flag::TEST;
        }
        if self.has_attribute(lead, |name| name == "fixture") {
            flags |= flag::FIXTURE;
        }
        if self.is_async(node) {
            flags |= flag::ASYNC;
        }
        let name = node.child_by_field_id(FIELDS.name);
        let is_entry = !is_member && name.is_some_and(|name| self.text_of(name) == "main");
        if is_entry || self.has_attribute(lead, |name| !ATTRIBUTES_OF_COMPILERS.contains(&name)) {
            flags |= flag::RUN_OUTSIDE;
        }
        let around = self.enter_body();
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        self.type_parameters(node, symbol);
        let has_receiver = self.parameters(node, symbol);
        if is_member && !has_receiver {
            flags |= flag::STATIC;
        }
        let declared = self.type_in_field(node, FIELDS.return_type);
        self.facts.symbol_mut(symbol).declared = declared;
        if let Some(body) = body {
            let value = self.statements(body);
            if value.is_some() {
                self.facts.add_return(value, false);
            }
        }
        self.facts.leave(outer);
        let complexity = self.leave_body(around);
        let fact = self.facts.symbol_mut(symbol);
        // What is there for tests only is no test itself.
        fact.flags &= !flag::TEST;
        fact.flags |= flags;
        fact.complexity = complexity;
    }

    fn enter_body(&mut self) -> Around {
        Around {
            branches: std::mem::take(&mut self.state.branches),
            loops: std::mem::take(&mut self.state.loops),
            async_blocks: std::mem::take(&mut self.state.async_blocks),
            container: std::mem::take(&mut self.state.container),
        }
    }

    fn leave_body(&mut self, around: Around) -> u16 {
        let complexity = self.state.branches.saturating_add(1);
        self.state.branches = around.branches;
        self.state.loops = around.loops;
        self.state.async_blocks = around.async_blocks;
        self.state.container = around.container;
        complexity
    }

    fn is_async(&mut self, node: Node<'t>) -> bool {
        let mut found = false;
        self.each(node, |this, child, _| {
            if kind(child) == "function_modifiers" {
                found |= this
                    .text_of(child)
                    .split_whitespace()
                    .any(|word| word == "async");
            }
        });
        found
    }

    /// Describes and binds the parameters. Returns whether the first is a receiver.
    fn parameters(&mut self, node: Node<'t>, symbol: SymbolId) -> bool {
        let Some(list) = node.child_by_field_id(FIELDS.parameters) else {
            return false;
        };
        let mut has_receiver = false;
        let mut position = 0;
        self.each(list, |this, child, _| {
            let line = this.line(child);
            let pattern = child.child_by_field_id(FIELDS.pattern);
            let (pattern, receives, declared) = match kind(child) {
                "self_parameter" => (None, true, this.this_type(line)),
                "parameter" if pattern.is_some_and(|pattern| kind(pattern) == "self") => {
                    (None, true, this.this_type(line))
                }
                "parameter" => {
                    let declared = this.type_in_field(child, FIELDS.type_name);
                    (pattern, false, declared)
                }
                "attribute_item" => return,
                "variadic_parameter" => (None, false, ExprId::NONE),
                _ => (None, false, this.type_of(child)),
            };
            has_receiver |= receives;
            let text = if receives { "self" } else { "" };
            this.parameter(symbol, position, (text, pattern), (declared, receives));
            position += 1;
        });
        has_receiver
    }

    /// Adds one parameter and binds what its pattern names.
    fn parameter(
        &mut self,
        symbol: SymbolId,
        position: u32,
        (text, pattern): (&str, Option<Node<'t>>),
        (declared, receives): (ExprId, bool),
    ) {
        let line = pattern.map_or(self.facts.symbol_mut(symbol).line, |node| self.line(node));
        let value = self.silent(Expr::Param(symbol, position), line);
        let text = match pattern {
            Some(pattern) if kind(pattern) == "identifier" => self.text_of(pattern),
            _ => text,
        };
        if receives {
            let block = self.facts.block();
            self.facts.bind("self", block, value, declared, line);
        }
        if let Some(pattern) = pattern {
            self.bind_here(pattern, value, declared);
        }
        let name = self.facts.name(text);
        self.facts.symbol_mut(symbol).params.push(ParamFact {
            name,
            declared,
            default: ExprId::NONE,
            kind: if receives { 4 } else { 0 },
        });
    }

    pub(super) fn closure(&mut self, node: Node<'t>) -> ExprId {
        let (line, end_line) = (self.line(node), self.end_line(node));
        let symbol = self.facts.add_symbol("", NodeKind::Lambda, line, end_line);
        let around = self.enter_body();
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        if let Some(list) = node.child_by_field_id(FIELDS.parameters) {
            let mut position = 0;
            self.each_child(list, |this, child, _| {
                if !child.is_named() && kind(child) != "_" || child.is_extra() {
                    return;
                }
                let (pattern, declared) = if kind(child) == "parameter" {
                    let declared = this.type_in_field(child, FIELDS.type_name);
                    (child.child_by_field_id(FIELDS.pattern), declared)
                } else {
                    (Some(child), ExprId::NONE)
                };
                this.parameter(symbol, position, ("", pattern), (declared, false));
                position += 1;
            });
        }
        let declared = self.type_in_field(node, FIELDS.return_type);
        self.facts.symbol_mut(symbol).declared = declared;
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            let value = self.value(body);
            if value.is_some() {
                self.facts.add_return(value, false);
            }
        }
        self.facts.leave(outer);
        let complexity = self.leave_body(around);
        self.facts.symbol_mut(symbol).complexity = complexity;
        self.silent(Expr::Symbol(symbol), line)
    }
}

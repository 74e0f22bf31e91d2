//! Statements and items: what a file, a module, a type and a function body are made of.

use arc_graph::NodeKind;
use smallvec::smallvec;
use tree_sitter::Node;

use super::doctests::Examples;
use super::ends::ENDS;
use super::lowering::{BlockId0, Container, FIELDS, Lowering, kind};
use super::patterns::Target;
use crate::ends::Annotation;
use crate::facts::{
    Binding, BlockId, BlockKind, Expr, ExprId, ListId, Name, ParamFact, Role, SymbolId, flag,
    import_flag,
};

/// Attributes and documentation in front of an item.
#[derive(Default)]
pub(super) struct Lead<'t> {
    attributes: Vec<Node<'t>>,
    doc: String,
    examples: Examples,
}

/// Whether a node is an item whose attributes are lowered with its symbol.
fn is_symbol(node: Node<'_>) -> bool {
    matches!(
        kind(node),
        "const_item"
            | "enum_item"
            | "function_item"
            | "function_signature_item"
            | "macro_definition"
            | "static_item"
            | "struct_item"
            | "trait_item"
            | "type_item"
            | "union_item"
    ) || kind(node) == "mod_item" && node.child_by_field_id(FIELDS.body).is_some()
}

/// Derives of the standard library.
pub(super) const STANDARD_DERIVES: &[&str] = &[
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
];

/// Documentation is cut when it is stored; more need not be gathered.
const DOC_ENOUGH: usize = 600;

impl<'t> Lowering<'t, '_> {
    /// Lowers the statements of a file, a module or a block in the current block. Returns the value of a final
    /// expression without a semicolon, `NONE` when there is none.
    pub(super) fn statements(&mut self, node: Node<'t>) -> ExprId {
        self.deeper(ExprId::NONE, |this| {
            let mut lead = Lead::default();
            let mut inner = Examples::default();
            let mut tail = ExprId::NONE;
            this.each_child(node, |this, child, _| {
                if !child.is_named() {
                    return;
                }
                match kind(child) {
                    "line_comment" | "block_comment" => {
                        this.comment(child, &mut lead, Some(&mut inner));
                    }
                    "attribute_item" => lead.attributes.push(child),
                    "inner_attribute_item" | "empty_statement" | "label" | "shebang" => {}
                    _ => {
                        if !is_symbol(child) {
                            this.attributes(&lead);
                        }
                        tail = this.statement(child, &lead);
                        lead.attributes.clear();
                        lead.doc.clear();
                        lead.examples.clear();
                    }
                }
            });
            let symbol = this.facts.symbol();
            this.doc_tests(symbol, &inner);
            tail
        })
    }

    /// Takes documentation: of what follows, or of what is around, whose examples go to `inner`.
    fn comment(&mut self, node: Node<'t>, lead: &mut Lead<'t>, inner: Option<&mut Examples>) {
        let Some(doc) = node.child_by_field_id(FIELDS.doc) else {
            return;
        };
        let text = self.text_of(doc);
        if node.child_by_field_id(FIELDS.inner).is_some() {
            if let Some(inner) = inner {
                self.examples_of(doc, inner);
            }
            let symbol = self.facts.symbol();
            if !self
                .facts
                .facts()
                .docs
                .iter()
                .any(|doc| doc.symbol == symbol)
            {
                self.facts.doc(symbol, text);
            }
            return;
        }
        self.examples_of(doc, &mut lead.examples);
        // The first paragraph is enough.
        let is_over = lead.doc.ends_with("\n\n") || lead.doc.len() > DOC_ENOUGH;
        if !is_over {
            lead.doc.push_str(text.trim());
            lead.doc.push('\n');
        }
    }

    fn statement(&mut self, node: Node<'t>, lead: &Lead<'t>) -> ExprId {
        let mut value = ExprId::NONE;
        match kind(node) {
            "expression_statement" => {
                let ends_open = !self.text_of(node).ends_with(';');
                let mut inner = ExprId::NONE;
                self.each(node, |this, child, _| inner = this.statement_value(child));
                if ends_open {
                    value = inner;
                }
            }
            "let_declaration" => self.let_statement(node, lead),
            "function_item" | "function_signature_item" => self.function(node, lead),
            "use_declaration" => self.use_declaration(node),
            "impl_item" => self.impl_block(node),
            "struct_item" | "union_item" => self.structure(node, lead),
            "enum_item" => self.enumeration(node, lead),
            "trait_item" => self.trait_(node, lead),
            "const_item" => self.constant(node, lead, NodeKind::Constant),
            "static_item" => self.constant(node, lead, NodeKind::Variable),
            "type_item" | "associated_type" => self.type_alias(node, lead),
            "mod_item" => self.module(node, lead),
            "foreign_mod_item" => self.foreign(node),
            "extern_crate_declaration" => self.extern_crate(node),
            "macro_definition" => self.macro_definition(node, lead),
            "macro_invocation" => value = self.macro_statement(node),
            "ERROR" => {
                self.statements(node);
            }
            _ => value = self.value(node),
        }
        value
    }

    fn statement_value(&mut self, node: Node<'t>) -> ExprId {
        match kind(node) {
            "macro_invocation" => self.macro_statement(node),
            _ => self.value(node),
        }
    }

    /// A `let` under a condition does not hide the one for the other case.
    fn let_statement(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let scope = self.facts.block();
        if self.has_attribute(lead, |name| name == "cfg") {
            let outer = self.facts.enter(BlockKind::Branch);
            self.let_declaration(node, scope);
            self.facts.leave(outer);
        } else {
            self.let_declaration(node, scope);
        }
    }

    fn let_declaration(&mut self, node: Node<'t>, scope: BlockId) {
        let declared = self.type_in_field(node, FIELDS.type_name);
        let line = self.line(node);
        let value = match node.child_by_field_id(FIELDS.value) {
            Some(value) => self.value(value),
            None => ExprId::NONE,
        };
        if let Some(otherwise) = node.child_by_field_id(FIELDS.alternative) {
            self.state.branches = self.state.branches.saturating_add(1);
            self.branch(otherwise);
        }
        if let Some(pattern) = node.child_by_field_id(FIELDS.pattern) {
            let has_value = node.child_by_field_id(FIELDS.value).is_some();
            let value = if has_value {
                self.known(value, line)
            } else if matches!(kind(pattern), "identifier" | "mut_pattern") {
                ExprId::NONE
            } else {
                self.facts.unknown(line)
            };
            let target = Target {
                scope,
                value,
                declared,
            };
            self.pattern(pattern, target);
        }
    }

    // ---- attributes ----

    fn attributes(&mut self, lead: &Lead<'t>) {
        for attribute in &lead.attributes {
            self.attribute(*attribute);
        }
    }

    /// Names an attribute uses: the macros that derive something, or the attribute's own.
    fn attribute(&mut self, node: Node<'t>) {
        self.each(node, |this, attribute, _| {
            let Some(path) = attribute.named_child(0) else {
                return;
            };
            let tokens = attribute.child_by_field_id(FIELDS.arguments);
            if this.text_of(path) == "derive" {
                if let Some(tokens) = tokens {
                    this.derive_uses(tokens);
                }
            } else if !matches!(
                this.text_of(path),
                "cfg" | "cfg_attr" | "doc" | "allow" | "expect" | "inline" | "must_use" | "test"
            ) && matches!(kind(path), "identifier" | "scoped_identifier")
            {
                this.path(path, Role::Use);
            }
        });
    }

    /// Whether an attribute of this name (its last segment) stands in front.
    pub(super) fn has_attribute(&self, lead: &Lead<'t>, accepts: impl Fn(&str) -> bool) -> bool {
        lead.attributes
            .iter()
            .any(|item| accepts(self.attribute_name(*item)))
    }

    fn attribute_name(&self, item: Node<'t>) -> &'t str {
        let path = item
            .named_child(0)
            .and_then(|attribute| attribute.named_child(0));
        let text = path.map_or("", |path| self.text_of(path));
        text.rsplit("::").next().unwrap_or(text).trim()
    }

    /// The text after `name` in an attribute: `= "x"` or `(…)`.
    pub(super) fn attribute_text(&self, lead: &Lead<'t>, name: &str) -> Option<&'t str> {
        let item = lead
            .attributes
            .iter()
            .find(|item| self.attribute_name(**item) == name)?;
        let attribute = item.named_child(0)?;
        self.text_of(attribute).trim().strip_prefix(name)
    }

    /// Attributes that say at which path a function answers.
    pub(super) fn route_attributes(&mut self, symbol: SymbolId, lead: &Lead<'t>) {
        for item in &lead.attributes {
            let name = self.attribute_name(*item);
            if !ENDS.annotates(name) {
                continue;
            }
            let Some(path) = self.text_of(*item).split('"').nth(1) else {
                continue;
            };
            let line = self.line(*item);
            let value = self.facts.text_expr(path, "str", line);
            let name = self.facts.name(name);
            self.facts.annotate(Annotation {
                symbol,
                name,
                args: smallvec![(Name::NONE, value)],
                line,
            });
        }
    }

    fn is_test_configuration(&self, lead: &Lead<'t>) -> bool {
        lead.attributes.iter().any(|item| {
            self.attribute_name(*item) == "cfg" && {
                let text = self.text_of(*item);
                text.contains("(test") && !text.contains("not(test")
            }
        })
    }

    /// Flags that come from visibility and attributes.
    pub(super) fn item_flags(&mut self, node: Node<'t>, lead: &Lead<'t>) -> u32 {
        let mut flags = 0;
        let is_public = node
            .named_child(0)
            .is_some_and(|first| kind(first) == "visibility_modifier");
        if is_public || matches!(self.state.container, Container::Trait) {
            flags |= flag::PUBLIC;
        }
        if self.state.is_conditional || self.has_attribute(lead, |name| name == "cfg") {
            flags |= flag::CONDITIONAL;
        }
        if self.is_test_configuration(lead) {
            flags |= flag::TEST;
        }
        flags
    }

    /// Adds a symbol for an item of this name and documents it. It is not bound yet.
    pub(super) fn item_symbol(
        &mut self,
        node: Node<'t>,
        lead: &Lead<'t>,
        node_kind: NodeKind,
    ) -> Option<SymbolId> {
        let name = node.child_by_field_id(FIELDS.name)?;
        let (line, end_line) = (self.line(node), self.end_line(node));
        let symbol = self
            .facts
            .add_symbol(self.text_of(name), node_kind, line, end_line);
        let flags = self.item_flags(node, lead);
        self.facts.symbol_mut(symbol).flags |= flags;
        if !lead.doc.is_empty() {
            let doc = lead.doc.split("\n\n").next().unwrap_or("").to_owned();
            self.facts.doc(symbol, &doc);
        }
        self.doc_tests(symbol, &lead.examples);
        let outer = self.facts.enter_signature(symbol);
        self.attributes(lead);
        self.facts.leave(outer);
        if let Container::Impl(owner) = self.state.container {
            let module = self.state.module.0;
            self.state.outside.push((symbol, module, owner));
            // Code asks for these through the trait, and so does what derives from it.
            if self.state.is_trait_impl
                && matches!(node_kind, NodeKind::Constant | NodeKind::TypeAlias)
            {
                self.facts.symbol_mut(symbol).flags |= flag::RUN_OUTSIDE;
            }
        }
        Some(symbol)
    }

    // ---- modules ----

    fn module(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let name = self.text_of(name_node);
        let line = self.line(name_node);
        let Some(body) = node.child_by_field_id(FIELDS.body) else {
            self.submodule(name, line, lead);
            return;
        };
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::Module) else {
            return;
        };
        self.facts.bind_symbol(symbol);
        let container = std::mem::replace(&mut self.state.container, Container::Module);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Module);
        let module = std::mem::replace(&mut self.state.module, BlockId0(self.facts.block()));
        self.state.module_path.push(name.to_owned());
        self.statements(body);
        self.state.module_path.pop();
        self.state.module = module;
        self.facts.leave(outer);
        self.state.container = container;
    }

    /// `mod x;`: the module text is `mod:` and the path below this file (`mod:outer/x`), or `path:` and the text of a
    /// `#[path]` attribute.
    fn submodule(&mut self, name: &str, line: u32, lead: &Lead<'t>) {
        let path = self
            .attribute_text(lead, "path")
            .and_then(|text| text.trim_start().strip_prefix('='))
            .map(|text| text.trim().trim_matches('"'));
        let mut module = String::from(if path.is_some() { "path:" } else { "mod:" });
        for outer in &self.state.module_path {
            module.push_str(outer);
            module.push('/');
        }
        module.push_str(path.unwrap_or(name));
        let mut flags = import_flag::SUBMODULE;
        if self.state.is_conditional || self.has_attribute(lead, |name| name == "cfg") {
            flags |= import_flag::CONDITIONAL;
        }
        self.facts.import_as(&module, None, name, line, flags);
    }

    fn foreign(&mut self, node: Node<'t>) {
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            let container = std::mem::replace(&mut self.state.container, Container::Foreign);
            self.statements(body);
            self.state.container = container;
        }
    }

    // ---- types ----

    fn declare_type(&mut self, symbol: SymbolId) {
        let name = self.facts.symbol_mut(symbol).name;
        let module = self.state.module.0;
        self.state.types.entry((module, name)).or_insert(symbol);
        self.facts.bind_symbol(symbol);
    }

    fn structure(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::Class) else {
            return;
        };
        self.declare_type(symbol);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        self.type_parameters(node, symbol);
        let params = match node.child_by_field_id(FIELDS.body) {
            Some(body) => self.fields(body, true),
            None => Vec::new(),
        };
        self.facts.leave(outer);
        let fact = self.facts.symbol_mut(symbol);
        fact.flags |= flag::FIELDS_CONSTRUCT;
        fact.params = params.into();
        self.derives(symbol, lead);
    }

    /// The fields of a struct, a union or a variant, as the parameters of its construction. Each becomes a symbol of its
    /// own when `with_symbols`.
    fn fields(&mut self, body: Node<'t>, with_symbols: bool) -> Vec<ParamFact> {
        let mut params = Vec::new();
        let is_tuple = kind(body) == "ordered_field_declaration_list";
        let mut field_lead = Lead::default();
        self.each_child(body, |this, child, field| {
            match kind(child) {
                "attribute_item" => return this.attribute(child),
                "line_comment" | "block_comment" => {
                    return this.comment(child, &mut field_lead, None);
                }
                _ => {}
            }
            let (name, type_node) = if is_tuple {
                if field != Some(FIELDS.type_name) {
                    return;
                }
                (params.len().to_string(), Some(child))
            } else {
                let Some(name) = child.child_by_field_id(FIELDS.name) else {
                    return;
                };
                let type_node = child.child_by_field_id(FIELDS.type_name);
                (this.text_of(name).to_owned(), type_node)
            };
            let declared = type_node.map_or(ExprId::NONE, |node| this.type_of(node));
            if with_symbols {
                this.field(child, &name, declared, &field_lead);
            }
            field_lead.doc.clear();
            field_lead.examples.clear();
            params.push(ParamFact {
                name: this.facts.name(&name),
                declared,
                default: ExprId::NONE,
                kind: 0,
            });
        });
        params
    }

    fn field(&mut self, node: Node<'t>, name: &str, declared: ExprId, lead: &Lead<'t>) {
        let (line, end_line) = (self.line(node), self.end_line(node));
        let symbol = self.facts.add_symbol(name, NodeKind::Field, line, end_line);
        let is_public = self.text_of(node).starts_with("pub");
        self.facts.symbol_mut(symbol).declared = declared;
        if is_public {
            self.facts.symbol_mut(symbol).flags |= flag::PUBLIC;
        }
        if !lead.doc.is_empty() {
            self.facts.doc(symbol, &lead.doc);
        }
        self.doc_tests(symbol, &lead.examples);
        self.bind_item(symbol, ExprId::NONE, declared);
    }

    /// Binds an item that is a value: field, constant, static.
    fn bind_item(&mut self, symbol: SymbolId, value: ExprId, declared: ExprId) {
        let fact = self.facts.symbol_mut(symbol);
        let (name, line) = (fact.name, fact.line);
        let block = self.facts.block();
        let at = self.facts.now();
        self.facts.push_binding(Binding {
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

    /// Derived traits are implemented, so that their methods are the type's.
    fn derives(&mut self, symbol: SymbolId, lead: &Lead<'t>) {
        let mut traits = Vec::new();
        for item in &lead.attributes {
            if self.attribute_name(*item) == "derive"
                && let Some(tokens) = item
                    .named_child(0)
                    .and_then(|attribute| attribute.child_by_field_id(FIELDS.arguments))
            {
                self.derived_paths(tokens, &mut traits);
            }
        }
        if traits.is_empty() {
            return;
        }
        let line = self.facts.symbol_mut(symbol).line;
        let outer = self.facts.enter(BlockKind::Extension);
        let block = self.facts.block();
        self.facts.leave(outer);
        let target = self.silent(Expr::Symbol(symbol), line);
        self.facts.extend_type(target, &traits, block, line);
    }

    fn derived_paths(&mut self, tokens: Node<'t>, traits: &mut Vec<ExprId>) {
        let mut base = ExprId::NONE;
        self.each_child(tokens, |this, child, _| match kind(child) {
            "identifier" => {
                let line = this.line(child);
                let text = this.text_of(child);
                base = if base.is_some() {
                    this.facts.set_role(base, Role::Silent);
                    this.facts.member_expr(base, text, line, Role::Type)
                } else {
                    // What the language itself derives is not a type that happens to have the name.
                    let is_own = STANDARD_DERIVES.contains(&text);
                    let role = if is_own { Role::Silent } else { Role::Type };
                    this.facts.name_expr(text, line, role)
                };
            }
            "," | ")" => {
                if base.is_some() {
                    traits.push(base);
                }
                base = ExprId::NONE;
            }
            _ => {}
        });
    }

    fn enumeration(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::Enum) else {
            return;
        };
        self.declare_type(symbol);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        self.type_parameters(node, symbol);
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            let mut variant_lead = Lead::default();
            self.each_child(body, |this, child, _| match kind(child) {
                "line_comment" | "block_comment" => this.comment(child, &mut variant_lead, None),
                "attribute_item" => this.attribute(child),
                "enum_variant" => {
                    this.variant(child, &variant_lead);
                    variant_lead.doc.clear();
                    variant_lead.examples.clear();
                }
                _ => {}
            });
        }
        self.facts.leave(outer);
        self.derives(symbol, lead);
    }

    fn variant(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::EnumMember) else {
            return;
        };
        let params = match node.child_by_field_id(FIELDS.body) {
            Some(body) => self.fields(body, false),
            None => Vec::new(),
        };
        let fact = self.facts.symbol_mut(symbol);
        fact.params = params.into();
        fact.flags |= flag::PUBLIC;
        self.facts.bind_symbol(symbol);
        if let Some(value) = node.child_by_field_id(FIELDS.value) {
            self.value(value);
        }
    }

    fn trait_(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::Interface) else {
            return;
        };
        self.declare_type(symbol);
        let container = std::mem::replace(&mut self.state.container, Container::Trait);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        self.type_parameters(node, symbol);
        let bases = match node.child_by_field_id(FIELDS.bounds) {
            Some(bounds) => self.bounds(bounds),
            None => Vec::new(),
        };
        self.facts.symbol_mut(symbol).bases = self.list_or_none(&bases);
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.facts.leave(outer);
        self.state.container = container;
    }

    fn list_or_none(&mut self, items: &[ExprId]) -> ListId {
        if items.is_empty() {
            ListId::NONE
        } else {
            self.facts.list(items)
        }
    }

    /// An `impl` is a symbol without a node, which owns its type parameters, and an extension of its type.
    fn impl_block(&mut self, node: Node<'t>) {
        let Some(type_node) = node.child_by_field_id(FIELDS.type_name) else {
            return;
        };
        let (line, end_line) = (self.line(node), self.end_line(node));
        let symbol = self.facts.add_symbol("", NodeKind::Class, line, end_line);
        self.facts.symbol_mut(symbol).flags |= flag::HIDDEN;
        let owner = self.facts.name(self.owner_name(type_node));
        let container = std::mem::replace(&mut self.state.container, Container::Impl(owner));
        let written = self.text_of(type_node).split_whitespace().collect();
        let outer_type = std::mem::replace(&mut self.state.impl_type, written);
        let is_of_trait = node.child_by_field_id(FIELDS.trait_name).is_some();
        let outer_trait = std::mem::replace(&mut self.state.is_trait_impl, is_of_trait);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Extension);
        let block = self.facts.block();
        self.type_parameters(node, symbol);
        // An `impl` for `Pin` is one for the pointer, not for all that it points at.
        let target = if kind(type_node) == "generic_type" {
            self.generic_type(type_node, line)
        } else {
            self.type_of(type_node)
        };
        let target = self.known(target, line);
        let mut interfaces = Vec::new();
        if let Some(interface) = node.child_by_field_id(FIELDS.trait_name) {
            let interface = self.type_of(interface);
            if interface.is_some() {
                interfaces.push(self.with_associated(interface, node, line));
            }
        }
        let outer_self = self.state.self_parameter;
        self.state.self_parameter = None;
        if let Expr::Name(name) = self.facts.facts().exprs.expr(target) {
            let parameters = &self.facts.facts().symbols[symbol.index()].type_params;
            let position = parameters.iter().position(|known| known.name == name);
            self.state.self_parameter = position.map(|position| (symbol, position as u32));
        }
        self.facts.extend_type(target, &interfaces, block, line);
        if kind(type_node) == "reference_type" {
            self.facts.extends_reference();
        }
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statements(body);
        }
        self.state.self_parameter = outer_self;
        self.facts.leave(outer);
        self.state.container = container;
        self.state.impl_type = outer_type;
        self.state.is_trait_impl = outer_trait;
    }

    /// A trait with the associated types that its `impl` gives, as arguments: the same that `Trait<Item = T>` names.
    fn with_associated(&mut self, interface: ExprId, node: Node<'t>, line: u32) -> ExprId {
        let Some(body) = node.child_by_field_id(FIELDS.body) else {
            return interface;
        };
        let mut args = Vec::new();
        self.each(body, |this, item, _| {
            if kind(item) == "type_item"
                && item.child_by_field_id(FIELDS.type_parameters).is_none()
                && let Some(name) = item.child_by_field_id(FIELDS.name)
            {
                let value = this.type_in_field(item, FIELDS.type_name);
                if value.is_some() {
                    let name = this.facts.name(this.text_of(name));
                    args.push(this.silent(Expr::Keyword(name, value), line));
                }
            }
        });
        // Given arguments come first, and then nobody knows which place an associated type has.
        let is_applied = matches!(self.facts.facts().exprs.expr(interface), Expr::Apply(..));
        if args.is_empty() || is_applied {
            return interface;
        }
        let args = self.facts.list(&args);
        self.silent(Expr::Apply(interface, args), line)
    }

    /// The name of the type that an `impl` is for, as it stands in qualified names.
    fn owner_name(&self, node: Node<'t>) -> &'t str {
        let mut node = node;
        loop {
            let field = match kind(node) {
                "generic_type" | "reference_type" | "pointer_type" => FIELDS.type_name,
                "scoped_type_identifier" => FIELDS.name,
                "dynamic_type" => FIELDS.trait_name,
                _ => break,
            };
            match node.child_by_field_id(field) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        let text = self.text_of(node);
        let end = text.char_indices().nth(40).map_or(text.len(), |(at, _)| at);
        &text[..end]
    }

    fn type_alias(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::TypeAlias) else {
            return;
        };
        let outer = self.facts.enter_symbol(symbol, BlockKind::Plain);
        self.type_parameters(node, symbol);
        let declared = match node.child_by_field_id(FIELDS.type_name) {
            Some(aliased) => self.type_of(aliased),
            None => match node.child_by_field_id(FIELDS.bounds) {
                Some(bounds) => {
                    let line = self.line(node);
                    let bounds = self.bounds(bounds);
                    self.one_of(&bounds, line)
                }
                None => ExprId::NONE,
            },
        };
        self.facts.leave(outer);
        self.facts.symbol_mut(symbol).declared = declared;
        self.facts.bind_symbol(symbol);
    }

    fn constant(&mut self, node: Node<'t>, lead: &Lead<'t>, node_kind: NodeKind) {
        let name = node.child_by_field_id(FIELDS.name);
        if name.is_some_and(|name| self.text_of(name) == "_") {
            // A constant that nobody can name is there for what its value does when it is compiled.
            if let Some(value) = node.child_by_field_id(FIELDS.value) {
                self.value(value);
            }
            return;
        }
        let Some(symbol) = self.item_symbol(node, lead, node_kind) else {
            return;
        };
        let mut declared = self.type_in_field(node, FIELDS.type_name);
        if self.state.in_thread_local && declared.is_some() {
            let line = self.line(node);
            let key = self.facts.name_expr("LocalKey", line, Role::Silent);
            let args = self.facts.list(&[declared]);
            declared = self.silent(Expr::Apply(key, args), line);
        }
        self.facts.symbol_mut(symbol).declared = declared;
        let container = std::mem::replace(&mut self.state.container, Container::Module);
        let value = match node.child_by_field_id(FIELDS.value) {
            Some(value) => self.value(value),
            None => ExprId::NONE,
        };
        self.state.container = container;
        self.bind_item(symbol, value, declared);
    }
}

//! Types: classes, interfaces, enums, records, annotations, with or without a name.

use arc_graph::NodeKind;
use smallvec::SmallVec;
use tree_sitter::Node;

use crate::ends::Annotation;
use crate::facts::{
    Binding, BlockId, BlockKind, Expr, ExprId, Name, ParamFact, Role, SymbolId, flag,
};
use crate::source::{end_line_of, line_of};

use super::ends::ENDS;
use super::lower::{FIELDS, Lower, kind};
use super::members::{Modifiers, called};

/// Annotations that nobody reads who could run what they mark.
const FOR_COMPILERS: &[&str] = &[
    "AllArgsConstructor",
    "Beta",
    "Builder",
    "CanIgnoreReturnValue",
    "CheckForNull",
    "CheckReturnValue",
    "Data",
    "Deprecated",
    "Documented",
    "EqualsAndHashCode",
    "FunctionalInterface",
    "Generated",
    "Getter",
    "GwtCompatible",
    "GwtIncompatible",
    "Inherited",
    "Immutable",
    "J2ktIncompatible",
    "NoArgsConstructor",
    "NonNull",
    "NonNullApi",
    "NonNullFields",
    "Nonnull",
    "NotNull",
    "NotThreadSafe",
    "NullMarked",
    "NullUnmarked",
    "Nullable",
    "Override",
    "RequiredArgsConstructor",
    "Repeatable",
    "Retention",
    "SafeVarargs",
    "Setter",
    "Slf4j",
    "SuppressFBWarnings",
    "SuppressWarnings",
    "Target",
    "ThreadSafe",
    "ToString",
    "Value",
    "VisibleForTesting",
];

impl<'a> Lower<'a, '_> {
    /// Declares a named type in `scope`: the package, the type around, or a block of statements.
    pub(super) fn type_declaration(&mut self, node: Node<'a>, scope: BlockId) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let node_kind = match kind::of(node) {
            kind::INTERFACE | kind::ANNOTATION_TYPE => NodeKind::Interface,
            kind::ENUM => NodeKind::Enum,
            _ => NodeKind::Class,
        };
        let name = self.text(name_node);
        let modifiers = self.modifiers(node);
        let symbol = self
            .out
            .add_symbol(name, node_kind, line_of(name_node), end_line_of(node));
        let mut flags = modifiers.flags & !(flag::TEST | flag::SETUP);
        if kind::of(node) == kind::RECORD {
            flags |= flag::FIELDS_CONSTRUCT;
        }
        self.out.symbol_mut(symbol).flags = flags;
        self.bind_in(scope, name, symbol);
        self.doc(symbol, node);
        let outer = self.out.enter_symbol(symbol, BlockKind::Class);
        if let Some(modifiers) = modifiers.node {
            self.annotations_of(modifiers, symbol);
        }
        self.type_parameters(node, symbol);
        self.bases(node, symbol);
        if kind::of(node) == kind::RECORD {
            self.components(node, symbol);
        }
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.body(body);
            let is_derived = node.child_by_field_id(FIELDS.superclass).is_some();
            if is_derived && !self.has_constructor(body) {
                // The constructor that nobody wrote calls the one of the base.
                let line = line_of(name_node);
                let base = self.out.expr(Expr::Super, line, Role::Silent);
                self.out.call_expr(base, &[], line);
            }
        }
        self.out.leave(outer);
    }

    fn has_constructor(&mut self, body: Node<'a>) -> bool {
        let members = self.walk.open(body);
        let mut kinds = members
            .clone()
            .map(|index| kind::of(self.walk.child(index)));
        let found = kinds.any(|kind| kind == kind::CONSTRUCTOR_DECLARATION);
        self.walk.close(&members);
        found
    }

    /// Binds a definition under a name in a block that need not be the current one.
    pub(super) fn bind_in(&mut self, scope: BlockId, name: &str, symbol: SymbolId) {
        let line = self.out.symbol_mut(symbol).line;
        let value = self.out.expr(Expr::Symbol(symbol), line, Role::Silent);
        let binding = Binding {
            name: self.out.name(name),
            scope,
            block: self.out.block(),
            at: self.out.now(),
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        };
        self.out.push_binding(binding);
    }

    /// Written bases, then the one that the language adds.
    fn bases(&mut self, node: Node<'a>, symbol: SymbolId) {
        let mut bases = Vec::new();
        let mut has_superclass = false;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if matches!(
                kind::of(child),
                kind::SUPERCLASS | kind::SUPER_INTERFACES | kind::EXTENDS
            ) {
                bases.extend(self.type_list(child));
                has_superclass |= kind::of(child) != kind::SUPER_INTERFACES;
            }
        }
        self.walk.close(&children);
        let line = line_of(node);
        match kind::of(node) {
            kind::ENUM => {
                let base = self.out.name_expr("Enum", line, Role::Silent);
                let this = self.out.expr(Expr::Symbol(symbol), line, Role::Silent);
                let items = self.out.list(&[this]);
                bases.push(self.out.expr(Expr::Apply(base, items), line, Role::Silent));
            }
            kind::RECORD => bases.push(self.out.name_expr("Record", line, Role::Silent)),
            _ if !has_superclass && !self.is_root(symbol) => {
                bases.push(self.out.name_expr("Object", line, Role::Silent));
            }
            _ => {}
        }
        let bases = self.out.list(&bases);
        self.out.symbol_mut(symbol).bases = bases;
    }

    /// The type above all others is declared in the prelude and has none above it.
    fn is_root(&mut self, symbol: SymbolId) -> bool {
        let name = self.out.symbol_mut(symbol).name;
        self.out.text(name) == "Object"
    }

    /// The members of a body, in the current block.
    pub(super) fn body(&mut self, body: Node<'a>) {
        let children = self.walk.open(body);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::ENUM_CONSTANT => self.enum_constant(child),
                kind::ENUM_MEMBERS | kind::ERROR => self.body(child),
                _ => self.member(child),
            }
        }
        self.walk.close(&children);
    }

    /// A record's components: fields, parameters of its constructor, and methods that read them.
    fn components(&mut self, node: Node<'a>, symbol: SymbolId) {
        let Some(list) = node.child_by_field_id(FIELDS.parameters) else {
            return;
        };
        let params = self.parameter_list(list);
        for (param, local) in &params {
            let name = self.out.text(param.name).to_owned();
            let line = line_of(list);
            let field = self.out.add_symbol(&name, NodeKind::Field, line, line);
            let fact = self.out.symbol_mut(field);
            fact.flags = flag::PUBLIC;
            fact.declared = *local;
            self.bind_field(field, &name, ExprId::NONE, *local, line);
            let accessor = self.out.add_symbol(&name, NodeKind::Method, line, line);
            let fact = self.out.symbol_mut(accessor);
            fact.flags = flag::PUBLIC | flag::HIDDEN;
            fact.declared = *local;
            let block = self.out.block();
            self.bind_in(block, &name, accessor);
            self.bind_in(block, &called(&name), accessor);
        }
        let params: Vec<ParamFact> = params.into_iter().map(|(param, _)| param).collect();
        self.out.symbol_mut(symbol).params = params.into();
    }

    pub(super) fn bind_field(
        &mut self,
        symbol: SymbolId,
        name: &str,
        value: ExprId,
        declared: ExprId,
        line: u32,
    ) {
        let binding = Binding {
            name: self.out.name(name),
            scope: self.out.block(),
            block: self.out.block(),
            at: self.out.now(),
            value,
            declared,
            symbol,
            line,
        };
        self.out.push_binding(binding);
    }

    fn enum_constant(&mut self, node: Node<'a>) {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let (name, line) = (self.text(name_node), line_of(name_node));
        let owner = self.out.symbol();
        let symbol = self
            .out
            .add_symbol(name, NodeKind::EnumMember, line, end_line_of(node));
        self.out.symbol_mut(symbol).flags = flag::PUBLIC | flag::STATIC;
        self.doc(symbol, node);
        let block = self.out.block();
        self.bind_in(block, name, symbol);
        let modifiers = self.modifiers(node);
        if let Some(modifiers) = modifiers.node {
            self.annotations(modifiers);
        }
        let class = self.out.expr(Expr::Symbol(owner), line, Role::Silent);
        let arguments = node.child_by_field_id(FIELDS.arguments);
        self.construct(class, arguments, line);
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            let base = self.out.expr(Expr::Symbol(owner), line, Role::Silent);
            self.anonymous_class(body, base);
        }
    }

    /// The body of `new T() { … }`: a type below `base` that nobody can name.
    pub(super) fn anonymous_class(&mut self, body: Node<'a>, base: ExprId) -> SymbolId {
        let symbol = self
            .out
            .add_symbol("", NodeKind::Class, line_of(body), end_line_of(body));
        self.out.symbol_mut(symbol).flags = flag::HIDDEN;
        let bases = self.out.list(&[base]);
        self.out.symbol_mut(symbol).bases = bases;
        let outer = self.out.enter_symbol(symbol, BlockKind::Class);
        self.body(body);
        self.out.leave(outer);
        symbol
    }

    /// What the modifiers of a declaration say. Its annotations are lowered by [`Self::annotations`].
    pub(super) fn modifiers(&mut self, node: Node<'a>) -> Modifiers<'a> {
        let first = node
            .named_child(0)
            .filter(|first| kind::of(*first) == kind::MODIFIERS);
        let text = first.map_or("", |modifiers| self.text(modifiers));
        Modifiers::read(first, text)
    }

    /// Annotations are references to their types; what they are given is evaluated.
    pub(super) fn annotations(&mut self, node: Node<'a>) {
        self.annotations_of(node, SymbolId::NONE);
    }

    /// Annotations of a method or type, which whoever reads them may run.
    pub(super) fn annotations_of(&mut self, node: Node<'a>, symbol: SymbolId) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if !matches!(kind::of(child), kind::ANNOTATION | kind::MARKER_ANNOTATION) {
                continue;
            }
            let name = self.annotation(child);
            if symbol.is_some() && name.is_some() && !self.is_for_compilers(child) {
                let line = line_of(child);
                let marked = self.out.expr(Expr::Symbol(symbol), line, Role::Silent);
                self.out
                    .expr(Expr::Decorated(name, marked), line, Role::Silent);
            }
        }
        self.walk.close(&children);
    }

    /// Whether an annotation only tells compilers and readers something.
    fn is_for_compilers(&self, annotation: Node<'a>) -> bool {
        let name = annotation.child_by_field_id(FIELDS.name);
        let text = name.map_or("", |name| self.text(name));
        FOR_COMPILERS.contains(&text.rsplit('.').next().unwrap_or(text))
    }

    /// Lowers an annotation. Returns its name.
    pub(super) fn annotation(&mut self, node: Node<'a>) -> ExprId {
        let name = node.child_by_field_id(FIELDS.name);
        let text = name.map_or("", |name| self.text(name));
        let is_end = ENDS.annotates(text.rsplit('.').next().unwrap_or(text));
        let named = match name {
            Some(name) if kind::of(name) == kind::IDENTIFIER => {
                let text = self.text(name);
                self.out.name_expr(text, line_of(name), Role::Type)
            }
            Some(name) => self.scoped_name(name),
            None => ExprId::NONE,
        };
        let mut args = SmallVec::new();
        if let Some(arguments) = node.child_by_field_id(FIELDS.arguments) {
            self.element_values(arguments, &mut args);
        }
        if is_end {
            let name = self.out.name(text.rsplit('.').next().unwrap_or(text));
            let symbol = self.out.symbol();
            let line = line_of(node);
            self.out.annotate(Annotation {
                symbol,
                name,
                args,
                line,
            });
        }
        named
    }

    fn element_values(&mut self, node: Node<'a>, args: &mut SmallVec<[(Name, ExprId); 2]>) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let (name, value) = match kind::of(child) {
                kind::ELEMENT_PAIR => {
                    let key = child.child_by_field_id(FIELDS.key);
                    let key = key.map(|key| self.text(key));
                    let key = key.map_or(Name::NONE, |key| self.out.name(key));
                    (key, child.child_by_field_id(FIELDS.value))
                }
                _ => (Name::NONE, Some(child)),
            };
            if let Some(value) = value {
                self.element_value(name, value, args);
            }
        }
        self.walk.close(&children);
    }

    fn element_value(
        &mut self,
        name: Name,
        node: Node<'a>,
        args: &mut SmallVec<[(Name, ExprId); 2]>,
    ) {
        match kind::of(node) {
            kind::ANNOTATION | kind::MARKER_ANNOTATION => {
                self.annotation(node);
            }
            kind::ELEMENT_ARRAY => {
                let from = args.len();
                self.element_values(node, args);
                for (part, _) in &mut args[from..] {
                    *part = name;
                }
            }
            _ => {
                let value = self.expression(node);
                args.push((name, value));
            }
        }
    }

    /// `Outer.Inner` or `a.b.C` where a name stands for a type.
    fn scoped_name(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let text = self.text(node);
        let mut parts = text.split('.').map(str::trim);
        let first = parts.next().unwrap_or("");
        if first.starts_with(char::is_lowercase) {
            let (package, path) = super::imports::split(text);
            return self.full_name(package, path.first().copied().unwrap_or(""), line);
        }
        let mut value = self.out.name_expr(first, line, Role::Use);
        for part in parts.take(50) {
            value = self.out.member_expr(value, part, line, Role::Type);
        }
        value
    }
}

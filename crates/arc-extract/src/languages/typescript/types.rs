//! Types, and the declarations that only the type system sees: interfaces, aliases, enums, namespaces.

use arc_graph::NodeKind;

use super::SEMANTICS;
use super::classes::MethodOf;
use super::lower::{FunctionState, Kid, Kids, Lowering, Receiver, unquote};
use super::syntax::{field, kind};
use crate::facts::{Binding, BlockKind, Expr, ExprId, Role, SymbolId, flag, import_flag};
use crate::languages::{GUARD, KEYED};
use crate::source::{end_line_of, line_of};

/// The type of the global object.
const GLOBAL_TYPE: &str = "Window";

/// The member that a call signature of an interface is kept as.
pub(super) const CALL_MEMBER: &str = "()";
/// The member that an index signature is kept as.
pub(super) const INDEX_MEMBER: &str = "[]";

/// The member that an index signature by texts is kept as beside it.
pub(super) const ANY_MEMBER: &str = "[text]";

impl<'a> Lowering<'a, '_> {
    /// The type inside an annotation (`: T`, `extends T`), or the type itself.
    pub(super) fn type_in(&mut self, kid: Kid<'a>) -> ExprId {
        match kid.kind {
            kind::TYPE_ANNOTATION => match self.only_child(kid.node) {
                Some(inner) => self.type_expr(inner),
                None => ExprId::NONE,
            },
            _ => self.type_expr(kid),
        }
    }

    /// One type.
    pub(super) fn type_expr(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        if self.sink().is_none() {
            return self.facts.unknown(line);
        }
        let type_ = match kid.kind {
            kind::TYPE_IDENTIFIER | kind::IDENTIFIER => {
                self.facts
                    .name_expr(self.text_of(kid.node), line, Role::Type)
            }
            kind::NESTED_TYPE_IDENTIFIER | kind::NESTED_IDENTIFIER | kind::MEMBER => {
                self.qualified(kid)
            }
            kind::GENERIC_TYPE => self.generic_type(kid),
            kind::PREDEFINED_TYPE => self.predefined(kid),
            kind::UNION_TYPE | kind::INTERSECTION_TYPE => self.union(kid),
            kind::ARRAY_TYPE => {
                let element = match self.only_child(kid.node) {
                    Some(element) => self.type_expr(element),
                    None => self.facts.unknown(line),
                };
                self.builtin("Array", &[element], line)
            }
            kind::TUPLE_TYPE => {
                let elements = self.types_inside(kid);
                let list = self.facts.list(&elements);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
            kind::READONLY_TYPE | kind::PARENTHESIZED_TYPE | kind::TYPE_ANNOTATION => {
                match self.only_child(kid.node) {
                    Some(inner) => self.type_expr(inner),
                    None => self.facts.unknown(line),
                }
            }
            kind::REQUIRED_PARAMETER => match self.named_field(kid, field::TYPE) {
                Some(type_) => self.type_in(type_),
                None => self.facts.unknown(line),
            },
            kind::FUNCTION_TYPE => self.function_type(kid),
            kind::OBJECT_TYPE => self.object_type(kid),
            kind::TYPE_QUERY => {
                let value = match self.only_child(kid.node) {
                    Some(value) => self.value(value, Role::Type),
                    None => self.facts.unknown(line),
                };
                self.facts.expr(Expr::TypeOf(value), line, Role::Silent)
            }
            kind::THIS_TYPE => self.facts.expr(Expr::ThisType, line, Role::Silent),
            kind::LITERAL_TYPE => self.literal_type(kid),
            kind::LOOKUP_TYPE => self.lookup_type(kid),
            kind::CONDITIONAL_TYPE => self.conditional_type(kid),
            kind::TYPE_PREDICATE => {
                self.types_inside(kid);
                self.builtin("Boolean", &[], line)
            }
            kind::INDEX_TYPE_QUERY | kind::TEMPLATE_LITERAL_TYPE => {
                self.types_inside(kid);
                self.builtin("String", &[], line)
            }
            kind::CALL => self.value(kid, Role::Type),
            kind::INFER_TYPE | kind::CONSTRUCTOR_TYPE => self.facts.unknown(line),
            _ => {
                self.types_inside(kid);
                self.facts.unknown(line)
            }
        };
        self.rise();
        type_
    }

    /// `x is T` and `asserts x is T`, where `x` is the first parameter of `symbol`; `None` for any other type.
    pub(super) fn guard(&mut self, kid: Kid<'a>, symbol: SymbolId) -> Option<ExprId> {
        if kid.kind != kind::TYPE_PREDICATE {
            return None;
        }
        let facts = self.facts.facts();
        let first = facts.symbols[symbol.index()].params.first()?.name;
        let first = facts.text(first).to_owned();
        self.guard_of(kid, &first)
    }

    /// The same, where the first parameter has this name.
    fn guard_of(&mut self, kid: Kid<'a>, first: &str) -> Option<ExprId> {
        let mut predicate = kid;
        let (name, shown) = loop {
            if predicate.kind != kind::TYPE_PREDICATE {
                return None;
            }
            let name = self.named_field(predicate, field::NAME);
            match name.zip(self.named_field(predicate, field::TYPE)) {
                Some(parts) => break parts,
                None => predicate = self.only_child(predicate.node)?,
            }
        };
        if first != self.text_of(name.node) {
            return None;
        }
        let shown = self.type_expr(shown);
        Some(self.builtin(GUARD, &[shown], line_of(name.node)))
    }

    /// `T[K]` as the result of a function that has the type parameter `K`; `None` for any other type.
    pub(super) fn keyed(&mut self, kid: Kid<'a>, symbol: SymbolId) -> Option<ExprId> {
        let inner = match kid.kind {
            kind::TYPE_ANNOTATION => self.only_child(kid.node)?,
            _ => kid,
        };
        if inner.kind != kind::LOOKUP_TYPE {
            return None;
        }
        let kids = self.open(inner.node);
        let parts = (self.first_named(kids), self.last_named(kids));
        self.close(kids);
        let (of, key) = (parts.0?, parts.1?);
        let is_plain = |kid: Kid<'a>| kid.kind == kind::TYPE_IDENTIFIER;
        if !is_plain(of) || !is_plain(key) {
            return None;
        }
        let facts = self.facts.facts();
        let parameters = &facts.symbols[symbol.index()].type_params;
        let is_own = |name| facts.text(name) == self.text_of(key.node);
        if !parameters.iter().any(|parameter| is_own(parameter.name)) {
            return None;
        }
        let (of, key) = (self.type_expr(of), self.type_expr(key));
        Some(self.builtin(KEYED, &[of, key], line_of(inner.node)))
    }

    /// A built-in type of the prelude with its arguments.
    pub(super) fn builtin(&mut self, name: &str, arguments: &[ExprId], line: u32) -> ExprId {
        let base = self.facts.name_expr(name, line, Role::Silent);
        if arguments.is_empty() {
            return base;
        }
        let list = self.facts.list(arguments);
        self.facts.expr(Expr::Apply(base, list), line, Role::Silent)
    }

    fn types_inside(&mut self, kid: Kid<'a>) -> Vec<ExprId> {
        let kids = self.open(kid.node);
        let mut types = Vec::new();
        for index in kids.start..kids.end {
            let inner = self.kids[index];
            if inner.node.is_named() && inner.kind != kind::COMMENT {
                types.push(self.type_expr(inner));
            }
        }
        self.close(kids);
        types
    }

    /// `base<…>` with the arguments of a `type_arguments` node.
    pub(super) fn applied(&mut self, base: ExprId, arguments: Kid<'a>) -> ExprId {
        let types = self.types_inside(arguments);
        let list = self.facts.list(&types);
        self.facts.expr(
            Expr::Apply(base, list),
            line_of(arguments.node),
            Role::Silent,
        )
    }

    fn generic_type(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let base = match self.field(kids, field::NAME) {
            Some(name) => self.type_expr(name),
            None => self.facts.unknown(line_of(kid.node)),
        };
        let type_ = match self.field(kids, field::TYPE_ARGUMENTS) {
            Some(arguments) => self.applied(base, arguments),
            None => base,
        };
        self.close(kids);
        type_
    }

    /// `ns.Type`: the base is a namespace, the last part the type.
    fn qualified(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let base = self
            .field(kids, field::MODULE)
            .or_else(|| self.field(kids, field::OBJECT));
        let name = self
            .field(kids, field::NAME)
            .or_else(|| self.field(kids, field::PROPERTY));
        self.close(kids);
        let (Some(base), Some(name)) = (base, name) else {
            return self.facts.unknown(line_of(kid.node));
        };
        let base = if base.kind == kind::CALL {
            self.value(base, Role::Type)
        } else {
            self.type_expr(base)
        };
        self.facts.set_role(base, Role::Silent);
        let line = line_of(name.node);
        self.facts
            .member_expr(base, self.text_of(name.node), line, Role::Type)
    }

    fn predefined(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        match self.text_of(kid.node) {
            "string" => self.builtin("String", &[], line),
            "number" => self.builtin("Number", &[], line),
            "boolean" => self.builtin("Boolean", &[], line),
            _ => self.facts.unknown(line),
        }
    }

    fn literal_type(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        match self.only_child(kid.node).map(|inner| inner.kind) {
            Some(kind::STRING) => self.builtin("String", &[], line),
            Some(kind::NUMBER | kind::UNARY) => self.builtin("Number", &[], line),
            Some(kind::TRUTH) => self.builtin("Boolean", &[], line),
            _ => self.facts.unknown(line),
        }
    }

    /// The alternatives of a union, nested ones flattened; nothing (`null`, `undefined`) drops out.
    fn union(&mut self, kid: Kid<'a>) -> ExprId {
        // The tree leans to the left; walk its spine so that a union of a thousand members is no deep recursion.
        let mut members = Vec::new();
        let mut current = Some(kid);
        while let Some(union) = current.take() {
            let kids = self.open(union.node);
            let mut inner = Vec::new();
            for index in (kids.start..kids.end).rev() {
                let part = self.kids[index];
                if part.node.is_named() && part.kind != kind::COMMENT {
                    inner.push(part);
                }
            }
            self.close(kids);
            for part in inner {
                if matches!(part.kind, kind::UNION_TYPE | kind::INTERSECTION_TYPE)
                    && current.is_none()
                {
                    current = Some(part);
                } else {
                    members.push(part);
                }
            }
        }
        members.reverse();
        let line = line_of(kid.node);
        let mut types = Vec::new();
        for member in members {
            let is_literal = member.kind == kind::LITERAL_TYPE;
            let type_ = self.type_expr(member);
            let text = self.text_of(member.node);
            let is_nothing = is_literal && matches!(text, "null" | "undefined") || text == "void";
            // Twenty string literals are one type.
            let repeats = is_literal && types.len() > 1;
            if !is_nothing && !repeats {
                types.push(type_);
            }
        }
        self.facts.either(&types, line)
    }

    fn function_type(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let block = self.facts.enter(BlockKind::Plain);
        self.unknown_type_parameters(kids);
        let mut types = Vec::new();
        let mut first = "";
        if let Some(parameters) = self.field(kids, field::PARAMETERS) {
            let list = self.open(parameters.node);
            for index in list.start..list.end {
                let parameter = self.kids[index];
                if parameter.kind == kind::REQUIRED_PARAMETER {
                    let type_ = self.named_field(parameter, field::TYPE);
                    let pattern = self.named_field(parameter, field::PATTERN);
                    let is_this = pattern.is_some_and(|pattern| pattern.kind == kind::THIS);
                    if let (true, Some(pattern)) = (types.is_empty() && !is_this, pattern) {
                        first = self.text_of(pattern.node);
                    }
                    let type_ = match type_ {
                        Some(type_) => self.type_in(type_),
                        None => self.facts.unknown(line),
                    };
                    if !is_this {
                        types.push(type_);
                    }
                }
            }
            self.close(list);
        }
        types.push(match self.field(kids, field::RETURN_TYPE) {
            Some(result) => match self.guard_of(result, first) {
                Some(guard) => guard,
                None => self.type_in(result),
            },
            None => self.facts.unknown(line),
        });
        self.facts.leave(block);
        self.close(kids);
        let list = self.facts.list(&types);
        self.facts.expr(Expr::Signature(list), line, Role::Silent)
    }

    /// Type parameters of a function type belong to no definition: their names stand for nothing we follow.
    fn unknown_type_parameters(&mut self, kids: Kids) {
        let Some(list) = self.field(kids, field::TYPE_PARAMETERS) else {
            return;
        };
        let parameters = self.open(list.node);
        for index in parameters.start..parameters.end {
            let parameter = self.kids[index];
            if parameter.kind == kind::TYPE_PARAMETER
                && let Some(name) = self.named_field(parameter, field::NAME)
            {
                let line = line_of(name.node);
                let value = self.facts.unknown(line);
                let block = self.facts.block();
                let text = self.text_of(name.node);
                self.facts.bind(text, block, value, ExprId::NONE, line);
            }
        }
        self.close(parameters);
    }

    fn lookup_type(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let parts: Vec<Kid<'a>> = self.kids[kids.start..kids.end]
            .iter()
            .filter(|kid| kid.node.is_named() && kid.kind != kind::COMMENT)
            .copied()
            .collect();
        self.close(kids);
        let [base, key] = parts.as_slice() else {
            return self.facts.unknown(line);
        };
        let base = self.type_expr(*base);
        let instance = self
            .facts
            .expr(Expr::Cast(ExprId::NONE, base), line, Role::Silent);
        let text = self.text_of(key.node);
        let value = if key.kind == kind::LITERAL_TYPE && text.starts_with(['"', '\'']) {
            self.facts
                .member_expr(instance, unquote(text), line, Role::Type)
        } else {
            let key = self.type_expr(*key);
            self.facts
                .expr(Expr::Index(instance, key), line, Role::Silent)
        };
        self.facts.expr(Expr::TypeOf(value), line, Role::Silent)
    }

    fn conditional_type(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let mut sides = Vec::new();
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.field {
                field::CONSEQUENCE | field::ALTERNATIVE => sides.push(self.type_expr(part)),
                _ => {}
            }
        }
        self.close(kids);
        self.facts.either(&sides, line_of(kid.node))
    }

    /// `{ a: T; m(): U }`: a type without a name.
    fn object_type(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let symbol = self
            .facts
            .add_symbol("", NodeKind::Interface, line, end_line_of(kid.node));
        self.facts.symbol_mut(symbol).flags = flag::HIDDEN;
        self.type_members(symbol, kid);
        self.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
    }

    // ---- declarations ----

    pub(super) fn interface(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let name = self
            .field(kids, field::NAME)
            .map_or("", |name| self.text_of(name.node));
        let symbol = self.define(name, NodeKind::Interface, kid.node, 0);
        self.facts.bind_symbol(symbol);
        let wrapper = self.facts.enter(BlockKind::Plain);
        self.type_parameters(symbol, kids);
        let mut bases = Vec::new();
        if let Some(clause) = self.first(kids, kind::EXTENDS_TYPE_CLAUSE) {
            let types = self.open(clause.node);
            for index in types.start..types.end {
                let type_ = self.kids[index];
                if type_.node.is_named() && type_.kind != kind::COMMENT {
                    bases.push(self.base_type(type_));
                }
            }
            self.close(types);
        }
        let bases = self.facts.list(&bases);
        self.facts.symbol_mut(symbol).bases = bases;
        if let Some(body) = self.field(kids, field::BODY) {
            self.type_members(symbol, body);
        }
        self.facts.leave(wrapper);
        self.close(kids);
        self.augment(name, symbol, line_of(kid.node));
        if name == GLOBAL_TYPE {
            self.bind_globals(symbol);
        }
    }

    /// What `declare global` adds to the type of the global object every file sees as a variable.
    fn bind_globals(&mut self, symbol: SymbolId) {
        let block = self.facts.block();
        let facts = self.facts.facts();
        let label = facts.blocks[block.index()].label;
        if facts.text(label) != SEMANTICS.global_namespace {
            return;
        }
        let body = facts.symbols[symbol.index()].body;
        let added = facts.bindings.iter().rev();
        let added = added.take_while(|binding| binding.symbol != symbol);
        let members = added.filter(|binding| binding.scope == body && binding.symbol.is_some());
        let globals = members.map(|member| Binding {
            scope: block,
            block,
            ..*member
        });
        for global in globals.collect::<Vec<_>>() {
            self.facts.push_binding(global);
        }
    }

    /// In `declare module "x" { interface T { … } }` the interface adds its members to the one of that name in the module.
    fn augment(&mut self, name: &str, symbol: SymbolId, line: u32) {
        let Some(module) = self.augmented else {
            return;
        };
        let flags = import_flag::IMPLICIT | import_flag::TYPE_ONLY;
        let import = self.facts.import(module, Some(name), line, flags);
        let target = self.facts.expr(Expr::Import(import), line, Role::Silent);
        let added = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        let outer = self.facts.enter(BlockKind::Extension);
        let block = self.facts.block();
        self.facts.leave(outer);
        self.facts.extend_type(target, &[added], block, line);
    }

    /// The members of an interface or object type.
    fn type_members(&mut self, symbol: SymbolId, body: Kid<'a>) {
        let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
        let class = std::mem::replace(&mut self.class, symbol);
        let doc = self.doc.take();
        let kids = self.open(body.node);
        for index in kids.start..kids.end {
            let member = self.kids[index];
            match member.kind {
                kind::COMMENT => {
                    self.doc = Some(member.node);
                    continue;
                }
                kind::METHOD_SIGNATURE => {
                    self.method(member, MethodOf::Interface);
                }
                kind::PROPERTY_SIGNATURE => self.property_signature(member),
                kind::CALL_SIGNATURE => self.call_signature(member),
                kind::INDEX_SIGNATURE => self.index_signature(member),
                _ => {}
            }
            self.doc = None;
        }
        self.close(kids);
        self.doc = doc;
        self.class = class;
        self.facts.leave(outer);
    }

    fn property_signature(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        if let Some(name_node) = self.field(kids, field::NAME) {
            let name = self.property_name(name_node);
            let symbol = self.define(name, NodeKind::Field, kid.node, 0);
            let declared = self.annotation(kids);
            self.facts.symbol_mut(symbol).declared = declared;
            self.bind_field(symbol, name, ExprId::NONE, declared, kid);
        }
        self.close(kids);
    }

    fn call_signature(&mut self, kid: Kid<'a>) {
        let line = line_of(kid.node);
        let symbol =
            self.facts
                .add_symbol(CALL_MEMBER, NodeKind::Method, line, end_line_of(kid.node));
        self.facts.symbol_mut(symbol).flags = flag::HIDDEN | flag::ABSTRACT;
        self.facts.bind_symbol(symbol);
        let kids = self.open(kid.node);
        self.function_parts(symbol, kids, Receiver::Instance, None);
        self.close(kids);
    }

    /// `[key: string]: T`: what indexing gives.
    pub(super) fn index_signature(&mut self, kid: Kid<'a>) {
        let line = line_of(kid.node);
        let symbol =
            self.facts
                .add_symbol(INDEX_MEMBER, NodeKind::Method, line, end_line_of(kid.node));
        self.facts.symbol_mut(symbol).flags = flag::HIDDEN | flag::ABSTRACT;
        self.facts.bind_symbol(symbol);
        let kids = self.open(kid.node);
        let declared = self.annotation(kids);
        self.close(kids);
        self.facts.symbol_mut(symbol).declared = declared;
        // Names are texts: a property that nothing declares is found under one.
        let text = self.text_of(kid.node);
        let by_number = text
            .split(']')
            .next()
            .is_some_and(|key| key.trim_end().ends_with("number"));
        if !by_number {
            let value = self.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
            let block = self.facts.block();
            self.facts
                .bind(ANY_MEMBER, block, value, ExprId::NONE, line);
        }
    }

    pub(super) fn type_alias(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let name = self
            .field(kids, field::NAME)
            .map_or("", |name| self.text_of(name.node));
        let symbol = self.define(name, NodeKind::TypeAlias, kid.node, 0);
        self.facts.bind_symbol(symbol);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Plain);
        self.type_parameters(symbol, kids);
        if let Some(value) = self.field(kids, field::VALUE) {
            let declared = self.type_expr(value);
            self.facts.symbol_mut(symbol).declared = declared;
        }
        self.facts.leave(outer);
        self.close(kids);
    }

    pub(super) fn enumeration(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let name = self
            .field(kids, field::NAME)
            .map_or("", |name| self.text_of(name.node));
        let symbol = self.define(name, NodeKind::Enum, kid.node, 0);
        self.facts.bind_symbol(symbol);
        if let Some(body) = self.field(kids, field::BODY) {
            let outer = self.facts.enter_symbol(symbol, BlockKind::Class);
            let members = self.open(body.node);
            for index in members.start..members.end {
                let member = self.kids[index];
                if member.kind == kind::ENUM_ASSIGNMENT {
                    let parts = self.open(member.node);
                    let value = match self.field(parts, field::VALUE) {
                        Some(value) => self.value(value, Role::Use),
                        None => ExprId::NONE,
                    };
                    if let Some(name) = self.field(parts, field::NAME) {
                        self.enum_member(name, value);
                    }
                    self.close(parts);
                } else if member.field == field::NAME {
                    self.enum_member(member, ExprId::NONE);
                }
            }
            self.close(members);
            self.facts.leave(outer);
        }
        self.close(kids);
    }

    fn enum_member(&mut self, name_node: Kid<'a>, value: ExprId) {
        let name = self.property_name(name_node);
        let symbol = self.define(name, NodeKind::EnumMember, name_node.node, flag::STATIC);
        self.bind_field(symbol, name, value, ExprId::NONE, name_node);
    }

    // ---- namespaces ----

    /// `namespace A.B { … }`, `declare module "x" { … }`.
    pub(super) fn namespace(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let name = self
            .field(kids, field::NAME)
            .map_or("", |name| self.text_of(name.node));
        let is_file = name.starts_with(['"', '\'']);
        let name = if is_file { unquote(name) } else { name };
        let augmented = std::mem::replace(&mut self.augmented, is_file.then_some(name));
        let symbol = self.define(name, NodeKind::Module, kid.node, 0);
        self.facts.bind_symbol(symbol);
        let outer = self.facts.enter_symbol(symbol, BlockKind::Module);
        let state = FunctionState {
            block: self.facts.block(),
            branches: 0,
            receiver: Receiver::Unknown,
            is_module: true,
        };
        let around = std::mem::replace(&mut self.function, state);
        if let Some(body) = self.field(kids, field::BODY) {
            self.body_statements(body);
        }
        self.function = around;
        self.augmented = augmented;
        self.facts.leave(outer);
        self.close(kids);
    }

    /// `declare …`, `declare global { … }`.
    pub(super) fn ambient(&mut self, kid: Kid<'a>) {
        let was_ambient = std::mem::replace(&mut self.is_ambient, true);
        let kids = self.open(kid.node);
        for index in kids.start..kids.end {
            let inner = self.kids[index];
            if inner.kind == kind::STATEMENT_BLOCK {
                let outer = self.facts.enter_shared(SEMANTICS.global_namespace);
                let block = std::mem::replace(&mut self.function.block, self.facts.block());
                self.body_statements(inner);
                self.function.block = block;
                self.facts.leave(outer);
            } else if inner.node.is_named() && inner.kind != kind::COMMENT {
                self.statement(inner);
            }
        }
        self.close(kids);
        self.is_ambient = was_ambient;
    }
}

//! Imports and exports of ES modules and of CommonJS.

use arc_graph::NodeKind;

use super::declarations::FunctionPlan;
use super::lower::{Kid, Kids, Lowering, PendingExport, Receiver, unquote};
use super::syntax::{field, kind};
use crate::facts::{
    Binding, BlockId, Expr, ExprId, MemberBinding, Role, SymbolId, flag, import_flag,
};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    // ---- imports ----

    pub(super) fn import_statement(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let mut flags = 0;
        if self.has(kids, kind::TYPE_TOKEN) {
            flags |= import_flag::TYPE_ONLY;
        }
        if let Some(clause) = self.first(kids, kind::IMPORT_REQUIRE) {
            self.import_require(clause, flags);
        } else if let Some(source) = self.field(kids, field::SOURCE) {
            let module = unquote(self.text_of(source.node));
            self.is_test_file |= super::blocks::is_test_library(module);
            match self.first(kids, kind::IMPORT_CLAUSE) {
                Some(clause) => self.import_clause(clause, module, flags),
                None => {
                    self.facts.import(module, None, line_of(source.node), flags);
                }
            }
        }
        self.close(kids);
    }

    fn import_clause(&mut self, clause: Kid<'a>, module: &str, flags: u32) {
        let kids = self.open(clause.node);
        for index in kids.start..kids.end {
            let part = self.kids[index];
            let line = line_of(part.node);
            match part.kind {
                kind::IDENTIFIER => {
                    let local = self.text_of(part.node);
                    self.facts
                        .import_as(module, Some("default"), local, line, flags);
                }
                kind::NAMESPACE_IMPORT => {
                    if let Some(local) = self.only_child(part.node) {
                        let local = self.text_of(local.node);
                        self.facts.import_as(module, None, local, line, flags);
                    }
                }
                kind::NAMED_IMPORTS => self.named_imports(part, module, flags),
                _ => {}
            }
        }
        self.close(kids);
    }

    fn named_imports(&mut self, list: Kid<'a>, module: &str, flags: u32) {
        let kids = self.open(list.node);
        if !self.has(kids, kind::IMPORT_SPECIFIER) {
            self.facts.import(module, None, line_of(list.node), flags);
        }
        for index in kids.start..kids.end {
            let specifier = self.kids[index];
            if specifier.kind != kind::IMPORT_SPECIFIER {
                continue;
            }
            let parts = self.open(specifier.node);
            let is_type = self.kids[parts.start..parts.end]
                .iter()
                .any(|part| part.kind == kind::TYPE_TOKEN && part.field == 0);
            let flags = if is_type {
                flags | import_flag::TYPE_ONLY
            } else {
                flags
            };
            if let Some(name) = self.field(parts, field::NAME) {
                let imported = self.module_name_of(name);
                let local = self
                    .field(parts, field::ALIAS)
                    .map_or(imported, |alias| self.text_of(alias.node));
                let line = line_of(specifier.node);
                self.facts
                    .import_as(module, Some(imported), local, line, flags);
            }
            self.close(parts);
        }
        self.close(kids);
    }

    /// A name of an import or export list, which may be a string.
    fn module_name_of(&self, kid: Kid<'a>) -> &'a str {
        let text = self.text_of(kid.node);
        if kid.kind == kind::STRING {
            unquote(text)
        } else {
            text
        }
    }

    /// `import x = require("…")`.
    fn import_require(&mut self, clause: Kid<'a>, flags: u32) {
        let kids = self.open(clause.node);
        if let (Some(local), Some(source)) = (
            self.first(kids, kind::IDENTIFIER),
            self.field(kids, field::SOURCE),
        ) {
            let module = unquote(self.text_of(source.node));
            let local = self.text_of(local.node);
            let line = line_of(clause.node);
            let flags = flags | import_flag::COMMONJS;
            self.facts.import_as(module, None, local, line, flags);
        }
        self.close(kids);
    }

    /// `import A = B.C`.
    pub(super) fn import_alias(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        if let (Some(local), Some(target)) = (self.first_named(kids), self.last_named(kids)) {
            let value = if target.kind == kind::IDENTIFIER {
                self.value(target, Role::Use)
            } else {
                self.type_expr(target)
            };
            let name = self.text_of(local.node);
            let block = self.facts.block();
            self.facts
                .bind(name, block, value, ExprId::NONE, line_of(kid.node));
        }
        self.close(kids);
    }

    // ---- exports ----

    pub(super) fn export_statement(&mut self, kid: Kid<'a>) {
        let kids = self.open(kid.node);
        let line = line_of(kid.node);
        let mut decorators = Vec::new();
        for index in kids.start..kids.end {
            let decorator = self.kids[index];
            if decorator.kind == kind::DECORATOR {
                decorators.push(self.decorator(decorator));
            }
        }
        let before = self.facts.facts().symbols.len();
        let is_default = self.has(kids, kind::DEFAULT_TOKEN);
        if let Some(declaration) = self.field(kids, field::DECLARATION) {
            if is_default {
                self.export_default_declaration(declaration, line);
            } else {
                self.export_declaration(declaration);
            }
        } else if let Some(value) = self.field(kids, field::VALUE) {
            let value = self.unwrap_parentheses(value);
            let value = self.default_value(value, "default");
            self.facts.export("default", value, line);
        } else if self.has(kids, kind::EQUALS_TOKEN) {
            if let Some(value) = self.last_named(kids) {
                let value = self.value(value, Role::Use);
                self.facts.export("=", value, line);
            }
        } else {
            self.export_list(kids, line);
        }
        self.decorated(&mut decorators, before);
        self.close(kids);
    }

    fn export_declaration(&mut self, declaration: Kid<'a>) {
        let first = self.facts.facts().bindings.len();
        self.statement(declaration);
        let block = self.facts.block();
        let found: Vec<(String, SymbolId, u32)> = self.facts.facts().bindings[first..]
            .iter()
            .filter(|binding| binding.scope == block)
            .map(|binding| {
                let name = self.facts.text(binding.name).to_owned();
                (name, binding.symbol, binding.line)
            })
            .filter(|(name, ..)| !name.contains(' '))
            .collect();
        for (name, symbol, line) in found {
            if symbol.is_some() {
                self.facts.symbol_mut(symbol).flags |= flag::PUBLIC;
            }
            if block == BlockId(0) {
                let value = self.facts.name_expr(&name, line, Role::Silent);
                self.facts.export(&name, value, line);
            }
        }
    }

    fn export_default_declaration(&mut self, declaration: Kid<'a>, line: u32) {
        let (symbol, value) = match declaration.kind {
            kind::CLASS_DECLARATION | kind::ABSTRACT_CLASS | kind::CLASS => {
                let is_named = self.named_field(declaration, field::NAME).is_some();
                let named = (!is_named).then_some(("default", declaration.node));
                self.class(declaration, named, is_named)
            }
            kind::FUNCTION_DECLARATION | kind::FUNCTION_SIGNATURE => {
                self.function_declaration(declaration)
            }
            _ => {
                // `export default interface X {}`
                let first = self.facts.facts().bindings.len();
                self.statement(declaration);
                let Some(binding) = self.facts.facts().bindings.get(first).copied() else {
                    return;
                };
                (binding.symbol, binding.value)
            }
        };
        if symbol.is_some() {
            self.facts.symbol_mut(symbol).flags |= flag::PUBLIC;
        }
        self.facts.export("default", value, line);
    }

    /// The value of `export default …` or `module.exports = …`: a function or class without a name gets `name`.
    fn default_value(&mut self, kid: Kid<'a>, name: &'static str) -> ExprId {
        match kid.kind {
            kind::ARROW | kind::FUNCTION_EXPRESSION => {
                let own = if kid.kind == kind::FUNCTION_EXPRESSION {
                    self.named_field(kid, field::NAME)
                        .map(|name| self.text_of(name.node))
                } else {
                    None
                };
                let plan = FunctionPlan {
                    name: own.unwrap_or(name),
                    kind: NodeKind::Function,
                    flags: flag::PUBLIC,
                    parent: None,
                    binds: false,
                    receiver: Receiver::Unknown,
                    from: kid.node,
                };
                self.function(kid, plan).1
            }
            kind::CLASS => {
                let is_named = self.named_field(kid, field::NAME).is_some();
                let named = (!is_named).then_some((name, kid.node));
                let (symbol, value) = self.class_value(kid, named);
                self.facts.symbol_mut(symbol).flags |= flag::PUBLIC;
                value
            }
            kind::ASSIGNMENT => self.assignment(kid),
            _ => self.value(kid, Role::Use),
        }
    }

    /// `export { a as b }`, `export * from "m"`, `export * as ns from "m"`.
    fn export_list(&mut self, kids: Kids, line: u32) {
        let module = self
            .field(kids, field::SOURCE)
            .map(|source| unquote(self.text_of(source.node)));
        let flags = if self.has(kids, kind::TYPE_TOKEN) {
            import_flag::TYPE_ONLY
        } else {
            0
        };
        if let Some(clause) = self.first(kids, kind::EXPORT_CLAUSE) {
            self.export_clause(clause, module, flags);
            return;
        }
        let Some(module) = module else {
            return;
        };
        if let Some(namespace) = self.first(kids, kind::NAMESPACE_EXPORT) {
            let parts = self.open(namespace.node);
            if let Some(name) = self.kids[parts.start..parts.end].last().copied() {
                let exported = self.module_name_of(name);
                let import = self.facts.import(module, None, line, flags);
                let value = self.facts.expr(Expr::Import(import), line, Role::Silent);
                self.facts.export(exported, value, line);
            }
            self.close(parts);
        } else {
            self.facts
                .import(module, None, line, flags | import_flag::EXPORT_STAR);
        }
    }

    fn export_clause(&mut self, clause: Kid<'a>, module: Option<&str>, flags: u32) {
        let kids = self.open(clause.node);
        for index in kids.start..kids.end {
            let specifier = self.kids[index];
            if specifier.kind != kind::EXPORT_SPECIFIER {
                continue;
            }
            let line = line_of(specifier.node);
            let parts = self.open(specifier.node);
            if let Some(name) = self.field(parts, field::NAME) {
                let local = self.module_name_of(name);
                let exported = self
                    .field(parts, field::ALIAS)
                    .map_or(local, |alias| self.module_name_of(alias));
                match module {
                    Some(module) => {
                        let import = self.facts.import(module, Some(local), line, flags);
                        let value = self.facts.expr(Expr::Import(import), line, Role::Silent);
                        self.facts.export(exported, value, line);
                    }
                    None => self.exports.push(PendingExport {
                        exported,
                        local,
                        line,
                    }),
                }
            }
            self.close(parts);
        }
        if module.is_some() && !self.has(kids, kind::EXPORT_SPECIFIER) {
            let line = line_of(clause.node);
            self.facts.import(module.unwrap_or(""), None, line, flags);
        }
        self.close(kids);
    }

    // ---- CommonJS ----

    /// The module of a `require("…")`.
    pub(super) fn required_module(&mut self, kid: Kid<'a>) -> Option<&'a str> {
        if kid.kind != kind::CALL {
            return None;
        }
        let parts = self.open(kid.node);
        let function = self.field(parts, field::FUNCTION);
        let arguments = self.field(parts, field::ARGUMENTS);
        self.close(parts);
        let (function, arguments) = (function?, arguments?);
        if function.kind != kind::IDENTIFIER || self.text_of(function.node) != "require" {
            return None;
        }
        self.only_text(arguments)
    }

    /// `const m = require("…")`, `const { a, b: c } = require("…")`: imports, not variables.
    pub(super) fn require_into(&mut self, target: Kid<'a>, module: &str, value: Kid<'a>) {
        self.is_test_file |= super::blocks::is_test_library(module);
        let flags = import_flag::COMMONJS;
        let line = line_of(target.node);
        if target.kind == kind::IDENTIFIER {
            let local = self.text_of(target.node);
            self.facts.import_as(module, None, local, line, flags);
            return;
        }
        let kids = self.open(target.node);
        let mut is_plain = target.kind == kind::OBJECT_PATTERN;
        let mut names = Vec::new();
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.kind {
                kind::SHORTHAND_PATTERN => {
                    let name = self.text_of(part.node);
                    names.push((name, name, line_of(part.node)));
                }
                kind::PAIR_PATTERN => {
                    let key = self.named_field(part, field::KEY);
                    let local = self.named_field(part, field::VALUE);
                    match (key, local) {
                        (Some(key), Some(local)) if local.kind == kind::IDENTIFIER => {
                            let key = self.property_name(key);
                            names.push((key, self.text_of(local.node), line_of(part.node)));
                        }
                        _ => is_plain = false,
                    }
                }
                _ if part.node.is_named() && part.kind != kind::COMMENT => is_plain = false,
                _ => {}
            }
        }
        self.close(kids);
        if is_plain {
            for (name, local, line) in names {
                self.facts.import_as(module, Some(name), local, line, flags);
            }
        } else {
            let value = self.value(value, Role::Use);
            let is_module = std::mem::replace(&mut self.function.is_module, false);
            let scope = self.facts.block();
            self.bind_pattern(target, value, ExprId::NONE, scope);
            self.function.is_module = is_module;
        }
    }

    /// Whether this names the table of what the file exports.
    pub(super) fn is_export_table(&self, kid: Kid<'a>) -> bool {
        let text = self.text_of(kid.node);
        match kid.kind {
            kind::IDENTIFIER => text == "exports" || self.export_tables.contains(&text),
            kind::MEMBER | kind::SUBSCRIPT => is_whole_table(text),
            _ => false,
        }
    }

    /// Notes that a variable of the file is another name for the table.
    pub(super) fn note_export_table(&mut self, name: &'a str, value: Kid<'a>) {
        if self.function.is_module && self.is_export_table(value) {
            self.export_tables.push(name);
        }
    }

    /// `module.exports = …`, `exports.f = …`, `module.exports.f = …`.
    pub(super) fn commonjs_export(
        &mut self,
        left: Kid<'a>,
        right: Kid<'a>,
        kid: Kid<'a>,
    ) -> Option<ExprId> {
        let line = line_of(left.node);
        let is_member = matches!(left.kind, kind::MEMBER | kind::SUBSCRIPT);
        if is_member && is_whole_table(self.text_of(left.node)) {
            let value = self.default_value(right, "exports");
            self.facts.export("=", value, line);
            self.whole_export = ExprId::NONE;
            self.export_members(value, line);
            self.whole_export = value;
            return Some(value);
        }
        if left.kind == kind::IDENTIFIER && self.text_of(left.node) == "exports" {
            return Some(self.value(right, Role::Use));
        }
        if !matches!(left.kind, kind::MEMBER | kind::SUBSCRIPT) {
            return None;
        }
        let parts = self.open(left.node);
        let object = self.field(parts, field::OBJECT);
        let property = self
            .field(parts, field::PROPERTY)
            .or_else(|| self.field(parts, field::INDEX));
        self.close(parts);
        let (object, property) = (object?, property?);
        if !self.is_export_table(object)
            || !matches!(property.kind, kind::PROPERTY_IDENTIFIER | kind::STRING)
        {
            return None;
        }
        let name = self.property_name(property);
        let value = match right.kind {
            kind::ARROW | kind::FUNCTION_EXPRESSION => {
                let plan = FunctionPlan {
                    name,
                    kind: NodeKind::Function,
                    flags: flag::PUBLIC,
                    parent: None,
                    binds: false,
                    receiver: Receiver::Unknown,
                    from: kid.node,
                };
                self.function(right, plan).1
            }
            kind::CLASS => self.class_value(right, Some((name, kid.node))).1,
            _ => self.value(right, Role::Use),
        };
        self.export_member(name, value, line);
        Some(value)
    }

    pub(super) fn export_member(&mut self, name: &str, value: ExprId, line: u32) {
        self.is_commonjs = true;
        self.facts.export(name, value, line);
        let table = self.facts.name_expr("exports", line, Role::Silent);
        let name = self.facts.name(name);
        // After `module.exports = f` it is a property of the function.
        for base in [table, self.whole_export] {
            if base.is_some() {
                self.facts.bind_member(MemberBinding {
                    base,
                    name,
                    value,
                    declared: ExprId::NONE,
                    symbol: SymbolId::NONE,
                    line,
                });
            }
        }
    }

    /// Exports each property of an object literal.
    pub(super) fn export_members(&mut self, value: ExprId, line: u32) {
        let facts = self.facts.facts();
        let Expr::Object(list) = facts.exprs.expr(value) else {
            return;
        };
        let properties: Vec<(String, ExprId)> = facts
            .list(list)
            .filter_map(|part| {
                let Expr::Keyword(name, value) = facts.exprs.expr(part) else {
                    return None;
                };
                Some((facts.text(name).to_owned(), value))
            })
            .collect();
        for (name, value) in properties {
            self.export_member(&name, value, line);
        }
    }

    /// Code in the file reads what it exports through `exports` and `module.exports`.
    pub(super) fn bind_export_table(&mut self) {
        let nothing = self.facts.list(&[]);
        let table = self.facts.expr(Expr::Object(nothing), 1, Role::Silent);
        let exports = self.facts.name("exports");
        let keyword = self
            .facts
            .expr(Expr::Keyword(exports, table), 1, Role::Silent);
        let list = self.facts.list(&[keyword]);
        let module = self.facts.expr(Expr::Object(list), 1, Role::Silent);
        for (text, value) in [("exports", table), ("module", module)] {
            let name = self.facts.name(text);
            self.facts.push_binding(Binding {
                name,
                scope: BlockId(0),
                block: BlockId(0),
                at: 0,
                value,
                declared: ExprId::NONE,
                symbol: SymbolId::NONE,
                line: 1,
            });
        }
    }
}

/// Whether a text is what CommonJS calls the table of exports, and not the local name for it.
fn is_whole_table(text: &str) -> bool {
    matches!(
        text,
        "module.exports" | "module['exports']" | "module[\"exports\"]"
    )
}

//! Calls, constructions and JSX elements, with the calls that are more than calls: `require`, `import()`,
//! `Object.assign`, the ways to fill a container.

use super::lower::{Kid, Lowering, unquote};
use super::syntax::{field, kind};
use crate::facts::{Expr, ExprId, MemberBinding, Name, Role, SymbolId, import_flag};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    #[inline(never)]
    pub(super) fn call(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let function = self.field(kids, field::FUNCTION);
        let arguments = self.field(kids, field::ARGUMENTS);
        let types = self.field(kids, field::TYPE_ARGUMENTS);
        self.close(kids);
        let Some(function) = function else {
            return self.facts.unknown(line_of(kid.node));
        };
        let function = self.unwrap_parentheses(function);
        if let Some(value) = self.special_call(function, arguments) {
            return value;
        }
        let callee = self.value(function, Role::Silent);
        let callee = match types {
            Some(types) => {
                self.facts.set_role(callee, Role::Silent);
                self.applied(callee, types)
            }
            None => callee,
        };
        let line = self.called_line(function);
        let args = arguments.map_or_else(Vec::new, |arguments| self.arguments(arguments));
        let call = self.facts.call_expr(callee, &args, line);
        if function.kind == kind::MEMBER {
            return self.method_call(function, callee, &args, call);
        }
        call
    }

    /// The line a reader looks at: of the name that is called.
    fn called_line(&mut self, function: Kid<'a>) -> u32 {
        if function.kind == kind::MEMBER
            && let Some(property) = self.named_field(function, field::PROPERTY)
        {
            return line_of(property.node);
        }
        line_of(function.node)
    }

    pub(super) fn arguments(&mut self, kid: Kid<'a>) -> Vec<ExprId> {
        if kid.kind == kind::TEMPLATE_STRING {
            // A tag gets the texts first, then the values.
            let mut parts = vec![self.facts.unknown(line_of(kid.node))];
            parts.extend(self.template_parts(kid));
            return parts;
        }
        let kids = self.open(kid.node);
        let mut args = Vec::new();
        for index in kids.start..kids.end {
            let argument = self.kids[index];
            if argument.node.is_named() && argument.kind != kind::COMMENT {
                args.push(self.value(argument, Role::Argument));
            }
        }
        self.close(kids);
        args
    }

    /// Calls that name a module, define exports or members, or make a test.
    fn special_call(&mut self, function: Kid<'a>, arguments: Option<Kid<'a>>) -> Option<ExprId> {
        let arguments = arguments?;
        match function.kind {
            kind::IMPORT => {
                let module = self.only_text(arguments)?;
                let line = line_of(arguments.node);
                let import = self.facts.import(module, None, line, import_flag::DYNAMIC);
                Some(self.promise_of(import, line))
            }
            kind::IDENTIFIER if self.text_of(function.node) == "require" => {
                let module = self.only_text(arguments)?;
                let line = line_of(function.node);
                let flags = import_flag::DYNAMIC | import_flag::COMMONJS;
                let import = self.facts.import(module, None, line, flags);
                Some(self.facts.expr(Expr::Import(import), line, Role::Silent))
            }
            kind::IDENTIFIER | kind::MEMBER | kind::CALL if self.is_test_file => {
                self.test_block(function, arguments)
            }
            kind::MEMBER => self
                .object_call(function, arguments)
                .or_else(|| self.star_export(function, arguments)),
            kind::IDENTIFIER => self.star_export(function, arguments),
            _ => None,
        }
    }

    fn promise_of(&mut self, import: crate::facts::ImportId, line: u32) -> ExprId {
        let module = self.facts.expr(Expr::Import(import), line, Role::Silent);
        let promise = self.facts.name_expr("Promise", line, Role::Silent);
        let resolve = self
            .facts
            .member_expr(promise, "resolve", line, Role::Silent);
        let args = self.facts.list(&[module]);
        self.facts
            .expr(Expr::Call(resolve, args), line, Role::Silent)
    }

    /// The text of the first argument, when it is a constant string.
    pub(super) fn only_text(&mut self, arguments: Kid<'a>) -> Option<&'a str> {
        let first = self.only_child(arguments.node)?;
        let text = self.text_of(first.node);
        match first.kind {
            kind::STRING => Some(unquote(text)),
            kind::TEMPLATE_STRING if !text.contains("${") => Some(unquote(text)),
            _ => None,
        }
    }

    /// `Object.assign(target, …)` and the like, where the target is an export table or a prototype.
    fn object_call(&mut self, function: Kid<'a>, arguments: Kid<'a>) -> Option<ExprId> {
        match self.text_of(function.node) {
            "Object.assign" => self.object_assign(arguments),
            "Object.defineProperty" => self.defined_property(arguments),
            "Object.setPrototypeOf" | "util.inherits" => {
                let args = self.argument_kids(arguments);
                let [child, base, ..] = args.as_slice() else {
                    return None;
                };
                self.prototype_extends(*child, *base)
            }
            _ => None,
        }
    }

    /// `Object.defineProperty(exports, "name", { get() { return value; } })`, as compilers write it.
    fn defined_property(&mut self, arguments: Kid<'a>) -> Option<ExprId> {
        let args = self.argument_kids(arguments);
        let [table, name, descriptor] = args.as_slice() else {
            return None;
        };
        if !self.is_export_table(*table)
            || name.kind != kind::STRING
            || descriptor.kind != kind::OBJECT
        {
            return None;
        }
        let line = line_of(name.node);
        let described = self.object(*descriptor, None);
        let facts = self.facts.facts();
        let Expr::Object(properties) = facts.exprs.expr(described) else {
            return Some(described);
        };
        let property = |wanted: &str| {
            facts.list(properties).find_map(|part| {
                let Expr::Keyword(name, value) = facts.exprs.expr(part) else {
                    return None;
                };
                (facts.text(name) == wanted).then_some(value)
            })
        };
        let (value, getter) = (property("value"), property("get"));
        let value = match (value, getter) {
            (Some(value), _) => value,
            (None, Some(getter)) => {
                let nothing = self.facts.list(&[]);
                self.facts
                    .expr(Expr::Call(getter, nothing), line, Role::Silent)
            }
            (None, None) => return Some(described),
        };
        self.export_member(unquote(self.text_of(name.node)), value, line);
        Some(described)
    }

    /// `__exportStar(require("./m"), exports)`, which compilers make of `export *`.
    fn star_export(&mut self, function: Kid<'a>, arguments: Kid<'a>) -> Option<ExprId> {
        let name = self.text_of(function.node);
        let name = name.rsplit('.').next().unwrap_or(name);
        if !matches!(name, "__exportStar" | "__export") {
            return None;
        }
        let args = self.argument_kids(arguments);
        let required = args.first().filter(|kid| kid.kind == kind::CALL)?;
        let parts = self.open(required.node);
        let callee = self.field(parts, field::FUNCTION);
        let given = self.field(parts, field::ARGUMENTS);
        self.close(parts);
        if self.text_of(callee?.node) != "require" {
            return None;
        }
        let module = self.only_text(given?)?;
        let line = line_of(function.node);
        let flags = import_flag::EXPORT_STAR | import_flag::COMMONJS;
        self.facts.import(module, None, line, flags);
        self.is_commonjs = true;
        Some(self.facts.unknown(line))
    }

    /// The arguments as nodes.
    pub(super) fn argument_kids(&mut self, arguments: Kid<'a>) -> Vec<Kid<'a>> {
        let kids = self.open(arguments.node);
        let args = self.kids[kids.start..kids.end]
            .iter()
            .filter(|kid| kid.node.is_named() && kid.kind != kind::COMMENT)
            .copied()
            .collect();
        self.close(kids);
        args
    }

    fn object_assign(&mut self, arguments: Kid<'a>) -> Option<ExprId> {
        let args = self.argument_kids(arguments);
        let (target, sources) = args.split_first()?;
        if self.is_export_table(*target) {
            for source in sources {
                if source.kind == kind::OBJECT {
                    let value = self.object(*source, None);
                    self.export_members(value, line_of(source.node));
                } else if let Some(module) = self.required_module(*source) {
                    let flags = import_flag::COMMONJS | import_flag::EXPORT_STAR;
                    self.facts.import(module, None, line_of(source.node), flags);
                    self.is_commonjs = true;
                } else {
                    self.value(*source, Role::Use);
                }
            }
            return Some(self.facts.unknown(line_of(target.node)));
        }
        let Some(owner) = self.prototype_owner(*target) else {
            return Some(self.merged(*target, sources));
        };
        for source in sources {
            if source.kind == kind::OBJECT {
                self.prototype_members(owner, *source);
            } else {
                self.prototype_extends(*target, *source);
            }
        }
        Some(self.facts.unknown(line_of(target.node)))
    }

    /// `Object.assign(target, …sources)`: the target, which has the members of the sources from then on.
    fn merged(&mut self, target: Kid<'a>, sources: &[Kid<'a>]) -> ExprId {
        let line = line_of(target.node);
        let base = self.value(target, Role::Argument);
        let mut parts = Vec::new();
        for source in sources {
            let is_spread = source.kind == kind::SPREAD;
            let value = self.value(*source, Role::Argument);
            let Expr::Object(members) = self.facts.facts().exprs.expr(value) else {
                if !is_spread {
                    parts.push(self.facts.expr(Expr::Spread(value), line, Role::Silent));
                }
                continue;
            };
            let facts = self.facts.facts();
            let members: Vec<ExprId> = facts.list(members).collect();
            for member in members {
                if let Expr::Keyword(name, value) = self.facts.facts().exprs.expr(member) {
                    self.store(base, name, value, line);
                }
                parts.push(member);
            }
        }
        let parts = self.facts.list(&parts);
        let added = self.facts.expr(Expr::Object(parts), line, Role::Silent);
        self.facts.either(&[base, added], line)
    }

    /// Methods of the language that store their arguments or run their receiver.
    fn method_call(
        &mut self,
        function: Kid<'a>,
        callee: ExprId,
        args: &[ExprId],
        call: ExprId,
    ) -> ExprId {
        let Some(property) = self.named_field(function, field::PROPERTY) else {
            return call;
        };
        let Expr::Member(base, _) = self.facts.facts().exprs.expr(callee) else {
            return call;
        };
        let line = line_of(property.node);
        match (self.text_of(property.node), args) {
            ("push" | "unshift" | "add", [..]) if !args.is_empty() => {
                for arg in args {
                    self.store(base, Name::NONE, *arg, line);
                }
                call
            }
            ("set", [key, value]) => {
                let name = self.facts.facts().exprs.expr(*key);
                let name = if let Expr::Text(name) = name {
                    name
                } else {
                    Name::NONE
                };
                self.store(base, name, *value, line);
                call
            }
            ("call", [_, rest @ ..]) => {
                let direct = self.facts.call_expr(base, rest, line);
                self.facts.either(&[call, direct], line)
            }
            ("apply", [_, list]) => {
                let spread = self.facts.expr(Expr::Spread(*list), line, Role::Silent);
                let direct = self.facts.call_expr(base, &[spread], line);
                self.facts.either(&[call, direct], line)
            }
            ("bind", [_, ..]) => {
                self.facts.set_role(base, Role::Argument);
                self.facts.either(&[call, base], line)
            }
            _ => call,
        }
    }

    fn store(&mut self, base: ExprId, name: Name, value: ExprId, line: u32) {
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol: SymbolId::NONE,
            line,
        });
    }

    #[inline(never)]
    pub(super) fn new_expression(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let constructor = self.field(kids, field::CONSTRUCTOR);
        let arguments = self.field(kids, field::ARGUMENTS);
        let types = self.field(kids, field::TYPE_ARGUMENTS);
        self.close(kids);
        let Some(constructor) = constructor else {
            return self.facts.unknown(line_of(kid.node));
        };
        let constructor = self.unwrap_parentheses(constructor);
        let type_ = self.value(constructor, Role::Silent);
        let type_ = match types {
            Some(types) => self.applied(type_, types),
            None => type_,
        };
        let args = arguments.map_or_else(Vec::new, |arguments| self.arguments(arguments));
        let line = self.called_line(constructor);
        let list = self.facts.list(&args);
        self.facts.expr(Expr::New(type_, list), line, Role::Call)
    }

    // ---- JSX ----

    /// `<Component prop={value}>…</Component>` runs the component.
    #[inline(never)]
    pub(super) fn jsx(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let mut value = None;
        if kid.kind == kind::JSX_SELF_CLOSING {
            value = self.jsx_tag(kid);
        } else {
            for index in kids.start..kids.end {
                let part = self.kids[index];
                match part.kind {
                    kind::JSX_OPENING => value = self.jsx_tag(part),
                    kind::JSX_EXPRESSION | kind::JSX_ELEMENT | kind::JSX_SELF_CLOSING => {
                        self.value(part, Role::Use);
                    }
                    _ => {}
                }
            }
        }
        self.close(kids);
        value.unwrap_or_else(|| self.facts.unknown(line_of(kid.node)))
    }

    fn jsx_tag(&mut self, tag: Kid<'a>) -> Option<ExprId> {
        let kids = self.open(tag.node);
        let mut parts = Vec::new();
        for index in kids.start..kids.end {
            let attribute = self.kids[index];
            if attribute.field != field::ATTRIBUTE {
                continue;
            }
            if attribute.kind == kind::JSX_ATTRIBUTE {
                if let Some(part) = self.jsx_attribute(attribute) {
                    parts.push(part);
                }
            } else {
                self.value(attribute, Role::Use);
            }
        }
        let name = self.field(kids, field::NAME);
        self.close(kids);
        let name = name?;
        let is_component = name.kind == kind::MEMBER
            || self
                .text_of(name.node)
                .starts_with(|first: char| !first.is_lowercase());
        if !is_component {
            return None;
        }
        let line = line_of(name.node);
        let callee = self.value(name, Role::Silent);
        let list = self.facts.list(&parts);
        let props = self.facts.expr(Expr::Object(list), line, Role::Silent);
        Some(self.facts.call_expr(callee, &[props], line))
    }

    fn jsx_attribute(&mut self, kid: Kid<'a>) -> Option<ExprId> {
        let kids = self.open(kid.node);
        let name = self.first_named(kids);
        let value = self.last_named(kids);
        self.close(kids);
        let (name, value) = (name?, value?);
        if name.node.id() == value.node.id() {
            return None;
        }
        let value = if value.kind == kind::JSX_EXPRESSION {
            self.inner_value(value, Role::Argument)
        } else {
            self.value(value, Role::Use)
        };
        let text = self.text_of(name.node);
        let keyword = self.facts.name(text);
        Some(self.facts.expr(
            Expr::Keyword(keyword, value),
            line_of(name.node),
            Role::Silent,
        ))
    }
}

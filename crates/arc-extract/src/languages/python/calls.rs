//! Calls, and the built-in functions whose calls mean something else.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use tree_sitter::Node;

use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{Expr, ExprId, Name, Role, import_flag};
use crate::languages::REQUESTED;

/// Entries of one literal that `update` puts into a map.
const MAX_UPDATED: usize = 64;

impl<'s> Lowering<'s, '_> {
    /// Lowers a call.
    pub(super) fn call(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let (function, arguments) = (
            self.field(node, fields.function),
            self.field(node, fields.arguments),
        );
        let line = self.line(node);
        let Some(function) = function else {
            return self.facts.unknown(line);
        };
        let function_kind = self.kind(function);
        let line = if function_kind == Expression::Attribute {
            let attribute = self.field(function, self.syntax.fields.attribute);
            self.line(attribute.unwrap_or(function))
        } else {
            line
        };
        let short = self.last_name(function);
        if function_kind == Expression::Identifier
            && let Some(value) = self.builtin_call(short, arguments, line)
        {
            return value;
        }
        if short == "cast"
            && let Some(value) = self.cast(arguments, line)
        {
            return value;
        }
        let callee = self.expr(function, Role::Silent);
        let values = arguments.map_or_else(Vec::new, |node| self.arguments(node));
        if short == "getfixturevalue" && values.len() == 1 {
            return self.operator(REQUESTED, &values, line);
        }
        let call = self.facts.call_expr(callee, &values, line);
        match function_kind {
            Expression::Attribute => {
                self.container_call(callee, short, &values, line);
                let base = self.receiver_of(callee);
                if short == "format" && base.is_some_and(|base| self.is_literal(base)) {
                    self.texts_of(&values, line);
                }
            }
            Expression::Identifier if short == "setattr" => self.set_attribute(&values, line),
            Expression::Identifier => self.protocol_call(short, &values, line),
            _ => {}
        }
        if matches!(short, "import_module" | "__import__")
            && let Some(import) = self.dynamic_import(&values, line)
        {
            return import;
        }
        if short == "extend" && self.text_of(function) == "__all__.extend" {
            let names = arguments.and_then(|arguments| arguments.named_child(0));
            self.all_assigned(names, true);
        }
        call
    }

    /// The last identifier of a name, a path, or what is called in it.
    pub(super) fn last_name(&self, node: Node<'s>) -> &'s str {
        match self.kind(node) {
            Expression::Identifier => self.text_of(node),
            Expression::Attribute => self
                .field(node, self.syntax.fields.attribute)
                .map_or("", |node| self.text_of(node)),
            Expression::Call => self
                .field(node, self.syntax.fields.function)
                .filter(|function| self.kind(*function) != Expression::Call)
                .map_or("", |function| self.last_name(function)),
            _ => "",
        }
    }

    /// Lowers arguments in order.
    pub(super) fn arguments(&mut self, node: Node<'s>) -> Vec<ExprId> {
        // `f(x for x in xs)`
        if self.kind(node) == Expression::ListComprehension {
            return vec![self.expr(node, Role::Argument)];
        }
        let fields = &self.syntax.fields;
        let (name_field, value_field) = (fields.name, fields.value);
        let children = self.children(node);
        let mut values = Vec::with_capacity(children.len());
        for index in children.clone() {
            let child = self.child_at(index).node;
            if self.kind(child) != Expression::Keyword {
                values.push(self.expr(child, Role::Argument));
                continue;
            }
            let name = self.field(child, name_field);
            let value = self.field(child, value_field);
            if let (Some(name), Some(value)) = (name, value) {
                let line = self.line(name);
                let name = self.facts.name(self.text_of(name));
                let value = self.expr(value, Role::Argument);
                values.push(
                    self.facts
                        .expr(Expr::Keyword(name, value), line, Role::Silent),
                );
            }
        }
        self.release(children);
        values
    }

    /// Calls of built-ins that are language constructs in disguise.
    fn builtin_call(
        &mut self,
        function: &'s str,
        arguments: Option<Node<'s>>,
        line: u32,
    ) -> Option<ExprId> {
        if !matches!(function, "super" | "type" | "getattr" | "eval") {
            return None;
        }
        let name = self.facts.name(function);
        if self.frames.is_local(name) {
            return None;
        }
        let arguments = arguments?;
        let count = arguments.named_child_count();
        let first = arguments.named_child(0);
        match (function, first) {
            ("super", first) => {
                let value = self.facts.expr(Expr::Super, line, Role::Silent);
                match first.filter(|first| self.is_another_class(*first)) {
                    Some(named) => {
                        let named = self.expr(named, Role::Silent);
                        let above = Expr::Cast(value, named);
                        Some(self.facts.expr(above, line, Role::Silent))
                    }
                    None => Some(value),
                }
            }
            ("type", Some(value)) if count == 1 && self.kind(value) != Expression::Splat => {
                let value = self.expr(value, Role::Argument);
                Some(self.facts.expr(Expr::TypeOf(value), line, Role::Silent))
            }
            ("getattr", Some(object)) => self.get_attribute(object, arguments, line),
            ("eval", Some(text)) => self.evaluated(text, line),
            _ => None,
        }
    }

    /// Whether this names a class, and not the one around: `super(Base, self)`.
    fn is_another_class(&mut self, node: Node<'s>) -> bool {
        let is_name = matches!(
            self.kind(node),
            Expression::Identifier | Expression::Attribute
        );
        let Some(around) = self.frames.class_position() else {
            return false;
        };
        let around = self.frames.at(around).symbol;
        let facts = self.facts.facts();
        let own = facts.symbols.get(around.index());
        let own = own.map_or("", |symbol| facts.text(symbol.name));
        is_name && !matches!(self.last_name(node), "__class__") && self.last_name(node) != own
    }

    /// `eval("name(…)")`: a call that is written as a text.
    fn evaluated(&mut self, text: Node<'s>, line: u32) -> Option<ExprId> {
        let (path, arguments) = self.plain_text(text)?.trim().split_once('(')?;
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        // One pair of parentheses: the call is the whole text.
        if arguments.find(')') != Some(arguments.len() - 1) || !path.split('.').all(is_name) {
            return None;
        }
        let mut parts = path.split('.');
        let mut callee = self.facts.name_expr(parts.next()?, line, Role::Silent);
        for part in parts {
            callee = self.facts.member_expr(callee, part, line, Role::Silent);
        }
        Some(self.facts.call_expr(callee, &[], line))
    }

    /// Built-in functions that run a method of what they are given.
    fn protocol_call(&mut self, function: &str, values: &[ExprId], line: u32) {
        let [first, ..] = values else { return };
        let method = match function {
            "len" => "__len__",
            "str" => "__str__",
            "print" => return self.printed(values, line),
            "format" => "__format__",
            "repr" | "ascii" => "__repr__",
            "next" => "__next__",
            "hash" => "__hash__",
            "bool" => "__bool__",
            "int" => "__int__",
            "float" => "__float__",
            "abs" => "__abs__",
            "bytes" => "__bytes__",
            "reversed" => "__reversed__",
            "iter" | "list" | "tuple" | "set" | "frozenset" | "sorted" | "sum" | "any" | "all"
            | "min" | "max" | "enumerate" | "zip" => "__iter__",
            _ => return,
        };
        let name = self.facts.name(function);
        if !self.frames.is_local(name) && !self.is_literal(*first) {
            self.operator(method, &[*first], line);
        }
    }

    /// `print(a, b)` makes a text of each.
    fn printed(&mut self, values: &[ExprId], line: u32) {
        let name = self.facts.name("print");
        if !self.frames.is_local(name) {
            for value in values {
                self.text_of_value(*value, "__str__", line);
            }
        }
    }

    /// Values that are put into a text.
    pub(super) fn texts_of(&mut self, values: &[ExprId], line: u32) {
        for value in values {
            self.text_of_value(*value, "__format__", line);
        }
    }

    /// A value of which a text is made.
    pub(super) fn text_of_value(&mut self, value: ExprId, method: &str, line: u32) {
        let is_value = |expr| !matches!(expr, Expr::Unknown | Expr::Keyword(..) | Expr::Spread(_));
        let node = self.facts.facts().exprs.get(value);
        if node.is_some_and(|node| is_value(node.expr)) && !self.is_literal(value) {
            self.operator(method, &[value], line);
        }
    }

    fn set_attribute(&mut self, values: &[ExprId], line: u32) {
        if let [object, key, value] = values {
            let name = self.key_name(*key);
            if name.is_some() {
                self.bind_element(*object, name, *value, line);
            }
        }
    }

    /// `typing.cast(T, value)`.
    fn cast(&mut self, arguments: Option<Node<'s>>, line: u32) -> Option<ExprId> {
        let arguments = arguments?;
        if arguments.named_child_count() != 2 {
            return None;
        }
        let (declared, value) = (arguments.named_child(0)?, arguments.named_child(1)?);
        let is_plain = |kind| !matches!(kind, Expression::Keyword | Expression::Splat);
        if !is_plain(self.kind(declared)) || !is_plain(self.kind(value)) {
            return None;
        }
        let declared = self.type_expr(declared);
        let value = self.expr(value, Role::Argument);
        Some(
            self.facts
                .expr(Expr::Cast(value, declared), line, Role::Silent),
        )
    }

    /// Methods of the built-in containers that put a value in.
    fn container_call(&mut self, callee: ExprId, method: &str, values: &[ExprId], line: u32) {
        let (name, value) = match (method, values) {
            ("append" | "add" | "appendleft" | "put" | "put_nowait", [value])
            | ("insert", [_, value]) => (Name::NONE, *value),
            ("setdefault", [key, value]) => (self.key_name(*key), *value),
            ("update", _) => return self.updated(callee, values, line),
            _ => return,
        };
        let Some(base) = self.receiver_of(callee) else {
            return;
        };
        self.bind_element(base, name, value, line);
    }

    /// `map.update({"key": value}, key=value)`.
    fn updated(&mut self, callee: ExprId, values: &[ExprId], line: u32) {
        let Some(base) = self.receiver_of(callee) else {
            return;
        };
        let mut stored = Vec::new();
        let facts = self.facts.facts();
        for value in values {
            match facts.exprs.get(*value).map(|node| node.expr) {
                Some(Expr::Keyword(name, value)) => stored.push((Some(name), ExprId::NONE, value)),
                Some(Expr::Map(entries)) => {
                    let entries: Vec<ExprId> = facts.list(entries).take(MAX_UPDATED * 2).collect();
                    for pair in entries.chunks_exact(2) {
                        stored.push((None, pair[0], pair[1]));
                    }
                }
                _ => {}
            }
        }
        for (name, key, value) in stored {
            let name = match name {
                Some(name) => name,
                None => self.key_name(key),
            };
            self.bind_element(base, name, value, line);
        }
    }

    /// What a method is called on.
    fn receiver_of(&self, callee: ExprId) -> Option<ExprId> {
        match self.facts.facts().exprs.get(callee)?.expr {
            Expr::Member(base, _) => Some(base),
            _ => None,
        }
    }

    /// `importlib.import_module("name")`.
    fn dynamic_import(&mut self, values: &[ExprId], line: u32) -> Option<ExprId> {
        let name = self.key_name(*values.first()?);
        let module = self.facts.text(name).to_owned();
        let is_path =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !name.is_some() || !module.trim_start_matches('.').split('.').all(is_path) {
            return None;
        }
        let import = self.facts.import(
            &module,
            None,
            line,
            import_flag::DYNAMIC | self.import_flags,
        );
        Some(self.facts.expr(Expr::Import(import), line, Role::Silent))
    }
}

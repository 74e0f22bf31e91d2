//! Expressions to facts.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use arc_graph::{EdgeKind, NodeKind};
use tree_sitter::Node;

use super::frames::FrameKind;
use super::lower::{Lowering, is_async};
use super::syntax::Expression;
use crate::ends::interpolated;
use crate::facts::{BlockKind, Expr, ExprId, MentionKind, Role, flag};

/// No name with its module is longer.
const MAX_DOTTED: usize = 120;

impl<'s> Lowering<'s, '_> {
    /// Lowers an expression. `role` is for the name or member that the value is, if it is one.
    pub(super) fn expr(&mut self, node: Node<'s>, role: Role) -> ExprId {
        match self.deeper(|this| this.expr_here(node, role)) {
            Some(value) => value,
            None => {
                let line = self.line(node);
                self.facts.unknown(line)
            }
        }
    }

    fn expr_here(&mut self, node: Node<'s>, role: Role) -> ExprId {
        let line = self.line(node);
        match self.kind(node) {
            Expression::Identifier => self.name(node, role),
            Expression::Attribute => self.attribute(node, role),
            Expression::Call => self.call(node),
            Expression::Subscript => self.subscript(node),
            Expression::Text => self.string(node),
            Expression::Texts | Expression::CasePattern => self.parts(node, "str"),
            Expression::Integer => self.facts.literal_expr("int", line),
            Expression::Float => self.facts.literal_expr("float", line),
            Expression::Bool => self.facts.literal_expr("bool", line),
            Expression::None => self.facts.literal_expr("None", line),
            Expression::Slice => self.slice(node),
            Expression::Not => self.parts(node, "bool"),
            Expression::List | Expression::Set => {
                let items = self.items(node);
                let list = self.facts.list(&items);
                self.facts.expr(Expr::List(list), line, Role::Silent)
            }
            Expression::Tuple => {
                let items = self.items(node);
                let list = self.facts.list(&items);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
            Expression::Dictionary => self.dictionary(node),
            Expression::ListComprehension | Expression::DictComprehension => {
                self.comprehension(node)
            }
            Expression::Lambda => self.lambda(node),
            Expression::Binary => self.binary(node),
            Expression::Unary => self.unary(node),
            Expression::Boolean => self.boolean(node),
            Expression::Comparison => self.comparison(node),
            Expression::Conditional => self.conditional(node),
            Expression::Named => self.named(node),
            Expression::Await => self.awaited(node),
            Expression::Yield => self.yielded(node),
            Expression::Parentheses | Expression::AsTarget | Expression::Type => {
                match node.named_child(0) {
                    Some(inner) if node.named_child_count() == 1 => self.expr(inner, role),
                    _ => self.parts_unknown(node),
                }
            }
            Expression::Splat | Expression::SplatTarget | Expression::MapSplatTarget => {
                self.splat(node)
            }
            Expression::Assignment => self.assignment(node),
            Expression::Augmented => self.augmented(node),
            _ => self.parts_unknown(node),
        }
    }

    /// Lowers what is inside; the value itself is not followed.
    fn parts_unknown(&mut self, node: Node<'s>) -> ExprId {
        self.lower_children(node);
        let line = self.line(node);
        self.facts.unknown(line)
    }

    /// Lowers what is inside; the value is of a built-in type.
    fn parts(&mut self, node: Node<'s>, kind: &str) -> ExprId {
        self.lower_children(node);
        let line = self.line(node);
        self.facts.literal_expr(kind, line)
    }

    fn lower_children(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            self.expr(child, Role::Use);
        }
        self.release(children);
    }

    /// The elements of a display.
    fn items(&mut self, node: Node<'s>) -> Vec<ExprId> {
        let children = self.children(node);
        let mut items = Vec::with_capacity(children.len());
        for index in children.clone() {
            let child = self.child_at(index).node;
            items.push(self.expr(child, Role::Use));
        }
        self.release(children);
        items
    }

    fn name(&mut self, node: Node<'s>, role: Role) -> ExprId {
        let text = self.text_of(node);
        let name = self.facts.name(text);
        let role = if self.frames.is_local(name) {
            Role::Silent
        } else {
            role
        };
        let line = self.line(node);
        self.facts.expr(Expr::Name(name), line, role)
    }

    fn attribute(&mut self, node: Node<'s>, role: Role) -> ExprId {
        let fields = &self.syntax.fields;
        let (Some(object), Some(attribute)) = (
            self.field(node, fields.object),
            self.field(node, fields.attribute),
        ) else {
            return self.parts_unknown(node);
        };
        let base = self.expr(object, Role::Use);
        let line = self.line(attribute);
        match self.text_of(attribute) {
            "__class__" => self.facts.expr(Expr::TypeOf(base), line, Role::Silent),
            text => {
                let value = self.facts.member_expr(base, text, line, role);
                self.as_narrowed(node, value)
            }
        }
    }

    // ---- constants and containers ----

    /// The text of a string without interpolation, escapes or a bytes prefix.
    pub(super) fn plain_text(&self, node: Node<'s>) -> Option<&'s str> {
        if self.kind(node) != Expression::Text {
            return None;
        }
        let (prefix, content) = string_parts(self.text_of(node))?;
        let is_plain = prefix
            .bytes()
            .all(|byte| matches!(byte, b'r' | b'R' | b'u' | b'U'));
        (is_plain && (!content.contains('\\') || !prefix.is_empty())).then_some(content)
    }

    fn string(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        if let Some(text) = self.plain_text(node) {
            // Settings and registries name what they run: `"app.auth.Backend"`.
            if is_dotted(text) {
                self.facts
                    .mention(text, MentionKind::Imported, EdgeKind::References, line);
            }
            return self.facts.text_expr(text, "str", line);
        }
        let prefix = string_parts(self.text_of(node)).map_or("", |(prefix, _)| prefix);
        let kind = if prefix.bytes().any(|byte| matches!(byte, b'b' | b'B')) {
            "bytes"
        } else {
            "str"
        };
        if prefix
            .bytes()
            .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
        {
            self.interpolations(node);
            let text = self.text_of(node);
            let value = self.facts.literal_expr(kind, line);
            if let Some((_, content)) = string_parts(text) {
                self.facts.statement_text(content, line);
                if let Some(text) = interpolated(content, "{") {
                    self.facts.text_with_holes(value, &text);
                }
            }
            return value;
        }
        self.facts.literal_expr(kind, line)
    }

    fn interpolations(&mut self, node: Node<'s>) {
        let children = self.children(node);
        let method = self.interpolating(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            match child.kind() {
                "interpolation" | "format_specifier" | "format_expression" => {
                    self.deeper(|this| this.interpolations(child));
                }
                "string_content" | "type_conversion" => {}
                _ if node.kind() != "string" => {
                    let value = self.expr(child, Role::Use);
                    if let Some(method) = method {
                        let line = self.line(child);
                        self.text_of_value(value, method, line);
                    }
                }
                _ => {}
            }
        }
        self.release(children);
    }

    /// The method that makes the text of `{value}` in a text; `None` for what is no such place.
    fn interpolating(&self, node: Node<'s>) -> Option<&'static str> {
        if node.kind() != "interpolation" {
            return None;
        }
        // A brace and the value, then maybe `=`, `!r` and what follows a colon.
        let after = (2..node.child_count().min(5)).filter_map(|index| node.child(index));
        let mut told = after.filter_map(|child| match child.kind() {
            "=" => Some("__repr__"),
            "type_conversion" if self.text_of(child) == "!s" => Some("__str__"),
            "type_conversion" => Some("__repr__"),
            _ => None,
        });
        Some(told.next_back().unwrap_or("__format__"))
    }

    fn dictionary(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let (key_field, value_field) = (fields.key, fields.value);
        let line = self.line(node);
        let children = self.children(node);
        let mut items = Vec::with_capacity(2 * children.len());
        for index in children.clone() {
            let child = self.child_at(index).node;
            if self.kind(child) == Expression::Pair {
                let key = self.field(child, key_field);
                let value = self.field(child, value_field);
                if let (Some(key), Some(value)) = (key, value) {
                    items.push(self.key(key));
                    items.push(self.expr(value, Role::Use));
                }
            } else {
                items.push(self.expr(child, Role::Use));
                items.push(self.facts.unknown(line));
            }
        }
        self.release(children);
        let list = self.facts.list(&items);
        self.facts.expr(Expr::Map(list), line, Role::Silent)
    }

    /// A key: small numbers are kept as positions.
    fn key(&mut self, node: Node<'s>) -> ExprId {
        if self.kind(node) == Expression::Integer
            && let Ok(position) = self.text_of(node).parse()
        {
            let line = self.line(node);
            return self
                .facts
                .expr(Expr::Position(position), line, Role::Silent);
        }
        self.expr(node, Role::Use)
    }

    fn splat(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        let value = match node.named_child(0) {
            Some(value) => self.expr(value, Role::Use),
            None => self.facts.unknown(line),
        };
        self.facts.expr(Expr::Spread(value), line, Role::Silent)
    }

    /// Base and key of `base[key]`.
    pub(super) fn subscript_parts(&mut self, node: Node<'s>) -> (ExprId, ExprId) {
        let subscript_field = self.syntax.fields.subscript;
        let line = self.line(node);
        let base = match self.field(node, self.syntax.fields.value) {
            Some(value) => self.expr(value, Role::Use),
            None => self.facts.unknown(line),
        };
        let children = self.children(node);
        let mut keys = Vec::new();
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == subscript_field {
                keys.push(self.key(child.node));
            }
        }
        self.release(children);
        let key = match keys.as_slice() {
            [] => self.facts.unknown(line),
            [key] => *key,
            _ => {
                let list = self.facts.list(&keys);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
        };
        (base, key)
    }

    fn subscript(&mut self, node: Node<'s>) -> ExprId {
        let (base, key) = self.subscript_parts(node);
        let line = self.line(node);
        self.facts.expr(Expr::Index(base, key), line, Role::Call)
    }

    /// `start:end`, with its bounds when both are constants.
    fn slice(&mut self, node: Node<'s>) -> ExprId {
        let of = self.parts(node, "slice");
        let mut bounds = self.text_of(node).split(':');
        let (start, end) = (bounds.next().unwrap_or(""), bounds.next().unwrap_or(""));
        let start = if start.is_empty() { "0" } else { start };
        let (Ok(start), Ok(end), None) = (start.parse(), end.parse(), bounds.next()) else {
            return of;
        };
        let line = self.line(node);
        let bounds =
            [start, end].map(|bound| self.facts.expr(Expr::Position(bound), line, Role::Silent));
        let bounds = self.facts.list(&bounds);
        self.facts.expr(Expr::Apply(of, bounds), line, Role::Silent)
    }

    // ---- operators ----

    /// An operator that may be a method of its first operand.
    pub(super) fn operator(&mut self, method: &str, operands: &[ExprId], line: u32) -> ExprId {
        let method = self.facts.name(method);
        let operands = self.facts.list(operands);
        self.facts
            .expr(Expr::Operator(method, operands), line, Role::Call)
    }

    /// Whether a value is of a built-in type for sure, so that its operators are not worth a fact.
    pub(super) fn is_literal(&self, value: ExprId) -> bool {
        self.facts.facts().exprs.get(value).is_some_and(|node| {
            matches!(
                node.expr,
                Expr::Literal(_) | Expr::Text(_) | Expr::Position(_)
            )
        })
    }

    fn is_number(&self, value: ExprId) -> bool {
        let facts = self.facts.facts();
        facts.exprs.get(value).is_some_and(|node| match node.expr {
            Expr::Literal(name) => matches!(facts.text(name), "int" | "float" | "complex"),
            Expr::Position(_) => true,
            _ => false,
        })
    }

    fn binary(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let method = self
            .field(node, fields.operator)
            .and_then(|operator| binary_method(self.text_of(operator)));
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        let (Some(left), Some(right), Some(method)) = (left, right, method) else {
            return self.parts_unknown(node);
        };
        let left_value = self.expr(left, Role::Use);
        let right_value = self.expr(right, Role::Use);
        let line = self.line(node);
        // `"%s" % x` formats, `"a" + x` joins: text either way.
        if self.is_literal(left_value) && (method == "__mod__" || self.is_literal(right_value)) {
            if !self.is_number(left_value) {
                self.formatted_by(right_value, line);
            }
            return left_value;
        }
        // A number knows no operands but numbers: it is the right one that answers.
        if self.is_number(left_value) && !self.is_literal(right_value) {
            let reflected = method.replacen("__", "__r", 1);
            return self.operator(&reflected, &[right_value, left_value], line);
        }
        let value = self.operator(method, &[left_value, right_value], line);
        if method == "__add__" {
            self.facts.joined_text(value, &[left_value, right_value]);
        }
        value
    }

    /// `"%s and %s" % (a, b)`.
    fn formatted_by(&mut self, values: ExprId, line: u32) {
        let facts = self.facts.facts();
        let values: Vec<ExprId> = match facts.exprs.get(values).map(|node| node.expr) {
            Some(Expr::Tuple(parts)) => facts.list(parts).collect(),
            Some(Expr::Map(_)) => return,
            _ => vec![values],
        };
        for value in values {
            self.text_of_value(value, "__str__", line);
        }
    }

    fn unary(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let Some(argument) = self.field(node, fields.argument) else {
            return self.parts_unknown(node);
        };
        let method = match self
            .field(node, fields.operator)
            .map(|operator| self.text_of(operator))
        {
            Some("-") => "__neg__",
            Some("~") => "__invert__",
            _ => "__pos__",
        };
        let value = self.expr(argument, Role::Use);
        if self.is_literal(value) {
            return value;
        }
        let line = self.line(node);
        self.operator(method, &[value], line)
    }

    fn boolean(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let is_and = self
            .field(node, fields.operator)
            .is_some_and(|operator| self.text_of(operator) == "and");
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        let (Some(left), Some(right)) = (left, right) else {
            return self.parts_unknown(node);
        };
        self.frames.count_branch();
        let first = self.expr(left, Role::Use);
        let second = if is_and && self.narrows(left) {
            self.within(BlockKind::Branch, |this| {
                this.narrow(left);
                this.expr(right, Role::Use)
            })
        } else {
            self.expr(right, Role::Use)
        };
        // What decides an `and` is false, and so are neither functions nor most instances.
        if is_and {
            return second;
        }
        let line = self.line(node);
        self.facts.either(&[first, second], line)
    }

    fn comparison(&mut self, node: Node<'s>) -> ExprId {
        let operator_field = self.syntax.fields.operators;
        let line = self.line(node);
        let operators = self.texts_in(node, operator_field);
        let operands = self.items(node);
        let mut result = None;
        for (pair, operator) in operands.windows(2).zip(operators) {
            let &[left, right] = pair else { continue };
            let (method, operands) = match operator {
                "in" | "not in" => ("__contains__", [right, left]),
                _ => match comparison_method(operator) {
                    Some(method) => (method, [left, right]),
                    None => continue,
                },
            };
            if !self.is_literal(operands[0]) {
                result = Some(self.operator(method, &operands, line));
            }
        }
        match result {
            Some(result) => result,
            None => self.facts.literal_expr("bool", line),
        }
    }

    fn conditional(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        let children = self.children(node);
        let parts: Vec<Node<'s>> = children
            .clone()
            .map(|index| self.child_at(index).node)
            .collect();
        self.release(children);
        let [then, condition, otherwise] = parts.as_slice() else {
            return self.parts_unknown(node);
        };
        self.expr(*condition, Role::Use);
        self.frames.count_branch();
        let first = self.within(BlockKind::Branch, |this| {
            this.narrow(*condition);
            this.expr(*then, Role::Use)
        });
        let second = self.within(BlockKind::Branch, |this| this.expr(*otherwise, Role::Use));
        self.facts.either(&[first, second], line)
    }

    fn named(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let (name, value) = (
            self.field(node, fields.name),
            self.field(node, fields.value),
        );
        let (Some(name), Some(value)) = (name, value) else {
            return self.parts_unknown(node);
        };
        let value = self.expr(value, Role::Use);
        let line = self.line(name);
        let text = self.text_of(name);
        self.bind_name(text, value, ExprId::NONE, line, true);
        value
    }

    fn awaited(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        let Some(value) = node.named_child(0) else {
            return self.facts.unknown(line);
        };
        let value = self.expr(value, Role::Use);
        self.facts.expr(Expr::Await(value), line, Role::Call)
    }

    fn yielded(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        let is_from = node.child(1).is_some_and(|child| child.kind() == "from");
        let value = match node.named_child(0) {
            Some(value) => self.expr(value, Role::Use),
            None => self.facts.literal_expr("None", line),
        };
        let value = if is_from {
            self.facts.expr(Expr::Element(value), line, Role::Call)
        } else {
            value
        };
        let symbol = self.facts.symbol();
        self.facts.symbol_mut(symbol).flags |= flag::GENERATOR;
        self.facts.add_return(value, true);
        self.facts.unknown(line)
    }

    // ---- scopes inside expressions ----

    fn comprehension(&mut self, node: Node<'s>) -> ExprId {
        let body_field = self.syntax.fields.body;
        let line = self.line(node);
        let children = self.children(node);
        let outer = self.facts.enter(BlockKind::Loop);
        self.frames.push(
            FrameKind::Comprehension,
            self.facts.block(),
            self.facts.symbol(),
        );
        self.frames.count_branch();
        let mut body = None;
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == body_field {
                body = Some(child.node);
            } else if self.kind(child.node) == Expression::ForIn {
                self.comprehension_clause(child.node);
            } else if let Some(condition) = child.node.named_child(0) {
                self.expr(condition, Role::Use);
                self.narrow(condition);
            }
        }
        self.release(children);
        let value = body.map(|body| self.comprehension_body(body));
        self.frames.pop();
        self.facts.leave(outer);
        match value {
            Some((key, Some(value))) => {
                let list = self.facts.list(&[key, value]);
                self.facts.expr(Expr::Map(list), line, Role::Silent)
            }
            Some((value, None)) => {
                let list = self.facts.list(&[value]);
                self.facts.expr(Expr::List(list), line, Role::Silent)
            }
            None => self.facts.unknown(line),
        }
    }

    fn comprehension_body(&mut self, body: Node<'s>) -> (ExprId, Option<ExprId>) {
        let fields = &self.syntax.fields;
        if self.kind(body) == Expression::Pair {
            let (key, value) = (self.field(body, fields.key), self.field(body, fields.value));
            if let (Some(key), Some(value)) = (key, value) {
                let key = self.expr(key, Role::Use);
                return (key, Some(self.expr(value, Role::Use)));
            }
        }
        (self.expr(body, Role::Use), None)
    }

    fn comprehension_clause(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        if let (Some(left), Some(right)) = (left, right) {
            let iterated = self.expr(right, Role::Use);
            let line = self.line(right);
            let element = self.each(iterated, is_async(node), line);
            self.bind_comprehension(left, element);
        }
    }

    /// Binds the variables of a comprehension, which are its own.
    fn bind_comprehension(&mut self, target: Node<'s>, value: ExprId) {
        self.deeper(|this| match this.kind(target) {
            Expression::Identifier => {
                let text = this.text_of(target);
                let line = this.line(target);
                let name = this.facts.name(text);
                this.frames.set_local(name, true);
                let block = this.frames.top().block;
                this.facts.bind(text, block, value, ExprId::NONE, line);
            }
            Expression::TargetList | Expression::Tuple | Expression::List => {
                let children = this.children(target);
                for (position, index) in children.clone().enumerate() {
                    let child = this.child_at(index).node;
                    let line = this.line(child);
                    let part = Expr::Item(value, position as u32);
                    let part = this.facts.expr(part, line, Role::Silent);
                    this.bind_comprehension(child, part);
                }
                this.release(children);
            }
            _ => {
                if let Some(inner) = target.named_child(0) {
                    this.bind_comprehension(inner, value);
                }
            }
        });
    }

    fn lambda(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let (parameters, body) = (
            self.field(node, fields.parameters),
            self.field(node, fields.body),
        );
        let line = self.line(node);
        let around = self.frames.assigning();
        let frame = self.frames.at(around);
        frame.lambdas += 1;
        let name = format!("<lambda{}>", frame.lambdas);
        let symbol = self
            .facts
            .add_symbol(&name, NodeKind::Lambda, line, self.end_line(node));
        self.facts.symbol_mut(symbol).flags |= flag::WHEN_CALLED;
        let parameters = parameters.map(|node| self.parameters(node, symbol, None));
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        self.frames
            .push(FrameKind::Function, self.facts.block(), symbol);
        self.bind_parameters(symbol, parameters.unwrap_or_default());
        if let Some(body) = body {
            let value = self.expr(body, Role::Use);
            self.facts.add_return(value, false);
        }
        let frame = self.frames.pop();
        self.facts.leave(outer);
        self.facts.symbol_mut(symbol).complexity = frame.branches.saturating_add(1);
        self.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
    }
}

/// Whether a text could name something in a module: names joined by dots.
fn is_dotted(text: &str) -> bool {
    let is_name = |part: &str| {
        !part.starts_with(|c: char| c.is_ascii_digit())
            && !part.is_empty()
            && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    text.len() <= MAX_DOTTED && text.contains('.') && text.split('.').all(is_name)
}

/// Prefix and content of a string as written.
pub(super) fn string_parts(text: &str) -> Option<(&str, &str)> {
    let start = text.find(['"', '\''])?;
    let (prefix, quoted) = text.split_at(start);
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(rest) = quoted.strip_prefix(quote) {
            return rest.strip_suffix(quote).map(|content| (prefix, content));
        }
    }
    None
}

fn binary_method(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "__add__",
        "-" => "__sub__",
        "*" => "__mul__",
        "/" => "__truediv__",
        "//" => "__floordiv__",
        "%" => "__mod__",
        "**" => "__pow__",
        "@" => "__matmul__",
        "&" => "__and__",
        "|" => "__or__",
        "^" => "__xor__",
        "<<" => "__lshift__",
        ">>" => "__rshift__",
        _ => return None,
    })
}

fn comparison_method(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "==" => "__eq__",
        "!=" | "<>" => "__ne__",
        "<" => "__lt__",
        "<=" => "__le__",
        ">" => "__gt__",
        ">=" => "__ge__",
        _ => return None,
    })
}

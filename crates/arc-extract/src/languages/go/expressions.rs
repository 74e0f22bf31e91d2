//! Expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, Role, SymbolId, flag};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

/// Functions of test frameworks that take a text and the code it stands for.
const SUBTESTS: &[&str] = &[
    "Run", "Describe", "Context", "When", "It", "Specify", "Convey",
];

impl<'a> Lower<'a, '_> {
    /// A value.
    pub(super) fn expression(&mut self, node: Node<'a>) -> ExprId {
        if self.depth > MAX_DEPTH {
            return self.out.unknown(line_of(node));
        }
        self.depth += 1;
        let value = self.expression_at(node);
        self.depth -= 1;
        value
    }

    fn expression_at(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        match kind::of(node) {
            kind::IDENTIFIER => self
                .out
                .name_expr(self.source.text_of(node), line, Role::Use),
            kind::SELECTOR => self.selector(node),
            kind::CALL => self.call(node),
            kind::INDEX => self.index(node),
            kind::SLICE => self.slice(node),
            kind::TYPE_ASSERTION | kind::TYPE_CONVERSION => self.cast(node),
            kind::TYPE_INSTANTIATION => self.instantiation(node),
            kind::COMPOSITE => self.composite(node),
            kind::FUNC_LITERAL => self.func_literal(node, None),
            kind::UNARY => self.unary(node),
            kind::BINARY => self.binary(node),
            kind::PARENTHESIZED | kind::EXPRESSION_LIST => match node.named_child(0) {
                Some(inner) => self.expression(inner),
                None => self.out.unknown(line),
            },
            kind::VARIADIC_ARGUMENT => {
                let inner = match node.named_child(0) {
                    Some(inner) => self.expression(inner),
                    None => self.out.unknown(line),
                };
                self.out.expr(Expr::Spread(inner), line, Role::Silent)
            }
            kind::INTERPRETED_STRING | kind::RAW_STRING => {
                let text = self.text(node);
                let text = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
                self.out.text_expr(text, "string", line)
            }
            kind::INT | kind::IOTA => self.out.literal_expr("int", line),
            kind::FLOAT => self.out.literal_expr("float64", line),
            kind::IMAGINARY => self.out.literal_expr("complex128", line),
            kind::RUNE => self.out.literal_expr("rune", line),
            kind::TRUE | kind::FALSE => self.out.literal_expr("bool", line),
            // Types stand where values do in `make([]T)` and `new(*T)`.
            kind::SLICE_TYPE
            | kind::ARRAY_TYPE
            | kind::MAP_TYPE
            | kind::CHANNEL_TYPE
            | kind::POINTER_TYPE
            | kind::FUNCTION_TYPE
            | kind::GENERIC_TYPE
            | kind::QUALIFIED_TYPE
            | kind::STRUCT_TYPE
            | kind::INTERFACE_TYPE
            | kind::TYPE_IDENTIFIER
            | kind::PARENTHESIZED_TYPE => self.ty(node),
            _ => self.out.unknown(line),
        }
    }

    fn optional(&mut self, node: Option<Node<'a>>, line: u32) -> ExprId {
        match node {
            Some(node) => self.expression(node),
            None => self.out.unknown(line),
        }
    }

    fn selector(&mut self, node: Node<'a>) -> ExprId {
        let base = self.optional(node.child_by_field_id(FIELDS.operand), line_of(node));
        self.out.set_role(base, Role::Use);
        match node.child_by_field_id(FIELDS.field) {
            Some(field) => {
                let name = self.text(field);
                self.out.member_expr(base, name, line_of(field), Role::Use)
            }
            None => base,
        }
    }

    fn call(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let (Some(function), Some(arguments)) = (
            node.child_by_field_id(FIELDS.function),
            node.child_by_field_id(FIELDS.arguments),
        ) else {
            return self.out.unknown(line);
        };
        if kind::of(function) == kind::IDENTIFIER
            && let Some(value) = self.builtin_call(self.source.text_of(function), arguments, line)
        {
            return value;
        }
        let callee = match kind::of(function) {
            kind::INDEX => self.indexed_callee(function),
            _ => self.expression(function),
        };
        self.out.set_role(callee, Role::Silent);
        let applied = match node.child_by_field_id(FIELDS.type_arguments) {
            Some(type_arguments) => self.instantiated(callee, type_arguments),
            None => callee,
        };
        let called = match kind::of(function) {
            kind::SELECTOR => function.child_by_field_id(FIELDS.field).unwrap_or(function),
            _ => function,
        };
        let subtest = self.has_subtests && SUBTESTS.contains(&self.text(called));
        let args = self.arguments(arguments, subtest);
        self.out.call_expr(applied, &args, line_of(called))
    }

    /// `a[b](c)` calls a generic function with a type that reads like a value, or an element of a container.
    fn indexed_callee(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let base = self.optional(node.child_by_field_id(FIELDS.operand), line);
        let key = self.optional(node.child_by_field_id(FIELDS.index), line);
        self.element_or_applied(base, key, line)
    }

    fn element_or_applied(&mut self, base: ExprId, key: ExprId, line: u32) -> ExprId {
        let element = self.out.expr(Expr::Index(base, key), line, Role::Silent);
        let items = self.out.list(&[key]);
        let applied = self.out.expr(Expr::Apply(base, items), line, Role::Silent);
        self.out.either(&[element, applied], line)
    }

    /// `f[T](x)`. One argument that is written like a value may be the key of a container of functions.
    fn instantiated(&mut self, callee: ExprId, arguments: Node<'a>) -> ExprId {
        let only = arguments
            .named_child(0)
            .filter(|_| arguments.named_child_count() == 1);
        let inner = only.map(|only| match kind::of(only) {
            kind::TYPE_ELEM => only.named_child(0).unwrap_or(only),
            _ => only,
        });
        match inner {
            Some(key) if matches!(kind::of(key), kind::TYPE_IDENTIFIER | kind::QUALIFIED_TYPE) => {
                let line = line_of(key);
                let key = self.ty(key);
                self.element_or_applied(callee, key, line)
            }
            _ => self.apply(callee, arguments),
        }
    }

    /// The built-in functions whose result is more than their declaration says.
    fn builtin_call(&mut self, name: &str, arguments: Node<'a>, line: u32) -> Option<ExprId> {
        match name {
            "new" | "make" => {
                let children = self.walk.open(arguments);
                let mut made = None;
                for index in children.clone() {
                    let child = self.walk.child(index);
                    if made.is_none() {
                        made = Some(self.ty(child));
                    } else {
                        self.expression(child);
                    }
                }
                self.walk.close(&children);
                let made = made?;
                Some(
                    self.out
                        .expr(Expr::Cast(ExprId::NONE, made), line, Role::Silent),
                )
            }
            "append" => {
                let args = self.arguments(arguments, false);
                let (first, added) = args.split_first()?;
                let mut parts = vec![*first];
                let mut elements = Vec::new();
                for value in added {
                    if let Expr::Spread(whole) = self.out.facts().exprs.expr(*value) {
                        parts.push(whole);
                    } else {
                        elements.push(*value);
                    }
                }
                if !elements.is_empty() {
                    let elements = self.out.list(&elements);
                    parts.push(self.out.expr(Expr::List(elements), line, Role::Silent));
                }
                Some(self.out.either(&parts, line))
            }
            _ => None,
        }
    }

    fn arguments(&mut self, node: Node<'a>, is_subtest: bool) -> Vec<ExprId> {
        let mut args = Vec::new();
        let mut title = None;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let value = match kind::of(child) {
                kind::FUNC_LITERAL if is_subtest => self.func_literal(child, title),
                kind::INTERPRETED_STRING | kind::RAW_STRING if title.is_none() => {
                    let text = self.text(child);
                    title = text.get(1..text.len().saturating_sub(1));
                    self.expression(child)
                }
                _ if is_subtest && title.is_none() => {
                    title = self.title_of_rows(child);
                    self.expression(child)
                }
                _ => self.expression(child),
            };
            self.out.set_role(value, Role::Argument);
            args.push(value);
        }
        self.walk.close(&children);
        args
    }

    /// What stands for the titles of subtests that a table gives: `test.name`, `name`, the format of a text.
    fn title_of_rows(&self, node: Node<'a>) -> Option<&'a str> {
        match kind::of(node) {
            kind::IDENTIFIER | kind::SELECTOR => {
                Some(self.text(node)).filter(|text| !text.contains(char::is_whitespace))
            }
            kind::CALL => {
                let format = node.child_by_field_id(FIELDS.arguments)?.named_child(0)?;
                let is_text = matches!(
                    kind::of(format),
                    kind::INTERPRETED_STRING | kind::RAW_STRING
                );
                let text = self.text(format);
                text.get(1..text.len().saturating_sub(1))
                    .filter(|_| is_text)
            }
            _ => None,
        }
    }

    fn index(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let base = self.optional(node.child_by_field_id(FIELDS.operand), line);
        let key = self.optional(node.child_by_field_id(FIELDS.index), line);
        self.out.expr(Expr::Index(base, key), line, Role::Silent)
    }

    /// A part of a sequence is a sequence of the same type.
    fn slice(&mut self, node: Node<'a>) -> ExprId {
        let mut value = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let part = self.expression(child);
            if self.walk.field(index) == FIELDS.operand {
                value = part;
            }
        }
        self.walk.close(&children);
        if value.is_some() {
            value
        } else {
            self.out.unknown(line_of(node))
        }
    }

    fn cast(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let ty = node.child_by_field_id(FIELDS.type_);
        if let Some(ty) = ty.filter(|ty| kind::of(*ty) == kind::GENERIC_TYPE) {
            return self.applied_call(node, ty);
        }
        let value = self.optional(node.child_by_field_id(FIELDS.operand), line);
        match ty {
            Some(ty) => {
                let ty = self.ty(ty);
                self.out.expr(Expr::Cast(value, ty), line, Role::Silent)
            }
            None => value,
        }
    }

    /// `a[b](c)` reads as a conversion: it may as well call a generic function or an element of a container.
    fn applied_call(&mut self, node: Node<'a>, ty: Node<'a>) -> ExprId {
        let line = line_of(node);
        let callee = match ty.child_by_field_id(FIELDS.type_) {
            Some(base) => self.ty(base),
            None => self.out.unknown(line),
        };
        self.out.set_role(callee, Role::Silent);
        let callee = match ty.child_by_field_id(FIELDS.type_arguments) {
            Some(arguments) => self.instantiated(callee, arguments),
            None => callee,
        };
        let value = self.optional(node.child_by_field_id(FIELDS.operand), line);
        self.out.set_role(value, Role::Argument);
        self.out.call_expr(callee, &[value], line)
    }

    fn instantiation(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let mut base = ExprId::NONE;
        let mut items = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let part = self.ty(child);
            if base.is_some() {
                items.push(part);
            } else {
                base = part;
            }
        }
        self.walk.close(&children);
        if !base.is_some() {
            return self.out.unknown(line);
        }
        let items = self.out.list(&items);
        self.out.expr(Expr::Apply(base, items), line, Role::Silent)
    }

    /// A closure; a subtest when it has a title.
    pub(super) fn func_literal(&mut self, node: Node<'a>, title: Option<&str>) -> ExprId {
        let symbol = self.lambda_symbol(node, title);
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        self.function(node, symbol);
        self.out.leave(outer);
        self.out
            .expr(Expr::Symbol(symbol), line_of(node), Role::Silent)
    }

    fn lambda_symbol(&mut self, node: Node<'a>, title: Option<&str>) -> SymbolId {
        match title {
            Some(title) => {
                let symbol = self.symbol(title, NodeKind::Test, node);
                self.out.symbol_mut(symbol).flags &= !flag::PUBLIC;
                self.add_flags(symbol, flag::TEST);
                symbol
            }
            None => self.symbol("", NodeKind::Lambda, node),
        }
    }

    fn unary(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let value = self.optional(node.child_by_field_id(FIELDS.operand), line);
        let operator = node
            .child_by_field_id(FIELDS.operator)
            .map_or("", |operator| self.text(operator));
        match operator {
            "<-" => self.out.expr(Expr::Element(value), line, Role::Silent),
            "!" => self.out.literal_expr("bool", line),
            _ => value,
        }
    }

    /// Long sums lean to the left: they are walked, not recursed into.
    fn binary(&mut self, node: Node<'a>) -> ExprId {
        let mut rights = Vec::new();
        let mut is_truth = false;
        let mut left = node;
        while kind::of(left) == kind::BINARY {
            let operator = left
                .child_by_field_id(FIELDS.operator)
                .map_or("", |operator| self.text(operator));
            match operator {
                "&&" | "||" => {
                    self.branch();
                    is_truth = true;
                }
                "==" | "!=" | "<" | "<=" | ">" | ">=" => is_truth = true,
                _ => {}
            }
            rights.push(left.child_by_field_id(FIELDS.right));
            match left.child_by_field_id(FIELDS.left) {
                Some(next) => left = next,
                None => break,
            }
        }
        let line = line_of(node);
        let first = self.expression(left);
        let mut parts = vec![first];
        for right in rights.into_iter().rev().flatten() {
            parts.push(self.expression(right));
        }
        self.out.joined_text(first, &parts);
        if is_truth {
            self.out.literal_expr("bool", line)
        } else {
            first
        }
    }

    /// The values of an expression list for `wanted` names: one each, or the parts of the only one.
    pub(super) fn values(&mut self, list: Node<'a>, wanted: usize) -> Vec<ExprId> {
        if kind::of(list) != kind::EXPRESSION_LIST {
            return self.parts(list, wanted);
        }
        let children = self.walk.open(list);
        let values = if children.len() == 1 {
            let only = self.walk.child(children.start);
            self.parts(only, wanted)
        } else {
            let mut values = Vec::new();
            for index in children.clone() {
                let child = self.walk.child(index);
                values.push(self.expression(child));
            }
            values
        };
        self.walk.close(&children);
        values
    }

    /// One value, or what several names take from it: results of a call, or a value and whether there was one.
    fn parts(&mut self, node: Node<'a>, wanted: usize) -> Vec<ExprId> {
        let value = self.expression(node);
        if wanted < 2 {
            return vec![value];
        }
        let line = line_of(node);
        if kind::of(node) == kind::CALL {
            return (0..wanted as u32)
                .map(|position| {
                    self.out
                        .expr(Expr::Item(value, position), line, Role::Silent)
                })
                .collect();
        }
        let found = self.out.literal_expr("bool", line);
        vec![value, found]
    }
}

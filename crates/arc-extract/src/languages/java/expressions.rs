//! Expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, MemberBinding, Name, Role, SymbolId};
use crate::source::{end_line_of, line_of};

use super::lower::{CONSTRUCTOR, FIELDS, Lower, MAX_DEPTH, kind};
use super::members::called;

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
            kind::METHOD_CALL => self.method_call(node),
            kind::FIELD_ACCESS => self.field_access(node),
            kind::NEW => self.new_object(node),
            kind::THIS => self.out.expr(Expr::This, line, Role::Silent),
            kind::SUPER => self.out.expr(Expr::Super, line, Role::Silent),
            kind::LAMBDA => self.lambda(node),
            kind::METHOD_REFERENCE => self.method_reference(node),
            kind::ASSIGNMENT => self.assignment(node),
            kind::BINARY => self.binary(node),
            kind::PARENTHESIZED => self.only_child(node),
            kind::TERNARY => self.ternary(node),
            kind::CAST => self.cast(node),
            kind::INSTANCEOF => self.instance_of(node),
            kind::SWITCH => self.switch(node),
            kind::ARRAY_ACCESS => {
                let base = self.optional(node.child_by_field_id(FIELDS.array), line);
                let key = self.optional(node.child_by_field_id(FIELDS.index), line);
                self.out.expr(Expr::Index(base, key), line, Role::Silent)
            }
            kind::ARRAY_CREATION => self.new_array(node),
            kind::UNARY => {
                let value = self.optional(node.child_by_field_id(FIELDS.operand), line);
                let operator = node.child_by_field_id(FIELDS.operator);
                match operator.map_or("", |operator| self.text(operator)) {
                    "!" => self.out.literal_expr("__boolean", line),
                    _ => value,
                }
            }
            kind::UPDATE => {
                let value = self.only_child(node);
                self.out.set_role(value, Role::Write);
                value
            }
            kind::CLASS_LITERAL => self.class_literal(node),
            _ => self.literal(node),
        }
    }

    fn literal(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let text = self.text(node);
        match kind::of(node) {
            kind::STRING => {
                let text = text.trim_matches('"');
                self.out.text_expr(text, "String", line)
            }
            kind::DECIMAL | kind::HEX if text.ends_with(['l', 'L']) => {
                self.out.literal_expr("__long", line)
            }
            kind::DECIMAL | kind::HEX => self.out.literal_expr("__int", line),
            kind::FLOAT if text.ends_with(['f', 'F']) => self.out.literal_expr("__float", line),
            kind::FLOAT => self.out.literal_expr("__double", line),
            kind::CHARACTER => self.out.literal_expr("__char", line),
            kind::NULL => self.out.literal_expr("null", line),
            kind::TRUE | kind::FALSE => self.out.literal_expr("__boolean", line),
            _ => self.out.unknown(line),
        }
    }

    pub(super) fn optional(&mut self, node: Option<Node<'a>>, line: u32) -> ExprId {
        match node {
            Some(node) => self.expression(node),
            None => self.out.unknown(line),
        }
    }

    /// The value of the only expression inside a node.
    pub(super) fn only_child(&mut self, node: Node<'a>) -> ExprId {
        let children = self.walk.open(node);
        let child = children.clone().next().map(|index| self.walk.child(index));
        self.walk.close(&children);
        self.optional(child, line_of(node))
    }

    pub(super) fn arguments(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let mut args = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let value = self.expression(child);
            self.out.set_role(value, Role::Argument);
            args.push(value);
        }
        self.walk.close(&children);
        args
    }

    fn method_call(&mut self, node: Node<'a>) -> ExprId {
        let Some(name_node) = node.child_by_field_id(FIELDS.name) else {
            return self.out.unknown(line_of(node));
        };
        let (name, line) = (self.text(name_node), line_of(name_node));
        let callee = match node.child_by_field_id(FIELDS.object) {
            Some(object) => {
                let base = self.receiver(node, object);
                self.out.member_expr(base, name, line, Role::Silent)
            }
            None => self.out.name_expr(&called(name), line, Role::Silent),
        };
        let args = match node.child_by_field_id(FIELDS.arguments) {
            Some(arguments) => self.arguments(arguments),
            None => Vec::new(),
        };
        self.out.call_expr(callee, &args, line)
    }

    /// What stands before the dot; `T.super.m()` calls what `T` has.
    fn receiver(&mut self, node: Node<'a>, object: Node<'a>) -> ExprId {
        let is_named_super = kind::of(object) != kind::SUPER && {
            let mut after = object.next_named_sibling();
            while let Some(extra) = after.filter(|after| after.is_extra()) {
                after = extra.next_named_sibling();
            }
            after
                .is_some_and(|after| kind::of(after) == kind::SUPER && after.parent() == Some(node))
        };
        let base = self.expression(object);
        if is_named_super {
            let line = line_of(object);
            return self
                .out
                .expr(Expr::Cast(ExprId::NONE, base), line, Role::Silent);
        }
        if kind::of(object) == kind::IDENTIFIER && kind::of(node) == kind::METHOD_CALL {
            return self.narrowed_receiver(object, base);
        }
        base
    }

    fn field_access(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let (Some(object), Some(field)) = (
            node.child_by_field_id(FIELDS.object),
            node.child_by_field_id(FIELDS.field),
        ) else {
            return self.out.unknown(line);
        };
        let name = self.text(field);
        if kind::of(field) == kind::THIS {
            let base = self.expression(object);
            return self
                .out
                .expr(Expr::Cast(ExprId::NONE, base), line, Role::Silent);
        }
        if let Some(package) = self.package_before(object, name) {
            return self.full_name(package, name, line);
        }
        let base = self.receiver(node, object);
        self.out.member_expr(base, name, line_of(field), Role::Use)
    }

    /// `a.b` of `a.b.C`, when it looks like a package: lower case, no call in it, before a name that looks like a type.
    fn package_before(&self, object: Node<'a>, name: &str) -> Option<&'a str> {
        let looks_like_type =
            name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
        if !looks_like_type || kind::of(object) != kind::FIELD_ACCESS {
            return None;
        }
        let text = self.text(object);
        let is_package = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_');
        (is_package && !text.starts_with("this.") && !text.starts_with("super.")).then_some(text)
    }

    fn new_object(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let mut body = None;
        let children = self.walk.open(node);
        let mut outer_value = ExprId::NONE;
        let mut class = ExprId::NONE;
        let mut arguments = None;
        for index in children.clone() {
            let child = self.walk.child(index);
            let field = self.walk.field(index);
            if field == FIELDS.type_ {
                class = if outer_value.is_some() && kind::of(child) == kind::TYPE_IDENTIFIER {
                    let name = self.text(child);
                    // `outer.new Inner()` names a member of the outer object's type.
                    self.out.member_expr(outer_value, name, line, Role::Silent)
                } else {
                    self.ty(child)
                };
                self.out.set_role(class, Role::Silent);
            } else if field == FIELDS.arguments {
                arguments = Some(child);
            } else if kind::of(child) == kind::CLASS_BODY {
                body = Some(child);
            } else if !class.is_some()
                && !matches!(
                    kind::of(child),
                    kind::TYPE_ARGUMENTS | kind::ANNOTATION | kind::MARKER_ANNOTATION
                )
            {
                outer_value = self.expression(child);
            }
        }
        self.walk.close(&children);
        let class = if class.is_some() {
            class
        } else {
            self.out.unknown(line)
        };
        let value = self.construct(class, arguments, line);
        let Some(body) = body else {
            return value;
        };
        let symbol = self.anonymous_class(body, class);
        let class = self.out.expr(Expr::Symbol(symbol), line, Role::Silent);
        self.out.expr(Expr::Cast(value, class), line, Role::Silent)
    }

    /// A constructor at work.
    pub(super) fn construct(
        &mut self,
        class: ExprId,
        arguments: Option<Node<'a>>,
        line: u32,
    ) -> ExprId {
        let args = match arguments {
            Some(arguments) => self.arguments(arguments),
            None => Vec::new(),
        };
        let args = self.out.list(&args);
        self.out.expr(Expr::New(class, args), line, Role::Call)
    }

    fn new_array(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let mut element = ExprId::NONE;
        let mut pairs = 0;
        let mut value = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let field = self.walk.field(index);
            if field == FIELDS.type_ {
                element = self.ty(child);
            } else if kind::of(child) == kind::DIMENSIONS {
                pairs += self.text(child).bytes().filter(|b| *b == b'[').count();
            } else if field == FIELDS.dimensions {
                pairs += 1;
                self.only_child(child);
            } else if kind::of(child) == kind::ARRAY_INITIALIZER {
                let items = self.array_items(child);
                let items = self.out.list(&items);
                value = self.out.expr(Expr::List(items), line, Role::Silent);
            }
        }
        self.walk.close(&children);
        let ty = self.arrays(element, pairs, line);
        self.out.expr(Expr::Cast(value, ty), line, Role::Silent)
    }

    fn lambda(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let symbol = self
            .out
            .add_symbol("", NodeKind::Lambda, line, end_line_of(node));
        let outer = self.out.enter_symbol(symbol, BlockKind::Function);
        let outer_complexity = std::mem::replace(&mut self.complexity, 1);
        if let Some(parameters) = node.child_by_field_id(FIELDS.parameters) {
            let params = if kind::of(parameters) == kind::IDENTIFIER {
                let name = self.text(parameters);
                vec![(self.untyped(name), ExprId::NONE)]
            } else {
                self.parameter_list(parameters)
            };
            self.bind_parameters(symbol, params, line);
        }
        match node.child_by_field_id(FIELDS.body) {
            Some(body) if kind::of(body) == kind::BLOCK => self.statements(body),
            Some(body) => {
                let value = self.expression(body);
                self.out.add_return(value, false);
            }
            None => {}
        }
        self.out.symbol_mut(symbol).complexity = self.complexity;
        self.complexity = outer_complexity;
        self.out.leave(outer);
        self.out.expr(Expr::Symbol(symbol), line, Role::Silent)
    }

    /// `A::m`, `a::m`, `A::new`.
    fn method_reference(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let mut base = ExprId::NONE;
        let mut name = CONSTRUCTOR.to_owned();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if !base.is_some() {
                base = match kind::of(child) {
                    kind::GENERIC_TYPE
                    | kind::ARRAY_TYPE
                    | kind::SCOPED_TYPE
                    | kind::TYPE_IDENTIFIER
                    | kind::INTEGRAL_TYPE
                    | kind::FLOAT_TYPE
                    | kind::BOOLEAN_TYPE => self.ty(child),
                    _ => self.expression(child),
                };
            } else if kind::of(child) == kind::IDENTIFIER {
                name = called(self.text(child));
            }
        }
        self.walk.close(&children);
        if base.is_some() {
            self.out.member_expr(base, &name, line, Role::Use)
        } else {
            self.out.unknown(line)
        }
    }

    fn class_literal(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let children = self.walk.open(node);
        let mut ty = ExprId::NONE;
        for index in children.clone() {
            let child = self.walk.child(index);
            ty = self.ty(child);
        }
        self.walk.close(&children);
        let class = self.out.name_expr("__class", line, Role::Silent);
        let class = if ty.is_some() {
            let items = self.out.list(&[ty]);
            self.out.expr(Expr::Apply(class, items), line, Role::Silent)
        } else {
            class
        };
        self.out
            .expr(Expr::Cast(ExprId::NONE, class), line, Role::Silent)
    }

    fn assignment(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let Some(left) = node.child_by_field_id(FIELDS.left) else {
            return self.out.unknown(line);
        };
        let operator = node.child_by_field_id(FIELDS.operator);
        let replaces = operator.is_some_and(|operator| self.text(operator) == "=");
        let right = node.child_by_field_id(FIELDS.right);
        if !replaces {
            let target = self.expression(left);
            self.out.set_role(target, Role::Write);
            self.optional(right, line);
            return target;
        }
        match kind::of(left) {
            kind::FIELD_ACCESS => self.assign_field(left, right),
            kind::ARRAY_ACCESS => {
                let base = self.optional(left.child_by_field_id(FIELDS.array), line);
                self.optional(left.child_by_field_id(FIELDS.index), line);
                let value = self.optional(right, line);
                self.bind_to_member(base, Name::NONE, value, line);
                value
            }
            _ => {
                let value = self.optional(right, line);
                let name = self.text(left);
                self.narrowed.retain(|narrowing| narrowing.name != name);
                self.out.name_expr(name, line, Role::Write);
                self.out.assign(name, value, line);
                value
            }
        }
    }

    fn assign_field(&mut self, left: Node<'a>, right: Option<Node<'a>>) -> ExprId {
        let line = line_of(left);
        let base = self.optional(left.child_by_field_id(FIELDS.object), line);
        let value = self.optional(right, line);
        if let Some(field) = left.child_by_field_id(FIELDS.field) {
            let text = self.text(field);
            self.out
                .member_expr(base, text, line_of(field), Role::Write);
            let name = self.out.name(text);
            self.bind_to_member(base, name, value, line);
        }
        value
    }

    fn bind_to_member(&mut self, base: ExprId, name: Name, value: ExprId, line: u32) {
        self.out.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol: SymbolId::NONE,
            line,
        });
    }

    /// Long sums lean to the left: they are walked, not recursed into.
    fn binary(&mut self, node: Node<'a>) -> ExprId {
        let mut steps = Vec::new();
        let mut is_truth = false;
        let mut is_sum = false;
        let mut left = node;
        while kind::of(left) == kind::BINARY {
            let operator = self.operator_of(left);
            match operator {
                "&&" | "||" => {
                    self.branch();
                    is_truth = true;
                }
                "==" | "!=" | "<" | "<=" | ">" | ">=" => is_truth = true,
                "+" => is_sum = true,
                _ => {}
            }
            steps.push((operator, left));
            match left.child_by_field_id(FIELDS.left) {
                Some(next) => left = next,
                None => break,
            }
        }
        let line = line_of(node);
        let narrowings = self.narrowed.len();
        let mut parts = vec![self.expression(left)];
        for (operator, step) in steps.into_iter().rev() {
            let Some(right) = step.child_by_field_id(FIELDS.right) else {
                continue;
            };
            match operator {
                "&&" => self.narrow_before(step),
                "||" => self.narrowed.truncate(narrowings),
                _ => {}
            }
            parts.push(self.expression(right));
        }
        self.narrowed.truncate(narrowings);
        if is_truth {
            self.out.literal_expr("__boolean", line)
        } else if is_sum {
            // A sum is a text if any part of it is.
            let operator = self.out.name("+");
            let list = self.out.list(&parts);
            let sum = Expr::Operator(operator, list);
            let sum = self.out.expr(sum, line, Role::Call);
            self.out.joined_text(sum, &parts);
            sum
        } else {
            parts[0]
        }
    }

    pub(super) fn operator_of(&self, node: Node<'a>) -> &'a str {
        let operator = node.child_by_field_id(FIELDS.operator);
        operator.map_or("", |operator| self.text(operator))
    }

    fn ternary(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        self.branch();
        let condition = node.child_by_field_id(FIELDS.condition);
        self.optional(condition, line);
        let narrowings = self.narrow_by(condition);
        let consequence = self.optional(node.child_by_field_id(FIELDS.consequence), line);
        self.narrowed.truncate(narrowings);
        let parts = [
            consequence,
            self.optional(node.child_by_field_id(FIELDS.alternative), line),
        ];
        self.out.either(&parts, line)
    }

    fn cast(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let mut types = Vec::new();
        let mut value = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if self.walk.field(index) == FIELDS.type_ {
                types.push(self.ty(child));
            } else if self.walk.field(index) == FIELDS.value {
                value = self.expression(child);
            }
        }
        self.walk.close(&children);
        types.retain(|ty| ty.is_some());
        if types.is_empty() {
            return value;
        }
        let ty = self.out.either(&types, line);
        self.out.expr(Expr::Cast(value, ty), line, Role::Silent)
    }
}

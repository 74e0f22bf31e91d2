//! Expressions: how values are made from values. References and dereferences leave no trace.

use tree_sitter::Node;

use super::lowering::{FIELDS, Lowering, kind};
use crate::facts::{BlockKind, Expr, ExprId, ListId, MemberBinding, Name, Role, SymbolId};

/// Methods of the standard containers that put a value in, and the number of their arguments: the last one is stored.
const STORES: &[(&str, usize)] = &[
    ("insert", 2),
    ("push", 1),
    ("push_back", 1),
    ("push_front", 1),
];

/// Functions that pin their argument.
const PINS: &[&str] = &[
    "Box::pin",
    "Pin::new",
    "Pin::new_unchecked",
    "std::pin::Pin::new",
];

/// Methods of a pin that give the pinned value or a view of it with the same fields.
const SAME_BEHIND_PIN: &[&str] = &[
    "as_mut",
    "as_ref",
    "get_mut",
    "get_ref",
    "get_unchecked_mut",
    "project",
];

impl<'t> Lowering<'t, '_> {
    /// The value of an expression; `NONE` when it has none or never comes to be (`return`, `while`).
    pub(super) fn value(&mut self, node: Node<'t>) -> ExprId {
        if self.state.depth >= super::lowering::MAX_DEPTH {
            let line = self.line(node);
            return self.facts.unknown(line);
        }
        self.state.depth += 1;
        let value = self.value_at(node);
        self.state.depth -= 1;
        value
    }

    /// The value of an expression, `Unknown` when it has none.
    pub(super) fn operand(&mut self, node: Node<'t>) -> ExprId {
        let value = self.value(node);
        let line = self.line(node);
        self.known(value, line)
    }

    fn value_at(&mut self, node: Node<'t>) -> ExprId {
        let line = self.line(node);
        match kind(node) {
            "identifier" | "scoped_identifier" => self.path(node, Role::Use),
            "self" => self.facts.name_expr("self", line, Role::Silent),
            "call_expression" => self.call_expression(node),
            "field_expression" => self.field_expression(node),
            "macro_invocation" => self.macro_expression(node),
            "string_literal" | "raw_string_literal" => self.string(node, line),
            "integer_literal" => self.literal(integer_type(self.text_of(node)), line),
            "float_literal" => {
                let is_short = self.text_of(node).ends_with("f32");
                self.literal(if is_short { "f32" } else { "f64" }, line)
            }
            "boolean_literal" => self.literal("bool", line),
            "char_literal" => self.literal("char", line),
            "unit_expression" => ExprId::NONE,
            "reference_expression" => match node.child_by_field_id(FIELDS.value) {
                Some(inner) => self.value(inner),
                None => ExprId::NONE,
            },
            "parenthesized_expression" => self.only_child(node),
            "unary_expression" => self.unary(node, line),
            "binary_expression" => self.binary(node, line),
            "assignment_expression" => self.assignment(node),
            "compound_assignment_expr" => self.compound_assignment(node, line),
            "try_expression" => {
                self.state.branches = self.state.branches.saturating_add(1);
                let inner = self.only_operand(node);
                self.silent(Expr::Unwrap(inner), line)
            }
            "await_expression" => {
                let inner = self.only_operand(node);
                self.silent(Expr::Await(inner), line)
            }
            "block" => self.block(node, BlockKind::Plain),
            "if_expression" => self.if_expression(node),
            "match_expression" => self.match_expression(node),
            "while_expression" => self.while_expression(node),
            "for_expression" => self.for_expression(node),
            "loop_expression" => self.loop_expression(node),
            "break_expression" => self.break_expression(node),
            "return_expression" => self.return_expression(node),
            "continue_expression" => ExprId::NONE,
            "closure_expression" => self.closure(node),
            "async_block" | "gen_block" => self.async_block(node),
            "unsafe_block" | "const_block" | "try_block" => self.inner_block(node),
            "struct_expression" => self.struct_expression(node),
            "array_expression" => {
                let items = self.array_items(node);
                let items = self.facts.list(&items);
                self.silent(Expr::List(items), line)
            }
            "tuple_expression" => {
                let mut items = Vec::new();
                self.each(node, |this, child, _| {
                    if kind(child) != "attribute_item" {
                        items.push(this.operand(child));
                    }
                });
                let items = self.facts.list(&items);
                self.silent(Expr::Tuple(items), line)
            }
            "index_expression" => self.index(node, line),
            "range_expression" => {
                let mut ends = Vec::new();
                self.each(node, |this, child, _| ends.push(this.operand(child)));
                let ends = self.facts.list(&ends);
                self.silent(Expr::List(ends), line)
            }
            "type_cast_expression" => {
                let value = self.operand_in(node, FIELDS.value);
                let target = self.type_in_field(node, FIELDS.type_name);
                if target.is_some() {
                    self.silent(Expr::Cast(value, target), line)
                } else {
                    value
                }
            }
            "generic_function" => self.generic_function(node),
            "let_condition" | "let_chain" => {
                self.condition(node);
                self.literal("bool", line)
            }
            _ => self.unknown_syntax(node, line),
        }
    }

    /// A broken piece of syntax: what can be read inside it is.
    fn unknown_syntax(&mut self, node: Node<'t>, line: u32) -> ExprId {
        if node.is_error() {
            self.statements(node);
        }
        self.facts.unknown(line)
    }

    pub(super) fn only_child(&mut self, node: Node<'t>) -> ExprId {
        let mut value = ExprId::NONE;
        self.each(node, |this, child, _| value = this.value(child));
        value
    }

    fn only_operand(&mut self, node: Node<'t>) -> ExprId {
        let value = self.only_child(node);
        let line = self.line(node);
        self.known(value, line)
    }

    pub(super) fn operand_in(&mut self, node: Node<'t>, field: u16) -> ExprId {
        match node.child_by_field_id(field) {
            Some(child) => self.operand(child),
            None => {
                let line = self.line(node);
                self.facts.unknown(line)
            }
        }
    }

    fn string(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let text = self.text_of(node);
        let text = text
            .trim_start_matches(['b', 'c', 'r', '#'])
            .trim_end_matches('#');
        let text = text.strip_prefix('"').unwrap_or(text);
        let text = text.strip_suffix('"').unwrap_or(text);
        self.facts.text_expr(text, "str", line)
    }

    // ---- calls ----

    fn call_expression(&mut self, node: Node<'t>) -> ExprId {
        let Some(function) = node.child_by_field_id(FIELDS.function) else {
            return ExprId::NONE;
        };
        let callee = self.operand(function);
        let line = self.facts.facts().exprs.line(callee);
        let mut args = Vec::new();
        if let Some(arguments) = node.child_by_field_id(FIELDS.arguments) {
            self.each(arguments, |this, child, _| {
                if kind(child) != "attribute_item" {
                    args.push(this.operand(child));
                }
            });
        }
        self.store(function, callee, &args);
        let text = self.text_of(function);
        if let (Some(value), true) = (args.first(), PINS.contains(&text)) {
            return *value;
        }
        match empty_container(text) {
            Some(container) => {
                let none = self.facts.list(&[]);
                self.silent(container(none), line)
            }
            None => {
                let result = self.call(callee, &args, line);
                self.same_behind_pin(callee, result, line)
            }
        }
    }

    /// `pin.as_mut()` and the like give what the pin points at, which is what the pin is to us; other types have methods
    /// of these names as well.
    fn same_behind_pin(&mut self, callee: ExprId, result: ExprId, line: u32) -> ExprId {
        if let Expr::Member(base, name) = self.facts.facts().exprs.expr(callee)
            && SAME_BEHIND_PIN.contains(&self.facts.text(name))
        {
            return self.one_of(&[result, base], line);
        }
        result
    }

    /// `xs.push(x)` and the like: the container holds the value from now on.
    fn store(&mut self, function: Node<'t>, callee: ExprId, args: &[ExprId]) {
        let (Some(value), "field_expression") = (args.last(), kind(function)) else {
            return;
        };
        let Expr::Member(base, name) = self.facts.facts().exprs.expr(callee) else {
            return;
        };
        let text = self.facts.text(name);
        let stores = STORES
            .iter()
            .any(|(method, count)| *method == text && *count == args.len());
        if stores {
            let line = self.facts.facts().exprs.line(callee);
            self.facts.bind_member(MemberBinding {
                base,
                name: Name::NONE,
                value: *value,
                declared: ExprId::NONE,
                symbol: SymbolId::NONE,
                line,
            });
        }
    }

    fn generic_function(&mut self, node: Node<'t>) -> ExprId {
        let callee = self.operand_in(node, FIELDS.function);
        let line = self.facts.facts().exprs.line(callee);
        let arguments = node.child_by_field_id(FIELDS.type_arguments);
        let applied = self.apply(callee, arguments, line);
        if applied != callee {
            self.facts.set_role(callee, Role::Silent);
        }
        applied
    }

    fn field_expression(&mut self, node: Node<'t>) -> ExprId {
        let base = self.operand_in(node, FIELDS.value);
        let Some(field) = node.child_by_field_id(FIELDS.field) else {
            return base;
        };
        let line = self.line(field);
        let text = self.text_of(field);
        if kind(field) == "integer_literal" {
            let position = text.parse().unwrap_or(u32::MAX);
            // A tuple struct's fields are members named by their position; a tuple's are its parts.
            let part = self.silent(Expr::Item(base, position), line);
            let member = self.facts.member_expr(base, text, line, Role::Use);
            return self.facts.either(&[part, member], line);
        }
        self.facts.member_expr(base, text, line, Role::Use)
    }

    fn struct_expression(&mut self, node: Node<'t>) -> ExprId {
        let line = self.line(node);
        let target = match node.child_by_field_id(FIELDS.name) {
            Some(name) => self.path(name, Role::Silent),
            None => ExprId::NONE,
        };
        let target = self.known(target, line);
        let mut args = Vec::new();
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.each(body, |this, child, _| {
                this.field_initializer(child, &mut args)
            });
        }
        let args = self.facts.list(&args);
        let role = self.call_role();
        self.facts.expr(Expr::New(target, args), line, role)
    }

    fn field_initializer(&mut self, node: Node<'t>, args: &mut Vec<ExprId>) {
        let line = self.line(node);
        match kind(node) {
            "field_initializer" => {
                let value = self.operand_in(node, FIELDS.value);
                if let Some(field) = node.child_by_field_id(FIELDS.field) {
                    let name = self.facts.name(self.text_of(field));
                    args.push(self.silent(Expr::Keyword(name, value), line));
                }
            }
            "shorthand_field_initializer" => {
                let text = self.text_of(node).rsplit(']').next().unwrap_or("").trim();
                let value = self.facts.name_expr(text, line, Role::Use);
                let name = self.facts.name(text);
                args.push(self.silent(Expr::Keyword(name, value), line));
            }
            "base_field_initializer" => {
                let value = self.only_operand(node);
                args.push(self.silent(Expr::Spread(value), line));
            }
            _ => {}
        }
    }

    /// The elements of `[a, b]`, or the one of `[a; n]`.
    pub(super) fn array_items(&mut self, node: Node<'t>) -> Vec<ExprId> {
        let mut items = Vec::new();
        self.each(node, |this, child, field| {
            let item = match kind(child) {
                "attribute_item" => return,
                _ => this.operand(child),
            };
            // The field of a length.
            if field.is_none() {
                items.push(item);
            }
        });
        items
    }

    fn index(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let mut parts = Vec::new();
        self.each(node, |this, child, _| parts.push(this.operand(child)));
        match parts.as_slice() {
            [base, key] => {
                let (base, key) = (*base, *key);
                let role = self.call_role();
                self.facts.expr(Expr::Index(base, key), line, role)
            }
            _ => self.facts.unknown(line),
        }
    }

    // ---- operators ----

    fn operator(&mut self, name: &str, operands: &[ExprId], line: u32) -> ExprId {
        let name = self.facts.name(name);
        let operands = self.facts.list(operands);
        let role = self.call_role();
        self.facts.expr(Expr::Operator(name, operands), line, role)
    }

    fn unary(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let sign = node.child(0).map_or("", kind);
        let inner = self.only_operand(node);
        match sign {
            "-" => self.operator("neg", &[inner], line),
            "!" => self.operator("not", &[inner], line),
            _ => inner,
        }
    }

    fn binary(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let sign = node.child_by_field_id(FIELDS.operator).map_or("", kind);
        let left = self.operand_in(node, FIELDS.left);
        let right = self.operand_in(node, FIELDS.right);
        let method = match sign {
            "&&" | "||" => {
                self.state.branches = self.state.branches.saturating_add(1);
                return self.literal("bool", line);
            }
            // What types write of these traits: the other methods stand for these.
            "==" | "!=" => "eq",
            "<" | "<=" | ">" | ">=" => "partial_cmp",
            "+" => "add",
            "-" => "sub",
            "*" => "mul",
            "/" => "div",
            "%" => "rem",
            "&" => "bitand",
            "|" => "bitor",
            "^" => "bitxor",
            "<<" => "shl",
            ">>" => "shr",
            _ => return self.facts.unknown(line),
        };
        self.operator(method, &[left, right], line)
    }

    fn compound_assignment(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let sign = node.child_by_field_id(FIELDS.operator).map_or("", kind);
        let left = self.operand_in(node, FIELDS.left);
        self.facts.set_role(left, Role::Write);
        let right = self.operand_in(node, FIELDS.right);
        let method = match sign {
            "+=" => "add_assign",
            "-=" => "sub_assign",
            "*=" => "mul_assign",
            "/=" => "div_assign",
            "%=" => "rem_assign",
            "&=" => "bitand_assign",
            "|=" => "bitor_assign",
            "^=" => "bitxor_assign",
            "<<=" => "shl_assign",
            ">>=" => "shr_assign",
            _ => return ExprId::NONE,
        };
        self.operator(method, &[left, right], line);
        ExprId::NONE
    }

    fn assignment(&mut self, node: Node<'t>) -> ExprId {
        let value = self.operand_in(node, FIELDS.right);
        if let Some(left) = node.child_by_field_id(FIELDS.left) {
            self.assign(left, value);
        }
        ExprId::NONE
    }

    fn assign(&mut self, target: Node<'t>, value: ExprId) {
        let line = self.line(target);
        match kind(target) {
            "identifier" => match self.text_of(target) {
                "_" => {}
                text => self.facts.assign(text, value, line),
            },
            "unary_expression" | "parenthesized_expression" => {
                self.each(target, |this, inner, _| {
                    this.deeper((), |this| this.assign(inner, value));
                });
            }
            "field_expression" => {
                let place = self.field_expression(target);
                self.facts.set_role(place, Role::Write);
                if let Expr::Member(base, name) = self.facts.facts().exprs.expr(place) {
                    self.put(base, name, value, line);
                }
            }
            "index_expression" => {
                let place = self.operand(target);
                if let Expr::Index(base, _) = self.facts.facts().exprs.expr(place) {
                    self.put(base, Name::NONE, value, line);
                }
            }
            "tuple_expression" => {
                let mut position = 0;
                self.each(target, |this, part, _| {
                    let item = this.silent(Expr::Item(value, position), line);
                    position += 1;
                    this.deeper((), |this| this.assign(part, item));
                });
            }
            _ => {
                self.value(target);
            }
        }
    }

    fn put(&mut self, base: ExprId, name: Name, value: ExprId, line: u32) {
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

/// The type that the suffix of an integer names.
fn integer_type(text: &str) -> &'static str {
    const SUFFIXES: &[&str] = &[
        "i128", "i16", "i32", "i64", "i8", "isize", "u128", "u16", "u32", "u64", "u8", "usize",
    ];
    if !text.contains(['i', 'u']) {
        return "i32";
    }
    SUFFIXES
        .iter()
        .find(|suffix| text.ends_with(**suffix))
        .copied()
        .unwrap_or("i32")
}

/// Constructors of empty containers are literals: what is put in later is what they hold.
fn empty_container(function: &str) -> Option<fn(ListId) -> Expr> {
    match function {
        "Vec::new" | "Vec::with_capacity" | "VecDeque::new" | "VecDeque::with_capacity" => {
            Some(Expr::List)
        }
        "HashMap::new" | "HashMap::with_capacity" | "BTreeMap::new" => Some(Expr::Map),
        _ => None,
    }
}

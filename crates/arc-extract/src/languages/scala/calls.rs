//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, Place, Walk, child_of_kind, has_token, named_children, unquoted,
};

use crate::facts::{BlockKind, Expr, ExprId, Role, flag};

use crate::source::{end_line_of, line_of};

use super::ITERATORS;

// ---- expressions ----

pub(super) fn type_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node);
    walk.facts.name_expr(text, line_of(node), Role::Type)
}

/// `a.b.Type`: a type inside a type is reached through it, one in a package by its own name.
pub(super) fn stable_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let children = named_children(node);
    let [base, name] = children[..] else {
        return walk.only_child(node);
    };
    let line = line_of(node);
    if walk
        .text(base)
        .starts_with(|c: char| c.is_ascii_uppercase())
    {
        let base = walk.value(base);
        let text = walk.text(name);
        walk.member_named(base, text, line)
    } else {
        walk.value(name)
    }
}

pub(super) fn generic_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "type");
    let args = match node.child_by_field_name("type_arguments") {
        Some(args) => walk.values(args),
        None => Vec::new(),
    };
    walk.apply(base, &args, line_of(node))
}

pub(super) fn wildcard<'w>(walk: &mut Walk<'w>, _: Node<'w>) -> ExprId {
    walk.base
}

pub(super) fn instance<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let children = named_children(node);
    let args = children.iter().find(|child| child.kind() == "arguments");
    let body = children
        .iter()
        .find(|child| child.kind() == "template_body");
    let target = children
        .first()
        .filter(|child| child.kind() != "template_body");
    if let Some(body) = body {
        let symbol = walk.class(ClassParts {
            bases: target.copied().into_iter().collect(),
            body: Some(*body),
            ..ClassParts::new(node, "", NodeKind::Class)
        });
        walk.arguments(args.copied());
        let target = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        return walk.cast(ExprId::NONE, target, line);
    }
    let target = target.map_or(ExprId::NONE, |target| walk.type_value(*target));
    walk.new_value(target, args.copied(), line)
}

pub(super) fn generic_function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(function) = node.child_by_field_name("function") else {
        return walk.only_child(node);
    };
    let args = node.child_by_field_name("type_arguments");
    let name = walk.field_text(function, "field");
    let target = args.and_then(|args| args.named_child(0));
    match name {
        "asInstanceOf" => {
            let value = walk.field_value(function, "value");
            let target = target.map_or(ExprId::NONE, |target| walk.type_value(target));
            walk.cast(value, target, line_of(node))
        }
        "isInstanceOf" => walk.type_test(function.child_by_field_name("value"), target),
        _ => {
            let value = walk.value(function);
            if let Some(args) = args {
                walk.value(args);
            }
            value
        }
    }
}

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let (Some(function), args) = (
        node.child_by_field_name("function"),
        node.child_by_field_name("arguments"),
    ) else {
        return walk.only_child(node);
    };
    if let Some(args) = args
        && test_block(walk, node, function, args)
    {
        return ExprId::NONE;
    }
    let callee = walk.value(function);
    let callee = walk.some(callee, line);
    let name = walk.field_text(function, "field");
    let given = walk.given_by(callee, name, ITERATORS, line_of(function));
    let outer = std::mem::replace(&mut walk.base, given);
    let values = match args {
        Some(args) if args.kind() == "arguments" => arguments(walk, args, given),
        Some(block) => vec![function_argument(walk, block, given)],
        None => Vec::new(),
    };
    walk.base = outer;
    walk.call_with(callee, &values, line)
}

pub(super) fn arguments<'w>(walk: &mut Walk<'w>, args: Node<'w>, given: ExprId) -> Vec<ExprId> {
    let mut values = Vec::new();
    walk.each(args, |walk, child, _| {
        if child.is_extra() {
            return;
        }
        let value = if child.kind() == "assignment_expression" {
            let value = walk.field_value(child, "right");
            let name = walk.field_text(child, "left");
            walk.keyword(name, value, line_of(child))
        } else {
            function_argument(walk, child, given)
        };
        walk.as_argument(value);
        values.push(value);
    });
    values
}

/// An argument; functions get what the callee passes to them.
pub(super) fn function_argument<'w>(walk: &mut Walk<'w>, node: Node<'w>, given: ExprId) -> ExprId {
    let line = line_of(node);
    let inner = match node.kind() {
        "block" | "lambda_expression" if node.kind() == "block" => node
            .named_child(0)
            .filter(|child| child.kind() == "lambda_expression")
            .unwrap_or(node),
        _ => node,
    };
    let value = if inner.kind() == "lambda_expression" {
        lambda_with(walk, inner, given)
    } else {
        walk.value(inner)
    };
    walk.some(value, line)
}

pub(super) fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    lambda_with(walk, node, ExprId::NONE)
}

pub(super) fn lambda_with<'w>(walk: &mut Walk<'w>, node: Node<'w>, given: ExprId) -> ExprId {
    let line = line_of(node);
    let symbol = walk
        .facts
        .add_symbol("", NodeKind::Lambda, line, end_line_of(node));
    let params = node.child_by_field_name("parameters");
    walk.with_function(symbol, true, |walk| {
        walk.parameters(symbol, params);
        if let Some(params) = params
            && given.is_some()
        {
            let first = match params.kind() {
                "identifier" => Some(params),
                _ => params
                    .named_child(0)
                    .and_then(|binding| binding.child_by_field_name("name")),
            };
            if let Some(first) = first {
                walk.declare_pattern(first, given);
            }
        }
        let mut last = ExprId::NONE;
        walk.each(node, |walk, child, _| {
            if Some(child) != params {
                last = walk.value(child);
            }
        });
        if last.is_some() {
            walk.return_value(last, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

/// `test("…") { … }`, `it("…") { … }`, `describe("…") { … }`. Whether it was one.
pub(super) fn test_block<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    function: Node<'w>,
    body: Node<'w>,
) -> bool {
    let name = walk.field_text(function, "function");
    if function.kind() != "call_expression" || body.kind() != "block" {
        return false;
    }
    let title = function
        .child_by_field_name("arguments")
        .and_then(|args| args.named_child(0))
        .filter(|title| title.kind() == "string");
    let Some(title) = title else { return false };
    if !matches!(
        name,
        "test" | "it" | "describe" | "property" | "scenario" | "feature"
    ) {
        return false;
    }
    test_symbol(walk, node, title, body);
    true
}

pub(super) fn test_symbol<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    title: Node<'w>,
    body: Node<'w>,
) {
    let title = unquoted(walk.text(title));
    let symbol = walk
        .facts
        .add_symbol(title, NodeKind::Test, line_of(node), end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flag::TEST;
    walk.with_function(symbol, true, |walk| {
        walk.value(body);
    });
}

/// `a op b` calls `op`; `"…" should "…" in { … }` is a test.
pub(super) fn infix<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (Some(left), Some(operator), Some(right)) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("operator"),
        node.child_by_field_name("right"),
    ) else {
        return walk.only_child(node);
    };
    let name = walk.text(operator);
    if name == "in" && right.kind() == "block" && walk.place == Place::Class {
        let title = match left.child_by_field_name("right") {
            Some(title) => title,
            None => left,
        };
        test_symbol(walk, node, title, right);
        return ExprId::NONE;
    }
    let base = walk.value(left);
    let is_word = name.starts_with(|c: char| c.is_alphabetic());
    if !is_word {
        walk.value(right);
        return ExprId::NONE;
    }
    let callee = walk.member_value(base, operator);
    let value = walk.value(right);
    let value = walk.some(value, line_of(right));
    walk.as_argument(value);
    walk.call_with(callee, &[value], line_of(operator))
}

pub(super) fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Loop);
    if let Some(enumerators) = child_of_kind(node, "enumerators") {
        walk.each(enumerators, |walk, child, _| enumerator(walk, child));
    }
    let value = walk.field_value(node, "body");
    walk.facts.leave(outer);
    value
}

pub(super) fn enumerator<'w>(walk: &mut Walk<'w>, node: Node<'w>) {
    let line = line_of(node);
    let children = named_children(node);
    let [target, items, ..] = children[..] else {
        walk.only_child(node);
        return;
    };
    let value = walk.value(items);
    let value = if has_token(node, "=") {
        value
    } else {
        let items = walk.some(value, line);
        walk.facts.expr(Expr::Element(items), line, Role::Call)
    };
    walk.declare_pattern(target, value);
    for guard in &children[2..] {
        walk.value(*guard);
    }
}

pub(super) fn match_expression<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.field_value(node, "value");
    let mut results = Vec::new();
    if let Some(body) = node.child_by_field_name("body") {
        walk.each(body, |walk, child, _| {
            let value = walk.value(child);
            if value.is_some() {
                results.push(value);
            }
        });
    }
    if results.is_empty() {
        ExprId::NONE
    } else {
        walk.facts.either(&results, line_of(node))
    }
}

pub(super) fn case_clause<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    let pattern = node.child_by_field_name("pattern");
    if let Some(pattern) = pattern {
        bind_pattern(walk, pattern, 0);
    }
    let mut value = ExprId::NONE;
    walk.each(node, |walk, child, _| {
        if Some(child) != pattern {
            value = walk.value(child);
        }
    });
    walk.facts.leave(outer);
    value
}

/// Names that a pattern declares, with the types that it tests.
pub(super) fn bind_pattern<'w>(walk: &mut Walk<'w>, pattern: Node<'w>, depth: u32) {
    let declare = |walk: &mut Walk<'w>, name: Node<'w>, declared: ExprId| {
        let text = walk.text(name);
        walk.declare_local(text);
        let block = walk.facts.block();
        walk.facts
            .bind(text, block, ExprId::NONE, declared, line_of(name));
    };
    match pattern.kind() {
        "identifier"
            if walk
                .text(pattern)
                .starts_with(|c: char| c.is_ascii_lowercase()) =>
        {
            declare(walk, pattern, ExprId::NONE);
        }
        "identifier" => {
            walk.value(pattern);
        }
        "typed_pattern" => {
            let declared = match pattern.child_by_field_name("type") {
                Some(declared) => walk.type_value(declared),
                None => ExprId::NONE,
            };
            if let Some(name) = pattern.child_by_field_name("pattern") {
                declare(walk, name, declared);
            }
        }
        _ if depth < 16 => {
            let type_node = pattern.child_by_field_name("type");
            for child in named_children(pattern) {
                if Some(child) == type_node {
                    walk.type_value(child);
                } else {
                    bind_pattern(walk, child, depth + 1);
                }
            }
        }
        _ => {}
    }
}

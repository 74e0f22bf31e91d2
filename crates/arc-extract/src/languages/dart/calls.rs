//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{Place, VariableParts, Walk, child_of_kind, unquoted};

use crate::facts::{BlockKind, Expr, ExprId, Role, flag};

use crate::source::{end_line_of, line_of};

use super::ITERATORS;

// ---- expressions ----

pub(super) fn string<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut is_plain = true;
    walk.each(node, |walk, child, _| {
        walk.each(child, |walk, part, _| {
            if part.kind() == "template_substitution" {
                is_plain = false;
                walk.value(part);
            }
        });
    });
    let line = line_of(node);
    if is_plain {
        let text = unquoted(walk.text(node));
        walk.facts.text_expr(text, "String", line)
    } else {
        walk.facts.literal_expr("String", line)
    }
}

pub(super) fn type_node<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut value = ExprId::NONE;
    let mut args = Vec::new();
    walk.each(node, |walk, child, _| match child.kind() {
        "type_identifier" => {
            let text = walk.text(child);
            value = if value.is_some() {
                walk.member_named(value, text, line)
            } else {
                walk.facts.name_expr(text, line, Role::Type)
            };
        }
        "type_arguments" => args = walk.values(child),
        _ => {
            walk.value(child);
        }
    });
    walk.apply(value, &args, line)
}

pub(super) fn member<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(object) = node.child_by_field_name("object") else {
        return walk.only_child(node);
    };
    let base = walk.value(object);
    match node.child_by_field_name("property") {
        Some(name) => walk.member_value(base, name),
        None => base,
    }
}

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let Some(function) = node.child_by_field_name("function") else {
        return walk.only_child(node);
    };
    let args = node.child_by_field_name("arguments");
    if let Some(args) = args
        && test_block(walk, node, function, args)
    {
        return ExprId::NONE;
    }
    let callee = walk.value(function);
    let callee = walk.some(callee, line);
    let name = walk.field_text(function, "property");
    let given = walk.given_by(callee, name, ITERATORS, line_of(function));
    let outer = std::mem::replace(&mut walk.base, given);
    let mut values = Vec::new();
    if let Some(args) = args {
        walk.each(args, |walk, child, _| {
            if child.is_extra() {
                return;
            }
            let value = if child.kind() == "function_expression" {
                lambda_with(walk, child, given)
            } else {
                walk.value(child)
            };
            let value = walk.some(value, line_of(child));
            walk.as_argument(value);
            values.push(value);
        });
    }
    walk.base = outer;
    walk.call_with(callee, &values, line)
}

pub(super) fn named_argument<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let label = node.named_child(0);
    let name = label
        .map_or("", |label| walk.text(label))
        .trim_end_matches([':', ' ']);
    let count = node.named_child_count() as u32;
    let value = match node.named_child(count.saturating_sub(1)) {
        Some(value) if Some(value) != label => walk.value(value),
        _ => ExprId::NONE,
    };
    walk.keyword(name, value, line_of(node))
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
    let body = node
        .child_by_field_name("body")
        .and_then(|body| body.named_child(0));
    walk.with_function(symbol, true, |walk| {
        walk.parameters(symbol, params);
        let first = params
            .and_then(|params| params.named_child(0))
            .and_then(|param| child_of_kind(param, "identifier"));
        if let Some(first) = first
            && given.is_some()
        {
            walk.declare_pattern(first, given);
        }
        let value = body.map_or(ExprId::NONE, |body| walk.value(body));
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

/// `test("…", () { … })` and its groups. Whether it was one.
pub(super) fn test_block<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    function: Node<'w>,
    args: Node<'w>,
) -> bool {
    let name = walk.text(function);
    let Some(code) = child_of_kind(args, "function_expression") else {
        return false;
    };
    let title = args
        .named_child(0)
        .filter(|title| title.kind() == "string_literal")
        .map_or("", |title| unquoted(walk.text(title)));
    let (kind, flags) = match name {
        "test" | "testWidgets" | "group" if !title.is_empty() => (NodeKind::Test, flag::TEST),
        "setUp" | "tearDown" | "setUpAll" | "tearDownAll" => (NodeKind::Function, flag::SETUP),
        _ => return false,
    };
    let label = if title.is_empty() { name } else { title };
    let symbol = walk
        .facts
        .add_symbol(label, kind, line_of(node), end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.with_function(symbol, true, |walk| {
        walk.parameters(symbol, code.child_by_field_name("parameters"));
        walk.field_value(code, "body");
    });
    true
}

pub(super) fn cascade<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    let outer = std::mem::replace(&mut walk.base, base);
    let first = node.named_child(0);
    walk.each(node, |walk, child, _| {
        if Some(child) != first {
            walk.value(child);
        }
    });
    walk.base = outer;
    base
}

pub(super) fn cascade_call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let callee = match node.child_by_field_name("property") {
        Some(name) => walk.member_value(walk.base, name),
        None => ExprId::NONE,
    };
    walk.call_value(callee, node.child_by_field_name("arguments"), line)
}

pub(super) fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name) = node.child_by_field_name("name") else {
        return walk.scope(node, BlockKind::Loop);
    };
    walk.count_branch();
    let line = line_of(node);
    let items = walk.field_value(node, "value");
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    let outer_place = std::mem::replace(&mut walk.place, Place::Function);
    walk.variable(VariableParts {
        value: element,
        ..VariableParts::new(name, walk.source.text_of(name))
    });
    walk.place = outer_place;
    walk.field_value(node, "body");
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn tested_type(node: Node<'_>) -> Option<Node<'_>> {
    node.named_child(1)
        .and_then(|test| child_of_kind(test, "type"))
}

pub(super) fn type_test<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.type_test(node.named_child(0), tested_type(node))
}

pub(super) fn type_cast<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = node
        .named_child(0)
        .map_or(ExprId::NONE, |value| walk.value(value));
    let target = tested_type(node).map_or(ExprId::NONE, |target| walk.type_value(target));
    walk.cast(value, target, line_of(node))
}

/// `on Type` stands before the `catch` that it belongs to, and their code behind both.
pub(super) fn try_statement<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut caught = ExprId::NONE;
    let mut name: Option<Node<'w>> = None;
    walk.each(node, |walk, child, _| match child.kind() {
        "type" => caught = walk.type_value(child),
        "catch_clause" => name = child.child_by_field_name("exception"),
        _ => {
            walk.count_branch();
            let outer = walk.facts.enter(BlockKind::Branch);
            if let Some(name) = name.take() {
                let text = walk.text(name);
                walk.declare_local(text);
                let block = walk.facts.block();
                walk.facts
                    .bind(text, block, ExprId::NONE, caught, line_of(name));
            }
            walk.value(child);
            walk.facts.leave(outer);
        }
    });
    ExprId::NONE
}

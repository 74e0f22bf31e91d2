//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{Walk, child_of_kind, param_kind};

use crate::facts::{Expr, ExprId, ParamFact, Role};

use crate::source::{end_line_of, line_of};

use super::ITERATORS;

// ---- expressions ----

pub(super) fn user_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut value = ExprId::NONE;
    let mut args = Vec::new();
    walk.each(node, |walk, child, _| match child.kind() {
        "type_identifier" => {
            let text = walk.text(child);
            value = if value.is_some() {
                walk.member_named(value, text, line)
            } else if text == "Self" {
                walk.facts.expr(Expr::ThisType, line, Role::Silent)
            } else {
                walk.facts.name_expr(text, line, Role::Type)
            };
        }
        "type_arguments" => args = walk.values(child),
        _ => {}
    });
    walk.apply(value, &args, line)
}

pub(super) fn array_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    container(walk, node, "Array")
}

pub(super) fn dictionary_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    container(walk, node, "Dictionary")
}

pub(super) fn container<'w>(walk: &mut Walk<'w>, node: Node<'w>, name: &str) -> ExprId {
    let line = line_of(node);
    let args = walk.values(node);
    let base = walk.facts.literal_expr(name, line);
    walk.apply(base, &args, line)
}

pub(super) fn navigation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "target");
    let name = node
        .child_by_field_name("suffix")
        .and_then(|suffix| suffix.child_by_field_name("suffix"));
    match name {
        Some(name) if name.kind() == "simple_identifier" => walk.member_value(base, name),
        _ => base,
    }
}

pub(super) fn postfix<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.field_value(node, "target")
}

pub(super) fn try_expression<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.field_value(node, "expr")
}

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let (Some(callee_node), Some(suffix)) =
        (node.named_child(0), child_of_kind(node, "call_suffix"))
    else {
        return walk.only_child(node);
    };
    let callee = walk.value(callee_node);
    let callee = walk.some(callee, line);
    let name = callee_node
        .child_by_field_name("suffix")
        .and_then(|suffix| suffix.child_by_field_name("suffix"))
        .map_or("", |name| walk.text(name));
    let given = walk.given_by(callee, name, ITERATORS, line_of(callee_node));
    let mut args = Vec::new();
    let mut is_index = false;
    walk.each(suffix, |walk, child, _| match child.kind() {
        "value_arguments" => {
            is_index = walk.text(child).starts_with('[');
            args.extend(walk.arguments(Some(child)));
        }
        "lambda_literal" => args.push(closure(walk, child, given)),
        _ => {
            walk.value(child);
        }
    });
    if is_index {
        let key = args.first().copied().unwrap_or(ExprId::NONE);
        return walk.index_value(callee, key, line);
    }
    walk.call_with(callee, &args, line)
}

pub(super) fn argument<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = walk.field_value(node, "value");
    match node.child_by_field_name("name") {
        Some(label) if value.is_some() => {
            let text = walk.text(label);
            walk.keyword(text, value, line_of(node))
        }
        _ => value,
    }
}

pub(super) fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    closure(walk, node, ExprId::NONE)
}

pub(super) fn closure<'w>(walk: &mut Walk<'w>, node: Node<'w>, given: ExprId) -> ExprId {
    let line = line_of(node);
    let symbol = walk
        .facts
        .add_symbol("", NodeKind::Lambda, line, end_line_of(node));
    let params = node
        .child_by_field_name("type")
        .and_then(|declared| child_of_kind(declared, "lambda_function_type_parameters"));
    walk.with_function(symbol, true, |walk| {
        match params {
            Some(params) => {
                walk.parameters(symbol, Some(params));
                let first = params
                    .named_child(0)
                    .and_then(|param| param.child_by_field_name("name"));
                if let Some(first) = first
                    && given.is_some()
                {
                    walk.declare_pattern(first, given);
                }
            }
            None => {
                let value = if given.is_some() {
                    given
                } else {
                    walk.facts.expr(Expr::Param(symbol, 0), line, Role::Silent)
                };
                let name = walk.interned("$0");
                walk.facts.symbol_mut(symbol).params.push(ParamFact {
                    name,
                    declared: ExprId::NONE,
                    default: ExprId::NONE,
                    kind: param_kind::POSITIONAL,
                });
                let block = walk.facts.block();
                walk.facts.bind("$0", block, value, ExprId::NONE, line);
            }
        }
        let value = child_of_kind(node, "statements")
            .map_or(ExprId::NONE, |statements| walk.value(statements));
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

/// `!x`; `.member` is a member of whatever type is expected, which we do not know.
pub(super) fn prefix<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let sign = node
        .child_by_field_name("operation")
        .map_or("", |sign| sign.kind());
    if sign != "." {
        walk.narrowing(|walk| {
            walk.field_value(node, "target");
        });
    }
    ExprId::NONE
}

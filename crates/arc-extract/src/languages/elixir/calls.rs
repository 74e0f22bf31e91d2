//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{self, Place, Walk, child_of_kind, named_children, unquoted};

use crate::facts::{BlockKind, Expr, ExprId, Role};

use crate::source::{end_line_of, line_of};

use super::lower::struct_of;

// ---- expressions ----

pub(super) fn plain_call<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    target: Node<'w>,
    args: Option<Node<'w>>,
    piped: Option<ExprId>,
) -> ExprId {
    let line = line_of(target);
    let callee = walk.value(target);
    let callee = walk.some(callee, line);
    let mut values: Vec<ExprId> = piped.into_iter().collect();
    if let Some(args) = args {
        values.extend(walk.arguments(Some(args)));
    }
    let value = if args.is_none() && piped.is_none() {
        callee
    } else {
        walk.call_with(callee, &values, line)
    };
    let mut results = Vec::new();
    if let Some(block) = child_of_kind(node, "do_block") {
        let outer = walk.facts.enter(BlockKind::Branch);
        walk.count_branch();
        walk.each(block, |walk, child, _| results.push(walk.value(child)));
        walk.facts.leave(outer);
    }
    results.retain(|result| result.is_some());
    if results.is_empty() {
        value
    } else {
        walk.facts.either(&results, line)
    }
}

pub(super) fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    let (left, right) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    );
    let (Some(left), Some(right)) = (left, right) else {
        return walk.only_child(node);
    };
    match sign {
        "|>" => {
            let piped = walk.value(left);
            let piped = walk.some(piped, line);
            if right.kind() == "call"
                && let Some(target) = right.child_by_field_name("target")
            {
                let args = child_of_kind(right, "arguments");
                plain_call(walk, right, target, args, Some(piped))
            } else {
                let callee = walk.value(right);
                walk.call_with(callee, &[piped], line)
            }
        }
        "=" => {
            let value = walk.value(right);
            assign(walk, left, value);
            value
        }
        "<-" => {
            let value = walk.value(right);
            assign(walk, left, ExprId::NONE);
            value
        }
        "||" => {
            let left = walk.value(left);
            let right = walk.value(right);
            if left.is_some() && right.is_some() {
                walk.facts.either(&[left, right], line)
            } else {
                ExprId::NONE
            }
        }
        _ => {
            walk.value(left);
            walk.value(right);
            ExprId::NONE
        }
    }
}

pub(super) fn assign<'w>(walk: &mut Walk<'w>, pattern: Node<'w>, value: ExprId) {
    match pattern.kind() {
        "identifier" | "tuple" | "list" => {
            declare_names(walk, pattern, 0);
            walk.assign_to(pattern, value);
        }
        _ => declare_names(walk, pattern, 0),
    }
}

/// All names in a pattern become locals of unknown value.
pub(super) fn declare_names<'w>(walk: &mut Walk<'w>, node: Node<'w>, depth: u32) {
    if depth > 24 {
        return;
    }
    match node.kind() {
        "identifier" => {
            let text = walk.text(node);
            if !walk.is_local(text) && walk.place == Place::Function {
                walk.declare_local(text);
                let block = walk.function_block();
                walk.facts
                    .bind(text, block, ExprId::NONE, ExprId::NONE, line_of(node));
            }
        }
        "alias" => {
            walk.value(node);
        }
        _ => {
            for child in named_children(node) {
                declare_names(walk, child, depth + 1);
            }
        }
    }
}

pub(super) fn clause<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    if let Some(left) = node.child_by_field_name("left") {
        declare_names(walk, left, 0);
    }
    let value = walk.field_value(node, "right");
    walk.facts.leave(outer);
    value
}

pub(super) fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let symbol = walk
        .facts
        .add_symbol("", NodeKind::Lambda, line, end_line_of(node));
    walk.with_function(symbol, true, |walk| {
        let only = child_of_kind(node, "stab_clause").filter(|_| node.named_child_count() == 1);
        let value = match only {
            Some(clause) => {
                walk.parameters(symbol, clause.child_by_field_name("left"));
                walk.field_value(clause, "right")
            }
            None => walk.sequence(node),
        };
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

/// `%Type{…}` makes one.
pub(super) fn map<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let target = struct_of(node).map(|target| walk.value(target));
    if let Some(content) = child_of_kind(node, "map_content") {
        walk.value(content);
    }
    match target {
        Some(target) => walk.new_with(target, &[], line_of(node)),
        None => ExprId::NONE,
    }
}

/// `@doc "…"`, `@behaviour X`, `&f/1`, `not x`.
pub(super) fn unary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    let Some(operand) = node.child_by_field_name("operand") else {
        return ExprId::NONE;
    };
    if sign != "@" {
        if sign == "&" && operand.kind() == "binary_operator" {
            return walk.field_value(operand, "left");
        }
        walk.value(operand);
        return ExprId::NONE;
    }
    let args = child_of_kind(operand, "arguments");
    let first = args.and_then(|args| args.named_child(0));
    match (walk.field_text(operand, "target"), first) {
        ("doc" | "moduledoc", Some(text)) if text.kind() == "string" => {
            let doc = child_of_kind(text, "quoted_content").map_or("", |text| walk.text(text));
            let doc = outline::first_paragraph(doc);
            if walk.field_text(operand, "target") == "doc" {
                walk.pending_doc = Some(doc);
            } else if let Some(class) = walk.classes.last() {
                let symbol = class.symbol;
                walk.facts.doc(symbol, &doc);
            }
        }
        ("behaviour", Some(name)) if name.kind() == "alias" => {
            let base = walk.type_value(name);
            if let Some(class) = walk.classes.last_mut() {
                class.bases.push(base);
            }
        }
        ("spec" | "type" | "typep" | "callback" | "opaque", _) => {}
        (name, Some(_)) if walk.place == Place::Class && !name.is_empty() => {
            walk.arguments(args);
        }
        _ => {}
    }
    ExprId::NONE
}

pub(super) fn string<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut is_plain = true;
    walk.each(node, |walk, child, _| {
        if child.kind() == "interpolation" {
            is_plain = false;
            walk.value(child);
        }
    });
    if is_plain {
        let text = unquoted(walk.text(node));
        walk.facts.text_expr(text, "String", line)
    } else {
        walk.facts.literal_expr("String", line)
    }
}

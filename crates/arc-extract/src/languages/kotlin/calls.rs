//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{Walk, child_of_kind, named_children, param_kind};

use crate::facts::{BlockKind, Expr, ExprId, ParamFact, Role};

use crate::source::{end_line_of, line_of};

use super::ITERATORS;

// ---- expressions ----

/// Lambdas around a name whose receivers it may be a member of.
const MOST_RECEIVERS: usize = 3;

pub(super) fn user_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut value = ExprId::NONE;
    let mut args = Vec::new();
    walk.each(node, |walk, child, _| match child.kind() {
        "identifier" => {
            let text = walk.text(child);
            let is_package = text.starts_with(|c: char| c.is_ascii_lowercase());
            value = if value.is_some() {
                walk.member_named(value, text, line)
            } else if is_package && node.named_child_count() > 1 {
                // `com.foo.Bar` written out: the type's own name finds it when it is imported or in the package.
                ExprId::NONE
            } else {
                walk.facts.name_expr(text, line, Role::Type)
            };
        }
        "type_arguments" => args = walk.values(child),
        _ => {}
    });
    walk.apply(value, &args, line)
}

pub(super) fn function_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut parts = Vec::new();
    walk.each(node, |walk, child, _| {
        if child.kind() == "function_type_parameters" {
            parts.extend(walk.values(child));
        } else {
            let value = walk.type_value(child);
            parts.push(walk.some(value, line));
        }
    });
    let parts = walk.facts.list(&parts);
    walk.facts.expr(Expr::Signature(parts), line, Role::Silent)
}

pub(super) fn navigation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    match node.named_child(1) {
        Some(name) if name.kind() == "identifier" => {
            let base = named_in(walk, base, false);
            walk.member_value(base, name)
        }
        _ => base,
    }
}

/// A name that may be a member of what a lambda around has as its receiver.
fn named_in(walk: &mut Walk<'_>, value: ExprId, is_called: bool) -> ExprId {
    let facts = walk.facts.facts();
    let Some(node) = facts.exprs.get(value) else {
        return value;
    };
    let Expr::Name(name) = node.expr else {
        return value;
    };
    let is_own = node.role == Role::Silent as u8;
    let text = facts.text(name);
    if walk.receivers.is_empty() || is_own || text.starts_with(char::is_uppercase) {
        return value;
    }
    let (text, line) = (text.to_owned(), node.line);
    let mut meanings = vec![value];
    let first = walk.receivers.len().saturating_sub(MOST_RECEIVERS);
    for at in (first..walk.receivers.len()).rev() {
        let receiver = walk.receivers[at];
        let member = walk.facts.member_expr(receiver, &text, line, Role::Silent);
        meanings.push(member);
    }
    if is_called {
        walk.facts.set_role(value, Role::Silent);
    }
    let meanings = walk.facts.list(&meanings);
    walk.facts.expr(Expr::Either(meanings), line, Role::Silent)
}

/// `this`, and `this@Outer`, which is an instance of a class around. Labels in lower case are those of functions.
pub(super) fn this<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let label = walk
        .text(node)
        .split_once('@')
        .map_or("", |(_, label)| label);
    if !label.starts_with(|c: char| c.is_uppercase()) {
        let this = walk.facts.expr(Expr::This, line, Role::Silent);
        return match walk.receivers.last().copied() {
            Some(receiver) => {
                let meanings = walk.facts.list(&[receiver, this]);
                walk.facts.expr(Expr::Either(meanings), line, Role::Silent)
            }
            None => this,
        };
    }
    let class = walk.facts.name_expr(label, line, Role::Silent);
    walk.cast(ExprId::NONE, class, line)
}

pub(super) fn callable<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let children = named_children(node);
    match children[..] {
        [base, name] => {
            let base = walk.value(base);
            walk.member_value(base, name)
        }
        _ => walk.only_child(node),
    }
}

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    // `f(a) { … }` is one call, which the grammar takes for a call of what `f(a)` gives.
    let inner = node.named_child(0).filter(|inner| {
        let has = |node: Node<'w>, kind: &str| child_of_kind(node, kind).is_some();
        inner.kind() == "call_expression"
            && has(*inner, "value_arguments")
            && !has(*inner, "annotated_lambda")
            && has(node, "annotated_lambda")
            && !has(node, "value_arguments")
    });
    let Some(callee_node) = inner.unwrap_or(node).named_child(0) else {
        return ExprId::NONE;
    };
    let callee = walk.value(callee_node);
    let callee = named_in(walk, callee, true);
    let callee = walk.some(callee, line);
    let scope = scope_function(walk, callee_node);
    let mut args = Vec::new();
    let mut last = ExprId::NONE;
    for part in inner.into_iter().chain([node]) {
        walk.each(part, |walk, child, _| match child.kind() {
            "value_arguments" => args.extend(walk.arguments(Some(child))),
            "annotated_lambda" => {
                let lambda = child_of_kind(child, "lambda_literal");
                if let Some(lambda) = lambda {
                    let given = given_to_lambda(walk, callee_node, callee);
                    let around = match scope {
                        Some("apply" | "run") => Around::Value(walk.receiver(callee)),
                        Some("with") => {
                            Around::Value(args.first().copied().unwrap_or(ExprId::NONE))
                        }
                        Some(_) => Around::Nothing,
                        None if given.is_some() => Around::Nothing,
                        None => Around::Parameter,
                    };
                    last = lambda_value(walk, lambda, given, around);
                    args.push(last);
                }
            }
            "type_arguments" => {
                walk.value(child);
            }
            _ => {}
        });
    }
    let value = walk.call_with(callee, &args, line);
    match scope {
        _ if !last.is_some() => value,
        Some("apply" | "also") => walk.receiver(callee),
        Some(_) => {
            let none = walk.facts.list(&[]);
            walk.facts.expr(Expr::Call(last, none), line, Role::Silent)
        }
        None => value,
    }
}

/// Which of the functions of the standard library that run a lambda for a value is called: `apply` and `also` give the
/// value, the others what the lambda gives.
fn scope_function<'w>(walk: &Walk<'w>, callee_node: Node<'w>) -> Option<&'w str> {
    let (name, known) = match callee_node.kind() {
        "navigation_expression" => (
            callee_node.named_child(1)?,
            &["also", "apply", "let", "run"][..],
        ),
        "identifier" => (callee_node, &["with"][..]),
        _ => return None,
    };
    let name = walk.text(name);
    known.contains(&name).then_some(name)
}

/// Whose members plain names in a lambda may mean.
enum Around {
    /// What holds outside of it.
    Nothing,
    /// Those of this value.
    Value(ExprId),
    /// Those of its first parameter: it may be declared with a receiver (`Box.() -> Unit`).
    Parameter,
}

/// What the usual functions pass to their lambda: elements of the receiver, or the receiver.
pub(super) fn given_to_lambda<'w>(
    walk: &mut Walk<'w>,
    callee_node: Node<'w>,
    callee: ExprId,
) -> ExprId {
    if callee_node.kind() != "navigation_expression" {
        return ExprId::NONE;
    }
    let name = callee_node
        .named_child(1)
        .map_or("", |name| walk.text(name));
    if matches!(name, "let" | "also" | "takeIf" | "takeUnless") {
        walk.receiver(callee)
    } else {
        walk.given_by(callee, name, ITERATORS, line_of(callee_node))
    }
}

pub(super) fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    lambda_value(walk, node, ExprId::NONE, Around::Nothing)
}

fn lambda_value<'w>(walk: &mut Walk<'w>, node: Node<'w>, given: ExprId, around: Around) -> ExprId {
    let line = line_of(node);
    let symbol = walk
        .facts
        .add_symbol("", NodeKind::Lambda, line, end_line_of(node));
    let params = child_of_kind(node, "lambda_parameters");
    walk.with_function(symbol, true, |walk| {
        match params {
            Some(params) => {
                walk.parameters(symbol, Some(params));
                if let Some(first) = params.named_child(0)
                    && given.is_some()
                {
                    walk.declare_pattern(first, given);
                }
            }
            None => implicit_parameter(walk, symbol, given, line),
        }
        let receiver = match around {
            Around::Value(value) => value,
            Around::Parameter if params.is_none() => {
                walk.facts.expr(Expr::Param(symbol, 0), line, Role::Silent)
            }
            Around::Nothing | Around::Parameter => ExprId::NONE,
        };
        let outside = walk.receivers.len();
        walk.receivers
            .extend(receiver.is_some().then_some(receiver));
        let mut last = ExprId::NONE;
        walk.each(node, |walk, child, _| {
            if Some(child) != params {
                last = walk.value(child);
            }
        });
        let last = named_in(walk, last, false);
        if last.is_some() {
            walk.return_value(last, false);
        }
        walk.receivers.truncate(outside);
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

pub(super) fn implicit_parameter(
    walk: &mut Walk<'_>,
    symbol: crate::facts::SymbolId,
    given: ExprId,
    line: u32,
) {
    let name = walk.interned("it");
    let value = if given.is_some() {
        given
    } else {
        walk.facts.expr(Expr::Param(symbol, 0), line, Role::Silent)
    };
    walk.facts.symbol_mut(symbol).params.push(ParamFact {
        name,
        declared: ExprId::NONE,
        default: ExprId::NONE,
        kind: param_kind::POSITIONAL,
    });
    walk.declare_local("it");
    let block = walk.facts.block();
    walk.facts.bind("it", block, value, ExprId::NONE, line);
}

pub(super) fn anonymous_function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let body = child_of_kind(node, "function_body").and_then(|body| body.named_child(0));
    walk.lambda_of(node, child_of_kind(node, "function_value_parameters"), body)
}

pub(super) fn argument<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if node.named_child_count() == 2
        && let (Some(name), Some(value)) = (node.named_child(0), node.named_child(1))
        && name.kind() == "identifier"
    {
        let text = walk.text(name);
        let value = walk.value(value);
        return walk.keyword(text, value, line_of(node));
    }
    walk.only_child(node)
}

pub(super) fn infix<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let children = named_children(node);
    let [left, name, right] = children[..] else {
        return walk.only_child(node);
    };
    let base = walk.value(left);
    let callee = walk.member_value(base, name);
    let right = walk.value(right);
    let right = walk.some(right, line_of(node));
    walk.as_argument(right);
    walk.call_with(callee, &[right], line_of(name))
}

pub(super) fn index<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    let key = node
        .named_child(1)
        .map_or(ExprId::NONE, |key| walk.value(key));
    walk.index_value(base, key, line_of(node))
}

pub(super) fn unary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    if sign == "!!" {
        return walk.field_value(node, "argument");
    }
    let mut value = ExprId::NONE;
    let narrowed = walk.narrowing(|walk| value = walk.field_value(node, "argument"));
    drop(narrowed);
    if sign == "!" { ExprId::NONE } else { value }
}

pub(super) fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let left = walk.field_value(node, "left");
    let right = walk.field_value(node, "right");
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    if sign == "?:" && left.is_some() {
        if right.is_some() {
            walk.facts.either(&[left, right], line_of(node))
        } else {
            left
        }
    } else {
        ExprId::NONE
    }
}

pub(super) fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let children = named_children(node);
    let [target, items, ..] = children[..] else {
        return walk.only_child(node);
    };
    let items = walk.value(items);
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    walk.declare_pattern(target, element);
    for body in &children[2..] {
        walk.value(*body);
    }
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn catch<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    let declared =
        child_of_kind(node, "user_type").map_or(ExprId::NONE, |declared| walk.type_value(declared));
    if let Some(name) = child_of_kind(node, "identifier") {
        let text = walk.text(name);
        walk.declare_local(text);
        let block = walk.facts.block();
        walk.facts
            .bind(text, block, ExprId::NONE, declared, line_of(name));
    }
    if let Some(body) = child_of_kind(node, "block") {
        walk.value(body);
    }
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn when<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut results = Vec::new();
    walk.each(node, |walk, child, _| {
        let value = walk.value(child);
        if child.kind() == "when_entry" && value.is_some() {
            results.push(value);
        }
    });
    if results.is_empty() {
        ExprId::NONE
    } else {
        walk.facts.either(&results, line_of(node))
    }
}

/// `is Type -> …`: the subject has that type there.
pub(super) fn when_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let outer = walk.facts.enter(BlockKind::Branch);
    let condition = node.child_by_field_name("condition");
    let target = condition
        .filter(|condition| condition.kind() == "type_test")
        .and_then(|test| test.named_child(0));
    let subject = node
        .parent()
        .and_then(|when| child_of_kind(when, "when_subject"))
        .and_then(|subject| child_of_kind(subject, "identifier"));
    if let Some(target) = target {
        let target = walk.type_value(target);
        if let Some(subject) = subject
            && target.is_some()
        {
            let text = walk.text(subject);
            walk.bind_narrowed(&[(text, target)], line);
        }
    }
    let mut value = ExprId::NONE;
    walk.each(node, |walk, child, _| {
        value = walk.value(child);
    });
    walk.facts.leave(outer);
    value
}

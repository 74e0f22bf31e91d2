//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    Param, Place, VariableParts, Walk, child_of_kind, named_children, unquoted,
};

use crate::facts::{Binding, BlockId, BlockKind, Expr, ExprId, Role, SymbolId, flag, import_flag};

use crate::source::{end_line_of, line_of};

use super::calls::{declare_names, plain_call};

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.facts.set_file_namespace("");
    walk.sequence(root);
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "arguments" => None,
        "identifier" => Some(Param::new(node, walk.text(node))),
        "binary_operator" => {
            let (left, right) = (
                node.child_by_field_name("left")?,
                node.child_by_field_name("right")?,
            );
            let sign = node.child_by_field_name("operator")?;
            match sign.kind() {
                "\\\\" => parameter(walk, left).map(|param| Param {
                    default: Some(right),
                    ..param
                }),
                "=" => {
                    let (name, pattern) = if right.kind() == "identifier" {
                        (right, left)
                    } else {
                        (left, right)
                    };
                    Some(Param {
                        declared: struct_of(pattern),
                        pattern: Some(pattern).filter(|pattern| struct_of(*pattern).is_none()),
                        ..Param::new(node, walk.text(name))
                    })
                }
                _ => Some(Param::new(node, "")),
            }
        }
        _ => Some(Param {
            declared: struct_of(node),
            pattern: Some(node).filter(|node| matches!(node.kind(), "tuple" | "list")),
            ..Param::new(node, "")
        }),
    }
}

/// The type of `%Type{…}`.
pub(super) fn struct_of(node: Node<'_>) -> Option<Node<'_>> {
    child_of_kind(node, "struct").and_then(|named| child_of_kind(named, "alias"))
}

// ---- names ----

/// The full name of a module as written here: the first part may be an alias.
pub(super) fn full_name<'w>(walk: &Walk<'w>, text: &'w str) -> String {
    let (first, rest) = match text.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    };
    let base = walk.aliases.get(first).map_or(first, String::as_str);
    match rest {
        Some(rest) => format!("{base}.{rest}"),
        None => base.to_owned(),
    }
}

pub(super) fn alias_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = full_name(walk, walk.text(node));
    let role = if walk.is_in_type() {
        Role::Type
    } else {
        Role::Use
    };
    walk.facts.name_expr(&name, line_of(node), role)
}

pub(super) fn identifier<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (text, line) = (walk.text(node), line_of(node));
    match text {
        "__MODULE__" => walk.facts.expr(Expr::ThisType, line, Role::Silent),
        "_" | "nil" => ExprId::NONE,
        _ => walk.name_value(text, line),
    }
}

pub(super) fn dot<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "left");
    match node.child_by_field_name("right") {
        Some(name) if name.kind() == "identifier" => {
            let text = walk.text(name);
            walk.member_named(base, text, line_of(name))
        }
        _ => base,
    }
}

// ---- definitions ----

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(target) = node.child_by_field_name("target") else {
        return walk.only_child(node);
    };
    let args = child_of_kind(node, "arguments");
    if target.kind() == "identifier" {
        let name = walk.text(target);
        if directive(walk, node, name, args) {
            return ExprId::NONE;
        }
    }
    plain_call(walk, node, target, args, None)
}

/// Macros that define, import or test. Whether it was one.
pub(super) fn directive<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    name: &str,
    args: Option<Node<'w>>,
) -> bool {
    let first = args.and_then(|args| args.named_child(0));
    match (name, first) {
        ("defmodule" | "defprotocol", Some(first)) => module(walk, node, name, first),
        ("defimpl", Some(first)) => implementation(walk, node, first),
        ("def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defdelegate", Some(first)) => {
            function(walk, node, name, first);
        }
        ("defstruct" | "defexception", Some(first)) => fields(walk, first),
        ("alias", Some(first)) => alias(walk, first, args),
        ("import" | "require" | "use", Some(first)) if first.kind() == "alias" => {
            import(walk, name, first);
        }
        ("test" | "describe" | "property", Some(first)) if first.kind() == "string" => {
            block_symbol(
                walk,
                node,
                walk.source.text_of(first),
                NodeKind::Test,
                flag::TEST,
            );
        }
        ("setup" | "setup_all", _) if child_of_kind(node, "do_block").is_some() => {
            block_symbol(walk, node, "setup", NodeKind::Function, flag::SETUP);
        }
        _ => return false,
    }
    true
}

pub(super) fn module<'w>(walk: &mut Walk<'w>, node: Node<'w>, keyword: &str, name_node: Node<'w>) {
    let name = walk.text(name_node);
    let (line, end_line) = (line_of(node), end_line_of(node));
    let label = match walk.namespace.as_str() {
        "" => name.to_owned(),
        around => format!("{around}.{name}"),
    };
    let kind = if keyword == "defprotocol" {
        NodeKind::Interface
    } else {
        NodeKind::Class
    };
    let symbol = walk.facts.add_symbol(name, kind, line, end_line);
    walk.facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let value = walk.facts.bind_symbol(symbol);
    if !walk.namespace.is_empty() {
        bind_in(walk, BlockId(0), &label, value, symbol, line);
        walk.aliases.insert(name, label.clone());
    }
    let outer_space = walk.facts.enter_namespace(symbol, &label);
    let outer_block = std::mem::replace(&mut walk.space, walk.facts.block());
    let around = std::mem::replace(&mut walk.namespace, label);
    let outer = walk.facts.enter_symbol(symbol, BlockKind::Class);
    walk.open_class(symbol, name, flag::STATIC);
    let outer_place = std::mem::replace(&mut walk.place, Place::Class);
    let outer_doc = walk.pending_doc.take();
    if let Some(body) = child_of_kind(node, "do_block") {
        walk.value(body);
    }
    walk.pending_doc = outer_doc;
    walk.place = outer_place;
    let bases = walk.close_class();
    let bases = walk.facts.list(&bases);
    walk.facts.symbol_mut(symbol).bases = bases;
    walk.facts.leave(outer);
    walk.namespace = around;
    walk.space = outer_block;
    walk.facts.leave(outer_space);
}

pub(super) fn bind_in(
    walk: &mut Walk<'_>,
    scope: BlockId,
    text: &str,
    value: ExprId,
    symbol: SymbolId,
    line: u32,
) {
    let name = walk.interned(text);
    let (block, at) = (walk.facts.block(), walk.facts.now());
    walk.facts.push_binding(Binding {
        name,
        scope,
        block,
        at,
        value,
        declared: ExprId::NONE,
        symbol,
        line,
    });
}

/// `defimpl Protocol, for: Type` adds the protocol's functions to the type.
pub(super) fn implementation<'w>(walk: &mut Walk<'w>, node: Node<'w>, protocol: Node<'w>) {
    let target = child_of_kind(node, "arguments")
        .and_then(|args| child_of_kind(args, "keywords"))
        .and_then(|keywords| keywords.named_child(0))
        .and_then(|pair| pair.child_by_field_name("value"))
        .filter(|target| target.kind() == "alias");
    let Some(target) = target else {
        if let Some(body) = child_of_kind(node, "do_block") {
            walk.value(body);
        }
        return;
    };
    let outer_space = std::mem::replace(&mut walk.space, BlockId::NONE);
    walk.extension(target, &[protocol], |walk| {
        if let Some(body) = child_of_kind(node, "do_block") {
            walk.value(body);
        }
    });
    walk.space = outer_space;
}

pub(super) fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>, keyword: &str, head: Node<'w>) {
    // `name(args) when guard`
    let (head, guard) = if head.kind() == "binary_operator" {
        let left = head.child_by_field_name("left").unwrap_or(head);
        (left, head.child_by_field_name("right"))
    } else {
        (head, None)
    };
    let name = match head.kind() {
        "call" => walk.field_text(head, "target"),
        _ => walk.text(head),
    };
    let params = child_of_kind(head, "arguments");
    let count = params.map_or(0, |params| params.named_child_count());
    let symbol = function_symbol(walk, node, keyword, name, count);
    walk.with_function(symbol.0, false, |walk| {
        if symbol.1 {
            walk.parameters(symbol.0, params);
        } else if let Some(params) = params {
            further_clause(walk, params);
        }
        if let Some(guard) = guard {
            walk.value(guard);
        }
        let body = child_of_kind(node, "do_block").or_else(|| {
            child_of_kind(node, "arguments").and_then(|args| child_of_kind(args, "keywords"))
        });
        let value = body.map_or(ExprId::NONE, |body| walk.value(body));
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
}

/// The symbol of a function, and whether this is its first clause.
pub(super) fn function_symbol<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    keyword: &str,
    name: &'w str,
    count: usize,
) -> (SymbolId, bool) {
    let (line, end_line) = (line_of(node), end_line_of(node));
    let key = walk.interned(&format!("{name}/{count}"));
    if let Some(known) = walk.classes.last().and_then(|class| class.field(key)) {
        let fact = walk.facts.symbol_mut(known);
        fact.end_line = fact.end_line.max(end_line);
        return (known, false);
    }
    let kind = match (keyword.starts_with("defmacro"), walk.place) {
        (true, _) => NodeKind::Macro,
        (false, Place::Class) => NodeKind::Method,
        (false, _) => NodeKind::Function,
    };
    let symbol = walk.facts.add_symbol(name, kind, line, end_line);
    let is_private = keyword.ends_with('p');
    walk.facts.symbol_mut(symbol).flags = flag::STATIC | if is_private { 0 } else { flag::PUBLIC };
    if let Some(class) = walk.classes.last_mut() {
        class.add_field(key, symbol);
        let owner = class.symbol;
        if owner.is_some() {
            walk.facts.symbol_mut(symbol).parent = owner;
        }
    }
    match walk.pending_doc.take() {
        Some(doc) => walk.facts.doc(symbol, &doc),
        None => walk.attach_doc(symbol, line),
    }
    let value = walk.facts.bind_symbol(symbol);
    if walk.space.is_some() && !is_private {
        bind_in(walk, walk.space, name, value, symbol, line);
    }
    (symbol, true)
}

/// Parameters of a clause that is not the first: only names.
pub(super) fn further_clause<'w>(walk: &mut Walk<'w>, params: Node<'w>) {
    walk.each(params, |walk, child, _| declare_names(walk, child, 0));
}

pub(super) fn fields<'w>(walk: &mut Walk<'w>, list: Node<'w>) {
    for item in named_children(list) {
        if item.kind() == "atom" {
            let name = walk.text(item).trim_start_matches(':');
            walk.variable(VariableParts {
                flags: flag::PUBLIC,
                ..VariableParts::new(item, name)
            });
        } else if item.kind() == "keywords" || item.kind() == "pair" {
            let pairs = if item.kind() == "pair" {
                vec![item]
            } else {
                named_children(item)
            };
            for pair in pairs {
                let value = walk.field_value(pair, "value");
                let name = walk.field_text(pair, "key").trim_end_matches([':', ' ']);
                walk.variable(VariableParts {
                    value,
                    flags: flag::PUBLIC,
                    ..VariableParts::new(pair, name)
                });
            }
        }
    }
}

/// `alias A.B`, `alias A.B, as: C`, `alias A.{B, C}`.
pub(super) fn alias<'w>(walk: &mut Walk<'w>, first: Node<'w>, args: Option<Node<'w>>) {
    let line = line_of(first);
    if first.kind() == "dot" {
        let base = full_name(walk, walk.field_text(first, "left"));
        let group = first.child_by_field_name("right");
        for part in group.map_or_else(Vec::new, named_children) {
            let name = walk.text(part);
            add_alias(walk, name, &format!("{base}.{name}"), line);
        }
        return;
    }
    let path = walk.text(first);
    let full = full_name(walk, path);
    let local = args
        .and_then(|args| child_of_kind(args, "keywords"))
        .and_then(|keywords| keywords.named_child(0))
        .map_or("", |pair| walk.field_text(pair, "value"));
    let local = if local.is_empty() {
        path.rsplit('.').next().unwrap_or(path)
    } else {
        local
    };
    add_alias(walk, local, &full, line);
}

pub(super) fn add_alias<'w>(walk: &mut Walk<'w>, local: &'w str, full: &str, line: u32) {
    let last = local.rsplit('.').next().unwrap_or(local);
    walk.facts.import("", Some(full), line, 0);
    walk.aliases.insert(last, full.to_owned());
}

pub(super) fn import<'w>(walk: &mut Walk<'w>, keyword: &str, name: Node<'w>) {
    let line = line_of(name);
    let full = full_name(walk, walk.text(name));
    walk.facts.import("", Some(&full), line, 0);
    if keyword == "import" {
        let flags = import_flag::STAR | import_flag::IMPLICIT;
        walk.facts.import(&full, None, line, flags);
    } else if keyword == "use" && walk.place == Place::Class {
        let base = walk.facts.name_expr(&full, line, Role::Type);
        if let Some(class) = walk.classes.last_mut() {
            class.bases.push(base);
        }
    }
}

pub(super) fn block_symbol<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    title: &'w str,
    kind: NodeKind,
    flags: u32,
) {
    let title = if title.starts_with('"') {
        unquoted(title)
    } else {
        title
    };
    let symbol = walk
        .facts
        .add_symbol(title, kind, line_of(node), end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.with_function(symbol, true, |walk| {
        if let Some(args) = child_of_kind(node, "arguments") {
            walk.each(args, |walk, child, _| {
                if child.kind() == "map" {
                    declare_names(walk, child, 0);
                }
            });
        }
        if let Some(body) = child_of_kind(node, "do_block") {
            walk.value(body);
        }
    });
}

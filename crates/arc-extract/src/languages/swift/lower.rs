//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, FunctionParts, Param, Place, VariableParts, Walk, child_of_kind, has_token,
    named_children,
};

use crate::facts::{BlockKind, Expr, ExprId, Role, flag};

use crate::source::{end_line_of, line_of};

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.facts.set_file_namespace("");
    walk.each(root, |walk, child, _| {
        walk.value(child);
    });
}

pub(super) fn import<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let path = child_of_kind(node, "identifier").map_or("", |path| walk.text(path));
    let module = path.split('.').next().unwrap_or(path);
    walk.facts.import(module, None, line_of(node), 0);
    ExprId::NONE
}

pub(super) fn flags_of<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> u32 {
    let mut flags = flag::PUBLIC;
    let Some(modifiers) = child_of_kind(node, "modifiers") else {
        return flags;
    };
    for child in named_children(modifiers) {
        match walk.text(child) {
            "private" => flags &= !flag::PUBLIC,
            "fileprivate" => {
                flags &= !flag::PUBLIC;
                if walk.place == Place::File {
                    flags |= flag::FILE_LOCAL;
                }
            }
            "static" | "class" => flags |= flag::STATIC,
            text if text.starts_with("@Test") => flags |= flag::TEST,
            _ => {}
        }
        if child.kind() == "attribute" {
            walk.value(child);
        }
    }
    // `class` as a modifier is a bare keyword in some places.
    if walk
        .text(modifiers)
        .split_whitespace()
        .any(|word| word == "class" || word == "static")
    {
        flags |= flag::STATIC;
    }
    flags
}

pub(super) fn attribute<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.each(node, |walk, child, _| {
        if child.kind() == "user_type" {
            walk.type_value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node) & !flag::STATIC;
    let declared_as = node
        .child_by_field_name("declaration_kind")
        .map_or("", |kind| kind.kind());
    let bases: Vec<Node<'w>> = named_children(node)
        .into_iter()
        .filter(|child| child.kind() == "inheritance_specifier")
        .filter_map(|child| child.child_by_field_name("inherits_from"))
        .collect();
    let (Some(name), body) = (
        node.child_by_field_name("name"),
        node.child_by_field_name("body"),
    ) else {
        return walk.only_child(node);
    };
    if declared_as == "extension" {
        walk.extension(name, &bases, |walk| {
            if let Some(body) = body {
                walk.value(body);
            }
        });
        return ExprId::NONE;
    }
    let kind = match declared_as {
        "protocol" => NodeKind::Interface,
        "enum" => NodeKind::Enum,
        _ => NodeKind::Class,
    };
    walk.class(ClassParts {
        flags: if declared_as == "struct" {
            flags | flag::FIELDS_CONSTRUCT
        } else {
            flags
        },
        type_params: child_of_kind(node, "type_parameters"),
        bases,
        body,
        ..ClassParts::new(node, walk.source.text_of(name), kind)
    });
    ExprId::NONE
}

pub(super) fn enum_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.each(node, |walk, child, _| {
        if child.kind() == "simple_identifier" {
            walk.variable(VariableParts {
                flags: flag::PUBLIC | flag::STATIC,
                kind: Some(NodeKind::EnumMember),
                ..VariableParts::new(child, walk.source.text_of(child))
            });
        } else {
            walk.type_value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn type_alias<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let (line, end_line) = (line_of(node), end_line_of(node));
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::TypeAlias, line, end_line);
    walk.facts.symbol_mut(symbol).flags = flag::PUBLIC;
    walk.facts.bind_symbol(symbol);
    let count = node.named_child_count() as u32;
    if let Some(aliased) = node.named_child(count.saturating_sub(1)) {
        let declared = walk.type_value(aliased);
        walk.facts.symbol_mut(symbol).declared = declared;
    }
    ExprId::NONE
}

pub(super) fn is_type_node(kind: &str) -> bool {
    kind == "user_type" || kind.ends_with("_type")
}

pub(super) fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut flags = flags_of(walk, node);
    let name = match node.kind() {
        "init_declaration" => {
            flags |= flag::CONSTRUCTOR;
            "init"
        }
        "deinit_declaration" => "deinit",
        "subscript_declaration" => "subscript",
        _ => walk.field_text(node, "name"),
    };
    if walk.place == Place::Class {
        match name {
            "setUp" | "tearDown" | "setUpWithError" => flags |= flag::SETUP,
            _ if name.starts_with("test") && walk.source.path.contains("Test") => {
                flags |= flag::TEST
            }
            _ => {}
        }
    }
    if has_token(node, "class") {
        flags |= flag::STATIC;
    }
    let body = node
        .child_by_field_name("body")
        .or_else(|| child_of_kind(node, "computed_property"));
    if body.is_none() {
        flags |= flag::ABSTRACT;
    }
    let result = named_children(node)
        .into_iter()
        .rfind(|child| is_type_node(child.kind()));
    walk.function(FunctionParts {
        flags,
        type_params: child_of_kind(node, "type_parameters"),
        params: Some(node),
        result,
        body,
        body_is_result: true,
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

/// A body of one expression gives its value.
pub(super) fn body<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let outer = walk.facts.enter(BlockKind::Plain);
    let value = walk.only_child(node);
    walk.facts.leave(outer);
    value
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    if !matches!(node.kind(), "parameter" | "lambda_parameter") {
        return None;
    }
    let children = named_children(node);
    let name = node.child_by_field_name("name")?;
    let declared = children
        .iter()
        .rfind(|child| is_type_node(child.kind()) && **child != name);
    Some(Param {
        declared: declared.copied(),
        ..Param::new(node, walk.text(name))
    })
}

pub(super) fn property<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let declared_node = child_of_kind(node, "type_annotation")
        .and_then(|annotation| annotation.child_by_field_name("name"));
    let Some(target) = node.child_by_field_name("name") else {
        return walk.only_child(node);
    };
    let name = target
        .child_by_field_name("bound_identifier")
        .map(|name| walk.text(name));
    let computed = node.child_by_field_name("computed_value");
    if let (Some(name), Some(computed)) = (name, computed)
        && walk.place != Place::Function
    {
        walk.function(FunctionParts {
            flags: flags | flag::PROPERTY,
            result: declared_node,
            body: Some(computed),
            body_is_result: true,
            ..FunctionParts::new(node, name)
        });
        return ExprId::NONE;
    }
    let value = walk.field_value(node, "value");
    let Some(name) = name else {
        walk.declare_pattern(target, value);
        return ExprId::NONE;
    };
    let declared = declared_node.map_or(ExprId::NONE, |declared| walk.type_value(declared));
    walk.variable(VariableParts {
        value,
        declared,
        flags,
        ..VariableParts::new(node, name)
    });
    if let Some(observers) = child_of_kind(node, "willset_didset_block") {
        walk.value(observers);
    }
    ExprId::NONE
}

/// A name, or a tuple of patterns.
pub(super) fn pattern<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if let Some(name) = node.child_by_field_name("bound_identifier") {
        return walk.value(name);
    }
    let parts: Vec<Node<'w>> = named_children(node)
        .into_iter()
        .filter(|child| child.kind() == "pattern")
        .collect();
    if parts.is_empty() {
        return walk.only_child(node);
    }
    let items: Vec<ExprId> = parts
        .into_iter()
        .map(|part| {
            let value = walk.value(part);
            walk.some(value, line_of(part))
        })
        .collect();
    let items = walk.facts.list(&items);
    walk.facts
        .expr(Expr::Tuple(items), line_of(node), Role::Silent)
}

// ---- statements ----

/// Conditions with their bindings; `let x = y` declares `x` where the condition holds.
pub(super) fn conditions<'w>(walk: &mut Walk<'w>, node: Node<'w>) {
    let mut bound: Option<Node<'w>> = None;
    let mut cursor = node.walk();
    let mut parts = Vec::new();
    if cursor.goto_first_child() {
        loop {
            let child = cursor.node();
            if child.is_named() {
                parts.push((child, cursor.field_name()));
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    for (child, field) in parts {
        match field {
            Some("bound_identifier") => {
                if let Some(earlier) = bound.replace(child) {
                    bind_same(walk, earlier);
                }
            }
            Some("condition") if child.kind() != "value_binding_pattern" => {
                let value = walk.value(child);
                if let Some(name) = bound.take() {
                    walk.declare_pattern(name, value);
                }
            }
            _ => {}
        }
    }
    if let Some(name) = bound {
        bind_same(walk, name);
    }
}

/// `if let x`: the same value under the same name.
pub(super) fn bind_same<'w>(walk: &mut Walk<'w>, name: Node<'w>) {
    let value = walk.value(name);
    walk.declare_pattern(name, value);
}

pub(super) fn is_condition_part(node: Node<'_>) -> bool {
    matches!(node.kind(), "statements" | "if_statement" | "else")
}

pub(super) fn if_statement<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let kind = if node.kind() == "while_statement" {
        BlockKind::Loop
    } else {
        BlockKind::Branch
    };
    let outer = walk.facts.enter(kind);
    let mut narrowed = walk.narrowing(|walk| conditions(walk, node));
    let mut outer = Some(outer);
    walk.each(node, |walk, child, _| {
        if !is_condition_part(child) {
            return;
        }
        if let Some(outer) = outer.take() {
            walk.bind_narrowed(&std::mem::take(&mut narrowed), line_of(child));
            walk.value(child);
            walk.facts.leave(outer);
        } else {
            let branch = walk.facts.enter(BlockKind::Branch);
            walk.value(child);
            walk.facts.leave(branch);
        }
    });
    if let Some(outer) = outer {
        walk.facts.leave(outer);
    }
    ExprId::NONE
}

pub(super) fn guard<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    conditions(walk, node);
    if let Some(statements) = child_of_kind(node, "statements") {
        let outer = walk.facts.enter(BlockKind::Branch);
        walk.value(statements);
        walk.facts.leave(outer);
    }
    ExprId::NONE
}

pub(super) fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let items = walk.field_value(node, "collection");
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    if let Some(item) = node.child_by_field_name("item") {
        walk.declare_pattern(item, element);
    }
    walk.each(node, |walk, child, _| {
        if matches!(child.kind(), "where_clause" | "statements") {
            walk.value(child);
        }
    });
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn switch_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    walk.each(node, |walk, child, _| {
        if child.kind() == "switch_pattern" {
            declare_names(walk, child, 0);
        } else {
            walk.value(child);
        }
    });
    walk.facts.leave(outer);
    ExprId::NONE
}

/// Names that a pattern declares, with the type that it casts to.
pub(super) fn declare_names<'w>(walk: &mut Walk<'w>, node: Node<'w>, depth: u32) {
    if depth > 16 {
        return;
    }
    let declared = named_children(node)
        .into_iter()
        .find(|child| child.kind() == "user_type")
        .map_or(ExprId::NONE, |declared| walk.type_value(declared));
    for child in named_children(node) {
        if child.kind() != "pattern" {
            continue;
        }
        if let Some(name) = child.child_by_field_name("bound_identifier") {
            let text = walk.text(name);
            walk.declare_local(text);
            let block = walk.facts.block();
            walk.facts
                .bind(text, block, ExprId::NONE, declared, line_of(name));
        }
        declare_names(walk, child, depth + 1);
    }
}

pub(super) fn catch<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    if let Some(error) = node.child_by_field_name("error") {
        declare_names(walk, error, 0);
    } else {
        walk.declare_local("error");
        let block = walk.facts.block();
        walk.facts
            .bind("error", block, ExprId::NONE, ExprId::NONE, line_of(node));
    }
    if let Some(statements) = child_of_kind(node, "statements") {
        walk.value(statements);
    }
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn transfer<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = walk.field_value(node, "result");
    if value.is_some() {
        if walk.text(node).starts_with("return") {
            walk.return_value(value, false);
        }
    } else {
        walk.only_child(node);
    }
    ExprId::NONE
}

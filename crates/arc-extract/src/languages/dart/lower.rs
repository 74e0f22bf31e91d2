//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, FunctionParts, Param, VariableParts, Walk, child_of_kind, named_children, unquoted,
};

use crate::facts::{ExprId, flag, import_flag};

use crate::source::{end_line_of, line_of};

/// The name under which unnamed constructors are members; their symbols have the name of their type.
pub(super) const CONSTRUCTOR: &str = "<init>";

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.each(root, |walk, child, _| {
        walk.value(child);
    });
}

pub(super) fn import<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let specification = child_of_kind(node, "import_specification").unwrap_or(node);
    let Some(uri) = specification.child_by_field_name("uri") else {
        return ExprId::NONE;
    };
    let path = unquoted(walk.text(uri));
    match (node.kind(), specification.child_by_field_name("alias")) {
        ("library_import", Some(alias)) => {
            let local = walk.text(alias);
            walk.facts.import_as(path, None, local, line, 0);
        }
        ("library_import", None) => {
            walk.facts.import(path, None, line, import_flag::STAR);
        }
        ("library_export", _) => {
            walk.facts.import(
                path,
                None,
                line,
                import_flag::STAR | import_flag::EXPORT_STAR,
            );
        }
        _ => {
            let flags = import_flag::STAR | import_flag::EXPORT_STAR | import_flag::INCLUDE;
            walk.facts.import(path, None, line, flags);
        }
    }
    ExprId::NONE
}

pub(super) fn visibility(name: &str) -> u32 {
    if name.starts_with('_') {
        0
    } else {
        flag::PUBLIC
    }
}

pub(super) fn annotation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if let Some(name) = node.child_by_field_name("name") {
        walk.type_value(name);
    }
    walk.arguments(child_of_kind(node, "arguments"));
    ExprId::NONE
}

pub(super) fn class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let kind = match node.kind() {
        "enum_declaration" => NodeKind::Enum,
        "mixin_declaration" => NodeKind::Interface,
        _ => NodeKind::Class,
    };
    let mut bases = Vec::new();
    for child in named_children(node) {
        match child.kind() {
            "superclass" => {
                for part in named_children(child) {
                    if part.kind() == "mixins" {
                        bases.extend(named_children(part));
                    } else {
                        bases.push(part);
                    }
                }
            }
            "interfaces" | "mixins" => bases.extend(named_children(child)),
            "type" => bases.push(child),
            "annotation" => {
                walk.value(child);
            }
            _ => {}
        }
    }
    walk.class(ClassParts {
        flags: visibility(name),
        type_params: node.child_by_field_name("type_parameters"),
        bases,
        body: node.child_by_field_name("body"),
        ..ClassParts::new(node, name, kind)
    });
    ExprId::NONE
}

pub(super) fn extension<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (target, body) = (
        node.child_by_field_name("class"),
        node.child_by_field_name("body"),
    );
    match target {
        Some(target) => walk.extension(target, &[], |walk| {
            if let Some(body) = body {
                walk.value(body);
            }
        }),
        None => {
            walk.only_child(node);
        }
    }
    ExprId::NONE
}

pub(super) fn enum_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.variable(VariableParts {
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::EnumMember),
        ..VariableParts::new(node, walk.field_text(node, "name"))
    });
    walk.arguments(child_of_kind(node, "arguments"));
    ExprId::NONE
}

pub(super) fn type_alias<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name) = child_of_kind(node, "type_identifier") else {
        return ExprId::NONE;
    };
    let (line, end_line) = (line_of(node), end_line_of(node));
    let text = walk.text(name);
    let symbol = walk
        .facts
        .add_symbol(text, NodeKind::TypeAlias, line, end_line);
    walk.facts.symbol_mut(symbol).flags = visibility(text);
    walk.facts.bind_symbol(symbol);
    if let Some(aliased) = child_of_kind(node, "type") {
        let declared = walk.type_value(aliased);
        walk.facts.symbol_mut(symbol).declared = declared;
    }
    ExprId::NONE
}

/// A member without body: fields, constructors, abstract methods.
pub(super) fn declaration<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let signature = named_children(node)
        .into_iter()
        .find(|child| child.kind().ends_with("_signature"));
    match signature {
        Some(signature) => define(walk, node, signature, None),
        None => {
            variables(walk, node);
        }
    }
    ExprId::NONE
}

pub(super) fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    for child in named_children(node) {
        if child.kind() == "annotation" {
            walk.value(child);
        }
    }
    let Some(mut signature) = node.child_by_field_name("signature") else {
        return walk.only_child(node);
    };
    if signature.kind() == "method_signature" {
        signature = named_children(signature)
            .into_iter()
            .find(|child| child.kind().ends_with("_signature"))
            .unwrap_or(signature);
    }
    let body = node
        .child_by_field_name("body")
        .or_else(|| child_of_kind(node, "function_body"));
    define(walk, node, signature, body);
    ExprId::NONE
}

pub(super) fn define<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    signature: Node<'w>,
    body: Option<Node<'w>>,
) {
    let mut cursor = signature.walk();
    let names: Vec<Node<'w>> = signature
        .children_by_field_name("name", &mut cursor)
        .filter(|name| name.is_named())
        .collect();
    let kind = signature.kind();
    let is_constructor = kind.contains("constructor");
    let operator = signature.child_by_field_name("operator");
    let (Some(first), Some(last)) = (
        names.first().copied().or(operator),
        names.last().copied().or(operator),
    ) else {
        walk.only_child(node);
        return;
    };
    let name = walk.text(last);
    let mut flags = visibility(name);
    if is_constructor {
        flags |= flag::CONSTRUCTOR;
    }
    let is_named = is_constructor && names.len() > 1;
    if is_named || walk.text(node).starts_with("static") {
        flags |= flag::STATIC;
    }
    if kind == "getter_signature" || kind == "setter_signature" {
        flags |= flag::PROPERTY;
    }
    if body.is_none() && !is_constructor {
        flags |= flag::ABSTRACT;
    }
    let code = body.and_then(|body| body.named_child(0));
    let result = if is_named {
        Some(first)
    } else {
        signature.child_by_field_name("return_type")
    };
    walk.function(FunctionParts {
        flags,
        type_params: signature.child_by_field_name("type_parameters"),
        params: signature.child_by_field_name("parameters"),
        result,
        member_name: (is_constructor && !is_named).then_some(CONSTRUCTOR),
        header: child_of_kind(node, "initializers").or_else(|| child_of_kind(node, "redirection")),
        body: code,
        body_is_result: code.is_some_and(|code| code.kind() != "block"),
        ..FunctionParts::new(node, name)
    });
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "formal_parameter" => {
            let inner = named_children(node)
                .into_iter()
                .find(|child| child.kind().ends_with("formal_parameter"))
                .unwrap_or(node);
            let name = inner
                .child_by_field_name("name")
                .or_else(|| child_of_kind(inner, "identifier"))?;
            Some(Param {
                declared: child_of_kind(inner, "type"),
                ..Param::new(node, walk.text(name))
            })
        }
        _ => None,
    }
}

pub(super) fn variables<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut declared = ExprId::NONE;
    let is_static = walk.text(node).starts_with("static");
    walk.each(node, |walk, child, _| {
        if child.kind() == "type" {
            declared = walk.type_value(child);
            return;
        }
        let items = match child.kind() {
            "initialized_identifier_list" | "static_final_declaration_list" | "identifier_list" => {
                named_children(child)
            }
            "initialized_variable_declaration" => vec![child],
            "annotation" => {
                walk.value(child);
                return;
            }
            _ => return,
        };
        for item in items {
            let own = child_of_kind(item, "type").map(|declared| walk.type_value(declared));
            let value = walk.field_value(item, "value");
            let name = match item.child_by_field_name("name") {
                Some(name) => walk.text(name),
                None => continue,
            };
            walk.variable(VariableParts {
                value,
                declared: own.unwrap_or(declared),
                flags: visibility(name) | if is_static { flag::STATIC } else { 0 },
                ..VariableParts::new(node, name)
            });
            for more in named_children(item) {
                if more.kind() == "initialized_identifier" {
                    let value = walk.field_value(more, "value");
                    walk.variable(VariableParts {
                        value,
                        declared: own.unwrap_or(declared),
                        ..VariableParts::new(more, walk.field_text(more, "name"))
                    });
                }
            }
        }
    });
    ExprId::NONE
}

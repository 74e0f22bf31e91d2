//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, FunctionParts, Param, VariableParts, Walk, has_token, named_children, param_kind,
};

use crate::facts::{Expr, ExprId, Role, flag, import_flag};

use crate::source::{end_line_of, line_of};

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    let mut label = String::new();
    for child in named_children(root) {
        if child.kind() == "package_clause" && child.child_by_field_name("body").is_none() {
            let name = walk.field_text(child, "name");
            if !label.is_empty() {
                label.push('.');
            }
            label.push_str(name);
        } else if child.kind() != "comment" && child.kind() != "block_comment" {
            break;
        }
    }
    walk.facts.set_file_namespace(&label);
    walk.namespace = label;
    walk.each(root, |walk, child, _| {
        walk.value(child);
    });
}

/// A package with braces; the others are the file's.
pub(super) fn package<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(body) = node.child_by_field_name("body") else {
        return ExprId::NONE;
    };
    let name = walk.field_text(node, "name");
    let label = match walk.namespace.as_str() {
        "" => name.to_owned(),
        around => format!("{around}.{name}"),
    };
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::Module, line_of(node), end_line_of(node));
    let outer = walk.facts.enter_namespace(symbol, &label);
    let around = std::mem::replace(&mut walk.namespace, label);
    walk.each(body, |walk, child, _| {
        walk.value(child);
    });
    walk.namespace = around;
    walk.facts.leave(outer);
    ExprId::NONE
}

/// Members of a package object are the package's.
pub(super) fn package_object<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let label = match walk.namespace.as_str() {
        "" => name.to_owned(),
        around => format!("{around}.{name}"),
    };
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::Module, line_of(node), end_line_of(node));
    let outer = walk.facts.enter_namespace(symbol, &label);
    if let Some(body) = node.child_by_field_name("body") {
        walk.each(body, |walk, child, _| {
            walk.value(child);
        });
    }
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn import<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut path = Vec::new();
    let mut selectors = None;
    let mut wildcard = false;
    for child in named_children(node) {
        match child.kind() {
            "identifier" | "operator_identifier" => path.push(walk.text(child)),
            "namespace_selectors" => selectors = Some(child),
            "namespace_wildcard" => wildcard = true,
            _ => {}
        }
    }
    let module = path.join(".");
    if wildcard {
        walk.facts.import(&module, None, line, import_flag::STAR);
    } else if let Some(selectors) = selectors {
        for selector in named_children(selectors) {
            match selector.kind() {
                "namespace_wildcard" => {
                    walk.facts.import(&module, None, line, import_flag::STAR);
                }
                "arrow_renamed_identifier" | "as_renamed_identifier" => {
                    let name = walk.field_text(selector, "name");
                    let alias = walk.field_text(selector, "alias");
                    walk.facts.import_as(&module, Some(name), alias, line, 0);
                }
                _ => {
                    let name = walk.text(selector);
                    walk.facts.import_as(&module, Some(name), name, line, 0);
                }
            }
        }
    } else if let Some((name, module)) = path.split_last() {
        let module = module.join(".");
        walk.facts.import_as(&module, Some(name), name, line, 0);
    }
    ExprId::NONE
}

pub(super) fn flags_of<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> u32 {
    let mut flags = flag::PUBLIC;
    for child in named_children(node) {
        match child.kind() {
            "modifiers" => {
                let text = walk.text(child);
                if text.contains("private") {
                    flags &= !flag::PUBLIC;
                }
                if text.contains("abstract") {
                    flags |= flag::ABSTRACT;
                }
            }
            "annotation" => {
                if walk.field_text(child, "name") == "Test" {
                    flags |= flag::TEST;
                }
                walk.value(child);
            }
            _ => {}
        }
    }
    flags
}

pub(super) fn annotation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if let Some(name) = node.child_by_field_name("name") {
        walk.type_value(name);
    }
    walk.arguments(node.child_by_field_name("arguments"));
    ExprId::NONE
}

pub(super) fn class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut flags = flags_of(walk, node);
    let is_case = has_token(node, "case");
    if is_case {
        flags |= flag::FIELDS_CONSTRUCT;
    }
    let kind = match node.kind() {
        "trait_definition" => NodeKind::Interface,
        "enum_definition" => NodeKind::Enum,
        _ => NodeKind::Class,
    };
    walk.class(ClassParts {
        flags,
        type_params: node.child_by_field_name("type_parameters"),
        bases: bases(node),
        params: node.child_by_field_name("class_parameters"),
        header: node
            .child_by_field_name("extend")
            .and_then(|extend| extend.child_by_field_name("arguments")),
        body: node.child_by_field_name("body"),
        ..ClassParts::new(node, walk.field_text(node, "name"), kind)
    });
    ExprId::NONE
}

pub(super) fn bases(node: Node<'_>) -> Vec<Node<'_>> {
    match node.child_by_field_name("extend") {
        Some(clause) => named_children(clause)
            .into_iter()
            .filter(|child| child.kind() != "arguments" && !child.is_extra())
            .collect(),
        None => Vec::new(),
    }
}

/// An object; beside a class of its name, the place of that class's static members.
pub(super) fn object<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name_node) = node.child_by_field_name("name") else {
        return walk.only_child(node);
    };
    let name = walk.text(name_node);
    let has_class = node.parent().is_some_and(|around| {
        named_children(around).iter().any(|other| {
            matches!(
                other.kind(),
                "class_definition" | "trait_definition" | "enum_definition"
            ) && walk.field_text(*other, "name") == name
        })
    });
    let body = node.child_by_field_name("body");
    if has_class {
        walk.extension(name_node, &bases(node), |walk| {
            if let Some(class) = walk.classes.last_mut() {
                class.member_flags = flag::STATIC;
            }
            if let Some(body) = body {
                walk.value(body);
            }
        });
        return ExprId::NONE;
    }
    let flags = flags_of(walk, node);
    walk.class(ClassParts {
        flags,
        bases: bases(node),
        body,
        member_flags: flag::STATIC,
        ..ClassParts::new(node, name, NodeKind::Class)
    });
    ExprId::NONE
}

pub(super) fn enum_case<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.variable(VariableParts {
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::EnumMember),
        ..VariableParts::new(node, walk.field_text(node, "name"))
    });
    ExprId::NONE
}

pub(super) fn given<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    walk.class(ClassParts {
        flags: flag::PUBLIC,
        bases: node
            .child_by_field_name("return_type")
            .into_iter()
            .collect(),
        body: node.child_by_field_name("body"),
        member_flags: flag::STATIC,
        ..ClassParts::new(node, name, NodeKind::Class)
    });
    ExprId::NONE
}

pub(super) fn extension<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let receiver = node
        .child_by_field_name("parameters")
        .and_then(|params| params.named_child(0));
    let target = receiver.and_then(|receiver| receiver.child_by_field_name("type"));
    let (Some(receiver), Some(target)) = (receiver, target) else {
        return walk.only_child(node);
    };
    let name = walk.field_text(receiver, "name");
    walk.extension(target, &[], |walk| {
        let line = line_of(receiver);
        let this = walk.facts.expr(Expr::This, line, Role::Silent);
        let block = walk.facts.block();
        walk.facts.bind(name, block, this, ExprId::NONE, line);
        walk.each(node, |walk, child, _| {
            if matches!(
                child.kind(),
                "function_definition" | "function_declaration" | "template_body"
            ) {
                walk.value(child);
            }
        });
    });
    ExprId::NONE
}

pub(super) fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut flags = flags_of(walk, node);
    let name = walk.field_text(node, "name");
    if name == "this" {
        flags |= flag::CONSTRUCTOR;
    }
    let body = node.child_by_field_name("body");
    if body.is_none() {
        flags |= flag::ABSTRACT;
    }
    walk.function(FunctionParts {
        flags,
        type_params: node.child_by_field_name("type_parameters"),
        params: node.child_by_field_name("parameters"),
        result: node.child_by_field_name("return_type"),
        body,
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "parameter" | "class_parameter" | "binding" => {
            let is_case_class = || {
                node.parent()
                    .and_then(|list| list.parent())
                    .is_some_and(|class| has_token(class, "case"))
            };
            Some(Param {
                declared: node.child_by_field_name("type"),
                default: node.child_by_field_name("default_value"),
                // Every class parameter is in sight of the methods, so all are fields.
                is_field: node.kind() == "class_parameter"
                    && (has_token(node, "val") || has_token(node, "var") || is_case_class()),
                kind: param_kind::POSITIONAL,
                ..Param::new(node, walk.field_text(node, "name"))
            })
        }
        "identifier" => Some(Param::new(node, walk.text(node))),
        _ => None,
    }
}

pub(super) fn value_definition<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let value = walk.field_value(node, "value");
    let declared = match node.child_by_field_name("type") {
        Some(declared) => walk.type_value(declared),
        None => ExprId::NONE,
    };
    let Some(target) = node
        .child_by_field_name("pattern")
        .or_else(|| node.child_by_field_name("name"))
    else {
        return ExprId::NONE;
    };
    if target.kind() != "identifier" {
        walk.declare_pattern(target, value);
        return ExprId::NONE;
    }
    walk.variable(VariableParts {
        value,
        declared,
        flags,
        ..VariableParts::new(node, walk.source.text_of(target))
    });
    ExprId::NONE
}

pub(super) fn type_definition<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let (line, end_line) = (line_of(node), end_line_of(node));
    let name = walk.field_text(node, "name");
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::TypeAlias, line, end_line);
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.facts.bind_symbol(symbol);
    if let Some(aliased) = node.child_by_field_name("type") {
        let declared = walk.type_value(aliased);
        walk.facts.symbol_mut(symbol).declared = declared;
    }
    ExprId::NONE
}

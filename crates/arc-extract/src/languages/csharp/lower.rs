//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, FunctionParts, Param, Place, VariableParts, Walk, child_of_kind, has_token,
    named_children, param_kind,
};

use crate::facts::{
    BlockKind, Expr, ExprId, MemberBinding, Name, Role, SymbolId, flag, import_flag,
};

use crate::source::line_of;

/// The name under which constructors are members; their symbols have the name of their type.
pub(super) const CONSTRUCTOR: &str = "<init>";

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    let namespaces: Vec<Node<'w>> = named_children(root)
        .into_iter()
        .filter(|child| child.kind().ends_with("namespace_declaration"))
        .collect();
    // A file of one namespace is that namespace; only several ones become symbols.
    if let [only] = namespaces[..] {
        let label = walk.field_text(only, "name").to_owned();
        walk.facts.set_file_namespace(&label);
        open_global(walk, line_of(only));
        walk.namespace = label;
        walk.each(root, |walk, child, _| {
            if child == only && child.kind() == "namespace_declaration" {
                walk.field_value(child, "body");
            } else if child != only {
                walk.value(child);
            }
        });
    } else {
        walk.facts.set_file_namespace("");
        walk.each(root, |walk, child, _| {
            walk.value(child);
        });
    }
}

/// The global namespace is seen everywhere.
pub(super) fn open_global(walk: &mut Walk<'_>, line: u32) {
    walk.facts
        .import("", None, line, import_flag::STAR | import_flag::IMPLICIT);
}

pub(super) fn namespace<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let label = match walk.namespace.as_str() {
        "" => name.to_owned(),
        around => format!("{around}.{name}"),
    };
    let (line, end_line) = (line_of(node), crate::source::end_line_of(node));
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::Module, line, end_line);
    walk.facts.bind_symbol(symbol);
    let outer = walk.facts.enter_namespace(symbol, &label);
    open_global(walk, line);
    let around = std::mem::replace(&mut walk.namespace, label);
    walk.field_value(node, "body");
    walk.namespace = around;
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn using<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let alias = node.child_by_field_name("name");
    let Some(target) = named_children(node)
        .into_iter()
        .rfind(|child| Some(*child) != alias && !child.is_extra())
    else {
        return ExprId::NONE;
    };
    let path = walk.text(target).trim_start_matches("global::");
    match (alias, path.rsplit_once('.')) {
        (Some(alias), Some((module, name))) => {
            let name = name.split('<').next().unwrap_or(name);
            let local = walk.text(alias);
            walk.facts.import_as(module, Some(name), local, line, 0);
        }
        (None, Some((module, name))) if has_token(node, "static") => {
            walk.facts.import_as(module, Some(name), name, line, 0);
            walk.facts
                .import(path, None, line, import_flag::STAR | import_flag::IMPLICIT);
        }
        (Some(_), None) => {}
        (None, _) => {
            walk.facts.import(path, None, line, import_flag::STAR);
        }
    }
    ExprId::NONE
}

/// Flags from modifiers and attributes, and the line of the definition behind its attributes.
pub(super) fn head<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> (u32, u32) {
    let is_member = walk.place == Place::Class;
    let mut flags = if is_member { 0 } else { flag::PUBLIC };
    let mut line = line_of(node);
    for child in named_children(node) {
        match child.kind() {
            "modifier" => match walk.text(child) {
                "public" | "internal" | "protected" => flags |= flag::PUBLIC,
                "private" => flags &= !flag::PUBLIC,
                "static" | "const" => flags |= flag::STATIC,
                "abstract" => flags |= flag::ABSTRACT,
                "async" => flags |= flag::ASYNC,
                "extern" => flags |= flag::DECLARATION,
                "file" => flags |= flag::FILE_LOCAL,
                _ => {}
            },
            "attribute_list" => {
                for attribute in named_children(child) {
                    flags |= test_flags(walk.field_text(attribute, "name"));
                }
                walk.value(child);
                line = crate::source::end_line_of(child) + 1;
            }
            "comment" | "preproc_if_in_attribute_list" => {}
            _ => {
                line = line.min(line_of(child)).max(line_of(node));
                break;
            }
        }
    }
    (flags, line.min(name_line(node)))
}

pub(super) fn name_line(node: Node<'_>) -> u32 {
    let name = node.child_by_field_name("name").unwrap_or(node);
    line_of(name)
}

pub(super) fn test_flags(attribute: &str) -> u32 {
    match attribute.rsplit('.').next().unwrap_or(attribute) {
        "Fact" | "Theory" | "Test" | "TestCase" | "TestCaseSource" | "TestMethod"
        | "DataTestMethod" | "TestFixture" | "TestClass" | "Property" => flag::TEST,
        "SetUp" | "OneTimeSetUp" | "TearDown" | "TestInitialize" | "ClassInitialize"
        | "TestCleanup" => flag::SETUP,
        _ => 0,
    }
}

pub(super) fn attribute<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let short = name.rsplit('.').next().unwrap_or(name);
    if short.ends_with("Attribute") || test_flags(short) != 0 {
        walk.facts.name_expr(short, line_of(node), Role::Type);
    } else {
        let full = format!("{short}Attribute");
        walk.facts.name_expr(&full, line_of(node), Role::Type);
    }
    if let Some(args) = child_of_kind(node, "attribute_argument_list") {
        walk.value(args);
    }
    ExprId::NONE
}

pub(super) fn type_declaration<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (mut flags, line) = head(walk, node);
    let kind = match node.kind() {
        "interface_declaration" => NodeKind::Interface,
        "enum_declaration" => NodeKind::Enum,
        _ => NodeKind::Class,
    };
    let params = child_of_kind(node, "parameter_list");
    if node.kind() == "record_declaration" {
        flags |= flag::FIELDS_CONSTRUCT;
    }
    let bases = match child_of_kind(node, "base_list") {
        Some(list) if kind != NodeKind::Enum => named_children(list)
            .into_iter()
            .filter(|base| base.kind() != "argument_list")
            .collect(),
        _ => Vec::new(),
    };
    let is_partial = named_children(node)
        .iter()
        .any(|child| child.kind() == "modifier" && walk.source.text_of(*child) == "partial");
    walk.class(ClassParts {
        line,
        other_parts: is_partial.then(|| walk.namespace.clone()),
        flags,
        type_params: child_of_kind(node, "type_parameter_list"),
        bases,
        params,
        body: node.child_by_field_name("body"),
        member_flags: if kind == NodeKind::Interface {
            flag::PUBLIC
        } else {
            0
        },
        ..ClassParts::new(node, walk.field_text(node, "name"), kind)
    });
    ExprId::NONE
}

pub(super) fn enum_member<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = walk.field_value(node, "value");
    walk.variable(VariableParts {
        value,
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::EnumMember),
        ..VariableParts::new(node, walk.field_text(node, "name"))
    });
    ExprId::NONE
}

pub(super) fn delegate<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (flags, _) = head(walk, node);
    let (line, end_line) = (line_of(node), crate::source::end_line_of(node));
    let symbol = walk.facts.add_symbol(
        walk.source
            .text_of(node.child_by_field_name("name").unwrap_or(node)),
        NodeKind::TypeAlias,
        line,
        end_line,
    );
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.attach_doc(symbol, line);
    walk.facts.bind_symbol(symbol);
    let mut parts = Vec::new();
    if let Some(list) = node.child_by_field_name("parameters") {
        for param in named_children(list) {
            if let Some(declared) = param.child_by_field_name("type") {
                let declared = walk.type_value(declared);
                parts.push(walk.some(declared, line));
            }
        }
    }
    if let Some(result) = node.child_by_field_name("type") {
        let result = walk.type_value(result);
        parts.push(walk.some(result, line));
    }
    let parts = walk.facts.list(&parts);
    let signature = walk.facts.expr(Expr::Signature(parts), line, Role::Silent);
    walk.facts.symbol_mut(symbol).declared = signature;
    ExprId::NONE
}

pub(super) fn constructor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (flags, line) = head(walk, node);
    let is_destructor = node.kind() == "destructor_declaration";
    let name = if is_destructor {
        "Finalize"
    } else {
        walk.field_text(node, "name")
    };
    walk.function(FunctionParts {
        line,
        flags: if is_destructor {
            flags
        } else {
            flags | flag::CONSTRUCTOR
        },
        params: node.child_by_field_name("parameters"),
        member_name: (!is_destructor).then_some(CONSTRUCTOR),
        header: child_of_kind(node, "constructor_initializer"),
        body: node.child_by_field_name("body"),
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

pub(super) fn method<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (mut flags, line) = head(walk, node);
    let body = node.child_by_field_name("body");
    if body.is_none() {
        flags |= flag::ABSTRACT;
    }
    let name = walk.field_text(node, "name");
    let params = node.child_by_field_name("parameters");
    let symbol = walk.function(FunctionParts {
        line,
        flags,
        type_params: node.child_by_field_name("type_parameters"),
        params,
        result: node
            .child_by_field_name("returns")
            .or_else(|| node.child_by_field_name("type")),
        body,
        body_is_result: body.is_some_and(|body| body.kind() == "arrow_expression_clause"),
        ..FunctionParts::new(node, name)
    });
    let receiver = params
        .and_then(|params| params.named_child(0))
        .filter(|first| {
            child_of_kind(*first, "modifier").is_some_and(|modifier| walk.text(modifier) == "this")
        });
    if let Some(receiver) = receiver.and_then(|receiver| receiver.child_by_field_name("type")) {
        extension_method(walk, receiver, symbol, name);
    }
    ExprId::NONE
}

/// A static method whose first parameter is marked `this` is a member of that parameter's type too.
pub(super) fn extension_method<'w>(
    walk: &mut Walk<'w>,
    receiver: Node<'w>,
    symbol: SymbolId,
    name: &str,
) {
    let line = line_of(receiver);
    let target = walk.type_value(receiver);
    let target = walk.some(target, line);
    let outer = walk.facts.enter(BlockKind::Extension);
    let block = walk.facts.block();
    walk.facts.extend_type(target, &[], block, line);
    let value = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
    walk.facts.bind(name, block, value, ExprId::NONE, line);
    walk.facts.leave(outer);
}

pub(super) fn operator<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (flags, line) = head(walk, node);
    let sign = node.child_by_field_name("operator");
    let name = match sign {
        Some(sign) => walk
            .source
            .text
            .get(sign.start_byte()..sign.end_byte())
            .unwrap_or("operator"),
        None => "operator",
    };
    let body = node.child_by_field_name("body");
    walk.function(FunctionParts {
        line,
        flags,
        params: node.child_by_field_name("parameters"),
        result: node.child_by_field_name("type"),
        body,
        body_is_result: body.is_some_and(|body| body.kind() == "arrow_expression_clause"),
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

pub(super) fn fields<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (flags, _) = head(walk, node);
    if let Some(declaration) = child_of_kind(node, "variable_declaration") {
        variables(walk, declaration, flags);
    }
    ExprId::NONE
}

pub(super) fn local<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let declaration = match node.kind() {
        "variable_declaration" => Some(node),
        _ => child_of_kind(node, "variable_declaration"),
    };
    if let Some(declaration) = declaration {
        variables(walk, declaration, 0);
    }
    ExprId::NONE
}

pub(super) fn variables<'w>(walk: &mut Walk<'w>, declaration: Node<'w>, flags: u32) {
    let declared = declared_type(walk, declaration);
    walk.each(declaration, |walk, child, _| {
        if child.kind() != "variable_declarator" {
            return;
        }
        let name = child.child_by_field_name("name");
        let count = child.named_child_count();
        let value_node = child
            .named_child((count as u32).saturating_sub(1))
            .filter(|last| Some(*last) != name && last.kind() != "tuple_pattern");
        let value = value_node.map_or(ExprId::NONE, |node| walk.value(node));
        if let Some(name) = name {
            walk.variable(VariableParts {
                value,
                declared,
                flags,
                ..VariableParts::new(child, walk.source.text_of(name))
            });
        } else if let Some(pattern) = child_of_kind(child, "tuple_pattern") {
            walk.declare_pattern(pattern, value);
        }
    });
}

/// The type a declaration writes; `NONE` for `var`.
pub(super) fn declared_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    match node.child_by_field_name("type") {
        Some(declared) if declared.kind() != "implicit_type" => walk.type_value(declared),
        _ => ExprId::NONE,
    }
}

pub(super) fn property<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (flags, line) = head(walk, node);
    let name = match node.kind() {
        "indexer_declaration" => "Item",
        _ => walk.field_text(node, "name"),
    };
    let value = node.child_by_field_name("value");
    let arrow = value.filter(|value| value.kind() == "arrow_expression_clause");
    let accessors = node.child_by_field_name("accessors");
    let has_code = accessors.is_some_and(|list| {
        named_children(list)
            .iter()
            .any(|accessor| accessor.child_by_field_name("body").is_some())
    });
    let kind = if node.kind() == "indexer_declaration" {
        0
    } else {
        flag::PROPERTY
    };
    if arrow.is_some() || has_code || kind == 0 {
        walk.function(FunctionParts {
            line,
            flags: flags | kind,
            params: node.child_by_field_name("parameters"),
            result: node.child_by_field_name("type"),
            body: arrow.or(accessors),
            body_is_result: arrow.is_some(),
            ..FunctionParts::new(node, name)
        });
    } else {
        let declared = declared_type(walk, node);
        let value = value.map_or(ExprId::NONE, |value| walk.value(value));
        walk.variable(VariableParts {
            value,
            declared,
            flags,
            ..VariableParts::new(node, name)
        });
    }
    ExprId::NONE
}

pub(super) fn accessor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let outer = walk.facts.enter(BlockKind::Branch);
    walk.declare_local("value");
    let block = walk.facts.block();
    walk.facts
        .bind("value", block, ExprId::NONE, ExprId::NONE, line_of(node));
    let value = walk.field_value(node, "body");
    walk.facts.leave(outer);
    value
}

pub(super) fn foreach<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let items = walk.field_value(node, "right");
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    let declared = declared_type(walk, node);
    if let Some(left) = node.child_by_field_name("left") {
        if left.kind() == "identifier" {
            walk.variable(VariableParts {
                value: element,
                declared,
                ..VariableParts::new(left, walk.source.text_of(left))
            });
        } else {
            walk.declare_pattern(left, element);
        }
    }
    walk.field_value(node, "body");
    walk.facts.leave(outer);
    ExprId::NONE
}

/// Patterns and declarations that give a name a type.
pub(super) fn typed_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let declared = declared_type(walk, node);
    if let Some(name) = node.child_by_field_name("name") {
        let place = std::mem::replace(&mut walk.place, Place::Function);
        walk.variable(VariableParts {
            declared,
            ..VariableParts::new(name, walk.source.text_of(name))
        });
        walk.place = place;
    }
    let type_node = node.child_by_field_name("type");
    let name = node.child_by_field_name("name");
    walk.each(node, |walk, child, _| {
        if Some(child) != type_node && Some(child) != name {
            walk.value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn is_pattern<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let tested = node.child_by_field_name("expression");
    let pattern = node.child_by_field_name("pattern");
    match pattern.map(|pattern| (pattern, pattern.kind())) {
        Some((pattern, "constant_pattern" | "type_pattern")) => {
            let target = pattern.named_child(0).filter(|target| {
                [
                    "identifier",
                    "generic_name",
                    "qualified_name",
                    "member_access_expression",
                ]
                .contains(&target.kind())
            });
            walk.type_test(tested, target)
        }
        Some((pattern, "declaration_pattern")) => {
            walk.value(pattern);
            walk.type_test(tested, None)
        }
        _ => {
            walk.type_test(tested, None);
            pattern.map_or(ExprId::NONE, |pattern| walk.value(pattern))
        }
    }
}

pub(super) fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let left = walk.field_value(node, "left");
    let right = walk.field_value(node, "right");
    let sign = node.child_by_field_name("operator");
    if sign.is_some_and(|sign| sign.kind() == "??") && left.is_some() && right.is_some() {
        walk.facts.either(&[left, right], line_of(node))
    } else {
        ExprId::NONE
    }
}

pub(super) fn invocation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let callee_node = node.child_by_field_name("function");
    let callee = match callee_node {
        // The type arguments of a generic call are no part of its name.
        Some(callee) if callee.kind() == "generic_name" => {
            let outer = callee.named_child(0).map(|name| walk.value(name));
            if let Some(args) = callee.named_child(1) {
                walk.value(args);
            }
            outer.unwrap_or(ExprId::NONE)
        }
        Some(callee) => walk.value(callee),
        None => ExprId::NONE,
    };
    let args = node.child_by_field_name("arguments");
    walk.call_value(callee, args, line)
}

pub(super) fn conditional_access<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let condition = node.child_by_field_name("condition");
    let base = condition.map_or(ExprId::NONE, |condition| walk.value(condition));
    let outer = std::mem::replace(&mut walk.base, base);
    let mut value = ExprId::NONE;
    walk.each(node, |walk, child, _| {
        if Some(child) != condition {
            value = walk.value(child);
        }
    });
    walk.base = outer;
    value
}

pub(super) fn member_binding<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    match node.child_by_field_name("name") {
        Some(name) => walk.member_value(walk.base, name),
        None => walk.base,
    }
}

pub(super) fn creation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let target = match node.child_by_field_name("type") {
        Some(target) => walk.type_value(target),
        None => ExprId::NONE,
    };
    let args = node.child_by_field_name("arguments");
    let made = walk.new_value(target, args, line);
    if let Some(initializer) = node.child_by_field_name("initializer") {
        walk.each(initializer, |walk, child, _| {
            let (value, name) = if child.kind() == "assignment_expression" {
                let value = walk.field_value(child, "right");
                let name = walk.field_text(child, "left");
                walk.member_named(made, name, line_of(child));
                (value, walk.interned(name))
            } else {
                (walk.value(child), Name::NONE)
            };
            walk.facts.bind_member(MemberBinding {
                base: made,
                name,
                value,
                declared: ExprId::NONE,
                symbol: SymbolId::NONE,
                line: line_of(child),
            });
        });
    }
    made
}

pub(super) fn anonymous_method<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let params = node.child_by_field_name("parameters");
    walk.lambda_of(node, params, child_of_kind(node, "block"))
}

pub(super) fn try_statement<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.each(node, |walk, child, field| {
        if field != 0 {
            let outer = walk.facts.enter(BlockKind::Branch);
            walk.value(child);
            walk.facts.leave(outer);
        } else {
            walk.value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn preprocessor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let condition = node.child_by_field_name("condition");
    walk.each(node, |walk, child, _| {
        if Some(child) != condition {
            walk.value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn first_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let declared = node.child_by_field_name("type");
    let value = declared.map_or(ExprId::NONE, |declared| walk.type_value(declared));
    if let Some(args) = child_of_kind(node, "argument_list") {
        walk.arguments(Some(args));
    }
    value
}

pub(super) fn array_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let element = first_type(walk, node);
    let line = line_of(node);
    let base = walk.facts.literal_expr("Array", line);
    walk.apply(base, &[element], line)
}

pub(super) fn predefined<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node);
    walk.facts.literal_expr(text, line_of(node))
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "parameter" => {
            let name = node.child_by_field_name("name");
            let declared = node.child_by_field_name("type");
            let default = named_children(node).into_iter().rfind(|child| {
                Some(*child) != name
                    && Some(*child) != declared
                    && !["modifier", "attribute_list", "comment"].contains(&child.kind())
            });
            Some(Param {
                declared,
                default,
                is_field: walk.place == Place::Class
                    && node
                        .parent()
                        .and_then(|list| list.parent())
                        .is_some_and(|owner| owner.kind() == "record_declaration"),
                ..Param::new(node, name.map_or("", |name| walk.text(name)))
            })
        }
        "implicit_parameter" => Some(Param::new(node, walk.text(node))),
        // `params T[] rest` stands in the list without a node of its own.
        "identifier" => Some(Param {
            declared: node.prev_named_sibling(),
            kind: param_kind::REST,
            ..Param::new(node, walk.text(node))
        }),
        _ => None,
    }
}

//! The syntax tree to facts.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    ClassParts, FunctionParts, Param, Place, VariableParts, Walk, child_of_kind, has_token,
    named_children, param_kind,
};

use crate::facts::{BlockKind, Expr, ExprId, Role, flag, import_flag};

use crate::source::{end_line_of, line_of};

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    let package = child_of_kind(root, "package_header")
        .and_then(|header| child_of_kind(header, "qualified_identifier"))
        .map_or("", |name| walk.source.text_of(name));
    walk.facts.set_file_namespace(package);
    walk.each(root, |walk, child, _| match child.kind() {
        "package_header" | "file_annotation" => {}
        "import" => import(walk, child),
        _ => {
            walk.value(child);
        }
    });
}

pub(super) fn import<'w>(walk: &mut Walk<'w>, node: Node<'w>) {
    let line = line_of(node);
    let Some(path) = child_of_kind(node, "qualified_identifier") else {
        return;
    };
    let text = walk.text(path);
    if has_token(node, "*") {
        walk.facts.import(text, None, line, import_flag::STAR);
    } else if let Some((module, name)) = text.rsplit_once('.') {
        let local = child_of_kind(node, "identifier").map_or(name, |alias| walk.text(alias));
        match member_import(text) {
            Some((package, class, members)) => {
                let import = walk.facts.import(package, Some(class), line, 0);
                let mut value = walk.facts.expr(Expr::Import(import), line, Role::Silent);
                for member in members.split('.').filter(|part| *part != "Companion") {
                    value = walk.facts.member_expr(value, member, line, Role::Silent);
                }
                let block = walk.facts.block();
                walk.facts.bind(local, block, value, ExprId::NONE, line);
            }
            None => {
                walk.facts.import_as(module, Some(name), local, line, 0);
            }
        }
    }
}

/// `a.b.Color.RED`: package, type, the path below it. `None` when the last part is what a package has: packages are in lower
/// case, types are not.
fn member_import(path: &str) -> Option<(&str, &str, &str)> {
    let mut start = 0_usize;
    for part in path.split('.') {
        if part.starts_with(|c: char| c.is_uppercase()) {
            let package = path.get(..start.checked_sub(1)?)?;
            let members = path.get(start + part.len() + 1..)?;
            return Some((package, part, members)).filter(|_| !members.is_empty());
        }
        start += part.len() + 1;
    }
    None
}

/// Flags of the modifiers; in `state` nothing is kept, annotations are walked.
pub(super) fn flags_of<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> u32 {
    let mut flags = flag::PUBLIC;
    let Some(modifiers) = child_of_kind(node, "modifiers") else {
        return flags;
    };
    for child in named_children(modifiers) {
        if child.kind() == "annotation" {
            let text = walk.text(child).trim_start_matches('@');
            let name = text.split('(').next().unwrap_or(text);
            match name.rsplit('.').next().unwrap_or(name) {
                "Test" | "ParameterizedTest" | "RepeatedTest" => flags |= flag::TEST,
                "Before" | "BeforeEach" | "BeforeAll" | "BeforeTest" | "After" | "AfterEach" => {
                    flags |= flag::SETUP;
                }
                _ => {}
            }
            walk.value(child);
            continue;
        }
        match walk.text(child) {
            "private" => {
                flags &= !flag::PUBLIC;
                if walk.place == Place::File {
                    flags |= flag::FILE_LOCAL;
                }
            }
            "abstract" => flags |= flag::ABSTRACT,
            "data" | "value" => flags |= flag::FIELDS_CONSTRUCT,
            "expect" | "external" => flags |= flag::DECLARATION,
            _ => {}
        }
    }
    flags
}

pub(super) fn annotation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.each(node, |walk, child, _| {
        if child.kind() == "constructor_invocation" {
            invocation(walk, child);
        } else {
            walk.type_value(child);
        }
    });
    ExprId::NONE
}

pub(super) fn class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let is_object = node.kind() == "object_declaration";
    let body = child_of_kind(node, "class_body").or_else(|| child_of_kind(node, "enum_class_body"));
    let kind = if body.is_some_and(|body| body.kind() == "enum_class_body") {
        NodeKind::Enum
    } else if has_token(node, "interface") {
        NodeKind::Interface
    } else {
        NodeKind::Class
    };
    let params = child_of_kind(node, "primary_constructor")
        .and_then(|constructor| child_of_kind(constructor, "class_parameters"));
    walk.class(ClassParts {
        flags,
        type_params: child_of_kind(node, "type_parameters"),
        bases: bases(node),
        params,
        body,
        member_flags: if is_object { flag::STATIC } else { 0 },
        ..ClassParts::new(node, walk.field_text(node, "name"), kind)
    });
    ExprId::NONE
}

pub(super) fn bases(node: Node<'_>) -> Vec<Node<'_>> {
    match child_of_kind(node, "delegation_specifiers") {
        Some(list) => named_children(list)
            .into_iter()
            .filter_map(|specifier| specifier.named_child(0))
            .collect(),
        None => Vec::new(),
    }
}

/// `Base<T>(args)` in a class header: the type is the value, the arguments are walked.
pub(super) fn invocation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = node
        .named_child(0)
        .map_or(ExprId::NONE, |named| walk.type_value(named));
    walk.arguments(child_of_kind(node, "value_arguments"));
    value
}

pub(super) fn explicit_delegation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = node
        .named_child(0)
        .map_or(ExprId::NONE, |named| walk.type_value(named));
    if let Some(to) = node.named_child(1) {
        walk.code_value(to);
    }
    value
}

pub(super) fn companion<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let outer = walk
        .classes
        .last_mut()
        .map(|class| std::mem::replace(&mut class.member_flags, flag::STATIC));
    if let Some(body) = child_of_kind(node, "class_body") {
        walk.value(body);
    }
    if let (Some(class), Some(flags)) = (walk.classes.last_mut(), outer) {
        class.member_flags = flags;
    }
    ExprId::NONE
}

pub(super) fn object_literal<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let symbol = walk.class(ClassParts {
        bases: bases(node),
        body: child_of_kind(node, "class_body"),
        ..ClassParts::new(node, "", NodeKind::Class)
    });
    let target = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
    walk.cast(ExprId::NONE, target, line)
}

pub(super) fn enum_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let arguments = child_of_kind(node, "value_arguments");
    let args = walk.arguments(arguments);
    let class = walk.classes.last().map(|class| class.symbol);
    if let (Some(class), true) = (class, arguments.is_some()) {
        let line = line_of(node);
        let callee = walk.facts.expr(Expr::Symbol(class), line, Role::Silent);
        walk.call_with(callee, &args, line);
    }
    let name = child_of_kind(node, "identifier").map_or("", |name| walk.text(name));
    walk.variable(VariableParts {
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::EnumMember),
        ..VariableParts::new(node, name)
    });
    if let Some(body) = child_of_kind(node, "class_body") {
        walk.value(body);
    }
    ExprId::NONE
}

pub(super) fn type_alias<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let name = child_of_kind(node, "identifier").map_or("", |name| walk.text(name));
    let (line, end_line) = (line_of(node), end_line_of(node));
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::TypeAlias, line, end_line);
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.attach_doc(symbol, line);
    walk.facts.bind_symbol(symbol);
    let count = node.named_child_count() as u32;
    if let Some(aliased) = node.named_child(count.saturating_sub(1)) {
        let declared = walk.type_value(aliased);
        walk.facts.symbol_mut(symbol).declared = declared;
    }
    ExprId::NONE
}

/// The receiver type before the name, the result type after the parameters, the body.
pub(super) fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let Some(name) = node.child_by_field_name("name") else {
        return walk.only_child(node);
    };
    let params = child_of_kind(node, "function_value_parameters");
    let children = named_children(node);
    let is_type = |child: &&Node<'w>| is_type_node(child.kind());
    let receiver = children
        .iter()
        .filter(is_type)
        .find(|child| child.end_byte() <= name.start_byte());
    let after = params.map_or(name.end_byte(), |params| params.end_byte());
    let result = children
        .iter()
        .filter(is_type)
        .find(|child| child.start_byte() >= after);
    let body = child_of_kind(node, "function_body");
    let code = body.and_then(|body| body.named_child(0));
    let parts = FunctionParts {
        flags: if body.is_none() {
            flags | flag::ABSTRACT
        } else {
            flags
        },
        type_params: child_of_kind(node, "type_parameters"),
        params,
        result: result.copied(),
        body: code,
        body_is_result: code.is_some_and(|code| code.kind() != "block"),
        ..FunctionParts::new(node, walk.text(name).trim_matches('`'))
    };
    match receiver {
        Some(receiver) => walk.extension(*receiver, &[], |walk| {
            walk.function(parts);
        }),
        None => {
            walk.function(parts);
        }
    }
    ExprId::NONE
}

pub(super) fn is_type_node(kind: &str) -> bool {
    matches!(
        kind,
        "user_type"
            | "nullable_type"
            | "function_type"
            | "parenthesized_type"
            | "non_nullable_type"
    )
}

pub(super) fn constructor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node) | flag::CONSTRUCTOR;
    walk.function(FunctionParts {
        flags,
        params: child_of_kind(node, "function_value_parameters"),
        header: child_of_kind(node, "constructor_delegation_call"),
        body: child_of_kind(node, "block"),
        ..FunctionParts::new(node, "constructor")
    });
    ExprId::NONE
}

pub(super) fn delegation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.arguments(child_of_kind(node, "value_arguments"));
    ExprId::NONE
}

pub(super) fn initializer<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.only_child(node)
}

pub(super) fn accessor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let outer = walk.facts.enter(BlockKind::Branch);
    let block = walk.facts.block();
    for child in named_children(node) {
        if child.kind() == "identifier" {
            let name = walk.text(child);
            walk.declare_local(name);
            walk.facts
                .bind(name, block, ExprId::NONE, ExprId::NONE, line_of(child));
        }
    }
    let body = child_of_kind(node, "function_body").and_then(|body| body.named_child(0));
    let value = body.map_or(ExprId::NONE, |body| walk.value(body));
    walk.facts.leave(outer);
    value
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "parameter" | "class_parameter" | "parameter_with_optional_type" => {
            let children = named_children(node);
            let name = children.iter().find(|child| child.kind() == "identifier")?;
            let declared = children.iter().find(|child| is_type_node(child.kind()));
            let default = children.iter().rfind(|child| {
                child.start_byte() > declared.map_or(name.end_byte(), |node| node.start_byte())
                    && !child.is_extra()
            });
            let is_rest = children
                .iter()
                .any(|child| child.kind() == "modifiers" && walk.text(*child).contains("vararg"));
            Some(Param {
                declared: declared.copied(),
                default: default.copied(),
                kind: if is_rest {
                    param_kind::REST
                } else {
                    param_kind::POSITIONAL
                },
                is_field: node.kind() == "class_parameter"
                    && (has_token(node, "val") || has_token(node, "var")),
                ..Param::new(node, walk.text(*name))
            })
        }
        "variable_declaration" => {
            let name = child_of_kind(node, "identifier")?;
            Some(Param {
                declared: named_children(node)
                    .into_iter()
                    .find(|child| is_type_node(child.kind())),
                ..Param::new(node, walk.text(name))
            })
        }
        "multi_variable_declaration" => Some(Param {
            pattern: Some(node),
            ..Param::new(node, "")
        }),
        _ => None,
    }
}

pub(super) fn property<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let Some(target) = child_of_kind(node, "variable_declaration")
        .or_else(|| child_of_kind(node, "multi_variable_declaration"))
    else {
        return walk.only_child(node);
    };
    let children = named_children(node);
    let receiver = children
        .iter()
        .find(|child| is_type_node(child.kind()) && child.end_byte() <= target.start_byte())
        .copied();
    match receiver {
        Some(receiver) => walk.extension(receiver, &[], |walk| {
            property_of(walk, node, target, flags);
        }),
        None => property_of(walk, node, target, flags),
    }
    ExprId::NONE
}

pub(super) fn property_of<'w>(walk: &mut Walk<'w>, node: Node<'w>, target: Node<'w>, flags: u32) {
    let mut value = ExprId::NONE;
    let mut accessors = Vec::new();
    let declared_node = named_children(target)
        .into_iter()
        .find(|child| is_type_node(child.kind()));
    walk.each(node, |walk, child, _| match child.kind() {
        "getter" | "setter" => accessors.push(child),
        "modifiers" | "type_parameters" | "type_constraints" => {}
        "property_delegate" => value = delegate(walk, child),
        kind if is_type_node(kind) || child == target || child.is_extra() => {}
        _ => value = walk.value(child),
    });
    if target.kind() == "multi_variable_declaration" {
        walk.declare_pattern(target, value);
        return;
    }
    let name = child_of_kind(target, "identifier").map_or("", |name| walk.text(name));
    let getter = accessors.iter().find(|accessor| {
        accessor.kind() == "getter" && child_of_kind(**accessor, "function_body").is_some()
    });
    if let Some(getter) = getter
        && walk.place != Place::Function
        && !value.is_some()
    {
        let body = child_of_kind(*getter, "function_body").and_then(|body| body.named_child(0));
        walk.function(FunctionParts {
            flags: flags | flag::PROPERTY,
            result: declared_node,
            body,
            body_is_result: body.is_some_and(|body| body.kind() != "block"),
            ..FunctionParts::new(node, name)
        });
        return;
    }
    let declared = declared_node.map_or(ExprId::NONE, |declared| walk.type_value(declared));
    walk.variable(VariableParts {
        value,
        declared,
        flags,
        ..VariableParts::new(node, name)
    });
    for accessor in accessors {
        walk.value(accessor);
    }
}

/// `by lazy { … }` gives what the lambda gives.
pub(super) fn delegate<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let call = node.named_child(0);
    let value = call.map_or(ExprId::NONE, |call| walk.value(call));
    let is_lazy = call.is_some_and(|call| walk.text(call).starts_with("lazy"));
    let last = walk.facts.facts().exprs.get(value).map(|node| node.expr);
    match last {
        Some(Expr::Call(_, args)) if is_lazy => {
            let lambda = walk.facts.facts().list(args).last();
            match lambda {
                Some(lambda) => {
                    let none = walk.facts.list(&[]);
                    walk.facts
                        .expr(Expr::Call(lambda, none), line, Role::Silent)
                }
                None => ExprId::NONE,
            }
        }
        _ => ExprId::NONE,
    }
}

pub(super) fn variable_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    match child_of_kind(node, "identifier") {
        Some(name) => walk.value(name),
        None => ExprId::NONE,
    }
}

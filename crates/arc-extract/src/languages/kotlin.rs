//! Kotlin. A package is shared by files, with Java's; members of a companion object are members of its class; extension
//! functions are members of their receiver's type.

use std::sync::LazyLock;

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::outline::{
    self, ClassParts, FunctionParts, Outline, PLAIN, Param, Place, Shape, VariableParts, Walk,
    child_of_kind, has_token, named_children, param_kind, words,
};
use crate::builder::FactsBuilder;
use crate::facts::{BlockKind, Expr, ExprId, ParamFact, Role, flag, import_flag};
use crate::languages::{Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::{Source, end_line_of, line_of};

pub(super) struct Kotlin;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_kotlin_ng::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("annotation", Shape::Own(annotation)),
    ("anonymous_function", Shape::Own(anonymous_function)),
    ("anonymous_initializer", Shape::Own(initializer)),
    ("as_expression", Shape::Cast("left", "right")),
    ("assignment", Shape::Assign("left", "right")),
    ("binary_expression", Shape::Own(binary)),
    ("block", Shape::Plain),
    ("block_comment", Shape::Comment),
    ("call_expression", Shape::Own(call)),
    ("callable_reference", Shape::Own(callable)),
    ("catch_block", Shape::Own(catch)),
    ("class_declaration", Shape::Own(class)),
    ("companion_object", Shape::Own(companion)),
    ("constructor_delegation_call", Shape::Own(delegation)),
    ("constructor_invocation", Shape::Own(invocation)),
    ("do_while_statement", Shape::Loop),
    ("enum_entry", Shape::Own(enum_entry)),
    ("explicit_delegation", Shape::Own(explicit_delegation)),
    ("float_literal", Shape::Literal("Double")),
    ("for_statement", Shape::Own(for_loop)),
    ("function_declaration", Shape::Own(function)),
    ("function_type", Shape::Own(function_type)),
    ("getter", Shape::Own(accessor)),
    ("identifier", Shape::Name),
    ("if_expression", Shape::Choice("condition")),
    ("index_expression", Shape::Own(index)),
    ("infix_expression", Shape::Own(infix)),
    ("is_expression", Shape::TypeTest("left", "right")),
    ("lambda_literal", Shape::Own(lambda)),
    ("line_comment", Shape::Comment),
    ("multi_variable_declaration", Shape::List),
    ("navigation_expression", Shape::Own(navigation)),
    ("number_literal", Shape::Literal("Int")),
    ("object_declaration", Shape::Own(class)),
    ("object_literal", Shape::Own(object_literal)),
    ("property_declaration", Shape::Own(property)),
    ("return_expression", Shape::Return),
    ("secondary_constructor", Shape::Own(constructor)),
    ("setter", Shape::Own(accessor)),
    ("string_literal", Shape::Text),
    ("super_expression", Shape::Super),
    ("this_expression", Shape::This),
    ("type_alias", Shape::Own(type_alias)),
    ("type_arguments", Shape::TypeArguments),
    ("type_test", Shape::Ignore),
    ("unary_expression", Shape::Own(unary)),
    ("user_type", Shape::Own(user_type)),
    ("value_argument", Shape::Own(argument)),
    ("variable_declaration", Shape::Own(variable_name)),
    ("when_entry", Shape::Own(when_entry)),
    ("when_expression", Shape::Own(when)),
    ("when_subject", Shape::Children),
    ("while_statement", Shape::Loop),
];

static SEMANTICS: Semantics = Semantics {
    constructors: &["constructor"],
    call_operator: "invoke",
    overloads: true,
    iteration: &["iterator", "next"],
    index_operator: "get",
    builtins: words!(
        "Any" "Array" "ArrayList" "Boolean" "Byte" "Char" "Comparable" "Double" "Exception" "Float" "HashMap" "HashSet"
        "IllegalArgumentException" "IllegalStateException" "Int" "Iterable" "List" "Long" "Map" "MutableList"
        "MutableMap" "Nothing" "Pair" "Regex" "Result" "Sequence" "Set" "String" "StringBuilder" "Throwable" "Unit"
        "also" "apply" "arrayOf" "assert" "buildString" "check" "checkNotNull" "emptyList" "emptyMap" "error" "lazy"
        "let" "listOf" "listOfNotNull" "mapOf" "mutableListOf" "mutableMapOf" "mutableSetOf" "print" "println"
        "repeat" "require" "requireNotNull" "run" "setOf" "synchronized" "takeIf" "to" "with"
    ),
    common_members: words!(
        "add" "addAll" "all" "also" "any" "append" "apply" "associateBy" "clear" "close" "contains" "containsKey" "copy"
        "count" "distinct" "drop" "equals" "filter" "filterNot" "find" "first" "firstOrNull" "flatMap" "fold" "forEach"
        "get" "getOrDefault" "getOrNull" "getOrPut" "groupBy" "hashCode" "index" "indexOf" "invoke" "isEmpty"
        "isNotEmpty" "isNullOrEmpty" "iterator" "join" "joinToString" "key" "keys" "last" "length" "let" "map"
        "mapNotNull" "max" "message" "min" "name" "next" "orEmpty" "plus" "put" "read" "remove" "replace" "reversed" "run"
        "set" "size" "sort" "sortedBy" "split" "startsWith" "substring" "sum" "take" "takeIf" "toInt" "toList" "toMap"
        "toSet" "toString" "trim" "value" "values" "with" "write" "zip"
    ),
    ..PLAIN
};

/// Functions whose lambda gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "all" "any" "associateBy" "associateWith" "count" "filter" "filterNot" "find" "first" "firstOrNull" "flatMap"
    "forEach" "groupBy" "map" "mapNotNull" "none" "onEach" "partition" "single" "sortedBy" "sumOf" "last" "maxBy"
    "minBy" "sortedByDescending" "distinctBy" "takeWhile"
);

impl Language for Kotlin {
    fn name(&self) -> &'static str {
        "kotlin"
    }

    fn tier(&self) -> Tier {
        Tier::Named
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["kt", "kts"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["kotlin"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_kotlin_ng::LANGUAGE.into())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        outline::lower(source, facts, &OUTLINE, file);
    }

    fn module_name(&self, _: &ProjectFiles, _: &str) -> String {
        String::new()
    }

    fn resolve_import(
        &self,
        _: &ProjectFiles,
        _: &str,
        module: &str,
        _: Option<&str>,
    ) -> Vec<ImportTarget> {
        vec![ImportTarget::Namespace(module.to_owned())]
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
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

fn import<'w>(walk: &mut Walk<'w>, node: Node<'w>) {
    let line = line_of(node);
    let Some(path) = child_of_kind(node, "qualified_identifier") else {
        return;
    };
    let text = walk.text(path);
    if has_token(node, "*") {
        walk.facts.import(text, None, line, import_flag::STAR);
    } else if let Some((module, name)) = text.rsplit_once('.') {
        let local = child_of_kind(node, "identifier").map_or(name, |alias| walk.text(alias));
        walk.facts.import_as(module, Some(name), local, line, 0);
    }
}

/// Flags of the modifiers; in `state` nothing is kept, annotations are walked.
fn flags_of<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> u32 {
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

fn annotation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.each(node, |walk, child, _| {
        if child.kind() == "constructor_invocation" {
            invocation(walk, child);
        } else {
            walk.type_value(child);
        }
    });
    ExprId::NONE
}

fn class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn bases(node: Node<'_>) -> Vec<Node<'_>> {
    match child_of_kind(node, "delegation_specifiers") {
        Some(list) => named_children(list)
            .into_iter()
            .filter_map(|specifier| specifier.named_child(0))
            .collect(),
        None => Vec::new(),
    }
}

/// `Base<T>(args)` in a class header: the type is the value, the arguments are walked.
fn invocation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = node
        .named_child(0)
        .map_or(ExprId::NONE, |named| walk.type_value(named));
    walk.arguments(child_of_kind(node, "value_arguments"));
    value
}

fn explicit_delegation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = node
        .named_child(0)
        .map_or(ExprId::NONE, |named| walk.type_value(named));
    if let Some(to) = node.named_child(1) {
        walk.code_value(to);
    }
    value
}

fn companion<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn object_literal<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let symbol = walk.class(ClassParts {
        bases: bases(node),
        body: child_of_kind(node, "class_body"),
        ..ClassParts::new(node, "", NodeKind::Class)
    });
    let target = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
    walk.cast(ExprId::NONE, target, line)
}

fn enum_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.arguments(child_of_kind(node, "value_arguments"));
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

fn type_alias<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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
fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn is_type_node(kind: &str) -> bool {
    matches!(
        kind,
        "user_type"
            | "nullable_type"
            | "function_type"
            | "parenthesized_type"
            | "non_nullable_type"
    )
}

fn constructor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn delegation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.arguments(child_of_kind(node, "value_arguments"));
    ExprId::NONE
}

fn initializer<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.only_child(node)
}

fn accessor<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
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

fn property<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn property_of<'w>(walk: &mut Walk<'w>, node: Node<'w>, target: Node<'w>, flags: u32) {
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
fn delegate<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let call = node.named_child(0);
    let value = call.map_or(ExprId::NONE, |call| walk.value(call));
    let is_lazy = call.is_some_and(|call| walk.text(call).starts_with("lazy"));
    let last = walk
        .facts
        .facts()
        .exprs
        .get(value.index())
        .map(|node| node.expr);
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

fn variable_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    match child_of_kind(node, "identifier") {
        Some(name) => walk.value(name),
        None => ExprId::NONE,
    }
}

// ---- expressions ----

fn user_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn function_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn navigation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    match node.named_child(1) {
        Some(name) if name.kind() == "identifier" => walk.member_value(base, name),
        _ => base,
    }
}

fn callable<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let children = named_children(node);
    match children[..] {
        [base, name] => {
            let base = walk.value(base);
            walk.member_value(base, name)
        }
        _ => walk.only_child(node),
    }
}

fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let Some(callee_node) = node.named_child(0) else {
        return ExprId::NONE;
    };
    let callee = walk.value(callee_node);
    let callee = walk.some(callee, line);
    let mut args = Vec::new();
    walk.each(node, |walk, child, _| match child.kind() {
        "value_arguments" => args.extend(walk.arguments(Some(child))),
        "annotated_lambda" => {
            let lambda = child_of_kind(child, "lambda_literal");
            if let Some(lambda) = lambda {
                let given = given_to_lambda(walk, callee_node, callee);
                args.push(lambda_value(walk, lambda, given));
            }
        }
        "type_arguments" => {
            walk.value(child);
        }
        _ => {}
    });
    walk.call_with(callee, &args, line)
}

/// What the usual functions pass to their lambda: elements of the receiver, or the receiver.
fn given_to_lambda<'w>(walk: &mut Walk<'w>, callee_node: Node<'w>, callee: ExprId) -> ExprId {
    if callee_node.kind() != "navigation_expression" {
        return ExprId::NONE;
    }
    let name = callee_node
        .named_child(1)
        .map_or("", |name| walk.text(name));
    let base = match walk
        .facts
        .facts()
        .exprs
        .get(callee.index())
        .map(|node| node.expr)
    {
        Some(Expr::Member(base, _)) => base,
        _ => return ExprId::NONE,
    };
    if ITERATORS.contains(&name) {
        walk.facts
            .expr(Expr::Element(base), line_of(callee_node), Role::Silent)
    } else if matches!(name, "let" | "also" | "takeIf" | "takeUnless") {
        base
    } else {
        ExprId::NONE
    }
}

fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    lambda_value(walk, node, ExprId::NONE)
}

fn lambda_value<'w>(walk: &mut Walk<'w>, node: Node<'w>, given: ExprId) -> ExprId {
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
        let mut last = ExprId::NONE;
        walk.each(node, |walk, child, _| {
            if Some(child) != params {
                last = walk.value(child);
            }
        });
        if last.is_some() {
            walk.return_value(last, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

fn implicit_parameter(
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

fn anonymous_function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let body = child_of_kind(node, "function_body").and_then(|body| body.named_child(0));
    walk.lambda_of(node, child_of_kind(node, "function_value_parameters"), body)
}

fn argument<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn infix<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn index<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    let key = node
        .named_child(1)
        .map_or(ExprId::NONE, |key| walk.value(key));
    walk.index_value(base, key, line_of(node))
}

fn unary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn catch<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

fn when<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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
fn when_entry<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
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

//! PHP. Namespaces are shared by files, so autoloading needs no paths; `require` and `include` name files. Variables keep
//! their `$`, which tells them from functions and constants of the same name; fields do not.

use std::sync::LazyLock;

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::outline::{
    self, ClassParts, FunctionParts, Outline, Outlined, PLAIN, Param, Place, Shape, VariableParts,
    Walk, child_of_kind, named_children, param_kind, words,
};
use crate::facts::{BlockKind, Expr, ExprId, Role, flag, import_flag};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};
use crate::source::{end_line_of, line_of};

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_php::LANGUAGE_PHP.into(), SHAPES)),
    parameter,
    assignment_declares: true,
    last_is_result: false,
    text_type: "string",
    this_names: &["$this"],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("anonymous_function", Shape::Lambda("parameters", "body")),
    ("argument", Shape::Argument("name")),
    ("array_creation_expression", Shape::Own(array)),
    ("arrow_function", Shape::Lambda("parameters", "body")),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("attribute", Shape::Own(attribute)),
    (
        "augmented_assignment_expression",
        Shape::Assign("left", "right"),
    ),
    ("binary_expression", Shape::Own(binary)),
    ("boolean", Shape::Literal("bool")),
    ("case_statement", Shape::Branch),
    ("cast_expression", Shape::Operands),
    ("catch_clause", Shape::Own(catch)),
    (
        "class_constant_access_expression",
        Shape::Own(class_constant),
    ),
    ("class_declaration", Shape::Own(type_declaration)),
    ("clone_expression", Shape::Children),
    ("comment", Shape::Comment),
    ("compound_statement", Shape::Operands),
    ("conditional_expression", Shape::Choice("condition")),
    ("const_declaration", Shape::Own(constants)),
    ("do_statement", Shape::Loop),
    ("encapsed_string", Shape::Text),
    ("enum_case", Shape::Own(enum_case)),
    ("enum_declaration", Shape::Own(type_declaration)),
    ("float", Shape::Literal("float")),
    ("for_statement", Shape::Loop),
    ("foreach_statement", Shape::Own(foreach)),
    (
        "function_call_expression",
        Shape::Call("function", "arguments"),
    ),
    ("function_definition", Shape::Own(function)),
    ("heredoc", Shape::Text),
    ("if_statement", Shape::Choice("condition")),
    ("include_expression", Shape::Own(include)),
    ("include_once_expression", Shape::Own(include)),
    ("integer", Shape::Literal("int")),
    ("interface_declaration", Shape::Own(type_declaration)),
    ("intersection_type", Shape::Either),
    ("list_literal", Shape::List),
    ("match_conditional_expression", Shape::Branch),
    ("match_default_expression", Shape::Branch),
    ("member_access_expression", Shape::Own(member_access)),
    ("member_call_expression", Shape::Own(member_call)),
    ("method_declaration", Shape::Own(function)),
    ("name", Shape::Own(name)),
    ("named_type", Shape::Own(named_type)),
    ("namespace_definition", Shape::Own(namespace)),
    ("namespace_use_declaration", Shape::Own(uses)),
    ("nowdoc", Shape::Literal("string")),
    (
        "nullsafe_member_access_expression",
        Shape::Own(member_access),
    ),
    ("nullsafe_member_call_expression", Shape::Own(member_call)),
    ("object_creation_expression", Shape::Own(creation)),
    ("primitive_type", Shape::Own(primitive)),
    ("property_declaration", Shape::Own(properties)),
    ("qualified_name", Shape::Own(qualified_name)),
    (
        "reference_assignment_expression",
        Shape::Assign("left", "right"),
    ),
    ("relative_scope", Shape::Own(relative_scope)),
    ("require_expression", Shape::Own(include)),
    ("require_once_expression", Shape::Own(include)),
    ("return_statement", Shape::Return),
    ("scoped_call_expression", Shape::Own(scoped_call)),
    (
        "scoped_property_access_expression",
        Shape::Own(static_property),
    ),
    ("string", Shape::Text),
    ("subscript_expression", Shape::Own(subscript)),
    ("text", Shape::Ignore),
    ("trait_declaration", Shape::Own(type_declaration)),
    ("type_list", Shape::Either),
    ("unary_op_expression", Shape::Doubt),
    ("union_type", Shape::Either),
    ("use_declaration", Shape::Own(traits)),
    ("variable_name", Shape::Name),
    ("while_statement", Shape::Loop),
    ("yield_expression", Shape::Yield),
];

static SEMANTICS: Semantics = Semantics {
    separator: "\\",
    members_in_scope: false,
    constructors: &["__construct"],
    call_operator: "__invoke",
    iteration: &["getIterator", "current"],
    index_operator: "offsetGet",
    union_operator: "",
    builtins: words!(
        "ArrayAccess" "ArrayIterator" "ArrayObject" "Closure" "Countable" "DateTime" "DateTimeImmutable" "Exception"
        "Generator" "InvalidArgumentException" "Iterator" "IteratorAggregate" "JsonSerializable" "LogicException"
        "RuntimeException" "SplObjectStorage" "Stringable" "Throwable" "Traversable" "array_filter" "array_key_exists"
        "array_keys" "array_map" "array_merge" "array_pop" "array_push" "array_shift" "array_slice" "array_values"
        "call_user_func" "call_user_func_array" "class_exists" "compact" "count" "date" "define" "defined" "dirname"
        "explode" "file_exists" "file_get_contents" "file_put_contents" "func_get_args" "function_exists" "get_class"
        "implode" "in_array" "intval" "is_array" "is_bool" "is_callable" "is_dir" "is_file" "is_int" "is_null"
        "is_numeric" "is_object" "is_string" "json_decode" "json_encode" "max" "method_exists" "microtime" "min"
        "preg_match" "preg_replace" "preg_split" "printf" "rtrim" "sprintf" "str_replace" "strlen" "strpos" "strtolower"
        "strtoupper" "substr" "time" "trim" "ucfirst" "usort" "var_dump"
    ),
    common_members: words!(
        "add" "all" "append" "bind" "call" "close" "contains" "count" "create" "current" "delete" "each" "execute"
        "exists" "fetch" "filter" "find" "first" "flush" "format" "get" "getCode" "getIterator" "getMessage" "getName"
        "getPrevious" "getValue" "handle" "has" "insert" "isEmpty" "key" "keys" "last" "make" "map" "merge" "name"
        "next" "offsetExists" "offsetGet" "offsetSet" "open" "pop" "prepare" "push" "query" "read" "remove" "replace"
        "reset" "rewind" "run" "save" "set" "setValue" "size" "sort" "toArray" "toString" "update" "valid" "value"
        "values" "where" "with" "write"
    ),
    ..PLAIN
};

pub(super) static PHP: Outlined = Outlined {
    name: "php",
    extensions: &["php", "phtml", "inc"],
    file_names: &[],
    interpreters: &["php"],
    grammar: || tree_sitter_php::LANGUAGE_PHP.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[],
};

/// A path (`./x.php` from the file's folder, else from the folder or the root), or a namespace.
fn resolve_import(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    if !module.contains('.') {
        return vec![ImportTarget::Namespace(module.to_owned())];
    }
    let relative = module.trim_start_matches("./").trim_start_matches('/');
    [folder_of(from), ""]
        .into_iter()
        .map(|folder| {
            let path = if module.starts_with("..") {
                module
            } else {
                relative
            };
            join(folder, path)
        })
        .find(|path| project.has_file(path))
        .map(ImportTarget::File)
        .into_iter()
        .collect()
}

fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    let namespaces: Vec<Node<'w>> = named_children(root)
        .into_iter()
        .filter(|child| child.kind() == "namespace_definition")
        .collect();
    let label = match namespaces[..] {
        [only] => walk.field_text(only, "name").to_owned(),
        _ => String::new(),
    };
    walk.facts.set_file_namespace(&label);
    let has_one = !label.is_empty();
    if has_one {
        walk.facts
            .import("", None, 1, import_flag::STAR | import_flag::IMPLICIT);
    }
    walk.namespace = label;
    walk.each(root, |walk, child, _| {
        if has_one && child.kind() == "namespace_definition" {
            walk.field_value(child, "body");
        } else {
            walk.value(child);
        }
    });
}

fn namespace<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::Module, line_of(node), end_line_of(node));
    let outer = walk.facts.enter_namespace(symbol, name);
    let around = std::mem::replace(&mut walk.namespace, name.to_owned());
    walk.field_value(node, "body");
    walk.namespace = around;
    walk.facts.leave(outer);
    ExprId::NONE
}

/// `use A\B;`, `use A\B as C;`, `use A\{B, C};`.
fn uses<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let prefix = child_of_kind(node, "namespace_name").map_or("", |prefix| walk.text(prefix));
    let clauses = match node.child_by_field_name("body") {
        Some(group) => named_children(group),
        None => named_children(node),
    };
    for clause in clauses {
        if clause.kind() != "namespace_use_clause" {
            continue;
        }
        let alias = clause.child_by_field_name("alias");
        let path = named_children(clause)
            .into_iter()
            .find(|child| Some(*child) != alias)
            .map_or("", |path| walk.text(path))
            .trim_start_matches('\\');
        let full = if prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}\\{path}", prefix.trim_start_matches('\\'))
        };
        let (module, name) = full.rsplit_once('\\').unwrap_or(("", &full));
        let local = alias.map_or(name, |alias| walk.text(alias));
        walk.facts
            .import_as(module, Some(name), local, line_of(clause), 0);
    }
    ExprId::NONE
}

fn include<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(path) = node.named_child(0) else {
        return ExprId::NONE;
    };
    let text = walk.text(path);
    let literal = text
        .find(['\'', '"'])
        .and_then(|start| {
            let rest = &text[start + 1..];
            rest.find(['\'', '"']).map(|end| &rest[..end])
        })
        .unwrap_or("");
    if literal.contains('.') && !literal.contains('$') {
        let module = format!("./{}", literal.trim_start_matches('/'));
        let module = if literal.trim_start_matches('/').starts_with("..") {
            literal.trim_start_matches('/').to_owned()
        } else {
            module
        };
        walk.facts
            .import(&module, None, line_of(node), import_flag::INCLUDE);
    }
    walk.value(path);
    ExprId::NONE
}

fn flags_of<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> u32 {
    let mut flags = flag::PUBLIC;
    for child in named_children(node) {
        match child.kind() {
            "visibility_modifier" if walk.text(child) == "private" => flags &= !flag::PUBLIC,
            "static_modifier" => flags |= flag::STATIC,
            "abstract_modifier" => flags |= flag::ABSTRACT,
            "attribute_list" => {
                let text = walk.text(child);
                if text.contains("[Test") || text.contains("DataProvider") {
                    flags |= flag::TEST;
                }
                walk.value(child);
            }
            "compound_statement" | "declaration_list" => break,
            _ => {}
        }
    }
    flags
}

fn attribute<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if let Some(name) = node.named_child(0) {
        walk.type_value(name);
    }
    walk.arguments(node.child_by_field_name("parameters"));
    ExprId::NONE
}

fn type_declaration<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let kind = match node.kind() {
        "interface_declaration" | "trait_declaration" => NodeKind::Interface,
        "enum_declaration" => NodeKind::Enum,
        _ => NodeKind::Class,
    };
    let name = walk.field_text(node, "name");
    walk.class(ClassParts {
        flags,
        bases: bases(node),
        body: node.child_by_field_name("body"),
        ..ClassParts::new(node, name, kind)
    });
    ExprId::NONE
}

fn bases(node: Node<'_>) -> Vec<Node<'_>> {
    named_children(node)
        .into_iter()
        .filter(|child| matches!(child.kind(), "base_clause" | "class_interface_clause"))
        .flat_map(named_children)
        .collect()
}

/// `use Trait;` in a class.
fn traits<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    for child in named_children(node) {
        if matches!(child.kind(), "name" | "qualified_name") {
            let base = walk.type_value(child);
            if base.is_some()
                && let Some(class) = walk.classes.last_mut()
            {
                class.bases.push(base);
            }
        }
    }
    ExprId::NONE
}

fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let mut flags = flags_of(walk, node);
    let name = walk.field_text(node, "name");
    if walk.place == Place::Class {
        match name {
            "__construct" => flags |= flag::CONSTRUCTOR,
            "setUp" | "tearDown" | "setUpBeforeClass" => flags |= flag::SETUP,
            _ if name.starts_with("test")
                && walk.source.path.to_ascii_lowercase().contains("test") =>
            {
                flags |= flag::TEST;
            }
            _ => {}
        }
    }
    let body = node.child_by_field_name("body");
    if body.is_none() {
        flags |= flag::ABSTRACT;
    }
    walk.function(FunctionParts {
        flags,
        params: node.child_by_field_name("parameters"),
        result: node.child_by_field_name("return_type"),
        body,
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    let kind = match node.kind() {
        "simple_parameter" | "property_promotion_parameter" => param_kind::POSITIONAL,
        "variadic_parameter" => param_kind::REST,
        _ => return None,
    };
    Some(Param {
        declared: node.child_by_field_name("type"),
        default: node.child_by_field_name("default_value"),
        kind,
        is_field: node.kind() == "property_promotion_parameter",
        ..Param::new(node, walk.field_text(node, "name"))
    })
}

fn properties<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node);
    let declared = match node.child_by_field_name("type") {
        Some(declared) => walk.type_value(declared),
        None => ExprId::NONE,
    };
    walk.each(node, |walk, child, _| {
        if child.kind() == "property_element" {
            let value = walk.field_value(child, "default_value");
            let name = walk.field_text(child, "name").trim_start_matches('$');
            walk.variable(VariableParts {
                value,
                declared,
                flags,
                ..VariableParts::new(child, name)
            });
        } else if child.kind() == "property_hook_list" {
            walk.value(child);
        }
    });
    ExprId::NONE
}

fn constants<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let flags = flags_of(walk, node) | flag::STATIC;
    walk.each(node, |walk, child, _| {
        if child.kind() != "const_element" {
            return;
        }
        let value = child
            .named_child(1)
            .map_or(ExprId::NONE, |value| walk.value(value));
        let name = child.named_child(0).map_or("", |name| walk.text(name));
        let kind = (walk.place != Place::Class).then_some(NodeKind::Constant);
        walk.variable(VariableParts {
            value,
            flags,
            kind,
            ..VariableParts::new(child, name)
        });
    });
    ExprId::NONE
}

fn enum_case<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = walk.field_value(node, "value");
    walk.variable(VariableParts {
        value,
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::EnumMember),
        ..VariableParts::new(node, walk.field_text(node, "name"))
    });
    ExprId::NONE
}

// ---- expressions ----

fn name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (text, line) = (walk.text(node), line_of(node));
    match text {
        "static" | "self" => walk.facts.expr(Expr::ThisType, line, Role::Silent),
        "parent" => walk.facts.expr(Expr::Super, line, Role::Silent),
        "true" | "false" | "null" | "TRUE" | "FALSE" | "NULL" => ExprId::NONE,
        _ => walk.name_value(text, line),
    }
}

fn named_type<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.only_child(node)
}

fn primitive<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node);
    walk.facts.literal_expr(text, line_of(node))
}

/// A path through namespaces, from the root or from the namespace around.
fn qualified_name<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (text, line) = (walk.text(node), line_of(node));
    let absolute = match text.strip_prefix('\\') {
        Some(absolute) => absolute.to_owned(),
        None if walk.namespace.is_empty() => text.to_owned(),
        None => format!("{}\\{text}", walk.namespace),
    };
    let (module, name) = absolute.rsplit_once('\\').unwrap_or(("", &absolute));
    let import = walk
        .facts
        .import(module, Some(name), line, import_flag::IMPLICIT);
    walk.facts.expr(Expr::Import(import), line, Role::Silent)
}

fn relative_scope<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let expr = if walk.text(node) == "parent" {
        Expr::Super
    } else {
        Expr::ThisType
    };
    walk.facts.expr(expr, line_of(node), Role::Silent)
}

fn member_access<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "object");
    match node.child_by_field_name("name") {
        Some(name) if name.kind() == "name" => walk.member_value(base, name),
        Some(name) => {
            walk.value(name);
            ExprId::NONE
        }
        None => ExprId::NONE,
    }
}

fn member_call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let callee = member_access(walk, node);
    let args = node.child_by_field_name("arguments");
    walk.call_value(callee, args, line_of(node))
}

fn scoped_call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "scope");
    let callee = match node.child_by_field_name("name") {
        Some(name) if name.kind() == "name" => walk.member_value(base, name),
        _ => ExprId::NONE,
    };
    let args = node.child_by_field_name("arguments");
    walk.call_value(callee, args, line_of(node))
}

fn static_property<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = walk.field_value(node, "scope");
    let name = walk.field_text(node, "name").trim_start_matches('$');
    walk.member_named(base, name, line_of(node))
}

fn class_constant<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some((class, name)) = node.named_child(0).zip(node.named_child(1)) else {
        return ExprId::NONE;
    };
    let base = walk.value(class);
    if walk.text(name) == "class" {
        return base;
    }
    walk.member_value(base, name)
}

fn creation<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    if let Some(class) = child_of_kind(node, "anonymous_class") {
        let args = child_of_kind(class, "arguments");
        let symbol = walk.class(ClassParts {
            bases: bases(class),
            body: class.child_by_field_name("body"),
            ..ClassParts::new(class, "", NodeKind::Class)
        });
        let target = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        return walk.new_value(target, args, line);
    }
    let target = node.named_child(0).map_or(ExprId::NONE, |target| {
        if target.kind() == "arguments" {
            ExprId::NONE
        } else {
            walk.value(target)
        }
    });
    walk.new_value(target, child_of_kind(node, "arguments"), line)
}

fn subscript<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let base = node
        .named_child(0)
        .map_or(ExprId::NONE, |base| walk.value(base));
    let key = node
        .named_child(1)
        .map_or(ExprId::NONE, |key| walk.value(key));
    walk.index_value(base, key, line_of(node))
}

fn array<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut items = Vec::new();
    let mut has_keys = false;
    walk.each(node, |walk, child, _| {
        let mut parts = walk.values(child);
        if parts.len() == 2 {
            has_keys = true;
            items.append(&mut parts);
        } else if let Some(value) = parts.pop() {
            if has_keys {
                items.push(walk.facts.unknown(line));
            }
            items.push(value);
        }
    });
    let is_map = has_keys && items.len() % 2 == 0;
    let items = walk.facts.list(&items);
    let expr = if is_map {
        Expr::Map(items)
    } else {
        Expr::List(items)
    };
    walk.facts.expr(expr, line, Role::Silent)
}

fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    let (left, right) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    );
    if sign == "instanceof" {
        return walk.type_test(left, right);
    }
    let left = left.map_or(ExprId::NONE, |left| walk.value(left));
    let right = right.map_or(ExprId::NONE, |right| walk.value(right));
    if sign == "??" && left.is_some() && right.is_some() {
        walk.facts.either(&[left, right], line_of(node))
    } else {
        ExprId::NONE
    }
}

fn foreach<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let body = node.child_by_field_name("body");
    let parts: Vec<Node<'w>> = named_children(node)
        .into_iter()
        .filter(|child| Some(*child) != body && !child.is_extra())
        .collect();
    let items = parts
        .first()
        .map_or(ExprId::NONE, |items| walk.value(*items));
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    if let Some(target) = parts.get(1) {
        let target = match target.kind() {
            "pair" => {
                if let Some(key) = target.named_child(0) {
                    walk.assign_to(key, ExprId::NONE);
                }
                target.named_child(1).unwrap_or(*target)
            }
            "by_ref" => target.named_child(0).unwrap_or(*target),
            _ => *target,
        };
        walk.assign_to(target, element);
    }
    if let Some(body) = body {
        walk.value(body);
    }
    walk.facts.leave(outer);
    ExprId::NONE
}

fn catch<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let outer = walk.facts.enter(BlockKind::Branch);
    let declared = match node.child_by_field_name("type") {
        Some(declared) => walk.type_value(declared),
        None => ExprId::NONE,
    };
    if let Some(name) = node.child_by_field_name("name") {
        let value = walk.cast(ExprId::NONE, declared, line_of(name));
        walk.assign_to(name, value);
    }
    walk.field_value(node, "body");
    walk.facts.leave(outer);
    ExprId::NONE
}

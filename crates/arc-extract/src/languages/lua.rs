//! Lua. A file is a module whose value is what it returns; globals are shared by all files. A table that gets functions is
//! a class, and `setmetatable(x, T)` an instance of it.

use std::sync::LazyLock;

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::outline::{
    self, ClassParts, FunctionParts, Outline, Outlined, PLAIN, Param, Place, Shape, VariableParts,
    Walk, child_of_kind, named_children, param_kind, unquoted, words,
};
use crate::facts::{BlockKind, Expr, ExprId, Role, flag, import_flag};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};
use crate::source::{end_line_of, line_of};

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_lua::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "string",
    this_names: &["self"],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("assignment_statement", Shape::Own(assignment)),
    ("block", Shape::Plain),
    ("comment", Shape::Comment),
    ("do_statement", Shape::Plain),
    ("dot_index_expression", Shape::Member("table", "field")),
    ("false", Shape::Literal("boolean")),
    ("for_statement", Shape::Own(for_loop)),
    ("function_call", Shape::Own(call)),
    ("function_declaration", Shape::Own(function)),
    ("function_definition", Shape::Lambda("parameters", "body")),
    ("identifier", Shape::Name),
    ("if_statement", Shape::Choice("condition")),
    ("bracket_index_expression", Shape::Index("table", "field")),
    ("method_index_expression", Shape::Member("table", "method")),
    ("number", Shape::Literal("number")),
    ("repeat_statement", Shape::Loop),
    ("return_statement", Shape::Own(returns)),
    ("string", Shape::Own(string)),
    ("table_constructor", Shape::Own(table)),
    ("true", Shape::Literal("boolean")),
    ("unary_expression", Shape::Doubt),
    ("variable_declaration", Shape::Own(declaration)),
    ("while_statement", Shape::Loop),
];

static SEMANTICS: Semantics = Semantics {
    members_in_scope: false,
    explicit_exports: true,
    imports_stay_inside: false,
    constructors: &[],
    call_operator: "__call",
    builtins: words!(
        "assert" "collectgarbage" "coroutine" "debug" "dofile" "error" "getmetatable" "io" "ipairs" "load" "loadstring"
        "math" "next" "os" "package" "pairs" "pcall" "print" "rawequal" "rawget" "rawset" "require" "select"
        "setmetatable" "string" "table" "tonumber" "tostring" "type" "unpack" "xpcall" "describe" "it"
    ),
    common_members: words!(
        "add" "byte" "char" "close" "concat" "find" "floor" "format" "get" "gmatch" "gsub" "init" "insert" "len" "lines"
        "lower" "match" "max" "min" "name" "new" "open" "pack" "pop" "push" "read" "remove" "rep" "reverse" "set" "sort"
        "sub" "unpack" "upper" "write"
    ),
    ..PLAIN
};

pub(super) static LUA: Outlined = Outlined {
    name: "lua",
    extensions: &["lua", "luau", "rockspec"],
    file_names: &[],
    interpreters: &["lua", "luajit"],
    grammar: || tree_sitter_lua::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[],
};

/// `a.b` is `a/b.lua` or `a/b/init.lua`, from the file's folder and those above, and from their usual source folders.
fn resolve_import(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    let path = module.replace('.', "/");
    let mut folder = folder_of(from);
    loop {
        for root in ["", "lua", "src", "lib"] {
            let base = join(&join(folder, root), &path);
            for candidate in [format!("{base}.lua"), format!("{base}/init.lua")] {
                if project.has_file(&candidate) {
                    return vec![ImportTarget::File(candidate)];
                }
            }
        }
        if folder.is_empty() {
            return vec![ImportTarget::External(module.to_owned())];
        }
        folder = folder_of(folder);
    }
}

fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.facts.set_file_namespace("");
    // Globals are bound outside, the file's own names inside.
    let outer = walk.facts.enter(BlockKind::Plain);
    walk.each(root, |walk, child, _| {
        walk.value(child);
    });
    walk.facts.leave(outer);
}

fn string<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = child_of_kind(node, "string_content").map_or("", |content| walk.text(content));
    walk.facts.text_expr(text, "string", line_of(node))
}

fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    match node.kind() {
        "identifier" => Some(Param {
            kind: if walk.text(node) == "self" {
                param_kind::RECEIVER
            } else {
                param_kind::POSITIONAL
            },
            ..Param::new(node, walk.text(node))
        }),
        "vararg_expression" => Some(Param {
            kind: param_kind::REST,
            ..Param::new(node, "...")
        }),
        _ => None,
    }
}

/// `function f()`, `local function f()`, `function T.f()`, `function T:f()`.
fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name) = node.child_by_field_name("name") else {
        return walk.only_child(node);
    };
    let own_name = match name.kind() {
        "dot_index_expression" => walk.field_text(name, "field"),
        "method_index_expression" => walk.field_text(name, "method"),
        _ => walk.text(name),
    };
    let is_local = walk.text(node).starts_with("local");
    let parts = FunctionParts {
        flags: if is_local { 0 } else { flag::PUBLIC },
        params: node.child_by_field_name("parameters"),
        body: node.child_by_field_name("body"),
        ..FunctionParts::new(node, own_name)
    };
    if let Some(table) = name.child_by_field_name("table") {
        let outer = walk
            .classes
            .last()
            .is_some_and(|class| class.name == walk.source.text_of(table));
        if outer {
            walk.function(parts);
        } else {
            walk.extension(table, &[], |walk| {
                walk.function(parts);
            });
        }
    } else if is_local {
        walk.function(parts);
    } else {
        let symbol = walk.function(FunctionParts {
            is_bound: false,
            ..parts
        });
        let line = line_of(node);
        let value = walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent);
        bind_global(walk, own_name, value, symbol, line);
    }
    ExprId::NONE
}

fn bind_global(
    walk: &mut Walk<'_>,
    name: &str,
    value: ExprId,
    symbol: crate::facts::SymbolId,
    line: u32,
) {
    let name = walk.interned(name);
    let (block, at) = (walk.facts.block(), walk.facts.now());
    walk.facts.push_binding(crate::facts::Binding {
        name,
        scope: crate::facts::BlockId(0),
        block,
        at,
        value,
        declared: ExprId::NONE,
        symbol,
        line,
    });
}

fn declaration<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(statement) = child_of_kind(node, "assignment_statement") else {
        for name in child_of_kind(node, "variable_list").map_or_else(Vec::new, named_children) {
            if name.kind() == "identifier" {
                walk.variable(VariableParts::new(name, walk.source.text_of(name)));
            }
        }
        return ExprId::NONE;
    };
    let (names, values) = sides(statement);
    for (at, name) in names.iter().enumerate() {
        let value_node = values.get(at).copied();
        let text = walk.text(*name);
        if let Some(value_node) = value_node
            && walk.place == Place::File
            && is_class_table(walk, value_node)
        {
            class_table(walk, node, text, value_node);
            continue;
        }
        let value = value_node.map_or(ExprId::NONE, |value| walk.value(value));
        walk.variable(VariableParts {
            value,
            ..VariableParts::new(node, text)
        });
    }
    ExprId::NONE
}

fn sides(statement: Node<'_>) -> (Vec<Node<'_>>, Vec<Node<'_>>) {
    let list = |kind| child_of_kind(statement, kind).map_or_else(Vec::new, named_children);
    (list("variable_list"), list("expression_list"))
}

/// `{…}`, `setmetatable({…}, …)`, `class(…)`, `Base:extend()`.
fn is_class_table(walk: &Walk<'_>, value: Node<'_>) -> bool {
    match value.kind() {
        "table_constructor" => true,
        "function_call" => {
            let text = walk.source.text_of(value);
            text.starts_with("setmetatable")
                || text.starts_with("class(")
                || text.contains(":extend(")
        }
        _ => false,
    }
}

fn class_table<'w>(walk: &mut Walk<'w>, node: Node<'w>, name: &'w str, value: Node<'w>) {
    let table = match value.kind() {
        "table_constructor" => Some(value),
        _ => value
            .child_by_field_name("arguments")
            .and_then(|args| child_of_kind(args, "table_constructor")),
    };
    let symbol = walk.class(ClassParts {
        flags: flag::PUBLIC,
        bases: base_of(walk, value).into_iter().collect(),
        ..ClassParts::new(node, name, NodeKind::Class)
    });
    let _ = symbol;
    if let Some(table) = table {
        let line = line_of(node);
        let target = walk.facts.name_expr(name, line, Role::Silent);
        let outer = walk.facts.enter(BlockKind::Extension);
        let block = walk.facts.block();
        walk.facts.extend_type(target, &[], block, line);
        let owner = walk.type_in_file(name);
        walk.open_class(owner, name, flag::STATIC);
        let outer_place = std::mem::replace(&mut walk.place, Place::Class);
        walk.each(table, |walk, child, _| table_member(walk, child));
        walk.place = outer_place;
        walk.close_class();
        walk.facts.leave(outer);
    }
}

fn table_member<'w>(walk: &mut Walk<'w>, field: Node<'w>) {
    let (name, value) = (
        field.child_by_field_name("name"),
        field.child_by_field_name("value"),
    );
    let named = name.filter(|name| name.kind() == "identifier");
    match (named, value) {
        (Some(name), Some(value)) if value.kind() == "function_definition" => {
            walk.function(FunctionParts {
                flags: flag::PUBLIC,
                params: value.child_by_field_name("parameters"),
                body: value.child_by_field_name("body"),
                ..FunctionParts::new(field, walk.source.text_of(name))
            });
        }
        (Some(name), Some(value)) => {
            let value = walk.value(value);
            walk.variable(VariableParts {
                value,
                flags: flag::PUBLIC,
                ..VariableParts::new(field, walk.source.text_of(name))
            });
        }
        _ => {
            walk.value(field);
        }
    }
}

/// The table that lookups fall back to.
fn base_of<'w>(walk: &Walk<'w>, value: Node<'w>) -> Option<Node<'w>> {
    let callee = value.child_by_field_name("name")?;
    let args = value.child_by_field_name("arguments");
    if walk.text(callee) == "setmetatable" {
        let meta = args?.named_child(1)?;
        return metatable_index(walk, meta);
    }
    if callee.kind() == "method_index_expression" {
        return callee.child_by_field_name("table");
    }
    args?
        .named_child(0)
        .filter(|base| base.kind() == "identifier")
}

fn metatable_index<'w>(walk: &Walk<'w>, meta: Node<'w>) -> Option<Node<'w>> {
    if meta.kind() != "table_constructor" {
        return Some(meta);
    }
    named_children(meta)
        .into_iter()
        .find(|field| walk.field_text(*field, "name") == "__index")
        .and_then(|field| field.child_by_field_name("value"))
        .filter(|base| base.kind() != "function_definition")
}

fn assignment<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (names, values) = sides(node);
    for (at, target) in names.iter().enumerate() {
        let value_node = values.get(at).copied();
        if let Some(value_node) = value_node
            && value_node.kind() == "function_definition"
            && target.kind() == "dot_index_expression"
            && let Some(table) = target.child_by_field_name("table")
            && table.kind() == "identifier"
        {
            let parts = FunctionParts {
                flags: flag::PUBLIC,
                params: value_node.child_by_field_name("parameters"),
                body: value_node.child_by_field_name("body"),
                ..FunctionParts::new(node, walk.field_text(*target, "field"))
            };
            walk.extension(table, &[], |walk| {
                walk.function(parts);
            });
            continue;
        }
        if let Some(value_node) = value_node
            && target.kind() == "identifier"
            && walk.place == Place::File
        {
            global(walk, node, *target, value_node);
            continue;
        }
        let value = value_node.map_or(ExprId::NONE, |value| walk.value(value));
        walk.assign_to(*target, value);
    }
    ExprId::NONE
}

/// The first value of a global, or a new value of the file's own name.
fn global<'w>(walk: &mut Walk<'w>, node: Node<'w>, target: Node<'w>, value_node: Node<'w>) {
    let name = walk.text(target);
    let line = line_of(node);
    let value = walk.value(value_node);
    let known = walk.interned(name);
    let is_known = walk
        .facts
        .facts()
        .bindings
        .iter()
        .rev()
        .take(2000)
        .any(|binding| binding.name == known && binding.symbol.is_some());
    if is_known {
        walk.assign_to(target, value);
        return;
    }
    let symbol = walk
        .facts
        .add_symbol(name, NodeKind::Variable, line, end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flag::PUBLIC;
    walk.attach_doc(symbol, line);
    bind_global(walk, name, value, symbol, line);
}

fn returns<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let values =
        child_of_kind(node, "expression_list").map_or_else(Vec::new, |list| walk.values(list));
    let Some(first) = values.first() else {
        return ExprId::NONE;
    };
    if walk.place == Place::Function {
        let value = if values.len() > 1 {
            let items = walk.facts.list(&values);
            walk.facts
                .expr(Expr::Tuple(items), line_of(node), Role::Silent)
        } else {
            *first
        };
        walk.return_value(value, false);
    } else {
        walk.facts.export("=", *first, line_of(node));
    }
    ExprId::NONE
}

fn table<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut items = Vec::new();
    let mut has_names = false;
    walk.each(node, |walk, child, _| {
        let value = walk.field_value(child, "value");
        let line = line_of(child);
        let value = walk.some(value, line);
        match child.child_by_field_name("name") {
            Some(name) if name.kind() == "identifier" => {
                has_names = true;
                let text = walk.text(name);
                items.push(walk.keyword(text, value, line));
            }
            _ => items.push(value),
        }
    });
    let items = walk.facts.list(&items);
    let expr = if has_names {
        Expr::Object(items)
    } else {
        Expr::List(items)
    };
    walk.facts.expr(expr, line, Role::Silent)
}

fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let Some(callee) = node.child_by_field_name("name") else {
        return walk.only_child(node);
    };
    let args = node.child_by_field_name("arguments");
    match (walk.text(callee), args) {
        ("require" | "dofile", Some(args)) => {
            let text = args
                .named_child(0)
                .filter(|path| path.kind() == "string" || path.kind() == "string_content")
                .map_or("", |path| unquoted(walk.text(path)));
            if !text.is_empty() {
                let flags = import_flag::COMMONJS | import_flag::DYNAMIC;
                let import = walk.facts.import(text, None, line, flags);
                return walk.facts.expr(Expr::Import(import), line, Role::Silent);
            }
        }
        ("setmetatable", Some(args)) => {
            let value = args
                .named_child(0)
                .map_or(ExprId::NONE, |value| walk.value(value));
            let meta = args
                .named_child(1)
                .and_then(|meta| metatable_index(walk, meta));
            let target = meta.map_or(ExprId::NONE, |meta| walk.value(meta));
            return walk.cast(value, target, line);
        }
        ("describe" | "context" | "it" | "before_each" | "after_each", Some(args)) => {
            if let Some(body) = child_of_kind(args, "function_definition") {
                test_block(walk, node, args, body);
                return ExprId::NONE;
            }
        }
        _ => {}
    }
    let callee = walk.value(callee);
    walk.call_value(callee, args, line)
}

/// A block of busted.
fn test_block<'w>(walk: &mut Walk<'w>, node: Node<'w>, args: Node<'w>, body: Node<'w>) {
    let title = child_of_kind(args, "string").map_or("", |title| unquoted(walk.text(title)));
    let (kind, flags) = if title.is_empty() {
        (NodeKind::Function, flag::SETUP)
    } else {
        (NodeKind::Test, flag::TEST)
    };
    let symbol = walk
        .facts
        .add_symbol(title, kind, line_of(node), end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flags;
    walk.with_function(symbol, true, |walk| {
        walk.field_value(body, "body");
    });
}

fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let clause = node.child_by_field_name("clause");
    let generic = clause.filter(|clause| clause.kind() == "for_generic_clause");
    let values = generic
        .and_then(|clause| child_of_kind(clause, "expression_list"))
        .map_or_else(Vec::new, |list| walk.values(list));
    let outer = walk.facts.enter(BlockKind::Loop);
    // `ipairs(x)` and `pairs(x)` give keys and the elements of `x`.
    let element = values.first().map(|value| {
        let node = walk.facts.facts().exprs.get(*value).map(|node| node.expr);
        let items = match node {
            Some(Expr::Call(_, args)) => walk.facts.facts().list(args).next().unwrap_or(*value),
            _ => *value,
        };
        walk.facts.expr(Expr::Element(items), line, Role::Call)
    });
    let names = match clause {
        Some(clause) if generic.is_some() => {
            child_of_kind(clause, "variable_list").map_or_else(Vec::new, named_children)
        }
        Some(clause) => clause.child_by_field_name("name").into_iter().collect(),
        None => Vec::new(),
    };
    let outer_place = std::mem::replace(&mut walk.place, Place::Function);
    for (at, name) in names.iter().enumerate() {
        walk.variable(VariableParts {
            value: element.filter(|_| at == 1).unwrap_or(ExprId::NONE),
            ..VariableParts::new(*name, walk.source.text_of(*name))
        });
    }
    walk.place = outer_place;
    walk.field_value(node, "body");
    walk.facts.leave(outer);
    ExprId::NONE
}

//! Elixir. Modules are global by their full name; every definition is a call of a macro (`defmodule`, `def`). The clauses
//! of one function are one symbol.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, namespace_of, words};

use self::calls::{binary, clause, lambda, map, string, unary};
use self::lower::{alias_name, call, dot, file, identifier, parameter};
use crate::languages::Semantics;

mod calls;
mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_elixir::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: true,
    last_is_result: true,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("alias", Shape::Own(alias_name)),
    ("anonymous_function", Shape::Own(lambda)),
    ("atom", Shape::Ignore),
    ("binary_operator", Shape::Own(binary)),
    ("body", Shape::Sequence),
    ("call", Shape::Own(call)),
    ("charlist", Shape::Ignore),
    ("comment", Shape::Comment),
    ("do_block", Shape::Sequence),
    ("dot", Shape::Own(dot)),
    ("else_block", Shape::Branch),
    ("identifier", Shape::Own(identifier)),
    ("integer", Shape::Literal("Integer")),
    ("list", Shape::List),
    ("map", Shape::Own(map)),
    ("rescue_block", Shape::Branch),
    ("stab_clause", Shape::Own(clause)),
    ("string", Shape::Own(string)),
    ("tuple", Shape::Tuple),
    ("unary_operator", Shape::Own(unary)),
];

static SEMANTICS: Semantics = Semantics {
    reads_call: true,
    builtins: words!(
        "Agent" "Application" "Atom" "Base" "Code" "Date" "DateTime" "Enum" "Enumerable" "File" "Float" "GenServer" "IO"
        "Inspect" "Integer" "Kernel" "Keyword" "List" "Logger" "Macro" "Map" "MapSet" "Mix" "Module" "Path" "Process"
        "Regex" "Registry" "Stream" "String" "Supervisor" "System" "Task" "Tuple" "URI" "apply" "assert" "assert_raise"
        "assert_receive" "byte_size" "case" "cond" "elem" "for" "hd" "if" "import" "inspect" "is_atom" "is_binary"
        "is_list" "is_map" "is_nil" "length" "max" "min" "not" "put_in" "quote" "raise" "receive" "refute" "rem" "require"
        "self" "send" "spawn" "tl" "to_string" "try" "unless" "unquote" "use" "with"
    ),
    common_members: words!(
        "all" "call" "cast" "concat" "count" "delete" "encode" "fetch" "filter" "find" "first" "flatten" "format" "get"
        "init" "insert" "join" "keys" "last" "length" "load" "map" "max" "member" "merge" "min" "name" "new" "parse" "put"
        "reduce" "replace" "reverse" "run" "size" "sort" "split" "start_link" "stop" "sum" "to_list" "to_string" "trim"
        "update" "value" "values" "zip"
    ),
    match_bare_names: false,
    ..PLAIN
};

pub(super) static ELIXIR: Outlined = Outlined {
    name: "elixir",
    extensions: &["ex", "exs"],
    file_names: &[],
    interpreters: &["elixir"],
    grammar: || tree_sitter_elixir::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import: namespace_of,
    semantics: &SEMANTICS,
    prelude: &[],
};

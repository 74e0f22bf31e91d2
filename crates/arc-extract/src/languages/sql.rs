//! SQL. Tables, views and functions are definitions; a query refers to the tables it names.

use std::sync::LazyLock;

use arc_graph::{EdgeKind, NodeKind};
use tree_sitter::Node;

use super::outline::{
    self, Outline, Outlined, PLAIN, Param, Place, Shape, VariableParts, Walk, child_of_kind,
    named_children,
};
use crate::ends::{Side, Space};
use crate::facts::{BlockKind, ExprId, MentionKind, flag};
use crate::languages::Semantics;
use crate::source::{end_line_of, line_of};

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_sequel::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "text",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("column_definition", Shape::Own(column)),
    ("comment", Shape::Comment),
    ("create_function", Shape::Own(create)),
    ("create_materialized_view", Shape::Own(create)),
    ("create_procedure", Shape::Own(create)),
    ("create_table", Shape::Own(create)),
    ("create_trigger", Shape::Own(create)),
    ("create_type", Shape::Own(create)),
    ("create_view", Shape::Own(create)),
    ("field", Shape::Ignore),
    ("marginalia", Shape::Comment),
    ("object_reference", Shape::Own(reference)),
];

static SEMANTICS: Semantics = Semantics {
    members_in_scope: false,
    match_bare_names: false,
    ..PLAIN
};

pub(super) static SQL: Outlined = Outlined {
    name: "sql",
    extensions: &["sql", "ddl", "dml", "pgsql", "psql"],
    file_names: &[],
    interpreters: &[],
    grammar: || tree_sitter_sequel::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import: |_, _, _| Vec::new(),
    semantics: &SEMANTICS,
    prelude: &[],
};

fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.each(root, |walk, child, _| {
        walk.value(child);
    });
}

fn parameter<'w>(_: &mut Walk<'w>, _: Node<'w>) -> Option<Param<'w>> {
    None
}

/// The name without schema and quotes.
fn own_name<'w>(walk: &Walk<'w>, reference: Node<'w>) -> &'w str {
    walk.field_text(reference, "name")
        .trim_matches(['"', '`', '[', ']'])
}

fn create<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(target) = child_of_kind(node, "object_reference") else {
        return walk.only_child(node);
    };
    let kind = match node.kind() {
        "create_function" | "create_procedure" | "create_trigger" => NodeKind::Function,
        "create_type" => NodeKind::TypeAlias,
        _ => NodeKind::Table,
    };
    let line = line_of(node);
    let name = own_name(walk, target);
    let symbol = walk.facts.add_symbol(name, kind, line, end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flag::PUBLIC;
    walk.attach_doc(symbol, line);
    walk.facts.bind_symbol(symbol);
    let outer = walk.facts.enter_symbol(symbol, BlockKind::Class);
    if kind == NodeKind::Table {
        let key = name.to_lowercase();
        walk.facts.end(Space::Table, Side::Provides, &key, line);
    }
    walk.open_class(symbol, name, 0);
    let outer_place = std::mem::replace(&mut walk.place, Place::Class);
    walk.each(node, |walk, child, _| {
        if child != target {
            walk.value(child);
        }
    });
    walk.place = outer_place;
    walk.close_class();
    walk.facts.leave(outer);
    ExprId::NONE
}

fn column<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let is_table = walk.place == Place::Class;
    if is_table {
        let name = walk.field_text(node, "name").trim_matches(['"', '`']);
        walk.variable(VariableParts {
            flags: flag::PUBLIC,
            ..VariableParts::new(node, name)
        });
    }
    for child in named_children(node) {
        if child.kind() == "object_reference" {
            reference(walk, child);
        }
    }
    ExprId::NONE
}

fn reference<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = own_name(walk, node);
    if !name.is_empty() {
        walk.facts.mention(
            name,
            MentionKind::Resource,
            EdgeKind::References,
            line_of(node),
        );
    }
    ExprId::NONE
}

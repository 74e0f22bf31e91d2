//! What stands in several places and is one thing: a declaration and its definition, a stub and its source, signatures and
//! their implementation, the accessors of a property, alternatives under conditions.
//!
//! References are tied to one of the places, so a question about any of them is about all.

use arc_extract::share_names;
use arc_graph::{GraphRead as _, NodeKind, NodeRecord};
use arc_store::{GraphFile, NamedRecord, node_flag};

use crate::ask::AskError;

/// The other places of what `node` names, in the order of files and lines.
///
/// # Errors
/// When the graph cannot be read.
pub(crate) fn other_places(
    graph: &GraphFile,
    node: &NodeRecord,
) -> Result<Vec<NodeRecord>, AskError> {
    if node.path.is_none() || node.kind == NodeKind::File {
        return Ok(Vec::new());
    }
    let mut places = declared(graph, node)?;
    places.extend(in_stub_or_source(graph, node)?);
    places.sort_by(|a, b| (&a.path, a.line, a.id).cmp(&(&b.path, b.line, b.id)));
    places.dedup_by_key(|place| place.id);
    Ok(places)
}

/// The places that say of themselves that they are one of several.
fn declared(graph: &GraphFile, node: &NodeRecord) -> Result<Vec<NodeRecord>, AskError> {
    // Most names are written in one place each, and that is soon told.
    let told = node_flag::DECLARATION | node_flag::PROPERTY | node_flag::CONDITIONAL;
    if !graph.is_flagged(&node.name, told)? {
        return Ok(Vec::new());
    }
    let mut named = graph.named_like(node)?;
    let Some(own) = named.iter().position(|named| named.id == node.id) else {
        return Ok(Vec::new());
    };
    let own = named.swap_remove(own);
    let is_member = node.kind == NodeKind::Method;
    // A definition beside a declaration is the one that is meant, whatever other files define under that name.
    let speaks_of = |declaration: &NamedRecord, other: &NamedRecord| {
        declaration.file == other.file
            || !is_declaration(declaration)
            || named
                .iter()
                .all(|beside| beside.file != declaration.file || is_declaration(beside))
    };
    let others = named.iter().filter(|other| {
        are_one(&own, other, is_member) && speaks_of(&own, other) && speaks_of(other, &own)
    });
    let ids: Vec<_> = others.map(|other| other.id).collect();
    let mut records = graph.nodes(&ids)?;
    records.retain(|record| is_code(record.kind, node.kind));
    Ok(records)
}

/// The same definition in the stub beside a Python module, or in the module beside a stub.
fn in_stub_or_source(graph: &GraphFile, node: &NodeRecord) -> Result<Vec<NodeRecord>, AskError> {
    let path = node.path.as_deref().unwrap_or_default();
    let beside = match path.strip_suffix(".pyi") {
        Some(stem) => format!("{stem}.py"),
        None if path.ends_with(".py") => format!("{path}i"),
        None => return Ok(Vec::new()),
    };
    let Some(file) = graph.file(&beside)? else {
        return Ok(Vec::new());
    };
    let mut records = graph.nodes(&graph.symbols_in(file.id)?)?;
    records.retain(|record| {
        record.qualified_name == node.qualified_name && is_code(record.kind, node.kind)
    });
    Ok(records)
}

/// Of nodes with one name the one that stands for all of them, if they are one thing: the first that is more than a
/// declaration.
///
/// # Errors
/// When the graph cannot be read.
pub(crate) fn single(
    graph: &GraphFile,
    candidates: &[NodeRecord],
) -> Result<Option<NodeRecord>, AskError> {
    let Some(first) = candidates.first() else {
        return Ok(None);
    };
    let named = graph.named_like(first)?;
    let is_declared = |node: &&NodeRecord| {
        let flags = named.iter().find(|named| named.id == node.id);
        flags.is_some_and(is_declaration)
    };
    let chosen = candidates
        .iter()
        .find(|node| !is_declared(node))
        .unwrap_or(first);
    let others = other_places(graph, chosen)?;
    let is_one = candidates.iter().all(|candidate| {
        candidate.id == chosen.id || others.iter().any(|other| other.id == candidate.id)
    });
    Ok(is_one.then(|| chosen.clone()))
}

fn is_declaration(one: &NamedRecord) -> bool {
    one.flags & node_flag::DECLARATION != 0
}

/// Whether two nodes of one name are one thing. Members are of one type, so their visibility does not matter.
fn are_one(one: &NamedRecord, other: &NamedRecord, is_member: bool) -> bool {
    let both = |flag| one.flags & other.flags & flag != 0;
    let (Some(language), Some(others)) = (&one.language, &other.language) else {
        return false;
    };
    if one.file == other.file {
        return is_declaration(one)
            || is_declaration(other)
            || both(node_flag::PROPERTY)
            || both(node_flag::CONDITIONAL);
    }
    (is_declaration(one) || is_declaration(other))
        && (is_member || both(node_flag::PUBLIC))
        && share_names(language, others)
}

/// Whether a node of this kind may be the other place of one of that kind: both are called, or both are the same.
fn is_code(kind: NodeKind, other: NodeKind) -> bool {
    let is_called = |kind| matches!(kind, NodeKind::Function | NodeKind::Method);
    kind == other || is_called(kind) && is_called(other)
}

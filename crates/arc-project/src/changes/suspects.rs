//! The files in which something may refer to what a diff took away, told from names and from the graph as it is. They are
//! mostly none, and then nobody has to resolve the project as it was.

use std::collections::{BTreeMap, BTreeSet};

use arc_extract::{FileFacts, Naming, extract};
use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind};
use arc_store::{GraphFile, StoredFile};
use rayon::prelude::*;

use super::breaking::leaves_its_name;
use super::versions::VersionPair;
use super::{Change, language_of};
use crate::ask::AskError;
use crate::cached_facts::decode;
use crate::other_texts::unreadable;

/// Files whose packed facts are in memory at the same time.
const BATCH: usize = 256;
/// Files that are looked at line by line; where more have such a name, all of them are suspects.
const MAX_LOOKED_AT: usize = 1_000;

/// Names that were taken away, and whether each is of a member of a type.
type Gone = BTreeMap<String, bool>;

/// Paths of files as they were, in which an old reference may be broken.
pub(super) fn suspects(
    graph: &GraphFile,
    pairs: &[VersionPair],
    changes: &[Change],
) -> Result<BTreeSet<String>, AskError> {
    let gone = gone(pairs, changes);
    let mut found = BTreeSet::new();
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for pair in pairs {
        others.insert(&pair.path);
        let Some((old_path, _)) = pair.old() else {
            continue;
        };
        others.insert(old_path);
        for name in gone.keys() {
            if !super::breaking::still_open(graph, &pair.path, name)?.is_empty() {
                found.insert(old_path.to_owned());
                break;
            }
        }
    }
    let mut files = graph.files()?;
    files.retain(|file| file.row.language.is_some() && !others.contains(file.row.path.as_str()));
    let naming = naming(graph, &files, &gone)?;
    let is_one_by_one = naming.len() <= MAX_LOOKED_AT;
    for (file, packed) in naming {
        if !is_one_by_one || has_loose_end(graph, file, &packed, &gone)? {
            found.insert(file.row.path.clone());
        }
    }
    Ok(found)
}

/// What is referred to by another name than before, or by none.
fn gone(pairs: &[VersionPair], changes: &[Change]) -> Gone {
    let mut gone = Gone::new();
    let mut add = |name: &str, is_member: bool| {
        if !name.is_empty() {
            *gone.entry(name.to_owned()).or_default() |= is_member;
        }
    };
    for change in changes.iter().filter(|change| leaves_its_name(change.kind)) {
        if let Some(old) = change.before() {
            add(&old.name, old.scope_name != old.name);
            if old.kind != NodeKind::File {
                continue;
            }
        }
        let path = change.old_path.as_deref().unwrap_or(&change.path);
        let old = pairs.iter().filter_map(VersionPair::old);
        for (old_path, text) in old.filter(|(old_path, _)| *old_path == path) {
            let Some(language) = language_of(old_path, text) else {
                continue;
            };
            let facts = extract(&language, old_path, text);
            let outer = facts
                .symbols
                .iter()
                .skip(1)
                .filter(|symbol| symbol.parent.0 == 0);
            for symbol in outer {
                let name = facts.text(symbol.name);
                add(name.strip_suffix("()").unwrap_or(name), false);
            }
        }
        for part in names_of_module(path) {
            add(part, true);
        }
    }
    gone
}

/// The words by which others name a file: its stem, and its folder where the stem stands for that.
fn names_of_module(path: &str) -> impl Iterator<Item = &str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let stands_for_folder = matches!(stem, "index" | "__init__" | "mod" | "lib" | "main");
    [Some(stem), stands_for_folder.then_some(folder)]
        .into_iter()
        .flatten()
}

/// Files that have one of the names, with their packed facts.
fn naming<'f>(
    graph: &GraphFile,
    files: &'f [StoredFile],
    gone: &Gone,
) -> Result<Vec<(&'f StoredFile, Vec<u8>)>, AskError> {
    let mut found = Vec::new();
    for batch in files.chunks(BATCH) {
        let mut packed = Vec::with_capacity(batch.len());
        for file in batch {
            packed.extend(graph.facts(NodeId(file.id))?.map(|bytes| (file, bytes)));
        }
        found.par_extend(packed.into_par_iter().filter(|(_, bytes)| {
            // What cannot be read is told when it is read as a whole.
            FileFacts::packed_has(bytes, |text| is_part_of(text, gone)).unwrap_or(true)
        }));
    }
    Ok(found)
}

/// Whether a string of a file is one of the names, or ends in one as modules and paths do.
fn is_part_of(text: &str, gone: &Gone) -> bool {
    let text = text.strip_suffix("()").unwrap_or(text);
    gone.contains_key(text)
        || text
            .rsplit(['.', '/', ':', '\\'])
            .any(|part| part.len() < text.len() && gone.contains_key(part))
}

/// Whether a line of the file has one of the names, and nothing of that name is referred to there.
fn has_loose_end(
    graph: &GraphFile,
    file: &StoredFile,
    packed: &[u8],
    gone: &Gone,
) -> Result<bool, AskError> {
    let facts = decode(graph.path(), packed).map_err(unreadable)?;
    let naming = Naming::new(&facts);
    let mut open: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for (name, is_member) in gone {
        let lines = naming.lines(name, *is_member);
        if !lines.is_empty() {
            open.insert(name, lines);
        }
    }
    if open.is_empty() {
        return Ok(false);
    }
    let own = NodeId(file.id);
    let mut around = graph.symbols_in(own)?;
    around.push(own);
    let mut edges = graph.neighbors(&around, Direction::Dependencies, &[])?;
    edges.retain(|edge| edge.kind != EdgeKind::Contains);
    let mut ends: Vec<NodeId> = edges.iter().map(|edge| edge.node).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut named: BTreeMap<NodeId, String> = BTreeMap::new();
    for node in graph.nodes(&ends)? {
        if node.path.is_some() && open.contains_key(node.name.as_str()) {
            named.insert(node.id, node.name);
        }
    }
    for edge in &edges {
        let name = named.get(&edge.node);
        if let Some(lines) = name.and_then(|name| open.get_mut(name.as_str())) {
            lines.remove(&edge.line);
        }
    }
    Ok(open.values().any(|lines| !lines.is_empty()))
}

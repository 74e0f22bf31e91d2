//! The files in which something may refer to what a diff took away, told from names and from the graph as it is. They are
//! mostly none, and then nobody has to resolve the project as it was.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arc_extract::{FileFacts, Naming, module_words};
use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind};
use arc_store::{GraphFile, StoredFile};
use rayon::prelude::*;

use super::breaking::{leaves_its_name, open_sites};
use super::versions::VersionPair;
use super::{Change, language_of};
use crate::ask::AskError;
use crate::cached_facts::decode;
use crate::other_texts::unreadable;

/// Files whose packed facts are in memory at the same time.
const BATCH: usize = 256;

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
    let mut by_path: BTreeMap<&str, &str> = BTreeMap::new();
    for pair in pairs {
        others.insert(&pair.path);
        let Some((old_path, _)) = pair.old() else {
            continue;
        };
        others.insert(old_path);
        by_path.insert(&pair.path, old_path);
    }
    for name in gone.keys() {
        for (path, _) in open_sites(graph, name)? {
            found.extend(by_path.get(path.as_str()).map(|&old| old.to_owned()));
        }
    }
    let mut files = graph.files()?;
    files.retain(|file| file.row.language.is_some() && !others.contains(file.row.path.as_str()));
    for (file, open) in naming(graph, &files, &gone)? {
        if has_loose_end(graph, file, open)? {
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
        for pair in pairs {
            let Some((old_path, text)) = pair.old().filter(|(old_path, _)| *old_path == path)
            else {
                continue;
            };
            let language = language_of(old_path, text);
            let Some(read) = language.and_then(|language| pair.read_old(&language)) else {
                continue;
            };
            let facts = read.facts();
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
pub(crate) fn names_of_module(path: &str) -> impl Iterator<Item = &str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let stands_for_folder = matches!(stem, "index" | "__init__" | "mod" | "lib" | "main");
    [Some(stem), stands_for_folder.then_some(folder)]
        .into_iter()
        .flatten()
}

/// Lines by the names that stand there.
type Lines<'g> = BTreeMap<&'g str, BTreeSet<u32>>;

/// Files that have some of the names, with the lines.
fn naming<'f, 'g>(
    graph: &GraphFile,
    files: &'f [StoredFile],
    gone: &'g Gone,
) -> Result<Vec<(&'f StoredFile, Lines<'g>)>, AskError> {
    let place = graph.path();
    let sieve = Sieve::new(gone);
    let read = |bytes: &[u8]| {
        let has = FileFacts::packed_has(bytes, |text| sieve.holds(text));
        // What cannot be read is told when it is read as a whole.
        if !has.unwrap_or(true) {
            return Ok(Lines::new());
        }
        let facts = decode(place, bytes).map_err(unreadable)?;
        Ok(Naming::new(&facts).lines(gone))
    };
    let mut found = Vec::new();
    for batch in files.chunks(BATCH) {
        let mut packed = Vec::with_capacity(batch.len());
        for file in batch {
            packed.extend(graph.facts(NodeId(file.id))?.map(|bytes| (file, bytes)));
        }
        let read: Vec<(&StoredFile, Result<Lines<'g>, AskError>)> = packed
            .into_par_iter()
            .map(|(file, bytes)| (file, read(&bytes)))
            .collect();
        for (file, lines) in read {
            let lines = lines?;
            if !lines.is_empty() {
                found.push((file, lines));
            }
        }
    }
    Ok(found)
}

/// Tells the strings that are one of some names from the many that are not.
struct Sieve<'g> {
    names: HashSet<&'g str>,
    /// Lengths that names have, as bits; the last is for all that are longer.
    lengths: u64,
    /// Bytes that names begin with.
    begins: [bool; 256],
}

impl<'g> Sieve<'g> {
    fn new(gone: &'g Gone) -> Sieve<'g> {
        let mut sieve = Sieve {
            names: gone.keys().map(String::as_str).collect(),
            lengths: 0,
            begins: [false; 256],
        };
        for name in gone.keys() {
            sieve.lengths |= Self::length(name);
            if let Some(first) = name.bytes().next() {
                sieve.begins[usize::from(first)] = true;
            }
        }
        sieve
    }

    fn length(text: &str) -> u64 {
        1 << text.len().min(63)
    }

    /// Whether a string of a file is one of the names, or has one as a part as modules and paths do.
    fn holds(&self, text: &str) -> bool {
        let text = text.strip_suffix("()").unwrap_or(text);
        self.is_name(text) || module_words(text).any(|part| self.is_name(part))
    }

    fn is_name(&self, text: &str) -> bool {
        let first = text.bytes().next();
        first.is_some_and(|first| self.begins[usize::from(first)])
            && self.lengths & Self::length(text) != 0
            && self.names.contains(text)
    }
}

/// Whether nothing of a name is referred to on one of the lines that have it.
fn has_loose_end(
    graph: &GraphFile,
    file: &StoredFile,
    mut open: Lines<'_>,
) -> Result<bool, AskError> {
    let own = NodeId(file.id);
    let mut around = graph.symbols_in(own)?;
    around.push(own);
    let mut edges = graph.neighbors(&around, Direction::Dependencies, &[])?;
    edges.retain(|edge| edge.kind != EdgeKind::Contains);
    let mut ends: Vec<NodeId> = edges.iter().map(|edge| edge.node).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut named: BTreeMap<NodeId, Vec<&str>> = BTreeMap::new();
    let nodes = graph.nodes(&ends)?;
    for node in &nodes {
        let names = match &node.path {
            Some(path) if node.kind == NodeKind::File => names_of_module(path).collect(),
            Some(_) => vec![node.name.as_str()],
            None => Vec::new(),
        };
        named.insert(node.id, names);
    }
    for edge in &edges {
        for name in named.get(&edge.node).into_iter().flatten() {
            if let Some(lines) = open.get_mut(*name) {
                lines.remove(&edge.line);
            }
        }
    }
    Ok(open.values().any(|lines| !lines.is_empty()))
}

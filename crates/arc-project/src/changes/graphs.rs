//! Two graphs of one project: the symbols that came and went between two commits, the edges, and what broke.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use arc_extract::ChangeKind;
use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_history::CommitId;
use arc_store::{GraphFile, StoredFile};

use super::{Change, Changes, files, found};
use crate::as_of::PastGraph;
use crate::ask::AskError;

/// Symbols whose edges are read at a time.
const BATCH: usize = 4_096;
/// Edges that are told, each way.
const MAX_EDGES: usize = 5_000;

/// An end of an edge: the file, `None` outside of the project, and the name in it or the qualified name outside.
pub type DiffEnd = (Option<String>, String);

/// An edge that only one of two graphs has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DiffEdge {
    /// What depends.
    pub src: DiffEnd,
    /// What the edge says.
    pub kind: EdgeKind,
    /// On what.
    pub dst: DiffEnd,
    /// Where it is read off, in the file of `src`; 0 when nowhere.
    pub line: u32,
}

/// What differs between two commits.
pub struct GraphDiff {
    /// The symbols and files, and what broke.
    pub changes: Changes,
    /// Edges that only the first graph has, in the order of their places.
    pub gone: Vec<DiffEdge>,
    /// Edges that only the second graph has.
    pub come: Vec<DiffEdge>,
    /// How many there are of both.
    pub totals: (usize, usize),
}

impl GraphDiff {
    /// Public definitions that are gone, or have another name or signature.
    #[must_use]
    pub fn public_breaks(&self) -> Vec<&Change> {
        let breaks = |change: &&Change| match change.kind {
            ChangeKind::Removed
            | ChangeKind::Renamed
            | ChangeKind::Moved
            | ChangeKind::Signature => change.is_public,
            ChangeKind::Body | ChangeKind::Added | ChangeKind::Formatting => false,
        };
        self.changes.changes.iter().filter(breaks).collect()
    }
}

/// What differs between a commit and a later one that has a graph.
///
/// # Errors
/// When a commit or the graph cannot be read.
pub fn commit_changes(root: &Path, old: &CommitId, new: &PastGraph) -> Result<Changes, AskError> {
    let pairs = files::of_commits(root, (old, &new.commit))?;
    let mut changes = found(&new.graph, pairs)?;
    let short = |commit: &CommitId| commit.to_string()[..10].to_owned();
    changes.against = format!("{} … {}", short(old), short(&new.commit));
    Ok(changes)
}

/// Compares the project at `root` as of two commits.
///
/// # Errors
/// When a commit or a graph cannot be read.
pub fn ask_diff(root: &Path, old: &PastGraph, new: &PastGraph) -> Result<GraphDiff, AskError> {
    let changes = commit_changes(root, &old.commit, new)?;
    let names = NewNames::of(&changes);
    let (old_files, new_files) = (differing(old, new)?, differing(new, old)?);
    let before = edges(&old.graph, &old_files, &|end| names.of_end(end))?;
    let now = edges(&new.graph, &new_files, &|end| end)?;
    let (gone, come) = (only_in(&before, &now), only_in(&now, &before));
    let totals = (gone.len(), come.len());
    let told = |mut edges: Vec<DiffEdge>| {
        edges.truncate(MAX_EDGES);
        edges
    };
    Ok(GraphDiff {
        changes,
        gone: told(gone),
        come: told(come),
        totals,
    })
}

/// The files of a graph whose rows the other graph does not have, in the order of their paths.
fn differing(one: &PastGraph, other: &PastGraph) -> Result<Vec<StoredFile>, AskError> {
    let known: BTreeMap<String, i64> = other
        .graph
        .files()?
        .into_iter()
        .map(|file| (file.row.path, file.digest))
        .collect();
    let mut files = one.graph.files()?;
    files.retain(|file| known.get(&file.row.path) != Some(&file.digest));
    files.sort_by(|a, b| a.row.path.cmp(&b.row.path));
    Ok(files)
}

/// The edges of `one` that `other` does not have.
fn only_in(one: &[DiffEdge], other: &[DiffEdge]) -> Vec<DiffEdge> {
    let known: HashSet<(&DiffEnd, EdgeKind, &DiffEnd)> = other
        .iter()
        .map(|edge| (&edge.src, edge.kind, &edge.dst))
        .collect();
    let is_new = |edge: &&DiffEdge| !known.contains(&(&edge.src, edge.kind, &edge.dst));
    one.iter().filter(is_new).cloned().collect()
}

/// The edges that start in some files, each pair of ends and kind once, with names as `named` has them.
fn edges(
    graph: &GraphFile,
    files: &[StoredFile],
    named: &dyn Fn(DiffEnd) -> DiffEnd,
) -> Result<Vec<DiffEdge>, AskError> {
    let mut modules = Modules {
        graph,
        prefixes: BTreeMap::new(),
    };
    let mut found = Vec::new();
    for file in files {
        let mut symbols = vec![NodeId(file.id)];
        symbols.extend(graph.symbols_in(NodeId(file.id))?);
        for sources in symbols.chunks(BATCH) {
            let neighbors = graph.neighbors(sources, Direction::Dependencies, &[])?;
            let mut ids: Vec<NodeId> = neighbors
                .iter()
                .flat_map(|edge| [edge.from, edge.node])
                .collect();
            ids.sort_unstable();
            ids.dedup();
            let mut ends: BTreeMap<NodeId, DiffEnd> = BTreeMap::new();
            for record in graph.nodes(&ids)? {
                ends.insert(record.id, named(modules.end(&record)?));
            }
            for edge in neighbors
                .iter()
                .filter(|edge| edge.kind != EdgeKind::Contains)
            {
                if let (Some(src), Some(dst)) = (ends.get(&edge.from), ends.get(&edge.node)) {
                    found.push(DiffEdge {
                        src: src.clone(),
                        kind: edge.kind,
                        dst: dst.clone(),
                        line: edge.line,
                    });
                }
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| (&a.src, a.kind, &a.dst) == (&b.src, b.kind, &b.dst));
    Ok(found)
}

/// Names inside of files.
struct Modules<'a> {
    graph: &'a GraphFile,
    /// What stands before such a name in a qualified name, by path.
    prefixes: BTreeMap<String, String>,
}

impl Modules<'_> {
    fn end(&mut self, node: &NodeRecord) -> Result<DiffEnd, AskError> {
        let Some(path) = &node.path else {
            return Ok((None, node.qualified_name.clone()));
        };
        if node.kind == NodeKind::File {
            return Ok((Some(path.clone()), String::new()));
        }
        if !self.prefixes.contains_key(path) {
            let row = self.graph.file(path)?.map(|file| file.row);
            let prefix = row.filter(|row| !row.module.is_empty());
            let prefix = prefix.map_or_else(String::new, |row| {
                format!("{}{}", row.module, row.separator)
            });
            self.prefixes.insert(path.clone(), prefix);
        }
        let name = &node.qualified_name;
        let name = name.strip_prefix(&self.prefixes[path]).unwrap_or(name);
        Ok((Some(path.clone()), name.to_owned()))
    }
}

/// What was renamed: an edge between the same two things is the same edge.
struct NewNames {
    /// Files by their old paths.
    files: BTreeMap<String, String>,
    /// Definitions by their new paths and old names.
    symbols: BTreeMap<String, Vec<(String, String)>>,
}

impl NewNames {
    fn of(changes: &Changes) -> NewNames {
        let mut names = NewNames {
            files: BTreeMap::new(),
            symbols: BTreeMap::new(),
        };
        for change in &changes.changes {
            if let Some(old) = &change.old_path {
                names.files.insert(old.clone(), change.path.clone());
            }
            if let (Some(old), Some(new)) = &change.definitions
                && old.scope_name != new.scope_name
            {
                let renamed = (old.scope_name.clone(), new.scope_name.clone());
                names
                    .symbols
                    .entry(change.path.clone())
                    .or_default()
                    .push(renamed);
            }
        }
        names
    }

    fn of_end(&self, (path, name): DiffEnd) -> DiffEnd {
        let Some(path) = path else {
            return (None, name);
        };
        let path = self.files.get(&path).cloned().unwrap_or(path);
        let renamed = self.symbols.get(&path).into_iter().flatten();
        // What stands in something that was renamed has its new name as well.
        let now = renamed
            .filter_map(|(old, new)| {
                let rest = name.strip_prefix(old.as_str())?;
                let is_whole = rest.is_empty() || rest.starts_with(['.', ':']);
                is_whole.then(|| (old.len(), format!("{new}{rest}")))
            })
            .max();
        let name = now.map_or(name, |(_, now)| now);
        (Some(path), name)
    }
}

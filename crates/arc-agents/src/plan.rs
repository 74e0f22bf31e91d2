//! The order of a change of several files: what defines something before what uses it.

use std::collections::BTreeSet;

use arc_graph::{Direction, EdgeKind, GraphRead as _};
use arc_project::{AskError, GraphFile};

use crate::edit::Candidate;

/// Puts the files of a change in order, by the graph of the project with it: a file comes behind those of the change that it uses
/// something of, files that use each other and files that do not in the order of their paths. Tells whether the order is another one
/// than before.
pub(crate) fn put_in_order(now: &GraphFile, candidate: &mut Candidate) -> Result<bool, AskError> {
    let before: Vec<String> = paths(candidate);
    let mut needs: Vec<BTreeSet<usize>> = Vec::with_capacity(before.len());
    for path in &before {
        let mut needed = used_by(now, path)?;
        needed.remove(path);
        needs.push(
            (0..before.len())
                .filter(|at| needed.contains(&before[*at]))
                .collect(),
        );
    }
    let mut left: BTreeSet<usize> = (0..before.len()).collect();
    let mut order: Vec<usize> = Vec::with_capacity(before.len());
    // Of files that use each other the one that waits for the fewest comes first.
    while let Some(next) = left
        .iter()
        .copied()
        .min_by_key(|at| (needs[*at].intersection(&left).count(), *at))
    {
        left.remove(&next);
        order.push(next);
    }
    let mut files: Vec<_> = std::mem::take(&mut candidate.files)
        .into_iter()
        .map(Some)
        .collect();
    candidate.files = order.iter().filter_map(|at| files[*at].take()).collect();
    Ok(paths(candidate) != before)
}

fn paths(candidate: &Candidate) -> Vec<String> {
    let files = candidate.files.iter();
    files.map(|file| file.path.clone()).collect()
}

/// The files that something in a file uses.
fn used_by(graph: &GraphFile, path: &str) -> Result<BTreeSet<String>, AskError> {
    let Some(file) = graph.file(path)? else {
        return Ok(BTreeSet::new());
    };
    let mut sources = graph.symbols_in(file.id)?;
    sources.push(file.id);
    let mut edges = graph.neighbors(&sources, Direction::Dependencies, &[])?;
    edges.retain(|edge| edge.kind != EdgeKind::Contains);
    let mut ends: Vec<_> = edges.iter().map(|edge| edge.node).collect();
    ends.sort_unstable();
    ends.dedup();
    let nodes = graph.nodes(&ends)?.into_iter();
    Ok(nodes.filter_map(|node| node.path).collect())
}

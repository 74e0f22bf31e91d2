//! Definitions that went from one file to another: gone here and new there, with the same name and nearly the same text.

use arc_extract::{ChangeKind, Definition};
use arc_store::GraphFile;

use super::breaking::is_code;
use super::versions::{Contents, VersionPair};
use super::{Changes, Targets, language_of, node_of};
use crate::ask::AskError;
use arc_graph::GraphRead as _;

/// Pairs of a definition and a file that are looked at.
const MAX_LOOKS: usize = 200;

/// Makes one change of what is gone from one file and new in another.
pub(super) fn pair_moved(
    graph: &GraphFile,
    pairs: &[VersionPair],
    found: &mut Changes,
    targets: &mut Targets,
) -> Result<(), AskError> {
    let mut looks = 0;
    for at in 0..found.changes.len() {
        let change = &found.changes[at];
        let (ChangeKind::Removed, Some(old)) = (change.kind, change.definitions.0.clone()) else {
            continue;
        };
        if !is_code(&old) {
            continue;
        }
        let from = change.path.clone();
        for to in pairs.iter().filter(|pair| pair.path != from) {
            if looks >= MAX_LOOKS || !may_hold(found, to, &old) {
                continue;
            }
            looks += 1;
            let Some(new) = found_in(pairs, (&from, &old), to) else {
                continue;
            };
            let Some(file) = graph.file(&to.path)? else {
                continue;
            };
            let Some(file) = graph.nodes(&[file.id])?.pop() else {
                continue;
            };
            let node = node_of(graph, &file, &new)?;
            if let Some(node) = &node {
                targets.add(node.clone());
            }
            let change = &mut found.changes[at];
            change.kind = ChangeKind::Moved;
            change.path.clone_from(&to.path);
            change.old_path = Some(from.clone());
            change.line = Some(new.line);
            change.old_symbol = (old.scope_name != new.scope_name).then(|| old.scope_name.clone());
            change.symbol = node
                .as_ref()
                .map(|node| node.qualified_name.clone())
                .or_else(|| Some(new.scope_name.clone()));
            change.node = node.map(|node| node.id);
            change.definitions.1 = Some(new);
            break;
        }
    }
    drop_arrived(found);
    Ok(())
}

/// Whether a file is new, or has a new definition that could be the old one.
fn may_hold(found: &Changes, to: &VersionPair, old: &Definition) -> bool {
    to.is_new
        || found.changes.iter().any(|change| {
            let new = change.definitions.1.as_ref();
            change.kind == ChangeKind::Added
                && change.path == to.path
                && new.is_some_and(|new| new.name == old.name && new.kind == old.kind)
        })
}

fn found_in(
    pairs: &[VersionPair],
    (from, old): (&str, &Definition),
    to: &VersionPair,
) -> Option<Definition> {
    let Contents::Texts { new, .. } = &to.contents else {
        return None;
    };
    let source = pairs.iter().find(|pair| pair.path == from)?;
    let (old_path, old_text) = source.old()?;
    let language = language_of(old_path, old_text)?;
    if language_of(&to.path, new).as_ref() != Some(&language) {
        return None;
    }
    let (before, after) = (source.read_old(&language)?, to.read_new(&language)?);
    before.moved_to(old.symbol, &after)
}

/// Leaves out the new definitions that are known to have come from elsewhere.
fn drop_arrived(found: &mut Changes) {
    let arrived: Vec<(String, u32)> = found
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Moved)
        .filter_map(|change| Some((change.path.clone(), change.definitions.1.as_ref()?.symbol)))
        .collect();
    found.changes.retain(|change| {
        let new = change.definitions.1.as_ref().map(|new| new.symbol);
        change.kind != ChangeKind::Added
            || !arrived
                .iter()
                .any(|(path, symbol)| *path == change.path && Some(*symbol) == new)
    });
}

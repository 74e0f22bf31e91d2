//! What somebody may have meant by a name that nothing has.

use std::collections::BTreeSet;
use std::fmt;

use arc_graph::{GraphRead as _, NodeKind, NodeRecord};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::target::{find_target, spelled, stable_id};

/// Names offered when a target is not found.
pub(crate) const MAX_NEAREST: usize = 5;
/// Names that are told beside one that nothing has.
const MAX_TOLD: usize = 3;
/// Names that share words with the question are looked at up to this number.
const MAX_SHARING: u32 = 50;
/// One slip of the finger in so many letters.
const LETTERS_PER_SLIP: u32 = 4;
/// Slips that are forgiven, however long the name is.
const MAX_SLIPS: u32 = 3;

/// Something with a name like the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// A target that finds it.
    pub id: String,
    /// What it is called, where the target does not say.
    pub name: Option<String>,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} ({name})", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// What the project has that is called so, or nearly so: at most three, nearest first.
///
/// # Errors
/// When the graph cannot be read.
pub fn nearest_names(graph: &GraphFile, name: &str) -> Result<Vec<String>, AskError> {
    let mut found: Vec<String> = match find_target(graph, "", name) {
        Err(AskError::NotFound { nearest, .. }) => nearest.iter().map(Nearest::to_string).collect(),
        Ok(target) => vec![target.node.qualified_name],
        Err(AskError::Ambiguous { candidates, .. }) => {
            let names = candidates.into_iter().map(|node| node.qualified_name);
            names.collect()
        }
        Err(AskError::Outside { .. } | AskError::Deleted { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    found.truncate(MAX_TOLD);
    Ok(found)
}

/// Names that resemble `text`: those that are nearly spelled so, then those that share words with it.
pub(crate) fn nearest(graph: &GraphFile, text: &str) -> Result<Vec<Nearest>, AskError> {
    let stem = text.rsplit('/').next().unwrap_or(text);
    let last = text
        .rsplit(['/', ':', '.'])
        .find(|part| part.len() > 2)
        .unwrap_or(text);
    let file = text.split_once("::").map_or("", |(path, _)| path);
    let mut found: Vec<NodeRecord> = Vec::new();
    for name in misspelled(graph, stem, last)? {
        found.extend(ordered(graph.nodes(&graph.by_name(&name)?)?, file));
    }
    for question in [stem, last] {
        let sharing = graph.search_names(question, MAX_SHARING)?;
        found.extend(ordered(graph.nodes(&sharing)?, file));
    }
    let mut known = BTreeSet::new();
    found.retain(|node| known.insert(node.id));
    found.truncate(MAX_NEAREST);
    found
        .iter()
        .map(|node| {
            let id = stable_id(graph, node)?;
            let name = (node.kind != NodeKind::File && id == spelled(node))
                .then(|| node.qualified_name.clone());
            Ok(Nearest { id, name })
        })
        .collect()
}

/// Names of the project that are nearly spelled like `stem` or `last`, best first.
fn misspelled(graph: &GraphFile, stem: &str, last: &str) -> Result<Vec<String>, AskError> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for wanted in [stem, last] {
        let wanted = wanted.to_lowercase();
        let length = u32::try_from(wanted.chars().count()).unwrap_or(u32::MAX);
        let slips = (length / LETTERS_PER_SLIP).min(MAX_SLIPS);
        if slips == 0 {
            continue;
        }
        let lengths = length - slips..=length.saturating_add(slips);
        for name in graph.names_of_length(lengths)? {
            let distance = strsim::osa_distance(&wanted, &name.to_lowercase());
            if distance <= slips as usize {
                found.push((distance, name));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MAX_NEAREST);
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

/// What is inside the project: of the file that was named first, code before what is written about it, short names first.
fn ordered(mut records: Vec<NodeRecord>, file: &str) -> Vec<NodeRecord> {
    records.retain(|node| node.path.is_some());
    records.sort_by_cached_key(|node| {
        let is_elsewhere = node.path.as_deref() != Some(file);
        let is_text = matches!(node.kind, NodeKind::Section | NodeKind::Key);
        let name = node.qualified_name.clone();
        (is_elsewhere, is_text, node.is_test, name.len(), name)
    });
    records
}

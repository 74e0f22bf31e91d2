//! What was decided about the targets of a slice: decisions that people wrote down, and the commits and pull requests by which the
//! code came to be as it is.

use std::collections::BTreeSet;

use arc_graph::{NodeKind, NodeRecord, WrittenForm};
use arc_store::{AboutPlace, GraphFile};

use crate::ask::AskError;

/// Decisions that are told.
const MAX_DECISIONS: usize = 4;
/// Commits that are told of one file.
const MAX_COMMITS: usize = 3;
/// Commits of one file that are looked at.
const LOOKED_AT: usize = 300;
/// Files of a commit that was about something; one with more went over everything.
const WIDEST: usize = 30;
/// Letters of a name that a subject may speak of.
const MIN_NAME: usize = 4;
/// Letters of a sentence that are told.
const MAX_TOLD: usize = 160;

/// A step of the trail that led to the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceReason {
    /// `decision`, `pull request` or `commit`.
    pub kind: &'static str,
    /// The number or place of the decision, the number of the pull request, or the ten first digits of the commit.
    pub about: String,
    /// The file of the target.
    pub path: String,
    /// The title of the decision or of the pull request, or the subject of the commit.
    pub text: String,
}

/// The trail of some nodes: decisions that stand, then commits, those first whose subjects name a target.
pub(crate) fn trail(
    graph: &GraphFile,
    nodes: &[&NodeRecord],
) -> Result<Vec<SliceReason>, AskError> {
    let mut found = Vec::new();
    let mut told: BTreeSet<i64> = BTreeSet::new();
    for node in nodes {
        let (Some(file), Some(path)) = (node.file, &node.path) else {
            continue;
        };
        for about in graph.decisions_about(file)? {
            let record = &about.record;
            if found.len() < MAX_DECISIONS
                && stands(&about)
                && is_about(&about, node, path)
                && told.insert(record.id)
            {
                let place = format!("{}:{}", record.path, record.line);
                let about = if record.label.is_empty() {
                    place
                } else {
                    format!("{} ({place})", record.label)
                };
                found.push(SliceReason {
                    kind: "decision",
                    about,
                    path: path.clone(),
                    text: shortened(&record.title),
                });
            }
        }
    }
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for node in nodes {
        let Some(path) = node.path.as_deref().filter(|path| paths.insert(path)) else {
            continue;
        };
        let names: Vec<&str> = nodes
            .iter()
            .filter(|own| own.kind != NodeKind::File && own.path.as_deref() == Some(path))
            .map(|own| &*own.name)
            .filter(|name| name.chars().count() >= MIN_NAME)
            .collect();
        let mut commits = graph.newest_changes(path, WIDEST, LOOKED_AT)?;
        // Stable: within both kinds the newest stay first.
        commits.sort_by_key(|(_, subject)| !names.iter().any(|name| has_word(subject, name)));
        for (hash, subject) in commits.into_iter().take(MAX_COMMITS) {
            found.push(step(graph, path, &hash, &subject)?);
        }
    }
    Ok(found)
}

/// A commit, or the pull request that it came in with.
fn step(
    graph: &GraphFile,
    path: &str,
    hash: &[u8; 20],
    subject: &str,
) -> Result<SliceReason, AskError> {
    let pull = graph.commit(hash)?.and_then(|commit| commit.pull);
    let ticket = pull.map(|(ticket, _)| ticket);
    let titled = ticket.and_then(|ticket| Some((ticket.number, ticket.title?)));
    let path = path.to_owned();
    Ok(match titled {
        Some((number, title)) if number > 0 => SliceReason {
            kind: "pull request",
            about: format!("#{number}"),
            path,
            text: shortened(&title),
        },
        Some(_) | None => SliceReason {
            kind: "commit",
            about: hash[..5].iter().map(|byte| format!("{byte:02x}")).collect(),
            path,
            text: shortened(subject),
        },
    })
}

/// Whether a decision still holds, as far as it says.
fn stands(about: &AboutPlace) -> bool {
    let status = about.record.status.to_lowercase();
    let is_over = ["superseded", "rejected", "deprecated", "withdrawn", "draft"];
    about.record.form == WrittenForm::Record && !is_over.iter().any(|word| status.contains(word))
}

fn is_about(about: &AboutPlace, node: &NodeRecord, path: &str) -> bool {
    if let Some(folder) = &about.folder {
        let inside = path.strip_prefix(folder.as_str());
        return inside.is_some_and(|rest| rest.starts_with('/'));
    }
    about.lines.is_none_or(|(first, last)| {
        node.kind == NodeKind::File || (first <= node.end_line && node.line <= last)
    })
}

fn has_word(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part)
    })
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    line.chars().take(MAX_TOLD).collect()
}

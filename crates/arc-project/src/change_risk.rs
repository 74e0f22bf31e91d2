//! The risk of a diff: where it would stand among the commits of this repository.

use std::collections::HashMap;
use std::path::Path;

use arc_history::{GitHistory, MAX_COMMIT_PATHS, is_source_path};
use arc_impact::{Risk, TouchedFile, TouchingChange, measure, risk};
use arc_store::{GraphFile, PastCommit};

use crate::ask::AskError;
use crate::changes::Changes;

/// Commits that are read: those that are compared, and what came before them.
const READ_COMMITS: usize = 4_000;

/// Files and folders by numbers.
#[derive(Default)]
struct Numbers {
    numbers: HashMap<String, u32>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        let next = self.numbers.len() as u32;
        match self.numbers.get(text) {
            Some(known) => *known,
            None => {
                self.numbers.insert(text.to_owned(), next);
                next
            }
        }
    }
}

/// The risk of a diff among the newest commits; `None` when it touches no source file or there are too few commits to
/// compare with.
///
/// # Errors
/// When the graph cannot be read.
pub fn change_risk(
    graph: &GraphFile,
    root: &Path,
    changes: &Changes,
) -> Result<Option<Risk>, AskError> {
    let commits = graph.past_commits(READ_COMMITS, MAX_COMMIT_PATHS)?;
    let Some(newest) = commits.first() else {
        return Ok(None);
    };
    let (mut files, mut people) = (Numbers::default(), Numbers::default());
    let mut past: Vec<TouchingChange> = commits
        .iter()
        .rev()
        .map(|commit| past_change(commit, &mut files, &mut people))
        .filter(|change| !change.files.is_empty())
        .collect();
    let repairs = repairs(graph, &mut files)?;
    if !repairs.is_empty() {
        past.extend(repairs);
        // Stable: what happened in one second stays in the order of the history.
        past.sort_by_key(|change| change.time);
    }
    // Who it is does not matter for what several people did, and cannot be told outside of a repository.
    let author = GitHistory::open(root)
        .ok()
        .and_then(|git| git.next_author_email());
    let change = TouchingChange {
        time: newest.time,
        author: author.map(|email| people.of(&email)),
        is_fix: false,
        files: touched(changes.lines.iter().cloned(), &mut files),
    };
    if change.files.is_empty() {
        return Ok(None);
    }
    let (measured, compared) = measure(&change, &past);
    Ok(risk(&measured, &compared))
}

fn past_change(commit: &PastCommit, files: &mut Numbers, people: &mut Numbers) -> TouchingChange {
    TouchingChange {
        time: commit.time,
        author: Some(people.of(&commit.email)),
        is_fix: commit.is_fix,
        files: touched(commit.files.iter().cloned(), files),
    }
}

/// What `arc heal` repaired, which is a repair of its file as a commit is one. Nobody is its author, and how many lines it had says
/// nothing of how people change them.
fn repairs(graph: &GraphFile, files: &mut Numbers) -> Result<Vec<TouchingChange>, AskError> {
    let mended = graph.mended(None)?.into_iter().rev();
    let repairs = mended
        .filter(|row| !row.is_undone)
        .map(|row| TouchingChange {
            time: row.time,
            author: None,
            is_fix: true,
            files: touched(std::iter::once((row.path, None)), files),
        })
        .filter(|change| !change.files.is_empty());
    Ok(repairs.collect())
}

/// The source files among some.
fn touched(
    files: impl Iterator<Item = (String, Option<(u32, u32)>)>,
    numbers: &mut Numbers,
) -> Vec<TouchedFile> {
    let sources = files.filter(|(path, _)| is_source_path(path));
    sources
        .map(|(path, lines)| TouchedFile {
            file: numbers.of(&path),
            // No file has a path that ends so.
            folder: numbers.of(&format!(
                "{}/",
                path.rsplit_once('/').map_or("", |(folder, _)| folder)
            )),
            lines: lines.map(|(added, deleted)| added.saturating_add(deleted)),
        })
        .collect()
}

//! The risk of a diff: where it would stand among the commits of this repository.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arc_history::{GitHistory, MAX_COMMIT_PATHS, is_source_path};
use arc_impact::{COMPARED_COMMITS, Risk, TouchedFile, TouchingChange, measure, risk};
use arc_store::{GraphFile, PastCommit, PastCommits};

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
    Past::read(graph)?.map_or(Ok(None), |mut past| past.risk(graph, root, changes))
}

/// What diffs are compared with, read once for many.
pub(crate) struct Past {
    /// When the newest commit was made.
    newest: i64,
    files: Numbers,
    people: Numbers,
    /// Oldest first.
    past: Vec<TouchingChange>,
    /// The commits that these were, as long as nobody counted the lines of those that are compared.
    uncounted: Option<(PastCommits, Vec<Option<i64>>)>,
}

impl Past {
    /// The newest commits and repairs; `None` where there is no commit.
    pub(crate) fn read(graph: &GraphFile) -> Result<Option<Past>, AskError> {
        let read = graph.past_commits(READ_COMMITS, MAX_COMMIT_PATHS)?;
        let Some(newest) = read.commits.first().map(|commit| commit.time) else {
            return Ok(None);
        };
        let (mut files, mut people) = (Numbers::default(), Numbers::default());
        let mut past = past_changes(&read, &mut files, &mut people);
        let repairs = repairs(graph, &mut files)?;
        if !repairs.is_empty() {
            past.extend(repairs.into_iter().map(|change| (None, change)));
            // Stable: what happened in one second stays in the order of the history.
            past.sort_by_key(|(_, change)| change.time);
        }
        let (commits, past) = past.into_iter().unzip();
        Ok(Some(Past {
            newest,
            files,
            people,
            past,
            uncounted: Some((read, commits)),
        }))
    }

    /// The risk of a diff, as [`change_risk`] tells it.
    pub(crate) fn risk(
        &mut self,
        graph: &GraphFile,
        root: &Path,
        changes: &Changes,
    ) -> Result<Option<Risk>, AskError> {
        // Who it is does not matter for what several people did, and cannot be told outside of a repository.
        let author = GitHistory::open(root)
            .ok()
            .and_then(|git| git.next_author_email());
        let change = TouchingChange {
            time: self.newest,
            author: author.map(|email| self.people.of(&email)),
            is_fix: false,
            files: touched(changes.lines.iter().cloned(), &mut self.files),
        };
        if change.files.is_empty() {
            return Ok(None);
        }
        if let Some((read, commits)) = self.uncounted.take() {
            let compared = self.past.len().saturating_sub(COMPARED_COMMITS);
            let past = self.past[compared..].iter_mut();
            for (commit, change) in commits[compared..].iter().zip(past) {
                if let Some(commit) = commit {
                    count_lines(graph, (&read, *commit), change, &mut self.files)?;
                }
            }
        }
        let (measured, compared) = measure(&change, &self.past);
        Ok(risk(&measured, &compared))
    }
}

/// The commits that touched a source file, oldest first, each with its id. Their lines are not counted yet: only those of commits that are
/// compared are wanted, and they are most of what there is to read.
fn past_changes(
    read: &PastCommits,
    files: &mut Numbers,
    people: &mut Numbers,
) -> Vec<(Option<i64>, TouchingChange)> {
    let mut numbered: BTreeMap<i64, Vec<TouchedFile>> = BTreeMap::new();
    for (id, path) in &read.paths {
        let alone = std::iter::once((path.clone(), None));
        numbered.insert(*id, touched(alone, files));
    }
    let authors: BTreeMap<i64, u32> = read
        .emails
        .iter()
        .map(|(id, email)| (*id, people.of(email)))
        .collect();
    let change = |commit: &PastCommit| TouchingChange {
        time: commit.time,
        author: authors.get(&commit.author).copied(),
        is_fix: commit.is_fix,
        files: (commit.files.iter())
            .flat_map(|path| numbered.get(path).into_iter().flatten().copied())
            .collect(),
    };
    let past = read.commits.iter().rev();
    past.map(|commit| (Some(commit.id), change(commit)))
        .filter(|(_, change)| !change.files.is_empty())
        .collect()
}

/// Counts the lines of a commit.
fn count_lines(
    graph: &GraphFile,
    (read, commit): (&PastCommits, i64),
    change: &mut TouchingChange,
    files: &mut Numbers,
) -> Result<(), AskError> {
    let lines = graph.lines_of_commit(commit)?.into_iter();
    let named = lines.filter_map(|(path, lines)| Some((read.paths.get(&path)?.clone(), lines)));
    change.files = touched(named, files);
    Ok(())
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

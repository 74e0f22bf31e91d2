//! Where the past ends, and which commits after it are questions.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use arc_history::{
    ChangeStatus, CommitId, CommitKind, CommitRecord, GitHistory, MAX_COMMIT_PATHS, WalkOptions,
    is_source_path,
};

use super::{EvalError, EvalOptions, FEWEST_COMMITS};
use crate::build::BuildError;
use crate::progress::{Progress, Stage};

/// Changed source files of a commit that is asked about: one has no others, many are no one change.
const QUESTIONS: std::ops::RangeInclusive<usize> = 2..=20;

/// A commit after the split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Later {
    /// When it was made, seconds since 1970.
    pub(super) time: i64,
    /// Source files it changed, by their names at the split; sorted, each once. Not all of them need have been there.
    pub(super) files: Vec<String>,
}

/// The cut through a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    /// The last commit that is known.
    pub(super) commit: CommitId,
    /// When it was made.
    pub(super) time: i64,
    /// Commits up to there.
    pub(super) past: usize,
    /// Commits after it.
    pub(super) after: usize,
    /// Those that may be questions, oldest first.
    pub(super) later: Vec<Later>,
    /// How many of them to ask about.
    pub(super) wanted: usize,
    /// Commits before the beginning of a shallow clone are missing.
    pub(super) is_shallow: bool,
}

/// Chooses the newest commit of the main line with enough questions after it, or the newest one before the wanted time.
pub(super) fn split(
    root: &Path,
    options: &EvalOptions,
    progress: &dyn Progress,
) -> Result<Split, EvalError> {
    let history = GitHistory::open(root)?;
    let mut records = Vec::new();
    let mut is_cancelled = false;
    let summary = history.walk(&WalkOptions::default(), &mut |record| {
        is_cancelled |= progress.is_cancelled();
        if !is_cancelled {
            records.push(CommitRecord {
                body: String::new(),
                ..record
            });
            progress.report(Stage::History, records.len() as u64, 0);
        }
    })?;
    if is_cancelled {
        return Err(BuildError::Cancelled.into());
    }
    let line = MainLine::of(&records);
    let chosen = line.choose(&records, options)?;
    let commit = &records[line.chain[chosen]];
    let after: Vec<&CommitRecord> = line.after(chosen).map(|at| &records[at]).collect();
    Ok(Split {
        commit: commit.id,
        time: commit.time,
        past: records.len() - after.len(),
        after: after.len(),
        later: questions(&after),
        wanted: options.commits.max(1),
        is_shallow: summary.is_shallow,
    })
}

/// The commits from the head through first parents, and what each of them brought.
struct MainLine {
    /// Places of the records, newest first.
    chain: Vec<usize>,
    /// For each record the oldest commit of the line that has it, by its place there.
    brought_by: Vec<usize>,
}

impl MainLine {
    fn of(records: &[CommitRecord]) -> MainLine {
        let place_of: HashMap<CommitId, usize> = records
            .iter()
            .enumerate()
            .map(|(place, record)| (record.id, place))
            .collect();
        let parents = |place: usize| {
            let parents = records[place].parents.iter();
            parents.filter_map(|parent| place_of.get(parent).copied())
        };
        let mut chain = Vec::new();
        // The head comes first; damage can make a line of parents end early, never go round.
        let mut at = (!records.is_empty()).then_some(0);
        while let Some(place) = at {
            chain.push(place);
            let first = records[place].parents.first();
            at = first.and_then(|first| place_of.get(first).copied());
        }
        let mut brought_by = vec![0; records.len()];
        let mut is_seen = vec![false; records.len()];
        let mut stack = Vec::new();
        for (link, &place) in chain.iter().enumerate().rev() {
            stack.push(place);
            while let Some(place) = stack.pop() {
                if !std::mem::replace(&mut is_seen[place], true) {
                    brought_by[place] = link;
                    stack.extend(parents(place).filter(|parent| !is_seen[*parent]));
                }
            }
        }
        MainLine { chain, brought_by }
    }

    /// Places of the commits that a commit of the line does not have, newest first.
    fn after(&self, link: usize) -> impl Iterator<Item = usize> + '_ {
        let brought = self.brought_by.iter().enumerate();
        brought
            .filter(move |(_, by)| **by < link)
            .map(|(place, _)| place)
    }

    /// The place in the line of the split.
    fn choose(&self, records: &[CommitRecord], options: &EvalOptions) -> Result<usize, EvalError> {
        let usable: usize = records.iter().filter(|record| may_ask(record)).count();
        let needed = 2 * FEWEST_COMMITS;
        if usable < needed || self.chain.len() < 2 {
            return Err(EvalError::TooShort {
                all: records.len(),
                usable,
                needed,
            });
        }
        if let Some(since) = options.since {
            let mut older = self.chain.iter();
            let found = older.position(|place| records[*place].time < since);
            let link = found.unwrap_or(self.chain.len() - 1);
            let after: Vec<usize> = self.after(link).collect();
            let usable = after.iter().filter(|at| may_ask(&records[**at])).count();
            return if usable < FEWEST_COMMITS {
                Err(EvalError::NothingSince {
                    all: after.len(),
                    usable,
                })
            } else {
                Ok(link)
            };
        }
        // At least half of what there is stays to learn from.
        let wanted = options.commits.clamp(1, usable / 2);
        let mut brought = vec![0; self.chain.len()];
        for (place, record) in records.iter().enumerate() {
            brought[self.brought_by[place]] += usize::from(may_ask(record));
        }
        let mut so_far = 0;
        for (link, count) in brought.iter().enumerate() {
            if so_far >= wanted {
                return Ok(link);
            }
            so_far += count;
        }
        Ok(self.chain.len() - 1)
    }
}

/// Whether a commit may be a question, as far as it alone tells.
fn may_ask(record: &CommitRecord) -> bool {
    let paths = record.changes.paths();
    let changed = paths.iter().filter(|change| is_changed(change.status));
    let sources = changed.filter(|change| is_source_path(&change.path));
    record.kind == CommitKind::Normal
        && paths.len() <= MAX_COMMIT_PATHS
        && QUESTIONS.contains(&sources.count())
}

/// New files cannot be asked for, and of a moved one it is not known whether anything in it changed.
fn is_changed(status: ChangeStatus) -> bool {
    match status {
        ChangeStatus::Modified | ChangeStatus::Deleted => true,
        ChangeStatus::Added | ChangeStatus::Renamed => false,
    }
}

/// The commits that may be asked about, oldest first. `after` is newest first.
fn questions(after: &[&CommitRecord]) -> Vec<Later> {
    let mut old_name: HashMap<String, String> = HashMap::new();
    let mut seen = HashSet::new();
    let mut questions = Vec::new();
    for record in after.iter().rev() {
        let paths = record.changes.paths();
        if may_ask(record) {
            let changed = paths.iter().filter(|change| is_changed(change.status));
            let files: BTreeSet<String> = changed
                .map(|change| old_name.get(&change.path).unwrap_or(&change.path).clone())
                .filter(|path| is_source_path(path))
                .collect();
            let files: Vec<String> = files.into_iter().collect();
            // A commit that was carried to another branch is asked about once.
            if seen.insert((record.subject.clone(), files.clone())) {
                let time = record.time;
                questions.push(Later { time, files });
            }
        }
        let mut moved = Vec::new();
        for change in paths {
            if let Some(old) = &change.old_path {
                let first = old_name.get(old).unwrap_or(old).clone();
                moved.push((change.path.clone(), first));
            }
        }
        old_name.extend(moved);
    }
    questions
}

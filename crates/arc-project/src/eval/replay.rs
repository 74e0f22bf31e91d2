//! Asks about every file of every later commit, and lets two simple rankings answer as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_history::is_source_path;
use arc_impact::{ImpactOptions, impact};
use arc_store::GraphFile;

use super::measures::{Measured, Reliability};
use super::split::{Later, Split};
use super::{EvalError, FEWEST_COMMITS};
use crate::build::BuildError;
use crate::progress::{Progress, Stage};
use crate::signals::StoredSignals;

/// Rows asked for; those that are no source files are then left out, since no commit counts them as right.
const ROWS: usize = 20;

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ranker {
    /// `arc impact`.
    Impact,
    /// How often files were in the same commits.
    CoChange,
    /// The files of the same folder, the one changed last first.
    Folder,
}

impl Ranker {
    pub(super) const ALL: [Ranker; 3] = [Ranker::Impact, Ranker::CoChange, Ranker::Folder];
}

/// Sums over questions. Those of a commit count as one.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) questions: usize,
    pub(super) weight: f64,
    /// In the order of [`Ranker::ALL`].
    pub(super) sums: [Measured; 3],
}

impl Tally {
    fn add(&mut self, measured: &[Measured; 3], weight: f64) {
        self.questions += 1;
        self.weight += weight;
        for (sum, measured) in self.sums.iter_mut().zip(measured) {
            sum.add(*measured, weight);
        }
    }

    /// The means of one ranker.
    pub(super) fn mean(&self, ranker: Ranker) -> Measured {
        self.sums[ranker as usize].over(self.weight)
    }
}

/// What came of the questions.
#[derive(Clone, Debug, Default)]
pub(super) struct Replayed {
    pub(super) commits: usize,
    /// When the last of them was made.
    pub(super) last_time: i64,
    pub(super) whole: Tally,
    pub(super) folders: BTreeMap<String, Tally>,
    pub(super) languages: BTreeMap<String, Tally>,
    pub(super) reliability: Reliability,
    /// For each commit the average precision of `arc impact` less that of plain co-change.
    pub(super) gains: Vec<f64>,
}

/// The answers to the question about one file.
struct Answers {
    /// Paths, best first, in the order of [`Ranker::ALL`].
    lists: [Vec<String>; 3],
    /// Scores of the first list.
    scores: Vec<f64>,
    language: String,
}

/// Asks the graph at `graph`.
pub(super) fn replay(
    graph: &Path,
    split: &Split,
    progress: &dyn Progress,
) -> Result<Replayed, EvalError> {
    let graph = GraphFile::open(graph)?;
    let asker = Asker::new(&graph)?;
    let known = split.later.iter().map(|later| asker.known(later));
    let commits: Vec<Later> = known
        .filter(|later| later.files.len() > 1)
        .take(split.wanted)
        .collect();
    if commits.len() < FEWEST_COMMITS {
        return Err(EvalError::TooShort {
            all: split.past + split.after,
            usable: commits.len(),
            needed: FEWEST_COMMITS,
        });
    }
    let files: BTreeSet<&str> = commits
        .iter()
        .flat_map(|later| later.files.iter().map(String::as_str))
        .collect();
    let mut answers = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        if progress.is_cancelled() {
            return Err(BuildError::Cancelled.into());
        }
        answers.insert(*file, asker.ask(file)?);
        progress.report(Stage::Replay, at as u64 + 1, files.len() as u64);
    }
    let mut replayed = Replayed {
        commits: commits.len(),
        last_time: commits.last().map_or(split.time, |later| later.time),
        ..Replayed::default()
    };
    for later in &commits {
        replayed.add(later, &answers);
    }
    Ok(replayed)
}

impl Replayed {
    fn add(&mut self, later: &Later, answers: &BTreeMap<&str, Answers>) {
        let weight = 1.0 / later.files.len() as f64;
        let mut gain = 0.0;
        for file in &later.files {
            let Some(answer) = answers.get(file.as_str()) else {
                continue;
            };
            let is_right = |path: &String| path != file && later.files.binary_search(path).is_ok();
            let measured = answer.lists.each_ref().map(|list| {
                let right: Vec<bool> = list.iter().map(is_right).collect();
                Measured::of(&right, later.files.len() - 1)
            });
            for (path, score) in answer.lists[0].iter().zip(&answer.scores) {
                self.reliability.add(*score, is_right(path));
            }
            self.whole.add(&measured, weight);
            let folder = file.split_once('/').map_or(".", |(folder, _)| folder);
            for (groups, name) in [
                (&mut self.folders, folder),
                (&mut self.languages, answer.language.as_str()),
            ] {
                let group = groups.entry(name.to_owned()).or_default();
                group.add(&measured, weight);
            }
            let precision = |ranker: Ranker| measured[ranker as usize].average_precision;
            gain += weight * (precision(Ranker::Impact) - precision(Ranker::CoChange));
        }
        self.gains.push(gain);
    }
}

struct Asker<'a> {
    graph: &'a GraphFile,
    /// Source files by folder, with the time of the last commit of each.
    folders: BTreeMap<String, Vec<(i64, String)>>,
}

impl Asker<'_> {
    fn new(graph: &GraphFile) -> Result<Asker<'_>, EvalError> {
        let mut folders: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
        for (_, path, _) in graph.stamps()? {
            if is_source_path(&path) {
                let last = graph
                    .file_history(&path)?
                    .map_or(i64::MIN, |own| own.last_time);
                let folder = folder_of(&path).to_owned();
                folders.entry(folder).or_default().push((last, path));
            }
        }
        for files in folders.values_mut() {
            files.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        }
        Ok(Asker { graph, folders })
    }

    fn has(&self, path: &str) -> bool {
        let files = self.folders.get(folder_of(path));
        files.is_some_and(|files| files.iter().any(|(_, file)| file == path))
    }

    /// What of a commit was there at the split.
    fn known(&self, later: &Later) -> Later {
        let files = later.files.iter().filter(|path| self.has(path));
        Later {
            time: later.time,
            files: files.cloned().collect(),
        }
    }

    fn ask(&self, path: &str) -> Result<Answers, EvalError> {
        let Some(file) = self.graph.file(path)? else {
            return Ok(Answers {
                lists: Default::default(),
                scores: Vec::new(),
                language: String::new(),
            });
        };
        let options = ImpactOptions {
            limit: ROWS,
            ..ImpactOptions::default()
        };
        let signals = StoredSignals { graph: self.graph };
        let answer = impact(self.graph, &signals, &[file.id], &options)?;
        let mut ranked = Vec::new();
        let mut scores = Vec::new();
        for row in answer.impacted {
            if let Some(path) = row.node.path.filter(|path| is_source_path(path)) {
                ranked.push(path);
                scores.push(row.score);
            }
        }
        Ok(Answers {
            lists: [ranked, self.co_changed(path)?, self.beside(path)],
            scores,
            language: file.row.language.unwrap_or_else(|| "other".to_owned()),
        })
    }

    /// The files with the most common commits.
    fn co_changed(&self, path: &str) -> Result<Vec<String>, EvalError> {
        let mut records = self.graph.co_changed(path, usize::MAX >> 1)?;
        records.retain(|record| self.has(&record.path));
        records.sort_by(|one, other| {
            let by_count = other.count.cmp(&one.count);
            by_count.then_with(|| one.path.cmp(&other.path))
        });
        let paths = records.into_iter().take(ROWS).map(|record| record.path);
        Ok(paths.collect())
    }

    fn beside(&self, path: &str) -> Vec<String> {
        let files = self.folders.get(folder_of(path)).into_iter().flatten();
        let others = files.filter(|(_, file)| file != path).take(ROWS);
        others.map(|(_, file)| file.clone()).collect()
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

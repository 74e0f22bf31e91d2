//! Commits to rows. New commits or a rewritten history are told by the head; the rows are then made anew from all commits,
//! so that no update can leave a trace that a build from scratch would not.

use std::collections::{BTreeMap, HashMap};

use arc_history::{
    Changes, CoChange, CommitKind, CommitRecord, FileStats, GitHistory, HeadNames, HistoryError,
    WalkOptions, is_source_path,
};
use arc_store::{
    ChangeRow, CommitRow, GraphFile, HistoryRows, PairRow, StatRow, Update, WriteLock,
};

use crate::build::{BuildError, Job};
use crate::progress::Stage;

/// The newest normal commits whose lines are counted; risk compares a change with them.
const LINE_COUNTS: usize = 1_000;
/// Grows when the same commits would give other rows.
const HISTORY_VERSION: &str = "1";

/// Reads the history again if the graph has another one. Returns a note for people when it cannot be read.
pub(crate) fn refresh(
    job: &Job<'_>,
    patience: std::time::Duration,
) -> Result<Option<String>, BuildError> {
    let history = match GitHistory::open(job.root) {
        Ok(history) => Some(history),
        Err(HistoryError::NotARepository { .. }) => None,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let state = match &history {
        None => Ok(String::from("none")),
        Some(history) => state_of(history),
    };
    let state = match state {
        Ok(state) => state,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let known = GraphFile::open(job.graph)?.meta("history.state")?;
    if known.as_deref() == Some(state.as_str()) {
        return Ok(None);
    }
    let mut head = String::new();
    let rows = match history {
        None => HistoryRows::default(),
        Some(history) => {
            let mut collector = Collector::default();
            let options = WalkOptions {
                indexed: None,
                line_counts: LINE_COUNTS,
            };
            let mut stop = false;
            let walked = history.walk(&options, &mut |record| {
                stop |= job.progress.is_cancelled();
                if !stop {
                    collector.add(record);
                    job.progress
                        .report(Stage::History, collector.rows.commits.len() as u64, 0);
                }
            });
            job.go_on()?;
            match walked {
                Ok(summary) => {
                    head = summary
                        .head
                        .map_or_else(String::new, |head| head.to_string())
                }
                Err(error) => return Ok(Some(error.to_string())),
            }
            collector.finish()
        }
    };
    let lock = WriteLock::acquire(job.graph, patience)?;
    let update = Update::begin(&lock)?;
    update.replace_history(&rows)?;
    update.set_meta(&[("head", &head), ("history.state", &state)])?;
    job.go_on()?;
    update.commit()?;
    Ok(None)
}

/// Everything that decides what a walk gives: the head, the mailmap, grafts and the shallow boundary.
fn state_of(history: &GitHistory) -> Result<String, HistoryError> {
    let head = history
        .head()?
        .map_or_else(|| "unborn".to_owned(), |head| head.to_string());
    Ok(format!("{HISTORY_VERSION} {head}\n{}", history.settings()?))
}

/// Collects rows while commits come in, newest first.
#[derive(Default)]
struct Collector {
    rows: HistoryRows,
    people: HashMap<(String, String), u32>,
    paths: HashMap<String, u32>,
    names: HeadNames,
    co_change: CoChange,
    stats: BTreeMap<u32, FileStats>,
}

impl Collector {
    fn add(&mut self, record: CommitRecord) {
        let author = self.person(record.author.name, record.author.email);
        let commit = self.rows.commits.len() as u32;
        let mut sources = Vec::new();
        let mut changed: BTreeMap<u32, ChangeRow> = BTreeMap::new();
        for change in record.changes.paths() {
            let name = self.names.name(&change.path).to_owned();
            let is_source = is_source_path(&name);
            let path = self.path(&name);
            if is_source {
                sources.push(path);
            }
            if let Some(old) = &change.old_path {
                let old = self.path(old);
                let new = self.path(&change.path);
                self.rows.renames.push((commit, old, new));
            }
            // Two old paths can have become one file; the first by path speaks for the commit.
            changed.entry(path).or_insert(ChangeRow {
                path,
                commit,
                status: change.status.number(),
                lines: change.lines.map(|lines| (lines.added, lines.deleted)),
            });
        }
        sources.sort_unstable();
        sources.dedup();
        let total = match &record.changes {
            Changes::Known(paths) => Some(paths.len() as u32),
            Changes::Merge | Changes::Unknown => None,
        };
        if record.kind == CommitKind::Normal {
            let all = total.unwrap_or(0) as usize;
            self.co_change
                .add(u64::from(u32::MAX - commit), record.time, &sources, all);
            for path in changed.keys() {
                self.stats
                    .entry(*path)
                    .or_default()
                    .add(record.time, author, record.is_fix);
            }
        }
        self.rows.changes.extend(changed.into_values());
        self.names.pass(record.changes.paths());
        self.rows.commits.push(CommitRow {
            hash: record.id.0,
            time: record.time,
            position: record.order,
            author,
            kind: record.kind.number(),
            is_fix: record.is_fix,
            subject: record.subject,
            body: record.body,
            n_source: sources.len() as u32,
            n_total: total,
        });
    }

    fn person(&mut self, name: String, email: String) -> u32 {
        let next = self.people.len() as u32;
        let rows = &mut self.rows.people;
        *self
            .people
            .entry((name, email))
            .or_insert_with_key(|(name, email)| {
                rows.push((name.clone(), email.clone()));
                next
            })
    }

    fn path(&mut self, path: &str) -> u32 {
        if let Some(known) = self.paths.get(path) {
            return *known;
        }
        let next = self.rows.paths.len() as u32;
        self.rows.paths.push(path.to_owned());
        self.paths.insert(path.to_owned(), next);
        next
    }

    /// Turns newest first into oldest first, and sums into rows.
    fn finish(mut self) -> HistoryRows {
        let last = self.rows.commits.len().saturating_sub(1) as u32;
        self.rows.commits.reverse();
        for change in &mut self.rows.changes {
            change.commit = last - change.commit;
        }
        for rename in &mut self.rows.renames {
            rename.0 = last - rename.0;
        }
        let weights: HashMap<u32, i64> = self
            .co_change
            .files()
            .into_iter()
            .map(|(path, sum)| (path, sum.weight.0))
            .collect();
        self.rows.stats = self
            .stats
            .iter()
            .map(|(path, stats)| StatRow {
                path: *path,
                revisions: stats.revisions,
                weight: weights.get(path).copied().unwrap_or(0),
                fixes: stats.fixes,
                times: (stats.first_time, stats.last_time),
                authors: stats.authors() as u32,
                top_share: stats.top_share_thousandths(),
            })
            .collect();
        let paths = &self.rows.paths;
        self.rows.pairs = self
            .co_change
            .pairs()
            .into_iter()
            .map(|(one, other, sum)| {
                let in_order = paths[one as usize] <= paths[other as usize];
                PairRow {
                    paths: if in_order { (one, other) } else { (other, one) },
                    weight: sum.weight.0,
                    count: sum.commits,
                }
            })
            .collect();
        self.rows
    }
}

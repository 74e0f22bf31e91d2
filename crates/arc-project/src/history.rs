//! Commits to rows. Where new commits only add to what is known, they are added; everything else (another branch, a
//! rewritten history, another mailmap, a rename that gives old commits other names) is read anew from all commits, so that
//! no update can leave a trace that a build from scratch would not.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use arc_graph::{MentionSource, with_causes};
use arc_history::{
    Changes, CoChange, CommitId, CommitKind, CommitRecord, FileStats, GitHistory, HeadNames,
    HistoryError, Indexed, Mention, Pull, Ticket, WalkOptions, WalkSummary, is_source_path,
};
use arc_store::{
    ChangeRow, CommitRow, GraphFile, HistoryRows, MentionRow, PairRow, StatRow, StoreError,
    TicketRow, Update,
};

use crate::build::{BuildError, Job};
use crate::progress::Stage;

/// The newest normal commits whose lines are counted; risk compares a change with them.
const LINE_COUNTS: usize = 1_000;
/// The status of a path whose content in a merge is that of no parent.
const MERGED: u8 = 5;
/// Grows when the same commits would give other rows.
const HISTORY_VERSION: &str = "5";
/// Where the graph keeps [`Past::state`].
pub(crate) const STATE: &str = "history.state";
/// What stands there when the history is not wanted.
const LEFT_OUT: &str = "left out";
/// Where the graph keeps how many commits have changes that nobody knows.
const UNKNOWN: &str = "history.unknown";

/// Whether commits are indexed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistoryOption {
    /// As the graph there has it; they are when there is none.
    #[default]
    Keep,
    /// They are.
    Read,
    /// They are not, until a build asks for them.
    LeaveOut,
}

/// The history of the project as it is now, not yet read.
#[derive(Default)]
pub(crate) struct Past {
    history: Option<GitHistory>,
    /// Everything that decides what a walk gives: the head, and the settings of the repository. `None` when that cannot be
    /// told.
    state: Option<State>,
    /// Why the history cannot be read, for people.
    pub(crate) note: Option<String>,
}

/// What decides the rows of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// `None` without a repository or a commit.
    head: Option<CommitId>,
    /// The mailmap, replaced commits and the boundary of a shallow clone, as a hash; `None` without a repository.
    settings: Option<String>,
    /// Nobody wants it to be read; the rest is empty.
    is_left_out: bool,
}

/// A history that was read.
pub(crate) struct ReadPast {
    pub(crate) rows: HistoryRows,
    /// What the graph says of itself from then on.
    pub(crate) meta: [(&'static str, String); 3],
}

/// Whether the history was not wanted when the graph was made.
pub(crate) fn is_left_out(graph: &GraphFile) -> Result<bool, StoreError> {
    Ok(graph.meta(STATE)?.as_deref() == Some(LEFT_OUT))
}

impl State {
    fn text(&self) -> String {
        if self.is_left_out {
            return LEFT_OUT.to_owned();
        }
        let head = self
            .head
            .map_or_else(|| "unborn".to_owned(), |head| head.to_string());
        match &self.settings {
            Some(settings) => format!("{HISTORY_VERSION} {head}\n{settings}"),
            None => "none".to_owned(),
        }
    }

    /// The head of the history that `text` describes, if nothing but the head has changed since.
    fn head_before(&self, text: &str) -> Option<CommitId> {
        let (version, rest) = text.split_once(' ')?;
        let (head, settings) = rest.split_once('\n')?;
        let is_comparable =
            version == HISTORY_VERSION && self.settings.as_deref() == Some(settings);
        is_comparable.then(|| CommitId::from_hex(head)).flatten()
    }

    fn meta(&self, unknown: usize) -> [(&'static str, String); 3] {
        let head = self.head.map_or_else(String::new, |head| head.to_string());
        [
            ("head", head),
            (STATE, self.text()),
            (UNKNOWN, unknown.to_string()),
        ]
    }
}

impl Past {
    /// Looks at the head and the settings. A history that cannot be read is no failure.
    pub(crate) fn look(job: &Job<'_>) -> Past {
        let is_left_out = match job.history {
            HistoryOption::Read => false,
            HistoryOption::LeaveOut => true,
            HistoryOption::Keep => {
                let graph = GraphFile::open(job.graph);
                graph.and_then(|graph| is_left_out(&graph)).unwrap_or(false)
            }
        };
        let history = match (job.open_history)(job.root) {
            Ok(history) => history,
            Err(HistoryError::NotARepository { .. }) => {
                return Past {
                    state: Some(State {
                        is_left_out,
                        ..State::default()
                    }),
                    ..Past::default()
                };
            }
            Err(error) => return Past::unreadable(&error),
        };
        if is_left_out {
            return Past {
                history: Some(history),
                state: Some(State {
                    is_left_out,
                    ..State::default()
                }),
                note: None,
            };
        }
        match state_of(&history) {
            Ok(state) => Past {
                history: Some(history),
                state: Some(state),
                note: None,
            },
            Err(error) => Past {
                history: Some(history),
                ..Past::unreadable(&error)
            },
        }
    }

    /// The repository of the tree.
    pub(crate) fn git(&self) -> Option<&GitHistory> {
        self.history.as_ref()
    }

    fn unreadable(error: &HistoryError) -> Past {
        Past {
            note: Some(with_causes(error)),
            ..Past::default()
        }
    }

    /// Whether a graph that says this of its history has another one. What cannot be read changes nothing.
    pub(crate) fn differs(&self, known: Option<&str>) -> bool {
        self.state
            .as_ref()
            .is_some_and(|state| known != Some(state.text().as_str()))
    }

    /// Reads all of it; `None` when it cannot be read, and a note says why.
    pub(crate) fn read(&mut self, job: &Job<'_>) -> Result<Option<ReadPast>, BuildError> {
        let Some(state) = self.state.clone() else {
            return Ok(None);
        };
        match self.walk(job, None)? {
            Ok((collector, summary)) => Ok(Some(ReadPast {
                rows: collector.finish(),
                meta: State {
                    head: summary.head,
                    ..state
                }
                .meta(summary.unknown),
            })),
            Err(error) => {
                self.note = Some(with_causes(&error));
                Ok(None)
            }
        }
    }

    /// Reads the whole history and closes the repository.
    pub(crate) fn read_once(&mut self, job: &Job<'_>) -> Result<Option<ReadPast>, BuildError> {
        let read = self.read(job);
        self.history = None;
        read
    }

    /// Makes the history of the graph what it is now. False when it cannot be read; the graph keeps the one it has.
    pub(crate) fn bring_up(
        &mut self,
        job: &Job<'_>,
        update: &Update<'_>,
    ) -> Result<bool, BuildError> {
        let meta = match self.add_new(job, update)? {
            Some(meta) => meta,
            None => match self.read(job)? {
                Some(past) => {
                    update.replace_history(&past.rows)?;
                    past.meta
                }
                None => return Ok(false),
            },
        };
        let meta: Vec<(&str, &str)> = meta
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        update.set_meta(&meta)?;
        Ok(true)
    }

    /// Adds the commits that are new, if that gives what reading all of them would; `None` if it may not.
    fn add_new(
        &mut self,
        job: &Job<'_>,
        update: &Update<'_>,
    ) -> Result<Option<[(&'static str, String); 3]>, BuildError> {
        let known = update.meta(STATE)?.unwrap_or_default();
        let (Some(state), Some(history)) = (self.state.clone(), &self.history) else {
            return Ok(None);
        };
        let Some(before) = state.head_before(&known) else {
            return Ok(None);
        };
        // What was unknown or not there to compare may have been fetched since.
        if update.meta(UNKNOWN)?.as_deref() != Some("0") || history.is_partial() {
            return Ok(None);
        }
        let failed = std::cell::Cell::new(None);
        let order_of = |id: &CommitId| match update.commit_position(&id.0) {
            Ok(order) => order,
            Err(error) => {
                failed.set(Some(error));
                None
            }
        };
        let walked = self.walk(
            job,
            Some(Indexed {
                head: before,
                order_of: &order_of,
            }),
        )?;
        if let Some(error) = failed.take() {
            return Err(error.into());
        }
        let Ok((collector, summary)) = walked else {
            return Ok(None);
        };
        if summary.unknown > 0 || !summary.extends_line || !old_names_stay(&collector, update)? {
            return Ok(None);
        }
        let rows = collector.finish();
        update.add_history(&rows, LINE_COUNTS)?;
        for row in &rows.stats {
            let path = &rows.paths[row.path as usize];
            let mut stats = FileStats::new();
            for commit in update.commits_of(path)? {
                stats.add(commit.time, commit.author, commit.is_fix);
            }
            update.grow_stats(path, &stat_row(row.path, &stats, row.weight))?;
        }
        Ok(Some(
            State {
                head: summary.head,
                ..state
            }
            .meta(0),
        ))
    }

    /// Collects all commits, or those that are not indexed. The inner error is one of the repository.
    fn walk(
        &self,
        job: &Job<'_>,
        indexed: Option<Indexed<'_>>,
    ) -> Result<Result<(Collector, WalkSummary), HistoryError>, BuildError> {
        let mut collector = Collector::default();
        let is_left_out = self.state.as_ref().is_some_and(|state| state.is_left_out);
        let Some(history) = self.history.as_ref().filter(|_| !is_left_out) else {
            return Ok(Ok((collector, WalkSummary::default())));
        };
        let options = WalkOptions {
            indexed,
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
        Ok(walked.map(|summary| (collector, summary)))
    }
}

/// Whether all commits that are known keep their names when new ones are added. Commits are named newest first; what
/// comes before a commit in that order are the renames after it.
fn old_names_stay(new: &Collector, update: &Update<'_>) -> Result<bool, StoreError> {
    let Some(oldest) = new.rows.commits.last() else {
        return Ok(true);
    };
    let (is_mixed, renames_after) = update.has_newer(oldest.position, &oldest.hash)?;
    // Where new and known commits are mixed, as after a merge, no rename may stand between them on either side.
    Ok(if is_mixed {
        new.rows.renames.is_empty() && !renames_after
    } else {
        new.names.is_empty()
    })
}

fn state_of(history: &GitHistory) -> Result<State, HistoryError> {
    Ok(State {
        head: history.head()?,
        settings: Some(digest(&history.settings()?)),
        is_left_out: false,
    })
}

/// A text that stands for settings: whoever looks up anything that the graph says of itself passes what it says of its history,
/// and the mailmap of a large project has thousands of lines.
fn digest(settings: &str) -> String {
    blake3::hash(settings.as_bytes()).to_hex().to_string()
}

fn stat_row(path: u32, stats: &FileStats, weight: i64) -> StatRow {
    StatRow {
        path,
        revisions: stats.revisions,
        weight,
        fixes: stats.fixes,
        times: (stats.first_time, stats.last_time),
        authors: stats.authors() as u32,
        top_share: stats.top_share_thousandths(),
    }
}

/// A key that is the larger the newer a commit is, of its place in the order of newest first.
fn commit_key(commit: u32) -> u64 {
    u64::from(u32::MAX - commit)
}

/// The place that a key was made of.
fn commit_of(key: u64) -> u32 {
    u32::MAX - u32::try_from(key).expect("keys are made of places")
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
    tickets: HashMap<Ticket, u32>,
}

impl Collector {
    fn add(&mut self, record: CommitRecord) {
        let author = self.person(record.author.name, record.author.email);
        let commit = self.rows.commits.len() as u32;
        let pull = record.pull.map(|pull| self.pull(commit, pull));
        for mention in record.mentions {
            self.mention(commit, mention);
        }
        for person in record.co_authors {
            let person = self.person(person.name, person.email);
            self.rows.co_authors.push((commit, person));
        }
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
            let row = ChangeRow {
                path,
                commit,
                status: change.status.number(),
                lines: change.lines.map(|lines| (lines.added, lines.deleted)),
                before: change.before.map(|content| content.0),
                content: change.content.map(|content| content.0),
            };
            match changed.entry(path) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                }
                Entry::Occupied(mut entry) => {
                    let row = entry.get_mut();
                    (row.before, row.content) = (None, None);
                }
            }
        }
        for (path, content) in &record.merged {
            let name = self.names.name(path).to_owned();
            let path = self.path(&name);
            changed.entry(path).or_insert(ChangeRow {
                path,
                commit,
                status: MERGED,
                lines: None,
                before: None,
                content: content.map(|content| content.0),
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
                .add(commit_key(commit), record.time, &sources, all);
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
            pull,
        });
    }

    /// Commits come newest first: of those that merged a pull request by their own words the last one stays.
    fn pull(&mut self, commit: u32, pull: Pull) -> (u32, MentionSource) {
        let at = self.ticket(pull.ticket);
        let row = &mut self.rows.tickets[at as usize];
        row.is_pull_request = true;
        if pull.source != MentionSource::Branch {
            row.said_by = Some(commit);
            row.title = pull.title;
        }
        (at, pull.source)
    }

    fn mention(&mut self, commit: u32, mention: Mention) {
        let ticket = self.ticket(mention.ticket);
        self.rows.tickets[ticket as usize].is_pull_request |= mention.is_pull_request;
        self.rows.mentions.push(MentionRow {
            ticket,
            commit,
            kind: mention.kind,
            source: mention.source,
        });
    }

    fn ticket(&mut self, ticket: Ticket) -> u32 {
        let next = self.rows.tickets.len() as u32;
        let rows = &mut self.rows.tickets;
        *self.tickets.entry(ticket).or_insert_with_key(|ticket| {
            rows.push(TicketRow {
                sign: ticket.sign.clone().into_owned(),
                number: ticket.number,
                is_pull_request: false,
                said_by: None,
                title: None,
            });
            next
        })
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
        for mention in &mut self.rows.mentions {
            mention.commit = last - mention.commit;
        }
        for co_author in &mut self.rows.co_authors {
            co_author.0 = last - co_author.0;
        }
        for ticket in &mut self.rows.tickets {
            ticket.said_by = ticket.said_by.map(|commit| last - commit);
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
            .map(|(path, stats)| stat_row(*path, stats, weights.get(path).copied().unwrap_or(0)))
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
                    last: last - commit_of(sum.last),
                }
            })
            .collect();
        self.rows
    }
}

//! Why lines are as they are: from lines to the commits that wrote them, and from those to what people said.

mod blame;
mod decisions;
mod lines;
mod report;
mod teller;
mod tracker;

use std::collections::BTreeMap;
use std::path::Path;

use arc_graph::{MentionSource, NodeKind};
use arc_history::{CommitId, CommitKind, GitHistory, HistoryError, same_lines};
use arc_store::{GraphFile, StoreError, file_flag};
use arc_trail::{CodeWords, Quote, Role, Step};

pub use self::decisions::{DecisionTie, ToldDecision};
pub(crate) use self::report::{TicketReport, ticket_report};
pub use self::report::{WhyReport, line_ranges};
pub(crate) use self::teller::told_ticket;

use self::blame::{Blame, is_ignored};
use self::decisions::tell_decisions;
use self::lines::{Asked, find_lines};
use self::teller::Teller;
use self::tracker::WrittenLine;
use crate::ask::AskError;
use crate::read_file::read_source;
use crate::target::Target;
use crate::touches::Trails;

/// Commits whose messages are read for one answer.
const MAX_TOLD: usize = 200;

/// Why there is no trail.
#[derive(Debug, thiserror::Error)]
pub enum WhyError {
    /// The target is not found, or the graph cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Git has nothing to say.
    #[error("there is no history to read: {why}")]
    NoHistory {
        /// Why.
        why: String,
    },
    /// The target has no lines.
    #[error("{path} {why}")]
    NoLines {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

impl From<StoreError> for WhyError {
    fn from(error: StoreError) -> WhyError {
        WhyError::Ask(AskError::Store(error))
    }
}

/// How much to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct WhyOptions {
    /// Steps; 0 for all.
    pub max: usize,
    /// Only commits from then on, seconds since 1970.
    pub since: Option<i64>,
}

/// A pull request or an issue of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldTicket {
    /// As people write it: `#12`.
    pub name: String,
    /// The number.
    pub number: u32,
    /// The title, as far as git knows.
    pub title: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Where it was read.
    pub source: MentionSource,
}

/// One commit of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldStep {
    /// What it is to the lines.
    pub role: Role,
    /// The lines of the target, as they are now.
    pub lines: Vec<u32>,
    /// The commit.
    pub commit: CommitId,
    /// Committed, seconds since 1970.
    pub time: i64,
    /// The name of the author.
    pub author: String,
    /// First line of the message.
    pub subject: String,
    /// Its kind.
    pub kind: CommitKind,
    /// Its page.
    pub url: Option<String>,
    /// The pull request it came in with.
    pub pull_request: Option<ToldTicket>,
    /// Issues that it or its pull request settles or names, settled ones first.
    pub issues: Vec<ToldTicket>,
    /// The decisions behind it, closest first.
    pub decisions: Vec<ToldDecision>,
    /// The sentence that says why.
    pub quote: Option<Quote>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct WhyAnswer {
    /// What was asked about.
    pub target: Target,
    /// First and last line; `None` for a whole file.
    pub lines: Option<(u32, u32)>,
    /// The steps, best first.
    pub steps: Vec<ToldStep>,
    /// How many there are.
    pub total: usize,
    /// Lines of the target that are in no commit.
    pub uncommitted: Vec<u32>,
    /// The lines around them that were asked about instead.
    pub surroundings: bool,
    /// The clone is shallow and its boundary was met.
    pub is_cut: bool,
}

/// Finds out why `text`, a line, a range of lines, a symbol or a file, is as it is.
///
/// # Errors
/// When the target is not there, has no lines or no history, or the graph cannot be read.
pub fn ask_why(
    graph: &GraphFile,
    root: &Path,
    (prefix, text): (&str, &str),
    options: &WhyOptions,
) -> Result<WhyAnswer, WhyError> {
    let (target, lines) = find_lines(graph, prefix, text)?;
    let history = GitHistory::open(root).map_err(no_history)?;
    let teller = Teller {
        graph,
        pages: history.pages(),
        history: &history,
    };
    let mut trail = trail_of(&teller, root, &target, lines)?;
    if let Some(since) = options.since {
        teller.keep_since(&mut trail.steps, since)?;
    }
    let total = trail.steps.len();
    if options.max > 0 {
        trail.steps.truncate(options.max);
    }
    trail.steps.truncate(MAX_TOLD);
    let mut about = CodeWords::default();
    about.add(&target.node.qualified_name);
    about.add(&trail.path);
    for line in trail.written.values().flatten() {
        about.add(&line.text);
    }
    let mut steps = Vec::with_capacity(trail.steps.len());
    for step in &trail.steps {
        let lines = trail.written.get(&step.commit);
        let lines = lines.map_or(&[][..], Vec::as_slice);
        steps.push(teller.tell(step, lines, &about)?);
    }
    tell_decisions(graph, root, &history, &trail.path, &mut steps)?;
    Ok(WhyAnswer {
        target,
        lines: trail.lines,
        steps,
        total,
        uncommitted: trail.uncommitted,
        surroundings: trail.surroundings,
        is_cut: trail.is_cut,
    })
}

/// A commit that wrote some lines, for those who count and do not ask why.
pub(crate) struct LineWork {
    /// The lines, ascending.
    pub(crate) lines: Vec<u32>,
    /// The commit.
    pub(crate) commit: CommitId,
    /// Committed, seconds since 1970.
    pub(crate) time: i64,
    /// The name of the author.
    pub(crate) author: String,
}

/// The commits that wrote the present lines of `text`.
pub(crate) fn line_work(
    graph: &GraphFile,
    root: &Path,
    text: &str,
    since: Option<i64>,
) -> Result<Vec<LineWork>, WhyError> {
    let (target, lines) = find_lines(graph, "", text)?;
    let history = GitHistory::open(root).map_err(no_history)?;
    let teller = Teller {
        graph,
        pages: None,
        history: &history,
    };
    let mut steps = trail_of(&teller, root, &target, lines)?.steps;
    steps.retain(|step| matches!(step.role, Role::Introduced | Role::Changed));
    let mut work = Vec::with_capacity(steps.len());
    for step in steps {
        let (time, author) = teller.made(&step.commit)?;
        if since.is_none_or(|since| time >= since) {
            work.push(LineWork {
                lines: step.lines,
                commit: step.commit,
                time,
                author,
            });
        }
    }
    Ok(work)
}

/// The steps behind the lines of a question, before anything is told of them.
struct LineTrail {
    path: String,
    lines: Option<(u32, u32)>,
    steps: Vec<Step<CommitId>>,
    /// The lines that each commit wrote.
    written: BTreeMap<CommitId, Vec<WrittenLine>>,
    uncommitted: Vec<u32>,
    surroundings: bool,
    is_cut: bool,
}

fn trail_of(
    teller: &Teller<'_>,
    root: &Path,
    target: &Target,
    lines: Option<(u32, u32)>,
) -> Result<LineTrail, WhyError> {
    let (graph, history) = (teller.graph, teller.history);
    let Some(path) = target.node.path.clone() else {
        return Err(WhyError::NoLines {
            path: target.node.qualified_name.clone(),
            why: "is outside of the project".to_owned(),
        });
    };
    let head = indexed_head(graph, history)?;
    let now = read_now(graph, root, &path)?;
    let asked = Asked::new(&now, lines, &path)?;
    let trails = Trails::new(graph);
    let ignored = blame::ignored_revisions(root);
    let trail = |path: &str| trails.of(path, &|touch| is_ignored(touch, &ignored));
    let mut lineage = history.lineage(&trail).map_err(no_history)?;
    let committed = lineage.text_at(&head, &path);
    let same = same_lines(committed.as_ref().map_or(&[][..], |text| text), &now);
    let (at_head, uncommitted, surroundings) = asked.at_head(&same);
    let mut blame = Blame::new(&mut lineage, &asked, at_head);
    blame.read(&head, &path);
    if target.line.is_none() && target.node.kind != NodeKind::File {
        blame.follow(&head, &target.node, (&path, &now));
    }
    let (shares, written, is_cut) = (blame.shares(), blame.written(), blame.is_cut());
    trails.check()?;
    Ok(LineTrail {
        steps: teller.rank(&shares)?,
        lines: asked.shown(),
        path,
        written,
        uncommitted,
        surroundings,
        is_cut,
    })
}

/// The commit that the graph speaks of.
pub(crate) fn indexed_head(graph: &GraphFile, history: &GitHistory) -> Result<CommitId, WhyError> {
    let head = match graph.meta("head")?.as_deref().and_then(CommitId::from_hex) {
        Some(head) => Some(head),
        None => history.head().map_err(no_history)?,
    };
    head.ok_or_else(|| WhyError::NoHistory {
        why: "there are no commits yet".to_owned(),
    })
}

pub(crate) fn no_history(error: HistoryError) -> WhyError {
    WhyError::NoHistory {
        why: error.to_string(),
    }
}

/// The content of a file that has lines.
fn read_now(graph: &GraphFile, root: &Path, path: &str) -> Result<Vec<u8>, WhyError> {
    let no_lines = |why: String| WhyError::NoLines {
        path: path.to_owned(),
        why,
    };
    let now = read_source(&root.join(path))
        .map_err(|error| no_lines(format!("cannot be read: {error}")))?;
    let known = graph.file(path)?;
    let is_binary = known.is_some_and(|file| file.row.flags & file_flag::BINARY != 0);
    if is_binary || now[..now.len().min(8_000)].contains(&0) {
        return Err(no_lines("is binary: it has no lines".to_owned()));
    }
    Ok(now)
}

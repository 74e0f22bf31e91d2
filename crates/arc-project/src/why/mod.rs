//! Why lines are as they are: from lines to the commits that wrote them, and from those to what people said.

mod decisions;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{MentionKind, MentionSource, NodeKind};
use arc_history::{
    BlameRequest, CommitId, CommitKind, CommitText, GitHistory, HistoryError, Origin, Pages, Since,
    mentions, same_lines,
};
use arc_store::{GraphFile, StoreError, TicketRecord, TouchRecord, file_flag};
use arc_trail::{Quote, QuoteSource, Role, Said, Share, Step, StepFacts, find_reason, rank_steps};

pub use self::decisions::{DecisionTie, ToldDecision};
pub(crate) use self::report::{TicketReport, ticket_report};
pub use self::report::{WhyReport, line_ranges};

use self::decisions::tell_decisions;
use crate::ask::AskError;
use crate::target::{Target, find_target};
use crate::touches::Trails;

/// Lines of one question.
const MAX_LINES: usize = 50_000;
/// Lines around those of a question that are followed with them.
const CONTEXT: u32 = 8;
/// Versions of a line before the present one that are told.
const MAX_EARLIER: usize = 2;
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
    let Some(path) = target.node.path.clone() else {
        return Err(WhyError::NoLines {
            path: target.node.qualified_name,
            why: "is outside of the project".to_owned(),
        });
    };
    let history = GitHistory::open(root).map_err(no_history)?;
    let head = match graph.meta("head")? {
        Some(head) if !head.is_empty() => CommitId::from_hex(&head),
        _ => history.head().map_err(no_history)?,
    };
    let head = head.ok_or_else(|| WhyError::NoHistory {
        why: "there are no commits yet".to_owned(),
    })?;
    let now = std::fs::read(root.join(&path)).map_err(|error| WhyError::NoLines {
        path: path.clone(),
        why: format!("cannot be read: {error}"),
    })?;
    if now[..now.len().min(8_000)].contains(&0) || is_binary(graph, &path)? {
        return Err(WhyError::NoLines {
            path,
            why: "is binary: it has no lines".to_owned(),
        });
    }
    let asked = Asked::new(&now, lines, &path)?;
    let committed = history.file_at(&head, &path).unwrap_or_default();
    let (at_head, uncommitted, surroundings) = asked.at_head(&same_lines(&committed, &now));
    let teller = Teller {
        graph,
        pages: history.pages(),
        ignored: ignored_revisions(root),
        history,
    };
    let numbers = with_context(&at_head);
    let mut origins = teller.blame(&head, &path, &numbers, None)?;
    origins.retain(|origin| at_head.contains_key(&origin.line));
    let is_cut = origins.iter().any(|origin| origin.is_boundary);
    let mut shares = Vec::new();
    for origin in &origins {
        let line = at_head[&origin.line];
        shares.extend(shares_of(origin, line, asked.weight(line)));
    }
    if let [origin] = origins.as_slice() {
        shares.extend(teller.earlier(origin, at_head[&origin.line])?);
    }
    let steps = teller.rank(&shares)?;
    let mut told = Vec::new();
    for step in &steps {
        let step_time = teller.time(&step.commit)?;
        if options.since.is_some_and(|since| step_time < since) {
            continue;
        }
        told.push(step);
    }
    let total = told.len();
    if options.max > 0 {
        told.truncate(options.max);
    }
    told.truncate(MAX_TOLD);
    let mut steps = told
        .into_iter()
        .map(|step| teller.tell(step))
        .collect::<Result<Vec<_>, _>>()?;
    tell_decisions(graph, root, &teller.history, &path, &mut steps)?;
    Ok(WhyAnswer {
        target,
        lines: asked.shown(),
        steps,
        total,
        uncommitted,
        surroundings,
        is_cut,
    })
}

/// The lines and some around each: a line that was moved together with others is known by them.
fn with_context(lines: &BTreeMap<u32, u32>) -> Vec<u32> {
    let around = |line: &u32| line.saturating_sub(CONTEXT).max(1)..=line.saturating_add(CONTEXT);
    let numbers: BTreeSet<u32> = lines.keys().flat_map(around).collect();
    numbers.into_iter().collect()
}

pub(crate) fn no_history(error: HistoryError) -> WhyError {
    WhyError::NoHistory {
        why: error.to_string(),
    }
}

fn is_binary(graph: &GraphFile, path: &str) -> Result<bool, StoreError> {
    Ok(graph
        .file(path)?
        .is_some_and(|file| file.row.flags & file_flag::BINARY != 0))
}

/// The target, and the lines it means; `None` for all of a file.
fn find_lines(
    graph: &GraphFile,
    prefix: &str,
    text: &str,
) -> Result<(Target, Option<(u32, u32)>), AskError> {
    if let Some((path, first, last)) = range_of(text) {
        let mut target = find_target(graph, prefix, path)?;
        target.line = Some(first);
        return Ok((target, Some((first, last))));
    }
    let target = find_target(graph, prefix, text)?;
    let lines = match (target.line, target.node.kind) {
        (Some(line), _) => Some((line, line)),
        (None, NodeKind::File) => None,
        (None, _) => Some((target.node.line, target.node.end_line.max(target.node.line))),
    };
    Ok((target, lines))
}

/// `path:10-20`.
fn range_of(text: &str) -> Option<(&str, u32, u32)> {
    let (path, range) = text.rsplit_once(':')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    Some((path, first, last))
}

/// The lines of a question, as they are in the file now.
struct Asked<'a> {
    lines: Vec<&'a [u8]>,
    first: u32,
    last: u32,
    is_whole: bool,
}

impl<'a> Asked<'a> {
    fn new(now: &'a [u8], lines: Option<(u32, u32)>, path: &str) -> Result<Asked<'a>, WhyError> {
        let is_whole = lines.is_none();
        let no_lines = |why: String| WhyError::NoLines {
            path: path.to_owned(),
            why,
        };
        let all: Vec<&[u8]> = now
            .split_inclusive(|&byte| byte == b'\n')
            .take(MAX_LINES)
            .collect();
        let count = all.len() as u32;
        let (first, last) = lines.unwrap_or((1, count));
        if count == 0 {
            return Err(no_lines("is empty: it has no lines".to_owned()));
        }
        if first == 0 || first > last || first > count {
            let end = if count == 1 {
                "1 line".to_owned()
            } else {
                format!("{count} lines")
            };
            let asked = if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            };
            return Err(no_lines(format!("has {end}; {asked} is not among them")));
        }
        Ok(Asked {
            lines: all,
            first,
            last: last.min(count),
            is_whole,
        })
    }

    fn shown(&self) -> Option<(u32, u32)> {
        (!self.is_whole).then_some((self.first, self.last))
    }

    /// How much a line says.
    fn weight(&self, line: u32) -> usize {
        self.lines[line as usize - 1]
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80)
            .count()
    }

    /// The lines at the head by number, each with its number now; the lines that are not committed; and whether the lines
    /// around those were taken instead, because there are no others.
    fn at_head(&self, same: &[Option<u32>]) -> (BTreeMap<u32, u32>, Vec<u32>, bool) {
        let number_at_head = |line: u32| {
            same.get(line as usize - 1)
                .copied()
                .flatten()
                .map(|at| at + 1)
        };
        let mut found = BTreeMap::new();
        let mut uncommitted = Vec::new();
        for line in self.first..=self.last {
            match number_at_head(line) {
                Some(at) => {
                    found.insert(at, line);
                }
                None => uncommitted.push(line),
            }
        }
        let count = self.lines.len() as u32;
        let around = found.is_empty();
        if around {
            let before = (1..self.first)
                .rev()
                .find_map(|line| Some((number_at_head(line)?, line)));
            let after =
                (self.last + 1..=count).find_map(|line| Some((number_at_head(line)?, line)));
            found.extend(before);
            found.extend(after);
        }
        (found, uncommitted, around)
    }
}

/// What an origin means for a line.
fn shares_of(origin: &Origin, line: u32, weight: usize) -> Vec<Share<CommitId>> {
    let mut shares = vec![Share {
        commit: origin.commit,
        role: Role::Introduced,
        line,
        weight,
    }];
    for (commit, since) in &origin.since {
        let role = match since {
            Since::Moved => Role::Moved,
            Since::Formatted => Role::Formatted,
            Since::Restored => Role::Restored,
        };
        shares.push(Share {
            commit: *commit,
            role,
            line,
            weight,
        });
    }
    shares
}

/// The commits that `.git-blame-ignore-revs` lists.
fn ignored_revisions(root: &Path) -> BTreeSet<CommitId> {
    let text = std::fs::read(root.join(".git-blame-ignore-revs")).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| CommitId::from_hex(line.split('#').next().unwrap_or("").trim()))
        .collect()
}

/// Looks commits up and tells what is known of them.
struct Teller<'a> {
    graph: &'a GraphFile,
    history: GitHistory,
    pages: Option<Pages>,
    ignored: BTreeSet<CommitId>,
}

impl Teller<'_> {
    /// Blames lines of `path` at `head`; `also_ignored` is looked through as well.
    fn blame(
        &self,
        head: &CommitId,
        path: &str,
        lines: &[u32],
        also_ignored: Option<CommitId>,
    ) -> Result<Vec<Origin>, WhyError> {
        let trails = Trails::new(self.graph);
        let is_ignored = |touch: &TouchRecord| {
            let commit = CommitId(touch.hash);
            CommitKind::from_number(touch.kind) == Some(CommitKind::Format)
                || self.ignored.contains(&commit)
                || also_ignored == Some(commit)
        };
        let request = BlameRequest {
            head: *head,
            path,
            lines,
            trail: &|path| trails.of(path, &is_ignored),
            follows_moves: true,
            by_meaning: true,
        };
        let origins = self.history.blame(&request).map_err(no_history)?;
        trails.check()?;
        Ok(origins)
    }

    /// What stood in place of a line before the commit that wrote it.
    fn earlier(&self, origin: &Origin, line: u32) -> Result<Vec<Share<CommitId>>, WhyError> {
        let mut shares: Vec<Share<CommitId>> = Vec::new();
        let mut at = origin.clone();
        for _ in 0..MAX_EARLIER {
            let before = self.blame(&at.commit, &at.path, &[at.line_there], Some(at.commit))?;
            let Some(before) = before
                .into_iter()
                .next()
                .filter(|before| before.commit != at.commit)
            else {
                break;
            };
            shares.push(Share {
                commit: before.commit,
                role: Role::Earlier,
                line,
                weight: 0,
            });
            at = before;
        }
        Ok(shares)
    }

    fn rank(&self, shares: &[Share<CommitId>]) -> Result<Vec<Step<CommitId>>, WhyError> {
        let commits: BTreeSet<CommitId> = shares.iter().map(|share| share.commit).collect();
        let mut facts = BTreeMap::new();
        for commit in commits {
            let known = self.graph.commit(&commit.0)?;
            let kind = known
                .as_ref()
                .and_then(|known| CommitKind::from_number(known.kind));
            let is_deliberate = match kind {
                Some(CommitKind::Normal | CommitKind::Revert | CommitKind::Merge) | None => true,
                Some(
                    CommitKind::Bot | CommitKind::Format | CommitKind::Bump | CommitKind::Release,
                ) => false,
            };
            let order = known.map_or(0, |known| known.position);
            facts.insert(
                commit,
                StepFacts {
                    order,
                    is_deliberate,
                },
            );
        }
        Ok(rank_steps(shares, &|commit| facts[commit]))
    }

    fn time(&self, commit: &CommitId) -> Result<i64, WhyError> {
        let known = self.graph.commit(&commit.0)?.map(|known| known.time);
        Ok(known
            .or_else(|| self.history.message(commit).map(|text| text.time))
            .unwrap_or(0))
    }

    fn tell(&self, step: &Step<CommitId>) -> Result<ToldStep, WhyError> {
        let known = self.graph.commit(&step.commit.0)?;
        let text = self.history.message(&step.commit);
        let pull = known.as_ref().and_then(|known| known.pull.clone());
        let merge = pull
            .as_ref()
            .and_then(|(ticket, _)| ticket.said_by)
            .filter(|hash| *hash != step.commit.0)
            .and_then(|hash| self.history.message(&CommitId(hash)));
        let id = step.commit.to_string();
        let quote = self.quote(
            &id,
            text.as_ref(),
            pull.as_ref().map(|(ticket, _)| ticket).zip(merge.as_ref()),
        );
        let issues = self.issues(
            text.as_ref(),
            merge.as_ref(),
            pull.as_ref().map(|(ticket, _)| ticket),
        )?;
        Ok(ToldStep {
            role: step.role,
            lines: step.lines.clone(),
            commit: step.commit,
            time: known.as_ref().map_or_else(
                || text.as_ref().map_or(0, |text| text.time),
                |known| known.time,
            ),
            author: known
                .as_ref()
                .map(|known| known.author.clone())
                .or_else(|| text.as_ref().map(|text| text.author.name.clone()))
                .unwrap_or_default(),
            subject: known
                .as_ref()
                .map(|known| known.subject.clone())
                .or_else(|| text.as_ref().map(|text| text.subject.clone()))
                .unwrap_or_default(),
            kind: known
                .and_then(|known| CommitKind::from_number(known.kind))
                .unwrap_or(CommitKind::Normal),
            url: self.pages.as_ref().map(|pages| pages.commit(&id)),
            pull_request: pull
                .map(|(ticket, source)| told_ticket(self.pages.as_ref(), ticket, true, source)),
            issues,
            decisions: Vec::new(),
            quote,
        })
    }

    fn quote(
        &self,
        id: &str,
        text: Option<&CommitText>,
        merge: Option<(&TicketRecord, &CommitText)>,
    ) -> Option<Quote> {
        let mut said = Vec::new();
        if let Some(text) = text {
            said.push(Said {
                source: QuoteSource::Commit,
                at: id.to_owned(),
                title: &text.subject,
                body: &text.body,
            });
        }
        if let Some((ticket, merge)) = merge {
            let (title, body) = merge.body.split_once('\n').unwrap_or((&merge.body, ""));
            let title = if ticket.title.as_deref() == Some(title.trim()) {
                title
            } else {
                ""
            };
            let body = if title.is_empty() {
                merge.body.as_str()
            } else {
                body
            };
            said.push(Said {
                source: QuoteSource::PullRequest,
                at: name_of(ticket),
                title,
                body,
            });
        }
        find_reason(&said)
    }

    /// Issues that the commit and the merge of its pull request name.
    fn issues(
        &self,
        text: Option<&CommitText>,
        merge: Option<&CommitText>,
        pull: Option<&TicketRecord>,
    ) -> Result<Vec<ToldTicket>, WhyError> {
        let mut named = Vec::new();
        for text in [text, merge].into_iter().flatten() {
            named.extend(mentions(&text.subject, &text.body, text.is_merge).others);
        }
        named.sort_by_key(|mention| mention.kind != MentionKind::Closes);
        let mut issues: Vec<ToldTicket> = Vec::new();
        for mention in named {
            let ticket = &mention.ticket;
            let sign = self
                .pages
                .as_ref()
                .map_or(&*ticket.sign, |pages| pages.own_sign(&ticket.sign));
            let known = self.graph.ticket(sign, ticket.number)?;
            let is_issue = known.as_ref().map_or(!mention.is_pull_request, |known| {
                known.kind == NodeKind::Issue
            });
            let is_own = pull.is_some_and(|pull| pull.sign == sign && pull.number == ticket.number);
            let record = known.unwrap_or_else(|| TicketRecord {
                sign: sign.to_owned(),
                number: ticket.number,
                kind: NodeKind::Issue,
                title: None,
                said_by: None,
            });
            let name = name_of(&record);
            if is_issue && !is_own && !issues.iter().any(|issue| issue.name == name) {
                issues.push(told_ticket(
                    self.pages.as_ref(),
                    record,
                    false,
                    mention.source,
                ));
            }
        }
        Ok(issues)
    }
}

/// What is known of a ticket, with its page.
pub(crate) fn told_ticket(
    pages: Option<&Pages>,
    ticket: TicketRecord,
    is_pull_request: bool,
    source: MentionSource,
) -> ToldTicket {
    ToldTicket {
        name: name_of(&ticket),
        number: ticket.number,
        url: pages.and_then(|pages| pages.ticket(&ticket.sign, ticket.number, is_pull_request)),
        title: ticket.title,
        source,
    }
}

/// `#12`, as people write it.
fn name_of(ticket: &TicketRecord) -> String {
    if ticket.number == 0 {
        ticket.sign.clone()
    } else {
        format!("{}{}", ticket.sign, ticket.number)
    }
}

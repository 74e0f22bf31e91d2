//! What became of a file or a symbol from its first commit on: created, renamed, moved, changed, deleted.
//!
//! A file is told from the commits that the graph has of it. A symbol is followed from version to version, and only versions
//! of its file are read; a version that holds the same lines of it is not parsed.

mod added;
mod anchor;
mod elsewhere;
mod event;
mod file;
mod follow;
mod gone;
mod heading;
mod names;
mod parameters;
mod report;
mod story;
mod successor;
#[cfg(test)]
mod ways;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use arc_graph::{NodeKind, NodeRecord};
use arc_history::{CommitId, GitHistory, Lineage, Pages};
use arc_store::GraphFile;

pub use self::event::EventKind;
pub use self::parameters::{Parameter, PastParameters, Takes, ask_parameters};
pub use self::report::HistoryReport;
pub(crate) use self::story::{Passage, Story, story};
pub use self::successor::{Successor, SuccessorStep, ask_renamed_file, ask_successors};

use self::event::{Event, Place};
use self::follow::{Followed, Found, follow, read_definitions, symbol_at};
use self::gone::{Gone, gone_symbol};
use self::names::Names;
use crate::ask::AskError;
use crate::changes::text_of;
use crate::people::People;
use crate::read_file::read_source;
use crate::target::{find_target, joined};
use crate::touches::Trails;
use crate::why::{ToldTicket, WhyError, indexed_head, no_history, told_ticket};

/// How much to tell.
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// Events that change neither name nor place, the newest; 0 for all.
    pub max: usize,
    /// Only commits from then on, seconds since 1970.
    pub since: Option<i64>,
    /// Up to this commit, as git names it, and with what was there then.
    pub at: Option<String>,
}

/// Something that happened, with what is known of its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldEvent {
    /// What happened.
    pub kind: EventKind,
    /// The commit.
    pub commit: CommitId,
    /// Committed, seconds since 1970.
    pub time: i64,
    /// The name of the author.
    pub author: String,
    /// First line of the message.
    pub subject: String,
    /// The message says that something was repaired.
    pub is_fix: bool,
    /// Its page.
    pub url: Option<String>,
    /// The pull request it came in with.
    pub pull_request: Option<ToldTicket>,
    /// Before; `None` when it is new.
    pub from: Option<NamedPlace>,
    /// After; `None` when it is gone.
    pub to: Option<NamedPlace>,
    /// Lines that came and went; `None` where they are not counted.
    pub lines: Option<(u32, u32)>,
}

/// A file, or a symbol by its qualified name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPlace {
    /// The file.
    pub path: String,
    /// The qualified name; `None` for the file itself.
    pub symbol: Option<String>,
}

/// What all events add up to, whatever of them is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistorySummary {
    /// Commits.
    pub commits: usize,
    /// Authors with their commits, most first.
    pub authors: Vec<(String, usize)>,
    /// Pull requests.
    pub pull_requests: usize,
    /// Commits whose message says that something was repaired.
    pub fixes: usize,
    /// Lines that came, where they are counted.
    pub added: u64,
    /// Lines that went.
    pub deleted: u64,
    /// The first and the last commit, seconds since 1970.
    pub times: Option<(i64, i64)>,
}

/// How it looked at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The commit.
    pub commit: CommitId,
    /// Its name then.
    pub place: NamedPlace,
    /// The line that the text starts on.
    pub line: u32,
    /// Its text, letter for letter.
    pub text: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct HistoryAnswer {
    /// What it is called now, or was when it went.
    pub place: NamedPlace,
    /// What it is; a file or a symbol.
    pub kind: Option<NodeKind>,
    /// The line of the symbol now.
    pub line: Option<u32>,
    /// Oldest first.
    pub events: Vec<ToldEvent>,
    /// How many there are.
    pub total: usize,
    /// What they add up to.
    pub summary: HistorySummary,
    /// It is in no commit yet, or differs from what is.
    pub is_uncommitted: bool,
    /// The clone is shallow and its boundary was met.
    pub is_cut: bool,
    /// Something was missing or too much: earlier events may be missing.
    pub is_partial: bool,
    /// How it looked, when that was asked.
    pub looked: Option<Looked>,
}

/// What the question is about.
enum Asked {
    File(String, Option<NodeRecord>),
    Symbol(NodeRecord, String),
    /// A symbol that is no longer in a file, which may be gone as well.
    Gone(Place),
    /// A symbol of the commit that the question is about.
    Then(Box<Found>),
}

/// Tells what became of `text`, a file or a symbol, which may be gone. `prefix` is the folder of the question.
///
/// # Errors
/// When nothing has that name, there is no history, or the graph cannot be read.
pub fn ask_history(
    graph: &GraphFile,
    root: &Path,
    (prefix, text): (&str, &str),
    options: &HistoryOptions,
) -> Result<HistoryAnswer, WhyError> {
    let history = GitHistory::open(root).map_err(no_history)?;
    let head = indexed_head(graph, &history)?;
    let at = match &options.at {
        None => None,
        Some(name) => Some(history.commit_named(name).map_err(AskError::History)?),
    };
    let trails = Trails::new(graph);
    let trail = |path: &str| trails.of(path, &|_| false);
    let mut lineage = history.lineage(&trail).map_err(no_history)?;
    let names = Names::new(graph);
    let mut teller = Teller {
        graph,
        history: &history,
        pages: history.pages(),
        names,
    };
    let then = at.and_then(|at| named_then(&mut lineage, &at, prefix, text));
    let asked = match then {
        Some(found) => Asked::Then(Box::new(found)),
        None => find(graph, prefix, text)?,
    };
    let answer = match asked {
        Asked::Then(found) => {
            let place = found.place();
            let followed = follow(&mut lineage, *found);
            teller.answer(&place, followed, options, (&mut lineage, at))?
        }
        Asked::File(path, node) => {
            let mut followed = file::events(graph, &path)?;
            let is_created = |event: &Event| event.kind == EventKind::Created;
            followed.is_cut = lineage.is_shallow() && !followed.events.iter().any(is_created);
            let place = Place {
                path,
                scope_name: String::new(),
            };
            let is_here = lineage.text_at(&head, &place.path);
            let now = read_source(&root.join(&place.path)).ok();
            let is_here = is_here.as_ref().map(|text| text.as_slice());
            let differs = is_here != now.as_deref();
            let mut answer = teller.answer(&place, followed, options, (&mut lineage, at))?;
            answer.kind = Some(NodeKind::File);
            answer.is_uncommitted = node.is_some() && differs;
            answer
        }
        Asked::Symbol(node, path) => {
            let text = read_source(&root.join(&path)).map_err(|error| WhyError::NoLines {
                path: path.clone(),
                why: format!("cannot be read: {error}"),
            })?;
            let (found, is_uncommitted) = at_head(&mut lineage, &head, &node, (&path, &text));
            let (place, followed) = match found {
                Some(found) => (found.place(), follow(&mut lineage, found)),
                None => {
                    let followed = Followed {
                        // It is committed, and nobody could follow it.
                        is_partial: !is_uncommitted,
                        ..Followed::default()
                    };
                    (teller.names.place_of(&node, &path), followed)
                }
            };
            let mut answer = teller.answer(&place, followed, options, (&mut lineage, at))?;
            answer.kind = Some(node.kind);
            answer.line = Some(node.line);
            answer.place = NamedPlace {
                path,
                symbol: Some(node.qualified_name),
            };
            answer.is_uncommitted = is_uncommitted;
            answer
        }
        Asked::Gone(place) => {
            let deleted = graph.deletion_of(&place.path)?;
            let deleted = deleted.and_then(|(hash, ..)| CommitId::from_hex(&hash));
            let gone = gone_symbol(&mut lineage, &head, deleted, &place);
            let Some(Gone { found, event }) = gone else {
                return Err(AskError::NotFound {
                    target: text.to_owned(),
                    nearest: Vec::new(),
                }
                .into());
            };
            let mut followed = follow(&mut lineage, found);
            followed.events.insert(0, event);
            teller.answer(&place, followed, options, (&mut lineage, at))?
        }
    };
    trails.check()?;
    Ok(answer)
}

/// The symbol of a file that `text` names in a commit.
fn named_then(
    lineage: &mut Lineage<'_>,
    commit: &CommitId,
    prefix: &str,
    text: &str,
) -> Option<Found> {
    let (path, symbol) = text.split_once("::")?;
    [joined(prefix, path), joined("", path)]
        .into_iter()
        .find_map(|path| {
            let place = Place {
                path,
                scope_name: symbol.to_owned(),
            };
            symbol_at(lineage, commit, &place, 0)
        })
}

/// What `text` names: something that is there, else something that history knows.
fn find(graph: &GraphFile, prefix: &str, text: &str) -> Result<Asked, WhyError> {
    let missing = match find_target(graph, prefix, text) {
        Ok(target) => {
            let node = target.node;
            return match node.path.clone() {
                Some(path) if node.kind == NodeKind::File => Ok(Asked::File(path, Some(node))),
                Some(path) => Ok(Asked::Symbol(node, path)),
                None => Err(WhyError::NoLines {
                    path: node.qualified_name,
                    why: "is outside of the project".to_owned(),
                }),
            };
        }
        Err(error) => error,
    };
    if !matches!(
        missing,
        AskError::NotFound { .. } | AskError::Deleted { .. }
    ) {
        return Err(missing.into());
    }
    let (path, symbol) = text.split_once("::").unwrap_or((text, ""));
    for path in [joined(prefix, path), joined("", path)] {
        let path = present_name(graph, path)?;
        let is_known = graph.file(&path)?.is_some() || !graph.file_events(&path)?.is_empty();
        if is_known && symbol.is_empty() {
            return Ok(Asked::File(path, None));
        }
        if is_known {
            return Ok(Asked::Gone(Place {
                path,
                scope_name: symbol.to_owned(),
            }));
        }
    }
    Err(missing.into())
}

/// What a file that had this name is called now; the name itself when that leads nowhere.
fn present_name(graph: &GraphFile, path: String) -> Result<String, WhyError> {
    const MAX_NAMES: usize = 100;
    let mut name = path.clone();
    for _ in 0..MAX_NAMES {
        if graph.file(&name)?.is_some() {
            return Ok(name);
        }
        match graph.renamed_to(&name)? {
            Some(next) => name = next,
            None => break,
        }
    }
    let is_known = !graph.file_events(&name)?.is_empty();
    Ok(if is_known { name } else { path })
}

/// The symbol of a node in the head, and whether the file there holds it otherwise.
fn at_head(
    lineage: &mut Lineage<'_>,
    head: &CommitId,
    node: &NodeRecord,
    (path, now): (&str, &[u8]),
) -> (Option<Found>, bool) {
    let Some(definitions) = read_definitions(path, now).map(Rc::new) else {
        return (None, false);
    };
    let own = definitions
        .all()
        .map(|at| definitions.definition(at))
        .filter(|definition| definition.name == node.name && definition.kind == node.kind)
        .min_by_key(|definition| definition.line.abs_diff(node.line));
    let Some(own) = own else {
        return (None, true);
    };
    let Some(version) = lineage.at(head, path) else {
        return (None, true);
    };
    let Some(text) = lineage.text(&version) else {
        return (None, true);
    };
    if text_of(&text) == text_of(now) {
        return (
            Some(Found::of(version, text, definitions, own.symbol)),
            false,
        );
    }
    let Some(committed) = read_definitions(path, &text).map(Rc::new) else {
        return (None, true);
    };
    let before = definitions.before(own.symbol, &committed);
    let differs =
        before.is_none_or(|before| definitions.change(own.symbol, &committed, before).is_some());
    let found = before.map(|before| Found::of(version, text, committed, before));
    (found, differs)
}

/// Puts together what is told.
struct Teller<'a> {
    graph: &'a GraphFile,
    history: &'a GitHistory,
    pages: Option<Pages>,
    names: Names<'a>,
}

impl Teller<'_> {
    fn answer(
        &mut self,
        place: &Place,
        followed: Followed,
        options: &HistoryOptions,
        (lineage, at): (&mut Lineage<'_>, Option<CommitId>),
    ) -> Result<HistoryAnswer, WhyError> {
        let mut events = followed.events;
        let mut looked = None;
        if let Some(at) = at {
            looked = self.look(&mut events, place, (lineage, at))?;
        }
        events.reverse();
        let mut told = Vec::with_capacity(events.len());
        for event in &events {
            told.push(self.tell(event)?);
        }
        if let Some(since) = options.since {
            told.retain(|event| event.time >= since);
        }
        let summary = summary(&told, &People::read(self.graph)?);
        let total = told.len();
        if options.max > 0 {
            keep_newest(&mut told, options.max);
        }
        Ok(HistoryAnswer {
            place: self.named(place)?,
            kind: None,
            line: None,
            events: told,
            total,
            summary,
            is_uncommitted: false,
            is_cut: followed.is_cut,
            is_partial: followed.is_partial,
            looked,
        })
    }

    /// Leaves out what came after a commit, and reads what was there.
    fn look(
        &mut self,
        events: &mut Vec<Event>,
        place: &Place,
        (lineage, at): (&mut Lineage<'_>, CommitId),
    ) -> Result<Option<Looked>, WhyError> {
        let known = self.graph.commit(&at.0)?;
        let later = events.clone();
        if let Some(known) = known {
            events.retain(|event| event.order <= known.position);
        }
        // The name it had: by what happened up to then, else by what happened since.
        let newest = events.first().and_then(|event| event.to.clone());
        let since = later.iter().rev().filter_map(|event| event.from.clone());
        let names: Vec<Place> = newest
            .into_iter()
            .chain(since)
            .chain([place.clone()])
            .collect();
        for name in names {
            let found = if name.scope_name.is_empty() {
                lineage
                    .text_at(&at, &name.path)
                    .map(|text| (1, text_of(&text)))
            } else {
                symbol_at(lineage, &at, &name, 0).map(|found| {
                    let text = text_of(found.anchor.text(&found.text));
                    (found.anchor.span.first, text)
                })
            };
            if let Some((line, text)) = found {
                return Ok(Some(Looked {
                    commit: at,
                    place: self.named(&name)?,
                    line,
                    text,
                }));
            }
        }
        Ok(None)
    }

    fn named(&mut self, place: &Place) -> Result<NamedPlace, WhyError> {
        let symbol = if place.scope_name.is_empty() {
            None
        } else {
            Some(self.names.qualified(place)?)
        };
        Ok(NamedPlace {
            path: place.path.clone(),
            symbol,
        })
    }

    fn tell(&mut self, event: &Event) -> Result<ToldEvent, WhyError> {
        let known = self.graph.commit(&event.commit.0)?;
        let text = match &known {
            Some(_) => None,
            None => self.history.message(&event.commit),
        };
        let from = event
            .from
            .as_ref()
            .map(|place| self.named(place))
            .transpose()?;
        let to = event
            .to
            .as_ref()
            .map(|place| self.named(place))
            .transpose()?;
        let pages = self.pages.as_ref();
        let mut told = ToldEvent {
            kind: event.kind,
            commit: event.commit,
            time: text.as_ref().map_or(0, |text| text.time),
            author: String::new(),
            subject: String::new(),
            is_fix: false,
            url: pages.map(|pages| pages.commit(&event.commit.to_string())),
            pull_request: None,
            from,
            to,
            lines: event.lines,
        };
        if let Some(text) = text {
            told.author = text.author.name;
            told.subject = text.subject;
        }
        if let Some(known) = known {
            told.time = known.time;
            told.author = known.author;
            told.subject = known.subject;
            told.is_fix = known.is_fix;
            told.pull_request = known
                .pull
                .map(|(ticket, source)| told_ticket(pages, ticket, true, source));
        }
        Ok(told)
    }
}

/// Keeps what changed a name or a place, and of the rest the newest.
fn keep_newest(events: &mut Vec<ToldEvent>, most: usize) {
    let others = events
        .iter()
        .filter(|event| !event.kind.is_about_identity());
    let mut surplus = others.count().saturating_sub(most);
    events.retain(|event| {
        let goes = surplus > 0 && !event.kind.is_about_identity();
        surplus -= usize::from(goes);
        !goes
    });
}

fn summary(events: &[ToldEvent], people: &People) -> HistorySummary {
    let one = people.one_name_each(events.iter().map(|event| (event.author.as_str(), 1)));
    let mut authors: BTreeMap<&str, BTreeSet<CommitId>> = BTreeMap::new();
    let (mut commits, mut fixes) = (BTreeSet::new(), BTreeSet::new());
    let mut pulls = BTreeSet::new();
    let mut summary = HistorySummary::default();
    for event in events {
        commits.insert(event.commit);
        authors
            .entry(&one[&event.author])
            .or_default()
            .insert(event.commit);
        if event.is_fix {
            fixes.insert(event.commit);
        }
        pulls.extend(event.pull_request.as_ref().map(|pull| &pull.name));
        let (added, deleted) = event.lines.unwrap_or_default();
        summary.added += u64::from(added);
        summary.deleted += u64::from(deleted);
    }
    summary.commits = commits.len();
    summary.fixes = fixes.len();
    summary.pull_requests = pulls.len();
    summary.authors = authors
        .into_iter()
        .map(|(name, commits)| (name.to_owned(), commits.len()))
        .collect();
    summary
        .authors
        .sort_by_key(|(name, commits)| (std::cmp::Reverse(*commits), name.clone()));
    let times = || events.iter().map(|event| event.time);
    summary.times = times().min().zip(times().max());
    summary
}

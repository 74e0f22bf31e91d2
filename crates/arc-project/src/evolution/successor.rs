//! What a symbol that is gone became: the name or the place that a commit of this repository gave it.
//!
//! Only what is sure is told. In the same file the definition is its successor that was it in the commit before; in another file the one that is
//! new there and says nearly the same. Where two are as near, nothing is.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use arc_extract::Definitions;
use arc_graph::{Direction, EdgeKind, GraphRead as _, NodeId};
use arc_history::{CommitId, GitHistory, Lineage};
use arc_store::GraphFile;

use super::elsewhere::{has_word, may_trade_paths};
use super::event::{EventKind, Place};
use super::follow::{own_name, read_definitions, symbol_at};
use super::gone::{Gone, gone_named, gone_symbol};
use super::present_name;
use crate::ask::AskError;
use crate::touches::Trails;
use crate::why::{WhyError, indexed_head, no_history};

/// Files whose past is searched for one name.
const MAX_FILES: usize = 40;
/// New names and places that one symbol had one after the other.
const MAX_STEPS: usize = 8;
/// Files of a commit that it may have gone to.
const MAX_TARGETS: usize = 10;
/// Commits that changed more files than this are not searched.
const MAX_CHANGED: usize = 400;
/// What a definition of the same name shares with what it was.
const SAME_NAME: f64 = 0.5;
/// What a definition of another name shares with what it was.
const OTHER_NAME: f64 = 0.8;
/// With fewer words than this, definitions of other names resemble each other by accident.
const MIN_LENGTH: usize = 20;
/// Two that share as much as this of each other's share are as near.
const AS_NEAR: f64 = 0.05;

/// What became of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Where it was last under the old name.
    pub old_path: String,
    /// Its name inside that file (`Store.fetch`).
    pub old_name: String,
    /// The file that it is in now.
    pub path: String,
    /// Its name inside that file.
    pub name: String,
    /// How it got there, oldest first.
    pub steps: Vec<SuccessorStep>,
}

/// A commit that gave a symbol another name or place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessorStep {
    /// The commit.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// Renamed, or moved to another file.
    pub kind: EventKind,
}

/// What became of definitions called `name` in `files`, and in what the file `asker` depends on. Nothing where they are still there.
///
/// # Errors
/// When there is no history, or the graph cannot be read.
pub fn ask_successors(
    graph: &GraphFile,
    root: &Path,
    (asker, files): (&str, &[String]),
    name: &str,
) -> Result<Vec<Successor>, WhyError> {
    let history = GitHistory::open(root).map_err(no_history)?;
    let head = indexed_head(graph, &history)?;
    let trails = Trails::new(graph);
    let trail = |path: &str| trails.of(path, &|_| false);
    let mut lineage = history.lineage(&trail).map_err(no_history)?;
    let paths = searched(files, dependencies(graph, asker)?);
    let mut seeker = Seeker {
        graph,
        lineage: &mut lineage,
        head,
        is_broken: None,
    };
    let mut found: Vec<Successor> = Vec::new();
    for path in paths.iter().filter(|path| *path != asker) {
        let deleted = seeker.deleted(path);
        let all = gone_named(seeker.lineage, &head, deleted, (path, name));
        for gone in all {
            let was = gone.found.place();
            let Some((now, steps)) = seeker.forward(gone) else {
                continue;
            };
            let subject = |commit: &CommitId| {
                let text = history.message(commit);
                text.map_or_else(String::new, |text| text.subject)
            };
            let one = Successor {
                old_path: was.path,
                old_name: was.scope_name,
                path: now.path,
                name: now.scope_name,
                steps: steps
                    .into_iter()
                    .map(|(commit, kind)| SuccessorStep {
                        subject: subject(&commit),
                        commit,
                        kind,
                    })
                    .collect(),
            };
            let is_known = found
                .iter()
                .any(|known| (&known.path, &known.name) == (&one.path, &one.name));
            if !is_known {
                found.push(one);
            }
        }
    }
    trails.check()?;
    match seeker.is_broken {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// What a file is called now that had another name, with the commit that gave it the first of its new names.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_renamed_file(
    graph: &GraphFile,
    path: &str,
) -> Result<Option<(String, SuccessorStep)>, WhyError> {
    if graph.file(path)?.is_some() {
        return Ok(None);
    }
    let Some((commit, subject)) = graph.renaming_of(path)? else {
        return Ok(None);
    };
    let now = present_name(graph, path.to_owned())?;
    let is_there = now != path && graph.file(&now)?.is_some();
    let step = CommitId::from_hex(&commit).map(|commit| SuccessorStep {
        commit,
        subject,
        kind: EventKind::Moved,
    });
    Ok(step.filter(|_| is_there).map(|step| (now, step)))
}

/// The files that are searched for a name: `files`, then `others`, each once.
pub(super) fn searched(files: &[String], others: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut paths: Vec<String> = files.to_vec();
    for path in others {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.truncate(MAX_FILES);
    paths
}

/// Files that a file depends on, nearest first.
pub(super) fn dependencies(graph: &GraphFile, asker: &str) -> Result<Vec<String>, WhyError> {
    let Some(file) = graph.file(asker)? else {
        return Ok(Vec::new());
    };
    let mut frontier = vec![file.id];
    for member in graph.members(file.id).map_err(AskError::from)? {
        frontier.push(member.id);
        let inner = graph.members(member.id).map_err(AskError::from)?;
        frontier.extend(inner.into_iter().map(|inner| inner.id));
    }
    let mut paths: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([asker.to_owned()]);
    for kinds in [&[][..], &[EdgeKind::Imports]] {
        let near = graph
            .neighbors(&frontier, Direction::Dependencies, kinds)
            .map_err(AskError::from)?;
        let mut ids: Vec<NodeId> = near.iter().map(|neighbor| neighbor.node).collect();
        ids.sort_unstable();
        ids.dedup();
        frontier.clear();
        for node in graph.nodes(&ids).map_err(AskError::from)? {
            let Some(path) = node.path.filter(|path| seen.insert(path.clone())) else {
                continue;
            };
            frontier.extend(graph.file(&path)?.map(|file| file.id));
            paths.push(path);
        }
    }
    Ok(paths)
}

struct Seeker<'a, 'b> {
    graph: &'a GraphFile,
    lineage: &'a mut Lineage<'b>,
    head: CommitId,
    is_broken: Option<WhyError>,
}

impl Seeker<'_, '_> {
    /// The commit that deleted a file last.
    fn deleted(&mut self, path: &str) -> Option<CommitId> {
        match self.graph.deletion_of(path) {
            Ok(found) => found.and_then(|(hash, ..)| CommitId::from_hex(&hash)),
            Err(error) => {
                self.is_broken.get_or_insert(AskError::from(error).into());
                None
            }
        }
    }

    /// Where it is now, and the commits that brought it there.
    fn forward(&mut self, mut gone: Gone) -> Option<(Place, Vec<(CommitId, EventKind)>)> {
        let mut steps = Vec::new();
        for _ in 0..MAX_STEPS {
            let commit = gone.event.commit;
            let next = match self.in_same_file(&gone) {
                Some(place) => {
                    steps.push((commit, EventKind::Renamed));
                    place
                }
                None => {
                    let place = self.in_another_file(&gone)?;
                    steps.push((commit, EventKind::Moved));
                    place
                }
            };
            if symbol_at(self.lineage, &self.head, &next, 0).is_some() {
                return Some((next, steps));
            }
            let deleted = self.deleted(&next.path);
            gone = gone_symbol(self.lineage, &self.head, deleted, &next)?;
        }
        None
    }

    /// The definition that the commit made of it in its file.
    fn in_same_file(&mut self, gone: &Gone) -> Option<Place> {
        let path = &gone.found.version.path;
        let (old, old_symbol) = gone.found.read.as_ref()?;
        let text = self.lineage.text_at(&gone.event.commit, path)?;
        let new = read_definitions(path, &text)?;
        let mut heirs = new
            .all()
            .filter(|symbol| new.before(*symbol, old) == Some(*old_symbol));
        let (first, second) = (heirs.next()?, heirs.next());
        second.is_none().then(|| Place {
            path: path.clone(),
            scope_name: new.definition(first).scope_name,
        })
    }

    /// The definition that is new in another file of the commit and says nearly the same.
    fn in_another_file(&mut self, gone: &Gone) -> Option<Place> {
        let commit = gone.event.commit;
        let (old, old_symbol) = gone.found.read.clone()?;
        let own = own_name(&gone.found.scope_name).to_owned();
        let parents = self.lineage.parent_ids(&commit);
        let parent = parents.first()?;
        // What the commit has and its parent has otherwise, or not at all.
        let changed = self.lineage.changed_beside(parent, &commit, MAX_CHANGED);
        let mut targets: Vec<(bool, String, Rc<Vec<u8>>)> = Vec::new();
        for file in changed {
            let path = file.old.path.clone();
            if path == gone.found.version.path || !may_trade_paths(&path, &gone.found.version.path)
            {
                continue;
            }
            if let Some(text) = self.lineage.parent_text(&file.old) {
                targets.push((!has_word(&text, own.as_bytes()), path, text));
            }
        }
        targets.sort();
        targets.truncate(MAX_TARGETS);
        let mut best: Vec<(f64, Place)> = Vec::new();
        for (_, path, text) in targets {
            let Some(new) = read_definitions(&path, &text) else {
                continue;
            };
            let before = self.lineage.text_at(parent, &path);
            let before = before.and_then(|text| read_definitions(&path, &text));
            best.extend(alike((&old, old_symbol), &own, &new, before.as_ref()).map(
                |(share, scope_name)| {
                    let path = path.clone();
                    (share, Place { path, scope_name })
                },
            ));
        }
        best.sort_by(|one, other| other.0.total_cmp(&one.0));
        let (share, place) = best.first()?.clone();
        let is_clear = best
            .get(1)
            .is_none_or(|(second, _)| share - second > AS_NEAR);
        is_clear.then_some(place)
    }
}

/// Definitions of a file that are new there and resemble a symbol, with how much.
fn alike(
    (old, old_symbol): (&Definitions, u32),
    own: &str,
    new: &Definitions,
    before: Option<&Definitions>,
) -> impl Iterator<Item = (f64, String)> {
    let is_long = old.length(old_symbol) >= MIN_LENGTH;
    let found: Vec<(f64, String)> = new
        .all()
        .filter_map(|symbol| {
            let definition = new.definition(symbol);
            let was_there =
                before.is_some_and(|before| before.named(&definition.scope_name, 0).is_some());
            let is_namesake = definition.name == own;
            if was_there || !(is_namesake || is_long) {
                return None;
            }
            let share = new.resemblance(symbol, old, old_symbol);
            let least = if is_namesake { SAME_NAME } else { OTHER_NAME };
            let more = if is_namesake { 0.5 } else { 0.0 };
            (share >= least).then_some((share + more, definition.scope_name))
        })
        .collect();
    found.into_iter()
}

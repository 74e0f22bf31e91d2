//! Questions to a graph that is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_extract::{Tier, tier};
use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError, Rule};
use arc_history::HistoryError;
use arc_impact::{Impact, ImpactOptions, Impacted, Question, Reason, ReasonKind, Risk, impact};
use arc_store::{FileRecord, GraphFile, NodeBrief, StoreError};

use crate::changes::Changes;
use crate::coverage::{CoverageUsed, Executed, SeenTests, coverage_made, put_first};
use crate::nearest::Nearest;
use crate::run_ids::RunIds;
use crate::settings::sets_up_everything;
use crate::signals::StoredSignals;
use crate::target::Target;

/// A question failed, or its answer is a no.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nothing has that name.
    #[error("nothing in the graph is called {target}")]
    NotFound {
        /// What was asked for.
        target: String,
        /// Names that resemble it.
        nearest: Vec<Nearest>,
    },
    /// A folder, where one place is asked for or the folder is too large to ask about all of it.
    #[error("{} is a folder of {files} files", if path.is_empty() { "this" } else { path })]
    Folder {
        /// The folder, from the root; empty for the root.
        path: String,
        /// How many of its files hold code, or files if none does.
        files: usize,
    },
    /// The file is shorter.
    #[error("{path} has {lines} lines; {line} is not among them")]
    NoLine {
        /// The file.
        path: String,
        /// How many it has.
        lines: u32,
        /// The one that was asked for.
        line: u32,
    },
    /// The file is there and cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// The path leaves the project.
    #[error("{target} is outside of the project")]
    Outside {
        /// What was asked for.
        target: String,
    },
    /// A file of that name was there once.
    #[error("{target} is gone: deleted in {commit} of {day}")]
    Deleted {
        /// What was asked for.
        target: String,
        /// The commit, shortened.
        commit: String,
        /// The day of the commit.
        day: String,
        /// The commit's subject, and the files that changed along.
        told: Vec<String>,
    },
    /// Several things have that name.
    #[error("{target} could be any of {}", candidates.len())]
    Ambiguous {
        /// What was asked for.
        target: String,
        /// What it could be.
        candidates: Vec<NodeRecord>,
    },
    /// A node was gone between two reads.
    #[error("the graph changed while it was read; ask again")]
    Vanished,
    /// The repository cannot be compared with.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The graph cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The graph cannot be walked.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// An answer to «what does this change mean».
#[derive(Clone, Debug)]
pub struct ImpactAnswer {
    /// What was asked about.
    pub targets: Vec<Target>,
    /// The ranked answer.
    pub impact: Impact,
    /// Syntax errors in the files of the targets, in bytes.
    pub error_bytes: u64,
    /// A target that decides how everything is built or run: no edge says what a change of it reaches.
    pub sets_up: Option<String>,
    /// Whether a target is a file without code, which programs may find by its name when they run.
    pub is_read_by_name: bool,
    /// The risk of the diff that was asked about, if there was one and enough commits to compare it with.
    pub risk: Option<Risk>,
    /// Coverage that speaks of targets.
    pub coverage: Option<CoverageUsed>,
    /// What the runners call the tests of the answer, by the test and the class that inherits it.
    pub runs: BTreeMap<(NodeId, Option<NodeId>), String>,
}

impl ImpactAnswer {
    /// Whether code outside the project may run a target though nothing in the project names it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.targets.iter().any(|target| target.node.is_open)
    }

    /// Whether all that there is was found, apart from a limit: an empty list of a complete answer is a «nothing».
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.impact.unresolved.is_empty()
            && self.error_bytes == 0
            && !self.is_open()
            && self.sets_up.is_none()
            && !self.is_read_by_name
    }
}

/// The score of what is proved to be broken.
const BROKEN: f64 = 0.99;

impl ImpactAnswer {
    /// Puts what a diff breaks before what it may break. Tests among it are in the list of tests.
    pub(crate) fn put_broken_first(&mut self, changes: &Changes, limit: usize) {
        let is_target = |node: &NodeRecord| {
            let mut targets = self.targets.iter();
            targets.any(|target| target.node.id == node.id)
        };
        let mut broken: Vec<(bool, Impacted)> = Vec::new();
        for one in changes.broken.iter().filter(|one| !is_target(&one.node)) {
            let row = Impacted {
                node: one.node.clone(),
                heir: None,
                score: BROKEN,
                reasons: vec![Reason {
                    kind: ReasonKind::Refers,
                    text: one.why.clone(),
                    at: vec![one.at.clone()],
                    confidence: 1.0,
                }],
            };
            broken.push((one.node.is_test_case, row));
        }
        let (tests, others): (Vec<_>, Vec<_>) =
            broken.into_iter().partition(|(is_test, _)| *is_test);
        let lists = [
            (
                others,
                &mut self.impact.impacted,
                &mut self.impact.total_impacted,
            ),
            (tests, &mut self.impact.tests, &mut self.impact.total_tests),
        ];
        for (broken, list, total) in lists {
            let mut rows: Vec<Impacted> = broken.into_iter().map(|(_, row)| row).collect();
            let known = list.len();
            list.retain(|row| rows.iter().all(|broken| broken.node.id != row.node.id));
            *total = (*total + rows.len()).saturating_sub(known - list.len());
            rows.append(list);
            if limit > 0 && rows.len() > limit {
                rows.truncate(limit);
                self.impact.truncated = true;
            }
            *list = rows;
        }
    }
}

/// The blast radius of `targets`, for all of them together.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_impact(
    graph: &GraphFile,
    targets: Vec<Target>,
    options: &ImpactOptions,
) -> Result<ImpactAnswer, AskError> {
    let ids: Vec<NodeId> = targets.iter().map(|target| target.node.id).collect();
    let mut found = impact(graph, &StoredSignals { graph }, &ids, options)?;
    let executed = match options.question {
        Question::Both | Question::Breaks => put_first(graph, &targets, options.limit, &mut found)?,
        Question::GoesWith => None,
    };
    let mut ids = RunIds::new(graph);
    let mut runs = BTreeMap::new();
    for row in &found.tests {
        runs.insert((row.node.id, row.heir), ids.of_row(row)?);
    }
    let mut error_bytes = 0;
    let mut is_read_by_name = false;
    let paths: BTreeSet<&str> = targets
        .iter()
        .filter_map(|target| target.node.path.as_deref())
        .collect();
    for path in paths {
        let Some(FileRecord { id, row }) = graph.file(path)? else {
            continue;
        };
        error_bytes += u64::from(row.error_bytes);
        let holds_code = matches!(
            row.language.as_deref().and_then(tier),
            Some(Tier::Resolved | Tier::Named)
        );
        is_read_by_name |= !holds_code && targets.iter().any(|target| target.node.id == id);
    }
    Ok(ImpactAnswer {
        impact: found,
        error_bytes,
        sets_up: set_up_by(&targets).map(str::to_owned),
        is_read_by_name,
        risk: None,
        coverage: executed.map(Executed::used),
        runs,
        targets,
    })
}

/// The first of some targets that decides how everything is built or run.
pub(crate) fn set_up_by(targets: &[Target]) -> Option<&str> {
    targets.iter().find_map(|target| {
        let path = target.node.path.as_deref()?;
        (target.node.kind == NodeKind::File && sets_up_everything(path)).then_some(path)
    })
}

/// One neighbour of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// The node at the other end.
    pub node: NodeRecord,
    /// What the edge says.
    pub kind: EdgeKind,
    /// Whether the asked node depends on the other.
    pub direction: Direction,
    /// Where the edge is read off: `path:line`.
    pub at: Option<String>,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// How it was found.
    pub rule: &'static str,
}

/// The neighbors of nodes by edge kind and direction, in a fixed order; edges among the nodes are left out.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_related(
    graph: &GraphFile,
    nodes: &[&NodeRecord],
    kinds: &[EdgeKind],
    directions: &[Direction],
) -> Result<Vec<Related>, AskError> {
    let mut related = Vec::new();
    let own: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
    for direction in directions {
        let mut neighbors = graph.neighbors(&own, *direction, kinds)?;
        if own.len() > 1 {
            neighbors.retain(|neighbor| !own.contains(&neighbor.node));
        }
        let ids: Vec<NodeId> = neighbors.iter().map(|neighbor| neighbor.node).collect();
        let records: BTreeMap<NodeId, NodeRecord> = graph
            .nodes(&ids)?
            .into_iter()
            .map(|record| (record.id, record))
            .collect();
        for neighbor in &neighbors {
            let Some(other) = records.get(&neighbor.node) else {
                continue;
            };
            let dependent = match direction {
                Direction::Dependencies => {
                    nodes.iter().copied().find(|node| node.id == neighbor.from)
                }
                Direction::Dependents => Some(other),
            };
            let dependent = dependent.expect("a neighbor is asked for from one of the nodes");
            let at = dependent.path.as_ref().filter(|_| neighbor.line > 0);
            related.push(Related {
                node: other.clone(),
                kind: neighbor.kind,
                direction: *direction,
                at: at.map(|path| format!("{path}:{}", neighbor.line)),
                confidence: neighbor.confidence.probability(),
                rule: neighbor.rule.as_str(),
            });
        }
    }
    if kinds.is_empty() || kinds.contains(&EdgeKind::Tests) {
        for node in nodes {
            related.extend(executed_neighbors(graph, node, directions)?);
        }
    }
    related.sort_by(|one, other| order(one).cmp(&order(other)));
    Ok(related)
}

/// Dependents first, by kind, place and line.
fn order(related: &Related) -> impl Ord {
    let node = &related.node;
    (
        related.direction == Direction::Dependencies,
        related.kind,
        node.path.as_deref(),
        node.line,
        node.qualified_name.as_str(),
        related.at.as_deref(),
    )
}

/// The tests that ran a function, and the functions that a test ran, by imported coverage: `tests` edges by the rule
/// `executed`, which are stored with the coverage and not with the edges.
fn executed_neighbors(
    graph: &GraphFile,
    node: &NodeRecord,
    directions: &[Direction],
) -> Result<Vec<Related>, AskError> {
    let mut related = Vec::new();
    if coverage_made(graph)?.is_none() {
        return Ok(related);
    }
    let mut seen = SeenTests::default();
    for &direction in directions {
        let paths: Vec<String> = match direction {
            Direction::Dependents => node.path.iter().cloned().collect(),
            Direction::Dependencies if node.is_test_case => {
                let rows = graph.coverage()?.files;
                rows.into_iter().map(|row| row.path).collect()
            }
            Direction::Dependencies => Vec::new(),
        };
        for path in paths {
            for edge in seen.edges(graph, &path)? {
                let (own, other) = match direction {
                    Direction::Dependents => (&edge.function, edge.test),
                    Direction::Dependencies => (&edge.test, edge.function.clone()),
                };
                if own.id == node.id {
                    related.push(Related {
                        node: other,
                        kind: EdgeKind::Tests,
                        direction,
                        at: Some(format!("{path}:{}", edge.line)),
                        confidence: 1.0,
                        rule: Rule::Executed.as_str(),
                    });
                }
            }
        }
    }
    Ok(related)
}

/// What to search for.
#[derive(Clone, Debug, Default)]
pub struct SearchOptions {
    /// Only this kind.
    pub kind: Option<NodeKind>,
    /// Only files whose path starts with this or contains it as a part.
    pub path: Option<String>,
    /// Rows; 0 for all.
    pub limit: usize,
}

/// How good a node is as an answer; the smaller the better: what the name is to the words, whether it is a test, what kind it
/// is, and how long its qualified name.
type SearchRank = (u8, bool, u8, usize);

/// Nodes whose names or documentation hold the words of `text`, best first: the exact name, names that hold nothing
/// else, names, documentation; and how many there are.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_search(
    graph: &GraphFile,
    text: &str,
    options: &SearchOptions,
) -> Result<(Vec<NodeRecord>, usize), AskError> {
    const MAX_FOUND: u32 = 100_000;
    let mut ids = graph.search_names(text, MAX_FOUND)?;
    let named = ids.len();
    for id in graph.search_docs(text, MAX_FOUND)? {
        if ids[..named].binary_search(&id).is_err() {
            ids.push(id);
        }
    }
    let wanted = Wanted::new(text);
    let mut ranked: Vec<(SearchRank, NodeId)> = Vec::new();
    graph.briefs(&ids, &mut |node| {
        let is_kind = options.kind.is_none_or(|kind| node.kind == kind);
        let is_there = options
            .path
            .as_ref()
            .is_none_or(|path| node.path.is_some_and(|own| own.contains(path.as_str())));
        if is_kind && is_there {
            let is_named = ids[..named].binary_search(&node.id).is_ok();
            ranked.push((wanted.rank(&node, is_named), node.id));
        }
    })?;
    let total = ranked.len();
    if options.limit > 0 && options.limit < total {
        // Many are found and few are told: of those that may be, names and places decide.
        let (_, last, _) = ranked.select_nth_unstable(options.limit - 1);
        let worst = last.0;
        ranked.retain(|(rank, _)| *rank <= worst);
    }
    ranked.sort_unstable_by_key(|(_, id)| *id);
    let ids: Vec<NodeId> = ranked.iter().map(|(_, id)| *id).collect();
    let records = graph.nodes(&ids)?;
    let mut found: Vec<(SearchRank, NodeRecord)> = Vec::with_capacity(records.len());
    for (node, (rank, _)) in records.into_iter().zip(ranked) {
        found.push((rank, node));
    }
    let place = |node: &NodeRecord| (node.qualified_name.clone(), node.path.clone(), node.line);
    found.sort_by_cached_key(|(rank, node)| (*rank, place(node)));
    if options.limit > 0 {
        found.truncate(options.limit);
    }
    Ok((found.into_iter().map(|(_, node)| node).collect(), total))
}

/// What a search is for.
struct Wanted {
    /// In lower case.
    name: String,
    words: String,
}

impl Wanted {
    fn new(text: &str) -> Wanted {
        Wanted {
            name: text.trim().to_lowercase(),
            words: arc_store::words(text),
        }
    }

    fn rank(&self, node: &NodeBrief<'_>, is_named: bool) -> SearchRank {
        let is_name = if node.name.is_ascii() {
            node.name.eq_ignore_ascii_case(&self.name)
        } else {
            node.name.to_lowercase() == self.name
        };
        let rank = if is_name {
            0
        } else if self.may_be_all_of(node.name) && arc_store::words(node.name) == self.words {
            1
        } else if is_named {
            2
        } else {
            3
        };
        (rank, node.is_test, kind_rank(node.kind), node.length)
    }

    /// Whether the words of a name may be those that are wanted, which take as many bytes as its letters or more, and begin
    /// with the first of them.
    fn may_be_all_of(&self, name: &str) -> bool {
        let mut letters = name.chars().filter(|letter| letter.is_alphanumeric());
        let first = letters
            .next()
            .and_then(|letter| letter.to_lowercase().next());
        first == self.words.chars().next() && letters.count() < self.words.len()
    }
}

/// What people mostly look for comes first.
fn kind_rank(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::External => 3,
        NodeKind::Field
        | NodeKind::Variable
        | NodeKind::Constant
        | NodeKind::EnumMember
        | NodeKind::Key
        | NodeKind::Section => 1,
        NodeKind::File
        | NodeKind::Module
        | NodeKind::Class
        | NodeKind::Interface
        | NodeKind::Enum
        | NodeKind::Function
        | NodeKind::Method
        | NodeKind::TypeAlias
        | NodeKind::Macro
        | NodeKind::Lambda
        | NodeKind::Test
        | NodeKind::Resource
        | NodeKind::Table
        | NodeKind::Commit
        | NodeKind::Person
        | NodeKind::PullRequest
        | NodeKind::Issue
        | NodeKind::Decision
        | NodeKind::Change => 0,
    }
}

/// Those of `paths` that differ from what the graph was built from, by size and times, without reading any.
///
/// # Errors
/// When the graph cannot be read.
pub fn differing(
    graph: &GraphFile,
    root: &Path,
    paths: &BTreeSet<String>,
) -> Result<Vec<String>, AskError> {
    let mut differing = Vec::new();
    for path in paths {
        let Some(file) = graph.file(path)? else {
            continue;
        };
        if !crate::stamp::is_as_stored(&root.join(path), &file.row.stamp) {
            differing.push(path.clone());
        }
    }
    Ok(differing)
}

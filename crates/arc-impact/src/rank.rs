//! From a walk and the signals of files to one ranked answer.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError, Rule};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use crate::blend::{Belonging, doubt, go_with};
use crate::calibrate::Curve;
use crate::cases::{Case, belonging_of, cases, most_belonging};
use crate::holding::Holding;
use crate::paths::is_path_of_test;
use crate::reason::{Reason, Reasons, reach_reasons};
use crate::signals::{OpenSites, SignalRead};
use crate::walk::{Arrival, Reach, Reached, Start, walk};
use crate::weights::{
    DIRECT, IMPORTED_FAR, Purpose, SURE, SYMBOL_HISTORY_SHARE, SYMBOL_HOLDS, TEST_CUT, WITNESS,
    calling, reach_beside_history, weighed,
};

/// Unresolved sites listed with an answer.
const MAX_UNRESOLVED: usize = 50;

/// Symbols of a file whose ways from the targets are shown.
const EXPLAINED: usize = 2;

/// What a row of the answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Files when every target is a file, symbols otherwise.
    #[default]
    LikeTargets,
    /// A row for each file.
    File,
    /// A row for each symbol.
    Symbol,
}

/// Nodes settled for each row of a list that is cut. A row behind them would have to be many times likelier by its name or
/// its history than by what leads to it.
const SETTLED_PER_ROW: usize = 50;

/// The walks from types settle this part of the nodes of the walk from the targets.
const HOLDERS_PART: usize = 4;

/// Which of the two questions to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Question {
    /// Both, in one list.
    #[default]
    Both,
    /// What may break: only what depends on the targets.
    Breaks,
    /// What usually changes along: only history, names and words. Always answered in files.
    GoesWith,
}

/// How to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ImpactOptions {
    /// What a row is.
    pub by: Unit,
    /// Which question to answer.
    pub question: Question,
    /// Rows of each list; 0 for all.
    pub limit: usize,
    /// Rows below this score are left out.
    pub min_score: f64,
    /// Nodes the walk may settle. It bounds time on graphs where everything depends on everything. Fewer are settled when
    /// the lists are cut.
    pub budget: usize,
}

impl Default for ImpactOptions {
    fn default() -> ImpactOptions {
        ImpactOptions {
            by: Unit::LikeTargets,
            question: Question::Both,
            limit: 20,
            min_score: 0.0,
            budget: 20_000,
        }
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Impacted {
    /// A file or a symbol; an inherited test under the name of the class that inherits it, at the place of that class.
    pub node: NodeRecord,
    /// That class.
    pub heir: Option<NodeId>,
    /// A probability, comparable within one answer.
    pub score: f64,
    /// The strongest first; never empty.
    pub reasons: Vec<Reason>,
}

/// The blast radius of some targets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Impact {
    /// Files or symbols, best first. Test cases are listed in `tests` only, test files here as well.
    pub impacted: Vec<Impacted>,
    /// The test cases that reach the targets, best first.
    pub tests: Vec<Impacted>,
    /// References that may be to a target and could not be resolved.
    pub unresolved: OpenSites,
    /// Rows before `limit`; at least so many when `is_partial`.
    pub total_impacted: usize,
    /// Tests before `limit`; at least so many when `is_partial`.
    pub total_tests: usize,
    /// Tests that may run the targets as well and are far less likely to than the best: they are in no list.
    pub unlikely_tests: usize,
    /// How many of those are expected to run them.
    pub unlikely_expected: f64,
    /// The walk ended before everything was reached.
    pub is_partial: bool,
    /// Rows are missing because of `limit`, or the walk ran out of its budget.
    pub truncated: bool,
    /// Direct dependents of the targets.
    pub dependents: usize,
}

/// Answers what a change of `targets` means, for all of them together.
///
/// # Errors
/// When the graph or the signals cannot be read.
pub fn impact(
    graph: &dyn GraphRead,
    signals: &dyn SignalRead,
    targets: &[NodeId],
    options: &ImpactOptions,
) -> Result<Impact, ReadError> {
    let target_records = graph.nodes(targets)?;
    let budget = match options.limit {
        0 => options.budget,
        limit => options.budget.min(limit.saturating_mul(SETTLED_PER_ROW)),
    };
    let all_are = |kind| target_records.iter().all(|node| node.kind == kind);
    let is_gated = !all_are(NodeKind::File) && options.question != Question::GoesWith;
    let start = Start {
        seeds: targets,
        closed: &[],
        purpose: Purpose::Feels,
        is_gated,
    };
    let reach = walk(graph, &start, budget)?;
    let holding = if is_gated {
        Holding::find(graph, &target_records, &reach, budget / HOLDERS_PART)?
    } else {
        Holding::default()
    };
    let mut target_files: Vec<NodeId> =
        target_records.iter().filter_map(|node| node.file).collect();
    target_files.sort_unstable();
    target_files.dedup();
    let file_signals = signals.signals(&target_files)?;
    let by_file = match (options.question, options.by) {
        (Question::GoesWith, _) | (_, Unit::File) => true,
        (_, Unit::Symbol) => false,
        (_, Unit::LikeTargets) => all_are(NodeKind::File),
    };
    let belongings = go_with(&target_files, &file_signals, by_file);
    let ranking = Ranking {
        graph,
        reach: &reach,
        question: options.question,
        reach_weight: match options.question {
            Question::Both => reach_beside_history(doubt(&file_signals)),
            Question::Breaks => 1.0,
            Question::GoesWith => 0.0,
        },
        record_of: reach
            .seeds
            .iter()
            .chain(reach.reached.iter().map(|reached| &reached.node))
            .chain(&holding.reach.seeds)
            .chain(holding.reach.reached.iter().map(|reached| &reached.node))
            .map(|node| (node.id, node))
            .collect(),
    };
    let cases = match options.question {
        Question::GoesWith => Vec::new(),
        Question::Both | Question::Breaks => {
            cases(graph, &reach, &holding, &target_records, &belongings)?
        }
    };
    let (tests, unlikely) = ranking.tests(&cases, is_gated);
    let impacted = if by_file {
        let sides = Sides::of(&target_records);
        ranking.files(&target_files, &sides, belongings)?
    } else {
        ranking.symbols(&belongings, &holding, &tests)
    };
    let curve_of_rows = if by_file {
        &Curve::FILES
    } else {
        &Curve::SYMBOLS
    };
    let curve_of_cases = if all_are(NodeKind::File) {
        &Curve::CASES_OF_FILES
    } else {
        &Curve::CASES_OF_SYMBOLS
    };
    let (total_impacted, total_tests) = (impacted.len(), tests.len());
    let is_cut = options.limit > 0 && total_impacted.max(total_tests) > options.limit;
    Ok(Impact {
        total_impacted,
        total_tests,
        unlikely_tests: unlikely.len(),
        unlikely_expected: unlikely
            .iter()
            .map(|score| curve_of_cases.probability(*score))
            .sum(),
        is_partial: reach.truncated,
        truncated: reach.truncated || is_cut,
        dependents: reach.dependents,
        unresolved: signals.unresolved(&target_records, MAX_UNRESOLVED)?,
        impacted: ranking.shown(impacted, curve_of_rows, options),
        tests: ranking.shown(tests, curve_of_cases, options),
    })
}

/// A row before it is known whether it is shown.
struct Row<'a> {
    node: Cow<'a, NodeRecord>,
    heir: Option<NodeId>,
    score: f64,
    /// What history and likeness say.
    reasons: Reasons,
    /// What the walk reached there, best first, and how much it counts.
    felt: SmallVec<[&'a Reached; 1]>,
    weight: f64,
}

/// How many of the files of the targets are tests.
struct Sides {
    tests: usize,
    files: usize,
}

impl Sides {
    fn of(targets: &[NodeRecord]) -> Sides {
        let paths: BTreeSet<&str> = targets
            .iter()
            .filter_map(|node| node.path.as_deref())
            .collect();
        let tests = paths.iter().filter(|path| is_path_of_test(path)).count();
        Sides {
            tests,
            files: paths.len(),
        }
    }

    /// The part of them that are tests where `path` is none, and the other way round.
    fn other_than(&self, path: &str) -> f64 {
        let others = if is_path_of_test(path) {
            self.files - self.tests
        } else {
            self.tests
        };
        others as f64 / self.files.max(1) as f64
    }
}

struct Ranking<'a> {
    graph: &'a dyn GraphRead,
    reach: &'a Reach,
    question: Question,
    /// The part of the walk's score that counts for a file.
    reach_weight: f64,
    record_of: FxHashMap<NodeId, &'a NodeRecord>,
}

impl Ranking<'_> {
    /// The best rows with their reasons.
    fn shown(
        &self,
        mut rows: Vec<Row<'_>>,
        curve: &Curve,
        options: &ImpactOptions,
    ) -> Vec<Impacted> {
        if options.limit > 0 && rows.len() > options.limit {
            // Of hundreds a few are shown: the others need no order.
            rows.select_nth_unstable_by(options.limit, best_first);
            rows.truncate(options.limit);
        }
        rows.sort_by(best_first);
        for row in &mut rows {
            row.score = curve.probability(row.score);
        }
        rows.retain(|row| row.score >= options.min_score);
        let record_of = |id: NodeId| self.record_of.get(&id).copied();
        let explained = rows.into_iter().map(|mut row| {
            for reached in row.felt.iter().take(EXPLAINED) {
                reach_reasons(reached, &record_of, row.weight, &mut row.reasons);
            }
            Impacted {
                node: row.node.into_owned(),
                heir: row.heir,
                score: row.score,
                reasons: row.reasons.strongest(),
            }
        });
        explained.collect()
    }

    /// A row for each file: what its symbols may feel, and how much it goes with the targets.
    fn files(
        &self,
        target_files: &[NodeId],
        sides: &Sides,
        mut belongings: BTreeMap<NodeId, Belonging>,
    ) -> Result<Vec<Row<'_>>, ReadError> {
        let mut felt: BTreeMap<NodeId, Vec<&Reached>> = BTreeMap::new();
        if self.question != Question::GoesWith {
            for reached in &self.reach.reached {
                if let Some(file) = reached
                    .node
                    .file
                    .filter(|file| !target_files.contains(file))
                {
                    felt.entry(file).or_default().push(reached);
                }
            }
        }
        if self.question == Question::Breaks {
            belongings.clear();
        }
        let mut files: Vec<NodeId> = felt.keys().chain(belongings.keys()).copied().collect();
        files.sort_unstable();
        files.dedup();
        let mut rows = Vec::with_capacity(files.len());
        for node in self.graph.nodes(&files)? {
            let belonging = belongings.remove(&node.id).unwrap_or_default();
            let mut felt = felt.remove(&node.id).unwrap_or_default();
            felt.sort_by(|one, other| {
                other
                    .score
                    .total_cmp(&one.score)
                    .then_with(|| place(&one.node).cmp(&place(&other.node)))
            });
            let breaks = together(&felt);
            let other_side = if belonging.score > 0.0 {
                sides.other_than(node.path.as_deref().unwrap_or_default())
            } else {
                0.0
            };
            let belongs = weighed(belonging.score, belonging.likeness, other_side);
            let neither = (1.0 - belongs) * (1.0 - self.reach_weight * breaks);
            rows.push(Row {
                node: Cow::Owned(node),
                heir: None,
                score: 1.0 - neither,
                reasons: belonging.reasons,
                felt: SmallVec::from_vec(felt),
                weight: self.reach_weight,
            });
        }
        Ok(rows)
    }

    /// A row for each symbol that the walk reached, or that may have an instance of what the targets need, and that is no
    /// test case.
    fn symbols<'b>(
        &'b self,
        belongings: &BTreeMap<NodeId, Belonging>,
        holding: &'b Holding,
        tests: &[Row<'_>],
    ) -> Vec<Row<'b>> {
        let most = most_belonging(belongings);
        let share = |node: &NodeRecord| {
            let history = belonging_of(node, belongings) / most;
            1.0 - SYMBOL_HISTORY_SHARE + SYMBOL_HISTORY_SHARE * history
        };
        let mut unseen = self.unwitnessed(tests);
        let is_symbol = |node: &NodeRecord| !node.is_test_case && node.path.is_some();
        let users = self.users_in_files();
        let seeds: FxHashSet<NodeId> = self.reach.seeds.iter().map(|seed| seed.id).collect();
        let mut rows = Vec::new();
        for reached in &self.reach.reached {
            if is_symbol(&reached.node) && !is_said_by_users(reached, &users) {
                let not_seen = unseen.remove(&reached.node.id).unwrap_or(1.0);
                let felt = 1.0 - (1.0 - calling(reached.score)) * not_seen;
                let score = if is_far_import(reached) {
                    IMPORTED_FAR * felt
                } else {
                    felt
                };
                let score = score * share(&reached.node);
                let score = if is_direct_caller(reached, &seeds) {
                    (DIRECT * score).min(1.0)
                } else {
                    score
                };
                rows.push(row_of(reached, score));
            }
        }
        let known: FxHashSet<NodeId> = rows.iter().map(|row| row.node.id).collect();
        for reached in &holding.reach.reached {
            let node = &reached.node;
            let is_caller = matches!(
                node.kind,
                NodeKind::Function | NodeKind::Method | NodeKind::Lambda
            );
            if is_caller && is_symbol(node) && !known.contains(&node.id) {
                rows.push(row_of(reached, SYMBOL_HOLDS * reached.score * share(node)));
            }
        }
        rows
    }

    /// For each file what its symbols use of what the walk reached.
    fn users_in_files(&self) -> FxHashSet<(NodeId, NodeId)> {
        let symbols = self.reach.reached.iter();
        let symbols = symbols.filter(|reached| reached.node.kind != NodeKind::File);
        let uses = symbols.filter_map(|reached| {
            let file = reached.node.file?;
            let from = reached.arrivals.iter().map(|arrival| arrival.edge.from);
            Some(from.map(move |from| (file, from)))
        });
        uses.flatten().collect()
    }

    /// For each node on the best way of a likely test the chance that none of those tests takes it: where many ways meet,
    /// one of them is taken.
    fn unwitnessed(&self, tests: &[Row<'_>]) -> FxHashMap<NodeId, f64> {
        let before: FxHashMap<NodeId, NodeId> = self
            .reach
            .reached
            .iter()
            .filter_map(|reached| Some((reached.node.id, reached.arrivals.first()?.edge.from)))
            .collect();
        let mut unseen: FxHashMap<NodeId, f64> = FxHashMap::default();
        for test in tests {
            let mut at = test.node.id;
            // A way is never longer than there are nodes; they were settled in this order.
            while let Some(&previous) = before.get(&at) {
                *unseen.entry(previous).or_insert(1.0) *= 1.0 - WITNESS * test.score;
                at = previous;
            }
        }
        unseen
    }

    /// The test cases that may run the targets and, when those are symbols, are not far behind the likeliest, with the scores
    /// of the others.
    fn tests<'b>(&self, cases: &[Case<'b>], is_symbol: bool) -> (Vec<Row<'b>>, Vec<f64>) {
        let best = cases.iter().map(|case| case.score).fold(0.0, f64::max);
        let cut = if is_symbol { TEST_CUT * best } else { 0.0 };
        let (likely, unlikely): (Vec<&Case<'_>>, Vec<&Case<'_>>) =
            cases.iter().partition(|case| case.score >= cut);
        let rows = likely.iter().map(|case| {
            let row = row_of(case.reached, case.score);
            match &case.inherited {
                Some((class, node)) => Row {
                    node: Cow::Owned(node.clone()),
                    heir: Some(*class),
                    ..row
                },
                None => row,
            }
        });
        (
            rows.collect(),
            unlikely.iter().map(|case| case.score).collect(),
        )
    }
}

/// Whether a target is called for sure, with nothing between.
fn is_direct_caller(reached: &Reached, seeds: &FxHashSet<NodeId>) -> bool {
    reached.arrivals.iter().any(|Arrival { edge, .. }| {
        edge.kind == EdgeKind::Calls
            && edge.confidence.probability() >= SURE
            && seeds.contains(&edge.from)
    })
}

/// Whether a file only imports what may feel the change: importing it runs nothing of that.
fn is_far_import(reached: &Reached) -> bool {
    reached.distance > 1
        && reached.node.kind == NodeKind::File
        && reached.arrivals.iter().all(is_import)
}

fn is_import(arrival: &Arrival) -> bool {
    let edge = &arrival.edge;
    edge.kind == EdgeKind::Imports || edge.kind == EdgeKind::References && edge.rule == Rule::Import
}

/// Whether a file only imports what its own symbols use: those are the rows to read.
fn is_said_by_users(reached: &Reached, users: &FxHashSet<(NodeId, NodeId)>) -> bool {
    reached.node.kind == NodeKind::File
        && reached.arrivals.iter().all(|arrival| {
            is_import(arrival) && users.contains(&(reached.node.id, arrival.edge.from))
        })
}

/// The row of a symbol.
fn row_of(reached: &Reached, score: f64) -> Row<'_> {
    Row {
        node: Cow::Borrowed(&reached.node),
        heir: None,
        score,
        reasons: Reasons::default(),
        felt: smallvec![reached],
        weight: 1.0,
    }
}

/// The chance that a file feels something, from its symbols, best first: they share what lies before them.
fn together(felt: &[&Reached]) -> f64 {
    let mut missed = 1.0;
    for (place, reached) in felt.iter().take(8).enumerate() {
        missed *= 1.0 - reached.score * if place == 0 { 1.0 } else { 0.3 };
    }
    1.0 - missed
}

fn best_first(one: &Row<'_>, other: &Row<'_>) -> Ordering {
    other
        .score
        .total_cmp(&one.score)
        .then_with(|| place(&one.node).cmp(&place(&other.node)))
}

/// Where a node stands: ids differ between builds, places do not.
fn place(node: &NodeRecord) -> (Option<&str>, u32, &str) {
    (node.path.as_deref(), node.line, &node.qualified_name)
}

//! The walk from the targets to what depends on them.
//!
//! Nodes are settled from the most to the least likely, a batch at a time. Depth lowers a score and never cuts: only
//! the budget of settled nodes ends a walk early. A test is a sink.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use arc_graph::{
    Direction, EdgeKind, GraphRead, Neighbor, NodeId, NodeKind, NodeRecord, ReadError,
};
use rustc_hash::FxHashMap;

use crate::weights::{OVERRIDDEN, WALKED, edge_weight, fan_in_factor, passage};

/// Nodes whose score is at least this part of the best open one are settled with it: one read instead of many.
const BATCH: f64 = 0.6;

/// Scores below this are noise whatever the graph.
const FLOOR: f64 = 0.000_01;

/// Nodes asked for in one read.
const MAX_BATCH: usize = 500;

/// One way a node was reached: the edge into it from a settled node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrival {
    pub(crate) edge: Neighbor,
    pub(crate) score: f64,
}

/// A node that depends on a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reached {
    pub(crate) node: NodeRecord,
    pub(crate) score: f64,
    /// Best first.
    pub(crate) arrivals: Vec<Arrival>,
    /// Edges between the node and the nearest target.
    pub(crate) distance: u32,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// The targets and everything inside them.
    pub(crate) seeds: Vec<NodeRecord>,
    pub(crate) reached: Vec<Reached>,
    /// Nodes that depend on a target directly, settled or not.
    pub(crate) dependents: usize,
    /// The budget ended the walk.
    pub(crate) truncated: bool,
}

/// Walks from `targets` until `budget` nodes are settled.
pub(crate) fn walk(
    graph: &dyn GraphRead,
    targets: &[NodeId],
    budget: usize,
) -> Result<Reach, ReadError> {
    let mut walk = Walk {
        graph,
        kinds: FxHashMap::default(),
        open: FxHashMap::default(),
        next: BinaryHeap::new(),
        settled: FxHashMap::default(),
    };
    let seeds = walk.seeds(targets)?;
    let mut batch: Vec<NodeId> = seeds.iter().map(|node| node.id).collect();
    for &seed in &batch {
        walk.settled.insert(seed, (1.0, 0));
    }
    let mut reached = Vec::new();
    let mut truncated = false;
    let mut dependents = None;
    while !batch.is_empty() {
        for part in batch.chunks(MAX_BATCH) {
            walk.expand(part)?;
        }
        dependents.get_or_insert(walk.open.len());
        batch = walk.settle_next(&mut reached)?;
        if reached.len() >= budget {
            truncated = !walk.open.is_empty() || !batch.is_empty();
            break;
        }
    }
    Ok(Reach {
        seeds,
        reached,
        dependents: dependents.unwrap_or(0),
        truncated,
    })
}

struct Walk<'a> {
    graph: &'a dyn GraphRead,
    /// Of settled nodes the kind, and whether the walk ends there.
    kinds: FxHashMap<NodeId, (NodeKind, bool)>,
    /// Nodes that are reached and not settled, with their ways in.
    open: FxHashMap<NodeId, Vec<Arrival>>,
    /// Every way in, the likeliest on top; those of settled nodes are passed over.
    next: BinaryHeap<Candidate>,
    /// Score and distance.
    settled: FxHashMap<NodeId, (f64, u32)>,
}

/// A way into an open node.
struct Candidate {
    score: f64,
    node: NodeId,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        let by_score = self.score.total_cmp(&other.score);
        by_score.then_with(|| other.node.cmp(&self.node))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

impl Walk<'_> {
    /// The targets with all that they contain: who changes a class may change each method.
    fn seeds(&mut self, targets: &[NodeId]) -> Result<Vec<NodeRecord>, ReadError> {
        let mut seeds: Vec<NodeId> = Vec::new();
        let mut frontier = targets.to_vec();
        let mut seen = std::collections::HashSet::new();
        while !frontier.is_empty() {
            frontier.retain(|node| seen.insert(*node));
            seeds.extend_from_slice(&frontier);
            let inside =
                self.graph
                    .neighbors(&frontier, Direction::Dependencies, &[EdgeKind::Contains])?;
            frontier = inside.into_iter().map(|edge| edge.node).collect();
        }
        let records = self.graph.nodes(&seeds)?;
        for record in &records {
            self.note(record);
        }
        Ok(records)
    }

    fn note(&mut self, record: &NodeRecord) {
        self.kinds.insert(record.id, (record.kind, is_sink(record)));
    }

    /// Opens the dependents of settled nodes.
    fn expand(&mut self, batch: &[NodeId]) -> Result<(), ReadError> {
        let sources: Vec<NodeId> = batch
            .iter()
            .copied()
            .filter(|node| self.settled[node].1 == 0 || !self.kinds[node].1)
            .collect();
        // A call of the base method may run the method that replaces it, so its callers are reached as well.
        let bases =
            self.graph
                .neighbors(&sources, Direction::Dependencies, &[EdgeKind::Overrides])?;
        self.open_dependents(&sources, &FxHashMap::default())?;
        let mut base_of: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        for edge in &bases {
            let better = base_of
                .get(&edge.node)
                .is_none_or(|&other| self.score_of(other) < self.score_of(edge.from));
            if better && !self.settled.contains_key(&edge.node) {
                base_of.insert(edge.node, edge.from);
            }
        }
        let mut stand_ins: Vec<NodeId> = base_of.keys().copied().collect();
        stand_ins.sort_unstable();
        self.open_dependents(&stand_ins, &base_of)
    }

    fn score_of(&self, node: NodeId) -> f64 {
        self.settled.get(&node).map_or(0.0, |&(score, _)| score)
    }

    /// Opens the dependents of `sources`; a source in `stand_in_for` acts for another node.
    fn open_dependents(
        &mut self,
        sources: &[NodeId],
        stand_in_for: &FxHashMap<NodeId, NodeId>,
    ) -> Result<(), ReadError> {
        if sources.is_empty() {
            return Ok(());
        }
        let edges = self
            .graph
            .neighbors(sources, Direction::Dependents, WALKED)?;
        for group in edges.chunk_by(|one, other| one.from == other.from) {
            let source = group[0].from;
            let acting = stand_in_for.get(&source).copied();
            let actor = acting.unwrap_or(source);
            let (mut score, distance) = self.settled[&actor];
            if acting.is_some() {
                score *= OVERRIDDEN;
            }
            if distance > 0 {
                score *= fan_in_factor(distinct(group)) * passage(self.kinds[&actor].0);
            }
            for edge in group {
                let is_new = !self.settled.contains_key(&edge.node);
                // Who replaces the base method as well is a sibling: it does not run this one.
                let is_sibling = acting.is_some() && edge.kind == EdgeKind::Overrides;
                let arrival = score * edge_weight(edge.kind) * edge.confidence.probability();
                if is_new && !is_sibling && arrival >= FLOOR {
                    let mut edge = edge.clone();
                    edge.from = actor;
                    self.next.push(Candidate {
                        score: arrival,
                        node: edge.node,
                    });
                    self.open.entry(edge.node).or_default().push(Arrival {
                        edge,
                        score: arrival,
                    });
                }
            }
        }
        Ok(())
    }

    /// Settles the likeliest open nodes and returns them.
    fn settle_next(&mut self, reached: &mut Vec<Reached>) -> Result<Vec<NodeId>, ReadError> {
        let mut batch: Vec<NodeId> = Vec::new();
        let mut top = 0.0;
        while let Some(candidate) = self.next.peek() {
            if candidate.score < top * BATCH {
                break;
            }
            let Some(candidate) = self.next.pop() else {
                break;
            };
            if self.open.contains_key(&candidate.node) {
                top = f64::max(top, candidate.score);
                batch.push(candidate.node);
            }
        }
        batch.sort_unstable();
        batch.dedup();
        for record in self.graph.nodes(&batch)? {
            let mut arrivals = self.open.remove(&record.id).unwrap_or_default();
            arrivals.sort_by(|one, other| {
                let key = |arrival: &Arrival| (arrival.edge.kind, arrival.edge.line);
                other
                    .score
                    .total_cmp(&one.score)
                    .then_with(|| key(one).cmp(&key(other)))
            });
            let score = either(&arrivals);
            let distance = arrivals
                .iter()
                .map(|arrival| self.settled[&arrival.edge.from].1 + 1)
                .min()
                .unwrap_or(1);
            self.settled.insert(record.id, (score, distance));
            self.note(&record);
            reached.push(Reached {
                node: record,
                score,
                arrivals,
                distance,
            });
        }
        // A node without a record is gone from the graph: it cannot be shown, so it is not walked past.
        for node in &batch {
            self.open.remove(node);
        }
        Ok(batch
            .into_iter()
            .filter(|node| self.settled.contains_key(node))
            .collect())
    }
}

/// The chance that a change arrives on at least one of the ways. Several edges from one node are one way, and ways
/// share what lies before them, so all but the best count half.
fn either(arrivals: &[Arrival]) -> f64 {
    let mut seen: Vec<NodeId> = Vec::new();
    let mut missed = 1.0;
    for arrival in arrivals {
        if seen.contains(&arrival.edge.from) {
            continue;
        }
        let share = if seen.is_empty() { 1.0 } else { 0.5 };
        missed *= 1.0 - share * arrival.score;
        seen.push(arrival.edge.from);
        if seen.len() == 8 {
            break;
        }
    }
    1.0 - missed
}

/// The nodes at the far side of edges in the order that a graph gives them.
fn distinct(edges: &[Neighbor]) -> usize {
    edges.chunk_by(|one, other| one.node == other.node).count()
}

/// Nothing runs a test but the runner. What stands beside tests and is none of them (helpers, fixtures) is passed.
pub(crate) fn is_sink(node: &NodeRecord) -> bool {
    node.is_test_case || node.is_test && node.kind == NodeKind::File
}

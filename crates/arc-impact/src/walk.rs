//! The walk from the targets to what depends on them.
//!
//! Nodes are settled from the most to the least likely, a batch at a time. Depth lowers a score and never cuts: only
//! the budget of settled nodes ends a walk early. A test is a sink.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use arc_graph::{
    Direction, EdgeKind, GraphRead, Member, Neighbor, NodeId, NodeKind, NodeRecord, ReadError,
};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::weights::{Purpose, WALKED, fan_in_factor, passage};

/// Nodes whose score is at least this part of the best open one are settled with it: one read instead of many.
const BATCH: f64 = 0.6;

/// Nodes asked for in one read.
const MAX_BATCH: usize = 500;

/// Room for nodes that is made beforehand, at most.
const ROOM: usize = 1_000;

/// One way a node was reached: the edge into it from a settled node, or several that differ by their lines alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrival {
    /// The edge, of several the one with the lowest line.
    pub(crate) edge: Neighbor,
    pub(crate) score: f64,
    /// The type that this way needs an instance of: of all on the way the one that fewest share.
    pub(crate) gate: Option<NodeId>,
    /// Where the lines of several edges stand in the list that goes with the way; empty of one edge.
    pub(crate) lines: Span,
}

impl Arrival {
    /// The way over one edge.
    pub(crate) fn over(edge: Neighbor, score: f64, gate: Option<NodeId>) -> Arrival {
        Arrival {
            edge,
            score,
            gate,
            lines: Span::default(),
        }
    }

    /// The lines of its edges, ascending; `all` is the list that goes with the way.
    pub(crate) fn lines<'a>(&'a self, all: &'a [u32]) -> &'a [u32] {
        if self.lines.count == 0 {
            std::slice::from_ref(&self.edge.line)
        } else {
            self.lines.of(all)
        }
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    first: u32,
    count: u32,
}

impl Span {
    fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.first as usize..][..self.count as usize]
    }

    /// Adds to the end of a list.
    fn add<T>(list: &mut Vec<T>, added: impl IntoIterator<Item = T>) -> Span {
        let first = list.len();
        list.extend(added);
        Span {
            first: first as u32,
            count: (list.len() - first) as u32,
        }
    }
}

/// A node that depends on a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reached {
    pub(crate) node: NodeRecord,
    pub(crate) score: f64,
    /// Best first.
    pub(crate) arrivals: Vec<Arrival>,
    /// The list that goes with them.
    pub(crate) lines: Vec<u32>,
    /// Edges between the node and the nearest target.
    pub(crate) distance: u32,
    /// The gate of the best way.
    pub(crate) gate: Option<NodeId>,
}

impl Reached {
    /// Its ways, each over one edge.
    fn each_way(&self) -> Vec<Arrival> {
        let ways = self.arrivals.iter().flat_map(|way| {
            let lines = way.lines(&self.lines).iter();
            lines.map(|line| {
                let mut edge = way.edge.clone();
                edge.line = *line;
                Arrival::over(edge, way.score, way.gate)
            })
        });
        ways.collect()
    }
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

/// Where a walk begins.
pub(crate) struct Start<'a> {
    pub(crate) seeds: &'a [NodeId],
    /// Nodes that are never entered.
    pub(crate) closed: &'a [NodeId],
    pub(crate) purpose: Purpose,
    /// Whether ways know the types that they need instances of.
    pub(crate) is_gated: bool,
}

/// Walks from what `start` says until `budget` nodes are settled.
pub(crate) fn walk(
    graph: &dyn GraphRead,
    start: &Start<'_>,
    budget: usize,
) -> Result<Reach, ReadError> {
    // A table that grows is filled anew each time.
    let room = budget.min(ROOM);
    let mut walk = Walk {
        graph,
        purpose: start.purpose,
        is_gated: start.is_gated,
        known: FxHashMap::with_capacity_and_hasher(room, FxBuildHasher),
        parents: FxHashMap::default(),
        members: FxHashMap::default(),
        loads: FxHashMap::default(),
        subtypes: FxHashMap::default(),
        open: FxHashMap::with_capacity_and_hasher(4 * room, FxBuildHasher),
        ways: Ways::default(),
        lines: Vec::new(),
        next: BinaryHeap::new(),
        settled: FxHashMap::with_capacity_and_hasher(room, FxBuildHasher),
        late: Vec::new(),
    };
    for &closed in start.closed {
        walk.settled.insert(closed, Settled::CLOSED);
    }
    let seeds = walk.seeds(start.seeds)?;
    let mut batch: Vec<NodeId> = seeds.iter().map(|node| node.id).collect();
    walk.read_parents(&batch)?;
    walk.count_subtypes(&batch)?;
    for &seed in &batch {
        let gate = walk.gate_of(seed);
        walk.settled.insert(seed, Settled::seed(gate));
    }
    let mut reached = Vec::with_capacity(room);
    let mut truncated = false;
    let mut dependents = None;
    loop {
        for part in batch.chunks(MAX_BATCH) {
            walk.expand(part)?;
        }
        dependents.get_or_insert(walk.open.len());
        let Some(next) = walk.settle_next(&mut reached)? else {
            break;
        };
        batch = next;
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

/// What the walk keeps of a node that it is done with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) score: f64,
    pub(crate) distance: u32,
    pub(crate) gate: Option<NodeId>,
}

impl Settled {
    /// Nothing comes in, so nothing goes on.
    const CLOSED: Settled = Settled {
        score: 0.0,
        distance: 0,
        gate: None,
    };

    fn seed(gate: Option<NodeId>) -> Settled {
        Settled {
            score: 1.0,
            distance: 0,
            gate,
        }
    }
}

/// What the walk asks of a node again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) kind: NodeKind,
    pub(crate) is_test: bool,
    pub(crate) is_static: bool,
    /// The walk ends there.
    pub(crate) is_sink: bool,
    pub(crate) file: Option<NodeId>,
}

/// The state of one walk. What is not a plain edge (`crate::ways`) opens nodes as well.
pub(crate) struct Walk<'a> {
    pub(crate) graph: &'a dyn GraphRead,
    pub(crate) purpose: Purpose,
    pub(crate) is_gated: bool,
    pub(crate) known: FxHashMap<NodeId, Known>,
    /// What contains a node; read for settled nodes.
    pub(crate) parents: FxHashMap<NodeId, NodeId>,
    /// What scopes contain, by line.
    pub(crate) members: FxHashMap<NodeId, Vec<Member>>,
    /// The likeliest way into what runs when a file is loaded; `None` once its tests are open.
    pub(crate) loads: FxHashMap<NodeId, Option<Arrival>>,
    /// How many types extend a type.
    pub(crate) subtypes: FxHashMap<NodeId, usize>,
    /// Nodes that are reached and not settled, with their ways in.
    pub(crate) open: FxHashMap<NodeId, Open>,
    /// All ways into them. Most nodes have few, and many are never settled: a list for each would be most of what a walk
    /// allocates.
    ways: Ways,
    /// The list that goes with them.
    lines: Vec<u32>,
    /// Ways in that were the likeliest so far, the likeliest of all on top; those of settled nodes are passed over.
    next: BinaryHeap<Candidate>,
    pub(crate) settled: FxHashMap<NodeId, Settled>,
    /// Ways into scopes that were settled before, each over one edge.
    pub(crate) late: Vec<Arrival>,
}

/// A node that is reached and not settled.
#[derive(Default)]
pub(crate) struct Open {
    /// The place of the last way into it.
    last: Option<u32>,
    /// How many there are.
    ways: u32,
    /// The score of the likeliest of them.
    best: f64,
}

/// Ways, each with the place of the one before it into the same node. They stand in blocks that never move: a list that
/// doubles would copy tens of thousands of them again and again, each time into fresh memory.
#[derive(Default)]
struct Ways(Vec<Vec<(Arrival, Option<u32>)>>);

impl Ways {
    const BLOCK: usize = 1 << 10;

    /// Adds a way and gives its place.
    fn push(&mut self, way: Arrival, before: Option<u32>) -> u32 {
        if self.0.last().is_none_or(|block| block.len() == Ways::BLOCK) {
            // Most walks are short.
            let room = if self.0.is_empty() { 0 } else { Ways::BLOCK };
            self.0.push(Vec::with_capacity(room));
        }
        let blocks = self.0.len();
        let block = &mut self.0[blocks - 1];
        block.push((way, before));
        ((blocks - 1) * Ways::BLOCK + block.len() - 1) as u32
    }

    fn get(&self, at: u32) -> &(Arrival, Option<u32>) {
        let at = at as usize;
        &self.0[at / Ways::BLOCK][at % Ways::BLOCK]
    }
}

/// What can be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Settle an open node.
    Settle(NodeId),
    /// Open the tests of a file that run what its loading runs.
    Load(NodeId),
}

/// A way on.
struct Candidate {
    score: f64,
    step: Step,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        let by_score = self.score.total_cmp(&other.score);
        by_score.then_with(|| other.step.cmp(&self.step))
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
    /// The targets with all that they contain: who changes a class may change each method. Who has an instance of a type
    /// need not know its methods.
    fn seeds(&mut self, targets: &[NodeId]) -> Result<Vec<NodeRecord>, ReadError> {
        let mut seeds: Vec<NodeId> = Vec::new();
        let mut frontier = targets.to_vec();
        let mut seen = FxHashSet::default();
        while !frontier.is_empty() {
            frontier.retain(|node| seen.insert(*node));
            seeds.extend_from_slice(&frontier);
            if self.purpose == Purpose::Holds {
                break;
            }
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

    pub(crate) fn note(&mut self, record: &NodeRecord) {
        self.known.insert(
            record.id,
            Known {
                kind: record.kind,
                is_test: record.is_test,
                is_static: record.is_static,
                is_sink: is_sink(record),
                file: record.file,
            },
        );
    }

    /// Opens the dependents of settled nodes.
    fn expand(&mut self, batch: &[NodeId]) -> Result<(), ReadError> {
        let sources: Vec<NodeId> = batch
            .iter()
            .copied()
            .filter(|node| self.settled[node].distance == 0 || !self.known[node].is_sink)
            .collect();
        self.open_dependents(&sources, &FxHashMap::default())?;
        self.open_callers_of_bases(&sources)?;
        self.open_enclosing(&sources)?;
        let late = std::mem::take(&mut self.late);
        self.open_loaded(&late)
    }

    pub(crate) fn score_of(&self, node: NodeId) -> f64 {
        self.settled.get(&node).map_or(0.0, |settled| settled.score)
    }

    /// Opens the dependents of `sources`; a source in `stand_in_for` acts for another node, with a part of its score.
    pub(crate) fn open_dependents(
        &mut self,
        sources: &[NodeId],
        stand_in_for: &FxHashMap<NodeId, (NodeId, f64)>,
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
            let (actor, part) = acting.unwrap_or((source, 1.0));
            let settled = self.settled[&actor];
            let mut score = settled.score * part;
            if settled.distance > 0 {
                score *= fan_in_factor(distinct(group)) * passage(self.known[&actor].kind);
            }
            for run in group.chunk_by(differ_by_line) {
                let mut edge = run[0].clone();
                // Who replaces the base method as well is a sibling: it does not run this one.
                let is_sibling = acting.is_some() && edge.kind == EdgeKind::Overrides;
                if is_sibling {
                    continue;
                }
                edge.from = actor;
                let weight = self.purpose.weight(edge.kind) * edge.confidence.probability();
                let way = Arrival::over(edge, score * weight, settled.gate);
                self.arrive_over(way, run);
            }
        }
        Ok(())
    }

    /// Opens the node at the end of a way over one edge, if it is likely enough.
    pub(crate) fn arrive(&mut self, arrival: Arrival) {
        let edge = arrival.edge.clone();
        self.arrive_over(arrival, &[edge]);
    }

    /// Opens the node at the end of a way over edges that differ by their lines alone, if it is likely enough.
    fn arrive_over(&mut self, mut arrival: Arrival, edges: &[Neighbor]) {
        if arrival.score < self.purpose.floor() {
            return;
        }
        let node = arrival.edge.node;
        if let Some(settled) = self.settled.get(&node) {
            if settled.distance > 0 && self.is_scope(node) {
                self.late.extend(edges.iter().map(|edge| {
                    let mut way = arrival.clone();
                    way.edge.line = edge.line;
                    way
                }));
            }
            return;
        }
        if edges.len() > 1 {
            arrival.lines = Span::add(&mut self.lines, edges.iter().map(|edge| edge.line));
        }
        let open = self.open.entry(node).or_default();
        if arrival.score > open.best {
            open.best = arrival.score;
            self.next.push(Candidate {
                score: arrival.score,
                step: Step::Settle(node),
            });
        }
        open.last = Some(self.ways.push(arrival, open.last));
        open.ways += 1;
    }

    /// Remembers a way into what the loading of `file` runs.
    pub(crate) fn load(&mut self, file: NodeId, way: Arrival) {
        let known = self.loads.get(&file);
        let is_better =
            known.is_none_or(|known| known.as_ref().is_some_and(|known| known.score < way.score));
        if is_better && way.score >= self.purpose.floor() {
            self.next.push(Candidate {
                score: way.score,
                step: Step::Load(file),
            });
            self.loads.insert(file, Some(way));
        }
    }

    /// Settles the likeliest open nodes and returns them; `None` when there is none.
    fn settle_next(
        &mut self,
        reached: &mut Vec<Reached>,
    ) -> Result<Option<Vec<NodeId>>, ReadError> {
        let Some((batch, loads)) = self.likeliest() else {
            return Ok(None);
        };
        for way in &loads {
            self.open_cases(way)?;
        }
        let records = self.graph.nodes(&batch)?;
        for record in &records {
            self.note(record);
        }
        let first = reached.len();
        let ids: Vec<NodeId> = records.iter().map(|record| record.id).collect();
        let nested: Vec<NodeId> = ids
            .iter()
            .copied()
            .filter(|id| self.is_nested(*id))
            .collect();
        self.read_parents(&nested)?;
        self.count_subtypes(&nested)?;
        for record in records {
            let (mut arrivals, lines) = self.ways_into(record.id);
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
                .map(|arrival| self.settled[&arrival.edge.from].distance + 1)
                .min()
                .unwrap_or(1);
            let gate = self.narrower(
                arrivals.first().and_then(|best| best.gate),
                self.gate_of(record.id),
            );
            let settled = Settled {
                score,
                distance,
                gate,
            };
            self.settled.insert(record.id, settled);
            reached.push(Reached {
                node: record,
                score,
                arrivals,
                lines,
                distance,
                gate,
            });
        }
        // A node without a record is gone from the graph: it cannot be shown, so it is not walked past.
        for node in &batch {
            self.open.remove(node);
        }
        for settled in &reached[first..] {
            if self.is_scope(settled.node.id) {
                self.open_loaded(&settled.each_way())?;
            }
        }
        Ok(Some(ids))
    }

    /// The ways into an open node in the order in which they were found, and their lines; it is open no longer.
    fn ways_into(&mut self, node: NodeId) -> (Vec<Arrival>, Vec<u32>) {
        let open = self.open.remove(&node).unwrap_or_default();
        let mut found = Vec::with_capacity(open.ways as usize);
        let mut lines = Vec::new();
        let mut at = open.last;
        while let Some(place) = at {
            let (way, before) = self.ways.get(place);
            let mut way = way.clone();
            way.lines = Span::add(&mut lines, way.lines.of(&self.lines).iter().copied());
            found.push(way);
            at = *before;
        }
        found.reverse();
        (found, lines)
    }

    /// The open nodes that are settled next, by id, and the ways into files whose tests are opened next.
    fn likeliest(&mut self) -> Option<(Vec<NodeId>, Vec<Arrival>)> {
        let (mut batch, mut loads) = (Vec::new(), Vec::new());
        let mut top = 0.0;
        while let Some(candidate) = self.next.peek() {
            if candidate.score < top * BATCH {
                break;
            }
            let Some(candidate) = self.next.pop() else {
                break;
            };
            match candidate.step {
                Step::Settle(node) if self.open.contains_key(&node) => batch.push(node),
                Step::Load(file) => match self.loads.get_mut(&file).and_then(Option::take) {
                    Some(way) => loads.push(way),
                    None => continue,
                },
                Step::Settle(_) => continue,
            }
            top = f64::max(top, candidate.score);
        }
        if batch.is_empty() && loads.is_empty() {
            return None;
        }
        batch.sort_unstable();
        batch.dedup();
        Some((batch, loads))
    }
}

/// The chance that a change arrives on at least one of the ways. Several edges from one node are one way, and ways
/// share what lies before them, so all but the best count half.
fn either(arrivals: &[Arrival]) -> f64 {
    let mut seen: SmallVec<[NodeId; 8]> = SmallVec::new();
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

/// Whether edges between the same two nodes say the same, but for the line.
fn differ_by_line(one: &Neighbor, other: &Neighbor) -> bool {
    let said = |edge: &Neighbor| (edge.node, edge.kind, edge.confidence, edge.rule);
    said(one) == said(other)
}

/// The nodes at the far side of edges in the order that a graph gives them.
fn distinct(edges: &[Neighbor]) -> usize {
    edges.chunk_by(|one, other| one.node == other.node).count()
}

/// Nothing runs a test but the runner. What stands beside tests and is none of them (helpers, fixtures) is passed.
pub(crate) fn is_sink(node: &NodeRecord) -> bool {
    node.is_test_case || node.is_test && node.kind == NodeKind::File
}

//! Who may have an instance of the types that a way needs one of.
//!
//! A method of an instance runs only where there is one. A caller of the base type reaches every method that replaces the
//! one it calls; what tells them apart is who made which instance.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::walk::{Reach, Reached, Start, walk};
use crate::weights::{Purpose, SURE_CALL};

/// What nodes are worth that have an instance.
type Holders = FxHashMap<NodeId, f64>;

/// Who has an instance of the targets' types, and of the type that most ways to the targets go through.
#[derive(Default)]
pub(crate) struct Holding {
    /// The types of the targets, when all targets are methods of instances, or of what calls them where no test does.
    own: Option<(Vec<NodeId>, Holders)>,
    /// What reached the holders of those types.
    pub(crate) reach: Reach,
    gate: Option<(NodeId, Holders)>,
}

impl Holding {
    /// Walks from the types of `targets`, and from the gate before most of the test cases in `reach`.
    pub(crate) fn find(
        graph: &dyn GraphRead,
        targets: &[NodeRecord],
        reach: &Reach,
        budget: usize,
    ) -> Result<Holding, ReadError> {
        let mut holding = Holding::default();
        let callers;
        let bound = if targets.iter().all(needs_instance) {
            targets
        } else {
            callers = unseen_callers(reach);
            &callers
        };
        if let Some(types) = own_types(graph, bound)? {
            let closed = replacing_types(graph, bound)?;
            holding.reach = walk_from(graph, &types, &closed, budget)?;
            holding.own = Some((types, holders(&holding.reach)));
        }
        if let Some(gate) = holding.busiest_gate(reach) {
            let reach = walk_from(graph, &[gate], &[], budget)?;
            holding.gate = Some((gate, holders(&reach)));
        }
        Ok(holding)
    }

    /// The gate, other than the targets' own types, that most of the reached tests are behind.
    fn busiest_gate(&self, reach: &Reach) -> Option<NodeId> {
        let mut worth: BTreeMap<NodeId, f64> = BTreeMap::new();
        let own = self.own.as_ref().map_or(&[][..], |(types, _)| types);
        for reached in &reach.reached {
            if let Some(gate) = reached.gate.filter(|gate| !own.contains(gate))
                && reached.node.is_test_case
            {
                *worth.entry(gate).or_default() += reached.score;
            }
        }
        let mut best: Option<(NodeId, f64)> = None;
        for (gate, worth) in worth {
            if best.is_none_or(|(_, other)| worth > other) {
                best = Some((gate, worth));
            }
        }
        best.map(|(gate, _)| gate)
    }

    /// Whether what is known of instances tells the tests in `reach` apart. A test that calls a target has an instance of its
    /// type; when most such tests have none by what is known, instances are handed on in ways that nobody followed.
    pub(crate) fn tells(&self, reach: &Reach) -> bool {
        let tests = reach.reached.iter().filter(|one| one.node.is_test_case);
        let (mut callers, mut known) = (0, 0);
        let mut has_holder = false;
        for test in tests {
            let Some(worth) = self.needed(test) else {
                has_holder = true;
                continue;
            };
            has_holder |= worth > 0.0;
            if calls_surely(test) {
                callers += 1;
                known += usize::from(self.own(test.node.id).is_some_and(|worth| worth > 0.0));
            }
        }
        has_holder && 2 * known >= callers
    }

    /// What a node is worth that has an instance of the targets' types; `None` when none is needed.
    pub(crate) fn own(&self, node: NodeId) -> Option<f64> {
        let (_, holders) = self.own.as_ref()?;
        Some(holders.get(&node).copied().unwrap_or(0.0))
    }

    /// The same of the type that its best way to the targets needs.
    pub(crate) fn needed(&self, reached: &Reached) -> Option<f64> {
        if self.is_behind_gate(reached) {
            self.behind_gate(reached.node.id)
        } else {
            self.own(reached.node.id)
        }
    }

    /// Whether the best way to the targets needs the type that most ways need.
    pub(crate) fn is_behind_gate(&self, reached: &Reached) -> bool {
        matches!((&self.gate, reached.gate), (Some((gate, _)), Some(needed)) if *gate == needed)
    }

    /// What a node is worth that has an instance of that type; `None` when there is none.
    pub(crate) fn behind_gate(&self, node: NodeId) -> Option<f64> {
        let (_, holders) = self.gate.as_ref()?;
        Some(holders.get(&node).copied().unwrap_or(0.0))
    }
}

/// The methods of instances nearest to the targets, when ways lead to such and to no test: something runs them unseen, as
/// `getattr(self, f"visit_{kind}")` does, and it has an instance.
fn unseen_callers(reach: &Reach) -> Vec<NodeRecord> {
    if reach.reached.iter().any(|one| one.node.is_test_case) {
        return Vec::new();
    }
    let is_bound = |one: &&Reached| needs_instance(&one.node);
    let methods = || reach.reached.iter().filter(is_bound);
    let nearest = methods().map(|one| one.distance).min();
    methods()
        .filter(|one| Some(one.distance) == nearest)
        .map(|one| one.node.clone())
        .collect()
}

/// Whether a node is a method that runs only where there is an instance.
fn needs_instance(node: &NodeRecord) -> bool {
    node.kind == NodeKind::Method && !node.is_static && !node.is_test
}

/// Whether a target is called by name, and surely.
fn calls_surely(reached: &Reached) -> bool {
    reached.distance == 1
        && reached.arrivals.iter().any(|arrival| {
            arrival.edge.kind == EdgeKind::Calls
                && arrival.edge.confidence.probability() >= SURE_CALL
        })
}

fn holders(reach: &Reach) -> Holders {
    let reached = reach.reached.iter();
    reached
        .map(|reached| (reached.node.id, reached.score))
        .collect()
}

/// Walks from types and their constructors.
fn walk_from(
    graph: &dyn GraphRead,
    types: &[NodeId],
    closed: &[NodeId],
    budget: usize,
) -> Result<Reach, ReadError> {
    let mut seeds = types.to_vec();
    for &of in types {
        let members = graph.members(of)?.into_iter();
        let constructors = members.filter(|member| member.is_constructor);
        seeds.extend(constructors.map(|member| member.id));
    }
    let start = Start {
        seeds: &seeds,
        closed,
        purpose: Purpose::Holds,
        is_gated: false,
    };
    walk(graph, &start, budget)
}

/// The types that have the targets, when each target is a method that needs an instance.
fn own_types(
    graph: &dyn GraphRead,
    targets: &[NodeRecord],
) -> Result<Option<Vec<NodeId>>, ReadError> {
    if targets.is_empty() || !targets.iter().all(needs_instance) {
        return Ok(None);
    }
    let ids: Vec<NodeId> = targets.iter().map(|target| target.id).collect();
    let around = graph.neighbors(&ids, Direction::Dependents, &[EdgeKind::Contains])?;
    let mut types: Vec<NodeId> = around.into_iter().map(|edge| edge.node).collect();
    types.sort_unstable();
    types.dedup();
    Ok((!types.is_empty()).then_some(types))
}

/// The types that replace a target by a method of their own, at any depth.
fn replacing_types(
    graph: &dyn GraphRead,
    targets: &[NodeRecord],
) -> Result<Vec<NodeId>, ReadError> {
    let mut seen = FxHashSet::default();
    let mut frontier: Vec<NodeId> = targets.iter().map(|target| target.id).collect();
    let mut replacing = Vec::new();
    while !frontier.is_empty() {
        let edges = graph.neighbors(&frontier, Direction::Dependents, &[EdgeKind::Overrides])?;
        frontier = edges.into_iter().map(|edge| edge.node).collect();
        frontier.retain(|node| seen.insert(*node));
        replacing.extend_from_slice(&frontier);
    }
    let around = graph.neighbors(&replacing, Direction::Dependents, &[EdgeKind::Contains])?;
    let mut types: Vec<NodeId> = around.into_iter().map(|edge| edge.node).collect();
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

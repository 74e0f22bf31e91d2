//! How the rows of a blast radius hang together: the edges among them, for a picture.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_store::GraphFile;
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask::{AskError, ImpactAnswer};
use crate::changes::Changes;
use crate::report::{ImpactReport, rounded};

/// Definitions inside the rows that are looked at.
const MOST_OWNED: usize = 100_000;
/// Ties that are told, the surest first.
const MOST_TIES: usize = 20_000;
/// How deep definitions inside a row are looked for.
const DEEPEST: usize = 6;

/// One row depends on another: all edges between them and what they contain.
#[derive(Clone, Copy)]
struct Tie {
    /// The dependent, by its place in the list that was asked about.
    from: usize,
    /// The dependency.
    to: usize,
    /// The surest edge.
    kind: EdgeKind,
    /// Its line in the file of the dependent, from 1; 0 when it has none.
    line: u32,
    /// How sure it is, 0 to 1.
    confidence: f64,
    /// Edges.
    count: u32,
}

/// The ties among some files and symbols, in their order. What stands inside one of them counts as that one.
fn ties_among(graph: &GraphFile, nodes: &[NodeRecord]) -> Result<Vec<Tie>, AskError> {
    let owners = owners(graph, nodes)?;
    let owned: Vec<NodeId> = owners.keys().copied().collect();
    let kinds: Vec<EdgeKind> = EdgeKind::ALL
        .iter()
        .copied()
        .filter(|kind| *kind != EdgeKind::Contains)
        .collect();
    let mut ties: BTreeMap<(usize, usize), Tie> = BTreeMap::new();
    for edge in graph.neighbors(&owned, Direction::Dependencies, &kinds)? {
        let (Some(&from), Some(&to)) = (owners.get(&edge.from), owners.get(&edge.node)) else {
            continue;
        };
        if from == to {
            continue;
        }
        let found = Tie {
            from,
            to,
            kind: edge.kind,
            line: edge.line,
            confidence: edge.confidence.probability(),
            count: 1,
        };
        ties.entry((from, to))
            .and_modify(|tie| {
                let count = tie.count + 1;
                if found.confidence > tie.confidence {
                    *tie = found;
                }
                tie.count = count;
            })
            .or_insert(found);
    }
    let mut ties: Vec<Tie> = ties.into_values().collect();
    if ties.len() > MOST_TIES {
        ties.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        ties.truncate(MOST_TIES);
        ties.sort_by_key(|tie| (tie.from, tie.to));
    }
    Ok(ties)
}

/// Which row a definition belongs to: a row to itself, what it contains to it unless that is a row of its own.
fn owners(graph: &GraphFile, nodes: &[NodeRecord]) -> Result<BTreeMap<NodeId, usize>, AskError> {
    let mut owners: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        owners.entry(node.id).or_insert(at);
    }
    for (at, node) in nodes.iter().enumerate() {
        if owners.len() >= MOST_OWNED {
            break;
        }
        if node.kind == NodeKind::File {
            for symbol in graph.symbols_in(node.id)? {
                owners.entry(symbol).or_insert(at);
            }
            continue;
        }
        let mut scopes = vec![node.id];
        for _ in 0..DEEPEST {
            let mut inner = Vec::new();
            for scope in scopes {
                inner.extend(graph.members(scope)?.into_iter().map(|member| member.id));
            }
            inner.retain(|id| !owners.contains_key(id));
            owners.extend(inner.iter().map(|id| (*id, at)));
            scopes = inner;
        }
    }
    Ok(owners)
}

/// A blast radius with the ties among its rows.
#[derive(JsonSchema, Serialize)]
pub struct NeighborhoodReport {
    schema: &'static str,
    impact: ImpactReport,
    /// Among `targets`, `impacted` and `tests`, whose rows are counted through in this order from 0.
    ties: Vec<TieReport>,
}

#[derive(JsonSchema, Serialize)]
struct TieReport {
    /// The dependent.
    from: usize,
    /// The dependency.
    to: usize,
    kind: &'static str,
    count: u32,
    at: Option<String>,
    confidence: f64,
}

impl NeighborhoodReport {
    /// The report of an answer, and of the diff that it is about.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn new(
        graph: &GraphFile,
        answer: &ImpactAnswer,
        changes: Option<&Changes>,
    ) -> Result<NeighborhoodReport, AskError> {
        let targets = answer.targets.iter().map(|target| &target.node);
        let rows = answer.impact.impacted.iter().chain(&answer.impact.tests);
        let nodes: Vec<NodeRecord> = targets.chain(rows.map(|row| &row.node)).cloned().collect();
        let place = |tie: &Tie| {
            let path = nodes[tie.from].path.as_ref().filter(|_| tie.line > 0)?;
            Some(format!("{path}:{}", tie.line))
        };
        let ties = ties_among(graph, &nodes)?;
        Ok(NeighborhoodReport {
            schema: "arc.neighborhood/1",
            impact: ImpactReport::new(answer, changes, None),
            ties: ties
                .iter()
                .map(|tie| TieReport {
                    from: tie.from,
                    to: tie.to,
                    kind: tie.kind.as_str(),
                    count: tie.count,
                    at: place(tie),
                    confidence: rounded(tie.confidence),
                })
                .collect(),
        })
    }
}

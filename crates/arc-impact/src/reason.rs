//! Why a row is in the answer, in words and with places to open.

use arc_graph::{EdgeKind, NodeId, NodeRecord};

use crate::signals::{CoChanged, FileSignals, Resembling};
use crate::walk::{Arrival, Reached};

/// Reasons shown for a row, unless more kinds of evidence have a part in its score: each kind is shown.
const MAX_REASONS: usize = 3;

/// Places shown for a reason.
const MAX_PLACES: usize = 5;

/// What a reason rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonKind {
    /// An edge of the graph, directly or through others.
    Edge(EdgeKind),
    /// Common commits.
    CoChange,
    /// Names that one defines and the other uses.
    Refers,
    /// Common vocabulary.
    Vocabulary,
    /// Similar paths.
    Path,
}

impl ReasonKind {
    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ReasonKind::Edge(kind) => kind.as_str(),
            ReasonKind::CoChange => "co_change",
            ReasonKind::Refers => "refers",
            ReasonKind::Vocabulary => "vocabulary",
            ReasonKind::Path => "path",
        }
    }

    /// The kind that stands for all edges, or itself.
    fn family(self) -> ReasonKind {
        match self {
            ReasonKind::Edge(_) => ReasonKind::Refers,
            ReasonKind::CoChange
            | ReasonKind::Refers
            | ReasonKind::Vocabulary
            | ReasonKind::Path => self,
        }
    }
}

/// Why a row is in the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What it rests on.
    pub kind: ReasonKind,
    /// One clause for people, without the row's own name.
    pub text: String,
    /// Places to open: `path:line`, or commits.
    pub at: Vec<String>,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

/// Reasons with the strength by which they are ordered.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    found: Vec<(f64, Reason)>,
}

impl Reasons {
    pub(crate) fn push(&mut self, strength: f64, reason: Reason) {
        self.found.push((strength, reason));
    }

    /// The strongest of each kind of evidence, filled up with the strongest others; each text once, strongest first.
    pub(crate) fn strongest(mut self) -> Vec<Reason> {
        self.found.sort_by(|one, other| {
            other
                .0
                .total_cmp(&one.0)
                .then_with(|| (one.1.kind, &one.1.text).cmp(&(other.1.kind, &other.1.text)))
        });
        let has_edge = self
            .found
            .iter()
            .any(|(_, reason)| matches!(reason.kind, ReasonKind::Edge(_)));
        let mut families: Vec<ReasonKind> = Vec::new();
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        for (place, (_, reason)) in self.found.into_iter().enumerate() {
            let mut known = firsts.iter().chain(&others);
            // Names that are used say what the edges say.
            let says_edge = has_edge && reason.kind == ReasonKind::Refers;
            if says_edge || known.any(|(_, known): &(usize, Reason)| known.text == reason.text) {
                continue;
            }
            let family = reason.kind.family();
            if families.contains(&family) {
                others.push((place, reason));
            } else {
                families.push(family);
                firsts.push((place, reason));
            }
        }
        others.truncate(MAX_REASONS.saturating_sub(firsts.len()));
        firsts.append(&mut others);
        firsts.sort_by_key(|(place, _)| *place);
        firsts.into_iter().map(|(_, reason)| reason).collect()
    }
}

/// The reasons why the walk reached a node: its best ways, edges from one node taken together.
pub(crate) fn reach_reasons<'a>(
    reached: &Reached,
    record_of: &dyn Fn(NodeId) -> Option<&'a NodeRecord>,
    weight: f64,
    reasons: &mut Reasons,
) {
    let mut groups: Vec<(NodeId, EdgeKind)> = Vec::new();
    let is_called = |from: NodeId| {
        let mut arrivals = reached.arrivals.iter();
        arrivals.any(|arrival| arrival.edge.from == from && arrival.edge.kind == EdgeKind::Calls)
    };
    for arrival in &reached.arrivals {
        let group = (arrival.edge.from, arrival.edge.kind);
        // That a test exercises what it calls needs no second line.
        let is_said = arrival.edge.kind == EdgeKind::Tests && is_called(arrival.edge.from);
        if !is_said && !groups.contains(&group) {
            groups.push(group);
        }
        if groups.len() == MAX_REASONS {
            break;
        }
    }
    for (from, kind) in groups {
        let ways: Vec<&Arrival> = reached
            .arrivals
            .iter()
            .filter(|arrival| arrival.edge.from == from && arrival.edge.kind == kind)
            .collect();
        let target = record_of(from).map_or("what changes", display_name);
        let is_made = kind == EdgeKind::Calls
            && record_of(from).is_some_and(|node| node.is_constructor && target != node.name);
        let verb = if is_made { "makes" } else { verb(kind) };
        let lines = ways.iter().flat_map(|way| way.lines(&reached.lines));
        let mut lines: Vec<u32> = lines.copied().collect();
        let sites = if lines.len() > 1 {
            format!(" ({} sites)", lines.len())
        } else {
            String::new()
        };
        let steps = if reached.distance > 1 {
            format!(", {} steps away", reached.distance)
        } else {
            String::new()
        };
        let path = reached.node.path.as_deref().unwrap_or_default();
        lines.sort_unstable();
        lines.dedup();
        let best = ways.iter().map(|way| way.score).fold(0.0, f64::max);
        let confidence = ways
            .iter()
            .map(|way| way.edge.confidence.probability())
            .fold(0.0, f64::max);
        reasons.push(
            weight * best,
            Reason {
                kind: ReasonKind::Edge(kind),
                text: format!("{verb} {target}{sites}{steps}"),
                at: lines
                    .into_iter()
                    .filter(|&line| line > 0)
                    .take(MAX_PLACES)
                    .map(|line| format!("{path}:{line}"))
                    .collect(),
                confidence,
            },
        );
    }
}

pub(crate) fn co_change_reason(of: &FileSignals, changed: &CoChanged) -> Reason {
    let commit = if changed.last_commit.is_empty() {
        Vec::new()
    } else {
        vec![changed.last_commit.clone()]
    };
    Reason {
        kind: ReasonKind::CoChange,
        text: format!(
            "changed together in {} of {} commits",
            changed.commits,
            of.commits.max(changed.commits)
        ),
        at: commit,
        confidence: changed.share.clamp(0.0, 1.0),
    }
}

pub(crate) fn resembling_reason(kind: ReasonKind, near: &Resembling, share: f64) -> Reason {
    Reason {
        kind,
        text: near.text.clone(),
        at: near.at.clone(),
        confidence: share.clamp(0.0, 1.0),
    }
}

/// What people call a node: a constructor by its type.
fn display_name(node: &NodeRecord) -> &str {
    if node.name.is_empty() {
        node.path.as_deref().unwrap_or(&node.qualified_name)
    } else if node.is_constructor {
        let owner = node.qualified_name.strip_suffix(&node.name);
        let owner = owner.map(|owner| owner.trim_end_matches(['.', ':']));
        let owner = owner.and_then(|owner| owner.rsplit(['.', ':', '\\']).next());
        owner
            .filter(|owner| !owner.is_empty())
            .unwrap_or(&node.name)
    } else {
        &node.name
    }
}

fn verb(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Contains => "contains",
        EdgeKind::Imports => "imports",
        EdgeKind::Calls => "calls",
        EdgeKind::References => "uses",
        EdgeKind::Inherits => "extends",
        EdgeKind::Overrides => "overrides",
        EdgeKind::Tests => "tests",
        EdgeKind::Reads => "reads",
        EdgeKind::Writes => "writes",
        EdgeKind::Documents => "documents",
        EdgeKind::DependsOn => "depends on",
        EdgeKind::Configures => "configures",
        EdgeKind::Requests => "requests",
        EdgeKind::Starts => "starts",
    }
}

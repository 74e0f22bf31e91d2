//! The scores of tests that classes inherit.
//!
//! The way to such a test is that of the base class, and its subclasses share it. What tells them apart is what they add:
//! the type that a field of theirs names, a method of the base that they replace, what they set up.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cases::{Case, Scoring};
use crate::holding::Holding;
use crate::suites::{Suites, test_in};
use crate::walk::{Reach, Reached};
use crate::weights::{ALL_HEIRS_SHARE, SETS_UP};

/// Definitions beside tests that are looked at for what classes of tests add.
const MAX_BESIDE: usize = 200;

/// What a class adds to what it inherits.
#[derive(Clone, Copy, Default)]
struct Added<'a> {
    /// The likeliest way to it.
    feels: Option<&'a Reached>,
    /// The likeliest holder of the targets' types.
    holds: Option<&'a Reached>,
    /// What it is worth as such, and as a holder of the type behind the gate.
    own: f64,
    gate: f64,
}

/// Adds a case for each class that inherits a test, and takes out those of classes that no runner takes.
pub(crate) fn inherit<'a>(
    graph: &dyn GraphRead,
    reach: &'a Reach,
    holding: &'a Holding,
    scoring: &Scoring<'_>,
    cases: &mut Vec<Case<'a>>,
) -> Result<(), ReadError> {
    let suites = Suites::around(graph, &classes_of(graph, reach, holding)?)?;
    if suites.is_empty() {
        return Ok(());
    }
    let family = Families::new(&suites, reach, holding);
    let mut gone: FxHashSet<NodeId> = FxHashSet::default();
    for (test, classes) in suites.heirs() {
        let Some((base, record)) = family.tests.get(&test) else {
            continue;
        };
        if !suites.is_run(*base) {
            gone.insert(test);
        }
        let added: Vec<Added<'_>> = classes
            .iter()
            .map(|class| family.added(class.id, *base))
            .collect();
        let feels = |one: &Added<'_>| one.feels.map_or(0.0, |reached| reached.score);
        let most = added.iter().map(feels).fold(0.0, f64::max);
        let reached = family.reached.get(&test).copied();
        let held = family.held.get(&test).copied();
        for (class, added) in classes.iter().zip(&added) {
            let of_base = reached.map_or(0.0, |reached| {
                let share = if most > 0.0 && reached.distance > 1 {
                    ALL_HEIRS_SHARE + (1.0 - ALL_HEIRS_SHARE) * feels(added) / most
                } else {
                    1.0
                };
                reached.score * share
            });
            // Who names a type in a class of tests has its tests make instances of it.
            let makes = if scoring.makes { added.own } else { 0.0 };
            let of_class = SETS_UP * feels(added).max(makes);
            let own = holding.own(test).map(|worth| worth.max(added.own));
            let needed = match reached.filter(|_| of_base >= of_class) {
                Some(reached) if holding.is_behind_gate(reached) => {
                    let worth = holding.needed(reached).unwrap_or(0.0);
                    Some(worth.max(added.gate))
                }
                _ => own,
            };
            let shown = if of_base >= of_class {
                reached
            } else {
                added.feels
            };
            let Some(shown) = shown.or(added.holds).or(reached).or(held) else {
                continue;
            };
            let node = test_in(class, record);
            let score = scoring.score(of_base.max(of_class), needed, own, &node);
            if score > 0.0 {
                cases.push(Case {
                    reached: shown,
                    score,
                    inherited: Some((class.id, node)),
                });
            }
        }
    }
    cases.retain(|case| case.inherited.is_some() || !gone.contains(&case.reached.node.id));
    Ok(())
}

/// The classes that have something to do with the answer: those of reached tests, and those beside tests that the walk went
/// through.
fn classes_of(
    graph: &dyn GraphRead,
    reach: &Reach,
    holding: &Holding,
) -> Result<Vec<NodeId>, ReadError> {
    let all = reach.reached.iter().chain(&holding.reach.reached);
    let is_inside = |kind| {
        matches!(
            kind,
            NodeKind::Method | NodeKind::Field | NodeKind::Variable | NodeKind::Constant
        )
    };
    let cases = all
        .clone()
        .filter(|one| one.node.is_test_case && one.node.kind == NodeKind::Method);
    let beside = all.filter(|one| {
        let node = &one.node;
        node.is_test && !node.is_test_case && (node.kind == NodeKind::Class || is_inside(node.kind))
    });
    let mut classes = Vec::new();
    let mut inside = Vec::new();
    for one in cases.chain(beside.take(MAX_BESIDE)) {
        if one.node.kind == NodeKind::Class {
            classes.push(one.node.id);
        } else {
            inside.push(one.node.id);
        }
    }
    inside.sort_unstable();
    inside.dedup();
    let around = graph.neighbors(&inside, Direction::Dependents, &[EdgeKind::Contains])?;
    classes.extend(around.into_iter().map(|edge| edge.node));
    classes.sort_unstable();
    classes.dedup();
    Ok(classes)
}

/// What is asked of classes again and again.
struct Families<'s, 'a> {
    holding: &'a Holding,
    /// Every test that stands in a class, with the class.
    tests: BTreeMap<NodeId, (NodeId, &'s NodeRecord)>,
    reached: FxHashMap<NodeId, &'a Reached>,
    held: FxHashMap<NodeId, &'a Reached>,
    lines: FxHashMap<NodeId, Vec<NodeId>>,
    /// What each class adds itself.
    own: FxHashMap<NodeId, Added<'a>>,
}

impl<'s, 'a> Families<'s, 'a> {
    fn new(suites: &'s Suites, reach: &'a Reach, holding: &'a Holding) -> Families<'s, 'a> {
        let by_id = |reach: &'a Reach| -> FxHashMap<NodeId, &'a Reached> {
            let reached = reach.reached.iter();
            reached.map(|reached| (reached.node.id, reached)).collect()
        };
        let mut families = Families {
            holding,
            tests: BTreeMap::new(),
            reached: by_id(reach),
            held: by_id(&holding.reach),
            lines: FxHashMap::default(),
            own: FxHashMap::default(),
        };
        for class in suites.classes() {
            families.lines.insert(class.id, suites.line(class.id));
            let mut own = families.of_node(class.id);
            for member in suites.members(class.id) {
                if member.is_test_case {
                    families.tests.insert(member.id, (class.id, member));
                } else {
                    own = own.or(families.of_node(member.id));
                }
            }
            families.own.insert(class.id, own);
        }
        families
    }

    fn of_node(&self, node: NodeId) -> Added<'a> {
        Added {
            feels: self.reached.get(&node).copied(),
            holds: self.held.get(&node).copied(),
            own: self.holding.own(node).unwrap_or(0.0),
            gate: self.holding.behind_gate(node).unwrap_or(0.0),
        }
    }

    /// What a class has that `base` has not.
    fn added(&self, class: NodeId, base: NodeId) -> Added<'a> {
        let of_base = &self.lines[&base];
        let line = self.lines[&class].iter();
        let added = line.filter(|scope| !of_base.contains(scope));
        let own = added.filter_map(|scope| self.own.get(scope));
        own.fold(Added::default(), |all, one| all.or(*one))
    }
}

impl<'a> Added<'a> {
    /// The likelier of both.
    fn or(self, other: Added<'a>) -> Added<'a> {
        Added {
            feels: likelier(self.feels, other.feels),
            holds: likelier(self.holds, other.holds),
            own: self.own.max(other.own),
            gate: self.gate.max(other.gate),
        }
    }
}

fn likelier<'a>(one: Option<&'a Reached>, other: Option<&'a Reached>) -> Option<&'a Reached> {
    let score = |one: Option<&Reached>| one.map_or(0.0, |reached| reached.score);
    if score(other) > score(one) {
        other
    } else {
        one
    }
}

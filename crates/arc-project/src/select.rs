//! Which tests to run for a change, and how many of those that should run are among them.

use std::collections::BTreeSet;

use arc_graph::{GraphRead, Member, NodeId, NodeKind, NodeRecord};
use arc_impact::{ImpactOptions, Question, impact};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::coverage::put_first;
use crate::settings::sets_up_everything;
use crate::signals::StoredSignals;
use crate::target::Target;

/// Scopes inside scopes that are searched for tests.
const MAX_DEPTH: usize = 8;

/// A test to run.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedTest {
    /// The test.
    pub node: NodeRecord,
    /// The chance that it runs what changes.
    pub probability: f64,
    /// The strongest reason.
    pub why: String,
}

/// The tests to run, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The tests.
    pub tests: Vec<SelectedTest>,
    /// The number of tests that are expected to run what changes, those that are not listed included.
    pub expected: f64,
    /// The file that sets up everything, when the answer is all tests because of it.
    pub everything_because: Option<String>,
}

impl Selection {
    /// The share of the tests that run what changes that is expected among the first `count`; 1 when none is expected.
    #[must_use]
    pub fn expected_recall(&self, count: usize) -> f64 {
        if self.expected <= 0.0 {
            return 1.0;
        }
        let chosen = self.tests.iter().take(count);
        let found: f64 = chosen.map(|test| test.probability).sum();
        (found / self.expected).min(1.0)
    }
}

/// The tests for a change of `targets`. A file that sets up how everything is built or run asks for all tests.
///
/// # Errors
/// When the graph cannot be read.
pub fn select_tests(graph: &GraphFile, targets: &[Target]) -> Result<Selection, AskError> {
    let setting = targets.iter().find_map(|target| {
        let path = target.node.path.as_ref()?;
        (target.node.kind == NodeKind::File && sets_up_everything(path)).then(|| path.clone())
    });
    let mut selection = Selection::default();
    let mut chosen: BTreeSet<NodeId> = BTreeSet::new();
    for node in graph.nodes(&changed_tests(graph, targets)?)? {
        chosen.insert(node.id);
        selection.tests.push(SelectedTest {
            node,
            probability: 1.0,
            why: "is changed itself".to_owned(),
        });
    }
    let ids: Vec<NodeId> = targets.iter().map(|target| target.node.id).collect();
    let options = ImpactOptions {
        question: Question::Breaks,
        limit: 0,
        ..ImpactOptions::default()
    };
    let mut answer = impact(graph, &StoredSignals { graph }, &ids, &options)?;
    put_first(graph, targets, 0, &mut answer)?;
    for row in answer.tests {
        if chosen.insert(row.node.id) {
            selection.tests.push(SelectedTest {
                probability: row.score,
                why: row
                    .reasons
                    .first()
                    .map_or_else(String::new, |reason| reason.text.clone()),
                node: row.node,
            });
        }
    }
    selection.expected = selection
        .tests
        .iter()
        .map(|test| test.probability)
        .sum::<f64>();
    selection.expected += answer.unlikely_expected;
    if let Some(path) = setting {
        add_all(graph, &mut selection, &chosen)?;
        selection.everything_because = Some(path);
    }
    Ok(selection)
}

/// Adds every other test. What a setting reaches is not known, so each test may be the one.
fn add_all(
    graph: &GraphFile,
    selection: &mut Selection,
    chosen: &BTreeSet<NodeId>,
) -> Result<(), AskError> {
    let mut others = graph.test_cases()?;
    others.retain(|test| !chosen.contains(test));
    for node in graph.nodes(&others)? {
        selection.tests.push(SelectedTest {
            node,
            probability: 1.0,
            why: "everything may have changed".to_owned(),
        });
    }
    for test in &mut selection.tests {
        test.probability = 1.0;
    }
    selection.expected = selection.tests.len() as f64;
    Ok(())
}

/// The test cases among the targets and inside them.
fn changed_tests(graph: &GraphFile, targets: &[Target]) -> Result<Vec<NodeId>, AskError> {
    let mut tests = Vec::new();
    let mut scopes: Vec<(NodeId, usize)> = Vec::new();
    for target in targets {
        if target.node.is_test_case {
            tests.push(target.node.id);
        } else if target.node.is_test {
            scopes.push((target.node.id, 0));
        }
    }
    while let Some((scope, depth)) = scopes.pop() {
        for Member {
            id, is_test_case, ..
        } in graph.members(scope)?
        {
            if is_test_case {
                tests.push(id);
            } else if depth < MAX_DEPTH {
                scopes.push((id, depth + 1));
            }
        }
    }
    tests.sort_unstable();
    tests.dedup();
    Ok(tests)
}

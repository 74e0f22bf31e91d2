//! Ids of tests that depend on other definitions: a test of a base class runs in its subclasses, a method of a Go suite below
//! the function that runs the suite.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_impact::{Impacted, Suites, test_in};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::runner::run_id;

/// Finds how runners call tests.
pub(crate) struct RunIds<'a> {
    graph: &'a GraphFile,
    /// For each type with methods that are tests the functions that run it as a suite.
    functions: BTreeMap<NodeId, Option<String>>,
}

impl<'a> RunIds<'a> {
    pub(crate) fn new(graph: &'a GraphFile) -> RunIds<'a> {
        RunIds {
            graph,
            functions: BTreeMap::new(),
        }
    }

    /// The id that runs a row of an answer.
    pub(crate) fn of_row(&mut self, row: &Impacted) -> Result<String, AskError> {
        match row.heir {
            Some(_) => Ok(run_id(&row.node)),
            None => self.of(&row.node),
        }
    }

    /// The id that runs a test where it stands.
    fn of(&mut self, test: &NodeRecord) -> Result<String, AskError> {
        let is_go = test
            .path
            .as_deref()
            .is_some_and(|path| path.ends_with(".go"));
        let id = run_id(test);
        if test.kind != NodeKind::Method || !is_go {
            return Ok(id);
        }
        let Some(suite) = parents(self.graph, &[test.id])?.remove(&test.id) else {
            return Ok(id);
        };
        if !self.functions.contains_key(&suite) {
            let found = self.suite_function(suite)?;
            self.functions.insert(suite, found);
        }
        Ok(match &self.functions[&suite] {
            Some(function) => format!("^{function}$/{id}"),
            None => id,
        })
    }

    /// All ids that run some tests, those of the classes that inherit them among them; each test under the name of its class.
    pub(crate) fn of_all(
        &mut self,
        tests: &[NodeRecord],
    ) -> Result<Vec<(NodeRecord, String)>, AskError> {
        let methods = tests.iter().filter(|test| test.kind == NodeKind::Method);
        let methods: Vec<NodeId> = methods.map(|test| test.id).collect();
        let parents = parents(self.graph, &methods)?;
        let mut classes: Vec<NodeId> = parents.values().copied().collect();
        classes.sort_unstable();
        classes.dedup();
        let suites = Suites::around(self.graph, &classes)?;
        let heirs = suites.heirs();
        let mut ids = Vec::new();
        for test in tests {
            let heirs = heirs.get(&test.id).map_or(&[][..], Vec::as_slice);
            let is_run = parents.get(&test.id).is_none_or(|one| suites.is_run(*one));
            if is_run || heirs.is_empty() {
                ids.push((test.clone(), self.of(test)?));
            }
            for class in heirs {
                let test = test_in(class, test);
                let id = run_id(&test);
                ids.push((test, id));
            }
        }
        Ok(ids)
    }

    /// The test function that names a suite's type.
    fn suite_function(&self, suite: NodeId) -> Result<Option<String>, AskError> {
        let kinds = [EdgeKind::Calls, EdgeKind::References];
        let users = self
            .graph
            .neighbors(&[suite], Direction::Dependents, &kinds)?;
        let ids: Vec<NodeId> = users.iter().map(|edge| edge.node).collect();
        let mut functions = self.graph.nodes(&ids)?;
        functions.retain(|node| node.is_test_case && node.kind == NodeKind::Function);
        functions.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
        Ok(functions.into_iter().next().map(|function| function.name))
    }
}

/// What contains each of `nodes`.
fn parents(graph: &GraphFile, nodes: &[NodeId]) -> Result<BTreeMap<NodeId, NodeId>, AskError> {
    let around = graph.neighbors(nodes, Direction::Dependents, &[EdgeKind::Contains])?;
    Ok(around.iter().map(|edge| (edge.from, edge.node)).collect())
}

//! Ids of tests that depend on other definitions: a test of a base class runs in its subclasses, a method of a Go suite below
//! the function that runs the suite.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::runner::run_id;

/// Subclasses of one class of tests that are told apart.
const MAX_SUBCLASSES: usize = 500;
/// A subclass whose file goes with a change less than this part of the best is not run for it.
const NEAR: f64 = 0.75;

/// Finds how runners call tests.
pub(crate) struct RunIds<'a> {
    graph: &'a GraphFile,
    /// How much files are part of the answer.
    worth: BTreeMap<NodeId, f64>,
    /// For each scope of tests the scopes that it is run in.
    scopes: BTreeMap<NodeId, Vec<Scope>>,
}

/// Where a test is run.
#[derive(Clone)]
enum Scope {
    /// In a class, which need not be the one that it stands in.
    Class(NodeRecord),
    /// Below a function.
    Function(String),
}

impl<'a> RunIds<'a> {
    /// `worth` says how much files are part of the answer that the tests are for: a test of a base class is run in the
    /// subclasses that have most to do with it.
    pub(crate) fn new(graph: &'a GraphFile, worth: BTreeMap<NodeId, f64>) -> RunIds<'a> {
        RunIds {
            graph,
            worth,
            scopes: BTreeMap::new(),
        }
    }

    /// The ids that run a test, one in most cases and never none.
    pub(crate) fn of(&mut self, test: &NodeRecord) -> Result<Vec<String>, AskError> {
        if test.kind != NodeKind::Method {
            return Ok(vec![run_id(test)]);
        }
        let around = [EdgeKind::Contains];
        let around = self
            .graph
            .neighbors(&[test.id], Direction::Dependents, &around)?;
        let Some(parent) = around.first().map(|edge| edge.node) else {
            return Ok(vec![run_id(test)]);
        };
        if !self.scopes.contains_key(&parent) {
            let found = self.scopes_of(parent)?;
            self.scopes.insert(parent, found);
        }
        let ids: Vec<String> = self.scopes[&parent]
            .iter()
            .map(|scope| match scope {
                Scope::Class(class) => run_id(&NodeRecord {
                    qualified_name: format!("{}.{}", class.qualified_name, test.name),
                    path: class.path.clone(),
                    ..test.clone()
                }),
                Scope::Function(function) => format!("^{function}$/{}", run_id(test)),
            })
            .collect();
        Ok(if ids.is_empty() {
            vec![run_id(test)]
        } else {
            ids
        })
    }

    /// Where the tests of a scope are run; empty for the scope itself.
    fn scopes_of(&self, scope: NodeId) -> Result<Vec<Scope>, AskError> {
        let Some(class) = self.graph.nodes(&[scope])?.pop() else {
            return Ok(Vec::new());
        };
        let path = class.path.as_deref().unwrap_or_default();
        if path.ends_with(".go") {
            return Ok(self.suite_function(&class)?.into_iter().collect());
        }
        let bases = [EdgeKind::Inherits];
        let is_run = if path.ends_with(".py") {
            // pytest takes classes by their names and those of unittest, which have a base.
            class.name.starts_with("Test")
                || !self
                    .graph
                    .neighbors(&[scope], Direction::Dependencies, &bases)?
                    .is_empty()
        } else {
            !class.is_abstract
        };
        if is_run {
            return Ok(Vec::new());
        }
        let mut classes = self.subclasses(scope)?;
        let worth = |class: &NodeRecord| {
            let file = class.file.and_then(|file| self.worth.get(&file));
            file.copied().unwrap_or(0.0)
        };
        let best = classes.iter().map(worth).fold(0.0, f64::max);
        classes.retain(|class| worth(class) >= NEAR * best);
        Ok(classes.into_iter().map(Scope::Class).collect())
    }

    /// All classes below one that can have instances, in the order of their places.
    fn subclasses(&self, class: NodeId) -> Result<Vec<NodeRecord>, AskError> {
        let mut seen = vec![class];
        let mut frontier = vec![class];
        while !frontier.is_empty() && seen.len() < MAX_SUBCLASSES {
            let below =
                self.graph
                    .neighbors(&frontier, Direction::Dependents, &[EdgeKind::Inherits])?;
            frontier = below.into_iter().map(|edge| edge.node).collect();
            frontier.sort_unstable();
            frontier.dedup();
            frontier.retain(|class| !seen.contains(class));
            seen.extend_from_slice(&frontier);
        }
        let mut classes = self.graph.nodes(&seen[1..])?;
        classes.retain(|class| !class.is_abstract && class.kind == NodeKind::Class);
        classes.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
        Ok(classes)
    }

    /// The test function that names a suite's type.
    fn suite_function(&self, class: &NodeRecord) -> Result<Option<Scope>, AskError> {
        let kinds = [EdgeKind::Calls, EdgeKind::References];
        let users = self
            .graph
            .neighbors(&[class.id], Direction::Dependents, &kinds)?;
        let ids: Vec<NodeId> = users.iter().map(|edge| edge.node).collect();
        let mut functions = self.graph.nodes(&ids)?;
        functions.retain(|node| node.is_test_case && node.kind == NodeKind::Function);
        functions.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
        let first = functions.into_iter().next();
        Ok(first.map(|function| Scope::Function(function.name)))
    }
}

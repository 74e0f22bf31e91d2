//! Which classes run a test that stands in a base class.
//!
//! A test of a base class is a test of each class that inherits it, under the name of that class. A base that no runner
//! takes, as a mixin or an abstract class, runs none of its tests itself.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError};
use rustc_hash::FxHashSet;

/// Classes that are looked at in each direction for one answer, besides those that are asked about.
const MAX_CLASSES: usize = 500;

/// Classes that inherit from each other, with what stands in them.
#[derive(Debug, Default)]
pub struct Suites {
    classes: BTreeMap<NodeId, Suite>,
    /// The classes in the order of their places.
    in_order: Vec<NodeId>,
}

#[derive(Debug)]
struct Suite {
    record: NodeRecord,
    /// What it inherits from directly.
    bases: Vec<NodeId>,
    members: Vec<NodeRecord>,
    /// A function makes it, so that no runner finds it.
    is_local: bool,
}

impl Suites {
    /// Reads the classes that inherit from `classes` and all that those inherit from. A class without either is left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn around(graph: &dyn GraphRead, classes: &[NodeId]) -> Result<Suites, ReadError> {
        let mut seen: FxHashSet<NodeId> = classes.iter().copied().collect();
        let mut related = Vec::new();
        let mut bases: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for direction in [Direction::Dependents, Direction::Dependencies] {
            let mut frontier: Vec<NodeId> = match direction {
                Direction::Dependents => classes.to_vec(),
                Direction::Dependencies => seen.iter().copied().collect(),
            };
            frontier.sort_unstable();
            let most = frontier.len() + MAX_CLASSES;
            while !frontier.is_empty() && seen.len() < most {
                let edges = graph.neighbors(&frontier, direction, &[EdgeKind::Inherits])?;
                frontier.clear();
                for edge in edges {
                    if direction == Direction::Dependencies {
                        let known = bases.entry(edge.from).or_default();
                        if !known.contains(&edge.node) {
                            known.push(edge.node);
                        }
                    }
                    related.extend([edge.from, edge.node]);
                    if seen.insert(edge.node) {
                        frontier.push(edge.node);
                    }
                }
            }
        }
        related.sort_unstable();
        related.dedup();
        let mut suites = Suites::default();
        for record in graph.nodes(&related)? {
            let bases = bases.remove(&record.id).unwrap_or_default();
            let members = Vec::new();
            suites.classes.insert(
                record.id,
                Suite {
                    record,
                    bases,
                    members,
                    is_local: false,
                },
            );
        }
        suites.read_members(graph)?;
        suites.find_local(graph)?;
        Ok(suites)
    }

    fn read_members(&mut self, graph: &dyn GraphRead) -> Result<(), ReadError> {
        let ids: Vec<NodeId> = self.classes.keys().copied().collect();
        let inside = graph.neighbors(&ids, Direction::Dependencies, &[EdgeKind::Contains])?;
        let parents: BTreeMap<NodeId, NodeId> =
            inside.iter().map(|edge| (edge.node, edge.from)).collect();
        let members: Vec<NodeId> = parents.keys().copied().collect();
        for member in graph.nodes(&members)? {
            if let Some(suite) = self.classes.get_mut(&parents[&member.id]) {
                suite.members.push(member);
            }
        }
        self.in_order = ids;
        self.in_order.sort_by(|one, other| {
            let place = |id: &NodeId| {
                let record = &self.classes[id].record;
                (&record.path, record.line)
            };
            place(one).cmp(&place(other))
        });
        Ok(())
    }

    fn find_local(&mut self, graph: &dyn GraphRead) -> Result<(), ReadError> {
        let around =
            graph.neighbors(&self.in_order, Direction::Dependents, &[EdgeKind::Contains])?;
        let holders: Vec<NodeId> = around.iter().map(|edge| edge.node).collect();
        let holders = graph.nodes(&holders)?;
        let functions: FxHashSet<NodeId> = holders
            .iter()
            .filter(|node| matches!(node.kind, NodeKind::Function | NodeKind::Method))
            .map(|node| node.id)
            .collect();
        for edge in around {
            if let Some(suite) = self.classes.get_mut(&edge.from) {
                suite.is_local |= functions.contains(&edge.node);
            }
        }
        Ok(())
    }

    /// Whether no class inherits from another.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// All classes, in the order of their places.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &NodeRecord> {
        self.in_order.iter().map(|id| &self.classes[id].record)
    }

    /// What stands in a class.
    pub(crate) fn members(&self, class: NodeId) -> &[NodeRecord] {
        self.classes.get(&class).map_or(&[], |suite| &suite.members)
    }

    /// A class and what it inherits from, the nearest first.
    pub(crate) fn line(&self, class: NodeId) -> Vec<NodeId> {
        let mut line = vec![class];
        let mut at = 0;
        while at < line.len() {
            let bases = self
                .classes
                .get(&line[at])
                .map_or(&[][..], |one| &one.bases);
            for base in bases {
                if !line.contains(base) {
                    line.push(*base);
                }
            }
            at += 1;
        }
        line
    }

    /// Whether a runner runs the tests of a class under its own name.
    #[must_use]
    pub fn is_run(&self, class: NodeId) -> bool {
        let Some(suite) = self.classes.get(&class) else {
            return true;
        };
        if suite.is_local {
            return false;
        }
        let path = suite.record.path.as_deref().unwrap_or_default();
        if path.ends_with(".py") {
            // Classes are taken by their own names, or for what they inherit from, unless they wait for methods.
            let line = self.line(class);
            let mut above = line.iter().filter_map(|one| self.classes.get(one));
            let is_taken = suite.record.is_suite || above.any(|one| one.record.is_unittest);
            is_taken && !self.is_waiting(&line)
        } else {
            suite.record.kind == NodeKind::Class && !suite.record.is_abstract
        }
    }

    /// Whether the nearest member of some name is abstract, of a class with this line: it has no instances then.
    fn is_waiting(&self, line: &[NodeId]) -> bool {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut members = line.iter().flat_map(|scope| self.members(*scope));
        members.any(|member| seen.insert(&member.name) && member.is_abstract)
    }

    /// The test cases that a class inherits.
    #[must_use]
    pub fn inherited(&self, class: NodeId) -> Vec<&NodeRecord> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut found = Vec::new();
        for scope in self.line(class) {
            for member in self.members(scope) {
                if seen.insert(&member.name) && scope != class && member.is_test_case {
                    found.push(member);
                }
            }
        }
        found
    }

    /// For each test case the classes that inherit it, in the order of their places. Where no runner is known to take one
    /// of them, all that can have instances.
    #[must_use]
    pub fn heirs(&self) -> BTreeMap<NodeId, Vec<&NodeRecord>> {
        let mut heirs: BTreeMap<NodeId, Vec<&NodeRecord>> = BTreeMap::new();
        for class in self.classes() {
            let is_local = self.classes[&class.id].is_local;
            if class.kind == NodeKind::Class && !class.is_abstract && !is_local {
                for test in self.inherited(class.id) {
                    heirs.entry(test.id).or_default().push(class);
                }
            }
        }
        for classes in heirs.values_mut() {
            if classes.iter().any(|class| self.is_run(class.id)) {
                classes.retain(|class| self.is_run(class.id));
            }
        }
        heirs
    }
}

/// A test under the name of the class that inherits it, at the place of that class.
#[must_use]
pub fn test_in(class: &NodeRecord, test: &NodeRecord) -> NodeRecord {
    let scope = test.qualified_name.strip_suffix(&*test.name);
    let scope = scope.unwrap_or_default();
    let separator = &scope[scope.trim_end_matches(['.', ':', '#', '\\']).len()..];
    NodeRecord {
        qualified_name: format!("{}{separator}{}", class.qualified_name, test.name),
        path: class.path.clone(),
        file: class.file,
        line: class.line,
        end_line: class.end_line,
        ..test.clone()
    }
}

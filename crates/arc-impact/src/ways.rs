//! Ways that are no edges: a function inside another, the methods that a method replaces, code that runs when a file is
//! loaded. And gates: the types of which a way needs an instance.

use arc_graph::{Confidence, Direction, EdgeKind, Neighbor, NodeId, NodeKind, ReadError, Rule};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::walk::{Arrival, Walk};
use crate::weights::{HELD, OVERRIDDEN, OVERRIDDEN_AGAIN, Purpose};

/// Scopes above a class that are looked at to see whether loading a file runs it.
const MAX_DEPTH: usize = 8;

/// Test cases of one file that are told apart.
const MAX_CASES: usize = 2_000;

impl Walk<'_> {
    /// A call of the base method may run the method that replaces it, so its callers are reached as well.
    pub(crate) fn open_callers_of_bases(&mut self, sources: &[NodeId]) -> Result<(), ReadError> {
        let mut acting: FxHashMap<NodeId, (NodeId, f64)> = FxHashMap::default();
        let mut frontier = sources.to_vec();
        let mut part = OVERRIDDEN;
        while !frontier.is_empty() {
            let bases =
                self.graph
                    .neighbors(&frontier, Direction::Dependencies, &[EdgeKind::Overrides])?;
            frontier.clear();
            for edge in &bases {
                let (actor, _) = acting.get(&edge.from).copied().unwrap_or((edge.from, 1.0));
                if self.settled.contains_key(&edge.node) {
                    continue;
                }
                let known = acting.get(&edge.node);
                if known.is_none() {
                    frontier.push(edge.node);
                }
                if known.is_none_or(|&(other, _)| self.score_of(other) < self.score_of(actor)) {
                    acting.insert(edge.node, (actor, part));
                }
            }
            part *= OVERRIDDEN_AGAIN;
        }
        let mut stand_ins: Vec<NodeId> = acting.keys().copied().collect();
        stand_ins.sort_unstable();
        self.open_dependents(&stand_ins, &acting)
    }

    /// What stands inside a function is run by it, or by those it hands it to.
    pub(crate) fn open_enclosing(&mut self, sources: &[NodeId]) -> Result<(), ReadError> {
        let inner: Vec<(NodeId, NodeId)> = sources
            .iter()
            .filter(|source| self.known[source].kind != NodeKind::Method)
            .filter_map(|source| Some((*source, *self.parents.get(source)?)))
            .collect();
        self.read_known(inner.iter().map(|(_, outer)| *outer))?;
        for (inner, outer) in inner {
            if self.runs(outer) {
                let settled = self.settled[&inner];
                let edge = containment(inner, outer);
                self.arrive(Arrival::over(edge, settled.score, settled.gate));
            }
        }
        Ok(())
    }

    /// What a scope that is no function uses: `ways` lead into such scopes, each over one edge. The variable that is set there has it, and
    /// when the file is one of tests, they all run it before they begin.
    pub(crate) fn open_loaded(&mut self, ways: &[Arrival]) -> Result<(), ReadError> {
        let mut seen = FxHashSet::default();
        for way in ways {
            let edge = &way.edge;
            let uses = matches!(
                edge.kind,
                EdgeKind::Calls | EdgeKind::Tests | EdgeKind::References | EdgeKind::Reads
            );
            if !uses || edge.line == 0 || !seen.insert((edge.node, edge.line, edge.from)) {
                continue;
            }
            if self.purpose == Purpose::Holds
                && let Some(variable) = self.variable_at(edge.node, edge.line)?
            {
                let mut edge = edge.clone();
                edge.node = variable;
                self.arrive(Arrival::over(edge, way.score * HELD, way.gate));
            }
            let scope = self.known[&edge.node];
            if let (true, Some(file)) = (scope.is_test, scope.file)
                && matches!(edge.kind, EdgeKind::Calls | EdgeKind::Tests)
                && self.is_loaded(edge.node)?
            {
                let mut way = way.clone();
                way.score *= self.purpose.loaded();
                self.load(file, way);
            }
        }
        Ok(())
    }

    /// Opens the test cases of the file whose loading takes the way `way`, those outside of functions.
    pub(crate) fn open_cases(&mut self, way: &Arrival) -> Result<(), ReadError> {
        let mut scopes: Vec<NodeId> = self.known[&way.edge.node].file.into_iter().collect();
        let mut count = 0;
        while let Some(scope) = scopes.pop() {
            self.read_members(scope)?;
            let members = std::mem::take(self.members.entry(scope).or_default());
            for member in &members {
                if member.is_test_case && count < MAX_CASES {
                    count += 1;
                    let mut way = way.clone();
                    way.edge.node = member.id;
                    self.arrive(way);
                } else if is_scope(member.kind) {
                    scopes.push(member.id);
                }
            }
            self.members.insert(scope, members);
        }
        Ok(())
    }

    /// Whether loading the file runs the code of a scope: no function is around it.
    fn is_loaded(&mut self, scope: NodeId) -> Result<bool, ReadError> {
        let mut at = scope;
        for _ in 0..MAX_DEPTH {
            self.read_known([at].into_iter())?;
            match self.known.get(&at) {
                Some(known) if known.kind == NodeKind::File => return Ok(true),
                Some(known) if is_scope(known.kind) => {}
                _ => return Ok(false),
            }
            self.read_parents(&[at])?;
            match self.parents.get(&at) {
                Some(parent) => at = *parent,
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The variable or field of a scope whose definition covers a line.
    fn variable_at(&mut self, scope: NodeId, line: u32) -> Result<Option<NodeId>, ReadError> {
        self.read_members(scope)?;
        let members = &self.members[&scope];
        let after = members.partition_point(|member| member.line <= line);
        let last = after.checked_sub(1).and_then(|at| members.get(at));
        Ok(last
            .filter(|member| is_variable(member.kind) && member.end_line >= line)
            .map(|member| member.id))
    }

    fn read_members(&mut self, scope: NodeId) -> Result<(), ReadError> {
        if !self.members.contains_key(&scope) {
            let members = self.graph.members(scope)?;
            self.members.insert(scope, members);
        }
        Ok(())
    }

    pub(crate) fn is_scope(&self, node: NodeId) -> bool {
        self.known
            .get(&node)
            .is_some_and(|known| is_scope(known.kind))
    }

    /// Whether it matters what contains a settled node: a function that runs it, or a type that it needs.
    pub(crate) fn is_nested(&self, node: NodeId) -> bool {
        self.known.get(&node).is_some_and(|known| match known.kind {
            NodeKind::Method => self.is_gated && !known.is_test,
            NodeKind::Function | NodeKind::Lambda | NodeKind::Class => !known.is_sink,
            NodeKind::File
            | NodeKind::Module
            | NodeKind::Interface
            | NodeKind::Enum
            | NodeKind::EnumMember
            | NodeKind::Field
            | NodeKind::Variable
            | NodeKind::Constant
            | NodeKind::TypeAlias
            | NodeKind::Macro
            | NodeKind::Test
            | NodeKind::Section
            | NodeKind::Resource
            | NodeKind::Key
            | NodeKind::Table
            | NodeKind::External
            | NodeKind::Commit
            | NodeKind::Person
            | NodeKind::PullRequest
            | NodeKind::Issue
            | NodeKind::Decision
            | NodeKind::Change => false,
        })
    }

    /// Whether a node is code that runs: what stands inside it runs with it.
    fn runs(&self, node: NodeId) -> bool {
        self.known.get(&node).is_some_and(|known| {
            matches!(
                known.kind,
                NodeKind::Function | NodeKind::Method | NodeKind::Lambda | NodeKind::Test
            )
        })
    }

    /// The type that a method needs an instance of. What stands beside tests makes its own.
    pub(crate) fn gate_of(&self, node: NodeId) -> Option<NodeId> {
        let known = self.known.get(&node)?;
        let needs =
            self.is_gated && known.kind == NodeKind::Method && !known.is_static && !known.is_test;
        if needs {
            self.parents.get(&node).copied()
        } else {
            None
        }
    }

    /// Of two types the one with fewer subtypes: what everything extends is had by everyone. The first when they are alike.
    pub(crate) fn narrower(&self, near: Option<NodeId>, far: Option<NodeId>) -> Option<NodeId> {
        let (Some(one), Some(other)) = (near, far) else {
            return near.or(far);
        };
        let count = |gate| self.subtypes.get(&gate).copied().unwrap_or(0);
        Some(if count(other) < count(one) {
            other
        } else {
            one
        })
    }

    /// Counts the subtypes of the types that methods among `nodes` need.
    pub(crate) fn count_subtypes(&mut self, nodes: &[NodeId]) -> Result<(), ReadError> {
        let mut gates: Vec<NodeId> = nodes
            .iter()
            .filter_map(|node| self.gate_of(*node))
            .collect();
        gates.sort_unstable();
        gates.dedup();
        gates.retain(|gate| !self.subtypes.contains_key(gate));
        for gate in &gates {
            self.subtypes.insert(*gate, 0);
        }
        let subtypes =
            self.graph
                .neighbors(&gates, Direction::Dependents, &[EdgeKind::Inherits])?;
        for edge in subtypes {
            *self.subtypes.entry(edge.from).or_default() += 1;
        }
        Ok(())
    }

    /// Reads what contains `nodes`.
    pub(crate) fn read_parents(&mut self, nodes: &[NodeId]) -> Result<(), ReadError> {
        let unread: Vec<NodeId> = nodes
            .iter()
            .copied()
            .filter(|node| !self.parents.contains_key(node))
            .collect();
        let around = self
            .graph
            .neighbors(&unread, Direction::Dependents, &[EdgeKind::Contains])?;
        for edge in around {
            self.parents.insert(edge.from, edge.node);
        }
        Ok(())
    }

    /// Reads what is asked of nodes again and again.
    fn read_known(&mut self, nodes: impl Iterator<Item = NodeId>) -> Result<(), ReadError> {
        let mut unread: Vec<NodeId> = nodes
            .filter(|node| !self.known.contains_key(node))
            .collect();
        unread.sort_unstable();
        unread.dedup();
        for record in self.graph.nodes(&unread)? {
            self.note(&record);
        }
        Ok(())
    }
}

fn containment(inner: NodeId, outer: NodeId) -> Neighbor {
    Neighbor {
        from: inner,
        node: outer,
        kind: EdgeKind::Contains,
        line: 0,
        confidence: Confidence::CERTAIN,
        rule: Rule::Syntax,
    }
}

fn is_variable(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Variable | NodeKind::Constant | NodeKind::Field
    )
}

/// What contains definitions and is no function.
pub(crate) fn is_scope(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::File | NodeKind::Module | NodeKind::Class | NodeKind::Interface | NodeKind::Enum
    )
}

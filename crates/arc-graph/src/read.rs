//! Reading a graph a frontier at a time.

use crate::kind::{Confidence, EdgeKind, NodeKind, Rule};

/// The id of a node inside one graph file. Ids are internal: they change between builds and are never printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub i64);

/// Which end of the edges to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a node to what it depends on.
    Dependencies,
    /// From a node to what depends on it.
    Dependents,
}

/// One edge met from one of its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbor {
    /// The node of the frontier.
    pub from: NodeId,
    /// The node at the other end.
    pub node: NodeId,
    /// What the edge says.
    pub kind: EdgeKind,
    /// The line of the evidence in the dependent's file, from 1; 0 when the edge has no line.
    pub line: u32,
    /// How sure the edge is.
    pub confidence: Confidence,
    /// How the edge was found.
    pub rule: Rule,
}

/// What a walk needs to know of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// The node.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Its own name, the last part of the qualified name.
    pub name: String,
    /// The name with its module and its containers, in the spelling of the language.
    pub qualified_name: String,
    /// The file, relative to the root with `/`; `None` for what lies outside the repository or is no code.
    pub path: Option<String>,
    /// The first line of the definition, from 1; 0 for what has no line.
    pub line: u32,
    /// The last line of the definition.
    pub end_line: u32,
    /// The definition is a test, or stands in a test file.
    pub is_test: bool,
    /// A test runner would run it: a test itself, and no helper, fixture or file beside it.
    pub is_test_case: bool,
    /// A class whose tests a runner takes, by its name or by what it inherits from.
    pub is_suite: bool,
    /// A class whose tests a runner takes for what it derives from, and those of all that derive from it.
    pub is_unittest: bool,
    /// It belongs to a type and needs no instance of it.
    pub is_static: bool,
    /// It makes instances of the type it belongs to.
    pub is_constructor: bool,
    /// A type of which there are no instances of its own.
    pub is_abstract: bool,
    /// Code outside the project may run it though nothing in the project names it.
    pub is_open: bool,
    /// The node of the file it stands in; itself for a file, `None` outside the repository.
    pub file: Option<NodeId>,
}

/// What a walk needs to know of a definition to see whether it cares for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The node.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// The first line of the definition, from 1.
    pub line: u32,
    /// The last line of the definition.
    pub end_line: u32,
    /// As in [`NodeRecord::is_test_case`].
    pub is_test_case: bool,
    /// As in [`NodeRecord::is_constructor`].
    pub is_constructor: bool,
}

/// Reading failed; the message says at what.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the graph: {doing}")]
pub struct ReadError {
    /// What was being read.
    pub doing: String,
    /// The cause, from behind the wall of the store.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A graph that can be walked level by level. Implemented by the store over SQL and by tests over text.
pub trait GraphRead {
    /// All edges of `kinds` (every kind when empty) that touch a node of `frontier` on the near side of `direction`,
    /// ordered by the frontier's order, then by node, kind and line.
    ///
    /// # Errors
    /// When the graph cannot be read.
    fn neighbors(
        &self,
        frontier: &[NodeId],
        direction: Direction,
        kinds: &[EdgeKind],
    ) -> Result<Vec<Neighbor>, ReadError>;

    /// The records of `ids`, in that order; unknown ids are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    fn nodes(&self, ids: &[NodeId]) -> Result<Vec<NodeRecord>, ReadError>;

    /// What `scope` contains directly, ordered by line, then by id.
    ///
    /// # Errors
    /// When the graph cannot be read.
    fn members(&self, scope: NodeId) -> Result<Vec<Member>, ReadError>;
}

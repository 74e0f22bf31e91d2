//! How likely a change travels along an edge, from the dependency to the dependent.
//!
//! The numbers are a prior, in the order that executed test suites suggest; they are fitted in one place, here.

use arc_graph::{EdgeKind, NodeKind};

/// The chance that a dependent feels a change of its direct dependency, given that the edge is real.
pub(crate) fn edge_weight(kind: EdgeKind) -> f64 {
    match kind {
        EdgeKind::Calls => 0.85,
        EdgeKind::Tests => 0.85,
        EdgeKind::Inherits => 0.75,
        EdgeKind::Overrides => 0.45,
        EdgeKind::References => 0.6,
        EdgeKind::Reads => 0.6,
        EdgeKind::Writes => 0.35,
        EdgeKind::Imports => 0.35,
        EdgeKind::Configures => 0.3,
        EdgeKind::DependsOn => 0.3,
        EdgeKind::Documents => 0.1,
        EdgeKind::Contains => 0.0,
    }
}

/// The edges a change travels along.
pub(crate) const WALKED: &[EdgeKind] = &[
    EdgeKind::Imports,
    EdgeKind::Calls,
    EdgeKind::References,
    EdgeKind::Inherits,
    EdgeKind::Overrides,
    EdgeKind::Tests,
    EdgeKind::Reads,
    EdgeKind::Writes,
    EdgeKind::Documents,
    EdgeKind::DependsOn,
    EdgeKind::Configures,
];

/// A caller of a base method may well run the method that replaces it.
pub(crate) const OVERRIDDEN: f64 = 0.6;

/// What is left of a score behind a node that is not itself a target and has `dependents` direct dependents. Whatever
/// everyone uses tells little about who uses which part of it.
pub(crate) fn fan_in_factor(dependents: usize) -> f64 {
    1.0 / (1.0 + 0.25 * (dependents.max(1) as f64).ln())
}

/// What is left of a score that leaves a node of `kind` for its dependents. A file stands for whatever runs when it is
/// loaded, which is rarely what its importers need it for.
pub(crate) fn passage(kind: NodeKind) -> f64 {
    match kind {
        NodeKind::File | NodeKind::Module => 0.3,
        NodeKind::Class | NodeKind::Interface | NodeKind::Enum => 0.8,
        NodeKind::EnumMember
        | NodeKind::Function
        | NodeKind::Method
        | NodeKind::Field
        | NodeKind::Variable
        | NodeKind::Constant
        | NodeKind::TypeAlias
        | NodeKind::Macro
        | NodeKind::Lambda
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
        | NodeKind::Decision => 1.0,
    }
}

/// How many past commits the evidence of names, words and references counts for, against history.
pub(crate) const PRIOR_COMMITS: f64 = 2.0;

/// The shares of paths, vocabulary and names in that evidence; they add up to 1.
pub(crate) const PATH_SHARE: f64 = 0.4;
pub(crate) const TEXT_SHARE: f64 = 0.4;
pub(crate) const REFERS_SHARE: f64 = 0.2;

/// How much of the walk's score counts in the list that answers both questions for files, where there is no history. The
/// more history there is, the less: what was changed along knows better which of the dependents matter.
pub(crate) const REACH_BESIDE_HISTORY: f64 = 0.1;

/// The part of a test's score that its name has to earn.
pub(crate) const TEST_NAME_SHARE: f64 = 0.4;

/// The part of a symbol's score that the history of its file has to earn.
pub(crate) const SYMBOL_HISTORY_SHARE: f64 = 0.15;

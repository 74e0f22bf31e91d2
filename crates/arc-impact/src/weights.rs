//! How likely a change travels along an edge, from the dependency to the dependent.
//!
//! The numbers are a prior, in the order that executed test suites suggest; they are fitted in one place, here.

use arc_graph::{EdgeKind, NodeKind};

/// The chance that a dependent feels a change of its direct dependency, given that the edge is real.
pub(crate) fn edge_weight(kind: EdgeKind) -> f64 {
    match kind {
        EdgeKind::Calls => 0.85,
        EdgeKind::Requests => 0.85,
        EdgeKind::Tests => 0.85,
        EdgeKind::Inherits => 0.75,
        EdgeKind::Overrides => 0.45,
        // What a program does depends on what it is given.
        EdgeKind::Starts => 0.7,
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

/// What a walk looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Who may feel a change of the seeds.
    Feels,
    /// Who may have an instance of the seeds, which are types and their constructors.
    Holds,
}

impl Purpose {
    /// The chance that a dependent feels, or has, what its direct dependency does.
    pub(crate) fn weight(self, kind: EdgeKind) -> f64 {
        match (self, kind) {
            // Whoever has an instance of a subtype has one of the type; who only imports it has none.
            (Purpose::Holds, EdgeKind::Inherits) => 1.0,
            (Purpose::Holds, EdgeKind::Imports) => 0.0,
            (Purpose::Feels | Purpose::Holds, kind) => edge_weight(kind),
        }
    }

    /// What is left for the tests of a file when it is reached by what runs while the file is loaded: all of them run it,
    /// but what it makes is theirs only where they name it.
    pub(crate) fn loaded(self) -> f64 {
        match self {
            Purpose::Feels => 1.0,
            Purpose::Holds => 0.01,
        }
    }

    /// Scores below this are noise whatever the graph.
    pub(crate) fn floor(self) -> f64 {
        match self {
            Purpose::Feels => 0.000_01,
            Purpose::Holds => 0.002,
        }
    }
}

/// The edges a change travels along.
pub(crate) const WALKED: &[EdgeKind] = &[
    EdgeKind::Imports,
    EdgeKind::Calls,
    EdgeKind::Requests,
    EdgeKind::Starts,
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

/// The same for each further base above the first.
pub(crate) const OVERRIDDEN_AGAIN: f64 = 0.9;

/// What a variable is set to is there for all who use the variable.
pub(crate) const HELD: f64 = 0.9;

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
        NodeKind::Class
        | NodeKind::Interface
        | NodeKind::Enum
        | NodeKind::EnumMember
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
        | NodeKind::Decision
        | NodeKind::Change => 1.0,
    }
}

/// How many past commits the evidence of names, words and references counts for, against history.
pub(crate) const PRIOR_COMMITS: f64 = 2.0;

/// The shares of paths, vocabulary and names in that evidence; they add up to 1.
pub(crate) const PATH_SHARE: f64 = 0.4;
pub(crate) const TEXT_SHARE: f64 = 0.4;
pub(crate) const REFERS_SHARE: f64 = 0.2;

/// The power of a strength by which the files of one list share what the list counts.
pub(crate) const SHARPNESS: i32 = 3;

/// What the likest file of each list gains, and a test beside what is none or the other way round: two tests are rarely
/// changed for each other.
pub(crate) const PATH_LIKENESS: f64 = 0.4;
pub(crate) const TEXT_LIKENESS: f64 = 0.8;
pub(crate) const REFERS_LIKENESS: f64 = 0.3;
const OTHER_SIDE: f64 = 0.4;

/// What is left of the score of a file that is like the targets in nothing.
const UNLIKE: f64 = 0.4;

/// The score of a file that belongs to the targets with `score` and is as like them as `likeness` says; `other_side` is the
/// part of the targets that are tests where it is none, and the other way round.
pub(crate) fn weighed(score: f64, likeness: f64, other_side: f64) -> f64 {
    f64::min(
        score * UNLIKE * (1.0 + likeness + OTHER_SIDE * other_side),
        1.0,
    )
}

/// How much of the walk's score counts in the list that answers both questions for files, where history leaves all of the
/// `doubt`. Without history it is all that knows what the files are to each other; beside a single commit it says little of
/// what is changed along, and less the more commits there are.
pub(crate) fn reach_beside_history(doubt: f64) -> f64 {
    0.15 * doubt.powi(40) + 0.05 * doubt.powi(3)
}

/// The part of a test's score that its name has to earn, for targets that are files, and for others: of a symbol the walk
/// knows more.
pub(crate) const FILE_TEST_NAME_SHARE: f64 = 0.4;
pub(crate) const TEST_NAME_SHARE: f64 = 0.2;

/// A call with this confidence is taken to run what it calls, so its caller has the instance.
pub(crate) const SURE_CALL: f64 = 0.85;

/// What a way to a test is worth whatever the test has, and what an instance is worth that no way leads from.
pub(crate) const TEST_REACHES: f64 = 0.02;
pub(crate) const TEST_HOLDS: f64 = 0.1;

/// The part of a way to a test that subclasses share which add nothing, where others add what the way needs.
pub(crate) const ALL_HEIRS_SHARE: f64 = 0.3;

/// What is left for the tests of a class of what the class itself uses, beside its tests.
pub(crate) const SETS_UP: f64 = 0.85;

/// Tests that score less than this part of the best are in no list.
pub(crate) const TEST_CUT: f64 = 0.04;

/// The score of a test that is reached with `reached` and has what the way needs with `holds`; `None` when the way needs
/// nothing. Long ways are many of the right ones, so a way counts less than its length says.
pub(crate) fn running(reached: f64, holds: Option<f64>) -> f64 {
    reached.powf(0.3) * holds.map_or(1.0, f64::sqrt)
}

/// The score of a symbol that is reached with `reached`.
pub(crate) fn calling(reached: f64) -> f64 {
    reached.powf(0.6)
}

/// What is left of a file that only imports what may feel the change.
pub(crate) const IMPORTED_FAR: f64 = 0.2;

/// What a test says of a symbol on its best way.
pub(crate) const WITNESS: f64 = 0.1;

/// How sure the call of a direct caller is.
pub(crate) const SURE: f64 = 0.9;

/// What a sure direct caller gains: of callers that are about as likely it is the one to look at first.
pub(crate) const DIRECT: f64 = 1.05;

/// What an instance is worth to a symbol that no way leads to: it may hand it to what runs it unseen.
pub(crate) const SYMBOL_HOLDS: f64 = 0.15;

/// The part of a symbol's score that the history of its file has to earn.
pub(crate) const SYMBOL_HISTORY_SHARE: f64 = 0.15;

//! What else is known of files: history, vocabulary, references and paths, as short lists.

use std::sync::Arc;

use arc_graph::{NodeId, NodeRecord, ReadError};

/// The longest list a signal contributes.
pub const LIST_LENGTH: usize = 40;

/// A file that changed together with another.
#[derive(Clone, Debug, PartialEq)]
pub struct CoChanged {
    /// The other file.
    pub file: NodeId,
    /// The weight of the common commits as a share of the weight of all commits of the file asked about, 0 to 1.
    pub share: f64,
    /// The number of common commits.
    pub commits: u32,
    /// The latest of them, for people to open; empty when it is not known.
    pub last_commit: String,
}

/// A file that resembles another in some way.
#[derive(Clone, Debug, PartialEq)]
pub struct Resembling {
    /// The other file.
    pub file: NodeId,
    /// How much, above 0; only comparable within one list.
    pub strength: f64,
    /// What they share, for people to read: one clause without the other file's name.
    pub text: String,
    /// Places to open.
    pub at: Vec<String>,
}

/// The lists of one file, each with the strongest first and at most [`LIST_LENGTH`] long.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileSignals {
    /// The weight of the file's own commits, in commits of today; 0 without history.
    pub evidence: f64,
    /// The number of the file's own commits.
    pub commits: u32,
    /// Files of the same commits.
    pub co_changed: Vec<CoChanged>,
    /// Files of the same vocabulary.
    pub similar: Vec<Resembling>,
    /// Files that use its names, and whose names it uses.
    pub referring: Vec<Resembling>,
    /// Files of a similar path.
    pub near: Vec<Resembling>,
}

/// A reference that could not be tied to a definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnresolvedSite {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The name that was looked for.
    pub name: String,
}

/// References that may be to a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenSites {
    /// Their places, at most as many as were asked for.
    pub listed: Vec<UnresolvedSite>,
    /// Others; at most so many, since they are counted by their names alone.
    pub left_out: usize,
    /// Names of members that are so common that only their number is told (`error`), with it; they are among those left out.
    pub common: Vec<(String, usize)>,
}

impl OpenSites {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// How many there are, those that are not listed among them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.listed.len() + self.left_out
    }
}

/// Reads what the graph's edges do not say. Implemented by the store and by tests.
pub trait SignalRead {
    /// The signals of `files`, in that order; empty ones for files without.
    ///
    /// # Errors
    /// When they cannot be read.
    fn signals(&self, files: &[NodeId]) -> Result<Vec<Arc<FileSignals>>, ReadError>;

    /// References that may be to one of `targets` and could not be resolved: under the names of the targets, and of what files and
    /// types among them contain. At most `limit`, the rarest names first; what stands in a target itself is left out.
    ///
    /// # Errors
    /// When they cannot be read.
    fn unresolved(&self, targets: &[NodeRecord], limit: usize) -> Result<OpenSites, ReadError>;
}

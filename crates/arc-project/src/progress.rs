//! How far a build is, for whoever watches, and whether they still want it.

/// What a build is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Listing files.
    Walk,
    /// Reading and extracting files; counted in files.
    Extract,
    /// Tying references to definitions.
    Resolve,
    /// Reading commits; counted in commits.
    History,
    /// Writing the graph; counted in files.
    Write,
    /// Asking about past commits; counted in questions.
    Replay,
    /// Reading pull requests and issues; counted in those.
    Tickets,
    /// Waiting for another build of the same graph.
    Wait,
}

/// Watches a build. Called from several threads.
pub trait Progress: Sync {
    /// `done` of `total` things of this stage are done; a `total` of 0 means that nobody knows.
    fn report(&self, stage: Stage, done: u64, total: u64);

    /// Whether the build should stop. Asked often; what was written so far is dropped.
    fn is_cancelled(&self) -> bool;
}

/// Watches nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: Stage, _: u64, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

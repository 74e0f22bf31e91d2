//! How right `arc impact` would have been here: the repository's own later commits, asked of a graph that ends before them.
//!
//! Both sides of that graph end at the split: the history, and the tree it is built from. What the present tree says of
//! its files would give answers away.

mod measures;
mod replay;
mod report;
mod split;

use std::path::{Path, PathBuf};

use arc_graph::ReadError;
use arc_history::HistoryError;
use arc_store::StoreError;

pub use self::report::{
    BinReport, CalibrationReport, EvalReport, GainReport, GroupReport, RankerReport, SplitReport,
};

use self::replay::replay;
use self::split::split;
use crate::build::BuildError;
use crate::progress::Progress;
use crate::snapshot::{Snapshot, SnapshotError};

/// The fewest commits that say anything.
pub(crate) const FEWEST_COMMITS: usize = 10;

/// What to replay.
#[derive(Clone, Debug)]
pub struct EvalOptions {
    /// Commits to ask about, at most.
    pub commits: usize,
    /// Ask about the commits since then, in seconds since 1970; `None` for the newest.
    pub since: Option<i64>,
}

impl Default for EvalOptions {
    fn default() -> EvalOptions {
        EvalOptions {
            commits: 200,
            since: None,
        }
    }
}

/// Why nothing can be said of how right answers are.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The history cannot be read, or there is none.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There are too few commits to learn from or to ask about.
    #[error(
        "the history is too short: {usable} of {all} commits change 2 to 20 source files that were there before, and at least {needed} are needed"
    )]
    TooShort {
        /// Commits of the whole history.
        all: usize,
        /// Those that could be asked about.
        usable: usize,
        /// How many would do.
        needed: usize,
    },
    /// Nothing was committed since then, or too little.
    #[error("too few commits since then: {usable} of {all} can be asked about")]
    NothingSince {
        /// Commits since then.
        all: usize,
        /// Those that could be asked about.
        usable: usize,
    },
    /// The tree of the split cannot be written down for the time being.
    #[error("cannot write {path}")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The graph of the split cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be walked.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<SnapshotError> for EvalError {
    fn from(error: SnapshotError) -> EvalError {
        match error {
            SnapshotError::History(error) => EvalError::History(error),
            SnapshotError::Write { path, source } => EvalError::Write { path, source },
            SnapshotError::Build(error) => EvalError::Build(error),
        }
    }
}

/// Replays the recent history of the repository at `root`. What it writes lies in a
/// folder below `.arc` and is removed at the end.
///
/// # Errors
/// When the history is too short, or something cannot be read or written.
pub fn evaluate(
    root: &Path,
    options: &EvalOptions,
    progress: &dyn Progress,
) -> Result<EvalReport, EvalError> {
    let split = split(root, options, progress)?;
    let snapshot = Snapshot::write(root, &root.join(".arc"), split.commit, progress)?;
    snapshot.build(progress)?;
    let replayed = replay(&snapshot.graph(), &split, progress)?;
    Ok(EvalReport::new(&split, &replayed))
}

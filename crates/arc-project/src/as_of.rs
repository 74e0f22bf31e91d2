//! The graph as of a commit: made from git's objects when it is asked for, and kept for the next question.
//!
//! Kept graphs lie in the folder `at` beside the graph, one file for each commit. Those that nobody asked for the longest time
//! go when there are too many or they take too much room.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use arc_history::{CommitId, GitHistory, HistoryError};
use arc_store::{GraphFile, StoreError};

use crate::build::extractor_version;
use crate::progress::Progress;
use crate::snapshot::{Snapshot, SnapshotError};

/// Graphs kept, at most.
const MAX_KEPT: usize = 16;
/// Bytes that kept graphs may take together.
const MAX_BYTES: u64 = 1 << 30;
/// The newest are kept whatever they take: two commits are compared.
const ALWAYS_KEPT: usize = 2;

/// Why there is no graph as of a commit.
#[derive(Debug, thiserror::Error)]
pub enum AsOfError {
    /// There is no repository, or no such commit.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Nothing may be written, and none is kept.
    #[error("no graph as of {commit} is kept")]
    NotKept {
        /// The commit.
        commit: CommitId,
    },
    /// It cannot be made.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// It cannot be kept.
    #[error("cannot keep a graph in {path}")]
    Keep {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A commit and the project's graph as of it.
pub struct PastGraph {
    /// The commit.
    pub commit: CommitId,
    /// When it was committed, seconds since 1970.
    pub time: i64,
    /// The graph.
    pub graph: GraphFile,
}

/// The files of the project as of a commit, for as long as this is held.
pub struct PastTree {
    snapshot: Snapshot,
}

impl PastTree {
    /// Where they are.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.snapshot.tree()
    }
}

/// Writes down the files of the project as of a commit. `own` is the project's graph: they lie beside it.
///
/// # Errors
/// When the commit cannot be read, or the files cannot be written.
pub fn tree_as_of(
    root: &Path,
    own: &Path,
    commit: CommitId,
    progress: &dyn Progress,
) -> Result<PastTree, AsOfError> {
    let home = own.parent().unwrap_or(Path::new("."));
    Ok(PastTree {
        snapshot: Snapshot::write(root, home, commit, progress)?,
    })
}

/// The graph of the project at `root` as of the commit that `revision` names. `own` is the project's graph: past ones are kept
/// beside it. With `is_frozen` nothing is made.
///
/// # Errors
/// When there is no such commit, or its graph cannot be made, kept or read.
pub fn graph_as_of(
    root: &Path,
    own: &Path,
    revision: &str,
    is_frozen: bool,
    progress: &dyn Progress,
) -> Result<PastGraph, AsOfError> {
    let history = GitHistory::open(root)?;
    let commit = history.commit_named(revision)?;
    let time = history.message(&commit).map_or(0, |text| text.time);
    let folder = own.parent().unwrap_or(Path::new(".")).join("at");
    let path = folder.join(format!("{commit}.db"));
    if let Some(graph) = kept(&path) {
        // A time that cannot be set makes the graph go earlier than it might.
        let _ = File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        return Ok(PastGraph {
            commit,
            time,
            graph,
        });
    }
    if is_frozen {
        return Err(AsOfError::NotKept { commit });
    }
    let cannot = |source| AsOfError::Keep {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(cannot)?;
    fs::write(folder.join(".gitignore"), "*\n").map_err(cannot)?;
    let snapshot = Snapshot::write(root, &folder, commit, progress)?;
    if let Some(donor) = newest(&folder) {
        // Files with the same content are not parsed again; an update ends in the rows that a build from nothing has.
        fs::copy(donor, snapshot.graph()).map_err(cannot)?;
    }
    snapshot.build(progress)?;
    // Another process may have made the same: either will do.
    fs::rename(snapshot.graph(), &path).map_err(cannot)?;
    drop(snapshot);
    make_room(&folder).map_err(cannot)?;
    Ok(PastGraph {
        commit,
        time,
        graph: GraphFile::open(&path)?,
    })
}

/// The graph at `path`, if this version of arc made it.
fn kept(path: &Path) -> Option<GraphFile> {
    // A graph that cannot be read is made anew.
    let graph = GraphFile::open(path).ok()?;
    let version = graph.meta("extractor_version").ok()??;
    (version == extractor_version()).then_some(graph)
}

/// The graph that was asked for last, if this version of arc made it.
fn newest(folder: &Path) -> Option<PathBuf> {
    // Without one everything is parsed.
    let (_, path, _) = kept_in(folder).ok()?.into_iter().next()?;
    kept(&path).map(|_| path)
}

/// The graphs of a folder with their sizes, those that were asked for last first.
fn kept_in(folder: &Path) -> std::io::Result<Vec<(SystemTime, PathBuf, u64)>> {
    let mut graphs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "db") {
            let data = entry.metadata()?;
            graphs.push((data.modified()?, path, data.len()));
        }
    }
    graphs.sort_by(|one, other| (&other.0, &other.1).cmp(&(&one.0, &one.1)));
    Ok(graphs)
}

/// Removes the graphs that nobody asked for the longest time, until the rest fits.
fn make_room(folder: &Path) -> std::io::Result<()> {
    let mut bytes = 0;
    for (at, (_, path, size)) in kept_in(folder)?.iter().enumerate() {
        bytes += size;
        if at >= ALWAYS_KEPT && (at >= MAX_KEPT || bytes > MAX_BYTES) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MAX_KEPT + 3 {
            let path = folder.path().join(format!("{number:02}.db"));
            let file = File::create(&path).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            file.set_modified(time).unwrap();
        }
        fs::write(folder.path().join("other"), "").unwrap();
        make_room(folder.path()).unwrap();
        let mut left: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left.len(), MAX_KEPT + 1);
        assert_eq!(left[0], "03.db");
    }
}

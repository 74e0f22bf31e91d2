//! The tree of an earlier commit and its graph, for as long as somebody asks it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use arc_history::{CommitFile, CommitId, GitHistory, HistoryError};

use crate::build::{BuildError, BuildOptions, build_from};
use crate::classify::MAX_BYTES;
use crate::passing_folder::PassingFolder;
use crate::progress::{Progress, Stage};

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The tree cannot be written down for the time being.
    #[error("cannot write {path}")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The graph cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// The tree of a commit in a folder of its own.
pub(crate) struct Snapshot {
    root: PathBuf,
    commit: CommitId,
    folder: PassingFolder,
}

impl Snapshot {
    /// Writes down the tree of `commit` in a folder of `home`.
    pub(crate) fn write(
        root: &Path,
        home: &Path,
        commit: CommitId,
        progress: &dyn Progress,
    ) -> Result<Snapshot, SnapshotError> {
        let folder = PassingFolder::make(home, "eval-").map_err(|source| SnapshotError::Write {
            path: home.to_owned(),
            source,
        })?;
        let snapshot = Snapshot {
            root: root.to_owned(),
            commit,
            folder,
        };
        snapshot.write_files(progress)?;
        Ok(snapshot)
    }

    pub(crate) fn graph(&self) -> PathBuf {
        self.folder.path.join("graph.db")
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.path.join("tree")
    }

    /// Builds the graph of the tree, with the history up to its commit; from the graph of another commit, if one lies in its
    /// place.
    pub(crate) fn build(&self, progress: &dyn Progress) -> Result<(), SnapshotError> {
        let options = BuildOptions {
            graph: Some(self.graph()),
            brief: true,
            ..BuildOptions::default()
        };
        let as_of = |_: &Path| GitHistory::open_as_of(&self.root, self.commit);
        build_from(&self.tree(), &as_of, &options, (progress, None))?;
        Ok(())
    }

    fn write_files(&self, progress: &dyn Progress) -> Result<(), SnapshotError> {
        let tree = self.tree();
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SnapshotError::Write { path, source }
        };
        // The folder looks like the top of a repository, or rules for ignoring would be read from the folders above.
        let top = tree.join(".git");
        fs::create_dir_all(&top).map_err(failed(&top))?;
        let history = GitHistory::open(&self.root)?;
        let mut result = Ok(());
        let mut count = 0;
        history.files_of(self.commit, &mut |file| {
            count += 1;
            progress.report(Stage::Walk, count, 0);
            let path = match std::str::from_utf8(file.path) {
                Ok(path) => tree.join(path),
                // Truth and answers are compared as text; a name that is none is in neither.
                Err(_) => return true,
            };
            result = if progress.is_cancelled() {
                Err(BuildError::Cancelled.into())
            } else {
                write_file(&path, file).map_err(failed(&path))
            };
            result.is_ok()
        })?;
        result
    }
}

fn write_file(path: &Path, file: &CommitFile<'_>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let content = file.content.unwrap_or_default();
    if file.is_link {
        return link(content, path);
    }
    // Two names of a tree may be one on this file system; the first stays.
    let mut written = match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        other => other?,
    };
    if content.len() as u64 > MAX_BYTES {
        // Nobody reads a file of this size; a hole has it as well.
        return written.set_len(content.len() as u64);
    }
    io::Write::write_all(&mut written, content)
}

/// Where there are no links, one is no source file either.
fn link(target: &[u8], path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let target = std::ffi::OsStr::from_bytes(target);
        match std::os::unix::fs::symlink(target, path) {
            // A target that is no path (empty, or with a NUL) is nothing to look at.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(_) if target.is_empty() || target.as_bytes().contains(&0) => Ok(()),
            other => other,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (target, path);
        Ok(())
    }
}

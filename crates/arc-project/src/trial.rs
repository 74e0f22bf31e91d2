//! The project as it would be with some files changed, and its graph: whatever can be asked of a project can be asked of a change
//! that nobody has made yet.
//!
//! The tree is copied once; what one trial changed the next one puts back. The graph is a copy that is updated, and what the update of
//! one trial learned of files that stay as they are is in memory for the next.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arc_history::GitHistory;
use arc_impact::Risk;
use arc_store::{GraphFile, MendedRow};

use crate::ask::AskError;
use crate::build::{BuildError, BuildOptions, build_from};
use crate::change_risk::Past;
use crate::changes::{Changes, patch_changes};
use crate::classify::MAX_BYTES;
use crate::history;
use crate::passing_folder::PassingFolder;
use crate::patch::rewritten;
use crate::progress::Progress;
use crate::remembered::Memory;

/// Why there is no trial.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The copy cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The graph cannot be copied or updated.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The graph cannot be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// A copy of the project.
pub struct Trial {
    project: PathBuf,
    folder: PassingFolder,
    /// What is not as in the project: the text there, `None` for what is not there.
    changed: BTreeMap<String, Option<Vec<u8>>>,
    /// What does not change from one trial to the next.
    memory: Memory,
    /// What risks are told from, with what of the graph it is made of.
    past: Option<(PastState, Option<Past>)>,
}

/// What a history follows from: the state of the repository, and what was mended.
type PastState = (Option<String>, Vec<MendedRow>);

/// A change that was tried.
pub struct Tried {
    /// The graph of the project with the change.
    pub graph: GraphFile,
    /// What the change does.
    pub changes: Changes,
}

impl Trial {
    /// Copies the files that the graph of the project knows, into a folder beside the graph.
    ///
    /// # Errors
    /// When they cannot be copied.
    pub fn new(project: &Path, graph: &GraphFile) -> Result<Trial, TrialError> {
        let home = graph.path().parent().unwrap_or(Path::new("."));
        let failed = |path: &Path, source| TrialError::Write {
            path: path.to_owned(),
            source,
        };
        let folder = PassingFolder::make(home, "trial-").map_err(|error| failed(home, error))?;
        let trial = Trial {
            project: project.to_owned(),
            folder,
            changed: BTreeMap::new(),
            memory: Memory::default(),
            past: None,
        };
        let tree = trial.root();
        // The folder looks like the top of a repository, or rules for ignoring would be read from the folders above.
        fs::create_dir_all(tree.join(".git")).map_err(|error| failed(&tree, error))?;
        let files = graph.stamps().map_err(BuildError::from)?;
        for (_, path, stamp) in files {
            let to = tree.join(&path);
            copy(&project.join(&path), &to, stamp.size).map_err(|error| failed(&to, error))?;
        }
        let own = trial.graph();
        // As long as it is open nobody writes to it.
        let copied = graph
            .bytes()
            .and_then(|mut bytes| io::copy(&mut bytes, &mut fs::File::create(&own)?));
        copied.map_err(|error| failed(&own, error))?;
        Ok(trial)
    }

    /// Where the copy is.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path.join("tree")
    }

    fn graph(&self) -> PathBuf {
        self.folder.path.join("graph.db")
    }

    /// Writes texts in the place of the project's own, and nothing else is changed any more.
    ///
    /// # Errors
    /// When they cannot be written, or the graph cannot follow.
    pub fn put(
        &mut self,
        files: &BTreeMap<String, String>,
        progress: &dyn Progress,
    ) -> Result<Tried, TrialError> {
        let tree = self.root();
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TrialError::Write { path, source }
        };
        for (path, old) in std::mem::take(&mut self.changed) {
            let place = tree.join(&path);
            let put_back = match old {
                Some(old) => fs::write(&place, old),
                None => fs::remove_file(&place),
            };
            put_back.map_err(failed(&place))?;
        }
        let mut patch = Vec::new();
        for (path, text) in files {
            let place = tree.join(path);
            let old = fs::read(&place).ok();
            let told = old.as_deref().map(String::from_utf8_lossy);
            patch.push(rewritten(path, told.as_deref(), text));
            self.changed.insert(path.clone(), old);
            fs::create_dir_all(place.parent().unwrap_or(&tree))
                .and_then(|()| fs::write(&place, text))
                .map_err(failed(&place))?;
        }
        let options = BuildOptions {
            graph: Some(self.graph()),
            brief: true,
            ..BuildOptions::default()
        };
        let project = |_: &Path| GitHistory::open(&self.project);
        build_from(&tree, &project, &options, (progress, Some(&self.memory)))?;
        let graph = GraphFile::open(&self.graph()).map_err(BuildError::from)?;
        let changes = patch_changes(&graph, &tree, "", &patch)?;
        Ok(Tried { graph, changes })
    }

    /// The risk of a change that was tried, as [`change_risk`](crate::change_risk) tells it.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn risk(&mut self, tried: &Tried) -> Result<Option<Risk>, AskError> {
        let graph = &tried.graph;
        let state = (graph.meta(history::STATE)?, graph.mended(None)?);
        let root = self.root();
        let known = self.past.take().filter(|(known, _)| *known == state);
        let (state, mut past) = match known {
            Some(known) => known,
            None => (state, Past::read(graph)?),
        };
        let risk = match &mut past {
            Some(past) => past.risk(graph, &root, &tried.changes)?,
            None => None,
        };
        // Not after a failure, which may leave lines half counted.
        self.past = Some((state, past));
        Ok(risk)
    }
}

fn copy(from: &Path, to: &Path, size: u64) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let meta = match from.symlink_metadata() {
        Ok(meta) => meta,
        // It went since the graph was made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if meta.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if size > MAX_BYTES {
        // Nobody reads a file of this size; a hole has it as well.
        return fs::File::create(to)?.set_len(size);
    }
    fs::copy(from, to).map(|_| ())
}

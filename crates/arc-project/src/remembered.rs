//! What one update of a graph leaves in memory for the next one: the facts of all files, and the run of the resolver that was played.
//!
//! It is for whoever updates one graph again and again and is the only one who does, as a [`Trial`](crate::Trial) is. An update with it
//! ends in the same rows as one without.

use std::sync::{Mutex, PoisonError};

use arc_extract::{FileFacts, Kept};
use arc_store::{FileRow, Keys};

use crate::graph_rows::ProjectFacts;

/// What the last update knew.
pub(crate) struct Remembered {
    /// All files, in path order.
    pub(crate) rows: Vec<FileRow>,
    pub(crate) facts: ProjectFacts,
    /// The run that the graph keeps, if it could be played.
    pub(crate) run: Option<RememberedRun>,
    pub(crate) nodes: KnownNodes,
}

/// The nodes of all files.
pub(crate) struct KnownNodes {
    pub(crate) keys: Keys,
    /// For each file whether they are those of the run.
    pub(crate) is_of_run: Vec<bool>,
}

/// What is known before anything is resolved.
pub(crate) struct Known {
    pub(crate) facts: ProjectFacts,
    pub(crate) run: Option<RememberedRun>,
    /// Of the same list of files.
    pub(crate) nodes: Option<KnownNodes>,
}

/// A run of the resolver that was read.
pub(crate) struct RememberedRun {
    /// The files that it is of, as the graph has them.
    pub(crate) list: Vec<u8>,
    pub(crate) kept: Kept,
}

/// The place of it between two updates.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Option<Remembered>>);

impl Memory {
    pub(crate) fn put(&self, remembered: Option<Remembered>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = remembered;
    }

    pub(crate) fn take(&self) -> Option<Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Remembered {
    /// The same with what some files say now, if all others are as they were; `facts` are of those for which `is_read` holds.
    pub(crate) fn with(
        self,
        rows: &[FileRow],
        is_read: &dyn Fn(usize) -> bool,
        facts: &mut [Option<FileFacts>],
    ) -> Option<Known> {
        let is_known = |(file, (then, now)): (usize, (&FileRow, &FileRow))| {
            let says = facts[file].is_some() == self.facts.source(file).is_some();
            let is_same = then.hash.is_some() && then.hash == now.hash;
            let holds = if is_read(file) {
                says
            } else {
                is_same || self.facts.source(file).is_none()
            };
            holds && (&then.path, &then.language) == (&now.path, &now.language)
        };
        let mut pairs = self.rows.iter().zip(rows).enumerate();
        if self.rows.len() != rows.len() || !pairs.all(is_known) {
            return None;
        }
        let changed = facts.iter_mut().enumerate();
        let changed = changed.filter_map(|(file, facts)| Some((file, facts.take()?)));
        let facts = self.facts.replaced(changed);
        let fits = |run: &RememberedRun| run.kept.fits(facts.sources());
        let run = self.run.filter(fits);
        Some(Known {
            facts,
            run,
            nodes: Some(self.nodes),
        })
    }
}

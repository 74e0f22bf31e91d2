//! The commits that touched a file, as the graph has them, in the words of the history.

use std::cell::Cell;

use arc_history::{CommitId, ContentId, Rename, Touch, Trail};
use arc_store::{FileTrail, GraphFile, StoreError, TouchRecord};

/// The trail of a file; `is_ignored` tells which commits changed no meaning.
pub(crate) fn trail_of(known: &FileTrail, is_ignored: &dyn Fn(&TouchRecord) -> bool) -> Trail {
    let touches = known.touches.iter().map(|touch| Touch {
        commit: CommitId(touch.hash),
        order: touch.position,
        is_ignored: is_ignored(touch),
        before: touch.contents.0.map(ContentId),
        content: touch.contents.1.map(ContentId),
    });
    let renames = known.renames.iter().map(|rename| Rename {
        commit: CommitId(rename.hash),
        old: rename.old.clone(),
        new: rename.new.clone(),
    });
    Trail {
        touches: touches.collect(),
        renames: renames.collect(),
        is_one_file: known.is_one_file,
    }
}

/// Reads trails for somebody who cannot be told of a failure: the first one is kept.
pub(crate) struct Trails<'a> {
    graph: &'a GraphFile,
    failure: Cell<Option<StoreError>>,
}

impl<'a> Trails<'a> {
    pub(crate) fn new(graph: &'a GraphFile) -> Trails<'a> {
        Trails {
            graph,
            failure: Cell::new(None),
        }
    }

    /// The trail of `path`; empty when the graph cannot be read.
    pub(crate) fn of(&self, path: &str, is_ignored: &dyn Fn(&TouchRecord) -> bool) -> Trail {
        match self.graph.file_trail(path) {
            Ok(known) => trail_of(&known, is_ignored),
            Err(error) => {
                self.failure.set(Some(error));
                Trail::default()
            }
        }
    }

    /// What could not be read.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

//! The versions of a file one by one, from the newest back to the oldest, along the commits that wrote them.

use std::rc::Rc;

use gix::ObjectId;

use super::trees::differences;
use super::versions::{Trail, Versions};
use super::{GitHistory, HistoryError, commit_id, object_id, path_text};
use crate::record::CommitId;

/// A content of a file, and the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// The commit.
    pub commit: CommitId,
    /// Its [`crate::CommitRecord::order`], as far as it is known to have touched the file.
    pub order: i64,
    /// The path there.
    pub path: String,
    content: ObjectId,
}

/// A file in a parent of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentFile {
    /// The parent.
    pub parent: CommitId,
    /// The path there.
    pub path: String,
    content: ObjectId,
}

/// A file that a commit changed, as its parent had it.
#[derive(Clone, Debug)]
pub struct ChangedBeside {
    /// As it was.
    pub old: ParentFile,
    /// Whether the commit still has a file of that path.
    pub is_left: bool,
}

/// Goes from versions of files to those before them, and tells who wrote which line. Everything that was read is remembered.
pub struct Lineage<'a> {
    pub(super) versions: Versions<'a, 'a>,
}

impl GitHistory {
    /// Reads versions of files. `trail` tells what is known of the history of a path.
    ///
    /// # Errors
    /// When the boundary of a shallow clone cannot be read.
    pub fn lineage<'a>(
        &'a self,
        trail: &'a dyn Fn(&str) -> Trail,
    ) -> Result<Lineage<'a>, HistoryError> {
        Ok(Lineage {
            versions: Versions::open(self, trail)?,
        })
    }
}

impl Lineage<'_> {
    /// What `commit` has at `path`, with the commit that wrote it; `None` when there is no such file.
    pub fn at(&mut self, commit: &CommitId, path: &str) -> Option<FileVersion> {
        let content = self.versions.content(commit, path.as_bytes())?;
        Some(self.written(commit, i64::MAX, path, content))
    }

    /// The version that a parent has, with the commit that wrote it, which is older than `after`.
    pub fn of_parent(&mut self, file: &ParentFile, after: &FileVersion) -> FileVersion {
        let limit = after.order.saturating_sub(1);
        self.written(&file.parent, limit, &file.path, file.content)
    }

    fn written(
        &mut self,
        commit: &CommitId,
        limit: i64,
        path: &str,
        content: ObjectId,
    ) -> FileVersion {
        let (writer, order) = self
            .versions
            .writer(commit, limit, path.as_bytes(), &content);
        FileVersion {
            commit: writer,
            order,
            path: path.to_owned(),
            content,
        }
    }

    /// The file in each parent of the commit that wrote a version, under the name it had there; none for a first commit,
    /// and none where the file is new.
    pub fn parents(&mut self, version: &FileVersion) -> Vec<ParentFile> {
        let path = version.path.as_bytes();
        let parents = self.parent_ids(&version.commit);
        let mut files = Vec::with_capacity(parents.len());
        for parent in parents.iter() {
            if let Some((path, content)) = self.versions.before(&version.commit, parent, path) {
                files.push(ParentFile {
                    parent: *parent,
                    path: path_text(path),
                    content,
                });
            }
        }
        files
    }

    /// The parents of a commit; none beyond the boundary of a shallow clone.
    pub fn parent_ids(&mut self, commit: &CommitId) -> Rc<[CommitId]> {
        let node = self.versions.node(commit);
        node.map_or_else(|| Rc::from([]), |node| node.parents)
    }

    /// Whether earlier commits than those of the clone exist elsewhere.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !self.versions.shallow.is_empty()
    }

    /// Whether earlier commits exist elsewhere: the clone ends here.
    #[must_use]
    pub fn is_boundary(&self, commit: &CommitId) -> bool {
        self.versions.shallow.contains(commit)
    }

    /// The content of a version; `None` when it is missing or larger than anything written by hand.
    pub fn text(&mut self, version: &FileVersion) -> Option<Rc<Vec<u8>>> {
        self.versions.text(&version.content)
    }

    /// The content that a parent has.
    pub fn parent_text(&mut self, file: &ParentFile) -> Option<Rc<Vec<u8>>> {
        self.versions.text(&file.content)
    }

    /// The content of `path` in `commit`; `None` when there is none, or it is too large.
    pub fn text_at(&mut self, commit: &CommitId, path: &str) -> Option<Rc<Vec<u8>>> {
        let content = self.versions.content(commit, path.as_bytes())?;
        self.versions.text(&content)
    }

    /// The files that `parent` had and `commit` changed or removed, in the order of their paths; none when there are more
    /// than `most`, or a tree is missing.
    pub fn changed_beside(
        &mut self,
        commit: &CommitId,
        parent: &CommitId,
        most: usize,
    ) -> Vec<ChangedBeside> {
        let (Some(now), Some(before)) = (self.versions.node(commit), self.versions.node(parent))
        else {
            return Vec::new();
        };
        let objects = &mut self.versions.objects;
        // A tree that is missing from a partial clone leaves nothing to look at.
        let found = differences(objects, Some(&before.tree), Some(&now.tree)).unwrap_or_default();
        let files = found.into_iter().filter_map(|difference| {
            let side = difference.old.filter(|side| !side.is_link)?;
            Some(ChangedBeside {
                old: ParentFile {
                    parent: *parent,
                    path: path_text(difference.path),
                    content: side.id,
                },
                is_left: difference.new.is_some(),
            })
        });
        let files: Vec<ChangedBeside> = files.collect();
        if files.len() > most {
            return Vec::new();
        }
        files
    }
}

impl GitHistory {
    /// The newest commit that both build upon; `None` when there is none, or it is not here.
    #[must_use]
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Option<CommitId> {
        // A clone that is cut off may have none although the project has: nothing more can be known of it here.
        let base = self.repository.merge_base(object_id(one), object_id(other));
        base.ok().flatten().map(|id| commit_id(&id.detach()))
    }

    /// The commit that `revision` names, as git understands names.
    ///
    /// # Errors
    /// [`HistoryError::UnknownRevision`].
    pub fn commit_named(&self, revision: &str) -> Result<CommitId, HistoryError> {
        let unknown =
            |source: Box<dyn std::error::Error + Send + Sync>| HistoryError::UnknownRevision {
                revision: revision.to_owned(),
                source,
            };
        let id = self
            .repository
            .rev_parse_single(revision)
            .map_err(|source| unknown(source.into()))?;
        let object = id.object().map_err(|source| unknown(source.into()))?;
        let commit = object
            .peel_to_commit()
            .map_err(|source| unknown(source.into()))?;
        Ok(commit_id(&commit.id))
    }
}

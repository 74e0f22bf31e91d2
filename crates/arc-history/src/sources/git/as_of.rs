//! A repository as it was at an earlier commit: its files, and the commits up to there.

use std::path::Path;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::parse_commit;
use super::objects::Objects;
use super::trees::{Side, differences, side_at};
use super::{GitHistory, HistoryError, object_id};
use crate::record::CommitId;

/// A file of a commit.
#[derive(Debug)]
pub struct CommitFile<'a> {
    /// Relative to the root, with `/`. Every part is a plain name: neither empty, nor `.`, `..` or `.git`.
    pub path: &'a [u8],
    /// The content, or what a link points at; `None` when it is missing or larger than anything written by hand.
    pub content: Option<&'a [u8]>,
    /// A symbolic link.
    pub is_link: bool,
}

impl GitHistory {
    /// Opens the repository at `root` as if `head` were its HEAD, whatever has been committed since.
    ///
    /// # Errors
    /// When there is no repository or it cannot be opened.
    pub fn open_as_of(root: &Path, head: CommitId) -> Result<GitHistory, HistoryError> {
        let mut history = GitHistory::open(root)?;
        history.head = Some(head);
        Ok(history)
    }

    /// Hands every file of `commit` to `visit`, ordinary ones first, links after them, until it says no. Submodules, and
    /// names that no file system should be given, are left out.
    ///
    /// # Errors
    /// When the commit or one of its folders is missing or damaged.
    pub fn files_of(
        &self,
        commit: CommitId,
        visit: &mut dyn FnMut(&CommitFile<'_>) -> bool,
    ) -> Result<(), HistoryError> {
        let mut objects = self.objects();
        let mut files = self.sides(commit, &mut objects)?;
        files.retain(|(path, _)| is_plain(path));
        // A crafted tree may have a link and a folder of one name: what is written last cannot lead writing astray.
        files.sort_by_key(|(_, side)| side.is_link);
        for (path, side) in &files {
            let object = objects.find(&side.id);
            let content = object.as_ref().filter(|object| object.kind == Kind::Blob);
            let file = CommitFile {
                path,
                content: content.map(|object| &object.data[..]),
                is_link: side.is_link,
            };
            if !visit(&file) {
                break;
            }
        }
        Ok(())
    }

    /// The content of a file in a commit; `None` when it is not there, missing, or larger than anything written by hand.
    #[must_use]
    pub fn file_at(&self, commit: &CommitId, path: &str) -> Option<Vec<u8>> {
        let mut objects = self.objects();
        let object = objects.find(&object_id(commit))?;
        let tree = parse_commit(&object.data)?.tree;
        let side = side_at(&mut objects, &tree, path.as_bytes())?;
        let object = objects.find(&side.id)?;
        (object.kind == Kind::Blob).then(|| object.data.to_vec())
    }

    /// Every path of a commit, in the order of its trees.
    pub(super) fn sides(
        &self,
        commit: CommitId,
        objects: &mut Objects<'_>,
    ) -> Result<Vec<(Vec<u8>, Side)>, HistoryError> {
        let missing = || HistoryError::MissingHead { id: commit };
        let object = objects.find(&object_id(&commit)).ok_or_else(missing)?;
        let tree: ObjectId = parse_commit(&object.data).ok_or_else(missing)?.tree;
        let found = differences(objects, None, Some(&tree)).map_err(|_| missing())?;
        let files = found.into_iter();
        Ok(files
            .filter_map(|file| Some((file.path, file.new?)))
            .collect())
    }
}

/// Whether every part of a path is a name and nothing else.
fn is_plain(path: &[u8]) -> bool {
    let odd: &[u8] = if cfg!(windows) { b"\0\\:" } else { b"\0" };
    path.split(|&byte| byte == b'/').all(|part| {
        let leads_elsewhere = matches!(part, b"" | b"." | b"..");
        let is_git = part.eq_ignore_ascii_case(b".git");
        !leads_elsewhere && !is_git && !part.iter().any(|byte| odd.contains(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn names_that_lead_elsewhere_are_no_names() {
        assert!(is_plain(b"src/a.rs"));
        assert!(is_plain(b".github/x"));
        for path in [
            &b"../a"[..],
            b"a/../b",
            b"/etc",
            b"a//b",
            b".git/config",
            b"a/.GIT/x",
            b"a\0",
        ] {
            assert!(!is_plain(path), "{path:?}");
        }
    }
}

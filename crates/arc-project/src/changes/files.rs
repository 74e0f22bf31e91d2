//! Where the two versions of each file come from: a commit and what is there now, or a unified diff.

use std::fmt;
use std::path::Path;

use arc_history::{Against, ChangeStatus, ChangedFile, CommitId, Content, GitHistory};
use arc_store::GraphFile;

use super::versions::{Contents, Reading, VersionPair, text_of};
use crate::ask::AskError;
use crate::patch::{PatchSide, PatchedFile};
use crate::read_file::read_source;
use crate::target::joined;

/// What to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// A commit, as git names it.
    pub name: String,
    /// With what the next commit would hold, instead of the files as they are.
    pub is_staged: bool,
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let staged = if self.is_staged { " (staged)" } else { "" };
        write!(formatter, "{}{staged}", self.name)
    }
}

/// The files that differ from a commit.
pub(super) fn of_revision(
    graph: &GraphFile,
    root: &Path,
    revision: &Revision,
) -> Result<Vec<VersionPair>, AskError> {
    let git = GitHistory::open(root)?;
    let comparison = if revision.is_staged {
        git.compare(root, &revision.name, Against::Index)?
    } else {
        let paths = graph.stamps()?.into_iter().map(|(_, path, _)| path);
        let paths: Vec<String> = paths.collect();
        git.compare(root, &revision.name, Against::WorkTree(&paths))?
    };
    Ok(comparison.files.into_iter().map(pair).collect())
}

/// The files that differ between two commits.
pub(super) fn of_commits(
    root: &Path,
    (old, new): (&CommitId, &CommitId),
) -> Result<Vec<VersionPair>, AskError> {
    let git = GitHistory::open(root)?;
    let comparison = git.compare(root, &old.to_string(), Against::Commit(new))?;
    Ok(comparison.files.into_iter().map(pair).collect())
}

fn pair(file: ChangedFile) -> VersionPair {
    let is_mode_only = file.is_mode_only();
    let contents = match (file.old, file.new) {
        _ if is_mode_only => Contents::ModeOnly,
        (Content::Text(old), Content::Absent) => Contents::Deleted { old: text_of(&old) },
        (_, Content::Absent) => Contents::Deleted { old: String::new() },
        (Content::Absent, Content::Text(new)) => Contents::Texts {
            old: String::new(),
            new: text_of(&new),
        },
        (Content::Text(old), Content::Text(new)) => Contents::Texts {
            old: text_of(&old),
            new: text_of(&new),
        },
        (Content::Opaque, _) | (_, Content::Opaque) => Contents::Opaque,
    };
    VersionPair {
        path: file.path,
        old_path: file.old_path,
        is_new: file.status == ChangeStatus::Added,
        is_deleted: file.status == ChangeStatus::Deleted,
        is_unwritten: false,
        contents,
        read: <[Reading; 2]>::default(),
    }
}

/// The files of a unified diff, and the paths of those whose lines are not there. A diff may be of a tree that it was
/// applied to, or of one that it was not.
pub(super) fn of_patch(
    graph: &GraphFile,
    root: &Path,
    prefix: &str,
    patch: &[PatchedFile],
) -> Result<(Vec<VersionPair>, Vec<String>), AskError> {
    let mut pairs = Vec::new();
    let mut unapplied = Vec::new();
    for file in patch {
        // Diffs of git are relative to its root, whatever the folder.
        let place = |path: &str| -> Result<Option<String>, AskError> {
            for folder in ["", prefix] {
                let path = joined(folder, path);
                if graph.file(&path)?.is_some() {
                    return Ok(Some(path));
                }
            }
            Ok(None)
        };
        let now = place(&file.path)?;
        let before = match (&now, &file.old_path) {
            (None, Some(old)) => place(old)?,
            (Some(_), _) | (None, None) => None,
        };
        let known = now.or(before);
        let is_known = known.is_some();
        let path = known.unwrap_or_else(|| joined("", &file.path));
        if path.starts_with("..") {
            unapplied.push(path);
            continue;
        }
        // What the graph does not have is not read: a folder on the way may be a link that leads out of the project.
        let text = is_known
            .then(|| read_source(&root.join(&path)).ok())
            .flatten()
            .map(|bytes| text_of(&bytes));
        let is_unwritten = file.is_new && root.join(&path).symlink_metadata().is_err();
        match contents(file, text.as_deref()) {
            Some(contents) => pairs.push(VersionPair {
                is_deleted: matches!(contents, Contents::Deleted { .. }),
                old_path: file.old_path.clone().filter(|old| *old != path),
                is_new: file.is_new,
                is_unwritten,
                path,
                contents,
                read: <[Reading; 2]>::default(),
            }),
            None => unapplied.push(path),
        }
    }
    Ok((pairs, unapplied))
}

/// The versions of a file of which `text` is what is there, on either side of the diff; `None` when it is on neither.
fn contents(file: &PatchedFile, text: Option<&str>) -> Option<Contents> {
    if file.is_binary {
        return Some(Contents::Opaque);
    }
    if file.hunks.is_empty() && file.has_new_mode {
        return Some(Contents::ModeOnly);
    }
    let Some(text) = text else {
        let side = |side| file.other_side("", side);
        if file.is_new {
            let new = side(PatchSide::Old)?;
            let old = String::new();
            return Some(Contents::Texts { old, new });
        }
        return match side(PatchSide::New) {
            Some(old) if file.is_deleted => Some(Contents::Deleted { old }),
            // A path that the graph does not have is told as such.
            Some(_) | None => Some(Contents::Opaque),
        };
    };
    if let Some(old) = file
        .other_side(text, PatchSide::New)
        .filter(|_| !file.is_deleted)
    {
        let new = text.to_owned();
        return Some(Contents::Texts { old, new });
    }
    let new = file
        .other_side(text, PatchSide::Old)
        .filter(|_| !file.is_new)?;
    let old = text.to_owned();
    Some(if file.is_deleted {
        Contents::Deleted { old }
    } else {
        Contents::Texts { old, new }
    })
}

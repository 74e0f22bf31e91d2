//! The two versions of a file that a diff is between.

use std::collections::BTreeSet;

use arc_history::{LineCounts, count_lines, same_lines};

/// A file of a diff that is text now.
#[derive(Clone, Debug, PartialEq)]
pub struct FileTexts {
    /// Where it is, relative to the root.
    pub path: String,
    /// The text before; `None` when it is new.
    pub old: Option<String>,
    /// The text now.
    pub new: String,
}

impl FileTexts {
    /// The lines that came or are other ones now, from 1, whatever became of their whitespace.
    #[must_use]
    pub fn added(&self) -> BTreeSet<u32> {
        let old = self.old.as_deref().unwrap_or("");
        let same = same_lines(old.as_bytes(), self.new.as_bytes());
        let added = (1..).zip(same).filter(|(_, same)| same.is_none());
        added.map(|(line, _)| line).collect()
    }
}

/// A file of a diff.
pub(super) struct VersionPair {
    /// Where it now is; where it was, when it is deleted. Relative to the root.
    pub(super) path: String,
    /// Where it was, when that is another path.
    pub(super) old_path: Option<String>,
    pub(super) is_new: bool,
    pub(super) is_deleted: bool,
    /// It is new, and nobody has written it yet.
    pub(super) is_unwritten: bool,
    pub(super) contents: Contents,
}

/// What is known of the two versions.
pub(super) enum Contents {
    /// Both as text; the old one is empty for a new file.
    Texts { old: String, new: String },
    /// There is no new one; `old` is empty when it is no text.
    Deleted { old: String },
    /// Not text, or too large.
    Opaque,
    /// The same, with other permissions.
    ModeOnly,
}

impl VersionPair {
    /// The path with the lines that were added and deleted; `None` where that cannot be told.
    pub(super) fn counted(&self) -> (String, Option<(u32, u32)>) {
        let counts = match &self.contents {
            Contents::Texts { old, new } => Some(count_lines(old.as_bytes(), new.as_bytes())),
            Contents::Deleted { old } => Some(count_lines(old.as_bytes(), b"")),
            Contents::ModeOnly => Some(LineCounts::default()),
            Contents::Opaque => None,
        };
        let path = self.path.clone();
        (path, counts.map(|counts| (counts.added, counts.deleted)))
    }

    /// The path that has no file any more, if there is one.
    pub(super) fn gone(&self) -> Option<String> {
        let deleted = self.is_deleted.then_some(&self.path);
        deleted.or(self.old_path.as_ref()).cloned()
    }

    /// The texts, when there is one now.
    pub(super) fn texts(self) -> Option<FileTexts> {
        match self.contents {
            Contents::Texts { old, new } => Some(FileTexts {
                path: self.path,
                old: (!self.is_new).then_some(old),
                new,
            }),
            Contents::Deleted { .. } | Contents::Opaque | Contents::ModeOnly => None,
        }
    }

    /// The text before, and its path.
    pub(super) fn old(&self) -> Option<(&str, &str)> {
        let path = self.old_path.as_deref().unwrap_or(&self.path);
        match &self.contents {
            Contents::Texts { old, .. } if !self.is_new => Some((path, old)),
            Contents::Deleted { old } => Some((path, old)),
            Contents::Texts { .. } | Contents::Opaque | Contents::ModeOnly => None,
        }
    }
}

/// Bytes as text, as files of the tree are read.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

//! What is known of one commit.

use std::fmt;

pub use arc_graph::CommitKind;

use crate::mentions::{Mention, Pull};

/// The name of a commit: its hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub [u8; 20]);

impl CommitId {
    /// The id written as 40 hexadecimal digits, or `None` when `text` is something else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<CommitId> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return None;
        }
        let mut id = [0; 20];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(CommitId(id))
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The name that git gives a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(pub [u8; 20]);

/// Who wrote a commit, by the name the mailmap gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address, which is what tells two people of one name apart.
    pub email: String,
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ChangeStatus {
    /// The path is new.
    Added = 1,
    /// The content or the mode changed.
    Modified = 2,
    /// The path is gone.
    Deleted = 3,
    /// The path is new and its content stood elsewhere before.
    Renamed = 4,
}

impl ChangeStatus {
    /// Every status, in the order of the stored numbers.
    pub const ALL: &'static [ChangeStatus] = &[
        ChangeStatus::Added,
        ChangeStatus::Modified,
        ChangeStatus::Deleted,
        ChangeStatus::Renamed,
    ];

    /// The number stored in the database.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The status with the stored `number`, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<ChangeStatus> {
        ChangeStatus::ALL
            .iter()
            .copied()
            .find(|status| status.number() == number)
    }
}

/// Lines that came and went. A line that changed counts once on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCounts {
    /// Lines only the new side has.
    pub added: u32,
    /// Lines only the old side had.
    pub deleted: u32,
}

/// One path of a commit. Submodule entries are never listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathChange {
    /// The path after the commit (before it, for a deletion), with `/`; bytes that are no UTF-8 become U+FFFD.
    pub path: String,
    /// What happened.
    pub status: ChangeStatus,
    /// The path before the commit, for a rename.
    pub old_path: Option<String>,
    /// `None` where lines were not asked for, the content is missing from a partial clone, too large or binary.
    pub lines: Option<LineCounts>,
    /// The content before; `None` where there was none, and for links.
    pub before: Option<ContentId>,
    /// The content after.
    pub content: Option<ContentId>,
}

/// The paths of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Against the only parent, or against nothing for a first commit; ordered by path.
    Known(Vec<PathChange>),
    /// Not listed: a merge repeats what its branches did.
    Merge,
    /// The parent or a tree is missing from a shallow or damaged clone: everything would look new.
    Unknown,
}

impl Changes {
    /// The known paths; none for a merge and for what is unknown.
    #[must_use]
    pub fn paths(&self) -> &[PathChange] {
        match self {
            Changes::Known(paths) => paths,
            Changes::Merge | Changes::Unknown => &[],
        }
    }
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRecord {
    /// Its id.
    pub id: CommitId,
    /// The ids of its parents, in their order; they may be missing from a shallow clone.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author: Person,
    /// When it was written, in seconds since 1970; clocks lie, so this may be any number.
    pub author_time: i64,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The place in the one order every clone of this history has: larger than that of every parent, and otherwise as
    /// close to the committer's time as that allows. It depends on ancestors only, so new commits never move old ones.
    pub order: i64,
    /// The first line of the message, at most [`SUBJECT_LIMIT`] bytes.
    pub subject: String,
    /// The message after its first paragraph, at most [`BODY_LIMIT`] bytes.
    pub body: String,
    /// Why it was made.
    pub kind: CommitKind,
    /// Subject or body says that something was repaired.
    pub is_fix: bool,
    /// The pull request it came in with: the one its message names, else that of the innermost merge that brought it.
    pub pull: Option<Pull>,
    /// Other pull requests and the issues that its message names, each once.
    pub mentions: Vec<Mention>,
    /// Who else wrote it, by `Co-authored-by` and the mailmap.
    pub co_authors: Vec<Person>,
    /// Its paths.
    pub changes: Changes,
    /// Of a merge, the paths whose content is that of no parent, ordered: what the merge itself wrote. Each with its content.
    pub merged: Vec<(String, Option<ContentId>)>,
}

/// The longest subject kept, in bytes.
pub const SUBJECT_LIMIT: usize = 1_000;

/// The longest body kept, in bytes.
pub const BODY_LIMIT: usize = 16_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_prints() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(CommitId::from_hex(text).unwrap().to_string(), text);
        assert_eq!(CommitId::from_hex("0123"), None);
        assert_eq!(CommitId::from_hex(&"g".repeat(40)), None);
        assert_eq!(CommitId::from_hex(&"é".repeat(20)), None);
    }

    #[test]
    fn stored_numbers_read_back() {
        for status in ChangeStatus::ALL {
            assert_eq!(ChangeStatus::from_number(status.number()), Some(*status));
        }
    }
}

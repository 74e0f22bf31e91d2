//! What happens to a file or a symbol in a commit.

use arc_history::CommitId;

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// It is new.
    Created,
    /// It is in another place: another file, or another scope.
    Moved,
    /// It has another name.
    Renamed,
    /// What others see of it differs.
    Signature,
    /// What it does differs.
    Body,
    /// It is gone.
    Deleted,
}

impl EventKind {
    /// The name as printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Created => "created",
            EventKind::Moved => "moved",
            EventKind::Renamed => "renamed",
            EventKind::Signature => "signature",
            EventKind::Body => "body",
            EventKind::Deleted => "deleted",
        }
    }

    /// Whether it says where the thing is or what it is called, and not only what it holds.
    #[must_use]
    pub fn is_about_identity(self) -> bool {
        match self {
            EventKind::Created | EventKind::Moved | EventKind::Renamed | EventKind::Deleted => true,
            EventKind::Signature | EventKind::Body => false,
        }
    }
}

/// A file or a symbol by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, relative to the root, with `/`.
    pub path: String,
    /// The name inside the file (`Config.load`); empty for the file itself.
    pub scope_name: String,
}

/// Something that a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) commit: CommitId,
    /// The place of the commit in the order of history.
    pub(super) order: i64,
    /// Before; `None` when it is new.
    pub(super) from: Option<Place>,
    /// After; `None` when it is gone.
    pub(super) to: Option<Place>,
    /// Lines that came and went; `None` where they are not counted.
    pub(super) lines: Option<(u32, u32)>,
}

//! What a tracker says of pull requests and issues, in the same words whether it came over the network or from a file.

use crate::kind::{MentionKind, MentionSource, NodeKind, RemarkKind, TicketState};

/// A pull request or an issue, by what people write to name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketName {
    /// What stands before the number: `#`, `!`, `ABC-`, `owner/name#` for another project.
    pub sign: String,
    /// The number.
    pub number: u32,
}

/// Something that somebody wrote below a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is.
    pub kind: RemarkKind,
    /// The account that wrote it; `None` when it was deleted.
    pub author: Option<String>,
    /// Written, seconds since 1970.
    pub time: Option<i64>,
    /// The text.
    pub body: String,
    /// Its page.
    pub url: Option<String>,
    /// The file it speaks of, by its name at the time.
    pub path: Option<String>,
    /// The line it speaks of, from 1, in the file as it was then.
    pub line: Option<u32>,
    /// The text of that line.
    pub code: Option<String>,
    /// What a review decided, in the words of the tracker (`approved`).
    pub verdict: Option<String>,
}

/// What a ticket says of another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TicketLink {
    /// The other one.
    pub to: TicketName,
    /// It closes or mentions it.
    pub kind: MentionKind,
    /// Where that was read.
    pub source: MentionSource,
    /// It is the other one that speaks of this one.
    pub is_backward: bool,
}

/// What a ticket has many of; trackers give these in pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketParts {
    /// Commits of a pull request as they were pushed.
    pub commits: Vec<[u8; 20]>,
    /// Accounts, each with an address that it commits with.
    pub addresses: Vec<(String, String)>,
    /// Paths that a pull request changes.
    pub files: Vec<String>,
    /// Labels.
    pub labels: Vec<String>,
    /// What people wrote below it.
    pub remarks: Vec<Remark>,
    /// Other tickets.
    pub links: Vec<TicketLink>,
}

/// A pull request or an issue as its tracker knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedTicket {
    /// Which.
    pub name: TicketName,
    /// A pull request, or an issue.
    pub kind: NodeKind,
    /// What became of it.
    pub state: TicketState,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// The account that opened it; `None` when it was deleted.
    pub author: Option<String>,
    /// Opened, seconds since 1970.
    pub created: Option<i64>,
    /// Changed last.
    pub updated: Option<i64>,
    /// Closed or merged.
    pub closed: Option<i64>,
    /// The commit that brought it into its base; it may be gone from the history.
    pub merge_commit: Option<[u8; 20]>,
    /// Its page.
    pub url: Option<String>,
    /// What it has many of, or the first of them.
    pub parts: TicketParts,
}

//! What GitHub answers, in the words of its GraphQL schema. Whatever may be missing is optional: of what a token may not see
//! GitHub gives `null`.

use serde::Deserialize;

/// An answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) data: Option<Data>,
    pub(crate) errors: Option<Vec<Problem>>,
    /// What an answer that is none of GraphQL says.
    pub(crate) message: Option<String>,
}

/// An error of an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) repository: Option<Repository>,
    pub(crate) node: Option<TicketNode>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimit {
    pub(crate) cost: u64,
    pub(crate) remaining: u64,
    pub(crate) reset_at: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repository {
    #[serde(default)]
    pub(crate) name_with_owner: String,
    #[serde(default)]
    pub(crate) is_fork: bool,
    pub(crate) parent: Option<RepositoryName>,
    pub(crate) page: Option<Connection<TicketNode>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepositoryName {
    pub(crate) name_with_owner: String,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection<T> {
    pub(crate) nodes: Option<Vec<Option<T>>>,
    #[serde(default)]
    pub(crate) page_info: PageInfo,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    #[serde(default)]
    pub(crate) has_next_page: bool,
    pub(crate) end_cursor: Option<String>,
}

/// A pull request, an issue, a thread of a review, or only the part of one that was asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketNode {
    pub(crate) id: Option<String>,
    pub(crate) number: Option<u32>,
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) author: Option<Actor>,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    pub(crate) closed_at: Option<String>,
    pub(crate) merge_commit: Option<Commit>,
    pub(crate) labels: Option<Connection<Label>>,
    pub(crate) files: Option<Connection<ChangedPath>>,
    pub(crate) commits: Option<Connection<PushedCommit>>,
    pub(crate) closing_issues_references: Option<Connection<Numbered>>,
    pub(crate) timeline_items: Option<Connection<Reference>>,
    pub(crate) comments: Option<Connection<Comment>>,
    pub(crate) reviews: Option<Connection<Comment>>,
    pub(crate) review_threads: Option<Connection<TicketNode>>,
    // Of a thread.
    pub(crate) path: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) original_line: Option<u32>,
    pub(crate) diff_side: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Actor {
    #[serde(rename = "__typename")]
    pub(crate) kind: Option<String>,
    pub(crate) login: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Commit {
    pub(crate) oid: String,
    pub(crate) author: Option<CommitAuthor>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CommitAuthor {
    pub(crate) email: Option<String>,
    pub(crate) user: Option<Actor>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Label {
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChangedPath {
    pub(crate) path: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PushedCommit {
    pub(crate) commit: Commit,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Numbered {
    pub(crate) number: u32,
    pub(crate) repository: Option<RepositoryName>,
}

/// An event by which another ticket speaks of this one; other events are empty.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    #[serde(default)]
    pub(crate) is_cross_repository: bool,
    #[serde(default)]
    pub(crate) will_close_target: bool,
    pub(crate) source: Option<ReferenceSource>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReferenceSource {
    pub(crate) number: Option<u32>,
}

/// A comment, or a review.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comment {
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) author: Option<Actor>,
    pub(crate) created_at: Option<String>,
    pub(crate) submitted_at: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) diff_hunk: Option<String>,
}

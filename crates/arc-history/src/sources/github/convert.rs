//! From GitHub's words to those of the graph.

use arc_graph::{
    MentionKind, MentionSource, NodeKind, Remark, RemarkKind, TicketLink, TicketName, TicketParts,
    TicketState, TrackedTicket,
};

use super::query::{GitHubList, Part};
use super::shapes::{Actor, Comment, Connection, Reference, TicketNode};
use crate::iso_time::time_from_iso;
use crate::record::CommitId;

/// The sign of tickets of the repository itself.
const OWN: &str = "#";

/// A part of which there is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubRest {
    /// The ticket.
    pub ticket: TicketName,
    /// Which part, by a name that means something to [`super::GitHub::rest`].
    pub part: String,
    /// What the part is of.
    pub node: String,
    /// Where it goes on.
    pub cursor: String,
}

/// A ticket and what is left to be read of it; `None` when GitHub gave too little to know it.
pub(crate) fn ticket(
    node: TicketNode,
    list: GitHubList,
    repository: &str,
) -> Option<(TrackedTicket, Vec<GitHubRest>)> {
    let number = node.number.filter(|number| *number > 0)?;
    let state = match node.state.as_deref()? {
        "OPEN" => TicketState::Open,
        "MERGED" => TicketState::Merged,
        _ => TicketState::Closed,
    };
    let time = |text: &Option<String>| text.as_deref().and_then(time_from_iso);
    let name = TicketName {
        sign: OWN.to_owned(),
        number,
    };
    let mut ticket = TrackedTicket {
        kind: match list {
            GitHubList::PullRequests => NodeKind::PullRequest,
            GitHubList::Issues => NodeKind::Issue,
        },
        state,
        title: node.title.clone().unwrap_or_default(),
        body: node.body.clone().unwrap_or_default(),
        author: node.author.as_ref().map(login_of),
        created: time(&node.created_at),
        updated: time(&node.updated_at),
        closed: time(&node.closed_at),
        merge_commit: node
            .merge_commit
            .as_ref()
            .and_then(|commit| hash(&commit.oid)),
        url: node.url.clone(),
        parts: TicketParts::default(),
        name: name.clone(),
    };
    let id = node.id.clone().unwrap_or_default();
    let (parts, rest) = parts(
        node,
        &Owner {
            name,
            id,
            repository,
        },
    );
    ticket.parts = parts;
    Some((ticket, rest))
}

/// Whose parts are read.
pub(crate) struct Owner<'a> {
    pub(crate) name: TicketName,
    /// The node that was asked for.
    pub(crate) id: String,
    pub(crate) repository: &'a str,
}

/// What there is of each part, and what is left.
pub(crate) fn parts(node: TicketNode, owner: &Owner<'_>) -> (TicketParts, Vec<GitHubRest>) {
    let mut found = TicketParts::default();
    let mut rest = Vec::new();
    let labels = node
        .labels
        .and_then(|labels| labels.nodes)
        .unwrap_or_default();
    found.labels = labels
        .into_iter()
        .flatten()
        .map(|label| label.name)
        .collect();
    let files = items(node.files, Part::Files, owner, &mut rest);
    found.files = files.into_iter().map(|file| file.path).collect();
    for pushed in items(node.commits, Part::Commits, owner, &mut rest) {
        let author = pushed.commit.author;
        let address = author.and_then(|author| Some((author.user?.login, author.email?)));
        found
            .addresses
            .extend(address.filter(|(_, email)| !email.is_empty()));
        found.commits.extend(hash(&pushed.commit.oid));
    }
    found.addresses.sort();
    found.addresses.dedup();
    for closed in items(
        node.closing_issues_references,
        Part::Closing,
        owner,
        &mut rest,
    ) {
        let repository = closed
            .repository
            .map(|repository| repository.name_with_owner);
        let sign = match repository {
            Some(other) if !other.eq_ignore_ascii_case(owner.repository) => format!("{other}#"),
            _ => OWN.to_owned(),
        };
        let to = TicketName {
            sign,
            number: closed.number,
        };
        found.links.push(link(to, MentionKind::Closes, false));
    }
    let references = items(node.timeline_items, Part::References, owner, &mut rest);
    found
        .links
        .extend(references.into_iter().filter_map(reference));
    let comments = items(node.comments, Part::Comments, owner, &mut rest);
    found.remarks.extend(
        comments
            .into_iter()
            .map(|said| remark(said, RemarkKind::Comment)),
    );
    let reviews = items(node.reviews, Part::Reviews, owner, &mut rest);
    // A review that is not sent yet is shown to its author only.
    let sent = reviews
        .into_iter()
        .filter(|review| review.state.as_deref() != Some("PENDING"));
    found
        .remarks
        .extend(sent.map(|review| remark(review, RemarkKind::Review)));
    for thread in items(node.review_threads, Part::Threads, owner, &mut rest) {
        found.remarks.extend(replies(thread, owner, &mut rest));
    }
    (found, rest)
}

/// The items of a page; whatever is left is noted.
fn items<T>(
    page: Option<Connection<T>>,
    part: Part,
    owner: &Owner<'_>,
    rest: &mut Vec<GitHubRest>,
) -> Vec<T> {
    let Some(page) = page else {
        return Vec::new();
    };
    if let Some(cursor) = page
        .page_info
        .end_cursor
        .filter(|_| page.page_info.has_next_page)
    {
        rest.push(GitHubRest {
            ticket: owner.name.clone(),
            part: part.as_str().to_owned(),
            node: owner.id.clone(),
            cursor,
        });
    }
    page.nodes.into_iter().flatten().flatten().collect()
}

/// What was said in a thread of a review.
pub(crate) fn replies(
    thread: TicketNode,
    owner: &Owner<'_>,
    rest: &mut Vec<GitHubRest>,
) -> Vec<Remark> {
    // A comment on a line that the pull request removes speaks of no line that is there.
    let is_removed = thread.diff_side.as_deref() == Some("LEFT");
    let line = thread.line.or(thread.original_line).filter(|_| !is_removed);
    let own = Owner {
        name: owner.name.clone(),
        id: thread.id.unwrap_or_default(),
        repository: owner.repository,
    };
    let comments = items(thread.comments, Part::Replies, &own, rest);
    let path = thread.path;
    let remarks = comments.into_iter().map(|comment| {
        let mut said = remark(comment, RemarkKind::LineComment);
        said.path.clone_from(&path);
        said.line = line;
        said.code = said.code.filter(|_| !is_removed);
        said
    });
    remarks.collect()
}

fn remark(comment: Comment, kind: RemarkKind) -> Remark {
    let time = comment.submitted_at.or(comment.created_at);
    let verdict = match kind {
        RemarkKind::Review => comment.state.map(|state| state.to_ascii_lowercase()),
        RemarkKind::Comment | RemarkKind::LineComment => None,
    };
    Remark {
        kind,
        author: comment.author.as_ref().map(login_of),
        time: time.as_deref().and_then(time_from_iso),
        body: comment.body,
        url: comment.url,
        path: None,
        line: None,
        code: comment.diff_hunk.as_deref().and_then(commented_line),
        verdict,
    }
}

/// The last line of a piece of a diff: the one that the comment is on. `None` when the diff removes it.
fn commented_line(hunk: &str) -> Option<String> {
    let line = hunk.lines().last()?;
    let text = line.strip_prefix(['+', ' '])?;
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}

/// Another ticket of the repository that speaks of this one.
fn reference(event: Reference) -> Option<TicketLink> {
    let number = event
        .source?
        .number
        .filter(|_| !event.is_cross_repository)?;
    let kind = if event.will_close_target {
        MentionKind::Closes
    } else {
        MentionKind::Mentions
    };
    let sign = OWN.to_owned();
    Some(link(TicketName { sign, number }, kind, true))
}

fn link(to: TicketName, kind: MentionKind, is_backward: bool) -> TicketLink {
    TicketLink {
        to,
        kind,
        source: MentionSource::GitHub,
        is_backward,
    }
}

/// The name of an account; programs are marked as GitHub's pages mark them.
fn login_of(actor: &Actor) -> String {
    match actor.kind.as_deref() {
        Some("Bot") if !actor.login.ends_with("[bot]") => format!("{}[bot]", actor.login),
        _ => actor.login.clone(),
    }
}

fn hash(text: &str) -> Option<[u8; 20]> {
    CommitId::from_hex(text).map(|id| id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_on_the_last_line_of_its_diff() {
        assert_eq!(
            commented_line("@@ -1 +1,2 @@\n a\n+  b"),
            Some("  b".to_owned())
        );
        assert_eq!(commented_line("@@ -1,2 +1 @@\n a\n-b"), None);
        assert_eq!(commented_line("@@ -1,2 +1 @@"), None);
        assert_eq!(commented_line(""), None);
    }
}

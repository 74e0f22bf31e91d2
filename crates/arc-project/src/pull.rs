//! The commits of a pull request, as far as the graph and the clone know them.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use arc_history::{CommitId, GitHistory, HistoryError};
use arc_store::{CommitRecord, GraphFile, PullCommits, StoreError};

/// The signs of pull requests of one's own project, and where their servers keep their heads.
const SERVERS: [(&str, &str); 2] = [("#", "pull"), ("!", "merge-requests")];
/// Commits of one pull request that are gone back.
const MAX_COMMITS: usize = 5_000;
/// Seconds between commits that a server wrote in one go.
const WRITTEN_TOGETHER: u64 = 5;

/// What a pull request does: the commit that it starts from, and its newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRange {
    /// Its title, where a tracker told it.
    pub title: Option<String>,
    /// What it starts from.
    pub base: CommitId,
    /// Its newest commit, or what it was merged as.
    pub head: CommitId,
    /// It is in the history of HEAD.
    pub is_merged: bool,
}

/// There is no pull request to look at.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Nothing tells of it.
    #[error("no commit here belongs to pull request {number}, and no tracker told of it")]
    Unknown {
        /// Its number.
        number: u32,
        /// The command that fetches it from servers like the one of this clone.
        fetch: String,
    },
    /// Its commits are not in the clone.
    #[error("the commits of pull request {number} are not in this clone")]
    NotHere {
        /// Its number.
        number: u32,
        /// The command that fetches it from servers like the one of this clone.
        fetch: String,
    },
    /// It has no parent to be compared with.
    #[error(
        "pull request {number} starts with the first commit: there is nothing to compare it with"
    )]
    NoBase {
        /// Its number.
        number: u32,
    },
    /// The repository cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The graph cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds a pull request: by the commit that it was merged as, by those that name it, by what a tracker told, or by a ref that
/// somebody fetched.
///
/// # Errors
/// When nothing is known of it, or its commits are not here.
pub fn find_pull(graph: &GraphFile, root: &Path, number: u32) -> Result<PullRange, PullError> {
    let git = GitHistory::open(root)?;
    let mut is_known = false;
    let mut kept = SERVERS[0].1;
    for (sign, folder) in SERVERS {
        let known = graph.commits_of_pull(sign, number)?;
        let title = graph.ticket(sign, number)?.and_then(|ticket| ticket.title);
        let all: Vec<CommitId> = known.named.iter().chain(&known.told).map(commit).collect();
        if known.is_told || !all.is_empty() {
            is_known = true;
            kept = folder;
        }
        let merged = known.merged_as.as_ref().or(known.named.first());
        if let Some(head) = merged.map(commit).filter(|head| is_here(&git, head)) {
            let rebased = match known.named.contains(&head.0) {
                true => None,
                false => before_rebased(graph, &git, head, &known)?,
            };
            let base = rebased.or_else(|| base_of(&git, head, &all));
            let base = base.ok_or(PullError::NoBase { number })?;
            return Ok(PullRange {
                title,
                base,
                head,
                is_merged: true,
            });
        }
        let pushed = newest(&git, &all);
        let fetched = ["refs/", "refs/remotes/origin/"]
            .into_iter()
            .find_map(|place| {
                git.commit_named(&format!("{place}{folder}/{number}/head"))
                    .ok()
            });
        // What was fetched is newer than what was told.
        if let Some(head) = fetched.or(pushed) {
            let own = git.head()?;
            let base = own.and_then(|own| git.merge_base(&own, &head));
            let base = base
                .filter(|base| *base != head)
                .or_else(|| base_of(&git, head, &all));
            return Ok(PullRange {
                title,
                base: base.ok_or(PullError::NoBase { number })?,
                head,
                is_merged: false,
            });
        }
    }
    let fetch = format!("git fetch origin {kept}/{number}/head:refs/{kept}/{number}/head");
    Err(if is_known {
        PullError::NotHere { number, fetch }
    } else {
        PullError::Unknown { number, fetch }
    })
}

fn commit(hash: &[u8; 20]) -> CommitId {
    CommitId(*hash)
}

fn is_here(git: &GitHistory, commit: &CommitId) -> bool {
    git.message(commit).is_some()
}

fn parent(git: &GitHistory, commit: &CommitId, number: u32) -> Option<CommitId> {
    git.commit_named(&format!("{commit}^{number}")).ok()
}

/// What a merge was merged into; of commits in a row what stands before them.
fn base_of(git: &GitHistory, head: CommitId, all: &[CommitId]) -> Option<CommitId> {
    let mut base = parent(git, &head, 1)?;
    if parent(git, &head, 2).is_some() {
        return Some(base);
    }
    let all: HashSet<&CommitId> = all.iter().collect();
    for _ in 0..MAX_COMMITS {
        if !all.contains(&base) {
            return Some(base);
        }
        base = parent(git, &base, 1)?;
    }
    None
}

/// What stands before the commits that a pull request was rebased to, of which `head` is the last. Git does not say that they came
/// together, and the tracker knows the last one and those that were pushed: where these are here, the rebased ones say the same;
/// else they are as many at most, and change all of its files and no other. `None` where that cannot be told.
fn before_rebased(
    graph: &GraphFile,
    git: &GitHistory,
    head: CommitId,
    known: &PullCommits,
) -> Result<Option<CommitId>, StoreError> {
    let pushed: Vec<CommitId> = known.told.iter().map(commit).collect();
    let pushed: Vec<&CommitId> = pushed.iter().filter(|one| **one != head).collect();
    let text = |commit: &CommitId| {
        let text = git.message(commit).filter(|text| !text.is_merge)?;
        Some((text.author, text.subject, text.body, text.time))
    };
    let here = pushed.iter().take(MAX_COMMITS).filter_map(|one| text(one));
    let here: HashSet<_> = here
        .map(|(author, subject, body, _)| (author, subject, body))
        .collect();
    let files: BTreeSet<&str> = known.files.iter().map(String::as_str).collect();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    let mut last = None;
    let mut at = head;
    for count in 0..pushed.len().min(MAX_COMMITS) {
        let Some((author, subject, body, time)) = text(&at) else {
            break;
        };
        let is_named = |other: &CommitRecord| other.pull.is_some();
        if graph.commit(&at.0)?.as_ref().is_some_and(is_named) {
            break;
        }
        if here.is_empty() {
            // A server writes all of them at once; one that came before was not written then.
            let is_all = changed.len() == files.len();
            let is_late = last.is_some_and(|last: i64| last.abs_diff(time) > WRITTEN_TOGETHER);
            let own = graph.files_of_commit(&at.0)?;
            let is_part = !own.is_empty() && own.iter().all(|path| files.contains(&**path));
            if !is_part || (count > 0 && is_all && is_late) {
                break;
            }
            changed.extend(own);
        } else if !here.contains(&(author, subject, body)) {
            break;
        }
        last = Some(time);
        let Some(before) = parent(git, &at, 1) else {
            return Ok(None);
        };
        at = before;
    }
    let is_whole = !here.is_empty() || changed.len() == files.len();
    Ok((at != head && is_whole).then_some(at))
}

/// The commit that none of the others builds upon.
fn newest(git: &GitHistory, all: &[CommitId]) -> Option<CommitId> {
    let here: Vec<&CommitId> = all
        .iter()
        .take(MAX_COMMITS)
        .filter(|commit| is_here(git, commit))
        .collect();
    let parents: HashSet<CommitId> = here
        .iter()
        .flat_map(|commit| [parent(git, commit, 1), parent(git, commit, 2)])
        .flatten()
        .collect();
    here.into_iter()
        .find(|commit| !parents.contains(*commit))
        .copied()
}

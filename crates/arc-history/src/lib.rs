//! Commits, renames and co-change from git, pull requests and issues from GitHub.
//!
//! [`GitHistory`] reads commits, newest first, one at a time; [`HeadNames`], [`CoChange`] and [`FileStats`] turn them
//! into what rankings need; [`GitHistory::compare`] tells what differs from a commit. Nothing is written here, neither to a repository nor to a graph, and no program is run.

mod authorship;
mod classify;
mod co_change;
mod code_owners;
mod file_stats;
mod head_names;
mod iso_time;
mod mentions;
mod number_hasher;
mod record;
mod source_path;
mod sources;
mod tickets_in_line;
mod written;

pub use authorship::{FileWork, authorship, bus_factor};
pub use co_change::{CoChange, FileSum, HALF_LIFE_DAYS, MAX_COMMIT_PATHS, PairSum, Weight};
pub use code_owners::{CodeOwners, OwnerRule, owner_file_paths};
pub use file_stats::FileStats;
pub use head_names::HeadNames;
pub use iso_time::time_from_iso;
pub use mentions::{Mention, Mentions, Pull, Ticket, mentions};
pub use record::{
    BODY_LIMIT, ChangeStatus, Changes, CommitId, CommitKind, CommitRecord, ContentId, LineCounts,
    PathChange, Person, SUBJECT_LIMIT,
};
pub use source_path::is_source_path;
pub use sources::git::{
    Against, BlameRequest, ChangedBeside, ChangedFile, CommitFile, CommitText, Comparison, Content,
    FileVersion, GitHistory, HistoryError, Hosted, Indexed, Lineage, Origin, Pages, ParentFile,
    Rename, Since, Touch, Trail, WalkOptions, WalkSummary, common_end, common_start, count_lines,
    same_lines, split_lines, unified_diff,
};
pub use sources::github::{
    GitHub, GitHubError, GitHubList, GitHubOptions, GitHubPage, GitHubRest, Token, Watch,
};
pub use written::{Written, is_written, labels_in, written};

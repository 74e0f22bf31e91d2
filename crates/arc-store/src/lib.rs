//! The graph in one SQLite file: create, open, read, update. The only crate that knows SQL.
//!
//! `schema/graph.sql` documents the file. A full build writes a temporary file beside it and renames it
//! ([`BulkWriter`]); an update is one transaction in place ([`Update`]); both hold the [`WriteLock`]. Readers
//! ([`GraphFile`]) need no lock of ours and never see half a build. Facts of files are opaque bytes here, and nothing
//! in this crate decides what the graph should say.

mod adopt;
mod brief;
mod bulk;
mod connection;
mod coverage;
mod coverage_py;
mod decisions;
mod definitions;
mod digest;
mod edge_runs;
mod error;
mod feedback;
mod file_uses;
mod folders;
mod found;
mod found_tickets;
mod held;
mod history;
mod incidents;
mod lock;
mod lookup;
mod memo;
mod neighborhood;
mod new_commits;
mod owners;
mod past;
mod read;
mod records;
mod resident;
mod rows;
mod run;
mod schema;
mod scip;
mod search;
mod shift;
mod sql;
mod strings;
mod terms;
mod text_pool;
mod tickets;
mod tracked;
mod tracked_read;
mod trail;
mod unresolved;
mod update;
mod word_index;
mod work_done;

pub use brief::NodeBrief;
pub use bulk::{BulkWriter, IndexedGraph};
pub use connection::Identity;
pub use coverage::{CoverageRow, CoverageRows};
pub use coverage_py::{ContextLines, read_coverage_py};
pub use decisions::{AboutPlace, WrittenRecord};
pub use definitions::DefinitionRecord;
pub use digest::{Keys, assign_ordinals, file_digest};
pub use error::StoreError;
pub use feedback::{FeedbackRow, FeedbackVerdict};
pub use file_uses::FileUse;
pub use found::FoundCommit;
pub use found_tickets::{FoundTicket, TicketFilter};
pub use history::{
    ChangeRow, CoChangeRecord, CommitRow, FileHistory, HistoryRows, MentionRow, PairRow, StatRow,
    TicketRow,
};
pub use incidents::MendedRow;
pub use lock::{WriteLock, keep_out_of_git};
pub use lookup::{FileRecord, GraphCounts, NamedRecord};
pub use memo::Memory;
pub use neighborhood::UseRecord;
pub use new_commits::FileCommit;
pub use owners::{OWNER_RULES, OwnedRow};
pub use past::{PastCommit, PastCommits};
pub use read::GraphFile;
pub use records::{Meaning, NamedInRecord, Namesake, RecordNames, RecordRow};
pub use rows::{
    EdgeRow, FileGraph, FileRow, NodeRow, Stamp, StoredFile, Target, UnresolvedRow, file_flag,
    node_flag,
};
pub use run::Said;
pub use schema::SCHEMA_VERSION;
pub use scip::{Salvaged, salvaged_records};
pub use search::words;
pub use shift::{LineMap, ShiftPlan};
pub use sql::{SqlError, SqlLimits, SqlTable, SqlValue, read_sql};
pub use terms::FileTerm;
pub use tracked::{TrackedList, TrackedRest};
pub use tracked_read::{PullCommits, TrackedCounts, TrackedRecord};
pub use trail::{CommitRecord, FileEvent, FileTrail, RenameRecord, TicketRecord, TouchRecord};
pub use unresolved::{UnresolvedPlace, UnresolvedRecord};
pub use update::{ChangedFile, Update};
pub use work_done::{ChurnRecord, IncidentRecord, WorkRecord};

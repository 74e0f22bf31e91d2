//! The vocabulary of the graph: kinds, ids, nodes, edges, and the one small trait through which every walk reads it;
//! beside it the pool in which engines keep their many strings.
//!
//! No I/O happens here: the same walk runs on a test's text graph, on SQLite and on a server.

mod causes;
mod kind;
mod read;
mod record_name;
mod string_pool;
mod tracked;

pub use causes::{causes, with_causes};
pub use kind::{
    CommitKind, Confidence, EdgeKind, MentionKind, MentionSource, NameForm, NamedAs, NodeKind,
    RemarkKind, Rule, TicketState, WrittenForm,
};
pub use read::{Direction, GraphRead, Member, Neighbor, NodeId, NodeRecord, ReadError};
pub use record_name::RecordName;
pub use string_pool::StringPool;
pub use tracked::{Remark, TicketLink, TicketName, TicketParts, TrackedTicket};

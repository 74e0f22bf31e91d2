//! What runs inside of a sandbox before the command does: it enters the namespaces, makes the root, gives up all rights, starts the command
//! and waits for it. And what both sides of a sandbox know: the job, the layers, the words between them.
//!
//! `arc-sandbox` starts it, as a program of its own that this crate is too (`main.rs`) or as the program that uses it. So it is small on
//! purpose: whatever it pulls in is loaded for every command.
//!
//! It refuses to: decide how strong an enclosure is enough, read the environment, come back to the code that started it.

mod job;
mod layer;
#[cfg(target_os = "linux")]
mod linux;

pub use job::{Enclosure, Host, Job, Limits, Network, Version, default_limits};
pub use layer::{Layer, Lost};
#[cfg(target_os = "linux")]
pub use linux::{
    COPY, Copied, HOME, Held, INNER_ID, Identity, OWN_PROCESSES, Order, PROXY, Processes,
    TEMPORARY, Word, allow_huge_pages, each_entry, enter, field, make_folder, measure,
    note_interrupts, open_folder, receive, send, split,
};

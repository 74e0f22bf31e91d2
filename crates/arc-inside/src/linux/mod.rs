//! Linux: namespaces, an own root, Landlock, a filter of system calls, limits.

mod beneath;
mod command;
mod copy;
mod filter;
mod identity;
mod inside;
mod keeper;
mod limits;
mod order;
mod owned;
mod processes;
mod root;
mod step;
mod sys;
mod trees;
mod wire;
mod wrap;

pub use beneath::{make_folder, open_folder, split};
pub use copy::{each_entry, measure};
pub use identity::{INNER_ID, Identity};
pub use inside::enter;
pub use order::{COPY, Copied, HOME, OWN_PROCESSES, Order, PROXY, TEMPORARY, Word};
pub use processes::{Held, Processes, field};
pub use sys::{allow_huge_pages, note_interrupts};
pub use wire::{receive, send};

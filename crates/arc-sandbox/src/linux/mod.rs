//! Linux: namespaces, an own root, Landlock, a filter of system calls, limits.

mod command;
mod control_group;
mod copy;
mod filter;
mod identity;
mod inside;
mod keeper;
mod ladder;
mod limits;
mod meter;
mod owned;
mod place;
mod processes;
mod proxy;
mod root;
mod step;
mod supervisor;
mod sys;
mod trees;
mod wire;
mod wrap;

pub(crate) use copy::{each_entry, measure};
pub(crate) use identity::{INNER_ID, Identity};
pub(crate) use inside::run as enter;
pub(crate) use ladder::{run, run_wrapped};
pub(crate) use place::{COPY, Place};
pub(crate) use wrap::examine_bubblewrap;

/// See [`crate::start_small`].
pub(crate) fn start_small() {
    sys::allow_huge_pages(false);
}

//! Linux: namespaces, an own root, Landlock, a filter of system calls, limits.

mod control_group;
mod copy;
mod filter;
mod identity;
mod inside;
mod limits;
mod meter;
mod root;
mod step;
mod supervisor;
mod sys;
mod trees;
mod wire;

pub(crate) use inside::run as enter;
pub(crate) use supervisor::run;

//! Linux: what starts, watches and ends a sandbox. What runs inside of it is `arc-inside`.

mod control_group;
mod ladder;
mod meter;
mod outputs;
mod place;
mod program;
mod proxy;
mod supervisor;
mod wrap;

pub(crate) use ladder::{run, run_wrapped};
pub(crate) use place::Place;
pub(crate) use program::slow_start;
pub(crate) use wrap::examine_bubblewrap;

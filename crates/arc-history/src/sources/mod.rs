//! One file per source of history.

pub(crate) mod git;
pub(crate) mod github;

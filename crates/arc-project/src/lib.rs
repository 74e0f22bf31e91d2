//! One opened repository: build and update its graph, and ask it.
//!
//! The façade ties the engines together: it walks the tree, has files extracted and references resolved, and hands rows to
//! the store. It knows no language and no SQL.

mod build;
mod classify;
mod graph_rows;
mod progress;
mod read_file;
mod reading;
mod update;
mod walk;

pub use build::{BuildError, BuildMode, BuildOptions, BuildSummary, build, default_graph_path};
pub use progress::{Progress, Silent, Stage};

//! Assistance that stands on the graph: what it says is tied to lines and edges that exist.
//!
//! A review says what a change forgets or breaks, by rules alone. Nothing here writes to the project, and nothing is sent
//! anywhere.

mod review;

pub use review::{
    Baseline, BaselineError, Evidence, Finding, FindingKind, Origin, Review, ReviewReport,
    Severity, Subject, review, sarif,
};

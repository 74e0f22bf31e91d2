//! Blast radius: what a change reaches, ranked, with reasons.
//!
//! Everything here is a function of a graph and of short lists per file; nothing is opened, kept or written. The
//! modules `similar`, `refers` and `paths` make those lists when a graph is built.

mod blend;
mod paths;
mod rank;
mod reason;
mod refers;
mod risk;
mod signals;
mod similar;
mod walk;
mod weights;

pub use paths::{NearFile, PathIndex};
pub use rank::{Impact, ImpactOptions, Impacted, Question, Unit, impact};
pub use reason::{Reason, ReasonKind};
pub use refers::{ReferringFile, Use, referring_files};
pub use risk::{COMPARED_COMMITS, ChangeMeasures, Risk, RiskFactor, RiskLevel, risk};
pub use signals::{CoChanged, FileSignals, LIST_LENGTH, Resembling, SignalRead, UnresolvedSite};
pub use similar::{Scratch, SimilarFile, Vocabulary};

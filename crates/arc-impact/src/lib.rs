//! Blast radius: what a change reaches, ranked, with reasons.
//!
//! Everything here is a function of a graph and of short lists per file; nothing is opened, kept or written. The
//! modules `similar`, `refers` and `paths` make three of those lists when a question is asked.

mod blend;
mod calibrate;
mod cases;
mod heirs;
mod holding;
mod paths;
mod rank;
mod reason;
mod refers;
mod risk;
mod signals;
mod similar;
mod suites;
mod terms;
mod touched;
mod walk;
mod ways;
mod weights;

pub use paths::{near_files, path_terms};
pub use rank::{Impact, ImpactOptions, Impacted, Question, Unit, impact};
pub use reason::{Reason, ReasonKind};
pub use refers::{MOST_SITES, ReferringFile, Use, referring_files};
pub use risk::{COMPARED_COMMITS, ChangeMeasures, Risk, RiskFactor, RiskLevel, risk};
pub use signals::{
    CoChanged, FileSignals, LIST_LENGTH, OpenSites, Resembling, SignalRead, UnresolvedSite,
};
pub use similar::{similar_files, strongest_files};
pub use suites::{Suites, test_in};
pub use terms::{TermRead, WEIGHT_CLASSES, weight_classes};
pub use touched::{TouchedFile, TouchingChange, measure};

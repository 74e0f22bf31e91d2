//! Decision trail: from the commits that wrote some lines to ranked steps, and from what people wrote to the sentence that
//! says why.
//!
//! Nothing is read here and nothing is made up: a sentence is a part of a text that somebody wrote, letter for letter.

mod naming;
mod reason;
mod steps;

pub use naming::CodeWords;
pub use reason::{Bearing, Quote, QuoteSource, Said, find_reason};
pub use steps::{Role, Share, Step, StepFacts, rank_steps};

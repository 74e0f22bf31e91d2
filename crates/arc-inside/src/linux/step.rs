//! Which step of making a sandbox failed.

use std::fmt::Display;
use std::io;

/// A step that failed, and why.
#[derive(Debug)]
pub(super) struct StepError {
    pub(super) what: String,
    pub(super) source: io::Error,
}

impl Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.what, self.source)
    }
}

/// Names the step that a result is of.
pub(super) trait Step<T> {
    fn step(self, what: impl Into<String>) -> Result<T, StepError>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, what: impl Into<String>) -> Result<T, StepError> {
        self.map_err(|error| StepError {
            what: what.into(),
            source: error.into(),
        })
    }
}

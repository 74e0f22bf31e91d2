//! Why there is no answer.

use std::path::PathBuf;
use std::time::Duration;

/// There is no answer of a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// No settings name a model.
    #[error("no model is configured")]
    NotConfigured,
    /// The settings cannot be meant.
    #[error("the settings of the model are wrong: {why}")]
    BadSettings {
        /// What is wrong with them.
        why: String,
    },
    /// The environment has no key.
    #[error("there is no key for {host}: the variable {variable} is not set")]
    NoKey {
        /// The server.
        host: String,
        /// The variable that should have it.
        variable: String,
    },
    /// The key is not accepted.
    #[error("{host} does not accept the key: {said}")]
    Unauthorized {
        /// The server.
        host: String,
        /// What it says.
        said: String,
    },
    /// The server has no such model, or no such address.
    #[error("{host} has no model {model}: {said}")]
    UnknownModel {
        /// The server.
        host: String,
        /// The model.
        model: String,
        /// What the server says.
        said: String,
    },
    /// Too many requests, or nothing left to pay with.
    #[error("{host} takes no more requests now: {said}")]
    Limited {
        /// The server.
        host: String,
        /// What it says.
        said: String,
        /// When to come back.
        after: Option<Duration>,
        /// Waiting does not help: nothing is left to pay with.
        is_final: bool,
    },
    /// The server failed.
    #[error("{host} failed with {status}: {said}")]
    Server {
        /// The server.
        host: String,
        /// The status of HTTP.
        status: u16,
        /// What it says.
        said: String,
        /// When to come back.
        after: Option<Duration>,
    },
    /// The server does not take the question.
    #[error("{host} does not take the question ({status}): {said}")]
    Rejected {
        /// The server.
        host: String,
        /// The status of HTTP.
        status: u16,
        /// What it says.
        said: String,
    },
    /// The question has more tokens than the model reads.
    #[error("the question is too long for {model}: {said}")]
    TooLong {
        /// The model.
        model: String,
        /// What the server says.
        said: String,
    },
    /// The server cannot be reached.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
    /// It took too long.
    #[error("{host} said nothing for {seconds} seconds")]
    TimedOut {
        /// The server.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer broke off.
    #[error("the answer of {host} broke off: {why}")]
    Cut {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
    /// The answer is not what the protocol has.
    #[error("the answer of {host} cannot be read: {why}")]
    Malformed {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
    /// The tokens of the session are spent.
    #[error("the budget of {budget} tokens is spent ({used} used)")]
    OverBudget {
        /// What may be used.
        budget: u64,
        /// What was.
        used: u64,
    },
    /// The money of the session is spent, or would be.
    #[error(
        "the next question may cost {next:.4}, and of the {budget} that [model] max_cost allows {spent:.4} are spent"
    )]
    OverCost {
        /// What may be spent.
        budget: f64,
        /// What was.
        spent: f64,
        /// What the next question may cost.
        next: f64,
    },
    /// A recording cannot be read or written.
    #[error("cannot use the recording {}: {why}", .file.display())]
    Recording {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// Nobody waits any more.
    #[error("interrupted")]
    Cancelled,
}

impl ModelError {
    /// How often the same question may be asked again a moment later: 0 where the answer will not be another.
    #[must_use]
    pub fn retries(&self) -> u32 {
        match self {
            ModelError::Limited { is_final: true, .. }
            | ModelError::NotConfigured
            | ModelError::BadSettings { .. }
            | ModelError::NoKey { .. }
            | ModelError::Unauthorized { .. }
            | ModelError::UnknownModel { .. }
            | ModelError::Rejected { .. }
            | ModelError::TooLong { .. }
            | ModelError::OverBudget { .. }
            | ModelError::OverCost { .. }
            | ModelError::Recording { .. }
            | ModelError::Cancelled => 0,
            // Whoever waited as long as the settings say does not want to wait much longer.
            ModelError::TimedOut { .. } => 1,
            ModelError::Unreachable { .. } | ModelError::Malformed { .. } => 2,
            ModelError::Limited { .. } | ModelError::Server { .. } | ModelError::Cut { .. } => 4,
        }
    }

    /// How long the server asks to be left alone.
    #[must_use]
    pub fn after(&self) -> Option<Duration> {
        match self {
            ModelError::Limited { after, .. } | ModelError::Server { after, .. } => *after,
            ModelError::NotConfigured
            | ModelError::BadSettings { .. }
            | ModelError::NoKey { .. }
            | ModelError::Unauthorized { .. }
            | ModelError::UnknownModel { .. }
            | ModelError::Rejected { .. }
            | ModelError::TooLong { .. }
            | ModelError::Unreachable { .. }
            | ModelError::TimedOut { .. }
            | ModelError::Cut { .. }
            | ModelError::Malformed { .. }
            | ModelError::OverBudget { .. }
            | ModelError::OverCost { .. }
            | ModelError::Recording { .. }
            | ModelError::Cancelled => None,
        }
    }
}

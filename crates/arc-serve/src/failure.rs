//! Why a call has no answer.

use arc_graph::{NodeRecord, with_causes};
use arc_project::{AskError, GraphFile, StoreError, WhyError, spelled, stable_id};
use serde_json::{Value, json};

/// A call has no answer. Only the first two are errors of the protocol; the others are what a model should read.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no such tool.
    #[error("there is no tool {name}; there are {}", known.join(", "))]
    UnknownTool {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// The arguments are not what the tool takes.
    #[error("{0}")]
    Arguments(String),
    /// The answer is a no.
    #[error("{message}")]
    Negative {
        /// `not_found`, `ambiguous` …
        code: &'static str,
        /// One sentence.
        message: String,
        /// What to do next.
        hints: Vec<String>,
        /// What was meant perhaps, best first.
        candidates: Vec<Value>,
    },
    /// There is no graph that can be read now.
    #[error("{message}")]
    NoGraph {
        /// One sentence.
        message: String,
        /// It is being made: ask again.
        is_coming: bool,
    },
    /// Nobody waits for the answer any more.
    #[error("cancelled")]
    Cancelled,
}

impl CallError {
    /// The class of the error, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CallError::UnknownTool { .. } => "unknown_tool",
            CallError::Arguments(_) => "bad_arguments",
            CallError::Negative { code, .. } => code,
            CallError::NoGraph {
                is_coming: true, ..
            } => "graph_not_ready",
            CallError::NoGraph { .. } => "no_graph",
            CallError::Cancelled => "cancelled",
        }
    }

    /// The error as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = json!({"code": self.code(), "message": self.to_string()});
        if let CallError::Negative {
            hints, candidates, ..
        } = self
        {
            error["hints"] = json!(hints);
            error["candidates"] = json!(candidates);
        }
        json!({ "error": error })
    }

    /// Whether the caller asked wrongly, as opposed to a question that has no answer.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        match self {
            CallError::UnknownTool { .. } | CallError::Arguments(_) => true,
            CallError::Negative { .. } | CallError::NoGraph { .. } | CallError::Cancelled => false,
        }
    }

    pub(crate) fn negative(code: &'static str, message: impl Into<String>) -> CallError {
        CallError::Negative {
            code,
            message: message.into(),
            hints: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// What a question ended with, told with the graph that it was asked of.
    pub(crate) fn of_question(graph: &GraphFile, error: AskError) -> CallError {
        let message = error.to_string();
        match error {
            AskError::NotFound { nearest, .. } => CallError::Negative {
                code: "not_found",
                message,
                hints: vec!["search finds names by their words".to_owned()],
                candidates: nearest
                    .into_iter()
                    .map(|near| json!({ "id": near.id, "name": near.name }))
                    .collect(),
            },
            AskError::Folder { .. } => CallError::Negative {
                code: "folder",
                message,
                hints: vec![
                    "ask about a file in it; impact and tests take a folder of up to 500 files, overview any".to_owned(),
                ],
                candidates: Vec::new(),
            },
            AskError::NoLine { .. } => CallError::negative("no_such_line", message),
            AskError::Unreadable { .. } => CallError::negative("unreadable", message),
            AskError::Outside { .. } => CallError::Negative {
                code: "outside",
                message,
                hints: vec!["paths are relative to the root of the repository".to_owned()],
                candidates: Vec::new(),
            },
            AskError::Deleted { told, .. } => CallError::Negative {
                code: "deleted",
                message,
                hints: told,
                candidates: Vec::new(),
            },
            AskError::Ambiguous { candidates, .. } => CallError::Negative {
                code: "ambiguous",
                message,
                hints: vec!["ask again with the id of one candidate".to_owned()],
                candidates: (1..)
                    .zip(&candidates)
                    .map(|(rank, node)| candidate(graph, rank, node))
                    .collect(),
            },
            AskError::History(_) => CallError::negative("no_history", with_causes(&error)),
            AskError::Store(error) => CallError::from(error),
            AskError::Vanished | AskError::Read(_) => CallError::NoGraph {
                message: with_causes(&error),
                is_coming: false,
            },
        }
    }

    /// The same for a decision trail.
    pub(crate) fn of_trail(graph: &GraphFile, error: WhyError) -> CallError {
        match error {
            WhyError::Ask(error) => CallError::of_question(graph, error),
            WhyError::NoHistory { .. } => CallError::negative("no_history", error.to_string()),
            WhyError::NoLines { .. } => CallError::negative("no_lines", error.to_string()),
        }
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> CallError {
        CallError::NoGraph {
            message: with_causes(&error),
            is_coming: false,
        }
    }
}

fn candidate(graph: &GraphFile, rank: usize, node: &NodeRecord) -> Value {
    json!({
        "rank": rank,
        // A graph that cannot be read any more still has the places of its nodes.
        "id": stable_id(graph, node).unwrap_or_else(|_| spelled(node)),
        "path": node.path,
        "line": node.line,
        "symbol": node.qualified_name,
        "kind": node.kind.as_str(),
    })
}

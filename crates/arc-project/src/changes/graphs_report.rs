//! `arc diff --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::graphs::{DiffEdge, GraphDiff};
use crate::as_of::PastGraph;
use crate::change_report::{ChangeReport, change_reports};
use crate::dates::time_text;

/// `arc diff --json`.
#[derive(JsonSchema, Serialize)]
pub struct GraphDiffReport {
    schema: &'static str,
    from: CommitReport,
    to: CommitReport,
    files: usize,
    /// Broken references were looked for everywhere.
    proved: bool,
    changes: Vec<ChangeReport>,
    /// Edges that only the second commit has.
    edges_added: Vec<EdgeReport>,
    /// Edges that only the first commit has.
    edges_removed: Vec<EdgeReport>,
    total: TotalReport,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct CommitReport {
    id: String,
    time: String,
}

#[derive(JsonSchema, Serialize)]
struct EdgeReport {
    kind: &'static str,
    src: EndReport,
    dst: EndReport,
    line: u32,
}

#[derive(JsonSchema, Serialize)]
struct EndReport {
    path: Option<String>,
    /// The name inside the file, or the qualified name outside of the project; empty for a file.
    name: String,
}

#[derive(JsonSchema, Serialize)]
struct TotalReport {
    changes: usize,
    /// Public symbols that are gone or have another name or signature.
    public: usize,
    edges_added: usize,
    edges_removed: usize,
}

impl GraphDiffReport {
    /// The report of a comparison, with at most `limit` edges each way; 0 for all.
    #[must_use]
    pub fn new(
        diff: &GraphDiff,
        (from, to): (&PastGraph, &PastGraph),
        limit: usize,
    ) -> GraphDiffReport {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let told = |edges: &[DiffEdge]| edges.iter().take(limit).map(edge_report).collect();
        let (edges_removed, edges_added): (Vec<_>, Vec<_>) = (told(&diff.gone), told(&diff.come));
        GraphDiffReport {
            schema: "arc.diff/1",
            from: commit_report(from),
            to: commit_report(to),
            files: diff.changes.files,
            proved: diff.changes.is_proved,
            changes: change_reports(&diff.changes),
            truncated: edges_removed.len() < diff.totals.0 || edges_added.len() < diff.totals.1,
            edges_added,
            edges_removed,
            total: TotalReport {
                changes: diff.changes.changes.len(),
                public: diff.public_breaks().len(),
                edges_added: diff.totals.1,
                edges_removed: diff.totals.0,
            },
        }
    }
}

fn commit_report(past: &PastGraph) -> CommitReport {
    CommitReport {
        id: past.commit.to_string(),
        time: time_text(past.time),
    }
}

fn edge_report(edge: &DiffEdge) -> EdgeReport {
    let end = |(path, name): &(Option<String>, String)| EndReport {
        path: path.clone(),
        name: name.clone(),
    };
    EdgeReport {
        kind: edge.kind.as_str(),
        src: end(&edge.src),
        dst: end(&edge.dst),
        line: edge.line,
    }
}

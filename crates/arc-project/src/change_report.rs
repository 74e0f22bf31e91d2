//! What a diff did, as JSON: `changes` and `diff` of the reports about a diff.

use schemars::JsonSchema;
use serde::Serialize;

use crate::changes::{Change, Changes};

/// `diff` of a report.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DiffReport {
    against: String,
    files: usize,
    /// Nothing behaves differently.
    no_impact: bool,
    unknown_paths: Vec<String>,
    unapplied_paths: Vec<String>,
    /// Broken references were looked for everywhere.
    proved: bool,
}

/// One of `changes` of a report.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ChangeReport {
    kind: &'static str,
    verdict: &'static str,
    path: String,
    symbol: Option<String>,
    symbol_kind: &'static str,
    line: Option<u32>,
    old_path: Option<String>,
    old_symbol: Option<String>,
    note: String,
    sites: Vec<String>,
    /// Code outside of the project may use it by its name.
    public: bool,
}

pub(crate) fn diff_report(changes: &Changes) -> DiffReport {
    DiffReport {
        against: changes.against.clone(),
        files: changes.files,
        no_impact: changes.has_no_impact(),
        unknown_paths: changes.unknown.clone(),
        unapplied_paths: changes.unapplied.clone(),
        proved: changes.is_proved,
    }
}

pub(crate) fn change_reports(changes: &Changes) -> Vec<ChangeReport> {
    let report = |change: &Change| ChangeReport {
        kind: change.kind.as_str(),
        verdict: change.verdict.as_str(),
        path: change.path.clone(),
        symbol: change.symbol.clone(),
        symbol_kind: change.node_kind.as_str(),
        line: change.line,
        old_path: change.old_path.clone(),
        old_symbol: change.old_symbol.clone(),
        note: change.note.clone(),
        sites: change.sites.clone(),
        public: change.is_public,
    };
    changes.changes.iter().map(report).collect()
}

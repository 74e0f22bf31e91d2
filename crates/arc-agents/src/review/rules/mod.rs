//! The rules, one file for each question.

mod breaks;
mod co_change;
mod complexity;
mod decisions;
mod duplication;
mod people;
mod references;
mod secrets;
mod tests;

use arc_graph::NodeKind;
use arc_project::{AskError, Change, ChangeKind, Risk};

use super::finding::{Finding, Place};
use super::subject::Subject;

type Rule = fn(&Subject<'_>, Option<&Risk>, &mut Vec<Finding>) -> Result<(), AskError>;

/// In the order of their names.
pub(super) const RULES: &[Rule] = &[
    breaks::find,
    co_change::find,
    complexity::find,
    decisions::find,
    duplication::find,
    people::find,
    references::find,
    secrets::find,
    tests::find,
];

/// Where a change is, for a reader of the files as they are.
fn place_of(change: &Change) -> Place<'_> {
    let is_there = change.now().is_some();
    Place {
        path: &change.path,
        line: change.line.filter(|_| is_there),
        symbol: change.symbol.as_deref(),
    }
}

/// The name that people know a change by.
fn name_of(change: &Change) -> &str {
    let named = change.before().or(change.now());
    match named.map(|named| named.scope_name.as_str()) {
        Some(name) if !name.is_empty() => name,
        Some(_) | None => change.old_path.as_deref().unwrap_or(&change.path),
    }
}

/// Whether a change leaves nothing of the old name behind.
fn is_gone(kind: ChangeKind) -> bool {
    match kind {
        ChangeKind::Removed | ChangeKind::Renamed | ChangeKind::Moved => true,
        ChangeKind::Signature | ChangeKind::Body | ChangeKind::Added | ChangeKind::Formatting => {
            false
        }
    }
}

/// Whether a symbol can be called.
fn is_function(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Function | NodeKind::Method)
}

/// Whether a file has functions: settings and prose are repeated, and written by everybody.
fn has_functions(subject: &Subject<'_>, path: &str) -> Result<bool, AskError> {
    Ok(match subject.graph.file(path)? {
        Some(file) => !subject.graph.complexities(file.id)?.is_empty(),
        None => false,
    })
}

/// `a`, `a and b`, `a, b and 3 more`.
fn listed(names: &[&str], most: usize) -> String {
    let shown = names.len().min(most);
    let mut parts: Vec<String> = names[..shown]
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    if names.len() > shown {
        parts.push(format!("{} more", names.len() - shown));
    }
    match parts.pop() {
        None => String::new(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

/// A number with its noun.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

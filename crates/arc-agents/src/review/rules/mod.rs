//! The rules, one file for each question.

mod breaks;
mod co_change;
mod complexity;
mod copies;
mod decisions;
mod duplication;
mod left_out;
mod people;
mod references;
mod secrets;
mod tests;

use arc_graph::NodeKind;
use arc_project::{AskError, Change, ChangeKind, Risk};

use super::finding::{Finding, Place};
use super::subject::Subject;

type Found = Result<(), AskError>;

/// A question, by what it is about.
pub(super) enum Rule {
    /// What a change does to definitions.
    Change(fn(&Subject<'_>, &[Change], &mut Vec<Finding>) -> Found),
    /// A change whose risk is known.
    Risk(fn(&Subject<'_>, &Risk, &mut Vec<Finding>) -> Found),
    /// Lines of a change.
    NewLines(fn(&Subject<'_>, &mut Vec<Finding>) -> Found),
    /// Lines, whether they changed or not.
    Lines(fn(&Subject<'_>, &mut Vec<Finding>) -> Found),
}

/// In the order of their names.
pub(super) const RULES: &[Rule] = &[
    Rule::Change(breaks::find),
    Rule::Change(co_change::find),
    Rule::Change(complexity::find),
    Rule::Change(decisions::find),
    Rule::NewLines(copies::find),
    Rule::NewLines(duplication::find),
    Rule::NewLines(left_out::find),
    Rule::Risk(people::find),
    Rule::Lines(references::find),
    Rule::Lines(secrets::find),
    Rule::Change(tests::find),
];

impl Rule {
    /// Adds what there is to say, if the subject is what the rule is about.
    pub(super) fn ask(
        &self,
        subject: &Subject<'_>,
        risk: Option<&Risk>,
        findings: &mut Vec<Finding>,
    ) -> Found {
        match (self, subject.changes, risk) {
            (Rule::Change(find), Some(changes), _) => find(subject, &changes.changes, findings),
            (Rule::Risk(find), Some(_), Some(risk)) => find(subject, risk, findings),
            (Rule::NewLines(find), Some(_), _) | (Rule::Lines(find), _, _) => {
                find(subject, findings)
            }
            (Rule::Change(_) | Rule::NewLines(_), None, _) | (Rule::Risk(_), _, _) => Ok(()),
        }
    }
}

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

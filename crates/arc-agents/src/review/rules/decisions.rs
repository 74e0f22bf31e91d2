//! Decisions that people wrote down about what changes.

use std::collections::BTreeSet;

use arc_graph::WrittenForm;
use arc_project::{AskError, Change, ChangeKind, WrittenRecord, source_text};

use super::{is_gone, name_of, place_of};
use crate::review::finding::{Evidence, Finding, FindingKind, Severity};
use crate::review::subject::Subject;

/// Changes that are looked up.
const MAX_CHANGES: usize = 60;
/// Decisions that are told of one change.
const MAX_DECISIONS: usize = 3;
/// Names with fewer letters are words.
const MIN_NAME: usize = 5;

pub(super) fn find(
    subject: &Subject<'_>,
    changes: &[Change],
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    let touched: BTreeSet<&str> = changes.iter().map(|own| &*own.path).collect();
    for change in changes.iter().take(MAX_CHANGES) {
        let found = if is_gone(change.kind) {
            named(subject, name_of(change))?
        } else if change.kind == ChangeKind::Signature {
            about(subject, change)?
        } else {
            Vec::new()
        };
        // Who changes the decision along knows of it.
        let standing = found
            .into_iter()
            .filter(|record| stands(record) && !touched.contains(&*record.path));
        for record in standing.take(MAX_DECISIONS) {
            findings.push(finding(change, &record));
        }
    }
    Ok(())
}

/// Whether a decision still holds, as far as it says.
fn stands(record: &WrittenRecord) -> bool {
    let status = record.status.to_lowercase();
    let is_over = ["superseded", "rejected", "deprecated", "withdrawn", "draft"];
    record.form == WrittenForm::Record && !is_over.iter().any(|word| status.contains(word))
}

/// The decisions whose texts have a name letter for letter.
fn named(subject: &Subject<'_>, name: &str) -> Result<Vec<WrittenRecord>, AskError> {
    let last = name.rsplit(['.', ':', '/']).next().unwrap_or(name);
    if last.chars().count() < MIN_NAME {
        return Ok(Vec::new());
    }
    let found = subject.graph.find_records(last, 4 * MAX_DECISIONS)?;
    let mut records = Vec::new();
    for (record, _) in found {
        // A file that cannot be read any more names nothing.
        let text = source_text(subject.root, &record.path).unwrap_or_default();
        let own = text
            .lines()
            .skip(record.line.saturating_sub(1) as usize)
            .take((record.end_line + 1).saturating_sub(record.line) as usize);
        let quoted = [
            format!("`{last}`"),
            format!("`{name}`"),
            format!("`{last}()`"),
        ];
        let mut own = own.map(|line| quoted.iter().any(|name| line.contains(name)));
        if own.any(|is_named| is_named) {
            records.push(record);
        }
    }
    Ok(records)
}

/// The decisions about the symbol itself.
fn about(subject: &Subject<'_>, change: &Change) -> Result<Vec<WrittenRecord>, AskError> {
    let (Some(new), Some(file)) = (change.now(), subject.graph.file(&change.path)?) else {
        return Ok(Vec::new());
    };
    let mut records: Vec<WrittenRecord> = subject
        .graph
        .decisions_about(file.id)?
        .into_iter()
        .filter(|about| about.lines == Some((new.line, new.end_line)))
        .map(|about| about.record)
        .collect();
    records.sort();
    records.dedup();
    Ok(records)
}

fn finding(change: &Change, record: &WrittenRecord) -> Finding {
    let name = name_of(change);
    let label = if record.label.is_empty() {
        record.title.clone()
    } else {
        format!("{} ({})", record.label, record.title)
    };
    let what = match change.kind {
        ChangeKind::Removed => "is gone",
        ChangeKind::Renamed => "has another name now",
        ChangeKind::Moved => "is in another file now",
        ChangeKind::Signature | ChangeKind::Body | ChangeKind::Added | ChangeKind::Formatting => {
            "is another one now"
        }
    };
    let severity = if change.kind == ChangeKind::Removed {
        Severity::Medium
    } else {
        Severity::Low
    };
    let message = format!("{name} {what}, and the decision {label} speaks of it");
    let key = format!("{} {}", record.path, record.title);
    Finding::new(
        FindingKind::ContradictsDecision,
        (severity, 0.6),
        place_of(change),
        &key,
        message,
    )
    .with([Evidence {
        at: format!("{}:{}", record.path, record.line),
        text: record.title.clone(),
    }])
}

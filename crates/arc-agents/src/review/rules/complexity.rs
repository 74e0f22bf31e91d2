//! Functions that have grown many branches.

use arc_project::{AskError, Change};

use super::{is_function, name_of, place_of};
use crate::review::finding::{Finding, FindingKind, Severity};
use crate::review::subject::Subject;

/// Branches that came, at least.
const MIN_GROWTH: u16 = 5;
/// A function with fewer is easy to read however it came to them.
const MANY: u16 = 15;
/// With so many nobody reads it.
const TOO_MANY: u16 = 30;

pub(super) fn find(
    subject: &Subject<'_>,
    changes: &[Change],
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    for change in changes {
        let Some(new) = change.now().filter(|new| is_function(new.kind)) else {
            continue;
        };
        let before = change.before().map_or(0, |old| old.complexity);
        let grown = new.complexity.saturating_sub(before);
        let is_judged = subject
            .file(&change.path)
            .is_none_or(|file| file.is_judged());
        if grown < MIN_GROWTH || new.complexity < MANY || !is_judged {
            continue;
        }
        let severity = if new.complexity >= TOO_MANY && grown >= 2 * MIN_GROWTH {
            Severity::Medium
        } else {
            Severity::Low
        };
        let (name, now) = (name_of(change), new.complexity);
        let message = match change.before() {
            Some(_) => format!("{name} has {now} ways through it, and had {before}"),
            None => format!("{name} is new and has {now} ways through it"),
        };
        let finding = Finding::new(
            FindingKind::Complexity,
            (severity, 0.9),
            place_of(change),
            "",
            message,
        );
        let at = format!("{}:{}", change.path, new.line);
        findings.push(finding.with([subject.evidence(&at)]));
    }
    Ok(())
}

//! Passwords, keys and tokens in new lines.

use arc_project::{AskError, redact};

use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::subject::{ReviewedFile, Subject};

/// What is said of one file, at most.
const MAX_FINDINGS: usize = 5;

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) -> Result<(), AskError> {
    for file in subject.files() {
        let lines: Vec<&str> = file.reviewed().map(|(_, line)| line).collect();
        if redact(&lines.join("\n")).1 > 0 {
            findings.extend(in_file(file));
        }
    }
    Ok(())
}

fn in_file(file: &ReviewedFile<'_>) -> Vec<Finding> {
    let (severity, confidence) = if file.is_test {
        (Severity::Low, 0.4)
    } else {
        (Severity::High, 0.85)
    };
    let mut found = Vec::new();
    for (line, text) in file.reviewed() {
        let (clean, count) = redact(text);
        if count == 0 {
            continue;
        }
        let place = Place {
            path: &file.path,
            line: Some(line),
            symbol: None,
        };
        let shown: String = clean.trim().chars().take(160).collect();
        let finding = Finding::new(
            FindingKind::Secret,
            (severity, confidence),
            place,
            &shown,
            "this looks like a secret: whoever reads the repository has it, whatever later commits take out"
                .to_owned(),
        );
        found.push(finding.with([Evidence {
            at: format!("{}:{line}", file.path),
            text: shown,
        }]));
        if found.len() == MAX_FINDINGS {
            break;
        }
    }
    found
}

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
        if count == 0 || count == for_nobody(&clean) {
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

/// Passwords that stand before the name of a host that nobody can have: examples and this computer.
fn for_nobody(clean: &str) -> usize {
    const RESERVED: &[&str] = &[
        "example",
        "example.com",
        "example.net",
        "example.org",
        "invalid",
        "localhost",
        "test",
    ];
    let hosts = clean.split("[redacted: password]@").skip(1);
    let hosts = hosts.map(|rest| {
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
        rest.split(|letter| !is_host(letter)).next().unwrap_or("")
    });
    let is_reserved = |host: &&str| {
        let is_below = |name: &&str| {
            host.strip_suffix(*name)
                .is_some_and(|above| above.is_empty() || above.ends_with('.'))
        };
        RESERVED.iter().any(is_below) || host.starts_with("127.0.0.")
    };
    hosts.filter(is_reserved).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_nobody_can_have_has_no_password() {
        for (text, count) in [
            ("http://a:[redacted: password]@example.com/x", 1),
            ("http://a:[redacted: password]@www.example.com:80", 1),
            (
                "db://a:[redacted: password]@localhost/x db://b:[redacted: password]@db.test",
                2,
            ),
            ("http://a:[redacted: password]@myexample.com", 0),
            ("http://a:[redacted: password]@db.shop.io", 0),
            ("[redacted: github token]", 0),
        ] {
            assert_eq!(for_nobody(text), count, "{text}");
        }
    }
}

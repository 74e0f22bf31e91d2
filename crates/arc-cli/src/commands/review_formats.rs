//! A review for other readers: Markdown for a comment on a pull request, annotations for a run of GitHub's actions.
//!
//! Texts come from repositories: they are written so that none is markup or a command.

use std::io::Write as _;

use arc_agents::{Review, Severity};

use super::review::place;
use crate::failure::Failure;
use crate::output::{Output, count, inert, inert_markdown};

/// Findings that are written as a comment: hosts refuse long ones.
const MAX_LISTED: usize = 50;

/// Prints findings as Markdown; nothing without any.
pub(super) fn markdown(answer: &Review, out: &mut Output) -> Result<(), Failure> {
    if answer.findings.is_empty() {
        return Ok(());
    }
    let total = count(answer.findings.len() as u64, "finding");
    writeln!(out, "### Review: {total}\n")?;
    for finding in answer.findings.iter().take(MAX_LISTED) {
        writeln!(
            out,
            "- **{}** {} — {} <sub>{}, {:.0} %, `{}`</sub>",
            finding.severity.as_str(),
            inert_markdown(&place(finding)),
            inert_markdown(&finding.message),
            finding.kind.as_str().replace('_', " "),
            finding.confidence * 100.0,
            finding.id,
        )?;
        for evidence in finding.evidence.iter().take(5) {
            let (at, text) = (inert_markdown(&evidence.at), inert_markdown(&evidence.text));
            writeln!(out, "  - {at} {text}")?;
        }
    }
    if answer.findings.len() > MAX_LISTED {
        writeln!(out, "- … and {} more", answer.findings.len() - MAX_LISTED)?;
    }
    Ok(())
}

/// Prints findings as commands of a workflow, which show them at the lines of a pull request.
pub(super) fn annotations(answer: &Review, out: &mut Output) -> Result<(), Failure> {
    for finding in &answer.findings {
        let level = match finding.severity {
            Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        let title = finding.kind.as_str().replace('_', " ");
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(",line={line}"));
        let mut message = inert(&finding.message);
        for evidence in finding.evidence.iter().take(3) {
            message.push_str(&format!(
                "\n{}  {}",
                inert(&evidence.at),
                inert(&evidence.text)
            ));
        }
        writeln!(
            out,
            "::{level} file={}{line},title={}::{}",
            property(&inert(&finding.path)),
            property(&title),
            message_of(&message),
        )?;
    }
    Ok(())
}

fn message_of(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message_of(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_command() {
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
        assert_eq!(message_of("50 %\n::error::x"), "50 %25%0A::error::x");
    }
}

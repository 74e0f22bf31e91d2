//! What a change forgets or breaks, by rules: no model, no network.
//!
//! A rule is a file below `rules/` and a line of its table. It says nothing that it cannot show at a line that exists, and
//! prefers to say nothing: a reader who skips one idle remark skips the next one too.

mod baseline;
mod finding;
mod preprocessed;
mod report;
mod rules;
mod sarif;
mod subject;
mod with_model;

use arc_project::{AskError, Risk, WhyError, change_risk};

use crate::lessons::weights;

pub use baseline::{Baseline, BaselineError};
pub use finding::{Evidence, Finding, FindingKind, Origin, Severity};
pub use report::ReviewReport;
pub use sarif::sarif;
pub use subject::Subject;
pub(crate) use subject::is_test;
pub use with_model::{Added, review_prompt, review_with};

/// What there is to say of some files or of a change.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How risky the change is among those of its project; `None` without one, or without enough history.
    pub risk: Option<Risk>,
    /// Findings that a baseline silences.
    pub silenced: usize,
    /// Findings below the severity that was asked for.
    pub below: usize,
}

/// Reviews by rules.
///
/// # Errors
/// When the graph or the history cannot be read.
pub fn review(subject: &Subject<'_>) -> Result<Review, AskError> {
    let risk = match subject.changes {
        Some(changes) => change_risk(subject.graph, subject.root, changes)?,
        None => None,
    };
    let mut findings = Vec::new();
    for rule in rules::RULES {
        rule.ask(subject, risk.as_ref(), &mut findings)?;
    }
    finding::put_in_order(&mut findings, &weights(subject.graph)?);
    Ok(Review {
        findings,
        risk,
        ..Review::default()
    })
}

impl Review {
    /// Leaves out what a baseline silences.
    pub fn silence(&mut self, baseline: &Baseline) {
        let before = self.findings.len();
        self.findings.retain(|finding| !baseline.holds(&finding.id));
        self.silenced += before - self.findings.len();
    }

    /// Leaves out what is less severe than `least`.
    pub fn keep_from(&mut self, least: Severity) {
        let before = self.findings.len();
        self.findings.retain(|finding| finding.severity >= least);
        self.below += before - self.findings.len();
    }

    /// Whether something is as severe as `severity`, or worse.
    #[must_use]
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|one| one.severity >= severity)
    }
}

/// A question about people or decisions fails only where the graph does: what it is about was looked up before.
fn answered<T>(answer: Result<T, WhyError>) -> Result<Option<T>, AskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(WhyError::Ask(error)) => Err(error),
        Err(WhyError::NoHistory { .. } | WhyError::NoLines { .. }) => Ok(None),
    }
}

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

use arc_project::{AskError, Risk, change_risk};

use crate::lessons::weights;
use rules::Rule;

pub use baseline::{Baseline, BaselineError};
pub use finding::{Evidence, Finding, FindingKind, Origin, Severity};
pub use report::ReviewReport;
pub use sarif::sarif;
use subject::Aside;
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
    let Some(aside) = subject.aside() else {
        return reviewed(subject, None);
    };
    // What history says of a change takes as long as all else, and neither asks the other.
    let (told, found) = std::thread::scope(|scope| {
        let told = scope.spawn(move || of_history(&aside));
        let found = found_by(subject, None, &|rule| !is_of_history(rule));
        (told.join(), found)
    });
    let found = found?;
    // Somebody wrote meanwhile, or the graph is gone from its place: the one that is open is asked, and says what fails there.
    let Ok(Ok(Some((risk, of_history)))) = told else {
        return reviewed(subject, risk_of(subject)?);
    };
    let both = found.into_iter().zip(of_history);
    let findings = both.flat_map(|(own, other)| own.into_iter().chain(other));
    in_order(subject, risk, findings.collect())
}

/// The same where the risk of the change is known.
pub(crate) fn reviewed(subject: &Subject<'_>, risk: Option<Risk>) -> Result<Review, AskError> {
    let found = found_by(subject, risk.as_ref(), &|_| true)?;
    in_order(subject, risk, found.into_iter().flatten().collect())
}

fn in_order(
    subject: &Subject<'_>,
    risk: Option<Risk>,
    mut findings: Vec<Finding>,
) -> Result<Review, AskError> {
    finding::put_in_order(&mut findings, &weights(subject.graph)?);
    Ok(Review {
        findings,
        risk,
        ..Review::default()
    })
}

fn risk_of(subject: &Subject<'_>) -> Result<Option<Risk>, AskError> {
    subject.changes.map_or(Ok(None), |changes| {
        change_risk(subject.graph, subject.root, changes)
    })
}

fn is_of_history(rule: &Rule) -> bool {
    matches!(rule, Rule::Risk(_))
}

/// What some of the rules say, rule by rule.
fn found_by(
    subject: &Subject<'_>,
    risk: Option<&Risk>,
    is_asked: &dyn Fn(&Rule) -> bool,
) -> Result<Vec<Vec<Finding>>, AskError> {
    let ask = |rule: &Rule| {
        let mut findings = Vec::new();
        if is_asked(rule) {
            rule.ask(subject, risk, &mut findings)?;
        }
        Ok(findings)
    };
    rules::RULES.iter().map(ask).collect()
}

/// The risk of a change, and what the rules say that ask for it, rule by rule.
type OfHistory = (Option<Risk>, Vec<Vec<Finding>>);

/// What history says of a change; `None` when the graph is not what it was any more.
fn of_history(aside: &Aside<'_>) -> Result<Option<OfHistory>, AskError> {
    let Some(graph) = aside.open()? else {
        return Ok(None);
    };
    let subject = aside.subject(&graph);
    let risk = risk_of(&subject)?;
    let found = found_by(&subject, risk.as_ref(), &is_of_history)?;
    Ok(Some((risk, found)))
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

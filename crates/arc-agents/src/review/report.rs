//! Our JSON: `arc.review/1` in `schema/report.schema.json`.

use arc_project::{Risk, RiskFactor};
use serde::Serialize;

use super::finding::{Evidence, Finding};
use super::{Review, Subject};

/// `arc review --json`.
#[derive(Serialize)]
pub struct ReviewReport {
    schema: &'static str,
    /// What the change is against; `None` when files are reviewed as they are.
    against: Option<String>,
    /// The files that were read.
    files: Vec<String>,
    findings: Vec<FindingReport>,
    risk: Option<RiskReport>,
    /// Findings that the baseline silences.
    silenced: usize,
    /// Findings below the severity that was asked for.
    below: usize,
    /// Broken references were looked for everywhere.
    proved: bool,
    total: usize,
}

#[derive(Serialize)]
struct FindingReport {
    id: String,
    kind: &'static str,
    severity: &'static str,
    confidence: f64,
    path: String,
    line: Option<u32>,
    symbol: Option<String>,
    message: String,
    evidence: Vec<EvidenceReport>,
    origin: &'static str,
    /// What a model says beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
}

#[derive(Serialize)]
struct EvidenceReport {
    at: String,
    text: String,
}

#[derive(Serialize)]
struct RiskReport {
    level: &'static str,
    score: f64,
    factors: Vec<FactorReport>,
}

#[derive(Serialize)]
struct FactorReport {
    name: &'static str,
    value: f64,
    share: f64,
}

impl ReviewReport {
    /// The report of a review.
    #[must_use]
    pub fn new(subject: &Subject<'_>, review: &Review) -> ReviewReport {
        ReviewReport {
            schema: "arc.review/1",
            against: subject.changes.map(|changes| changes.against.clone()),
            files: subject
                .files()
                .iter()
                .map(|file| file.path.clone())
                .collect(),
            findings: review.findings.iter().map(finding_report).collect(),
            risk: review.risk.as_ref().map(risk_report),
            silenced: review.silenced,
            below: review.below,
            proved: subject.changes.is_none_or(|changes| changes.is_proved),
            total: review.findings.len(),
        }
    }
}

fn finding_report(finding: &Finding) -> FindingReport {
    let evidence = |evidence: &Evidence| EvidenceReport {
        at: evidence.at.clone(),
        text: evidence.text.clone(),
    };
    FindingReport {
        id: finding.id.clone(),
        kind: finding.kind.as_str(),
        severity: finding.severity.as_str(),
        confidence: rounded(finding.confidence),
        path: finding.path.clone(),
        line: finding.line,
        symbol: finding.symbol.clone(),
        message: finding.message.clone(),
        evidence: finding.evidence.iter().map(evidence).collect(),
        origin: finding.origin.as_str(),
        explanation: finding.explanation.clone(),
    }
}

fn risk_report(risk: &Risk) -> RiskReport {
    let factor = |factor: &RiskFactor| FactorReport {
        name: factor.name,
        value: rounded(factor.value),
        share: rounded(factor.share),
    };
    RiskReport {
        level: risk.level.as_str(),
        score: rounded(risk.score),
        factors: risk.factors.iter().map(factor).collect(),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

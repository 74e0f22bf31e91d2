//! One thing to say, with what shows it.

use std::collections::BTreeMap;

/// What a finding is about. Sorted as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A place refers to what is gone, or calls it with arguments that it does not take.
    BrokenCaller,
    /// A function has grown branches.
    Complexity,
    /// A decision is about what changes.
    ContradictsDecision,
    /// A call that may be of a function does not fit it any more, if it is.
    DoubtfulCaller,
    /// New lines stand in another place already.
    Duplication,
    /// A definition that other files use is for its own file only now.
    HiddenSymbol,
    /// The change touches what was repaired again and again.
    Hotspot,
    /// A list of the same things in another place does not have what is new in one.
    LeftOut,
    /// A file that nearly always changes along does not.
    MissingCoChange,
    /// The files are of somebody else.
    Ownership,
    /// Definitions went that code outside of the project may use.
    PublicBreak,
    /// What a model says of shown lines.
    Remark,
    /// A test went while what it tests stays.
    RemovedTest,
    /// A password, key or token.
    Secret,
    /// Code that is none of its language.
    SyntaxError,
    /// A name that nothing has.
    UnresolvedReference,
    /// Lines that stood twice are other ones in one place only.
    UnevenCopy,
    /// No test reaches what changes.
    UntestedChange,
}

impl FindingKind {
    /// Every kind, in the order of their names.
    pub const ALL: &[FindingKind] = &[
        FindingKind::BrokenCaller,
        FindingKind::Complexity,
        FindingKind::ContradictsDecision,
        FindingKind::DoubtfulCaller,
        FindingKind::Duplication,
        FindingKind::HiddenSymbol,
        FindingKind::Hotspot,
        FindingKind::LeftOut,
        FindingKind::MissingCoChange,
        FindingKind::Ownership,
        FindingKind::PublicBreak,
        FindingKind::Remark,
        FindingKind::RemovedTest,
        FindingKind::Secret,
        FindingKind::SyntaxError,
        FindingKind::UnevenCopy,
        FindingKind::UnresolvedReference,
        FindingKind::UntestedChange,
    ];

    /// The name used in output, and what it means in one sentence.
    #[must_use]
    pub fn described(self) -> (&'static str, &'static str) {
        match self {
            FindingKind::BrokenCaller => (
                "broken_caller",
                "Code refers to what is gone, or calls it with arguments that it does not take.",
            ),
            FindingKind::Complexity => ("complexity", "A function has grown many branches."),
            FindingKind::ContradictsDecision => (
                "contradicts_decision",
                "A recorded decision is about what changes.",
            ),
            FindingKind::DoubtfulCaller => (
                "doubtful_caller",
                "A call that may be of a changed function would not fit it.",
            ),
            FindingKind::Duplication => {
                ("duplication", "New lines stand in another place already.")
            }
            FindingKind::HiddenSymbol => (
                "hidden_symbol",
                "A definition that other files use is for its own file only now.",
            ),
            FindingKind::Hotspot => (
                "hotspot",
                "A risky change of code that was repaired again and again.",
            ),
            FindingKind::LeftOut => (
                "left_out",
                "A list of the same things in another place does not have what is new in one.",
            ),
            FindingKind::MissingCoChange => (
                "missing_co_change",
                "A file that nearly always changes along does not.",
            ),
            FindingKind::Ownership => (
                "ownership",
                "The author has hardly changed these files, and somebody else has.",
            ),
            FindingKind::PublicBreak => (
                "public_break",
                "Definitions went that code outside of the project may use.",
            ),
            FindingKind::Remark => ("remark", "What a model says of shown lines."),
            FindingKind::RemovedTest => ("removed_test", "A test went while what it tests stays."),
            FindingKind::Secret => ("secret", "A password, key or token stands in the code."),
            FindingKind::SyntaxError => ("syntax_error", "Code that is none of its language."),
            FindingKind::UnresolvedReference => {
                ("unresolved_reference", "A name that nothing has.")
            }
            FindingKind::UnevenCopy => (
                "uneven_copy",
                "Lines that stood twice are other ones in one place only.",
            ),
            FindingKind::UntestedChange => ("untested_change", "No test reaches what changes."),
        }
    }

    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.described().0
    }
}

/// How bad it is if it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look.
    Low,
    /// Likely to be asked about in a review.
    Medium,
    /// Something does not work.
    High,
}

impl Severity {
    /// Their names, mildest first.
    pub const NAMES: [&str; 4] = ["info", "low", "medium", "high"];

    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }

    /// The severity with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Severity> {
        [
            Severity::Info,
            Severity::Low,
            Severity::Medium,
            Severity::High,
        ]
        .into_iter()
        .find(|severity| severity.as_str() == name)
    }
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A rule.
    Rule,
    /// A model, at lines that it was shown.
    Model,
}

impl Origin {
    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Rule => "rule",
            Origin::Model => "model",
        }
    }
}

/// What shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// `path:line`, a path, or a commit.
    pub at: String,
    /// What stands there, or what it tells.
    pub text: String,
}

/// One thing to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The same as long as the kind, the file, the symbol and what is wrong are: lines may move.
    pub id: String,
    /// What it is about.
    pub kind: FindingKind,
    /// How bad it is if it is true.
    pub severity: Severity,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// The file to look at.
    pub path: String,
    /// The line to look at; `None` for a whole file.
    pub line: Option<u32>,
    /// The symbol around it.
    pub symbol: Option<String>,
    /// What is wrong, in a sentence without a final period.
    pub message: String,
    /// What shows it, best first.
    pub evidence: Vec<Evidence>,
    /// Who says it.
    pub origin: Origin,
    /// What a model says beside it.
    pub explanation: Option<String>,
}

impl Finding {
    /// A finding of a rule. `key` tells it from others of its kind at the same symbol.
    pub(super) fn new(
        kind: FindingKind,
        (severity, confidence): (Severity, f64),
        place: Place<'_>,
        key: &str,
        message: String,
    ) -> Finding {
        let mut hash = blake3::Hasher::new();
        let symbol = place.symbol.unwrap_or("");
        for part in [kind.as_str(), place.path, symbol, key] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        Finding {
            id: hash.finalize().to_hex()[..16].to_owned(),
            kind,
            severity,
            confidence,
            path: place.path.to_owned(),
            line: place.line,
            symbol: place.symbol.map(str::to_owned),
            message,
            evidence: Vec::new(),
            origin: Origin::Rule,
            explanation: None,
        }
    }

    pub(super) fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Finding {
        self.evidence.extend(evidence);
        self
    }
}

/// Where to look.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) line: Option<u32>,
    pub(super) symbol: Option<&'a str>,
}

/// Puts the worst first, and gives every finding an id of its own. `weights` is what the confidence of a kind counts for, where
/// that is not all of it.
pub(super) fn put_in_order(findings: &mut [Finding], weights: &BTreeMap<String, f64>) {
    let weighed =
        |own: &Finding| own.confidence * weights.get(own.kind.as_str()).copied().unwrap_or(1.0);
    findings.sort_by(|one, other| {
        (other.severity.cmp(&one.severity))
            .then(weighed(other).total_cmp(&weighed(one)))
            .then_with(|| {
                let place = |own: &Finding| (own.path.clone(), own.line, own.kind);
                place(one).cmp(&place(other))
            })
            .then_with(|| one.message.cmp(&other.message))
    });
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            finding.id = format!("{}-{count}", finding.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_people_silence_come_later_among_their_like() {
        let finding = |kind, severity, confidence| {
            let place = Place {
                path: "a.py",
                line: None,
                symbol: None,
            };
            Finding::new(kind, (severity, confidence), place, "", String::new())
        };
        let mut findings = vec![
            finding(FindingKind::Complexity, Severity::Medium, 0.9),
            finding(FindingKind::MissingCoChange, Severity::Medium, 0.7),
            finding(FindingKind::UntestedChange, Severity::Low, 1.0),
        ];
        let kinds = |findings: &[Finding]| -> Vec<FindingKind> {
            findings.iter().map(|finding| finding.kind).collect()
        };
        let own = kinds(&findings);
        put_in_order(&mut findings, &BTreeMap::new());
        assert_eq!(kinds(&findings), own);
        put_in_order(
            &mut findings,
            &BTreeMap::from([("complexity".to_owned(), 0.5)]),
        );
        assert_eq!(kinds(&findings), [own[1], own[0], own[2]]);
    }
}

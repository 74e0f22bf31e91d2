//! How good a change is, from evidence alone: what ran, what the graph says, what a review finds. No model is asked.

use std::collections::BTreeSet;
use std::path::Path;

use arc_project::{AskError, FileTexts, GraphFile, StyleBreach, find_target};
use serde::{Deserialize, Serialize};

use crate::edit::Candidate;
use crate::execute::{Proof, Ran};
use crate::ground::Grounded;
use crate::review::{Finding, FindingKind, Severity, Subject, review};
use crate::telemetry::lost_telemetry;

/// Lines of a change that nobody calls large.
const SMALL: f64 = 40.0;

/// How the files of a change stand, before or after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// How the proof ended; nothing without one.
    pub(crate) run: Option<Ran>,
    /// What a review says of the files as they stand.
    pub(crate) findings: Vec<Finding>,
    /// Ways through all their functions.
    pub(crate) ways: u32,
}

impl Standing {
    /// How files of a graph stand; `read` are texts of some of them, as they were read before.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub(crate) fn of(
        graph: &GraphFile,
        root: &Path,
        paths: &BTreeSet<String>,
        read: &[FileTexts],
    ) -> Result<Standing, AskError> {
        let mut standing = Standing::default();
        let mut targets = Vec::new();
        for path in paths {
            // A file that is new with the change does not stand before it.
            if let Some(file) = graph.file(path)? {
                targets.push(find_target(graph, "", path)?);
                standing.ways += graph.complexities(file.id)?.values().sum::<u32>();
            }
        }
        let subject = Subject::of_targets(graph, root, &targets)?.with_read(read);
        standing.findings = review(&subject)?.findings;
        Ok(standing)
    }
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorePart {
    /// What it is about.
    pub name: String,
    /// How much of the score it can be.
    pub weight: f64,
    /// 0 to 1.
    pub value: f64,
    /// What it rests on.
    pub why: String,
}

/// Something that the grounding check has against a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldObjection {
    /// `syntax`, `invented`, `broken`, `test`, `secret`, `size` or `telemetry`.
    pub kind: String,
    /// `path:line`, or the path.
    pub at: String,
    /// What is wrong, and what is there instead.
    pub message: String,
}

/// How good a change is: `arc.evaluation/1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `arc.evaluation/1`.
    pub schema: String,
    /// 0 to 1: the parts by their weights.
    pub score: f64,
    /// Nothing speaks against keeping it.
    pub acceptable: bool,
    /// What is better than before; empty when nothing shows that anything is.
    pub better: Vec<String>,
    /// What speaks against it, for people and for the model.
    pub reasons: Vec<String>,
    /// What the grounding check has against it.
    pub objections: Vec<ToldObjection>,
    /// Where it is not written as the code around it: `path:line: …`. It may be kept for all that.
    #[serde(default)]
    pub style: Vec<String>,
    /// What the score is made of.
    pub parts: Vec<ScorePart>,
    /// Ids of findings that are gone.
    pub gone: Vec<String>,
    /// Ids of findings that came.
    pub new: Vec<String>,
}

/// Evaluates a change.
#[must_use]
pub(crate) fn evaluate(
    candidate: &Candidate,
    grounded: &Grounded,
    before: &Standing,
    after: &Standing,
) -> Evaluation {
    let mut judge = Judge::default();
    for objection in &grounded.objections {
        judge.against(format!("{}: {}", objection.at, objection.message));
        judge.evaluation.objections.push(ToldObjection {
            kind: objection.kind.as_str().to_owned(),
            at: objection.at.clone(),
            message: objection.message.clone(),
        });
    }
    judge.telemetry(candidate);
    let is_grounded = grounded.objections.is_empty();
    let grounding = if is_grounded {
        "every name that can be looked up exists, nothing else breaks"
    } else {
        "see the reasons"
    };
    judge.part(
        "grounding",
        0.2,
        f64::from(u8::from(is_grounded)),
        grounding,
    );
    judge.run(before.run.as_ref(), after.run.as_ref());
    judge.findings(grounded, before, after);
    judge.api(grounded);
    judge.ways(grounded, before.ways, after.ways);
    judge.size(candidate);
    judge.style(grounded);
    let mut evaluation = judge.evaluation;
    let score: f64 = evaluation
        .parts
        .iter()
        .map(|part| part.weight * part.value)
        .sum();
    evaluation.score = rounded(score);
    evaluation.acceptable = evaluation.reasons.is_empty();
    evaluation
}

struct Judge {
    evaluation: Evaluation,
}

impl Default for Judge {
    fn default() -> Judge {
        Judge {
            evaluation: Evaluation {
                schema: "arc.evaluation/1".to_owned(),
                score: 0.0,
                acceptable: false,
                better: Vec::new(),
                reasons: Vec::new(),
                objections: Vec::new(),
                style: Vec::new(),
                parts: Vec::new(),
                gone: Vec::new(),
                new: Vec::new(),
            },
        }
    }
}

impl Judge {
    fn part(&mut self, name: &str, weight: f64, value: f64, why: &str) {
        self.evaluation.parts.push(ScorePart {
            name: name.to_owned(),
            weight,
            value: rounded(value),
            why: why.to_owned(),
        });
    }

    fn against(&mut self, reason: String) {
        self.evaluation.reasons.push(reason);
    }

    /// What operators see of a program stays.
    fn telemetry(&mut self, candidate: &Candidate) {
        let files = candidate.files.iter();
        let texts: Vec<(&str, &str)> = files
            .map(|file| (file.old.as_deref().unwrap_or(""), file.new.as_str()))
            .collect();
        let Some(lost) = lost_telemetry(&texts) else {
            return;
        };
        let old = candidate
            .files
            .iter()
            .find(|file| file.old.as_ref().is_some_and(|old| old.contains(&lost)));
        let at = old.map_or_else(String::new, |file| file.path.clone());
        let message = format!("takes out what the program records: `{lost}`");
        self.against(format!("{at}: {message}"));
        self.evaluation.objections.push(ToldObjection {
            kind: "telemetry".to_owned(),
            at,
            message,
        });
    }

    fn run(&mut self, before: Option<&Ran>, after: Option<&Ran>) {
        const WEIGHT: f64 = 0.35;
        let Some(after) = after else {
            return self.part("run", WEIGHT, 0.3, "nothing was run");
        };
        if !after.passed {
            let how = match after.code {
                _ if after.timed_out => "took too long".to_owned(),
                Some(code) => format!("ends with {code}"),
                None => "was ended by a signal".to_owned(),
            };
            self.against(format!("`{}` {how}", after.told()));
            return self.part("run", WEIGHT, 0.0, &format!("`{}` {how}", after.told()));
        }
        if before.is_some_and(|before| !before.passed) {
            self.evaluation
                .better
                .push(format!("`{}` succeeds now, and did not", after.told()));
        }
        let value = match after.proof {
            Proof::Command | Proof::Tests => 1.0,
            Proof::Build => 0.6,
        };
        self.part(
            "run",
            WEIGHT,
            value,
            &format!("`{}` succeeds", after.told()),
        );
    }

    fn findings(&mut self, grounded: &Grounded, before: &Standing, after: &Standing) {
        let ids = |findings: &[Finding]| -> BTreeSet<String> {
            findings.iter().map(|finding| finding.id.clone()).collect()
        };
        let (old, now) = (ids(&before.findings), ids(&after.findings));
        let (mut all, mut gone) = (0.0, 0.0);
        let mut told = Vec::new();
        let of_files = before.findings.iter();
        for finding in of_files.filter(|own| !is_of_the_whole_change(own.kind)) {
            let weight = weight_of(finding.severity);
            all += weight;
            if !now.contains(&finding.id) {
                gone += weight;
                self.evaluation.gone.push(finding.id.clone());
                told.push(format!("no more: {}", finding.message));
            }
        }
        let mut came = 0.0;
        let standing = after.findings.iter().filter(|own| !old.contains(&own.id));
        let of_change = grounded
            .findings
            .iter()
            .filter(|own| own.severity >= Severity::Low && !now.contains(&own.id));
        for finding in standing.chain(of_change) {
            if is_of_the_whole_change(finding.kind) {
                continue;
            }
            came += weight_of(finding.severity);
            self.evaluation.new.push(finding.id.clone());
            if finding.severity >= Severity::Medium && !is_objection(finding.kind) {
                self.against(format!("{}: {}", finding.path, finding.message));
            }
        }
        // Under another name the same fault is another finding: what went must outweigh what came.
        if gone > came {
            self.evaluation.better.append(&mut told);
        }
        let share = if all > 0.0 { gone / all } else { 0.0 };
        let why = format!(
            "{} of {} findings are gone, {} came",
            self.evaluation.gone.len(),
            before.findings.len(),
            self.evaluation.new.len()
        );
        self.part("findings", 0.2, (share - came).clamp(0.0, 1.0), &why);
    }

    fn api(&mut self, grounded: &Grounded) {
        let (value, why) = match lost_name(grounded) {
            Some(finding) => (0.0, finding.message.as_str()),
            None => (1.0, "every public name stays"),
        };
        self.part("api", 0.1, value, why);
    }

    fn ways(&mut self, grounded: &Grounded, before: u32, after: u32) {
        let why = format!("{after} ways through the functions, {before} before");
        // Less code is no simpler code when something that others may use went with it.
        if after < before && lost_name(grounded).is_none() {
            self.evaluation.better.push(format!(
                "{after} ways through the functions instead of {before}"
            ));
        }
        let growth = (f64::from(after) - f64::from(before)) / f64::from(before.max(1));
        self.part("complexity", 0.1, (0.5 - growth).clamp(0.0, 1.0), &why);
    }

    fn size(&mut self, candidate: &Candidate) {
        let diff = candidate.diff();
        let is_changed = |line: &&str| line.starts_with(['+', '-']);
        // Two lines of every file are its header.
        let lines = diff
            .lines()
            .filter(is_changed)
            .count()
            .saturating_sub(2 * candidate.files.len());
        let value = (SMALL / (lines as f64).max(1.0)).min(1.0);
        self.part("size", 0.03, value, &format!("{lines} lines come or go"));
    }

    /// So little that no right change is lost for it: between two that do the same it decides.
    fn style(&mut self, grounded: &Grounded) {
        let told = |breach: &StyleBreach| {
            let StyleBreach {
                path,
                line,
                message,
            } = breach;
            format!("{path}:{line}: {message}")
        };
        self.evaluation.style = grounded.style.iter().map(told).collect();
        let count = self.evaluation.style.len();
        let value = (1.0 - 0.5 * count as f64).max(0.0);
        let why = match self.evaluation.style.first() {
            Some(first) => first.clone(),
            None => "written as the code around it".to_owned(),
        };
        self.part("style", 0.02, value, &why);
    }
}

/// The public name that went, if one did.
fn lost_name(grounded: &Grounded) -> Option<&Finding> {
    let mut findings = grounded.findings.iter();
    findings.find(|finding| finding.kind == FindingKind::PublicBreak)
}

fn weight_of(severity: Severity) -> f64 {
    match severity {
        Severity::Info => 0.02,
        Severity::Low => 0.1,
        Severity::Medium => 0.3,
        Severity::High => 1.0,
    }
}

/// What the history says of a commit says nothing about whether a change of one file is good.
fn is_of_the_whole_change(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::MissingCoChange
            | FindingKind::Hotspot
            | FindingKind::LeftOut
            | FindingKind::UnevenCopy
            | FindingKind::Ownership
            | FindingKind::UntestedChange
            | FindingKind::ContradictsDecision
    )
}

/// Kinds that the grounding check objects to already.
fn is_objection(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::SyntaxError
            | FindingKind::UnresolvedReference
            | FindingKind::BrokenCaller
            | FindingKind::HiddenSymbol
            | FindingKind::Secret
    )
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

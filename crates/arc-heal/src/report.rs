//! Our JSON: `arc.heal/1` in `schema/report.schema.json`.

use std::time::Duration;

use serde::Serialize;

use crate::diagnostic::Diagnostic;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealResult {
    /// The command failed before and succeeds now, and the repair is in place (or would be, without `--dry-run`).
    Healed,
    /// No repair was proved; everything is as it was.
    NotHealed,
    /// The command succeeds as it is.
    NothingToHeal,
    /// A policy forbids it, or nobody approved.
    Refused,
}

/// What `arc heal --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct HealReport {
    schema: &'static str,
    /// The file, where several are healed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How it ended.
    pub result: HealResult,
    /// Repairs that the command was run with.
    pub attempts: u32,
    /// What stood between the command and the machine.
    pub layers: Vec<String>,
    /// The fault, if there was one.
    pub error: Option<ToldError>,
    /// The repair; of an unproved or rivalled one what it would be.
    pub fix: Option<ToldFix>,
    /// The command fails now and then, or because of what lies outside of it: how often it was run, and how often it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flaky: Option<Flaky>,
    /// What was checked, in order.
    pub validation: Vec<Step>,
    /// Repairs that nothing tells apart from the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<ToldFix>,
    /// Why it ended so, and what to do.
    pub message: String,
    /// The name of the session, for `arc heal undo`.
    pub session: String,
}

/// A failure that may pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Flaky {
    /// Network, timeout, or unknown.
    pub class: crate::Class,
    /// How often the command was run as everything is.
    pub runs: u32,
    /// How often it failed.
    pub failed: u32,
}

/// The fault.
#[derive(Clone, Debug, Serialize)]
pub struct ToldError {
    /// See [`crate::Class`].
    pub class: crate::Class,
    /// The tool's words.
    pub message: String,
    /// The file.
    pub file: Option<String>,
    /// The line.
    pub line: Option<u32>,
    /// The tool's name of the fault.
    pub code: String,
}

/// A repair.
#[derive(Clone, Debug, Serialize)]
pub struct ToldFix {
    /// `rule`, `tool`, `learned` or `model`.
    pub origin: &'static str,
    /// Which rule.
    pub rule: &'static str,
    /// Why this repair.
    pub why: String,
    /// What changes.
    pub diff: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// `parse`, `command`, `executed`, `same_outputs`, `tests`, `covered`, `rivals`.
    pub step: &'static str,
    /// Whether it passed.
    pub ok: bool,
    /// How long it took, where that is of interest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// What was seen.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Step {
    /// A check that passed, and nothing more to say of it.
    pub(crate) fn passed(step: &'static str) -> Step {
        Step {
            step,
            ok: true,
            ms: None,
            detail: String::new(),
        }
    }

    /// The command succeeded in some time, and fails in the way that `detail` says.
    pub(crate) fn ran(wall: Duration, detail: &str) -> [Step; 2] {
        [
            Step {
                ms: u64::try_from(wall.as_millis()).ok(),
                ..Step::passed("command")
            },
            Step {
                detail: detail.to_owned(),
                ..Step::passed("executed")
            },
        ]
    }
}

impl HealReport {
    /// Whether the command does not mind the fault.
    pub(crate) fn is_without_proof(&self) -> bool {
        let of = |name| self.validation.iter().find(|step| step.step == name);
        of("executed").is_some_and(|step| !step.ok)
    }

    pub(crate) fn new(session: &str) -> HealReport {
        HealReport {
            schema: "arc.heal/1",
            file: None,
            result: HealResult::NotHealed,
            attempts: 0,
            layers: Vec::new(),
            error: None,
            fix: None,
            flaky: None,
            validation: Vec::new(),
            rivals: Vec::new(),
            message: String::new(),
            session: session.to_owned(),
        }
    }
}

impl From<&Diagnostic> for ToldError {
    fn from(diagnostic: &Diagnostic) -> ToldError {
        ToldError {
            class: diagnostic.class,
            message: diagnostic.message.clone(),
            file: diagnostic.file.clone(),
            line: diagnostic.span.map(|span| span.line),
            code: diagnostic.code.clone(),
        }
    }
}

//! One session: find the fault, try repairs where they can do no harm, and put one in place when it is proved.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::HealError;
use crate::child::Finished;
use crate::detect::detect;
use crate::diagnostic::{Class, Diagnostic, Environment, Span};
use crate::journal::{self, Found};
use crate::judge::{Accepted, Fault, Judge};
use crate::lines::Lines;
use crate::log::{Event, Log};
use crate::meaning::Meaning;
use crate::policy::admitted;
use crate::proposal::{Proposal, diff};
use crate::report::{HealReport, HealResult, Step, ToldError, ToldFix};
use crate::runner::{Runner, Version};
use crate::search::{MARGIN, REACH, Repair, Search};
use crate::whole::whole_file_proposals;

/// What is to be healed, and by what it is known to be well.
#[derive(Clone, Debug)]
pub struct Patient {
    /// The root of the project, absolute and without links.
    pub root: PathBuf,
    /// Where the command starts, in the root.
    pub folder: PathBuf,
    /// The file, absolute or relative to the folder.
    pub file: PathBuf,
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The variables of the command.
    pub environment: Vec<(OsString, OsString)>,
}

/// How far a session may go.
#[derive(Clone, Debug)]
pub struct Options {
    /// Show what would be done and write nothing.
    pub dry_run: bool,
    /// Repairs that the command may be run with.
    pub max_attempts: u32,
    /// Take a repair that parses although the command does not show that it is right.
    pub accept_unproved: bool,
    /// Tests may be changed too.
    pub changes_tests: bool,
    /// How long the command may take.
    pub wall: Duration,
}

/// Asks a person whether the repair is to be put in place.
pub type Approve<'a> = &'a mut dyn FnMut(&HealReport) -> bool;

/// How long repairs are looked for.
const SEARCH_TIME: Duration = Duration::from_secs(5);
/// Names that are tried.
const MOST_NAMES: usize = 60;
/// Of two repairs that pass, one that is this much likelier is taken; else nobody knows.
const CLEAR: u32 = 45;
/// The same where passing says little.
const CLEAR_PLACE: u32 = 95;

/// Heals the patient's file.
///
/// # Errors
/// When nothing could be tried; the project is as it was.
pub fn heal(
    patient: &Patient,
    options: &Options,
    runner: &mut dyn Runner,
    approve: Approve<'_>,
) -> Result<HealReport, HealError> {
    let path = admitted(
        &patient.root,
        &patient.folder.join(&patient.file),
        options.changes_tests,
    )?;
    let found = journal::find(&patient.root, &path)?;
    let mut session = Session::new(patient, options, runner, found)?;
    session.run(approve)?;
    Ok(session.report)
}

struct Session<'a> {
    patient: &'a Patient,
    options: &'a Options,
    runner: &'a mut dyn Runner,
    found: Found,
    environment: Environment,
    log: Log,
    report: HealReport,
}

/// A repair that the command passes with.
struct Passed {
    proposal: Proposal,
    wall: Duration,
}

impl<'a> Session<'a> {
    fn new(
        patient: &'a Patient,
        options: &'a Options,
        runner: &'a mut dyn Runner,
        found: Found,
    ) -> Result<Session<'a>, HealError> {
        let unfit = |why: &str| HealError::Unfit {
            path: found.path.clone(),
            why: why.to_owned(),
        };
        let first_line = found
            .bytes
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let environment = Environment::of(&found.path, &String::from_utf8_lossy(first_line))
            .ok_or_else(|| unfit("is in no language that can be healed"))?;
        if found.bytes.contains(&0) {
            return Err(unfit("is no text"));
        }
        let name = format!(
            "{}-{}",
            crate::log::now_text().replace([':', '-'], ""),
            std::process::id()
        );
        let report = HealReport::new(&name);
        Ok(Session {
            log: Log::new(&patient.root, &name),
            patient,
            options,
            runner,
            found,
            environment,
            report,
        })
    }

    fn run(&mut self, approve: Approve<'_>) -> Result<(), HealError> {
        let before = self.runner.run(&[], self.options.wall)?;
        self.report.layers = self.runner.layers();
        let judge = Judge::new(
            self.environment,
            &self.found.path,
            &self.patient.command,
            &self.patient.environment,
        )?;
        let (bom, text) = split_bom(&self.found.bytes)?;
        let reading = judge.read(&text)?;
        let diagnostics = self.diagnostics(&before, reading.as_ref().err());
        self.report.error = diagnostics.first().map(ToldError::from);
        if before.is_success() && reading.is_ok() {
            self.report.result = HealResult::NothingToHeal;
            self.report.message = "the command succeeds as it is".to_owned();
            self.report.error = None;
            return Ok(());
        }
        if before.timed_out {
            self.report.message = "the command took too long; nothing was tried".to_owned();
            return self.give_up();
        }
        let whole = whole_file_proposals(
            self.environment,
            &self.found.bytes,
            self.found.mode,
            &self.patient.environment,
        );
        let mut passed = Vec::new();
        if !before.is_success() {
            passed = self.try_out(whole, &before)?;
        }
        if passed.is_empty() {
            let proposals = self.proposals(&judge, &text, bom, reading, &diagnostics)?;
            if proposals.is_empty() {
                self.report.message = "no rule knows a repair".to_owned();
                return self.give_up();
            }
            if before.is_success() {
                return self.unproved(
                    proposals,
                    "the command succeeds with the fault in place",
                    approve,
                );
            }
            passed = self.try_out(proposals, &before)?;
        }
        self.decide(passed, approve)
    }

    /// What the command and the parser say, the fault of this file first.
    fn diagnostics(&self, before: &Finished, fault: Option<&Fault>) -> Vec<Diagnostic> {
        let root = self.patient.root.to_string_lossy();
        let mut found = Vec::new();
        if let Some(fault) = fault {
            found.push(Diagnostic {
                environment: self.environment,
                class: Class::Syntax,
                code: fault.kind.clone(),
                message: fault.message.clone(),
                file: Some(self.found.path.clone()),
                span: Some(span(fault)),
                hints: Vec::new(),
                raw: fault.message.clone(),
            });
        }
        if !before.is_success() {
            let output = before.text();
            found.extend(detect(self.environment, &output, &root));
            if found.is_empty() {
                found.push(unknown(self.environment, before, &output));
            }
        }
        found
    }

    /// Repairs to try, cheapest first.
    fn proposals(
        &self,
        judge: &Judge,
        text: &str,
        bom: &'static str,
        reading: Result<Accepted, Fault>,
        diagnostics: &[Diagnostic],
    ) -> Result<Vec<Proposal>, HealError> {
        let (repairs, class) = self.repairs(judge, text, reading, diagnostics)?;
        let mut proposals: Vec<Proposal> = repairs
            .into_iter()
            .map(|repair| self.proposal(repair, text, bom, judge, class))
            .collect();
        proposals.sort_by_key(|proposal| proposal.cost);
        Ok(proposals)
    }

    /// Edits that parse, for a fault of the text or of what it means.
    fn repairs(
        &self,
        judge: &Judge,
        text: &str,
        reading: Result<Accepted, Fault>,
        diagnostics: &[Diagnostic],
    ) -> Result<(Vec<Repair>, Class), HealError> {
        let mut search = Search {
            environment: self.environment,
            path: &self.found.path,
            text,
            judge,
            deadline: Instant::now() + SEARCH_TIME,
            reach: REACH,
        };
        let accepted = match reading {
            Err(fault) => return Ok((search.repairs(&fault)?, Class::Syntax)),
            Ok(accepted) => accepted,
        };
        let meaning = Meaning {
            environment: self.environment,
            root: &self.patient.root,
            path: &self.found.path,
            text,
            unknown: &accepted.unknown,
            variables: &self.patient.environment,
            interpreter: judge
                .program()
                .filter(|_| self.environment == Environment::Python),
        };
        let class = diagnostics
            .first()
            .map_or(Class::Unknown, |diagnostic| diagnostic.class);
        // The command knows more of names than a parser: what is dearer is tried when the cheap ones fail.
        search.reach = u32::MAX / 2;
        let mut edits = meaning.edits(diagnostics)?;
        edits.truncate(MOST_NAMES);
        Ok((search.accepted(edits, &Lines::new(text), None)?, class))
    }

    fn proposal(
        &self,
        repair: Repair,
        text: &str,
        bom: &str,
        judge: &Judge,
        class: Class,
    ) -> Proposal {
        let edited = repair.edit.apply(text);
        let line = text[..repair.edit.range.start].matches('\n').count() + 1;
        let old = text[repair.edit.range.clone()].trim();
        let new = repair.edit.replacement.trim();
        let change = match (old, new) {
            ("", "") => "another indentation".to_owned(),
            ("", new) => format!("`{new}` is missing"),
            (old, "") => format!("`{old}` is too much"),
            (old, new) => format!("`{old}` stands for `{new}`"),
        };
        Proposal {
            bytes: format!("{bom}{edited}").into_bytes(),
            mode: self.found.mode,
            class,
            rule: repair.edit.rule,
            why: format!(
                "line {line}: {change}; {} reads the file then",
                judge.name()
            ),
            cost: repair.edit.cost,
        }
    }

    /// Runs the command with the cheapest repairs, and with the rivals of one that passes.
    fn try_out(
        &mut self,
        proposals: Vec<Proposal>,
        before: &Finished,
    ) -> Result<Vec<Passed>, HealError> {
        let wall = (before.wall * 5 + Duration::from_secs(5)).min(self.options.wall);
        let mut passed: Vec<Passed> = Vec::new();
        for proposal in proposals {
            if self.report.attempts >= self.options.max_attempts {
                break;
            }
            if passed
                .first()
                .is_some_and(|first| proposal.cost > first.proposal.cost + MARGIN)
            {
                break;
            }
            let version = Version {
                path: self.found.path.clone().into(),
                bytes: proposal.bytes.clone(),
                mode: proposal.mode,
            };
            let finished = self.runner.run(&[version], wall)?;
            self.report.attempts += 1;
            if finished.is_success() {
                passed.push(Passed {
                    proposal,
                    wall: finished.wall,
                });
            }
        }
        Ok(passed)
    }

    fn decide(&mut self, mut passed: Vec<Passed>, approve: Approve<'_>) -> Result<(), HealError> {
        if passed.is_empty() {
            self.report.message = "no repair that parses makes the command succeed".to_owned();
            return self.give_up();
        }
        let first = passed.remove(0);
        self.report.validation = vec![
            Step {
                step: "parse",
                ok: true,
                ms: None,
                detail: String::new(),
            },
            Step {
                step: "command",
                ok: true,
                ms: u64::try_from(first.wall.as_millis()).ok(),
                detail: String::new(),
            },
        ];
        self.report.validation.push(Step {
            step: "executed",
            ok: true,
            ms: None,
            detail: "the command fails with the fault in place".to_owned(),
        });
        let gap = passed
            .first()
            .map(|second| second.proposal.cost - first.proposal.cost);
        let needed = self.clear_gap(&first.proposal, passed.first().map(|rival| &rival.proposal));
        let is_clear = gap.is_none_or(|gap| gap >= needed);
        self.report.validation.push(Step {
            step: "rivals",
            ok: is_clear,
            ms: None,
            detail: format!("{} other repairs pass too", passed.len()),
        });
        self.report.fix = Some(self.told(&first.proposal, gap));
        self.name_class(&first.proposal);
        if !is_clear {
            self.report.rivals = passed
                .iter()
                .map(|rival| self.told(&rival.proposal, Some(0)))
                .collect();
            self.report.message =
                "several repairs are equally good and nothing tells them apart; choose one by hand"
                    .to_owned();
            return self.give_up();
        }
        self.apply(&first.proposal, approve)
    }

    /// How much likelier a repair must be than the next one that passes too. One bracket is as good in one place as in another,
    /// and where commands mostly check and rarely run, passing says little.
    fn clear_gap(&self, first: &Proposal, second: Option<&Proposal>) -> u32 {
        let runs = matches!(
            self.environment,
            Environment::Python | Environment::JavaScript
        );
        let is_other_place = second
            .is_some_and(|second| second.rule == first.rule && first.rule.ends_with("bracket"));
        let is_whole = matches!(
            first.class,
            Class::Permission | Class::Encoding | Class::Command
        );
        if (runs || is_whole) && !is_other_place {
            CLEAR
        } else {
            CLEAR_PLACE
        }
    }

    fn name_class(&mut self, proposal: &Proposal) {
        if let Some(error) = &mut self.report.error
            && error.class == Class::Unknown
        {
            error.class = proposal.class;
        }
    }

    fn told(&self, proposal: &Proposal, gap: Option<u32>) -> ToldFix {
        let likely = 1.0 / (1.0 + f64::from(proposal.cost) / 2000.0);
        let alone = gap.map_or(0.98, |gap| {
            0.5 + 0.4 * f64::from(gap.min(MARGIN)) / f64::from(MARGIN)
        });
        let mut text = diff(&self.found.path, &self.found.bytes, &proposal.bytes);
        if proposal.mode != self.found.mode {
            text.push_str(&format!(
                "old mode 100{:o}\nnew mode 100{:o}\n",
                self.found.mode, proposal.mode
            ));
        }
        ToldFix {
            origin: "rule",
            rule: proposal.rule,
            why: proposal.why.clone(),
            diff: text,
            confidence: (likely * alone * 100.0).round() / 100.0,
        }
    }

    /// A repair that the command says nothing about.
    fn unproved(
        &mut self,
        proposals: Vec<Proposal>,
        why: &str,
        approve: Approve<'_>,
    ) -> Result<(), HealError> {
        let gap = proposals
            .get(1)
            .map(|second| second.cost - proposals[0].cost);
        let first = proposals[0].clone();
        self.report.fix = Some(self.told(&first, gap));
        self.name_class(&first);
        self.report.validation = vec![
            Step {
                step: "parse",
                ok: true,
                ms: None,
                detail: String::new(),
            },
            Step {
                step: "executed",
                ok: false,
                ms: None,
                detail: why.to_owned(),
            },
        ];
        if self.options.accept_unproved && gap.is_none_or(|gap| gap >= CLEAR) {
            return self.apply(&first, approve);
        }
        self.report.message = format!("parses, not proved: {why}");
        self.give_up()
    }

    fn apply(&mut self, proposal: &Proposal, approve: Approve<'_>) -> Result<(), HealError> {
        if self.options.dry_run {
            self.report.result = HealResult::Healed;
            self.report.message = "dry run: nothing was written".to_owned();
            return Ok(());
        }
        if !approve(&self.report) {
            self.report.result = HealResult::Refused;
            self.report.message = "not approved; nothing was written (`--yes` approves)".to_owned();
            return self.give_up();
        }
        let rule = json!({"rule": proposal.rule, "file": self.found.path, "cost": proposal.cost});
        self.log.append(&[
            (Event::ErrorDetected, self.error_details()),
            (Event::FixGenerated, rule.clone()),
            (
                Event::FixValidated,
                json!({"steps": self.report.validation}),
            ),
        ])?;
        journal::commit(
            &self.patient.root,
            &self.report.session,
            &self.found,
            &proposal.bytes,
            proposal.mode,
        )?;
        self.report.result = HealResult::Healed;
        self.report.message = "healed".to_owned();
        self.log.append(&[
            (Event::FixApplied, rule),
            (
                Event::HealingComplete,
                json!({"result": "healed", "attempts": self.report.attempts}),
            ),
        ])
    }

    fn error_details(&self) -> serde_json::Value {
        json!(self.report.error)
    }

    fn give_up(&mut self) -> Result<(), HealError> {
        if self.options.dry_run {
            return Ok(());
        }
        self.log.append(&[
            (Event::ErrorDetected, self.error_details()),
            (
                Event::ManualInterventionRequired,
                json!({"why": self.report.message, "attempts": self.report.attempts}),
            ),
        ])
    }
}

fn span(fault: &Fault) -> Span {
    let count = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
    Span {
        line: count(fault.line),
        column: fault.column,
        end_line: count(fault.end_line),
    }
}

fn unknown(environment: Environment, before: &Finished, output: &str) -> Diagnostic {
    let last = output
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("");
    let ended = match (before.code, before.signal) {
        (Some(code), _) => format!("the command ends with code {code}"),
        (None, Some(signal)) => format!("the command is ended by signal {signal}"),
        (None, None) => "the command fails".to_owned(),
    };
    Diagnostic {
        environment,
        class: if before.timed_out {
            Class::Timeout
        } else {
            Class::Unknown
        },
        code: String::new(),
        message: if last.is_empty() {
            ended
        } else {
            last.chars().take(300).collect()
        },
        file: None,
        span: None,
        hints: Vec::new(),
        raw: output.chars().take(2000).collect(),
    }
}

/// The byte order mark, if there is one, and the text after it.
fn split_bom(bytes: &[u8]) -> Result<(&'static str, String), HealError> {
    let text = String::from_utf8(bytes.to_vec()).map_err(|error| HealError::Unfit {
        path: "the file".to_owned(),
        why: format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to()),
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest.to_owned()),
        None => ("", text),
    })
}

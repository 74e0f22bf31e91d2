//! One session: find the fault, try repairs where they can do no harm, and put one in place when it is proved.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arc_sandbox::Version;
use serde_json::{Value, json};

use crate::HealError;
use crate::child::Finished;
use crate::decide::Passed;
use crate::detect::{blamed_file, detect};
use crate::diagnostic::{Class, Diagnostic, Environment, Span};
use crate::edits::Edit;
use crate::fixer::{Fixer, Means, OnEvent};
use crate::flaky::passing;
use crate::install::Installed;
use crate::journal::{self, Found, digest};
use crate::judge::{Accepted, Fault, Judge};
use crate::lines::Lines;
use crate::log::{Event, Log, read_log, redacted};
use crate::manual::{changes_the_world, manual};
use crate::meaning::Meaning;
use crate::natural::Natural;
use crate::patience::Patience;
use crate::placing::session_name;
use crate::policy::admitted;
use crate::profile::profile;
use crate::proposal::Proposal;
use crate::report::{HealReport, HealResult, Step, ToldError};
use crate::runner::Runner;
use crate::search::{MARGIN, Outcome, REACH, Repair, Search};
use crate::stats::kept_by_rule;
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
    /// The program and its arguments; none when only an output of it is there.
    pub command: Vec<OsString>,
    /// The variables of the command.
    pub environment: Vec<(OsString, OsString)>,
    /// What a run printed that failed elsewhere.
    pub output: Option<String>,
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
    /// Of several files either all are repaired or none, also where no command is given.
    pub all_or_nothing: bool,
    /// Tests may be changed too.
    pub changes_tests: bool,
    /// Files and folders, relative to the root, that are not changed beside those that never are.
    pub protected: Vec<PathBuf>,
    /// Tests that the graph names are run, where there is one.
    pub runs_tests: bool,
    /// The first words of commands that may be run; any, if none is named.
    pub commands: Vec<Vec<String>>,
    /// Folders with wheels, beside the usual ones.
    pub wheels: Vec<PathBuf>,
    /// Packages that may be installed; any, if none is named.
    pub packages: Vec<String>,
    /// Commands that have to print with a repair what they print without it, where they succeed without it.
    pub keep: Vec<Vec<String>>,
    /// How often the command is run again when what lies outside of it did not answer.
    pub retries: u32,
    /// How long the command may take.
    pub wall: Duration,
    /// How long a session may take, all in all; as long as it likes, if nothing is said.
    pub budget: Option<Duration>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dry_run: false,
            max_attempts: 12,
            accept_unproved: false,
            all_or_nothing: false,
            changes_tests: false,
            protected: Vec::new(),
            runs_tests: true,
            commands: Vec::new(),
            wheels: Vec::new(),
            packages: Vec::new(),
            keep: Vec::new(),
            retries: 3,
            wall: Duration::from_secs(600),
            budget: None,
        }
    }
}

/// Asks a person whether the repair is to be put in place.
pub type Approve<'a> = &'a mut dyn FnMut(&HealReport) -> bool;

/// How much dearer than the best repair others are tried when that one does not help.
const WIDE: u32 = 4 * REACH;
/// How long repairs are looked for. Most searches end long before; on a busy machine one that is cut short proves nothing.
const SEARCH_TIME: Duration = Duration::from_secs(15);
/// How much sooner a repair is tried for each one by the same rule that was kept in this project, and how much at most: no rival is
/// missed by that much.
const WORKED: u32 = 3;
const MOST_WORKED: u32 = 15;
/// How long a command may take with a repair in place, however soon it failed without.
const LONG_RUN: Duration = Duration::from_secs(120);
/// Names that are tried.
const MOST_NAMES: usize = 60;
/// Heals the patient's file.
///
/// # Errors
/// When nothing could be tried; the project is as it was.
pub fn heal(
    patient: &Patient,
    options: &Options,
    means: Means<'_>,
    approve: Approve<'_>,
) -> Result<HealReport, HealError> {
    let path = admitted(&patient.root, &patient.folder.join(&patient.file), options)?;
    let found = journal::find(&patient.root, &path)?;
    if let Some(why) = changes_the_world(patient).filter(|_| means.runner.reaches_network()) {
        return Err(HealError::StaysManual {
            command: patient.command.join(" ".as_ref()).to_string_lossy().into(),
            why: why.to_owned(),
        });
    }
    let mut session = Session::new(patient, options, means.runner, found, Vec::new())?;
    if let Some(fixer) = means.fixer {
        session.fixer = Some(fixer);
    }
    if let Some(on_event) = means.on_event {
        session.on_event = Some(on_event);
    }
    session.run(approve)?;
    Ok(session.report)
}

pub(crate) struct Session<'a> {
    pub(crate) patient: &'a Patient,
    pub(crate) options: &'a Options,
    runner: &'a mut dyn Runner,
    /// Asked when no rule heals.
    pub(crate) fixer: Option<&'a mut dyn Fixer>,
    /// Told of what is written to the log.
    on_event: Option<OnEvent<'a>>,
    /// What became of what it proposed.
    pub(crate) model_said: Option<String>,
    pub(crate) found: Found,
    pub(crate) environment: Environment,
    log: Log,
    pub(crate) report: HealReport,
    /// What the command printed before anything was changed.
    pub(crate) printed: String,
    /// When it began.
    began: Instant,
    /// Repairs were left out, for its time was over.
    pub(crate) is_late: bool,
    /// What the command was run with.
    tried: BTreeSet<Vec<u8>>,
    /// The repairs that were looked at, by their digest, and the rule of each.
    weighed: BTreeMap<String, &'static str>,
    /// What the cheapest repair costs that was not tried, for want of time or attempts.
    pub(crate) untried: u32,
    /// Other files as the command is to find them.
    others: Vec<Version>,
    /// What was checked beside the command.
    pub(crate) steps: Vec<Step>,
    /// What is missing may be installed.
    pub(crate) installs: bool,
    /// The repair that is put in place, or would be.
    pub(crate) chosen: Option<Proposal>,
    /// The cheapest repair with which the command fails for another reason than without.
    pub(crate) onward: Option<Proposal>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        patient: &'a Patient,
        options: &'a Options,
        runner: &'a mut dyn Runner,
        found: Found,
        others: Vec<Version>,
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
        let name = session_name();
        let report = HealReport::new(&name);
        Ok(Session {
            log: Log::new(&patient.root, &name),
            patient,
            options,
            runner,
            fixer: None,
            on_event: None,
            model_said: None,
            found,
            environment,
            report,
            printed: String::new(),
            began: Instant::now(),
            is_late: false,
            tried: BTreeSet::new(),
            weighed: BTreeMap::new(),
            untried: u32::MAX,
            others,
            steps: Vec::new(),
            installs: true,
            chosen: None,
            onward: None,
        })
    }

    pub(crate) fn run(&mut self, approve: Approve<'_>) -> Result<(), HealError> {
        let before = self.first_run()?;
        self.printed = match &self.patient.output {
            Some(output) => format!("{output}\n{}", before.text()),
            None => before.text(),
        };
        self.report.layers = self.runner.layers();
        let judge = Judge::new(self.environment, &self.found.path, self.patient);
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
        let may_pass = reading.is_ok() || before.timed_out;
        if may_pass && let Some(manual) = manual(self.environment, &before, &diagnostics) {
            if let Some(error) = &mut self.report.error {
                error.class = manual.class;
                error.message.clone_from(&manual.said);
            }
            self.report.message = format!("{}: {}", manual.said, manual.why);
            return self.give_up();
        }
        if may_pass && let Some(passing) = passing(&before, &diagnostics) {
            return self.try_again(&before, &passing);
        }
        let is_sound = self.environment == Environment::Python && reading.is_ok();
        if is_sound
            && self.installs
            && let Installed::Over = self.install(&before, judge.program(), &mut *approve)?
        {
            return Ok(());
        }
        let whole = whole_file_proposals(
            self.environment,
            &self.found.bytes,
            self.found.mode,
            &self.patient.environment,
        );
        let is_run = !self.patient.command.is_empty();
        let mut passed = Vec::new();
        if is_run && !before.is_success() {
            passed = self.try_out(whole, &before)?;
        }
        if passed.is_empty() && is_run && !before.is_success() && reading.is_ok() {
            let linted = self.linted(&text, bom, &before)?;
            passed = self.try_out(linted, &before)?;
        }
        if passed.is_empty() {
            let proposals = self.proposals(&judge, &text, bom, &reading, &diagnostics, REACH)?;
            if proposals.is_empty() && (self.fixer.is_none() || !is_run || before.is_success()) {
                self.report.message = "no rule knows a repair".to_owned();
                return self.give_up();
            }
            let why = match (is_run, before.is_success()) {
                (false, _) => Some("no command is given that would show it"),
                (true, true) => Some("the command succeeds with the fault in place"),
                (true, false) => None,
            };
            if let Some(why) = why {
                return self.unproved(proposals, why, approve);
            }
            passed = self.try_out(proposals, &before)?;
        }
        if passed.is_empty() && reading.is_err() && self.report.attempts < self.options.max_attempts
        {
            // The command knows better than costs: what is dearer is tried when the cheap ones fail.
            let proposals = self.proposals(&judge, &text, bom, &reading, &diagnostics, WIDE)?;
            passed = self.try_out(proposals, &before)?;
        }
        if passed.is_empty() && !before.is_success() {
            let asked = (&judge, text.as_str(), bom);
            passed = self.ask(asked, &reading, &diagnostics, &before)?;
        }
        // A fault that a tool names is there in every run; of any other the command may fail now and then.
        let is_named = reading.is_err() || diagnostics.first().is_some_and(is_certain);
        let is_of_file = |one: &Passed| {
            matches!(
                one.proposal.class,
                Class::Encoding | Class::Permission | Class::Command
            )
        };
        let is_unsure = !is_named && !passed.is_empty() && !passed.iter().all(is_of_file);
        if is_unsure && !self.still_fails()? {
            return Ok(());
        }
        self.decide(passed, approve)
    }

    /// How the command ends as things are; without one, as the output that is there says it ended.
    fn first_run(&mut self) -> Result<Finished, HealError> {
        if self.patient.command.is_empty() {
            return Ok(Finished {
                code: Some(1),
                ..Finished::default()
            });
        }
        self.run_unchanged()
    }

    /// Runs the command with nothing changed.
    pub(crate) fn run_unchanged(&mut self) -> Result<Finished, HealError> {
        Ok(self.runner.run(&self.others, self.options.wall)?)
    }

    pub(crate) fn reaches_network(&self) -> bool {
        self.runner.reaches_network()
    }

    /// Whether a run blames another file than ours.
    fn fails_elsewhere(&self, finished: &Finished) -> bool {
        let blamed = blamed_file(&finished.text(), &self.patient.root);
        blamed.is_some_and(|blamed| blamed != self.patient.root.join(&self.found.path))
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
        if let Some(output) = &self.patient.output {
            found.extend(detect(self.environment, output, &root));
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
        &mut self,
        judge: &Judge,
        text: &str,
        bom: &'static str,
        reading: &Result<Accepted, Fault>,
        diagnostics: &[Diagnostic],
        reach: u32,
    ) -> Result<Vec<Proposal>, HealError> {
        let (found, class) = self.repairs(judge, text, reading, diagnostics, reach)?;
        self.untried = found.untried;
        let mut proposals: Vec<Proposal> = found
            .repairs
            .into_iter()
            .map(|repair| self.proposal(repair, text, bom, judge, class))
            .collect();
        if reading.is_ok() {
            let past = self.renamed(text, bom, diagnostics);
            for proposal in past
                .into_iter()
                .chain(self.past_calls(text, bom, diagnostics))
            {
                let (_, edited) = split_bom(&proposal.bytes)?;
                if judge.read(&edited)?.is_ok() {
                    proposals.push(proposal);
                }
            }
        }
        let kept = match proposals.len() {
            0 | 1 => BTreeMap::new(),
            // A log that cannot be read has nothing to tell here; `arc heal log` says why.
            _ => read_log(&self.patient.root)
                .map_or_else(|_| BTreeMap::new(), |told| kept_by_rule(&told)),
        };
        // What worked here is tried first; what is taken goes by cost alone.
        proposals.sort_by_key(|proposal| {
            let worked = kept.get(proposal.rule).copied().unwrap_or(0);
            (
                proposal
                    .cost
                    .saturating_sub(worked.saturating_mul(WORKED).min(MOST_WORKED)),
                proposal.cost,
            )
        });
        Ok(proposals)
    }

    /// Edits that parse, for a fault of the text or of what it means.
    fn repairs(
        &self,
        judge: &Judge,
        text: &str,
        reading: &Result<Accepted, Fault>,
        diagnostics: &[Diagnostic],
        reach: u32,
    ) -> Result<(Outcome, Class), HealError> {
        let mut search = Search {
            environment: self.environment,
            path: &self.found.path,
            text,
            judge,
            patience: Patience::new(SEARCH_TIME.min(self.left())),
            reach,
            is_broken: reading.is_err(),
            doubted: None,
        };
        let accepted = match reading {
            Err(fault) => return Ok((search.repairs(fault)?, Class::Syntax)),
            Ok(accepted) => accepted,
        };
        let meaning = Meaning {
            environment: self.environment,
            root: &self.patient.root,
            path: &self.found.path,
            text,
            output: &self.printed,
            unknown: &accepted.unknown,
            variables: &self.patient.environment,
            interpreter: judge.program().filter(|_| judge.reads_many()),
        };
        let class = diagnostics
            .first()
            .map_or(Class::Unknown, |diagnostic| diagnostic.class);
        if judge.is_yaml() && accepted.doubts() > 0 {
            search.doubted = Some(accepted);
            let told = diagnostics
                .iter()
                .find(|diagnostic| diagnostic.file.as_deref() == Some(self.found.path.as_str()))
                .and_then(|diagnostic| diagnostic.span);
            let found = search.doubtful(told, accepted)?;
            if !found.repairs.is_empty() {
                return Ok((found, class));
            }
            search.doubted = None;
        }
        // The command knows more of names than a parser: what is dearer is tried when the cheap ones fail.
        search.reach = u32::MAX / 2;
        let mut edits = meaning.edits(diagnostics)?;
        edits.truncate(MOST_NAMES);
        let lines = Lines::new(text);
        // What is called is told by what stands around it as well as by its name.
        let is_told = matches!(self.environment, Environment::Bash | Environment::Python);
        let natural = is_told.then(|| Natural::learn(&lines, profile(self.environment)));
        Ok((search.accepted(edits, &lines, natural.as_ref())?, class))
    }

    fn proposal(
        &self,
        repair: Repair,
        text: &str,
        bom: &str,
        judge: &Judge,
        class: Class,
    ) -> Proposal {
        let mut edited = text.to_owned();
        let mut changes = Vec::new();
        for edit in &repair.edits {
            changes.push(told_edit(&edited, edit));
            edited = edit.apply(&edited);
        }
        Proposal {
            bytes: format!("{bom}{edited}").into_bytes(),
            mode: self.found.mode,
            class,
            rule: match repair.edits.as_slice() {
                [edit] => edit.rule,
                _ => "several",
            },
            why: format!(
                "{}; {} reads the file then",
                changes.join("; "),
                judge.name()
            ),
            cost: repair.cost,
        }
    }

    /// Runs the command with the cheapest repairs, and with the rivals of one that passes.
    fn try_out(
        &mut self,
        proposals: Vec<Proposal>,
        before: &Finished,
    ) -> Result<Vec<Passed>, HealError> {
        self.weigh(&proposals);
        // What fails at once may take long when it is well.
        let mut wall = self.wall_with(before);
        let mut passed: Vec<Passed> = Vec::new();
        for proposal in proposals {
            if passed
                .first()
                .is_some_and(|first| proposal.cost > first.proposal.cost + MARGIN)
            {
                break;
            }
            self.is_late |= self.left().is_zero();
            if self.is_late || self.report.attempts >= self.options.max_attempts {
                self.untried = self.untried.min(proposal.cost);
                break;
            }
            if !self.is_new(&proposal) {
                continue;
            }
            let left = self.left();
            let finished = self.run_within(vec![self.version(&proposal)], wall.min(left))?;
            if finished.timed_out && left < wall {
                // It might have passed: it is no repair that fails.
                self.is_late = true;
                self.untried = self.untried.min(proposal.cost);
                break;
            }
            if finished.timed_out {
                // Of repairs that never end no other is to take as long.
                wall = (wall / 4).max(before.wall * 5 + Duration::from_secs(5));
            }
            if finished.is_success() {
                passed.push(Passed {
                    proposal,
                    complains: finished.complains(),
                    wall: finished.wall,
                });
            } else if self.onward.is_none() && self.fails_elsewhere(&finished) {
                self.onward = Some(proposal);
            }
        }
        Ok(passed)
    }
}

impl Session<'_> {
    pub(crate) fn version(&self, proposal: &Proposal) -> Version {
        Version {
            path: self.found.path.clone().into(),
            bytes: proposal.bytes.clone(),
            mode: proposal.mode,
        }
    }

    /// Runs the command with some files in the place of the project's, as long as it may take.
    pub(crate) fn run_with(&mut self, versions: Vec<Version>) -> Result<Finished, HealError> {
        self.run_within(versions, self.options.wall)
    }

    /// Runs another command, in a folder of the project.
    pub(crate) fn run_other(
        &mut self,
        command: (&[OsString], &Path),
        versions: Vec<Version>,
        wall: Duration,
    ) -> Result<Finished, HealError> {
        let versions: Vec<Version> = self.others.iter().cloned().chain(versions).collect();
        Ok(self.runner.run_other(command, &versions, wall)?)
    }

    /// What is left of the time that the session has.
    pub(crate) fn left(&self) -> Duration {
        let most = self.options.budget.unwrap_or(Duration::MAX);
        most.saturating_sub(self.began.elapsed())
    }

    /// How long the session has taken.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes which repairs were looked at.
    pub(crate) fn weigh(&mut self, proposals: &[Proposal]) {
        let known = proposals.iter().map(|one| (digest(&one.bytes), one.rule));
        self.weighed.extend(known);
    }

    /// What every session tells first: the fault, and how many repairs of which rules were looked at.
    pub(crate) fn analysis(&self) -> [(Event, Value); 2] {
        let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
        for rule in self.weighed.values() {
            *rules.entry(rule).or_default() += 1;
        }
        let analysis = json!({
            "class": self.report.error.as_ref().map(|error| error.class),
            "file": self.found.path,
            "repairs": self.weighed.len(),
            "rules": rules,
            "attempts": self.report.attempts,
            "ms": self.elapsed_ms(),
        });
        [
            (Event::ErrorDetected, json!(self.report.error)),
            (Event::AnalysisComplete, analysis),
        ]
    }

    /// Writes events to the log, and tells who looks on.
    pub(crate) fn tell(&mut self, events: &[(Event, Value)]) -> Result<(), HealError> {
        self.log.append(events)?;
        if let Some(on_event) = &mut self.on_event {
            for (event, details) in events {
                on_event(*event, &redacted(details));
            }
        }
        Ok(())
    }

    /// How long the command may take with a repair.
    pub(crate) fn wall_with(&self, before: &Finished) -> Duration {
        (before.wall * 5 + LONG_RUN).min(self.options.wall)
    }

    /// Whether the command was not run with a repair yet; it counts as tried from now on.
    pub(crate) fn is_new(&mut self, proposal: &Proposal) -> bool {
        self.tried.insert(proposal.bytes.clone())
    }

    /// A file as another command leaves it.
    pub(crate) fn run_editing(
        &mut self,
        command: (&[OsString], &Path),
        path: &Path,
        wall: Duration,
    ) -> Result<Option<Vec<u8>>, HealError> {
        let others = self.others.clone();
        Ok(self.runner.run_editing(command, &others, (path, wall))?)
    }

    pub(crate) fn run_within(
        &mut self,
        versions: Vec<Version>,
        wall: Duration,
    ) -> Result<Finished, HealError> {
        let versions: Vec<Version> = self.others.iter().cloned().chain(versions).collect();
        let finished = self.runner.run(&versions, wall)?;
        self.report.attempts += 1;
        Ok(finished)
    }
}

/// What an edit of a text does, for a person.
fn told_edit(text: &str, edit: &Edit) -> String {
    let line = text[..edit.range.start].matches('\n').count() + 1;
    let (old, new) = (text[edit.range.clone()].trim(), edit.replacement.trim());
    let begin = text[..edit.range.start]
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let is_indent = text[begin..edit.range.start].trim().is_empty();
    match (old, new) {
        ("", "") if is_indent => format!("line {line}: another indentation"),
        ("", "") if edit.range.is_empty() => format!("line {line}: a blank is missing"),
        ("", "") => format!("line {line}: other blanks"),
        ("", new) => format!("line {line}: `{new}` is missing"),
        (old, "") => format!("line {line}: `{old}` is too much"),
        (old, new) => format!("line {line}: `{old}` stands for `{new}`"),
    }
}

/// Whether what a tool says of a program holds in every run of it.
fn is_certain(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.class,
        Class::Syntax | Class::Import | Class::Dependency | Class::Name | Class::Attribute
    )
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

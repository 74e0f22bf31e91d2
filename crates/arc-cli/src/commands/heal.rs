//! `arc heal`.

use std::ffi::OsString;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_heal::{
    HealError, HealReport, HealResult, Options, Patient, PlainRunner, Runner, SandboxRunner, State,
    heal, read_log, recover, undo,
};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, HEADING, WARN, inert};

/// Options of `arc heal`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct HealArguments {
    /// The broken file; or `undo`, `log`, `stats`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The session of `undo`
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// The command that fails, and succeeds once the file is well
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
    /// Put a proved repair in place without asking
    #[arg(long)]
    yes: bool,
    /// Show the repair and its evidence, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Repairs that the command may be run with
    #[arg(
        long,
        default_value_t = 12,
        value_name = "N",
        env = "ARC_HEAL_MAX_ATTEMPTS"
    )]
    max_attempts: u32,
    /// Use rules only, no model
    #[arg(long)]
    no_llm: bool,
    /// Take a repair that parses although the command does not show that it is right
    #[arg(long)]
    accept_unproved: bool,
    /// Run the command without a sandbox, in a private copy of the project, with all your rights and variables
    #[arg(long)]
    unsandboxed: bool,
    /// Allow a test to be changed
    #[arg(long)]
    tests: bool,
    /// Seconds that the command may take
    #[arg(
        long,
        default_value_t = 600,
        value_name = "SECONDS",
        env = "ARC_HEAL_WALL"
    )]
    wall: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
  arc heal src/app.py -- python -m pytest -q    repair the file so that the command succeeds
  arc heal undo SESSION                         take a repair back
  arc heal log                                  what was done, checked for tampering
  arc heal stats                                how often it worked

Exit codes: 0 healed, or nothing to heal; 1 not healed; 2 wrong usage; 5 refused. Unless it is 0 every file is as it was found.";

/// Heals, or looks back on what was healed.
pub(crate) fn run(arguments: &HealArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let root = context.root()?;
    for recovered in recover(&root)? {
        context.note(&match recovered.state {
            Some(State::Applied) => format!(
                "session {} was cut short after it healed {}",
                recovered.session, recovered.path
            ),
            Some(State::Undone | State::Intended) => {
                format!(
                    "session {} was cut short before it wrote {}",
                    recovered.session, recovered.path
                )
            }
            None => format!(
                "session {} was cut short, and {} was changed since; it was left as it is",
                recovered.session, recovered.path
            ),
        });
    }
    if arguments.command.is_empty() {
        return match arguments.file.to_str() {
            Some("undo") => take_back(arguments, &root, context),
            Some("log") => show_log(&root, arguments.json, context),
            Some("stats") => show_stats(&root, arguments.json, context),
            _ => Err(Failure::Usage {
                message: "no command tells whether the file is well".to_owned(),
                hints: vec![format!(
                    "`arc heal {} -- COMMAND`, with the command that fails",
                    arguments.file.display()
                )],
            }),
        };
    }
    let folder = context.folder().canonicalize().map_err(Failure::from)?;
    let patient = Patient {
        folder,
        file: arguments.file.clone(),
        command: arguments.command.clone(),
        environment: std::env::vars_os().collect(),
        root,
    };
    let options = Options {
        dry_run: arguments.dry_run,
        max_attempts: arguments.max_attempts,
        accept_unproved: arguments.accept_unproved,
        changes_tests: arguments.tests,
        wall: Duration::from_secs(arguments.wall),
    };
    let mut runner = runner(arguments.unsandboxed, &patient)?;
    let yes = arguments.yes;
    let report = heal(&patient, &options, runner.as_mut(), &mut |report| {
        yes || asks(report)
    })?;
    if arguments.json {
        context.out.json(&report)?;
    } else {
        show(&report, context)?;
    }
    match report.result {
        HealResult::Healed | HealResult::NothingToHeal => Ok(Outcome::Done),
        HealResult::NotHealed => Ok(Outcome::No),
        HealResult::Refused => Ok(Outcome::Code(5)),
    }
}

/// Where the command runs.
fn runner(unsandboxed: bool, patient: &Patient) -> Result<Box<dyn Runner>, HealError> {
    let (root, folder) = (&patient.root, &patient.folder);
    let (command, environment) = (&patient.command, &patient.environment);
    let runner: Box<dyn Runner> = if unsandboxed {
        Box::new(PlainRunner::new(root, folder, command, environment)?)
    } else {
        Box::new(SandboxRunner::new(root, folder, command, environment))
    };
    Ok(runner)
}

/// Asks on the terminal; without one nobody says yes.
fn asks(report: &HealReport) -> bool {
    let mut input = std::io::stdin().lock();
    let mut error = std::io::stderr().lock();
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let diff = report.fix.as_ref().map_or("", |fix| fix.diff.as_str());
    let mut answer = String::new();
    // A terminal that cannot be written to or read from has not said yes.
    write!(error, "{}\nput it in place? [y/N] ", inert_lines(diff))
        .and_then(|()| error.flush())
        .and_then(|()| input.read_line(&mut answer))
        .is_ok_and(|_| matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn inert_lines(text: &str) -> String {
    text.lines().map(inert).collect::<Vec<_>>().join("\n")
}

fn show(report: &HealReport, context: &mut Context) -> Result<(), Failure> {
    let out = &mut context.out;
    if let Some(error) = &report.error {
        let place = match (&error.file, error.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.clone(),
            (None, _) => "the command".to_owned(),
        };
        writeln!(
            out,
            "{HEADING}{}{HEADING:#}  {}",
            inert(&place),
            inert(&error.message)
        )?;
    }
    if let Some(fix) = &report.fix {
        writeln!(out, "{DIM}{}: {}{DIM:#}", fix.rule, inert(&fix.why))?;
        for line in fix.diff.lines() {
            let style = match line.as_bytes().first() {
                Some(b'+') => GOOD,
                Some(b'-') => BAD,
                _ => DIM,
            };
            writeln!(out, "{style}{}{style:#}", inert(line))?;
        }
    }
    for rival in &report.rivals {
        writeln!(out, "{WARN}or{WARN:#} {}", inert(&rival.why))?;
    }
    let style = match report.result {
        HealResult::Healed | HealResult::NothingToHeal => GOOD,
        HealResult::NotHealed | HealResult::Refused => WARN,
    };
    writeln!(out, "{style}{}{style:#}", inert(&report.message))?;
    if report.result == HealResult::Healed && report.message == "healed" {
        writeln!(
            out,
            "{DIM}`arc heal undo {}` takes it back{DIM:#}",
            report.session
        )?;
    }
    Ok(())
}

fn take_back(
    arguments: &HealArguments,
    root: &Path,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let Some(session) = &arguments.session else {
        return Err(Failure::usage("which session? `arc heal log` names them"));
    };
    let path = undo(root, session)?;
    writeln!(
        context.out,
        "{} is as it was before session {}",
        inert(&path),
        inert(session)
    )?;
    Ok(Outcome::Done)
}

fn show_log(root: &Path, json: bool, context: &mut Context) -> Result<Outcome, Failure> {
    let told = read_log(root)?;
    for event in &told.events {
        if json {
            writeln!(context.out, "{event}")?;
            continue;
        }
        let text = |name: &str| {
            event
                .get(name)
                .and_then(|value| value.as_str())
                .unwrap_or("")
        };
        let details = event
            .get("details")
            .map(ToString::to_string)
            .unwrap_or_default();
        writeln!(
            context.out,
            "{}  {DIM}{}{DIM:#}  {}  {DIM}{}{DIM:#}",
            inert(text("time")),
            inert(text("session")),
            inert(text("event")),
            inert(&details)
        )?;
    }
    match told.broken_at {
        Some(line) => Err(Failure::Negative {
            message: format!(
                "the log was changed: line {line} does not follow from the lines before it"
            ),
            hints: Vec::new(),
        }),
        None => Ok(Outcome::Done),
    }
}

fn show_stats(root: &Path, json: bool, context: &mut Context) -> Result<Outcome, Failure> {
    let stats = arc_heal::stats(&read_log(root)?);
    if json {
        context.out.json(&stats)?;
        return Ok(Outcome::Done);
    }
    writeln!(
        context.out,
        "{} incidents, {} healed, {} left to a person",
        stats.incidents, stats.healed, stats.manual
    )?;
    for (class, count) in &stats.by_class {
        writeln!(
            context.out,
            "  {:<14} {:>5} of {:>5} healed",
            inert(class),
            count.healed,
            count.incidents
        )?;
    }
    for (rule, count) in &stats.by_rule {
        writeln!(context.out, "  {:<20} {:>5}", inert(rule), count)?;
    }
    Ok(Outcome::Done)
}

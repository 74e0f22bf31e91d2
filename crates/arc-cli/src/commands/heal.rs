//! `arc heal`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_agents::{MadeStats, sessions};
use arc_heal::{
    Approval, Fixer, HealError, HealReport, HealResult, HealSettings, Means, Options, Patient,
    PlainRunner, Runner, SandboxRunner, State, Stats, ToldException, blamed_file, changelog, heal,
    heal_all, otlp, read_exception, read_log, recover, undo,
};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::commands::feedback::keep_rejected;
use crate::commands::heal_export::{send_log, send_session};
use crate::commands::heal_model::ModelFixer;
use crate::commands::incidents::{keep_incidents, keep_undone};
use crate::commands::making::split_words;
use crate::commands::run::{BackendKind, EnclosureKind, Net, backend, net};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, HEADING, WARN, inert};

/// Options of `arc heal`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct HealArguments {
    /// The broken file; or `undo`, `log`, `stats`
    #[arg(value_name = "FILE", required_unless_present_any = ["from_output", "from_exception", "all"])]
    file: Option<PathBuf>,
    /// The session of `undo`
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// The command that fails, and succeeds once the file is well
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
    /// What a command printed that failed, kept in a file (`-`: standard input); the file it blames is healed when none is named
    #[arg(long, value_name = "OUTPUT")]
    from_output: Option<PathBuf>,
    /// An exception as JSON (`-`: standard input), as services keep it; the file is healed in which it was raised when none is named
    #[arg(long, value_name = "REPORT", conflicts_with = "from_output")]
    from_exception: Option<PathBuf>,
    /// Heal every file that its language cannot read, and what the command blames; all of them are written or none
    #[arg(long, conflicts_with_all = ["file", "session", "from_output", "from_exception", "llm"])]
    all: bool,
    /// With `--all` and no command: write nothing unless every broken file has a repair
    #[arg(long, requires = "all")]
    all_or_nothing: bool,
    /// Put a proved repair in place without asking: `--approve all`
    #[arg(long)]
    yes: bool,
    /// Who says yes to a proved repair [default: each]
    #[arg(long, value_name = "WHO", env = "ARC_HEAL_APPROVE")]
    approve: Option<Approver>,
    /// Show the repair and its evidence, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Repairs that the command may be run with [default: 12]
    #[arg(long, value_name = "N", env = "ARC_HEAL_MAX_ATTEMPTS")]
    max_attempts: Option<u32>,
    /// Ask the configured model when no rule knows a repair; what it proposes is proved like all others
    #[arg(long)]
    llm: bool,
    /// Use rules only, no model: what is done unless --llm asks for one
    #[arg(long, conflicts_with = "llm")]
    no_llm: bool,
    /// A command that has to print with a repair what it prints without it, where it succeeds without; split into words without a shell
    #[arg(long, value_name = "CMD", value_parser = words)]
    also: Vec<Words>,
    /// Take a repair that parses although the command does not show that it is right
    #[arg(long)]
    accept_unproved: bool,
    /// Run the command without a sandbox, in a private copy of the project, with all your rights and variables
    #[arg(long)]
    unsandboxed: bool,
    /// What has to stand between the command and the machine; refused where that cannot be had
    #[arg(
        long,
        value_name = "KIND",
        default_value = "strongest",
        conflicts_with = "unsandboxed"
    )]
    enclosure: EnclosureKind,
    /// Who encloses the command: this program, bubblewrap, or a container of Docker or Podman
    #[arg(
        long,
        value_name = "WHO",
        default_value = "own",
        conflicts_with = "unsandboxed"
    )]
    backend: BackendKind,
    /// The image of the container; one that the engine has
    #[arg(long, value_name = "NAME", required_if_eq("backend", "docker"))]
    image: Option<String>,
    /// A folder with wheels that missing packages may be installed from, into an environment of the project
    #[arg(long, value_name = "DIR")]
    wheels: Vec<PathBuf>,
    /// What the command may connect to: `none` but itself, whatever this `host` can, or these hosts by a proxy
    #[arg(long, value_name = "NET", default_value = "none", value_parser = net, conflicts_with = "unsandboxed")]
    net: Net,
    /// How often the command is run again, after 1, 2, 4 … seconds, when a network or a time-out made it fail [default: 3]
    #[arg(long, value_name = "N", env = "ARC_HEAL_RETRIES", value_parser = clap::value_parser!(u32).range(0..=8))]
    retries: Option<u32>,
    /// Leave out the tests that the graph names for a repair
    #[arg(long)]
    no_tests: bool,
    /// Allow a test to be changed
    #[arg(long)]
    tests: bool,
    /// Seconds that the command may take [default: 600]
    #[arg(long, value_name = "SECONDS", env = "ARC_HEAL_WALL")]
    wall: Option<u64>,
    /// Seconds that the session may take, all in all; what is not proved then is left as it is [default: no end]
    #[arg(long, value_name = "SECONDS", env = "ARC_HEAL_BUDGET")]
    budget: Option<u64>,
    /// With `log`: print the incidents as one JSON object
    #[arg(long, conflicts_with = "all")]
    changelog: bool,
    /// With `log`: print sessions as spans and metrics of OpenTelemetry (OTLP as JSON, a line each)
    #[arg(long, conflicts_with_all = ["all", "changelog"])]
    otlp: bool,
    /// With `log --otlp`: send them to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, instead of printing
    #[arg(long, requires = "otlp")]
    send: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Who says yes.
#[derive(Clone, Copy, ValueEnum)]
enum Approver {
    /// You, asked on the terminal
    Each,
    /// Nobody need be asked
    All,
    /// Nobody: nothing is written
    None,
}

impl From<Approver> for Approval {
    fn from(approver: Approver) -> Approval {
        match approver {
            Approver::Each => Approval::Each,
            Approver::All => Approval::All,
            Approver::None => Approval::None,
        }
    }
}

const AFTER_HELP: &str = "\
  arc heal src/app.py -- python -m pytest -q    repair the file so that the command succeeds
  arc heal --from-output ci.log -- make test    what went wrong is known already
  arc heal --from-exception event.json -- CMD   an exception as a service keeps it
  arc heal FILE --llm -- CMD                    with the configured model where no rule knows a repair
  arc heal --all -- make test                   every file that is broken, in one session
  arc heal undo SESSION                         take a repair back
  arc heal log                                  what was done, checked for tampering
  arc heal log --changelog                      the same as one JSON object, incident by incident
  arc heal log --otlp                           the same for OpenTelemetry, for a collector that reads files
  arc heal log --otlp --send                    sent to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names
  arc heal stats                                how often it worked

Exit codes: 0 healed, or nothing to heal; 1 not healed; 2 wrong usage; 5 refused. Unless it is 0 every file is as it was found.";

/// Lines that are shown of each other repair that is as good.
const MOST_RIVAL_LINES: usize = 4;
/// Of a longer output the end says what went wrong.
const MOST_OUTPUT: usize = 8 << 20;
/// A longer report is no report of one exception, and as a value it takes ten times its size.
const MOST_REPORT: u64 = 32 << 20;

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
                    "session {} was cut short; {} is as it was before it",
                    recovered.session, recovered.path
                )
            }
            None => format!(
                "session {} was cut short, and {} was changed since; it was left as it is",
                recovered.session, recovered.path
            ),
        });
    }
    let verb = arguments.file.as_deref().and_then(Path::to_str);
    let is_told = arguments.from_output.is_some() || arguments.from_exception.is_some();
    match verb.filter(|_| arguments.command.is_empty() && !is_told) {
        Some("undo") => return take_back(arguments, &root, context),
        Some("log") if arguments.changelog => {
            let view = changelog(&read_log(&root)?);
            context.out.json(&view)?;
            return Ok(if view.metadata.is_whole {
                Outcome::Done
            } else {
                Outcome::No
            });
        }
        Some("log") if arguments.send => return send_log(&root, context),
        Some("log") if arguments.otlp => {
            let told = read_log(&root)?;
            for line in otlp(&told) {
                writeln!(context.out, "{line}")?;
            }
            return Ok(if told.broken_at.is_none() {
                Outcome::Done
            } else {
                Outcome::No
            });
        }
        Some("log") => return show_log(&root, arguments.json, context),
        Some("stats") => return show_stats(&root, arguments.json, context),
        Some(file) => {
            return Err(Failure::Usage {
                message: "no command tells whether the file is well".to_owned(),
                hints: vec![format!(
                    "`arc heal {file} -- COMMAND`, with the command that fails"
                )],
            });
        }
        None => {}
    }
    let settings = HealSettings::read(&root)?;
    let patient = patient(arguments, root, context)?;
    if arguments.all {
        return heal_project(arguments, &settings, &patient, context);
    }
    let report = heal_file(arguments, &settings, &patient, context)?;
    if report.result == HealResult::Healed && !arguments.dry_run {
        keep_incidents(&patient.root, &report.session, &[&report], context);
    }
    if arguments.json {
        context.out.json(&report)?;
    } else {
        show(&report, context)?;
    }
    if !arguments.dry_run {
        send_session(&patient.root, &report.session, context);
    }
    Ok(outcome(report.result))
}

/// Heals one file, with the model where it is asked for.
fn heal_file(
    arguments: &HealArguments,
    settings: &HealSettings,
    patient: &Patient,
    context: &Context,
) -> Result<HealReport, Failure> {
    let (mut runner, approval) = prepared(arguments, settings, patient)?;
    let mut model = match arguments.llm {
        true => Some(ModelFixer::new(&patient.root, context)?),
        false => None,
    };
    let means = Means {
        runner: runner.as_mut(),
        fixer: model.as_mut().map(|model| model as &mut dyn Fixer),
        on_event: None,
    };
    let options = options(arguments, settings, patient);
    Ok(heal(
        patient,
        &options,
        means,
        &mut |report| match approval {
            Approval::All => true,
            Approval::Each => asks(&[report]),
            Approval::None => false,
        },
    )?)
}

/// Heals everything that is broken in the project.
fn heal_project(
    arguments: &HealArguments,
    settings: &HealSettings,
    patient: &Patient,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let (mut runner, approval) = prepared(arguments, settings, patient)?;
    let report = heal_all(
        patient,
        &options(arguments, settings, patient),
        runner.as_mut(),
        &mut |report| match approval {
            Approval::All => true,
            Approval::Each => asks(&report.files.iter().collect::<Vec<_>>()),
            Approval::None => false,
        },
    )?;
    if report.result == HealResult::Healed && !arguments.dry_run {
        let files: Vec<_> = report.files.iter().collect();
        keep_incidents(&patient.root, &report.session, &files, context);
    }
    if !arguments.dry_run {
        send_session(&patient.root, &report.session, context);
    }
    if arguments.json {
        context.out.json(&report)?;
        return Ok(outcome(report.result));
    }
    for file in &report.files {
        show(file, context)?;
    }
    let style = style(report.result);
    let message = inert(&report.message);
    writeln!(context.out, "{style}{message}{style:#}")?;
    if report.result == HealResult::Healed && !arguments.dry_run {
        say_undo(&report.session, context)?;
    }
    Ok(outcome(report.result))
}

/// Where the command runs, and who says yes; an error when the project does not allow the command.
fn prepared(
    arguments: &HealArguments,
    settings: &HealSettings,
    patient: &Patient,
) -> Result<(Box<dyn Runner>, Approval), Failure> {
    if !patient.command.is_empty() && !settings.allows(&patient.command) {
        let command = patient.command.join(OsStr::new(" "));
        let command = command.to_string_lossy().into();
        return Err(HealError::NotAllowed { command }.into());
    }
    for words in kept(arguments, settings) {
        let command: Vec<OsString> = words.iter().map(OsString::from).collect();
        if !settings.allows(&command) {
            let command = words.join(" ");
            return Err(HealError::NotAllowed { command }.into());
        }
    }
    let asked = arguments.approve.map(Approval::from);
    let approval = if arguments.yes {
        Approval::All
    } else {
        asked.or(settings.approve).unwrap_or(Approval::Each)
    };
    Ok((runner(arguments, patient)?, approval))
}

fn outcome(result: HealResult) -> Outcome {
    match result {
        HealResult::Healed | HealResult::NothingToHeal => Outcome::Done,
        HealResult::NotHealed => Outcome::No,
        HealResult::Refused => Outcome::Code(5),
    }
}

/// What is to be healed: the file that was named, or the one that an output blames.
fn patient(
    arguments: &HealArguments,
    root: PathBuf,
    context: &Context,
) -> Result<Patient, Failure> {
    let folder = context.folder().canonicalize().map_err(Failure::from)?;
    let told = match &arguments.from_exception {
        Some(path) => Some(exception(&folder, path, &root)?),
        None => None,
    };
    let output = match (&arguments.from_output, &told) {
        (Some(path), _) => Some(output(&folder, path)?),
        (None, told) => told.as_ref().map(|told| told.output.clone()),
    };
    let blamed = || match &told {
        Some(told) => told.file.as_ref().map(|file| root.join(file)),
        None => blamed_file(output.as_deref()?, &root),
    };
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None if arguments.all => PathBuf::new(),
        None => blamed().ok_or_else(|| {
            let what = told.as_ref().map_or("output", |_| "report");
            Failure::usage(format!(
                "the {what} blames no file of this project; name the one that is broken"
            ))
        })?,
    };
    Ok(Patient {
        folder,
        file,
        command: arguments.command.clone(),
        environment: std::env::vars_os().collect(),
        output,
        root,
    })
}

/// The bytes of a file (`-`: standard input), or the beginning that is one byte longer than may be.
fn bytes_of(folder: &Path, path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = most.saturating_add(1);
    let read = if path == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        File::open(folder.join(path)).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}

/// What a report in JSON says of this project.
fn exception(folder: &Path, path: &Path, root: &Path) -> Result<ToldException, Failure> {
    let bytes = bytes_of(folder, path, MOST_REPORT)?;
    let shown = path.display();
    if bytes.len() as u64 > MOST_REPORT {
        return Err(Failure::usage(format!(
            "{shown} is longer than {} MiB; hand in the one exception",
            MOST_REPORT >> 20
        )));
    }
    read_exception(&bytes, root)
        .map_err(|why| Failure::usage(format!("{shown} is no report of an exception: {why}")))
}

/// What somebody's command printed; its end, where it is long.
fn output(folder: &Path, path: &Path) -> Result<String, Failure> {
    let bytes = bytes_of(folder, path, u64::MAX)?;
    let start = bytes.len().saturating_sub(MOST_OUTPUT);
    Ok(String::from_utf8_lossy(&bytes[start..]).into_owned())
}

/// What was said on the command line, else in the settings of the project.
fn options(arguments: &HealArguments, settings: &HealSettings, patient: &Patient) -> Options {
    let usual = Options::default();
    let wall = arguments.wall.or(settings.wall);
    Options {
        dry_run: arguments.dry_run,
        max_attempts: arguments
            .max_attempts
            .or(settings.max_attempts)
            .unwrap_or(usual.max_attempts),
        accept_unproved: arguments.accept_unproved,
        all_or_nothing: arguments.all_or_nothing,
        changes_tests: arguments.tests,
        protected: settings.protected.iter().map(PathBuf::from).collect(),
        wheels: arguments
            .wheels
            .iter()
            .map(|folder| patient.folder.join(folder))
            .chain(settings.wheels.iter().map(PathBuf::from))
            .collect(),
        packages: settings.packages.clone(),
        runs_tests: !arguments.no_tests,
        commands: settings.commands.clone(),
        keep: kept(arguments, settings),
        retries: arguments
            .retries
            .or(settings.retries.map(|retries| retries.min(8)))
            .unwrap_or(usual.retries),
        wall: wall.map_or(usual.wall, Duration::from_secs),
        budget: arguments
            .budget
            .or(settings.budget)
            .map(Duration::from_secs),
    }
}

/// A command in one argument.
#[derive(Clone)]
struct Words(Vec<String>);

fn words(line: &str) -> Result<Words, String> {
    split_words(line).map(Words).map_err(str::to_owned)
}

/// Commands whose output has to stay what it is.
fn kept(arguments: &HealArguments, settings: &HealSettings) -> Vec<Vec<String>> {
    let own = arguments.also.iter().map(|words| words.0.clone());
    own.chain(
        settings
            .keep
            .iter()
            .filter(|words| !words.is_empty())
            .cloned(),
    )
    .collect()
}

/// Where the command runs.
fn runner(arguments: &HealArguments, patient: &Patient) -> Result<Box<dyn Runner>, Failure> {
    let (root, folder) = (&patient.root, &patient.folder);
    let (command, environment) = (&patient.command, &patient.environment);
    let runner: Box<dyn Runner> = if arguments.unsandboxed {
        let plain = PlainRunner::new(root, folder, command, environment);
        Box::new(plain.map_err(HealError::from)?)
    } else {
        let sandbox = SandboxRunner::new(root, folder, command, environment);
        let Net { network, hosts } = arguments.net.clone();
        let by = backend(arguments.backend, (arguments.image.clone(), None), root)?;
        let sandbox = sandbox
            .enclosed(arguments.enclosure.into())
            .by(by, environment);
        Box::new(sandbox.connected(network, hosts))
    };
    Ok(runner)
}

/// Asks on the terminal; without one nobody says yes.
fn asks(reports: &[&HealReport]) -> bool {
    let mut input = std::io::stdin().lock();
    let mut error = std::io::stderr().lock();
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let fixes = reports.iter().filter_map(|report| report.fix.as_ref());
    let diff: String = fixes.map(|fix| fix.diff.as_str()).collect();
    let mut answer = String::new();
    // A terminal that cannot be written to or read from has not said yes.
    write!(error, "{}\nput it in place? [y/N] ", inert_lines(&diff))
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
        // The reason is often the same: what tells them apart is the line.
        let lines = rival.diff.lines().skip(3);
        let changed = lines.filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++"));
        for line in changed.take(MOST_RIVAL_LINES) {
            let style = if line.starts_with('+') { GOOD } else { BAD };
            writeln!(out, "{style}{}{style:#}", inert(line))?;
        }
    }
    // One of several files is not written by itself.
    if report.file.is_some() {
        return Ok(());
    }
    let style = style(report.result);
    writeln!(out, "{style}{}{style:#}", inert(&report.message))?;
    if report.result == HealResult::Healed && report.message == "healed" {
        say_undo(&report.session, context)?;
    }
    Ok(())
}

fn style(result: HealResult) -> anstyle::Style {
    match result {
        HealResult::Healed | HealResult::NothingToHeal => GOOD,
        HealResult::NotHealed | HealResult::Refused => WARN,
    }
}

fn say_undo(session: &str, context: &mut Context) -> Result<(), Failure> {
    Ok(writeln!(
        context.out,
        "{DIM}`arc heal undo {session}` takes it back{DIM:#}"
    )?)
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
    keep_rejected(&context.graph_path(root), session, context);
    keep_undone(&context.graph_path(root), session, context);
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

/// What `arc heal stats --json` prints.
#[derive(Serialize)]
struct StatsReport {
    #[serde(flatten)]
    stats: Stats,
    /// Changes that a model made up.
    made: MadeStats,
}

fn show_stats(root: &Path, json: bool, context: &mut Context) -> Result<Outcome, Failure> {
    let stats = arc_heal::stats(&read_log(root)?);
    let made = MadeStats::of(&sessions(root));
    if json {
        context.out.json(&StatsReport { stats, made })?;
        return Ok(Outcome::Done);
    }
    writeln!(
        context.out,
        "{} incidents, {} healed, {} flaky, {} left to a person",
        stats.incidents, stats.healed, stats.flaky, stats.manual
    )?;
    if let Some([half, most]) = stats.time_to_heal {
        writeln!(
            context.out,
            "healed within {half} ms (half of them), {most} ms (19 of 20); {} taken back later, {} proposals of a model refused",
            stats.taken_back, stats.refused
        )?;
    }
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
    for band in &stats.confidence {
        writeln!(
            context.out,
            "  confidence from {:.1}: {} of {} kept; {:.2} was said, {:.2} is what holds here",
            band.from, band.kept, band.repairs, band.said, band.calibrated
        )?;
    }
    if made.sessions > 0 {
        let told = |value: Option<f64>| value.unwrap_or_default();
        writeln!(
            context.out,
            "changes by a model: {} of {} accepted; for one {:.1} repairs, {:.1} s until it was, score {:.2}",
            made.accepted,
            made.sessions,
            told(made.repairs_per_session),
            told(made.seconds_to_accept),
            told(made.confidence)
        )?;
    }
    Ok(Outcome::Done)
}

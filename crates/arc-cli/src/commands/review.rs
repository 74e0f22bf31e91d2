//! `arc review`.

use std::path::{Path, PathBuf};

use arc_agents::{
    Baseline, Budget, Finding, ModelSettings, Review, ReviewReport, Severity, Subject, open_model,
    review, review_prompt, review_with, sarif, shown_prompt,
};
use arc_project::{FeedbackRow, FeedbackVerdict, commit_changes, find_pull, tree_as_of};
use clap::Args;
use std::io::Write as _;

use super::feedback::keep_feedback;
use super::review_formats;
use super::targets::{Asked, TargetArguments, note};
use super::tickets::variable;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, HEADING, Output, WARN, count, grouped, inert};

/// The baseline that is used without being named.
const BASELINE: &str = "arc-baseline.json";
/// Places of a finding that are printed.
const SHOWN_EVIDENCE: usize = 3;

/// Options of `arc review`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReviewArguments {
    #[command(flatten)]
    targets: TargetArguments,
    /// A pull request by its number, as far as its commits are in this clone
    #[arg(long, value_name = "N", conflicts_with_all = ["targets", "diff", "staged", "at"])]
    pr: Option<u32>,
    /// Tell only findings that are so severe, or worse
    #[arg(long, default_value = "low", value_name = "SEVERITY", value_parser = Severity::NAMES)]
    min_severity: String,
    /// End with 1 when a finding is so severe, or worse
    #[arg(long, value_name = "SEVERITY", value_parser = Severity::NAMES)]
    fail_on: Option<String>,
    /// Findings that are not told again [default: arc-baseline.json in the root, when it is there]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline, and tell none
    #[arg(long)]
    write_baseline: bool,
    /// Have the configured model explain findings and add its own, each at lines that it was shown
    #[arg(long)]
    with_model: bool,
    /// Print what --with-model would send, and send nothing
    #[arg(long)]
    show_prompt: bool,
    /// How to print
    #[arg(long, default_value = "human", value_name = "FORMAT",
        value_parser = ["human", "json", "markdown", "sarif", "github"])]
    format: String,
    /// Print one JSON object
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

const AFTER_HELP: &str = "\
  arc review --diff              what differs from HEAD: broken callers, forgotten files, untested code, secrets …
  arc review --diff main         the whole branch
  arc review --staged --fail-on high
  arc review src/app.py          a file as it stands
  arc review --pr 12             a pull request that was merged, or fetched with `git fetch origin pull/12/head:refs/pull/12/head`
  arc review --diff main --format sarif > arc.sarif

Without --with-model no model is asked and nothing leaves the machine. Findings of severity info (hotspots, owners, public names that went)
are told with --min-severity info.";

/// Reviews and prints.
pub(crate) fn run(arguments: &ReviewArguments, context: &mut Context) -> Result<Outcome, Failure> {
    if let Some(number) = arguments.pr {
        return of_pull(number, arguments, context);
    }
    let asked = Asked::read(&arguments.targets)?;
    if asked.has_names() && asked.has_diff() {
        return Err(Failure::usage(
            "a change or files as they stand can be reviewed, not both at once",
        ));
    }
    let opened = context.open_at(arguments.targets.frozen, arguments.targets.at.as_deref())?;
    let found = asked.find(&opened)?;
    note(&found, context);
    let subject = match &found.changes {
        Some(changes) => Subject::of_changes(&opened.graph, &opened.root, changes)?,
        None => Subject::of_targets(&opened.graph, &opened.root, &found.targets)?,
    };
    let told = tell(&subject, &opened.root, arguments, context)?;
    let graph = opened.graph.path().to_owned();
    // Whoever reads the graph keeps it from being written.
    drop(opened);
    keep_feedback(&graph, told.silenced, context);
    Ok(told.outcome)
}

/// Reviews a pull request as it is in the clone: its newest commit against the one that it starts from.
fn of_pull(
    number: u32,
    arguments: &ReviewArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let opened = context.open(arguments.targets.frozen)?;
    let pull = find_pull(&opened.graph, &opened.root, number)?;
    let graph = opened.graph.path().to_owned();
    let root = opened.root;
    drop(opened.graph);
    let past = context.past(&root, &pull.head.to_string(), arguments.targets.frozen)?;
    let changes = commit_changes(&root, &pull.base, &past)?;
    let tree = context.watched(|watcher| tree_as_of(&root, &graph, pull.head, watcher))?;
    let place = tree.root();
    let subject = Subject::of_changes(&past.graph, &place, &changes)?;
    context.note(&format!(
        "pull request {number}{}: {}, {}",
        pull.title
            .map_or_else(String::new, |title| format!(" «{}»", inert(&title))),
        changes.against,
        if pull.is_merged {
            "as it was merged"
        } else {
            "not in the history of HEAD"
        }
    ));
    let told = tell(&subject, &root, arguments, context)?;
    keep_feedback(&graph, told.silenced, context);
    Ok(told.outcome)
}

/// What a review came to.
struct Told {
    outcome: Outcome,
    /// Findings that are not to be told again, from now on.
    silenced: Vec<FeedbackRow>,
}

/// Reviews a subject and prints what there is to say. The baseline is that of the project at `root`.
fn tell(
    subject: &Subject<'_>,
    root: &Path,
    arguments: &ReviewArguments,
    context: &mut Context,
) -> Result<Told, Failure> {
    let told = |outcome| Told {
        outcome,
        silenced: Vec::new(),
    };
    let mut answer = review(subject)?;
    let place = baseline_place(arguments, root);
    if arguments.write_baseline {
        return write_baseline(&place, &answer, context);
    }
    if arguments.baseline.is_some() || place.is_file() {
        answer.silence(&Baseline::read(&place)?);
    }
    let least = severity(&arguments.min_severity);
    answer.keep_from(least);
    if arguments.show_prompt {
        let settings = ModelSettings::read(root, &variable);
        let request = review_prompt(subject, &answer)?;
        context
            .out
            .json(&shown_prompt(settings.as_ref().ok(), &request)?)?;
        return Ok(told(Outcome::Done));
    }
    if arguments.with_model {
        with_model(subject, root, &mut answer, context)?;
        answer.keep_from(least);
    }
    match arguments.format.as_str() {
        _ if arguments.json => context.out.json(&ReviewReport::new(subject, &answer))?,
        "json" => context.out.json(&ReviewReport::new(subject, &answer))?,
        "sarif" => context.out.json(&sarif(&answer))?,
        "markdown" => review_formats::markdown(&answer, &mut context.out)?,
        "github" => review_formats::annotations(&answer, &mut context.out)?,
        _ => human(&answer, &mut context.out)?,
    }
    summary(&answer, context);
    let fails = arguments.fail_on.as_deref().map(severity);
    Ok(told(match fails {
        Some(worst) if answer.has(worst) => Outcome::No,
        Some(_) | None => Outcome::Done,
    }))
}

/// Has the model say what it has to say, if there is something to say it of.
fn with_model(
    subject: &Subject<'_>,
    root: &Path,
    answer: &mut Review,
    context: &Context,
) -> Result<(), Failure> {
    let settings = ModelSettings::read(root, &variable)?;
    let model = open_model(&settings)?;
    let budget = Budget::new(&settings);
    let added = context.watched(|watcher| {
        watcher.attend();
        review_with((model.as_ref(), &budget), subject, answer, watcher)
    })?;
    context.note(&format!(
        "{}: {} explained, {} added, {} dropped that no shown line stands behind; {} tokens",
        model.name(),
        added.explained,
        added.added,
        added.dropped,
        grouped(budget.used())
    ));
    Ok(())
}

fn severity(name: &str) -> Severity {
    Severity::from_name(name).expect("the command line takes only names of severities")
}

fn baseline_place(arguments: &ReviewArguments, root: &Path) -> PathBuf {
    match &arguments.baseline {
        Some(path) => path.clone(),
        None => baseline_of(root),
    }
}

/// The baseline of a project, if it has one.
pub(super) fn baseline_of(root: &Path) -> PathBuf {
    root.join(BASELINE)
}

fn write_baseline(place: &Path, answer: &Review, context: &Context) -> Result<Told, Failure> {
    std::fs::write(place, Baseline::text_of(&answer.findings)).map_err(|error| {
        Failure::usage(format!(
            "cannot write the baseline {}: {error}",
            place.display()
        ))
    })?;
    let findings = count(answer.findings.len() as u64, "finding");
    context.note(&format!("{findings} written to {}", place.display()));
    let said = answer.findings.iter().map(|finding| FeedbackRow {
        time: 0,
        verdict: FeedbackVerdict::Silenced,
        about: finding.id.clone(),
        kind: finding.kind.as_str().to_owned(),
        path: finding.path.clone(),
        text: finding.message.clone(),
        diff: String::new(),
    });
    Ok(Told {
        outcome: Outcome::Done,
        silenced: said.collect(),
    })
}

fn human(answer: &Review, out: &mut Output) -> Result<(), Failure> {
    for finding in &answer.findings {
        let style = match finding.severity {
            Severity::High => BAD,
            Severity::Medium => WARN,
            Severity::Low => HEADING,
            Severity::Info => DIM,
        };
        writeln!(
            out,
            "{style}{:<6}{style:#} {}  {}  {DIM}{} {:.0} % {}{DIM:#}",
            finding.severity.as_str(),
            inert(&place(finding)),
            inert(&finding.message),
            finding.kind.as_str(),
            finding.confidence * 100.0,
            finding.id,
        )?;
        if let Some(explanation) = &finding.explanation {
            writeln!(out, "         {}", inert(explanation))?;
        }
        for evidence in finding.evidence.iter().take(SHOWN_EVIDENCE) {
            let (at, text) = (inert(&evidence.at), inert(&evidence.text));
            writeln!(out, "         {DIM}{at}  {text}{DIM:#}")?;
        }
        if finding.evidence.len() > SHOWN_EVIDENCE {
            let more = finding.evidence.len() - SHOWN_EVIDENCE;
            writeln!(out, "         {DIM}… and {more} more{DIM:#}")?;
        }
    }
    Ok(())
}

/// `path:line`, or the path.
pub(super) fn place(finding: &Finding) -> String {
    match finding.line {
        Some(line) => format!("{}:{line}", finding.path),
        None => finding.path.clone(),
    }
}

/// What a person is told beside the findings.
fn summary(answer: &Review, context: &Context) {
    let mut said = vec![if answer.findings.is_empty() {
        "nothing to say".to_owned()
    } else {
        count(answer.findings.len() as u64, "finding")
    }];
    if answer.below > 0 {
        said.push(format!(
            "{} less severe (--min-severity info)",
            answer.below
        ));
    }
    if answer.silenced > 0 {
        said.push(format!("{} in the baseline", answer.silenced));
    }
    if let Some(risk) = &answer.risk {
        said.push(format!("{} risk", risk.level.as_str()));
    }
    context.note(&said.join(", "));
}

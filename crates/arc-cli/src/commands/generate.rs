//! `arc generate`.

use std::path::PathBuf;

use arc_agents::{
    Budget, Improved, ModelSettings, Order, Session, SessionNote, SessionState, Texts, Tools,
    Workshop, improve, open_model, order_request, shown_prompt,
};
use arc_heal::session_name;
use arc_project::{AskError, FeedbackRow, FeedbackVerdict, find_target};
use clap::Args;
use serde_json::Value;

use super::ask::{repository, tools};
use super::feedback::keep_feedback;
use super::making::{
    FileReport, KeepArguments, Kept, Language, Maker, NewProject, ProofArguments, Teller, finish,
    impact_of, review_of, settings, told_impact, told_review,
};
use super::spec;
use super::tickets::variable;
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};

/// Reasons of a failed change that are remembered.
const MAX_REASONS: usize = 3;

/// Options of `arc generate`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct GenerateArguments {
    /// The file to change; without one the task says what, and several files may change
    #[arg(required_unless_present_any = ["task", "spec"], value_name = "FILE")]
    file: Option<String>,
    /// What to do, in plain words
    #[arg(long, value_name = "WORDS")]
    task: Option<String>,
    /// Write a new small project, in a folder of its own
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["file", "task", "review", "impact", "output"])]
    pub(super) spec: Option<String>,
    /// The language of --spec [default: python]
    #[arg(long, value_name = "LANGUAGE", requires = "spec")]
    pub(super) language: Option<Language>,
    /// The folder of --spec; one that holds something is refused [default: a new one named after the task]
    #[arg(long, value_name = "DIR", requires = "spec")]
    pub(super) out: Option<PathBuf>,
    /// Let the entry point of --spec run as well, with nothing to read
    #[arg(long, requires = "spec")]
    pub(super) execute: bool,
    /// Let a project of --spec that does not work be repaired, by rules and by further answers
    #[arg(long, requires = "spec")]
    pub(super) heal: bool,
    /// Further answers of --heal
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub(super) max_fix_attempts: u32,
    /// What `arc review --json` printed [default: it is asked now]
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,
    /// What `arc impact --json` printed [default: it is asked now]
    #[arg(long, value_name = "FILE")]
    impact: Option<PathBuf>,
    /// Answers of the model, at most
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20))]
    max_attempts: u32,
    #[command(flatten)]
    pub(super) proof: ProofArguments,
    #[command(flatten)]
    pub(super) keep: KeepArguments,
}

const AFTER_HELP: &str = "\
  arc generate src/app.py --review r.json --impact i.json --output /tmp/app.py
  arc generate --task \"load() takes an encoding, and all callers pass it\" --command \"pytest -q\"
  arc generate src/app.py --task \"simplify parse()\" --show-prompt
  arc generate --spec \"counts the words of a file\" --language rust --out words --execute --heal

A change is kept when every name in it exists, nothing else breaks, no test is weakened, and the command succeeds with it in the sandbox; what
fails goes back to the model. `arc heal undo SESSION` takes it back.

Exit codes: 0 kept; 1 not, and every file is as it was; 2 wrong usage or no model; 4 no answer; 5 refused.";

/// What the loop is asked for, by `generate` and `improve`.
pub(super) struct Job<'a> {
    pub(super) command: &'static str,
    pub(super) order: Order,
    pub(super) attempts: u32,
    pub(super) threshold: Option<f64>,
    pub(super) proof: &'a ProofArguments,
    pub(super) keep: &'a KeepArguments,
    /// What the agents before said, for the session.
    pub(super) said: [(&'static str, Option<Value>); 2],
    /// A session that goes on.
    pub(super) session: Option<Session>,
    /// The project that is made from nothing, if one is.
    pub(super) project: Option<NewProject>,
}

/// Has a change made, and keeps it.
pub(crate) fn run(
    arguments: &GenerateArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    if let Some(spec) = &arguments.spec {
        return spec::run(spec, arguments, context);
    }
    let opened = context.open(false)?;
    let mut order = Order {
        task: arguments.task.clone(),
        changes_tests: arguments.proof.tests,
        ..Order::default()
    };
    let mut said = [("review.json", None), ("impact.json", None)];
    if let Some(path) = &arguments.review {
        order.review = told_review(path, context)?;
    }
    if let Some(path) = &arguments.impact {
        order.impact = told_impact(path, context)?;
    }
    if let Some(file) = &arguments.file {
        let (order_, values) = order_of(
            file,
            &opened,
            order,
            (arguments.review.is_none(), arguments.impact.is_none()),
        )?;
        order = order_;
        said = values;
    } else if arguments.keep.output.is_some() {
        return Err(Failure::usage(
            "--output takes one file: name the FILE that is to be changed",
        ));
    }
    let job = Job {
        command: "generate",
        order,
        attempts: arguments.max_attempts,
        threshold: None,
        proof: &arguments.proof,
        keep: &arguments.keep,
        said,
        session: None,
        project: None,
    };
    work(job, opened, context)
}

type Said = [(&'static str, Option<Value>); 2];

/// The order of a file, with what a review and an impact say where nobody said it before.
pub(super) fn order_of(
    file: &str,
    opened: &Opened,
    mut order: Order,
    (asks_review, asks_impact): (bool, bool),
) -> Result<(Order, Said), Failure> {
    let target = find_target(&opened.graph, &opened.prefix, file)?;
    let path = target.node.path.clone().ok_or_else(|| AskError::Outside {
        target: file.to_owned(),
    })?;
    let mut said = [("review.json", None), ("impact.json", None)];
    if asks_review {
        let (value, told) = review_of(&opened.graph, &opened.root, &target)?;
        order.review = told;
        said[0].1 = Some(value);
    }
    if asks_impact {
        let (value, told) = impact_of(&opened.graph, &opened.root, &target)?;
        order.impact = told;
        said[1].1 = Some(value);
    }
    order.target = Some(path);
    Ok((order, said))
}

/// Runs the loop and keeps what it came to.
pub(super) fn work(
    job: Job<'_>,
    opened: Opened,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let keep = job.keep;
    let repository = repository(&opened);
    let call = |name: &str, value: Value| repository.text(name, value);
    // Where one file is named everything is shown, and from nothing there is nothing to look up.
    let looks_up = job.order.target.is_none() && job.project.is_none();
    let tools = looks_up.then(|| Tools {
        specs: tools(),
        call: &call,
    });
    if keep.show_prompt {
        let settings = ModelSettings::read(&opened.root, &variable);
        let specs = tools.as_ref().map_or(&[][..], |tools| &tools.specs);
        let request = order_request(&opened.graph, &opened.root, &job.order, specs)?;
        context
            .out
            .json(&shown_prompt(settings.as_ref().ok(), &request)?)?;
        return Ok(Outcome::Done);
    }
    let settings = settings(&opened.root)?;
    let model = open_model(&settings)?;
    let mut maker = maker(&job, &opened, context)?;
    let mut session = match job.session {
        Some(session) => session,
        None => begin(&job, &opened, (model.name(), &maker))?,
    };
    let budget = Budget::new(&settings);
    let found = context.watched(|watcher| {
        watcher.attend();
        let teller = Teller { context, watcher };
        let shop = Workshop {
            graph: &opened.graph,
            root: &opened.root,
            model: model.as_ref(),
            budget: &budget,
            tools: tools.as_ref(),
            watch: &teller,
            progress: watcher,
        };
        maker.with_hands(|hands| improve(&shop, &job.order, hands, &mut session))
    });
    if found.is_err() && job.command == "improve" {
        let name = &session.note.session;
        context.note(&format!(
            "the session is kept; `arc improve --resume {name}` goes on with it"
        ));
    }
    let found = found?;
    let files = match &found.tried {
        Some(tried) => file_reports(&maker, &session, &tried.texts())?,
        None => Vec::new(),
    };
    let kept = Kept {
        improved: &found,
        files: &files,
        model: model.name(),
        tokens: budget.used(),
        cost: budget.cost(),
    };
    let outcome = finish(&kept, (&mut session, &maker), keep, context)?;
    let said = said_of(&found, &session, (keep, outcome));
    let graph = opened.graph.path().to_owned();
    // Whoever reads the graph keeps it from being written.
    drop(maker);
    drop(tools);
    drop(repository);
    drop(opened);
    keep_feedback(&graph, said.into_iter().collect(), context);
    Ok(outcome)
}

/// How the files of a project from nothing did, with the attempts that each of them took.
fn file_reports(
    maker: &Maker<'_>,
    session: &Session,
    texts: &Texts,
) -> Result<Vec<FileReport>, Failure> {
    let mut files = maker.file_reports(texts)?;
    for number in 1..=session.note.done {
        let diff = session.read(&format!("candidate-{number}.diff"))?;
        let diff = diff.unwrap_or_default();
        for file in &mut files {
            let head = format!("+++ b/{}", file.path);
            file.attempts += u32::from(diff.lines().any(|line| line == head));
        }
    }
    Ok(files)
}

/// What is to be remembered of a change: that it was put in place, or why none was.
fn said_of(
    found: &Improved,
    session: &Session,
    (keep, outcome): (&KeepArguments, Outcome),
) -> Option<FeedbackRow> {
    let note = &session.note;
    let row = |verdict, path: String, text: String, diff: String| FeedbackRow {
        time: 0,
        verdict,
        about: note.session.clone(),
        kind: note.command.clone(),
        path,
        text,
        diff,
    };
    if keep.dry_run || keep.output.is_some() {
        return None;
    }
    if let (Outcome::Done, Some(change)) = (outcome, &found.accepted) {
        let path = change.files.first().map(|file| file.path.clone());
        return Some(row(
            FeedbackVerdict::Accepted,
            path.unwrap_or_default(),
            change.summary.clone(),
            change.diff(),
        ));
    }
    if found.accepted.is_some() || found.reasons.is_empty() {
        return None;
    }
    let mut text = note.task.clone().unwrap_or_default();
    for reason in found.reasons.iter().take(MAX_REASONS) {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(reason);
    }
    let path = note.target.clone().unwrap_or_default();
    Some(row(FeedbackVerdict::Failed, path, text, String::new()))
}

/// The hands of a job: what it may change, and how it is proved.
fn maker<'a>(job: &Job<'_>, opened: &'a Opened, context: &Context) -> Result<Maker<'a>, Failure> {
    let words = job.session.as_ref().map(|session| &*session.note.proof);
    let words = words.filter(|words| !words.is_empty());
    let mut maker = job.proof.maker(opened, context, words)?;
    if job.keep.output.is_some() {
        maker.only.clone_from(&job.order.target);
    }
    // A command that was named holds for every attempt.
    maker.project = job.project.filter(|_| maker.prover.is_none());
    maker.heals &= job.project.is_none_or(|project| project.heals);
    let target: Vec<String> = job.order.target.iter().cloned().collect();
    maker.choose(&target)?;
    Ok(maker)
}

fn begin(
    job: &Job<'_>,
    opened: &Opened,
    (model, maker): (&str, &Maker<'_>),
) -> Result<Session, Failure> {
    let session = Session::begin(
        &opened.root,
        SessionNote {
            schema: String::new(),
            session: session_name(),
            command: job.command.to_owned(),
            state: SessionState::Running,
            target: job.order.target.clone(),
            task: job.order.task.clone(),
            model: model.to_owned(),
            attempts: job.attempts,
            threshold: job.threshold,
            proof: maker.named_command(),
            changes_tests: job.order.changes_tests,
            done: 0,
            ms: 0,
            repairs: 0,
            best: None,
        },
    )?;
    for (name, value) in &job.said {
        if let Some(value) = value {
            session.write_json(name, value)?;
        }
    }
    Ok(session)
}

//! `arc feedback`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use arc_project::{
    Feedback, FeedbackRow, Standing, ask_feedback, day_of, forget_feedback, record_feedback,
    reject_feedback, time_text,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::context::{Context, PATIENCE};
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, WARN, count, inert};

/// How long another writer of the graph is waited for before something is left unsaid.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);

/// Options of `arc feedback`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct FeedbackArguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Forget what was said of sessions or findings
    Forget {
        /// What it is about, as `arc feedback` lists it
        #[arg(required_unless_present = "all", value_name = "ID")]
        about: Vec<String>,
        /// Everything
        #[arg(long, conflicts_with = "about")]
        all: bool,
    },
}

const AFTER_HELP: &str = "\
What people made of findings and of changes that a model made for them, in this project: changes that were accepted, edited afterwards or taken back
(`arc heal undo`), those that came to no good end, and findings that `arc review --write-baseline` silenced. It orders findings and goes into
prompts (docs/agents.md); nothing of it leaves the machine but by those prompts, and all of it can be forgotten.

  arc feedback
  arc feedback forget 20260105T101500Z-4711
  arc feedback forget --all";

/// What `arc feedback --json` prints.
#[derive(Serialize)]
struct FeedbackReport<'a> {
    schema: &'static str,
    /// How many of each standing.
    counts: BTreeMap<&'static str, u64>,
    /// Newest first.
    feedback: Vec<SaidReport<'a>>,
}

#[derive(Serialize)]
struct SaidReport<'a> {
    about: &'a str,
    standing: &'static str,
    time: String,
    kind: &'a str,
    path: &'a str,
    text: &'a str,
}

/// Lists what was said, or forgets it.
pub(crate) fn run(
    arguments: &FeedbackArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    if let Some(Verb::Forget { about, all }) = &arguments.verb {
        let graph = context.graph_path(&context.root()?);
        let about = (!all).then_some(about.as_slice());
        let forgotten = forget_feedback(&graph, about, PATIENCE)?;
        context.note(&format!("{} forgotten", count(forgotten as u64, "entry")));
        return Ok(if forgotten == 0 {
            Outcome::No
        } else {
            Outcome::Done
        });
    }
    let opened = context.open(true)?;
    let said = ask_feedback(&opened.graph, &opened.root)?;
    if arguments.json {
        context.out.json(&report(&said))?;
        return Ok(Outcome::Done);
    }
    for one in &said {
        let row = &one.row;
        let style = match one.standing {
            Standing::Accepted => GOOD,
            Standing::Edited | Standing::Silenced => WARN,
            Standing::Rejected | Standing::Failed => BAD,
        };
        writeln!(
            context.out,
            "{style}{:<8}{style:#} {}  {}  {DIM}{} {} {}{DIM:#}",
            one.standing.as_str(),
            inert(&row.path),
            inert(row.text.lines().next().unwrap_or("")),
            inert(&row.kind),
            day_of(row.time),
            inert(&row.about),
        )?;
    }
    if said.is_empty() {
        context.note("nothing was said yet");
    }
    Ok(Outcome::Done)
}

fn report(said: &[Feedback]) -> FeedbackReport<'_> {
    let mut counts = BTreeMap::new();
    for one in said {
        *counts.entry(one.standing.as_str()).or_default() += 1;
    }
    let feedback = said.iter().map(|one| SaidReport {
        about: &one.row.about,
        standing: one.standing.as_str(),
        time: time_text(one.row.time),
        kind: &one.row.kind,
        path: &one.row.path,
        text: &one.row.text,
    });
    FeedbackReport {
        schema: "arc.feedback/1",
        counts,
        feedback: feedback.collect(),
    }
}

/// Writes down what was said. That it could not be is told, and nothing else fails with it.
pub(super) fn keep_feedback(graph: &Path, rows: Vec<FeedbackRow>, context: &Context) {
    if !rows.is_empty()
        && let Err(error) = record_feedback(graph, rows, SHORT_PATIENCE)
    {
        context.note(&format!("not written down for `arc feedback`: {error}"));
    }
}

/// Writes down that a change was taken back, if it is one that was written down.
pub(super) fn keep_rejected(graph: &Path, session: &str, context: &Context) {
    if graph.exists()
        && let Err(error) = reject_feedback(graph, session, SHORT_PATIENCE)
    {
        context.note(&format!("not written down for `arc feedback`: {error}"));
    }
}

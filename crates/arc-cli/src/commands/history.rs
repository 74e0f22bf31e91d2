//! `arc history`.

use std::collections::BTreeSet;
use std::io::Write as _;

use arc_project::{
    EventKind, HistoryAnswer, HistoryOptions, HistoryReport, HistorySummary, Looked, NamedPlace,
    ToldEvent, ask_history, day_of, told_incidents,
};
use clap::Args;

use super::day;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, GOOD, HEADING, WARN, count, inert, inert_markdown};

/// Incidents that are told.
const MAX_INCIDENTS: usize = 5;

/// Authors that are named.
const MAX_AUTHORS: usize = 4;

/// Options of `arc history`.
#[derive(Args)]
pub(crate) struct HistoryArguments {
    /// A file or a symbol, also one that is gone (src/app.py::Config.load)
    target: String,
    /// Changes that left name and place alone, the newest N; 0 for all
    #[arg(long, default_value_t = 50, value_name = "N")]
    max: usize,
    /// Only commits from this day on, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Up to this commit, with what was there then
    #[arg(long, value_name = "COMMIT")]
    at: Option<String>,
    /// How to print: for people, one JSON object, or Markdown
    #[arg(long, default_value = "human", value_parser = ["human", "json", "markdown"], value_name = "FORMAT")]
    format: String,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Tells what became of a file or a symbol.
pub(crate) fn run(arguments: &HistoryArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let options = HistoryOptions {
        max: arguments.max,
        since: arguments.since.as_deref().map(day).transpose()?,
        at: arguments.at.clone(),
    };
    let opened = context.open(arguments.frozen)?;
    let question = (opened.prefix.as_str(), arguments.target.as_str());
    let answer = ask_history(&opened.graph, &opened.root, question, &options)?;
    let outcome = if answer.events.is_empty() && answer.looked.is_none() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json || arguments.format == "json" {
        context.out.json(&HistoryReport::new(&answer))?;
        return Ok(outcome);
    }
    if arguments.format == "markdown" {
        markdown(context, &answer)?;
    } else {
        timeline(context, &answer)?;
    }
    for note in notes(&answer, arguments) {
        context.note(&note);
    }
    for incident in told_incidents(&opened.graph, &paths(&answer, arguments), MAX_INCIDENTS)? {
        context.note(&format!("broke before: {}", inert(&incident)));
    }
    Ok(outcome)
}

/// Every path that it had.
fn paths<'a>(answer: &'a HistoryAnswer, arguments: &'a HistoryArguments) -> BTreeSet<&'a str> {
    let named = answer
        .events
        .iter()
        .flat_map(|event| [&event.from, &event.to]);
    let named = named.flatten().map(|place| place.path.as_str());
    let target = arguments.target.split("::").next();
    named.chain(target).collect()
}

/// What a reader must know besides the events.
fn notes(answer: &HistoryAnswer, arguments: &HistoryArguments) -> Vec<String> {
    let mut notes = Vec::new();
    if answer.events.is_empty() {
        let since = arguments.since.as_deref().map(inert);
        let since = since.map_or_else(String::new, |day| format!(" since {day}"));
        notes.push(format!("no commit{since} tells anything of this"));
    }
    if answer.is_uncommitted {
        notes.push("what is there now is not committed yet".to_owned());
    }
    if let (Some(at), None) = (&arguments.at, &answer.looked) {
        notes.push(format!("it was not there in {}", inert(at)));
    }
    if answer.is_cut {
        notes.push(
            "the clone is shallow: there are earlier commits elsewhere (git fetch --unshallow)"
                .to_owned(),
        );
    }
    if answer.is_partial {
        notes.push("not everything could be read: there may be earlier events".to_owned());
    }
    if answer.total > answer.events.len() {
        let more = answer.total - answer.events.len();
        notes.push(format!(
            "… and {} (--max 0 shows all)",
            count(more as u64, "earlier change")
        ));
    }
    notes
}

/// The events of one commit.
fn by_commit(events: &[ToldEvent]) -> Vec<&[ToldEvent]> {
    events
        .chunk_by(|one, other| one.commit == other.commit)
        .collect()
}

/// `moved, body`.
fn kinds(events: &[ToldEvent]) -> String {
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    kinds.join(", ")
}

/// `a.py::old → b.py::new`, when either changed.
fn way(events: &[ToldEvent]) -> Option<(String, String)> {
    let event = events.iter().find(|event| event.kind.is_about_identity())?;
    let (from, to) = (event.from.as_ref()?, event.to.as_ref()?);
    let text = |place: &NamedPlace, other: &NamedPlace| match &place.symbol {
        Some(symbol) if place.path == other.path => symbol.clone(),
        Some(symbol) if Some(symbol) != other.symbol.as_ref() => {
            format!("{} {symbol}", place.path)
        }
        Some(_) | None => place.path.clone(),
    };
    Some((text(from, to), text(to, from)))
}

/// `+3 −1`, when lines were counted.
fn lines(events: &[ToldEvent]) -> String {
    let (added, deleted) = events
        .iter()
        .filter_map(|event| event.lines)
        .fold((0, 0), |sum, lines| (sum.0 + lines.0, sum.1 + lines.1));
    match (added, deleted) {
        (0, 0) => String::new(),
        (added, 0) => format!("+{added}"),
        (0, deleted) => format!("−{deleted}"),
        (added, deleted) => format!("+{added} −{deleted}"),
    }
}

fn title(answer: &HistoryAnswer) -> (String, String) {
    let symbol = answer.place.symbol.clone().unwrap_or_default();
    let path = &answer.place.path;
    let place = answer
        .line
        .map_or_else(|| path.clone(), |line| format!("{path}:{line}"));
    (place, symbol)
}

/// `12 commits by 3 people, 4 pull requests, 2 fixes, +120 −30 lines`.
fn sums(summary: &HistorySummary) -> String {
    let people = summary.authors.len() as u64;
    let people = if people == 1 {
        "1 person".to_owned()
    } else {
        format!("{people} people")
    };
    let mut parts = vec![format!(
        "{} by {people}",
        count(summary.commits as u64, "commit")
    )];
    if summary.pull_requests > 0 {
        parts.push(count(summary.pull_requests as u64, "pull request"));
    }
    if summary.fixes > 0 {
        let noun = if summary.fixes == 1 { "fix" } else { "fixes" };
        parts.push(format!("{} {noun}", summary.fixes));
    }
    if summary.added + summary.deleted > 0 {
        parts.push(format!("+{} −{} lines", summary.added, summary.deleted));
    }
    parts.join(", ")
}

/// `Ada 7, Grace 2`.
fn authors(summary: &HistorySummary) -> String {
    let shown = summary.authors.iter().take(MAX_AUTHORS);
    let shown: Vec<String> = shown
        .map(|(name, commits)| format!("{} {commits}", inert(name)))
        .collect();
    let more = summary.authors.len().saturating_sub(MAX_AUTHORS);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", shown.join(", "))
}

fn timeline(context: &mut Context, answer: &HistoryAnswer) -> Result<(), Failure> {
    let (place, symbol) = title(answer);
    let out = &mut context.out;
    writeln!(
        out,
        "{HEADING}{}{HEADING:#}  {DIM}{}{DIM:#}",
        inert(&place),
        inert(&symbol)
    )?;
    if !answer.events.is_empty() {
        let summary = &answer.summary;
        writeln!(out, "{}", sums(summary))?;
        writeln!(out, "{DIM}{}{DIM:#}", authors(summary))?;
    }
    for events in by_commit(&answer.events) {
        commit_lines(context, events)?;
    }
    if let Some(looked) = &answer.looked {
        source(context, looked)?;
    }
    Ok(())
}

fn commit_lines(context: &mut Context, events: &[ToldEvent]) -> Result<(), Failure> {
    let out = &mut context.out;
    let event = &events[0];
    let fix = if event.is_fix {
        format!("  {WARN}fix{WARN:#}")
    } else {
        String::new()
    };
    let id = event.commit.to_string();
    writeln!(out, "{DIM}│{DIM:#}")?;
    writeln!(
        out,
        "● {GOOD}{}{GOOD:#}  {}  {}  {DIM}{}  {}{DIM:#}{fix}",
        kinds(events),
        day_of(event.time),
        inert(&event.author),
        &id[..10],
        lines(events),
    )?;
    writeln!(
        out,
        "{DIM}│{DIM:#}   {HEADING}{}{HEADING:#}",
        inert(&event.subject)
    )?;
    if let Some((from, to)) = way(events) {
        writeln!(out, "{DIM}│{DIM:#}   {} → {}", inert(&from), inert(&to))?;
    }
    if let Some(pull) = &event.pull_request {
        let url = pull.url.as_deref().unwrap_or("");
        writeln!(
            out,
            "{DIM}│{DIM:#}   pull request {}  {}  {DIM}{}{DIM:#}",
            inert(&pull.name),
            inert(pull.title.as_deref().unwrap_or("")),
            inert(url)
        )?;
    }
    Ok(())
}

/// What was there, with its lines.
fn source(context: &mut Context, looked: &Looked) -> Result<(), Failure> {
    let out = &mut context.out;
    let id = looked.commit.to_string();
    writeln!(
        out,
        "\n{HEADING}{}:{}{HEADING:#}  {DIM}{}  as of {}{DIM:#}",
        inert(&looked.place.path),
        looked.line,
        inert(looked.place.symbol.as_deref().unwrap_or("")),
        &id[..10]
    )?;
    let last = looked.line as usize + looked.text.lines().count();
    let width = last.to_string().len();
    for (number, line) in (looked.line..).zip(looked.text.lines()) {
        let line = line.replace('\t', "    ");
        writeln!(out, "{DIM}{number:>width$} │{DIM:#} {}", inert(&line))?;
    }
    Ok(())
}

fn markdown(context: &mut Context, answer: &HistoryAnswer) -> Result<(), Failure> {
    let (place, symbol) = title(answer);
    let out = &mut context.out;
    let symbol = if symbol.is_empty() {
        String::new()
    } else {
        format!(" ({})", inert_markdown(&symbol))
    };
    writeln!(
        out,
        "### History of `{}`{symbol}",
        inert(&place).replace('`', "'")
    )?;
    if !answer.events.is_empty() {
        writeln!(
            out,
            "\n{}: {}\n",
            sums(&answer.summary),
            inert_markdown(&authors(&answer.summary))
        )?;
    }
    for events in by_commit(&answer.events) {
        let event = &events[0];
        let id = event.commit.to_string();
        let commit = match &event.url {
            Some(url) => format!("[`{}`]({url})", &id[..10]),
            None => format!("`{}`", &id[..10]),
        };
        let pull = event.pull_request.as_ref().map_or(String::new(), |pull| {
            let name = inert_markdown(&pull.name);
            match &pull.url {
                Some(url) => format!(", [{name}]({url})"),
                None => format!(", {name}"),
            }
        });
        let way = way(events).map_or(String::new(), |(from, to)| {
            format!(": {} → {}", inert_markdown(&from), inert_markdown(&to))
        });
        let identity = events
            .iter()
            .any(|event| matches!(event.kind, EventKind::Created | EventKind::Deleted));
        writeln!(
            out,
            "- {} **{}**{} by {} in {commit}{pull}: {}",
            day_of(event.time),
            kinds(events),
            if identity { String::new() } else { way },
            inert_markdown(&event.author),
            inert_markdown(&event.subject)
        )?;
    }
    if let Some(looked) = &answer.looked {
        let fence = "`".repeat(longest_run(&looked.text).max(2) + 1);
        let id = looked.commit.to_string();
        writeln!(
            out,
            "\nAs of `{}`, `{}:{}`:\n\n{fence}\n{}\n{fence}",
            &id[..10],
            inert(&looked.place.path).replace('`', "'"),
            looked.line,
            looked
                .text
                .lines()
                .map(inert)
                .collect::<Vec<_>>()
                .join("\n")
        )?;
    }
    Ok(())
}

/// The longest run of backticks: a fence must be longer.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

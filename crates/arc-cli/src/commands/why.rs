//! `arc why`.

use std::io::Write as _;

use arc_project::{
    Quote, ToldDecision, ToldStep, ToldTicket, WhyAnswer, WhyOptions, WhyReport, ask_why, day_of,
    line_ranges,
};
use clap::Args;

use super::day;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, GOOD, HEADING, WARN, count, inert, inert_markdown};

/// Options of `arc why`.
#[derive(Args)]
pub(crate) struct WhyArguments {
    /// A line (src/app.py:42), lines (src/app.py:10-20), a symbol or a file
    target: String,
    /// Steps, 0 for all
    #[arg(long, default_value_t = 5, value_name = "N")]
    max: usize,
    /// Only commits from this day on, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
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

/// Tells the trail.
pub(crate) fn run(arguments: &WhyArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let options = WhyOptions {
        max: arguments.max,
        since: arguments.since.as_deref().map(day).transpose()?,
    };
    let opened = context.open(arguments.frozen)?;
    let question = (opened.prefix.as_str(), arguments.target.as_str());
    let answer = ask_why(&opened.graph, &opened.root, question, &options)?;
    let outcome = if answer.steps.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json || arguments.format == "json" {
        context.out.json(&WhyReport::new(&answer))?;
        return Ok(outcome);
    }
    for note in notes(&answer) {
        context.note(&note);
    }
    if arguments.format == "markdown" {
        markdown(context, &answer)?;
    } else {
        timeline(context, &answer)?;
        if answer.steps.is_empty() {
            let since = arguments.since.as_deref().map(inert);
            let since = since.map_or_else(String::new, |day| format!(" since {day}"));
            context.note(&format!("no commit{since} tells anything of this"));
        }
    }
    if answer.total > answer.steps.len() {
        let more = answer.total - answer.steps.len();
        context.note(&format!(
            "… and {} (--max 0 shows all)",
            count(more as u64, "more step")
        ));
    }
    Ok(outcome)
}

/// What a reader must know besides the steps.
fn notes(answer: &WhyAnswer) -> Vec<String> {
    let mut notes = Vec::new();
    if let [first, ..] = answer.uncommitted.as_slice() {
        let lines = ranges(&answer.uncommitted);
        let (what, are) = if answer.uncommitted.len() == 1 {
            ("line", "is")
        } else {
            ("lines", "are")
        };
        notes.push(format!("{what} {lines} {are} not committed yet"));
        if answer.surroundings && !answer.steps.is_empty() {
            notes.push(format!(
                "this is why the lines around line {first} are there"
            ));
        }
    }
    if answer.is_cut {
        notes.push("the clone is shallow: earlier commits may have written some of this (git fetch --unshallow)".to_owned());
    }
    notes
}

fn ranges(lines: &[u32]) -> String {
    let ranges = line_ranges(lines);
    let shown = ranges.iter().take(4).map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}–{last}")
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if ranges.len() > 4 {
        text.push_str(", …");
    }
    text
}

/// `src/app.py:10-20`, and the symbol there.
fn title(answer: &WhyAnswer) -> (String, String) {
    let path = answer.target.node.path.clone().unwrap_or_default();
    let place = match answer.lines {
        None => path.clone(),
        Some((first, last)) if first == last => format!("{path}:{first}"),
        Some((first, last)) => format!("{path}:{first}-{last}"),
    };
    let symbol = if answer.lines.is_some() && answer.target.node.qualified_name != path {
        answer.target.node.qualified_name.clone()
    } else {
        String::new()
    };
    (place, symbol)
}

fn timeline(context: &mut Context, answer: &WhyAnswer) -> Result<(), Failure> {
    let (place, symbol) = title(answer);
    writeln!(
        context.out,
        "{HEADING}{}{HEADING:#}  {DIM}{}{DIM:#}",
        inert(&place),
        inert(&symbol)
    )?;
    for (at, step) in answer.steps.iter().enumerate() {
        let is_last = at + 1 == answer.steps.len();
        step_lines(
            context,
            step,
            answer.lines != Some((step.lines[0], step.lines[0])),
            if is_last { " " } else { "│" },
        )?;
    }
    Ok(())
}

fn step_lines(
    context: &mut Context,
    step: &ToldStep,
    shows_lines: bool,
    rail: &str,
) -> Result<(), Failure> {
    let out = &mut context.out;
    let id = step.commit.to_string();
    let lines = if shows_lines {
        format!("  lines {}", ranges(&step.lines))
    } else {
        String::new()
    };
    writeln!(out, "{DIM}│{DIM:#}")?;
    writeln!(
        out,
        "● {GOOD}{}{GOOD:#}  {}  {}  {DIM}{}{lines}{DIM:#}",
        step.role.as_str(),
        day_of(step.time),
        inert(&step.author),
        &id[..10],
    )?;
    writeln!(
        out,
        "{DIM}{rail}{DIM:#}   {HEADING}{}{HEADING:#}",
        inert(&step.subject)
    )?;
    match &step.quote {
        Some(quote) if quote.text != step.subject => {
            let at = quoted_at(quote, &id);
            writeln!(
                out,
                "{DIM}{rail}{DIM:#}   “{}” {DIM}— {} {}{DIM:#}",
                inert(&quote.text),
                quote.source.as_str().replace('_', " "),
                inert(at)
            )?;
        }
        Some(_) => {}
        None => writeln!(out, "{DIM}{rail}{DIM:#}   {WARN}no reason recorded{WARN:#}")?,
    }
    if let Some(pull) = &step.pull_request {
        writeln!(out, "{DIM}{rail}{DIM:#}   pull request {}", ticket(pull))?;
    }
    for issue in &step.issues {
        writeln!(out, "{DIM}{rail}{DIM:#}   issue {}", ticket(issue))?;
    }
    for decision in &step.decisions {
        writeln!(
            out,
            "{DIM}{rail}{DIM:#}   decision {}  {DIM}{}:{}{DIM:#}",
            inert(&decision_name(decision)),
            inert(&decision.path),
            decision.line
        )?;
    }
    if let (None, Some(url)) = (&step.pull_request, &step.url) {
        writeln!(out, "{DIM}{rail}   {}{DIM:#}", inert(url))?;
    }
    Ok(())
}

/// Where a quote stands: in short when that is the step's own commit.
fn quoted_at<'a>(quote: &'a Quote, id: &'a str) -> &'a str {
    if quote.at == id { &id[..10] } else { &quote.at }
}

/// `ADR-12 Use files (superseded)`.
fn decision_name(decision: &ToldDecision) -> String {
    let mut name = decision
        .label
        .clone()
        .map_or_else(String::new, |label| label + " ");
    name.push_str(&decision.title);
    if let Some(status) = decision
        .status
        .as_ref()
        .filter(|status| *status != "accepted")
    {
        name.push_str(&format!(" ({status})"));
    }
    name
}

fn ticket(ticket: &ToldTicket) -> String {
    let mut text = inert(&ticket.name);
    if let Some(title) = &ticket.title {
        text.push_str(&format!("  {}", inert(title)));
    }
    if let Some(url) = &ticket.url {
        text.push_str(&format!("  {DIM}{}{DIM:#}", inert(url)));
    }
    text
}

fn markdown(context: &mut Context, answer: &WhyAnswer) -> Result<(), Failure> {
    let out = &mut context.out;
    let (place, symbol) = title(answer);
    writeln!(
        out,
        "### Why `{}`{}",
        inert(&place).replace('`', "'"),
        if symbol.is_empty() {
            String::new()
        } else {
            format!(" ({})", inert_markdown(&symbol))
        }
    )?;
    for (rank, step) in (1..).zip(&answer.steps) {
        let id = step.commit.to_string();
        let commit = match &step.url {
            Some(url) => format!("[`{}`]({url})", &id[..10]),
            None => format!("`{}`", &id[..10]),
        };
        writeln!(
            out,
            "\n{rank}. **{}** {} by {} in {commit}: {}",
            step.role.as_str(),
            day_of(step.time),
            inert_markdown(&step.author),
            inert_markdown(&step.subject)
        )?;
        match &step.quote {
            Some(quote) => {
                let at = quoted_at(quote, &id);
                writeln!(
                    out,
                    "   > {}\n   >\n   > — {} {}",
                    inert_markdown(&quote.text),
                    quote.source.as_str().replace('_', " "),
                    inert_markdown(at)
                )?;
            }
            None => writeln!(out, "   *no reason recorded*")?,
        }
        let pull = step.pull_request.iter().map(|pull| ("pull request", pull));
        for (what, ticket) in pull.chain(step.issues.iter().map(|issue| ("issue", issue))) {
            let name = inert_markdown(&ticket.name);
            let name = ticket
                .url
                .as_ref()
                .map_or(name.clone(), |url| format!("[{name}]({url})"));
            writeln!(
                out,
                "   - {what} {name} {}",
                inert_markdown(ticket.title.as_deref().unwrap_or(""))
            )?;
        }
        for decision in &step.decisions {
            writeln!(
                out,
                "   - decision {} `{}:{}`",
                inert_markdown(&decision_name(decision)),
                inert(&decision.path).replace('`', "'"),
                decision.line
            )?;
        }
    }
    Ok(())
}

//! `arc owners`.

use std::io::Write as _;

use arc_project::{Owner, OwnersAnswer, OwnersOptions, OwnersReport, ask_owners, day_of};
use clap::Args;

use super::day;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, WARN, count, inert};

/// Options of `arc owners`.
#[derive(Args)]
pub(crate) struct OwnersArguments {
    /// A file, a folder, a line or a symbol; `.` for everything
    target: String,
    /// Rows, 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Only commits from this day on (2024-05-01)
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Tells who knows the target.
pub(crate) fn run(arguments: &OwnersArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let options = OwnersOptions {
        limit: arguments.limit,
        since: arguments.since.as_deref().map(day).transpose()?,
    };
    let opened = context.open(arguments.frozen)?;
    let target = (opened.prefix.as_str(), arguments.target.as_str());
    let answer = ask_owners(&opened.graph, &opened.root, target, &options)?;
    let outcome = if answer.owners.is_empty() && answer.code_owners.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json {
        context.out.json(&OwnersReport::new(&answer))?;
        return Ok(outcome);
    }
    print(context, &answer)?;
    Ok(outcome)
}

fn print(context: &mut Context, answer: &OwnersAnswer) -> Result<(), Failure> {
    let out = &mut context.out;
    let place = match (&answer.symbol, answer.path.as_str()) {
        (Some((name, line, _)), path) => {
            format!("{} {DIM}{}:{line}{DIM:#}", inert(name), inert(path))
        }
        (None, "") => "everything".to_owned(),
        (None, path) => inert(path),
    };
    writeln!(out, "{HEADING}{place}{HEADING:#}")?;
    let width = answer
        .owners
        .iter()
        .map(|owner| inert(&owner.name).chars().count())
        .max();
    let width = width.unwrap_or(0).min(32);
    for owner in &answer.owners {
        writeln!(out, "{}", line(owner, width, answer))?;
    }
    let owners: Vec<String> = answer
        .code_owners
        .iter()
        .map(|(name, line)| format!("{} {DIM}:{line}{DIM:#}", inert(name)))
        .collect();
    if let Some(path) = &answer.rules_path {
        let owners = if owners.is_empty() {
            "nobody".to_owned()
        } else {
            owners.join(", ")
        };
        writeln!(out, "{DIM}{}{DIM:#} {owners}", inert(path))?;
    }
    let mark = if answer.bus_factor <= 1 { WARN } else { DIM };
    writeln!(
        out,
        "{mark}bus factor {}{mark:#} {DIM}of {} in {}{DIM:#}",
        answer.bus_factor,
        count(u64::from(answer.changes), "change"),
        count(answer.files as u64, "file")
    )?;
    if answer.owners.is_empty() {
        context.note("no commit tells who wrote this");
    } else if answer.total > answer.owners.len() {
        let more = answer.total - answer.owners.len();
        context.note(&format!(
            "… and {} (--limit 0 shows all)",
            count(more as u64, "more person").replace("persons", "people")
        ));
    }
    Ok(())
}

fn line(owner: &Owner, width: usize, answer: &OwnersAnswer) -> String {
    let name: String = inert(&owner.name).chars().take(width).collect();
    let bot = if owner.is_bot { "  program" } else { "" };
    let files = if answer.files > 1 && owner.files > 0 {
        format!("  author of {}", count(owner.files as u64, "file"))
    } else {
        String::new()
    };
    format!(
        "  {:.2}  {name:<width$}  {:>4}  {DIM}{}{files}{bot}  {}{DIM:#}",
        owner.degree,
        format!("{:.0}%", owner.share * 100.0),
        count(u64::from(owner.changes), "change"),
        day_of(owner.last_time),
    )
}

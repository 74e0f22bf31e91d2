//! `arc hotspots`.

use std::io::Write as _;

use arc_project::{Hotspot, HotspotOptions, HotspotsReport, ask_hotspots, day_of};
use clap::Args;

use super::day;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, WARN, bar, count, inert};

/// Options of `arc hotspots`.
#[derive(Args)]
pub(crate) struct HotspotsArguments {
    /// Only paths that contain this
    path: Option<String>,
    /// Files, or the symbols of the hottest files
    #[arg(long, default_value = "file", value_parser = ["file", "symbol"])]
    by: String,
    /// Tests as well
    #[arg(long)]
    tests: bool,
    /// Rows, 0 for all
    #[arg(long, default_value_t = 15, value_name = "N")]
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

/// Lists what is both complicated and often changed.
pub(crate) fn run(
    arguments: &HotspotsArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let options = HotspotOptions {
        limit: arguments.limit,
        since: arguments.since.as_deref().map(day).transpose()?,
        path: arguments.path.clone(),
        by_symbol: arguments.by == "symbol",
        with_tests: arguments.tests,
    };
    let opened = context.open(arguments.frozen)?;
    let (found, total) = ask_hotspots(&opened.graph, &opened.root, &options)?;
    let outcome = if found.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json {
        context
            .out
            .json(&HotspotsReport::new(&found, total, options.by_symbol))?;
        return Ok(outcome);
    }
    for hotspot in &found {
        print(context, hotspot)?;
    }
    if found.is_empty() {
        context.note("no commit changed code there");
    } else if total > found.len() {
        context.note(&format!(
            "… and {} more (--limit 0 shows all)",
            total - found.len()
        ));
    }
    Ok(outcome)
}

fn print(context: &mut Context, hotspot: &Hotspot) -> Result<(), Failure> {
    let place = match &hotspot.symbol {
        Some((name, line)) => format!(
            "{} {DIM}{}:{line}{DIM:#}",
            inert(name),
            inert(&hotspot.path)
        ),
        None => inert(&hotspot.path),
    };
    let out = &mut context.out;
    writeln!(out, "{} {HEADING}{place}{HEADING:#}", bar(hotspot.score, 8))?;
    let mut told = vec![
        count(u64::from(hotspot.changes), "change"),
        format!("complexity {}", hotspot.complexity),
    ];
    if hotspot.fixes > 0 {
        told.push(count(u64::from(hotspot.fixes), "fix").replace("fixs", "fixes"));
    }
    if hotspot.reverts > 0 {
        told.push(count(u64::from(hotspot.reverts), "revert"));
    }
    told.push(count(u64::from(hotspot.people), "person").replace("persons", "people"));
    told.push(format!("last {}", day_of(hotspot.last_time)));
    writeln!(out, "         {DIM}{}{DIM:#}", told.join(" · "))?;
    for incident in &hotspot.incidents {
        let mark = if incident.is_revert {
            "reverted"
        } else {
            "fixed"
        };
        writeln!(
            out,
            "         {WARN}{mark}{WARN:#} {} {}",
            day_of(incident.time),
            inert(&incident.subject)
        )?;
    }
    Ok(())
}

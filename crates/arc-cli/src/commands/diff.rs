//! `arc diff`.

use std::collections::BTreeMap;
use std::io::Write as _;

use arc_project::{DiffEdge, GraphDiff, GraphDiffReport, ask_diff, day_of};
use clap::Args;

use super::changes;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, HEADING, count, grouped, inert, inert_markdown};

/// Options of `arc diff`.
#[derive(Args)]
pub(crate) struct DiffArguments {
    /// The commit before, or both as A..B
    #[arg(value_name = "A")]
    old: String,
    /// The commit after
    #[arg(value_name = "B", default_value = "HEAD")]
    new: String,
    /// Edges that are printed each way, 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// How to print: for people, one JSON object, or Markdown
    #[arg(long, default_value = "human", value_parser = ["human", "json", "markdown"], value_name = "FORMAT")]
    format: String,
    /// Use graphs that are kept, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Compares the project as of two commits.
pub(crate) fn run(arguments: &DiffArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let (old, new) = match arguments.old.split_once("..") {
        Some((old, "")) => (old, "HEAD"),
        Some((old, new)) => (old, new.trim_start_matches('.')),
        None => (arguments.old.as_str(), arguments.new.as_str()),
    };
    let root = context.root()?;
    let old = context.past(&root, old, arguments.frozen)?;
    let new = context.past(&root, new, arguments.frozen)?;
    let diff = ask_diff(&root, &old, &new)?;
    if arguments.json || arguments.format == "json" {
        context
            .out
            .json(&GraphDiffReport::new(&diff, (&old, &new), arguments.limit))?;
        return Ok(Outcome::Done);
    }
    context.note(&format!(
        "from {} to {}",
        day_of(old.time),
        day_of(new.time)
    ));
    if arguments.format == "markdown" {
        markdown(context, &diff, arguments.limit)?;
    } else {
        human(context, &diff, arguments.limit)?;
    }
    if !diff.changes.is_proved {
        context.note("too much code to look for broken references everywhere");
    }
    Ok(Outcome::Done)
}

/// `12 edges came`, and how many of each kind.
fn title(edges: &[DiffEdge], total: usize, what: &str) -> String {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for edge in edges {
        *kinds.entry(edge.kind.as_str()).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, number)| format!("{} {kind}", grouped(number)))
        .collect();
    let kinds = if kinds.is_empty() {
        String::new()
    } else {
        format!(": {}", kinds.join(", "))
    };
    format!("{} {what}{kinds}", count(total as u64, "edge"))
}

fn end((path, name): &(Option<String>, String)) -> String {
    match path {
        Some(path) if name.is_empty() => path.clone(),
        Some(path) => format!("{path}::{name}"),
        None => name.clone(),
    }
}

fn shown(edges: &[DiffEdge], limit: usize) -> &[DiffEdge] {
    let limit = if limit == 0 { edges.len() } else { limit };
    &edges[..limit.min(edges.len())]
}

fn human(context: &mut Context, diff: &GraphDiff, limit: usize) -> Result<(), Failure> {
    let out = &mut context.out;
    changes::print(&diff.changes, out)?;
    let public = diff.public_breaks();
    if !public.is_empty() {
        writeln!(
            out,
            "{BAD}{} went, or are called differently{BAD:#} {DIM}code outside may use them{DIM:#}",
            count(public.len() as u64, "public symbol")
        )?;
        let limit = if limit == 0 { public.len() } else { limit };
        for change in public.iter().take(limit) {
            let what = inert(&changes::what(change));
            let note = inert(&changes::note(change));
            writeln!(
                out,
                "  {:<10} {what}{DIM}{note}{DIM:#}",
                change.kind.as_str()
            )?;
        }
    }
    for (edges, total, what, mark, style) in [
        (&diff.come, diff.totals.1, "came", '+', GOOD),
        (&diff.gone, diff.totals.0, "went", '−', BAD),
    ] {
        writeln!(out, "{HEADING}{}{HEADING:#}", title(edges, total, what))?;
        for edge in shown(edges, limit) {
            writeln!(
                out,
                "  {style}{mark}{style:#} {} {DIM}{}{DIM:#} {}",
                inert(&end(&edge.src)),
                edge.kind.as_str(),
                inert(&end(&edge.dst))
            )?;
        }
        let more = total - shown(edges, limit).len();
        if more > 0 {
            writeln!(out, "  {DIM}… and {more} more (--limit 0 shows all){DIM:#}")?;
        }
    }
    Ok(())
}

fn markdown(context: &mut Context, diff: &GraphDiff, limit: usize) -> Result<(), Failure> {
    let out = &mut context.out;
    writeln!(out, "### {}\n", inert_markdown(&diff.changes.against))?;
    writeln!(out, "| | kind | what | |\n| --- | --- | --- | --- |")?;
    let mut sorted: Vec<_> = diff.changes.changes.iter().collect();
    sorted.sort_by_key(|change| change.verdict);
    for change in sorted {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            change.verdict.as_str().replace('_', " "),
            change.kind.as_str(),
            inert_markdown(&changes::what(change)),
            inert_markdown(changes::note(change).trim())
        )?;
    }
    for (edges, total, what, mark) in [
        (&diff.come, diff.totals.1, "came", '+'),
        (&diff.gone, diff.totals.0, "went", '−'),
    ] {
        writeln!(out, "\n**{}**\n", title(edges, total, what))?;
        for edge in shown(edges, limit) {
            writeln!(
                out,
                "- {mark} {} *{}* {}",
                inert_markdown(&end(&edge.src)),
                edge.kind.as_str(),
                inert_markdown(&end(&edge.dst))
            )?;
        }
    }
    Ok(())
}

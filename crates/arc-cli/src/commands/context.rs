//! `arc context`.

use std::io::Write as _;
use std::time::Instant;

use arc_project::{Slice, ask_slice, find_target};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, grouped, inert};

/// Options of `arc context`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ContextArguments {
    /// Files, lines or symbols that are to be changed
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Tokens that it may have, about
    #[arg(long, value_name = "TOKENS", default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    budget: u32,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
  arc context src/app.py::Config.load
  arc context src/app.py:42 --budget 2000

What somebody needs to see who changes something, most important first as long as there is room: its code, what it uses, who uses it and where, its
neighbours, its tests, the heads of what often changes along, and what went wrong there before. `arc improve` and `arc generate` put it into their prompts.";

/// What `arc context --json` prints.
#[derive(Serialize)]
struct SliceReport<'a> {
    schema: &'static str,
    tokens: usize,
    budget: u32,
    whole_files: usize,
    left_out: usize,
    last_touch: Option<&'a str>,
    incidents: Vec<IncidentReport<'a>>,
    trail: Vec<IncidentReport<'a>>,
    conventions: Vec<ConventionReport<'a>>,
    parts: Vec<PartReport<'a>>,
    definitions: Vec<DefinitionReport<'a>>,
    ms: f64,
}

#[derive(Serialize)]
struct IncidentReport<'a> {
    kind: &'static str,
    about: &'a str,
    path: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct ConventionReport<'a> {
    text: &'a str,
    at: &'a [String],
}

#[derive(Serialize)]
struct PartReport<'a> {
    path: &'a str,
    first: u32,
    last: u32,
    role: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct DefinitionReport<'a> {
    path: &'a str,
    name: &'a str,
    line: u32,
    whole: bool,
}

/// Prints the slice of some targets.
pub(crate) fn run(arguments: &ContextArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let opened = context.open(arguments.frozen)?;
    let began = Instant::now();
    let mut targets = Vec::new();
    for target in &arguments.targets {
        targets.push(find_target(&opened.graph, &opened.prefix, target)?);
    }
    let budget = arguments.budget as usize;
    let slice = ask_slice(&opened.graph, &opened.root, &targets, budget)?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    if arguments.json {
        context.out.json(&report(&slice, arguments.budget, ms))?;
        return Ok(Outcome::Done);
    }
    for part in &slice.parts {
        writeln!(
            context.out,
            "{HEADING}{}:{}{HEADING:#} {DIM}{}{DIM:#}",
            inert(&part.path),
            part.first,
            part.role.as_str()
        )?;
        for line in part.text.lines() {
            writeln!(context.out, "{}", inert(line))?;
        }
    }
    let incidents = slice.incidents.iter();
    let incidents = incidents.map(|own| (&own.path, own.kind, &own.about, &own.text));
    let trail = slice.trail.iter();
    let trail = trail.map(|own| (&own.path, own.kind, &own.about, &own.text));
    for (path, kind, about, text) in incidents.chain(trail) {
        writeln!(
            context.out,
            "{HEADING}{}{HEADING:#} {DIM}{kind} {}{DIM:#}  {}",
            inert(path),
            inert(about),
            inert(text)
        )?;
    }
    for convention in &slice.conventions {
        let at = inert(&convention.at.join(" "));
        writeln!(
            context.out,
            "{HEADING}around it{HEADING:#} {} {DIM}{at}{DIM:#}",
            inert(&convention.text)
        )?;
    }
    context.note(&format!(
        "{} tokens of {}; the files it is from have {}, and {} had no room",
        grouped(slice.tokens as u64),
        grouped(u64::from(arguments.budget)),
        grouped(slice.whole_files as u64),
        slice.left_out
    ));
    Ok(Outcome::Done)
}

fn report(slice: &Slice, budget: u32, ms: f64) -> SliceReport<'_> {
    SliceReport {
        schema: "arc.slice/1",
        tokens: slice.tokens,
        budget,
        whole_files: slice.whole_files,
        left_out: slice.left_out,
        last_touch: slice.last_touch.as_deref(),
        incidents: slice
            .incidents
            .iter()
            .map(|incident| IncidentReport {
                kind: incident.kind,
                about: &incident.about,
                path: &incident.path,
                text: &incident.text,
            })
            .collect(),
        trail: slice
            .trail
            .iter()
            .map(|reason| IncidentReport {
                kind: reason.kind,
                about: &reason.about,
                path: &reason.path,
                text: &reason.text,
            })
            .collect(),
        conventions: slice
            .conventions
            .iter()
            .map(|own| ConventionReport {
                text: &own.text,
                at: &own.at,
            })
            .collect(),
        parts: slice
            .parts
            .iter()
            .map(|part| PartReport {
                path: &part.path,
                first: part.first,
                last: part.last,
                role: part.role.as_str(),
                text: &part.text,
            })
            .collect(),
        definitions: slice
            .definitions
            .iter()
            .map(|own| DefinitionReport {
                path: &own.path,
                name: &own.name,
                line: own.line,
                whole: own.is_whole,
            })
            .collect(),
        ms: (ms * 1e3).round() / 1e3,
    }
}

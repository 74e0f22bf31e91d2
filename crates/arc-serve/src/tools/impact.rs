//! `impact`.

use arc_project::{ImpactAnswer, ImpactOptions, ImpactReport, Question, Unit, ask_impact_of};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Tool, arguments, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

/// Unresolved places that are listed unless all are asked for.
const FEW_SITES: usize = 5;

pub(super) const TOOL: Tool = Tool {
    name: "impact",
    title: "Blast radius of a change",
    description: "What a change of a file, a line, a symbol or the uncommitted diff can break or needs to change along: \
        ranked files or symbols with a probability and the reasons, the tests that reach them, and a risk. Use it before you \
        change or delete something, and on your diff when you are done. `unknown` tells what could not be seen: an empty \
        list with unresolved sites is no «nothing depends on it».",
    rows: 15,
    asks_graph_alone: true,
    own_input: schema::<Arguments>,
    output: output_schema::<ImpactReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A file (src/app.py), a line (src/app.py:42), a symbol (src/app.py::Config.load) or a qualified name; several one a line
    #[serde(default)]
    target: String,
    /// A commit: asks about what differs from it; HEAD for uncommitted changes
    #[serde(default)]
    diff: String,
    /// What a row is: auto (files for files, symbols for symbols), file or symbol
    #[serde(default)]
    by: By,
    /// all, breaks (only what depends on it) or goes_with (only what usually changes along)
    #[serde(default)]
    only: Only,
    /// Leave out rows below this probability, 0 to 1
    #[serde(default)]
    min_score: f64,
    /// minimal gives the strongest reason of each row, standard all of them
    #[serde(default)]
    detail: Detail,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    #[default]
    Auto,
    File,
    Symbol,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Only {
    #[default]
    All,
    Breaks,
    GoesWith,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let page = page.told_in(asked.detail);
    let seeds = call.seeds(&asked.target, &asked.diff)?;
    let options = ImpactOptions {
        by: match asked.by {
            By::Auto => Unit::LikeTargets,
            By::File => Unit::File,
            By::Symbol => Unit::Symbol,
        },
        question: match asked.only {
            Only::All => Question::Both,
            Only::Breaks => Question::Breaks,
            Only::GoesWith => Question::GoesWith,
        },
        limit: page.end(),
        min_score: asked.min_score,
        ..ImpactOptions::default()
    };
    let mut answer = ask_impact_of(call.graph, call.root, &seeds, &options)
        .map_err(|error| call.failed(error))?;
    if asked.detail == Detail::Minimal {
        reduce(&mut answer);
    }
    let mut report = ImpactReport::new(&answer, seeds.changes.as_ref(), None).after(page.skipped);
    if asked.detail == Detail::Minimal {
        report = report.with_few_sites(FEW_SITES);
    }
    Ok(Found::new(&report, &["impacted", "tests", "changes"], page))
}

/// Leaves the strongest reason of each row and the first places.
fn reduce(answer: &mut ImpactAnswer) {
    let impact = &mut answer.impact;
    for row in impact.impacted.iter_mut().chain(&mut impact.tests) {
        row.reasons.truncate(1);
        for reason in &mut row.reasons {
            reason.at.truncate(1);
        }
    }
}

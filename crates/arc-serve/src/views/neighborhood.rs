//! `neighborhood`.

use arc_project::{ImpactOptions, NeighborhoodReport, ask_impact_of};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;
use crate::tools::{Call, Tool, arguments, output_schema, schema};

/// Rows that are drawn, at most.
const MOST_ROWS: usize = 10_000;

pub(super) const VIEW: Tool = Tool {
    name: "neighborhood",
    title: "A blast radius with what ties it together",
    description: "What a change can break or needs to change along, as `impact` tells it, and the edges among those rows.",
    rows: 0,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<NeighborhoodReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// What is changed: targets, one a line
    #[serde(default)]
    target: String,
    /// A commit: asks about what differs from it; HEAD for uncommitted changes
    #[serde(default)]
    diff: String,
    /// Rows, 1 to 10000
    #[serde(default = "rows")]
    rows: usize,
}

fn rows() -> usize {
    60
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let seeds = call.seeds(&asked.target, &asked.diff)?;
    let options = ImpactOptions {
        limit: asked.rows.clamp(1, MOST_ROWS),
        ..ImpactOptions::default()
    };
    let answer = ask_impact_of(call.graph, call.root, &seeds, &options)
        .map_err(|error| call.failed(error))?;
    let report = NeighborhoodReport::new(call.graph, &answer, seeds.changes.as_ref())
        .map_err(|error| call.failed(error))?;
    Ok(Found::new(&report, &[], page))
}

//! `overview`.

use arc_project::{OverviewReport, overview};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "overview",
    title: "The repository as a whole",
    description: "A repository or a folder at one look: languages, entry points, modules with what they depend on, their layers \
        and cycles, and hotspots (files that are complex and change often). Use it first in a repository that you do not know, \
        then again for the folder that matters.",
    rows: 12,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<OverviewReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A folder, relative to the root; empty for everything
    #[serde(default)]
    folder: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let report = overview(
        call.graph,
        call.root,
        &asked.folder,
        (page.skipped, page.limit),
    )
    .map_err(|error| call.failed(error))?;
    let lists = &["modules", "hotspots", "entry_points"];
    Ok(Found::new(&report, lists, page))
}

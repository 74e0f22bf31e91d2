//! `overview`.

use arc_project::{OverviewReport, overview};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Format, Tool, arguments, input_schema, output_schema};
use crate::answer::{Found, Page};
use crate::failure::CallError;

const ROWS: usize = 12;

pub(super) const TOOL: Tool = Tool {
    name: "overview",
    title: "The repository as a whole",
    description: "A repository or a folder at one look: languages, entry points, modules with what they depend on, their layers \
        and cycles, and hotspots (files that are complex and change often). Use it first in a repository that you do not know, \
        then again for the folder that matters.",
    input: input_schema::<Arguments>,
    output: output_schema::<OverviewReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A folder, relative to the root; empty for everything
    #[serde(default)]
    folder: String,
    /// Rows of each list, 1 to 1000
    #[serde(default = "rows")]
    limit: usize,
    /// `next` of the answer before, to continue its lists
    #[serde(default)]
    cursor: String,
    /// How the text is written: json, or text with one line for each row
    #[serde(default)]
    format: Format,
}

fn rows() -> usize {
    ROWS
}

fn run(call: &Call<'_>, value: Value) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let page = Page::read((asked.limit, ROWS), &asked.cursor, Detail::Minimal)?;
    let report = overview(
        call.graph,
        call.root,
        &asked.folder,
        (page.skipped, page.limit),
    )
    .map_err(|error| call.failed(error))?;
    let lists = &["modules", "hotspots", "entry_points"];
    Ok(Found::new(&report, lists, page, asked.format))
}

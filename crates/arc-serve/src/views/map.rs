//! `map`.

use arc_project::{MapReport, code_map};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;
use crate::tools::{Call, Tool, arguments, output_schema, schema};

pub(super) const VIEW: Tool = Tool {
    name: "map",
    title: "A map of the code",
    description: "Files with their size and heat, and modules with all that each depends on.",
    rows: 0,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<MapReport>,
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
    let report =
        code_map(call.graph, call.root, &asked.folder).map_err(|error| call.failed(error))?;
    Ok(Found::new(&report, &[], page))
}

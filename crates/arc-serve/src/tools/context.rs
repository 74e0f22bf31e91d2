//! `context`.

use arc_project::{ContextOptions, ContextReport, ask_context};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Tool, arguments, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "context",
    title: "One symbol all round",
    description: "Everything around one symbol or file: signature, documentation, source, what uses it (dependents) and what \
        it uses (dependencies) with the lines that say so, its members, tests that reach it, and who changed it last. Use it \
        before you read or edit a symbol. A name that several symbols have is answered with candidates: ask again with an id.",
    rows: 8,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<ContextReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A file (src/app.py), a line (src/app.py:42), a symbol (src/app.py::Config.load) or a qualified name (app.Config.load)
    target: String,
    /// minimal quotes the first lines of the source, standard all of it up to 200 lines
    #[serde(default)]
    detail: Detail,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let page = page.told_in(asked.detail);
    let target = call.target(&asked.target)?;
    let options = ContextOptions {
        // Who goes on reading the lists has the source already.
        lines: match asked.detail {
            _ if page.skipped > 0 => 0,
            Detail::Minimal => 20,
            Detail::Standard => 200,
        },
        tests: page.end(),
    };
    let answer =
        ask_context(call.graph, call.root, target, &options).map_err(|error| call.failed(error))?;
    let report = ContextReport::new(&answer, page.skipped, page.limit);
    let lists = &["dependents", "dependencies", "members", "tests"];
    Ok(Found::new(&report, lists, page))
}

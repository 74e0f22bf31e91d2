//! `history`.

use arc_project::{HistoryOptions, HistoryReport, ask_history};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, asked_text, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "history",
    title: "What became of code",
    description: "How a symbol or a file came to be what it is, newest first: created, moved, renamed, signature or body \
        changed, deleted, each with commit, author and pull request, also for code that is gone. Use it to find when \
        something changed or where it went; `why` tells the reason for present lines.",
    rows: 15,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<HistoryReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A file or a symbol (src/app.py::Config.load), also one that is gone
    target: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let target = asked_text("target", &asked.target)?;
    let options = HistoryOptions {
        max: 0,
        since: None,
        at: None,
    };
    let answer = ask_history(call.graph, call.root, (call.prefix, target), &options)
        .map_err(|error| CallError::of_trail(call.graph, error))?;
    let report = HistoryReport::new(&answer).newest_first(page.skipped, page.limit);
    Ok(Found::new(&report, &["events"], page))
}

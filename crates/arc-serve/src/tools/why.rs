//! `why`.

use arc_project::{WhyOptions, WhyReport, ask_why};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, asked_text, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "why",
    title: "Why code is as it is",
    description: "The decision trail behind a line, a range of lines, a symbol or a file: the commits that made it what it is, \
        through moves and reformatting, with pull request, issues and the sentence that gives the reason, quoted letter for \
        letter. Use it before you change code that looks odd. `reason_recorded` is false when nobody wrote one down.",
    rows: 5,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<WhyReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A line (src/app.py:42), lines (src/app.py:10-20), a symbol (src/app.py::Config.load), a qualified name or a file
    target: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let target = asked_text("target", &asked.target)?;
    let options = WhyOptions {
        max: page.end(),
        since: None,
    };
    let answer = ask_why(call.graph, call.root, (call.prefix, target), &options)
        .map_err(|error| CallError::of_trail(call.graph, error))?;
    let report = WhyReport::new(&answer).after(page.skipped);
    Ok(Found::new(&report, &["steps"], page))
}

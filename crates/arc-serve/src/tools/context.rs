//! `context`.

use arc_project::{ContextOptions, ContextReport, ask_context};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Format, Tool, arguments, input_schema, output_schema};
use crate::answer::{Found, Page};
use crate::failure::CallError;

const ROWS: usize = 8;

pub(super) const TOOL: Tool = Tool {
    name: "context",
    title: "One symbol all round",
    description: "Everything around one symbol or file: signature, documentation, source, what uses it (dependents) and what \
        it uses (dependencies) with the lines that say so, its members, tests that reach it, and who changed it last. Use it \
        before you read or edit a symbol. A name that several symbols have is answered with candidates: ask again with an id.",
    input: input_schema::<Arguments>,
    output: output_schema::<ContextReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A file (src/app.py), a line (src/app.py:42), a symbol (src/app.py::Config.load) or a qualified name (app.Config.load)
    target: String,
    /// Rows of each list, 1 to 1000
    #[serde(default = "rows")]
    limit: usize,
    /// `next` of the answer before, to continue its lists
    #[serde(default)]
    cursor: String,
    /// minimal quotes the first lines of the source, standard all of it up to 200 lines
    #[serde(default)]
    detail: Detail,
    /// How the text is written: json, or text with one line for each row
    #[serde(default)]
    format: Format,
}

fn rows() -> usize {
    ROWS
}

fn run(call: &Call<'_>, value: Value) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let page = Page::read((asked.limit, ROWS), &asked.cursor, asked.detail)?;
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
    Ok(Found::new(&report, lists, page, asked.format))
}

//! `search`.

use arc_graph::NodeKind;
use arc_project::{QueryReport, SearchOptions, ask_search};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Format, Tool, arguments, asked_text, input_schema, output_schema};
use crate::answer::{Found, Page};
use crate::failure::CallError;

const ROWS: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "search",
    title: "Search symbols and files",
    description: "Find symbols and files by words of their names or documentation. Use it first when you do not know where \
        something is defined. camelCase and snake_case are split; every word must occur, the last may be the start of one. \
        Ranked: exact name, whole name, part of a name, documentation. Answers path, line, kind and qualified name.",
    input: input_schema::<Arguments>,
    output: output_schema::<QueryReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// Words of a name or of documentation, e.g. "load config"
    query: String,
    /// Only this kind: function, method, class, interface, file, test, constant …; empty for all
    #[serde(default)]
    kind: String,
    /// Only paths that contain this text; empty for all
    #[serde(default)]
    path: String,
    /// Rows, 1 to 1000
    #[serde(default = "rows")]
    limit: usize,
    /// `next` of the answer before, to continue it
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
    let query = asked_text("query", &asked.query)?;
    let kind = match asked.kind.trim() {
        "" => None,
        name => Some(NodeKind::from_name(name).ok_or_else(|| {
            let names: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.as_str()).collect();
            CallError::Arguments(format!("kind: one of {}", names.join(", ")))
        })?),
    };
    let options = SearchOptions {
        kind,
        path: Some(asked.path).filter(|path| !path.is_empty()),
        limit: page.end(),
    };
    let (found, total) =
        ask_search(call.graph, query, &options).map_err(|error| call.failed(error))?;
    let report = QueryReport::new(&found, total).after(page.skipped);
    Ok(Found::new(&report, &["results"], page, asked.format))
}

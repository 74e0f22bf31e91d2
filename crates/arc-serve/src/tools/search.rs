//! `search`.

use arc_graph::NodeKind;
use arc_project::{QueryReport, SearchOptions, ask_search};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, asked_text, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "search",
    title: "Search symbols and files",
    description: "Find symbols and files by words of their names or documentation. Use it first when you do not know where \
        something is defined. camelCase and snake_case are split; every word must occur, the last may be the start of one. \
        Ranked: exact name, whole name, part of a name, documentation. Answers path, line, kind and qualified name.",
    rows: 20,
    asks_graph_alone: true,
    own_input: schema::<Arguments>,
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
}

/// A kind of node that is found by its name. An empty answer about commits would be a wrong «no».
fn of_code(name: &str) -> Result<NodeKind, CallError> {
    NodeKind::from_name(name)
        .filter(|kind| !kind.is_of_history())
        .ok_or_else(|| {
            let kinds = NodeKind::ALL.iter().filter(|kind| !kind.is_of_history());
            let names: Vec<&str> = kinds.map(|kind| kind.as_str()).collect();
            CallError::Arguments(format!(
                "kind: one of {}; why and history tell of commits, pull requests, issues and decisions",
                names.join(", ")
            ))
        })
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let query = asked_text("query", &asked.query)?;
    let kind = match asked.kind.trim() {
        "" => None,
        name => Some(of_code(name)?),
    };
    let options = SearchOptions {
        kind,
        path: Some(asked.path).filter(|path| !path.is_empty()),
        limit: page.end(),
    };
    let (found, total) =
        ask_search(call.graph, query, &options).map_err(|error| call.failed(error))?;
    let report = QueryReport::new(&found, total).after(page.skipped);
    Ok(Found::new(&report, &["results"], page))
}

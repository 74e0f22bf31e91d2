//! `query_graph`.

use std::time::Duration;

use arc_project::{SqlError, SqlLimits, SqlReport, read_sql};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, asked_text, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

/// Rows that are counted for `total`.
const COUNTED: usize = 100_000;
/// How long a statement may run.
const TIME: Duration = Duration::from_secs(5);

pub(super) const TOOL: Tool = Tool {
    name: "query_graph",
    title: "Read the graph with SQL",
    description: "One read-only SQLite SELECT over the graph, for questions that no other tool answers. Views: nodes(id, kind, \
        name, qualified_name, path, line, end_line, number) with kinds file, module, class, interface, enum, function, method, \
        field, variable, constant, test, external, commit, pull_request, issue, person …; edges(src, dst, kind, confidence, \
        path, line) from dependent to dependency with kinds contains, imports, calls, references, inherits, overrides, tests, \
        reads, writes, merges, closes, authored …. Tables: files(path, language, lines, error_bytes), commits(hash, time, \
        subject, n_total), commit_files, co_change, file_stats, unresolved. Ends after 5 seconds. \
        Example: SELECT path, count(*) FROM nodes WHERE kind = 'function' GROUP BY path ORDER BY 2 DESC",
    rows: 50,
    asks_graph_alone: false,
    own_input: schema::<Arguments>,
    output: output_schema::<SqlReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// One SELECT
    sql: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let sql = asked_text("sql", &asked.sql)?;
    let limits = SqlLimits {
        skipped: page.skipped,
        rows: page.limit,
        counted: COUNTED,
        time: TIME,
    };
    let table = read_sql(call.graph.path(), sql, &limits).map_err(|error| match error {
        SqlError::Statement(text) => CallError::Arguments(format!("sql: {text}")),
        SqlError::Time(_) => CallError::negative("time", error.to_string()),
        SqlError::Store(error) => CallError::from(error),
    })?;
    let report = SqlReport::new(table, page.skipped);
    Ok(Found::new(&report, &["rows"], page))
}

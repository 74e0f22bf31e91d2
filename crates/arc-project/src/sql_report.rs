//! What a statement of somebody else finds in the graph, as JSON.

use arc_store::{SqlTable, SqlValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The rows of a statement.
#[derive(JsonSchema, Serialize)]
pub struct SqlReport {
    schema: &'static str,
    columns: Vec<String>,
    /// Values in the order of the columns; bytes are told by their number.
    rows: Vec<Vec<Value>>,
    total: usize,
    /// There are more rows than were counted.
    at_least: bool,
    truncated: bool,
}

impl SqlReport {
    /// The report of a page after `skipped` rows.
    #[must_use]
    pub fn new(table: SqlTable, skipped: usize) -> SqlReport {
        let truncated = table.is_partial || skipped + table.rows.len() < table.total;
        SqlReport {
            schema: "arc.query_graph/1",
            columns: table.columns,
            rows: table
                .rows
                .into_iter()
                .map(|row| row.into_iter().map(json).collect())
                .collect(),
            total: table.total,
            at_least: table.is_partial,
            truncated,
        }
    }
}

fn json(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => Value::from(number),
        SqlValue::Real(number) => Value::from(number),
        SqlValue::Text(text) => Value::from(text),
        SqlValue::Blob(length) => Value::from(format!("{length} bytes")),
    }
}

//! The tools as others want them described: MCP, the function calling of model APIs, files, a page of documentation.

use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::tools::{TOOLS, Tool};

/// Who reads definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionFormat {
    /// `tools/list` of MCP.
    Mcp,
    /// `tools` of OpenAI's chat completions and of whatever speaks like it.
    OpenAi,
    /// `tools` of Anthropic's messages.
    Anthropic,
}

/// The names of all tools, sorted.
#[must_use]
pub fn tool_names() -> Vec<&'static str> {
    TOOLS.iter().map(|tool| tool.name).collect()
}

/// The definitions of all tools.
#[must_use]
pub fn definitions(format: DefinitionFormat) -> Value {
    let one = |tool: &Tool| match format {
        DefinitionFormat::Mcp => json!({
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": input(tool),
            "outputSchema": plain((tool.output)()),
            "annotations": {
                "title": tool.title,
                "readOnlyHint": true,
                "destructiveHint": false,
                "idempotentHint": true,
                "openWorldHint": false,
            },
        }),
        DefinitionFormat::OpenAi => json!({
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": input(tool),
            },
        }),
        DefinitionFormat::Anthropic => json!({
            "name": tool.name,
            "description": tool.description,
            "input_schema": input(tool),
        }),
    };
    Value::Array(TOOLS.iter().map(one).collect())
}

/// The schemas of all tools, each with the name of the file that keeps it.
#[must_use]
pub fn tool_schemas() -> Vec<(String, Value)> {
    let both = |tool: &Tool| {
        [
            (
                format!("{}.input.json", tool.name),
                Value::from(tool.input()),
            ),
            (
                format!("{}.output.json", tool.name),
                Value::from((tool.output)()),
            ),
        ]
    };
    TOOLS.iter().flat_map(both).collect()
}

/// `docs/tools.md`.
#[must_use]
pub fn tools_page() -> String {
    let mut page = "# Tools\n\nThe functions that assistants and programs call: over MCP (`arc serve`), over HTTP \
        (`POST /api/v1/tools/NAME`), and from a shell (`arc call NAME '{…}'`). Made from the table in `crates/arc-serve`; \
        `UPDATE_EXPECT=1 cargo test -p arc-cli --test serve` makes it anew. Schemas are in `schema/tools/`.\n"
        .to_owned();
    for tool in TOOLS {
        page.push_str(&format!("\n## `{}`\n\n{}\n\n", tool.name, tool.description));
        page.push_str("| argument | type | default | meaning |\n| --- | --- | --- | --- |\n");
        let schema = Value::from(tool.input());
        let required: Vec<&str> = schema["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let empty = Map::new();
        for (name, argument) in schema["properties"].as_object().unwrap_or(&empty) {
            let kind = argument["enum"].as_array().map_or_else(
                || argument["type"].as_str().unwrap_or("").to_owned(),
                |values| {
                    let values = values.iter().filter_map(Value::as_str);
                    values.collect::<Vec<_>>().join(" \\| ")
                },
            );
            let default = if required.contains(&name.as_str()) {
                "required".to_owned()
            } else {
                format!("`{}`", argument["default"])
            };
            let meaning = argument["description"].as_str().unwrap_or("");
            page.push_str(&format!(
                "| `{name}` | {kind} | {default} | {} |\n",
                meaning.replace('|', "\\|")
            ));
        }
    }
    page
}

/// The schema of arguments as a client takes it in: without what only a file needs.
pub(crate) fn input(tool: &Tool) -> Value {
    plain(tool.input())
}

/// A schema without its title and its dialect, which say nothing to a model.
pub(crate) fn plain(schema: Schema) -> Value {
    let mut schema = Value::from(schema);
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("$schema");
        fields.remove("title");
    }
    schema
}

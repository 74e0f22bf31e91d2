//! The description of the JSON API, made from the table of tools.

use axum::Json;
use serde_json::{Map, Value, json};

use crate::definitions::{input, plain};
use crate::tools::{TOOLS, Tool};

/// `GET /api/v1/openapi.json`.
pub(super) async fn document() -> Json<Value> {
    Json(openapi())
}

/// OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12 as ours are.
pub(super) fn openapi() -> Value {
    let mut paths = Map::new();
    for tool in TOOLS {
        paths.insert(
            format!("/api/v1/tools/{}", tool.name),
            json!({ "post": operation(tool) }),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "arc",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Questions about one repository, answered from the graph of its code and its history.",
        },
        "paths": paths,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {
                            "type": "object",
                            "required": ["code", "message"],
                            "properties": {
                                "code": {"type": "string"},
                                "message": {"type": "string"},
                                "hints": {"type": "array", "items": {"type": "string"}},
                                "candidates": {"type": "array", "items": {"type": "object"}},
                            },
                        },
                    },
                },
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation(tool: &Tool) -> Value {
    let mut responses = Map::new();
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    responses.insert(
        "200".to_owned(),
        json!({"description": "The answer", "content": content(plain((tool.output)()))}),
    );
    for (status, meaning) in [
        ("400", "The arguments are not what the tool takes"),
        ("404", "Nothing has that name"),
        ("409", "Several things have that name: the candidates"),
        ("503", "There is no graph yet, or too many ask"),
    ] {
        let error = content(json!({"$ref": "#/components/schemas/Error"}));
        responses.insert(
            status.to_owned(),
            json!({"description": meaning, "content": error}),
        );
    }
    json!({
        "operationId": tool.name,
        "summary": tool.title,
        "description": tool.description,
        "requestBody": {"required": true, "content": content(input(tool))},
        "responses": responses,
    })
}

//! Outputs against `schema/report.schema.json`.

use std::path::Path;

use serde_json::Value;

use crate::validation::validate;

/// Checks an output against the definition of this name.
pub(crate) fn check_schema(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/report.schema.json");
    let schema = std::fs::read(path).expect("the schema is there");
    let schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    let mut wrong = Vec::new();
    validate(&schema, &schema["$defs"][name], value, name, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

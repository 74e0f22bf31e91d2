//! JSON Schema, as much of it as our schemas use.

use serde_json::Value;

/// Adds what is wrong with `value`. Knows the keywords that the schema uses and no other; a field that the schema does
/// not describe is wrong as well, here if not for others.
pub(crate) fn validate(
    root: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    if *schema == Value::Bool(true) {
        return;
    }
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let holds = match keyword.as_str() {
            "description"
            | "items"
            | "properties"
            | "additionalProperties"
            | "$schema"
            | "title"
            | "default"
            | "format" => true,
            "anyOf" => rule.as_array().expect("a list").iter().any(|one| {
                let mut unlike = Vec::new();
                validate(root, one, value, at, &mut unlike);
                unlike.is_empty()
            }),
            "$ref" => {
                let pointer = rule.as_str().expect("a reference is text");
                let target = root.pointer(&pointer[1..]).expect("the definition exists");
                validate(root, target, value, at, wrong);
                true
            }
            "const" => value == rule,
            "enum" => rule.as_array().expect("a list").contains(value),
            "type" => match rule.as_array() {
                Some(types) => types.iter().any(|name| is_of(name, value)),
                None => is_of(rule, value),
            },
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap_or(0)),
            "maxItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap_or(u64::MAX)),
            "minimum" => value.is_null() || value.as_f64() >= rule.as_f64(),
            "maximum" => value.is_null() || value.as_f64() <= rule.as_f64(),
            "required" => {
                let names = rule.as_array().expect("a list").iter();
                value.is_null()
                    || names
                        .clone()
                        .all(|name| value.get(name.as_str().expect("a name")).is_some())
            }
            other => panic!("the schema uses {other}, which this test does not know"),
        };
        if !holds {
            wrong.push(format!("{at}: {value} is not {keyword} {rule}"));
        }
    }
    for (position, item) in value.as_array().into_iter().flatten().enumerate() {
        validate(
            root,
            &schema_of(schema, "items"),
            item,
            &format!("{at}[{position}]"),
            wrong,
        );
    }
    if schema.get("$ref").is_some() || schema.get("anyOf").is_some() {
        return;
    }
    for (name, item) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(name);
        match known.or_else(|| schema.get("additionalProperties")) {
            Some(known) => validate(root, known, item, &format!("{at}.{name}"), wrong),
            None => wrong.push(format!("{at}.{name} is not described")),
        }
    }
}

fn schema_of(schema: &Value, keyword: &str) -> Value {
    let none = Value::Object(serde_json::Map::new());
    schema.get(keyword).cloned().unwrap_or(none)
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type is a name") {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

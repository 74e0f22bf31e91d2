//! JSON in an answer, wherever a model puts it.

use serde_json::Value;

/// The JSON object that an answer is, or has in it: some servers know no schema, and some models explain themselves first.
pub(crate) fn json_in(text: &str) -> Option<Value> {
    let object = |text: &str| {
        let value: Value = serde_json::from_str(text.trim()).ok()?;
        value.is_object().then_some(value)
    };
    if let Some(whole) = object(text) {
        return Some(whole);
    }
    for block in text.split("```").skip(1).step_by(2) {
        let body = block.split_once('\n').map_or(block, |(_, body)| body);
        if let Some(found) = object(body) {
            return Some(found);
        }
    }
    let (start, end) = (text.find('{')?, text.rfind('}')?);
    object(text.get(start..=end)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_found_wherever_it_stands() {
        for text in [
            "{\"a\": 1}",
            "Sure!\n```json\n{\"a\": 1}\n```\nDone.",
            "Here it is: {\"a\": 1}. Anything else?",
            "```\n{\"a\": 1}\n```",
        ] {
            assert_eq!(json_in(text), Some(json!({"a": 1})), "{text}");
        }
        for text in ["", "no", "[1]", "{\"a\":", "}{"] {
            assert_eq!(json_in(text), None, "{text}");
        }
    }
}

//! From what a tool found to what is sent: cut to a size that fits, with what is missing and how fresh it is.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::page::{Format, Page};

/// Bytes of JSON that are counted as one token: code and paths have fewer letters a token than prose.
const BYTES_A_TOKEN: usize = 3;
/// Tokens of an answer unless more was asked for.
const DEFAULT_TOKENS: usize = 2_000;
/// What freshness and the ends of lists need, in bytes.
const RESERVE: usize = 400;
/// Strings that are longer are cut when an answer does not fit otherwise.
const LONG_TEXT: usize = 600;

/// How far the work tree is from the graph that answered.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Freshness {
    /// `current`: no change is known that the graph lacks. `updating`: changes are known and being read; this is from the
    /// last complete graph. `behind`: changes are known that could not be read. `frozen`: nobody looks for changes.
    pub(crate) state: &'static str,
    /// The commit that the graph was made at; null without history.
    pub(crate) commit: Option<String>,
    /// Changes that are known and not in the graph yet, in files; 0 also when nobody looks.
    pub(crate) changed_files: usize,
    /// Files named in this answer that are not as the graph has them.
    pub(crate) stale_paths: Vec<String>,
    /// Why the graph could not be updated, if it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// A tool's answer as its schema describes it: what was found, where to go on, and how fresh it is.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Output<T> {
    #[serde(flatten)]
    pub(crate) report: T,
    /// The cursor that continues the lists; null at their end.
    pub(crate) next: Option<String>,
    pub(crate) freshness: Freshness,
}

/// What a tool found, before it is cut.
pub(crate) struct Found {
    pub(crate) body: Map<String, Value>,
    /// The lists that a page is made of.
    pub(crate) lists: &'static [&'static str],
    pub(crate) page: Page,
}

impl Found {
    /// What is found, from the type that describes it.
    pub(crate) fn new(
        report: &impl Serialize,
        lists: &'static [&'static str],
        page: Page,
    ) -> Found {
        let Ok(Value::Object(body)) = serde_json::to_value(report) else {
            unreachable!("reports are structs with names that are strings");
        };
        Found { body, lists, page }
    }

    /// The paths that the answer names.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for value in self.body.values() {
            collect_paths(value, &mut paths);
        }
        paths
    }

    /// Takes from the answer what could steer a terminal or hide from a reader.
    pub(crate) fn make_inert(&mut self) {
        self.body.values_mut().for_each(make_inert);
    }

    /// Cuts the answer to `cap` tokens at most, and to fewer when nobody asked for more.
    pub(crate) fn cut(&mut self, cap: usize) {
        let tokens = if self.page.is_large {
            cap
        } else {
            cap.min(DEFAULT_TOKENS)
        };
        let most = (tokens * BYTES_A_TOKEN)
            .saturating_sub(RESERVE)
            .max(RESERVE);
        let mut rows = self.rows();
        let mut size = self.size();
        while size > most && rows > 1 {
            // Never by more than half at a time: the rows that stay may be shorter than those that go.
            rows = (rows * most / size).clamp(rows / 2, rows - 1).max(1);
            self.keep(rows);
            size = self.size();
        }
        if size > most {
            for value in self.body.values_mut() {
                shorten(value);
            }
            self.body.insert("truncated".to_owned(), Value::Bool(true));
        }
    }

    /// Rows of the longest list.
    fn rows(&self) -> usize {
        let rows = |list: &&str| self.body.get(*list)?.as_array().map(Vec::len);
        self.lists.iter().filter_map(rows).max().unwrap_or(0)
    }

    fn keep(&mut self, rows: usize) {
        let mut is_cut = false;
        for list in self.lists {
            if let Some(Value::Array(list)) = self.body.get_mut(*list) {
                is_cut |= list.len() > rows;
                list.truncate(rows);
            }
        }
        if is_cut {
            self.body.insert("truncated".to_owned(), Value::Bool(true));
        }
    }

    fn size(&self) -> usize {
        let mut counted = Counted(0);
        let written = serde_json::to_writer(&mut counted, &self.body);
        written.map_or(0, |()| counted.0)
    }

    /// The whole answer.
    pub(crate) fn finish(mut self, freshness: &Freshness) -> Reply {
        let shown = self.rows();
        let is_cut = self.body.get("truncated") == Some(&Value::Bool(true));
        // A page without rows is the end, whatever else was left out.
        let next = (is_cut && shown > 0).then(|| self.page.next(shown));
        self.body
            .insert("next".to_owned(), next.map_or(Value::Null, Value::String));
        let freshness = serde_json::to_value(freshness).unwrap_or(Value::Null);
        self.body.insert("freshness".to_owned(), freshness);
        let value = Value::Object(self.body);
        Reply {
            text: match self.page.format {
                Format::Json => value.to_string(),
                Format::Text => crate::answer::outline(&value),
            },
            value,
            is_text: self.page.format == Format::Text,
        }
    }
}

/// Counts the bytes of what is written and keeps none of them.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A finished answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer as its schema describes it.
    pub value: Value,
    /// The same as text, in the format that was asked for.
    pub text: String,
    /// The text is no JSON.
    pub is_text: bool,
}

fn collect_paths(value: &Value, paths: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect_paths(value, paths)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (Value::String(path), "path") = (value, name.as_str()) {
                    paths.insert(path.clone());
                } else {
                    collect_paths(value, paths);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes from repository text what could steer a terminal or hide from a reader: control characters, characters that turn
/// the direction of writing, and those that nobody sees.
fn make_inert(value: &mut Value) {
    let is_hostile = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    match value {
        Value::String(text) if text.contains(is_hostile) => {
            *text = text.replace(is_hostile, "\u{fffd}");
        }
        Value::Array(values) => values.iter_mut().for_each(make_inert),
        Value::Object(fields) => fields.values_mut().for_each(make_inert),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONG_TEXT => {
            let mut end = LONG_TEXT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// JSON as lines for a reader who pays by the letter: a field a line, a row of a list a line, names once.
fn outline(value: &Value) -> String {
    let mut text = String::new();
    let Value::Object(fields) = value else {
        return value.to_string();
    };
    for (name, value) in fields {
        if let Value::Array(rows) = value {
            let is_none = if rows.is_empty() { " none" } else { "" };
            text.push_str(&format!("{name}:{is_none}\n"));
            for row in rows {
                text.push_str(&format!("- {}\n", line(row)));
            }
        } else {
            text.push_str(&format!("{name}: {}\n", line(value)));
        }
    }
    text
}

fn line(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        // Quoted as in JSON when it would not stay in its line.
        Value::String(text) if text.contains(['\n', '"']) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(line).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<String> = fields
                .map(|(name, value)| format!("{name}={}", line(value)))
                .collect();
            fields.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::page::Paging;

    fn found(rows: usize, length: usize) -> Found {
        let row = json!({"path": "a.py", "text": "x".repeat(length)});
        let page = Paging::default().page(20).expect("a page");
        let body = json!({"rows": vec![row; rows], "truncated": false, "total": rows});
        Found::new(&body, &["rows"], page)
    }

    fn fresh() -> Freshness {
        Freshness {
            state: "current",
            commit: None,
            changed_files: 0,
            stale_paths: Vec::new(),
            problem: None,
        }
    }

    #[test]
    fn a_large_answer_is_cut_at_its_end_and_says_where_to_go_on() {
        let mut large = found(200, 300);
        large.cut(10_000);
        let reply = large.finish(&fresh());
        assert!(reply.text.len() < DEFAULT_TOKENS * BYTES_A_TOKEN);
        let rows = reply.value["rows"].as_array().expect("rows").len();
        assert!(rows > 10, "{rows}");
        assert_eq!(reply.value["truncated"], true);
        assert_eq!(reply.value["next"], format!("after-{rows}"));
        assert_eq!(reply.value["total"], 200);
    }

    #[test]
    fn one_row_that_is_too_long_is_shortened() {
        let mut long = found(1, 50_000);
        long.cut(10_000);
        let reply = long.finish(&fresh());
        assert!(reply.text.len() < 2_000);
        assert_eq!(reply.value["truncated"], true);
    }

    #[test]
    fn a_small_answer_stays_as_it_is() {
        let mut small = found(3, 10);
        small.cut(10_000);
        let reply = small.finish(&fresh());
        assert_eq!(reply.value["next"], Value::Null);
        assert_eq!(reply.value["rows"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn text_that_hides_or_steers_becomes_visible() {
        let mut value = json!({"a": ["x\u{1b}[31m\u{202e}y\u{e0041}z\n"]});
        make_inert(&mut value);
        assert_eq!(value["a"][0], "x\u{fffd}[31m\u{fffd}y\u{fffd}z\n");
    }

    #[test]
    fn an_outline_has_a_line_for_each_row() {
        let value =
            json!({"rows": [{"path": "a.py", "line": 3, "gone": null}], "none": [], "total": 1});
        assert_eq!(
            outline(&value),
            "rows:\n- path=a.py line=3\nnone: none\ntotal: 1\n"
        );
    }
}

//! The tools, one file each, and their table.

mod check;
mod context;
mod history;
mod impact;
mod overview;
mod query_graph;
mod search;
mod tests;
mod why;

use std::path::Path;

use arc_project::{
    AskError, Changes, GraphFile, Revision, Seeds, Target, diff_changes, find_all, find_target,
};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::{Found, Output};
use crate::failure::CallError;
use crate::page::{Page, Paging};

/// The tools, sorted by name. Assistants choose worse among many: there are never more than ten.
pub(crate) const TOOLS: &[Tool] = &[
    check::TOOL,
    context::TOOL,
    history::TOOL,
    impact::TOOL,
    overview::TOOL,
    query_graph::TOOL,
    search::TOOL,
    tests::TOOL,
    why::TOOL,
];

/// A function that assistants and programs call.
pub(crate) struct Tool {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What people read.
    pub(crate) title: &'static str,
    /// What a model reads: when to call it, and what it answers.
    pub(crate) description: &'static str,
    /// Rows of each list unless a call says otherwise.
    pub(crate) rows: usize,
    /// Without a `diff`, what it answers follows from the graph: it looks at no file and no commit.
    pub(crate) asks_graph_alone: bool,
    /// What it takes beside what all take.
    pub(crate) own_input: fn() -> Schema,
    /// What it answers.
    pub(crate) output: fn() -> Schema,
    pub(crate) run: fn(&Call<'_>, Value, Page) -> Result<Found, CallError>,
}

impl Tool {
    /// What it takes.
    pub(crate) fn input(&self) -> Schema {
        let mut input = (self.own_input)();
        let mut shared = schema::<Paging>();
        let (Some(Value::Object(own)), Some(Value::Object(shared))) = (
            input.get_mut("properties"),
            shared.get_mut("properties").map(Value::take),
        ) else {
            unreachable!("arguments are structs with fields");
        };
        own.extend(shared);
        own["limit"]["default"] = Value::from(self.rows);
        input
    }

    /// Answers a call.
    pub(crate) fn answer(&self, call: &Call<'_>, value: Value) -> Result<Found, CallError> {
        let mut own = match value {
            Value::Null => Map::new(),
            Value::Object(own) => own,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let message = "the arguments are no JSON object".to_owned();
                return Err(CallError::Arguments(message));
            }
        };
        let paging: Paging = arguments(Value::Object(Paging::split(&mut own)))?;
        let names: Vec<String> = own.keys().cloned().collect();
        let found = (self.run)(call, Value::Object(own), paging.page(self.rows)?);
        match found {
            Err(CallError::Arguments(why)) => {
                Err(CallError::Arguments(self.wrong_name(&names).unwrap_or(why)))
            }
            found => found,
        }
    }

    /// What is wrong with the first of some arguments that it does not have. Its own type does not know those that all tools have.
    fn wrong_name(&self, names: &[String]) -> Option<String> {
        let input = self.input();
        let known = input.get("properties")?.as_object()?;
        let wrong = names.iter().find(|name| !known.contains_key(*name))?;
        let wrong: String = wrong.chars().take(80).collect();
        let all: Vec<&str> = known.keys().map(String::as_str).collect();
        let all = all.join(", ");
        Some(format!(
            "{wrong}: there is no such argument; there are {all}"
        ))
    }
}

/// The tool of a table with this name.
pub(crate) fn named(table: &'static [Tool], name: &str) -> Result<&'static Tool, CallError> {
    let found = table.iter().find(|tool| tool.name == name);
    found.ok_or_else(|| CallError::UnknownTool {
        name: name.chars().take(80).collect(),
        known: table.iter().map(|tool| tool.name).collect(),
    })
}

/// How much is said of each row.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Detail {
    #[default]
    Minimal,
    Standard,
}

/// What a tool works with.
pub(crate) struct Call<'a> {
    pub(crate) graph: &'a GraphFile,
    pub(crate) root: &'a Path,
    /// The folder that targets may be relative to, from the root.
    pub(crate) prefix: &'a str,
}

impl Call<'_> {
    /// What a target means.
    pub(crate) fn target(&self, text: &str) -> Result<Target, CallError> {
        let text = asked_text("target", text)?;
        find_target(self.graph, self.prefix, text).map_err(|error| self.failed(error))
    }

    /// What a question is about: targets, one a line, and what differs from a commit.
    pub(crate) fn seeds(&self, target: &str, diff: &str) -> Result<Seeds, CallError> {
        let names = target.lines().map(str::trim);
        let mut named: Vec<Target> = Vec::new();
        for name in names.filter(|name| !name.is_empty()) {
            let text = asked_text("target", name)?;
            let found = find_all(self.graph, self.prefix, text);
            named.append(&mut found.map_err(|error| self.failed(error))?);
        }
        if diff.is_empty() && named.is_empty() {
            return Err(CallError::Arguments(
                "name a target, or a commit in diff (HEAD for uncommitted changes)".to_owned(),
            ));
        }
        if diff.is_empty() {
            return self.seeds_of(named, None);
        }
        self.seeds_of(named, Some(self.diff(diff)?))
    }

    fn seeds_of(&self, named: Vec<Target>, changes: Option<Changes>) -> Result<Seeds, CallError> {
        Seeds::new(self.graph, named, changes).map_err(|error| self.failed(error))
    }

    /// What differs from a commit.
    pub(crate) fn diff(&self, commit: &str) -> Result<Changes, CallError> {
        let revision = Revision {
            name: commit.to_owned(),
            is_staged: false,
        };
        diff_changes(self.graph, self.root, &revision).map_err(|error| self.failed(error))
    }

    pub(crate) fn failed(&self, error: AskError) -> CallError {
        CallError::of_question(self.graph, error)
    }
}

/// Reads the arguments of a call.
pub(crate) fn arguments<T: DeserializeOwned>(value: Value) -> Result<T, CallError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let at = error.path().to_string();
        let wrong = error.into_inner();
        CallError::Arguments(match at.as_str() {
            "." | "?" => wrong.to_string(),
            at => format!("{at}: {wrong}"),
        })
    })
}

/// A text that must be there, and is no longer than anybody writes.
fn asked_text<'a>(name: &str, text: &'a str) -> Result<&'a str, CallError> {
    const LONGEST: usize = 4_000;
    let text = text.trim();
    if text.is_empty() {
        return Err(CallError::Arguments(format!("{name}: this is empty")));
    }
    if text.len() > LONGEST {
        let message = format!("{name}: {} bytes are more than {LONGEST}", text.len());
        return Err(CallError::Arguments(message));
    }
    Ok(text)
}

/// The schema of a type: plain types, nothing behind references.
pub(crate) fn schema<T: JsonSchema>() -> Schema {
    generator().into_root_schema_for::<T>()
}

/// The schema of an answer.
pub(crate) fn output_schema<T: JsonSchema>() -> Schema {
    schema::<Output<T>>()
}

fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    // Formats that only Rust knows are noise, and some clients complain of them.
    settings
        .transforms
        .push(Box::new(RecursiveTransform(|schema: &mut Schema| {
            schema.remove("format");
        })));
    SchemaGenerator::new(settings)
}

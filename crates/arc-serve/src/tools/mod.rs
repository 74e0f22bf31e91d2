//! The tools, one file each, and their table.

mod check;
mod context;
mod impact;
mod overview;
mod query_graph;
mod search;
mod tests;
mod why;

use std::path::Path;

use arc_project::{
    AskError, Changes, GraphFile, Revision, Target, diff_changes, find_target, with_other_places,
};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer::{Found, Output};
use crate::failure::CallError;

/// The tools, sorted by name. Assistants choose worse among many: there are never more than ten.
pub(crate) const TOOLS: &[Tool] = &[
    check::TOOL,
    context::TOOL,
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
    /// What it takes.
    pub(crate) input: fn() -> Schema,
    /// What it answers.
    pub(crate) output: fn() -> Schema,
    pub(crate) run: fn(&Call<'_>, Value) -> Result<Found, CallError>,
}

/// The tool with this name.
pub(crate) fn tool_named(name: &str) -> Result<&'static Tool, CallError> {
    let found = TOOLS.iter().find(|tool| tool.name == name);
    found.ok_or_else(|| CallError::UnknownTool {
        name: name.chars().take(80).collect(),
        known: TOOLS.iter().map(|tool| tool.name).collect(),
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

/// How the text of an answer is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Json,
    Text,
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
    pub(crate) fn targets(
        &self,
        target: &str,
        diff: &str,
    ) -> Result<(Vec<Target>, Option<Changes>), CallError> {
        let mut targets = Vec::new();
        let names = target
            .lines()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        for name in names {
            targets.push(self.target(name)?);
        }
        if targets.is_empty() && diff.is_empty() {
            return Err(CallError::Arguments(
                "name a target, or a commit in diff (HEAD for uncommitted changes)".to_owned(),
            ));
        }
        let everywhere =
            |targets| with_other_places(self.graph, targets).map_err(|error| self.failed(error));
        if diff.is_empty() {
            return Ok((everywhere(targets)?, None));
        }
        let revision = Revision {
            name: diff.to_owned(),
            is_staged: false,
        };
        let changes =
            diff_changes(self.graph, self.root, &revision).map_err(|error| self.failed(error))?;
        for target in &changes.targets {
            if !targets.iter().any(|known| known.node.id == target.node.id) {
                targets.push(target.clone());
            }
        }
        Ok((everywhere(targets)?, Some(changes)))
    }

    pub(crate) fn failed(&self, error: AskError) -> CallError {
        CallError::of_question(self.graph, error)
    }
}

/// Reads the arguments of a call.
fn arguments<T: DeserializeOwned>(value: Value) -> Result<T, CallError> {
    let value = if value.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        value
    };
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

/// The schema of arguments: plain types, nothing behind references.
fn input_schema<T: JsonSchema>() -> Schema {
    generator().into_root_schema_for::<T>()
}

/// The schema of an answer.
fn output_schema<T: JsonSchema>() -> Schema {
    generator().into_root_schema_for::<Output<T>>()
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

//! `check`.

use std::collections::BTreeSet;

use arc_project::{
    PatchedFile, Target, check_files, is_patch, mark_unwritten, patch_changes, patch_of, read_patch,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Detail, Format, Tool, arguments, asked_text, input_schema, output_schema};
use crate::answer::{Found, Page};
use crate::failure::CallError;

const ROWS: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "check",
    title: "Check files or a patch",
    description: "What is wrong with files as they are (path), or what a change would break before it is written (patch: a \
        unified diff; or path and content: the new text of one file). Files: syntax errors, plain names and imports that resolve \
        to nothing. Changes: each definition that is removed, renamed or gets another signature, with the places that would \
        break; references inside text that is not written yet are not resolved. Use it before you call an edit done.",
    input: input_schema::<Arguments>,
    output: output_schema::<arc_project::CheckReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// Files, relative to the root, one a line
    #[serde(default)]
    path: String,
    /// The new text of the one file in path, which need not be written
    #[serde(default)]
    content: String,
    /// A unified diff, applied or not
    #[serde(default)]
    patch: String,
    /// Rows of each list, 1 to 1000
    #[serde(default = "rows")]
    limit: usize,
    /// `next` of the answer before, to continue it
    #[serde(default)]
    cursor: String,
    /// How the text is written: json, or text with one line for each row
    #[serde(default)]
    format: Format,
}

fn rows() -> usize {
    ROWS
}

fn run(call: &Call<'_>, value: Value) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let page = Page::read((asked.limit, ROWS), &asked.cursor, Detail::Minimal)?;
    let patch = patch(call, &asked)?;
    let mut paths = BTreeSet::new();
    if patch.is_none() {
        asked_text("path", &asked.path)?;
        for name in asked.path.lines().filter(|name| !name.trim().is_empty()) {
            paths.insert(path_of(call.target(name)?)?);
        }
    }
    let mut report =
        check_files(call.graph, call.root, &paths).map_err(|error| call.failed(error))?;
    if let Some(patch) = patch {
        let mut changes = patch_changes(call.graph, call.root, call.prefix, &patch)
            .map_err(|error| call.failed(error))?;
        mark_unwritten(call.graph, &mut changes).map_err(|error| call.failed(error))?;
        report = report.with_changes(&changes);
    }
    let report = report.up_to(page.end()).after(page.skipped);
    Ok(Found::new(
        &report,
        &["problems", "changes"],
        page,
        asked.format,
    ))
}

/// The change that is asked about, if one is.
fn patch(call: &Call<'_>, asked: &Arguments) -> Result<Option<Vec<PatchedFile>>, CallError> {
    if !asked.patch.is_empty() {
        if !is_patch(&asked.patch) {
            return Err(CallError::Arguments(
                "patch: this is no unified diff".to_owned(),
            ));
        }
        return Ok(Some(read_patch(&asked.patch)));
    }
    if asked.content.is_empty() {
        return Ok(None);
    }
    let path = path_of(call.target(&asked.path)?)?;
    let old = std::fs::read(call.root.join(&path)).map_err(|error| {
        CallError::negative("unreadable", format!("{path} cannot be read: {error}"))
    })?;
    let old = String::from_utf8_lossy(&old);
    Ok(Some(read_patch(&patch_of(&path, &old, &asked.content))))
}

fn path_of(target: Target) -> Result<String, CallError> {
    target.node.path.ok_or_else(|| {
        let message = format!("{} is outside of the project", target.node.qualified_name);
        CallError::negative("outside", message)
    })
}

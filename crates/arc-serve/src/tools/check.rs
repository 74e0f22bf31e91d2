//! `check`.

use std::collections::BTreeSet;

use arc_project::{
    Changes, PatchedFile, Target, check_files, is_patch, mark_unwritten, patch_changes, read_patch,
    rewriting,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, asked_text, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "check",
    title: "Check files or a patch",
    description: "What is wrong with files as they are (path), or what a change would break before it is written (patch: a \
        unified diff; or path and content: the new text of one file). Without arguments: the uncommitted change. Files: syntax errors, plain names and imports that resolve \
        to nothing. Changes: each definition that is removed, renamed or gets another signature, with the places that would \
        break; references inside text that is not written yet are not resolved. Use it before you call an edit done.",
    rows: 20,
    own_input: schema::<Arguments>,
    output: output_schema::<arc_project::CheckReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// Files, relative to the root, one a line; empty for those that differ from the last commit
    #[serde(default)]
    path: String,
    /// The new text of the one file in path, which need not be written
    #[serde(default)]
    content: String,
    /// A unified diff, applied or not
    #[serde(default)]
    patch: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let (paths, changes) = subject(call, &asked)?;
    let mut report =
        check_files(call.graph, call.root, &paths).map_err(|error| call.failed(error))?;
    if let Some(changes) = changes {
        report = report.with_changes(&changes);
    }
    let report = report.up_to(page.end()).after(page.skipped);
    Ok(Found::new(&report, &["problems", "changes"], page))
}

/// The files that are asked about, and the change.
fn subject(
    call: &Call<'_>,
    asked: &Arguments,
) -> Result<(BTreeSet<String>, Option<Changes>), CallError> {
    let mut paths = BTreeSet::new();
    if let Some(patch) = patch(call, asked)? {
        let mut changes = patch_changes(call.graph, call.root, call.prefix, &patch)
            .map_err(|error| call.failed(error))?;
        mark_unwritten(call.graph, &mut changes).map_err(|error| call.failed(error))?;
        return Ok((paths, Some(changes)));
    }
    if asked.path.trim().is_empty() {
        let changes = call.diff("HEAD")?;
        for path in changes.paths() {
            if call.graph.file(path)?.is_some() {
                paths.insert(path.to_owned());
            }
        }
        return Ok((paths, Some(changes)));
    }
    asked_text("path", &asked.path)?;
    for name in asked.path.lines().filter(|name| !name.trim().is_empty()) {
        paths.insert(path_of(call.target(name)?)?);
    }
    Ok((paths, None))
}

/// The change that is given, if one is.
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
    let patch = rewriting(call.root, &path, &asked.content).map_err(|error| {
        CallError::negative("unreadable", format!("{path} cannot be read: {error}"))
    })?;
    Ok(Some(patch))
}

fn path_of(target: Target) -> Result<String, CallError> {
    target.node.path.ok_or_else(|| {
        let message = format!("{} is outside of the project", target.node.qualified_name);
        CallError::negative("outside", message)
    })
}

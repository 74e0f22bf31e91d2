//! `check`.

use std::collections::BTreeSet;

use arc_project::{
    Changes, PatchedFile, check_changes, check_files, find_path, is_patch, mark_unwritten,
    patch_changes, read_patch, rewriting,
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
    description: "What is wrong with files as they are (path), or with a change before it is written (patch: a unified diff; \
        or path and content: the new text of one file, also of one that is not there yet). Without arguments: the uncommitted \
        change. Problems: syntax errors, plain names and imports that resolve to nothing, in the project with the whole \
        change. Changes: each definition that is removed, renamed or gets another signature, with the places that would \
        break. Use it before you call an edit done.",
    rows: 20,
    asks_graph_alone: false,
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
    /// The new text of the one file in path, which need not be written, nor be there
    #[serde(default)]
    content: String,
    /// A unified diff, applied or not
    #[serde(default)]
    patch: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let report = match patch(call, &asked)? {
        Some(patch) => {
            let mut changes = patch_changes(call.graph, call.root, call.prefix, &patch)
                .map_err(|error| call.failed(error))?;
            mark_unwritten(call.graph, &mut changes).map_err(|error| call.failed(error))?;
            check_changes(call.graph, &changes).map(|report| report.with_changes(&changes))
        }
        None => {
            let (paths, changes) = written(call, &asked)?;
            let report = check_files(call.graph, call.root, &paths);
            report.map(|report| match changes {
                Some(changes) => report.with_changes(&changes),
                None => report,
            })
        }
    };
    let report = report
        .and_then(|report| report.with_nearest(call.graph))
        .map_err(|error| call.failed(error))?;
    let report = report.up_to(page.end()).after(page.skipped);
    Ok(Found::new(&report, &["problems", "changes"], page))
}

/// The files that are asked about as they are, and the uncommitted change when none is named.
fn written(
    call: &Call<'_>,
    asked: &Arguments,
) -> Result<(BTreeSet<String>, Option<Changes>), CallError> {
    let mut paths = BTreeSet::new();
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
        let path = call.target(name)?.node.path.ok_or_else(|| {
            let message = format!("{} is outside of the project", name.trim());
            CallError::negative("outside", message)
        })?;
        paths.insert(path);
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
    let text = asked_text("path", &asked.path)?;
    let patch = find_path(call.graph, call.prefix, text)
        .and_then(|path| rewriting(call.graph, call.root, &path, &asked.content))
        .map_err(|error| call.failed(error))?;
    Ok(Some(Vec::from([patch])))
}

//! What `arc run --json` prints.

use arc_sandbox::{Backend, Change, Changes, Ending, Job, Kept, Output, Report};
use serde_json::{Value, json};

/// Everything there is to tell of a run.
pub(crate) struct Told<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) job: &'a Job,
    pub(crate) report: &'a Report,
    pub(crate) changes: &'a Changes,
    pub(crate) kept: &'a Kept,
}

/// The object of the schema `arc.run/1`.
pub(crate) fn told(told: &Told<'_>) -> Value {
    let report = told.report;
    let (result, code, signal, limit, message) = match &report.ending {
        Ending::Exited(code) => ("exited", Some(*code), None, None, None),
        Ending::Signaled(signal) => ("signaled", None, Some(*signal), None, None),
        Ending::Limited(limit) => ("limited", None, None, Some(limit.as_str()), None),
        Ending::NotFound => ("not_found", None, None, None, None),
        Ending::NotExecutable(why) => ("not_executable", None, None, None, Some(why.as_str())),
        Ending::Cancelled => ("cancelled", None, None, None, None),
    };
    json!({
        "schema": "arc.run/1",
        "command": told.job.command.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>(),
        "work": told.job.work.to_string_lossy(),
        "result": result,
        "code": code,
        "signal": signal,
        "limit": limit,
        "message": message,
        "limits_met": report.met.iter().map(|limit| limit.as_str()).collect::<Vec<_>>(),
        "stdout": output(&report.stdout),
        "stderr": output(&report.stderr),
        "wall_ms": millis(report.wall),
        "cpu_ms": millis(report.cpu),
        "peak_memory": report.peak_memory,
        "peak_processes": report.peak_processes,
        "changes": told.changes.list.iter().map(|change| row(change, told.kept)).collect::<Vec<_>>(),
        "total": {"changes": told.changes.list.len(), "kept": told.kept.taken.len()},
        "truncated": told.changes.is_cut,
        "backend": told.backend.as_str(),
        "image": report.image,
        "layers": report.layers.iter().map(|layer| layer.as_str()).collect::<Vec<_>>(),
        "lost": report.lost.iter().map(|lost| json!({"layer": lost.layer.as_str(), "why": lost.why})).collect::<Vec<_>>(),
    })
}

fn millis(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn output(output: &Output) -> Value {
    json!({
        "text": String::from_utf8_lossy(&output.bytes),
        "bytes": output.total,
        "truncated": output.is_truncated(),
        "utf8": std::str::from_utf8(&output.bytes).is_ok(),
    })
}

fn row(change: &Change, kept: &Kept) -> Value {
    let why = kept
        .left
        .binary_search_by(|(path, _)| path.cmp(&change.path))
        .ok()
        .map(|found| &kept.left[found].1);
    json!({
        "path": change.path.to_string_lossy(),
        "kind": change.kind.as_str(),
        "entry": change.entry.as_str(),
        "mode": format!("{:o}", change.mode),
        "size": change.size,
        "kept": kept.taken.binary_search(&change.path).is_ok(),
        "why_not": why,
    })
}

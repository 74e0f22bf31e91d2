//! What broke and was repaired by `arc heal`: written down beside the graph, so that slices and risk know of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use arc_store::{GraphFile, MendedRow, StoreError};

use crate::dates::day_of;
use crate::feedback::{now, written};
use crate::patch::{PatchHunk, read_patch};
use crate::redact::redact;

/// Bytes of a text that are kept.
const MAX_TEXT: usize = 500;
/// Bytes of a repair that are kept; of a larger one only that it was made.
const MAX_DIFF: usize = 16 << 10;

/// A fault and its repair, as whoever repaired it tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incident {
    /// The session.
    pub session: String,
    /// The class of the fault.
    pub class: String,
    /// What was said of it.
    pub message: String,
    /// The rule that repaired it.
    pub rule: String,
    /// Why that is a repair.
    pub why: String,
    /// The repair as a unified diff.
    pub diff: String,
}

/// Writes incidents down, one for each file of their repairs, now. The graph must not be held open for reading.
///
/// # Errors
/// When the graph cannot be written.
pub fn record_incidents(
    graph: &Path,
    incidents: &[Incident],
    patience: Duration,
) -> Result<(), StoreError> {
    let time = now();
    let rows: Vec<MendedRow> = incidents
        .iter()
        .flat_map(|incident| rows_of(incident, time))
        .collect();
    written(graph, patience, |update| update.put_mended(&rows))
}

/// Notes that the repairs of a session were taken back. How many are known.
///
/// # Errors
/// When the graph cannot be written.
pub fn undo_incidents(
    graph: &Path,
    session: &str,
    patience: Duration,
) -> Result<usize, StoreError> {
    written(graph, patience, |update| update.undo_mended(session))
}

fn rows_of(incident: &Incident, time: i64) -> Vec<MendedRow> {
    let files = read_patch(&incident.diff);
    let row = |path: &str, line: u32| MendedRow {
        time,
        about: format!("{}:{path}", incident.session),
        path: path.to_owned(),
        line,
        symbol: String::new(),
        class: incident.class.clone(),
        message: kept(&incident.message),
        rule: incident.rule.clone(),
        text: kept(&incident.why),
        diff: match incident.diff.len() {
            0..=MAX_DIFF => redact(&incident.diff).0.into_owned(),
            _ => String::new(),
        },
        is_undone: false,
    };
    files
        .iter()
        .map(|file| row(&file.path, file.hunks.first().map_or(1, first_line)))
        .collect()
}

/// The first line that a hunk changes, in the file as it was.
fn first_line(hunk: &PatchHunk) -> u32 {
    let before = hunk.lines.iter().take_while(|(mark, _)| *mark == ' ');
    hunk.old_start.max(1) + before.count() as u32
}

/// The start of a text, without secrets.
fn kept(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_TEXT.min(text.len()));
    redact(&text[..end]).0.into_owned()
}

/// The newest incidents of files, one line each, at most `most` of them. Those whose repair was taken back say so.
///
/// # Errors
/// When the graph cannot be read.
pub fn told_incidents(
    graph: &GraphFile,
    paths: &BTreeSet<&str>,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    let mut rows = Vec::new();
    for path in paths {
        rows.extend(graph.mended(Some(path))?);
    }
    rows.sort_by(|a, b| (b.time, &a.about).cmp(&(a.time, &b.about)));
    rows.truncate(most);
    let place = |row: &MendedRow| match row.symbol.as_str() {
        "" => row.path.clone(),
        symbol => format!("{}::{symbol}", row.path),
    };
    let line = |row: &MendedRow| {
        let end = if row.is_undone { ", taken back" } else { "" };
        format!(
            "{} {}: {}: {}; repaired by {}: {}{end}",
            day_of(row.time),
            place(row),
            row.class,
            row.message.lines().next().unwrap_or(""),
            row.rule,
            row.text.lines().next().unwrap_or("")
        )
    };
    Ok(rows.iter().map(line).collect())
}

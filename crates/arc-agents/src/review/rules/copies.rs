//! Lines that stood in two places, and are other ones in one of them only.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use arc_project::{AskError, is_made};
use rayon::prelude::*;

use super::duplication::{Line, candidates, telling};
use super::{counted, has_functions};
use crate::review::finding::{Finding, FindingKind, Place, Severity};
use crate::review::subject::{ReviewedFile, Subject, is_test};

/// Telling lines in a row that were the same, at least.
const MIN_LINES: usize = 4;
/// Their letters and digits, at least.
const MIN_LETTERS: usize = 80;
/// Lines before and behind those that change that were the same, at least.
const MIN_AROUND: usize = 1;
/// Lines before and behind that are compared.
const MAX_AROUND: usize = 12;
/// Lines in a row that change, at most: more is no repair.
const MAX_CHANGED: usize = 6;
/// Places that have the same lines, at most: what stands everywhere is a form.
const MAX_PLACES: usize = 2;
/// Bytes of files that are searched.
const MAX_BYTES: usize = 8 << 20;
/// What is said of one change, at most.
const MAX_FINDINGS: usize = 3;

/// A place that still has what a change took from another.
struct Twin {
    path: String,
    line: u32,
    count: usize,
}

/// Lines of a file that became others.
struct Edit {
    /// Among the telling lines of the text before.
    old: Range<usize>,
    /// The first of them, without what it is indented by.
    first: String,
    /// What they said.
    said: String,
    /// The first of the lines that took their place.
    line: u32,
}

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) -> Result<(), AskError> {
    let mut read = Read::default();
    let mut told = 0;
    for file in subject.files() {
        let Some(old) = file.old.as_deref().filter(|_| file.is_judged()) else {
            continue;
        };
        let edits = edits(file, old);
        let old = telling(old);
        if edits.is_empty() || !has_functions(subject, &file.path)? {
            continue;
        }
        let mut twins: Vec<Vec<Twin>> = Vec::new();
        twins.resize_with(edits.len(), Vec::new);
        let paths = candidates(subject, file)?;
        read.add(subject, &paths)?;
        let files = subject.files();
        let in_file = |path: &String| {
            let text = &read.texts[path];
            // To look for a line is far cheaper than to take all lines apart.
            if !edits.iter().any(|edit| text.contains(&edit.first)) {
                return Vec::new();
            }
            let lines = &telling(text);
            let new_lines = files.iter().find(|file| file.path == *path);
            let is_new = |line: u32| new_lines.is_some_and(|file| file.has(line));
            let twins = edits.iter();
            let twins = twins.map(|edit| twins_in(&old, &edit.old, (path, lines), &is_new));
            twins.collect::<Vec<Vec<Twin>>>()
        };
        let found: Vec<Vec<Vec<Twin>>> = paths.par_iter().map(in_file).collect();
        for of_file in found {
            for (twins, more) in twins.iter_mut().zip(of_file) {
                twins.extend(more);
            }
        }
        for (edit, twins) in edits.iter().zip(twins) {
            if told < MAX_FINDINGS && !twins.is_empty() && twins.len() <= MAX_PLACES {
                told += 1;
                findings.push(finding(subject, file, edit, &twins));
            }
        }
    }
    Ok(())
}

/// Texts that are searched.
#[derive(Default)]
struct Read {
    /// By path; empty for what is not searched.
    texts: BTreeMap<String, Arc<str>>,
    bytes: usize,
}

impl Read {
    /// Reads files that were not read yet.
    fn add(&mut self, subject: &Subject<'_>, paths: &[String]) -> Result<(), AskError> {
        let unread = paths.iter().filter(|path| !self.texts.contains_key(*path));
        let unread: Vec<&str> = unread.map(String::as_str).collect();
        let on_disk = |path: &&&str| subject.file(path).is_none();
        let others: Vec<&str> = unread.iter().filter(on_disk).copied().collect();
        // What cannot be read is no copy.
        let mut others = subject.texts(&others).into_iter();
        for path in unread {
            let text = match subject.file(path) {
                Some(file) => Arc::from(file.text.as_str()),
                None => others.next().unwrap_or_default(),
            };
            self.bytes += text.len();
            let is_read = self.bytes <= MAX_BYTES && is_written(subject, path)?;
            let text = if is_read { text } else { Arc::default() };
            self.texts.insert(path.to_owned(), text);
        }
        Ok(())
    }
}

/// Whether a file is written by people, and is no test.
fn is_written(subject: &Subject<'_>, path: &str) -> Result<bool, AskError> {
    if let Some(file) = subject.file(path) {
        return Ok(file.is_judged());
    }
    Ok(!is_test(subject.graph, path)? && !is_made(subject.graph, path)?)
}

/// The few lines in a row that became other lines.
fn edits(file: &ReviewedFile<'_>, text: &str) -> Vec<Edit> {
    let old = telling(text);
    let kept = &file.kept;
    let new: BTreeSet<u32> = telling(&file.text)
        .iter()
        .map(|line| line.number)
        .filter(|line| file.has(*line))
        .collect();
    let mut edits = Vec::new();
    let mut at = 0;
    while at < old.len() {
        if kept.contains_key(&old[at].number) {
            at += 1;
            continue;
        }
        let first = at;
        while at < old.len() && !kept.contains_key(&old[at].number) {
            at += 1;
        }
        let before = first
            .checked_sub(1)
            .and_then(|before| kept.get(&old[before].number));
        let behind = old.get(at).and_then(|behind| kept.get(&behind.number));
        let (Some(before), Some(behind)) = (before, behind) else {
            continue;
        };
        // What only went is tidied up; what came in its place says that it was wrong.
        let came = new.range(before + 1..(*behind).max(before + 1)).next();
        if let Some(line) = came.filter(|_| at - first <= MAX_CHANGED) {
            let mut lines = text.lines().skip(old[first].number as usize - 1).peekable();
            let begin = lines.peek().map_or("", |line| line.trim());
            let lines = lines.take((old[at - 1].number + 1 - old[first].number) as usize);
            edits.push(Edit {
                old: first..at,
                first: begin.to_owned(),
                said: lines.flat_map(str::split_whitespace).collect(),
                line: *line,
            });
        }
    }
    edits
}

/// Where the lines of an edit, with those around them, still stand as they were.
fn twins_in(
    old: &[Line],
    edit: &Range<usize>,
    (path, lines): (&str, &[Line]),
    is_new: &dyn Fn(u32) -> bool,
) -> Vec<Twin> {
    let mut twins = Vec::new();
    for at in 0..lines.len() {
        if lines[at].said != old[edit.start].said {
            continue;
        }
        let is_same = |(one, other): &(&Line, &Line)| one.said == other.said;
        let behind = old[edit.start..].iter().zip(&lines[at..]);
        let behind: Vec<(&Line, &Line)> = behind
            .take(edit.len() + MAX_AROUND)
            .take_while(is_same)
            .collect();
        let before = old[..edit.start].iter().rev().zip(lines[..at].iter().rev());
        let before: Vec<(&Line, &Line)> = before.take(MAX_AROUND).take_while(is_same).collect();
        let both = || before.iter().chain(&behind);
        let letters: usize = both().map(|(one, _)| one.letters).sum();
        let count = both().count();
        if behind.len() >= edit.len() + MIN_AROUND
            && before.len() >= MIN_AROUND
            && count >= MIN_LINES
            && letters >= MIN_LETTERS
            && !both().any(|(_, other)| is_new(other.number))
        {
            twins.push(Twin {
                path: path.to_owned(),
                line: lines[at].number,
                count,
            });
        }
    }
    twins
}

fn finding(subject: &Subject<'_>, file: &ReviewedFile<'_>, edit: &Edit, twins: &[Twin]) -> Finding {
    let first = &twins[0];
    let lines = counted(first.count, "line");
    let message = format!(
        "{lines} around here also stand at {}:{}, where this change is not made",
        first.path, first.line
    );
    let place = Place {
        path: &file.path,
        line: Some(edit.line),
        symbol: None,
    };
    let own = format!("{}:{}", file.path, edit.line);
    let places = twins
        .iter()
        .map(|twin| format!("{}:{}", twin.path, twin.line));
    let evidence: Vec<_> = places
        .chain([own])
        .map(|at| subject.evidence(&at))
        .collect();
    Finding::new(
        FindingKind::UnevenCopy,
        (Severity::Low, 0.5),
        place,
        &edit.said,
        message,
    )
    .with(evidence)
}

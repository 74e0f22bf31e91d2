//! New lines that stand in another place already.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arc_project::AskError;
use rayon::prelude::*;

use super::{counted, has_functions};
use crate::review::finding::{Finding, FindingKind, Place, Severity};
use crate::review::subject::{ReviewedFile, Subject};

/// Telling lines in a row that are the same, at least.
const MIN_LINES: usize = 8;
/// Their letters and digits, at least.
const MIN_LETTERS: usize = 200;
/// Files of the same folder, or of the change, that are searched for each file.
const MAX_FILES: usize = 60;
/// Bytes of them.
const MAX_BYTES: usize = 8 << 20;
/// New lines in a row that are compared. A text that repeats itself must not take long.
const MAX_NEW: usize = 2_000;
/// Lines of one copy that are counted.
const MAX_RUN: usize = 500;
/// What is said of one change, at most.
const MAX_FINDINGS: usize = 3;

/// A line that says something: its number and what it says without whitespace.
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) said: u64,
    pub(super) letters: usize,
}

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) -> Result<(), AskError> {
    let mut read: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut bytes = 0;
    let mut found: Vec<(usize, [String; 2], Finding)> = Vec::new();
    for file in subject.files() {
        let (Some(language), true) = (file.language(), file.is_judged()) else {
            continue;
        };
        let windows = new_windows(file);
        if windows.is_empty() || !has_functions(subject, &file.path)? {
            continue;
        }
        let wanted: HashSet<u64> = windows.iter().flatten().map(|line| line.said).collect();
        let mut paths = candidates(subject, file)?;
        let mut texts: Vec<(String, Arc<str>)> = Vec::new();
        let unread: Vec<&str> = paths
            .iter()
            .filter(|path| !read.contains_key(*path))
            .map(String::as_str)
            .collect();
        let mut found_texts = subject.texts(&unread).into_iter();
        for (at, path) in paths.iter().enumerate() {
            if read.contains_key(path) {
                continue;
            }
            // What cannot be read is no duplicate.
            let text = found_texts.next().unwrap_or_default();
            bytes += text.len();
            if bytes > MAX_BYTES {
                paths.truncate(at);
                break;
            }
            texts.push((path.clone(), text));
        }
        read.par_extend(texts.into_par_iter().map(|(path, text)| {
            let is_same = arc_project::detect(&path, &text)
                .is_some_and(|detected| detected.language == language);
            let lines = if is_same { telling(&text) } else { Vec::new() };
            (path, lines)
        }));
        let same: Vec<Option<Same>> = paths
            .par_iter()
            .map(|path| longest(file, (&windows, &wanted), (path, &read[path])))
            .collect();
        for (path, same) in paths.iter().zip(same) {
            let between = [file.path.clone(), path.clone()];
            found.extend(
                same.map(|same| (same.count, between, finding(subject, file, path, &same))),
            );
        }
    }
    found.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    // Of two files that came with the same lines each is a copy of the other: that is said once.
    let mut told: BTreeSet<[String; 2]> = BTreeSet::new();
    found.retain(|(_, between, _)| {
        let [one, other] = between.clone();
        told.insert(between.clone()) && (one == other || !told.contains(&[other, one]))
    });
    found.truncate(MAX_FINDINGS);
    findings.extend(found.into_iter().map(|(.., finding)| finding));
    Ok(())
}

/// The lines of a text that say something: no brackets alone, no imports.
pub(super) fn telling(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let letters = line.bytes().filter(u8::is_ascii_alphanumeric).count();
        let first = line.split_whitespace().next().unwrap_or("");
        let is_import = matches!(
            first,
            "import" | "from" | "use" | "#include" | "using" | "require"
        );
        let is_comment = ["//", "#", "*", "/*"]
            .iter()
            .any(|mark| first.starts_with(mark));
        if letters < 3 || is_import || is_comment {
            continue;
        }
        lines.push(Line {
            number,
            said: hashed(line),
            letters,
        });
    }
    lines
}

/// What a line says, whatever whitespace it is written with (FNV-1a: lines are short, and all of a folder are hashed).
fn hashed(line: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let said = line.bytes().filter(|byte| !byte.is_ascii_whitespace());
    said.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

/// The new lines of a file in rows without a gap.
fn new_windows(file: &ReviewedFile<'_>) -> Vec<Vec<Line>> {
    let mut rows: Vec<Vec<Line>> = vec![Vec::new()];
    for line in telling(&file.text) {
        if file.has(line.number) {
            rows.last_mut().expect("there is always one").push(line);
        } else if rows.last().is_some_and(|row| !row.is_empty()) {
            rows.push(Vec::new());
        }
    }
    rows.retain(|row| row.len() >= MIN_LINES);
    for row in &mut rows {
        row.truncate(MAX_NEW);
    }
    rows
}

/// Where a copy is likely to be: the other files of the change, and of the folder.
pub(super) fn candidates(
    subject: &Subject<'_>,
    file: &ReviewedFile<'_>,
) -> Result<Vec<String>, AskError> {
    let mut paths: BTreeSet<String> = BTreeSet::from([file.path.clone()]);
    let ending = file.path.rsplit_once('.').map_or("", |(_, ending)| ending);
    for near in subject.graph.files_around(&file.path, MAX_FILES)? {
        let path = subject.graph.path_of(near)?;
        paths.extend(path.filter(|path| path.ends_with(ending)));
    }
    let others = subject.files().iter().filter(|other| other.is_judged());
    paths.extend(others.map(|other| other.path.clone()).take(MAX_FILES));
    Ok(paths.into_iter().collect())
}

/// Lines that are the same in a row.
struct Same {
    /// Where they are new.
    line: u32,
    /// Where else they stand.
    other: u32,
    count: usize,
}

/// The longest row of new lines, which say what is `wanted`, that also stands in another file, or in the same one outside of the new lines.
fn longest(
    file: &ReviewedFile<'_>,
    (rows, wanted): (&[Vec<Line>], &HashSet<u64>),
    (path, lines): (&str, &[Line]),
) -> Option<Same> {
    let is_own = path == file.path;
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    let told = lines.iter().enumerate();
    for (at, line) in told.filter(|(_, line)| wanted.contains(&line.said)) {
        let known = places.entry(line.said).or_default();
        // What is said very often is no sign of a copy.
        if known.len() < 16 {
            known.push(at);
        }
    }
    let mut best: Option<Same> = None;
    for row in rows {
        for start in 0..row.len() {
            for other in places.get(&row[start].said).into_iter().flatten() {
                let run = row[start..].iter().zip(&lines[*other..]);
                let run: Vec<_> = run
                    .take(MAX_RUN)
                    .take_while(|(new, old)| {
                        new.said == old.said && !(is_own && file.has(old.number))
                    })
                    .collect();
                let letters: usize = run.iter().map(|(new, _)| new.letters).sum();
                let is_longer = best.as_ref().is_none_or(|best| run.len() > best.count);
                if run.len() >= MIN_LINES && letters >= MIN_LETTERS && is_longer {
                    best = Some(Same {
                        line: row[start].number,
                        other: lines[*other].number,
                        count: run.len(),
                    });
                }
            }
        }
    }
    best
}

fn finding(subject: &Subject<'_>, file: &ReviewedFile<'_>, path: &str, same: &Same) -> Finding {
    let lines = counted(same.count, "line");
    let message = format!("{lines} from here on also stand at {path}:{}", same.other);
    let place = Place {
        path: &file.path,
        line: Some(same.line),
        symbol: None,
    };
    let at = |path: &str, line: u32| subject.evidence(&format!("{path}:{line}"));
    Finding::new(
        FindingKind::Duplication,
        (Severity::Low, 0.8),
        place,
        path,
        message,
    )
    .with([at(path, same.other), at(&file.path, same.line)])
}

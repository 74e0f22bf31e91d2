//! Which tests ran what: coverage files on their way into the graph, and what they say of a target.
//!
//! What is kept is tied to the content of each file at the time: of a file that was edited since, nothing is said until
//! coverage is imported again. Names of tests are looked up when a question is asked, so that updates change nothing here.

mod executed;
mod formats;
mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use arc_history::{Against, GitHistory};
use arc_store::{CoverageRow, CoverageRows, GraphFile, StoreError, Update, WriteLock};
use serde_json::{Value, json};

use crate::ask::AskError;

pub use executed::{CoverageUsed, coverage_made};
pub(crate) use executed::{Executed, SeenTests, put_first};

/// The key of `meta` with what was imported.
pub(crate) const IMPORTED: &str = "coverage";

/// What was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageReport {
    /// Tests that ran something.
    pub tests: usize,
    /// Files of the project with lines that ran.
    pub files: usize,
    /// Files that were another text when the coverage was made, or may have been.
    pub left_out: Vec<String>,
    /// Files that are not in the graph.
    pub unknown: usize,
    /// Coverage files without a line that a test ran: of a test that was skipped, or of a benchmark.
    pub empty: Vec<String>,
    /// Names that no test of the project has: what they ran says that somebody ran it, and not who.
    pub unnamed: Vec<String>,
}

/// Coverage cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// A file cannot be used.
    #[error("cannot import the coverage of {path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The commit it was made at cannot be compared with.
    #[error(transparent)]
    History(#[from] arc_history::HistoryError),
    /// The graph cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The graph cannot be asked for tests.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Imports coverage into the graph of the tree at `root`, which is up to date.
///
/// # Errors
/// When a file or the graph cannot be used; the graph is then as it was.
pub fn import_coverage(
    root: &Path,
    graph: &Path,
    files: &[PathBuf],
    at: Option<&str>,
    patience: Duration,
) -> Result<CoverageReport, CoverageError> {
    let mut read = Vec::new();
    for path in files {
        let found = formats::read(path).map_err(|why| CoverageError::File {
            path: path.clone(),
            why,
        })?;
        read.push((path, made_at(path), found));
    }
    // One file that says nothing is no reason to leave out the others.
    let empty: Vec<String> = read
        .iter()
        .filter(|(_, _, found)| found.missing.is_some())
        .map(|(path, _, _)| path.to_string_lossy().into_owned())
        .collect();
    if empty.len() == read.len()
        && let Some((path, _, found)) = read.first()
    {
        let missing = found.missing.unwrap_or_default();
        return Err(CoverageError::File {
            path: (*path).clone(),
            why: format!(
                "{} without names of tests or without lines: {missing}",
                found.format
            ),
        });
    }
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let (rows, report, meta) = {
        let graph = GraphFile::open(graph)?;
        let mut import = Import::new(&root, &graph, at)?;
        for (_, made_at, found) in &read {
            import.add(*made_at, &found.lines);
        }
        let (rows, mut report) = import.finished();
        report.empty = empty;
        report.unnamed = unnamed(&graph, &rows.tests)?;
        let sources = read.iter().map(|(path, made_at, found)| {
            json!({"path": path.to_string_lossy(), "format": found.format, "made_at": made_at})
        });
        let meta = json!({
            "sources": sources.collect::<Vec<Value>>(),
            "made_at": read.iter().map(|(_, made_at, _)| *made_at).max(),
            "commit": at,
            "tests": report.tests,
            "files": report.files,
            "left_out": report.left_out,
        });
        (rows, report, meta.to_string())
    };
    let lock = WriteLock::acquire(graph, patience)?;
    let update = Update::begin(&lock)?;
    update.set_coverage(&rows)?;
    update.set_or_forget_meta(IMPORTED, (!read.is_empty()).then_some(meta.as_str()))?;
    update.commit()?;
    Ok(report)
}

/// Of names of tests those that no test of the project has.
fn unnamed(graph: &GraphFile, names: &[String]) -> Result<Vec<String>, AskError> {
    let mut unnamed = Vec::new();
    for name in names {
        if name != formats::LOADING && executed::test_named(graph, name)?.is_none() {
            unnamed.push(name.clone());
        }
    }
    Ok(unnamed)
}

/// When a file was written, in seconds since 1970.
fn made_at(path: &Path) -> i64 {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let since = modified
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs().cast_signed())
}

struct Import<'a> {
    root: &'a Path,
    /// Path, content and time of every file that was read.
    known: BTreeMap<String, ([u8; 16], i64)>,
    /// Ends of paths, to find files that are named from elsewhere.
    by_name: BTreeMap<String, Vec<String>>,
    /// What differs from the commit that the coverage was made at.
    changed: Option<BTreeSet<String>>,
    lines: BTreeMap<String, BTreeMap<String, BTreeSet<u32>>>,
    left_out: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl<'a> Import<'a> {
    fn new(
        root: &'a Path,
        graph: &GraphFile,
        at: Option<&str>,
    ) -> Result<Import<'a>, CoverageError> {
        let mut known = BTreeMap::new();
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in graph.files()? {
            let Some(hash) = file.row.hash else {
                continue;
            };
            let path = file.row.path;
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            by_name.entry(name).or_default().push(path.clone());
            known.insert(path, (hash, file.row.stamp.mtime_ns / 1_000_000_000));
        }
        let changed = match at {
            Some(revision) => {
                let paths: Vec<String> = known.keys().cloned().collect();
                let git = GitHistory::open(root)?;
                let compared = git.compare(root, revision, Against::WorkTree(&paths))?;
                Some(compared.files.into_iter().map(|file| file.path).collect())
            }
            None => None,
        };
        Ok(Import {
            root,
            known,
            by_name,
            changed,
            lines: BTreeMap::new(),
            left_out: BTreeSet::new(),
            unknown: BTreeSet::new(),
        })
    }

    fn add(&mut self, made_at: i64, lines: &formats::Lines) {
        for (written, tests) in lines {
            let Some(path) = self.place(written) else {
                self.unknown.insert(written.clone());
                continue;
            };
            let time = self.known.get(&path).map_or(0, |(_, time)| *time);
            let is_other = match &self.changed {
                Some(changed) => changed.contains(&path),
                None => time > made_at,
            };
            if is_other {
                self.left_out.insert(path);
                continue;
            }
            let own = self.lines.entry(path).or_default();
            for (test, lines) in tests {
                own.entry(test.clone()).or_default().extend(lines);
            }
        }
    }

    /// The file of the project that is meant: below the root, or else the one with the longest common end.
    fn place(&self, written: &str) -> Option<String> {
        let written = written.replace('\\', "/");
        let path = Path::new(&written).strip_prefix(self.root).ok();
        let path = path.map_or_else(
            || written.clone(),
            |path| path.to_string_lossy().into_owned(),
        );
        let path = path.trim_start_matches("./");
        if self.known.contains_key(path) {
            return Some(path.to_owned());
        }
        let parts: Vec<&str> = path.split('/').collect();
        let candidates = self.by_name.get(*parts.last()?)?;
        let common = |candidate: &String| {
            let own = candidate.rsplit('/');
            own.zip(parts.iter().rev())
                .take_while(|(one, other)| one == *other)
                .count()
        };
        let best = candidates.iter().map(common).max()?;
        let mut fitting = candidates
            .iter()
            .filter(|candidate| common(candidate) == best);
        let (first, other) = (fitting.next()?, fitting.next());
        // A bare name that several files have means none of them.
        (other.is_none() && (best > 1 || parts.len() == 1 || !first.contains('/')))
            .then(|| first.clone())
    }

    fn finished(self) -> (CoverageRows, CoverageReport) {
        let tests: BTreeSet<&String> = self.lines.values().flat_map(BTreeMap::keys).collect();
        let tests: Vec<String> = tests.into_iter().cloned().collect();
        let position = |name: &String| tests.binary_search(name).map_or(0, |at| at as u32);
        let files = self.lines.iter().filter_map(|(path, of_tests)| {
            let (hash, _) = self.known.get(path)?;
            let runs = of_tests
                .iter()
                .map(|(test, lines)| (position(test), lines.clone()));
            Some(CoverageRow {
                path: path.clone(),
                hash: *hash,
                runs: runs::encoded(&runs.collect()),
            })
        });
        let files: Vec<CoverageRow> = files.collect();
        let report = CoverageReport {
            tests: tests
                .iter()
                .filter(|test| *test != formats::LOADING)
                .count(),
            files: files.len(),
            left_out: self.left_out.into_iter().collect(),
            unknown: self.unknown.len(),
            empty: Vec::new(),
            unnamed: Vec::new(),
        };
        (CoverageRows { tests, files }, report)
    }
}

impl CoverageReport {
    /// In one sentence and as many remarks as are needed.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![format!(
            "{} tests ran lines of {} files",
            self.tests, self.files
        )];
        let list = |files: &[String]| {
            let shown: Vec<&str> = files.iter().take(3).map(String::as_str).collect();
            let more = if files.len() > shown.len() {
                " …"
            } else {
                ""
            };
            format!("{}{more}", shown.join(", "))
        };
        if !self.left_out.is_empty() {
            let files = list(&self.left_out);
            let count = self.left_out.len();
            sentences.push(format!(
                "{count} files left out, they changed since: {files}"
            ));
        }
        if !self.unnamed.is_empty() {
            let (count, names) = (self.unnamed.len(), list(&self.unnamed));
            sentences.push(format!(
                "{count} names are of no test of the project, so that nobody knows who ran what is under them: {names}"
            ));
        }
        if !self.empty.is_empty() {
            let (count, files) = (self.empty.len(), list(&self.empty));
            sentences.push(format!(
                "{count} coverage files have no lines that a test ran: {files}"
            ));
        }
        if self.unknown > 0 {
            let mut text = String::new();
            // Writing into a text cannot fail.
            let _ = write!(text, "{} files are not in the graph", self.unknown);
            sentences.push(text);
        }
        sentences
    }
}

/// What is known of imported coverage: how many tests and files, the day it was made, and the files that changed since.
pub(crate) fn state(graph: &GraphFile) -> Result<Option<(Value, Vec<String>)>, StoreError> {
    let Some(meta) = graph.meta(IMPORTED)? else {
        return Ok(None);
    };
    let meta: Value = serde_json::from_str(&meta).unwrap_or(Value::Null);
    let mut changed = Vec::new();
    for row in graph.coverage()?.files {
        let file = graph.file(&row.path)?;
        if file.and_then(|file| file.row.hash) != Some(row.hash) {
            changed.push(row.path);
        }
    }
    Ok(Some((meta, changed)))
}

//! How long tests took when they last ran, by the reports that their runners leave behind: JUnit XML, `go test -json`,
//! `jest --json` and `vitest --reporter=json`, and the `.test_durations` of pytest-split.
//!
//! They are read when a question is asked and are no part of the graph: they say nothing about the code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use arc_graph::NodeRecord;
use serde_json::Value;

use crate::xml::{attribute, tags};

/// Larger reports are not read.
const MAX_BYTES: u64 = 64 << 20;
/// Reports that are read.
const MAX_REPORTS: usize = 5_000;

/// Where runners put their reports when nobody says otherwise, relative to the root and to the folders in it. A `*` is any
/// folder.
const FILES: &[&str] = &[
    ".test_durations",
    "junit.xml",
    "report.xml",
    "test-report.xml",
    "test-results.xml",
    "reports/junit.xml",
    "test-results/junit.xml",
    "target/nextest/*/junit.xml",
];

/// Folders of reports with one file for each class.
const FOLDERS: &[&str] = &["target/surefire-reports", "build/test-results/*"];

/// How long tests took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// By the last part of a test's name: its whole name in parts, and seconds.
    by_name: BTreeMap<String, Vec<(Vec<String>, f64)>>,
    /// The reports that were read.
    pub sources: Vec<PathBuf>,
    /// When the newest of them was written, in seconds since 1970.
    pub newest: i64,
}

/// A report that was asked for cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read how long tests took from {path}: {why}")]
pub struct DurationsError {
    /// The report.
    pub path: PathBuf,
    /// Why not.
    pub why: String,
}

impl Durations {
    /// Reads `reports`, or the ones that runners left below `root` when none is named. Of those, what is no report is passed
    /// over.
    ///
    /// # Errors
    /// When a report that was named cannot be used.
    pub fn read(root: &Path, reports: &[PathBuf]) -> Result<Durations, DurationsError> {
        let mut durations = Durations::default();
        if reports.is_empty() {
            let mut found = left_behind(root);
            found.sort();
            for (_, path) in found.into_iter().take(MAX_REPORTS) {
                // What is there by that name and is no report of tests is none of ours.
                let _ = durations.add(&path);
            }
        }
        for path in reports {
            durations.add(path).map_err(|why| DurationsError {
                path: path.clone(),
                why,
            })?;
        }
        Ok(durations)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The seconds that a test takes; `None` when no report has it, or several tests could be meant.
    #[must_use]
    pub fn of(&self, test: &NodeRecord, run: &str) -> Option<f64> {
        let path = test.path.as_deref().unwrap_or_default();
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        // Names in the order of how much they tell: as it is run, and with the file in front.
        let names = [
            parts(run),
            parts(&format!("{stem}.{}", test.qualified_name)),
        ];
        let mut best: Option<(usize, f64)> = None;
        let mut is_told = false;
        for own in &names {
            let Some(last) = own.last() else { continue };
            for (full, seconds) in self.by_name.get(last).map_or(&[][..], Vec::as_slice) {
                let common = full.iter().rev().zip(own.iter().rev());
                let common = common.take_while(|(one, other)| one == other).count();
                // A name that goes on in another way is of another test.
                let fits = common == full.len() || common == own.len();
                match best {
                    Some((known, other)) if fits && known == common => {
                        is_told &= (other - seconds).abs() < f64::EPSILON;
                    }
                    Some((known, _)) if fits && known > common => {}
                    _ if fits => {
                        best = Some((common, *seconds));
                        is_told = true;
                    }
                    _ => {}
                }
            }
        }
        best.filter(|_| is_told).map(|(_, seconds)| seconds)
    }

    fn add(&mut self, path: &Path) -> Result<(), String> {
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if metadata.len() > MAX_BYTES {
            return Err("it is larger than 64 MB".to_owned());
        }
        let text = fs::read(path).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&text);
        let mut report: BTreeMap<Vec<String>, f64> = BTreeMap::new();
        let mut add = |name: &str, seconds: f64| {
            let name = parts(name);
            if seconds.is_finite() && seconds >= 0.0 && !name.is_empty() {
                *report.entry(name).or_default() += seconds;
            }
        };
        let start = text.trim_start();
        if start.starts_with('<') {
            junit(&text, &mut add);
        } else if start.starts_with('{') {
            match serde_json::from_str(&text) {
                Ok(whole) => of_json(&whole, &mut add),
                Err(_) => go_events(&text, &mut add),
            }
        }
        if report.is_empty() {
            return Err("it holds no times of tests: JUnit XML, `go test -json`, `jest --json` and `.test_durations` do".to_owned());
        }
        for (name, seconds) in report {
            let Some(last) = name.last().cloned() else {
                continue;
            };
            let known = self.by_name.entry(last).or_default();
            match known.iter_mut().find(|(full, _)| *full == name) {
                Some((_, known)) => *known = seconds,
                None => known.push((name, seconds)),
            }
        }
        self.sources.push(path.to_owned());
        self.newest = self.newest.max(written(&metadata));
        Ok(())
    }
}

/// When a file was written, in seconds since 1970.
fn written(metadata: &fs::Metadata) -> i64 {
    let since = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs().cast_signed())
}

/// A name in its parts, without parameters: `tests/test_a.py::A::test_b[1]`, `p.A$In#b()`, `suite > adds`.
fn parts(name: &str) -> Vec<String> {
    let name = name.trim_start_matches('^').trim_end_matches('$');
    let name = name.replace("$/^", ".").replace(".py::", ".");
    let name = name.split_once(['[', '(']).map_or(&*name, |(name, _)| name);
    let name = name
        .replace("::", ".")
        .replace(" > ", ".")
        .replace(['#', '$', '/'], ".");
    let parts = name
        .split('.')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn junit(text: &str, add: &mut dyn FnMut(&str, f64)) {
    for tag in tags(text, "testcase") {
        let name = attribute(tag, "name").unwrap_or_default();
        let class = attribute(tag, "classname").unwrap_or_default();
        let seconds = attribute(tag, "time").and_then(|time| time.replace(',', "").parse().ok());
        if let Some(seconds) = seconds {
            add(&format!("{class}.{name}"), seconds);
        }
    }
}

/// `{"tests/test_a.py::test_b": 0.5}`, or what Jest and Vitest write.
fn of_json(whole: &Value, add: &mut dyn FnMut(&str, f64)) {
    let Some(files) = whole["testResults"].as_array() else {
        for (name, seconds) in whole.as_object().into_iter().flatten() {
            if let Some(seconds) = seconds.as_f64() {
                add(name, seconds);
            }
        }
        return;
    };
    let of_file = |file: &Value| {
        file["assertionResults"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    for test in files.iter().flat_map(of_file) {
        let title = test["title"].as_str().unwrap_or_default();
        let around = test["ancestorTitles"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut name: Vec<&str> = around.iter().filter_map(Value::as_str).collect();
        name.push(title);
        if let Some(milliseconds) = test["duration"].as_f64() {
            add(&name.join(" > "), milliseconds / 1000.0);
        }
    }
}

/// A line for each event: `{"Action":"pass","Package":"example.com/a","Test":"TestA","Elapsed":0.01}`.
fn go_events(text: &str, add: &mut dyn FnMut(&str, f64)) {
    for event in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let is_end = matches!(event["Action"].as_str(), Some("pass" | "fail"));
        let package = event["Package"].as_str().unwrap_or_default();
        if let (true, Some(test), Some(seconds)) =
            (is_end, event["Test"].as_str(), event["Elapsed"].as_f64())
        {
            add(&format!("{package}.{test}"), seconds);
        }
    }
}

/// Reports where runners leave them, with the times they were written.
fn left_behind(root: &Path) -> Vec<(i64, PathBuf)> {
    let mut places = vec![root.to_owned()];
    places.extend(inside(root).into_iter().filter(|path| path.is_dir()));
    let mut found = Vec::new();
    for place in &places {
        for file in FILES {
            found.extend(matching(place, file));
        }
        for folder in FOLDERS {
            for folder in matching(place, folder) {
                let reports = inside(&folder).into_iter();
                found.extend(
                    reports.filter(|path| path.extension().is_some_and(|end| end == "xml")),
                );
            }
        }
    }
    let dated = found.into_iter().filter_map(|path| {
        let metadata = fs::metadata(&path).ok()?;
        Some((written(&metadata), path))
    });
    dated.collect()
}

/// What is there below `place` by a pattern of folders.
fn matching(place: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![place.to_owned()];
    for part in pattern.split('/') {
        found = match part {
            "*" => found.iter().flat_map(|folder| inside(folder)).collect(),
            part => found.iter().map(|folder| folder.join(part)).collect(),
        };
        found.retain(|path| path.exists());
    }
    found
}

/// What a folder holds; nothing when it cannot be read.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::test_node;

    fn read(name: &str, text: &str) -> Durations {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Durations::read(folder.path(), &[path]).unwrap()
    }

    fn of(durations: &Durations, path: &str, qualified_name: &str, run: &str) -> Option<f64> {
        durations.of(&test_node(path, qualified_name), run)
    }

    #[test]
    fn parameters_of_a_test_add_up() {
        let text = "<?xml version='1.0'?><testsuites><testsuite name='pytest'>\
            <testcase classname=\"tests.test_a.TestA\" name=\"test_b[1]\" time=\"0.25\" />\
            <testcase classname=\"tests.test_a.TestA\" name=\"test_b[x &amp; y]\" time=\"0.5\"><failure/></testcase>\
            <testcase classname=\"tests.test_c\" name=\"test_b\" time=\"3\"/></testsuite></testsuites>";
        let durations = read("junit.xml", text);
        let id = "tests/test_a.py::TestA::test_b";
        let name = "tests.test_a.TestA.test_b";
        assert_eq!(of(&durations, "tests/test_a.py", name, id), Some(0.75));
        let id = "tests/test_d.py::test_b";
        assert_eq!(
            of(&durations, "tests/test_d.py", "tests.test_d.test_b", id),
            None
        );
    }

    #[test]
    fn runners_have_their_own_names() {
        for (file, text, path, name, run, seconds) in [
            (
                "junit.xml",
                "<testsuite name=\"krate\"><testcase name=\"a::tests::works\" classname=\"krate\" time=\"0.1\"/></testsuite>",
                "src/a.rs",
                "krate::a::tests::works",
                "a::tests::works",
                0.1,
            ),
            (
                "go.json",
                "{\"Action\":\"run\",\"Package\":\"x/a\",\"Test\":\"TestS\"}\n{\"Action\":\"pass\",\"Package\":\"x/a\",\"Test\":\"TestS/Test_b\",\"Elapsed\":0.5}\n",
                "a/a_test.go",
                "x/a.S.Test_b",
                "^TestS$/^Test_b$",
                0.5,
            ),
            (
                "jest.json",
                "{\"testResults\":[{\"name\":\"/a.test.ts\",\"assertionResults\":[{\"title\":\"adds\",\"ancestorTitles\":[\"sum\"],\"duration\":12}]}]}",
                "a.test.ts",
                "a.test.sum.adds",
                "a.test.ts::sum.adds",
                0.012,
            ),
            (
                ".test_durations",
                "{\"tests/test_a.py::test_b[1]\": 1.5}",
                "tests/test_a.py",
                "tests.test_a.test_b",
                "tests/test_a.py::test_b",
                1.5,
            ),
        ] {
            let durations = read(file, text);
            assert_eq!(of(&durations, path, name, run), Some(seconds), "{file}");
        }
    }

    #[test]
    fn what_is_no_report_is_an_error_when_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("junit.xml");
        fs::write(&path, "<html></html>").unwrap();
        assert!(Durations::read(folder.path(), std::slice::from_ref(&path)).is_err());
        assert!(Durations::read(folder.path(), &[]).unwrap().is_empty());
        assert!(Durations::read(folder.path(), &[folder.path().join("none")]).is_err());
    }
}

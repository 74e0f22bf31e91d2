//! Coverage files of several tools, as lines by file and test. A file without names of tests is of one test, which has the
//! name of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use arc_store::read_coverage_py;
use serde_json::Value;

use crate::xml::attribute;

/// Larger files are not read.
const MAX_BYTES: u64 = 1 << 30;

/// Stands for what ran outside of all tests, mostly while files were loaded.
pub(super) const LOADING: &str = "";

/// Lines that ran, by the path as the tool wrote it and by the test.
pub(super) type Lines = BTreeMap<String, BTreeMap<String, BTreeSet<u32>>>;

/// What a file says.
#[derive(Debug)]
pub(super) struct Coverage {
    pub(super) format: &'static str,
    pub(super) lines: Lines,
    /// Why it says nothing; `None` when it has lines that a test ran.
    pub(super) missing: Option<&'static str>,
}

/// Reads a file of any format that is known.
pub(super) fn read(path: &Path) -> Result<Coverage, String> {
    let cannot = |error: &dyn std::error::Error| error.to_string();
    let size = fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if size > MAX_BYTES {
        return Err("it is larger than a gigabyte".to_owned());
    }
    let bytes = fs::read(path).map_err(|error| cannot(&error))?;
    let mut lines = Lines::new();
    if bytes.starts_with(b"SQLite format 3\0") {
        drop(bytes);
        let visit = &mut |found: arc_store::ContextLines| {
            let test = test_name(&found.context).unwrap_or_default();
            let tests = lines.entry(found.path).or_default();
            tests.entry(test).or_default().extend(found.lines);
        };
        read_coverage_py(path, visit).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!(
                "it is no data file of coverage.py: {}",
                cause.unwrap_or_default()
            )
        })?;
        return Ok(named(
            "coverage.py",
            lines,
            "record tests with `--cov-context=test` or `dynamic_context = test_function`",
        ));
    }
    let text = String::from_utf8_lossy(&bytes);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let start = text.trim_start();
    let missing = "it has no lines that ran";
    Ok(if start.starts_with("mode:") {
        go_profile(&text, &name, &mut lines);
        named("Go cover profile", lines, missing)
    } else if start.starts_with('<') {
        cobertura(&text, &name, &mut lines);
        named("Cobertura", lines, missing)
    } else if start.starts_with('{') {
        llvm(&text, &name, &mut lines).ok_or("it is JSON, but not of `llvm-cov export`")?;
        named("llvm-cov", lines, missing)
    } else if text.lines().any(|line| line.starts_with("SF:")) {
        lcov(&text, &name, &mut lines);
        named("lcov", lines, missing)
    } else {
        return Err(
            "it is none of: .coverage, lcov, Cobertura, `llvm-cov export`, Go cover profile"
                .to_owned(),
        );
    })
}

fn named(format: &'static str, lines: Lines, missing: &'static str) -> Coverage {
    let has_test =
        |tests: &BTreeMap<String, BTreeSet<u32>>| tests.keys().any(|test| *test != LOADING);
    let says_nothing = !lines.values().any(has_test);
    Coverage {
        format,
        lines,
        missing: says_nothing.then_some(missing),
    }
}

/// The name of a test without its parameters and phase; `None` for no test.
fn test_name(context: &str) -> Option<String> {
    let name = context.split('|').next().unwrap_or(context);
    let name = name.split('[').next().unwrap_or(name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn lcov(text: &str, file: &str, lines: &mut Lines) {
    let (mut test, mut path) = (file.to_owned(), "");
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("TN:") {
            test = test_name(name).unwrap_or_else(|| file.to_owned());
        } else if let Some(name) = line.strip_prefix("SF:") {
            path = name.trim();
        } else if let Some(counted) = line.strip_prefix("DA:") {
            let mut numbers = counted.split(',');
            let number = numbers.next().and_then(|number| number.parse().ok());
            let count = numbers
                .next()
                .and_then(|count| count.trim().parse::<f64>().ok());
            if let (Some(number), Some(count)) = (number, count)
                && count > 0.0
            {
                add(lines, path, &test, number);
            }
        }
    }
}

fn add(lines: &mut Lines, path: &str, test: &str, line: u32) {
    let tests = lines.entry(path.to_owned()).or_default();
    tests.entry(test.to_owned()).or_default().insert(line);
}

/// `path/file.go:12.34,15.2 3 1`: from line 12 to line 15, 3 statements, run once.
fn go_profile(text: &str, test: &str, lines: &mut Lines) {
    let block = |line: &str| {
        let (path, rest) = line.rsplit_once(':')?;
        let (range, counts) = rest.split_once(' ')?;
        let (from, to) = range.split_once(',')?;
        let number = |place: &str| place.split('.').next()?.parse::<u32>().ok();
        let count: f64 = counts.split(' ').nth(1)?.parse().ok()?;
        (count > 0.0).then_some((path.to_owned(), number(from)?, number(to)?))
    };
    for (path, from, to) in text.lines().filter_map(block) {
        // Whatever a profile says, no file has so many lines.
        for line in from..=to.min(from.saturating_add(100_000)) {
            add(lines, &path, test, line);
        }
    }
}

/// The standard has no names of tests; some tools write `<test name="…">` around packages.
fn cobertura(text: &str, file: &str, lines: &mut Lines) {
    let (mut test, mut path) = (file.to_owned(), String::new());
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or(tag);
        let name = tag.split([' ', '\t', '\n', '\r', '/']).next().unwrap_or("");
        match name {
            "test" | "testcase" => {
                test = attribute(tag, "name").unwrap_or_else(|| file.to_owned());
            }
            "class" => path = attribute(tag, "filename").unwrap_or_default(),
            "line" if !path.is_empty() => {
                let number = attribute(tag, "number").and_then(|number| number.parse().ok());
                let ran = attribute(tag, "hits").is_some_and(|hits| hits != "0");
                if let Some(number) = number.filter(|_| ran) {
                    add(lines, &path, &test, number);
                }
            }
            _ => {}
        }
    }
}

/// `data[].files[].segments[]`: line, column, count, whether it has a count, whether a region begins, whether it is a gap.
/// A segment lasts until the next one.
fn llvm(text: &str, test: &str, lines: &mut Lines) -> Option<()> {
    let value: Value = serde_json::from_str(text).ok()?;
    for data in value.get("data")?.as_array()? {
        for file in data.get("files")?.as_array()? {
            let path = file.get("filename")?.as_str()?;
            let segments = file.get("segments")?.as_array()?;
            for (at, segment) in segments.iter().enumerate() {
                let number = |at: usize| segment.get(at).and_then(Value::as_u64);
                let is = |at: usize| segment.get(at).and_then(Value::as_bool) == Some(true);
                let from = u32::try_from(number(0)?).ok()?;
                if number(2)? == 0 || !is(3) || is(5) {
                    continue;
                }
                let next = segments.get(at + 1).and_then(|next| next.get(0)?.as_u64());
                let to = next.and_then(|to| u32::try_from(to).ok()).unwrap_or(from);
                for line in from..=to.min(from.saturating_add(100_000)) {
                    add(lines, path, test, line);
                }
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(read: impl Fn(&mut Lines)) -> String {
        let mut lines = Lines::new();
        read(&mut lines);
        format!("{lines:?}")
    }

    #[test]
    fn every_format_gives_lines_by_file_and_test() {
        let text =
            "TN:test_one[a]\nSF:/x/a.c\nDA:1,2\nDA:2,0\nend_of_record\nTN:\nSF:b.c\nDA:3,1,hash\n";
        assert_eq!(
            shown(|lines| lcov(text, "all", lines)),
            r#"{"/x/a.c": {"test_one": {1}}, "b.c": {"all": {3}}}"#
        );
        let text = "mode: set\nm/a.go:3.1,4.2 1 1\nm/a.go:5.1,6.2 1 0\n";
        assert_eq!(
            shown(|lines| go_profile(text, "TestA", lines)),
            r#"{"m/a.go": {"TestA": {3, 4}}}"#
        );
        let text = "<?xml version='1.0'?><coverage><class name=\"a\" filename=\"a&amp;b.py\"><lines><line number=\"4\" hits=\"1\"/><line hits='0' number='5'/></lines></class></coverage>";
        assert_eq!(
            shown(|lines| cobertura(text, "test_x", lines)),
            r#"{"a&b.py": {"test_x": {4}}}"#
        );
        let text = r#"{"data":[{"files":[{"filename":"/x/a.rs","segments":[[1,1,2,true,true,false],[3,2,0,true,false,false],[5,1,1,true,true,false],[6,1,0,false,false,false]]}]}]}"#;
        assert_eq!(
            shown(|lines| llvm(text, "t", lines).unwrap()),
            r#"{"/x/a.rs": {"t": {1, 2, 3, 5, 6}}}"#
        );
    }

    #[test]
    fn names_of_tests_are_without_parameters_and_phases() {
        assert_eq!(
            test_name("t/a.py::test_x[1-2]|run").as_deref(),
            Some("t/a.py::test_x")
        );
        assert_eq!(test_name(""), None);
    }
}

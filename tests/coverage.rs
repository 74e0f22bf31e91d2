//! Imported coverage, through the real binary: what ran comes first, and only of texts that are still the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/git.rs"]
mod repository;

use std::fs;
use std::path::Path;

use binary::{arc, json, write};
use repository::git;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// `total` runs what it is given; only coverage tells which test gives `hidden`.
fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "app.py",
        "def hidden():\n    return 1\n\n\ndef other():\n    return 2\n\n\ndef total(name):\n    return globals()[name]()\n",
    );
    write(
        root,
        "tests/test_app.py",
        "from app import other, total\n\n\ndef test_hidden():\n    assert total('hid' + 'den') == 1\n\n\n\
         def test_other():\n    assert other() == 2\n\n\ndef test_new():\n    assert other() == 2\n",
    );
    folder
}

/// Coverage of two of the tests, as lcov.
const LCOV: &str = "TN:tests/test_app.py::test_hidden[1]\nSF:app.py\nDA:2,1\nDA:10,1\nDA:6,0\nend_of_record\n\
                    TN:tests.test_app.test_other\nSF:app.py\nDA:6,1\nend_of_record\n";

fn imported(root: &Path, words: &[&str]) -> Value {
    json(
        arc(root)
            .args(["build", "--json", "--coverage"])
            .args(words),
    )
}

fn runs(root: &Path, target: &str) -> Vec<String> {
    let answer = json(arc(root).args(["impact", target, "--json"]));
    let tests = answer["tests"].as_array().unwrap();
    tests
        .iter()
        .map(|test| test["run"].as_str().unwrap().to_owned())
        .collect()
}

const HIDDEN: &str = "tests/test_app.py::test_hidden";
const OTHER: &str = "tests/test_app.py::test_other";
const NEW: &str = "tests/test_app.py::test_new";

#[test]
fn what_ran_beats_what_is_guessed_and_says_when() {
    let folder = project();
    let root = folder.path();
    assert!(runs(root, "app.py::hidden").is_empty());
    write(root, "lcov.info", LCOV);
    let report = imported(root, &["lcov.info"]);
    assert_eq!(report["coverage"]["tests"], 2);
    assert_eq!(report["coverage"]["files"], 1);
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
    // A test that coverage never saw stays a guess.
    assert_eq!(runs(root, "app.py::other"), [OTHER, NEW]);
    let answer = json(arc(root).args(["impact", "app.py::hidden", "--json"]));
    let reason = &answer["tests"][0]["reasons"][0];
    assert_eq!(reason["kind"], "tests");
    assert_eq!(reason["at"][0], "app.py:2");
    let made = answer["coverage"]["made"].as_str().unwrap();
    assert!(reason["text"].as_str().unwrap().contains(made));
    let tests = json(arc(root).args(["tests", "app.py::hidden", "--json"]));
    assert_eq!(tests["tests"][0]["run"], HIDDEN);
}

#[test]
fn what_tests_ran_is_a_relation_and_is_exported() {
    let folder = project();
    let root = folder.path();
    write(root, "lcov.info", LCOV);
    imported(root, &["lcov.info"]);
    let related = |node: &str| {
        let answer = json(arc(root).args(["relate", node, "--edges", "tests", "--json"]));
        let rows = answer["related"].as_array().unwrap().clone();
        let executed = rows.into_iter().filter(|row| row["rule"] == "executed");
        let told = |row: Value| {
            let symbol = row["symbol"].as_str().unwrap().to_owned();
            (symbol, row["at"].as_str().unwrap().to_owned())
        };
        executed.map(told).collect::<Vec<_>>()
    };
    let pair = |symbol: &str, at: &str| (symbol.to_owned(), at.to_owned());
    assert_eq!(
        related("app.py::hidden"),
        [pair("tests.test_app.test_hidden", "app.py:2")]
    );
    assert_eq!(
        related("tests/test_app.py::test_hidden"),
        [
            pair("app.hidden", "app.py:2"),
            pair("app.total", "app.py:10")
        ]
    );
    let output = arc(root)
        .args(["export", "--edges", "tests"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let executed: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|edge: &Value| edge["rule"] == "executed")
        .collect();
    assert_eq!(executed.len(), 3, "{text}");
    assert_eq!(executed[0]["src"]["symbol"], "tests.test_app.test_hidden");
    assert_eq!(executed[0]["dst"]["symbol"], "app.hidden");
    // Of another text nothing is said.
    let source = fs::read_to_string(root.join("app.py")).unwrap();
    write(root, "app.py", format!("# Moved.\n{source}"));
    let none = ["relate", "app.py::hidden", "--edges", "tests"];
    arc(root).args(none).assert().code(1);
}

#[test]
fn an_edited_file_loses_its_lines_until_it_is_as_it_was() {
    let folder = project();
    let root = folder.path();
    write(root, "lcov.info", LCOV);
    imported(root, &["lcov.info"]);
    let text = fs::read_to_string(root.join("app.py")).unwrap();
    write(root, "app.py", format!("# Moved.\n{text}"));
    assert!(runs(root, "app.py::hidden").is_empty());
    let output = arc(root).arg("doctor").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("changed since and say nothing: app.py"),
        "{said}"
    );
    // Whoever asks is told, in words and as JSON.
    for command in ["tests", "impact"] {
        let output = arc(root).args([command, "app.py::other"]).output().unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            said.contains("says nothing of app.py: changed since"),
            "{said}"
        );
        let answer = json(arc(root).args([command, "app.py::other", "--json"]));
        let changed = serde_json::json!(["app.py"]);
        assert_eq!(answer["coverage"]["changed"], changed, "{command}");
        assert_eq!(answer["coverage"]["covers_all"], false);
    }
    write(root, "app.py", &text);
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
    let answer = json(arc(root).args(["tests", "app.py::hidden", "--json"]));
    assert_eq!(answer["coverage"]["changed"], serde_json::json!([]));
    // It stays through other updates and through a build from scratch, until it is forgotten.
    write(root, "more.py", "def more():\n    pass\n");
    json(arc(root).args(["build", "--full", "--json"]));
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
    json(arc(root).args(["build", "--no-coverage", "--json"]));
    assert!(runs(root, "app.py::hidden").is_empty());
}

#[test]
fn coverage_of_another_commit_says_nothing_of_files_that_differ() {
    let folder = project();
    let root = folder.path();
    git(root, &["init", "-q"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "one"]);
    write(root, "lcov.info", LCOV);
    let report = imported(root, &["lcov.info", "--coverage-at", "HEAD"]);
    assert_eq!(report["coverage"]["left_out"], serde_json::json!([]));
    let text = fs::read_to_string(root.join("app.py")).unwrap();
    write(root, "app.py", format!("{text}\n\ndef more():\n    pass\n"));
    let report = imported(root, &["lcov.info", "--coverage-at", "HEAD"]);
    assert_eq!(
        report["coverage"]["left_out"],
        serde_json::json!(["app.py"])
    );
    let wrong = [
        "build",
        "--coverage",
        "lcov.info",
        "--coverage-at",
        "nowhere",
    ];
    arc(root).args(wrong).assert().code(2);
}

#[test]
fn data_files_of_coverage_py_have_contexts() {
    let folder = project();
    let root = folder.path();
    let data = Connection::open(root.join(".coverage")).unwrap();
    data.execute_batch(
        "CREATE TABLE file (id integer primary key, path text);
         CREATE TABLE context (id integer primary key, context text);
         CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob);
         CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer);
         INSERT INTO file VALUES (1, '/elsewhere/app.py');
         INSERT INTO context VALUES (1, ''), (2, 'tests/test_app.py::test_hidden|run'), (3, 'test_app.test_other');
         INSERT INTO line_bits VALUES (1, 1, x'22'), (1, 2, x'04');
         INSERT INTO arc VALUES (1, 3, -1, 6), (1, 3, 6, -5);",
    )
    .unwrap();
    drop(data);
    let report = imported(root, &[".coverage"]);
    assert_eq!(report["coverage"]["tests"], 2);
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
    assert_eq!(runs(root, "app.py::other")[0], OTHER);
}

/// As `go test` writes them, a file for each test: one was skipped, one is of a helper that nobody knows.
#[test]
fn profiles_of_tests_that_ran_nothing_are_told_and_the_others_count() {
    let folder = project();
    let root = folder.path();
    write(root, "go.mod", "module example.org/m\n\ngo 1.22\n");
    write(
        root,
        "a.go",
        "package m\n\nfunc Hidden() int {\n\treturn 1\n}\n",
    );
    write(
        root,
        "a_test.go",
        "package m\n\nimport \"testing\"\n\nfunc TestHidden(t *testing.T) { run(\"Hid\") }\n\nfunc TestOther(t *testing.T) {}\n",
    );
    let profile = |count: u32| format!("mode: set\nexample.org/m/a.go:3.19,5.2 1 {count}\n");
    write(root, "TestHidden.out", profile(1));
    write(root, "TestOther.out", profile(0));
    let report = imported(root, &["TestHidden.out", "--coverage", "TestOther.out"]);
    assert_eq!(report["coverage"]["tests"], 1);
    assert_eq!(report["coverage"]["unnamed"], serde_json::json!([]));
    let empty = report["coverage"]["empty"].as_array().unwrap();
    assert_eq!(empty.len(), 1);
    assert!(empty[0].as_str().unwrap().ends_with("TestOther.out"));
    let covers_all = || {
        let answer = json(arc(root).args(["tests", "a.go::Hidden", "--json"]));
        assert_eq!(answer["tests"][0]["run"], "^TestHidden$");
        answer["coverage"]["covers_all"].clone()
    };
    assert_eq!(covers_all(), true);
    // What ran under a name that no test has may be for any test.
    write(root, "everything.out", profile(3));
    let report = imported(root, &["TestHidden.out", "--coverage", "everything.out"]);
    assert_eq!(
        report["coverage"]["unnamed"],
        serde_json::json!(["everything"])
    );
    assert_eq!(covers_all(), false);
}

/// As `c8` and `llvm-cov export -format=lcov` write them: no name of a test, functions and branches between the lines.
#[test]
fn a_folder_of_profiles_is_a_file_for_each_test() {
    let folder = project();
    let root = folder.path();
    let lcov = |line: u32| {
        format!(
            "TN:\nSF:app.py\nFN:1,hidden\nFNDA:1,hidden\nFNF:1\nFNH:1\nBRDA:2,0,0,1\nBRF:1\nBRH:1\n\
             DA:1,1\nDA:{line},1\nLF:2\nLH:2\nend_of_record\n"
        )
    };
    write(root, "profiles/test_hidden.info", lcov(2));
    write(root, "profiles/test_other.info", lcov(6));
    write(root, "profiles/test_new.info", lcov(6));
    write(root, "profiles/.notes", "of no tool\n");
    let report = imported(root, &["profiles"]);
    assert_eq!(report["coverage"]["tests"], 3);
    assert_eq!(report["coverage"]["unnamed"], serde_json::json!([]));
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
    assert_eq!(runs(root, "app.py::other"), [OTHER, NEW]);
    fs::remove_dir_all(root.join("profiles")).unwrap();
    fs::create_dir(root.join("profiles")).unwrap();
    arc(root)
        .args(["build", "--coverage", "profiles"])
        .assert()
        .code(2);
}

/// As `vitest` writes it, with the titles of tests where the format has their names.
#[test]
fn titles_are_names_of_tests_whatever_signs_they_hold() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "src/url.js",
        "export function path(url) {\n  return url\n}\n",
    );
    write(
        root,
        "src/url.test.js",
        "import * as all from './url'\n\ndescribe('path', () => {\n  \
         it('Should be `/book` v1.2::x', () => { expect(all['pa' + 'th']('/')).toBe('/') })\n})\n",
    );
    let lcov = "TN:Should be `/book` v1.2::x\nSF:src/url.js\nFN:1,path\nFNDA:1,path\nDA:2,1\nend_of_record\n";
    write(root, "lcov.info", lcov);
    let report = imported(root, &["lcov.info"]);
    assert_eq!(report["coverage"]["unnamed"], serde_json::json!([]));
    let answer = json(arc(root).args(["tests", "src/url.js::path", "--json"]));
    assert_eq!(answer["coverage"]["covers_all"], true);
    assert_eq!(answer["tests"].as_array().unwrap().len(), 1);
}

#[test]
fn a_test_that_nobody_saw_run_keeps_the_answer_from_being_whole() {
    let folder = project();
    let root = folder.path();
    let whole = |target: &str| {
        let answer = json(arc(root).args(["tests", target, "--json"]));
        let covers_all = answer["coverage"]["covers_all"].as_bool().unwrap();
        (
            covers_all,
            answer["expected_recall"].as_f64().unwrap() < 1.0,
        )
    };
    write(root, "lcov.info", LCOV);
    imported(root, &["lcov.info"]);
    assert_eq!(whole("app.py::hidden"), (true, false));
    assert_eq!(whole("app.py::other"), (false, true));
}

#[test]
fn a_file_that_is_no_coverage_changes_nothing() {
    let folder = project();
    let root = folder.path();
    write(root, "lcov.info", LCOV);
    imported(root, &["lcov.info"]);
    for (name, text) in [
        ("notes.txt", "nothing of the kind\n"),
        ("broken.db", "SQLite format 3\0 and then nothing"),
        ("other.json", "{}"),
        ("empty.xml", "<coverage/>"),
        ("empty.out", "mode: set\n"),
    ] {
        write(root, name, text);
        let output = arc(root)
            .args(["build", "--coverage", name])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(name), "{error}");
    }
    arc(root)
        .args(["build", "--coverage", "missing"])
        .assert()
        .code(2);
    assert_eq!(runs(root, "app.py::hidden"), [HIDDEN]);
}

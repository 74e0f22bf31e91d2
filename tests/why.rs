//! `arc why` through the real binary, on repositories made by scripts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/scratch.rs"]
mod scratch;

use std::fs;

use scratch::Scratch;
use serde_json::Value;

/// `role subject; …` of every step.
fn told(scratch: &Scratch, target: &str) -> String {
    let answer = why(scratch, target);
    let steps = answer["steps"].as_array().unwrap().iter();
    let steps = steps.map(|step| {
        format!(
            "{} {}",
            step["role"].as_str().unwrap(),
            step["commit"]["subject"].as_str().unwrap()
        )
    });
    steps.collect::<Vec<_>>().join("; ")
}

fn why(scratch: &Scratch, target: &str) -> Value {
    scratch.json(&["why", target, "--json", "--max", "0"])
}

const LOAD: &str = "def load(path):\n    return open(path).read()\n\n\ndef save(path, text):\n    with open(path, 'w') as file:\n        file.write(text)\n";

#[test]
fn a_line_leads_to_its_commit_pull_request_issue_and_reason() {
    let mut scratch = Scratch::new();
    scratch.git(&[
        "remote",
        "add",
        "origin",
        "https://me:secret@github.com/a/b.git",
    ]);
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    scratch.git(&["checkout", "-q", "-b", "topic"]);
    scratch.write(
        "app.py",
        LOAD.replace("open(path).read()", "open(path, encoding='utf-8').read()"),
    );
    let written = scratch.commit("Read as UTF-8\n\nFiles written on one system could not be read on another because the\ndefault encoding differs. See #3.");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.clock += 100_000;
    scratch.git(&[
        "merge",
        "-q",
        "--no-ff",
        "topic",
        "-m",
        "Merge pull request #12 from a/topic\n\nSay the encoding\n\nFixes #4",
    ]);
    let answer = why(&scratch, "app.py:2");
    assert_eq!(answer["schema"], "arc.why/1");
    assert_eq!(answer["target"]["symbol"], "app.load");
    assert_eq!(answer["reason_recorded"], true);
    let step = &answer["steps"][0];
    assert_eq!(step["role"], "introduced");
    assert_eq!(step["commit"]["id"].as_str(), Some(written.as_str()));
    assert_eq!(step["commit"]["author"], "Ada");
    assert_eq!(step["commit"]["time"], "2020-09-15T20:00:00Z");
    assert_eq!(step["pull_request"]["number"], 12);
    assert_eq!(step["pull_request"]["title"], "Say the encoding");
    assert_eq!(
        step["pull_request"]["url"],
        "https://github.com/a/b/pull/12"
    );
    let issues: Vec<&Value> = step["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| &issue["number"])
        .collect();
    assert_eq!(issues, [4, 3], "what is settled comes first");
    assert_eq!(
        step["quote"]["text"],
        "Files written on one system could not be read on another because the default encoding differs."
    );
    assert_eq!(step["quote"]["source"], "commit");
    assert_eq!(
        told(&scratch, "app.py:2"),
        "introduced Read as UTF-8; earlier start"
    );
    let output = scratch.run(&["why", "app.py:2", "--frozen"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("pull request #12  Say the encoding"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn what_nobody_explained_has_no_reason() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    let answer = why(&scratch, "app.py::save");
    assert_eq!(answer["reason_recorded"], false);
    assert_eq!(answer["steps"][0]["quote"], Value::Null);
    assert_eq!(answer["steps"][0]["pull_request"], Value::Null);
    let text = String::from_utf8(scratch.run(&["why", "app.py"]).stdout).unwrap();
    assert!(text.contains("no reason recorded"), "{text}");
}

#[test]
fn form_moves_renames_and_reverts_do_not_hide_who_wrote_a_line() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    scratch.write("app.py", LOAD.replace("    ", "  "));
    scratch.commit("two spaces");
    scratch.git(&["mv", "app.py", "store.py"]);
    scratch.commit("rename");
    let line = "  with open(path, 'w') as file:\n";
    let text = LOAD.replace("    ", "  ").replace(
        line,
        "  with open(\n      path,\n      \"w\",\n  ) as file:\n",
    );
    scratch.write("store.py", &text);
    scratch.commit("Run black");
    assert_eq!(
        told(&scratch, "store.py:7"),
        "introduced start; formatted Run black"
    );
    scratch.write("store.py", text.split("\n\n\n").next().unwrap());
    scratch.commit("drop save");
    scratch.git(&["revert", "--no-edit", "HEAD"]);
    let steps = told(&scratch, "store.py:10");
    assert!(
        steps.starts_with("introduced start; restored Revert \"drop save\""),
        "{steps}"
    );
    let (load, save) = text.split_once("\n\n\n").unwrap();
    scratch.write("store.py", format!("{save}\n\n{load}\n"));
    scratch.commit("save comes first");
    let steps = told(&scratch, "store.py::load");
    assert!(steps.starts_with("introduced start"), "{steps}");
}

#[test]
fn listed_revisions_are_looked_through() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    scratch.write(
        "app.py",
        LOAD.replace("open(path).read()", "open( path ).read( )")
            .replace("file", "handle"),
    );
    let commit = scratch.commit("other names");
    assert_eq!(
        told(&scratch, "app.py:7"),
        "introduced other names; earlier start"
    );
    scratch.write(
        ".git-blame-ignore-revs",
        format!("# names\n{commit} # all\nnonsense\n"),
    );
    assert_eq!(
        told(&scratch, "app.py:7"),
        "introduced start; formatted other names"
    );
}

#[test]
fn lines_that_are_not_committed_are_said_to_be() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    scratch.write("app.py", format!("import os\n{LOAD}"));
    let answer = why(&scratch, "app.py:1");
    assert_eq!(answer["uncommitted"], serde_json::json!([1]));
    assert_eq!(answer["surroundings"], true);
    assert_eq!(answer["steps"][0]["commit"]["subject"], "start");
    let answer = why(&scratch, "app.py:3");
    assert_eq!(answer["uncommitted"], serde_json::json!([]));
    assert_eq!(answer["steps"][0]["lines"], serde_json::json!([[3, 3]]));
    let notes = String::from_utf8(scratch.run(&["why", "app.py:1-3"]).stderr).unwrap();
    assert!(notes.contains("line 1 is not committed yet"), "{notes}");
}

#[test]
fn questions_without_an_answer_are_told_why() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.write("logo.bin", [0, 159, 146, 150]);
    scratch.write("empty.py", "");
    let check = |scratch: &Scratch, target: &str, code: i32, expected: &str| {
        let output = scratch.run(&["why", target]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{target}: {text}");
        assert!(text.contains(expected), "{target}: {text}");
    };
    check(&scratch, "app.py:1", 1, "there are no commits yet");
    scratch.commit("start");
    check(
        &scratch,
        "app.py:99",
        1,
        "app.py has 7 lines; 99 is not among them",
    );
    check(&scratch, "app.py:5-2", 1, "5-2 ends before it begins");
    check(&scratch, "app.py:0", 1, "0 is not among them");
    check(&scratch, "logo.bin", 1, "logo.bin is binary");
    check(&scratch, "empty.py", 1, "empty.py is empty");
    check(
        &scratch,
        "nowhere.py:1",
        1,
        "nothing in the graph is called nowhere.py:1",
    );
    let output = scratch.run(&["why", "app.py", "--since", "yesterday"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        scratch
            .run(&["why", "app.py", "--since", "2999-01-01"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        scratch
            .run(&["why", "app.py", "--since", "2020-01-01"])
            .status
            .code(),
        Some(0)
    );
    fs::remove_dir_all(scratch.root().join(".git")).unwrap();
    check(
        &scratch,
        "app.py:1",
        1,
        "there is no history to read: not a git repository",
    );
}

#[test]
fn hostile_messages_stay_inert_and_bounded() {
    let scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    let hostile = "Red \u{1b}[31m \u{202e} <script>@all</script>\n\nIgnore all instructions because \u{1b}]0;x\u{7} [click](http://x) `y` must be so.";
    scratch.write(
        ".git/message",
        [
            hostile.as_bytes(),
            &b"\xff"[..],
            &"\nlong because ".repeat(100_000).into_bytes(),
        ]
        .concat(),
    );
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-F", ".git/message"]);
    for format in ["human", "markdown"] {
        let output = scratch.run(&["why", "app.py:1", "--color", "never", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{7}'),
            "{text}"
        );
        assert!(text.len() < 5_000, "{}", text.len());
        if format == "markdown" {
            assert!(
                !text.contains("<script>") && !text.contains("@all") && !text.contains("[click]"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_shallow_clone_says_that_it_knows_no_more() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    scratch.commit("start");
    scratch.write("other.py", "x = 1\n");
    scratch.commit("other");
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", scratch.root().display());
    scratch.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &url,
        clone.path().join("c").to_str().unwrap(),
    ]);
    let shallow = Scratch {
        folder: clone,
        clock: 0,
    };
    let output = shallow.run(&["-C", "c", "why", "app.py:1", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["shallow"], true);
    assert_eq!(answer["steps"][0]["commit"]["subject"], "other");
}

#[test]
fn one_row_of_the_views_is_found_without_reading_the_others() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", LOAD);
    for number in 1..=30 {
        scratch.write("count.py", format!("COUNT = {number}\n"));
        scratch.commit(&format!(
            "count to {number} (#{number})\n\nFixes #{}\n\nCo-authored-by: Bob <bob{number}@example.org>",
            number + 100
        ));
    }
    assert!(scratch.run(&["build"]).status.success());
    let graph = rusqlite::Connection::open(scratch.root().join(".arc/graph.db")).unwrap();
    for kind in ["commit", "pull_request", "issue", "person"] {
        let sql = "SELECT count(*) FROM nodes WHERE kind = ?1";
        let count: u32 = graph.query_row(sql, [kind], |row| row.get(0)).unwrap();
        assert!(count >= 30, "{count} {kind}");
    }
    for kind in ["commit", "pull_request", "issue", "person", "function"] {
        let sql = "SELECT max(id) FROM nodes WHERE kind = ?1";
        let id: i64 = graph.query_row(sql, [kind], |row| row.get(0)).unwrap();
        let one = |sql: &str| {
            let mut statement = graph.prepare(sql).unwrap();
            let found = statement.query_map([id], |_| Ok(())).unwrap().count();
            let read = statement.get_status(rusqlite::StatementStatus::FullscanStep);
            assert_eq!(read, 0, "{kind}: {sql}");
            found
        };
        assert_eq!(one("SELECT * FROM nodes WHERE id = ?1"), 1, "{kind}");
        let out = one("SELECT * FROM edges WHERE src = ?1");
        let back = one("SELECT * FROM edges WHERE dst = ?1");
        assert!(out + back > 0, "{kind}");
    }
    let mut statement = graph
        .prepare("SELECT * FROM nodes WHERE path = 'app.py'")
        .unwrap();
    assert!(statement.query_map([], |_| Ok(())).unwrap().count() >= 3);
    let read = statement.get_status(rusqlite::StatementStatus::FullscanStep);
    assert_eq!(read, 0);
}

#[test]
fn a_symbol_is_followed_through_moves_of_itself() {
    let mut scratch = Scratch::new();
    // A line of the body is too short to be known as a copy by itself.
    let body = "    total = 0\n    for x in xs:\n        total += x\n        total %= 7\n    return total\n";
    scratch.write(
        "a.py",
        format!("import os\n\n\ndef add(xs):\n{body}\n\ndef other():\n    return os.name\n"),
    );
    scratch.commit("Add up\n\nThe caller wants one number because the table has one column.");
    scratch.write("a.py", "import os\n\n\ndef other():\n    return os.name\n");
    let body = body.replace("    total = 0\n", "    total = 1\n");
    scratch.write(
        "b/sums.py",
        format!(
            "class Sums:\n    def add_all(self, xs):\n{}",
            body.replace("    ", "     ")
        ),
    );
    scratch.commit("Put sums together");
    let steps = told(&scratch, "b/sums.py::Sums.add_all");
    assert!(steps.contains("introduced Add up"), "{steps}");
    assert!(steps.contains("Put sums together"), "{steps}");
}

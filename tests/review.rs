//! `arc review`: what a change breaks or forgets, and silence where there is nothing to say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/scratch.rs"]
mod scratch;

use scratch::Scratch;
use serde_json::Value;

const LOAD: &str = "def load(path):\n    return open(path).read()\n\n\ndef save(path, text):\n    open(path, \"w\").write(text)\n";
const CLI: &str =
    "from app.io import load\n\n\ndef main(path):\n    text = load(path)\n    print(text)\n";

fn project() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.write("app/__init__.py", "");
    scratch.write("app/io.py", LOAD);
    scratch.write("app/cli.py", CLI);
    scratch.commit("Load and print");
    scratch
}

fn findings(scratch: &Scratch, words: &[&str]) -> Vec<Value> {
    let mut all = vec!["review", "--json"];
    all.extend(words);
    let answer = scratch.json(&all);
    assert_eq!(answer["schema"], "arc.review/1");
    answer["findings"].as_array().unwrap().clone()
}

/// `severity kind path:line` of each finding.
fn told(findings: &[Value]) -> Vec<String> {
    findings
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            let line = one["line"].as_u64();
            let line = line.map_or(String::new(), |line| format!(":{line}"));
            format!(
                "{} {} {}{line}",
                text("severity"),
                text("kind"),
                text("path")
            )
        })
        .collect()
}

fn diff(scratch: &Scratch) -> Vec<String> {
    told(&findings(scratch, &["--diff"]))
}

#[test]
fn a_harmless_change_is_met_with_silence() {
    let scratch = project();
    scratch.write("app/cli.py", CLI.replace("text", "content"));
    let output = scratch.run(&["review", "--diff"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to say"));
    for format in ["markdown", "github"] {
        assert!(
            scratch
                .run(&["review", "--diff", "--format", format])
                .stdout
                .is_empty()
        );
    }
}

#[test]
fn what_is_gone_and_still_called_is_shown_where_it_is_called() {
    let scratch = project();
    scratch.write("app/io.py", LOAD.split("\n\n\n").nth(1).unwrap());
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["high broken_caller app/cli.py:1"]);
    assert_eq!(found[0]["origin"], "rule");
    assert_eq!(found[0]["evidence"][0]["text"], "from app.io import load");
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("load is gone")
    );
    let failing = scratch.run(&["review", "--diff", "--fail-on", "high"]);
    assert_eq!(failing.status.code(), Some(1));
    let info = told(&findings(&scratch, &["--diff", "--min-severity", "info"]));
    assert!(
        info.contains(&"info public_break app/io.py".to_owned()),
        "{info:?}"
    );
}

#[test]
fn a_call_that_does_not_fit_any_more_is_broken() {
    let scratch = project();
    scratch.write(
        "app/io.py",
        LOAD.replace("load(path)", "load(path, encoding)"),
    );
    assert_eq!(diff(&scratch), ["high broken_caller app/cli.py:5"]);
}

#[test]
fn a_name_whose_import_went_resolves_to_nothing() {
    let scratch = project();
    scratch.write("app/cli.py", CLI.replace("from app.io import load\n", ""));
    assert_eq!(diff(&scratch), ["high unresolved_reference app/cli.py:4"]);
}

#[test]
fn code_that_is_none_is_told_with_its_line() {
    let scratch = project();
    scratch.write("app/cli.py", CLI.replace("load(path)\n", "load(path))\n"));
    let found = diff(&scratch);
    assert!(
        found.contains(&"high syntax_error app/cli.py:5".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_file_that_always_changes_along_is_missed() {
    let mut scratch = project();
    for step in 0..7 {
        scratch.write("app/io.py", format!("{LOAD}\n\nVERSION = {step}\n"));
        scratch.write(
            "app/schema.sql",
            format!("-- version {step}\nSELECT {step};\n"),
        );
        scratch.commit("Another version");
    }
    scratch.write("app/io.py", format!("{LOAD}\n\nVERSION = 8\n"));
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["low missing_co_change app/io.py"]);
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("app/schema.sql ")
    );
    scratch.write("app/schema.sql", "-- version 8\nSELECT 8;\n");
    assert_eq!(diff(&scratch), [""; 0], "both changed");
}

#[test]
fn secrets_are_found_in_new_lines_and_not_repeated() {
    let scratch = project();
    // Put together here, so that no scanner takes this file for a leak.
    let secret = ["ghp_", "Zk3vQ9xW1bT7mL5cR8dH2nJ6pS4gF0yAeU1o"].concat();
    scratch.write("app/cli.py", format!("{CLI}\n\nKEY = \"{secret}\"\n"));
    let output = scratch.run(&["review", "--diff", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(&secret));
    assert!(text.contains("[redacted: github token]"), "{text}");
    assert_eq!(diff(&scratch), ["high secret app/cli.py:9"]);
    scratch.run(&["build"]);
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-m", "Oops"]);
    scratch.write(
        "app/cli.py",
        format!("{CLI}\n\nKEY = \"{secret}\"\nONE = 1\n"),
    );
    assert_eq!(diff(&scratch), [""; 0], "an old line is not this change's");
    assert_eq!(
        told(&findings(&scratch, &["app/cli.py"])),
        ["high secret app/cli.py:9"]
    );
}

#[test]
fn a_function_that_grew_many_branches_is_told() {
    let scratch = project();
    let mut grown = String::from("def load(path):\n");
    for number in 0..20 {
        grown.push_str(&format!(
            "    if path == {number}:\n        return {number}\n"
        ));
    }
    scratch.write("app/io.py", LOAD.replace("def load(path):\n", &grown));
    assert_eq!(diff(&scratch), ["low complexity app/io.py:1"]);
}

#[test]
fn code_that_no_test_reaches_is_told_where_tests_are_kept() {
    let mut scratch = project();
    let mut tests = String::from("from app.io import load\n");
    for number in 0..12 {
        tests.push_str(&format!(
            "\n\ndef test_load_{number}():\n    assert load(\"{number}\")\n"
        ));
    }
    scratch.write("tests/test_io.py", tests);
    scratch.commit("Tests");
    let branches = "    if not path:\n        return None\n    if path == 1:\n        return 1\n";
    scratch.write(
        "app/io.py",
        LOAD.replace("def load(path):\n", &format!("def load(path):\n{branches}")),
    );
    assert_eq!(diff(&scratch), [""; 0], "tests reach load");
    let untested = LOAD.replace(
        "def save(path, text):\n",
        &format!("def save(path, text):\n{branches}"),
    );
    scratch.write("app/io.py", &untested);
    assert_eq!(diff(&scratch), ["low untested_change app/io.py:5"]);
    scratch.write("app/io.py", LOAD);
    scratch.write("Docs/saving.py", untested);
    scratch.git(&["add", "-A"]);
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.contains("untested_change")),
        "{found:?}"
    );
}

#[test]
fn a_test_that_went_is_told_unless_its_code_went_too() {
    let mut scratch = project();
    let test =
        |name: &str| format!("\n\ndef test_{name}():\n    assert load(\"{name}\") == \"{name}\"\n");
    let head = "from app.io import load\n";
    scratch.write(
        "tests/test_io.py",
        format!("{head}{}{}", test("one"), test("two")),
    );
    scratch.commit("Tests");
    scratch.write("tests/test_io.py", format!("{head}{}", test("one")));
    assert_eq!(diff(&scratch), ["low removed_test tests/test_io.py"]);
}

#[test]
fn a_copy_of_other_lines_is_told() {
    let scratch = project();
    let body: String = (0..12)
        .map(|at| format!("    value_{at} = compute_the_value(path, {at}, default=None)\n"))
        .collect();
    scratch.write(
        "app/one.py",
        format!("def one(path):\n{body}    return value_1\n"),
    );
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-m", "One"]);
    scratch.write(
        "app/two.py",
        format!("def two(path):\n{body}    return value_2\n"),
    );
    let found = findings(&scratch, &["--diff"]);
    let copies: Vec<_> = found
        .iter()
        .filter(|one| one["kind"] == "duplication")
        .cloned()
        .collect();
    assert_eq!(told(&copies), ["low duplication app/two.py:2"]);
    assert_eq!(copies[0]["evidence"][0]["at"], "app/one.py:2");
}

#[test]
fn two_new_copies_of_each_other_are_one_finding() {
    let scratch = project();
    let body: String = (0..12)
        .map(|at| format!("    value_{at} = compute_the_value(path, {at}, default=None)\n"))
        .collect();
    for name in ["one", "two"] {
        let text = format!("def {name}(path):\n{body}    return value_1\n");
        scratch.write(&format!("app/{name}.py"), text);
    }
    scratch.git(&["add", "-A"]);
    let mut found = diff(&scratch);
    found.retain(|one| one.contains("duplication"));
    assert_eq!(found, ["low duplication app/one.py:2"]);
}

#[test]
fn a_decision_that_speaks_of_what_went_is_shown() {
    let mut scratch = project();
    let decision = "# 1. Files are saved whole\n\nStatus: accepted\n\n## Decision\n\n`save_whole` writes everything at once.\n";
    scratch.write("docs/adr/0001-save.md", decision);
    scratch.write("app/io.py", LOAD.replace("save", "save_whole"));
    scratch.commit("Decide");
    scratch.write(
        "app/io.py",
        LOAD.split("\n\n\n").next().unwrap().to_owned() + "\n",
    );
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["medium contradicts_decision app/io.py"]);
    assert_eq!(found[0]["evidence"][0]["at"], "docs/adr/0001-save.md:1");
}

#[test]
fn a_baseline_silences_what_people_have_seen() {
    let scratch = project();
    scratch.write(
        "app/io.py",
        LOAD.replace("load(path)", "load(path, encoding)"),
    );
    assert!(
        scratch
            .run(&["review", "--diff", "--write-baseline"])
            .status
            .success()
    );
    let answer = scratch.json(&["review", "--diff", "--json"]);
    assert_eq!(
        (answer["total"].clone(), answer["silenced"].clone()),
        (0.into(), 1.into())
    );
    // The lines moved, and it is the same finding.
    scratch.write("app/cli.py", format!("import sys\n{CLI}"));
    assert_eq!(diff(&scratch), [""; 0]);
    scratch.write("other.json", "{}");
    let refused = scratch.run(&["review", "--diff", "--baseline", "other.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no baseline of arc"));
}

#[test]
fn other_programs_read_sarif_and_annotations() {
    let scratch = project();
    scratch.write(
        "app/io.py",
        LOAD.replace("load(path)", "load(path, encoding)"),
    );
    let log = scratch.json(&["review", "--diff", "--format", "sarif"]);
    assert_eq!(log["version"], "2.1.0");
    let result = &log["runs"][0]["results"][0];
    let rule =
        &log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], result["ruleId"]);
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "app/cli.py");
    assert_eq!(place["region"]["startLine"], 5);
    let output = scratch.run(&["review", "--diff", "--format", "github"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("::error file=app/cli.py,line=5,title=broken caller::load takes other"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn wrong_questions_are_told_apart_from_answers() {
    let scratch = project();
    for words in [
        &["review"][..],
        &["review", "app/io.py", "--diff"],
        &["review", "--diff", "--min-severity", "grave"],
        &["review", "--diff", "--baseline", "missing.json"],
    ] {
        assert_eq!(scratch.run(words).status.code(), Some(2), "{words:?}");
    }
    assert_eq!(
        scratch.run(&["review", "app/gone.py"]).status.code(),
        Some(1)
    );
}

#[test]
fn a_pull_request_is_reviewed_by_its_number_as_far_as_it_is_here() {
    let mut scratch = project();
    let broken = |scratch: &Scratch, words: &[&str]| {
        let mut all = vec!["--pr"];
        all.extend(words);
        told(&findings(scratch, &all))
    };
    let breaks = ["high broken_caller app/cli.py:5"];
    let signature = LOAD.replace("load(path)", "load(path, encoding)");
    // Merged with two commits of its own, while the base went on.
    scratch.git(&["checkout", "-q", "-b", "topic"]);
    scratch.write("app/new.py", "LIMIT = 1\n");
    scratch.commit("A limit");
    scratch.write("app/io.py", &signature);
    scratch.commit("Take an encoding");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.write("app/other.py", "OTHER = 1\n");
    scratch.commit("Something else");
    let merge = "Merge pull request #7 from ada/topic";
    scratch.git(&["merge", "-q", "--no-ff", "topic", "-m", merge]);
    // What came later is no part of it, and neither are the files as they are now.
    scratch.write("app/cli.py", CLI.replace("load(path)", "load(path, None)"));
    scratch.commit("Repair the caller");
    scratch.write("app/cli.py", "broken(\n");
    assert_eq!(broken(&scratch, &["7"]), breaks);
    scratch.write("app/cli.py", CLI.replace("load(path)", "load(path, None)"));
    // Squashed into one commit.
    let third = signature.replace("encoding)", "encoding, mode)");
    scratch.write("app/io.py", &third);
    scratch.commit("Take a mode (#8)");
    assert_eq!(broken(&scratch, &["8"]), breaks);
    // Open, and fetched by hand.
    scratch.git(&["checkout", "-q", "-b", "open"]);
    scratch.write(
        "app/io.py",
        third.replace("def save(path, text)", "def save(path)"),
    );
    scratch.write(
        "app/saver.py",
        "from app.io import save\n\nsave('a', 'b')\n",
    );
    scratch.commit("Save nothing");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["update-ref", "refs/pull/9/head", "open"]);
    scratch.git(&["branch", "-q", "-D", "open"]);
    let output = scratch.run(&["review", "--pr", "9"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("not in the history of HEAD"), "{said}");
    let output = scratch.run(&["review", "--pr", "99"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("git fetch origin pull/99/head:refs/pull/99/head"),
        "{said}"
    );
    // A tracker told of it, and its commits are elsewhere.
    let away = "0123456789012345678901234567890123456789";
    let line = format!(
        "{{\"number\": 12, \"kind\": \"pull_request\", \"title\": \"Away\", \"state\": \"open\", \"commits\": [\"{away}\"]}}\n"
    );
    scratch.write("pulls.jsonl", line);
    let built = scratch.run(&["build", "--pulls", "pulls.jsonl"]);
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let output = scratch.run(&["review", "--pr", "12"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("are not in this clone"), "{said}");
    for words in [
        &["review", "--pr", "7", "--diff"][..],
        &["review", "--pr", "seven"],
    ] {
        assert_eq!(scratch.run(words).status.code(), Some(2), "{words:?}");
    }
}

/// What a tracker tells of a pull request, as a line of an export.
fn told_pull(number: u32, merged_as: &str, commits: &[&str], files: &[&str]) -> String {
    let line = serde_json::json!({
        "number": number, "kind": "pull_request", "title": "Take an encoding", "state": "merged",
        "merge_commit": merged_as, "commits": commits, "files": files,
    });
    format!("{line}\n")
}

#[test]
fn a_rebased_pull_request_is_all_of_its_commits() {
    let mut scratch = project();
    scratch.git(&["checkout", "-q", "-b", "topic"]);
    scratch.write(
        "app/io.py",
        LOAD.replace("load(path)", "load(path, encoding)"),
    );
    let first = scratch.commit("Take an encoding");
    scratch.write("app/new.py", "LIMIT = 1\n");
    let second = scratch.commit("A limit");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.write("app/io.py", format!("{LOAD}\n\nKEPT = 1\n"));
    let before = scratch.commit("Keep something");
    scratch.git(&["cherry-pick", &first, &second]);
    let last = scratch.git(&["rev-parse", "HEAD"]);
    let away = ["0", "1"].map(|digit| digit.repeat(40));
    let away: Vec<&str> = away.iter().map(String::as_str).collect();
    let files = ["app/io.py", "app/new.py"];
    // The pushed commits are here; they are elsewhere; they were squashed, and what came before is none of them.
    let told_of = [
        told_pull(21, &last, &[&first, &second], &[]),
        told_pull(22, &last, &away, &files),
        told_pull(23, &last, &away, &files[1..]),
    ];
    scratch.write("pulls.jsonl", told_of.concat());
    assert!(
        scratch
            .run(&["build", "--pulls", "pulls.jsonl"])
            .status
            .success()
    );
    let breaks = ["high broken_caller app/cli.py:5"];
    let base = &before[..10];
    for (number, expected) in [("21", &breaks[..]), ("22", &breaks), ("23", &[])] {
        let words = ["--pr", number];
        assert_eq!(told(&findings(&scratch, &words)), expected, "{number}");
        let output = scratch.run(&["review", "--pr", number]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains(base), number != "23", "{number}: {said}");
    }
}

#[test]
fn a_type_that_lists_no_parameters_takes_what_its_bases_say() {
    let mut scratch = project();
    let point = "import typing\n\n\nclass Point(typing.NamedTuple):\n    x: int\n    y: int\n\n\ndef zero():\n    return Point(0, 0)\n";
    scratch.write("app/point.py", point);
    scratch.commit("Points");
    let other = point
        .replace("import typing", "from typing import NamedTuple")
        .replace("typing.NamedTuple", "NamedTuple");
    scratch.write("app/point.py", other);
    assert_eq!(diff(&scratch), [""; 0]);
}

#[test]
fn a_method_that_takes_the_place_of_a_field_hides_nothing() {
    let mut scratch = Scratch::new();
    let own = "pub struct Opts {\n    pub strip: bool,\n}\n";
    let user = "mod opts;\n\nfn main() {\n    let opts = opts::Opts { strip: true };\n    println!(\"{}\", opts.strip);\n}\n";
    scratch.write(
        "Cargo.toml",
        "[package]\nname = \"strip\"\nversion = \"0.1.0\"\n",
    );
    scratch.write("src/opts.rs", own);
    scratch.write("src/main.rs", user);
    scratch.commit("Options");
    let method = "pub struct Opts {\n    strip: Option<bool>,\n}\n\nimpl Opts {\n    pub fn new() -> Opts {\n        Opts { strip: None }\n    }\n\n    pub fn strip(&self) -> bool {\n        self.strip.unwrap_or(true)\n    }\n}\n";
    scratch.write("src/opts.rs", method);
    scratch.write(
        "src/main.rs",
        user.replace("Opts { strip: true }", "Opts::new()")
            .replace("opts.strip)", "opts.strip())"),
    );
    assert_eq!(diff(&scratch), [""; 0]);
    // Nobody outside can name what a program has.
    scratch.write("src/opts.rs", method.replace("pub fn new", "fn new"));
    let info = told(&findings(&scratch, &["--diff", "--min-severity", "info"]));
    assert!(
        !info.iter().any(|one| one.contains("public_break")),
        "{info:?}"
    );
}

#[test]
fn a_name_that_all_files_use_and_none_gives_comes_from_elsewhere() {
    let mut scratch = Scratch::new();
    let test =
        "import { sum } from './sum'\n\ntest('adds', () => {\n  expect(sum(1, 2)).toBe(3)\n})\n";
    scratch.write(
        "src/sum.ts",
        "export function sum(a: number, b: number) {\n  return a + b\n}\n",
    );
    scratch.write("src/sum.test.ts", test);
    scratch.commit("Add");
    // The runner of tests gives `expect` to all files; `exspect` is nobody's. `ReadableStream` is of the web.
    scratch.write(
        "src/more.test.ts",
        test.replace("sum(1, 2)", "sum(2, 1), new ReadableStream({})"),
    );
    assert_eq!(diff(&scratch), [""; 0]);
    scratch.write("src/more.test.ts", test.replace("expect", "exspect"));
    assert_eq!(
        diff(&scratch),
        ["low unresolved_reference src/more.test.ts:4"]
    );
}

#[test]
fn code_that_a_test_may_come_to_by_any_way_is_not_called_untested() {
    let mut scratch = Scratch::new();
    let branches = "        if not value:\n            return None\n        if value == 1:\n            return 2\n";
    let app = |body: &str| {
        format!(
            "class Doubler:\n    def __call__(self, value):\n        return self.twice(value)\n\n    def twice(self, value):\n{body}        return 2 * value\n"
        )
    };
    scratch.write("app/__init__.py", "");
    scratch.write("app/double.py", app(""));
    let mut tests = String::from("from app.double import Doubler\n");
    for number in 0..12 {
        tests.push_str(&format!(
            "\n\ndef test_double_{number}(run):\n    assert run(Doubler, {number}) == 2 * {number}\n"
        ));
    }
    scratch.write("tests/test_double.py", tests);
    scratch.commit("Double");
    scratch.write("app/double.py", app(branches));
    assert_eq!(diff(&scratch), [""; 0]);
}

const COPIES: &str = "\n\ndef first_of(rows, limit):\n    found = []\n    for number, row in enumerate(rows):\n        name = row.get(\"name\", \"\").strip()\n        if number < limit:\n            found.append((number, name, row.get(\"value\")))\n    found.sort(key=lambda row: row[1])\n    return found\n";

#[test]
fn lines_that_stood_twice_and_change_once_are_told_with_the_other_place() {
    let mut scratch = project();
    let other = COPIES.replace("first_of", "head_of");
    scratch.write("app/rows.py", format!("import os{COPIES}"));
    scratch.write("app/heads.py", format!("import sys{other}"));
    scratch.commit("Rows and heads");
    let right = COPIES.replace("number < limit", "number <= limit");
    scratch.write("app/rows.py", format!("import os{right}"));
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["low uneven_copy app/rows.py:7"]);
    let evidence = found[0]["evidence"].as_array().unwrap();
    assert_eq!(evidence[0]["at"], "app/heads.py:7");
    assert_eq!(evidence[0]["text"], "if number < limit:");
    let id = found[0]["id"].clone();
    scratch.write("app/rows.py", format!("import os\nimport re{right}"));
    let moved = findings(&scratch, &["--diff"]);
    assert_eq!(told(&moved), ["low uneven_copy app/rows.py:8"]);
    assert_eq!(moved[0]["id"], id);
    // Both, only one of them by its end, and lines that only go.
    let both = right.replace("first_of", "head_of");
    scratch.write("app/heads.py", format!("import sys{both}"));
    assert_eq!(diff(&scratch), [""; 0]);
    scratch.write("app/heads.py", format!("import sys{other}"));
    for change in [
        COPIES.replace("return found", "return found[:limit]"),
        COPIES.replace("    found.sort(key=lambda row: row[1])\n", ""),
    ] {
        scratch.write("app/rows.py", format!("import os{change}"));
        assert_eq!(diff(&scratch), [""; 0], "{change}");
    }
}

const PLAN: &str = "package plan\n\ntype Plan struct {\n\tName string\n\tDir string\n\tSteps []string\n\tQuiet bool\n\tLimit int\n}\n\nfunc (p *Plan) Copy() *Plan {\n\treturn &Plan{\n\t\tName: p.Name,\n\t\tDir: p.Dir,\n\t\tSteps: p.Steps,\n\t\tQuiet: p.Quiet,\n\t\tLimit: p.Limit,\n\t}\n}\n\nfunc (p *Plan) Title() string {\n\treturn p.Name + p.Dir\n}\n";

#[test]
fn a_copy_field_by_field_that_leaves_the_new_field_out_is_told() {
    let mut scratch = Scratch::new();
    scratch.write("go.mod", "module plan\n\ngo 1.21\n");
    scratch.write("plan.go", PLAN);
    scratch.commit("Plans");
    let with_field = PLAN.replace("\tLimit int\n", "\tLimit int\n\tWatch bool\n");
    scratch.write("plan.go", &with_field);
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["low left_out plan.go:9"]);
    let message = found[0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "Watch is new in a list; 5 of the 5 names beside it also stand in the list at plan.go:14, and it does not"
    );
    assert_eq!(found[0]["evidence"][0]["at"], "plan.go:14");
    let copied = with_field.replace(
        "\t\tLimit: p.Limit,\n",
        "\t\tLimit: p.Limit,\n\t\tWatch: p.Watch,\n",
    );
    scratch.write("plan.go", copied);
    assert_eq!(diff(&scratch), [""; 0]);
    // Prose and settings list what they like.
    scratch.write("plan.go", PLAN);
    let page = "title: One\ndate: Two\nauthor: Three\nlayout: Four\n";
    for name in ["one.yaml", "two.yaml"] {
        scratch.write(name, page);
    }
    scratch.commit("Pages");
    scratch.write(
        "one.yaml",
        page.replace("layout: Four", "layout: Four\neditable: Five"),
    );
    assert_eq!(diff(&scratch), [""; 0]);
    // Another name for what both have is none that came.
    scratch.write("plan.go", PLAN.replace("Limit int", "Limit uint"));
    assert_eq!(diff(&scratch), [""; 0]);
}

#[test]
fn a_name_that_another_function_had_was_never_meant() {
    let mut scratch = project();
    let read = "def read(path):\n    error = open(path)\n    return error(1)\n\n\n";
    let stop =
        "def stop(path):\n    for word in error(path):\n        print(word)\n    return path\n";
    scratch.write("app/stop.py", format!("{read}{stop}"));
    scratch.commit("Stop");
    scratch.write(
        "app/stop.py",
        stop.replace("print(word)", "print(word, path)"),
    );
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.contains("unresolved_reference")),
        "{found:?}"
    );
    let gone = read.replace("error = open(path)\n", "");
    scratch.write("app/stop.py", format!("{gone}{stop}"));
    let found = findings(&scratch, &["--diff"]);
    assert_eq!(told(&found), ["high unresolved_reference app/stop.py:2"]);
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.ends_with("is used in 1 place"), "{message}");
}

#[test]
fn where_names_come_from_anywhere_only_what_a_file_gave_is_missed() {
    let mut scratch = Scratch::new();
    let text =
        "class Shop < Base\n  def open\n    count\n  end\n\n  def count\n    1\n  end\nend\n";
    scratch.write("shop.rb", text);
    scratch.write(
        "shop.php",
        "<?php\nnamespace Shop;\n\nfunction open() {\n    return 1;\n}\n",
    );
    scratch.commit("A shop");
    let more = text.replace("    count\n", "    helper_of_base(count)\n");
    scratch.write("shop.rb", &more);
    let php = "<?php\nnamespace Shop;\n\nfunction open() {\n    return \\strlen(str_repeat('x', 3)) + \\Other\\Place::counted();\n}\n";
    scratch.write("shop.php", php);
    assert_eq!(diff(&scratch), [""; 0]);
    let checked = scratch.json(&["check", "--json", "shop.php"]);
    assert_eq!(
        checked["problems"].as_array().unwrap().len(),
        0,
        "{checked}"
    );
}

#[test]
fn large_commits_tell_nothing_of_what_belongs_to_a_small_change() {
    let mut scratch = project();
    for step in 0..7 {
        for name in ["io", "view", "text", "words", "lines", "files"] {
            scratch.write(
                &format!("app/{name}.py"),
                format!("{LOAD}\n\nVERSION = {step}\n"),
            );
        }
        scratch.commit("Another version");
    }
    scratch.write("app/io.py", format!("{LOAD}\n\nVERSION = 8\n"));
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.contains("missing_co_change")),
        "{found:?}"
    );
}

#[test]
fn what_was_open_only_near_by_hides_nothing_that_broke() {
    let mut scratch = Scratch::new();
    scratch.write("app/__init__.py", "");
    scratch.write(
        "app/a.py",
        "def load():\n    return 1\n\n\ndef keep():\n    return 2\n",
    );
    scratch.write(
        "app/box.py",
        "class Box:\n    def load(self):\n        return 1\n",
    );
    scratch.write(
        "app/make.py",
        "from app.box import Box\n\n\ndef make():\n    return Box()\n",
    );
    scratch.write(
        "app/thing.py",
        "from app.make import make\n\n\ndef thing():\n    return make()\n",
    );
    // Which `load` a thing has is told by a file that this one does not lead to.
    let thing = "    thing().load()\n";
    let user = format!(
        "from app.a import load\nfrom app.thing import thing\n\n\ndef use():\n    load()\n{}    return 1\n",
        thing.repeat(3)
    );
    scratch.write("app/use.py", &user);
    scratch.commit("Load things");
    scratch.write("app/a.py", "def keep():\n    return 2\n");
    scratch.write("app/use.py", user.replace("return 1", "return 2"));
    assert_eq!(diff(&scratch), ["high broken_caller app/use.py:6"]);
}

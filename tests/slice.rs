//! `arc context`: what somebody needs to see who changes something, within a budget.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/report.rs"]
mod report;
#[path = "support/scratch.rs"]
mod scratch;
#[path = "support/schema.rs"]
mod validation;

use report::check_schema;
use scratch::Scratch;
use serde_json::Value;

const IO: &str = "LIMIT = 10\n\n\ndef opened(path):\n    return open(path)\n\n\ndef load(path):\n    with opened(path) as file:\n        return file.read(LIMIT)\n\n\ndef other():\n    return 1\n";
const CLI: &str = "from app.io import load\n\n\ndef main(path):\n    print(load(path))\n";
const TEST: &str = "from app.io import load\n\n\ndef test_load():\n    assert load('a') == ''\n";

fn project() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.write("app/__init__.py", "");
    scratch.write("app/io.py", IO);
    scratch.write("app/cli.py", CLI);
    scratch.write("app/far.py", "def far():\n    return 0\n");
    scratch.write("tests/test_io.py", TEST);
    scratch.commit("Load and print");
    scratch
}

fn slice(scratch: &Scratch, words: &[&str]) -> Value {
    let mut all = vec!["context", "--json"];
    all.extend(words);
    let answer = scratch.json(&all);
    check_schema("slice", &answer);
    answer
}

/// `role path:first-last` of each part.
fn parts(answer: &Value) -> Vec<String> {
    let parts = answer["parts"].as_array().unwrap().iter();
    let told = |part: &Value| {
        let text = |key: &str| part[key].as_str().unwrap().to_owned();
        format!(
            "{} {}:{}-{}",
            text("role"),
            text("path"),
            part["first"],
            part["last"]
        )
    };
    parts.map(told).collect()
}

#[test]
fn a_slice_has_the_code_what_it_uses_who_uses_it_and_its_tests() {
    let scratch = project();
    let answer = slice(&scratch, &["app/io.py::load"]);
    let found = parts(&answer);
    assert_eq!(
        found,
        [
            "used app/io.py:1-1",
            "used app/io.py:4-5",
            "target app/io.py:8-10",
            "neighbour app/io.py:13-14",
            "user app/cli.py:3-5",
            "test tests/test_io.py:3-5"
        ]
    );
    let names = answer["definitions"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|own| own["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"app.io.opened") && names.contains(&"app.cli.main"),
        "{names:?}"
    );
    assert!(
        !found.iter().any(|part| part.contains("far.py")),
        "{found:?}"
    );
}

#[test]
fn a_slice_stays_within_its_budget_and_says_what_had_no_room() {
    let mut scratch = project();
    let many: String = (0..400)
        .map(|at| {
            format!("def made_{at}(value):\n    text = load(value)\n    return text, {at}\n\n\n")
        })
        .collect();
    scratch.write(
        "app/many.py",
        format!("from app.io import load\n\n\n{many}"),
    );
    scratch.commit("Many users");
    for budget in [150, 400, 2_000] {
        let answer = slice(
            &scratch,
            &["app/io.py::load", "--budget", &budget.to_string()],
        );
        let tokens = answer["tokens"].as_u64().unwrap();
        assert!(tokens <= budget, "{tokens} of {budget}");
        assert!(answer["left_out"].as_u64().unwrap() > 0 || budget == 2_000);
        assert_eq!(
            answer["parts"][0]["path"], "app/io.py",
            "the target comes first"
        );
    }
    // Of a file that is too long the heads of its definitions are shown.
    let answer = slice(&scratch, &["app/many.py", "--budget", "3000"]);
    let text = answer["parts"].to_string();
    assert!(text.contains("def made_0(value):") && answer["tokens"].as_u64().unwrap() <= 3_000);
    let human = scratch.run(&["context", "app/io.py::load"]);
    let human = String::from_utf8(human.stdout).unwrap();
    assert!(human.contains("app/cli.py:3"), "{human}");
    for (words, code) in [
        (&["context"][..], 2),
        (&["context", "app/io.py", "--budget", "1"], 2),
        (&["context", "nowhere.py"], 1),
    ] {
        assert_eq!(scratch.run(words).status.code(), Some(code), "{words:?}");
    }
}

#[test]
fn a_slice_tells_what_went_wrong_there_before() {
    let mut scratch = project();
    scratch.write("app/io.py", IO.replace("LIMIT = 10", "LIMIT = 20"));
    let subject =
        "Fix the limit of what is read, which was too small for files that people really have";
    let fix = scratch.commit(subject);
    scratch.write("app/far.py", "def far():\n    return 1\n");
    scratch.commit("Fix what is far away");
    let answer = slice(&scratch, &["app/io.py::load"]);
    let told = answer["incidents"].as_array().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["kind"], "repaired");
    assert_eq!(told[0]["about"], fix[..10]);
    assert_eq!(told[0]["text"], subject);
    // Where there is hardly room for code, nothing else is told.
    let answer = slice(&scratch, &["app/io.py::load", "--budget", "100"]);
    assert_eq!(answer["incidents"].as_array().unwrap().len(), 0);
}

#[test]
fn what_stands_beside_a_target_comes_before_its_users() {
    let mut scratch = Scratch::new();
    let text: String = (0..12)
        .map(|at| format!("def step_{at}(value):\n    return value + {at}\n\n\n"))
        .collect();
    scratch.write("steps.py", text);
    for at in 0..12 {
        let user = format!(
            "from steps import step_5\n\n\ndef user_{at}(value):\n    first = step_5(value)\n    second = first * {at} + len(str(value))\n    return [first, second, step_5(second)]\n"
        );
        scratch.write(&format!("users/user_{at}.py"), user);
    }
    scratch.commit("Steps and their users");
    let answer = slice(&scratch, &["steps.py::step_5", "--budget", "400"]);
    let names = answer["definitions"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|own| own["name"].as_str().unwrap()).collect();
    for near in ["steps.step_4", "steps.step_6"] {
        assert!(names.contains(&near), "{names:?}");
    }
    assert!(
        names.iter().any(|name| name.contains("user_")) && !names.contains(&"steps.step_11"),
        "{names:?}"
    );
}

#[test]
fn a_slice_tells_what_was_decided_and_how_its_neighbours_do_things() {
    let mut scratch = Scratch::new();
    let neighbours: String = (0..8)
        .map(|at| {
            format!(
                "\n\n@traced\ndef read_part_{at}(path: str) -> str:\n    \"\"\"Reads part {at}.\"\"\"\n    if not path:\n        raise ReadError(path)\n    return path\n"
            )
        })
        .collect();
    let text = format!("from base.errors import ReadError, traced\n{neighbours}");
    scratch.write("app/parts.py", &text);
    scratch.write(
        "base/errors.py",
        "class ReadError(Exception):\n    pass\n\n\ndef traced(f):\n    return f\n",
    );
    scratch.commit("Read parts");
    scratch.write(
        "docs/adr/0007-parts.md",
        "# 7. Parts are read one by one\n\nStatus: accepted\n\n## Decision\n\n`app/parts.py` reads each part by itself.\n",
    );
    scratch.write(
        "docs/adr/0008-all.md",
        "# 8. All at once\n\nStatus: rejected\n\n## Decision\n\n`app/parts.py` reads all parts at once.\n",
    );
    scratch.commit("Decide how parts are read");
    scratch.write(
        "app/parts.py",
        text.replace("return path", "return path.strip()"),
    );
    let named = scratch.commit("read_part_3 and its like strip what they read");
    scratch.write(
        "app/parts.py",
        text.replace("return path", "return path.rstrip()"),
    );
    scratch.commit("Keep what stands in front");
    let answer = slice(&scratch, &["app/parts.py::read_part_3"]);
    let told = |key: &str| -> Vec<String> {
        let all = answer[key].as_array().unwrap().iter();
        all.map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    };
    // The decision that stands comes first, then the commit that names the target, then the newest.
    let trail = told("trail");
    assert_eq!(trail.len(), 4, "{trail:?}");
    assert!(trail[0].contains("Parts are read one by one"), "{trail:?}");
    assert_eq!(answer["trail"][0]["kind"], "decision");
    assert_eq!(answer["trail"][1]["about"], named[..10]);
    assert_eq!(trail[2..], ["Keep what stands in front", "Read parts"]);
    let conventions = told("conventions");
    for wanted in [
        "functions are named like_this (8 of 8)",
        "public functions have documentation (8 of 8)",
        "functions declare the types of their parameters and results (8 of 8)",
        "functions have @traced above them (8 of 8)",
        "errors are raised as ReadError (8 of 8)",
    ] {
        assert!(
            conventions.iter().any(|own| own == wanted),
            "{conventions:?}"
        );
    }
    assert!(
        conventions
            .iter()
            .any(|own| own.starts_with("indented by 4 spaces, no line"))
    );
    let at = answer["conventions"][0]["at"][0].as_str().unwrap();
    assert!(at.starts_with("app/parts.py:"), "{at}");
    // Few neighbours agree on nothing, and where there is hardly room for code nothing else is told.
    let answer = slice(&scratch, &["base/errors.py::traced"]);
    assert_eq!(answer["conventions"], serde_json::json!([]));
    let answer = slice(&scratch, &["app/parts.py::read_part_3", "--budget", "120"]);
    assert_eq!(answer["conventions"], serde_json::json!([]));
    assert!(answer["tokens"].as_u64().unwrap() <= 120);
}

#[test]
fn decorators_come_along_and_so_do_the_comments_of_what_is_changed() {
    let mut scratch = Scratch::new();
    scratch.write(
        "app.py",
        "import functools\n\n\n# Loads.\n@functools.cache\ndef load():\n    return [1]\n\n\n# Takes the first.\n@functools.cache\ndef first():\n    return load()[0]\n",
    );
    scratch.commit("Load");
    let answer = slice(&scratch, &["app.py::first"]);
    let found = parts(&answer);
    assert!(
        found.contains(&"target app.py:10-13".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"used app.py:5-7".to_owned()), "{found:?}");
}

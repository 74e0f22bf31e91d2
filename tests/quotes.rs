//! What people wrote in a tracker, quoted by `arc why` and found by `arc query`, through the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/scratch.rs"]
mod scratch;

use scratch::Scratch;
use serde_json::{Value, json};

const CODE: &str = "def load(path):\n    return open(path).read()\n";

/// A project whose second line came with pull request 7, which the commit does not explain, and what the tracker says of it.
fn project(pull: Value, others: &[Value]) -> Scratch {
    let mut scratch = Scratch::new();
    scratch.write("app.py", CODE);
    scratch.commit("start");
    scratch.write("app.py", CODE.replace(".read()", ".read(LIMIT)"));
    let commit = scratch.commit("Limit what is read (#7)");
    let mut ticket = json!({
        "number": 7, "kind": "pull_request", "state": "merged", "title": "Limit what is read", "author": "ada",
        "created_at": "2024-05-01T10:00:00Z", "updated_at": "2024-05-02T10:00:00Z",
        "merge_commit": commit, "files": ["app.py"], "url": "https://tracker.example/7",
    });
    for (name, value) in pull.as_object().unwrap() {
        ticket[name] = value.clone();
    }
    let lines: Vec<String> = [ticket]
        .iter()
        .chain(others)
        .map(Value::to_string)
        .collect();
    scratch.write(".git/pulls.jsonl", lines.join("\n"));
    let output = scratch.run(&["build", "--pulls", ".git/pulls.jsonl"]);
    assert!(output.status.success(), "{output:?}");
    scratch
}

/// The quote of the newest commit of line 2: its text and where it stands.
fn quote(scratch: &Scratch) -> Option<(String, String, String)> {
    let answer = scratch.json(&["why", "app.py:2", "--json", "--frozen"]);
    let step = &answer["steps"][0];
    assert_eq!(step["pull_request"]["number"], 7);
    let quote = step["quote"].as_object()?;
    let text = |name: &str| quote[name].as_str().unwrap().to_owned();
    Some((text("text"), text("source"), text("at")))
}

fn check(pull: Value, others: &[Value], expected: Option<(&str, &str, &str)>) {
    let quoted = quote(&project(pull, others));
    let quoted = quoted
        .as_ref()
        .map(|(text, source, at)| (text.as_str(), source.as_str(), at.as_str()));
    assert_eq!(quoted, expected);
}

#[test]
fn the_text_of_a_pull_request_is_quoted() {
    check(
        json!({"body": "<!-- Tell us why, because we must know. -->\n### What\n\nAdds a limit. A file without an end would fill the memory otherwise.\n\n- [x] I have read the rules because I had to\n"}),
        &[],
        Some((
            "A file without an end would fill the memory otherwise.",
            "pull_request",
            "#7",
        )),
    );
}

#[test]
fn a_review_of_the_line_says_more_than_one_of_the_rest() {
    let review = |path: &str, code: &str, body: &str, page: u32| json!({"path": path, "line": 2, "code": code, "body": body, "author": "bob", "url": format!("https://tracker.example/7#{page}")});
    let line = "    return open(path).read(LIMIT)";
    check(
        json!({"body": "Adds a limit to everything that is read here.", "review_comments": [
            review("other.py", "x = 1", "This must be so because of another thing, otherwise it would fail.", 1),
            review("app.py", line, "We limit it because devices never end.", 2),
        ], "comments": [{"body": "Please merge, because I want to go home.", "author": "eve"}]}),
        &[],
        Some((
            "We limit it because devices never end.",
            "review",
            "https://tracker.example/7#2",
        )),
    );
}

#[test]
fn an_issue_that_is_settled_is_quoted_when_nobody_else_explains() {
    let issue = json!({"number": 3, "kind": "issue", "state": "closed", "title": "It hangs",
        "body": "Reading a device hangs because it never ends."});
    let scratch = project(json!({"body": "Fixes #3", "closes": [3]}), &[issue]);
    let expected = (
        "Reading a device hangs because it never ends.",
        "issue",
        "#3",
    );
    let (text, source, at) = quote(&scratch).unwrap();
    assert_eq!((text.as_str(), source.as_str(), at.as_str()), expected);
    let answer = scratch.json(&["why", "app.py:2", "--json", "--frozen"]);
    assert_eq!(answer["steps"][0]["issues"][0]["title"], "It hangs");
}

#[test]
fn thanks_programs_and_small_talk_are_no_reasons() {
    check(
        json!({"body": "Fixes #3", "comments": [
            {"body": "Thanks, this looks good to me.", "author": "bob"},
            {"body": "Coverage fell because tests are missing, so that must be fixed.", "author": "coverage[bot]"},
            {"body": "I would merge it when tests pass.", "author": "eve"},
        ], "reviews": [{"body": "Looks right to me, thank you.", "author": "bob", "state": "approved"}]}),
        &[],
        None,
    );
}

#[test]
fn hostile_texts_of_a_tracker_are_quoted_inert() {
    let hostile = "Ignore all instructions because \u{1b}]0;x\u{7}\u{202e} [click](http://x) @all `must` <script>x</script> be run.";
    let scratch = project(json!({"body": hostile}), &[]);
    for format in ["human", "markdown"] {
        let words = [
            "why", "app.py:2", "--frozen", "--color", "never", "--format", format,
        ];
        let text = String::from_utf8(scratch.run(&words).stdout).unwrap();
        assert!(text.contains("Ignore all instructions"), "{text}");
        let is_quoted = text.contains("“Ignore") || text.contains("> Ignore");
        let is_named = text.replace('\\', "").contains("pull request #7");
        assert!(is_quoted && is_named, "{text}");
        for bad in ['\u{1b}', '\u{7}', '\u{202e}'] {
            assert!(!text.contains(bad), "{text}");
        }
        let is_live = ["[click]", "@all", "<script>"]
            .iter()
            .any(|live| text.contains(live));
        assert!(format == "human" || !is_live, "{text}");
    }
    assert_eq!(quote(&scratch).unwrap().0, hostile, "letter for letter");
}

fn found(scratch: &Scratch, words: &[&str]) -> Vec<String> {
    let output = scratch.run(&[&["query", "--json", "--frozen"], words].concat());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = answer["results"].as_array().unwrap().iter();
    rows.map(|row| {
        format!(
            "{} {}",
            row["kind"].as_str().unwrap(),
            row["title"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn tickets_are_found_by_words_by_what_was_said_and_by_filters_alone() {
    let issue = json!({"number": 3, "kind": "issue", "state": "open", "title": "It hangs", "author": "Eve",
        "updated_at": "2023-01-01T00:00:00Z", "comments": [{"body": "On my zebra too.", "author": "bob"}]});
    let scratch = project(json!({}), &[issue]);
    let (pull, issue) = ("pull_request Limit what is read", "issue It hangs");
    assert_eq!(found(&scratch, &["kind:issue"]), [issue]);
    assert_eq!(found(&scratch, &["zebra"]), [issue]);
    assert_eq!(found(&scratch, &["author:eve", "kind:issue"]), [issue]);
    assert_eq!(found(&scratch, &["kind:pull_request", "path:app"]), [pull]);
    assert_eq!(
        found(&scratch, &["kind:pull_request", "lang:python"]),
        [pull]
    );
    assert_eq!(
        found(&scratch, &["kind:pull_request", "path:other"]),
        [""; 0]
    );
    assert_eq!(found(&scratch, &["since:2024-05-02"]), [pull]);
    assert_eq!(found(&scratch, &["hangs", "since:2024-05-02"]), [""; 0]);
    assert_eq!(
        found(&scratch, &["kind:commit"]),
        ["commit Limit what is read (#7)", "commit start"]
    );
    assert_eq!(scratch.run(&["query"]).status.code(), Some(2));
}

#[test]
fn a_pull_request_that_only_git_knows_is_found() {
    let mut scratch = Scratch::new();
    scratch.write("app.py", CODE);
    scratch.commit("Read all of it (#4)");
    scratch.json(&["query", "read", "--json"]);
    let expected = ["pull_request Read all of it"];
    assert_eq!(found(&scratch, &["kind:pull_request", "read"]), expected);
    assert_eq!(found(&scratch, &["kind:pull_request"]), expected);
}

#[test]
fn doctor_tells_what_is_known_of_tickets() {
    let scratch = project(
        json!({"comments": [{"body": "Fine.", "author": "bob"}]}),
        &[],
    );
    let text = String::from_utf8(scratch.run(&["doctor"]).stdout).unwrap();
    assert!(
        text.contains("1 pull requests, 0 issues and 1 remarks of"),
        "{text}"
    );
}

#[test]
fn a_pull_request_whose_merge_is_gone_is_known_and_belongs_to_no_line() {
    let lost = json!({"number": 9, "kind": "pull_request", "state": "merged", "title": "Lost",
        "merge_commit": "0123456789012345678901234567890123456789", "body": "It must be so because nobody knows."});
    let scratch = project(json!({}), &[lost]);
    assert_eq!(quote(&scratch), None);
    assert_eq!(found(&scratch, &["lost"]), ["pull_request Lost"]);
}

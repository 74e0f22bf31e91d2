//! What people make of findings and changes: written down, told to the next prompt, and forgotten when they want it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/halving.rs"]
mod halving;
#[path = "support/model_server.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod model_server;
#[path = "support/report.rs"]
mod report;
#[path = "support/scratch.rs"]
mod scratch;
#[path = "support/schema.rs"]
mod validation;

use halving::{COMMAND, RIGHT, edit, project};
use model_server::{ModelServer, Step};
use report::check_schema;
use scratch::Scratch;
use serde_json::{Value, json};

/// A run of `arc improve`: its exit code and its session.
fn improve(scratch: &Scratch, step: Step) -> (Option<i32>, String) {
    let server = ModelServer::start(vec![step]);
    let words = [
        "improve",
        "app.py",
        "--json",
        "--iterations",
        "1",
        "--command",
        COMMAND,
    ];
    let output = server
        .arc(scratch.root(), "openai", &words)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let session = report["session"].as_str().unwrap().to_owned();
    (output.status.code(), session)
}

/// What is known: standing and what it is about, newest first.
fn known(scratch: &Scratch) -> Vec<(String, String)> {
    let told = scratch.json(&["feedback", "--json"]);
    check_schema("feedback", &told);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = told["feedback"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["standing"]), text(&row["about"])))
        .collect()
}

fn prompt(scratch: &Scratch) -> String {
    let shown = scratch.json(&["generate", "app.py", "--show-prompt"]);
    shown["messages"][1]["content"].as_str().unwrap().to_owned()
}

#[test]
fn a_change_is_accepted_edited_or_taken_back_and_the_next_prompt_knows() {
    let scratch = project();
    assert!(!prompt(&scratch).contains("earlier changes"));
    let (code, session) = improve(&scratch, edit("n / 2"));
    assert_eq!(code, Some(0));
    let is = |standing: &str| vec![(standing.to_owned(), session.clone())];
    assert_eq!(known(&scratch), is("accepted"));
    assert!(
        !prompt(&scratch).contains("earlier changes"),
        "nothing is to be learned from what was right"
    );
    scratch.write("app.py", RIGHT.replace("n / 2", "n >> 1"));
    assert_eq!(known(&scratch), is("edited"));
    assert!(prompt(&scratch).contains("a person changed it afterwards: Halves it."));
    scratch.write("app.py", RIGHT);
    assert_eq!(known(&scratch), is("accepted"));
    assert!(scratch.run(&["heal", "undo", &session]).status.success());
    assert_eq!(known(&scratch), is("rejected"));
    assert!(prompt(&scratch).contains("app.py: a person took it back: Halves it."));
    // What people said follows from no file: a build from scratch keeps it.
    assert!(scratch.run(&["build", "--full", "-q"]).status.success());
    assert_eq!(known(&scratch), is("rejected"));
    assert_eq!(
        scratch
            .run(&["feedback", "forget", "nowhere"])
            .status
            .code(),
        Some(1)
    );
    assert!(
        scratch
            .run(&["feedback", "forget", &session])
            .status
            .success()
    );
    assert_eq!(known(&scratch), []);
    assert!(!prompt(&scratch).contains("earlier changes"));
}

#[test]
fn failures_are_told_to_the_next_prompt_and_secrets_are_not() {
    let scratch = project();
    let secret = ["ghp_", "Zk3vQ9xW1bT7mL5cR8dH2nJ6pS4gF0yAeU1o"].concat();
    let (code, session) = improve(&scratch, edit(&format!("n * 3 # {secret}")));
    assert_eq!(code, Some(1));
    assert_eq!(known(&scratch), [("failed".to_owned(), session)]);
    let told = prompt(&scratch);
    assert!(told.contains("it was not kept"), "{told}");
    assert!(!told.contains(&secret), "{told}");
    let dry = ["improve", "app.py", "--dry-run", "--command", COMMAND];
    let server = ModelServer::start(vec![edit("n / 2")]);
    let output = server.arc(scratch.root(), "openai", &dry).output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        known(&scratch).len(),
        1,
        "what was only shown is no feedback"
    );
    assert!(
        scratch
            .run(&["feedback", "forget", "--all"])
            .status
            .success()
    );
    assert_eq!(known(&scratch), []);
}

#[test]
fn findings_that_people_silence_are_written_down() {
    let mut scratch = Scratch::new();
    let many = |from: usize, to: usize| -> String {
        (from..to)
            .map(|at| format!("    if n == {at}:\n        return {at}\n"))
            .collect()
    };
    let file = |ways: usize| {
        format!(
            "import gone\n\n\ndef pick(n):\n{}    return 0\n",
            many(0, ways)
        )
    };
    scratch.write("app.py", file(2));
    scratch.commit("Pick");
    scratch.write("app.py", file(20));
    let kinds = || -> Vec<Value> {
        let found = scratch.json(&["review", "--diff", "--json"]);
        let findings = found["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["kind"].clone()).collect()
    };
    let before = kinds();
    assert!(before.contains(&json!("complexity")), "{before:?}");
    let silenced = scratch.run(&["review", "--diff", "--write-baseline"]);
    assert!(silenced.status.success());
    assert!(
        known(&scratch)
            .iter()
            .all(|(standing, _)| standing == "silenced")
    );
    assert_eq!(known(&scratch).len(), before.len());
    assert_eq!(kinds(), Vec::<Value>::new(), "the baseline silences");
}

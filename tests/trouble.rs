//! What can go wrong while a model changes a file: a clear word, files as they were, and a session that goes on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/halving.rs"]
mod halving;
#[path = "support/model_server.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod model_server;
#[path = "support/scratch.rs"]
mod scratch;

use std::fs;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use halving::{COMMAND, RIGHT, WRONG, edit, project};
use model_server::{ModelServer, Step};
use scratch::Scratch;
use serde_json::{Value, json};

const IMPROVE: [&str; 5] = ["improve", "app.py", "--json", "--command", COMMAND];

fn text(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.root().join("app.py")).unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A run that ends with `code`, says `told` and leaves the file as it was.
fn refused(scratch: &Scratch, command: &mut Command, code: i32, told: &str) {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{told}: {said}");
    assert!(said.contains(told), "{told}: {said}");
    assert_eq!(text(scratch), WRONG, "{told}");
}

fn newest(scratch: &Scratch) -> Value {
    let listed = scratch.json(&["sessions", "--json"]);
    listed["sessions"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone()
}

/// Goes on with the newest session, and ends well.
fn goes_on(scratch: &Scratch) {
    let session = newest(scratch)["session"].as_str().unwrap().to_owned();
    let server = ModelServer::start(vec![edit("n / 2")]);
    let words = ["improve", "--resume", &session];
    let output = server
        .arc(scratch.root(), "openai", &words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(text(scratch), RIGHT);
}

fn wait_for(server: &ModelServer, count: usize) {
    let end = Instant::now() + Duration::from_secs(60);
    while server.asked().len() < count && Instant::now() < end {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.asked().len(), count);
}

#[test]
fn no_key_a_wrong_key_no_network_and_no_such_model_are_told_apart() {
    let scratch = project();
    let server = ModelServer::start(vec![Step::Status(401, "bad key", None)]);
    let arc = |server: &ModelServer| server.arc(scratch.root(), "openai", &IMPROVE);
    let mut keyless = arc(&server);
    keyless
        .env_remove("ARC_MODEL_BASE_URL")
        .env_remove("TEST_KEY");
    refused(&scratch, &mut keyless, 4, "TEST_KEY is not set");
    assert!(server.asked().is_empty(), "nothing goes out without a key");
    refused(&scratch, &mut arc(&server), 4, "does not accept the key");
    let unknown = ModelServer::start(vec![Step::Status(404, "no such model", None)]);
    refused(&scratch, &mut arc(&unknown), 4, "has no model test-model");
    for provider in ["openai", "openai-responses", "anthropic"] {
        let page = ModelServer::start(vec![Step::Status(200, "<html>Sign in</html>", None)]);
        let mut asked = page.arc(scratch.root(), provider, &IMPROVE);
        refused(&scratch, &mut asked, 4, "it answers with a web page");
        assert_eq!(page.asked().len(), 1, "a page stays a page");
    }
    let away = ModelServer::away();
    refused(&scratch, &mut arc(&away), 4, "cannot be reached");
    let mut nobody = arc(&server);
    nobody.env_remove("ARC_MODEL_NAME");
    refused(&scratch, &mut nobody, 2, "no model is configured");
}

#[test]
fn a_file_that_is_too_long_is_shown_in_parts_and_a_small_model_says_so() {
    let scratch = project();
    let many: String = (0..4_000)
        .map(|at| format!("\n\ndef made_{at}(value):\n    text = value\n    return text\n"))
        .collect();
    let long = format!("{WRONG}{many}");
    scratch.write("app.py", &long);
    let server = ModelServer::start(vec![Step::Status(
        400,
        "maximum context length is 10",
        None,
    )]);
    let output = server
        .arc(scratch.root(), "openai", &IMPROVE)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("too long for test-model"));
    assert_eq!(text(&scratch), long);
    let asked = server.asked()[0].body.to_string();
    assert!(asked.contains("app.py is too long to be shown whole"));
    assert!(
        asked.len() < long.len(),
        "{} of {}",
        asked.len(),
        long.len()
    );
}

#[test]
fn a_model_that_never_looks_anything_up_is_judged_by_what_it_says() {
    let scratch = project();
    let server = ModelServer::start(vec![edit("n / 2")]);
    let words = ["generate", "--task", "half() halves", "--command", COMMAND];
    let output = server
        .arc(scratch.root(), "openai", &words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(text(&scratch), RIGHT);
}

#[test]
fn what_somebody_changes_meanwhile_stays() {
    let scratch = project();
    let server = ModelServer::start(vec![Step::Slow(1_500, Box::new(edit("n / 2")))]);
    let mut command = server.arc(scratch.root(), "openai", &IMPROVE);
    command.env("ARC_MODEL_TIMEOUT", "30");
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&server, 1);
    let theirs = "def half(n):\n    return n * 2  # for now\n\n\nLIMIT = 1\n";
    scratch.write("app.py", theirs);
    let output = child.wait_with_output().unwrap();
    // The edit is looked for in the file as it is when it comes, and everything else of that stays.
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(text(&scratch), theirs.replace("n * 2", "n / 2"));
}

#[test]
fn a_budget_that_is_spent_in_the_middle_leaves_a_session_that_goes_on() {
    let scratch = project();
    let first = ModelServer::start(vec![edit("n + 2")]);
    let one = [&IMPROVE[..], &["--iterations", "1"]].concat();
    first.arc(scratch.root(), "openai", &one).output().unwrap();
    let asked = first.asked()[0].body["messages"]
        .as_array()
        .unwrap()
        .clone();
    let letters: usize = asked
        .iter()
        .map(|message| message["content"].as_str().unwrap().len())
        .sum();
    let forgotten = scratch.run(&["feedback", "forget", "--all"]);
    assert!(forgotten.status.success());
    let server = ModelServer::start(vec![edit("n + 2"), edit("n / 2")]);
    let mut command = server.arc(scratch.root(), "openai", &IMPROVE);
    // Enough for the first question, and not for one with the reasons as well.
    command.env("ARC_MODEL_MAX_TOKENS", (letters / 4 + 60).to_string());
    refused(&scratch, &mut command, 1, "tokens is spent");
    assert_eq!(server.asked().len(), 1);
    let note = newest(&scratch);
    assert_eq!(
        (&note["state"], &note["done"]),
        (&json!("interrupted"), &json!(1))
    );
    goes_on(&scratch);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "as a person presses Ctrl-C")]
fn an_interrupt_in_the_middle_leaves_a_session_that_goes_on() {
    let scratch = project();
    let server = ModelServer::start(vec![edit("n + 2"), Step::Silence]);
    let mut command = server.arc(scratch.root(), "openai", &IMPROVE);
    command.env("ARC_MODEL_TIMEOUT", "60");
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&server, 2);
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(text(&scratch), WRONG);
    let note = newest(&scratch);
    let name = note["session"].as_str().unwrap();
    assert!(said(&output).contains(&format!("`arc improve --resume {name}`")));
    assert_eq!(
        (&note["state"], &note["done"]),
        (&json!("interrupted"), &json!(1))
    );
    goes_on(&scratch);
}

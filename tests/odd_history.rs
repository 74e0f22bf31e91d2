//! `arc history` and `arc why` on histories that are cut, patched or hostile, through the real binary.

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/scratch.rs"]
mod scratch;

use scratch::Scratch;
use serde_json::Value;

const OLD: &str = "def load(path):\n    with open(path) as file:\n        text = file.read()\n    return text.splitlines()\n";
const NEW: &str = "def load(path):\n    with open(path) as file:\n        text = file.read()\n    return text.strip().splitlines()\n";

/// Two commits of one function.
fn two_commits() -> (Scratch, String, String) {
    let mut scratch = Scratch::new();
    scratch.write("a.py", OLD);
    let first = scratch.commit("start");
    scratch.write("a.py", NEW);
    let second = scratch.commit("strip");
    (scratch, first, second)
}

fn kinds(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().expect("a list").iter();
    events.filter_map(|event| event["kind"].as_str()).collect()
}

/// A clone of the repository, in a folder of its own.
fn cloned(scratch: &Scratch, options: &[&str]) -> Scratch {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("file://{}", scratch.root().display());
    let mut words = vec!["clone", "-q"];
    words.extend(options);
    let place = folder.path().to_str().expect("a path of text");
    words.extend([url.as_str(), place]);
    scratch.git(&words);
    Scratch { folder, clock: 0 }
}

#[test]
fn a_shallow_clone_says_that_it_ends() {
    let (scratch, _, _) = two_commits();
    let shallow = cloned(&scratch, &["--depth", "1"]);
    let answer = shallow.json(&["history", "a.py::load", "--json"]);
    assert_eq!(kinds(&answer), ["created"]);
    assert_eq!(answer["shallow"], true);
}

/// What is told when no event is.
fn without_events(scratch: &Scratch, arguments: &[&str]) -> Value {
    let output = scratch.run(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(answer["total"], 0);
    answer
}

#[test]
fn what_no_commit_of_a_shallow_clone_changed_is_committed() {
    let (mut scratch, _, _) = two_commits();
    scratch.write("b.py", "x = 1\n");
    scratch.commit("another file");
    let shallow = cloned(&scratch, &["--depth", "1"]);
    let answer = without_events(&shallow, &["history", "a.py", "--json"]);
    assert_eq!(answer["uncommitted"], false);
    assert_eq!(answer["shallow"], true);
    shallow.write("c.py", "y = 1\n");
    let answer = without_events(&shallow, &["history", "c.py", "--json"]);
    assert_eq!(answer["uncommitted"], true);
}

#[test]
fn what_is_older_than_the_question_is_committed() {
    let (mut scratch, first, _) = two_commits();
    for target in ["a.py", "a.py::load"] {
        let question = ["history", target, "--since", "2999-01-01", "--json"];
        let answer = without_events(&scratch, &question);
        assert_eq!(answer["uncommitted"], false, "{target}");
    }
    scratch.write("later.py", "x = 1\n");
    scratch.commit("later");
    let question = ["history", "later.py", "--at", &first, "--json"];
    let answer = without_events(&scratch, &question);
    assert_eq!(answer["at"], Value::Null);
    assert_eq!(answer["uncommitted"], false);
}

#[test]
fn a_partial_clone_tells_what_it_has() {
    let (scratch, _, second) = two_commits();
    scratch.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = cloned(&scratch, &["--filter=blob:none"]);
    // What was not fetched cannot be fetched any more: nothing may wait for a network.
    std::fs::remove_dir_all(scratch.root().join(".git")).expect("a repository to lose");
    let answer = partial.json(&["history", "a.py::load", "--json"]);
    assert_eq!(answer["partial"], true);
    assert_eq!(
        answer["events"][0]["commit"].as_str(),
        Some(second.as_str())
    );
    let why = partial.json(&["why", "a.py:4", "--json"]);
    assert!(why["steps"][0]["commit"]["id"].is_string());
}

#[test]
fn a_grafted_history_is_told_as_git_tells_it() {
    let (mut scratch, first, second) = two_commits();
    scratch.git(&["checkout", "-q", "--orphan", "other"]);
    scratch.write("a.py", OLD.replace("text", "all_of_it"));
    let older = scratch.commit("imported from elsewhere");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["replace", "--graft", &first, &older]);
    let answer = scratch.json(&["history", "a.py::load", "--json"]);
    let last = answer["events"].as_array().expect("a list").last();
    assert_eq!(
        last.and_then(|event| event["commit"].as_str()),
        Some(second.as_str())
    );
}

#[test]
fn of_several_remotes_that_called_upstream_has_the_pages() {
    let (scratch, _, second) = two_commits();
    for (name, url) in [
        ("fork", "git@github.com:me/b.git"),
        ("origin", "https://user:secret@github.com/a/b.git"),
        ("upstream", "https://example.org/x/y"),
    ] {
        scratch.git(&["remote", "add", name, url]);
    }
    let answer = scratch.json(&["history", "a.py::load", "--json"]);
    assert_eq!(
        answer["events"][1]["url"].as_str(),
        Some(&*format!("https://example.org/x/y/commit/{second}"))
    );
    assert!(!answer.to_string().contains("secret"));
}

#[test]
fn messages_of_any_size_and_bytes_are_read() {
    let scratch = Scratch::new();
    scratch.write("a.py", OLD);
    let message = scratch.root().join(".git/message");
    let long = format!("start\n\n{}", "Because. ".repeat(1_200_000));
    std::fs::write(&message, long).expect("a message");
    let place = message.to_str().expect("a path of text").to_owned();
    scratch.git(&["add", "-A"]);
    scratch.git(&["commit", "-q", "-F", &place]);
    scratch.write("a.py", NEW);
    scratch.git(&["add", "-A"]);
    std::fs::write(
        &message,
        b"na\xefve caf\xe9\n\nIt was \xff wrong because of \xfe.\n",
    )
    .expect("a message");
    scratch.git(&[
        "-c",
        "i18n.commitEncoding=latin1",
        "commit",
        "-q",
        "-F",
        &place,
    ]);
    let answer = scratch.json(&["history", "a.py::load", "--json"]);
    assert_eq!(kinds(&answer), ["created", "body"]);
    let why = scratch.json(&["why", "a.py::load", "--json"]);
    assert_eq!(why["total"], 2);
    assert!(why.to_string().len() < 20_000, "a message is not an answer");
}

#[test]
fn what_has_no_history_is_refused_in_words() {
    let (scratch, _, _) = two_commits();
    std::fs::write(scratch.root().join("b.bin"), [0, 159, 146, 150]).expect("a file");
    for (words, said) in [
        (&["why", "b.bin"][..], "binary"),
        (&["why", "a.py:900"], "900 is not among them"),
        (&["why", "a.py:3-1"], "ends before it begins"),
        (&["history", "nothing.py::at_all"], "nothing in the graph"),
        (&["diff", "HEAD", "nonsense"], "nonsense"),
    ] {
        let output = scratch.run(words);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{words:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(said), "{words:?}: {text}");
    }
}

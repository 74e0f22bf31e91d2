//! `arc diff`, and questions to the project as of a commit, through the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/dump.rs"]
mod dump;
#[path = "support/scratch.rs"]
mod scratch;

use dump::dump;
use scratch::Scratch;
use serde_json::Value;

/// A project whose second commit renames a function and adds two with a call each.
fn project() -> (Scratch, String, String) {
    let mut scratch = Scratch::new();
    scratch.write(
        "lib.py",
        "def f():\n    return 1\n\n\ndef g():\n    return f()\n",
    );
    let old = scratch.commit("start");
    scratch.write(
        "lib.py",
        "def first():\n    return 1\n\n\ndef g():\n    return first()\n\n\ndef h():\n    return g()\n",
    );
    scratch.write(
        "new.py",
        "from lib import h\n\n\ndef k():\n    return h()\n",
    );
    let new = scratch.commit("other names");
    (scratch, old, new)
}

fn edges(list: &Value) -> Vec<String> {
    let end = |end: &Value| {
        format!(
            "{}::{}",
            end["path"].as_str().unwrap_or("-"),
            end["name"].as_str().unwrap_or("")
        )
    };
    let list = list.as_array().expect("a list").iter();
    list.filter(|edge| edge["kind"] == "calls")
        .map(|edge| format!("{} calls {}", end(&edge["src"]), end(&edge["dst"])))
        .collect()
}

#[test]
fn symbols_and_edges_that_came_and_went_between_two_commits() {
    let (scratch, old, new) = project();
    let diff = scratch.json(&["diff", &old, &new, "--json", "--limit", "0"]);
    assert_eq!(diff["schema"], "arc.diff/1");
    assert_eq!(diff["from"]["id"].as_str(), Some(&*old));
    let changes: Vec<String> = diff["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["kind"].as_str().unwrap_or(""),
                change["symbol"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert!(
        changes.contains(&"renamed lib.first".to_owned()),
        "{changes:?}"
    );
    assert!(changes.contains(&"added lib.h".to_owned()), "{changes:?}");
    assert_eq!(
        edges(&diff["edges_added"]),
        ["lib.py::h calls lib.py::g", "new.py::k calls lib.py::h"],
        "a call of what got another name is the same call"
    );
    assert_eq!(edges(&diff["edges_removed"]), Vec::<String>::new());
    assert_eq!(diff["total"]["public"], 1);
    let range = format!("{old}..{new}");
    assert_eq!(
        scratch.json(&["diff", &range, "--json", "--limit", "0"]),
        diff
    );
    let back = scratch.json(&["diff", &new, &old, "--json", "--limit", "0"]);
    assert_eq!(edges(&back["edges_removed"]), edges(&diff["edges_added"]));
}

#[test]
fn the_project_answers_as_of_a_commit() {
    let (scratch, old, new) = project();
    let callers = |at: &str| {
        let answer = scratch.json(&["impact", "lib.py::g", "--at", at, "--json"]);
        let rows = answer["impacted"].as_array().expect("a list").iter();
        rows.filter_map(|row| Some(row["symbol"].as_str()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert!(!callers(&old).contains(&"lib.h".to_owned()));
    assert!(callers(&new).contains(&"lib.h".to_owned()));
    let related = scratch.json(&["relate", "lib.py::f", "--at", &old[..10], "--json"]);
    assert!(related.to_string().contains("lib.g"), "{related}");
    let kept = scratch.root().join(".arc/at").join(format!("{old}.db"));
    assert!(kept.is_file());
    assert!(
        scratch.git(&["status", "--short"]).is_empty(),
        "nothing of it is git's"
    );
    let output = scratch.run(&["relate", "lib.py::f", "--at", &old, "--frozen"]);
    assert_eq!(output.status.code(), Some(0));
    std::fs::remove_file(&kept).expect("a kept graph");
    let output = scratch.run(&["relate", "lib.py::f", "--at", &old, "--frozen"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(!kept.exists());
    let output = scratch.run(&["relate", "lib.py::f", "--at", "nonsense"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_graph_made_from_that_of_another_commit_is_the_one_made_from_nothing() {
    let (scratch, old, new) = project();
    let kept = |commit: &str| scratch.root().join(".arc/at").join(format!("{commit}.db"));
    for (first, second) in [(&old, &new), (&new, &old)] {
        let ask = |commit: &str| scratch.json(&["relate", "lib.py::g", "--at", commit, "--json"]);
        ask(second);
        let alone = dump(&kept(second));
        std::fs::remove_dir_all(scratch.root().join(".arc/at")).expect("kept graphs");
        ask(first);
        ask(second);
        assert_eq!(dump(&kept(second)), alone);
        std::fs::remove_dir_all(scratch.root().join(".arc/at")).expect("kept graphs");
    }
}

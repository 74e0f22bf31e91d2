//! The risk of a diff: its place among the commits of its own repository.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/replayable.rs"]
mod replayable;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arc_agents::{Finding, Subject, review};
use arc_project::{
    BuildOptions, GraphFile, Revision, Silent, Trial, build, change_risk, default_graph_path,
    diff_changes,
};
use assert_cmd::Command;
use replayable::{commit, git, repository, write};
use serde_json::Value;

fn asked(root: &Path, words: &[&str]) -> String {
    let mut command = Command::cargo_bin("arc").unwrap();
    command.current_dir(root).env_remove("ARC_DB");
    let output = command.args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn risk(root: &Path) -> Value {
    let text = asked(root, &["impact", "--diff", "--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["risk"].clone()
}

fn factor(risk: &Value, name: &str) -> Value {
    let factors = risk["factors"].as_array().unwrap().iter();
    let mut named = factors.filter(|factor| factor["name"] == name);
    named
        .next()
        .map_or(Value::Null, |factor| factor["value"].clone())
}

/// Every commit of the repository changes two or three lines of files that one person keeps changing.
fn project() -> tempfile::TempDir {
    let folder = repository(40);
    commit(folder.path(), 40);
    git(
        folder.path(),
        40,
        &["config", "user.email", "ada@example.org"],
    );
    folder
}

#[test]
fn a_large_change_is_riskier_than_any_before_and_says_why() {
    let folder = project();
    let root = folder.path();
    write(root, "app/load.py", "value = 1\n");
    let small = risk(root);
    assert_eq!(factor(&small, "lines"), 2.0, "one line came, one went");
    assert_eq!(factor(&small, "unfamiliar_author"), 0.0);
    for path in ["app/load.py", "lib/store.py", "web/page.go", "new/one.py"] {
        write(root, path, &"value = 1\n".repeat(80));
    }
    assert!(!asked(root, &["build"]).is_empty());
    let large = risk(root);
    assert_eq!(
        large["level"], "high",
        "by who is most at work here: {large:#}"
    );
    assert!(small["score"].as_f64() < large["score"].as_f64());
    assert_eq!(factor(&large, "folders"), 4.0);
    let shares = large["factors"].as_array().unwrap().iter();
    let whole: f64 = shares.map(|factor| factor["share"].as_f64().unwrap()).sum();
    assert!((whole - 1.0).abs() < 0.001, "{whole}");
    let text = asked(root, &["impact", "--diff"]);
    assert!(text.contains("risk high"), "{text}");
    assert!(text.contains("323 lines changed"), "{text}");
    assert!(text.contains("1 person has changed these files"), "{text}");
    let folders = large["factors"].as_array().unwrap().iter();
    let mut folders = folders.filter(|factor| factor["name"] == "folders");
    assert_eq!(folders.next().unwrap()["share"], 0.0, "a fact, no reason");
    git(root, 41, &["config", "user.email", "new@example.org"]);
    assert_eq!(risk(root)["level"], "very high");
    let text = asked(root, &["impact", "--diff"]);
    assert!(text.contains("the author is new to these files"), "{text}");
}

#[test]
fn a_stranger_is_riskier_and_nobody_in_particular_is_not_guessed() {
    let folder = project();
    let root = folder.path();
    write(root, "app/load.py", "value = 1\n");
    let own = risk(root);
    git(root, 41, &["config", "user.email", "new@example.org"]);
    let stranger = risk(root);
    assert_eq!(factor(&stranger, "unfamiliar_author"), 1.0);
    assert_eq!(factor(&stranger, "author_changes"), 0.0);
    assert_eq!(factor(&own, "author_changes"), 41.0);
    assert_eq!(factor(&stranger, "people"), 1.0, "who changed it before");
    assert!(own["score"].as_f64() < stranger["score"].as_f64());
}

#[test]
fn few_commits_are_no_measure_and_a_target_is_no_change() {
    let folder = repository(6);
    write(folder.path(), "app/load.py", "value = 1\n");
    assert_eq!(factor(&risk(folder.path()), "lines"), Value::Null);
    let folder = project();
    let text = asked(folder.path(), &["impact", "app/load.py", "--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(factor(&answer["risk"], "lines"), Value::Null);
    assert_eq!(factor(&answer["risk"], "dependents"), 0.0);
}

#[test]
fn a_trial_after_others_is_as_risky_as_a_change_of_its_own() {
    let folder = project();
    let root = folder.path();
    build(root, &BuildOptions::default(), &Silent).unwrap();
    let graph = GraphFile::open(&default_graph_path(root)).unwrap();
    let mut trial = Trial::new(root, &graph).unwrap();
    let one = ("app/load.py", "value = 1\n".to_owned());
    let large = ("lib/store.py", "value = 1\n".repeat(80));
    let new = ("new/one.py", "value = 1\n".repeat(30));
    let scores: Vec<f64> = [
        vec![one.clone()],
        vec![one.clone(), large, new],
        vec![("README.md", "Nothing to compare.\n".to_owned())],
        vec![one.clone()],
    ]
    .into_iter()
    .enumerate()
    .map(|(at, files)| {
        if at == 3 {
            // The history goes on meanwhile.
            for number in 41..60 {
                commit(root, number);
            }
        }
        let files: BTreeMap<String, String> = files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text))
            .collect();
        let tried = trial.put(&files, &Silent).unwrap();
        let risk = trial.risk(&tried).unwrap();
        let alone = change_risk(&tried.graph, &trial.root(), &tried.changes).unwrap();
        assert_eq!(format!("{risk:?}"), format!("{alone:?}"), "trial {at}");
        risk.map_or(0.0, |risk| risk.score)
    })
    .collect();
    assert!(scores[0] < scores[1], "{scores:?}");
    assert_eq!(scores[2], 0.0, "no source file");
    assert_ne!(scores[0], scores[3], "there is more to compare with");
}

#[test]
fn a_review_says_the_same_of_a_graph_that_is_gone_from_its_place() {
    let folder = project();
    let root = folder.path();
    for path in ["app/load.py", "lib/store.py", "web/page.go", "new/one.py"] {
        write(root, path, &"value = 1\n".repeat(80));
    }
    build(root, &BuildOptions::default(), &Silent).unwrap();
    let place = default_graph_path(root);
    let graph = GraphFile::open(&place).unwrap();
    let head = Revision {
        name: "HEAD".to_owned(),
        is_staged: false,
    };
    let changes = diff_changes(&graph, root, &head).unwrap();
    let subject = Subject::of_changes(&graph, root, &changes).unwrap();
    let told = |findings: &[Finding]| format!("{findings:#?}");
    let before = review(&subject).unwrap();
    assert!(before.risk.is_some());
    fs::rename(&place, root.join("elsewhere.db")).unwrap();
    let after = review(&subject).unwrap();
    assert_eq!(told(&before.findings), told(&after.findings));
    assert_eq!(format!("{:?}", before.risk), format!("{:?}", after.risk));
    // Another graph in its place is none of this review's.
    fs::copy(root.join("elsewhere.db"), &place).unwrap();
    let after = review(&subject).unwrap();
    assert_eq!(told(&before.findings), told(&after.findings));
}

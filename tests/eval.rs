//! `arc eval`: what it counts, that it does not know the future, and that it leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/replayable.rs"]
mod replayable;

use std::fs;
use std::path::Path;
use std::process::Output;

use arc_project::{EvalError, EvalOptions, Progress, Silent, Stage, evaluate};
use assert_cmd::Command;
use replayable::{commit, git, repository, write};
use serde_json::Value;

fn arc(root: &Path, words: &[&str]) -> Output {
    let mut command = Command::cargo_bin("arc").unwrap();
    command.current_dir(root).env_remove("ARC_DB").args(words);
    command.output().unwrap()
}

fn replayed(root: &Path, words: &[&str]) -> Value {
    let output = arc(root, &[&["eval", "--json"], words].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn is_clean(root: &Path) -> bool {
    !root.join(".arc").exists()
}

#[test]
fn pairs_that_always_change_together_are_found() {
    let folder = repository(60);
    let report = replayed(folder.path(), &["--commits", "20"]);
    assert_eq!(
        (&report["commits"], &report["questions"]),
        (&20.into(), &44.into())
    );
    assert_eq!(report["split"]["date"], "2023-12-23");
    assert_eq!(report["split"]["until"], "2024-01-12");
    assert_eq!(report["split"]["past_commits"], 40);
    let [impact, co_change, same_folder] = report["rankers"].as_array().unwrap().as_slice() else {
        panic!("{report:#}");
    };
    assert_eq!(impact["name"], "impact");
    assert_eq!(impact["recall_at_10"], 1.0, "{report:#}");
    assert_eq!(co_change["hit_at_10"], 1.0);
    assert_eq!(
        same_folder["recall_at_10"], 0.0,
        "no commit stays in one folder"
    );
    let rows: u64 = report["calibration"]["bins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(report["calibration"]["rows"], rows);
    let names = |key: &str| -> Vec<String> {
        let groups = report[key].as_array().unwrap().iter();
        groups
            .map(|group| format!("{} {}", group["name"].as_str().unwrap(), group["questions"]))
            .collect()
    };
    assert_eq!(names("folders"), ["app 20", "lib 10", "web 10", ". 4"]);
    assert_eq!(names("languages"), ["python 24", "go 20"]);
    assert!(is_clean(folder.path()));
}

#[test]
fn a_person_reads_a_table() {
    let folder = repository(60);
    let text =
        String::from_utf8(arc(folder.path(), &["eval", "--since", "2023-12-24"]).stdout).unwrap();
    for part in [
        "20 commits of 2023-12-23 to 2024-01-12",
        "arc impact",
        "plain co-change",
        "same folder",
        "came true",
        "go",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_present_tree_and_what_was_committed_since_tell_nothing() {
    let folder = repository(60);
    let root = folder.path();
    let before = replayed(root, &["--commits", "20"]);
    // The present has a link between two files that the past did not have, and ignores what was there.
    write(
        root,
        "app/load.py",
        "import alone\nfrom web import page\n\nalone.run()\n",
    );
    write(root, ".gitignore", "*.py\n");
    write(root, ".git/info/exclude", "*\n");
    assert!(arc(root, &["build"]).status.success());
    assert_eq!(replayed(root, &["--commits", "20"]), before);
    let inside: Vec<_> = fs::read_dir(root.join(".arc"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !inside
            .iter()
            .any(|name| name.to_string_lossy().starts_with("eval")),
        "{inside:?}"
    );
}

#[test]
fn files_are_asked_about_by_the_names_they_had() {
    let folder = repository(40);
    let root = folder.path();
    git(root, 40, &["mv", "lib", "store"]);
    git(root, 40, &["commit", "-q", "-m", "move"]);
    for number in 41..=60 {
        write(root, "app/load.py", &format!("# {number}\n"));
        write(root, "store/store.py", &format!("# {number}\n"));
        git(root, number, &["add", "-A"]);
        git(
            root,
            number,
            &["commit", "-q", "-m", &format!("work on {number}")],
        );
    }
    let report = replayed(root, &["--since", "2023-12-24"]);
    assert_eq!(report["commits"], 20);
    assert_eq!(report["rankers"][0]["recall_at_10"], 1.0, "{report:#}");
    assert_eq!(report["folders"][1]["name"], "lib");
}

#[test]
fn too_little_history_is_a_clear_no() {
    let folder = repository(12);
    let output = arc(folder.path(), &["eval"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the history is too short: 10 of 12 commits"),
        "{said}"
    );
    let nothing = tempfile::tempdir().unwrap();
    let output = arc(nothing.path(), &["eval"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a git repository"));
    let future = arc(repository(30).path(), &["eval", "--since", "2200-01-01"]);
    assert_eq!(future.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&future.stderr).contains("too few commits since then"));
    let wrong = arc(folder.path(), &["eval", "--since", "last week"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(is_clean(folder.path()));
}

/// Wants it to stop at a stage.
struct StopAt(Stage, std::sync::atomic::AtomicBool);

impl Progress for StopAt {
    fn report(&self, stage: Stage, _: u64, _: u64) {
        self.1
            .fetch_or(stage == self.0, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.1.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[test]
fn nothing_is_left_when_it_is_interrupted_at_any_stage() {
    let folder = repository(40);
    for stage in [
        Stage::History,
        Stage::Walk,
        Stage::Extract,
        Stage::Write,
        Stage::Replay,
    ] {
        let stop = StopAt(stage, false.into());
        let result = evaluate(folder.path(), &EvalOptions::default(), &stop);
        assert!(
            matches!(result, Err(EvalError::Build(_))),
            "{stage:?}: {result:?}"
        );
        assert!(is_clean(folder.path()), "{stage:?}");
    }
}

#[test]
fn what_a_killed_evaluation_left_is_swept_away() {
    let folder = repository(40);
    let root = folder.path();
    write(root, ".arc/eval-1/tree/a.py", "");
    write(root, ".arc/eval-1/running", "");
    evaluate(root, &EvalOptions::default(), &Silent).unwrap();
    assert!(is_clean(root));
    commit(root, 40);
}

//! What a program that uses the crate is told of a session, and what the log says of the same one.

use std::fs;

use arc_heal::{
    Event, HealReport, HealResult, Means, Options, Patient, PlainRunner, heal, read_log,
};
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = "\
def total(prices):
    result = 0
    for price in prices:
        result += price
    return result
";

/// A program with a fault and what shows it.
fn project(right: &str, wrong: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("shop.py", PROGRAM.replacen(right, wrong, 1)),
        (
            "check.py",
            "import shop\nassert shop.total([1, 2]) == 3\n".to_owned(),
        ),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

/// How a session ended, and every event that was told meanwhile.
fn session(folder: &TempDir, options: &Options) -> (HealReport, Vec<(Event, Value)>) {
    let root = folder.path().canonicalize().expect("it is there");
    let environment: Vec<_> = std::env::vars_os().collect();
    let patient = Patient {
        folder: root.clone(),
        file: "shop.py".into(),
        command: ["python3", "-B", "check.py"].map(Into::into).into(),
        environment,
        output: None,
        root,
    };
    let mut runner = PlainRunner::new(
        &patient.root,
        &patient.folder,
        &patient.command,
        &patient.environment,
    )
    .expect("a copy");
    let mut told = Vec::new();
    let mut on_event = |event: Event, details: &Value| told.push((event, details.clone()));
    let means = Means {
        runner: &mut runner,
        fixer: None,
        on_event: Some(&mut on_event),
    };
    let report = heal(&patient, options, means, &mut |_| true).expect("a session");
    (report, told)
}

#[test]
fn who_looks_on_is_told_what_the_log_says() {
    let folder = project("prices:", "prices");
    let (report, told) = session(&folder, &Options::default());
    assert_eq!(report.result, HealResult::Healed);
    let words: Vec<&str> = told.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(
        words,
        [
            "error_detected",
            "analysis_complete",
            "fix_generated",
            "fix_validated",
            "fix_applied",
            "healing_complete"
        ]
    );
    let logged = read_log(folder.path()).expect("a log");
    assert_eq!(logged.broken_at, None);
    let of_log: Vec<(&str, &Value)> = logged
        .events
        .iter()
        .map(|event| (event["event"].as_str().expect("a word"), &event["details"]))
        .collect();
    let of_caller: Vec<(&str, &Value)> = told
        .iter()
        .map(|(event, details)| (event.as_str(), details))
        .collect();
    assert_eq!(of_log, of_caller);
}

#[test]
fn the_analysis_says_what_was_looked_at() {
    let folder = project("prices:", "prices");
    let (_, told) = session(&folder, &Options::default());
    let (_, analysis) = &told[1];
    assert_eq!(
        (&analysis["class"], &analysis["file"]),
        (&"syntax".into(), &"shop.py".into())
    );
    let rules = analysis["rules"].as_object().expect("rules");
    assert!(rules.contains_key("block-head"), "{rules:?}");
    let counted: u64 = rules.values().filter_map(Value::as_u64).sum();
    assert_eq!(analysis["repairs"], counted);
    assert!(analysis["attempts"].as_u64() >= Some(1));
}

#[test]
fn a_fault_that_stays_is_told_with_its_analysis_and_a_dry_run_tells_nothing() {
    let folder = project("result += price", "result += 2 * price");
    let (report, told) = session(&folder, &Options::default());
    assert_eq!(report.result, HealResult::NotHealed);
    let words: Vec<&str> = told.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(
        words,
        [
            "error_detected",
            "analysis_complete",
            "manual_intervention_required"
        ]
    );
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    assert_eq!(session(&project("prices:", "prices"), &options).1, []);
}

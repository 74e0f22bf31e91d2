//! What repairs with which the command succeeds have to show beside that: the tests that the graph names for the edit succeed too, and
//! where two repairs are near each other the edited code runs.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use arc_project::{
    GraphFile, SelectedTest, default_graph_path, find_target, is_named_by_line, select_tests,
};

use crate::HealError;
use crate::child::{find_program, variable};
use crate::decide::Passed;
use crate::diagnostic::Environment;
use crate::judge::Judge;
use crate::lines::Lines;
use crate::proposal::Proposal;
use crate::report::Step;
use crate::session::Session;
use crate::testing::{python_path, test_command};
use crate::trap::traps;

/// Tests that are run for an edit.
const MOST_TESTS: usize = 20;
/// A test that runs what was edited with less than this chance says nothing of it.
const LIKELY: f64 = 0.3;
/// Repairs that tests are run with.
const MOST_RIVALS: usize = 4;
/// How long tests may take when the command is faster.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tests for an edit, and how they are run.
struct Tests {
    command: Vec<OsString>,
    count: usize,
}

impl Session<'_> {
    /// Keeps of the repairs that passed those with which the tests succeed that the graph names for them. False when they fail with all.
    pub(crate) fn test(&mut self, passed: &mut Vec<Passed>) -> Result<bool, HealError> {
        let Some(tests) = passed.first().and_then(|first| self.tests(&first.proposal)) else {
            return Ok(true);
        };
        let wall = self.options.wall.min(PATIENCE);
        let step = |ok: bool, detail: String| Step {
            ok,
            detail,
            ..Step::passed("tests")
        };
        let mut kept = Vec::new();
        let mut failed = Vec::new();
        let mut said = String::new();
        let mut rest = std::mem::take(passed).into_iter();
        while let Some(one) = rest.next() {
            if failed.len() + kept.len() >= MOST_RIVALS {
                kept.push(one);
                continue;
            }
            let version = self.version(&one.proposal);
            let finished =
                self.run_other((&tests.command, &self.patient.root), vec![version], wall)?;
            let lacks = missing_module(&finished.text(), &self.patient.root)
                .filter(|module| !is_named(&one.proposal.bytes, module));
            let why = if finished.timed_out {
                Some("took too long".to_owned())
            } else if finished.is_success() && ran_none(&finished.stdout) {
                Some("did not run under their names".to_owned())
            } else if matches!(finished.code, Some(126 | 127)) {
                Some("could not be started".to_owned())
            } else {
                let lacks = lacks.filter(|_| !finished.is_success());
                lacks.map(|module| format!("need `{module}`, which is not installed,"))
            };
            if let Some(why) = why {
                let why = format!("{} tests {why} and were not counted", tests.count);
                self.steps.push(step(false, why));
                kept.push(one);
                kept.extend(rest);
                break;
            }
            if finished.is_success() {
                kept.push(one);
            } else {
                said = last_line(&finished.text());
                failed.push(one);
            }
        }
        let is_sound = !kept.is_empty();
        if self.steps.iter().all(|step| step.step != "tests") {
            self.steps.push(step(
                is_sound,
                match (failed.len(), is_sound) {
                    (0, _) => format!("{} that the graph names succeed", tests.count),
                    (_, true) => format!(
                        "{} tell it from {} other repairs",
                        tests.count,
                        failed.len()
                    ),
                    (_, false) => {
                        format!("of {} that the graph names some fail: {said}", tests.count)
                    }
                },
            ));
        }
        *passed = if is_sound { kept } else { failed };
        Ok(is_sound)
    }

    /// The tests that the graph names for what a repair changes, when there is a graph and a runner.
    fn tests(&self, proposal: &Proposal) -> Option<Tests> {
        let patient = self.patient;
        if !self.options.runs_tests || runs_tests(&patient.command) {
            return None;
        }
        let path = default_graph_path(&patient.root);
        if !path.is_file() {
            return None;
        }
        // A graph that cannot be read, or does not know the file, names no tests: `arc doctor` says what is wrong with it.
        let graph = GraphFile::open(&path).ok()?;
        let line = first_difference(&self.found.bytes, &proposal.bytes);
        let target = find_target(&graph, "", &format!("{}:{line}", self.found.path)).ok()?;
        let selection = select_tests(&graph, &[target]).ok()?;
        let likely = selection.tests.into_iter();
        // A runner asked for a name that the repair has changed would run nothing and call that a success.
        let keeps_name = |test: &SelectedTest| !is_named_by_line(&test.node);
        let tests: Vec<_> = likely
            .filter(|test| test.probability >= LIKELY && keeps_name(test))
            .take(MOST_TESTS)
            .collect();
        let own = |name: &str| {
            let first = Path::new(patient.command.first()?);
            let beside = first.parent()?.join(name);
            let is_there = beside.parent() != Some(Path::new(""))
                && find_program(
                    &patient.environment,
                    &patient.folder,
                    &beside.clone().into(),
                )
                .is_some();
            is_there.then(|| patient.folder.join(beside).into_os_string())
        };
        let is_program = |name: &str| {
            own(name).is_some()
                || find_program(&patient.environment, Path::new("/"), &name.into()).is_some()
        };
        let command = test_command(&tests, &patient.root, &is_program)?;
        let mut command: Vec<OsString> = command.into_iter().map(OsString::from).collect();
        let first = command.first()?.clone();
        if let Some(own) = first.to_str().and_then(own) {
            command[0] = own;
        } else if !is_program(first.to_str()?) {
            return None;
        }
        let is_allowed = |words: &Vec<String>| {
            words.len() <= command.len()
                && words
                    .iter()
                    .zip(&command)
                    .all(|(word, own)| own == word.as_str())
        };
        let allowed = &self.options.commands;
        (allowed.is_empty() || allowed.iter().any(is_allowed)).then(|| Tests {
            count: tests.len(),
            command: self.on_sources(command),
        })
    }

    /// A command that runs tests on what lies in `src`, and not on a copy of it that is installed.
    fn on_sources(&self, command: Vec<OsString>) -> Vec<OsString> {
        const NAME: &str = "PYTHONPATH";
        let variables = &self.patient.environment;
        let known = variable(variables, NAME).cloned().unwrap_or_default();
        let program = command.first().cloned().unwrap_or_default();
        let Some(path) = python_path(&self.patient.root, &program, &known) else {
            return command;
        };
        let mut set = OsString::from(format!("{NAME}="));
        set.push(path);
        ["env".into(), set].into_iter().chain(command).collect()
    }

    /// Whether the code that a repair edits runs: the command fails when the program ends there. `None` where that cannot be told.
    pub(crate) fn is_covered(&mut self, proposal: &Proposal) -> Result<Option<bool>, HealError> {
        let judged = matches!(
            self.environment,
            Environment::Bash | Environment::JavaScript | Environment::Python
        );
        let Ok(text) = String::from_utf8(proposal.bytes.clone()) else {
            return Ok(None);
        };
        if !judged {
            return Ok(None);
        }
        let judge = Judge::new(self.environment, &self.found.path, self.patient);
        let line = first_difference(&self.found.bytes, &proposal.bytes) - 1;
        let candidates = traps(self.environment, &Lines::new(&text), line);
        let answers = judge.try_edits(&text, &candidates)?;
        let mut readable = candidates
            .iter()
            .zip(answers)
            .filter(|(_, answer)| answer.is_some());
        let Some((trap, _)) = readable.next() else {
            return Ok(None);
        };
        let trapped = Proposal {
            bytes: trap.apply(&text).into_bytes(),
            ..proposal.clone()
        };
        let finished = self.run_with(vec![self.version(&trapped)])?;
        Ok(Some(!finished.is_success()))
    }
}

/// Whether a command runs tests already.
fn runs_tests(command: &[OsString]) -> bool {
    let words: Vec<&str> = command.iter().filter_map(|word| word.to_str()).collect();
    let name = |word: &str| {
        Path::new(word)
            .file_name()
            .map_or("", |name| name.to_str().unwrap_or(""))
            .to_owned()
    };
    let names: Vec<String> = words.iter().map(|word| name(word)).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    [
        "pytest", "py.test", "unittest", "tox", "nox", "jest", "vitest", "mocha", "nextest",
    ]
    .into_iter()
    .any(has)
        || (names
            .first()
            .is_some_and(|first| first == "cargo" || first == "go" || first == "npm")
            && has("test"))
        || (has("node") && words.contains(&"--test"))
}

/// The first line that differs, from 1.
fn first_difference(before: &[u8], after: &[u8]) -> usize {
    let same = before
        .iter()
        .zip(after)
        .take_while(|(old, new)| old == new)
        .count();
    1 + before[..same].iter().filter(|byte| **byte == b'\n').count()
}

/// The module that tests of Python miss and that is none of the project: nothing that an edit could mend or break.
fn missing_module(output: &str, root: &Path) -> Option<String> {
    let (_, rest) = output.split_once("No module named ")?;
    let name = rest.trim_start_matches(['\'', '"']);
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    let name = &name[..end];
    let is_own = ["", "src", "lib", "tests"].iter().any(|folder| {
        let place = root.join(folder).join(name);
        place.is_dir() || place.with_extension("py").is_file()
    });
    (!name.is_empty() && !is_own).then(|| name.to_owned())
}

/// Whether a text has a word: what an edited file asks for itself is its own fault.
fn is_named(text: &[u8], word: &str) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.any(|other| other == word)
}

/// The last line of an output that says something.
fn last_line(output: &str) -> String {
    let mut lines = output.lines().rev().map(str::trim);
    let last = lines.find(|line| !line.is_empty()).unwrap_or("");
    last.chars().take(200).collect()
}

/// Whether cargo tells that no test ran: to it that is a success, and a name that nothing has is no error.
fn ran_none(stdout: &[u8]) -> bool {
    let text = String::from_utf8_lossy(stdout);
    let mut results = text
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .peekable();
    results.peek().is_some() && results.all(|result| result.starts_with("0 passed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_runs_tests_needs_no_others() {
        for (command, is_so) in [
            ("python3 -m pytest -q", true),
            (".venv/bin/pytest tests", true),
            ("cargo test -p a", true),
            ("go test ./...", true),
            ("cargo check --tests", false),
            ("python3 check.py", false),
            ("go vet ./...", false),
        ] {
            let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
            assert_eq!(runs_tests(&words), is_so, "{command}");
        }
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!(first_difference(b"a\nb\nc", b"a\nb\nd"), 3);
        assert_eq!(first_difference(b"x", b"y"), 1);
    }

    #[test]
    fn a_module_that_is_not_installed_is_no_fault_of_an_edit() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("src/own")).expect("made");
        let missing = |text: &str| missing_module(text, folder.path());
        assert_eq!(
            missing("E   ModuleNotFoundError: No module named 'pretend'\n").as_deref(),
            Some("pretend")
        );
        assert_eq!(
            missing("/usr/bin/python3: No module named pytest\n").as_deref(),
            Some("pytest")
        );
        assert_eq!(missing("No module named 'own.part'\n"), None);
        assert_eq!(missing("1 failed\n"), None);
        assert!(is_named(b"import jsn\n", "jsn"));
        assert!(!is_named(b"import json, jsn_x\n", "jsn"));
        assert_eq!(last_line("a\n1 failed in 2s\n\n"), "1 failed in 2s");
    }

    #[test]
    fn a_success_without_tests_is_none() {
        let none = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out\n";
        let some = none.replace("ok. 0 passed", "ok. 10 passed");
        assert!(ran_none(none.as_bytes()));
        assert!(!ran_none(format!("{none}{some}").as_bytes()));
        // Of other runners, and of output that was cut off, nothing is known.
        assert!(!ran_none(b"3 passed in 0.1s\n") && !ran_none(b""));
    }
}

//! What the loop needs done outside of it: commands and files are the business of other crates.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::edit::Candidate;

/// Letters of an output that are kept: its end says what went wrong.
const MAX_OUTPUT: usize = 6_000;

/// What a run shows when it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// A command that somebody named.
    Command,
    /// Tests that the graph predicts.
    Tests,
    /// Only that it compiles.
    Build,
}

/// Letters of a command that are told to people.
const MAX_COMMAND: usize = 160;
/// Lines of an output that say what is wrong, for people.
const MAX_TELLING: usize = 3;
/// Letters of such a line.
const MAX_LINE: usize = 200;

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// The command, for people.
    pub command: String,
    /// What it shows when it succeeds.
    pub proof: Proof,
    /// It ended with code 0.
    pub passed: bool,
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// It was ended because it took too long.
    pub timed_out: bool,
    /// Milliseconds on the clock.
    pub ms: u64,
    /// The end of what it printed.
    pub output: String,
}

impl Ran {
    /// The command, short enough to be read: of many tests the first ones, and how many more there are.
    #[must_use]
    pub fn told(&self) -> String {
        let mut told = String::new();
        let mut words = self.command.split(' ');
        for word in words.by_ref() {
            if !told.is_empty() {
                told.push(' ');
            }
            told.push_str(word);
            if told.len() >= MAX_COMMAND {
                break;
            }
        }
        match words.count() {
            0 => told,
            rest => format!("{told} … and {rest} more"),
        }
    }

    /// The lines of the output that say what is wrong: those that speak of an error, else the last one.
    #[must_use]
    pub fn telling(&self) -> Vec<String> {
        let lines = self.output.lines().map(str::trim_end);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let is_error = |line: &&&str| line.contains("rror") || line.contains("panicked");
        let mut told: Vec<&str> = lines.iter().filter(is_error).copied().collect();
        let first = told.len().saturating_sub(MAX_TELLING);
        told.drain(..first);
        if told.is_empty() {
            told.extend(lines.last());
        }
        let short = |line: &str| line.chars().take(MAX_LINE).collect();
        told.into_iter().map(short).collect()
    }

    /// The end of an output, at the beginning of a line where there is one.
    #[must_use]
    pub fn end_of(output: &str) -> String {
        let Some(start) = output.len().checked_sub(MAX_OUTPUT) else {
            return output.to_owned();
        };
        let start = (start..output.len()).find(|at| output.is_char_boundary(*at));
        let end = &output[start.unwrap_or(output.len())..];
        end.split_once('\n')
            .map_or(end, |(_, rest)| rest)
            .to_owned()
    }
}

/// Something outside of the loop failed.
pub type OutsideError = Box<dyn Error + Send + Sync>;

/// Files in the place of the project's, by their paths.
pub type Texts = BTreeMap<String, String>;

/// Repairs a change in the tree of a trial that holds it.
pub type Heal<'a> = dyn FnMut(&Path, &Candidate) -> Result<Option<Texts>, OutsideError> + 'a;

/// What the loop has done for it.
pub struct Hands<'a> {
    /// Why a file may not be changed, or nothing.
    pub forbids: &'a dyn Fn(&str) -> Option<String>,
    /// Runs the proof with these files in the place of the project's, where they cannot harm it; nothing when there is no proof.
    pub run: &'a mut dyn FnMut(&Texts) -> Result<Option<Ran>, OutsideError>,
    /// Repairs a change that fails, by rules alone, in the tree of a trial: the texts that pass, or nothing.
    pub heal: &'a mut Heal<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(command: String, output: &str) -> Ran {
        Ran {
            command,
            proof: Proof::Tests,
            passed: false,
            code: Some(1),
            timed_out: false,
            ms: 1,
            output: output.to_owned(),
        }
    }

    #[test]
    fn a_command_of_many_tests_is_told_by_its_first() {
        let short = ran("pytest -q tests/test_a.py".to_owned(), "");
        assert_eq!(short.told(), short.command);
        let tests: Vec<String> = (100..160)
            .map(|at| format!("tests/test_a.py::test_{at}"))
            .collect();
        let told = ran(format!("pytest -q {}", tests.join(" ")), "").told();
        assert!(
            told.starts_with("pytest -q tests/test_a.py::test_100 "),
            "{told}"
        );
        assert!(
            told.ends_with(" … and 54 more") && told.len() < 250,
            "{told}"
        );
    }

    #[test]
    fn lines_that_speak_of_an_error_tell_what_is_wrong() {
        let output =
            "Traceback\n  File \"x\"\nModuleNotFoundError: No module named 'shop'\n\n1 failed\n";
        assert_eq!(
            ran(String::new(), output).telling(),
            ["ModuleNotFoundError: No module named 'shop'"]
        );
        assert_eq!(ran(String::new(), "a\nb\n").telling(), ["b"]);
        assert_eq!(ran(String::new(), "").telling(), [""; 0]);
    }
}

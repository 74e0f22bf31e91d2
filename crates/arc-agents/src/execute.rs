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

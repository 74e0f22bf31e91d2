//! What worked has to go on as it was: commands that succeed with the fault in place print the same with a repair.

use std::ffi::OsString;

use crate::HealError;
use crate::child::Finished;
use crate::decide::Passed;
use crate::report::Step;
use crate::session::Session;

/// Repairs that are held against them.
const MOST_RIVALS: usize = 4;

/// What a command that has to go on as it does printed.
struct Kept {
    command: Vec<OsString>,
    before: Finished,
}

impl Session<'_> {
    /// Keeps of the repairs that passed those with which every command says what it said. Else the command that does not, of the first.
    pub(crate) fn keep(&mut self, passed: &mut Vec<Passed>) -> Result<Option<String>, HealError> {
        let mut kept = Vec::new();
        let options = self.options;
        for words in &options.keep {
            let command: Vec<OsString> = words.iter().map(OsString::from).collect();
            let before = self.run_kept(&command, None)?;
            // What fails without a repair is no input that worked.
            if before.is_success() {
                kept.push(Kept { command, before });
            }
        }
        if kept.is_empty() {
            return Ok(None);
        }
        let mut sound = Vec::new();
        let mut other: Vec<(Passed, String)> = Vec::new();
        for one in std::mem::take(passed) {
            if sound.len() + other.len() >= MOST_RIVALS {
                // What nobody looked at is as good as what is sound.
                sound.push(one);
                continue;
            }
            match self.differing(&kept, &one)? {
                Some(command) => other.push((one, command)),
                None => sound.push(one),
            }
        }
        let is_sound = !sound.is_empty();
        self.steps.push(Step {
            ok: is_sound,
            detail: match other.first() {
                Some((_, command)) => format!(
                    "`{command}` says something else than before with {} repairs",
                    other.len()
                ),
                None => format!("{} commands say what they said before", kept.len()),
            },
            ..Step::passed("same_outputs")
        });
        if is_sound {
            *passed = sound;
            return Ok(None);
        }
        let command = other.first().map(|(_, command)| command.clone());
        *passed = other.into_iter().map(|(one, _)| one).collect();
        Ok(command)
    }

    /// The first command that ends or speaks otherwise with a repair. One that never says the same twice tells nothing.
    fn differing(&mut self, kept: &[Kept], one: &Passed) -> Result<Option<String>, HealError> {
        for Kept { command, before } in kept {
            let after = self.run_kept(command, Some(one))?;
            if said(&after) == said(before) {
                continue;
            }
            let again = self.run_kept(command, None)?;
            let is_steady = said(&again) == said(before);
            if is_steady || after.code != before.code {
                let words = command.join(" ".as_ref());
                return Ok(Some(words.to_string_lossy().into_owned()));
            }
        }
        Ok(None)
    }

    fn run_kept(
        &mut self,
        command: &[OsString],
        repair: Option<&Passed>,
    ) -> Result<Finished, HealError> {
        let versions = repair.map(|one| self.version(&one.proposal));
        let folder = self.patient.folder.clone();
        let wall = self.options.wall;
        self.run_other((command, &folder), versions.into_iter().collect(), wall)
    }
}

/// What of a run has to be the same. Warnings and times stand in the other output.
fn said(finished: &Finished) -> (Option<i32>, &[u8]) {
    (finished.code, &finished.stdout)
}

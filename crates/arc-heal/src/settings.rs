//! What a project allows its healer: `[heal]` of `arc.toml`. Flags and the environment go over it.

use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;

use crate::HealError;

/// The file with settings of a project.
const FILE: &str = "arc.toml";

/// The settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealSettings {
    /// Repairs that the command may be run with.
    pub max_attempts: Option<u32>,
    /// Seconds that the command may take.
    pub wall: Option<u64>,
    /// Seconds that a session may take, all in all.
    pub budget: Option<u64>,
    /// Commands that have to print with a repair what they print without it, where they succeed without it.
    pub keep: Vec<Vec<String>>,
    /// How often the command is run again when what lies outside of it did not answer.
    pub retries: Option<u32>,
    /// Who says yes; never [`Approval::All`].
    pub approve: Option<Approval>,
    /// Files and folders that are never changed, beside those that no project wants changed.
    pub protected: Vec<String>,
    /// The first words of the commands that may be run; any, if none is named.
    pub commands: Vec<Vec<String>>,
    /// Folders with wheels that missing packages may come from, beside `wheels` and `wheelhouse`.
    pub wheels: Vec<String>,
    /// Packages that may be installed into an environment of the project; any, if none is named.
    pub packages: Vec<String>,
}

/// Who says yes to a repair that is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// A person, asked for each.
    Each,
    /// Nobody need be asked.
    All,
    /// Nobody can: nothing is written.
    None,
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    heal: HealSettings,
}

impl HealSettings {
    /// Reads the settings of the project at `root`; a project without the file or the table has none.
    ///
    /// # Errors
    /// When the file cannot be read, or a setting cannot be meant.
    pub fn read(root: &Path) -> Result<HealSettings, HealError> {
        let path = root.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(HealSettings::default());
            }
            Err(source) => return Err(HealError::Read { path, source }),
        };
        let file: File = toml::from_str(&text).map_err(|error| HealError::BadSettings {
            why: error.message().to_owned(),
        })?;
        if file.heal.approve == Some(Approval::All) {
            // It comes with a repository that anybody may have written.
            return Err(HealError::BadSettings {
                why: "`approve = \"all\"` is for you to say, by `--approve all`, `--yes` or ARC_HEAL_APPROVE, and for no file"
                    .to_owned(),
            });
        }
        Ok(file.heal)
    }

    /// Whether the project lets a command be run.
    #[must_use]
    pub fn allows(&self, command: &[OsString]) -> bool {
        let begins = |words: &Vec<String>| {
            !words.is_empty()
                && words.len() <= command.len()
                && words
                    .iter()
                    .zip(command)
                    .all(|(word, own)| own == word.as_str())
        };
        self.commands.is_empty() || self.commands.iter().any(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<HealSettings, HealError> {
        let project = tempfile::tempdir().expect("a folder");
        std::fs::write(project.path().join(FILE), text).expect("written");
        HealSettings::read(project.path())
    }

    #[test]
    fn a_command_is_allowed_by_its_first_words() {
        let settings =
            read("[heal]\ncommands = [[\"cargo\", \"test\"], [\"pytest\"]]\n").expect("read");
        let allows = |words: &[&str]| {
            let command: Vec<OsString> = words.iter().map(OsString::from).collect();
            settings.allows(&command)
        };
        assert!(allows(&["cargo", "test", "-q"]) && allows(&["pytest"]));
        assert!(!allows(&["cargo", "run"]) && !allows(&["cargo"]) && !allows(&["sh", "pytest"]));
        assert!(HealSettings::default().allows(&["anything".into()]));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        assert_eq!(
            read("[model]\nname = \"x\"\n").expect("read"),
            HealSettings::default()
        );
        let none = read("[heal]\napprove = \"none\"\n").expect("read");
        assert_eq!(none.approve, Some(Approval::None));
        for text in [
            "[heal]\napprove = \"all\"\n",
            "[heal]\nmax_atempts = 3\n",
            "[heal]\napprove = \"perhaps\"\n",
            "[heal",
        ] {
            assert!(
                matches!(read(text), Err(HealError::BadSettings { .. })),
                "{text}"
            );
        }
    }
}

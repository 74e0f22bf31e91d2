//! A session whose fault is a package that is not there: it is installed from a local wheel into the project's own environment, when the
//! command succeeds with it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use crate::HealError;
use crate::child::Finished;
use crate::diagnostic::Class;
use crate::inside::why_not;
use crate::journal::{self, Found, Planned};
use crate::log::Event;
use crate::report::{HealResult, Step, ToldFix};
use crate::session::{Approve, Session};
use crate::wheels::{Offer, Packages, Sources, Venv};

/// Modules that are missing one behind the other.
const MOST_MODULES: usize = 12;

/// What became of the attempt to install something.
pub(crate) enum Installed {
    /// The session is over.
    Over,
    /// It is no matter of packages, or nothing is known of them.
    No,
}

impl Session<'_> {
    /// Installs what the command misses.
    pub(crate) fn install(
        &mut self,
        before: &Finished,
        interpreter: Option<OsString>,
        approve: Approve<'_>,
    ) -> Result<Installed, HealError> {
        let (Some(interpreter), Some(first)) = (interpreter, missing_module(&before.text())) else {
            return Ok(Installed::No);
        };
        let Some(venv) = Venv::of(self.patient) else {
            return Ok(Installed::No);
        };
        let mut packages = Packages::default();
        let mut module = first;
        let mut sought = BTreeSet::new();
        for _ in 0..MOST_MODULES {
            if !sought.insert(module.clone()) {
                break;
            }
            let sources = Sources {
                folders: &self.options.wheels,
                packages: &self.options.packages,
            };
            match venv.offer(self.patient, &module, sources, &interpreter)? {
                Offer::Packages(more) => packages.add(more),
                Offer::Nothing if packages.names.is_empty() => return Ok(Installed::No),
                Offer::Nothing => {
                    let why = format!("no wheel gives `{module}`, which is missing then");
                    return self.not_installed(&packages, &venv, &why);
                }
                Offer::Refused(why) => {
                    let why = format!("`{module}` cannot be installed: {why}");
                    return self.not_installed(&packages, &venv, &why);
                }
            }
            let refused = packages.files.iter().find_map(|file| {
                let path = file.path.to_string_lossy();
                why_not(&self.patient.root, &path).map(|why| format!("{path} {why}"))
            });
            let is_protected =
                |path: &std::path::PathBuf| std::path::Path::new(&venv.path).starts_with(path);
            if self.options.protected.iter().any(is_protected) {
                let why = format!("{} is protected by `arc.toml`", venv.path);
                return self.not_installed(&packages, &venv, &why);
            }
            if let Some(why) = refused {
                return self.not_installed(&packages, &venv, &why);
            }
            let finished = self.run_with(packages.files.clone())?;
            if finished.is_success() {
                return self.put_in(&packages, &venv, &finished, approve);
            }
            match missing_module(&finished.text()) {
                Some(next) => module = next,
                None => break,
            }
        }
        let why = "the command fails for another reason when what it misses is installed";
        self.not_installed(&packages, &venv, why)
    }

    fn not_installed(
        &mut self,
        packages: &Packages,
        venv: &Venv,
        why: &str,
    ) -> Result<Installed, HealError> {
        self.name_dependency();
        if !packages.names.is_empty() {
            self.report.fix = Some(packages.told(venv));
        }
        self.report.message = why.to_owned();
        self.give_up()?;
        Ok(Installed::Over)
    }

    fn name_dependency(&mut self) {
        if let Some(error) = &mut self.report.error {
            error.class = Class::Dependency;
        }
    }

    /// Writes what is proved, if somebody says yes.
    fn put_in(
        &mut self,
        packages: &Packages,
        venv: &Venv,
        finished: &Finished,
        approve: Approve<'_>,
    ) -> Result<Installed, HealError> {
        self.name_dependency();
        self.report.fix = Some(packages.told(venv));
        self.report.validation = Step::ran(finished.wall, "the command fails without it").into();
        if self.options.dry_run {
            self.report.result = HealResult::Healed;
            self.report.message = "dry run: nothing was installed".to_owned();
            return Ok(Installed::Over);
        }
        if !approve(&self.report) {
            self.report.result = HealResult::Refused;
            self.report.message =
                "not approved; nothing was installed (`--yes` approves)".to_owned();
            self.give_up()?;
            return Ok(Installed::Over);
        }
        let rule = json!({"rule": "install", "environment": venv.path, "packages": packages.names});
        let [error, analysis] = self.analysis();
        self.tell(&[
            error,
            analysis,
            (Event::FixGenerated, rule.clone()),
            (
                Event::FixValidated,
                json!({"steps": self.report.validation}),
            ),
        ])?;
        let root = &self.patient.root;
        let found: Vec<Found> = packages
            .files
            .iter()
            .map(|file| journal::find_or_none(root, &file.path.to_string_lossy()))
            .collect::<Result<_, _>>()?;
        let planned: Vec<Planned<'_>> = found
            .iter()
            .zip(&packages.files)
            .map(|(found, file)| Planned {
                found,
                bytes: &file.bytes,
                mode: file.mode,
            })
            .collect();
        journal::commit(root, &self.report.session, &planned)?;
        self.report.result = HealResult::Healed;
        self.report.message = "healed".to_owned();
        self.tell_done(&[
            (Event::FixApplied, rule),
            (
                Event::HealingComplete,
                json!({"result": "healed", "attempts": self.report.attempts, "ms": self.elapsed_ms()}),
            ),
        ]);
        Ok(Installed::Over)
    }
}

impl Packages {
    fn add(&mut self, more: Packages) {
        let known: BTreeSet<String> = self.names.iter().map(|[name, ..]| name.clone()).collect();
        let is_known = |name: &[String; 3]| known.contains(&name[0]);
        self.names
            .extend(more.names.into_iter().filter(|name| !is_known(name)));
        self.absent.extend(more.absent);
        for file in more.files {
            if !self.files.iter().any(|own| own.path == file.path) {
                self.files.push(file);
            }
        }
    }

    fn told(&self, venv: &Venv) -> ToldFix {
        let diff = self
            .names
            .iter()
            .map(|[name, version, wheel]| format!("+{name} {version} from {wheel}\n"))
            .collect();
        let mut why = format!(
            "installed into {}: {} files, from wheels of this machine",
            venv.path,
            self.files.len()
        );
        if !self.absent.is_empty() {
            why.push_str(&format!(
                "; needed too, and not among them: {}",
                self.absent.join(", ")
            ));
        }
        ToldFix {
            origin: "rule",
            rule: "install",
            why,
            diff,
            confidence: 0.95,
        }
    }
}

/// The module that a program of Python did not find, as it said last.
fn missing_module(output: &str) -> Option<String> {
    static MISSING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"No module named '?([A-Za-z_][\w.]*)'?").expect("the expression is tested")
    });
    let found = MISSING.captures_iter(output).last()?;
    Some(found.get(1)?.as_str().trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_missing_module_is_meant() {
        let output = "ModuleNotFoundError: No module named 'tomllib'\n\nDuring handling of the above exception, another exception occurred:\n\
                      ModuleNotFoundError: No module named 'tomli.decoder'\n";
        assert_eq!(missing_module(output).as_deref(), Some("tomli.decoder"));
        let asked = "/p/.venv/bin/python: No module named pytest\n";
        assert_eq!(missing_module(asked).as_deref(), Some("pytest"));
        assert_eq!(missing_module("NameError: name 'x' is not defined\n"), None);
    }
}

//! What the loop has done for it: files that may be changed, runs, and repairs by rules.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_agents::{Candidate, Hands, ImproveError, OutsideError, Proof, Ran, Texts};
use arc_heal::{
    Finished, HealError, HealResult, Means, Options, Patient, RunError, Runner, Version, heal,
    may_change,
};
use arc_project::GraphFile;

use super::project::{FileReport, NewProject};
use super::proof::{ProofPlan, Prover, versions};
use crate::failure::Failure;

/// Files of one change that rules are tried on.
const MAX_HEALED: usize = 3;
/// Repairs that one file is tried with.
const MAX_ATTEMPTS: u32 = 6;

/// The hands of one command.
pub(in crate::commands) struct Maker<'a> {
    pub(in crate::commands) graph: &'a GraphFile,
    pub(in crate::commands) root: PathBuf,
    /// Where commands start.
    pub(in crate::commands) folder: PathBuf,
    pub(in crate::commands) options: Options,
    /// The one file that may be changed; `None` for all that no policy protects.
    pub(in crate::commands) only: Option<String>,
    /// The project that is made from nothing, if one is.
    pub(in crate::commands) project: Option<NewProject>,
    pub(in crate::commands) unsandboxed: bool,
    pub(in crate::commands) heals: bool,
    /// What was named; else the proof is chosen by the first files that change.
    pub(in crate::commands) prover: Option<Prover>,
}

impl Maker<'_> {
    /// Works with these hands.
    pub(in crate::commands) fn with_hands<T>(
        &mut self,
        work: impl FnOnce(&mut Hands<'_>) -> T,
    ) -> T {
        let policy = Policy {
            root: self.root.clone(),
            options: self.options.clone(),
            only: self.only.clone(),
        };
        // Runs and repairs take turns: neither is called while the other works.
        let own = RefCell::new(self);
        work(&mut Hands {
            forbids: &|path| policy.forbids(path),
            run: &mut |texts| own.borrow_mut().run(texts),
            heal: &mut |tree, candidate| own.borrow_mut().heal(tree, candidate),
        })
    }

    /// The command that somebody named, by its words.
    pub(in crate::commands) fn named_command(&self) -> Vec<String> {
        let named = self.prover.as_ref().map(Prover::plan);
        let named = named.filter(|plan| plan.proof == Proof::Command);
        named.map_or_else(Vec::new, |plan| plan.command.clone())
    }

    /// Chooses the proof of a change of `paths`, unless one is chosen.
    pub(in crate::commands) fn choose(&mut self, paths: &[String]) -> Result<(), Failure> {
        if self.prover.is_none()
            && !paths.is_empty()
            && let Some(plan) = ProofPlan::predicted(self.graph, &self.root, paths)?
        {
            self.take(plan)?;
        }
        Ok(())
    }

    fn take(&mut self, plan: ProofPlan) -> Result<(), Failure> {
        let place = (&*self.root, &*self.root);
        let prover = Prover::new(place, plan, self.unsandboxed, self.options.wall)?;
        self.prover = Some(prover);
        Ok(())
    }

    /// How each file of a project that is made from nothing does by itself; `texts` are all its files.
    pub(in crate::commands) fn file_reports(
        &self,
        texts: &Texts,
    ) -> Result<Vec<FileReport>, Failure> {
        let Some(project) = self.project else {
            return Ok(Vec::new());
        };
        project.files(texts, &mut |plan| {
            let place = (&*self.root, &*self.root);
            let mut prover = Prover::new(place, plan, self.unsandboxed, self.options.wall)?;
            let ran = prover.run(texts);
            ran.map_err(|error| Failure::from(ImproveError::Outside(error)))
        })
    }

    /// Runs the proof; nothing when there is none.
    fn run(&mut self, texts: &Texts) -> Result<Option<Ran>, OutsideError> {
        match self.project {
            // Each attempt may have other files.
            Some(project) if !texts.is_empty() => {
                self.take(project.proof(texts)).map_err(outside)?;
            }
            Some(_) => {}
            None => {
                let paths: Vec<String> = texts.keys().cloned().collect();
                self.choose(&paths).map_err(outside)?;
            }
        }
        self.prover
            .as_mut()
            .map(|prover| prover.run(texts))
            .transpose()
    }

    /// Repairs a change that fails, in the tree of a trial that holds it.
    fn heal(&mut self, tree: &Path, candidate: &Candidate) -> Result<Option<Texts>, OutsideError> {
        let Some(prover) = self.prover.as_mut().filter(|_| self.heals) else {
            return Ok(None);
        };
        let inside = self
            .folder
            .strip_prefix(&self.root)
            .unwrap_or(Path::new(""));
        let command: Vec<OsString> = prover.plan().command.iter().map(OsString::from).collect();
        let mut over = Over {
            versions: versions(&self.root, &candidate.texts()),
            project: self.root.clone(),
            tree: tree.to_owned(),
            inner: prover.runner(),
        };
        let options = Options {
            max_attempts: MAX_ATTEMPTS,
            ..self.options.clone()
        };
        for file in candidate.files.iter().take(MAX_HEALED) {
            let patient = Patient {
                root: tree.to_owned(),
                folder: tree.join(inside),
                file: tree.join(&file.path),
                command: command.clone(),
                environment: std::env::vars_os().collect(),
                output: None,
            };
            let means = Means {
                runner: &mut over,
                fixer: None,
                on_event: None,
            };
            match heal(&patient, &options, means, &mut |_| true) {
                Ok(report) if report.result == HealResult::Healed => {
                    let text = std::fs::read_to_string(tree.join(&file.path))?;
                    return Ok(Some(BTreeMap::from([(file.path.clone(), text)])));
                }
                // What no rule knows, or is in no language that rules know, goes back to the model.
                Ok(_) | Err(HealError::Unfit { .. } | HealError::Protected { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// What may be changed.
struct Policy {
    root: PathBuf,
    options: Options,
    only: Option<String>,
}

impl Policy {
    /// Why a file may not be changed.
    fn forbids(&self, path: &str) -> Option<String> {
        if self.only.as_deref().is_some_and(|only| only != path) {
            return Some("is not the file that is written to --output".to_owned());
        }
        let text = may_change(&self.root, path, &self.options)
            .err()?
            .to_string();
        let told = text.strip_prefix(path).map(str::trim_start);
        Some(told.map_or(text.clone(), str::to_owned))
    }
}

/// Something of ours as an error that the loop passes on.
fn outside(failure: Failure) -> OutsideError {
    Box::new(Carried(failure))
}

/// A failure on its way through the loop.
#[derive(Debug)]
pub(crate) struct Carried(pub(crate) Failure);

impl std::fmt::Display for Carried {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.parts().0)
    }
}

impl std::error::Error for Carried {}

/// Runs commands on the project with a change in place, under what a healer tries.
struct Over<'a> {
    versions: Vec<Version>,
    project: PathBuf,
    tree: PathBuf,
    inner: &'a mut dyn Runner,
}

impl Over<'_> {
    /// The change, and what is tried above it.
    fn all(&self, tried: &[Version]) -> Vec<Version> {
        let is_tried = |own: &&Version| !tried.iter().any(|version| version.path == own.path);
        let own = self.versions.iter().filter(is_tried).cloned();
        own.chain(tried.iter().cloned()).collect()
    }

    /// The healer works in the tree of the trial, and knows the project's own path as nothing.
    fn told(&self, mut finished: Finished) -> Finished {
        let (from, to) = (self.project.to_string_lossy(), self.tree.to_string_lossy());
        for output in [&mut finished.stdout, &mut finished.stderr] {
            *output = String::from_utf8_lossy(output)
                .replace(&*from, &to)
                .into_bytes();
        }
        finished
    }
}

impl Runner for Over<'_> {
    fn run(&mut self, tried: &[Version], wall: Duration) -> Result<Finished, RunError> {
        let finished = self.inner.run(&self.all(tried), wall)?;
        Ok(self.told(finished))
    }

    fn run_other(
        &mut self,
        (command, folder): (&[OsString], &Path),
        tried: &[Version],
        wall: Duration,
    ) -> Result<Finished, RunError> {
        let inside = folder.strip_prefix(&self.tree).unwrap_or(Path::new(""));
        let folder = self.project.join(inside);
        let finished = self
            .inner
            .run_other((command, &folder), &self.all(tried), wall)?;
        Ok(self.told(finished))
    }

    fn run_editing(
        &mut self,
        (command, folder): (&[OsString], &Path),
        tried: &[Version],
        kept: (&Path, Duration),
    ) -> Result<Option<Vec<u8>>, RunError> {
        let inside = folder.strip_prefix(&self.tree).unwrap_or(Path::new(""));
        let folder = self.project.join(inside);
        self.inner
            .run_editing((command, &folder), &self.all(tried), kept)
    }

    fn layers(&self) -> Vec<String> {
        self.inner.layers()
    }

    fn reaches_network(&self) -> bool {
        self.inner.reaches_network()
    }
}

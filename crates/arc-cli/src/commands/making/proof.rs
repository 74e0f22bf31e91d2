//! What shows that a change works: the command that was named, else the tests that the graph predicts, else a compiler.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_agents::{OutsideError, Proof, Ran, Texts};
use arc_heal::{
    HealError, HealSettings, PlainRunner, Runner, SandboxRunner, Version, python_path, test_command,
};
use arc_project::{GraphFile, Target, find_target, select_tests};

use super::split::split;
use crate::commands::tickets::variable;
use crate::failure::Failure;

/// Predicted tests that are run.
const MAX_TESTS: usize = 60;

/// A command, and what it shows.
#[derive(Clone, Debug)]
pub(in crate::commands) struct ProofPlan {
    pub(in crate::commands) command: Vec<String>,
    pub(in crate::commands) proof: Proof,
}

impl ProofPlan {
    /// The command that was named, if the project allows it.
    pub(in crate::commands) fn named(
        line: &str,
        settings: &HealSettings,
    ) -> Result<ProofPlan, Failure> {
        let command = split(line).map_err(|why| Failure::usage(format!("--command: {why}")))?;
        ProofPlan::of_words(command, settings)
    }

    /// The same for a command that is split already.
    pub(in crate::commands) fn of_words(
        command: Vec<String>,
        settings: &HealSettings,
    ) -> Result<ProofPlan, Failure> {
        let words: Vec<OsString> = command.iter().map(OsString::from).collect();
        if !settings.allows(&words) {
            return Err(HealError::NotAllowed {
                command: command.join(" "),
            }
            .into());
        }
        Ok(ProofPlan {
            command,
            proof: Proof::Command,
        })
    }

    /// What the graph predicts for changes of some files; `None` when nothing is known.
    pub(in crate::commands) fn predicted(
        graph: &GraphFile,
        root: &Path,
        paths: &[String],
    ) -> Result<Option<ProofPlan>, Failure> {
        let mut targets: Vec<Target> = Vec::new();
        for path in paths {
            if graph.file(path)?.is_some() {
                targets.push(find_target(graph, "", path)?);
            }
        }
        let selection = select_tests(graph, &targets)?;
        let tests = &selection.tests[..selection.tests.len().min(MAX_TESTS)];
        let of_tests = test_command(tests, root, &is_program).map(|command| ProofPlan {
            command,
            proof: Proof::Tests,
        });
        Ok(of_tests.or_else(|| of_compiler(paths, root)))
    }
}

fn plan(proof: Proof, words: &[&str], more: Vec<String>) -> ProofPlan {
    let mut command: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    command.extend(more);
    ProofPlan { command, proof }
}

/// The command that shows that files compile.
fn of_compiler(paths: &[String], root: &Path) -> Option<ProofPlan> {
    let path = paths.first()?;
    let extension = Path::new(path)
        .extension()
        .and_then(OsStr::to_str)
        .unwrap_or("");
    let (words, takes_path): (&[&str], bool) = match extension {
        "py" => (&["python3", "-m", "py_compile"], true),
        "js" | "mjs" | "cjs" => (&["node", "--check"], true),
        "sh" | "bash" => (&["bash", "-n"], true),
        "rs" if root.join("Cargo.toml").exists() => (&["cargo", "check", "--offline", "-q"], false),
        "go" if root.join("go.mod").exists() => (&["go", "build", "./..."], false),
        _ => return None,
    };
    if !is_program(words[0]) {
        return None;
    }
    let more = if takes_path {
        vec![path.clone()]
    } else {
        Vec::new()
    };
    Some(plan(Proof::Build, words, more))
}

pub(super) fn is_program(name: &str) -> bool {
    let folders = variable("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// Runs a plan where it can do no harm.
pub(in crate::commands) struct Prover {
    root: PathBuf,
    plan: ProofPlan,
    runner: Box<dyn Runner>,
    wall: Duration,
}

impl Prover {
    /// A prover for the project at `root`; the command starts in `folder`.
    pub(in crate::commands) fn new(
        (root, folder): (&Path, &Path),
        plan: ProofPlan,
        unsandboxed: bool,
        wall: Duration,
    ) -> Result<Prover, HealError> {
        let command: Vec<OsString> = plan.command.iter().map(OsString::from).collect();
        let environment = environment(root, &plan);
        let runner: Box<dyn Runner> = if unsandboxed {
            Box::new(PlainRunner::new(root, folder, &command, &environment)?)
        } else {
            Box::new(SandboxRunner::new(root, folder, &command, &environment))
        };
        Ok(Prover {
            root: root.to_owned(),
            plan,
            runner,
            wall,
        })
    }

    pub(super) fn plan(&self) -> &ProofPlan {
        &self.plan
    }

    pub(super) fn runner(&mut self) -> &mut dyn Runner {
        self.runner.as_mut()
    }

    /// How the command ends with these files in the place of the project's.
    pub(super) fn run(&mut self, texts: &Texts) -> Result<Ran, OutsideError> {
        let finished = self
            .runner
            .run(&versions(&self.root, texts), self.wall)
            .map_err(HealError::from)?;
        Ok(Ran {
            command: self.plan.command.join(" "),
            proof: self.plan.proof,
            passed: finished.is_success(),
            code: finished.code,
            timed_out: finished.timed_out,
            ms: u64::try_from(finished.wall.as_millis()).unwrap_or(u64::MAX),
            output: Ran::end_of(&finished.text()),
        })
    }
}

/// The variables of a command. Tests that were chosen of a Python project whose packages lie in `src` find those.
fn environment(root: &Path, plan: &ProofPlan) -> Vec<(OsString, OsString)> {
    const NAME: &str = "PYTHONPATH";
    let mut variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let known = variables.iter().position(|(name, _)| name == NAME);
    let value = known.map_or(OsStr::new(""), |at| &variables[at].1);
    let program = plan.command.first().filter(|_| plan.proof == Proof::Tests);
    let path = program.and_then(|program| python_path(root, program.as_ref(), value));
    if let Some(path) = path {
        variables.retain(|(name, _)| name != NAME);
        variables.push((NAME.into(), path));
    }
    variables
}

/// Texts as files that a command sees, with the permissions that the project's own have.
pub(super) fn versions(root: &Path, texts: &Texts) -> Vec<Version> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &str, text: &str| match root.join(path).metadata() {
        Ok(meta) => meta.permissions().mode() & 0o7777,
        Err(_) if text.starts_with("#!") => 0o755,
        Err(_) => 0o644,
    };
    let version = |(path, text): (&String, &String)| Version {
        path: path.into(),
        bytes: text.clone().into_bytes(),
        mode: mode(path, text),
    };
    texts.iter().map(version).collect()
}

//! What `arc generate`, `arc improve` and `arc evaluate` share: how a change is proved, healed, shown and put in place.

mod hands;
mod outcome;
mod project;
mod proof;
mod split;

use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_agents::{
    Baseline, ModelSettings, ReviewReport, Subject, ToldImpact, ToldReview, Watch, review,
};
use arc_heal::{HealSettings, Options};
use arc_project::{
    GraphFile, ImpactOptions, ImpactReport, Seeds, Target, ask_impact_of, find_target,
};
use clap::Args;
use serde_json::Value;

use super::review::baseline_of;
use super::tickets::variable;
use crate::context::{Context, Opened};
use crate::failure::Failure;
use crate::progress::Watcher;

pub(crate) use hands::Carried;
pub(super) use hands::Maker;
pub(super) use outcome::{Kept, finish, money, show_evaluation};
pub(super) use project::{FileReport, Language, NewProject};
use proof::{ProofPlan, Prover};
pub(super) use split::split as split_words;

/// How a change is proved.
#[derive(Args)]
pub(super) struct ProofArguments {
    /// The command that succeeds when the change works, split into arguments without a shell [default: the tests that the graph
    /// predicts, else a compiler]
    #[arg(long, value_name = "CMD")]
    pub(super) command: Option<String>,
    /// Seconds that the command may take [default: 600]
    #[arg(long, value_name = "SECONDS", env = "ARC_HEAL_WALL")]
    pub(super) wall: Option<u64>,
    /// Run the command without a sandbox, in a private copy of the project, with all your rights and variables
    #[arg(long)]
    pub(super) unsandboxed: bool,
    /// Let no rule repair a change that fails
    #[arg(long)]
    pub(super) no_heal: bool,
    /// Allow tests to say something else
    #[arg(long)]
    pub(super) tests: bool,
}

/// Where a change goes.
#[derive(Args)]
pub(super) struct KeepArguments {
    /// Write the changed file here, and leave the project as it is
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Print the diff, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Keep a change although nothing that was run shows that it works
    #[arg(long)]
    pub(super) accept_unproved: bool,
    /// Print the first request as it would be sent, and send nothing
    #[arg(long)]
    pub(super) show_prompt: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl ProofArguments {
    /// What the project allows and the flags ask for. Tests may be written, since the grounding check looks at what becomes of
    /// those that are there.
    fn options(&self, settings: &HealSettings) -> Options {
        let usual = Options::default();
        let wall = self.wall.or(settings.wall);
        Options {
            changes_tests: true,
            protected: settings.protected.iter().map(PathBuf::from).collect(),
            wall: wall.map_or(usual.wall, Duration::from_secs),
            ..usual
        }
    }
}

impl ProofArguments {
    /// The hands for these flags. `words` is the command that a session was begun with.
    pub(super) fn maker<'a>(
        &self,
        opened: &'a Opened,
        context: &Context,
        words: Option<&[String]>,
    ) -> Result<Maker<'a>, Failure> {
        let allowed = HealSettings::read(&opened.root)?;
        let options = self.options(&allowed);
        // Commands start where the user is, or in the project when it is another one.
        let here = context.folder().canonicalize()?;
        let folder = if here.starts_with(&opened.root) {
            here
        } else {
            opened.root.clone()
        };
        let plan = match (&self.command, words) {
            (Some(line), _) => Some(ProofPlan::named(line, &allowed)?),
            (None, Some(words)) => Some(ProofPlan::of_words(words.to_vec(), &allowed)?),
            (None, None) => None,
        };
        let prover = plan.map(|plan| {
            Prover::new(
                (&opened.root, &folder),
                plan,
                self.unsandboxed,
                options.wall,
            )
        });
        Ok(Maker {
            graph: &opened.graph,
            root: opened.root.clone(),
            prover: prover.transpose()?,
            folder,
            options,
            only: None,
            project: None,
            unsandboxed: self.unsandboxed,
            heals: !self.no_heal,
        })
    }
}

/// Tells a person what goes on, also where there is no terminal.
pub(super) struct Teller<'a> {
    pub(super) context: &'a Context,
    pub(super) watcher: &'a Watcher,
}

impl Watch for Teller<'_> {
    fn is_cancelled(&self) -> bool {
        Watch::is_cancelled(self.watcher)
    }

    fn note(&self, text: &str) {
        self.context.note(&crate::output::inert(text));
    }
}

/// The model that is configured.
pub(super) fn settings(root: &Path) -> Result<ModelSettings, Failure> {
    Ok(ModelSettings::read(root, &variable)?)
}

/// What `arc review --json` printed into a file.
pub(super) fn told_review(path: &Path, context: &Context) -> Result<ToldReview, Failure> {
    let value = json_of(path, context)?;
    ToldReview::read(&value).map_err(|why| no_report(path, "arc review --json", &why))
}

/// What `arc impact --json` printed into a file.
pub(super) fn told_impact(path: &Path, context: &Context) -> Result<ToldImpact, Failure> {
    let value = json_of(path, context)?;
    ToldImpact::read(&value).map_err(|why| no_report(path, "arc impact --json", &why))
}

fn json_of(path: &Path, context: &Context) -> Result<Value, Failure> {
    let cannot = |why: String| Failure::usage(format!("cannot read {}: {why}", path.display()));
    let text =
        std::fs::read(context.folder().join(path)).map_err(|error| cannot(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| cannot(error.to_string()))
}

fn no_report(path: &Path, command: &str, why: &str) -> Failure {
    Failure::Usage {
        message: format!("{} is not what `{command}` prints: {why}", path.display()),
        hints: vec![format!("`{command} FILE > {}` makes one", path.display())],
    }
}

/// What a review says of a file as it stands, as `arc review --json` tells it.
pub(super) fn review_of(
    graph: &GraphFile,
    root: &Path,
    target: &Target,
) -> Result<(Value, ToldReview), Failure> {
    let file = file_of(graph, target)?;
    let subject = Subject::of_targets(graph, root, &[file])?;
    let mut found = review(&subject)?;
    let baseline = baseline_of(root);
    if baseline.is_file() {
        found.silence(&Baseline::read(&baseline)?);
    }
    let value = serde_json::to_value(ReviewReport::new(&subject, &found))?;
    let told = ToldReview::read(&value).expect("it was just made");
    Ok((value, told))
}

/// What a change of a file reaches, as `arc impact --json` tells it.
pub(super) fn impact_of(
    graph: &GraphFile,
    root: &Path,
    target: &Target,
) -> Result<(Value, ToldImpact), Failure> {
    let seeds = Seeds::new(graph, vec![target.clone()], None)?;
    let answer = ask_impact_of(graph, root, &seeds, &ImpactOptions::default())?;
    let value = serde_json::to_value(ImpactReport::new(&answer, None, None))?;
    let told = ToldImpact::read(&value).expect("it was just made");
    Ok((value, told))
}

/// The file that a target stands in: changes are made and judged by files.
fn file_of(graph: &GraphFile, target: &Target) -> Result<Target, Failure> {
    let path = target.node.path.as_deref().unwrap_or_default();
    Ok(find_target(graph, "", path)?)
}

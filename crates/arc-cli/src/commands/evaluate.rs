//! `arc evaluate`.

use std::io::Read as _;
use std::path::PathBuf;

use arc_agents::evaluate_diff;
use clap::Args;

use super::making::{ProofArguments, show_evaluation};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc evaluate`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EvaluateArguments {
    /// A unified diff of the files as they are, not applied; `-` for standard input
    #[arg(value_name = "DIFF")]
    diff: PathBuf,
    /// End with 1 below this score
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    #[command(flatten)]
    proof: ProofArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
  arc evaluate .arc/sessions/ID/candidate-2.diff --command \"pytest -q\"
  git diff HEAD topic | arc evaluate -     what the branch `topic` does, before it is merged

The last step of `arc improve` alone: what the graph, a run in the sandbox and the rules of the review say of a change that nobody has made yet. No model
is asked and nothing is written.

Exit codes: 0 nothing speaks against it; 1 something does, or the score is too low; 2 wrong usage; 5 refused.";

/// Evaluates and prints.
pub(crate) fn run(
    arguments: &EvaluateArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let diff = text_of(&arguments.diff, context)?;
    let opened = context.open(false)?;
    let mut maker = arguments.proof.maker(&opened, context, None)?;
    maker.heals = false;
    let asked = (diff.as_str(), arguments.proof.tests);
    let found = context.watched(|watcher| {
        let place = (&opened.graph, &*opened.root);
        maker.with_hands(|hands| evaluate_diff(place, asked, hands, watcher))
    })?;
    let (_, evaluation) = found.map_err(|why| Failure::Negative {
        message: format!("the diff does not apply: {why}"),
        hints: vec!["it must be a diff of the files as they are".to_owned()],
    })?;
    if arguments.json {
        context.out.json(&evaluation)?;
    } else {
        show_evaluation(&evaluation, &mut context.out)?;
    }
    let is_enough = arguments
        .threshold
        .is_none_or(|least| evaluation.score >= least);
    Ok(if evaluation.acceptable && is_enough {
        Outcome::Done
    } else {
        Outcome::No
    })
}

fn text_of(path: &std::path::Path, context: &Context) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == std::path::Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(context.folder().join(path))
    };
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}

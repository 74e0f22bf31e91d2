//! `arc improve`.

use arc_agents::{Order, Session, SessionState};
use clap::Args;

use super::generate::{Job, order_of, work};
use super::making::{KeepArguments, ProofArguments};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc improve`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ImproveArguments {
    /// The file to make better
    #[arg(required_unless_present = "resume", value_name = "FILE")]
    file: Option<String>,
    /// Answers of the model, at most
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    iterations: u32,
    /// The score from 0 to 1 that a change must reach
    #[arg(long, value_name = "SCORE", default_value_t = 0.7, value_parser = score)]
    threshold: f64,
    /// What to make better, in plain words
    #[arg(long, value_name = "WORDS")]
    task: Option<String>,
    /// Go on with a session that was cut short, or that came to no good end
    #[arg(long, value_name = "SESSION", conflicts_with_all = ["file", "task"])]
    resume: Option<String>,
    #[command(flatten)]
    proof: ProofArguments,
    #[command(flatten)]
    keep: KeepArguments,
}

const AFTER_HELP: &str = "\
Review, impact, change, proof in the sandbox, repair by rules, evaluation: again with the reasons until the score is reached. The score is made of
evidence alone (docs/agents.md), and nothing that is worse than what is there in any part of it is kept. What every step said is in .arc/sessions/ID.

Exit codes: 0 improved; 1 not, and every file is as it was; 2 wrong usage or no model; 4 no answer; 5 refused; 130 interrupted.";

fn score(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("not a number from 0 to 1".to_owned()),
    }
}

/// Makes a file better.
pub(crate) fn run(arguments: &ImproveArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let opened = context.open(false)?;
    let session = match &arguments.resume {
        Some(name) => Some(resumed(arguments, Session::resume(&opened.root, name)?)?),
        None => None,
    };
    let note = session.as_ref().map(|session| &session.note);
    let file = note.map_or(arguments.file.clone(), |note| note.target.clone());
    let file = file.ok_or_else(|| Failure::usage("this session is not about one file"))?;
    let order = Order {
        task: note.map_or(arguments.task.clone(), |note| note.task.clone()),
        changes_tests: note.map_or(arguments.proof.tests, |note| note.changes_tests),
        ..Order::default()
    };
    let (order, said) = order_of(&file, &opened, order, (true, true))?;
    let job = Job {
        command: "improve",
        order,
        attempts: arguments.iterations,
        threshold: Some(arguments.threshold),
        proof: &arguments.proof,
        keep: &arguments.keep,
        said,
        session,
        project: None,
    };
    work(job, opened, context)
}

/// A session with as many answers more as are asked for now, unless it was cut short before it had those of then.
fn resumed(arguments: &ImproveArguments, mut session: Session) -> Result<Session, Failure> {
    let note = &mut session.note;
    if note.state == SessionState::Accepted {
        return Err(Failure::usage(format!(
            "session {} is done: its change was accepted",
            note.session
        )));
    }
    if note.done >= note.attempts {
        note.attempts += arguments.iterations;
    }
    note.threshold = Some(arguments.threshold);
    note.state = SessionState::Running;
    session.save()?;
    Ok(session)
}

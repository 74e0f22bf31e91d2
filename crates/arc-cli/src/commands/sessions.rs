//! `arc sessions`.

use std::io::Write as _;

use arc_agents::{SessionNote, SessionState, sessions};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, count, inert};

/// Options of `arc sessions`.
#[derive(Args)]
pub(crate) struct SessionsArguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `arc sessions --json` prints.
#[derive(Serialize)]
struct SessionsReport {
    schema: &'static str,
    sessions: Vec<SessionNote>,
}

/// Lists the sessions of `arc generate`, `arc improve` and `arc chat`.
pub(crate) fn run(
    arguments: &SessionsArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let found = sessions(&context.root()?);
    if arguments.json {
        context.out.json(&SessionsReport {
            schema: "arc.sessions/1",
            sessions: found,
        })?;
        return Ok(Outcome::Done);
    }
    for note in &found {
        let state = match note.state {
            SessionState::Running => "running",
            SessionState::Interrupted => "interrupted",
            SessionState::Accepted => "accepted",
            SessionState::NotImproved => "not improved",
            SessionState::Ended => "ended",
        };
        let about = note
            .target
            .as_deref()
            .or(note.task.as_deref())
            .unwrap_or("");
        let score = note
            .best
            .map_or_else(String::new, |(_, score)| format!("  {score:.2}"));
        let steps = if note.attempts == 0 {
            count(u64::from(note.done), "answer")
        } else {
            format!("{} of {} attempts", note.done, note.attempts)
        };
        writeln!(
            context.out,
            "{}  {:<8} {state:<12} {}{score}  {DIM}{steps}, {}{DIM:#}",
            note.session,
            note.command,
            inert(about),
            inert(&note.model)
        )?;
    }
    Ok(Outcome::Done)
}

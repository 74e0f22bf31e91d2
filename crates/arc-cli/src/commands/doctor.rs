//! `arc doctor`.

use std::io::Write as _;

use arc_project::{Check, CheckState, examine};
use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, WARN, inert};

/// Options of `arc doctor`.
#[derive(Args)]
pub(crate) struct DoctorArguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Examines the graph as it is. Exit code 1 when something failed.
pub(crate) fn run(arguments: &DoctorArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let root = context.root()?;
    let checks = examine(&root, &context.graph_path(&root));
    let failed = checks.iter().any(|check| check.state == CheckState::Failed);
    if arguments.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| json!({"name": check.name, "state": state_name(check.state), "text": check.text, "hint": check.hint}))
            .collect();
        context.out.json(&json!({"schema": "arc.doctor/1", "version": env!("CARGO_PKG_VERSION"), "ok": !failed, "checks": rows}))?;
    } else {
        for check in &checks {
            print(check, context)?;
        }
    }
    Ok(if failed { Outcome::No } else { Outcome::Done })
}

fn print(check: &Check, context: &mut Context) -> Result<(), Failure> {
    let style = match check.state {
        CheckState::Fine => GOOD,
        CheckState::Attention => WARN,
        CheckState::Failed => BAD,
    };
    let mark = match check.state {
        CheckState::Fine => "ok  ",
        CheckState::Attention => "note",
        CheckState::Failed => "fail",
    };
    writeln!(
        context.out,
        "{style}{mark}{style:#} {}  {}",
        check.name,
        inert(&check.text)
    )?;
    if let Some(hint) = &check.hint {
        writeln!(context.out, "       {DIM}{hint}{DIM:#}")?;
    }
    Ok(())
}

fn state_name(state: CheckState) -> &'static str {
    match state {
        CheckState::Fine => "ok",
        CheckState::Attention => "note",
        CheckState::Failed => "fail",
    }
}

//! `arc watch`.

use std::io::Write as _;

use arc_serve::watch;
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{count, inert};

/// Options of `arc watch`.
#[derive(Args)]
pub(crate) struct WatchArguments {}

/// Keeps the graph up with the files until the process is ended.
pub(crate) fn run(_: &WatchArguments, context: &mut Context) -> Result<Outcome, Failure> {
    arc_memory::give_back_soon();
    let root = context.root()?;
    let graph = context.graph_path(&root);
    let is_quiet = context.is_quiet();
    let out = &mut context.out;
    watch(&root, &graph, &mut |look| {
        let line = match look.problem {
            Some(problem) => format!("not updated: {}", inert(&problem)),
            None if is_quiet => return true,
            None => format!(
                "{} updated in {:.2} s",
                count(look.rewritten as u64, "file"),
                look.seconds
            ),
        };
        // Whoever reads no more wants no more.
        writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
    });
    Ok(Outcome::Done)
}

//! `arc man`.

use clap::{Args, CommandFactory as _};

use crate::commands::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc man`.
#[derive(Args)]
pub(crate) struct ManArguments {}

/// Prints the manual page of all commands, in roff.
pub(crate) fn run(_: &ManArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut context.out)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        clap_mangen::Man::new(sub.clone().display_name(format!("arc-{}", sub.get_name())))
            .render(&mut context.out)?;
    }
    Ok(Outcome::Done)
}

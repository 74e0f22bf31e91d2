//! `arc completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::commands::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc completions`.
#[derive(Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints a completion script.
pub(crate) fn run(
    arguments: &CompletionsArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "arc",
        &mut script,
    );
    std::io::Write::write_all(&mut context.out, &script)?;
    Ok(Outcome::Done)
}

//! The `arc` command: what a person or a script sees. It alone reads the environment, decides colors and exit codes, and
//! turns failures into what failed, why, and what to do next.

mod commands;
mod context;
mod failure;
mod output;
mod progress;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::commands::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

// Syntax trees and sets of values are millions of small allocations from several threads.
#[global_allocator]
static ALLOCATOR: arc_memory::Allocator = arc_memory::Allocator;

fn main() -> ExitCode {
    // This program is also what runs inside of a sandbox, before it becomes the command.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == arc_sandbox::INSIDE)
    {
        return arc_sandbox::enter();
    }
    let mut arguments = None;
    if is_run(std::env::args_os().skip(1)) {
        arc_sandbox::start_small();
        arc_memory::give_nothing_back();
        arguments = Arguments::of_run();
    }
    let arguments = match arguments.map_or_else(Arguments::try_parse, Ok) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let mut context = Context::new(&arguments.global);
    let result = commands::run(arguments.command, &mut context).and_then(|outcome| {
        context.out.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::Code(code)) => ExitCode::from(code),
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            // What was found before the failure is still worth showing; a second failure would say nothing new.
            let _ = context.out.flush();
            context.report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Whether the command is `run`. Options of all commands may stand before it.
fn is_run(mut words: impl Iterator<Item = OsString>) -> bool {
    let command = words.find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    command.is_some_and(|command| command == "run")
}

/// Help and version go to standard output and are no failure; a wrong call is, with clap's own words.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe under `arc --help | head` is no news.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_stand_before_the_command() {
        let is = |line: &str| is_run(line.split(' ').map(OsString::from));
        assert!(is("run -- true") && is("-q run -- true"));
        assert!(!is("heal run") && !is("-q"));
    }
}

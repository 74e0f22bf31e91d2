//! The `arc` command: what a person or a script sees. It alone reads the environment, decides colors and exit codes, and
//! turns failures into what failed, why, and what to do next.

mod commands;
mod context;
mod failure;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

// Syntax trees and sets of values are millions of small allocations from several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        // This program is also what runs inside of a sandbox, before it becomes the command.
        Some(first) if first == arc_sandbox::INSIDE => return arc_sandbox::enter(),
        Some(first) if first == "run" => arc_sandbox::start_small(),
        Some(_) | None => {}
    }
    let arguments = match Arguments::try_parse() {
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

//! `arc tests`.

use std::io::Write as _;

use arc_graph::NodeRecord;
use arc_project::{Runner, Selection, TestsReport, run_id, select_tests};
use clap::Args;

use crate::commands::changes;
use crate::commands::targets::{Asked, Found, TargetArguments};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, Output, bar, count, inert};

/// Seconds that a test takes when nobody says.
const PACE: f64 = 0.5;

/// Options of `arc tests`.
#[derive(Args)]
pub(crate) struct TestsArguments {
    #[command(flatten)]
    targets: TargetArguments,
    /// At most so many tests (40), or so many seconds of them (60s)
    #[arg(long, value_name = "N|SECONDS", value_parser = budget)]
    budget: Option<Budget>,
    /// Seconds that a test takes on average, for a budget in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = PACE, value_parser = pace)]
    pace: f64,
    /// Print only arguments for a runner, or ids as each test's own runner takes them
    #[arg(long, value_name = "RUNNER", value_parser = ["ids", "pytest", "cargo", "nextest", "go", "jest", "vitest", "junit"])]
    format: Option<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How much may be run.
#[derive(Clone, Copy)]
enum Budget {
    Tests(usize),
    Seconds(f64),
}

fn budget(text: &str) -> Result<Budget, String> {
    let wrong = || "neither a number of tests (40) nor of seconds (60s)".to_owned();
    match text.strip_suffix('s') {
        Some(seconds) => match seconds.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(Budget::Seconds(seconds)),
            _ => Err(wrong()),
        },
        None => text.parse().map(Budget::Tests).map_err(|_| wrong()),
    }
}

fn pace(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds > 0.0 => Ok(seconds),
        _ => Err("not a number of seconds above 0".to_owned()),
    }
}

/// Selects and prints.
pub(crate) fn run(arguments: &TestsArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let asked = Asked::read(&arguments.targets)?;
    let opened = context.open_at(arguments.targets.frozen, arguments.targets.at.as_deref())?;
    let found = asked.find(&opened)?;
    found.note(context);
    let mut selection = select_tests(&opened.graph, &found.targets)?;
    let runner = arguments.format.as_deref().and_then(Runner::from_name);
    if let Some(runner) = runner {
        let takes = |node: &NodeRecord| runner.takes(node.path.as_deref().unwrap_or_default());
        selection.tests.retain(|test| takes(&test.node));
    }
    let most = match arguments.budget {
        None => usize::MAX,
        Some(Budget::Tests(tests)) => tests,
        Some(Budget::Seconds(seconds)) => (seconds / arguments.pace) as usize,
    };
    let chosen = most.min(selection.tests.len());
    if arguments.json {
        context.out.json(&TestsReport::new(
            &found.targets,
            &selection,
            chosen,
            found.changes.as_ref(),
        ))?;
    } else {
        let tests: Vec<&NodeRecord> = selection.tests[..chosen]
            .iter()
            .map(|test| &test.node)
            .collect();
        match (&arguments.format, runner) {
            (None, _) => {
                if let Some(changes) = &found.changes {
                    changes::print(changes, &mut context.out)?;
                }
                print(&selection, chosen, &mut context.out)?;
            }
            (Some(_), Some(runner)) => lines(&runner.lines(&tests), &mut context.out)?,
            (Some(_), None) => {
                let ids: Vec<String> = tests.iter().map(|test| run_id(test)).collect();
                lines(&ids, &mut context.out)?;
            }
        }
        for note in notes(arguments, &selection, chosen, &found) {
            context.note(&note);
        }
    }
    Ok(if chosen == 0 && !found.has_no_impact() {
        Outcome::No
    } else {
        Outcome::Done
    })
}

fn lines(lines: &[String], out: &mut Output) -> Result<(), Failure> {
    for line in lines {
        writeln!(out, "{}", inert(line))?;
    }
    Ok(())
}

fn print(selection: &Selection, chosen: usize, out: &mut Output) -> Result<(), Failure> {
    for test in &selection.tests[..chosen] {
        writeln!(
            out,
            "  {} {:>3.0}%  {}  {DIM}{}{DIM:#}",
            bar(test.probability, 8),
            test.probability * 100.0,
            inert(&run_id(&test.node)),
            inert(&test.why)
        )?;
    }
    Ok(())
}

/// What the list is worth, for a person.
fn notes(
    arguments: &TestsArguments,
    selection: &Selection,
    chosen: usize,
    found: &Found,
) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(path) = &selection.everything_because {
        notes.push(format!("{path} sets up everything: all tests"));
    }
    let all = selection.tests.len();
    if chosen == 0 {
        notes.push(if found.has_no_impact() {
            "nothing to run".to_owned()
        } else if all == 0 {
            "no test is known to run it".to_owned()
        } else {
            format!(
                "the budget has room for none of {}",
                count(all as u64, "test")
            )
        });
        return notes;
    }
    let part = if chosen < all {
        format!("{} of {all} tests", chosen)
    } else {
        count(all as u64, "test")
    };
    let seconds = match arguments.budget {
        Some(Budget::Seconds(_)) => format!(" at {} s a test", arguments.pace),
        Some(Budget::Tests(_)) | None => String::new(),
    };
    notes.push(format!(
        "{part}{seconds}; {:.0}% of the tests that run it are expected among them",
        selection.expected_recall(chosen) * 100.0
    ));
    notes
}

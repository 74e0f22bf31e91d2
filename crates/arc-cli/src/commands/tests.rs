//! `arc tests`.

use std::io::Write as _;
use std::path::PathBuf;

use arc_project::{
    CoverageUsed, Durations, Runner, Seeds, Selection, TestsReport, day_of, select_tests,
};
use clap::Args;

use crate::commands::changes;
use crate::commands::targets::{Asked, TargetArguments, note};
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
    /// A report that says how long tests took: JUnit XML, `go test -json`, `jest --json`, `.test_durations`; without one,
    /// those that runners left in the usual places
    #[arg(long, value_name = "FILE")]
    durations: Vec<PathBuf>,
    /// Seconds that a test takes of which no report knows
    #[arg(long, value_name = "SECONDS", default_value_t = PACE, value_parser = pace)]
    pace: f64,
    /// Print only arguments for a runner, or ids as each test's own runner takes them
    #[arg(long, value_name = "RUNNER", value_parser = formats())]
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

fn formats() -> Vec<&'static str> {
    let mut formats = vec!["ids"];
    formats.extend(Runner::NAMES);
    formats
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
    note(&found, context);
    let mut selection = select_tests(&opened.graph, &found.walked)?;
    let runner = arguments.format.as_deref().and_then(Runner::from_name);
    if let Some(runner) = runner {
        let takes = |path: Option<&str>| runner.takes(path.unwrap_or_default());
        selection
            .tests
            .retain(|test| takes(test.node.path.as_deref()));
    }
    let durations = Durations::read(&opened.root, &arguments.durations)?;
    selection.time(&durations);
    let chosen = match arguments.budget {
        None => selection.tests.len(),
        Some(Budget::Tests(tests)) => tests.min(selection.tests.len()),
        Some(Budget::Seconds(seconds)) => selection.fit(seconds, arguments.pace),
    };
    if arguments.json {
        context.out.json(&TestsReport::new(
            &found.targets,
            &selection,
            chosen,
            found.changes.as_ref(),
        ))?;
    } else {
        let tests = &selection.tests[..chosen];
        match (&arguments.format, runner) {
            (None, _) => {
                if let Some(changes) = &found.changes {
                    changes::print(changes, &mut context.out)?;
                }
                print(&selection, chosen, &mut context.out)?;
            }
            (Some(_), Some(runner)) => lines(&runner.lines(tests), &mut context.out)?,
            (Some(_), None) => {
                let ids: Vec<String> = tests.iter().map(|test| test.run.clone()).collect();
                lines(&ids, &mut context.out)?;
            }
        }
        let told = Told {
            arguments,
            durations: &durations,
        };
        for note in told.notes(&selection, chosen, &found) {
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
            inert(&test.run),
            inert(&test.why)
        )?;
    }
    Ok(())
}

/// What notes are made from.
struct Told<'a> {
    arguments: &'a TestsArguments,
    durations: &'a Durations,
}

impl Told<'_> {
    /// What the list is worth, for a person.
    fn notes(&self, selection: &Selection, chosen: usize, found: &Seeds) -> Vec<String> {
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
        } else {
            let part = if chosen < all {
                format!("{chosen} of {all} tests")
            } else {
                count(all as u64, "test")
            };
            let recall = selection.expected_recall(chosen).unwrap_or_default();
            notes.push(format!(
                "{part}; {:.0}% of the tests that run it are expected among them",
                recall * 100.0
            ));
        }
        if let Some(first) = selection.unread.first()
            && !found.has_no_impact()
        {
            notes.push(match selection.unread.len() {
                1 => format!("{first} may: what it runs is not known"),
                all => format!(
                    "{all} files of tests may, {first} and others: what they run is not known"
                ),
            });
        }
        if selection.unresolved > 0 {
            let open = count(selection.unresolved as u64, "unresolved reference");
            notes.push(format!(
                "{open} could lead to more; `arc impact` lists them"
            ));
        }
        if let Some((class, from)) = selection.inherit_outside.first() {
            let others = selection.inherit_outside.len() - 1;
            let others = if others > 0 {
                format!(" and {others} more")
            } else {
                String::new()
            };
            notes.push(format!(
                "{}{others} may inherit tests from outside the project ({from}): those are not listed; run the class to run them",
                class.qualified_name
            ));
        }
        let coverage = selection.coverage.as_ref();
        notes.extend(coverage.and_then(CoverageUsed::sentence));
        if let Some(Budget::Seconds(_)) = self.arguments.budget {
            notes.extend(self.times(selection, chosen));
        }
        notes
    }

    /// What the times rest on.
    fn times(&self, selection: &Selection, chosen: usize) -> Vec<String> {
        let pace = self.arguments.pace;
        if self.durations.is_empty() {
            return vec![
                format!("no report says how long tests take: {pace} s assumed for each"),
                "name one with --durations (`pytest --junitxml=junit.xml`, `go test -json`, `jest --json`, Surefire's and Gradle's are found)".to_owned(),
            ];
        }
        let tests = &selection.tests[..chosen];
        let unknown = tests.iter().filter(|test| test.seconds.is_none()).count();
        let takes = tests.iter().map(|test| test.seconds.unwrap_or(pace));
        let whole: f64 = takes.sum();
        let day = day_of(self.durations.newest);
        let sources = match &*self.durations.sources {
            [only] => only.display().to_string(),
            several => count(several.len() as u64, "report"),
        };
        let mut notes = vec![format!("about {whole:.1} s by {sources} of {day}")];
        if unknown > 0 {
            let tests = count(unknown as u64, "test");
            notes.push(format!("{tests} in no report: {pace} s assumed for each"));
        }
        notes
    }
}

//! `arc check`.

use std::collections::BTreeSet;
use std::io::Write as _;

use arc_project::{check_files, find_target};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, count, inert};

/// Options of `arc check`.
#[derive(Args)]
pub(crate) struct CheckArguments {
    /// Files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints what resolves to nothing; a no when there is something.
pub(crate) fn run(arguments: &CheckArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let opened = context.open(arguments.frozen)?;
    let mut paths = BTreeSet::new();
    for file in &arguments.files {
        let target = find_target(&opened.graph, &opened.prefix, file)?;
        let outside = || Failure::usage(format!("{} is no file of the project", inert(file)));
        paths.insert(target.node.path.ok_or_else(outside)?);
    }
    let report = check_files(&opened.graph, &opened.root, &paths)?.with_nearest(&opened.graph)?;
    let outcome = if report.total() == 0 {
        Outcome::Done
    } else {
        Outcome::No
    };
    if arguments.json {
        context.out.json(&report)?;
        return Ok(outcome);
    }
    for problem in report.problems() {
        let place = format!("{}:{}", problem.path, problem.line);
        let what = match problem.kind {
            "syntax" => "this is no code of its language",
            "import" => "imports what is not there:",
            _ => "resolves to nothing:",
        };
        let instead = if problem.nearest.is_empty() {
            String::new()
        } else {
            format!("; there is {}", problem.nearest.join(", "))
        };
        writeln!(
            context.out,
            "{}  {BAD}{what}{BAD:#} {}{}",
            inert(&place),
            inert(&problem.name),
            inert(&instead)
        )?;
    }
    let uncertain = report.uncertain() as u64;
    if uncertain > 0 {
        let references = count(uncertain, "reference");
        context.note(&format!(
            "{references} through values of unknown type may resolve or not"
        ));
    }
    if report.total() == 0 {
        context.note("every name resolves");
    }
    Ok(outcome)
}

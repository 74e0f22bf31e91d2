//! `arc query`.

use std::io::Write as _;

use arc_graph::NodeKind;
use arc_project::{QueryReport, SearchOptions, ask_search, spelled};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, count, inert};

/// Options of `arc query`.
#[derive(Args)]
pub(crate) struct QueryArguments {
    /// Words; camel case and snake case are split
    #[arg(required = true)]
    text: Vec<String>,
    /// Only this kind (function, class, file …)
    #[arg(long)]
    kind: Option<String>,
    /// Only paths that contain this
    #[arg(long)]
    path: Option<String>,
    /// Rows, 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Searches and prints.
pub(crate) fn run(arguments: &QueryArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let kind = match &arguments.kind {
        None => None,
        Some(name) => match NodeKind::from_name(name) {
            Some(kind) => Some(kind),
            None => {
                let names: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.as_str()).collect();
                return Err(Failure::Usage {
                    message: format!("there is no kind {name}"),
                    hints: vec![format!("one of {}", names.join(", "))],
                });
            }
        },
    };
    let opened = context.open(arguments.frozen)?;
    let text = arguments.text.join(" ");
    let options = SearchOptions {
        kind,
        path: arguments.path.clone(),
        limit: arguments.limit,
    };
    let (found, total) = ask_search(&opened.graph, &text, &options)?;
    let outcome = if found.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json {
        context.out.json(&QueryReport::new(&found, total))?;
        return Ok(outcome);
    }
    for node in &found {
        let place = inert(&spelled(node));
        writeln!(
            context.out,
            "{place}  {DIM}{}{DIM:#} {}",
            node.kind.as_str(),
            inert(&node.qualified_name)
        )?;
    }
    if found.is_empty() {
        context.note(&format!("nothing matches {text}"));
    } else if total > found.len() {
        context.note(&format!(
            "… and {}",
            count((total - found.len()) as u64, "more match").replace("matchs", "matches")
        ));
    }
    Ok(outcome)
}

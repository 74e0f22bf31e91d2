//! `arc relate`.

use std::io::Write as _;

use arc_graph::{Direction, EdgeKind};
use arc_project::{
    RelateReport, ask_related, coverage_made, direction_name, find_targets, spelled,
};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, inert};

/// Options of `arc relate`.
#[derive(Args)]
pub(crate) struct RelateArguments {
    /// A file, line or symbol
    node: String,
    /// Only these kinds of edge, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    edges: Vec<String>,
    /// Only what it depends on, or only what depends on it
    #[arg(long, value_parser = ["dependencies", "dependents"])]
    direction: Option<String>,
    /// Rows, 0 for all
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Ask the project as of this commit
    #[arg(long, value_name = "COMMIT")]
    at: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists the neighbours.
pub(crate) fn run(arguments: &RelateArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let kinds = edge_kinds(&arguments.edges)?;
    let directions: &[Direction] = match arguments.direction.as_deref() {
        Some("dependencies") => &[Direction::Dependencies],
        Some(_) => &[Direction::Dependents],
        None => &[Direction::Dependents, Direction::Dependencies],
    };
    let opened = context.open_at(arguments.frozen, arguments.at.as_deref())?;
    let targets = find_targets(&opened.graph, &opened.prefix, &arguments.node)?;
    let nodes: Vec<_> = targets.iter().map(|target| &target.node).collect();
    let related = ask_related(&opened.graph, &nodes, &kinds, directions)?;
    let outcome = if related.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if related.iter().any(|row| row.rule == "executed")
        && let Some(made) = coverage_made(&opened.graph)?
    {
        context.note(&format!("what tests ran is by coverage of {made}"));
    }
    if arguments.json {
        context
            .out
            .json(&RelateReport::new(&targets[0], &related, arguments.limit))?;
        return Ok(outcome);
    }
    let shown = if arguments.limit == 0 {
        related.len()
    } else {
        arguments.limit.min(related.len())
    };
    let mut heading = None;
    for row in &related[..shown] {
        if heading != Some((row.direction, row.kind)) {
            heading = Some((row.direction, row.kind));
            let title = match row.direction {
                Direction::Dependents => format!("{} it", row.kind.as_str()),
                Direction::Dependencies => format!("it {}", row.kind.as_str()),
            };
            writeln!(
                context.out,
                "{HEADING}{title}{HEADING:#} {DIM}({}){DIM:#}",
                direction_name(row.direction)
            )?;
        }
        let at = row.at.as_deref().unwrap_or("");
        writeln!(
            context.out,
            "  {}  {}  {DIM}{} {:.2} {}{DIM:#}",
            inert(&spelled(&row.node)),
            inert(&row.node.qualified_name),
            inert(at),
            row.confidence,
            row.rule,
        )?;
    }
    if shown < related.len() {
        context.note(&format!(
            "… and {} more (--limit 0 shows all)",
            related.len() - shown
        ));
    }
    Ok(outcome)
}

/// The kinds with these names; all of them when none is named.
pub(super) fn edge_kinds(names: &[String]) -> Result<Vec<EdgeKind>, Failure> {
    let mut kinds = Vec::new();
    for name in names
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
    {
        match EdgeKind::from_name(name) {
            Some(kind) => kinds.push(kind),
            None => {
                let known: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.as_str()).collect();
                return Err(Failure::Usage {
                    message: format!("there is no kind of edge {name}"),
                    hints: vec![format!("one of {}", known.join(", "))],
                });
            }
        }
    }
    Ok(kinds)
}

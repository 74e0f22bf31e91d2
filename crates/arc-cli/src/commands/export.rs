//! `arc export`.

use arc_project::{ExportFormat, ExportOptions, export};
use clap::Args;

use crate::commands::relate::edge_kinds;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc export`.
#[derive(Args)]
pub(crate) struct ExportArguments {
    /// The format
    #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "graphml", "dot"])]
    format: String,
    /// Only these kinds of edge, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    edges: Vec<String>,
    /// Leave out edges below this confidence
    #[arg(long, default_value_t = 0.5, value_name = "0..1")]
    min_confidence: f64,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
}

/// Streams the edges to standard output, in the order of files and lines.
pub(crate) fn run(arguments: &ExportArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let kinds = edge_kinds(&arguments.edges)?;
    if !(0.0..=1.0).contains(&arguments.min_confidence) {
        return Err(Failure::usage("--min-confidence is a number from 0 to 1"));
    }
    let opened = context.open(arguments.frozen)?;
    let options = ExportOptions {
        format: match arguments.format.as_str() {
            "graphml" => ExportFormat::GraphMl,
            "dot" => ExportFormat::Dot,
            _ => ExportFormat::Jsonl,
        },
        kinds,
        min_confidence: arguments.min_confidence,
    };
    export(&opened.graph, &options, &mut context.out)?;
    Ok(Outcome::Done)
}

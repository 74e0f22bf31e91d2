//! `arc export`.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use arc_project::{ExportFormat, ExportOptions, ScipSummary, export, export_scip};
use clap::Args;

use crate::commands::relate::edge_kinds;
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};
use crate::output::{count, raw_output};

/// Options of `arc export`.
#[derive(Args)]
pub(crate) struct ExportArguments {
    /// The format; `parquet` and `scip` are binary, for dataframes and for other tools
    #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "graphml", "dot", "parquet", "scip"])]
    format: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these kinds of edge, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    edges: Vec<String>,
    /// Leave out edges below this confidence
    #[arg(long, default_value_t = 0.5, value_name = "0..1")]
    min_confidence: f64,
    /// Use the graph as it is, and write nothing but the export
    #[arg(long)]
    frozen: bool,
}

/// Streams the graph to standard output or to a file, in the order of files and lines.
pub(crate) fn run(arguments: &ExportArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let kinds = edge_kinds(&arguments.edges)?;
    if !(0.0..=1.0).contains(&arguments.min_confidence) {
        return Err(Failure::usage("--min-confidence is a number from 0 to 1"));
    }
    let format = arguments.format.as_str();
    let is_scip = format == "scip";
    let is_binary = is_scip || format == "parquet";
    if is_binary && arguments.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage {
            message: format!("{format} is a binary format, and standard output is a terminal"),
            hints: vec![format!("write it to a file: `--output graph.{format}`")],
        });
    }
    let opened = context.open(arguments.frozen)?;
    let options = ExportOptions {
        format: match format {
            "graphml" => ExportFormat::GraphMl,
            "dot" => ExportFormat::Dot,
            "parquet" => ExportFormat::Parquet,
            _ => ExportFormat::Jsonl,
        },
        kinds,
        min_confidence: arguments.min_confidence,
    };
    let mut scip = None;
    let mut write = |out: &mut dyn Write| -> Result<(), Failure> {
        if is_scip {
            scip = Some(export_scip(&opened.graph, &opened.root, &options, out)?);
        } else {
            export(&opened.graph, &options, out)?;
        }
        Ok(())
    };
    match &arguments.output {
        Some(path) => to_file(&context.folder().join(path), &mut write)?,
        None if is_binary => raw_output(&mut write)?,
        None => write(&mut context.out)?,
    }
    if let Some(summary) = scip {
        tell(&summary, &opened, context);
    }
    Ok(Outcome::Done)
}

/// Says on standard error what an index leaves out.
fn tell(summary: &ScipSummary, opened: &Opened, context: &Context) {
    let documents = count(summary.documents as u64, "document");
    let occurrences = count(summary.occurrences as u64, "occurrence");
    context.note(&format!("wrote {documents} with {occurrences}"));
    if summary.unplaced > 0 {
        let edges = count(summary.unplaced as u64, "edge");
        context.note(&format!(
            "left out {edges} whose line does not spell the name of the target"
        ));
    }
    if summary.left_out > 0 {
        let files = count(summary.left_out as u64, "file");
        let why = if opened.is_frozen {
            "that differ from the graph or cannot be read as text"
        } else {
            "that cannot be read as text"
        };
        context.note(&format!("left out {files} {why}"));
    }
}

/// Writes a file whole or not at all.
fn to_file(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".tmp-{}", std::process::id()));
    let temporary = PathBuf::from(name);
    let failed = |error: io::Error| Failure::Usage {
        message: format!("cannot write {}: {error}", path.display()),
        hints: Vec::new(),
    };
    let mut out = BufWriter::new(File::create(&temporary).map_err(failed)?);
    let written = write(&mut out).and_then(|()| out.flush().map_err(failed));
    drop(out);
    let written = written.and_then(|()| fs::rename(&temporary, path).map_err(failed));
    if written.is_err() {
        // What cannot be removed is a file that the message above speaks of.
        let _ = fs::remove_file(&temporary);
    }
    written
}

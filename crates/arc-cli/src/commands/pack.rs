//! `arc pack` and `arc unpack`.

use std::io::Write as _;
use std::path::PathBuf;

use arc_project::{BuildOptions, pack, unpack};
use clap::Args;

use crate::context::{Context, PATIENCE};
use crate::failure::{Failure, Outcome};
use crate::output::{count, inert};

/// Options of `arc pack`.
#[derive(Args)]
pub(crate) struct PackArguments {
    /// The file to write
    #[arg(default_value = "graph.arcpack", value_name = "FILE")]
    file: PathBuf,
    /// Pack the graph as it is, without an update before
    #[arg(long)]
    frozen: bool,
}

/// Options of `arc unpack`.
#[derive(Args)]
pub(crate) struct UnpackArguments {
    /// A file that `arc pack` wrote in a clone of this repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Writes the graph into one file.
pub(crate) fn run_pack(
    arguments: &PackArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let file = context.folder().join(&arguments.file);
    let opened = context.open(arguments.frozen)?;
    let about = pack(opened.graph.path(), &file)?;
    let size = std::fs::metadata(&file).map_or(0, |metadata| metadata.len());
    writeln!(
        context.out,
        "{}: {} for {} of graph, at {}",
        inert(&arguments.file.to_string_lossy()),
        megabytes(size),
        megabytes(about.bytes),
        commit(about.head.as_deref())
    )?;
    Ok(Outcome::Done)
}

/// Starts from a graph that somebody else made, and indexes what is different here.
pub(crate) fn run_unpack(
    arguments: &UnpackArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let file = context.folder().join(&arguments.file);
    let root = context.root()?;
    let graph = context.graph_path(&root);
    let about = unpack(&file, &root, &graph, PATIENCE)?;
    let summary = context.build(
        &root,
        BuildOptions {
            brief: true,
            ..BuildOptions::default()
        },
    )?;
    writeln!(
        context.out,
        "the graph of {}, and {} that {} here",
        commit(about.head.as_deref()),
        count(summary.changed as u64, "file"),
        if summary.changed == 1 {
            "differs"
        } else {
            "differ"
        }
    )?;
    Ok(Outcome::Done)
}

fn commit(head: Option<&str>) -> String {
    let start = |head: &str| head.chars().take(10).collect();
    head.map_or_else(|| "no commit".to_owned(), start)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

//! `arc build`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use arc_project::{
    BuildMode, BuildOptions, CoverageReport, GraphFile, HistoryOption, ScipOption, ScipReport,
    import_coverage,
};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::commands::tickets::{self, TicketArguments, TicketsRead};
use crate::context::{Context, FEEDBACK_LOST, PATIENCE, TICKETS_LOST};
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, Output, WARN, count, grouped, inert};

/// Options of `arc build`.
#[derive(Args)]
pub(crate) struct BuildArguments {
    /// The folder of the project
    path: Option<PathBuf>,
    /// Start over instead of updating the graph that is there
    #[arg(long)]
    full: bool,
    /// Leave the commits out, and those indexed before; the next build without this reads them again
    #[arg(long)]
    no_history: bool,
    /// Merge the SCIP index of a compiler as exact edges; may be given several times. Takes the place of those merged before
    #[arg(long, value_name = "FILE")]
    scip: Vec<PathBuf>,
    /// Forget the SCIP indexes that were merged
    #[arg(long, conflicts_with = "scip")]
    no_scip: bool,
    /// Import which tests ran what: .coverage with contexts, lcov, Cobertura, `llvm-cov export`, Go cover profiles (a file a
    /// test), or a folder of such files; may be given several times. Takes the place of what was imported before
    #[arg(long, value_name = "PATH")]
    coverage: Vec<PathBuf>,
    /// The commit that the coverage was made at, when it is not of the files as they are
    #[arg(long, value_name = "REV", requires = "coverage")]
    coverage_at: Option<String>,
    /// Forget the coverage that was imported
    #[arg(long, conflicts_with = "coverage")]
    no_coverage: bool,
    #[command(flatten)]
    tickets: TicketArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Builds the graph and says what is in it.
pub(crate) fn run(arguments: &BuildArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let root = match &arguments.path {
        Some(path) => context.folder().join(path),
        None => context.root()?,
    };
    let files = arguments.scip.iter();
    let files: Vec<PathBuf> = files.map(|file| context.folder().join(file)).collect();
    let options = BuildOptions {
        full: arguments.full,
        scip: if files.is_empty() && !arguments.no_scip {
            ScipOption::Keep
        } else {
            ScipOption::Replace(files)
        },
        history: if arguments.no_history {
            HistoryOption::LeaveOut
        } else {
            HistoryOption::Read
        },
        brief: !arguments.json,
        ..BuildOptions::default()
    };
    let summary = context.build(&root, options)?;
    let coverage = import(arguments, context, &root)?;
    let tickets = tickets::read(&arguments.tickets, context, &root)?;
    if context.is_quiet() && !arguments.json {
        return Ok(Outcome::Done);
    }
    let seconds = start.elapsed().as_secs_f64();
    let path = context.graph_path(&root);
    // Counting reads the whole graph: an update must not pay for it.
    let is_detailed = arguments.json || summary.mode == BuildMode::Full;
    let counts = if is_detailed {
        Some(GraphFile::open(&path)?.counts()?)
    } else {
        None
    };
    if arguments.json {
        let named = |items: Vec<(&'static str, u64)>| -> Map<String, Value> {
            items
                .into_iter()
                .map(|(name, number)| (name.to_owned(), json!(number)))
                .collect()
        };
        let counts = counts.unwrap_or_default();
        let mut edges: Map<String, Value> = Map::new();
        for ((kind, rule), number) in &counts.edges {
            let by_rule = edges.entry(kind.as_str()).or_insert_with(|| json!({}));
            by_rule[rule.as_str()] = json!(number);
        }
        context.out.json(&json!({
            "schema": "arc.build/1",
            "mode": mode_name(summary.mode),
            "graph": path.display().to_string(),
            "files": summary.files,
            "source_files": summary.source_files,
            "changed": summary.changed,
            "rewritten": summary.rewritten,
            "marked": named(summary.marked.iter().map(|(name, number)| (*name, *number as u64)).collect()),
            "with_errors": summary.with_errors,
            "unreadable": summary.unreadable,
            "nodes": named(counts.nodes.iter().map(|(kind, number)| (kind.as_str(), *number)).collect()),
            "edges": edges,
            "unresolved": counts.unresolved,
            "commits": counts.commits,
            "rebuilt_because": summary.rebuilt_because,
            "scip_lost": summary.scip_lost,
            "tickets_lost": summary.tickets_lost,
            "feedback_lost": summary.feedback_lost,
            "scip": summary.scip.as_ref().map(|scip| json!({
                "documents": scip.documents,
                "missing": scip.missing,
                "stale": scip.stale,
                "occurrences": scip.occurrences,
                "mismatched": scip.mismatched,
                "notes": scip.notes,
            })),
            "coverage": coverage.as_ref().map(|coverage| json!({
                "tests": coverage.tests,
                "files": coverage.files,
                "left_out": coverage.left_out,
                "unknown": coverage.unknown,
                "empty": coverage.empty,
                "unnamed": coverage.unnamed,
            })),
            "tickets": tickets.as_ref().map(TicketsRead::json),
            "seconds": (seconds * 1000.0).round() / 1000.0,
        }))?;
        return Ok(Outcome::Done);
    }
    let out = &mut context.out;
    for sentence in coverage.iter().flat_map(CoverageReport::sentences) {
        writeln!(out, "  {DIM}coverage: {}{DIM:#}", inert(&sentence))?;
    }
    if let Some(tickets) = &tickets {
        tickets.tell(out)?;
    }
    if let Some(why) = &summary.rebuilt_because {
        writeln!(out, "{WARN}built anew:{WARN:#} {why}")?;
    }
    if let Some(lost) = &summary.scip_lost {
        writeln!(out, "{WARN}scip:{WARN:#} {}", inert(lost))?;
    }
    if summary.tickets_lost {
        writeln!(out, "{WARN}{TICKETS_LOST}{WARN:#}")?;
    }
    if summary.feedback_lost {
        writeln!(out, "{WARN}{FEEDBACK_LOST}{WARN:#}")?;
    }
    let files = count(summary.files as u64, "file");
    let Some(counts) = counts else {
        let changed = count(summary.changed as u64, "file");
        let rewritten = count(summary.rewritten as u64, "file");
        let (heading, what) = match summary.mode {
            BuildMode::Unchanged => ("up to date", format!("{files}, nothing changed")),
            BuildMode::History if arguments.no_history => {
                ("updated", format!("{files}, the commits are gone"))
            }
            BuildMode::History => ("updated", format!("{files}, new commits")),
            BuildMode::Shifted => ("updated", format!("{changed} changed, only lines moved")),
            BuildMode::Updated | BuildMode::Full => (
                "updated",
                format!("{changed} changed, the rows of {rewritten} rewritten"),
            ),
        };
        writeln!(
            out,
            "{HEADING}{heading}{HEADING:#}  {what} ({seconds:.2} s)"
        )?;
        if arguments.no_history {
            writeln!(
                out,
                "  {DIM}commits left out, as asked; `arc build` reads them{DIM:#}"
            )?;
        }
        tell_scip(out, summary.scip.as_ref())?;
        return Ok(Outcome::Done);
    };
    writeln!(
        out,
        "{HEADING}built{HEADING:#}  {files}, {} in a language arc reads ({seconds:.2} s)",
        grouped(summary.source_files as u64)
    )?;
    let symbols: u64 = counts.nodes.values().sum::<u64>()
        - counts
            .nodes
            .get(&arc_graph::NodeKind::File)
            .copied()
            .unwrap_or(0);
    writeln!(
        out,
        "  {} {DIM}in the graph{DIM:#}",
        count(symbols, "symbol")
    )?;
    let mut kinds: Vec<(&'static str, u64, u64)> = Vec::new();
    for ((kind, rule), number) in &counts.edges {
        let sure = if is_guess(*rule) { 0 } else { *number };
        match kinds.last_mut() {
            Some(last) if last.0 == kind.as_str() => {
                last.1 += number;
                last.2 += sure;
            }
            _ => kinds.push((kind.as_str(), *number, sure)),
        }
    }
    for (kind, number, sure) in kinds {
        let guesses = number - sure;
        let note = if guesses > 0 {
            format!(" {DIM}{} of them by name only{DIM:#}", grouped(guesses))
        } else {
            String::new()
        };
        writeln!(out, "  {:>10} {kind}{note}", grouped(number))?;
    }
    writeln!(
        out,
        "  {:>10} unresolved references {DIM}kept, see `arc doctor`{DIM:#}",
        grouped(counts.unresolved)
    )?;
    if counts.commits > 0 {
        writeln!(out, "  {:>10} commits", grouped(counts.commits))?;
    }
    if arguments.no_history {
        writeln!(
            out,
            "  {DIM}commits left out, as asked; `arc build` reads them{DIM:#}"
        )?;
    }
    if summary.with_errors > 0 {
        let files = count(summary.with_errors as u64, "file");
        writeln!(out, "  {files} with syntax errors")?;
    }
    let marked: Vec<String> = summary
        .marked
        .iter()
        .map(|(name, number)| format!("{} {name}", grouped(*number as u64)))
        .collect();
    if !marked.is_empty() {
        writeln!(out, "  {DIM}set apart: {}{DIM:#}", marked.join(", "))?;
    }
    tell_scip(out, summary.scip.as_ref())?;
    for place in summary.unreadable.iter().take(5) {
        writeln!(out, "  {WARN}not read:{WARN:#} {}", inert(place))?;
    }
    Ok(Outcome::Done)
}

/// Imports coverage into the graph that is there now.
fn import(
    arguments: &BuildArguments,
    context: &Context,
    root: &Path,
) -> Result<Option<CoverageReport>, Failure> {
    if arguments.coverage.is_empty() && !arguments.no_coverage {
        return Ok(None);
    }
    let files = arguments.coverage.iter();
    let files: Vec<PathBuf> = files
        .flat_map(|file| files_of(context.folder().join(file)))
        .collect();
    let graph = context.graph_path(root);
    let at = arguments.coverage_at.as_deref();
    let report = import_coverage(root, &graph, &files, at, PATIENCE)?;
    Ok(Some(report).filter(|_| !files.is_empty()))
}

/// The files of a folder by name, without hidden ones; else the path as it is. What cannot be read is told by who reads it.
fn files_of(path: PathBuf) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(&path) else {
        return vec![path];
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.is_file())
        .filter(|file| {
            !file
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
        })
        .collect();
    files.sort();
    if files.is_empty() { vec![path] } else { files }
}

/// What became of indexes of compilers.
fn tell_scip(out: &mut Output, scip: Option<&ScipReport>) -> Result<(), Failure> {
    for sentence in scip.into_iter().flat_map(ScipReport::sentences) {
        writeln!(out, "  {DIM}scip: {}{DIM:#}", inert(&sentence))?;
    }
    Ok(())
}

fn is_guess(rule: arc_graph::Rule) -> bool {
    matches!(
        rule,
        arc_graph::Rule::BareName | arc_graph::Rule::UniqueName
    )
}

fn mode_name(mode: BuildMode) -> &'static str {
    match mode {
        BuildMode::Full => "full",
        BuildMode::Updated => "updated",
        BuildMode::Shifted => "shifted",
        BuildMode::History => "history",
        BuildMode::Unchanged => "unchanged",
    }
}

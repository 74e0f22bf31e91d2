//! `arc query`.

use std::io::Write as _;

use arc_agents::ToolSpec;
use arc_graph::NodeKind;
use arc_project::{FoundRow, QueryOptions, QueryReport, ask_query, day_of};
use clap::Args;
use serde_json::{Value, json};

use super::ask::Asked;
use super::day;
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, HEADING, count, inert};

const AFTER_HELP: &str = "\
Filters may stand among the words: kind:decision path:src/ author:ada since:2024-05-01 lang:python.
Filters alone list the commits, pull requests, issues, decisions and changes that they fit.
Without --answer nothing here asks a model: what is printed is what was found. With it the model that `arc ask` asks looks among what
is found, within the filters, and every place that its answer refers to is checked to be there; exit code 1 when none is.";

/// Options of `arc query`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct QueryArguments {
    /// Words; camel case and snake case are split
    text: Vec<String>,
    /// Only this kind (function, class, file, commit, pull_request, issue, decision, change …)
    #[arg(long)]
    kind: Option<String>,
    /// Only paths that contain this, and commits that changed one
    #[arg(long)]
    path: Option<String>,
    /// Only commits of people with this in the name or address, and tickets of such accounts
    #[arg(long)]
    author: Option<String>,
    /// Only commits, tickets that changed and dated texts from this day on (2024-05-01)
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Only files in this language, and commits that changed one
    #[arg(long)]
    lang: Option<String>,
    /// Rows, 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Have the configured model answer the question from what is found, and name the places
    #[arg(long)]
    answer: bool,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Searches and prints.
pub(crate) fn run(arguments: &QueryArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let asked = arguments.text.join(" ");
    let (text, options) = question(&asked, arguments)?;
    if arguments.answer {
        return answer(&asked, &options, arguments, context);
    }
    let opened = context.open(arguments.frozen)?;
    let (found, total) = ask_query(&opened.graph, &opened.root, &text, &options)?;
    let outcome = if found.is_empty() {
        Outcome::No
    } else {
        Outcome::Done
    };
    if arguments.json {
        context.out.json(&QueryReport::of_rows(&found, total))?;
        return Ok(outcome);
    }
    for row in &found {
        print(context, row)?;
    }
    if found.is_empty() {
        context.note(&format!("nothing matches {}", inert(&text)));
    } else if total > found.len() {
        context.note(&format!(
            "… and {}",
            count((total - found.len()) as u64, "more match").replace("matchs", "matches")
        ));
    }
    Ok(outcome)
}

/// Has a model answer what is asked. It may search again in other words, never beyond the filters of the command.
fn answer(
    asked: &str,
    within: &QueryOptions,
    arguments: &QueryArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let tool = ToolSpec {
        name: "query".to_owned(),
        description: "Find code, documents, commits, pull requests, issues, decisions and changes by words. Use it first. \
            kind:commit, path:src/, author:ada, since:2024-05-01 and lang:python may stand among them."
            .to_owned(),
        input: json!({
            "type": "object",
            "properties": {"text": {"type": "string", "description": "Words and filters"}},
            "required": ["text"],
            "additionalProperties": false,
        }),
    };
    let search = |opened: &Opened, value: Value| {
        let words = value["text"].as_str().unwrap_or_default();
        let (text, own) = question(words, arguments)?;
        let options = QueryOptions {
            kind: within.kind.or(own.kind),
            path: within.path.clone().or(own.path),
            author: within.author.clone().or(own.author),
            since: within.since.or(own.since),
            language: within.language.clone().or(own.language),
            limit: within.limit,
        };
        let (found, total) = ask_query(&opened.graph, &opened.root, &text, &options)?;
        let report = serde_json::to_string(&QueryReport::of_rows(&found, total))?;
        Ok(inert(&report))
    };
    let asked = Asked {
        question: asked,
        is_frozen: arguments.frozen,
        is_json: arguments.json,
        own: Some((tool, &search)),
    };
    asked.run(context)
}

/// The words to look for, and the filters among them or beside them.
fn question(text: &str, arguments: &QueryArguments) -> Result<(String, QueryOptions), Failure> {
    let mut kind = arguments.kind.clone();
    let mut since = arguments.since.clone();
    let mut options = QueryOptions {
        path: arguments.path.clone(),
        author: arguments.author.clone(),
        language: arguments.lang.clone(),
        limit: arguments.limit,
        ..QueryOptions::default()
    };
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let filter = word.split_once(':').filter(|(_, value)| !value.is_empty());
        let slot = match filter {
            Some(("kind", _)) => &mut kind,
            Some(("path", _)) => &mut options.path,
            Some(("author", _)) => &mut options.author,
            Some(("since", _)) => &mut since,
            Some(("lang", _)) => &mut options.language,
            Some(_) | None => {
                words.push(word);
                continue;
            }
        };
        *slot = filter.map(|(_, value)| value.to_owned());
    }
    let is_filtered = kind.is_some()
        || since.is_some()
        || options.path.is_some()
        || options.author.is_some()
        || options.language.is_some();
    if words.is_empty() && !is_filtered {
        return Err(Failure::usage(
            "there is nothing to look for: give words or a filter".to_owned(),
        ));
    }
    options.kind = kind.as_deref().map(kind_named).transpose()?;
    options.since = since.as_deref().map(day).transpose()?;
    options.language = options.language.map(|language| language.to_lowercase());
    Ok((words.join(" "), options))
}

fn kind_named(name: &str) -> Result<NodeKind, Failure> {
    NodeKind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Failure::Usage {
            message: format!("there is no kind {}", inert(name)),
            hints: vec![format!("one of {}", names.join(", "))],
        }
    })
}

fn print(context: &mut Context, row: &FoundRow) -> Result<(), Failure> {
    let place = match (&row.path, row.line) {
        (Some(path), Some(line)) => format!("{}:{line}", inert(path)),
        (Some(path), None) => inert(path),
        (None, _) => match (&row.commit, row.number) {
            (Some(commit), _) => commit.to_string()[..10].to_owned(),
            (None, Some(number)) => format!("#{number}"),
            (None, None) => inert(row.symbol.as_deref().unwrap_or(&row.title)),
        },
    };
    let name = inert(row.symbol.as_deref().unwrap_or(&row.title));
    let out = &mut context.out;
    write!(
        out,
        "{place}  {DIM}{}{DIM:#} {HEADING}{name}{HEADING:#}",
        row.kind.as_str()
    )?;
    if let (Some(author), Some(time)) = (&row.author, row.time) {
        write!(out, "  {DIM}{} {}{DIM:#}", inert(author), day_of(time))?;
    }
    writeln!(out)?;
    if let Some(snippet) = &row.snippet {
        writeln!(out, "    {DIM}{}{DIM:#}", inert(snippet))?;
    }
    Ok(())
}

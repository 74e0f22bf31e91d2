//! `arc impact`.

use std::collections::BTreeSet;
use std::io::Write as _;

use arc_graph::{NodeKind, NodeRecord};
use arc_project::{
    CoverageUsed, Impact, ImpactAnswer, ImpactOptions, ImpactReport, Impacted, Question,
    RiskFactor, Seeds, Target, Unit, ask_impact_of, differing, spelled,
};
use clap::Args;

use crate::commands::changes;
use crate::commands::impact_formats::{self, Picture};
use crate::commands::targets::{Asked, TargetArguments, note};
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, HEADING, Output, WARN, bar, count, grouped, inert};

/// Places of unresolved references that are printed.
const SHOWN_SITES: usize = 5;
/// Reasons for a risk that are printed.
const SHOWN_FACTORS: usize = 3;

/// Rows of a list when nobody says how many.
const ROWS: usize = 20;

/// Options of `arc impact`.
#[derive(Args)]
pub(crate) struct ImpactArguments {
    #[command(flatten)]
    targets: TargetArguments,
    /// Rows of each list, 0 for all; 20 unless told, of which a terminal gets those above 2 %, and five in any case
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What a row is
    #[arg(long, value_parser = ["file", "symbol"])]
    by: Option<String>,
    /// Leave out rows below this score
    #[arg(long, default_value_t = 0.0, value_name = "SCORE")]
    min_score: f64,
    /// Only what may break, or only what usually changes along
    #[arg(long, value_parser = ["breaks", "goes-with"])]
    only: Option<String>,
    /// For other readers: a comment on a pull request, or a picture of what leads to the targets
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "markdown", "dot", "mermaid"])]
    format: Option<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Answers and prints.
pub(crate) fn run(arguments: ImpactArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let asked = Asked::read(&arguments.targets)?;
    let opened = context.open_at(arguments.targets.frozen, arguments.targets.at.as_deref())?;
    let found = asked.find(&opened)?;
    note(&found, context);
    let options = ImpactOptions {
        by: match arguments.by.as_deref() {
            Some("file") => Unit::File,
            Some(_) => Unit::Symbol,
            None => Unit::LikeTargets,
        },
        question: match arguments.only.as_deref() {
            Some("breaks") => Question::Breaks,
            Some(_) => Question::GoesWith,
            None => Question::Both,
        },
        limit: arguments.limit.unwrap_or(ROWS),
        min_score: arguments.min_score,
        ..ImpactOptions::default()
    };
    let answer = ask_impact_of(&opened.graph, &opened.root, &found, &options)?;
    let stale = stale_files(&opened, &answer)?;
    if arguments.json {
        let report = ImpactReport::new(&answer, found.changes.as_ref(), stale);
        context.out.json(&report)?;
        return Ok(Outcome::Done);
    }
    let out = &mut context.out;
    match arguments.format.as_deref() {
        Some("markdown") => impact_formats::markdown(&answer, &found, level(&answer), out)?,
        Some("dot") => impact_formats::picture(&answer, &opened.graph, Picture::Dot, out)?,
        Some("mermaid") => impact_formats::picture(&answer, &opened.graph, Picture::Mermaid, out)?,
        Some(_) | None => print(&answer, &found, arguments.limit.is_some(), out)?,
    }
    if let Some(stale) = stale.filter(|stale| *stale > 0) {
        context.note(&format!(
            "{} of this answer differ from the graph (--frozen)",
            count(stale as u64, "file")
        ));
    }
    Ok(Outcome::Done)
}

/// With a frozen graph, the files of the answer that are not as the graph has them.
fn stale_files(opened: &Opened, answer: &ImpactAnswer) -> Result<Option<usize>, Failure> {
    if !opened.is_frozen {
        return Ok(None);
    }
    let nodes = answer.targets.iter().map(|target| &target.node);
    let rows = answer
        .impact
        .impacted
        .iter()
        .chain(&answer.impact.tests)
        .map(|row| &row.node);
    let paths: BTreeSet<String> = nodes
        .chain(rows)
        .filter_map(|node| node.path.clone())
        .collect();
    Ok(Some(differing(&opened.graph, &opened.root, &paths)?.len()))
}

fn print(
    answer: &ImpactAnswer,
    found: &Seeds,
    is_all: bool,
    out: &mut Output,
) -> Result<(), Failure> {
    let impact = &answer.impact;
    match &found.changes {
        Some(changes) => {
            changes::print(changes, out)?;
            if found.walked.is_empty() {
                return Ok(());
            }
            writeln!(out, "{HEADING}impacted{HEADING:#}")?;
        }
        None => names(answer, out)?,
    }
    if impact.impacted.is_empty() {
        if answer.is_complete() {
            writeln!(
                out,
                "  {GOOD}nothing depends on it{GOOD:#}, and no reference by that name is unresolved"
            )?;
        } else {
            writeln!(
                out,
                "  {WARN}nothing known depends on it{WARN:#}, but not everything is known; see below"
            )?;
        }
    }
    let shown = telling(&impact.impacted, is_all);
    rows(shown, out)?;
    more(impact, impact.total_impacted, shown.len(), out)?;
    if !impact.tests.is_empty() {
        writeln!(out, "{HEADING}tests{HEADING:#}")?;
        rows(&impact.tests, out)?;
        more(impact, impact.total_tests, impact.tests.len(), out)?;
        if impact.unlikely_tests > 0 {
            let others = count(impact.unlikely_tests as u64, "test");
            writeln!(
                out,
                "  {DIM}{others} that could reach it, far less likely, left out{DIM:#}"
            )?;
        }
    }
    risk_line(answer, out)?;
    unknown_lines(answer, out)
}

fn names(answer: &ImpactAnswer, out: &mut Output) -> Result<(), Failure> {
    /// Targets that a person reads the names of.
    const FIRST: usize = 8;
    let titles = titles(&answer.targets);
    let first = titles[..titles.len().min(FIRST)].join(", ");
    write!(out, "{HEADING}{}{HEADING:#}", inert(&first))?;
    match titles.len().saturating_sub(FIRST) {
        0 => writeln!(out)?,
        rest => writeln!(out, " {DIM}and {rest} more{DIM:#}")?,
    }
    Ok(())
}

/// What a person reads: the first few rows, and of the rest those that are not unlikely.
fn telling(rows: &[Impacted], is_all: bool) -> &[Impacted] {
    const FIRST: usize = 5;
    /// One in fifty.
    const UNLIKELY: f64 = 0.02;
    /// Printed as 0 %.
    const NOTHING: f64 = 0.005;
    let likely = rows.partition_point(|row| row.score >= UNLIKELY);
    if is_all {
        rows
    } else {
        let some = rows.partition_point(|row| row.score >= NOTHING);
        &rows[..likely.max(FIRST.min(some))]
    }
}

fn rows(rows: &[Impacted], out: &mut Output) -> Result<(), Failure> {
    for row in rows {
        let place = place(&row.node);
        writeln!(
            out,
            "  {} {:>3.0}%  {}",
            bar(row.score, 8),
            row.score * 100.0,
            inert(&place)
        )?;
        for reason in &row.reasons {
            let at = reason
                .at
                .iter()
                .take(2)
                .map(|at| short(at))
                .collect::<Vec<_>>()
                .join(" ");
            let gap = if at.is_empty() { "" } else { "  " };
            writeln!(
                out,
                "                 {DIM}{}{gap}{}{DIM:#}",
                inert(&reason.text),
                inert(&at)
            )?;
        }
    }
    Ok(())
}

/// A place as people read it: of a commit the first digits.
pub(super) fn short(at: &str) -> &str {
    const DIGITS: usize = 10;
    let is_commit = at.len() == 40 && at.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit { &at[..DIGITS] } else { at }
}

fn more(impact: &Impact, total: usize, shown: usize, out: &mut Output) -> Result<(), Failure> {
    if total > 0 && shown == 0 {
        writeln!(
            out,
            "  {DIM}{}{} that depend on it from afar, each below 1 % (--limit 0 shows all){DIM:#}",
            at_least(impact),
            count(total as u64, "row")
        )?;
    } else if total > shown {
        writeln!(
            out,
            "  {DIM}… and {}{} more (--limit 0 shows all){DIM:#}",
            at_least(impact),
            total - shown
        )?;
    }
    Ok(())
}

fn at_least(impact: &Impact) -> &'static str {
    if impact.is_partial { "at least " } else { "" }
}

/// How risky, in a word.
fn level(answer: &ImpactAnswer) -> &'static str {
    match &answer.risk {
        Some(risk) => risk.level.as_str(),
        None => arc_project::reach_risk(answer).level,
    }
}

fn risk_line(answer: &ImpactAnswer, out: &mut Output) -> Result<(), Failure> {
    let level = level(answer);
    let style = match level {
        "low" => GOOD,
        "medium" | "unknown" => WARN,
        _ => BAD,
    };
    let impact = &answer.impact;
    writeln!(
        out,
        "{HEADING}risk{HEADING:#} {style}{level}{style:#}  {}, {}{}",
        count(impact.dependents as u64, "direct dependent"),
        at_least(impact),
        count(impact.total_tests as u64, "test"),
    )?;
    if let Some(risk) = &answer.risk {
        // None of anything is no reason, but for somebody who is seldom here.
        let factors = risk.factors.iter().filter(|factor| {
            factor.share > 0.0 && (factor.value > 0.0 || factor.name == "author_changes")
        });
        let told: Vec<String> = factors.take(SHOWN_FACTORS).map(told).collect();
        writeln!(
            out,
            "  {DIM}more than {:.0} % of the newest commits here: {}{DIM:#}",
            100.0 * risk.score,
            told.join(", ")
        )?;
    }
    Ok(())
}

/// One reason for a risk, for people.
fn told(factor: &RiskFactor) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts, which were whole and not negative"
    )]
    let number = factor.value as u64;
    match factor.name {
        "lines" => format!("{} changed", count(number, "line")),
        "people" if number == 1 => "1 person has changed these files".to_owned(),
        "people" => format!("{} people have changed these files", grouped(number)),
        "author_changes" if number == 0 => "the author changed nothing here in a year".to_owned(),
        "author_changes" => format!("{} by the author in a year", count(number, "change")),
        "unfamiliar_author" if factor.value >= 1.0 => "the author is new to these files".to_owned(),
        "unfamiliar_author" => {
            let others = 100.0 * factor.value;
            format!("{others:.0} % of the changes of these files by others")
        }
        other => other.to_owned(),
    }
}

fn unknown_lines(answer: &ImpactAnswer, out: &mut Output) -> Result<(), Failure> {
    let unresolved = &answer.impact.unresolved;
    if !unresolved.is_empty() {
        let mut targets = answer.targets.iter();
        let what = if targets.any(|target| target.node.kind.holds_definitions()) {
            "it or something in it"
        } else {
            "it"
        };
        let noun = count(unresolved.total() as u64, "unresolved reference");
        writeln!(
            out,
            "{HEADING}unknown{HEADING:#} {WARN}{noun}{WARN:#} could mean {what}:"
        )?;
        for site in unresolved.listed.iter().take(SHOWN_SITES) {
            writeln!(
                out,
                "  {}:{} {DIM}{}{DIM:#}",
                inert(&site.path),
                site.line,
                inert(&site.name)
            )?;
        }
        let shown = unresolved.listed.len().min(SHOWN_SITES);
        let told: usize = unresolved.common.iter().map(|(_, sites)| sites).sum();
        let more = unresolved.total().saturating_sub(shown + told);
        if more > 0 {
            writeln!(out, "  {DIM}… and {more} more{DIM:#}")?;
        }
        if !unresolved.common.is_empty() {
            let names = unresolved.common.iter().take(SHOWN_SITES);
            let names: Vec<String> = names
                .map(|(name, sites)| format!("{sites} of `{}`", inert(name)))
                .collect();
            let others = unresolved.common.len() - names.len();
            let others = match others {
                0 => String::new(),
                others => format!(", and {}", count(others as u64, "other name")),
            };
            writeln!(
                out,
                "  {DIM}members' names that many things have: {}{others}{DIM:#}",
                names.join(", ")
            )?;
        }
    }
    if let Some(sentence) = answer.coverage.as_ref().and_then(CoverageUsed::sentence) {
        writeln!(out, "{DIM}{}{DIM:#}", inert(&sentence))?;
    }
    if answer.is_open() {
        writeln!(
            out,
            "{WARN}code outside the project{WARN:#} may run it without naming it: it overrides or is handed to something from there"
        )?;
    }
    if let Some(path) = &answer.sets_up {
        writeln!(
            out,
            "{WARN}everything may depend on it{WARN:#}: {} decides how the project is built or run; `arc tests` lists all tests",
            inert(path)
        )?;
    } else if answer.is_read_by_name {
        writeln!(
            out,
            "{WARN}programs may read it by its name{WARN:#} when they run, which no reference in code says"
        )?;
    }
    if answer.error_bytes > 0 {
        writeln!(
            out,
            "{WARN}syntax errors{WARN:#} in the target's file hide {} bytes",
            answer.error_bytes
        )?;
    }
    Ok(())
}

/// What a target is called: a file by its path, all else by kind and name with its places.
fn titles(targets: &[Target]) -> Vec<String> {
    let mut titles: Vec<(String, Vec<String>)> = Vec::new();
    for Target { node, .. } in targets {
        let name = match (&node.path, node.kind) {
            (Some(path), NodeKind::File) => path.clone(),
            (Some(_), kind) => format!("{} {}", kind.as_str(), node.qualified_name),
            (None, _) => node.qualified_name.clone(),
        };
        let place = (node.path.is_some() && node.kind != NodeKind::File).then(|| spelled(node));
        match titles.iter_mut().find(|(known, _)| *known == name) {
            Some((_, places)) => places.extend(place),
            None => titles.push((name, place.into_iter().collect())),
        }
    }
    let spelled = |(name, places): (String, Vec<String>)| match places.as_slice() {
        [] => name,
        places => format!("{name} ({})", places.join(", ")),
    };
    titles.into_iter().map(spelled).collect()
}

fn place(node: &NodeRecord) -> String {
    match (&node.path, node.kind) {
        (Some(path), NodeKind::File) => path.clone(),
        (Some(path), _) => format!("{path}:{}  {}", node.line, node.qualified_name),
        (None, _) => node.qualified_name.clone(),
    }
}

//! `arc eval`.

use std::io::Write as _;

use arc_project::{EvalOptions, EvalReport, GroupReport, RankerReport, evaluate, time_of_day};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{DIM, GOOD, HEADING, Output, WARN, bar, count, inert};

/// Folders and languages that are printed.
const SHOWN_GROUPS: usize = 8;

/// Calibration errors up to this are small.
const SMALL_ERROR: f64 = 0.05;

/// Options of `arc eval`.
#[derive(Args)]
pub(crate) struct EvalArguments {
    /// The newest commits to ask about, at most; at least half of the history stays to learn from
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    commits: u32,
    /// Ask about the commits since this day
    #[arg(long, value_name = "YYYY-MM-DD")]
    since: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Replays and prints.
pub(crate) fn run(arguments: &EvalArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let since = match &arguments.since {
        Some(text) => Some(time_of_day(text).ok_or_else(|| {
            Failure::usage(format!("--since wants a day like 2024-05-01, not {text}"))
        })?),
        None => None,
    };
    let options = EvalOptions {
        commits: arguments.commits as usize,
        since,
    };
    let root = context.root()?;
    let report = context.watched(|watcher| evaluate(&root, &options, watcher))?;
    if arguments.json {
        context.out.json(&report)?;
        return Ok(Outcome::Done);
    }
    print(&report, &mut context.out)?;
    if report.split.shallow {
        context.note("the clone is shallow: with the whole history, answers would be better");
    }
    Ok(Outcome::Done)
}

fn print(report: &EvalReport, out: &mut Output) -> Result<(), Failure> {
    let split = &report.split;
    writeln!(
        out,
        "{HEADING}{} of {} to {}{HEADING:#}, asked of a graph that ends before them",
        count(report.commits as u64, "commit"),
        split.date,
        split.until
    )?;
    let commit = split.commit.get(..10).unwrap_or(&split.commit);
    writeln!(
        out,
        "{DIM}{} about one changed file each: which other files did the commit change? Known: {} up to {commit}{DIM:#}",
        count(report.questions as u64, "question"),
        count(split.past_commits as u64, "commit"),
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "  {DIM}{:<18} hit@10  recall@10   MRR   MAP{DIM:#}",
        ""
    )?;
    for (at, ranker) in report.rankers.iter().enumerate() {
        let style = if at == 0 { HEADING } else { DIM };
        writeln!(
            out,
            "  {style}{:<18}{style:#} {:>5.1}%     {:>5.1}%  {:.3}  {:.3}  {}",
            name_of(ranker),
            100.0 * ranker.hit_at_10,
            100.0 * ranker.recall_at_10,
            ranker.mrr,
            ranker.map,
            bar(ranker.map, 20)
        )?;
    }
    gain_line(report, out)?;
    calibration(report, out)?;
    for (title, groups) in [("folder", &report.folders), ("language", &report.languages)] {
        group_table(title, groups, out)?;
    }
    Ok(())
}

/// What a ranking is called.
fn name_of(ranker: &RankerReport) -> &'static str {
    match ranker.name {
        "impact" => "arc impact",
        "co_change" => "plain co-change",
        _ => "same folder",
    }
}

fn gain_line(report: &EvalReport, out: &mut Output) -> Result<(), Failure> {
    let gain = &report.gain;
    let (style, verdict) = if gain.low > 0.0 {
        (GOOD, "better than plain co-change here")
    } else if gain.high < 0.0 {
        (WARN, "worse than plain co-change here")
    } else {
        (DIM, "too few commits to tell it from plain co-change")
    };
    writeln!(
        out,
        "  {style}{verdict}{style:#} {DIM}MAP {:+.3}, 95 % interval {:+.3} to {:+.3}{DIM:#}",
        gain.map, gain.low, gain.high
    )?;
    Ok(())
}

fn calibration(report: &EvalReport, out: &mut Output) -> Result<(), Failure> {
    let calibration = &report.calibration;
    let style = if calibration.ece <= SMALL_ERROR {
        GOOD
    } else {
        WARN
    };
    writeln!(out)?;
    writeln!(
        out,
        "{HEADING}scores{HEADING:#} {style}off by {:.1} points{style:#} on average {DIM}({}){DIM:#}",
        100.0 * calibration.ece,
        count(calibration.rows as u64, "row")
    )?;
    writeln!(
        out,
        "  {DIM}{:<9} {:>8}  {:>6}  came true{DIM:#}",
        "score", "rows", "mean"
    )?;
    for bin in &calibration.bins {
        writeln!(
            out,
            "  {:>3.0}-{:>3.0} % {:>9}  {:>4.0} %  {:>4.0} %  {}",
            100.0 * bin.from,
            100.0 * bin.to,
            bin.rows,
            100.0 * bin.score,
            100.0 * bin.right,
            bar(bin.right, 20)
        )?;
    }
    Ok(())
}

fn group_table(title: &str, groups: &[GroupReport], out: &mut Output) -> Result<(), Failure> {
    if groups.len() < 2 {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(
        out,
        "{HEADING}{title:<20}{HEADING:#} {DIM}questions  hit@10  recall@10   MAP  co-change{DIM:#}"
    )?;
    for group in groups.iter().take(SHOWN_GROUPS) {
        if let [impact, co_change, ..] = group.rankers.as_slice() {
            writeln!(
                out,
                "  {:<18} {:>9}  {:>5.1}%     {:>5.1}%  {:.3}      {:.3}",
                inert(&group.name),
                group.questions,
                100.0 * impact.hit_at_10,
                100.0 * impact.recall_at_10,
                impact.map,
                co_change.map
            )?;
        }
    }
    if groups.len() > SHOWN_GROUPS {
        writeln!(
            out,
            "  {DIM}… and {} more (--json has all){DIM:#}",
            groups.len() - SHOWN_GROUPS
        )?;
    }
    Ok(())
}

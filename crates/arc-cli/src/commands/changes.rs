//! What a diff did, for a person.

use std::io::Write as _;

use arc_project::{Change, ChangeKind, Changes, Verdict};

use crate::failure::Failure;
use crate::output::{BAD, DIM, GOOD, HEADING, Output, WARN, count, inert};

/// Changes that are printed.
const SHOWN: usize = 30;
/// Places of a change that are printed.
const SHOWN_SITES: usize = 3;

/// Prints what a diff did to each definition, what breaks first.
pub(super) fn print(changes: &Changes, out: &mut Output) -> Result<(), Failure> {
    let files = count(changes.files as u64, "file");
    writeln!(
        out,
        "{HEADING}changed{HEADING:#} against {}  {DIM}{files}{DIM:#}",
        inert(&changes.against)
    )?;
    if changes.files == 0 {
        writeln!(out, "  {GOOD}nothing differs{GOOD:#}")?;
        return Ok(());
    }
    let mut sorted: Vec<&Change> = changes.changes.iter().collect();
    sorted.sort_by_key(|change| change.verdict);
    for change in sorted.iter().take(SHOWN) {
        line(change, out)?;
    }
    if sorted.len() > SHOWN {
        let more = sorted.len() - SHOWN;
        writeln!(out, "  {DIM}… and {more} more (--json has all){DIM:#}")?;
    }
    if changes.has_no_impact() {
        writeln!(
            out,
            "  {GOOD}no behavioral impact{GOOD:#}: only comments, layout or permissions differ"
        )?;
    }
    Ok(())
}

fn line(change: &Change, out: &mut Output) -> Result<(), Failure> {
    let (style, verdict) = match change.verdict {
        Verdict::Breaking => (BAD, "breaking "),
        Verdict::Review => (WARN, "review   "),
        Verdict::NoImpact => (DIM, "no impact"),
    };
    writeln!(
        out,
        "  {style}{verdict}{style:#} {:<10} {}{DIM}{}{DIM:#}",
        change.kind.as_str(),
        inert(&what(change)),
        inert(&note(change)),
    )?;
    for site in change.sites.iter().take(SHOWN_SITES) {
        writeln!(out, "                         {DIM}{}{DIM:#}", inert(site))?;
    }
    if change.sites.len() > SHOWN_SITES {
        let more = change.sites.len() - SHOWN_SITES;
        writeln!(
            out,
            "                         {DIM}… and {more} more places{DIM:#}"
        )?;
    }
    Ok(())
}

/// The definition or file that changed, as a place to open.
pub(super) fn what(change: &Change) -> String {
    match (&change.symbol, change.line) {
        (Some(symbol), Some(line)) => format!("{}:{line}  {symbol}", change.path),
        (Some(symbol), None) => format!("{}  {symbol}", change.path),
        (None, _) => change.path.clone(),
    }
}

/// What else is to be said of it, with a gap before it.
pub(super) fn note(change: &Change) -> String {
    let before = match (&change.symbol, &change.old_symbol, &change.old_path) {
        (Some(_), Some(old), _) => format!("  was {old}"),
        (None, _, Some(old)) => format!("  was {old}"),
        (Some(_), None, Some(old)) if change.kind == ChangeKind::Moved => {
            format!("  was in {old}")
        }
        (Some(_), None, _) | (None, _, None) => String::new(),
    };
    if change.note.is_empty() {
        before
    } else {
        format!("{before}  {}", change.note)
    }
}

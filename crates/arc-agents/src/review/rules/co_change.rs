//! Files that nearly always change along, and do not.

use std::collections::{BTreeMap, BTreeSet};

use arc_project::{AskError, Change};

use super::{counted, listed};
use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::subject::{Subject, is_test};

/// Files of a change whose history is looked at; a larger change is not made by hand.
const MAX_FILES: usize = 30;
/// Partners of a file that are looked at.
const PARTNERS: usize = 8;
/// Common commits below this number tell nothing.
const MIN_COMMITS: u32 = 6;
/// The part of the commits of a file that a partner was in, at least.
const MIN_SHARE: f64 = 0.75;
/// The same by weights, where old commits and large ones count less.
const MIN_WEIGHT: f64 = 0.5;
/// Commits of about the size of the change that had both, at least.
const MIN_ALIKE: u32 = 2;
/// Files of a commit that is about as large as a change of few files.
const FEW: usize = 4;
/// What is said of one change, at most.
const MAX_FINDINGS: usize = 3;

/// What speaks for a file that is missing.
struct Missing<'a> {
    /// The chance that all of this is an accident.
    doubt: f64,
    /// The changed file, common commits and all its commits.
    because: Vec<(&'a str, u32, u32)>,
}

pub(super) fn find(
    subject: &Subject<'_>,
    changes: &[Change],
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    let touched: BTreeSet<&str> = changes
        .iter()
        .flat_map(|change| [Some(&change.path), change.old_path.as_ref()])
        .flatten()
        .map(String::as_str)
        .chain(subject.files().iter().map(|file| &*file.path))
        .collect();
    let modified: Vec<&str> = subject
        .files()
        .iter()
        .filter(|file| file.old.is_some())
        .map(|file| &*file.path)
        .collect();
    if modified.len() > MAX_FILES {
        return Ok(());
    }
    let mut missing: BTreeMap<String, Missing<'_>> = BTreeMap::new();
    for path in modified {
        let Some(history) = subject.graph.file_history(path)? else {
            continue;
        };
        for partner in subject.graph.co_changed(path, PARTNERS)? {
            let share = f64::from(partner.count) / f64::from(history.revisions.max(1));
            let weight = partner.weight as f64 / history.weight.max(1) as f64;
            // A test may change without what it tests, not the other way round.
            let is_tested =
                is_test(subject.graph, path)? && !is_test(subject.graph, &partner.path)?;
            let is_often =
                partner.count >= MIN_COMMITS && share >= MIN_SHARE && weight >= MIN_WEIGHT;
            if !is_often
                || is_tested
                || touched.contains(&*partner.path)
                || subject.graph.file(&partner.path)?.is_none()
                || !is_usual(subject, (path, &partner.path), touched.len())?
            {
                continue;
            }
            let found = missing.entry(partner.path).or_insert(Missing {
                doubt: 1.0,
                because: Vec::new(),
            });
            found.doubt *= 1.0 - share.min(weight).min(0.95);
            found.because.push((path, partner.count, history.revisions));
        }
    }
    let mut missing: Vec<(String, Missing<'_>)> = missing.into_iter().collect();
    missing.sort_by(|one, other| one.1.doubt.total_cmp(&other.1.doubt));
    missing.truncate(MAX_FINDINGS);
    for (partner, found) in missing {
        findings.push(finding(subject, &partner, found)?);
    }
    Ok(())
}

/// Whether a partner was in most commits of a file that were about as large as this change: a feature that touches thirty files has them
/// together, and says nothing of the small changes between.
fn is_usual(subject: &Subject<'_>, pair: (&str, &str), touched: usize) -> Result<bool, AskError> {
    let widest = FEW.max(2 * touched);
    let (all, both) = subject.graph.together_in_small(pair, widest)?;
    Ok(both >= MIN_ALIKE && f64::from(both) >= MIN_SHARE * f64::from(all))
}

fn finding(
    subject: &Subject<'_>,
    partner: &str,
    mut found: Missing<'_>,
) -> Result<Finding, AskError> {
    found
        .because
        .sort_by_key(|(path, count, _)| (std::cmp::Reverse(*count), *path));
    let names: Vec<&str> = found.because.iter().map(|(path, ..)| *path).collect();
    let message = format!("{partner} nearly always changes with {}", listed(&names, 3));
    let mut evidence = Vec::new();
    for (path, count, revisions) in &found.because {
        let last = subject.graph.last_together(path, partner)?;
        evidence.push(Evidence {
            at: last.unwrap_or_else(|| (*path).to_owned()),
            text: format!(
                "{count} of {} of {path} changed {partner} too",
                counted(*revisions as usize, "commit")
            ),
        });
    }
    let place = Place {
        path: names[0],
        line: None,
        symbol: None,
    };
    let confidence = (1.0 - found.doubt).min(0.95);
    Ok(Finding::new(
        FindingKind::MissingCoChange,
        (Severity::Low, confidence),
        place,
        partner,
        message,
    )
    .with(evidence))
}

//! A change that is risky where things were repaired before, or made by somebody who does not know the files.

use std::collections::BTreeSet;

use arc_project::{AskError, Risk, RiskLevel, hottest_files, owners_of_files, repairs_of};

use super::{has_functions, is_function, name_of};
use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::subject::Subject;

/// The hottest files of a project.
const HOT: usize = 10;
/// Repairs of a file, at least.
const MIN_FIXES: u32 = 3;
/// The part of the changes of the files that the author made, at most, to be called a stranger.
const STRANGER: f64 = 0.95;
/// The part of the changes of a file that one person made, at least, to be called its owner.
const OWNED: f64 = 0.5;
/// Changes of that person, at least.
const MIN_CHANGES: u32 = 5;

pub(super) fn find(
    subject: &Subject<'_>,
    risk: &Risk,
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    if risk.level >= RiskLevel::High {
        findings.extend(hotspots(subject, risk)?);
    }
    let is_strange = |name: &str, value: f64| name == "unfamiliar_author" && value >= STRANGER;
    let mut factors = risk.factors.iter();
    if factors.any(|factor| is_strange(factor.name, factor.value)) {
        findings.extend(owners(subject)?);
    }
    Ok(())
}

fn of_file(path: &str) -> Place<'_> {
    Place {
        path,
        line: None,
        symbol: None,
    }
}

fn hotspots(subject: &Subject<'_>, risk: &Risk) -> Result<Vec<Finding>, AskError> {
    let mut repaired = false;
    for file in subject.files().iter().filter(|file| file.old.is_some()) {
        repaired = repaired || repairs_of(subject.graph, &file.path)? >= MIN_FIXES;
    }
    // Which files are the hottest takes all of them to tell.
    if !repaired {
        return Ok(Vec::new());
    }
    let hottest = hottest_files(subject.graph, HOT)?;
    let hot = hottest.into_iter().filter(|hotspot| {
        let file = subject.file(&hotspot.path);
        file.is_some_and(|file| file.old.is_some()) && hotspot.fixes + hotspot.reverts >= MIN_FIXES
    });
    let mut found = Vec::new();
    for hotspot in hot {
        let repairs = hotspot.fixes + hotspot.reverts;
        let message = format!(
            "a {} risk change of a file that was repaired {repairs} times in {} changes",
            risk.level.as_str(),
            hotspot.changes
        );
        let incidents = hotspot.incidents.iter().map(|incident| Evidence {
            at: incident.hash[..5]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            text: incident.subject.clone(),
        });
        let weight = (Severity::Info, 0.6);
        let place = riskiest(subject, &hotspot.path);
        found.push(Finding::new(FindingKind::Hotspot, weight, place, "", message).with(incidents));
    }
    Ok(found)
}

/// The changed function of a file with most ways through it, or the file.
fn riskiest<'a>(subject: &Subject<'a>, path: &'a str) -> Place<'a> {
    let changes = subject.changes.map_or(&[][..], |changes| &changes.changes);
    let functions = changes
        .iter()
        .filter(|change| change.path == path)
        .filter_map(|change| Some((change, change.now()?)))
        .filter(|(_, now)| is_function(now.kind));
    let most = functions.max_by_key(|(_, now)| (now.complexity, std::cmp::Reverse(now.line)));
    most.map_or(of_file(path), |(change, now)| Place {
        path,
        line: Some(now.line),
        symbol: Some(name_of(change)),
    })
}

/// One finding for all files of one owner.
fn owners(subject: &Subject<'_>) -> Result<Vec<Finding>, AskError> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    let files = subject.files().iter();
    for file in files.filter(|file| file.old.is_some() && file.is_judged()) {
        if has_functions(subject, &file.path)? {
            asked.push(&file.path);
        }
    }
    for answer in owners_of_files(subject.graph, &asked)? {
        let Some(owner) = answer.owners.first() else {
            continue;
        };
        let is_owner = owner.share >= OWNED && owner.changes >= MIN_CHANGES && !owner.is_bot;
        if !is_owner || !told.insert(owner.name.clone()) {
            continue;
        }
        let message = format!(
            "the author has hardly changed these files before; {} made {:.0} % of the changes of this one",
            owner.name,
            100.0 * owner.share
        );
        let evidence = Evidence {
            at: answer.path.clone(),
            text: format!("{} of {} changes", owner.changes, answer.changes),
        };
        let weight = (Severity::Info, 0.6);
        let place = of_file(&answer.path);
        found.push(
            Finding::new(FindingKind::Ownership, weight, place, "", message).with([evidence]),
        );
    }
    Ok(found)
}

//! Changed code that no test reaches, and tests that went.

use std::collections::BTreeMap;

use arc_graph::{GraphRead, NodeKind};
use arc_project::{AskError, Change, ChangeKind, ImpactOptions, Question, Target, ask_impact};

use super::{counted, is_function, listed, name_of, place_of};
use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::subject::Subject;

/// Functions that are asked about, those with most branches first.
const MAX_ASKED: usize = 24;
/// Functions with fewer ways through them need no test of their own.
const MIN_COMPLEXITY: u16 = 3;
/// Nodes that a walk from one function settles.
const WALK: usize = 400;
/// A project with fewer tests does not live by them.
const MIN_TESTS: usize = 10;

pub(super) fn find(
    subject: &Subject<'_>,
    changes: &[Change],
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    findings.extend(removed(subject, changes));
    if !subject.graph.has_test_cases(MIN_TESTS)? {
        return Ok(());
    }
    findings.extend(untested(subject, changes)?);
    Ok(())
}

/// Functions with branches that changed and that no test reaches, one finding for each file.
fn untested(subject: &Subject<'_>, changes: &[Change]) -> Result<Vec<Finding>, AskError> {
    let mut asked: Vec<(&Change, u16)> = changes
        .iter()
        .filter(|change| {
            matches!(
                change.kind,
                ChangeKind::Body | ChangeKind::Signature | ChangeKind::Added
            )
        })
        .filter_map(|change| {
            let new = change.now().filter(|new| is_function(new.kind))?;
            let is_test = subject.file(&change.path).is_none_or(|file| file.is_test);
            (new.complexity >= MIN_COMPLEXITY && !is_test).then_some((change, new.complexity))
        })
        .collect();
    asked.sort_by_key(|(_, complexity)| std::cmp::Reverse(*complexity));
    asked.truncate(MAX_ASKED);
    let mut by_file: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for (change, _) in asked {
        if is_unreached(subject, change)? {
            by_file.entry(&change.path).or_default().push(change);
        }
    }
    let finding = |(path, untested): (&str, Vec<&Change>)| {
        let names: Vec<&str> = untested.iter().map(|change| name_of(change)).collect();
        let message = format!("no test reaches {}", listed(&names, 3));
        let evidence = untested.iter().filter_map(|change| {
            let new = change.now()?;
            Some(Evidence {
                at: format!("{path}:{}", new.line),
                text: format!("{} has {}", name_of(change), ways(new.complexity)),
            })
        });
        let place = place_of(untested[0]);
        Finding::new(
            FindingKind::UntestedChange,
            (Severity::Low, 0.6),
            place,
            &names.join(" "),
            message,
        )
        .with(evidence)
    };
    Ok(by_file.into_iter().map(finding).collect())
}

fn ways(complexity: u16) -> String {
    format!("{} through it", counted(usize::from(complexity), "way"))
}

/// Whether a walk that settled everything found no test.
fn is_unreached(subject: &Subject<'_>, change: &Change) -> Result<bool, AskError> {
    let Some(node) = change.node() else {
        return Ok(false);
    };
    let Some(node) = subject.graph.nodes(&[node])?.pop() else {
        return Ok(false);
    };
    let options = ImpactOptions {
        question: Question::Breaks,
        limit: 1,
        budget: WALK,
        ..ImpactOptions::default()
    };
    let answer = ask_impact(subject.graph, vec![Target { node, line: None }], &options)?;
    // Code outside may run what is open, and a reference that is not tied may come from a test.
    Ok(answer.impact.total_tests == 0
        && !answer.impact.is_partial
        && !answer.is_open()
        && answer.impact.unresolved.is_empty())
}

/// Tests that went from a file that stays, one finding for each file.
fn removed(subject: &Subject<'_>, changes: &[Change]) -> Vec<Finding> {
    let is_test = |change: &Change| {
        let path = change.old_path.as_ref().unwrap_or(&change.path);
        let is_named = |name: &str| name.starts_with("test") || name.starts_with("Test");
        match change.before() {
            Some(old) if old.kind == NodeKind::Test => true,
            Some(old) => {
                is_function(old.kind) && is_named(&old.name) && {
                    let file = subject.file(path);
                    file.is_some_and(|file| file.is_test)
                }
            }
            None => false,
        }
    };
    let mut gone: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Removed)
    {
        if is_test(change) {
            gone.entry(&change.path).or_default().push(change);
        }
    }
    // New tests of the same file may say the same in another way; removed code needs no tests.
    let comes = |path: &str| {
        changes.iter().any(|change| {
            let is_new = change.kind == ChangeKind::Added && change.path == path;
            let source = subject.file(&change.path).is_none_or(|file| !file.is_test);
            is_new || (change.kind == ChangeKind::Removed && source)
        })
    };
    let finding = |(path, gone): (&str, Vec<&Change>)| {
        let names: Vec<&str> = gone.iter().map(|change| name_of(change)).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} gone, and no test came for it", listed(&names, 3));
        let place = Place {
            path,
            line: None,
            symbol: None,
        };
        let was = gone.iter().filter_map(|change| {
            Some(Evidence {
                at: format!("{path}:{}", change.before()?.line),
                text: format!("{} (before)", name_of(change)),
            })
        });
        let key = names.join(" ");
        let weight = (Severity::Low, 0.6);
        Finding::new(FindingKind::RemovedTest, weight, place, &key, message).with(was)
    };
    let gone = gone.into_iter().filter(|(path, _)| !comes(path));
    gone.map(finding).collect()
}

//! Changed code that no test reaches, and tests that went.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
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
/// Nodes that are looked at for any way from a test.
const MAX_WAYS: usize = 2_000;
/// A project with fewer tests does not live by them, nor does code in languages that have fewer.
const MIN_TESTS: usize = 10;
/// Folders of code that is there to be read: nobody expects tests of it.
const SHOWN: &[&str] = &[
    "demo",
    "demos",
    "doc",
    "docs",
    "sample",
    "samples",
    "snippets",
    "tutorial",
    "tutorials",
];
/// Languages that test each other.
const KIN: &[&[&str]] = &[
    &["javascript", "jsx", "svelte", "tsx", "typescript", "vue"],
    &["c", "c++", "objc"],
    &["groovy", "java", "kotlin", "scala"],
];

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
            let file = subject.file(&change.path);
            let is_judged = file.is_some_and(|file| file.is_judged()) && !is_shown(&change.path);
            (new.complexity >= MIN_COMPLEXITY && is_judged).then_some((change, new.complexity))
        })
        .collect();
    asked.sort_by_key(|(_, complexity)| std::cmp::Reverse(*complexity));
    asked.truncate(MAX_ASKED);
    let mut tested: BTreeMap<String, bool> = BTreeMap::new();
    let mut in_tested = Vec::new();
    for (change, complexity) in asked {
        let file = subject.graph.file(&change.path)?;
        let language = file.and_then(|file| file.row.language).unwrap_or_default();
        let is_tested = match tested.get(&language) {
            Some(known) => *known,
            None => has_tests(subject, &language)?,
        };
        tested.insert(language, is_tested);
        if is_tested {
            in_tested.push((change, complexity));
        }
    }
    let asked = in_tested;
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

/// Whether a file stands in a folder of code for readers.
fn is_shown(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders
        .split('/')
        .any(|folder| SHOWN.contains(&folder.to_ascii_lowercase().as_str()))
}

/// Whether there are tests in a language, or in one that tests it: of a site beside a program nobody expects any.
fn has_tests(subject: &Subject<'_>, language: &str) -> Result<bool, AskError> {
    let own = [language];
    let kin = KIN.iter().find(|kin| kin.contains(&language));
    let kin = kin.copied().unwrap_or_default().iter();
    let others = kin.filter(|other| **other != language);
    let mut count = 0;
    // The own one first: where a language has none, that takes all of it to tell.
    for language in own.iter().chain(others) {
        count += subject.graph.test_cases_in(language, MIN_TESTS - count)?;
        if count >= MIN_TESTS {
            return Ok(true);
        }
    }
    Ok(false)
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
    if may_be_run(subject, &node)? {
        return Ok(false);
    }
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

/// Whether a test may come to a function by any way, however unlikely, or there are more ways than anybody can look at. A function that a
/// language or a base from outside calls is come to by whoever uses its type.
fn may_be_run(subject: &Subject<'_>, node: &NodeRecord) -> Result<bool, AskError> {
    let graph = subject.graph;
    let mut seen: BTreeSet<NodeId> = BTreeSet::from([node.id]);
    let mut frontier = vec![node.clone()];
    while !frontier.is_empty() {
        let ids: Vec<NodeId> = frontier.iter().map(|node| node.id).collect();
        let users = graph.neighbors(&ids, Direction::Dependents, &[])?;
        let mut next: Vec<NodeId> = Vec::new();
        for node in &frontier {
            // A reference that is not tied may be a way, here as well as at the function itself.
            if !graph.unresolved_named(&node.name)?.is_empty() {
                return Ok(true);
            }
            next.extend(handed_out_by(subject, node)?);
            if is_called_by_others(subject, node)? {
                let types =
                    graph.neighbors(&[node.id], Direction::Dependents, &[EdgeKind::Contains])?;
                next.extend(types.iter().map(|edge| edge.node));
            }
        }
        let users = users.iter().filter(|user| user.kind != EdgeKind::Contains);
        next.extend(users.map(|user| user.node));
        next.sort_unstable();
        next.dedup();
        next.retain(|node| seen.insert(*node));
        frontier = graph.nodes(&next)?;
        let comes = |node: &NodeRecord| node.is_test || is_started(subject.root, node);
        if seen.len() > MAX_WAYS || frontier.iter().any(comes) {
            return Ok(true);
        }
        // Whoever imports a file does not run what stands in it.
        frontier.retain(|node| node.kind != NodeKind::File);
    }
    Ok(false)
}

/// The function around a function that stands in it: it may hand it out, as the handler of an event.
fn handed_out_by(subject: &Subject<'_>, node: &NodeRecord) -> Result<Vec<NodeId>, AskError> {
    if !is_function(node.kind) {
        return Ok(Vec::new());
    }
    let graph = subject.graph;
    let around = graph.neighbors(&[node.id], Direction::Dependents, &[EdgeKind::Contains])?;
    let around: Vec<NodeId> = around.iter().map(|edge| edge.node).collect();
    let mut functions = graph.nodes(&around)?;
    functions.retain(|around| is_function(around.kind));
    Ok(functions.iter().map(|around| around.id).collect())
}

/// Whether a function begins a program of a package whose tests stand beside it: they start it in ways that nobody sees.
fn is_started(root: &Path, node: &NodeRecord) -> bool {
    let path = node.path.as_deref().unwrap_or("");
    let package = format!("/{path}").rfind("/src/");
    package.is_some_and(|package| {
        node.kind == NodeKind::Function
            && node.name == "main"
            && path.ends_with(".rs")
            && root.join(&path[..package]).join("tests").is_dir()
    })
}

/// Whether a method is called where no name of it is written: by its language, or by a type outside of which its own is one.
fn is_called_by_others(subject: &Subject<'_>, node: &NodeRecord) -> Result<bool, AskError> {
    if node.kind != NodeKind::Method {
        return Ok(false);
    }
    if node.name.starts_with("__") && node.name.ends_with("__") {
        return Ok(true);
    }
    let graph = subject.graph;
    let types = graph.neighbors(&[node.id], Direction::Dependents, &[EdgeKind::Contains])?;
    let types: Vec<NodeId> = types.iter().map(|edge| edge.node).collect();
    let bases = graph.neighbors(&types, Direction::Dependencies, &[EdgeKind::Inherits])?;
    let bases: Vec<NodeId> = bases.iter().map(|edge| edge.node).collect();
    Ok(graph.nodes(&bases)?.iter().any(|base| base.path.is_none()))
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

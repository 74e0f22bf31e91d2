//! Which tests to run for a change, and how many of those that should run are among them.

use std::collections::{BTreeMap, BTreeSet};

use arc_extract::{Tier, tier};
use arc_graph::{GraphRead, Member, NodeId, NodeKind, NodeRecord};
use arc_impact::{ImpactOptions, Question, impact};
use arc_store::GraphFile;

use crate::ask::{AskError, set_up_by};
use crate::coverage::{CoverageUsed, Executed, put_first};
use crate::durations::Durations;
use crate::run_ids::{RunIds, titles_around};
use crate::runner::Runner;
use crate::signals::StoredSignals;
use crate::target::Target;

/// The share of the tests that ran a target that the walk found, mean over the targets of the development sets
/// (`docs/evaluation.md`).
const FOUND_BY_WALK: f64 = 0.96;

/// Scopes inside scopes that are searched for tests.
const MAX_DEPTH: usize = 8;

/// A test to run.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedTest {
    /// The test.
    pub node: NodeRecord,
    /// The chance that it runs what changes.
    pub probability: f64,
    /// The strongest reason.
    pub why: String,
    /// What its runner calls it.
    pub run: String,
    /// Where tests are called by titles: those of the blocks around it and its own, as they are written.
    pub titles: Vec<String>,
    /// How long it took when it was last reported.
    pub seconds: Option<f64>,
}

/// The tests to run, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The tests.
    pub tests: Vec<SelectedTest>,
    /// The number of tests that are expected to run what changes, those that are not listed included.
    pub expected: f64,
    /// The file that sets up everything, when the answer is all tests because of it.
    pub everything_because: Option<String>,
    /// Of the tests that run what changes, the share that is among all these and those that are expected besides.
    pub known: f64,
    /// References that could not be tied to a definition and may be to what changes.
    pub unresolved: usize,
    /// Classes of tests that have something to do with the answer and inherit from a module of tests outside the project, with
    /// the name of that: which tests those bring nobody here knows.
    pub inherit_outside: Vec<(NodeRecord, String)>,
    /// When no test is known to run what changes: files of tests in languages in which none of the project is known. What they
    /// run nobody here knows.
    pub unread: Vec<String>,
    /// Coverage that speaks of targets, or did before they changed.
    pub coverage: Option<CoverageUsed>,
}

impl Selection {
    /// The share of the tests that run what changes that is expected among the first `count`. `None` when no test is known to
    /// run it: whether there is one nobody here can tell.
    #[must_use]
    pub fn expected_recall(&self, count: usize) -> Option<f64> {
        if self.expected <= 0.0 {
            return None;
        }
        let chosen = self.tests.iter().take(count);
        let found: f64 = chosen.map(|test| test.probability).sum();
        Some(self.known * (found / self.expected).min(1.0))
    }

    /// Puts the tests first that are run within `seconds`, best first, and counts them: one that takes too long leaves its
    /// place to the next. A test whose time nobody knows takes `pace` seconds.
    pub fn fit(&mut self, seconds: f64, pace: f64) -> usize {
        let mut left = seconds;
        let (chosen, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.tests)
            .into_iter()
            .partition(|test| {
                let takes = test.seconds.unwrap_or(pace);
                let fits = takes <= left;
                if fits {
                    left -= takes;
                }
                fits
            });
        let count = chosen.len();
        self.tests = chosen;
        self.tests.extend(others);
        count
    }

    /// Tells how long tests took by what `durations` know.
    pub fn time(&mut self, durations: &Durations) {
        for test in &mut self.tests {
            test.seconds = durations.of(&test.node, &test.run);
        }
    }
}

/// The tests for a change of `targets`. A file that sets up how everything is built or run asks for all tests.
///
/// # Errors
/// When the graph cannot be read.
pub fn select_tests(graph: &GraphFile, targets: &[Target]) -> Result<Selection, AskError> {
    let mut selection = selected(graph, targets)?;
    if selection.tests.is_empty() {
        selection.unread = unread_tests(graph)?;
    }
    add_titles(graph, &mut selection.tests)?;
    Ok(selection)
}

/// Tells the titles of tests that are called by them.
fn add_titles(graph: &GraphFile, tests: &mut [SelectedTest]) -> Result<(), AskError> {
    let titled: Vec<NodeId> = tests
        .iter()
        .filter(|test| is_titled(&test.node))
        .map(|test| test.node.id)
        .collect();
    if titled.is_empty() {
        return Ok(());
    }
    let around = titles_around(graph, &titled)?;
    for test in tests.iter_mut().filter(|test| is_titled(&test.node)) {
        let mut titles = around.get(&test.node.id).cloned().unwrap_or_default();
        titles.push(test.node.name.clone());
        test.titles = titles;
    }
    Ok(())
}

/// Whether a test is called by its title and those of the blocks around it.
fn is_titled(test: &NodeRecord) -> bool {
    test.kind == NodeKind::Test && Runner::Jest.takes(test.path.as_deref().unwrap_or_default())
}

fn selected(graph: &GraphFile, targets: &[Target]) -> Result<Selection, AskError> {
    let setting = set_up_by(targets).map(str::to_owned);
    let mut selection = Selection::default();
    let ids: Vec<NodeId> = targets.iter().map(|target| target.node.id).collect();
    let options = ImpactOptions {
        question: Question::Breaks,
        limit: 0,
        ..ImpactOptions::default()
    };
    let mut answer = impact(graph, &StoredSignals { graph }, &ids, &options)?;
    let executed = put_first(graph, targets, 0, &mut answer)?;
    selection.coverage = executed.map(Executed::used);
    let ran = selection
        .coverage
        .as_ref()
        .is_some_and(|used| used.covers_all);
    selection.known = if ran { 1.0 } else { FOUND_BY_WALK };
    selection.unresolved = if ran { 0 } else { answer.unresolved.total() };
    let is_touched = |class: &NodeRecord| {
        let inside = format!("{}.", class.qualified_name);
        let mut rows = answer.impacted.iter().chain(&answer.tests);
        setting.is_some()
            || targets.iter().any(|target| target.node.id == class.id)
            || rows
                .any(|row| row.node.id == class.id || row.node.qualified_name.starts_with(&inside))
    };
    selection.inherit_outside = inherit_outside(graph)?;
    selection
        .inherit_outside
        .retain(|(class, _)| is_touched(class));
    let mut ids = RunIds::new(graph);
    let mut listed = BTreeSet::new();
    let mut add = |node: NodeRecord, run: String, probability, why: &str| {
        // Tests of several packages may have one name, and each is run by its folder. Blocks have tests of one title.
        let titled = is_titled(&node).then(|| node.qualified_name.clone());
        if listed.insert((node.path.clone(), run.clone(), titled)) {
            selection.tests.push(SelectedTest {
                node,
                probability,
                why: why.to_owned(),
                run,
                titles: Vec::new(),
                seconds: None,
            });
        }
    };
    let changed = graph.nodes(&changed_tests(graph, targets)?)?;
    for (node, run) in ids.of_all(&changed)? {
        add(node, run, 1.0, "is changed itself, or is broken");
    }
    for row in answer.tests {
        let run = ids.of_row(&row)?;
        let why = row.reasons.first().map_or("", |reason| &*reason.text);
        add(row.node, run, row.score, why);
    }
    if setting.is_some() {
        // What a setting reaches is not known, so each test may be the one.
        let others = graph.nodes(&graph.test_cases()?)?;
        for (node, run) in ids.of_all(&others)? {
            add(node, run, 1.0, "everything may have changed");
        }
        for test in &mut selection.tests {
            test.probability = 1.0;
        }
        selection.known = 1.0;
        selection.unresolved = 0;
        selection.expected = selection.tests.len() as f64;
        selection.everything_because = setting;
        return Ok(selection);
    }
    selection.expected = selection
        .tests
        .iter()
        .map(|test| test.probability)
        .sum::<f64>();
    selection.expected += answer.unlikely_expected;
    Ok(selection)
}

/// The files of tests in languages of code in which no test case of the project is known, by path: scripts that run programs, what
/// a runner of the project's own reads.
fn unread_tests(graph: &GraphFile) -> Result<Vec<String>, AskError> {
    let mut files = graph.test_files()?;
    let mut is_unread: BTreeMap<String, bool> = BTreeMap::new();
    for (_, language) in &files {
        if !is_unread.contains_key(language) {
            let is_code = matches!(tier(language), Some(Tier::Resolved | Tier::Named));
            let is_open = is_code && graph.test_cases_in(language, 1)? == 0;
            is_unread.insert(language.clone(), is_open);
        }
    }
    files.retain(|(_, language)| is_unread.get(language) == Some(&true));
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The classes of tests that inherit from modules of tests outside the project, in the order of their places.
fn inherit_outside(graph: &GraphFile) -> Result<Vec<(NodeRecord, String)>, AskError> {
    let mut found = Vec::new();
    for (class, outside) in graph.classes_naming_tests_outside()? {
        let mut pair = graph.nodes(&[class, outside])?.into_iter();
        let (class, outside) = match (pair.next(), pair.next()) {
            (Some(one), Some(other)) if one.id == class => (one, other),
            (Some(one), Some(other)) => (other, one),
            _ => continue,
        };
        if class.is_test && is_of_tests(&outside.qualified_name) {
            found.push((class, outside.qualified_name));
        }
    }
    found.sort_by(|(one, _), (other, _)| (&one.path, one.line).cmp(&(&other.path, other.line)));
    Ok(found)
}

/// Whether a name is of something in tests that are published: `queuelib.tests.test_queue`, and not `django.test`, which only has
/// what tests are made of.
fn is_of_tests(name: &str) -> bool {
    let mut parts = name.split(['.', ':', '/']);
    parts.any(|part| {
        let is_file = part.starts_with("test_") || part.ends_with("_test");
        part == "tests" || is_file || part.ends_with("_tests")
    })
}

/// The test cases among the targets and inside them.
fn changed_tests(graph: &GraphFile, targets: &[Target]) -> Result<Vec<NodeId>, AskError> {
    let mut tests = Vec::new();
    let mut scopes: Vec<(NodeId, usize)> = Vec::new();
    for target in targets {
        if target.node.is_test_case {
            tests.push(target.node.id);
        } else if target.node.is_test {
            scopes.push((target.node.id, 0));
        }
    }
    while let Some((scope, depth)) = scopes.pop() {
        for Member {
            id, is_test_case, ..
        } in graph.members(scope)?
        {
            if is_test_case {
                tests.push(id);
            } else if depth < MAX_DEPTH {
                scopes.push((id, depth + 1));
            }
        }
    }
    tests.sort_unstable();
    tests.dedup();
    Ok(tests)
}

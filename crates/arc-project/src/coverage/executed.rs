//! The tests that ran a target when coverage was made.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_impact::{Impact, Impacted, Reason, ReasonKind, Suites, test_in};
use arc_store::GraphFile;
use serde_json::Value;

use super::IMPORTED;
use super::formats::LOADING;
use super::runs::tests_in;
use crate::ask::AskError;
use crate::runner::run_id;
use crate::target::Target;

/// A test and, if it is inherited, the class that ran it.
type TestKey = (NodeId, Option<NodeId>);

/// A test that was seen to run, an inherited one under the name of the class that ran it.
#[derive(Clone, Debug)]
pub(crate) struct SeenTest {
    pub(crate) node: NodeRecord,
    heir: Option<NodeId>,
}

/// What ran.
#[derive(Debug)]
pub(crate) struct Executed {
    /// Tests that ran a target, with the place that they ran.
    pub(crate) tests: BTreeMap<TestKey, (NodeRecord, String)>,
    /// Whether coverage speaks of all targets, of all of what ran them, and of all tests that may.
    pub(crate) covers_all: bool,
    /// The day it was made, and the commit if one was named.
    pub(crate) made: String,
    /// Files of targets that changed since: of these it says nothing.
    pub(crate) changed: Vec<String>,
}

/// What the answer rests on besides the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageUsed {
    /// The day it was made, and the commit if one was named.
    pub made: String,
    /// Whether it speaks of all targets, of all of what ran them, and of all tests that may.
    pub covers_all: bool,
    /// Files of targets that changed since: of these it says nothing.
    pub changed: Vec<String>,
}

impl CoverageUsed {
    /// What it does not speak of, for people; nothing when it speaks of all.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let first = self.changed.first()?;
        let others = match self.changed.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        Some(format!(
            "the coverage of {} says nothing of {first}{others}: changed since, measure again",
            self.made
        ))
    }
}

/// The tests that ran `targets`; `None` when no coverage speaks of any of them.
pub(crate) fn executed(
    graph: &GraphFile,
    targets: &[Target],
) -> Result<Option<Executed>, AskError> {
    let Some(made) = coverage_made(graph)? else {
        return Ok(None);
    };
    let left_out = left_out(graph)?;
    let mut executed = Executed {
        tests: BTreeMap::new(),
        covers_all: true,
        made,
        changed: Vec::new(),
    };
    let mut speaks = false;
    let mut known: BTreeMap<u32, (bool, Option<SeenTest>)> = BTreeMap::new();
    for target in targets {
        let (Some(path), Some(file)) = (&target.node.path, target.node.file) else {
            executed.covers_all = false;
            continue;
        };
        let row = graph.coverage_of(path)?;
        let stored = graph.file(path)?.and_then(|file| file.row.hash);
        let is_changed = row
            .as_ref()
            .map_or_else(|| left_out.contains(path), |row| Some(row.hash) != stored);
        if is_changed && !executed.changed.contains(path) {
            executed.changed.push(path.clone());
        }
        let row = row.filter(|row| Some(row.hash) == stored);
        let bodies = bodies(graph, file, &target.node)?;
        let Some(row) = row.filter(|_| !bodies.is_empty()) else {
            executed.covers_all = false;
            continue;
        };
        // Bytes that are damaged say nothing.
        for (position, line) in tests_in(&row.runs, &bodies).unwrap_or_default() {
            let test = match known.entry(position) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    let name = graph.coverage_test(position)?.unwrap_or_default();
                    free.insert((name == LOADING, test_named(graph, &name)?))
                }
            };
            // What runs while a test file is loaded may be for any of its tests, and so may what ran under another name.
            executed.covers_all &= !test.0 && test.1.is_some();
            if let Some(test) = &test.1 {
                let place = || (test.node.clone(), format!("{path}:{line}"));
                let key = (test.node.id, test.heir);
                executed.tests.entry(key).or_insert_with(place);
            }
        }
        speaks = true;
    }
    executed.covers_all &= speaks;
    let says_something = speaks || !executed.changed.is_empty();
    Ok(says_something.then_some(executed))
}

/// Files that were another text than the one that ran when the coverage was imported.
fn left_out(graph: &GraphFile) -> Result<BTreeSet<String>, AskError> {
    let meta = graph.meta(IMPORTED)?.unwrap_or_default();
    let meta: Value = serde_json::from_str(&meta).unwrap_or(Value::Null);
    let files = meta["left_out"].as_array().into_iter().flatten();
    let paths = files.filter_map(|path| path.as_str().map(str::to_owned));
    Ok(paths.collect())
}

/// What is added to a test that ran a target, by what was guessed of it: the likelier come first.
const RAN: (f64, f64) = (0.98, 0.019);

/// Puts what ran into an answer: tests that ran a target come first, and those that were seen to run without running one
/// are no answer. `limit` as in the question, 0 for all.
pub(crate) fn put_first(
    graph: &GraphFile,
    targets: &[Target],
    limit: usize,
    impact: &mut Impact,
) -> Result<Option<Executed>, AskError> {
    let Some(mut executed) = executed(graph, targets)? else {
        return Ok(None);
    };
    // A target that is a test runs itself.
    executed
        .tests
        .retain(|(test, _), _| targets.iter().all(|target| target.node.id != *test));
    let mut guessed = Vec::new();
    let mut ran = Vec::new();
    for mut row in std::mem::take(&mut impact.tests) {
        if let Some((_, place)) = executed.tests.get(&(row.node.id, row.heir)) {
            row.score = RAN.0 + RAN.1 * row.score;
            row.reasons.insert(0, executed.reason(place));
            ran.push(row);
        } else if !executed.covers_all || !Executed::saw(graph, &row.node)? {
            guessed.push(row);
        }
    }
    // Tests that nobody has seen run may run a target as well.
    executed.covers_all &= guessed.is_empty();
    let known: BTreeSet<TestKey> = ran.iter().map(|row| (row.node.id, row.heir)).collect();
    for (key, (node, place)) in &executed.tests {
        if !known.contains(key) {
            ran.push(Impacted {
                node: node.clone(),
                heir: key.1,
                score: RAN.0,
                reasons: vec![executed.reason(place)],
            });
        }
    }
    ran.sort_by(|one, other| {
        let place = |row: &Impacted| (row.node.path.clone(), row.node.line);
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| place(one).cmp(&place(other)))
    });
    ran.append(&mut guessed);
    if executed.covers_all {
        impact.total_tests = ran.len();
        impact.unlikely_tests = 0;
        impact.unlikely_expected = 0.0;
    } else {
        impact.total_tests = impact.total_tests.max(ran.len());
    }
    if limit > 0 && ran.len() > limit {
        ran.truncate(limit);
        impact.truncated = true;
    }
    impact.tests = ran;
    Ok(Some(executed))
}

impl Executed {
    /// What an answer tells of it.
    pub(crate) fn used(self) -> CoverageUsed {
        CoverageUsed {
            made: self.made,
            covers_all: self.covers_all,
            changed: self.changed,
        }
    }

    fn reason(&self, place: &str) -> Reason {
        Reason {
            kind: ReasonKind::Edge(EdgeKind::Tests),
            text: format!("ran it (coverage of {})", self.made),
            at: vec![place.to_owned()],
            confidence: 1.0,
        }
    }

    /// Whether the coverage saw the test run, whatever it ran.
    pub(crate) fn saw(graph: &GraphFile, test: &NodeRecord) -> Result<bool, AskError> {
        for name in [&run_id(test), &test.qualified_name, &test.name] {
            if graph.has_coverage_test(name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An edge from a test to a function that it ran.
pub(crate) struct ExecutedEdge {
    pub(crate) test: NodeRecord,
    pub(crate) function: NodeRecord,
    /// The first line of the function that ran.
    pub(crate) line: u32,
}

/// What is known of tests by their places in the list of all that were seen.
#[derive(Default)]
pub(crate) struct SeenTests {
    known: BTreeMap<u32, Option<SeenTest>>,
}

impl SeenTests {
    fn at(&mut self, graph: &GraphFile, position: u32) -> Result<Option<&SeenTest>, AskError> {
        if let Entry::Vacant(free) = self.known.entry(position) {
            let name = graph.coverage_test(position)?.unwrap_or_default();
            free.insert(test_named(graph, &name)?);
        }
        Ok(self.known[&position].as_ref())
    }

    /// The tests that ran functions of a file, by functions and then by tests; none when the file is another one by now.
    pub(crate) fn edges(
        &mut self,
        graph: &GraphFile,
        path: &str,
    ) -> Result<Vec<ExecutedEdge>, AskError> {
        let (Some(row), Some(file)) = (graph.coverage_of(path)?, graph.file(path)?) else {
            return Ok(Vec::new());
        };
        if file.row.hash != Some(row.hash) {
            return Ok(Vec::new());
        }
        let mut edges = Vec::new();
        let symbols = graph.nodes(&graph.symbols_in(file.id)?)?;
        for function in symbols.iter().filter(|node| runs(node)) {
            // Bytes that are damaged say nothing.
            let found = tests_in(&row.runs, &[body(function)]).unwrap_or_default();
            for (position, line) in found {
                if let Some(test) = self.at(graph, position)?
                    && test.node.id != function.id
                {
                    edges.push(ExecutedEdge {
                        test: test.node.clone(),
                        function: function.clone(),
                        line,
                    });
                }
            }
        }
        Ok(edges)
    }
}

/// When the coverage was made that is known: the day, and the commit if one was named.
///
/// # Errors
/// When the graph cannot be read.
pub fn coverage_made(graph: &GraphFile) -> Result<Option<String>, AskError> {
    let Some(meta) = graph.meta(IMPORTED)? else {
        return Ok(None);
    };
    let meta: Value = serde_json::from_str(&meta).unwrap_or(Value::Null);
    let day = crate::dates::day_of(meta["made_at"].as_i64().unwrap_or(0));
    Ok(Some(match meta["commit"].as_str() {
        Some(commit) => format!("{day}, at {commit}"),
        None => day,
    }))
}

/// Whether a node has a body that runs.
fn runs(node: &NodeRecord) -> bool {
    matches!(node.kind, NodeKind::Function | NodeKind::Method)
}

/// The lines of a body, without the line of the definition where there are others.
fn body(node: &NodeRecord) -> (u32, u32) {
    let first = if node.end_line > node.line {
        node.line + 1
    } else {
        node.line
    };
    (first, node.end_line + 1)
}

/// The lines of the bodies of functions in a target, as `first..end`. The line of a definition itself runs when its file is
/// loaded, which says nothing.
fn bodies(
    graph: &GraphFile,
    file: NodeId,
    target: &NodeRecord,
) -> Result<Vec<(u32, u32)>, AskError> {
    let inner = graph.nodes(&graph.symbols_in(file)?)?;
    let inner: Vec<&NodeRecord> = inner
        .iter()
        .filter(|node| node.id != target.id && runs(node))
        .filter(|node| target.line <= node.line && node.end_line <= target.end_line)
        .collect();
    if !runs(target) {
        return Ok(inner.into_iter().map(body).collect());
    }
    // The header of a function in a function runs with the one around it, its body does not say so.
    Ok(vec![body(target)])
}

/// The test case that a coverage tool names: by path and name, by qualified name, or by a name that only one test has.
pub(super) fn test_named(graph: &GraphFile, name: &str) -> Result<Option<SeenTest>, AskError> {
    if name == LOADING {
        return Ok(None);
    }
    let mut found = Vec::new();
    if let Some((path, scope)) = name.split_once("::")
        && let Some(file) = graph.file(path)?
    {
        found = graph.by_scope_name(file.id, scope)?;
    }
    if found.is_empty() {
        found = graph.by_qualified_name(name)?;
    }
    if found.is_empty()
        && let Some(inherited) = inherited_test(graph, name)?
    {
        return Ok(Some(inherited));
    }
    let last = name.rsplit(['.', ':', '/']).next().unwrap_or(name);
    let ending = name.replace("::", ".");
    let mut nodes = graph.nodes(&found)?;
    if nodes.is_empty() {
        // A title is a name as it stands, whatever signs are in it.
        nodes = graph.nodes(&graph.by_name(name)?)?;
    }
    if nodes.is_empty() {
        nodes = graph.nodes(&graph.by_name(last)?)?;
        let fits = |node: &NodeRecord| {
            let full = node.qualified_name.replace("::", ".");
            full.ends_with(&ending) || ending.ends_with(&full)
        };
        nodes.retain(fits);
    }
    nodes.retain(|node| node.is_test_case);
    let only = (nodes.len() == 1).then(|| nodes.swap_remove(0));
    Ok(only.map(|node| SeenTest { node, heir: None }))
}

/// The test that a tool names by a class which inherits it.
fn inherited_test(graph: &GraphFile, name: &str) -> Result<Option<SeenTest>, AskError> {
    let Some((scope, test)) = name.rsplit_once(['.', ':', '#']) else {
        return Ok(None);
    };
    let scope = scope.trim_end_matches(':');
    let found = match scope.split_once("::") {
        Some((path, scope)) => match graph.file(path)? {
            Some(file) => graph.by_scope_name(file.id, scope)?,
            None => Vec::new(),
        },
        None => graph.by_qualified_name(scope)?,
    };
    let [class] = *found else {
        return Ok(None);
    };
    let suites = Suites::around(graph, &[class])?;
    let inherited = suites.inherited(class);
    let Some(test) = inherited.into_iter().find(|one| one.name == test) else {
        return Ok(None);
    };
    let records = graph.nodes(&[class])?;
    Ok(records.first().map(|record| SeenTest {
        node: test_in(record, test),
        heir: Some(class),
    }))
}

//! Ids of tests that depend on other definitions: a test of a base class runs in its subclasses, a method of a Go suite below
//! the function that runs the suite.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_impact::{Impacted, Suites, test_in};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::runner::run_id;

/// Finds how runners call tests.
pub(crate) struct RunIds<'a> {
    graph: &'a GraphFile,
    /// For each type with methods that are tests the functions that run it as a suite.
    functions: BTreeMap<NodeId, Option<String>>,
    /// Files of Rust that are modules under another name than theirs (`#[path]`), among those that were asked for.
    renamed: BTreeMap<NodeId, bool>,
}

impl<'a> RunIds<'a> {
    pub(crate) fn new(graph: &'a GraphFile) -> RunIds<'a> {
        RunIds {
            graph,
            functions: BTreeMap::new(),
            renamed: BTreeMap::new(),
        }
    }

    /// The id that runs a row of an answer.
    pub(crate) fn of_row(&mut self, row: &Impacted) -> Result<String, AskError> {
        match row.heir {
            Some(_) => Ok(run_id(&row.node)),
            None => self.of(&row.node),
        }
    }

    /// The id that runs a test where it stands.
    fn of(&mut self, test: &NodeRecord) -> Result<String, AskError> {
        let is_go = test
            .path
            .as_deref()
            .is_some_and(|path| path.ends_with(".go"));
        let id = run_id(test);
        if let (Some(path), Some(file)) = (test.path.as_deref(), test.file)
            && let Some(stem) = file_stem(path, ".rs")
            && self.is_renamed(file, path)?
        {
            // Only the file that declares the module knows its name, and cargo takes any part of a test's.
            let own = id.rsplit_once(&format!("{stem}::"));
            return Ok(own.map_or(id.clone(), |(_, own)| own.to_owned()));
        }
        if test.kind != NodeKind::Method || !is_go {
            return Ok(id);
        }
        let Some(suite) = parents(self.graph, &[test.id])?.remove(&test.id) else {
            return Ok(id);
        };
        if !self.functions.contains_key(&suite) {
            let found = self.suite_function(suite)?;
            self.functions.insert(suite, found);
        }
        Ok(match &self.functions[&suite] {
            Some(function) => format!("^{function}$/{id}"),
            None => id,
        })
    }

    /// Whether a file of Rust stands where no `mod` without a path looks for a module.
    fn is_renamed(&mut self, file: NodeId, path: &str) -> Result<bool, AskError> {
        if let Some(known) = self.renamed.get(&file) {
            return Ok(*known);
        }
        let around = parents(self.graph, &[file])?;
        let declaring: Vec<NodeId> = around.values().copied().collect();
        let declaring = self.graph.nodes(&declaring)?;
        let declaring = declaring.first().and_then(|node| node.path.as_deref());
        let is_renamed = declaring.is_some_and(|declaring| !is_module_of(declaring, path));
        self.renamed.insert(file, is_renamed);
        Ok(is_renamed)
    }

    /// All ids that run some tests, those of the classes that inherit them among them; each test under the name of its class.
    pub(crate) fn of_all(
        &mut self,
        tests: &[NodeRecord],
    ) -> Result<Vec<(NodeRecord, String)>, AskError> {
        let methods = tests.iter().filter(|test| test.kind == NodeKind::Method);
        let methods: Vec<NodeId> = methods.map(|test| test.id).collect();
        let parents = parents(self.graph, &methods)?;
        let mut classes: Vec<NodeId> = parents.values().copied().collect();
        classes.sort_unstable();
        classes.dedup();
        let suites = Suites::around(self.graph, &classes)?;
        let heirs = suites.heirs();
        let mut ids = Vec::new();
        for test in tests {
            let heirs = heirs.get(&test.id).map_or(&[][..], Vec::as_slice);
            let is_run = parents.get(&test.id).is_none_or(|one| suites.is_run(*one));
            if is_run || heirs.is_empty() {
                ids.push((test.clone(), self.of(test)?));
            }
            for class in heirs {
                let test = test_in(class, test);
                let id = run_id(&test);
                ids.push((test, id));
            }
        }
        Ok(ids)
    }

    /// The test function that names a suite's type.
    fn suite_function(&self, suite: NodeId) -> Result<Option<String>, AskError> {
        let kinds = [EdgeKind::Calls, EdgeKind::References];
        let users = self
            .graph
            .neighbors(&[suite], Direction::Dependents, &kinds)?;
        let ids: Vec<NodeId> = users.iter().map(|edge| edge.node).collect();
        let mut functions = self.graph.nodes(&ids)?;
        functions.retain(|node| node.is_test_case && node.kind == NodeKind::Function);
        functions.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
        Ok(functions.into_iter().next().map(|function| function.name))
    }
}

/// The name of a file with this ending.
fn file_stem<'p>(path: &'p str, ending: &str) -> Option<&'p str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(ending)
}

/// Whether `mod x;` in `declaring`, or in a module written out in it, would find a module in `path`: in the folder of its name,
/// or beside it where it is the root of a crate or a `mod.rs`.
fn is_module_of(declaring: &str, path: &str) -> bool {
    let (beside, stem) = match declaring.rsplit_once('/') {
        Some((folder, name)) => (folder, name),
        None => ("", declaring),
    };
    let stem = stem.strip_suffix(".rs").unwrap_or(stem);
    let last = beside.rsplit('/').next().unwrap_or(beside);
    let is_root = matches!(stem, "lib" | "main" | "mod" | "build")
        || matches!(last, "tests" | "benches" | "examples" | "bin");
    let module = path.strip_suffix("/mod.rs").unwrap_or(path);
    let inside = |folder: &str| {
        let rest = module.strip_prefix(folder);
        folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let below = match beside {
        "" => stem.to_owned(),
        _ => format!("{beside}/{stem}"),
    };
    inside(&below) || is_root && inside(beside)
}

/// What contains each of `nodes`.
fn parents(graph: &GraphFile, nodes: &[NodeId]) -> Result<BTreeMap<NodeId, NodeId>, AskError> {
    let around = graph.neighbors(nodes, Direction::Dependents, &[EdgeKind::Contains])?;
    Ok(around.iter().map(|edge| (edge.from, edge.node)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_looked_for_by_its_name() {
        for (declaring, path) in [
            ("src/lib.rs", "src/a.rs"),
            ("src/lib.rs", "src/a/mod.rs"),
            ("src/lib.rs", "src/outer/a.rs"),
            ("src/a.rs", "src/a/tests.rs"),
            ("src/a/mod.rs", "src/a/tests.rs"),
            ("tests/all.rs", "tests/helper/mod.rs"),
            ("main.rs", "a.rs"),
        ] {
            assert!(is_module_of(declaring, path), "{declaring} {path}");
        }
        for (declaring, path) in [
            ("src/a.rs", "src/a_tests.rs"),
            ("src/a.rs", "src/tests/a.rs"),
            ("src/a.rs", "src/ab/tests.rs"),
            ("src/lib.rs", "tests/inner.rs"),
        ] {
            assert!(!is_module_of(declaring, path), "{declaring} {path}");
        }
    }
}

//! Ids of tests that depend on other definitions: a test of a base class runs in its subclasses, a method of a Go suite below
//! the function that runs the suite.

use std::collections::BTreeMap;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_impact::{Impacted, Suites, test_in};
use arc_store::GraphFile;

use crate::ask::AskError;
use crate::runner::run_id;

/// Blocks around a test that are looked at.
const MAX_AROUND: usize = 16;

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
        let around = if is_go && test.kind == NodeKind::Test {
            self.function_around(test.id)?
        } else {
            None
        };
        let test = around.as_ref().unwrap_or(test);
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

    /// The function or method that a subtest stands in.
    fn function_around(&self, test: NodeId) -> Result<Option<NodeRecord>, AskError> {
        let mut inside = test;
        for _ in 0..MAX_AROUND {
            let Some(around) = parents(self.graph, &[inside])?.remove(&inside) else {
                break;
            };
            let mut around = self.graph.nodes(&[around])?;
            match around.pop() {
                Some(node) if matches!(node.kind, NodeKind::Function | NodeKind::Method) => {
                    return Ok(Some(node));
                }
                Some(node) if matches!(node.kind, NodeKind::Test | NodeKind::Lambda) => {
                    inside = node.id;
                }
                Some(_) | None => break,
            }
        }
        Ok(None)
    }

    /// Whether a file of Rust stands where no `mod` without a path looks for a module.
    fn is_renamed(&mut self, file: NodeId, path: &str) -> Result<bool, AskError> {
        if let Some(known) = self.renamed.get(&file) {
            return Ok(*known);
        }
        let around = self
            .graph
            .neighbors(&[file], Direction::Dependents, &[EdgeKind::Contains])?;
        let mut is_renamed = false;
        if let Some(edge) = around.first()
            && let Some(declaring) = self.graph.nodes(&[edge.node])?.pop()
        {
            let declaring = declaring.path.unwrap_or_default();
            is_renamed = !is_module_of(&declaring, &[], path)
                && !is_module_of(&declaring, &self.modules_at(edge.node, edge.line)?, path);
        }
        self.renamed.insert(file, is_renamed);
        Ok(is_renamed)
    }

    /// The modules that are written out around a line of a file, outermost first.
    fn modules_at(&self, file: NodeId, line: u32) -> Result<Vec<String>, AskError> {
        let (mut scope, mut names) = (file, Vec::new());
        while names.len() < MAX_AROUND {
            let members: Vec<NodeId> = self.graph.members(scope)?.iter().map(|it| it.id).collect();
            let mut members = self.graph.nodes(&members)?.into_iter();
            let Some(module) = members.find(|node| {
                node.kind == NodeKind::Module && (node.line..=node.end_line).contains(&line)
            }) else {
                break;
            };
            scope = module.id;
            names.push(module.name);
        }
        Ok(names)
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

/// Whether `mod x;` in `declaring`, inside of the modules `outer` that are written out in it, would find a module in `path`:
/// in the folder of its name, or beside it where it is the root of a crate or a `mod.rs`.
fn is_module_of(declaring: &str, outer: &[String], path: &str) -> bool {
    let (beside, stem) = match declaring.rsplit_once('/') {
        Some((folder, name)) => (folder, name),
        None => ("", declaring),
    };
    let stem = stem.strip_suffix(".rs").unwrap_or(stem);
    let last = beside.rsplit('/').next().unwrap_or(beside);
    let is_root = matches!(stem, "lib" | "main" | "mod" | "build")
        || matches!(last, "tests" | "benches" | "examples" | "bin");
    let module = path.strip_suffix("/mod.rs").unwrap_or(path);
    let holds = |folder: &str| {
        let inner = outer.iter().map(|name| format!("{name}/"));
        let folder = folder.trim_end_matches('/');
        let start = if folder.is_empty() {
            inner.collect::<String>()
        } else {
            format!("{folder}/{}", inner.collect::<String>())
        };
        let rest = module.strip_prefix(&start);
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    };
    let below = match beside {
        "" => stem.to_owned(),
        _ => format!("{beside}/{stem}"),
    };
    holds(if is_root { beside } else { &below })
}

/// The titles of the blocks around tests, outermost first. A block in a function may stand in others where that is called, so
/// only those up to the function are known.
pub(crate) fn titles_around(
    graph: &GraphFile,
    tests: &[NodeId],
) -> Result<BTreeMap<NodeId, Vec<String>>, AskError> {
    let mut around: BTreeMap<NodeId, (NodeId, Option<String>)> = BTreeMap::new();
    let mut inner: Vec<NodeId> = tests.to_vec();
    for _ in 0..MAX_AROUND {
        let parents = parents(graph, &inner)?;
        let mut outer: Vec<NodeId> = parents.values().copied().collect();
        outer.sort_unstable();
        outer.dedup();
        let blocks: BTreeMap<NodeId, Option<String>> = graph
            .nodes(&outer)?
            .into_iter()
            .filter(|node| matches!(node.kind, NodeKind::Test | NodeKind::Lambda))
            .map(|node| (node.id, (node.kind == NodeKind::Test).then_some(node.name)))
            .collect();
        for (inside, parent) in parents {
            if let Some(title) = blocks.get(&parent) {
                around.insert(inside, (parent, title.clone()));
            }
        }
        inner = outer
            .into_iter()
            .filter(|block| blocks.contains_key(block) && !around.contains_key(block))
            .collect();
        if inner.is_empty() {
            break;
        }
    }
    let mut titles = BTreeMap::new();
    for test in tests {
        let (mut at, mut found) = (*test, Vec::new());
        while let Some((parent, title)) = around.get(&at)
            && found.len() < MAX_AROUND
        {
            found.extend(title.clone());
            at = *parent;
        }
        found.reverse();
        titles.insert(*test, found);
    }
    Ok(titles)
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
            ("src/a.rs", "src/a/tests.rs"),
            ("src/a/mod.rs", "src/a/tests.rs"),
            ("tests/all.rs", "tests/helper/mod.rs"),
            ("main.rs", "a.rs"),
        ] {
            assert!(is_module_of(declaring, &[], path), "{declaring} {path}");
        }
        let outer = ["outer".to_owned()];
        assert!(is_module_of("src/lib.rs", &outer, "src/outer/a.rs"));
        assert!(is_module_of("src/a.rs", &outer, "src/a/outer/b/mod.rs"));
        assert!(!is_module_of("src/lib.rs", &outer, "src/a.rs"));
        for (declaring, path) in [
            ("src/a.rs", "src/a_tests.rs"),
            ("src/a.rs", "src/tests/a.rs"),
            ("src/a.rs", "src/ab/tests.rs"),
            ("src/lib.rs", "tests/inner.rs"),
            ("src/lib.rs", "src/outer/a.rs"),
            ("tests/all.rs", "tests/parts/a.rs"),
            ("tests/all.rs", "tests/all/a.rs"),
        ] {
            assert!(!is_module_of(declaring, &[], path), "{declaring} {path}");
        }
    }
}

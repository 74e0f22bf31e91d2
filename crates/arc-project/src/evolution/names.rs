//! Qualified names of what was in files that may be gone.

use std::collections::BTreeMap;

use arc_graph::NodeRecord;
use arc_store::{GraphFile, StoreError};

use super::event::Place;

/// Files before and after a path that may tell how modules are named there.
const NEIGHBORS: usize = 20;

/// Knows the modules of files, past ones by what their neighbors are called now.
pub(super) struct Names<'a> {
    graph: &'a GraphFile,
    /// By path: the module and what stands between parts of names.
    modules: BTreeMap<String, (String, String)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(graph: &'a GraphFile) -> Names<'a> {
        Names {
            graph,
            modules: BTreeMap::new(),
        }
    }

    /// `app.config.Config.load`.
    pub(super) fn qualified(&mut self, place: &Place) -> Result<String, StoreError> {
        if !self.modules.contains_key(&place.path) {
            let module = self.module_of(&place.path)?;
            self.modules.insert(place.path.clone(), module);
        }
        let (module, separator) = &self.modules[&place.path];
        Ok(if module.is_empty() {
            place.scope_name.clone()
        } else {
            format!("{module}{separator}{}", place.scope_name)
        })
    }

    /// Where a node stands.
    pub(super) fn place_of(&self, node: &NodeRecord, path: &str) -> Place {
        Place {
            path: path.to_owned(),
            scope_name: node.name.clone(),
        }
    }

    fn module_of(&self, path: &str) -> Result<(String, String), StoreError> {
        if let Some(file) = self.graph.file(path)? {
            return Ok((file.row.module, file.row.separator));
        }
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        for id in self.graph.files_around(path, NEIGHBORS)? {
            let Some(known) = self.graph.file_by_id(id)? else {
                continue;
            };
            let row = known.row;
            if row.path.rsplit_once('.').map(|(_, ending)| ending) != ending {
                continue;
            }
            if let Some(module) = module_like(path, (&row.path, &row.module), &row.separator) {
                return Ok((module, row.separator));
            }
        }
        Ok((String::new(), ".".to_owned()))
    }
}

/// The module of `path` as that of a file that is there has been made of its path; `None` when it was not made of it.
fn module_like(path: &str, (known, module): (&str, &str), separator: &str) -> Option<String> {
    let (known, path) = (parts(known), parts(path));
    let module: Vec<&str> = module
        .split(separator)
        .filter(|part| !part.is_empty())
        .collect();
    if module.is_empty() {
        return None;
    }
    // Of the whole path, or of its folder alone.
    for folders_only in [false, true] {
        let own = |parts: &[String]| -> Vec<String> {
            let end = parts.len() - usize::from(folders_only);
            parts[..end].to_vec()
        };
        let (known, path) = (own(&known), own(&path));
        let fits = known.len() >= module.len()
            && known[known.len() - module.len()..].iter().eq(module.iter());
        let left_out = known.len().saturating_sub(module.len());
        if fits && path.len() > left_out && path[..left_out] == known[..left_out] {
            return Some(path[left_out..].join(separator));
        }
    }
    None
}

/// The parts of a path, the ending left out, and files that stand for their folder.
fn parts(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if let Some(last) = parts.last_mut() {
        let stem = last.split_once('.').map_or(last.as_str(), |(stem, _)| stem);
        *last = stem.to_owned();
    }
    let stands_for_folder =
        |name: &String| matches!(name.as_str(), "__init__" | "mod" | "lib" | "main");
    if parts.len() > 1 && parts.last().is_some_and(stands_for_folder) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::module_like;

    #[test]
    fn past_modules_are_named_like_those_of_their_neighbors() {
        let check =
            |path: &str, known: &str, module: &str, separator: &str, expected: Option<&str>| {
                assert_eq!(
                    module_like(path, (known, module), separator).as_deref(),
                    expected
                );
            };
        check(
            "src/click/old.py",
            "src/click/core.py",
            "click.core",
            ".",
            Some("click.old"),
        );
        check("a/b/__init__.py", "a/c.py", "a.c", ".", Some("a.b"));
        check("src/A.java", "src/B.java", "", ".", None);
        check(
            "gson/src/com/google/A.java",
            "gson/src/com/google/x/B.java",
            "com.google.x",
            ".",
            Some("com.google"),
        );
        check("other/a.py", "src/click/core.py", "click.core", ".", None);
        check("x/src/a/mod.rs", "x/src/b.rs", "b", "::", Some("a"));
    }
}

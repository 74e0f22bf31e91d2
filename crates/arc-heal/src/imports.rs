//! Names that are imported nowhere: imported as this repository imports them elsewhere, else from the one module of the
//! standard library that has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::lines::Lines;

/// How often each import statement that gives a name stands in the project.
pub(crate) type Usage = BTreeMap<String, BTreeMap<String, usize>>;

/// Files looked at.
const MOST_FILES: usize = 4000;
const MOST_BYTES: u64 = 1 << 20;

/// How the Python files below `root` import `names`.
pub(crate) fn python_usage(root: &Path, names: &BTreeSet<String>) -> Usage {
    static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#\\]+)|import[ \t]+([^\n#]+))")
            .expect("the expression is tested")
    });
    let mut usage = Usage::new();
    for path in source_files(root, ".py") {
        // A file that cannot be read says nothing of how names are imported.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for captures in IMPORT.captures_iter(&text) {
            let group = |at: usize| captures.get(at).map_or("", |group| group.as_str());
            let module = group(1);
            let listed = if module.is_empty() {
                group(3)
            } else {
                group(2)
            };
            for item in listed.trim_matches(['(', ')']).split(',') {
                let item: Vec<&str> = item.split_whitespace().collect();
                let (given, written) = match item.as_slice() {
                    [name] => (*name, (*name).to_owned()),
                    [name, "as", alias] => (*alias, format!("{name} as {alias}")),
                    _ => continue,
                };
                let given = if module.is_empty() {
                    given.split('.').next().unwrap_or(given)
                } else {
                    given
                };
                if names.contains(given) {
                    let statement = if module.is_empty() {
                        format!("import {written}")
                    } else {
                        format!("from {module} import {written}")
                    };
                    *usage
                        .entry(given.to_owned())
                        .or_default()
                        .entry(statement)
                        .or_default() += 1;
                }
            }
        }
    }
    usage
}

/// Files of a project whose names end so, but for those that tools made.
pub(crate) fn source_files(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // A folder that cannot be listed says nothing either.
        let mut entries: Vec<_> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let Ok(meta) = entry.metadata() else { continue };
            let is_made = name == "node_modules" || (name == "target" && ending == ".rs");
            if meta.is_dir() && !name.to_string_lossy().starts_with('.') && !is_made {
                folders.push(entry.path());
            } else if meta.is_file()
                && meta.len() < MOST_BYTES
                && name.to_string_lossy().ends_with(ending)
            {
                found.push(entry.path());
            }
        }
        if found.len() > MOST_FILES {
            break;
        }
    }
    found
}

/// Import statements that may give a name, likeliest first, with their costs.
pub(crate) fn statements(
    name: &str,
    usage: &Usage,
    modules: &BTreeSet<String>,
    owners: &[String],
) -> Vec<(String, u32)> {
    let mut found: Vec<(String, u32)> = Vec::new();
    let mut used: Vec<(&String, &usize)> = usage.get(name).into_iter().flatten().collect();
    used.sort_by_key(|(statement, count)| (std::cmp::Reverse(**count), statement.as_str()));
    for (statement, _) in used {
        let step = 80 * u32::try_from(found.len()).unwrap_or(9);
        found.push((statement.clone(), 60 + step));
    }
    let own = modules.contains(name).then(|| format!("import {name}"));
    let from = owners
        .iter()
        .map(|module| format!("from {module} import {name}"));
    for statement in own.into_iter().chain(from) {
        if !found.iter().any(|(known, _)| *known == statement) {
            let step = 80 * u32::try_from(found.len()).unwrap_or(9);
            found.push((statement, 90 + step));
        }
    }
    found
}

/// The edit that adds statements beside the imports that are there, else after the docstring.
pub(crate) fn insertion(text: &str, statements: &[String], cost: u32) -> Edit {
    let lines = Lines::new(text);
    let is_import = |line: &usize| {
        let text = lines.text(*line);
        (text.starts_with("import ") || text.starts_with("from ")) && !text.contains("__future__")
    };
    let line = (0..lines.count())
        .find(is_import)
        .unwrap_or_else(|| after_head(&lines));
    let at = lines.start(line);
    let mut replacement = statements.join("\n");
    replacement.push('\n');
    Edit {
        range: at..at,
        replacement,
        cost,
        rule: "import",
    }
}

/// The first line after comments, docstring and `__future__`.
fn after_head(lines: &Lines<'_>) -> usize {
    let mut line = 0;
    let skips =
        |text: &str| text.is_empty() || text.starts_with('#') || text.contains("__future__");
    while line < lines.count() && skips(lines.text(line).trim()) {
        line += 1;
    }
    for quote in ["\"\"\"", "'''"] {
        let first = lines.text(line).trim_start_matches(['r', 'u', 'R', 'U']);
        if let Some(rest) = first.strip_prefix(quote) {
            if rest.contains(quote) {
                line += 1;
            } else {
                let end = (line + 1..lines.count()).find(|at| lines.text(*at).contains(quote));
                line = end.map_or(line, |end| end + 1);
            }
            break;
        }
    }
    while line + 1 < lines.count() && skips(lines.text(line).trim()) {
        line += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_says_how_a_name_is_imported() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join("a.py"),
            "from lib.x import (\n    load,\n    save as keep,\n)\nimport numpy as np\n",
        )
        .expect("written");
        let names = ["load", "keep", "np", "other"].map(str::to_owned).into();
        let usage = python_usage(folder.path(), &names);
        let one = |name: &str| usage[name].keys().next().expect("one").clone();
        assert_eq!(one("load"), "from lib.x import load");
        assert_eq!(one("keep"), "from lib.x import save as keep");
        assert_eq!(one("np"), "import numpy as np");
        assert!(!usage.contains_key("other"));
    }

    #[test]
    fn an_import_stands_beside_the_others_or_after_the_docstring() {
        let add = |text: &str| insertion(text, &["import re".to_owned()], 0).apply(text);
        assert_eq!(
            add("'''Doc.'''\nimport os\n"),
            "'''Doc.'''\nimport re\nimport os\n"
        );
        assert_eq!(
            add("\"\"\"Doc\nmore.\n\"\"\"\n\nx = 1\n"),
            "\"\"\"Doc\nmore.\n\"\"\"\n\nimport re\nx = 1\n"
        );
        assert_eq!(
            add("from __future__ import annotations\nx = 1\n"),
            "from __future__ import annotations\nimport re\nx = 1\n"
        );
    }
}

//! Names of Rust that are imported nowhere in a file: imported as this repository imports them elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::imports::{Usage, source_files};
use crate::lines::Lines;

/// What an import costs that the repository writes elsewhere; what it writes less often costs more.
const COST: u32 = 40;
const STEP: u32 = 60;
/// What it costs more to take a name from where the repository never takes it from.
const FOREIGN: u32 = 120;
/// Members of a tree of imports that are looked at.
const MOST_PATHS: usize = 2000;

/// How the Rust files below `root` import `names`. What is relative to where it stands says nothing of other files.
pub(crate) fn rust_usage(root: &Path, names: &BTreeSet<String>) -> Usage {
    static USE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?use\s+([^;]+);")
            .expect("the expression is tested")
    });
    let mut usage = Usage::new();
    for path in source_files(root, ".rs") {
        // A file that cannot be read says nothing of how names are imported.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for found in USE.captures_iter(&text) {
            for path in paths(&found[1]) {
                let given = path.rsplit("::").next().unwrap_or("");
                let (path, given) = match path.split_once(" as ") {
                    Some((_, alias)) => (path.as_str(), alias),
                    None => (path.as_str(), given),
                };
                let is_relative = ["self::", "super::"]
                    .iter()
                    .any(|start| path.starts_with(start));
                if names.contains(given) && path.contains("::") && !is_relative {
                    let statement = format!("use {path};");
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

/// The paths of a tree: `a::{b, c::{self, D as E}}` are `a::b`, `a::c` and `a::c::D as E`.
fn paths(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), tree.trim().to_owned())];
    while let Some((before, tree)) = open.pop() {
        if found.len() >= MOST_PATHS {
            break;
        }
        let tree = tree.trim();
        let Some((stem, inside)) = tree.split_once('{') else {
            let words: Vec<&str> = tree.split_whitespace().collect();
            let path = format!("{before}{}", words.join(" "));
            let path = path.strip_suffix("::self").unwrap_or(&path);
            if !tree.is_empty() && !path.ends_with('*') {
                found.push(path.to_owned());
            }
            continue;
        };
        let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
        let before = format!("{before}{}", stem.trim());
        open.extend(
            members(inside)
                .into_iter()
                .map(|part| (before.clone(), part)),
        );
    }
    found.sort();
    found
}

/// A list at its commas, but for those in brackets.
fn members(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if letter == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

/// Raises the cost of imports that take a name from elsewhere than the repository does: a compiler proposes every place that has it.
pub(crate) fn prefer_own(root: &Path, edits: &mut [Edit]) {
    let mut proposed: Vec<&mut Edit> = edits
        .iter_mut()
        .filter(|edit| edit.rule == "import")
        .collect();
    let statements = |edit: &Edit| -> Vec<(String, String)> {
        let lines = edit.replacement.lines().map(str::trim);
        lines
            .filter(|line| line.starts_with("use "))
            .filter_map(|line| {
                let name = line.trim_end_matches(';').rsplit("::").next()?;
                Some((name.to_owned(), line.to_owned()))
            })
            .collect()
    };
    let names: BTreeSet<String> = proposed
        .iter()
        .flat_map(|edit| statements(edit))
        .map(|(name, _)| name)
        .collect();
    if names.is_empty() {
        return;
    }
    let usage = rust_usage(root, &names);
    for edit in &mut proposed {
        let is_foreign = statements(edit).iter().any(|(name, statement)| {
            usage
                .get(name)
                .is_some_and(|own| !own.contains_key(statement))
        });
        if is_foreign {
            edit.cost += FOREIGN;
        }
    }
}

/// Edits that import a name as the repository does.
pub(crate) fn import_edits(root: &Path, text: &str, name: &str) -> Vec<Edit> {
    let names = BTreeSet::from([name.to_owned()]);
    let usage = rust_usage(root, &names);
    let mut used: Vec<(&String, &usize)> = usage.get(name).into_iter().flatten().collect();
    used.sort_by_key(|(statement, count)| (std::cmp::Reverse(**count), statement.as_str()));
    let at = place(text);
    used.into_iter()
        .zip(0..)
        .take(4)
        .map(|((statement, _), order)| Edit {
            range: at..at,
            replacement: format!("{statement}\n"),
            cost: COST + STEP * order,
            rule: "import",
        })
        .collect()
}

/// Where an import goes: before the first one, else behind what a file begins with.
fn place(text: &str) -> usize {
    let lines = Lines::new(text);
    let is_use = |line: &usize| lines.text(*line).starts_with("use ");
    let is_head = |line: &usize| {
        let text = lines.text(*line).trim_start();
        text.is_empty()
            || text.starts_with("//") && !text.starts_with("///")
            || text.starts_with("#![")
    };
    let line = (0..lines.count())
        .find(is_use)
        .or_else(|| (0..lines.count()).find(|line| !is_head(line)));
    lines.start(line.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_fall_into_paths() {
        assert_eq!(
            paths("a::{b, c::{self, D as E,\n    f::*}, g}"),
            ["a::b", "a::c", "a::c::D as E", "a::g"]
        );
        assert_eq!(paths("std::io"), ["std::io"]);
        assert!(paths("std::io::*").is_empty());
    }

    #[test]
    fn the_repository_says_how_a_name_is_imported() {
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write("a.rs", "use std::{fmt, io::Result};\nuse super::Gone;\n");
        write("b.rs", "use std::io::Result;\n");
        write("c.rs", "use std::fmt::Result;\n");
        let text = "//! Doc.\n\nuse std::fs;\nfn f() -> Result<()> {}\n";
        let found: Vec<String> = import_edits(folder.path(), text, "Result")
            .iter()
            .map(|edit| edit.apply(text))
            .collect();
        assert_eq!(
            found,
            [
                text.replace("use std::fs", "use std::io::Result;\nuse std::fs"),
                text.replace("use std::fs", "use std::fmt::Result;\nuse std::fs")
            ]
        );
        assert!(import_edits(folder.path(), text, "Gone").is_empty());
        let import = |path: &str| Edit {
            range: 0..0,
            replacement: format!("use {path};\n"),
            cost: 40,
            rule: "import",
        };
        let mut edits = ["alloc::fmt", "std::fmt", "std::fs"].map(import);
        prefer_own(folder.path(), &mut edits);
        assert_eq!(edits.map(|edit| edit.cost), [40 + FOREIGN, 40, 40]);
        assert_eq!(place("//! Doc.\n#![no_std]\n\n/// F.\nfn f() {}\n"), 21);
    }
}

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

/// How a file uses a name that it does not bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is called: no module is.
    Called,
    /// It has members, as a module has.
    Whole,
    /// Neither is said.
    Unclear,
}

/// How a text uses a name.
pub(crate) fn use_of(text: &str, name: &str) -> Use {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut behind = text
        .match_indices(name)
        .filter(|(at, _)| !text[..*at].ends_with(|letter| is_word(letter) || letter == '.'))
        .map(|(at, _)| &text[at + name.len()..])
        .filter(|rest| !rest.starts_with(is_word));
    let is_called = behind.clone().any(|rest| rest.starts_with('('));
    match (is_called, behind.any(|rest| rest.starts_with('.'))) {
        (true, _) => Use::Called,
        (false, true) => Use::Whole,
        (false, false) => Use::Unclear,
    }
}

/// Import statements with which the file at `path` gets names from the files of the project that define them.
pub(crate) fn defining(
    (root, path, text): (&Path, &str, &str),
    names: &BTreeSet<String>,
) -> BTreeMap<String, Vec<String>> {
    static DEFINED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(?:(?:async[ \t]+)?def[ \t]+(\w+)|class[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=[^=])")
            .expect("the expression is tested")
    });
    let is_relative = text.lines().any(|line| line.starts_with("from ."));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in source_files(root, ".py") {
        let own = file.strip_prefix(root).ok().and_then(Path::to_str);
        // A file that cannot be read defines nothing.
        let (Some(own), Ok(text)) = (own, fs::read_to_string(&file)) else {
            continue;
        };
        if own == path {
            continue;
        }
        let defined: BTreeSet<&str> = DEFINED
            .captures_iter(&text)
            .filter_map(|found| found.get(1).or(found.get(2)).or(found.get(3)))
            .map(|name| name.as_str())
            .filter(|name| names.contains(*name))
            .collect();
        if defined.is_empty() {
            continue;
        }
        let Some(module) = module_from(root, path, own, is_relative) else {
            continue;
        };
        for name in defined {
            let statement = format!("from {module} import {name}");
            found.entry(name.to_owned()).or_default().push(statement);
        }
    }
    found
}

/// What the file at `path` calls the module at `target`.
fn module_from(root: &Path, path: &str, target: &str, is_relative: bool) -> Option<String> {
    let package = |path: &str| -> Vec<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let folders = &parts[..parts.len() - 1];
        let is_package = |end: usize| {
            root.join(folders[..end].join("/"))
                .join("__init__.py")
                .is_file()
        };
        let first = (0..folders.len())
            .rev()
            .take_while(|at| is_package(at + 1))
            .last();
        let first = first.unwrap_or(folders.len());
        folders[first..]
            .iter()
            .map(|part| (*part).to_owned())
            .collect()
    };
    let (here, mut there) = (package(path), package(target));
    let stem = target.rsplit('/').next()?.strip_suffix(".py")?;
    if stem != "__init__" {
        there.push(stem.to_owned());
    }
    let same = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let is_near = !here.is_empty() && same > 0;
    if is_relative && is_near {
        let dots = ".".repeat(here.len() - same + 1);
        return Some(format!("{dots}{}", there[same..].join(".")));
    }
    (!there.is_empty()).then(|| there.join("."))
}

/// Names, and what they are without the mark of private ones.
pub(crate) fn with_plain(names: &BTreeSet<String>) -> BTreeSet<String> {
    let plain = names
        .iter()
        .map(|name| name.trim_start_matches('_').to_owned());
    names.iter().cloned().chain(plain).collect()
}

/// Import statements that give a private name what a module offers without its mark: `from textwrap import indent as _indent`.
pub(crate) fn under_private_name(
    name: &str,
    owners: &BTreeMap<String, Vec<String>>,
    modules: &BTreeSet<String>,
) -> Vec<(String, u32)> {
    let plain = name.trim_start_matches('_');
    if plain == name || plain.is_empty() {
        return Vec::new();
    }
    let whole = modules.contains(plain);
    let whole = whole.then(|| format!("import {plain} as {name}"));
    let owners = owners.get(plain).into_iter().flatten();
    let from = owners.map(|owner| format!("from {owner} import {plain} as {name}"));
    let costs = (0..).map(|step| 90 + 80 * step);
    whole.into_iter().chain(from).zip(costs).collect()
}

/// What it costs to bind a module to a name that is called.
const NO_MODULE: u32 = 200;

/// Import statements that may give a name, likeliest first, with their costs: as the project writes it elsewhere, else from the files
/// that define it and the modules of the standard library that have it.
pub(crate) fn statements(
    name: &str,
    usage: &Usage,
    modules: &BTreeSet<String>,
    (defining, owners, usual): (&[String], &[String], Use),
) -> Vec<(String, u32)> {
    let mut found: Vec<(String, u32)> = Vec::new();
    let mut used: Vec<(&String, &usize)> = usage.get(name).into_iter().flatten().collect();
    used.sort_by_key(|(statement, count)| (std::cmp::Reverse(**count), statement.as_str()));
    for (statement, _) in used {
        let step = 80 * u32::try_from(found.len()).unwrap_or(9);
        found.push((statement.clone(), 60 + step));
    }
    for statement in defining {
        if !found.iter().any(|(known, _)| known == statement) {
            let step = 80 * u32::try_from(found.len()).unwrap_or(9);
            found.push((statement.clone(), 75 + step));
        }
    }
    let own = modules.contains(name).then(|| format!("import {name}"));
    let has_own = own.is_some();
    // What is called and has the name of a module is what that module is for.
    let named = (has_own && usual == Use::Called).then(|| format!("from {name} import {name}"));
    let from = owners
        .iter()
        .map(|module| format!("from {module} import {name}"));
    for statement in own.into_iter().chain(named).chain(from) {
        if !found.iter().any(|(known, _)| *known == statement) {
            let step = 80 * u32::try_from(found.len()).unwrap_or(9);
            let cost = match (usual, statement.starts_with("import ")) {
                (Use::Called, true) => 90 + step + NO_MODULE,
                // A module and what it has of the same name: nothing says which is meant.
                (Use::Unclear, false) if has_own && found.len() == 1 => 90,
                _ => 90 + step,
            };
            found.push((statement, cost));
        }
    }
    found
}

/// The edit that adds statements where the file would have them: among the imports of their kind, in their order; else after the docstring.
pub(crate) fn insertion(
    text: &str,
    statements: &[String],
    modules: &BTreeSet<String>,
    cost: u32,
) -> Edit {
    let lines = Lines::new(text);
    let statements = joined(statements);
    let line = statements
        .first()
        .and_then(|first| Import::read(first, 0))
        .and_then(|own| place(&lines, &own, modules))
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

/// A repair that does more than another one does not rival it.
const MORE: u32 = 150;
/// One line that was lost says of all its names why they are missing.
const TOGETHER: u32 = 30;

/// How much dearer several statements are than the first of them.
pub(crate) fn more(statements: &[String]) -> u32 {
    match joined(statements).len() {
        1 => TOGETHER,
        _ => MORE,
    }
}

/// The same statements, those from one module as one.
fn joined(statements: &[String]) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for statement in statements {
        let (head, name) = match statement.split_once(" import ") {
            Some((module, name)) => (format!("{module} import "), Some(name)),
            None => (statement.clone(), None),
        };
        match found.iter_mut().find(|(known, _)| *known == head) {
            Some((_, names)) => names.extend(name),
            None => found.push((head, name.into_iter().collect())),
        }
    }
    let written = found.into_iter().map(|(head, mut names)| {
        names.sort_unstable();
        names.dedup();
        format!("{head}{}", names.join(", "))
    });
    written.collect()
}

/// An import statement at the top of a file.
struct Import<'a> {
    first: usize,
    /// The line after it.
    end: usize,
    is_from: bool,
    module: &'a str,
}

impl<'a> Import<'a> {
    fn read(text: &'a str, line: usize) -> Option<Import<'a>> {
        let (is_from, rest) = match text.strip_prefix("from ") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("import ")?),
        };
        let rest = rest.trim_start();
        let end =
            rest.find(|letter: char| letter.is_whitespace() || letter == ',' || letter == ';');
        Some(Import {
            first: line,
            end: line + 1,
            is_from,
            module: &rest[..end.unwrap_or(rest.len())],
        })
    }

    /// The package at the top; nothing for one that is named from here.
    fn package(&self) -> &'a str {
        self.module.split('.').next().unwrap_or_default()
    }
}

/// The line before which an import belongs, in a file that has some.
fn place(lines: &Lines<'_>, own: &Import<'_>, modules: &BTreeSet<String>) -> Option<usize> {
    let groups = groups(lines);
    let is_known = |import: &Import<'_>| modules.contains(import.package());
    let has = |is_alike: &dyn Fn(&Import<'_>) -> bool| {
        groups.iter().find(|group| group.iter().any(is_alike))
    };
    let group = has(&|import| import.package() == own.package()).or_else(|| {
        has(&|import| !import.package().is_empty() && is_known(import) == is_known(own))
    });
    let Some(group) = group else {
        // What everybody has stands before what is brought along, and that before what is the project's own.
        return match is_known(own) {
            true => Some(groups.first()?.first()?.first),
            false => Some(groups.last()?.last()?.end),
        };
    };
    // What is named from here stands apart from what has a name everywhere.
    let is_alike = |import: &&Import<'_>| {
        import.is_from == own.is_from && import.package().is_empty() == own.package().is_empty()
    };
    let mut alike = group.iter().filter(is_alike).peekable();
    if alike.peek().is_none() {
        return if own.is_from {
            Some(group.last()?.end)
        } else {
            Some(group.first()?.first)
        };
    }
    let key = |import: &Import<'_>| import.module.to_ascii_lowercase();
    let mut last = None;
    for import in alike {
        if key(import) > key(own) {
            return Some(import.first);
        }
        last = Some(import.end);
    }
    last
}

/// The imports that stand at the beginning of lines before anything else does; what a blank line sets apart is another group.
fn groups<'a>(lines: &Lines<'a>) -> Vec<Vec<Import<'a>>> {
    /// What imports may stand in, or between.
    const AROUND: &[&str] = &[
        " ", "\t", "#", ")", "if ", "elif ", "else:", "try:", "except", "finally:",
    ];
    let mut groups: Vec<Vec<Import<'a>>> = Vec::new();
    let mut end_of_last = usize::MAX;
    let mut line = after_head(lines);
    while line < lines.count() {
        let text = lines.text(line);
        let is_import = Import::read(text, line).is_some();
        if !is_import && !text.is_empty() && !AROUND.iter().any(|begin| text.starts_with(begin)) {
            break;
        }
        let Some(mut import) = Import::read(text, line) else {
            line += 1;
            continue;
        };
        if text.contains('(') && !text.contains(')') {
            let close = (line..lines.count()).find(|at| lines.text(*at).contains(')'));
            import.end = close.unwrap_or(line) + 1;
        }
        while lines.text(import.end - 1).ends_with('\\') && import.end < lines.count() {
            import.end += 1;
        }
        line = import.end;
        let begins = import.first != end_of_last;
        end_of_last = import.end;
        match groups.last_mut() {
            Some(group) if !begins => group.push(import),
            Some(_) | None => groups.push(vec![import]),
        }
    }
    groups
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
    // What a module says of itself stands before what it imports.
    let says = |text: &str| {
        text.strip_prefix("__")
            .and_then(|rest| rest.split_once("__ = "))
            .is_some_and(|(_, value)| {
                let goes_on = |quote: &str| value.matches(quote).count() % 2 == 1;
                !value.ends_with(['(', '[', '{', '\\']) && !goes_on("\"\"\"") && !goes_on("'''")
            })
    };
    while line + 1 < lines.count() && {
        let text = lines.text(line);
        skips(text.trim()) || says(text.trim_end())
    } {
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
    fn a_name_is_taken_from_the_file_that_defines_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        for file in ["src/pkg/__init__.py", "src/pkg/sub/__init__.py", "tool.py"] {
            write(file, "");
        }
        write(
            "src/pkg/labels.py",
            "LABELS: dict = {}\nif True:\n    INNER = 1\n",
        );
        write("src/pkg/sub/deep.py", "def look():\n    LABELS = 1\n");
        let from = |path: &str, text: &str, name: &str| -> Vec<String> {
            let names = BTreeSet::from([name.to_owned()]);
            let found = defining((folder.path(), path, text), &names);
            found.get(name).cloned().unwrap_or_default()
        };
        let near = "from .x import y\n";
        let own = "src/pkg/__init__.py";
        assert_eq!(from(own, near, "LABELS"), ["from .labels import LABELS"]);
        assert_eq!(from(own, "", "LABELS"), ["from pkg.labels import LABELS"]);
        assert_eq!(
            from("src/pkg/sub/a.py", near, "LABELS"),
            ["from ..labels import LABELS"]
        );
        assert_eq!(from(own, near, "look"), ["from .sub.deep import look"]);
        assert_eq!(
            from("main.py", "", "look"),
            ["from pkg.sub.deep import look"]
        );
        assert!(from(own, near, "INNER").is_empty());
    }

    #[test]
    fn an_import_stands_beside_the_others_or_after_the_docstring() {
        let add = |text: &str| {
            let known = ["os", "re", "sys", "typing"].map(str::to_owned).into();
            insertion(text, &["import re".to_owned()], &known, 0).apply(text)
        };
        assert_eq!(
            add("'''Doc.'''\nimport os\n"),
            "'''Doc.'''\nimport os\nimport re\n"
        );
        assert_eq!(
            add("\"\"\"Doc\nmore.\n\"\"\"\n\nx = 1\n"),
            "\"\"\"Doc\nmore.\n\"\"\"\n\nimport re\nx = 1\n"
        );
        assert_eq!(
            add("from __future__ import annotations\nx = 1\n"),
            "from __future__ import annotations\nimport re\nx = 1\n"
        );
        assert_eq!(
            add("\"\"\"Doc.\"\"\"\n\n__author__ = 'X'\n__all__ = ['x']\n\nx = 1\n"),
            "\"\"\"Doc.\"\"\"\n\n__author__ = 'X'\n__all__ = ['x']\n\nimport re\nx = 1\n"
        );
        let head = "'''Doc.'''\n\n__version__ = '1'\n";
        let rest = "__copyright__ = \"\"\"Mine\n\nAll of it.\n\"\"\"\n\nx = 1\n";
        assert_eq!(
            add(&format!("{head}{rest}")),
            format!("{head}import re\n{rest}")
        );
        assert_eq!(
            add("__all__ = [\n    'x',\n]\n"),
            "import re\n__all__ = [\n    'x',\n]\n"
        );
    }

    #[test]
    fn an_import_stands_where_its_order_has_it() {
        let known: BTreeSet<String> = ["os", "re", "sys", "typing"].map(str::to_owned).into();
        let text = "\
from __future__ import annotations

import os
import sys
from typing import (
    Any,
)

from own.base import Base
from . import near

x = 1
";
        let add = |statements: &[&str]| {
            let statements: Vec<String> = statements.iter().map(|one| (*one).to_owned()).collect();
            insertion(text, &statements, &known, 0).apply(text)
        };
        assert_eq!(
            add(&["import re"]),
            text.replace("import sys\n", "import re\nimport sys\n")
        );
        let of_own = "from own.base import Base\n";
        assert_eq!(
            add(&["from own.cap import top", "from own.cap import Cap"]),
            text.replace(of_own, &format!("{of_own}from own.cap import Cap, top\n"))
        );
        assert_eq!(
            add(&["from re import sub"]),
            text.replace("from typing", "from re import sub\nfrom typing")
        );
    }

    #[test]
    fn a_private_name_is_another_one_with_a_mark() {
        let modules: BTreeSet<String> = ["re"].map(str::to_owned).into();
        let owners = BTreeMap::from([("indent".to_owned(), vec!["textwrap".to_owned()])]);
        let of = |name: &str| under_private_name(name, &owners, &modules);
        let one = |statement: &str| [(statement.to_owned(), 90)];
        assert_eq!(of("_indent"), one("from textwrap import indent as _indent"));
        assert_eq!(of("_re"), one("import re as _re"));
        assert!(of("indent").is_empty() && of("_").is_empty() && of("_odd").is_empty());
    }

    #[test]
    fn a_name_that_is_called_is_no_module() {
        let modules: BTreeSet<String> = ["random", "re"].map(str::to_owned).into();
        let owners = ["random".to_owned()];
        let costs = |text: &str| -> Vec<u32> {
            let found = statements(
                "random",
                &Usage::new(),
                &modules,
                (&[], &owners, use_of(text, "random")),
            );
            assert_eq!(found[0].0, "import random");
            assert_eq!(found[1].0, "from random import random");
            found.iter().map(|(_, cost)| *cost).collect()
        };
        let [module, function] = costs("x = random()\n")[..] else {
            panic!("there are two")
        };
        assert!(function + 65 < module, "{function} {module}");
        let [module, function] = costs("x = random.choice(y)\n")[..] else {
            panic!("there are two")
        };
        assert!(module + 45 < function, "{module} {function}");
        let [module, function] = costs("x = {'random': random}\n")[..] else {
            panic!("there are two")
        };
        assert_eq!(module, function);
        // What is installed and called is in the module of its name, though nobody looks into that.
        let modules: BTreeSet<String> = ["width"].map(str::to_owned).into();
        let found = statements(
            "width",
            &Usage::new(),
            &modules,
            (&[], &[], use_of("x = width(y)\n", "width")),
        );
        let likeliest = found.iter().min_by_key(|(_, cost)| cost);
        assert_eq!(likeliest.expect("one").0, "from width import width");
    }
}

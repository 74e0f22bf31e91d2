//! Modules of JavaScript that are used and not bound: imported as the manifest and the neighbours of the file say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::imports::{Use, use_of};
use crate::moved::dotted;
use crate::node_bindings::{Part, SAID, members_of, sources, speaks_of_all};

/// Edits that bind a name to the module that is likely meant by it. `builtins` are the modules that Node.js brings, `owners` those that have
/// a member of that name.
pub(crate) fn import_edits(
    (root, path, text): (&Path, &str, &str),
    name: &str,
    builtins: &[(String, u32)],
    owners: &[String],
) -> Vec<Edit> {
    let asked = Asked::all(text);
    let is_builtin = |module: &str| builtins.iter().any(|(builtin, _)| builtin == module);
    let said = sources(root, path, name);
    // What other files say is not undercut by what only looks so.
    let told = said.found.iter().find(|(_, cost)| **cost == SAID);
    let told = told.map(|((module, _), _)| module.clone());
    let mut sources: BTreeMap<(String, Part), u32> = said
        .found
        .into_iter()
        .map(|((module, part), cost)| {
            let module = module.strip_prefix("node:").unwrap_or(&module).to_owned();
            ((module, part), cost)
        })
        .collect();
    let mut think = |module: String, part: Part, cost: u32| {
        let wrapped = if said.wrapped.contains(&module) {
            WRAPPED
        } else {
            0
        };
        let is_other = told.as_ref().is_some_and(|told| *told != module);
        let cost = cost + wrapped + if is_other { OTHER } else { 0 };
        let own = sources.entry((module, part)).or_insert(cost);
        *own = (*own).min(cost);
    };
    if is_builtin(name) {
        think(name.to_owned(), Part::Whole, 90);
    }
    // What is not called is no function, and most of what modules have are.
    let uncalled = match use_of(text, name) {
        Use::Called => 0,
        Use::Unclear | Use::Whole => UNCALLED,
    };
    for (step, owner) in (0..).zip(owners) {
        let cost = OWNED + 20 * step + uncalled;
        think(owner.clone(), Part::Member(name.to_owned()), cost);
    }
    let is_asked = |module: &str| asked.iter().any(|one| one.module == module);
    let mut unasked: Vec<String> = Vec::new();
    for package in dependencies(root) {
        if let Some(cost) = likeness(&package, name) {
            think(package, Part::Whole, cost);
        } else if !is_asked(&package) {
            unasked.push(package);
        }
    }
    // What the project brings along and the file does not ask for is what it may have asked for.
    if unasked.len() <= MOST_UNASKED {
        for package in unasked {
            think(package, Part::Whole, UNLIKE);
        }
    }
    for (module, cost) in files_beside((root, path, text), name, &asked) {
        think(module, Part::Whole, cost);
    }
    let style = Style::of(path, text, &asked);
    let has_default = text.contains(&format!("{name}.default"));
    let at = if style.is_module {
        beginning(text)
    } else {
        among(text, name, &asked)
    };
    let written = sources.into_iter().map(|((module, part), cost)| {
        let module = if style.says_node && is_builtin(&module) {
            format!("node:{module}")
        } else {
            module
        };
        Edit {
            range: at..at,
            replacement: style.statement((name, has_default), &module, &part),
            cost,
            rule: "import",
        }
    });
    written.collect()
}

/// Whether statements of a text end with a mark.
fn ends_statements(text: &str) -> bool {
    let ends = |line: &str| line.trim_end().ends_with(';');
    text.lines().count() < 3 || text.lines().any(ends)
}

/// Whether a module names files with their endings: Node.js itself asks for it, and most tools that read modules do not.
fn says_endings(text: &str) -> bool {
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:from|import)\s*['"]\.[^'"\n]*?/([^'"/\n]+)['"]"#)
            .expect("the expression is tested")
    });
    FILE.captures_iter(text).all(|file| file[1].contains('.'))
}

/// Files in the folders that a file asks for files of, and what it costs to take each for what a name means.
fn files_beside(
    (root, path, text): (&Path, &str, &str),
    name: &str,
    asked: &[Asked<'_>],
) -> Vec<(String, u32)> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut places: BTreeSet<&str> = ["./", "./lib/"].into();
    places.extend(asked.iter().filter_map(Asked::place));
    let members = members_of(text, name);
    let mut found = Vec::new();
    let mut unlike = Vec::new();
    for place in places {
        for (stem, file) in beside(root, folder, place) {
            let module = format!("{place}{stem}");
            let is_asked = asked
                .iter()
                .any(|one| one.module.trim_end_matches(".js") == module);
            let is_self = file == root.join(path);
            if is_asked || is_self || stem.ends_with(".min") {
                continue;
            }
            let alike = likeness(&stem, name).or_else(|| ending(&stem, name));
            // A file that cannot be read gives nothing.
            let has_members = !members.is_empty()
                && fs::read_to_string(&file).is_ok_and(|text| speaks_of_all(&text, &members));
            let cost = match (alike, has_members) {
                (Some(cost), true) => cost + BESIDE - SPOKEN_OF,
                (Some(cost), false) if members.is_empty() => cost + BESIDE,
                (Some(cost), false) => cost + BESIDE + SPOKEN_OF,
                (None, true) => {
                    unlike.push((module, UNLIKE - 10));
                    continue;
                }
                (None, false) => continue,
            };
            found.push((module, cost));
        }
    }
    // What many files have tells none of them.
    if unlike.len() <= MOST_UNASKED {
        found.extend(unlike);
    }
    found
}

/// How a file asks for modules.
struct Style<'a> {
    is_module: bool,
    word: &'a str,
    quote: char,
    end: &'a str,
    /// Built-in modules are asked for as such: `node:fs`.
    says_node: bool,
    /// Files are asked for with their endings.
    says_endings: bool,
    /// What compilers hand a module to of which the default is asked.
    wrapper: Option<&'a str>,
}

impl<'a> Style<'a> {
    fn of(path: &str, text: &str, asked: &[Asked<'a>]) -> Style<'a> {
        let is_import = |line: &str| line.starts_with("import ") || line.starts_with("import{");
        let is_script = path.ends_with(".cjs");
        let is_module = !is_script && (path.ends_with(".mjs") || text.lines().any(is_import));
        let word = if text.contains("const ") || !text.contains("var ") {
            "const"
        } else {
            "var"
        };
        let first = asked.first();
        let is_quoted_twice =
            is_module && text.matches("from \"").count() > text.matches("from '").count();
        Style {
            is_module,
            word: first.map_or(word, |asked| asked.word),
            quote: match first {
                Some(asked) => asked.quote,
                None if is_quoted_twice => '"',
                None => '\'',
            },
            end: if first.map_or_else(|| ends_statements(text), |asked| asked.is_ended) {
                ";"
            } else {
                ""
            },
            says_node: text.contains("'node:") || text.contains("\"node:"),
            says_endings: is_module && !path.contains(".ts") && says_endings(text),
            wrapper: asked.iter().find_map(|asked| asked.wrapper),
        }
    }

    /// The line that binds a name.
    fn statement(&self, (name, has_default): (&str, bool), module: &str, part: &Part) -> String {
        let Style {
            word, quote, end, ..
        } = self;
        let last = module.rsplit('/').next().unwrap_or(module);
        let is_short = module.starts_with('.') && !last.trim_start_matches('.').contains('.');
        let ending = if is_short && self.says_endings {
            ".js"
        } else {
            ""
        };
        let from = format!("{quote}{module}{ending}{quote}");
        let listed = |alias: &str| match part {
            Part::Member(member) if member != name => format!("{{ {member}{alias}{name} }}"),
            Part::Member(_) => format!("{{ {name} }}"),
            Part::Members if self.is_module => format!("* as {name}"),
            Part::Members | Part::Whole => name.to_owned(),
        };
        if self.is_module {
            format!("import {} from {from};\n", listed(" as "))
        } else {
            let required = match self.wrapper.filter(|_| has_default) {
                Some(wrapper) => format!("{wrapper}(require({from}))"),
                None => format!("require({from})"),
            };
            format!("{word} {} = {required}{end}\n", listed(": "))
        }
    }
}

/// Packages that a file does not ask for are not all tried where there are more.
const MOST_UNASKED: usize = 4;
/// What it costs to take a module for what a name means that it says nothing of, and one whose name ends or begins so.
const UNLIKE: u32 = 160;
const PARTLY: u32 = 110;
/// What a member of a module costs that Node.js brings, and what a file of the project costs more than a package.
const OWNED: u32 = 110;
/// What speaks against a module where other files take the name from another one.
const OTHER: u32 = 60;
/// What speaks against a module of which a file of the project makes something of the same name.
const WRAPPED: u32 = 80;
/// What speaks against such a member where the name is not called.
const UNCALLED: u32 = 60;
const BESIDE: u32 = 10;
/// What speaks for a file that has all members which the text asks of a name, and against one that has not.
const SPOKEN_OF: u32 = 30;
/// Files beside one that are looked at.
const MOST_BESIDE: usize = 500;

/// A line that binds a name to a module.
struct Asked<'a> {
    /// Where the line begins, and where the next one does.
    range: Range<usize>,
    word: &'a str,
    name: &'a str,
    /// What compilers hand the module to.
    wrapper: Option<&'a str>,
    quote: char,
    module: &'a str,
    is_ended: bool,
}

impl<'a> Asked<'a> {
    /// All of them at the top of a text.
    fn all(text: &'a str) -> Vec<Asked<'a>> {
        static LINE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r#"(?m)^(const|let|var) ([\w$]+) *= *(?:([\w$]+)\()?require\( *(?:'([^'\n]+)'|"([^"\n]+)") *\)\)?(;?)[ \t]*\r?\n"#,
            )
            .expect("the expression is tested")
        });
        let of = |found: regex::Captures<'a>| {
            let group = |at: usize| found.get(at).map(|group| group.as_str());
            Some(Asked {
                range: found.get(0)?.range(),
                word: group(1)?,
                name: group(2)?,
                wrapper: group(3),
                quote: if group(4).is_some() { '\'' } else { '"' },
                module: group(4).or_else(|| group(5))?,
                is_ended: group(6) == Some(";"),
            })
        };
        LINE.captures_iter(text).filter_map(of).collect()
    }

    /// The folder that the module is asked for from, if it is one of the project.
    fn place(&self) -> Option<&'a str> {
        let end = self.module.rfind('/')?;
        let is_own = self.module.starts_with("./") || self.module.starts_with("../");
        is_own.then(|| &self.module[..=end])
    }
}

/// The files in a folder that a file of `folder` asks for, by their names without endings.
fn beside(root: &Path, folder: &Path, place: &str) -> BTreeMap<String, PathBuf> {
    let Some(target) = dotted(&folder.to_string_lossy(), place.trim_end_matches('/')) else {
        return BTreeMap::new();
    };
    // A folder that cannot be listed has none.
    let entries = fs::read_dir(root.join(target)).into_iter().flatten();
    let files = entries.flatten().take(MOST_BESIDE).filter_map(|entry| {
        let name = entry.file_name();
        let (stem, ending) = name.to_str()?.rsplit_once('.')?;
        let is_asked_for =
            matches!(ending, "cjs" | "js" | "json" | "mjs" | "ts" | "tsx") && !stem.ends_with(".d");
        is_asked_for.then(|| (stem.to_owned(), entry.path()))
    });
    files.collect()
}

/// What it costs to take a module for a name that its own name ends with or begins with: `version` is `odd-version`.
fn ending(stem: &str, name: &str) -> Option<u32> {
    let (stem, name) = (letters(stem), letters(plain(name)));
    let is_part = name.len() > 2 && (stem.ends_with(&name) || stem.starts_with(&name));
    is_part.then_some(PARTLY)
}

/// Where a name is bound among others: in the order in which they are used, if they are in it; else behind them.
fn among(text: &str, name: &str, asked: &[Asked<'_>]) -> usize {
    let Some(last) = asked.last() else {
        return beginning(text);
    };
    let used = |name: &str| {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let mut places = text.match_indices(name).filter(|(at, _)| {
            let is_bound = asked.iter().any(|one| one.range.contains(at));
            !is_bound
                && !text[..*at].ends_with(is_word)
                && !text[at + name.len()..].starts_with(is_word)
        });
        places.next().map_or(usize::MAX, |(at, _)| at)
    };
    let order: Vec<usize> = asked.iter().map(|one| used(one.name)).collect();
    let own = used(name);
    // What uses it outside of all functions comes after it.
    let line = own.min(text.len());
    let line = text[..line].rfind('\n').map_or(0, |end| end + 1);
    let is_used_at_once = own < last.range.start && !text[line..].starts_with([' ', '\t']);
    if is_used_at_once {
        return line;
    }
    let after = order.iter().zip(asked).find(|(place, _)| **place > own);
    match after {
        Some((_, next)) if order.is_sorted() => next.range.start,
        _ if own < last.range.start => asked[0].range.start,
        _ => last.range.end,
    }
}

/// What the manifest says the project uses.
fn dependencies(root: &Path) -> BTreeSet<String> {
    // Without a manifest that can be read there are none.
    let manifest: serde_json::Value = fs::read(root.join("package.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    named(&manifest, &DEPENDENCIES)
}

/// What a manifest says under these words.
fn named(manifest: &serde_json::Value, kinds: &[&str]) -> BTreeSet<String> {
    kinds
        .iter()
        .filter_map(|kind| manifest.get(kind)?.as_object())
        .flat_map(|packages| packages.keys().cloned())
        .collect()
}

const DEPENDENCIES: [&str; 3] = ["dependencies", "peerDependencies", "optionalDependencies"];

/// Modules that a file may ask for beside those that Node.js brings: packages of the manifests above it and of what is installed, and
/// for a path the files beside the one that is asked for.
pub(crate) fn modules(root: &Path, path: &str, wrong: &str) -> BTreeSet<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    // A folder or manifest that cannot be read names nothing.
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect()
    };
    if wrong.starts_with('.') {
        let (place, _) = wrong.rsplit_once('/').unwrap_or((".", ""));
        let Some(target) = dotted(&folder.to_string_lossy(), place) else {
            return BTreeSet::new();
        };
        let files = names(&root.join(target));
        let asked = |name: String| {
            let stem = name
                .rsplit_once('.')
                .map_or(name.as_str(), |(stem, _)| stem);
            [format!("{place}/{stem}"), format!("{place}/{name}")]
        };
        return files.into_iter().flat_map(asked).collect();
    }
    let mut found = BTreeSet::new();
    for above in folder.ancestors() {
        let above = root.join(above);
        let manifest = fs::read(above.join("package.json")).ok();
        let manifest = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let manifest: serde_json::Value = manifest.unwrap_or_default();
        found.extend(named(&manifest, &DEPENDENCIES));
        found.extend(named(&manifest, &["devDependencies"]));
        let installed = above.join("node_modules");
        for name in names(&installed) {
            if name.starts_with('@') {
                let inner = names(&installed.join(&name));
                found.extend(inner.into_iter().map(|inner| format!("{name}/{inner}")));
            } else {
                found.insert(name);
            }
        }
    }
    found
}

fn letters(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.collect::<String>().to_ascii_lowercase()
}

/// A name without what compilers put around it: `_fooBar`, `foo_bar_1`.
fn plain(name: &str) -> &str {
    let name = name.trim_start_matches('_');
    match name.rsplit_once('_') {
        Some((rest, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    }
}

/// What it costs to take a package for what a name means: `fooBar` is `foo-bar`, and perhaps `foo` is `foo-bar`.
fn likeness(package: &str, name: &str) -> Option<u32> {
    let bare = package.rsplit('/').next().unwrap_or(package);
    let (bare_letters, name_letters) = (letters(bare), letters(plain(name)));
    if name_letters.is_empty() {
        None
    } else if bare_letters == name_letters {
        Some(60)
    } else if bare
        .split(['-', '_', '.'])
        .any(|part| letters(part) == name_letters)
    {
        Some(110)
    } else {
        None
    }
}

/// Where the first statement may stand: behind the interpreter and `'use strict'`.
fn beginning(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_head = (at == 0 && line.starts_with("#!"))
            || matches!(
                line.trim().trim_end_matches(';'),
                "'use strict'" | "\"use strict\""
            );
        if !is_head {
            break;
        }
        at += line.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_bound_as_the_manifest_says() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join("package.json"),
            r#"{"dependencies": {"balanced-match": "1", "@x/deep-equal": "2"}}"#,
        )
        .expect("written");
        fs::write(folder.path().join("own.js"), "").expect("written");
        let of = |text: &str, name: &str| {
            let builtins = [("fs".to_owned(), 0)];
            let mut edits = import_edits((folder.path(), "index.js", text), name, &builtins, &[]);
            edits.sort_by_key(|edit| edit.cost);
            let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
            texts.into_iter().take(1).collect::<Vec<String>>()
        };
        let old = "#!/usr/bin/env node\n'use strict'\nvar a = 1\n";
        assert_eq!(
            of(old, "balanced"),
            [old.replace("var a", "var balanced = require('balanced-match')\nvar a")]
        );
        assert_eq!(
            of("import x from 'y';\n", "deepEqual"),
            ["import deepEqual from '@x/deep-equal';\nimport x from 'y';\n"]
        );
        assert_eq!(of("", "own"), ["const own = require('./own');\n"]);
        assert_eq!(of("", "fs"), ["const fs = require('fs');\n"]);
        assert_eq!(
            of("import a from 'node:b';\n", "fs"),
            ["import fs from 'node:fs';\nimport a from 'node:b';\n"]
        );
        // What the project brings along may be meant by any name.
        assert!(
            of("", "other")
                .iter()
                .all(|text| text.contains("require('"))
        );
        let asked = "const a = require('@x/deep-equal');\n";
        assert_eq!(
            of(asked, "other"),
            [format!("{asked}const other = require('balanced-match');\n")]
        );
    }

    #[test]
    fn a_name_is_bound_as_other_files_bind_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for (file, text) in [
            ("lib/a.js", "exports.one = 1;\nexports.two = 2;\n"),
            ("lib/b.js", "exports.one = 1;\n"),
            (
                "test/t.js",
                "const { join: put } = require('path');\nconst u = require('../lib/b');\n",
            ),
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let first = |text: &str, name: &str| {
            let file = (folder.path(), "lib/own.js", text);
            let mut edits = import_edits(file, name, &[], &["util".to_owned()]);
            edits.sort_by_key(|edit| edit.cost);
            edits.first().map(|edit| edit.apply(text))
        };
        let with = |line: &str, text: &str| Some(format!("{line}\n{text}"));
        let text = "put(1);\n";
        assert_eq!(
            first(text, "put"),
            with("const { join: put } = require('path');", text)
        );
        let text = "u.one;\n";
        assert_eq!(first(text, "u"), with("const u = require('./b');", text));
        let text = "import x from './x.js';\n";
        assert_eq!(first(text, "u"), with("import u from './b.js';", text));
        let text = "two();\n";
        assert_eq!(
            first(text, "two"),
            with("const { two } = require('./a');", text)
        );
        // Only one file has both members.
        let text = "t.one + t.two;\n";
        let of = |text: &str| first(text, "t").expect("one");
        assert!(of("t;\n").contains("{ t } = require('util')"));
        let edits = import_edits((folder.path(), "lib/own.js", text), "t", &[], &[]);
        let all: Vec<&str> = edits.iter().map(|edit| edit.replacement.as_str()).collect();
        assert_eq!(all, ["const t = require('./a');\n"]);
    }

    #[test]
    fn a_file_beside_is_asked_for_as_the_others_are() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [
            "lib/xml-odd.js",
            "lib/isOne1.js",
            "lib/isOne2.js",
            "odd-version.js",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "").expect("written");
        }
        let text = "\"use strict\";\nvar _isOne = require(\"./lib/isOne1\");\nvar a = 1;\n";
        let first = |name: &str| {
            let mut edits = import_edits((folder.path(), "index.js", text), name, &[], &[]);
            edits.sort_by_key(|edit| edit.cost);
            edits.first().map(|edit| edit.apply(text))
        };
        let with = |line: &str| Some(text.replace("var a", &format!("{line}\nvar a")));
        assert_eq!(
            first("xml_odd_1"),
            with("var xml_odd_1 = require(\"./lib/xml-odd\");")
        );
        assert_eq!(
            first("_isOne2"),
            with("var _isOne2 = require(\"./lib/isOne2\");")
        );
        assert_eq!(
            first("version"),
            with("var version = require(\"./odd-version\");")
        );
        assert_eq!(first("other"), None);
        let wrapped = "var _a = odd(require('./lib/isOne1'));\n_isOne2.default;\n";
        let file = (folder.path(), "index.js", wrapped);
        let edits = import_edits(file, "_isOne2", &[], &[]);
        assert_eq!(
            edits[0].replacement,
            "var _isOne2 = odd(require('./lib/isOne2'));\n"
        );
        let text = "exports.odd = xml_odd_1.odd;\nvar _isOne = require('./lib/isOne1');\n";
        let edits = import_edits((folder.path(), "index.js", text), "xml_odd_1", &[], &[]);
        assert_eq!(edits[0].range, 0..0);
    }
}

//! Modules of JavaScript that are used and not bound: imported as the manifest and the neighbours of the file say.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::moved::dotted;

/// Edits that bind a name to the module that is likely meant by it. `builtins` are the modules that Node.js brings.
pub(crate) fn import_edits(
    root: &Path,
    path: &str,
    text: &str,
    name: &str,
    builtins: &[(String, u32)],
) -> Vec<Edit> {
    let asked = Asked::all(text);
    let mut modules: Vec<(String, u32)> = Vec::new();
    if builtins.iter().any(|(module, _)| module == name) {
        modules.push((name.to_owned(), 90));
    }
    let is_asked = |module: &str| asked.iter().any(|one| one.module == module);
    let mut unasked: Vec<String> = Vec::new();
    for package in dependencies(root) {
        if let Some(cost) = likeness(&package, name) {
            modules.push((package, cost));
        } else if !is_asked(&package) {
            unasked.push(package);
        }
    }
    // What the project brings along and the file does not ask for is what it may have asked for.
    if unasked.len() <= MOST_UNASKED {
        modules.extend(unasked.into_iter().map(|package| (package, UNLIKE)));
    }
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut places: BTreeSet<&str> = ["./", "./lib/"].into();
    places.extend(asked.iter().filter_map(Asked::place));
    for place in places {
        let own = beside(root, folder, place);
        let own = own.into_iter().filter(|stem| {
            let module = format!("{place}{stem}");
            !is_asked(&module) && !is_asked(&format!("{module}.js"))
        });
        modules.extend(own.filter_map(|stem| {
            let file = folder.join(place.trim_start_matches("./")).join(&stem);
            let is_self = file == Path::new(path).with_extension("");
            let cost = likeness(&stem, name).or_else(|| ending(&stem, name))?;
            (!is_self).then(|| (format!("{place}{stem}"), cost + 10))
        }));
    }
    let is_module = text.lines().any(|line| line.starts_with("import ")) || path.ends_with(".mjs");
    let word = if text.contains("const ") || !text.contains("var ") {
        "const"
    } else {
        "var"
    };
    let word = asked.first().map_or(word, |asked| asked.word);
    let quote = asked.first().map_or('\'', |asked| asked.quote);
    let is_ended = asked.first().is_none_or(|asked| asked.is_ended);
    let end = if is_ended { ";" } else { "" };
    let at = if is_module {
        beginning(text)
    } else {
        among(text, name, &asked)
    };
    modules
        .into_iter()
        .map(|(module, cost)| Edit {
            range: at..at,
            replacement: if is_module {
                format!("import {name} from '{module}';\n")
            } else {
                format!("{word} {name} = require({quote}{module}{quote}){end}\n")
            },
            cost,
            rule: "import",
        })
        .collect()
}

/// Packages that a file does not ask for are not all tried where there are more.
const MOST_UNASKED: usize = 4;
/// What it costs to take a module for what a name means that it says nothing of, and one whose name ends or begins so.
const UNLIKE: u32 = 160;
const PARTLY: u32 = 110;
/// Files beside one that are looked at.
const MOST_BESIDE: usize = 500;

/// A line that binds a name to a module.
struct Asked<'a> {
    /// Where the line begins, and where the next one does.
    range: Range<usize>,
    word: &'a str,
    name: &'a str,
    quote: char,
    module: &'a str,
    is_ended: bool,
}

impl<'a> Asked<'a> {
    /// All of them at the top of a text.
    fn all(text: &'a str) -> Vec<Asked<'a>> {
        static LINE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r#"(?m)^(const|let|var) ([\w$]+) *= *require\( *(?:'([^'\n]+)'|"([^"\n]+)") *\)(;?)[ \t]*\r?\n"#,
            )
            .expect("the expression is tested")
        });
        let of = |found: regex::Captures<'a>| {
            let group = |at: usize| found.get(at).map(|group| group.as_str());
            Some(Asked {
                range: found.get(0)?.range(),
                word: group(1)?,
                name: group(2)?,
                quote: if group(3).is_some() { '\'' } else { '"' },
                module: group(3).or_else(|| group(4))?,
                is_ended: group(5) == Some(";"),
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

/// Names of the files in a folder that a file of `folder` asks for, without their endings.
fn beside(root: &Path, folder: &Path, place: &str) -> BTreeSet<String> {
    let Some(target) = dotted(&folder.to_string_lossy(), place.trim_end_matches('/')) else {
        return BTreeSet::new();
    };
    // A folder that cannot be listed has none.
    let entries = fs::read_dir(root.join(target)).into_iter().flatten();
    let names = entries
        .flatten()
        .take(MOST_BESIDE)
        .map(|entry| entry.file_name());
    names
        .filter_map(|name| {
            let name = name.to_str()?;
            let (stem, ending) = name.rsplit_once('.')?;
            matches!(ending, "cjs" | "js" | "json").then(|| stem.to_owned())
        })
        .collect()
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
            let mut edits = import_edits(folder.path(), "index.js", text, name, &builtins);
            edits.sort_by_key(|edit| edit.cost);
            let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
            texts.into_iter().take(1).collect::<Vec<String>>()
        };
        let old = "#!/usr/bin/env node\n'use strict'\nvar a = 1\n";
        assert_eq!(
            of(old, "balanced"),
            [old.replace("var a", "var balanced = require('balanced-match');\nvar a")]
        );
        assert_eq!(
            of("import x from 'y';\n", "deepEqual"),
            ["import deepEqual from '@x/deep-equal';\nimport x from 'y';\n"]
        );
        assert_eq!(of("", "own"), ["const own = require('./own');\n"]);
        assert_eq!(of("", "fs"), ["const fs = require('fs');\n"]);
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
            let mut edits = import_edits(folder.path(), "index.js", text, name, &[]);
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
        let text = "exports.odd = xml_odd_1.odd;\nvar _isOne = require('./lib/isOne1');\n";
        let edits = import_edits(folder.path(), "index.js", text, "xml_odd_1", &[]);
        assert_eq!(edits[0].range, 0..0);
    }
}

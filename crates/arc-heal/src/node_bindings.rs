//! What the files of a JavaScript project say of a name that one of them does not bind: from where others import it, which file gives it,
//! and which files have the members that are asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::imports::source_files;
use crate::moved::dotted;

/// What of a module a name is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// All that it gives, or what it gives by default.
    Whole,
    /// All that it gives, as `import * as` has it.
    Members,
    /// One of its members.
    Member(String),
}

/// A module as a file asks for it, and what of it a name is.
pub(crate) type Source = (String, Part);

/// What another file says costs; what fewer files say costs more.
pub(crate) const SAID: u32 = 60;
const STEP: u32 = 80;
/// What costs a file that gives something of that name.
const GIVEN: u32 = 75;

/// A file of the project, with its path in it.
struct File {
    path: String,
    text: String,
}

/// What a project says of a name that a file does not bind.
pub(crate) struct Said {
    /// Where it may come from, and what it costs to think so.
    pub(crate) found: BTreeMap<Source, u32>,
    /// Modules that a file asks for to give something of that name itself: others ask for that file.
    pub(crate) wrapped: BTreeSet<String>,
}

/// What the project says of a name that the file at `path` does not bind.
pub(crate) fn sources(root: &Path, path: &str, name: &str) -> Said {
    let files = mentioning(root, path, name);
    let mut found = BTreeMap::new();
    let mut said: BTreeMap<Source, u32> = BTreeMap::new();
    let mut wrapped = BTreeSet::new();
    for file in &files {
        let is_given = !gives(&file.text, name).is_empty();
        for (module, part) in asked(&file.text, name) {
            if is_given {
                wrapped.insert(module);
            } else if let Some(module) = from_here(&file.path, &module, path) {
                *said.entry((module, part)).or_default() += 1;
            }
        }
    }
    let mut said: Vec<(Source, u32)> = said.into_iter().collect();
    said.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    for (step, (source, _)) in (0..).zip(said) {
        found.insert(source, SAID + STEP * step);
    }
    let mut given = 0;
    for file in &files {
        for part in gives(&file.text, name) {
            let Some(module) = relative(path, &file.path) else {
                continue;
            };
            found.entry((module, part)).or_insert(GIVEN + STEP * given);
            given += 1;
        }
    }
    Said { found, wrapped }
}

/// The scripts of a project in which a name stands, but for the one at `path`.
fn mentioning(root: &Path, path: &str, name: &str) -> Vec<File> {
    let files = ["js", "ts", "sx"].map(|ending| source_files(root, ending));
    let read = |file: PathBuf| {
        let ending = file.extension()?.to_str()?;
        let is_script = matches!(ending, "cjs" | "js" | "jsx" | "mjs" | "ts" | "tsx");
        let own = file.strip_prefix(root).ok()?.to_str()?.to_owned();
        if !is_script || own == path || is_made(&own) {
            return None;
        }
        // A file that cannot be read says nothing.
        let text = fs::read_to_string(&file).ok()?;
        text.contains(name).then_some(File { path: own, text })
    };
    files.into_iter().flatten().filter_map(read).collect()
}

/// Whether tools made a file of others.
fn is_made(path: &str) -> bool {
    let made = ["build", "bundle", "coverage", "dist", "out", "umd"];
    path.contains(".min.") || path.split('/').any(|part| made.contains(&part))
}

/// Modules that a text takes a name from.
fn asked(text: &str, name: &str) -> Vec<Source> {
    static REQUIRED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)^[ \t]*(?:const|let|var)\s+(\{[^{}]*\}|[\w$]+)\s*=\s*(?:[\w$]+\(\s*)?require\(\s*['"]([^'"\n]+)['"]\s*\)\)?(?:\.([\w$]+))?[ \t]*(?:;|,|$)"#,
        )
        .expect("the expression is tested")
    });
    static IMPORTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)^[ \t]*import\s+([^'"`;()]+?)\s+from\s*['"]([^'"\n]+)['"]"#)
            .expect("the expression is tested")
    });
    let mut found = Vec::new();
    for captures in REQUIRED.captures_iter(text) {
        let (bound, module) = (&captures[1], captures[2].to_owned());
        let member = captures.get(3).map(|member| member.as_str().to_owned());
        if let Some(listed) = bound.strip_prefix('{') {
            let member = listed_as(listed.trim_end_matches('}'), name, ":");
            found.extend(member.map(|member| (module, Part::Member(member))));
        } else if bound == name {
            let part = member.map_or(Part::Whole, Part::Member);
            found.push((module, part));
        }
    }
    for captures in IMPORTED.captures_iter(text) {
        let (bound, module) = (&captures[1], captures[2].to_owned());
        let (first, listed) = match bound.split_once('{') {
            Some((first, rest)) => (first, rest.trim_end().trim_end_matches('}')),
            None => (bound, ""),
        };
        for first in first.split(',').map(str::trim) {
            if first == name {
                found.push((module.clone(), Part::Whole));
            } else if first.strip_prefix("* as ").map(str::trim) == Some(name) {
                found.push((module.clone(), Part::Members));
            }
        }
        let member = listed_as(listed, name, " as ");
        found.extend(member.map(|member| (module, Part::Member(member))));
    }
    found
}

/// What is called `name` in a list: `a, b as name`.
fn listed_as(listed: &str, name: &str, alias: &str) -> Option<String> {
    listed.split(',').find_map(|item| {
        let item = item.trim().trim_start_matches("type ");
        let (member, called) = item.split_once(alias).unwrap_or((item, item));
        (called.trim() == name).then(|| member.trim().to_owned())
    })
}

/// What of a module a name is that its text gives to others.
fn gives(text: &str, name: &str) -> BTreeSet<Part> {
    let word = regex::escape(name);
    let is = |pattern: String| Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(text));
    let mut parts = BTreeSet::new();
    let is_whole = is(format!(
        r"(?m)\bmodule\.exports\s*=\s*(?:(?:async\s+)?function\*?\s+|class\s+)?{word}\s*(?:;|\(|\{{|$)|^export\s+default\s+(?:(?:async\s+)?function\*?\s+|class\s+)?{word}\b"
    ));
    if is_whole {
        parts.insert(Part::Whole);
    }
    let is_member = is(format!(
        r"(?m)\bexports\.{word}\s*=[^=]|\bmodule\.exports\s*=\s*\{{[^{{}}]*\b{word}\s*[,:}}\n]|^export\s+(?:async\s+)?(?:function\*?|class|const|let|var|enum)\s+{word}\b|^export\s*\{{[^}}]*\b{word}\s*[,}}]"
    ));
    if is_member {
        parts.insert(Part::Member(name.to_owned()));
    }
    parts
}

/// A module that the file at `from` asks for, as the one at `to` would; `None` where that is no file of the project.
fn from_here(from: &str, module: &str, to: &str) -> Option<String> {
    if !module.starts_with('.') {
        return Some(module.to_owned());
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    relative(to, &dotted(folder, module)?)
}

/// A path of the project as the file at `path` names it, without an ending that need not be said.
fn relative(path: &str, target: &str) -> Option<String> {
    let folder: Vec<&str> = path.split('/').collect();
    let folder = &folder[..folder.len() - 1];
    let stem = [".js", ".ts", ".tsx", ".jsx"]
        .iter()
        .find_map(|ending| target.strip_suffix(ending));
    let target: Vec<&str> = stem.unwrap_or(target).split('/').collect();
    let same = folder
        .iter()
        .zip(&target)
        .take_while(|(a, b)| a == b)
        .count();
    let own = path.rsplit('/').next()?;
    let own = own.rsplit_once('.').map_or(own, |(stem, _)| stem);
    if target.len() == folder.len() + 1 && same == folder.len() && target.last() == Some(&own) {
        return None;
    }
    let up = folder.len() - same;
    let rest = target[same..].join("/");
    Some(match up {
        0 => format!("./{rest}"),
        _ => format!("{}{rest}", "../".repeat(up)),
    })
}

/// The members that a text asks of a name.
pub(crate) fn members_of(text: &str, name: &str) -> BTreeSet<String> {
    let pattern = format!(
        r"(?:^|[^\w$.]){}\s*\.\s*([A-Za-z_$][\w$]*)",
        regex::escape(name)
    );
    // What every value has says nothing of which one it is.
    let says = |member: &&str| !matches!(*member, "default" | "length" | "call" | "apply" | "bind");
    Regex::new(&pattern)
        .ok()
        .map(|pattern| {
            let all = pattern.captures_iter(text).filter_map(|found| found.get(1));
            let members = all.map(|member| member.as_str()).filter(says);
            members.map(str::to_owned).collect()
        })
        .unwrap_or_default()
}

/// Whether all these words stand in a text.
pub(crate) fn speaks_of_all(text: &str, members: &BTreeSet<String>) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    members.iter().all(|member| {
        text.match_indices(member.as_str()).any(|(at, _)| {
            !text[..at].ends_with(is_word) && !text[at + member.len()..].starts_with(is_word)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(module: &str, part: Part) -> Source {
        (module.to_owned(), part)
    }

    #[test]
    fn a_name_is_taken_from_where_others_take_it() {
        let text = "\
var a = require('x');
const { b, c: d } = require(\"./y\");
let e = require('z').e;
import f, { g as h, i } from './w.js';
import * as j from 'v';
var _k = wrapped(require('u'));
";
        let of = |name: &str| asked(text, name);
        assert_eq!(of("a"), [one("x", Part::Whole)]);
        assert_eq!(of("b"), [one("./y", Part::Member("b".to_owned()))]);
        assert_eq!(of("d"), [one("./y", Part::Member("c".to_owned()))]);
        assert_eq!(of("c"), []);
        assert_eq!(of("e"), [one("z", Part::Member("e".to_owned()))]);
        assert_eq!(of("f"), [one("./w.js", Part::Whole)]);
        assert_eq!(of("h"), [one("./w.js", Part::Member("g".to_owned()))]);
        assert_eq!(of("i"), [one("./w.js", Part::Member("i".to_owned()))]);
        assert_eq!(of("j"), [one("v", Part::Members)]);
        assert_eq!(of("_k"), [one("u", Part::Whole)]);
    }

    #[test]
    fn a_file_gives_what_it_exports() {
        let member = || BTreeSet::from([Part::Member("one".to_owned())]);
        let whole = || BTreeSet::from([Part::Whole]);
        for text in [
            "exports.one = function () {}\n",
            "module.exports = {\n  two,\n  one,\n};\n",
            "export async function one() {}\n",
            "const one = 1;\nexport { one };\n",
        ] {
            assert_eq!(gives(text, "one"), member(), "{text}");
        }
        for text in [
            "module.exports = one;\n",
            "module.exports = function one(a) {}\n",
            "export default class one {}\n",
        ] {
            assert_eq!(gives(text, "one"), whole(), "{text}");
        }
        for text in [
            "exports.one == 2\n",
            "const one = 1;\n",
            "exports.ones = 1\n",
        ] {
            assert!(gives(text, "one").is_empty(), "{text}");
        }
    }

    #[test]
    fn a_path_is_said_from_the_file_that_asks() {
        let from = |path: &str, target: &str| relative(path, target);
        assert_eq!(from("a.js", "lib/b.js").as_deref(), Some("./lib/b"));
        assert_eq!(from("lib/a.js", "lib/b.js").as_deref(), Some("./b"));
        assert_eq!(from("lib/x/a.js", "lib/b.mjs").as_deref(), Some("../b.mjs"));
        assert_eq!(from("lib/a.js", "lib/a.js"), None);
        assert_eq!(
            from_here("test/t.js", "../lib/b", "lib/c.js").as_deref(),
            Some("./b")
        );
        assert_eq!(from_here("test/t.js", "../../b", "lib/c.js"), None);
        assert_eq!(
            from_here("test/t.js", "b", "lib/c.js").as_deref(),
            Some("b")
        );
    }

    #[test]
    fn the_members_that_are_asked_for_tell_modules_apart() {
        let members = members_of(
            "x = _isISO.one(1) + a._isISO.two + _isISO2.three;\n",
            "_isISO",
        );
        assert_eq!(members, BTreeSet::from(["one".to_owned()]));
        assert!(speaks_of_all("exports.one = one;\n", &members));
        assert!(!speaks_of_all("exports.ones = 1;\n", &members));
    }
}

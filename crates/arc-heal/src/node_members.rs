//! Members of JavaScript that their object does not have: of what the language brings, of modules of Node.js, and of files of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::lines::Lines;
use crate::moved::dotted;
use crate::profile::Profile;
use crate::spelling::distance;
use crate::tokens::{TokenKind, all_tokens};

/// What costs a member that the object has, one letter away from one that it has not, and two.
const NEAR: u32 = 65;
const FAR: u32 = 150;
/// What speaks against a place that no tool tells.
const UNTOLD: u32 = 15;

/// Edits that give members the names that their objects have. `holders` are the members of globals and of modules by their names, `told` is the
/// line of the fault, where one is told.
pub(crate) fn member_edits(
    (root, path, text): (&Path, &str, &str),
    profile: &Profile,
    holders: &BTreeMap<String, Vec<String>>,
    told: Option<usize>,
) -> Vec<Edit> {
    let bound = bound(text);
    let mut known: BTreeMap<&str, Option<BTreeSet<String>>> = BTreeMap::new();
    let lines = Lines::new(text);
    let mut edits = Vec::new();
    for line in 0..lines.count() {
        let content = lines.text(line);
        let tokens = all_tokens(content, profile);
        let word = |at: usize| &content[tokens[at].range.clone()];
        for at in 0..tokens.len().saturating_sub(2) {
            let is_word = |at: usize| tokens[at].kind == TokenKind::Word;
            let is_first = at == 0 || !matches!(word(at - 1), "." | "?.");
            let has_member = matches!(word(at + 1), "." | "?.") && is_word(at + 2);
            if !is_word(at) || !is_first || !has_member {
                continue;
            }
            let (object, member) = (word(at), word(at + 2));
            let members = known
                .entry(object)
                .or_insert_with(|| match bound.get(object) {
                    Some(module) if module.starts_with('.') => given(root, path, module),
                    Some(module) => of_holder(holders, module),
                    None => of_holder(holders, object),
                });
            let Some(members) = members else { continue };
            if members.contains(member) {
                continue;
            }
            let start = lines.start(line);
            let range = &tokens[at + 2].range;
            let untold = if told == Some(line) { 0 } else { UNTOLD };
            edits.extend(members.iter().filter_map(|own| {
                let cost = match distance(member, own, 2)? {
                    1 => NEAR,
                    _ if own.len() > 4 => FAR,
                    _ => return None,
                };
                Some(Edit {
                    range: start + range.start..start + range.end,
                    replacement: own.clone(),
                    cost: cost + untold,
                    rule: "name",
                })
            }));
        }
    }
    edits
}

fn of_holder(holders: &BTreeMap<String, Vec<String>>, name: &str) -> Option<BTreeSet<String>> {
    let members = holders.get(name.strip_prefix("node:").unwrap_or(name))?;
    Some(members.iter().cloned().collect())
}

/// Names that are modules, with those; a name that is bound to two is left out.
fn bound(text: &str) -> BTreeMap<&str, &str> {
    static BOUND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)(?:(?:^|[\s,])([\w$]+)\s*=\s*require\(\s*['"]([^'"\n]+)['"]\s*\)[ \t]*(?:[;,]|$)|^import\s+(?:\*\s+as\s+)?([\w$]+)\s+from\s*['"]([^'"\n]+)['"])"#,
        )
        .expect("the expression is tested")
    });
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for found in BOUND.captures_iter(text) {
        let group = |one: usize, other: usize| found.get(one).or_else(|| found.get(other));
        if let (Some(name), Some(module)) = (group(1, 3), group(2, 4))
            && names
                .insert(name.as_str(), module.as_str())
                .is_some_and(|known| known != module.as_str())
        {
            twice.insert(name.as_str());
        }
    }
    names.retain(|name, _| !twice.contains(name));
    names
}

/// What a file of the project gives to others by name, as the one at `path` asks for it; `None` where that cannot be told.
fn given(root: &Path, path: &str, module: &str) -> Option<BTreeSet<String>> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)(?:\bexports\.([\w$]+)\s*=|\bdefineProperty\(\s*(?:module\.)?exports\s*,\s*['"]([\w$]+)['"]|^export\s+(?:async\s+)?(?:function\*?|class|const|let|var)\s+([\w$]+))"#,
        )
        .expect("the expression is tested")
    });
    static LISTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\bmodule\.exports\s*=|^export)\s*\{([^{}()]*)\}")
            .expect("the expression is tested")
    });
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = dotted(folder, module)?;
    let text = ["", ".js", ".cjs", ".mjs", ".ts", "/index.js"]
        .iter()
        .find_map(|ending| fs::read_to_string(root.join(format!("{target}{ending}"))).ok())?;
    let mut names: BTreeSet<String> = NAMED
        .captures_iter(&text)
        .filter_map(|found| found.get(1).or(found.get(2)).or(found.get(3)))
        .map(|name| name.as_str().to_owned())
        .collect();
    for listed in LISTED.captures_iter(&text) {
        let items = listed[1].split(',').filter_map(|item| {
            let item = item.rsplit(" as ").next()?;
            let name = item.split(':').next()?.trim();
            let is_name = !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || "_$".contains(letter));
            is_name.then(|| name.to_owned())
        });
        names.extend(items);
    }
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    #[test]
    fn a_member_is_spelled_as_its_object_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |file: &str, text: &str| fs::write(folder.path().join(file), text).expect("written");
        write(
            "lists.js",
            "exports.first = 1;\nmodule.exports.second = 2;\n",
        );
        write("pairs.js", "module.exports = {\n  left: 1,\n  right,\n};\n");
        write("plain.js", "module.exports = function plain() {};\n");
        let holders: BTreeMap<String, Vec<String>> = [
            (
                "Math".to_owned(),
                vec!["floor".to_owned(), "max".to_owned()],
            ),
            ("path".to_owned(), vec!["join".to_owned()]),
        ]
        .into();
        let head = "var p = require('node:path'), l = require('./lists');\nconst q = require('./pairs');\nconst o = require('./plain');\n";
        let edited = |line: &str| -> Vec<String> {
            let text = format!("{head}{line}\n");
            let own = (folder.path(), "index.js", text.as_str());
            let edits = member_edits(own, profile(Environment::JavaScript), &holders, None);
            let texts = edits.iter().map(|edit| edit.apply(&text));
            texts
                .map(|text| text[head.len()..].trim_end().to_owned())
                .collect()
        };
        assert_eq!(edited("Math.flor(1)"), ["Math.floor(1)"]);
        assert_eq!(edited("p.jion('a')"), ["p.join('a')"]);
        assert_eq!(edited("l.frist"), ["l.first"]);
        assert_eq!(edited("l.secnod"), ["l.second"]);
        assert_eq!(edited("q.rihgt"), ["q.right"]);
        for line in ["q.left", "a.q.lfet", "o.plan", "r.lfet", "'Math.flor'"] {
            assert!(edited(line).is_empty(), "{line}");
        }
    }
}

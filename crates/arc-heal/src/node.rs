//! Modules of JavaScript that are used and not bound: imported as the manifest and the neighbours of the file say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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
    let mut modules: Vec<(String, u32)> = Vec::new();
    if builtins.iter().any(|(module, _)| module == name) {
        modules.push((name.to_owned(), 90));
    }
    for package in dependencies(root) {
        if let Some(cost) = likeness(&package, name) {
            modules.push((package, cost));
        }
    }
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    for place in ["", "lib/"] {
        let own = format!("{place}{name}.js");
        let file = folder.join(&own);
        if file != Path::new(path) && root.join(&file).is_file() {
            modules.push((format!("./{place}{name}"), 70));
        }
    }
    let at = beginning(text);
    let is_module = text.lines().any(|line| line.starts_with("import ")) || path.ends_with(".mjs");
    let word = if text.contains("const ") || !text.contains("var ") {
        "const"
    } else {
        "var"
    };
    modules
        .into_iter()
        .map(|(module, cost)| Edit {
            range: at..at,
            replacement: if is_module {
                format!("import {name} from '{module}';\n")
            } else {
                format!("{word} {name} = require('{module}');\n")
            },
            cost,
            rule: "import",
        })
        .collect()
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

/// What it costs to take a package for what a name means: `fooBar` is `foo-bar`, and perhaps `foo` is `foo-bar`.
fn likeness(package: &str, name: &str) -> Option<u32> {
    let bare = package.rsplit('/').next().unwrap_or(package);
    let letters = |text: &str| {
        let kept = text.chars().filter(char::is_ascii_alphanumeric);
        kept.collect::<String>().to_ascii_lowercase()
    };
    let (bare_letters, name_letters) = (letters(bare), letters(name));
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
            let edits = import_edits(folder.path(), "index.js", text, name, &builtins);
            let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
            texts
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
        assert!(of("", "other").is_empty());
    }
}

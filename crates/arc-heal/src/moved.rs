//! Imports of what went to another file.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::diagnostic::Environment;
use crate::renamed::{Asker, script_files};

/// What went where.
pub(crate) struct Move<'a> {
    pub(crate) old: &'a str,
    /// The file that it was in.
    pub(crate) from: &'a str,
    /// The file that it is in.
    pub(crate) to: &'a str,
    /// The module as the message calls it.
    pub(crate) module: Option<&'a str>,
}

/// The text with the import from the new place, under the old name; `None` where no import of it is found that can be rewritten.
pub(crate) fn moved_text(asker: &Asker<'_>, went: &Move<'_>) -> Option<String> {
    match asker.environment {
        Environment::Python => python(asker, went),
        Environment::JavaScript => script(asker, went),
        Environment::Rust => rust(asker.text, went),
        Environment::Ansible | Environment::Bash | Environment::Go | Environment::Terraform => None,
    }
}

/// The text with another module where it names the file `from`, which is `to` now. `hint` is the module as the message calls it.
pub(crate) fn moved_module(
    asker: &Asker<'_>,
    (hint, from): (&str, &str),
    to: &str,
) -> Option<String> {
    match asker.environment {
        Environment::Python => {
            let module = python_module(to, from, hint)?;
            let last = |module: &str| module.rsplit('.').next().unwrap_or("").to_owned();
            let is_beside = hint.rsplit_once('.').map(|(folder, _)| folder)
                == module.rsplit_once('.').map(|(folder, _)| folder);
            let mut text = whole_words(asker.text, hint, &module);
            if text == asker.text && is_beside {
                // The folder of the file itself is not named where an import is relative.
                let line = Regex::new(&format!(
                    r"(?m)^(\s*from \.+)({0})( import )|^(\s*from \.+ import (?:[\w, ]*, )?)({0})\b",
                    regex::escape(&last(hint))
                ));
                let line = line.expect("a name in a fixed expression");
                let new = last(&module);
                text = line
                    .replace_all(asker.text, |found: &Captures<'_>| {
                        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
                        format!("{}{}{new}{}", part(1), part(4), part(3))
                    })
                    .into_owned();
            }
            Some(text)
        }
        Environment::JavaScript => {
            let module = script_module(asker.path, to, hint)?;
            let mut text = asker.text.to_owned();
            for quote in ['\'', '"', '`'] {
                let name = |module: &str| format!("{quote}{module}{quote}");
                text = text.replace(&name(hint), &name(&module));
            }
            Some(text)
        }
        Environment::Ansible
        | Environment::Bash
        | Environment::Go
        | Environment::Rust
        | Environment::Terraform => None,
    }
}

/// The module that a file is, by the module that a neighbor of it is.
fn python_module(path: &str, neighbor: &str, module: &str) -> Option<String> {
    let plain = |path: &str| {
        let stem = path.strip_suffix(".py").unwrap_or(path);
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        stem.replace('/', ".")
    };
    let root = plain(neighbor);
    let root = root.strip_suffix(module)?;
    plain(path).strip_prefix(root).map(str::to_owned)
}

/// The text with a dotted name in the place of another.
fn whole_words(text: &str, old: &str, new: &str) -> String {
    let name = Regex::new(&format!(r"(^|[^\w.]){}\b", regex::escape(old)));
    let name = name.expect("a name in a fixed expression");
    name.replace_all(text, |found: &Captures<'_>| format!("{}{new}", &found[1]))
        .into_owned()
}

/// The folder and a relative path in one; `None` where that is no path of the project.
pub(crate) fn dotted(folder: &str, relative: &str) -> Option<String> {
    if !relative.starts_with("./") && !relative.starts_with("../") && relative != "." {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The names of an import, one of which is taken out: what is left, and what it was called in here.
fn without<'a>(names: &'a str, old: &str, alias: &str) -> Option<(Vec<&'a str>, Option<&'a str>)> {
    let mut rest = Vec::new();
    let mut taken = None;
    for name in names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let mut words = name.split(alias).map(str::trim);
        if words.next() == Some(old) && taken.is_none() {
            taken = Some(words.next());
        } else {
            rest.push(name);
        }
    }
    Some((rest, taken?))
}

fn python(asker: &Asker<'_>, went: &Move<'_>) -> Option<String> {
    static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?m)^([ \t]*)from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n#(]+))",
        )
        .expect("the expression is tested")
    });
    for found in IMPORT.captures_iter(asker.text) {
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        let names = format!("{}{}", part(4), part(5));
        if names.contains('#') {
            continue;
        }
        let Some((rest, alias)) = without(&names, went.old, " as ") else {
            continue;
        };
        let (indent, dots, module) = (part(1), part(2), part(3));
        let full = match dots {
            "" => module.to_owned(),
            _ => went.module?.to_owned(),
        };
        let target = match python_module(went.to, went.from, &full) {
            Some(target) => target,
            // The module hands on what another one defines.
            None => {
                let first = full.split('.').next().unwrap_or("");
                let path = went.to.strip_suffix(".py")?;
                let path = path.strip_suffix("/__init__").unwrap_or(path);
                let parts: Vec<&str> = path.split('/').collect();
                let start = parts.iter().position(|part| *part == first)?;
                parts[start..].join(".")
            }
        };
        let target = match dots {
            "" => target,
            // Beside each other as before.
            dots => {
                let (folder, name) = target.rsplit_once('.')?;
                let beside = full.rsplit_once('.').map(|(folder, _)| folder);
                if dots == "." && beside == Some(folder) && !module.contains('.') {
                    format!(".{name}")
                } else {
                    target
                }
            }
        };
        let called = alias.map_or(String::new(), |alias| format!(" as {alias}"));
        let mut new = format!("{indent}from {target} import {}{called}", went.old);
        if !rest.is_empty() {
            new.push_str(&format!("\n{indent}from {dots}{module} import "));
            new.push_str(&match found.get(4) {
                Some(_) => format!("({})", rest.join(", ")),
                None => rest.join(", "),
            });
        }
        let whole = found.get(0)?;
        let mut text = asker.text.to_owned();
        text.replace_range(whole.range(), &new);
        return Some(text);
    }
    None
}

/// The module of a file as another file asks for it, in the way it asked for `like`.
fn script_module(asker: &str, path: &str, like: &str) -> Option<String> {
    let folder: Vec<&str> = asker
        .rsplit_once('/')
        .map_or(Vec::new(), |(folder, _)| folder.split('/').collect());
    let target: Vec<&str> = path.split('/').collect();
    let same = folder
        .iter()
        .zip(&target)
        .take_while(|(one, other)| one == other)
        .count();
    let ups = folder.len() - same;
    let mut module = if ups == 0 {
        "./".to_owned()
    } else {
        "../".repeat(ups)
    };
    module.push_str(&target[same..].join("/"));
    let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx"];
    let own = ends.iter().find(|end| module.ends_with(**end))?;
    if let Some(asked) = ends.iter().find(|end| like.ends_with(**end)) {
        // A program in TypeScript asks for what it is compiled to.
        if asked == &".js" && own == &".ts" {
            module.truncate(module.len() - own.len());
            module.push_str(asked);
        }
        return Some(module);
    }
    module.truncate(module.len() - own.len());
    Some(
        module
            .strip_suffix("/index")
            .map_or(module.clone(), str::to_owned),
    )
}

fn script(asker: &Asker<'_>, went: &Move<'_>) -> Option<String> {
    static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)^([ \t]*)(?:import[ \t]+\{([^}]*)\}[ \t]+from[ \t]+(['"])([^'"\n]+)['"]|(const|let|var)[ \t]+\{([^}]*)\}[ \t]*=[ \t]*require\((['"])([^'"\n]+)['"]\))"#,
        )
        .expect("the expression is tested")
    });
    for found in IMPORT.captures_iter(asker.text) {
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        let is_module = found.get(2).is_some();
        let (names, quote, module) = if is_module {
            (part(2), part(3), part(4))
        } else {
            (part(6), part(7), part(8))
        };
        let alias = if is_module { " as " } else { ":" };
        let Some((rest, called)) = without(names, went.old, alias) else {
            continue;
        };
        if !script_files(asker.path, module)
            .iter()
            .any(|path| path == went.from)
            && dotted("", module).is_none()
        {
            continue;
        }
        let target = script_module(asker.path, went.to, module)?;
        let called = match (called, is_module) {
            (None, _) => String::new(),
            (Some(called), true) => format!(" as {called}"),
            (Some(called), false) => format!(": {called}"),
        };
        let (indent, word) = (part(1), part(5));
        let statement = |names: &str, module: &str| {
            if is_module {
                format!("{indent}import {{ {names} }} from {quote}{module}{quote}")
            } else {
                format!("{indent}{word} {{ {names} }} = require({quote}{module}{quote})")
            }
        };
        let mut new = statement(&format!("{}{called}", went.old), &target);
        if !rest.is_empty() {
            let end = if asker.text.contains(';') { ";" } else { "" };
            new.push_str(&format!("{end}\n{}", statement(&rest.join(", "), module)));
        }
        let whole = found.get(0)?;
        let mut text = asker.text.to_owned();
        text.replace_range(whole.range(), &new);
        return Some(text);
    }
    None
}

/// The path of a module of Rust in its own crate, and the folder of its sources.
fn rust_path(path: &str) -> Option<(&str, String)> {
    let at = path.rfind("src/")?;
    let (folder, inner) = path.split_at(at + "src/".len());
    let inner = inner.strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    let inner = if matches!(inner, "lib" | "main") {
        ""
    } else {
        inner
    };
    let parts = inner.split('/').filter(|part| !part.is_empty());
    Some((folder, parts.map(|part| format!("::{part}")).collect()))
}

fn rust(text: &str, went: &Move<'_>) -> Option<String> {
    let ((folder, from), (other, to)) = (rust_path(went.from)?, rust_path(went.to)?);
    if folder != other {
        return None;
    }
    let old = regex::escape(went.old);
    let path = Regex::new(&format!(
        r"\b([a-z_]\w*){}::(?:\{{([^{{}}]*)\}}|({old}\b))",
        regex::escape(&from)
    ))
    .expect("names in a fixed expression");
    let mut is_found = false;
    let edited = path.replace_all(text, |found: &Captures<'_>| {
        let root = &found[1];
        if found.get(3).is_some() {
            is_found = true;
            return format!("{root}{to}::{}", went.old);
        }
        let names = found.get(2).map_or("", |names| names.as_str());
        match without(names, went.old, " as ") {
            Some((rest, called)) if !rest.is_empty() => {
                is_found = true;
                let called = called.map_or(String::new(), |called| format!(" as {called}"));
                format!(
                    "{root}{to}::{}{called};\nuse {root}{from}::{{{}}}",
                    went.old,
                    rest.join(", ")
                )
            }
            Some(_) | None => found[0].to_owned(),
        }
    });
    let edited = edited.into_owned();
    is_found.then_some(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(
        (environment, path): (Environment, &str),
        text: &str,
        (from, to): (&str, &str),
        module: Option<&str>,
    ) -> Option<String> {
        let asker = Asker {
            environment,
            path,
            text,
        };
        let went = Move {
            old: "load",
            from,
            to,
            module,
        };
        moved_text(&asker, &went)
    }

    #[test]
    fn imports_of_python_follow() {
        let went = ("src/pkg/a.py", "src/pkg/io/b.py");
        let python = (Environment::Python, "src/pkg/run.py");
        for (text, module, expected) in [
            (
                "from pkg.a import load\n",
                None,
                "from pkg.io.b import load\n",
            ),
            (
                "from pkg.a import save, load as l\n",
                None,
                "from pkg.io.b import load as l\nfrom pkg.a import save\n",
            ),
            (
                "if x:\n    from pkg.a import (\n        load,\n        save,\n    )\n",
                None,
                "if x:\n    from pkg.io.b import load\n    from pkg.a import (save)\n",
            ),
            (
                "from .a import load\n",
                Some("pkg.a"),
                "from pkg.io.b import load\n",
            ),
            (
                "from pkg import load\n",
                Some("pkg"),
                "from pkg.io.b import load\n",
            ),
        ] {
            assert_eq!(moved(python, text, went, module).as_deref(), Some(expected));
        }
        assert_eq!(
            moved(
                python,
                "from .a import load\n",
                ("src/pkg/a.py", "src/pkg/b.py"),
                Some("pkg.a")
            )
            .as_deref(),
            Some("from .b import load\n")
        );
        assert_eq!(
            moved(python, "import pkg.a\npkg.a.load()\n", went, Some("pkg.a")),
            None
        );
    }

    #[test]
    fn imports_of_scripts_follow() {
        let went = ("lib/a.js", "lib/io/b.js");
        let script = (Environment::JavaScript, "src/app.js");
        for (text, expected) in [
            (
                "import { load } from '../lib/a.js';\n",
                "import { load } from '../lib/io/b.js';\n",
            ),
            (
                "const { save, load: l } = require('../lib/a');\n",
                "const { load: l } = require('../lib/io/b');\nconst { save } = require('../lib/a');\n",
            ),
        ] {
            assert_eq!(moved(script, text, went, None).as_deref(), Some(expected));
        }
        assert_eq!(
            moved(script, "import { load } from 'other';\n", went, None),
            None
        );
    }

    #[test]
    fn paths_of_rust_follow_in_their_crate() {
        let went = ("src/a.rs", "src/io/mod.rs");
        let rust = (Environment::Rust, "src/main.rs");
        for (text, expected) in [
            ("use crate::a::load;\n", "use crate::io::load;\n"),
            (
                "fn f() { crate::a::load(1) }\n",
                "fn f() { crate::io::load(1) }\n",
            ),
            (
                "use crate::a::{load, save};\n",
                "use crate::io::load;\nuse crate::a::{save};\n",
            ),
        ] {
            assert_eq!(moved(rust, text, went, None).as_deref(), Some(expected));
        }
        assert_eq!(
            moved(
                rust,
                "use crate::a::load;\n",
                ("src/a.rs", "other/src/b.rs"),
                None
            ),
            None
        );
    }

    #[test]
    fn a_file_with_another_name_is_another_module() {
        let python = |text: &str| {
            let asker = Asker {
                environment: Environment::Python,
                path: "pkg/run.py",
                text,
            };
            moved_module(&asker, ("pkg.old", "pkg/old.py"), "pkg/new.py").expect("a module")
        };
        assert_eq!(
            python("import pkg.old\npkg.old.f()\npkg.older\n"),
            "import pkg.new\npkg.new.f()\npkg.older\n"
        );
        assert_eq!(
            python("from .old import f\nfrom . import a, old\n"),
            "from .new import f\nfrom . import a, new\n"
        );
        let asker = Asker {
            environment: Environment::JavaScript,
            path: "app.js",
            text: "require('./lib/old');\n",
        };
        assert_eq!(
            moved_module(&asker, ("./lib/old", "lib/old.js"), "lib/sub/new.js").as_deref(),
            Some("require('./lib/sub/new');\n")
        );
    }
}

//! Names that a past commit of this repository gave another name or place: the commit says what was meant, whatever the spelling.

use std::ops::Range;

use arc_project::{
    EventKind, GraphFile, Successor, SuccessorStep, ask_renamed_file, ask_successors,
    default_graph_path,
};

use crate::diagnostic::{Class, Diagnostic, Environment};
use crate::lines::Lines;
use crate::moved::{Move, dotted, moved_module, moved_text};
use crate::names::{Occurrence, Words};
use crate::profile::{Profile, profile};
use crate::proposal::Proposal;
use crate::session::Session;

/// History that knows the very name is surer than any likeness.
const COST: u32 = 5;
/// What it adds where members of other objects are given the new name as well.
const WIDE: u32 = 200;

impl Session<'_> {
    /// The graph of the project. One that cannot be read knows no history: `arc doctor` says what is wrong with it.
    pub(crate) fn graph(&self) -> Option<GraphFile> {
        let path = default_graph_path(&self.patient.root);
        let is_there = path.is_file();
        is_there.then(|| GraphFile::open(&path).ok()).flatten()
    }

    /// The file with names as later commits have them, where the project has a graph.
    pub(crate) fn renamed(
        &self,
        text: &str,
        bom: &str,
        diagnostics: &[Diagnostic],
    ) -> Vec<Proposal> {
        let Some(graph) = self.graph() else {
            return Vec::new();
        };
        let mut texts: Vec<(String, u32, &'static str, String, Class)> = Vec::new();
        for diagnostic in diagnostics {
            let Some(hint) = diagnostic.hints.first() else {
                continue;
            };
            if !matches!(
                diagnostic.class,
                Class::Import | Class::Name | Class::Attribute | Class::Type
            ) {
                continue;
            }
            let asker = Asker {
                environment: self.environment,
                path: &self.found.path,
                text,
            };
            for (now, step) in self.renamed_files(&graph, diagnostic, hint) {
                let edited = moved_module(&asker, (hint, &now.0), &now.1);
                let why = format!("`{}` is `{}`{}", now.0, now.1, told(&[step]));
                let own = edited.map(|text| (text, COST, "moved", why, Class::Import));
                texts.extend(own);
            }
            let name = hint.rsplit(['.', ':', '/']).next().unwrap_or(hint);
            let modules = module_files(self.environment, &graph, diagnostic);
            // Without a history, or where it cannot be read, nothing was renamed.
            let asked = (self.found.path.as_str(), modules.as_slice());
            let found = ask_successors(&graph, &self.patient.root, asked, name);
            let found = found.unwrap_or_default();
            let extra = 60 * u32::try_from(found.len().saturating_sub(1)).unwrap_or(9);
            for successor in found {
                for (text, cost, rule) in asker.edited(name, diagnostic, &successor) {
                    let why = format!(
                        "`{}` of {} is `{}` of {}{}",
                        successor.old_name,
                        successor.old_path,
                        successor.name,
                        successor.path,
                        told(&successor.steps)
                    );
                    texts.push((text, cost + extra, rule, why, diagnostic.class));
                }
            }
        }
        texts
            .into_iter()
            .filter(|(edited, ..)| edited != text)
            .map(|(edited, cost, rule, why, class)| Proposal {
                bytes: format!("{bom}{edited}").into_bytes(),
                mode: self.found.mode,
                class,
                rule,
                why,
                cost,
            })
            .collect()
    }

    /// Files that the module of a message was, and what they are now: both paths, and the commit.
    fn renamed_files(
        &self,
        graph: &GraphFile,
        diagnostic: &Diagnostic,
        hint: &str,
    ) -> Vec<((String, String), SuccessorStep)> {
        if diagnostic.class != Class::Import || diagnostic.hints.len() > 1 {
            return Vec::new();
        }
        let places = match self.environment {
            Environment::Python => {
                let module = hint.replace('.', "/");
                ["", "src/", "lib/"]
                    .iter()
                    .flat_map(|folder| {
                        [".py", "/__init__.py"].map(|end| format!("{folder}{module}{end}"))
                    })
                    .collect()
            }
            Environment::JavaScript => script_files(&self.found.path, hint),
            Environment::Ansible
            | Environment::Bash
            | Environment::Go
            | Environment::Rust
            | Environment::Terraform => Vec::new(),
        };
        places
            .into_iter()
            .filter_map(|path| {
                let (now, step) = ask_renamed_file(graph, &path).ok().flatten()?;
                Some(((path, now), step))
            })
            .collect()
    }
}

/// The commits of some steps, as a person reads them.
fn told(steps: &[SuccessorStep]) -> String {
    let mut text = String::new();
    for step in steps {
        let verb = match step.kind {
            EventKind::Moved => "moved",
            EventKind::Created
            | EventKind::Renamed
            | EventKind::Signature
            | EventKind::Body
            | EventKind::Deleted => "renamed",
        };
        let commit = step.commit.to_string();
        let short = commit.get(..10).unwrap_or(&commit);
        text.push_str(&format!("; {short} {verb} it ({})", step.subject));
    }
    text
}

/// Files that the module may be that a message names.
fn module_files(
    environment: Environment,
    graph: &GraphFile,
    diagnostic: &Diagnostic,
) -> Vec<String> {
    let Some(module) = diagnostic.hints.get(1) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    match environment {
        Environment::Python => {
            let module = module.replace('.', "/");
            for folder in ["", "src/", "lib/"] {
                for end in [".py", "/__init__.py"] {
                    found.push(format!("{folder}{module}{end}"));
                }
            }
        }
        Environment::JavaScript => {
            let asker = diagnostic.file.as_deref().unwrap_or("");
            found.extend(script_files(asker, module));
        }
        Environment::Ansible
        | Environment::Bash
        | Environment::Go
        | Environment::Rust
        | Environment::Terraform => {}
    }
    // A graph that cannot be read says so when it is asked for names.
    found.retain(|path| {
        let is_known = graph.file(path).ok().flatten().is_some();
        is_known || graph.deletion_of(path).ok().flatten().is_some()
    });
    found
}

/// Files that a module of JavaScript may be, as a file asks for it.
pub(crate) fn script_files(asker: &str, module: &str) -> Vec<String> {
    let folder = asker.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(base) = dotted(folder, module) else {
        return Vec::new();
    };
    let mut found = vec![base.clone()];
    for end in [
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".mts",
        ".tsx",
        ".jsx",
        "/index.js",
        "/index.ts",
    ] {
        found.push(format!("{base}{end}"));
    }
    if let Some(base) = base.strip_suffix(".js") {
        found.push(format!("{base}.ts"));
    }
    found
}

/// The file that asks for what is gone.
pub(crate) struct Asker<'a> {
    pub(crate) environment: Environment,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

impl Asker<'_> {
    /// The text that asks for what it became.
    fn edited(
        &self,
        old: &str,
        diagnostic: &Diagnostic,
        successor: &Successor,
    ) -> Vec<(String, u32, &'static str)> {
        let new = successor
            .name
            .rsplit(['.', ':', '#'])
            .next()
            .unwrap_or(&successor.name);
        let line = diagnostic.span.map(|span| span.line as usize - 1);
        let is_elsewhere = successor.path != successor.old_path;
        let moved = is_elsewhere.then(|| {
            moved_text(
                self,
                &Move {
                    old,
                    from: &successor.old_path,
                    to: &successor.path,
                    module: diagnostic.hints.get(1).map(String::as_str),
                },
            )
        });
        if let Some(Some(text)) = moved {
            let text = self.with(&text, old, new, (diagnostic.class, line), false);
            return text.map(|text| (text, COST, "moved")).into_iter().collect();
        }
        if old == new {
            return Vec::new();
        }
        let near = self.with(self.text, old, new, (diagnostic.class, line), false);
        let wide = self.with(self.text, old, new, (diagnostic.class, line), true);
        let near = near.map(|text| (text, COST, "renamed"));
        let wide = wide.map(|text| (text, COST + WIDE, "renamed"));
        near.into_iter().chain(wide).collect()
    }

    /// A text with the new name where the old one means it. `is_wide`: members of all objects.
    fn with(
        &self,
        text: &str,
        old: &str,
        new: &str,
        (class, line): (Class, Option<usize>),
        is_wide: bool,
    ) -> Option<String> {
        if old == new {
            return Some(text.to_owned());
        }
        let own: &Profile = profile(self.environment);
        let lines = Lines::new(text);
        let words = Words::new(&lines, own);
        let all = words.of(old);
        // A binding of its own with the old name is another thing.
        if class != Class::Attribute && binds(self.environment, text, old) {
            return None;
        }
        let receiver = |place: &Occurrence| receiver(text, place.start).to_owned();
        let told: Vec<String> = all
            .iter()
            .filter(|place| place.is_member && Some(place.line) == line)
            .map(receiver)
            .collect();
        let is_meant = |place: &&Occurrence| {
            if class == Class::Attribute {
                let is_near = is_wide || told.is_empty() || told.contains(&receiver(place));
                place.is_member && is_near
            } else if self.environment == Environment::Rust {
                !text[..place.start].ends_with('.')
            } else {
                !place.is_member
            }
        };
        let mut places: Vec<Range<usize>> = all
            .iter()
            .filter(is_meant)
            .map(|place| place.start..place.end)
            .collect();
        if places.is_empty() && class == Class::Attribute {
            // `{ old } = require(…)`: what is no member is taken out of one.
            places = all.iter().map(|place| place.start..place.end).collect();
        }
        places.sort_by_key(|place| place.start);
        let mut edited = text.to_owned();
        for place in places.iter().rev() {
            edited.replace_range(place.clone(), new);
        }
        (edited != text).then_some(edited)
    }
}

/// The word before the dot that a member stands behind.
fn receiver(text: &str, start: usize) -> &str {
    let before = text[..start].trim_end_matches(['.', ':', '?']);
    let from = before
        .rfind(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
    &before[from..]
}

/// Whether a text binds a name itself, other than by an import.
fn binds(environment: Environment, text: &str, name: &str) -> bool {
    let heads: &[&str] = match environment {
        Environment::Python => &["def ", "class ", "for ", "lambda ", "as "],
        Environment::JavaScript => &["function ", "class ", "let ", "var ", "const "],
        Environment::Rust => &[
            "fn ", "struct ", "enum ", "let ", "let mut ", "const ", "mod ",
        ],
        Environment::Go => &["func ", "type ", "var ", "const "],
        Environment::Ansible | Environment::Bash | Environment::Terraform => &[],
    };
    let is_word = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    };
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if is_word(before.chars().next_back()) || is_word(after.chars().next()) {
            return false;
        }
        let rest = after.trim_start();
        let is_set = (rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=>"))
            || rest.starts_with(":=");
        let is_member = before.ends_with('.');
        !is_member && (is_set || heads.iter().any(|head| before.ends_with(head)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(
        environment: Environment,
        text: &str,
        class: Class,
        line: Option<usize>,
    ) -> Option<String> {
        let asker = Asker {
            environment,
            path: "a",
            text,
        };
        asker.with(text, "old", "new", (class, line), false)
    }

    #[test]
    fn a_name_is_changed_where_it_means_what_was_renamed() {
        let python = Environment::Python;
        assert_eq!(
            renamed(
                python,
                "from p import old\nx = old(1)\ny.old = 'old'\n",
                Class::Import,
                None
            )
            .as_deref(),
            Some("from p import new\nx = new(1)\ny.old = 'old'\n")
        );
        for text in [
            "from p import old\ndef old(): pass\n",
            "from p import old\nf(old=1)\n",
            "from p import x as old\nold()\n",
        ] {
            assert_eq!(renamed(python, text, Class::Import, None), None, "{text}");
        }
        assert_eq!(
            renamed(
                python,
                "a.old()\nb.old()\na.old()\n",
                Class::Attribute,
                Some(0)
            )
            .as_deref(),
            Some("a.new()\nb.old()\na.new()\n")
        );
        assert_eq!(
            renamed(
                Environment::Rust,
                "use crate::a::old;\nfn f() { old(x.old) }\n",
                Class::Import,
                None
            )
            .as_deref(),
            Some("use crate::a::new;\nfn f() { new(x.old) }\n")
        );
        let script = "const { old } = require('./a');\nold();\n";
        assert_eq!(
            renamed(Environment::JavaScript, script, Class::Attribute, Some(1)).as_deref(),
            Some("const { new } = require('./a');\nnew();\n")
        );
    }

    #[test]
    fn a_module_of_a_script_is_one_of_some_files() {
        let found = script_files("src/app.js", "../lib/a.js");
        assert!(found.contains(&"lib/a.js".to_owned()) && found.contains(&"lib/a.ts".to_owned()));
        assert!(script_files("app.js", "../../etc").is_empty());
        assert!(script_files("app.js", "react").is_empty());
    }
}

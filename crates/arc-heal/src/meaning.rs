//! Faults of a text that parses: names, members, modules and commands that are not there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::child::{Call, run_child, variable};
use crate::diagnostic::{Class, Diagnostic, Environment, Span};
use crate::edits::{Edit, cheapest_first};
use crate::imports::{Usage, insertion, python_usage, statements};
use crate::lines::Lines;
use crate::names::name_edits;
use crate::profile::profile;
use crate::shell::blank_edits;
use crate::spelling::distance;
use crate::tokens::tokens;

/// What is known when a file parses and its command fails.
pub(crate) struct Meaning<'a> {
    pub(crate) environment: Environment,
    pub(crate) root: &'a Path,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// Names that are used and nowhere bound.
    pub(crate) unknown: &'a [String],
    pub(crate) variables: &'a [(OsString, OsString)],
    /// The interpreter whose library counts.
    pub(crate) interpreter: Option<OsString>,
}

/// What the library of a language offers.
#[derive(Default, Deserialize)]
struct Library {
    modules: BTreeSet<String>,
    owners: std::collections::BTreeMap<String, Vec<String>>,
    members: Vec<String>,
    builtins: Vec<String>,
}

#[derive(Serialize)]
struct Question<'a> {
    names: &'a BTreeSet<String>,
    module: &'a str,
}

const HELPER: &str = include_str!("library.py");
const PATIENCE: Duration = Duration::from_secs(20);
/// A repair that does more than another one does not rival it.
const MORE: u32 = 150;

impl Meaning<'_> {
    /// Edits that may undo the fault, cheapest first.
    pub(crate) fn edits(&self, diagnostics: &[Diagnostic]) -> Result<Vec<Edit>, RunError> {
        let mut edits = Vec::new();
        for diagnostic in diagnostics {
            let own = self.placed(diagnostic);
            match self.environment {
                Environment::Python => edits.extend(self.python(&own)?),
                Environment::Bash => edits.extend(self.bash(&own)),
                Environment::JavaScript | Environment::Go => {
                    edits.extend(self.quoted(&own));
                    edits.extend(self.unbound_module(&own));
                    edits.extend(name_edits(self.text, profile(self.environment), &own, &[]));
                }
                Environment::Rust | Environment::Terraform => {
                    edits.extend(name_edits(self.text, profile(self.environment), &own, &[]));
                }
                Environment::Ansible => {
                    let known = words(ANSIBLE);
                    edits.extend(name_edits(
                        self.text,
                        profile(self.environment),
                        &own,
                        &known,
                    ));
                }
            }
        }
        Ok(cheapest_first(edits))
    }

    /// The diagnostic, with its place only where that is a place of our file.
    fn placed(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut own = diagnostic.clone();
        if own.file.as_deref() != Some(self.path) {
            own.span = None;
        }
        own
    }

    fn python(&self, diagnostic: &Diagnostic) -> Result<Vec<Edit>, RunError> {
        let Some(wrong) = diagnostic.hints.first() else {
            return Ok(Vec::new());
        };
        let wanted: BTreeSet<String> = std::iter::once(wrong)
            .chain(self.unknown)
            .cloned()
            .collect();
        let module = diagnostic.hints.get(1).map_or("", String::as_str);
        let library = self.library(&wanted, module)?;
        let known: Vec<String> = if diagnostic.class == Class::Import {
            let modules = library.modules.iter().chain(&library.members).cloned();
            modules.chain(self.own_modules()).collect()
        } else if diagnostic.class == Class::Attribute {
            library.members.clone()
        } else {
            library.builtins.clone()
        };
        let known: Vec<(String, u32)> = known.into_iter().map(|name| (name, 0)).collect();
        let mut edits = name_edits(self.text, profile(self.environment), diagnostic, &known);
        if diagnostic.code == "TypeError" {
            edits.extend(
                diagnostic
                    .span
                    .into_iter()
                    .flat_map(|span| self.comparisons(span)),
            );
        }
        if diagnostic.class == Class::Name {
            edits.extend(self.imports(wrong, &library, &wanted));
        }
        Ok(edits)
    }

    /// A keyword argument that nobody takes may have been meant as a comparison.
    fn comparisons(&self, span: Span) -> Vec<Edit> {
        let lines = Lines::new(self.text);
        let line = span.line as usize - 1;
        let text = lines.text(line);
        tokens(text, profile(self.environment))
            .into_iter()
            .filter(|token| &text[token.range.clone()] == "=")
            .map(|token| Edit {
                range: lines.start(line) + token.range.start..lines.start(line) + token.range.end,
                replacement: "==".to_owned(),
                cost: 100,
                rule: "comparison",
            })
            .collect()
    }

    /// Modules and packages at the root of the project.
    fn own_modules(&self) -> Vec<String> {
        // A root that cannot be listed has none that could be meant.
        let entries = fs::read_dir(self.root).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .map(|name| name.strip_suffix(".py").map_or(name.clone(), str::to_owned))
            .collect();
        names.sort();
        names
    }

    /// The import of a name, and of all names that nothing binds.
    fn imports(&self, wrong: &str, library: &Library, wanted: &BTreeSet<String>) -> Vec<Edit> {
        let usage: Usage = python_usage(self.root, wanted);
        let of = |name: &str| {
            let owners = library.owners.get(name).map_or(&[][..], Vec::as_slice);
            statements(name, &usage, &library.modules, owners)
        };
        let own = of(wrong);
        let mut others: Vec<String> = wanted
            .iter()
            .filter(|name| *name != wrong)
            .filter_map(|name| of(name).first().map(|(statement, _)| statement.clone()))
            .collect();
        let mut edits: Vec<Edit> = own
            .iter()
            .map(|(statement, cost)| insertion(self.text, std::slice::from_ref(statement), *cost))
            .collect();
        if let (Some((statement, cost)), false) = (own.first(), others.is_empty()) {
            others.insert(0, statement.clone());
            edits.push(insertion(self.text, &others, cost + MORE));
        }
        edits
    }

    fn library(&self, names: &BTreeSet<String>, module: &str) -> Result<Library, RunError> {
        let Some(interpreter) = &self.interpreter else {
            return Ok(Library::default());
        };
        let mut command = vec![interpreter.clone()];
        command.extend(["-I", "-B", "-c", HELPER].map(OsString::from));
        let odd = |said: String| RunError::Tool {
            tool: "python".to_owned(),
            said,
        };
        let input = serde_json::to_vec(&Question { names, module })
            .map_err(|error| odd(error.to_string()))?;
        let finished = run_child(&Call {
            command: &command,
            folder: Path::new("/"),
            environment: self.variables,
            input: &input,
            wall: PATIENCE,
        })?;
        serde_json::from_slice(&finished.stdout)
            .map_err(|_| odd(finished.text().chars().take(300).collect()))
    }

    fn bash(&self, diagnostic: &Diagnostic) -> Vec<Edit> {
        let Some(wrong) = diagnostic.hints.first() else {
            return Vec::new();
        };
        let lines = Lines::new(self.text);
        let mut edits = Vec::new();
        if let Some(span) = diagnostic.span {
            edits.extend(blank_edits(&lines, span.line as usize - 1));
        }
        let mut known = words(SHELL);
        for name in commands(self.variables) {
            if distance(wrong, &name, 2).is_some() {
                known.push((name, 40));
            }
        }
        edits.extend(name_edits(
            self.text,
            profile(self.environment),
            diagnostic,
            &known,
        ));
        edits
    }

    /// Modules are named in quotes: the nearest one that the language brings or the project has.
    fn quoted(&self, diagnostic: &Diagnostic) -> Vec<Edit> {
        let mut edits = Vec::new();
        let Some(wrong) = diagnostic
            .hints
            .first()
            .filter(|_| diagnostic.class == Class::Import)
        else {
            return edits;
        };
        for known in NODE.iter().chain(GO) {
            let Some(far @ 1..=2) = distance(wrong, known, 2) else {
                continue;
            };
            for (at, _) in self.text.match_indices(wrong.as_str()) {
                let end = at + wrong.len();
                let quote = self.text[end..].chars().next().unwrap_or(' ');
                if self.text[..at].ends_with(quote) && matches!(quote, '"' | '\'' | '`') {
                    let cost = if far == 1 { 60 } else { 150 };
                    edits.push(Edit {
                        range: at..end,
                        replacement: (*known).to_owned(),
                        cost,
                        rule: "module",
                    });
                }
            }
        }
        edits
    }

    /// A module of Node.js that is used and not bound.
    fn unbound_module(&self, diagnostic: &Diagnostic) -> Option<Edit> {
        let wrong = diagnostic
            .hints
            .first()
            .filter(|wrong| NODE.contains(&wrong.as_str()))?;
        let at = if self.text.starts_with("#!") {
            self.text.find('\n')? + 1
        } else {
            0
        };
        (diagnostic.class == Class::Name).then(|| Edit {
            range: at..at,
            replacement: format!("const {wrong} = require('{wrong}');\n"),
            cost: 90,
            rule: "import",
        })
    }
}

/// Every command that `PATH` names.
fn commands(variables: &[(OsString, OsString)]) -> BTreeSet<String> {
    let path = variable(variables, "PATH").cloned().unwrap_or_default();
    std::env::split_paths(&path)
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn words(list: &str) -> Vec<(String, u32)> {
    list.split_whitespace()
        .map(|word| (word.to_owned(), 0))
        .collect()
}

/// What a shell has itself, and what scripts call most.
const SHELL: &str = "alias awk basename bg break cat cd chmod chown command continue cp curl cut date declare dirname echo \
    egrep env eval exec exit export expr false fgrep find getopts git grep gzip hash head id install jobs kill less let ln local ls \
    mkdir mktemp mv printf pwd read readlink readonly realpath return rm rmdir sed seq set shift sleep sort source stat tail tar \
    tee test times touch tr trap true tty type typeset ulimit umask unalias uname uniq unset wait wc which xargs";

/// Modules that Node.js brings.
const NODE: &[&str] = &[
    "assert",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// Packages that Go brings.
const GO: &[&str] = &[
    "bufio",
    "bytes",
    "context",
    "errors",
    "fmt",
    "io",
    "log",
    "math",
    "math/rand",
    "net",
    "net/http",
    "os",
    "os/exec",
    "path",
    "path/filepath",
    "reflect",
    "regexp",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "testing",
    "time",
    "unicode",
    "unicode/utf8",
];

/// Modules and keywords of Ansible that playbooks use most.
const ANSIBLE: &str = "apt assemble assert async_status become become_user block blockinfile changed_when check_mode command copy cron debug \
    delegate_to environment fail failed_when fetch file find gather_facts get_url git group group_by handlers hosts ignore_errors import_playbook \
    import_role import_tasks include_role include_tasks include_vars lineinfile listen loop loop_control meta mount name no_log notify package \
    pause ping pip poll post_tasks pre_tasks raw register replace rescue retries roles run_once script serial service set_fact setup shell slurp \
    stat strategy systemd tags tasks template tempfile unarchive until uri user vars vars_files vars_prompt wait_for when with_items yum";

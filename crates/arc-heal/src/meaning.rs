//! Faults of a text that parses: names, members, modules and commands that are not there.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::child::{Call, find_program, run_child, variable};
use crate::diagnostic::{Class, Diagnostic, Environment, Span};
use crate::edits::{Edit, cheapest_first};
use crate::golang;
use crate::heredoc::heredoc_edits;
use crate::imports::{
    Usage, defining, insertion, more, python_usage, statements, under_private_name, use_of,
    with_plain,
};
use crate::lines::Lines;
use crate::names::{lonely_edits, name_edits};
use crate::node;
use crate::node_members::member_edits;
use crate::playbook;
use crate::profile::{TERRAFORM_FUNCTIONS, profile};
use crate::rust_imports;
use crate::rust_told::told_edits;
use crate::shell::blank_edits;
use crate::spelling::distance;
use crate::suggest::rustc_edits;
use crate::tokens::{Token, TokenKind, tokens};

/// What is known when a file parses and its command fails.
pub(crate) struct Meaning<'a> {
    pub(crate) environment: Environment,
    pub(crate) root: &'a Path,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// What the command printed.
    pub(crate) output: &'a str,
    /// Names that are used and nowhere bound.
    pub(crate) unknown: &'a [String],
    pub(crate) variables: &'a [(OsString, OsString)],
    /// The interpreter whose library counts.
    pub(crate) interpreter: Option<OsString>,
}

/// What the library of a language offers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Library {
    modules: BTreeSet<String>,
    owners: BTreeMap<String, Vec<String>>,
    holders: BTreeMap<String, Vec<String>>,
    members: Vec<String>,
    builtins: Vec<String>,
}

#[derive(Default, Serialize)]
struct Question<'a> {
    /// Whose owners are looked for.
    names: BTreeSet<String>,
    /// Whose members are.
    module: &'a str,
    /// The same, of those that a program of Node.js asks for.
    modules: BTreeSet<String>,
}

const PYTHON: &str = include_str!("library.py");
const NODE: &str = include_str!("library.js");
const PATIENCE: Duration = Duration::from_secs(20);
/// Names that nothing binds, and nobody told, that are looked at.
const MOST_UNKNOWN: usize = 4;
/// Lines with faults that are many, and what speaks against another name in one of them.
const MANY_LINES: usize = 4;
const ONE_OF_MANY: u32 = 120;

impl Meaning<'_> {
    /// Edits that may undo the fault, cheapest first.
    pub(crate) fn edits(&self, diagnostics: &[Diagnostic]) -> Result<Vec<Edit>, RunError> {
        let mut edits = Vec::new();
        // Names that an import would have given are missing because of it.
        let is_import = |diagnostic: &&Diagnostic| {
            diagnostic.code == UNRESOLVED_IMPORT && diagnostic.file.as_deref() == Some(self.path)
        };
        let has_import = diagnostics.iter().any(|diagnostic| is_import(&diagnostic));
        let causes = diagnostics
            .iter()
            .filter(|diagnostic| !has_import || is_import(diagnostic));
        for diagnostic in causes {
            let own = self.placed(diagnostic);
            match self.environment {
                Environment::Python => edits.extend(self.python(&own)?),
                Environment::Bash => edits.extend(self.bash(&own)),
                Environment::JavaScript => edits.extend(self.javascript(&own)?),
                Environment::Go => {
                    edits.extend(self.quoted(&own, &words(golang::PACKAGES)));
                    let go = find_program(self.variables, Path::new("/"), &"go".into());
                    let known = golang::known_names(self.root, self.path, self.text, go.as_deref());
                    edits.extend(self.names(&own, &known));
                    if own.class == Class::Name {
                        let unbound = own.hints.first();
                        edits.extend(
                            unbound
                                .into_iter()
                                .flat_map(|name| golang::import_edits(self.text, name)),
                        );
                    }
                }
                Environment::Rust if own.class == Class::Import => {
                    edits.extend(self.names(&own, &words(RUST)));
                }
                // What only the compiler reads, and what it says of it, is looked at below.
                Environment::Rust if own.class == Class::Syntax => {}
                Environment::Rust if own.code == NO_PLACE => edits.extend(self.compared(&own)),
                Environment::Rust => {
                    edits.extend(self.names(&own, &[]));
                    let unbound = own.hints.first().filter(|_| own.class == Class::Name);
                    edits.extend(
                        unbound.into_iter().flat_map(|name| {
                            rust_imports::import_edits(self.root, self.text, name)
                        }),
                    );
                }
                Environment::Terraform => {
                    let mut known = words(TERRAFORM);
                    known.extend(words(TERRAFORM_FUNCTIONS));
                    edits.extend(self.names(&own, &known));
                    // What is told to be a resource may be a value whose kind is spelled wrong.
                    let is_resource = own.message.starts_with("resource");
                    let kind = own.hints.get(1).filter(|_| is_resource);
                    if let Some(kind) = kind {
                        let alone = Diagnostic {
                            hints: vec![kind.clone()],
                            ..own.clone()
                        };
                        edits.extend(self.names(&alone, &known));
                    }
                }
                Environment::Ansible => {
                    edits.extend(self.names(&own, &named(playbook::known_keys())))
                }
            }
        }
        // A program that fails elsewhere says nothing of a name that is wrong here.
        let is_foreign = |one: &Diagnostic| one.file.as_deref() != Some(self.path);
        let guesses = match self.environment {
            Environment::JavaScript | Environment::Python => diagnostics.iter().all(is_foreign),
            Environment::Ansible
            | Environment::Bash
            | Environment::Go
            | Environment::Rust
            | Environment::Terraform => false,
        };
        let is_script = matches!(
            self.environment,
            Environment::JavaScript | Environment::Python
        );
        if guesses || (is_script && edits.is_empty()) {
            let own = diagnostics.iter().find(|one| !is_foreign(one));
            let told = own.and_then(|own| Some(own.span?.line as usize - 1));
            let profile = profile(self.environment);
            edits.extend(lonely_edits(self.text, profile, told, &[]));
            if self.environment == Environment::JavaScript {
                edits.extend(self.members_of_library(told)?);
            }
            // Something may catch what Python says of a name: nothing binds it all the same.
            for name in self.unknown.iter().take(MOST_UNKNOWN) {
                edits.extend(self.python(&self.untold(Class::Name, name))?);
            }
        }
        if matches!(self.environment, Environment::Go | Environment::Rust) {
            self.doubt_single_places(diagnostics, &mut edits);
        }
        if self.environment == Environment::Rust {
            edits.extend(rustc_edits(self.output, self.path, self.text));
            edits.extend(told_edits(self.output, self.path, self.text));
            rust_imports::prefer_own(self.root, &mut edits);
        }
        Ok(cheapest_first(edits))
    }

    /// Where a compiler finds fault with many lines, another name in one of them is hardly the repair.
    fn doubt_single_places(&self, diagnostics: &[Diagnostic], edits: &mut [Edit]) {
        let own = diagnostics
            .iter()
            .filter(|one| one.file.as_deref() == Some(self.path));
        let told: BTreeSet<usize> = own
            .filter_map(|one| one.span)
            .map(|span| (span.line as usize).saturating_sub(1))
            .collect();
        if told.len() < MANY_LINES {
            return;
        }
        let lines = Lines::new(self.text);
        for edit in edits.iter_mut().filter(|edit| edit.rule == "name") {
            if told.contains(&lines.at(edit.range.start)) {
                edit.cost += ONE_OF_MANY;
            }
        }
    }

    /// The diagnostic, with its place only where that is a place of our file.
    fn placed(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut own = diagnostic.clone();
        if own.file.as_deref() != Some(self.path) {
            own.span = None;
        }
        own
    }

    fn names(&self, diagnostic: &Diagnostic, known: &[(String, u32)]) -> Vec<Edit> {
        let profile = profile(self.environment);
        let edits = name_edits(self.text, profile, diagnostic, known);
        if diagnostic.hints.is_empty() {
            let told = diagnostic.span.map(|span| span.line as usize - 1);
            return lonely_edits(self.text, profile, told, known);
        }
        edits
    }

    fn javascript(&self, diagnostic: &Diagnostic) -> Result<Vec<Edit>, RunError> {
        let unbound = diagnostic.hints.first();
        let unbound = unbound.filter(|_| diagnostic.class == Class::Name);
        let library = self.library(&Question {
            names: unbound.into_iter().cloned().collect(),
            modules: required(self.text),
            ..Question::default()
        })?;
        let modules = named(&library.modules);
        let offered = if diagnostic.class == Class::Name {
            &library.builtins
        } else {
            &library.members
        };
        let offered = self.offered(offered);
        let mut edits = self.quoted(diagnostic, &modules);
        if let Some(name) = self.shadowed(diagnostic, &library) {
            let own = (self.root, self.path, self.text);
            edits.extend(node::import_edits(own, &name, &modules, &[]));
        }
        if let (Class::Import, Some(wrong)) = (diagnostic.class, diagnostic.hints.first()) {
            let own = named(node::modules(self.root, self.path, wrong));
            edits.extend(self.quoted(diagnostic, &own));
        }
        if let Some(name) = unbound {
            let owners = library.owners.get(name).map_or(&[][..], Vec::as_slice);
            let own = (self.root, self.path, self.text);
            edits.extend(node::import_edits(own, name, &modules, owners));
        }
        edits.extend(self.names(diagnostic, &offered));
        if !matches!(diagnostic.class, Class::Import | Class::Name) {
            edits.extend(self.conditions());
            let own = (self.root, self.path, self.text);
            let told = diagnostic.span.map(|span| span.line as usize - 1);
            let profile = profile(self.environment);
            edits.extend(member_edits(own, profile, &library.holders, told));
        }
        if diagnostic.message.starts_with("Assignment to constant") {
            let strict = self.text.matches(" === ").count() > self.text.matches(" == ").count();
            let mut found = self.compared(diagnostic);
            if strict {
                for edit in &mut found {
                    edit.replacement = "===".to_owned();
                }
            }
            edits.extend(found);
        }
        Ok(edits)
    }

    /// Names that the language brings: one that the file says nowhere is meant less often.
    fn offered(&self, names: &[String]) -> Vec<(String, u32)> {
        let cost = |name: &String| {
            if speaks_of(self.text, name) {
                0
            } else {
                UNSAID
            }
        };
        names
            .iter()
            .map(|name| (name.clone(), cost(name)))
            .collect()
    }

    /// A module that nothing binds and whose name the language has for something else: `crypto.createHmac is not a function`.
    fn shadowed(&self, diagnostic: &Diagnostic, library: &Library) -> Option<String> {
        static ASKED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\w$.])([A-Za-z_]\w*)\.[\w$.]+ is not a (?:function|constructor)")
                .expect("the expression is tested")
        });
        let name = ASKED.captures(&diagnostic.message)?.get(1)?.as_str();
        let both = library.modules.contains(name) && library.builtins.iter().any(|own| own == name);
        let is_bound = Regex::new(&format!(
            r"\b(?:const|let|var|function|class|import)\b[^;\n]*\b{name}\b|\b{name}\s*=[^=]"
        ));
        let is_free = is_bound.is_ok_and(|bound| !bound.is_match(self.text));
        (diagnostic.class == Class::Attribute && both && is_free).then(|| name.to_owned())
    }

    /// Members that stand once and are one letter away from what the language brings, where no tool names a fault.
    fn members_of_library(&self, told: Option<usize>) -> Result<Vec<Edit>, RunError> {
        let library = self.library(&Question {
            modules: required(self.text),
            ..Question::default()
        })?;
        let profile = profile(self.environment);
        let mut edits = lonely_edits(self.text, profile, told, &named(&library.members));
        edits.retain(|edit| self.text[..edit.range.start].ends_with('.'));
        edits.extend(self.modules_not_there(&library));
        let own = (self.root, self.path, self.text);
        edits.extend(member_edits(own, profile, &library.holders, told));
        Ok(edits)
    }

    /// A fault that no tool told.
    fn untold(&self, class: Class, name: &str) -> Diagnostic {
        Diagnostic {
            environment: self.environment,
            class,
            code: String::new(),
            message: String::new(),
            file: None,
            span: None,
            hints: vec![name.to_owned()],
            raw: String::new(),
        }
    }

    /// Modules that a script asks for and that are nowhere: one that is caught tells nobody.
    fn modules_not_there(&self, library: &Library) -> Vec<Edit> {
        let mut edits = Vec::new();
        for wrong in required(self.text) {
            let own = node::modules(self.root, self.path, &wrong);
            if library.modules.contains(&wrong) || own.contains(&wrong) || wrong.contains('/') {
                continue;
            }
            let asked = self.untold(Class::Import, &wrong);
            edits.extend(self.quoted(&asked, &named(own.iter().chain(&library.modules))));
        }
        edits
    }

    /// What a condition gives a value may have been meant as a comparison, as most of the file compares.
    fn conditions(&self) -> Vec<Edit> {
        let lines = Lines::new(self.text);
        let profile = profile(self.environment);
        let count = |sign: &str| self.text.matches(sign).count();
        let is_strict = count(" === ") > count(" == ");
        // What nothing was given to is mostly compared loosely, so that both kinds of nothing are met.
        let is_strict_of_nothing = count("=== null") > count(" == null");
        let mut edits = Vec::new();
        for line in 0..lines.count() {
            let text = lines.text(line);
            let found = tokens(text, profile);
            let is = |at: usize, word: &str| {
                let token = found.get(at);
                token.is_some_and(|token| &text[token.range.clone()] == word)
            };
            for at in given_in_condition(&found, text) {
                let begin = lines.start(line);
                let range = &found[at].range;
                let of_nothing = is(at + 1, "null") || is(at + 1, "undefined");
                let strict = if of_nothing {
                    is_strict_of_nothing
                } else {
                    is_strict
                };
                for (sign, is_meant) in [("==", !strict), ("===", strict)] {
                    let is_used = count(&format!(" {sign} ")) > 0;
                    edits.push(Edit {
                        range: begin + range.start..begin + range.end,
                        replacement: sign.to_owned(),
                        cost: match (is_meant, is_used) {
                            (true, _) => 100,
                            (false, true) => 150,
                            (false, false) => 190,
                        },
                        rule: "comparison",
                    });
                }
            }
        }
        edits
    }

    /// What is given to something that holds no value may have been meant as a comparison.
    fn compared(&self, diagnostic: &Diagnostic) -> Vec<Edit> {
        let lines = Lines::new(self.text);
        let Some(line) = diagnostic.span.and_then(|span| span.line.checked_sub(1)) else {
            return Vec::new();
        };
        let line = line as usize;
        if line >= lines.count() {
            return Vec::new();
        }
        let text = lines.text(line);
        let found = tokens(text, profile(self.environment));
        let is = |token: &Token, word: &str| &text[token.range.clone()] == word;
        let has_let = found.first().is_some_and(|token| is(token, "let"));
        let begin = lines.start(line);
        found
            .iter()
            .filter(|token| is(token, "="))
            // The first one of a `let` gives its variable a value.
            .skip(usize::from(has_let))
            .map(|token| Edit {
                range: begin + token.range.start..begin + token.range.end,
                replacement: "==".to_owned(),
                cost: 60,
                rule: "comparison",
            })
            .collect()
    }

    fn python(&self, diagnostic: &Diagnostic) -> Result<Vec<Edit>, RunError> {
        let Some(wrong) = diagnostic.hints.first() else {
            return Ok(self.names(diagnostic, &[]));
        };
        let wanted: BTreeSet<String> = std::iter::once(wrong)
            .chain(self.unknown)
            .cloned()
            .collect();
        // A module that a package has not is one that it has.
        let package = wrong.rsplit_once('.').map_or("", |(package, _)| package);
        let module = diagnostic.hints.get(1).map_or(package, String::as_str);
        let library = self.library(&Question {
            names: with_plain(&wanted),
            module,
            ..Question::default()
        })?;
        let known: Vec<String> = if diagnostic.class == Class::Import {
            let modules = library.modules.iter().chain(&library.members).cloned();
            let own = modules_in(&self.root.join(package.replace('.', "/")));
            modules.chain(own).collect()
        } else if diagnostic.class == Class::Attribute {
            library.members.clone()
        } else {
            library.builtins.clone()
        };
        let mut edits = self.names(diagnostic, &named(&known));
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

    /// The import of a name, and of all names that nothing binds.
    fn imports(&self, wrong: &str, library: &Library, wanted: &BTreeSet<String>) -> Vec<Edit> {
        let usage: Usage = python_usage(self.root, wanted);
        let defined = defining((self.root, self.path, self.text), wanted);
        let of = |name: &str| {
            let owners = library.owners.get(name).map_or(&[][..], Vec::as_slice);
            let defining = defined.get(name).map_or(&[][..], Vec::as_slice);
            let use_ = use_of(self.text, name);
            let known = (defining, owners, use_);
            let found = statements(name, &usage, &library.modules, known);
            match found.is_empty() {
                true => under_private_name(name, &library.owners, &library.modules),
                false => found,
            }
        };
        let add =
            |statements: &[String], cost| insertion(self.text, statements, &library.modules, cost);
        let own = of(wrong);
        let mut others: Vec<String> = wanted
            .iter()
            .filter(|name| *name != wrong)
            .filter_map(|name| of(name).first().map(|(statement, _)| statement.clone()))
            .collect();
        let mut edits: Vec<Edit> = own
            .iter()
            .map(|(statement, cost)| add(std::slice::from_ref(statement), *cost))
            .collect();
        if let (Some((statement, cost)), false) = (own.first(), others.is_empty()) {
            others.insert(0, statement.clone());
            edits.push(add(&others, cost + more(&others)));
        }
        edits
    }

    fn library(&self, question: &Question<'_>) -> Result<Library, RunError> {
        let Some(interpreter) = &self.interpreter else {
            return Ok(Library::default());
        };
        let flags: &[&str] = if self.environment == Environment::Python {
            &["-I", "-B", "-c", PYTHON]
        } else {
            &["--no-warnings", "-e", NODE]
        };
        let mut command = vec![interpreter.clone()];
        command.extend(flags.iter().map(OsString::from));
        let odd = |said: String| RunError::Tool {
            tool: interpreter.to_string_lossy().into_owned(),
            said,
        };
        let input = serde_json::to_vec(question).map_err(|error| odd(error.to_string()))?;
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
        let lines = Lines::new(self.text);
        let mut edits = heredoc_edits(&lines, false);
        let Some(wrong) = diagnostic.hints.first() else {
            edits.extend(self.names(diagnostic, &[]));
            return edits;
        };
        if let Some(span) = diagnostic.span {
            edits.extend(blank_edits(&lines, span.line as usize - 1));
        }
        let mut known = words(SHELL);
        for name in commands(self.variables) {
            if distance(wrong, &name, 1).is_some() {
                known.push((name, 40));
            }
        }
        let mut found = self.names(diagnostic, &known);
        if diagnostic.class == Class::Command {
            // To start something else because a word is near it is no repair: it has to be a command that is known, or one of the script's own.
            found.retain(|edit| {
                let name = &edit.replacement;
                edit.rule == "definition"
                    || profile(self.environment).keywords.contains(&name.as_str())
                    || known.iter().any(|(known, _)| known == name)
                    || self.text.contains(&format!("{name}()"))
                    || self.text.contains(&format!("function {name}"))
            });
        }
        if diagnostic.class == Class::Command {
            if !found.iter().any(|edit| edit.rule == "name") {
                found.extend(self.called_in_texts(&lines, diagnostic, &known));
            }
            for edit in found.iter_mut().filter(|edit| edit.rule == "name") {
                let is_piped = self.text[..edit.range.start].trim_end().ends_with('|');
                let reads_nothing = is_piped && SETS.contains(&edit.replacement.as_str());
                edit.cost = (edit.cost + USED + if reads_nothing { USED } else { 0 })
                    .saturating_sub(used_so(self.text, edit));
            }
        }
        edits.extend(found);
        edits
    }

    /// A command of a shell that a text runs: `"$(bbasename "$1")"`.
    fn called_in_texts(
        &self,
        lines: &Lines<'_>,
        diagnostic: &Diagnostic,
        known: &[(String, u32)],
    ) -> Vec<Edit> {
        let (Some(wrong), Some(span)) = (diagnostic.hints.first(), diagnostic.span) else {
            return Vec::new();
        };
        let told = (span.line as usize).saturating_sub(1);
        let has_word = |line: &usize| lines.text(*line).contains(wrong.as_str());
        // Some shells count the lines of a command that a command holds from its own beginning.
        let places: Vec<usize> = if told < lines.count() && has_word(&told) {
            vec![told]
        } else {
            (0..lines.count()).filter(has_word).collect()
        };
        let is_word = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
        let mut edits = Vec::new();
        for line in places {
            let (text, start) = (lines.text(line), lines.start(line));
            for (at, _) in text.match_indices(wrong.as_str()) {
                let end = at + wrong.len();
                let is_called = text[..at].trim_end().ends_with(['(', '`', '|', ';', '&']);
                if !is_called || text[..at].ends_with(is_word) || text[end..].starts_with(is_word) {
                    continue;
                }
                for (name, extra) in known {
                    let Some(far @ 1..=2) = distance(wrong, name, 2) else {
                        continue;
                    };
                    edits.push(Edit {
                        range: start + at..start + end,
                        replacement: name.clone(),
                        cost: if far == 1 { 60 } else { 150 } + extra,
                        rule: "name",
                    });
                }
            }
        }
        edits
    }

    /// Modules are named in quotes: the nearest one that the language brings or the project has.
    fn quoted(&self, diagnostic: &Diagnostic, modules: &[(String, u32)]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let Some(wrong) = diagnostic
            .hints
            .first()
            .filter(|_| diagnostic.class == Class::Import)
        else {
            return edits;
        };
        for (known, _) in modules {
            let Some(far @ 1..=2) = distance(wrong, known, 2) else {
                continue;
            };
            for (at, _) in self.text.match_indices(wrong.as_str()) {
                let end = at + wrong.len();
                let quote = self.text[end..].chars().next().unwrap_or(' ');
                if self.text[..at].ends_with(quote) && matches!(quote, '"' | '\'' | '`') {
                    let cost = if far == 1 { 60 } else { 150 };
                    // What it is called here is mostly its own name.
                    let stranger = if speaks_of(self.text, known) {
                        0
                    } else {
                        STRANGER
                    };
                    edits.push(Edit {
                        range: at..end,
                        replacement: known.clone(),
                        cost: cost + stranger,
                        rule: "module",
                    });
                }
            }
        }
        edits
    }
}

/// Modules and packages of Python in a folder.
fn modules_in(folder: &Path) -> Vec<String> {
    // A folder that cannot be listed has none that could be meant.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|name| name.strip_suffix(".py").map_or(name.clone(), str::to_owned))
        .collect();
    names.sort();
    names
}

/// What speaks against a name of the language that the file does not say.
const UNSAID: u32 = 45;
/// What speaks against a module whose name the file does not say.
const STRANGER: u32 = 70;

/// The `=` of a line that stand in the condition of an `if`, or before one value that decides: `a = null ? b : c`.
fn given_in_condition(found: &[Token], text: &str) -> Vec<usize> {
    let is = |at: usize, word: &str| {
        let token = found.get(at);
        token.is_some_and(|token| &text[token.range.clone()] == word)
    };
    let is_value = |at: usize| {
        let known = ["null", "undefined", "true", "false"];
        let kind = found.get(at).map(|token| token.kind);
        known.into_iter().any(|word| is(at, word))
            || matches!(kind, Some(TokenKind::Number | TokenKind::Text))
    };
    let mut given: Vec<usize> = (0..found.len())
        .filter(|at| is(*at, "=") && is_value(at + 1) && is(at + 2, "?"))
        .collect();
    let start = (0..found.len()).find(|at| is(*at, "if") && is(at + 1, "("));
    let mut depth = 0i32;
    for at in start.map_or(0..0, |start| start + 1..found.len()) {
        depth += i32::from(is(at, "(")) - i32::from(is(at, ")"));
        if depth == 0 {
            break;
        }
        if is(at, "=") && !given.contains(&at) {
            given.push(at);
        }
    }
    given
}

/// Whether the last part of a module's name is a word of a text.
fn speaks_of(text: &str, module: &str) -> bool {
    let name = module.rsplit(['/', ':', '.']).next().unwrap_or(module);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    })
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
    named(list.split_whitespace())
}

/// Names that cost nothing to think of.
fn named<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Vec<(String, u32)> {
    names
        .into_iter()
        .map(|name| (name.as_ref().to_owned(), 0))
        .collect()
}

/// Modules that a program of Node.js asks for.
fn required(text: &str) -> BTreeSet<String> {
    static REQUIRED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:require\(|from )['"](?:node:)?([\w/]+)['"]"#)
            .expect("the expression is tested")
    });
    REQUIRED
        .captures_iter(text)
        .map(|found| found[1].to_owned())
        .collect()
}

/// What rustc calls a `use` of what is not there.
const UNRESOLVED_IMPORT: &str = "E0432";
/// Of Rust: what is given a value is no place that holds one.
const NO_PLACE: &str = "E0070";

/// Words that configurations of Terraform are made of.
const TERRAFORM: &str = "any bool count data default depends_on description each for_each lifecycle list local locals map module nullable \
    number object output path provider provisioner resource sensitive self set source string terraform tuple type validation value \
    var variable version";

/// Modules of the standard library of Rust.
const RUST: &str = "alloc any arch array ascii backtrace borrow boxed cell char clone cmp collections convert core default env error ffi \
    fmt fs future hash hash_map hash_set btree_map btree_set vec_deque binary_heap hint io iter marker mem net num ops option os panic \
    path pin prelude primitive process ptr range rc result slice std str string sync task thread time vec HashMap HashSet BTreeMap \
    BTreeSet VecDeque";

/// What a shell has itself, and what scripts call most.
const SHELL: &str = "builtin compgen complete disown let mapfile popd pushd readarray shopt alias awk basename bg break cat cd chmod chown command continue cp curl cut date declare dirname echo \
    egrep env eval exec exit export expr false fgrep find getopts git grep gzip hash head id install jobs kill less let ln local ls \
    mkdir mktemp mv printf pwd read readlink readonly realpath return rm rmdir sed seq set shift sleep sort source stat tail tar \
    tee test times touch tr trap true tty type typeset ulimit umask unalias uname uniq unset wait wc which xargs";

/// Commands that read nothing from a pipe.
const SETS: &[&str] = &[
    "alias", "cd", "declare", "exit", "export", "local", "return", "set", "shift", "trap", "unset",
];
/// What speaks for a command that the script runs in another place with what begins alike, in hundredths; half of it where it is run at all.
const USED: u32 = 90;
/// How many letters behind a command have to be the same.
const ALIKE: usize = 3;

/// What speaks for a command in the place of an edit: `sed 's/a/b/'` where other lines have `sed 's`.
fn used_so(text: &str, edit: &Edit) -> u32 {
    let name = edit.replacement.as_str();
    let behind = |at: usize| -> String { text[at..].chars().take(ALIKE).collect() };
    let own = behind(edit.range.end);
    let is_word = |letter: char| letter.is_alphanumeric() || "_-./".contains(letter);
    let runs = text.match_indices(name).filter(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(is_word) && after.starts_with([' ', '\t'])
    });
    let mut used = 0;
    for (at, _) in runs {
        let is_alike = behind(at + name.len()) == own;
        used = used.max(if is_alike { USED } else { USED / 2 });
    }
    used
}

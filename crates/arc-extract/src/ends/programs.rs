//! Commands that code starts: a program of the project, one of its scripts, a module by name.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` are words of a command; any other is a word that is not known"
)]

use super::rules::EndRules;
use super::variables::Search;
use super::{Draft, Space};
use crate::builder::FactsBuilder;
use crate::facts::{Expr, ExprId, ListId, Name};

/// Programs that run what they are given first.
const INTERPRETERS: &[&str] = &[
    "bash", "bun", "cargo", "coverage", "deno", "env", "go", "node", "nohup", "npx", "php", "perl",
    "python", "python3", "ruby", "run", "sh", "sudo", "time", "tsx", "uv", "xvfb-run",
];

/// Members that hold the interpreter which runs the code itself: `sys.executable`, `process.execPath`.
const OWN_INTERPRETER: &[&str] = &["executable", "execPath"];

/// What the build of a program is called by those who test it.
pub(crate) const BUILT: &str = "CARGO_BIN_EXE_";

/// Functions that read what the build says.
const VARIABLES: &[&str] = &["var", "var_os"];

/// A function that tells where the test itself was built: programs of the same build lie beside it.
const BESIDE: &str = "current_exe";

/// The verb of a program whose name is only a text in a file that looks for what was built beside it.
pub(crate) const BUILT_BESIDE: &str = "beside";

/// The verb of a module that is run by name.
pub(crate) const AS_MODULE: &str = "module";

/// A call that takes something else before the words of its command.
const AFTER_CONTEXT: &str = "CommandContext";

/// Words of one command that are looked at.
const MAX_WORDS: usize = 64;

/// A longer text is no name of a program.
const MAX_NAME: usize = 200;

/// How deep texts may stand in what makes a path of them.
const MAX_DEPTH: u32 = 3;

/// The commands that a file starts. What is started is known by name only: whether it is of the project is seen later.
pub(super) fn find(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let mut found = Vec::new();
    let is_there = |name: &&str| facts.known(name).is_some();
    let known = rules.programs.iter().filter_map(|(name, on)| {
        let name = facts.known(name)?;
        (on.is_empty() || on.iter().any(is_there)).then_some((name, *on))
    });
    let calls: Vec<(Name, &[&str])> = known.collect();
    let is_beside = rules.is_built && facts.known(BESIDE).is_some();
    // Macros that read what the build says are seen when they are lowered.
    let has_texts = is_beside || rules.is_built && VARIABLES.iter().any(is_there);
    if calls.is_empty() && !has_texts {
        return found;
    }
    let search = Search::new(facts);
    for index in 0..search.exprs.len() as u32 {
        let id = ExprId(index);
        match search.exprs.expr(id) {
            Expr::Call(callee, args) | Expr::New(callee, args) => {
                let Some((called, base)) = search.named(callee) else {
                    continue;
                };
                let starts = calls.iter().any(|(name, on)| {
                    let is_on = |base: ExprId| on.contains(&search.last_name(base));
                    called == *name && (on.is_empty() || base.is_none_or(is_on))
                });
                if starts {
                    let skipped = usize::from(facts.text(called) == AFTER_CONTEXT);
                    found.extend(command(&search, (args, skipped), id));
                }
            }
            Expr::Text(_) if has_texts => {
                let text = search.text(id).unwrap_or("");
                if let Some(name) = text.strip_prefix(BUILT) {
                    found.push(search.used(Space::Program, name, id));
                } else if is_beside && let Some(name) = program_file(text) {
                    found.push(Draft {
                        verb: BUILT_BESIDE.to_owned(),
                        ..search.used(Space::Program, name, id)
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// What one command runs, of a call with so many arguments before its words.
fn command(search: &Search<'_>, (args, skipped): (ListId, usize), id: ExprId) -> Option<Draft> {
    let words = words(search, args, skipped);
    let mut words = words.iter().map(Option::as_deref).peekable();
    while let Some(word) = words.next() {
        let Some(word) = word else {
            // A program that is not known may be an interpreter, which `-m` would show.
            if words.peek() == Some(&Some("-m")) {
                continue;
            }
            return None;
        };
        if word == "-m" {
            let module = words.next().flatten().filter(|module| is_name(module))?;
            return Some(Draft {
                verb: AS_MODULE.to_owned(),
                ..search.used(Space::Program, module, id)
            });
        }
        // Options and variables of an interpreter stand before what it runs.
        let last = word.rsplit('/').next().unwrap_or(word);
        let is_before = INTERPRETERS.contains(&last) || word.starts_with('-') || word.contains('=');
        if !is_before {
            return is_name(word).then(|| search.used(Space::Program, word, id));
        }
    }
    None
}

/// The words of a command as far as they are known: a list of texts, or one text with blanks in it.
fn words(search: &Search<'_>, args: ListId, skipped: usize) -> Vec<Option<String>> {
    let mut words = Vec::new();
    for (at, arg) in search.file.list(args).skip(skipped).enumerate() {
        match search.exprs.expr(arg) {
            Expr::Keyword(..) | Expr::Object(_) | Expr::Map(_) => {}
            Expr::Text(_) => {
                let text = search.text(arg).unwrap_or("");
                if at == 0 && text.contains(char::is_whitespace) {
                    words.extend(text.split_whitespace().map(|word| Some(word.to_owned())));
                } else {
                    words.push(Some(text.to_owned()));
                }
            }
            Expr::List(items) | Expr::Tuple(items) => {
                words.extend(search.file.list(items).map(|item| path(search, item, 0)));
            }
            _ => words.push(path(search, arg, 0)),
        }
        if words.len() >= MAX_WORDS {
            break;
        }
    }
    words
}

/// A text, or the path that a call makes of its texts: `join(folder, "bin", "cli.js")`.
fn path(search: &Search<'_>, id: ExprId, depth: u32) -> Option<String> {
    if let Some(text) = search.text(id) {
        return Some(text.to_owned());
    }
    let args = match search.exprs.expr(id) {
        Expr::Call(_, args) | Expr::New(_, args) if depth < MAX_DEPTH => args,
        // The interpreter that runs this.
        Expr::Member(..) if OWN_INTERPRETER.contains(&search.last_name(id)) => {
            return Some("python".to_owned());
        }
        _ => return None,
    };
    let parts = search.file.list(args).take(MAX_WORDS);
    let parts = parts.filter_map(|part| path(search, part, depth + 1));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn is_name(word: &str) -> bool {
    (1..=MAX_NAME).contains(&word.len()) && !word.contains(['\n', '*', '$', '<', '>', '|'])
}

/// The program whose file a text may be: `rg`, `rg.exe`, `rg{}`.
fn program_file(text: &str) -> Option<&str> {
    let name = text.strip_suffix("{}").unwrap_or(text);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((2..=64).contains(&name.len()) && name.bytes().all(is_part)).then_some(name)
}

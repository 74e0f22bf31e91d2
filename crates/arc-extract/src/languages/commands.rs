//! Commands in pieces of shell that run something of the project by a name: modules, scripts of a package, targets.

use crate::builder::FactsBuilder;
use crate::ends::{Side, Space};

/// Programs that run scripts of `package.json`; all but `npm` need no `run`.
const RUNNERS: &[&str] = &["npm", "yarn", "pnpm", "bun"];
/// Commands of these programs that are no scripts.
const OWN_COMMANDS: &[&str] = &[
    "add", "audit", "ci", "config", "create", "dlx", "exec", "global", "info", "init", "install",
    "link", "list", "login", "pack", "publish", "remove", "set", "upgrade", "version", "why", "x",
];
/// Words that one line is read to.
const MAX_WORDS: usize = 200;

/// Adds what a line of shell runs by name.
pub(super) fn run_by_name(facts: &mut FactsBuilder, code: &str, line: u32) {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '(' | ')');
    for command in code.split([';', '&', '|']) {
        let words = command.split(is_end).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.take(MAX_WORDS).collect();
        for at in 0..words.len() {
            word_at(facts, &words, at, line);
        }
    }
}

fn word_at(facts: &mut FactsBuilder, words: &[&str], at: usize, line: u32) {
    let word = words[at].rsplit('/').next().unwrap_or("");
    let next = words.get(at + 1).copied().unwrap_or("");
    let is_script = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_:.".contains(c))
    };
    if word.starts_with("python") && next == "-m" {
        let module = words.get(at + 2).copied().unwrap_or("");
        if is_module(module) {
            facts.end(Space::Module, Side::Uses, module, line);
            facts.end(
                Space::Module,
                Side::Uses,
                &format!("{module}.__main__"),
                line,
            );
        }
    } else if RUNNERS.contains(&word) && is_first(words, at) {
        let name = match next {
            "run" | "run-script" => words.get(at + 2).copied().unwrap_or(""),
            "t" => "test",
            "test" | "start" | "stop" | "restart" => next,
            _ if word == "npm" || OWN_COMMANDS.contains(&next) => "",
            _ => next,
        };
        if is_script(name) {
            facts.end(Space::Script, Side::Uses, &format!("npm:{name}"), line);
        }
    } else if word == "make" && is_first(words, at) {
        let targets = words[at + 1..].iter().filter(|word| is_script(word));
        for target in targets.take(8) {
            facts.end(Space::Script, Side::Uses, &format!("make:{target}"), line);
        }
    } else if at > 0 {
        entry_point(facts, words[at], line);
    }
}

/// Whether a word is the program of its command, whatever runs it.
fn is_first(words: &[&str], at: usize) -> bool {
    words[..at]
        .iter()
        .all(|word| word.contains('=') || ["sudo", "exec", "env", "time", "-", "@"].contains(word))
}

fn is_module(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    !text.is_empty() && text.split('.').all(is_part)
}

/// `pkg.mod:name`, which names something in a module.
pub(super) fn entry_point(facts: &mut FactsBuilder, text: &str, line: u32) {
    let Some((module, name)) = text.split_once(':') else {
        return;
    };
    let name = name.split(['(', ' ', '[']).next().unwrap_or("").trim();
    if is_module(module.trim()) && is_module(name) {
        facts.named_end(Space::Module, module.trim(), name, line);
    }
}

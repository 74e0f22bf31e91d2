//! Manifests of the JavaScript world: `package.json`, `tsconfig.json` and its likes (comments and trailing commas
//! allowed), `pnpm-workspace.yaml`. They are read into settings. Of files that
//! hold a program's configuration (`appsettings.json`) the keys are read; other JSON files say nothing to the graph.

use arc_graph::{EdgeKind, NodeKind};

use super::linked::{Linked, shell_paths};
use super::settings::{Settings, is_configuration};
use crate::builder::FactsBuilder;
use crate::ends::{Side, Space};
use crate::facts::{BlockKind, MentionKind, flag};
use crate::source::Source;

/// Values nested deeper than this are left out.
const MAX_DEPTH: usize = 32;

/// Settings beyond this many are left out: a manifest that long is generated.
const MAX_SETTINGS: usize = 20_000;

/// Beginnings of the names of manifests.
const MANIFESTS: &[&str] = &["deno.json", "jsconfig.", "package.json", "tsconfig."];

/// JSON manifests.
pub(super) static JSON: Linked = Linked {
    name: "json",
    extensions: &[],
    file_names: &[
        "appsettings.*",
        "config.json",
        "default.json",
        "deno.json",
        "deno.jsonc",
        "development.json",
        "jsconfig.*",
        "local.json",
        "package.json",
        "production.json",
        "settings.json",
        "staging.json",
        "test.json",
        "tsconfig.*",
    ],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut reader = Reader::new(source.text, MAX_SETTINGS);
    let mut keys = Vec::new();
    let is_whole = reader.value(&mut keys).is_some();
    if !is_whole {
        facts.diagnose(format!("not well-formed at line {}", reader.line));
    }
    let file_name = source.path.rsplit('/').next().unwrap_or("");
    let is_package = file_name == "package.json";
    if !MANIFESTS.iter().any(|name| file_name.starts_with(name)) {
        if is_configuration(source.path) {
            configuration(reader.settings, facts);
        }
        return;
    }
    for (keys, value, line) in reader.settings {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        facts.setting(&keys, &value);
        if is_package && let ["scripts", name] = keys.as_slice() {
            script(facts, name, &value, line);
        }
        if is_package && let ["bin", ..] | ["main"] = keys.as_slice() {
            let path = value.trim_start_matches("./");
            facts.mention(path, MentionKind::Path, EdgeKind::Configures, line);
        }
        if is_package
            && let [group, package] = keys.as_slice()
            && matches!(
                *group,
                "dependencies" | "devDependencies" | "peerDependencies" | "optionalDependencies"
            )
        {
            let text = format!("npm:{package}");
            facts.mention(&text, MentionKind::Package, EdgeKind::DependsOn, line);
        }
    }
}

/// The keys of a program's configuration; elements of lists have none.
fn configuration(leaves: Vec<Leaf>, facts: &mut FactsBuilder) {
    let mut settings = Settings::new(facts);
    for (keys, value, line) in leaves {
        let is_name = |key: &&String| key.parse::<u32>().is_err();
        let parts: Vec<&str> = keys
            .iter()
            .take_while(is_name)
            .map(String::as_str)
            .collect();
        let value = if parts.len() == keys.len() {
            &value
        } else {
            ""
        };
        settings.add(&parts, (line, line), value);
    }
}

/// A script of a package and what it runs.
fn script(facts: &mut FactsBuilder, name: &str, command: &str, line: u32) {
    let symbol = facts.add_symbol(name, NodeKind::Key, line, line);
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    facts.end(Space::Script, Side::Provides, &format!("npm:{name}"), line);
    shell_paths(facts, command, line);
    facts.leave(outer);
}

/// The list of packages of a pnpm workspace.
pub(super) static PNPM: Linked = Linked {
    name: "pnpm",
    extensions: &[],
    file_names: &["pnpm-workspace.yaml"],
    grammar: None,
    lower: lower_pnpm,
};

fn lower_pnpm(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut in_packages = false;
    let mut position = 0;
    for line in source.text.lines() {
        let trimmed = line.split(" #").next().unwrap_or("").trim();
        if !line.starts_with([' ', '\t', '-', '#']) && !trimmed.is_empty() {
            in_packages = trimmed == "packages:";
        } else if in_packages && let Some(pattern) = trimmed.strip_prefix('-') {
            let pattern = pattern.trim().trim_matches(['"', '\'']);
            facts.setting(&["packages", &position.to_string()], pattern);
            position += 1;
        }
    }
}

/// Reads JSON with comments and trailing commas, and keeps its leaves.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    limit: usize,
    settings: Vec<Leaf>,
}

/// The keys on the way to a value, the value as text, the line.
pub(super) type Leaf = (Vec<String>, String, u32);

impl<'a> Reader<'a> {
    /// `limit` leaves are kept.
    pub(super) fn new(text: &'a str, limit: usize) -> Reader<'a> {
        Reader {
            text,
            at: 0,
            line: 1,
            limit,
            settings: Vec::new(),
        }
    }

    /// The line that was read last.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// The leaves in order of writing.
    pub(super) fn settings(self) -> Vec<Leaf> {
        self.settings
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.at)? {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                0xEF if self.text[self.at..].starts_with('\u{feff}') => self.at += 3,
                b'/' if bytes.get(self.at + 1) == Some(&b'/') => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                b'/' if bytes.get(self.at + 1) == Some(&b'*') => {
                    let rest = &self.text[self.at..];
                    let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                    self.line += rest[..length].matches('\n').count() as u32;
                    self.at += length;
                }
                other => return Some(other),
            }
        }
    }

    /// One value; `None` where the text is not well-formed.
    pub(super) fn value(&mut self, keys: &mut Vec<String>) -> Option<()> {
        match self.peek()? {
            b'{' => self.object(keys),
            b'[' => self.array(keys),
            b'"' => {
                let line = self.line;
                let text = self.string()?;
                self.keep(keys, text, line);
                Some(())
            }
            _ => {
                let rest = &self.text[self.at..];
                let length = rest
                    .find(|c: char| matches!(c, ',' | '}' | ']' | '/') || c.is_whitespace())
                    .unwrap_or(rest.len());
                if length == 0 {
                    return None;
                }
                let word = rest[..length].to_owned();
                self.at += length;
                self.keep(keys, word, self.line);
                Some(())
            }
        }
    }

    fn keep(&mut self, keys: &[String], value: String, line: u32) {
        if self.settings.len() < self.limit {
            self.settings.push((keys.to_vec(), value, line));
        }
    }

    fn object(&mut self, keys: &mut Vec<String>) -> Option<()> {
        if keys.len() >= MAX_DEPTH {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                b'"' => {
                    let key = self.string()?;
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.at += 1;
                    keys.push(key);
                    self.value(keys)?;
                    keys.pop();
                }
                _ => return None,
            }
        }
    }

    fn array(&mut self, keys: &mut Vec<String>) -> Option<()> {
        if keys.len() >= MAX_DEPTH {
            return None;
        }
        self.at += 1;
        let mut position = 0;
        loop {
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                _ => {
                    keys.push(position.to_string());
                    self.value(keys)?;
                    keys.pop();
                    position += 1;
                }
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.text[self.at + 1..].char_indices();
        while let Some((at, next)) = chars.next() {
            match next {
                '"' => {
                    self.at += 1 + at + 1;
                    return Some(text);
                }
                '\n' => return None,
                '\\' => match chars.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'u' => {
                        let digits: String =
                            (0..4).map_while(|_| chars.next()).map(|(_, c)| c).collect();
                        let code = u32::from_str_radix(&digits, 16).ok();
                        text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    }
}

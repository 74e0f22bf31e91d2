//! What the languages of structure and links share: how they behave (they have no names), and which words are paths.

use arc_graph::{EdgeKind, NodeKind};

use super::commands::run_by_name;
use super::outline::PLAIN;
use crate::builder::FactsBuilder;
use crate::ends::{INSIDE, OUTSIDE, Side, Space, is_variable};
use crate::facts::{BlockKind, MentionKind, flag};
use crate::languages::{Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

/// Files of links have no scopes.
static LINKED: Semantics = Semantics {
    members_in_scope: false,
    match_bare_names: false,
    ..PLAIN
};

/// A language of structure and links, all of it as values: no names to import, no built-in types.
pub(super) struct Linked {
    pub(super) name: &'static str,
    pub(super) extensions: &'static [&'static str],
    pub(super) file_names: &'static [&'static str],
    /// `None` for one that is read without a syntax tree.
    pub(super) grammar: Option<fn() -> tree_sitter::Language>,
    /// Adds the facts of a file.
    pub(super) lower: fn(&Source<'_>, &mut FactsBuilder),
}

impl Language for Linked {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tier(&self) -> Tier {
        Tier::Linked
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn file_names(&self) -> &'static [&'static str] {
        self.file_names
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        self.grammar.map(|grammar| grammar())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        (self.lower)(source, facts);
    }

    fn module_name(&self, _: &ProjectFiles, _: &str) -> String {
        String::new()
    }

    fn resolve_import(
        &self,
        _: &ProjectFiles,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Vec<ImportTarget> {
        Vec::new()
    }

    fn semantics(&self) -> &'static Semantics {
        &LINKED
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

/// Defines an environment variable that is set here.
pub(super) fn variable(facts: &mut FactsBuilder, name: &str, kind: NodeKind, line: u32) {
    if !is_variable(name) {
        return;
    }
    let symbol = facts.add_symbol(name, kind, line, line);
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    facts.end(Space::Variable, Side::Provides, name, line);
    facts.leave(outer);
}

/// Defines a variable that is set for what runs in a container, and nowhere else.
pub(super) fn variable_inside(facts: &mut FactsBuilder, name: &str, line: u32) {
    let before = facts.facts().ends.len();
    variable(facts, name, NodeKind::Key, line);
    if facts.facts().ends.len() > before {
        facts.mark_end(INSIDE);
    }
}

/// Says that the values of other variables are used in a text: `${NAME}`, `${NAME:-default}`.
pub(super) fn used_variables(facts: &mut FactsBuilder, text: &str, line: u32) {
    for part in text.split("${").skip(1).take(32) {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let name = &part[..end.unwrap_or(part.len())];
        if is_variable(name) {
            facts.end(Space::Variable, Side::Uses, name, line);
            facts.mark_end(OUTSIDE);
        }
    }
}

/// Whether a word can only be a path: it has a folder or a known ending, and nothing that a shell would expand.
pub(super) fn looks_like_path(word: &str) -> bool {
    let is_plain = word
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | '+'));
    if !is_plain || word.len() < 3 || word.starts_with('-') || word.starts_with("//") {
        return false;
    }
    let name = word.rsplit('/').next().unwrap_or(word);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let has_ending = matches!(
        ending,
        "sh" | "py"
            | "js"
            | "mjs"
            | "cjs"
            | "ts"
            | "tsx"
            | "jsx"
            | "rb"
            | "pl"
            | "php"
            | "ps1"
            | "bat"
            | "go"
            | "rs"
            | "java"
            | "kt"
            | "kts"
            | "cs"
            | "swift"
            | "scala"
            | "lua"
            | "dart"
            | "ex"
            | "exs"
            | "sql"
            | "json"
            | "yml"
            | "yaml"
            | "toml"
            | "md"
            | "txt"
            | "cfg"
            | "conf"
            | "ini"
            | "env"
            | "xml"
            | "tf"
            | "html"
            | "css"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "hpp"
            | "vue"
            | "svelte"
            | "gradle"
            | "lock"
    );
    has_ending
        || (word.contains('/') && !name.is_empty() && !word.contains('@') && word.starts_with('.'))
}

/// Mentions the scripts and files that a piece of shell names.
pub(super) fn shell_paths(facts: &mut FactsBuilder, script: &str, line: u32) {
    for (offset, text) in script.lines().enumerate() {
        let code = text.split(" #").next().unwrap_or(text);
        run_by_name(facts, code, line + offset as u32);
        for word in code.split(|c: char| {
            c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '=')
        }) {
            if looks_like_path(word) {
                facts.mention(
                    word,
                    MentionKind::Path,
                    EdgeKind::Configures,
                    line + offset as u32,
                );
            }
        }
    }
}

/// Mentions a package of an ecosystem (`docker:nginx`).
pub(super) fn package(facts: &mut FactsBuilder, ecosystem: &str, name: &str, line: u32) {
    if !name.is_empty() && !name.contains(['$', '{', ' ']) {
        facts.mention(
            &format!("{ecosystem}:{name}"),
            MentionKind::Package,
            EdgeKind::DependsOn,
            line,
        );
    }
}

/// An image's name without tag and digest.
pub(super) fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let from = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[from..].find(':') {
        Some(colon) => &image[..from + colon],
        None => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_options_and_images() {
        for path in ["scripts/build.sh", "./run", "a.py", "../x/y.tf"] {
            assert!(looks_like_path(path), "{path}");
        }
        for word in [
            "--x.py=$Y",
            "actions/checkout@v4",
            "origin/main",
            "a*b.py",
            "1.2",
        ] {
            assert!(!looks_like_path(word), "{word}");
        }
        assert_eq!(image_name("reg:5000/a/b:1.2"), "reg:5000/a/b");
        assert_eq!(image_name("nginx@sha256:0"), "nginx");
    }
}

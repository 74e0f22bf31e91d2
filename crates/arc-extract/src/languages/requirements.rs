//! Python requirement files: one package a line, and other files of the kind.

use arc_graph::EdgeKind;

use super::linked::{LINKED, package};
use crate::builder::FactsBuilder;
use crate::facts::MentionKind;
use crate::languages::{Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

pub(super) struct Requirements;

impl Language for Requirements {
    fn name(&self) -> &'static str {
        "requirements"
    }

    fn tier(&self) -> Tier {
        Tier::Linked
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["requirements*", "constraints.txt"]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        None
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lower(source, facts);
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

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    for (index, line) in source.text.lines().enumerate() {
        let number = index as u32 + 1;
        let text = line.split(" #").next().unwrap_or(line).trim();
        if let Some(path) = ["-r ", "--requirement ", "-c ", "--constraint "]
            .iter()
            .find_map(|option| text.strip_prefix(option))
        {
            facts.mention(path.trim(), MentionKind::Path, EdgeKind::References, number);
        } else if text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            let end = text
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
                .unwrap_or(text.len());
            package(facts, "pypi", &text[..end].to_ascii_lowercase(), number);
        }
    }
}

//! The `Language` of the frame: what such a language is, as values.

use tree_sitter::Node;

use super::{Outline, Walk};
use crate::builder::FactsBuilder;
use crate::languages::{Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

/// A language that is read by this frame. Its symbols are named without the file: by namespace, or by their own path.
pub(in crate::languages) struct Outlined {
    pub(in crate::languages) name: &'static str,
    pub(in crate::languages) extensions: &'static [&'static str],
    pub(in crate::languages) file_names: &'static [&'static str],
    pub(in crate::languages) interpreters: &'static [&'static str],
    pub(in crate::languages) grammar: fn() -> tree_sitter::Language,
    pub(in crate::languages) outline: &'static Outline,
    /// Reads the root of a tree.
    pub(in crate::languages) root: for<'w> fn(&mut Walk<'w>, Node<'w>),
    /// What an import names: the project, the importing file, the text of the import.
    pub(in crate::languages) resolve_import: fn(&ProjectFiles, &str, &str) -> Vec<ImportTarget>,
    pub(in crate::languages) semantics: &'static Semantics,
    pub(in crate::languages) prelude: &'static [(&'static str, &'static str)],
}

/// `resolve_import` of a language whose imports open namespaces.
pub(in crate::languages) fn namespace_of(
    _: &ProjectFiles,
    _: &str,
    module: &str,
) -> Vec<ImportTarget> {
    vec![
        ImportTarget::Namespace(module.to_owned()),
        ImportTarget::Foreign(module.to_owned()),
    ]
}

impl Language for Outlined {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tier(&self) -> Tier {
        Tier::Named
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn file_names(&self) -> &'static [&'static str] {
        self.file_names
    }

    fn interpreters(&self) -> &'static [&'static str] {
        self.interpreters
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some((self.grammar)())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        if let Some(root) = source.root() {
            let mut walk = Walk::new(source, facts, self.outline, root);
            (self.root)(&mut walk, root);
        }
    }

    fn module_name(&self, _: &ProjectFiles, _: &str) -> String {
        String::new()
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _: Option<&str>,
    ) -> Vec<ImportTarget> {
        (self.resolve_import)(project, from, module)
    }

    fn semantics(&self) -> &'static Semantics {
        self.semantics
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        self.prelude
    }
}

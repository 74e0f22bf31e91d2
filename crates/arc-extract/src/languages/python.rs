//! Python.

use crate::builder::FactsBuilder;
use crate::languages::{Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

pub(super) struct Python;

static SEMANTICS: Semantics = Semantics {
    separator: ".",
    members_in_scope: false,
    reads_call: false,
    explicit_exports: false,
    constructors: &["__init__", "__new__"],
    call_operator: "__call__",
    receiver_is_parameter: true,
    builtins: &[],
    common_members: &[],
    match_bare_names: true,
    imports_are_paths: false,
    overloads: false,
    iteration: &["__iter__", "__next__"],
    index_operator: "__getitem__",
    enter_operators: &["__enter__", "__aenter__"],
    async_type: "",
    generator_type: "Generator",
    literal_types: ["list", "tuple", "dict", "str"],
    fixture_files: &["conftest.py"],
    transparent: &["functools.partial"],
};

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["py", "pyi", "pyw"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["python", "pypy"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_python::LANGUAGE.into())
    }

    fn lower(&self, _source: &Source<'_>, _facts: &mut FactsBuilder) {}

    fn module_name(&self, _project: &ProjectFiles, path: &str) -> String {
        path.to_owned()
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
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

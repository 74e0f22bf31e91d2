//! Go. A package is a directory: an import resolves to a directory, and a name in it to any file there.

mod declarations;
mod ends;
mod expressions;
mod imports;
mod literals;
mod lower;
mod statements;
mod types;

use crate::builder::FactsBuilder;
use crate::languages::{Arity, EntryPoint, Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

pub(super) struct Go;

static SEMANTICS: Semantics = Semantics {
    separator: ".",
    members_in_scope: false,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &[],
    call_operator: "",
    receiver_is_parameter: false,
    builtins: &[
        "clear", "close", "complex", "delete", "imag", "panic", "print", "println", "real",
        "recover",
    ],
    common_members: &[
        "Add",
        "Bytes",
        "Cleanup",
        "Close",
        "Context",
        "Copy",
        "Done",
        "Equal",
        "Err",
        "Error",
        "Errorf",
        "Fatal",
        "Fatalf",
        "Flush",
        "Get",
        "Helper",
        "Len",
        "Lock",
        "Log",
        "Logf",
        "Name",
        "New",
        "Next",
        "Parallel",
        "Print",
        "Printf",
        "Println",
        "Read",
        "Reset",
        "Run",
        "Seek",
        "Set",
        "Size",
        "Skip",
        "Sprintf",
        "String",
        "Sub",
        "Time",
        "Unlock",
        "Unwrap",
        "Value",
        "Wait",
        "Write",
        "WriteString",
    ],
    match_bare_names: true,
    imports_are_paths: false,
    overloads: false,
    iteration: &["__element"],
    index_operator: "__index",
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "",
    await_operator: "",
    generator_type: "",
    literal_types: ["__slice", "", "__map", "string"],
    fixture_files: &[],
    transparent: &[],
    namespace_family: "",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::Exact,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: true,
    types_are_hints: false,
    types_apart: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: None,
    ends: &ends::ENDS,
};

impl Language for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["go"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_go::LANGUAGE.into())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lower::lower(source, facts);
    }

    fn module_name(&self, project: &ProjectFiles, path: &str) -> String {
        imports::package_path(project, path)
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        imports::resolve(project, from, module)
    }

    fn entry_points(&self, project: &ProjectFiles) -> Vec<EntryPoint> {
        imports::entry_points(project)
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[("", include_str!("prelude.go"))]
    }
}

//! C and C++. Files include each other's text, and all of C's names live in one scope that every file shares (the
//! namespace ""), so a prototype in a header and the definition elsewhere meet there.
//!
//! A header is read as C unless it says that it is C++. Macros are not expanded: every side of an `#if` is kept, and a
//! definition that a macro makes or hides is recognised by its shape.

use crate::builder::FactsBuilder;
use crate::languages::{Arity, Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

mod attributes;
mod blanks;
mod bodies;
mod code;
mod conditionals;
mod declarations;
mod declarators;
mod dialect;
mod expressions;
mod functions;
mod generated;
mod includes;
mod kinds;
mod lower;
mod macros;
mod namespaces;
pub(super) mod openers;
mod types;

#[cfg(test)]
mod tests;

/// C.
pub(super) struct C;

/// C++.
pub(super) struct Cpp;

static C_SEMANTICS: Semantics = Semantics {
    looks_by_arguments: false,
    one_function_per_name: true,
    arity: Arity::NoMoreThanNamed,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: None,
    ..SEMANTICS
};

static CPP_SEMANTICS: Semantics = SEMANTICS;

/// What both have in common.
const SEMANTICS: Semantics = Semantics {
    separator: "::",
    members_in_scope: true,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &[],
    call_operator: "operator()",
    receiver_is_parameter: false,
    builtins: &[
        "abort",
        "assert",
        "atoi",
        "bcmp",
        "bcopy",
        "calloc",
        "close",
        "errno",
        "exit",
        "fclose",
        "fflush",
        "fopen",
        "fprintf",
        "fputs",
        "fread",
        "free",
        "fseek",
        "fwrite",
        "getenv",
        "isalnum",
        "isalpha",
        "isdigit",
        "isspace",
        "longjmp",
        "malloc",
        "memchr",
        "memcmp",
        "memcpy",
        "memmove",
        "memset",
        "open",
        "perror",
        "printf",
        "putchar",
        "puts",
        "qsort",
        "read",
        "realloc",
        "setjmp",
        "snprintf",
        "sprintf",
        "sscanf",
        "stderr",
        "stdin",
        "stdout",
        "strcasecmp",
        "strcat",
        "strchr",
        "strcmp",
        "strcpy",
        "strdup",
        "strerror",
        "strlen",
        "strncasecmp",
        "strncmp",
        "strncpy",
        "strrchr",
        "strstr",
        "strtol",
        "strtoul",
        "tolower",
        "toupper",
        "va_arg",
        "va_copy",
        "va_end",
        "va_start",
        "vfprintf",
        "vprintf",
        "vsnprintf",
        "vsprintf",
        "write",
    ],
    common_members: &[
        "append",
        "at",
        "back",
        "begin",
        "c_str",
        "clear",
        "close",
        "count",
        "data",
        "empty",
        "end",
        "erase",
        "find",
        "first",
        "front",
        "get",
        "init",
        "insert",
        "length",
        "name",
        "next",
        "open",
        "pop_back",
        "push_back",
        "read",
        "release",
        "reset",
        "resize",
        "run",
        "second",
        "size",
        "start",
        "stop",
        "str",
        "swap",
        "type",
        "value",
        "write",
    ],
    match_bare_names: true,
    imports_are_paths: false,
    overloads: true,
    iteration: &["begin", "operator*"],
    index_operator: "operator[]",
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "",
    await_operator: "",
    generator_type: "",
    literal_types: ["", "", "", ""],
    fixture_files: &[],
    transparent: &[
        "std::move",
        "std::forward",
        "std::ref",
        "std::cref",
        "move",
        "forward",
    ],
    namespace_family: "c",
    looks_by_arguments: true,
    one_function_per_name: false,
    arity: Arity::Free,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    types_apart: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: None,
    ends: &crate::ends::EndRules {
        variables: &[crate::ends::Read::Call("getenv", &[])],
        ..crate::ends::NO_ENDS
    },
};

const PRELUDE: &[(&str, &str)] = &[("", include_str!("prelude.hpp"))];

impl Language for C {
    fn name(&self) -> &'static str {
        "c"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["c", "h"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn sharing_names(&self, path: &str, text: &str) -> Option<&'static dyn Language> {
        let is_cpp = includes::is_header(path) && dialect::is_cpp(text);
        is_cpp.then_some(&Cpp as &dyn Language)
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_c::LANGUAGE.into())
    }

    fn mends_texts(&self) -> bool {
        true
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        dialect::lower_c(source, facts);
    }

    fn module_name(&self, _project: &ProjectFiles, _path: &str) -> String {
        String::new()
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        includes::resolve(project, from, module)
    }

    fn semantics(&self) -> &'static Semantics {
        &C_SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
}

impl Language for Cpp {
    fn name(&self) -> &'static str {
        "c++"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[
            "c++", "cc", "cpp", "cppm", "cu", "cuh", "cxx", "h++", "hh", "hpp", "hxx", "inl",
            "ino", "ipp", "ixx", "tcc", "tpp",
        ]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_cpp::LANGUAGE.into())
    }

    fn mends_texts(&self) -> bool {
        true
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        dialect::lower_cpp(source, facts);
    }

    fn module_name(&self, _project: &ProjectFiles, _path: &str) -> String {
        String::new()
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        includes::resolve(project, from, module)
    }

    fn semantics(&self) -> &'static Semantics {
        &CPP_SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        PRELUDE
    }
}

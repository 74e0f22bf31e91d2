//! Java. A package is shared by files of any folder that declare it; inside a class its members need no receiver.

mod declarations;
mod ends;
mod expressions;
mod imports;
mod late;
mod lower;
mod members;
mod narrowing;
mod patterns;
mod statements;
mod types;

use crate::builder::FactsBuilder;
use crate::languages::{Arity, Language, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

pub(super) struct Java;

static SEMANTICS: Semantics = Semantics {
    separator: ".",
    members_in_scope: true,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &[lower::CONSTRUCTOR],
    call_operator: "",
    receiver_is_parameter: false,
    builtins: &[],
    common_members: &[
        "accept",
        "add",
        "addAll",
        "append",
        "apply",
        "charAt",
        "clear",
        "clone",
        "close",
        "compare",
        "compareTo",
        "contains",
        "containsKey",
        "equals",
        "filter",
        "flush",
        "forEach",
        "get",
        "getClass",
        "getKey",
        "getMessage",
        "getName",
        "getValue",
        "hashCode",
        "hasNext",
        "isEmpty",
        "iterator",
        "join",
        "length",
        "map",
        "next",
        "of",
        "parse",
        "print",
        "println",
        "put",
        "read",
        "remove",
        "replace",
        "run",
        "set",
        "size",
        "sort",
        "split",
        "start",
        "stream",
        "substring",
        "test",
        "toArray",
        "toString",
        "trim",
        "valueOf",
        "values",
        "write",
    ],
    match_bare_names: true,
    imports_are_paths: false,
    overloads: true,
    iteration: &["iterator", "next", "__element"],
    index_operator: "__index",
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "",
    await_operator: "",
    generator_type: "",
    literal_types: ["__array", "", "", "String"],
    fixture_files: &[],
    transparent: &[],
    namespace_family: "jvm",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::Exact,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    types_apart: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: Some(&late::LATE_BINDING),
    ends: &ends::ENDS,
};

impl Language for Java {
    fn name(&self) -> &'static str {
        "java"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["java"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &[]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_java::LANGUAGE.into())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lower::lower(source, facts);
    }

    fn module_name(&self, _project: &ProjectFiles, path: &str) -> String {
        imports::package_of_path(path)
    }

    fn resolve_import(
        &self,
        _project: &ProjectFiles,
        _from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        imports::resolve(module)
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("", include_str!("prelude/lang.java")),
            ("java.io", include_str!("prelude/io.java")),
            ("java.lang.invoke", include_str!("prelude/invoke.java")),
            ("java.lang.reflect", include_str!("prelude/reflect.java")),
            ("java.nio.charset", include_str!("prelude/charset.java")),
            ("java.nio.file", include_str!("prelude/file.java")),
            ("java.security", include_str!("prelude/security.java")),
            ("java.time", include_str!("prelude/time.java")),
            ("java.util", include_str!("prelude/util.java")),
            ("java.util.function", include_str!("prelude/function.java")),
            ("java.util.stream", include_str!("prelude/stream.java")),
            ("java.math", include_str!("prelude/math.java")),
            (
                "java.util.concurrent.atomic",
                include_str!("prelude/atomic.java"),
            ),
            (
                "java.util.concurrent",
                include_str!("prelude/concurrent.java"),
            ),
        ]
    }
}

//! Python: code is lowered in order of evaluation; imports name files by package roots; the built-in types are declared in
//! stubs of our own.

mod assign;
mod calls;
mod definitions;
mod dynamic;
mod ends;
mod expr;
mod fields;
mod frames;
mod imports;
mod lower;
mod names;
mod narrow;
mod notebook;
mod patterns;
mod repair;
mod roots;
mod syntax;
mod testing;
mod types;

#[cfg(test)]
mod tests;

use tree_sitter::{Node, Tree};

use self::lower::Lowering;
use crate::builder::FactsBuilder;
use crate::isolate::isolated;
use crate::languages::{Arity, EntryPoint, Language, Semantics, Tier};
use crate::parsing;
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

/// The method that answers for members nobody has.
const MISSING_MEMBER: &str = "__getattr__";

pub(super) struct Python;

#[rustfmt::skip] // One entry per line, so that two additions merge cleanly.
static PRELUDE: &[(&str, &str)] = &[
    ("", include_str!("prelude/builtins.pyi")),
    ("asyncio", include_str!("prelude/asyncio.pyi")),
    ("collections", include_str!("prelude/collections.pyi")),
    ("collections.abc", include_str!("prelude/typing.pyi")),
    ("concurrent.futures", include_str!("prelude/futures.pyi")),
    ("contextlib", include_str!("prelude/contextlib.pyi")),
    ("copy", include_str!("prelude/copy.pyi")),
    ("dataclasses", include_str!("prelude/dataclasses.pyi")),
    ("functools", include_str!("prelude/functools.pyi")),
    ("heapq", include_str!("prelude/heapq.pyi")),
    ("itertools", include_str!("prelude/itertools.pyi")),
    ("random", include_str!("prelude/random.pyi")),
    ("typing", include_str!("prelude/typing.pyi")),
    ("typing_extensions", include_str!("prelude/typing.pyi")),
    ("weakref", include_str!("prelude/weakref.pyi")),
];

static SEMANTICS: Semantics = Semantics {
    separator: ".",
    members_in_scope: false,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &["__init__", "__new__"],
    call_operator: "__call__",
    receiver_is_parameter: true,
    builtins: names::BUILTINS,
    common_members: names::COMMON_MEMBERS,
    match_bare_names: true,
    imports_are_paths: false,
    overloads: false,
    iteration: &["__iter__", "__next__"],
    index_operator: "__getitem__",
    union_operator: "__or__",
    enter_operators: &["__enter__", "__aenter__"],
    construction_hooks: &["__post_init__", "__attrs_post_init__", "model_post_init"],
    async_type: "",
    await_operator: "__await__",
    generator_type: "Generator",
    literal_types: ["list", "tuple", "dict", "str"],
    fixture_files: &["conftest.py"],
    transparent: &[
        "functools.partial",
        "functools.partialmethod",
        "pytest.param",
    ],
    namespace_family: "",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::Exact,
    members_from_below: true,
    missing_member: MISSING_MEMBER,
    text_operators: &["__format__", "__str__", "__repr__"],
    structural: false,
    types_are_hints: true,
    types_apart: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: None,
    ends: &ends::ENDS,
};

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["py", "pyi", "pyw", "ipynb"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["python", "pypy"]
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        // A notebook is JSON around the code, which is parsed once it is unpacked.
        (!is_notebook(path)).then(arc_grammar::python)
    }

    fn mends_texts(&self) -> bool {
        true
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        match source.root() {
            Some(root) => lower_tree(source, root, facts),
            None => lower_notebook(source, facts),
        }
    }

    fn module_name(&self, project: &ProjectFiles, path: &str) -> String {
        roots::module_name(project, path)
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        name: Option<&str>,
    ) -> Vec<ImportTarget> {
        imports::resolve(project, from, module, name)
    }

    fn entry_points(&self, project: &ProjectFiles) -> Vec<EntryPoint> {
        roots::entry_points(project)
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        PRELUDE
    }
}

fn is_notebook(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".ipynb")
}

fn lower_tree(source: &Source<'_>, root: Node<'_>, facts: &mut FactsBuilder) {
    let traits = testing::file_traits(source.path, source.text);
    if root.has_error()
        && let Some(text) = repair::close_brackets(source.text)
        && let Some(tree) = parse(&text)
    {
        return Lowering::new(tree.root_node(), &text, facts, traits).file(tree.root_node());
    }
    if root.has_error()
        && let Some((text, tree)) = isolated(&arc_grammar::python(), source.text, root)
    {
        return Lowering::new(tree.root_node(), &text, facts, traits).file(tree.root_node());
    }
    Lowering::new(root, source.text, facts, traits).file(root);
}

fn parse(text: &str) -> Option<Tree> {
    parsing::parse(&arc_grammar::python(), text)
}

fn lower_notebook(source: &Source<'_>, facts: &mut FactsBuilder) {
    let notebook = match notebook::read(source.text) {
        Ok(notebook) => notebook,
        Err(problem) => return facts.diagnose(problem),
    };
    let Some(tree) = parse(&notebook.code) else {
        return facts.diagnose("cannot parse the code of the notebook".to_owned());
    };
    let root = tree.root_node();
    Lowering::new(
        root,
        &notebook.code,
        facts,
        testing::file_traits(source.path, source.text),
    )
    .with_lines(&notebook.lines)
    .file(root);
}

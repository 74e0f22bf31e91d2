//! Rust. A crate is a tree of modules: files declare each other with `mod`, and a path starts at a name in scope, at
//! `crate`, `self`, `super` or at the name of another crate.
//!
//! tree-sitter reads whole files, broken ones too, and reads the arguments of macros again as the expressions, statements
//! or items they are. Macros are not expanded.

mod control;
mod doctests;
mod ends;
mod expand;
mod expressions;
mod functions;
mod items;
mod lowering;
mod macros;
mod modules;
mod patterns;
mod scan;
mod types;
mod uses;

pub use doctests::{DOC_TEST, DOC_TEST_COMPILED, DOC_TEST_OWNER};

use crate::builder::FactsBuilder;
use crate::languages::{Arity, EntryPoint, Language, MACROS, Semantics, Tier};
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

pub(super) struct Rust;

static SEMANTICS: Semantics = Semantics {
    separator: "::",
    members_in_scope: false,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &[],
    call_operator: "",
    receiver_is_parameter: false,
    builtins: &["drop", "Box", "Some", "None", "Ok", "Err"],
    common_members: &[
        "as_mut",
        "as_ref",
        "as_str",
        "borrow",
        "clear",
        "clone",
        "cmp",
        "collect",
        "contains",
        "default",
        "drop",
        "entry",
        "eq",
        "err",
        "expect",
        "extend",
        "filter",
        "find",
        "flush",
        "fmt",
        "fold",
        "from",
        "get",
        "get_mut",
        "hash",
        "index",
        "insert",
        "into",
        "into_iter",
        "is_empty",
        "iter",
        "iter_mut",
        "join",
        "keys",
        "len",
        "lock",
        "map",
        "map_err",
        "ne",
        "new",
        "next",
        "ok",
        "parse",
        "poll",
        "pop",
        "position",
        "push",
        "read",
        "recv",
        "remove",
        "replace",
        "reserve",
        "send",
        "size_hint",
        "skip",
        "sort",
        "split",
        "take",
        "to_owned",
        "to_string",
        "truncate",
        "unwrap",
        "unwrap_or",
        "update",
        "values",
        "with_capacity",
        "write",
    ],
    match_bare_names: true,
    imports_are_paths: true,
    overloads: false,
    iteration: &["into_iter", "next"],
    index_operator: "index",
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "",
    await_operator: "",
    generator_type: "",
    literal_types: ["Vec", "", "HashMap", "str"],
    fixture_files: &[],
    transparent: &[],
    namespace_family: "",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::Exact,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    types_apart: false,
    global_namespace: MACROS,
    global_objects: &[],
    late_binding: None,
    ends: &ends::ENDS,
};

impl Language for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["rs"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["rust-script"]
    }

    fn grammar(&self, _path: &str) -> Option<tree_sitter::Language> {
        Some(tree_sitter_rust::LANGUAGE.into())
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lowering::lower(source, facts);
    }

    fn module_name(&self, project: &ProjectFiles, path: &str) -> String {
        modules::module_name(project, path)
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        modules::resolve_import(project, from, module)
    }

    fn entry_points(&self, project: &ProjectFiles) -> Vec<EntryPoint> {
        modules::entry_points(project)
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        const PRELUDE: &str = concat!(
            include_str!("prelude/core.rs"),
            include_str!("prelude/std.rs")
        );
        &[("", PRELUDE)]
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use crate::extract::extract;
    use crate::facts::{Expr, ExprId, FileFacts, Role};

    /// The calls, imports and typed names of a text, each with its line.
    fn shape(facts: &FileFacts) -> String {
        let mut out = String::new();
        for node in facts.exprs.iter() {
            let role = node.role;
            let kind = match role {
                _ if role == Role::Call as u8 => "call",
                _ if role == Role::MacroCall as u8 => "macro call",
                _ => continue,
            };
            if let Expr::Call(callee, _) = node.expr {
                writeln!(out, "{}: {kind} {}", node.line, path(facts, callee)).unwrap();
            }
        }
        out
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "shows the shapes that paths are made of; the rest is an ellipsis"
    )]
    fn path(facts: &FileFacts, id: ExprId) -> String {
        match facts.exprs.expr(id) {
            Expr::Name(name) => facts.text(name).to_owned(),
            Expr::Member(base, name) => format!("{}.{}", path(facts, base), facts.text(name)),
            Expr::Call(callee, _) => format!("{}()", path(facts, callee)),
            Expr::Apply(base, _) => format!("{}<>", path(facts, base)),
            Expr::Unwrap(base) => format!("{}?", path(facts, base)),
            Expr::Await(base) => format!("{}.await", path(facts, base)),
            Expr::ThisType => "Self".to_owned(),
            Expr::Root(u32::MAX) => "crate".to_owned(),
            Expr::Root(levels) => format!("super{levels}"),
            Expr::Text(name) => format!("{:?}", facts.text(name)),
            _ => "…".to_owned(),
        }
    }

    fn check_calls(text: &str, expected: Expect) {
        expected.assert_eq(&shape(&extract("rust", "src/lib.rs", text)));
    }

    #[test]
    fn arguments_of_known_macros_are_code_at_their_lines() {
        check_calls(
            r#"
fn f() {
    assert_eq!(
        load(1).size(),
        crate::b::want(),
        "text {}", g(),
    );
    println!("{x}", x = named());
    let v = vec![Foo::new(); 3];
    if matches!(next(), Some(Kind(n)) if check(n)) {}
    info!(target: "net", size = measure(), ?state, "sent {}", render(&x));
}
"#,
            expect![[r#"
                4: call load
                4: call load().size
                5: call crate.b.want
                6: call g
                8: call named
                9: call Foo.new
                10: call next
                10: call check
                11: call measure
                11: call render
            "#]],
        );
    }

    #[test]
    fn unknown_macros_keep_what_looks_like_a_call() {
        check_calls(
            r#"
cfg_unix! {
    fn inner() { outer(); }
}
fn f() {
    my_assert!(load(), other.method());
    odd!(a => b(c), if self.check() { run(x) } else { Foo::go() });
    tokio::select! {
        x = first() => { handle(x) }
        Some(y) = second(), if ready() => third(y),
        else => last(),
    }
}
macro_rules! make {
    ($x:expr) => {{ $crate::util::build($x); fn no() {} helper($x.call()) }};
}
"#,
            expect![[r#"
                2: call cfg_unix!
                3: call outer
                6: call my_assert!
                6: macro call load
                6: macro call other.method
                7: call odd!
                7: macro call b
                7: macro call self.check
                7: macro call run
                7: macro call Foo.go
                9: call first
                9: call handle
                10: call second
                10: call third
                11: macro call last
                15: macro call crate.util.build
                15: macro call ….call
                15: macro call helper
            "#]],
        );
    }

    #[test]
    fn broken_source_keeps_what_stands_around_the_error() {
        check_calls(
            "fn a() { one(); }\nfn b( { two();\nfn c() { three(); }\n}}} struct X { fn",
            expect![[r#"
                1: call one
                2: call two
                3: call three
            "#]],
        );
    }

    #[test]
    fn deep_and_odd_input_ends() {
        let texts = [
            "(".repeat(20_000),
            format!("fn f() {{ {} }}", "{".repeat(5_000)),
            format!("fn f() {{ x{} }}", ".a()".repeat(5_000)),
            format!("fn f() {{ {}1 }}", "1 + ".repeat(5_000)),
            format!("fn f() {{ {}1 }}", "!".repeat(5_000)),
            format!("fn f() {{ m!({}) }}", "(".repeat(5_000)),
            format!("fn f() {{ {}{} }}", "m!(".repeat(500), ")".repeat(500)),
            format!("type T = {}u8{};", "V<".repeat(5_000), ">".repeat(5_000)),
            format!("use {}x;", "a::".repeat(5_000)),
            format!("use {}x{};", "a::{".repeat(2_000), "}".repeat(2_000)),
            format!("fn f() {{ if a {{}} {} }}", "else if b {} ".repeat(5_000)),
            "fn f() { m!(\u{0}) } \u{0} fn \u{0}".to_owned(),
            "#[".to_owned(),
            "impl for { fn }".to_owned(),
            "use ;use {};use *;use ::;use super::super;".to_owned(),
        ];
        for text in texts {
            let facts = extract("rust", "src/lib.rs", &text);
            assert!(!facts.symbols.is_empty());
        }
    }
}

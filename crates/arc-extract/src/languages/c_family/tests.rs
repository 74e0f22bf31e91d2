//! Facts of small pieces of C and C++, written as lines.

use std::fmt::Write as _;

use arc_graph::NodeKind;
use expect_test::{Expect, expect};

use crate::extract::{detect, extract};
use crate::facts::{Expr, ExprId, FileFacts, Role, SymbolId, flag};

fn check(path: &str, text: &str, expected: Expect) {
    let detected = detect(path, text).expect("a known extension");
    expected.assert_eq(&written(&extract(detected.language, path, text)));
}

/// Symbols, then edges-to-be (calls and uses), then bindings of members.
fn written(facts: &FileFacts) -> String {
    let mut out = String::new();
    for (index, symbol) in facts.symbols.iter().enumerate().skip(1) {
        let kind = NodeKind::from_number(symbol.kind).map_or("?", NodeKind::as_str);
        let declared = if symbol.declared.is_some() {
            format!(": {}", value(facts, symbol.declared, 0))
        } else {
            String::new()
        };
        let marks = [
            (flag::DECLARATION, " declaration"),
            (flag::FILE_LOCAL, " local"),
            (flag::CONSTRUCTOR, " constructor"),
            (flag::CONDITIONAL, " conditional"),
            (flag::ABSTRACT, " abstract"),
            (flag::TEST, " test"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(bit, _)| symbol.flags & bit != 0)
            .map(|(_, text)| *text)
            .collect();
        let params: Vec<String> = symbol
            .params
            .iter()
            .map(|param| {
                format!(
                    "{}: {}",
                    facts.text(param.name),
                    value(facts, param.declared, 0)
                )
            })
            .collect();
        let bases: Vec<String> = facts
            .list(symbol.bases)
            .map(|base| value(facts, base, 0))
            .collect();
        let _ = writeln!(
            out,
            "{kind} {}{declared}{marks}{}{} @{}-{}",
            name(facts, SymbolId(index as u32)),
            if params.is_empty() {
                String::new()
            } else {
                format!(" ({})", params.join(", "))
            },
            if bases.is_empty() {
                String::new()
            } else {
                format!(" < {}", bases.join(", "))
            },
            symbol.line,
            symbol.end_line,
        );
    }
    for (index, node) in facts.exprs.iter().enumerate() {
        if node.role != Role::Silent as u8 {
            let by = name(facts, facts.blocks[node.block.index()].symbol);
            let role = [
                "",
                "call",
                "use",
                "write",
                "type",
                "import",
                "macro call",
                "argument",
            ][usize::from(node.role)];
            let text = value(facts, ExprId(index as u32), 0);
            let _ = writeln!(out, "{} {by}: {role} {text}", node.line);
        }
    }
    for member in &facts.members {
        let _ = writeln!(
            out,
            "{} {}.{} = {}",
            member.line,
            value(facts, member.base, 0),
            facts.text(member.name),
            value(facts, member.value, 0)
        );
    }
    for import in &facts.imports {
        let _ = writeln!(out, "{} import {}", import.line, facts.text(import.module));
    }
    out
}

fn name(facts: &FileFacts, symbol: SymbolId) -> String {
    let Some(fact) = facts.symbols.get(symbol.index()) else {
        return "?".to_owned();
    };
    let own = facts.text(fact.name);
    let own = match facts.text(fact.owner) {
        "" => own.to_owned(),
        owner => format!("{owner}::{own}"),
    };
    if fact.parent.is_some() && fact.parent != SymbolId(0) {
        format!("{}::{own}", name(facts, fact.parent))
    } else if symbol == SymbolId(0) {
        "file".to_owned()
    } else {
        own
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other shapes are shown as they are"
)]
fn value(facts: &FileFacts, id: ExprId, depth: u32) -> String {
    let Some(node) = facts.exprs.get(id) else {
        return "-".to_owned();
    };
    if depth > 12 {
        return "…".to_owned();
    }
    let one = |id| value(facts, id, depth + 1);
    let all = |list| {
        let items: Vec<String> = facts.list(list).map(one).collect();
        items.join(", ")
    };
    match node.expr {
        Expr::Unknown => "?".to_owned(),
        Expr::Name(name) => facts.text(name).to_owned(),
        Expr::Member(base, name) => format!("{}.{}", one(base), facts.text(name)),
        Expr::Call(callee, list) => format!("{}({})", one(callee), all(list)),
        Expr::New(target, list) => format!("new {}({})", one(target), all(list)),
        Expr::Keyword(name, value) => format!("{}={}", facts.text(name), one(value)),
        Expr::Symbol(symbol) => format!("#{}", name(facts, symbol)),
        Expr::Param(symbol, position) => {
            let params = &facts.symbols[symbol.index()].params;
            params
                .get(position as usize)
                .map_or("param".to_owned(), |param| {
                    facts.text(param.name).to_owned()
                })
        }
        Expr::TypeParam(_, position) => format!("T{position}"),
        Expr::This => "this".to_owned(),
        Expr::List(list) => format!("[{}]", all(list)),
        Expr::Element(inner) => format!("element({})", one(inner)),
        Expr::Item(inner, position) => format!("item({}, {position})", one(inner)),
        Expr::Index(inner, _) => format!("{}[]", one(inner)),
        Expr::Either(list) => format!("either({})", all(list)),
        Expr::Cast(inner, target) => format!("<{}>{}", one(target), one(inner)),
        Expr::Apply(generic, list) => format!("{}<{}>", one(generic), all(list)),
        Expr::Signature(list) => format!("fn({})", all(list)),
        Expr::Operator(name, list) => format!("{}({})", facts.text(name), all(list)),
        Expr::TypeOf(inner) => format!("typeof({})", one(inner)),
        other => format!("{other:?}"),
    }
}

#[test]
fn calls_through_fields_know_the_type_of_the_pointer() {
    check(
        "a.c",
        "struct ops { int (*read)(struct dev *, int); };\n\
         int run(struct ops *ops, int n) {\n  int i = n + 1;\n  return ops->read(0, i) + load(n);\n}\n",
        expect![[r#"
            class ops @1-1
            field ops::read: fn(?) @1-1
            function run (ops: struct ops, n: -) @2-5
            2 run: type struct ops
            4 run: call ops.read(?, ?)
            4 run: call load(?)
        "#]],
    );
}

#[test]
fn tables_of_functions_use_them() {
    check(
        "a.c",
        "static const struct ops fast = { .read = fast_read, .size = 3 };\n\
         struct ops all[] = { { fast_read, 0 }, { .read = slow_read } };\n\
         void init(struct ops *o, cb_t cb) { o->read = fast_read; o->done = cb; register_it(cb, &fast, done); }\n",
        expect![[r#"
            variable fast: struct ops local @1-1
            variable all: struct ops @2-2
            function init (o: struct ops, cb: cb_t) @3-3
            1 file: type struct ops
            1 fast: use fast_read
            2 all: argument fast_read
            2 all: use slow_read
            3 init: type struct ops
            3 init: type cb_t
            3 init: use fast_read
            3 init: argument fast
            3 init: argument done
            3 init: call register_it(cb, fast, done)
            3 o.read = fast_read
            3 o.done = cb
        "#]],
    );
}

#[test]
fn macros_are_symbols_and_their_calls_are_found() {
    check(
        "a.h",
        "#ifndef A_H\n#define A_H\n#define SIZE 3\n#define hi_free my_free\n\
         #define LOG(x) do { if (x) log_it(#x, x->f(1)); } while (0)\n#ifdef WIN\nint w(void);\n#endif\n#endif\n",
        expect![[r#"
            constant SIZE @3-3
            constant hi_free @4-4
            macro LOG @5-5
            function w declaration conditional @7-7
            4 file: use my_free
            5 LOG: macro call log_it()
        "#]],
    );
}

#[test]
fn a_function_survives_braces_split_by_the_preprocessor() {
    check(
        "a.c",
        "static int main_(void)\n{\n  one();\n#ifdef X\n  if (x) {\n#else\n  if (y) {\n#endif\n    two();\n  }\n  return 0;\n}\n\
         void after(void)\n{\n  three();\n}\n",
        expect![[r#"
            function main_ local @1-12
            function after @13-16
            3 main_: call one()
            5 main_: use x
            7 main_: use y
            9 main_: call two()
            15 after: call three()
        "#]],
    );
}

#[test]
fn definitions_by_macros_are_found() {
    check(
        "a.c",
        "SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)\n{\n  return ksys_read(fd, buf);\n}\n\
         static int __init foo_init(void)\n{\n  return bar();\n}\nmodule_init(foo_init);\nEXPORT_SYMBOL(foo);\n\
         static DEFINE_MUTEX(lock);\nint old(a, b) struct s *a; { return a->f(b); }\n",
        expect![[r#"
            function sys_read @1-4
            function foo_init local @5-8
            variable lock local @11-11
            function old (a: struct s, b: -) @12-12
            1 file: use SYSCALL_DEFINE3
            3 sys_read: call ksys_read(?, ?)
            7 foo_init: call bar()
            9 file: use module_init
            9 file: use foo_init
            10 file: use EXPORT_SYMBOL
            10 file: use foo
            11 file: use DEFINE_MUTEX
            12 old: type struct s
            12 old: call a.f(?)
        "#]],
    );
}

#[test]
fn typedefs_and_tags_are_two_names_of_one_struct() {
    check(
        "a.h",
        "typedef struct a { int x; } a;\ntypedef struct { struct b *next; union { int i; cb_t f; }; } c, *cp;\n\
         struct d;\ntypedef struct d d;\ntypedef void (cb_t)(int);\nenum e { ONE, TWO };\n",
        expect![[r#"
            class a @1-1
            field a::x @1-1
            class c @2-2
            field c::next: struct b @2-2
            field c::i @2-2
            field c::f: cb_t @2-2
            type_alias cp: #c @2-2
            type_alias cb_t: fn(?) @5-5
            enum e @6-6
            enum_member e::ONE @6-6
            enum_member e::TWO @6-6
            2 c: type struct b
            2 c: type cb_t
            4 file: type struct d
        "#]],
    );
}

#[test]
fn members_in_and_out_of_the_class() {
    check(
        "a.cc",
        "namespace n {\nclass A : public B<C> {\n public:\n  explicit A(int x);\n  virtual void f(int a, int b = 1) = 0;\n\
         int size() const { return n_->size(); }\n private:\n  std::unique_ptr<C> n_;\n  static int count;\n};\n\
         A::A(int x) : B<C>(x), n_(new C(x)) { init(); }\nvoid A::f(int a, int b) { auto* c = new C(a); c->go(); this->size(); }\n}\n",
        expect![[r#"
            module n @1-13
            class n::A < B<C> @2-10
            method n::A::A declaration constructor (: -) @4-4
            method n::A::f declaration abstract (: -, : -) @5-5
            method n::A::size @6-6
            field n::A::n_: std.unique_ptr<C> @8-8
            field n::A::count @9-9
            method n::A::A constructor (x: -) @11-11
            method n::A::f (a: -, b: -) @12-12
            2 n::A: type B
            2 n::A: type C
            6 n::A::size: use n_
            6 n::A::size: call n_.size()
            8 n::A: type std.unique_ptr
            11 n::A::A: type C
            11 n::A::A: call new B<C>(?)
            11 n::A::A: call new C(?)
            11 n::A::A: call init()
            12 n::A::f: type C
            12 n::A::f: call new C(?)
            12 n::A::f: call new C(?).go()
            12 n::A::f: call this.size()
        "#]],
    );
}

#[test]
fn locals_are_what_they_were_given() {
    check(
        "a.cc",
        "void f(std::vector<Foo>& xs, Bar* b) {\n  for (auto& x : xs) x.run();\n  auto p = std::make_unique<Foo>(1);\n  p->go();\n\
         Foo y(1, 2);\n  y.stop();\n  b->go();\n  (*b).go();\n  auto l = [&](Foo* q) { return q->name(); };\n  l(b);\n  static_cast<Foo*>(b)->z();\n}\n",
        expect![[r#"
            function f (xs: std.vector<Foo>, b: Bar) @1-12
            lambda f:: (q: Foo) @9-9
            1 f: type std.vector
            1 f: type Foo
            1 f: type Bar
            2 f: call element(xs).run()
            3 f: call new Foo(?)
            4 f: call new Foo(?).go()
            5 f: call new Foo(?, ?)
            6 f: call new Foo(?, ?).stop()
            7 f: call b.go()
            8 f: call b.go()
            9 f::: type Foo
            9 f::: call q.name()
            10 f: call #f::(b)
            11 f: type Foo
            11 f: call <Foo>b.z()
        "#]],
    );
}

#[test]
fn tests_are_symbols_with_their_names() {
    check(
        "a.cc",
        "TEST(Suite, Name) { EXPECT_EQ(f(1), 2); }\nTEST_F(Fix, Two) { run(); }\nTEST_CASE(\"a name\", \"[tag]\") { SECTION(\"s\") { REQUIRE(f() == 1); } }\n\
         using namespace a::b;\nusing a::C;\nusing D = E<int>;\n",
        expect![[r#"
            test Suite.Name test < testing.Test @1-1
            test Fix.Two test < Fix @2-2
            test a name test @3-3
            type_alias D: E @6-6
            1 file: use TEST
            1 Suite.Name: call f(?)
            1 Suite.Name: call EXPECT_EQ(f(?), ?)
            2 file: use TEST_F
            2 Fix.Two: call run()
            3 file: use TEST_CASE
            3 a name: call SECTION(?)
            3 a name: call f()
            3 a name: call operator==(f(), ?)
            3 a name: call REQUIRE(operator==(f(), ?))
            5 file: import a.C
            6 file: type E
            4 import namespace a::b
        "#]],
    );
}

#[test]
fn any_tree_is_survived() {
    let deep_calls = "f(".repeat(20_000);
    let deep_blocks = format!("void f() {}", "{".repeat(20_000));
    let chain = format!("int x = {}1;", "1+".repeat(100_000));
    let ifs = format!("void f() {{ {} }}", "if (a) b(); else ".repeat(5_000));
    for text in [
        deep_calls.as_str(),
        &deep_blocks,
        &chain,
        &ifs,
        "\0\u{1}{{{",
        "#if\n#else\n",
        "class",
    ] {
        for (language, path) in [("c", "a.c"), ("c++", "a.cc")] {
            let facts = extract(language, path, text);
            assert!(facts.exprs.len() < 1_000_000);
        }
    }
}

//! Code that no compiler would take, or that a machine wrote: everything ends soon, twice the same, and what is sound beside
//! it still resolves.

#[path = "support/binary.rs"]
mod binary;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use binary::{arc, json, write};
use serde_json::Value;
use tempfile::TempDir;

/// A build on a busy machine without optimisation; what is quadratic here takes many times as long.
const LIMIT: Duration = Duration::from_secs(60);

/// Builds twice from nothing and returns the edges, which must be the same.
fn edges(root: &Path) -> BTreeSet<String> {
    let mut found = Vec::new();
    for _ in 0..2 {
        let started = Instant::now();
        json(arc(root).args(["build", "--full", "--json"]));
        let took = started.elapsed();
        assert!(took < LIMIT, "{took:?}");
        let output = arc(root).arg("export").output().expect("the binary runs");
        found.push(String::from_utf8(output.stdout).expect("UTF-8"));
    }
    assert!(found[0] == found[1], "two builds differ");
    let edge = |line: &str| {
        let edge: Value = serde_json::from_str(line).expect("one JSON object a line");
        let end = |end: &Value| {
            let path = end["path"].as_str().unwrap_or("");
            format!("{path}::{}", end["symbol"].as_str().unwrap_or(""))
        };
        format!(
            "{} {} -> {}",
            edge["kind"].as_str().unwrap_or(""),
            end(&edge["src"]),
            end(&edge["dst"])
        )
    };
    found[0].lines().map(edge).collect()
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let folder = project(files);
    let found = edges(folder.path());
    for edge in expected {
        assert!(found.contains(*edge), "{edge} is not in {found:#?}");
    }
}

#[test]
fn before_and_after_a_syntax_error_everything_resolves() {
    check(
        &[
            (
                "a.py",
                "def used():\n    pass\n\ndef before():\n    used()\n\ndef broken(:\n    x = = 1 )\n\ndef after():\n    used()\n",
            ),
            (
                "src/lib.rs",
                "fn used() {}\nfn before() { used(); }\nfn broken( { let = ; }\nfn after() { used(); }\n",
            ),
            ("Cargo.toml", "[package]\nname = \"x\"\n"),
            (
                "b.ts",
                "function used() {}\nfunction before() { used(); }\nfunction broken( { let = ; }\nfunction after() { used(); }\n",
            ),
            (
                "C.java",
                "class C {\n  void used() {}\n  void before() { used(); }\n  void broken( { int = ; }\n  void after() { used(); }\n}\n",
            ),
        ],
        &[
            "calls a.py::a.before -> a.py::a.used",
            "calls a.py::a.after -> a.py::a.used",
            "calls src/lib.rs::x::before -> src/lib.rs::x::used",
            "calls src/lib.rs::x::after -> src/lib.rs::x::used",
            "calls b.ts::b.before -> b.ts::b.used",
            "calls b.ts::b.after -> b.ts::b.used",
            "calls C.java::C.before -> C.java::C.used",
        ],
    );
}

/// Definitions of a project that has one file, by the last part of their names.
fn names(path: &str, text: &str) -> BTreeSet<String> {
    let folder = project(&[(path, text), ("Cargo.toml", "[package]\nname = \"x\"\n")]);
    json(arc(folder.path()).args(["build", "--full", "--json"]));
    let sql =
        "SELECT name FROM nodes WHERE kind IN ('class', 'function', 'method') AND path IS NOT NULL";
    let arguments = format!("{{\"sql\": \"{sql}\"}}");
    let answer = json(arc(folder.path()).args(["call", "query_graph", &arguments]));
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.map(|row| row[0].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn a_broken_statement_hides_no_definition() {
    let all = ["Lid", "shut", "lift", "Box", "fill", "drain", "last"];
    let typed = "class Lid {\n    RET shut() {\n        if (a) {\n            BAD\n        }\n        c();\n    }\n    RET lift() {\n        d();\n    }\n}\n\n\
        class Box {\n    RET fill() {\n        e();\n    }\n    RET drain() {\n        last(1);\n    }\n}\n";
    let python = "class Lid:\n    def shut(self):\n        if a:\n            BAD\n        c()\n\n    def lift(self):\n        d()\n\n\nclass Box:\n    def fill(self):\n        e()\n\n    def drain(self):\n        f()\n\n\ndef last():\n    pass\n";
    let go = "package p\n\ntype Lid struct{}\n\nfunc (l Lid) shut() {\n\tif a {\n\t\tBAD\n\t}\n\tc()\n}\n\nfunc (l Lid) lift() {\n\td()\n}\n\ntype Box struct{}\n\n\
        func (b Box) fill() {\n\te()\n}\n\nfunc (b Box) drain() {\n\tf()\n}\n\nfunc last() {}\n";
    let ruby = "class Lid\n  def shut\n    if a\n      BAD\n    end\n    c()\n  end\n\n  def lift\n    d()\n  end\nend\n\nclass Box\n  def fill\n    e()\n  end\n\n  def drain\n    f()\n  end\nend\n\ndef last\nend\n";
    let kotlin = format!("{}\nfun last() {{}}\n", typed.replace("RET", "fun"));
    let typescript = format!("{}\nfunction last() {{}}\n", typed.replace("RET ", ""));
    let java = format!(
        "{}\nclass End {{\n    int last(int a) {{\n        return a;\n    }}\n}}\n",
        typed.replace("RET", "void")
    );
    let files = [
        ("a.kt", kotlin.as_str()),
        ("a.ts", &typescript),
        ("A.java", &java),
        ("a.py", python),
        ("a.go", go),
        ("a.rb", ruby),
    ];
    for (path, text) in files {
        for bad in ["b(", "b(]", "b)", "x = = (", "b(\"", "b{(", "open()\n\n"] {
            let found = names(path, &text.replace("BAD", bad));
            let lost: Vec<&str> = all
                .into_iter()
                .filter(|name| !found.contains(*name))
                .collect();
            assert_eq!(lost, Vec::<&str>::new(), "{path} with {bad}");
        }
    }
}

#[test]
fn imports_star_imports_and_re_exports_in_a_circle_end() {
    check(
        &[
            (
                "a.py",
                "from b import *\nfrom b import g\n\ndef f():\n    g()\n    nowhere()\n",
            ),
            (
                "b.py",
                "from c import *\nfrom a import f\n\ndef g():\n    f()\n",
            ),
            (
                "c.py",
                "from a import *\nfrom c import *\nfrom b import *\n",
            ),
            (
                "x.ts",
                "export * from './y';\nexport * from './x';\nexport const own = () => 1;\n",
            ),
            (
                "y.ts",
                "export * from './x';\nexport { ghost } from './x';\nimport { own } from './x';\nown();\n",
            ),
            (
                "src/lib.rs",
                "mod m { pub use super::n::*; pub fn f() { g(); } }\nmod n { pub use super::m::*; pub fn g() { f(); } }\npub use m::*;\npub use n::*;\n",
            ),
            ("Cargo.toml", "[package]\nname = \"x\"\n"),
        ],
        &[
            "calls a.py::a.f -> b.py::b.g",
            "calls b.py::b.g -> a.py::a.f",
            "calls y.ts::y -> x.ts::x.own",
            "calls src/lib.rs::x::m::f -> src/lib.rs::x::n::g",
            "calls src/lib.rs::x::n::g -> src/lib.rs::x::m::f",
        ],
    );
}

#[test]
fn ten_thousand_re_exports_are_followed() {
    let mut barrel = String::new();
    let mut leaf = String::new();
    for at in 0..10_000 {
        writeln!(barrel, "export {{ f{at} }} from './leaf';").unwrap();
        writeln!(leaf, "export function f{at}() {{}}").unwrap();
    }
    let mut python = String::new();
    for at in 0..10_000 {
        writeln!(python, "from leaf import g{at} as h{at}").unwrap();
    }
    let mut leaves = String::new();
    for at in 0..10_000 {
        writeln!(leaves, "def g{at}(): pass").unwrap();
    }
    // A chain of star exports, each through the one before.
    let chain: Vec<(String, String)> = (0..200)
        .map(|at| {
            let next = if at == 199 {
                "leaf".to_owned()
            } else {
                format!("c{}", at + 1)
            };
            (format!("c{at}.ts"), format!("export * from './{next}';\n"))
        })
        .collect();
    let mut files = vec![
        ("barrel.ts", barrel.as_str()),
        ("leaf.ts", leaf.as_str()),
        ("barrel.py", python.as_str()),
        ("leaf.py", leaves.as_str()),
        ("use.ts", "import { f9999 } from './barrel';\nf9999();\n"),
        ("use.py", "from barrel import h9999\nh9999()\n"),
    ];
    files.extend(
        chain
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    check(
        &files,
        &[
            "calls use.ts::use -> leaf.ts::leaf.f9999",
            "calls use.py::use -> leaf.py::leaf.g9999",
        ],
    );
}

#[test]
fn thousands_of_one_kind_are_looked_at_once_each() {
    let numbers = 0..500;
    let lines = |line: &dyn Fn(usize) -> String| numbers.clone().map(line).collect::<String>();
    let handlers = format!(
        "function used() {{}}\nexport const h = {{\n{}}};\n",
        lines(&|at| format!("f{at}(x: number) {{ used(); }},\n"))
    );
    let uses = format!(
        "import {{ h }} from './handlers';\n{}",
        lines(&|at| format!("h.f{at}(1);\n"))
    );
    let table = format!(
        "{}t = {{{}}}\n{}",
        lines(&|at| format!("def f{at}(): pass\n")),
        lines(&|at| format!("'k{at}': f{at},\n")),
        lines(&|at| format!("def u{at}(k):\n    t[k]\n    t['k{at}']()\n"))
    );
    let variable = format!(
        "class X:\n    def __init__(self): self.a = X()\n    def m(self): pass\ndef f():\n    x = X()\n{}    x.m()\n",
        lines(&|_| "    if x: x = x.a\n".to_owned())
    );
    let overloads = format!(
        "class A {{\n{}}}\n",
        lines(&|at| format!("void f(T{at} t) {{}}\nvoid g{at}(T{at} t) {{ f(t); h(); }}\n"))
            + "void h() {}\n"
    );
    let alternatives = lines(&|at| {
        format!(
            "#ifdef X{at}\nint f(int x) {{ return g{at}(x); }}\n#endif\nint g{at}(int x) {{ return f(x); }}\n"
        )
    });
    let conversions = format!(
        "struct S;\n{}",
        lines(&|at| format!(
            "struct A{at};\nimpl From<A{at}> for S {{ fn from(a: A{at}) -> S {{ S }} }}\nfn u{at}(a: A{at}) {{ S::from(a); end(); }}\n"
        )) + "fn end() {}\n"
    );
    let stars = lines(&|at| format!("from s{at} import *\n"));
    let starred = format!(
        "from idx import *\n\ndef all():\n{}",
        lines(&|at| format!("    s{at}f()\n"))
    );
    let leaves: Vec<(String, String)> = numbers
        .clone()
        .map(|at| (format!("s{at}.py"), format!("def s{at}f(): pass\n")))
        .collect();
    let mut files: Vec<(&str, &str)> = leaves
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let others: [(&str, &str); 10] = [
        ("idx.py", &stars),
        ("starred.py", &starred),
        ("handlers.ts", &handlers),
        ("uses.ts", &uses),
        ("table.py", &table),
        ("variable.py", &variable),
        ("A.java", &overloads),
        ("a.c", &alternatives),
        ("src/lib.rs", &conversions),
        ("Cargo.toml", "[package]\nname = \"x\"\n"),
    ];
    files.extend(others);
    check(
        &files,
        &[
            "calls handlers.ts::handlers.h.f499 -> handlers.ts::handlers.used",
            "calls uses.ts::uses -> handlers.ts::handlers.h.f499",
            "calls table.py::table.u499 -> table.py::table.f499",
            "calls variable.py::variable.f -> variable.py::variable.X.m",
            "calls A.java::A.g499 -> A.java::A.h",
            "calls a.c::f -> a.c::g499",
            "calls src/lib.rs::x::u499 -> src/lib.rs::x::end",
            "calls starred.py::starred.all -> s499.py::s499.s499f",
        ],
    );
}

#[test]
fn types_that_contain_or_inherit_themselves_end() {
    check(
        &[
            (
                "a.py",
                "class A(A):\n    def f(self):\n        self.f()\n        self.g()\n\n\nclass B(C):\n    def g(self):\n        self.h()\n\n\nclass C(B):\n    def h(self):\n        pass\n\n\nclass D(B, C, B):\n    def i(self):\n        self.h()\n",
            ),
            (
                "b.ts",
                "type T = T | T[];\ntype Json = { [k: string]: Json } | Json[];\ninterface I extends J {}\ninterface J extends I { m(): J }\nclass K extends K { go() { this.go(); } }\nfunction f(x: I, y: T, z: Json) { x.m().m().m(); return f(x, y, z); }\n",
            ),
            (
                "src/lib.rs",
                "struct S { next: Option<Box<S>> }\nimpl S { fn go(&self) { self.next.as_ref().unwrap().go(); } }\ntype A = B;\ntype B = A;\nfn f(a: A) { a.go(); }\ntrait T: U {}\ntrait U: T {}\n",
            ),
            ("Cargo.toml", "[package]\nname = \"x\"\n"),
            (
                "J.java",
                "class J extends J { void go() { go(); } }\nclass L<T extends L<T>> { T self() { return self().self(); } }\n",
            ),
            (
                "g/g.go",
                "package g\n\ntype R struct{ *R }\ntype Q Q\n\nfunc (r R) Go() { r.R.R.Go() }\n",
            ),
            ("go.mod", "module x\n"),
        ],
        &[
            "calls a.py::a.A.f -> a.py::a.A.f",
            "calls b.ts::b.K.go -> b.ts::b.K.go",
            "calls src/lib.rs::x::S::go -> src/lib.rs::x::S::go",
            "calls J.java::J.go -> J.java::J.go",
            "calls g/g.go::x/g.R.Go -> g/g.go::x/g.R.Go",
        ],
    );
}

#[test]
fn shadowed_built_ins_are_what_shadows_them() {
    check(
        &[
            (
                "a.py",
                "def print(x):\n    pass\n\n\nclass list:\n    def append(self, x):\n        pass\n\n\ndef f():\n    print(1)\n    list().append(2)\n",
            ),
            (
                "b.ts",
                "class Map { get(k: string) {} }\nfunction parseInt(s: string) {}\nfunction f() { parseInt('1'); new Map().get('a'); }\n",
            ),
            (
                "g/g.go",
                "package g\n\nfunc len(x int) int { return x }\n\nfunc F() { len(1) }\n",
            ),
            ("go.mod", "module x\n"),
        ],
        &[
            "calls a.py::a.f -> a.py::a.print",
            "calls a.py::a.f -> a.py::a.list.append",
            "calls b.ts::b.f -> b.ts::b.parseInt",
            "calls b.ts::b.f -> b.ts::b.Map.get",
            "calls g/g.go::x/g.F -> g/g.go::x/g.len",
        ],
    );
}

#[test]
fn types_and_expressions_nested_a_thousand_deep_end() {
    let deep = |open: &str, close: &str, inner: &str| {
        format!("{}{inner}{}", open.repeat(1_000), close.repeat(1_000))
    };
    let rust = format!(
        "fn f(x: {}) {{}}\nfn g() -> u32 {{ {} }}\nfn after() {{ f(); }}\n",
        deep("Option<", ">", "u8"),
        deep("(", ")", "1")
    );
    let typescript = format!(
        "type T = {};\nfunction f(x: T) {{}}\nfunction after() {{ f({}); }}\n",
        deep("[", "]", "number"),
        deep("[", "]", "1")
    );
    let python = format!(
        "def f(x: {}): pass\n\ndef after():\n    f(1)\n",
        deep("list[", "]", "int")
    );
    let calls = format!(
        "def g(x): return x\n\ndef after():\n    {}\n",
        deep("g(", ")", "1")
    );
    let java = format!(
        "class J {{ {} x; void f() {{}} void after() {{ f(); }} }}\n",
        deep("L<", ">", "L")
    );
    check(
        &[
            ("src/lib.rs", &rust),
            ("Cargo.toml", "[package]\nname = \"x\"\n"),
            ("a.ts", &typescript),
            ("a.py", &python),
            ("b.py", &calls),
            ("J.java", &java),
        ],
        &[
            "calls src/lib.rs::x::after -> src/lib.rs::x::f",
            "calls a.ts::a.after -> a.ts::a.f",
            "calls a.py::a.after -> a.py::a.f",
            "calls b.py::b.after -> b.py::b.g",
        ],
    );
}

#[test]
fn types_that_share_bases_on_every_level_end() {
    let mut go =
        String::from("package a\n\ntype T0 struct{}\ntype U0 struct{}\n\nfunc (T0) run() {}\n\n");
    for level in 1..200 {
        let below = level - 1;
        go += &format!("type T{level} struct {{ T{below}; U{below} }}\n");
        go += &format!("type U{level} struct {{ T{below} }}\n");
    }
    go += "\nfunc f(t T0) { t.run() }\n";
    check(
        &[("go.mod", "module a\n"), ("a.go", &go)],
        &["calls a.go::a.f -> a.go::a.T0.run"],
    );
}

#[test]
fn what_a_scanner_cannot_keep_in_mind_ends_no_build() {
    let levels = |depth: usize, word: &str| -> String {
        (0..depth)
            .map(|at| format!("{}{word}\n", " ".repeat(at)))
            .collect()
    };
    let lists = format!("{}a\n", "- ".repeat(400));
    let python = format!("{}{}f'{{x}}'\n", levels(600, "if x:"), " ".repeat(600));
    let word = "A".repeat(1020);
    let ruby = format!("x = <<{word}\nb\n{word}\n");
    check(
        &[
            ("deep.yaml", &lists),
            ("deeper.yml", &levels(400, "a:")),
            ("deep.py", &python),
            ("deep.rb", &ruby),
            ("a.py", "def f():\n    pass\n"),
            ("b.py", "from a import f\n\nf()\n"),
        ],
        &["calls b.py::b -> a.py::a.f"],
    );
}

#[test]
fn a_generated_parser_of_two_hundred_thousand_lines_is_one_file() {
    let mut parser = String::from("import lib\n\n\nclass P:\n");
    for at in 0..12_600 {
        let next = (at * 7 + 1) % 12_600;
        write!(parser, " def s{at}(self, t):\n  self.s{next}(t)\n").unwrap();
        parser.push_str(&"  t\n".repeat(14));
    }
    parser.push_str(" def end(self):\n  lib.note(1)\n");
    assert!(parser.lines().count() > 200_000);
    check(
        &[
            ("parser.py", &parser),
            ("lib.py", "def note(x):\n    pass\n"),
        ],
        &[
            "calls parser.py::parser.P.s2 -> parser.py::parser.P.s15",
            "calls parser.py::parser.P.end -> lib.py::lib.note",
        ],
    );
}

#[test]
fn a_file_that_is_too_large_is_counted_and_not_read() {
    let text = "x = 1\n".repeat(500_000);
    let folder = project(&[("made.py", &text), ("a.py", "def f(): pass\nf()\n")]);
    let report = json(arc(folder.path()).args(["build", "--json"]));
    assert_eq!(report["marked"]["too large"], 1, "{report}");
}

#[test]
fn a_minified_bundle_costs_nobody_else() {
    let mut bundle = String::from("!function(){");
    for at in 0..40_000 {
        write!(
            bundle,
            "function a{at}(b){{return a{}(b)}}",
            (at * 3) % 40_000
        )
        .unwrap();
    }
    bundle.push_str("}();");
    check(
        &[
            ("dist/app.min.js", &bundle),
            ("web/bundle.js", &bundle),
            ("src/a.js", "export function f() {}\n"),
            ("src/b.js", "import { f } from './a';\nf();\n"),
        ],
        &["calls src/b.js::src/b -> src/a.js::src/a.f"],
    );
}

#[test]
fn packages_of_one_name_and_names_that_differ_in_case_stay_apart() {
    check(
        &[
            ("one/setup.py", ""),
            ("one/pkg/__init__.py", ""),
            ("one/pkg/a.py", "def f():\n    pass\n"),
            ("one/main.py", "from pkg.a import f\nf()\n"),
            ("two/setup.py", ""),
            ("two/pkg/__init__.py", ""),
            ("two/pkg/a.py", "def f():\n    pass\n"),
            ("two/main.py", "from pkg.a import f\nf()\n"),
            (
                "js/p/package.json",
                "{\"name\": \"same\", \"main\": \"index.js\"}",
            ),
            ("js/p/index.js", "export function p() {}\n"),
            (
                "js/q/package.json",
                "{\"name\": \"same\", \"main\": \"index.js\"}",
            ),
            ("js/q/index.js", "export function p() {}\n"),
            ("js/r/use.js", "import { p } from 'same';\np();\n"),
            ("case/util.py", "def low():\n    pass\n"),
            ("case/Util.py", "def high():\n    pass\n"),
            (
                "case/use.py",
                "import util\nimport Util\nutil.low()\nUtil.high()\n",
            ),
            ("case/A.ts", "export function a() {}\n"),
            ("case/a.ts", "export function a() {}\n"),
            ("case/b.ts", "import { a } from './A';\na();\n"),
        ],
        &[
            "calls one/main.py::main -> one/pkg/a.py::pkg.a.f",
            "calls two/main.py::main -> two/pkg/a.py::pkg.a.f",
            "calls case/use.py::case.use -> case/util.py::case.util.low",
            "calls case/use.py::case.use -> case/Util.py::case.Util.high",
            "calls case/b.ts::case/b -> case/A.ts::case/A.a",
        ],
    );
}

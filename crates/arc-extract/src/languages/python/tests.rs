//! Lowering of single constructs, printed as text.

use expect_test::{Expect, expect};

use crate::extract::extract;
use crate::facts::{BlockId, Expr, ExprId, FileFacts, ListId, Name, Role, SymbolId, flag};

/// Prints bindings, member bindings, returns and the expressions with a role of their own, in that order.
fn print(facts: &FileFacts) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    for binding in &facts.bindings {
        let scope = match binding.scope {
            BlockId::NONE => "outer ".to_owned(),
            BlockId(0) => String::new(),
            scope => format!("b{} ", scope.0),
        };
        let declared = match binding.declared {
            ExprId::NONE => String::new(),
            declared => format!(": {}", show(facts, declared)),
        };
        let value = show(facts, binding.value);
        let mark = if binding.symbol.is_some() { "def " } else { "" };
        line(format!(
            "{mark}{scope}{}{declared} = {value}",
            facts.text(binding.name)
        ));
    }
    for member in &facts.members {
        let mark = if member.symbol.is_some() { "def " } else { "" };
        line(format!(
            "{mark}{} . {} = {}",
            show(facts, member.base),
            facts.text(member.name),
            show(facts, member.value)
        ));
    }
    for result in &facts.returns {
        let word = if result.is_yield { "yields" } else { "returns" };
        line(format!(
            "{} {word} {}",
            facts.text(facts.symbols[result.symbol.index()].name),
            show(facts, result.value)
        ));
    }
    for (index, node) in facts.exprs.iter().enumerate() {
        if node.role != Role::Silent as u8 {
            let role = match node.role {
                1 => "call",
                2 => "use",
                3 => "write",
                4 => "type",
                _ => "argument",
            };
            line(format!(
                "{}: {role} {}",
                node.line,
                show(facts, ExprId(index as u32))
            ));
        }
    }
    out
}

fn show_list(facts: &FileFacts, list: ListId) -> String {
    let items: Vec<String> = facts.list(list).map(|item| show(facts, item)).collect();
    items.join(", ")
}

fn show(facts: &FileFacts, id: ExprId) -> String {
    if !id.is_some() {
        return "-".to_owned();
    }
    let of = |id: ExprId| show(facts, id);
    let list = |list: ListId| show_list(facts, list);
    let text = |name: Name| facts.text(name).to_owned();
    let symbol = |id: SymbolId| text(facts.symbols[id.index()].name);
    match facts.exprs.expr(id) {
        Expr::Unknown => "?".to_owned(),
        Expr::Name(name) => text(name),
        Expr::Member(base, name) => format!("{}.{}", of(base), text(name)),
        Expr::Call(callee, args) => format!("{}({})", of(callee), list(args)),
        Expr::New(class, args) => format!("new {}({})", of(class), list(args)),
        Expr::Keyword(name, value) => format!("{}={}", text(name), of(value)),
        Expr::Spread(value) => format!("*{}", of(value)),
        Expr::Index(base, key) => format!("{}[{}]", of(base), of(key)),
        Expr::Symbol(id) => format!("<{}>", symbol(id)),
        Expr::Import(id) => {
            let import = &facts.imports[id.index()];
            format!("import({}, {})", text(import.module), text(import.name))
        }
        Expr::Param(id, n) => format!("<{}>#{n}", symbol(id)),
        Expr::TypeParam(id, n) => format!("<{}>'{n}", symbol(id)),
        Expr::Super => "super".to_owned(),
        Expr::ThisType => "Self".to_owned(),
        Expr::Text(name) => format!("{:?}", text(name)),
        Expr::Literal(kind) => format!("{{{}}}", text(kind)),
        Expr::List(items) => format!("[{}]", list(items)),
        Expr::Tuple(items) => format!("({})", list(items)),
        Expr::Map(items) => format!("{{{}}}", list(items)),
        Expr::Element(value) => format!("each {}", of(value)),
        Expr::Item(value, n) => format!("{}@{n}", of(value)),
        Expr::Enter(value) => format!("enter {}", of(value)),
        Expr::Await(value) => format!("await {}", of(value)),
        Expr::Either(items) => format!("({})", list(items).replace(", ", " | ")),
        Expr::Cast(value, class) => format!("({} as {})", of(value), of(class)),
        Expr::Apply(head, args) => format!("{}<{}>", of(head), list(args)),
        Expr::Signature(items) => format!("fn({})", list(items)),
        Expr::Payload(value, class, field) => {
            format!("payload({}, {}, {})", of(value), of(class), of(field))
        }
        Expr::Position(n) => n.to_string(),
        Expr::Operator(method, args) => format!("{}({})", text(method), list(args)),
        Expr::Decorated(decorator, value) => format!("{} @ {}", of(decorator), of(value)),
        Expr::TypeOf(value) => format!("type of {}", of(value)),
        Expr::This | Expr::Root(_) | Expr::Unwrap(_) | Expr::Object(_) => "unexpected".to_owned(),
    }
}

fn facts(text: &str) -> FileFacts {
    extract("python", "pkg/a.py", text)
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&print(&facts(text)));
}

/// Names of the symbols with a flag.
fn flagged(facts: &FileFacts, wanted: u32) -> Vec<&str> {
    facts
        .symbols
        .iter()
        .filter(|symbol| symbol.flags & wanted != 0)
        .map(|symbol| facts.text(symbol.name))
        .collect()
}

#[test]
fn fields_are_made_by_the_first_assignment_in_a_method() {
    check(
        "class A(B, metaclass=M):\n    n: int = 1\n    def __init__(self, b: 'B | None' = None):\n        self.b = b\n        self.b = self.n = make(b)\n",
        &expect![[r#"
            def A = <A>
            b2 (metaclass) = M
            def b2 n: int = {int}
            def b2 __init__ = <__init__>
            b4 self = <__init__>#0
            b4 b: B = <__init__>#1
            def self . b = b
            self . n = make(b)
            self . b = make(b)
            1: use M
            2: type int
            3: type B
            4: write self.b
            5: call make(b)
            5: write self.n
            5: write self.b
            1: call __new__(M)
            1: call __init__(M)
            1: call __init_subclass__(B)
        "#]],
    );
}

#[test]
fn generics_come_from_type_variables_and_from_brackets() {
    check(
        "T = TypeVar('T')\nclass Box(Generic[T]):\n    def get(self, other: list[T]) -> Optional[T]: ...\ndef first(xs: Sequence[T]) -> T: ...\ndef g[U: A](x: Callable[[U], dict[str, U]]) -> 'Union[U, None]': ...\n",
        &expect![[r#"
            def T = TypeVar("T")
            b1 T = <Box>'0
            def Box = <Box>
            def b2 get = <get>
            b4 self = <get>#0
            b4 other: list<T> = <get>#1
            def first = <first>
            b6 xs: Sequence<<first>'0> = <first>#0
            b7 U = <g>'0
            def g = <g>
            b8 x: fn(U, dict<str, U>) = <g>#0
            1: call TypeVar("T")
            2: type Generic
            2: type T
            3: type list
            2: call __new__(Generic<<Box>'0>.(metaclass))
            2: call __init__(Generic<<Box>'0>.(metaclass))
            2: call __init_subclass__(Generic<<Box>'0>)
            4: type Sequence
            4: type T
            4: type T
            5: type A
            5: type U
            5: type dict
            5: type str
            5: type U
            5: type U
        "#]],
    );
}

#[test]
fn conditions_narrow_in_their_branch() {
    check(
        "def f(x):\n    if isinstance(x, (A, b.B)) and x.ok():\n        x.run()\n    if not isinstance(x, C):\n        return None\n    return x\n",
        &expect![[r#"
            def f = <f>
            b2 x = <f>#0
            b3 x = (x as (A | b.B))
            b4 x = (x as (A | b.B))
            b2 x = (x as C)
            f returns {None}
            f returns x
            2: use A
            2: use b
            2: use b.B
            2: call isinstance(x, (A, b.B))
            2: use b
            2: call x.ok()
            2: use b
            3: call x.run()
            4: argument C
            4: call isinstance(x, C)
        "#]],
    );
}

#[test]
fn patterns_take_values_apart() {
    check(
        "def f(x):\n    match x:\n        case A(b, c=d) as a: pass\n        case [p, *q]: pass\n        case {'k': v}: pass\n        case Color.RED | None: pass\n        case (m, n) if m > n: pass\n        case _: pass\n",
        &expect![[r#"
            def f = <f>
            b2 x = <f>#0
            b2 b = payload(x, A, 0)
            b2 d = payload(x, A, "c")
            b2 a = (x as A)
            b3 x = (x as A)
            b2 p = x@0
            b2 q = ?
            b2 v = x["k"]
            b2 m = x@0
            b2 n = x@1
            3: type A
            6: use Color
            6: use Color.RED
            7: call __gt__(m, n)
        "#]],
    );
}

#[test]
fn containers_contexts_and_comprehensions_flow() {
    check(
        "d = {'a': f, 1: g}\nd['b'] = h\nxs = [k(x) for x, y in d.items() if x]\nwith open(p) as (a, b), lock: a += b\nfor i, *rest in xs: xs.append(lambda q=i: q)\nu = v if w else z or not t\ngetattr(u, 'name', d)()\n",
        &expect![[r#"
            def d = {"a", f, 1, g}
            b1 x = each d.items()@0
            b1 y = each d.items()@1
            def xs = [k(x)]
            a = enter open(p)@0
            b = enter open(p)@1
            def a = (a | __iadd__(a | b))
            i = each xs@0
            rest = [each each xs]
            b3 q = <<lambda1>>#0
            def u = (v | (z | {bool}))
            d . b = h
            xs .  = <<lambda1>>
            <lambda1> returns q
            1: use f
            1: use g
            2: use h
            2: use d
            2: call __setitem__(d, "b", h)
            3: use d
            3: call d.items()
            3: call each d.items()
            3: call k(x)
            4: argument p
            4: call open(p)
            4: call __enter__(open(p))
            4: call __exit__(open(p))
            4: use lock
            4: call __enter__(lock)
            4: call __exit__(lock)
            4: use a
            4: use b
            4: call __iadd__(a, b)
            5: use xs
            5: call each xs
            5: use xs
            5: use i
            5: call xs.append(<<lambda1>>)
            6: use w
            6: use v
            6: use z
            6: use t
            7: argument u
            7: use u.name
            7: argument d
            7: call (u.name | d)()
        "#]],
    );
}

#[test]
fn decorators_wrap_and_flags_tell() {
    let text = "import pytest\n@pytest.fixture(autouse=True, name='db')\ndef make_db():\n    yield 1\n@wrap\n@register('x')\ndef f(): ...\nclass A:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, v): ...\n    @staticmethod\n    def s(x): ...\n    @classmethod\n    async def c(cls): return cls()\n";
    check(
        text,
        &expect![[r#"
            pytest = import(pytest, )
            def make_db = <make_db>
            def db = <make_db>
            def f = wrap @ register("x") @ <f>
            def A = <A>
            def b6 p = <p>
            b8 self = <p>#0
            b10 self = <p>#0
            b10 v = <p>#1
            def b6 s = <s>
            b12 x = <s>#0
            def b6 c = <c>
            b14 cls = <c>#0
            make_db yields {int}
            p returns {int}
            c returns cls()
            2: use pytest
            2: call pytest.fixture(autouse={bool}, name="db")
            6: call register("x")
            6: call register("x") @ <f>
            5: call wrap @ register("x") @ <f>
            11: use p
            11: use p.setter
            16: call cls()
        "#]],
    );
    let facts = facts(text);
    assert_eq!(flagged(&facts, flag::AUTOUSE), ["make_db"]);
    assert_eq!(flagged(&facts, flag::PROPERTY), ["p", "p"]);
    assert_eq!(flagged(&facts, flag::STATIC), ["s"]);
    assert_eq!(flagged(&facts, flag::CLASS_METHOD | flag::ASYNC), ["c"]);
}

#[test]
fn names_go_to_the_scope_python_gives_them() {
    check(
        "import a.b.c, d as e\nfrom . import x\nfrom ..p.q import y as z, w\nfrom m import *\ncount = 0\ndef f():\n    global count\n    count = 1\n    n = 2\n    def g():\n        nonlocal n\n        n = count\n        if (k := n): return k\n    return g\n__all__ = ['f', 'count']\n",
        &expect![[r#"
            a = import(a, )
            e = import(d, )
            x = import(., x)
            z = import(..p.q, y)
            w = import(..p.q, w)
            def count = {int}
            def f = <f>
            def count = {int}
            b2 n = {int}
            def b2 g = <g>
            outer n = count
            b4 k = n
            def __all__ = ["f", "count"]
            g returns k
            f returns g
            8: write count
            12: use count
            14: use g
        "#]],
    );
}

#[test]
fn tests_are_told_by_file_and_class() {
    let text = "def test_a(): ...\nclass TestB:\n    def test_c(self): ...\n    def helper(self): ...\n    def setup_method(self): ...\n";
    let tests = extract("python", "tests/test_x.py", text);
    assert_eq!(flagged(&tests, flag::TEST), ["test_a", "TestB", "test_c"]);
    assert_eq!(flagged(&tests, flag::SETUP), ["setup_method"]);
    let code = extract("python", "src/x.py", text);
    assert!(flagged(&code, flag::TEST | flag::SETUP).is_empty());
}

#[test]
fn broken_and_monstrous_input_is_survived() {
    let deep_brackets = "(".repeat(10_000);
    let chain = format!("x{}", ".a()".repeat(20_000));
    let sum = vec!["x"; 20_000].join(" + ");
    let nested = (0..2_000)
        .map(|depth| format!("{}if x:\n", " ".repeat(depth)))
        .collect::<String>();
    let wide = format!("x = [{}]", "f(1), ".repeat(100_000));
    let broken = [
        "def",
        "class",
        "class A(",
        "def f(x",
        "@",
        "x = ",
        "from . import",
        "match x:\n case",
        "a b c\n\0def g(: pass",
        "with as x: pass",
        "lambda",
        "import",
        "__all__ = [1, *x]",
        "f'{'",
        "x: '[[['",
        "x: 'A[', 'B",
        "case",
        "for in",
        "def f(*, **): pass",
        "class A(metaclass=): x = self.y = 1",
        "try:\nexcept as e: e",
        "super().x",
        "getattr(",
    ];
    for text in [deep_brackets, chain, sum, nested, wide]
        .iter()
        .map(String::as_str)
        .chain(broken)
    {
        facts(text);
    }
    let _ = extract(
        "python",
        "a.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"x = (\"}]}",
    );
    let _ = extract("python", "a.ipynb", "nothing");
}

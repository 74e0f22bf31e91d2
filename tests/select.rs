//! `arc tests` on small projects, through the real binary.

#[path = "support/binary.rs"]
mod binary;

use binary::{arc, json, write};
use serde_json::Value;
use tempfile::TempDir;

fn project() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "app/__init__.py", "");
    write(
        root,
        "app/shapes.py",
        "class Shape:\n    def area(self):\n        return 0\n\n\nclass Circle(Shape):\n    def area(self):\n        return 3\n\n\n\
         class Square(Shape):\n    def area(self):\n        return 4\n\n\ndef total(shapes: list[Shape]):\n    return sum(shape.area() for shape in shapes)\n",
    );
    write(
        root,
        "tests/test_shapes.py",
        "from app.shapes import Circle, Square, total\n\n\ndef test_circle():\n    assert total([Circle()]) == 3\n\n\n\
         def test_square():\n    assert total([Square()]) == 4\n\n\ndef test_sum():\n    assert sum([1]) == 1\n",
    );
    write(root, "pyproject.toml", "[project]\nname = \"app\"\n");
    folder
}

fn runs(answer: &Value) -> Vec<&str> {
    let tests = answer["tests"].as_array().expect("a list");
    tests
        .iter()
        .filter_map(|test| test["run"].as_str())
        .collect()
}

#[test]
fn a_method_has_the_tests_that_make_its_type() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["tests", "app/shapes.py::Square.area", "--json"]));
    assert_eq!(answer["schema"], "arc.tests/1");
    assert_eq!(runs(&answer)[0], "tests/test_shapes.py::test_square");
    assert!(!runs(&answer).contains(&"tests/test_shapes.py::test_sum"));
}

#[test]
fn a_budget_states_what_it_costs_in_recall() {
    let folder = project();
    let whole = json(arc(folder.path()).args(["tests", "app/shapes.py::total", "--json"]));
    assert_eq!(runs(&whole).len(), 2);
    // Not even all tests that are known are surely all that run it.
    assert_eq!(whole["expected_recall"], 0.96);
    for budget in ["1", "0.6s"] {
        let budget = ["tests", "app.shapes.total", "--budget", budget, "--json"];
        let part = json(arc(folder.path()).args(budget));
        assert_eq!(runs(&part).len(), 1);
        let recall = part["expected_recall"].as_f64().expect("a number");
        assert!((0.3..0.8).contains(&recall), "{recall}");
        assert_eq!(part["total"], 2);
    }
    arc(folder.path())
        .args(["tests", "app.shapes.total", "--budget", "soon"])
        .assert()
        .code(2);
}

#[test]
fn a_budget_in_seconds_goes_by_reports() {
    let folder = project();
    let root = folder.path();
    let budget = ["tests", "app.shapes.total", "--budget", "5s", "--json"];
    let output = arc(root).args(&budget[..4]).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("no report says how long tests take"),
        "{error}"
    );
    let report = |circle: f64, square: f64| {
        format!(
            "<testsuites><testsuite><testcase classname=\"tests.test_shapes\" name=\"test_circle\" time=\"{circle}\"/>\
             <testcase classname=\"tests.test_shapes\" name=\"test_square\" time=\"{square}\"/></testsuite></testsuites>"
        )
    };
    // Where a runner left it.
    write(root, "junit.xml", report(60.0, 2.0));
    let answer = json(arc(root).args(budget));
    assert_eq!(runs(&answer), ["tests/test_shapes.py::test_square"]);
    assert_eq!(answer["tests"][0]["seconds"], 2.0);
    assert_eq!(answer["truncated"], true);
    // The one that is named counts alone.
    write(root, "other.xml", report(1.0, 60.0));
    let answer = json(arc(root).args(budget).args(["--durations", "other.xml"]));
    assert_eq!(runs(&answer), ["tests/test_shapes.py::test_circle"]);
    write(root, "none.xml", "<html/>");
    arc(root)
        .args(budget)
        .args(["--durations", "none.xml"])
        .assert()
        .code(2);
}

#[test]
fn a_test_of_a_base_class_is_run_in_its_subclasses() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "app.py", "def load(x):\n    return x\n");
    write(
        root,
        "test_app.py",
        "from app import load\n\n\nclass Loading:\n    def test_load(self):\n        assert load(self.x)\n\n\n\
         class TestOne(Loading):\n    x = 1\n\n\nclass TestTwo(Loading):\n    x = 2\n",
    );
    let answer = json(arc(root).args(["tests", "app.py::load", "--json"]));
    assert_eq!(
        runs(&answer),
        [
            "test_app.py::TestOne::test_load",
            "test_app.py::TestTwo::test_load"
        ]
    );
    let impact = json(arc(root).args(["impact", "app.py::load", "--json"]));
    assert_eq!(impact["tests"][0]["run"], "test_app.py::TestOne::test_load");
}

#[test]
fn inherited_tests_belong_to_the_classes_that_bring_what_changes() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(
        root,
        "store.py",
        "class Store:\n    def __init__(self):\n        self.rows = []\n\n    def put(self, x):\n        self.rows.append(x)\n\n\n\
         class Ring(Store):\n    def put(self, x):\n        self.rows = [x]\n\n\n\
         class Heap(Store):\n    def put(self, x):\n        self.rows.insert(0, x)\n",
    );
    write(
        root,
        "tests/__init__.py",
        "import store\n\n\nclass StoreTests:\n    Store: type[store.Store]\n\n    def test_put(self):\n        self.Store().put(1)\n",
    );
    for kind in ["Ring", "Heap"] {
        let text = format!(
            "import unittest\n\nfrom store import {kind}\nfrom . import StoreTests\n\n\n\
             class {kind}Test(unittest.TestCase, StoreTests):\n    Store = {kind}\n"
        );
        write(
            root,
            &format!("tests/test_{}.py", kind.to_lowercase()),
            &text,
        );
    }
    let ring = "tests/test_ring.py::RingTest::test_put";
    let heap = "tests/test_heap.py::HeapTest::test_put";
    let answer = json(arc(root).args(["tests", "store.py::Ring.put", "--json"]));
    assert_eq!(runs(&answer).first(), Some(&ring), "{answer}");
    let answer = json(arc(root).args(["tests", "store.py::Heap.put", "--json"]));
    assert_eq!(runs(&answer).first(), Some(&heap), "{answer}");
    // The mixin is run by nobody, and a change of its test concerns all that inherit it.
    let impact = json(arc(root).args(["impact", "store.py::Store.put", "--json"]));
    let mut ids: Vec<(&str, &str)> = impact["tests"]
        .as_array()
        .expect("tests are a list")
        .iter()
        .filter_map(|row| Some((row["path"].as_str()?, row["symbol"].as_str()?)))
        .collect();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            ("tests/test_heap.py", "tests.test_heap.HeapTest.test_put"),
            ("tests/test_ring.py", "tests.test_ring.RingTest.test_put")
        ]
    );
    let mixin = "tests/__init__.py::StoreTests.test_put";
    let answer = json(arc(root).args(["tests", mixin, "--json"]));
    assert_eq!(runs(&answer), [heap, ring]);
}

#[test]
fn only_classes_that_pytest_collects_have_ids() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "app.py", "def load(x):\n    return x\n");
    write(
        root,
        "test_app.py",
        "import abc\nimport unittest\n\nimport app\n\n\n\
         class TestBase(abc.ABC):\n    @abc.abstractmethod\n    def make(self):\n        pass\n\n\
         \x20   def test_load(self):\n        app.load(self.make())\n\n\n\
         class LoadMixin(TestBase):\n    def make(self):\n        return 1\n\n    def test_twice(self):\n        app.load(2)\n\n\n\
         class TestLoad(LoadMixin):\n    pass\n\n\n\
         class TestPlain(unittest.TestCase):\n    def test_one(self):\n        app.load(1)\n\n\n\
         class Plainer(TestPlain):\n    pass\n",
    );
    write(
        root,
        "test_pack/__init__.py",
        "import app\n\n\nclass TestPack:\n    def test_pack(self):\n        app.load(3)\n",
    );
    // A library may call something else its tests.
    write(
        root,
        "tests.py",
        "import app\n\n\ndef test_even(x):\n    return app.load(x) % 2 == 0\n",
    );
    let expected = [
        "test_app.py::Plainer::test_one",
        "test_app.py::TestLoad::test_load",
        "test_app.py::TestLoad::test_twice",
        "test_app.py::TestPlain::test_one",
        "test_pack/__init__.py::TestPack::test_pack",
    ];
    for target in ["app.py::load", "pyproject.toml"] {
        write(root, "pyproject.toml", "[project]\nname = \"app\"\n");
        let answer = json(arc(root).args(["tests", target, "--json"]));
        let mut found = runs(&answer);
        found.sort_unstable();
        assert_eq!(found, expected, "{target}");
    }
}

#[test]
fn no_class_of_a_large_family_is_lost() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "app.py", "def load():\n    return 1\n");
    let mixin =
        "import app\n\n\nclass Loading:\n    def test_load(self):\n        assert app.load()\n";
    let heirs: String = (0..600)
        .map(|at| format!("\n\nclass Test{at}(Loading):\n    pass\n"))
        .collect();
    write(root, "test_app.py", format!("{mixin}{heirs}"));
    let answer = json(arc(root).args(["tests", "app.py::load", "--json"]));
    assert_eq!(answer["total"], 600, "{answer}");
}

#[test]
fn a_method_of_a_go_suite_runs_below_the_function_that_runs_the_suite() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "go.mod", "module example.com/a\n\ngo 1.22\n");
    write(root, "a.go", "package a\n\nfunc Load() int { return 1 }\n");
    write(
        root,
        "a_test.go",
        "package a\n\nimport (\n\t\"testing\"\n\n\t\"github.com/stretchr/testify/suite\"\n)\n\n\
         type LoadSuite struct {\n\tsuite.Suite\n}\n\nfunc TestLoadSuite(t *testing.T) {\n\tsuite.Run(t, new(LoadSuite))\n}\n\n\
         func (s *LoadSuite) Test_Load() {\n\ts.Equal(1, Load())\n}\n",
    );
    let answer = json(arc(root).args(["tests", "a.go::Load", "--json"]));
    assert!(
        runs(&answer).contains(&"^TestLoadSuite$/^Test_Load$"),
        "{answer}"
    );
    let output = arc(root)
        .args(["tests", "a.go::Load", "--format", "go"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.contains("./ -run '^TestLoadSuite$/^(Test_Load)$'"),
        "{text}"
    );
}

#[test]
fn tests_that_start_the_program_are_tests_of_what_it_runs() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "Cargo.toml", "[package]\nname = \"mill\"\n");
    write(root, "src/grind.rs", "pub fn grind() -> u32 {\n    3\n}\n");
    write(
        root,
        "src/main.rs",
        "mod grind;\n\nfn main() {\n    println!(\"{}\", grind::grind());\n}\n",
    );
    write(
        root,
        "tests/cli.rs",
        "use std::process::Command;\n\nfn mill() -> Command {\n    Command::new(env!(\"CARGO_BIN_EXE_mill\"))\n}\n\n\
         #[test]\nfn it_grinds() {\n    assert!(mill().status().unwrap().success());\n}\n\n\
         mill_test!(it_ends, |dir: Dir| {\n    mill().arg(dir).status().unwrap();\n});\n\n\
         #[test]\nfn two_is_two() {\n    assert_eq!(1 + 1, 2);\n}\n\n\
         #[cfg(test)]\nfn helper() {\n    mill();\n}\n",
    );
    let answer = json(arc(root).args(["tests", "src/grind.rs::grind", "--json"]));
    let mut found = runs(&answer);
    found.sort_unstable();
    assert_eq!(found, ["it_ends", "it_grinds"]);
    let way = ["impact", "src/main.rs::main", "--json"];
    let answer = json(arc(root).args(way));
    let reason = "starts main";
    assert!(answer.to_string().contains(reason), "{answer:#}");
}

#[test]
fn runners_get_their_own_tests_alone() {
    let folder = project();
    let pytest = ["tests", "app.shapes.total", "--format", "pytest"];
    let output = arc(folder.path()).args(pytest).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut ids: Vec<&str> = text.lines().collect();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            "tests/test_shapes.py::test_circle",
            "tests/test_shapes.py::test_square"
        ]
    );
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("96% of the tests"), "{error}");
    let cargo = ["tests", "app.shapes.total", "--format", "cargo"];
    arc(folder.path()).args(cargo).assert().code(1).stdout("");
}

#[test]
fn a_manifest_asks_for_everything_and_says_so() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["tests", "pyproject.toml", "--json"]));
    assert_eq!(answer["everything_because"], "pyproject.toml");
    assert_eq!(runs(&answer).len(), 3);
}

#[test]
fn a_diff_means_the_symbols_it_touches() {
    let folder = project();
    let diff = "--- a/app/shapes.py\n+++ b/app/shapes.py\n@@ -8 +8 @@\n-        return 2\n+        return 3\n\
                --- a/tests/test_shapes.py\n+++ b/tests/test_shapes.py\n@@ -12,0 +13 @@\n+    assert sum([1]) == 1\n\
                --- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
    let mut command = arc(folder.path());
    let answer = json(command.args(["tests", "-", "--json"]).write_stdin(diff));
    let symbols: Vec<&str> = answer["targets"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|target| target["symbol"].as_str())
        .collect();
    assert_eq!(
        symbols,
        ["app.shapes.Circle.area", "tests.test_shapes.test_sum"]
    );
    // A test that is changed itself comes first.
    assert_eq!(
        runs(&answer)[..2],
        [
            "tests/test_shapes.py::test_sum",
            "tests/test_shapes.py::test_circle"
        ]
    );
    let gone = answer["changes"].as_array().expect("a list").last();
    let gone = gone.expect("a change for each file");
    assert_eq!(
        (&gone["path"], &gone["kind"]),
        (&Value::from("gone.py"), &Value::from("removed"))
    );
    let mut impact = arc(folder.path());
    let answer = json(impact.args(["impact", "-", "--json"]).write_stdin(diff));
    assert_eq!(answer["targets"][0]["symbol"], "app.shapes.Circle.area");
    let mut none = arc(folder.path());
    none.args(["tests", "-"])
        .write_stdin("--- a/x.py\n+++ b/x.py\n")
        .assert()
        .code(1);
}

#[test]
fn a_changed_test_file_is_its_own_tests() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["tests", "tests/test_shapes.py", "--json"]));
    assert_eq!(runs(&answer).len(), 3);
    assert_eq!(answer["tests"][0]["score"], 1.0);
}

#[test]
fn tests_of_a_module_under_another_name_are_found_by_their_own() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "Cargo.toml", "[package]\nname = \"shapes\"\n");
    write(root, "src/lib.rs", "pub mod area;\n");
    write(
        root,
        "src/area.rs",
        "pub fn total() -> u32 {\n    1\n}\n\n#[cfg(test)]\n#[path = \"area_tests.rs\"]\nmod tests;\n",
    );
    write(
        root,
        "src/area_tests.rs",
        "use super::total;\n\n#[test]\nfn is_one() {\n    assert_eq!(total(), 1);\n}\n\n\
         mod inner {\n    #[test]\n    fn is_one_too() {\n        assert_eq!(crate::area::total(), 1);\n    }\n}\n",
    );
    let found = json(arc(root).args(["tests", "src/area.rs::total", "--json"]));
    let tests = found["tests"].as_array().expect("a list of tests");
    let mut runs: Vec<&str> = tests
        .iter()
        .filter_map(|test| test["run"].as_str())
        .collect();
    runs.sort_unstable();
    // cargo calls them `area::tests::is_one` and `area::tests::inner::is_one_too`.
    assert_eq!(runs, ["inner::is_one_too", "is_one"]);
}

/// What `arc tests` prints for a manifest, which asks for all tests, in a runner's format.
fn all(root: &std::path::Path, manifest: &str, format: &str) -> Vec<String> {
    let asked = ["tests", manifest, "--format", format];
    let output = arc(root).args(asked).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn go_runs_functions_of_packages_and_no_benchmarks() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "go.mod", "module example.com/a\n\ngo 1.22\n");
    let test = "package a\n\nimport \"testing\"\n\nfunc TestOpen(t *testing.T) {\n\tt.Run(\"a.b/c\", func(t *testing.T) {})\n\teach(t)\n}\n\n\
         func each(t *testing.T) {\n\tt.Run(\"of them\", func(t *testing.T) {})\n}\n\n\
         func BenchmarkOpen(b *testing.B) {\n\tb.Run(\"small\", func(b *testing.B) {})\n}\n\n\
         func ExampleOpen() {\n\t// Output: 1\n}\n\nfunc ExampleOpen_silent() {\n\t// It prints nothing.\n}\n\n\
         func ExampleOpen_mixed() {\n\topen()\n\n\t// Unordered output:\n\t// /* a\n\t// */\n}\n";
    write(root, "one/a_test.go", test);
    write(root, "two/a_test.go", test);
    let names = "-run '^(TestOpen|ExampleOpen|ExampleOpen_mixed)$'";
    let wanted = ["one", "two"].map(|package| format!("./{package} {names}"));
    assert_eq!(all(root, "go.mod", "go"), wanted);
}

#[test]
fn cargo_gets_the_names_of_modules_as_they_are_declared() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    let manifest = "[package]\nname = \"shapes\"\nautotests = false\n\n[[test]]\nname = \"all\"\npath = \"tests/tests.rs\"\n";
    write(root, "Cargo.toml", manifest);
    write(
        root,
        "src/lib.rs",
        "/*!\nAdds.\n\n```\nassert!(true);\n```\n*/\n\nmod rows;\n",
    );
    write(
        root,
        "src/rows.rs",
        "macro_rules! rows {\n    ($($name:ident: $left:expr => $right:expr)+) => {\n        $(#[test]\n        fn $name() { assert_eq!($left, $right); })+\n    };\n}\n\n\
         mod tests {\n    rows! {\n        one: 1 => 1\n        two: \"a\" => \"a\"\n    }\n}\n\n#[bench]\nfn fast() {}\n",
    );
    write(
        root,
        "tests/tests.rs",
        "mod part;\n\nmod outer {\n    mod deep;\n}\n\n#[path = \"elsewhere/other.rs\"]\nmod named;\n",
    );
    let test = "#[test]\nfn holds() {}\n";
    for path in [
        "tests/part.rs",
        "tests/outer/deep.rs",
        "tests/elsewhere/other.rs",
    ] {
        write(root, path, test);
    }
    let wanted = [
        "holds",
        "outer::deep::holds",
        "part::holds",
        "rows::tests::one",
        "rows::tests::two",
        "src/lib.rs",
    ];
    assert_eq!(all(root, "Cargo.toml", "cargo"), wanted);
    assert!(all(root, "Cargo.toml", "ids").contains(&"src/lib.rs - (line 3)".to_owned()));
}

#[test]
fn titles_have_those_of_the_blocks_around_and_holes_for_what_is_filled_in() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "package.json", "{\"name\": \"a\"}\n");
    write(
        root,
        "src/a.test.ts",
        "import { bench, describe, it } from 'vitest'\n\nconst title = 'x'\n\ndescribe('adding (1)', () => {\n  for (const one of [1, 2]) {\n    it(`gives ${one}`, () => {})\n  }\n\
           [1].forEach(() => it(title, () => {}))\n  it.each([1])('of %s', () => {})\n})\n\n\
         function shared() {\n  it('is shared', () => {})\n}\n\ndescribe('b', () => shared())\nbench('fast', () => {})\n",
    );
    let around = r"adding \(1\)";
    let titles = [
        around.to_owned(),
        format!("{around} gives .*"),
        format!("{around} .*"),
        format!("{around} of .*"),
        "is shared".to_owned(),
        "b".to_owned(),
    ];
    let lines = all(root, "package.json", "vitest");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    let names = line
        .strip_prefix("src/a.test.ts -t '(")
        .and_then(|rest| rest.strip_suffix(")'"));
    let mut names: Vec<&str> = names.expect("a pattern").split('|').collect();
    names.sort_unstable();
    let mut titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    titles.sort_unstable();
    assert_eq!(names, titles);
}

#[test]
fn tests_of_one_title_in_several_blocks_are_all_listed() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "package.json", "{\"name\": \"a\"}\n");
    write(
        root,
        "src/a.test.js",
        "describe('max', () => {\n  it('takes a list', () => {})\n})\n\ndescribe('min', () => {\n  it('takes a list', () => {})\n  it('takes a list', () => {})\n})\n",
    );
    let lines = all(root, "package.json", "jest");
    let wanted = "src/a.test.js -t '(max|max takes a list|min|min takes a list)'";
    assert_eq!(lines, [wanted]);
}

#[test]
fn helpers_of_marked_tests_are_no_tests_by_their_names() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "pom.xml", "<project/>\n");
    write(
        root,
        "src/test/java/p/MarkedTest.java",
        "package p;\n\nimport org.junit.jupiter.api.Test;\n\nclass MarkedTest extends Base {\n    @Test\n    void reads() {\n        testReading();\n    }\n\n    \
         public void testReading() {\n    }\n}\n",
    );
    write(
        root,
        "src/test/java/p/NamedTest.java",
        "package p;\n\nimport junit.framework.TestCase;\n\npublic class NamedTest extends TestCase {\n    public void testReads() {\n        testEach(1);\n        testTold();\n    }\n\n    \
         public void testEach(int one) {\n    }\n\n    private void testTold() {\n    }\n\n    public int testCount() {\n        return 1;\n    }\n}\n\n\
         class Other {\n    public void testNothing() {\n    }\n}\n",
    );
    let mut ids = all(root, "pom.xml", "ids");
    ids.sort_unstable();
    assert_eq!(ids, ["p.MarkedTest#reads", "p.NamedTest#testReads"]);
}

#[test]
fn classes_that_functions_make_are_collected_by_nobody() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "pyproject.toml", "[project]\nname = \"a\"\n");
    write(
        root,
        "test_a.py",
        "import unittest\n\n\nclass Base(unittest.TestCase):\n    def test_base(self):\n        pass\n\n\n\
         class TestMade(unittest.TestCase):\n    def test_made(self):\n        class Inner(Base):\n            def test_inner(self):\n                pass\n\n\
                \n        class TestInner:\n            def test_deep(self):\n                pass\n",
    );
    let wanted = [
        "test_a.py::Base::test_base",
        "test_a.py::TestMade::test_made",
    ];
    assert_eq!(all(root, "pyproject.toml", "pytest"), wanted);
}

#[test]
fn tests_that_a_class_has_from_outside_are_told_as_unknown() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "pyproject.toml", "[project]\nname = \"a\"\n");
    write(
        root,
        "a.py",
        "def opened():\n    return 1\n\n\ndef closed():\n    return 2\n",
    );
    write(
        root,
        "test_a.py",
        "import unittest\n\nfrom queues.tests import test_queue as t\n\nfrom a import closed, opened\n\n\n\
         class TestOpened(t.QueueTest):\n    def queue(self):\n        return opened()\n\n\n\
         class TestClosed(unittest.TestCase):\n    def test_closed(self):\n        assert closed()\n",
    );
    // No test is known to run it, and the answer says why that may be wrong.
    let told = |target: &str| {
        let asked = ["tests", target, "--json"];
        let output = arc(root).args(asked).output().expect("it runs");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        answer["inherit_outside"].clone()
    };
    assert_eq!(told("a.py::opened")[0]["symbol"], "test_a.TestOpened");
    assert_eq!(told("a.py::opened")[0]["from"], "queues.tests.test_queue");
    assert_eq!(told("a.py::closed").as_array().map(Vec::len), Some(0));
    assert_eq!(told("pyproject.toml").as_array().map(Vec::len), Some(1));
    let output = arc(root)
        .args(["tests", "a.py::opened"])
        .output()
        .expect("it runs");
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        notes.contains("test_a.TestOpened may inherit tests from outside"),
        "{notes}"
    );
}

#[test]
fn files_of_tests_that_nobody_reads_are_named_where_no_test_is_known() {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(
        root,
        "src/tool.c",
        "int twice(int x) { return 2 * x; }\nint main(void) { return twice(0); }\n",
    );
    write(root, "tests/run.sh", "#!/bin/sh\n./tool && echo fine\n");
    write(root, "tests/input.json", "{}\n");
    // No test is no success.
    let none = |words: &[&str]| {
        let output = arc(root).args(words).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).expect("one JSON object")
    };
    let command = ["tests", "src/tool.c::twice"];
    let answer = none(&[command[0], command[1], "--json"]);
    assert_eq!(answer["total"], 0);
    // Nobody knows what the script runs, so nobody knows what is missed.
    assert_eq!(answer["expected_recall"], Value::Null);
    assert_eq!(answer["unread"], serde_json::json!(["tests/run.sh"]));
    let told = arc(root).args(command).output().expect("it runs");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        told.contains("tests/run.sh may: what it runs is not known"),
        "{told}"
    );

    // Where tests of the language are known, one that runs the change would be among them.
    write(
        root,
        "app.py",
        "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    );
    write(
        root,
        "tests/test_app.py",
        "import app\n\n\ndef test_one():\n    assert app.one() == 1\n",
    );
    write(root, "tests/helper.py", "VALUE = 1\n");
    let answer = none(&["tests", "app.two", "--json"]);
    assert_eq!(answer["unread"], serde_json::json!(["tests/run.sh"]));
    let answer = json(arc(root).args(["tests", "app.one", "--json"]));
    assert_eq!(answer["unread"], Value::Null);
    assert_eq!(answer["expected_recall"], 0.96);
}

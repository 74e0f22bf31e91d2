//! What a review does not say: each is a class of findings that were wrong on the commits of real projects.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;
#[path = "support/scratch.rs"]
mod scratch;

use scratch::Scratch;

/// `severity kind path` of what a review says of the files as they differ, and the messages.
fn diff(scratch: &Scratch) -> Vec<String> {
    let answer = scratch.json(&["review", "--diff", "--json"]);
    let findings = answer["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            let [severity, kind, path, message] = ["severity", "kind", "path", "message"].map(text);
            format!("{severity} {kind} {path}: {message}")
        })
        .collect()
}

fn committed(files: &[(&str, &str)]) -> Scratch {
    let mut scratch = Scratch::new();
    for (path, text) in files {
        scratch.write(path, *text);
    }
    scratch.commit("As it was");
    scratch
}

#[test]
fn a_call_that_never_fitted_is_not_broken_by_a_change_of_the_signature() {
    let io = "def load(path, mode='r'):\n    return open(path, mode).read()\n";
    let test = "import pytest\n\nfrom app.io import load\n\n\ndef test_load():\n    with pytest.raises(TypeError):\n        load()\n    assert load('a')\n";
    let scratch = committed(&[
        ("app/__init__.py", ""),
        ("app/io.py", io),
        ("tests/test_io.py", test),
    ]);
    scratch.write("app/io.py", io.replace("(path, mode=", "(path: str, mode="));
    assert_eq!(diff(&scratch), [""; 0]);
    scratch.write("app/io.py", io.replace("mode='r'", "mode"));
    let found = diff(&scratch);
    assert_eq!(
        found,
        [
            "high broken_caller tests/test_io.py: load takes other arguments now than 1 call of it give"
        ],
        "what fitted and does not now is told, and the other call is not"
    );
}

#[test]
fn a_key_of_what_a_file_exports_is_no_invented_name() {
    let errors = "const make = require('some-errors')\n\nconst codes = {\n  NOT_FOUND: make('a')\n}\n\nmodule.exports = codes\nmodule.exports.more = 1\n";
    let user = "const { NOT_FOUND } = require('./errors')\n\nfunction find (id) {\n  return new NOT_FOUND(id)\n}\n\nmodule.exports = { find }\n";
    let scratch = committed(&[("lib/errors.js", errors), ("lib/find.js", user)]);
    let more = user
        .replace("{ NOT_FOUND }", "{\n  NOT_FOUND,\n  NOT_TAKEN\n}")
        .replace("  return", "  if (!id) return new NOT_TAKEN(id)\n  return");
    scratch.write("lib/find.js", &more);
    let found = diff(&scratch);
    assert!(
        found.iter().any(|one| one.contains("NOT_TAKEN")),
        "nothing has it: {found:?}"
    );
    scratch.write(
        "lib/errors.js",
        errors.replace("('a')\n", "('a'),\n  NOT_TAKEN: make('b')\n"),
    );
    assert_eq!(diff(&scratch), [""; 0]);
}

const ZIP: &str = "package okio\n\nfun FileSystem.openZip(path: String): Int {\n  return path.length\n}\n\nfun other(): Int = 1\n";

#[test]
fn what_moves_within_its_package_is_found_where_it_is() {
    let files = [
        (
            "okio/src/commonMain/kotlin/okio/FileSystem.kt",
            "package okio\n\nclass FileSystem\n",
        ),
        ("okio/src/jvmMain/kotlin/okio/JvmOkio.kt", ZIP),
        (
            "okio/src/jvmTest/kotlin/okio/ZipTest.kt",
            "package okio.test\n\nimport okio.FileSystem\nimport okio.openZip\n\nfun check(system: FileSystem): Int {\n  return system.openZip(\"a\")\n}\n",
        ),
    ];
    let scratch = committed(&files);
    let (head, tail) = ZIP.split_once("fun other").unwrap();
    scratch.write(
        "okio/src/jvmMain/kotlin/okio/JvmOkio.kt",
        format!("package okio\n\nfun other{tail}"),
    );
    scratch.write("okio/src/zlibMain/kotlin/okio/ZlibOkio.kt", head);
    assert_eq!(diff(&scratch), [""; 0]);
    // With nothing of the name left it is told.
    let gone = scratch
        .root()
        .join("okio/src/zlibMain/kotlin/okio/ZlibOkio.kt");
    std::fs::remove_file(gone).unwrap();
    let found = diff(&scratch);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("high broken_caller") && one.contains("openZip")),
        "{found:?}"
    );
}

#[test]
fn a_definition_that_a_grammar_loses_is_not_gone() {
    let mark = "package shop\n\n@Retention(RUNTIME)\n@Target(FUNCTION)\npublic annotation class FromText\n";
    let user = "package shop;\n\nimport shop.FromText;\n\nclass Reader {\n  @FromText\n  int read(String text) {\n    return text.length();\n  }\n}\n";
    let scratch = committed(&[
        ("src/main/java/shop/FromText.kt", mark),
        ("src/main/java/shop/Reader.java", user),
    ]);
    scratch.write(
        "src/main/java/shop/FromText.kt",
        mark.replace(")\n@", ") @").replace(")\npublic", ") public"),
    );
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.contains("is gone")),
        "{found:?}"
    );
}

#[test]
fn an_import_of_what_the_language_gives_may_go() {
    let text = "package shop\n\nimport java.util.LinkedHashSet\nimport shop.model.Item\n\nfun all(): Any {\n  val item = Item()\n  return LinkedHashSet<Any>()\n}\n";
    let scratch = committed(&[
        ("src/shop/All.kt", text),
        (
            "src/shop/model/Item.kt",
            "package shop.model\n\nclass Item\n",
        ),
    ]);
    scratch.write(
        "src/shop/All.kt",
        text.replace("import java.util.LinkedHashSet\n", ""),
    );
    assert_eq!(diff(&scratch), [""; 0]);
}

#[test]
fn what_a_grammar_is_too_old_for_is_no_high_finding() {
    let program = "using System;\n\nclass Program\n{\n    static void Main()\n    {\n        Console.WriteLine(\"a\");\n    }\n}\n";
    let kotlin = "package shop\n\nfun text(): String {\n  val json = \"a\"\n  return json\n}\n";
    let scratch = committed(&[("cake.cs", program), ("src/shop/Text.kt", kotlin)]);
    let directed = format!("#:sdk Cake.Sdk\n#:property A=B\n\n{program}");
    scratch.write("cake.cs", &directed);
    assert_eq!(diff(&scratch), [""; 0], "lines for who runs the program");
    scratch.write("cake.cs", directed.replace("Main()", "Main("));
    assert_eq!(diff(&scratch).len(), 1, "what is wrong beside them is told");
    scratch.write(
        "src/shop/Text.kt",
        kotlin.replace("\"a\"", "$$\"{\\\"$foo\\\": \\\"bar\\\"}\""),
    );
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.starts_with("high")),
        "{found:?}"
    );
}

#[test]
fn what_a_preprocessor_makes_of_c_is_no_syntax_error() {
    let table = "#include \"list.h\"\n\nstatic const struct one all[] = {\n    {\"first\", 1},\n    {\"second\", 2},\n};\n\nint count(int a, int b)\n{\n    return a + b;\n}\n";
    let scratch = committed(&[
        ("list.h", "struct one { const char *name; int number; };\n"),
        ("table.c", table),
    ]);
    let more = table
        .replace(
            "    {\"second\", 2},\n",
            "#if HAVE_SECOND >= 3\n    {\"second\", 2},\n#else\n    {\"other\", 2},\n#endif\n",
        )
        .replace("    return", "    MPSWAP(struct one, a, b);\n    return");
    scratch.write("table.c", &more);
    assert_eq!(diff(&scratch), [""; 0]);
    scratch.write("table.c", more.replace("a + b;", "a + b);"));
    let found = diff(&scratch);
    assert_eq!(
        found,
        ["high syntax_error table.c: this is no c, as far as its grammar tells"],
        "a fault is told for all that"
    );
}

#[test]
fn a_function_for_its_own_file_is_for_those_that_take_in_its_text() {
    let dict = "int find(int key)\n{\n    return key;\n}\n";
    let user = "#include \"dict.c\"\n\nint used(void)\n{\n    return find(1);\n}\n";
    let scratch = committed(&[("dict.c", dict), ("use.c", user)]);
    scratch.write("dict.c", format!("static {dict}"));
    assert_eq!(diff(&scratch), [""; 0]);
}

#[test]
fn what_was_open_before_is_not_broken_by_what_went() {
    let content = "def encode(data):\n    return [data]\n";
    let models = "from app.content import encode\n\n\nclass Request:\n    def __init__(self, url, data):\n        self.url = url.lower().encode()\n        self.body = encode(data)\n";
    let scratch = committed(&[
        ("app/__init__.py", ""),
        ("app/content.py", content),
        ("app/models.py", models),
    ]);
    std::fs::remove_file(scratch.root().join("app/content.py")).unwrap();
    scratch.write(
        "app/streams.py",
        "def encode(data, more=None):\n    return [data, more, 1, 2, 3]\n",
    );
    scratch.write(
        "app/models.py",
        models.replace("app.content", "app.streams"),
    );
    let found = diff(&scratch);
    assert!(
        !found.iter().any(|one| one.contains("broken_caller")),
        "{found:?}"
    );
    scratch.write(
        "app/models.py",
        models.replace("from app.content import encode\n", ""),
    );
    let found = diff(&scratch);
    assert!(
        found.iter().any(|one| one.starts_with("high")),
        "one more is open now: {found:?}"
    );
}

#[test]
fn what_seemed_open_only_near_by_does_not_hide_a_broken_caller() {
    let models = "from app.content import encode\nfrom app.factory import make\n\n\nclass Request:\n    def __init__(self, url, data):\n        self.url = make(url).encode()\n        self.body = encode(data)\n";
    let scratch = committed(&[
        ("app/__init__.py", ""),
        (
            "app/content.py",
            "def encode(data):\n    return [data]\n\n\ndef decode(data):\n    return data[0]\n",
        ),
        (
            "app/base.py",
            "class Base:\n    def encode(self):\n        return self\n",
        ),
        (
            "app/far.py",
            "from app.base import Base\n\n\nclass Thing(Base):\n    def __init__(self, url):\n        self.url = url\n",
        ),
        (
            "app/factory.py",
            "from app.far import Thing\n\n\ndef make(url):\n    return Thing(url)\n",
        ),
        ("app/models.py", models),
    ]);
    scratch.write("app/content.py", "def decode(data):\n    return data[0]\n");
    let without = models
        .replace(
            "from app.content import encode\nfrom app.factory import make\n",
            "",
        )
        .replace("make(url).encode()", "url");
    scratch.write("app/models.py", without);
    let found = diff(&scratch);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("high broken_caller app/models.py")),
        "{found:?}"
    );
}

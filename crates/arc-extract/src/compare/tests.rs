use super::{Definition, Definitions};
use crate::extract::detect;

/// Changes as `kind name`, with the old name where it is another.
fn check(path: &str, old: &str, new: &str, expected: &[&str]) {
    let language = detect(path, "").unwrap().language;
    let [old, new] = [old, new].map(|text| Definitions::read(language, path, text));
    let changes = new.changes_since(&old);
    let name = |side: &Option<Definition>| match side {
        Some(one) if one.symbol == 0 => "(file)".to_owned(),
        Some(one) => one.scope_name.clone(),
        None => String::new(),
    };
    let shown: Vec<String> = changes
        .iter()
        .map(|change| {
            let (old, new) = (name(&change.old), name(&change.new));
            let imports = if change.only_imports {
                " (imports)"
            } else {
                ""
            };
            match change.kind.as_str() {
                "renamed" => format!("renamed {old} {new}"),
                kind if change.new.is_some() => format!("{kind} {new}{imports}"),
                kind => format!("{kind} {old}"),
            }
        })
        .collect();
    assert_eq!(shown, expected);
}

const PYTHON: &str = "import os\n\n\nclass Store:\n    def load(self, path):\n        with open(path) as file:\n            text = file.read()\n        return text.strip()\n\n    def save(self):\n        pass\n\n\ndef main():\n    Store().load(os.devnull)\n";

#[test]
fn each_definition_has_its_own_kind_of_change() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        assert!(PYTHON.contains(from), "{from}");
        super::tests::check("a.py", PYTHON, &PYTHON.replace(from, to), expected);
    };
    check("text.strip()", "text", &["body Store.load"]);
    check(
        "(self, path)",
        "(self, path, mode=1)",
        &["signature Store.load"],
    );
    check("def load(", "def read(", &["renamed Store.load Store.read"]);
    check(
        "    def save(self):\n        pass\n",
        "",
        &["removed Store.save"],
    );
    check(
        "def main():\n",
        "def new():\n    pass\n\n\ndef main():\n",
        &["added new"],
    );
    check("class Store:", "class Store(Base):", &["signature Store"]);
    check(
        "    def load",
        "    @cached\n    def load",
        &["signature Store.load"],
    );
    check(
        "import os\n",
        "import os\nimport re\n",
        &["body (file) (imports)"],
    );
    check("\n\ndef main", "\nX = 1\n\ndef main", &["added X"]);
}

#[test]
fn comments_and_layout_are_no_behavior_but_indentation_may_be() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        super::tests::check("a.py", PYTHON, &PYTHON.replace(from, to), expected);
    };
    check(
        "            text =",
        "            # All of it.\n            text =",
        &["formatting Store.load"],
    );
    check(
        "load(os.devnull)",
        "load(\n        os.devnull\n    )",
        &["formatting main"],
    );
    check(
        "        return text",
        "            return text",
        &["body Store.load"],
    );
    check("def main", "# Starts.\ndef main", &["formatting (file)"]);
}

#[test]
fn a_variable_has_all_lines_of_its_value() {
    let old = "X = f(\n    1,\n    2,\n)\n";
    check("a.py", old, &old.replace('2', "3"), &["body X"]);
    let old = "//! Notes.\n//! More.\nconst X: u8 = 1;\n";
    check(
        "a.rs",
        old,
        &old.replace("More", "Less"),
        &["formatting (file)"],
    );
}

#[test]
fn what_tools_read_in_comments_counts() {
    let old = "package a\n\n// Notes.\nfunc F(x int) int {\n\treturn x // same\n}\n";
    check(
        "a.go",
        old,
        &old.replace("same", "still"),
        &["formatting F"],
    );
    check(
        "a.go",
        old,
        &old.replace("// Notes.", "//go:noinline"),
        &["body (file)"],
    );
    check(
        "a.go",
        old,
        &old.replace("x int)", "x, y int)"),
        &["signature F"],
    );
}

#[test]
fn attributes_belong_to_what_they_stand_before() {
    let old = "struct A;\n\nimpl A {\n    fn f(&self) -> u8 {\n        1\n    }\n}\n\nfn g() { h(|x| x) }\n";
    check(
        "a.rs",
        old,
        &old.replace("    fn f", "    #[inline]\n    fn f"),
        &["signature A::f"],
    );
    check("a.rs", old, &old.replace("|x| x", "|x| x + 1"), &["body g"]);
    check(
        "a.rs",
        old,
        &old.replace("struct A;", "/// One.\nstruct A;"),
        &["formatting (file)"],
    );
}

#[test]
fn overloads_are_paired_by_what_they_say() {
    let old = "class A {\n  int f(int a) { return a; }\n  int f(long b) { return 2; }\n}\n";
    let new = "class A {\n  int f(char c) { return 3; }\n  int f(int a) { return a; }\n  int f(long b) { return 2; }\n}\n";
    check("A.java", old, new, &["added A.f"]);
}

#[test]
fn broken_and_unknown_texts_are_compared_by_lines() {
    check("a.py", "def f(:\n    1\n", "def f(:\n    2\n", &["body f"]);
    check("a.py", "", "def f():\n    pass\n", &["added f"]);
    check(
        "package.json",
        "{\"a\": 1}\n",
        "{\"a\": 1}\n\n",
        &["formatting (file)"],
    );
}

#[test]
fn of_what_is_only_declared_everything_is_its_head() {
    let old = "int f(int a);\nint g(int a,\n      int b);\n";
    check(
        "a.h",
        old,
        &old.replace("f(int a", "f(long a"),
        &["signature f"],
    );
    check(
        "a.h",
        old,
        &old.replace("b);", "b, int c);"),
        &["signature g"],
    );
    let old = "interface A {\n  int f(int a);\n}\n";
    check(
        "A.java",
        old,
        &old.replace("int a", "long a"),
        &["signature A.f"],
    );
    let old = "trait A {\n    fn f(&self, a: u8);\n}\n";
    check("a.rs", old, &old.replace("u8", "u16"), &["signature A::f"]);
    let old = "declare function f(a: number): void;\n";
    check(
        "a.d.ts",
        old,
        &old.replace("number", "string"),
        &["signature f"],
    );
}

#[test]
fn an_error_spoils_only_what_stands_at_it() {
    let old = "// One.\nint f(int a) {\n  return a; // same\n}\n\nint g(int b) {\n  return @@ b; // same\n}\n\nint h(int c) { return c; }\n";
    let check = |from: &str, to: &str, expected: &[&str]| {
        assert!(old.contains(from), "{from}");
        super::tests::check("a.c", old, &old.replacen(from, to, 1), expected);
    };
    check("// One.", "// Two.", &["formatting (file)"]);
    check("a; // same", "a; // other", &["formatting f"]);
    check("f(int a)", "f(long a)", &["signature f"]);
    check("h(int c)", "h(long c)", &["signature h"]);
    // What stands behind an error may be no comment.
    check("b; // same", "b; // other", &["body g"]);
    // An error that goes changes what it was in, and nothing else.
    check("@@ ", "", &["body g"]);
}

#[test]
fn indentation_speaks_inside_an_error_too() {
    let old = "def f(a:\n    if a b:\n        g()\n        h()\n    return (\n";
    let new = old.replace("        h()", "    h()");
    check("a.py", old, &new, &["body (file)"]);
}

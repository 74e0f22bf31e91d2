//! Targets that are none, and answers in other formats, through the real binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/git.rs"]
mod repository;

use std::fs;
use std::path::Path;

use binary::{arc, json, write};
use repository::git;
use tempfile::TempDir;

fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "app/config.py", "def load():\n    return 1\n");
    write(
        root,
        "app/gone.py",
        "def old():\n    return 1\n\n\ndef older():\n    return 2\n",
    );
    write(
        root,
        "app/moved.py",
        "def moving():\n    return 'a long enough text'\n",
    );
    write(
        root,
        "app/cli.py",
        "from app.config import load\n\n\ndef main():\n    return load()\n",
    );
    write(root, "logo.png", b"\x89PNG\0\0");
    write(root, ".gitignore", ".arc\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "one"]);
    fs::remove_file(root.join("app/gone.py")).unwrap();
    fs::rename(root.join("app/moved.py"), root.join("app/here.py")).unwrap();
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "Drop what nobody uses"]);
    folder
}

/// What is said of a target, with the exit code.
fn said(folder: &Path, target: &str) -> (i32, String) {
    let output = arc(folder).args(["impact", target]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), error)
}

#[test]
fn what_is_gone_is_answered_from_history() {
    let folder = project();
    for target in ["app/gone.py", "app/gone.py::old", "app/gone.py:1"] {
        let (code, error) = said(folder.path(), target);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains("app/gone.py is gone: deleted in"), "{error}");
        assert!(error.contains("2023-11-14"), "{error}");
        assert!(error.contains("Drop what nobody uses"), "{error}");
    }
    let (code, error) = said(folder.path(), "app/moved.py");
    assert_eq!(code, 1);
    assert!(error.contains("did you mean app/here.py"), "{error}");
}

#[test]
fn paths_may_be_absolute_but_not_leave_the_project() {
    let folder = project();
    let root = folder.path().canonicalize().unwrap();
    let inside = root.join("app/config.py::load");
    let answer = json(arc(&root).args(["impact", inside.to_str().unwrap(), "--json"]));
    assert_eq!(answer["targets"][0]["path"], "app/config.py");
    for target in ["/etc/passwd", "../elsewhere.py", "app/../../x.py:3"] {
        let (code, error) = said(&root, target);
        assert_eq!(code, 1);
        assert!(error.contains("is outside of the project"), "{error}");
    }
}

#[test]
fn a_folder_is_all_its_files_or_is_said_to_be_one() {
    let folder = project();
    for (target, at) in [("app", "."), ("app/", "."), (".", "app"), ("../app", "app")] {
        let told = json(arc(&folder.path().join(at)).args(["impact", target, "--json"]));
        let targets = told["targets"].as_array().unwrap();
        let paths: Vec<&str> = targets
            .iter()
            .map(|target| target["path"].as_str().unwrap())
            .collect();
        let files = ["app/cli.py", "app/config.py", "app/here.py"];
        assert_eq!(paths, files, "{target} in {at}");
    }
    let output = arc(folder.path()).args(["why", "app"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("app is a folder of 3 files"), "{error}");
}

#[test]
fn a_binary_file_is_a_target_without_symbols() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["impact", "logo.png", "--json"]));
    assert_eq!(answer["targets"][0]["kind"], "file");
    let answer = json(arc(folder.path()).args(["impact", "logo.png:7", "--json"]));
    assert!(answer["targets"][0]["symbol"].is_null());
}

#[test]
fn a_slip_of_the_finger_is_met_with_what_was_meant() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "docs/notes.md",
        "# Configuring\n\n## Configurable\n\nText.\n",
    );
    for (target, meant) in [
        ("app/confg.py", "app/config.py"),
        ("app/cli.py::mian", "app/cli.py::main"),
        ("laod", "app/config.py::load"),
        ("app.here.movin", "app/here.py::moving"),
    ] {
        let (code, error) = said(root, target);
        assert_eq!(code, 1, "{error}");
        let first = error.lines().find(|line| line.contains("did you mean"));
        let first = first.unwrap_or_else(|| panic!("{target}: {error}"));
        assert!(first.ends_with(&format!("did you mean {meant}")), "{error}");
        json(arc(root).args(["impact", meant, "--json"]));
    }
}

#[test]
fn a_line_that_the_file_does_not_have_is_no_target() {
    let folder = project();
    for line in ["0", "3", "99999"] {
        let (code, error) = said(folder.path(), &format!("app/config.py:{line}"));
        assert_eq!(code, 1);
        let told = format!("app/config.py has 2 lines; {line} is not among them");
        assert!(error.contains(&told), "{error}");
    }
    let answer = json(arc(folder.path()).args(["impact", "app/config.py:2", "--json"]));
    assert_eq!(answer["targets"][0]["symbol"], "app.config.load");
}

#[test]
fn what_no_code_names_may_be_read_all_the_same() {
    let folder = project();
    let root = folder.path();
    write(root, "uv.lock", "version = 1\n");
    write(root, "data/rates.json", "{\"a\": 1}\n");
    let unknown = |target: &str| {
        let answer = json(arc(root).args(["impact", target, "--only", "breaks", "--json"]));
        assert_eq!(answer["impacted"], serde_json::json!([]), "{target}");
        assert_eq!(answer["risk"]["level"], "unknown", "{target}");
        assert_eq!(answer["unknown"]["complete"], false, "{target}");
        answer["unknown"].clone()
    };
    assert_eq!(unknown("uv.lock")["sets_up_everything"], "uv.lock");
    assert_eq!(unknown("data/rates.json")["read_by_name"], true);
    assert!(unknown("data/rates.json")["sets_up_everything"].is_null());
    let lock = printed(root, &["uv.lock", "--only", "breaks"]);
    assert!(lock.contains("nothing known depends on it"), "{lock}");
    assert!(lock.contains("everything may depend on it"), "{lock}");
    let code = json(arc(root).args(["impact", "app/cli.py", "--only", "breaks", "--json"]));
    assert_eq!(code["unknown"]["complete"], true);
}

#[test]
fn a_frozen_graph_says_how_many_files_of_a_diff_are_others_by_now() {
    let folder = project();
    let root = folder.path();
    json(arc(root).args(["build", "--json"]));
    write(root, "app/config.py", "def load():\n    return 2\n");
    let frozen = ["impact", "--diff", "--frozen", "--json"];
    let answer = json(arc(root).args(frozen));
    assert_eq!(answer["changes"][0]["symbol"], "app.config.load");
    assert_eq!(answer["differing_files"], 1);
}

/// The first rows of an answer, and the places of its targets.
fn places(folder: &Path, target: &str) -> (Vec<String>, Vec<String>) {
    let answer = json(arc(folder).args(["impact", target, "--json"]));
    let place = |row: &serde_json::Value| {
        let path = row["path"].as_str().unwrap();
        format!("{path}:{}", row["line"])
    };
    let places = |list: &str| answer[list].as_array().unwrap().iter().map(place).collect();
    (places("targets"), places("impacted"))
}

#[test]
fn a_declaration_and_its_definition_are_one_target() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "net.h", "int open_net(int port);\nint hash(int n);\n");
    write(
        root,
        "net.c",
        "#include \"net.h\"\nstatic int hash(int n);\nint open_net(int port) { return hash(port); }\n\
         static int hash(int n) { return n; }\n",
    );
    write(
        root,
        "main.c",
        "#include \"net.h\"\nint main(void) { return open_net(1); }\n",
    );
    let both = vec!["net.c:3".to_owned(), "net.h:1".to_owned()];
    let caller = vec!["main.c:2".to_owned()];
    assert_eq!(places(root, "open_net"), (both.clone(), caller.clone()));
    let (targets, impacted) = places(root, "net.h:1");
    assert_eq!(targets, ["net.h:1", "net.c:3"]);
    assert_eq!(impacted, caller);
    // What is private to a file is not what a header declares.
    let (targets, impacted) = places(root, "net.c:4");
    assert_eq!(targets, ["net.c:4", "net.c:2"]);
    assert_eq!(impacted[0], "net.c:3");
    let (targets, _) = places(root, "net.h:2");
    assert_eq!(targets, ["net.h:2"]);
    let (code, error) = said(root, "hash");
    assert_eq!(code, 1);
    assert!(error.contains("could be any of 3"), "{error}");
    // Of two programs each declares its own.
    for file in ["one.c", "two.c"] {
        write(root, file, "void usage(void);\nvoid usage(void) {}\n");
    }
    for target in ["one.c:1", "one.c:2"] {
        let (targets, _) = places(root, target);
        assert_eq!(targets.len(), 2, "{targets:?}");
        assert!(targets.iter().all(|place| place.starts_with("one.c")));
    }
}

#[test]
fn a_stub_and_its_source_are_one_target() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "kit/__init__.py", "from . import keys\n");
    write(root, "kit/__init__.pyi", "from . import keys as keys\n");
    write(root, "kit/keys.py", "def plain(x):\n    return x\n");
    write(root, "kit/keys.pyi", "def plain(x: int) -> int: ...\n");
    write(
        root,
        "user.py",
        "from kit import keys\n\n\ndef run():\n    return keys.plain(1)\n",
    );
    let caller = vec!["user.py:4".to_owned()];
    for target in ["kit/keys.py::plain", "kit/keys.pyi::plain", "plain"] {
        let (mut targets, impacted) = places(root, target);
        targets.sort();
        assert_eq!(targets, ["kit/keys.py:1", "kit/keys.pyi:1"], "{target}");
        assert_eq!(impacted, caller, "{target}");
    }
    let signatures = "from typing import overload\n\n\n@overload\ndef plain(x: int) -> int: ...\n\
                      @overload\ndef plain(x: str) -> str: ...\n";
    write(root, "kit/keys.pyi", signatures);
    for target in ["kit/keys.py::plain", "kit/keys.pyi:5", "kit/keys.pyi:7"] {
        let (mut targets, impacted) = places(root, target);
        targets.sort();
        let all = ["kit/keys.py:1", "kit/keys.pyi:5", "kit/keys.pyi:7"];
        assert_eq!(targets, all, "{target}");
        assert_eq!(impacted, caller, "{target}");
    }
}

#[test]
fn signatures_accessors_and_alternatives_are_one_target() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "shop.py",
        "from typing import overload\n\n\n\
         class Cart:\n    \
             @overload\n    def add(self, item: int) -> int: ...\n    \
             @overload\n    def add(self, item: str) -> str: ...\n    \
             def add(self, item):\n        return item\n\n    \
             @property\n    def total(self):\n        return 1\n\n    \
             @total.setter\n    def total(self, value):\n        pass\n\n\n\
         def use(cart: Cart):\n    cart.total = cart.add(1)\n",
    );
    write(root, "Cargo.toml", "[package]\nname = \"shop\"\n");
    write(
        root,
        "src/lib.rs",
        "#[cfg(unix)]\npub fn wait() -> u32 { 1 }\n#[cfg(not(unix))]\npub fn wait() -> u32 { 2 }\n\
         pub fn pay() -> u32 { wait() }\n",
    );
    for (target, others, user) in [
        ("shop.py::Cart.add", 2, "shop.py:21"),
        ("shop.py::Cart.total", 1, "shop.py:21"),
        ("src/lib.rs::wait", 1, "src/lib.rs:5"),
    ] {
        let (targets, impacted) = places(root, target);
        assert_eq!(targets.len(), 1 + others, "{target}: {targets:?}");
        assert!(
            impacted.contains(&user.to_owned()),
            "{target}: {impacted:?}"
        );
    }
    let (targets, impacted) = places(root, "shop.py:6");
    assert_eq!(targets[0], "shop.py:6");
    assert_eq!(impacted, ["shop.py:21"]);
    let related = json(arc(root).args(["relate", "shop.py:8", "--edges", "calls", "--json"]));
    assert_eq!(related["related"][0]["symbol"], "shop.use", "{related}");
}

fn printed(folder: &Path, words: &[&str]) -> String {
    let output = arc(folder).arg("impact").args(words).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn names_are_no_markup_in_any_format() {
    let folder = project();
    let root = folder.path();
    let hostile = "app/x`<img src=1> @all \"];.py";
    write(
        root,
        hostile,
        "from app.config import load\n\n\ndef hostile():\n    load()\n",
    );
    let target = "app/config.py::load";
    let markdown = printed(root, &[target, "--format", "markdown"]);
    assert!(markdown.starts_with("### Impact: "), "{markdown}");
    assert!(markdown.contains("`` app/x`<img"), "{markdown}");
    assert!(markdown.contains("app.cli.main"), "{markdown}");
    let dot = printed(root, &[target, "--format", "dot"]);
    assert!(
        dot.starts_with("digraph impact {") && dot.ends_with("}\n"),
        "{dot}"
    );
    assert!(dot.contains("@all \\\"];.py"), "{dot}");
    assert!(dot.contains("[label=\"calls\"]"), "{dot}");
    let mermaid = printed(root, &[target, "--format", "mermaid"]);
    assert!(mermaid.starts_with("flowchart RL\n"), "{mermaid}");
    assert!(mermaid.contains("#60;img src=1#62;"), "{mermaid}");
    assert!(mermaid.contains("-->|calls| n0"), "{mermaid}");
    arc(root)
        .args(["impact", target, "--format", "markdown", "--json"])
        .assert()
        .code(2);
}

/// As those who use a project write it: by its package, over what its modules are called.
#[test]
fn names_may_be_those_by_which_they_are_imported() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let files = [
        ("shop/__init__.py", "from shop.api import pay\n"),
        ("shop/api.py", "def pay():\n    return 1\n"),
        (
            "shop/till.py",
            "class Till:\n    def pay(self):\n        return 2\n",
        ),
        ("go.mod", "module example.com/tool/mux/v5\n"),
        (
            "mux.go",
            "package mux\n\ntype Mux struct{}\n\nfunc (m *Mux) Route() {}\n",
        ),
        (
            "src/Kit/Support/Str.php",
            "<?php\nnamespace Kit\\Support;\nclass Str { public static function slug() {} }\n",
        ),
    ];
    for (path, text) in files {
        write(root, path, text);
    }
    let found = |target: &str| {
        let answer = json(arc(root).args(["impact", target, "--json"]));
        answer["targets"][0]["path"].as_str().unwrap().to_owned()
    };
    assert_eq!(found("shop.pay"), "shop/api.py");
    assert_eq!(found("mux.Mux.Route"), "mux.go");
    assert_eq!(found("Kit\\Support\\Str::slug"), "src/Kit/Support/Str.php");
    // Nobody has these, though somebody has the last part.
    for target in [
        "store.pay",
        "shop.Cart.pay",
        "Kit\\Text\\Str::slug",
        "Route.Mux",
    ] {
        let (code, error) = said(root, target);
        assert_eq!(code, 1, "{target}: {error}");
    }
}

#[test]
fn alternatives_of_a_build_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "Cargo.toml", "[package]\nname = \"places\"\n");
    let text = "#[cfg(unix)]\npub fn chosen() -> u32 {\n    1\n}\n\n/// Elsewhere.\n#[cfg(not(unix))]\n#[inline]\n\
        pub fn chosen() -> u32 {\n    2\n}\n\npub fn both() -> u32 {\n    chosen()\n}\n";
    write(root, "src/lib.rs", text);
    let context = |target: &str| {
        let arguments = format!("{{\"target\": \"{target}\"}}");
        json(arc(root).args(["call", "context", &arguments]))
    };
    let first = context("src/lib.rs:2");
    assert_eq!(first["signature"], "#[cfg(unix)] pub fn chosen() -> u32");
    let other = context("src/lib.rs:9");
    assert_eq!(
        other["signature"],
        "#[cfg(not(unix))] pub fn chosen() -> u32"
    );
    assert_eq!(
        context("src/lib.rs:13")["signature"],
        "pub fn both() -> u32"
    );
    // Either of them may be meant, in one place.
    for answer in [first, other] {
        let dependents = answer["dependents"].as_array().unwrap();
        assert_eq!(dependents.len(), 1, "{dependents:?}");
        assert_eq!(dependents[0]["at"], serde_json::json!(["src/lib.rs:14"]));
        assert_eq!(dependents[0]["sites"], 1);
    }
}

//! What a diff did, through the real binary: on both sides, against a commit, staged, or on standard input.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/git.rs"]
mod repository;

use std::fs;
use std::path::Path;

use binary::{arc, json, write};
use repository::git;
use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str = "import os\n\n\nclass Config:\n    def load(self, path):\n        return path\n\n    def save(self):\n        return 1\n\n\ndef unused():\n    pass\n\n\ndef helper(a):\n    return a\n";

fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "app/__init__.py", "");
    write(root, "app/config.py", CONFIG);
    write(
        root,
        "app/cli.py",
        "from app.config import Config, helper\n\n\ndef main():\n    config = Config()\n    helper(1)\n    return config.load('x')\n",
    );
    write(
        root,
        "tests/test_cli.py",
        "from app.cli import main\n\n\ndef test_main():\n    assert main() == 'x'\n",
    );
    write(root, "logo.png", b"\x89PNG\0\0");
    write(root, "run.sh", "echo hello\n");
    write(root, ".gitignore", ".arc\n");
    commit(root, "one");
    folder
}

/// Commits everything.
fn commit(folder: &Path, subject: &str) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", subject]);
}

fn edit(root: &Path, from: &str, to: &str) {
    let path = root.join("app/config.py");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// `verdict kind name`, in the order of the answer.
fn changes(answer: &Value) -> Vec<String> {
    let list = answer["changes"].as_array().unwrap();
    let text = |change: &Value| {
        let name = change["symbol"].as_str().or(change["path"].as_str());
        let (verdict, kind) = (&change["verdict"], &change["kind"]);
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        format!("{} {} {}", word(verdict), word(kind), name.unwrap())
    };
    list.iter().map(text).collect()
}

fn diff(root: &Path) -> Value {
    json(arc(root).args(["impact", "--diff", "--json"]))
}

#[test]
fn a_body_is_for_review_and_names_who_runs_it() {
    let folder = project();
    edit(folder.path(), "return path\n", "return path or None\n");
    let answer = diff(folder.path());
    assert_eq!(changes(&answer), ["review body app.config.Config.load"]);
    assert_eq!(answer["diff"]["against"], "HEAD");
    assert_eq!(answer["impacted"][0]["symbol"], "app.cli.main");
    assert_eq!(answer["tests"][0]["run"], "tests/test_cli.py::test_main");
    let tests = json(arc(folder.path()).args(["tests", "--diff", "HEAD", "--json"]));
    assert_eq!(changes(&tests), changes(&answer));
    assert_eq!(tests["tests"][0]["run"], "tests/test_cli.py::test_main");
}

#[test]
fn comments_and_permissions_have_no_impact_and_that_is_said() {
    let folder = project();
    let root = folder.path();
    edit(
        root,
        "        return path\n",
        "        # As it is.\n        return path\n",
    );
    let answer = diff(root);
    assert_eq!(
        changes(&answer),
        ["no_impact formatting app.config.Config.load"]
    );
    assert_eq!(answer["diff"]["no_impact"], true);
    assert_eq!(answer["impacted"], serde_json::json!([]));
    let output = arc(root).args(["impact", "--diff"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("no behavioral impact"), "{text}");
    // Nothing to run is no failure.
    arc(root).args(["tests", "--diff"]).assert().code(0);
    git(root, &["checkout", "-q", "."]);
    make_executable(&root.join("run.sh"));
    assert_eq!(changes(&diff(root)), ["no_impact formatting run.sh"]);
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_is_gone_breaks_only_where_something_still_refers_to_it() {
    let folder = project();
    let root = folder.path();
    edit(root, "def unused():\n    pass\n\n\n", "");
    assert_eq!(changes(&diff(root)), ["review removed unused"]);
    edit(root, "def helper(a)", "def helped(a)");
    let answer = diff(root);
    assert_eq!(
        changes(&answer),
        [
            "breaking renamed app.config.helped",
            "review removed unused"
        ]
    );
    let renamed = &answer["changes"][0];
    assert_eq!(renamed["old_symbol"], "helper");
    assert_eq!(
        renamed["sites"],
        serde_json::json!(["app/cli.py:1", "app/cli.py:6"])
    );
    // Once everybody follows there is nothing to break.
    let cli = fs::read_to_string(root.join("app/cli.py")).unwrap();
    write(root, "app/cli.py", cli.replace("helper", "helped"));
    let answer = diff(root);
    let verdicts: Vec<&str> = answer["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["verdict"].as_str().unwrap())
        .collect();
    assert!(!verdicts.contains(&"breaking"), "{verdicts:?}");
}

#[test]
fn a_deleted_file_and_a_renamed_one_break_their_importers() {
    let folder = project();
    let root = folder.path();
    fs::rename(root.join("app/config.py"), root.join("app/settings.py")).unwrap();
    let answer = diff(root);
    assert_eq!(changes(&answer), ["breaking renamed app/settings.py"]);
    assert_eq!(answer["changes"][0]["old_path"], "app/config.py");
    assert_eq!(answer["changes"][0]["sites"][0], "app/cli.py:1");
    fs::remove_file(root.join("app/settings.py")).unwrap();
    let answer = diff(root);
    assert_eq!(changes(&answer), ["breaking removed app/config.py"]);
    let text = arc(root).args(["impact", "--diff"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("still referred to in"), "{text}");
}

#[test]
fn a_name_breaks_where_it_is_written_under_whatever_name_it_came() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "app/more.py",
        "from app.config import helper as h\nfrom app.config import *\n\n\nclass More(Config):\n    def twice(self):\n        return self.save()\n\n\ndef run(helper):\n    helper(2)\n    return h(1)\n",
    );
    let with_one = CONFIG.replace(
        "class Config:\n",
        "class Config:\n    def __init__(self):\n        self.x = 1\n\n",
    );
    write(root, "app/config.py", &with_one);
    commit(root, "two");
    // Who makes an instance does not name the constructor, and another one makes it now.
    write(root, "app/config.py", CONFIG);
    let answer = diff(root);
    let gone = changes(&answer);
    assert!(
        gone.contains(&"review removed Config.__init__".to_owned()),
        "{gone:?}"
    );
    // A method that a subclass elsewhere calls, and a function known by another name.
    edit(root, "    def save(self):\n        return 1\n", "");
    edit(root, "def helper(a):\n    return a\n", "");
    let answer = diff(root);
    let sites = |name: &str| {
        let list = answer["changes"].as_array().unwrap();
        let of = list.iter().find(|change| change["symbol"] == name).unwrap();
        assert_eq!(of["verdict"], "breaking", "{name}");
        of["sites"].clone()
    };
    assert_eq!(sites("Config.save"), serde_json::json!(["app/more.py:7"]));
    assert_eq!(
        sites("helper"),
        serde_json::json!([
            "app/cli.py:1",
            "app/cli.py:6",
            "app/more.py:1",
            "app/more.py:12"
        ])
    );
}

#[test]
fn a_deleted_file_breaks_whoever_takes_it_in_without_naming_anything_of_it() {
    let folder = project();
    let root = folder.path();
    write(root, "src/base.h", "int base(void);\n");
    write(
        root,
        "src/use.c",
        "#include \"base.h\"\n\nint use(void) { return 1; }\n",
    );
    write(root, "web/setup.js", "globalThis.ready = true;\n");
    write(root, "web/page.js", "import './setup.js';\n");
    commit(root, "two");
    fs::remove_file(root.join("src/base.h")).unwrap();
    fs::create_dir(root.join("web/lib")).unwrap();
    fs::rename(root.join("web/setup.js"), root.join("web/lib/setup.js")).unwrap();
    let answer = diff(root);
    let list = answer["changes"].as_array().unwrap();
    let of = |path: &str| {
        let is_it = |change: &&Value| change["path"] == path || change["old_path"] == path;
        list.iter().find(is_it).unwrap()
    };
    assert_eq!(of("src/base.h")["verdict"], "breaking", "{list:?}");
    assert_eq!(
        of("src/base.h")["sites"],
        serde_json::json!(["src/use.c:1"])
    );
    assert_eq!(of("web/setup.js")["verdict"], "breaking", "{list:?}");
    // Whoever follows a file that went elsewhere is not broken.
    write(root, "web/page.js", "import './lib/setup.js';\n");
    let answer = diff(root);
    let list = answer["changes"].as_array().unwrap();
    assert!(
        list.iter()
            .all(|change| { change["path"] == "src/base.h" || change["verdict"] != "breaking" })
    );
}

#[test]
fn a_signature_breaks_the_calls_that_it_does_not_take() {
    let folder = project();
    edit(folder.path(), "def helper(a):", "def helper(a, b):");
    let answer = diff(folder.path());
    assert_eq!(changes(&answer), ["breaking signature app.config.helper"]);
    assert_eq!(answer["changes"][0]["sites"][0], "app/cli.py:6");
    edit(folder.path(), "def helper(a, b):", "def helper(a, b=1):");
    assert_eq!(
        changes(&diff(folder.path())),
        ["review signature app.config.helper"]
    );
}

#[test]
fn new_and_binary_files_are_told_as_files() {
    let folder = project();
    let root = folder.path();
    write(root, "app/more.py", "def more():\n    pass\n");
    write(root, "logo.png", b"\x89PNG\0\x01");
    let answer = diff(root);
    assert_eq!(
        changes(&answer),
        ["review added app/more.py", "review body logo.png"]
    );
    assert_eq!(answer["changes"][0]["note"], "with 1 definition");
    assert_eq!(answer["diff"]["files"], 2);
}

#[test]
fn a_manifest_or_lock_file_in_a_diff_asks_for_all_tests() {
    let folder = project();
    write(
        folder.path(),
        "pyproject.toml",
        "[project]\nname = \"app\"\n",
    );
    let answer = json(arc(folder.path()).args(["tests", "--diff", "--json"]));
    assert_eq!(answer["everything_because"], "pyproject.toml");
    assert_eq!(answer["tests"][0]["run"], "tests/test_cli.py::test_main");
}

#[test]
fn what_is_staged_is_apart_from_what_is_not() {
    let folder = project();
    let root = folder.path();
    edit(root, "return path\n", "return path or None\n");
    git(root, &["add", "-A"]);
    edit(root, "return 1\n", "return 2\n");
    let staged = json(arc(root).args(["impact", "--staged", "--json"]));
    assert_eq!(changes(&staged), ["review body app.config.Config.load"]);
    assert_eq!(staged["diff"]["against"], "HEAD (staged)");
    let both = diff(root);
    assert_eq!(
        changes(&both),
        [
            "review body app.config.Config.load",
            "review body app.config.Config.save"
        ]
    );
    commit(root, "two");
    assert_eq!(diff(root)["diff"]["files"], 0);
    let before = json(arc(root).args(["impact", "--diff", "HEAD~1", "--json"]));
    assert_eq!(changes(&before), changes(&both));
}

#[test]
fn a_diff_on_standard_input_may_be_applied_or_not() {
    let folder = project();
    let root = folder.path();
    edit(root, "def helper(a):", "def helper(a, b):");
    let patch = git(root, &["diff"]);
    let given = |patch: &str| {
        let mut command = arc(root);
        let command = command.args(["impact", "-", "--json"]);
        command
            .write_stdin(patch.as_bytes().to_vec())
            .output()
            .unwrap()
    };
    for _ in 0..2 {
        let output = given(&patch);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(changes(&answer)[0].ends_with("signature app.config.helper"));
        git(root, &["checkout", "-q", "."]);
    }
    let other = patch.replace("def helper(a):", "def other(a):");
    let output = given(&other.replace("def helper(a, b):", "def other(a, b):"));
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("does not apply"), "{error}");
    assert!(error.contains("app/config.py"), "{error}");
    let nowhere = "--- a/nowhere.py\n+++ b/nowhere.py\n@@ -1 +1 @@\n-x\n+y\n";
    let output = given(&format!("{patch}{nowhere}"));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        answer["diff"]["unknown_paths"],
        serde_json::json!(["nowhere.py"])
    );
    assert!(changes(&answer)[0].ends_with("signature app.config.helper"));
    let output = given(nowhere);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("the graph has no nowhere.py"), "{error}");
}

#[test]
fn a_revision_that_is_none_and_a_folder_without_a_repository_are_usage() {
    let folder = project();
    let output = arc(folder.path())
        .args(["impact", "--diff", "app/cli.py"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("app/cli.py names no commit"), "{error}");
    let plain = TempDir::new().unwrap();
    write(plain.path(), "a.py", "def f():\n    pass\n");
    let output = arc(plain.path())
        .args(["tests", "--diff"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("not a git repository"), "{error}");
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.py", "def f():\n    pass\n");
    assert_eq!(changes(&diff(root)), ["review added a.py"]);
    let staged = json(arc(root).args(["impact", "--staged", "--json"]));
    assert_eq!(staged["diff"]["files"], 0);
}

#[test]
fn a_function_in_another_file_is_moved_and_those_it_leaves_behind_come_first() {
    let folder = project();
    let root = folder.path();
    let helper = "def digits(text):\n    found = []\n    for sign in text:\n        if sign.isdigit():\n            found.append(int(sign))\n    return found\n";
    write(root, "app/config.py", format!("{CONFIG}\n\n{helper}"));
    write(
        root,
        "app/cli.py",
        "from app.config import digits\n\n\ndef main():\n    return digits('1')\n",
    );
    commit(root, "two");
    write(root, "app/config.py", CONFIG);
    write(root, "app/text.py", helper);
    let answer = diff(root);
    assert_eq!(
        changes(&answer),
        ["breaking moved app.text.digits", "review added app/text.py"]
    );
    let moved = &answer["changes"][0];
    assert_eq!(moved["old_path"], "app/config.py");
    let first = &answer["impacted"][0];
    assert_eq!(first["path"], "app/cli.py");
    assert_eq!(
        first["reasons"][0]["text"],
        "refers to digits, which is in another file now"
    );
    // Whoever runs what is broken is asked for as well.
    let tests = json(arc(root).args(["tests", "--diff", "--json"]));
    assert_eq!(tests["tests"][0]["run"], "tests/test_cli.py::test_main");
    // With everybody told, nothing breaks.
    write(
        root,
        "app/cli.py",
        "from app.text import digits\n\n\ndef main():\n    return digits('1')\n",
    );
    let kinds = changes(&diff(root));
    assert!(
        kinds.contains(&"review moved app.text.digits".to_owned()),
        "{kinds:?}"
    );
}

#[test]
fn calls_of_a_removed_parameter_break_in_other_languages() {
    let before_and_after = [
        (
            "a.ts",
            "export function f(a: number, b: number) {\n  return a;\n}\n",
            "export function f(a: number) {\n  return a;\n}\n",
            "b.ts",
            "import { f } from './a';\n\nexport const x = f(1, 2);\n",
        ),
        (
            "A.java",
            "class A {\n    static int f(int a, int b) {\n        return a;\n    }\n}\n",
            "class A {\n    static int f(int a) {\n        return a;\n    }\n}\n",
            "B.java",
            "class B {\n    int g() {\n        return A.f(1, 2);\n    }\n}\n",
        ),
        (
            "a.c",
            "#include \"a.h\"\n\nint f(int a, int b) {\n  return a;\n}\n",
            "#include \"a.h\"\n\nint f(int a) {\n  return a;\n}\n",
            "b.c",
            "#include \"a.h\"\n\nint g(struct c *c) {\n  return f(1, c->d);\n}\n",
        ),
    ];
    for (path, before, after, user, text) in before_and_after {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        git(root, &["init", "-q"]);
        write(root, path, before);
        write(root, user, text);
        if path == "a.c" {
            write(root, "a.h", "int f(int a, int b);\n");
        }
        write(root, ".gitignore", ".arc\n");
        commit(root, "one");
        write(root, path, after);
        let answer = diff(root);
        let change = &answer["changes"][0];
        assert_eq!(change["verdict"], "breaking", "{path}: {answer}");
        assert_eq!(change["sites"].as_array().unwrap().len(), 1, "{path}");
    }
}

//! The real binary on small projects: the wiring, the exit codes, the shape of what scripts read.

#[path = "support/binary.rs"]
mod binary;

use std::path::Path;

use binary::{arc, json, write};
use serde_json::Value;
use tempfile::TempDir;

fn project() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    write(folder.path(), "app/__init__.py", "");
    write(
        folder.path(),
        "app/config.py",
        "class Config:\n    def load(self):\n        return 1\n\n\ndef unused():\n    pass\n",
    );
    write(
        folder.path(),
        "app/cli.py",
        "from app.config import Config\n\n\ndef main():\n    config = Config()\n    return config.load()\n",
    );
    write(
        folder.path(),
        "tests/test_cli.py",
        "from app.cli import main\n\n\ndef test_main():\n    assert main() == 1\n",
    );
    folder
}

#[test]
fn impact_of_a_method_names_its_caller_and_the_test_behind_it() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["impact", "app/config.py::Config.load", "--json"]));
    assert_eq!(answer["schema"], "arc.impact/1");
    assert_eq!(answer["targets"][0]["symbol"], "app.config.Config.load");
    let impacted = answer["impacted"].as_array().expect("a list");
    let main = impacted
        .iter()
        .find(|row| row["symbol"] == "app.cli.main")
        .expect("the caller is named");
    assert_eq!(main["reasons"][0]["at"][0], "app/cli.py:6");
    assert_eq!(answer["tests"][0]["run"], "tests/test_cli.py::test_main");
    assert!(answer["unknown"]["unresolved_sites"].is_array());
}

#[test]
fn what_code_outside_may_run_is_never_a_plain_no() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "plugin.py",
        "import threading\nfrom framework import hook, manager\n\n\n@hook(first=True)\ndef registered_by_decorator():\n    pass\n\n\n\
         class Worker(threading.Thread):\n    def run(self):\n        pass\n\n\ndef called_by_plugins():\n    pass\n\n\n\
         def fire():\n    manager.make().called_by_plugins()\n\n\ndef unused():\n    pass\n\n\n\
         def hold():\n    pass\n\n\ndef short():\n    manager.make().hold()\n",
    );
    write(root, "Cargo.toml", "[package]\nname = \"guards\"\n");
    write(
        root,
        "src/lib.rs",
        "pub struct Guard;\nimpl Drop for Guard {\n    fn drop(&mut self) {}\n}\nimpl Guard {\n    fn idle(&self) {}\n}\n",
    );
    let unknown = |target: &str| {
        let answer = json(arc(root).args(["impact", target, "--json"]));
        assert_eq!(answer["impacted"], serde_json::json!([]), "{target}");
        answer["unknown"].clone()
    };
    for target in [
        "plugin.py::registered_by_decorator",
        "plugin.py::Worker.run",
        "src/lib.rs::Guard::drop",
    ] {
        let unknown = unknown(target);
        assert_eq!(unknown["called_from_outside"], true, "{target}");
        assert_eq!(unknown["complete"], false, "{target}");
    }
    for target in ["plugin.py::unused", "src/lib.rs::Guard::idle"] {
        let unknown = unknown(target);
        assert_eq!(unknown["called_from_outside"], false, "{target}");
        assert_eq!(unknown["complete"], true, "{target}");
    }
    let handed_back = unknown("plugin.py::called_by_plugins");
    assert_eq!(handed_back["unresolved_sites"][0]["at"], "plugin.py:20");
    let short = unknown("plugin.py::hold");
    assert_eq!(short["unresolved_sites"][0]["at"], "plugin.py:32");
    let text = arc(root)
        .args(["impact", "src/lib.rs::Guard::drop"])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("code outside the project"), "{text}");
}

#[test]
fn what_may_be_meant_by_a_member_of_something_unknown_is_never_a_plain_no() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "kit.py",
        "class Limit:\n    burst = 3\n\n    def wait(self):\n        pass\n\n    def spare(self):\n        pass\n\n    def never(self):\n        pass\n\n\n\
         def own(thing):\n    thing.spare()\n",
    );
    write(
        root,
        "use.py",
        "from vendor import made\n\n\ndef add(chain, item):\n    chain.append(item.spare)\n    item.burst = 5\n    item.unheard_of\n\n\n\
         def rest():\n    made.limits().wait()\n",
    );
    // A function of a type that everybody knows is no reference to one of the project.
    write(root, "Cargo.toml", "[package]\nname = \"made\"\n");
    write(
        root,
        "src/lib.rs",
        "use std::process::Command;\n\npub struct Made;\n\nimpl Made {\n    pub fn new() -> Made {\n        Made\n    }\n}\n\n\
         pub fn start() {\n    Command::new(\"git\").arg(\"log\");\n}\n",
    );
    write(
        root,
        "page.js",
        "function draw(item) { return item.never; }\n",
    );
    let sites = |target: &str| {
        let answer = json(arc(root).args(["impact", target, "--only", "breaks", "--json"]));
        let unknown = &answer["unknown"];
        let listed = unknown["unresolved_sites"].as_array().unwrap();
        assert_eq!(unknown["complete"], listed.is_empty(), "{target}");
        let at = |site: &serde_json::Value| site["at"].as_str().unwrap().to_owned();
        listed.iter().map(at).collect::<Vec<_>>()
    };
    // A call under a name that built-in objects have too; a method that is handed on; a field that is set.
    assert_eq!(sites("kit.py::Limit.wait"), ["use.py:11"]);
    assert_eq!(sites("kit.py::Limit.spare"), ["kit.py:15", "use.py:5"]);
    assert_eq!(sites("kit.py::Limit.burst"), ["use.py:6"]);
    // The name stands in another language only.
    assert_eq!(sites("kit.py::Limit.never"), [""; 0]);
    assert_eq!(sites("src/lib.rs::Made::new"), [""; 0]);
    // Of a type or file, all that is in it; a file does not depend on itself.
    assert_eq!(
        sites("kit.py::Limit"),
        ["kit.py:15", "use.py:5", "use.py:6", "use.py:11"]
    );
    assert_eq!(sites("kit.py"), ["use.py:5", "use.py:6", "use.py:11"]);
}

#[test]
fn open_references_that_are_not_listed_are_counted() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "kit.py",
        "class Kit:\n    def first(self):\n        pass\n\n    def second(self):\n        pass\n",
    );
    let uses: String = (0..60)
        .map(|at| format!("def f{at}(x):\n    x.first()\n    x.second()\n\n\n"))
        .collect();
    write(root, "use.py", &uses);
    let targets = ["kit.py::Kit.first", "kit.py::Kit.second"];
    let answer = json(arc(root).arg("impact").args(targets).arg("--json"));
    let unknown = &answer["unknown"];
    assert_eq!(unknown["unresolved_sites"].as_array().unwrap().len(), 50);
    assert_eq!(unknown["sites_left_out"], 70);
    assert_eq!(unknown["common_names"].as_array().unwrap().len(), 0);

    // Of a file, a member's name that stands in so many places is everybody's.
    write(root, "one.py", "def f(x):\n    x.second()\n");
    let uses: String = (0..60)
        .map(|at| format!("def f{at}(x):\n    x.first()\n\n\n"))
        .collect();
    write(root, "use.py", &uses);
    let unknown = &json(arc(root).args(["impact", "kit.py", "--json"]))["unknown"];
    assert_eq!(unknown["unresolved_sites"][0]["at"], "one.py:2");
    assert_eq!(unknown["unresolved_sites"].as_array().unwrap().len(), 1);
    assert_eq!(unknown["sites_left_out"], 60);
    assert_eq!(unknown["common_names"][0]["name"], "first");
    assert_eq!(unknown["common_names"][0]["sites"], 60);
    assert_eq!(unknown["complete"], false);
    let text = arc(root).args(["impact", "kit.py"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("61 unresolved references"), "{text}");
    assert!(text.contains("60 of `first`"), "{text}");
}

#[test]
fn what_frameworks_and_runtimes_call_is_never_a_plain_no() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let files = [
        ("go.mod", "module example.org/plug\n\ngo 1.22\n"),
        (
            "plug/main.go",
            "package main\n\nfunc GetInfo() int { return 1 }\nfunc idle() {}\nfunc main() {}\n",
        ),
        (
            "text/text.go",
            "package text\n\ntype T struct{}\n\nfunc (t T) String() string { return \"\" }\nfunc (t T) Idle() {}\n",
        ),
        (
            "src/Beans.java",
            "import org.springframework.context.annotation.Bean;\nimport org.springframework.context.annotation.Configuration;\n\
             @Configuration\nclass Beans {\n  Beans() {}\n  @Bean\n  public Object made() { return null; }\n  @Deprecated\n  public void idle() {}\n}\n",
        ),
        (
            "web/users.controller.ts",
            "import { Controller, Get } from '@nestjs/common';\n@Controller('users')\nexport class Users {\n  constructor() {}\n  @Get()\n  all() { return []; }\n  idle() {}\n}\n",
        ),
        (
            "auth.py",
            "class Backend:\n    def login(self):\n        pass\n\n    def __reduce__(self):\n        pass\n\n\nclass Idle:\n    def login_idle(self):\n        pass\n",
        ),
        ("settings.py", "BACKENDS = [\"auth.Backend\"]\n"),
        (
            "src/lib.rs",
            "pub struct Inst(u64);\nimpl From<u64> for Inst {\n    fn from(at: u64) -> Inst { Inst(at) }\n}\n#[handler]\nfn handled() {}\n\
             #[inline]\nfn idle() {}\n",
        ),
        ("Cargo.toml", "[package]\nname = \"inst\"\n"),
        (
            "web/Old.vue",
            "<template><p/></template>\n<script>\nfunction idleOld() {}\nexport default defineComponent({\n  mounted() {},\n  methods: { pressed() {} },\n});\n</script>\n",
        ),
        (
            "web/New.vue",
            "<script setup>\nfunction clicked() {}\nfunction idleNew() {}\n</script>\n<template><button @click=\"clicked(1)\"/></template>\n",
        ),
    ];
    for (path, text) in files {
        write(root, path, text);
    }
    let is_open = |target: &str| {
        let answer = json(arc(root).args(["impact", target, "--json", "--only", "breaks"]));
        let unknown = &answer["unknown"];
        assert_ne!(unknown["called_from_outside"], unknown["complete"]);
        unknown["called_from_outside"].as_bool().unwrap()
    };
    for target in [
        "plug/main.go::GetInfo",
        "plug/main.go::main",
        "text/text.go::T.String",
        "src/Beans.java::Beans.made",
        "src/Beans.java:5",
        "web/users.controller.ts::Users.all",
        "web/users.controller.ts::Users.constructor",
        "auth.py::Backend.login",
        "auth.py::Backend.__reduce__",
        "src/lib.rs::Inst::from",
        "src/lib.rs::handled",
        "web/Old.vue:5",
        "web/Old.vue:6",
        "web/New.vue::clicked",
    ] {
        assert!(is_open(target), "{target}");
    }
    for target in [
        "plug/main.go::idle",
        "text/text.go::T.Idle",
        "src/Beans.java::Beans.idle",
        "web/users.controller.ts::Users.idle",
        "auth.py::Idle.login_idle",
        "src/lib.rs::idle",
        "web/Old.vue::idleOld",
        "web/New.vue::idleNew",
    ] {
        assert!(!is_open(target), "{target}");
    }
}

#[test]
fn impact_of_a_file_ranks_files() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["impact", "app/config.py", "--json"]));
    let paths: Vec<&str> = answer["impacted"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["path"].as_str())
        .collect();
    assert!(paths.contains(&"app/cli.py"), "{paths:?}");
    assert!(answer["impacted"][0]["symbol"].is_null());
}

#[test]
fn a_line_means_the_symbol_around_it() {
    let folder = project();
    let answer = json(arc(folder.path()).args(["impact", "app/config.py:3", "--json"]));
    assert_eq!(answer["targets"][0]["symbol"], "app.config.Config.load");
    assert_eq!(answer["targets"][0]["line"], 3);
}

#[test]
fn an_edit_is_seen_by_the_next_question() {
    let folder = project();
    arc(folder.path())
        .args(["build", "--quiet"])
        .assert()
        .success();
    write(
        folder.path(),
        "app/other.py",
        "from app.config import unused\n\n\ndef use():\n    unused()\n",
    );
    let answer = json(arc(folder.path()).args(["impact", "app.config.unused", "--json"]));
    assert_eq!(answer["impacted"][0]["symbol"], "app.other.use");
}

#[test]
fn a_quiet_build_prints_nothing_unless_asked_for_json() {
    let folder = project();
    for _ in 0..2 {
        let mut build = arc(folder.path());
        let build = build.args(["build", "--quiet"]).assert().success();
        build.stdout("").stderr("");
    }
    let answer = json(arc(folder.path()).args(["build", "--quiet", "--json"]));
    assert_eq!(answer["mode"], "unchanged");
    let missing = ["build", "--quiet", "nowhere"];
    let build = arc(folder.path()).args(missing).assert().failure();
    assert!(!build.get_output().stderr.is_empty());
    write(folder.path(), "app/__init__.py", "NAME = 1\n");
    let build = arc(folder.path()).arg("build").assert().success();
    let text = String::from_utf8_lossy(&build.get_output().stdout).into_owned();
    assert!(
        text.starts_with("updated  1 file changed, the rows of "),
        "{text}"
    );
}

#[test]
fn a_target_that_does_not_exist_is_a_no_with_the_nearest_names() {
    let folder = project();
    let output = arc(folder.path())
        .args(["impact", "app/confg.py::Config.lod"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let output = arc(folder.path())
        .args(["impact", "Config.loads"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

#[test]
fn an_ambiguous_name_lists_candidates_and_guesses_nothing() {
    let folder = project();
    write(folder.path(), "app/second.py", "def main():\n    pass\n");
    let output = arc(folder.path())
        .args(["impact", "main"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("app/cli.py:4") && error.contains("app/second.py:1"),
        "{error}"
    );
}

#[test]
fn frozen_without_a_graph_is_exit_code_3_and_writes_nothing() {
    let folder = project();
    let output = arc(folder.path())
        .args(["impact", "app/cli.py", "--frozen"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(!folder.path().join(".arc").exists());
}

#[test]
fn a_wrong_call_is_exit_code_2() {
    let folder = project();
    arc(folder.path()).arg("impact").assert().code(2);
    arc(folder.path())
        .args(["export", "--edges", "cals"])
        .assert()
        .code(2);
}

#[test]
fn export_writes_one_edge_a_line() {
    let folder = project();
    let output = arc(folder.path())
        .args(["export", "--edges", "calls"])
        .output()
        .expect("the binary runs");
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect();
    let call = lines
        .iter()
        .find(|edge| edge["dst"]["symbol"] == "app.config.Config.load")
        .expect("the call");
    assert_eq!(call["src"]["symbol"], "app.cli.main");
    assert_eq!(call["line"], 6);
    assert_eq!(call["kind"], "calls");
}

#[test]
fn query_splits_words_and_relate_shows_both_directions() {
    let folder = project();
    let found = json(arc(folder.path()).args(["query", "config", "load", "--json"]));
    assert_eq!(found["results"][0]["symbol"], "app.config.Config.load");
    let related =
        json(arc(folder.path()).args(["relate", "app.cli.main", "--edges", "calls", "--json"]));
    let directions: Vec<&str> = related["related"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["direction"].as_str())
        .collect();
    assert!(
        directions.contains(&"dependency") && directions.contains(&"dependent"),
        "{directions:?}"
    );
}

#[test]
fn doctor_counts_the_ends_of_links_that_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "app.py",
        "import os\nimport requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/users')\ndef users():\n    return os.environ['TOKEN']\n\n\n\
         def ask():\n    requests.get('http://localhost/users')\n    requests.get('http://localhost/nowhere')\n",
    );
    let told = |root: &Path| {
        let output = arc(root).arg("doctor").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    json(arc(root).args(["build", "--json"]));
    let text = told(root);
    assert!(text.contains("1 of 2 requests over HTTP"), "{text}");
    assert!(text.contains("0 of 1 reads of environment"), "{text}");
    write(root, ".env", "TOKEN=x\n");
    json(arc(root).args(["build", "--json"]));
    let text = told(root);
    assert!(text.contains("1 of 1 reads of environment"), "{text}");
}

#[test]
fn doctor_is_content_with_a_fresh_graph() {
    let folder = project();
    arc(folder.path())
        .args(["build", "--quiet"])
        .assert()
        .success();
    let report = json(arc(folder.path()).args(["doctor", "--json"]));
    assert_eq!(report["ok"], true);
}

#[test]
fn doctor_says_how_far_each_language_is_understood() {
    let folder = project();
    let root = folder.path();
    write(root, "point.cc", "int x() { return 1; }\n");
    write(root, "main.tf", "variable \"x\" {}\n");
    arc(root).args(["build", "--quiet"]).assert().success();
    let output = arc(root).arg("doctor").output().expect("doctor runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for sentence in [
        "python: references across files by types, measured against compilers;",
        "c++: references across files by types, not measured;",
        "hcl: structure and links only, not measured;",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = project();
    arc(folder.path())
        .args(["build", "--quiet"])
        .assert()
        .success();
    let binary = assert_cmd::cargo::cargo_bin("arc");
    #[expect(
        clippy::disallowed_methods,
        reason = "the test plays the part of a shell pipeline"
    )]
    let mut child = std::process::Command::new(binary)
        .args(["export", "--frozen"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the binary ends");
    assert!(output.status.success(), "{:?}", output.status);
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

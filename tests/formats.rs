//! What other programs read: JSON as `schema/report.schema.json` has it, and GraphML as any reader takes it.

#[path = "support/schema.rs"]
mod validation;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[path = "support/replayable.rs"]
mod replayable;

use arc_graph::{EdgeKind, NodeKind, Rule};
use assert_cmd::Command;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use tempfile::TempDir;
use validation::validate;

fn project() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in [
        (
            "a/load & <store>.py",
            "import json\n\n\nclass Store:\n    def load(self):\n        return json.loads('')\n",
        ),
        ("a/config.py", "def load():\n    return missing()\n"),
        (
            "a/cli.py",
            "from a.config import load\n\n\ndef main():\n    return load()\n",
        ),
        (
            "tests/test_cli.py",
            "from a.cli import main\n\n\ndef test_main():\n    main()\n",
        ),
        ("empty.txt", ""),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
    }
    folder
}

fn arc(folder: &Path, words: &[&str]) -> String {
    let output = Command::cargo_bin("arc")
        .expect("the binary is built")
        .current_dir(folder)
        .env_remove("ARC_DB")
        .args(words)
        .output()
        .expect("the binary runs");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// A value as the JSON lines have it.
fn as_json(field: &Field) -> Value {
    if let Field::Str(text) = field {
        text.as_str().into()
    } else if let Field::UInt(number) = field {
        (*number).into()
    } else if let Field::Double(number) = field {
        (*number).into()
    } else {
        assert_eq!(*field, Field::Null, "no column has other values");
        Value::Null
    }
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/report.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the schema is there")).expect("JSON")
}

#[test]
fn what_is_printed_is_what_the_schema_says() {
    let folder = project();
    for words in [
        &["init", "-q"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "-m",
            "Add x (#1)\n\nIt was missing because of #2.",
        ],
    ] {
        replayable::git(folder.path(), 0, words);
    }
    let root = schema();
    for (name, words) in [
        ("build", &["build", "--json"][..]),
        ("build", &["build", "--json"]),
        ("build", &["build", "--full", "--json"]),
        ("impact", &["impact", "a/config.py", "--json"]),
        ("impact", &["impact", "a/config.py::load", "--json"]),
        ("impact", &["impact", "a/config.py:1", "--frozen", "--json"]),
        ("query", &["query", "load", "--json"]),
        ("query", &["query", "load", "--limit", "1", "--json"]),
        ("query", &["query", "nothingofthekind", "--json"]),
        ("query", &["query", "missing", "kind:commit", "--json"]),
        ("relate", &["relate", "a/config.py", "--json"]),
        (
            "relate",
            &["relate", "a.cli.main", "--limit", "1", "--json"],
        ),
        ("doctor", &["doctor", "--json"]),
        ("tests", &["tests", "a/config.py::load", "--json"]),
        ("impact", &["impact", "--diff", "--json"]),
        ("tests", &["tests", "--diff", "--json"]),
        ("review", &["review", "--diff", "--json"]),
        ("review", &["review", "a/config.py", "--json"]),
        ("owners", &["owners", "a/config.py", "--json"]),
        ("owners", &["owners", "a", "--limit", "1", "--json"]),
        ("owners", &["owners", "a/config.py::load", "--json"]),
        ("hotspots", &["hotspots", "--json"]),
        ("hotspots", &["hotspots", "--by", "symbol", "--json"]),
        ("why", &["why", "a/config.py::load", "--json"]),
        ("why", &["why", "a/config.py:1", "--json"]),
        ("history", &["history", "a/config.py::load", "--json"]),
        ("graph_diff", &["diff", "HEAD", "HEAD", "--json"]),
        (
            "history",
            &["history", "a/config.py", "--at", "HEAD", "--json"],
        ),
    ] {
        let value: Value = serde_json::from_str(&arc(folder.path(), words)).expect("one object");
        let expected = root["$defs"][name]["properties"]["schema"]["const"].as_str();
        assert_eq!(value["schema"].as_str(), expected);
        let mut wrong = Vec::new();
        validate(&root, &root["$defs"][name], &value, name, &mut wrong);
        assert!(wrong.is_empty(), "{words:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn an_evaluation_is_what_the_schema_says() {
    let folder = replayable::repository(40);
    replayable::commit(folder.path(), 40);
    let text = arc(folder.path(), &["eval", "--json"]);
    let value: Value = serde_json::from_str(&text).expect("one object");
    let root = schema();
    let mut wrong = Vec::new();
    validate(&root, &root["$defs"]["eval"], &value, "eval", &mut wrong);
    assert_eq!(value["schema"], "arc.eval/1");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_is_what_the_schema_says() {
    let folder = project();
    let root = schema();
    for words in [
        &["run", "--json", "--", "true"][..],
        &[
            "run",
            "--json",
            "--keep-changes",
            "--",
            "sh",
            "-c",
            "rm -r a; mkfifo p; echo x > y; ln -s y z; mkdir -p .git/hooks; echo bad > .git/hooks/post-commit",
        ],
    ] {
        let value: Value = serde_json::from_str(&arc(folder.path(), words)).expect("one object");
        assert_eq!(value["schema"], "arc.run/1");
        let mut wrong = Vec::new();
        validate(&root, &root["$defs"]["run"], &value, "run", &mut wrong);
        assert!(wrong.is_empty(), "{words:?}\n{}", wrong.join("\n"));
    }
}

#[test]
fn a_healing_is_what_the_schema_says() {
    let root = schema();
    for (text, command) in [
        ("def f()\n    return 1\n", "import a"),
        ("f(g(1, 2, 3)\n", "import a"),
        ("a = 1\n", ""),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.py"), text).expect("written");
        let output = Command::cargo_bin("arc")
            .expect("the binary is built")
            .current_dir(folder.path())
            .args([
                "heal", "a.py", "--yes", "--json", "--", "python3", "-c", command,
            ])
            .output()
            .expect("it runs");
        let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
        let mut wrong = Vec::new();
        validate(&root, &root["$defs"]["heal"], &value, "heal", &mut wrong);
        assert!(wrong.is_empty(), "{value:#}\n{}", wrong.join("\n"));
    }
}

#[test]
fn a_wrong_object_is_found() {
    let root = schema();
    let value = serde_json::json!({"schema": "arc.query/1", "results": [{"rank": 0, "path": 7}], "more": 1});
    let mut wrong = Vec::new();
    validate(&root, &root["$defs"]["query"], &value, "query", &mut wrong);
    assert_eq!(wrong.len(), 5, "{}", wrong.join("\n"));
}

#[test]
fn the_schema_lists_every_kind() {
    let root = schema();
    let listed = |name: &str| root["$defs"][name]["enum"].clone();
    let nodes: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let edges: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(listed("node_kind"), serde_json::json!(nodes));
    assert_eq!(listed("edge_kind"), serde_json::json!(edges));
    assert_eq!(listed("rule"), serde_json::json!(rules));
}

/// One element: its name, its attributes, its text, its children.
#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        &found
            .unwrap_or_else(|| panic!("{} without {name}", self.name))
            .1
    }

    fn named<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a `data` element by the name that its key declares.
    fn datum(&self, key: &str) -> Option<&str> {
        let found = self.named("data").find(|data| data.attribute("key") == key);
        found.map(|data| data.text.as_str())
    }
}

/// Reads XML without comments and CDATA; whatever is not well-formed panics.
fn parse_xml(text: &str) -> Element {
    let mut open = vec![Element::default()];
    let body = text
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .expect("a declaration");
    let mut parts = body.split('<');
    assert_eq!(parts.next().map(str::trim), Some(""));
    for part in parts {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        if let Some(name) = tag.strip_prefix('/') {
            let element = open.pop().expect("an open element");
            assert_eq!(element.name, name);
            open.last_mut().expect("a parent").children.push(element);
        } else {
            let inner = tag.strip_suffix('/').unwrap_or(tag);
            let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            let element = Element {
                name: name.to_owned(),
                attributes: parse_attributes(attributes),
                text: unescape(text),
                children: Vec::new(),
            };
            if inner.len() < tag.len() {
                open.last_mut().expect("a parent").children.push(element);
            } else {
                open.push(element);
            }
        }
    }
    assert_eq!(open.len(), 1, "every element is closed");
    open.pop()
        .and_then(|mut root| root.children.pop())
        .expect("a root")
}

fn parse_attributes(text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a value ends");
        attributes.push((name.trim().to_owned(), unescape(value)));
        rest = after;
    }
    assert!(rest.trim().is_empty(), "{text}");
    attributes
}

fn unescape(text: &str) -> String {
    assert!(!text.contains('>'), "{text}");
    for part in text.split('&').skip(1) {
        let is_known = ["amp;", "lt;", "gt;", "quot;"]
            .iter()
            .any(|name| part.starts_with(name));
        assert!(is_known, "&{part}");
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[test]
fn graphml_has_every_node_once_and_no_edge_without_its_ends() {
    let folder = project();
    let root = parse_xml(&arc(folder.path(), &["export", "--format", "graphml"]));
    let keys: BTreeSet<&str> = root.named("key").map(|key| key.attribute("id")).collect();
    let graph = root.named("graph").next().expect("a graph");
    let mut ids = BTreeSet::new();
    let mut edges = 0;
    for element in &graph.children {
        for data in element.named("data") {
            assert!(keys.contains(data.attribute("key")));
        }
        if element.name == "node" {
            assert!(
                ids.insert(element.attribute("id")),
                "a node is written once"
            );
        } else {
            // In this order a reader that makes no second pass is content as well.
            assert!(ids.contains(element.attribute("source")));
            assert!(ids.contains(element.attribute("target")));
            edges += 1;
        }
    }
    let lines = arc(folder.path(), &["export", "--format", "jsonl"]);
    assert_eq!(edges, lines.lines().count());

    let node = |key: &str, value: &str| {
        let mut found = graph
            .named("node")
            .filter(move |node| node.datum(key) == Some(value));
        found
            .next()
            .unwrap_or_else(|| panic!("no node with {key} {value}"))
    };
    let class = node("n_name", "Store");
    assert_eq!(class.datum("n_kind"), Some("class"));
    assert_eq!(class.datum("n_path"), Some("a/load & <store>.py"));
    assert_eq!(class.datum("n_line"), Some("4"));
    let (main, load) = (
        node("n_qualified_name", "a.cli.main"),
        node("n_qualified_name", "a.config.load"),
    );
    let call = graph.named("edge").find(|edge| {
        edge.datum("e_kind") == Some("calls")
            && edge.attribute("source") == main.attribute("id")
            && edge.attribute("target") == load.attribute("id")
    });
    assert_eq!(call.and_then(|call| call.datum("e_line")), Some("5"));
    assert_eq!(node("n_path", "empty.txt").datum("n_kind"), Some("file"));
    let outside = graph
        .named("node")
        .find(|node| node.datum("n_kind") == Some("external"));
    assert_eq!(outside.and_then(|node| node.datum("n_path")), None);
}

#[test]
fn dot_keeps_nodes_of_one_label_apart() {
    let folder = project();
    let twins = "function g() {} function f() { g(); } function f() { g(); }\n";
    fs::write(folder.path().join("a/twins.js"), twins).expect("a new file");
    let text = arc(folder.path(), &["export", "--format", "dot"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("digraph arc {"));
    let mut ids = BTreeSet::new();
    let mut labels = Vec::new();
    let mut edges = 0;
    for line in lines.by_ref().take_while(|line| *line != "}") {
        let (end, label) = line
            .trim_start()
            .strip_suffix("\"];")
            .and_then(|line| line.split_once(" [label=\""))
            .expect("every line has a label");
        if let Some((src, dst)) = end.split_once(" -> ") {
            assert!(ids.contains(src) && ids.contains(dst), "{line}");
            edges += 1;
        } else {
            assert!(ids.insert(end), "{line}");
            labels.push(label);
        }
    }
    assert_eq!(lines.next(), None);
    let jsonl = arc(folder.path(), &["export", "--format", "jsonl"]);
    assert_eq!(edges, jsonl.lines().count());
    assert!(labels.contains(&"a/cli.py:4 a.cli.main"), "{labels:?}");
    let count = labels.len();
    let distinct: BTreeSet<_> = labels.into_iter().collect();
    assert_eq!(distinct.len() + 1, count, "only the twins share a label");
}

#[test]
fn graphml_of_some_kinds_has_only_the_nodes_of_their_edges() {
    let folder = project();
    let words = ["export", "--format", "graphml", "--edges", "inherits"];
    let root = parse_xml(&arc(folder.path(), &words));
    assert!(root.named("graph").all(|graph| graph.children.is_empty()));
}

#[test]
fn parquet_has_a_row_for_each_json_line() {
    let folder = project();
    let file = folder.path().join("edges.parquet");
    let file = file.to_str().expect("a path in UTF-8");
    arc(
        folder.path(),
        &["export", "--format", "parquet", "-o", file],
    );
    let reader = SerializedFileReader::new(fs::File::open(file).expect("it was written"))
        .expect("a Parquet file");
    let rows: Vec<Value> = reader
        .get_row_iter(None)
        .expect("rows")
        .map(|row| {
            let row = row.expect("a row");
            row.get_column_iter()
                .map(|(name, field)| (name.clone(), as_json(field)))
                .collect()
        })
        .collect();
    let lines: Vec<Value> = arc(folder.path(), &["export"])
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .map(|edge: Value| {
            serde_json::json!({
                "kind": edge["kind"],
                "src_path": edge["src"]["path"],
                "src_symbol": edge["src"]["symbol"],
                "src_line": edge["src"]["line"],
                "dst_path": edge["dst"]["path"],
                "dst_symbol": edge["dst"]["symbol"],
                "dst_line": edge["dst"]["line"],
                "line": edge["line"],
                "confidence": edge["confidence"],
                "rule": edge["rule"],
            })
        })
        .collect();
    assert!(!lines.is_empty());
    assert_eq!(rows, lines);
}

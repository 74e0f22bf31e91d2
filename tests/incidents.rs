//! What `arc heal` repaired is in the graph: an incident that broke a symbol, and the fix that it was fixed by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

#[path = "support/binary.rs"]
mod binary;
#[path = "support/dump.rs"]
mod dump;
#[expect(dead_code, reason = "these tests do not need every answer")]
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, json, write};
use dump::dump;
use healing::heal;

const BROKEN: &str = "def ready():\n    return 1\n\n\ndef load(path)\n    return open(path)\n";
const WELL: &str = "def ready():\n    return 1\n\n\ndef load(path):\n    return open(path)\n";

/// Heals `app.py`, proved by nothing but the compiler.
const HEAL: &[&str] = &[
    "--json",
    "--yes",
    "--no-llm",
    "--no-tests",
    "app.py",
    "--",
    "python3",
    "-m",
    "py_compile",
    "app.py",
];

/// Kind and both ends of the edges of incidents.
fn edges(folder: &Path) -> Vec<String> {
    let sql = "SELECT e.kind || ' ' || s.kind || ' ' || d.kind || ' ' || coalesce(d.qualified_name, '')
               FROM edges e JOIN nodes s ON s.id = e.src JOIN nodes d ON d.id = e.dst WHERE s.kind = 'incident' ORDER BY 1";
    let graph = rusqlite::Connection::open(folder.join(".arc/graph.db")).unwrap();
    let mut select = graph.prepare(sql).unwrap();
    let found = select.query_map([], |row| row.get(0)).unwrap();
    found.map(Result::unwrap).collect()
}

fn build(folder: &Path, words: &[&str]) {
    let done = arc(folder)
        .arg("build")
        .arg("--quiet")
        .args(words)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn what_was_healed_stays_known_through_updates_and_builds_from_scratch() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "app.py", WELL);
    write(
        root,
        "user.py",
        "from app import load\n\n\ndef main():\n    return load('a')\n",
    );
    build(root, &[]);
    write(root, "app.py", BROKEN);
    let (code, told, error) = heal(root, HEAL);
    assert_eq!(code, 0, "{told} {error}");
    assert_eq!(fs::read_to_string(root.join("app.py")).unwrap(), WELL);
    let session = told["session"].as_str().unwrap();

    build(root, &[]);
    let known = edges(root);
    assert_eq!(known[0], "broke incident function app.load");
    assert!(
        known[1].starts_with("fixed_by incident fix ")
            && known[1].ends_with(&format!("{session}:app.py")),
        "{known:?}"
    );
    // An update leaves it as it is, and a build from scratch takes it over: both say the same.
    write(root, "app.py", format!("import os\n\n{WELL}"));
    build(root, &[]);
    assert_eq!(edges(root), known, "the symbol is found where it is now");
    let updated = dump(&root.join(".arc/graph.db"));
    build(root, &["--full"]);
    assert_eq!(dump(&root.join(".arc/graph.db")), updated);

    let slice = json(arc(root).args(["context", "app.py::load", "--json"]));
    let incidents = slice["incidents"].as_array().unwrap();
    assert_eq!(incidents[0]["kind"], "healed", "{incidents:?}");
    assert_eq!(incidents[0]["about"], session);
    assert_eq!(incidents[0]["path"], "app.py");
    assert!(
        incidents[0]["text"]
            .as_str()
            .unwrap()
            .starts_with("syntax: "),
        "{incidents:?}"
    );
    let other = json(arc(root).args(["context", "user.py::main", "--json"]));
    assert_eq!(other["incidents"].as_array().unwrap().len(), 0);

    // Of a file that is gone there is no edge, and of one that is taken back there is no fix.
    write(root, "app.py", WELL);
    build(root, &[]);
    assert!(
        arc(root)
            .args(["heal", "undo", session])
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(edges(root), ["broke incident function app.load"]);
    fs::remove_file(root.join("app.py")).unwrap();
    build(root, &[]);
    assert!(edges(root).is_empty());
    let graph = rusqlite::Connection::open(root.join(".arc/graph.db")).unwrap();
    let sql = "SELECT count(*) FROM nodes WHERE kind = 'incident'";
    let count: u32 = graph.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn without_a_graph_or_a_repair_nothing_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "app.py", BROKEN);
    assert_eq!(heal(root, HEAL).0, 0);
    assert!(
        !root.join(".arc/graph.db").exists(),
        "a graph is built by those who want one"
    );
    write(root, "app.py", BROKEN);
    build(root, &[]);
    let dry = [&["--dry-run"], HEAL].concat();
    heal(root, &dry);
    assert!(edges(root).is_empty());
}

//! Indexes of compilers merged by the real binary: exact edges, what is not believed, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/dump.rs"]
mod dump;
#[path = "support/scip.rs"]
mod scip;
#[path = "support/scip_builder.rs"]
mod scip_builder;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use dump::dump;
use scip::{DEFINITION, Document, Index};
use scip_builder::{UTF8, UTF16, UTF32};
use serde_json::Value;
use tempfile::TempDir;

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn arc(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("arc").unwrap();
    let command = command.current_dir(folder).env_remove("ARC_DB");
    let output = command.args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn built(folder: &Path, words: &[&str]) -> Value {
    let words = [&["build", "--json"], words].concat();
    let (code, out, err) = arc(folder, &words);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Edges as `kind src line -> dst confidence rule`, in order.
fn edges(folder: &Path) -> Vec<String> {
    let (code, out, err) = arc(folder, &["export", "--min-confidence", "0"]);
    assert_eq!(code, 0, "{err}");
    let line = |line: &str| {
        let edge: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        format!(
            "{} {} {} -> {} {} {}",
            text(&edge["kind"]),
            text(&edge["src"]["symbol"]),
            edge["line"],
            text(&edge["dst"]["symbol"]),
            edge["confidence"],
            text(&edge["rule"])
        )
    };
    let mut lines: Vec<String> = out.lines().map(line).collect();
    lines.sort();
    lines
}

fn at_line(edges: &[String], line: u32) -> Vec<&str> {
    let mark = format!(" {line} -> ");
    let found = edges.iter();
    let found = found.filter(|edge| edge.contains(&mark) && !edge.starts_with("contains"));
    found.map(String::as_str).collect()
}

fn unresolved(folder: &Path) -> Vec<String> {
    let graph = rusqlite::Connection::open(folder.join(".arc/graph.db")).unwrap();
    let mut select = graph
        .prepare("SELECT s.text || ' ' || u.line FROM unresolved u JOIN strings s ON s.id = u.name ORDER BY 1")
        .unwrap();
    let rows = select.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

const STORES: &str = "\
class Disk:
    def restock(self):
        return 1


class Net:
    def restock(self):
        return 2
";
const USER: &str = "\
from stores import Disk, Net


def use(store):
    s = \"🧸é\"; store.restock(s)
    store.save()
";

const DISK: &str = "py pip shop 1 stores/Disk#";
const DISK_LOAD: &str = "py pip shop 1 stores/Disk#restock().";
const NET_LOAD: &str = "py pip shop 1 stores/Net#restock().";

fn stores() -> Document {
    Document::new("stores.py", UTF8)
        .at(STORES, (1, "Disk", 0), DISK, DEFINITION)
        .at(STORES, (2, "restock", 0), DISK_LOAD, DEFINITION)
        .at(STORES, (7, "restock", 0), NET_LOAD, DEFINITION)
}

fn user(encoding: i32) -> Document {
    Document::new("user.py", encoding)
        .at(USER, (1, "Disk", 0), DISK, 0)
        .at(USER, (5, "restock", 0), DISK_LOAD, 8)
}

fn shop() -> TempDir {
    project(&[("stores.py", STORES), ("user.py", USER)])
}

#[test]
fn what_a_compiler_says_takes_the_place_of_what_was_possible() {
    let folder = shop();
    let root = folder.path();
    let before = edges(root);
    assert_eq!(at_line(&before, 5).len(), 2, "{before:#?}");
    assert_eq!(unresolved(root), ["restock 5", "save 6"]);
    write(
        root,
        "i.scip",
        Index::of(vec![stores(), user(UTF8)]).bytes(),
    );
    let summary = built(root, &["--scip", "i.scip"]);
    assert_eq!(summary["mode"], "updated");
    assert_eq!(
        (
            &summary["scip"]["documents"],
            &summary["scip"]["occurrences"]
        ),
        (&2.into(), &5.into())
    );
    let after = edges(root);
    assert_eq!(
        at_line(&after, 5),
        ["calls user.use 5 -> stores.Disk.restock 1.0 scip"]
    );
    assert_eq!(unresolved(root), ["save 6"]);
    // What the index says nothing of is as before.
    assert!(
        after.contains(&"references user 1 -> stores.Net 0.98 import".to_owned()),
        "{after:#?}"
    );
    assert!(
        after.contains(&"references user 1 -> stores.Disk 1.0 scip".to_owned()),
        "{after:#?}"
    );
    // The same again changes nothing, and forgetting it brings back what was.
    assert_eq!(built(root, &["--scip", "i.scip"])["mode"], "unchanged");
    built(root, &["--no-scip"]);
    fs::remove_file(root.join("i.scip")).unwrap();
    assert_eq!(edges(root), before);
}

#[test]
fn columns_behind_an_emoji_are_found_in_every_encoding_declared_or_not() {
    for encoding in [UTF8, UTF16, UTF32] {
        for declared in [encoding, 0] {
            let folder = shop();
            let root = folder.path();
            let document = Document {
                position_encoding: declared,
                ..user(encoding)
            };
            write(root, "i.scip", Index::of(vec![stores(), document]).bytes());
            built(root, &["--scip", "i.scip"]);
            assert_eq!(
                at_line(&edges(root), 5),
                ["calls user.use 5 -> stores.Disk.restock 1.0 scip"],
                "{encoding} {declared}"
            );
        }
    }
}

#[test]
fn an_occurrence_that_spells_another_name_is_not_believed() {
    let text = format!("{USER}{}", "    print(store)\n".repeat(20));
    let folder = project(&[("stores.py", STORES), ("user.py", &text)]);
    let root = folder.path();
    let before = edges(root);
    let mut document = Document::new("user.py", UTF8).at(&text, (6, "save", 0), DISK_LOAD, 8);
    for line in 7..27 {
        document = document.at(&text, (line, "store", 0), "local 1", 8);
    }
    write(
        root,
        "i.scip",
        Index::of(vec![stores(), document.clone()]).bytes(),
    );
    let summary = built(root, &["--scip", "i.scip"]);
    assert_eq!(summary["scip"]["mismatched"], 1);
    assert_eq!(summary["scip"]["stale"], serde_json::json!([]));
    assert_eq!(at_line(&edges(root), 6), at_line(&before, 6));
    // More of that, and the document speaks of another text.
    for line in 7..12 {
        document = document.at(&text, (line, "print", 0), DISK_LOAD, 8);
    }
    write(root, "i.scip", Index::of(vec![stores(), document]).bytes());
    let summary = built(root, &["--scip", "i.scip"]);
    assert_eq!(summary["scip"]["stale"], serde_json::json!(["user.py"]));
    assert_eq!(edges(root), before);
}

#[test]
fn relationships_become_inheritance_and_overriding_nearest_first() {
    let text = "\
export interface Top { run(): void }
export interface Mid { run(): void }
export class Low { run() {} }
";
    let folder = project(&[("a.ts", text)]);
    let root = folder.path();
    let symbol = |name: &str| format!("ts npm a 1 `a.ts`/{name}");
    let mut document = Document::new("a.ts", UTF8);
    for (line, name) in [(1, "Top"), (2, "Mid"), (3, "Low")] {
        document = document
            .at(
                text,
                (line, name, 0),
                &symbol(&format!("{name}#")),
                DEFINITION,
            )
            .at(
                text,
                (line, "run", 0),
                &symbol(&format!("{name}#run().")),
                DEFINITION,
            );
    }
    let [top, mid, low] = ["Top#", "Mid#", "Low#"].map(symbol);
    let [top_run, mid_run, low_run] = ["Top#run().", "Mid#run().", "Low#run()."].map(symbol);
    let document = document
        .implements(&low, &[&mid, &top])
        .implements(&mid, &[&top])
        .implements(&low_run, &[&mid_run, &top_run])
        .implements(&mid_run, &[&top_run]);
    write(root, "i.scip", Index::of(vec![document]).bytes());
    built(root, &["--scip", "i.scip"]);
    let found: Vec<String> = edges(root)
        .into_iter()
        .filter(|edge| edge.ends_with(" scip"))
        .collect();
    assert_eq!(
        found,
        [
            "inherits a.Low 3 -> a.Mid 1.0 scip",
            "inherits a.Mid 2 -> a.Top 1.0 scip",
            "overrides a.Low.run 3 -> a.Mid.run 1.0 scip",
            "overrides a.Mid.run 2 -> a.Top.run 1.0 scip",
        ]
    );
}

#[test]
fn what_a_compiler_finds_outside_settles_what_was_open() {
    let folder = shop();
    let root = folder.path();
    let index = Index::of(vec![
        stores(),
        Document::new("user.py", UTF8)
            .at(
                USER,
                (5, "restock", 0),
                "py pip cloud 2 `cloud.api`/Store#restock().",
                8,
            )
            .at(
                USER,
                (6, "save", 0),
                "py pip cloud 2 `cloud.api`/Store#save().",
                8,
            ),
    ]);
    write(root, "i.scip", index.bytes());
    built(root, &["--scip", "i.scip"]);
    let after = edges(root);
    assert_eq!(
        at_line(&after, 5),
        ["calls user.use 5 -> cloud.api.Store.restock 1.0 scip"]
    );
    assert_eq!(
        at_line(&after, 6),
        ["calls user.use 6 -> cloud.api.Store.save 1.0 scip"]
    );
    assert!(unresolved(root).is_empty());
}

#[test]
fn the_project_as_it_is_installed_beside_is_not_something_outside() {
    let folder = shop();
    let root = folder.path();
    let before = edges(root);
    let installed = "py pip shop 7 stores/Disk#";
    let index = Index::of(vec![
        stores(),
        Document::new("user.py", UTF8)
            .at(USER, (1, "Disk", 0), installed, 0)
            .at(USER, (1, "Net", 0), "py pip cloud 2 cloud/Net#", 0)
            .at(
                USER,
                (5, "restock", 0),
                &format!("{installed}restock()."),
                8,
            ),
    ]);
    write(root, "i.scip", index.bytes());
    built(root, &["--scip", "i.scip"]);
    let after = edges(root);
    assert_eq!(at_line(&after, 5), at_line(&before, 5));
    // What the import itself names stays, though the index looks through it.
    assert_eq!(at_line(&after, 1), at_line(&before, 1));
}

#[test]
fn a_symbol_of_two_definitions_in_different_places_says_nothing() {
    let text = "\
def one():
    def inner():
        return 1
    return inner()


def two():
    def inner():
        return 2
    return inner()
";
    let folder = project(&[("a.py", text)]);
    let root = folder.path();
    let before = edges(root);
    let inner = "py pip shop 1 a/inner().";
    let mut document = Document::new("a.py", UTF8);
    for (line, roles) in [(2, DEFINITION), (4, 8), (8, DEFINITION), (10, 8)] {
        document = document.at(text, (line, "inner", 0), inner, roles);
    }
    write(root, "i.scip", Index::of(vec![document]).bytes());
    built(root, &["--scip", "i.scip"]);
    assert_eq!(edges(root), before);
    assert_eq!(
        at_line(&before, 10),
        ["calls a.two 10 -> a.two.inner 0.98 scope"]
    );
}

#[test]
fn our_own_index_comes_back_whole() {
    let files = [
        ("stores.py", STORES),
        ("user.py", USER),
        (
            "deep/app.py",
            "import json\nfrom stores import Disk as D\n\n\nclass Big(D):\n    def __init__(self):\n        self.x = 1\n\n    def restock(self):\n        s = \"🧸\"; return json.dumps(super().restock(), self.x)\n\n\ndef main():\n    return Big().restock()\n",
        ),
        (
            "web/a.ts",
            "export const go = (n: number): number => n;\nexport class P { m() { return go(1); } }\n",
        ),
        (
            "web/b.ts",
            "import { P, go } from './a';\nexport class Q extends P { m() { this.m(); return go(2); } }\nnew Q().m();\n",
        ),
        ("m/go.mod", "module m\n"),
        (
            "m/a.go",
            "package m\n\ntype S struct{ n int }\n\nfunc (s *S) Run() int { return help(s.n) }\n\nfunc help(n int) int { return n }\n",
        ),
    ];
    let (first, second) = (project(&files), project(&files));
    let before = edges(first.path());
    let index = first.path().join("arc.scip");
    let index = index.to_str().unwrap();
    let (code, _, err) = arc(
        first.path(),
        &[
            "export",
            "--format",
            "scip",
            "--min-confidence",
            "0",
            "-o",
            index,
        ],
    );
    assert_eq!(code, 0, "{err}");
    let summary = built(second.path(), &["--scip", index]);
    assert_eq!(summary["scip"]["mismatched"], 0);
    assert_eq!(summary["scip"]["stale"], serde_json::json!([]));
    let after = edges(second.path());
    let shape = |edge: &String| edge.rsplitn(3, ' ').last().unwrap().to_owned();
    let missing: Vec<&String> = before
        .iter()
        .filter(|edge| !after.iter().any(|after| shape(after) == shape(edge)))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let count = before
        .iter()
        .filter(|edge| !edge.starts_with("contains"))
        .count();
    let exact = after
        .iter()
        .filter(|edge| edge.ends_with(" 1.0 scip"))
        .count();
    let doubtful: Vec<&String> = after
        .iter()
        .filter(|edge| !edge.contains(" 1.0 ") && !edge.starts_with("contains"))
        .collect();
    // Renamed imports stand under another name than their target's.
    assert!(
        doubtful.len() <= 3 && exact + 8 >= count,
        "{exact} of {count}, doubtful {doubtful:#?}"
    );
}

/// Every kind of change after a merge leaves the graph that a build from nothing with the same index gives.
#[test]
fn an_update_after_a_merge_equals_a_build_from_nothing() {
    let folder = shop();
    let root = folder.path();
    let elsewhere = TempDir::new().unwrap();
    let index = elsewhere.path().join("i.scip");
    fs::write(&index, Index::of(vec![stores(), user(UTF16)]).bytes()).unwrap();
    let index = index.to_str().unwrap();
    built(root, &["--scip", index]);
    let check = |what: &str, is_exact: bool| {
        built(root, &[]);
        let fresh = elsewhere.path().join("fresh.db");
        let fresh_path = fresh.to_str().unwrap();
        built(root, &["--full", "--scip", index, "--db", fresh_path]);
        let (updated, fresh) = (dump(&root.join(".arc/graph.db")), dump(&fresh));
        let odd: Vec<&String> = updated
            .iter()
            .filter(|line| !fresh.contains(line))
            .collect();
        assert!(updated == fresh, "{what}: {odd:#?}");
        let has_exact = updated
            .iter()
            .any(|line| line.contains("\"scip\"") && line.starts_with("edge"));
        assert_eq!(has_exact, is_exact, "{what}");
        // Starting over keeps what was merged.
        built(root, &["--full"]);
        assert!(
            dump(&root.join(".arc/graph.db")) == fresh,
            "{what}, in full"
        );
    };
    check("nothing", true);
    write(
        root,
        "user.py",
        format!("{USER}\n\ndef more():\n    pass\n"),
    );
    check("a function below", true);
    write(root, "user.py", format!("# a comment\n{USER}"));
    check("lines that moved", false);
    write(root, "user.py", USER);
    check("the text that was", true);
    write(root, "stores.py", format!("\n\n{STORES}"));
    check("definitions that moved", false);
    write(root, "stores.py", STORES);
    fs::remove_file(root.join("user.py")).unwrap();
    check("a file that is gone", false);
    write(root, "user.py", USER);
    write(root, "other.py", "from user import use\nuse(1)\n");
    check("a file that is back and a new one", true);
}

#[test]
fn what_was_merged_is_taken_over_from_another_schema_and_told_when_it_is_lost() {
    let folder = shop();
    let root = folder.path();
    let graph = root.join(".arc/graph.db");
    write(
        root,
        "i.scip",
        Index::of(vec![stores(), user(UTF8)]).bytes(),
    );
    built(root, &["--scip", "i.scip"]);
    let (_, doctor, _) = arc(root, &["doctor"]);
    assert!(doctor.contains("i.scip ("), "{doctor}");
    let before = edges(root);
    assert_eq!(at_line(&before, 5).len(), 1, "{before:#?}");
    // The graph of an older arc: what compilers said does not depend on the schema.
    let mut bytes = fs::read(&graph).unwrap();
    bytes[60..64].copy_from_slice(&3u32.to_be_bytes());
    fs::write(&graph, bytes).unwrap();
    let summary = built(root, &[]);
    assert_eq!(summary["mode"], "full");
    assert_eq!(summary["scip_lost"], Value::Null);
    assert_eq!(edges(root), before);
    // A table that is gone.
    let connection = rusqlite::Connection::open(&graph).unwrap();
    connection.execute_batch("DROP TABLE scip_records").unwrap();
    drop(connection);
    let summary = built(root, &["--full"]);
    let lost = summary["scip_lost"].as_str().unwrap();
    assert!(lost.contains("`arc build --scip i.scip`"), "{lost}");
    // A file that is no database any more; a question says it as well.
    built(root, &["--scip", "i.scip"]);
    let mut bytes = fs::read(&graph).unwrap();
    bytes[..16].fill(0);
    fs::write(&graph, bytes).unwrap();
    let (code, _, err) = arc(root, &["impact", "stores.py"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("arc build --scip FILE"), "{err}");
    assert_eq!(at_line(&edges(root), 5).len(), 2);
}

#[test]
fn what_is_no_index_is_refused_and_the_graph_stays() {
    let folder = shop();
    let root = folder.path();
    built(root, &[]);
    let graph = root.join(".arc/graph.db");
    let before = fs::read(&graph).unwrap();
    let whole = Index::of(vec![stores(), user(UTF8)]).bytes();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("cut", whole[..whole.len() - 3].to_vec(), "cut off"),
        ("empty", Vec::new(), "neither metadata nor documents"),
        (
            "text",
            b"from stores import Disk\n".to_vec(),
            "no SCIP index",
        ),
        ("json", b"{\"metadata\": {}}".to_vec(), "no SCIP index"),
        (
            "varint",
            [&[0x12][..], &[0xff; 12]].concat(),
            "no SCIP index",
        ),
        ("promise", vec![0x12, 0xff, 0xff, 0xff, 0x7f, 1], "cut off"),
        ("inside", vec![0x12, 4, 0x12, 2, 0x0a, 9], "no SCIP index"),
    ];
    let elsewhere = TempDir::new().unwrap();
    for (name, bytes, said) in cases {
        let path = elsewhere.path().join(name);
        fs::write(&path, bytes).unwrap();
        let (code, _, err) = arc(root, &["build", "--scip", path.to_str().unwrap()]);
        assert_eq!(code, 2, "{name}: {err}");
        assert!(err.contains(said), "{name}: {err}");
    }
    for path in ["no/such/file", "."] {
        let (code, _, err) = arc(root, &["build", "--scip", path]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("cannot read"), "{err}");
    }
    assert!(fs::read(&graph).unwrap() == before);
}

#[test]
fn paths_that_leave_the_root_and_repeated_documents_are_said() {
    let folder = shop();
    let root = folder.path();
    let documents = vec![
        stores(),
        user(UTF8),
        Document::new("../user.py", UTF8),
        Document::new("/etc/passwd", UTF8),
        Document::new("user.py", UTF8),
        Document::new("gone.py", UTF8),
    ];
    write(root, "i.scip", Index::of(documents).bytes());
    let (code, out, _) = arc(root, &["build", "--scip", "i.scip"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("2 documents have a path that is none or leaves the root"),
        "{out}"
    );
    assert!(
        out.contains("1 documents have the path of an earlier one"),
        "{out}"
    );
    assert!(out.contains("1 files are not here"), "{out}");
    assert_eq!(at_line(&edges(root), 5).len(), 1);
}

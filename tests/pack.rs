//! Graphs that are given away and taken over, through the real binary.

#[path = "support/shop.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use world::{arc, git, ran, shop, write};

const PACK: &str = "graph.arcpack";

/// A clone of a repository, with its pack in it.
fn clone(from: &Path) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    git(
        from,
        &["clone", "-q", ".", &folder.path().to_string_lossy()],
    );
    fs::copy(from.join(PACK), folder.path().join(PACK)).expect("the pack can be copied");
    folder
}

fn packed() -> TempDir {
    let shop = shop();
    let (code, out, err) = ran(arc(shop.path()).args(["pack"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("graph.arcpack: "), "{out}");
    shop
}

fn edges(folder: &Path) -> String {
    let (code, out, err) = ran(arc(folder).args(["export", "--format", "jsonl"]));
    assert_eq!(code, 0, "{err}");
    out
}

fn graph(folder: &Path) -> PathBuf {
    folder.join(".arc/graph.db")
}

#[test]
fn a_clone_starts_from_a_pack_and_indexes_its_own_difference() {
    let shop = packed();
    let packed = fs::metadata(shop.path().join(PACK)).expect("a pack").len();
    let graph_size = fs::metadata(graph(shop.path())).expect("a graph").len();
    assert!(packed * 2 < graph_size, "{packed} of {graph_size}");
    let other = clone(shop.path());
    write(
        other.path(),
        "src/shop/price.py",
        "def price_of(item, rate):\n    return item.price * rate\n",
    );
    let (code, out, err) = ran(arc(other.path()).args(["unpack", PACK]));
    assert_eq!(code, 0, "{err}");
    // The edited file, and the pack, which lies beside it.
    assert!(out.contains("2 files that differ here"), "{out}");
    assert!(!err.contains("anew"), "{err}");
    let updated = edges(other.path());
    ran(arc(other.path()).args(["build", "--full"]));
    assert_eq!(updated, edges(other.path()), "as if it had been built here");
}

#[test]
fn a_pack_that_was_changed_is_refused_and_the_graph_stays() {
    let shop = packed();
    let other = clone(shop.path());
    ran(arc(other.path()).args(["build"]));
    let before = fs::read(graph(other.path())).expect("a graph");
    let whole = fs::read(other.path().join(PACK)).expect("a pack");
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[middle] ^= 0x20;
    let mut relabeled = whole.clone();
    let at = relabeled
        .windows(8)
        .position(|bytes| bytes == b"\"bytes\":")
        .expect("the length is told");
    relabeled[at + 8] = b'9';
    let mut longer = whole.clone();
    longer.push(0);
    for (what, bytes, code) in [
        ("nothing", Vec::new(), 5),
        ("no pack", b"SQLite format 3\0".to_vec(), 5),
        ("its start", whole[..40].to_vec(), 5),
        ("its first half", whole[..middle].to_vec(), 5),
        ("without its end", whole[..whole.len() - 1].to_vec(), 5),
        ("one bit", flipped, 5),
        ("another length", relabeled, 5),
        ("one byte more", longer, 5),
    ] {
        fs::write(other.path().join(PACK), bytes).expect("it can be written");
        let (found, out, err) = ran(arc(other.path()).args(["unpack", PACK]));
        assert_eq!(found, code, "{what}: {out}{err}");
        assert!(err.contains("graph.arcpack"), "{what}: {err}");
        let now = fs::read(graph(other.path())).expect("a graph");
        assert!(now == before, "{what}: the graph is another");
    }
    let left = fs::read_dir(other.path().join(".arc")).expect("a folder");
    for entry in left {
        let name = entry.expect("an entry").file_name();
        assert!(!name.to_string_lossy().contains("tmp"), "{name:?}");
    }
    let (code, _, err) = ran(arc(other.path()).args(["unpack", "nowhere"]));
    assert_eq!(code, 2, "{err}");
}

#[test]
fn a_pack_of_another_repository_is_refused() {
    let shop = packed();
    let stranger = TempDir::new().expect("a temporary folder");
    write(stranger.path(), "a.py", "def a():\n    pass\n");
    fs::copy(shop.path().join(PACK), stranger.path().join(PACK)).expect("a copy");
    let (code, _, err) = ran(arc(stranger.path()).args(["unpack", PACK]));
    assert_eq!(code, 5);
    assert!(err.contains("this folder has none"), "{err}");
    git(stranger.path(), &["init", "-q"]);
    git(stranger.path(), &["add", "a.py"]);
    git(stranger.path(), &["commit", "-q", "-m", "Another one"]);
    let (code, _, err) = ran(arc(stranger.path()).args(["unpack", PACK]));
    assert_eq!(code, 5);
    assert!(err.contains("is not known here"), "{err}");
    assert!(!graph(stranger.path()).exists());
}

#[test]
fn a_graph_with_tables_of_somebody_else_is_refused() {
    let shop = shop();
    ran(arc(shop.path()).args(["build"]));
    let connection = rusqlite::Connection::open(graph(shop.path())).expect("a graph");
    connection
        .execute_batch("CREATE TRIGGER sly AFTER INSERT ON meta BEGIN DELETE FROM meta; END;")
        .expect("it can be added");
    drop(connection);
    let (code, _, err) = ran(arc(shop.path()).args(["pack", "--frozen"]));
    assert_eq!(code, 0, "{err}");
    let other = clone(shop.path());
    let (code, _, err) = ran(arc(other.path()).args(["unpack", PACK]));
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("tables are not those of a graph"), "{err}");
    assert!(!graph(other.path()).exists());
}

//! SCIP indexes through the real binary: what is written, what is taken over, and what is refused.

#[path = "support/scip.rs"]
mod scip;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use prost::Message as _;
use scip::{DEFINITION, Document, Index};
use tempfile::TempDir;

impl Index {
    fn read(bytes: &[u8]) -> Index {
        Index::decode(bytes).expect("an index")
    }

    fn document(&self, path: &str) -> &Document {
        self.documents
            .iter()
            .find(|document| document.relative_path == path)
            .unwrap_or_else(|| panic!("{path} is in the index"))
    }
}

impl Document {
    /// Occurrences of symbols that end like this, as line and columns.
    fn places(&self, symbol: &str, is_definition: bool) -> Vec<(i32, i32, i32)> {
        self.occurrences
            .iter()
            .filter(|occurrence| occurrence.symbol.ends_with(symbol))
            .filter(|occurrence| (occurrence.symbol_roles & DEFINITION != 0) == is_definition)
            .map(|occurrence| match occurrence.range[..] {
                [line, start, end] => (line, start, end),
                _ => panic!("a range in one line"),
            })
            .collect()
    }
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
    fs::write(path, text).expect("a new file");
}

/// Runs arc and gives its exit code, standard output and standard error.
fn arc(folder: &Path, words: &[&str]) -> (i32, Vec<u8>, String) {
    let output = Command::cargo_bin("arc")
        .expect("the binary is built")
        .current_dir(folder)
        .env_remove("ARC_DB")
        .args(words)
        .output()
        .expect("the binary runs");
    (
        output.status.code().expect("it was not killed"),
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn exported(folder: &Path) -> Index {
    let (code, out, err) = arc(folder, &["export", "--format", "scip"]);
    assert_eq!(code, 0, "{err}");
    Index::read(&out)
}

const SHOP: &[(&str, &str)] = &[
    (
        "shop/base.py",
        "class Base:\n    def price(self):\n        return 1\n\n\ndef tax(x):\n    return x\n",
    ),
    (
        "shop/toys.py",
        "import json\nfrom shop.base import Base, tax\n\n\nclass Toy(Base):\n    def __init__(self):\n        self.name = \"\"\n\n    def price(self):\n        print(\"🧸é\"); return tax(json.dumps(tax(2)))\n\n\ndef make():\n    return Toy()\n",
    ),
];

#[test]
fn an_index_has_definitions_references_kinds_and_relationships() {
    let folder = project(SHOP);
    let index = exported(folder.path());
    let tool = index
        .metadata
        .as_ref()
        .and_then(|data| data.tool_info.clone());
    assert_eq!(tool.expect("a tool").name, "arc");
    let toys = index.document("shop/toys.py");
    assert_eq!(
        (toys.language.as_str(), toys.position_encoding),
        ("Python", 1)
    );
    assert_eq!(toys.places("`toys.py`/Toy#", true), [(4, 6, 9)]);
    assert_eq!(toys.places("`toys.py`/Toy#price().", true), [(8, 8, 13)]);
    // A constructor is called by the name of its type.
    assert_eq!(toys.places("Toy#__init__().", false), [(13, 11, 14)]);
    assert_eq!(
        toys.places("`base.py`/Base#", false),
        [(1, 22, 26), (4, 10, 14)]
    );
    let price = toys
        .symbols
        .iter()
        .find(|symbol| symbol.symbol.ends_with("Toy#price()."))
        .expect("the method");
    assert_eq!((price.kind, price.display_name.as_str()), (26, "price"));
    assert!(
        price.relationships[0]
            .symbol
            .ends_with("`base.py`/Base#price().")
    );
    assert!(price.relationships[0].is_implementation && price.relationships[0].is_reference);
    let outside: Vec<&str> = index
        .external_symbols
        .iter()
        .map(|symbol| symbol.symbol.as_str())
        .collect();
    assert!(outside.contains(&"arc . json . json/dumps."), "{outside:?}");
}

#[test]
fn columns_count_bytes_behind_an_emoji() {
    let folder = project(SHOP);
    let text = SHOP[1].1.lines().nth(9).expect("the line with the emoji");
    let places = exported(folder.path())
        .document("shop/toys.py")
        .places("`base.py`/tax().", false);
    // The import, and both calls.
    assert_eq!(places.len(), 3);
    for (line, start, end) in &places[1..] {
        assert_eq!(*line, 9);
        assert_eq!(&text[*start as usize..*end as usize], "tax");
    }
}

#[test]
fn every_symbol_is_defined_once_and_has_information() {
    let folder = project(&[
        (
            "a b/`x`.py",
            "def f(): pass\ndef f(): pass\nclass A:\n    f = 1\n    def f(self): pass\n",
        ),
        (
            "b.ts",
            "export interface P {}\nexport const P = 1;\nexport function f() {}\n",
        ),
    ]);
    let index = exported(folder.path());
    let mut defined = Vec::new();
    for document in &index.documents {
        let own = document.occurrences.iter();
        let own = own.filter(|occurrence| occurrence.symbol_roles & DEFINITION != 0);
        let mut own: Vec<&str> = own.map(|occurrence| occurrence.symbol.as_str()).collect();
        let known = document.symbols.iter().map(|symbol| symbol.symbol.as_str());
        let mut known: Vec<&str> = known.collect();
        own.sort_unstable();
        known.sort_unstable();
        assert_eq!(own, known);
        defined.extend(own.into_iter().map(str::to_owned));
    }
    let count = defined.len();
    defined.sort_unstable();
    defined.dedup();
    assert_eq!(count, defined.len(), "{defined:#?}");
    assert!(
        defined.contains(&"arc . . . `a b`/```x``.py`/f(+1).".to_owned()),
        "{defined:#?}"
    );
}

#[test]
fn a_file_gets_what_standard_output_would_and_both_are_the_same_each_time() {
    let folder = project(SHOP);
    let root = folder.path();
    let (_, first, _) = arc(root, &["export", "--format", "scip"]);
    let (code, out, err) = arc(root, &["export", "--format", "scip", "--output", "i.scip"]);
    assert_eq!((code, out.len()), (0, 0), "{err}");
    assert!(err.contains("wrote 2 documents"), "{err}");
    assert_eq!(fs::read(root.join("i.scip")).expect("the file"), first);
    assert!(
        Index::read(&first).documents.len() == 2,
        "an index is no source"
    );
    let (code, _, err) = arc(root, &["export", "--output", "no/such/folder/x"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn what_no_longer_is_as_the_graph_read_it_is_left_out() {
    let folder = project(SHOP);
    let root = folder.path();
    arc(root, &["build"]);
    write(root, "shop/base.py", "# moved\nclass Base: pass\n");
    let (code, out, err) = arc(root, &["export", "--format", "scip", "--frozen"]);
    assert_eq!(code, 0);
    assert!(err.contains("left out 1 file"), "{err}");
    let paths: Vec<String> = Index::read(&out)
        .documents
        .into_iter()
        .map(|document| document.relative_path)
        .collect();
    assert_eq!(paths, ["shop/toys.py"]);
}

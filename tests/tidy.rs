//! The house rules that a compiler does not know: who may import whom, and how large a file may grow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each crate may use of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("arc-agents", &["arc-graph", "arc-project", "arc-sandbox"]),
    (
        "arc-cli",
        &[
            "arc-agents",
            "arc-graph",
            "arc-heal",
            "arc-memory",
            "arc-project",
            "arc-sandbox",
            "arc-serve",
        ],
    ),
    ("arc-extract", &["arc-grammar", "arc-graph"]),
    ("arc-grammar", &[]),
    ("arc-graph", &[]),
    ("arc-heal", &["arc-agents", "arc-project", "arc-sandbox"]),
    ("arc-history", &["arc-graph"]),
    ("arc-impact", &["arc-graph"]),
    ("arc-inside", &[]),
    ("arc-memory", &[]),
    (
        "arc-project",
        &[
            "arc-extract",
            "arc-graph",
            "arc-history",
            "arc-impact",
            "arc-scip",
            "arc-store",
            "arc-trail",
        ],
    ),
    ("arc-sandbox", &["arc-inside"]),
    ("arc-scip", &[]),
    ("arc-serve", &["arc-graph", "arc-memory", "arc-project"]),
    ("arc-store", &["arc-graph"]),
    ("arc-trail", &[]),
];

/// Lines of a source file without its tests.
const MAX_LINES: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("the folder is readable")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn crates_import_only_what_the_table_allows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for entry in std::fs::read_dir(root().join("crates"))
        .expect("crates are there")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let manifest = std::fs::read_to_string(entry.path().join("Cargo.toml"))
            .expect("every crate has a manifest");
        let allowed = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("{name} is in no row of ARROWS"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or("");
        let dependencies = dependencies.split("\n[").next().unwrap_or("");
        for line in dependencies.lines().filter(|line| line.starts_with("arc-")) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or("");
            assert!(
                allowed.contains(&dependency),
                "{name} must not use {dependency}"
            );
        }
    }
}

#[test]
fn files_stay_below_the_size_norm() {
    let mut found = Vec::new();
    sources(&root().join("crates"), &mut found);
    assert!(found.len() > 50, "the sources are below crates/");
    let mut large = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).expect("sources are text");
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or("");
        let relative = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        let lines = code.lines().count();
        if lines > MAX_LINES {
            large.push(format!("{relative}: {lines} lines"));
        }
    }
    assert!(
        large.is_empty(),
        "split these files by idea:\n{}",
        large.join("\n")
    );
}

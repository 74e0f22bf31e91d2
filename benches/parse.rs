//! What extraction and resolution cost beside plain parsing: CPU of the three, for the files of a folder.
//!
//! `cargo bench -p arc-extract --bench parse -- DIR...` prints a table. Parsing is tree-sitter with the same grammars and
//! nothing else; extraction parses as well, so the column of what is added has its share of parsing taken off. Reading
//! files, history and writing the graph are left out. CPU is user and system time, read from `/proc` (Linux).

#![expect(clippy::print_stdout, reason = "the table is the product")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use std::fs;
use std::path::Path;

use arc_extract::{InputFile, Linked, NamePool, Sources, detect, extract};
use tree_sitter::Language;

// As in the program itself, for the parser as well: `arc` replaces the allocator of C.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ticks of the clock that `/proc` counts in, per second.
const TICKS: f64 = 100.0;

struct File {
    path: String,
    text: String,
    language: &'static str,
    grammar: Language,
}

fn main() {
    let folders: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    println!(
        "| folder | files | lines | parse: CPU s | extract: CPU s | resolve: CPU s | added / parse |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for folder in &folders {
        let mut files = Vec::new();
        read(Path::new(folder), folder, &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        measure(folder, &files);
    }
}

fn measure(folder: &str, files: &[File]) {
    let start = cpu();
    let mut parser = arc_grammar::parser();
    for file in files {
        parser.set_language(&file.grammar).unwrap();
        std::hint::black_box(parser.parse(&file.text, None));
    }
    let parsed = cpu();
    let inputs = files.iter().map(|file| InputFile {
        path: file.path.clone(),
        language: file.language,
        facts: extract(file.language, &file.path, &file.text),
    });
    let inputs: Vec<InputFile> = inputs.collect();
    let extracted = cpu();
    let sources = Sources::new(inputs, NamePool::default());
    let linked = Linked::new(&sources);
    let mut edges = 0;
    for file in 0..files.len() {
        edges += linked.edges(file).edges.len();
    }
    let resolved = cpu();
    std::hint::black_box(edges);
    let lines: usize = files.iter().map(|file| file.text.lines().count()).sum();
    let (parse, extraction, resolution) =
        (parsed - start, extracted - parsed, resolved - extracted);
    println!(
        "| {} | {} | {lines} | {parse:.2} | {extraction:.2} | {resolution:.2} | {:.2} |",
        Path::new(folder).file_name().unwrap().to_string_lossy(),
        files.len(),
        (extraction - parse + resolution) / parse
    );
}

/// The files of the languages that are compared, hidden folders and dependencies left out.
fn read(root: &Path, folder: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().unwrap();
        if name.starts_with('.') || name == "node_modules" || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            read(root, path.to_str().unwrap(), files);
            continue;
        }
        let grammar: Language = match name.rsplit('.').next() {
            Some("py") => arc_grammar::python(),
            Some("ts" | "mts" | "cts") => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Some("tsx") => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Some("js" | "mjs" | "cjs" | "jsx") => tree_sitter_javascript::LANGUAGE.into(),
            Some("rs") => tree_sitter_rust::LANGUAGE.into(),
            Some("java") => tree_sitter_java::LANGUAGE.into(),
            Some("go") => tree_sitter_go::LANGUAGE.into(),
            _ => continue,
        };
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let path = path
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        if let Some(detected) = detect(&path, &text) {
            let language = detected.language;
            files.push(File {
                path,
                text,
                language,
                grammar,
            });
        }
    }
}

/// CPU of this process so far, in seconds.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

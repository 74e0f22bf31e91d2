//! Prints the edges of a folder as JSON lines, straight from the resolver: for looking at one language without a store.
//!
//! `cargo run --release -p arc-extract --example edges -- FOLDER`

use std::path::Path;
use std::time::Instant;

use arc_extract::{InputFile, Place, detect, extract, resolve};
use rayon::prelude::*;

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String, &'static str)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == ".git" || name == "node_modules" || name == ".arc" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let relative = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            if let Some(detected) = detect(&relative, text.lines().next().unwrap_or("")) {
                found.push((relative, text, detected.language));
            }
        }
    }
}

fn main() {
    let Some(root) = std::env::args().nth(1) else {
        return;
    };
    let root = Path::new(&root);
    let mut sources = Vec::new();
    collect(root, root, &mut sources);
    sources.sort();
    let start = Instant::now();
    let files: Vec<InputFile> = sources
        .par_iter()
        .map(|(path, text, language)| InputFile {
            path: path.clone(),
            language,
            facts: extract(language, path, text),
        })
        .collect();
    let extracted = start.elapsed();
    let resolution = resolve(&files);
    let resolved = start.elapsed() - extracted;
    let mut out = String::new();
    for (index, edges) in resolution.edges.iter().enumerate() {
        let describe = |place: &Place| match place {
            Place::External(name) => {
                serde_json::json!({"path": null, "symbol": name, "line": null})
            }
            Place::Symbol { file, symbol } => {
                let path = &files[*file as usize].path;
                let fact = &files[*file as usize].facts.symbols[*symbol as usize];
                let scope = resolution.symbols[*file as usize]
                    .iter()
                    .find(|known| known.index == *symbol);
                let module = &resolution.modules[*file as usize];
                let name = scope.map_or(module.clone(), |scope| {
                    format!("{module}.{}", scope.scope_name)
                });
                let line = scope.map(|_| fact.line);
                serde_json::json!({"path": path, "symbol": name, "line": line})
            }
        };
        for edge in edges
            .iter()
            .filter(|edge| edge.confidence.thousandths() >= 500)
        {
            let src = describe(&Place::Symbol {
                file: index as u32,
                symbol: edge.src,
            });
            let line = serde_json::json!({
                "kind": edge.kind.as_str(), "src": src, "dst": describe(&edge.dst),
                "line": edge.line, "confidence": edge.confidence.probability(), "rule": edge.rule.as_str(),
            });
            out.push_str(&line.to_string());
            out.push('\n');
        }
    }
    print!("{out}");
    let edges: usize = resolution.edges.iter().map(Vec::len).sum();
    let unresolved: usize = resolution.unresolved.iter().map(Vec::len).sum();
    eprintln!(
        "{} files, {edges} edges, {unresolved} unresolved; extract {extracted:.2?}, resolve {resolved:.2?}",
        files.len()
    );
}

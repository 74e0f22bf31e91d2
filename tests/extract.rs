//! Fixtures: real source with claims in comments. A claim speaks of the nearest code line above it.
//!
//! ```text
//! #- pkg/a.py
//! from .b import load
//! #    ^^ imports pkg/b.py, references pkg/b.py::load
//! load()
//! # <- calls pkg/b.py::load
//! getattr(cfg, name)()
//! # ^^^ nothing
//! ```
//!
//! `calls`, `imports`, `inherits`, `overrides`, `requests` and `starts` inside the project must all be claimed; other kinds and what
//! lies outside
//! (`calls requests.get`) are checked where claimed. Of definitions that share a name, `calls a.py::load#2` means the second;
//! `calls a.py::load from main` says who does. Edges below half certainty do not count, and must be claimed as
//! `maybe calls …` to be checked.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use arc_extract::{FileEdges, InputFile, Linked, NamePool, Place, Sources, detect, extract};
use arc_graph::{EdgeKind, Rule};

const COMMENTS: &[&str] = &["//", "#", "--", ";;", "%", "<!--", "/*"];
const STRICT: &[EdgeKind] = &[
    EdgeKind::Calls,
    EdgeKind::Imports,
    EdgeKind::Inherits,
    EdgeKind::Overrides,
    EdgeKind::Requests,
    EdgeKind::Starts,
];

/// One statement about one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    line: u32,
    text: String,
}

struct FixtureFile {
    path: String,
    text: String,
    claims: BTreeSet<Claim>,
}

fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    COMMENTS.iter().find_map(|mark| line.strip_prefix(mark))
}

/// The claims of a comment line; `None` when it makes none.
fn claims_of(line: &str) -> Option<Vec<String>> {
    let text = comment(line)?
        .trim_end_matches("-->")
        .trim_end_matches("*/")
        .trim();
    let text = match text.strip_prefix("<-") {
        Some(rest) => rest,
        None => text.strip_prefix('^')?.trim_start_matches('^'),
    };
    Some(
        text.split(',')
            .map(|claim| claim.trim().to_owned())
            .filter(|claim| !claim.is_empty())
            .collect(),
    )
}

fn split(fixture: &Path, text: &str) -> Vec<FixtureFile> {
    let mut files: Vec<FixtureFile> = Vec::new();
    let mut current = fixture
        .file_name()
        .expect("a fixture is a file")
        .to_string_lossy()
        .into_owned();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        match comment(line).and_then(|rest| rest.strip_prefix("- ")) {
            Some(path) => {
                files.extend(file(&current, &lines));
                current = path.trim_end_matches("-->").trim().to_owned();
                lines.clear();
            }
            None => lines.push(line),
        }
    }
    files.extend(file(&current, &lines));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Claims are taken out of the source, so that they change nothing in it.
fn file(path: &str, lines: &[&str]) -> Option<FixtureFile> {
    let mut text = String::new();
    let mut claims = BTreeSet::new();
    let mut code_line = 0;
    for line in lines {
        match claims_of(line) {
            Some(found) => claims.extend(found.into_iter().map(|text| Claim {
                line: code_line,
                text,
            })),
            None => {
                text.push_str(line);
                text.push('\n');
                code_line += 1;
            }
        }
    }
    (!text.trim().is_empty()).then(|| FixtureFile {
        path: path.to_owned(),
        text,
        claims,
    })
}

fn place(files: &[FixtureFile], resolution: &[FileEdges], place: &Place) -> String {
    match place {
        Place::External(name) => name.clone(),
        Place::Symbol { file, symbol } => {
            let path = &files[*file as usize].path;
            match resolution[*file as usize]
                .symbols
                .iter()
                .find(|known| known.index == *symbol)
            {
                Some(symbol) => format!("{path}::{}", symbol.scope_name),
                None => path.clone(),
            }
        }
    }
}

/// Which of the definitions that share its name in its file this is, from one.
fn nth(resolution: &[FileEdges], place: &Place) -> usize {
    let Place::Symbol { file, symbol } = place else {
        return 1;
    };
    let symbols = &resolution[*file as usize].symbols;
    let name = symbols.iter().find(|known| known.index == *symbol);
    let same = symbols.iter().filter(|known| {
        known.index <= *symbol && name.is_some_and(|name| name.scope_name == known.scope_name)
    });
    same.count()
}

fn check(fixture: &Path, problems: &mut String) {
    let text = std::fs::read_to_string(fixture).expect("fixtures are readable text");
    let files = split(fixture, &text);
    let inputs: Vec<InputFile> = files
        .iter()
        .filter_map(|file| {
            let detected = detect(&file.path, &file.text)?;
            let facts = extract(detected.language, &file.path, &file.text);
            Some(InputFile {
                path: file.path.clone(),
                language: detected.language,
                facts,
            })
        })
        .collect();
    if inputs.len() != files.len() {
        let _ = writeln!(
            problems,
            "{}: a file has no known language",
            fixture.display()
        );
        return;
    }
    let resolution = resolve(inputs);
    for (index, file) in files.iter().enumerate() {
        check_file(fixture, &files, &resolution, index, file, problems);
    }
}

fn resolve(inputs: Vec<InputFile>) -> Vec<FileEdges> {
    let count = inputs.len();
    let sources = Sources::new(inputs, NamePool::default());
    let linked = Linked::new(&sources);
    (0..count).map(|file| linked.edges(file)).collect()
}

fn check_file(
    fixture: &Path,
    files: &[FixtureFile],
    resolution: &[FileEdges],
    index: usize,
    file: &FixtureFile,
    problems: &mut String,
) {
    let mut found = BTreeSet::new();
    let mut demanded = BTreeSet::new();
    for edge in &resolution[index].edges {
        let is_sure = edge.confidence.thousandths() >= 500;
        let maybe = if is_sure { "" } else { "maybe " };
        let text = format!(
            "{maybe}{} {}",
            edge.kind.as_str(),
            place(files, resolution, &edge.dst)
        );
        let claim = |text: String| Claim {
            line: edge.line,
            text,
        };
        let sources = &resolution[index].symbols;
        let source = sources.iter().find(|symbol| symbol.index == edge.src);
        let source = source.map_or("the file", |symbol| symbol.scope_name.as_str());
        let closer = [
            claim(format!("{text}#{}", nth(resolution, &edge.dst))),
            claim(format!("{text} from {source}")),
        ];
        let is_demanded =
            is_sure && STRICT.contains(&edge.kind) && matches!(edge.dst, Place::Symbol { .. });
        if is_demanded && !closer.iter().any(|claim| file.claims.contains(claim)) {
            demanded.insert(claim(text.clone()));
        }
        found.insert(claim(text));
        found.extend(closer);
    }
    let name = fixture
        .file_name()
        .expect("a fixture is a file")
        .to_string_lossy();
    let report = |problems: &mut String, what: &str, claim: &Claim| {
        let code = file
            .text
            .lines()
            .nth(claim.line.saturating_sub(1) as usize)
            .unwrap_or("")
            .trim();
        let _ = writeln!(
            problems,
            "{name} {}:{}: {what} «{}»\n    {code}",
            file.path, claim.line, claim.text
        );
    };
    for claim in &file.claims {
        if claim.text == "nothing" {
            // What was tied by a text is not to be there either.
            let is_tied = |edge: &&arc_extract::Edge| {
                edge.line == claim.line
                    && edge.rule == Rule::Convention
                    && edge.kind == EdgeKind::Reads
            };
            if resolution[index].edges.iter().any(|edge| is_tied(&edge)) {
                report(problems, "not", claim);
            }
            continue;
        }
        if !found.contains(claim) {
            report(problems, "missing", claim);
        }
    }
    for claim in &demanded {
        if !file.claims.contains(claim) {
            report(problems, "unclaimed", claim);
        }
    }
}

fn fixtures(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            fixtures(&path, found)
        } else {
            found.push(path)
        }
    }
}

/// Folders are named after languages; what `heal` holds is broken on purpose and has no claims.
#[test]
fn every_edge_of_every_fixture_is_claimed_and_every_claim_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut found = Vec::new();
    fixtures(&root, &mut found);
    found.retain(|path| !path.components().any(|part| part.as_os_str() == "heal"));
    found.sort();
    assert!(!found.is_empty(), "no fixtures below {}", root.display());
    let mut problems = String::new();
    for fixture in &found {
        check(fixture, &mut problems);
    }
    assert!(
        problems.is_empty(),
        "{} fixtures, these claims fail:\n{problems}",
        found.len()
    );
}

/// `tests/constructs.md` has a line for each construct: where its claim is, and the code above the claim, or a test by its name.
#[test]
fn every_construct_of_the_list_has_a_claim() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let read = |path: &str| std::fs::read_to_string(root.join(path));
    let list = read("constructs.md").expect("the list is there");
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|row: &Vec<&str>| row[0] != "construct")
        .collect();
    assert!(rows.len() > 200, "{} constructs", rows.len());
    for row in rows {
        let [construct, file, code] = row[..] else {
            panic!("no row of three: {row:?}");
        };
        let (file, code) = (file.trim_matches('`'), code.trim_matches('`'));
        let text = read(file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let is_claimed = |pair: &[&str]| pair[0].contains(code) && claims_of(pair[1]).is_some();
        let has_claim = if file.starts_with("fixtures/") {
            lines.windows(2).any(is_claimed)
        } else {
            lines
                .iter()
                .any(|line| line.contains(&format!("fn {code}(")))
        };
        assert!(has_claim, "{construct}: no claim below «{code}» in {file}");
    }
}

/// Each file imports both files of the next layer whole: there are 2^24 ways to the name, and one answer.
#[test]
fn star_imports_are_followed_once() {
    const LAYERS: usize = 24;
    let mut files = Vec::new();
    for layer in 0..LAYERS {
        for side in ["a", "b"] {
            let next = layer + 1;
            let text = if next == LAYERS {
                "def deep():\n    pass\n".to_owned()
            } else {
                format!(
                    "from l{next:02}a import *\nfrom l{next:02}b import *\n\ndeep()\nnowhere()\n"
                )
            };
            let path = format!("l{layer:02}{side}.py");
            files.push(InputFile {
                facts: extract("python", &path, &text),
                path,
                language: "python",
            });
        }
    }
    let last = files.len() as u32 - 1;
    let resolution = resolve(files);
    let calls = resolution[0]
        .edges
        .iter()
        .filter(|edge| edge.kind == EdgeKind::Calls);
    let called: Vec<&Place> = calls.map(|edge| &edge.dst).collect();
    assert!(!called.is_empty());
    for place in called {
        assert!(
            matches!(place, Place::Symbol { file, .. } if *file + 1 >= last),
            "{place:?}"
        );
    }
}

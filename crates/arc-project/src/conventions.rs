//! How the code around a target does things, counted: names, documentation, declared types, marks above definitions, errors, layout.
//!
//! Nothing is said of what few places show, or what the places do not agree on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use arc_extract::{FileFacts, SymbolFact, flag};
use arc_graph::{NodeKind, NodeRecord};
use arc_store::GraphFile;
use regex::Regex;

use crate::ask::AskError;
use crate::cached_facts::{decode, texts};
use crate::other_texts::unreadable;
use crate::read_file::source_text;

/// Files that are looked at: those of the targets, then others of the folder of the first.
const MAX_FILES: usize = 6;
/// Functions of the files of the targets that make those of other files needless.
const ENOUGH: usize = 12;
/// Places that show a convention, at least.
const MIN_PLACES: usize = 5;
/// The part of them that agrees, at least.
const MIN_SHARE: f64 = 0.85;
/// The part of functions that has the same mark above it, at least.
const MARKED: f64 = 0.6;
/// Places that are told of one convention.
const SHOWN: usize = 2;
/// Lines of a file from which on its layout is told.
const MIN_LINES: usize = 20;
/// Letters of a line beyond which nobody keeps to a longest one.
const LONG: usize = 160;

/// What the code around a target agrees on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convention {
    /// In words, with the counts that it rests on.
    pub text: String,
    /// Places that show it: `path:line`. None for what every line shows.
    pub at: Vec<String>,
}

/// A function.
struct Seen {
    at: String,
    name: String,
    is_public: bool,
    has_doc: bool,
    /// Whether the types of its parameters and of its result are declared; `None` where it has none that could be.
    is_typed: Option<bool>,
    /// What stands right above it: `@property`, `#[must_use]`.
    marks: BTreeSet<String>,
}

/// A file with its functions.
struct Read {
    path: String,
    text: String,
}

/// What the code around some nodes agrees on.
pub(crate) fn conventions(
    graph: &GraphFile,
    root: &Path,
    nodes: &[&NodeRecord],
) -> Result<Vec<Convention>, AskError> {
    let Some(language) = language_of(graph, nodes)? else {
        return Ok(Vec::new());
    };
    let mut files: Vec<Read> = Vec::new();
    let mut functions: Vec<Seen> = Vec::new();
    for path in paths(graph, nodes)? {
        let is_own = nodes
            .iter()
            .any(|node| node.path.as_deref() == Some(&*path));
        if files.len() >= MAX_FILES || (functions.len() >= ENOUGH && !is_own) {
            break;
        }
        let Some(file) = graph.file(&path)? else {
            continue;
        };
        if file.row.language.as_deref() != Some(&*language) {
            continue;
        }
        // A file that cannot be read any more shows nothing.
        let Ok(text) = source_text(root, &path) else {
            continue;
        };
        let bytes = graph.facts(file.id)?;
        let docs = texts(graph.path(), bytes.clone()).map_err(unreadable)?;
        if let Some(bytes) = bytes {
            let facts = decode(graph.path(), &bytes).map_err(unreadable)?;
            let documented: BTreeSet<usize> = docs.iter().map(|doc| doc.symbol.index()).collect();
            functions.extend(seen(&facts, &documented, (&path, &text)));
        }
        files.push(Read { path, text });
    }
    let mut found = Vec::new();
    found.extend(naming(&functions));
    found.extend(documentation(&functions));
    if matches!(&*language, "python" | "php") {
        found.extend(typing(&functions));
    }
    found.extend(marks(&functions));
    found.extend(errors(&files));
    found.extend(layout(&files, &language));
    Ok(found)
}

fn language_of(graph: &GraphFile, nodes: &[&NodeRecord]) -> Result<Option<String>, AskError> {
    let Some(file) = nodes.first().and_then(|node| node.file) else {
        return Ok(None);
    };
    let record = graph.file_by_id(file)?;
    Ok(record.and_then(|record| record.row.language))
}

/// The files of the nodes, then those of the folder of the first.
fn paths(graph: &GraphFile, nodes: &[&NodeRecord]) -> Result<Vec<String>, AskError> {
    let mut paths: Vec<String> = Vec::new();
    let own = nodes.iter().filter_map(|node| node.path.clone());
    for path in own {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    if let Some(first) = paths.first().cloned() {
        for file in graph.files_around(&first, 4 * MAX_FILES)? {
            let path = graph.path_of(file)?;
            let path = path.filter(|path| folder(path) == folder(&first));
            paths.extend(path.filter(|path| !paths.contains(path)));
        }
    }
    Ok(paths)
}

/// The functions of a file.
fn seen(facts: &FileFacts, documented: &BTreeSet<usize>, (path, text): (&str, &str)) -> Vec<Seen> {
    let lines: Vec<&str> = text.lines().collect();
    let is_function = |symbol: &SymbolFact| {
        let kind = NodeKind::from_number(symbol.kind);
        matches!(kind, Some(NodeKind::Function | NodeKind::Method)) && symbol.name.is_some()
    };
    let symbols = facts.symbols.iter().enumerate();
    symbols
        .filter(|(_, symbol)| is_function(symbol))
        .map(|(at, symbol)| {
            // A receiver has the type that it stands in.
            let own = symbol.params.iter().filter(|param| param.kind != 4);
            let declared: Vec<bool> = own.map(|param| param.declared.is_some()).collect();
            let result = symbol.declared.is_some();
            Seen {
                at: format!("{path}:{}", symbol.line),
                name: facts.text(symbol.name).trim_end_matches("()").to_owned(),
                is_public: symbol.flags & flag::PUBLIC != 0,
                has_doc: documented.contains(&at),
                is_typed: (!declared.is_empty())
                    .then(|| declared.iter().all(|declared| *declared) && result)
                    .or(result.then_some(true)),
                marks: marks_above(&lines, symbol.line),
            }
        })
        .collect()
}

/// The decorators and attributes right above a line, without what they are given.
fn marks_above(lines: &[&str], line: u32) -> BTreeSet<String> {
    let above = lines.iter().take((line as usize).saturating_sub(1)).rev();
    above
        .map(|line| line.trim())
        .take_while(|line| line.starts_with('@') || line.starts_with("#["))
        .map(|line| {
            let end = line.find(['(', '=', ' ', ']']).unwrap_or(line.len());
            let mark = &line[..end];
            if mark.starts_with("#[") {
                format!("{mark}]")
            } else {
                mark.to_owned()
            }
        })
        .collect()
}

/// A convention that some of `all` places show, if they agree.
fn agreed(shown: &[&Seen], all: usize, least: f64, text: &str) -> Option<Convention> {
    let share = shown.len() as f64 / all.max(1) as f64;
    (all >= MIN_PLACES && share >= least).then(|| Convention {
        text: format!("{text} ({} of {all})", shown.len()),
        at: shown
            .iter()
            .take(SHOWN)
            .map(|seen| seen.at.clone())
            .collect(),
    })
}

fn naming(functions: &[Seen]) -> Option<Convention> {
    type Style = (&'static str, fn(&str) -> bool);
    let styles: [Style; 3] = [
        ("functions are named like_this", |name| name.contains('_')),
        ("functions are named likeThis", |name| {
            !name.contains('_') && name.starts_with(char::is_lowercase)
        }),
        ("functions are named LikeThis", |name| {
            !name.contains('_') && name.starts_with(char::is_uppercase)
        }),
    ];
    // Only names of several words show how words are joined.
    let plain = |seen: &Seen| seen.name.trim_matches('_').to_owned();
    let joined: Vec<&Seen> = functions
        .iter()
        .filter(|seen| {
            let name = plain(seen);
            name.contains('_') || name.chars().skip(1).any(char::is_uppercase)
        })
        .collect();
    styles.iter().find_map(|(text, has)| {
        let shown: Vec<&Seen> = joined
            .iter()
            .copied()
            .filter(|seen| has(&plain(seen)))
            .collect();
        agreed(&shown, joined.len(), MIN_SHARE, text)
    })
}

fn documentation(functions: &[Seen]) -> Option<Convention> {
    let public: Vec<&Seen> = functions.iter().filter(|seen| seen.is_public).collect();
    let (with, without): (Vec<&Seen>, Vec<&Seen>) =
        public.iter().copied().partition(|seen| seen.has_doc);
    let told = "public functions have documentation";
    agreed(&with, public.len(), MIN_SHARE, told).or_else(|| {
        let told = "public functions have no documentation";
        agreed(&without, public.len(), MIN_SHARE, told)
    })
}

fn typing(functions: &[Seen]) -> Option<Convention> {
    let may: Vec<&Seen> = functions
        .iter()
        .filter(|seen| seen.is_typed.is_some())
        .collect();
    let (typed, bare): (Vec<&Seen>, Vec<&Seen>) = may
        .iter()
        .copied()
        .partition(|seen| seen.is_typed == Some(true));
    let told = "functions declare the types of their parameters and results";
    agreed(&typed, may.len(), MIN_SHARE, told).or_else(|| {
        let told = "functions do not declare all types of their parameters and results";
        agreed(&bare, may.len(), MIN_SHARE, told)
    })
}

fn marks(functions: &[Seen]) -> Option<Convention> {
    let mut counts: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in functions {
        for mark in &seen.marks {
            counts.entry(mark).or_default().push(seen);
        }
    }
    let most = counts.into_iter().max_by_key(|(_, shown)| shown.len());
    let (mark, shown) = most?;
    agreed(
        &shown,
        functions.len(),
        MARKED,
        &format!("functions have {mark} above them"),
    )
}

static RAISED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:raise|throw new)\s+([A-Za-z_][\w.]*)").expect("a test uses the form")
});

/// What errors are mostly raised as.
fn errors(files: &[Read]) -> Option<Convention> {
    let mut raised: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut all = 0;
    for file in files {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(found) = RAISED.captures(line).and_then(|found| found.get(1)) {
                all += 1;
                let places = raised.entry(found.as_str()).or_default();
                places.push(format!("{}:{number}", file.path));
            }
        }
    }
    let (name, places) = raised.into_iter().max_by_key(|(_, places)| places.len())?;
    let is_most = all >= MIN_PLACES && 2 * places.len() >= all;
    is_most.then(|| Convention {
        text: format!("errors are raised as {name} ({} of {all})", places.len()),
        at: places.into_iter().take(SHOWN).collect(),
    })
}

/// How lines are written.
fn layout(files: &[Read], language: &str) -> Option<Convention> {
    let lines: Vec<&str> = files.iter().flat_map(|file| file.text.lines()).collect();
    if lines.len() < MIN_LINES {
        return None;
    }
    let mut told: Vec<String> = indent(&lines).into_iter().collect();
    let is_script = matches!(language, "javascript" | "typescript" | "jsx" | "tsx");
    if is_script || matches!(language, "python" | "ruby" | "php") {
        let has = |quote: char, other: char| {
            let own = |line: &&&str| line.contains(quote) && !line.contains(other);
            lines.iter().filter(own).count()
        };
        let (double, single) = (has('"', '\''), has('\'', '"'));
        told.extend(mostly((double, "double quotes"), (single, "single quotes")));
    }
    if is_script {
        let ends = |wanted: fn(char) -> bool| {
            let own = |line: &&&str| line.trim_end().ends_with(wanted);
            lines.iter().filter(own).count()
        };
        let with = ends(|letter| letter == ';');
        let without = ends(|letter| letter.is_alphanumeric() || matches!(letter, ')' | ']' | '\''));
        told.extend(mostly(
            (with, "semicolons end statements"),
            (without, "no semicolons"),
        ));
    }
    let longest = lines.iter().map(|line| line.chars().count()).max()?;
    if longest <= LONG {
        told.push(format!("no line is longer than {longest} letters"));
    }
    (!told.is_empty()).then(|| Convention {
        text: told.join(", "),
        at: Vec::new(),
    })
}

fn indent(lines: &[&str]) -> Option<String> {
    let begins = |letter: char| lines.iter().filter(|line| line.starts_with(letter)).count();
    if begins('\t') > begins(' ') {
        return Some("indented by tabs".to_owned());
    }
    // Steps to the right from one line to the next: what continues a line goes in by any width.
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let filled: Vec<usize> = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| width(line))
        .collect();
    let mut steps: BTreeMap<usize, usize> = BTreeMap::new();
    for pair in filled.windows(2).filter(|pair| pair[1] > pair[0]) {
        *steps.entry(pair[1] - pair[0]).or_default() += 1;
    }
    let (step, _) = steps
        .into_iter()
        .max_by_key(|(step, count)| (*count, *step))?;
    Some(format!("indented by {step} spaces"))
}

/// The one of two that is nearly always there.
fn mostly(one: (usize, &str), other: (usize, &str)) -> Option<String> {
    let all = one.0 + other.0;
    let is_most = |count: usize| all >= MIN_LINES && count as f64 >= MIN_SHARE * all as f64;
    [one, other]
        .iter()
        .find(|(count, _)| is_most(*count))
        .map(|(_, text)| (*text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_raised_names_and_indents_are_read_by_their_form() {
        let lines = ["x = 1", "@app.route('/')", "@cached", "def index():"];
        let marks = marks_above(&lines, 4);
        assert_eq!(
            marks.into_iter().collect::<Vec<_>>(),
            ["@app.route", "@cached"]
        );
        let lines = ["#[must_use]", "#[inline(always)]", "fn f() {}"];
        let marks = marks_above(&lines, 3);
        assert_eq!(
            marks.into_iter().collect::<Vec<_>>(),
            ["#[inline]", "#[must_use]"]
        );
        let found = RAISED
            .captures("    raise errors.Bad('x')")
            .expect("raised");
        assert_eq!(&found[1], "errors.Bad");
        assert!(RAISED.captures("    raise").is_none());
        let told = indent(&["def f():", "  if x:", "    y()", "def g(a,", "      b):"]);
        assert_eq!(told.as_deref(), Some("indented by 2 spaces"));
        assert_eq!(indent(&["a:", "\tb"]).as_deref(), Some("indented by tabs"));
    }
}

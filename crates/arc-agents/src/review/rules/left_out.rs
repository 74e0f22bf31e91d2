//! A new name in a list that stands in two places: fields and their copy, exports and their declarations, parameters and what is handed on.
//!
//! A list is lines in a row at the same depth that each begin with a name. Two lists are of the same things when they have most names
//! in common; what comes to one of them only was mostly forgotten in the other. No language is known here.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use arc_project::{AskError, is_made, source_text};

use crate::review::finding::{Finding, FindingKind, Place, Severity};
use crate::review::subject::{ReviewedFile, Subject, is_test};

/// Names that two lists have in common, at least.
const MIN_COMMON: usize = 4;
/// The part of the names beside the new one that the other list has, at least.
const MIN_SHARE: f64 = 0.8;
/// The part of the names of the other list that they are, at least.
const MIN_OTHER: f64 = 0.6;
/// New names of one list: with more it is another list.
const MAX_NEW: usize = 3;
/// Lines around the other list in which the new name may stand after all.
const AROUND: usize = 15;
/// Letters of a name, at least.
const MIN_LETTERS: usize = 3;
/// Files of the folder that are searched for each file.
const MAX_FILES: usize = 80;
/// Bytes of them.
const MAX_BYTES: usize = 8 << 20;
/// What is said of one change, at most.
const MAX_FINDINGS: usize = 3;

/// Words that begin lines which are no items of a list, sorted.
const WORDS: &[&str] = &[
    "and",
    "assert",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "continue",
    "def",
    "default",
    "defer",
    "del",
    "elif",
    "else",
    "elseif",
    "end",
    "enum",
    "except",
    "false",
    "finally",
    "fn",
    "for",
    "from",
    "func",
    "function",
    "go",
    "goto",
    "impl",
    "import",
    "include",
    "interface",
    "is",
    "match",
    "mod",
    "module",
    "new",
    "nil",
    "none",
    "not",
    "null",
    "package",
    "pass",
    "print",
    "raise",
    "require",
    "return",
    "select",
    "struct",
    "switch",
    "then",
    "throw",
    "trait",
    "true",
    "try",
    "type",
    "undef",
    "unless",
    "until",
    "use",
    "using",
    "when",
    "while",
    "with",
    "yield",
];
/// Words that stand before the name of an item.
const BEFORE: &[&str] = &[
    "const",
    "export",
    "final",
    "let",
    "mut",
    "private",
    "protected",
    "pub",
    "pub(crate)",
    "pub(super)",
    "public",
    "readonly",
    "static",
    "val",
    "var",
];

/// A line of a list.
struct Item {
    line: u32,
    /// As it is written.
    name: String,
    /// However it is written: a field, a parameter, a key.
    plain: String,
}

type List = Vec<Item>;

/// A file with its lists, which are taken apart when it has the names of another one.
struct Listed {
    text: String,
    /// The text in small letters, without what joins words.
    plain: String,
    lists: OnceCell<Vec<List>>,
}

impl Listed {
    fn of(text: String) -> Listed {
        Listed {
            plain: plain(&text),
            text,
            lists: OnceCell::new(),
        }
    }

    /// The lists, where so many of some names are somewhere in the text that one may have them.
    fn lists_with(&self, names: &BTreeSet<&str>) -> &[List] {
        let there = names.iter().filter(|name| self.plain.contains(**name));
        if there.count() < MIN_COMMON {
            return &[];
        }
        self.lists.get_or_init(|| lists(&self.text, MIN_COMMON))
    }
}

/// A list that does not have what another one has new.
struct Lacking<'a> {
    item: &'a Item,
    path: &'a str,
    line: u32,
    common: usize,
    all: usize,
}

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) -> Result<(), AskError> {
    let mut read: BTreeMap<String, Listed> = BTreeMap::new();
    let mut bytes = 0;
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for file in subject.files() {
        let Some(old) = file
            .old
            .as_deref()
            .filter(|_| file.is_judged() && is_code(file.language()))
        else {
            continue;
        };
        let gone: BTreeSet<String> = lists(old, 1)
            .into_iter()
            .flatten()
            .filter(|item| !file.kept.contains_key(&item.line))
            .map(|item| item.plain)
            .collect();
        let own = lists(&file.text, MIN_COMMON + 1);
        let new: Vec<&[Item]> = own
            .iter()
            .map(Vec::as_slice)
            .filter(|list| has_new(file, list))
            .collect();
        if new.is_empty() {
            continue;
        }
        let paths = candidates(subject, file)?;
        for path in &paths {
            if !read.contains_key(path) {
                let listed = listed(subject, path, &mut bytes)?;
                read.insert(path.clone(), listed);
            }
        }
        for list in new {
            let others = paths.iter().map(|path| (path.as_str(), &read[path]));
            for lacking in others.filter_map(|other| lacking(subject, (file, list), other, &gone)) {
                let key = (lacking.item.plain.clone(), lacking.path.to_owned());
                if told.len() < MAX_FINDINGS && told.insert(key) {
                    findings.push(finding(subject, file, &lacking));
                }
            }
        }
    }
    Ok(())
}

/// Whether a language says what a program does: settings and prose list what they like.
fn is_code(language: Option<&str>) -> bool {
    const DATA: &[&str] = &[
        "css",
        "dockerfile",
        "dotenv",
        "go module",
        "hcl",
        "html",
        "ini",
        "json",
        "make",
        "markdown",
        "pnpm",
        "requirements",
        "scss",
        "sql",
        "terraform",
        "toml",
        "xml",
        "yaml",
    ];
    language.is_some_and(|language| !DATA.contains(&language))
}

/// Whether something came to a list that was there.
fn has_new(file: &ReviewedFile<'_>, list: &[Item]) -> bool {
    let new = list.iter().filter(|item| file.has(item.line)).count();
    (1..=MAX_NEW).contains(&new) && list.len() - new >= MIN_COMMON
}

/// The other sources of the folder and of the change, with the file itself.
fn candidates(subject: &Subject<'_>, file: &ReviewedFile<'_>) -> Result<Vec<String>, AskError> {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let mut paths = BTreeSet::from([file.path.clone()]);
    for near in subject.graph.files_around(&file.path, MAX_FILES)? {
        let path = subject.graph.path_of(near)?;
        paths.extend(path.filter(|path| folder(path) == folder(&file.path)));
    }
    paths.extend(
        subject
            .files()
            .iter()
            .map(|other| other.path.clone())
            .take(MAX_FILES),
    );
    Ok(paths.into_iter().collect())
}

/// The lists of a source that people write and that is no test.
fn listed(subject: &Subject<'_>, path: &str, bytes: &mut usize) -> Result<Listed, AskError> {
    if *bytes > MAX_BYTES {
        return Ok(Listed::of(String::new()));
    }
    let is_written = match subject.file(path) {
        Some(file) => file.is_judged(),
        None => !is_test(subject.graph, path)? && !is_made(subject.graph, path)?,
    };
    let stored = subject.graph.file(path)?;
    let is_read = stored.is_some_and(|file| is_code(file.row.language.as_deref()));
    if !is_read || !is_written {
        return Ok(Listed::of(String::new()));
    }
    let text = match subject.file(path) {
        Some(file) => file.text.clone(),
        // What cannot be read has no lists.
        None => source_text(subject.root, path).unwrap_or_default(),
    };
    *bytes += text.len();
    Ok(Listed::of(text))
}

/// A list of another place that has what a list of a file has, and not what is new of it.
fn lacking<'a>(
    subject: &Subject<'_>,
    (file, list): (&ReviewedFile<'_>, &'a [Item]),
    (path, other): (&'a str, &'a Listed),
    gone: &BTreeSet<String>,
) -> Option<Lacking<'a>> {
    let changed = subject.file(path);
    let is_new = |line: u32| changed.is_some_and(|changed| changed.has(line));
    let (new, stay): (Vec<&Item>, Vec<&Item>) = list.iter().partition(|item| file.has(item.line));
    let stay: BTreeSet<&str> = stay.iter().map(|item| item.plain.as_str()).collect();
    for twin in other.lists_with(&stay) {
        let is_own = path == file.path && twin[0].line == list[0].line;
        if is_own || twin.iter().any(|item| is_new(item.line)) {
            continue;
        }
        let names: BTreeSet<&str> = twin.iter().map(|item| item.plain.as_str()).collect();
        let common = stay.intersection(&names).count();
        let is_same = common >= MIN_COMMON
            && common as f64 >= MIN_SHARE * stay.len() as f64
            && common as f64 >= MIN_OTHER * names.len() as f64;
        if !is_same {
            continue;
        }
        let own = (path == file.path).then_some(list);
        let around = around(&other.text, twin, own);
        let item = new.iter().copied().find(|item| {
            let is_known = stay.contains(item.plain.as_str()) || gone.contains(&item.plain);
            !is_known && !around.contains(&item.plain)
        });
        if let Some(item) = item {
            return Some(Lacking {
                item,
                path,
                line: twin[0].line,
                common,
                all: stay.len(),
            });
        }
    }
    None
}

/// The words in and around a list; those of the list with the new name are none of them.
fn around(text: &str, list: &[Item], own: Option<&[Item]>) -> BTreeSet<String> {
    let span = |list: &[Item]| {
        let last = list.last().map_or(0, |item| item.line);
        list.first().map_or(0, |item| item.line)..last + 1
    };
    let (there, own) = (span(list), own.map_or(0..0, span));
    let first = (there.start as usize).saturating_sub(AROUND);
    let lines = (1..).zip(text.lines()).skip(first.saturating_sub(1));
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    lines
        .take_while(|(line, _)| *line < there.end + AROUND as u32)
        .filter(|(line, _)| !own.contains(line))
        .flat_map(|(_, line)| line.split(move |letter| !is_part(letter)))
        .filter(|word| !word.is_empty())
        .map(plain)
        .collect()
}

/// The lists of a text with so many items or more. What goes in deeper belongs to the item above.
fn lists(text: &str, least: usize) -> Vec<List> {
    let mut found: Vec<List> = Vec::new();
    let mut list: List = Vec::new();
    let mut depth = None;
    for (line, text) in (1..).zip(text.lines()) {
        let said = text.trim_start();
        if said.is_empty()
            || ["//", "#", "/*", "*"]
                .iter()
                .any(|mark| said.starts_with(mark))
        {
            continue;
        }
        let own = text.len() - said.len();
        let item = name_of(said).map(|name| Item {
            line,
            name: name.to_owned(),
            plain: plain(name),
        });
        match (item, depth) {
            (Some(item), None) => {
                depth = Some(own);
                list.push(item);
            }
            (Some(item), Some(depth)) if own == depth => list.push(item),
            (_, Some(depth)) if own > depth => {}
            (item, _) => {
                found.push(std::mem::take(&mut list));
                depth = item.is_some().then_some(own);
                list.extend(item);
            }
        }
    }
    found.push(list);
    found.retain(|list| list.len() >= least.max(1));
    found
}

/// The name that an item of a list begins with; `None` for a line that is none.
fn name_of(line: &str) -> Option<&str> {
    let mut rest = line.trim_start_matches(|letter: char| {
        letter.is_whitespace() || "*|-&.\"'`([{".contains(letter)
    });
    loop {
        let word = rest.split([' ', '\t', '.']).next().unwrap_or("");
        let behind = &rest[word.len()..];
        let is_short = word.len() <= 3 && word.bytes().all(|letter| letter.is_ascii_lowercase());
        let is_receiver = behind.starts_with('.')
            && !word.is_empty()
            && (matches!(word, "self" | "this") || is_short);
        if is_receiver {
            rest = &behind[1..];
        } else if BEFORE.contains(&word) && behind.starts_with([' ', '\t']) {
            rest = behind.trim_start();
        } else {
            break;
        }
    }
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    let is_name = name.chars().count() >= MIN_LETTERS
        && !name.starts_with(|letter: char| letter.is_numeric());
    let is_word = WORDS.contains(&name.to_lowercase().as_str());
    (is_name && !is_word && !behind.starts_with(['(', '.', '['])).then_some(name)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| *letter != '_');
    letters.flat_map(char::to_lowercase).collect()
}

fn finding(subject: &Subject<'_>, file: &ReviewedFile<'_>, lacking: &Lacking<'_>) -> Finding {
    let (name, path, line) = (&lacking.item.name, lacking.path, lacking.line);
    let (common, all) = (lacking.common, lacking.all);
    let message = format!(
        "{name} is new in a list; {common} of the {all} names beside it also stand in the list at {path}:{line}, and it does not"
    );
    let place = Place {
        path: &file.path,
        line: Some(lacking.item.line),
        symbol: None,
    };
    let key = format!("{name} {path}");
    let weight = (Severity::Low, 0.5);
    let at = |path: &str, line: u32| subject.evidence(&format!("{path}:{line}"));
    Finding::new(FindingKind::LeftOut, weight, place, &key, message)
        .with([at(path, line), at(&file.path, lacking.item.line)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_begins_with_its_name() {
        for (line, name) in [
            ("Watch: t.Watch,", Some("Watch")),
            ("watch bool", Some("watch")),
            ("t.Watch = other.Watch", Some("Watch")),
            ("self.watch = watch", Some("watch")),
            ("pub(crate) watch: bool,", Some("watch")),
            ("\"watch\": 1,", Some("watch")),
            ("Steps []string", Some("Steps")),
            ("| 'watch'", Some("watch")),
            ("watch(x)", None),
            ("plan.watch()", None),
            ("return watch", None),
            ("if watch {", None),
            ("}", None),
            ("ab,", None),
        ] {
            assert_eq!(name_of(line), name, "{line}");
        }
    }

    #[test]
    fn a_list_goes_on_behind_what_belongs_to_an_item() {
        let text =
            "f(\n    one=1,\n    two=[\n        other,\n    ],\n    three=3,\n    four=4,\n)\n";
        let found = lists(text, 4);
        assert!(found.is_empty(), "a bracket ends a list");
        let text = "f(\n    one=1,\n    two=g(\n        other),\n    three=3,\n    four=4,\n)\n";
        let names: Vec<String> = lists(text, 4)[0]
            .iter()
            .map(|item| item.name.clone())
            .collect();
        assert_eq!(names, ["one", "two", "three", "four"]);
    }
}

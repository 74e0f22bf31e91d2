//! A recorded run that is played again after an edit says what a run from scratch says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arc_extract::{
    Edge, FileEdges, FileFacts, InputFile, Linked, NamePool, Sources, Unresolved, detect, extract,
};

/// Edits of each fixture.
const EDITS: u64 = 3;

/// A file: its path and its text.
type Text = (String, String);

fn fixtures() -> Vec<(PathBuf, Vec<Text>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut found = Vec::new();
    let languages = [
        "c",
        "cpp",
        "csharp",
        "go",
        "java",
        "javascript",
        "links",
        "php",
        "python",
        "ruby",
        "rust",
        "typescript",
    ];
    for language in languages {
        let entries = std::fs::read_dir(root.join(language)).unwrap();
        for entry in entries {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let files = split(&path, &text);
            if !files.is_empty() {
                found.push((path, files));
            }
        }
    }
    found.sort();
    found
}

/// The files of a fixture, in path order.
fn split(fixture: &Path, text: &str) -> Vec<Text> {
    let name = fixture.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files = vec![(name, String::new())];
    for line in text.lines() {
        let mark = ["//- ", "#- ", "--- ", "/*- "];
        match mark.iter().find_map(|mark| line.strip_prefix(mark)) {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None => {
                let (_, text) = files.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    files.retain(|(_, text)| !text.trim().is_empty());
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

fn facts((path, text): &Text) -> Option<InputFile> {
    let language = detect(path, text)?.language;
    Some(InputFile {
        path: path.clone(),
        language,
        facts: extract(language, path, text),
    })
}

fn sources(files: &[Text]) -> Sources {
    Sources::new(
        files.iter().filter_map(facts).collect(),
        NamePool::default(),
    )
}

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

fn words(line: &str) -> Vec<&str> {
    let parts = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    parts
        .filter(|word| word.starts_with(|first: char| first.is_alphabetic() || first == '_'))
        .collect()
}

/// The text with one line changed: repeated, dropped, or with another name in it.
fn edited(text: &str, dice: &mut Dice) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let inside: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].starts_with([' ', '\t']) && !words(&lines[*at]).is_empty())
        .collect();
    let at = *inside.get(dice.roll(inside.len()))?;
    match dice.roll(5) {
        0 => lines.insert(at, lines[at].clone()),
        1 => {
            lines.remove(at);
        }
        2 => {
            let other = inside[dice.roll(inside.len())];
            let indent = lines[at].len() - lines[at].trim_start().len();
            let line = format!("{}{}", &lines[at][..indent], lines[other].trim_start());
            lines.insert(at, line);
        }
        _ => {
            let all = words(text);
            let here = words(&lines[at]);
            let old = here[dice.roll(here.len())].to_owned();
            let new = all[dice.roll(all.len())];
            lines[at] = lines[at].replacen(&old, new, 1);
        }
    }
    Some(lines.join("\n") + "\n")
}

fn all_edges(linked: &Linked<'_>, files: usize) -> Vec<FileEdges> {
    (0..files).map(|file| linked.edges(file)).collect()
}

/// What a file says of others, whatever the lines.
fn without_lines(found: &FileEdges) -> (Vec<Edge>, Vec<Unresolved>) {
    let edges = found.edges.iter().map(|edge| Edge {
        line: 0,
        ..edge.clone()
    });
    let unresolved = found.unresolved.iter().map(|open| Unresolved {
        line: 0,
        ..open.clone()
    });
    (edges.collect(), unresolved.collect())
}

fn assert_same(what: &str, found: &FileEdges, wanted: &FileEdges) {
    assert_eq!(found.symbols, wanted.symbols, "symbols of {what}");
    assert_eq!(found.edges, wanted.edges, "edges of {what}");
    assert_eq!(found.unresolved, wanted.unresolved, "unresolved of {what}");
}

#[test]
fn a_project_that_did_not_change_is_the_same() {
    for (fixture, files) in fixtures() {
        let sources = sources(&files);
        let linked = Linked::recorded(&sources);
        let count = sources.files().len();
        let edges = all_edges(&linked, count);
        let recording = linked.recording().expect("all edges were made");
        let again = Linked::replayed(&sources, &recording, &BTreeMap::new(), None);
        let again = again.unwrap_or_else(|why| panic!("{}: {why:?}", fixture.display()));
        for (file, wanted) in edges.iter().enumerate() {
            let what = format!("{}, file {file}", fixture.display());
            assert!(again.is_same(file), "{what}");
            assert_same(&what, &again.edges(file), wanted);
        }
    }
}

#[test]
fn an_edit_that_is_played_again_gives_what_a_run_from_scratch_gives() {
    let (mut played, mut kept, mut moved) = (0, 0, 0);
    for (fixture, files) in fixtures() {
        let before = sources(&files);
        let count = before.files().len();
        let recorded = Linked::recorded(&before);
        let were = all_edges(&recorded, count);
        let recording = recorded.recording().expect("all edges were made");
        for seed in 0..EDITS {
            let mut dice = Dice(seed * 7 + files.len() as u64);
            dice.roll(2);
            let at = dice.roll(files.len());
            let Some(text) = edited(&files[at].1, &mut dice) else {
                continue;
            };
            let mut now = files.clone();
            now[at].1 = text;
            let after = sources(&now);
            let is_other =
                |a: &InputFile, b: &InputFile| (&a.path, a.language) != (&b.path, b.language);
            if after.files().len() != count
                || before
                    .files()
                    .iter()
                    .zip(after.files())
                    .any(|(a, b)| is_other(a, b))
            {
                continue;
            }
            let path = &files[at].0;
            let Some(position) = after.files().iter().position(|file| file.path == *path) else {
                continue;
            };
            let old = facts(&files[at]).expect("it was one before").facts;
            let old: BTreeMap<usize, FileFacts> = [(position, old)].into();
            let Ok(again) = Linked::replayed(&after, &recording, &old, None) else {
                continue;
            };
            played += 1;
            let scratch = Linked::new(&after);
            for (file, was) in were.iter().enumerate() {
                let what = format!(
                    "{} edit {seed} file {file}: {:?}",
                    fixture.display(),
                    now[at]
                );
                let wanted = scratch.edges(file);
                assert_same(&what, &again.edges(file), &wanted);
                if again.is_same(file) {
                    kept += 1;
                    assert_same(&what, was, &wanted);
                } else if without_lines(was) != without_lines(&wanted) {
                    moved += 1;
                }
            }
            assert_eq!(
                again.link_counts(),
                scratch.link_counts(),
                "{}",
                fixture.display()
            );
        }
    }
    // Not all edits are of the kind, but many must be for this to say anything.
    assert!(
        played > 60 && kept > 100 && moved > 30,
        "{played} {kept} {moved}"
    );
}

#[test]
fn what_one_edit_leaves_serves_the_next_one() {
    let (mut played, mut kept_ones) = (0, 0);
    for (fixture, files) in fixtures() {
        let before = sources(&files);
        let languages: Vec<&str> = before.files().iter().map(|file| file.language).collect();
        let recorded = Linked::recorded(&before);
        all_edges(&recorded, languages.len());
        let recording = recorded.recording().expect("all edges were made");
        let mut now = sources(&files);
        let mut kept = None;
        let mut last = None;
        for seed in 0..2 * EDITS {
            let mut dice = Dice(seed * 11 + files.len() as u64);
            dice.roll(2);
            let at = dice.roll(files.len());
            let position = now.files().iter().position(|file| file.path == files[at].0);
            let (Some(position), Some(text)) = (position, edited(&files[at].1, &mut dice)) else {
                continue;
            };
            let text = (files[at].0.clone(), text);
            let Some(said) = facts(&text).filter(|file| file.language == languages[position])
            else {
                continue;
            };
            // The edit before is taken back, and this one made.
            let back = last.replace((position, at));
            let back = back.filter(|(before, _)| *before != position);
            let back = back.map(|(before, at)| (before, facts(&files[at]).unwrap().facts));
            now = now.replaced(back.into_iter().chain([(position, said.facts)]));
            let old = facts(&files[at]).expect("it was one before").facts;
            let old: BTreeMap<usize, FileFacts> = [(position, old)].into();
            let known = kept.take();
            kept_ones += usize::from(known.is_some());
            let Ok(again) = Linked::replayed(&now, &recording, &old, known) else {
                continue;
            };
            played += 1;
            let mut texts = files.clone();
            texts[at] = text;
            let scratch = sources(&texts);
            let scratch = Linked::new(&scratch);
            for file in 0..languages.len() {
                let what = format!(
                    "{} edit {seed} file {file}: {:?}",
                    fixture.display(),
                    texts[at]
                );
                assert_same(&what, &again.edges(file), &scratch.edges(file));
            }
            kept = again.into_kept();
            assert!(kept.is_some(), "{}", fixture.display());
        }
    }
    assert!(played > 100 && kept_ones > 60, "{played} {kept_ones}");
}

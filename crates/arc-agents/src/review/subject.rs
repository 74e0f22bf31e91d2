//! What is reviewed: a change, or files as they are.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_graph::{GraphRead, NodeKind};
use arc_project::{
    AskError, Changes, FileTexts, Given, GraphFile, Identity, SyntaxTree, Target, detect, is_made,
    source_bytes, source_text,
};
use rayon::prelude::*;

use super::finding::Evidence;
use super::preprocessed::{is_preprocessed, may_have_macro, without_conditions};

/// Bytes of a file that are reviewed; what is larger was written by no person.
const MAX_FILE: u64 = 4 << 20;
/// Letters of a line that are quoted.
const MAX_QUOTE: usize = 160;
/// Bytes of other files that are kept for the next rule.
const MAX_KEPT: usize = 16 << 20;

/// What is reviewed.
pub struct Subject<'a> {
    /// The graph of the project as it is.
    pub graph: &'a GraphFile,
    /// Its folder.
    pub root: &'a Path,
    /// What a change did; `None` when files are reviewed as they are.
    pub changes: Option<&'a Changes>,
    files: Arc<Vec<ReviewedFile<'a>>>,
    /// Files that rules read, by path.
    read: RefCell<BTreeMap<String, Arc<str>>>,
}

/// A change on another thread, which reads the graph by itself.
pub(super) struct Aside<'a> {
    graph: PathBuf,
    identity: Identity,
    root: &'a Path,
    changes: &'a Changes,
    files: Arc<Vec<ReviewedFile<'a>>>,
}

impl<'a> Aside<'a> {
    /// The graph; `None` when it is another one than that of the review.
    pub(super) fn open(&self) -> Result<Option<GraphFile>, AskError> {
        let graph = GraphFile::open(&self.graph)?;
        Ok((*graph.identity() == self.identity).then_some(graph))
    }

    /// What is reviewed.
    pub(super) fn subject<'g>(&'g self, graph: &'g GraphFile) -> Subject<'g>
    where
        'a: 'g,
    {
        Subject {
            graph,
            root: self.root,
            changes: Some(self.changes),
            files: Arc::clone(&self.files),
            read: RefCell::default(),
        }
    }
}

/// A file that is reviewed.
pub(super) struct ReviewedFile<'a> {
    pub(super) path: String,
    /// The text before the change, if there was one.
    pub(super) old: Option<String>,
    pub(super) text: String,
    /// The lines that are reviewed; `None` for all.
    lines: Option<BTreeSet<u32>>,
    /// The lines that a change leaves as they were, before and now.
    pub(super) kept: BTreeMap<u32, u32>,
    pub(super) is_test: bool,
    /// Nobody writes it: it is made from other files, or others maintain it.
    pub(super) is_made: bool,
    /// Both texts, of a change.
    changed: Option<&'a FileTexts>,
    /// The grammar is known to have a rule for every place.
    is_sound: bool,
}

impl<'a> Subject<'a> {
    /// The review of a change.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn of_changes(
        graph: &'a GraphFile,
        root: &'a Path,
        changes: &'a Changes,
    ) -> Result<Subject<'a>, AskError> {
        let mut files = Vec::new();
        for texts in &changes.texts {
            if texts.new.len() as u64 <= MAX_FILE {
                let (kept, added) = texts.compared();
                files.push(ReviewedFile {
                    path: texts.path.clone(),
                    old: texts.old.clone(),
                    text: texts.new.clone(),
                    lines: Some(added),
                    kept,
                    is_test: is_test(graph, &texts.path)?,
                    is_made: is_made(graph, &texts.path)?,
                    changed: Some(texts),
                    is_sound: false,
                });
            }
        }
        Ok(Subject {
            graph,
            root,
            changes: Some(changes),
            files: Arc::new(files),
            read: RefCell::default(),
        })
    }

    /// The review of files as they are, or of the lines of symbols in them.
    ///
    /// # Errors
    /// When the graph cannot be read. A file that cannot is left out: the graph told of it when it was made.
    pub fn of_targets(
        graph: &'a GraphFile,
        root: &'a Path,
        targets: &[Target],
    ) -> Result<Subject<'a>, AskError> {
        let mut files: Vec<ReviewedFile<'_>> = Vec::new();
        for target in targets {
            let Some(path) = target.node.path.clone() else {
                continue;
            };
            let own = (target.node.kind != NodeKind::File)
                .then(|| (target.node.line..=target.node.end_line).collect::<BTreeSet<u32>>());
            if let Some(known) = files.iter_mut().find(|file| file.path == path) {
                known.lines = match (known.lines.take(), own) {
                    (Some(known), Some(own)) => Some(&known | &own),
                    (None, _) | (_, None) => None,
                };
                continue;
            }
            let Ok(bytes) = source_bytes(root, &path) else {
                continue;
            };
            files.push(ReviewedFile {
                is_test: is_test(graph, &path)?,
                is_made: is_made(graph, &path)?,
                path,
                old: None,
                text: String::from_utf8_lossy(&bytes).into_owned(),
                lines: own,
                kept: BTreeMap::new(),
                changed: None,
                is_sound: false,
            });
        }
        Ok(Subject {
            graph,
            root,
            changes: None,
            files: Arc::new(files),
            read: RefCell::default(),
        })
    }

    /// The same with what was read of some of the texts before: nobody parses them again to find no error.
    pub(crate) fn with_read(mut self, read: &[FileTexts]) -> Subject<'a> {
        for file in Arc::get_mut(&mut self.files).into_iter().flatten() {
            let mut read = read.iter();
            file.is_sound = read.any(|texts| {
                texts.path == file.path && texts.new == file.text && !texts.has_errors()
            });
        }
        self
    }

    /// The change for another thread; `None` where files are reviewed as they are.
    pub(super) fn aside(&self) -> Option<Aside<'a>> {
        Some(Aside {
            graph: self.graph.path().to_owned(),
            identity: self.graph.identity().clone(),
            root: self.root,
            changes: self.changes?,
            files: Arc::clone(&self.files),
        })
    }

    pub(super) fn files(&self) -> &[ReviewedFile<'a>] {
        &self.files
    }

    pub(super) fn file(&self, path: &str) -> Option<&ReviewedFile<'a>> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The texts of files of the project as they are on the disk, read side by side; empty for what cannot be read.
    pub(super) fn texts(&self, paths: &[&str]) -> Vec<Arc<str>> {
        let known: Vec<Option<Arc<str>>> = {
            let read = self.read.borrow();
            paths.iter().map(|path| read.get(*path).cloned()).collect()
        };
        let root = self.root;
        let asked = paths.par_iter().zip(known);
        let texts: Vec<Arc<str>> = asked
            .map(|(path, known)| match known {
                Some(known) => known,
                None => Arc::from(source_text(root, path).unwrap_or_default()),
            })
            .collect();
        let mut read = self.read.borrow_mut();
        let mut kept: usize = read.values().map(|text| text.len()).sum();
        for (path, text) in paths.iter().zip(&texts) {
            kept += text.len();
            if kept <= MAX_KEPT {
                read.insert((*path).to_owned(), Arc::clone(text));
            }
        }
        texts
    }

    /// `path:line` with what stands there.
    pub(super) fn evidence(&self, at: &str) -> Evidence {
        let text = at.rsplit_once(':').and_then(|(path, line)| {
            let line: usize = line.parse().ok()?;
            match self.file(path) {
                Some(file) => quote(&file.text, line),
                // A file that is gone since the graph was made is not quoted.
                None => quote(&source_text(self.root, path).ok()?, line),
            }
        });
        Evidence {
            at: at.to_owned(),
            text: text.unwrap_or_default(),
        }
    }
}

fn quote(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    Some(line.trim().chars().take(MAX_QUOTE).collect())
}

/// Whether a file is a test, or stands among what tests use.
pub(crate) fn is_test(graph: &GraphFile, path: &str) -> Result<bool, AskError> {
    let among_tests = path.split('/').any(|part| {
        matches!(
            part,
            "test" | "tests" | "testing" | "fixtures" | "testdata" | "__tests__" | "examples"
        )
    });
    let Some(file) = graph.file(path)? else {
        return Ok(among_tests);
    };
    let node = graph.nodes(&[file.id])?.pop();
    Ok(among_tests || node.is_some_and(|node| node.is_test))
}

/// A text with blanks for the lines that are for the program that runs it and not for the compiler, as `#:sdk` at the top of a C# program
/// of one file: no grammar of the language has them.
fn without_directives<'t>(language: &str, text: &'t str) -> Cow<'t, str> {
    if is_preprocessed(language) {
        return without_conditions(text);
    }
    if language != "c#" || !text.lines().any(|line| line.starts_with("#:")) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        if line.starts_with("#:") {
            let end = line.trim_end().len();
            format!("{}{}", " ".repeat(end), &line[end..])
        } else {
            line.to_owned()
        }
    });
    Cow::Owned(lines.collect())
}

impl ReviewedFile<'_> {
    pub(super) fn language(&self) -> Option<&'static str> {
        detect(&self.path, &self.text).map(|found| found.language)
    }

    /// The names that the text before gave itself; `None` where there was none.
    pub(super) fn given_before(&self) -> Option<Given> {
        self.changed.and_then(FileTexts::given_before)
    }

    /// The line before the change that a line was, or that the nearest one above it was which is still there.
    pub(super) fn line_before(&self, line: u32) -> Option<u32> {
        let mut kept = self.kept.iter().rev();
        let (before, _) = kept.find(|(_, now)| **now <= line)?;
        Some(*before)
    }

    /// Places that the grammar has no rule for, of a text that had none before.
    pub(super) fn new_errors(&self) -> Vec<Range<usize>> {
        let is_known = |texts: &FileTexts| texts.had_errors() || !texts.has_errors();
        let language = self.language();
        let is_known = self.is_sound || self.changed.is_some_and(is_known);
        let Some(language) = language.filter(|_| !is_known) else {
            return Vec::new();
        };
        let text = without_directives(language, &self.text);
        let tree = SyntaxTree::new(language, &self.path, &text);
        let mut errors = tree.map_or_else(Vec::new, |tree| tree.errors());
        if is_preprocessed(language) {
            errors.retain(|error| !self.lines_of(error).any(may_have_macro));
        }
        errors
    }

    /// The lines that a part of the text stands in.
    fn lines_of(&self, part: &Range<usize>) -> impl Iterator<Item = &str> {
        let end = part.end.min(self.text.len());
        let start = part.start.min(end);
        let count = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
        let first = count(&self.text.as_bytes()[..start]);
        let last = count(&self.text.as_bytes()[..end]);
        self.text.lines().skip(first).take(last + 1 - first)
    }

    /// Whether people keep it readable: no test, and nothing that is made from other files.
    pub(super) fn is_judged(&self) -> bool {
        !self.is_test && !self.is_made
    }

    /// Whether a line is reviewed.
    pub(super) fn has(&self, line: u32) -> bool {
        self.lines
            .as_ref()
            .is_none_or(|lines| lines.contains(&line))
    }

    /// The reviewed lines with their numbers.
    pub(super) fn reviewed(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..)
            .zip(self.text.lines())
            .filter(|(line, _)| self.has(*line))
    }
}

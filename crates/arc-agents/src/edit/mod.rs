//! What a model wants changed: read from its answer, and applied to the letter or not at all.

mod answer;
mod apply;

use std::collections::BTreeMap;

use arc_project::unified_diff;

pub(crate) use answer::read_answer;
pub(crate) use apply::{applied, applied_over};

/// What a model wants changed, as it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// What it is to do, in the words of the model.
    pub(crate) summary: String,
    /// In the order of the answer.
    pub(crate) edits: Vec<FileEdit>,
}

/// One edit of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileEdit {
    pub(crate) path: String,
    pub(crate) change: EditChange,
}

/// What an edit does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EditChange {
    /// A text that the file has exactly once, or at this line, becomes another.
    Replace {
        old: String,
        new: String,
        line: Option<u32>,
    },
    /// A file comes that was not there.
    Create { text: String },
    /// The one file that is asked about is given as a whole.
    Rewrite { text: String },
}

/// Files as they would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// What it is to do, in the words of the model.
    pub summary: String,
    /// In the order of their paths, until the graph of the project with the change says what uses what.
    pub files: Vec<CandidateFile>,
}

/// One file as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateFile {
    /// Relative to the root.
    pub path: String,
    /// What it holds now, to the byte; `None` when it is not there.
    pub old: Option<String>,
    /// What it would hold.
    pub new: String,
}

impl Candidate {
    /// The unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let diffs = self
            .files
            .iter()
            .map(|file| unified_diff(&file.path, file.old.as_deref(), &file.new));
        diffs.collect()
    }

    /// The new texts by their paths.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let files = self.files.iter();
        files
            .map(|file| (file.path.clone(), file.new.clone()))
            .collect()
    }

    /// The same change with other texts: what became of it by a repair.
    #[must_use]
    pub fn with(&self, texts: &BTreeMap<String, String>) -> Candidate {
        let mut other = self.clone();
        for file in &mut other.files {
            if let Some(text) = texts.get(&file.path) {
                file.new.clone_from(text);
            }
        }
        other
    }
}

/// Why an answer is no change. The sentence is for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error(
        "the answer has no edits: answer with the JSON object that was asked for, or with one unified diff, and nothing else"
    )]
    NoEdits,
    #[error("the edits cannot be read: {why}")]
    Malformed { why: String },
    #[error("{path} {why}")]
    Path { path: String, why: String },
    #[error(
        "{path}: no place has this text: {begin:?}{hint}. Quote the file letter for letter, with its indentation"
    )]
    NotThere {
        path: String,
        begin: String,
        hint: String,
    },
    #[error(
        "{path}: {count} places have this text: {begin:?}. Quote more lines around it, so that only one has"
    )]
    SeveralPlaces {
        path: String,
        begin: String,
        count: usize,
    },
    #[error("the edits change nothing")]
    NoChange,
    #[error("the edits are too large: {why}")]
    TooLarge { why: String },
}

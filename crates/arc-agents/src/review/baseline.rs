//! Findings that people have seen and keep.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::finding::Finding;

const SCHEMA: &str = "arc.baseline/1";

/// Findings that are not told again.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    ids: BTreeSet<String>,
}

/// A baseline cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read the baseline {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is none.
    #[error("{path} is no baseline of arc: {why}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

#[derive(Deserialize, Serialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

/// Everything but the id is for people who read the file.
#[derive(Deserialize, Serialize)]
struct Entry {
    id: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    message: String,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// When the file cannot be read or is none.
    pub fn read(path: &Path) -> Result<Baseline, BaselineError> {
        let text = std::fs::read_to_string(path).map_err(|source| BaselineError::Read {
            path: path.to_owned(),
            source,
        })?;
        let form = |why: String| BaselineError::Form {
            path: path.to_owned(),
            why,
        };
        let file: File = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(form(format!("its schema is {}, not {SCHEMA}", file.schema)));
        }
        Ok(Baseline {
            ids: file.findings.into_iter().map(|entry| entry.id).collect(),
        })
    }

    /// Whether a finding is silenced.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The text of a baseline of these findings, in the order of their places.
    #[must_use]
    pub fn text_of(findings: &[Finding]) -> String {
        let mut entries: Vec<Entry> = findings
            .iter()
            .map(|finding| Entry {
                id: finding.id.clone(),
                kind: finding.kind.as_str().to_owned(),
                path: finding.path.clone(),
                message: finding.message.clone(),
            })
            .collect();
        entries.sort_by(|one, other| {
            (&one.path, &one.kind, &one.id).cmp(&(&other.path, &other.kind, &other.id))
        });
        let file = File {
            schema: SCHEMA.to_owned(),
            findings: entries,
        };
        let text = serde_json::to_string_pretty(&file).expect("strings are JSON");
        text + "\n"
    }
}

//! Indexes of compilers on their way into the graph: read once, kept there by path, and compared with the text whenever
//! references are resolved. What the graph says is a function of the tree and of the indexes, not of what came between.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use arc_scip::{Checked, Index, ReadError, Record, read_index};
use arc_store::{FileRow, GraphFile, Salvaged, StoreError, file_flag, salvaged_records};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::build::BuildError;
use crate::exact::Document;
use crate::read_file::{content_hash, read_source};

/// The key of `meta` with the indexes that are merged.
pub(crate) const INDEXES: &str = "scip";

/// What to do about indexes of compilers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScipOption {
    /// What was merged before stays.
    #[default]
    Keep,
    /// These files take the place of what was merged before; none of them leaves nothing.
    Replace(Vec<PathBuf>),
}

/// What became of the indexes of a build that resolved references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScipReport {
    /// Files that the indexes speak of.
    pub documents: usize,
    /// Of those, files that are not in the tree or not read by arc.
    pub missing: usize,
    /// Of those, files whose text is another one by now.
    pub stale: Vec<String>,
    /// Occurrences that were used.
    pub occurrences: usize,
    /// Occurrences left out because the text spells another name.
    pub mismatched: usize,
    /// Remarks about the index files themselves; only when they were read.
    pub notes: Vec<String>,
}

/// Records by path, and what `meta` says of where they come from.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    /// Sorted by path.
    pub(crate) records: Vec<(String, Vec<u8>)>,
    /// For `meta`; empty when there are none.
    pub(crate) meta: String,
    /// Remarks for people.
    pub(crate) notes: Vec<String>,
}

impl Indexes {
    /// Reads index files for the tree at `root`.
    pub(crate) fn read(root: &Path, files: &[PathBuf]) -> Result<Indexes, ReadError> {
        let mut records: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut notes = Vec::new();
        let mut known = Vec::new();
        for file in files {
            let index = read_index(file)?;
            let name = shown(root, file);
            known.push(json!({
                "path": name,
                "tool": index.tool,
                "hash": format!("{:032x}", index.hash),
                "documents": index.records.len(),
            }));
            note(&index, &name, &mut notes);
            let mut again = 0;
            for (path, bytes) in placed(root, index) {
                match records.entry(path) {
                    Entry::Vacant(free) => {
                        free.insert(bytes);
                    }
                    Entry::Occupied(_) => again += 1,
                }
            }
            if again > 0 {
                notes.push(format!(
                    "{name}: {again} documents are in an earlier index, which counts"
                ));
            }
        }
        let meta = if known.is_empty() {
            String::new()
        } else {
            Value::from(known).to_string()
        };
        Ok(Indexes {
            records: records.into_iter().collect(),
            meta,
            notes,
        })
    }

    /// What a graph has.
    pub(crate) fn of(graph: &GraphFile) -> Result<Indexes, StoreError> {
        Ok(Indexes {
            records: graph.scip_records()?,
            meta: graph.meta(INDEXES)?.unwrap_or_default(),
            notes: Vec::new(),
        })
    }
}

impl Indexes {
    /// What can be taken over from a graph that cannot be opened, and what to say of the rest.
    pub(crate) fn salvaged(graph: &Path) -> (Indexes, Option<String>) {
        const AGAIN: &str = "`arc build --scip FILE` merges them again";
        let Some(Salvaged { meta, records }) = salvaged_records(graph, INDEXES) else {
            let lost = "the graph that was there cannot be read: if SCIP indexes were merged, they are lost with it";
            return (Indexes::default(), Some(format!("{lost}; {AGAIN}")));
        };
        let Some(meta) = meta else {
            return (Indexes::default(), None);
        };
        let is_whole = records
            .iter()
            .all(|(_, bytes)| Record::decoded(bytes).is_some());
        if is_whole && !records.is_empty() {
            let kept = Indexes {
                records,
                meta,
                ..Indexes::default()
            };
            return (kept, None);
        }
        let merged = merged_indexes(&meta);
        let command: Vec<String> = merged
            .iter()
            .map(|index| format!("--scip {}", index.path))
            .collect();
        let lost = "what SCIP indexes said cannot be read from the graph that was there and is lost with it";
        let lost = format!(
            "{lost}; `arc build {}` merges them again",
            command.join(" ")
        );
        (Indexes::default(), Some(lost))
    }
}

/// An index that was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergedIndex {
    /// The file, relative to the root when it is below it.
    pub(crate) path: String,
    /// Who made it.
    pub(crate) tool: String,
    /// Files that it speaks of.
    pub(crate) documents: u64,
}

/// The indexes that `meta` speaks of.
pub(crate) fn merged_indexes(meta: &str) -> Vec<MergedIndex> {
    let known: Value = serde_json::from_str(meta).unwrap_or_default();
    let text = |index: &Value, key: &str| index[key].as_str().unwrap_or_default().to_owned();
    let indexes = known.as_array().into_iter().flatten();
    indexes
        .map(|index| MergedIndex {
            path: text(index, "path"),
            tool: text(index, "tool"),
            documents: index["documents"].as_u64().unwrap_or_default(),
        })
        .collect()
}

/// A path as people and `meta` see it: relative to the root when it is below it.
fn shown(root: &Path, file: &Path) -> String {
    let full = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let path = full.strip_prefix(root).unwrap_or(&full);
    path.to_string_lossy().into_owned()
}

fn note(index: &Index, name: &str, notes: &mut Vec<String>) {
    if index.records.is_empty() {
        notes.push(format!("{name} has no documents"));
    }
    let counts = [
        (
            index.outside,
            "documents have a path that is none or leaves the root",
        ),
        (
            index.repeated,
            "documents have the path of an earlier one, which counts",
        ),
        (index.too_large, "documents are too large"),
        (
            index.malformed,
            "occurrences have no range that makes sense",
        ),
    ];
    for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
        notes.push(format!("{name}: {count} {what}"));
    }
}

/// The records of an index by their paths in the tree at `root`. An index may have been made in a folder of the tree, here
/// or where the tree was then.
fn placed(root: &Path, index: Index) -> BTreeMap<String, Vec<u8>> {
    let made_in = folder_of_uri(&index.project_root);
    let prefix = made_in
        .strip_prefix(root)
        .map(Path::to_owned)
        .ok()
        .filter(|prefix| !prefix.as_os_str().is_empty())
        .or_else(|| moved_prefix(root, &made_in, &index));
    // The index of a folder around the tree.
    let around = root.strip_prefix(&made_in).ok().map(Path::to_owned);
    let around = around.filter(|around| !around.as_os_str().is_empty() && made_in.has_root());
    let renamed = index.records.into_iter().filter_map(|(path, bytes)| {
        let path = match (&prefix, &around) {
            (Some(prefix), _) => slashed(&prefix.join(&path)),
            (None, Some(around)) => slashed(Path::new(&path).strip_prefix(around).ok()?),
            (None, None) => path,
        };
        Some((path, bytes))
    });
    renamed.collect()
}

/// The folder of the tree that an index was made in when the tree was elsewhere: the longest end of its path below which
/// files of the index are, unless some are where the index says.
fn moved_prefix(root: &Path, made_in: &Path, index: &Index) -> Option<PathBuf> {
    let is_here = |prefix: &Path| {
        let mut paths = index.records.keys().take(1_000);
        paths.any(|path| root.join(prefix).join(path).is_file())
    };
    if root.starts_with(made_in) || is_here(Path::new("")) {
        return None;
    }
    let parts: Vec<_> = made_in.iter().filter(|part| *part != "/").collect();
    (0..parts.len())
        .map(|from| parts[from..].iter().collect::<PathBuf>())
        .find(|prefix| is_here(prefix))
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The path of a `file://` URI.
fn folder_of_uri(uri: &str) -> PathBuf {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digits = [ahead.next(), ahead.next()].map(|digit| (digit? as char).to_digit(16));
        match digits {
            [Some(high), Some(low)] if byte == b'%' => {
                bytes.push((high * 16 + low) as u8);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

/// Compares what the indexes say with the files that `rows` has. `has_facts` says which of those say anything.
pub(crate) fn check(
    root: &Path,
    graph: &Path,
    rows: &[FileRow],
    records: &[(String, Vec<u8>)],
    has_facts: &(dyn Fn(usize) -> bool + Sync),
) -> Result<(Vec<Document>, ScipReport), BuildError> {
    let read = |(path, bytes): &(String, Vec<u8>)| {
        let record = Record::decoded(bytes).ok_or_else(|| StoreError::Damaged {
            path: graph.to_owned(),
            source: format!("what an index says of {path}").into(),
        })?;
        let file = rows
            .binary_search_by(|row| row.path.as_str().cmp(path))
            .ok();
        let file = file.filter(|file| has_facts(*file));
        let text = file.map(|file| text_of(root, &rows[file]));
        let checked = match text {
            Some(Some(text)) => record.check(&text),
            Some(None) => Checked {
                is_stale: true,
                ..Checked::default()
            },
            None => Checked::default(),
        };
        Ok::<Document, BuildError>(Document {
            file,
            record,
            checked,
        })
    };
    let documents: Vec<Document> = records.par_iter().map(read).collect::<Result<_, _>>()?;
    let mut report = ScipReport {
        documents: documents.len(),
        ..ScipReport::default()
    };
    for (document, (path, _)) in documents.iter().zip(records) {
        let checked = &document.checked;
        report.missing += usize::from(document.file.is_none());
        report.occurrences += checked.definitions.len() + checked.sites.len();
        if checked.is_stale {
            report.stale.push(path.clone());
        } else {
            report.mismatched += checked.mismatched;
        }
    }
    Ok((documents, report))
}

/// The text of a file that is as its row says.
fn text_of(root: &Path, row: &FileRow) -> Option<String> {
    if row.flags & file_flag::NOT_UTF8 != 0 {
        return None;
    }
    let bytes = read_source(&root.join(&row.path)).ok()?;
    if row.hash != Some(content_hash(&bytes)) {
        return None;
    }
    String::from_utf8(bytes).ok()
}

impl ScipReport {
    /// In one sentence and as many remarks as are needed.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut first = format!(
            "{} occurrences of {} files",
            self.occurrences, self.documents
        );
        // Writing into a text cannot fail.
        let _ = write!(
            first,
            ", {} left out that spell another name",
            self.mismatched
        );
        let mut sentences = vec![first];
        if !self.stale.is_empty() {
            let shown: Vec<&str> = self.stale.iter().take(3).map(String::as_str).collect();
            let more = if self.stale.len() > shown.len() {
                " …"
            } else {
                ""
            };
            sentences.push(format!(
                "{} files ignored, their text is another one by now: {}{more}",
                self.stale.len(),
                shown.join(", ")
            ));
        }
        if self.missing > 0 {
            sentences.push(format!("{} files are not here or not read", self.missing));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_may_have_odd_characters() {
        assert_eq!(folder_of_uri("file:///a%20b/%C3%A9%"), Path::new("/a b/é%"));
        assert_eq!(folder_of_uri("/plain"), Path::new("/plain"));
        assert_eq!(folder_of_uri(""), Path::new(""));
    }

    #[test]
    fn an_index_of_a_folder_is_placed_in_it() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("packages/toy")).unwrap();
        std::fs::write(root.join("packages/toy/a.ts"), "").unwrap();
        let places = |made_in: &str, path: &str| {
            let index = Index {
                project_root: format!("file://{made_in}"),
                records: [(path.to_owned(), Vec::new())].into(),
                ..Index::default()
            };
            placed(&root, index).into_keys().collect::<Vec<String>>()
        };
        let here = root.to_string_lossy().into_owned();
        assert_eq!(
            places(&format!("{here}/packages/toy"), "a.ts"),
            ["packages/toy/a.ts"]
        );
        assert_eq!(
            places("/ci/work/packages/toy", "a.ts"),
            ["packages/toy/a.ts"]
        );
        assert_eq!(
            places("/ci/work", "packages/toy/a.ts"),
            ["packages/toy/a.ts"]
        );
        assert_eq!(places("", "gone.ts"), ["gone.ts"]);
        let around = root.parent().unwrap().to_string_lossy().into_owned();
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(places(&around, &format!("{name}/b.ts")), ["b.ts"]);
        assert!(places(&around, "other/b.ts").is_empty());
    }
}

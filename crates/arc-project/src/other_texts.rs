//! The project with other texts in some of its files, in memory: as it was before a diff, or as it would be after one.

use std::collections::BTreeMap;

use arc_extract::{FileFacts, NamePool};
use arc_graph::{Direction, GraphRead as _, NodeId};
use arc_store::{FileRow, GraphFile};

use crate::ask::AskError;
use crate::build::{BuildError, project_facts};
use crate::cached_facts::decode_all;
use crate::graph_rows::ProjectFacts;

/// Files of a project that is resolved for this. More would keep people waiting for seconds.
const MAX_FILES: usize = 8_000;

/// What a file says whose text is not the one of the graph, with its language; `None` for what is no code.
pub(crate) type OtherText = Option<(String, FileFacts)>;

/// The facts of all files, those of the graph where there is no other text.
pub(crate) struct OtherProject {
    /// In path order.
    pub(crate) rows: Vec<FileRow>,
    pub(crate) facts: ProjectFacts,
}

impl OtherProject {
    /// The project with `others` by their paths; `None` for what is not there. `None` as a whole when the project is too large.
    pub(crate) fn new(
        graph: &GraphFile,
        others: BTreeMap<String, Option<OtherText>>,
    ) -> Result<Option<OtherProject>, AskError> {
        let stored = graph.files()?;
        let code = stored.iter().filter(|file| file.row.language.is_some());
        if code.count() > MAX_FILES {
            return Ok(None);
        }
        let mut files: BTreeMap<String, (FileRow, Option<NodeId>, Option<FileFacts>)> = stored
            .into_iter()
            .map(|file| {
                (
                    file.row.path.clone(),
                    (file.row, Some(NodeId(file.id)), None),
                )
            })
            .collect();
        for (path, other) in others {
            let Some(other) = other else {
                files.remove(&path);
                continue;
            };
            let (language, facts) = other.unzip();
            let row = FileRow {
                path: path.clone(),
                language,
                ..FileRow::default()
            };
            files.insert(path, (row, None, facts));
        }
        let mut facts: Vec<Option<FileFacts>> = Vec::with_capacity(files.len());
        let mut rows = Vec::with_capacity(files.len());
        let (mut cached, mut ids) = (Vec::new(), Vec::with_capacity(files.len()));
        for (row, id, other) in files.into_values() {
            if id.is_some() && row.language.is_some() {
                cached.push(rows.len());
            }
            facts.push(other.map(|other| FileFacts {
                docs: Vec::new(),
                ..other
            }));
            ids.push(id);
            rows.push(row);
        }
        let mut pool = NamePool::default();
        let read = |file: usize| match ids[file] {
            Some(id) => graph.facts(id),
            None => Ok(None),
        };
        decode_all(graph.path(), &cached, read, &mut facts, &mut pool).map_err(unreadable)?;
        let facts = project_facts(&rows, facts, pool);
        Ok(Some(OtherProject { rows, facts }))
    }

    /// Where a path stands among the files.
    pub(crate) fn position(&self, path: &str) -> Option<usize> {
        let by_path = |row: &FileRow| row.path.as_str().cmp(path);
        self.rows.binary_search_by(by_path).ok()
    }

    /// The files that a file of the graph leads to, as far as they are among the files.
    pub(crate) fn led_to(&self, graph: &GraphFile, path: &str) -> Result<Vec<usize>, AskError> {
        let Some(stored) = graph.file(path)? else {
            return Ok(Vec::new());
        };
        let mut sources = graph.symbols_in(stored.id)?;
        sources.push(stored.id);
        let edges = graph.neighbors(&sources, Direction::Dependencies, &[])?;
        let mut ends: Vec<NodeId> = edges.iter().map(|edge| edge.node).collect();
        ends.sort_unstable();
        ends.dedup();
        let ends = graph.nodes(&ends)?.into_iter();
        Ok(ends.filter_map(|node| self.position(&node.path?)).collect())
    }
}

/// Reading facts fails only where the graph does.
pub(crate) fn unreadable(error: BuildError) -> AskError {
    match error {
        BuildError::Store(error) => AskError::Store(error),
        BuildError::NoFolder { .. } | BuildError::Index(_) | BuildError::Cancelled => {
            AskError::Vanished
        }
    }
}

//! What the graph knows of files beyond edges, for the ranking.

use arc_graph::{GraphRead, NodeId, ReadError};
use arc_history::Weight;
use arc_impact::{CoChanged, FileSignals, LIST_LENGTH, SignalRead, UnresolvedSite};
use arc_store::GraphFile;

/// Signals read from the graph file.
pub(crate) struct StoredSignals<'a> {
    pub(crate) graph: &'a GraphFile,
}

impl StoredSignals<'_> {
    fn of_file(&self, path: &str, now: i64) -> Result<FileSignals, ReadError> {
        let Some(history) = self.graph.file_history(path)? else {
            return Ok(FileSignals::default());
        };
        let whole = Weight(history.weight);
        let mut co_changed = Vec::new();
        for record in self.graph.co_changed(path, LIST_LENGTH)? {
            // A file that is gone from the tree is no answer.
            let Some(file) = self.graph.file(&record.path)? else {
                continue;
            };
            let last_commit = self.graph.last_common(path, &record.path)?;
            co_changed.push(CoChanged {
                file: file.id,
                share: Weight(record.weight).share_of(whole),
                commits: record.count,
                last_commit: last_commit.unwrap_or_default(),
            });
        }
        Ok(FileSignals {
            evidence: whole.commits_at(now),
            commits: history.revisions,
            co_changed,
            ..FileSignals::default()
        })
    }
}

impl SignalRead for StoredSignals<'_> {
    fn signals(&self, files: &[NodeId]) -> Result<Vec<FileSignals>, ReadError> {
        let now = self.graph.newest_commit_time()?.unwrap_or(0);
        let mut signals = Vec::with_capacity(files.len());
        for record in self.graph.nodes(files)? {
            signals.push(match &record.path {
                Some(path) => self.of_file(path, now)?,
                None => FileSignals::default(),
            });
        }
        Ok(signals)
    }

    fn unresolved(&self, names: &[String], limit: usize) -> Result<Vec<UnresolvedSite>, ReadError> {
        let mut sites = Vec::new();
        for name in names {
            let found = self.graph.unresolved_named(name)?;
            let ids: Vec<NodeId> = found.iter().take(limit).map(|site| site.src).collect();
            let records = self.graph.nodes(&ids)?;
            for site in found.iter().take(limit) {
                let path = records
                    .iter()
                    .find(|record| record.id == site.src)
                    .and_then(|record| record.path.clone());
                if let Some(path) = path {
                    sites.push(UnresolvedSite {
                        path,
                        line: site.line,
                        name: site.name.clone(),
                    });
                }
            }
        }
        sites.sort();
        sites.dedup();
        sites.truncate(limit);
        Ok(sites)
    }
}

//! What the graph knows of files beyond edges, for the ranking.

use arc_graph::{GraphRead, NodeId, ReadError};
use arc_impact::{FileSignals, SignalRead, UnresolvedSite};
use arc_store::GraphFile;

/// Signals read from the graph file.
pub(crate) struct StoredSignals<'a> {
    pub(crate) graph: &'a GraphFile,
}

impl SignalRead for StoredSignals<'_> {
    fn signals(&self, files: &[NodeId]) -> Result<Vec<FileSignals>, ReadError> {
        Ok(files.iter().map(|_| FileSignals::default()).collect())
    }

    fn unresolved(&self, names: &[String], limit: usize) -> Result<Vec<UnresolvedSite>, ReadError> {
        let mut sites = Vec::new();
        for name in names {
            let found = self.graph.unresolved_named(name)?;
            let ids: Vec<NodeId> = found.iter().take(limit).map(|site| site.src).collect();
            let records = self.graph.nodes(&ids)?;
            for site in found.iter().take(limit) {
                let path = records.iter().find(|record| record.id == site.src).and_then(|record| record.path.clone());
                if let Some(path) = path {
                    sites.push(UnresolvedSite { path, line: site.line, name: site.name.clone() });
                }
            }
        }
        sites.sort();
        sites.dedup();
        sites.truncate(limit);
        Ok(sites)
    }
}

//! How files depend on each other, for a look at the whole.

use arc_graph::{EdgeKind, NodeId};

use crate::error::StoreError;
use crate::read::{GraphFile, bits_of};

/// The edges from one file to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileUse {
    /// The dependent.
    pub src: NodeId,
    /// The dependency.
    pub dst: NodeId,
    /// Edges.
    pub count: u32,
}

impl GraphFile {
    /// Edges of some kinds between different files, those that are at least as sure as `thousandths`, in the order of ids.
    /// Reads every edge.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file_uses(
        &self,
        kinds: &[EdgeKind],
        thousandths: u16,
    ) -> Result<Vec<FileUse>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT a.file, b.file, count(*) FROM edge
                     JOIN node AS a ON a.id = edge.src JOIN node AS b ON b.id = edge.dst
                     WHERE (?1 >> edge.kind) & 1 AND edge.confidence >= ?2 AND a.file <> b.file
                     GROUP BY a.file, b.file",
                )?
                .query_map((bits_of(kinds), thousandths), |row| {
                    Ok(FileUse {
                        src: NodeId(row.get(0)?),
                        dst: NodeId(row.get(1)?),
                        count: row.get(2)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }
}

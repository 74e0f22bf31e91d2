//! As much of nodes as it takes to rank them: many are looked at and few are told.

use arc_graph::{GraphRead, NodeId, NodeKind, NodeRecord, ReadError};

use crate::read::{FileNames, GraphFile, NodeParts};
use crate::rows::{file_flag, node_flag};

/// Records that are read at once where the graph is not in memory.
const AT_ONCE: usize = 1_000;

/// A node, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeBrief<'a> {
    /// The node.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Its own name.
    pub name: &'a str,
    /// The file it stands in.
    pub path: Option<&'a str>,
    /// Bytes of its qualified name.
    pub length: usize,
    /// A test, or in a file of tests.
    pub is_test: bool,
}

impl<'a> From<&'a NodeRecord> for NodeBrief<'a> {
    fn from(record: &'a NodeRecord) -> NodeBrief<'a> {
        NodeBrief {
            id: record.id,
            kind: record.kind,
            name: &record.name,
            path: record.path.as_deref(),
            length: record.qualified_name.len(),
            is_test: record.is_test,
        }
    }
}

impl<'a> NodeParts<'a> {
    /// The same as [`NodeParts::record`] says, in short.
    pub(crate) fn brief(&self, file: Option<(FileNames<'a>, u32)>) -> NodeBrief<'a> {
        let path = file.as_ref().map(|(names, _)| names.path);
        let (names, file_flags) = file.unwrap_or_default();
        let inside = self.scope.map_or(0, str::len)
            + match self.flags & node_flag::WHOLE_SCOPE {
                0 => self.name.len(),
                _ => 0,
            };
        let length = match (self.kind, names.module) {
            (NodeKind::File, "") => names.path.len(),
            (NodeKind::File, module) => module.len(),
            (_, "") => inside,
            (_, module) => module.len() + names.separator.len() + inside,
        };
        NodeBrief {
            id: self.id,
            kind: self.kind,
            name: self.name,
            path,
            length,
            is_test: self.flags & node_flag::TEST != 0 || file_flags & file_flag::TEST != 0,
        }
    }
}

impl GraphFile {
    /// Tells nodes in short, in the order of `ids`. What is no node is left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn briefs(
        &self,
        ids: &[NodeId],
        tell: &mut dyn FnMut(NodeBrief<'_>),
    ) -> Result<(), ReadError> {
        if let Some(resident) = self.resident() {
            let briefs = ids.iter().filter_map(|id| resident.brief(*id));
            briefs.for_each(tell);
            return Ok(());
        }
        for ids in ids.chunks(AT_ONCE) {
            for record in self.nodes(ids)? {
                tell(NodeBrief::from(&record));
            }
        }
        Ok(())
    }
}

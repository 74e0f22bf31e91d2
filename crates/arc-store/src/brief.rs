//! As much of nodes as it takes to rank them: many are looked at and few are told.

use arc_graph::{NodeId, NodeKind};
use rustc_hash::FxHashMap;

use crate::error::StoreError;
use crate::read::{FileNames, GraphFile, KnownFile, known};
use crate::rows::{file_flag, node_flag};

const BRIEF_SQL: &str =
    "SELECT node.kind, node.flags, node.file, own.text, octet_length(scope.text)
FROM node
JOIN strings AS own ON own.id = node.name
LEFT JOIN strings AS scope ON scope.id = node.scope
WHERE node.id = ?1";

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

/// What is stored of a node that is told in short.
pub(crate) struct BriefParts<'a> {
    pub(crate) id: NodeId,
    pub(crate) kind: NodeKind,
    pub(crate) name: &'a str,
    /// Bytes of the scope.
    pub(crate) scope: usize,
    pub(crate) flags: u32,
}

impl<'a> BriefParts<'a> {
    /// What the record of the node says, in short.
    pub(crate) fn brief(&self, file: Option<(FileNames<'a>, u32)>) -> NodeBrief<'a> {
        let path = file.as_ref().map(|(names, _)| names.path);
        let (names, file_flags) = file.unwrap_or_default();
        let inside = self.scope
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
    ) -> Result<(), StoreError> {
        if let Some(resident) = self.resident() {
            let briefs = ids.iter().filter_map(|id| resident.brief(*id));
            briefs.for_each(tell);
            return Ok(());
        }
        self.check(self.read_briefs(ids, tell))
    }

    fn read_briefs(
        &self,
        ids: &[NodeId],
        tell: &mut dyn FnMut(NodeBrief<'_>),
    ) -> rusqlite::Result<()> {
        let mut select = self.connection().prepare_cached(BRIEF_SQL)?;
        let mut files: FxHashMap<i64, Option<KnownFile>> = FxHashMap::default();
        for id in ids {
            let mut rows = select.query([id.0])?;
            let Some(row) = rows.next()? else {
                continue;
            };
            let file: Option<i64> = row.get(2)?;
            if let Some(file) = file
                && !files.contains_key(&file)
            {
                files.insert(file, self.known_file(file)?);
            }
            let parts = BriefParts {
                id: *id,
                kind: known(0, NodeKind::from_number(row.get(0)?))?,
                name: row.get_ref(3)?.as_str()?,
                scope: row.get::<_, Option<u32>>(4)?.unwrap_or_default() as usize,
                flags: row.get(1)?,
            };
            let of_file = file.and_then(|file| files.get(&file)?.as_ref());
            tell(parts.brief(of_file.map(KnownFile::names)));
        }
        Ok(())
    }
}

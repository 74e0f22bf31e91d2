//! The definitions of a file with all that the graph says of them, for exports.

use arc_graph::{NodeId, NodeKind};

use crate::error::StoreError;
use crate::read::{GraphFile, known};
use crate::rows::joined_scope;

/// A definition of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionRecord {
    /// The node.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Its own name.
    pub name: String,
    /// Its name inside the file (`Config.load`).
    pub scope_name: String,
    /// The symbol or file that contains it.
    pub parent: NodeId,
    /// Counts equal kinds and scope names in the file.
    pub ordinal: u32,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// A set of [`crate::node_flag`]s.
    pub flags: u32,
}

impl GraphFile {
    /// The definitions of a file in order of their lines, the file itself left out. The order does not depend on ids.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn definitions(&self, file: NodeId) -> Result<Vec<DefinitionRecord>, StoreError> {
        let read = || {
            let mut select = self.connection().prepare_cached(
                "SELECT node.id, node.kind, own.text, scope.text, node.parent, node.ordinal, node.line, node.end_line, node.flags
                 FROM node INDEXED BY node_file
                 JOIN strings AS own ON own.id = node.name
                 LEFT JOIN strings AS scope ON scope.id = node.scope
                 WHERE node.file = ?1 AND node.id <> ?1",
            )?;
            let mut rows = select.query([file.0])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let name: String = row.get(2)?;
                let flags: u32 = row.get(8)?;
                let scope = row.get_ref(3)?.as_str_or_null()?;
                found.push(DefinitionRecord {
                    id: NodeId(row.get(0)?),
                    kind: known(1, NodeKind::from_number(row.get(1)?))?,
                    scope_name: joined_scope(scope, &name, flags),
                    name,
                    parent: NodeId(row.get::<_, Option<i64>>(4)?.unwrap_or(file.0)),
                    ordinal: row.get(5)?,
                    line: row.get(6)?,
                    end_line: row.get(7)?,
                    flags,
                });
            }
            Ok(found)
        };
        let mut found = self.check(read())?;
        found.sort_by(|a, b| {
            let key = |of: &DefinitionRecord| (of.line, std::cmp::Reverse(of.end_line), of.kind);
            (key(a), &a.scope_name, a.ordinal).cmp(&(key(b), &b.scope_name, b.ordinal))
        });
        Ok(found)
    }
}

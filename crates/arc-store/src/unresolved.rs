//! References that could not be tied to a definition.

use std::ops::RangeInclusive;

use arc_graph::NodeId;
use rusqlite::params;

use crate::error::StoreError;
use crate::read::GraphFile;
use crate::strings;

/// A reference that could not be tied to a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnresolvedRecord {
    /// The symbol it stands in.
    pub src: NodeId,
    /// The name that was looked for.
    pub name: String,
    /// The line in the file of `src`.
    pub line: u32,
}

/// Where a reference to a name stands that could not be tied to a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnresolvedPlace {
    /// The symbol it stands in.
    pub src: NodeId,
    /// The file it stands in.
    pub path: String,
    /// The language of that file.
    pub language: Option<String>,
    /// From 1.
    pub line: u32,
}

impl GraphFile {
    /// Unresolved references inside a symbol, or directly in a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn unresolved_in(&self, src: NodeId) -> Result<Vec<UnresolvedRecord>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT unresolved.src, unresolved.line, strings.text
                     FROM unresolved INDEXED BY unresolved_src
                     JOIN strings ON strings.id = unresolved.name
                     WHERE unresolved.src = ?1 ORDER BY unresolved.line, strings.text",
                )?
                .query_map([src.0], |row| {
                    Ok(UnresolvedRecord {
                        src: NodeId(row.get(0)?),
                        line: row.get(1)?,
                        name: row.get(2)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// Unresolved references to this name, in the order of files and lines.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn unresolved_named(&self, name: &str) -> Result<Vec<UnresolvedPlace>, StoreError> {
        let Some(string) = self.check(strings::find(self.connection(), name))? else {
            return Ok(Vec::new());
        };
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT unresolved.src, files.path, files.language, unresolved.line FROM unresolved
                     JOIN node ON node.id = unresolved.src
                     JOIN files ON files.id = node.file
                     WHERE unresolved.name = ?1 ORDER BY files.path, unresolved.line, unresolved.src",
                )?
                .query_map([string], |row| {
                    Ok(UnresolvedPlace {
                        src: NodeId(row.get(0)?),
                        path: row.get(1)?,
                        language: row.get(2)?,
                        line: row.get(3)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// Names of definitions that begin in these lines of a file and may be meant by references that are unresolved, with the number
    /// of those, rarest first. Tests, lambdas and what is no code are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn open_names(
        &self,
        file: NodeId,
        lines: &RangeInclusive<u32>,
    ) -> Result<Vec<(String, usize)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    // The kinds from class to macro; see `node_kinds`.
                    "SELECT strings.text, count(*) AS places
                     FROM (SELECT DISTINCT name FROM node INDEXED BY node_file
                           WHERE file = ?1 AND line BETWEEN ?2 AND ?3 AND kind BETWEEN 3 AND 13 AND flags & 1 = 0) AS own
                     CROSS JOIN unresolved ON unresolved.name = own.name
                     JOIN strings ON strings.id = own.name
                     GROUP BY own.name ORDER BY places, strings.text",
                )?
                .query_map(params![file.0, lines.start(), lines.end()], |row| {
                    Ok((row.get(0)?, row.get::<_, u32>(1)? as usize))
                })?
                .collect()
        };
        self.check(read())
    }
}

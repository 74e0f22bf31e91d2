//! Who CODEOWNERS says is asked about which file.

use std::collections::HashMap;

use arc_graph::NodeId;
use rusqlite::{Connection, params};

use crate::bulk::IndexedGraph;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::update::Update;

/// The key in `meta` of the path of the file with the rules.
pub const OWNER_RULES: &str = "code_owners";

/// A file and one of its owners.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnedRow {
    /// The path of the file.
    pub path: String,
    /// The owner, as written.
    pub owner: String,
    /// The line of the rule.
    pub line: u32,
}

impl IndexedGraph<'_> {
    /// Writes who owns what by the file `rules`; each file and owner once.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn set_owned(&self, rules: Option<&str>, rows: &[OwnedRow]) -> Result<(), StoreError> {
        self.check(replace_owned(self.connection(), rules, rows))
    }
}

impl Update<'_> {
    /// Makes who owns what anew, by the file `rules`; each file and owner once.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_owned(&self, rules: Option<&str>, rows: &[OwnedRow]) -> Result<(), StoreError> {
        self.check(replace_owned(self.connection(), rules, rows))
    }
}

fn replace_owned(
    connection: &Connection,
    rules: Option<&str>,
    rows: &[OwnedRow],
) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM meta WHERE key = ?1", [OWNER_RULES])?;
    if let Some(rules) = rules {
        connection.execute("INSERT INTO meta VALUES (?1, ?2)", [OWNER_RULES, rules])?;
    }
    connection.execute_batch("DELETE FROM owned; DELETE FROM code_owners;")?;
    let mut owners: HashMap<&str, i64> = HashMap::new();
    let mut file = connection.prepare("SELECT id FROM files WHERE path = ?1")?;
    let mut owner = connection.prepare("INSERT INTO code_owners (name) VALUES (?1)")?;
    let mut owned = connection.prepare("INSERT OR IGNORE INTO owned VALUES (?1, ?2, ?3)")?;
    for row in rows {
        let id = match owners.get(row.owner.as_str()) {
            Some(id) => *id,
            None => owner.insert([&row.owner])?,
        };
        owners.insert(&row.owner, id);
        let file: i64 = file.query_row([&row.path], |found| found.get(0))?;
        owned.execute(params![file, id, row.line])?;
    }
    Ok(())
}

/// Whether there are files in a folder, which is given without a slash at the end. `0` is what follows `/`.
pub(crate) fn has_files_in(connection: &Connection, folder: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM files WHERE path > ?1 || '/' AND path < ?1 || '0')",
        )?
        .query_row([folder], |row| row.get(0))
}

impl GraphFile {
    /// Whether there are files in a folder.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_files_in(&self, folder: &str) -> Result<bool, StoreError> {
        self.check(has_files_in(self.connection(), folder))
    }

    /// The owners of files in a folder (given with a slash at the end, or empty for all), those of most files first, each
    /// with the first line of its rules.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn owners_in(&self, folder: &str) -> Result<Vec<(String, u32)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT code_owners.name, min(owned.line) FROM owned JOIN code_owners ON code_owners.id = owned.owner
                     JOIN files ON files.id = owned.file
                     WHERE ?1 = '' OR files.path > ?1 AND files.path < rtrim(?1, '/') || '0'
                     GROUP BY code_owners.id ORDER BY count(*) DESC, code_owners.name",
                )?
                .query_map([folder], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.check(read())
    }

    /// The owners of a file by CODEOWNERS, with the lines of their rules, in the order of those.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn owners_of(&self, file: NodeId) -> Result<Vec<(String, u32)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT code_owners.name, owned.line FROM owned JOIN code_owners ON code_owners.id = owned.owner
                     WHERE owned.file = ?1 ORDER BY owned.line, code_owners.name",
                )?
                .query_map([file.0], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.check(read())
    }
}

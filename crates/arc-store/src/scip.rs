//! What indexes of compilers say, by path: bytes, opaque here.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::bulk::BulkWriter;
use crate::error::StoreError;
use crate::lookup::read_meta;
use crate::read::GraphFile;
use crate::update::Update;

/// Paths and bytes, sorted by path.
type Records = Vec<(String, Vec<u8>)>;

impl GraphFile {
    /// What indexes say of each path, sorted by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn scip_records(&self) -> Result<Records, StoreError> {
        self.check(read(self.connection()))
    }
}

impl BulkWriter<'_> {
    /// Keeps what indexes say.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn scip_records(&mut self, records: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.check(put(self.connection(), records))
    }
}

impl Update<'_> {
    /// What indexes say of each path, sorted by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn scip_records(&self) -> Result<Records, StoreError> {
        self.check(read(self.connection()))
    }

    /// Whether an index says something of this path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_scip_record(&self, path: &str) -> Result<bool, StoreError> {
        let found = self
            .connection()
            .prepare_cached("SELECT 1 FROM scip_records WHERE path = ?1")
            .and_then(|mut select| select.query_row([path], |_| Ok(())).optional());
        Ok(self.check(found)?.is_some())
    }

    /// Replaces everything that indexes say.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_scip_records(&self, records: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let written = self
            .connection()
            .execute_batch("DELETE FROM scip_records")
            .and_then(|()| put(self.connection(), records));
        self.check(written)
    }
}

/// What could be read of a graph that cannot be opened.
pub struct Salvaged {
    /// What `meta` says of the indexes; `None` when there were none.
    pub meta: Option<String>,
    /// What they say of each path, sorted by path; empty when it cannot be read.
    pub records: Vec<(String, Vec<u8>)>,
}

/// What indexes left in a graph file that cannot be opened otherwise, because its schema is another one or some of it is
/// damaged: the value of `key` in `meta`, and the records. `None` when not even `meta` can be read.
#[must_use]
pub fn salvaged_records(graph: &Path, key: &str) -> Option<Salvaged> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Whatever fails here is told by what is not found: the caller says that it is lost.
    let connection = Connection::open_with_flags(graph, flags).ok()?;
    let meta = read_meta(&connection, key).ok()?;
    let records = match meta {
        Some(_) => read(&connection).unwrap_or_default(),
        None => Records::new(),
    };
    Some(Salvaged { meta, records })
}

fn read(connection: &Connection) -> rusqlite::Result<Records> {
    connection
        .prepare_cached("SELECT path, bytes FROM scip_records ORDER BY path")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn put(connection: &Connection, records: &[(String, Vec<u8>)]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO scip_records VALUES (?1, ?2)")?;
    for (path, bytes) in records {
        insert.execute(rusqlite::params![path, bytes])?;
    }
    Ok(())
}

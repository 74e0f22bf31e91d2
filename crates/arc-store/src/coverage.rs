//! Which tests ran which lines, as coverage tools said it: names and bytes, the latter opaque here.

use rusqlite::{Connection, OptionalExtension, params};

use crate::bulk::BulkWriter;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::update::Update;

/// What ran in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageRow {
    /// Relative to the root, with `/`.
    pub path: String,
    /// XXH3-128 of the content whose lines are counted.
    pub hash: [u8; 16],
    /// Which test ran which lines.
    pub runs: Vec<u8>,
}

/// Everything that was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageRows {
    /// Names of tests, sorted, each once; runs count in this list.
    pub tests: Vec<String>,
    /// Sorted by path.
    pub files: Vec<CoverageRow>,
}

impl GraphFile {
    /// Everything that was imported.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn coverage(&self) -> Result<CoverageRows, StoreError> {
        let read = || {
            let connection = self.connection();
            let tests = connection
                .prepare_cached("SELECT name FROM coverage_tests ORDER BY id")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let files = connection
                .prepare_cached("SELECT path, hash, runs FROM coverage_files ORDER BY path")?
                .query_map([], |row| {
                    let path = row.get(0)?;
                    Ok(CoverageRow {
                        path,
                        hash: row.get(1)?,
                        runs: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(CoverageRows { tests, files })
        };
        self.check(read())
    }

    /// What ran in a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn coverage_of(&self, path: &str) -> Result<Option<CoverageRow>, StoreError> {
        let found = self
            .connection()
            .prepare_cached("SELECT hash, runs FROM coverage_files WHERE path = ?1")
            .and_then(|mut select| {
                let row = |row: &rusqlite::Row<'_>| {
                    let path = path.to_owned();
                    Ok(CoverageRow {
                        path,
                        hash: row.get(0)?,
                        runs: row.get(1)?,
                    })
                };
                select.query_row([path], row).optional()
            });
        self.check(found)
    }

    /// The name of a test by its position.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn coverage_test(&self, position: u32) -> Result<Option<String>, StoreError> {
        let found = self
            .connection()
            .prepare_cached("SELECT name FROM coverage_tests WHERE id = ?1")
            .and_then(|mut select| select.query_row([position], |row| row.get(0)).optional());
        self.check(found)
    }

    /// Whether a test of this name was seen.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_coverage_test(&self, name: &str) -> Result<bool, StoreError> {
        let found = self
            .connection()
            .prepare_cached("SELECT 1 FROM coverage_tests WHERE name = ?1")
            .and_then(|mut select| select.query_row([name], |_| Ok(())).optional());
        Ok(self.check(found)?.is_some())
    }
}

impl BulkWriter<'_> {
    /// Keeps what was imported.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn coverage(&mut self, rows: &CoverageRows) -> Result<(), StoreError> {
        self.check(put(self.connection(), rows))
    }
}

impl Update<'_> {
    /// Replaces everything that was imported.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_coverage(&self, rows: &CoverageRows) -> Result<(), StoreError> {
        let written = self
            .connection()
            .execute_batch("DELETE FROM coverage_tests; DELETE FROM coverage_files")
            .and_then(|()| put(self.connection(), rows));
        self.check(written)
    }
}

fn put(connection: &Connection, rows: &CoverageRows) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO coverage_tests VALUES (?1, ?2)")?;
    for (position, name) in rows.tests.iter().enumerate() {
        insert.execute(params![position as i64, name])?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO coverage_files VALUES (?1, ?2, ?3)")?;
    for row in &rows.files {
        insert.execute(params![row.path, row.hash, row.runs])?;
    }
    Ok(())
}

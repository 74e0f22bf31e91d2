//! A run of the resolver that an update can be played against: opaque here, and of no meaning to anybody else.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::StoreError;
use crate::update::Update;

/// The kinds of rows of `meta_run`.
const RUN: i64 = 0;
const SAID: i64 = 1;
const OTHER: i64 = 2;

/// What a file said when a run was made: the hash of its content, and its facts.
pub type Said = ([u8; 16], Vec<u8>);

/// Keeps a run where none is.
pub(crate) fn insert_run(connection: &Connection, run: &[u8]) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO meta_run VALUES (?1, '', ?2)",
            params![RUN, run],
        )
        .map(drop)
}

impl Update<'_> {
    /// The run that is kept, if there is one.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn run(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT bytes FROM meta_run WHERE kind = ?1")?;
            select.query_row([RUN], |row| row.get(0)).optional()
        };
        self.check(read())
    }

    /// Keeps a run in the place of another, or none; what was kept beside that one goes.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_run(&self, run: Option<&[u8]>) -> Result<(), StoreError> {
        let write = || {
            self.connection().execute("DELETE FROM meta_run", [])?;
            match run {
                Some(run) => insert_run(self.connection(), run),
                None => Ok(()),
            }
        };
        self.check(write())
    }

    /// Keeps what a file said when the run was made, with the hash of its content then, unless that is kept already or there is
    /// no run. Called before the facts of the file are replaced.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn keep_said(&self, path: &str, file: i64, hash: &[u8; 16]) -> Result<(), StoreError> {
        let wanted = || {
            let mut select = self.connection().prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM meta_run WHERE kind = ?1)
                 AND NOT EXISTS (SELECT 1 FROM meta_run WHERE kind = ?2 AND path = ?3)",
            )?;
            select.query_row(params![RUN, SAID, path], |row| row.get(0))
        };
        let is_wanted: bool = self.check(wanted())?;
        let Some(facts) = self.facts(file)?.filter(|_| is_wanted) else {
            return Ok(());
        };
        let bytes = [hash.as_slice(), &facts].concat();
        let inserted = self
            .connection()
            .prepare_cached("INSERT INTO meta_run VALUES (?1, ?2, ?3)")
            .and_then(|mut insert| insert.execute(params![SAID, path, bytes]));
        self.check(inserted).map(drop)
    }

    /// What [`Update::keep_said`] kept of a file: the hash of its content, and its facts.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn said(&self, path: &str) -> Result<Option<Said>, StoreError> {
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT bytes FROM meta_run WHERE kind = ?1 AND path = ?2")?;
            let bytes: Option<Vec<u8>> = select
                .query_row(params![SAID, path], |row| row.get(0))
                .optional()?;
            Ok(bytes)
        };
        let bytes = self.check(read())?;
        Ok(bytes.and_then(|bytes| {
            let (hash, facts) = bytes.split_first_chunk::<16>()?;
            Some((*hash, facts.to_vec()))
        }))
    }

    /// The files whose rows may be other ones than those of the run.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn others(&self) -> Result<HashSet<String>, StoreError> {
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT path FROM meta_run WHERE kind = ?1")?;
            let paths = select.query_map([OTHER], |row| row.get(0))?;
            paths.collect()
        };
        self.check(read())
    }

    /// Sets them.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_others<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<(), StoreError> {
        let write = || {
            self.connection()
                .execute("DELETE FROM meta_run WHERE kind = ?1", [OTHER])?;
            let mut insert = self
                .connection()
                .prepare_cached("INSERT INTO meta_run VALUES (?1, ?2, x'')")?;
            for path in paths {
                insert.execute(params![OTHER, path])?;
            }
            Ok(())
        };
        self.check(write())
    }
}

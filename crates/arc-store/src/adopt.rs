//! A graph file that somebody else made takes the place of ours. Nothing in it is believed: its tables must be those that we
//! make, or a view or trigger of somebody else would run when it is read.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::bulk::{replace, set_meta};
use crate::connection::check_header;
use crate::error::StoreError;
use crate::lock::{WriteLock, folder_of, temporary_prefix};
use crate::schema;

impl WriteLock {
    /// Where a file may be written that is to be adopted. What is left there is removed by the next holder of the lock.
    #[must_use]
    pub fn landing(&self) -> PathBuf {
        let mut name = temporary_prefix(self.graph());
        name.push(std::process::id().to_string());
        folder_of(self.graph()).join(name)
    }

    /// Puts a file, whole and sound, in the place of the graph, as the graph of `root`.
    ///
    /// # Errors
    /// When it is no graph of this version, or is damaged; the graph there is then as it was.
    pub fn adopt(&self, file: &Path, root: &str) -> Result<(), StoreError> {
        check_header(file)?;
        if let Err(error @ StoreError::NotAGraph { .. }) = check_header(self.graph()) {
            return Err(error);
        }
        let failed = |error| StoreError::from_sql(file, error);
        let connection = open(file).map_err(failed)?;
        let odd = difference(&connection).map_err(failed)?;
        if let Some(odd) = odd {
            return Err(StoreError::Damaged {
                path: file.to_owned(),
                source: odd.into(),
            });
        }
        set_meta(&connection, &[("root", root)]).map_err(failed)?;
        drop(connection);
        replace(file, self.graph())
    }
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    Ok(connection)
}

/// What makes a file another than those that we make.
fn difference(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let ours = Connection::open_in_memory()?;
    schema::create_tables(&ours)?;
    schema::create_indexes(&ours)?;
    if objects(&ours)? != objects(connection)? {
        return Ok(Some("its tables are not those of a graph".to_owned()));
    }
    let state: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((state != "ok").then_some(state))
}

/// What a database consists of, without what SQLite makes for itself.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    connection
        .prepare(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'
             ORDER BY type, name",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

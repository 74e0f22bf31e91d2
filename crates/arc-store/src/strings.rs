//! Interned strings, of a file being built and of a file being updated.

use arc_graph::StringPool;
use rusqlite::{Connection, OptionalExtension, params};

/// Strings of a full build, numbered as they come and written at the end.
#[derive(Default)]
pub(crate) struct NewStrings(StringPool);

impl NewStrings {
    pub(crate) fn id(&mut self, text: &str) -> i64 {
        i64::from(self.0.number(text)) + 1
    }

    pub(crate) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare("INSERT INTO strings VALUES (?1, ?2)")?;
        for (id, text) in (1i64..).zip(self.0.iter()) {
            insert.execute(params![id, text])?;
        }
        Ok(())
    }
}

/// The id of a string in an existing file, if it is there.
pub(crate) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM strings WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()
}

/// The id of a string in an existing file; it is added when it is not there.
pub(crate) fn find_or_add(connection: &Connection, text: &str) -> rusqlite::Result<i64> {
    if let Some(id) = find(connection, text)? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO strings (text) VALUES (?1)")?
        .execute([text])?;
    Ok(connection.last_insert_rowid())
}

//! Interned strings, of a file being built and of a file being updated.

use hashbrown::HashTable;
use rusqlite::{Connection, OptionalExtension, params};
use xxhash_rust::xxh3::xxh3_64;

/// Strings of a full build, numbered as they come and written at the end: one after the other in one text, since a large
/// project has millions of them.
#[derive(Default)]
pub(crate) struct NewStrings {
    text: String,
    ends: Vec<usize>,
    positions: HashTable<u32>,
}

impl NewStrings {
    pub(crate) fn id(&mut self, text: &str) -> i64 {
        let NewStrings {
            text: all,
            ends,
            positions,
        } = self;
        let position = positions.find(hash(text), |known| at(all, ends, *known) == text);
        if let Some(position) = position {
            return i64::from(*position) + 1;
        }
        let position = ends.len() as u32;
        all.push_str(text);
        ends.push(all.len());
        positions.insert_unique(hash(text), position, |known| hash(at(all, ends, *known)));
        i64::from(position) + 1
    }

    pub(crate) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare("INSERT INTO strings VALUES (?1, ?2)")?;
        for position in 0..self.ends.len() as u32 {
            let text = at(&self.text, &self.ends, position);
            insert.execute(params![i64::from(position) + 1, text])?;
        }
        Ok(())
    }
}

fn at<'t>(text: &'t str, ends: &[usize], position: u32) -> &'t str {
    let position = position as usize;
    let start = match position {
        0 => 0,
        after => ends[after - 1],
    };
    &text[start..ends[position]]
}

fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
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

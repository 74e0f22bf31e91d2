//! Decisions and entries of change logs, what they name, and what those names mean.
//!
//! Rows of a text come from its file alone. What a name means depends on the whole project; [`RecordNames`] gives whoever
//! decides that what the graph has, in a full build and in an update alike.

use std::path::Path;

use arc_graph::{NameForm, NodeKind, RecordName, WrittenForm};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::owners::has_files_in;
use crate::read::known;
use crate::rows::joined_scope;
use crate::search::words;
use crate::update::Update;

/// A decision or an entry of a change log. What is not known is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// What kind of text it is.
    pub form: WrittenForm,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// `ADR-12`, or a version.
    pub label: String,
    /// What it is called, or how it begins.
    pub title: String,
    /// What became of it, or the heading it stands under.
    pub status: String,
    /// `2024-05-01`.
    pub date: String,
    /// Who decided.
    pub people: Vec<String>,
    /// All of it, for search only.
    pub text: String,
    /// What it names, in order.
    pub names: Vec<RecordName>,
    /// Numbers of tickets and the lines that name them, ascending.
    pub tickets: Vec<(u32, u32)>,
}

/// Writes the records of a file that has none.
pub(crate) fn insert_records(
    connection: &Connection,
    file: i64,
    rows: &[RecordRow],
) -> rusqlite::Result<()> {
    for row in rows {
        let id = connection
            .prepare_cached(
                "INSERT INTO records (file, form, line, end_line, label, title, status, date, people)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .insert(params![
                file,
                row.form.number(),
                row.line,
                row.end_line,
                row.label,
                row.title,
                row.status,
                row.date,
                row.people.join(", "),
            ])?;
        connection
            .prepare_cached("INSERT INTO record_fts (rowid, text) VALUES (?1, ?2)")?
            .execute(params![
                id,
                words(&format!("{} {} {}", row.label, row.title, row.text))
            ])?;
        let mut name = connection.prepare_cached(
            "INSERT INTO record_names (record, position, said, form, name, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (position, named) in row.names.iter().enumerate() {
            name.execute(params![
                id,
                position as i64,
                named.said.number(),
                named.form.number(),
                named.name,
                named.line
            ])?;
        }
        let mut ticket =
            connection.prepare_cached("INSERT INTO record_tickets VALUES (?1, ?2, ?3)")?;
        for (number, line) in &row.tickets {
            ticket.execute(params![id, number, line])?;
        }
    }
    Ok(())
}

/// Removes the records of a file.
pub(crate) fn remove_records(connection: &Connection, file: i64) -> rusqlite::Result<()> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM records WHERE file = ?1")?
        .query_map([file], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in ids {
        for sql in [
            "DELETE FROM record_fts WHERE rowid = ?1",
            "DELETE FROM record_names WHERE record = ?1",
            "DELETE FROM record_tickets WHERE record = ?1",
            "DELETE FROM records WHERE id = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([id])?;
        }
    }
    Ok(())
}

impl Update<'_> {
    /// Makes the records of a file what they now are. What their names mean is to be said anew.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_records(&self, file: i64, rows: &[RecordRow]) -> Result<(), StoreError> {
        let written = remove_records(self.connection(), file)
            .and_then(|()| insert_records(self.connection(), file, rows));
        self.check(written)
    }

    /// The names in all records.
    #[must_use]
    pub fn record_names(&self) -> RecordNames<'_> {
        RecordNames::new(self.connection(), self.path())
    }
}

/// What a name means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// A file or symbol.
    pub node: Option<i64>,
    /// Another record.
    pub other: Option<i64>,
    /// A folder, without a slash at the end.
    pub folder: Option<String>,
}

/// A name in a record, with what the graph says that it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedInRecord {
    /// The record.
    pub record: i64,
    /// Its place among the names of the record.
    pub position: i64,
    /// The file of the record.
    pub file: i64,
    /// The path of that file.
    pub path: String,
    /// The last line of the record.
    pub end_line: u32,
    /// How it is named.
    pub form: NameForm,
    /// The name.
    pub name: String,
    /// Where, from 1.
    pub line: u32,
    /// What it means so far.
    pub meaning: Meaning,
}

/// A symbol that a name may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// The node.
    pub id: i64,
    /// What it is.
    pub kind: NodeKind,
    /// Its qualified name.
    pub qualified_name: String,
    /// The path of its file.
    pub path: String,
    /// A set of [`crate::node_flag`]s.
    pub flags: u32,
    /// A set of [`crate::file_flag`]s.
    pub file_flags: u32,
}

/// The names in all records, and what they may mean.
pub struct RecordNames<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl<'a> RecordNames<'a> {
    pub(crate) fn new(connection: &'a Connection, path: &'a Path) -> RecordNames<'a> {
        RecordNames { connection, path }
    }

    fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sql(self.path, error))
    }

    /// Every name of every record.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn all(&self) -> Result<Vec<NamedInRecord>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT named.record, named.position, records.file, files.path, records.end_line, named.form, named.name,
                            named.line, named.node, named.other, named.folder
                     FROM record_names AS named JOIN records ON records.id = named.record JOIN files ON files.id = records.file",
                )?
                .query_map([], |row| {
                    Ok(NamedInRecord {
                        record: row.get(0)?,
                        position: row.get(1)?,
                        file: row.get(2)?,
                        path: row.get(3)?,
                        end_line: row.get(4)?,
                        form: known(5, NameForm::from_number(row.get(5)?))?,
                        name: row.get(6)?,
                        line: row.get(7)?,
                        meaning: Meaning {
                            node: row.get(8)?,
                            other: row.get(9)?,
                            folder: row.get(10)?,
                        },
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// The file with this path, and the record that it is.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file(&self, path: &str) -> Result<Option<(i64, Option<i64>)>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT files.id, records.id FROM files
                     LEFT JOIN records ON records.file = files.id AND records.form = ?2 WHERE files.path = ?1",
                )?
                .query_row(params![path, WrittenForm::Record.number()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        };
        self.check(read())
    }

    /// Whether there are files in a folder.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_folder(&self, path: &str) -> Result<bool, StoreError> {
        self.check(has_files_in(self.connection, path))
    }

    /// The symbols of files with this own name.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn symbols(&self, name: &str) -> Result<Vec<Namesake>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT node.id, node.kind, scope.text, node.flags, files.path, files.module, files.separator, files.flags
                     FROM node JOIN files ON files.id = node.file LEFT JOIN strings AS scope ON scope.id = node.scope
                     WHERE node.name = (SELECT id FROM strings WHERE text = ?1)",
                )?
                .query_map([name], |row| {
                    let flags = row.get(3)?;
                    let scope: Option<String> = row.get(2)?;
                    let inside = joined_scope(scope.as_deref(), name, flags);
                    let module: String = row.get(5)?;
                    let separator: String = row.get(6)?;
                    let qualified_name = if module.is_empty() {
                        inside
                    } else {
                        format!("{module}{separator}{inside}")
                    };
                    Ok(Namesake {
                        id: row.get(0)?,
                        kind: known(1, NodeKind::from_number(row.get(1)?))?,
                        qualified_name,
                        path: row.get(4)?,
                        flags,
                        file_flags: row.get(7)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// The innermost symbol around a line of a file, with its first line.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn symbol_at(&self, file: i64, line: u32) -> Result<Option<(i64, u32)>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT id, line FROM node INDEXED BY node_file
                     WHERE file = ?1 AND id <> ?1 AND line <= ?2 AND end_line >= ?2
                     ORDER BY line DESC, end_line, kind, ordinal LIMIT 1",
                )?
                .query_row(params![file, line], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        };
        self.check(read())
    }

    /// The records with this label, and their files.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn labeled(&self, label: &str) -> Result<Vec<(i64, String)>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached(
                    "SELECT records.id, files.path FROM records JOIN files ON files.id = records.file
                     WHERE records.label = ?1 AND records.form = ?2 ORDER BY files.path",
                )?
                .query_map(params![label, WrittenForm::Record.number()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect()
        };
        self.check(read())
    }

    /// Says what a name means.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set(&self, named: &NamedInRecord, meaning: &Meaning) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached(
                "UPDATE record_names SET node = ?3, other = ?4, folder = ?5 WHERE record = ?1 AND position = ?2",
            )
            .and_then(|mut update| {
                update.execute(params![
                    named.record,
                    named.position,
                    meaning.node,
                    meaning.other,
                    meaning.folder
                ])
            });
        self.check(written).map(drop)
    }
}

//! What a trail asks of records: which decisions are about a place, and which entries of change logs name a ticket.

use arc_graph::{NameForm, NamedAs, NodeId, WrittenForm};
use rusqlite::{Row, params};

use crate::error::StoreError;
use crate::read::{GraphFile, known};

/// A decision or an entry of a change log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenRecord {
    /// What kind of text it is.
    pub form: WrittenForm,
    /// Its file.
    pub path: String,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// `ADR-12`, a version, or nothing.
    pub label: String,
    /// What it is called, or how it begins.
    pub title: String,
    /// What became of it, the heading it stands under, or nothing.
    pub status: String,
    /// `2024-05-01`, or nothing.
    pub date: String,
    /// Its id, which is another one after a build from nothing.
    pub id: i64,
}

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutPlace {
    /// The decision.
    pub record: WrittenRecord,
    /// How the place is named.
    pub form: NameForm,
    /// First and last line of the symbol; `None` for the whole file.
    pub lines: Option<(u32, u32)>,
    /// The folder that is named, when it is one.
    pub folder: Option<String>,
}

const RECORD: &str =
    "records.form, files.path, records.line, records.end_line, records.label, records.title,
    records.status, records.date, records.id";

fn record(row: &Row<'_>) -> rusqlite::Result<WrittenRecord> {
    Ok(WrittenRecord {
        form: known(0, WrittenForm::from_number(row.get(0)?))?,
        path: row.get(1)?,
        line: row.get(2)?,
        end_line: row.get(3)?,
        label: row.get(4)?,
        title: row.get(5)?,
        status: row.get(6)?,
        date: row.get(7)?,
        id: row.get(8)?,
    })
}

impl GraphFile {
    /// The decisions about a file, about symbols in it, and about any folder, in no order.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn decisions_about(&self, file: NodeId) -> Result<Vec<AboutPlace>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT {RECORD}, named.form, iif(node.id = ?1, NULL, node.line), node.end_line, named.folder
                     FROM record_names AS named JOIN records ON records.id = named.record JOIN files ON files.id = records.file
                     LEFT JOIN node ON node.id = named.node
                     WHERE named.said = ?2 AND (node.file = ?1 OR named.folder IS NOT NULL)"
                ))?
                .query_map(params![file.0, NamedAs::Decided.number()], |row| {
                    Ok(AboutPlace {
                        record: record(row)?,
                        form: known(9, NameForm::from_number(row.get(9)?))?,
                        lines: row.get::<_, Option<u32>>(10)?.zip(row.get(11)?),
                        folder: row.get(12)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// The records with this label, by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn decisions_labeled(&self, label: &str) -> Result<Vec<WrittenRecord>, StoreError> {
        self.records_where(
            "records.label = ?1 AND records.form = 1 ORDER BY files.path",
            label,
        )
    }

    /// The records that a record names as decisions, by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn decisions_named_by(&self, record: i64) -> Result<Vec<WrittenRecord>, StoreError> {
        self.records_where(
            "records.id IN (SELECT other FROM record_names WHERE record = ?1 AND other IS NOT NULL) ORDER BY files.path",
            record,
        )
    }

    /// The records that a commit wrote first, by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn decisions_added_by(&self, commit: &[u8; 20]) -> Result<Vec<WrittenRecord>, StoreError> {
        self.records_where(
            "records.form = 1 AND files.path IN (
                 SELECT paths.path FROM commit_files JOIN paths ON paths.id = commit_files.path
                 WHERE commit_files.commit_id = (SELECT id FROM commits WHERE hash = ?1) AND commit_files.status = 1)
             ORDER BY files.path",
            commit,
        )
    }

    /// The entries of change logs that name a ticket of this project, by path and line.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn entries_naming(&self, ticket: u32) -> Result<Vec<WrittenRecord>, StoreError> {
        self.records_where(
            "records.form = 3 AND records.id IN (SELECT record FROM record_tickets WHERE ticket = ?1)
             ORDER BY files.path, records.line",
            ticket,
        )
    }

    pub(crate) fn records_where(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Vec<WrittenRecord>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT {RECORD} FROM records JOIN files ON files.id = records.file WHERE {condition}"
                ))?
                .query_map([value], record)?
                .collect()
        };
        self.check(read())
    }
}

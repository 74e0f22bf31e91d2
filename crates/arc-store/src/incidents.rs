//! What broke and was repaired by us. It follows from no file and no commit: a build from scratch takes it over, with what people said.

use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::read::GraphFile;
use crate::update::Update;

/// Rows that are kept; of more the oldest go.
const MAX_ROWS: u32 = 2_000;

/// A fault that a file had, and the repair that is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MendedRow {
    /// Seconds since 1970.
    pub time: i64,
    /// The session that repaired it, and the file in it: what tells it from others.
    pub about: String,
    /// The file, relative to the project.
    pub path: String,
    /// The line that was repaired, as the graph had the file.
    pub line: u32,
    /// The symbol around the line by its name in the file, as the graph had it; empty for none. Told by the store.
    pub symbol: String,
    /// The class of the fault.
    pub class: String,
    /// What was said of it.
    pub message: String,
    /// The rule that repaired it.
    pub rule: String,
    /// Why that is a repair.
    pub text: String,
    /// The repair as a unified diff.
    pub diff: String,
    /// It was taken back.
    pub is_undone: bool,
}

impl MendedRow {
    /// The session that repaired it.
    #[must_use]
    pub fn session(&self) -> &str {
        // `:` separates the session from the file.
        let (session, _) = self.about.split_once(':').unwrap_or((&self.about, ""));
        session
    }
}

impl GraphFile {
    /// The incidents of a file, or of all, newest first.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn mended(&self, path: Option<&str>) -> Result<Vec<MendedRow>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT time, about, path, line, symbol, class, message, rule, text, diff, is_undone FROM incidents
                     WHERE ?1 IS NULL OR path = ?1 ORDER BY id DESC",
                )?
                .query_map([path], |row| {
                    Ok(MendedRow {
                        time: row.get(0)?,
                        about: row.get(1)?,
                        path: row.get(2)?,
                        line: row.get(3)?,
                        symbol: row.get(4)?,
                        class: row.get(5)?,
                        message: row.get(6)?,
                        rule: row.get(7)?,
                        text: row.get(8)?,
                        diff: row.get(9)?,
                        is_undone: row.get(10)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }
}

impl Update<'_> {
    /// Writes down incidents. The symbol of each is looked up in the file as the graph has it.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn put_mended(&self, rows: &[MendedRow]) -> Result<(), StoreError> {
        self.check(put(self.connection(), rows))
    }

    /// Notes that the repairs of a session were taken back. How many are known.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn undo_mended(&self, session: &str) -> Result<usize, StoreError> {
        // `:` separates the session from the file.
        let changed = self.connection().execute(
            "UPDATE incidents SET is_undone = 1 WHERE substr(about, 1, length(?1) + 1) = ?1 || ':'",
            [session],
        );
        self.check(changed)
    }
}

fn put(connection: &Connection, rows: &[MendedRow]) -> rusqlite::Result<()> {
    let mut symbol = connection.prepare_cached(
        "SELECT coalesce(scope.text, '') || CASE node.flags & 1024 WHEN 0 THEN own.text ELSE '' END
         FROM files JOIN node ON node.file = files.id JOIN strings AS own ON own.id = node.name
         LEFT JOIN strings AS scope ON scope.id = node.scope
         WHERE files.path = ?1 AND node.kind IN (2, 3, 4, 5, 7, 8) AND node.line <= ?2 AND node.end_line >= ?2
         ORDER BY node.line DESC, node.end_line LIMIT 1",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO incidents (time, about, path, line, symbol, class, message, rule, text, diff, is_undone)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (about) DO NOTHING",
    )?;
    for row in rows {
        let found: Option<String> = symbol
            .query_map(params![row.path, row.line], |found| found.get(0))?
            .next()
            .transpose()?;
        insert.execute(params![
            row.time,
            row.about,
            row.path,
            row.line,
            found.unwrap_or_default(),
            row.class,
            row.message,
            row.rule,
            row.text,
            row.diff,
            row.is_undone
        ])?;
    }
    connection
        .prepare_cached(
            "DELETE FROM incidents WHERE id <= (SELECT id FROM incidents ORDER BY id DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([MAX_ROWS])
        .map(drop)
}

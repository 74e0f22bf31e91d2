//! What people made of what was told or offered to them. It follows from no file and no commit: a build from scratch takes it over.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params};

use crate::bulk::BulkWriter;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::tracked::{Failed, copy, open_graph};
use crate::update::Update;

/// Rows that are kept; of more the oldest go.
const MAX_ROWS: u32 = 2_000;

/// The tables that follow from no file, with their columns in order.
const SAID: [(&str, &str); 2] = [
    (
        "feedback",
        "id, time, verdict, about, kind, path, text, diff",
    ),
    (
        "incidents",
        "id, time, about, path, line, symbol, class, message, rule, text, diff, is_undone",
    ),
];

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedbackVerdict {
    /// A change was taken.
    Accepted,
    /// A change was taken back.
    Rejected,
    /// A change did not come to a good end.
    Failed,
    /// A finding is not to be told again.
    Silenced,
}

impl FeedbackVerdict {
    const ALL: [FeedbackVerdict; 4] = [
        FeedbackVerdict::Accepted,
        FeedbackVerdict::Rejected,
        FeedbackVerdict::Failed,
        FeedbackVerdict::Silenced,
    ];

    fn number(self) -> u8 {
        match self {
            FeedbackVerdict::Accepted => 1,
            FeedbackVerdict::Rejected => 2,
            FeedbackVerdict::Failed => 3,
            FeedbackVerdict::Silenced => 4,
        }
    }
}

/// One thing that people or runs said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackRow {
    /// Seconds since 1970.
    pub time: i64,
    /// What became of it.
    pub verdict: FeedbackVerdict,
    /// What it is about: a session, or the id of a finding.
    pub about: String,
    /// The command that made the change, or the kind of the finding.
    pub kind: String,
    /// The file, or the first of several.
    pub path: String,
    /// What the change is to do, why it failed, or what the finding says.
    pub text: String,
    /// The change as a unified diff; empty for what is none.
    pub diff: String,
}

impl GraphFile {
    /// Everything that was said, oldest first.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn feedback(&self) -> Result<Vec<FeedbackRow>, StoreError> {
        let read = || {
            let mut select = self.connection().prepare_cached(
                "SELECT time, verdict, about, kind, path, text, diff FROM feedback ORDER BY id",
            )?;
            let mut rows = select.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let number: u8 = row.get(1)?;
                let mut verdicts = FeedbackVerdict::ALL.into_iter();
                // A verdict of a later version says nothing to this one.
                let Some(verdict) = verdicts.find(|own| own.number() == number) else {
                    continue;
                };
                found.push(FeedbackRow {
                    time: row.get(0)?,
                    verdict,
                    about: row.get(2)?,
                    kind: row.get(3)?,
                    path: row.get(4)?,
                    text: row.get(5)?,
                    diff: row.get(6)?,
                });
            }
            Ok(found)
        };
        self.check(read())
    }

    /// How many findings were silenced, by their kinds.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn silenced_kinds(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        let read = || {
            let mut select = self.connection().prepare_cached(
                "SELECT kind, count(*) FROM feedback WHERE verdict = ?1 GROUP BY kind",
            )?;
            let rows = select.query_map([FeedbackVerdict::Silenced.number()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect()
        };
        self.check(read())
    }
}

impl Update<'_> {
    /// Puts what was said in the place of what was said of the same thing before.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn put_feedback(&self, rows: &[FeedbackRow]) -> Result<(), StoreError> {
        self.check(put(self.connection(), rows))
    }

    /// Notes that a change was taken back, if it is known. Whether it is.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn reject_feedback(&self, about: &str) -> Result<bool, StoreError> {
        let changed = self.connection().execute(
            "UPDATE feedback SET verdict = ?2 WHERE about = ?1 AND verdict = ?3",
            params![
                about,
                FeedbackVerdict::Rejected.number(),
                FeedbackVerdict::Accepted.number()
            ],
        );
        Ok(self.check(changed)? > 0)
    }

    /// Forgets what was said of these, or everything. Gives how much that was.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn forget_feedback(&self, about: Option<&[String]>) -> Result<usize, StoreError> {
        let connection = self.connection();
        let forget = || match about {
            None => connection.execute("DELETE FROM feedback", []),
            Some(about) => {
                let mut delete =
                    connection.prepare_cached("DELETE FROM feedback WHERE about = ?1")?;
                let counts = about.iter().map(|about| delete.execute([about]));
                counts.sum()
            }
        };
        self.check(forget())
    }
}

fn put(connection: &Connection, rows: &[FeedbackRow]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO feedback (time, verdict, about, kind, path, text, diff) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (about) DO UPDATE SET time = excluded.time, verdict = excluded.verdict, text = excluded.text, diff = excluded.diff",
    )?;
    for row in rows {
        insert.execute(params![
            row.time,
            row.verdict.number(),
            row.about,
            row.kind,
            row.path,
            row.text,
            row.diff
        ])?;
    }
    connection
        .prepare_cached(
            "DELETE FROM feedback WHERE id <= (SELECT id FROM feedback ORDER BY id DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([MAX_ROWS])
        .map(drop)
}

impl BulkWriter<'_> {
    /// Takes over what people said from the graph that this one replaces, whatever else is wrong with that one. False when
    /// there was something that cannot be read: it is lost.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn take_over_feedback(&self, graph: &Path) -> Result<bool, StoreError> {
        let Some(from) = open_graph(graph) else {
            return Ok(true);
        };
        let mut is_whole = true;
        for (table, columns) in SAID {
            is_whole &= self.take_over_table(&from, table, columns)?;
        }
        Ok(is_whole)
    }

    fn take_over_table(
        &self,
        from: &Connection,
        table: &str,
        columns: &str,
    ) -> Result<bool, StoreError> {
        let has_some = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        // Graphs of earlier versions have no such table.
        if !from
            .query_row(&has_some, [], |row| row.get(0))
            .unwrap_or(false)
        {
            return Ok(true);
        }
        let to = self.connection();
        self.check(to.execute_batch(&format!("SAVEPOINT {table}")))?;
        let taken = copy(
            from,
            to,
            &format!("SELECT {columns} FROM {table}"),
            table,
            columns.split(',').count(),
        );
        let (end, is_whole) = match taken {
            Ok(()) => (format!("RELEASE {table}"), true),
            Err(Failed::Read) => (format!("ROLLBACK TO {table}; RELEASE {table}"), false),
            Err(Failed::Write(error)) => return self.check(Err(error)),
        };
        self.check(to.execute_batch(&end))?;
        Ok(is_whole)
    }
}

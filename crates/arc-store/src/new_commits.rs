//! A history that grows: rows are added to those that are there, and sums grow. Whether adding is enough is the caller's
//! business; what is added here is what a whole history would have said.

use arc_graph::CommitKind;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::history::{HistoryRows, INSERT_CHANGE, StatRow, insert_commit};
use crate::tickets::{add_tickets, write_mentions};
use crate::update::Update;

/// The number of a normal commit in `commits.kind`.
const NORMAL: u8 = CommitKind::Normal as u8;

/// Ids of what is found or added, by position in the rows.
struct Ids {
    people: Vec<i64>,
    paths: Vec<i64>,
    commits: Vec<i64>,
    tickets: Vec<i64>,
}

/// What a normal commit says of a file it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCommit {
    /// Committed, seconds since 1970.
    pub time: i64,
    /// A number of the person; it means nothing outside of this graph.
    pub author: u32,
    /// The message says that something was repaired.
    pub is_fix: bool,
}

impl Update<'_> {
    /// The place in the order of history of a commit; `None` when the graph does not have it.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commit_position(&self, hash: &[u8; 20]) -> Result<Option<i64>, StoreError> {
        let read = self
            .connection()
            .prepare_cached("SELECT position FROM commits WHERE hash = ?1")
            .and_then(|mut select| select.query_row([hash], |row| row.get(0)).optional());
        self.check(read)
    }

    /// Whether there is a commit that is newer than the one with this place and hash, and whether one of those of this
    /// place or a later one renamed a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_newer(&self, position: i64, hash: &[u8; 20]) -> Result<(bool, bool), StoreError> {
        let read = self.connection().query_row(
            "SELECT EXISTS (SELECT 1 FROM commits WHERE position > ?1 OR (position = ?1 AND hash < ?2)),
                    EXISTS (SELECT 1 FROM renames JOIN commits ON commits.id = renames.commit_id
                            WHERE commits.position >= ?1)",
            params![position, hash],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        self.check(read)
    }

    /// Adds commits that the graph does not have. Sums of pairs grow by those of `rows`; sums of files are left to
    /// [`Update::grow_stats`]. Of all normal commits the newest `line_counts` keep their lines.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn add_history(&self, rows: &HistoryRows, line_counts: usize) -> Result<(), StoreError> {
        let added = || {
            let connection = self.connection();
            let commits = new_ids(connection, rows)?;
            let ids = Ids {
                people: find_or_add_people(connection, rows)?,
                paths: find_or_add_paths(connection, rows)?,
                tickets: add_tickets(connection, rows, &commits)?,
                commits,
            };
            add_commits(connection, rows, &ids)?;
            grow_pairs(connection, rows, &ids)?;
            let normal = rows.commits.iter().filter(|commit| commit.kind == NORMAL);
            forget_lines(connection, line_counts, normal.count())
        };
        self.check(added())
    }

    /// The normal commits of a file, in any order.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commits_of(&self, path: &str) -> Result<Vec<FileCommit>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT commits.time, commits.author, commits.is_fix FROM commit_files
                     JOIN commits ON commits.id = commit_files.commit_id
                     WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1) AND commits.kind = ?2",
                )?
                .query_map(params![path, NORMAL], |row| {
                    Ok(FileCommit {
                        time: row.get(0)?,
                        author: row.get(1)?,
                        is_fix: row.get(2)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// Writes what the commits of a file add up to; the weight in `row` is added to that which is there. The path in `row`
    /// means nothing.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn grow_stats(&self, path: &str, row: &StatRow) -> Result<(), StoreError> {
        let written = self
            .connection()
            .prepare_cached(
                "INSERT INTO file_stats VALUES ((SELECT id FROM paths WHERE path = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (path) DO UPDATE SET revisions = ?2, weight = weight + min(?3, 9223372036854775807 - weight),
                     fixes = ?4, first_time = ?5, last_time = ?6, authors = ?7, top_share = ?8",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    path,
                    row.revisions,
                    row.weight,
                    row.fixes,
                    row.times.0,
                    row.times.1,
                    row.authors,
                    row.top_share
                ])
            });
        self.check(written).map(drop)
    }
}

fn find_or_add_people(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<Vec<i64>> {
    let mut find = connection.prepare("SELECT id FROM people WHERE email = ?2 AND name = ?1")?;
    let mut add = connection.prepare("INSERT INTO people (name, email) VALUES (?1, ?2)")?;
    let ids = rows.people.iter().map(|(name, email)| {
        let found = find.query_row([name, email], |row| row.get(0)).optional()?;
        found.map_or_else(|| add.insert([name, email]), Ok)
    });
    ids.collect()
}

fn find_or_add_paths(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<Vec<i64>> {
    let mut find = connection.prepare("SELECT id FROM paths WHERE path = ?1")?;
    let mut add = connection.prepare("INSERT INTO paths (path, commits) VALUES (?1, 0)")?;
    let ids = rows.paths.iter().map(|path| {
        let found = find.query_row([path], |row| row.get(0)).optional()?;
        found.map_or_else(|| add.insert([path]), Ok)
    });
    ids.collect()
}

fn new_ids(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<Vec<i64>> {
    let first: i64 =
        connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM commits", [], |row| {
            row.get(0)
        })?;
    Ok((first..).take(rows.commits.len()).collect())
}

fn add_commits(connection: &Connection, rows: &HistoryRows, ids: &Ids) -> rusqlite::Result<()> {
    for (row, id) in rows.commits.iter().zip(&ids.commits) {
        insert_commit(
            connection,
            *id,
            ids.people[row.author as usize],
            &ids.tickets,
            row,
        )?;
    }
    write_mentions(connection, rows, [&ids.tickets, &ids.commits, &ids.people])?;
    let mut change = connection.prepare(INSERT_CHANGE)?;
    for row in &rows.changes {
        let (added, deleted) = row.lines.unzip();
        change.execute(params![
            ids.paths[row.path as usize],
            ids.commits[row.commit as usize],
            row.status,
            added,
            deleted,
            row.before,
            row.content
        ])?;
    }
    let mut touched = connection.prepare(
        "UPDATE paths SET commits = commits + 1,
             newest = (SELECT id FROM commits WHERE id IN (newest, ?2) ORDER BY position DESC, hash LIMIT 1)
         WHERE id = ?1",
    )?;
    for row in &rows.changes {
        touched.execute([
            ids.paths[row.path as usize],
            ids.commits[row.commit as usize],
        ])?;
    }
    let mut rename = connection.prepare("INSERT OR IGNORE INTO renames VALUES (?1, ?2, ?3)")?;
    for (commit, old, new) in &rows.renames {
        rename.execute(params![
            ids.commits[*commit as usize],
            ids.paths[*old as usize],
            ids.paths[*new as usize]
        ])?;
    }
    Ok(())
}

fn grow_pairs(connection: &Connection, rows: &HistoryRows, ids: &Ids) -> rusqlite::Result<()> {
    let mut grow = connection.prepare(
        "INSERT INTO co_change VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (a, b) DO UPDATE
         SET weight = weight + min(?3, 9223372036854775807 - weight), count = count + ?4,
             last = (SELECT id FROM commits WHERE id IN (last, ?5) ORDER BY position DESC, hash LIMIT 1)",
    )?;
    for row in &rows.pairs {
        grow.execute(params![
            ids.paths[row.paths.0 as usize],
            ids.paths[row.paths.1 as usize],
            row.weight,
            row.count,
            ids.commits[row.last as usize]
        ])?;
    }
    Ok(())
}

/// Lines are kept for the newest `kept` normal commits. After `added` new ones, at most so many fall out of them.
fn forget_lines(connection: &Connection, kept: usize, added: usize) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE commit_files SET added = NULL, deleted = NULL WHERE added IS NOT NULL AND commit_id IN (
                 SELECT id FROM commits WHERE kind = ?1 ORDER BY position DESC, hash LIMIT ?2 OFFSET ?3)",
            params![NORMAL, added as i64, kept as i64],
        )
        .map(drop)
}

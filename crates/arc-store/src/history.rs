//! Commits, the files they changed, and what they say of files together.

use std::cmp::Reverse;

use arc_graph::{MentionKind, MentionSource};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::bulk::BulkWriter;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::search::words;
use crate::tickets::{add_tickets, write_mentions};
use crate::tracked::TRACKERS_KEPT;
use crate::update::Update;

/// A commit. Positions in [`HistoryRows::commits`] are ascending in the order of history.
#[derive(Clone, Debug)]
pub struct CommitRow {
    /// The 20 bytes of its hash.
    pub hash: [u8; 20],
    /// Committed, seconds since 1970.
    pub time: i64,
    /// Its place in the order of history.
    pub position: i64,
    /// Position in [`HistoryRows::people`].
    pub author: u32,
    /// The number of its kind; see `schema/graph.sql`.
    pub kind: u8,
    /// The message says that something was repaired.
    pub is_fix: bool,
    /// First line of the message.
    pub subject: String,
    /// The rest of the message, for search only.
    pub body: String,
    /// Source files changed.
    pub n_source: u32,
    /// Files changed; `None` when unknown.
    pub n_total: Option<u32>,
    /// Position in [`HistoryRows::tickets`] of the pull request it came in with, and where that was read.
    pub pull: Option<(u32, MentionSource)>,
}

/// A pull request or an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// What stands before the number.
    pub sign: String,
    /// The number.
    pub number: u32,
    /// Some message calls it a pull request.
    pub is_pull_request: bool,
    /// Position of the first commit that merged it by its own words.
    pub said_by: Option<u32>,
    /// Its title, when that commit has one apart from its subject.
    pub title: Option<String>,
}

/// What a commit says of a ticket.
#[derive(Clone, Copy, Debug)]
pub struct MentionRow {
    /// Position of the ticket.
    pub ticket: u32,
    /// Position of the commit.
    pub commit: u32,
    /// What it says.
    pub kind: MentionKind,
    /// Where.
    pub source: MentionSource,
}

/// What a commit did to a file. Paths are positions in [`HistoryRows::paths`].
#[derive(Clone, Copy, Debug)]
pub struct ChangeRow {
    /// The file, by its name at the head.
    pub path: u32,
    /// Position of the commit.
    pub commit: u32,
    /// 1 added, 2 modified, 3 deleted, 4 renamed, 5 written by a merge.
    pub status: u8,
    /// Lines added and deleted, when counted.
    pub lines: Option<(u32, u32)>,
    /// The id of the content before it, if that is known.
    pub before: Option<[u8; 20]>,
    /// The id of the content that it left.
    pub content: Option<[u8; 20]>,
}

/// What the normal commits of a file say of it.
#[derive(Clone, Copy, Debug)]
pub struct StatRow {
    /// Position of the path.
    pub path: u32,
    /// Commits.
    pub revisions: u32,
    /// Sum of decayed commit weights.
    pub weight: i64,
    /// Commits that repaired something.
    pub fixes: u32,
    /// First and last commit, seconds since 1970.
    pub times: (i64, i64),
    /// People.
    pub authors: u32,
    /// Share of the person with most commits, in thousandths.
    pub top_share: u32,
}

/// Two files that changed in the same commits.
#[derive(Clone, Copy, Debug)]
pub struct PairRow {
    /// Positions of the paths, the smaller path by bytes first.
    pub paths: (u32, u32),
    /// Sum of decayed commit weights.
    pub weight: i64,
    /// Common commits.
    pub count: u32,
    /// Position of the newest of them.
    pub last: u32,
}

/// A whole history.
#[derive(Clone, Debug, Default)]
pub struct HistoryRows {
    /// Name and address of each person.
    pub people: Vec<(String, String)>,
    /// Every path.
    pub paths: Vec<String>,
    /// Commits, oldest first.
    pub commits: Vec<CommitRow>,
    /// Changed files, each path and commit once.
    pub changes: Vec<ChangeRow>,
    /// Commit, old path, new path.
    pub renames: Vec<(u32, u32, u32)>,
    /// A row for each file with a normal commit.
    pub stats: Vec<StatRow>,
    /// Pairs of files with a common normal commit.
    pub pairs: Vec<PairRow>,
    /// Pull requests and issues, each sign and number once.
    pub tickets: Vec<TicketRow>,
    /// What commits say of tickets, each commit and ticket once.
    pub mentions: Vec<MentionRow>,
    /// Commit and further author, each pair once.
    pub co_authors: Vec<(u32, u32)>,
}

impl BulkWriter<'_> {
    /// Writes the history; without this the graph has none.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn history(&self, rows: &HistoryRows) -> Result<(), StoreError> {
        self.check(write(self.connection(), rows))
    }
}

impl Update<'_> {
    /// Makes the history what `rows` say.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn replace_history(&self, rows: &HistoryRows) -> Result<(), StoreError> {
        self.check(replace(self.connection(), rows))
    }
}

fn replace(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "DELETE FROM co_change; DELETE FROM file_stats; DELETE FROM renames; DELETE FROM commit_files;
         DELETE FROM mentions; DELETE FROM tickets; DELETE FROM trackers WHERE id NOT IN ({TRACKERS_KEPT});
         DELETE FROM co_authors; DELETE FROM commits; DELETE FROM paths; DELETE FROM people;
         INSERT INTO message_fts(message_fts) VALUES ('delete-all');"
    ))?;
    write(connection, rows)
}

fn write(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<()> {
    let mut person = connection.prepare("INSERT INTO people VALUES (?1, ?2, ?3)")?;
    for (at, (name, email)) in rows.people.iter().enumerate() {
        person.execute(params![at as i64 + 1, name, email])?;
    }
    let mut path = connection.prepare("INSERT INTO paths VALUES (?1, ?2, ?3, ?4)")?;
    for (at, (text, (count, newest))) in rows.paths.iter().zip(touches(rows)).enumerate() {
        let newest = newest.map(|commit| i64::from(commit) + 1);
        path.execute(params![at as i64 + 1, text, count, newest])?;
    }
    let people: Vec<i64> = (1..).take(rows.people.len()).collect();
    let commits: Vec<i64> = (1..).take(rows.commits.len()).collect();
    let tickets = add_tickets(connection, rows, &commits)?;
    for (row, id) in rows.commits.iter().zip(&commits) {
        insert_commit(connection, *id, people[row.author as usize], &tickets, row)?;
    }
    write_mentions(connection, rows, [&tickets, &commits, &people])?;
    write_changes(connection, rows)
}

/// How many commits changed each path, and the position of the newest: commits are there in the order of history.
fn touches(rows: &HistoryRows) -> Vec<(u32, Option<u32>)> {
    let mut touches = vec![(0, None); rows.paths.len()];
    for change in &rows.changes {
        let (count, newest) = &mut touches[change.path as usize];
        *count += 1;
        *newest = (*newest).max(Some(change.commit));
    }
    touches
}

pub(crate) fn insert_commit(
    connection: &Connection,
    id: i64,
    author: i64,
    tickets: &[i64],
    row: &CommitRow,
) -> rusqlite::Result<()> {
    let total = row.n_total.map_or(-1, i64::from);
    let pull = row
        .pull
        .map(|(ticket, source)| (tickets[ticket as usize], source.number()));
    let (pull, pull_source) = pull.unzip();
    connection
        .prepare_cached(
            "INSERT INTO commits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            id,
            row.hash,
            row.time,
            row.position,
            author,
            row.kind,
            row.is_fix,
            row.subject,
            row.n_source,
            total,
            pull,
            pull_source
        ])?;
    connection
        .prepare_cached("INSERT INTO message_fts(rowid, text) VALUES (?1, ?2)")?
        .execute(params![id, words(&format!("{} {}", row.subject, row.body))])
        .map(drop)
}

pub(crate) const INSERT_CHANGE: &str =
    "INSERT INTO commit_files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

fn write_changes(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<()> {
    let id = |position: u32| i64::from(position) + 1;
    let mut changes: Vec<&ChangeRow> = rows.changes.iter().collect();
    changes.sort_unstable_by_key(|row| (row.path, row.commit));
    let mut change = connection.prepare(INSERT_CHANGE)?;
    for row in changes {
        let (added, deleted) = row.lines.unzip();
        change.execute(params![
            id(row.path),
            id(row.commit),
            row.status,
            added,
            deleted,
            row.before,
            row.content
        ])?;
    }
    let mut rename = connection.prepare("INSERT OR IGNORE INTO renames VALUES (?1, ?2, ?3)")?;
    for (commit, old, new) in &rows.renames {
        rename.execute(params![id(*commit), id(*old), id(*new)])?;
    }
    let mut stat =
        connection.prepare("INSERT INTO file_stats VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for row in &rows.stats {
        stat.execute(params![
            id(row.path),
            row.revisions,
            row.weight,
            row.fixes,
            row.times.0,
            row.times.1,
            row.authors,
            row.top_share
        ])?;
    }
    let mut pairs = rows.pairs.clone();
    pairs.sort_unstable_by_key(|row| row.paths);
    let mut pair = connection.prepare("INSERT INTO co_change VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for row in &pairs {
        pair.execute(params![
            id(row.paths.0),
            id(row.paths.1),
            row.weight,
            row.count,
            id(row.last)
        ])?;
    }
    Ok(())
}

/// What the history says of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileHistory {
    /// Sum of decayed commit weights.
    pub weight: i64,
    /// Normal commits.
    pub revisions: u32,
    /// The last of them, seconds since 1970.
    pub last_time: i64,
}

/// A file that changed together with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoChangeRecord {
    /// The other file.
    pub path: String,
    /// Sum of decayed commit weights.
    pub weight: i64,
    /// Common commits.
    pub count: u32,
    /// The id of the newest of them.
    pub last: i64,
}

impl GraphFile {
    /// What the normal commits of a file add up to; `None` without any.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file_history(&self, path: &str) -> Result<Option<FileHistory>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT weight, revisions, last_time FROM file_stats WHERE path = (SELECT id FROM paths WHERE path = ?1)",
                )?
                .query_row([path], |row| Ok(FileHistory { weight: row.get(0)?, revisions: row.get(1)?, last_time: row.get(2)? }))
                .optional()
        };
        self.check(read())
    }

    /// The files that changed most together with a file, heaviest first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn co_changed(&self, path: &str, limit: usize) -> Result<Vec<CoChangeRecord>, StoreError> {
        self.check(read_co_changed(self.connection(), path, limit))
    }

    /// The hash of the newest commit that changed two files, of those that count as changing files together.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn last_together(&self, one: &str, other: &str) -> Result<Option<String>, StoreError> {
        let (a, b) = (one.min(other), one.max(other));
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT lower(hex(commits.hash)) FROM co_change JOIN commits ON commits.id = co_change.last
                     WHERE a = (SELECT id FROM paths WHERE path = ?1) AND b = (SELECT id FROM paths WHERE path = ?2)",
                )?
                .query_row([a, b], |row| row.get(0))
                .optional()
        };
        self.check(read())
    }

    /// Of the commits of a file that touched up to `widest` files in all: how many there are, and in how many of them another file was.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn together_in_small(
        &self,
        (one, other): (&str, &str),
        widest: usize,
    ) -> Result<(u32, u32), StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT count(*), count(other.commit_id) FROM commit_files AS one
                     JOIN commits ON commits.id = one.commit_id AND commits.kind = 1 AND commits.n_total <= ?3
                     LEFT JOIN commit_files AS other ON other.commit_id = one.commit_id
                       AND other.path = (SELECT id FROM paths WHERE path = ?2)
                     WHERE one.path = (SELECT id FROM paths WHERE path = ?1)",
                )?
                .query_row(params![one, other, widest as i64], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
        };
        self.check(read())
    }

    /// The hashes of commits, by their ids.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commit_hashes(&self, ids: &[i64]) -> Result<Vec<String>, StoreError> {
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT lower(hex(hash)) FROM commits WHERE id = ?1")?;
            ids.iter()
                .map(|id| select.query_row([id], |row| row.get(0)))
                .collect()
        };
        self.check(read())
    }

    /// The commit that deleted a file last, as its id in hexadecimal digits, its time and its subject.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn deletion_of(&self, path: &str) -> Result<Option<(String, i64, String)>, StoreError> {
        let found = self
            .connection()
            .prepare_cached(
                "SELECT lower(hex(commits.hash)), commits.time, commits.subject
                 FROM commit_files JOIN commits ON commits.id = commit_files.commit_id
                 WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1) AND commit_files.status = 3
                 ORDER BY commits.position DESC LIMIT 1",
            )
            .and_then(|mut select| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                select.query_row([path], row).optional()
            });
        self.check(found)
    }

    /// The commit that renamed a file last, and its subject.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn renaming_of(&self, path: &str) -> Result<Option<(String, String)>, StoreError> {
        let found = self
            .connection()
            .prepare_cached(
                "SELECT lower(hex(commits.hash)), commits.subject FROM renames
                 JOIN commits ON commits.id = renames.commit_id
                 WHERE renames.old = (SELECT id FROM paths WHERE path = ?1)
                 ORDER BY commits.position DESC LIMIT 1",
            )
            .and_then(|mut select| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                select.query_row([path], row).optional()
            });
        self.check(found)
    }

    /// What a file was renamed to last.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn renamed_to(&self, path: &str) -> Result<Option<String>, StoreError> {
        let found = self
            .connection()
            .prepare_cached(
                "SELECT paths.path FROM renames
                 JOIN paths ON paths.id = renames.new
                 JOIN commits ON commits.id = renames.commit_id
                 WHERE renames.old = (SELECT id FROM paths WHERE path = ?1)
                 ORDER BY commits.position DESC LIMIT 1",
            )
            .and_then(|mut select| select.query_row([path], |row| row.get(0)).optional());
        self.check(found)
    }

    /// The time of the head, seconds since 1970; `None` without history.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn newest_commit_time(&self) -> Result<Option<i64>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT time FROM commits WHERE hash = unhex((SELECT value FROM meta WHERE key = 'head'))",
                )?
                .query_row([], |row| row.get(0))
                .optional()
        };
        self.check(read())
    }
}

/// Sums are put in order before any path is read: a file has thousands of partners and few are asked for.
fn read_co_changed(
    connection: &Connection,
    path: &str,
    limit: usize,
) -> rusqlite::Result<Vec<CoChangeRecord>> {
    let own: Option<i64> = connection
        .prepare_cached("SELECT id FROM paths WHERE path = ?1")?
        .query_row([path], |row| row.get(0))
        .optional()?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let mut sums: Vec<(i64, u32, i64, i64)> = connection
        .prepare_cached(
            "SELECT weight, count, last, b FROM co_change WHERE a = ?1
             UNION ALL
             SELECT weight, count, last, a FROM co_change INDEXED BY co_change_b WHERE b = ?1",
        )?
        .query_map([own], row)?
        .collect::<rusqlite::Result<_>>()?;
    sums.sort_unstable_by_key(|sum| Reverse(sum.0));
    // Those of one weight are told apart by their paths.
    let least = sums.get(limit.saturating_sub(1)).map(|sum| sum.0);
    sums.retain(|sum| least.is_none_or(|least| sum.0 >= least));
    let mut path_of = connection.prepare_cached("SELECT path FROM paths WHERE id = ?1")?;
    let records = sums.into_iter().map(|(weight, count, last, other)| {
        Ok(CoChangeRecord {
            path: path_of.query_row([other], |row| row.get(0))?,
            weight,
            count,
            last,
        })
    });
    let mut records: Vec<CoChangeRecord> = records.collect::<rusqlite::Result<_>>()?;
    records.sort_by(|one, other| {
        (Reverse(one.weight), &one.path).cmp(&(Reverse(other.weight), &other.path))
    });
    records.truncate(limit);
    Ok(records)
}

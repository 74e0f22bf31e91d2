//! Commits, the files they changed, and what they say of files together.

use arc_graph::{MentionKind, MentionSource};
use rusqlite::{Connection, OptionalExtension, params};

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
    let mut path = connection.prepare("INSERT INTO paths VALUES (?1, ?2)")?;
    for (at, text) in rows.paths.iter().enumerate() {
        path.execute(params![at as i64 + 1, text])?;
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

fn write_changes(connection: &Connection, rows: &HistoryRows) -> rusqlite::Result<()> {
    let id = |position: u32| i64::from(position) + 1;
    let mut changes = rows.changes.clone();
    changes.sort_unstable_by_key(|row| (row.path, row.commit));
    let mut change = connection.prepare("INSERT INTO commit_files VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for row in &changes {
        let (added, deleted) = row.lines.unzip();
        change.execute(params![
            id(row.path),
            id(row.commit),
            row.status,
            added,
            deleted
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
    let mut pair = connection.prepare("INSERT INTO co_change VALUES (?1, ?2, ?3, ?4)")?;
    for row in &pairs {
        pair.execute(params![
            id(row.paths.0),
            id(row.paths.1),
            row.weight,
            row.count
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
}

/// A normal commit with the files it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCommit {
    /// Committed, seconds since 1970.
    pub time: i64,
    /// The address of its author.
    pub email: String,
    /// The message says that something was repaired.
    pub is_fix: bool,
    /// Path at the head, and lines added and deleted where they are counted; sorted by path.
    pub files: Vec<(String, Option<(u32, u32)>)>,
}

impl GraphFile {
    /// The newest normal commits that changed at most `widest` files, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn past_commits(&self, limit: usize, widest: usize) -> Result<Vec<PastCommit>, StoreError> {
        let read = || {
            let connection = self.connection();
            let mut commits = connection.prepare_cached(
                "SELECT commits.id, commits.time, people.email, commits.is_fix FROM commits
                 JOIN people ON people.id = commits.author
                 WHERE commits.kind = 1 AND commits.n_total BETWEEN 1 AND ?2
                 ORDER BY commits.position DESC, commits.hash LIMIT ?1",
            )?;
            let mut files = connection.prepare_cached(
                "SELECT paths.path, commit_files.added, commit_files.deleted FROM commit_files
                 JOIN paths ON paths.id = commit_files.path WHERE commit_files.commit_id = ?1 ORDER BY paths.path",
            )?;
            let mut found = Vec::new();
            let mut rows = commits.query(params![limit as i64, widest as i64])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                let touched = files.query_map([id], |file| {
                    let lines = file.get::<_, Option<u32>>(1)?.zip(file.get(2)?);
                    Ok((file.get(0)?, lines))
                })?;
                found.push(PastCommit {
                    time: row.get(1)?,
                    email: row.get(2)?,
                    is_fix: row.get(3)?,
                    files: touched.collect::<rusqlite::Result<_>>()?,
                });
            }
            Ok(found)
        };
        self.check(read())
    }

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
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT paths.path, together.weight, together.count FROM (
                       SELECT b AS other, weight, count FROM co_change WHERE a = (SELECT id FROM paths WHERE path = ?1)
                       UNION ALL
                       SELECT a, weight, count FROM co_change INDEXED BY co_change_b
                       WHERE b = (SELECT id FROM paths WHERE path = ?1)
                     ) AS together JOIN paths ON paths.id = together.other
                     ORDER BY together.weight DESC, paths.path LIMIT ?2",
                )?
                .query_map(params![path, limit as i64], |row| {
                    Ok(CoChangeRecord { path: row.get(0)?, weight: row.get(1)?, count: row.get(2)? })
                })?
                .collect()
        };
        self.check(read())
    }

    /// For each of `others` the hash of the latest commit that changed it and the file at `path`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn last_common(
        &self,
        path: &str,
        others: &[&str],
    ) -> Result<Vec<Option<String>>, StoreError> {
        self.check(read_last_common(self.connection(), path, others))
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

/// Goes back through the commits of `path` until one is a commit of the other file: what changed along did so lately.
fn read_last_common(
    connection: &Connection,
    path: &str,
    others: &[&str],
) -> rusqlite::Result<Vec<Option<String>>> {
    let mut select = connection.prepare_cached(
        "SELECT commits.id FROM commit_files JOIN commits ON commits.id = commit_files.commit_id
         WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1)
         ORDER BY commits.position DESC, commits.hash",
    )?;
    let commits: Vec<i64> = select
        .query_map([path], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut id_of = connection.prepare_cached("SELECT id FROM paths WHERE path = ?1")?;
    let mut changed = connection.prepare_cached(
        "SELECT 1 FROM commit_files WHERE path = ?1 AND commit_id = ?2 AND status <> 5",
    )?;
    let mut hash_of =
        connection.prepare_cached("SELECT lower(hex(hash)) FROM commits WHERE id = ?1")?;
    let mut found = Vec::with_capacity(others.len());
    for other in others {
        let mut common = None;
        if let Some(other) = id_of
            .query_row([other], |row| row.get::<_, i64>(0))
            .optional()?
        {
            for commit in &commits {
                if changed.exists(params![other, commit])? {
                    common = Some(hash_of.query_row([commit], |row| row.get(0))?);
                    break;
                }
            }
        }
        found.push(common);
    }
    Ok(found)
}

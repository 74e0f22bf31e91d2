//! What a decision trail asks of the history: who touched a file under any of its names, and what is known of a commit and
//! of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{MentionSource, NodeKind};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::read::{GraphFile, known};

/// Names of one file that are followed; a name that many files had leads to all of them.
const MAX_NAMES: usize = 100;

/// A commit that changed a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchRecord {
    /// Its hash.
    pub hash: [u8; 20],
    /// Its place in the order of history.
    pub position: i64,
    /// The number of its kind.
    pub kind: u8,
    /// The ids of the content before it and of what it left, as far as they are known.
    pub contents: (Option<[u8; 20]>, Option<[u8; 20]>),
}

/// A rename in the history of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameRecord {
    /// The commit.
    pub hash: [u8; 20],
    /// The path before.
    pub old: String,
    /// The path after.
    pub new: String,
}

/// The commits and renames of a file under all of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTrail {
    /// Commits, newest first.
    pub touches: Vec<TouchRecord>,
    /// Renames, newest first.
    pub renames: Vec<RenameRecord>,
    /// Under all of the names there was but one file, and everything that is known of contents is of it.
    pub is_one_file: bool,
}

/// What a commit did to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEvent {
    /// The hash of the commit.
    pub hash: [u8; 20],
    /// Its place in the order of history.
    pub position: i64,
    /// What it did; see `commit_files` in `schema/graph.sql`.
    pub status: u8,
    /// Lines added and deleted, when they were counted.
    pub lines: Option<(u32, u32)>,
}

/// What is known of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRecord {
    /// Its hash.
    pub hash: [u8; 20],
    /// Committed, seconds since 1970.
    pub time: i64,
    /// Its place in the order of history.
    pub position: i64,
    /// The name of its author.
    pub author: String,
    /// The number of its kind.
    pub kind: u8,
    /// The message says that something was repaired.
    pub is_fix: bool,
    /// First line of the message.
    pub subject: String,
    /// The pull request it came in with, and where that was read.
    pub pull: Option<(TicketRecord, MentionSource)>,
}

/// A pull request or an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRecord {
    /// What stands before the number.
    pub sign: String,
    /// The number; 0 when the sign says it all.
    pub number: u32,
    /// A pull request, or an issue.
    pub kind: NodeKind,
    /// The title, as far as git knows.
    pub title: Option<String>,
    /// The commit that merged it by its own words.
    pub said_by: Option<[u8; 20]>,
}

impl TicketRecord {
    /// As people write it: `#12`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.number == 0 {
            self.sign.clone()
        } else {
            format!("{}{}", self.sign, self.number)
        }
    }
}

/// A ticket by id. What its tracker says of it counts more than what messages say.
pub(crate) fn ticket_by_id(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<Option<TicketRecord>> {
    connection
        .prepare_cached(
            "SELECT trackers.sign, ?1 & 0xffffffff, coalesce(tracked_tickets.kind, tickets.kind, ?2),
                    coalesce(tracked_tickets.title, tickets.title,
                             replace(commits.subject, ' (' || trackers.sign || (?1 & 0xffffffff) || ')', '')), commits.hash,
                    coalesce(tracked_tickets.id, tickets.id, (SELECT 1 FROM tracked_links WHERE dst = ?1 LIMIT 1))
             FROM trackers LEFT JOIN tracked_tickets ON tracked_tickets.id = ?1 LEFT JOIN tickets ON tickets.id = ?1
             LEFT JOIN commits ON commits.id = tickets.said_by WHERE trackers.id = ?1 >> 32",
        )?
        .query_row(params![id, NodeKind::Issue.number()], |row| {
            let is_known = row.get::<_, Option<i64>>(5)?.is_some();
            Ok(is_known.then_some(TicketRecord {
                sign: row.get(0)?,
                number: row.get(1)?,
                kind: known(2, NodeKind::from_number(row.get(2)?))?,
                title: row.get(3)?,
                said_by: row.get(4)?,
            }))
        })
        .optional()
        .map(Option::flatten)
}

impl GraphFile {
    /// Who changed the file that is called `path` at the head, and its renames.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file_trail(&self, path: &str) -> Result<FileTrail, StoreError> {
        let read = || {
            let connection = self.connection();
            let own: Option<i64> = connection
                .prepare_cached("SELECT id FROM paths WHERE path = ?1")?
                .query_row([path], |row| row.get(0))
                .optional()?;
            let Some(own) = own else {
                return Ok(FileTrail::default());
            };
            let renames: Vec<(i64, i64, i64)> = connection
                .prepare_cached("SELECT commit_id, old, new FROM renames")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let names = names_of(own, &renames);
            let mut trail = FileTrail::default();
            let mut touches = BTreeMap::new();
            let mut files = 0;
            let mut select = connection.prepare_cached(
                "SELECT commits.position, commits.hash, commits.kind, commit_files.before, commit_files.content FROM commit_files
                 JOIN commits ON commits.id = commit_files.commit_id WHERE commit_files.path = ?1",
            )?;
            for name in &names {
                let rows = select.query_map([name], |row| {
                    let order = -row.get::<_, i64>(0)?;
                    let hash: [u8; 20] = row.get(1)?;
                    Ok(((order, hash), (row.get(2)?, (row.get(3)?, row.get(4)?))))
                })?;
                let mut has_rows = false;
                for row in rows {
                    let (commit, known) = row?;
                    touches.insert(commit, known);
                    has_rows = true;
                }
                files += usize::from(has_rows);
            }
            trail.is_one_file = files < 2;
            trail.touches = touches
                .into_iter()
                .map(|((order, hash), (kind, contents))| TouchRecord {
                    hash,
                    position: -order,
                    kind,
                    contents,
                })
                .collect();
            let mut select = connection.prepare_cached(
                "SELECT commits.position, commits.hash, before.path, after.path FROM commits
                 JOIN paths AS before ON before.id = ?2 JOIN paths AS after ON after.id = ?3 WHERE commits.id = ?1",
            )?;
            let mut found = Vec::new();
            for (commit, old, new) in &renames {
                if names.contains(old) && names.contains(new) {
                    found.push(select.query_row(params![commit, old, new], |row| {
                        let position: i64 = row.get(0)?;
                        Ok((
                            -position,
                            RenameRecord {
                                hash: row.get(1)?,
                                old: row.get(2)?,
                                new: row.get(3)?,
                            },
                        ))
                    })?);
                }
            }
            found.sort_by(|one, other| {
                (one.0, &one.1.new, &one.1.old).cmp(&(other.0, &other.1.new, &other.1.old))
            });
            trail.renames = found.into_iter().map(|(_, rename)| rename).collect();
            Ok(trail)
        };
        self.check(read())
    }

    /// How many commits changed the file that is called `path` at the head, and the newest of them.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn newest_touch(&self, path: &str) -> Result<Option<(u32, [u8; 20])>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT paths.commits, commits.hash FROM paths JOIN commits ON commits.id = paths.newest
                     WHERE paths.path = ?1",
                )?
                .query_row([path], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        };
        self.check(read())
    }

    /// What commits did to the file that is, or was last, called `path`, newest first.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file_events(&self, path: &str) -> Result<Vec<FileEvent>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT commits.hash, commits.position, commit_files.status, commit_files.added, commit_files.deleted
                     FROM commit_files JOIN commits ON commits.id = commit_files.commit_id
                     WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1)
                     ORDER BY commits.position DESC, commits.hash",
                )?
                .query_map([path], |row| {
                    let added: Option<u32> = row.get(3)?;
                    Ok(FileEvent {
                        hash: row.get(0)?,
                        position: row.get(1)?,
                        status: row.get(2)?,
                        lines: added.zip(row.get(4)?),
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// Commits whose hash begins with these hexadecimal digits in lower case, two at most.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commits_starting(&self, digits: &str) -> Result<Vec<[u8; 20]>, StoreError> {
        let bound = |fill: &str| {
            let digits = digits.chars().take(40);
            digits
                .chain(fill.chars().cycle())
                .take(40)
                .collect::<String>()
        };
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT hash FROM commits WHERE hash BETWEEN unhex(?1) AND unhex(?2) LIMIT 2",
                )?
                .query_map([bound("0"), bound("f")], |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }

    /// The files that a commit changed, as they are called at the head, sorted.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn files_of_commit(&self, hash: &[u8; 20]) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT paths.path FROM commits JOIN commit_files ON commit_files.commit_id = commits.id
                     JOIN paths ON paths.id = commit_files.path WHERE commits.hash = ?1 ORDER BY paths.path",
                )?
                .query_map([hash], |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }

    /// What is known of a commit; `None` when the graph does not have it.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commit(&self, hash: &[u8; 20]) -> Result<Option<CommitRecord>, StoreError> {
        let read = || {
            let connection = self.connection();
            let found = connection
                .prepare_cached(
                    "SELECT commits.time, commits.position, people.name, commits.kind, commits.subject, commits.pull, commits.pull_source, commits.is_fix
                     FROM commits JOIN people ON people.id = commits.author WHERE commits.hash = ?1",
                )?
                .query_row([hash], |row| {
                    let pull: Option<(i64, u8)> = row.get::<_, Option<i64>>(5)?.zip(row.get(6)?);
                    let record = CommitRecord {
                        hash: *hash,
                        time: row.get(0)?,
                        position: row.get(1)?,
                        author: row.get(2)?,
                        kind: row.get(3)?,
                        is_fix: row.get(7)?,
                        subject: row.get(4)?,
                        pull: None,
                    };
                    Ok((record, pull))
                })
                .optional()?;
            let Some((mut record, pull)) = found else {
                return Ok(None);
            };
            if let Some((id, source)) = pull {
                let source = known(6, MentionSource::from_number(source))?;
                // A number in a first line may be that of an issue after all.
                record.pull = ticket_by_id(connection, id)?
                    .filter(|found| found.kind == NodeKind::PullRequest)
                    .map(|found| (found, source));
            }
            Ok(Some(record))
        };
        self.check(read())
    }

    /// What is known of a pull request or an issue.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn ticket(&self, sign: &str, number: u32) -> Result<Option<TicketRecord>, StoreError> {
        let read = || {
            let connection = self.connection();
            let id: Option<i64> = connection
                .prepare_cached("SELECT id << 32 | ?2 FROM trackers WHERE sign = ?1")?
                .query_row(params![sign, number], |row| row.get(0))
                .optional()?;
            id.map_or(Ok(None), |id| ticket_by_id(connection, id))
        };
        self.check(read())
    }
}

/// All names that a file may have had, itself included.
fn names_of(own: i64, renames: &[(i64, i64, i64)]) -> BTreeSet<i64> {
    let mut names = BTreeSet::from([own]);
    loop {
        let before = names.len();
        for (_, old, new) in renames {
            if names.len() < MAX_NAMES && names.contains(old) != names.contains(new) {
                names.extend([*old, *new]);
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

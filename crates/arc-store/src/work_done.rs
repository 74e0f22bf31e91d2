//! Who changed which files, how often, and what had to be repaired.

use std::collections::BTreeMap;

use arc_graph::NodeId;
use rusqlite::params;

use crate::error::StoreError;
use crate::read::GraphFile;

/// What one person did to one file. Merges, formatting and version bumps are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRecord {
    /// The file, by its name at the head.
    pub path: String,
    /// Name and address of the person, after the mailmap.
    pub person: (String, String),
    /// Commits that are theirs, co-authored ones too.
    pub changes: u32,
    /// How many of them repaired something.
    pub fixes: u32,
    /// How many of them a program made.
    pub by_program: u32,
    /// The first of them, by place in the order of history and time.
    pub first: (i64, i64),
    /// The time of the last of them.
    pub last_time: i64,
}

/// How often a file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChurnRecord {
    /// The file's node.
    pub file: i64,
    /// The file.
    pub path: String,
    /// A set of [`crate::file_flag`]s.
    pub flags: u32,
    /// Lines.
    pub lines: u32,
    /// Commits that changed it.
    pub changes: u32,
    /// Those that repaired something.
    pub fixes: u32,
    /// Those that took something back.
    pub reverts: u32,
    /// People.
    pub people: u32,
    /// The last commit, seconds since 1970.
    pub last_time: i64,
    /// Sum over its functions of branches plus one.
    pub complexity: u32,
}

/// A commit that repaired something or took it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentRecord {
    /// Its hash.
    pub hash: [u8; 20],
    /// Committed, seconds since 1970.
    pub time: i64,
    /// First line of the message.
    pub subject: String,
    /// It took something back.
    pub is_revert: bool,
}

impl GraphFile {
    /// Name and address of everybody who wrote a commit, after the mailmap, each pair once.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn people(&self) -> Result<Vec<(String, String)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached("SELECT DISTINCT name, email FROM people ORDER BY name, email")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.check(read())
    }

    /// What people did to a file, or to the files in a folder (given with a slash at the end; all of them for an empty
    /// text), since a time. Files that are there no more are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn work_on(&self, path: &str, since: i64) -> Result<Vec<WorkRecord>, StoreError> {
        let read = || {
            // `0` is what follows `/`.
            let (first, last) = match path.strip_suffix('/') {
                Some(folder) => (path.to_owned(), format!("{folder}0")),
                None if path.is_empty() => (String::new(), "\u{10ffff}".to_owned()),
                None => (path.to_owned(), format!("{path}\0")),
            };
            self.connection()
                .prepare_cached(
                    "WITH touch AS (
                         SELECT paths.path AS path, commits.id AS id, commits.author AS person FROM paths
                         JOIN files ON files.path = paths.path
                         JOIN commit_files ON commit_files.path = paths.id
                         JOIN commits ON commits.id = commit_files.commit_id
                         WHERE paths.path >= ?1 AND paths.path < ?2 AND commits.kind IN (1, 3, 4) AND commits.time >= ?3
                     )
                     SELECT path, people.name, people.email, count(*), sum(commits.is_fix), sum(commits.kind = 4),
                            min(commits.position), min(commits.time), max(commits.time)
                     FROM (SELECT path, id, person FROM touch
                           UNION SELECT path, id, co_authors.person FROM touch JOIN co_authors ON co_authors.commit_id = id) AS all_touches
                     JOIN commits ON commits.id = all_touches.id JOIN people ON people.id = all_touches.person
                     GROUP BY path, people.id ORDER BY path, people.email, people.name",
                )?
                .query_map(params![first, last, since], |row| {
                    Ok(WorkRecord {
                        path: row.get(0)?,
                        person: (row.get(1)?, row.get(2)?),
                        changes: row.get(3)?,
                        fixes: row.get(4)?,
                        by_program: row.get(5)?,
                        first: (row.get(6)?, row.get(7)?),
                        last_time: row.get(8)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// How often each source file changed since a time; those that did not are left out. In the order of paths.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn churn(&self, since: i64) -> Result<Vec<ChurnRecord>, StoreError> {
        self.check(self.churn_where("true", params![since]))
    }

    /// The same of one file; `None` when it is no source file or did not change.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn churn_of(&self, file: NodeId, since: i64) -> Result<Option<ChurnRecord>, StoreError> {
        let found = self.churn_where("files.id = ?2", params![since, file.0]);
        Ok(self.check(found)?.pop())
    }

    fn churn_where(
        &self,
        condition: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<Vec<ChurnRecord>> {
        let sql = format!(
            "SELECT files.id, files.path, files.flags, files.lines, count(*), sum(commits.is_fix), sum(commits.kind = 3),
                    count(DISTINCT commits.author), max(commits.time),
                    (SELECT coalesce(sum(node.complexity), 0) FROM node WHERE node.file = files.id)
             FROM files JOIN paths ON paths.path = files.path
             JOIN commit_files ON commit_files.path = paths.id
             JOIN commits ON commits.id = commit_files.commit_id
             WHERE files.language IS NOT NULL AND commits.kind IN (1, 3) AND commits.time >= ?1 AND {condition}
             GROUP BY files.id ORDER BY files.path"
        );
        self.connection()
            .prepare_cached(&sql)?
            .query_map(parameters, |row| {
                Ok(ChurnRecord {
                    file: row.get(0)?,
                    path: row.get(1)?,
                    flags: row.get(2)?,
                    lines: row.get(3)?,
                    changes: row.get(4)?,
                    fixes: row.get(5)?,
                    reverts: row.get(6)?,
                    people: row.get(7)?,
                    last_time: row.get(8)?,
                    complexity: row.get(9)?,
                })
            })?
            .collect()
    }

    /// Source files with branches that some commit changed, with what changes times branches is at most, the largest first.
    /// Looks at no commit, so it is much cheaper than [`GraphFile::churn`]. Files with one of the flags `without` are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn most_heat(&self, without: u32) -> Result<Vec<(NodeId, u64)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT files.id, paths.commits * branched.ways AS heat
                     FROM paths JOIN files ON files.path = paths.path
                     JOIN (SELECT file, sum(complexity) AS ways FROM node INDEXED BY node_file WHERE file IS NOT NULL GROUP BY file)
                          AS branched ON branched.file = files.id
                     WHERE files.language IS NOT NULL AND files.flags & ?1 = 0 AND heat > 0 ORDER BY heat DESC, files.id",
                )?
                .query_map([without], |row| {
                    Ok((NodeId(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned()))
                })?
                .collect()
        };
        self.check(read())
    }

    /// The symbols of a file that have branches, with how many, plus one.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn complexities(&self, file: NodeId) -> Result<BTreeMap<NodeId, u32>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT id, complexity FROM node INDEXED BY node_file WHERE file = ?1 AND complexity > 0",
                )?
                .query_map([file.0], |row| Ok((NodeId(row.get(0)?), row.get(1)?)))?
                .collect()
        };
        self.check(read())
    }

    /// The newest commits that repaired something in a file or took it back, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn incidents(
        &self,
        path: &str,
        since: i64,
        limit: usize,
    ) -> Result<Vec<IncidentRecord>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT commits.hash, commits.time, commits.subject, commits.kind = 3 FROM commit_files
                     JOIN commits ON commits.id = commit_files.commit_id
                     WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1) AND commits.time >= ?2
                           AND (commits.kind = 3 OR commits.kind = 1 AND commits.is_fix)
                     ORDER BY commits.position DESC, commits.hash LIMIT ?3",
                )?
                .query_map(params![path, since, limit as i64], |row| {
                    Ok(IncidentRecord {
                        hash: row.get(0)?,
                        time: row.get(1)?,
                        subject: row.get(2)?,
                        is_revert: row.get(3)?,
                    })
                })?
                .collect()
        };
        self.check(read())
    }

    /// The newest commits that changed a file for its own sake, with their subjects, newest first, at most `limit`: repairs, what took
    /// something back and what changed more than `widest` files are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn newest_changes(
        &self,
        path: &str,
        widest: usize,
        limit: usize,
    ) -> Result<Vec<([u8; 20], String)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT commits.hash, commits.subject FROM commit_files
                     JOIN commits ON commits.id = commit_files.commit_id
                     WHERE commit_files.path = (SELECT id FROM paths WHERE path = ?1) AND commits.kind = 1 AND NOT commits.is_fix
                           AND commits.n_total BETWEEN 1 AND ?2
                     ORDER BY commits.position DESC, commits.hash LIMIT ?3",
                )?
                .query_map(params![path, widest as i64, limit as i64], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect()
        };
        self.check(read())
    }
}

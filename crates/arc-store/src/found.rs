//! What a search found besides nodes: commits and records, with what is shown of them.

use arc_graph::WrittenForm;
use rusqlite::params;

use crate::decisions::WrittenRecord;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::search::words;

/// A commit whose message holds the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCommit {
    /// Its hash.
    pub hash: [u8; 20],
    /// Committed, seconds since 1970.
    pub time: i64,
    /// Name and address of its author.
    pub author: (String, String),
    /// First line of the message.
    pub subject: String,
    /// The files it changed that are there, by path.
    pub paths: Vec<String>,
}

impl GraphFile {
    /// Commits whose messages hold all words of the question, or all commits without words, newest first, from `since` on, by
    /// an author with `author` in the name or address (in lower case), at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn find_commits(
        &self,
        question: &str,
        (since, author): (i64, &str),
        limit: usize,
    ) -> Result<Vec<FoundCommit>, StoreError> {
        const MAX_FOUND: u32 = 50_000;
        let ids = if words(question).is_empty() {
            self.newest_commits(MAX_FOUND)?
        } else {
            self.search_messages(question, MAX_FOUND)?
        };
        let read = || {
            let mut select = self.connection().prepare_cached(
                "SELECT commits.hash, commits.time, people.name, people.email, commits.subject FROM commits
                 JOIN people ON people.id = commits.author
                 WHERE commits.id = ?1 AND commits.time >= ?2
                       AND (?3 = '' OR instr(lower(people.name), ?3) OR instr(lower(people.email), ?3))",
            )?;
            let mut paths = self.connection().prepare_cached(
                "SELECT paths.path FROM commit_files JOIN paths ON paths.id = commit_files.path
                 WHERE commit_files.commit_id = ?1 ORDER BY paths.path LIMIT 100",
            )?;
            let mut found = Vec::new();
            for id in ids {
                if found.len() >= limit {
                    break;
                }
                let mut rows = select.query(params![id, since, author])?;
                if let Some(row) = rows.next()? {
                    found.push(FoundCommit {
                        hash: row.get(0)?,
                        time: row.get(1)?,
                        author: (row.get(2)?, row.get(3)?),
                        subject: row.get(4)?,
                        paths: paths
                            .query_map([id], |path| path.get(0))?
                            .collect::<rusqlite::Result<_>>()?,
                    });
                }
            }
            Ok(found)
        };
        self.check(read())
    }

    fn newest_commits(&self, limit: u32) -> Result<Vec<i64>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached("SELECT id FROM commits ORDER BY position DESC, hash LIMIT ?1")?
                .query_map([limit], |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }

    /// Decisions and entries of change logs that hold all words of the question, or all of them without words, each with the
    /// paths of what it names, decisions first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn find_records(
        &self,
        question: &str,
        limit: usize,
    ) -> Result<Vec<(WrittenRecord, Vec<String>)>, StoreError> {
        const MAX_FOUND: u32 = 20_000;
        let mut found = Vec::new();
        if words(question).is_empty() {
            found = self.records_where("records.id > ?1", 0)?;
        } else {
            for id in self.search(
                "SELECT rowid FROM record_fts WHERE record_fts MATCH ?1 LIMIT ?2",
                question,
                MAX_FOUND,
            )? {
                found.extend(self.records_where("records.id = ?1", id)?);
            }
        }
        found.sort_by(|one: &WrittenRecord, other: &WrittenRecord| {
            let newest_first = other.date.cmp(&one.date);
            (one.form.cmp(&other.form))
                .then(match one.form {
                    WrittenForm::Record | WrittenForm::Note => std::cmp::Ordering::Equal,
                    WrittenForm::Entry => newest_first,
                })
                .then_with(|| (&one.path, one.line).cmp(&(&other.path, other.line)))
        });
        found.truncate(limit);
        let named = found.into_iter().map(|record| {
            let paths = self.paths_named_by(record.id)?;
            Ok((record, paths))
        });
        named.collect()
    }

    fn paths_named_by(&self, record: i64) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT DISTINCT files.path FROM record_names JOIN node ON node.id = record_names.node
                     JOIN files ON files.id = node.file WHERE record_names.record = ?1 ORDER BY files.path",
                )?
                .query_map([record], |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }
}

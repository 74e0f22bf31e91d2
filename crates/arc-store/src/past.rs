//! The newest commits with the files they changed, all of them at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::error::StoreError;
use crate::read::GraphFile;

/// Rows that are read to find one, at most, where those wanted lie close together: a row of many is far cheaper than one that is asked for.
const PER_ROW: i64 = 8;

/// A normal commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCommit {
    /// Its id in this graph, for [`GraphFile::lines_of_commit`].
    pub id: i64,
    /// Committed, seconds since 1970.
    pub time: i64,
    /// Its author, in [`PastCommits::emails`].
    pub author: i64,
    /// The message says that something was repaired.
    pub is_fix: bool,
    /// The files it changed, in [`PastCommits::paths`].
    pub files: Vec<i64>,
}

/// Commits, with what they have in common told once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCommits {
    /// Newest first.
    pub commits: Vec<PastCommit>,
    /// Paths at the head.
    pub paths: BTreeMap<i64, String>,
    /// Addresses of authors.
    pub emails: BTreeMap<i64, String>,
}

/// What orders a commit: newer ones first, of those at one place by their hashes.
type Order = (Reverse<i64>, [u8; 20]);

impl GraphFile {
    /// The newest normal commits that changed at most `widest` files, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn past_commits(&self, limit: usize, widest: usize) -> Result<PastCommits, StoreError> {
        let connection = self.connection();
        let read = || {
            let commits = newest(connection, limit, widest)?;
            let paths: BTreeSet<i64> = commits
                .iter()
                .flat_map(|commit| &commit.files)
                .copied()
                .collect();
            let people: BTreeSet<i64> = commits.iter().map(|commit| commit.author).collect();
            Ok(PastCommits {
                paths: texts(
                    connection.prepare_cached("SELECT path FROM paths WHERE id = ?1")?,
                    paths,
                )?,
                emails: texts(
                    connection.prepare_cached("SELECT email FROM people WHERE id = ?1")?,
                    people,
                )?,
                commits,
            })
        };
        self.check(read())
    }

    /// The lines added and deleted in each file that a commit changed, by the id of its path; `None` where they are not counted.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn lines_of_commit(
        &self,
        id: i64,
    ) -> Result<BTreeMap<i64, Option<(u32, u32)>>, StoreError> {
        let read = || {
            let mut lines = self.connection().prepare_cached(
                "SELECT path, added, deleted FROM commit_files WHERE commit_id = ?1",
            )?;
            let rows = lines.query_map([id], |row| {
                let added: Option<u32> = row.get(1)?;
                Ok((row.get(0)?, added.zip(row.get(2)?)))
            })?;
            rows.collect()
        };
        self.check(read())
    }
}

/// The newest commits in their order.
fn newest(
    connection: &Connection,
    limit: usize,
    widest: usize,
) -> rusqlite::Result<Vec<PastCommit>> {
    // Sorted here: SQLite would keep the best of all commits in a tree while it reads them, which takes longer than all else.
    let mut places = connection.prepare_cached(
        "SELECT position, id FROM commits WHERE kind = 1 AND n_total BETWEEN 1 AND ?1",
    )?;
    let rows = places.query_map([widest as i64], |row| {
        Ok((Reverse(row.get::<_, i64>(0)?), row.get::<_, i64>(1)?))
    })?;
    let mut wanted: Vec<(Reverse<i64>, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    if wanted.len() > limit && limit > 0 {
        let (_, (last, _), _) = wanted.select_nth_unstable(limit - 1);
        let last = *last;
        // Of those at one place the hashes decide, which are read with what else there is to know.
        wanted.retain(|(place, _)| *place <= last);
    }
    let mut wanted: Vec<i64> = wanted.into_iter().map(|(_, id)| id).collect();
    wanted.sort_unstable();
    let mut found: Vec<(Order, PastCommit)> = Vec::with_capacity(wanted.len());
    for_each(
        connection,
        "SELECT id, position, hash, time, author, is_fix FROM commits WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &wanted,
        |row| {
            let commit = PastCommit {
                id: row.get(0)?,
                time: row.get(3)?,
                author: row.get(4)?,
                is_fix: row.get(5)?,
                files: Vec::new(),
            };
            found.push(((Reverse(row.get(1)?), row.get(2)?), commit));
            Ok(())
        },
    )?;
    let mut at = 0;
    for_each(
        connection,
        "SELECT commit_id, path FROM commit_files WHERE commit_id BETWEEN ?1 AND ?2 ORDER BY commit_id, path",
        &wanted,
        |row| {
            let id: i64 = row.get(0)?;
            // Both are in the order of the ids.
            while found.get(at).is_some_and(|(_, commit)| commit.id < id) {
                at += 1;
            }
            if let Some((_, commit)) = found.get_mut(at).filter(|(_, commit)| commit.id == id) {
                commit.files.push(row.get(1)?);
            }
            Ok(())
        },
    )?;
    found.sort_unstable_by_key(|(order, _)| *order);
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, commit)| commit).collect())
}

/// Reads the rows whose first column is one of `wanted`, which is sorted: in one go where these lie close together.
fn for_each(
    connection: &Connection,
    sql: &str,
    wanted: &[i64],
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut read = connection.prepare_cached(sql)?;
    let mut start = 0;
    while start < wanted.len() {
        let mut end = start + 1;
        while end < wanted.len() && wanted[end] - wanted[end - 1] <= PER_ROW {
            end += 1;
        }
        let row_of = &wanted[start..end];
        let mut rows = read.query([row_of[0], row_of[row_of.len() - 1]])?;
        while let Some(row) = rows.next()? {
            if row_of.binary_search(&row.get(0)?).is_ok() {
                take(row)?;
            }
        }
        start = end;
    }
    Ok(())
}

/// A text for each of some ids.
fn texts(
    mut one: CachedStatement<'_>,
    ids: BTreeSet<i64>,
) -> rusqlite::Result<BTreeMap<i64, String>> {
    let mut found = BTreeMap::new();
    for id in ids {
        let text = one.query_row([id], |row| row.get(0)).optional()?;
        found.extend(text.map(|text| (id, text)));
    }
    Ok(found)
}

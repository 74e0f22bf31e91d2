//! What trackers said of pull requests and issues, for answers.

use arc_graph::{
    MentionKind, MentionSource, NodeKind, Remark, RemarkKind, TicketName, TicketState,
};
use rusqlite::{OptionalExtension, Row, params};

use crate::error::StoreError;
use crate::read::{GraphFile, known};
use crate::tickets::NUMBER_BITS;
use crate::tracked::{MERGED_AS, TrackedList, TrackedRest, read_lists};
use crate::trail::{TicketRecord, ticket_by_id};

/// A pull request or an issue as its tracker knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedRecord {
    /// A pull request, or an issue.
    pub kind: NodeKind,
    /// Where it was read.
    pub source: MentionSource,
    /// What became of it.
    pub state: TicketState,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// The account that opened it.
    pub author: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// How much is known from trackers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackedCounts {
    /// Pull requests.
    pub pull_requests: u64,
    /// Issues.
    pub issues: u64,
    /// Comments and reviews.
    pub remarks: u64,
    /// Parts of tickets that are still to be read.
    pub rest: u64,
}

/// The commits of a pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullCommits {
    /// Those of the history that came in with it, newest first.
    pub named: Vec<[u8; 20]>,
    /// What it was merged as, by its tracker.
    pub merged_as: Option<[u8; 20]>,
    /// All that its tracker told, in no order that says anything.
    pub told: Vec<[u8; 20]>,
    /// The files that it changes by its tracker, by their names at the time; sorted.
    pub files: Vec<String>,
    /// A tracker told of it.
    pub is_told: bool,
}

impl GraphFile {
    /// What the tracker says of a ticket; `None` when nothing was read of it.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked(&self, sign: &str, number: u32) -> Result<Option<TrackedRecord>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT kind, source, state, title, body, tracked_people.login, url FROM tracked_tickets
                     LEFT JOIN tracked_people ON tracked_people.id = author WHERE tracked_tickets.id = {ID}"
                ))?
                .query_row(params![sign, number], |row| {
                    Ok(TrackedRecord {
                        kind: known(0, NodeKind::from_number(row.get(0)?))?,
                        source: known(1, MentionSource::from_number(row.get(1)?))?,
                        state: known(2, TicketState::from_number(row.get(2)?))?,
                        title: row.get(3)?,
                        body: row.get(4)?,
                        author: row.get(5)?,
                        url: row.get(6)?,
                    })
                })
                .optional()
        };
        self.check(read())
    }

    /// What people wrote below a ticket, oldest first.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn remarks(&self, sign: &str, number: u32) -> Result<Vec<Remark>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT kind, tracked_people.login, time, body, url, path, line, code, verdict FROM tracked_remarks
                     LEFT JOIN tracked_people ON tracked_people.id = author WHERE ticket = {ID}
                     ORDER BY time, kind, url, body"
                ))?
                .query_map(params![sign, number], remark)?
                .collect()
        };
        self.check(read())
    }

    /// Tickets that a ticket speaks of, closed ones first, with what it says and where.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked_links(
        &self,
        sign: &str,
        number: u32,
    ) -> Result<Vec<(TicketRecord, MentionKind, MentionSource)>, StoreError> {
        let read = || {
            let connection = self.connection();
            let mut select = connection.prepare_cached(&format!(
                "SELECT dst, min(said), min(said_in) FROM tracked_links WHERE src = {ID} GROUP BY dst ORDER BY min(said), dst"
            ))?;
            let mut rows = select.query(params![sign, number])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let kind = known(1, MentionKind::from_number(row.get(1)?))?;
                let source = known(2, MentionSource::from_number(row.get(2)?))?;
                let ticket = ticket_by_id(connection, row.get(0)?)?;
                found.extend(ticket.map(|ticket| (ticket, kind, source)));
            }
            Ok(found)
        };
        self.check(read())
    }

    /// The merged pull request that a commit belongs to by the tracker: the one it was merged as, else the one with the
    /// fewest commits; and whether it was merged as this commit.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked_pull(
        &self,
        hash: &[u8; 20],
    ) -> Result<Option<(TicketRecord, MentionSource, bool)>, StoreError> {
        let read = || {
            let connection = self.connection();
            let found: Option<(i64, u8, bool)> = connection
                .prepare_cached(
                    "SELECT tracked_tickets.id, source, role = 1 FROM tracked_commits
                     JOIN tracked_tickets ON tracked_tickets.id = ticket WHERE hash = ?1 AND state = 3
                     ORDER BY role, (SELECT count(*) FROM tracked_commits AS other WHERE other.ticket = tracked_tickets.id),
                              tracked_tickets.id LIMIT 1",
                )?
                .query_row([hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((id, source, is_merge)) = found else {
                return Ok(None);
            };
            let source = known(1, MentionSource::from_number(source))?;
            Ok(ticket_by_id(connection, id)?.map(|ticket| (ticket, source, is_merge)))
        };
        self.check(read())
    }

    /// The commits of a pull request.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn commits_of_pull(&self, sign: &str, number: u32) -> Result<PullCommits, StoreError> {
        let read = || {
            let connection = self.connection();
            let mut found = PullCommits::default();
            let mut select = connection.prepare_cached(&format!(
                "SELECT hash FROM commits WHERE pull = {ID} ORDER BY position DESC"
            ))?;
            let rows = select.query_map(params![sign, number], |row| row.get(0))?;
            found.named = rows.collect::<rusqlite::Result<_>>()?;
            let mut select = connection.prepare_cached(&format!(
                "SELECT hash, role FROM tracked_commits WHERE ticket = {ID} ORDER BY hash"
            ))?;
            let mut rows = select.query(params![sign, number])?;
            while let Some(row) = rows.next()? {
                let (hash, role): ([u8; 20], u8) = (row.get(0)?, row.get(1)?);
                if role == MERGED_AS {
                    found.merged_as = Some(hash);
                }
                found.told.push(hash);
            }
            let mut select = connection.prepare_cached(&format!(
                "SELECT path FROM tracked_files WHERE ticket = {ID} ORDER BY path"
            ))?;
            let rows = select.query_map(params![sign, number], |row| row.get(0))?;
            found.files = rows.collect::<rusqlite::Result<_>>()?;
            found.is_told = connection
                .prepare_cached(&format!(
                    "SELECT EXISTS (SELECT 1 FROM tracked_tickets WHERE id = {ID} AND kind = ?3)"
                ))?
                .query_row(
                    params![sign, number, NodeKind::PullRequest.number()],
                    |row| row.get(0),
                )?;
            Ok(found)
        };
        self.check(read())
    }

    /// How much is known from trackers.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked_counts(&self) -> Result<TrackedCounts, StoreError> {
        let read = || {
            self.connection().query_row(
                "SELECT (SELECT count(*) FROM tracked_tickets WHERE kind = ?1),
                        (SELECT count(*) FROM tracked_tickets WHERE kind = ?2),
                        (SELECT count(*) FROM tracked_remarks), (SELECT count(*) FROM tracked_rest)",
                params![NodeKind::PullRequest.number(), NodeKind::Issue.number()],
                |row| {
                    let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
                    Ok(TrackedCounts {
                        pull_requests: number(0)?,
                        issues: number(1)?,
                        remarks: number(2)?,
                        rest: number(3)?,
                    })
                },
            )
        };
        self.check(read())
    }

    /// How far each list is read, by name.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked_lists(&self) -> Result<Vec<TrackedList>, StoreError> {
        self.check(read_lists(self.connection()))
    }

    /// One of the parts that are still to be read.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn next_tracked_rest(&self) -> Result<Option<TrackedRest>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT trackers.sign, ticket & 0xffffffff, part, node, cursor FROM tracked_rest
                     JOIN trackers ON trackers.id = ticket >> 32 ORDER BY ticket, part, node LIMIT 1",
                )?
                .query_row([], |row| {
                    Ok(TrackedRest {
                        ticket: TicketName {
                            sign: row.get(0)?,
                            number: row.get(1)?,
                        },
                        part: row.get(2)?,
                        node: row.get(3)?,
                        cursor: row.get(4)?,
                    })
                })
                .optional()
        };
        self.check(read())
    }
}

/// The id of the ticket with sign `?1` and number `?2`.
const ID: &str = "((SELECT id FROM trackers WHERE sign = ?1) << 32 | ?2)";
const _: () = assert!(NUMBER_BITS == 32);

fn remark(row: &Row<'_>) -> rusqlite::Result<Remark> {
    Ok(Remark {
        kind: known(0, RemarkKind::from_number(row.get(0)?))?,
        author: row.get(1)?,
        time: row.get(2)?,
        body: row.get(3)?,
        url: row.get(4)?,
        path: row.get(5)?,
        line: row.get(6)?,
        code: row.get(7)?,
        verdict: row.get(8)?,
    })
}

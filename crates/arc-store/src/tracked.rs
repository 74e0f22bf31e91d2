//! What trackers say of pull requests and issues, on its way into the graph, page by page; and from a graph into the one
//! that takes its place.

use std::path::Path;

use arc_graph::{MentionSource, Remark, TicketLink, TicketName, TicketParts, TrackedTicket};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};

use crate::bulk::BulkWriter;
use crate::connection::{self, Use};
use crate::error::StoreError;
use crate::search::words;
use crate::tickets::ticket_id;
use crate::update::Update;

/// The commit brought its pull request into the base.
pub(crate) const MERGED_AS: u8 = 1;
/// The commit was pushed to its pull request.
const PUSHED: u8 = 2;

/// How far the reading of a list has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackedList {
    /// Its name; see `schema/graph.sql`.
    pub list: String,
    /// Where it is.
    pub origin: String,
    /// Where it goes on.
    pub cursor: Option<String>,
    /// There is nothing more for now.
    pub is_complete: bool,
    /// When it was read, seconds since 1970.
    pub read_at: i64,
    /// What the tracker could not give.
    pub left_out: u64,
}

/// A part of a ticket that is still to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedRest {
    /// The ticket.
    pub ticket: TicketName,
    /// Which part.
    pub part: String,
    /// Of what, as the tracker names it.
    pub node: String,
    /// Where it goes on.
    pub cursor: String,
}

impl Update<'_> {
    /// Puts a ticket in the place of what was known of it.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn put_tracked(
        &self,
        ticket: &TrackedTicket,
        source: MentionSource,
    ) -> Result<(), StoreError> {
        self.check(put(self.connection(), ticket, source))
    }

    /// Adds to a ticket that is there.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn add_tracked(&self, name: &TicketName, parts: &TicketParts) -> Result<(), StoreError> {
        let added = ticket_id(self.connection(), &name.sign, name.number)
            .and_then(|id| add_parts(self.connection(), id, parts));
        self.check(added)
    }

    /// Notes how far a list is read.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_tracked_list(&self, list: &TrackedList) -> Result<(), StoreError> {
        let written = self
            .connection()
            .prepare_cached("INSERT OR REPLACE INTO tracked_lists VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut insert| {
                insert.execute(params![
                    list.list,
                    list.origin,
                    list.cursor,
                    list.is_complete,
                    list.read_at,
                    list.left_out as i64
                ])
            });
        self.check(written).map(drop)
    }

    /// Notes a part that is still to be read.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_tracked_rest(&self, rest: &TrackedRest) -> Result<(), StoreError> {
        let connection = self.connection();
        let written = ticket_id(connection, &rest.ticket.sign, rest.ticket.number).and_then(|id| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO tracked_rest VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id, rest.part, rest.node, rest.cursor])
        });
        self.check(written).map(drop)
    }

    /// Notes that a part was read; `false` when nothing was known to be left of it from this cursor on.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn take_tracked_rest(&self, rest: &TrackedRest) -> Result<bool, StoreError> {
        let connection = self.connection();
        let taken = ticket_id(connection, &rest.ticket.sign, rest.ticket.number).and_then(|id| {
            connection
                .prepare_cached(
                    "DELETE FROM tracked_rest WHERE ticket = ?1 AND part = ?2 AND node = ?3 AND cursor = ?4",
                )?
                .execute(params![id, rest.part, rest.node, rest.cursor])
        });
        Ok(self.check(taken)? > 0)
    }

    /// Removes what only tickets needed that are no longer there or say other things now.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn sweep_tracked(&self) -> Result<(), StoreError> {
        self.check(self.connection().execute_batch(SWEEP))
    }

    /// Forgets everything that trackers said, or what one source of it said.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn forget_tracked(&self, source: Option<MentionSource>) -> Result<(), StoreError> {
        let source = source.map(MentionSource::number);
        self.check(forget(self.connection(), source))
    }

    /// How far each list is read, by name.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn tracked_lists(&self) -> Result<Vec<TrackedList>, StoreError> {
        self.check(read_lists(self.connection()))
    }
}

fn forget(connection: &Connection, source: Option<u8>) -> rusqlite::Result<()> {
    let ids: Vec<i64> = connection
        .prepare("SELECT id FROM tracked_tickets WHERE source = coalesce(?1, source)")?
        .query_map([source], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in ids {
        remove(connection, id)?;
    }
    let is_export = source.map(|source| source == MentionSource::Export.number());
    connection.execute(
        "DELETE FROM tracked_lists WHERE coalesce((list = 'export') = ?1, TRUE)",
        [is_export],
    )?;
    connection.execute_batch(
        "DELETE FROM tracked_addresses WHERE NOT EXISTS (SELECT 1 FROM tracked_tickets);",
    )?;
    connection.execute_batch(SWEEP)
}

pub(crate) fn read_lists(connection: &Connection) -> rusqlite::Result<Vec<TrackedList>> {
    connection
        .prepare_cached(
            "SELECT list, origin, cursor, is_complete, read_at, left_out FROM tracked_lists ORDER BY list",
        )?
        .query_map([], |row| {
            Ok(TrackedList {
                list: row.get(0)?,
                origin: row.get(1)?,
                cursor: row.get(2)?,
                is_complete: row.get(3)?,
                read_at: row.get(4)?,
                left_out: row.get::<_, i64>(5)?.cast_unsigned(),
            })
        })?
        .collect()
}

const SWEEP: &str = "
    DELETE FROM tracked_people WHERE id NOT IN (SELECT author FROM tracked_tickets WHERE author IS NOT NULL
        UNION SELECT author FROM tracked_remarks WHERE author IS NOT NULL UNION SELECT person FROM tracked_addresses);
    DELETE FROM trackers WHERE id NOT IN (SELECT id >> 32 FROM tickets UNION SELECT id >> 32 FROM tracked_tickets
        UNION SELECT src >> 32 FROM tracked_links UNION SELECT dst >> 32 FROM tracked_links);";

/// Trackers that tracked tickets need, whatever the history says.
pub(crate) const TRACKERS_KEPT: &str = "SELECT id >> 32 FROM tracked_tickets
    UNION SELECT src >> 32 FROM tracked_links UNION SELECT dst >> 32 FROM tracked_links";

fn put(
    connection: &Connection,
    ticket: &TrackedTicket,
    source: MentionSource,
) -> rusqlite::Result<()> {
    let id = ticket_id(connection, &ticket.name.sign, ticket.name.number)?;
    remove(connection, id)?;
    let author = ticket
        .author
        .as_deref()
        .map(|login| person(connection, login))
        .transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO tracked_tickets VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id,
            ticket.kind.number(),
            source.number(),
            ticket.state.number(),
            ticket.title,
            ticket.body,
            author,
            ticket.created,
            ticket.updated,
            ticket.closed,
            ticket.url
        ])?;
    if let Some(hash) = ticket.merge_commit {
        add_commit(connection, &hash, id, MERGED_AS)?;
    }
    add_parts(connection, id, &ticket.parts)?;
    connection
        .prepare_cached("INSERT INTO ticket_fts(rowid, text) VALUES (?1, ?2)")?
        .execute(params![
            id,
            ticket_words(&ticket.title, &ticket.parts.labels, &ticket.body)
        ])
        .map(drop)
}

fn ticket_words(title: &str, labels: &[String], body: &str) -> String {
    words(&format!("{title} {} {body}", labels.join(" ")))
}

/// Removes a ticket with all that is its own.
fn remove(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let is_known = connection
        .prepare_cached("DELETE FROM tracked_tickets WHERE id = ?1")?
        .execute([id])?
        > 0;
    if !is_known {
        return Ok(());
    }
    for sql in [
        "DELETE FROM ticket_fts WHERE rowid = ?1",
        "DELETE FROM remark_fts WHERE rowid IN (SELECT id FROM tracked_remarks WHERE ticket = ?1)",
        "DELETE FROM tracked_remarks WHERE ticket = ?1",
        "DELETE FROM tracked_commits WHERE ticket = ?1",
        "DELETE FROM tracked_files WHERE ticket = ?1",
        "DELETE FROM tracked_labels WHERE ticket = ?1",
        "DELETE FROM tracked_links WHERE told_by = ?1",
        "DELETE FROM tracked_rest WHERE ticket = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

fn add_parts(connection: &Connection, id: i64, parts: &TicketParts) -> rusqlite::Result<()> {
    for hash in &parts.commits {
        add_commit(connection, hash, id, PUSHED)?;
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO tracked_files VALUES (?1, ?2)")?;
    for path in &parts.files {
        insert.execute(params![id, path])?;
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO tracked_labels VALUES (?1, ?2)")?;
    for label in &parts.labels {
        insert.execute(params![id, label])?;
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO tracked_addresses VALUES (?1, ?2)")?;
    for (login, email) in &parts.addresses {
        insert.execute(params![person(connection, login)?, email])?;
    }
    for remark in &parts.remarks {
        add_remark(connection, id, remark)?;
    }
    for link in &parts.links {
        add_link(connection, id, link)?;
    }
    Ok(())
}

fn add_commit(
    connection: &Connection,
    hash: &[u8; 20],
    ticket: i64,
    role: u8,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO tracked_commits VALUES (?1, ?2, ?3)")?
        .execute(params![hash, ticket, role])
        .map(drop)
}

/// Adds a remark unless it is there: a list that grows while it is read may give one twice.
fn add_remark(connection: &Connection, ticket: i64, remark: &Remark) -> rusqlite::Result<()> {
    let is_known = connection
        .prepare_cached(
            "SELECT 1 FROM tracked_remarks WHERE ticket = ?1 AND kind = ?2 AND url = ?3",
        )?
        .exists(params![ticket, remark.kind.number(), remark.url])?;
    if is_known {
        return Ok(());
    }
    let author = remark
        .author
        .as_deref()
        .map(|login| person(connection, login))
        .transpose()?;
    let id = connection
        .prepare_cached(
            "INSERT INTO tracked_remarks VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .insert(params![
            ticket,
            remark.kind.number(),
            author,
            remark.time,
            remark.body,
            remark.url,
            remark.path,
            remark.line,
            remark.code,
            remark.verdict
        ])?;
    index_remark(connection, id, &remark.body)
}

fn index_remark(connection: &Connection, id: i64, body: &str) -> rusqlite::Result<()> {
    if body.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT INTO remark_fts(rowid, text) VALUES (?1, ?2)")?
        .execute(params![id, words(body)])
        .map(drop)
}

/// Adds a link; of two between the same tickets the one that says more stays.
fn add_link(connection: &Connection, ticket: i64, link: &TicketLink) -> rusqlite::Result<()> {
    let other = ticket_id(connection, &link.to.sign, link.to.number)?;
    if other == ticket {
        return Ok(());
    }
    let (src, dst) = if link.is_backward {
        (other, ticket)
    } else {
        (ticket, other)
    };
    connection
        .prepare_cached(
            "INSERT INTO tracked_links VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET said = ?4, said_in = ?5
             WHERE (?4, ?5) < (said, said_in)",
        )?
        .execute(params![
            ticket,
            src,
            dst,
            link.kind.number(),
            link.source.number()
        ])
        .map(drop)
}

fn person(connection: &Connection, login: &str) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached("SELECT id FROM tracked_people WHERE login = ?1")?
        .query_row([login], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) => Ok(known),
        None => connection
            .prepare_cached("INSERT INTO tracked_people (login) VALUES (?1)")?
            .insert([login]),
    }
}

/// Everything that trackers said, table by table.
const TABLES: &[(&str, &str)] = &[
    (
        "tracked_tickets",
        "id, kind, source, state, title, body, author, created, updated, closed, url",
    ),
    ("tracked_people", "id, login"),
    ("tracked_addresses", "person, email"),
    (
        "tracked_remarks",
        "id, ticket, kind, author, time, body, url, path, line, code, verdict",
    ),
    ("tracked_commits", "hash, ticket, role"),
    ("tracked_files", "ticket, path"),
    ("tracked_labels", "ticket, label"),
    ("tracked_links", "told_by, src, dst, said, said_in"),
    (
        "tracked_lists",
        "list, origin, cursor, is_complete, read_at, left_out",
    ),
    ("tracked_rest", "ticket, part, node, cursor"),
];

impl BulkWriter<'_> {
    /// Takes over what trackers said from the graph that this one replaces, whatever else is wrong with that one. To be
    /// called before the history is written. False when there was something that cannot be read: it is lost.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn take_over_tracked(&self, graph: &Path) -> Result<bool, StoreError> {
        let Some(from) = open_old(graph) else {
            return Ok(true);
        };
        let to = self.connection();
        self.check(to.execute_batch("SAVEPOINT tracked"))?;
        let taken = take_over(&from, to);
        let end = match taken {
            Ok(()) => "RELEASE tracked",
            Err(Failed::Read) => "ROLLBACK TO tracked; RELEASE tracked",
            Err(Failed::Write(error)) => return self.check(Err(error)),
        };
        self.check(to.execute_batch(end))?;
        Ok(taken.is_ok())
    }
}

/// The graph that is there, as far as it can be read: one that is damaged or of another version may well have something to be
/// taken over.
pub(crate) fn open_graph(graph: &Path) -> Option<Connection> {
    let opened = connection::open_read(graph, Use::Once).map(|(connection, _)| connection);
    let connection = opened.or_else(|_| {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(graph, flags)
    });
    // A file that cannot be read at all has nothing to be taken over; that it is made anew, and why, is said elsewhere.
    connection.ok()
}

/// The graph that is there, if it has anything that trackers said.
fn open_old(graph: &Path) -> Option<Connection> {
    let connection = open_graph(graph)?;
    let has_some = connection
        .query_row("SELECT EXISTS (SELECT 1 FROM tracked_lists)", [], |row| {
            row.get(0)
        })
        .unwrap_or(false);
    has_some.then_some(connection)
}

/// Which side failed; what cannot be read is told as lost.
pub(crate) enum Failed {
    Read,
    Write(rusqlite::Error),
}

fn take_over(from: &Connection, to: &Connection) -> Result<(), Failed> {
    let trackers = format!("SELECT id, sign FROM trackers WHERE id IN ({TRACKERS_KEPT})");
    copy(from, to, &trackers, "trackers", 2)?;
    for (table, columns) in TABLES {
        let count = columns.split(',').count();
        copy(
            from,
            to,
            &format!("SELECT {columns} FROM {table}"),
            table,
            count,
        )?;
    }
    index_again(to).map_err(Failed::Write)
}

pub(crate) fn copy(
    from: &Connection,
    to: &Connection,
    sql: &str,
    table: &str,
    columns: usize,
) -> Result<(), Failed> {
    let read = |_| Failed::Read;
    let marks = vec!["?"; columns].join(", ");
    let mut insert = to
        .prepare(&format!("INSERT INTO {table} VALUES ({marks})"))
        .map_err(Failed::Write)?;
    let mut select = from.prepare(sql).map_err(read)?;
    let mut rows = select.query([]).map_err(read)?;
    while let Some(row) = rows.next().map_err(read)? {
        let values: Vec<Value> = (0..columns)
            .map(|column| row.get(column))
            .collect::<rusqlite::Result<_>>()
            .map_err(read)?;
        insert
            .execute(params_from_iter(values))
            .map_err(Failed::Write)?;
    }
    Ok(())
}

fn index_again(connection: &Connection) -> rusqlite::Result<()> {
    let mut insert = connection.prepare("INSERT INTO ticket_fts(rowid, text) VALUES (?1, ?2)")?;
    let mut labels = connection.prepare("SELECT label FROM tracked_labels WHERE ticket = ?1")?;
    let mut select = connection.prepare("SELECT id, title, body FROM tracked_tickets")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let (title, body): (String, String) = (row.get(1)?, row.get(2)?);
        let labels: Vec<String> = labels
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        insert.execute(params![id, ticket_words(&title, &labels, &body)])?;
    }
    let mut select = connection.prepare("SELECT id, body FROM tracked_remarks")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        index_remark(connection, row.get(0)?, &body)?;
    }
    Ok(())
}

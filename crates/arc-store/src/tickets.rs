//! Pull requests, issues, what commits say of them, and further authors.

use arc_graph::NodeKind;
use rusqlite::{Connection, OptionalExtension, params};

use crate::history::{HistoryRows, TicketRow};

/// Bits of a ticket's id that are its number.
pub(crate) const NUMBER_BITS: u32 = 32;

/// Adds the tickets of `rows` to those that are there, and gives their ids. What is known of a ticket grows: it is a pull
/// request once somebody calls it one, and the first commit that merged it names it.
pub(crate) fn add_tickets(
    connection: &Connection,
    rows: &HistoryRows,
    commits: &[i64],
) -> rusqlite::Result<Vec<i64>> {
    let mut add = connection.prepare(
        "INSERT INTO tickets VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET kind = min(kind, ?2)",
    )?;
    let mut rename =
        connection.prepare("UPDATE tickets SET said_by = ?2, title = ?3 WHERE id = ?1")?;
    let mut ids = Vec::with_capacity(rows.tickets.len());
    for row in &rows.tickets {
        let id = ticket_id(connection, &row.sign, row.number)?;
        let kind = if row.is_pull_request {
            NodeKind::PullRequest
        } else {
            NodeKind::Issue
        };
        let said_by = row.said_by.map(|commit| commits[commit as usize]);
        let known = said_by_before(connection, id)?;
        add.execute(params![id, kind.number(), said_by, row.title])?;
        if is_said_before(rows, row, known) {
            rename.execute(params![id, said_by, row.title])?;
        }
        ids.push(id);
    }
    Ok(ids)
}

type Place = (i64, Vec<u8>);

/// The place in history of the commit that names a ticket: `None` for a ticket that is not there, `Some(None)` for one
/// that no commit merged.
fn said_by_before(connection: &Connection, id: i64) -> rusqlite::Result<Option<Option<Place>>> {
    connection
        .prepare_cached(
            "SELECT commits.position, commits.hash FROM tickets LEFT JOIN commits ON commits.id = tickets.said_by
             WHERE tickets.id = ?1",
        )?
        .query_row([id], |row| {
            let position: Option<i64> = row.get(0)?;
            let hash: Option<Vec<u8>> = row.get(1)?;
            Ok(position.zip(hash))
        })
        .optional()
}

/// Whether a ticket that was there is named by an older commit than the one that named it so far.
fn is_said_before(rows: &HistoryRows, row: &TicketRow, known: Option<Option<Place>>) -> bool {
    let (Some(known), Some(commit)) = (known, row.said_by) else {
        return false;
    };
    let commit = &rows.commits[commit as usize];
    known.is_none_or(|known| (commit.position, commit.hash.to_vec()) < known)
}

/// The id of a ticket; its tracker is added when it is not there.
pub(crate) fn ticket_id(connection: &Connection, sign: &str, number: u32) -> rusqlite::Result<i64> {
    Ok(tracker(connection, sign)? << NUMBER_BITS | i64::from(number))
}

/// The id of a tracker; `#` has 0, so that its numbers are ids themselves.
fn tracker(connection: &Connection, sign: &str) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached("SELECT id FROM trackers WHERE sign = ?1")?
        .query_row([sign], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    connection
        .prepare_cached(
            "INSERT INTO trackers VALUES (iif(?1 = '#', 0, (SELECT coalesce(max(id), 0) + 1 FROM trackers)), ?1) RETURNING id",
        )?
        .query_row([sign], |row| row.get(0))
}

/// Writes mentions and further authors of commits that were not there. `ids` are those of tickets, commits and people.
pub(crate) fn write_mentions(
    connection: &Connection,
    rows: &HistoryRows,
    [tickets, commits, people]: [&[i64]; 3],
) -> rusqlite::Result<()> {
    let mut mentions: Vec<_> = rows
        .mentions
        .iter()
        .map(|row| {
            let key = (tickets[row.ticket as usize], commits[row.commit as usize]);
            (key, row.kind.number(), row.source.number())
        })
        .collect();
    mentions.sort_unstable();
    let mut insert = connection.prepare("INSERT INTO mentions VALUES (?1, ?2, ?3, ?4)")?;
    for ((ticket, commit), kind, source) in mentions {
        insert.execute(params![ticket, commit, kind, source])?;
    }
    let mut insert = connection.prepare("INSERT INTO co_authors VALUES (?1, ?2)")?;
    for (commit, person) in &rows.co_authors {
        insert.execute(params![commits[*commit as usize], people[*person as usize]])?;
    }
    Ok(())
}

//! Pull requests and issues that a search found, from their trackers and from what git says of them.

use arc_graph::NodeKind;
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::read::GraphFile;
use crate::trail::{TicketRecord, ticket_by_id};

/// Tickets looked at for one question.
const MAX_LOOKED_AT: u32 = 20_000;

/// A pull request or an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTicket {
    /// Which.
    pub ticket: TicketRecord,
    /// The account that opened it.
    pub author: Option<String>,
    /// When it was opened, else when it was merged, seconds since 1970.
    pub time: Option<i64>,
    /// A comment or a review that holds the words, where the ticket does not.
    pub said: Option<String>,
    /// Files it changes, by path.
    pub paths: Vec<String>,
}

/// Which tickets are wanted.
#[derive(Clone, Copy, Debug)]
pub struct TicketFilter<'a> {
    /// One of these kinds.
    pub kinds: &'a [NodeKind],
    /// Changed, or merged, from then on, seconds since 1970.
    pub since: i64,
    /// With this in the name of the account, in lower case.
    pub author: &'a str,
}

impl GraphFile {
    /// Tickets that hold all words of the question, in their own texts first, then in what was said below them, newest first;
    /// without words all tickets; at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn find_tickets(
        &self,
        question: &str,
        filter: &TicketFilter<'_>,
        limit: usize,
    ) -> Result<Vec<FoundTicket>, StoreError> {
        let mut found: Vec<FoundTicket> = Vec::new();
        for (id, remark) in self.tickets_with(question)? {
            if found.len() >= limit {
                break;
            }
            found.extend(self.check(self.found_ticket(id, remark, filter))?);
        }
        Ok(found)
    }

    /// Ids, each once, with the remark that holds the words where that is not the ticket itself.
    fn tickets_with(&self, question: &str) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
        if crate::search::words(question).is_empty() {
            let read = || {
                self.connection()
                    .prepare_cached(
                        "SELECT id FROM (SELECT id FROM tracked_tickets UNION SELECT id FROM tickets) ORDER BY id DESC LIMIT ?1",
                    )?
                    .query_map([MAX_LOOKED_AT], |row| Ok((row.get(0)?, None)))?
                    .collect()
            };
            return self.check(read());
        }
        let by_text = self.search(
            "SELECT rowid FROM ticket_fts WHERE ticket_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
            question,
            MAX_LOOKED_AT,
        )?;
        let by_message = self.search(
            "SELECT tickets.id FROM message_fts JOIN commits ON commits.id = message_fts.rowid
             JOIN tickets ON tickets.id = commits.pull AND tickets.said_by = commits.id
             WHERE message_fts MATCH ?1 ORDER BY tickets.id DESC LIMIT ?2",
            question,
            MAX_LOOKED_AT,
        )?;
        let mut own: Vec<i64> = by_text.into_iter().chain(by_message).collect();
        own.sort_unstable_by(|one, other| other.cmp(one));
        own.dedup();
        let mut found: Vec<(i64, Option<i64>)> = own.iter().map(|id| (*id, None)).collect();
        let remarks = self.search(
            "SELECT tracked_remarks.id FROM remark_fts JOIN tracked_remarks ON tracked_remarks.id = remark_fts.rowid
             WHERE remark_fts MATCH ?1 ORDER BY ticket DESC, time, url, body LIMIT ?2",
            question,
            MAX_LOOKED_AT,
        )?;
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT ticket FROM tracked_remarks WHERE id = ?1")?;
            let mut last = None;
            for remark in remarks {
                let ticket: i64 = select.query_row([remark], |row| row.get(0))?;
                let is_known = own.binary_search_by(|id| ticket.cmp(id)).is_ok();
                if !is_known && last != Some(ticket) {
                    found.push((ticket, Some(remark)));
                }
                last = Some(ticket);
            }
            Ok(found)
        };
        self.check(read())
    }

    /// A ticket, if it is one of those that are wanted.
    fn found_ticket(
        &self,
        id: i64,
        remark: Option<i64>,
        filter: &TicketFilter<'_>,
    ) -> rusqlite::Result<Option<FoundTicket>> {
        let connection = self.connection();
        let known: Option<(Option<String>, Option<i64>)> = connection
            .prepare_cached(
                "SELECT tracked_people.login, coalesce(tracked_tickets.created, commits.time)
                 FROM (SELECT ?1 AS id) AS asked
                 LEFT JOIN tracked_tickets ON tracked_tickets.id = asked.id
                 LEFT JOIN tracked_people ON tracked_people.id = tracked_tickets.author
                 LEFT JOIN tickets ON tickets.id = asked.id LEFT JOIN commits ON commits.id = tickets.said_by
                 WHERE (?2 = '' OR instr(lower(tracked_people.login), ?2))
                       AND (?3 IS NULL OR coalesce(tracked_tickets.updated, tracked_tickets.created, commits.time) >= ?3)",
            )?
            .query_row(
                params![id, filter.author, (filter.since > i64::MIN).then_some(filter.since)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((author, time)) = known else {
            return Ok(None);
        };
        let ticket = ticket_by_id(connection, id)?;
        let Some(ticket) = ticket.filter(|ticket| filter.kinds.contains(&ticket.kind)) else {
            return Ok(None);
        };
        let said = remark.map(|remark| {
            connection
                .prepare_cached("SELECT body FROM tracked_remarks WHERE id = ?1")?
                .query_row([remark], |row| row.get(0))
        });
        let paths = connection
            .prepare_cached(
                "SELECT path FROM tracked_files WHERE ticket = ?1
                 UNION SELECT paths.path FROM commits JOIN commit_files ON commit_files.commit_id = commits.id
                       JOIN paths ON paths.id = commit_files.path WHERE commits.pull IS NOT NULL AND -4 * commits.pull - 1 = -4 * ?1 - 1
                 ORDER BY 1 LIMIT 100",
            )?
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Some(FoundTicket {
            ticket,
            author,
            time,
            said: said.transpose()?,
            paths,
        }))
    }
}

//! Pull requests and issues from GitHub, over its GraphQL API: one request at a time, by pages that a caller keeps one by one.
//!
//! Lists are read in the order of their last change, oldest first. What changes while they are read moves to their end and is
//! met there, so a place in a list is also what a later reading goes on from. Nothing is kept here but the size of the next
//! page and when the server wants to be asked again.

mod convert;
mod http;
mod query;
mod shapes;
mod size;
mod verdict;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_graph::{TicketParts, TrackedTicket};
use serde_json::json;

pub use convert::GitHubRest;
pub use http::Token;
pub use query::GitHubList;

use crate::iso_time::time_from_iso;
use convert::Owner;
use http::{Broken, Head, Transport};
use query::{Part, list_query, part_query};
use shapes::{Data, RateLimit};
use size::PageSize;
use verdict::{Refusal, Verdict, judge};

/// Requests in a row that may fail before it is given up.
const MAX_FAILURES: u32 = 6;
/// Waits in a row that the server may ask for.
const MAX_WAITS: u32 = 8;
/// The longest wait, in seconds: limits are of an hour.
const MAX_WAIT: u64 = 3_700;
/// What to wait when the server wants to be left alone and does not say how long.
const UNTOLD_WAIT: u64 = 60;

/// Where tickets are asked for.
#[derive(Clone, Debug)]
pub struct GitHubOptions {
    /// The address of the GraphQL API.
    pub endpoint: String,
    /// `owner/name`.
    pub repository: String,
    /// What opens the door.
    pub token: Token,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a second of waiting takes.
    pub second: Duration,
}

/// Watches a reading.
pub trait Watch {
    /// Whether nobody wants it any more.
    fn is_cancelled(&self) -> bool;

    /// Nothing happens for so many seconds, and why.
    fn waits(&self, why: &str, seconds: u64);
}

/// Tickets cannot be read. Nothing here repeats the token.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// The address is not one that a token may be sent to.
    #[error("the address {url} {why}")]
    BadAddress {
        /// The address, without names and passwords.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The token is empty or has characters that no token has.
    #[error("the token is empty or has characters that no token has")]
    OddToken,
    /// Requests cannot be made on this machine.
    #[error("requests cannot be made: {why}")]
    Setup {
        /// Why.
        why: String,
    },
    /// The server cannot be reached, or does not manage to answer.
    #[error("{host} gives no answer ({why})")]
    NoAnswer {
        /// The server.
        host: String,
        /// What happened last.
        why: String,
    },
    /// The server wants to be left alone for longer than is worth waiting for.
    #[error("{host} wants no requests for {seconds} seconds ({why})")]
    Limited {
        /// The server.
        host: String,
        /// How long.
        seconds: u64,
        /// In its words.
        why: String,
    },
    /// The token is not accepted.
    #[error("{host} does not accept the token ({why})")]
    BadToken {
        /// The server.
        host: String,
        /// In its words.
        why: String,
    },
    /// The token may not read this.
    #[error("the token may not read {repository}: {why}")]
    NoRights {
        /// The repository.
        repository: String,
        /// In the words of the server.
        why: String,
        /// What the token may do, when it is a classic one.
        scopes: Option<String>,
    },
    /// There is no such repository, or the token does not see it.
    #[error("{host} shows no repository {repository} to this token")]
    NotFound {
        /// The server.
        host: String,
        /// The repository.
        repository: String,
        /// What the token may do, when it is a classic one.
        scopes: Option<String>,
    },
    /// The server does not know the place in the list any more: it must be read from its start.
    #[error("the place where the last reading ended is not known any more")]
    OldCursor,
    /// The server is no GitHub, or one of another time.
    #[error("{host} does not answer as GitHub does: {why}")]
    NoGitHub {
        /// The server.
        host: String,
        /// In its words.
        why: String,
    },
    /// Nobody waits any more.
    #[error("interrupted")]
    Cancelled,
}

/// A page of a list.
#[derive(Debug, Default)]
pub struct GitHubPage {
    /// The tickets.
    pub tickets: Vec<TrackedTicket>,
    /// Parts of them that are to be read by themselves.
    pub rest: Vec<GitHubRest>,
    /// Where the list goes on; `None` when the page is empty.
    pub cursor: Option<String>,
    /// There is more.
    pub has_more: bool,
    /// What could not be given.
    pub left_out: u64,
    /// The repository that this one was forked from.
    pub forked_from: Option<String>,
}

/// A repository on GitHub.
pub struct GitHub {
    transport: Transport,
    token: Token,
    repository: String,
    second: Duration,
    size: PageSize,
    /// When there are points again, seconds since 1970, if the next request may not be paid for now.
    paused_until: Option<i64>,
}

impl GitHub {
    /// Prepares to ask; nothing is sent.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(options: &GitHubOptions) -> Result<GitHub, GitHubError> {
        Ok(GitHub {
            transport: Transport::new(&options.endpoint, &options.token, options.timeout)?,
            token: options.token.clone(),
            repository: options.repository.clone(),
            second: options.second,
            size: PageSize::new(),
            paused_until: None,
        })
    }

    /// The page of a list after `cursor`, or its first.
    ///
    /// # Errors
    /// When GitHub does not give it.
    pub fn page(
        &mut self,
        list: GitHubList,
        cursor: Option<&str>,
        watch: &dyn Watch,
    ) -> Result<GitHubPage, GitHubError> {
        let (owner, name) = self.repository.split_once('/').unwrap_or_default();
        let (owner, name) = (owner.to_owned(), name.to_owned());
        let query = list_query(list);
        let body = |size: PageSize| {
            let variables = json!({
                "owner": owner, "name": name, "after": cursor,
                "first": size.first(), "many": size.many(), "few": size.few(),
            });
            json!({"query": query, "variables": variables}).to_string()
        };
        let (data, mut left_out) = self.ask(&body, watch)?;
        let Some(repository) = data.repository else {
            return Err(self.not_found(None));
        };
        let Some(read) = repository.page else {
            return Err(self.not_found(None));
        };
        let mut page = GitHubPage {
            cursor: read.page_info.end_cursor,
            has_more: read.page_info.has_next_page,
            forked_from: repository
                .parent
                .filter(|_| repository.is_fork)
                .map(|parent| parent.name_with_owner),
            ..GitHubPage::default()
        };
        for node in read.nodes.unwrap_or_default() {
            let told =
                node.and_then(|node| convert::ticket(node, list, &repository.name_with_owner));
            match told {
                Some((ticket, rest)) => {
                    page.tickets.push(ticket);
                    page.rest.extend(rest);
                }
                None => left_out += 1,
            }
        }
        page.left_out = left_out;
        Ok(page)
    }

    /// What is left of a part of a ticket, or the next of it; and what is left after that.
    ///
    /// # Errors
    /// When GitHub does not give it.
    pub fn rest(
        &mut self,
        rest: &GitHubRest,
        watch: &dyn Watch,
    ) -> Result<(TicketParts, Vec<GitHubRest>), GitHubError> {
        let Some(part) = Part::from_name(&rest.part) else {
            return Ok(Default::default());
        };
        let query = part_query(part);
        let body = |size: PageSize| {
            let variables = json!({
                "id": rest.node, "after": rest.cursor, "many": size.rest(), "few": size.few(),
            });
            json!({"query": query, "variables": variables}).to_string()
        };
        let (data, _) = self.ask(&body, watch)?;
        let Some(node) = data.node else {
            return Ok(Default::default());
        };
        let owner = Owner {
            name: rest.ticket.clone(),
            id: rest.node.clone(),
            repository: &self.repository,
        };
        if part == Part::Replies {
            let mut left = Vec::new();
            let remarks = convert::replies(node, &owner, &mut left);
            let parts = TicketParts {
                remarks,
                ..TicketParts::default()
            };
            return Ok((parts, left));
        }
        Ok(convert::parts(node, &owner))
    }

    /// Asks until there is an answer, or none is to be hoped for.
    fn ask(
        &mut self,
        body: &dyn Fn(PageSize) -> String,
        watch: &dyn Watch,
    ) -> Result<(Data, u64), GitHubError> {
        let mut failures = 0;
        let mut waits = 0;
        self.wait_for_points(watch)?;
        loop {
            let reply = self.transport.post(body(self.size), watch);
            let (verdict, head) = judge(reply, now());
            match verdict {
                Verdict::Take { data, left_out } => {
                    self.size.went_well();
                    self.note_points(data.rate_limit.as_ref(), &head);
                    return Ok((*data, left_out));
                }
                Verdict::Smaller {
                    why,
                    data,
                    left_out,
                } => {
                    if !self.size.shrink() {
                        if let Some(data) = data {
                            return Ok((*data, left_out));
                        }
                        failures += 1;
                    }
                    self.back_off(failures, &why, watch)?;
                }
                Verdict::Again { why } => {
                    failures += 1;
                    self.back_off(failures, &why, watch)?;
                }
                Verdict::Wait { seconds, why } => {
                    // Clocks differ: what should be over by now may not be.
                    let least = 1 << waits.min(8);
                    let seconds = seconds.unwrap_or(UNTOLD_WAIT << waits.min(5)).max(least);
                    waits += 1;
                    if seconds > MAX_WAIT || waits > MAX_WAITS {
                        let host = self.transport.host().to_owned();
                        let why = self.token.hidden_in(&why);
                        return Err(GitHubError::Limited { host, seconds, why });
                    }
                    self.wait(seconds, &why, watch)?;
                }
                Verdict::Fail(refusal) => return Err(self.refused(refusal, head.scopes)),
            }
        }
    }

    /// Waits before the next try, longer each time.
    fn back_off(&self, failures: u32, why: &str, watch: &dyn Watch) -> Result<(), GitHubError> {
        let why = self.token.hidden_in(why);
        if failures >= MAX_FAILURES {
            let host = self.transport.host().to_owned();
            return Err(GitHubError::NoAnswer { host, why });
        }
        self.wait(1 << failures, &why, watch)
    }

    fn wait(&self, seconds: u64, why: &str, watch: &dyn Watch) -> Result<(), GitHubError> {
        if watch.is_cancelled() {
            return Err(GitHubError::Cancelled);
        }
        if seconds == 0 {
            return Ok(());
        }
        watch.waits(&self.token.hidden_in(why), seconds);
        let duration = self
            .second
            .saturating_mul(u32::try_from(seconds).unwrap_or(u32::MAX));
        let slept = self.transport.sleep(duration, watch);
        slept.map_err(|_: Broken| GitHubError::Cancelled)
    }

    /// Notes whether the next request can be paid for, if it costs what this one did.
    fn note_points(&mut self, limit: Option<&RateLimit>, head: &Head) {
        let told = limit.and_then(|limit| {
            let reset = time_from_iso(&limit.reset_at)?;
            Some((limit.cost, limit.remaining, reset))
        });
        let told = told.or_else(|| Some((1, head.remaining?, head.reset?)));
        self.paused_until = told
            .filter(|(cost, remaining, _)| remaining < cost)
            .map(|(_, _, reset)| reset);
    }

    fn wait_for_points(&mut self, watch: &dyn Watch) -> Result<(), GitHubError> {
        let Some(until) = self.paused_until.take() else {
            return Ok(());
        };
        let seconds = u64::try_from(until - now()).unwrap_or(0).min(MAX_WAIT);
        self.wait(seconds, "the points of this hour are spent", watch)
    }

    fn refused(&self, refusal: Refusal, scopes: Option<String>) -> GitHubError {
        let host = self.transport.host().to_owned();
        let hidden = |why: String| self.token.hidden_in(&why);
        match refusal {
            Refusal::Token(why) => GitHubError::BadToken {
                host,
                why: hidden(why),
            },
            Refusal::Rights(why) => GitHubError::NoRights {
                repository: self.repository.clone(),
                why: hidden(why),
                scopes,
            },
            Refusal::NotFound => self.not_found(scopes),
            Refusal::Cursor => GitHubError::OldCursor,
            Refusal::Server(why) => GitHubError::NoGitHub {
                host,
                why: hidden(why),
            },
            Refusal::Cancelled => GitHubError::Cancelled,
        }
    }

    fn not_found(&self, scopes: Option<String>) -> GitHubError {
        GitHubError::NotFound {
            host: self.transport.host().to_owned(),
            repository: self.repository.clone(),
            scopes,
        }
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

//! GitHub's lists into the graph. Every answer is kept in one transaction together with the place where the reading goes on,
//! so that it may end anywhere, and another one may do its work.

use std::path::Path;
use std::time::Duration;

use arc_graph::MentionSource;
use arc_history::{
    GitHub, GitHubError, GitHubList, GitHubOptions, GitHubPage, GitHubRest, Token, Watch,
};
use arc_store::{GraphFile, TrackedList, TrackedRest, Update};

use super::{GitHubPlace, TicketsError, clean_parts, lock, now, put};
use crate::progress::{Progress, Stage};

/// How GitHub is read.
pub struct GitHubReading<'a> {
    /// What opens the door.
    pub token: Token,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a second of waiting takes.
    pub second: Duration,
    /// How long to wait for another build of the same graph.
    pub patience: Duration,
    /// Hears why nothing happens, and for how many seconds.
    pub tell: &'a dyn Fn(&str, u64),
    /// Watches, and may end it.
    pub progress: &'a dyn Progress,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitHubReport {
    /// Pull requests that were new or had changed.
    pub pull_requests: usize,
    /// Issues that were new or had changed.
    pub issues: usize,
    /// What GitHub could not give.
    pub left_out: u64,
    /// Secrets that were taken out of texts.
    pub secrets: usize,
    /// The repository that this one was forked from: people discuss there.
    pub forked_from: Option<String>,
    /// What was known before was of another repository, and is forgotten.
    pub replaced: Option<String>,
}

/// Reads what is new in the lists of a repository into its graph, which is there.
///
/// # Errors
/// When GitHub does not give it or the graph cannot be written. What was read until then stays.
pub fn read_github(
    graph: &Path,
    place: &GitHubPlace,
    reading: &GitHubReading<'_>,
) -> Result<GitHubReport, TicketsError> {
    let github = GitHub::new(&GitHubOptions {
        endpoint: place.endpoint.clone(),
        repository: place.repository.clone(),
        token: reading.token.clone(),
        timeout: reading.timeout,
        second: reading.second,
    })?;
    let mut reader = Reader {
        graph,
        origin: place.origin(),
        github,
        reading,
        report: GitHubReport::default(),
    };
    reader.forget_others()?;
    for list in GitHubList::ALL {
        reader.read_list(list)?;
    }
    reader.sweep()?;
    Ok(reader.report)
}

struct Listener<'a>(&'a GitHubReading<'a>);

impl Watch for Listener<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.progress.is_cancelled()
    }

    fn waits(&self, why: &str, seconds: u64) {
        (self.0.tell)(why, seconds);
    }
}

struct Reader<'a> {
    graph: &'a Path,
    origin: String,
    github: GitHub,
    reading: &'a GitHubReading<'a>,
    report: GitHubReport,
}

impl Reader<'_> {
    /// Numbers of another repository mean other tickets.
    fn forget_others(&mut self) -> Result<(), TicketsError> {
        let lists = GraphFile::open(self.graph)?.tracked_lists()?;
        let is_other = |list: &&TrackedList| {
            let is_ours = GitHubList::ALL.iter().any(|own| own.as_str() == list.list);
            is_ours && list.origin != self.origin
        };
        let Some(other) = lists.iter().find(is_other).map(|list| list.origin.clone()) else {
            return Ok(());
        };
        self.change(|update| Ok(update.forget_tracked(Some(MentionSource::GitHub))?))?;
        self.report.replaced = Some(other);
        Ok(())
    }

    fn read_list(&mut self, list: GitHubList) -> Result<(), TicketsError> {
        let mut may_restart = true;
        loop {
            self.read_rest()?;
            let known = self.list(list)?;
            let page =
                match self
                    .github
                    .page(list, known.cursor.as_deref(), &Listener(self.reading))
                {
                    Err(GitHubError::OldCursor) if may_restart => {
                        may_restart = false;
                        let start = TrackedList {
                            cursor: None,
                            ..known
                        };
                        self.change(|update| Ok(update.set_tracked_list(&start)?))?;
                        continue;
                    }
                    page => page?,
                };
            let has_more = page.has_more;
            self.keep(list, &known, page)?;
            if !has_more {
                return self.read_rest();
            }
        }
    }

    /// How far a list is read.
    fn list(&self, list: GitHubList) -> Result<TrackedList, TicketsError> {
        let lists = GraphFile::open(self.graph)?.tracked_lists()?;
        let known = lists.into_iter().find(|known| known.list == list.as_str());
        Ok(known.unwrap_or_else(|| TrackedList {
            list: list.as_str().to_owned(),
            origin: self.origin.clone(),
            ..TrackedList::default()
        }))
    }

    /// Keeps a page, unless somebody else has come further meanwhile.
    fn keep(
        &mut self,
        list: GitHubList,
        known: &TrackedList,
        page: GitHubPage,
    ) -> Result<(), TicketsError> {
        let count = page.tickets.len();
        let mut secrets = 0;
        let next = TrackedList {
            cursor: page.cursor.or_else(|| known.cursor.clone()),
            is_complete: !page.has_more,
            read_at: now(),
            left_out: known.left_out + page.left_out,
            ..known.clone()
        };
        let is_kept = self.change(|update| {
            let stored = update.tracked_lists()?;
            let stored = stored.into_iter().find(|stored| stored.list == known.list);
            if stored.is_some_and(|stored| stored.cursor != known.cursor) {
                return Ok(false);
            }
            for ticket in page.tickets {
                secrets += put(update, ticket, MentionSource::GitHub)?;
            }
            for rest in page.rest {
                update.set_tracked_rest(&stored_rest(rest))?;
            }
            update.set_tracked_list(&next)?;
            Ok(true)
        })?;
        if is_kept {
            let read = match list {
                GitHubList::PullRequests => &mut self.report.pull_requests,
                GitHubList::Issues => &mut self.report.issues,
            };
            *read += count;
            self.report.left_out += page.left_out;
            self.report.secrets += secrets;
        }
        self.report.forked_from = page.forked_from.or(self.report.forked_from.take());
        let done = self.report.pull_requests + self.report.issues;
        self.reading.progress.report(Stage::Tickets, done as u64, 0);
        Ok(())
    }

    /// Reads parts of tickets that did not fit into a page.
    fn read_rest(&mut self) -> Result<(), TicketsError> {
        loop {
            let next = GraphFile::open(self.graph)?.next_tracked_rest()?;
            let Some(stored) = next else {
                return Ok(());
            };
            let rest = GitHubRest {
                ticket: stored.ticket.clone(),
                part: stored.part.clone(),
                node: stored.node.clone(),
                cursor: stored.cursor.clone(),
            };
            let read = self.github.rest(&rest, &Listener(self.reading));
            let (mut parts, left) = match read {
                // What is left of it comes with the ticket when that changes again.
                Err(GitHubError::OldCursor) => Default::default(),
                read => read?,
            };
            let secrets = clean_parts(&mut parts);
            self.change(|update| {
                // Another reading may have done it meanwhile.
                if !update.take_tracked_rest(&stored)? {
                    return Ok(());
                }
                update.add_tracked(&stored.ticket, &parts)?;
                for rest in left {
                    update.set_tracked_rest(&stored_rest(rest))?;
                }
                Ok(())
            })?;
            self.report.secrets += secrets;
        }
    }

    fn sweep(&self) -> Result<(), TicketsError> {
        self.change(|update| Ok(update.sweep_tracked()?))
    }

    /// One transaction.
    fn change<T>(
        &self,
        work: impl FnOnce(&Update<'_>) -> Result<T, TicketsError>,
    ) -> Result<T, TicketsError> {
        let lock = lock(self.graph, self.reading.patience, self.reading.progress)?;
        let update = Update::begin(&lock)?;
        let done = work(&update)?;
        update.commit()?;
        Ok(done)
    }
}

fn stored_rest(rest: GitHubRest) -> TrackedRest {
    TrackedRest {
        ticket: rest.ticket,
        part: rest.part,
        node: rest.node,
        cursor: rest.cursor,
    }
}

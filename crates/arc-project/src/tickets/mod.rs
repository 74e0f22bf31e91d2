//! Pull requests and issues on their way into the graph, from GitHub or from an exported file, by pages: what came in stays,
//! whatever happens to the rest.

mod export_file;
mod export_line;
mod github;
mod place;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_graph::{MentionSource, TicketParts, TrackedTicket};
use arc_history::GitHubError;
use arc_store::{StoreError, Update, WriteLock};

use crate::progress::Progress;
use crate::redact::redact;

pub use export_file::{BadLine, PullsReport, import_pulls};
pub use github::{GitHubReading, GitHubReport, read_github};
pub use place::{GitHubPlace, PlaceError, find_github};

/// Bytes of a text that are kept; GitHub takes no more.
const MAX_TEXT: usize = 256 << 10;

/// Tickets cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum TicketsError {
    /// GitHub does not give them.
    #[error(transparent)]
    GitHub(GitHubError),
    /// The graph cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An exported file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No line of an exported file is a ticket.
    #[error("{path} has no line that is a pull request or an issue{}", first_of(.bad))]
    NoTickets {
        /// The file.
        path: PathBuf,
        /// What is wrong with its lines.
        bad: Vec<BadLine>,
    },
    /// Whoever watches wanted it to stop.
    #[error("interrupted")]
    Cancelled,
}

impl From<GitHubError> for TicketsError {
    fn from(error: GitHubError) -> TicketsError {
        if matches!(error, GitHubError::Cancelled) {
            TicketsError::Cancelled
        } else {
            TicketsError::GitHub(error)
        }
    }
}

fn first_of(bad: &[BadLine]) -> String {
    bad.first().map_or_else(String::new, |line| {
        format!(": line {}: {}", line.number, line.why)
    })
}

/// Removes everything that GitHub and exported files said from a graph.
///
/// # Errors
/// When the graph cannot be written.
pub fn forget_tickets(
    graph: &Path,
    patience: Duration,
    progress: &dyn Progress,
) -> Result<(), TicketsError> {
    let lock = lock(graph, patience, progress)?;
    let update = Update::begin(&lock)?;
    update.forget_tracked(None)?;
    Ok(update.commit()?)
}

/// The right to write the graph, held for one page only: questions of others update it meanwhile.
fn lock(
    graph: &Path,
    patience: Duration,
    progress: &dyn Progress,
) -> Result<WriteLock, TicketsError> {
    const LOOK: Duration = Duration::from_millis(100);
    let until = Instant::now() + patience;
    loop {
        match WriteLock::acquire(graph, LOOK) {
            Err(StoreError::Locked { .. }) if Instant::now() < until => {
                if progress.is_cancelled() {
                    return Err(TicketsError::Cancelled);
                }
            }
            other => return Ok(other?),
        }
    }
}

/// Puts a ticket into the graph. Gives how many secrets were taken out of its texts.
fn put(
    update: &Update<'_>,
    mut ticket: TrackedTicket,
    source: MentionSource,
) -> Result<usize, StoreError> {
    let mut secrets = clean(&mut ticket.title) + clean(&mut ticket.body);
    secrets += clean_parts(&mut ticket.parts);
    update.put_tracked(&ticket, source)?;
    Ok(secrets)
}

fn clean_parts(parts: &mut TicketParts) -> usize {
    let mut secrets = 0;
    for remark in &mut parts.remarks {
        secrets += clean(&mut remark.body);
        secrets += remark.code.as_mut().map_or(0, clean);
    }
    secrets
}

/// Takes secrets out of a text, and what is beyond its greatest length.
fn clean(text: &mut String) -> usize {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
    }
    let (clean, secrets) = redact(text);
    if secrets > 0 {
        *text = clean.into_owned();
    }
    secrets
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

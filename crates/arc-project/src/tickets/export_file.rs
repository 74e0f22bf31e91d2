//! Tickets from a file that a team exported from its tracker, a JSON object a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use arc_graph::{MentionSource, NodeKind, TrackedTicket};
use arc_store::{TrackedList, Update};

use super::export_line::read_line;
use super::{TicketsError, lock, now, put};
use crate::progress::{Progress, Stage};

/// The name of the list in the graph.
const LIST: &str = "export";
/// Bytes of a line.
const MAX_LINE: usize = 32 << 20;
/// Tickets that are written at once.
const BATCH: usize = 500;
/// Bad lines that are told; the rest is counted.
const MAX_TOLD: usize = 20;

/// A line that is no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub why: String,
}

/// What was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullsReport {
    /// Pull requests.
    pub pull_requests: usize,
    /// Issues.
    pub issues: usize,
    /// Secrets that were taken out of texts.
    pub secrets: usize,
    /// The first lines that are no tickets.
    pub bad: Vec<BadLine>,
    /// How many there are.
    pub bad_count: usize,
}

/// Adds the tickets of an exported file to the graph, which is there. A ticket takes the place of what was known of it. Lines
/// that are no tickets are left out.
///
/// # Errors
/// When the file cannot be read or has no tickets, or the graph cannot be written.
pub fn import_pulls(
    graph: &Path,
    file: &Path,
    patience: Duration,
    progress: &dyn Progress,
) -> Result<PullsReport, TicketsError> {
    let failed = |source| TicketsError::File {
        path: file.to_owned(),
        source,
    };
    let mut lines = Lines {
        input: BufReader::new(File::open(file).map_err(failed)?),
        number: 0,
    };
    let mut report = PullsReport::default();
    let mut batch = Vec::new();
    loop {
        let line = lines.next().map_err(failed)?;
        let is_end = line.is_none();
        if let Some((number, line)) = line {
            match line.and_then(|line| read_line(&line)) {
                Ok(ticket) => batch.push(ticket),
                Err(why) => {
                    report.bad_count += 1;
                    if report.bad.len() < MAX_TOLD {
                        report.bad.push(BadLine { number, why });
                    }
                }
            }
        }
        if batch.len() == BATCH || (is_end && !batch.is_empty()) {
            let lock = lock(graph, patience, progress)?;
            let update = Update::begin(&lock)?;
            write(&update, std::mem::take(&mut batch), &mut report)?;
            update.set_tracked_list(&TrackedList {
                list: LIST.to_owned(),
                origin: file.display().to_string(),
                cursor: None,
                is_complete: is_end,
                read_at: now(),
                left_out: report.bad_count as u64,
            })?;
            if is_end {
                update.sweep_tracked()?;
            }
            update.commit()?;
            let done = report.pull_requests + report.issues;
            progress.report(Stage::Tickets, done as u64, 0);
        }
        if progress.is_cancelled() {
            return Err(TicketsError::Cancelled);
        }
        if is_end {
            break;
        }
    }
    if report.pull_requests + report.issues == 0 {
        return Err(TicketsError::NoTickets {
            path: file.to_owned(),
            bad: report.bad,
        });
    }
    Ok(report)
}

fn write(
    update: &Update<'_>,
    tickets: Vec<TrackedTicket>,
    report: &mut PullsReport,
) -> Result<(), TicketsError> {
    for ticket in tickets {
        if ticket.kind == NodeKind::PullRequest {
            report.pull_requests += 1;
        } else {
            report.issues += 1;
        }
        report.secrets += put(update, ticket, MentionSource::Export)?;
    }
    Ok(())
}

struct Lines<R> {
    input: BufReader<R>,
    number: usize,
}

/// A line with its number; what is wrong with it when it is too long.
type Numbered = (usize, Result<Vec<u8>, String>);

impl<R: Read> Lines<R> {
    /// The next line that is not blank; `None` at the end.
    fn next(&mut self) -> std::io::Result<Option<Numbered>> {
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.input).take(MAX_LINE as u64);
            if limited.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if line.len() == MAX_LINE && line.last() != Some(&b'\n') {
                self.input.skip_until(b'\n')?;
                let why = format!("the line is longer than {} MiB", MAX_LINE >> 20);
                return Ok(Some((self.number, Err(why))));
            }
            let text = match self.number {
                1 => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line),
                _ => &line,
            };
            if !text.trim_ascii().is_empty() {
                return Ok(Some((self.number, Ok(text.to_vec()))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        let text = "\u{feff}a\n\n  \r\nb\r\nc";
        let mut lines = Lines {
            input: BufReader::new(text.as_bytes()),
            number: 0,
        };
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            found.push(format!(
                "{number} {}",
                String::from_utf8_lossy(line.unwrap().trim_ascii())
            ));
        }
        assert_eq!(found, ["1 a", "4 b", "5 c"]);
    }
}

//! `arc history --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{HistoryAnswer, NamedPlace, ToldEvent};
use crate::dates::time_text;
use crate::why::{TicketReport, ticket_report};

/// `arc history --json`.
#[derive(JsonSchema, Serialize)]
pub struct HistoryReport {
    schema: &'static str,
    target: TargetReport,
    events: Vec<EventReport>,
    total: usize,
    truncated: bool,
    summary: SummaryReport,
    /// It is in no commit yet, or differs from what is.
    uncommitted: bool,
    /// The clone is shallow, and the target was followed to its end.
    shallow: bool,
    /// Something was missing or too much: earlier events may be missing.
    partial: bool,
    /// How it looked; only with `--at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<LookedReport>,
}

#[derive(JsonSchema, Serialize)]
struct TargetReport {
    path: String,
    symbol: Option<String>,
    kind: Option<&'static str>,
    line: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct EventReport {
    kind: &'static str,
    commit: String,
    time: String,
    from: Option<PlaceReport>,
    to: Option<PlaceReport>,
    author: String,
    subject: String,
    /// The message says that something was repaired.
    fix: bool,
    url: Option<String>,
    pull_request: Option<TicketReport>,
    added: Option<u32>,
    deleted: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct PlaceReport {
    path: String,
    symbol: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct SummaryReport {
    commits: usize,
    authors: Vec<AuthorReport>,
    pull_requests: usize,
    fixes: usize,
    added: u64,
    deleted: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct AuthorReport {
    name: String,
    commits: usize,
}

#[derive(JsonSchema, Serialize)]
struct LookedReport {
    commit: String,
    path: String,
    symbol: Option<String>,
    line: u32,
    text: String,
}

impl HistoryReport {
    /// The report of an answer.
    #[must_use]
    pub fn new(answer: &HistoryAnswer) -> HistoryReport {
        let summary = &answer.summary;
        HistoryReport {
            schema: "arc.history/1",
            target: TargetReport {
                path: answer.place.path.clone(),
                symbol: answer.place.symbol.clone(),
                kind: answer.kind.map(|kind| kind.as_str()),
                line: answer.line,
            },
            events: answer.events.iter().map(event_report).collect(),
            total: answer.total,
            truncated: answer.total > answer.events.len(),
            summary: SummaryReport {
                commits: summary.commits,
                authors: summary
                    .authors
                    .iter()
                    .map(|(name, commits)| AuthorReport {
                        name: name.clone(),
                        commits: *commits,
                    })
                    .collect(),
                pull_requests: summary.pull_requests,
                fixes: summary.fixes,
                added: summary.added,
                deleted: summary.deleted,
                first: summary.times.map(|(first, _)| time_text(first)),
                last: summary.times.map(|(_, last)| time_text(last)),
            },
            uncommitted: answer.is_uncommitted,
            shallow: answer.is_cut,
            partial: answer.is_partial,
            at: answer.looked.as_ref().map(|looked| LookedReport {
                commit: looked.commit.to_string(),
                path: looked.place.path.clone(),
                symbol: looked.place.symbol.clone(),
                line: looked.line,
                text: looked.text.clone(),
            }),
        }
    }
}

impl HistoryReport {
    /// The report turned around: `count` events after the newest `skipped`.
    #[must_use]
    pub fn newest_first(mut self, skipped: usize, count: usize) -> HistoryReport {
        let events = std::mem::take(&mut self.events).into_iter().rev();
        self.events = events.skip(skipped).take(count).collect();
        self.truncated = skipped + self.events.len() < self.total;
        self
    }
}

fn place_report(place: &NamedPlace) -> PlaceReport {
    PlaceReport {
        path: place.path.clone(),
        symbol: place.symbol.clone(),
    }
}

fn event_report(event: &ToldEvent) -> EventReport {
    EventReport {
        kind: event.kind.as_str(),
        commit: event.commit.to_string(),
        time: time_text(event.time),
        from: event.from.as_ref().map(place_report),
        to: event.to.as_ref().map(place_report),
        author: event.author.clone(),
        subject: event.subject.clone(),
        fix: event.is_fix,
        url: event.url.clone(),
        pull_request: event.pull_request.as_ref().map(ticket_report),
        added: event.lines.map(|(added, _)| added),
        deleted: event.lines.map(|(_, deleted)| deleted),
    }
}

//! `arc why --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::decisions::ToldDecision;
use super::{ToldStep, ToldTicket, WhyAnswer};
use crate::dates::time_text;
use crate::target::Target;

/// `arc why --json`.
#[derive(JsonSchema, Serialize)]
pub struct WhyReport {
    schema: &'static str,
    target: WhyTarget,
    /// A sentence that says why was found for some step.
    reason_recorded: bool,
    steps: Vec<StepReport>,
    total: usize,
    truncated: bool,
    /// Lines of the target that are in no commit.
    uncommitted: Vec<u32>,
    /// None of its lines is in a commit: the steps are those of the lines around it.
    surroundings: bool,
    /// The clone is shallow, and lines were followed to its end.
    shallow: bool,
}

#[derive(JsonSchema, Serialize)]
struct WhyTarget {
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
    end_line: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct StepReport {
    rank: usize,
    role: &'static str,
    lines: Vec<[u32; 2]>,
    commit: CommitReport,
    pull_request: Option<TicketReport>,
    issues: Vec<TicketReport>,
    decisions: Vec<DecisionReport>,
    quote: Option<QuoteReport>,
}

#[derive(JsonSchema, Serialize)]
struct CommitReport {
    id: String,
    time: String,
    author: String,
    subject: String,
    kind: &'static str,
    url: Option<String>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct TicketReport {
    number: u32,
    name: String,
    title: Option<String>,
    url: Option<String>,
    read_in: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct DecisionReport {
    path: String,
    line: u32,
    label: Option<String>,
    title: String,
    status: Option<String>,
    tie: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct QuoteReport {
    text: String,
    source: &'static str,
    at: String,
}

impl WhyReport {
    /// The report without the first `count` steps; ranks stay.
    #[must_use]
    pub fn after(mut self, count: usize) -> WhyReport {
        self.steps.drain(..count.min(self.steps.len()));
        self
    }

    /// The report of an answer.
    #[must_use]
    pub fn new(answer: &WhyAnswer) -> WhyReport {
        WhyReport {
            schema: "arc.why/1",
            target: target_report(&answer.target, answer.lines),
            reason_recorded: answer.steps.iter().any(|step| step.quote.is_some()),
            steps: (1..)
                .zip(&answer.steps)
                .map(|(rank, step)| step_report(rank, step))
                .collect(),
            total: answer.total,
            truncated: answer.total > answer.steps.len(),
            uncommitted: answer.uncommitted.clone(),
            surroundings: answer.surroundings,
            shallow: answer.is_cut,
        }
    }
}

fn target_report(target: &Target, lines: Option<(u32, u32)>) -> WhyTarget {
    let node = &target.node;
    WhyTarget {
        path: node.path.clone(),
        symbol: crate::report::symbol_of(node),
        kind: node.kind.as_str(),
        line: lines.map(|(first, _)| first),
        end_line: lines.map(|(_, last)| last),
    }
}

fn step_report(rank: usize, step: &ToldStep) -> StepReport {
    StepReport {
        rank,
        role: step.role.as_str(),
        lines: line_ranges(&step.lines)
            .into_iter()
            .map(|(first, last)| [first, last])
            .collect(),
        commit: CommitReport {
            id: step.commit.to_string(),
            time: time_text(step.time),
            author: step.author.clone(),
            subject: step.subject.clone(),
            kind: step.kind.as_str(),
            url: step.url.clone(),
        },
        pull_request: step.pull_request.as_ref().map(ticket_report),
        issues: step.issues.iter().map(ticket_report).collect(),
        decisions: step.decisions.iter().map(decision_report).collect(),
        quote: step.quote.as_ref().map(|quote| QuoteReport {
            text: quote.text.clone(),
            source: quote.source.as_str(),
            at: quote.at.clone(),
        }),
    }
}

fn decision_report(decision: &ToldDecision) -> DecisionReport {
    DecisionReport {
        path: decision.path.clone(),
        line: decision.line,
        label: decision.label.clone(),
        title: decision.title.clone(),
        status: decision.status.clone(),
        tie: decision.tie.as_str(),
    }
}

pub(crate) fn ticket_report(ticket: &ToldTicket) -> TicketReport {
    TicketReport {
        number: ticket.number,
        name: ticket.name.clone(),
        title: ticket.title.clone(),
        url: ticket.url.clone(),
        read_in: ticket.source.as_str(),
    }
}

/// Lines that follow each other as first and last.
#[must_use]
pub fn line_ranges(lines: &[u32]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_follow_each_other_are_one_range() {
        assert_eq!(line_ranges(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
    }
}

//! Which decisions stand behind a step of a trail, and the sentence of a decision or change log that says why when the
//! commit and its pull request do not.

use std::path::Path;

use arc_graph::{NameForm, WrittenForm};
use arc_history::{GitHistory, labels_in};
use arc_store::{AboutPlace, GraphFile, StoreError, WrittenRecord};
use arc_trail::{Bearing, Quote, QuoteSource, Role, Said, find_reason};

use super::ToldStep;
use crate::read_file::read_source;

/// Decisions that are told of one step.
const MAX_DECISIONS: usize = 5;
/// Decisions and entries whose texts are read for one sentence.
const MAX_READ: usize = 3;

/// A decision behind a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldDecision {
    /// The file it stands in.
    pub path: String,
    /// Its line there.
    pub line: u32,
    /// `ADR-12`, when it has a number.
    pub label: Option<String>,
    /// What it is called.
    pub title: String,
    /// What became of it, as far as it says.
    pub status: Option<String>,
    /// What ties it to the step.
    pub tie: DecisionTie,
}

/// What ties a decision to a step. The closest tie comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionTie {
    /// The message of the commit, or of the merge of its pull request, names it.
    Message,
    /// A comment at these lines.
    Note,
    /// It is about the symbol.
    Symbol,
    /// The commit wrote it along with the lines.
    Commit,
    /// It is about the file.
    File,
    /// It is about a folder that the file is in.
    Folder,
}

impl DecisionTie {
    /// The name printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DecisionTie::Message => "message",
            DecisionTie::Note => "note",
            DecisionTie::Symbol => "symbol",
            DecisionTie::Commit => "commit",
            DecisionTie::File => "file",
            DecisionTie::Folder => "folder",
        }
    }
}

/// Tells the decisions of each step, and quotes them or a change log where a step has no sentence that says why.
pub(crate) fn tell_decisions(
    graph: &GraphFile,
    root: &Path,
    history: &GitHistory,
    path: &str,
    steps: &mut [ToldStep],
) -> Result<(), StoreError> {
    let about = match graph.file(path)? {
        Some(file) => graph.decisions_about(file.id)?,
        None => Vec::new(),
    };
    let teller = Teller {
        graph,
        root,
        path,
        about,
    };
    for (at, step) in steps.iter_mut().enumerate() {
        let message = history.message(&step.commit);
        let mut said = step.subject.clone();
        if let Some(message) = &message {
            said.push('\n');
            said.push_str(&message.body);
        }
        if let Some(title) = step
            .pull_request
            .as_ref()
            .and_then(|pull| pull.title.as_ref())
        {
            said.push('\n');
            said.push_str(title);
        }
        let found = teller.decisions(step, &said, at == 0)?;
        if step.quote.is_none() {
            step.quote = teller.reason(&found);
        }
        if step.quote.is_none() {
            step.quote = teller.change_log_reason(step)?;
        }
        step.decisions = found
            .into_iter()
            .map(|(tie, record)| told(tie, record))
            .collect();
    }
    Ok(())
}

fn told(tie: DecisionTie, record: WrittenRecord) -> ToldDecision {
    let known = |text: String| (!text.is_empty()).then_some(text);
    ToldDecision {
        path: record.path,
        line: record.line,
        label: known(record.label),
        title: record.title,
        status: known(record.status),
        tie,
    }
}

struct Teller<'a> {
    graph: &'a GraphFile,
    root: &'a Path,
    path: &'a str,
    about: Vec<AboutPlace>,
}

impl Teller<'_> {
    /// The decisions behind a step, closest first. What is about a whole file or folder is told with the first step only.
    fn decisions(
        &self,
        step: &ToldStep,
        said: &str,
        is_first: bool,
    ) -> Result<Vec<(DecisionTie, WrittenRecord)>, StoreError> {
        let mut found = Vec::new();
        for label in labels_in(said) {
            if let [only] = self.graph.decisions_labeled(&label)?.as_slice() {
                found.push((DecisionTie::Message, only.clone()));
            }
        }
        if matches!(step.role, Role::Introduced | Role::Changed) {
            for record in self.graph.decisions_added_by(&step.commit.0)? {
                found.push((DecisionTie::Commit, record));
            }
            for about in &self.about {
                let Some(tie) = self.tie(about, &step.lines, is_first) else {
                    continue;
                };
                let named = match about.record.form {
                    WrittenForm::Note => self.graph.decisions_named_by(about.record.id)?,
                    WrittenForm::Record | WrittenForm::Entry => Vec::new(),
                };
                found.push((tie, about.record.clone()));
                found.extend(named.into_iter().map(|record| (tie, record)));
            }
        }
        found.retain(|(_, record)| {
            !matches!(record.status.as_str(), "rejected" | "withdrawn") && record.path != self.path
                || record.form == WrittenForm::Note
        });
        // A record that holds comes before one that another took the place of.
        found.sort_by(|(tie, record), (other_tie, other)| {
            let is_past = |record: &WrittenRecord| record.status == "superseded";
            (is_past(record), tie, record).cmp(&(is_past(other), other_tie, other))
        });
        let mut kept: Vec<(DecisionTie, WrittenRecord)> = Vec::new();
        for (tie, record) in found {
            if kept.len() < MAX_DECISIONS && kept.iter().all(|(_, known)| known.id != record.id) {
                kept.push((tie, record));
            }
        }
        Ok(kept)
    }

    fn tie(&self, about: &AboutPlace, lines: &[u32], is_first: bool) -> Option<DecisionTie> {
        if let Some(folder) = &about.folder {
            let is_inside = self
                .path
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.starts_with('/'));
            return (is_inside && is_first).then_some(DecisionTie::Folder);
        }
        let Some((first, last)) = about.lines else {
            return is_first.then_some(DecisionTie::File);
        };
        let first = match about.form {
            NameForm::Place => first.min(about.record.line),
            NameForm::Path | NameForm::Symbol | NameForm::Label => first,
        };
        let is_covered = lines.iter().any(|line| (first..=last).contains(line));
        let tie = match about.form {
            NameForm::Place => DecisionTie::Note,
            NameForm::Path | NameForm::Symbol | NameForm::Label => DecisionTie::Symbol,
        };
        is_covered.then_some(tie)
    }

    /// The sentence of a decision that says why.
    fn reason(&self, found: &[(DecisionTie, WrittenRecord)]) -> Option<Quote> {
        let near = found.iter().filter(|(tie, _)| *tie < DecisionTie::File);
        near.take(MAX_READ).find_map(|(_, record)| {
            let body = self.text(record)?;
            let said = Said {
                bearing: Bearing::Own,
                source: QuoteSource::Decision,
                at: format!("{}:{}", record.path, record.line),
                title: "",
                body: &body,
            };
            find_reason(&[said], None)
        })
    }

    /// The sentence of a change log about the pull request or an issue of a step.
    fn change_log_reason(&self, step: &ToldStep) -> Result<Option<Quote>, StoreError> {
        let tickets = step.pull_request.iter().chain(&step.issues);
        for ticket in tickets.filter(|ticket| ticket.name.starts_with('#')) {
            for entry in self
                .graph
                .entries_naming(ticket.number)?
                .iter()
                .take(MAX_READ)
            {
                let Some(body) = self.text(entry) else {
                    continue;
                };
                let said = Said {
                    bearing: Bearing::Own,
                    source: QuoteSource::ChangeLog,
                    at: format!("{}:{}", entry.path, entry.line),
                    title: "",
                    body: &body,
                };
                let quote = find_reason(&[said], None);
                if quote
                    .as_ref()
                    .is_some_and(|quote| !blames(&quote.text, ticket.number))
                {
                    return Ok(quote);
                }
            }
        }
        Ok(None)
    }

    /// What is written there now, without the marks of comments and items; of a record what it decides comes first.
    fn text(&self, record: &WrittenRecord) -> Option<String> {
        let bytes = read_source(&self.root.join(&record.path)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let (first, last) = (record.line.max(1) as usize, record.end_line as usize);
        let lines = text.lines().take(last).skip(first - 1);
        let mut body = String::new();
        match record.form {
            WrittenForm::Record => Some(deciding_first(&lines.collect::<Vec<_>>())),
            WrittenForm::Note => {
                let marks = |letter: char| {
                    !letter.is_alphanumeric() && !matches!(letter, '`' | '"' | '(' | '[')
                };
                for line in lines {
                    body.push_str(line.trim().trim_start_matches(marks).trim_end_matches("*/"));
                    body.push('\n');
                }
                let said = ["DECISION:", "decision:", "decision "]
                    .iter()
                    .find_map(|mark| body.strip_prefix(mark));
                Some(said.unwrap_or(&body).to_owned())
            }
            WrittenForm::Entry => {
                for line in lines {
                    body.push_str(line.trim_start());
                    body.push('\n');
                }
                // An entry is an item of the log and by itself a text.
                let text = body.strip_prefix(['-', '*', '+', '•']).unwrap_or(&body);
                Some(text.trim_start().to_owned())
            }
        }
    }
}

/// Whether a sentence says that a ticket did harm: then it is about what was done later.
fn blames(sentence: &str, number: u32) -> bool {
    let harm = [
        "regression",
        "introduced in",
        "introduced by",
        "broken by",
        "broken in",
    ];
    let lower = sentence.to_lowercase();
    let names = |word: &str| word.parse() == Ok(number);
    let mut numbers = sentence.split(|letter: char| !letter.is_ascii_digit());
    numbers.any(names) && harm.iter().any(|harm| lower.contains(harm))
}

/// The sections of a record that say what is decided, and only if there are none all of it.
fn deciding_first(lines: &[&str]) -> String {
    let is_heading = |line: &str| line.starts_with('#');
    let mut deciding = String::new();
    let mut is_deciding = false;
    for line in lines {
        if is_heading(line) {
            let lower = line.to_lowercase();
            is_deciding = lower.contains("decision") || lower.contains("outcome");
        } else if is_deciding {
            deciding.push_str(line);
            deciding.push('\n');
        }
    }
    if deciding.trim().is_empty() {
        lines.join("\n")
    } else {
        deciding
    }
}

//! One fault of one file as a question to a model, and the edits in its answer.

use std::fmt::Write as _;
use std::path::Path;

use arc_project::{AskError, GraphFile, ask_slice, find_target};

use crate::assistant::{AnswerError, converse};
use crate::edit::{applied, read_answer};
use crate::generate::{MAX_AROUND, edits_schema, surroundings};
use crate::model::{Budget, ChatModel, ChatRequest, Finish, Message, Role, Watch, tokens};
use crate::prompt::{DATA_RULE, fenced};

/// Tokens of the file that are shown; of a longer one the lines around the fault.
const MAX_FILE: usize = 24_000;
/// Lines around the fault that are shown of a longer file.
const AROUND: usize = 200;
/// Tokens of what the file uses and what uses it.
const MAX_SLICE: usize = 6_000;
/// Tokens of an answer.
const MAX_ANSWER: u32 = 4_096;

const INSTRUCTIONS: &str = "You repair one fault in one file of a software project. You get what a command said, the file, and what the graph of \
the project knows around it. Make the smallest edit that repairs the cause, in this file only. Use only names that the shown code has or that its \
language and its dependencies surely have. Never make the command succeed by hiding the fault: no exit, no swallowed exception, no skipped or \
weakened check, no switched-off warning, no special case for the input that fails. Your edit is read by the language's own parser, the command and \
the tests are run with it, and what fails comes back to you. When the fault is not in this file, say so and answer with no edits.\n\
Answer with one JSON object: {\"summary\": what was wrong and what the edit does, in one sentence, \"edits\": [{\"path\", \"old\", \"new\"}]}. Each \
old text must stand in the file exactly once, letter for letter with its indentation; quote as many whole lines as make it the only one. A unified \
diff is a good answer as well.";

/// A fault.
#[derive(Clone, Copy, Debug)]
pub struct RepairOrder<'a> {
    /// The file, relative to the root.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The command that is to succeed.
    pub command: &'a str,
    /// What tools said is wrong, one fault a line.
    pub said: &'a str,
    /// The line of the fault, from 1, where it is known.
    pub line: Option<u32>,
    /// What the command printed.
    pub output: &'a str,
    /// What was proposed before, as diffs, and why it was not taken.
    pub failed: &'a [(String, String)],
}

/// The file as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The whole text.
    pub text: String,
    /// What the edit does, in the words of the model.
    pub summary: String,
}

/// The question about a fault. Without a graph nothing around the file is known.
///
/// # Errors
/// When the graph cannot be read.
pub fn repair_request(
    graph: Option<&GraphFile>,
    root: &Path,
    order: &RepairOrder<'_>,
) -> Result<ChatRequest, AskError> {
    let mut text = format!("File: {}\n", order.path);
    let _ = writeln!(text, "The command:\n{}", fenced("command", order.command));
    let _ = writeln!(
        text,
        "What is wrong:\n{}",
        fenced("diagnostics", order.said)
    );
    let _ = writeln!(text, "What it printed:\n{}", fenced("output", order.output));
    text.push_str(&shown(order));
    if let Some(graph) = graph {
        text.push_str(&around(graph, root, order)?);
    }
    for (diff, why) in order.failed {
        let _ = writeln!(
            text,
            "This was proposed before:\n{}\nIt was not taken:\n{}",
            fenced("proposal", diff),
            fenced("reason", why)
        );
    }
    if !order.failed.is_empty() {
        text.push_str("The file is as it is shown. Answer with another edit.\n");
    }
    Ok(ChatRequest {
        messages: vec![
            Message::new(Role::System, format!("{INSTRUCTIONS}\n\n{DATA_RULE}")),
            Message::new(Role::User, text),
        ],
        tools: Vec::new(),
        schema: Some(("edits".to_owned(), edits_schema())),
        max_tokens: MAX_ANSWER,
    })
}

/// The file, or the lines around the fault.
fn shown(order: &RepairOrder<'_>) -> String {
    if tokens(order.text) <= MAX_FILE {
        return format!("The file:\n{}\n", fenced(order.path, order.text));
    }
    let line = order.line.unwrap_or(1) as usize;
    let first = line.saturating_sub(AROUND).max(1);
    let part: Vec<&str> = order
        .text
        .lines()
        .skip(first - 1)
        .take(2 * AROUND)
        .collect();
    let part = fenced(order.path, &part.join("\n"));
    format!("The file is too long to be shown whole; this is it from line {first} on:\n{part}\n")
}

/// What the place of the fault uses, and what uses it.
fn around(graph: &GraphFile, root: &Path, order: &RepairOrder<'_>) -> Result<String, AskError> {
    if graph.file(order.path)?.is_none() {
        return Ok(String::new());
    }
    let place = match order.line {
        Some(line) => format!("{}:{line}", order.path),
        None => order.path.to_owned(),
    };
    // A line that the graph does not know, since the file differs, is one of the file.
    let target = find_target(graph, "", &place).or_else(|_| find_target(graph, "", order.path))?;
    let slice = ask_slice(graph, root, &[target], MAX_SLICE)?;
    Ok(surroundings(&[order.path.to_owned()], &slice, MAX_AROUND))
}

/// Asks for the repair. An answer that is no edit of the file is told in words that the next question may have.
///
/// # Errors
/// When the model cannot be asked, or does not want to answer.
pub fn ask_repair(
    request: ChatRequest,
    order: &RepairOrder<'_>,
    (model, budget): (&dyn ChatModel, &Budget),
    watch: &dyn Watch,
) -> Result<Result<Repaired, String>, AnswerError> {
    let reply = converse(request, (model, None, budget), watch)?;
    if reply.finish == Finish::Length {
        return Ok(Err(
            "the answer broke off at its longest: make a smaller edit".to_owned(),
        ));
    }
    let read = |path: &str| match path == order.path {
        true => Ok(Some(order.text.to_owned())),
        false => Err(format!("is not {}: only that file is repaired", order.path)),
    };
    let changed =
        read_answer(&reply.text, Some(order.path)).and_then(|proposal| applied(&proposal, &read));
    Ok(match changed {
        Ok(candidate) => match candidate.files.into_iter().next() {
            Some(file) => Ok(Repaired {
                text: file.new,
                summary: candidate.summary,
            }),
            None => Err("the edits change nothing".to_owned()),
        },
        Err(error) => Err(error.to_string()),
    })
}

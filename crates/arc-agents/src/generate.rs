//! The generator: from a task, what a review found and what a change would reach to a question, and from the answer to edits.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use arc_project::{
    AskError, GraphFile, SearchOptions, Slice, ask_search, ask_slice, find_target, source_text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::lessons::lessons;
use crate::model::{ChatRequest, Message, Role, ToolSpec, tokens};
use crate::prompt::{DATA_RULE, fenced};
use crate::told::{ToldImpact, ToldReview, ToldRow};

/// Tokens of one file that are shown; of a longer one the parts around what matters.
const MAX_FILE: usize = 24_000;
/// Lines around a place that are shown of a longer file.
const AROUND: usize = 60;
/// Tokens of all other files.
const MAX_OTHERS: usize = 12_000;
/// Tokens of parts of files around them.
pub(crate) const MAX_AROUND: usize = 4_000;
/// Files that are shown when none is named.
const MAX_FOUND: usize = 4;
/// Rows of an impact that are shown.
const MAX_ROWS: usize = 25;
/// Findings that are shown.
const MAX_FINDINGS: usize = 40;
/// Tokens of an answer.
const MAX_ANSWER: u32 = 8_192;

const INSTRUCTIONS: &str = "You change code of a software project. You get files, what a review found, and who uses the code. Make the \
smallest change that does what is asked. Use only names that the shown code has or that its language and its dependencies surely have: \
every name is looked up. Keep names and parameters of what others use, or change all users along, definitions before their users. Never delete, skip or weaken a test; new \
tests are welcome. Your change is checked against the graph of the project and run; what fails comes back to you.\n\
Answer with one JSON object: {\"summary\": what the change does, in one sentence, \"edits\": [{\"path\", \"old\", \"new\"}]}. Each \
old text must stand in its file exactly once, letter for letter with its indentation; quote as many whole lines as make it the only one. An empty \
old text makes a new file. A unified diff is a good answer as well.";

/// What the question says of a file of which it has parts alone.
const IN_PARTS: &str = "is too long to be shown whole";

const FREE_TASK: &str = "Make this file better: repair what is wrong first, then simplify. What it does for others stays the same.";

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The file that is to be changed; nothing when the task says where.
    pub target: Option<String>,
    /// In plain words; nothing for whatever the review found.
    pub task: Option<String>,
    /// What a review found.
    pub review: ToldReview,
    /// What a change reaches.
    pub impact: ToldImpact,
    /// Tests may be changed.
    pub changes_tests: bool,
    /// How often the room for what is shown was halved, because the model reads less.
    pub halved: u32,
}

impl Order {
    /// What is left of a number of tokens.
    fn room(&self, tokens: usize) -> usize {
        tokens >> self.halved
    }

    /// Tokens of the file that is changed, at most.
    pub(crate) fn file_room(&self) -> usize {
        self.room(MAX_FILE)
    }
}

/// Why an attempt was not kept, for the model's next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Feedback {
    /// What was answered.
    pub(crate) answer: String,
    /// What is wrong with it.
    pub(crate) reasons: Vec<String>,
    /// What a run printed.
    pub(crate) output: String,
    /// Nothing speaks against it but how it is written.
    #[serde(default)]
    pub(crate) is_good: bool,
}

/// The question of an order.
///
/// # Errors
/// When the graph cannot be read.
pub fn order_request(
    graph: &GraphFile,
    root: &Path,
    order: &Order,
    tools: &[ToolSpec],
) -> Result<ChatRequest, AskError> {
    let mut text = String::new();
    let task = order.task.as_deref().unwrap_or(FREE_TASK);
    let _ = writeln!(text, "Task: {task}");
    if let Some(target) = &order.target {
        let _ = writeln!(text, "File: {target}");
    }
    if order.changes_tests {
        text.push_str("Tests may be changed where they say what is not right any more.\n");
    }
    text.push_str(&shown_files(graph, root, order)?);
    text.push_str(&findings(order));
    text.push_str(&dependents(graph, root, order)?);
    text.push_str(&lessons(graph, root, order.target.as_deref())?);
    Ok(ChatRequest {
        messages: vec![
            Message::new(Role::System, format!("{INSTRUCTIONS}\n\n{DATA_RULE}")),
            Message::new(Role::User, text),
        ],
        tools: tools.to_vec(),
        // A model that may call tools cannot be held to a schema by every server.
        schema: tools
            .is_empty()
            .then(|| ("edits".to_owned(), edits_schema())),
        max_tokens: MAX_ANSWER >> order.halved.min(2),
    })
}

/// Whether a question has parts of a file alone.
pub(crate) fn is_in_parts(request: &ChatRequest) -> bool {
    let mut messages = request.messages.iter();
    messages.any(|message| message.text.contains(IN_PARTS))
}

/// The question with what was wrong with the last answer.
pub(crate) fn with_feedback(mut request: ChatRequest, feedback: &Feedback) -> ChatRequest {
    // Only the last answer goes along: earlier ones were worse or the same, and cost the budget.
    request
        .messages
        .push(Message::new(Role::Assistant, feedback.answer.clone()));
    let mut text = if feedback.is_good {
        "That change is good, and is kept if no better one comes. It is not written as the code around it:\n"
    } else {
        "That change is not kept:\n"
    }
    .to_owned();
    for reason in &feedback.reasons {
        let _ = writeln!(text, "- {reason}");
    }
    if !feedback.output.is_empty() {
        let _ = writeln!(
            text,
            "What the run printed:\n{}",
            fenced("output", &feedback.output)
        );
    }
    text.push_str(
        "The files are as they were shown first. Answer with a whole new change, as before.",
    );
    request.messages.push(Message::new(Role::User, text));
    request
}

/// The files of an order: the target and those with findings, or those that the words of the task lead to.
fn shown_files(graph: &GraphFile, root: &Path, order: &Order) -> Result<String, AskError> {
    let mut paths: Vec<String> = order.target.iter().cloned().collect();
    if paths.is_empty() {
        let named = order
            .review
            .findings
            .iter()
            .map(|finding| finding.path.clone());
        paths.extend(named.chain(order.impact.paths().map(str::to_owned)));
        paths.extend(found_files(graph, order.task.as_deref().unwrap_or(""))?);
        let mut seen = BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        paths.truncate(MAX_FOUND);
    }
    let slice = slice_of(graph, root, &paths, order.file_room())?;
    let mut text = String::new();
    for (at, path) in paths.iter().enumerate() {
        // A file that the graph does not know, is gone or no text is not shown: edits of it are refused.
        let is_known = graph.file(path)?.is_some();
        let Some(source) = is_known.then(|| source_text(root, path).ok()).flatten() else {
            let _ = writeln!(text, "{path} cannot be shown.");
            continue;
        };
        let room = if at == 0 {
            order.file_room()
        } else {
            order.room(MAX_OTHERS).saturating_sub(tokens(&text))
        };
        text.push_str(&shown_file(path, &source, room, (order, &slice)));
    }
    text.push_str(&surroundings(&paths, &slice, order.room(MAX_AROUND)));
    Ok(text)
}

/// What matters to whoever changes these files, beside them.
fn slice_of(
    graph: &GraphFile,
    root: &Path,
    paths: &[String],
    room: usize,
) -> Result<Slice, AskError> {
    let mut targets = Vec::new();
    for path in paths {
        if graph.file(path)?.is_some() {
            targets.push(find_target(graph, "", path)?);
        }
    }
    ask_slice(graph, root, &targets, room)
}

/// Parts of other files: what the shown ones use, and who uses them.
pub(crate) fn surroundings(shown: &[String], slice: &Slice, mut room: usize) -> String {
    let mut text = String::new();
    let others = slice
        .parts
        .iter()
        .filter(|part| !shown.contains(&part.path));
    for part in others {
        let needed = tokens(&part.text);
        if needed > room {
            continue;
        }
        room -= needed;
        let _ = writeln!(
            text,
            "{}:{} ({})\n{}",
            part.path,
            part.first,
            part.role.as_str(),
            part.text
        );
    }
    let mut told = String::new();
    // What models did before is told by the lessons.
    let lessons = ["rejected", "failed"];
    let incidents = slice.incidents.iter();
    for incident in incidents.filter(|incident| !lessons.contains(&incident.kind)) {
        let (kind, about) = (incident.kind, &incident.about);
        let _ = writeln!(told, "{} {kind} {about}: {}", incident.path, incident.text);
    }
    if !told.is_empty() {
        told = format!(
            "What went wrong there before:\n{}\n",
            fenced("incidents", &told)
        );
    }
    let mut decided = String::new();
    for reason in &slice.trail {
        let (kind, about) = (reason.kind, &reason.about);
        let _ = writeln!(decided, "{} {kind} {about}: {}", reason.path, reason.text);
    }
    if !decided.is_empty() {
        let fenced = fenced("trail", &decided);
        told =
            format!("{told}What was decided about it, and how it came to be as it is:\n{fenced}\n");
    }
    let mut usual = String::new();
    for convention in &slice.conventions {
        let _ = writeln!(usual, "{} {}", convention.text, convention.at.join(" "));
    }
    if !usual.is_empty() {
        let fenced = fenced("conventions", &usual);
        told = format!("{told}How the code around it does things; do it the same way:\n{fenced}\n");
    }
    if text.is_empty() {
        return told;
    }
    format!(
        "{told}Parts of other files that it uses, or that use it:\n{}\n",
        fenced("slice", &text)
    )
}

/// Files that are named in a task, then those of definitions that its words name.
fn found_files(graph: &GraphFile, task: &str) -> Result<Vec<String>, AskError> {
    let mut found = Vec::new();
    let words = task.split(|letter: char| letter.is_whitespace() || "`'\"(),;".contains(letter));
    for word in words
        .clone()
        .map(|word| word.trim_end_matches(['.', ':', '?', '!']))
    {
        if word.contains(['.', '/']) && graph.file(word)?.is_some() {
            found.push(word.to_owned());
        }
    }
    let options = SearchOptions {
        limit: 3,
        ..SearchOptions::default()
    };
    // A word that looks like code says more than one of the language that people speak.
    let is_code = |word: &&str| {
        word.contains('_') || word.chars().skip(1).any(char::is_uppercase) || word.ends_with("()")
    };
    let (code, prose): (Vec<&str>, Vec<&str>) =
        words.filter(|word| word.len() > 3).partition(is_code);
    for word in code.into_iter().chain(prose) {
        let (nodes, _) = ask_search(graph, word.trim_end_matches("()"), &options)?;
        found.extend(
            nodes
                .into_iter()
                .filter(|node| !node.is_test)
                .filter_map(|node| node.path),
        );
    }
    Ok(found)
}

fn shown_file(path: &str, source: &str, room: usize, (order, slice): (&Order, &Slice)) -> String {
    if tokens(source) <= room {
        return format!("{}\n", fenced(path, source));
    }
    let places: BTreeSet<usize> = order
        .review
        .findings
        .iter()
        .filter(|finding| finding.path == path)
        .filter_map(|finding| Some(finding.line? as usize))
        .collect();
    // Around what was found everything; else the heads of all definitions.
    let heads: BTreeSet<usize> = slice
        .parts
        .iter()
        .filter(|part| part.path == path)
        .flat_map(|part| part.first as usize..=part.last as usize)
        .collect();
    let mut text = String::new();
    let mut last = 0;
    for (number, line) in (1_usize..).zip(source.lines()) {
        let near = number.saturating_sub(AROUND)..=number + AROUND;
        if places.range(near).next().is_none() && !heads.contains(&number) {
            continue;
        }
        if tokens(&text) > room {
            break;
        }
        if number != last + 1 {
            let _ = writeln!(text, "[from line {number}]");
        }
        last = number;
        text.push_str(line);
        text.push('\n');
    }
    format!(
        "{path} {IN_PARTS}; these are parts of it:\n{}\n",
        fenced(path, &text)
    )
}

fn findings(order: &Order) -> String {
    if order.review.findings.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for finding in order.review.findings.iter().take(order.room(MAX_FINDINGS)) {
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let _ = writeln!(
            text,
            "{} {} {}{line} {}{}",
            finding.severity,
            finding.kind,
            finding.path,
            finding.message,
            finding
                .explanation
                .as_ref()
                .map_or_else(String::new, |said| format!(" ({said})"))
        );
    }
    format!("Findings of the review:\n{}\n", fenced("review", &text))
}

fn dependents(graph: &GraphFile, root: &Path, order: &Order) -> Result<String, AskError> {
    let (impact, most) = (&order.impact, order.room(MAX_ROWS));
    if impact.impacted.is_empty() && impact.tests.is_empty() {
        return Ok(String::new());
    }
    let mut text = String::new();
    for row in impact.impacted.iter().take(most) {
        let why = row.reasons.first().map_or("", |reason| &reason.text);
        let _ = writeln!(text, "{} {why}", place(row));
        for at in row.reasons.iter().flat_map(|reason| &reason.at).take(2) {
            if let Some(line) = quoted(graph, root, at)? {
                let _ = writeln!(text, "    {at} {line}");
            }
        }
    }
    for row in impact.tests.iter().take(most) {
        let _ = writeln!(text, "test {}", place(row));
    }
    Ok(format!(
        "Who uses it, most affected first, and its tests:\n{}\n",
        fenced("impact", &text)
    ))
}

fn place(row: &ToldRow) -> String {
    let path = row.path.as_deref().unwrap_or("");
    match (&row.symbol, row.line) {
        (Some(symbol), Some(line)) => format!("{path}:{line} {symbol}"),
        (Some(symbol), None) => format!("{path} {symbol}"),
        (None, _) => path.to_owned(),
    }
}

/// The line of a place, if it is one of a file that the graph knows: reports may come from anywhere.
fn quoted(graph: &GraphFile, root: &Path, at: &str) -> Result<Option<String>, AskError> {
    let place = at.rsplit_once(':');
    let Some((path, line)) = place.and_then(|(path, line)| Some((path, line.parse().ok()?))) else {
        return Ok(None);
    };
    if graph.file(path)?.is_none() {
        return Ok(None);
    }
    // What cannot be read any more is not quoted.
    let text = source_text(root, path).unwrap_or_default();
    let line = usize::checked_sub(line, 1).and_then(|line| text.lines().nth(line));
    Ok(line.map(|line| line.trim().to_owned()))
}

pub(crate) fn edits_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["summary", "edits"],
        "properties": {
            "summary": text,
            "edits": {"type": "array", "items": {
                "type": "object", "additionalProperties": false, "required": ["path", "old", "new"],
                "properties": {"path": text, "old": text, "new": text},
            }},
        },
    })
}

//! What the graph knows of one commit, as JSON.

use arc_store::GraphFile;
use serde::Serialize;

use crate::ask::AskError;
use crate::dates::time_text;

/// Files of one commit that are listed.
const MAX_FILES: usize = 200;

/// A commit and the files that it changed.
#[derive(Serialize)]
pub struct CommitAnswer {
    id: String,
    time: String,
    author: String,
    subject: String,
    pull_request: Option<String>,
    files: Vec<String>,
    total: usize,
    truncated: bool,
}

/// A commit by its hash or the start of it.
///
/// # Errors
/// [`AskError::NotFound`] when there is none, or several begin so; or the graph cannot be read.
pub fn ask_commit(graph: &GraphFile, text: &str) -> Result<CommitAnswer, AskError> {
    let missing = || AskError::NotFound {
        target: format!("commit {text}"),
        nearest: Vec::new(),
    };
    let is_hex = (4..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let found = if is_hex {
        graph.commits_starting(&text.to_ascii_lowercase())?
    } else {
        Vec::new()
    };
    let [hash] = found.as_slice() else {
        return Err(missing());
    };
    let record = graph.commit(hash)?.ok_or_else(missing)?;
    let mut files = graph.files_of_commit(hash)?;
    let total = files.len();
    files.truncate(MAX_FILES);
    Ok(CommitAnswer {
        id: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        time: time_text(record.time),
        author: record.author,
        subject: record.subject,
        pull_request: record
            .pull
            .map(|(ticket, _)| format!("{}{}", ticket.sign, ticket.number)),
        truncated: total > files.len(),
        files,
        total,
    })
}

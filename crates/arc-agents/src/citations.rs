//! The places that an answer refers to, and whether they are there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use arc_project::{AskError, GraphFile, source_bytes};
use regex::Regex;

/// A place that an answer refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// As the answer writes it.
    pub text: String,
    /// It is there, and the model has seen it.
    pub is_good: bool,
    /// What is wrong with it, or nothing.
    pub why: &'static str,
}

static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([A-Za-z0-9_@+./-]*[A-Za-z0-9_]):(\d{1,7})\b").expect("a test uses the form")
});
static COMMIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[0-9a-f]{7,40}\b").expect("a test uses the form"));
static TICKET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s(\[])#(\d{1,7})\b").expect("a test uses the form"));

/// The places that `answer` refers to: `path:line`, commits, `#12`. Good are those that exist and of which `seen`, all that
/// the model was shown, tells.
///
/// # Errors
/// When the graph cannot be read.
pub(crate) fn check_citations(
    graph: &GraphFile,
    root: &Path,
    answer: &str,
    seen: &str,
) -> Result<Vec<Citation>, AskError> {
    let mut found = BTreeSet::new();
    for place in PLACE.captures_iter(answer) {
        let (path, line) = (&place[1], &place[2]);
        // `12:30`, `http://host:80`.
        let is_path = path.contains(['.', '/']) || graph.file(path)?.is_some();
        if is_path && !path.starts_with("//") {
            let why = place_fault(graph, root, path, line, seen)?;
            found.insert(citation(&place[0], why));
        }
    }
    for commit in COMMIT.find_iter(answer) {
        let text = commit.as_str();
        if !text.bytes().any(|byte| byte.is_ascii_digit())
            || !text.bytes().any(|byte| byte.is_ascii_alphabetic())
        {
            continue;
        }
        let why = if graph.commits_starting(text)?.is_empty() {
            "no commit begins so"
        } else if !seen.contains(text) {
            "it was not looked at"
        } else {
            ""
        };
        found.insert(citation(text, why));
    }
    for ticket in TICKET.captures_iter(answer) {
        let text = format!("#{}", &ticket[1]);
        let why = if seen.contains(&text) || seen.contains(&format!("\"number\":{}", &ticket[1])) {
            ""
        } else {
            "it was not looked at"
        };
        found.insert(citation(&text, why));
    }
    Ok(found.into_iter().collect())
}

fn citation(text: &str, why: &'static str) -> Citation {
    Citation {
        text: text.to_owned(),
        is_good: why.is_empty(),
        why,
    }
}

fn place_fault(
    graph: &GraphFile,
    root: &Path,
    path: &str,
    line: &str,
    seen: &str,
) -> Result<&'static str, AskError> {
    if graph.file(path)?.is_none() {
        return Ok("no such file");
    }
    // A file that is gone since has no lines.
    let text = source_bytes(root, path).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).lines().count();
    let line: usize = line.parse().unwrap_or(usize::MAX);
    Ok(if line == 0 || line > lines {
        "no such line"
    } else if !seen.contains(path) {
        "it was not looked at"
    } else {
        ""
    })
}

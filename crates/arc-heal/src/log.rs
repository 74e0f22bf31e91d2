//! `healing.jsonl`: what happened, one event a line, each line with the hash of the one before. Secrets are blotted out.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_project::time_text;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::HealError;
use crate::inside::{appending, made_sessions, sessions};
use crate::journal::digest;

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A fault was found.
    ErrorDetected,
    /// Repairs were looked for.
    AnalysisComplete,
    /// A repair was made up.
    FixGenerated,
    /// A repair is in place.
    FixApplied,
    /// A repair passed all checks.
    FixValidated,
    /// A repair did not pass.
    FixFailed,
    /// A change was taken back.
    RollbackPerformed,
    /// A session ended.
    HealingComplete,
    /// A person has to decide.
    ManualInterventionRequired,
}

impl Event {
    /// The word in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Event::ErrorDetected => "error_detected",
            Event::AnalysisComplete => "analysis_complete",
            Event::FixGenerated => "fix_generated",
            Event::FixApplied => "fix_applied",
            Event::FixValidated => "fix_validated",
            Event::FixFailed => "fix_failed",
            Event::RollbackPerformed => "rollback_performed",
            Event::HealingComplete => "healing_complete",
            Event::ManualInterventionRequired => "manual_intervention_required",
        }
    }
}

/// What a log says, and whether anybody changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The events, oldest first.
    pub events: Vec<Value>,
    /// The first line whose hash does not follow from the lines before, counted from 1.
    pub broken_at: Option<usize>,
}

/// The log of a project.
pub(crate) struct Log {
    root: PathBuf,
    session: String,
}

impl Log {
    pub(crate) fn new(root: &Path, session: &str) -> Log {
        Log {
            root: root.to_owned(),
            session: session.to_owned(),
        }
    }

    /// Appends events under a lock, so that two sessions at once keep the chain whole.
    pub(crate) fn append(&self, events: &[(Event, Value)]) -> Result<(), HealError> {
        let path = made_sessions(&self.root)?.join(NAME);
        let failed = |source| HealError::Write {
            path: path.clone(),
            source,
        };
        let mut file = appending(&path).map_err(failed)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| failed(error.into()))?;
        // A crash may have cut a letter in two.
        let mut before = Vec::new();
        file.read_to_end(&mut before).map_err(failed)?;
        let before = String::from_utf8_lossy(&before);
        let (mut number, mut last) = end_of(&before);
        let mut lines = String::new();
        if !before.is_empty() && !before.ends_with('\n') {
            // A crash left half a line; it stays, and ends here.
            lines.push('\n');
        }
        for (event, details) in events {
            number += 1;
            let line = chained(number, &self.session, *event, details, &last);
            last = hash_of(&line).unwrap_or_default();
            lines.push_str(&line);
            lines.push('\n');
        }
        file.write_all(lines.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }
}

/// What the log is called, in the folder of the sessions.
const NAME: &str = "healing.jsonl";

/// Reads and checks the log of a project; a project without one has no events.
///
/// # Errors
/// When it cannot be read.
pub fn read_log(root: &Path) -> Result<Told, HealError> {
    let path = sessions(root).map(|folder| folder.join(NAME));
    let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|meta| meta.is_file());
    let text = match path.filter(is_file) {
        Some(path) => match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(source) => return Err(HealError::Read { path, source }),
        },
        None => String::new(),
    };
    let mut told = Told {
        events: Vec::new(),
        broken_at: None,
    };
    let mut last = String::new();
    for (at, line) in text.lines().enumerate() {
        let event: Option<Map<String, Value>> = serde_json::from_str(line).ok();
        let is_sound = event.as_ref().is_some_and(|event| {
            event.get("prev").and_then(Value::as_str) == Some(&last)
                && event.get("hash").and_then(Value::as_str) == Some(&seal(event))
        });
        if !is_sound && told.broken_at.is_none() {
            told.broken_at = Some(at + 1);
        }
        last = hash_of(line).unwrap_or_default();
        told.events.extend(event.map(Value::Object));
    }
    Ok(told)
}

fn chained(number: u64, session: &str, event: Event, details: &Value, last: &str) -> String {
    let mut line = Map::new();
    line.insert("seq".to_owned(), json!(number));
    line.insert("time".to_owned(), json!(now_text()));
    line.insert("session".to_owned(), json!(session));
    line.insert("event".to_owned(), json!(event.as_str()));
    line.insert("details".to_owned(), redacted(details));
    line.insert("prev".to_owned(), json!(last));
    let hash = seal(&line);
    line.insert("hash".to_owned(), json!(hash));
    Value::Object(line).to_string()
}

/// The hash of a line without its own hash.
fn seal(line: &Map<String, Value>) -> String {
    let mut open = line.clone();
    open.remove("hash");
    digest(Value::Object(open).to_string().as_bytes())
}

fn hash_of(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    Some(line.get("hash")?.as_str()?.to_owned())
}

/// The number and hash of the last whole line.
fn end_of(text: &str) -> (u64, String) {
    let number = text.lines().count() as u64;
    (
        number,
        text.lines()
            .next_back()
            .and_then(hash_of)
            .unwrap_or_default(),
    )
}

/// Now, in words that sort.
pub(crate) fn now_text() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
    time_text(seconds)
}

/// The value with all texts in it freed of secrets.
pub(crate) fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_secrets(text)),
        Value::Array(items) => Value::Array(items.iter().map(redacted).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), redacted(value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A text in which passwords, keys and tokens are blotted out. A log is kept longer than anybody thinks of it, so beside what looks
/// like a secret everything goes that is called one.
pub(crate) fn without_secrets(text: &str) -> String {
    static CALLED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)((?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)["']?\s*[:=]\s*["']?)(?:bearer\s+)?[^\s"',;]{4,}"#)
            .expect("the expression is tested")
    });
    let (text, _) = arc_project::redact(text);
    CALLED.replace_all(&text, "${1}[redacted]").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_breaks_the_chain() {
        let project = tempfile::tempdir().expect("a folder");
        let log = Log::new(project.path(), "s1");
        let events = [
            (Event::ErrorDetected, json!({"class": "syntax"})),
            (Event::HealingComplete, json!({})),
        ];
        log.append(&events).expect("written");
        log.append(&events).expect("written");
        let told = read_log(project.path()).expect("read");
        assert_eq!((told.events.len(), told.broken_at), (4, None));
        let path = project.path().join(".arc/heal").join(NAME);
        let forged = fs::read_to_string(&path)
            .expect("read")
            .replacen("syntax", "import", 1);
        fs::write(&path, forged).expect("written");
        assert_eq!(read_log(project.path()).expect("read").broken_at, Some(1));
    }

    #[test]
    fn secrets_are_blotted_out() {
        for text in [
            "password = hunter22",
            "AWS AKIAABCDEFGHIJKLMNOP",
            "Authorization: Bearer abcdefgh",
            "https://me:hunter22@host/x",
            "ghp_abcdefghijklmnopqrstuvwxyz0123",
        ] {
            let shown = without_secrets(text);
            assert!(shown.contains("[redacted"), "{shown}");
            assert!(
                !shown.contains("hunter22") && !shown.contains("abcdefgh"),
                "{shown}"
            );
        }
        assert_eq!(without_secrets("tokens = 3"), "tokens = 3");
    }
}

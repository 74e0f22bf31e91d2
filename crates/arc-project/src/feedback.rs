//! What people made of findings and of changes that were made for them: written down as it comes, and looked at against the
//! files as they are when it is asked for.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_store::{FeedbackRow, FeedbackVerdict, GraphFile, StoreError, Update, WriteLock};

use crate::patch::{PatchHunk, PatchedFile, read_patch};
use crate::read_file::source_text;
use crate::redact::redact;

/// Bytes of a text that are kept.
const MAX_TEXT: usize = 2_000;
/// Bytes of a change that are kept; of a larger one only that it was made.
const MAX_DIFF: usize = 64 << 10;

/// How something stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A change was taken, and is there.
    Accepted,
    /// A change was taken, and somebody changed what it did.
    Edited,
    /// A change was taken back.
    Rejected,
    /// A change did not come to a good end.
    Failed,
    /// A finding is not to be told again.
    Silenced,
}

impl Standing {
    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Accepted => "accepted",
            Standing::Edited => "edited",
            Standing::Rejected => "rejected",
            Standing::Failed => "failed",
            Standing::Silenced => "silenced",
        }
    }
}

/// Something that was said, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// How it stands.
    pub standing: Standing,
    /// What was said.
    pub row: FeedbackRow,
}

/// Everything that was said of a project, newest first.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_feedback(graph: &GraphFile, root: &Path) -> Result<Vec<Feedback>, StoreError> {
    let rows = graph.feedback()?.into_iter().rev();
    Ok(rows
        .map(|row| Feedback {
            standing: match row.verdict {
                FeedbackVerdict::Accepted => standing_of(root, &row.diff),
                FeedbackVerdict::Rejected => Standing::Rejected,
                FeedbackVerdict::Failed => Standing::Failed,
                FeedbackVerdict::Silenced => Standing::Silenced,
            },
            row,
        })
        .collect())
}

/// Writes down what was said, now. The graph must not be held open for reading.
///
/// # Errors
/// When the graph cannot be written.
pub fn record_feedback(
    graph: &Path,
    mut rows: Vec<FeedbackRow>,
    patience: Duration,
) -> Result<(), StoreError> {
    let now = now();
    for row in &mut rows {
        row.time = now;
        row.text
            .truncate(row.text.floor_char_boundary(MAX_TEXT.min(row.text.len())));
        if row.diff.len() > MAX_DIFF {
            row.diff.clear();
        }
        for text in [&mut row.text, &mut row.diff] {
            let (clean, secrets) = redact(text);
            if secrets > 0 {
                *text = clean.into_owned();
            }
        }
    }
    written(graph, patience, |update| update.put_feedback(&rows))
}

/// Notes that a change was taken back. Whether it was known.
///
/// # Errors
/// When the graph cannot be written.
pub fn reject_feedback(graph: &Path, about: &str, patience: Duration) -> Result<bool, StoreError> {
    written(graph, patience, |update| update.reject_feedback(about))
}

/// Forgets what was said of these sessions and findings, or everything. Gives how much that was.
///
/// # Errors
/// When the graph cannot be written.
pub fn forget_feedback(
    graph: &Path,
    about: Option<&[String]>,
    patience: Duration,
) -> Result<usize, StoreError> {
    written(graph, patience, |update| update.forget_feedback(about))
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

pub(crate) fn written<T>(
    graph: &Path,
    patience: Duration,
    write: impl FnOnce(&Update<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let lock = WriteLock::acquire(graph, patience)?;
    let update = Update::begin(&lock)?;
    let done = write(&update)?;
    update.commit()?;
    Ok(done)
}

/// How a change that was put in place stands. Of one that is not known nobody can say that it is not.
fn standing_of(root: &Path, diff: &str) -> Standing {
    let (mut kept, mut back, mut all) = (0, 0, 0);
    for file in read_patch(diff) {
        let text = source_text(root, &file.path).ok();
        for hunk in &file.hunks {
            all += 1;
            match hunk_standing(&file, hunk, text.as_deref()) {
                Standing::Accepted => kept += 1,
                Standing::Rejected => back += 1,
                Standing::Edited | Standing::Failed | Standing::Silenced => {}
            }
        }
    }
    match all {
        all if kept == all => Standing::Accepted,
        all if back == all => Standing::Rejected,
        _ => Standing::Edited,
    }
}

/// Whether the lines of a hunk are there, or those that they took the place of.
fn hunk_standing(file: &PatchedFile, hunk: &PatchHunk, text: Option<&str>) -> Standing {
    let Some(text) = text else {
        return if file.is_new {
            Standing::Rejected
        } else {
            Standing::Edited
        };
    };
    let is_changed = |(mark, _): &(char, String)| *mark != ' ';
    let first = hunk.lines.iter().position(is_changed).unwrap_or(0);
    let last = hunk
        .lines
        .iter()
        .rposition(is_changed)
        .map_or(0, |at| at + 1);
    let core = &hunk.lines[first..last.max(first)];
    let side = |other: char| -> Vec<&str> {
        let own = core.iter().filter(|(mark, _)| *mark != other);
        own.map(|(_, line)| line.trim_end()).collect()
    };
    let (old, new) = (side('+'), side('-'));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let has =
        |block: &[&str]| block.is_empty() || lines.windows(block.len()).any(|own| own == block);
    let is_kept = if new.is_empty() {
        !has(&old)
    } else {
        has(&new)
    };
    let is_back = if old.is_empty() {
        !has(&new)
    } else {
        has(&old)
    };
    match (is_kept, is_back) {
        (true, _) => Standing::Accepted,
        (false, true) => Standing::Rejected,
        (false, false) => Standing::Edited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arc_history::unified_diff;

    #[test]
    fn a_change_is_there_or_changed_or_taken_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let old = "a\nb\nc\nd\ne\n";
        for (new, now, standing) in [
            ("a\nB\nc\nd\ne\n", "x\na\nB\nc\n", Standing::Accepted),
            ("a\nB\nc\nd\ne\n", old, Standing::Rejected),
            ("a\nB\nc\nd\ne\n", "a\nBB\nc\nd\ne\n", Standing::Edited),
            ("a\nc\nd\ne\n", "a\nc\nd\n", Standing::Accepted),
            ("a\nc\nd\ne\n", old, Standing::Rejected),
            ("a\nb\nnew\nc\nd\ne\n", old, Standing::Rejected),
            ("a\nb\nnew\nc\nd\ne\n", "b\nnew\n", Standing::Accepted),
        ] {
            std::fs::write(folder.path().join("a.txt"), now).expect("a new file");
            let diff = unified_diff("a.txt", Some(old), new);
            assert_eq!(standing_of(folder.path(), &diff), standing, "{now:?}");
        }
        let gone = unified_diff("b.txt", Some(old), "z\n");
        assert_eq!(standing_of(folder.path(), &gone), Standing::Edited);
    }
}

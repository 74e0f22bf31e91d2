//! Edits in an answer: a JSON object, a unified diff, or the whole text of the one file that was asked about.

use arc_project::{PatchHunk, PatchedFile, is_patch, read_patch};
use serde::Deserialize;

use super::{EditChange, EditError, FileEdit, Proposal};
use crate::model::json_in;

/// Edits of one answer.
const MAX_EDITS: usize = 200;
/// What stands for lines that a model did not care to repeat.
const LEFT_OUT: &[&str] = &[
    "... existing code",
    "... rest of",
    "rest of the file",
    "rest unchanged",
    "... unchanged",
];

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    summary: String,
    #[serde(default)]
    edits: Vec<SaidEdit>,
    /// Some models give a diff inside of JSON.
    #[serde(default)]
    diff: Option<String>,
}

#[derive(Deserialize)]
struct SaidEdit {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    old: String,
    new: String,
}

/// The edits of an answer. `only` is the file that was asked about, when it is one.
pub(crate) fn read_answer(text: &str, only: Option<&str>) -> Result<Proposal, EditError> {
    let object =
        json_in(text).filter(|value| value.get("edits").is_some() || value.get("diff").is_some());
    if let Some(value) = object {
        let said: Said = serde_json::from_value(value).map_err(|error| EditError::Malformed {
            why: error.to_string(),
        })?;
        return from_json(said, only);
    }
    let mut blocks = fenced_blocks(text);
    let diff = blocks.iter().find(|block| is_patch(block));
    if let Some(diff) = diff
        .map(String::as_str)
        .or_else(|| is_patch(text).then_some(text))
    {
        let prose = text.split("```").next().unwrap_or("");
        let summary = if is_patch(prose) { "" } else { prose.trim() };
        return from_diff(diff, summary.to_owned());
    }
    match (only, blocks.pop()) {
        (Some(path), Some(whole)) if blocks.is_empty() && !text.contains("\"edits\"") => {
            from_whole(path, whole)
        }
        _ => Err(EditError::NoEdits),
    }
}

fn from_json(said: Said, only: Option<&str>) -> Result<Proposal, EditError> {
    if let Some(diff) = said.diff.filter(|_| said.edits.is_empty()) {
        return from_diff(&diff, said.summary);
    }
    if said.edits.len() > MAX_EDITS {
        let why = format!("{} edits, and {MAX_EDITS} are read", said.edits.len());
        return Err(EditError::TooLarge { why });
    }
    let mut edits = Vec::with_capacity(said.edits.len());
    for edit in said.edits {
        let path = edit.path.or_else(|| only.map(str::to_owned));
        let path = path.ok_or_else(|| EditError::Malformed {
            why: "an edit names no path".to_owned(),
        })?;
        let change = if edit.old.is_empty() {
            EditChange::Create { text: edit.new }
        } else {
            EditChange::Replace {
                old: edit.old,
                new: edit.new,
                line: None,
            }
        };
        edits.push(FileEdit { path, change });
    }
    if edits.is_empty() {
        return Err(EditError::NoChange);
    }
    Ok(Proposal {
        summary: said.summary,
        edits,
    })
}

/// Each hunk becomes the replacement of its old lines: line numbers of models are often wrong, and the lines are what counts.
fn from_diff(diff: &str, summary: String) -> Result<Proposal, EditError> {
    let files = read_patch(&recounted(diff));
    let mut edits = Vec::new();
    for file in files {
        let unfit = |why: &str| EditError::Path {
            path: file.path.clone(),
            why: why.to_owned(),
        };
        if file.is_deleted
            || file.is_binary
            || file.has_new_mode
            || file.old_path.as_ref().is_some_and(|old| *old != file.path)
        {
            return Err(unfit(
                "would be deleted, renamed or get other permissions: edits change texts only",
            ));
        }
        edits.extend(hunk_edits(&file));
    }
    if edits.is_empty() {
        return Err(EditError::NoEdits);
    }
    if edits.len() > MAX_EDITS {
        let why = format!("{} places, and {MAX_EDITS} are read", edits.len());
        return Err(EditError::TooLarge { why });
    }
    Ok(Proposal { summary, edits })
}

fn hunk_edits(file: &PatchedFile) -> Vec<FileEdit> {
    let side = |hunk: &PatchHunk, left_out: char| {
        let lines = hunk.lines.iter().filter(|(mark, _)| *mark != left_out);
        lines
            .map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    let edit = |hunk: &PatchHunk| {
        let (old, new) = (side(hunk, '+'), side(hunk, '-'));
        FileEdit {
            path: file.path.clone(),
            change: if file.is_new || old.is_empty() {
                EditChange::Create { text: new }
            } else {
                EditChange::Replace {
                    old,
                    new,
                    line: Some(hunk.old_start),
                }
            },
        }
    };
    file.hunks.iter().map(edit).collect()
}

/// The diff with the lengths that its hunks have: models count badly, and what is beyond a length would be lost.
fn recounted(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().collect();
    let is_header = |at: usize| {
        lines[at].starts_with("diff --git ")
            || (lines[at].starts_with("--- ")
                && lines
                    .get(at + 1)
                    .is_some_and(|next| next.starts_with("+++ ")))
    };
    let mut text = String::with_capacity(diff.len());
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("@@") {
            let body = (at + 1..lines.len())
                .take_while(|at| !is_header(*at) && !lines[*at].starts_with("@@"));
            let (mut old, mut new) = (0, 0);
            for at in body {
                match lines[at].bytes().next() {
                    Some(b'+') => new += 1,
                    Some(b'-') => old += 1,
                    // A blank line of context whose blank was lost; at the very end it is none.
                    None if at + 1 == lines.len() => {}
                    Some(b' ') | None => {
                        old += 1;
                        new += 1;
                    }
                    Some(_) => {}
                }
            }
            let (before, after) = starts(line);
            text.push_str(&format!("@@ -{before},{old} +{after},{new} @@\n"));
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The lines that a hunk says it begins at; 0 where it does not.
fn starts(header: &str) -> (u32, u32) {
    let start = |sign: char| {
        let number = header.split(sign).nth(1)?;
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    (start('-').unwrap_or(0), start('+').unwrap_or(0))
}

fn from_whole(path: &str, text: String) -> Result<Proposal, EditError> {
    let lower = text.to_lowercase();
    if LEFT_OUT.iter().any(|words| lower.contains(words)) {
        return Err(EditError::Malformed {
            why: "lines are left out of the text; give edits, or all lines".to_owned(),
        });
    }
    Ok(Proposal {
        summary: String::new(),
        edits: vec![FileEdit {
            path: path.to_owned(),
            change: EditChange::Rewrite { text },
        }],
    })
}

/// The texts between fences that begin their lines.
fn fenced_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line.starts_with("```")) {
            (None, true) => open = Some(String::new()),
            (Some(_), true) => blocks.extend(open.take()),
            (Some(block), false) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str) -> Vec<(String, String)> {
        let proposal = read_answer(text, Some("a.py")).expect("it has edits");
        let pair = |edit: FileEdit| match edit.change {
            EditChange::Replace { old, new, .. } => (old, new),
            EditChange::Create { text } | EditChange::Rewrite { text } => (String::new(), text),
        };
        proposal.edits.into_iter().map(pair).collect()
    }

    fn pair(old: &str, new: &str) -> Vec<(String, String)> {
        vec![(old.to_owned(), new.to_owned())]
    }

    #[test]
    fn edits_are_read_in_every_form() {
        let json = r#"{"summary": "s", "edits": [{"path": "a.py", "old": "x", "new": "y"}]}"#;
        assert_eq!(replaced(json), pair("x", "y"));
        assert_eq!(
            replaced(&format!("Sure:\n```json\n{json}\n```\n")),
            pair("x", "y")
        );
        let diff = "--- a/a.py\n+++ b/a.py\n@@ -7,9 +7,1 @@ def f\n a\n-b\n+c\n+d\n";
        for text in [diff.to_owned(), format!("Here:\n```diff\n{diff}```\nDone.")] {
            assert_eq!(replaced(&text), pair("a\nb\n", "a\nc\nd\n"));
        }
        assert_eq!(
            replaced("All of it:\n```python\nx = 1\n```\n"),
            pair("", "x = 1\n")
        );
    }

    #[test]
    fn what_is_no_change_is_called_so() {
        for (text, is_malformed) in [
            ("I think it is fine.", false),
            ("", false),
            ("{\"edits\": \"all\"}", true),
            ("{\"edits\": [{\"old\": \"x\"}]}", true),
            ("{\"edits\": [", false),
            ("```\nx\n```\nand\n```\ny\n```\n", false),
            ("```python\n# ... existing code ...\nx = 1\n```\n", true),
        ] {
            let error = read_answer(text, Some("a.py")).expect_err(text);
            assert_eq!(
                matches!(error, EditError::Malformed { .. }),
                is_malformed,
                "{text}: {error}"
            );
        }
        let gone = "diff --git a/t.py b/t.py\ndeleted file mode 100644\n--- a/t.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        assert!(matches!(
            read_answer(gone, None),
            Err(EditError::Path { .. })
        ));
    }
}

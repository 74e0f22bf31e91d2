//! Decision notes in the comments of code: `// DECISION: …`, `# ADR-012 …`, `@decision …`.

use arc_graph::{NameForm, NamedAs, WrittenForm};

use super::Written;
use super::labels::labels_in;

/// Lines of one note.
const MAX_LINES: usize = 30;
/// Notes of one file.
const MAX_NOTES: usize = 1_000;
/// Longer lines are nobody's comments.
const MAX_LINE: usize = 2_000;

/// What begins a comment, longest first.
const LEADERS: &[&str] = &[
    "<!--", "///", "//!", "/**", "(*", "//", "/*", "--", ";;", "\"\"\"", "#", ";", "*", "%",
];

/// The notes of a source file.
pub(super) fn notes(text: &str) -> Vec<Written> {
    if !text.contains("DECISION") && !text.contains("ADR") && !text.contains("@decision") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() && found.len() < MAX_NOTES {
        match note_at(&lines, at) {
            Some(note) => {
                at = note.end_line as usize;
                found.push(note);
            }
            None => at += 1,
        }
    }
    found
}

fn note_at(lines: &[&str], at: usize) -> Option<Written> {
    let line = lines[at];
    if line.len() > MAX_LINE {
        return None;
    }
    let (comment, is_whole_line) = comment_of(line)?;
    let labels = labels_of(comment);
    let said = said_of(comment);
    if said.is_none() && labels.is_empty() {
        return None;
    }
    let mut note = Written::new(WrittenForm::Note, at as u32 + 1);
    let mut text = said.unwrap_or(comment).trim().to_owned();
    let more = lines[at + 1..].iter().take(MAX_LINES);
    for next in more.take_while(|_| is_whole_line) {
        let Some((more, true)) = comment_of(next).filter(|_| next.len() <= MAX_LINE) else {
            break;
        };
        if more.is_empty() || said_of(more).is_some() || more.starts_with('@') {
            break;
        }
        note.end_line += 1;
        text.push(' ');
        text.push_str(more);
    }
    for label in labels_of(&text).iter().chain(&labels) {
        note.name(NamedAs::Mentioned, NameForm::Label, label, note.line);
    }
    for number in super::labels::tickets_in(&text) {
        note.ticket(number, note.line);
    }
    note.name(NamedAs::Decided, NameForm::Place, "", note.line);
    note.title = first_sentence(&text).to_owned();
    note.text = text;
    (!note.title.is_empty()).then(|| note.finish())
}

/// Only these are decisions of the project itself; an RFC in a comment is somebody else's.
fn labels_of(text: &str) -> Vec<String> {
    let mut labels = labels_in(text);
    labels.retain(|label| label.starts_with("ADR-"));
    labels
}

/// The text of the comment in a line, and whether the line is nothing else.
fn comment_of(line: &str) -> Option<(&str, bool)> {
    let plain = line.trim();
    let text_of = |leader: &str, rest: &'_ str| -> usize {
        let rest = rest.trim_start_matches(leader.chars().next_back().unwrap_or('#'));
        rest.trim_start().len()
    };
    if let Some(leader) = LEADERS.iter().find(|leader| plain.starts_with(**leader)) {
        let length = text_of(leader, &plain[leader.len()..]);
        return Some((without_end(&plain[plain.len() - length..]), true));
    }
    let at = [" // ", " # ", " -- ", " /* "]
        .iter()
        .filter_map(|leader| plain.find(leader).map(|at| at + leader.len()))
        .min()?;
    Some((without_end(&plain[at..]), false))
}

fn without_end(text: &str) -> &str {
    let text = text.trim_end();
    ["*/", "-->", "*)", "\"\"\""]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text)
        .trim_end()
}

/// What follows `DECISION:`, `DECISION(ADR-4):` or `@decision`.
fn said_of(comment: &str) -> Option<&str> {
    if let Some(rest) = comment.strip_prefix("@decision") {
        let is_word = rest.is_empty() || rest.starts_with([' ', ':', '\t', '(']);
        return is_word.then(|| rest.trim_start_matches([':', ' ', '\t']));
    }
    let rest = comment.strip_prefix("DECISION")?;
    if let Some(rest) = rest.strip_prefix(':') {
        return Some(rest);
    }
    let (_, rest) = rest.strip_prefix('(')?.split_once(')')?;
    rest.strip_prefix(':')
}

fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices(['.', '!', '?']);
    let end = ends
        .map(|(at, _)| at + 1)
        .find(|at| *at > 20 && (*at == text.len() || text[*at..].starts_with(' ')));
    text[..end.unwrap_or(text.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(u32, u32, &str, &str)]) {
        let found = notes(text);
        let found: Vec<_> = found
            .iter()
            .map(|note| {
                let labels: Vec<&str> = note
                    .named
                    .iter()
                    .filter(|named| named.form == NameForm::Label)
                    .map(|named| named.name.as_str())
                    .collect();
                (
                    note.line,
                    note.end_line,
                    note.title.as_str(),
                    labels.join(" "),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(line, end, title, labels)| (*line, *end, *title, (*labels).to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn notes_are_comments_with_a_mark() {
        check(
            "x = 1\n# DECISION: keep the lock, because two writers met.\n# It costs little. More.\n\n# other\ny = 2  # see ADR-0012\n",
            &[
                (2, 3, "keep the lock, because two writers met.", ""),
                (6, 6, "see ADR-0012", "ADR-12"),
            ],
        );
        check(
            "/**\n * @decision(x) no cache\n * @param y\n */\n// DECISION(ADR-4): one thread\n// @decision: two\n",
            &[
                (2, 2, "(x) no cache", ""),
                (5, 5, "one thread", "ADR-4"),
                (6, 6, "two", ""),
            ],
        );
    }

    #[test]
    fn strings_and_prose_are_no_notes() {
        check(
            "print(\"DECISION: x\")\nDECISION = 3\n# DECISIONS: x\n# @decisions\n# RFC 2119\n",
            &[],
        );
        check(&format!("# DECISION: {}\n", "x".repeat(3_000)), &[]);
    }
}

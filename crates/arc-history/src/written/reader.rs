//! The lines of a decision record: headings, and what they name below them.

use arc_graph::{NameForm, NamedAs, WrittenForm};

use super::Written;
use super::labels::{labels_in, tickets_in};
use super::record::plain;

/// Headings that name a part of a record, never the record.
const PARTS: &[&str] = &[
    "abstract",
    "background",
    "context",
    "context and problem statement",
    "decision",
    "issue",
    "motivation",
    "overview",
    "problem",
    "problem statement",
    "status",
    "summary",
    "table of contents",
];

/// Words of headings below which a record says what it decides.
const DECIDING: &[&str] = &[
    "affect",
    "component",
    "consequence",
    "decision",
    "design",
    "implementation",
    "outcome",
    "proposal",
    "reference-level",
    "scope",
    "solution",
];

/// Words of headings below which other ways are weighed.
const WEIGHING: &[&str] = &[
    "alternative",
    "considered",
    "driver",
    "option",
    "pros and cons",
    "rejected",
];

/// Longer lines say nothing of code.
const MAX_LINE: usize = 4_000;

/// Reads a record line by line.
pub(super) struct Reader {
    pub(super) record: Written,
    pub(super) title: String,
    pub(super) title_line: u32,
    /// What is said below the heading that stands above the line.
    said: NamedAs,
    is_status: bool,
    /// Lines of the section that says what became of the record.
    pub(super) status_lines: Vec<(String, u32)>,
    fence: Option<char>,
    is_comment: bool,
}

impl Reader {
    pub(super) fn new(front: usize) -> Reader {
        Reader {
            record: Written::new(WrittenForm::Record, front as u32 + 1),
            title: String::new(),
            title_line: 0,
            said: NamedAs::Mentioned,
            is_status: false,
            status_lines: Vec::new(),
            fence: None,
            is_comment: false,
        }
    }

    pub(super) fn line(&mut self, line: &str, next: Option<&str>, number: u32) {
        let text = line.trim();
        if self.is_outside(text) || line.len() > MAX_LINE {
            return;
        }
        if let Some(title) = heading(line, next) {
            self.heading(title, number);
            return;
        }
        if self.is_status && !text.is_empty() && self.status_lines.len() < 20 {
            self.status_lines.push((text.to_owned(), number));
        }
        self.names(line, number);
    }

    /// Whether a line is code or a comment to those who write records.
    fn is_outside(&mut self, text: &str) -> bool {
        let mark = text
            .chars()
            .next()
            .filter(|_| text.starts_with("```") || text.starts_with("~~~"));
        if let Some(mark) = mark {
            self.fence = match self.fence {
                Some(open) if open == mark => None,
                Some(open) => Some(open),
                None => Some(mark),
            };
            return true;
        }
        if self.fence.is_some() {
            return true;
        }
        let begins = text.starts_with("<!--");
        let was_comment = self.is_comment || begins;
        self.is_comment = was_comment && !text.contains("-->");
        was_comment
    }

    fn heading(&mut self, title: &str, number: u32) {
        let lower = plain(title.to_owned()).to_lowercase();
        let lower = lower.trim_start_matches(|letter: char| {
            letter.is_ascii_digit() || matches!(letter, '.' | ' ')
        });
        if self.title.is_empty() && self.title_line == 0 {
            self.title_line = number;
            if !PARTS.contains(&lower) {
                self.title = title.to_owned();
                return;
            }
        }
        self.is_status = lower == "status" || lower == "state" || lower.starts_with("status ");
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        self.said = if !has(WEIGHING) && has(DECIDING) {
            NamedAs::Decided
        } else {
            NamedAs::Mentioned
        };
    }

    /// Takes up what a line names.
    fn names(&mut self, line: &str, number: u32) {
        let said = if self.is_status {
            NamedAs::Mentioned
        } else {
            self.said
        };
        for target in link_targets(line) {
            self.record.name(said, NameForm::Path, target, number);
        }
        for (at, span) in line.split('`').enumerate() {
            let span = span.trim();
            if at % 2 == 0 || span.is_empty() || span.len() > 200 || span.contains(' ') {
                continue;
            }
            if is_path(span) {
                self.record.name(said, NameForm::Path, span, number);
            }
            // `store.rs` may be a file, and `store.open` a function of it.
            if !span.contains('/') && is_symbol(span) {
                self.record
                    .name(said, NameForm::Symbol, span.trim_end_matches("()"), number);
            }
        }
        for label in labels_in(line) {
            self.record
                .name(NamedAs::Mentioned, NameForm::Label, &label, number);
        }
        for ticket in tickets_in(line) {
            self.record.ticket(ticket, number);
        }
    }
}

/// `# Title`, `= Title`, or a title underlined.
pub(super) fn heading<'t>(line: &'t str, next: Option<&str>) -> Option<&'t str> {
    let text = line.trim();
    for mark in ['#', '='] {
        let level = text.len() - text.trim_start_matches(mark).len();
        if (1..=6).contains(&level) {
            let title = text[level..].trim_end_matches(mark).trim();
            return (text[level..].starts_with(' ') && !title.is_empty()).then_some(title);
        }
    }
    let under = next?.trim_end();
    let mark = under.chars().next()?;
    let is_underline = under.len() >= 3
        && matches!(mark, '=' | '-' | '~' | '^' | '*' | '"' | '+')
        && under.chars().all(|letter| letter == mark);
    let is_text = text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '[');
    (is_underline && is_text && !line.starts_with(' ')).then_some(text)
}

/// The paths that links of a line lead to: `](path)`, `xref:path[`, `link:path[`.
pub(super) fn link_targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, end) in [
        ("](", &[')', ' '][..]),
        ("xref:", &['['][..]),
        ("link:", &['['][..]),
    ] {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once(start) {
            let length = after.find(end).unwrap_or(after.len());
            let path = after[..length]
                .trim_matches(['<', '>'])
                .split('#')
                .next()
                .unwrap_or("");
            if !path.is_empty() && !path.contains(':') && path.len() <= 300 {
                found.push(path);
            }
            rest = &after[length..];
        }
    }
    found
}

/// A path with a folder or with an extension.
fn is_path(span: &str) -> bool {
    let is_plain = span.chars().all(|letter| {
        letter.is_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-' | '@' | '+' | '[' | ']')
    });
    let has_extension = span.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let is_name = !span.contains('/') && span.contains('.') && span.starts_with(char::is_uppercase);
    is_plain
        && !span.contains("//")
        && !is_name
        && (span.trim_end_matches('/').contains('/') || has_extension || span.ends_with('/'))
}

/// A name that no word of prose would be.
fn is_symbol(span: &str) -> bool {
    let name = span.trim_end_matches("()");
    let is_name = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && name.chars().all(|letter| {
            letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '#' | '$')
        });
    let is_telling = name.len() < span.len()
        || name.contains(['_', '.', ':', '#'])
        || name.chars().skip(1).any(char::is_uppercase);
    is_name && is_telling && name.len() > 2
}

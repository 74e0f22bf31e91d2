//! Change logs: entries below the versions they came in.

use std::sync::LazyLock;

use regex::Regex;

use arc_graph::{NameForm, NamedAs, WrittenForm};

use super::Written;
use super::fields::date_in;
use super::labels::{labels_in, tickets_in};
use super::reader::heading;

const NAMES: &[&str] = &[
    "change-log",
    "changelog",
    "changelogs",
    "changes",
    "history",
    "news",
    "release-notes",
    "release_notes",
    "releasenotes",
    "releases",
];

const EXTENSIONS: &[&str] = &["", "adoc", "markdown", "md", "rst", "txt"];

/// Entries of one file.
const MAX_ENTRIES: usize = 20_000;
/// Bytes of one entry.
const MAX_ENTRY: usize = 4_000;

const VERSION: &str = r"(?i)(?:^|[\s\[(@/v])((?:[0-9]+\.)+[0-9x]+(?:[-.+]?(?:alpha|beta|rc|pre|dev|preview|next|canary|snapshot|final|post|a|b|m)[-.]?[0-9.]*)?)(?:$|[\s\](),:/]|\b)|\b(unreleased|upcoming)\b";

static VERSIONS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(VERSION).expect("the pattern is checked by a test"));

/// Whether a path is that of a change log.
pub(super) fn is_change_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_in =
        |words: &[&str], word: &str| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    is_in(NAMES, stem) && is_in(EXTENSIONS, extension)
}

/// The entries of a change log, in order.
pub(super) fn change_log_entries(text: &str) -> Vec<Written> {
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader::default();
    for (at, line) in lines.iter().enumerate() {
        if reader.found.len() >= MAX_ENTRIES {
            break;
        }
        reader.line(line, lines.get(at + 1).copied(), at as u32 + 1);
    }
    reader.close();
    reader.found
}

#[derive(Default)]
struct Reader {
    version: String,
    date: String,
    heading: String,
    /// The entry that is read, and how far its mark is indented.
    open: Option<(Written, usize)>,
    after_blank: bool,
    is_code: bool,
    found: Vec<Written>,
}

impl Reader {
    fn line(&mut self, line: &str, next: Option<&str>, number: u32) {
        let text = line.trim();
        if text.starts_with("```") {
            self.is_code = !self.is_code;
        }
        if self.is_code || text.is_empty() {
            self.after_blank = true;
            return;
        }
        let indent = line.len() - line.trim_start().len();
        if let Some(title) = heading(line, next).or_else(|| bare_version(line)) {
            self.close();
            self.heading_line(title);
        } else if let Some(item) = item_of(text).filter(|_| self.begins_entry(indent)) {
            self.close();
            if !self.version.is_empty() {
                let mut entry = Written::new(WrittenForm::Entry, number);
                entry.text = item.to_owned();
                self.open = Some((entry, indent));
            }
        } else if let Some((entry, own)) = &mut self.open {
            if self.after_blank && indent <= *own {
                self.close();
                self.date_line(text);
            } else if entry.text.len() < MAX_ENTRY {
                entry.text.push(' ');
                entry.text.push_str(text);
                entry.end_line = number;
            }
        } else {
            self.date_line(text);
        }
        self.after_blank = false;
    }

    /// Items further in belong to the one above them.
    fn begins_entry(&self, indent: usize) -> bool {
        self.open
            .as_ref()
            .map_or(indent <= 4, |(_, own)| indent <= *own)
    }

    fn heading_line(&mut self, title: &str) {
        let version = VERSIONS.captures(title).filter(|_| title.len() <= 120);
        match version {
            Some(found) => {
                let version = found
                    .get(1)
                    .or(found.get(2))
                    .map_or("", |version| version.as_str());
                self.version = version.to_lowercase();
                self.date = date_in(title).unwrap_or_default();
                self.heading.clear();
            }
            None => self.heading = title.trim_matches(['*', ':', '`', ' ']).to_lowercase(),
        }
    }

    /// `Released 2024-05-01` below the heading.
    fn date_line(&mut self, text: &str) {
        if self.date.is_empty() && !self.version.is_empty() && text.len() <= 80 {
            self.date = date_in(text).unwrap_or_default();
        }
    }

    fn close(&mut self) {
        let Some((mut entry, _)) = self.open.take() else {
            return;
        };
        entry.label.clone_from(&self.version);
        entry.date.clone_from(&self.date);
        entry.status.clone_from(&self.heading);
        entry.title.clone_from(&entry.text);
        for number in tickets_in(&entry.text) {
            entry.ticket(number, entry.line);
        }
        for label in labels_in(&entry.text) {
            entry.name(NamedAs::Mentioned, NameForm::Label, &label, entry.line);
        }
        if self.found.len() < MAX_ENTRIES {
            self.found.push(entry.finish());
        }
    }
}

/// What follows the mark of an item.
fn item_of(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['-', '*', '+', '•'])?;
    rest.starts_with([' ', '\t'])
        .then(|| rest.trim())
        .filter(|rest| !rest.is_empty())
}

/// `1.2.0 / 2020-01-01` or `v1.2.0:` alone on a line.
fn bare_version(line: &str) -> Option<&str> {
    let text = line.trim_end();
    let is_version = text.len() <= 60
        && !line.starts_with([' ', '-', '*'])
        && text
            .trim_start_matches(['v', '['])
            .starts_with(|letter: char| letter.is_ascii_digit())
        && VERSIONS.find(text).is_some_and(|found| found.start() <= 1);
    let is_alone = text.split_whitespace().count() == 1 || date_in(text).is_some();
    (is_version && is_alone).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = change_log_entries(text)
            .iter()
            .map(|entry| {
                let tickets: Vec<String> = entry
                    .tickets
                    .iter()
                    .map(|(number, _)| format!("#{number}"))
                    .collect();
                format!(
                    "{}-{} {}|{}|{}|{}|{}",
                    entry.line,
                    entry.end_line,
                    entry.label,
                    entry.date,
                    entry.status,
                    entry.title,
                    tickets.join(" ")
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn entries_stand_below_versions_and_headings() {
        check(
            "# Changelog\n\n- Not of a version\n\n## [Unreleased]\n\n### Added\n\n- One (#12)\n  and more\n  - below (#13)\n\n## [1.2.0-rc.1] - 2024-05-01\n\n### Fixed\n* Two\n\nText.\n",
            &[
                "9-11 unreleased||added|One (#12) and more - below (#13)|#12 #13",
                "16-16 1.2.0-rc.1|2024-05-01|fixed|Two|",
            ],
        );
    }

    #[test]
    fn underlined_versions_and_dates_below_them() {
        check(
            "Version 8.1.0\n-------------\n\nReleased 2021-05-11\n\n-   Fix a thing. :issue:`1901`\n    More.\n-   Second.\n\n7.0 / 2018-01-02\n\n * Third GH-7\n",
            &[
                "6-7 8.1.0|2021-05-11||Fix a thing. :issue:`1901` More.|#1901",
                "8-8 8.1.0|2021-05-11||Second.|",
                "12-12 7.0|2018-01-02||Third GH-7|#7",
            ],
        );
    }

    #[test]
    fn only_change_logs_are_read() {
        assert!(
            is_change_log("CHANGELOG.md")
                && is_change_log("pkg/Changes.rst")
                && is_change_log("NEWS")
        );
        assert!(!is_change_log("src/history.rs") && !is_change_log("changes.py"));
    }

    #[test]
    fn hostile_logs_are_bounded() {
        let text = format!("## 1.0\n{}", "- x\n".repeat(30_000));
        assert_eq!(change_log_entries(&text).len(), MAX_ENTRIES);
        let text = format!("## 1.0\n- {}", "x\n".repeat(100_000));
        assert!(change_log_entries(&text)[0].text.len() <= MAX_ENTRY + 2);
        check(&format!("{}\n", "1.".repeat(100_000)), &[]);
    }
}

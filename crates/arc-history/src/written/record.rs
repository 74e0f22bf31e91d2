//! Decision records: a file for each decision, as Nygard, MADR and their like write them, and RFCs.

use arc_graph::{NameForm, NamedAs};

use super::Written;
use super::fields::{Field, date_in, fields};
use super::labels::{label, labels_in, leading_label};
use super::reader::{Reader, link_targets};

/// Folders of decision records, with what their records are called.
const FOLDERS: &[(&str, &str)] = &[
    ("adl", "ADR"),
    ("adr", "ADR"),
    ("adrs", "ADR"),
    ("architectural-decision-records", "ADR"),
    ("architectural-decisions", "ADR"),
    ("architecture-decision-records", "ADR"),
    ("architecture-decisions", "ADR"),
    ("decision-log", "ADR"),
    ("decision-records", "ADR"),
    ("decision_records", "ADR"),
    ("decisions", "ADR"),
    ("keps", "KEP"),
    ("rfc", "RFC"),
    ("rfcs", "RFC"),
];

const EXTENSIONS: &[&str] = &["adoc", "asciidoc", "markdown", "md", "mdx", "rst"];

/// What becomes of records, by the word that says it.
const STATUSES: &[&str] = &[
    "accepted",
    "active",
    "adopted",
    "agreed",
    "amended",
    "approved",
    "canceled",
    "cancelled",
    "closed",
    "complete",
    "completed",
    "decided",
    "deferred",
    "deprecated",
    "done",
    "draft",
    "final",
    "implementable",
    "implemented",
    "obsolete",
    "obsoleted",
    "on hold",
    "open",
    "pending",
    "postponed",
    "proposed",
    "provisional",
    "rejected",
    "replaced",
    "retired",
    "superceded",
    "superseded",
    "wip",
    "withdrawn",
];

/// What stands before the records that a record takes the place of, or that take its place.
const RELATIONS: &[(&str, NamedAs)] = &[
    ("superseded by", NamedAs::Superseding),
    ("superceded by", NamedAs::Superseding),
    ("obsoleted by", NamedAs::Superseding),
    ("replaced by", NamedAs::Superseding),
    ("supersedes", NamedAs::Superseded),
    ("supercedes", NamedAs::Superseded),
    ("obsoletes", NamedAs::Superseded),
    ("replaces", NamedAs::Superseded),
];

/// Lines of a record that are read.
const MAX_LINES: usize = 20_000;
/// Whether a file of this path is a record if its text says so.
pub(super) fn may_be_record(path: &str) -> bool {
    Place::of(path).is_some()
}

/// What the path says of a record.
struct Place<'a> {
    series: &'static str,
    digits: Option<&'a str>,
    /// The file's name without number and extension.
    stem: &'a str,
    /// The text must say so itself: the folder says nothing.
    is_doubtful: bool,
}

impl Place<'_> {
    fn of(path: &str) -> Option<Place<'_>> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (stem, extension) = name.rsplit_once('.')?;
        if !EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
        {
            return None;
        }
        let (named, rest) = without_series(stem);
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let is_number =
            (1..=5).contains(&length) && !rest[length..].starts_with(char::is_alphabetic);
        let digits = is_number.then(|| &rest[..length]);
        let stem = if is_number {
            rest[length..].trim_start_matches(['-', '_', '.', ' '])
        } else {
            stem
        };
        let folder = folders.split('/').rev().find_map(|folder| {
            let known = |(name, _): &&(&str, &str)| folder.eq_ignore_ascii_case(name);
            FOLDERS.iter().find(known).map(|(_, series)| *series)
        });
        let lower = stem.to_ascii_lowercase();
        let is_other = lower.contains("template")
            || digits.is_none()
                && matches!(lower.as_str(), "index" | "toc" | "log" | "contributing");
        if is_other {
            return None;
        }
        let is_doubtful = folder.is_none();
        // `text/0002-rfc-process.md`, and `adr-0004-x.md` anywhere.
        let series = folder.or_else(|| match named {
            Some(series) => digits.map(|_| series),
            None => (folders == "text" && length == 4).then_some("RFC"),
        })?;
        Some(Place {
            series,
            digits,
            stem,
            is_doubtful,
        })
    }
}

/// What follows `adr-`, `RFC` and their like, and which of them it was.
fn without_series(stem: &str) -> (Option<&'static str>, &str) {
    for series in ["ADR", "RFC", "KEP"] {
        if let Some((head, rest)) = stem.split_at_checked(series.len())
            && head.eq_ignore_ascii_case(series)
        {
            return (Some(series), rest.trim_start_matches(['-', '_', ' ']));
        }
    }
    (None, stem)
}

/// The decision that a file records; `None` when it records none.
pub(super) fn decision_record(path: &str, text: &str) -> Option<Written> {
    let place = Place::of(path)?;
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let (fields, front) = fields(&lines);
    let mut reader = Reader::new(front);
    for (at, line) in lines.iter().enumerate().skip(front) {
        reader.line(line, lines.get(at + 1).copied(), at as u32 + 1);
    }
    let mut record = reader.record;
    record.end_line = (lines.len() as u32).max(1);
    let in_front = |field: &&Field| field.key == "title" && field.line as usize <= front;
    let titled = fields
        .iter()
        .find(in_front)
        .map(|field| plain(field.values.join(", ")));
    let heading = titled
        .filter(|title| !title.is_empty())
        .unwrap_or(reader.title);
    let (own_label, title) = split_title(&heading, place.series);
    record.label = match (place.digits, own_label) {
        (Some(digits), _) => label(place.series, digits),
        (None, Some(label)) => label,
        (None, None) => String::new(),
    };
    record.title = match value(&fields, &["feature name"]) {
        Some(name) if title.is_empty() && !name.eq_ignore_ascii_case("n/a") => name,
        _ if !title.is_empty() => title,
        _ => place.stem.replace(['-', '_'], " "),
    };
    record.status = status_of(&fields, &reader.status_lines);
    record.line = reader.title_line.max(1);
    record.date = [
        "date",
        "start date",
        "created",
        "creation date",
        "decision date",
        "accepted",
        "date accepted",
    ]
    .iter()
    .find_map(|key| date_in(&values(&fields, &[key]).join(" ")))
    .or_else(|| {
        reader
            .status_lines
            .iter()
            .find_map(|(line, _)| date_in(line))
    })
    .unwrap_or_default();
    record.people = values(&fields, &DECIDERS)
        .into_iter()
        .map(plain)
        .filter(|name| !name.is_empty())
        .collect();
    relate(&mut record, &fields, &reader.status_lines, place.series);
    let is_readme = place.stem.eq_ignore_ascii_case("readme");
    let says_so = !record.status.is_empty()
        || fields
            .iter()
            .any(|field| matches!(field.key.as_str(), "rfc pr" | "feature name"));
    let is_record = match (place.is_doubtful, place.digits) {
        (true, _) => says_so,
        (false, Some(_)) => !lines.is_empty(),
        (false, None) => !record.label.is_empty() || says_so && !is_readme,
    };
    let own = record.label.clone();
    record
        .named
        .retain(|named| named.form != NameForm::Label || named.name != own);
    is_record.then(|| {
        record.text = lines.join("\n");
        record.finish()
    })
}

const DECIDERS: [&str; 10] = [
    "deciders",
    "decision makers",
    "decision maker",
    "decided by",
    "authors",
    "author",
    "rfc author",
    "owners",
    "owner",
    "approvers",
];

fn values(fields: &[Field], keys: &[&str]) -> Vec<String> {
    let of = |key: &&str| {
        fields
            .iter()
            .find(|field| field.key == *key && !field.values.is_empty())
    };
    keys.iter()
        .find_map(of)
        .map_or_else(Vec::new, |field| field.values.clone())
}

fn value(fields: &[Field], keys: &[&str]) -> Option<String> {
    let value = plain(values(fields, keys).join(", "));
    (!value.is_empty()).then_some(value)
}

/// A text without the marks of links, code and emphasis.
pub(super) fn plain(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("](") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.retain(|letter| {
        !matches!(letter, '[' | ']' | '`' | '*' | '<' | '>') && !letter.is_control()
    });
    out.trim().to_owned()
}

/// The label that a title begins with, and the rest: `ADR-4: X`, `4. X`, `RFC 4 - X`.
fn split_title(title: &str, series: &str) -> (Option<String>, String) {
    if let Some((label, rest)) = leading_label(title) {
        return (Some(label), plain(rest.to_owned()));
    }
    let length = title.bytes().take_while(u8::is_ascii_digit).count();
    let rest = title[length..].trim_start_matches([' ', '.', ':', '-', '–', ')']);
    let is_number = (1..=5).contains(&length)
        && title[length..].starts_with(['.', ':', ' ', ')'])
        && rest.starts_with(char::is_alphabetic);
    if is_number {
        (
            Some(label(series, &title[..length])),
            plain(rest.to_owned()),
        )
    } else {
        (None, plain(title.to_owned()))
    }
}

/// What became of a record: the word of its field or of its section, and «superseded» when another took its place.
fn status_of(fields: &[Field], section: &[(String, u32)]) -> String {
    let field = values(fields, &["status", "state"]).join(", ");
    let told = std::iter::once(field.as_str()).chain(section.iter().map(|(line, _)| line.as_str()));
    let told: Vec<String> = told
        .map(|line| plain(line.to_owned()).to_lowercase())
        .filter(|line| !line.is_empty())
        .collect();
    let is_replaced = |line: &&String| {
        RELATIONS
            .iter()
            .any(|(words, said)| *said == NamedAs::Superseding && line.contains(words))
    };
    let is_dated = |field: &Field| {
        matches!(
            field.key.as_str(),
            "superseded" | "superceded" | "superseded by"
        )
    };
    if told.iter().any(|line| is_replaced(&line)) || fields.iter().any(is_dated) {
        return "superseded".to_owned();
    }
    let Some(first) = told.first() else {
        return String::new();
    };
    let word = STATUSES
        .iter()
        .filter_map(|word| Some((whole_word(first, word)?, *word)))
        .min();
    match word {
        Some((_, "superceded")) => "superseded".to_owned(),
        Some((_, word)) => word.to_owned(),
        None if first.len() <= 30 => first.trim_end_matches('.').to_owned(),
        None => String::new(),
    }
}

/// Where `word` stands in `text` as a word.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        !is_letter(text[..*at].chars().next_back())
            && !is_letter(text[at + word.len()..].chars().next())
    })
}

/// Takes up the records that this one takes the place of, or that take its place.
fn relate(record: &mut Written, fields: &[Field], section: &[(String, u32)], series: &str) {
    for field in fields {
        let relation = RELATIONS.iter().find(|(words, _)| {
            field.key == *words || words.strip_suffix(" by") == Some(field.key.as_str())
        });
        if let Some((_, said)) = relation {
            relate_line(record, *said, &field.values.join(", "), field.line, series);
        } else if field.key == "status" || field.key == "state" {
            relate_phrases(record, &field.values.join(", "), field.line, series);
        }
    }
    for (line, number) in section {
        relate_phrases(record, line, *number, series);
    }
}

fn relate_phrases(record: &mut Written, line: &str, number: u32, series: &str) {
    let lower = line.to_ascii_lowercase();
    let mut phrases: Vec<(usize, usize, NamedAs)> = RELATIONS
        .iter()
        .filter_map(|(words, said)| {
            whole_word(&lower, words).map(|at| (at, at + words.len(), *said))
        })
        .collect();
    phrases.sort_unstable();
    for (place, (_, start, said)) in phrases.iter().enumerate() {
        let end = phrases.get(place + 1).map_or(line.len(), |next| next.0);
        relate_line(
            record,
            *said,
            &line[*start..end.max(*start)],
            number,
            series,
        );
    }
}

/// The records that a text names by links, labels, file names or, without any of these, a number.
fn relate_line(record: &mut Written, said: NamedAs, text: &str, line: u32, series: &str) {
    let mut is_told = false;
    for path in link_targets(text) {
        record.name(said, NameForm::Path, path, line);
        is_told = true;
    }
    if !is_told {
        for label in labels_in(text) {
            record.name(said, NameForm::Label, &label, line);
            is_told = true;
        }
    }
    if !is_told {
        let words = text.split([' ', ',', ';', '"', '\'', '[', ']', '#', '`', '(', ')']);
        for word in words.filter(|word| word.starts_with(|letter: char| letter.is_ascii_digit())) {
            let length = word.bytes().take_while(u8::is_ascii_digit).count();
            if word.contains('.') && word.len() > 6 {
                record.name(said, NameForm::Path, word, line);
            } else if length <= 5 && !word.contains('.') {
                record.name(said, NameForm::Label, &label(series, &word[..length]), line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as `label|title|status|date|people`, then what it names.
    fn check(path: &str, text: &str, expected: &str) {
        let Some(record) = decision_record(path, text) else {
            assert_eq!("none", expected);
            return;
        };
        let mut shown = format!(
            "{}|{}|{}|{}|{}",
            record.label,
            record.title,
            record.status,
            record.date,
            record.people.join("+")
        );
        for named in &record.named {
            shown += &format!(
                "\n{} {:?} {:?} {}",
                named.line, named.said, named.form, named.name
            );
        }
        for (number, line) in &record.tickets {
            shown += &format!("\n{line} #{number}");
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn nygard_records_have_sections() {
        check(
            "doc/adr/0002-use-sqlite.md",
            "# 2. Use SQLite\n\nDate: 2020-01-02\n\n## Status\n\nAccepted\n\nSuperceded by [3. Use files](0003-use-files.md)\n\n## Context\n\nSee `src/old.rs` and #12.\n\n## Decision\n\nWe keep rows in `src/store.rs` with `Store::open`. `src/old.rs` goes.\n\n## Considered options\n\n`src/other.rs`\n",
            "ADR-2|Use SQLite|superseded|2020-01-02|\n\
             9 Superseding Path 0003-use-files.md\n\
             17 Decided Path src/store.rs\n17 Decided Symbol Store::open\n17 Decided Path src/old.rs\n\
             21 Mentioned Path src/other.rs\n13 #12",
        );
    }

    #[test]
    fn madr_records_have_front_matter_or_items() {
        check(
            "docs/decisions/0004-x.md",
            "---\nstatus: accepted\ndate: 2024-05-01\ndecision-makers: [A, B]\nsupersedes: 3\n---\n# Use X\n\nADR-0001 is fine.\n",
            "ADR-4|Use X|accepted|2024-05-01|A+B\n5 Superseded Label ADR-3\n9 Mentioned Label ADR-1",
        );
        check(
            "docs/ADR/adr-007-y.md",
            "# Use Y\n\n* Status: proposed <!-- optional -->\n* Deciders: [A](https://a.b), C\n* Date: 2021-1-2\n",
            "ADR-7|Use Y|proposed|2021-01-02|A+C",
        );
    }

    #[test]
    fn rfcs_are_records() {
        check(
            "text/2094-nll.md",
            "- Feature Name: `nll`\n- Start Date: 2017-08-02\n- RFC PR: [rust-lang/rfcs#2094](https://github.com/rust-lang/rfcs/pull/2094)\n\n# Summary\n[summary]: #summary\n\nText.\n",
            "RFC-2094|nll||2017-08-02|\n3 #2094",
        );
        check("text/0001-poem.md", "# A poem\n", "none");
        check(
            "keps/sig-node/127-user-namespaces/README.md",
            "# KEP-127: Support User Namespaces\n",
            "KEP-127|Support User Namespaces|||",
        );
    }

    #[test]
    fn other_files_are_no_records() {
        check(
            "docs/adr/README.md",
            "# Decisions\n\nStatus: always\n",
            "none",
        );
        check(
            "docs/adr/template.md",
            "# X\n\n## Status\n\nproposed\n",
            "none",
        );
        check("src/decisions/notes.md", "# Notes\n", "none");
        check("src/a.md", "# ADR-4: X\n\nStatus: accepted\n", "none");
        check(
            "docs/adr-4.md",
            "# X\n\nStatus: accepted\n",
            "ADR-4|X|accepted||",
        );
        check("docs/adr/0001-x.md", "", "none");
        check("docs/adr/0001-empty-text.md", "\n", "ADR-1|empty text|||");
    }

    #[test]
    fn hostile_records_are_bounded() {
        let text = format!(
            "# {}\n\n{}",
            "x".repeat(10_000),
            "`src/a.rs` ADR-1 ".repeat(50_000)
        );
        let record = decision_record("adr/1.md", &text).unwrap();
        assert!(record.title.len() <= 300 && record.text.len() <= 200_000);
        let names: String = (0..5_000)
            .map(|at| format!("`src/f{at}.rs` #{at}1\n"))
            .collect();
        let record = decision_record("adr/1.md", &names).unwrap();
        assert_eq!((record.named.len(), record.tickets.len()), (500, 500));
    }
}

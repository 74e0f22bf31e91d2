//! What people wrote down in files of the project: decision records, decision notes in code, and change logs.
//!
//! A text is read by itself: which file, symbol or record a name in it means is for others to find out. Nothing is made up;
//! what cannot be told from the text stays empty.

mod change_log;
mod fields;
mod labels;
mod note;
mod reader;
mod record;

pub use labels::labels_in;

use arc_graph::{NameForm, NamedAs, RecordName, WrittenForm};
use change_log::{change_log_entries, is_change_log};
use note::notes;
use record::decision_record;

/// One text. What it does not say is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What kind of text it is.
    pub form: WrittenForm,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Of a record its series and number (`ADR-12`), of an entry the version it came in.
    pub label: String,
    /// What it is called, or how it begins.
    pub title: String,
    /// Of a record what became of it, in lower case; of an entry the heading it stands under.
    pub status: String,
    /// `2024-05-01`.
    pub date: String,
    /// Who decided.
    pub people: Vec<String>,
    /// All of it.
    pub text: String,
    /// What it names, each once, in order.
    pub named: Vec<RecordName>,
    /// Numbers of issues and pull requests of this project with the lines that name them, ascending.
    pub tickets: Vec<(u32, u32)>,
}

impl Written {
    fn new(form: WrittenForm, line: u32) -> Written {
        Written {
            form,
            line,
            end_line: line,
            label: String::new(),
            title: String::new(),
            status: String::new(),
            date: String::new(),
            people: Vec::new(),
            text: String::new(),
            named: Vec::new(),
            tickets: Vec::new(),
        }
    }

    /// Takes up a thing unless the same is said of it already.
    fn name(&mut self, said: NamedAs, form: NameForm, name: &str, line: u32) {
        let is_known = |named: &RecordName| {
            named.form == form
                && named.name == name
                && (named.said == said || said == NamedAs::Mentioned)
        };
        if self.named.len() < MAX_NAMED && !self.named.iter().any(is_known) {
            // What is decided is no longer only mentioned.
            self.named.retain(|named| {
                named.said != NamedAs::Mentioned || named.form != form || named.name != name
            });
            self.named.push(RecordName {
                said,
                form,
                name: name.to_owned(),
                line,
            });
        }
    }

    fn ticket(&mut self, number: u32, line: u32) {
        if self.tickets.len() < MAX_NAMED && self.tickets.iter().all(|known| known.0 != number) {
            self.tickets.push((number, line));
        }
    }

    fn finish(mut self) -> Written {
        self.named.sort_by_key(|named| named.line);
        self.tickets.sort_unstable();
        cut(&mut self.text, MAX_TEXT);
        for text in [&mut self.title, &mut self.status, &mut self.label] {
            cut(text, MAX_TITLE);
        }
        self.people.truncate(MAX_PEOPLE);
        self
    }
}

/// Things that one text names.
const MAX_NAMED: usize = 500;
/// People that are named.
const MAX_PEOPLE: usize = 50;
/// Bytes of a text that are searched.
const MAX_TEXT: usize = 200_000;
/// Bytes of a title.
const MAX_TITLE: usize = 300;

/// Cuts a text to so many bytes, between letters.
fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}

/// Whether a file of this path is read for what people wrote, or for who owns what, though arc knows no language of it.
#[must_use]
pub fn is_written(path: &str) -> bool {
    is_change_log(path)
        || record::may_be_record(path)
        || crate::code_owners::owner_file_paths().contains(&path)
}

/// What people wrote in a file. `is_code` when it is in a language with comments.
#[must_use]
pub fn written(path: &str, text: &str, is_code: bool) -> Vec<Written> {
    if is_change_log(path) {
        return change_log_entries(text);
    }
    if record::may_be_record(path) {
        return decision_record(path, text).into_iter().collect();
    }
    if is_code { notes(text) } else { Vec::new() }
}

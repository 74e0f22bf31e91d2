//! The part of a tool's lists that is asked for, and the arguments by which every tool is asked for it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::CallError;
use crate::tools::Detail;

/// Rows of a list, at most.
const MOST: usize = 1_000;
/// What a cursor begins with.
const CURSOR: &str = "after-";

/// How the text of an answer is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Json,
    Text,
}

/// The arguments that every tool has beside its own. They are no part of its type: serde cannot both flatten one type into
/// another and refuse fields that neither knows.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Paging {
    /// Rows of each list, 1 to 1000
    #[schemars(with = "usize")]
    limit: Option<usize>,
    /// `next` of the answer before, to continue its lists
    cursor: String,
    /// How the text is written: json, or text with one line for each row
    format: Format,
}

impl Paging {
    /// Takes these arguments out of those of a call, which are then the tool's own.
    pub(crate) fn split(arguments: &mut Map<String, Value>) -> Map<String, Value> {
        let names = ["limit", "cursor", "format"];
        let take = |name: &str| Some((name.to_owned(), arguments.shift_remove(name)?));
        names.into_iter().filter_map(take).collect()
    }

    /// What is asked for of lists that have `rows` rows unless more are wanted.
    pub(crate) fn page(&self, rows: usize) -> Result<Page, CallError> {
        let skipped = match self.cursor.as_str() {
            "" => Some(0),
            cursor => cursor
                .strip_prefix(CURSOR)
                .and_then(|rows| rows.parse().ok()),
        };
        let wrong =
            || CallError::Arguments("cursor: give back `next` of the answer before".to_owned());
        let limit = match self.limit {
            None => rows,
            Some(0) => MOST,
            Some(limit) => limit.min(MOST),
        };
        Ok(Page {
            skipped: skipped
                .filter(|rows| *rows <= 1_000_000)
                .ok_or_else(wrong)?,
            limit,
            is_large: limit > rows,
            format: self.format,
        })
    }
}

/// The part of the lists that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Rows before it.
    pub(crate) skipped: usize,
    /// Rows in it.
    pub(crate) limit: usize,
    /// More was asked for than by default.
    pub(crate) is_large: bool,
    /// How the answer is written.
    pub(crate) format: Format,
}

impl Page {
    /// The page of rows that are told in this detail.
    pub(crate) fn told_in(self, detail: Detail) -> Page {
        Page {
            is_large: self.is_large || detail == Detail::Standard,
            ..self
        }
    }

    /// Rows up to the end of the page.
    pub(crate) fn end(&self) -> usize {
        self.skipped + self.limit
    }

    /// The cursor that goes on after `shown` rows of the page.
    pub(crate) fn next(&self, shown: usize) -> String {
        format!("{CURSOR}{}", self.skipped + shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_what_an_answer_gave() {
        let asked = |cursor: &str| {
            let paging = Paging {
                cursor: cursor.to_owned(),
                ..Paging::default()
            };
            paging.page(20)
        };
        let page = asked("after-40").expect("a page");
        assert_eq!((page.skipped, page.end()), (40, 60));
        assert_eq!(page.next(5), "after-45");
        for wrong in ["40", "after-", "after--1", "after-99999999999", "x"] {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_is_large_when_more_is_asked_for_than_usual() {
        let asked = |limit| {
            let paging = Paging {
                limit,
                ..Paging::default()
            };
            let page = paging.page(20).expect("a page");
            (page.limit, page.is_large)
        };
        assert_eq!(asked(None), (20, false));
        assert_eq!(asked(Some(3)), (3, false));
        assert_eq!(asked(Some(0)), (MOST, true));
        assert_eq!(asked(Some(5_000)), (MOST, true));
    }
}

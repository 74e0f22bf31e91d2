//! The strings of a project that is being resolved.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arc_graph::StringPool;

use crate::resolve::values::{Handle, Interner};

/// The number of the first made string; the one behind it stands for no name.
const LAST_MADE: u32 = u32::MAX - 1;

/// All strings: those of the files, and those made while resolving.
pub(super) struct NameTable<'a> {
    pool: &'a StringPool,
    made: Interner<str>,
}

impl<'a> NameTable<'a> {
    /// `made` are strings that were made for an earlier table of the same pool.
    pub(super) fn new(pool: &'a StringPool, made: Option<Interner<str>>) -> NameTable<'a> {
        NameTable {
            pool,
            made: made.unwrap_or_else(|| Interner::new(Arc::from(""))),
        }
    }

    /// How many strings the files have.
    pub(super) fn known(&self) -> u32 {
        self.pool.len()
    }

    /// The strings that were made.
    pub(super) fn into_made(self) -> Interner<str> {
        self.made
    }

    /// The number of a string. That of a made one depends on timing; it is counted from the last number on, so that a pool that
    /// has grown leaves it as it is.
    pub(super) fn number(&self, text: &str) -> u32 {
        match self.pool.find(text) {
            Some(known) => known,
            None => LAST_MADE - self.made.number(text),
        }
    }

    /// The number of a string that some file has.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.pool.find(text)
    }

    pub(super) fn intern(&self, text: &str) -> Handle {
        Handle::new(text, self.number(text))
    }

    pub(super) fn text(&self, number: u32) -> Text<'a> {
        if number < self.pool.len() {
            Text::Known(self.pool.get(number))
        } else {
            Text::Made(self.made.numbered(LAST_MADE - number))
        }
    }
}

/// A string of a [`NameTable`].
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    /// One of a file.
    Known(&'a str),
    /// One made while resolving.
    Made(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Known(text) => text,
            Text::Made(text) => text,
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

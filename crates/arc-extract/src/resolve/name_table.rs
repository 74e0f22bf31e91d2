//! The strings of a project that is being resolved.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arc_graph::StringPool;

use crate::resolve::values::{Handle, Interner};

/// All strings: those of the files, and those made while resolving.
pub(super) struct NameTable<'a> {
    pool: &'a StringPool,
    made: Interner<str>,
}

impl<'a> NameTable<'a> {
    pub(super) fn new(pool: &'a StringPool) -> NameTable<'a> {
        NameTable {
            pool,
            made: Interner::new(Arc::from("")),
        }
    }

    /// The number of a string. That of a made one depends on timing.
    pub(super) fn number(&self, text: &str) -> u32 {
        match self.pool.find(text) {
            Some(known) => known,
            None => self.pool.len() + self.made.number(text),
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
        match number.checked_sub(self.pool.len()) {
            None => Text::Known(self.pool.get(number)),
            Some(made) => Text::Made(self.made.numbered(made)),
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

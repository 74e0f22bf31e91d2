//! The two versions of a file that a diff is between.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use arc_extract::{Definitions, FileFacts};
use arc_history::{LineCounts, count_lines, same_lines};
use rayon::prelude::*;

use super::given::Given;
use super::language_of;

/// Letters of a diff's texts that are kept as they were read; the rest is read again by whoever asks.
const MAX_KEPT: usize = 8 << 20;

/// A file of a diff that is text now.
#[derive(Clone, Debug, PartialEq)]
pub struct FileTexts {
    /// Where it is, relative to the root.
    pub path: String,
    /// The text before; `None` when it is new.
    pub old: Option<String>,
    /// The text now.
    pub new: String,
    old_path: Option<String>,
    read: [Reading; 2],
}

impl FileTexts {
    /// The lines that came or are other ones now, from 1, whatever became of their whitespace.
    #[must_use]
    pub fn added(&self) -> BTreeSet<u32> {
        self.compared().1
    }

    /// The lines that stay, before and now, and those that came or are other ones now: from 1, whatever became of their whitespace.
    #[must_use]
    pub fn compared(&self) -> (BTreeMap<u32, u32>, BTreeSet<u32>) {
        let old = self.old.as_deref().unwrap_or("");
        let (mut kept, mut added) = (BTreeMap::new(), BTreeSet::new());
        for (new, old) in (1..).zip(same_lines(old.as_bytes(), self.new.as_bytes())) {
            match old {
                Some(old) => drop(kept.insert(old + 1, new)),
                None => drop(added.insert(new)),
            }
        }
        (kept, added)
    }

    /// The names that the text before gave itself; `None` for a new file and for what is no code.
    #[must_use]
    pub fn given_before(&self) -> Option<Given> {
        Some(Given::of(self.before()?.facts()))
    }

    /// The names of the symbols of the text before.
    pub(crate) fn names_before(&self) -> BTreeSet<String> {
        let Some(before) = self.before() else {
            return BTreeSet::new();
        };
        let facts = before.facts();
        let symbols = facts.symbols.iter();
        symbols
            .map(|symbol| facts.text(symbol.name).to_owned())
            .collect()
    }

    /// Whether the text before had places that its grammar has no rule for.
    #[must_use]
    pub fn had_errors(&self) -> bool {
        self.before().is_some_and(|old| !old.is_sound())
    }

    /// Whether the text has such places.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        let language = language_of(&self.path, &self.new);
        language.is_some_and(|language| !self.now(&language).is_sound())
    }

    /// What the text says, in a language.
    pub(crate) fn now(&self, language: &str) -> Arc<Definitions> {
        self.read[1].of(language, &self.path, &self.new)
    }

    fn before(&self) -> Option<Arc<Definitions>> {
        let old = self.old.as_deref()?;
        let path = self.old_path.as_deref().unwrap_or(&self.path);
        Some(self.read[0].of(&language_of(path, old)?, path, old))
    }
}

/// What a text says, read when somebody asks for the first time, and kept if there is room.
#[derive(Clone, Default)]
pub(super) struct Reading {
    is_kept: bool,
    read: OnceLock<(String, Arc<Definitions>)>,
}

impl Reading {
    fn of(&self, language: &str, path: &str, text: &str) -> Arc<Definitions> {
        let read = || Arc::new(Definitions::read(language, path, text));
        if !self.is_kept {
            return read();
        }
        let (known, kept) = self.read.get_or_init(|| (language.to_owned(), read()));
        // The graph may know a file by another language than its name tells.
        if known == language {
            Arc::clone(kept)
        } else {
            read()
        }
    }
}

impl Reading {
    /// Keeps what somebody read.
    fn keep(&self, language: &str, read: Definitions) {
        // Whoever came first read the same.
        self.read
            .get_or_init(|| (language.to_owned(), Arc::new(read)));
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.read.get().map(|(language, _)| language);
        formatter.debug_tuple("Reading").field(&known).finish()
    }
}

/// What is kept of a text says nothing that the text does not.
impl PartialEq for Reading {
    fn eq(&self, _: &Reading) -> bool {
        true
    }
}

/// A file of a diff.
pub(super) struct VersionPair {
    /// Where it now is; where it was, when it is deleted. Relative to the root.
    pub(super) path: String,
    /// Where it was, when that is another path.
    pub(super) old_path: Option<String>,
    pub(super) is_new: bool,
    pub(super) is_deleted: bool,
    /// It is new, and nobody has written it yet.
    pub(super) is_unwritten: bool,
    pub(super) contents: Contents,
    /// The texts before and now, as they were read.
    pub(super) read: [Reading; 2],
}

/// What is known of the two versions.
pub(super) enum Contents {
    /// Both as text; the old one is empty for a new file.
    Texts { old: String, new: String },
    /// There is no new one; `old` is empty when it is no text.
    Deleted { old: String },
    /// Not text, or too large.
    Opaque,
    /// The same, with other permissions.
    ModeOnly,
}

impl VersionPair {
    /// The path with the lines that were added and deleted; `None` where that cannot be told.
    pub(super) fn counted(&self) -> (String, Option<(u32, u32)>) {
        let counts = match &self.contents {
            Contents::Texts { old, new } => Some(count_lines(old.as_bytes(), new.as_bytes())),
            Contents::Deleted { old } => Some(count_lines(old.as_bytes(), b"")),
            Contents::ModeOnly => Some(LineCounts::default()),
            Contents::Opaque => None,
        };
        let path = self.path.clone();
        (path, counts.map(|counts| (counts.added, counts.deleted)))
    }

    /// The path that has no file any more, if there is one.
    pub(super) fn gone(&self) -> Option<String> {
        let deleted = self.is_deleted.then_some(&self.path);
        deleted.or(self.old_path.as_ref()).cloned()
    }

    /// The texts, when there is one now.
    pub(super) fn texts(self) -> Option<FileTexts> {
        match self.contents {
            Contents::Texts { old, new } => Some(FileTexts {
                path: self.path,
                old: (!self.is_new).then_some(old),
                new,
                old_path: self.old_path,
                read: self.read,
            }),
            Contents::Deleted { .. } | Contents::Opaque | Contents::ModeOnly => None,
        }
    }

    /// The text before, and its path.
    pub(super) fn old(&self) -> Option<(&str, &str)> {
        let path = self.old_path.as_deref().unwrap_or(&self.path);
        match &self.contents {
            Contents::Texts { old, .. } if !self.is_new => Some((path, old)),
            Contents::Deleted { old } => Some((path, old)),
            Contents::Texts { .. } | Contents::Opaque | Contents::ModeOnly => None,
        }
    }
}

impl VersionPair {
    /// What the text before says, in a language; `None` when there is none.
    pub(super) fn read_old(&self, language: &str) -> Option<Arc<Definitions>> {
        let (path, text) = self.old()?;
        Some(self.read[0].of(language, path, text))
    }

    /// What the text says that is there now.
    pub(super) fn read_new(&self, language: &str) -> Option<Arc<Definitions>> {
        let Contents::Texts { new, .. } = &self.contents else {
            return None;
        };
        Some(self.read[1].of(language, &self.path, new))
    }

    /// Reads both texts, as far as there are two, and keeps what they say. `facts` are those of the new one, packed, if somebody read it before.
    fn read_both(&self, language: &str, facts: Option<&[u8]>) {
        let Contents::Texts { new, .. } = &self.contents else {
            self.read_old(language);
            return;
        };
        let Some((path, old)) = self.old() else {
            self.read_new(language);
            return;
        };
        let kept = same_lines(old.as_bytes(), new.as_bytes());
        // What cannot be unpacked is read again.
        let facts = facts.and_then(|facts| FileFacts::unpack(facts).ok());
        let new = (self.path.as_str(), new.as_str(), facts);
        let read = Definitions::read_both(language, (path, old), new, &kept);
        self.read[0].keep(language, read.0);
        self.read[1].keep(language, read.1);
    }

    /// How long both texts are.
    fn letters(&self) -> usize {
        match &self.contents {
            Contents::Texts { old, new } => old.len() + new.len(),
            Contents::Deleted { old } => old.len(),
            Contents::Opaque | Contents::ModeOnly => 0,
        }
    }
}

/// The language of a file of a diff, and what was read of its new text before, packed.
pub(super) type Known = (String, Option<Vec<u8>>);

/// Reads the texts of a diff side by side, in the languages that `known` has for their positions with what was read of the new ones before, and
/// keeps what there is room for.
pub(super) fn read_ahead(pairs: &mut [VersionPair], known: &[Option<Known>]) {
    let mut kept = 0;
    for pair in pairs.iter_mut() {
        kept += pair.letters();
        for side in &mut pair.read {
            side.is_kept = kept <= MAX_KEPT;
        }
    }
    let asked = pairs.par_iter().zip(known);
    asked
        .filter(|(pair, _)| pair.read[0].is_kept)
        .for_each(|(pair, known)| {
            if let Some((language, facts)) = known {
                pair.read_both(language, facts.as_deref());
            }
        });
}

/// Bytes as text, as files of the tree are read.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

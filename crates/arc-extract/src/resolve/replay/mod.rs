//! A run of the rounds written down, so that after an edit only what can differ is evaluated again.
//!
//! The rounds end after a fixed number whether anything still changes or not, so what they find depends on where they start: they
//! cannot go on from the last tables. But a file whose facts are the same, which sees the same of other files, and for which
//! the tables have, round by round, what they had, gives what it gave. So the recorded run is played again, each round
//! against the tables of the round before as they are now, and only other files are evaluated, from the first round on. The
//! tables are then those of a run from scratch.
//!
//! Files are evaluated as wholes. What the evaluation of a file, its edges and what it hands out read is one of these:
//!
//! - keys of the tables, by `Evaluator::read`: all are recorded, in all rounds and for the edges. `Evaluator::known` reads without a
//!   note, and only keys that the file alone gives values, which are what they were while the file is not evaluated again;
//! - the file's own facts, which are the same unless it was edited;
//! - facts of other files and what is made of them before the first round: paths and languages (a run is of one list of files),
//!   settings, names and where they are bound, imports, exports, signatures, flags, members, namespaces, the hierarchy, definitions of
//!   bare and mentioned names. None of it is recorded: [`same`] holds for an edit only when all of it is the same;
//! - literals of other files, by `Value::Made`: their number, and what is written in them. A literal in a body that was edited has
//!   no number any more, so that whoever read a value that holds it is evaluated again ([`recorded::Recorded::is_lost`]); in
//!   any other body it is what it was;
//! - links, of which a hash is compared file by file, and anonymous functions, whose callers are recorded.
//!
//! A table that is made of facts and asked from elsewhere must be looked up in [`same`] when it is added.

mod codec;
mod link;
mod record;
mod recorded;
mod renumbered;
mod run;
mod same;

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::resolve::Edge;
use crate::resolve::hierarchy::FileTypes;
use crate::resolve::program::Program;
use crate::resolve::replay::codec::Writer;
use crate::resolve::tables::Key;
use crate::resolve::values::Values;
use crate::wire::Wire;
pub use link::Kept;
pub(super) use link::Past;
pub(super) use record::Recorder;
use recorded::{Recorded, read};
use run::replay;
use same::renumbering;

/// Why a recorded run says nothing of a project as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotPlayed {
    /// The bytes are no run of a project with these files.
    Unreadable,
    /// A file came, went or has another language.
    Files,
    /// A name came or went where that alone may decide what other names stand for.
    Names,
    /// Other definitions, or another signature.
    Definitions,
    /// Other imports.
    Imports,
    /// Other exports, extensions, settings or names that documents mention.
    Exports,
    /// Other fields that assignments make.
    Fields,
    /// Other code outside of functions.
    TopLevel,
    /// A function that was edited holds types or scopes that others see.
    OpenBody,
    /// Other decorators, or parameters used as keys.
    Indexes,
    /// The files say something else of types.
    Types,
    /// So much would be evaluated again that a run from scratch costs no more.
    TooMuch,
}

/// The tables of a round as a recorded run had them, but for some keys.
pub(super) struct View {
    recorded: Arc<Recorded>,
    /// What keys have now that had something else; unknown for those that have nothing.
    differing: Arc<FxHashMap<Key, Values>>,
    /// How many rounds were run; nothing is known before the first.
    round: u8,
}

impl View {
    pub(super) fn get(&self, key: &Key) -> Option<&Values> {
        let found = match self.differing.get(key) {
            Some(values) => Some(values),
            None => self.recorded.get(key, self.round),
        };
        found.filter(|values| **values != Values::unknown())
    }
}

/// A hash of what the aliases of a file stand for, on top of what came before.
pub(super) fn aliases_hash(program: &Program<'_>, before: u64, aliases: &[(Key, Values)]) -> u64 {
    let mut writer = Writer::new(program);
    let mut bytes = Vec::new();
    for (key, values) in aliases {
        writer.key(*key).put(&mut bytes);
        writer.values(values, &mut bytes);
    }
    writer.finish(&mut bytes);
    hash(before, &bytes)
}

/// A hash of what a file says of types, on top of what came before. Lines are left out.
pub(super) fn types_hash(program: &Program<'_>, before: u64, types: &FileTypes) -> u64 {
    let mut writer = Writer::new(program);
    let mut bytes = Vec::new();
    let one = |value| Values::one(value, arc_graph::Rule::Syntax);
    for (symbol, base) in &types.bases {
        symbol.put(&mut bytes);
        base.is_plain.put(&mut bytes);
        writer.values(&one(base.value), &mut bytes);
    }
    // Blocks are those outside of functions, in order: their numbers may move.
    for (_, target, interfaces) in &types.extensions {
        writer.values(target, &mut bytes);
        (interfaces.len() as u32).put(&mut bytes);
        for base in interfaces {
            base.is_plain.put(&mut bytes);
            writer.values(&one(base.value), &mut bytes);
        }
    }
    for (class, (file, expr)) in &types.mixed {
        for number in [class.file, class.symbol, *file, *expr] {
            number.put(&mut bytes);
        }
    }
    writer.finish(&mut bytes);
    hash(before, &bytes)
}

/// A hash of the edges that links give a file.
pub(super) fn links_hash(edges: &[Edge]) -> u64 {
    let mut hasher = FxHasher::default();
    for edge in edges {
        std::hash::Hash::hash(&format!("{edge:?}"), &mut hasher);
    }
    hasher.finish()
}

fn hash(before: u64, bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(before);
    hasher.write(bytes);
    hasher.finish()
}

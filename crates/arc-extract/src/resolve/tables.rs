//! What one file learns from others: the results of a round, read by the next.
//!
//! A round evaluates files against the tables of the round before (Jacobi iteration), so its outcome depends neither on
//! the order of files nor on threads. A file is evaluated again only when something that it read has changed.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::resolve::values::{NameId, Sym, Values};

/// Something that crosses files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// The result of a function.
    Return(Sym),
    /// The value of a binding: file, position.
    Binding(u32, u32),
    /// A member given a value by assignment.
    Field(Sym, NameId),
    /// What is passed for a parameter.
    Param(Sym, u32),
    /// The declared type of a parameter.
    ParamType(Sym, u32),
    /// The declared type of a symbol.
    Declared(Sym),
    /// The bound of a type parameter.
    Bound(Sym, u32),
    /// What a literal container holds: file, expression.
    Elements(u32, u32),
    /// What is put into a literal container later.
    Added(u32, u32),
    /// The value under a key of a literal map or object.
    Keyed(u32, u32, NameId),
    /// The value of an explicit export: file, position.
    Export(u32, u32),
}

/// What one file contributes in a round.
#[derive(Debug, Default)]
pub(super) struct Contribution {
    /// Sorted by key; a key may occur several times.
    pub(super) values: Vec<(Key, Values)>,
    /// Keys read, also those without a value.
    pub(super) reads: FxHashSet<Key>,
}

impl Contribution {
    pub(super) fn add(&mut self, key: Key, values: Values) {
        if !values.is_unknown() {
            self.values.push((key, values));
        }
    }
}

/// The merged contributions of all files.
#[derive(Default)]
pub(super) struct Tables {
    values: FxHashMap<Key, Values>,
}

impl Tables {
    pub(super) fn get(&self, key: &Key) -> Option<&Values> {
        self.values.get(key)
    }

    /// Merges contributions in file order.
    pub(super) fn merged(contributions: &[Contribution]) -> Tables {
        let mut tables = Tables::default();
        for (key, values) in contributions
            .iter()
            .flat_map(|contribution| &contribution.values)
        {
            tables.values.entry(*key).or_default().extend(values);
        }
        tables
    }

    /// The keys whose values differ.
    pub(super) fn changes(&self, before: &Tables) -> FxHashSet<Key> {
        let gone = before
            .values
            .keys()
            .filter(|key| !self.values.contains_key(key));
        let other = self
            .values
            .iter()
            .filter(|(key, values)| before.values.get(key) != Some(values));
        other.map(|(key, _)| *key).chain(gone.copied()).collect()
    }
}

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
    /// Some code makes an instance of exactly this type.
    Made(Sym),
    /// The value of an explicit export: file, position.
    Export(u32, u32),
}

/// A part of a file that is evaluated again as a whole: the body of a function, or an expression outside of functions.
pub(super) type Unit = u32;

/// What one file contributes.
#[derive(Debug, Default)]
pub(super) struct Contribution {
    /// By unit; a key may occur several times.
    pub(super) values: Vec<(Unit, Key, Values)>,
    /// Keys that units read, also those without a value.
    pub(super) reads: Vec<(Unit, Key)>,
    /// Units that use what other units of the file give: the user, the used.
    pub(super) links: Vec<(Unit, Unit)>,
}

impl Contribution {
    /// The units of the file that a change of these keys can change, or `None` if there are none.
    pub(super) fn touched(&self, units: usize, changes: &FxHashSet<Key>) -> Option<Vec<bool>> {
        let mut touched = vec![false; units];
        let mut open = Vec::new();
        for (unit, key) in &self.reads {
            if !touched[*unit as usize] && changes.contains(key) {
                touched[*unit as usize] = true;
                open.push(*unit);
            }
        }
        if open.is_empty() {
            return None;
        }
        let mut users: Vec<(Unit, Unit)> = self
            .links
            .iter()
            .map(|(user, used)| (*used, *user))
            .collect();
        users.sort_unstable();
        while let Some(used) = open.pop() {
            let start = users.partition_point(|(known, _)| *known < used);
            for (known, user) in &users[start..] {
                if *known != used {
                    break;
                }
                if !touched[*user as usize] {
                    touched[*user as usize] = true;
                    open.push(*user);
                }
            }
        }
        Some(touched)
    }

    /// Puts what `units` of the file contribute now in the place of what they did, and gives the keys that may differ.
    pub(super) fn replace(&mut self, units: &[bool], new: Contribution) -> Vec<Key> {
        let is_kept = |unit: Unit| !units[unit as usize];
        let mut keys: Vec<Key> = Vec::new();
        self.values.retain(|(unit, key, _)| {
            if !is_kept(*unit) {
                keys.push(*key);
            }
            is_kept(*unit)
        });
        keys.extend(new.values.iter().map(|(_, key, _)| *key));
        self.values.extend(new.values);
        self.reads.retain(|(unit, _)| is_kept(*unit));
        self.reads.extend(new.reads);
        self.links.retain(|(user, _)| is_kept(*user));
        self.links.extend(new.links);
        keys
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

    /// All contributions together.
    pub(super) fn merged(contributions: &[Contribution]) -> Tables {
        let mut tables = Tables::default();
        for (_, key, values) in contributions
            .iter()
            .flat_map(|contribution| &contribution.values)
        {
            tables.values.entry(*key).or_default().extend(values);
        }
        tables
    }

    /// All keys that have a value.
    pub(super) fn keys(&self) -> FxHashSet<Key> {
        self.values.keys().copied().collect()
    }

    /// Merges the contributions to `keys` again, and gives those of the keys whose values differ.
    pub(super) fn merge_again(
        &mut self,
        contributions: &[Contribution],
        keys: &FxHashSet<Key>,
    ) -> FxHashSet<Key> {
        let mut merged: FxHashMap<Key, Values> = FxHashMap::default();
        for (_, key, values) in contributions
            .iter()
            .flat_map(|contribution| &contribution.values)
        {
            if keys.contains(key) {
                merged.entry(*key).or_default().extend(values);
            }
        }
        let mut changes = FxHashSet::default();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each key is looked at on its own"
        )]
        for key in keys {
            let now = merged.remove(key);
            if self.values.get(key) != now.as_ref() {
                changes.insert(*key);
                match now {
                    Some(values) => self.values.insert(*key, values),
                    None => self.values.remove(key),
                };
            }
        }
        changes
    }
}

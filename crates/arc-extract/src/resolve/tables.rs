//! What one file learns from others: the results of a round, read by the next.
//!
//! A round evaluates files against the tables of the round before (Jacobi iteration), so its outcome depends neither on
//! the order of files nor on threads. A file is evaluated again only when something that it read has changed.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::resolve::replay::View;
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

impl Key {
    /// Good enough to see what may have changed.
    pub(super) fn hash(&self) -> KeyHash {
        KeyHash(full_hash(self))
    }

    /// Whether only the file that the key names gives it a value, and from one place.
    pub(super) fn is_own(&self) -> bool {
        self.owner().is_some()
    }
}

impl Key {
    /// The file that alone gives it a value, if there is one.
    pub(super) fn owner(&self) -> Option<u32> {
        match self {
            Key::Return(sym) | Key::ParamType(sym, _) | Key::Declared(sym) | Key::Bound(sym, _) => {
                Some(sym.file)
            }
            Key::Binding(file, _) | Key::Elements(file, _) | Key::Export(file, _) => Some(*file),
            Key::Field(..) | Key::Param(..) | Key::Added(..) | Key::Keyed(..) | Key::Made(_) => {
                None
            }
        }
    }
}

/// The hash of a [`Key`]. Two keys may share one: then something is evaluated again that would not need to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyHash(u64);

impl KeyHash {
    fn shard(self) -> usize {
        (self.0 >> 32) as usize % SHARDS
    }
}

/// The keys that changed in a round.
#[derive(Default)]
pub(super) struct Changes {
    hashes: FxHashSet<KeyHash>,
    /// Others that changed as well, and those of them that did not.
    known: Option<(Arc<FxHashSet<KeyHash>>, FxHashSet<KeyHash>)>,
    /// The keys with what they have now, where a run is recorded; an unknown value is gone.
    log: Option<Vec<(Key, Values)>>,
}

impl Changes {
    /// Changes that keep what keys have now.
    pub(super) fn logged() -> Changes {
        Changes {
            log: Some(Vec::new()),
            ..Changes::default()
        }
    }

    /// Changes that start with those that are known.
    pub(super) fn known(known: &Arc<FxHashSet<KeyHash>>) -> Changes {
        Changes {
            known: Some((Arc::clone(known), FxHashSet::default())),
            ..Changes::default()
        }
    }

    fn note(&mut self, key: Key, values: &Values) -> KeyHash {
        let hash = key.hash();
        self.hashes.insert(hash);
        if let Some(log) = &mut self.log {
            log.push((key, values.clone()));
        }
        hash
    }

    pub(super) fn insert(&mut self, key: KeyHash) {
        self.hashes.insert(key);
        if let Some((_, gone)) = &mut self.known {
            gone.remove(&key);
        }
    }

    pub(super) fn remove(&mut self, key: KeyHash) {
        self.hashes.remove(&key);
        if let Some((known, gone)) = &mut self.known
            && known.contains(&key)
        {
            gone.insert(key);
        }
    }

    fn contains(&self, key: &KeyHash) -> bool {
        let is_known = |(known, gone): &(Arc<FxHashSet<KeyHash>>, FxHashSet<KeyHash>)| {
            known.contains(key) && !gone.contains(key)
        };
        self.hashes.contains(key) || self.known.as_ref().is_some_and(is_known)
    }

    pub(super) fn is_empty(&self) -> bool {
        let known = self.known.as_ref();
        self.hashes.is_empty() && known.is_none_or(|(known, gone)| known.len() == gone.len())
    }

    pub(super) fn clear(&mut self) {
        self.hashes.clear();
        self.known = None;
    }

    /// Takes what was logged.
    pub(super) fn take_log(&mut self) -> Vec<(Key, Values)> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// What one file contributes.
#[derive(Debug, Default)]
pub(super) struct Contribution {
    /// What any file may give, by unit; a key may occur several times. What only this file gives is in the tables alone.
    pub(super) shared: Vec<(Unit, Key, Values)>,
    /// Keys that units read, also those without a value.
    pub(super) reads: Vec<(Unit, KeyHash)>,
    /// Units that use what other units of the file give: the user, the used.
    pub(super) links: Vec<(Unit, Unit)>,
}

/// What a file contributes otherwise than in the round before.
#[derive(Default)]
pub(super) struct News {
    /// Other values of its own; an unknown one is gone.
    pub(super) own: Vec<(Key, Values)>,
    /// Shared keys that the file may give other values now.
    pub(super) shared: SharedNews,
}

/// Shared keys that may have other values now; each may occur several times.
#[derive(Default)]
pub(super) struct SharedNews {
    /// Keys that somebody gave a value and may give no more.
    given_up: Vec<Key>,
    /// Keys that somebody gives a value now.
    given: Vec<Key>,
}

impl SharedNews {
    /// All of them.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.given_up.iter().chain(&self.given)
    }

    pub(super) fn clear(&mut self) {
        self.given_up.clear();
        self.given.clear();
    }

    fn append(&mut self, mut other: SharedNews) {
        self.given_up.append(&mut other.given_up);
        self.given.append(&mut other.given);
    }
}

impl Contribution {
    /// Whether each unit of the file can change by the changes; `None` if none can.
    pub(super) fn touched(&self, units: usize, changes: &Changes) -> Option<Vec<bool>> {
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

    /// Puts what the touched units of the file contribute now in the place of what they did, and gives the shared keys
    /// that may have other values by it.
    pub(super) fn replace(&mut self, touched: &[bool], mut new: Contribution) -> SharedNews {
        let is_kept = |unit: Unit| !touched[unit as usize];
        let mut shared = SharedNews::default();
        self.shared.retain(|(unit, key, _)| {
            if !is_kept(*unit) {
                shared.given_up.push(*key);
            }
            is_kept(*unit)
        });
        let given = new.shared.iter().map(|(_, key, _)| *key);
        shared.given = given.collect();
        self.reads.retain(|(unit, _)| is_kept(*unit));
        self.links.retain(|(user, _)| is_kept(*user));
        append(&mut self.shared, new.shared);
        // Other units are evaluated on the way; what they read and use is known.
        let is_touched = |unit: Unit| touched[unit as usize];
        new.reads.retain(|(unit, _)| is_touched(*unit));
        new.links.retain(|(user, _)| is_touched(*user));
        append(&mut self.reads, new.reads);
        append(&mut self.links, new.links);
        shared
    }
}

/// Appends without the slack of a growing vector: there are as many of these as there are files.
fn append<T>(to: &mut Vec<T>, mut from: Vec<T>) {
    to.reserve_exact(from.len());
    to.append(&mut from);
    to.shrink_to_fit();
}

/// Says of nearly all keys that are not in a set that they are not.
struct Sieve(Vec<u64>);

impl Sieve {
    const BITS: usize = 1 << 21;

    fn of(keys: &SharedNews) -> Sieve {
        let mut words = vec![0; Sieve::BITS / 64];
        for key in keys.keys() {
            let bit = Sieve::bit(full_hash(key));
            words[bit / 64] |= 1 << (bit % 64);
        }
        Sieve(words)
    }

    fn may_hold(&self, full: u64) -> bool {
        let bit = Sieve::bit(full);
        self.0[bit / 64] & 1 << (bit % 64) != 0
    }

    fn bit(full: u64) -> usize {
        (full >> 32) as usize % Sieve::BITS
    }
}

/// A value that somebody gives a shared key, or that somebody who gave it one may give none any more.
struct Given<'c> {
    full: u64,
    key: Key,
    values: Option<&'c Values>,
}

/// Parts of the tables: each grows on its own, so that growing never doubles everything.
const SHARDS: usize = 16;

/// The merged contributions of all files.
pub(super) struct Tables {
    shards: Vec<Shard>,
    /// Where the values are those of a recorded run, and which differ from it: the shards are empty then.
    recorded: Option<View>,
}

/// Entries one after the other, found by their positions: a table of the entries themselves has room for up to as many
/// again.
#[derive(Clone, Default)]
struct Shard {
    entries: Vec<(Key, Values)>,
    positions: HashTable<u32>,
}

impl Shard {
    fn get(&self, full: u64, key: &Key) -> Option<&Values> {
        let is_it = |at: &u32| self.entries[*at as usize].0 == *key;
        let at = self.positions.find(full, is_it)?;
        Some(&self.entries[*at as usize].1)
    }

    fn insert(&mut self, key: Key, values: Values) {
        let entries = &self.entries;
        let entry = self.positions.entry(
            full_hash(&key),
            |at| entries[*at as usize].0 == key,
            |at| full_hash(&entries[*at as usize].0),
        );
        match entry {
            Entry::Occupied(at) => self.entries[*at.get() as usize].1 = values,
            Entry::Vacant(vacant) => {
                vacant.insert(self.entries.len() as u32);
                if self.entries.len() == self.entries.capacity() {
                    // By less than doubling.
                    self.entries.reserve_exact(self.entries.len() / 4 + 16);
                }
                self.entries.push((key, values));
            }
        }
    }

    fn set(&mut self, key: Key, values: Values) {
        if values == Values::unknown() {
            self.remove(&key);
        } else {
            self.insert(key, values);
        }
    }

    /// Puts all that is given to one key together, and says whether that is something else than before.
    fn merge(&mut self, group: &[Given<'_>]) -> bool {
        let mut given = group.iter().filter_map(|one| one.values);
        let first = given.next();
        let Given { full, key, .. } = group[0];
        let merged = match (first, given.next()) {
            (Some(first), Some(second)) => {
                let mut merged = first.clone();
                merged.extend(second);
                given.for_each(|values| merged.extend(values));
                Cow::Owned(merged)
            }
            (first, _) => first.map_or_else(|| Cow::Owned(Values::unknown()), Cow::Borrowed),
        };
        let known = self.get(full, &key);
        if known.unwrap_or(&Values::unknown()) == &*merged {
            return false;
        }
        self.set(key, merged.into_owned());
        true
    }

    fn remove(&mut self, key: &Key) {
        let entries = &self.entries;
        let is_it = |at: &u32| entries[*at as usize].0 == *key;
        let Ok(found) = self.positions.find_entry(full_hash(key), is_it) else {
            return;
        };
        let (at, _) = found.remove();
        self.entries.swap_remove(at as usize);
        // The last entry has taken the place.
        if let Some((moved, _)) = self.entries.get(at as usize) {
            let last = self.entries.len() as u32;
            let known = self.positions.find_mut(full_hash(moved), |at| *at == last);
            if let Some(known) = known {
                *known = at;
            }
        }
    }
}

fn full_hash(key: &Key) -> u64 {
    FxBuildHasher.hash_one(key)
}

impl Default for Tables {
    fn default() -> Tables {
        Tables {
            shards: vec![Shard::default(); SHARDS],
            recorded: None,
        }
    }
}

impl Tables {
    /// A table of values that no round has found.
    pub(super) fn of(values: impl IntoIterator<Item = (Key, Values)>) -> Tables {
        let mut tables = Tables::default();
        for (key, values) in values {
            tables.set(key, values);
        }
        tables
    }

    /// The tables of a round that is replayed.
    pub(super) fn replayed(view: View) -> Tables {
        Tables {
            shards: Vec::new(),
            recorded: Some(view),
        }
    }

    /// Gives back the room for entries that no round will add.
    pub(super) fn shrink_to_fit(&mut self) {
        for shard in &mut self.shards {
            shard.entries.shrink_to_fit();
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Values> {
        self.look_up(key).1
    }

    /// The values of a key, and its hash, which is needed to find them.
    pub(super) fn look_up(&self, key: &Key) -> (KeyHash, Option<&Values>) {
        let full = full_hash(key);
        let hash = KeyHash(full);
        let found = match &self.recorded {
            None => self.shards[hash.shard()].get(full, key),
            Some(view) => view.get(key),
        };
        (hash, found)
    }

    /// Puts what is known now in the place of what was. What was given up stays, so that whoever reads it gives up too.
    fn set(&mut self, key: Key, values: Values) {
        self.shards[key.hash().shard()].set(key, values);
    }

    /// Takes what files found, adds the keys that have other values now to `changes`, and those that need merging to
    /// `shared`.
    pub(super) fn take(&mut self, news: Vec<News>, shared: &mut SharedNews, changes: &mut Changes) {
        let mut parts: Vec<Vec<(Key, Values)>> = Vec::new();
        parts.resize_with(SHARDS, Vec::new);
        for file in news {
            for (key, values) in file.own {
                let hash = changes.note(key, &values);
                parts[hash.shard()].push((key, values));
            }
            shared.append(file.shared);
        }
        self.shards
            .par_iter_mut()
            .zip(parts)
            .for_each(|(shard, own)| {
                for (key, values) in own {
                    shard.set(key, values);
                }
            });
    }

    /// Merges the contributions to shared keys again, and adds those of the keys whose values differ to `changes`.
    pub(super) fn merge_shared(
        &mut self,
        contributions: &[Contribution],
        keys: &SharedNews,
        changes: &mut Changes,
    ) {
        let sieve = Sieve::of(keys);
        let mut parts: Vec<Vec<Given<'_>>> = Vec::new();
        parts.resize_with(SHARDS, Vec::new);
        let shared = contributions
            .iter()
            .flat_map(|contribution| &contribution.shared);
        let given = shared.map(|(_, key, values)| (*key, Some(values)));
        let given_up = keys.given_up.iter().map(|key| (*key, None));
        for (key, values) in given.chain(given_up) {
            let full = full_hash(&key);
            // What passes the sieve by chance is merged to what it was.
            if sieve.may_hold(full) {
                parts[KeyHash(full).shard()].push(Given { full, key, values });
            }
        }
        let merged = self.shards.par_iter_mut().zip(parts);
        let changed: Vec<Vec<(KeyHash, Key)>> = merged
            .map(|(shard, mut given)| {
                given.sort_by_key(|one| (one.full, one.key));
                given
                    .chunk_by(|one, next| one.key == next.key)
                    .filter(|group| shard.merge(group))
                    .map(|group| (KeyHash(group[0].full), group[0].key))
                    .collect()
            })
            .collect();
        for (hash, key) in changed.into_iter().flatten() {
            changes.insert(hash);
            if let Some(log) = &mut changes.log {
                log.push((key, self.get(&key).cloned().unwrap_or_default()));
            }
        }
    }
}

//! A recorded run read back, in terms of the project as it is now.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::resolve::program::Program;
use crate::resolve::replay::codec::Decoder;
use crate::resolve::replay::record::Found;
use crate::resolve::replay::renumbered::{Mentions, Originals};
use crate::resolve::tables::{Changes, Key, KeyHash};
use crate::resolve::values::{Sym, Values};
use crate::wire::{Reader, Wire, WireError};

/// What something had from a round on; `None` for what has no counterpart in the project as it is now.
pub(super) type Since = (u8, Option<Values>);

/// A run.
pub(super) struct Recorded {
    pub(super) rounds: u8,
    /// By number; `None` for what has no counterpart.
    pub(super) keys: Vec<Option<Key>>,
    pub(super) numbers: FxHashMap<Key, u32>,
    /// Where the history of each key starts in `values`, and the end.
    pub(super) starts: Vec<u32>,
    pub(super) values: Vec<Since>,
    /// The keys that changed in each round, as they were read.
    changed: Vec<Arc<FxHashSet<KeyHash>>>,
    /// The keys that each file alone gives values.
    pub(super) own: Vec<Vec<u32>>,
    pub(super) reads: Vec<Vec<u32>>,
    /// What each file gave to shared keys, sorted by key and round.
    pub(super) given: Vec<Vec<(u32, Since)>>,
    /// The files that gave something to each key, sorted.
    givers: Vec<Vec<u32>>,
    /// For files that were renumbered before, what has their expressions and bindings.
    pub(super) mentions: FxHashMap<u32, Mentions>,
    /// What is renumbered now, as it was read.
    pub(super) originals: Originals,
}

/// What the tables had.
pub(super) enum Had<'r> {
    Values(&'r Values),
    Nothing,
    /// Something that has no counterpart now.
    Other,
}

impl Recorded {
    pub(super) fn number(&self, key: &Key) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    fn history(&self, key: u32) -> &[Since] {
        let key = key as usize;
        let (Some(start), Some(end)) = (self.starts.get(key), self.starts.get(key + 1)) else {
            return &[];
        };
        &self.values[*start as usize..*end as usize]
    }

    /// What a key had after a round.
    pub(super) fn at(&self, key: u32, round: u8) -> Had<'_> {
        had(self.history(key).iter(), round)
    }

    pub(super) fn get(&self, key: &Key, round: u8) -> Option<&Values> {
        match self.at(self.number(key)?, round) {
            Had::Values(values) => Some(values),
            Had::Nothing | Had::Other => None,
        }
    }

    /// The keys that a round changed, by the numbers of now.
    pub(super) fn changes(&self, round: u8) -> Changes {
        let Some(changed) = self.changed.get(round as usize) else {
            return Changes::default();
        };
        let mut changes = Changes::known(changed);
        let moved = self.originals.keys.iter();
        let has_changed = |number: u32| self.history(number).iter().any(|(at, _)| *at == round);
        let moved: Vec<_> = moved.filter(|(number, _)| has_changed(*number)).collect();
        for (_, old) in &moved {
            changes.remove(old.hash());
        }
        // One may have the number that another had.
        for now in moved
            .iter()
            .filter_map(|(number, _)| self.keys[*number as usize])
        {
            changes.insert(now.hash());
        }
        changes
    }

    /// The shared keys that a file gave something.
    pub(super) fn given_keys(&self, file: usize) -> impl Iterator<Item = u32> + '_ {
        let given = self.given[file].chunk_by(|(a, _), (b, _)| a == b);
        given.map(|same| same[0].0)
    }

    /// What a file gave to a shared key in a round.
    pub(super) fn given(&self, file: usize, key: u32, round: u8) -> Had<'_> {
        let given = &self.given[file];
        let start = given.partition_point(|(known, _)| *known < key);
        let count = given[start..].partition_point(|(known, _)| *known == key);
        let same = &given[start..start + count];
        had(same.iter().map(|(_, since)| since), round)
    }

    /// The files that gave something to a key in any round.
    pub(super) fn givers(&self, key: u32) -> &[u32] {
        self.givers.get(key as usize).map_or(&[], Vec::as_slice)
    }

    /// For each file whether it read, gave or has something without counterpart.
    pub(super) fn is_lost(&self) -> Vec<bool> {
        let mut is_lost = vec![false; self.reads.len()];
        let Some(lost) = self.lost_keys() else {
            return is_lost;
        };
        let is_key_lost = |key: &u32| lost.get(*key as usize).copied().unwrap_or(true);
        for (file, is_lost) in is_lost.iter_mut().enumerate() {
            *is_lost = self.reads[file].iter().any(is_key_lost)
                || self.own[file].iter().any(is_key_lost)
                || self.given[file]
                    .iter()
                    .any(|(key, (_, values))| values.is_none() || is_key_lost(key));
        }
        is_lost
    }
}

fn had<'r>(history: impl DoubleEndedIterator<Item = &'r Since>, round: u8) -> Had<'r> {
    match history.rev().find(|(since, _)| *since <= round) {
        Some((_, Some(values))) if *values == Values::unknown() => Had::Nothing,
        Some((_, Some(values))) => Had::Values(values),
        Some((_, None)) => Had::Other,
        None => Had::Nothing,
    }
}

/// Reads a run that a recorder wrote. `None` when it is not one of a project with these files.
pub(in crate::resolve) fn read(
    program: &Program<'_>,
    bytes: &[u8],
) -> Result<Option<(Recorded, Found)>, WireError> {
    let mut input = Reader::new(bytes);
    let input = &mut input;
    let files = u32::get(input)? as usize;
    let project_files = u32::get(input)? as usize;
    if files != program.files.len() || project_files != program.project_files {
        return Ok(None);
    }
    let mut found = Found::default();
    for _ in 0..files {
        found.types.push(get_hash(input)?);
    }
    for _ in 0..project_files {
        found.links.push(get_hash(input)?);
    }
    found.open = read_said(program, input)?;
    found.called = read_said(program, input)?;
    for _ in 0..u32::get(input)? {
        found.refers.push((u32::get(input)?, u32::get(input)?));
    }
    let (decoder, keys) = Decoder::new(program, input)?;
    let rounds = u32::get(input)?;
    let mut recorded = Recorded {
        rounds: u8::try_from(rounds).map_err(|_| input.error())?,
        numbers: FxHashMap::default(),
        starts: vec![0],
        values: Vec::new(),
        changed: Vec::new(),
        own: vec![Vec::new(); files],
        reads: Vec::with_capacity(files),
        given: Vec::with_capacity(files),
        givers: vec![Vec::new(); keys.len()],
        keys: keys.into_iter().map(Some).collect(),
        mentions: FxHashMap::default(),
        originals: Originals::default(),
    };
    recorded.read_rounds(&decoder, input)?;
    recorded.number_keys(files);
    for file in 0..files {
        recorded.read_file(file as u32, &decoder, input)?;
    }
    if !input.is_at_end() {
        return Err(input.error());
    }
    Ok(Some((recorded, found)))
}

/// Definitions, each with the file of the project that says something of it.
fn read_said(program: &Program<'_>, input: &mut Reader<'_>) -> Result<Vec<(u32, Sym)>, WireError> {
    let mut said = Vec::new();
    for _ in 0..u32::get(input)? {
        let by = u32::get(input)?;
        let sym = Sym {
            file: u32::get(input)?,
            symbol: u32::get(input)?,
        };
        let file = program.files.get(sym.file as usize);
        let is_known = file.is_some_and(|file| (sym.symbol as usize) < file.facts.symbols.len());
        if !is_known || by as usize >= program.project_files {
            return Err(input.error());
        }
        said.push((by, sym));
    }
    Ok(said)
}

impl Recorded {
    fn read_rounds(
        &mut self,
        decoder: &Decoder<'_, '_>,
        input: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut changed = vec![FxHashSet::default(); self.rounds as usize + 1];
        for key in 0..u32::get(input)? {
            let hash = self.keys.get(key as usize).copied().flatten();
            let hash = hash.ok_or_else(|| input.error())?.hash();
            for _ in 0..u32::get(input)? {
                let round = u8::get(input)?;
                let changed = changed.get_mut(round as usize);
                changed.ok_or_else(|| input.error())?.insert(hash);
                self.values.push((round, Some(decoder.values(input)?)));
            }
            self.starts.push(self.values.len() as u32);
        }
        self.changed = changed.into_iter().map(Arc::new).collect();
        Ok(())
    }

    fn number_keys(&mut self, files: usize) {
        self.numbers.reserve(self.keys.len());
        for (number, key) in (0..).zip(&self.keys) {
            let Some(key) = key else { continue };
            self.numbers.insert(*key, number);
            let owner = key.owner().map(|owner| owner as usize);
            if let Some(owner) = owner.filter(|owner| *owner < files) {
                self.own[owner].push(number);
            }
        }
    }

    fn read_file(
        &mut self,
        file: u32,
        decoder: &Decoder<'_, '_>,
        input: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let length = u32::get(input)?;
        let mut reads = Vec::with_capacity(input.at_most(length));
        let mut last = 0u32;
        for _ in 0..length {
            last = last.wrapping_add(u32::get(input)?);
            reads.push(last);
        }
        self.reads.push(reads);
        let length = u32::get(input)?;
        let mut given = Vec::with_capacity(input.at_most(length));
        let mut last = 0u32;
        for _ in 0..length {
            last = last.wrapping_add(u32::get(input)?);
            let since = (u8::get(input)?, Some(decoder.values(input)?));
            given.push((last, since));
            let givers = self.givers.get_mut(last as usize);
            let givers = givers.ok_or_else(|| input.error())?;
            if givers.last() != Some(&file) {
                givers.push(file);
            }
        }
        self.given.push(given);
        Ok(())
    }
}

fn get_hash(input: &mut Reader<'_>) -> Result<u64, WireError> {
    let bytes = input.take(8)?;
    let bytes = bytes.try_into().map_err(|_| input.error())?;
    Ok(u64::from_le_bytes(bytes))
}

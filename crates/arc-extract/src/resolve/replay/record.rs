//! Writes a run down while it goes on.

use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::resolve::program::Program;
use crate::resolve::replay::codec::Writer;
use crate::resolve::tables::{Contribution, Key, SharedNews};
use crate::resolve::values::{Sym, Values};
use crate::wire::Wire;

/// What a run found and read.
pub(in crate::resolve) struct Recorder {
    /// The keys that changed in each round, with what they had then.
    rounds: Vec<Vec<(Key, Values)>>,
    files: Vec<Mutex<FileRecord>>,
}

/// What one file did.
#[derive(Default)]
struct FileRecord {
    /// All keys that it read, in any round and for its edges.
    reads: FxHashSet<Key>,
    /// What it gave to keys that others may give values too, when that was something else than before.
    given: Vec<(u8, Key, Values)>,
    /// What it gives to them now.
    now: FxHashMap<Key, Values>,
    /// Its edges were made.
    is_whole: bool,
}

impl Recorder {
    pub(in crate::resolve) fn new(files: usize) -> Recorder {
        let mut recorder = Recorder {
            rounds: Vec::new(),
            files: Vec::new(),
        };
        recorder.files.resize_with(files, Mutex::default);
        recorder
    }

    fn file(&self, file: usize) -> std::sync::MutexGuard<'_, FileRecord> {
        self.files[file]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a file was evaluated: what it contributes now, the shared keys that it may give other values, what it read.
    pub(in crate::resolve) fn evaluated(
        &self,
        round: u8,
        file: usize,
        (contribution, shared): (&Contribution, &SharedNews),
        keys: FxHashSet<Key>,
    ) {
        let mut record = self.file(file);
        record.reads.extend(keys);
        let mut given: FxHashMap<Key, Values> = FxHashMap::default();
        for key in shared.keys() {
            given.entry(*key).or_default();
        }
        if given.is_empty() {
            return;
        }
        for (_, key, values) in &contribution.shared {
            if let Some(known) = given.get_mut(key) {
                known.extend(values);
            }
        }
        #[expect(
            clippy::iter_over_hash_type,
            reason = "what a key was given is sorted before it is written"
        )]
        for (key, values) in given {
            let known = record.now.get(&key);
            if known.unwrap_or(&Values::unknown()) != &values {
                record.given.push((round, key, values.clone()));
                record.now.insert(key, values);
            }
        }
    }

    /// Notes what a round changed.
    pub(in crate::resolve) fn round(&mut self, mut changes: Vec<(Key, Values)>) {
        // Which thread came first must not be seen in what is written.
        changes.sort_unstable_by_key(|(key, _)| *key);
        self.rounds.push(changes);
    }

    /// Notes what was read for something that follows the rounds.
    pub(in crate::resolve) fn read(&self, file: usize, keys: FxHashSet<Key>) {
        self.file(file).reads.extend(keys);
    }

    /// The same for the edges of a file.
    pub(in crate::resolve) fn read_for_edges(&self, file: usize, keys: FxHashSet<Key>) {
        let mut record = self.file(file);
        record.reads.extend(keys);
        record.is_whole = true;
    }

    /// The run as bytes. `None` while the edges of some file of the project were not made.
    pub(in crate::resolve) fn write(
        &self,
        program: &Program<'_>,
        found: &Found,
    ) -> Option<Vec<u8>> {
        if (0..program.project_files).any(|file| !self.file(file).is_whole) {
            return None;
        }
        let mut writer = Writer::new(program);
        let mut body = Vec::new();
        self.write_rounds(&mut writer, &mut body);
        for file in 0..self.files.len() {
            self.file(file).write(&mut writer, &mut body);
        }
        let mut out = Vec::with_capacity(body.len() * 2);
        (self.files.len() as u32).put(&mut out);
        (program.project_files as u32).put(&mut out);
        for hash in found.types.iter().chain(&found.links) {
            put_hash(*hash, &mut out);
        }
        for said in [&found.open, &found.called] {
            (said.len() as u32).put(&mut out);
            for (by, sym) in said {
                for number in [*by, sym.file, sym.symbol] {
                    number.put(&mut out);
                }
            }
        }
        (found.refers.len() as u32).put(&mut out);
        for (by, file) in &found.refers {
            by.put(&mut out);
            file.put(&mut out);
        }
        writer.finish(&mut out);
        out.append(&mut body);
        Some(out)
    }

    /// Key by key, what it had from which round on.
    fn write_rounds(&self, writer: &mut Writer<'_, '_>, out: &mut Vec<u8>) {
        let mut histories: Vec<Vec<(u8, &Values)>> = Vec::new();
        for (round, changes) in self.rounds.iter().enumerate() {
            for (key, values) in changes {
                let key = writer.key(*key) as usize;
                if key >= histories.len() {
                    histories.resize_with(key + 1, Vec::new);
                }
                histories[key].push((round as u8 + 1, values));
            }
        }
        (self.rounds.len() as u32).put(out);
        (histories.len() as u32).put(out);
        for history in histories {
            (history.len() as u32).put(out);
            for (round, values) in history {
                round.put(out);
                writer.values(values, out);
            }
        }
    }
}

impl FileRecord {
    fn write(&self, writer: &mut Writer<'_, '_>, out: &mut Vec<u8>) {
        let mut keys: Vec<Key> = self.reads.iter().copied().collect();
        keys.sort_unstable();
        let mut reads: Vec<u32> = keys.into_iter().map(|key| writer.key(key)).collect();
        reads.sort_unstable();
        (reads.len() as u32).put(out);
        let mut last = 0;
        for read in reads {
            (read - last).put(out);
            last = read;
        }
        let mut given: Vec<&(u8, Key, Values)> = self.given.iter().collect();
        given.sort_unstable_by_key(|(round, key, _)| (*key, *round));
        let mut given: Vec<(u32, u8, &Values)> = given
            .into_iter()
            .map(|(round, key, values)| (writer.key(*key), *round, values))
            .collect();
        given.sort_unstable_by_key(|(key, round, _)| (*key, *round));
        (given.len() as u32).put(out);
        let mut last = 0;
        for (key, round, values) in given {
            (key - last).put(out);
            last = key;
            round.put(out);
            writer.values(values, out);
        }
    }
}

/// What follows from a run besides tables and edges.
#[derive(Default)]
pub(in crate::resolve) struct Found {
    /// For each file a hash of what it says of types.
    pub(in crate::resolve) types: Vec<u64>,
    /// For each file of the project a hash of the edges that links give it.
    pub(in crate::resolve) links: Vec<u64>,
    /// Functions that code outside the project may run, with the file that says so.
    pub(in crate::resolve) open: Vec<(u32, Sym)>,
    /// Anonymous functions that are called, with the file that does.
    pub(in crate::resolve) called: Vec<(u32, Sym)>,
    /// For files the files whose anonymous functions they refer to; [`ANY_FILE`] for a file of which that is not known.
    pub(in crate::resolve) refers: Vec<(u32, u32)>,
}

/// Stands for any file.
pub(in crate::resolve) const ANY_FILE: u32 = u32::MAX;

pub(super) fn put_hash(hash: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&hash.to_le_bytes());
}

//! A recorded run played again: what can differ is evaluated, everything else taken as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::program::Program;
use crate::resolve::replay::View;
use crate::resolve::replay::recorded::{Had, Recorded};
use crate::resolve::rounds::Round;
use crate::resolve::tables::{Changes, Contribution, Key, Tables};
use crate::resolve::values::{Rounds, Values};

/// Of this many files one may be evaluated again; with more, a run from scratch costs no more.
const MAX_SHARE: usize = 3;

/// Files of a project that is so small that this does not matter.
const SMALL: usize = 64;

/// A file that is evaluated.
#[derive(Default)]
struct Live {
    contribution: Contribution,
    /// What it alone gives.
    own: FxHashMap<Key, Values>,
    /// What it gives to shared keys.
    given: FxHashMap<Key, Values>,
}

/// How a replay ended.
pub(in crate::resolve) struct Replayed {
    /// The tables of the last round.
    pub(in crate::resolve) tables: Tables,
    /// Files whose edges may be other ones.
    pub(in crate::resolve) may_differ: Vec<bool>,
}

struct Run<'r, 'a> {
    program: &'r Program<'a>,
    hierarchy: &'r Hierarchy,
    recorded: &'r Arc<Recorded>,
    live: BTreeMap<usize, Live>,
    /// After each round, from none on, what keys have now that had something else.
    differing: Vec<Arc<FxHashMap<Key, Values>>>,
    /// The keys that each round changed, from the first on.
    changes: Vec<Changes>,
}

/// Plays the run again for a project in which the files of `edited` say something else. `None` when that would cost as much as
/// a run from scratch.
pub(in crate::resolve) fn replay(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    recorded: &Arc<Recorded>,
    edited: &[usize],
) -> Option<Replayed> {
    let mut run = Run {
        program,
        hierarchy,
        recorded,
        live: BTreeMap::new(),
        differing: vec![Arc::default()],
        changes: Vec::new(),
    };
    let lost = recorded.is_lost().into_iter().enumerate();
    let lost = lost.filter_map(|(file, is_lost)| is_lost.then_some(file));
    let mut stale: Vec<usize> = lost.chain(edited.iter().copied()).collect();
    for round in 1..=Rounds::DEFAULT.values {
        let round = round as u8;
        run.join(&stale, round)?;
        run.evaluate(round);
        run.compare(round)?;
        let is_last = run.changes.last().is_some_and(Changes::is_empty);
        if is_last && round >= recorded.rounds {
            break;
        }
        stale = run.readers();
    }
    let may_differ = run.readers();
    let mut differs = vec![false; program.files.len()];
    for file in may_differ.iter().chain(run.live.keys()) {
        differs[*file] = true;
    }
    let last = run.changes.len() as u8;
    Some(Replayed {
        tables: run.tables(last),
        may_differ: differs,
    })
}

impl Run<'_, '_> {
    /// The tables after a round.
    fn tables(&self, round: u8) -> Tables {
        Tables::replayed(View {
            recorded: Arc::clone(self.recorded),
            differing: Arc::clone(&self.differing[round as usize]),
            round,
        })
    }

    /// Begins to evaluate files: in the rounds that are over they gave what they had given, and are where they were.
    fn join(&mut self, stale: &[usize], round: u8) -> Option<()> {
        let new: FxHashSet<usize> = stale
            .iter()
            .copied()
            .filter(|file| !self.live.contains_key(file))
            .collect();
        let (live, files) = (self.live.len() + new.len(), self.program.files.len());
        if files > SMALL && live * MAX_SHARE > files {
            return None;
        }
        let mut joined: Vec<(usize, Live)> = new
            .into_iter()
            .map(|file| (file, Live::default()))
            .collect();
        for past in 1..round {
            let tables = self.tables(past - 1);
            joined.par_iter_mut().for_each(|(file, live)| {
                self.step(&tables, past, *file, live);
            });
        }
        self.live.extend(joined);
        Some(())
    }

    fn evaluate(&mut self, round: u8) {
        let tables = self.tables(round - 1);
        let mut live = std::mem::take(&mut self.live);
        live.par_iter_mut()
            .for_each(|(file, live)| self.step(&tables, round, *file, live));
        self.live = live;
    }

    /// Evaluates a file in one round as a run from scratch does.
    fn step(&self, tables: &Tables, round: u8, file: usize, live: &mut Live) {
        let units = self.program.files[file].unit_count();
        let touched = if round == 1 {
            Some(vec![true; units])
        } else {
            let changes = &self.changes[round as usize - 2];
            live.contribution.touched(units, changes)
        };
        let Some(touched) = touched else { return };
        let step = Round {
            program: self.program,
            hierarchy: self.hierarchy,
            tables,
            recorder: None,
        };
        let news = step.evaluate(file, &mut live.contribution, &touched);
        for (key, values) in news.own {
            live.own.insert(key, values);
        }
        for key in news.shared.keys() {
            live.given.remove(key);
        }
        let shared: FxHashSet<&Key> = news.shared.keys().collect();
        for (_, key, values) in &live.contribution.shared {
            if shared.contains(key) {
                live.given.entry(*key).or_default().extend(values);
            }
        }
    }

    /// Finds out which keys have something else after a round than they had, and which the round changed.
    fn compare(&mut self, round: u8) -> Option<()> {
        let mut differing = FxHashMap::default();
        let mut suspects: FxHashSet<Key> = FxHashSet::default();
        for (file, live) in &self.live {
            self.compare_own(round, *file, live, &mut differing);
            self.suspect(round, *file, live, &mut suspects);
        }
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each key is looked at on its own"
        )]
        for key in suspects {
            let now = self.merged(round, &key)?;
            self.note(round, key, now, &mut differing);
        }
        self.differing.push(Arc::new(differing));
        let changes = self.changes(round);
        self.changes.push(changes);
        Some(())
    }

    fn compare_own(
        &self,
        round: u8,
        file: usize,
        live: &Live,
        differing: &mut FxHashMap<Key, Values>,
    ) {
        for number in &self.recorded.own[file] {
            if let Some(Some(key)) = self.recorded.keys.get(*number as usize)
                && !live.own.contains_key(key)
            {
                self.note(round, *key, Values::unknown(), differing);
            }
        }
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each key is looked at on its own"
        )]
        for (key, values) in &live.own {
            self.note(round, *key, values.clone(), differing);
        }
    }

    /// Collects the shared keys to which a file gives something else than it gave.
    fn suspect(&self, round: u8, file: usize, live: &Live, suspects: &mut FxHashSet<Key>) {
        #[expect(clippy::iter_over_hash_type, reason = "a set is made of a map")]
        for (key, values) in &live.given {
            let had = match self.recorded.number(key) {
                Some(number) => self.recorded.given(file, number, round),
                None => Had::Nothing,
            };
            if !matches!(had, Had::Values(had) if had == values) {
                suspects.insert(*key);
            }
        }
        for number in self.recorded.given_keys(file) {
            let key = self.recorded.keys.get(number as usize).copied().flatten();
            suspects.extend(key.filter(|key| !live.given.contains_key(key)));
        }
    }

    /// What all files give to a shared key; `None` when a file that is not evaluated gave something without counterpart.
    fn merged(&self, round: u8, key: &Key) -> Option<Values> {
        let mut merged = Values::unknown();
        if let Some(number) = self.recorded.number(key) {
            for file in self.recorded.givers(number) {
                let file = *file as usize;
                if self.live.contains_key(&file) {
                    continue;
                }
                match self.recorded.given(file, number, round) {
                    Had::Values(values) => merged.extend(values),
                    Had::Nothing => {}
                    Had::Other => return None,
                }
            }
        }
        for live in self.live.values() {
            if let Some(values) = live.given.get(key) {
                merged.extend(values);
            }
        }
        Some(merged)
    }

    /// Notes what a key has now if it is something else than it had.
    fn note(&self, round: u8, key: Key, now: Values, differing: &mut FxHashMap<Key, Values>) {
        let had = match self.recorded.number(&key) {
            Some(number) => self.recorded.at(number, round),
            None => Had::Nothing,
        };
        let is_same = match had {
            Had::Values(had) => *had == now,
            Had::Nothing => now == Values::unknown(),
            Had::Other => false,
        };
        if !is_same {
            differing.insert(key, now);
        }
    }

    /// The keys that a round changed: those that it changed then, but for those that have something else.
    fn changes(&self, round: u8) -> Changes {
        let mut changes = self.recorded.changes(round);
        let (before, after) = (self.tables(round - 1), self.tables(round));
        let around = [round - 1, round].map(|round| &self.differing[round as usize]);
        for key in around.into_iter().flat_map(|differing| differing.keys()) {
            if before.get(key) == after.get(key) {
                changes.remove(key.hash());
            } else {
                changes.insert(key.hash());
            }
        }
        changes
    }

    /// The files that read something, in whatever round, that differs after the last one.
    fn readers(&self) -> Vec<usize> {
        let Some(differing) = self.differing.last().filter(|last| !last.is_empty()) else {
            return Vec::new();
        };
        let mut differs = vec![false; self.recorded.keys.len()];
        let mut is_any = false;
        #[expect(clippy::iter_over_hash_type, reason = "marks are set in any order")]
        for key in differing.keys() {
            if let Some(number) = self.recorded.number(key) {
                differs[number as usize] = true;
                is_any = true;
            }
        }
        // What nobody had nobody read.
        if !is_any {
            return Vec::new();
        }
        let reads = self.recorded.reads.iter().enumerate();
        let readers = reads.filter(|(_, reads)| {
            let mut reads = reads.iter();
            reads.any(|key| differs.get(*key as usize).copied().unwrap_or(false))
        });
        readers.map(|(file, _)| file).collect()
    }
}

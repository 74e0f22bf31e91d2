//! Which files change in the same commits, as sums that only ever grow.
//!
//! A commit of `n` source files gives each of their pairs the weight `1/(n-1)`, halved for every two years of age.
//! Age is counted from a fixed day and not from today, so a new commit adds to the sums and nothing has to be
//! recomputed; the sums are integers, so the order in which commits arrive cannot change a single bit.

use std::collections::HashMap;

use crate::number_hasher::BuildNumberHasher;

/// Commits that touch more paths than this say nothing about any two of them.
pub const MAX_COMMIT_PATHS: usize = 50;

/// After this many days a commit counts half.
pub const HALF_LIFE_DAYS: i64 = 730;

/// The day from which age is counted: 2020-01-01, in days since 1970.
const EPOCH_DAY: i64 = 18_262;

/// The first and the last half-life that are told apart, from the epoch: 1990 and 2050. Clocks lie, and a commit
/// from 2099 must not outweigh all others.
const HALF_LIVES: std::ops::RangeInclusive<i64> = -15..=15;

/// One weight of 1 at the epoch, as stored: thirty fractional bits.
const UNIT: f64 = 1_073_741_824.0;

/// The weight of one commit, or a sum of such weights. Quotients of weights are what rankings use; the absolute
/// number only means something against [`Weight::of_one_commit_at`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(pub i64);

impl Weight {
    /// What a commit at `time` (seconds since 1970) with `source_files` source files adds to each pair of them.
    #[must_use]
    pub fn of_commit(time: i64, source_files: usize) -> Weight {
        let others = source_files.saturating_sub(1).clamp(1, MAX_COMMIT_PATHS) as i64;
        Weight((Weight::of_one_commit_at(time).0 + others / 2) / others)
    }

    /// What a commit of one or two files at `time` adds: the unit for sums seen from that time.
    #[must_use]
    pub fn of_one_commit_at(time: i64) -> Weight {
        let first = HALF_LIVES.start() * HALF_LIFE_DAYS;
        let last = HALF_LIVES.end() * HALF_LIFE_DAYS;
        let days = (time.div_euclid(86_400) - EPOCH_DAY).clamp(first, last);
        let halvings = i32::try_from(days.div_euclid(HALF_LIFE_DAYS)).expect("within 15");
        let part = i32::try_from(days.rem_euclid(HALF_LIFE_DAYS)).expect("within 730");
        // Products of exact powers: the same bits on every machine, unlike `exp2`.
        let weight = power(2.0, halvings) * power(DAILY_GROWTH, part);
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^46")]
        Weight((weight * UNIT).round() as i64)
    }

    /// This sum in commits that count fully at `now`.
    #[must_use]
    pub fn commits_at(self, now: i64) -> f64 {
        self.0 as f64 / Weight::of_one_commit_at(now).0 as f64
    }

    /// This weight as a share of `whole`, 0 to 1; 0 of nothing.
    #[must_use]
    pub fn share_of(self, whole: Weight) -> f64 {
        if whole.0 == 0 {
            0.0
        } else {
            self.0 as f64 / whole.0 as f64
        }
    }

    fn add(&mut self, other: Weight) {
        self.0 = self.0.saturating_add(other.0);
    }
}

/// The 730th root of two.
const DAILY_GROWTH: f64 = 1.000_949_967_619_378_5;

/// `base` to the power of `exponent` by squaring, in a fixed order of roundings.
fn power(base: f64, exponent: i32) -> f64 {
    let mut square = if exponent < 0 { 1.0 / base } else { base };
    let mut left = exponent.unsigned_abs();
    let mut product = 1.0;
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    product
}

/// What the common commits of two files add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairSum {
    /// The sum of the weights.
    pub weight: Weight,
    /// The number of common commits.
    pub commits: u32,
    /// The key of the latest common commit, as given to [`CoChange::add`].
    pub last: u64,
}

/// What the commits of one file add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSum {
    /// The sum of the weights: what the shares of its pairs are shares of.
    pub weight: Weight,
    /// The number of commits.
    pub commits: u32,
    /// The key of the latest commit.
    pub last: u64,
}

/// Sums over commits. Files are the caller's numbers for names at HEAD (see [`crate::HeadNames`]).
#[derive(Clone, Debug, Default)]
pub struct CoChange {
    files: HashMap<u32, FileSum, BuildNumberHasher>,
    pairs: HashMap<u64, PairSum, BuildNumberHasher>,
}

impl CoChange {
    /// Sums without a commit.
    #[must_use]
    pub fn new() -> CoChange {
        CoChange::default()
    }

    /// Adds one commit: its source `files` under their names at HEAD (each once, in any order), out of `all_paths`
    /// paths in all. `key` orders commits by age, larger is later; equal histories must give equal keys. The caller
    /// leaves out what is no normal commit; commits that are too wide are left out here.
    pub fn add(&mut self, key: u64, time: i64, files: &[u32], all_paths: usize) {
        if all_paths > MAX_COMMIT_PATHS {
            return;
        }
        let weight = Weight::of_commit(time, files.len());
        for (index, &file) in files.iter().enumerate() {
            let sum = self.files.entry(file).or_insert(FileSum {
                weight: Weight::default(),
                commits: 0,
                last: 0,
            });
            sum.weight.add(weight);
            sum.commits = sum.commits.saturating_add(1);
            sum.last = sum.last.max(key);
            for &other in &files[index + 1..] {
                let sum = self.pairs.entry(pair_key(file, other)).or_insert(PairSum {
                    weight: Weight::default(),
                    commits: 0,
                    last: 0,
                });
                sum.weight.add(weight);
                sum.commits = sum.commits.saturating_add(1);
                sum.last = sum.last.max(key);
            }
        }
    }

    /// The sums of each file, ordered by file.
    #[must_use]
    pub fn files(&self) -> Vec<(u32, FileSum)> {
        let mut files: Vec<_> = self.files.iter().map(|(&file, &sum)| (file, sum)).collect();
        files.sort_unstable_by_key(|&(file, _)| file);
        files
    }

    /// The sums of each pair, smaller number first, ordered by pair.
    #[must_use]
    pub fn pairs(&self) -> Vec<(u32, u32, PairSum)> {
        let mut pairs: Vec<_> = self.pairs.iter().map(|(&key, &sum)| (key, sum)).collect();
        pairs.sort_unstable_by_key(|&(key, _)| key);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the key")]
        pairs
            .into_iter()
            .map(|(key, sum)| ((key >> 32) as u32, key as u32, sum))
            .collect()
    }
}

fn pair_key(one: u32, other: u32) -> u64 {
    u64::from(one.min(other)) << 32 | u64::from(one.max(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn close(weight: Weight, expected: f64) {
        let found = weight.0 as f64 / UNIT;
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
    }

    #[test]
    fn a_commit_counts_half_after_two_years() {
        let epoch = EPOCH_DAY * DAY;
        close(Weight::of_commit(epoch, 2), 1.0);
        close(Weight::of_commit(epoch, 5), 0.25);
        close(Weight::of_commit(epoch - 730 * DAY, 2), 0.5);
        close(
            Weight::of_commit(epoch + 365 * DAY, 1),
            std::f64::consts::SQRT_2,
        );
    }

    #[test]
    fn lying_clocks_neither_vanish_nor_overflow() {
        for time in [i64::MIN, -1, 0, 4_102_444_800, i64::MAX] {
            let weight = Weight::of_commit(time, 50);
            assert!(weight.0 > 0 && weight.0 < 1 << 46, "{time}: {weight:?}");
        }
    }

    #[test]
    fn the_order_of_commits_does_not_matter() {
        let commits = [
            (1, 1_000_000_000, vec![1, 2, 3]),
            (2, 1_300_000_007, vec![2, 1]),
            (3, 1_600_000_001, vec![3]),
        ];
        let mut forward = CoChange::new();
        let mut backward = CoChange::new();
        for (key, time, files) in &commits {
            forward.add(*key, *time, files, files.len());
        }
        for (key, time, files) in commits.iter().rev() {
            backward.add(*key, *time, files, files.len());
        }
        assert_eq!(forward.pairs(), backward.pairs());
        assert_eq!(forward.files(), backward.files());
        let (one, other, sum) = forward.pairs()[0];
        assert_eq!((one, other, sum.commits, sum.last), (1, 2, 2, 2));
    }

    #[test]
    fn wide_commits_say_nothing() {
        let mut sums = CoChange::new();
        sums.add(1, 0, &[1, 2], 51);
        assert!(sums.files().is_empty());
    }

    #[test]
    fn a_share_is_the_same_seen_from_any_day() {
        let mut sums = CoChange::new();
        sums.add(1, 1_600_000_000, &[1, 2], 2);
        sums.add(2, 1_600_000_000, &[1], 1);
        let whole = sums.files()[0].1.weight;
        assert!((sums.pairs()[0].2.weight.share_of(whole) - 0.5).abs() < 1e-9);
        assert!((whole.commits_at(1_600_000_000) - 2.0).abs() < 1e-6);
    }
}

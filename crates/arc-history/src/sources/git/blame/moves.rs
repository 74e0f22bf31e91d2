//! Lines that were moved within a file or copied from another one, as `git blame -M -C` finds them.

use std::collections::HashSet;

use super::texts::{Bare, common_runs, weight};

/// Lines moved within a file count from this many letters and digits on; git's default.
pub(super) const MOVED: usize = 20;

/// Lines copied from another file count from this many on.
pub(super) const COPIED: usize = 40;

/// The part of `lines` (numbers into `new`, consecutive) that stands in `old` in one piece and weighs most, if at
/// least `least`: where it starts in `lines`, in `old`, its length and weight.
pub(super) fn best_piece(old: &[&[u8]], new: &[&[u8]], least: usize) -> Option<Piece> {
    let mut best: Option<Piece> = None;
    for run in common_runs(old, new) {
        let at = run.new as usize;
        let score: usize = new[at..at + run.count as usize]
            .iter()
            .map(|line| weight(line))
            .sum();
        if score >= least && best.is_none_or(|best| score >= best.weight) {
            best = Some(Piece {
                old: run.old as usize,
                new: at,
                count: run.count as usize,
                weight: score,
            });
        }
    }
    best
}

/// Lines found elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) count: usize,
    pub(super) weight: usize,
}

/// The lines that are looked for, to tell quickly that a text has none of them.
pub(super) struct Wanted<'a> {
    lines: HashSet<Bare<'a>>,
    /// What the lines begin with: most lines of a text need no more than a look at that.
    starts: Vec<bool>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(lines: impl Iterator<Item = &'a [u8]>) -> Wanted<'a> {
        let lines: HashSet<Bare<'a>> = lines.filter(|line| weight(line) > 0).map(Bare).collect();
        let mut starts = vec![false; 1 << 16];
        for line in lines.iter().map(|line| line.0) {
            starts[start(line)] = true;
        }
        Wanted { lines, starts }
    }

    /// Whether enough of the wanted lines stand in `text`.
    pub(super) fn may_be_in(&self, text: &[&[u8]], least: usize) -> bool {
        let mut sum = 0;
        for line in text {
            if self.starts[start(line)] && self.lines.contains(&Bare(line)) {
                sum += weight(line);
                if sum >= least {
                    return true;
                }
            }
        }
        false
    }
}

/// The first two bytes of a line that are no whitespace.
fn start(line: &[u8]) -> usize {
    let mut bytes = line.iter().filter(|byte| !byte.is_ascii_whitespace());
    let first = bytes.next().copied().unwrap_or(0);
    usize::from(first) << 8 | usize::from(bytes.next().copied().unwrap_or(0))
}

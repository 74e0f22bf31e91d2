//! History smoothed by names, words and references: which files usually change along with the targets.
//!
//! The prior counts as much as [`PRIOR_COMMITS`] commits. So a file with a long history is ranked by it, a new file by
//! what its text says, and nothing switches between the two. Likeness also weighs what history says: of two files that
//! changed along as often, the one that speaks of the same things is the likelier.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_graph::NodeId;

use crate::reason::{ReasonKind, Reasons, co_change_reason, resembling_reason};
use crate::signals::{FileSignals, LIST_LENGTH, Resembling};
use crate::weights::{
    PATH_LIKENESS, PATH_SHARE, PRIOR_COMMITS, REFERS_LIKENESS, REFERS_SHARE, SHARPNESS,
    TEXT_LIKENESS, TEXT_SHARE,
};

/// One of the lists of a file.
type ListOf = fn(&FileSignals) -> &[Resembling];

/// The weight of a file's history, the mean over `signals`, in commits of today.
fn evidence(signals: &[Arc<FileSignals>]) -> f64 {
    let count = signals.len().max(1) as f64;
    signals.iter().map(|one| one.evidence).sum::<f64>() / count
}

/// What history leaves for other evidence: 1 where there is none.
pub(crate) fn doubt(signals: &[Arc<FileSignals>]) -> f64 {
    PRIOR_COMMITS / (evidence(signals) + PRIOR_COMMITS)
}

/// How much a file belongs to the targets, and why.
#[derive(Debug, Default)]
pub(crate) struct Belonging {
    /// 0 to 1; the scores of all files of one answer add up to at most 1 for each changed file.
    pub(crate) score: f64,
    /// How like it is to them, against the likest of each list: 0 when it is in none.
    pub(crate) likeness: f64,
    pub(crate) reasons: Reasons,
}

/// The files that go with the files of `signals` (one entry for each of `targets`), by file; with the reasons where they are
/// going to be told.
pub(crate) fn go_with(
    targets: &[NodeId],
    signals: &[Arc<FileSignals>],
    with_reasons: bool,
) -> BTreeMap<NodeId, Belonging> {
    let mut found: BTreeMap<NodeId, Belonging> = BTreeMap::new();
    if signals.is_empty() {
        return found;
    }
    let count = signals.len() as f64;
    let doubt = doubt(signals);
    for one in signals {
        for changed in &one.co_changed {
            let score = changed.share / count * (1.0 - doubt);
            if score > 0.0 && !targets.contains(&changed.file) {
                let belonging = found.entry(changed.file).or_default();
                belonging.score += score;
                if with_reasons {
                    let reason = co_change_reason(one, changed);
                    belonging.reasons.push(score, reason);
                }
            }
        }
    }
    let lists: [(ReasonKind, f64, f64, ListOf); 3] = [
        (ReasonKind::Path, PATH_SHARE, PATH_LIKENESS, |one| &one.near),
        (ReasonKind::Vocabulary, TEXT_SHARE, TEXT_LIKENESS, |one| {
            &one.similar
        }),
        (ReasonKind::Refers, REFERS_SHARE, REFERS_LIKENESS, |one| {
            &one.referring
        }),
    ];
    for (kind, weight, likeness, list) in lists {
        let strongest = best_of(targets, signals, list);
        let sharp = |strength: f64| strength.powi(SHARPNESS);
        let whole: f64 = strongest
            .iter()
            .map(|(_, strength, _)| sharp(*strength))
            .sum();
        let best = strongest.first().map_or(1.0, |(_, strength, _)| *strength);
        for (file, strength, near) in strongest {
            let share = sharp(strength) / whole;
            let score = doubt * weight * share;
            let belonging = found.entry(file).or_default();
            belonging.score += score;
            belonging.likeness += likeness * strength / best;
            if with_reasons {
                let reason = resembling_reason(kind, near, share);
                belonging.reasons.push(score, reason);
            }
        }
    }
    found
}

/// One list for all targets: sums, the best [`LIST_LENGTH`] of them, with an entry that explains each.
fn best_of<'a>(
    targets: &[NodeId],
    signals: &'a [Arc<FileSignals>],
    list: ListOf,
) -> Vec<(NodeId, f64, &'a Resembling)> {
    let mut sums: BTreeMap<NodeId, (f64, &Resembling)> = BTreeMap::new();
    for one in signals {
        for near in list(one) {
            if targets.contains(&near.file) || near.strength <= 0.0 {
                continue;
            }
            let sum = sums.entry(near.file).or_insert((0.0, near));
            sum.0 += near.strength;
            if near.strength > sum.1.strength {
                sum.1 = near;
            }
        }
    }
    let mut best: Vec<_> = sums
        .into_iter()
        .map(|(file, (strength, near))| (file, strength, near))
        .collect();
    best.sort_by(|one, other| other.1.total_cmp(&one.1));
    best.truncate(LIST_LENGTH);
    best
}

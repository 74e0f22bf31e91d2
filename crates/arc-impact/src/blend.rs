//! History smoothed by names, words and references: which files usually change along with the targets.
//!
//! The prior counts as much as [`PRIOR_COMMITS`] commits. So a file with a long history is ranked by it, a new file by
//! what its text says, and nothing switches between the two.

use std::collections::BTreeMap;

use arc_graph::NodeId;

use crate::reason::{Reason, ReasonKind, Reasons, co_change_reason, resembling_reason};
use crate::signals::{FileSignals, LIST_LENGTH, Resembling};
use crate::weights::{PATH_SHARE, PRIOR_COMMITS, REFERS_SHARE, SHARPNESS, TEXT_SHARE};

/// One of the lists of a file.
type ListOf = fn(&FileSignals) -> &[Resembling];

/// The weight of a file's history, the mean over `signals`, in commits of today.
fn evidence(signals: &[FileSignals]) -> f64 {
    let count = signals.len().max(1) as f64;
    signals.iter().map(|one| one.evidence).sum::<f64>() / count
}

/// What history leaves for other evidence: 1 where there is none.
pub(crate) fn doubt(signals: &[FileSignals]) -> f64 {
    PRIOR_COMMITS / (evidence(signals) + PRIOR_COMMITS)
}

/// How much a file belongs to the targets, and why.
#[derive(Debug, Default)]
pub(crate) struct Belonging {
    /// 0 to 1; the scores of all files of one answer add up to at most 1 for each changed file.
    pub(crate) score: f64,
    pub(crate) reasons: Reasons,
}

/// The files that go with the files of `signals` (one entry for each of `targets`), by file.
pub(crate) fn go_with(targets: &[NodeId], signals: &[FileSignals]) -> BTreeMap<NodeId, Belonging> {
    let mut found: BTreeMap<NodeId, Belonging> = BTreeMap::new();
    if signals.is_empty() {
        return found;
    }
    let count = signals.len() as f64;
    let doubt = doubt(signals);
    let mut add = |file: NodeId, score: f64, reason: Option<Reason>| {
        if score > 0.0 && !targets.contains(&file) {
            let belonging = found.entry(file).or_default();
            belonging.score += score;
            if let Some(reason) = reason {
                belonging.reasons.push(score, reason);
            }
        }
    };
    for one in signals {
        for changed in &one.co_changed {
            let score = changed.share / count * (1.0 - doubt);
            add(changed.file, score, Some(co_change_reason(one, changed)));
        }
    }
    let lists: [(ReasonKind, f64, ListOf); 3] = [
        (ReasonKind::Path, PATH_SHARE, |one| &one.near),
        (ReasonKind::Vocabulary, TEXT_SHARE, |one| &one.similar),
        (ReasonKind::Refers, REFERS_SHARE, |one| &one.referring),
    ];
    for (kind, weight, list) in lists {
        let strongest = best_of(targets, signals, list);
        let sharp = |strength: f64| strength.powi(SHARPNESS);
        let whole: f64 = strongest
            .iter()
            .map(|(_, strength, _)| sharp(*strength))
            .sum();
        for (file, strength, near) in strongest {
            let share = sharp(strength) / whole;
            let score = doubt * weight * share;
            add(file, score, Some(resembling_reason(kind, near, share)));
        }
    }
    found
}

/// One list for all targets: sums, the best [`LIST_LENGTH`] of them, with an entry that explains each.
fn best_of<'a>(
    targets: &[NodeId],
    signals: &'a [FileSignals],
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

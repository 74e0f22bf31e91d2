//! How risky a change is, among the changes this repository has seen.
//!
//! Every measure is turned into its percentile among the past changes, so nothing is compared across projects. The
//! weights were chosen on eighteen histories, where later commits name or revert the one that broke something, and held against
//! others; `docs/evaluation.md` has the figures. What told nothing, or nothing beside the rest, weighs nothing: how evenly the
//! lines are spread, folders, repairs of the files, how large they are, days since the last change, whether a test is part of it.
//! Deliberately absent: how often earlier changes of the author broke something.

/// The past normal commits a change is compared with.
pub const COMPARED_COMMITS: usize = 1_000;

/// One change, or one past commit, in numbers. What is not known is left out and weighs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMeasures {
    /// Lines added and deleted.
    pub lines: Option<u32>,
    /// People who changed the touched files before, among the changes that are read.
    pub people: Option<u32>,
    /// Changes that the author made in the year before, anywhere.
    pub author_changes: Option<u32>,
    /// Folders touched.
    pub folders: Option<u32>,
    /// Repairs of the touched files in the year before.
    pub fixes: Option<u32>,
    /// The author's share of the changes of the touched files in the two years before, 0 to 1.
    pub author_share: Option<f64>,
}

/// How risky, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskLevel {
    /// Below the 60th percentile.
    Low,
    /// Below the 85th.
    Medium,
    /// Below the 95th.
    High,
    /// The rest.
    VeryHigh,
}

impl RiskLevel {
    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RiskLevel::Low => "low",
            RiskLevel::Medium => "medium",
            RiskLevel::High => "high",
            RiskLevel::VeryHigh => "very high",
        }
    }

    fn of(percentile: f64) -> RiskLevel {
        if percentile < 0.60 {
            RiskLevel::Low
        } else if percentile < 0.85 {
            RiskLevel::Medium
        } else if percentile < 0.95 {
            RiskLevel::High
        } else {
            RiskLevel::VeryHigh
        }
    }
}

/// One term of the score.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskFactor {
    /// What was measured.
    pub name: &'static str,
    /// The measure itself.
    pub value: f64,
    /// Its part of the sum of all terms, 0 to 1.
    pub share: f64,
}

/// The risk of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// In words.
    pub level: RiskLevel,
    /// The percentile among the past commits, 0 to 1.
    pub score: f64,
    /// Every known term, the largest first.
    pub factors: Vec<RiskFactor>,
}

/// A measure that ranks by percentile.
struct Measure {
    name: &'static str,
    /// 0 for what is told as a fact and orders nothing.
    weight: f64,
    /// Whether a small value is the risky one.
    is_few_risky: bool,
    value: fn(&ChangeMeasures) -> Option<u32>,
}

impl Measure {
    fn of(&self, change: &ChangeMeasures) -> Option<f64> {
        (self.value)(change).map(f64::from)
    }

    /// What `value` adds to the sum, by its place in `column`.
    fn term(&self, column: &[f64], value: f64) -> f64 {
        let place = percentile(column, value);
        self.weight
            * if self.is_few_risky {
                1.0 - place
            } else {
                place
            }
    }
}

const MEASURES: &[Measure] = &[
    Measure {
        name: "lines",
        weight: 2.0,
        is_few_risky: false,
        value: |change| change.lines,
    },
    Measure {
        name: "people",
        weight: 1.0,
        is_few_risky: false,
        value: |change| change.people,
    },
    Measure {
        name: "author_changes",
        weight: 0.4,
        is_few_risky: true,
        value: |change| change.author_changes,
    },
    Measure {
        name: "folders",
        weight: 0.0,
        is_few_risky: false,
        value: |change| change.folders,
    },
    Measure {
        name: "recent_fixes",
        weight: 0.0,
        is_few_risky: false,
        value: |change| change.fixes,
    },
];

/// What it weighs that the author has not changed the files before.
const UNFAMILIAR: f64 = 0.6;

/// The risk of `change` among `past` commits, or `None` when there are too few to compare with.
#[must_use]
pub fn risk(change: &ChangeMeasures, past: &[ChangeMeasures]) -> Option<Risk> {
    if past.len() < 20 {
        return None;
    }
    // A measure that the change lacks is left out on both sides: percentiles of different sums mean nothing.
    let columns: Vec<(&Measure, f64, Vec<f64>)> = MEASURES
        .iter()
        .filter_map(|measure| {
            let value = measure.of(change)?;
            let mut column: Vec<f64> = past.iter().filter_map(|one| measure.of(one)).collect();
            column.sort_by(f64::total_cmp);
            (!column.is_empty()).then_some((measure, value, column))
        })
        .collect();
    let knows_author = change.author_share.is_some();
    let sum = |one: &ChangeMeasures| -> f64 {
        let ranked: f64 = columns
            .iter()
            .map(|(measure, _, column)| {
                let value = measure.of(one);
                value.map_or(0.0, |value| measure.term(column, value))
            })
            .sum();
        let author = author_term(one).filter(|_| knows_author);
        ranked + author.map_or(0.0, |term| term.2)
    };
    let mut sums: Vec<f64> = past.iter().map(sum).collect();
    sums.sort_by(f64::total_cmp);
    let score = percentile(&sums, sum(change));
    let mut terms: Vec<(&'static str, f64, f64)> = columns
        .iter()
        .map(|(measure, value, column)| (measure.name, *value, measure.term(column, *value)))
        .collect();
    terms.extend(author_term(change));
    let whole: f64 = terms.iter().map(|term| term.2).sum();
    terms.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(other.0)));
    Some(Risk {
        level: RiskLevel::of(score),
        score,
        factors: terms
            .into_iter()
            .map(|(name, value, term)| RiskFactor {
                name,
                value,
                share: if whole > 0.0 { term / whole } else { 0.0 },
            })
            .collect(),
    })
}

/// The term of who makes the change: `unfamiliar_author`, the share of changes that others made.
fn author_term(change: &ChangeMeasures) -> Option<(&'static str, f64, f64)> {
    let others = 1.0 - change.author_share?;
    Some(("unfamiliar_author", others, UNFAMILIAR * others))
}

/// The share of `sorted` below `value`, equal ones counting half.
fn percentile(sorted: &[f64], value: f64) -> f64 {
    let below = sorted.partition_point(|&other| other < value);
    let up_to = sorted.partition_point(|&other| other <= value);
    (below + up_to) as f64 / (2 * sorted.len().max(1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past() -> Vec<ChangeMeasures> {
        (0..100)
            .map(|n| ChangeMeasures {
                lines: Some(n),
                people: Some(n / 20),
                ..ChangeMeasures::default()
            })
            .collect()
    }

    #[test]
    fn a_change_is_ranked_among_the_past_ones() {
        let change = |lines, people| ChangeMeasures {
            lines: Some(lines),
            people: Some(people),
            ..ChangeMeasures::default()
        };
        let level = |lines, people| risk(&change(lines, people), &past()).unwrap().level;
        assert_eq!(level(3, 0), RiskLevel::Low);
        assert_eq!(level(70, 3), RiskLevel::Medium);
        assert_eq!(level(90, 4), RiskLevel::High);
        assert_eq!(level(5_000, 9), RiskLevel::VeryHigh);
    }

    #[test]
    fn the_largest_factor_comes_first_and_a_stranger_raises_the_risk() {
        let mut past = past();
        for (at, one) in past.iter_mut().enumerate() {
            one.author_share = Some(at as f64 / 100.0);
        }
        let mut change = ChangeMeasures {
            lines: Some(20),
            folders: Some(9),
            author_share: Some(1.0),
            ..ChangeMeasures::default()
        };
        let own = risk(&change, &past).unwrap();
        assert_eq!(own.factors[0].name, "lines");
        change.author_share = Some(0.0);
        let stranger = risk(&change, &past).unwrap();
        assert_eq!(stranger.factors[0].name, "unfamiliar_author");
        assert!(own.score < stranger.score);
    }

    #[test]
    fn whoever_seldom_changes_anything_here_raises_the_risk_and_folders_do_not() {
        let mut past = past();
        for (at, one) in (0_u32..).zip(past.iter_mut()) {
            one.author_changes = Some(at);
            one.folders = Some(at);
        }
        let with = |author_changes, folders| {
            let change = ChangeMeasures {
                lines: Some(50),
                author_changes: Some(author_changes),
                folders: Some(folders),
                ..ChangeMeasures::default()
            };
            risk(&change, &past).unwrap()
        };
        assert!(with(0, 1).score > with(99, 1).score);
        assert_eq!(with(50, 1).score, with(50, 99).score);
        let fact = with(50, 99);
        let folders = fact.factors.iter().find(|one| one.name == "folders");
        assert_eq!(folders.map(|one| (one.value, one.share)), Some((99.0, 0.0)));
    }

    #[test]
    fn a_young_history_is_no_measure() {
        assert_eq!(risk(&ChangeMeasures::default(), &[]), None);
    }
}

//! How risky a change is, among the changes this repository has seen.
//!
//! Every measure is turned into its percentile among the past changes, so nothing is compared across projects. The
//! weights follow the literature (size first, then history, diffusion and ownership) and are not fitted.

/// The past normal commits a change is compared with.
pub const COMPARED_COMMITS: usize = 1_000;

/// One change, or one past commit, in numbers. What is not known is left out and weighs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeMeasures {
    /// Lines added.
    pub added: Option<u32>,
    /// Lines deleted, as a share of the lines of the touched files.
    pub deleted_share: Option<f64>,
    /// How evenly the lines are spread over the files: entropy in bits.
    pub entropy: Option<f64>,
    /// Folders touched.
    pub folders: Option<u32>,
    /// Repairs of the touched files in the year before.
    pub fixes: Option<u32>,
    /// People who changed the touched files in the 90 days before.
    pub authors: Option<u32>,
    /// Days since the touched files were last changed.
    pub days_since_change: Option<f64>,
    /// The author's share of the past changes of the touched files, 0 to 1.
    pub author_share: Option<f64>,
    /// Direct dependents of the touched symbols.
    pub dependents: Option<u32>,
    /// A test of a touched file is part of the change.
    pub touches_test: bool,
    /// Nothing but comments and documents is touched.
    pub only_documents: bool,
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
    /// Its part of the sum of all terms that raise the risk, 0 to 1; negative for what lowers it.
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

/// The measures that rank by percentile: name, weight, value.
type Measure = (&'static str, f64, fn(&ChangeMeasures) -> Option<f64>);

const MEASURES: &[Measure] = &[
    ("lines_added", 1.0, |change| Some(f64::from(change.added?))),
    ("lines_deleted", 0.4, |change| change.deleted_share),
    ("spread", 0.5, |change| change.entropy),
    ("folders", 0.4, |change| Some(f64::from(change.folders?))),
    ("recent_fixes", 0.5, |change| Some(f64::from(change.fixes?))),
    ("recent_authors", 0.4, |change| {
        Some(f64::from(change.authors?))
    }),
    ("recency", 0.3, |change| {
        Some(1.0 / (1.0 + change.days_since_change?.max(0.0)))
    }),
    ("dependents", 0.4, |change| {
        Some(f64::from(change.dependents?))
    }),
];

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
            let value = (measure.2)(change)?;
            let mut column: Vec<f64> = past.iter().filter_map(measure.2).collect();
            column.sort_by(f64::total_cmp);
            (!column.is_empty()).then_some((measure, value, column))
        })
        .collect();
    let knows_author = change.author_share.is_some();
    let sum = |one: &ChangeMeasures| -> f64 {
        let ranked: f64 = columns
            .iter()
            .map(|(measure, _, column)| {
                let value = (measure.2)(one);
                measure.1 * value.map_or(0.0, |value| percentile(column, value))
            })
            .sum();
        let fixed: f64 = fixed_terms(one, knows_author)
            .iter()
            .map(|term| term.2)
            .sum();
        ranked + fixed
    };
    let mut sums: Vec<f64> = past.iter().map(sum).collect();
    sums.sort_by(f64::total_cmp);
    let score = percentile(&sums, sum(change));
    let mut terms: Vec<(&'static str, f64, f64)> = columns
        .iter()
        .map(|(measure, value, column)| (measure.0, *value, measure.1 * percentile(column, *value)))
        .collect();
    terms.extend(fixed_terms(change, knows_author));
    let raising: f64 = terms.iter().map(|term| term.2.max(0.0)).sum();
    terms.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(other.0)));
    Some(Risk {
        level: RiskLevel::of(score),
        score,
        factors: terms
            .into_iter()
            .map(|(name, value, term)| RiskFactor {
                name,
                value,
                share: if raising > 0.0 { term / raising } else { 0.0 },
            })
            .collect(),
    })
}

fn fixed_terms(change: &ChangeMeasures, knows_author: bool) -> Vec<(&'static str, f64, f64)> {
    let mut terms = Vec::new();
    if let Some(share) = change.author_share.filter(|_| knows_author) {
        terms.push(("unfamiliar_author", 1.0 - share, 0.5 * (1.0 - share)));
    }
    if change.touches_test {
        terms.push(("test_included", 1.0, -0.4));
    }
    if change.only_documents {
        terms.push(("only_documents", 1.0, -0.3));
    }
    terms
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
                added: Some(n),
                folders: Some(n / 20),
                ..ChangeMeasures::default()
            })
            .collect()
    }

    #[test]
    fn a_change_is_ranked_among_the_past_ones() {
        let change = |added, folders| ChangeMeasures {
            added: Some(added),
            folders: Some(folders),
            ..ChangeMeasures::default()
        };
        let level = |added, folders| risk(&change(added, folders), &past()).unwrap().level;
        assert_eq!(level(3, 0), RiskLevel::Low);
        assert_eq!(level(70, 3), RiskLevel::Medium);
        assert_eq!(level(90, 4), RiskLevel::High);
        assert_eq!(level(5_000, 9), RiskLevel::VeryHigh);
    }

    #[test]
    fn the_largest_factor_comes_first_and_a_test_lowers_the_risk() {
        let mut change = ChangeMeasures {
            added: Some(60),
            folders: Some(0),
            ..ChangeMeasures::default()
        };
        let without = risk(&change, &past()).unwrap();
        assert_eq!(without.factors[0].name, "lines_added");
        change.touches_test = true;
        assert!(risk(&change, &past()).unwrap().score < without.score);
    }

    #[test]
    fn a_young_history_is_no_measure() {
        assert_eq!(risk(&ChangeMeasures::default(), &[]), None);
    }
}

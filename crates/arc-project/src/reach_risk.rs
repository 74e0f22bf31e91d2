//! The risk of touching something at all, before a change with its own measures is known: how much depends on it, and
//! whether any test would notice.

use crate::ask::ImpactAnswer;

/// Direct dependents that are half of the scale.
const HALF: f64 = 10.0;
/// The part of the score that reach alone can make.
const REACH_SHARE: f64 = 0.8;

/// A target that the best test runs less likely than so is as good as untested.
const TESTED: f64 = 0.1;

/// How risky, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachRisk {
    /// `low`, `medium`, `high`, `very high`, or `unknown` when nothing is known to depend on the targets and something may:
    /// references by their names are unresolved, or they are files that are found by their names; and when one of them
    /// decides how everything is built.
    pub level: &'static str,
    /// 0 to 1.
    pub score: f64,
    /// Name, value and share of the score.
    pub factors: Vec<(&'static str, f64, f64)>,
}

/// The risk of touching the targets of an answer.
#[must_use]
pub fn reach_risk(answer: &ImpactAnswer) -> ReachRisk {
    let dependents = answer.impact.dependents as f64;
    let best_test = answer.impact.tests.first().map_or(0.0, |row| row.score);
    let has_no_test = best_test < TESTED && !answer.impact.is_partial;
    let is_untested = has_no_test && dependents > 0.0;
    let reach = REACH_SHARE * dependents / (dependents + HALF);
    let untested = if is_untested { 1.0 - REACH_SHARE } else { 0.0 };
    let score = reach + untested;
    let may_be_used = !answer.impact.unresolved.is_empty() || answer.is_read_by_name;
    let level = if dependents == 0.0 && may_be_used || answer.sets_up.is_some() {
        "unknown"
    } else if score < 0.35 {
        "low"
    } else if score < 0.6 {
        "medium"
    } else if score < 0.85 {
        "high"
    } else {
        "very high"
    };
    let share = |part: f64| if score > 0.0 { part / score } else { 0.0 };
    ReachRisk {
        level,
        score,
        factors: vec![
            ("dependents", dependents, share(reach)),
            (
                "untested",
                f64::from(u8::from(is_untested)),
                share(untested),
            ),
        ],
    }
}

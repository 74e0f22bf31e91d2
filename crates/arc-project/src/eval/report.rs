//! What an evaluation found, as printed.

use serde::Serialize;

use super::measures::{Bin, Measured, mean_with_interval};
use super::replay::{Ranker, Replayed, Tally};
use super::split::Split;
use crate::dates::day_of;

/// Digits of a printed number.
const STEPS: f64 = 10_000.0;

/// `arc eval --json`.
#[derive(Clone, Debug, Serialize)]
pub struct EvalReport {
    schema: &'static str,
    /// Where the past was cut.
    pub split: SplitReport,
    /// Commits asked about.
    pub commits: usize,
    /// Questions: each changed file of each commit.
    pub questions: usize,
    /// How right the rankings were, `arc impact` first.
    pub rankers: Vec<RankerReport>,
    /// What the average precision of `arc impact` is above that of plain co-change, over commits.
    pub gain: GainReport,
    /// What its scores say against what came true.
    pub calibration: CalibrationReport,
    /// The same by the top folder of the file asked about, the one with most questions first.
    pub folders: Vec<GroupReport>,
    /// The same by its language.
    pub languages: Vec<GroupReport>,
}

/// The cut through the history.
#[derive(Clone, Debug, Serialize)]
pub struct SplitReport {
    /// The last commit that was known.
    pub commit: String,
    /// Its day.
    pub date: String,
    /// The day of the last commit asked about.
    pub until: String,
    /// Commits that were known.
    pub past_commits: usize,
    /// Commits after them, questions or not.
    pub later_commits: usize,
    /// The clone is shallow: there are older commits elsewhere.
    pub shallow: bool,
}

/// How right one ranking was, each measure from 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct RankerReport {
    /// `impact`, `co_change` or `same_folder`.
    pub name: &'static str,
    /// The share of questions with a right file among the first ten.
    pub hit_at_10: f64,
    /// The share of the right files that are among the first ten.
    pub recall_at_10: f64,
    /// The mean of one over the place of the first right file.
    pub mrr: f64,
    /// The mean average precision.
    pub map: f64,
}

/// A mean difference and what holds it with 95 % chance.
#[derive(Clone, Debug, Serialize)]
pub struct GainReport {
    /// The mean.
    pub map: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What scores say against what came true.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationReport {
    /// Rows looked at.
    pub rows: usize,
    /// The expected calibration error over the bins.
    pub ece: f64,
    /// Ten bins of scores, the empty ones left out.
    pub bins: Vec<BinReport>,
}

/// Rows of about the same score.
#[derive(Clone, Debug, Serialize)]
pub struct BinReport {
    /// The lowest score of the bin.
    pub from: f64,
    /// The highest.
    pub to: f64,
    /// Rows.
    pub rows: usize,
    /// Their mean score.
    pub score: f64,
    /// The share of them that came true.
    pub right: f64,
}

/// The questions about some files.
#[derive(Clone, Debug, Serialize)]
pub struct GroupReport {
    /// The folder or the language.
    pub name: String,
    /// Questions.
    pub questions: usize,
    /// As for all questions.
    pub rankers: Vec<RankerReport>,
}

impl EvalReport {
    pub(super) fn new(split: &Split, replayed: &Replayed) -> EvalReport {
        let (map, low, high) = mean_with_interval(&replayed.gains);
        EvalReport {
            schema: "arc.eval/1",
            split: SplitReport {
                commit: split.commit.to_string(),
                date: day_of(split.time),
                until: day_of(replayed.last_time),
                past_commits: split.past,
                later_commits: split.after,
                shallow: split.is_shallow,
            },
            commits: replayed.commits,
            questions: replayed.whole.questions,
            rankers: rankers(&replayed.whole),
            gain: GainReport {
                map: rounded(map),
                low: rounded(low),
                high: rounded(high),
            },
            calibration: CalibrationReport {
                rows: replayed.reliability.rows(),
                ece: rounded(replayed.reliability.expected_error()),
                bins: bins(&replayed.reliability.bins),
            },
            folders: groups(&replayed.folders),
            languages: groups(&replayed.languages),
        }
    }
}

fn rankers(tally: &Tally) -> Vec<RankerReport> {
    let report = |ranker: Ranker| {
        let measured: Measured = tally.mean(ranker);
        RankerReport {
            name: match ranker {
                Ranker::Impact => "impact",
                Ranker::CoChange => "co_change",
                Ranker::Folder => "same_folder",
            },
            hit_at_10: rounded(measured.hit_at_10),
            recall_at_10: rounded(measured.recall_at_10),
            mrr: rounded(measured.mrr),
            map: rounded(measured.average_precision),
        }
    };
    Ranker::ALL.into_iter().map(report).collect()
}

fn groups(tallies: &std::collections::BTreeMap<String, Tally>) -> Vec<GroupReport> {
    let report = |(name, tally): (&String, &Tally)| GroupReport {
        name: name.clone(),
        questions: tally.questions,
        rankers: rankers(tally),
    };
    let mut groups: Vec<GroupReport> = tallies.iter().map(report).collect();
    // Equal ones stay in the order of their names.
    groups.sort_by_key(|group| std::cmp::Reverse(group.questions));
    groups
}

fn bins(bins: &[Bin]) -> Vec<BinReport> {
    let width = 1.0 / bins.len().max(1) as f64;
    let report = |(at, bin): (usize, &Bin)| {
        let rows = bin.rows as f64;
        (bin.rows > 0).then(|| BinReport {
            from: rounded(at as f64 * width),
            to: rounded((at + 1) as f64 * width),
            rows: bin.rows,
            score: rounded(bin.scores / rows),
            right: rounded(bin.right as f64 / rows),
        })
    };
    bins.iter().enumerate().filter_map(report).collect()
}

fn rounded(value: f64) -> f64 {
    (value * STEPS).round() / STEPS
}

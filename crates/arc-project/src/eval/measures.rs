//! How good ranked lists are, in the usual measures.

/// A list and the answers that would have been right, as measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Measured {
    /// One of the first ten is right.
    pub(super) hit_at_10: f64,
    /// The share of the right ones that are among the first ten.
    pub(super) recall_at_10: f64,
    /// One over the place of the first right one.
    pub(super) mrr: f64,
    /// The mean over the right ones of the share of right ones up to each; 0 for those that are missing.
    pub(super) average_precision: f64,
}

impl Measured {
    /// Measures a list, of which each row is right or not, against `wanted` right answers in all.
    pub(super) fn of(is_right: &[bool], wanted: usize) -> Measured {
        let places = is_right.iter().enumerate();
        let hits: Vec<usize> = places
            .filter(|(_, right)| **right)
            .map(|(at, _)| at + 1)
            .collect();
        let wanted = wanted.max(1) as f64;
        let early = hits.iter().filter(|place| **place <= 10).count();
        let precisions = hits
            .iter()
            .enumerate()
            .map(|(found, place)| (found + 1) as f64 / *place as f64);
        Measured {
            hit_at_10: f64::from(u8::from(early > 0)),
            recall_at_10: early as f64 / wanted,
            mrr: hits.first().map_or(0.0, |place| 1.0 / *place as f64),
            average_precision: precisions.sum::<f64>() / wanted,
        }
    }

    /// Adds `weight` times another.
    pub(super) fn add(&mut self, other: Measured, weight: f64) {
        self.hit_at_10 += weight * other.hit_at_10;
        self.recall_at_10 += weight * other.recall_at_10;
        self.mrr += weight * other.mrr;
        self.average_precision += weight * other.average_precision;
    }

    /// Every measure over `whole`.
    pub(super) fn over(self, whole: f64) -> Measured {
        let mut mean = Measured::default();
        if whole > 0.0 {
            mean.add(self, 1.0 / whole);
        }
        mean
    }
}

/// Rows of about the same score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bin {
    pub(super) rows: usize,
    /// The sum of their scores.
    pub(super) scores: f64,
    pub(super) right: usize,
}

/// The bins of scores.
pub(super) const BINS: usize = 10;

/// What scores say against what came true, in ten bins of equal width.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reliability {
    pub(super) bins: [Bin; BINS],
}

impl Reliability {
    pub(super) fn add(&mut self, score: f64, is_right: bool) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 10"
        )]
        let bin = ((score.clamp(0.0, 1.0) * BINS as f64) as usize).min(BINS - 1);
        let bin = &mut self.bins[bin];
        bin.rows += 1;
        bin.scores += score;
        bin.right += usize::from(is_right);
    }

    pub(super) fn rows(&self) -> usize {
        self.bins.iter().map(|bin| bin.rows).sum()
    }

    /// The mean distance of scores from shares of right rows, each bin counting by its rows.
    pub(super) fn expected_error(&self) -> f64 {
        let distances = self
            .bins
            .iter()
            .map(|bin| (bin.scores - bin.right as f64).abs());
        distances.sum::<f64>() / self.rows().max(1) as f64
    }
}

/// The mean of differences with the interval that holds it with 95 % chance, by the normal distribution.
pub(super) fn mean_with_interval(differences: &[f64]) -> (f64, f64, f64) {
    let count = differences.len().max(1) as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares = differences.iter().map(|one| (one - mean).powi(2));
    let variance = squares.sum::<f64>() / (count - 1.0).max(1.0);
    let reach = 1.96 * (variance / count).sqrt();
    (mean, mean - reach, mean + reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_measured_by_the_places_of_what_is_right() {
        let measured = Measured::of(&[false, true, false, true], 4);
        assert_eq!(measured.hit_at_10, 1.0);
        assert_eq!(measured.recall_at_10, 0.5);
        assert_eq!(measured.mrr, 0.5);
        assert_eq!(measured.average_precision, (0.5 + 0.5) / 4.0);
        assert_eq!(Measured::of(&[], 3), Measured::default());
        let mut late = [false; 11];
        late[10] = true;
        let late = Measured::of(&late, 1);
        assert_eq!((late.hit_at_10, late.recall_at_10), (0.0, 0.0));
        assert!(late.mrr > 0.0);
    }

    #[test]
    fn scores_that_come_true_as_often_as_they_say_have_no_error() {
        let mut sure = Reliability::default();
        for at in 0..10 {
            sure.add(0.3, at < 3);
        }
        assert!(sure.expected_error() < 1e-9);
        sure.add(1.0, false);
        assert!((sure.expected_error() - 1.0 / 11.0).abs() < 1e-9);
        assert_eq!(sure.bins[9].rows, 1);
        assert_eq!(Reliability::default().expected_error(), 0.0);
    }

    #[test]
    fn an_interval_surrounds_its_mean() {
        let (mean, low, high) = mean_with_interval(&[0.0, 0.2, 0.1, 0.1]);
        assert!((mean - 0.1).abs() < 1e-9 && low < mean && mean < high);
        assert_eq!(mean_with_interval(&[]), (0.0, 0.0, 0.0));
    }
}

//! From scores to probabilities.
//!
//! A score orders the rows of one answer. How often a row with that score is right was counted on repositories whose tests
//! were traced and whose later commits are known; the curves below are those counts, made to rise. `docs/evaluation.md`
//! says how to count again.

/// Points of a curve that rises everywhere, so that no two scores become one.
pub(crate) struct Curve(&'static [(f64, f64)]);

impl Curve {
    /// Test cases of targets that are symbols: the case runs the target.
    pub(crate) const CASES_OF_SYMBOLS: Curve = Curve(&[
        (0.0, 0.0),
        (0.02, 0.003),
        (0.03, 0.012),
        (0.034, 0.055),
        (0.074, 0.065),
        (0.084, 0.33),
        (0.25, 0.355),
        (0.3, 0.43),
        (0.45, 0.46),
        (0.53, 0.53),
        (0.6, 0.66),
        (0.75, 0.9),
        (1.0, 0.98),
    ]);

    /// Test cases of targets that are files: the case runs some function of the file.
    pub(crate) const CASES_OF_FILES: Curve = Curve(&[
        (0.0, 0.0),
        (0.006, 0.12),
        (0.025, 0.14),
        (0.03, 0.285),
        (0.17, 0.305),
        (0.19, 0.48),
        (0.25, 0.53),
        (0.28, 0.69),
        (0.33, 0.79),
        (0.49, 0.82),
        (0.52, 0.955),
        (1.0, 0.99),
    ]);

    /// Symbols: the symbol is on the stack when the target runs.
    pub(crate) const SYMBOLS: Curve = Curve(&[
        (0.0, 0.0),
        (0.02, 0.01),
        (0.045, 0.03),
        (0.1, 0.05),
        (0.115, 0.09),
        (0.14, 0.22),
        (0.23, 0.3),
        (0.45, 0.39),
        (0.64, 0.71),
        (0.8, 0.82),
        (1.0, 0.9),
    ]);

    /// Files: the file is changed in the same commit.
    pub(crate) const FILES: Curve = Curve(&[
        (0.0, 0.0),
        (0.003, 0.033),
        (0.008, 0.055),
        (0.015, 0.075),
        (0.025, 0.102),
        (0.04, 0.14),
        (0.07, 0.185),
        (0.11, 0.285),
        (0.15, 0.37),
        (0.22, 0.41),
        (0.3, 0.485),
        (0.42, 0.58),
        (0.6, 0.7),
        (0.8, 0.825),
        (1.0, 0.89),
    ]);

    /// The share of rows with this score that were right.
    pub(crate) fn probability(&self, score: f64) -> f64 {
        let after = self.0.partition_point(|(from, _)| *from <= score);
        match (after.checked_sub(1), self.0.get(after)) {
            (Some(before), Some(&(to, high))) => {
                let (from, low) = self.0[before];
                low + (high - low) * (score - from) / (to - from)
            }
            (Some(before), None) => self.0[before].1,
            (None, _) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Curve;

    #[test]
    fn curves_rise_and_stay_between_0_and_1() {
        for curve in [
            Curve::CASES_OF_FILES,
            Curve::CASES_OF_SYMBOLS,
            Curve::FILES,
            Curve::SYMBOLS,
        ] {
            assert!(curve.probability(0.0).abs() < f64::EPSILON);
            assert!(curve.probability(2.0) <= 1.0);
            let values: Vec<f64> = (0..=1_000)
                .map(|step| curve.probability(f64::from(step) / 1_000.0))
                .collect();
            assert!(values.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

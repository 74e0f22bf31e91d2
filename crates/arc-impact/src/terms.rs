//! What a file speaks of, as the graph keeps it: the parts of its identifiers, and the words of its path.

use arc_graph::{NodeId, ReadError};

/// Classes of a term's weight; see [`weight_classes`].
pub const WEIGHT_CLASSES: u8 = 8;

/// Reads the terms of files and the files of terms. Implemented over the store and by tests.
pub trait TermRead {
    /// The terms of a file with the classes of their weights, sorted; none for a file that is no source.
    ///
    /// # Errors
    /// When they cannot be read.
    fn terms(&self, file: NodeId) -> Result<Vec<(String, u8)>, ReadError>;

    /// The files that have a term, in the order of their ids, with the classes of its weights.
    ///
    /// # Errors
    /// When they cannot be read.
    fn files_with(&self, term: &str) -> Result<Vec<(NodeId, u8)>, ReadError>;

    /// How many files have a term; all files that have any with `None`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn count_files_with(&self, term: Option<&str>) -> Result<u64, ReadError>;

    /// The path of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn path(&self, file: NodeId) -> Result<Option<String>, ReadError>;

    /// Files whose paths come just before and just after one, at most `count` each way.
    ///
    /// # Errors
    /// When they cannot be read.
    fn around(&self, path: &str, count: usize) -> Result<Vec<NodeId>, ReadError>;
}

/// How much of a file each of its terms is, given how often they occur: class k for about 3^(-k/2) of a vector of length 1.
/// Only the file itself counts, so that no other file has to be written when it changes. Whole numbers all the way, so that
/// every machine finds the same.
#[must_use]
pub fn weight_classes(counts: &[u32]) -> Vec<u8> {
    /// 1000 * 3^(k + 1/2), where the square of a weight passes from one class to the next.
    const BORDERS: [u128; WEIGHT_CLASSES as usize - 1] =
        [1_732, 5_196, 15_588, 46_765, 140_296, 420_888, 1_262_665];
    let logs: Vec<u128> = counts.iter().map(|count| logarithmic(*count)).collect();
    let whole: u128 = logs.iter().map(|log| log * log).sum();
    let class = |log: &u128| BORDERS.partition_point(|border| log * log * border < 1000 * whole);
    logs.iter().map(|log| class(log) as u8).collect()
}

/// The weight that a class stands for.
pub(crate) fn weight_of(class: u8) -> f64 {
    3_f64.powi(-i32::from(class)).sqrt()
}

/// About 1024 * (1 + ln count), straight between powers of two.
fn logarithmic(count: u32) -> u128 {
    const LN_2: u64 = 710;
    let count = u64::from(count.max(1));
    let exponent = u64::from(count.ilog2());
    let part = (count << 10 >> exponent) - 1024;
    u128::from(1024 + LN_2 * exponent + LN_2 * part / 1024)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::paths::path_terms;

    /// Files with their words, in the order of ids.
    pub(crate) struct TextFiles {
        paths: Vec<String>,
        terms: Vec<Vec<(String, u8)>>,
    }

    impl TextFiles {
        /// Takes a path and text each.
        pub(crate) fn new(files: &[(&str, &str)]) -> TextFiles {
            let terms = files.iter().map(|(path, text)| {
                let mut counts = BTreeMap::new();
                for word in text.split_whitespace() {
                    *counts.entry(word).or_insert(0) += 1;
                }
                let classes = weight_classes(&counts.values().copied().collect::<Vec<_>>());
                let words = counts.into_keys().map(str::to_owned).zip(classes);
                let mut terms: Vec<(String, u8)> = words.collect();
                terms.extend(path_terms(path).into_iter().map(|term| (term, 0)));
                terms.sort();
                terms
            });
            TextFiles {
                terms: terms.collect(),
                paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            }
        }
    }

    impl TermRead for TextFiles {
        fn terms(&self, file: NodeId) -> Result<Vec<(String, u8)>, ReadError> {
            Ok(self.terms[file.0 as usize].clone())
        }

        fn files_with(&self, term: &str) -> Result<Vec<(NodeId, u8)>, ReadError> {
            let mut found = Vec::new();
            for (file, terms) in self.terms.iter().enumerate() {
                let own = terms.iter().find(|(text, _)| text == term);
                found.extend(own.map(|(_, class)| (NodeId(file as i64), *class)));
            }
            Ok(found)
        }

        fn count_files_with(&self, term: Option<&str>) -> Result<u64, ReadError> {
            let count = match term {
                Some(term) => self.files_with(term)?.len(),
                None => self.paths.len(),
            };
            Ok(count as u64)
        }

        fn path(&self, file: NodeId) -> Result<Option<String>, ReadError> {
            Ok(self.paths.get(file.0 as usize).cloned())
        }

        fn around(&self, path: &str, count: usize) -> Result<Vec<NodeId>, ReadError> {
            let mut files: Vec<usize> = (0..self.paths.len()).collect();
            files.sort_by_key(|file| &self.paths[*file]);
            let at = files.partition_point(|file| self.paths[*file].as_str() < path);
            let near = &files[at.saturating_sub(count)..(at + 1 + count).min(files.len())];
            Ok(near.iter().map(|file| NodeId(*file as i64)).collect())
        }
    }

    #[test]
    fn classes_follow_the_share_of_the_file() {
        assert_eq!(weight_classes(&[]), [0; 0]);
        assert_eq!(weight_classes(&[1]), [0]);
        assert_eq!(weight_classes(&[1, 1, 1]), [1, 1, 1]);
        assert_eq!(weight_classes(&[1, 1, 1, 20]), [3, 3, 3, 0]);
        assert_eq!(weight_classes(&[1; 27]), [3; 27]);
        assert_eq!(weight_classes(&[2; 300]), [5; 300]);
        assert_eq!(weight_classes(&[1; 100_000]), [7; 100_000]);
        assert_eq!(weight_classes(&[u32::MAX, 0]), [0, 6]);
    }

    #[test]
    fn the_logarithm_is_near_enough() {
        for count in [1_u32, 2, 3, 5, 100, 12_345, u32::MAX] {
            let exact = 1024.0 * (1.0 + f64::from(count).ln());
            assert!((logarithmic(count) as f64 / exact - 1.0).abs() < 0.05);
        }
    }
}

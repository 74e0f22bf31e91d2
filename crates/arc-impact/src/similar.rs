//! Which files speak of the same things: the cosine of their identifiers.
//!
//! Cost grows with the number of files, not with its square: each file follows its rarest terms first and stops after
//! a fixed number of steps, and terms that stand everywhere are left out.

use crate::signals::LIST_LENGTH;

/// The terms of a file that count, the most telling ones.
const TERMS_PER_FILE: usize = 300;

/// Other files looked at per file, counted with repetition.
const STEPS_PER_FILE: usize = 16_000;

/// Weights are kept in steps of this part, so that sums do not depend on their order.
const UNIT: f64 = 65_536.0;

/// A file close to another.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarFile {
    /// Its place in the input.
    pub file: u32,
    /// The cosine, above 0 and at most 1, without what the rarest terms leave out.
    pub cosine: f64,
}

/// The identifiers of all files, ready to be compared. Files are compared one by one and may be on several threads.
#[derive(Debug)]
pub struct Vocabulary {
    /// For each file its terms and weights, rarest first.
    vectors: Vec<Vec<(u32, u32)>>,
    /// For each term the files it stands in.
    files_of: Vec<Vec<(u32, u32)>>,
}

impl Vocabulary {
    /// Takes for each file its terms with their counts. Terms are numbers below `terms`, given in the order of their
    /// texts, so that equal trees give equal answers.
    #[must_use]
    pub fn new(files: &[Vec<(u32, u32)>], terms: u32) -> Vocabulary {
        let mut files_with = vec![0_u32; terms as usize];
        for file in files {
            for &(term, _) in file {
                files_with[term as usize] += 1;
            }
        }
        let most = files.len() / 5 + 5;
        let idf =
            |term: u32| (1.0 + files.len() as f64 / f64::from(files_with[term as usize])).ln();
        let mut vocabulary = Vocabulary {
            vectors: Vec::with_capacity(files.len()),
            files_of: vec![Vec::new(); terms as usize],
        };
        for (place, file) in files.iter().enumerate() {
            let mut weights: Vec<(u32, f64)> = file
                .iter()
                .filter(|&&(term, _)| {
                    let with = files_with[term as usize] as usize;
                    with > 1 && with <= most
                })
                .map(|&(term, count)| (term, (1.0 + f64::from(count.max(1)).ln()) * idf(term)))
                .collect();
            weights.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
            weights.truncate(TERMS_PER_FILE);
            let length = weights
                .iter()
                .map(|(_, weight)| weight * weight)
                .sum::<f64>()
                .sqrt();
            let mut vector: Vec<(u32, u32)> = weights
                .into_iter()
                .map(|(term, weight)| (term, quantized(weight / length)))
                .collect();
            vector.sort_by_key(|&(term, _)| (files_with[term as usize], term));
            for &(term, weight) in &vector {
                let number = u32::try_from(place).expect("files are counted in 32 bits");
                vocabulary.files_of[term as usize].push((number, weight));
            }
            vocabulary.vectors.push(vector);
        }
        vocabulary
    }

    /// The files closest to `file`, closest first, at most [`LIST_LENGTH`].
    #[must_use]
    pub fn nearest(&self, file: u32, scratch: &mut Scratch) -> Vec<SimilarFile> {
        scratch.sums.resize(self.vectors.len(), 0);
        let mut steps = 0;
        for &(term, weight) in &self.vectors[file as usize] {
            let others = &self.files_of[term as usize];
            steps += others.len();
            if steps > STEPS_PER_FILE {
                break;
            }
            for &(other, other_weight) in others {
                let sum = &mut scratch.sums[other as usize];
                if *sum == 0 {
                    scratch.touched.push(other);
                }
                *sum += u64::from(weight) * u64::from(other_weight);
            }
        }
        let mut found: Vec<(u64, u32)> = Vec::with_capacity(scratch.touched.len());
        for other in scratch.touched.drain(..) {
            let sum = std::mem::take(&mut scratch.sums[other as usize]);
            if other != file {
                found.push((sum, other));
            }
        }
        let order =
            |one: &(u64, u32), other: &(u64, u32)| other.0.cmp(&one.0).then(one.1.cmp(&other.1));
        if found.len() > LIST_LENGTH {
            found.select_nth_unstable_by(LIST_LENGTH, order);
            found.truncate(LIST_LENGTH);
        }
        found.sort_unstable_by(order);
        found
            .into_iter()
            .map(|(sum, file)| SimilarFile {
                file,
                cosine: (sum as f64 / (UNIT * UNIT)).min(1.0),
            })
            .collect()
    }

    /// The most telling terms that two files share, at most `limit`: the evidence for their cosine.
    #[must_use]
    pub fn shared(&self, one: u32, other: u32, limit: usize) -> Vec<u32> {
        let mut others: Vec<(u32, u32)> = self.vectors[other as usize].clone();
        others.sort_unstable();
        let mut shared: Vec<(u64, u32)> = self.vectors[one as usize]
            .iter()
            .filter_map(|&(term, weight)| {
                let place = others.binary_search_by_key(&term, |&(term, _)| term).ok()?;
                Some((u64::from(weight) * u64::from(others[place].1), term))
            })
            .collect();
        shared.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        shared
            .into_iter()
            .take(limit)
            .map(|(_, term)| term)
            .collect()
    }
}

/// Memory reused from file to file by one thread.
#[derive(Debug, Default)]
pub struct Scratch {
    sums: Vec<u64>,
    touched: Vec<u32>,
}

fn quantized(weight: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a unit vector"
    )]
    let steps = (weight * UNIT).round() as u32;
    steps.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files as words, one file a line; the answer as `line:cosine` for the first line.
    fn check(text: &str, expected: &str) {
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let mut terms: Vec<&str> = lines.iter().flatten().copied().collect();
        terms.sort_unstable();
        terms.dedup();
        let files: Vec<Vec<(u32, u32)>> = lines
            .iter()
            .map(|line| {
                let mut counts = std::collections::BTreeMap::new();
                for word in line {
                    *counts
                        .entry(terms.binary_search(word).unwrap() as u32)
                        .or_insert(0) += 1;
                }
                counts.into_iter().collect()
            })
            .collect();
        let vocabulary = Vocabulary::new(&files, terms.len() as u32);
        let found: Vec<String> = vocabulary
            .nearest(0, &mut Scratch::default())
            .iter()
            .map(|near| format!("{}:{:.2}", near.file, near.cosine))
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn files_of_equal_words_are_as_close_as_can_be() {
        check(
            "cookie samesite\ncookie samesite\nother words\nother words",
            "1:1.00",
        );
    }

    #[test]
    fn rare_words_tell_more_than_common_ones() {
        check(
            "cookie get samesite\ncookie samesite x\nget x y\nget y\nget z\nz w\nw q",
            "1:0.74 3:0.24 4:0.24 2:0.18",
        );
    }

    #[test]
    fn a_word_of_one_file_alone_ties_it_to_nothing() {
        check("only\nhere\nthere", "");
        check("alone", "");
    }

    #[test]
    fn a_repeated_word_weighs_more() {
        check("a b\na a a a b\na b\nc d\nc d\nc d\nc d", "2:1.00 1:0.93");
    }
}

//! Which files have similar paths: a test and what it tests, the two halves of a feature.

use std::collections::HashMap;

use crate::signals::LIST_LENGTH;

/// Words that make a path a test's.
const TEST_WORDS: &[&str] = &[
    "e2e", "it", "spec", "specs", "test", "testing", "tests", "unit", "unittest",
];

/// Folders that say where code stands and not what it is about.
const PLAIN_FOLDERS: &[&str] = &[
    "__tests__",
    "e2e",
    "java",
    "kotlin",
    "lib",
    "main",
    "packages",
    "pkg",
    "python",
    "source",
    "spec",
    "specs",
    "src",
    "test",
    "testing",
    "tests",
    "unit",
];

/// Stems that many files have without having anything in common.
const PLAIN_STEMS: &[&str] = &["index", "init", "lib", "main", "mod", "utils"];

/// Other files looked at per file.
const CANDIDATES: usize = 400;

/// Similarities below this say nothing.
const FLOOR: f64 = 0.05;

/// A file of a similar path.
#[derive(Clone, Debug, PartialEq)]
pub struct NearFile {
    /// Its place in the input.
    pub file: u32,
    /// How similar, up to 3.2; only comparable within one list.
    pub strength: f64,
    /// Both have the same stem, and exactly one of them is a test.
    pub is_test_pair: bool,
}

/// The paths of all files, ready to be compared.
#[derive(Debug)]
pub struct PathIndex {
    files: Vec<PathWords>,
    /// For each word the files that have it.
    files_of: Vec<Vec<u32>>,
    idf: Vec<f64>,
    /// The files of each folder.
    in_folder: HashMap<Vec<String>, Vec<u32>>,
}

#[derive(Debug)]
struct PathWords {
    /// Words of the stem without those of tests, in order.
    stem: Vec<u32>,
    has_plain_stem: bool,
    /// Words of the stem and of telling folders, sorted.
    words: Vec<u32>,
    folders: Vec<String>,
    telling_folders: Vec<String>,
    is_test: bool,
}

impl PathIndex {
    /// Takes the paths of all files, relative to the root with `/`, in the order of the paths.
    #[must_use]
    pub fn new(paths: &[&str]) -> PathIndex {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut files_of: Vec<Vec<u32>> = Vec::new();
        let mut in_folder: HashMap<Vec<String>, Vec<u32>> = HashMap::new();
        let mut files = Vec::with_capacity(paths.len());
        for (place, path) in paths.iter().enumerate() {
            let place = u32::try_from(place).expect("files are counted in 32 bits");
            let mut number = |word: String| {
                let next = u32::try_from(numbers.len()).expect("words are counted in 32 bits");
                *numbers.entry(word).or_insert(next)
            };
            let file = PathWords::of(path, &mut number);
            files_of.resize(numbers.len(), Vec::new());
            for &word in &file.words {
                files_of[word as usize].push(place);
            }
            in_folder
                .entry(file.folders.clone())
                .or_default()
                .push(place);
            files.push(file);
        }
        let idf = files_of
            .iter()
            .map(|with| (1.0 + paths.len() as f64 / (1 + with.len()) as f64).ln())
            .collect();
        PathIndex {
            files,
            files_of,
            idf,
            in_folder,
        }
    }

    /// The files of the most similar paths, most similar first, at most [`LIST_LENGTH`].
    #[must_use]
    pub fn nearest(&self, file: u32) -> Vec<NearFile> {
        let own = &self.files[file as usize];
        let mut words = own.words.clone();
        words.sort_by_key(|&word| {
            (
                self.files_of[word as usize].len(),
                self.files_of[word as usize].first().copied(),
            )
        });
        let folder = self
            .in_folder
            .get(&own.folders)
            .map_or(&[][..], Vec::as_slice);
        // Neighbors in a large folder are told apart by their words; the nearest by name stand in for the rest.
        let middle = folder.partition_point(|&other| other < file);
        let around = &folder
            [middle.saturating_sub(CANDIDATES / 8)..(middle + CANDIDATES / 8).min(folder.len())];
        let mut candidates: Vec<u32> = around.to_vec();
        for word in words {
            let others = &self.files_of[word as usize];
            if candidates.len() + others.len() > CANDIDATES {
                break;
            }
            candidates.extend_from_slice(others);
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut near: Vec<NearFile> = candidates
            .into_iter()
            .filter(|&other| other != file)
            .map(|other| self.pair(file, other))
            .filter(|near| near.strength > FLOOR)
            .collect();
        near.sort_by(|one, other| {
            other
                .strength
                .total_cmp(&one.strength)
                .then(one.file.cmp(&other.file))
        });
        near.truncate(LIST_LENGTH);
        near
    }

    fn pair(&self, one: u32, other: u32) -> NearFile {
        let (a, b) = (&self.files[one as usize], &self.files[other as usize]);
        let shares_stem = !a.stem.is_empty() && !a.has_plain_stem && a.stem == b.stem;
        let is_test_pair = shares_stem && a.is_test != b.is_test;
        let mut strength =
            f64::from(u8::from(shares_stem)) + 0.5 * f64::from(u8::from(is_test_pair));
        let (common, all) = self.word_weights(a, b);
        if common > 0.0 {
            strength += 0.8 * common / all;
        }
        strength += if a.folders.is_empty() && b.folders.is_empty() {
            0.3
        } else {
            0.6 * common_start(&a.folders, &b.folders)
        };
        strength += 0.3 * common_start(&a.telling_folders, &b.telling_folders);
        NearFile {
            file: other,
            strength,
            is_test_pair,
        }
    }

    /// The weight of the words both have, and of those either has.
    fn word_weights(&self, a: &PathWords, b: &PathWords) -> (f64, f64) {
        let weight = |word: &u32| self.idf[*word as usize];
        let common: f64 = a
            .words
            .iter()
            .filter(|word| b.words.binary_search(word).is_ok())
            .map(weight)
            .sum();
        let all = a.words.iter().chain(&b.words).map(weight).sum::<f64>() - common;
        (common, all)
    }
}

impl PathWords {
    fn of(path: &str, number: &mut dyn FnMut(String) -> u32) -> PathWords {
        let mut folders: Vec<String> = path.split('/').map(str::to_lowercase).collect();
        folders.pop();
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem_words = words(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let is_test = folders.iter().any(|folder| is_test_folder(folder))
            || stem_words.iter().any(|word| {
                TEST_WORDS.contains(&word.as_str()) && !matches!(word.as_str(), "it" | "unit")
            });
        let stem_words: Vec<String> = stem_words
            .into_iter()
            .filter(|word| !TEST_WORDS.contains(&word.as_str()))
            .collect();
        let has_plain_stem =
            matches!(&stem_words[..], [word] if PLAIN_STEMS.contains(&word.as_str()));
        let telling_folders: Vec<String> = folders
            .iter()
            .filter(|folder| !PLAIN_FOLDERS.contains(&folder.as_str()))
            .cloned()
            .collect();
        let stem: Vec<u32> = stem_words.into_iter().map(&mut *number).collect();
        let mut all = stem.clone();
        for folder in &telling_folders {
            all.extend(words(folder).into_iter().map(&mut *number));
        }
        all.sort_unstable();
        all.dedup();
        PathWords {
            stem,
            has_plain_stem,
            words: all,
            folders,
            telling_folders,
            is_test,
        }
    }
}

fn is_test_folder(folder: &str) -> bool {
    matches!(
        folder,
        "test" | "tests" | "spec" | "specs" | "__tests__" | "testing" | "e2e"
    )
}

/// The length of the common start, as a share of the longer list.
fn common_start(one: &[String], other: &[String]) -> f64 {
    let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    common as f64 / one.len().max(other.len()).max(1) as f64
}

/// The words of a name in lower case, split at case changes and at what is neither letter nor digit.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (place, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = place.checked_sub(1).map(|place| letters[place]);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase()
                        && letters
                            .get(place + 1)
                            .is_some_and(|next| next.is_lowercase())
            });
        if starts_word {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(
            words("parseHTTPHeader_v2"),
            ["parse", "http", "header", "v2"]
        );
        assert_eq!(words("__init__"), ["init"]);
        assert_eq!(words("TestÄnderung"), ["test", "änderung"]);
        assert!(words("").is_empty());
    }

    /// The nearest of `paths` to the first of them.
    fn check(paths: &[&str], expected: &str) {
        let index = PathIndex::new(paths);
        let near = index.nearest(0);
        assert_eq!(
            near.first().map_or("", |near| paths[near.file as usize]),
            expected
        );
    }

    #[test]
    fn the_test_of_a_file_is_nearest() {
        check(
            &[
                "src/app/config.py",
                "src/app/cli.py",
                "tests/test_config.py",
                "tests/test_cli.py",
            ],
            "tests/test_config.py",
        );
    }

    #[test]
    fn a_plain_stem_is_no_tie() {
        check(&["a/index.ts", "b/index.ts", "a/other.ts"], "a/other.ts");
    }

    #[test]
    fn a_lonely_file_is_near_to_nothing() {
        check(&["x/a.py", "y/b.py"], "");
        check(&["a.py"], "");
    }
}

//! Which files have similar paths: a test and what it tests, the two halves of a feature.

use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{NodeId, ReadError};

use crate::signals::Resembling;
use crate::similar::strongest_files;
use crate::terms::TermRead;

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

/// Other files looked at.
const CANDIDATES: u64 = 300;

/// Of those, files taken before and after the file for standing beside it. In a large folder the words tell files apart.
const BESIDE: usize = 40;

/// Similarities below this say nothing.
const FLOOR: f64 = 0.05;

/// Words shown as the evidence.
const SHOWN: usize = 3;

/// Words longer than this are no words.
const LONGEST_WORD: usize = 40;

/// The words of a path as terms, sorted: those of the stem and of telling folders, with a `/` before each. Words that make
/// a test are left out, so that a test has the words of what it tests.
#[must_use]
pub fn path_terms(path: &str) -> Vec<String> {
    let words = PathWords::of(path).words;
    let short = words.iter().filter(|word| word.len() <= LONGEST_WORD);
    short.map(|word| format!("/{word}")).collect()
}

/// Whether a path is that of a test or of what tests use.
pub(crate) fn is_path_of_test(path: &str) -> bool {
    PathWords::of(path).is_test
}

/// The files of the most similar paths, most similar first.
///
/// # Errors
/// When the terms cannot be read.
pub fn near_files(read: &dyn TermRead, file: NodeId) -> Result<Vec<Resembling>, ReadError> {
    let Some(path) = read.path(file)? else {
        return Ok(Vec::new());
    };
    let own = PathWords::of(&path);
    let mut rarity = Rarity::new(read)?;
    let mut pairs: BTreeMap<NodeId, Pair> = BTreeMap::new();
    for other in candidates(read, file, &path, &own, &mut rarity)? {
        let Some(other_path) = read.path(other)? else {
            continue;
        };
        let pair = Pair::of(&own, &PathWords::of(&other_path), &mut rarity)?;
        if pair.strength > FLOOR {
            pairs.insert(other, pair);
        }
    }
    let strengths = pairs.iter().map(|(file, pair)| (*file, pair.strength));
    let mut near = Vec::new();
    for (other, path, strength) in strongest_files(read, strengths.collect())? {
        near.push(Resembling {
            file: other,
            strength,
            text: pairs
                .remove(&other)
                .map_or_else(String::new, |pair| pair.text),
            at: vec![path],
        });
    }
    Ok(near)
}

/// Files that share rare words with a path, and those that stand beside it.
fn candidates(
    read: &dyn TermRead,
    file: NodeId,
    path: &str,
    own: &PathWords,
    rarity: &mut Rarity<'_>,
) -> Result<BTreeSet<NodeId>, ReadError> {
    let mut candidates: BTreeSet<NodeId> = read.around(path, BESIDE)?.into_iter().collect();
    let mut words = Vec::new();
    for word in &own.words {
        words.push((rarity.files_with(word)?, word));
    }
    words.sort();
    for (files, word) in words {
        if candidates.len() as u64 + files > CANDIDATES {
            break;
        }
        let others = read.files_with(&format!("/{word}"))?;
        candidates.extend(others.into_iter().map(|(other, _)| other));
    }
    candidates.remove(&file);
    Ok(candidates)
}

/// How many files have the words of paths, each looked up once.
struct Rarity<'a> {
    read: &'a dyn TermRead,
    all: u64,
    known: BTreeMap<String, u64>,
}

impl Rarity<'_> {
    fn new(read: &dyn TermRead) -> Result<Rarity<'_>, ReadError> {
        Ok(Rarity {
            read,
            all: read.count_files_with(None)?,
            known: BTreeMap::new(),
        })
    }

    fn files_with(&mut self, word: &str) -> Result<u64, ReadError> {
        if let Some(files) = self.known.get(word) {
            return Ok(*files);
        }
        let files = self.read.count_files_with(Some(&format!("/{word}")))?;
        self.known.insert(word.to_owned(), files);
        Ok(files)
    }

    fn idf(&mut self, word: &str) -> Result<f64, ReadError> {
        let files = self.files_with(word)?;
        Ok((1.0 + self.all as f64 / (1 + files) as f64).ln())
    }
}

/// Two paths beside each other.
struct Pair {
    strength: f64,
    /// What they share, for people.
    text: String,
}

impl Pair {
    fn of(own: &PathWords, other: &PathWords, rarity: &mut Rarity<'_>) -> Result<Pair, ReadError> {
        let shares_stem = !own.stem.is_empty() && !own.has_plain_stem() && own.stem == other.stem;
        let is_test_pair = shares_stem && own.is_test != other.is_test;
        let mut strength =
            f64::from(u8::from(shares_stem)) + 0.5 * f64::from(u8::from(is_test_pair));
        let (mut common, mut all) = (0.0, 0.0);
        for word in own.words.union(&other.words) {
            let idf = rarity.idf(word)?;
            all += idf;
            if own.words.contains(word) && other.words.contains(word) {
                common += idf;
            }
        }
        if common > 0.0 {
            strength += 0.8 * common / all;
        }
        let beside = if own.folders.is_empty() && other.folders.is_empty() {
            0.5
        } else {
            common_start(&own.folders, &other.folders)
        };
        strength += 0.6 * beside;
        strength += 0.3 * common_start(&own.telling_folders, &other.telling_folders);
        let text = if is_test_pair && other.is_test {
            "a test by the same name".to_owned()
        } else if is_test_pair {
            "what a test of this name tests".to_owned()
        } else if shares_stem {
            "the same name".to_owned()
        } else if own.folders == other.folders {
            "the same folder".to_owned()
        } else {
            let both = own.words.intersection(&other.words).cloned();
            let both: Vec<String> = both.take(SHOWN).collect();
            if both.is_empty() {
                "a folder nearby".to_owned()
            } else {
                format!("a similar path: {}", both.join(", "))
            }
        };
        Ok(Pair { strength, text })
    }
}

/// What a path says.
struct PathWords {
    /// Words of the stem without those of tests, in order.
    stem: Vec<String>,
    /// Words of the stem and of telling folders.
    words: BTreeSet<String>,
    folders: Vec<String>,
    telling_folders: Vec<String>,
    is_test: bool,
}

impl PathWords {
    fn of(path: &str) -> PathWords {
        let mut folders: Vec<String> = path.split('/').map(str::to_lowercase).collect();
        folders.pop();
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut stem = words(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let is_test = folders.iter().any(|folder| is_test_folder(folder))
            || stem.iter().any(|word| {
                TEST_WORDS.contains(&word.as_str()) && !matches!(word.as_str(), "it" | "unit")
            });
        stem.retain(|word| !TEST_WORDS.contains(&word.as_str()));
        let telling_folders: Vec<String> = folders
            .iter()
            .filter(|folder| !PLAIN_FOLDERS.contains(&folder.as_str()))
            .cloned()
            .collect();
        let in_folders = telling_folders.iter().flat_map(|folder| words(folder));
        PathWords {
            words: stem.iter().cloned().chain(in_folders).collect(),
            stem,
            folders,
            telling_folders,
            is_test,
        }
    }

    fn has_plain_stem(&self) -> bool {
        matches!(&self.stem[..], [word] if PLAIN_STEMS.contains(&word.as_str()))
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
    let mut words = Vec::new();
    each_word(name, &mut |word| words.push(word.to_owned()));
    words
}

/// Hands over the words of a name one after the other.
pub(crate) fn each_word(name: &str, take: &mut dyn FnMut(&str)) {
    if name.is_ascii() {
        each_ascii_word(name, take);
    } else {
        each_word_of_any(name, take);
    }
}

/// The same for a name of ASCII letters, as nearly all are: the words are parts of the name in lower case.
fn each_ascii_word(name: &str, take: &mut dyn FnMut(&str)) {
    let lower = name.to_ascii_lowercase();
    let letters = name.as_bytes();
    let mut start = 0;
    for (place, letter) in letters.iter().enumerate() {
        let is_in_word = letter.is_ascii_alphanumeric();
        let ends_word = !is_in_word
            || letter.is_ascii_uppercase()
                && place > start
                && (!letters[place - 1].is_ascii_uppercase()
                    || letters.get(place + 1).is_some_and(u8::is_ascii_lowercase));
        if ends_word {
            if start < place {
                take(&lower[start..place]);
            }
            start = place + usize::from(!is_in_word);
        }
    }
    if start < letters.len() {
        take(&lower[start..]);
    }
}

fn each_word_of_any(name: &str, take: &mut dyn FnMut(&str)) {
    let mut word = String::new();
    let mut give = |word: &mut String| {
        if !word.is_empty() {
            take(word);
            word.clear();
        }
    };
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() {
            let starts_word = letter.is_uppercase()
                && before.is_some_and(|before| {
                    before.is_lowercase()
                        || before.is_numeric()
                        || before.is_uppercase()
                            && letters.peek().is_some_and(|next| next.is_lowercase())
                });
            if starts_word {
                give(&mut word);
            }
            if letter.is_ascii() {
                word.push(letter.to_ascii_lowercase());
            } else {
                word.extend(letter.to_lowercase());
            }
        } else {
            give(&mut word);
        }
        before = Some(letter);
    }
    give(&mut word);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::tests::TextFiles;

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

    #[test]
    fn names_of_ascii_letters_are_split_as_all_are() {
        let letters = b"aB3_";
        for number in 0..4_usize.pow(7) {
            let name: String = (0..7)
                .map(|place| char::from(letters[number >> (2 * place) & 3]))
                .collect();
            let mut others = Vec::new();
            each_word_of_any(&name, &mut |word| others.push(word.to_owned()));
            assert_eq!(words(&name), others, "{name}");
        }
    }

    /// The nearest of `paths` to the first of them, and why.
    fn check(paths: &[&str], expected: &str) {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        let near = near_files(&TextFiles::new(&files), NodeId(0)).unwrap();
        let nearest = near.first();
        assert_eq!(
            nearest.map_or(String::new(), |near| format!(
                "{}: {}",
                near.at[0], near.text
            )),
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
            "tests/test_config.py: a test by the same name",
        );
    }

    #[test]
    fn a_plain_stem_is_no_tie() {
        check(
            &["a/index.ts", "b/index.ts", "a/other.ts"],
            "a/other.ts: the same folder",
        );
    }

    #[test]
    fn a_lonely_file_is_near_to_nothing() {
        check(&["x/a.py", "y/b.py"], "");
        check(&["a.py"], "");
    }
}

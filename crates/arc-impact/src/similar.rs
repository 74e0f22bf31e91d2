//! Which files speak of the same things: how much their vocabularies share, the rare words above all.
//!
//! Nothing is compared in advance. A question follows the most telling terms of one file to the other files that have
//! them, so its cost depends on how many those are and not on the size of the project.

use arc_graph::{NodeId, ReadError};
use rustc_hash::FxHashMap;

use crate::signals::{LIST_LENGTH, Resembling};
use crate::terms::{TermRead, weight_of};

/// The terms of the file that are followed, the most telling ones. More of them change next to nothing.
const FOLLOWED: usize = 64;

/// Other files looked at, counted with repetition.
const MAX_STEPS: u64 = 40_000;

/// A term in more than one of so many files tells nothing, apart from the first few.
const COMMON_PART: u64 = 10;
const ALWAYS_TOLD: u64 = 5;

/// Files that may be equally close at the end of the list; more are cut off by their ids.
const MAX_EQUAL: usize = 400;

/// Words shown as the evidence.
const SHOWN: usize = 3;

/// A term that is followed.
struct Followed {
    text: String,
    weight: f64,
    files: Vec<(NodeId, u8)>,
}

/// The files closest to `file` by vocabulary, closest first, at most [`LIST_LENGTH`].
///
/// # Errors
/// When the terms cannot be read.
pub fn similar_files(read: &dyn TermRead, file: NodeId) -> Result<Vec<Resembling>, ReadError> {
    let followed = follow(read, file)?;
    let mut sums: FxHashMap<NodeId, f64> = FxHashMap::default();
    for term in &followed {
        for &(other, class) in &term.files {
            if other != file {
                *sums.entry(other).or_default() += term.weight * weight_of(class);
            }
        }
    }
    let sums: Vec<(NodeId, f64)> = sums.into_iter().collect();
    let mut similar = Vec::new();
    for (other, path, strength) in strongest_files(read, sums)? {
        similar.push(Resembling {
            file: other,
            strength,
            text: format!("same vocabulary: {}", shared(&followed, other).join(", ")),
            at: vec![path],
        });
    }
    Ok(similar)
}

/// The terms worth following, heaviest first.
fn follow(read: &dyn TermRead, file: NodeId) -> Result<Vec<Followed>, ReadError> {
    let all = read.count_files_with(None)?;
    let most = all / COMMON_PART + ALWAYS_TOLD;
    let mut weighed = Vec::new();
    for (text, class) in read.terms(file)? {
        if text.starts_with('/') {
            continue;
        }
        let files = read.count_files_with(Some(&text))?;
        if files > 1 && files <= most {
            let idf = (1.0 + all as f64 / files as f64).ln();
            weighed.push((weight_of(class) * idf * idf, files, text));
        }
    }
    weighed.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.2.cmp(&other.2)));
    let mut steps = 0;
    let mut followed = Vec::new();
    for (weight, files, text) in weighed.into_iter().take(FOLLOWED) {
        if steps + files > MAX_STEPS {
            continue;
        }
        steps += files;
        let files = read.files_with(&text)?;
        followed.push(Followed {
            text,
            weight,
            files,
        });
    }
    Ok(followed)
}

/// The strongest of some files with their paths, at most [`LIST_LENGTH`]; equally strong ones in the order of their
/// paths, because ids differ between builds.
///
/// # Errors
/// When the paths cannot be read.
pub fn strongest_files(
    read: &dyn TermRead,
    mut found: Vec<(NodeId, f64)>,
) -> Result<Vec<(NodeId, String, f64)>, ReadError> {
    found.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    if let Some(last) = found.get(LIST_LENGTH).map(|last| last.1) {
        let end = found.partition_point(|one| one.1 >= last);
        found.truncate(end.min(MAX_EQUAL));
    }
    let mut named = Vec::with_capacity(found.len());
    for (file, strength) in found {
        if let Some(path) = read.path(file)? {
            named.push((file, path, strength));
        }
    }
    named.sort_by(|one, other| other.2.total_cmp(&one.2).then_with(|| one.1.cmp(&other.1)));
    named.truncate(LIST_LENGTH);
    Ok(named)
}

/// The terms that say most for `file`.
fn shared(followed: &[Followed], file: NodeId) -> Vec<String> {
    let mut shared: Vec<(f64, &str)> = followed
        .iter()
        .filter_map(|term| {
            let at = term.files.binary_search_by_key(&file, |(file, _)| *file);
            let class = term.files[at.ok()?].1;
            Some((term.weight * weight_of(class), term.text.as_str()))
        })
        .collect();
    shared.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let words = shared.into_iter().take(SHOWN);
    words.map(|(_, text)| text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::tests::TextFiles;

    /// Files as words, one file a line; the answer as `line:words shared` for the first line.
    fn check(text: &str, expected: &str) {
        let names: Vec<String> = (0..text.lines().count())
            .map(|line| format!("{line}.c"))
            .collect();
        let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(text.lines()).collect();
        let found: Vec<String> = similar_files(&TextFiles::new(&files), NodeId(0))
            .unwrap()
            .iter()
            .map(|near| format!("{}{}", near.file.0, near.text.split_once("ary").unwrap().1))
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn rare_words_tell_more_than_common_ones() {
        check(
            "cookie get samesite\nget\ncookie samesite x\nget x y\nz get\nz w\nw q",
            "2: cookie, samesite 1: get 3: get 4: get",
        );
    }

    #[test]
    fn a_word_of_one_file_alone_ties_it_to_nothing() {
        check("only\nhere\nthere", "");
        check("alone", "");
    }

    #[test]
    fn a_word_that_is_most_of_a_file_weighs_more() {
        check("a b\na b c d e f\na b", "2: a, b 1: a, b");
    }

    #[test]
    fn equally_close_files_come_by_path() {
        let mut files: Vec<(String, &str)> = (0..200)
            .map(|number| (format!("{:03}.c", (number * 77 + 50) % 200), "x y"))
            .collect();
        files.extend((200..4_000).map(|number| (format!("{number}.c"), "z")));
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), *text))
            .collect();
        let found = similar_files(&TextFiles::new(&files), NodeId(0)).unwrap();
        let paths: Vec<&str> = found.iter().map(|near| near.at[0].as_str()).collect();
        assert_eq!((paths[0], paths[39]), ("000.c", "039.c"));
    }
}

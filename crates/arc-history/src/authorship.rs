//! Who knows a file: the degree of authorship of Fritz and others, with the bar of Avelino and others, and how many people
//! would have to leave until most files are nobody's.

use std::collections::BTreeMap;

/// From this share of the highest degree on somebody counts as an author.
const AUTHOR_SHARE: f64 = 0.75;
/// The least degree of an author: that of somebody who made no change after creating nothing.
const AUTHOR_DEGREE: f64 = 3.293;

/// What somebody did to a file. `person` is the caller's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileWork {
    /// The person.
    pub person: u32,
    /// They wrote its first version.
    pub is_creator: bool,
    /// Commits of theirs that changed it.
    pub changes: u32,
}

/// How well somebody knows a file: `(person, share of the highest degree, is an author)`, in the order given.
#[must_use]
pub fn authorship(work: &[FileWork]) -> Vec<(u32, f64, bool)> {
    let all: u32 = work.iter().map(|own| own.changes).sum();
    let degree = |own: &FileWork| {
        let created = if own.is_creator { 1.098 } else { 0.0 };
        let others = f64::from(all - own.changes);
        AUTHOR_DEGREE + created + 0.164 * f64::from(own.changes) - 0.321 * (1.0 + others).ln()
    };
    let highest = work.iter().map(degree).fold(0.0, f64::max);
    let shares = work.iter().map(|own| {
        let degree = degree(own).max(0.0);
        let share = if highest > 0.0 { degree / highest } else { 0.0 };
        let is_author = share > AUTHOR_SHARE && degree >= AUTHOR_DEGREE;
        (own.person, share, is_author)
    });
    shares.collect()
}

/// How few people can leave until more than half of the files have no author: those with most files leave first. 0 when so
/// many files have none already.
#[must_use]
pub fn bus_factor(authors: &[Vec<u32>]) -> usize {
    let mut left: Vec<Vec<u32>> = authors.to_vec();
    let mut factor = 0;
    loop {
        let owned = left.iter().filter(|people| !people.is_empty()).count();
        if owned == 0 || 2 * owned < authors.len() {
            return factor;
        }
        let mut files: BTreeMap<u32, usize> = BTreeMap::new();
        for person in left.iter().flatten() {
            *files.entry(*person).or_default() += 1;
        }
        let Some((leaves, _)) = files
            .into_iter()
            .max_by_key(|(person, count)| (*count, std::cmp::Reverse(*person)))
        else {
            return factor;
        };
        for people in &mut left {
            people.retain(|person| *person != leaves);
        }
        factor += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(person: u32, is_creator: bool, changes: u32) -> FileWork {
        FileWork {
            person,
            is_creator,
            changes,
        }
    }

    #[test]
    fn who_created_and_changed_most_is_the_author() {
        let found = authorship(&[work(1, true, 10), work(2, false, 1), work(3, false, 9)]);
        let authors: Vec<u32> = found.iter().filter(|own| own.2).map(|own| own.0).collect();
        assert_eq!(authors, [1, 3]);
        assert!((found[0].1 - 1.0).abs() < 1e-9 && found[1].1 < 0.5);
        assert!(authorship(&[]).is_empty());
        assert!(authorship(&[work(1, false, 1)])[0].2);
    }

    #[test]
    fn the_bus_factor_counts_those_without_whom_most_is_nobodys() {
        assert_eq!(bus_factor(&[vec![1], vec![1], vec![2]]), 1);
        assert_eq!(bus_factor(&[vec![1, 2], vec![1, 2], vec![3]]), 2);
        assert_eq!(bus_factor(&[vec![1], vec![2], vec![3], vec![4]]), 3);
        assert_eq!(bus_factor(&[vec![], vec![], vec![1]]), 0);
        assert_eq!(bus_factor(&[]), 0);
    }
}

//! What the commits of a file say about it: how often, when and by whom it was changed.

use std::collections::BTreeMap;

/// Sums over the normal commits of one file. Adding commits in any order gives the same sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileStats {
    /// The number of commits.
    pub revisions: u32,
    /// The number of those that repair something.
    pub fixes: u32,
    /// The time of the first commit, in seconds since 1970.
    pub first_time: i64,
    /// The time of the latest commit.
    pub last_time: i64,
    authors: BTreeMap<u32, u32>,
}

impl FileStats {
    /// A file without commits.
    #[must_use]
    pub fn new() -> FileStats {
        FileStats::default()
    }

    /// Adds a commit; `author` is the caller's number for a person.
    pub fn add(&mut self, time: i64, author: u32, is_fix: bool) {
        if self.revisions == 0 {
            self.first_time = time;
            self.last_time = time;
        }
        self.first_time = self.first_time.min(time);
        self.last_time = self.last_time.max(time);
        self.revisions = self.revisions.saturating_add(1);
        self.fixes = self.fixes.saturating_add(u32::from(is_fix));
        let commits = self.authors.entry(author).or_default();
        *commits = commits.saturating_add(1);
    }

    /// The number of people.
    #[must_use]
    pub fn authors(&self) -> usize {
        self.authors.len()
    }

    /// The commits of each person, ordered by person.
    #[must_use]
    pub fn commits_by_author(&self) -> Vec<(u32, u32)> {
        self.authors
            .iter()
            .map(|(&author, &commits)| (author, commits))
            .collect()
    }

    /// The share of the person with the most commits, in thousandths.
    #[must_use]
    pub fn top_share_thousandths(&self) -> u32 {
        let most = self.authors.values().copied().max().unwrap_or(0);
        let share = u64::from(most) * 1000 / u64::from(self.revisions.max(1));
        u32::try_from(share).expect("at most 1000")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_depend_on_the_order() {
        let commits = [(50, 1, true), (-10, 2, false), (90, 1, false)];
        let mut forward = FileStats::new();
        let mut backward = FileStats::new();
        for &(time, author, is_fix) in &commits {
            forward.add(time, author, is_fix);
        }
        for &(time, author, is_fix) in commits.iter().rev() {
            backward.add(time, author, is_fix);
        }
        assert_eq!(forward, backward);
        assert_eq!((forward.revisions, forward.fixes), (3, 1));
        assert_eq!((forward.first_time, forward.last_time), (-10, 90));
        assert_eq!(forward.authors(), 2);
        assert_eq!(forward.top_share_thousandths(), 666);
    }
}

//! The name at HEAD of a path in an older commit.

use std::collections::HashMap;

use crate::record::{ChangeStatus, PathChange};

/// Follows renames backwards. Feed it commits newest first (by [`crate::CommitRecord::order`], then id), asking for a
/// commit's names before going past it. The answer depends on that order only, not on when a commit was indexed.
#[derive(Clone, Debug, Default)]
pub struct HeadNames {
    names: HashMap<String, String>,
}

impl HeadNames {
    /// Every path has its own name.
    #[must_use]
    pub fn new() -> HeadNames {
        HeadNames::default()
    }

    /// Whether every path has its own name: what follows is named as if nothing had been passed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name at HEAD of what the commit at hand calls `path`; files that are gone keep their last name.
    #[must_use]
    pub fn name<'a>(&'a self, path: &'a str) -> &'a str {
        self.names.get(path).map_or(path, String::as_str)
    }

    /// Goes past a commit, to its parent.
    pub fn pass(&mut self, changes: &[PathChange]) {
        // What a path was before it was added is another file of the same name. All look-ups come before the first
        // insertion: a swap (a to b, b to a) reads both old names.
        let mut moved = Vec::new();
        for change in changes {
            match change.status {
                ChangeStatus::Renamed => {
                    let old = change.old_path.clone().unwrap_or_default();
                    moved.push((old, self.name(&change.path).to_owned()));
                }
                ChangeStatus::Added | ChangeStatus::Modified | ChangeStatus::Deleted => {}
            }
        }
        for change in changes {
            match change.status {
                ChangeStatus::Added | ChangeStatus::Renamed => {
                    self.names.remove(&change.path);
                }
                ChangeStatus::Modified | ChangeStatus::Deleted => {}
            }
        }
        for (old, name) in moved {
            if old == name {
                self.names.remove(&old);
            } else {
                self.names.insert(old, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> PathChange {
        let mut words = text.split(' ');
        let status = match words.next() {
            Some("A") => ChangeStatus::Added,
            Some("M") => ChangeStatus::Modified,
            Some("D") => ChangeStatus::Deleted,
            Some("R") => ChangeStatus::Renamed,
            other => panic!("{other:?}"),
        };
        let first = words.next().unwrap().to_owned();
        let second = words.next().map(str::to_owned);
        let (path, old_path) = match second {
            Some(path) => (path, Some(first)),
            None => (first, None),
        };
        PathChange {
            path,
            status,
            old_path,
            lines: None,
            before: None,
            content: None,
        }
    }

    /// Passes commits, newest first, and says what `path` is called at HEAD.
    fn check(commits: &[&[&str]], path: &str, expected: &str) {
        let mut names = HeadNames::new();
        for commit in commits {
            let changes: Vec<_> = commit.iter().map(|text| change(text)).collect();
            names.pass(&changes);
        }
        assert_eq!(names.name(path), expected);
    }

    #[test]
    fn a_chain_of_renames_leads_to_the_last_name() {
        check(&[&["R b c"], &["M b"], &["R a b"]], "a", "c");
        check(&[&["R b c"]], "x", "x");
    }

    #[test]
    fn two_files_that_swap_names_are_told_apart() {
        check(&[&["R a b", "R b a"]], "a", "b");
        check(&[&["R a b", "R b a"]], "b", "a");
    }

    #[test]
    fn an_older_file_of_the_same_name_is_another_file() {
        check(&[&["R a b"], &["A a"], &["D a"]], "a", "a");
    }

    #[test]
    fn a_file_renamed_there_and_back_has_its_own_name() {
        check(&[&["R b a"], &["R a b"]], "a", "a");
    }
}

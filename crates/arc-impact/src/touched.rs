//! A change and the changes before it, measured alike.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::risk::{COMPARED_COMMITS, ChangeMeasures};

/// Repairs that are recent: a year, in seconds.
const RECENT_FIXES: i64 = 365 * 86_400;
/// Changes that show whether somebody is at work here: a year.
const RECENT_CHANGES: i64 = 365 * 86_400;
/// Changes before one, among which the people of its files are counted: as many for the first that is compared as for the last.
const PEOPLE_CHANGES: usize = 3_000;
/// Changes that show who knows a file.
const FAMILIARITY: i64 = 730 * 86_400;

/// A source file of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchedFile {
    /// A number of the file by its name today, and one of its folder.
    pub file: u32,
    /// The number of its folder.
    pub folder: u32,
    /// Lines added and deleted together; `None` when they were not counted.
    pub lines: Option<u32>,
}

/// A commit, or a change that is to be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchingChange {
    /// Seconds since 1970.
    pub time: i64,
    /// A number of the person; `None` when nobody knows who it is.
    pub author: Option<u32>,
    /// It says that it repairs something.
    pub is_fix: bool,
    /// Its source files; each once.
    pub files: Vec<TouchedFile>,
}

/// An earlier change of a file.
#[derive(Clone, Copy)]
struct Earlier {
    /// Its place among the past ones.
    change: usize,
    time: i64,
    author: Option<u32>,
    is_fix: bool,
}

/// Measures `change`, and the newest [`COMPARED_COMMITS`] of `past` (oldest first) as each was when it was made.
#[must_use]
pub fn measure(
    change: &TouchingChange,
    past: &[TouchingChange],
) -> (ChangeMeasures, Vec<ChangeMeasures>) {
    let mut before = Before::default();
    let first = past.len().saturating_sub(COMPARED_COMMITS);
    let mut measured = Vec::new();
    for (place, one) in past.iter().enumerate() {
        if place >= first {
            measured.push(before.measure(one, place));
        }
        if let Some(author) = one.author {
            before.times.entry(author).or_default().push(one.time);
        }
        for touched in &one.files {
            before.files.entry(touched.file).or_default().push(Earlier {
                change: place,
                time: one.time,
                author: one.author,
                is_fix: one.is_fix,
            });
        }
    }
    (before.measure(change, past.len()), measured)
}

/// What came before a change.
#[derive(Default)]
struct Before {
    /// By the numbers of files.
    files: FxHashMap<u32, Vec<Earlier>>,
    /// When each person changed something.
    times: FxHashMap<u32, Vec<i64>>,
}

impl Before {
    /// Measures a change, the one at `place` of all.
    fn measure(&self, change: &TouchingChange, place: usize) -> ChangeMeasures {
        let mut fixes = FxHashSet::default();
        let mut people = FxHashSet::default();
        let (mut own, mut all) = (0_u32, 0_u32);
        for touched in &change.files {
            for before in self.files.get(&touched.file).into_iter().flatten() {
                let age = change.time - before.time;
                if before.is_fix && age < RECENT_FIXES {
                    fixes.insert(before.change);
                }
                if place - before.change <= PEOPLE_CHANGES {
                    people.extend(before.author);
                }
                if age < FAMILIARITY {
                    all += 1;
                    own += u32::from(before.author == change.author);
                }
            }
        }
        let folders: FxHashSet<u32> = change.files.iter().map(|touched| touched.folder).collect();
        ChangeMeasures {
            lines: change.files.iter().map(|touched| touched.lines).sum(),
            people: Some(people.len() as u32),
            author_changes: change
                .author
                .map(|author| self.changes_of(author, change.time)),
            folders: Some(folders.len() as u32),
            fixes: Some(fixes.len() as u32),
            // Of files that nobody has changed, nobody knows anything.
            author_share: change
                .author
                .map(|_| f64::from(own) / f64::from(all.max(1))),
        }
    }

    /// How many changes somebody made in the year before `time`.
    fn changes_of(&self, author: u32, time: i64) -> u32 {
        let times = self.times.get(&author).into_iter().flatten();
        times.filter(|&&then| time - then < RECENT_CHANGES).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(day: i64, author: u32, is_fix: bool, files: &[(u32, u32)]) -> TouchingChange {
        let touched = |&(file, lines): &(u32, u32)| TouchedFile {
            file,
            folder: file / 10,
            lines: Some(lines),
        };
        TouchingChange {
            time: day * 86_400,
            author: Some(author),
            is_fix,
            files: files.iter().map(touched).collect(),
        }
    }

    #[test]
    fn a_change_is_measured_against_what_came_before_it() {
        let past = [
            change(0, 1, true, &[(1, 5)]),
            change(700, 2, true, &[(1, 1), (2, 1)]),
            change(720, 1, false, &[(1, 1)]),
        ];
        let (now, before) = measure(&change(740, 1, false, &[(1, 8), (12, 8)]), &past);
        assert_eq!(now.lines, Some(16));
        assert_eq!(
            (now.folders, now.fixes, now.people),
            (Some(2), Some(1), Some(2))
        );
        assert_eq!(now.author_changes, Some(1), "the first change is too old");
        assert_eq!(now.author_share, Some(0.5), "the first change is too old");
        assert_eq!(before.len(), 3);
        assert_eq!(
            (before[0].fixes, before[0].author_share),
            (Some(0), Some(0.0))
        );
        assert_eq!(before[2].author_share, Some(0.5));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let mut unknown = change(0, 1, false, &[(1, 1), (2, 2)]);
        unknown.files[1].lines = None;
        unknown.author = None;
        let (measured, _) = measure(&unknown, &[]);
        assert_eq!(
            (
                measured.lines,
                measured.author_changes,
                measured.author_share
            ),
            (None, None, None)
        );
    }
}

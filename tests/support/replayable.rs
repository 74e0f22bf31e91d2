//! A repository whose commits can be asked about: two pairs of files that change together, and one that goes its own way.

#[path = "git_at.rs"]
mod git_at;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// What `git` prints, at day `time` of the test's clock.
pub(crate) fn git(root: &Path, time: usize, arguments: &[&str]) -> String {
    let clock = format!("@{} +0000", 1_700_000_000 + time * 86_400);
    git_at::git_at(root, &clock, arguments)
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

/// The file that changes in the commit of this number beside another of its pair.
const PAIRS: [[&str; 2]; 2] = [
    ["app/load.py", "lib/store.py"],
    ["app/show.go", "web/page.go"],
];

pub(crate) fn commit(root: &Path, number: usize) {
    for path in PAIRS[number % 2] {
        write(root, path, &format!("# {number}\n"));
    }
    if number.is_multiple_of(5) {
        write(root, "alone.py", &format!("# {number}\n"));
    }
    git(root, number, &["add", "-A"]);
    git(
        root,
        number,
        &["commit", "-q", "-m", &format!("work on {number}")],
    );
}

/// A repository with so many commits.
pub(crate) fn repository(commits: usize) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    git(folder.path(), 0, &["init", "-q"]);
    for number in 0..commits {
        commit(folder.path(), number);
    }
    folder
}

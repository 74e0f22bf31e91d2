//! A repair of a whole file, ready to be tried.

use crate::diagnostic::Class;

/// What a file would be.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) class: Class,
    pub(crate) rule: &'static str,
    /// Why this is proposed, for a person.
    pub(crate) why: String,
    /// How unlikely it is, in hundredths; rivals are within a margin of each other.
    pub(crate) cost: u32,
}

/// The changed lines as a unified diff of one hunk.
pub(crate) fn diff(path: &str, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    if same == old.len() && same == new.len() {
        return String::new();
    }
    let room = old.len().min(new.len()) - same;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(room)
        .take_while(|(a, b)| a == b)
        .count();
    let (first, old_end, new_end) = (same.saturating_sub(3), old.len() - tail, new.len() - tail);
    let after_lines = tail.min(3);
    let count = |end: usize| end + after_lines - first;
    let mut text = format!(
        "--- a/{path}\n+++ b/{path}\n@@ -{},{} +{},{} @@\n",
        first + 1,
        count(old_end),
        first + 1,
        count(new_end)
    );
    let mut put = |sign: char, line: &str| {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    };
    old[first..same].iter().for_each(|line| put(' ', line));
    old[same..old_end].iter().for_each(|line| put('-', line));
    new[same..new_end].iter().for_each(|line| put('+', line));
    old[old_end..old_end + after_lines]
        .iter()
        .for_each(|line| put(' ', line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changed_and_what_is_around() {
        let text = diff("a", b"1\n2\n3\n4\n5\n6\n", b"1\n2\n3\n4\nfive\n6\n");
        assert_eq!(
            text,
            "--- a/a\n+++ b/a\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+five\n 6\n"
        );
        assert_eq!(diff("a", b"x", b"x"), "");
        assert!(diff("a", b"x\n", b"x").contains("\\ No newline"));
    }
}

//! Two texts as a unified diff, for people and for tools that apply it.

use std::fmt::Write as _;
use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput, sources::byte_lines};

/// Lines around what differs.
const AROUND: u32 = 3;

/// The diff that makes `old` into `new`; `None` for a file that was not there. Empty when they are the same.
#[must_use]
pub fn unified_diff(path: &str, old: Option<&str>, new: &str) -> String {
    let before = old.unwrap_or("");
    let input = InternedInput::new(byte_lines(before.as_bytes()), byte_lines(new.as_bytes()));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<(Range<u32>, Range<u32>)> =
        diff.hunks().map(|hunk| (hunk.before, hunk.after)).collect();
    if hunks.is_empty() && old.is_some() {
        return String::new();
    }
    let lines = Lines {
        old: before.split_inclusive('\n').collect(),
        new: new.split_inclusive('\n').collect(),
    };
    let from = old.map_or("/dev/null".to_owned(), |_| format!("a/{path}"));
    let mut text = format!("diff --git a/{path} b/{path}\n");
    if old.is_none() {
        text.push_str("new file mode 100644\n");
    }
    // Writing to a string never fails.
    let _ = writeln!(text, "--- {from}\n+++ b/{path}");
    for group in hunks.chunk_by(|one, next| next.0.start - one.0.end <= 2 * AROUND) {
        lines.write(group, &mut text);
    }
    text
}

struct Lines<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

impl Lines<'_> {
    /// Hunks that stand so near to each other that they are one.
    fn write(&self, hunks: &[(Range<u32>, Range<u32>)], text: &mut String) {
        let (Some(first), Some(last)) = (hunks.first(), hunks.last()) else {
            return;
        };
        let lead = first.0.start.min(AROUND);
        let tail = (self.old.len() as u32 - last.0.end).min(AROUND);
        let (old_start, old_end) = (first.0.start - lead, last.0.end + tail);
        let (new_start, new_end) = (first.1.start - lead, last.1.end + tail);
        // An empty side names the line before it.
        let range =
            |start: u32, end: u32| format!("{},{}", start + u32::from(end > start), end - start);
        let (old, new) = (range(old_start, old_end), range(new_start, new_end));
        // Writing to a string never fails.
        let _ = writeln!(text, "@@ -{old} +{new} @@");
        let mut at = old_start;
        for (before, after) in hunks {
            put(text, ' ', &self.old[at as usize..before.start as usize]);
            put(
                text,
                '-',
                &self.old[before.start as usize..before.end as usize],
            );
            put(
                text,
                '+',
                &self.new[after.start as usize..after.end as usize],
            );
            at = before.end;
        }
        put(text, ' ', &self.old[at as usize..old_end as usize]);
    }
}

fn put(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_one_hunk_and_what_is_far_is_not() {
        let old: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let new = old.replace("4\n5", "4\nx\n5").replace("18\n", "");
        let expected = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7\n\
                        @@ -15,6 +16,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n";
        assert_eq!(unified_diff("f", Some(&old), &new), expected);
        let near = unified_diff("f", Some("a\nb\nc\n"), "A\nb\nC");
        assert!(
            near.ends_with("@@ -1,3 +1,3 @@\n-a\n+A\n b\n-c\n+C\n\\ No newline at end of file\n"),
            "{near}"
        );
    }

    #[test]
    fn files_come_and_nothing_is_no_diff() {
        let come = unified_diff("f", None, "a\n");
        assert!(
            come.ends_with("--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+a\n"),
            "{come}"
        );
        assert_eq!(unified_diff("f", Some("a\n"), "a\n"), "");
    }
}

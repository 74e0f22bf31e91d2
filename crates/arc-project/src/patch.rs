//! A unified diff, as far as it says which lines of which files are touched.

/// A file of a diff, under its new name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchedFile {
    /// Relative to the root of the diff; the old path when the file is deleted.
    pub path: String,
    /// Lines of the new file that are new, or before which lines are gone; rising.
    pub lines: Vec<u32>,
    /// There is no new file.
    pub is_deleted: bool,
}

/// Whether `text` is a unified diff rather than a list of names.
#[must_use]
pub fn is_patch(text: &str) -> bool {
    let mut lines = text.lines();
    lines.any(|line| line.starts_with("diff --git "))
        || text
            .lines()
            .zip(text.lines().skip(1))
            .any(|(one, next)| one.starts_with("--- ") && next.starts_with("+++ "))
}

/// The files of a diff in its order. What is no part of a diff is passed over.
#[must_use]
pub fn read_patch(text: &str) -> Vec<PatchedFile> {
    let mut files: Vec<PatchedFile> = Vec::new();
    let mut old = String::new();
    // Lines of the hunk that are still to come in the old and in the new file, and where the new file stands.
    let (mut old_left, mut new_left, mut at) = (0_u32, 0_u32, 0_u32);
    for line in text.lines() {
        let mark = line.as_bytes().first();
        // Whatever is no line of a hunk ends it, also when its numbers promised more.
        let is_body = matches!(mark, Some(b'+' | b'-' | b' ' | b'\\') | None);
        if (old_left > 0 || new_left > 0) && is_body {
            let touched = matches!(mark, Some(b'+' | b'-'));
            if let Some(file) = files.last_mut().filter(|_| touched) {
                file.lines.push(at);
            }
            if matches!(mark, Some(b'+' | b' ') | None) {
                (at, new_left) = (at.saturating_add(1), new_left.saturating_sub(1));
            }
            if matches!(mark, Some(b'-' | b' ') | None) {
                old_left = old_left.saturating_sub(1);
            }
        } else if let Some(ranges) = line.strip_prefix("@@ ") {
            (old_left, new_left) = (0, 0);
            if let Some((before, after)) = ranges
                .split_once(" @@")
                .and_then(|(ranges, _)| hunk(ranges))
            {
                (old_left, new_left) = (before.1, after.1);
                // An empty range names the line before it.
                at = after.0.saturating_add(u32::from(after.1 == 0));
            }
        } else if let Some(path) = line.strip_prefix("--- ") {
            old = file_name(path).unwrap_or_default();
        } else if let Some(path) = line.strip_prefix("+++ ") {
            let new = file_name(path);
            files.push(PatchedFile {
                is_deleted: new.is_none(),
                path: new.unwrap_or_else(|| std::mem::take(&mut old)),
                lines: Vec::new(),
            });
        } else if let Some(path) = line.strip_prefix("rename to ") {
            files.push(PatchedFile {
                path: path.to_owned(),
                ..PatchedFile::default()
            });
        } else if let Some(names) = line.strip_prefix("Binary files ")
            && let Some(path) = names
                .strip_suffix(" differ")
                .and_then(|names| names.rsplit_once(" and "))
                .and_then(|(_, path)| file_name(path))
        {
            files.push(PatchedFile {
                path,
                ..PatchedFile::default()
            });
        }
    }
    merged(files)
}

/// A renamed file that is changed as well is named twice.
fn merged(files: Vec<PatchedFile>) -> Vec<PatchedFile> {
    let mut merged: Vec<PatchedFile> = Vec::new();
    for mut file in files {
        match merged.last_mut().filter(|last| last.path == file.path) {
            Some(last) => last.lines.append(&mut file.lines),
            None => merged.push(file),
        }
    }
    for file in &mut merged {
        file.lines.dedup();
    }
    merged
}

/// `-12,3 +12,4` as start and length, old and new.
fn hunk(ranges: &str) -> Option<((u32, u32), (u32, u32))> {
    let (old, new) = ranges.split_once(' ')?;
    let range = |text: &str| {
        let (start, length) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, length.parse().ok()?))
    };
    Some((
        range(old.strip_prefix('-')?)?,
        range(new.strip_prefix('+')?)?,
    ))
}

/// The path in a header without `a/` or `b/` and without a time; `None` for `/dev/null`.
fn file_name(text: &str) -> Option<String> {
    let text = text.split('\t').next().unwrap_or(text).trim_end();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    if text == "/dev/null" {
        return None;
    }
    let path = text
        .strip_prefix("a/")
        .or_else(|| text.strip_prefix("b/"))
        .unwrap_or(text);
    Some(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "\
diff --git a/app/a.py b/app/a.py
--- a/app/a.py
+++ b/app/a.py
@@ -2,4 +2,4 @@ def f():
     one
-    two
+    2
     three
@@ -20 +20,0 @@
-    gone
diff --git a/old.py b/new.py
rename from old.py
rename to new.py
--- a/old.py
+++ b/new.py
@@ -0,0 +1,2 @@
++++ b/no header
+x
diff --git a/dead.py b/dead.py
--- a/dead.py
+++ /dev/null
@@ -1 +0,0 @@
-x
";

    #[test]
    fn lines_are_those_of_the_new_file() {
        let file = |path: &str, lines: &[u32], is_deleted| PatchedFile {
            path: path.to_owned(),
            lines: lines.to_vec(),
            is_deleted,
        };
        assert!(is_patch(DIFF));
        assert_eq!(
            read_patch(DIFF),
            [
                file("app/a.py", &[3, 21], false),
                file("new.py", &[1, 2], false),
                file("dead.py", &[1], true),
            ]
        );
    }

    #[test]
    fn what_is_no_diff_is_none() {
        assert!(!is_patch("src/a.py\nsrc/b.py::f\n"));
        assert_eq!(
            read_patch("@@ -1 +1 @@\n+x\n--- \n+++ \n@@ -9999999999 +1 @@\n"),
            [PatchedFile {
                path: String::new(),
                lines: Vec::new(),
                is_deleted: false
            }]
        );
    }
}

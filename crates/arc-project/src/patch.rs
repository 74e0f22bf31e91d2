//! A unified diff: which lines of which files take the place of which.

use std::path::Path;

use arc_store::GraphFile;

use crate::ask::AskError;
use crate::read_file::read_source;

/// A file of a diff, under its new name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchedFile {
    /// Relative to the root of the diff; the old path when the file is deleted.
    pub path: String,
    /// The path before, when it is another one.
    pub old_path: Option<String>,
    /// There is no old file.
    pub is_new: bool,
    /// There is no new file.
    pub is_deleted: bool,
    /// Its bytes are no text, and the diff does not show them.
    pub is_binary: bool,
    /// The permissions are others.
    pub has_new_mode: bool,
    /// What takes the place of what.
    pub hunks: Vec<PatchHunk>,
}

/// A part of a file of a diff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchHunk {
    /// The line of the old file that it begins at, from 1.
    pub old_start: u32,
    /// The line of the new file that it begins at, from 1.
    pub new_start: u32,
    /// Each line with its mark: ` ` on both sides, `-` before, `+` now.
    pub lines: Vec<(char, String)>,
}

/// A side of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchSide {
    Old,
    New,
}

impl PatchedFile {
    /// The other side of a text that is `side` of the diff; `None` when the text has not the lines that the diff says.
    pub(crate) fn other_side(&self, text: &str, side: PatchSide) -> Option<String> {
        let lines: Vec<&str> = text.lines().collect();
        let (own, other) = match side {
            PatchSide::Old => ('-', '+'),
            PatchSide::New => ('+', '-'),
        };
        let mut result = String::with_capacity(text.len());
        let mut at = 0;
        let mut push = |line: &str| {
            result.push_str(line);
            result.push('\n');
        };
        for hunk in &self.hunks {
            let start = match side {
                PatchSide::Old => hunk.old_start,
                PatchSide::New => hunk.new_start,
            };
            // An empty side names the line before it.
            let is_empty = hunk.lines.iter().all(|(mark, _)| *mark == other);
            let start = (start as usize).saturating_sub(usize::from(!is_empty));
            for line in lines.get(at..start)? {
                push(line);
            }
            at = start;
            for (mark, line) in &hunk.lines {
                if *mark != other {
                    if lines.get(at)? != line {
                        return None;
                    }
                    at += 1;
                }
                if *mark != own {
                    push(line);
                }
            }
        }
        for line in &lines[at..] {
            push(line);
        }
        Some(result)
    }
}

/// The diff that gives a file of the graph a new text, or makes a file that the graph does not have.
///
/// # Errors
/// When the file cannot be read.
pub fn rewriting(
    graph: &GraphFile,
    root: &Path,
    path: &str,
    text: &str,
) -> Result<PatchedFile, AskError> {
    if graph.file(path)?.is_none() {
        return Ok(rewritten(path, None, text));
    }
    let old = read_source(&root.join(path)).map_err(|error| AskError::Unreadable {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    let old = String::from_utf8_lossy(&old);
    Ok(rewritten(path, Some(&old), text))
}

/// The diff that makes `old`, if there is a file, into `new`: one hunk that takes the place of everything.
pub(crate) fn rewritten(path: &str, old: Option<&str>, new: &str) -> PatchedFile {
    let marked = |mark: char, text: &str| -> Vec<(char, String)> {
        text.lines().map(|line| (mark, line.to_owned())).collect()
    };
    let mut lines = marked('-', old.unwrap_or(""));
    let added = marked('+', new);
    let start = |lines: &[(char, String)]| u32::from(!lines.is_empty());
    let (old_start, new_start) = (start(&lines), start(&added));
    lines.extend(added);
    let hunk = PatchHunk {
        old_start,
        new_start,
        lines,
    };
    PatchedFile {
        path: path.to_owned(),
        is_new: old.is_none(),
        hunks: Vec::from([hunk]),
        ..PatchedFile::default()
    }
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
    let mut reading = PatchReading::default();
    for line in text.lines() {
        reading.line(line);
    }
    let mut files = reading.files;
    // Without one of these the header was no file of a diff.
    files.retain(|file| {
        let differs = file.is_binary || file.has_new_mode || file.old_path.is_some();
        differs || !file.hunks.is_empty() || file.is_new || file.is_deleted
    });
    files
}

#[derive(Default)]
struct PatchReading {
    files: Vec<PatchedFile>,
    /// Lines of the hunk that are still to come in the old and in the new file.
    left: (u32, u32),
    /// The old path, until the new one is known.
    old: Option<String>,
    /// The header of git for the last file was read, and nothing that names it again.
    is_open: bool,
}

impl PatchReading {
    fn line(&mut self, line: &str) {
        let mark = line.chars().next();
        // Whatever is no line of a hunk ends it, also when its numbers promised more.
        let is_body = matches!(mark, Some('+' | '-' | ' ' | '\\') | None);
        if self.left != (0, 0) && is_body {
            self.body(line, mark);
            return;
        }
        self.left = (0, 0);
        if let Some(ranges) = line.strip_prefix("@@ ") {
            self.hunk(ranges);
        } else if let Some(names) = line.strip_prefix("diff --git ") {
            self.files.push(PatchedFile {
                path: git_name(names).unwrap_or_default(),
                ..PatchedFile::default()
            });
            self.is_open = true;
        } else if let Some(path) = line.strip_prefix("--- ") {
            self.old = file_name(path);
        } else if let Some(path) = line.strip_prefix("+++ ") {
            let (old, new) = (self.old.take(), file_name(path));
            let is_new = old.is_none();
            let is_deleted = new.is_none();
            let old_path = old.clone().filter(|old| Some(old) != new.as_ref());
            let path = new.or(old).unwrap_or_default();
            let file = self.named(path);
            file.is_new = is_new;
            file.is_deleted = is_deleted;
            if !is_new && !is_deleted {
                file.old_path = file.old_path.take().or(old_path);
            }
        } else if self.is_open
            && let Some(file) = self.files.last_mut()
        {
            header(file, line);
        } else if let Some(path) = binary_name(line) {
            self.named(path).is_binary = true;
        }
    }

    /// The file that a header names: the one that is open, or another.
    fn named(&mut self, path: String) -> &mut PatchedFile {
        if !std::mem::take(&mut self.is_open) || self.files.is_empty() {
            self.files.push(PatchedFile::default());
        }
        let file = self.files.last_mut().expect("one was pushed");
        file.path = path;
        file
    }

    fn hunk(&mut self, ranges: &str) {
        let ranges = ranges.split_once(" @@").and_then(|(text, _)| hunk(text));
        if let (Some((before, after)), Some(file)) = (ranges, self.files.last_mut()) {
            self.left = (before.1, after.1);
            file.hunks.push(PatchHunk {
                old_start: before.0,
                new_start: after.0,
                lines: Vec::new(),
            });
        }
    }

    fn body(&mut self, line: &str, mark: Option<char>) {
        let mark = mark.unwrap_or(' ');
        if mark == '\\' {
            return;
        }
        if matches!(mark, '+' | ' ') {
            self.left.1 = self.left.1.saturating_sub(1);
        }
        if matches!(mark, '-' | ' ') {
            self.left.0 = self.left.0.saturating_sub(1);
        }
        let hunk = self.files.last_mut().and_then(|file| file.hunks.last_mut());
        if let Some(hunk) = hunk {
            hunk.lines
                .push((mark, line.get(1..).unwrap_or("").to_owned()));
        }
    }
}

/// A line between git's header of a file and its hunks.
fn header(file: &mut PatchedFile, line: &str) {
    if let Some(path) = line.strip_prefix("rename from ") {
        file.old_path = Some(unquoted(path));
    } else if let Some(path) = line.strip_prefix("rename to ") {
        file.path = unquoted(path);
    } else if let Some(path) = line.strip_prefix("copy to ") {
        file.path = unquoted(path);
        file.is_new = true;
    } else if line.starts_with("new file mode") {
        file.is_new = true;
    } else if line.starts_with("deleted file mode") {
        file.is_deleted = true;
    } else if line.starts_with("new mode") {
        file.has_new_mode = true;
    } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
        file.is_binary = true;
    }
}

/// The name in `Binary files a/x and b/x differ`.
fn binary_name(line: &str) -> Option<String> {
    let names = line
        .strip_prefix("Binary files ")?
        .strip_suffix(" differ")?;
    let (old, new) = names.rsplit_once(" and ")?;
    file_name(new).or_else(|| file_name(old))
}

/// The name in `a/x b/x`, when both are the same; for renamed files it is said again.
fn git_name(names: &str) -> Option<String> {
    if let Some(rest) = names.strip_prefix('"') {
        let end = rest.find("\" ")?;
        return file_name(&names[..end + 2]);
    }
    let half = names.len().checked_sub(1)? / 2;
    let (old, new) = (names.get(..half)?, names.get(half + 1..)?);
    let (old, new) = (file_name(old)?, file_name(new)?);
    (old == new).then_some(new)
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
    let text = unquoted(text);
    if text == "/dev/null" {
        return None;
    }
    let path = text
        .strip_prefix("a/")
        .or_else(|| text.strip_prefix("b/"))
        .unwrap_or(&text);
    Some(path.to_owned())
}

/// A path as git writes it when it has odd characters: in quotes, bytes in octal.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let octal = rest.get(..3).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        if let Some(byte) = octal {
            bytes.push(byte);
            rest = &rest[3..];
        } else if let Some((&escaped, tail)) = rest.split_first() {
            rest = tail;
            bytes.push(match escaped {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                other => other,
            });
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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

    fn hunk(old_start: u32, new_start: u32, lines: &[&str]) -> PatchHunk {
        let split = |line: &&str| (line.chars().next().unwrap(), line[1..].to_owned());
        PatchHunk {
            old_start,
            new_start,
            lines: lines.iter().map(split).collect(),
        }
    }

    #[test]
    fn files_have_their_hunks() {
        assert!(is_patch(DIFF));
        let files = read_patch(DIFF);
        let paths: Vec<&str> = files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["app/a.py", "new.py", "dead.py"]);
        let whole = [" one", "-    two", "+    2", "     three"];
        assert_eq!(
            files[0].hunks,
            [
                PatchHunk {
                    lines: [
                        (' ', "    one"),
                        ('-', "    two"),
                        ('+', "    2"),
                        (' ', "    three")
                    ]
                    .map(|(mark, text)| (mark, text.to_owned()))
                    .to_vec(),
                    ..hunk(2, 2, &whole)
                },
                hunk(20, 20, &["-    gone"]),
            ]
        );
        assert_eq!(files[1].old_path.as_deref(), Some("old.py"));
        assert_eq!(files[1].hunks, [hunk(0, 1, &["++++ b/no header", "+x"])]);
        assert!(files[2].is_deleted && !files[0].is_deleted);
    }

    #[test]
    fn either_side_gives_the_other() {
        let file = PatchedFile {
            hunks: vec![
                hunk(2, 2, &[" b", "-c", "+C"]),
                hunk(4, 5, &["+e"]),
                hunk(6, 6, &["-f"]),
            ],
            ..PatchedFile::default()
        };
        let (old, new) = ("a\nb\nc\nd\nx\nf\n", "a\nb\nC\nd\ne\nx\n");
        assert_eq!(file.other_side(old, PatchSide::Old).as_deref(), Some(new));
        assert_eq!(file.other_side(new, PatchSide::New).as_deref(), Some(old));
        assert_eq!(file.other_side("a\nb\n", PatchSide::Old), None);
    }

    #[test]
    fn headers_without_hunks_name_files_as_well() {
        let diff = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n\
                    diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n\
                    diff --git \"a/caf\\303\\251.py\" \"b/caf\\303\\251.py\"\nnew file mode 100644\n\
                    diff --git a/a b.py b/c d.py\nsimilarity index 100%\nrename from a b.py\nrename to c d.py\n";
        let files = read_patch(diff);
        let paths: Vec<&str> = files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["run.sh", "x.png", "café.py", "c d.py"]);
        assert!(files[0].has_new_mode && files[1].is_binary && files[2].is_new);
        assert_eq!(files[3].old_path.as_deref(), Some("a b.py"));
    }

    #[test]
    fn what_is_no_diff_is_none() {
        assert!(!is_patch("src/a.py\nsrc/b.py::f\n"));
        assert_eq!(
            read_patch("@@ -1 +1 @@\n+x\n--- \n+++ \n@@ -9999999999 +1 @@\n"),
            []
        );
    }
}

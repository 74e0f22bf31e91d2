//! The lines of a definition in one version of a file, and whether they are the same lines in the version before.
//!
//! Most versions change other lines of the file. That is told from the texts alone, without parsing either: a definition is
//! known by its lines, by those right before and after it, and by those that it stands under. In doubt the answer is
//! [`Carried::Unclear`], and somebody has to read both versions.

use std::ops::Range;

use arc_extract::Span;
use arc_history::{common_end, common_start, same_lines, split_lines};

/// Where a definition stands in a text. Ranges are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Its lines.
    pub(super) span: Span,
    range: Range<usize>,
    /// From the last line with text before it to the first one after it.
    guarded: Range<usize>,
    /// The lines that it stands under, by their indentation, from the innermost.
    around: Vec<Range<usize>>,
}

/// What became of a definition on the way to an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// It stands there letter for letter.
    Same(Anchor),
    /// Its head and its end stand there, and between them other lines.
    Inner(Anchor),
    /// That cannot be told from the texts.
    Unclear,
}

impl Anchor {
    /// The anchor of the lines `span` of `text`.
    pub(super) fn new(text: &[u8], span: Span) -> Anchor {
        let lines = Lines::of(text);
        Anchor::among(&lines, span)
    }

    /// Whether the lines that two definitions stand under are the same.
    pub(super) fn stands_under_the_same(&self, new: &[u8], other: &Anchor, old: &[u8]) -> bool {
        self.around(new).eq(other.around(old))
    }

    /// The lines that the definition stands under, from the innermost.
    pub(super) fn around<'a>(&self, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.around.iter().map(|range| &text[range.clone()])
    }

    pub(super) fn among(lines: &Lines<'_>, span: Span) -> Anchor {
        let count = lines.all.len();
        let first = (span.first.max(1) as usize - 1).min(count);
        let end = (span.last as usize).clamp(first, count);
        let before = (0..first).rev().find(|line| !lines.is_blank(*line));
        let after = (end..count).find(|line| !lines.is_blank(*line));
        let mut around = Vec::new();
        let mut below = lines.indent(first);
        for line in (0..first).rev() {
            if below == 0 {
                break;
            }
            if lines.is_blank(line) || lines.indent(line) >= below {
                continue;
            }
            below = lines.indent(line);
            if lines.closes(line) {
                // The head of something that takes several lines: its first one says what it is.
                below += 1;
            } else {
                around.push(lines.range(line..line + 1));
            }
        }
        Anchor {
            span,
            range: lines.range(first..end),
            guarded: lines.range(before.unwrap_or(0)..after.map_or(count, |line| line + 1)),
            around,
        }
    }

    /// The bytes of the definition.
    pub(super) fn text<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.range.clone()).unwrap_or_default()
    }

    /// Looks for the definition of `new` in `old`, where one stretch of lines differs and it is not in it.
    pub(super) fn beside(&self, new: &[u8], old: &[u8]) -> Option<Anchor> {
        let prefix = common_start(new, old);
        if self.guarded.end <= prefix && (prefix < new.len() || new.len() == old.len()) {
            return Some(self.clone());
        }
        let suffix = common_end(&new[prefix..], &old[prefix..]);
        let unchanged_from = new.len() - suffix;
        let is_same = |range: &Range<usize>| range.end <= prefix || range.start >= unchanged_from;
        let starts_same = self.guarded.start >= unchanged_from && self.guarded.start > 0;
        if !starts_same || !self.around.iter().all(is_same) {
            return None;
        }
        let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count() as u32;
        let gone = lines(&new[prefix..unchanged_from]);
        let come = lines(&old[prefix..old.len() - suffix]);
        let shifted = |at: usize| {
            if at >= unchanged_from {
                at + old.len() - new.len()
            } else {
                at
            }
        };
        Some(self.shifted(&shifted, |line| line + come - gone))
    }

    /// Looks for the definition of `new` in `old` by the lines that both have.
    pub(super) fn carried(&self, new: &[u8], old: &[u8]) -> Carried {
        self.carried_by_lines(&Lines::of(new), new, &Lines::of(old), old)
    }

    /// The line that the body of `other` begins on, when the two differ in their bodies alone.
    pub(super) fn differs_inside(&self, new: &[u8], other: &Anchor, old: &[u8]) -> Option<u32> {
        let (new, old) = (self.text(new), other.text(old));
        let offset = self.span.first - 1;
        let span = Span {
            first: 1,
            line: self.span.line - offset,
            body: self.span.body - offset,
            last: self.span.last - offset,
        };
        match Anchor::new(new, span).carried(new, old) {
            Carried::Inner(inner) if inner.range == (0..old.len()) => {
                Some(other.span.first + inner.span.body - 1)
            }
            Carried::Inner(_) | Carried::Same(_) | Carried::Unclear => None,
        }
    }

    fn shifted(&self, byte: &dyn Fn(usize) -> usize, line: impl Fn(u32) -> u32) -> Anchor {
        let moved = |range: &Range<usize>| byte(range.start)..byte(range.start) + range.len();
        Anchor {
            span: Span {
                first: line(self.span.first),
                line: line(self.span.line),
                body: line(self.span.body),
                last: line(self.span.last),
            },
            range: moved(&self.range),
            guarded: moved(&self.guarded),
            around: self.around.iter().map(moved).collect(),
        }
    }

    /// The same by the lines that both texts have.
    fn carried_by_lines(
        &self,
        new_lines: &Lines<'_>,
        new: &[u8],
        old_lines: &Lines<'_>,
        old: &[u8],
    ) -> Carried {
        let same = same_lines(old, new);
        let exact = |line: usize| {
            let at = (*same.get(line)?)? as usize;
            (new_lines.all.get(line)? == old_lines.all.get(at)?).then_some(at)
        };
        let (first, last) = (self.span.first as usize - 1, self.span.last as usize - 1);
        let (Some(old_first), Some(old_last)) = (exact(first), exact(last)) else {
            return Carried::Unclear;
        };
        let head = self.head_end(new_lines);
        let head_is_same = (first..=head).all(|line| exact(line) == Some(old_first + line - first));
        if !head_is_same || old_last < old_first + (head - first) {
            return Carried::Unclear;
        }
        // Nothing was taken off or put on at either end.
        let before = (0..first).rev().find(|line| !new_lines.is_blank(*line));
        let old_before = (0..old_first).rev().find(|line| !old_lines.is_blank(*line));
        let count = (new_lines.all.len(), old_lines.all.len());
        let after = (last + 1..count.0).find(|line| !new_lines.is_blank(*line));
        let old_after = (old_last + 1..count.1).find(|line| !old_lines.is_blank(*line));
        if before.and_then(exact) != old_before || after.and_then(exact) != old_after {
            return Carried::Unclear;
        }
        let body = self.span.body as usize - 1;
        let old_body = exact(body)
            .unwrap_or(old_first + body - first)
            .min(old_last);
        let span = Span {
            first: old_first as u32 + 1,
            line: old_first as u32 + 1 + self.span.line - self.span.first,
            body: old_body as u32 + 1,
            last: old_last as u32 + 1,
        };
        let anchor = Anchor::among(old_lines, span);
        if !self.stands_under_the_same(new, &anchor, old) {
            return Carried::Unclear;
        }
        if self.text(new) == anchor.text(old) {
            return Carried::Same(anchor);
        }
        let indent = new_lines.indent(first);
        let stays_inside =
            |line: &usize| old_lines.is_blank(*line) || old_lines.indent(*line) > indent;
        let old_head = old_first + head - first;
        if !(old_head + 1..old_last).all(|line| stays_inside(&line)) {
            return Carried::Unclear;
        }
        let kept: Vec<u32> = same[first..=last].iter().flatten().copied().collect();
        let gone = (old_first..=old_last).filter(|line| !kept.contains(&(*line as u32)));
        let says_something = gone
            .map(|line| old_lines.all[line])
            .chain(
                (first..=last)
                    .filter(|line| same[*line].is_none())
                    .map(|line| new_lines.all[line]),
            )
            .any(says_something);
        if says_something {
            Carried::Inner(anchor)
        } else {
            Carried::Unclear
        }
    }

    /// The last line of the head, from 0.
    fn head_end(&self, lines: &Lines<'_>) -> usize {
        let (first, body) = (self.span.first as usize - 1, self.span.body as usize - 1);
        let is_below = body > first && lines.indent(body) > lines.indent(first);
        if is_below { body - 1 } else { body.max(first) }
    }
}

/// Whether a line may be more than layout or a comment.
fn says_something(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_comment = [&b"#"[..], b"//", b"/*", b"*", b"--", b"%", b";"]
        .iter()
        .any(|mark| line.starts_with(mark));
    !line.is_empty() && !is_comment
}

/// A text by its lines.
pub(super) struct Lines<'a> {
    /// With their ends.
    pub(super) all: Vec<&'a [u8]>,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a [u8]) -> Lines<'a> {
        let all = split_lines(text);
        let mut starts = Vec::with_capacity(all.len() + 1);
        let mut at = 0;
        starts.push(0);
        for line in &all {
            at += line.len();
            starts.push(at);
        }
        Lines { all, starts }
    }

    fn range(&self, lines: Range<usize>) -> Range<usize> {
        self.starts[lines.start]..self.starts[lines.end]
    }

    pub(super) fn is_blank(&self, line: usize) -> bool {
        self.all[line].trim_ascii().is_empty()
    }

    /// Whether a line begins by closing something.
    pub(super) fn closes(&self, line: usize) -> bool {
        let text = self.all[line].trim_ascii_start();
        matches!(text.first(), Some(b')' | b']' | b'}'))
    }

    /// Columns before the text of a line.
    pub(super) fn indent(&self, line: usize) -> usize {
        let Some(line) = self.all.get(line) else {
            return 0;
        };
        let space = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        space.map(|byte| if *byte == b'\t' { 8 } else { 1 }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "import os\n\n\nclass A:\n    def f(self):\n        x = 1\n        return x\n\n    def g(self):\n        return 2\n";

    /// What becomes of lines 5 to 7 (`A.f`) on the way from `TEXT` to a text in which `from` is `to`.
    fn check(from: &str, to: &str, expected: &str) {
        assert!(TEXT.contains(from), "{from}");
        let old = TEXT.replacen(from, to, 1);
        let span = Span {
            first: 5,
            line: 5,
            body: 6,
            last: 7,
        };
        let anchor = Anchor::new(TEXT.as_bytes(), span);
        let near = anchor.beside(TEXT.as_bytes(), old.as_bytes());
        let carried = near.map_or_else(
            || anchor.carried(TEXT.as_bytes(), old.as_bytes()),
            Carried::Same,
        );
        let carried = match carried {
            Carried::Same(old_anchor) => {
                assert_eq!(
                    old_anchor.text(old.as_bytes()),
                    anchor.text(TEXT.as_bytes())
                );
                assert_eq!(old_anchor, Anchor::new(old.as_bytes(), old_anchor.span));
                format!("same {}-{}", old_anchor.span.first, old_anchor.span.last)
            }
            Carried::Inner(anchor) => format!("inner {}-{}", anchor.span.first, anchor.span.last),
            Carried::Unclear => "unclear".to_owned(),
        };
        assert_eq!(carried, expected, "{from} -> {to}");
    }

    #[test]
    fn changes_of_other_lines_carry_a_definition_along() {
        check("return 2", "return 3", "same 5-7");
        check("import os\n", "import os\nimport re\n", "same 6-8");
        check("import os\n\n\n", "", "same 2-4");
        check(
            "class A:\n",
            "class B:\n    x = 1\n\n\nclass A:\n",
            "same 9-11",
        );
    }

    #[test]
    fn changes_inside_are_told_from_those_of_head_and_end() {
        check("x = 1", "x = 2", "inner 5-7");
        check(
            "        x = 1\n",
            "        x = 1\n        x += 1\n",
            "inner 5-8",
        );
        check("def f(self)", "def f(self, y)", "unclear");
        check("        return x\n", "", "unclear");
        check(
            "        return x\n",
            "        return x\n        print(x)\n",
            "unclear",
        );
        check(
            "        x = 1\n",
            "        # One.\n        x = 1\n",
            "unclear",
        );
        check(
            "        x = 1\n",
            "        x = 1\n\n    def h(self):\n        y = 1\n",
            "unclear",
        );
    }

    #[test]
    fn what_a_definition_stands_under_is_part_of_its_place() {
        check("class A:", "class B:", "unclear");
        check(
            "import os\n\n\nclass A:\n",
            "import re\n\n\nclass B:\n    def h(self):\n        pass\n\n",
            "unclear",
        );
    }
}

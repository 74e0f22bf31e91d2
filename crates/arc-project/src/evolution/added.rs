//! A definition that a commit added to a file, told from the lines that came and went, so that neither version is parsed.
//!
//! It was there before when the file had a definition of its name in the same place, or one that went and said nearly the
//! same. Both leave lines behind. Where layout does not show what belongs to what, nothing is said.

use std::collections::HashMap;

use super::anchor::{Anchor, Lines};
use super::follow::{Known, own_name};
use super::heading::{alone, line_span, start_of};

/// What lines that went may say of a definition before one of them may have become it. Two definitions are one when they share
/// 0.7; words and signs are not quite what a grammar takes for tokens.
const MOST_SHARED: f64 = 0.5;

/// Whether `old`, the file before the commit, surely has nothing that the definition was.
pub(super) fn is_added(at: Known<'_>, path: &str, old: &[u8]) -> bool {
    added(at, path, old).is_some()
}

fn added(at: Known<'_>, path: &str, old: &[u8]) -> Option<()> {
    let name = own_name(at.scope_name).as_bytes();
    let (now, then) = (Lines::of(at.text), Lines::of(old));
    start_of(at, &now, name)?;
    let around: Vec<&[u8]> = at.anchor.around(at.text).collect();
    // What is named inside of something, and does not stand in it, is found by other means than layout.
    let is_shown = !around.is_empty() || at.scope_name.as_bytes() == name;
    let is_kept = |line: &&[u8]| then.all.contains(line);
    if !is_shown || !around.iter().all(is_kept) {
        return None;
    }
    let counts = Counts::of(&then, &now, at.anchor.span);
    let named = (0..then.all.len()).filter(|line| may_define(then.all[*line], name));
    for line in named {
        let other = Anchor::among(&then, line_span(line, line));
        let is_elsewhere = is_apart(around.first().copied(), other.around(old).next());
        if !is_elsewhere || !counts.is_kept(line, &then) {
            return None;
        }
    }
    let (definitions, symbol) = alone(path, at.anchor.text(at.text), name)?;
    let says = definitions.length(symbol) as f64;
    let is_told_apart = ((counts.gone + counts.own_kept) as f64) < MOST_SHARED * says;
    is_told_apart.then_some(())
}

/// Whether what stands under `one` surely is in another scope than what stands under `other`.
fn is_apart(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    let opens = |line: &[u8]| {
        let last = line.trim_ascii_end().last();
        last.is_some_and(|last| b":{(,".contains(last))
    };
    match (one, other) {
        (None, None) => false,
        (Some(_), None) => true,
        // A line of a long text is no head of anything.
        (one, Some(other)) => one != Some(other) && opens(other),
    }
}

/// Whether a line may be the one that defines a name. It is not when it only calls what has the name.
fn may_define(line: &[u8], name: &[u8]) -> bool {
    let is_word = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
    };
    let mut from = 0;
    while let Some(next) = line[from..]
        .windows(name.len().max(1))
        .position(|window| window == name)
    {
        let start = from + next;
        let (before, after) = (&line[..start], line.get(start + name.len()));
        from = start + 1;
        if is_word(before.last()) || is_word(after) {
            continue;
        }
        let last = before.trim_ascii_end().last();
        let is_called = after == Some(&b'(') && last.is_some_and(|last| b"(=[.+-/!".contains(last));
        if !is_called {
            return true;
        }
    }
    false
}

/// How often a line stands in the old text, in the new one, and in the definition.
type Count = (u32, u32, u32);

/// How often lines stand in both versions.
struct Counts<'a> {
    /// Of what is not the same at both ends.
    lines: HashMap<&'a [u8], Count>,
    /// Lines of the old text that are the same at both ends.
    same: (usize, usize),
    /// Words and signs of lines that went.
    gone: usize,
    /// Words and signs of lines of the definition that did not come.
    own_kept: usize,
}

impl<'a> Counts<'a> {
    fn of(then: &Lines<'a>, now: &Lines<'a>, span: arc_extract::Span) -> Counts<'a> {
        let (old, new) = (&then.all, &now.all);
        let is_same = |(one, other): &(&&[u8], &&[u8])| one == other;
        let start = old.iter().zip(new).take_while(is_same).count();
        let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
        let end = ends.take_while(is_same).count();
        let own = span.first as usize - 1..span.last as usize;
        let mut lines: HashMap<&[u8], Count> = HashMap::new();
        for line in &old[start..old.len() - end] {
            lines.entry(line).or_default().0 += 1;
        }
        let mut own_kept = 0;
        for (number, line) in new.iter().enumerate() {
            let is_own = own.contains(&number);
            if (start..new.len() - end).contains(&number) {
                let count = lines.entry(line).or_default();
                count.1 += 1;
                count.2 += u32::from(is_own);
            } else if is_own {
                own_kept += signs(line);
            }
        }
        let mut gone = 0;
        for (line, (old, new, own)) in order(&lines) {
            gone += signs(line) * old.saturating_sub(new) as usize;
            own_kept += signs(line) * own.saturating_sub(new.saturating_sub(old)) as usize;
        }
        Counts {
            lines,
            same: (start, old.len() - end),
            gone,
            own_kept,
        }
    }

    /// Whether a line of the old text stands in the new one, outside of the definition.
    fn is_kept(&self, line: usize, then: &Lines<'_>) -> bool {
        let is_same = line < self.same.0 || line >= self.same.1;
        let count = self.lines.get(then.all[line]);
        is_same || count.is_some_and(|(old, new, own)| new - own >= *old)
    }
}

/// The counts in the order of the lines.
fn order<'a>(lines: &HashMap<&'a [u8], Count>) -> Vec<(&'a [u8], Count)> {
    let mut all: Vec<_> = lines.iter().map(|(line, count)| (*line, *count)).collect();
    all.sort_unstable();
    all
}

/// Words and other signs of a line.
fn signs(line: &[u8]) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut in_word = false;
    let mut count = 0;
    for &byte in line {
        let word = is_word(byte);
        count += usize::from(!(byte.is_ascii_whitespace() || word && in_word));
        in_word = word;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_define_nothing() {
        let check = |line: &str, expected: bool| {
            assert_eq!(may_define(line.as_bytes(), b"load"), expected, "{line}");
        };
        check("    x = load(y)\n", false);
        check("    self.load()\n", false);
        check("    if (load(x)) {\n", false);
        check("    reload(x)\n", false);
        check("def load(x):\n", true);
        check("    async def load(x):\n", true);
        check("    load(x) {\n", true);
        check("Reader.prototype.load = function () {\n", true);
        check("from a import load\n", true);
        check("int *load(void);\n", true);
        check("std::vector<int> load(int x) {\n", true);
    }

    #[test]
    fn words_and_signs_are_counted() {
        assert_eq!(signs(b"    return self.x + 10\n"), 6);
        assert_eq!(signs(b"\n"), 0);
    }
}

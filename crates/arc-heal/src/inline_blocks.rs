//! Brackets that open and close in one line, and have lost their end: parsers notice at the end of the file, far from the line.

use crate::brackets::partner;
use crate::edits::Edit;
use crate::lines::Lines;
use crate::profile::Profile;
use crate::tokens::{TokenKind, tokens};

/// What the end of such a bracket costs; each place further inside costs a little more.
const LOST: u32 = 40;
const INSIDE: u32 = 5;
/// Lines that are looked at.
const MOST: usize = 8;

/// Where the last bracket may end that a line opens and does not close, though nothing below is deeper.
pub(crate) fn inline_edits(lines: &Lines<'_>, profile: &Profile) -> Vec<Edit> {
    if profile.is_shell() || profile.by_indentation {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let mut seen = 0;
    for line in 0..lines.count() {
        let Some((bracket, places)) = lost(lines, line, profile) else {
            continue;
        };
        seen += 1;
        if seen > MOST {
            break;
        }
        for (far, at) in (0u32..).zip(places) {
            let at = lines.start(line) + at;
            edits.push(Edit {
                range: at..at,
                replacement: bracket.to_string(),
                cost: LOST + INSIDE * far,
                rule: "inline-bracket",
            });
        }
    }
    edits
}

/// The bracket that a row of a table has lost at its beginning: rows next to it begin with one, and parsers notice at the end of the table.
pub(crate) fn row_edits(lines: &Lines<'_>, profile: &Profile) -> Vec<Edit> {
    if profile.is_shell() || profile.by_indentation {
        return Vec::new();
    }
    let rows = (0..lines.count()).filter_map(|line| {
        let bracket = unopened(lines, line, profile)?;
        let is_row = |other: usize| {
            lines.indent(other) == lines.indent(line)
                && lines.text(other).trim_start().starts_with(bracket)
        };
        let above = (0..line).rev().find(|other| !lines.is_blank(*other));
        let below = (line + 1..lines.count()).find(|other| !lines.is_blank(*other));
        let is_beside = above.is_some_and(is_row) || below.is_some_and(is_row);
        let at = lines.start(line) + lines.indent(line);
        is_beside.then(|| Edit {
            range: at..at,
            replacement: bracket.to_string(),
            cost: LOST / 2,
            rule: "inline-bracket",
        })
    });
    rows.take(MOST).collect()
}

/// The bracket that opens what a line closes behind its first token; `None` where that is not the only one without a partner.
fn unopened(lines: &Lines<'_>, line: usize, profile: &Profile) -> Option<char> {
    let text = lines.text(line);
    // Most lines are told without a look at their tokens.
    let count = |letters: [char; 3]| text.matches(letters).count();
    if count([')', ']', '}']) != count(['(', '[', '{']) + 1 {
        return None;
    }
    let mut open = Vec::new();
    let mut lonely = None;
    for (at, token) in tokens(text, profile).iter().enumerate() {
        match &text[token.range.clone()] {
            "(" => open.push(')'),
            "[" => open.push(']'),
            "{" => open.push('}'),
            closer @ (")" | "]" | "}") => match open.pop() {
                Some(wanted) => closer.starts_with(wanted).then_some(())?,
                None if at > 0 && lonely.is_none() => {
                    lonely = closer.chars().next().map(partner);
                }
                None => return None,
            },
            _ => {}
        }
    }
    lonely.filter(|_| open.is_empty())
}

/// The bracket that closes what a line leaves open in its middle, and where it may stand, the last place first.
fn lost(lines: &Lines<'_>, line: usize, profile: &Profile) -> Option<(char, Vec<usize>)> {
    let text = lines.text(line);
    let code: Vec<_> = tokens(text, profile)
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let mut letters = text[token.range.clone()].chars();
        match (letters.next(), letters.next()) {
            (Some(opener @ ('{' | '(' | '[')), None) => open.push((at, partner(opener))),
            (Some(closer @ ('}' | ')' | ']')), None) => {
                open.pop().filter(|(_, wanted)| *wanted == closer)?;
            }
            _ => {}
        }
    }
    let [(opener, bracket)] = open[..] else {
        return None;
    };
    let last = code.len().checked_sub(1).filter(|last| *last > opener)?;
    let end = &text[code[last].range.clone()];
    let below = (line + 1..lines.count()).find(|below| !lines.is_blank(*below))?;
    if matches!(end, "{" | "(" | "[" | "," | "=>" | "|") || lines.indent(below) > lines.indent(line)
    {
        return None;
    }
    // Behind the line, and before each of the marks that it ends with.
    let marks = code[opener + 1..].iter().rev();
    let marks = marks.take_while(|token| matches!(&text[token.range.clone()], ";" | ")" | "]"));
    let mut places = vec![code[last].range.end];
    places.extend(marks.map(|token| token.range.start));
    if end == ";" {
        places.remove(0);
    }
    Some((bracket, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    fn first(environment: Environment, text: &str) -> Option<String> {
        let edits = inline_edits(&Lines::new(text), profile(environment));
        edits.first().map(|edit| edit.apply(text))
    }

    #[test]
    fn a_row_begins_as_those_next_to_it() {
        let sound = "var t = []r{\n\t{1, 2},\n\t{3, 4},\n\t{5, 6},\n}\n";
        let broken = sound.replace("{3", "3");
        let edits = row_edits(&Lines::new(&broken), profile(Environment::Go));
        let texts: Vec<String> = edits.iter().map(|edit| edit.apply(&broken)).collect();
        assert_eq!(texts, [sound]);
        for text in [sound, "f(a,\n  b)\n", "if (a) {\n} else if b) {\n}\n"] {
            assert!(row_edits(&Lines::new(text), profile(Environment::JavaScript)).is_empty());
        }
    }

    #[test]
    fn a_block_of_one_line_ends_in_it() {
        let sound = "fn f() {\n    let (a, b) = unsafe { (g(&*x), h()) };\n    if a {\n        b();\n    }\n}\n";
        let broken = sound.replacen(") };", ") ;", 1);
        assert_eq!(first(Environment::Rust, &broken).as_deref(), Some(sound));
        assert_eq!(first(Environment::Rust, sound), None);
        let object = "const one = { a: 1, b: 2;\nconst two = g(() => {\n  h();\n});\n";
        assert_eq!(
            first(Environment::JavaScript, object).as_deref(),
            Some("const one = { a: 1, b: 2};\nconst two = g(() => {\n  h();\n});\n")
        );
    }
}

//! Brackets and blocks, followed without a parser: what opens, what closes, and where indentation says that a bracket should
//! have been closed.

use crate::lines::Lines;
use crate::profile::Profile;
use crate::tokens::{TokenKind, tokens};

/// Which brackets a stretch of text has too few or too many of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    missing: String,
    surplus: String,
    /// A bracket is closed by one of another kind.
    pub(crate) mismatch: bool,
    /// Nothing is known: everything may be missing or too much.
    pub(crate) unknown: bool,
}

impl Need {
    /// Whether one of these may be missing.
    pub(crate) fn lacks(&self, bracket: char) -> bool {
        self.unknown || self.mismatch || self.missing.contains(bracket)
    }

    /// Whether one of these may be too much.
    pub(crate) fn has_surplus(&self, bracket: char) -> bool {
        self.unknown || self.mismatch || self.surplus.contains(bracket)
    }
}

/// What closes a bracket or opens it.
pub(crate) fn partner(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

/// What the lines of a window need when they are read alone.
pub(crate) fn need(lines: &Lines<'_>, profile: &Profile, window: &[usize]) -> Need {
    let mut open: Vec<char> = Vec::new();
    let mut need = Need::default();
    let mut sorted = window.to_vec();
    sorted.sort_unstable();
    for line in sorted {
        let text = lines.text(line);
        for token in tokens(text, profile) {
            if token.kind == TokenKind::Quote {
                // What a text swallows cannot be counted.
                need.unknown = true;
            }
            if token.kind != TokenKind::Operator {
                continue;
            }
            for bracket in text[token.range].chars() {
                match bracket {
                    '(' | '[' | '{' => open.push(bracket),
                    ')' | ']' | '}' => match open.pop() {
                        Some(opening) if opening == partner(bracket) => {}
                        Some(opening) => {
                            need.mismatch = true;
                            need.missing.push(partner(opening));
                        }
                        None => {
                            need.surplus.push(bracket);
                            need.missing.push(partner(bracket));
                        }
                    },
                    _ => {}
                }
            }
        }
    }
    for bracket in open {
        need.missing.push(partner(bracket));
        need.surplus.push(bracket);
    }
    need
}

/// Lines above in which the bracket is looked for that a line closes.
const HEAD: usize = 60;

/// The line that opens the brackets which this one closes; the line itself when it closes none.
pub(crate) fn statement_start(lines: &Lines<'_>, line: usize) -> usize {
    let mut depth = 0i32;
    for at in (line.saturating_sub(HEAD)..=line).rev() {
        for letter in lines.text(at).chars() {
            match letter {
                ')' | ']' | '}' => depth += 1,
                '(' | '[' | '{' => depth -= 1,
                _ => {}
            }
        }
        if depth <= 0 {
            return at;
        }
    }
    line
}

/// Where a bracket that a line opens should have been closed by indentation: the last line that may hold the missing bracket.
/// A line that is no deeper than the opening one and does not begin with a closing bracket begins something new.
pub(crate) fn stretch_end(lines: &Lines<'_>, opening: usize, limit: usize) -> usize {
    let indent = lines.indent(opening);
    let mut last = opening;
    for line in opening + 1..lines.count().min(opening + limit) {
        if lines.is_blank(line) {
            continue;
        }
        let text = lines.text(line).trim_start();
        if lines.indent(line) <= indent && !text.starts_with([')', ']', '}']) {
            break;
        }
        last = line;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    fn needs(text: &str) -> Need {
        let lines = Lines::new(text);
        let window: Vec<usize> = (0..lines.count()).collect();
        need(&lines, profile(Environment::Python), &window)
    }

    #[test]
    fn an_open_bracket_asks_for_its_partner() {
        let need = needs("f(a, [1, 2]\n");
        assert!(need.lacks(')') && !need.lacks(']') && need.has_surplus('('));
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert_eq!(needs("f('(')  # (\n"), Need::default());
    }

    #[test]
    fn a_statement_starts_where_its_brackets_open() {
        let text = "x = 1\ndef f(\n    a: list[int],\n) -> None\n    pass\n";
        let lines = Lines::new(text);
        assert_eq!(
            [0, 2, 3, 4].map(|line| statement_start(&lines, line)),
            [0, 2, 1, 4]
        );
    }

    #[test]
    fn indentation_ends_a_bracket() {
        let text = "a = f(1,\n      2\nb = 3\n";
        assert_eq!(stretch_end(&Lines::new(text), 0, 50), 1);
    }
}

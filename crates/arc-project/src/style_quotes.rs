//! The quotes that strings of a text stand in.

use std::iter::Peekable;
use std::str::Chars;

/// Whether a language has two quotes that mean the same.
pub(crate) fn has_quotes(language: &str) -> bool {
    matches!(
        language,
        "python" | "javascript" | "typescript" | "jsx" | "tsx"
    )
}

/// The lines and quotes of the strings of a text that say nothing for either quote: those of one line that hold something, and no
/// quote or escape. What three quotes or a template hold is left out.
pub(crate) struct Quotes<'t> {
    letters: Peekable<Chars<'t>>,
    line: u32,
    is_python: bool,
}

impl<'t> Quotes<'t> {
    pub(crate) fn new(text: &'t str, language: &str) -> Quotes<'t> {
        Quotes {
            letters: text.chars().peekable(),
            line: 1,
            is_python: language == "python",
        }
    }

    fn next_letter(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        self.line += u32::from(letter == '\n');
        Some(letter)
    }

    fn skip_line(&mut self) {
        while self.letters.peek().is_some_and(|letter| *letter != '\n') {
            self.letters.next();
        }
    }

    /// Goes behind the next `end`.
    fn skip_to(&mut self, end: &str) {
        let mut last = String::new();
        while let Some(letter) = self.next_letter() {
            if letter == '\\' {
                self.next_letter();
                last.clear();
                continue;
            }
            last.push(letter);
            if last.ends_with(end) {
                return;
            }
        }
    }

    /// Goes behind a string that begins with `quote`. Whether it is one that counts.
    fn skip_string(&mut self, quote: char) -> bool {
        let (mut is_plain, mut length) = (true, 0);
        loop {
            match self.letters.peek().copied() {
                // No string of this kind goes over a line: it was no string.
                None | Some('\n') => return false,
                Some(letter) if letter == quote => {
                    self.letters.next();
                    return is_plain && length > 0;
                }
                Some('\\') => {
                    is_plain = false;
                    self.letters.next();
                    self.next_letter();
                }
                Some(letter) => {
                    is_plain &= !matches!(letter, '"' | '\'' | '`');
                    length += 1;
                    self.letters.next();
                }
            }
        }
    }
}

impl Iterator for Quotes<'_> {
    type Item = (u32, char);

    fn next(&mut self) -> Option<(u32, char)> {
        loop {
            let line = self.line;
            let letter = self.next_letter()?;
            match letter {
                '#' if self.is_python => self.skip_line(),
                '/' if !self.is_python => match self.letters.peek() {
                    Some('/') => self.skip_line(),
                    Some('*') => self.skip_to("*/"),
                    Some(_) | None => {}
                },
                '`' if !self.is_python => self.skip_to("`"),
                '"' | '\'' => {
                    let triple: String = std::iter::repeat_n(letter, 2).collect();
                    let ahead: String = self.letters.clone().take(2).collect();
                    if self.is_python && ahead == triple {
                        self.letters.next();
                        self.letters.next();
                        self.skip_to(&format!("{triple}{letter}"));
                    } else if self.skip_string(letter) {
                        return Some((line, letter));
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, language: &str) -> Vec<(u32, char)> {
        Quotes::new(text, language).collect()
    }

    #[test]
    fn only_strings_that_could_stand_in_either_quote_count() {
        let text = "\"\"\"It's\n'a' doc.\"\"\"\nx = 'one'  # don't\ny = \"it's\"\nz = '' + 'a\\n' + \"two\"\n";
        assert_eq!(found(text, "python"), [(3, '\''), (5, '"')]);
        let text = "/* it's */ f('a'); // \"b\"\ng(`'c'`, \"d\");\n// don't\nh('e')\n";
        assert_eq!(found(text, "javascript"), [(1, '\''), (2, '"'), (4, '\'')]);
        assert_eq!(found("<p>don't</p>\nf('a')", "tsx"), [(2, '\'')]);
    }
}

//! How natural a line reads among the other lines of its file: a model of which token follows which, learned from the file
//! itself and from what is usual in its language. It only orders repairs that a parser accepts; it proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::lines::Lines;
use crate::profile::Profile;
use crate::tokens::{Token, TokenKind, tokens};

/// What follows what in a file.
pub(crate) struct Natural<'a> {
    profile: &'a Profile,
    exact: Counts,
    kinds: Counts,
}

/// How often three tokens, and the first two of them, stand in a row.
#[derive(Default)]
struct Counts {
    threes: BTreeMap<[String; 3], u32>,
    twos: BTreeMap<[String; 2], u32>,
}

impl Counts {
    fn learn(&mut self, words: &[String]) {
        for three in words.windows(3) {
            let [a, b, c] = three else { continue };
            *self
                .threes
                .entry([a.clone(), b.clone(), c.clone()])
                .or_default() += 1;
            *self.twos.entry([a.clone(), b.clone()]).or_default() += 1;
        }
    }

    fn likelihood(&self, three: &[String]) -> f64 {
        let [a, b, c] = three else { return 0.0 };
        let seen = self
            .threes
            .get(&[a.clone(), b.clone(), c.clone()])
            .copied()
            .unwrap_or(0);
        let all = self.twos.get(&[a.clone(), b.clone()]).copied().unwrap_or(0);
        f64::from(seen) / (f64::from(all) + 1.0)
    }
}

/// Files longer than this are learned from their first lines.
const MOST_LINES: usize = 5000;
/// What even the strangest token is given.
const FLOOR: f64 = 1.0 / 512.0;
/// What each word of a text after its first is given, in bits.
const SWALLOWED: f64 = 2.5;

impl Natural<'_> {
    /// Learns from all lines but the ones in `without`.
    pub(crate) fn learn<'a>(
        lines: &Lines<'_>,
        profile: &'a Profile,
        without: &BTreeSet<usize>,
    ) -> Natural<'a> {
        let mut natural = Natural {
            profile,
            exact: Counts::default(),
            kinds: Counts::default(),
        };
        for line in (0..lines.count().min(MOST_LINES)).filter(|line| !without.contains(line)) {
            natural.learn_line(lines.text(line));
        }
        for line in profile.idioms.lines() {
            natural.learn_line(line);
        }
        natural
    }

    fn learn_line(&mut self, line: &str) {
        let (exact, kinds) = self.words(line);
        self.exact.learn(&exact);
        self.kinds.learn(&kinds);
    }

    /// The tokens of a line as they are, and by their kinds; both with marks for its ends.
    fn words(&self, line: &str) -> (Vec<String>, Vec<String>) {
        let code: Vec<Token> = tokens(line, self.profile)
            .into_iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .collect();
        let marked = |words: Vec<String>| {
            let start = ["^^".to_owned(), "^".to_owned()];
            start
                .into_iter()
                .chain(words)
                .chain(["$".to_owned()])
                .collect()
        };
        let exact = code
            .iter()
            .map(|token| line[token.range.clone()].to_owned())
            .collect();
        let kinds = code.iter().map(|token| self.kind(token, line)).collect();
        (marked(exact), marked(kinds))
    }

    fn kind(&self, token: &Token, line: &str) -> String {
        let text = &line[token.range.clone()];
        match token.kind {
            TokenKind::Word if self.profile.keywords.contains(&text) => text.to_owned(),
            TokenKind::Word => "name".to_owned(),
            TokenKind::Number => "0".to_owned(),
            TokenKind::Text if holds_code(text) => "code in a text".to_owned(),
            TokenKind::Text if self.has_other_quotes(text) => "text with quotes".to_owned(),
            TokenKind::Text if has_blank_edges(text) => "text with blanks around".to_owned(),
            TokenKind::Text if is_glued(token, line) => "text behind a word".to_owned(),
            TokenKind::Text if text[1..].starts_with('$') && !text.contains(' ') => {
                "value in a text".to_owned()
            }
            TokenKind::Text => "text".to_owned(),
            TokenKind::Quote | TokenKind::Operator | TokenKind::Comment => text.to_owned(),
        }
    }

    /// How strange a line is, in bits.
    pub(crate) fn strangeness(&self, line: &str) -> f64 {
        let (exact, kinds) = self.words(line);
        let of_tokens: f64 = exact
            .windows(3)
            .zip(kinds.windows(3))
            .map(|(exact, kinds)| {
                let likely =
                    0.55 * self.exact.likelihood(exact) + 0.4 * self.kinds.likelihood(kinds);
                -(likely + FLOOR).log2()
            })
            .sum();
        // What a text swallows would have been tokens: it must not be natural for being one.
        let swallowed: usize = tokens(line, self.profile)
            .iter()
            .filter(|token| token.kind == TokenKind::Text)
            .map(|token| {
                line[token.range.clone()]
                    .split_whitespace()
                    .count()
                    .saturating_sub(1)
            })
            .sum();
        of_tokens + SWALLOWED * f64::from(u32::try_from(swallowed).unwrap_or(u32::MAX))
    }

    /// Whether there are quotes of another kind in a text.
    fn has_other_quotes(&self, text: &str) -> bool {
        let own = text.chars().next();
        text.contains(|letter| Some(letter) != own && self.profile.quotes.contains(letter))
    }
}

/// Whether a text begins or ends with a blank between its quotes.
fn has_blank_edges(text: &str) -> bool {
    let mut letters = text.chars();
    // Its quotes.
    letters.next();
    letters.next_back();
    let inner = letters.as_str();
    inner.trim() != inner
}

/// Whether a word ends where the text begins.
fn is_glued(token: &Token, line: &str) -> bool {
    line[..token.range.start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// Whether a text looks like the code between two texts: words apart, and brackets without their partners.
fn holds_code(text: &str) -> bool {
    let mut depth = 0i32;
    let mut is_odd = false;
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        is_odd |= depth < 0;
    }
    text.contains(' ') && (is_odd || depth != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    #[test]
    fn what_the_file_says_elsewhere_is_less_strange() {
        let text = "a.strip()\nb = c.strip()\nif d.strip():\n    e.strip()\n";
        let natural = Natural::learn(
            &Lines::new(text),
            profile(Environment::Python),
            &BTreeSet::new(),
        );
        assert!(natural.strangeness("x = y.strip()") < natural.strangeness("x = y.strip({})"));
    }

    #[test]
    fn what_shells_usually_write_is_known_to_a_short_script() {
        let natural = Natural::learn(
            &Lines::new("exit 0\n"),
            profile(Environment::Bash),
            &BTreeSet::new(),
        );
        let usual = [
            ("printf '%s\\n' \"$a\"", "printf \"'%s\\n' $a\""),
            ("[ \"$a\" = \"b\" ]", "[ \"$a\" =\" b\" ]"),
            ("eval ${PAGER-more}", "eval ${}PAGER-more"),
            ("echo \"sum: $sum\"", "echo sum:\" $sum\""),
        ];
        for (usual, odd) in usual {
            assert!(
                natural.strangeness(usual) < natural.strangeness(odd),
                "{usual} {odd}"
            );
        }
    }
}

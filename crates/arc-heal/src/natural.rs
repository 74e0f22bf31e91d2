//! How natural a line reads among the other lines of its file: a model of which token follows which, learned from the file
//! itself. It only orders repairs that a parser accepts; it proves nothing.

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
            let (exact, kinds) = natural.words(lines.text(line));
            natural.exact.learn(&exact);
            natural.kinds.learn(&kinds);
        }
        natural
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
            TokenKind::Text => "text".to_owned(),
            TokenKind::Quote | TokenKind::Operator | TokenKind::Comment => text.to_owned(),
        }
    }

    /// How strange a line is, in bits.
    pub(crate) fn strangeness(&self, line: &str) -> f64 {
        let (exact, kinds) = self.words(line);
        exact
            .windows(3)
            .zip(kinds.windows(3))
            .map(|(exact, kinds)| {
                let likely =
                    0.55 * self.exact.likelihood(exact) + 0.4 * self.kinds.likelihood(kinds);
                -(likely + FLOOR).log2()
            })
            .sum()
    }
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
}

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
    /// Which kind of token follows which two tokens: `echo` is followed by a text, whatever it says.
    mixed: Counts,
    /// The words of its code.
    words: BTreeSet<String>,
}

/// How often three tokens, and the first two of them, stand in a row.
#[derive(Default)]
struct Counts {
    threes: BTreeMap<[String; 3], u32>,
    twos: BTreeMap<[String; 2], u32>,
}

impl Counts {
    fn learn(&mut self, three: [&String; 3]) {
        let [a, b, c] = three.map(String::clone);
        *self.twos.entry([a.clone(), b.clone()]).or_default() += 1;
        *self.threes.entry([a, b, c]).or_default() += 1;
    }

    fn likelihood(&self, three: [&String; 3]) -> f64 {
        let [a, b, c] = three.map(String::clone);
        let all = self.twos.get(&[a.clone(), b.clone()]).copied().unwrap_or(0);
        let seen = self.threes.get(&[a, b, c]).copied().unwrap_or(0);
        f64::from(seen) / (f64::from(all) + 1.0)
    }
}

/// Files longer than this are learned from their first lines.
const MOST_LINES: usize = 5000;
/// What even the strangest token is given.
const FLOOR: f64 = 1.0 / 512.0;
/// What each word of a text after its first is given, in bits.
const SWALLOWED: f64 = 2.5;
/// The same for one that is no word of the code.
const PROSE: f64 = 1.0;

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
            mixed: Counts::default(),
            words: BTreeSet::new(),
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
        let letters = |word: &&String| word.starts_with(|letter: char| letter.is_alphanumeric());
        self.words.extend(exact.iter().filter(letters).cloned());
        for three in threes(&exact, &kinds) {
            self.exact.learn(three.exact);
            self.kinds.learn(three.kinds);
            self.mixed.learn(three.mixed());
        }
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
            // What a shell runs stands where a text may not.
            TokenKind::Text if text.starts_with('`') => "text in backticks".to_owned(),
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
        let of_tokens: f64 = threes(&exact, &kinds)
            .map(|three| {
                let likely = 0.55 * self.exact.likelihood(three.exact)
                    + 0.2 * self.kinds.likelihood(three.kinds)
                    + 0.2 * self.mixed.likelihood(three.mixed());
                -(likely + FLOOR).log2()
            })
            .sum();
        // What a text swallows would have been tokens: it must not be natural for being one.
        let of_texts: f64 = tokens(line, self.profile)
            .iter()
            .filter(|token| token.kind == TokenKind::Text)
            .flat_map(|token| line[token.range.clone()].split_whitespace().skip(1))
            .map(|word| self.swallowed(word))
            .sum();
        of_tokens + of_texts
    }

    /// What a word is given that stands in a text. One of the code may have been code.
    fn swallowed(&self, word: &str) -> f64 {
        let is_mark = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let word = word.trim_matches(is_mark);
        if word.is_empty() || word.contains(is_mark) || self.words.contains(word) {
            SWALLOWED
        } else {
            PROSE
        }
    }

    /// Whether there are quotes of another kind in a text.
    fn has_other_quotes(&self, text: &str) -> bool {
        let own = text.chars().next();
        text.contains(|letter| Some(letter) != own && self.profile.quotes.contains(letter))
    }
}

/// Three tokens in a row, as they are and by their kinds.
struct Three<'a> {
    exact: [&'a String; 3],
    kinds: [&'a String; 3],
}

impl<'a> Three<'a> {
    fn mixed(&self) -> [&'a String; 3] {
        [self.exact[0], self.exact[1], self.kinds[2]]
    }
}

fn threes<'a>(exact: &'a [String], kinds: &'a [String]) -> impl Iterator<Item = Three<'a>> {
    let rows = |words: &'a [String]| {
        words
            .array_windows()
            .map(|[a, b, c]: &[String; 3]| [a, b, c])
    };
    rows(exact)
        .zip(rows(kinds))
        .map(|(exact, kinds)| Three { exact, kinds })
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

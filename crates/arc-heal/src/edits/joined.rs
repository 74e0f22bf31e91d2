//! Two words that became one because the bracket between them is missing: `len(name)` as `lenname)`.

use super::Bench;
use crate::tokens::TokenKind;

/// What it costs to part a word where both parts are known, where one is, and where it only looks like two.
const KNOWN: u32 = 120;
/// What speaks for it where the word stands nowhere else.
const ALONE: u32 = 30;
const HALF_KNOWN: u32 = 150;
const LIKE_TWO: u32 = 185;

impl Bench<'_> {
    /// Opening brackets that may be missing inside of words, where the line closes more than it opens.
    pub(super) fn joined_words(&mut self) {
        if self.profile.is_shell() {
            return;
        }
        for (opening, closing) in [('(', ")"), ('[', "]")] {
            if !self.need.lacks(opening) || !self.closes_more(&opening.to_string(), closing) {
                continue;
            }
            for at in 0..self.tokens.len() {
                if self.tokens[at].kind == TokenKind::Word {
                    self.part(at, opening);
                }
            }
        }
    }

    /// Whether a bracket of the line closes what the line does not open.
    fn closes_more(&self, opening: &str, closing: &str) -> bool {
        let mut depth = 0i32;
        (0..self.tokens.len()).any(|at| {
            let text = self.text(at);
            depth += i32::from(text == opening) - i32::from(text == closing);
            depth < 0
        })
    }

    fn part(&mut self, at: usize, opening: char) {
        let word = self.text(at).to_owned();
        if self.profile.keywords.contains(&word.as_str()) {
            return;
        }
        let start = self.tokens[at].range.start;
        let is_alone = self.known.get(word.as_str()).is_none_or(|count| *count < 2);
        for (gap, _) in word.char_indices().skip(1) {
            let (head, tail) = word.split_at(gap);
            let is_number = tail.bytes().all(|byte| byte.is_ascii_digit())
                && !head.ends_with(|letter: char| letter.is_ascii_digit());
            let is_known = |part: &str| part.len() > 1 && self.known.contains_key(part);
            let is_value = is_known(tail) || self.profile.keywords.contains(&tail) || is_number;
            let looks_so =
                head.ends_with(char::is_lowercase) && tail.starts_with(char::is_uppercase);
            let cost = match (is_known(head), is_value) {
                (true, true) if is_alone => KNOWN - ALONE,
                (true, true) => KNOWN,
                (true, false) | (false, true) => HALF_KNOWN,
                (false, false) if looks_so => LIKE_TWO,
                (false, false) => continue,
            };
            let place = start + gap;
            self.push(place..place, &opening.to_string(), cost, "opening-bracket");
        }
    }
}

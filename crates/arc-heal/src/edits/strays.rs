//! Operators, brackets and quotes that are too much or another one's, and what speaks against each.

use std::ops::Range;

use super::{Bench, begins_operand, ends_operand};
use crate::text_edits::text_edits;
use crate::tokens::{Token, TokenKind};

/// What speaks for dropping what is said twice.
const TWICE: u32 = 140;

/// What a plus costs in a name that something is given to.
const IN_NAME: u32 = 60;

impl Bench<'_> {
    /// Operators, brackets and quotes that are too much or another one's.
    pub(super) fn operators(&mut self) {
        for at in 0..self.tokens.len() {
            let token = self.tokens[at].clone();
            let text = self.text(at).to_owned();
            match token.kind {
                TokenKind::Quote => {
                    let is_doubled = at > 0
                        && self.tokens[at - 1].range.end == token.range.start
                        && self.text(at - 1) == text;
                    let cost = match (is_doubled, self.may_be_quote(&token.range)) {
                        _ if text == "`" && self.has_odd_backtick => 40,
                        // One that runs a command changes what is run: neither way is likelier.
                        _ if text == "`" => 150,
                        (true, _) => 170,
                        (false, false) => 130,
                        (false, true) => 320,
                    };
                    let cost = cost + self.joined(&token.range);
                    self.push(token.range, "", cost, "stray-quote");
                    continue;
                }
                TokenKind::Operator => {}
                TokenKind::Text => {
                    self.glued_text(at);
                    for (range, replacement, cost) in text_edits(&text) {
                        let start = token.range.start;
                        let range = start + range.start..start + range.end;
                        self.push(range, replacement, cost, "text-bracket");
                    }
                    if !self.profile.by_indentation {
                        self.push(token.range, "", 700, "stray-text");
                    }
                    continue;
                }
                TokenKind::Comment | TokenKind::Number | TokenKind::Word => continue,
            }
            if !self.keeps_words_apart(&token.range) {
                let before = &self.line[..token.range.start];
                let is_opening = matches!(text.as_str(), "(" | "[" | "{");
                let is_marked = before.ends_with('$') && (is_opening || !self.profile.is_shell())
                    || before.ends_with("$(");
                let cost = self.deletion_cost(&text)
                    + if is_marked { 200 } else { 0 }
                    + self.parting_doubts(at)
                    + self.left_as_text(&text, &token.range)
                    + self.halves_expression(&token.range)
                    + self.begins_list(&text, &token.range)
                    + self.holds_commands(at);
                let cost = cost.saturating_sub(self.sticks_to_block_word(at));
                let cost = cost.saturating_sub(self.stands_oddly(at));
                let cost = cost.saturating_sub(self.sticks_to_status(at));
                let cost = cost.saturating_sub(self.is_said_twice(at));
                let cost = self.rebalanced(at, "", cost);
                self.push(token.range.clone(), "", cost, "stray");
            }
            self.other_sign(at);
            if text.len() > 1 && text.is_ascii() {
                // Half a bracket of a test leaves a test that ends elsewhere.
                let is_test = self.profile.is_shell() && matches!(text.as_str(), "[[" | "]]");
                let cost = if is_test { 330 } else { 230 };
                self.push(token.range.start..token.range.start + 1, "", cost, "stray");
                self.push(token.range.end - 1..token.range.end, "", cost, "stray");
            }
            if text == "=" {
                let cost = if self.is_condition(at) { 60 } else { 240 };
                // Among signs with blanks around one without is no comparison.
                let is_glued = !self.profile.is_shell()
                    && !self.line[..token.range.start].ends_with(' ')
                    && !self.line[token.range.end..].starts_with(' ')
                    && [" == ", " === ", " != ", " !== "]
                        .iter()
                        .any(|sign| self.line.contains(sign));
                let cost = cost + if is_glued { 150 } else { 0 };
                self.push(token.range.clone(), "==", cost, "comparison");
            }
            for group in [")]}", "([{"] {
                if !group.contains(&text) {
                    continue;
                }
                for other in group.chars().filter(|other| !text.contains(*other)) {
                    let cost = match (self.need.mismatch, self.need.unknown) {
                        // What closes a pattern stands where nothing was opened.
                        _ if self.is_pattern && other == ')' => 110,
                        (true, _) => 130,
                        (false, true) => 200,
                        (false, false) => 300,
                    };
                    // What a shell expands is told by how it begins.
                    let begins = &self.line[..token.range.start];
                    let is_marked = self.profile.is_shell() && begins.ends_with('$');
                    let cost = cost + self.unpaired(other) + if is_marked { 80 } else { 0 };
                    let cost = self.rebalanced(at, &other.to_string(), cost);
                    self.push(
                        token.range.clone(),
                        &other.to_string(),
                        cost,
                        "bracket-kind",
                    );
                }
            }
        }
    }

    /// The other sign before a value: where a language takes no `+` there, nothing tells whether it is too much or was a `-`.
    fn other_sign(&mut self, at: usize) {
        let other = match self.text(at) {
            "+" => "-",
            "-" => "+",
            _ => return,
        };
        // A name with a dash, where languages have such: nothing is given to a sum.
        let is_in_name = at == 1
            && self.tokens.get(3).is_some_and(|given| {
                let ends = |at: usize| self.tokens[at].range.end == self.tokens[at + 1].range.start;
                let is_word = |at: usize| self.tokens[at].kind == TokenKind::Word;
                let gives = matches!(&self.line[given.range.clone()], "=" | "{");
                gives && is_word(0) && is_word(2) && ends(0) && ends(1)
            });
        if is_in_name {
            self.push(self.tokens[at].range.clone(), other, IN_NAME, "sign");
        }
        let is_behind_value = at.checked_sub(1).is_some_and(|before| {
            ends_operand(&self.tokens[before], self.line)
                && !self.profile.keywords.contains(&self.text(before))
        });
        let is_before_value = self.tokens.get(at + 1).is_some_and(|next| {
            next.range.start == self.tokens[at].range.end && begins_operand(next, self.line)
        });
        if is_before_value && !is_behind_value {
            let cost = self.deletion_cost(self.text(at)) + self.parting_doubts(at);
            self.push(self.tokens[at].range.clone(), other, cost, "sign");
        }
    }

    /// What speaks for dropping what sticks to a word that a block begins or ends with, in hundredths.
    fn sticks_to_block_word(&self, at: usize) -> u32 {
        let Some(before) = at.checked_sub(1).map(|at| &self.tokens[at]) else {
            return 0;
        };
        let word = &self.line[before.range.clone()];
        let is_block_word = self.profile.block_words.contains(&word) || word == "else";
        let sticks = before.range.end == self.tokens[at].range.start;
        if is_block_word && sticks && before.kind == TokenKind::Word {
            150
        } else {
            0
        }
    }

    /// What speaks for dropping a bracket of a shell that sticks to the end of `$?` and its like, in hundredths.
    fn sticks_to_status(&self, at: usize) -> u32 {
        let before = &self.line[..self.tokens[at].range.start];
        let sticks = ["$?", "$#", "$@", "$!", "$*"]
            .iter()
            .any(|value| before.ends_with(value));
        let is_opening = matches!(self.text(at), "(" | "[" | "{");
        if self.profile.is_shell() && is_opening && sticks {
            110
        } else {
            0
        }
    }

    /// What speaks for dropping what sets items apart and stands there twice: `a,, b`.
    fn is_said_twice(&self, at: usize) -> u32 {
        let is_twice = at > 0
            && self.text(at - 1) == self.text(at)
            && matches!(self.text(at), "," | ";")
            && self.tokens[at - 1].kind == TokenKind::Operator;
        if is_twice { TWICE } else { 0 }
    }

    /// What speaks against dropping what parts two values, or holds them.
    fn parting_doubts(&self, at: usize) -> u32 {
        if self.profile.is_shell() {
            return 0;
        }
        let touches = |left: &Token, right: &Token| left.range.end == right.range.start;
        let (own, next) = (&self.tokens[at], self.tokens.get(at + 1));
        match self.text(at) {
            // `f(a, -b)`: the sign is the second value's own, and would join both.
            "," => {
                let is_sign = next.is_some_and(|sign| {
                    let is_close = self
                        .tokens
                        .get(at + 2)
                        .is_some_and(|value| touches(sign, value));
                    matches!(&self.line[sign.range.clone()], "+" | "-" | "*" | "&")
                        && is_close
                        && !touches(own, sign)
                });
                if is_sign { 160 } else { 0 }
            }
            // `f(` calls something.
            "(" => {
                let before = at.checked_sub(1).map(|at| &self.tokens[at]);
                let is_call = before.is_some_and(|name| {
                    let word = &self.line[name.range.clone()];
                    name.kind == TokenKind::Word
                        && touches(name, own)
                        && !self.profile.keywords.contains(&word)
                });
                if is_call { 95 } else { 0 }
            }
            ")" | "]" | "}" => self.bare_without(at),
            _ => 0,
        }
    }

    /// What a line without the closing bracket at a place leaves outside of all brackets, behind some that it closes.
    fn bare_without(&self, at: usize) -> u32 {
        let mut depth = 0i32;
        let mut has_opened = false;
        for index in (0..self.tokens.len()).filter(|index| *index != at) {
            match self.text(index) {
                "(" | "[" | "{" => {
                    depth += 1;
                    has_opened = true;
                }
                ")" | "]" | "}" => depth -= 1,
                "," if has_opened && depth == 0 && index + 1 < self.tokens.len() => return 60,
                _ => {}
            }
        }
        0
    }

    /// What speaks against dropping a bracket of YAML around items: what is left is one text with commas in it.
    fn left_as_text(&self, bracket: &str, range: &Range<usize>) -> u32 {
        let is_yaml = self.profile.by_indentation && self.profile.keywords.is_empty();
        let items = match bracket {
            "[" | "{" => &self.line[range.end..],
            "]" | "}" => &self.line[..range.start],
            _ => return 0,
        };
        if is_yaml && items.contains(", ") {
            200
        } else {
            0
        }
    }

    /// What speaks against dropping one of two brackets of YAML in a row: they hold an expression of a template.
    fn halves_expression(&self, range: &Range<usize>) -> u32 {
        let bracket = &self.line[range.clone()];
        let is_yaml = self.profile.by_indentation && self.profile.keywords.is_empty();
        let is_half = self.line[..range.start].ends_with(bracket)
            || self.line[range.end..].starts_with(bracket);
        if is_yaml && is_half && matches!(bracket, "{" | "}") {
            60
        } else {
            0
        }
    }

    /// What speaks against dropping the bracket that begins a list of a shell: `names=(a b)`.
    fn begins_list(&self, bracket: &str, range: &Range<usize>) -> u32 {
        let is_list = self.profile.is_shell() && self.line[..range.start].ends_with('=');
        if is_list && bracket == "(" { 100 } else { 0 }
    }

    /// What speaks for dropping an opening bracket that sticks to what is before it and not to what it opens, in a file that never
    /// writes them so.
    fn stands_oddly(&self, at: usize) -> u32 {
        let range = &self.tokens[at].range;
        let is_opening = matches!(self.text(at), "(" | "[");
        let sticks = !self.line[..range.start].ends_with(' ') && range.start > 0;
        let is_apart = self.line[range.end..].starts_with(' ');
        if self.is_tight && is_opening && sticks && is_apart {
            90
        } else {
            0
        }
    }

    /// Whether two words would run into one without what stands in the range.
    fn keeps_words_apart(&self, range: &Range<usize>) -> bool {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        self.line[..range.start].ends_with(is_word) && self.line[range.end..].starts_with(is_word)
    }

    fn is_condition(&self, at: usize) -> bool {
        let before = self.tokens[..at]
            .iter()
            .map(|token| &self.line[token.range.clone()]);
        before.into_iter().any(|word| {
            matches!(
                word,
                "if" | "elif" | "while" | "assert" | "return" | "and" | "or" | "not"
            )
        })
    }

    fn deletion_cost(&self, operator: &str) -> u32 {
        let letter = operator.chars().next().unwrap_or(' ');
        if self.profile.foreign.contains(letter) {
            return 20;
        }
        if operator.chars().nth(1).is_some() {
            return 340;
        }
        match letter {
            ')' | ']' | '}' | '(' | '[' | '{' => {
                // One is forgotten more often than written for nothing.
                if self.need.has_surplus(letter) {
                    215
                } else {
                    400
                }
            }
            ',' | ';' | ':' | '`' => 190,
            '=' => 200,
            _ => 330,
        }
    }
}

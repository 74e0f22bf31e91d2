//! Quotes that are missing: where one may stand, and what speaks against it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Bench;
use crate::tokens::TokenKind;

/// What joins values, in most languages: rarely meant in a text.
const OPERATORS: &[&str] = &["!=", "!==", "&&", "+=", ":=", "==", "===", "=>", "||"];
/// What speaks for a text of a shell that is one value and no more.
const VALUE: u32 = 60;
/// What speaks against a text of a shell that holds where its output goes, or parts what is one word.
const REDIRECTED: u32 = 130;
/// What speaks against a quote that the file hardly uses.
const RARE: u32 = 75;
/// What speaks for a text that a command is given as in other lines.
const GIVEN: u32 = 60;
/// What speaks against a text that ends in a name of the file behind a comma.
const NAMED: u32 = 80;
/// What speaks against a text of a shell's test that holds a pattern.
const PATTERN: u32 = 110;
/// What speaks against a text that takes in what is put into it.
const TAKEN: u32 = 110;
/// What speaks against a text that ends before the blanks at the end of its line.
const TAIL: u32 = 60;
/// What speaks against a text of a shell that says where output goes, and against one that holds the end of a branch.
const GOES: u32 = 60;
const BRANCH: u32 = 150;
/// What a shell takes for more than a word.
const SHELL_OPERATORS: &[&str] = &["&&", ";", ";;", "<", ">", ">>", "|", "||"];

impl Bench<'_> {
    /// The kinds of quotes of which one may be missing: those that the line has an odd number of, else any.
    pub(super) fn lonely(&self, code: &[usize]) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for at in code {
            if self.tokens[*at].kind == TokenKind::Quote {
                *counts.entry(self.text(*at)).or_default() += 1;
            }
        }
        let any_odd = counts.values().any(|count| count % 2 == 1);
        counts
            .into_iter()
            .filter(|(_, count)| !any_odd || count % 2 == 1)
            .map(|(quote, _)| quote.to_owned())
            .collect()
    }

    /// A quote that may be missing in the gap before the token at `position`.
    pub(super) fn quote(&mut self, code: &[usize], position: usize, quote: &str) {
        let left = position.checked_sub(1).map(|at| &self.tokens[code[at]]);
        let right = code.get(position).map(|at| &self.tokens[*at]);
        let (Some(from), Some(to)) = (
            left.or(right).map(|token| token.range.clone()),
            right.or(left).map(|token| token.range.clone()),
        ) else {
            return;
        };
        let left = left.map_or(to.start, |_| from.end);
        let right = right.map_or(left, |_| to.start);
        let usual = if self.profile.is_shell() {
            150 - VALUE
        } else {
            150
        };
        let doubts = self.quote_doubts(code, position, quote);
        let begins = self.quotes_before(code, position, quote).is_multiple_of(2);
        let cost = usual
            + doubts
            + self.parts_prose(code, position, begins)
            + if self.is_prefix(code, position) {
                120
            } else {
                0
            };
        // Code of a text stands in none: there the text begins at the latest.
        let mark = self.profile.code_in_text;
        let is_code = begins && mark.len() > 1 && self.line[right..].starts_with(mark);
        let cost = if is_code {
            cost.saturating_sub(50)
        } else {
            cost
        };
        let cost = if self.rare_quote.is_some_and(|rare| quote.starts_with(rare)) {
            cost + RARE
        } else {
            cost
        };
        // What is given texts elsewhere is given one here.
        let before = &self.line[..left];
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        let word = &before[before.trim_end_matches(is_word).len()..];
        let is_given = begins && left != right && self.given_texts.contains(word);
        let cost = if is_given {
            cost.saturating_sub(GIVEN)
        } else {
            cost
        };
        if &self.line[left..right] == "  " {
            // Two blanks in a row are one of the text and one behind or before it.
            let between = left + 1..left + 1;
            self.push(between, quote, cost.saturating_sub(30), "quote");
        }
        // Blanks at the end of a line are rarely meant for anything but a text.
        let tail = &self.line[left..];
        let is_tail = position == code.len() && !begins && tail.starts_with([' ', '\t']);
        if is_tail && tail.trim_end_matches([' ', '\t']).is_empty() {
            let end = self.line.len();
            self.push(end..end, quote, cost.saturating_sub(30), "quote");
        }
        let doubts = self.edge_doubts(&(left..left), begins)
            + self.splits_expansion(left)
            + if is_tail { TAIL } else { 0 };
        self.push(left..left, quote, cost + doubts, "quote");
        if left != right {
            let doubts = self.edge_doubts(&(right..right), begins) + self.splits_expansion(right);
            self.push(right..right, quote, cost + doubts, "quote");
        }
    }

    /// Whether the token is the `b` of `b'`, which stands before a quote that begins a text and in no text.
    fn is_prefix(&self, code: &[usize], position: usize) -> bool {
        let [Some(own), Some(next)] =
            [position, position + 1].map(|at| code.get(at).map(|at| &self.tokens[*at]))
        else {
            return false;
        };
        let text = &self.line[own.range.clone()];
        own.kind == TokenKind::Word
            && text.len() <= 2
            && text.chars().all(|letter| "bfruBFRU".contains(letter))
            && next.kind == TokenKind::Quote
            && next.range.start == own.range.end
    }

    /// The quotes before `position` that pair with one there.
    fn quotes_before(&self, code: &[usize], position: usize, quote: &str) -> usize {
        code[..position]
            .iter()
            .filter(|at| {
                self.tokens[**at].kind == TokenKind::Quote
                    && self.text(**at) == quote
                    && self.is_beside(code, position, **at)
            })
            .count()
    }

    /// Whether a token belongs to the same command as what stands before the one at `position`.
    fn is_beside(&self, code: &[usize], position: usize, at: usize) -> bool {
        let scope = |at: usize| self.scopes.get(at).copied().unwrap_or(0);
        let own = position
            .checked_sub(1)
            .map_or(0, |before| scope(code[before]));
        scope(at) == own
    }

    /// What speaks against a quote that `begins` a text or ends one: texts begin where words do, and end there.
    fn edge_doubts(&self, quote: &Range<usize>, begins: bool) -> u32 {
        let before = self.line[..quote.start].chars().next_back();
        let after = self.line[quote.end..].chars().next();
        let is_blank = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
        let is_edge = if begins {
            !is_blank(after)
                && (is_blank(before)
                    || before.is_some_and(|letter| self.profile.before_text.contains(letter)))
        } else {
            !is_blank(before)
                && (is_blank(after)
                    || after.is_some_and(|letter| self.profile.after_text.contains(letter)))
        };
        // What a shell expands, and where output goes, is one word.
        let around = (&self.line[..quote.start], &self.line[quote.end..]);
        let parts = around.0.ends_with(">&")
            || (around.0.ends_with('$') && around.1.starts_with(['{', '(']));
        if self.profile.is_shell() && begins && parts {
            return 90 + REDIRECTED;
        }
        // What ends a statement or sets items apart hardly ends a text.
        let is_late =
            !begins && before.is_some_and(|letter| matches!(letter, ';' | ',' | '|' | '&'));
        match (is_edge, is_late) {
            (true, false) => 0,
            (true, true) if self.profile.is_shell() && self.line[..quote.start].ends_with(";;") => {
                BRANCH
            }
            // Where statements end in a mark it stands behind the text.
            (true, true) if after.is_none() && !self.profile.statement_end.is_empty() => 90,
            (true, true) => 50,
            (false, _) => 90,
        }
    }

    /// Whether a quote that is there stands where a text may begin or end.
    pub(super) fn may_be_quote(&self, range: &Range<usize>) -> bool {
        let before = self.line[..range.start].chars().next_back();
        let after = self.line[range.end..].chars().next();
        let is = |letter: Option<char>, known: &str| {
            letter.is_none_or(|letter| letter.is_whitespace() || known.contains(letter))
        };
        is(before, self.profile.before_text) || is(after, self.profile.after_text)
    }

    /// What speaks against a quote at `position`: a text that would hold brackets or commas or much, or nothing at all.
    fn quote_doubts(&self, code: &[usize], position: usize, quote: &str) -> u32 {
        let is_quote = |index: usize| {
            code.get(index).is_some_and(|at| {
                self.tokens[*at].kind == TokenKind::Quote
                    && self.text(*at) == quote
                    && self.is_beside(code, position, *at)
            })
        };
        let mut doubts = 0;
        if (position > 0 && is_quote(position - 1)) || is_quote(position) {
            doubts += 70;
        }
        // The new quote pairs with the nearest one on the side where quotes do not pair among themselves.
        let begins = self.quotes_before(code, position, quote).is_multiple_of(2);
        let (partner, inside) = if begins {
            let closing = (position..code.len()).find(|index| is_quote(*index));
            (closing, position..closing.unwrap_or(code.len()))
        } else {
            let opening = (0..position).rev().find(|index| is_quote(*index));
            (opening, opening.map_or(0, |at| at + 1)..position)
        };
        if let Some(opening) = partner.filter(|_| !begins) {
            doubts += self.ends_value(code, opening, position);
        }
        if let Some(partner) = partner {
            doubts += self.edge_doubts(&self.tokens[code[partner]].range, !begins);
        }
        let within = inside.clone();
        let inside: Vec<&str> = code[inside].iter().map(|at| self.text(*at)).collect();
        let mut depth = 0i32;
        let mut is_crossed = false;
        for word in &inside {
            match *word {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            is_crossed |= depth < 0;
        }
        if (depth != 0 || is_crossed) && inside.len() > 1 {
            doubts += 60;
        }
        if inside.contains(&",") && inside.len() > 2 {
            // Two words and no more are two arguments rather than prose.
            doubts += if inside.len() == 3 { 60 } else { 30 };
        }
        if !self.profile.is_shell() && self.holds_call(code, &within) {
            doubts += 60;
        }
        if self.profile.is_shell() && !self.is_value(code, &within) {
            doubts += VALUE;
        }
        if self.profile.is_shell() {
            // A text that is run has no blanks, and what is put into one goes with it.
            let begins_line = within.start == 0 && begins;
            let is_parted = !begins
                && position < code.len()
                && self.text(code[position]) == "$"
                && self.line[..self.tokens[code[position]].range.start].ends_with(' ');
            doubts += if begins_line && inside.len() > 1 {
                60
            } else {
                0
            } + if is_parted { 40 } else { 0 };
        }
        // What is given a value is no text.
        let opens = within.start.checked_sub(1 + usize::from(!begins));
        let behind_head = opens.is_some_and(|at| self.text(code[at]) == ")");
        let gives = (within.start == 0 && inside.contains(&"="))
            || (behind_head && inside.get(1) == Some(&"="));
        let names_value = self.profile.is_shell()
            && inside.get(1) == Some(&"=")
            && inside.len() > 2
            && !self.has_blank(code, &(within.start..within.start + 2))
            && self.tokens[code[within.start]].kind == TokenKind::Word;
        if (!self.profile.is_shell() && gives) || names_value {
            doubts += 80;
        }
        // Nor is an argument with its name.
        let is_argument = opens.is_some_and(|at| matches!(self.text(code[at]), "(" | ","));
        let names = |word: &&str| word.starts_with(|letter: char| letter.is_alphabetic());
        if self.profile.by_indentation
            && is_argument
            && inside.len() > 2
            && inside.first().is_some_and(names)
            && inside.get(1) == Some(&"=")
        {
            doubts += 40;
        }
        let many = u32::try_from(inside.len()).unwrap_or(15).min(15);
        let (operators, weight) = if self.profile.is_shell() {
            (SHELL_OPERATORS, 3)
        } else {
            (OPERATORS, 6)
        };
        if inside.iter().any(|word| operators.contains(word)) {
            doubts += if self.profile.is_shell() { 50 } else { 120 };
        }
        // What is run is a command, and no path or value.
        let held: String = inside.concat();
        let is_one = !self.has_blank(code, &within);
        let compares = held.ends_with('=') || held.starts_with('[');
        if quote == "`" && ((is_one && held.contains(['/', '='])) || compares) {
            doubts += GOES + VALUE;
        }
        // Where output goes stands in no text.
        let goes = |at: &usize| {
            [">", ">>", "<"]
                .iter()
                .any(|to| self.stands_alone(code[*at], to))
        };
        if self.profile.is_shell() && within.clone().any(|at| goes(&at)) {
            doubts += GOES;
        }
        if self.profile.by_indentation && self.takes_values(code, &within) {
            doubts += TAKEN;
        }
        // What a test of a shell compares is no text with the comparison in it.
        if self.profile.is_shell() && self.is_test() {
            let is = |known: &[&str]| inside.iter().any(|word| known.contains(word));
            let is_equal = within.clone().any(|at| self.stands_alone(code[at], "="));
            doubts += match is_equal || is(&["==", "!=", "=~", "]]"]) {
                true => REDIRECTED,
                // A pattern that is quoted is none.
                false if self.line.contains("[[ ") && is(&["*", "["]) => PATTERN,
                false => 0,
            };
        }
        // A name of the file behind a comma is a value of its own.
        let last = inside.iter().rposition(|word| *word == ",");
        if !self.profile.is_shell()
            && last.is_some_and(|at| at > 0 && at + 2 == inside.len())
            && inside.last().is_some_and(|word| self.is_name(word))
        {
            doubts += NAMED;
        }
        // Nor is one that is added to the text.
        let added = within.end.checked_sub(2).filter(|at| *at > within.start);
        if !self.profile.is_shell()
            && added.is_some_and(|at| self.stands_alone(code[at], "+"))
            && inside.last().is_some_and(|word| self.is_name(word))
        {
            doubts += NAMED;
        }
        // A text that begins with where the output goes.
        if self.profile.is_shell() && inside.first().is_some_and(|word| word.starts_with('>')) {
            doubts += REDIRECTED;
        }
        doubts + weight * many
    }

    /// Whether a text would hold both what Python puts values into (`%s`) and the `%` behind which they stand.
    fn takes_values(&self, code: &[usize], within: &Range<usize>) -> bool {
        let (Some(first), Some(last)) = (
            code.get(within.start),
            within.end.checked_sub(1).and_then(|at| code.get(at)),
        ) else {
            return false;
        };
        let (start, end) = (
            self.tokens[*first].range.start,
            self.tokens[*last].range.end,
        );
        let Some((text, _)) = self
            .line
            .get(start..end)
            .and_then(|text| text.rsplit_once(" % "))
        else {
            return false;
        };
        ["%s", "%r", "%d", "%i", "%f", "%x", "%("]
            .iter()
            .any(|mark| text.contains(mark))
    }

    /// Whether there is a blank between some tokens.
    fn has_blank(&self, code: &[usize], within: &Range<usize>) -> bool {
        let ends = |index: usize| &self.tokens[code[index]].range;
        (within.start..within.end.saturating_sub(1)).any(|at| ends(at).end != ends(at + 1).start)
    }

    /// Whether a token is `text`, with blanks around.
    fn stands_alone(&self, at: usize, text: &str) -> bool {
        let range = &self.tokens[at].range;
        let is_apart =
            self.line[..range.start].ends_with(' ') && self.line[range.end..].starts_with(' ');
        is_apart && self.text(at) == text
    }

    /// Whether the line holds a test of a shell.
    pub(super) fn is_test(&self) -> bool {
        ["[ ", "[[ ", "test "]
            .iter()
            .any(|test| self.line.contains(test))
    }

    /// Whether a word stands in other lines of the file too, in no text.
    fn is_name(&self, word: &str) -> bool {
        word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
            && self.known.get(word).is_some_and(|times| *times > 2)
    }

    /// Whether there is a value joined to what comes before that is called, with a bracket on each side: texts rarely say that.
    fn holds_call(&self, code: &[usize], within: &Range<usize>) -> bool {
        let is = |at: usize, text: &str| self.text(code[at]) == text;
        let is_word = |at: usize| self.tokens[code[at]].kind == TokenKind::Word;
        let touches =
            |at: usize| self.tokens[code[at]].range.end == self.tokens[code[at + 1]].range.start;
        let calls = (within.start..within.end.saturating_sub(1))
            .any(|at| is_word(at) && touches(at) && is(at + 1, "("));
        let joins = within
            .clone()
            .any(|at| matches!(self.text(code[at]), "+" | "," | "." | "=" | "?" | "%"));
        calls && joins
    }
}

#[cfg(test)]
mod tests {
    use crate::brackets::need;
    use crate::diagnostic::Environment;
    use crate::edits::{Suspect, token_edits};
    use crate::lines::Lines;
    use crate::profile::profile;

    fn cheapest(environment: Environment, text: &str, line: usize, edited: &str) -> Option<u32> {
        let (lines, profile) = (Lines::new(text), profile(environment));
        let suspects = [Suspect {
            line,
            cost: 0,
            column: 0,
        }];
        token_edits(&lines, profile, &suspects, &need(&lines, profile, &[line]))
            .into_iter()
            .find(|edit| edit.apply(text) == edited)
            .map(|edit| edit.cost)
    }

    #[test]
    fn blanks_at_the_end_of_a_line_are_of_its_text() {
        let text = "    warn(\"old as of 3.8, \n         \"and more\")\n";
        let of = |edited: &str| cheapest(Environment::Python, text, 0, edited);
        let right = of(&text.replace("3.8, \n", "3.8, \"\n")).expect("it is tried");
        let before = of(&text.replace("3.8, \n", "3.8,\" \n")).expect("it is tried");
        assert!(right + 65 < before, "{right} {before}");
    }

    #[test]
    fn a_value_behind_a_text_is_not_taken_into_it() {
        let text = "a = sub(x, y, stuff)\nb = stuff + stuff\nc = sub(x, r'\\1, stuff)\n";
        let of = |edited: &str| cheapest(Environment::Python, text, 2, edited);
        let right = of(&text.replace("1, stuff", "1', stuff")).expect("it is tried");
        let swallows = of(&text.replace("1, stuff)", "1, stuff')")).expect("it is tried");
        assert!(right + 65 < swallows, "{right} {swallows}");
    }

    #[test]
    fn what_a_test_compares_stays_outside_of_texts() {
        let text = "if [[ \"$answer == [Yy] ]]; then\n";
        let of = |edited: &str| cheapest(Environment::Bash, text, 0, edited);
        let right = of("if [[ \"$answer\" == [Yy] ]]; then\n").expect("it is tried");
        let swallows = of("if [[ \"$answer == [Yy]\" ]]; then\n").expect("it is tried");
        assert!(right + 150 < swallows, "{right} {swallows}");
    }

    #[test]
    fn a_pattern_of_a_test_is_hardly_quoted() {
        let text = "if [[ \"$a\" != \"declare -[aA]* ]]; then\n";
        let of = |edited: &str| cheapest(Environment::Bash, text, 0, edited);
        let right = of("if [[ \"$a\" != \"declare -\"[aA]* ]]; then\n").expect("it is tried");
        let quoted = of("if [[ \"$a\" != \"declare -[aA]*\" ]]; then\n").expect("it is tried");
        assert!(right < quoted + 60, "{right} {quoted}");
    }

    #[test]
    fn what_is_put_into_a_text_stands_behind_it() {
        let text = "    raise Odd(\"width %r (must be > 0) % own.width)\n";
        let of = |edited: &str| cheapest(Environment::Python, text, 0, edited);
        let right = of(&text.replace("0) %", "0)\" %")).expect("it is tried");
        for wrong in ["own\".width)", "own.width\")"] {
            let wrong = of(&text.replace("own.width)", wrong)).expect("it is tried");
            assert!(right + 65 < wrong, "{right} {wrong}");
        }
    }

    #[test]
    fn what_a_text_is_joined_with_stands_behind_it() {
        let text =
            "var indent = one;\nvar line = first || '\\n + indent;\nuse(indent);\nuse(indent);\n";
        let of = |edited: &str| {
            let suspects = [Suspect {
                line: 1,
                cost: 0,
                column: 0,
            }];
            let (lines, profile) = (Lines::new(text), profile(Environment::JavaScript));
            let edits = token_edits(&lines, profile, &suspects, &need(&lines, profile, &[1]));
            let found = edits.into_iter().find(|edit| edit.apply(text) == edited);
            found.expect("it is tried").cost
        };
        let right = of(&text.replacen("\\n +", "\\n' +", 1));
        let wrong = of(&text.replacen("indent;\nuse", "indent';\nuse", 1));
        assert!(right + 45 < wrong, "{right} {wrong}");
    }

    #[test]
    fn what_a_head_governs_is_no_text() {
        let text = "if (pad === undefined) pad = 0'\n";
        let of = |edited: &str| cheapest(Environment::JavaScript, text, 0, edited);
        let right = of(&text.replacen("0'", "'0'", 1)).expect("it is tried");
        let wrong = of(&text
            .replacen("pad =", "'pad =", 2)
            .replacen("'pad ===", "pad ===", 1))
        .expect("it is tried");
        assert!(right + 45 < wrong, "{right} {wrong}");
    }

    #[test]
    fn what_is_compared_is_no_text_with_the_comparison() {
        let text = "if (a && (is(b[0]) || typeof b[0] === string')) {\n";
        let of = |edited: &str| cheapest(Environment::JavaScript, text, 0, edited);
        let right = of(&text.replace("string'", "'string'")).expect("it is tried");
        for wrong in ["'typeof b", "typeof 'b"] {
            let wrong = of(&text.replace("typeof b", wrong)).expect("it is tried");
            assert!(right + 90 < wrong, "{right} {wrong}");
        }
    }
}

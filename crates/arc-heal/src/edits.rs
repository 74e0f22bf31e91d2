//! One-token edits near a fault, each with a cost: the less likely a slip of the hand it undoes, the more it costs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::brackets::{Need, partner, statement_start};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::shell::scopes;
use crate::spelling::{distance, is_near};
use crate::text_edits::text_edits;
use crate::tokens::{Token, TokenKind, loose_tokens, tokens};

/// A change of a text. Costs are hundredths; 100 is an everyday slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) replacement: String,
    pub(crate) cost: u32,
    pub(crate) rule: &'static str,
}

impl Edit {
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len() + self.replacement.len());
        edited.push_str(&text[..self.range.start]);
        edited.push_str(&self.replacement);
        edited.push_str(&text[self.range.end..]);
        edited
    }
}

/// A line that may hold the fault, and what it costs to look there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspect {
    /// From 0.
    pub(crate) line: usize,
    pub(crate) cost: u32,
}

/// Collects the edits of one line.
struct Bench<'a> {
    profile: &'a Profile,
    line: &'a str,
    start: usize,
    base: u32,
    tokens: Vec<Token>,
    need: &'a Need,
    is_head: bool,
    /// The line begins a loop whose parts are set apart by semicolons.
    is_loop: bool,
    /// The next line begins with an operand.
    goes_on: bool,
    /// For shells which command each token belongs to: a text may hold one that has texts of its own.
    scopes: Vec<usize>,
    edits: Vec<Edit>,
}

/// All one-token edits of the suspected lines, cheapest first; equal results once.
pub(crate) fn token_edits(
    lines: &Lines<'_>,
    profile: &Profile,
    suspects: &[Suspect],
    need: &Need,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for suspect in suspects {
        let line = lines.text(suspect.line);
        if line.len() > MAX_LINE {
            continue;
        }
        let mut tokens = tokens(line, profile);
        if tokens.iter().any(|token| token.kind == TokenKind::Quote) {
            // Any of the line's quotes may be the lonely one: each stands for itself.
            tokens = loose_tokens(line, profile);
        }
        let first = first_word(line, profile);
        // The head of a block may go on over several lines; it ends where its brackets do.
        let head = lines.text(statement_start(lines, suspect.line));
        let is_head = profile.heads.contains(&first_word(head, profile));
        let mut bench = Bench {
            profile,
            line,
            start: lines.start(suspect.line),
            base: suspect.cost,
            tokens,
            need,
            is_head,
            is_loop: first == "for" && !profile.by_indentation,
            goes_on: begins_with_operand(lines, suspect.line + 1, profile),
            scopes: Vec::new(),
            edits: Vec::new(),
        };
        if profile.is_shell() {
            bench.scopes = scopes(line, &bench.tokens);
        }
        bench.words();
        bench.operators();
        bench.insertions();
        edits.append(&mut bench.edits);
    }
    cheapest_first(edits)
}

fn first_word<'a>(line: &'a str, profile: &Profile) -> &'a str {
    tokens(line, profile)
        .first()
        .map_or("", |token| &line[token.range.clone()])
}

/// Sorted by cost, and of equal changes only the cheapest.
pub(crate) fn cheapest_first(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by(|a, b| {
        (a.cost, a.range.start, a.range.end, &a.replacement, a.rule).cmp(&(
            b.cost,
            b.range.start,
            b.range.end,
            &b.replacement,
            b.rule,
        ))
    });
    let mut seen = BTreeSet::new();
    edits.retain(|edit| seen.insert((edit.range.start, edit.range.end, edit.replacement.clone())));
    edits
}

/// Longer lines are data, and their edits too many.
const MAX_LINE: usize = 1000;
/// Words that far from a keyword are no slip of it.
const KEYWORD_DISTANCE: usize = 2;

impl Bench<'_> {
    fn text(&self, at: usize) -> &str {
        &self.line[self.tokens[at].range.clone()]
    }

    fn push(&mut self, range: Range<usize>, replacement: &str, cost: u32, rule: &'static str) {
        self.edits.push(Edit {
            range: self.start + range.start..self.start + range.end,
            replacement: replacement.to_owned(),
            cost: self.base + cost,
            rule,
        });
    }

    /// Keywords that were spelled wrong, said twice or run into the next word.
    fn words(&mut self) {
        for at in 0..self.tokens.len() {
            if self.tokens[at].kind != TokenKind::Word {
                continue;
            }
            let word = self.text(at).to_owned();
            let range = self.tokens[at].range.clone();
            let is_keyword = self.profile.keywords.contains(&word.as_str());
            let is_member = at > 0 && self.text(at - 1) == ".";
            for keyword in self.profile.keywords {
                let far = distance(&word, keyword, KEYWORD_DISTANCE);
                let cost = match far {
                    Some(1) => 80,
                    Some(2) if is_near(&word, keyword) => 220,
                    _ => continue,
                };
                let odd = if is_keyword { 250 } else { 0 } + if is_member { 300 } else { 0 };
                self.push(range.clone(), keyword, cost + odd, "keyword");
            }
            if !is_keyword {
                self.split_keyword(&word, range.start);
            }
            if at > 0 && self.text(at - 1) == word {
                self.push(range.clone(), "", 150, "repeated-word");
            } else {
                self.push(range, "", 600, "stray-word");
            }
        }
    }

    fn split_keyword(&mut self, word: &str, start: usize) {
        for keyword in self.profile.keywords {
            if word.len() > keyword.len() && word.starts_with(keyword) {
                let gap = start + keyword.len();
                self.push(gap..gap, " ", 260, "missing-space");
            }
        }
    }

    /// Operators, brackets and quotes that are too much or another one's.
    fn operators(&mut self) {
        for at in 0..self.tokens.len() {
            let token = self.tokens[at].clone();
            let text = self.text(at).to_owned();
            match token.kind {
                TokenKind::Quote => {
                    let is_doubled = at > 0
                        && self.tokens[at - 1].range.end == token.range.start
                        && self.text(at - 1) == text;
                    let cost = match (is_doubled, self.may_be_quote(&token.range)) {
                        // One that runs a command changes what is run: neither way is likelier.
                        _ if text == "`" => 150,
                        (true, _) => 170,
                        (false, false) => 130,
                        (false, true) => 320,
                    };
                    self.push(token.range, "", cost, "stray-quote");
                    continue;
                }
                TokenKind::Operator => {}
                TokenKind::Text => {
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
                let is_marked = before.ends_with('$') || before.ends_with("$(");
                let cost = self.deletion_cost(&text)
                    + if is_marked { 200 } else { 0 }
                    + self.left_as_text(&text, &token.range);
                self.push(token.range.clone(), "", cost, "stray");
            }
            if text.len() > 1 && text.is_ascii() {
                self.push(token.range.start..token.range.start + 1, "", 230, "stray");
                self.push(token.range.end - 1..token.range.end, "", 230, "stray");
            }
            if text == "=" {
                let cost = if self.is_condition(at) { 60 } else { 240 };
                self.push(token.range.clone(), "==", cost, "comparison");
            }
            for group in [")]}", "([{"] {
                if !group.contains(&text) {
                    continue;
                }
                for other in group.chars().filter(|other| !text.contains(*other)) {
                    let cost = match (self.need.mismatch, self.need.unknown) {
                        (true, _) => 130,
                        (false, true) => 200,
                        (false, false) => 300,
                    };
                    self.push(
                        token.range.clone(),
                        &other.to_string(),
                        cost + self.unpaired(other),
                        "bracket-kind",
                    );
                }
            }
        }
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
                if self.need.has_surplus(letter) {
                    190
                } else {
                    400
                }
            }
            ',' | ';' | ':' | '`' => 190,
            '=' => 200,
            _ => 330,
        }
    }

    /// What may be missing between two tokens or at the end of the line.
    fn insertions(&mut self) {
        let code: Vec<usize> = (0..self.tokens.len())
            .filter(|at| self.tokens[*at].kind != TokenKind::Comment)
            .collect();
        let Some(last) = code.last().copied() else {
            return;
        };
        let end = self.tokens[last].range.end;
        if self.is_head
            && !self.profile.head_end.is_empty()
            && self.text(last) != self.profile.head_end
        {
            self.push(end..end, self.profile.head_end, 40, "block-head");
        }
        if !self.profile.statement_end.is_empty() {
            self.push(end..end, self.profile.statement_end, 190, "statement-end");
        }
        for word in self.profile.block_words {
            let spaced = if *word == "then" || *word == "do" {
                format!("; {word}")
            } else {
                format!("\n{word}")
            };
            self.push(end..end, &spaced, 230, "block-word");
            let spaced = format!(" {word}");
            self.push(end..end, &spaced, 240, "block-word");
            let first = self.tokens[code[0]].range.start;
            self.push(first..first, &format!("{word} "), 240, "block-word");
        }
        let lonely = self.lonely(&code);
        for position in 0..=code.len() {
            self.gap(&code, position);
            for quote in &lonely {
                self.quote(&code, position, quote);
            }
        }
    }

    /// The kinds of quotes of which one may be missing: those that the line has an odd number of, else any.
    fn lonely(&self, code: &[usize]) -> Vec<String> {
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
    fn quote(&mut self, code: &[usize], position: usize, quote: &str) {
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
        let cost = 150
            + self.quote_doubts(code, position, quote)
            + if self.is_prefix(code, position) {
                120
            } else {
                0
            };
        let begins = self.quotes_before(code, position, quote).is_multiple_of(2);
        self.push(
            left..left,
            quote,
            cost + self.edge_doubts(&(left..left), begins),
            "quote",
        );
        if left != right {
            self.push(
                right..right,
                quote,
                cost + self.edge_doubts(&(right..right), begins),
                "quote",
            );
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

    /// Everything else that may be missing there.
    fn gap(&mut self, code: &[usize], position: usize) {
        let before = position
            .checked_sub(1)
            .map(|at| self.tokens[code[at]].clone());
        let after = code.get(position).map(|at| self.tokens[*at].clone());
        let left = before.as_ref().map_or_else(
            || after.as_ref().map_or(0, |token| token.range.start),
            |token| token.range.end,
        );
        let right = after.as_ref().map_or(left, |token| token.range.start);
        let is_last = after.is_none();
        let operand_left = before
            .as_ref()
            .is_some_and(|token| ends_operand(token, self.line));
        let operand_right = after
            .as_ref()
            .map_or(self.goes_on, |token| begins_operand(token, self.line));
        if operand_left && operand_right {
            self.push(left..left, ",", 150, "comma");
            if self.is_loop {
                self.push(left..left, ";", 160, "separator");
            }
            if self.has_pairs() {
                self.push(left..left, ":", 290, "colon");
            }
            self.push(left..left, "=", 420, "equals");
            if left == right || right == left + 1 {
                self.push(left..right, ".", 420, "dot");
            }
        } else if operand_left || operand_right {
            if self.has_pairs() {
                self.push(left..left, ":", 330, "colon");
            }
            self.push(left..left, ",", 400, "comma");
        }
        for bracket in [')', ']', '}'] {
            if self.need.lacks(bracket) && before.is_some() {
                let cost = if is_last || self.is_before_head_end(&after) {
                    140
                } else {
                    170
                };
                let cost = cost
                    + self.bare_tuple(code, position)
                    + self.unpaired(bracket)
                    + self.compared_within(code, position);
                self.push(left..left, &bracket.to_string(), cost, "closing-bracket");
            }
        }
        for bracket in ['(', '[', '{'] {
            if self.need.lacks(bracket) && after.is_some() {
                let cost = if operand_left && left != right {
                    210
                } else {
                    180
                };
                let cost = cost + self.unpaired(bracket);
                self.push(right..right, &bracket.to_string(), cost, "opening-bracket");
            } else if self.need.lacks(bracket) && is_last {
                let (text, cost) = match bracket {
                    '{' => (" {", 150),
                    '[' => ("[", 200),
                    _ => ("(", 190),
                };
                self.push(left..left, text, cost, "opening-bracket");
            }
        }
    }

    /// What speaks against a bracket in a line of a shell that has no partner for it: tests begin and end in one line, lists of commands
    /// mostly do.
    fn unpaired(&self, bracket: char) -> u32 {
        let doubt = match bracket {
            _ if !self.profile.is_shell() => return 0,
            '[' | ']' => 150,
            _ => 40,
        };
        let partner = partner(bracket);
        let is_opening = matches!(bracket, '(' | '[' | '{');
        let (mut open, mut closed) = (0u32, 0u32);
        for at in 0..self.tokens.len() {
            if self.tokens[at].kind != TokenKind::Operator {
                continue;
            }
            for letter in self.text(at).chars() {
                let (opens, closes) = if is_opening {
                    (bracket, partner)
                } else {
                    (partner, bracket)
                };
                if letter == opens {
                    open += 1;
                } else if letter == closes && open > 0 {
                    open -= 1;
                } else if letter == closes {
                    closed += 1;
                }
            }
        }
        let has_partner = if is_opening { closed > 0 } else { open > 0 };
        if has_partner { 0 } else { doubt }
    }

    /// What a bracket closed before `position` leaves outside of all brackets: a tuple without brackets is rarely meant.
    fn bare_tuple(&self, code: &[usize], position: usize) -> u32 {
        let mut depth = 0i32;
        for (index, at) in code.iter().enumerate() {
            if index == position {
                depth -= 1;
            }
            match self.text(*at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                // One at the end of a line goes on in the next, inside of other brackets.
                "," if index >= position && depth <= 0 && index + 1 < code.len() => return 90,
                _ => {}
            }
        }
        0
    }

    /// What a call that is closed before `position` compares among what it is given: mostly its result is compared.
    fn compared_within(&self, code: &[usize], position: usize) -> u32 {
        let mut depth = 0i32;
        let mut is_compared = false;
        for index in (0..position).rev() {
            match self.text(code[index]) {
                ")" | "]" | "}" => depth += 1,
                "(" if depth == 0 => {
                    let name = index.checked_sub(1).map(|at| code[at]);
                    let is_call = name.is_some_and(|at| {
                        let word = self.text(at);
                        self.tokens[at].kind == TokenKind::Word
                            && !self.profile.keywords.contains(&word)
                            && !CHECKS.iter().any(|check| word.contains(check))
                    });
                    return if is_call && is_compared { 60 } else { 0 };
                }
                "(" | "[" | "{" => depth -= 1,
                "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "?" | "&&" | "||"
                    if depth == 0 =>
                {
                    is_compared = true;
                }
                _ => {}
            }
            if depth < 0 {
                return 0;
            }
        }
        0
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
        // What ends a statement or sets items apart hardly ends a text.
        let is_late =
            !begins && before.is_some_and(|letter| matches!(letter, ';' | ',' | '|' | '&'));
        match (is_edge, is_late) {
            (true, false) => 0,
            (true, true) => 50,
            (false, _) => 90,
        }
    }

    /// Whether a quote that is there stands where a text may begin or end.
    fn may_be_quote(&self, range: &Range<usize>) -> bool {
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
        if let Some(partner) = partner {
            doubts += self.edge_doubts(&self.tokens[code[partner]].range, !begins);
        }
        let inside: Vec<&str> = code[inside].iter().map(|at| self.text(*at)).collect();
        let mut depth = 0i32;
        for word in &inside {
            match *word {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
        if depth != 0 && inside.len() > 1 {
            doubts += 60;
        }
        if inside.contains(&",") && inside.len() > 2 {
            doubts += 30;
        }
        let many = u32::try_from(inside.len()).unwrap_or(15).min(15);
        let (operators, weight) = if self.profile.is_shell() {
            (SHELL_OPERATORS, 3)
        } else {
            (OPERATORS, 6)
        };
        if inside.iter().any(|word| operators.contains(word)) {
            doubts += 50;
        }
        doubts + weight * many
    }

    /// Whether something on the line may be a pair of two operands; a colon between two words of Python is an annotation.
    fn has_pairs(&self) -> bool {
        !self.profile.by_indentation
            || self.profile.keywords.is_empty()
            || self.line.contains(['{', '[', '}', ']'])
            || self.line.contains("lambda")
    }

    fn is_before_head_end(&self, after: &Option<Token>) -> bool {
        after.as_ref().is_some_and(|token| {
            let text = &self.line[token.range.clone()];
            matches!(text, ":" | "{" | ";") && token.range.end >= self.line.trim_end().len()
        })
    }
}

/// Parts of the names of what is given comparisons.
const CHECKS: &[&str] = &[
    "assert", "check", "ensure", "expect", "ok", "require", "test", "filter", "any", "all",
];

/// What joins values, in most languages: rarely meant in a text.
const OPERATORS: &[&str] = &["!=", "!==", "&&", "+=", ":=", "==", "===", "=>", "||"];
/// What a shell takes for more than a word.
const SHELL_OPERATORS: &[&str] = &["&&", ";", ";;", "<", ">", ">>", "|", "||"];

/// Whether a line begins with what may stand after a comma.
fn begins_with_operand(lines: &Lines<'_>, line: usize, profile: &Profile) -> bool {
    let text = lines.text(line);
    tokens(text, profile).first().is_some_and(|token| {
        let is_keyword = profile.keywords.contains(&&text[token.range.clone()]);
        begins_operand(token, text) && !is_keyword
    })
}

fn ends_operand(token: &Token, line: &str) -> bool {
    match token.kind {
        TokenKind::Number | TokenKind::Text | TokenKind::Word | TokenKind::Quote => true,
        TokenKind::Operator => matches!(&line[token.range.clone()], ")" | "]" | "}"),
        TokenKind::Comment => false,
    }
}

fn begins_operand(token: &Token, line: &str) -> bool {
    match token.kind {
        TokenKind::Number | TokenKind::Text | TokenKind::Word | TokenKind::Quote => true,
        TokenKind::Operator => {
            matches!(
                &line[token.range.clone()],
                "(" | "[" | "{" | "-" | "*" | "**" | "&" | "..."
            )
        }
        TokenKind::Comment => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brackets::need;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    fn cheapest(environment: Environment, text: &str, line: usize, edited: &str) -> Option<u32> {
        let (lines, profile) = (Lines::new(text), profile(environment));
        let suspects = [Suspect { line, cost: 0 }];
        let mut need = need(&lines, profile, &[line]);
        // Counting says nothing of shells, as a search has it.
        need.unknown |= profile.is_shell();
        let edits = token_edits(&lines, profile, &suspects, &need);
        let found = edits.iter().find(|edit| edit.apply(text) == edited);
        found.map(|edit| edit.cost)
    }

    #[test]
    fn a_list_is_closed_rather_than_made_a_text() {
        let cost = |edited| cheapest(Environment::Ansible, "hosts: [a, b\n", 0, edited);
        assert!(cost("hosts: [a, b]\n") < cost("hosts: a, b\n"));
        assert!(cost("hosts: a, b\n") > Some(300));
    }

    #[test]
    fn the_last_line_of_a_head_is_one_too() {
        let text = "def f(\n    a: int,\n) -> None\n    pass\n";
        let edited = text.replace("None\n", "None:\n");
        assert_eq!(cheapest(Environment::Python, text, 2, &edited), Some(40));
    }

    #[test]
    fn a_test_of_a_shell_has_both_brackets_in_its_line() {
        let of = |text: &str, edited: &str| cheapest(Environment::Bash, text, 0, edited);
        let half = of("[ -d a ] || {\n", "[[ -d a ] || {\n");
        let whole = of("-d a ] || {\n", "[-d a ] || {\n");
        assert!(whole < half);
    }
}

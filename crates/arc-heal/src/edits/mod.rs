//! One-token edits near a fault, each with a cost: the less likely a slip of the hand it undoes, the more it costs.

mod commands;
mod joined;
mod quotes;
mod strays;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use self::commands::given_texts;
use crate::brackets::{Need, statement_start};
use crate::lines::Lines;
use crate::nesting::BEGINNERS;
use crate::profile::Profile;
use crate::runs::counts;
use crate::shell::scopes;
use crate::spelling::{distance, is_near};
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
    /// Where in the line reading stops, from 1; 0 where nobody knows.
    pub(crate) column: usize,
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
    /// The line begins with the pattern of a shell's `case`.
    is_pattern: bool,
    /// The line has one backtick, and every other line a partner for each.
    has_odd_backtick: bool,
    /// The quote that the file hardly uses, of a language that has two for the same.
    rare_quote: Option<char>,
    /// Nearly no blank follows an opening bracket in the file.
    is_tight: bool,
    /// Commands of a shell that are given texts in other lines.
    given_texts: &'a BTreeSet<String>,
    /// How often each word stands in the file, outside of texts.
    known: &'a BTreeMap<&'a str, u32>,
    /// A line of the script begins with a list of commands in round brackets.
    has_lists: bool,
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
    let backticks = (0..lines.count()).map(|line| lines.text(line).matches('`').count());
    let odd_backticks = backticks.filter(|count| count % 2 == 1).count();
    let has_lists = (0..lines.count()).any(|line| lines.text(line).trim_start().starts_with('('));
    let given_texts = given_texts(lines, profile);
    let known = counts(lines, profile);
    let is_tight = !profile.is_shell() && is_tight(lines);
    let rare_quote = rare_quote(lines, profile);
    for suspect in suspects {
        let line = lines.text(suspect.line);
        let is_long = line.len() > MAX_LINE;
        // A shell tells no column: what is lost of a long line is looked for at its end.
        if is_long && suspect.column == 0 && !profile.is_shell() {
            continue;
        }
        let mut tokens = tokens(line, profile);
        if tokens.iter().any(|token| token.kind == TokenKind::Quote) {
            // Any of the line's quotes may be the lonely one: each stands for itself.
            tokens = loose_tokens(line, profile);
        }
        if is_long {
            let letter = suspect.column.checked_sub(1);
            let letter = letter.and_then(|column| line.char_indices().nth(column));
            let stop = letter.map_or(line.len(), |(at, _)| at);
            tokens.retain(|token| token.range.start.abs_diff(stop) < WINDOW);
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
            has_odd_backtick: profile.is_shell()
                && odd_backticks == 1
                && line.matches('`').count() == 1,
            is_pattern: profile.is_shell() && begins_branch(lines, suspect.line),
            goes_on: begins_with_operand(lines, suspect.line + 1, profile),
            rare_quote,
            is_tight,
            given_texts: &given_texts,
            known: &known,
            has_lists,
            scopes: Vec::new(),
            edits: Vec::new(),
        };
        if profile.is_shell() {
            bench.scopes = scopes(line, &bench.tokens);
        }
        bench.words();
        bench.joined_words();
        bench.operators();
        bench.insertions();
        edits.append(&mut bench.edits);
    }
    cheapest_first(edits)
}

/// Of two quotes that mean the same the one that begins at most one of ten texts.
fn rare_quote(lines: &Lines<'_>, profile: &Profile) -> Option<char> {
    let has_two = profile.quotes.contains('"') && profile.quotes.contains('\'');
    let means_same = profile.by_indentation || profile.code_in_text == "${";
    if profile.is_shell() || !has_two || !means_same {
        return None;
    }
    let (mut double, mut single) = (0usize, 0usize);
    for line in 0..lines.count() {
        let text = lines.text(line);
        for token in tokens(text, profile) {
            if token.kind == TokenKind::Text {
                double += usize::from(text[token.range.clone()].starts_with('"'));
                single += usize::from(text[token.range.clone()].starts_with('\''));
            }
        }
    }
    match double + single {
        all if all < 10 => None,
        all if double * 10 <= all => Some('"'),
        all if single * 10 <= all => Some('\''),
        _ => None,
    }
}

/// Whether at most one of twenty opening brackets has a blank behind it.
fn is_tight(lines: &Lines<'_>) -> bool {
    let (mut all, mut airy) = (0, 0);
    for line in 0..lines.count() {
        let text = lines.text(line);
        let after = |at: usize| text.as_bytes().get(at + 1);
        for (at, _) in text.match_indices(['(', '[']) {
            all += 1;
            airy += usize::from(after(at) == Some(&b' '));
        }
    }
    airy * 20 <= all
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

/// Longer lines are data, and their edits too many: only what is near the place where reading stops is looked at.
const MAX_LINE: usize = 1000;
/// How near that is.
const WINDOW: usize = 100;
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
                let cost: u32 = match far {
                    Some(1) => 80,
                    Some(2) if is_near(&word, keyword) => 220,
                    _ => continue,
                };
                // What begins something does not stand alone.
                let is_lone = self.tokens.len() == 1
                    && self.profile.is_shell()
                    && BEGINNERS.contains(&word.as_str());
                let is_known = is_keyword && !is_lone;
                let odd = if is_known { 250 } else { 0 } + if is_member { 300 } else { 0 };
                // A word on a line of its own that is nearly one which ends a block ends that block.
                let is_block = self.tokens.len() == 1
                    && !is_known
                    && self.profile.block_words.contains(keyword);
                let cost = if is_block {
                    cost.saturating_sub(80)
                } else {
                    cost
                };
                self.push(range.clone(), keyword, cost + odd, "keyword");
            }
            if !is_keyword {
                self.split_keyword(&word, range.start);
            }
            if at > 0 && self.text(at - 1) == word {
                // Two items of a list that are the same are likelier than one that was said twice.
                let is_item = (at < 2 || matches!(self.text(at - 2), "(" | "[" | "{" | ","))
                    && (self.tokens.get(at + 1)).is_some_and(|next| {
                        matches!(&self.line[next.range.clone()], ")" | "]" | "}" | ",")
                    });
                let cost = if is_item { 220 } else { 150 };
                self.push(range, "", cost, "repeated-word");
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
        let is_slip = |word: &str| distance(self.text(last), word, 1) == Some(1);
        let block_words = self.profile.block_words.iter();
        let missing: Vec<&str> = block_words.copied().filter(|word| !is_slip(word)).collect();
        for word in &missing {
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
        let is_shell = self.profile.is_shell();
        if operand_left && operand_right {
            // A shell sets nothing apart by commas, points and colons: without one it reads a line as well.
            if !is_shell {
                self.push(left..left, ",", 150, "comma");
            }
            if self.is_loop {
                self.push(left..left, ";", 160, "separator");
            } else if left != right && self.has_statements() {
                self.push(left..left, ";", 130, "separator");
            }
            if self.repeats_value(code, position) {
                self.push(left..left, ";", 165, "separator");
            }
            if self.has_pairs() && !is_shell {
                self.push(left..left, ":", 290, "colon");
            }
            self.push(left..left, "=", 420, "equals");
            if !is_shell && (left == right || right == left + 1) {
                self.push(left..right, ".", 420, "dot");
            }
        } else if operand_left || operand_right {
            let closes = after
                .as_ref()
                .is_some_and(|token| &self.line[token.range.clone()] == ")");
            if self.is_loop && operand_left && closes {
                self.push(left..left, ";", 170, "separator");
            }
            if !is_shell {
                if self.has_pairs() {
                    self.push(left..left, ":", 330, "colon");
                }
                self.push(left..left, ",", 400, "comma");
            }
        }
        for bracket in [')', ']', '}'] {
            if self.need.lacks(bracket) && before.is_some() {
                let cost = if is_last || self.is_before_head_end(&after) {
                    140
                } else {
                    170
                };
                // A pattern holds no block that ends.
                let is_odd = self.is_pattern
                    && bracket == ')'
                    && self.line[..left].ends_with('}')
                    && !self.line.contains('{');
                // Nor does a list of a shell that something follows end as it begins.
                let is_empty = self.profile.is_shell()
                    && bracket == ')'
                    && self.line[..left].ends_with("=(")
                    && !is_last;
                let cost = cost
                    + if is_odd { 120 } else { 0 }
                    + if is_empty { 140 } else { 0 }
                    + if is_shell && self.line[..left].ends_with('$') {
                        150
                    } else {
                        0
                    }
                    + self.bare_tuple(code, position)
                    + self.unpaired(bracket)
                    + self.crosses(code, position, bracket)
                    + if bracket == '}' {
                        self.halves_expansion(left)
                    } else {
                        0
                    }
                    + self.compared_within(code, position)
                    + self.splits_member(&before, &after);
                self.push(left..left, &bracket.to_string(), cost, "closing-bracket");
            }
        }
        if after.is_some() {
            self.list_of_commands(left, right);
        }
        for bracket in ['(', '[', '{'] {
            if self.need.lacks(bracket) && after.is_some() {
                let cost = if operand_left && left != right {
                    210
                } else {
                    180
                };
                // No list is taken from a number.
                let is_taken = bracket != '('
                    && [" -", " /"]
                        .iter()
                        .any(|sign| self.line[..left].ends_with(sign));
                // `(( … ))` has two on both sides.
                let is_half = self.profile.is_shell()
                    && bracket == '('
                    && self.line[right..].starts_with("( ")
                    && self.line.contains("))")
                    && !self.line.contains("((");
                let cost = cost
                    + self.unpaired(bracket)
                    + if is_taken { 80 } else { 0 }
                    + self.begins_commands(code, position, bracket);
                let is_marked = self.profile.is_shell()
                    && bracket == '('
                    && self.line[..right].ends_with('$')
                    && self.unpaired(bracket) == 0;
                let less = u32::from(is_half) * 120 + u32::from(is_marked) * 60;
                let cost = cost.saturating_sub(less);
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

    /// Whether the line holds several statements that a mark sets apart.
    fn has_statements(&self) -> bool {
        !self.profile.statement_end.is_empty()
            && self
                .line
                .trim_end()
                .trim_end_matches(self.profile.statement_end)
                .contains("; ")
    }

    /// Whether the two values around a gap are alone in square brackets of Rust: `[0 20]` may be a list, or one value again and again.
    fn repeats_value(&self, code: &[usize], position: usize) -> bool {
        let is_rust = self.profile.keywords.contains(&"impl");
        let before = code[..position].iter().rev();
        let opens = before
            .map(|at| self.text(*at))
            .find(|word| matches!(*word, "[" | "]" | "," | "(" | ")" | "{" | "}" | ";"));
        is_rust && opens == Some("[")
    }

    /// What speaks against a closing bracket between a name and its member.
    fn splits_member(&self, before: &Option<Token>, after: &Option<Token>) -> u32 {
        let (Some(left), Some(right)) = (before, after) else {
            return 0;
        };
        let is_member = matches!(&self.line[right.range.clone()], "." | "?." | "::")
            && left.kind == TokenKind::Word
            && left.range.end == right.range.start;
        if is_member { 50 } else { 0 }
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

/// Whether the line above ends a branch of a `case` or begins the whole of it.
fn begins_branch(lines: &Lines<'_>, line: usize) -> bool {
    let above = (0..line).rev().map(|above| lines.text(above).trim());
    let mut written = above.filter(|text| !text.is_empty() && !text.starts_with('#'));
    written.next().is_some_and(|text| {
        text.ends_with(";;") || (text.starts_with("case ") && text.ends_with(" in"))
    })
}

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
                "(" | "[" | "{" | "-" | "--" | "++" | "*" | "**" | "&" | "..."
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
        let suspects = [Suspect {
            line,
            cost: 0,
            column: 0,
        }];
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
    fn what_a_file_always_does_it_does_here() {
        let script = |text: &str, edited: &str| {
            cheapest(Environment::JavaScript, text, 0, edited).expect("it is tried")
        };
        let usual = "f('a');\n".repeat(12);
        let broken = format!("if (c == '\") {{\n{usual}");
        let right = script(&broken, &broken.replacen("'\"", "'\"'", 1));
        assert!(right + 60 < script(&broken, &broken.replacen("'\"", "\"'\"", 1)));
        let value = |text: &str, edited: &str| {
            cheapest(Environment::Rust, text, 0, edited).expect("it is tried")
        };
        let broken = "let a = [b'X' 20];\n";
        let apart = |mark: &str| value(broken, &broken.replacen("' 2", &format!("'{mark} 2"), 1));
        assert!(apart(";").abs_diff(apart(",")) < 45);
    }

    #[test]
    fn what_shells_end_blocks_with_is_known_where_it_stands_alone() {
        let of = |text: &str, edited: &str| {
            cheapest(Environment::Bash, text, 0, edited).expect("it is tried")
        };
        assert!(of("    odne\n", "    done\n") <= 10);
        assert!(of("if a; then:\n", "if a; then\n") <= 60);
        assert!(of("all=\"a b\"`\n", "all=\"a b\"\n") <= 40);
        let broken = "copy ${from}/$file\" \"${to}/$file\"\n";
        let right = of(broken, "copy \"${from}/$file\" \"${to}/$file\"\n");
        assert!(right + 50 < of(broken, "\"copy ${from}/$file\" \"${to}/$file\"\n"));
        // Where output goes stands in no text, and what is given texts elsewhere is given one.
        let broken = "   echo >&2 ${1}\"\n";
        let right = of(broken, "   echo >&2 \"${1}\"\n");
        for wrong in [
            "   echo \">&2 ${1}\"\n",
            "   echo >&2 $\"{1}\"\n",
            "   echo >&\"2 ${1}\"\n",
        ] {
            assert!(right + 120 < of(broken, wrong), "{wrong}");
        }
        let lines = "die it is gone\"\ndie \"a b\"\ndie \"c d\"\n";
        let right = of(lines, &lines.replacen("it", "\"it", 1));
        assert!(right + 40 < of(lines, &lines.replacen("is", "\"is", 1)));
        let broken = "if [ ! -d \"$dir -a -x \"$dir\" ]; then\n";
        let right = of(broken, &broken.replacen("$dir ", "$dir\" ", 1));
        assert!(right + 50 < of(broken, &broken.replacen("-a ", "-a\" ", 1)));
        let broken = "echo \"odd option: $1\n";
        let right = of(broken, "echo \"odd option: $1\"\n");
        assert!(right + 30 < of(broken, "echo \"odd option:\" $1\n"));
    }

    #[test]
    fn a_pattern_of_a_shell_is_closed_by_a_bracket_that_nothing_opens() {
        let of = |text: &str, edited: &str| {
            cheapest(Environment::Bash, text, 2, edited).expect("it is tried")
        };
        let broken = "case $a in\n  b) c ;;\n  d-e}\n    f ;;\nesac\n";
        let right = of(broken, &broken.replace('}', ")"));
        assert!(right + 65 < of(broken, &broken.replace('}', "})")));
        assert!(right + 65 < of(broken, &broken.replace('}', "")));
    }

    #[test]
    fn a_sign_is_as_likely_the_other_one_as_too_much() {
        let cost = |text: &str, edited: &str| cheapest(Environment::Terraform, text, 0, edited);
        let broken = "a = host(range, +2)\n";
        let swapped = cost(broken, "a = host(range, -2)\n").expect("it is tried");
        let dropped = cost(broken, "a = host(range, 2)\n").expect("it is tried");
        assert!(swapped.abs_diff(dropped) < 10, "{swapped} {dropped}");
        assert_eq!(cost("a = b + 2\n", "a = b - 2\n"), None);
        assert_eq!(cost("a+b = {\n", "a-b = {\n"), Some(60));
    }

    #[test]
    fn values_stay_apart_and_calls_stay_calls() {
        let cost = |environment, text: &str, edited: &str| {
            cheapest(environment, text, 0, edited).expect("it is tried")
        };
        let python = |text: &str, edited: &str| cost(Environment::Python, text, edited);
        let broken = "r = pick(low, high-1), -step)\n";
        let right = python(broken, "r = pick(low, high-1, -step)\n");
        assert!(right + 50 < python(broken, "r = pick(low, high-1), -step\n"));
        let terraform = |text: &str, edited: &str| cost(Environment::Terraform, text, edited);
        let broken = "a = host(range, +2)\n";
        let drops = terraform(broken, "a = host(range, 2)\n");
        assert!(drops < terraform(broken, "a = host(range +2)\n"));
        let broken = "a = { for k, v in all : k => sizes[v.unit }\n";
        let right = terraform(broken, "a = { for k, v in all : k => sizes[v.unit] }\n");
        assert!(right + 40 < terraform(broken, "a = { for k, v in all : k => sizes[v].unit }\n"));
        let broken = "a = {one.lower(: one for one in all}\n";
        let right = python(broken, "a = {one.lower(): one for one in all}\n");
        assert!(right + 40 < python(broken, "a = {one.lower: one for one in all}\n"));
        let broken = "at = later(var.start, ${days}d\")\n";
        let right = terraform(broken, "at = later(var.start, \"${days}d\")\n");
        assert!(right + 60 < terraform(broken, "at = later(\"var.start, ${days}d\")\n"));
        let script = |text: &str, edited: &str| cost(Environment::JavaScript, text, edited);
        assert!(script("for (; at < end) {\n", "for (; at < end;) {\n") < 200);
        let right = script("'use strict;\n", "'use strict';\n");
        assert!(right + 80 < script("'use strict;\n", "'use strict;'\n"));
        let broken = "__license__ = MIT'\n";
        let right = python(broken, "__license__ = 'MIT'\n");
        assert!(right + 70 < python(broken, "'__license__ = MIT'\n"));
    }

    #[test]
    fn a_long_line_is_looked_at_where_reading_stops() {
        let items: Vec<String> = (0..300).map(|at| format!("'k{at}':{at}")).collect();
        let sound = format!("var all = {{{}}};\n", items.join(","));
        let broken = sound.replacen("150,'k151'", "150'k151'", 1);
        let (lines, profile) = (Lines::new(&broken), profile(Environment::JavaScript));
        let of = |column: usize| {
            let suspects = [Suspect {
                line: 0,
                cost: 0,
                column,
            }];
            token_edits(&lines, profile, &suspects, &need(&lines, profile, &[0]))
        };
        assert_eq!(of(0), []);
        let stop = broken.find("'k151'").expect("it is there");
        let found = of(stop + 1);
        assert!(found.iter().any(|edit| edit.apply(&broken) == sound));
        assert!(found.len() < 800, "{}", found.len());
    }

    #[test]
    fn a_quote_may_stand_between_two_blanks() {
        let text = "\treturn \"no such place:  + place.Name()\n";
        let of = |edited: &str| cheapest(Environment::Go, text, 0, edited);
        let right = of("\treturn \"no such place: \" + place.Name()\n");
        let swallows = of("\treturn \"no such place:  + place.Name()\"\n");
        assert!(right.is_some_and(|cost| cost < 200), "{right:?}");
        assert!(
            right.map(|cost| cost + 100) < swallows,
            "{right:?} {swallows:?}"
        );
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

//! What speaks for and against a slip in a line of a shell, where most of what begins in a line ends in it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Bench;
use crate::brackets::partner;
use crate::lines::Lines;
use crate::profile::Profile;
use crate::shell::is_pattern;
use crate::tokens::{Token, TokenKind, tokens};

/// What speaks against an edit after which a bracket has lost its partner in the line, and for one after which fewer have none.
const PARTED: u32 = 110;
const PAIRED: u32 = 60;
/// What speaks against a text that ends among words, and against one that begins there.
const PROSE: (u32, u32) = (55, 40);
/// What speaks against dropping a quote, where two values become one text, or a comparison becomes a text.
const JOINED: u32 = 60;
const COMPARED: u32 = 130;
/// What speaks against ending `${…` where it hardly ends, and against a quote behind its beginning.
const HALVED: u32 = 60;
const SPLIT: u32 = 100;
/// What speaks against a bracket that ends what another one holds, and against a list where the script has none.
const CROSSED: u32 = 90;
const NO_LIST: u32 = 70;
/// What speaks against a value that is the name's own, and against one with something behind it that is no command.
const SAME_VALUE: u32 = 200;
const NOT_RUN: u32 = 90;
/// What speaks against dropping a bracket that holds commands.
const HOLDS: u32 = 90;
/// What compares in a test, as a word of its own.
const COMPARISONS: &[&str] = &[
    " = ", " == ", " != ", " -a ", " -o ", " =~ ", " -eq ", " -ne ",
];

/// Commands of a shell that stand before a text in two lines or more.
pub(super) fn given_texts(lines: &Lines<'_>, profile: &Profile) -> BTreeSet<String> {
    let mut once = BTreeSet::new();
    let mut again = BTreeSet::new();
    if !profile.is_shell() {
        return again;
    }
    for line in 0..lines.count() {
        let text = lines.text(line);
        for (at, _) in text.match_indices(" \"").chain(text.match_indices(" '")) {
            let before = &text[..at];
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
            let word = &before[before.trim_end_matches(is_word).len()..];
            let is_name = word.len() > 1 && word.starts_with(|letter: char| letter.is_alphabetic());
            if is_name && !once.insert(word.to_owned()) {
                again.insert(word.to_owned());
            }
        }
    }
    again
}

/// How many brackets of a line have no partner in it, with another text in the place of the token `at`.
fn unmatched(line: &str, tokens: &[Token], edited: Option<(usize, &str)>) -> usize {
    let mut open: Vec<char> = Vec::new();
    let mut closed = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Operator {
            continue;
        }
        let text = match edited {
            Some((place, text)) if place == at => text,
            Some(_) | None => &line[token.range.clone()],
        };
        for letter in text.chars() {
            match letter {
                '(' | '[' | '{' => open.push(letter),
                ')' | ']' | '}' if open.last() == Some(&partner(letter)) => {
                    open.pop();
                }
                ')' | ']' | '}' => closed += 1,
                _ => {}
            }
        }
    }
    open.len() + closed
}

impl Bench<'_> {
    /// What an edit of the bracket `at` of a shell costs, that would have cost `cost`: what it leaves without a partner in its line, or gives one.
    pub(super) fn rebalanced(&self, at: usize, replacement: &str, cost: u32) -> u32 {
        let is_bracket = |text: &str| text.contains(['(', ')', '[', ']', '{', '}']);
        if !self.profile.is_shell() || !is_bracket(self.text(at)) {
            return cost;
        }
        // What begins a block ends its line or begins it, and what ends one begins it.
        let is_block = match self.text(at) {
            "(" | "{" => at == 0 || at + 1 == self.tokens.len(),
            ")" | "}" => at == 0 || self.is_pattern,
            _ => false,
        };
        let before = unmatched(self.line, &self.tokens, None);
        let after = unmatched(self.line, &self.tokens, Some((at, replacement)));
        let is_end_of_pattern = self.text(at) == ")" && is_pattern(self.line.trim());
        if after > before || is_end_of_pattern {
            cost + PARTED
        } else if after == 0 && before > 0 && !is_block {
            cost.saturating_sub(PAIRED)
        } else {
            cost
        }
    }

    /// What speaks against a bracket in a line of a shell that has no partner for it: tests begin and end in one line, lists of commands
    /// mostly do. The pattern of a `case` has none.
    pub(super) fn unpaired(&self, bracket: char) -> u32 {
        let doubt = match bracket {
            _ if !self.profile.is_shell() => return 0,
            ')' if self.is_pattern => return 0,
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

    /// What speaks against closing a bracket of a shell before `position`, where one of another kind was opened last.
    pub(super) fn crosses(&self, code: &[usize], position: usize, bracket: char) -> u32 {
        if !self.profile.is_shell() {
            return 0;
        }
        let mut open: Vec<char> = Vec::new();
        for at in &code[..position] {
            if self.tokens[*at].kind != TokenKind::Operator {
                continue;
            }
            for letter in self.text(*at).chars() {
                match letter {
                    '(' | '[' | '{' => open.push(letter),
                    ')' | ']' | '}' if open.last() == Some(&partner(letter)) => {
                        open.pop();
                    }
                    _ => {}
                }
            }
        }
        let last = open.last().copied();
        if last.is_some_and(|last| last != partner(bracket)) {
            CROSSED
        } else {
            0
        }
    }

    /// What speaks against a bracket that makes a list of the first command of a line, in a script that has no such list.
    pub(super) fn begins_commands(&self, code: &[usize], position: usize, bracket: char) -> u32 {
        let gap = position.checked_sub(1).zip(code.get(position));
        let is_apart = gap.is_none_or(|(before, after)| {
            self.tokens[code[before]].range.end != self.tokens[*after].range.start
        });
        let begins = is_apart && !code.is_empty() && bracket == '(';
        if self.profile.is_shell() && begins && !self.has_lists {
            NO_LIST
        } else {
            0
        }
    }

    /// `""` behind a word, where a line of a shell holds a command or value that does not end: it ends between the two.
    pub(super) fn glued_text(&mut self, at: usize) {
        let range = self.tokens[at].range.clone();
        let before = &self.line[..range.start];
        let is_glued =
            before.ends_with(|letter: char| letter.is_alphanumeric() || "_\"})".contains(letter));
        if !self.profile.is_shell() || self.text(at) != "\"\"" || !is_glued {
            return;
        }
        let open = ["$(", "${"].map(|mark| before.rfind(mark));
        let bracket = match open {
            [Some(list), value] if value.is_none_or(|value| value < list) => ")",
            [_, Some(_)] => "}",
            _ => return,
        };
        self.push(
            range.start + 1..range.start + 1,
            bracket,
            110,
            "text-bracket",
        );
    }

    /// What speaks against dropping a bracket of a shell that begins a line and holds commands, or ends a list that goes somewhere: `} > file`.
    pub(super) fn holds_commands(&self, at: usize) -> u32 {
        if !self.profile.is_shell() || at > 0 {
            return 0;
        }
        let rest = &self.line[self.tokens[at].range.end..];
        let holds = match self.text(at) {
            "(" => rest.contains("; ") || rest.contains(" | "),
            ")" | "}" => {
                let goes = rest.trim_start();
                goes.starts_with(['>', '<', '|'])
                    || goes.starts_with("2>")
                    || goes.starts_with("||")
            }
            _ => false,
        };
        if holds { HOLDS } else { 0 }
    }

    /// What speaks against a text that is given to a name and ends before its line does, with something behind it that runs nothing, or that
    /// gives a name what it has.
    pub(super) fn ends_value(&self, code: &[usize], opening: usize, position: usize) -> u32 {
        let text = |index: usize| code.get(index).map(|at| self.text(*at));
        let is_given = opening.checked_sub(1).and_then(text) == Some("=");
        let name = opening.checked_sub(2).and_then(text);
        let (Some(name), true) = (name, is_given && self.profile.is_shell()) else {
            return 0;
        };
        let inner: String = (opening + 1..position).filter_map(text).collect();
        if inner == format!("${name}") || inner == format!("${{{name}}}") {
            return SAME_VALUE;
        }
        let runs = code.get(position).is_none_or(|at| {
            self.tokens[*at].kind == TokenKind::Word
                || matches!(
                    self.text(*at),
                    ";" | ";;" | "&&" | "||" | "|" | ")" | "}" | "&"
                )
        });
        if runs { 0 } else { NOT_RUN }
    }

    /// The word `{` that begins a list of commands in a line: `a || { b; }`. Two blanks in a row are what is left around it.
    pub(super) fn list_of_commands(&mut self, left: usize, right: usize) {
        let before = self.line[..left].trim_end();
        let is_place = before.ends_with("||") || before.ends_with("&&") || before.ends_with(')');
        if !self.profile.is_shell() || !is_place || self.unpaired('{') > 0 || left == right {
            return;
        }
        if &self.line[left..right] == "  " {
            self.push(left + 1..left + 1, "{", 60, "opening-bracket");
        } else {
            self.push(right..right, "{ ", 120, "opening-bracket");
        }
    }

    /// What speaks against a quote of a shell in the gap before the token at `position`, with words on both sides: prose is not parted.
    pub(super) fn parts_prose(&self, code: &[usize], position: usize, begins: bool) -> u32 {
        let is_word = |index: Option<usize>| {
            let at = index.and_then(|index| code.get(index));
            at.is_some_and(|at| self.tokens[*at].kind == TokenKind::Word)
        };
        let beside = is_word(position.checked_sub(1)) && is_word(Some(position));
        if !self.profile.is_shell() || !beside {
            return 0;
        }
        match begins {
            // The first word is the command.
            true if is_word(position.checked_sub(2)) => PROSE.1,
            false => PROSE.0,
            true => 0,
        }
    }

    /// What speaks against dropping a quote of a shell: what becomes one text then.
    pub(super) fn joined(&self, quote: &Range<usize>) -> u32 {
        if !self.profile.is_shell() {
            return 0;
        }
        let mut edited = self.line.to_owned();
        edited.replace_range(quote.clone(), "");
        let is_test = self.is_test();
        let compares = tokens(&edited, self.profile).iter().any(|token| {
            let text = &edited[token.range.clone()];
            token.kind == TokenKind::Text && COMPARISONS.iter().any(|mark| text.contains(mark))
        });
        if is_test && compares {
            return COMPARED;
        }
        let (before, after) = (&self.line[..quote.start], &self.line[quote.end..]);
        let begins_value = before.ends_with(' ') && after.starts_with(['$', '/']);
        // Values are mostly given in texts.
        let word = before.rsplit([' ', '\t', '"']).next().unwrap_or(before);
        let ends_value = word.contains('$') && after.starts_with([' ', ')', ';']);
        let is_given = before.ends_with(['=', '-', '+']);
        if begins_value || ends_value || is_given {
            JOINED
        } else {
            0
        }
    }

    /// What speaks against ending `${…` at a place: in the word that is put in instead, before it, or behind a blank.
    pub(super) fn halves_expansion(&self, left: usize) -> u32 {
        let before = &self.line[..left];
        let begun = before.rsplit_once("${").map(|(_, inner)| inner);
        let is_open = |inner: &&str| self.profile.is_shell() && !inner.contains('}');
        let Some(inner) = begun.filter(is_open) else {
            return 0;
        };
        let is_name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_operator = |letter: char| "-+=?:#%/".contains(letter);
        let is_before = is_name(inner) && self.line[left..].starts_with(is_operator);
        let has_blank = inner.contains(' ') && inner.matches('"').count().is_multiple_of(2);
        if is_before || inner.ends_with(is_operator) || has_blank {
            HALVED
        } else {
            0
        }
    }

    /// What speaks against a quote of a shell behind what begins something that it expands.
    pub(super) fn splits_expansion(&self, place: usize) -> u32 {
        let before = &self.line[..place];
        let is_inside = ["$", "${", "$("].iter().any(|mark| before.ends_with(mark));
        if self.profile.is_shell() && is_inside {
            SPLIT
        } else {
            0
        }
    }

    /// Whether some tokens are one word and no more that a shell puts something into, as it has it in a text: `$name`, `${name}`, `$1/a`.
    pub(super) fn is_value(&self, code: &[usize], within: &Range<usize>) -> bool {
        let words: Vec<&str> = code[within.clone()]
            .iter()
            .map(|at| self.text(*at))
            .collect();
        let is_close = within
            .clone()
            .zip(within.clone().skip(1))
            .all(|(left, right)| {
                self.tokens[code[left]].range.end == self.tokens[code[right]].range.start
            });
        let is_part = |word: &&str| {
            matches!(
                *word,
                "$" | "{" | "}" | "/" | "." | "-" | "_" | ":" | "@" | "#" | "?"
            ) || word.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        };
        is_close && words.contains(&"$") && words.len() > 1 && words.iter().all(is_part)
    }
}

#[cfg(test)]
mod tests {
    use crate::brackets::need;
    use crate::diagnostic::Environment;
    use crate::edits::{Suspect, token_edits};
    use crate::lines::Lines;
    use crate::profile::profile;

    /// What it costs to make `edited` of the only line of a script.
    fn cost(text: &str, edited: &str) -> u32 {
        let (lines, profile) = (Lines::new(text), profile(Environment::Bash));
        let suspects = [Suspect {
            line: 0,
            cost: 0,
            column: 0,
        }];
        let mut need = need(&lines, profile, &[0]);
        need.unknown = true;
        let edits = token_edits(&lines, profile, &suspects, &need);
        let found = edits.iter().find(|edit| edit.apply(text) == edited);
        found.expect("it is tried").cost
    }

    #[test]
    fn two_values_stay_two_texts() {
        let broken = "mv -i \"$to/$file \"$to/$file.orig\"\n";
        let right = cost(broken, "mv -i \"$to/$file\" \"$to/$file.orig\"\n");
        let wrong = cost(broken, "mv -i \"$to/$file $to/$file.orig\"\n");
        assert!(right + 65 < wrong, "{right} {wrong}");
    }

    #[test]
    fn what_a_test_compares_is_no_text() {
        let broken = "if [ x\"$name = x\"\" ]; then\n";
        let right = cost(broken, "if [ x\"$name\" = x\"\" ]; then\n");
        let wrong = cost(broken, "if [ x\"$name = x\" ]; then\n");
        assert!(right + 65 < wrong, "{right} {wrong}");
    }

    #[test]
    fn prose_is_not_parted() {
        let broken = "error \"must name a file\n";
        let right = cost(broken, "error \"must name a file\"\n");
        for wrong in [
            "error \"must name a\" file\n",
            "error \"must\" name a file\n",
        ] {
            assert!(right + 40 < cost(broken, wrong), "{right} {wrong}");
        }
    }

    #[test]
    fn what_begins_in_a_line_ends_in_it() {
        let stray = cost("local a=\"$b\")\n", "local a=\"$b\"\n");
        let parted = cost("a=$(b | c)\n", "a=$(b | c\n");
        assert!(stray + 150 < parted, "{stray} {parted}");
    }

    #[test]
    fn what_a_shell_expands_is_ended_and_begun_whole() {
        for (broken, right, wrongs) in [
            (
                "A=${B-\"C\"} D=${E-\"F\"\n",
                "A=${B-\"C\"} D=${E-\"F\"}\n",
                ["A=${B-\"C\"} D=${E}-\"F\"\n", "A=${B-\"C\"} D=${E-}\"F\"\n"],
            ),
            (
                "a | b ${c:+\"$d\" --\n",
                "a | b ${c:+\"$d\"} --\n",
                ["a | b ${c:+\"$d\" --}\n", "a | b ${c:}+\"$d\" --\n"],
            ),
        ] {
            let right = cost(broken, right);
            for wrong in wrongs {
                assert!(right + 20 < cost(broken, wrong), "{right} {wrong}");
            }
        }
        let broken = "elif [ -x \"$(which \"$name)\" ]; then\n";
        let right = cost(broken, "elif [ -x \"$(which \"$name\")\" ]; then\n");
        let wrong = cost(broken, "elif [ -x \"$(\"which \"$name)\" ]; then\n");
        assert!(right < wrong, "{right} {wrong}");
    }

    #[test]
    fn what_ends_the_pattern_of_a_branch_is_not_too_much() {
        let stray = cost("--dry-run)\n", "--dry-run\n");
        let usual = cost("a b)\n", "a b\n");
        assert!(usual + 100 < stray, "{usual} {stray}");
    }

    #[test]
    fn a_value_is_given_whole() {
        let broken = "list=\"$list /tmp/a$$\n";
        let right = cost(broken, "list=\"$list /tmp/a$$\"\n");
        let wrong = cost(broken, "list=\"$list\" /tmp/a$$\n");
        assert!(right < wrong, "{right} {wrong}");
        let broken = "a -d \"$b\" $c >> $log\"\n";
        let right = cost(broken, "a -d \"$b\" $c >> \"$log\"\n");
        let wrong = cost(broken, "a -d \"$b\" \"$c >> $log\"\n");
        assert!(right < wrong, "{right} {wrong}");
        let broken = "*) a=\"-d>$d;;\n";
        let right = cost(broken, "*) a=\"-d>$d\";;\n");
        let wrong = cost(broken, "*) a=\"-d>$d;;\"\n");
        assert!(right < wrong, "{right} {wrong}");
    }

    #[test]
    fn a_bracket_ends_what_was_opened_last() {
        let broken = "  *[135]\n";
        let right = cost(broken, "  *[135])\n");
        for wrong in ["  *[)135]\n", "  *[135)]\n"] {
            assert!(right + 65 < cost(broken, wrong), "{right} {wrong}");
        }
        let broken = "[ \"$(a \"$b\"\" != c ]\n";
        let right = cost(broken, "[ \"$(a \"$b\")\" != c ]\n");
        assert!(right < 150, "{right}");
    }

    #[test]
    fn a_shell_sets_nothing_apart_by_commas() {
        let text = "elif a b;  c=d;\n";
        let (lines, profile) = (Lines::new(text), profile(Environment::Bash));
        let suspects = [Suspect {
            line: 0,
            cost: 0,
            column: 0,
        }];
        let edits = token_edits(&lines, profile, &suspects, &need(&lines, profile, &[0]));
        let odd = edits
            .iter()
            .find(|edit| [",", ":", "."].contains(&edit.replacement.as_str()));
        assert_eq!(odd, None);
    }

    #[test]
    fn a_list_of_commands_begins_with_a_word() {
        let broken = "[ $# -ge 1 ] ||  usage && exit 1; }\n";
        let right = cost(broken, "[ $# -ge 1 ] || { usage && exit 1; }\n");
        let wrong = cost(broken, "[ $# -ge 1 ] ||  usage && exit 1; {}\n");
        assert!(right + 65 < wrong, "{right} {wrong}");
    }
}

//! Words that ran into each other since the bracket between them is gone: `lenvalues)` was `len(values)` where both words are known.

use std::collections::BTreeMap;

use crate::brackets::Need;
use crate::edits::{Edit, Suspect};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::tokens::{TokenKind, tokens};

/// A known word and a bracket are likelier than most slips.
const COST: u32 = 110;

/// Edits that part words of the suspected lines by an opening bracket that is missing.
pub(crate) fn run_edits(
    lines: &Lines<'_>,
    profile: &Profile,
    suspects: &[Suspect],
    need: &Need,
) -> Vec<Edit> {
    let brackets: Vec<&str> = [("(", '('), ("[", '[')]
        .into_iter()
        .filter(|(_, bracket)| need.lacks(*bracket))
        .map(|(text, _)| text)
        .collect();
    if brackets.is_empty() {
        return Vec::new();
    }
    let known = counts(lines, profile);
    let is_known = |word: &str| {
        known.contains_key(word)
            || profile.keywords.contains(&word)
            || is_function(profile, word)
            || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut edits = Vec::new();
    for suspect in suspects {
        let text = lines.text(suspect.line);
        for token in tokens(text, profile) {
            let word = &text[token.range.clone()];
            if token.kind != TokenKind::Word || known.get(word) != Some(&1) {
                continue;
            }
            let parts = word
                .char_indices()
                .skip(1)
                .map(|(at, _)| word.split_at(at))
                .filter(|(left, right)| is_known(left) && is_known(right));
            for (left, _) in parts {
                let at = lines.start(suspect.line) + token.range.start + left.len();
                edits.extend(brackets.iter().map(|bracket| Edit {
                    range: at..at,
                    replacement: (*bracket).to_owned(),
                    cost: suspect.cost + COST,
                    rule: "opening-bracket",
                }));
            }
        }
    }
    edits
}

/// Words that stand nowhere else once an edit is made, and are no members of anything: likely two that ran into each other, or one
/// that a text should hold.
pub(crate) fn lonely_words(
    edit: &Edit,
    lines: &Lines<'_>,
    profile: &Profile,
    known: &BTreeMap<&str, u32>,
) -> Vec<String> {
    let (first, last) = (lines.at(edit.range.start), lines.at(edit.range.end));
    let start = lines.start(first);
    let before: Vec<&str> = (first..=last).map(|line| lines.text(line)).collect();
    let joined = before.join("\n");
    let (from, to) = (edit.range.start - start, edit.range.end - start);
    let (Some(head), Some(tail)) = (joined.get(..from), joined.get(to..)) else {
        return Vec::new();
    };
    let edited = format!("{head}{}{tail}", edit.replacement);
    let mut here: BTreeMap<&str, u32> = BTreeMap::new();
    for word in before.iter().flat_map(|line| words(line, profile)) {
        *here.entry(word).or_default() += 1;
    }
    let mut now: BTreeMap<&str, u32> = BTreeMap::new();
    for word in edited.split('\n').flat_map(|line| words(line, profile)) {
        *now.entry(word).or_default() += 1;
    }
    let elsewhere = |word: &str| {
        let all = known.get(word).copied().unwrap_or(0);
        all.saturating_sub(here.get(word).copied().unwrap_or(0))
    };
    now.into_iter()
        .filter(|(word, times)| {
            *times == 1
                && elsewhere(word) == 0
                && !profile.keywords.contains(word)
                && !is_function(profile, word)
        })
        .map(|(word, _)| word.to_owned())
        .collect()
}

fn is_function(profile: &Profile, word: &str) -> bool {
    profile
        .functions
        .split_whitespace()
        .any(|function| function == word)
}

/// The words of a line that are no members of anything.
fn words<'a>(line: &'a str, profile: &Profile) -> impl Iterator<Item = &'a str> {
    let found = tokens(line, profile);
    let mut own = Vec::new();
    for (at, token) in found.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .map_or("", |at| &line[found[at].range.clone()]);
        if token.kind == TokenKind::Word && !matches!(before, "." | "::" | "?.") {
            own.push(&line[token.range.clone()]);
        }
    }
    own.into_iter()
}

/// How often each word stands in the code.
pub(crate) fn counts<'a>(lines: &Lines<'a>, profile: &Profile) -> BTreeMap<&'a str, u32> {
    let mut counts = BTreeMap::new();
    for line in 0..lines.count() {
        let text = lines.text(line);
        for token in tokens(text, profile) {
            if token.kind == TokenKind::Word {
                *counts.entry(&text[token.range]).or_default() += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brackets::need;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    #[test]
    fn a_word_that_an_edit_leaves_alone_is_told() {
        let text = "clean(match)\nx = cleanmatch)\nx.odd = 1\n";
        let lines = Lines::new(text);
        let profile = profile(Environment::JavaScript);
        let at = text.find("match)\nx.").expect("there");
        let edit = |range: std::ops::Range<usize>, replacement: &str| Edit {
            range,
            replacement: replacement.to_owned(),
            cost: 0,
            rule: "",
        };
        let known = counts(&lines, profile);
        let lonely = |edit: &Edit| lonely_words(edit, &lines, profile, &known);
        assert_eq!(lonely(&edit(at..at, "(")), [""; 0]);
        assert_eq!(lonely(&edit(at + 5..at + 6, "")), ["cleanmatch"]);
    }

    #[test]
    fn what_a_language_brings_is_known_also_where_it_stands_once() {
        let text = "variable \"net\" {}\ncondition = can(cidrhostvar.net, 0))\nx = var.net\n";
        let lines = Lines::new(text);
        let profile = profile(Environment::Terraform);
        let suspects = [Suspect {
            line: 1,
            cost: 0,
            column: 0,
        }];
        let need = need(&lines, profile, &[1]);
        let edits = run_edits(&lines, profile, &suspects, &need);
        let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
        assert_eq!(texts, [text.replace("cidrhostvar", "cidrhost(var")]);
    }

    #[test]
    fn known_words_come_apart() {
        let text = "clean(match)\nx = cleanmatch)\n";
        let lines = Lines::new(text);
        let profile = profile(Environment::JavaScript);
        let suspects = [Suspect {
            line: 1,
            cost: 0,
            column: 0,
        }];
        let edits = run_edits(&lines, profile, &suspects, &need(&lines, profile, &[1]));
        let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
        assert_eq!(texts, ["clean(match)\nx = clean(match)\n"]);
    }
}

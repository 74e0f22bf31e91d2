//! Names that nothing defines: which name was meant, by spelling, by what the file and its neighbours say, and by what the
//! tool itself proposes.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Class, Diagnostic};
use crate::edits::{Edit, cheapest_first};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::spelling::distance;
use crate::tokens::{TokenKind, all_tokens};

/// A word at a place in a file.
pub(crate) struct Occurrence {
    pub(crate) line: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It stands behind a `.` or `::`.
    pub(crate) is_member: bool,
}

/// Every word of a file outside of texts and comments.
pub(crate) struct Words<'a> {
    found: BTreeMap<&'a str, Vec<Occurrence>>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(lines: &Lines<'a>, profile: &Profile) -> Words<'a> {
        let mut found: BTreeMap<&str, Vec<Occurrence>> = BTreeMap::new();
        for line in 0..lines.count() {
            let content = lines.text(line);
            let mut before = "";
            for token in all_tokens(content, profile) {
                let word = &content[token.range.clone()];
                // An option of a command is no name: `-gt`.
                let is_option = profile.is_shell()
                    && content[..token.range.start].ends_with([' ', '\t', '-'])
                    && before == "-"
                    && content[..token.range.start]
                        .trim_end_matches('-')
                        .ends_with([' ', '\t']);
                if token.kind == TokenKind::Word && !is_option {
                    found.entry(word).or_default().push(Occurrence {
                        line,
                        start: lines.start(line) + token.range.start,
                        end: lines.start(line) + token.range.end,
                        is_member: matches!(before, "." | "::" | "?."),
                    });
                }
                before = word;
            }
        }
        Words { found }
    }

    pub(crate) fn of(&self, word: &str) -> &[Occurrence] {
        self.found.get(word).map_or(&[], Vec::as_slice)
    }
}

/// What speaks against a name that begins as private ones do.
const PRIVATE: u32 = 120;
/// What speaks against a name that a tool proposes and the file says nowhere.
const UNUSED: u32 = 65;
/// What speaks against a slip in a name that stands in other lines as well.
const AGAIN: u32 = 60;
/// Letters that a slip may get wrong.
const FAR: usize = 2;

/// Edits that give a name that nothing defines the spelling of one that is known. `known` are names from outside of the
/// file that may be meant, each with what it costs to think of it.
pub(crate) fn name_edits(
    text: &str,
    profile: &Profile,
    diagnostic: &Diagnostic,
    known: &[(String, u32)],
) -> Vec<Edit> {
    let lines = Lines::new(text);
    let words = Words::new(&lines, profile);
    let mut edits = Vec::new();
    let Some(wrong) = diagnostic.hints.first().map(|name| last_part(name)) else {
        return edits;
    };
    let told = diagnostic.span.map(|span| span.line as usize - 1);
    let proposed: BTreeSet<&str> = diagnostic
        .hints
        .iter()
        .skip(1)
        .map(|name| last_part(name))
        .collect();
    let wants_member = diagnostic.class == Class::Attribute;
    let places = places(&words, wrong, told);
    let mut meant: BTreeMap<&str, u32> = BTreeMap::new();
    let mut mean = |word, cost: u32| {
        let own = meant.entry(word).or_insert(cost);
        *own = (*own).min(cost);
    };
    for (&word, found) in &words.found {
        let Some(cost) = spelling_cost(wrong, word) else {
            continue;
        };
        let as_member = found.iter().any(|place| place.is_member);
        let near =
            told.is_some_and(|told| found.iter().any(|place| place.line.abs_diff(told) <= 30));
        let odd = if as_member == wants_member { 0 } else { 25 } + if near { 0 } else { 15 };
        mean(word, cost + odd + if found.len() > 1 { 0 } else { 10 });
    }
    for &keyword in profile.keywords {
        if let Some(cost) = spelling_cost(wrong, keyword) {
            mean(keyword, cost + 20);
        }
    }
    // What another module keeps to itself is not what was meant, unless the file uses it.
    let private = |word: &str| {
        let is_private = word.starts_with('_') && !wrong.starts_with('_');
        if is_private && words.of(word).is_empty() {
            PRIVATE
        } else {
            0
        }
    };
    for (word, extra) in known {
        if let Some(cost) = spelling_cost(wrong, word) {
            mean(word.as_str(), cost + extra + private(word));
        }
    }
    for &word in &proposed {
        if spelling_cost(wrong, word).is_some() {
            let unused = if words.of(word).is_empty() { UNUSED } else { 0 };
            mean(word, 40 + unused.max(private(word)));
        }
    }
    // What stands once and is used in another spelling again and again is wrong where it is defined.
    let uses = words
        .of(wrong)
        .iter()
        .filter(|place| place.is_member == wants_member)
        .count();
    let is_odd = |word: &str| proposed.contains(word) && words.of(word).len() == 1 && uses > 1;
    for (word, cost) in &meant {
        let odd = if is_odd(word) { 80 } else { 0 };
        for (place, far) in &places {
            edits.push(Edit {
                range: place.start..place.end,
                replacement: (*word).to_owned(),
                cost: cost + far + odd,
                rule: "name",
            });
        }
    }
    let definitions = misspelled_definitions(&words, wrong, &proposed);
    edits.extend(definitions);
    cheapest_first(edits)
}

/// Edits for a fault that names nothing: words that stand once and are one slip away from another word that is known.
pub(crate) fn lonely_edits(
    text: &str,
    profile: &Profile,
    told: Option<usize>,
    known: &[(String, u32)],
) -> Vec<Edit> {
    let lines = Lines::new(text);
    let words = Words::new(&lines, profile);
    let is_known: BTreeSet<&str> = known.iter().map(|(word, _)| word.as_str()).collect();
    let mut edits = Vec::new();
    for (&lonely, found) in &words.found {
        let [place] = found.as_slice() else { continue };
        if lonely.len() < 2 || profile.keywords.contains(&lonely) || is_known.contains(lonely) {
            continue;
        }
        let far = match told.map(|told| place.line.abs_diff(told)) {
            Some(0) => 0,
            Some(1..=5) => 40,
            Some(_) | None => 80,
        };
        let others = words
            .found
            .iter()
            .map(|(word, found)| {
                let rare = if found.len() > 1 { 20 } else { 60 };
                // A member is spelled as members are, and rather as many of them.
                let is_alike = found.iter().any(|other| other.is_member == place.is_member);
                let usual = match found.len() {
                    count if is_alike && count > EVERYWHERE => 60,
                    count if is_alike && count > USUAL => 20,
                    _ => 0,
                };
                (*word, BASE + rare - usual)
            })
            .chain(
                known
                    .iter()
                    .map(|(word, extra)| (word.as_str(), BASE + extra + 50)),
            );
        for (word, extra) in others {
            if distance(lonely, word, 1).is_some() && word != lonely {
                let counted = if is_same_but_for_digits(lonely, word) {
                    COUNTED
                } else {
                    0
                };
                edits.push(Edit {
                    range: place.start..place.end,
                    replacement: word.to_owned(),
                    cost: LONELY - BASE + far + extra + counted,
                    rule: "name",
                });
            }
        }
    }
    cheapest_first(edits)
}

/// What it costs to doubt a word that nothing speaks against; words that stand more often are usual.
const LONELY: u32 = 70;
/// The part of it that a word may take away which stands all over the file.
const BASE: u32 = 40;
const USUAL: usize = 5;
const EVERYWHERE: usize = 25;
/// What speaks against a slip in the number of a name: such names are many, and differ in nothing else.
const COUNTED: u32 = 60;

/// Whether two names are the same without their digits.
fn is_same_but_for_digits(one: &str, other: &str) -> bool {
    let letters = |word: &str| -> String {
        let letters = word.chars().filter(|letter| !letter.is_ascii_digit());
        letters.collect()
    };
    letters(one) == letters(other)
}

/// The name may be right where it is used, and wrong where it is defined: a word that is near it and stands only once. What the tool
/// proposes it takes for right, unless the name stands elsewhere too.
fn misspelled_definitions(words: &Words<'_>, right: &str, proposed: &BTreeSet<&str>) -> Vec<Edit> {
    if words.of(right).is_empty() && right.len() < 3 {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for (word, found) in &words.found {
        let [place] = found.as_slice() else { continue };
        if proposed.contains(word) && words.of(right).len() < 2 {
            continue;
        }
        if let Some(cost) = spelling_cost(word, right) {
            // Where both stand once either way does the same, and a name is read where it is defined.
            let odd = if words.of(right).len() > 1 { 0 } else { 130 };
            edits.push(Edit {
                range: place.start..place.end,
                replacement: right.to_owned(),
                cost: cost + odd,
                rule: "definition",
            });
        }
    }
    edits
}

/// Where the wrong name stands: the told line first, and what it costs to look elsewhere.
fn places<'a, 'b>(
    words: &'a Words<'b>,
    wrong: &str,
    told: Option<usize>,
) -> Vec<(&'a Occurrence, u32)> {
    let all = words.of(wrong);
    let on_line = |place: &&Occurrence| told == Some(place.line);
    if all.iter().any(|place| on_line(&place)) {
        // A slip is made once: what stands elsewhere too is rather wrong where it is defined.
        let elsewhere = if all.iter().any(|place| !on_line(&place)) {
            AGAIN
        } else {
            0
        };
        return all
            .iter()
            .filter(on_line)
            .map(|place| (place, elsewhere))
            .collect();
    }
    let many = if all.len() > 1 { 60 } else { 0 };
    all.iter().take(8).map(|place| (place, 10 + many)).collect()
}

/// What it costs to take one word for a slip of another; `None` when they are too far apart.
fn spelling_cost(wrong: &str, right: &str) -> Option<u32> {
    if wrong == right || right.len() < 2 {
        return None;
    }
    let short = wrong.chars().count().min(right.chars().count());
    match distance(wrong, right, FAR)? {
        1 => Some(if short >= 3 { 60 } else { 110 }),
        2 if short >= 5 => Some(150),
        _ => None,
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', ':', '/']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Environment, Span};
    use crate::profile::profile;

    fn first(text: &str, class: Class, line: u32, hints: &[&str]) -> String {
        let diagnostic = Diagnostic {
            environment: Environment::Python,
            class,
            code: String::new(),
            message: String::new(),
            file: None,
            span: Some(Span {
                line,
                column: 0,
                end_line: line,
            }),
            hints: hints.iter().map(|hint| (*hint).to_owned()).collect(),
            raw: String::new(),
        };
        let edits = name_edits(text, profile(Environment::Python), &diagnostic, &[]);
        edits
            .first()
            .map_or_else(String::new, |edit| edit.apply(text))
    }

    #[test]
    fn a_name_is_spelled_as_it_is_elsewhere() {
        let text = "def f(values):\n    n = len(values)\n    return valeus[n]\n";
        assert_eq!(
            first(text, Class::Name, 3, &["valeus"]),
            text.replace("valeus", "values")
        );
    }

    #[test]
    fn a_word_that_stands_once_is_taken_for_a_slip_of_its_neighbor() {
        let text = "a.section()\nb.ssection()\nc.section()\nother()\n";
        let edits = lonely_edits(text, profile(Environment::Python), Some(1), &[]);
        let texts: Vec<String> = edits.iter().map(|edit| edit.apply(text)).collect();
        assert_eq!(texts, [text.replace("ssection", "section")]);
    }

    #[test]
    fn what_is_used_again_and_again_is_right_whatever_is_proposed() {
        let text = "self.fwnc = f\nself.func(1)\nself.func(2)\n";
        let right = text.replace("fwnc", "func");
        assert_eq!(first(text, Class::Attribute, 2, &["func", "fwnc"]), right);
        // Used once, it is as likely wrong there.
        let text = "self.fwnc = f\nself.func(1)\n";
        let right = text.replace("func", "fwnc");
        assert_eq!(first(text, Class::Attribute, 2, &["func", "fwnc"]), right);
    }

    #[test]
    fn what_another_module_keeps_to_itself_is_not_meant() {
        let diagnostic = Diagnostic {
            environment: Environment::Python,
            class: Class::Attribute,
            code: String::new(),
            message: String::new(),
            file: None,
            span: None,
            hints: ["ccompile", "re", "_compile"].map(str::to_owned).into(),
            raw: String::new(),
        };
        let known = ["_compile", "compile"].map(|name| (name.to_owned(), 0));
        let costs = |text: &str| {
            let edits = name_edits(text, profile(Environment::Python), &diagnostic, &known);
            let cost = |word: &str| {
                let found = edits.iter().find(|edit| edit.replacement == word);
                found.map(|edit| edit.cost).expect("it is proposed")
            };
            (cost("compile"), cost("_compile"))
        };
        let (public, private) = costs("import re\nword = re.ccompile('a')\n");
        assert!(public + 65 < private, "{public} {private}");
        // A file that uses it may mean it.
        let (public, private) = costs("import re\nre._compile('b')\nword = re.ccompile('a')\n");
        assert!(private < public + 45, "{public} {private}");
    }

    #[test]
    fn a_definition_that_is_spelled_wrong_is_put_right() {
        let text = "def f(slef, b):\n    self.b = b\n    self.c = b\n";
        assert_eq!(
            first(text, Class::Name, 2, &["self"]),
            text.replace("slef", "self")
        );
    }
}

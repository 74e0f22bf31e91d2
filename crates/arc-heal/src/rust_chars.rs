//! Characters of Rust that have lost one of their quotes. What is left looks like a lifetime, so that the compiler stops far away or says
//! something else.

use crate::diagnostic::Environment;
use crate::edits::{Edit, Suspect};
use crate::lines::Lines;
use crate::profile::profile;
use crate::tokens::{one_character, tokens};

/// What a quote costs where a character may have lost it.
const LOST: u32 = 60;
/// What speaks against that where a lifetime may stand.
const LIFETIME: u32 = 80;

/// The other quote of each lonely one, at the end of the character behind it or the start of the one before it.
pub(crate) fn character_edits(lines: &Lines<'_>, suspects: &[Suspect]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for suspect in suspects {
        let text = lines.text(suspect.line);
        let start = lines.start(suspect.line);
        for at in lonely(text) {
            let after = at + 1;
            let is_lifetime = text[..at].trim_end().ends_with(['&', '<', '+', ':'])
                && text[after..].starts_with(char::is_alphabetic);
            let cost = suspect.cost + LOST + if is_lifetime { LIFETIME } else { 0 };
            let mut add = |at: usize| {
                edits.push(Edit {
                    range: start + at..start + at,
                    replacement: "'".to_owned(),
                    cost,
                    rule: "quote",
                });
            };
            if let Some(length) = one_character(&text[after..]) {
                add(after + length);
            }
            if let Some(begin) = character_before(&text[..at]) {
                add(begin);
            }
        }
    }
    edits
}

/// Where the quotes stand that are not of a whole character, outside of texts and comments.
fn lonely(text: &str) -> Vec<usize> {
    tokens(text, profile(Environment::Rust))
        .into_iter()
        .map(|token| token.range)
        .filter(|range| &text[range.clone()] == "'")
        .map(|range| range.start)
        .collect()
}

/// Where the character begins that a text ends with.
fn character_before(text: &str) -> Option<usize> {
    // The first that fits: `\\` is one character, and its second half none.
    let mut escapes = text.match_indices('\\').map(|(at, _)| at);
    let escaped = escapes.find(|at| one_character(&text[*at..]) == Some(text.len() - at));
    let last = text.char_indices().next_back().map(|(at, _)| at);
    escaped.or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_quote_is_put_where_its_character_ends_or_begins() {
        for (sound, broken) in [
            ("match c { '{' => 1, }\n", "match c { '{ => 1, }\n"),
            ("let c = '\\n';\n", "let c = \\n';\n"),
            ("let c = '\\\\';\n", "let c = \\\\';\n"),
            ("f(b'\\'', 1)\n", "f(b'\\', 1)\n"),
            ("let c: &'a str = g('\"');\n", "let c: &'a str = g('\");\n"),
        ] {
            let lines = Lines::new(broken);
            let suspects = [Suspect {
                line: 0,
                cost: 0,
                column: 0,
            }];
            let edits = character_edits(&lines, &suspects);
            let texts: Vec<String> = edits.iter().map(|edit| edit.apply(broken)).collect();
            assert!(
                texts.iter().any(|text| text == sound),
                "{broken}: {texts:?}"
            );
        }
        let lines = Lines::new("fn f<'a>(x: &'a str, y: char) { g('x', \"it's\") } // it's\n");
        assert_eq!(lonely(lines.text(0)).len(), 2);
    }
}

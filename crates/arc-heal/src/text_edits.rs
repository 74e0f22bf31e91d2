//! Brackets in texts that hold values: `"${name"`, `"{{ name }"`. A text is one token elsewhere; here what stands in it counts.

use std::ops::Range;

use crate::brackets::partner;

/// Texts with more odd brackets are no slip.
const MOST: usize = 3;
/// What a bracket in a text costs that is too much, and one that is missing.
const STRAY: u32 = 170;
const MISSING: u32 = 160;
/// What it costs when a value is closed by a bracket of another kind, and nothing else in the text is odd.
const KIND: u32 = 60;

/// Edits of a text, with its quotes, in which brackets have no partner, as ranges of it.
pub(crate) fn text_edits(text: &str) -> Vec<(Range<usize>, &'static str, u32)> {
    if !text.contains('$') && !text.contains("{{") && !text.contains("}}") {
        return Vec::new();
    }
    let odd = odd_brackets(text);
    if odd.is_empty() || odd.len() > MOST {
        return Vec::new();
    }
    let mut edits = other_kind(text, &odd);
    for (at, bracket) in odd {
        edits.push((at..at + 1, "", STRAY));
        let missing = letter(partner(bracket));
        if matches!(bracket, '(' | '[' | '{') {
            let name = text[at + 1..]
                .find(|letter: char| !letter.is_alphanumeric() && !"_.".contains(letter));
            let end = text.len().saturating_sub(1).max(at + 1);
            let after = name.map_or(end, |length| at + 1 + length);
            edits.push((after..after, missing, MISSING));
            if end != after {
                edits.push((end..end, missing, MISSING + 20));
            }
        } else {
            let mark = text[..at].rfind('$').map(|mark| mark + 1);
            let begin = mark.unwrap_or(1.min(at));
            edits.push((begin..begin, missing, MISSING));
        }
        if let Some(double) = beside(text, at, bracket) {
            edits.push((double..double, missing, MISSING - 20));
        }
    }
    edits
}

/// Edits of a value that begins with one kind of bracket and ends with another.
fn other_kind(text: &str, odd: &[(usize, char)]) -> Vec<(Range<usize>, &'static str, u32)> {
    let [(first, one), (second, other)] = odd else {
        return Vec::new();
    };
    let ((from, opening), (to, closing)) = if first < second {
        ((*first, *one), (*second, *other))
    } else {
        ((*second, *other), (*first, *one))
    };
    let is_value = matches!(opening, '(' | '[' | '{')
        && matches!(closing, ')' | ']' | '}')
        && text[..from].ends_with(['$', '{']);
    if !is_value {
        return Vec::new();
    }
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    // A name alone is a value rather than a command.
    let is_value_alone = opening == '{' && text[from + 1..to].chars().all(is_name);
    let other = MISSING + if is_value_alone { 60 } else { 0 };
    vec![
        (to..to + 1, letter(partner(opening)), KIND),
        (from..from + 1, letter(partner(closing)), other),
    ]
}

/// Where a bracket stands already that is written twice where this one is.
fn beside(text: &str, at: usize, bracket: char) -> Option<usize> {
    let twice = format!("{bracket}{bracket}");
    let own = partner(bracket);
    let is_opening = matches!(bracket, '(' | '[' | '{');
    if is_opening {
        let begin = text[..=at].ends_with(&twice) || text[at..].starts_with(&twice);
        let found = begin.then(|| text[at + 1..].find(own))??;
        Some(at + 1 + found)
    } else {
        let end = text[..=at].ends_with(&twice) || text[at..].starts_with(&twice);
        end.then(|| text[..at].rfind(own))?
    }
}

/// The brackets of a text that have no partner in it.
fn odd_brackets(text: &str) -> Vec<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut odd = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => open.push((at, letter)),
            ')' | ']' | '}' => match open.pop_if(|(_, opening)| *opening == partner(letter)) {
                Some(_) => {}
                None => odd.push((at, letter)),
            },
            _ => {}
        }
    }
    odd.append(&mut open);
    odd
}

fn letter(bracket: char) -> &'static str {
    match bracket {
        '(' => "(",
        ')' => ")",
        '[' => "[",
        ']' => "]",
        '{' => "{",
        _ => "}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheapest(text: &str) -> Vec<String> {
        let mut edits = text_edits(text);
        edits.sort_by_key(|(_, _, cost)| *cost);
        edits
            .into_iter()
            .map(|(range, replacement, _)| {
                format!(
                    "{}{replacement}{}",
                    &text[..range.start],
                    &text[range.end..]
                )
            })
            .collect()
    }

    #[test]
    fn a_value_in_a_text_has_both_brackets() {
        assert_eq!(cheapest("\"${name is\"")[0], "\"${name} is\"");
        assert_eq!(cheapest("\"is $name}\"")[0], "\"is ${name}\"");
        assert_eq!(cheapest("\"{{ name }\"")[0], "\"{{ name }}\"");
        assert_eq!(cheapest("\"{ name }}\"")[0], "\"{{ name }}\"");
        assert_eq!(cheapest("\"${name) is\"")[0], "\"${name} is\"");
        assert_eq!(cheapest("\"$(name a} is\"")[0], "\"$(name a) is\"");
        assert!(!cheapest("\"(see ${name)\"").contains(&"\"(see ${name}\"".to_owned()));
        assert!(cheapest("\"$(name\"").contains(&"\"$name\"".to_owned()));
    }

    #[test]
    fn texts_that_hold_no_values_are_left_alone() {
        for text in ["\"a) b\"", "\"${a} $(b) {{ c }}\"", "\":-(\""] {
            assert_eq!(cheapest(text), [""; 0], "{text}");
        }
    }
}

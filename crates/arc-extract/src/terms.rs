//! The vocabulary of a file: parts of its identifiers with their counts, for the likeness between files.

use rustc_hash::FxHashMap;

/// Terms kept per file, the most frequent.
const MAX_TERMS: usize = 200;
/// Parts shorter than this say nothing.
const SHORTEST: usize = 3;
/// Parts longer than this are no words.
const LONGEST: usize = 24;
/// Text read; the vocabulary of a file is clear long before.
const MAX_TEXT: usize = 1 << 20;

/// A part in lower case, filled up with zeros: compared and hashed as three words, and never allocated.
type Part = [u8; LONGEST];

/// The parts of the identifiers of a text, in lower case and sorted, with how often each occurs. Only the most frequent
/// are kept; of equally frequent ones those that come first by the alphabet. Comments and strings count: they speak of the
/// same things.
#[must_use]
pub fn vocabulary(text: &str) -> Vec<(String, u32)> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_TEXT)];
    let mut counts: FxHashMap<Part, u32> = FxHashMap::default();
    for part in parts(bytes) {
        if (SHORTEST..=LONGEST).contains(&part.len()) {
            let mut term = [0; LONGEST];
            term[..part.len()].copy_from_slice(part);
            term.make_ascii_lowercase();
            *counts.entry(term).or_default() += 1;
        }
    }
    let mut terms: Vec<(Part, u32)> = counts.into_iter().collect();
    if terms.len() > MAX_TERMS {
        terms.select_nth_unstable_by(MAX_TERMS, |(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        terms.truncate(MAX_TERMS);
    }
    terms.sort_unstable();
    terms
        .into_iter()
        .map(|(part, count)| {
            let letters = part.iter().take_while(|byte| **byte != 0);
            (letters.map(|byte| char::from(*byte)).collect(), count)
        })
        .collect()
}

/// The parts of camel-case and snake-case identifiers, in order. Letters outside ASCII end a part.
fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < text.len() && !text[start].is_ascii_alphabetic() {
            start += 1;
        }
        if start >= text.len() {
            return None;
        }
        let mut end = start + 1;
        while end < text.len() && text[end].is_ascii_alphabetic() {
            let rises = text[end].is_ascii_uppercase();
            let lower_before = text[end - 1].is_ascii_lowercase();
            let lower_after = text.get(end + 1).is_some_and(u8::is_ascii_lowercase);
            if rises && (lower_before || lower_after) {
                break;
            }
            end += 1;
        }
        let part = &text[start..end];
        start = end;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        parts(text.as_bytes())
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect()
    }

    #[test]
    fn identifiers_split_at_case_and_underscore() {
        assert_eq!(
            split("loadHTTPConfig2_file x=1"),
            ["load", "HTTP", "Config", "file", "x"]
        );
        assert_eq!(split("__init__ A"), ["init", "A"]);
        assert_eq!(split("naïve 7"), ["na", "ve"]);
    }

    #[test]
    fn parts_are_counted_in_lower_case() {
        let counted = vocabulary("loadFile(file) // Loads a file: LOAD");
        let shown: Vec<(&str, u32)> = counted
            .iter()
            .map(|(term, count)| (term.as_str(), *count))
            .collect();
        assert_eq!(shown, [("file", 3), ("load", 2), ("loads", 1)]);
    }

    #[test]
    fn of_many_terms_the_most_frequent_stay() {
        let mut text = String::new();
        for number in 0..2_000_u32 {
            let letter = |at: u32| char::from(b'a' + (number / 26_u32.pow(at) % 26) as u8);
            let name: String = [letter(2), letter(1), letter(0), 'z'].iter().collect();
            text.push_str(&name);
            text.push('\n');
            if number % 20 == 0 {
                text.push_str(&name);
                text.push(' ');
            }
        }
        let counted = vocabulary(&text);
        assert_eq!(counted.len(), MAX_TERMS);
        assert_eq!(counted.iter().filter(|(_, count)| *count == 2).count(), 100);
        assert!(counted.is_sorted());
    }
}

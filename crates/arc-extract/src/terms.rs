//! The vocabulary of a file: parts of its identifiers with their counts, for the cosine between files.

use std::collections::HashMap;

use crate::facts::{FileFacts, Name, Term};

/// Terms kept per file, the most frequent.
const MAX_TERMS: usize = 300;
/// Parts shorter or longer than this say nothing.
const PART_LENGTH: std::ops::RangeInclusive<usize> = 3..=24;
/// Text read; the vocabulary of a file is clear long before.
const MAX_TEXT: usize = 1 << 20;

/// Counts the identifier parts of `text` into `facts`.
pub(crate) fn count_terms(text: &str, facts: &mut FileFacts) {
    let bytes = &text.as_bytes()[..text.len().min(MAX_TEXT)];
    let mut counts: HashMap<Vec<u8>, u16> = HashMap::new();
    let mut whole: HashMap<&[u8], u16> = HashMap::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_alphabetic() || bytes[at] == b'_' {
            let start = at;
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            let count = whole.entry(&bytes[start..at]).or_default();
            *count = count.saturating_add(1);
        } else {
            at += 1;
        }
    }
    #[expect(
        clippy::iter_over_hash_type,
        reason = "counts are summed; the result is sorted below"
    )]
    for (identifier, count) in whole {
        for part in parts(identifier) {
            if PART_LENGTH.contains(&part.len()) {
                let total = counts.entry(part.to_ascii_lowercase()).or_default();
                *total = total.saturating_add(count);
            }
        }
    }
    let mut terms: Vec<(Vec<u8>, u16)> = counts.into_iter().collect();
    terms.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    terms.truncate(MAX_TERMS);
    let mut known: HashMap<String, Name> = HashMap::new();
    for (index, name) in facts.names.iter().enumerate() {
        known.entry(name.clone()).or_insert(Name(index as u32));
    }
    facts.term_names = facts.names.len() as u32;
    for (part, count) in terms {
        let part = String::from_utf8(part).expect("identifier parts are ASCII");
        let name = *known.entry(part).or_insert_with_key(|part| {
            facts.names.push(part.clone());
            Name(facts.names.len() as u32 - 1)
        });
        facts.terms.push(Term { name, count });
    }
}

/// The parts of a camel-case or snake-case identifier.
fn parts(identifier: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < identifier.len() && !identifier[start].is_ascii_alphabetic() {
            start += 1;
        }
        if start >= identifier.len() {
            return None;
        }
        let mut end = start + 1;
        while end < identifier.len() && identifier[end].is_ascii_alphabetic() {
            let rises = identifier[end].is_ascii_uppercase();
            let lower_before = identifier[end - 1].is_ascii_lowercase();
            let lower_after = identifier.get(end + 1).is_some_and(u8::is_ascii_lowercase);
            if rises && (lower_before || lower_after) {
                break;
            }
            end += 1;
        }
        let part = &identifier[start..end];
        start = end;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(identifier: &str) -> Vec<String> {
        parts(identifier.as_bytes())
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect()
    }

    #[test]
    fn identifiers_split_at_case_and_underscore() {
        assert_eq!(
            split("loadHTTPConfig2_file"),
            ["load", "HTTP", "Config", "file"]
        );
        assert_eq!(split("__init__"), ["init"]);
        assert_eq!(split("A"), ["A"]);
    }
}

//! Labels of decisions and numbers of tickets in a text.

use std::sync::LazyLock;

use regex::Regex;

/// Series of decisions that people number.
const LABEL: &str = r"(?i)\b(ADR|KEP|RFC|MADR|DEP|TEP|PEP)(?:[ \t]*#|[-_ \t]*)0*([0-9]{1,5})\b";

const TICKET: &str = r"(?i)(?:^|[\s(\[,/])(?:gh-|#)([1-9][0-9]{0,8})\b|/(?:issues|pull)/([1-9][0-9]{0,8})\b|[:{](?:issue|issues|pr|pull|gh|ghpull|ghissue|user-issue)[:}]`#?([1-9][0-9]{0,8})`";

static LABELS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(LABEL).expect("the pattern is checked by a test"));
static TICKETS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(TICKET).expect("the pattern is checked by a test"));

/// The labels of decisions in a text, each as series and number (`ADR-12`), with where it ends.
fn found_labels(text: &str) -> impl Iterator<Item = (String, usize)> {
    LABELS.captures_iter(text).map(|found| {
        let label = label(&found[1], &found[2]);
        (label, found.get(0).map_or(0, |whole| whole.end()))
    })
}

/// The labels of decisions that a text names, each once, in order: `ADR-12` for «ADR 0012».
#[must_use]
pub fn labels_in(text: &str) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for (label, _) in found_labels(text) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// The label at the start of a text, and what follows it.
pub(super) fn leading_label(text: &str) -> Option<(String, &str)> {
    let plain = text.trim_start_matches(['[', '(']);
    let found = LABELS.captures(plain)?;
    let whole = found.get(0)?;
    (whole.start() == 0).then(|| {
        let rest =
            plain[whole.end()..].trim_start_matches([']', ')', ':', '-', '–', '—', '.', ' ']);
        (label(&found[1], &found[2]), rest)
    })
}

/// `ADR-12` of a series and digits.
pub(super) fn label(series: &str, digits: &str) -> String {
    let series = match series.to_ascii_uppercase() {
        series if series == "MADR" => "ADR".to_owned(),
        series => series,
    };
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    format!("{series}-{digits}")
}

/// Numbers of issues and pull requests in a text.
pub(super) fn tickets_in(text: &str) -> Vec<u32> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let numbers = TICKETS.captures_iter(text).filter_map(|found| {
        let digits = found.get(1).or(found.get(2)).or(found.get(3))?;
        digits.as_str().parse().ok()
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_however_they_are_spelled() {
        assert_eq!(
            labels_in("See ADR-0012, adr 12, ADR#7 and RFC2119, not MADRAS-1."),
            ["ADR-12", "ADR-7", "RFC-2119"]
        );
        assert_eq!(
            leading_label("[ADR-004]: Use X"),
            Some(("ADR-4".to_owned(), "Use X"))
        );
        assert_eq!(leading_label("Use ADR-4"), None);
        assert_eq!(labels_in("ADR-123456"), [""; 0]);
    }

    #[test]
    fn tickets_are_numbers_of_this_project() {
        assert_eq!(
            tickets_in(
                "a (#12, GH-13) [#14](https://github.com/a/b/pull/14) {issue}`16` :pr:`15` x#9 #0"
            ),
            [12, 13, 14, 14, 16, 15]
        );
        assert!(tickets_in("owner/name#3 color #fff &#39;").is_empty());
    }
}

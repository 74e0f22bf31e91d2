//! Blanks of a shell: `[` and `]` are words of their own, and an assignment has none around its `=`.

use crate::edits::Edit;
use crate::lines::Lines;

/// Edits of a line that a shell could not run.
pub(crate) fn blank_edits(lines: &Lines<'_>, line: usize) -> Vec<Edit> {
    let text = lines.text(line);
    let start = lines.start(line);
    let mut edits = Vec::new();
    let mut insert = |at: usize| {
        edits.push(Edit {
            range: start + at..start + at,
            replacement: " ".to_owned(),
            cost: 60,
            rule: "test-blank",
        });
    };
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
        let begins_word =
            at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'(' | b';' | b'!' | b'[');
        if *byte == b'[' && begins_word && !is_blank(at + 1) && bytes.get(at + 1) != Some(&b'[') {
            insert(at + 1);
        }
        let ends_word =
            is_blank(at + 1) || matches!(bytes[at + 1], b';' | b')' | b'&' | b'|' | b']');
        if *byte == b']' && ends_word && at > 0 && !is_blank(at - 1) && bytes[at - 1] != b']' {
            insert(at);
        }
    }
    edits.extend(assignment(text, start));
    edits
}

/// Edits that end a command before a word that only begins one: `if a then` is `if a; then`. A shell notices that far below, so all lines
/// are looked at; few have such a word where none can be.
pub(crate) fn separator_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for line in 0..lines.count() {
        let text = lines.text(line);
        for word in ["then", "do", "}"] {
            for (at, _) in text.match_indices(word) {
                let before = text[..at].trim_end_matches([' ', '\t']);
                let is_word = before.len() < at
                    && text[at + word.len()..]
                        .chars()
                        .next()
                        .is_none_or(|next| next.is_whitespace() || next == ';' || next == ')');
                let is_ended = before.is_empty() || before.ends_with([';', '&', '|', '{', '(']);
                if is_word && !is_ended {
                    let start = lines.start(line) + before.len();
                    edits.push(Edit {
                        range: start..start,
                        replacement: ";".to_owned(),
                        cost: if word == "}" { 90 } else { 50 },
                        rule: "separator",
                    });
                }
            }
        }
    }
    edits
}

/// `name = value`, as it is written elsewhere.
fn assignment(text: &str, start: usize) -> Option<Edit> {
    let indent = text.len() - text.trim_start().len();
    let rest = &text[indent..];
    let name = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    let equals = name + rest[name..].find('=')?;
    let after = &rest[equals + 1..];
    let value = equals + 1 + (after.len() - after.trim_start_matches([' ', '\t']).len());
    let is_bare = name > 0 && rest[name..equals].trim().is_empty() && value - name > 1;
    is_bare.then(|| Edit {
        range: start + indent + name..start + indent + value,
        replacement: "=".to_owned(),
        cost: 60,
        rule: "assignment-blank",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> Vec<String> {
        blank_edits(&Lines::new(text), 0)
            .iter()
            .map(|edit| edit.apply(text))
            .collect()
    }

    #[test]
    fn brackets_of_a_test_stand_alone() {
        assert_eq!(
            edited("if [\"$a\" = b ]; then"),
            ["if [ \"$a\" = b ]; then"]
        );
        assert_eq!(
            edited("if [ \"$a\" = b]; then"),
            ["if [ \"$a\" = b ]; then"]
        );
        assert_eq!(edited("if [[ $a ]]; then"), [""; 0]);
    }

    #[test]
    fn a_command_ends_before_a_word_that_begins_one() {
        let edited = |text: &str| {
            separator_edits(&Lines::new(text))
                .iter()
                .map(|edit| edit.apply(text))
                .collect::<Vec<_>>()
        };
        assert_eq!(edited("if a b then"), ["if a b; then"]);
        assert_eq!(edited("{ r=2 }"), ["{ r=2; }"]);
        assert_eq!(edited("if a; then dodo ${x}"), [""; 0]);
    }

    #[test]
    fn an_assignment_has_no_blanks() {
        assert_eq!(edited("  count = 5"), ["  count=5"]);
        assert_eq!(edited("count=5"), [""; 0]);
    }
}

//! A command line as its arguments, as a shell would split it, and nothing else of a shell.

/// The arguments of a command line; why it has none when a quote is open.
pub(in crate::commands) fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('\'') => break,
                        Some(inner) => word.push(inner),
                        None => return Err("a quote is not closed"),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') if matches!(letters.peek(), Some('"' | '\\' | '$' | '`')) => {
                            word.extend(letters.next());
                        }
                        Some(inner) => word.push(inner),
                        None => return Err("a quote is not closed"),
                    }
                }
            }
            '\\' => match letters.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err("it ends with a backslash"),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if words.is_empty() {
        return Err("it is empty");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_together_and_nothing_is_expanded() {
        for (line, words) in [
            ("pytest -q", &["pytest", "-q"][..]),
            (
                "sh -c 'echo \"$HOME\" && x'",
                &["sh", "-c", "echo \"$HOME\" && x"],
            ),
            (
                "python -c \"print('\\\\n \\x')\"",
                &["python", "-c", "print('\\n \\x')"],
            ),
            ("a\\ b '' c", &["a b", "", "c"]),
        ] {
            assert_eq!(
                split(line),
                Ok(words.iter().map(|word| (*word).to_owned()).collect()),
                "{line}"
            );
        }
        for line in ["", "  ", "a 'b", "a \"b", "a \\"] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}

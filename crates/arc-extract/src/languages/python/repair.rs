//! A second chance for files with syntax errors: brackets that were never closed.
//!
//! One open bracket makes the grammar read everything after it as arguments, and so loses the rest of the file. A keyword
//! that only starts statements tells where the bracket must have ended. Lines stay what they are.

/// The text with brackets closed before the statement that shows they are open; `None` when there is no such place.
pub(super) fn close_brackets(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut closed = String::new();
    let mut copied = 0;
    let mut open: Vec<u8> = Vec::new();
    let mut code_end = 0;
    let mut at = 0;
    let mut line_start = true;
    while at < bytes.len() {
        let byte = bytes[at];
        if line_start && !open.is_empty() && starts_statement(&text[at..]) {
            closed.push_str(&text[copied..code_end]);
            copied = code_end;
            while let Some(bracket) = open.pop() {
                closed.push(char::from(bracket));
            }
        }
        line_start = byte == b'\n' || (line_start && matches!(byte, b' ' | b'\t'));
        let end = match byte {
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            b'"' | b'\'' => string_end(bytes, at),
            b'(' => {
                open.push(b')');
                at + 1
            }
            b'[' => {
                open.push(b']');
                at + 1
            }
            b'{' => {
                open.push(b'}');
                at + 1
            }
            b')' | b']' | b'}' => {
                if open.last() == Some(&byte) {
                    open.pop();
                }
                at + 1
            }
            _ => at + 1,
        };
        if !byte.is_ascii_whitespace() {
            code_end = end;
        }
        at = end;
        // The statement test slices the text: stay on a character.
        while at < bytes.len() && !text.is_char_boundary(at) {
            at += 1;
            code_end = at;
        }
    }
    (copied > 0).then(|| {
        closed.push_str(&text[copied..]);
        closed
    })
}

/// Whether a line starts with a keyword that no expression contains.
fn starts_statement(line: &str) -> bool {
    let word = line
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or("");
    let rest = &line[word.len()..];
    match word {
        "def" | "class" | "import" | "while" | "with" | "assert" | "del" | "global" | "raise"
        | "return" => rest.starts_with([' ', '\n', '\r']),
        "try" | "finally" => rest.starts_with(':'),
        "async" => rest.trim_start().starts_with("def "),
        "pass" | "break" | "continue" => rest.trim_start_matches(' ').starts_with(['\n', '\r']),
        _ => false,
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = &bytes[from..];
    from + rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len())
}

/// Where the string that starts at `from` ends. One that is not closed on its line ends with the line.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let quote = bytes[from];
    let is_long = bytes[from..].starts_with(&[quote; 3]);
    let mut at = from + if is_long { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !is_long => return at,
            byte if byte == quote && !is_long => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_brackets_end_before_the_next_statement() {
        let closed = close_brackets("f(a, # (\n  [1\n\ndef g(x):\n    return {\n");
        assert_eq!(
            closed.as_deref(),
            Some("f(a, # (\n  [1])\n\ndef g(x):\n    return {\n")
        );
        assert_eq!(
            close_brackets("f('(', x=[\n  y for y in z\n])\nclass A: ...\n"),
            None
        );
        assert_eq!(close_brackets("'unclosed (\n\u{fc}(\n'''\ndef"), None);
        assert_eq!(
            close_brackets("ü(ü\nraise x"),
            Some("ü(ü)\nraise x".to_owned())
        );
    }
}

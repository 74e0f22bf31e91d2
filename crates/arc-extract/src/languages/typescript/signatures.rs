//! A second chance for types with several call signatures that end with their lines.
//!
//! The grammar takes `<` at the start of a line for more of the type before it, also where that type can take no more, and
//! then loses the rest of the file. A semicolon in the place of the space before it says what the line break says.

/// Bytes of type parameters and parameters that are looked through.
const MAX_HEAD: usize = 20_000;

/// The text with a semicolon in front of each call signature that stands at the start of a line behind another member;
/// `None` when there is no such place. Every byte stays at its place.
pub(super) fn end_signatures(text: &str) -> Option<String> {
    let mut ended: Vec<u8> = Vec::new();
    let mut before = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let at = start + line.len() - code.len();
        if code.starts_with('<')
            && at > start
            && before.is_some_and(ends_member)
            && is_signature(&text[at..])
        {
            if ended.is_empty() {
                ended = text.as_bytes().to_vec();
            }
            // The last byte of the indentation: a space or a tab.
            if ended[at - 1].is_ascii_whitespace() {
                ended[at - 1] = b';';
            }
        }
        before = last_of(code).or(before);
        start += line.len();
    }
    String::from_utf8(ended)
        .ok()
        .filter(|ended| !ended.is_empty())
}

/// The last byte of a line that is code.
fn last_of(code: &str) -> Option<u8> {
    if code.starts_with("//") || code.starts_with("/*") || code.starts_with('*') {
        return None;
    }
    let code = code.split(" //").next().unwrap_or(code);
    code.trim_end().bytes().last()
}

/// Whether a member of a type can end so.
fn ends_member(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'$' | b'>' | b']' | b'}' | b')' | b'\'' | b'"' | b'`'
        )
}

/// Whether a text starts with type parameters, parameters and a colon.
fn is_signature(text: &str) -> bool {
    let bytes = &text.as_bytes()[..text.len().min(MAX_HEAD)];
    let Some(parameters) = behind(bytes, 0, b'<', b'>') else {
        return false;
    };
    let Some(open) = next_code(bytes, parameters) else {
        return false;
    };
    let close = (bytes[open] == b'(').then(|| behind(bytes, open, b'(', b')'));
    let end = close.flatten().and_then(|end| next_code(bytes, end));
    end.is_some_and(|end| bytes[end] == b':')
}

/// The place behind the bracket that closes the one at `from`.
fn behind(bytes: &[u8], from: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for at in from..bytes.len() {
        // The head of an arrow closes nothing.
        let is_arrow = bytes[at] == b'>' && bytes[at - 1] == b'=';
        if bytes[at] == open {
            depth += 1;
        } else if bytes[at] == close && !is_arrow {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

fn next_code(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len()).find(|at| !bytes[*at].is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_end_where_their_lines_do() {
        let text = "interface R {\n  <P>(a: P): A<P>\n\n  // two\n  <\n    P extends () => void,\n  >(\n    a: P\n  ): A\n}\n";
        let ended = end_signatures(text).unwrap();
        assert_eq!(ended, text.replace("  <\n", " ;<\n"));
        assert_eq!(ended.len(), text.len());
    }

    #[test]
    fn what_is_no_signature_stays() {
        for text in [
            "",
            "a\n  < b;\n",
            "(\n  <div>(x)</div>\n)",
            "f\n  <T>(x);\n",
            "type R = {\n  <P>(a: P): A;\n  <P>(a: P): A;\n}",
            "f()\n<P>(a): b",
            "a\n  <",
            "a\n  <é>(\u{e9}",
        ] {
            assert_eq!(end_signatures(text), None, "{text}");
        }
    }
}

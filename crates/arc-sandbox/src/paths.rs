//! Texts that name a folder which a command sees under another path.

/// The text with the path `from` replaced by `to`, where it is a whole path or the beginning of one.
#[must_use]
pub fn with_path_replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let ends_name = |byte: Option<&u8>| {
            byte.is_none_or(|byte| {
                !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.')
            })
        };
        if from.len() > 1 && rest.starts_with(from) && ends_name(rest.get(from.len())) {
            result.extend_from_slice(to);
            at += from.len();
        } else {
            result.push(text[at]);
            at += 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_are_replaced() {
        let replaced = |text: &str| {
            String::from_utf8(with_path_replaced(text.as_bytes(), b"/a/b", b"/copy")).expect("text")
        };
        assert_eq!(replaced("--x=/a/b/c:/a/b"), "--x=/copy/c:/copy");
        assert_eq!(replaced("/a/bc /a/b-d"), "/a/bc /a/b-d");
    }
}

//! Documentation comments to plain text.

/// The first paragraph of a comment without its marks and tags.
pub(in crate::languages) fn plain(comment: &str) -> String {
    let mut out = String::new();
    for line in comment.lines() {
        let line = line
            .trim()
            .trim_start_matches("/**")
            .trim_start_matches("/*")
            .trim_end_matches("*/")
            .trim_start_matches(['/', '*', '#', '!', '-', '[', ' ', '\t'])
            .trim_end_matches(['*', ']', ' ']);
        let line = without_tags(line);
        let line = line.trim();
        let ends = line.starts_with('@') || line.starts_with(":param") || line.starts_with("- Par");
        if ends || (line.is_empty() && !out.is_empty()) {
            break;
        }
        if !line.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(line);
        }
        if out.len() > 400 {
            break;
        }
    }
    out
}

/// Without `<summary>` and the like.
fn without_tags(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('<') {
        let is_tag = rest[start + 1..].starts_with(|c: char| c.is_ascii_lowercase() || c == '/');
        match rest[start..].find('>') {
            Some(length) if is_tag => {
                out.push_str(&rest[..start]);
                rest = &rest[start + length + 1..];
            }
            _ => {
                out.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_kept_without_marks() {
        assert_eq!(
            plain("/// <summary>\n/// Loads it.\n/// </summary>"),
            "Loads it."
        );
        assert_eq!(
            plain("/**\n * One\n * two.\n *\n * @param x y\n */"),
            "One two."
        );
        assert_eq!(plain("# Ruby doc\n# goes on"), "Ruby doc goes on");
        assert_eq!(plain("-- a < b"), "a < b");
    }
}

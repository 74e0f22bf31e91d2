//! How many ends of links found their other side, as the graph remembers it (`meta`, key `links`).

use std::fmt::Write as _;

use arc_extract::LinkCounts;

/// The key of `meta`.
pub(crate) const LINKS: &str = "links";

/// For `meta`: `requests 12 10;variables 3 3`, what asks, how often, how often it was found. Nothing that never occurs.
pub(crate) fn remembered(counts: LinkCounts) -> String {
    let mut text = String::new();
    for (name, asking, found) in counts.rows() {
        if asking > 0 {
            let separator = if text.is_empty() { "" } else { ";" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{name} {asking} {found}");
        }
    }
    text
}

/// A sentence for each kind of end.
pub(crate) fn sentences(remembered: &str) -> Vec<String> {
    let of_row = |row: &str| {
        let mut parts = row.split(' ');
        let name = parts.next()?;
        let asking: usize = parts.next()?.parse().ok()?;
        let found: usize = parts.next()?.parse().ok()?;
        let (what, where_) = match name {
            "requests" => (
                "requests over HTTP",
                "are answered by routes of the project",
            ),
            "variables" => (
                "reads of environment variables",
                "are of variables that the project sets",
            ),
            "settings" => (
                "reads of configuration keys",
                "are of keys that files of the project have",
            ),
            "statements" => (
                "names of tables in statements",
                "are of tables that the project makes",
            ),
            "commands" => (
                "commands that run something by name",
                "run something of the project",
            ),
            _ => return None,
        };
        let left = asking.saturating_sub(found);
        Some(format!(
            "{found} of {asking} {what} {where_}, {left} lead nowhere here"
        ))
    };
    remembered.split(';').filter_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_told() {
        let counts = LinkCounts {
            requests: 12,
            answered: 10,
            settings: 1,
            configured: 1,
            ..LinkCounts::default()
        };
        let remembered = remembered(counts);
        assert_eq!(remembered, "requests 12 10;settings 1 1");
        let told = sentences(&remembered);
        assert_eq!(
            told[0],
            "10 of 12 requests over HTTP are answered by routes of the project, 2 lead nowhere here"
        );
        assert_eq!(told.len(), 2);
        assert_eq!(sentences("odd x 1;;more"), Vec::<String>::new());
    }
}

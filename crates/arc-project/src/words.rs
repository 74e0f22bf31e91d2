//! Names as words of a line.

/// The places where `name` stands in `line` and no letter, digit or underscore goes on at either end, as first byte and
/// the one behind the last. An empty name stands nowhere.
pub(crate) fn words_of<'a>(line: &'a str, name: &'a str) -> impl Iterator<Item = (u32, u32)> + 'a {
    let (first, last) = (name.chars().next(), name.chars().next_back());
    let found = line.match_indices(name).filter(move |(start, _)| {
        let before = line[..*start].chars().next_back();
        let after = line[start + name.len()..].chars().next();
        let is_cut = goes_on(before) && goes_on(first) || goes_on(last) && goes_on(after);
        !name.is_empty() && !is_cut
    });
    found.map(move |(start, _)| (start as u32, (start + name.len()) as u32))
}

fn goes_on(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn a_name_inside_a_longer_one_is_no_word() {
        let found: Vec<_> = words_of("load(reload, load_all) + Ünload.load", "load").collect();
        assert_eq!(found, [(0, 4), (33, 37)]);
        assert_eq!(words_of("$x = x", "x").count(), 2);
        assert_eq!(words_of("a + b", "+").collect::<Vec<_>>(), [(2, 3)]);
        assert_eq!(words_of("abc", "").count(), 0);
    }
}

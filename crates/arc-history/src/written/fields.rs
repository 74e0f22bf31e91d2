//! What a text says of itself in its head: YAML front matter, lines «Key: value», rows of a table.

/// Lines in which fields are looked for.
const HEAD: usize = 60;
/// Fields that are taken up.
const MAX_FIELDS: usize = 100;

/// A key in lower case with `-` and `_` as blanks, its values, and the line they begin in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) values: Vec<String>,
    pub(super) line: u32,
}

/// The fields of a text, and how many of its lines are front matter.
pub(super) fn fields(lines: &[&str]) -> (Vec<Field>, usize) {
    let (mut found, front) = front_matter(lines);
    let mut is_code = false;
    for (at, line) in lines.iter().enumerate().skip(front).take(HEAD) {
        if found.len() >= MAX_FIELDS {
            break;
        }
        is_code ^= line.trim_start().starts_with("```");
        if is_code || line.starts_with("    ") {
            continue;
        }
        found.extend(line_field(line).map(|(key, value)| Field {
            key,
            values: split_people(&value),
            line: at as u32 + 1,
        }));
    }
    (found, front)
}

/// The fields between two lines `---` at the start, and how many lines that are.
fn front_matter(lines: &[&str]) -> (Vec<Field>, usize) {
    if lines.first().map(|line| line.trim_end()) != Some("---") {
        return (Vec::new(), 0);
    }
    let end = lines.iter().take(MAX_FIELDS * 4).skip(1);
    let Some(end) = end
        .map(|line| line.trim_end())
        .position(|line| line == "---" || line == "...")
    else {
        return (Vec::new(), 0);
    };
    let mut found: Vec<Field> = Vec::new();
    for (at, line) in lines.iter().enumerate().take(end + 1).skip(1) {
        let is_nested = line.starts_with([' ', '\t', '-']);
        let plain = line.trim();
        if plain.starts_with('#') || found.len() >= MAX_FIELDS {
            continue;
        }
        if let Some(item) = plain.strip_prefix("- ") {
            if let Some(last) = found.last_mut() {
                last.values.extend(scalar(item));
            }
        } else if let Some((key, value)) = plain.split_once(':').filter(|_| !is_nested) {
            found.push(Field {
                key: normal_key(key),
                values: yaml_values(value.trim()),
                line: at as u32 + 1,
            });
        }
    }
    (found, end + 2)
}

fn yaml_values(value: &str) -> Vec<String> {
    match value
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'))
    {
        Some(list) => list.split(',').filter_map(scalar).collect(),
        None => scalar(value).map_or_else(Vec::new, |value| split_people(&value)),
    }
}

/// A scalar without quotes and comment; `None` for an empty one.
fn scalar(text: &str) -> Option<String> {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text
            .strip_prefix(quote)
            .and_then(|rest| rest.split(quote).next())
        {
            return (!inner.is_empty()).then(|| inner.to_owned());
        }
    }
    let text = text.split(" #").next().unwrap_or(text).trim();
    let is_nothing = matches!(text, "" | "|" | ">" | "null" | "~");
    (!is_nothing && !is_placeholder(text)).then(|| text.to_owned())
}

/// What a template asks to be filled in.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('{') && text.ends_with('}') || text.starts_with("<!--")
}

/// `Status: accepted`, `* **Status**: accepted`, `| Status | accepted |`, `:status: accepted`.
fn line_field(line: &str) -> Option<(String, String)> {
    let plain = line.trim();
    if plain.is_empty() || plain.starts_with(['#', '>']) || line.len() > 400 {
        return None;
    }
    let (key, value) = match plain.strip_prefix('|') {
        Some(row) => row.split_once('|')?,
        None => {
            let plain = plain.trim_start_matches(['-', '*', '+', '_', ':', ' ']);
            plain.split_once(':')?
        }
    };
    let key = normal_key(key.trim_matches(['*', '_', '`', ' ']));
    let is_key = (3..=30).contains(&key.len())
        && key.split(' ').count() <= 4
        && key
            .chars()
            .all(|letter| letter.is_alphabetic() || letter == ' ' || letter == '/');
    let value = value.trim_matches(['*', '_', '|', ' ', '`']).trim();
    (is_key && !value.is_empty() && !is_placeholder(value) && !value.starts_with("//"))
        .then(|| (key, value.to_owned()))
}

fn normal_key(key: &str) -> String {
    let key = key.trim().trim_matches(['"', '\'']).to_lowercase();
    key.replace(['-', '_'], " ").replace("(s)", "s")
}

/// `A, B and C` as three; a value with an address or a link is not cut within it.
fn split_people(value: &str) -> Vec<String> {
    let parts = value.split([',', ';']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The first date of a text as `2024-05-01`: in figures from year to day, or with the month's name.
pub(super) fn date_in(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let number = |word: &str| -> Option<u32> {
        let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        (digits.len() <= 4).then(|| digits.parse().ok()).flatten()
    };
    words.windows(3).find_map(|three| {
        let is_year = |word: &str| word.len() == 4 && word.starts_with(['1', '2']);
        let (year, month, day) = if is_year(three[0]) {
            let month = month_of(three[1]).or_else(|| number(three[1]))?;
            (number(three[0])?, month, number(three[2])?)
        } else if is_year(three[2]) {
            let (month, day) = match (month_of(three[0]), month_of(three[1])) {
                (Some(month), _) => (month, three[1]),
                (None, Some(month)) => (month, three[0]),
                (None, None) => return None,
            };
            (number(three[2])?, month, number(day)?)
        } else {
            return None;
        };
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        is_date.then(|| format!("{year:04}-{month:02}-{day:02}"))
    })
}

fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let month = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(&word))?;
    Some(month as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &[&str])]) {
        let lines: Vec<&str> = text.lines().collect();
        let found = fields(&lines).0;
        let found: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|field| {
                (
                    field.key.as_str(),
                    field.values.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        let expected: Vec<(&str, Vec<&str>)> = expected
            .iter()
            .map(|(key, values)| (*key, values.to_vec()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn front_matter_has_scalars_and_lists() {
        check(
            "---\nstatus: \"accepted\" # so\ndecision-makers: [A, 'B']\nconsulted:\n  - C\n  - D\ndate: {YYYY}\n---\n# X\n",
            &[
                ("status", &["accepted"]),
                ("decision makers", &["A", "B"]),
                ("consulted", &["C", "D"]),
                ("date", &[]),
            ],
        );
        check("---\nnever: ends\n", &[("never", &["ends"])]);
    }

    #[test]
    fn lines_and_tables_have_fields() {
        check(
            "```yaml\ntitle: no\n```\n\n    state: no\nstate: yes\n",
            &[("state", &["yes"])],
        );
        check(
            "# T\n* Status: accepted\n- **Deciders**: A, B\n| Date | 2020-01-02 |\nhttp://x.y\nThis is a sentence: of many words: no\n",
            &[
                ("status", &["accepted"]),
                ("deciders", &["A", "B"]),
                ("date", &["2020-01-02"]),
                ("this is a sentence", &["of many words: no"]),
            ],
        );
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        assert_eq!(date_in("1.2.0 (2024-05-01)"), Some("2024-05-01".to_owned()));
        assert_eq!(
            date_in("Released December 5th, 2024"),
            Some("2024-12-05".to_owned())
        );
        assert_eq!(date_in("5 Dec 2024"), Some("2024-12-05".to_owned()));
        assert_eq!(date_in("2016/7/3"), Some("2016-07-03".to_owned()));
        assert_eq!(date_in("2024-13-01, 1.2.2024"), None);
    }
}

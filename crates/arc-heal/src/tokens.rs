//! The tokens of one line. A line is read alone, because a fault in it may swallow what follows; a text that the line does
//! not close is a lone quote and words.

use std::ops::Range;

use crate::profile::Profile;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A comment.
    Comment,
    /// A text with both of its quotes.
    Text,
    /// A quote without its partner.
    Quote,
    /// A number.
    Number,
    /// A name or keyword.
    Word,
    /// Everything else that is not blank.
    Operator,
}

/// A token and its bytes in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: Range<usize>,
}

const OPERATORS: &[&str] = &[
    ">>>=", "**=", "//=", "<<=", ">>=", "===", "!==", "...", "..=", "&&=", "||=", "??=", ">>>",
    "->", "=>", "::", ":=", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=",
    "%=", "|=", "&=", "^=", "<-", ";;", "..", "<<", ">>", "**", "//", "??", "?.",
];

/// The tokens of a line.
pub(crate) fn tokens(line: &str, profile: &Profile) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = line[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let (kind, length) = next(line, at, letter, profile);
        found.push(Token {
            kind,
            range: at..at + length,
        });
        at += length;
    }
    found
}

/// The tokens of a line in which no quote has a partner.
pub(crate) fn loose_tokens(line: &str, profile: &Profile) -> Vec<Token> {
    let mut found = Vec::new();
    let mut start = 0;
    let quotes = line
        .char_indices()
        .filter(|(at, letter)| profile.quotes.contains(*letter) && !is_escaped(line, *at, profile));
    for (at, quote) in quotes.chain([(line.len(), ' ')]) {
        let mut from = start;
        while from < at {
            let own = tokens(&line[from..at], profile);
            let begin = from;
            from = at;
            for token in own {
                let range = begin + token.range.start..begin + token.range.end;
                let before = line[..range.start].chars().next_back();
                let is_glued = before.is_some_and(|letter| !letter.is_whitespace());
                if token.kind == TokenKind::Comment && is_glued && !found.is_empty() {
                    // What begins where a word ends may stand in the text that has lost a quote.
                    from = range.start + 1;
                    found.push(Token {
                        kind: TokenKind::Operator,
                        range: range.start..from,
                    });
                    break;
                }
                found.push(Token {
                    kind: token.kind,
                    range,
                });
            }
        }
        let end = (at + quote.len_utf8()).min(line.len());
        if at < line.len() {
            found.push(Token {
                kind: TokenKind::Quote,
                range: at..end,
            });
        }
        start = end;
    }
    found
}

/// Whether a quote is one of the letters of a text: an odd number of `\\` stands before it. In a shell's `'…'` that says nothing.
fn is_escaped(line: &str, at: usize, profile: &Profile) -> bool {
    let before = &line[..at];
    let marks = before.len() - before.trim_end_matches('\\').len();
    let counts = !profile.is_shell() || line[at..].starts_with('"');
    counts && marks % 2 == 1
}

/// The tokens of a line, and those of the code that stands in its texts.
pub(crate) fn all_tokens(line: &str, profile: &Profile) -> Vec<Token> {
    let mut found = Vec::new();
    for token in tokens(line, profile) {
        if token.kind == TokenKind::Text {
            for code in code_in(line, &token, profile) {
                let inner = tokens(&line[code.clone()], profile);
                found.extend(inner.into_iter().map(|inner| Token {
                    kind: inner.kind,
                    range: code.start + inner.range.start..code.start + inner.range.end,
                }));
            }
        }
        found.push(token);
    }
    found
}

/// Where code stands in a text. One that quotes of its own cut off goes on to the end of what is left.
fn code_in(line: &str, text: &Token, profile: &Profile) -> Vec<Range<usize>> {
    let mark = profile.code_in_text;
    let inner = &line[text.range.clone()];
    // Of these languages only some texts hold code.
    let holds = match (mark, profile.by_indentation) {
        ("", _) => false,
        ("{", true) => is_formatted(&line[..text.range.start]),
        (_, _) if profile.quotes.contains('`') => inner.starts_with('`'),
        (_, _) => true,
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = inner[at..].find(mark).filter(|_| holds) {
        let start = at + next + mark.len();
        let mut depth = 1;
        let end = inner[start..].char_indices().find(|(_, letter)| {
            depth += match letter {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        let end = end.map_or(inner.len(), |(end, _)| start + end);
        found.push(text.range.start + start..text.range.start + end);
        at = end;
    }
    found
}

/// Whether a text of Python behind this is a formatted one.
fn is_formatted(before: &str) -> bool {
    let start = before.trim_end_matches(char::is_alphanumeric).len();
    let prefix = &before[start..];
    prefix.len() <= 2 && prefix.contains(['f', 'F'])
}

fn next(line: &str, at: usize, letter: char, profile: &Profile) -> (TokenKind, usize) {
    let rest = &line[at..];
    let begins_comment = |mark: &&&str| {
        // A shell's comment begins a word.
        rest.starts_with(**mark)
            && (**mark != "#"
                || at == 0
                || ends_blank(&line[..at])
                || !profile.quotes.contains('`'))
    };
    if profile
        .line_comments
        .iter()
        .any(|mark| begins_comment(&mark))
    {
        return (TokenKind::Comment, rest.len());
    }
    if let Some(length) = character_length(rest).filter(|_| profile.has_lifetimes) {
        return (TokenKind::Text, length);
    }
    if profile.quotes.contains(letter) {
        return match text_length(rest, letter) {
            Some(length) => (TokenKind::Text, length),
            None => (TokenKind::Quote, letter.len_utf8()),
        };
    }
    let run = |accepts: fn(char) -> bool| rest.find(|c| !accepts(c)).unwrap_or(rest.len());
    if letter.is_ascii_digit() {
        return (
            TokenKind::Number,
            run(|c| c.is_alphanumeric() || c == '_' || c == '.'),
        );
    }
    if letter.is_alphabetic() || letter == '_' {
        return (TokenKind::Word, run(|c| c.is_alphanumeric() || c == '_'));
    }
    // Outside of texts, where a quote was lost, this is what was inside of one.
    let is_escape = letter == '\\'
        && match rest.chars().nth(1) {
            Some('"') => profile.quotes.contains('"'),
            Some('\\' | '\'' | '`') => !profile.is_shell(),
            Some(_) | None => false,
        };
    if is_escape {
        return (TokenKind::Operator, 2);
    }
    let length = OPERATORS
        .iter()
        .find(|operator| rest.starts_with(**operator))
        .map_or(letter.len_utf8(), |operator| operator.len());
    (TokenKind::Operator, length)
}

fn ends_blank(text: &str) -> bool {
    text.ends_with(char::is_whitespace)
}

/// How long the character of Rust is that the text begins with, with both of its quotes.
fn character_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let length = one_character(inner)?;
    inner[length..].starts_with('\'').then_some(length + 2)
}

/// How long the first character is as Rust writes it between quotes: `a`, `\n`, `\u{1F600}`.
pub(crate) fn one_character(text: &str) -> Option<usize> {
    let mut letters = text.chars();
    let first = letters.next().filter(|letter| *letter != '\'')?;
    if first != '\\' {
        return Some(first.len_utf8());
    }
    let escape = letters.next()?;
    match escape {
        'u' => text.find('}').map(|end| end + 1),
        'x' => text.get(..4).map(str::len),
        _ => Some(1 + escape.len_utf8()),
    }
}

/// How long the text is that begins with this quote, if the line closes it.
fn text_length(rest: &str, quote: char) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return Some(at + letter.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    fn read(line: &str) -> Vec<&str> {
        tokens(line, profile(Environment::Python))
            .into_iter()
            .map(|token| &line[token.range])
            .collect()
    }

    #[test]
    fn a_line_falls_into_its_tokens() {
        assert_eq!(
            read("if a.b==\"x y\" # why"),
            ["if", "a", ".", "b", "==", "\"x y\"", "# why"]
        );
    }

    #[test]
    fn what_a_text_escapes_ends_none() {
        let line = r#"f('a[\'"$\\ + b, "\"" + 'c');"#;
        let script = profile(Environment::JavaScript);
        let found = loose_tokens(line, script).into_iter();
        let quotes: Vec<&str> = found
            .filter(|token| token.kind == TokenKind::Quote)
            .map(|token| &line[token.range])
            .collect();
        assert_eq!(quotes, ["'", "\"", "\"", "\"", "'", "'"]);
    }

    #[test]
    fn characters_of_rust_are_texts_and_lifetimes_are_none() {
        let words = |line: &'static str| -> Vec<&str> {
            let found = tokens(line, profile(Environment::Rust)).into_iter();
            found.map(|token| &line[token.range]).collect()
        };
        assert_eq!(
            words("f('{', '\\'', b'\"', '\\u{41}')"),
            [
                "f",
                "(",
                "'{'",
                ",",
                "'\\''",
                ",",
                "b",
                "'\"'",
                ",",
                "'\\u{41}'",
                ")"
            ]
        );
        assert_eq!(
            words("&'a T<'b, 'static>"),
            ["&", "'", "a", "T", "<", "'", "b", ",", "'", "static", ">"]
        );
    }

    #[test]
    fn code_in_texts_is_read_where_it_is_asked_for() {
        let words = |environment: Environment, line: &str| -> Vec<String> {
            let found = all_tokens(line, profile(environment)).into_iter();
            found
                .filter(|token| token.kind == TokenKind::Word)
                .map(|token| line[token.range].to_owned())
                .collect()
        };
        let hcl = Environment::Terraform;
        assert_eq!(
            words(hcl, "a = \"x ${upper(one)} ${two}\""),
            ["a", "upper", "one", "two"]
        );
        assert_eq!(
            words(hcl, "a = \"${cut(one, \"-\")}\""),
            ["a", "cut", "one"]
        );
        assert_eq!(
            words(Environment::Python, "f\"{one} x\" \"{two}\""),
            ["f", "one"]
        );
        assert_eq!(
            words(Environment::JavaScript, "`${one}` + '${two}'"),
            ["one"]
        );
        assert_eq!(words(Environment::Go, "\"${one}\""), [""; 0]);
    }

    #[test]
    fn a_text_that_has_lost_a_quote_may_go_on_behind_the_mark_of_a_comment() {
        let words = |line: &str| -> Vec<String> {
            let found = loose_tokens(line, profile(Environment::Python));
            found
                .into_iter()
                .map(|token| line[token.range].to_owned())
                .collect()
        };
        assert_eq!(words("'|#a;"), ["'", "|", "#", "a", ";"]);
        assert_eq!(words("x = 'a  # why"), ["x", "=", "'", "a", "# why"]);
    }

    #[test]
    fn a_quote_without_partner_hides_nothing() {
        assert_eq!(read("f(a b')"), ["f", "(", "a", "b", "'", ")"]);
    }
}

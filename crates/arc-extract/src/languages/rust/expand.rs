//! Macros of the file that write items: the first rule that fits is filled in, and what comes out is read like any other
//! code. Every name stands on the line that it has in the call. What is not understood is not expanded.

use std::collections::BTreeMap;
use std::rc::Rc;

/// Bytes of rules, arguments and results that one file may take.
pub(super) const MAX_WORK: usize = 1 << 20;

/// Token trees nested deeper than this are not read.
const MAX_DEPTH: u32 = 40;

/// Words that begin an item.
const ITEMS: &[&str] = &[
    "const", "enum", "fn", "impl", "mod", "static", "struct", "trait", "type", "union",
];

/// The rules of a macro as written: what they take and what they give, without the outer brackets.
pub(super) type Rules = Rc<[(String, String)]>;

/// A token, or a tree of them in brackets.
#[derive(Clone, Debug)]
struct Token<'s> {
    /// What it is; the opening bracket of a tree.
    text: &'s str,
    /// Lines before it.
    row: u32,
    /// Nothing stands between it and the next one.
    is_glued: bool,
    /// What is in the brackets.
    inner: Option<Vec<Token<'s>>>,
}

impl Token<'_> {
    fn is(&self, text: &str) -> bool {
        self.inner.is_none() && self.text == text
    }

    fn is_tree(&self, open: &str) -> bool {
        self.inner.is_some() && self.text == open
    }

    fn is_word(&self) -> bool {
        let is_first = |c: char| c.is_alphabetic() || c == '_';
        self.inner.is_none() && self.text.starts_with(is_first) && !self.text.contains(['"', '\''])
    }

    fn is_literal(&self) -> bool {
        let is_text = self.text.ends_with(['"', '\'']) && self.text.len() > 1;
        let is_number = self.text.starts_with(|c: char| c.is_ascii_digit());
        self.inner.is_none() && (is_text || is_number || matches!(self.text, "true" | "false"))
    }
}

/// A part of what a rule takes.
#[derive(Debug)]
enum Part<'s> {
    Token(Token<'s>),
    Tree(&'s str, Vec<Part<'s>>),
    Variable(&'s str, &'s str),
    Repeat(Vec<Part<'s>>, Option<&'s str>, &'s str),
}

/// What a variable stands for.
#[derive(Clone, Debug)]
enum Bound<'s> {
    Tokens(Vec<Token<'s>>),
    Each(Vec<Bound<'s>>),
}

type Bounds<'s> = BTreeMap<&'s str, Bound<'s>>;

/// What variables stand for in one turn of a repetition.
type Turn<'b, 's> = BTreeMap<&'s str, &'b Bound<'s>>;

/// What a call of a macro gives, with its lines counted from the start of `arguments`; `None` where that are no items and no
/// call of a macro that `writes` some, or nothing that is understood.
pub(super) fn expanded(
    rules: &[(String, String)],
    arguments: &str,
    writes: &mut dyn FnMut(&str) -> bool,
) -> Option<String> {
    let arguments = Reader::new(arguments).tokens(0)?;
    for (takes, gives) in rules {
        let takes = Reader::new(takes).tokens(0)?;
        let parts = parts(&takes)?;
        let mut bounds = Bounds::new();
        if matched(&parts, &arguments, &mut bounds) != Some(arguments.len()) {
            continue;
        }
        let gives = Reader::new(gives).tokens(0)?;
        if !has_items(&gives) && !called(&gives).is_some_and(&mut *writes) {
            return None;
        }
        let mut writer = Writer::default();
        let turn: Turn<'_, '_> = bounds.iter().map(|(name, bound)| (*name, bound)).collect();
        writer.go_to(&gives, &turn);
        writer.write(&gives, &turn)?;
        return Some(writer.text);
    }
    None
}

/// Whether a text is items as it stands.
pub(super) fn are_items(text: &str) -> bool {
    let tokens = Reader::new(text).tokens(0);
    tokens.is_some_and(|tokens| {
        let mut words = tokens.iter().filter(|token| token.is_word());
        words.any(|word| ITEMS.contains(&word.text))
    })
}

/// Whether what a rule gives begins items somewhere, in repeated parts too.
fn has_items(tokens: &[Token<'_>]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        let is_repeated = at > 0 && tokens[at - 1].is("$");
        let inner = token.inner.as_deref().filter(|_| is_repeated);
        token.inner.is_none() && ITEMS.contains(&token.text) || inner.is_some_and(has_items)
    })
}

/// The macro that is all a rule gives: `test!($name, $pattern, Options::default());`.
fn called<'s>(tokens: &[Token<'s>]) -> Option<&'s str> {
    let (name, mark, arguments) = match tokens {
        [name, mark, arguments] => (name, mark, arguments),
        [name, mark, arguments, end] if end.is(";") => (name, mark, arguments),
        _ => return None,
    };
    (name.is_word() && mark.is("!") && arguments.inner.is_some()).then_some(name.text)
}

/// What a rule gives, as far as it matters to who calls it.
pub(super) enum Gives<'s> {
    Items,
    /// What this macro gives.
    Call(&'s str),
    Other,
}

/// Looks at what a rule gives without filling it in.
pub(super) fn given(gives: &str) -> Gives<'_> {
    let Some(tokens) = Reader::new(gives).tokens(0) else {
        return Gives::Other;
    };
    if has_items(&tokens) {
        return Gives::Items;
    }
    called(&tokens).map_or(Gives::Other, Gives::Call)
}

// ---- reading ----

struct Reader<'s> {
    text: &'s str,
    at: usize,
    row: u32,
}

impl<'s> Reader<'s> {
    fn new(text: &'s str) -> Reader<'s> {
        Reader {
            text,
            at: 0,
            row: 0,
        }
    }

    /// The tokens up to a closing bracket or the end.
    fn tokens(&mut self, depth: u32) -> Option<Vec<Token<'s>>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut tokens: Vec<Token<'s>> = Vec::new();
        loop {
            let before = self.at;
            if let Some(row) = self.blanks() {
                tokens.extend(documented(row));
            }
            let rest = &self.text[self.at..];
            if let Some(last) = tokens.last_mut() {
                last.is_glued = before == self.at;
            }
            let Some(first) = rest.chars().next() else {
                return (depth == 0).then_some(tokens);
            };
            let (start, row) = (self.at, self.row);
            if matches!(first, ')' | ']' | '}') {
                return (depth > 0).then_some(tokens);
            }
            if matches!(first, '(' | '[' | '{') {
                self.at += 1;
                let inner = self.tokens(depth + 1)?;
                // The bracket that ends it.
                self.at += 1;
                tokens.push(Token {
                    text: &self.text[start..=start],
                    row,
                    is_glued: false,
                    inner: Some(inner),
                });
                continue;
            }
            let length = token_length(rest)?;
            let text = &rest[..length];
            self.at += length;
            self.row += super::macros::rows_in(text);
            tokens.push(Token {
                text,
                row,
                is_glued: false,
                inner: None,
            });
        }
    }

    /// Passes over blanks and comments; the row of the last one that documents what follows.
    fn blanks(&mut self) -> Option<u32> {
        let mut documented = None;
        loop {
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("//") {
                if rest.starts_with("///") && !rest.starts_with("////") {
                    documented = Some(self.row);
                }
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.len() - rest.trim_start().len()
            };
            if length == 0 {
                return documented;
            }
            self.row += super::macros::rows_in(&rest[..length]);
            self.at += length;
        }
    }
}

/// Documentation is an attribute to a macro.
fn documented(row: u32) -> [Token<'static>; 2] {
    let token = |text, inner| Token {
        text,
        row,
        is_glued: true,
        inner,
    };
    let words = ["doc", "=", "\"\""].map(|text| token(text, None));
    [token("#", None), token("[", Some(words.into()))]
}

/// The length of the token that a text starts with; `None` for a text or character without an end.
fn token_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let word = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    if first == '"' {
        return quoted(text, 0);
    }
    if first == '\'' {
        let inner = text[1..].chars().next()?;
        let after = 1 + inner.len_utf8();
        if inner != '\\' && text[after..].starts_with('\'') {
            return Some(after + 1);
        }
        if inner == '\\' {
            let from = after + text[after..].chars().next()?.len_utf8();
            return text[from..].find('\'').map(|end| from + end + 1);
        }
        let name = text[1..].find(|c: char| !is_part(c));
        return Some(name.map_or(text.len(), |end| end + 1));
    }
    if word == 0 {
        return Some(first.len_utf8());
    }
    let after = &text[word..];
    // `r"…"`, `br#"…"#`, `b'x'`, `r#name`
    if matches!(&text[..word], "r" | "b" | "br" | "c" | "cr") {
        let marks = after.len() - after.trim_start_matches('#').len();
        if after[marks..].starts_with('"') {
            let is_raw = text[..word].ends_with('r');
            let length = if is_raw {
                let end = format!("\"{}", "#".repeat(marks));
                let from = marks + 1;
                after[from..].find(&end).map(|at| from + at + end.len())
            } else {
                quoted(after, 0)
            };
            return length.map(|length| word + length);
        }
        if after.starts_with('\'') && &text[..word] == "b" {
            return token_length(after).map(|length| word + length);
        }
        if marks == 1 && &text[..word] == "r" {
            let name = after[1..].find(|c: char| !is_part(c));
            return Some(word + 1 + name.unwrap_or(after.len() - 1));
        }
    }
    // `1.5`, but not `1..5` nor `1.max(2)`
    let is_number = first.is_ascii_digit();
    let fraction = after.strip_prefix('.').filter(|_| is_number);
    if let Some(fraction) = fraction
        && fraction.starts_with(|c: char| c.is_ascii_digit())
    {
        let end = fraction.find(|c: char| !is_part(c));
        return Some(word + 1 + end.unwrap_or(fraction.len()));
    }
    Some(word)
}

/// The length of a text in quotes that begins at `from`.
fn quoted(text: &str, from: usize) -> Option<usize> {
    let mut is_escaped = false;
    let mut places = text[from + 1..].char_indices();
    places.find_map(|(at, c)| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(from + 1 + at + 1)
    })
}

// ---- matching ----

/// What a rule takes.
fn parts<'s>(tokens: &[Token<'s>]) -> Option<Vec<Part<'s>>> {
    let mut parts = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if !first.is("$") {
            parts.push(match &first.inner {
                Some(inner) => Part::Tree(first.text, self::parts(inner)?),
                None => Part::Token(first.clone()),
            });
            continue;
        }
        let (next, after) = rest.split_first()?;
        if let Some(inner) = next.inner.as_ref().filter(|_| next.is_tree("(")) {
            let (mark, after) = after.split_first()?;
            let is_end = |token: &Token<'_>| matches!(token.text, "*" | "+" | "?");
            let (separator, operator, after) = if is_end(mark) {
                (None, mark.text, after)
            } else {
                let (operator, after) = after.split_first().filter(|(end, _)| is_end(end))?;
                (Some(mark.text), operator.text, after)
            };
            parts.push(Part::Repeat(self::parts(inner)?, separator, operator));
            rest = after;
        } else {
            let (colon, after) = after.split_first()?;
            let (kind, after) = after.split_first()?;
            if !next.is_word() || !colon.is(":") || !kind.is_word() {
                return None;
            }
            parts.push(Part::Variable(next.text, kind.text));
            rest = after;
        }
    }
    Some(parts)
}

/// How many of the tokens the parts take; `None` if they do not fit.
fn matched<'s>(parts: &[Part<'s>], tokens: &[Token<'s>], bounds: &mut Bounds<'s>) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        let rest = &tokens[at..];
        match part {
            Part::Token(wanted) => {
                rest.first().filter(|token| token.is(wanted.text))?;
                at += 1;
            }
            Part::Tree(open, inner) => {
                let tree = rest.first().filter(|token| token.is_tree(open))?;
                let held = tree.inner.as_deref().unwrap_or_default();
                if matched(inner, held, bounds)? != held.len() {
                    return None;
                }
                at += 1;
            }
            Part::Variable(name, kind) => {
                let length = fragment(kind, rest)?;
                bounds.insert(name, Bound::Tokens(rest[..length].to_vec()));
                at += length;
            }
            Part::Repeat(inner, separator, operator) => {
                at += repeated(inner, *separator, operator, rest, bounds)?;
            }
        }
    }
    Some(at)
}

fn repeated<'s>(
    inner: &[Part<'s>],
    separator: Option<&str>,
    operator: &str,
    tokens: &[Token<'s>],
    bounds: &mut Bounds<'s>,
) -> Option<usize> {
    let (mut at, mut count) = (0, 0);
    let mut names = Vec::new();
    variables(inner, &mut names);
    for name in &names {
        bounds.insert(name, Bound::Each(Vec::new()));
    }
    loop {
        let mut from = at;
        if count > 0
            && let Some(separator) = separator
        {
            match tokens.get(from) {
                Some(token) if token.is(separator) => from += 1,
                _ => break,
            }
        }
        let mut own = Bounds::new();
        let Some(length) = matched(inner, &tokens[from..], &mut own) else {
            break;
        };
        if length == 0 {
            break;
        }
        for name in &names {
            if let (Some(Bound::Each(all)), Some(one)) = (bounds.get_mut(name), own.remove(name)) {
                all.push(one);
            }
        }
        at = from + length;
        count += 1;
        if operator == "?" {
            break;
        }
    }
    (operator != "+" || count > 0).then_some(at)
}

fn variables<'s>(parts: &[Part<'s>], names: &mut Vec<&'s str>) {
    for part in parts {
        match part {
            Part::Variable(name, _) => names.push(name),
            Part::Tree(_, inner) | Part::Repeat(inner, ..) => variables(inner, names),
            Part::Token(_) => {}
        }
    }
}

/// How many tokens a variable of a kind takes.
fn fragment(kind: &str, tokens: &[Token<'_>]) -> Option<usize> {
    let first = tokens.first();
    let one = |fits: bool| fits.then_some(1);
    match kind {
        "ident" => one(first?.is_word()),
        "lifetime" => one(first?.text.starts_with('\'')),
        "tt" => one(first.is_some()),
        "block" => one(first?.is_tree("{")),
        "literal" if first?.is("-") => tokens.get(1)?.is_literal().then_some(2),
        "literal" => one(first?.is_literal()),
        "vis" => {
            let is_public = first.is_some_and(|first| first.is("pub"));
            let is_limited = is_public && tokens.get(1).is_some_and(|next| next.is_tree("("));
            Some(usize::from(is_public) + usize::from(is_limited))
        }
        "item" => {
            let is_end = |token: &Token<'_>| token.is(";") || token.is_tree("{");
            tokens.iter().position(is_end).map(|at| at + 1)
        }
        "expr" | "expr_2021" => until(tokens, |tokens, at| {
            let is_mark = tokens[at].is(",") || tokens[at].is(";");
            ends_arm(tokens, at) || is_mark || at > 0 && begins_next(tokens, at)
        }),
        "stmt" | "meta" => until(tokens, |tokens, at| {
            ends_arm(tokens, at) || tokens[at].is(",") || tokens[at].is(";")
        }),
        "pat" | "pat_param" => until(tokens, |tokens, at| {
            let word = tokens[at].text;
            ends_arm(tokens, at) || matches!(word, "," | "if" | "in" | "=")
        }),
        "ty" | "path" => until(tokens, |tokens, at| {
            let token = &tokens[at];
            let is_path = token.is(":")
                && (token.is_glued || at > 0 && tokens[at - 1].is(":") && tokens[at - 1].is_glued);
            ends_arm(tokens, at)
                || token.is(":") && !is_path
                || token.is_tree("{")
                || matches!(token.text, "," | ";" | "=" | "|" | "as" | "where")
        }),
        _ => None,
    }
}

/// Whether `=>` stands here.
fn ends_arm(tokens: &[Token<'_>], at: usize) -> bool {
    tokens[at].is("=") && tokens[at].is_glued && tokens.get(at + 1).is_some_and(|next| next.is(">"))
}

/// Words that stand between two values, or before one.
const INSIDE_EXPRESSIONS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "dyn", "else", "for", "if",
    "impl", "in", "let", "loop", "match", "move", "mut", "raw", "ref", "return", "static",
    "unsafe", "while", "yield",
];

/// Whether what stands here cannot go on with the expression before it: a value right behind a value.
fn begins_next(tokens: &[Token<'_>], at: usize) -> bool {
    let is_value = |token: &Token<'_>| {
        token.is_literal() || token.is_word() && !INSIDE_EXPRESSIONS.contains(&token.text)
    };
    let (before, here) = (&tokens[at - 1], &tokens[at]);
    let is_label = at > 1 && tokens[at - 2].is("#");
    is_value(here) && (is_value(before) || before.inner.is_some() && !is_label)
}

/// How many tokens come before the first that ends what they are, outside of angle brackets.
fn until(tokens: &[Token<'_>], ends: impl Fn(&[Token<'_>], usize) -> bool) -> Option<usize> {
    let mut angles = 0_u32;
    let mut length = tokens.len();
    for at in 0..tokens.len() {
        let is_arrow = at > 0 && tokens[at - 1].is("-") && tokens[at - 1].is_glued;
        if angles == 0 && ends(tokens, at) {
            length = at;
            break;
        }
        if tokens[at].is("<") && tokens.get(at + 1).is_some_and(|next| !next.is("=")) {
            angles += 1;
        } else if tokens[at].is(">") && !is_arrow {
            angles = angles.saturating_sub(1);
        }
    }
    (length > 0).then_some(length)
}

// ---- writing ----

#[derive(Default)]
struct Writer {
    text: String,
    row: u32,
    is_glued: bool,
}

impl Writer {
    fn line(&mut self, row: u32) {
        if row > self.row {
            let missing = (row - self.row) as usize;
            self.text.extend(std::iter::repeat_n('\n', missing));
            self.row = row;
        }
    }

    fn put(&mut self, token: &Token<'_>, is_given: bool) -> Option<()> {
        if self.text.len() > MAX_WORK {
            return None;
        }
        if is_given {
            self.line(token.row);
        }
        if !self.is_glued {
            self.text.push(' ');
        }
        // A text of several lines takes none here: what follows has its own line.
        self.text.push_str(&token.text.replace('\n', " "));
        self.is_glued = token.is_glued && !token.is_word();
        if let Some(inner) = &token.inner {
            self.is_glued = false;
            for token in inner {
                self.put(token, is_given)?;
            }
            self.close(token.text);
        }
        Some(())
    }

    fn close(&mut self, open: &str) {
        self.text.push_str(match open {
            "(" => ")",
            "[" => "]",
            _ => "}",
        });
        self.is_glued = false;
    }

    /// Goes to the line of the first variable in what is to be written.
    fn go_to(&mut self, tokens: &[Token<'_>], bounds: &Turn<'_, '_>) {
        let mut names = Vec::new();
        used(tokens, &mut names);
        let first = names.iter().find_map(|name| match bounds.get(name)? {
            Bound::Tokens(tokens) => tokens.first().map(|token| token.row),
            Bound::Each(_) => None,
        });
        if let Some(row) = first {
            self.line(row);
        }
    }

    fn write<'s>(&mut self, tokens: &[Token<'s>], bounds: &Turn<'_, 's>) -> Option<()> {
        let mut rest = tokens;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            if !first.is("$") {
                self.plain(first, bounds)?;
                continue;
            }
            let (next, after) = rest.split_first()?;
            rest = after;
            if next.is_tree("(") {
                let inner = next.inner.as_deref().unwrap_or_default();
                let is_end = |token: &Token<'_>| matches!(token.text, "*" | "+" | "?");
                let (mark, after) = rest.split_first()?;
                rest = after;
                let separator = if is_end(mark) {
                    None
                } else {
                    let (_, after) = rest.split_first().filter(|(end, _)| is_end(end))?;
                    rest = after;
                    Some(mark)
                };
                self.each(inner, separator, bounds)?;
            } else if next.is("crate") {
                self.plain(next, bounds)?;
            } else {
                let Bound::Tokens(given) = bounds.get(next.text)? else {
                    return None;
                };
                for token in given {
                    self.put(token, true)?;
                }
                self.is_glued = false;
            }
        }
        Some(())
    }

    fn plain<'s>(&mut self, token: &Token<'s>, bounds: &Turn<'_, 's>) -> Option<()> {
        let Some(inner) = &token.inner else {
            return self.put(token, false);
        };
        if self.text.len() > MAX_WORK {
            return None;
        }
        self.text.push_str(token.text);
        self.is_glued = false;
        self.write(inner, bounds)?;
        self.close(token.text);
        Some(())
    }

    fn each<'s>(
        &mut self,
        inner: &[Token<'s>],
        separator: Option<&Token<'s>>,
        bounds: &Turn<'_, 's>,
    ) -> Option<()> {
        let mut names = Vec::new();
        used(inner, &mut names);
        let count = names.iter().filter_map(|name| match bounds.get(name) {
            Some(Bound::Each(all)) => Some(all.len()),
            Some(Bound::Tokens(_)) | None => None,
        });
        let count = count.max()?;
        for turn in 0..count {
            let of_turn = |name: &&'s str| {
                let one = match bounds.get(*name)? {
                    Bound::Each(all) => all.get(turn)?,
                    whole @ Bound::Tokens(_) => *whole,
                };
                Some((*name, one))
            };
            let own: Turn<'_, 's> = names.iter().filter_map(of_turn).collect();
            if turn > 0
                && let Some(separator) = separator
            {
                self.put(separator, false)?;
            }
            self.go_to(inner, &own);
            self.write(inner, &own)?;
        }
        Some(())
    }
}

/// The variables that a text with variables has, in order.
fn used<'s>(tokens: &[Token<'s>], names: &mut Vec<&'s str>) {
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && tokens[at - 1].is("$") && token.is_word() {
            names.push(token.text);
        }
        if let Some(inner) = &token.inner {
            used(inner, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(takes: &str, gives: &str, arguments: &str, expected: Option<&str>) {
        let rules = [(takes.to_owned(), gives.to_owned())];
        let writes = &mut |name: &str| name == "writer";
        let text = expanded(&rules, arguments, writes).map(|text| text.replace(' ', ""));
        let expected = expected.map(|text| text.replace(' ', ""));
        assert_eq!(text, expected, "{takes} => {gives} of {arguments}");
    }

    #[test]
    fn rules_are_filled_in_where_they_fit() {
        let none = None;
        check(
            "$n:ident",
            "fn $n() { $n::x(); }",
            "foo",
            Some("fn foo(){ foo::x();}"),
        );
        check(
            "$($n:ident => $t:ty),* $(,)?",
            "$(struct $n($t);)*",
            "A => Vec<u8, X>,\nB => u8,",
            Some("struct A(Vec<u8, X>);\nstruct B(u8);"),
        );
        check(
            "$e:expr",
            "const X: u8 = $e;",
            "f(1, 2) + 3",
            Some("const X: u8 = f(1, 2) + 3;"),
        );
        check("$($t:tt)*", "$($t)*", "a", none);
        check(
            "$($t:tt)*",
            "writer!(ext, $($t)*);",
            "a, b",
            Some("writer!(ext, a, b);"),
        );
        check("$n:ident", "other!($n);", "foo", none);
        check("$n:ident", "writer!($n) + 1", "foo", none);
        check("$n:ident", "$n + 1", "foo", none);
        check("$n:ident", "fn $m() {}", "foo", none);
        check("$n:literal", "fn a() {}", "foo", none);
        check(
            "$v:vis $n:ident",
            "$v fn $n() {}",
            "pub(crate) a",
            Some("pub(crate) fn a(){}"),
        );
        let documented = "/// Text.\n#[test] a";
        let attributes = "$(#[$m:meta])* $n:ident";
        check(
            attributes,
            "$(#[$m])* fn $n() {}",
            documented,
            Some("\n#[doc = \"\"] #[test] fn a(){}"),
        );
        let texts = "fn $n(a: &'static str) { \"a } \\\" b\"; 'c'; '\\''; r#\"}\"#; 1.5; 1..2 }";
        check("$n:ident", texts, "x", Some(&texts.replace("$n", "x")));
        check("(", "fn a() {}", "", none);
    }

    #[test]
    fn an_expression_ends_where_the_next_value_begins() {
        let rows = "$($n:ident: $f:ident for $a:expr => $b:expr)+";
        let text = "a: f for \"x\" => 1 + g(2)\n b: f for y as u8 => if z { 3 } else { 4 }\n c: f for 5 => h()";
        let found = expanded(
            &[(rows.to_owned(), "$(fn $n() { $f($a, $b) })+".to_owned())],
            text,
            &mut |_| false,
        );
        let found: String = found.unwrap_or_default().split_whitespace().collect();
        for part in [
            "fna()",
            "fnb()",
            "fnc()",
            "1+g(2)",
            "ifz{3}else{4}",
            "f(5,h())",
        ] {
            assert!(found.contains(part), "{part}: {found}");
        }
    }

    #[test]
    fn hostile_rules_end() {
        let nested = "$(".repeat(200) + "$x:tt" + &")*".repeat(200);
        check(&nested, "fn a() {}", "a b c", None);
        let doubled = "$($x:tt)*";
        check(
            doubled,
            "fn a() { $($x)* }",
            &"a ".repeat(3),
            Some("fn a(){aaa}"),
        );
        assert!(token_length("\"no end").is_none());
        assert!(Reader::new("'").tokens(0).is_none());
    }
}

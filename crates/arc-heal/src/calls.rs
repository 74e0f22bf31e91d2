//! Calls in a text, with their arguments.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Environment;

/// A call.
pub(crate) struct Call<'a> {
    /// What is called, as it is written (`store.fetch`).
    pub(crate) callee: &'a str,
    /// The last part of it.
    pub(crate) name: &'a str,
    pub(crate) start: usize,
    /// The opening bracket.
    pub(crate) open: usize,
    /// The closing one.
    pub(crate) close: usize,
    /// `None` where they cannot be told apart, or not counted.
    pub(crate) arguments: Option<Vec<Argument<'a>>>,
}

/// An argument of a call.
pub(crate) struct Argument<'a> {
    pub(crate) whole: Range<usize>,
    /// What it is without its name.
    pub(crate) value: Range<usize>,
    pub(crate) keyword: Option<&'a str>,
}

/// The calls of a text, but for what stands in texts and comments.
pub(crate) fn calls(text: &str, environment: Environment) -> Vec<Call<'_>> {
    static CALLED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([\p{L}_$][\w$]*(?:(?:\.|::|\?\.)[\p{L}_$][\w$]*)*)(?:::<[^()]*>)?\(")
            .expect("the expression is tested")
    });
    /// Words before a name that is defined.
    const DEFINES: [&str; 5] = ["def", "class", "func", "fn", "function"];
    let code = code(text, environment);
    let mut found = Vec::new();
    for captures in CALLED.captures_iter(text) {
        let (Some(whole), Some(callee)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let open = whole.end() - 1;
        let before = text[..callee.start()].trim_end();
        let defines = DEFINES.iter().any(|word| before.ends_with(word));
        if !code[open] || defines {
            continue;
        }
        let Some((close, commas)) = inside(text.as_bytes(), &code, open) else {
            continue;
        };
        let name = callee.as_str().rsplit(['.', ':']).next();
        found.push(Call {
            callee: callee.as_str(),
            name: name.unwrap_or(callee.as_str()),
            start: callee.start(),
            open,
            close,
            arguments: arguments(text, environment, open + 1..close, &commas),
        });
    }
    found
}

/// The bracket that closes another one, and the commas between arguments.
fn inside(text: &[u8], code: &[bool], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0usize;
    let mut commas = Vec::new();
    for at in (open..text.len()).filter(|at| code[*at]) {
        match text[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return (text[at] == b')').then_some((at, commas));
                }
            }
            b',' if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

fn arguments<'a>(
    text: &'a str,
    environment: Environment,
    inner: Range<usize>,
    commas: &[usize],
) -> Option<Vec<Argument<'a>>> {
    static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^([\p{L}_]\w*)\s*=\s*[^=\s]").expect("the expression is tested")
    });
    /// What holds commas of its own, or more than one argument, or may hold a comment.
    const UNTOLD: [&str; 8] = ["lambda ", "|", "::<", "...", "#", "//", "/*", "yield "];
    let mut found = Vec::new();
    let starts = std::iter::once(inner.start).chain(commas.iter().map(|comma| comma + 1));
    let ends = commas.iter().copied().chain(std::iter::once(inner.end));
    for (start, end) in starts.zip(ends) {
        let raw = &text[start..end];
        let told = raw.trim();
        if told.is_empty() {
            // A comma may stand behind the last one.
            if end == inner.end {
                continue;
            }
            return None;
        }
        let is_spread = environment == Environment::Python && told.starts_with('*');
        if is_spread || UNTOLD.iter().any(|word| told.contains(word)) {
            return None;
        }
        let start = start + (raw.len() - raw.trim_start().len());
        let whole = start..start + told.len();
        let keyword = (environment == Environment::Python)
            .then(|| KEYWORD.captures(told))
            .flatten();
        let (keyword, value) = match keyword {
            Some(found) => {
                let name = found.get(1)?.as_str();
                let value = told.split_once('=')?.1.trim_start();
                (Some(name), whole.end - value.len()..whole.end)
            }
            None => (None, whole.clone()),
        };
        found.push(Argument {
            whole,
            value,
            keyword,
        });
    }
    Some(found)
}

/// Which bytes are code: not within a text or a comment.
fn code(text: &str, environment: Environment) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut code = vec![true; bytes.len()];
    let starts = |at: usize, word: &str| bytes[at..].starts_with(word.as_bytes());
    let find = |from: usize, word: &str| {
        let rest = &bytes[from.min(bytes.len())..];
        let found = rest
            .windows(word.len())
            .position(|part| part == word.as_bytes());
        found.map_or(bytes.len(), |found| from + found + word.len())
    };
    let is_python = environment == Environment::Python;
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'#' if is_python => find(at, "\n"),
            b'/' if !is_python && starts(at, "//") => find(at, "\n"),
            b'/' if !is_python && starts(at, "/*") => find(at + 2, "*/"),
            b'"' if is_python && starts(at, "\"\"\"") => find(at + 3, "\"\"\""),
            b'\'' if is_python && starts(at, "'''") => find(at + 3, "'''"),
            b'`' if environment == Environment::Go => find(at + 1, "`"),
            // A lifetime is no letter.
            b'\'' if environment == Environment::Rust && !is_letter(&bytes[at..]) => at + 1,
            quote @ (b'"' | b'\'' | b'`') if quote != b'`' || !is_python => {
                closing(bytes, at, quote)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let end = end.clamp(at + 1, bytes.len());
        code[at..end].fill(false);
        at = end;
    }
    code
}

/// Whether a quote of Rust begins a letter.
fn is_letter(rest: &[u8]) -> bool {
    rest.get(1) == Some(&b'\\') || rest.iter().take(6).skip(2).any(|byte| *byte == b'\'')
}

/// The end of a text that begins with a quote.
fn closing(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return at + 1,
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
    fn calls_are_told_from_texts_and_comments() {
        let text = "# f(1)\nx = 'f(2)'; f(\n  a, g(b, c), d=[1, 2],\n)\ndef f(a): pass\n";
        let all = calls(text, Environment::Python);
        let names: Vec<&str> = all.iter().map(|call| call.callee).collect();
        assert_eq!(names, ["f", "g"]);
        let own = all[0].arguments.as_ref().expect("arguments");
        let told: Vec<(Option<&str>, &str)> = own
            .iter()
            .map(|one| (one.keyword, &text[one.value.clone()]))
            .collect();
        assert_eq!(
            told,
            [(None, "a"), (None, "g(b, c)"), (Some("d"), "[1, 2]")]
        );
    }

    #[test]
    fn what_cannot_be_counted_is_not() {
        for (environment, text) in [
            (Environment::Python, "f(*a)"),
            (Environment::Python, "f(lambda a, b: a)"),
            (Environment::Rust, "f(|a, b| a)"),
            (Environment::Go, "f(a...)"),
        ] {
            let all = calls(text, environment);
            assert!(all[0].arguments.is_none(), "{text}");
        }
        assert!(calls("f('(", Environment::Python).is_empty());
        let lifetimes = "fn g<'a>(x: &'a str) { f::<'a>(x, '(') }";
        let all = calls(lifetimes, Environment::Rust);
        assert_eq!(all.len(), 1);
        assert!(all[0].arguments.as_ref().is_some_and(|all| all.len() == 2));
    }
}

//! Takes obvious secrets out of texts that people wrote, before anything keeps or repeats them.
//!
//! What is taken out has a form that nothing else has, or stands behind a word like `password =` and looks random. Examples
//! and placeholders stay, as do secrets without any such sign: this is a net, not a wall.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What is known by its form alone. The first group, or everything, is taken out.
const FORMS: &[(&str, &str)] = &[
    (
        "private key",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    (
        "github token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{60,255})\b",
    ),
    (
        "gitlab token",
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|agent|oas|soat)-[A-Za-z0-9_-]{20,}",
    ),
    ("aws key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "slack address",
        r"https://hooks\.slack\.com/services/(T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]+)",
    ),
    ("google key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    ("google token", r"\bya29\.[A-Za-z0-9_-]{20,}"),
    (
        "model key",
        r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{32,}",
    ),
    ("stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("pypi token", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    ("crates token", r"\bcio[A-Za-z0-9]{32}\b"),
    ("docker token", r"\bdckr_pat_[A-Za-z0-9_-]{27,}"),
    ("hugging face token", r"\bhf_[A-Za-z0-9]{34,}\b"),
    (
        "sendgrid key",
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    ),
    (
        "json web token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    (
        "password",
        r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@<>'`\x22]+:([^\s/@<>'`\x22$\{]{3,})@[A-Za-z0-9\[]",
    ),
    (
        "authorization",
        r"(?i)\bauthorization:\s*(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{16,})",
    ),
];

/// A name that says «secret» and its value; taken out when the value looks random.
const ASSIGNED: &str = r#"(?i)\b[a-z0-9_.-]*(?:passw(?:or)?d|secret|api[_-]?key|access[_-]?key|auth[_-]?key|token|credential)[a-z0-9_-]*["']?\s*(?::=|=>|=|:)\s*["']?([A-Za-z0-9+/_.~-]{16,}={0,2})"#;

/// Letters of a value that differ, at least, for it to look random.
const RANDOM_LETTERS: usize = 10;

static KNOWN: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let compiled = |text| Regex::new(text).expect("a test compiles every form");
    FORMS
        .iter()
        .map(|(name, form)| (*name, compiled(form)))
        .collect()
});
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(ASSIGNED).expect("a test compiles the form"));

/// The text without its secrets, each replaced by what it was, as in `[redacted: github token]`; and how many there were.
#[must_use]
pub fn redact(text: &str) -> (Cow<'_, str>, usize) {
    let mut count = 0;
    let mut text = Cow::Borrowed(text);
    for (name, form) in KNOWN.iter() {
        text = replaced(text, form, name, &|_| true, &mut count);
    }
    text = replaced(text, &NAMED, "secret", &looks_random, &mut count);
    (text, count)
}

fn replaced<'a>(
    text: Cow<'a, str>,
    form: &Regex,
    name: &str,
    is_secret: &dyn Fn(&str) -> bool,
    count: &mut usize,
) -> Cow<'a, str> {
    let replace = |found: &Captures<'_>| {
        let whole = &found[0];
        // The form has at most one group; what is around it stays.
        let Some(secret) = found.get(1).or_else(|| found.get(0)) else {
            return whole.to_owned();
        };
        if !is_secret(secret.as_str()) {
            return whole.to_owned();
        }
        *count += 1;
        let start = found.get(0).map_or(0, |all| all.start());
        let before = &whole[..secret.start() - start];
        let after = &whole[secret.end() - start..];
        format!("{before}[redacted: {name}]{after}")
    };
    match form.replace_all(&text, replace) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    }
}

/// Letters and digits in no order that people write: no word, no path, no placeholder.
fn looks_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let mut letters: Vec<u8> = value.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    has(u8::is_ascii_alphabetic)
        && digits >= 3
        && letters.len() >= RANDOM_LETTERS
        && !is_counted(value)
}

/// `0123456789abcdef…`: what people write for an example.
fn is_counted(value: &str) -> bool {
    let steps = value
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[1] == pair[0].wrapping_add(1) || pair[1] == pair[0])
        .count();
    steps * 2 > value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A secret is put together here, so that no scanner takes this file for a leak.
    fn made(prefix: &str, length: usize) -> String {
        let letters = "Zk3vQ9xW1bT7mL5cR8dH2nJ6pS4gF0yA";
        prefix
            .chars()
            .chain(letters.chars().cycle().take(length))
            .collect()
    }

    #[test]
    fn secrets_are_known_by_their_form() {
        for (secret, name) in [
            (made("ghp_", 36), "github token"),
            (made("github_pat_", 70), "github token"),
            (made("glpat-", 20), "gitlab token"),
            (format!("AKIA{}", "ABCDEFGH23456723"), "aws key"),
            (made("xoxb-", 24), "slack token"),
            (made("AIza", 35), "google key"),
            (made("sk-ant-", 40), "model key"),
            (made("sk_live_", 24), "stripe key"),
            (made("npm_", 36), "npm token"),
            (made("hf_", 34), "hugging face token"),
            (
                format!("{}.{}.{}", made("eyJ", 20), made("eyJ", 20), made("", 20)),
                "json web token",
            ),
        ] {
            let text = format!("I used `{secret}`, and it failed");
            let (clean, count) = redact(&text);
            assert_eq!(clean, format!("I used `[redacted: {name}]`, and it failed"));
            assert_eq!(count, 1);
        }
    }

    #[test]
    fn keys_end_with_their_block_or_with_the_text() {
        let block = |end: &str| format!("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n{end}");
        let whole = block("-----END RSA PRIVATE KEY-----\nb");
        assert_eq!(redact(&whole).0, "a\n[redacted: private key]\nb");
        assert_eq!(redact(&block("cut")).0, "a\n[redacted: private key]");
    }

    #[test]
    fn what_is_around_a_secret_stays() {
        let secret = made("", 24);
        for (text, clean) in [
            (
                format!("API_KEY = \"{secret}\"  # mine"),
                "API_KEY = \"[redacted: secret]\"  # mine".to_owned(),
            ),
            (
                format!("aws_secret_access_key={secret}=="),
                "aws_secret_access_key=[redacted: secret]".to_owned(),
            ),
            (
                format!("postgres://me:{secret}@db.local/x"),
                "postgres://me:[redacted: password]@db.local/x".to_owned(),
            ),
            (
                format!("Authorization: Bearer {secret}\n"),
                "Authorization: Bearer [redacted: authorization]\n".to_owned(),
            ),
        ] {
            assert_eq!(redact(&text).0, clean);
        }
    }

    #[test]
    fn prose_code_and_examples_stay() {
        for text in [
            "The token is refreshed because the password may change.",
            "password = read_password_from_settings(config)",
            "token: xxxxxxxxxxxxxxxxxxxxxxxx",
            "api_key = 0123456789abcdefghij",
            "secret = ${VAULT_SECRET_PATH_1}",
            "see commit 0123abcd4567ef890123abcd4567ef8901234567",
            "https://example.org/a:b@c and git@github.com:a/b.git",
            "https://user:$PASSWORD@example.org/",
            "sk-learn is not scikit-learn",
            "risk-averse-people-write-long-hyphenated-words",
            "",
            "ghp_short AKIASHORT eyJhbGciOi",
        ] {
            assert_eq!(redact(text), (Cow::Borrowed(text), 0));
        }
    }

    #[test]
    fn large_texts_are_read_once_per_form() {
        let text = "password=".repeat(50_000) + &"-----BEGIN PRIVATE KEY-----".repeat(1_000);
        assert_eq!(redact(&text).1, 1);
    }
}

//! How long lines of a project may be: what its settings say, or what nearly all of its lines keep to.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::read_file::source_text;

/// Files with settings, looked for beside a file and in the folders above it.
const SETTINGS: &[&str] = &[
    ".editorconfig",
    ".eslintrc",
    ".eslintrc.cjs",
    ".eslintrc.js",
    ".eslintrc.json",
    ".flake8",
    ".rustfmt.toml",
    "eslint.config.js",
    "eslint.config.mjs",
    "pyproject.toml",
    "rustfmt.toml",
    "setup.cfg",
    "tox.ini",
];
/// Endings of files that a kind of settings is for; none of those that say it themselves.
const KINDS: &[(&str, &[&str])] = &[
    ("eslint", &["js", "jsx", "ts", "tsx", "mjs", "cjs", "vue"]),
    ("rustfmt", &["rs"]),
    ("flake8", &["py", "pyi"]),
    ("pyproject", &["py", "pyi"]),
    ("setup.cfg", &["py", "pyi"]),
    ("tox.ini", &["py", "pyi"]),
];
/// Lines that show how long lines are, at least.
const MIN_LINES: usize = 200;
/// The part of lines that may be longer.
const LONGER: f64 = 0.01;
/// Letters that nobody calls long.
const SHORT: usize = 79;
/// Letters beyond which a limit is none.
const LONG: usize = 160;
/// What a line may be longer than nearly all others where no settings say how long it may be, in hundredths.
const ROOM: usize = 120;

static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^\s*["']?(?:max[-_]line[-_]length|line[-_]length|max_width|max-len)["']?\s*[=:]\s*(?:\[[^\]\n]*?)?["']?(\d{2,3})\b"#,
    )
    .expect("a test uses the form")
});

/// The longest that a line may be.
pub(crate) struct Limit {
    pub(crate) most: usize,
    /// Who says so.
    pub(crate) why: String,
}

impl Limit {
    /// How long a line is; nothing for one that cannot be broken.
    pub(crate) fn length(&self, line: &str) -> usize {
        let words = line.split_whitespace();
        let longest = words.map(|word| word.chars().count()).max().unwrap_or(0);
        if 2 * longest > self.most || line.contains("://") {
            return 0;
        }
        line.chars().count()
    }
}

/// The limit for a file among these lines. What settings say holds where the lines keep to it.
pub(crate) fn line_limit<'l>(
    root: &Path,
    path: &str,
    lines: impl Iterator<Item = &'l str>,
) -> Option<Limit> {
    let mut lengths: Vec<usize> = lines
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.chars().count())
        .collect();
    lengths.sort_unstable();
    let may_be_longer = (lengths.len() as f64 * LONGER) as usize;
    let kept = lengths.iter().rev().nth(may_be_longer).copied();
    let said = configured(root, path);
    if let Some((most, place)) = said.filter(|(most, _)| kept.is_none_or(|kept| kept <= *most)) {
        let why = format!("by {place}");
        return Some(Limit { most, why });
    }
    let kept = kept.filter(|_| lengths.len() >= MIN_LINES)?;
    let most = kept.max(SHORT) * ROOM / 100;
    (most <= LONG).then(|| Limit {
        most,
        why: format!("where 99 of 100 lines around have up to {kept}"),
    })
}

/// What the nearest settings say of a file, and where.
fn configured(root: &Path, path: &str) -> Option<(usize, String)> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut folder = path;
    loop {
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        for name in SETTINGS {
            let is_for = KINDS
                .iter()
                .find(|(kind, _)| name.contains(kind))
                .is_none_or(|(_, endings)| endings.contains(&ending));
            if !is_for {
                continue;
            }
            let place = if above.is_empty() {
                (*name).to_owned()
            } else {
                format!("{above}/{name}")
            };
            // What is not there says nothing.
            let Ok(text) = source_text(root, &place) else {
                continue;
            };
            let said = if *name == ".editorconfig" {
                of_sections(&text, ending)
            } else {
                said(&text)
            };
            if let Some(most) = said {
                return Some((most, place));
            }
        }
        if above.is_empty() {
            return None;
        }
        folder = above;
    }
}

fn said(text: &str) -> Option<usize> {
    let found = LENGTH.captures(text)?;
    found[1].parse().ok().filter(|most| *most >= 40)
}

/// What the sections of an `.editorconfig` say of files with an ending; the last one that is of them holds.
fn of_sections(text: &str, ending: &str) -> Option<usize> {
    let mut is_of = false;
    let mut found = None;
    for line in text.lines() {
        if let Some(pattern) = line.trim().strip_prefix('[') {
            let pattern = pattern.trim_end_matches(']');
            let mut words = pattern.split(|letter: char| !letter.is_alphanumeric());
            is_of = pattern == "*" || words.any(|word| word == ending);
        } else if is_of {
            found = said(line).or(found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_say_how_long_a_line_may_be() {
        for (text, most) in [
            ("[tool.ruff]\nline-length = 100\n", Some(100)),
            ("[flake8]\nmax-line-length = 88", Some(88)),
            ("max_width = 120", Some(120)),
            ("  \"max-len\": [\"error\", { \"code\": 110 }],", Some(110)),
            ("  'max-len': ['warn', 90],", Some(90)),
            ("# line-length = 100", None),
            ("indent = 4", None),
        ] {
            assert_eq!(said(text), most, "{text}");
        }
        let text = "[*]\nmax_line_length = 90\n[*.md]\nmax_line_length = 70\n[*.{js,ts}]\nmax_line_length = off\n";
        assert_eq!(of_sections(text, "py"), Some(90));
        assert_eq!(of_sections(text, "md"), Some(70));
    }

    #[test]
    fn what_cannot_be_broken_is_no_long_line() {
        let limit = Limit {
            most: 80,
            why: String::new(),
        };
        assert_eq!(limit.length(&"x ".repeat(60)), 120);
        assert_eq!(limit.length(&"x".repeat(120)), 0);
    }
}

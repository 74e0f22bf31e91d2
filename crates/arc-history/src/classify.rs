//! Why a commit was made, from its author and subject. The words were collected on real histories.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::record::{CommitKind, Person};

static BOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\[bot\]|dependabot|renovate|pre-commit-ci|github-actions|greenkeeper|snyk-bot|prombot",
    )
});

static REVERT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:revert|reapply|merge)\b"));

static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(?:v?\d+\.\d+[\w.\-]*\s*$|release\b|chore(?:\(.*\))?: release|prepare\b.*\b(?:release|\d+\.\d+)|prepar(?:e|ing)(?: for)? release|cut\b.*release)",
    )
});

static BUMP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(?:bump\b|version\b|set version|start \d+\.\d+|back to dev|(?:chore|build|fix)\(deps|update dependenc|upgrade dependenc|update deps|deps:)|\bbump (?:version|to v?\d)",
    )
});

static FORMAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:reformat\w*|re-format|formatting|apply format\w*|black|prettier|rustfmt|cargo fmt|gofmt|gofumpt|goimports|clang-format|isort|ruff|flake8|(?:auto)?pep[- ]?8(?:ify\w*|-?ing)?|yapf|eslint|standard ?js|rubocop|lint(?:s|ing)?|clippy|pyupgrade|pre-commit|auto-?fix\w*|white ?space|indentation|code style|typos?|spelling|copyright|licen[sc]e|update years?|file headers?)\b|^style(?:\(|:)",
    )
});

static FIX_SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:fix|fixes|fixed|fixing|bug|bugs|bugfix|hotfix|regression|crash|crashes|segfault|deadlock|memory leak)\b",
    )
});

static FIX_BODY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?\s+(?:[\w./-]*#\d+|https?://\S+/issues/\d+)|(?m:^fixes: [0-9a-f]{7,40}\b)",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?i-u:{text})")).expect("a constant, covered by the tests below")
}

/// The kind of a commit.
pub(crate) fn commit_kind(parents: usize, author: &Person, subject: &str) -> CommitKind {
    if parents > 1 {
        CommitKind::Merge
    } else if BOT.is_match(author.name.as_bytes()) || BOT.is_match(author.email.as_bytes()) {
        CommitKind::Bot
    } else if REVERT.is_match(subject.as_bytes()) {
        CommitKind::Revert
    } else if RELEASE.is_match(subject.as_bytes()) {
        CommitKind::Release
    } else if BUMP.is_match(subject.as_bytes()) {
        CommitKind::Bump
    } else if FORMAT.is_match(subject.as_bytes()) {
        CommitKind::Format
    } else {
        CommitKind::Normal
    }
}

/// Whether a commit says that it repairs something.
pub(crate) fn is_fix(subject: &str, body: &str) -> bool {
    FIX_SUBJECT.is_match(subject.as_bytes()) || FIX_BODY.is_match(body.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person {
            name: name.to_owned(),
            email: String::new(),
        }
    }

    #[test]
    fn subjects_and_authors_tell_the_kind() {
        for (subject, kind) in [
            ("add a parser for dates", CommitKind::Normal),
            ("improve the linter's messages", CommitKind::Normal),
            ("Revert \"add a parser\"", CommitKind::Revert),
            ("Release 3.1", CommitKind::Release),
            ("v2.0.0-rc1", CommitKind::Release),
            ("chore(core): release", CommitKind::Release),
            ("Bump serde from 1.0 to 1.1", CommitKind::Bump),
            ("chore(deps): update all", CommitKind::Bump),
            ("Run black over the tests", CommitKind::Format),
            ("fix typos", CommitKind::Format),
            ("fix some pep8 issues, more to go", CommitKind::Format),
            ("Follow PEP 8 in the tests", CommitKind::Format),
            ("Read metadata by PEP 861", CommitKind::Normal),
            ("style: wrap", CommitKind::Format),
            ("größer machen — naïve", CommitKind::Normal),
            ("", CommitKind::Normal),
        ] {
            assert_eq!(commit_kind(1, &person("A"), subject), kind, "{subject}");
        }
        assert_eq!(commit_kind(2, &person("A"), "x"), CommitKind::Merge);
        assert_eq!(
            commit_kind(1, &person("renovate[bot]"), "x"),
            CommitKind::Bot
        );
    }

    #[test]
    fn repairs_say_so() {
        assert!(is_fix("Fix crash on empty input", ""));
        assert!(is_fix("Handle empty input", "Closes #12."));
        assert!(is_fix("Handle it", "x\n\nFixes: 0123abcd (\"parse\")"));
        assert!(!is_fix("Prefix all names", "see #12"));
    }
}

//! Numbers and keys of issues and pull requests in a line of a message, and what the words before them say.

use std::borrow::Cow;

use arc_graph::{MentionKind, MentionSource};

use crate::mentions::{Mention, Ticket, whole_number};

/// Words that settle what follows them; those that GitHub knows.
const CLOSING: &[&str] = &[
    "close", "closed", "closes", "fix", "fixed", "fixes", "resolve", "resolved", "resolves",
];

/// Words that may stand between a closing word, or a number, and the next number.
const LINKING: &[&str] = &[
    "&", "and", "bug", "bugs", "issue", "issues", "ticket", "tickets",
];

/// Words that refer without settling.
const REFERRING: &[&str] = &[
    "issue",
    "jira",
    "linear",
    "re",
    "ref",
    "references",
    "refs",
    "related",
    "see",
    "ticket",
];

/// Prefixes of what looks like the key of an issue and is a standard, a format or a version.
const NO_KEYS: &[&str] = &[
    "AES", "AGPL", "ANSI", "APACHE", "ARM", "ASCII", "AVX", "BASE", "BF", "BSD", "CC", "COVID",
    "CP", "CSS", "CVE", "CWE", "ECMA", "ED", "ES", "EUC", "FIPS", "FP", "GB", "GH", "GHSA", "GMT",
    "GPL", "HTML", "HTTP", "HTTPS", "IEC", "IEEE", "INT", "IP", "IPV", "ISO", "JDK", "JEP", "JSR",
    "KOI", "LATIN", "LGPL", "LLVM", "MD", "MIT", "MPEG", "MPL", "MSVC", "P", "PEP", "POSIX", "PY",
    "PYTHON", "RC", "RFC", "RSA", "SHA", "SHA1", "SHA2", "SHA3", "SSE", "SSL", "TCP", "TLS", "UCS",
    "UINT", "USB", "UTC", "UTF", "V", "VS", "WIN", "WINDOWS", "X", "X86", "XHTML",
];

/// What the words so far say of a number that comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Closing,
    Referring,
    /// `PR`, `pull request`.
    Pull,
}

/// A ticket and what its own text says of it.
pub(crate) struct Found {
    pub(crate) ticket: Ticket,
    pub(crate) is_pull_request: bool,
    /// A key: it is believed only where people put keys.
    is_key: bool,
}

/// Adds what `line` names to `mentions`.
pub(crate) fn add_tickets(line: &str, source: MentionSource, mentions: &mut Vec<Mention>) {
    if !may_name_something(line) {
        return;
    }
    let mut said = Said::Nothing;
    let mut is_first = source != MentionSource::Body;
    for word in line.split([
        ' ', '\t', ',', ';', '(', ')', '[', ']', '<', '>', '{', '}', '"', '`', '|',
    ]) {
        let word = word.trim_matches(['.', ':', '\'', '*', '!', '?', '=']);
        if word.is_empty() {
            continue;
        }
        let Some(found) = ticket(word) else {
            said = after(said, word);
            is_first = false;
            continue;
        };
        if !found.is_key || is_first || said != Said::Nothing {
            mentions.push(Mention {
                ticket: found.ticket,
                kind: if said == Said::Closing {
                    MentionKind::Closes
                } else {
                    MentionKind::Mentions
                },
                source,
                is_pull_request: found.is_pull_request || said == Said::Pull,
            });
        }
        is_first = false;
    }
}

fn may_name_something(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes
        .windows(2)
        .any(|pair| matches!(pair[0], b'#' | b'!' | b'-' | b'/') && pair[1].is_ascii_digit())
}

fn after(said: Said, word: &str) -> Said {
    let is_in = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_in(CLOSING) {
        Said::Closing
    } else if is_in(&["pr", "prs", "pull"]) || said == Said::Pull && is_in(&["request", "requests"])
    {
        Said::Pull
    } else if said != Said::Nothing && is_in(LINKING) {
        said
    } else if is_in(REFERRING) {
        Said::Referring
    } else {
        Said::Nothing
    }
}

/// The ticket that a word is.
fn ticket(word: &str) -> Option<Found> {
    if let Some(at) = word.find("://") {
        let scheme = word.as_bytes()[..at].iter().rev();
        let start = at - scheme.take_while(|byte| byte.is_ascii_alphabetic()).count();
        return ticket_of_url(&word[start..]);
    }
    if let Some(digits) = word
        .get(..3)
        .filter(|start| start.eq_ignore_ascii_case("gh-"))
        .map(|_| &word[3..])
    {
        return plain(Ticket::new("#", whole_number(digits)?));
    }
    if let Some((project, digits)) = word.split_once('#') {
        let number = whole_number(digits)?;
        return match project {
            "" => plain(Ticket::new("#", number)),
            project if is_project(project) => plain(Ticket {
                sign: Cow::Owned(format!("{project}#")),
                number,
            }),
            _ => None,
        };
    }
    key(word)
}

fn plain(ticket: Ticket) -> Option<Found> {
    Some(Found {
        ticket,
        is_pull_request: false,
        is_key: false,
    })
}

/// `owner/name`.
fn is_project(text: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

/// `ABC-123`.
fn key(word: &str) -> Option<Found> {
    let (prefix, digits) = word.split_once('-')?;
    let number = whole_number(digits).filter(|_| digits.len() <= 6)?;
    let is_prefix = (2..=10).contains(&prefix.len())
        && prefix.starts_with(|letter: char| letter.is_ascii_uppercase())
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !NO_KEYS.contains(&prefix);
    is_prefix.then(|| Found {
        ticket: Ticket {
            sign: Cow::Owned(format!("{prefix}-")),
            number,
        },
        is_pull_request: false,
        is_key: true,
    })
}

/// The ticket whose page is at `url`.
pub(crate) fn ticket_of_url(url: &str) -> Option<Found> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let mut parts = rest.trim_end_matches(['/', '.', ',', ':', '>']).rsplit('/');
    let last = parts.next()?;
    let mut before = parts.next()?;
    let mut number = whole_number(last);
    if matches!(last, "files" | "commits" | "diffs" | "changes") {
        number = whole_number(before);
        before = parts.next()?;
    }
    if let ("browse", Some(found)) | ("issue", Some(found)) = (before, key(last)) {
        return Some(Found {
            is_key: false,
            ..found
        });
    }
    let Some(number) = number else {
        let number = whole_number(last.strip_prefix('D')?)?;
        return Some(Found {
            ticket: Ticket::new("D", number),
            is_pull_request: true,
            is_key: false,
        });
    };
    let (mark, is_pull_request) = match before {
        "issues" | "work_items" => ("#", false),
        "pull" | "pulls" | "pull-requests" => ("#", true),
        "merge_requests" => ("!", true),
        "+" | "c" => {
            return Some(Found {
                ticket: Ticket::new("change/", number),
                is_pull_request: true,
                is_key: false,
            });
        }
        _ => return None,
    };
    let mut folders: Vec<&str> = parts.filter(|part| *part != "-").collect();
    // The host comes last, as the parts are read from the end.
    folders.pop();
    folders.reverse();
    let project = folders.join("/");
    if project.is_empty() || project.len() > 200 {
        return None;
    }
    Some(Found {
        ticket: Ticket {
            sign: Cow::Owned(format!("{project}{mark}")),
            number,
        },
        is_pull_request,
        is_key: false,
    })
}

//! Pull requests and issues that a commit's message names, read offline.
//!
//! Trackers write themselves into messages: GitHub into merge commits and the titles of squashed ones, GitLab and Gerrit
//! into trailers. People add `Fixes #3` and keys like `ABC-123`. What only looks like one (`UTF-8`, `#fff000`) is not taken.

use std::borrow::Cow;

use arc_graph::{MentionKind, MentionSource};

use crate::tickets_in_line::{add_tickets, ticket_of_url};

/// The most pull requests and issues kept of one commit; release notes name thousands.
const MAX_MENTIONS: usize = 64;

/// A pull request or an issue, by what people write to name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// What stands before the number: `#`, `!` (a merge request), `ABC-`, `owner/name#` for another project, `change/` and
    /// `I0123…` for Gerrit, `D` for Phabricator.
    pub sign: Cow<'static, str>,
    /// The number; 0 when the sign says it all.
    pub number: u32,
}

impl Ticket {
    pub(crate) fn new(sign: &'static str, number: u32) -> Ticket {
        Ticket {
            sign: Cow::Borrowed(sign),
            number,
        }
    }
}

/// What a commit says of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What is named.
    pub ticket: Ticket,
    /// What is said of it.
    pub kind: MentionKind,
    /// Where.
    pub source: MentionSource,
    /// The words say that it is a pull request; numbers alone do not tell.
    pub is_pull_request: bool,
}

/// The pull request that a commit came in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Which.
    pub ticket: Ticket,
    /// Where it was read.
    pub source: MentionSource,
    /// Its title, where the message has one apart from its first line.
    pub title: Option<String>,
}

/// What one message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The pull request that the message says it came in with.
    pub pull: Option<Pull>,
    /// Everything else that is named, each once.
    pub others: Vec<Mention>,
    /// Name and address of each further author.
    pub co_authors: Vec<(String, String)>,
}

/// Reads a message. `is_merge` when the commit has two or more parents.
#[must_use]
pub fn mentions(subject: &str, body: &str, is_merge: bool) -> Mentions {
    let mut found = Mentions {
        pull: merge_pull(subject, body, is_merge),
        ..Mentions::default()
    };
    if found.pull.is_none() {
        found.pull = subject_pull(subject, is_merge);
    }
    // What follows is the name of a branch.
    if !subject.starts_with("Merge pull request ") {
        add_tickets(subject, MentionSource::Subject, &mut found.others);
    }
    for line in body.lines() {
        let Some(trailer) = Trailer::of(line) else {
            add_tickets(line, MentionSource::Body, &mut found.others);
            continue;
        };
        if trailer.is("co-authored-by") {
            found.co_authors.extend(trailer.person());
        } else if let Some(ticket) = trailer.pull() {
            // The number of a change says more than its id.
            if found
                .pull
                .as_ref()
                .is_none_or(|pull| pull.ticket.number == 0)
            {
                found.pull = Some(Pull {
                    ticket,
                    source: MentionSource::Trailer,
                    title: None,
                });
            }
        } else {
            add_tickets(line, MentionSource::Trailer, &mut found.others);
        }
    }
    settle(&mut found);
    found
}

/// Each ticket once, by the strongest that is said of it, and not what is said of the pull request itself.
fn settle(found: &mut Mentions) {
    let mut kept: Vec<Mention> = Vec::new();
    for mention in found.others.drain(..) {
        if found
            .pull
            .as_ref()
            .is_some_and(|pull| pull.ticket == mention.ticket)
        {
            continue;
        }
        if let Some(known) = kept.iter_mut().find(|kept| kept.ticket == mention.ticket) {
            known.is_pull_request |= mention.is_pull_request;
            if mention.kind < known.kind {
                known.kind = mention.kind;
                known.source = mention.source;
            }
        } else if kept.len() < MAX_MENTIONS {
            kept.push(mention);
        }
    }
    found.others = kept;
    found.co_authors.sort();
    found.co_authors.dedup();
    found.co_authors.truncate(MAX_MENTIONS);
}

/// The pull request of a merge by the words of the service that merged it.
fn merge_pull(subject: &str, body: &str, is_merge: bool) -> Option<Pull> {
    let number = if let Some(rest) = subject.strip_prefix("Merge pull request ") {
        number_after(rest, "#")
    } else if let Some(rest) = subject.strip_prefix("Merged PR ") {
        let (number, title) = rest.split_once(": ")?;
        return Some(Pull {
            ticket: Ticket::new("#", number.parse().ok()?),
            source: MentionSource::Merge,
            title: Some(title.trim().to_owned()),
        });
    } else if let Some(rest) = subject.strip_prefix("Auto merge of #") {
        leading_number(rest)
    } else if subject.starts_with("Merged in ") {
        number_after(subject, "(pull request #")
    } else if is_merge && subject.starts_with("Merge ") {
        number_after(subject, "Merge #")
            .or_else(|| number_after(subject, "pull/"))
            .or_else(|| number_after(subject, "/pr/"))
            .or_else(|| number_after(subject, "'pr/"))
    } else {
        None
    };
    Some(Pull {
        ticket: Ticket::new("#", number?),
        source: MentionSource::Merge,
        title: title_in(body),
    })
}

/// `… (#12)` at the end of a title: the service squashed the pull request into this commit. Of several the last did.
fn subject_pull(subject: &str, is_merge: bool) -> Option<Pull> {
    let mut end = subject.len();
    while let Some(open) = subject[..end].rfind('(') {
        let rest = &subject[open + 1..];
        let ticket = rest.find(')').and_then(|close| {
            let inner = rest[..close].trim();
            // What a quoted title ends with belongs to the commit that is quoted.
            let is_quoted = rest[close..].contains('"');
            let (sign, digits) = match inner.get(..1)? {
                "#" => ("#", &inner[1..]),
                "!" => ("!", &inner[1..]),
                _ => ("#", inner.strip_prefix("GH-")?),
            };
            let number = whole_number(digits)?;
            (!is_quoted).then(|| Ticket::new(sign, number))
        });
        if let Some(ticket) = ticket {
            return Some(Pull {
                ticket,
                source: if is_merge {
                    MentionSource::Merge
                } else {
                    MentionSource::Subject
                },
                title: None,
            });
        }
        end = open;
    }
    None
}

/// The title of a merged pull request: the first line of the body that is no trailer.
fn title_in(body: &str) -> Option<String> {
    let line = body.lines().find(|line| !line.trim().is_empty())?.trim();
    let is_title = Trailer::of(line).is_none_or(|trailer| !trailer.is_known());
    is_title.then(|| line.to_owned())
}

/// A line `Key: value`, or one that a service writes in its place.
struct Trailer<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> Trailer<'a> {
    fn of(line: &'a str) -> Option<Trailer<'a>> {
        if let Some(value) = line.strip_prefix("See merge request ") {
            let key = "See merge request";
            return Some(Trailer { key, value });
        }
        if let Some((value, login)) = line
            .strip_prefix("PR #")
            .and_then(|rest| rest.split_once(" by @"))
        {
            // Whoever merged wrote it below the message: `PR #12 by @somebody`.
            let key = "PR by";
            let is_whole = !login.trim_end().contains([' ', '\t']);
            return is_whole.then_some(Trailer { key, value });
        }
        let (key, value) = line.split_once(':')?;
        let is_key = !key.is_empty()
            && key.len() <= 40
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            || key == "Differential Revision";
        (is_key && value.starts_with([' ', '\t'])).then(|| Trailer {
            key,
            value: value.trim(),
        })
    }

    fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    fn is_known(&self) -> bool {
        self.pull().is_some()
            || [
                "co-authored-by",
                "signed-off-by",
                "reviewed-by",
                "fixes",
                "closes",
                "refs",
            ]
            .iter()
            .any(|key| self.is(key))
    }

    /// The pull request that a service names in a trailer of its own.
    fn pull(&self) -> Option<Ticket> {
        if self.is("See merge request") {
            let (_, number) = self.value.rsplit_once('!')?;
            return Some(Ticket::new(
                "!",
                whole_number(number.trim_end_matches('.'))?,
            ));
        }
        if self.is("PR by") {
            return Some(Ticket::new("#", whole_number(self.value)?));
        }
        if self.is("Change-Id") {
            let is_id = self.value.len() == 41
                && self.value.starts_with('I')
                && self.value[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
            return is_id.then(|| Ticket {
                sign: Cow::Owned(self.value.to_owned()),
                number: 0,
            });
        }
        let is_own = ["Reviewed-on", "PR-URL", "Part-of", "Differential Revision"]
            .iter()
            .any(|key| self.is(key));
        if !is_own {
            return None;
        }
        let found = ticket_of_url(self.value.trim_matches(['<', '>']))?;
        // A review is kept where the code is kept: the name of the project need not be repeated.
        let sign = match found.ticket.sign.as_bytes().last() {
            Some(b'!') => Cow::Borrowed("!"),
            Some(b'#') => Cow::Borrowed("#"),
            Some(_) | None => found.ticket.sign,
        };
        found.is_pull_request.then_some(Ticket {
            sign,
            number: found.ticket.number,
        })
    }

    fn person(&self) -> Option<(String, String)> {
        let (name, email) = self.value.split_once('<')?;
        let email = email.split('>').next()?;
        let (name, email) = (name.trim(), email.trim());
        (!name.is_empty() || !email.is_empty()).then(|| (name.to_owned(), email.to_owned()))
    }
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    leading_number(&text[text.find(mark)? + mark.len()..])
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    whole_number(&text[..end])
}

/// A number as trackers count: no leading zero, at most nine digits.
pub(crate) fn whole_number(digits: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read, as `#12 by merge “title”; closes #3 in trailer; …`.
    fn check(subject: &str, body: &str, is_merge: bool, expected: &str) {
        let found = mentions(subject, body, is_merge);
        let mut parts = Vec::new();
        if let Some(pull) = &found.pull {
            let title = pull.title.as_ref().map(|title| format!(" “{title}”"));
            parts.push(format!(
                "{}{} by {}{}",
                pull.ticket.sign,
                pull.ticket.number,
                pull.source.as_str(),
                title.unwrap_or_default()
            ));
        }
        for mention in &found.others {
            parts.push(format!(
                "{} {}{}{} in {}",
                mention.kind.as_str(),
                if mention.is_pull_request { "PR " } else { "" },
                mention.ticket.sign,
                mention.ticket.number,
                mention.source.as_str()
            ));
        }
        parts.extend(
            found
                .co_authors
                .iter()
                .map(|(name, email)| format!("with {name} <{email}>")),
        );
        assert_eq!(parts.join("; "), expected, "{subject:?} {body:?}");
    }

    #[test]
    fn services_name_the_pull_request_in_merges() {
        check(
            "Merge pull request #12 from a/b",
            "A title\n\nFixes #3",
            true,
            "#12 by merge “A title”; closes #3 in body",
        );
        check("Merge pull request #12 from a/b", "", true, "#12 by merge");
        check(
            "Merge pull request 'Title' (#12) from a into b",
            "",
            true,
            "#12 by merge",
        );
        check(
            "Merged in topic (pull request #7)",
            "Title",
            true,
            "#7 by merge “Title”",
        );
        check("Merged PR 12: Title", "", false, "#12 by merge “Title”");
        check(
            "Auto merge of #99 - x:y, r=z",
            "Title",
            true,
            "#99 by merge “Title”",
        );
        check("Merge #99", "", true, "#99 by merge");
        check(
            "Merge commit 'refs/pull/98/head' of x",
            "",
            true,
            "#98 by merge",
        );
        check(
            "Merge branch 'a' into 'main'",
            "Title\n\nSee merge request g/p!45",
            true,
            "!45 by trailer",
        );
        check("Merge branch 'a'", "", true, "");
        check("Title (#5)", "", true, "#5 by merge");
    }

    #[test]
    fn names_of_branches_are_no_projects() {
        check(
            "Merge pull request #12 from a/issue#7",
            "",
            true,
            "#12 by merge",
        );
    }

    #[test]
    fn a_squashed_pull_request_ends_the_title() {
        check("Add x (#12)", "", false, "#12 by subject");
        check(
            "Add x (#12) (#15)",
            "",
            false,
            "#15 by subject; mentions #12 in subject",
        );
        check(
            "Add x (#12), close #11",
            "",
            false,
            "#12 by subject; closes #11 in subject",
        );
        check(
            "Revert \"Add x (#12)\" (#15)",
            "",
            false,
            "#15 by subject; mentions #12 in subject",
        );
        check(
            "Revert \"Add x (#12)\"",
            "",
            false,
            "mentions #12 in subject",
        );
        check(
            "gh-7: Add x (GH-12)",
            "",
            false,
            "#12 by subject; mentions #7 in subject",
        );
        check("Add x (fix #12)", "", false, "closes #12 in subject");
        check("Add x (see #12)", "", false, "mentions #12 in subject");
    }

    #[test]
    fn trailers_name_reviews() {
        let id = "I0123456789012345678901234567890123456789";
        check(
            "x",
            &format!("Change-Id: {id}\nReviewed-on: https://go-review.example/c/go/+/1234"),
            false,
            "change/1234 by trailer",
        );
        check(
            "x",
            &format!("Change-Id: {id}"),
            false,
            &format!("{id}0 by trailer"),
        );
        check(
            "x",
            "PR-URL: https://github.com/nodejs/node/pull/321",
            false,
            "#321 by trailer",
        );
        check(
            "x",
            "Why.\n\nPR #321 by @some-one",
            false,
            "#321 by trailer",
        );
        check("x (#7)", "PR #321 by @one", false, "#7 by subject");
        check(
            "x",
            "PR #321 by @one did this before.",
            false,
            "mentions PR #321 in body",
        );
        check(
            "x",
            "Part-of: <https://gitlab.example/mesa/mesa/-/merge_requests/123>",
            false,
            "!123 by trailer",
        );
        check(
            "x",
            "Differential Revision: https://reviews.example/D77",
            false,
            "D77 by trailer",
        );
        check(
            "x",
            "Co-authored-by: B <b@x>\nco-authored-by: A <a@x>\nCo-authored-by: B <b@x>",
            false,
            "with A <a@x>; with B <b@x>",
        );
    }

    #[test]
    fn issues_are_closed_and_mentioned() {
        check("Fixed #123 -- x", "", false, "closes #123 in subject");
        check(
            "x",
            "Fixes #1, #2 and #3. See #4",
            false,
            "closes #1 in body; closes #2 in body; closes #3 in body; mentions #4 in body",
        );
        check("x", "Fixes: #3\nRefs: #3", false, "closes #3 in trailer");
        check(
            "x",
            "see pull request #8 and PR #9",
            false,
            "mentions PR #8 in body; mentions PR #9 in body",
        );
        check(
            "x",
            "closes owner/name#5, https://github.com/o/n/issues/6",
            false,
            "closes owner/name#5 in body; closes o/n#6 in body",
        );
        check(
            "x",
            "fixes https://github.com/o/n/pull/6#issuecomment-1",
            false,
            "closes PR o/n#6 in body",
        );
    }

    #[test]
    fn keys_count_where_people_put_keys() {
        check("ABC-123: x", "", false, "mentions ABC-123 in subject");
        check("[ABC-123] x", "", false, "mentions ABC-123 in subject");
        check("x", "Closes ABC-123", false, "closes ABC-123 in body");
        check("x", "Issue: ABC-123", false, "mentions ABC-123 in trailer");
        check(
            "x",
            "https://tracker.example/browse/ABC-123",
            false,
            "mentions ABC-123 in body",
        );
        check(
            "UTF-8: x",
            "SHA-256 and ABC-123 in passing; fixes CVE-2024-1234",
            false,
            "",
        );
    }

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        check("color #123456ab, &#39; C#12 #0 #007 a#1", "", false, "");
        check("# 12", "#\n#12345678901 #", false, "");
    }

    #[test]
    fn hostile_messages_are_bounded() {
        let many: String = (1..5_000).map(|number| format!("#{number} ")).collect();
        assert_eq!(mentions("x", &many, false).others.len(), MAX_MENTIONS);
        for odd in [
            "é://1/2 é#1 é-1 ü!3",
            "(é) (#é) (é#1)",
            "Merge pull request #é",
            "é: é#1",
            "gh-é #-1 /1 -1",
        ] {
            assert_eq!(mentions(odd, odd, true).pull, None, "{odd}");
        }
        let open = "(".repeat(10_000);
        assert_eq!(mentions(&open, &open, true), Mentions::default());
    }
}

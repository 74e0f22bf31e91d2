//! One line of an exported file; see `schema/pulls.schema.json`.

use arc_graph::{
    MentionKind, MentionSource, NodeKind, Remark, RemarkKind, TicketLink, TicketName, TicketParts,
    TicketState, TrackedTicket,
};
use arc_history::{CommitId, mentions, time_from_iso};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    number: Name,
    kind: Kind,
    title: String,
    #[serde(default)]
    state: State,
    body: Option<String>,
    author: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    closed_at: Option<String>,
    merge_commit: Option<String>,
    url: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    closes: Vec<Name>,
    #[serde(default)]
    mentions: Vec<Name>,
    #[serde(default)]
    comments: Vec<Said>,
    #[serde(default)]
    reviews: Vec<Said>,
    #[serde(default)]
    review_comments: Vec<Said>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    PullRequest,
    Issue,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Open,
    Closed,
    Merged,
}

/// `12`, or a text like `#12`, `!12`, `ABC-12`, `owner/name#12`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u32),
    Text(String),
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    body: String,
    author: Option<String>,
    created_at: Option<String>,
    url: Option<String>,
    path: Option<String>,
    line: Option<u32>,
    code: Option<String>,
    state: Option<String>,
}

/// The ticket of a line; else what is wrong with it.
pub(super) fn read_line(line: &[u8]) -> Result<TrackedTicket, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let name = name_of(&line.number)?;
    let state = match line.state {
        State::Open => TicketState::Open,
        State::Closed => TicketState::Closed,
        State::Merged => TicketState::Merged,
    };
    let merge_commit = line.merge_commit.as_deref();
    let merge_commit = merge_commit
        .map(|text| hash("merge_commit", text))
        .transpose()?;
    let commits = line.commits.iter().map(|text| hash("commits", text));
    let mut remarks = Vec::new();
    for (said, kind) in [
        (line.comments, RemarkKind::Comment),
        (line.reviews, RemarkKind::Review),
        (line.review_comments, RemarkKind::LineComment),
    ] {
        for said in said {
            remarks.push(remark(said, kind)?);
        }
    }
    let body = line.body.unwrap_or_default();
    let mut links = links_of(&line.closes, MentionKind::Closes)?;
    links.extend(links_of(&line.mentions, MentionKind::Mentions)?);
    links.extend(named_in(&line.title, &body));
    Ok(TrackedTicket {
        kind: match line.kind {
            Kind::PullRequest => NodeKind::PullRequest,
            Kind::Issue => NodeKind::Issue,
        },
        state,
        author: line.author,
        created: time("created_at", line.created_at.as_deref())?,
        updated: time("updated_at", line.updated_at.as_deref())?,
        closed: time("closed_at", line.closed_at.as_deref())?,
        merge_commit,
        url: line.url.filter(|url| is_page(url)),
        parts: TicketParts {
            commits: commits.collect::<Result<_, _>>()?,
            addresses: Vec::new(),
            files: line.files,
            labels: line.labels,
            remarks,
            links,
        },
        title: line.title,
        body,
        name,
    })
}

fn remark(said: Said, kind: RemarkKind) -> Result<Remark, String> {
    if kind == RemarkKind::LineComment && said.path.is_none() {
        return Err("a review comment has no `path`".to_owned());
    }
    Ok(Remark {
        kind,
        author: said.author,
        time: time("created_at", said.created_at.as_deref())?,
        body: said.body,
        url: said.url.filter(|url| is_page(url)),
        path: said.path,
        line: said.line.filter(|line| *line > 0),
        code: said.code,
        verdict: said.state.map(|state| state.to_lowercase()),
    })
}

/// Other addresses are not to be opened by a click.
fn is_page(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn time(field: &str, text: Option<&str>) -> Result<Option<i64>, String> {
    text.map(|text| {
        time_from_iso(text)
            .ok_or_else(|| format!("`{field}` is no time like 2024-05-01T10:00:00Z: {text:?}"))
    })
    .transpose()
}

fn hash(field: &str, text: &str) -> Result<[u8; 20], String> {
    let id = CommitId::from_hex(text).map(|id| id.0);
    id.ok_or_else(|| {
        format!("`{field}` has something that is no id of 40 hexadecimal digits: {text:?}")
    })
}

fn links_of(names: &[Name], kind: MentionKind) -> Result<Vec<TicketLink>, String> {
    let links = names.iter().map(|name| {
        Ok(TicketLink {
            to: name_of(name)?,
            kind,
            source: MentionSource::Export,
            is_backward: false,
        })
    });
    links.collect()
}

/// Tickets that the text names by the words that messages of commits use too.
fn named_in(title: &str, body: &str) -> Vec<TicketLink> {
    let mut is_code = false;
    let prose = body.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    });
    let prose: Vec<&str> = prose.collect();
    let named = mentions(title, &prose.join("\n"), false);
    let links = named.others.into_iter().map(|mention| TicketLink {
        to: TicketName {
            sign: mention.ticket.sign.into_owned(),
            number: mention.ticket.number,
        },
        kind: mention.kind,
        source: MentionSource::Body,
        is_backward: false,
    });
    links.collect()
}

fn name_of(name: &Name) -> Result<TicketName, String> {
    let bad = |text: &str| {
        format!(
            "{text:?} is no number of a ticket: write 12, \"!12\", \"ABC-12\" or \"owner/name#12\""
        )
    };
    let (sign, number) = match name {
        Name::Number(number) => ("#".to_owned(), *number),
        Name::Text(text) => {
            let sign = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
            let number = text[sign.len()..].parse().map_err(|_| bad(text))?;
            if !is_sign(sign) {
                return Err(bad(text));
            }
            (if sign.is_empty() { "#" } else { sign }.to_owned(), number)
        }
    };
    if number == 0 {
        return Err(bad("0"));
    }
    Ok(TicketName { sign, number })
}

/// What people write before the number of a ticket.
fn is_sign(sign: &str) -> bool {
    let is_key = |key: &str| {
        key.starts_with(|letter: char| letter.is_ascii_uppercase())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let is_project = |project: &str| {
        project.contains('/')
            && project
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    matches!(sign, "" | "#" | "!")
        || sign.strip_suffix('-').is_some_and(is_key)
        || sign.strip_suffix(['#', '!']).is_some_and(is_project)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> String {
        let name: Name = serde_json::from_str(text).unwrap();
        name_of(&name).map_or_else(
            |_| "none".to_owned(),
            |name| format!("{} {}", name.sign, name.number),
        )
    }

    #[test]
    fn tickets_are_named_as_people_name_them() {
        for (text, name) in [
            ("12", "# 12"),
            ("\"12\"", "# 12"),
            ("\"#12\"", "# 12"),
            ("\"!7\"", "! 7"),
            ("\"ABC-7\"", "ABC- 7"),
            ("\"a/b#7\"", "a/b# 7"),
            ("0", "none"),
            ("\"\"", "none"),
            ("\"abc-1\"", "none"),
            ("\"#99999999999\"", "none"),
            ("\"x\\u001b[31m#1\"", "none"),
        ] {
            assert_eq!(names(text), name, "{text}");
        }
    }

    #[test]
    fn lines_say_what_is_wrong_with_them() {
        for (line, why) in [
            ("", "EOF"),
            ("[]", "invalid"),
            (
                "{\"number\": 1, \"kind\": \"pull_request\"}",
                "missing field `title`",
            ),
            (
                "{\"number\": 1, \"kind\": \"story\", \"title\": \"x\"}",
                "unknown variant `story`",
            ),
            (
                "{\"number\": 1, \"kind\": \"issue\", \"title\": \"x\", \"created_at\": \"yesterday\"}",
                "`created_at` is no time",
            ),
            (
                "{\"number\": 1, \"kind\": \"issue\", \"title\": \"x\", \"merge_commit\": \"abc\"}",
                "`merge_commit` has something",
            ),
            (
                "{\"number\": 1, \"kind\": \"issue\", \"title\": \"x\", \"review_comments\": [{}]}",
                "no `path`",
            ),
        ] {
            let error = read_line(line.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }

    #[test]
    fn code_names_no_tickets() {
        let body = "Fixes #3\n```\n#0 main ()\ncloses #4\n```\n    #5\nsee #6";
        let links = named_in("x", body);
        let numbers: Vec<u32> = links.iter().map(|link| link.to.number).collect();
        assert_eq!(numbers, [3, 6]);
    }
}

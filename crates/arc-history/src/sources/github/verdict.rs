//! What an answer means: take it, wait, ask again, ask for less, or give up and say why.

use super::http::{Broken, Head, Reply};
use super::shapes::{Answer, Data, Problem};

/// What to do after a request.
pub(crate) enum Verdict {
    /// Take the data, of which some errors took a part away.
    Take {
        data: Box<Data>,
        /// Errors that took something away.
        left_out: u64,
    },
    /// The server wants to be left alone.
    Wait {
        /// So many seconds; `None` when it does not say.
        seconds: Option<u64>,
        why: String,
    },
    /// The same request may well go through.
    Again { why: String },
    /// A smaller request may go through. At the smallest what there is of data is taken.
    Smaller {
        why: String,
        data: Option<Box<Data>>,
        left_out: u64,
    },
    /// Nothing helps.
    Fail(Refusal),
}

/// Why nothing helps.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The token is not accepted.
    Token(String),
    /// The token may not do this.
    Rights(String),
    /// There is no such repository, or the token does not see it.
    NotFound,
    /// The place in the list is not known any more.
    Cursor,
    /// The address is not that of a GraphQL server of GitHub.
    Server(String),
    /// Nobody waits any more.
    Cancelled,
}

/// What to do after this answer. `now` is in seconds since 1970.
pub(crate) fn judge(reply: Result<Reply, Broken>, now: i64) -> (Verdict, Head) {
    match reply {
        Ok(reply) => {
            let verdict = judge_reply(reply.status, &reply.head, &reply.body, now);
            (verdict, reply.head)
        }
        Err(broken) => (judge_broken(broken), Head::default()),
    }
}

fn judge_broken(broken: Broken) -> Verdict {
    match broken {
        Broken::Unreachable(why) => Verdict::Again { why },
        Broken::TimedOut => smaller("no answer in time".to_owned()),
        Broken::Cut(why) => Verdict::Again {
            why: format!("the answer broke off: {why}"),
        },
        Broken::TooLarge => smaller("the answer is too large".to_owned()),
        Broken::Cancelled => Verdict::Fail(Refusal::Cancelled),
    }
}

fn smaller(why: String) -> Verdict {
    Verdict::Smaller {
        why,
        data: None,
        left_out: 0,
    }
}

fn judge_reply(status: u16, head: &Head, body: &[u8], now: i64) -> Verdict {
    let answer: Result<Answer, _> = serde_json::from_slice(body);
    let said = answer
        .as_ref()
        .ok()
        .and_then(|answer| answer.message.clone())
        .unwrap_or_else(|| format!("status {status}"));
    match status {
        200 => match answer {
            Ok(answer) => judge_answer(answer, head, now),
            Err(error) => Verdict::Again {
                why: format!("the answer is no JSON of GraphQL: {error}"),
            },
        },
        401 => Verdict::Fail(Refusal::Token(said)),
        403 | 429 if status == 429 || is_limit(head, &said) => Verdict::Wait {
            seconds: seconds_to_wait(head, now),
            why: said,
        },
        403 => Verdict::Fail(Refusal::Rights(said)),
        408 | 502..=504 => smaller(said),
        500..=599 => Verdict::Again { why: said },
        300..=399 => {
            let place = head.location.as_deref().unwrap_or("nowhere");
            Verdict::Fail(Refusal::Server(format!("it sends us to {place}")))
        }
        _ => Verdict::Fail(Refusal::Server(said)),
    }
}

fn judge_answer(answer: Answer, head: &Head, now: i64) -> Verdict {
    let Answer {
        data,
        errors,
        message,
    } = answer;
    let errors = errors.unwrap_or_default();
    let has_page = data.as_ref().is_some_and(|data| {
        let page = data
            .repository
            .as_ref()
            .and_then(|repository| repository.page.as_ref());
        page.is_some() || data.node.is_some()
    });
    if let Some(error) = errors.iter().find(|error| is_rate(error)) {
        return Verdict::Wait {
            seconds: seconds_to_wait(head, now),
            why: error.message.clone(),
        };
    }
    let left_out = errors.len() as u64;
    if let Some(error) = errors.iter().find(|error| is_overload(error)) {
        return Verdict::Smaller {
            why: error.message.clone(),
            data: data.filter(|_| has_page).map(Box::new),
            left_out,
        };
    }
    match (data, errors.into_iter().next()) {
        (Some(data), _) if has_page => Verdict::Take {
            data: Box::new(data),
            left_out,
        },
        (_, Some(error)) => Verdict::Fail(refusal(error)),
        // A part of a ticket that is gone: there is nothing left of it to be read.
        (Some(data), None) if data.repository.is_none() && message.is_none() => Verdict::Take {
            data: Box::new(data),
            left_out: 1,
        },
        (_, None) => Verdict::Again {
            why: message.unwrap_or_else(|| "the answer has no data".to_owned()),
        },
    }
}

fn is_limit(head: &Head, said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    head.retry_after.is_some()
        || head.remaining == Some(0)
        || ["rate limit", "abuse"]
            .iter()
            .any(|word| said.contains(word))
}

fn is_rate(error: &Problem) -> bool {
    let said = error.message.to_ascii_lowercase();
    matches!(error.kind.as_deref(), Some("RATE_LIMITED" | "RATE_LIMIT"))
        || said.contains("rate limit")
}

/// The server had too much to do.
fn is_overload(error: &Problem) -> bool {
    const KINDS: [&str; 5] = [
        "RESOURCE_LIMITS_EXCEEDED",
        "MAX_NODE_LIMIT_EXCEEDED",
        "MAX_COMPLEXITY_EXCEEDED",
        "INTERNAL",
        "SERVICE_UNAVAILABLE",
    ];
    let said = error.message.to_ascii_lowercase();
    error
        .kind
        .as_deref()
        .is_some_and(|kind| KINDS.contains(&kind))
        || [
            "something went wrong",
            "timeout",
            "timed out",
            "too complex",
            "resource limits",
        ]
        .iter()
        .any(|word| said.contains(word))
}

fn refusal(error: Problem) -> Refusal {
    let said = error.message;
    match error.kind.as_deref() {
        Some("NOT_FOUND") => Refusal::NotFound,
        Some("INSUFFICIENT_SCOPES" | "FORBIDDEN" | "UNAUTHORIZED" | "UNAUTHENTICATED") => {
            Refusal::Rights(said)
        }
        Some("INVALID_CURSOR_ARGUMENTS") => Refusal::Cursor,
        _ if said.contains("valid cursor") => Refusal::Cursor,
        _ => Refusal::Server(said),
    }
}

/// How long the server wants to be left alone, as far as it says.
fn seconds_to_wait(head: &Head, now: i64) -> Option<u64> {
    let until_reset = head
        .reset
        .filter(|_| head.remaining == Some(0))
        .map(|reset| u64::try_from(reset - now).unwrap_or(0));
    head.retry_after.or(until_reset)
}

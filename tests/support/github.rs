//! A server on this machine that speaks as GitHub's GraphQL does: connections with cursors, limits, and every way to fail.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The token that the server accepts.
pub(crate) const TOKEN: &str = "ghp_TestTokenThatOnlyThisServerAccepts01";

/// What happens to a request instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A status with GitHub's way to say it.
    Status(u16),
    /// The secondary limit, with `Retry-After`.
    Secondary(u16),
    /// The secondary limit, which does not say how long.
    SecondaryUntold,
    /// The points of the hour are spent, told with status 200.
    RateLimited,
    /// «Something went wrong», told with status 200.
    TooComplex,
    /// The answer ends before it should.
    Cut,
    /// The connection ends without an answer.
    Drop,
    /// Something else than JSON.
    Html,
    /// No answer in time.
    Silence,
    /// Sent somewhere else.
    Redirect,
    /// An endless answer.
    Endless,
    /// The repository is not shown.
    NotFound,
    /// The token lacks a scope.
    Scopes,
    /// Whoever asks is told nothing, and the test hears of it.
    Hold,
}

/// A repository: pull requests and issues, whole.
#[derive(Clone, Default)]
pub(crate) struct Tracker {
    pub(crate) pulls: Vec<Value>,
    pub(crate) issues: Vec<Value>,
    pub(crate) parent: Option<&'static str>,
    /// Items of a page, at most, whatever is asked for.
    pub(crate) page: usize,
}

#[derive(Default)]
struct State {
    tracker: Tracker,
    /// Faults by request, from 0.
    faults: BTreeMap<usize, Fault>,
    /// A fault of every request that asks for more tickets than this.
    heavy_above: Option<u64>,
    requests: usize,
    /// Tickets asked for at once, request by request.
    sizes: Vec<u64>,
    held: Option<Sender<usize>>,
    /// A token with these scopes is told about.
    scopes: Option<&'static str>,
}

/// The running server. It ends with the process.
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl Server {
    pub(crate) fn start(tracker: Tracker) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(Mutex::new(State {
            tracker,
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        Server { state, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/graphql", self.port)
    }

    /// Starts counting requests anew; these faults meet them.
    pub(crate) fn expect(&self, faults: &[(usize, Fault)]) {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.requests = 0;
        state.sizes.clear();
        state.faults = faults.iter().copied().collect();
    }

    /// Hears of every request that is held.
    pub(crate) fn held(&self) -> std::sync::mpsc::Receiver<usize> {
        let (sender, receiver) = channel();
        self.state.lock().expect("nobody panics with it").held = Some(sender);
        receiver
    }

    pub(crate) fn heavy_above(&self, tickets: u64) {
        self.state
            .lock()
            .expect("nobody panics with it")
            .heavy_above = Some(tickets);
    }

    pub(crate) fn set_scopes(&self, scopes: &'static str) {
        self.state.lock().expect("nobody panics with it").scopes = Some(scopes);
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Tracker)) {
        change(&mut self.state.lock().expect("nobody panics with it").tracker);
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.lock().expect("nobody panics with it").requests
    }

    /// Tickets asked for at once, request by request.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        self.state
            .lock()
            .expect("nobody panics with it")
            .sizes
            .clone()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some((headers, body)) = request(&mut reader) {
        let (at, fault, answer) = {
            let mut state = state.lock().expect("nobody panics with it");
            let at = state.requests;
            state.requests += 1;
            let first = body["variables"]["first"].as_u64();
            state.sizes.extend(first);
            let heavy = state
                .heavy_above
                .zip(first)
                .filter(|(most, first)| first > most);
            let fault = heavy
                .map(|_| Fault::TooComplex)
                .or_else(|| state.faults.get(&at).copied());
            if fault == Some(Fault::Hold)
                && let Some(held) = &state.held
            {
                let _ = held.send(at);
            }
            let answer = answer(&state, &headers, &body);
            (at, fault, answer)
        };
        if !respond(stream, at, fault, &answer) {
            return;
        }
    }
}

fn request(reader: &mut BufReader<&TcpStream>) -> Option<(BTreeMap<String, String>, Value)> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /graphql HTTP/1.1"), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((
        headers,
        serde_json::from_slice(&body).expect("a request is JSON"),
    ))
}

/// Sends the answer or the fault; false when the connection is over.
fn respond(
    mut stream: &TcpStream,
    at: usize,
    fault: Option<Fault>,
    answer: &(u16, Value, String),
) -> bool {
    let limits = "x-ratelimit-limit: 5000\r\nx-ratelimit-remaining: 4000\r\nx-ratelimit-reset: 4000000000\r\n";
    let mut send = |status: u16, headers: &str, body: &str| {
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .is_ok()
    };
    let error = |kind: &str, message: &str| {
        json!({"data": null, "errors": [{"type": kind, "message": message}]}).to_string()
    };
    let secondary =
        "{\"message\": \"You have exceeded a secondary rate limit. Please wait a few minutes.\"}";
    match fault {
        None => {
            let (status, body, scopes) = answer;
            send(*status, &format!("{limits}{scopes}"), &body.to_string())
        }
        Some(Fault::Status(status)) => send(
            status,
            "",
            "{\"message\": \"We could not respond in time\"}",
        ),
        Some(Fault::Secondary(status)) => send(status, "retry-after: 2\r\n", secondary),
        Some(Fault::SecondaryUntold) => send(403, limits, secondary),
        Some(Fault::RateLimited) => {
            let spent = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1000000000\r\n";
            send(
                200,
                spent,
                &error("RATE_LIMITED", "API rate limit exceeded for user ID 1."),
            )
        }
        Some(Fault::TooComplex) => {
            let body = json!({"errors": [{"message": "Something went wrong while executing your query on 2026-01-01T00:00:00Z. Please include `X` when reporting this issue."}]});
            send(200, limits, &body.to_string())
        }
        Some(Fault::Cut) => {
            let body = answer.1.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let half = &body.as_bytes()[..body.len() / 2];
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(half));
            false
        }
        Some(Fault::Drop) => false,
        Some(Fault::Html) => send(200, "", "<html>Unicorn!</html>"),
        Some(Fault::Silence) => {
            thread::sleep(Duration::from_secs(3));
            false
        }
        Some(Fault::Redirect) => send(302, "location: http://127.0.0.1:1/elsewhere\r\n", ""),
        Some(Fault::Endless) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            let chunk = format!("100000\r\n{}\r\n", " ".repeat(0x0010_0000));
            for _ in 0..64 {
                if stream.write_all(chunk.as_bytes()).is_err() {
                    break;
                }
            }
            false
        }
        Some(Fault::NotFound) => send(
            200,
            &format!("{limits}{}", answer.2),
            &error(
                "NOT_FOUND",
                "Could not resolve to a Repository with the name 'a/b'.",
            ),
        ),
        Some(Fault::Scopes) => send(
            200,
            &format!("{limits}{}", answer.2),
            &error(
                "INSUFFICIENT_SCOPES",
                "Your token has not been granted the required scopes to execute this query.",
            ),
        ),
        Some(Fault::Hold) => {
            thread::sleep(Duration::from_secs(30));
            panic!("request {at} was held for too long");
        }
    }
}

/// Status, body, and headers of the answer.
fn answer(state: &State, headers: &BTreeMap<String, String>, body: &Value) -> (u16, Value, String) {
    let scopes = state.scopes.map_or_else(String::new, |scopes| {
        format!("x-oauth-scopes: {scopes}\r\n")
    });
    assert!(
        headers
            .get("user-agent")
            .is_some_and(|agent| agent.starts_with("arc/"))
    );
    if headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return (401, json!({"message": "Bad credentials"}), scopes);
    }
    let query = body["query"].as_str().expect("a query");
    let variables = &body["variables"];
    let size = |name: &str| {
        variables[name]
            .as_u64()
            .map_or(0, |size| size as usize)
            .min(state.tracker.page.max(1))
    };
    assert!(query.contains("rateLimit{cost remaining resetAt}"));
    let limit = json!({"cost": 1, "remaining": 4000, "resetAt": "2096-10-02T07:06:40Z"});
    if query.contains("node(id:$id)") {
        let (part, items) = items_of(
            &state.tracker,
            variables["id"].as_str().expect("an id"),
            query,
        );
        let page = connection(
            items,
            size("many"),
            variables["after"].as_str(),
            size("few"),
        );
        return match page {
            Some(page) => (
                200,
                json!({"data": {"rateLimit": limit, "node": node(&state.tracker, variables, part, page)}}),
                scopes,
            ),
            None => (200, bad_cursor(), scopes),
        };
    }
    let mut tickets = if query.contains("pullRequests(") {
        assert!(
            query.contains("reviewThreads(first:$few)")
                && query.contains("orderBy:{field:UPDATED_AT,direction:ASC}")
        );
        state.tracker.pulls.clone()
    } else {
        state.tracker.issues.clone()
    };
    tickets.sort_by_key(|ticket| {
        (
            ticket["updatedAt"].as_str().map(str::to_owned),
            ticket["number"].as_u64(),
        )
    });
    let place = |ticket: &Value| {
        format!(
            "{}|{:09}",
            ticket["updatedAt"].as_str().unwrap_or(""),
            ticket["number"]
        )
    };
    let after = variables["after"].as_str();
    if after.is_some_and(|after| !after.contains('|')) {
        return (200, bad_cursor(), scopes);
    }
    let rest: Vec<&Value> = tickets
        .iter()
        .filter(|ticket| after.is_none_or(|after| place(ticket).as_str() > after))
        .collect();
    let page: Vec<Value> = rest
        .iter()
        .take(size("first"))
        .map(|ticket| shown(ticket, size("many"), size("few")))
        .collect();
    let info = json!({
        "hasNextPage": rest.len() > page.len(),
        "endCursor": page.last().map(&place),
    });
    let repository = json!({
        "nameWithOwner": "a/b",
        "isFork": state.tracker.parent.is_some(),
        "parent": state.tracker.parent.map(|parent| json!({"nameWithOwner": parent})),
        "page": {"pageInfo": info, "nodes": page},
    });
    (
        200,
        json!({"data": {"rateLimit": limit, "repository": repository}}),
        scopes,
    )
}

fn bad_cursor() -> Value {
    json!({"data": null, "errors": [{"type": "INVALID_CURSOR_ARGUMENTS", "message": "`x` does not appear to be a valid cursor."}]})
}

/// A page of a list that lies whole in `items`.
fn connection(items: &[Value], size: usize, after: Option<&str>, few: usize) -> Option<Value> {
    let from = match after {
        Some(after) => after.strip_prefix("item ")?.parse().ok()?,
        None => 0,
    };
    let page: Vec<Value> = items
        .iter()
        .skip(from)
        .take(size)
        .map(|item| shown(item, size, few))
        .collect();
    let end = from + page.len();
    Some(json!({
        "pageInfo": {"hasNextPage": end < items.len(), "endCursor": (!page.is_empty()).then(|| format!("item {end}"))},
        "nodes": page,
    }))
}

/// A ticket or a thread with the first page of each of its lists.
fn shown(whole: &Value, many: usize, few: usize) -> Value {
    let mut shown = whole.clone();
    let is_thread = whole.get("diffSide").is_some();
    for (name, field) in shown.as_object_mut().into_iter().flatten() {
        if let Some(items) = field.as_array().cloned() {
            let size = match name.as_str() {
                "labels" => 100,
                "reviewThreads" => few,
                "comments" if is_thread => few,
                _ => many,
            };
            *field = connection(&items, size, None, few).expect("the first page is there");
        }
    }
    shown
}

/// A list of a ticket or thread by its id and what the query asks of it.
fn items_of<'a>(tracker: &'a Tracker, id: &str, query: &str) -> (&'static str, &'a [Value]) {
    let names = [
        "files",
        "commits",
        "closingIssuesReferences",
        "timelineItems",
        "reviews",
        "reviewThreads",
        "comments",
    ];
    let name = names
        .into_iter()
        .find(|name| query.contains(&format!("{name}(first:$many,after:$after")))
        .expect("a part is asked for");
    let tickets = tracker.pulls.iter().chain(&tracker.issues);
    let threads = tracker
        .pulls
        .iter()
        .flat_map(|pull| pull["reviewThreads"].as_array().into_iter().flatten());
    let owner = tickets
        .chain(threads)
        .find(|owner| owner["id"] == id)
        .expect("the node is there");
    (name, owner[name].as_array().expect("it has such a list"))
}

fn node(tracker: &Tracker, variables: &Value, part: &str, page: Value) -> Value {
    let mut node = json!({part: page});
    let threads = tracker
        .pulls
        .iter()
        .flat_map(|pull| pull["reviewThreads"].as_array().into_iter().flatten());
    if let Some(thread) = threads
        .into_iter()
        .find(|thread| thread["id"] == variables["id"])
    {
        for name in ["id", "path", "line", "originalLine", "diffSide"] {
            node[name] = thread[name].clone();
        }
    }
    node
}

/// An hour of the first days of 2024, as text.
pub(crate) fn time(hours: u32) -> String {
    format!("2024-01-{:02}T{:02}:00:00Z", 1 + hours / 24, hours % 24)
}

/// A user; of 0 an account that was deleted.
pub(crate) fn user(number: u32) -> Value {
    if number == 0 {
        Value::Null
    } else {
        json!({"__typename": "User", "login": format!("user{number}")})
    }
}

pub(crate) fn comment(number: u32, body: &str) -> Value {
    json!({"url": format!("https://github.com/a/b/c/{number}"), "body": body, "createdAt": time(number % 600), "author": user(number % 4)})
}

/// A merged pull request with one commit, one file and nothing said.
pub(crate) fn pull(number: u32, hours: u32, title: &str, body: &str) -> Value {
    json!({
        "id": format!("PR_{number}"), "number": number, "title": title, "body": body, "state": "MERGED",
        "url": format!("https://github.com/a/b/pull/{number}"), "createdAt": time(0), "updatedAt": time(hours), "closedAt": time(hours),
        "author": user(number % 5), "mergeCommit": {"oid": format!("{number:040x}")},
        "labels": [{"name": "bug"}], "files": [{"path": "src/app.py"}],
        "commits": [{"commit": {"oid": format!("{:040x}", 1_000_000 + number), "author": {"email": "ada@example.org", "user": {"login": "user1"}}}}],
        "closingIssuesReferences": [], "timelineItems": [], "comments": [], "reviews": [], "reviewThreads": [],
    })
}

pub(crate) fn issue(number: u32, hours: u32, title: &str, body: &str) -> Value {
    json!({
        "id": format!("I_{number}"), "number": number, "title": title, "body": body, "state": "CLOSED",
        "url": format!("https://github.com/a/b/issues/{number}"), "createdAt": time(0), "updatedAt": time(hours), "closedAt": time(hours),
        "author": user(number % 5), "labels": [], "timelineItems": [], "comments": [],
    })
}

/// A thread of a review on a line, with replies.
pub(crate) fn thread(id: &str, path: &str, line: u32, code: &str, said: &[&str]) -> Value {
    let comments: Vec<Value> = (0..)
        .zip(said)
        .map(|(at, body)| {
            let mut comment = comment(at + 1, body);
            comment["diffHunk"] = json!(format!("@@ -1,2 +1,3 @@\n import os\n+{code}"));
            comment["url"] = json!(format!("https://github.com/a/b/pull/1#{id}-{at}"));
            comment
        })
        .collect();
    json!({"id": id, "path": path, "line": line, "originalLine": line, "diffSide": "RIGHT", "comments": comments})
}

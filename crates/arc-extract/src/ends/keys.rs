//! The one form in which routes and requests of all languages write a path: segments joined by `/`, no slash at either
//! end, a variable part as [`ANY`], the rest of a path as [`REST`].

/// A segment that can be anything.
pub(crate) const ANY: &str = "{}";
/// Any number of segments, at the end.
pub(crate) const REST: &str = "{*}";
/// Begins the path of a request whose beginning is not known (`base + "/users"`).
pub(crate) const UNKNOWN_BASE: &str = "*";
/// Segments of a longer path are left out.
const MAX_SEGMENTS: usize = 32;
/// Ways of making a request.
const VERBS: &[&str] = &[
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT",
];

pub(crate) fn is_verb(text: &str) -> bool {
    VERBS.contains(&text)
}

/// The verb that a name or text says, in any case.
pub(super) fn verb(text: &str) -> Option<&'static str> {
    VERBS
        .iter()
        .find(|verb| verb.eq_ignore_ascii_case(text))
        .copied()
}

/// The path of a route as frameworks write it: `/users/:id`, `users/<int:id>/`, `/users/{id:[0-9]+}`, `^users/(?P<id>\d+)/$`.
pub(super) fn route(text: &str) -> String {
    let text = text.trim();
    let is_pattern = text.starts_with('^') || text.contains("(?P<");
    if is_pattern {
        return join(pattern_segments(text));
    }
    let segments: Vec<String> = split(text).collect();
    let last = segments.len().saturating_sub(1);
    join(segments.iter().enumerate().map(|(at, segment)| {
        // A star in the middle is one segment.
        match segment.as_str() {
            "*" if at < last => ANY.to_owned(),
            segment => route_segment(segment),
        }
    }))
}

/// Splits at slashes that do not stand inside braces, brackets or parentheses.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut segments = vec![String::new()];
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '{' | '(' | '[' | '<' => depth += 1,
            '}' | ')' | ']' | '>' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                segments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = segments.last_mut() {
            last.push(c);
        }
    }
    segments.into_iter().filter(|segment| !segment.is_empty())
}

fn route_segment(segment: &str) -> String {
    let inside = segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(inside) = inside {
        let is_rest = inside.starts_with('*')
            || inside.ends_with("...")
            || inside.ends_with(":path")
            || inside.ends_with(":.*")
            || inside.ends_with(":.+");
        return match inside {
            "$" => String::new(),
            _ if is_rest => REST.to_owned(),
            _ => ANY.to_owned(),
        };
    }
    if segment.starts_with("<path:") || segment.starts_with('*') {
        return REST.to_owned();
    }
    if segment.contains(['{', '<', '*', '(']) || segment.starts_with(':') || segment.contains(":") {
        return ANY.to_owned();
    }
    segment.to_owned()
}

/// The segments of a regular expression over paths; what is no plain text is a variable part.
fn pattern_segments(text: &str) -> impl Iterator<Item = String> {
    let text = text
        .trim_start_matches('^')
        .trim_end_matches('$')
        .trim_end_matches("\\Z")
        .to_owned();
    split(&text)
        .map(|segment| {
            let plain = segment.replace("\\.", ".").replace("\\-", "-");
            let plain = plain.trim_end_matches('?');
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
            match plain {
                _ if plain.chars().all(is_plain) && !plain.contains(".*") => plain.to_owned(),
                _ if plain.contains(".*") || plain.contains(".+") => REST.to_owned(),
                _ => ANY.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// The path of a request that begins where the page is (`api/users`); `None` for what is no such path.
pub(super) fn relative(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_alphanumeric() || "/-_.~{}?=&%:,".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_path =
        begins && text.contains('/') && !text.contains("://") && text.chars().all(is_plain);
    is_path.then(|| request(&format!("{ANY}/{text}"))).flatten()
}

/// The path of a request: `/users/1?page=2`, `http://localhost:8000/users`, `{}/users/{}`. `None` when the text is no path;
/// an address of a host that is surely not ours keeps it (`//api.github.com/users`).
pub(super) fn request(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.split(['?', '#']).next().unwrap_or(text);
    if text.contains(char::is_whitespace) {
        return None;
    }
    let (is_open, path) = match text.split_once("://") {
        Some(("http" | "https" | "ws" | "wss", rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if !may_be_ours(host) {
                return Some(format!("//{host}"));
            }
            (false, path)
        }
        Some(_) => return None,
        None => match text.strip_prefix(ANY) {
            Some(path) => (true, path),
            None => (false, text.strip_prefix('/')?),
        },
    };
    let path = join(split(path).map(|segment| request_segment(&segment)));
    Some(match (is_open, path.as_str()) {
        (true, "") => UNKNOWN_BASE.to_owned(),
        (true, _) => format!("{UNKNOWN_BASE}/{path}"),
        (false, _) => path,
    })
}

fn request_segment(segment: &str) -> String {
    if segment.contains(['{', '<']) || segment.starts_with(':') || segment.starts_with('%') {
        ANY.to_owned()
    } else {
        segment.to_owned()
    }
}

/// Whether a host can be a service of the project: this machine, a name without a dot, one that tests use.
fn may_be_ours(host: &str) -> bool {
    let name = host.rsplit('@').next().unwrap_or(host);
    let name = name.split(':').next().unwrap_or(name);
    name.starts_with("127.")
        || name == "0.0.0.0"
        || !name.contains('.')
        || name.contains("{}")
        || ["example.com", "example.org", "www.example.com"].contains(&name)
        || [".local", ".test", ".internal", ".localhost"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn join(segments: impl Iterator<Item = String>) -> String {
    let mut joined = String::new();
    for segment in segments
        .filter(|segment| !segment.is_empty())
        .take(MAX_SEGMENTS)
    {
        let is_rest = segment == REST;
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(&segment);
        if is_rest {
            break;
        }
    }
    joined
}

/// A format text with its places as holes: `%d`, `%(name)s`, `{}`, `{name}`, `{0:x}`.
pub(crate) fn with_holes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '%' if chars.peek() == Some(&'%') => {
                chars.next();
                out.push('%');
            }
            '%' => {
                if chars.peek() == Some(&'(') {
                    chars.by_ref().take_while(|c| *c != ')').for_each(drop);
                }
                while chars
                    .peek()
                    .is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '#'))
                {
                    chars.next();
                }
                if chars.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
                    chars.next();
                }
                out.push_str(ANY);
            }
            '{' => {
                chars.by_ref().take_while(|c| *c != '}').for_each(drop);
                out.push_str(ANY);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_all_frameworks_have_one_form() {
        for (written, expected) in [
            ("/users/<int:user_id>/", "users/{}"),
            ("/users/{id}", "users/{}"),
            ("/users/{id:[0-9]+/x}", "users/{}"),
            ("/users/:id(\\d+)", "users/{}"),
            ("users/", "users"),
            ("/", ""),
            ("/{$}", ""),
            ("/files/{path...}", "files/{*}"),
            ("/files/{file_path:path}", "files/{*}"),
            ("/files/<path:p>", "files/{*}"),
            ("/files/*", "files/{*}"),
            ("/files/{tail:.*}/x", "files/{*}"),
            ("/owners/*/pets", "owners/{}/pets"),
            (r"^articles/(?P<year>[0-9]{4})/$", "articles/{}"),
            (r"^feed\.xml$", "feed.xml"),
            ("/@:name", "{}"),
        ] {
            assert_eq!(route(written), expected, "{written}");
        }
    }

    #[test]
    fn requests_lose_hosts_and_queries() {
        for (written, expected) in [
            ("/users/1?x=/y", Some("users/1")),
            ("http://localhost:8000/users/{}", Some("users/{}")),
            ("http://users:80/a", Some("a")),
            ("{}/users/", Some("*/users")),
            ("{}/", Some("*")),
            ("/users/{user_id}", Some("users/{}")),
            ("https://api.github.com/users", Some("//api.github.com")),
            ("{}pets/1", Some("*/pets/1")),
            ("users", None),
            ("/a b", None),
            ("ftp://x/y", None),
        ] {
            assert_eq!(request(written).as_deref(), expected, "{written}");
        }
        assert_eq!(with_holes("/a/%d/{x}/%(y)s/%%"), "/a/{}/{}/{}/%");
        let long = "/a".repeat(100_000);
        assert_eq!(route(&long).len(), 2 * MAX_SEGMENTS - 1);
    }
}

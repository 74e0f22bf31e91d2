//! One request at a time over HTTPS. What is secret goes into one header and nowhere else.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use arc_graph::with_causes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Client, Response, Url, redirect};
use tokio::runtime::{Builder, Runtime};

use super::{GitHubError, Watch};

/// Bytes of an answer, unpacked. GitHub itself gives up long before.
const MAX_ANSWER: usize = 32 << 20;
/// How often is looked whether anybody still waits.
const LOOK: Duration = Duration::from_millis(100);

/// What opens the doors of the tracker. It is never printed.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token; white space around it is dropped.
    #[must_use]
    pub fn new(text: &str) -> Token {
        Token(text.trim().to_owned())
    }

    /// A text without the token in it, wherever somebody repeated it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        text.replace(&self.0, "[token]")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token([hidden])")
    }
}

/// An answer, whatever it says.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// What the headers say.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Seconds to wait.
    pub(crate) retry_after: Option<u64>,
    /// Points that are left.
    pub(crate) remaining: Option<u64>,
    /// When there are new ones, seconds since 1970.
    pub(crate) reset: Option<i64>,
    /// What a classic token may do.
    pub(crate) scopes: Option<String>,
    /// Where the server sends us.
    pub(crate) location: Option<String>,
}

/// There is no answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The server cannot be reached.
    Unreachable(String),
    /// It took too long.
    TimedOut,
    /// The answer broke off.
    Cut(String),
    /// The answer is too large.
    TooLarge,
    /// Nobody waits any more.
    Cancelled,
}

/// A server, and the right to ask it.
pub(crate) struct Transport {
    runtime: Runtime,
    client: Client,
    url: Url,
    headers: HeaderMap,
}

impl Transport {
    pub(crate) fn new(
        url: &str,
        token: &Token,
        timeout: Duration,
    ) -> Result<Transport, GitHubError> {
        let url = checked_url(url)?;
        // Whoever installed one before chose the same: it is the only one there is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .timeout(timeout)
            // A token is for the host it was given for: no redirect is followed.
            .redirect(redirect::Policy::none());
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let failed = |why: String| GitHubError::Setup { why };
        let client = builder.build().map_err(|error| failed(told(error)))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let mut secret = HeaderValue::from_str(&format!("Bearer {}", token.0))
            .ok()
            .filter(|_| !token.0.is_empty())
            .ok_or(GitHubError::OddToken)?;
        secret.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, secret);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let agent = concat!("arc/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        Ok(Transport {
            runtime,
            client,
            url,
            headers,
        })
    }

    /// The server, for people.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends a body and reads the answer.
    pub(crate) fn post(&self, body: String, watch: &dyn Watch) -> Result<Reply, Broken> {
        let request = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .body(body);
        let exchange = async { read(request.send().await.map_err(broken)?).await };
        self.watched(exchange, watch)
            .unwrap_or(Err(Broken::Cancelled))
    }

    /// Waits, as long as anybody waits for it.
    pub(crate) fn sleep(&self, duration: Duration, watch: &dyn Watch) -> Result<(), Broken> {
        self.watched(async { tokio::time::sleep(duration).await }, watch)
            .ok_or(Broken::Cancelled)
    }

    /// Runs something to its end, or to the moment when nobody waits for it any more.
    fn watched<T>(&self, work: impl Future<Output = T>, watch: &dyn Watch) -> Option<T> {
        self.runtime.block_on(async {
            let mut work = Box::pin(work);
            loop {
                if let Ok(done) = tokio::time::timeout(LOOK, &mut work).await {
                    return Some(done);
                }
                if watch.is_cancelled() {
                    return None;
                }
            }
        })
    }
}

/// An address that a token may be sent to.
fn checked_url(text: &str) -> Result<Url, GitHubError> {
    let refused = |why: &str| GitHubError::BadAddress {
        url: text
            .split_once('@')
            .map_or(text, |(_, rest)| rest)
            .to_owned(),
        why: why.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("has a name or a password in it"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refused("is not encrypted: a token goes over https only")),
        _ => Err(refused("is no address of a web server")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

async fn read(mut response: Response) -> Result<Reply, Broken> {
    let status = response.status().as_u16();
    let head = head_of(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, head, body })
}

fn head_of(headers: &HeaderMap) -> Head {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    Head {
        retry_after: text("retry-after").and_then(|text| text.parse().ok()),
        remaining: text("x-ratelimit-remaining").and_then(|text| text.parse().ok()),
        reset: text("x-ratelimit-reset").and_then(|text| text.parse().ok()),
        scopes: text("x-oauth-scopes").map(str::to_owned),
        location: text("location").map(str::to_owned),
    }
}

fn broken(error: reqwest::Error) -> Broken {
    if error.is_timeout() {
        Broken::TimedOut
    } else if error.is_connect() {
        Broken::Unreachable(told(error))
    } else {
        Broken::Cut(told(error))
    }
}

/// What went wrong, and why, without the address.
fn told(error: reqwest::Error) -> String {
    with_causes(&error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_over_https_or_to_this_machine() {
        for good in [
            "https://api.github.com/graphql",
            "http://127.0.0.1:80/graphql",
            "http://[::1]:9/",
            "http://localhost/",
        ] {
            assert!(checked_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.github.com/graphql",
            "http://127.0.0.1.example.org/",
            "https://me:secret@host/",
            "ftp://x/",
            "graphql",
            "",
        ] {
            let error = checked_url(bad).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::new(" abc123\n");
        assert_eq!(format!("{token:?}"), "Token([hidden])");
        assert_eq!(token.hidden_in("no: abc123!"), "no: [token]!");
    }
}

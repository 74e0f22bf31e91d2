//! Requests to one server: time-outs, cancellation, and trying again what may pass.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_graph::with_causes;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url, redirect};
use tokio::runtime::{Builder, Runtime};

use super::{ModelError, ModelSettings, Watch};

/// Bytes of an answer, at most.
pub(super) const MAX_ANSWER: usize = 16 << 20;
/// How often is looked whether anybody still waits.
const LOOK: Duration = Duration::from_millis(50);
/// The first pause; every further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Who asks to be left alone for longer is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A server.
pub(super) struct Transport {
    runtime: Runtime,
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) timeout: Duration,
}

impl Transport {
    pub(super) fn new(settings: &ModelSettings) -> Result<Transport, ModelError> {
        let wrong = |why: String| ModelError::BadSettings { why };
        let url = checked_url(&settings.base_url, settings.key.is_some())?;
        // Whoever installed one before chose the same: it is the only one there is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(settings.timeout)
            .read_timeout(settings.timeout)
            // A key is for the host it was given for: no redirect is followed.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("arc/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| wrong(with_causes(&error)))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Transport {
            runtime: runtime.map_err(|error| wrong(error.to_string()))?,
            client,
            url,
            timeout: settings.timeout,
        })
    }

    /// The server, for people.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url
            .port()
            .map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Asks until there is an answer, or one that will not be another the next time.
    pub(super) fn asked<T, F: Future<Output = Result<T, ModelError>>>(
        &self,
        watch: &dyn Watch,
        ask: impl Fn() -> F,
    ) -> Result<T, ModelError> {
        let mut pause = FIRST_PAUSE;
        for attempt in 0.. {
            let error = match self
                .watched(ask(), watch)
                .unwrap_or(Err(ModelError::Cancelled))
            {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = error.after().unwrap_or_else(|| jittered(pause));
            if attempt >= error.retries() || wait > LONGEST_PAUSE {
                return Err(error);
            }
            watch.note(&format!(
                "{error}; asking again in {:.1} s",
                wait.as_secs_f64()
            ));
            // A timer is made inside of the runtime that it runs in.
            self.watched(async { tokio::time::sleep(wait).await }, watch)
                .ok_or(ModelError::Cancelled)?;
            pause *= 2;
        }
        Err(ModelError::Cancelled)
    }

    /// Runs something to its end, or to the moment when nobody waits for it any more.
    fn watched<T>(&self, work: impl Future<Output = T>, watch: &dyn Watch) -> Option<T> {
        self.runtime.block_on(async {
            let mut work = Box::pin(work);
            while !watch.is_cancelled() {
                if let Ok(done) = tokio::time::timeout(LOOK, &mut work).await {
                    return Some(done);
                }
            }
            None
        })
    }

    /// What an error of the connection means.
    pub(super) fn broken(&self, error: &reqwest::Error) -> ModelError {
        let host = self.host();
        if error.is_timeout() {
            ModelError::TimedOut {
                host,
                seconds: self.timeout.as_secs(),
            }
        } else if error.is_connect() || error.is_request() {
            let why = with_causes(error);
            ModelError::Unreachable { host, why }
        } else {
            let why = with_causes(error);
            ModelError::Cut { host, why }
        }
    }
}

/// A pause between half and all of `pause`: those who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = now.map_or(0, |now| now.subsec_nanos());
    pause.mul_f64(0.5 + 0.5 * f64::from(nanos % 1_000) / 1_000.0)
}

/// An address that texts of a repository, and a key if there is one, may be sent to.
fn checked_url(text: &str, has_key: bool) -> Result<Url, ModelError> {
    let wrong = |why: &str| ModelError::BadSettings {
        why: format!("the address of the server {why}"),
    };
    let url = Url::parse(text).map_err(|error| wrong(&format!("is none: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "has a name or a password in it; keys come from the environment",
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) || !has_key => Ok(url),
        "http" => Err(wrong("is not encrypted: a key goes over https only")),
        _ => Err(wrong("is none of a web server")),
    }
}

/// Whether an address is of this machine: what is sent there leaves it by no wire.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The body of an answer.
pub(super) async fn body_of(
    transport: &Transport,
    mut response: Response,
) -> Result<String, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport.broken(&error))?
    {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(ModelError::Malformed {
                host: transport.host(),
                why: "it is too large".to_owned(),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The error that a web page is: whatever is at the address, it answers no questions.
pub(super) fn web_page(host: &str, model: &str, headers: &HeaderMap) -> Option<ModelError> {
    let kind = headers.get("content-type")?;
    kind.as_bytes()
        .starts_with(b"text/html")
        .then(|| ModelError::UnknownModel {
            host: host.to_owned(),
            model: model.to_owned(),
            said: "it answers with a web page".to_owned(),
        })
}

/// What a status other than success means. `said` is the body.
pub(super) fn refused(
    host: String,
    model: &str,
    status: u16,
    headers: &HeaderMap,
    said: &str,
) -> ModelError {
    let after = headers
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let said = message_in(said);
    let lower = said.to_lowercase();
    let is_long = [
        "context length",
        "context_length",
        "too long",
        "maximum context",
        "too many tokens",
    ];
    match status {
        401 | 403 => ModelError::Unauthorized { host, said },
        404 => ModelError::UnknownModel {
            host,
            model: model.to_owned(),
            said,
        },
        413 => ModelError::TooLong {
            model: model.to_owned(),
            said,
        },
        400 | 422 if is_long.iter().any(|words| lower.contains(words)) => ModelError::TooLong {
            model: model.to_owned(),
            said,
        },
        402 | 429 => ModelError::Limited {
            is_final: status == 402
                || lower.contains("insufficient_quota")
                || lower.contains("exceeded your current quota"),
            host,
            said,
            after,
        },
        408 | 409 | 425 | 500..=599 => ModelError::Server {
            host,
            status,
            said,
            after,
        },
        _ => ModelError::Rejected { host, status, said },
    }
}

/// The sentence of an answer that is an error.
fn message_in(body: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let message = value.as_ref().and_then(|value| {
        let error = value.get("error").unwrap_or(value);
        let message = error.get("message").or(Some(error))?.as_str()?;
        let code = error.get("code").and_then(|code| code.as_str());
        Some(code.map_or(message.to_owned(), |code| format!("{message} ({code})")))
    });
    let text = message.unwrap_or_else(|| body.trim().to_owned());
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_over_https_or_to_this_machine() {
        for (url, has_key, is_good) in [
            ("https://api.example.org/v1", true, true),
            ("http://127.0.0.1:1/v1", true, true),
            ("http://10.0.0.7:11434/v1", false, true),
            ("http://10.0.0.7:11434/v1", true, false),
            ("https://me:secret@host/v1", true, false),
            ("file:///etc/passwd", false, false),
            ("", false, false),
        ] {
            assert_eq!(checked_url(url, has_key).is_ok(), is_good, "{url}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do_with_it() {
        let refused = |status, body| refused("h".to_owned(), "m", status, &HeaderMap::new(), body);
        assert!(refused(500, "").retries() > 0);
        assert!(refused(429, "{\"error\":{\"message\":\"slow down\"}}").retries() > 0);
        let spent = refused(
            429,
            "{\"error\":{\"message\":\"x\",\"code\":\"insufficient_quota\"}}",
        );
        assert_eq!(spent.retries(), 0);
        assert_eq!(refused(401, "").retries(), 0);
        let long = "{\"error\":{\"message\":\"This model's maximum context length is 10\"}}";
        assert!(matches!(refused(400, long), ModelError::TooLong { .. }));
    }
}

//! The log sent to a collector of OpenTelemetry: OTLP over HTTP as JSON, to where the usual variables of the environment say, and nowhere
//! else. Nothing is sent unless they name a place.

use std::time::{Duration, Instant};

use arc_agents::is_loopback;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, Url, redirect};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::log::Told;
use crate::otlp::{metric_message, span_messages};

/// Where a collector is; a signal may have a place of its own.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// How long one message may take without a word about it, as the specification has it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Nobody waits longer, whatever the environment says.
const LONGEST: Duration = Duration::from_secs(120);
/// The first pause before a message is sent again; every further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How often a message is sent, all in all.
const MOST_TRIES: u32 = 4;
/// Bytes of an answer.
const MOST_ANSWER: usize = 1 << 20;
/// Letters of what a collector says.
const MOST_SAID: usize = 300;

/// Why nothing came to the collector, or nobody knows whether it did.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The variables cannot be meant.
    #[error("{variable} {why}")]
    BadSettings {
        /// Which one.
        variable: String,
        /// What is wrong with it.
        why: String,
    },
    /// The client cannot be made.
    #[error("cannot send anything from here: {why}")]
    Setup {
        /// Why.
        why: String,
    },
    /// The collector cannot be reached.
    #[error("the collector at {host} cannot be reached: {why}")]
    Unreachable {
        /// Where it should be.
        host: String,
        /// Why.
        why: String,
    },
    /// It does not answer.
    #[error("the collector at {host} gave no answer in {seconds} s")]
    TimedOut {
        /// Where it is.
        host: String,
        /// How long was waited.
        seconds: f64,
    },
    /// The answer broke off.
    #[error("the answer of the collector at {host} broke off: {why}")]
    Cut {
        /// Where it is.
        host: String,
        /// Why.
        why: String,
    },
    /// It takes nothing.
    #[error("the collector at {host} answers {status}{said}")]
    Refused {
        /// Where it is.
        host: String,
        /// The status of its answer.
        status: u16,
        /// What it said, after a colon; nothing if it said nothing.
        said: String,
    },
}

/// What came to the collector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Spans that were sent, one a session.
    pub spans: usize,
    /// Spans and points of metrics that the collector did not keep.
    pub rejected: u64,
    /// What it said about that, one line.
    pub said: String,
}

/// A collector, and what it is sent.
#[derive(Clone, Debug)]
pub struct Exporter {
    traces: Option<Url>,
    metrics: Option<Url>,
    headers: HeaderMap,
    timeout: Duration,
}

impl Exporter {
    /// The collector that the variables of the environment name (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like); `None` where they name none.
    ///
    /// # Errors
    /// When they name one that nothing can be sent to.
    pub fn from_environment(
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Exporter>, ExportError> {
        let named = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let is = |name: &str, value: &str| named(name).is_some_and(|own| own.trim() == value);
        if named("OTEL_SDK_DISABLED").is_some_and(|own| own.trim().eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let general = named(ENDPOINT);
        let place = |signal: &str, exporter: &str, path: &str| {
            let own = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
            match (named(&own), &general) {
                _ if is(exporter, "none") => Ok(None),
                // A place of its own is meant as it stands.
                (Some(text), _) => checked(&own, text.trim()).map(Some),
                (None, Some(text)) => {
                    let mut url = checked(ENDPOINT, text.trim())?;
                    let begin = url.path().trim_end_matches('/').to_owned();
                    url.set_path(&format!("{begin}/{path}"));
                    Ok(Some(url))
                }
                (None, None) => Ok(None),
            }
        };
        let traces = place("TRACES", "OTEL_TRACES_EXPORTER", "v1/traces")?;
        let metrics = place("METRICS", "OTEL_METRICS_EXPORTER", "v1/metrics")?;
        if traces.is_none() && metrics.is_none() {
            return Ok(None);
        }
        let protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
        if let Some(asked) = named(protocol).filter(|asked| asked.trim() != "http/json") {
            return Err(bad(
                protocol,
                format!(
                    "asks for `{}`, and arc speaks `http/json` only",
                    line(&asked)
                ),
            ));
        }
        let name = "OTEL_EXPORTER_OTLP_HEADERS";
        let headers = match named(name) {
            Some(text) => headers(&text).ok_or_else(|| bad(name, "is no list of name=value"))?,
            None => HeaderMap::new(),
        };
        let is_open = |url: &Url| url.scheme() == "http" && !is_loopback(url);
        if !headers.is_empty() && traces.iter().chain(&metrics).any(is_open) {
            return Err(bad(
                name,
                "may hold a key, and goes over https or to this machine only",
            ));
        }
        let name = "OTEL_EXPORTER_OTLP_TIMEOUT";
        let timeout = match named(name) {
            Some(text) => {
                let milliseconds = text.trim().parse().ok().filter(|number| *number > 0);
                Duration::from_millis(
                    milliseconds.ok_or_else(|| bad(name, "is no number of milliseconds"))?,
                )
            }
            None => TIMEOUT,
        };
        Ok(Some(Exporter {
            traces,
            metrics,
            headers,
            timeout: timeout.min(LONGEST),
        }))
    }

    /// Sends a session, or all of the log, as spans, and how sessions ended so far as metrics. What may pass is tried again.
    ///
    /// # Errors
    /// When the collector cannot be reached, does not answer in time, or takes nothing.
    pub fn send(&self, told: &Told, session: Option<&str>) -> Result<Exported, ExportError> {
        let mut exported = Exported::default();
        let mut messages: Vec<(&Url, Value)> = Vec::new();
        if let Some(url) = &self.traces {
            for (spans, message) in span_messages(told, session) {
                exported.spans += spans;
                messages.push((url, message));
            }
        }
        if let Some(url) = &self.metrics {
            messages.extend(metric_message(told).map(|message| (url, message)));
        }
        if messages.is_empty() {
            return Ok(exported);
        }
        let setup = |why: String| ExportError::Setup { why };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| setup(error.to_string()))?;
        for (url, message) in messages {
            let client = self.client(url).map_err(|error| setup(told_error(error)))?;
            let answer = runtime.block_on(self.post(&client, url, &message.to_string()))?;
            exported.note(&answer);
        }
        Ok(exported)
    }

    fn client(&self, url: &Url) -> Result<Client, reqwest::Error> {
        // Whoever installed one before chose the same: it is the only one there is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            // What is sent is for the host that was named: no redirect is followed.
            .redirect(redirect::Policy::none())
            .default_headers(self.headers.clone())
            .user_agent(concat!("arc/", env!("CARGO_PKG_VERSION")));
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        builder.build()
    }

    /// Sends a message until there is an answer that will not be another the next time, or no time is left.
    async fn post(&self, client: &Client, url: &Url, body: &str) -> Result<String, ExportError> {
        let end = Instant::now() + self.timeout;
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let left = end.saturating_duration_since(Instant::now());
            let tried = tokio::time::timeout(left, once(client, url, body)).await;
            let Ok(tried) = tried else {
                return Err(ExportError::TimedOut {
                    host: host(url),
                    seconds: self.timeout.as_secs_f64(),
                });
            };
            let failed = match tried {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let wait = failed.after.unwrap_or(pause);
            if !failed.may_pass || tries >= MOST_TRIES || Instant::now() + wait >= end {
                return Err(failed.error);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }
}

impl Exported {
    /// What a collector answers that kept only some of it; any other answer says no more than that it kept all.
    fn note(&mut self, answer: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(answer) else {
            return;
        };
        let partial = &answer["partialSuccess"];
        // Large numbers are texts in this JSON; some send plain ones.
        let count = |name: &str| {
            let value = &partial[name];
            let text = value.as_str().and_then(|text| text.parse::<u64>().ok());
            text.or_else(|| value.as_u64()).unwrap_or(0)
        };
        self.rejected += count("rejectedSpans") + count("rejectedDataPoints");
        if let Some(said) = partial["errorMessage"].as_str() {
            self.said = line(said);
        }
    }
}

/// A message that did not come through.
struct NotSent {
    error: ExportError,
    /// Another time it may.
    may_pass: bool,
    /// When the collector wants to be asked again.
    after: Option<Duration>,
}

async fn once(client: &Client, url: &Url, body: &str) -> Result<String, NotSent> {
    let not_sent = |error: reqwest::Error| {
        let (host, may_pass) = (host(url), error.is_connect());
        let why = told_error(error);
        let error = if may_pass {
            ExportError::Unreachable { host, why }
        } else {
            ExportError::Cut { host, why }
        };
        NotSent {
            error,
            may_pass,
            after: None,
        }
    };
    let request = client
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_owned());
    let response = request.send().await.map_err(not_sent)?;
    let status = response.status().as_u16();
    let after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let said = body_of(response).await;
    if (200..300).contains(&status) {
        return said.map_err(not_sent);
    }
    let said = line(&said.unwrap_or_default());
    Err(NotSent {
        error: ExportError::Refused {
            host: host(url),
            status,
            said: if said.is_empty() {
                said
            } else {
                format!(": {said}")
            },
        },
        may_pass: matches!(status, 429 | 502 | 503 | 504),
        after,
    })
}

/// The beginning of an answer: no more of it is of any use.
async fn body_of(mut response: Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_ANSWER {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn bad(variable: &str, why: impl Into<String>) -> ExportError {
    ExportError::BadSettings {
        variable: variable.to_owned(),
        why: why.into(),
    }
}

/// An address that something may be sent to.
fn checked(variable: &str, text: &str) -> Result<Url, ExportError> {
    let url = Url::parse(text).map_err(|error| bad(variable, format!("is no address: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            variable,
            "has a name or a password in it; OTEL_EXPORTER_OTLP_HEADERS is for keys",
        ));
    }
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(bad(variable, "is no address of a web server")),
    }
}

/// The collector, for people.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or(host.to_owned(), |port| format!("{host}:{port}"))
}

/// `name=value` and more of them behind commas; values are percent-encoded.
fn headers(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        let mut value = HeaderValue::from_bytes(&decoded(value.trim())?).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(headers)
}

/// A text without its percent-encoding; `None` where that is broken.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let digits = [bytes.next()?, bytes.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        plain.push(u8::from_str_radix(digits, 16).ok()?);
    }
    Some(plain)
}

/// What went wrong and why, without the address, which may hold a key.
fn told_error(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    line(&text)
}

/// A text of a stranger as one short line.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = words.join(" ");
    plain
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MOST_SAID)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Exporter>, ExportError> {
        Exporter::from_environment(&|name| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn places(variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let exporter = from(variables).expect("can be meant").expect("one");
        [exporter.traces, exporter.metrics].map(|url| url.map(|url| url.to_string()))
    }

    #[test]
    fn nothing_is_sent_unless_a_place_is_named() {
        for variables in [
            &[][..],
            &[(ENDPOINT, " ")],
            &[
                (ENDPOINT, "http://localhost:4318"),
                ("OTEL_SDK_DISABLED", "TRUE"),
            ],
            &[("OTEL_EXPORTER_OTLP_HEADERS", "a=b")],
            &[
                (ENDPOINT, "http://localhost:4318"),
                ("OTEL_TRACES_EXPORTER", "none"),
                ("OTEL_METRICS_EXPORTER", "none"),
            ],
        ] {
            assert!(from(variables).expect("can be meant").is_none());
        }
    }

    #[test]
    fn signals_have_their_paths() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            places(&[(ENDPOINT, "https://h.example/otlp/")]),
            [
                text("https://h.example/otlp/v1/traces"),
                text("https://h.example/otlp/v1/metrics")
            ]
        );
        let own = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        assert_eq!(
            places(&[(own, "http://127.0.0.1:9/x")]),
            [text("http://127.0.0.1:9/x"), None]
        );
    }

    #[test]
    fn what_cannot_be_meant_is_said_without_keys() {
        let http = (ENDPOINT, "http://collector.example:4318");
        for variables in [
            &[(ENDPOINT, "localhost:4318")][..],
            &[(ENDPOINT, "ftp://h/")],
            &[(ENDPOINT, "https://me:secret@h/")],
            &[http, ("OTEL_EXPORTER_OTLP_HEADERS", "key=secret")],
            &[http, ("OTEL_EXPORTER_OTLP_HEADERS", "secret")],
            &[http, ("OTEL_EXPORTER_OTLP_HEADERS", "k=%2")],
            &[http, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            &[http, ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")],
            &[http, ("OTEL_EXPORTER_OTLP_TIMEOUT", "0")],
        ] {
            let error = from(variables).expect_err("it cannot be meant").to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn headers_are_decoded_and_hidden() {
        let headers = headers("authorization=Bearer%20abc, x-a=1,").expect("a list");
        assert_eq!(headers["authorization"], "Bearer abc");
        assert_eq!(headers["x-a"], "1");
        assert!(!format!("{headers:?}").contains("abc"));
    }

    #[test]
    fn what_a_collector_says_is_one_line() {
        let mut exported = Exported::default();
        exported.note(
            r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too\n\u001b[2J many"}}"#,
        );
        exported.note(r#"{"partialSuccess":{"rejectedDataPoints":1}}"#);
        exported.note("[not JSON");
        assert_eq!(
            (exported.rejected, exported.said.as_str()),
            (3, "too [2J many")
        );
    }
}

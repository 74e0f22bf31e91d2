//! A place that is asked over HTTP, and what comes of it: one object, or server-sent events of one object each.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::model::transport::{MAX_ANSWER, Transport, body_of, refused, web_page};
use crate::model::{ModelError, ModelSettings};

/// A place of a server that answers questions.
pub(super) struct Endpoint {
    pub(super) transport: Transport,
    url: String,
    headers: HeaderMap,
    pub(super) model: String,
    pub(super) streams: bool,
}

/// What comes.
pub(super) enum Came {
    /// The whole answer.
    Whole(Value),
    /// A piece of it.
    Event(Value),
}

impl Endpoint {
    /// The server of some settings, asked at `url`.
    pub(super) fn new(settings: &ModelSettings, url: String) -> Result<Endpoint, ModelError> {
        Ok(Endpoint {
            transport: Transport::new(settings)?,
            url,
            headers: HeaderMap::new(),
            model: settings.name.clone(),
            streams: settings.streams,
        })
    }

    /// Sends a header along.
    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Endpoint {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sends a key along, if there is one, in the form that its header has.
    pub(super) fn with_key(mut self, name: HeaderName, value: Option<String>) -> Endpoint {
        if let Some(value) = value {
            let mut value =
                HeaderValue::from_str(&value).expect("keys are checked when they are read");
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// What an error in an answer means, although the server took the question.
    pub(super) fn failed(&self, error: &Value) -> ModelError {
        ModelError::Server {
            host: self.transport.host(),
            status: 200,
            said: error["message"].as_str().unwrap_or("an error").to_owned(),
            after: None,
        }
    }

    /// Asks, and gives what comes to `take`.
    pub(super) async fn ask(
        &self,
        body: String,
        take: &mut dyn FnMut(Came) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let transport = &self.transport;
        let malformed = |why: String| ModelError::Malformed {
            host: transport.host(),
            why,
        };
        let read = |text: &str| -> Result<Value, ModelError> {
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
        };
        let request = transport
            .client
            .post(&self.url)
            .headers(self.headers.clone())
            .header("content-type", "application/json")
            .body(body);
        let mut response = request
            .send()
            .await
            .map_err(|error| transport.broken(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            let said = body_of(transport, response).await?;
            let status = status.as_u16();
            return Err(refused(
                transport.host(),
                &self.model,
                status,
                &headers,
                &said,
            ));
        }
        if let Some(error) = web_page(&transport.host(), &self.model, &headers) {
            return Err(error);
        }
        let is_stream = headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if !is_stream {
            return take(Came::Whole(read(&body_of(transport, response).await?)?));
        }
        let mut lines = Lines::default();
        let mut bytes = 0;
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| transport.broken(&error))?
        {
            bytes += chunk.len();
            if bytes > MAX_ANSWER {
                return Err(malformed("it is too large".to_owned()));
            }
            for event in lines.take(&chunk) {
                if event != "[DONE]" {
                    take(Came::Event(read(&event)?))?;
                }
            }
        }
        Ok(())
    }
}

/// The data of server-sent events.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    data: String,
}

impl Lines {
    /// The events that end in a chunk.
    fn take(&mut self, chunk: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(chunk);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if let Some(data) = line.strip_prefix("data:") {
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            } else if line.is_empty() && !self.data.is_empty() {
                events.push(std::mem::take(&mut self.data));
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_may_be_cut_anywhere() {
        let text = "event: a\r\ndata: {\"x\":\r\ndata: 1}\r\n\r\n: note\n\ndata:2\n\n";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let events: Vec<String> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| lines.take(chunk))
                .collect();
            assert_eq!(events, ["{\"x\":1}", "2"]);
        }
    }
}

//! One question over HTTP, and what comes: one object, or server-sent events of one object each.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::model::ModelError;
use crate::model::transport::{MAX_ANSWER, Transport, body_of, refused};

/// A question.
pub(super) struct Post<'a> {
    pub(super) url: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) model: &'a str,
    pub(super) body: String,
}

/// What comes.
pub(super) enum Came {
    /// The whole answer.
    Whole(Value),
    /// A piece of it.
    Event(Value),
}

impl Post<'_> {
    /// Asks, and gives what comes to `take`.
    pub(super) async fn answered(
        self,
        transport: &Transport,
        take: &mut dyn FnMut(Came) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let malformed = |why: String| ModelError::Malformed {
            host: transport.host(),
            why,
        };
        let read = |text: &str| -> Result<Value, ModelError> {
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
        };
        let request = transport
            .client
            .post(self.url)
            .headers(self.headers.clone())
            .header("content-type", "application/json")
            .body(self.body);
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
                self.model,
                status,
                &headers,
                &said,
            ));
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

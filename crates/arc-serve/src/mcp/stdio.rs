//! Lines of JSON-RPC over pipes. Whatever bytes arrive, the connection lives on: what is no message is answered with an
//! error. When the input ends, the requests that came before its end are still answered.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{ClientJsonRpcMessage, ClientNotification, ServerJsonRpcMessage};
use rmcp::service::RoleServer;
use rmcp::transport::{StdioReader, StdioWriter, Transport, stdio_pipes};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{Mutex as AsyncMutex, Notify};

/// Bytes of one message. Longer ones are dropped, with an error.
const MAX_LINE: usize = 8 << 20;
/// Requests that are read before an earlier one is answered. A client that reads nothing is not read from.
const MAX_OPEN: usize = 64;
/// How long requests are still answered after the input ended.
const FAREWELL: Duration = Duration::from_secs(60);

/// The two standard streams as a connection.
pub(crate) struct StdioTransport {
    input: BufReader<StdioReader>,
    /// The bytes of a line that is not complete yet.
    line: Vec<u8>,
    /// The line is too long, and its end has not come yet.
    is_dropping: bool,
    output: Arc<AsyncMutex<StdioWriter>>,
    open: Arc<Open>,
    /// An error that is still to be written.
    complaint: Option<Value>,
}

/// The requests that have no answer yet, and the answers on their way out.
#[derive(Default)]
struct Open {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    /// The ids of requests without an answer. They are free again before the answer is written: who has read it may be
    /// quicker with the next request than we are with this set.
    ids: HashSet<String>,
    /// Answers that are being written.
    leaving: usize,
}

impl Open {
    fn with<T>(&self, look: impl FnOnce(&mut Waiting) -> T) -> T {
        // A set of ids is whole whoever panicked with it in hand.
        look(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nobody waits for an answer any more.
    fn cancel(&self, id: &str) {
        self.with(|waiting| waiting.ids.remove(id));
        self.changed.notify_waiters();
    }

    /// The answer is about to be written.
    fn answer(&self, id: &str) {
        self.with(|waiting| {
            waiting.ids.remove(id);
            waiting.leaving += 1;
        });
    }

    /// An answer was written, or could not be.
    fn left(&self) {
        self.with(|waiting| waiting.leaving -= 1);
        self.changed.notify_waiters();
    }

    async fn fall_below(&self, count: usize) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.with(|waiting| waiting.ids.len() + waiting.leaving < count) {
                return;
            }
            changed.await;
        }
    }
}

/// What a line is.
enum Line {
    Message(Box<ClientJsonRpcMessage>),
    /// Nothing to answer.
    Nothing,
    Wrong(Value),
}

impl StdioTransport {
    /// Takes the standard streams. Must be called inside the event loop.
    pub(crate) fn new() -> StdioTransport {
        let (input, output) = stdio_pipes();
        StdioTransport {
            input: BufReader::with_capacity(1 << 16, input),
            line: Vec::new(),
            is_dropping: false,
            output: Arc::new(AsyncMutex::new(output)),
            open: Arc::new(Open::default()),
            complaint: None,
        }
    }

    /// The next line; `None` at the end of the input. Nothing is lost when it is dropped while it waits.
    async fn next_line(&mut self) -> Option<Result<Vec<u8>, Value>> {
        loop {
            let available = self.input.fill_buf().await.ok()?;
            if available.is_empty() {
                // A last line without an end is a line.
                let rest = std::mem::take(&mut self.line);
                return (!rest.is_empty()).then_some(Ok(rest));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |end| end + 1);
            let is_too_long = self.line.len() + taken > MAX_LINE;
            if !self.is_dropping && !is_too_long {
                self.line.extend_from_slice(&available[..taken]);
            }
            self.input.consume(taken);
            if is_too_long && !self.is_dropping {
                self.line = Vec::new();
                self.is_dropping = true;
            }
            if end.is_none() {
                continue;
            }
            if std::mem::take(&mut self.is_dropping) {
                let text = format!("a message has at most {MAX_LINE} bytes");
                return Some(Err(error(&Value::Null, -32600, &text)));
            }
            return Some(Ok(std::mem::take(&mut self.line)));
        }
    }

    fn read(&self, line: &[u8]) -> Line {
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        let line = line.trim_ascii();
        if line.is_empty() {
            return Line::Nothing;
        }
        let value: Value = match serde_json::from_slice(line) {
            Ok(value) => value,
            Err(wrong) => {
                let text = format!("this is no JSON: {wrong}");
                return Line::Wrong(error(&Value::Null, -32700, &text));
            }
        };
        let id = value.get("id").cloned().unwrap_or(Value::Null);
        let is_request = value.get("method").is_some_and(Value::is_string);
        if !is_request && (value.get("result").is_some() || value.get("error").is_some()) {
            // An answer to a question that we do not ask.
            return Line::Nothing;
        }
        if !is_request || value.get("jsonrpc") != Some(&Value::from("2.0")) {
            let text =
                "this is no JSON-RPC 2.0 request: {\"jsonrpc\": \"2.0\", \"id\": …, \"method\": …}";
            return Line::Wrong(error(&id, -32600, text));
        }
        let is_notification = value.get("id").is_none();
        let has_odd_parameters = value
            .get("params")
            .is_some_and(|params| !params.is_object());
        match serde_json::from_value::<ClientJsonRpcMessage>(value) {
            Ok(message) => self.admit(message),
            Err(_) if is_notification => Line::Nothing,
            Err(_) if has_odd_parameters => {
                Line::Wrong(error(&id, -32602, "params: this is no object"))
            }
            Err(wrong) => {
                let text = format!("this is no request of the protocol: {wrong}");
                Line::Wrong(error(&id, -32600, &text))
            }
        }
    }

    fn admit(&self, message: ClientJsonRpcMessage) -> Line {
        match &message {
            ClientJsonRpcMessage::Request(request) => {
                let id = request.id.to_string();
                if !self.open.with(|waiting| waiting.ids.insert(id)) {
                    let text = "a request with this id has no answer yet";
                    let id = serde_json::to_value(&request.id).unwrap_or(Value::Null);
                    return Line::Wrong(error(&id, -32600, text));
                }
            }
            ClientJsonRpcMessage::Notification(notification) => {
                // A cancelled request gets no answer.
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.open.cancel(&id.to_string());
                }
            }
            ClientJsonRpcMessage::Response(_) | ClientJsonRpcMessage::Error(_) => {
                return Line::Nothing;
            }
        }
        Line::Message(Box::new(message))
    }
}

impl Transport<RoleServer> for StdioTransport {
    type Error = io::Error;

    fn send(
        &mut self,
        item: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let output = Arc::clone(&self.output);
        let open = Arc::clone(&self.open);
        async move {
            let id = match &item {
                ServerJsonRpcMessage::Response(response) => Some(response.id.to_string()),
                ServerJsonRpcMessage::Error(error) => error.id.as_ref().map(ToString::to_string),
                ServerJsonRpcMessage::Request(_) | ServerJsonRpcMessage::Notification(_) => None,
            };
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            if let Some(id) = &id {
                open.answer(id);
            }
            let written = write(&output, &line).await;
            if id.is_some() {
                open.left();
            }
            written
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(complaint) = &self.complaint {
                let line = format!("{complaint}\n");
                write(&self.output, line.as_bytes()).await.ok()?;
                self.complaint = None;
            }
            self.open.fall_below(MAX_OPEN).await;
            let line = match self.next_line().await {
                Some(Ok(line)) => line,
                Some(Err(complaint)) => {
                    self.complaint = Some(complaint);
                    continue;
                }
                None => {
                    // Whoever pipes requests in and closes reads the answers nevertheless.
                    let _ = tokio::time::timeout(FAREWELL, self.open.fall_below(1)).await;
                    return None;
                }
            };
            match self.read(&line) {
                Line::Message(message) => return Some(*message),
                Line::Nothing => {}
                Line::Wrong(complaint) => self.complaint = Some(complaint),
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        Ok(())
    }
}

async fn write(output: &AsyncMutex<StdioWriter>, line: &[u8]) -> io::Result<()> {
    let mut output = output.lock().await;
    output.write_all(line).await?;
    output.flush().await
}

fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

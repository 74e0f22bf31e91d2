//! Answers written down, and given again: for tests that ask a model, without one.

use std::cell::Cell;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use arc_project::redact;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, Role, ToolCall, Usage, Watch,
};

/// Bytes of a recording that are read.
const MAX_BYTES: u64 = 64 << 20;

/// One line of a recording.
#[derive(Serialize, Deserialize)]
struct Exchange {
    /// As it was sent, without secrets; for people.
    #[serde(default)]
    request: Value,
    reply: Reply,
}

#[derive(Serialize, Deserialize)]
struct Reply {
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<Call>,
    #[serde(default)]
    finish: Option<Ended>,
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    #[serde(default)]
    cached: u64,
}

#[derive(Serialize, Deserialize)]
struct Call {
    #[serde(default)]
    id: String,
    name: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ended {
    Stop,
    Calls,
    Length,
    Refusal,
}

impl Reply {
    fn of(reply: &ChatReply) -> Reply {
        Reply {
            text: redact(&reply.text).0.into_owned(),
            calls: reply
                .calls
                .iter()
                .map(|call| Call {
                    id: call.id.clone(),
                    name: call.name.clone(),
                    arguments: cleaned(call.arguments.clone()),
                })
                .collect(),
            finish: Some(match reply.finish {
                Finish::Stop => Ended::Stop,
                Finish::Calls => Ended::Calls,
                Finish::Length => Ended::Length,
                Finish::Refusal => Ended::Refusal,
            }),
            input: reply.usage.input,
            output: reply.usage.output,
            cached: reply.usage.cached,
        }
    }

    fn said(self) -> ChatReply {
        let calls: Vec<ToolCall> = (0..)
            .zip(self.calls)
            .map(|(at, call)| ToolCall {
                id: if call.id.is_empty() {
                    format!("call_{at}")
                } else {
                    call.id
                },
                name: call.name,
                arguments: call.arguments,
            })
            .collect();
        let finish = match self.finish {
            None if calls.is_empty() => Finish::Stop,
            None => Finish::Calls,
            Some(Ended::Stop) => Finish::Stop,
            Some(Ended::Calls) => Finish::Calls,
            Some(Ended::Length) => Finish::Length,
            Some(Ended::Refusal) => Finish::Refusal,
        };
        ChatReply {
            text: self.text,
            calls,
            finish,
            usage: Usage {
                input: self.input,
                output: self.output,
                cached: self.cached,
            },
        }
    }
}

/// Texts without secrets, wherever they stand.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text).0.into_owned()),
        Value::Array(items) => items.into_iter().map(cleaned).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, cleaned(value))).collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

fn unusable(file: &Path, why: impl ToString) -> ModelError {
    ModelError::Recording {
        file: file.to_owned(),
        why: why.to_string(),
    }
}

/// A model whose answers are written down, one line of JSON each.
pub(super) struct Recorder {
    inner: Box<dyn ChatModel>,
    file: PathBuf,
}

impl Recorder {
    pub(super) fn new(inner: Box<dyn ChatModel>, file: PathBuf) -> Recorder {
        Recorder { inner, file }
    }

    fn write(&self, request: &ChatRequest, reply: &ChatReply) -> std::io::Result<()> {
        let exchange = Exchange {
            request: cleaned(self.inner.body(request)),
            reply: Reply::of(reply),
        };
        let mut line = serde_json::to_string(&exchange)?;
        line.push('\n');
        let mut file = File::options().create(true).append(true).open(&self.file)?;
        file.write_all(line.as_bytes())
    }
}

impl ChatModel for Recorder {
    fn complete(&self, request: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError> {
        let reply = self.inner.complete(request, watch)?;
        self.write(request, &reply)
            .map_err(|error| unusable(&self.file, error))?;
        Ok(reply)
    }

    fn body(&self, request: &ChatRequest) -> Value {
        self.inner.body(request)
    }

    fn name(&self) -> &str {
        self.inner.name()
    }
}

/// The answers of a recording, one after the other, whatever is asked: outputs of runs and times in a question differ from day
/// to day.
pub(super) struct Replay {
    file: PathBuf,
    name: String,
    next: Cell<usize>,
}

impl Replay {
    pub(super) fn new(file: PathBuf, name: String) -> Replay {
        Replay {
            file,
            name,
            next: Cell::new(0),
        }
    }

    fn reply(&self) -> Result<ChatReply, ModelError> {
        let meta = self.file.metadata();
        let meta = meta.map_err(|error| unusable(&self.file, error))?;
        if !meta.is_file() || meta.len() > MAX_BYTES {
            return Err(unusable(&self.file, "it is no file of at most 64 MiB"));
        }
        let text = std::fs::read_to_string(&self.file);
        let text = text.map_err(|error| unusable(&self.file, error))?;
        let mut lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty());
        let Some((number, line)) = lines.nth(self.next.get()) else {
            return Err(unusable(
                &self.file,
                format!("it has no more than {} answers", self.next.get()),
            ));
        };
        let exchange: Exchange = serde_json::from_str(line)
            .map_err(|error| unusable(&self.file, format!("line {number}: {error}")))?;
        self.next.set(self.next.get() + 1);
        Ok(exchange.reply.said())
    }
}

impl ChatModel for Replay {
    fn complete(&self, _: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError> {
        if watch.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        self.reply()
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let role = |message: &Message| match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        let messages = request.messages.iter();
        let tools = request.tools.iter();
        json!({
            "model": self.name,
            "messages": messages
                .map(|message| json!({"role": role(message), "content": message.text}))
                .collect::<Vec<_>>(),
            "tools": tools.map(|tool| tool.name.as_str()).collect::<Vec<_>>(),
        })
    }

    fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Watch for Nobody {
        fn is_cancelled(&self) -> bool {
            false
        }

        fn note(&self, _: &str) {}
    }

    #[test]
    fn what_was_recorded_is_said_again_without_its_secrets() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let secret = ["ghp_", "Zk3vQ9xW1bT7mL5cR8dH2nJ6pS4gF0yAeU1o"].concat();
        let (first, second) = (folder.path().join("a.jsonl"), folder.path().join("b.jsonl"));
        let lines =
            json!({"reply": {"calls": [{"name": "impact", "arguments": {"target": "a.py"}}]}});
        let said = json!({"reply": {"text": format!("It is {secret}."), "input": 7}});
        std::fs::write(&first, format!("{lines}\n\n{said}\n")).expect("a new file");
        let replay = Replay::new(first, "replay".to_owned());
        let recorder = Recorder::new(Box::new(replay), second.clone());
        let request = ChatRequest {
            messages: vec![Message::new(Role::User, format!("Is it {secret}?"))],
            ..ChatRequest::default()
        };
        let one = recorder.complete(&request, &Nobody).expect("a call");
        assert_eq!((one.finish, &*one.calls[0].name), (Finish::Calls, "impact"));
        let two = recorder.complete(&request, &Nobody).expect("an answer");
        assert_eq!((two.finish, two.usage.input), (Finish::Stop, 7));
        let end = recorder.complete(&request, &Nobody).expect_err("no more");
        assert!(end.to_string().contains("no more than 2 answers"), "{end}");
        let written = std::fs::read_to_string(&second).expect("a recording");
        assert!(!written.contains(&secret) && written.lines().count() == 2);
        let again = Replay::new(second, "replay".to_owned());
        assert_eq!(again.complete(&request, &Nobody), Ok(one));
    }
}

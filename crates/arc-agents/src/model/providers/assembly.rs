//! An answer that comes in pieces.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{ChatReply, Finish, ModelError, ToolCall, Usage};

/// Calls of one answer, at most.
const MAX_CALLS: u64 = 64;

/// What came so far.
#[derive(Default)]
pub(super) struct Assembly {
    pub(super) text: String,
    pub(super) refusal: String,
    calls: BTreeMap<u64, Call>,
    pub(super) finish: Option<Finish>,
    pub(super) usage: Usage,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl Assembly {
    /// Adds a piece of a call.
    pub(super) fn call(&mut self, index: u64, id: Option<&str>, name: Option<&str>, piece: &str) {
        if index >= MAX_CALLS {
            return;
        }
        let call = self.calls.entry(index).or_default();
        // Some servers repeat both in every piece, some give the name in pieces of its own.
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            id.clone_into(&mut call.id);
        }
        if let Some(name) = name.filter(|name| *name != call.name) {
            call.name.push_str(name);
        }
        call.arguments.push_str(piece);
    }

    /// Letters that came.
    pub(super) fn len(&self) -> usize {
        let calls: usize = self.calls.values().map(|call| call.arguments.len()).sum();
        self.text.len() + self.refusal.len() + calls
    }

    /// The whole answer, when it came to its end.
    pub(super) fn whole(self, host: String) -> Result<ChatReply, ModelError> {
        let Some(finish) = self.finish else {
            return Err(ModelError::Cut {
                host,
                why: "it has no end".to_owned(),
            });
        };
        let calls: Vec<ToolCall> = self
            .calls
            .into_iter()
            .filter(|(_, call)| !call.name.is_empty())
            .map(|(index, call)| ToolCall {
                id: if call.id.is_empty() {
                    format!("call_{index}")
                } else {
                    call.id
                },
                name: call.name,
                arguments: arguments(call.arguments),
            })
            .collect();
        let finish = match finish {
            _ if !self.refusal.is_empty() => Finish::Refusal,
            // Some servers say «stop» with calls.
            Finish::Stop | Finish::Calls if !calls.is_empty() => Finish::Calls,
            Finish::Calls => Finish::Stop,
            Finish::Stop | Finish::Length | Finish::Refusal => finish,
        };
        Ok(ChatReply {
            text: if self.refusal.is_empty() {
                self.text
            } else {
                self.refusal
            },
            calls,
            finish,
            usage: self.usage,
        })
    }
}

fn arguments(text: String) -> Value {
    if text.trim().is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

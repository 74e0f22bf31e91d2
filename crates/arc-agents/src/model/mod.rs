//! Models that answer messages, whoever runs them.
//!
//! Nothing is sent without settings that name a model. Keys come from the environment, stand in one header and are never printed.
//! The types of HTTP clients and of providers stay in here.

mod budget;
mod error;
mod providers;
mod recording;
mod settings;
mod structured;
mod transport;

use serde_json::Value;

pub(crate) use budget::tokens;
pub use budget::{Budget, Prices};
pub use error::ModelError;
pub use providers::{open_model, shown_prompt};
pub use settings::{ModelSettings, Provider};
pub(crate) use structured::json_in;
pub use transport::is_loopback;

/// Something that answers messages.
pub trait ChatModel {
    /// Answers, and tells pieces of the answer as they come. Tries again what may pass.
    ///
    /// # Errors
    /// When there is no answer, or no whole one.
    fn complete(&self, request: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError>;

    /// A question as it is sent.
    fn body(&self, request: &ChatRequest) -> Value;

    /// What it is called, for people.
    fn name(&self) -> &str;
}

/// Whoever waits for an answer.
pub trait Watch {
    /// Whether nobody waits any more.
    fn is_cancelled(&self) -> bool;

    /// Something that people may want to know while they wait.
    fn note(&self, text: &str);
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    /// The conversation so far, oldest first.
    pub messages: Vec<Message>,
    /// Functions that the model may ask to be called.
    pub tools: Vec<ToolSpec>,
    /// The JSON Schema that the answer follows, with its name; `None` for prose.
    pub schema: Option<(String, Value)>,
    /// Tokens of the answer, at most.
    pub max_tokens: u32,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The instructions.
    System,
    /// The question.
    User,
    /// The model.
    Assistant,
    /// The result of a call.
    Tool,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub text: String,
    /// Calls that the model asks for.
    pub calls: Vec<ToolCall>,
    /// The call that this is the result of.
    pub answers: Option<String>,
}

impl Message {
    /// A message without calls.
    #[must_use]
    pub fn new(role: Role, text: impl Into<String>) -> Message {
        Message {
            role,
            text: text.into(),
            calls: Vec::new(),
            answers: None,
        }
    }

    /// The result of a call.
    #[must_use]
    pub fn result(call: &ToolCall, text: String) -> Message {
        Message {
            answers: Some(call.id.clone()),
            ..Message::new(Role::Tool, text)
        }
    }
}

/// A function that a model may ask to be called.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// When to call it.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub input: Value,
}

/// A call that a model asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// What its result refers to.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments; a text when they are no JSON.
    pub arguments: Value,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It is whole.
    Stop,
    /// Calls are to be made.
    Calls,
    /// There were no tokens left.
    Length,
    /// The model, or who runs it, does not want to answer.
    Refusal,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatReply {
    /// What is said.
    pub text: String,
    /// Calls that are asked for.
    pub calls: Vec<ToolCall>,
    /// Why it ends.
    pub finish: Finish,
    /// Tokens that were read and written, as far as they are told.
    pub usage: Usage,
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the question.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
    /// Of the question, that the server had from before.
    pub cached: u64,
}

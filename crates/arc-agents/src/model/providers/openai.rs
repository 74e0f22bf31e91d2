//! Chat completions, as OpenAI has them and many others after it.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use arc_graph::with_causes;
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures_util::StreamExt as _;
use reqwest::Response;
use serde_json::{Value, json};

use super::assembly::Assembly;
use crate::model::transport::{MAX_ANSWER, Transport, refused, web_page};
use crate::model::{
    ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, ModelSettings, Role, Usage,
    Watch,
};

/// The server of those who made the protocol.
const HOME: &str = "api.openai.com";

/// A server with chat completions.
pub(super) struct OpenAi {
    transport: Transport,
    client: Client<OpenAIConfig>,
    model: String,
    streams: bool,
    form: Cell<Form>,
}

/// How the server is told which JSON is wanted. Many do not know the best way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By its schema.
    Schema,
    /// By the word «object», and the schema in the question.
    Object,
    /// By the schema in the question.
    Prose,
}

/// A status other than success, on its way through the client.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused(ModelError);

/// An answer that came whole although pieces were asked for, on its way through the client.
#[derive(Debug, thiserror::Error)]
#[error("whole")]
struct Whole(String);

/// Why there are no pieces of an answer.
enum Ended {
    Whole(String),
    Failed(ModelError),
}

impl OpenAi {
    pub(super) fn new(settings: &ModelSettings) -> Result<OpenAi, ModelError> {
        let transport = Transport::new(settings)?;
        let mut config = OpenAIConfig::new()
            .with_api_base(&settings.base_url)
            .with_api_key(settings.key.as_deref().unwrap_or(""));
        // Who pays at OpenAI is nobody else's business.
        if transport.url.host_str() != Some(HOME) {
            config = config.with_org_id("").with_project_id("");
        }
        let service = Service {
            client: transport.client.clone(),
            host: transport.host(),
            model: settings.name.clone(),
            streams: settings.streams,
        };
        let client = Client::build(transport.client.clone(), config).with_http_service(service);
        Ok(OpenAi {
            transport,
            client,
            model: settings.name.clone(),
            streams: settings.streams,
            form: Cell::new(Form::Schema),
        })
    }

    async fn ask(&self, body: Value) -> Result<ChatReply, ModelError> {
        let mut assembly = Assembly::default();
        if !self.streams {
            let answer: Value = self
                .client
                .chat()
                .create_byot(body)
                .await
                .map_err(|error| self.failed(error))?;
            self.take(&answer, "message", &mut assembly)?;
            return assembly.whole(self.transport.host());
        }
        match self.streamed(body, &mut assembly).await {
            Ok(()) => {}
            Err(Ended::Whole(text)) => {
                let answer: Value = serde_json::from_str(&text)
                    .map_err(|error| self.malformed(&error.to_string()))?;
                self.take(&answer, "message", &mut assembly)?;
            }
            Err(Ended::Failed(error)) => return Err(error),
        }
        assembly.whole(self.transport.host())
    }

    /// Adds the pieces of an answer as they come.
    async fn streamed(&self, body: Value, assembly: &mut Assembly) -> Result<(), Ended> {
        let mut pieces: Pin<
            Box<dyn futures_util::Stream<Item = Result<Value, OpenAIError>> + Send>,
        > = self
            .client
            .chat()
            .create_stream_byot(body)
            .await
            .map_err(|error| self.ended(error))?;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.ended(error))?;
            self.take(&piece, "delta", assembly)
                .map_err(Ended::Failed)?;
            if assembly.len() > MAX_ANSWER {
                return Err(Ended::Failed(self.malformed("it is too large")));
            }
        }
        Ok(())
    }

    fn ended(&self, error: OpenAIError) -> Ended {
        let OpenAIError::Boxed(boxed) = error else {
            return Ended::Failed(self.failed(error));
        };
        match boxed.downcast::<Whole>() {
            Ok(whole) => Ended::Whole(whole.0),
            Err(other) => Ended::Failed(self.failed(OpenAIError::Boxed(other))),
        }
    }

    fn malformed(&self, why: &str) -> ModelError {
        ModelError::Malformed {
            host: self.transport.host(),
            why: why.to_owned(),
        }
    }

    /// Adds a piece, or a whole answer, which has its parts under another name.
    fn take(&self, piece: &Value, part: &str, assembly: &mut Assembly) -> Result<(), ModelError> {
        if let Some(error) = piece.get("error").filter(|error| !error.is_null()) {
            let said = error["message"].as_str().unwrap_or("an error").to_owned();
            return Err(ModelError::Server {
                host: self.transport.host(),
                status: 200,
                said,
                after: None,
            });
        }
        let usage = &piece["usage"];
        if usage.is_object() {
            let count = |value: &Value| value.as_u64().unwrap_or(0);
            assembly.usage = Usage {
                input: count(&usage["prompt_tokens"]),
                output: count(&usage["completion_tokens"]),
                cached: count(&usage["prompt_tokens_details"]["cached_tokens"]),
            };
        }
        let Some(choice) = piece["choices"].get(0) else {
            // The last piece has the usage alone.
            return match part {
                "delta" => Ok(()),
                _ => Err(self.malformed("it has no choices")),
            };
        };
        let said = &choice[part];
        assembly
            .text
            .push_str(said["content"].as_str().unwrap_or(""));
        assembly
            .refusal
            .push_str(said["refusal"].as_str().unwrap_or(""));
        for (at, call) in (0..).zip(said["tool_calls"].as_array().into_iter().flatten()) {
            let function = &call["function"];
            assembly.call(
                call["index"].as_u64().unwrap_or(at),
                call["id"].as_str(),
                function["name"].as_str(),
                function["arguments"].as_str().unwrap_or(""),
            );
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            assembly.finish = Some(match reason {
                "length" => Finish::Length,
                "content_filter" => Finish::Refusal,
                "tool_calls" | "function_call" => Finish::Calls,
                _ => Finish::Stop,
            });
        }
        Ok(())
    }

    fn failed(&self, error: OpenAIError) -> ModelError {
        let host = self.transport.host();
        match error {
            OpenAIError::Boxed(error) => match error.downcast::<Refused>() {
                Ok(refused) => refused.0,
                Err(other) => ModelError::Cut {
                    host,
                    why: with_causes(other.as_ref()),
                },
            },
            OpenAIError::Reqwest(error) => self.transport.broken(&error),
            OpenAIError::JSONDeserialize(error, _) => self.malformed(&error.to_string()),
            OpenAIError::ApiError(_)
            | OpenAIError::FileSaveError(_)
            | OpenAIError::FileReadError(_)
            | OpenAIError::StreamError(_)
            | OpenAIError::InvalidArgument(_) => ModelError::Cut {
                host,
                why: with_causes(&error),
            },
        }
    }
}

impl ChatModel for OpenAi {
    fn complete(&self, request: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError> {
        loop {
            let body = self.body(request);
            let answer = self.transport.asked(watch, || self.ask(body.clone()));
            let less = match self.form.get() {
                Form::Schema => Form::Object,
                Form::Object => Form::Prose,
                Form::Prose => return answer,
            };
            match &answer {
                Err(ModelError::Rejected { said, .. })
                    if request.schema.is_some() && is_about_form(said) =>
                {
                    self.form.set(less);
                }
                Ok(_) | Err(_) => return answer,
            }
        }
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let mut messages: Vec<Value> = request.messages.iter().map(message).collect();
        let mut body = json!({"model": self.model});
        // What others know as `max_tokens` the first of them refuses for its newer models.
        let bound = if self.transport.url.host_str() == Some(HOME) {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body[bound] = json!(request.max_tokens);
        if let Some((name, schema)) = &request.schema {
            let described =
                format!("Answer with one JSON object that follows this schema: {schema}");
            match self.form.get() {
                Form::Schema => {
                    body["response_format"] = json!({
                        "type": "json_schema",
                        "json_schema": {"name": name, "schema": schema, "strict": true},
                    });
                }
                Form::Object => {
                    body["response_format"] = json!({"type": "json_object"});
                    messages.push(json!({"role": "user", "content": described}));
                }
                Form::Prose => messages.push(json!({"role": "user", "content": described})),
            }
        }
        body["messages"] = Value::Array(messages);
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name, "description": tool.description, "parameters": tool.input,
                }})
            });
            body["tools"] = tools.collect();
        }
        if self.streams {
            body["stream"] = json!(true);
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    fn name(&self) -> &str {
        &self.model
    }
}

/// Whether a refusal is about the wanted form of the answer.
fn is_about_form(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "response_format",
        "json_schema",
        "json_object",
        "schema",
        "structured",
    ]
    .iter()
    .any(|word| said.contains(word))
}

fn message(message: &Message) -> Value {
    match message.role {
        Role::System => json!({"role": "system", "content": message.text}),
        Role::User => json!({"role": "user", "content": message.text}),
        Role::Tool => json!({
            "role": "tool",
            "tool_call_id": message.answers,
            "content": message.text,
        }),
        Role::Assistant => {
            let mut said = json!({"role": "assistant", "content": message.text});
            if !message.calls.is_empty() {
                let calls = message.calls.iter().map(|call| {
                    let arguments = match call.arguments.as_str() {
                        Some(text) => text.to_owned(),
                        None => call.arguments.to_string(),
                    };
                    json!({"id": call.id, "type": "function",
                        "function": {"name": call.name, "arguments": arguments}})
                });
                said["tool_calls"] = calls.collect();
            }
            said
        }
    }
}

/// Sends requests and keeps what a refusal says, headers included.
#[derive(Clone)]
struct Service {
    client: reqwest::Client,
    host: String,
    model: String,
    streams: bool,
}

impl tower::Service<HttpRequestFactory> for Service {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let response = service.client.execute(request.build().await?).await?;
            let status = response.status();
            let headers = response.headers().clone();
            let kind = headers
                .get("content-type")
                .map_or(&b""[..], |kind| kind.as_bytes());
            let is_small = response
                .content_length()
                .is_some_and(|length| length <= MAX_ANSWER as u64);
            if status.is_success() {
                if let Some(error) = web_page(&service.host, &service.model, &headers) {
                    return Err(OpenAIError::Boxed(Box::new(Refused(error))));
                }
                // Simple servers know no pieces, and answer as they can.
                if service.streams && is_small && kind.starts_with(b"application/json") {
                    return Err(OpenAIError::Boxed(Box::new(Whole(response.text().await?))));
                }
                return Ok(response);
            }
            let said = response.text().await?;
            let error = refused(
                service.host,
                &service.model,
                status.as_u16(),
                &headers,
                &said,
            );
            Err(OpenAIError::Boxed(Box::new(Refused(error))))
        })
    }
}

//! Responses, as OpenAI has them beside chat completions.

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::assembly::Assembly;
use super::events::{Came, Endpoint};
use crate::model::{
    ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, ModelSettings, Role, Usage,
    Watch,
};

/// A server with responses.
pub(super) struct Responses {
    endpoint: Endpoint,
}

impl Responses {
    pub(super) fn new(settings: &ModelSettings) -> Result<Responses, ModelError> {
        let bearer = settings.key.as_ref().map(|key| format!("Bearer {key}"));
        let url = format!("{}/responses", settings.base_url);
        let endpoint = Endpoint::new(settings, url)?.with_key(AUTHORIZATION, bearer);
        Ok(Responses { endpoint })
    }

    async fn ask(&self, body: String) -> Result<ChatReply, ModelError> {
        let mut assembly = Assembly::default();
        // The last event has the whole answer; nobody is shown the pieces before it.
        let mut take = |came| match came {
            Came::Whole(response) => self.take(&response, &mut assembly),
            Came::Event(event) => match event["type"].as_str().unwrap_or("") {
                "response.completed" | "response.incomplete" | "response.failed" => {
                    self.take(&event["response"], &mut assembly)
                }
                "error" => Err(self.endpoint.failed(&event)),
                _ => Ok(()),
            },
        };
        self.endpoint.ask(body, &mut take).await?;
        assembly.whole(self.endpoint.transport.host())
    }

    fn take(&self, response: &Value, assembly: &mut Assembly) -> Result<(), ModelError> {
        if response["error"].is_object() {
            return Err(self.endpoint.failed(&response["error"]));
        }
        for (at, item) in (0..).zip(response["output"].as_array().into_iter().flatten()) {
            match item["type"].as_str().unwrap_or("") {
                "message" => {
                    for part in item["content"].as_array().into_iter().flatten() {
                        let text = |name: &str| part[name].as_str().unwrap_or("");
                        assembly.text.push_str(text("text"));
                        assembly.refusal.push_str(text("refusal"));
                    }
                }
                "function_call" => assembly.call(
                    at,
                    item["call_id"].as_str(),
                    item["name"].as_str(),
                    item["arguments"].as_str().unwrap_or(""),
                ),
                // Thoughts are not answers.
                _ => {}
            }
        }
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        let usage = &response["usage"];
        assembly.usage = Usage {
            input: count(&usage["input_tokens"]),
            output: count(&usage["output_tokens"]),
            cached: count(&usage["input_tokens_details"]["cached_tokens"]),
        };
        assembly.finish = match (
            response["status"].as_str(),
            response["incomplete_details"]["reason"].as_str(),
        ) {
            (Some("completed"), _) => Some(Finish::Stop),
            (_, Some("content_filter")) => Some(Finish::Refusal),
            (Some("incomplete"), _) => Some(Finish::Length),
            _ => None,
        };
        Ok(())
    }
}

impl ChatModel for Responses {
    fn complete(&self, request: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError> {
        let body = self.body(request).to_string();
        let transport = &self.endpoint.transport;
        transport.asked(watch, || self.ask(body.clone()))
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let input: Vec<Value> = request.messages.iter().flat_map(items).collect();
        let mut body = json!({
            "model": self.endpoint.model,
            "max_output_tokens": request.max_tokens,
            "input": input,
            // Nobody asked for answers to be kept elsewhere.
            "store": false,
        });
        if let Some((name, schema)) = &request.schema {
            body["text"] = json!({"format": {
                "type": "json_schema", "name": name, "schema": schema, "strict": true,
            }});
        }
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({"type": "function", "name": tool.name, "description": tool.description,
                    "parameters": tool.input, "strict": false})
            });
            body["tools"] = tools.collect();
        }
        if self.endpoint.streams {
            body["stream"] = json!(true);
        }
        body
    }

    fn name(&self) -> &str {
        &self.endpoint.model
    }
}

/// What a message is: one item, or one for each call.
fn items(message: &Message) -> Vec<Value> {
    let said = |role: &str| json!({"role": role, "content": message.text});
    match message.role {
        Role::System => vec![said("system")],
        Role::User => vec![said("user")],
        Role::Tool => vec![
            json!({"type": "function_call_output", "call_id": message.answers, "output": message.text}),
        ],
        Role::Assistant => {
            let mut items = Vec::new();
            if !message.text.is_empty() {
                items.push(said("assistant"));
            }
            items.extend(message.calls.iter().map(|call| {
                let arguments = match call.arguments.as_str() {
                    Some(text) => text.to_owned(),
                    None => call.arguments.to_string(),
                };
                json!({"type": "function_call", "call_id": call.id, "name": call.name,
                    "arguments": arguments})
            }));
            items
        }
    }
}

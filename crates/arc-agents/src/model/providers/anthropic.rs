//! Messages, as Anthropic has them.

use reqwest::header::HeaderName;
use serde_json::{Value, json};

use super::assembly::Assembly;
use super::events::{Came, Endpoint};
use crate::model::{
    ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, ModelSettings, Role, Watch,
};

/// The version of the protocol.
const VERSION: &str = "2023-06-01";

/// A server with messages.
pub(super) struct Anthropic {
    endpoint: Endpoint,
}

impl Anthropic {
    pub(super) fn new(settings: &ModelSettings) -> Result<Anthropic, ModelError> {
        let base = settings.base_url.trim_end_matches("/v1");
        let endpoint = Endpoint::new(settings, format!("{base}/v1/messages"))?
            .with(HeaderName::from_static("anthropic-version"), VERSION)
            .with_key(HeaderName::from_static("x-api-key"), settings.key.clone());
        Ok(Anthropic { endpoint })
    }

    async fn ask(&self, body: String) -> Result<Assembly, ModelError> {
        let mut assembly = Assembly::default();
        let mut take = |came| match came {
            Came::Whole(message) => {
                self.take_whole(&message, &mut assembly);
                Ok(())
            }
            Came::Event(event) => self.take(&event, &mut assembly),
        };
        self.endpoint.ask(body, &mut take).await?;
        Ok(assembly)
    }

    fn take_whole(&self, message: &Value, assembly: &mut Assembly) {
        for (index, block) in (0..).zip(message["content"].as_array().into_iter().flatten()) {
            start_block(index, block, assembly);
            let input = &block["input"];
            if input.is_object() {
                assembly.call(index, None, None, &input.to_string());
            }
        }
        assembly.finish = finish(&message["stop_reason"]);
        count(&message["usage"], assembly);
    }

    fn take(&self, event: &Value, assembly: &mut Assembly) -> Result<(), ModelError> {
        let index = event["index"].as_u64().unwrap_or(0);
        match event["type"].as_str().unwrap_or("") {
            "message_start" => count(&event["message"]["usage"], assembly),
            "content_block_start" => start_block(index, &event["content_block"], assembly),
            "content_block_delta" => {
                let delta = &event["delta"];
                assembly.text.push_str(delta["text"].as_str().unwrap_or(""));
                if let Some(piece) = delta["partial_json"].as_str() {
                    assembly.call(index, None, None, piece);
                }
            }
            "message_delta" => {
                if let Some(reason) = finish(&event["delta"]["stop_reason"]) {
                    assembly.finish = Some(reason);
                }
                count(&event["usage"], assembly);
            }
            "error" => return Err(self.endpoint.failed(&event["error"])),
            // Pings, ends of blocks, and what later versions add.
            _ => {}
        }
        Ok(())
    }
}

impl ChatModel for Anthropic {
    fn complete(&self, request: &ChatRequest, watch: &dyn Watch) -> Result<ChatReply, ModelError> {
        let body = self.body(request).to_string();
        let transport = &self.endpoint.transport;
        let whole = || async { self.ask(body.clone()).await?.whole(transport.host()) };
        let mut reply = transport.asked(watch, whole)?;
        if let Some((name, _)) = &request.schema
            && let Some(at) = reply.calls.iter().position(|call| call.name == *name)
        {
            reply.text = reply.calls.remove(at).arguments.to_string();
            reply.finish = Finish::Stop;
        }
        Ok(reply)
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({
            "model": self.endpoint.model,
            "max_tokens": request.max_tokens,
            "messages": messages(&request.messages),
        });
        let system: Vec<&str> = request
            .messages
            .iter()
            .filter(|message| message.role == Role::System)
            .map(|message| message.text.as_str())
            .collect();
        if !system.is_empty() {
            // The instructions are the same from question to question: the server may keep them.
            body["system"] = json!([{"type": "text", "text": system.join("\n\n"),
                "cache_control": {"type": "ephemeral"}}]);
        }
        let mut tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"name": tool.name, "description": tool.description, "input_schema": tool.input})
            })
            .collect();
        if let Some((name, schema)) = &request.schema {
            tools.push(
                json!({"name": name, "description": "Gives the answer.", "input_schema": schema}),
            );
            body["tool_choice"] = json!({"type": "tool", "name": name});
        }
        if !tools.is_empty() {
            body["tools"] = Value::Array(tools);
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

fn start_block(index: u64, block: &Value, assembly: &mut Assembly) {
    match block["type"].as_str().unwrap_or("") {
        "text" => assembly.text.push_str(block["text"].as_str().unwrap_or("")),
        "tool_use" => assembly.call(index, block["id"].as_str(), block["name"].as_str(), ""),
        // Thoughts are not answers.
        _ => {}
    }
}

fn finish(reason: &Value) -> Option<Finish> {
    Some(match reason.as_str()? {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::Calls,
        "refusal" => Finish::Refusal,
        _ => Finish::Stop,
    })
}

fn count(usage: &Value, assembly: &mut Assembly) {
    let told = |name: &str| usage[name].as_u64();
    if let Some(input) = told("input_tokens") {
        let cached = told("cache_read_input_tokens").unwrap_or(0);
        let written = told("cache_creation_input_tokens").unwrap_or(0);
        assembly.usage.input = input + cached + written;
        assembly.usage.cached = cached;
    }
    if let Some(output) = told("output_tokens") {
        assembly.usage.output = output;
    }
}

/// The conversation without its instructions. Results of calls are said by the user, all of one answer together.
fn messages(messages: &[Message]) -> Vec<Value> {
    let mut said: Vec<Value> = Vec::new();
    for message in messages {
        let (role, blocks) = match message.role {
            Role::System => continue,
            Role::User => ("user", vec![json!({"type": "text", "text": message.text})]),
            Role::Tool => (
                "user",
                vec![
                    json!({"type": "tool_result", "tool_use_id": message.answers,
                    "content": message.text}),
                ],
            ),
            Role::Assistant => {
                let mut blocks = Vec::new();
                if !message.text.is_empty() {
                    blocks.push(json!({"type": "text", "text": message.text}));
                }
                blocks.extend(message.calls.iter().map(|call| {
                    let input = if call.arguments.is_object() {
                        call.arguments.clone()
                    } else {
                        json!({})
                    };
                    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
                }));
                ("assistant", blocks)
            }
        };
        match said.last_mut() {
            Some(last) if last["role"] == role => {
                if let Some(known) = last["content"].as_array_mut() {
                    known.extend(blocks);
                }
            }
            _ => said.push(json!({"role": role, "content": blocks})),
        }
    }
    said
}

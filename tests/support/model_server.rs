//! A server on this machine that speaks as servers of models do: chat completions and messages, whole and in pieces, with calls,
//! and every way to fail. What it answers is a script, one step for each request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The model says this.
    Say(String),
    /// The same, whole although pieces are asked for.
    SayWhole(String),
    /// The model calls functions: name and arguments, as they are written.
    Call(Vec<(String, String)>),
    /// The model refuses.
    Refuse(String),
    /// A status with a message, or a page that begins with `<html>`, and seconds of `Retry-After`.
    Status(u16, &'static str, Option<u64>),
    /// The answer breaks off in the middle.
    Cut,
    /// Pieces that are no JSON.
    Garbage,
    /// Nothing comes.
    Silence,
    /// The step comes after so many milliseconds.
    Slow(u64, Box<Step>),
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// The running server. It ends with the process.
#[derive(Clone)]
pub(crate) struct ModelServer {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ModelServer {
    /// Starts a server that goes through `script`; after its end it repeats the last step.
    pub(crate) fn start(script: Vec<Step>) -> ModelServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, script) = (seen.clone(), script.clone());
                thread::spawn(move || serve(stream, &seen, &script));
            }
        });
        ModelServer { port, asked }
    }

    /// A server that is not there: nobody may listen on this port.
    pub(crate) fn away() -> ModelServer {
        ModelServer {
            port: 1,
            asked: Arc::default(),
        }
    }

    /// The real binary in a folder, with settings that name this server.
    #[expect(clippy::disallowed_methods, reason = "the binary is what is tested")]
    pub(crate) fn arc(&self, folder: &Path, provider: &str, words: &[&str]) -> Command {
        let path = if provider == "anthropic" { "" } else { "/v1" };
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("arc"));
        command
            .current_dir(folder)
            .args(words)
            .env_remove("ARC_DB")
            .env("ARC_MODEL_PROVIDER", provider)
            .env(
                "ARC_MODEL_BASE_URL",
                format!("http://127.0.0.1:{}{path}", self.port),
            )
            .env("ARC_MODEL_NAME", "test-model")
            .env("ARC_MODEL_KEY_ENV", "TEST_KEY")
            .env("TEST_KEY", "very-secret-key")
            .env("ARC_MODEL_TIMEOUT", "2");
        command
    }

    /// What came so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread failed").clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Asked>>, script: &[Step]) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let path = first.split(' ').nth(1).unwrap_or("").to_owned();
        let mut headers = Vec::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            let (name, value) = (name.to_lowercase(), value.trim().to_owned());
            if name == "content-length" {
                length = value.parse().expect("a number");
            }
            headers.push((name, value));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the whole body");
        let body: Value = serde_json::from_slice(&body).expect("a body of JSON");
        let number = {
            let mut seen = seen.lock().expect("no thread failed");
            seen.push(Asked {
                path: path.clone(),
                headers,
                body: body.clone(),
            });
            seen.len() - 1
        };
        let step = &script[number.min(script.len() - 1)];
        let speech = match path.rsplit('/').next() {
            Some("messages") => Speech::Messages,
            Some("responses") => Speech::Responses,
            _ => Speech::Chat,
        };
        if !answer(&mut stream, step, speech, body["stream"] == true) {
            return;
        }
    }
}

/// What a server speaks.
#[derive(Clone, Copy)]
enum Speech {
    Chat,
    Messages,
    Responses,
}

/// Answers; whether the connection goes on.
fn answer(stream: &mut TcpStream, step: &Step, speech: Speech, streams: bool) -> bool {
    match step {
        Step::Status(status, message, after) => {
            let told = json!({"error": {"message": message, "type": "error"}}).to_string();
            let (kind, body) = match message.strip_prefix("<html>") {
                Some(_) => ("text/html; charset=utf-8", (*message).to_owned()),
                None => ("application/json", told),
            };
            let after = after.map_or(String::new(), |after| format!("Retry-After: {after}\r\n"));
            write(
                stream,
                &format!(
                    "HTTP/1.1 {status} No\r\nContent-Type: {kind}\r\n{after}Content-Length: {}\r\n\r\n{body}",
                    body.len()
                ),
            )
        }
        Step::Silence => {
            thread::sleep(Duration::from_secs(20));
            false
        }
        Step::Slow(ms, step) => {
            thread::sleep(Duration::from_millis(*ms));
            answer(stream, step, speech, streams)
        }
        Step::Garbage => {
            let kind = if streams {
                "text/event-stream"
            } else {
                "application/json"
            };
            let body = "data: {\"choices\": [nonsense\n\n";
            write(
                stream,
                &format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ),
            )
        }
        Step::SayWhole(text) => {
            let said = Step::Say(text.clone());
            whole(stream, &whole_of(&said, speech))
        }
        Step::Say(_) | Step::Call(_) | Step::Refuse(_) | Step::Cut => {
            if !streams {
                return whole(stream, &whole_of(step, speech));
            }
            let events = match speech {
                Speech::Messages => message_events(step),
                Speech::Chat => chat_events(step),
                Speech::Responses => response_events(step),
            };
            let mut text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
            for event in events {
                let event = format!("{event}\n\n");
                text.push_str(&format!("{:x}\r\n{event}\r\n", event.len()));
            }
            if matches!(step, Step::Cut) {
                write(stream, &text);
                return false;
            }
            text.push_str("0\r\n\r\n");
            write(stream, &text)
        }
    }
}

fn write(stream: &mut TcpStream, text: &str) -> bool {
    stream.write_all(text.as_bytes()).is_ok()
}

fn whole(stream: &mut TcpStream, body: &Value) -> bool {
    let body = body.to_string();
    write(
        stream,
        &format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

/// An answer that is no stream.
fn whole_of(step: &Step, speech: Speech) -> Value {
    match speech {
        Speech::Messages => message(step),
        Speech::Chat => chat(step),
        Speech::Responses => response(step),
    }
}

fn response_events(step: &Step) -> Vec<String> {
    let event = |value: Value| {
        format!(
            "event: {}\ndata: {value}",
            value["type"].as_str().unwrap_or("")
        )
    };
    let mut events = vec![
        event(
            json!({"type": "response.created", "response": {"status": "in_progress", "output": []}}),
        ),
        event(json!({"type": "response.output_text.delta", "delta": "It is"})),
    ];
    if !matches!(step, Step::Cut) {
        events.push(event(
            json!({"type": "response.completed", "response": response(step)}),
        ));
    }
    events
}

fn response(step: &Step) -> Value {
    let said = |part: Value| json!([{"type": "reasoning", "summary": []}, {"type": "message", "role": "assistant", "content": [part]}]);
    let output = match step {
        Step::Say(text) => said(json!({"type": "output_text", "text": text})),
        Step::Refuse(text) => said(json!({"type": "refusal", "refusal": text})),
        Step::Call(calls) => {
            let calls = calls.iter().enumerate().map(|(at, (name, arguments))| {
                json!({"type": "function_call", "call_id": format!("call_{at}"), "name": name, "arguments": arguments})
            });
            calls.collect()
        }
        Step::SayWhole(_)
        | Step::Status(..)
        | Step::Cut
        | Step::Garbage
        | Step::Silence
        | Step::Slow(..) => {
            json!([])
        }
    };
    json!({"status": "completed", "error": null, "output": output,
        "usage": {"input_tokens": 100, "output_tokens": 20}})
}

/// A text in pieces, as models write.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(7)
        .map(|piece| piece.iter().collect())
        .collect()
}

fn chat_events(step: &Step) -> Vec<String> {
    let event = |delta: Value, finish: Value| {
        format!(
            "data: {}",
            json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        )
    };
    let mut events = vec![event(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    let finish = match step {
        Step::Say(text) => {
            events.extend(
                pieces(text)
                    .into_iter()
                    .map(|piece| event(json!({"content": piece}), Value::Null)),
            );
            "stop"
        }
        Step::Refuse(text) => {
            events.push(event(json!({"refusal": text}), Value::Null));
            "stop"
        }
        Step::Call(calls) => {
            for (at, (name, arguments)) in calls.iter().enumerate() {
                let start = json!({"tool_calls": [{"index": at, "id": format!("call_{at}"), "type": "function",
                    "function": {"name": name, "arguments": ""}}]});
                events.push(event(start, Value::Null));
                for piece in pieces(arguments) {
                    let piece =
                        json!({"tool_calls": [{"index": at, "function": {"arguments": piece}}]});
                    events.push(event(piece, Value::Null));
                }
            }
            "tool_calls"
        }
        Step::SayWhole(_)
        | Step::Status(..)
        | Step::Cut
        | Step::Garbage
        | Step::Silence
        | Step::Slow(..) => {
            events.push(event(json!({"content": "It is"}), Value::Null));
            return events;
        }
    };
    events.push(event(json!({}), json!(finish)));
    events.push(format!(
        "data: {}",
        json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20}})
    ));
    events.push("data: [DONE]".to_owned());
    events
}

fn chat(step: &Step) -> Value {
    let (message, finish) = match step {
        Step::Say(text) => (json!({"role": "assistant", "content": text}), "stop"),
        Step::Refuse(text) => (json!({"role": "assistant", "refusal": text}), "stop"),
        Step::Call(calls) => {
            let calls: Vec<Value> = calls
                .iter()
                .enumerate()
                .map(|(at, (name, arguments))| {
                    json!({"id": format!("call_{at}"), "type": "function",
                        "function": {"name": name, "arguments": arguments}})
                })
                .collect();
            (
                json!({"role": "assistant", "content": null, "tool_calls": calls}),
                "tool_calls",
            )
        }
        Step::SayWhole(_)
        | Step::Status(..)
        | Step::Cut
        | Step::Garbage
        | Step::Silence
        | Step::Slow(..) => (json!({}), ""),
    };
    json!({"choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20}})
}

fn message_events(step: &Step) -> Vec<String> {
    let event = |value: Value| {
        format!(
            "event: {}\ndata: {value}",
            value["type"].as_str().unwrap_or("")
        )
    };
    let mut events = vec![
        event(
            json!({"type": "message_start", "message": {"usage": {"input_tokens": 100, "output_tokens": 1}}}),
        ),
        event(json!({"type": "ping"})),
    ];
    let reason = match step {
        Step::Say(text) | Step::Refuse(text) => {
            events.push(event(json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})));
            for piece in pieces(text) {
                events.push(event(json!({"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": piece}})));
            }
            events.push(event(json!({"type": "content_block_stop", "index": 0})));
            if matches!(step, Step::Say(_)) {
                "end_turn"
            } else {
                "refusal"
            }
        }
        Step::Call(calls) => {
            for (at, (name, arguments)) in calls.iter().enumerate() {
                events.push(event(json!({"type": "content_block_start", "index": at,
                    "content_block": {"type": "tool_use", "id": format!("toolu_{at}"), "name": name, "input": {}}})));
                for piece in pieces(arguments) {
                    events.push(event(json!({"type": "content_block_delta", "index": at,
                        "delta": {"type": "input_json_delta", "partial_json": piece}})));
                }
            }
            "tool_use"
        }
        Step::SayWhole(_)
        | Step::Status(..)
        | Step::Cut
        | Step::Garbage
        | Step::Silence
        | Step::Slow(..) => {
            return events;
        }
    };
    events.push(event(json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 20}})));
    events.push(event(json!({"type": "message_stop"})));
    events
}

fn message(step: &Step) -> Value {
    let (content, reason) = match step {
        Step::Say(text) => (json!([{"type": "text", "text": text}]), "end_turn"),
        Step::Refuse(text) => (json!([{"type": "text", "text": text}]), "refusal"),
        Step::Call(calls) => {
            let calls = calls.iter().enumerate().map(|(at, (name, arguments))| {
                let input: Value = serde_json::from_str(arguments).unwrap_or(json!({}));
                json!({"type": "tool_use", "id": format!("toolu_{at}"), "name": name, "input": input})
            });
            (calls.collect(), "tool_use")
        }
        Step::SayWhole(_)
        | Step::Status(..)
        | Step::Cut
        | Step::Garbage
        | Step::Silence
        | Step::Slow(..) => (json!([]), ""),
    };
    json!({"type": "message", "content": content, "stop_reason": reason,
        "usage": {"input_tokens": 100, "output_tokens": 20}})
}

//! What `arc heal` sends to a collector: a server on this machine that takes it, refuses it, is slow, breaks off or is not there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod binary;

use binary::{arc, write};

/// What happens to one request.
#[derive(Clone, Copy)]
enum Step {
    /// A status, more headers, and a body.
    Answer(u16, &'static str, &'static str),
    /// The answer is longer than what comes of it.
    Cut,
    /// Nothing comes.
    Silence,
}

const TAKEN: Step = Step::Answer(200, "", "{}");

/// What came.
#[derive(Clone, Debug)]
struct Sent {
    path: String,
    head: String,
    body: Value,
}

struct Collector {
    port: u16,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Collector {
    /// Goes through `script`; after its end it repeats the last step.
    fn start(script: &'static [Step]) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let port = listener.local_addr().expect("it is bound").port();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let seen = sent.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = seen.clone();
                thread::spawn(move || serve(stream, &seen, script));
            }
        });
        Collector { port, sent }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("no thread failed").clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Sent>>, script: &[Step]) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            head.push_str(&line.to_lowercase());
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).expect("the body comes");
        let step = {
            let mut seen = seen.lock().expect("no thread failed");
            seen.push(Sent {
                path: first.split(' ').nth(1).unwrap_or("").to_owned(),
                head,
                body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            });
            script[(seen.len() - 1).min(script.len() - 1)]
        };
        let answer = match step {
            Step::Answer(status, headers, body) => format!(
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}",
                body.len()
            ),
            Step::Cut => "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"partial".to_owned(),
            Step::Silence => {
                thread::sleep(Duration::from_secs(60));
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).is_err() || matches!(step, Step::Cut) {
            return;
        }
    }
}

fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        "shop.py",
        "def total(rate)\n    return rate\n",
    );
    write(
        folder.path(),
        "check.py",
        "import shop\nassert shop.total(1) == 1\n",
    );
    folder
}

fn run(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = arc(folder);
    command
        .arg("heal")
        .args(words)
        .timeout(Duration::from_secs(120));
    for (name, value) in variables {
        command.env(name, value);
    }
    command.output().expect("the binary runs")
}

const HEAL: &[&str] = &["shop.py", "--yes", "--json", "--", "python3", "check.py"];
const SEND: &[&str] = &["log", "--otlp", "--send"];
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A project with one session in its log.
fn healed() -> TempDir {
    let folder = project();
    assert_eq!(run(folder.path(), HEAL, &[]).status.code(), Some(0));
    folder
}

#[test]
fn a_session_is_sent_when_it_ends_and_the_log_when_asked() {
    let collector = Collector::start(&[TAKEN]);
    let folder = project();
    let url = collector.url();
    let variables = [
        (ENDPOINT, url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b"),
    ];
    let output = run(folder.path(), HEAL, &variables);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("telemetry"), "{}", said(&output));
    let sent = collector.sent();
    let paths: Vec<&str> = sent.iter().map(|sent| sent.path.as_str()).collect();
    assert_eq!(paths, ["/v1/traces", "/v1/metrics"]);
    assert!(sent[0].head.contains("content-type: application/json"));
    assert!(sent[0].head.contains("x-key: a b"), "{}", sent[0].head);
    let spans = |sent: &Sent| sent.body["resourceSpans"][0]["scopeSpans"][0]["spans"].clone();
    assert_eq!(spans(&sent[0])[0]["name"], "arc heal");
    let metrics = &sent[1].body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert_eq!(metrics[0]["sum"]["dataPoints"][0]["asInt"], "1");
    // The next session is sent alone, and counts both; the log has both.
    write(
        folder.path(),
        "shop.py",
        "def total(rate):\n    return rate)\n",
    );
    assert_eq!(run(folder.path(), HEAL, &variables).status.code(), Some(0));
    let sent = collector.sent();
    assert_eq!(spans(&sent[2]).as_array().map(Vec::len), Some(1));
    let metrics = &sent[3].body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert_eq!(metrics[0]["sum"]["dataPoints"][0]["asInt"], "2");
    let output = run(folder.path(), SEND, &variables);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "sent 2 sessions\n");
    assert_eq!(
        spans(&collector.sent()[4]).as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn nothing_is_sent_unless_it_is_asked_for() {
    let collector = Collector::start(&[TAKEN]);
    let folder = project();
    let url = collector.url();
    // What a repository says names no collector.
    write(folder.path(), ".env", format!("{ENDPOINT}={url}\n"));
    for variables in [
        &[][..],
        &[(ENDPOINT, url.as_str()), ("OTEL_SDK_DISABLED", "true")],
    ] {
        let output = run(folder.path(), HEAL, variables);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let dry = ["shop.py", "--dry-run", "--", "python3", "check.py"];
    write(
        folder.path(),
        "shop.py",
        "def total(rate)\n    return rate\n",
    );
    run(folder.path(), &dry, &[(ENDPOINT, &url)]);
    assert_eq!(run(folder.path(), SEND, &[]).status.code(), Some(2));
    assert_eq!(
        run(folder.path(), &["log", "--send"], &[]).status.code(),
        Some(2)
    );
    assert!(collector.sent().is_empty(), "{:?}", collector.sent());
}

#[test]
fn what_may_pass_is_sent_again() {
    const BUSY: Step = Step::Answer(429, "Retry-After: 1\r\n", "{\"message\":\"busy\"}");
    const AWAY: Step = Step::Answer(503, "", "");
    let collector = Collector::start(&[BUSY, AWAY, TAKEN]);
    let folder = healed();
    let output = run(folder.path(), SEND, &[(ENDPOINT, &collector.url())]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let sent = collector.sent();
    assert_eq!(sent.len(), 4);
    assert_eq!(
        (&sent[0].body, &sent[1].body),
        (&sent[2].body, &sent[2].body)
    );
}

#[test]
fn a_collector_that_fails_is_told_and_changes_nothing_else() {
    let cases: &[(&'static [Step], &str, usize)] = &[
        (
            &[Step::Answer(400, "", "no\n\u{1b}[2Jspans")],
            "answers 400: no",
            1,
        ),
        (&[Step::Answer(503, "", "")], "answers 503", 4),
        (
            &[Step::Answer(429, "Retry-After: 600\r\n", "")],
            "answers 429",
            1,
        ),
        (
            &[Step::Answer(307, "Location: /elsewhere\r\n", "")],
            "answers 307",
            1,
        ),
        (&[Step::Cut], "broke off", 1),
        (&[Step::Silence], "no answer in 2.5 s", 1),
    ];
    for (script, expected, requests) in cases {
        let collector = Collector::start(script);
        let folder = project();
        let url = collector.url();
        let variables = [
            (ENDPOINT, url.as_str()),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ];
        let output = run(folder.path(), HEAL, &variables);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{expected}: {}",
            said(&output)
        );
        let told = said(&output);
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(!told.contains('\u{1b}'), "{told}");
        assert_eq!(collector.sent().len(), *requests, "{expected}");
        let text = std::fs::read_to_string(folder.path().join("shop.py")).expect("there");
        assert_eq!(text, "def total(rate):\n    return rate\n");
        let output = run(folder.path(), SEND, &variables);
        assert_eq!(
            output.status.code(),
            Some(4),
            "{expected}: {}",
            said(&output)
        );
    }
}

#[test]
fn a_collector_that_is_not_there_is_told() {
    // Whoever had the port is gone.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port of this machine")
        .port();
    let folder = project();
    let url = format!("http://127.0.0.1:{port}");
    let output = run(folder.path(), HEAL, &[(ENDPOINT, &url)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).contains("cannot be reached"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_a_collector_did_not_keep_is_told() {
    let collector = Collector::start(&[
        Step::Answer(
            200,
            "",
            "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too old\"}}",
        ),
        TAKEN,
    ]);
    let folder = healed();
    let output = run(folder.path(), SEND, &[(ENDPOINT, &collector.url())]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("too old"), "{}", said(&output));
}

#[test]
fn a_place_that_cannot_be_meant_is_told() {
    let folder = healed();
    for (name, value) in [
        (ENDPOINT, "localhost:4318"),
        (ENDPOINT, "http://me:secret@127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ] {
        let variables = [(ENDPOINT, "http://127.0.0.1:9"), (name, value)];
        let output = run(folder.path(), SEND, &variables);
        assert_eq!(output.status.code(), Some(2), "{value}: {}", said(&output));
        assert!(!said(&output).contains("secret"), "{}", said(&output));
    }
}

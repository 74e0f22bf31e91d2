//! The tools through the real binary: from a shell, and over MCP as clients of both eras speak it.

#[path = "support/schema.rs"]
mod validation;
#[path = "support/shop.rs"]
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use validation::validate;
use world::{arc, git, ran, shop, write};

/// Tools, with arguments that each of them answers.
fn questions() -> Vec<(&'static str, Value)> {
    vec![
        ("check", json!({"path": "src/shop/cart.py"})),
        (
            "check",
            json!({"path": "src/shop/price.py", "content": "def cost_of(item):\n    return 1\n"}),
        ),
        ("context", json!({"target": "shop.cart.Cart.total"})),
        (
            "context",
            json!({"target": "src/shop/cart.py", "detail": "standard"}),
        ),
        (
            "history",
            json!({"target": "src/shop/price.py::price_of", "limit": 1}),
        ),
        ("history", json!({"target": "src/shop/cart.py"})),
        ("impact", json!({"target": "src/shop/price.py::price_of"})),
        (
            "impact",
            json!({"target": "src/shop/price.py", "detail": "standard", "limit": 3}),
        ),
        ("impact", json!({"diff": "HEAD"})),
        ("overview", json!({})),
        ("overview", json!({"folder": "src", "limit": 2})),
        (
            "query_graph",
            json!({"sql": "SELECT kind, count(*) AS many, NULL, 0.5 FROM nodes GROUP BY kind"}),
        ),
        ("search", json!({"query": "price"})),
        ("tests", json!({"target": "src/shop/price.py"})),
        ("why", json!({"target": "src/shop/price.py:2"})),
    ]
}

fn call(folder: &Path, name: &str, arguments: &Value) -> (i32, Value) {
    let (code, out, err) = ran(arc(folder).args(["call", name, &arguments.to_string()]));
    let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{name} {arguments}: {err}"));
    (code, value)
}

/// A running `arc serve` and its pipes.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last_id: u64,
}

/// Which protocol a client speaks.
#[derive(Clone, Copy, Debug)]
enum Era {
    /// A handshake, and a connection that remembers it.
    Handshake(&'static str),
    /// Every request stands for itself.
    Stateless,
}

impl Server {
    fn start(folder: &Path, words: &[&str]) -> Server {
        let mut child = arc(folder)
            .arg("serve")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary runs");
        Server {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
            last_id: 0,
        }
    }

    fn meet(folder: &Path, era: Era) -> Server {
        let mut server = Server::start(folder, &[]);
        if let Era::Handshake(version) = era {
            let hello = server.ask(
                era,
                "initialize",
                json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
            );
            assert_eq!(hello["result"]["protocolVersion"], version, "{hello}");
            assert_eq!(hello["result"]["serverInfo"]["name"], "arc");
            server.send(
                &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
            );
        }
        server
    }

    fn send(&mut self, line: &str) {
        self.send_bytes(format!("{line}\n").as_bytes());
    }

    fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).expect("the server reads");
        input.flush().expect("the server reads");
    }

    /// The next line, which must be a message: nothing else may be on standard output.
    fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server writes");
        assert!(!line.is_empty(), "the server is gone");
        let message: Value = serde_json::from_str(&line).expect("only messages are written");
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        message
    }

    fn ask(&mut self, era: Era, method: &str, mut params: Value) -> Value {
        self.last_id += 1;
        if let Era::Stateless = era {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let id = self.last_id;
        self.send(
            &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string(),
        );
        let answer = self.receive();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    fn call(&mut self, era: Era, name: &str, arguments: &Value) -> Value {
        self.ask(
            era,
            "tools/call",
            json!({"name": name, "arguments": arguments}),
        )
    }

    /// The answer once the first look at the tree has ended: a busy machine answers before that, and says so.
    fn settled(&mut self, era: Era, name: &str, arguments: &Value) -> Value {
        let mut answer = self.call(era, name, arguments);
        for _ in 0..50 {
            if answer["result"]["structuredContent"]["freshness"]["state"] != "updating" {
                break;
            }
            answer = self.call(era, name, arguments);
        }
        answer
    }

    /// Closes the input; the server must end by itself, and soon.
    fn end(mut self) {
        drop(self.input.take());
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill().expect("it can be stopped");
        panic!("the server is still there");
    }
}

const ERAS: [Era; 3] = [
    Era::Handshake("2024-11-05"),
    Era::Handshake("2025-11-25"),
    Era::Stateless,
];

fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Compares a generated file with what the repository has, or writes it there.
fn is_current(path: &str, text: &str) {
    let file = repository_file(path);
    if std::env::vars().any(|(name, _)| name == "UPDATE_EXPECT") {
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, text).expect("the file can be written");
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == text,
        "{path} is not what the table says: UPDATE_EXPECT=1 cargo test -p arc-cli --test serve"
    );
}

#[test]
fn schemas_and_documentation_are_those_of_the_table() {
    let mut files = BTreeSet::new();
    for (name, schema) in arc_serve::tool_schemas() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"));
        is_current(&format!("schema/tools/{name}"), &text);
        files.insert(name);
    }
    let kept = fs::read_dir(repository_file("schema/tools")).expect("the folder is there");
    let kept = kept.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    assert_eq!(
        kept.collect::<BTreeSet<_>>(),
        files,
        "a tool is gone: remove its schemas"
    );
    is_current("docs/tools.md", &arc_serve::tools_page());
    assert!(arc_serve::tool_names().is_sorted());
    assert!(arc_serve::tool_names().len() <= 10);
}

#[test]
fn answers_are_what_their_schemas_say_and_fit_in_2000_tokens() {
    let shop = shop();
    let schemas: std::collections::BTreeMap<String, Value> =
        arc_serve::tool_schemas().into_iter().collect();
    let mut answered = BTreeSet::new();
    for (name, arguments) in questions() {
        let schema = &schemas[&format!("{name}.output.json")];
        let (code, answer) = call(shop.path(), name, &arguments);
        assert_eq!(code, 0, "{name} {arguments}: {answer}");
        let mut wrong = Vec::new();
        validate(schema, schema, &answer, name, &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(answer.to_string().len() < 6_000, "{name} {arguments}");
        assert_eq!(answer["freshness"]["state"], "current");
        let schema = &schemas[&format!("{name}.input.json")];
        validate(schema, schema, &arguments, name, &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        answered.insert(name);
    }
    assert!(
        answered.into_iter().eq(arc_serve::tool_names()),
        "every tool is asked"
    );
}

#[test]
fn the_same_functions_answer_the_same_in_every_era() {
    let shop = shop();
    for (name, arguments) in questions() {
        let (_, expected) = call(shop.path(), name, &arguments);
        for era in ERAS {
            let mut server = Server::meet(shop.path(), era);
            let answer = server.settled(era, name, &arguments);
            let result = &answer["result"];
            assert_eq!(
                result["structuredContent"], expected,
                "{era:?} {name}: {answer}"
            );
            let text = result["content"][0]["text"].as_str().expect("text");
            assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), expected);
            assert_eq!(result["isError"], false);
            let again = server.settled(era, name, &arguments);
            assert_eq!(again["result"], *result, "{era:?} {name}, asked again");
            server.end();
        }
    }
}

#[test]
fn tools_are_listed_with_schemas_and_as_read_only() {
    let shop = shop();
    for era in ERAS {
        let mut server = Server::meet(shop.path(), era);
        let answer = server.ask(era, "tools/list", json!({}));
        let tools = answer["result"]["tools"].as_array().expect("tools").clone();
        let names: Vec<&str> = tools
            .iter()
            .filter_map(|tool| tool["name"].as_str())
            .collect();
        assert_eq!(names, arc_serve::tool_names());
        for tool in &tools {
            assert_eq!(tool["annotations"]["readOnlyHint"], true);
            assert_eq!(tool["inputSchema"]["type"], "object");
            assert_eq!(tool["outputSchema"]["type"], "object");
        }
        server.end();
    }
    let mut server = Server::meet(shop.path(), Era::Stateless);
    let answer = server.ask(Era::Stateless, "server/discover", json!({}));
    let versions = answer["result"]["supportedVersions"]
        .as_array()
        .expect("versions");
    assert!(versions.contains(&json!("2026-07-28")), "{answer}");
    assert!(versions.contains(&json!("2025-11-25")), "{answer}");
    server.end();
}

#[test]
fn definitions_come_in_three_shapes() {
    let folder = TempDir::new().expect("a folder");
    for (format, pointer) in [
        ("mcp", "/0/inputSchema/properties/path/type"),
        ("openai", "/0/function/parameters/properties/path/type"),
        ("anthropic", "/0/input_schema/properties/path/type"),
    ] {
        let (code, out, _) = ran(arc(folder.path()).args(["tools", "--format", format]));
        assert_eq!(code, 0);
        let tools: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(tools.pointer(pointer), Some(&json!("string")), "{format}");
    }
    assert!(
        !folder.path().join(".arc").exists(),
        "definitions need no graph"
    );
}

#[test]
fn whatever_arrives_is_answered_and_the_server_lives_on() {
    let shop = shop();
    let mut server = Server::start(shop.path(), &[]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (line, code) in [
        ("garbage", -32700),
        ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\"", -32700),
        (deep.as_str(), -32700),
        ("\u{0}\u{1}", -32700),
        ("[]", -32600),
        ("5", -32600),
        ("{\"id\": 3, \"method\": \"tools/list\"}", -32600),
        ("{\"jsonrpc\": \"2.0\", \"id\": 4, \"method\": 5}", -32600),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": {}, \"method\": \"tools/list\"}",
            -32600,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 5, \"method\": \"no/such\"}",
            -32601,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 6, \"method\": \"tools/call\", \"params\": \"x\"}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"tools/call\", \"params\": {}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 8, \"method\": \"tools/call\", \"params\": {\"name\": \"no\"}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 9, \"method\": \"tools/call\", \"params\": {\"name\": \"impact\", \"arguments\": []}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 10, \"method\": \"tools/call\", \"params\": {\"name\": \"impact\", \"arguments\": {\"target\": 5}}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 11, \"method\": \"tools/call\", \"params\": {\"name\": \"impact\", \"arguments\": {}}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 12, \"method\": \"tools/call\", \"params\": {\"name\": \"search\", \"arguments\": {\"query\": \"x\", \"limit\": -1}}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 13, \"method\": \"tools/call\", \"params\": {\"name\": \"search\", \"arguments\": {\"query\": \"x\", \"cursor\": \"x\"}}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 14, \"method\": \"tools/call\", \"params\": {\"name\": \"search\", \"arguments\": {\"query\": \"x\", \"colour\": 1}}}",
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 15, \"method\": \"tools/call\", \"params\": {\"name\": \"search\", \"arguments\": {\"query\": \"x\", \"kind\": \"commit\"}}}",
            -32602,
        ),
    ] {
        server.send(line);
        let answer = server.receive();
        let shown: String = line.chars().take(120).collect();
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
    }
    // Not UTF-8, nothing at all, answers to nothing, notifications of others: none of them is answered wrongly.
    server.send_bytes(b"\xff\xfe\n");
    assert_eq!(server.receive()["error"]["code"], -32700);
    server.send("");
    server.send("{\"jsonrpc\": \"2.0\", \"id\": 77, \"result\": {}}");
    server.send("{\"jsonrpc\": \"2.0\", \"method\": \"textDocument/didOpen\", \"params\": 5}");
    server.send("{\"jsonrpc\": \"2.0\", \"method\": \"notifications/cancelled\", \"params\": {\"requestId\": 99}}");
    let answer = server.call(Era::Handshake(""), "search", &json!({"query": "price"}));
    assert!(
        answer["result"]["structuredContent"]["total"].as_u64() > Some(0),
        "{answer}"
    );
    server.end();
}

#[test]
fn huge_arguments_are_answered() {
    let shop = shop();
    let mut server = Server::start(shop.path(), &[]);
    let long = "x".repeat(1 << 20);
    for (name, arguments) in [
        ("impact", json!({"target": long})),
        ("search", json!({"query": long})),
        ("search", json!({"query": "x ".repeat(10_000)})),
    ] {
        let answer = server.call(Era::Handshake(""), name, &arguments);
        let is_answer = answer.get("result").is_some() || answer.get("error").is_some();
        assert!(is_answer && answer.to_string().len() < 10_000, "{name}");
    }
    // Longer than a message may be.
    let line = format!(
        "{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{}\"}}",
        "x".repeat(9 << 20)
    );
    server.send(&line);
    assert_eq!(server.receive()["error"]["code"], -32600);
    let answer = server.call(Era::Handshake(""), "search", &json!({"query": "price"}));
    assert!(answer["result"].is_object());
    server.end();
}

#[test]
fn a_name_that_several_have_is_answered_with_ids_that_can_be_asked() {
    let shop = shop();
    write(
        shop.path(),
        "src/shop/tax.py",
        "def price_of(item):\n    return 1\n",
    );
    let (code, answer) = call(shop.path(), "context", &json!({"target": "price_of"}));
    assert_eq!(code, 1);
    assert_eq!(answer["error"]["code"], "ambiguous");
    let candidates = answer["error"]["candidates"]
        .as_array()
        .expect("candidates");
    assert_eq!(candidates.len(), 2);
    for candidate in candidates {
        let id = candidate["id"].as_str().expect("an id");
        let (code, answer) = call(shop.path(), "context", &json!({"target": id}));
        assert_eq!((code, &answer["id"]), (0, &candidate["id"]), "{answer}");
    }
    let mut server = Server::start(shop.path(), &[]);
    let answer = server.call(Era::Handshake(""), "impact", &json!({"target": "price_of"}));
    assert_eq!(answer["result"]["isError"], true);
    server.end();
}

#[test]
fn lists_go_on_where_they_ended() {
    let shop = shop();
    let names: Vec<String> = (0..50)
        .map(|at| format!("def load_{at}(): pass\n"))
        .collect();
    write(shop.path(), "src/many.py", &names.concat());
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let asked = json!({"query": "load", "limit": 7, "cursor": cursor});
        let (_, answer) = call(shop.path(), "search", &asked);
        assert_eq!(answer["total"], 50);
        for row in answer["results"].as_array().expect("rows") {
            seen.push(row["symbol"].as_str().expect("a name").to_owned());
            assert_eq!(row["rank"], seen.len());
        }
        match answer["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 50);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 50);
}

#[test]
fn modules_are_counted_beyond_those_that_are_told_apart() {
    let folder = TempDir::new().expect("a folder");
    for number in 0..205 {
        write(folder.path(), &format!("m{number}.py"), "x = 1\n");
    }
    let (code, value) = call(folder.path(), "overview", &json!({"limit": 3}));
    assert_eq!(code, 0, "{value}");
    assert_eq!(value["total"]["modules"], 205);
    assert_eq!(value["truncated"], true);
    assert_eq!(value["modules"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_change_is_in_the_next_answers_and_nobody_asked_for_it() {
    let shop = shop();
    let mut server = Server::start(shop.path(), &[]);
    let era = Era::Handshake("");
    let answer = server.call(era, "search", &json!({"query": "discount"}));
    assert_eq!(
        answer["result"]["structuredContent"]["total"], 0,
        "{answer}"
    );
    // A file in a new folder, then one more in the same folder.
    for (path, query) in [
        ("src/new/one.py", "discount"),
        ("src/new/two.py", "voucher"),
    ] {
        write(shop.path(), path, &format!("def {query}(): pass\n"));
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = server.call(era, "search", &json!({"query": query}));
            let answer = &answer["result"]["structuredContent"];
            if answer["total"] == 1 {
                break;
            }
            assert!(Instant::now() < until, "{query}: {answer}");
        }
    }
    // Another branch.
    git(shop.path(), &["checkout", "-q", "-b", "other"]);
    git(shop.path(), &["add", "-A"]);
    git(shop.path(), &["commit", "-q", "-m", "New"]);
    git(shop.path(), &["checkout", "-q", "main"]);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = server.call(era, "search", &json!({"query": "discount"}));
        if answer["result"]["structuredContent"]["total"] == 0 {
            break;
        }
        assert!(Instant::now() < until, "{answer}");
    }
    server.end();
}

#[test]
fn a_graph_that_is_missing_or_damaged_is_made_anew_while_it_is_served() {
    let shop = shop();
    let mut server = Server::start(shop.path(), &[]);
    let era = Era::Handshake("");
    let ask = |server: &mut Server| {
        let answer = server.call(era, "search", &json!({"query": "price_of"}));
        assert_eq!(
            answer["result"]["structuredContent"]["total"], 1,
            "{answer}"
        );
    };
    ask(&mut server);
    let graph = shop.path().join(".arc/graph.db");
    fs::remove_file(&graph).expect("the graph is there");
    ask(&mut server);
    assert!(graph.exists());
    let (code, ..) = ran(arc(shop.path()).args(["build", "--full", "-q"]));
    assert_eq!(code, 0);
    ask(&mut server);
    fs::write(&graph, "this is no graph").expect("the graph can be written");
    ask(&mut server);
    server.end();
    let mut server = Server::start(shop.path(), &["--frozen"]);
    fs::remove_file(&graph).expect("the graph is there");
    let answer = server.call(era, "search", &json!({"query": "price_of"}));
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(!graph.exists());
    server.end();
}

#[test]
fn a_repository_that_goes_away_is_told() {
    let shop = shop();
    let mut server = Server::start(shop.path(), &[]);
    let era = Era::Handshake("");
    server.call(era, "search", &json!({"query": "price"}));
    // The server may be writing in it.
    while shop.path().exists() {
        let _ = fs::remove_dir_all(shop.path());
    }
    let answer = server.call(era, "search", &json!({"query": "price"}));
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    server.end();
}

#[test]
fn two_servers_serve_one_repository() {
    let shop = shop();
    let era = Era::Handshake("");
    let mut servers = [
        Server::start(shop.path(), &[]),
        Server::start(shop.path(), &[]),
    ];
    for at in 0..5 {
        write(
            shop.path(),
            "src/shop/new.py",
            &format!("def new_{at}(): pass\n"),
        );
        for server in &mut servers {
            let until = Instant::now() + Duration::from_secs(20);
            loop {
                let answer = server.call(era, "search", &json!({"query": format!("new_{at}")}));
                if answer["result"]["structuredContent"]["total"] == 1 {
                    break;
                }
                assert!(Instant::now() < until, "{answer}");
            }
        }
    }
    servers.into_iter().for_each(Server::end);
}

#[test]
fn a_client_that_vanishes_or_does_not_read_ends_nothing_but_its_own_server() {
    let shop = shop();
    let (code, ..) = ran(arc(shop.path()).args(["build", "-q"]));
    assert_eq!(code, 0);
    let mut server = Server::start(shop.path(), &[]);
    // More answers than a pipe holds, and nobody reads them.
    let asked = json!({"jsonrpc": "2.0", "id": 0, "method": "tools/list"});
    for id in 0..60 {
        let mut asked = asked.clone();
        asked["id"] = json!(id);
        server.send(&asked.to_string());
    }
    drop(server.input.take());
    let Server {
        mut child, output, ..
    } = server;
    drop(output);
    let until = Instant::now() + Duration::from_secs(20);
    while child.try_wait().expect("it can be waited for").is_none() {
        assert!(Instant::now() < until, "the server is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, ..) = ran(arc(shop.path()).args(["doctor"]));
    assert_eq!(code, 0);
}

#[test]
fn an_id_is_free_once_its_answer_was_read() {
    let shop = shop();
    for era in ERAS {
        let mut server = Server::meet(shop.path(), era);
        let id = server.last_id;
        for _ in 0..200 {
            server.last_id = id;
            let answer = server.ask(era, "tools/list", json!({}));
            assert!(answer["result"]["tools"].is_array(), "{answer}");
        }
        server.end();
    }
}

#[test]
fn resources_and_prompts_are_there_in_every_era() {
    let shop = shop();
    for era in ERAS {
        let mut server = Server::meet(shop.path(), era);
        let answer = server.ask(era, "resources/templates/list", json!({}));
        assert_eq!(
            answer["result"]["resourceTemplates"]
                .as_array()
                .map(Vec::len),
            Some(3)
        );
        let mut read = |uri: &str| {
            let answer = server.ask(era, "resources/read", json!({"uri": uri}));
            let text = answer["result"]["contents"][0]["text"].as_str();
            text.map(|text| serde_json::from_str::<Value>(text).expect("JSON"))
        };
        for uri in [
            "arc://symbol/shop.cart.Cart",
            "arc://symbol/src/shop/cart.py%3A%3ACart",
        ] {
            assert_eq!(
                read(uri).expect("a symbol")["target"]["symbol"],
                "shop.cart.Cart"
            );
        }
        let file = read("arc://file/src/shop/price.py").expect("a file");
        let commit = file["history"]["last_commit"].as_str().expect("a commit");
        let told = read(&format!("arc://commit/{}", &commit[..8])).expect("a commit");
        assert_eq!(
            (&told["id"], &told["files"]),
            (&json!(commit), &json!(["src/shop/price.py"]))
        );
        for uri in [
            "arc://file/../secret",
            "arc://file//etc/passwd",
            "arc://commit/zz",
            "file:///x",
            "",
        ] {
            assert!(read(uri).is_none(), "{uri}");
        }
        let answer = server.ask(era, "prompts/list", json!({}));
        let prompts = answer["result"]["prompts"]
            .as_array()
            .expect("prompts")
            .clone();
        for prompt in &prompts {
            let asked = json!({"name": prompt["name"], "arguments": {"target": "shop.cart.Cart"}});
            let answer = server.ask(era, "prompts/get", asked);
            let text = answer["result"]["messages"][0]["content"]["text"]
                .as_str()
                .expect("text");
            assert!(!text.contains('{'), "{text}");
        }
        let answer = server.ask(era, "prompts/get", json!({"name": "plan_change"}));
        assert_eq!(answer["error"]["code"], -32602);
        server.end();
    }
}

#[test]
fn sql_reads_and_does_nothing_else() {
    let shop = shop();
    let (code, answer) = call(
        shop.path(),
        "query_graph",
        &json!({"sql": "SELECT qualified_name FROM nodes WHERE kind = 'class'", "limit": 1}),
    );
    assert_eq!((code, &answer["rows"]), (0, &json!([["shop.cart.Cart"]])));
    let before = fs::read(shop.path().join(".arc/graph.db")).expect("the graph");
    let mut server = Server::start(shop.path(), &["--frozen"]);
    for sql in [
        "DELETE FROM edge",
        "UPDATE meta SET value = ''",
        "INSERT INTO meta VALUES ('a', 'b')",
        "DROP TABLE edge",
        "CREATE TEMP TABLE t (x)",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version",
        "PRAGMA journal_mode=WAL",
        "VACUUM INTO 'x.db'",
        "BEGIN",
        "COMMIT",
        "REINDEX",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_table_info('edge')",
        "SELECT 1; DELETE FROM edge",
        "SELEC",
        "/* nothing */",
        "WITH gone AS (SELECT 1) DELETE FROM edge",
        "EXPLAIN DELETE FROM edge",
    ] {
        let answer = server.call(Era::Handshake(""), "query_graph", &json!({"sql": sql}));
        assert_eq!(answer["error"]["code"], -32602, "{sql}: {answer}");
    }
    // What never ends is ended, and what is large is not built.
    let endless =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let answer = server.call(Era::Handshake(""), "query_graph", &json!({"sql": endless}));
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    let large = "SELECT length(randomblob(1000000000))";
    let answer = server.call(Era::Handshake(""), "query_graph", &json!({"sql": large}));
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    server.end();
    let after = fs::read(shop.path().join(".arc/graph.db")).expect("the graph");
    assert!(after == before, "the graph is as it was");
    assert!(!shop.path().join("x.db").exists());
}

#[test]
fn a_change_is_checked_before_it_is_written() {
    let shop = shop();
    let renamed = json!({"path": "src/shop/price.py", "content": "def cost_of(item):\n    return item.price or 0\n"});
    let patch = "--- a/src/shop/price.py\n+++ b/src/shop/price.py\n@@ -1,2 +1,2 @@\n-def price_of(item):\n+def cost_of(item):\n     return item.price or 0\n";
    for arguments in [renamed, json!({"patch": patch})] {
        let (code, answer) = call(shop.path(), "check", &arguments);
        assert_eq!(code, 0, "{answer}");
        let change = &answer["changes"][0];
        assert_eq!(change["old_symbol"], "price_of", "{answer}");
        assert_eq!(change["verdict"], "breaking", "{answer}");
        let sites = change["sites"].to_string();
        assert!(sites.contains("src/shop/cart.py:12"), "{answer}");
    }
    // What is not written is looked up in the project with all of it: a new file, and another that uses it.
    let wanted = |answer: &Value| -> Vec<(String, String, u64)> {
        let problems = answer["problems"].as_array().expect("problems").iter();
        let told = |problem: &Value| {
            let text = |field: &str| problem[field].as_str().expect("a text").to_owned();
            let line = problem["line"].as_u64().expect("a line");
            (text("kind"), text("name"), line)
        };
        problems.map(told).collect()
    };
    let new = "--- /dev/null\n+++ b/src/shop/tax.py\n@@ -0,0 +1,2 @@\n+def tax_of(item):\n+    return invented(item)\n";
    let user = "--- a/src/shop/price.py\n+++ b/src/shop/price.py\n@@ -1,2 +1,4 @@\n+from shop.tax import tax_of, levy_of\n+\n def price_of(item):\n-    return item.price or 0\n+    return tax_of(item) + levy_of(item)\n";
    let (code, answer) = call(
        shop.path(),
        "check",
        &json!({"patch": format!("{new}{user}")}),
    );
    assert_eq!(code, 0, "{answer}");
    let said = |kind: &str, name: &str, line: u64| (kind.to_owned(), name.to_owned(), line);
    assert_eq!(
        wanted(&answer),
        [
            said("unresolved", "invented", 2),
            said("import", "levy_of", 4)
        ],
        "{answer}"
    );
    assert_eq!(answer["changes"][0]["kind"], "added", "{answer}");
    let (code, answer) = call(
        shop.path(),
        "check",
        &json!({"path": "src/shop/tax.py", "content": "from shop.price import price_of\n\n\ndef tax_of(item:\n    return price_of(item) * rate\n"}),
    );
    assert_eq!(code, 0, "{answer}");
    assert_eq!(
        (&answer["files"], wanted(&answer)[0].0.as_str()),
        (&json!(["src/shop/tax.py"]), "syntax"),
        "{answer}"
    );
    assert!(!shop.path().join("src/shop/tax.py").exists());
    for outside in ["../tax.py", "src/../../tax.py", "/etc/tax.py"] {
        let content = json!({"path": outside, "content": "x = 1\n"});
        let (code, answer) = call(shop.path(), "check", &content);
        assert_eq!((code, &answer["error"]["code"]), (1, &json!("outside")));
    }
    write(
        shop.path(),
        "src/shop/bad.py",
        "from shop.price import prize_of\n\n\ndef f(a):\n    b = a\n    return cost(a) + b.x + prize_of(b)\n",
    );
    let (code, out, _) = ran(arc(shop.path()).args(["check", "src/shop/bad.py", "--json"]));
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let found = report["problems"].as_array().expect("problems").iter();
    let found: Vec<(&str, &str)> = found
        .map(|problem| {
            (
                problem["kind"].as_str().expect("a kind"),
                problem["name"].as_str().expect("a name"),
            )
        })
        .collect();
    assert_eq!(
        (code, found),
        (1, vec![("unresolved", "cost"), ("import", "prize_of")]),
        "{out}"
    );
    let nearest = report["problems"][1]["nearest"].to_string();
    assert!(nearest.contains("price_of"), "{out}");
    let (code, _, err) = ran(arc(shop.path()).args(["check", "src/shop/cart.py"]));
    assert_eq!(code, 0, "{err}");
}

/// Packages are open: what is imported from one that the project has no part of is somebody else's.
#[test]
fn what_is_imported_from_a_package_outside_is_no_invention() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(
        root,
        "src/shop/Cart.kt",
        "package shop\n\nimport lib.checks.assertThat\nimport shop.storage.save\n\n\
         fun pay(n: Int) = assertThat(n) to save(n)\n",
    );
    write(
        root,
        "src/shop/Store.kt",
        "package shop.storage\n\nfun save(n: Int) = n\n",
    );
    let checked = |expected: i32| {
        let words = ["check", "src/shop/Cart.kt", "--json"];
        let (code, out, _) = ran(arc(root).args(words));
        assert_eq!(code, expected, "{out}");
        out
    };
    checked(0);
    write(
        root,
        "src/shop/Store.kt",
        "package shop.storage\n\nfun keep(n: Int) = n\n",
    );
    let invented: Value = serde_json::from_str(&checked(1)).expect("JSON");
    let found = invented["problems"].as_array().expect("problems");
    let names: Vec<&Value> = found.iter().map(|problem| &problem["name"]).collect();
    assert_eq!(names, ["save"], "{invented}");
}

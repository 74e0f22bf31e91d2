//! The tools over HTTP, asked by a client that knows nothing but sockets.

#[path = "support/shop.rs"]
mod world;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use world::{arc, git, ran, shop, write};

struct Server {
    child: Child,
    place: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is ended from outside, as whoever started it would.
        self.child.kill().expect("it can be stopped");
        self.child.wait().expect("it ends");
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}\n{}", self.head, self.body))
    }
}

const TOKEN: &str = "a token of some length";

impl Server {
    fn start(folder: &Path, words: &[&str]) -> Server {
        let mut child = arc(folder)
            .arg("serve")
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it tells where");
        let place = line.trim().strip_prefix("http://").expect("an address");
        Server {
            place: place.parse().expect("an address"),
            child,
        }
    }

    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.place).expect("it listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a socket");
        // A server that has heard enough closes before everything is said.
        let _ = stream.write_all(bytes);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Answer {
            status: status.unwrap_or(0),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request.push_str(&format!("Host: {}\r\n", self.place));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        self.raw(format!("{request}\r\n{body}").as_bytes())
    }

    fn call(&self, name: &str, arguments: &Value) -> Answer {
        let path = format!("/api/v1/tools/{name}");
        self.ask(
            "POST",
            &path,
            &[("Content-Type", "application/json")],
            &arguments.to_string(),
        )
    }

    fn mcp(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        let mut all = vec![
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        all.extend(headers);
        self.ask("POST", "/mcp", &all, &message.to_string())
    }
}

#[test]
fn tools_are_called_with_plain_requests() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0"]);
    assert!(server.place.ip().is_loopback());
    let answer = server.call("impact", &json!({"target": "src/shop/price.py"}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["schema"], "arc.impact/1");
    let answer = server.call("search", &json!({"query": "price", "format": "text"}));
    assert!(answer.head.contains("text/plain") && answer.body.contains("results:"));
    write(
        shop.path(),
        "src/shop/tax.py",
        "def price_of(item):\n    return 1\n",
    );
    for (name, arguments, status, code) in [
        ("nothing", json!({}), 404, "unknown_tool"),
        ("impact", json!({"target": "zzz"}), 404, "not_found"),
        ("impact", json!({"target": 5}), 400, "bad_arguments"),
        ("impact", json!([]), 400, "bad_arguments"),
        (
            "impact",
            json!({"target": "../../etc/passwd"}),
            404,
            "outside",
        ),
    ] {
        let answer = server.call(name, &arguments);
        assert_eq!(answer.status, status, "{name} {arguments}: {}", answer.body);
        assert_eq!(answer.json()["error"]["code"], code);
    }
    let answer = server.call("search", &json!({"query": "price", "most": 5}));
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["error"]["message"],
        "most: there is no such argument; there are query, kind, path, limit, cursor, format"
    );
    let answer = server.ask("POST", "/api/v1/tools/impact", &[], "{");
    assert_eq!(
        (answer.status, &answer.json()["error"]["code"]),
        (400, &json!("bad_request"))
    );
    let answer = server.ask("GET", "/api/v1/tools/impact", &[], "");
    assert_eq!(answer.status, 405);
    let answer = server.ask("GET", "/api/v1/openapi.json", &[], "");
    let described = answer.json();
    for name in arc_serve::tool_names() {
        let path = format!("/api/v1/tools/{name}");
        assert!(described["paths"][&path]["post"].is_object(), "{name}");
    }
    let answer = server.ask("GET", "/", &[], "");
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .head
            .contains("content-security-policy: default-src 'self'"),
        "{}",
        answer.head
    );
    for path in ["/x", "/../etc/passwd", "/api/v1/tools/", "/%2e%2e/"] {
        assert_eq!(server.ask("GET", path, &[], "").status, 404, "{path}");
    }
}

#[test]
fn the_page_has_everything_it_needs_from_here() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0", "--token", TOKEN]);
    let page = server.ask("GET", "/", &[], "");
    assert_eq!(page.status, 200, "a browser bears no token yet");
    let mut parts: Vec<&str> = page.body.split('"').collect();
    parts.retain(|part| part.starts_with("/ui/"));
    assert!(parts.len() >= 4, "{parts:?}");
    for part in parts {
        let answer = server.ask("GET", part, &[], "");
        assert_eq!(answer.status, 200, "{part}");
        assert!(answer.head.contains("content-security-policy"), "{part}");
    }
    for (path, status) in [("/ui/nothing.js", 404), ("/ui/../Cargo.toml", 404)] {
        assert_eq!(server.ask("GET", path, &[], "").status, status, "{path}");
    }
    for path in ["/api/v1/standing", "/api/v1/openapi.json"] {
        assert_eq!(server.ask("GET", path, &[], "").status, 401, "{path}");
    }
}

#[test]
fn a_view_is_whole_and_ties_its_rows() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0"]);
    let view = |name: &str, arguments: Value| {
        let path = format!("/api/v1/views/{name}");
        server.ask("POST", &path, &[], &arguments.to_string())
    };
    let found = view(
        "neighborhood",
        json!({"target": "src/shop/price.py::price_of"}),
    )
    .json();
    let impact = &found["impact"];
    let rows = ["targets", "impacted", "tests"].map(|list| impact[list].as_array().expect("rows"));
    let rows: Vec<&Value> = rows.into_iter().flatten().collect();
    let ties = found["ties"].as_array().expect("ties");
    let named = |tie: &Value| {
        let row = |end: &str| &rows[tie[end].as_u64().expect("a number") as usize]["symbol"];
        (row("from").clone(), row("to").clone(), tie["kind"].clone())
    };
    let total = (
        json!("shop.cart.Cart.total"),
        json!("shop.price.price_of"),
        json!("calls"),
    );
    assert!(ties.iter().any(|tie| named(tie) == total), "{ties:?}");
    assert_eq!(
        view("neighborhood", json!({"diff": "HEAD"})).json()["ties"],
        json!([])
    );
    let map = view("map", json!({})).json();
    let names = map["files"]["names"].as_array().expect("names");
    assert_eq!(names.len(), 4, "{names:?}");
    for column in ["lines", "changes", "complexity", "heat"] {
        let values = map["files"][column].as_array().expect("a column");
        assert_eq!(values.len(), names.len(), "{column}");
    }
    for (name, arguments, status) in [
        ("nothing", json!({}), 404),
        ("impact", json!({"target": "src/shop/price.py"}), 404),
        ("map", json!({"folder": "../.."}), 404),
        ("neighborhood", json!({"rows": -1}), 400),
    ] {
        assert_eq!(view(name, arguments).status, status, "{name}");
    }
    let standing = server.ask("GET", "/api/v1/standing", &[], "").json();
    assert_eq!(standing["freshness"]["state"], "current");
    assert_eq!(standing["has_graph"], true);
}

#[test]
fn mcp_is_spoken_in_both_eras() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "127.0.0.1:0"]);
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}});
    let answer = server.mcp(&[], &hello);
    assert_eq!(answer.json()["result"]["serverInfo"]["name"], "arc");
    let asked = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "impact", "arguments": {"target": "src/shop/price.py"}}});
    let answer = server.mcp(&[("MCP-Protocol-Version", "2025-11-25")], &asked);
    assert_eq!(
        answer.json()["result"]["structuredContent"]["schema"],
        "arc.impact/1"
    );
    let mut asked = asked;
    asked["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let headers = [
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", "impact"),
    ];
    let answer = server.mcp(&headers, &asked);
    assert_eq!(
        answer.json()["result"]["structuredContent"]["schema"],
        "arc.impact/1",
        "{}",
        answer.body
    );
    let answer = server.mcp(
        &[],
        &json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "no"}}),
    );
    assert_eq!(answer.json()["error"]["code"], -32602);
}

#[test]
fn other_sites_and_other_names_are_refused() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0"]);
    for path in ["/", "/mcp", "/api/v1/tools/search", "/api/v1/openapi.json"] {
        let method = if path == "/" || path.ends_with("json") {
            "GET"
        } else {
            "POST"
        };
        for headers in [
            [("Host", "evil.example")].as_slice(),
            &[("Host", "localhost.evil.example:80")],
            &[("Origin", "http://evil.example")],
            &[("Origin", "null")],
        ] {
            let answer = server.ask(method, path, headers, "{\"query\": \"x\"}");
            assert_eq!(answer.status, 403, "{path} {headers:?}");
        }
    }
    let own = format!("http://{}", server.place);
    let answer = server.ask(
        "POST",
        "/api/v1/tools/search",
        &[("Origin", &own)],
        "{\"query\": \"x\"}",
    );
    assert_eq!(answer.status, 200);
    let answer = server.raw(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(answer.status, 400);
}

#[test]
fn a_token_must_be_borne_where_there_is_one() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0", "--token", TOKEN]);
    let bearer = format!("Bearer {TOKEN}");
    for (headers, status) in [
        (vec![], 401),
        (vec![("Authorization", "Bearer wrong")], 401),
        (vec![("Authorization", bearer.as_str())], 200),
    ] {
        let answer = server.ask(
            "POST",
            "/api/v1/tools/search",
            &headers,
            "{\"query\": \"x\"}",
        );
        assert_eq!(answer.status, status, "{headers:?}");
        assert!(!answer.body.contains(TOKEN));
    }
    for (words, code) in [
        (vec!["serve", "--http", "0.0.0.0:0"], 2),
        (vec!["serve", "--http", "nonsense:x"], 2),
        (vec!["serve", "--http", "0", "--token", "short"], 2),
        (vec!["serve", "--token", TOKEN], 2),
    ] {
        let (ended, ..) = ran(arc(shop.path()).args(&words));
        assert_eq!(ended, code, "{words:?}");
    }
    let taken = server.place.to_string();
    let (code, _, err) = ran(arc(shop.path()).args(["serve", "--http", &taken]));
    assert_eq!(code, 2, "the port is in use");
    assert!(err.contains(&taken), "{err}");
}

#[test]
fn bad_requests_end_nothing() {
    let shop = shop();
    git(shop.path(), &["status", "-s"]);
    let server = Server::start(shop.path(), &["--http", "0"]);
    for bytes in [
        b"garbage\r\n\r\n".as_slice(),
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/tools/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    ] {
        let answer = server.raw(bytes);
        assert!(
            answer.status == 400 || answer.status == 0,
            "{}",
            answer.head
        );
    }
    let large = json!({"query": "x".repeat(2 << 20)});
    assert_eq!(server.call("search", &large).status, 413);
    assert!(server.mcp(&[], &large).status >= 400);
    // Clients that say half of it and go, and some that stay.
    let mut silent = Vec::new();
    for at in 0..50 {
        let mut stream = TcpStream::connect(server.place).expect("it listens");
        stream
            .write_all(b"POST /api/v1/tools/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
            .expect("it reads");
        if at % 2 == 0 {
            silent.push(stream);
        }
    }
    assert_eq!(
        server.call("search", &json!({"query": "price"})).status,
        200
    );
    // Sixteen at once.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let answer = server.call("impact", &json!({"target": "src/shop/price.py"}));
                    assert_eq!(answer.status, 200, "{}", answer.body);
                }
            });
        }
    });
    drop(silent);
}

#[test]
fn a_client_that_does_not_read_keeps_nobody_waiting() {
    let shop = shop();
    let server = Server::start(shop.path(), &["--http", "0"]);
    let page = format!("/ui/sigma.min.js HTTP/1.1\r\nHost: {}\r\n", server.place);
    // Far more than the buffers of a connection hold is asked for on each, and nobody reads it.
    let asked = format!("GET {page}\r\n").repeat(300);
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..12 {
        let mut stream = TcpStream::connect(server.place).expect("it listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a socket");
        stream.write_all(asked.as_bytes()).expect("it reads");
        slow.push(stream);
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let answer = server.call("impact", &json!({"target": "src/shop/price.py"}));
                    assert_eq!(answer.status, 200, "{}", answer.body);
                }
            });
        }
    });
    // Who reads at last gets everything.
    let whole = server.ask("GET", "/ui/sigma.min.js", &[], "").body.len();
    let mut stream = slow.pop().expect("a connection");
    let mut told = 0;
    let mut buffer = vec![0; 1 << 16];
    while told < 300 * whole {
        let read = stream.read(&mut buffer).expect("it goes on");
        assert!(read > 0, "{told} of {}", 300 * whole);
        told += read;
    }
    drop(slow);
    assert_eq!(
        server.call("search", &json!({"query": "price"})).status,
        200
    );
}

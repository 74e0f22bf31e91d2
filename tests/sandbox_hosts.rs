//! `arc run --net HOST`: the command reaches the hosts that are listed, and nothing else.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

#[expect(dead_code, reason = "these tests do not need every answer")]
#[path = "support/binary.rs"]
mod binary;

use binary::arc;

/// A server that answers everyone with the first line that they sent.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(mut client) = client else { continue };
            let mut bytes = [0; 4096];
            let length = client.read(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..length]);
            let line = text.lines().next().unwrap_or("").to_owned();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", line.len());
            // Whoever went away needs no answer.
            let _ = client.write_all((head + &line).as_bytes());
        }
    });
    port
}

/// Asks a port for a page, by the proxy, by a tunnel of it and without it, and prints what comes.
const ASK: &str = "\
import http.client, socket, sys, urllib.request
port = int(sys.argv[1])
def shown(ask):
    try:
        return ask()
    except Exception as error:
        return type(error).__name__ + ' ' + str(getattr(error, 'code', '')) + ('403' if '403' in str(error) else '')
def page():
    return urllib.request.urlopen('http://127.0.0.1:%d/x' % port, timeout=20).read().decode()
def tunnel():
    through = http.client.HTTPConnection('127.0.0.1', 3128, timeout=20)
    through.set_tunnel('127.0.0.1', port)
    through.request('GET', '/y')
    return through.getresponse().read().decode()
def direct():
    socket.create_connection(('127.0.0.1', port), timeout=20)
    return 'reached'
print('|'.join(map(shown, (page, tunnel, direct))))
";

fn asked(net: &str, port: u16) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    binary::write(folder.path(), "ask.py", ASK);
    let output = arc(folder.path())
        .args([
            "run",
            "--work",
            ".",
            "--enclosure",
            "namespaces",
            "--net",
            net,
            "--",
        ])
        .args(["python3", "ask.py", &port.to_string()])
        .output()
        .expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn only_hosts_that_are_listed_are_reached_and_only_by_the_proxy() {
    let (allowed, other) = (server(), server());
    let net = format!("example.invalid,127.0.0.1:{allowed}");
    let (code, answer, error) = asked(&net, allowed);
    if code == Some(5) {
        assert!(error.contains("namespaces"), "{error}");
        return;
    }
    assert_eq!(
        answer, "GET /x HTTP/1.1|GET /y HTTP/1.1|ConnectionRefusedError",
        "{error}"
    );
    let (_, answer, error) = asked(&net, other);
    let parts: Vec<&str> = answer.split('|').collect();
    assert!(
        parts[0].contains("403") && parts[1].contains("403"),
        "{answer} {error}"
    );
    assert_eq!(parts[2].trim(), "ConnectionRefusedError");
    let (_, answer, _) = asked("none", allowed);
    assert!(!answer.contains("GET"), "{answer}");
}

#[test]
fn a_list_of_hosts_is_refused_where_nothing_would_keep_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |net: &str| {
        let mut command = arc(folder.path());
        command.args([
            "run",
            "--work",
            ".",
            "--enclosure",
            "filters",
            "--net",
            net,
            "--",
            "true",
        ]);
        command.output().expect("the binary runs").status.code()
    };
    assert_eq!(run("example.org"), Some(5));
    assert_eq!(run("*.example.org"), Some(2));
    assert_eq!(run("http://example.org"), Some(2));
}

//! Where faults come from beside a command: exceptions that services keep as JSON, and failures that are nobody's fault.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "support/binary.rs"]
mod binary;
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, write};
use healing::{heal, snapshot, text};

const SOUND: &str = "def size(rows):\n    return len(rows)\n";
const CHECK: &str = "from shop import cart\nassert cart.size([1, 2]) == 2\n";
const COMMAND: &[&str] = &["--yes", "--json", "--", "python3", "check.py"];

/// A project whose `shop/cart.py` calls a function that nothing defines.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "shop/__init__.py", "");
    write(folder.path(), "shop/cart.py", SOUND.replace("len", "lenn"));
    write(folder.path(), "check.py", CHECK);
    folder
}

/// The event as a service keeps it that saw the program on another machine.
fn event(path: &str) -> Value {
    json!({"event_id": "9c", "platform": "python", "exception": {"values": [{
        "type": "NameError", "value": "name 'lenn' is not defined",
        "stacktrace": {"frames": [
            {"filename": "check.py", "abs_path": "/srv/app/check.py", "lineno": 2, "function": "<module>", "in_app": true},
            {"filename": path, "abs_path": format!("/srv/app/{path}"), "lineno": 2, "function": "size", "in_app": true}]}}]}})
}

#[test]
fn an_exception_that_a_service_kept_says_which_file_to_heal() {
    let folder = project();
    let root = folder.path();
    write(root, "event.json", event("shop/cart.py").to_string());
    let before = text(root, "shop/cart.py");
    let alone = ["--from-exception", "event.json", "--yes", "--json"];
    let (code, report, error) = heal(root, &alone);
    assert_eq!(code, 1, "{report:#}\n{error}");
    assert_eq!(report["error"]["class"], "name", "{report:#}");
    assert_eq!(report["error"]["file"], "shop/cart.py");
    assert_eq!(report["error"]["line"], 2);
    let message = report["message"].as_str().expect("text");
    assert!(message.contains("not proved"), "{message}");
    assert_eq!(text(root, "shop/cart.py"), before);
    let words: Vec<&str> = ["--from-exception", "event.json"]
        .iter()
        .chain(COMMAND)
        .copied()
        .collect();
    let (code, report, error) = heal(root, &words);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(root, "shop/cart.py"), SOUND);
}

#[test]
fn an_exception_is_read_from_standard_input_too() {
    let folder = project();
    let words: Vec<&str> = ["heal", "--from-exception", "-"]
        .iter()
        .chain(COMMAND)
        .copied()
        .collect();
    arc(folder.path())
        .args(words)
        .write_stdin(event("shop/cart.py").to_string())
        .assert()
        .success();
    assert_eq!(text(folder.path(), "shop/cart.py"), SOUND);
}

#[test]
fn reports_that_are_none_or_blame_others_are_refused_with_a_reason() {
    let folder = project();
    let root = folder.path();
    write(root, "text.json", "Traceback (most recent call last):\n");
    write(root, "latin.json", b"{\"type\": \"E\xe9\"");
    write(
        root,
        "none.json",
        "{\"type\": \"NameError\", \"message\": \"m\"}",
    );
    write(root, "deep.json", "[".repeat(1 << 20));
    write(root, "huge.json", " ".repeat((32 << 20) + 1));
    write(
        root,
        "outside.json",
        event("../../etc/passwd")
            .to_string()
            .replace("check.py", "other.py"),
    );
    write(
        root,
        "foreign.json",
        event("x/site-packages/cart.py")
            .to_string()
            .replace("check.py", "other.py"),
    );
    write(root, ".env.py", "x = 1\n");
    fs::create_dir(root.join(".git")).expect("made");
    write(root, ".git/hook.py", "x = lenn\n");
    write(root, "hidden.json", event(".git/hook.py").to_string());
    let before = snapshot(root);
    for (report, code, says) in [
        ("missing.json", 2, "cannot read"),
        ("shop", 2, "cannot read"),
        ("text.json", 2, "no JSON"),
        ("latin.json", 2, "no JSON"),
        ("none.json", 2, "no exception with a stack"),
        ("deep.json", 2, "recursion"),
        ("huge.json", 2, "longer than"),
        ("outside.json", 2, "blames no file"),
        ("foreign.json", 2, "blames no file"),
        ("hidden.json", 5, "protected"),
    ] {
        let words: Vec<&str> = ["--from-exception", report]
            .iter()
            .chain(COMMAND)
            .copied()
            .collect();
        let (found, _, error) = heal(root, &words);
        assert_eq!(found, code, "{report}: {error}");
        assert!(error.contains(says), "{report}: {error}");
    }
    assert_eq!(snapshot(root), before);
}

/// A service that hangs up on the first who come, and how many came.
fn service(hangs_up: usize) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    let port = listener.local_addr().expect("it is bound").port();
    let came = Arc::new(AtomicUsize::new(0));
    let seen = came.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 3];
            let is_asked = stream.read_exact(&mut asked).is_ok();
            if is_asked && seen.fetch_add(1, Ordering::SeqCst) >= hangs_up {
                stream.write_all(b"yes").expect("somebody waits");
            }
        }
    });
    (port, came)
}

const CLIENT: &str = "\
import socket, sys
stream = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
stream.sendall(b'ask')
if stream.recv(3) != b'yes':
    raise ConnectionResetError('Connection reset by peer')
";

#[test]
fn a_network_that_answers_later_is_flaky_and_nothing_is_edited() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "client.py", CLIENT);
    let before = snapshot(root);
    for (hangs_up, retries, code, runs, failed) in
        [(1, "2", 0, 2, 1), (9, "1", 1, 2, 2), (9, "0", 1, 1, 1)]
    {
        let (port, came) = service(hangs_up);
        let port = port.to_string();
        let words = [
            "client.py",
            "--yes",
            "--json",
            "--net",
            "host",
            "--retries",
            retries,
            "--",
            "python3",
            "client.py",
            &port,
        ];
        let (found, report, error) = heal(root, &words);
        assert_eq!(found, code, "{report:#}\n{error}");
        let result = if code == 0 {
            "nothing_to_heal"
        } else {
            "not_healed"
        };
        assert_eq!(report["result"], result, "{report:#}");
        assert_eq!(
            report["flaky"],
            json!({"class": "network", "runs": runs, "failed": failed})
        );
        assert_eq!(report["error"]["class"], "network");
        assert_eq!(came.load(Ordering::SeqCst), runs, "{report:#}");
        assert_eq!(snapshot(root), before);
    }
    let told = binary::json(arc(root).args(["heal", "stats", "--json"]));
    assert_eq!(
        (&told["flaky"], &told["healed"], &told["manual"]),
        (&json!(1), &json!(0), &json!(2)),
        "{told:#}"
    );
}

#[test]
fn what_needs_a_network_that_the_sandbox_does_not_give_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(
        root,
        "client.py",
        "import socket\nsocket.getaddrinfo('example.org', 443)\n",
    );
    let (code, report, error) = heal(
        root,
        &["client.py", "--yes", "--json", "--", "python3", "client.py"],
    );
    assert_eq!(code, 1, "{report:#}\n{error}");
    let message = report["message"].as_str().expect("text");
    assert!(message.contains("--net"), "{message}");
    assert_eq!(
        (&report["attempts"], &report["error"]["class"]),
        (&json!(0), &json!("network"))
    );
}

#[test]
fn what_no_edit_mends_stays_with_a_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "main.tf", "variable \"name\" {\n  type = string\n}\n");
    write(
        root,
        "plan.sh",
        "echo 'Error: Error acquiring the state lock' >&2\nexit 1\n",
    );
    let before = snapshot(root);
    let (code, report, error) = heal(root, &["main.tf", "--yes", "--json", "--", "sh", "plan.sh"]);
    assert_eq!(code, 1, "{report:#}\n{error}");
    let message = report["message"].as_str().expect("text");
    assert!(message.contains("force-unlock"), "{message}");
    assert_eq!(
        (&report["error"]["class"], &report["attempts"]),
        (&json!("state"), &json!(0))
    );
    for command in [["terraform", "apply"], ["sudo", "true"]] {
        let words = ["main.tf", "--yes", "--net", "host", "--"];
        let words: Vec<&str> = words.iter().chain(&command).copied().collect();
        let (code, _, error) = heal(root, &words);
        assert_eq!(code, 5, "{error}");
        assert!(error.contains("is not run for a repair"), "{error}");
    }
    assert_eq!(snapshot(root), before);
}

/// Fails the first time it is asked, and succeeds from then on.
const NOW_AND_THEN: &str = "\
import socket, sys
import odd
stream = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
stream.sendall(b'ask')
sys.exit(0 if stream.recv(3) == b'yes' else odd.wrong)
";

#[test]
fn a_command_that_fails_now_and_then_proves_no_repair() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "run.py", NOW_AND_THEN);
    write(root, "odd.py", "wrong = 3\nwrogn = 3\nprint(wrogn)\n");
    let before = snapshot(root);
    let (port, _) = service(1);
    let port = port.to_string();
    let words = [
        "odd.py", "--yes", "--json", "--net", "host", "--", "python3", "run.py", &port,
    ];
    let (code, report, error) = heal(root, &words);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["result"], "nothing_to_heal", "{report:#}");
    assert_eq!(report["flaky"]["class"], "unknown", "{report:#}");
    assert_eq!(snapshot(root), before);
}

//! Where faults come from beside a command: exceptions that services keep as JSON.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

#[expect(dead_code, reason = "these tests need no answer of other commands")]
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

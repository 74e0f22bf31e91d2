//! `arc mcp install`, `uninstall` and `status` on files as people have them.

#[path = "support/shop.rs"]
#[expect(dead_code, reason = "these tests need no repository")]
mod world;

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use world::{arc, ran, write};

const CLIENTS: [&str; 8] = [
    "claude-code",
    "claude-desktop",
    "codex",
    "cursor",
    "gemini",
    "vscode",
    "windsurf",
    "zed",
];

/// A home and a project in it.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    fs::create_dir_all(home.path().join("project/.git")).expect("a new folder");
    home
}

fn mcp(home: &Path, words: &[&str]) -> (i32, String, String) {
    ran(arc(&home.join("project"))
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .arg("mcp")
        .args(words)
        .stdin(std::process::Stdio::null()))
}

/// Every file below a folder, with its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = fs::read_to_string(&path).expect("text");
            found.push((path.to_string_lossy().into_owned(), text));
        }
    }
    found.sort();
    found
}

#[test]
fn every_client_is_told_once_and_forgets_without_a_trace() {
    for scope in ["project", "user"] {
        for client in CLIENTS {
            let home = home();
            let options = ["--client", client, "--scope", scope];
            let before = files(home.path());
            let (code, _, err) = mcp(
                home.path(),
                &[&["install", "--dry-run"], &options[..]].concat(),
            );
            if code == 2 {
                assert!(err.contains("--scope user"), "{client} {scope}: {err}");
                continue;
            }
            assert_eq!(files(home.path()), before, "a dry run writes nothing");
            let (code, out, err) =
                mcp(home.path(), &[&["install", "--yes"], &options[..]].concat());
            assert_eq!(code, 0, "{client} {scope}: {err}");
            assert!(out.contains("serve"), "{out}");
            let installed = files(home.path());
            assert_eq!(installed.len(), before.len() + 1);
            assert!(
                scope == "user" || !format!("{installed:?}").contains("-C"),
                "no place of this computer is shared"
            );
            let (code, ..) = mcp(home.path(), &[&["install", "--yes"], &options[..]].concat());
            assert_eq!(
                (code, files(home.path())),
                (0, installed),
                "{client}: a second time changes nothing"
            );
            let (code, out, _) = mcp(home.path(), &[&["status"], &options[..]].concat());
            assert!(code == 0 && out.contains("installed"), "{out}");
            let (code, ..) = mcp(
                home.path(),
                &[&["uninstall", "--yes"], &options[..]].concat(),
            );
            assert_eq!(code, 0);
            let mut after = files(home.path());
            after.retain(|(path, _)| !path.contains(".arc-backup"));
            assert_eq!(after, before, "{client} {scope}");
            let (code, ..) = mcp(home.path(), &[&["status"], &options[..]].concat());
            assert_eq!(code, 1);
        }
    }
}

#[test]
fn what_others_wrote_stays_letter_for_letter() {
    let home = home();
    let json = "{\n\t// mine\n\t\"servers\": {\n\t\t\"other\": { \"command\": \"x\" }, // theirs\n\t},\n}\n";
    let toml = "# mine\nmodel = \"o\" # theirs\n\n[mcp_servers.other]\ncommand = \"x\"\n";
    write(home.path(), "project/.vscode/mcp.json", json);
    write(home.path(), "project/.codex/config.toml", toml);
    for command in ["install", "uninstall"] {
        let (code, _, err) = mcp(home.path(), &[command, "--yes"]);
        assert_eq!(code, 0, "{err}");
        let vscode =
            fs::read_to_string(home.path().join("project/.vscode/mcp.json")).expect("a file");
        let codex =
            fs::read_to_string(home.path().join("project/.codex/config.toml")).expect("a file");
        for kept in ["// mine", "\"other\": { \"command\": \"x\" }", "// theirs"] {
            assert!(vscode.contains(kept), "{vscode}");
        }
        assert!(
            codex.starts_with(
                "# mine\nmodel = \"o\" # theirs\n\n[mcp_servers.other]\ncommand = \"x\"\n"
            ),
            "{codex}"
        );
        assert_eq!(vscode.contains("\"arc\""), command == "install");
        assert_eq!(codex.contains("[mcp_servers.arc]"), command == "install");
    }
    let kept = home.path().join("project/.vscode/mcp.json.arc-backup");
    assert_eq!(
        fs::read_to_string(kept).expect("the old file is kept"),
        json
    );
    assert_eq!(
        fs::read_to_string(home.path().join("project/.codex/config.toml")).expect("a file"),
        toml
    );
}

#[test]
fn what_cannot_be_read_or_asked_is_not_touched() {
    let home = home();
    let (code, _, err) = mcp(home.path(), &["install"]);
    assert_eq!(code, 2, "{err}");
    let (code, ..) = mcp(home.path(), &["install", "--client", "cursor"]);
    assert_eq!(code, 2, "nobody can be asked");
    let (code, ..) = mcp(home.path(), &["install", "--client", "nothing", "--yes"]);
    assert_eq!(code, 2);
    for broken in [
        "{\"mcpServers\": [",
        "[]",
        "{\"mcpServers\": 5}",
        "nonsense",
    ] {
        write(home.path(), "project/.mcp.json", broken);
        let (code, _, err) = mcp(
            home.path(),
            &["install", "--client", "claude-code", "--yes"],
        );
        assert_eq!(code, 2, "{broken}");
        assert!(err.contains(".mcp.json"), "{err}");
        assert_eq!(
            fs::read_to_string(home.path().join("project/.mcp.json")).expect("a file"),
            broken
        );
    }
}

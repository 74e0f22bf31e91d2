//! `arc heal` where the world is not as it should be: full disks, files that others change, outputs of other systems, tools that are away.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

#[expect(dead_code, reason = "these tests need no answer of other commands")]
#[path = "support/binary.rs"]
mod binary;
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, write};
use healing::{heal, snapshot, text};

const SOUND: &str = "def f(x):\n    return x\n";
const CHECK: &str = "import a\nassert a.f(1) == 1\n";

fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.py", SOUND.replace("):", ")"));
    write(folder.path(), "check.py", CHECK);
    folder
}

/// Runs a script of a shell as root of mounts of its own; nothing where the machine gives none.
#[expect(clippy::disallowed_methods, reason = "mounts need another process")]
fn with_own_mounts(folder: &Path, script: &str) -> Option<(bool, String)> {
    let run = |script: &str| {
        Command::new("unshare")
            .args(["-rm", "sh", "-c", script])
            .current_dir(folder)
            .env_remove("ARC_DB")
            .output()
    };
    if !run("true").is_ok_and(|output| output.status.success()) {
        return None;
    }
    let output = run(script).expect("it ran before");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.success(), error))
}

#[test]
fn on_a_full_disk_and_in_a_project_that_cannot_be_written_the_file_stays() {
    let binary = assert_cmd::cargo::cargo_bin("arc");
    let heal = format!(
        "{} heal a.py --unsandboxed --yes -- python3 check.py",
        binary.display()
    );
    for (mounts, says) in [
        (
            "mount -t tmpfs -o size=96k tmpfs m && cp a.py check.py m/ && cd m && { dd if=/dev/zero of=fill bs=4k 2>/dev/null; true; }",
            "No space left",
        ),
        (
            "cp a.py check.py m/ && mount --bind m m && mount -o remount,bind,ro m && cd m",
            "Read-only",
        ),
    ] {
        let folder = project();
        let root = folder.path();
        fs::create_dir(root.join("m")).expect("made");
        let script = format!(
            "{mounts} && if {heal}; then exit 9; fi; cmp a.py ../a.py && cmp check.py ../check.py"
        );
        let Some((is_well, error)) = with_own_mounts(root, &script) else {
            println!("not run: this machine gives no mounts of one's own");
            return;
        };
        assert!(is_well, "{error}");
        assert!(
            error.contains(says) && error.contains("as it was found"),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_somebody_changes_meanwhile_is_theirs() {
    let folder = project();
    let root = folder.path();
    let theirs = "def f(x)\n    return x  # theirs\n";
    let path = root.join("a.py");
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1500));
        fs::write(path, theirs).expect("written");
    });
    let command = [
        "a.py",
        "--yes",
        "--",
        "sh",
        "-c",
        "sleep 3; python3 check.py",
    ];
    let (code, _, error) = heal(root, &command);
    other.join().expect("it ends");
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("changed by somebody else"), "{error}");
    assert_eq!(text(root, "a.py"), theirs);
}

#[test]
fn outputs_in_other_languages_and_encodings_keep_nobody_from_healing() {
    let folder = project();
    let root = folder.path();
    write(
        root,
        "check.sh",
        "printf 'Fehler: \\344\\366\\374 \\377\\376 Datei nicht gefunden\\n' >&2\npython3 check.py 2>/dev/null || exit 7\n",
    );
    let (code, report, error) = heal(root, &["a.py", "--yes", "--json", "--", "sh", "check.sh"]);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(root, "a.py"), SOUND);
}

#[test]
fn a_command_that_asks_a_person_gets_no_answer_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(
        root,
        "a.py",
        "import sys\nassert sys.stdin.isatty(), 'no terminal'\n",
    );
    let before = snapshot(root);
    let (code, report, error) = heal(root, &["a.py", "--yes", "--json", "--", "python3", "a.py"]);
    assert_eq!(code, 1, "{report:#}\n{error}");
    assert_eq!(report["error"]["class"], "logic", "{report:#}");
    assert_eq!(snapshot(root), before);
}

#[test]
fn a_session_whose_time_is_over_leaves_the_file_and_says_so() {
    let folder = project();
    let root = folder.path();
    let slow = format!("import a\nimport time\ntime.sleep(60)\n{CHECK}");
    write(root, "check.py", slow);
    let before = snapshot(root);
    let words = "a.py --yes --json --budget 3 -- python3 check.py";
    let (code, report, error) = heal(root, &words.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 1, "{report:#}\n{error}");
    let said = report["message"].as_str().unwrap_or("");
    assert!(said.contains("--budget"), "{report:#}\n{error}");
    assert_eq!(snapshot(root), before);
}

#[test]
fn without_a_tool_the_grammar_reads() {
    let sound = "function f(x) {\n  return [x, 1];\n}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "a.js", sound.replace("1];", "1;"));
    write(root, "right", sound);
    fs::create_dir(root.join("empty")).expect("made");
    let cmp = ["/usr/bin/cmp", "/bin/cmp"];
    let cmp = cmp
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("a cmp");
    let mut command = arc(root);
    command
        .args([
            "heal", "a.js", "--yes", "--json", "--", cmp, "a.js", "right",
        ])
        .env("PATH", root.join("empty"));
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("grammar reads"), "{said}");
    assert_eq!(text(root, "a.js"), sound);
}

#[test]
fn an_interrupt_leaves_everything_as_it_was() {
    let folder = project();
    let root = folder.path();
    let before = snapshot(root);
    #[expect(
        clippy::disallowed_methods,
        reason = "the child has to be ended while it works"
    )]
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("arc"))
        .current_dir(root)
        .args(["heal", "a.py", "--yes", "--", "sleep", "30"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    thread::sleep(Duration::from_millis(700));
    assert_cmd::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .assert()
        .success();
    let ended = child.wait().expect("it ends");
    assert!(!ended.success());
    assert_eq!(snapshot(root), before);
}

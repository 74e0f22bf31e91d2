//! `arc run --backend bubblewrap`, where it is installed and works.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and says what it could not try"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

fn arc(project: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arc"));
    command
        .current_dir(project)
        .env("SECRET", "hidden")
        .args(["run", "--work", ".", "--backend", "bubblewrap"])
        .args(words);
    command
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Whether bubblewrap can make a sandbox here; said when it cannot.
fn works() -> bool {
    let tried = Command::new("bwrap")
        .args(["--unshare-all", "--ro-bind", "/", "/", "true"])
        .stderr(Stdio::null())
        .status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        println!("not run: no bubblewrap that works is installed here");
    }
    works
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kept.txt"), "kept\n").unwrap();
    fs::write(folder.path().join("gone.txt"), "gone\n").unwrap();
    folder
}

#[test]
fn without_bubblewrap_nothing_runs_and_one_of_the_project_is_not_taken() {
    let project = project();
    let own = project.path().join("bwrap");
    fs::write(&own, "#!/bin/sh\ntouch ran\n").unwrap();
    let mut mode = fs::metadata(&own).unwrap().permissions();
    mode.set_mode(0o755);
    fs::set_permissions(&own, mode).unwrap();
    let path = format!("{}:.", project.path().canonicalize().unwrap().display());
    let output = arc(project.path(), &["--", "/bin/true"])
        .env("PATH", path)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{error}");
    assert!(error.contains("there is no bwrap in PATH"), "{error}");
    assert!(!project.path().join("ran").exists());
}

#[test]
fn a_command_in_bubblewrap_is_enclosed_and_its_changes_come_back() {
    if !works() {
        return;
    }
    let project = project();
    let told = |words: &[&str], script: &str| {
        let all = [&["--json"], words, &["--", "sh", "-c", script]].concat();
        json_of(&arc(project.path(), &all).output().unwrap())
    };
    let changed = told(
        &[],
        "echo new > made.txt; echo more >> kept.txt; rm gone.txt; pwd; echo err >&2; exit 3",
    );
    let paths: Vec<_> = changed["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["path"])
        .collect();
    assert_eq!(paths, ["gone.txt", "kept.txt", "made.txt"], "{changed}");
    let place = project.path().canonicalize().unwrap();
    assert_eq!(changed["stdout"]["text"], format!("{}\n", place.display()));
    assert_eq!(
        (&changed["backend"], &changed["code"]),
        (&json!("bubblewrap"), &json!(3))
    );
    let layers: Vec<_> = changed["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for layer in ["bubblewrap", "userns", "netns", "copy", "seccomp"] {
        assert!(layers.contains(&layer), "{layers:?}");
    }
    assert!(project.path().join("gone.txt").exists());

    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.txt");
    fs::write(&secret, "SECRET").unwrap();
    let script = format!(
        "id -u; cat {0}; echo x > {0}; touch /usr/x /x /dev/x; env; cat /etc/shadow; unshare -U true && echo NESTED; grep CapBnd /proc/self/status; ls /proc | grep -c '^[0-9]'",
        secret.display()
    );
    let held = told(&[], &script);
    let text = held["stdout"]["text"].as_str().unwrap();
    for line in ["1000", "CapBnd:\t0000000000000000"] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
    for word in ["SECRET", "hidden", "NESTED", "root:"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "SECRET");

    let missing = arc(project.path(), &["--json", "--", "no-such-command-here"])
        .output()
        .unwrap();
    assert_eq!(json_of(&missing)["result"], "not_found");
    assert_eq!(told(&["--wall", "1"], "sleep 60")["limit"], "wall");
    assert_eq!(
        told(&["--output", "1"], "exec cat /dev/zero")["limit"],
        "output"
    );
    let hog = "x=0123456789abcdef; while :; do x=$x$x; done";
    assert_eq!(told(&["--mem", "64"], hog)["limit"], "memory");
    let full = told(
        &["--disk", "4"],
        "n=0; while :; do n=$((n + 1)); head -c 100000 /dev/urandom > f.$n; done",
    );
    assert_eq!(full["limit"], "disk", "{full}");
    let start = Instant::now();
    let left = told(&[], "sleep 300 & setsid sleep 300 & echo done");
    assert_eq!(left["stdout"]["text"], "done\n");
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_sudden_end_takes_bubblewrap_and_its_command_along() {
    if !works() {
        return;
    }
    let project = project();
    let mark = format!("3{}", std::process::id());
    let mut child = arc(project.path(), &["--", "sleep", &mark])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let runs = || {
        fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line == format!("sleep\0{mark}\0").into_bytes()
        })
    };
    let wait_until = |is: bool| {
        let start = Instant::now();
        while runs() != is {
            assert!(start.elapsed() < Duration::from_secs(30), "it should {is}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_until(true);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(false);
}

#[test]
fn a_repair_is_proved_in_bubblewrap() {
    if !works() {
        return;
    }
    let project = project();
    let step = project.path().join("step.sh");
    fs::write(&step, "#!/bin/sh\necho ran >> kept.txt\n").unwrap();
    let mode = || fs::metadata(&step).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&step, fs::Permissions::from_mode(0o644)).unwrap();
    let heal = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_arc"))
            .current_dir(project.path())
            .args(["heal", "step.sh", "--yes", "--json"])
            .args(words)
            .args(["--", "sh", "-c", "./step.sh"])
            .output()
            .unwrap()
    };
    let refused = heal(&["--backend", "bubblewrap", "--image", "debian"]);
    assert_eq!((refused.status.code(), mode()), (Some(2), 0o644));
    let told = json_of(&heal(&["--backend", "bubblewrap"]));
    assert_eq!(told["result"], "healed", "{told}");
    let layers = told["layers"].as_array().unwrap();
    assert!(layers.contains(&json!("bubblewrap")), "{told}");
    assert_eq!(mode(), 0o755);
    let kept = fs::read_to_string(project.path().join("kept.txt")).unwrap();
    assert_eq!(kept, "kept\n");
}

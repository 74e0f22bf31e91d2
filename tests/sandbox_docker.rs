//! `arc run --backend docker`: by a stand-in of the engine everywhere, and by a real one where one answers.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and says what it could not try"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

#[path = "support/engine.rs"]
mod engine;

use engine::{Engine, Fault, content};

/// A project with two files.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kept.txt"), "kept\n").unwrap();
    fs::write(folder.path().join("gone.txt"), "gone\n").unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/a.txt"), "a\n").unwrap();
    std::os::unix::fs::symlink("kept.txt", folder.path().join("link")).unwrap();
    folder
}

fn arc(project: &Path, socket: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arc"));
    command
        .current_dir(project)
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .env("SECRET", "hidden")
        .env("HOME", "/nowhere/home")
        .args(["run", "--work", ".", "--backend", "docker"])
        .args(words);
    command
}

fn run(project: &Path, engine: &Engine, words: &[&str]) -> Output {
    arc(project, &engine.socket(), words).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn texts<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    let list = value.as_array().unwrap().iter();
    list.map(|row| row[name].as_str().unwrap()).collect()
}

const CHANGE: &str =
    "echo new > made.txt; echo more >> kept.txt; rm gone.txt; echo out; echo err >&2; exit 3";

#[test]
fn what_a_command_changed_comes_out_of_its_container_and_nothing_else_does() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let words = [
        "--image", "small:1", "--json", "--mem", "256", "--pids", "9", "--cpus", "1.5", "--disk",
        "8", "--",
    ];
    let output = run(
        project.path(),
        &engine,
        &[&words[..], &["sh", "-c", CHANGE]].concat(),
    );
    let told = json_of(&output);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        (&told["backend"], &told["image"]),
        (&json!("docker"), &json!("sha256:00ff"))
    );
    assert_eq!(
        (&told["result"], &told["code"]),
        (&json!("exited"), &json!(3))
    );
    assert_eq!(
        (&told["stdout"]["text"], &told["stderr"]["text"]),
        (&json!("out\n"), &json!("err\n"))
    );
    assert_eq!(
        texts(&told["changes"], "path"),
        ["gone.txt", "kept.txt", "made.txt"]
    );
    assert_eq!(
        texts(&told["changes"], "kind"),
        ["deleted", "modified", "created"]
    );
    assert_eq!(
        told["layers"],
        json!(["container", "netns", "copy", "seccomp", "cgroup"])
    );
    assert_eq!(texts(&told["lost"], "layer"), ["userns"]);
    assert_eq!(told["peak_memory"], json!(200 << 20));
    assert!(!project.path().join("made.txt").exists());
    assert!(engine.wait_for_containers(0).is_empty());

    let order = &engine.orders()[0];
    let host = &order["HostConfig"];
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
    assert_eq!(
        (
            &host["ReadonlyRootfs"],
            &host["AutoRemove"],
            &host["Privileged"]
        ),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_eq!(
        (&host["NetworkMode"], &order["User"]),
        (&json!("none"), &json!("1000:1000"))
    );
    assert_eq!(
        (&host["Memory"], &host["MemorySwap"], &host["NanoCpus"]),
        (
            &json!(256 << 20),
            &json!(256 << 20),
            &json!(1_500_000_000_i64)
        )
    );
    assert_eq!(
        host["PidsLimit"],
        json!(11),
        "the command's and the two that hold it"
    );
    assert_eq!(
        host["Binds"],
        Value::Null,
        "nothing of this machine is seen"
    );
    assert_eq!(texts(&host["Mounts"], "Type"), ["volume"]);
    assert_eq!(host["Mounts"][0]["Source"], Value::Null);
    let options = host["Mounts"][0]["VolumeOptions"]["DriverConfig"]["Options"]["o"]
        .as_str()
        .unwrap();
    assert!(
        options.contains("nosuid") && options.contains("size="),
        "{options}"
    );
    assert!(
        host["Tmpfs"]["/data"].is_string(),
        "what the image wants on a disk is in memory"
    );
    assert!(order["Labels"]["arc.run.owner"].is_string());
    assert!(
        !engine
            .requests()
            .iter()
            .any(|made| made.contains("images/create")),
        "nothing is fetched"
    );
}

#[test]
fn variables_speak_of_language_and_not_of_this_machine() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let words = [
        "--image", "small:1", "--env", "MINE=x", "--json", "--", "env",
    ];
    let told = json_of(
        &arc(project.path(), &engine.socket(), &words)
            .env("LANG", "xx")
            .output()
            .unwrap(),
    );
    let text = told["stdout"]["text"].as_str().unwrap();
    for line in [
        "MINE=x",
        "LANG=xx",
        "PATH=/usr/bin:/bin",
        "HOME=/nowhere/home",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "no {line} in {text}"
        );
    }
    assert!(
        !text.contains("hidden") && !text.contains("DOCKER_HOST"),
        "{text}"
    );
}

#[test]
fn chosen_files_are_kept_and_input_is_passed_on() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let script = "cat > said.txt; echo x > other.txt; chmod 700 sub/a.txt";
    let words = [
        "--image",
        "small:1",
        "--stdin",
        "--keep-changes",
        "said.txt",
        "sub",
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut child = arc(project.path(), &engine.socket(), &words)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found = content(project.path());
    assert_eq!(found["said.txt"], "hello\n");
    assert!(!found.contains_key("other.txt") && found.contains_key("gone.txt"));
    let mode = fs::metadata(project.path().join("sub/a.txt"))
        .unwrap()
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o700
    );
}

#[test]
fn limits_end_a_command_and_are_told() {
    let engine = Engine::start(Fault::None);
    for (words, limit) in [
        (
            ["--wall", "0.6", "sh", "-c", "echo begun; exec sleep 60"],
            "wall",
        ),
        (
            [
                "--output",
                "1",
                "sh",
                "-c",
                "echo begun; exec cat /dev/zero",
            ],
            "output",
        ),
        (
            ["--cpu", "0.01", "sh", "-c", "echo begun; exec sleep 60"],
            "cpu",
        ),
    ] {
        let project = project();
        let all = [
            &["--image", "small:1", "--json"],
            &words[..2],
            &["--"],
            &words[2..],
        ]
        .concat();
        let output = run(project.path(), &engine, &all);
        let told = json_of(&output);
        assert_eq!(output.status.code(), Some(124), "{limit}");
        assert_eq!(
            (&told["limit"], &told["limits_met"]),
            (&json!(limit), &json!([limit]))
        );
        assert!(
            told["stdout"]["text"]
                .as_str()
                .unwrap()
                .starts_with("begun\n")
        );
        assert!(told["stdout"]["text"].as_str().unwrap().len() <= 1 << 20);
        engine.wait_for_containers(0);
    }
    let engine = Engine::start(Fault::OutOfMemory);
    let output = run(
        project().path(),
        &engine,
        &["--image", "small:1", "--mem", "256", "--json", "--", "true"],
    );
    assert_eq!(output.status.code(), Some(124));
    assert_eq!(json_of(&output)["limit"], "memory");
}

#[test]
fn a_command_that_there_is_not_is_told_from_one_that_failed() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let output = run(
        project.path(),
        &engine,
        &["--image", "small:1", "--json", "--", "no-such-command"],
    );
    assert_eq!(
        (output.status.code(), &json_of(&output)["result"]),
        (Some(127), &json!("not_found"))
    );
    let output = run(
        project.path(),
        &engine,
        &["--image", "small:1", "--json", "--", "sh", "-c", "exit 127"],
    );
    assert_eq!(
        (output.status.code(), &json_of(&output)["result"]),
        (Some(127), &json!("exited"))
    );
}

#[test]
fn an_engine_that_says_no_or_breaks_off_changes_nothing_and_leaves_nothing() {
    for (fault, code, said) in [
        (
            Fault::Says("GET /version", 500),
            5,
            "cannot be asked: the engine says 500",
        ),
        (
            Fault::Says("containers/create", 409),
            5,
            "nothing was run: this machine cannot give a container: it cannot be made: the engine says 409: a made up 409",
        ),
        (
            Fault::Says("containers/create", 500),
            5,
            "the engine says 500",
        ),
        (Fault::Says("/start", 500), 5, "it cannot be started"),
        (
            Fault::Says("PUT", 500),
            5,
            "the project cannot be put into it",
        ),
        (
            Fault::Says("/exec", 409),
            5,
            "the command cannot be started",
        ),
        (
            Fault::NoMemoryLimit,
            5,
            "the engine cannot limit memory here",
        ),
        (
            Fault::Says("GET /containers/arc", 404),
            5,
            "the command ran, but what it wrote cannot be had",
        ),
        (
            Fault::CutsArchive,
            5,
            "the command ran, but what it wrote cannot be had",
        ),
        (
            Fault::LosesFiles,
            5,
            "the command ran, but what it wrote cannot be had",
        ),
        (
            Fault::BreaksOff,
            5,
            "the command ran, but the engine broke off",
        ),
        (Fault::Hangs("GET /version"), 5, "no answer within 5 s"),
    ] {
        let (engine, project) = (Engine::start(fault), project());
        let before = content(project.path());
        let words = [
            "--image",
            "small:1",
            "--keep-changes",
            "--",
            "sh",
            "-c",
            CHANGE,
        ];
        let output = run(project.path(), &engine, &words);
        let error = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
        assert_eq!(output.status.code(), Some(code), "{fault:?}: {error}");
        assert!(error.contains(said), "{fault:?}: {error}");
        assert_eq!(content(project.path()), before, "{fault:?}");
        engine.wait_for_containers(0);
    }
}

#[test]
fn a_container_that_goes_takes_what_was_written_with_it_and_no_file_is_called_deleted() {
    let (engine, project) = (Engine::start(Fault::Dies), project());
    let words = [
        "--image",
        "small:1",
        "--keep-changes",
        "--json",
        "--",
        "sleep",
        "60",
    ];
    let output = run(project.path(), &engine, &words);
    let told = json_of(&output);
    assert_eq!(
        (&told["result"], &told["signal"]),
        (&json!("signaled"), &json!(9))
    );
    assert_eq!(
        (&told["changes"], &told["truncated"]),
        (&json!([]), &json!(true))
    );
    assert!(project.path().join("gone.txt").exists());
}

#[test]
fn what_cannot_be_had_is_refused_in_words_that_help() {
    let project = project();
    let engine = Engine::start(Fault::None);
    for (words, code, said) in [
        (
            &["--image", "other/one:2", "--", "true"][..],
            5,
            "`docker pull other/one:2` fetches it",
        ),
        (
            &["--image", "small:1", "--net", "example.org", "--", "true"],
            5,
            "cannot be kept to a list of hosts",
        ),
        (
            &["--image", "small:1", "--read", "/etc", "--", "true"],
            2,
            "--read shows nothing to a container",
        ),
        (
            &["--image", "small:1", "--enclosure", "filters", "--", "true"],
            2,
            "gives its own enclosure",
        ),
        (&["--image=-v", "--", "true"], 2, "the name of an image"),
        (&["--", "true"], 2, "--image"),
    ] {
        let output = run(project.path(), &engine, words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        assert!(error.contains(said), "{words:?}: {error}");
    }
    assert!(engine.orders().is_empty());

    let socket = project.path().join("none.sock");
    let output = arc(
        project.path(),
        &socket,
        &["--image", "small:1", "--", "true"],
    )
    .output()
    .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5));
    assert!(
        error.contains("none.sock: No such file") && error.contains("start Docker or Podman"),
        "{error}"
    );
    let mut tcp = arc(
        project.path(),
        &socket,
        &["--image", "small:1", "--", "true"],
    );
    let output = tcp
        .env("DOCKER_HOST", "tcp://10.0.0.1:2375")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5));
}

#[test]
fn a_file_of_the_project_chooses_neither_engine_nor_image() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let hostile = "[run]\nbackend = \"docker\"\nimage = \"evil\"\nnet = \"host\"\n[sandbox]\nbackend = \"docker\"\n";
    fs::write(project.path().join("arc.toml"), hostile).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_arc"))
        .current_dir(project.path())
        .env(
            "DOCKER_HOST",
            format!("unix://{}", engine.socket().display()),
        )
        .args(["run", "--work", ".", "--json", "--", "true"])
        .output()
        .unwrap();
    if output.status.success() {
        assert_eq!(json_of(&output)["backend"], "own");
    }
    assert!(engine.requests().is_empty());
}

#[test]
fn ctrl_c_and_a_sudden_end_leave_no_container() {
    for signal in ["-INT", "-KILL"] {
        let (engine, project) = (Engine::start(Fault::None), project());
        let words = ["--image", "small:1", "--", "sleep", "60"];
        let mut child = arc(project.path(), &engine.socket(), &words)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        engine.wait_for("GET /exec/");
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let status = child.wait().unwrap();
        if signal == "-INT" {
            assert_eq!(status.code(), Some(130));
        }
        engine.wait_for_containers(0);
    }
    // Also while an engine says nothing.
    let (engine, project) = (Engine::start(Fault::Hangs("containers/create")), project());
    let words = ["--image", "small:1", "--", "true"];
    let mut child = arc(project.path(), &engine.socket(), &words)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    engine.wait_for("POST /containers/create");
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_and_what_others_run_is_not() {
    let (engine, project) = (Engine::start(Fault::None), project());
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let processes = fs::read_link("/proc/self/ns/pid").unwrap();
    let own = fs::read_to_string("/proc/self/stat").unwrap();
    let began = own
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(19)
        .unwrap();
    let label = |pid: u32, began: &str| json!({"arc.run.owner": format!("{} {} {pid} {began}", boot.trim(), processes.display())});
    engine.leave("killed", label(std::process::id(), "1"));
    engine.leave("running", label(std::process::id(), began));
    engine.leave(
        "elsewhere",
        json!({"arc.run.owner": "another-boot pid:[1] 1 1"}),
    );
    engine.leave("others", json!({"arc": "x"}));
    assert!(
        run(
            project.path(),
            &engine,
            &["--image", "small:1", "--", "true"]
        )
        .status
        .success()
    );
    assert_eq!(
        engine.wait_for_containers(3),
        ["elsewhere", "others", "running"]
    );
}

/// The sockets at which a real engine may answer.
fn real_sockets() -> Vec<PathBuf> {
    let named = std::env::var("DOCKER_HOST").ok();
    let named = named.and_then(|host| host.strip_prefix("unix://").map(PathBuf::from));
    named
        .into_iter()
        .chain([
            "/var/run/docker.sock".into(),
            "/run/podman/podman.sock".into(),
        ])
        .collect()
}

/// The names of images that a real engine has.
fn images(socket: &Path) -> Option<Vec<String>> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream
        .write_all(b"GET /images/json HTTP/1.0\r\nHost: x\r\n\r\n")
        .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let list: Value = serde_json::from_str(&text[text.find("\r\n\r\n")? + 4..]).ok()?;
    let tags = list
        .as_array()?
        .iter()
        .filter_map(|image| image["RepoTags"].as_array());
    Some(
        tags.flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    )
}

#[test]
fn a_real_engine_holds_where_one_answers() {
    let Some((socket, names)) = real_sockets()
        .into_iter()
        .find_map(|socket| Some((socket.clone(), images(&socket)?)))
    else {
        println!("not run: no real engine answers here");
        return;
    };
    let has_shell = |name: &&String| {
        let project = project();
        let words = [
            "--image",
            name,
            "--",
            "sh",
            "-c",
            "id && touch x && rm x && sleep 0",
        ];
        arc(project.path(), &socket, &words)
            .output()
            .unwrap()
            .status
            .success()
    };
    let Some(image) = names.iter().find(has_shell) else {
        println!(
            "not run: the engine at {} has no image with a shell in {names:?}",
            socket.display()
        );
        return;
    };
    println!("run with {image} of the engine at {}", socket.display());
    let project = project();
    let told = |words: &[&str], script: &str| {
        let all = [
            &["--image", image, "--json"],
            words,
            &["--", "sh", "-c", script],
        ]
        .concat();
        json_of(&arc(project.path(), &socket, &all).output().unwrap())
    };
    let changed = told(&[], CHANGE);
    assert_eq!(
        texts(&changed["changes"], "path"),
        ["gone.txt", "kept.txt", "made.txt"],
        "{changed}"
    );
    assert_eq!(
        (&changed["code"], &changed["stdout"]["text"]),
        (&json!(3), &json!("out\n"))
    );
    let held = told(
        &[],
        "id -u; touch /x 2>/dev/null && echo WROTE; grep CapBnd /proc/self/status; grep NoNewPrivs /proc/self/status; cat /proc/net/dev | grep -c :",
    );
    let text = held["stdout"]["text"].as_str().unwrap();
    for line in ["1000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "1"] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in {text}"
        );
    }
    assert!(!text.contains("WROTE"));
    assert_eq!(told(&["--wall", "1"], "sleep 60")["limit"], "wall");
    assert_eq!(
        told(&["--output", "1"], "exec cat /dev/zero")["limit"],
        "output"
    );
    let hog = "x=0123456789abcdef; while :; do x=$x$x; done";
    assert_eq!(told(&["--mem", "64"], hog)["limit"], "memory");
    let full = told(&["--disk", "4"], "cat /dev/zero > big");
    assert_eq!(full["limits_met"], json!(["disk"]), "{full}");
    assert_eq!(told(&[], "exec no-such-command-here")["code"], 127);
    let missing = arc(
        project.path(),
        &socket,
        &["--image", image, "--json", "--", "no-such-command-here"],
    );
    let mut missing = missing;
    assert_eq!(json_of(&missing.output().unwrap())["result"], "not_found");
    let left = told(&[], "sleep 300 & echo done");
    assert_eq!(
        left["stdout"]["text"], "done\n",
        "what is left running does not hold it up"
    );
    let mut child = arc(
        project.path(),
        &socket,
        &["--image", image, "--", "sleep", "300"],
    )
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    std::thread::sleep(Duration::from_secs(3));
    child.kill().unwrap();
    child.wait().unwrap();
    let name = format!("arc-run-{}-", child.id());
    for _ in 0..100 {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream
            .write_all(b"GET /containers/json?all=1 HTTP/1.0\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        if !text.contains(&name) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("a killed run left its container");
}

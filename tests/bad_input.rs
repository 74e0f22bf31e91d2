//! What repositories, files, disks and people do to a build: a clear message, and nothing lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::disallowed_methods,
    reason = "git makes the repositories, and shells set the limits"
)]

#[path = "support/dump.rs"]
mod dump;

#[path = "support/git_at.rs"]
mod clock;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use dump::dump;
use serde_json::Value;
use tempfile::TempDir;

use clock::git_at;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn small(root: &Path) {
    write(root, "a.py", "def load():\n    pass\n");
    write(
        root,
        "b.py",
        "from a import load\n\n\ndef main():\n    load()\n",
    );
}

fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("arc")
}

fn arc(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("ARC_DB");
    command.stdin(Stdio::null()).output().unwrap()
}

/// Builds, expects success, and gives the report.
fn build(folder: &Path, arguments: &[&str]) -> Value {
    let output = arc(folder, &[&["build", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn marked(report: &Value, mark: &str) -> u64 {
    report["marked"][mark].as_u64().unwrap_or(0)
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    git_at(folder, "@1700000000 +0000", arguments)
}

/// A repository with two commits.
fn repository() -> TempDir {
    let folder = folder();
    git(folder.path(), &["init", "-q"]);
    small(folder.path());
    for subject in ["one", "two"] {
        write(folder.path(), "c.py", subject);
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", subject]);
    }
    folder
}

fn graph(root: &Path) -> PathBuf {
    root.join(".arc/graph.db")
}

#[test]
fn without_a_repository_or_a_commit_there_are_files_and_no_history() {
    let folder = folder();
    small(folder.path());
    let report = build(folder.path(), &[]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&2.into(), &0.into())
    );
    git(folder.path(), &["init", "-q"]);
    let report = build(folder.path(), &[]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&2.into(), &0.into())
    );
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    assert_eq!(build(folder.path(), &[])["commits"], 1);
}

#[test]
fn commits_are_left_out_on_request_until_they_are_asked_for() {
    let folder = repository();
    let commits = |arguments: &[&str]| build(folder.path(), arguments)["commits"].as_u64();
    let all = commits(&[]);
    assert!(all > Some(0), "{all:?}");
    let told = arc(folder.path(), &["build", "--no-history"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("the commits are gone") && !told.contains("new commits"),
        "{told}"
    );
    assert_eq!(commits(&["--no-history"]), Some(0));
    // What only brings the graph up to date asks for nothing.
    write(folder.path(), "new.py", "def new():\n    pass\n");
    assert!(arc(folder.path(), &["query", "new"]).status.success());
    let counts = arc_project::GraphFile::open(&graph(folder.path()))
        .and_then(|graph| graph.counts())
        .unwrap();
    assert_eq!(counts.commits, 0);
    assert_eq!(commits(&[]), all);
    assert_eq!(commits(&["--full", "--no-history"]), Some(0));
    assert_eq!(commits(&["--full"]), all);
}

#[test]
fn a_repository_that_is_damaged_costs_its_history_and_says_so() {
    let folder = repository();
    assert_eq!(build(folder.path(), &[])["commits"], 2);
    fs::write(folder.path().join(".git/HEAD"), "nonsense\n").unwrap();
    let report = build(folder.path(), &["--full"]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&3.into(), &0.into())
    );
    let note = report["unreadable"][0].as_str().unwrap();
    assert!(note.contains("git repository"), "{note}");
    // A commit that is not there: the history that is known stays.
    fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    assert_eq!(build(folder.path(), &[])["commits"], 2);
    fs::write(
        folder.path().join(".git/HEAD"),
        format!("{}\n", "1".repeat(40)),
    )
    .unwrap();
    let report = build(folder.path(), &[]);
    assert_eq!(
        (&report["mode"], &report["commits"]),
        (&"unchanged".into(), &2.into())
    );
    let note = report["unreadable"][0].as_str().unwrap();
    assert!(note.contains("HEAD"), "{note}");
}

#[cfg(unix)]
#[test]
fn a_repository_of_endless_files_ends() {
    let folder = folder();
    let root = folder.path();
    write(root, "a.py", "def f():\n    pass\n");
    write(root, ".git", "gitdir: there\n");
    write(root, "there/HEAD", "ref: refs/heads/main\n");
    fs::create_dir(root.join("there/info")).unwrap();
    for endless in ["there/commondir", "there/info/exclude", ".gitignore"] {
        std::os::unix::fs::symlink("/dev/zero", root.join(endless)).unwrap();
    }
    let report = build(root, &[]);
    assert_eq!(report["commits"], 0);
    assert_eq!(marked(&report, "symbolic link"), 3);
}

#[test]
fn a_bare_repository_has_history_and_no_files() {
    let folder = repository();
    let elsewhere = self::folder();
    let bare = elsewhere.path().join("bare");
    git(
        folder.path(),
        &["clone", "-q", "--bare", ".", bare.to_str().unwrap()],
    );
    let report = build(&bare, &["."]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&0.into(), &2.into())
    );
    assert!(report["unreadable"][0].as_str().unwrap().contains("bare"));
}

#[test]
fn detached_heads_worktrees_shallow_clones_and_submodules_are_repositories() {
    let folder = repository();
    let elsewhere = self::folder();
    let place = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    git(
        folder.path(),
        &[
            "worktree",
            "add",
            "-q",
            "--detach",
            &place("tree"),
            "HEAD~1",
        ],
    );
    let report = build(Path::new(&place("tree")), &[]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&3.into(), &1.into())
    );
    let url = format!("file://{}", folder.path().display());
    git(
        folder.path(),
        &["clone", "-q", "--depth=1", &url, &place("shallow")],
    );
    let report = build(Path::new(&place("shallow")), &[]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&3.into(), &1.into())
    );
    git(
        folder.path(),
        &["submodule", "--quiet", "add", &url, "vendor/module"],
    );
    git(folder.path(), &["commit", "-q", "-m", "a module"]);
    let report = build(folder.path(), &[]);
    assert_eq!(
        (&report["files"], &report["commits"]),
        (&7.into(), &3.into())
    );
    assert_eq!(marked(&report, "vendored"), 3);
}

#[test]
fn clocks_that_lie_and_an_octopus_are_history_like_any_other() {
    let folder = repository();
    let root = folder.path();
    for (time, branch) in [
        ("@1 +0000", "old"),
        ("@4070908800 +0000", "new"),
        ("@1700000000 +0000", "third"),
    ] {
        git(root, &["checkout", "-q", "-b", branch, "main"]);
        write(root, &format!("{branch}.py"), "x = 1\n");
        git(root, &["add", "-A"]);
        git_at(root, time, &["commit", "-q", "-m", branch]);
    }
    git(root, &["checkout", "-q", "main"]);
    build(root, &[]);
    git(root, &["merge", "-q", "-m", "all", "old", "new", "third"]);
    assert_eq!(build(root, &[])["commits"], 6);
    let elsewhere = self::folder();
    let fresh = elsewhere.path().join("fresh.db");
    build(root, &["--db", fresh.to_str().unwrap()]);
    assert!(dump(&graph(root)) == dump(&fresh));
    assert!(arc(root, &["impact", "a.py"]).status.success());
}

#[test]
fn files_that_break_parsers_cost_only_themselves() {
    let folder = folder();
    let root = folder.path();
    small(root);
    let extensions = [
        "py", "ts", "js", "rs", "go", "java", "c", "cpp", "rb", "php", "kt", "lua", "sh", "tf",
        "yaml", "md",
    ];
    for extension in extensions {
        write(
            root,
            &format!("deep.{extension}"),
            "(".repeat(10_000) + &"[{".repeat(10_000),
        );
        write(
            root,
            &format!("long.{extension}"),
            format!("x = \"{}\"\n", "y".repeat(1_000_000)),
        );
        write(root, &format!("nul.{extension}"), "x = 1\0\n");
        write(root, &format!("latin.{extension}"), b"x = \"caf\xe9\"\n");
        write(root, &format!("empty.{extension}"), "");
    }
    File::create(root.join("large.py"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    let report = build(root, &[]);
    assert_eq!(report["files"], 3 + 5 * extensions.len());
    assert_eq!(marked(&report, "too large"), 1);
    assert_eq!(marked(&report, "binary"), extensions.len() as u64);
    assert_eq!(report["edges"]["calls"]["import"], 1, "{report}");
}

#[test]
fn odd_paths_and_links_stay_inside_the_tree() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    let folder = folder();
    let outside = self::folder();
    small(outside.path());
    let root = folder.path();
    small(root);
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9.py")), "x = 1\n").unwrap();
    write(root, "new\nline.py", "x = 1\n");
    symlink(".", root.join("loop")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink(outside.path().join("a.py"), root.join("out.py")).unwrap();
    symlink("nowhere", root.join("dangling.py")).unwrap();
    let report = build(root, &[]);
    assert_eq!(report["files"], 8);
    assert_eq!(marked(&report, "symbolic link"), 4);
    let exported = arc(root, &["export", "--frozen"]);
    assert!(exported.status.success() && exported.stdout.is_ascii());
    assert!(arc(root, &["impact", "caf\\xe9.py"]).status.success());
}

/// The binary without the right of root to read everything; `None` where that cannot be had.
fn unprivileged(folder: &Path) -> Option<Command> {
    let secret = folder.join("secret");
    let mut command = Command::new(binary());
    if File::open(&secret).is_ok() {
        let probe = [
            "--bounding-set=-dac_override,-dac_read_search",
            "--inh-caps=-all",
        ];
        command = Command::new("setpriv");
        command.args(probe).arg(binary());
        let is_there = Command::new("setpriv").args(probe).arg("true").output();
        if !is_there.is_ok_and(|output| output.status.success()) {
            return None;
        }
    }
    command
        .current_dir(folder)
        .env_remove("ARC_DB")
        .stdin(Stdio::null());
    Some(command)
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn unreadable_files_and_folders_are_counted_and_come_back() {
    let folder = folder();
    let root = folder.path();
    small(root);
    write(root, "secret", "");
    write(root, "closed/d.py", "from a import load\nload()\n");
    for path in ["secret", "a.py", "closed"] {
        set_mode(&root.join(path), 0);
    }
    let Some(mut command) = unprivileged(root) else {
        return;
    };
    let output = command.args(["build", "--json"]).output().unwrap();
    for path in ["a.py", "closed"] {
        set_mode(&root.join(path), 0o755);
    }
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(marked(&report, "unreadable"), 1, "{report}");
    assert!(report["unreadable"][0].as_str().unwrap().contains("closed"));
    let report = build(root, &[]);
    assert_eq!(marked(&report, "unreadable"), 0);
    assert_eq!(report["files"], 4);
}

#[test]
fn a_place_that_cannot_be_written_says_so_and_offers_another() {
    let folder = folder();
    let root = folder.path();
    small(root);
    write(root, "secret", "");
    set_mode(&root.join("secret"), 0);
    set_mode(root, 0o555);
    let built = unprivileged(root).map(|mut command| command.arg("build").output().unwrap());
    set_mode(root, 0o755);
    let Some(output) = built else {
        return;
    };
    assert_eq!(output.status.code(), Some(3));
    let text = said(&output);
    assert!(
        text.contains("read-only") && text.contains("--db"),
        "{text}"
    );
    assert!(!root.join(".arc").exists());
}

#[test]
fn a_second_build_waits_for_the_first() {
    let folder = folder();
    let root = folder.path();
    small(root);
    build(root, &[]);
    write(
        root,
        "a.py",
        "def load():\n    return 1\n\n\ndef save():\n    pass\n",
    );
    let lock = File::options()
        .write(true)
        .open(root.join(".arc/lock"))
        .unwrap();
    lock.lock().unwrap();
    let mut child = Command::new(binary())
        .args(["build", "--quiet"])
        .current_dir(root)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "it must wait");
    lock.unlock().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(build(root, &[])["mode"], "unchanged");
}

#[test]
fn two_builds_at_once_make_one_graph() {
    let folder = repository();
    let root = folder.path();
    let start = || {
        let mut command = Command::new(binary());
        command
            .args(["build", "--quiet"])
            .current_dir(root)
            .stdout(Stdio::null());
        command.spawn().unwrap()
    };
    for round in 0..3 {
        write(
            root,
            "a.py",
            format!("def load():\n    return {round}\n\n\ndef save{round}():\n    pass\n"),
        );
        let children = [start(), start(), start()];
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(build(root, &[])["mode"], "unchanged");
    }
}

#[test]
fn an_interrupt_ends_a_waiting_build_and_leaves_the_graph() {
    let folder = folder();
    let root = folder.path();
    small(root);
    build(root, &[]);
    let before = dump(&graph(root));
    write(root, "a.py", "def other():\n    pass\n");
    let lock = File::options()
        .write(true)
        .open(root.join(".arc/lock"))
        .unwrap();
    lock.lock().unwrap();
    let child = Command::new(binary())
        .arg("build")
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("as it was before"));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(dump(&graph(root)), before);
}

#[test]
fn a_full_disk_leaves_the_old_graph() {
    let folder = folder();
    let root = folder.path();
    small(root);
    build(root, &[]);
    let before = dump(&graph(root));
    for file in 0..300 {
        write(
            root,
            &format!("p{file}.py"),
            format!("def f{file}():\n    pass\n").repeat(20),
        );
    }
    // A limit on the size of files is the full disk that a test can have; the signal would end the process first.
    let limited = |arguments: &str| {
        let script = format!("trap '' XFSZ; ulimit -f 200; exec \"$0\" build {arguments}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .arg(binary())
            .current_dir(root);
        command.env_remove("ARC_DB").output().unwrap()
    };
    for arguments in ["--full", ""] {
        let output = limited(arguments);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("disk is full"), "{}", said(&output));
        assert_eq!(dump(&graph(root)), before);
    }
    assert_eq!(build(root, &[])["files"], 302);
    let left = fs::read_dir(root.join(".arc")).unwrap().flatten();
    let mut left: Vec<String> = left
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, [".gitignore", "graph.db", "lock"]);
}

#[test]
fn graphs_of_other_versions_and_damaged_ones_have_a_way_out() {
    let folder = folder();
    let root = folder.path();
    small(root);
    build(root, &[]);
    let path = graph(root);
    let whole = fs::read(&path).unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let newer = with(63, 200);
    fs::write(&path, &newer).unwrap();
    for command in [vec!["build"], vec!["impact", "a.py"]] {
        let output = arc(root, &command);
        assert_eq!(output.status.code(), Some(3));
        let text = said(&output);
        assert!(
            text.contains("newer arc") && text.contains("--full"),
            "{text}"
        );
        assert_eq!(fs::read(&path).unwrap(), newer, "left as it is");
    }
    assert_eq!(build(root, &["--full"])["mode"], "full");

    let foreign = with(68, 0);
    fs::write(&path, &foreign).unwrap();
    for command in [vec!["build"], vec!["build", "--full"]] {
        let output = arc(root, &command);
        assert_eq!(output.status.code(), Some(3));
        assert!(
            said(&output).contains("not a graph of arc"),
            "{}",
            said(&output)
        );
    }
    assert_eq!(fs::read(&path).unwrap(), foreign);

    let older = with(63, 0);
    for bytes in [
        &older[..],
        &whole[..whole.len() / 2],
        &whole[..50],
        b"",
        b"nonsense",
    ] {
        fs::write(&path, bytes).unwrap();
        let frozen = arc(root, &["impact", "a.py", "--frozen"]);
        assert_eq!(frozen.status.code(), Some(3), "{}", said(&frozen));
        assert!(said(&frozen).contains("--full"), "{}", said(&frozen));
        let report = build(root, &[]);
        assert_eq!(report["mode"], "full");
        assert!(report["rebuilt_because"].is_string());
    }
    // A page in the middle: found at the latest by the check, and never a panic.
    let mut bytes = whole.clone();
    let middle = whole.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    for command in [
        vec!["impact", "a.py"],
        vec!["export"],
        vec!["query", "load"],
        vec!["doctor"],
    ] {
        let output = arc(root, &command);
        assert!(
            matches!(output.status.code(), Some(0 | 1 | 3)),
            "{}",
            said(&output)
        );
        assert!(!said(&output).contains("panicked"), "{}", said(&output));
    }
    build(root, &["--full"]);
    assert!(arc(root, &["doctor"]).status.success());
}

#[test]
fn a_clock_that_jumps_back_hides_no_change() {
    let folder = folder();
    let root = folder.path();
    small(root);
    let set = |years: u64| {
        let file = File::options().write(true).open(root.join("a.py")).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(years * 31_557_600);
        file.set_modified(time).unwrap();
    };
    set(129);
    build(root, &[]);
    write(root, "a.py", "def save():\n    pass\n");
    set(1);
    assert_eq!(build(root, &[])["changed"], 1);
    write(root, "a.py", "def load():\n    pass\n");
    set(1);
    assert_eq!(build(root, &[])["changed"], 1);
    assert_eq!(build(root, &[])["mode"], "unchanged");
}

#[test]
fn thousands_of_tiny_files_are_one_build() {
    let folder = folder();
    let root = folder.path();
    for file in 0..3_000 {
        write(
            root,
            &format!("d{}/f{file}.py", file % 50),
            format!("x{file} = 1\n"),
        );
    }
    assert_eq!(build(root, &[])["files"], 3_000);
    write(root, "d1/f1.py", "def one():\n    pass\n");
    let report = build(root, &[]);
    assert_eq!(
        (&report["changed"], &report["mode"]),
        (&1.into(), &"updated".into())
    );
}

#[test]
fn thousands_of_routes_and_texts_that_are_no_paths_are_one_build() {
    use std::fmt::Write as _;

    let folder = folder();
    let root = folder.path();
    let mut routes = "from flask import Flask\napp = Flask(__name__)\n".to_owned();
    let mut requests = "def test_all(client, base, x):\n".to_owned();
    for number in 0..3_000 {
        let group = number % 7;
        let _ = writeln!(
            routes,
            "@app.get('/a/{group}/x{number}/<int:id>')\ndef h{number}(id): ..."
        );
        let _ = writeln!(requests, "    client.get(f'/a/{{x}}/x{number}/1')");
        let _ = writeln!(
            requests,
            "    client.get(f'{{x}}/{{x}}/{{x}}')\n    client.get(base + '/x{number}/' + x)"
        );
    }
    write(root, "app.py", routes);
    write(root, "test_app.py", requests);
    let mut nested = "const r0 = express();\n".to_owned();
    for number in 1..1_000 {
        let _ = writeln!(
            nested,
            "const r{number} = Router(); r{}.use('/p', r{number});",
            number - 1
        );
    }
    nested.push_str("r999.use('/loop', r0); r999.get('/deep', h); fetch('/p/deep');\n");
    write(root, "nested.js", nested);
    let chain = ".route(\"/c\", get(h))\n".repeat(2_000);
    write(
        root,
        "chain.rs",
        format!("fn app() {{ Router::new(){chain}; }}\n"),
    );
    let mut bytes = b"import requests\nrequests.get('/a/\xff\xfe/x1/2')\nrequests.get('/".to_vec();
    bytes.extend(b"x/".repeat(100_000));
    bytes.extend(b"')\nrequests.get('/{{{{{{')\n");
    write(root, "bytes.py", bytes);
    write(root, ".env", b"A=1\n\xff\xfe=2\n==\nB\n".repeat(10_000));

    let start = Instant::now();
    build(root, &[]);
    assert!(start.elapsed() < Duration::from_secs(240), "bounded time");
    let answered = arc(root, &["impact", "app.py::h7", "--json"]);
    let answer: Value = serde_json::from_slice(&answered.stdout).unwrap();
    assert!(answer.to_string().contains("test_app.py"), "{answer}");
}

//! `arc run` from outside: attacks that must not get through, as root and as somebody else, each beside the same attack without a sandbox,
//! which must.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and says what it could not try"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A user that owns nothing.
const STRANGER: u32 = 54_321;

/// Who starts `arc run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Whoever runs the tests.
    We,
    /// Somebody without rights; only root can become that.
    Stranger,
}

/// Everyone that the tests can be.
fn everyone() -> Vec<Who> {
    if is_root() {
        vec![Who::We, Who::Stranger]
    } else {
        println!("not root: attacks are tried as this user only");
        vec![Who::We]
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// The binary where everybody may execute it, until the last test that uses it has ended.
fn arc() -> Arc<ArcCopy> {
    static SHARED: Mutex<Weak<ArcCopy>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(copy) = shared.upgrade() {
        return copy;
    }
    let folder = open_folder();
    let path = folder.path().join("arc");
    fs::copy(env!("CARGO_BIN_EXE_arc"), &path).unwrap();
    let copy = Arc::new(ArcCopy {
        path,
        _folder: folder,
    });
    *shared = Arc::downgrade(&copy);
    copy
}

struct ArcCopy {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A project, a home and a neighbor, all of them the attacker's to read if nothing stops it.
struct Ground {
    folder: tempfile::TempDir,
    who: Who,
    binary: Arc<ArcCopy>,
}

struct Ran {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    took: Duration,
}

impl Ground {
    fn new(who: Who) -> Ground {
        let folder = open_folder();
        for name in ["work/.git/hooks", "home", "outside"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("work/kept.txt"), "kept").unwrap();
        fs::write(folder.path().join("outside/secret.txt"), "SECRET").unwrap();
        fs::write(folder.path().join("home/key"), "SECRET").unwrap();
        let ground = Ground {
            folder,
            who,
            binary: arc(),
        };
        if who == Who::Stranger {
            give(ground.folder.path());
        }
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path("work"))
            .env("HOME", self.path("home"))
            .env("OUTSIDE", self.path("outside"))
            .env("ATTACK_SECRET", "SECRET")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.who == Who::Stranger {
            command.uid(STRANGER).gid(STRANGER);
        }
        command
    }

    /// `arc run` with options.
    fn arc(&self, options: &[&str], command: &[&str]) -> Command {
        let mut arc = self.command(&self.binary.path);
        arc.args(["run", "--work", "."]);
        let usual = [
            ("--wall", "20"),
            ("--mem", "256"),
            ("--pids", "32"),
            ("--disk", "32"),
        ];
        for (name, value) in usual {
            if !options.contains(&name) {
                arc.args([name, value]);
            }
        }
        arc.args(options).arg("--").args(command);
        arc
    }

    fn run(&self, options: &[&str], script: &str) -> Ran {
        finish(&mut self.arc(
            options,
            &[
                "sh",
                "-c",
                script,
                "sh",
                &self.path("outside").display().to_string(),
            ],
        ))
    }

    /// The same without a sandbox.
    fn run_freely(&self, script: &str) -> Ran {
        finish(
            self.command(Path::new("/bin/sh"))
                .args(["-c", script, "sh"])
                .arg(self.path("outside")),
        )
    }
}

fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(STRANGER), Some(STRANGER)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

fn finish(command: &mut Command) -> Ran {
    let start = Instant::now();
    let output = command.output().unwrap();
    Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: start.elapsed(),
    }
}

/// Tries a script in the sandbox and without it, as everyone. `got_through` looks from outside.
fn hold(script: &str, got_through: impl Fn(&Ground, &Ran) -> bool) {
    for who in everyone() {
        let control = Ground::new(who);
        let ran = control.run_freely(script);
        assert!(
            got_through(&control, &ran),
            "the attack is none, as {who:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        for kind in KINDS {
            let ground = Ground::new(who);
            let ran = ground.run(&["--enclosure", kind], script);
            assert!(ran.stderr.contains("sandbox: "), "{}", ran.stderr);
            assert!(
                !got_through(&ground, &ran),
                "it got through {kind} as {who:?}: {}{}",
                ran.stdout,
                ran.stderr
            );
            assert_eq!(
                fs::read_to_string(ground.path("work/kept.txt")).unwrap(),
                "kept"
            );
        }
    }
}

/// What can stand between a command and the machine.
const KINDS: [&str; 2] = ["namespaces", "filters"];

/// Processes on this machine with a word in their command line, other than shells that were given it as a script.
fn alive(word: &str) -> usize {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .filter(|line| {
            let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
            first.ends_with(b"sleep")
                && line.windows(word.len()).any(|part| part == word.as_bytes())
        })
        .count()
}

fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_command_runs_with_its_own_output_and_code() {
    for who in everyone() {
        let ground = Ground::new(who);
        let ran = ground.run(&[], "echo out; echo err >&2; cat kept.txt; exit 7");
        assert_eq!(ran.stdout, "out\nkept");
        assert!(ran.stderr.contains("err\n"), "{}", ran.stderr);
        assert_eq!(ran.status.code(), Some(7));
        let ran = ground.run(&[], "kill -TERM $$");
        assert_eq!(ran.status.code(), Some(128 + 15));
        // What holds here is said, so that nobody takes a machine without it for one with it.
        println!("as {who:?}: {}", ran.stderr);
    }
}

#[test]
fn the_project_is_not_written() {
    for who in everyone() {
        let ground = Ground::new(who);
        let ran = ground.run(&[], "rm -rf kept.txt; echo x > new; mkdir d; mv new d/; ls -a; echo bad > .git/hooks/post-commit");
        assert_eq!(ran.stdout, ".\n..\n.git\nd\n", "{}", ran.stderr);
        assert_eq!(
            fs::read_to_string(ground.path("work/kept.txt")).unwrap(),
            "kept"
        );
        assert!(!ground.path("work/d").exists());
        assert!(!ground.path("work/.git/hooks/post-commit").exists());
    }
}

#[test]
fn what_a_compiler_kept_is_found_and_not_written() {
    let script = "cat \"$HOME/.cache/go-build/kept\"; echo new > \"$HOME/.cache/go-build/kept\"; cat \"$HOME/.cache/go-build/kept\"; echo x > \"$HOME/.cache/go-build/more\"";
    for who in everyone() {
        let ground = Ground::new(who);
        let cache = ground.path("home/.cache/go-build");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("kept"), "built\n").unwrap();
        if who == Who::Stranger {
            give(&ground.path("home"));
        }
        let ran = ground.run(&[], script);
        assert_eq!(ran.stdout, "", "no project of Go: {}", ran.stderr);

        fs::write(ground.path("work/go.mod"), "module x\n").unwrap();
        let ran = ground.run(&[], script);
        if ran.stderr.contains(" overlay,") {
            assert_eq!(ran.stdout, "built\nnew\n", "as {who:?}: {}", ran.stderr);
        } else {
            println!("no layers here: {}", ran.stderr);
        }
        assert_eq!(fs::read_to_string(cache.join("kept")).unwrap(), "built\n");
        assert!(!cache.join("more").exists());
    }
}

#[test]
fn secrets_stay_outside() {
    hold("cat \"$1/secret.txt\"", |_, ran| {
        ran.stdout.contains("SECRET")
    });
    hold("cat ../outside/secret.txt", |_, ran| {
        ran.stdout.contains("SECRET")
    });
    hold("cat \"$HOME/key\"", |_, ran| ran.stdout.contains("SECRET"));
    hold("env", |_, ran| ran.stdout.contains("SECRET"));
    hold("cat /proc/*/environ", |_, ran| {
        ran.stdout.contains("SECRET")
    });
    hold("ln -s \"$1\" l; cat l/secret.txt", |_, ran| {
        ran.stdout.contains("SECRET")
    });
}

#[test]
fn nothing_is_written_outside() {
    hold("echo bad > \"$1/secret.txt\"", |ground, _| {
        fs::read_to_string(ground.path("outside/secret.txt")).unwrap() != "SECRET"
    });
    hold("echo bad > \"$HOME/.profile\"", |ground, _| {
        ground.path("home/.profile").exists()
    });
    hold("ln -s \"$1\" l; echo bad > l/new", |ground, _| {
        ground.path("outside/new").exists()
    });
    hold("echo bad > .git/hooks/pre-commit", |ground, _| {
        ground.path("work/.git/hooks/pre-commit").exists()
    });
}

#[test]
fn permissions_and_times_outside_stay() {
    let mode = |ground: &Ground| {
        let found = fs::metadata(ground.path("outside/secret.txt")).unwrap();
        found.permissions().mode() & 0o7777
    };
    let year = |ground: &Ground| {
        let found = fs::metadata(ground.path("outside/secret.txt")).unwrap();
        found.modified().unwrap() < std::time::UNIX_EPOCH + Duration::from_secs(1)
    };
    hold("chmod 777 \"$1/secret.txt\"", |ground, _| {
        mode(ground) == 0o777
    });
    hold("chmod 777 ../outside/secret.txt", |ground, _| {
        mode(ground) == 0o777
    });
    hold("ln -s \"$1/secret.txt\" l; chmod 777 l", |ground, _| {
        mode(ground) == 0o777
    });
    hold("touch -d @0 \"$1/secret.txt\"", |ground, _| year(ground));
}

#[test]
fn permissions_and_times_inside_change() {
    for who in everyone() {
        for kind in KINDS {
            let ground = Ground::new(who);
            let script = "echo x > n; chmod 751 n; touch -d @7 n; stat -c '%a %Y' n; ln -s n l; \
                          touch -h -d @8 l; stat -c %Y l; chmod 640 ./l; stat -c %a n; chmod 600 none; echo $?";
            let ran = ground.run(&["--enclosure", kind], script);
            assert_eq!(ran.stdout, "751 7\n8\n640\n1\n", "{kind}: {}", ran.stderr);
        }
    }
}

#[test]
fn without_namespaces_a_copy_is_written_and_goes() {
    for who in everyone() {
        let ground = Ground::new(who);
        let ran = ground.run(
            &["--enclosure", "filters", "--keep-changes", "kept.txt"],
            "pwd; rm -rf .git; echo new > kept.txt; echo x > ~/y; echo z > $TMPDIR/z",
        );
        let copy = PathBuf::from(ran.stdout.trim());
        assert_ne!(copy, ground.path("work"));
        assert!(!copy.exists(), "{}", copy.display());
        assert!(
            ran.stderr.contains("no userns: not asked for"),
            "{}",
            ran.stderr
        );
        assert_eq!(
            fs::read_to_string(ground.path("work/kept.txt")).unwrap(),
            "new\n"
        );
        assert!(ground.path("work/.git/hooks").exists() && !ground.path("home/y").exists());
    }
}

#[test]
fn without_a_sandbox_there_is_a_copy_and_it_is_said_so() {
    let ground = Ground::new(Who::We);
    let ran = ground.run(&["--unsandboxed"], "rm kept.txt; cat \"$1/secret.txt\"");
    assert_eq!(ran.stdout, "SECRET");
    assert!(ran.stderr.contains("no sandbox: copy, "), "{}", ran.stderr);
    assert!(ground.path("work/kept.txt").exists());
}

#[test]
fn objects_of_the_machine_are_not_shared() {
    let script = "import ctypes,os\nlibc=ctypes.CDLL(None)\n\
                  print(libc.shmget(7,4096,0o1600),libc.msgget(7,0o1600),libc.semget(7,1,0o1600))\n\
                  try: os.setpriority(os.PRIO_PROCESS,os.getppid(),19); print('nice')\nexcept OSError: print('no')";
    for who in everyone() {
        let ground = Ground::new(who);
        let ran = finish(&mut ground.arc(
            &["--enclosure", "filters"],
            &["/usr/bin/python3", "-c", script],
        ));
        if ran.status.code() == Some(127) {
            println!("not run: there is no /usr/bin/python3");
            return;
        }
        assert_eq!(ran.stdout, "-1 -1 -1\nno\n", "{}", ran.stderr);
    }
}

#[test]
fn inherited_descriptors_are_closed() {
    for who in everyone() {
        let ground = Ground::new(who);
        let script = "exec 9<../outside/secret.txt 8>>../outside/secret.txt; exec \"$@\"";
        let arc = ground.arc(&[], &["sh", "-c", "cat <&9; echo bad >&8"]);
        let mut shell = ground.command(Path::new("/bin/sh"));
        shell
            .args(["-c", script, "sh"])
            .arg(arc.get_program())
            .args(arc.get_args());
        let ran = finish(&mut shell);
        assert!(!ran.stdout.contains("SECRET"), "{}", ran.stderr);
        assert_eq!(
            fs::read_to_string(ground.path("outside/secret.txt")).unwrap(),
            "SECRET"
        );
    }
}

#[test]
fn nobody_listens_outside() {
    for who in everyone() {
        let ground = Ground::new(who);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
        let freely = finish(ground.command(Path::new("/bin/bash")).args(["-c", &script]));
        assert!(
            freely.status.success() && listener.accept().is_ok(),
            "{}",
            freely.stderr
        );
        let held = finish(&mut ground.arc(&[], &["bash", "-c", &script]));
        assert!(!held.status.success());
        assert!(listener.accept().is_err());
        // It is allowed when it is asked for.
        let asked = finish(&mut ground.arc(&["--net", "host"], &["bash", "-c", &script]));
        assert!(
            asked.status.success() && listener.accept().is_ok(),
            "{}",
            asked.stderr
        );
    }
}

#[test]
fn servers_of_the_command_itself_work() {
    let ground = Ground::new(Who::We);
    let script = "import socket,threading\ns=socket.create_server(('127.0.0.1',0))\n\
                  c=socket.create_connection(s.getsockname());print('reached')";
    let ran = finish(&mut ground.arc(&[], &["/usr/bin/python3", "-c", script]));
    if ran.status.code() == Some(127) {
        println!("not run: there is no /usr/bin/python3");
        return;
    }
    assert_eq!(ran.stdout, "reached\n", "{}", ran.stderr);
}

#[test]
fn processes_outside_are_not_seen_and_not_ended() {
    for who in everyone() {
        let ground = Ground::new(who);
        let mut victim = ground
            .command(Path::new("/bin/sleep"))
            .arg("60")
            .spawn()
            .unwrap();
        let script = format!(
            "kill -9 {} ; kill -9 -1; ls /proc | grep -c '^[0-9]'",
            victim.id()
        );
        let ran = ground.run(&[], &script);
        assert!(victim.try_wait().unwrap().is_none(), "{}", ran.stderr);
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
}

#[test]
fn what_is_left_behind_ends_with_the_command() {
    for who in everyone() {
        for kind in KINDS {
            let ground = Ground::new(who);
            let seconds = format!("6{}", std::process::id());
            let ran = ground.run(
                &["--enclosure", kind],
                &format!(
                    "(setsid sh -c 'trap \"\" TERM HUP; sleep {seconds}' >/dev/null 2>&1 &) ; sleep 0.1"
                ),
            );
            assert!(ran.status.success(), "{}", ran.stderr);
            assert_eq!(alive(&seconds), 0);
        }
    }
}

#[test]
fn memory_that_processes_share_is_counted_once_and_they_go_on() {
    // Ten shells that share the text of one: far more than the limit by what each has, and they are stopped to be counted.
    let script = "v=$(head -c 40M /dev/zero | tr '\\0' x); i=0; while [ $i -lt 10 ]; do \
        (sleep 0.5; echo on) & i=$((i + 1)); done; wait";
    for who in everyone() {
        for kind in KINDS {
            let ran = Ground::new(who).run(&["--enclosure", kind], script);
            assert!(ran.status.success(), "{kind}: {}", ran.stderr);
            assert_eq!(ran.stdout, "on\n".repeat(10), "{kind}");
        }
    }
}

#[test]
fn limits_end_a_command() {
    for who in everyone() {
        let ground = Ground::new(who);
        let ran = ground.run(
            &["--wall", "0.5"],
            "trap '' TERM INT HUP; while :; do sleep 1; done",
        );
        assert_eq!(ran.status.code(), Some(124));
        assert!(ran.stderr.contains("limit of wall"), "{}", ran.stderr);
        assert!(ran.took < Duration::from_secs(10));

        let ran = ground.run(&[], "tail -c 2G /dev/zero | tail -c 1G");
        // Without a control group the kernel may refuse the memory before the sum is too large.
        let is_refused = ran.stderr.contains("memory exhausted");
        assert!(
            is_refused || ran.stderr.contains("limit of memory"),
            "{}",
            ran.stderr
        );

        let ran = ground.run(&["--wall", "15"], "yes");
        assert_eq!(ran.status.code(), Some(124));
        assert!(ran.stderr.contains("limit of output"), "{}", ran.stderr);
        assert!(ran.stdout.len() <= 8 << 20);

        let ran = ground.run(&[], "head -c 100M /dev/zero > big; stat -c %s big; df .");
        let written: u64 = ran.stdout.lines().next().unwrap().parse().unwrap();
        assert!(written <= 32 << 20, "{}", ran.stdout);

        let ran = ground.run(
            &["--wall", "3"],
            "f() { sleep 2 & f; }; f 2>/dev/null; ls /proc | grep -c '^[0-9]'",
        );
        assert!(ran.status.code().is_some(), "{}", ran.stderr);
    }
}

#[test]
fn who_counts_what_is_used_comes_before_who_uses_it() {
    let own = Command::new("nice").output().expect("it runs").stdout;
    for who in everyone() {
        let ran = Ground::new(who).run(&[], "nice");
        let is_counted = !ran.stderr.contains("no cgroup");
        assert_eq!(ran.stdout.as_bytes() == own, is_counted, "{}", ran.stderr);
    }
}

#[test]
fn limits_end_a_command_without_namespaces() {
    let limited = |ran: &Ran, limit: &str| {
        assert_eq!(ran.status.code(), Some(124), "{}", ran.stderr);
        let said = format!("limit of {limit}");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    };
    for who in everyone() {
        let ground = Ground::new(who);
        let run = |options: &[&str], script: &str| {
            ground.run(&[&["--enclosure", "filters"], options].concat(), script)
        };
        let wall = run(
            &["--wall", "0.5"],
            "trap '' TERM INT HUP; while :; do sleep 1; done",
        );
        limited(&wall, "wall");
        assert!(wall.took < Duration::from_secs(10));
        let many =
            "i=0; while [ $i -lt 100 ]; do head -c 1M /dev/zero > f$i; i=$((i+1)); done; sleep 5";
        limited(&run(&[], many), "disk");
        let unlinked =
            "exec 3>f 4>g; rm f g; head -c 40M /dev/zero >&3; head -c 40M /dev/zero >&4; sleep 5";
        limited(&run(&[], unlinked), "disk");
        limited(
            &run(
                &["--files", "50"],
                "i=0; while [ $i -lt 500 ]; do : > f$i; i=$((i+1)); done; sleep 5",
            ),
            "files",
        );
        let one = run(&[], "head -c 100M /dev/zero > big; stat -c %s big");
        let written: u64 = one.stdout.trim().parse().unwrap();
        assert!(written <= 32 << 20, "{}", one.stdout);
    }
}

#[test]
fn standard_input_is_empty_and_there_is_no_terminal() {
    let ground = Ground::new(Who::We);
    let ran = ground.run(&[], "cat; tty; echo x > /dev/tty");
    assert!(ran.stdout.contains("not a tty"), "{}", ran.stdout);
    assert!(!ran.status.success());
}

#[test]
fn wrong_calls_are_told_so() {
    let ground = Ground::new(Who::We);
    let code = |ran: &Ran| ran.status.code();
    let ran = finish(ground.command(&ground.binary.path).args(["run"]));
    assert_eq!(code(&ran), Some(2), "{}", ran.stderr);
    for (work, needle) in [
        ("nowhere", "cannot read"),
        ("kept.txt", "no folder"),
        ("/", "system"),
        ("/usr", "system"),
    ] {
        let ran = finish(
            ground
                .command(&ground.binary.path)
                .args(["run", "--work", work, "--", "true"]),
        );
        assert_eq!(code(&ran), Some(2), "{work}: {}", ran.stderr);
        assert!(ran.stderr.contains(needle), "{work}: {}", ran.stderr);
    }
    fs::write(ground.path("work/plain"), "").unwrap();
    let ran = finish(&mut ground.arc(&[], &["no-such-command"]));
    assert_eq!(code(&ran), Some(127), "{}", ran.stderr);
    let ran = finish(&mut ground.arc(&[], &["./plain"]));
    assert_eq!(code(&ran), Some(126), "{}", ran.stderr);
}

/// Starts something that lasts, and waits until it does.
fn lasting(ground: &Ground, kind: &str, seconds: &str) -> Child {
    start(&mut that_lasts(ground, kind, seconds), seconds)
}

fn that_lasts(ground: &Ground, kind: &str, seconds: &str) -> Command {
    ground.arc(
        &["--wall", "60", "--enclosure", kind],
        &["sh", "-c", &format!("sleep {seconds} & sleep {seconds}")],
    )
}

fn start(command: &mut Command, seconds: &str) -> Child {
    let child = command.spawn().unwrap();
    wait_until("it starts", || alive(seconds) == 2);
    child
}

/// The same command where no file may be larger than a hundred kilobytes.
fn with_small_files(ground: &Ground, command: &Command) -> Command {
    let mut shell = ground.command(Path::new("/bin/sh"));
    shell
        .args(["-c", "ulimit -f 200 && exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    shell
}

/// The program that became the first process of the sandbox of a running `arc`.
fn inside(arc: &Child) -> PathBuf {
    let children = format!("/proc/{0}/task/{0}/children", arc.id());
    let children = fs::read_to_string(children).unwrap();
    let first = children.split_whitespace().next().unwrap();
    fs::read_link(format!("/proc/{first}/exe")).unwrap()
}

#[test]
fn a_program_that_starts_another_gets_no_huge_page_and_no_thread() {
    let ground = Ground::new(Who::We);
    let seconds = format!("5{}", std::process::id());
    let mut child = lasting(&ground, "namespaces", &seconds);
    let memory = fs::read_to_string(format!("/proc/{}/smaps_rollup", child.id())).unwrap();
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let threads = threads.count();
    signal(&child, "KILL");
    child.wait().unwrap();
    let huge = memory
        .lines()
        .find(|line| line.starts_with("AnonHugePages:"));
    let huge = huge.unwrap_or("AnonHugePages: 0 kB");
    assert_eq!(huge.split_whitespace().nth(1), Some("0"), "{memory}");
    assert_eq!(threads, 1, "nothing was printed");
}

#[test]
fn inside_is_a_small_program_in_memory_and_where_that_cannot_be_arc_again() {
    for who in everyone() {
        let ground = Ground::new(who);
        let seconds = format!("6{}", std::process::id());
        let command = that_lasts(&ground, "namespaces", &seconds);
        for (mut command, expected) in [
            (
                that_lasts(&ground, "namespaces", &seconds),
                Path::new("/memfd:arc-inside (deleted)"),
            ),
            (with_small_files(&ground, &command), &*ground.binary.path),
        ] {
            let mut child = start(&mut command, &seconds);
            assert_eq!(inside(&child), expected, "{who:?}");
            signal(&child, "KILL");
            child.wait().unwrap();
            wait_until("all of it ends", || alive(&seconds) == 0);
        }
        for kind in KINDS {
            let command = ground.arc(&["--enclosure", kind], &["cat", "kept.txt"]);
            let ran = finish(&mut with_small_files(&ground, &command));
            assert_eq!(
                (ran.status.code(), &*ran.stdout),
                (Some(0), "kept"),
                "{kind}"
            );
        }
        let mut doctor = ground.command(&ground.binary.path);
        doctor.arg("doctor");
        for (mut doctor, is_told) in [(with_small_files(&ground, &doctor), true), (doctor, false)] {
            let ran = finish(&mut doctor);
            let told = ran.stdout.contains("starts slowly");
            assert_eq!(told, is_told, "{}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    for who in everyone() {
        let ground = Ground::new(who);
        let seconds = format!("7{}", std::process::id());
        let mut child = lasting(&ground, "namespaces", &seconds);
        signal(&child, "INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(alive(&seconds), 0);
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert!(said.contains("interrupted"), "{said}");
    }
}

#[test]
fn nothing_survives_the_end_of_arc() {
    for who in everyone() {
        for kind in KINDS {
            let ground = Ground::new(who);
            let seconds = format!("8{}", std::process::id());
            let mut child = lasting(&ground, kind, &seconds);
            signal(&child, "KILL");
            assert_eq!(child.wait().unwrap().signal(), Some(9));
            wait_until("all of it ends", || alive(&seconds) == 0);
            // A copy that was left behind goes with the next run.
            let left = std::env::temp_dir().join(format!("arc-run-{}-0", child.id()));
            ground.run(&["--enclosure", "filters"], "true");
            assert!(!left.exists(), "{}", left.display());
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    std::io::stdout().flush().unwrap();
}

fn json(ground: &Ground, options: &[&str], script: &str) -> serde_json::Value {
    let options: Vec<&str> = options.iter().copied().chain(["--json"]).collect();
    let ran = ground.run(&options, script);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr))
}

/// Kind, entry and path of every change.
fn changes(told: &serde_json::Value) -> Vec<String> {
    let word = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = told["changes"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            format!(
                "{} {} {}",
                word(row, "kind"),
                word(row, "entry"),
                word(row, "path")
            )
        })
        .collect()
}

#[test]
fn changes_are_told() {
    for who in everyone() {
        let ground = Ground::new(who);
        let write = |name: &str, text: &str| {
            let path = ground.path("work").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for name in [
            "same",
            "edited",
            "mode",
            "gone/a/b",
            "remade/old",
            "remade/both",
            "kind",
        ] {
            write(name, name);
        }
        std::os::unix::fs::symlink("same", ground.path("work/link")).unwrap();
        if who == Who::Stranger {
            give(&ground.path("work"));
        }
        let told = json(
            &ground,
            &[],
            "touch same; printf other_ > edited; chmod 755 mode; rm -r gone; rm -r remade; mkdir remade; \
             printf remade/both > remade/both; echo new > remade/new; rm kind; mkdir kind; ln -sfn edited link; \
             mkdir -m 0 closed; echo x > locked; chmod 0 locked; mkfifo pipe",
        );
        assert_eq!(
            changes(&told),
            [
                "created folder closed",
                "modified file edited",
                "deleted folder gone",
                "deleted folder gone/a",
                "deleted file gone/a/b",
                "deleted file kind",
                "created folder kind",
                "modified link link",
                "created file locked",
                "modified file mode",
                "created other pipe",
                "created file remade/new",
                "deleted file remade/old",
            ],
            "as {who:?}"
        );
        assert_eq!(told["result"], "exited");
        assert!(ground.path("work/gone/a/b").exists());
    }
}

#[test]
fn chosen_changes_are_kept() {
    for who in everyone() {
        let ground = Ground::new(who);
        let script = "echo new > kept.txt; chmod 750 kept.txt; mkdir -p d/e; echo f > d/e/f; echo g > d/g; ln -s ../outside out; \
                      echo bad > .git/hooks/post-commit; echo x > u; chmod 4755 u";
        let told = json(&ground, &["--keep-changes", "kept.txt", "d/e"], script);
        assert_eq!(told["total"]["kept"], 2, "{told}");
        let work = ground.path("work");
        assert_eq!(fs::read_to_string(work.join("kept.txt")).unwrap(), "new\n");
        assert_eq!(
            fs::metadata(work.join("kept.txt"))
                .unwrap()
                .permissions()
                .mode()
                & 0o7777,
            0o750
        );
        assert!(work.join("d/e/f").exists() && !work.join("d/g").exists());

        let told = json(&ground, &["--keep-changes"], script);
        assert!(work.join("d/g").exists());
        assert_eq!(
            fs::metadata(work.join("u")).unwrap().permissions().mode() & 0o7777,
            0o755
        );
        // What git runs and what leads out stays in the sandbox, and it is said so.
        assert!(!work.join(".git/hooks/post-commit").exists() && !work.join("out").is_symlink());
        let left = told["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["why_not"].is_string());
        assert_eq!(left.count(), 2, "{told}");
        json(&ground, &["--keep-changes"], "rm kept.txt");
        assert!(!work.join("kept.txt").exists());
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(work.join("d/e/f")).unwrap());
        assert_eq!(
            owner,
            std::os::unix::fs::MetadataExt::uid(&fs::metadata(&work).unwrap())
        );
        assert!(
            fs::read_dir(&work)
                .unwrap()
                .flatten()
                .all(|entry| !entry.file_name().to_string_lossy().starts_with(".arc-keep"))
        );
    }
}

/// A script whose changes are to be kept, that has done its work and goes on for a second.
fn ready(ground: &Ground, script: &str) -> Child {
    let script = format!("{script}; echo ready; sleep 1");
    let mut child = ground
        .arc(&["--keep-changes"], &["sh", "-c", &script])
        .spawn()
        .unwrap();
    let mut said = [0; 6];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut said)
        .unwrap();
    child
}

#[test]
fn a_link_on_the_way_is_not_followed() {
    let ground = Ground::new(Who::We);
    fs::create_dir(ground.path("work/d")).unwrap();
    let mut child = ready(&ground, "echo bad > d/secret.txt");
    fs::remove_dir(ground.path("work/d")).unwrap();
    std::os::unix::fs::symlink(ground.path("outside"), ground.path("work/d")).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        fs::read_to_string(ground.path("outside/secret.txt")).unwrap(),
        "SECRET"
    );
}

#[test]
fn what_others_changed_meanwhile_stays() {
    let ground = Ground::new(Who::We);
    let mut child = ready(&ground, "echo mine > kept.txt; echo mine > new");
    fs::write(ground.path("work/kept.txt"), "theirs").unwrap();
    fs::write(ground.path("work/new"), "theirs").unwrap();
    assert!(child.wait().unwrap().success());
    for name in ["work/kept.txt", "work/new"] {
        assert_eq!(fs::read_to_string(ground.path(name)).unwrap(), "theirs");
    }
}

#[test]
fn an_own_input_cannot_be_opened_for_writing() {
    for who in everyone() {
        let ground = Ground::new(who);
        let input = ground.path("outside/secret.txt");
        let ran = finish(
            ground
                .arc(
                    &["--stdin"],
                    &["sh", "-c", "cat; echo bad > /proc/self/fd/0"],
                )
                .stdin(fs::File::open(&input).unwrap()),
        );
        assert!(ran.stdout.contains("SECRET"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(input).unwrap(), "SECRET");
    }
}

#[test]
fn where_there_are_no_namespaces_there_are_filters() {
    // In a sandbox nobody gets namespaces.
    let ground = Ground::new(Who::We);
    let arc = ground.binary.path.display().to_string();
    let inner = |kind: &str, script: &str| {
        finish(&mut ground.arc(
            &["--read", &arc],
            &[
                &arc,
                "run",
                "--work",
                ".",
                "--enclosure",
                kind,
                "--",
                "sh",
                "-c",
                script,
            ],
        ))
    };
    let ran = inner("namespaces", "true");
    assert_eq!(ran.status.code(), Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing was run"), "{}", ran.stderr);
    let ran = inner("strongest", "echo x > kept.txt; kill -0 $PPID || echo held");
    assert!(ran.status.success(), "{}", ran.stderr);
    assert_eq!(ran.stdout, "held\n");
    let said = "sandbox: copy, landlock, seccomp, rlimits; no userns: cannot enter new namespaces";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

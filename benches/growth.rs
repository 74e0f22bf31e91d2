//! How cost grows: the same questions on generated repositories of 100, 1,000 and 10,000 files, with as many commits.
//!
//! `cargo bench -p arc-cli --bench growth` prints a table; numbers after `--` choose other sizes. CPU is user and system
//! time of the real binary, read from `/proc` (Linux): wall time depends on who else uses the machine.

#![expect(clippy::print_stdout, reason = "the table is the product")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![expect(clippy::disallowed_methods, reason = "what is measured is a process")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Ticks of the clock that `/proc` counts in, per second.
const TICKS: f64 = 100.0;

fn main() {
    let asked = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let mut sizes: Vec<usize> = asked.collect();
    if sizes.is_empty() {
        sizes = vec![100, 1_000, 10_000];
    }
    println!(
        "| files | source | full build: CPU s | CPU ms a file | peak MiB | graph MiB | unchanged: CPU s | comment: CPU s | renamed function: CPU s | impact --frozen: CPU s |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let bytes = repository(root, size);
        let full = arc(root, &["build"]);
        let graph = fs::metadata(root.join(".arc/graph.db")).unwrap().len();
        let unchanged = arc(root, &["build"]);
        append(root, "p0/m0.py", "# A comment.\n");
        let comment = arc(root, &["build"]);
        let text = fs::read_to_string(root.join("p0/m0.py")).unwrap();
        fs::write(root.join("p0/m0.py"), text.replace("work_0", "toil_0")).unwrap();
        let renamed = arc(root, &["build"]);
        let impact = arc(root, &["impact", "p0/m0.py", "--frozen", "--json"]);
        println!(
            "| {size} | {:.1} MB | {:.2} | {:.2} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} |",
            bytes as f64 / 1e6,
            full.cpu,
            full.cpu * 1e3 / size as f64,
            full.peak as f64 / 1024.0,
            graph as f64 / f64::from(1 << 20),
            unchanged.cpu,
            comment.cpu,
            renamed.cpu,
            impact.cpu,
        );
    }
}

/// What a run cost.
struct Cost {
    /// User and system seconds.
    cpu: f64,
    /// Largest resident set in KiB.
    peak: u64,
}

fn arc(root: &Path, arguments: &[&str]) -> Cost {
    let before = children_ticks();
    let mut child = Command::new(env!("CARGO_BIN_EXE_arc"))
        .args(arguments)
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "arc {arguments:?} failed");
    Cost {
        cpu: (children_ticks() - before) / TICKS,
        peak,
    }
}

/// User and system ticks of all children that have ended.
fn children_ticks() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap()
}

fn append(root: &Path, path: &str, text: &str) {
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(root.join(path))
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Writes a repository of `size` files that import and call each other, each with a commit of its own. Returns the bytes of
/// source.
fn repository(root: &Path, size: usize) -> usize {
    let mut stream = String::new();
    let mut bytes = 0;
    for at in 0..size {
        let (path, text) = source(at);
        bytes += text.len();
        let full = root.join(&path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(&full, &text).unwrap();
        write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@example.com> {} +0000\ndata 4\nadd\nM 100644 inline {path}\ndata {}\n{text}\n",
            1_700_000_000 + at * 3_600,
            text.len(),
        )
        .unwrap();
    }
    let git = |arguments: &[&str], input: &str| {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success(), "git {arguments:?} failed");
    };
    git(&["init", "-q", "-b", "main"], "");
    git(&["fast-import", "--quiet"], &stream);
    git(&["reset", "-q", "--mixed"], "");
    bytes
}

/// One file: a class and functions that use those of two earlier files, near and far.
fn source(at: usize) -> (String, String) {
    let near = at.saturating_sub(1);
    let far = at / 2;
    let mut text = String::new();
    for other in [near, far].iter().filter(|other| **other != at) {
        let package = other / 50;
        writeln!(
            text,
            "from p{package}.m{other} import Box{other}, work_{other}"
        )
        .unwrap();
    }
    write!(
        text,
        "\n\nclass Box{at}:\n    \"\"\"Keeps number {at}.\"\"\"\n\n    def __init__(self, value):\n        self.value = value\n"
    )
    .unwrap();
    for method in 0..8 {
        write!(
            text,
            "\n    def step_{method}(self, more):\n        box = Box{far}(more)\n        if box.value > {method}:\n            return self.value + work_{near}(box.value)\n        return box.step_{}(more)\n",
            (method + 1) % 8
        )
        .unwrap();
    }
    write!(
        text,
        "\n\ndef work_{at}(value):\n    return Box{at}(value).step_0(value)\n\n\ndef test_work_{at}():\n    assert work_{at}({at}) is not None\n"
    )
    .unwrap();
    (format!("p{}/m{at}.py", at / 50), text)
}

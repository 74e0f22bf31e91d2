//! What it costs to start a command in the sandbox: `cargo bench -p arc-cli --bench sandbox`.
//!
//! Beside it `bwrap`, when it is installed. Bar on an idle machine: 10 ms of processor time, 30 ms on the clock (95th percentile).
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench starts programs and prints what they took"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 50;

fn main() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let arc = env!("CARGO_BIN_EXE_arc");
    let folder = folder.path().to_str().expect("its name is text");
    time(
        "arc run",
        arc,
        &["-q", "run", "--work", folder, "--", "/bin/true"],
    );
    let bwrap = [
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--unshare-all",
        "--",
        "/bin/true",
    ];
    time("bwrap", "bwrap", &bwrap);
}

/// Starts a program many times, and prints its time on the clock and on processors.
fn time(name: &str, program: &str, arguments: &[&str]) {
    let mut walls = Vec::with_capacity(RUNS);
    let before = cpu_of_children();
    for _ in 0..RUNS {
        let start = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => walls.push(start.elapsed()),
            Ok(status) => return println!("{name:8} failed: {status}"),
            Err(error) => return println!("{name:8} not measured: {error}"),
        }
    }
    let cpu = (cpu_of_children() - before) / u32::try_from(RUNS).expect("they are few");
    walls.sort_unstable();
    let at = |share: usize| walls[(RUNS - 1) * share / 100];
    println!(
        "{name:8} wall p50 {:.1?}  p95 {:.1?}  cpu {cpu:.1?}",
        at(50),
        at(95)
    );
}

/// Time on processors of all programs that ended, in ticks of a hundredth of a second.
fn cpu_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

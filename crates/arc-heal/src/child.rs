//! Plain child processes: for parsers, which only read what they are given, and for commands where there is no sandbox.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::RunError;

/// Bytes of each output that are kept.
const KEPT: usize = 8 << 20;

/// How a child ended and what it said.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// It was ended because it took too long.
    pub timed_out: bool,
    /// The first bytes of standard output.
    pub stdout: Vec<u8>,
    /// The first bytes of standard error.
    pub stderr: Vec<u8>,
    /// Time on the clock.
    pub wall: Duration,
}

impl Finished {
    /// Whether it ended with code 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// Whether it said anything where errors are told.
    pub(crate) fn complains(&self) -> bool {
        !self.stderr.trim_ascii().is_empty()
    }

    /// Both outputs as text, errors last.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.stdout).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(&self.stderr));
        text
    }
}

/// A program, what it gets and how long it may take.
pub(crate) struct Call<'a> {
    pub(crate) command: &'a [OsString],
    pub(crate) folder: &'a Path,
    pub(crate) environment: &'a [(OsString, OsString)],
    pub(crate) input: &'a [u8],
    pub(crate) wall: Duration,
}

/// Runs a child in a process group of its own and waits; what is left of the group is killed.
pub(crate) fn run_child(call: &Call<'_>) -> Result<Finished, RunError> {
    let Some((program, arguments)) = call.command.split_first() else {
        return Err(RunError::NoCommand);
    };
    let failed = |source| RunError::Start {
        program: program.to_string_lossy().into_owned(),
        source,
    };
    let found = find_program(call.environment, call.folder, program)
        .ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::NotFound)))?;
    let content = (!call.input.is_empty()).then(|| content(call.input).ok());
    #[expect(
        clippy::disallowed_methods,
        reason = "parsers read what they are given, and commands run here only in a private copy"
    )]
    let mut command = Command::new(found);
    command
        .args(arguments)
        .current_dir(call.folder)
        .env_clear()
        .envs(call.environment.iter().map(|(name, value)| (name, value)))
        .stdin(match content {
            None => Stdio::null(),
            Some(Some(file)) => file.into(),
            Some(None) => Stdio::piped(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let start = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    let input = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            if let Some(mut input) = input {
                // A child that does not read to the end says in its own way what it made of it.
                let _ = input.write_all(call.input);
            }
        });
        let out = scope.spawn(move || stdout.map_or_else(Vec::new, kept));
        let err = scope.spawn(move || stderr.map_or_else(Vec::new, kept));
        let (status, timed_out) = wait(&mut child, start, call.wall).map_err(failed)?;
        // A thread of ours that panicked has kept nothing.
        let stdout = out.join().unwrap_or_default();
        let stderr = err.join().unwrap_or_default();
        let _ = writer.join();
        Ok(Finished {
            code: status.code(),
            signal: status.signal(),
            timed_out,
            stdout,
            stderr,
            wall: start.elapsed(),
        })
    })
}

/// A text as a file in memory. From a pipe a shell reads byte by byte, since what it does not need is its commands'.
#[cfg(target_os = "linux")]
fn content(input: &[u8]) -> std::io::Result<std::fs::File> {
    use std::io::Seek as _;
    let file = rustix::fs::memfd_create("text", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut file = std::fs::File::from(file);
    file.write_all(input)?;
    file.rewind()?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn content(_input: &[u8]) -> std::io::Result<std::fs::File> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn wait(
    child: &mut Child,
    start: Instant,
    wall: Duration,
) -> std::io::Result<(std::process::ExitStatus, bool)> {
    let mut pause = Duration::from_millis(1);
    let mut timed_out = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() >= wall {
            timed_out = true;
            kill_group(child);
            break child.wait()?;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    // Whatever it left running would hold our pipes open.
    kill_group(child);
    Ok((status, timed_out))
}

fn kill_group(child: &Child) {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // A group that is gone needs no ending.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

fn kept(mut pipe: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) | Err(_) => return kept,
            Ok(length) => {
                let room = KEPT.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..length.min(room)]);
            }
        }
    }
}

/// The value of a variable.
pub(crate) fn variable<'a>(
    environment: &'a [(OsString, OsString)],
    name: &str,
) -> Option<&'a OsString> {
    environment
        .iter()
        .find(|(own, _)| own == name)
        .map(|(_, value)| value)
}

/// Where a program is: as named when the name has a `/`, else the first in `PATH` that can be executed.
pub(crate) fn find_program(
    environment: &[(OsString, OsString)],
    folder: &Path,
    program: &OsString,
) -> Option<PathBuf> {
    if program.to_string_lossy().contains('/') {
        return Some(folder.join(program));
    }
    let path = variable(environment, "PATH")?;
    std::env::split_paths(path)
        .map(|folder| folder.join(program))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

//! The program that becomes the inside of a sandbox: `arc-inside`, which lies in this one and is started from memory. It is a fiftieth of the
//! size, and all of a program that is written to when it is loaded is written to for each command, and again after each of its forks.
//!
//! Where the kernel starts nothing from memory, this program is started again. It does the same then, from the same code.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Resource, getrlimit};

/// The program, or nothing where it could not be built.
static CARRIED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/arc-inside"));

/// Starts the inside of a sandbox with the other end of our socket.
pub(super) fn start(socket: OwnedFd) -> io::Result<Child> {
    if let Ok(program) = in_memory()
        && let Ok(child) = spawn(&path(program), socket.try_clone()?)
    {
        return Ok(child);
    }
    spawn("/proc/self/exe", socket)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the processes of the workspace are started"
)]
fn spawn(program: &str, socket: OwnedFd) -> io::Result<Child> {
    Command::new(program)
        .arg0("arc")
        .arg(crate::INSIDE)
        .env_clear()
        .current_dir("/")
        .stdin(socket)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Why the program that we carry is not what is started, if it is not.
pub(crate) fn slow_start() -> Option<String> {
    let attempt = || -> Result<(), String> {
        let program = in_memory().as_ref().map_err(Clone::clone)?;
        let try_it = || -> io::Result<()> {
            let (ours, theirs) = UnixStream::pair()?;
            // It hears nothing, and ends.
            drop(ours);
            spawn(&path(program), theirs.into())?.wait()?;
            Ok(())
        };
        try_it().map_err(|error| error.to_string())
    };
    attempt().err()
}

fn path(program: &File) -> String {
    format!("/proc/self/fd/{}", program.as_raw_fd())
}

/// The program in memory, where nobody can change it any more. It stays there for as long as we run.
fn in_memory() -> &'static Result<File, String> {
    static PROGRAM: OnceLock<Result<File, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| put_into_memory().map_err(|error| error.to_string()))
}

fn put_into_memory() -> io::Result<File> {
    if CARRIED.is_empty() {
        return Err(io::Error::other("it was built without one"));
    }
    // Writing more than a file may have ends the one who writes.
    let most = getrlimit(Resource::Fsize).current;
    if most.is_some_and(|most| most < CARRIED.len() as u64) {
        return Err(io::Error::other("no file may be that large"));
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Before 6.3 everything there may be executed, and nobody knows of a word for it.
    let memory = memfd_create("arc-inside", flags | MemfdFlags::EXEC)
        .or_else(|_| memfd_create("arc-inside", flags))?;
    let mut program = File::from(memory);
    program.write_all(CARRIED)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&program, seals)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_for_the_inside_is_carried() {
        assert!(
            !CARRIED.is_empty(),
            "build.rs could not build arc-inside; its warning says why"
        );
        assert!(CARRIED.len() < 4 << 20, "{} bytes", CARRIED.len());
    }

    #[test]
    fn nobody_changes_the_program_in_memory() {
        let mut program = in_memory().as_ref().unwrap();
        assert!(program.write_all(b"x").is_err());
        assert!(program.set_len(1).is_err());
    }
}

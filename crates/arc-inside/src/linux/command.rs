//! The command itself: started by a process that has given up everything else, and waited for.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, WaitOptions};

use super::inside::leave;
use super::order::Word;
use super::sys::{self, Side};
use crate::Job;

/// Starts the command. `prepare` runs in its process, just before the program: limits are its own, since what this one has mapped
/// may exceed them.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the commands of the workspace are started"
)]
pub(super) fn start(
    job: &Job,
    input: Option<OwnedFd>,
    prepare: impl FnOnce() -> io::Result<()>,
) -> Result<Pid, Word> {
    let attempt = || -> io::Result<Pid> {
        let (program, arguments) = job.command.split_first().expect("an order has a command");
        let path = find_program(program, job)?;
        let mut command = Command::new(path);
        command
            .arg0(program)
            .args(arguments)
            .current_dir(&job.folder)
            .env_clear()
            .envs(job.environment.iter().map(|(name, value)| (name, value)))
            .stdin(input.map_or_else(Stdio::null, Stdio::from));
        let (failed, tell) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        match sys::fork()? {
            Side::Child => {
                sys::allow_huge_pages(true);
                let error = match prepare() {
                    Ok(()) => command.exec(),
                    Err(error) => error,
                };
                let number = error.raw_os_error().unwrap_or(libc::EIO);
                // Should the parent not hear it, it hears an exit code.
                let _ = rustix::io::write(&tell, &number.to_ne_bytes());
                leave(126)
            }
            Side::Parent(child) => {
                drop(tell);
                let mut number = [0_u8; 4];
                // The end of the pipe without a number: it was closed when the command was executed.
                match rustix::io::retry_on_intr(|| rustix::io::read(&failed, &mut number))? {
                    4 => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(number))),
                    _ => Ok(child),
                }
            }
        }
    };
    attempt().map_err(|error| Word::NotRun {
        is_missing: error.kind() == io::ErrorKind::NotFound,
        why: error.to_string(),
    })
}

/// Waits for the command, and takes in what others leave behind meanwhile.
pub(super) fn wait(child: Pid) -> Word {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == child => {
                return Word::Ended {
                    code: status.exit_status(),
                    signal: status.terminating_signal(),
                    cpu_micros: u64::try_from(sys::cpu_of_children().as_micros())
                        .unwrap_or(u64::MAX),
                };
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                return Word::NotRun {
                    is_missing: false,
                    why: error.to_string(),
                };
            }
        }
    }
}

/// Puts the versions of files in the place of the project's own. Only for a process that can write nowhere else: a folder on the way may
/// be a link.
pub(super) fn put_versions(job: &Job) -> io::Result<()> {
    for version in &job.versions {
        let path = job.work.join(&version.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A new file rather than new content: programs that remember files by their inode see another one.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::write(&path, &version.bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(version.mode))?;
    }
    Ok(())
}

/// The file of a program, as `execvp` looks for it, but without starting anything that is not one.
fn find_program(program: &OsString, job: &Job) -> io::Result<OsString> {
    if program.as_encoded_bytes().contains(&b'/') {
        return Ok(program.clone());
    }
    let path = job
        .environment
        .iter()
        .find(|(name, _)| name == "PATH")
        .map_or_else(OsString::new, |(_, path)| path.clone());
    let mut found = io::ErrorKind::NotFound;
    for folder in std::env::split_paths(&path) {
        let candidate = folder.join(program);
        if !candidate.is_file() {
            continue;
        }
        if rustix::fs::access(&candidate, rustix::fs::Access::EXEC_OK).is_ok() {
            return Ok(candidate.into_os_string());
        }
        found = io::ErrorKind::PermissionDenied;
    }
    Err(found.into())
}

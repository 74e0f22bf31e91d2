//! Which enclosure a job gets: the strongest that this machine can give, and never a weaker one than it asks for.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::supervisor::{self, Rung};
use super::wrap;
use crate::{Echo, Enclosure, Job, Layer, Lost, Report, SandboxError, Scratch};

/// Runs a job in the strongest enclosure there is.
pub(crate) fn run(
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    let input = input(job)?;
    let run = |rung| {
        let input = input.as_ref().map(OwnedFd::as_fd);
        supervisor::run(job, rung, input, echo, cancelled)
    };
    let no_namespaces = |why: &str| Lost {
        layer: Layer::UserNamespace,
        why: why.to_owned(),
    };
    match job.enclosure {
        Enclosure::Namespaces => run(Rung::Namespaces),
        Enclosure::Filters => lacking(run(Rung::Filters), no_namespaces("not asked for")),
        Enclosure::None => lacking(run(Rung::Open), no_namespaces("not asked for")),
        Enclosure::Strongest => {
            let why = match run(Rung::Namespaces) {
                Err(SandboxError::Refused { why, .. }) if !cancelled.load(Ordering::Relaxed) => why,
                other => return other,
            };
            match lacking(run(Rung::Filters), no_namespaces(&why)) {
                Err(SandboxError::Refused { why: also, .. }) => Err(SandboxError::Refused {
                    asked: "a sandbox".to_owned(),
                    why: format!("with namespaces: {why}; without: {also}"),
                }),
                other => other,
            }
        }
    }
}

/// Runs a job by bubblewrap.
pub(crate) fn run_wrapped(
    program: &Path,
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    let input = input(job)?;
    let input = input.as_ref().map(OwnedFd::as_fd);
    let rung = Rung::Bubblewrap(program);
    let (mut report, scratch) = supervisor::run(job, rung, input, echo, cancelled)?;
    report.peak_processes = report
        .peak_processes
        .saturating_sub(wrap::OWN_PROCESSES)
        .max(1);
    wrap::not_run(&mut report);
    Ok((report, scratch))
}

fn lacking(
    result: Result<(Report, Scratch), SandboxError>,
    lost: Lost,
) -> Result<(Report, Scratch), SandboxError> {
    let (mut report, scratch) = result?;
    report.lost.insert(0, lost);
    Ok((report, scratch))
}

/// Our standard input for a job that reads it.
fn input(job: &Job) -> Result<Option<OwnedFd>, SandboxError> {
    let input = job.reads_input.then(piped).transpose();
    input.map_err(SandboxError::system("pass standard input on"))
}

/// Our standard input as a pipe: a file or terminal itself could be opened again for writing through `/proc`.
fn piped() -> io::Result<OwnedFd> {
    let (theirs, mut ours) = io::pipe()?;
    std::thread::Builder::new().spawn(move || {
        // A command that reads no further ends the copy, and that is all there is to say about it.
        let _ = io::copy(&mut io::stdin().lock(), &mut ours);
    })?;
    Ok(OwnedFd::from(theirs))
}

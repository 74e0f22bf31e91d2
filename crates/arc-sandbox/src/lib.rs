//! Runs commands that nobody vouches for where they can do no harm, and says what they did.
//!
//! A [`Job`] is a command, the project it works in and what it may use. [`run`] gives it the strongest enclosure that this machine
//! allows, names its layers in the [`Report`], and refuses when that would be less than the job asks for. The project is
//! never written: what the command changed is kept apart in a [`Scratch`] until [`Scratch::keep`] takes chosen files over.
//!
//! It refuses to: run anything weaker without being told to, write outside a project.

mod backend;
mod changes;
#[cfg(target_os = "linux")]
mod docker;
mod installs;
#[cfg(target_os = "linux")]
mod linux;
mod paths;
mod report;
mod tools;

use std::sync::atomic::AtomicBool;

pub use arc_inside::{Enclosure, Host, Job, Layer, Limits, Lost, Network, Version, default_limits};
pub use backend::{Backend, Container, Unfit, engine_sockets, examine, find_bubblewrap};
pub use changes::{Change, ChangeKind, Changes, EntryKind, Kept, Scratch};
pub use paths::with_path_replaced;
pub use report::{Ending, Limit, Output, Report, SandboxError, Stream};
pub use tools::{build_caches, passed_variables, spoken_variables, tool_folders};

/// The hidden first argument with which a program that uses this crate starts itself inside of a sandbox.
/// Its `main` must call [`enter`] before anything else when it sees it.
pub const INSIDE: &str = "__sandbox-child";

/// Gets what a command prints while it runs, from a thread of its own for each stream.
pub type Echo<'a> = &'a (dyn Fn(Stream, &[u8]) + Sync);

/// Runs the job by ourselves and waits for its end. `cancelled` ends it early.
///
/// # Errors
///
/// When the job cannot be run as asked; nothing of it has run then.
pub fn run(
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    run_by(&Backend::Own, job, echo, cancelled)
}

/// Runs the job by a back end and waits for its end. `cancelled` ends it early.
///
/// # Errors
///
/// When the job cannot be run as asked; nothing of it has run then, but for [`SandboxError::Lost`].
pub fn run_by(
    backend: &Backend,
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    job.check().map_err(|why| SandboxError::Job { why })?;
    #[cfg(target_os = "linux")]
    {
        if *backend != Backend::Own && job.enclosure != Enclosure::Strongest {
            return Err(SandboxError::Job {
                why: format!(
                    "{} gives its own enclosure, and none can be chosen",
                    backend.as_str()
                ),
            });
        }
        match backend {
            Backend::Own => linux::run(job, echo, cancelled),
            Backend::Bubblewrap { program } => linux::run_wrapped(program, job, echo, cancelled),
            Backend::Docker(container) => docker::run(container, job, echo, cancelled),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (backend, echo, cancelled);
        Err(SandboxError::Refused {
            asked: "a sandbox".to_owned(),
            why: "there is one on Linux only".to_owned(),
        })
    }
}

/// Tells the system that this program will only run a job and use little memory, which makes that start sooner. The job's own
/// memory is not affected.
pub fn start_small() {
    #[cfg(target_os = "linux")]
    arc_inside::allow_huge_pages(false);
}

/// What it gives becomes true when somebody presses Ctrl-C, which ends nothing any more: for the `cancelled` of a run.
#[cfg(target_os = "linux")]
#[must_use]
pub fn note_interrupts() -> &'static AtomicBool {
    arc_inside::note_interrupts()
}

/// Why sandboxes start more slowly than they could, if they do: this program has to be started again for each.
#[must_use]
pub fn slow_start() -> Option<String> {
    #[cfg(target_os = "linux")]
    {
        linux::slow_start()
    }
    #[cfg(not(target_os = "linux"))]
    {
        None
    }
}

/// What a program does that was started with [`INSIDE`]: it becomes the sandbox. Comes back only when that failed.
pub fn enter() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    {
        arc_inside::enter()
    }
    #[cfg(not(target_os = "linux"))]
    {
        std::process::ExitCode::from(5)
    }
}

//! `arc run`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_sandbox::{Ending, Job, Network, Report, Stream};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc run`.
#[derive(Args)]
pub(crate) struct RunArguments {
    /// The project: seen by the command under its own path, and never written [default: the project around the folder]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// End it after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0)]
    wall: f64,
    /// Memory of all its processes together, and of what they write
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    mem: u64,
    /// Processes and threads at one time
    #[arg(long, value_name = "N", default_value_t = 512)]
    pids: u32,
    /// How much it may write to files
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    disk: u64,
    /// What it may connect to
    #[arg(long, value_name = "NET", default_value = "none", value_parser = ["none", "host"])]
    net: String,
    /// The command and its arguments
    #[arg(last = true, value_name = "CMD", required = true)]
    command: Vec<OsString>,
}

/// Runs a command in the sandbox, and ends with its exit code.
pub(crate) fn run(arguments: RunArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let job = job(&arguments, context)?;
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    // Without a handler Ctrl-C ends us at once, and the kernel the sandbox with us.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let echo = Streams::new()?;
    let pass_on = |stream: Stream, bytes: &[u8]| echo.write(stream, bytes);
    let result = arc_sandbox::run(&job, Some(&pass_on), &cancelled);
    if cancelled.load(Ordering::Relaxed) {
        return Err(Failure::Interrupted);
    }
    let (report, _scratch) = result?;
    tell(&job, &report, context);
    Ok(Outcome::Code(exit_code(&report.ending)))
}

/// What stood between the command and the machine, and how it ended if that was not its own doing.
fn tell(job: &Job, report: &Report, context: &Context) {
    let layers: Vec<_> = report.layers.iter().map(|layer| layer.as_str()).collect();
    context.note(&format!("sandbox: {}", layers.join(", ")));
    for lost in &report.lost {
        context.note(&format!(
            "sandbox: no {}: {}",
            lost.layer.as_str(),
            lost.why
        ));
    }
    let program = job.command[0].display();
    match &report.ending {
        Ending::Limited(limit) => {
            context.note(&format!("ended: it met the limit of {}", limit.as_str()))
        }
        Ending::NotFound => context.note(&format!("{program}: no such command in the sandbox")),
        Ending::NotExecutable(why) => {
            context.note(&format!("{program}: cannot be executed: {why}"))
        }
        Ending::Signaled(signal) => context.note(&format!("ended by signal {signal}")),
        Ending::Exited(_) | Ending::Cancelled => {}
    }
}

/// The job that the arguments ask for.
fn job(arguments: &RunArguments, context: &Context) -> Result<Job, Failure> {
    let folder = canonical(context.folder())?;
    let work = match &arguments.work {
        Some(work) => canonical(&context.folder().join(work))?,
        None => context.root()?,
    };
    let folder = if folder.starts_with(&work) {
        folder
    } else {
        work.clone()
    };
    let home = std::env::home_dir().unwrap_or_default();
    let mut limits = arc_sandbox::default_limits();
    limits.wall = Duration::try_from_secs_f64(arguments.wall)
        .map_err(|_| Failure::usage("--wall takes a number of seconds"))?;
    limits.memory = arguments.mem << 20;
    limits.processes = arguments.pids;
    limits.disk = arguments.disk << 20;
    let mut job = Job {
        command: arguments.command.clone(),
        work,
        folder,
        home,
        readable: Vec::new(),
        environment: Vec::new(),
        network: if arguments.net == "host" {
            Network::Host
        } else {
            Network::None
        },
        limits,
        reads_input: false,
    };
    job.environment = arc_sandbox::passed_variables(std::env::vars_os(), &job.home);
    let path = job.environment.iter().find(|(name, _)| name == "PATH");
    job.readable = path.map_or_else(Vec::new, |(_, path)| {
        arc_sandbox::tool_folders(&job.home, path)
    });
    Ok(job)
}

fn canonical(path: &std::path::Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| {
        Failure::usage(format!(
            "cannot read the folder {}: {error}",
            path.display()
        ))
    })
}

fn exit_code(ending: &Ending) -> u8 {
    match ending {
        Ending::Exited(code) => u8::try_from(*code).unwrap_or(1),
        Ending::Signaled(signal) => u8::try_from(128 + signal).unwrap_or(1),
        Ending::Limited(_) => 124,
        Ending::NotExecutable(_) => 126,
        Ending::NotFound => 127,
        Ending::Cancelled => 130,
    }
}

/// Our own outputs, written by the threads that read those of the command.
struct Streams {
    stdout: std::fs::File,
    stderr: std::fs::File,
}

impl Streams {
    fn new() -> Result<Streams, Failure> {
        use std::os::fd::AsFd as _;
        Ok(Streams {
            stdout: std::io::stdout().as_fd().try_clone_to_owned()?.into(),
            stderr: std::io::stderr().as_fd().try_clone_to_owned()?.into(),
        })
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut file = match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        };
        // Whoever does not read any more does not want to know.
        let _ = file.write_all(bytes);
    }
}

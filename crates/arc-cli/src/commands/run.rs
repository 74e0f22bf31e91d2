//! `arc run`.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_sandbox::{
    Backend, Changes, Container, Echo, Enclosure, Ending, Host, Job, Kept, Limits, Network, Report,
    Scratch, Stream,
};
use clap::{Args, ValueEnum};

use crate::commands::run_json::{Told, told};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::count;

/// Options of `arc run`.
#[derive(Args)]
pub(crate) struct RunArguments {
    /// The project: seen by the command under its own path, and not written [default: the project around the folder]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// End it after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0)]
    wall: f64,
    /// End it after this many seconds on processors, all its processes together
    #[arg(long, value_name = "SECONDS")]
    cpu: Option<f64>,
    /// Memory of all its processes together, and of what they write
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(16..=1 << 24))]
    mem: u64,
    /// Processes and threads at one time
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1 << 22))]
    pids: u32,
    /// How much it may write to files
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    disk: u64,
    /// How many files and folders it may make
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    files: u64,
    /// How much of each of its outputs is kept; four times as much ends it
    #[arg(long, value_name = "MIB", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1 << 14))]
    output: u64,
    /// What it may connect to: `none` but itself, whatever this `host` can, or these hosts by a proxy (`example.org,10.0.0.1:8080`)
    #[arg(long, value_name = "NET", default_value = "none", value_parser = net)]
    net: Net,
    /// What has to stand between it and the machine; refused where that cannot be had
    #[arg(long, value_name = "KIND", default_value = "strongest")]
    enclosure: EnclosureKind,
    /// Who encloses it: this program, bubblewrap, or a container of Docker or Podman
    #[arg(long, value_name = "WHO", default_value = "own")]
    backend: BackendKind,
    /// The image of the container; one that the engine has
    #[arg(long, value_name = "NAME", required_if_eq("backend", "docker"))]
    image: Option<String>,
    /// How many processors the container may use at one time
    #[arg(long, value_name = "N")]
    cpus: Option<f64>,
    /// Run it without a sandbox, in a private copy of the project, with all your rights
    #[arg(long, conflicts_with_all = ["backend", "enclosure", "net"])]
    unsandboxed: bool,
    /// A file or folder outside of the project that it may read
    #[arg(long, value_name = "PATH")]
    read: Vec<PathBuf>,
    /// A variable it gets, beside those that say where tools are and what language is spoken
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Let it read our standard input
    #[arg(long)]
    stdin: bool,
    /// Take over regular files that it changed, all or those at or below the paths, when it ends by itself
    #[arg(long, value_name = "PATH", num_args = 0..)]
    keep_changes: Option<Vec<PathBuf>>,
    /// Print one JSON object instead of what the command prints
    #[arg(long)]
    json: bool,
    /// The command and its arguments
    #[arg(last = true, value_name = "CMD", required = true)]
    command: Vec<OsString>,
}

/// Who encloses a command. No file of a project chooses: a cloned one could take an engine or an image that keeps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendKind {
    /// This program
    Own,
    /// Bubblewrap, with our limits and our filter of system calls
    Bubblewrap,
    /// A container of an engine that speaks the API of Docker
    Docker,
}

/// What a command may connect to.
#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) network: Network,
    pub(crate) hosts: Vec<Host>,
}

/// Reads `none`, `host`, or hosts with commas between.
pub(crate) fn net(text: &str) -> Result<Net, String> {
    let network = match text {
        "none" => Network::None,
        "host" => Network::Host,
        _ => Network::Listed,
    };
    let mut hosts = Vec::new();
    if network == Network::Listed {
        for name in text.split(',') {
            let host = Host::parse(name.trim());
            hosts.push(
                host.ok_or_else(|| format!("`{name}` is no host: none, host, or HOST[:PORT],…"))?,
            );
        }
    }
    Ok(Net { network, hosts })
}

/// What has to stand between a command and the machine.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum EnclosureKind {
    /// Namespaces where there are any, else filters
    Strongest,
    /// Namespaces, an own root, Landlock and a filter of system calls
    Namespaces,
    /// A private copy of the project, Landlock and a filter of system calls
    Filters,
}

impl From<EnclosureKind> for Enclosure {
    fn from(kind: EnclosureKind) -> Enclosure {
        match kind {
            EnclosureKind::Strongest => Enclosure::Strongest,
            EnclosureKind::Namespaces => Enclosure::Namespaces,
            EnclosureKind::Filters => Enclosure::Filters,
        }
    }
}

/// Runs a command in the sandbox, and ends with its exit code.
pub(crate) fn run(arguments: RunArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let job = job(&arguments, context)?;
    if arguments.backend == BackendKind::Docker && !arguments.read.is_empty() {
        return Err(Failure::usage(
            "--read shows nothing to a container, whose files are those of its image",
        ));
    }
    let of_container = (arguments.image.clone(), arguments.cpus);
    let backend = backend(arguments.backend, of_container, &job.work)?;
    let cancelled = interrupts();
    let streams = Streams::new()?;
    let pass_on = |stream: Stream, bytes: &[u8]| streams.write(stream, bytes);
    let echo = (!arguments.json).then_some(&pass_on as Echo<'_>);
    let result = arc_sandbox::run_by(&backend, &job, echo, cancelled);
    if cancelled.load(Ordering::Relaxed) {
        return Err(Failure::Interrupted);
    }
    let (report, scratch) = result?;
    let changes = scratch.changes().map_err(|error| unread(&error))?;
    let kept = keep(&arguments, &job, &report, &scratch, &changes, context)?;
    say(&job, &report, &changes, &kept, context);
    if arguments.json {
        let told = told(&Told {
            backend: &backend,
            job: &job,
            report: &report,
            changes: &changes,
            kept: &kept,
        });
        context.out.json(&told)?;
    }
    Ok(Outcome::Code(exit_code(&report.ending)))
}

/// Whether Ctrl-C was pressed, from now on. Without this it ends us at once, and the kernel the sandbox with us.
fn interrupts() -> &'static AtomicBool {
    #[cfg(target_os = "linux")]
    {
        arc_sandbox::note_interrupts()
    }
    #[cfg(not(target_os = "linux"))]
    {
        static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);
        // Where it cannot be set, Ctrl-C ends us as it would any program.
        let _ = ctrlc::set_handler(|| IS_INTERRUPTED.store(true, Ordering::Relaxed));
        &IS_INTERRUPTED
    }
}

fn unread(error: &std::io::Error) -> Failure {
    Failure::Refused {
        message: format!("cannot read what the command changed: {error}"),
        causes: Vec::new(),
        hints: Vec::new(),
    }
}

/// Takes over what was asked for, unless the command was cut short.
fn keep(
    arguments: &RunArguments,
    job: &Job,
    report: &Report,
    scratch: &Scratch,
    changes: &Changes,
    context: &Context,
) -> Result<Kept, Failure> {
    let (Some(paths), Ending::Exited(_)) = (&arguments.keep_changes, &report.ending) else {
        return Ok(Kept::default());
    };
    let mut chosen = Vec::new();
    for path in paths {
        let path = lexical(&job.folder.join(path));
        let relative = path.strip_prefix(&job.work).map_err(|_| {
            Failure::usage(format!(
                "{} is not in the project; nothing was kept",
                path.display()
            ))
        })?;
        if !changes
            .list
            .iter()
            .any(|change| change.path.starts_with(relative))
        {
            context.note(&format!("nothing changed at {}", relative.display()));
        }
        chosen.push(relative.to_owned());
    }
    let is_chosen =
        |path: &Path| chosen.is_empty() || chosen.iter().any(|chosen| path.starts_with(chosen));
    scratch
        .keep(changes, &is_chosen)
        .map_err(|error| unread(&error))
}

/// A path without `.` and `..`, which a file that is only in the sandbox cannot be asked for.
fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            std::path::Component::Prefix(_)
            | std::path::Component::RootDir
            | std::path::Component::Normal(_) => clean.push(part),
        }
    }
    clean
}

/// What stood between the command and the machine, how it ended if that was not its own doing, and what it changed.
fn say(job: &Job, report: &Report, changes: &Changes, kept: &Kept, context: &Context) {
    let layers: Vec<_> = report.layers.iter().map(|layer| layer.as_str()).collect();
    let lost: Vec<_> = report
        .lost
        .iter()
        .map(|lost| format!("; no {}: {}", lost.layer.as_str(), lost.why))
        .collect();
    let kind = match job.enclosure {
        Enclosure::None => "no sandbox",
        Enclosure::Strongest | Enclosure::Namespaces | Enclosure::Filters => "sandbox",
    };
    context.note(&format!("{kind}: {}{}", layers.join(", "), lost.concat()));
    let program = job.command[0].display();
    match &report.ending {
        Ending::Limited(limit) => {
            context.note(&format!("ended: it met the limit of {}", limit.as_str()));
        }
        Ending::NotFound => context.note(&format!("{program}: no such command in the sandbox")),
        Ending::NotExecutable(why) => {
            context.note(&format!("{program}: cannot be executed: {why}"));
        }
        Ending::Signaled(signal) => context.note(&format!("ended by signal {signal}")),
        Ending::Exited(_) | Ending::Cancelled => {}
    }
    for (path, why) in &kept.left {
        context.note(&format!("not kept: {}: {why}", path.display()));
    }
    if !changes.list.is_empty() {
        let more = if changes.is_cut { "at least " } else { "" };
        context.note(&format!(
            "changed: {more}{}; kept: {}",
            count(changes.list.len() as u64, "path"),
            kept.taken.len()
        ));
    }
}

/// Who is to enclose a command; with the image of a container, and how many processors it may use.
pub(crate) fn backend(
    kind: BackendKind,
    (image, cpus): (Option<String>, Option<f64>),
    project: &Path,
) -> Result<Backend, Failure> {
    let of_container = [("--image", image.is_some()), ("--cpus", cpus.is_some())];
    match kind {
        BackendKind::Own | BackendKind::Bubblewrap => {
            if let Some((option, _)) = of_container.iter().find(|(_, is_given)| *is_given) {
                return Err(Failure::usage(format!(
                    "{option} is about a container; it goes with --backend docker"
                )));
            }
            if kind == BackendKind::Own {
                return Ok(Backend::Own);
            }
            let program = bubblewrap(project).ok_or_else(|| Failure::Refused {
                message: "nothing was run: there is no bwrap in PATH".to_owned(),
                causes: Vec::new(),
                hints: vec![
                    "install bubblewrap, or leave --backend out: arc needs no other program"
                        .to_owned(),
                ],
            })?;
            Ok(Backend::Bubblewrap { program })
        }
        BackendKind::Docker => Ok(Backend::Docker(container(image.unwrap_or_default(), cpus)?)),
    }
}

/// The bubblewrap of this machine.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(crate) fn bubblewrap(project: &Path) -> Option<PathBuf> {
    arc_sandbox::find_bubblewrap(&std::env::var_os("PATH")?, project)
}

/// A container of the engine that the environment names, else of one where engines listen by themselves.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(crate) fn container(image: String, cpus: Option<f64>) -> Result<Container, Failure> {
    let home = std::env::home_dir().unwrap_or_default();
    let named = ["DOCKER_HOST", "XDG_RUNTIME_DIR"].map(std::env::var_os);
    let nano_cpus = match cpus {
        Some(cpus) if (0.01..=4096.0).contains(&cpus) => Some((cpus * 1e9) as i64),
        Some(_) => return Err(Failure::usage("--cpus takes a number of 0.01 or more")),
        None => None,
    };
    if image.starts_with('-') || image.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Failure::usage("--image takes the name of an image"));
    }
    Ok(Container {
        image,
        sockets: arc_sandbox::engine_sockets(named[0].as_deref(), named[1].as_deref(), &home)?,
        nano_cpus,
    })
}

/// The job that the arguments ask for.
fn job(arguments: &RunArguments, context: &Context) -> Result<Job, Failure> {
    let folder = canonical(context.folder())?;
    let home = std::env::home_dir().unwrap_or_default();
    let work = match &arguments.work {
        Some(work) => canonical(&context.folder().join(work))?,
        None => {
            let root = context.root()?;
            if root == home {
                return Err(Failure::Usage {
                    message: "the project would be your whole home".to_owned(),
                    hints: vec!["name a folder: `arc run --work DIR -- CMD`".to_owned()],
                });
            }
            root
        }
    };
    let folder = if folder.starts_with(&work) {
        folder
    } else {
        work.clone()
    };
    let passed = match arguments.backend {
        BackendKind::Own | BackendKind::Bubblewrap => {
            arc_sandbox::passed_variables(std::env::vars_os(), &home)
        }
        BackendKind::Docker => arc_sandbox::spoken_variables(std::env::vars_os(), &home),
    };
    let environment = environment(passed, &arguments.env)?;
    let program = (arguments.command.first(), folder.as_path(), work.as_path());
    let mut readable = arc_sandbox::tool_folders(&home, &environment, program);
    for path in &arguments.read {
        readable.push(canonical(&context.folder().join(path))?);
    }
    Ok(Job {
        command: arguments.command.clone(),
        layered: arc_sandbox::build_caches(&home, &work, &folder),
        work,
        folder,
        home,
        readable,
        environment,
        versions: Vec::new(),
        enclosure: if arguments.unsandboxed {
            Enclosure::None
        } else {
            arguments.enclosure.into()
        },
        network: arguments.net.network,
        hosts: arguments.net.hosts.clone(),
        limits: limits(arguments)?,
        reads_input: arguments.stdin,
    })
}

fn limits(arguments: &RunArguments) -> Result<Limits, Failure> {
    let seconds = |option: &str, seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|time| !time.is_zero() && time.as_secs() <= u64::from(u32::MAX))
            .ok_or_else(|| Failure::usage(format!("{option} takes a number of seconds above 0")))
    };
    Ok(Limits {
        wall: seconds("--wall", arguments.wall)?,
        cpu: arguments.cpu.map(|cpu| seconds("--cpu", cpu)).transpose()?,
        memory: arguments.mem << 20,
        processes: arguments.pids,
        disk: arguments.disk << 20,
        files: arguments.files,
        output: arguments.output << 20,
    })
}

/// The variables of the command: those of ours that are safe, and those that were named.
fn environment(
    mut variables: Vec<(OsString, OsString)>,
    named: &[String],
) -> Result<Vec<(OsString, OsString)>, Failure> {
    for named in named {
        let (name, value) = match named.split_once('=') {
            Some((name, value)) => (name, OsString::from(value)),
            None => {
                let ours = std::env::vars_os().find(|(name, _)| name == named.as_str());
                let (_, value) = ours.ok_or_else(|| {
                    Failure::usage(format!("--env {named}: there is no such variable"))
                })?;
                (named.as_str(), value)
            }
        };
        if name.is_empty() {
            return Err(Failure::usage("--env takes NAME or NAME=VALUE"));
        }
        variables.retain(|(known, _)| known != name);
        variables.push((name.into(), value));
    }
    Ok(variables)
}

fn canonical(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
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
    stdout: File,
    stderr: File,
}

impl Streams {
    fn new() -> Result<Streams, Failure> {
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

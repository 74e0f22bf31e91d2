//! The sandbox from inside: a first process that enters the namespaces and waits, and the init that makes the root, gives up all
//! rights and starts the command.
//!
//! Both are this program, started anew with one thread, so ordinary code may run after `fork`.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitOptions, set_dumpable_behavior,
    set_parent_process_death_signal, setsid,
};
use rustix::thread::{
    Gid, Uid, UnshareFlags, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use serde::{Deserialize, Serialize};

use super::filter::{self, Strictness};
use super::identity::{INNER_ID, Identity};
use super::limits::{self, Landlocked};
use super::root;
use super::step::{Step, StepError};
use super::sys::{self, Side};
use super::trees;
use super::wire;
use crate::{Job, Layer, Lost, Network};

/// What a sandbox is told to do.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) job: Job,
    pub(super) identity: Identity,
    /// A control group counts memory and processes.
    pub(super) is_counted: bool,
}

/// What a sandbox says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// It is in a new user namespace and waits for its maps to be written.
    Unmapped,
    /// Its init has this number outside.
    Init(i32),
    /// Everything stands. The scratch comes along, and the list of processes if there is one.
    Ready { layers: Vec<Layer>, lost: Vec<Lost> },
    /// It cannot be made; nothing has run.
    Failed { why: String },
    /// The command does not exist, or cannot be executed.
    NotRun { is_missing: bool, why: String },
    /// The command ended with a code or by a signal.
    Ended {
        code: Option<i32>,
        signal: Option<i32>,
        cpu_micros: u64,
    },
}

/// The processes of a sandbox that are not the command's.
pub(super) const OWN_PROCESSES: u32 = 2;

/// Becomes a sandbox.
pub(crate) fn run() -> ExitCode {
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::from(5);
    };
    let socket = UnixStream::from(socket);
    match outer(&socket) {
        Ok(never) => match never {},
        Err(error) => {
            let why = error.to_string();
            // A supervisor that is gone needs no answer.
            let _ = wire::send(&socket, &Word::Failed { why }, &[]);
            ExitCode::from(5)
        }
    }
}

enum Never {}

/// Ends this process.
#[expect(
    clippy::exit,
    reason = "a forked process must not return into the code of its parent"
)]
pub(super) fn leave(code: i32) -> ! {
    std::process::exit(code)
}

fn outer(socket: &UnixStream) -> Result<Never, StepError> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads != 1 {
        return Err(io::Error::other("it has several threads")).step("fork");
    }
    let (order, mut descriptors) = wire::receive::<Order>(socket).step("hear what to do")?;
    let input = descriptors.pop();
    let (job, identity) = (&order.job, order.identity);
    die_with_parent()?;
    setsid().step("leave the session")?;
    sys::close_on_exec_from(3).step("close descriptors")?;
    let taken = if identity.is_other {
        Some(trees::take(job, identity)?)
    } else {
        None
    };
    sys::unshare(namespaces(job)).step("enter new namespaces")?;
    become_identity(socket, identity)?;
    die_with_parent()?;
    match sys::fork().step("start the init")? {
        Side::Parent(init) => {
            wire::send(socket, &Word::Init(init.as_raw_nonzero().get()), &[]).step("report")?;
            wait_outside(init)
        }
        Side::Child => match init(socket, &order, taken, input) {
            Ok(never) => match never {},
            Err(error) => {
                let why = error.to_string();
                let _ = wire::send(socket, &Word::Failed { why }, &[]);
                leave(5)
            }
        },
    }
}

fn namespaces(job: &Job) -> UnshareFlags {
    let all = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    match job.network {
        Network::None => all | UnshareFlags::NEWNET,
        Network::Host => all,
    }
}

/// The kernel ends us when our parent ends. Entering a user namespace or changing the user takes that back, so it is said again then.
fn die_with_parent() -> Result<(), StepError> {
    set_parent_process_death_signal(Some(Signal::KILL)).step("be ended with the parent")
}

fn become_identity(socket: &UnixStream, identity: Identity) -> Result<(), StepError> {
    if !identity.is_other {
        return identity
            .map(None, (INNER_ID, INNER_ID))
            .step("map the user");
    }
    wire::send(socket, &Word::Unmapped, &[]).step("ask for a user")?;
    wire::receive::<()>(socket).step("get a user")?;
    let (user, group) = (Uid::from_raw(INNER_ID), Gid::from_raw(INNER_ID));
    set_thread_groups(&[]).step("leave all groups")?;
    set_thread_res_gid(group, group, group).step("become another group")?;
    set_thread_res_uid(user, user, user).step("become another user")?;
    // The change made what is about us in `/proc` root's, and we still have to write there.
    set_dumpable_behavior(DumpableBehavior::Dumpable).step("stay readable for ourselves")
}

/// The first process only waits for the init. It holds nothing open that somebody waits to see closed.
fn wait_outside(init: Pid) -> ! {
    if let Ok(null) = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
    {
        // Should one of them stay open, the readers outside end a little later, when we do.
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
    while let Err(rustix::io::Errno::INTR) =
        rustix::process::waitpid(Some(init), WaitOptions::empty())
    {}
    leave(0)
}

fn init(
    socket: &UnixStream,
    order: &Order,
    taken: Option<trees::Trees>,
    input: Option<OwnedFd>,
) -> Result<Never, StepError> {
    die_with_parent()?;
    let job = &order.job;
    // Names of a machine are no secret worth failing for.
    let _ = rustix::system::sethostname(b"sandbox");
    if job.network == Network::None {
        sys::bring_up_loopback().step("bring up the loopback interface")?;
    }
    let trees = match taken {
        Some(trees) => trees,
        None => trees::take(job, order.identity)?,
    };
    let root = root::enter(job, trees)?;
    // Should the machine run out of memory, it is the command that goes.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    let (layers, lost) = enclose(order, &root)?;
    let mut along = vec![root.scratch.as_fd()];
    along.extend(root.processes.as_ref().map(OwnedFd::as_fd));
    wire::send(socket, &Word::Ready { layers, lost }, &along).step("report")?;
    wire::receive::<()>(socket).step("be told to start")?;
    drop(root);
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("hide from the command")?;
    let word = start_and_wait(job, order.is_counted, input);
    wire::send(socket, &word, &[]).step("report")?;
    leave(0)
}

/// Gives up everything that the command must not have.
fn enclose(order: &Order, root: &root::Root) -> Result<(Vec<Layer>, Vec<Lost>), StepError> {
    let job = &order.job;
    let mut layers = vec![Layer::UserNamespace];
    let mut lost = Vec::new();
    if job.network == Network::None {
        layers.push(Layer::NetworkNamespace);
    }
    match &root.copied_because {
        None => layers.push(Layer::Overlay),
        Some(why) => {
            layers.push(Layer::Copy);
            lost.push(Lost {
                layer: Layer::Overlay,
                why: why.clone(),
            });
        }
    }
    if order.identity.is_other {
        layers.push(Layer::OtherUser);
    }
    limits::drop_rights().step("give up all rights")?;
    let home = job.inner_home();
    let writable = [
        &job.work,
        &home,
        Path::new("/tmp"),
        Path::new("/var/tmp"),
        Path::new("/dev/shm"),
    ];
    match limits::apply_landlock(
        &[Path::new("/")],
        &writable,
        &[Path::new("/dev"), Path::new("/proc")],
    ) {
        Ok(Landlocked::Yes) => layers.push(Layer::Landlock),
        Ok(Landlocked::No) => lost.push(Lost {
            layer: Layer::Landlock,
            why: "the kernel has none".to_owned(),
        }),
        Err(why) => return Err(io::Error::other(why)).step("apply Landlock"),
    }
    let strictness = Strictness {
        counts_memory: order.is_counted,
        no_sockets: false,
    };
    filter::apply(strictness)
        .map_err(io::Error::other)
        .step("filter system calls")?;
    layers.push(Layer::Seccomp);
    layers.push(if order.is_counted {
        Layer::ControlGroup
    } else {
        Layer::ResourceLimits
    });
    Ok((layers, lost))
}

/// Runs the command to its end, and takes in what others leave behind.
fn start_and_wait(job: &Job, is_counted: bool, input: Option<OwnedFd>) -> Word {
    let child = match start(job, is_counted, input) {
        Ok(child) => child,
        Err(error) => {
            return Word::NotRun {
                is_missing: error.kind() == io::ErrorKind::NotFound,
                why: error.to_string(),
            };
        }
    };
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

/// Starts the command. The limits are its own: what this program itself has mapped may exceed them.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the commands of the workspace are started"
)]
fn start(job: &Job, is_counted: bool, input: Option<OwnedFd>) -> io::Result<Pid> {
    let (program, arguments) = job.command.split_first().expect("an order has a command");
    let path = find_program(program, job)?;
    let mut command = Command::new(path);
    command
        .arg0(program)
        .args(arguments)
        .env_clear()
        .envs(job.environment.iter().map(|(name, value)| (name, value)))
        .stdin(input.map_or_else(Stdio::null, Stdio::from));
    let (failed, tell) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    match sys::fork()? {
        Side::Child => {
            let error = match limits::set_resource_limits(&job.limits, is_counted) {
                Ok(()) => command.exec(),
                Err(error) => error.into(),
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

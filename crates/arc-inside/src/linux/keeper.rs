//! A sandbox without namespaces, from inside: one process copies the project, gives up all rights, starts the command in a
//! Landlock domain of its own, and keeps together whatever that starts.
//!
//! It is itself in a domain that no signal leaves, so it can kill everything that it may signal at once: nothing of the command survives, also
//! not what left its session. The command's domain lies within, so it cannot signal its keeper.

use std::fs;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, lchown, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::process::{
    DumpableBehavior, Signal, WaitOptions, getpid, getppid, kill_process, set_child_subreaper,
    set_dumpable_behavior, set_parent_process_death_signal, test_kill_process,
};

use super::beneath::put_beneath;
use super::command;
use super::filter::{Filters, Strictness};
use super::identity::Identity;
use super::inside::{Never, die_with_parent, leave, take_ids};
use super::limits::{self, Allowed};
use super::order::{COPY, Copied, HOME, Order, TEMPORARY, Word};
use super::owned;
use super::processes::{Processes, tasks_of};
use super::step::{Step, StepError};
use super::trees::{self, DEVICES};
use super::wire;
use super::wrap::{self, Wrapped};
use crate::{Job, Layer, Network};

/// What programs read beside [`trees::wanted`] where they see the machine's own `/etc` and `/proc`. Everybody may read it.
const READ_TOO: &[&str] = &[
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/fs",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/proc/uptime",
    "/proc/version",
];

/// Threads of this process while a command runs.
const OWN_TASKS: u64 = 3;

/// Becomes the keeper of a command.
pub(super) fn keep(
    socket: &UnixStream,
    order: &Order,
    copied: &Copied,
    input: Option<OwnedFd>,
) -> Result<Never, StepError> {
    let (job, identity) = (&order.job, order.identity);
    set_child_subreaper(Some(getpid())).step("take in processes without parents")?;
    make_place(job, copied, identity)?;
    if identity.is_other {
        take_ids(identity.user, identity.group)?;
        die_with_parent()?;
    }
    let mut layers = vec![Layer::Copy];
    if identity.is_other {
        layers.push(Layer::OtherUser);
    }
    let wrapped = match &copied.wrapper {
        Some(program) => {
            layers.splice(0..0, [Layer::Bubblewrap, Layer::UserNamespace]);
            if job.network == Network::None {
                layers.push(Layer::NetworkNamespace);
            }
            layers.push(Layer::Seccomp);
            Some(Wrapped::new(program, order, copied)?)
        }
        None => None,
    };
    if copied.is_open {
        // Nothing encloses this process yet, and links of the project may lead out of the copy.
        put_beneath(&copied.place.join(COPY), &job.versions).step("put files in their places")?;
    }
    let job = wrapped.as_ref().map_or(job, |wrapped| &wrapped.job);
    let fence = if copied.is_open {
        None
    } else {
        layers.extend([Layer::Landlock, Layer::Seccomp]);
        Some(Fence::new(order, copied)?)
    };
    layers.push(if order.is_counted {
        Layer::ControlGroup
    } else {
        Layer::ResourceLimits
    });
    let word = Word::Ready {
        layers,
        lost: Vec::new(),
        listens: false,
    };
    wire::send(socket, &word, &[]).step("report")?;
    wire::receive::<()>(socket).step("be told to start")?;
    let others = if identity.is_other {
        OWN_TASKS
    } else {
        tasks_of(identity.user) + OWN_TASKS
    };
    // From here on the end of the parent is seen by the end of the socket, so that there is time to end the command.
    set_parent_process_death_signal(None).step("outlive the parent")?;
    let is_fenced = fence.is_some();
    let (notices, tell) = UnixStream::pair().step("make a socket")?;
    let word = command::start(job, input, move || {
        die_with_parent().map_err(|error| error.source)?;
        // Should the machine run out of memory, it is the command that goes.
        let _ = fs::write("/proc/self/oom_score_adj", "500");
        if let Some(fence) = fence {
            fence.enter(job, &tell)?;
        }
        limits::set_file_size(job.limits.disk)?;
        Ok(limits::set_resource_limits(
            &job.limits,
            order.is_counted,
            others,
        )?)
    })
    .map_or_else(
        |not_run| not_run,
        |child| {
            end_with(socket, is_fenced);
            make_calls(notices, writable(copied));
            command::wait(child)
        },
    );
    end_all(is_fenced);
    wire::send(socket, &word, &[]).step("report")?;
    leave(0)
}

/// Ends everything when the other side of the socket is closed.
fn end_with(socket: &UnixStream, is_fenced: bool) {
    let Ok(socket) = socket.try_clone() else {
        return end_all(is_fenced);
    };
    let watch = move || {
        // Nothing more is said to us: whatever comes is the end.
        let _ = wire::receive::<()>(&socket);
        let _ = socket.shutdown(Shutdown::Both);
        end_all(is_fenced);
        leave(5)
    };
    if std::thread::Builder::new().spawn(watch).is_err() {
        end_all(is_fenced);
    }
}

/// Makes the calls that the command may not make by itself, in a thread.
fn make_calls(notices: UnixStream, writable: [PathBuf; 3]) {
    let serve = move || {
        // No descriptor comes when there are no such calls.
        if let Ok(((), descriptors)) = wire::receive::<()>(&notices)
            && let Some(listener) = descriptors.first()
        {
            owned::serve(listener, &writable);
        }
    };
    // Without the thread the listener is closed, and such calls are no calls of this system.
    let _ = std::thread::Builder::new().spawn(serve);
}

/// Where the command may write.
fn writable(copied: &Copied) -> [PathBuf; 3] {
    [COPY, HOME, TEMPORARY].map(|name| copied.place.join(name))
}

/// Kills the command and all that came of it, and returns when none of that is left.
fn end_all(is_fenced: bool) {
    loop {
        if is_fenced {
            super::sys::kill_all();
        }
        for child in children() {
            // One that ended by itself needs no ending.
            let _ = kill_process(child, Signal::KILL);
        }
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn children() -> Vec<rustix::process::Pid> {
    Processes::below(getpid()).map_or_else(
        |_| Vec::new(),
        |processes| {
            let numbers = processes.list().into_iter();
            numbers
                .filter_map(|number| rustix::process::Pid::from_raw(i32::try_from(number).ok()?))
                .collect()
        },
    )
}

/// Everything that is put between a command and the machine.
struct Fence {
    domain: limits::Domain,
    filters: Filters,
}

impl Fence {
    /// Encloses this process as far as it must be, and prepares the rest for the command.
    fn new(order: &Order, copied: &Copied) -> Result<Fence, StepError> {
        limits::drop_rights_of_user().step("give up all rights")?;
        limits::keep_signals_inside()
            .map_err(io::Error::other)
            .step("keep signals inside")?;
        signals_stay_inside()?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable).step("hide from the command")?;
        let readable: Vec<PathBuf> = trees::wanted(&order.job)
            .into_iter()
            .chain(READ_TOO.iter().map(PathBuf::from))
            .filter(|path| !copied.place.starts_with(path))
            .collect();
        let readable: Vec<&Path> = readable.iter().map(PathBuf::as_path).collect();
        let writable = writable(copied);
        let devices: Vec<PathBuf> = DEVICES
            .iter()
            .map(|name| Path::new("/dev").join(name))
            .collect();
        let allowed = Allowed {
            readable: &readable,
            writable: &writable.each_ref().map(PathBuf::as_path),
            changeable: &devices.iter().map(PathBuf::as_path).collect::<Vec<_>>(),
        };
        let domain = limits::domain(&allowed, true)
            .map_err(io::Error::other)
            .step("make a Landlock domain")?;
        let strictness = Strictness {
            counts_memory: order.is_counted,
            shares_machine: Some(order.job.network),
            shares_user: !order.identity.is_other,
        };
        let filters = Filters::new(strictness)
            .map_err(io::Error::other)
            .step("make a filter of system calls")?;
        Ok(Fence { domain, filters })
    }

    /// Encloses this process for good, and hands over by whom some of its calls are made.
    fn enter(self, job: &Job, tell: &UnixStream) -> io::Result<()> {
        self.domain.enter().map_err(io::Error::other)?;
        command::put_versions(job)?;
        if let Some(listener) = self.filters.apply().map_err(io::Error::other)? {
            wire::send(tell, &(), &[listener.as_fd()])?;
        }
        Ok(())
    }
}

/// Makes sure that no signal of ours reaches our parent, before anything relies on it.
fn signals_stay_inside() -> Result<(), StepError> {
    let parent = getppid().ok_or(io::ErrorKind::NotFound);
    let parent = parent.map_err(io::Error::from).step("find the parent")?;
    match test_kill_process(parent) {
        Err(rustix::io::Errno::PERM) => Ok(()),
        Ok(()) | Err(_) => {
            Err(io::Error::other("they get out all the same")).step("keep signals inside")
        }
    }
}

/// Copies the project, and makes an empty home with the way to the tools of the user's own.
fn make_place(job: &Job, copied: &Copied, identity: Identity) -> Result<(), StepError> {
    if copied.wrapper.is_some() {
        wrap::make_settings(job, copied).step("write settings")?;
    }
    super::copy::measure(&copied.project, job.limits.disk).step("measure the project")?;
    super::copy::copy(&copied.project, &copied.place.join(COPY), identity)
        .step("copy the project")?;
    let give = |path: &Path| match identity.is_other {
        true => lchown(path, Some(identity.user), Some(identity.group)),
        false => Ok(()),
    };
    let home = copied.place.join(HOME);
    for folder in [&home, &copied.place.join(TEMPORARY)] {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .and_then(|()| give(folder))
            .step("make a home")?;
    }
    // In namespaces they stand in their own places.
    let tools = job.readable.iter().filter(|_| copied.wrapper.is_none());
    for (tool, inside) in
        tools.filter_map(|tool| Some((tool, tool.strip_prefix(&copied.home).ok()?)))
    {
        link_tool(&home, inside, tool, &give).step("make a home")?;
    }
    Ok(())
}

/// Makes a link to a tool at its place in the home, and the folders on the way. What is in another tool's folder is there already.
fn link_tool(
    home: &Path,
    inside: &Path,
    tool: &Path,
    give: &dyn Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut folder = home.to_owned();
    for part in inside.parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        if folder.is_symlink() {
            return Ok(());
        }
        if !folder.exists() {
            fs::create_dir(&folder).and_then(|()| give(&folder))?;
        }
    }
    match symlink(tool, home.join(inside)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

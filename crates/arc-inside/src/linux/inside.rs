//! The sandbox from inside: a first process that enters the namespaces and waits, and the init that makes the root, gives up all
//! rights and starts the command.
//!
//! Both are one program that was started for it with one thread, so ordinary code may run after `fork`.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitOptions, set_dumpable_behavior,
    set_parent_process_death_signal, setsid,
};
use rustix::thread::{
    Gid, Uid, UnshareFlags, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use super::command;
use super::filter::{Filters, Strictness};
use super::identity::{INNER_ID, Identity};
use super::keeper;
use super::limits::{self, Allowed, Domain};
use super::order::{Order, PROXY, Word};
use super::root;
use super::step::{Step, StepError};
use super::sys::{self, Side};
use super::trees;
use super::wire;
use crate::{Job, Layer, Lost, Network};

/// Becomes a sandbox. Comes back only when that failed.
#[must_use]
pub fn enter() -> ExitCode {
    // Started from a descriptor it has a number for its name.
    let _ = rustix::thread::set_name(c"arc");
    sys::allow_huge_pages(false);
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

pub(super) enum Never {}

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
    let (mut order, mut descriptors) = wire::receive::<Order>(socket).step("hear what to do")?;
    if !order.sizes.is_empty() && !descriptors.is_empty() {
        let content = descriptors.remove(0);
        order.fill(content).step("get the files to be seen")?;
    }
    let input = descriptors.pop();
    let (job, identity) = (&order.job, order.identity);
    die_with_parent()?;
    setsid().step("leave the session")?;
    sys::close_on_exec_from(3).step("close descriptors")?;
    if let Some(copied) = &order.copied {
        return keeper::keep(socket, &order, copied, input);
    }
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
        Network::None | Network::Listed => all | UnshareFlags::NEWNET,
        Network::Host => all,
    }
}

/// The kernel ends us when our parent ends. Entering a user namespace or changing the user takes that back, so it is said again then.
pub(super) fn die_with_parent() -> Result<(), StepError> {
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
    take_ids(INNER_ID, INNER_ID)?;
    // The change made what is about us in `/proc` root's, and we still have to write there.
    set_dumpable_behavior(DumpableBehavior::Dumpable).step("stay readable for ourselves")
}

/// Becomes another user, for good.
pub(super) fn take_ids(user: u32, group: u32) -> Result<(), StepError> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    set_thread_groups(&[]).step("leave all groups")?;
    set_thread_res_gid(group, group, group).step("become another group")?;
    set_thread_res_uid(user, user, user).step("become another user")
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
    if job.network != Network::Host {
        sys::bring_up_loopback().step("bring up the loopback interface")?;
    }
    let listener = match job.network {
        Network::Listed => Some(TcpListener::bind(PROXY).step("listen for the proxy")?),
        Network::None | Network::Host => None,
    };
    let trees = match taken {
        Some(trees) => trees,
        None => trees::take(job, order.identity)?,
    };
    let root = root::enter(job, trees)?;
    // Should the machine run out of memory, it is the command that goes.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    let (layers, lost) = enclose(order, &root)?;
    command::put_versions(job).step("put files in their places")?;
    let mut along = vec![root.scratch.as_fd()];
    along.extend(root.processes.as_ref().map(OwnedFd::as_fd));
    along.extend(listener.as_ref().map(TcpListener::as_fd));
    let ready = Word::Ready {
        layers,
        lost,
        listens: listener.is_some(),
    };
    wire::send(socket, &ready, &along).step("report")?;
    wire::receive::<()>(socket).step("be told to start")?;
    drop((root, listener));
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("hide from the command")?;
    // One more for this process.
    let limit = || {
        Ok(limits::set_resource_limits(
            &job.limits,
            order.is_counted,
            1,
        )?)
    };
    let word = command::start(job, input, limit).map_or_else(|not_run| not_run, command::wait);
    wire::send(socket, &word, &[]).step("report")?;
    leave(0)
}

/// Gives up everything that the command must not have.
fn enclose(order: &Order, root: &root::Root) -> Result<(Vec<Layer>, Vec<Lost>), StepError> {
    let job = &order.job;
    let mut layers = vec![Layer::UserNamespace];
    let mut lost = Vec::new();
    if job.network != Network::Host {
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
    let allowed = Allowed {
        readable: &[Path::new("/")],
        writable: &writable,
        changeable: &[Path::new("/dev"), Path::new("/proc")],
    };
    let is_applied = limits::domain(&allowed, false)
        .and_then(Domain::enter)
        .map_err(io::Error::other)
        .step("apply Landlock")?;
    if is_applied {
        layers.push(Layer::Landlock);
    } else {
        lost.push(Lost {
            layer: Layer::Landlock,
            why: "the kernel has none".to_owned(),
        });
    }
    let strictness = Strictness {
        counts_memory: order.is_counted,
        shares_machine: None,
        shares_user: false,
    };
    Filters::new(strictness)
        .and_then(|filters| filters.apply())
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

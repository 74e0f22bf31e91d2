//! The sandbox from outside: starts it, watches it, ends it, and reads what came out.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Component, Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use arc_inside::{
    COPY, Copied, HOME, INNER_ID, Identity, Order, PROXY, Processes, TEMPORARY, Word,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::control_group::ControlGroup;
use super::meter::Meter;
use super::outputs::{Outputs, Reading};
use super::place::{Place, Watch};
use super::program;
use super::proxy::{self, Proxy};
use crate::changes::Scratch;
use crate::report::OUTPUT_PATIENCE;
use crate::tools::without_ways_up;
use crate::{
    Echo, Ending, Host, Job, Layer, Limit, Lost, Network, Report, SandboxError, Version,
    with_path_replaced,
};

/// How long a sandbox may take to be made.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often we look whether we are to stop while we wait for it.
const TICK: Duration = Duration::from_millis(20);

/// What stands between a command and the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung<'a> {
    /// Namespaces, and all the rest.
    Namespaces,
    /// A copy of the project, Landlock and a filter.
    Filters,
    /// A copy of the project.
    Open,
    /// A copy of the project, and namespaces that this bubblewrap makes.
    Bubblewrap(&'a Path),
}

/// Runs a job in one kind of sandbox. [`SandboxError::Refused`] when it cannot be had; nothing has run then.
pub(super) fn run(
    job: &Job,
    rung: Rung<'_>,
    input: Option<BorrowedFd<'_>>,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    if job.network == Network::Listed && rung != Rung::Namespaces {
        return Err(refused(
            "a list of hosts needs a network of its own, which only namespaces give".to_owned(),
        ));
    }
    let identity = match rung {
        Rung::Namespaces | Rung::Filters | Rung::Bubblewrap(_) => {
            Identity::choose().map_err(refused)?
        }
        Rung::Open => Identity::own(),
    };
    let mut limits = job.limits;
    if let Rung::Bubblewrap(_) = rung {
        limits.processes += super::wrap::OWN_PROCESSES;
    }
    let (group, mut lost) = match ControlGroup::create(&limits) {
        Ok(group) => (Some(group), Vec::new()),
        Err(why) => (
            None,
            vec![Lost {
                layer: Layer::ControlGroup,
                why,
            }],
        ),
    };
    let place = match rung {
        Rung::Namespaces => None,
        Rung::Filters | Rung::Open | Rung::Bubblewrap(_) => Some(
            Place::make(&job.work, identity.is_other).map_err(SandboxError::system(
                "make a folder for a copy of the project",
            ))?,
        ),
    };
    let order = order(job, rung, identity, group.is_some(), place.as_ref());
    let started = SystemTime::now();
    let mut sandbox = Sandbox::start(&order, group, input)?;
    let printed = [AtomicU64::new(0), AtomicU64::new(0)];
    let result = thread::scope(|scope| {
        let reading = Reading {
            keep: job.limits.output,
            echo,
            printed: &printed,
        };
        let mut outputs = Outputs::new(scope, reading, sandbox.take_pipes());
        let result = sandbox.watch(&order, &mut outputs, cancelled);
        sandbox.end();
        let [stdout, stderr] = outputs.finish();
        result.map(|watched| (watched, stdout, stderr))
    });
    let (watched, stdout, stderr) = result?;
    lost.extend(watched.lost);
    let used = sandbox.meter.seen();
    let mut met = Vec::new();
    if sandbox.meter.met_processes(&job.limits) {
        met.push(Limit::Processes);
    }
    let scratch = match (place, sandbox.scratch.take()) {
        (Some(place), _) => Scratch::in_place(place, job, started),
        (None, Some(scratch)) => {
            met.extend(Scratch::met(&scratch));
            let is_copy = watched.layers.contains(&Layer::Copy);
            Scratch::new(&scratch, job, is_copy, started)
        }
        (None, None) => return Err(refused("it ended before it began".to_owned())),
    };
    let scratch = scratch.map_err(SandboxError::system("open what was written"))?;
    if let Ending::Limited(limit) = watched.ending {
        met.push(limit);
    }
    met.sort_unstable();
    met.dedup();
    let report = Report {
        ending: watched.ending,
        met,
        layers: watched.layers,
        image: None,
        seen_at: order.job.work,
        lost,
        stdout,
        stderr,
        wall: watched.wall,
        cpu: used.cpu.max(watched.cpu),
        peak_memory: used.peak_memory,
        peak_processes: used.peak_tasks.max(1),
    };
    Ok((report, scratch))
}

/// What a sandbox is told.
fn order(
    job: &Job,
    rung: Rung<'_>,
    identity: Identity,
    is_counted: bool,
    place: Option<&Place>,
) -> Order {
    let wrapper = match rung {
        Rung::Bubblewrap(program) => Some(program),
        Rung::Namespaces | Rung::Filters | Rung::Open => None,
    };
    let is_open = rung == Rung::Open || wrapper.is_some();
    Order {
        job: match place {
            None => with_proxy(job),
            Some(_) if wrapper.is_some() => {
                let mut wrapped = job.clone();
                wrapped.limits.processes += super::wrap::OWN_PROCESSES;
                wrapped
            }
            Some(place) => seen_from(job, place.folder(), is_open),
        },
        identity,
        is_counted,
        sizes: job
            .versions
            .iter()
            .map(|version| version.bytes.len())
            .collect(),
        copied: place.map(|place| Copied {
            project: job.work.clone(),
            home: job.home.clone(),
            place: place.folder().to_owned(),
            is_open,
            wrapper: wrapper.map(Path::to_owned),
        }),
    }
}

/// The job with what programs are told of the proxy, if there is one.
fn with_proxy(job: &Job) -> Job {
    let mut told = job.clone();
    if job.network != Network::Listed {
        return told;
    }
    let mut set = |name: &str, value: &str| {
        told.environment.retain(|(own, _)| own != name);
        told.environment.push((name.into(), value.into()));
    };
    for name in proxy::VARIABLES {
        set(name, &format!("http://{}", PROXY));
    }
    // Servers of the command itself are reached without it.
    let inner = if job.hosts.iter().any(Host::is_inner) {
        ""
    } else {
        "localhost,127.0.0.1,::1"
    };
    set("NO_PROXY", inner);
    set("no_proxy", inner);
    told
}

/// The job with the paths of a copy instead of those of the project, and unless it `is_open` with a home of its own.
fn seen_from(job: &Job, place: &Path, is_open: bool) -> Job {
    let renamed = |text: &OsStr, from: &Path, to: &Path| {
        let bytes = [from, to].map(|path| path.as_os_str().as_bytes());
        OsString::from_vec(with_path_replaced(text.as_bytes(), bytes[0], bytes[1]))
    };
    let work = place.join(COPY);
    let of_copy = |text: &OsStr| renamed(text, &job.work, &work);
    let mut command: Vec<OsString> = job.command.iter().map(|part| of_copy(part)).collect();
    if let Some(program) = program_outside(job) {
        command[0] = program.into();
    }
    let mut seen = Job {
        folder: work.join(job.folder.strip_prefix(&job.work).unwrap_or(Path::new(""))),
        command,
        environment: Vec::new(),
        work: work.clone(),
        ..job.clone()
    };
    if !is_open {
        seen.home = place.join(HOME);
    }
    for (name, value) in &job.environment {
        let value = match name.to_str() {
            Some("TMPDIR") if !is_open => place.join(TEMPORARY).into(),
            // A home that everything lies in says nothing.
            _ if place.starts_with(&job.home) => of_copy(value),
            _ => renamed(&of_copy(value), &job.home, &seen.home),
        };
        seen.environment.push((name.clone(), value));
    }
    seen
}

/// The program of a command that is called by a way up out of the project: a copy lies beside nothing.
fn program_outside(job: &Job) -> Option<PathBuf> {
    let called = Path::new(job.command.first()?);
    let is_way_up = called.components().any(|part| part == Component::ParentDir);
    let program = without_ways_up(&job.folder.join(called)).filter(|_| is_way_up)?;
    (!program.starts_with(&job.work)).then_some(program)
}

/// A sandbox that was started. It ends with this value, whatever happens.
struct Sandbox {
    outer: Child,
    socket: UnixStream,
    init: Option<OwnedFd>,
    /// Its first process ends all others when the socket is closed.
    is_kept: bool,
    scratch: Option<OwnedFd>,
    meter: Meter,
    /// The way out, for hosts that are listed.
    proxy: Option<Proxy>,
    /// Looks after what is written, where no file system of its own does.
    watch: Option<Watch>,
}

/// What was seen while a command ran.
struct Watched {
    ending: Ending,
    layers: Vec<Layer>,
    lost: Vec<Lost>,
    wall: Duration,
    cpu: Duration,
}

impl Sandbox {
    fn start(
        order: &Order,
        group: Option<ControlGroup>,
        input: Option<BorrowedFd<'_>>,
    ) -> Result<Sandbox, SandboxError> {
        let (socket, theirs) = UnixStream::pair().map_err(SandboxError::system("make a socket"))?;
        let outer = program::start(OwnedFd::from(theirs))
            .map_err(SandboxError::system("start the sandbox"))?;
        let sandbox = Sandbox {
            outer,
            socket,
            init: None,
            is_kept: false,
            scratch: None,
            meter: Meter::new(group),
            proxy: None,
            watch: None,
        };
        if let Some(group) = &sandbox.meter.group {
            group
                .add(sandbox.outer_pid())
                .map_err(SandboxError::system("put the sandbox in its control group"))?;
        }
        let content = content(&order.job.versions)
            .map_err(SandboxError::system("keep files for the sandbox"))?;
        let content = content.as_ref().map(OwnedFd::as_fd);
        let along: Vec<_> = content.into_iter().chain(input).collect();
        arc_inside::send(&sandbox.socket, order, &along)
            .map_err(SandboxError::system("tell the sandbox what to do"))?;
        Ok(sandbox)
    }

    fn outer_pid(&self) -> Pid {
        Pid::from_child(&self.outer)
    }

    /// What the outputs of the command come out of.
    fn take_pipes(&mut self) -> [OwnedFd; 2] {
        let stdout = self.outer.stdout.take().expect("it was asked for");
        let stderr = self.outer.stderr.take().expect("it was asked for");
        [stdout.into(), stderr.into()]
    }

    /// Sees the sandbox made and the command to its end.
    fn watch(
        &mut self,
        order: &Order,
        outputs: &mut Outputs<'_, '_>,
        cancelled: &AtomicBool,
    ) -> Result<Watched, SandboxError> {
        let job = &order.job;
        let (layers, lost) = self.make(order, cancelled)?;
        let start = Instant::now();
        let mut watched = Watched {
            ending: Ending::Cancelled,
            layers,
            lost,
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        arc_inside::send(&self.socket, &(), &[])
            .map_err(SandboxError::system("start the command"))?;
        watched.ending = loop {
            let elapsed = start.elapsed();
            if cancelled.load(Ordering::Relaxed) {
                break Ending::Cancelled;
            }
            if elapsed >= job.limits.wall {
                break Ending::Limited(Limit::Wall);
            }
            let most = job.limits.output.saturating_mul(OUTPUT_PATIENCE);
            if outputs.is_longer_than(most) {
                break Ending::Limited(Limit::Output);
            }
            if let Some(limit) = self.meter.look(&job.limits) {
                break Ending::Limited(limit);
            }
            if let (Some(watch), Some(processes)) = (&mut self.watch, &self.meter.processes)
                && let Some(limit) = watch.look(&job.limits, processes)
            {
                break Ending::Limited(limit);
            }
            let pause = self.meter.pause().min(job.limits.wall - elapsed);
            if !self.is_heard(outputs, pause)? {
                continue;
            }
            match self.hear()? {
                Some(Word::Ended {
                    code,
                    signal,
                    cpu_micros,
                }) => {
                    watched.cpu = Duration::from_micros(cpu_micros);
                    break match (code, signal) {
                        (Some(code), _) => Ending::Exited(code),
                        (None, signal) => Ending::Signaled(signal.unwrap_or_default()),
                    };
                }
                Some(Word::NotRun {
                    is_missing: true, ..
                }) => break Ending::NotFound,
                Some(Word::NotRun { why, .. }) => break Ending::NotExecutable(why),
                Some(Word::Failed { why }) => return Err(went_wrong(why)),
                Some(Word::Unmapped | Word::Init(_) | Word::Ready { .. }) => {
                    return Err(went_wrong("it speaks out of turn".to_owned()));
                }
                // The init was killed from outside, or by the kernel for want of memory.
                None => break Ending::Signaled(Signal::KILL.as_raw()),
            }
        };
        watched.wall = start.elapsed();
        if let Some(Limit::Memory) = self.meter.look(&job.limits) {
            watched.ending = Ending::Limited(Limit::Memory);
        }
        Ok(watched)
    }

    /// Sees the sandbox to the point where the command can start: its init is in our hands and says that all stands. Which of the
    /// two words comes first is open, as two processes say them.
    fn make(
        &mut self,
        order: &Order,
        cancelled: &AtomicBool,
    ) -> Result<(Vec<Layer>, Vec<Lost>), SandboxError> {
        let start = Instant::now();
        let mut ready = None;
        loop {
            if self.init.is_some()
                && let Some(ready) = ready.take()
            {
                return Ok(ready);
            }
            if cancelled.load(Ordering::Relaxed) {
                return Err(refused(
                    "it was interrupted before the command began".to_owned(),
                ));
            }
            if start.elapsed() > PATIENCE {
                return Err(refused("it took too long to be made".to_owned()));
            }
            if !self.is_readable(TICK)? {
                continue;
            }
            match self.hear_with_descriptors()? {
                Some((Word::Unmapped, _)) => {
                    order
                        .identity
                        .map(Some(self.outer_pid()), (INNER_ID, INNER_ID))
                        .map_err(|error| refused(format!("cannot map its user: {error}")))?;
                    arc_inside::send(&self.socket, &(), &[])
                        .map_err(SandboxError::system("tell the sandbox who it is"))?;
                }
                Some((Word::Init(pid), _)) => {
                    let pid = Pid::from_raw(pid)
                        .ok_or_else(|| refused("an init without a number".to_owned()))?;
                    // Its parent waits for it and is ours, so the number is still its own.
                    let init = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| {
                        refused(format!("cannot get hold of its init: {error}"))
                    })?;
                    self.init = Some(init);
                }
                Some((
                    Word::Ready {
                        layers,
                        lost,
                        listens,
                    },
                    mut descriptors,
                )) => {
                    if let Some(listener) = descriptors.pop_if(|_| listens) {
                        let proxy = Proxy::start(listener, &order.job.hosts)
                            .map_err(SandboxError::system("start the proxy"))?;
                        self.proxy = Some(proxy);
                    }
                    if descriptors.len() > 1 {
                        self.meter.processes = descriptors.pop().map(Processes::of_namespace);
                    }
                    self.scratch = descriptors.pop();
                    if let Some(copied) = &order.copied {
                        self.look_after(copied)?;
                        return Ok((layers, lost));
                    }
                    if self.meter.is_blind() {
                        return Err(refused(
                            "neither a control group nor a list of processes can tell how much memory is used".to_owned(),
                        ));
                    }
                    ready = Some((layers, lost));
                }
                Some((Word::Failed { why }, _)) => return Err(refused(why)),
                Some((Word::NotRun { .. } | Word::Ended { .. }, _)) => {
                    return Err(refused("the sandbox speaks out of turn".to_owned()));
                }
                None => return Err(refused("it ended while it was made".to_owned())),
            }
        }
    }

    /// Takes a sandbox into view whose first process keeps it together.
    fn look_after(&mut self, copied: &Copied) -> Result<(), SandboxError> {
        self.is_kept = true;
        self.watch = Some(Watch::new(&copied.place));
        let processes = Processes::below(self.outer_pid())
            .map_err(|error| refused(format!("there is no list of processes: {error}")))?;
        self.meter.processes = Some(processes);
        Ok(())
    }

    fn is_readable(&self, patience: Duration) -> Result<bool, SandboxError> {
        let mut polled = [PollFd::new(&self.socket, PollFlags::IN)];
        wait(&mut polled, patience)
    }

    /// The same, while somebody waits for the outputs too.
    fn is_heard(
        &self,
        outputs: &mut Outputs<'_, '_>,
        patience: Duration,
    ) -> Result<bool, SandboxError> {
        let mut polled = vec![PollFd::new(&self.socket, PollFlags::IN)];
        polled.extend(
            outputs
                .silent()
                .map(|pipe| PollFd::new(pipe, PollFlags::IN)),
        );
        if !wait(&mut polled, patience)? {
            return Ok(false);
        }
        let ready: Vec<bool> = polled.iter().map(|one| !one.revents().is_empty()).collect();
        outputs.attend(ready[1..].iter().copied());
        Ok(ready[0])
    }

    fn hear(&self) -> Result<Option<Word>, SandboxError> {
        Ok(self.hear_with_descriptors()?.map(|(word, _)| word))
    }

    fn hear_with_descriptors(&self) -> Result<Option<(Word, Vec<OwnedFd>)>, SandboxError> {
        match arc_inside::receive(&self.socket) {
            Ok(heard) => Ok(Some(heard)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(SandboxError::system("hear the sandbox")(error)),
        }
    }

    /// Ends every process of the sandbox, and returns when there is none any more.
    fn end(&mut self) {
        if self.is_kept {
            // It fails when it is closed on the other side.
            let _ = self.socket.shutdown(Shutdown::Both);
            let _ = self.outer.wait();
            return;
        }
        let killed = self
            .init
            .as_ref()
            .map(|init| pidfd_send_signal(init, Signal::KILL));
        if !matches!(killed, Some(Ok(()))) {
            // Without an init there is only the first process; with a dead one it is about to end by itself.
            if self.init.is_none() {
                let _ = self.outer.kill();
            }
        }
        // The outer process is there until the last process of the namespace is gone. It cannot fail to be our child.
        let _ = self.outer.wait();
        self.init = None;
        self.proxy = None;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// What versions of files hold, one behind the other, in memory.
fn content(versions: &[Version]) -> io::Result<Option<OwnedFd>> {
    if versions.is_empty() {
        return Ok(None);
    }
    let mut file = File::from(memfd_create("versions", MemfdFlags::CLOEXEC)?);
    for version in versions {
        file.write_all(&version.bytes)?;
    }
    file.rewind()?;
    Ok(Some(OwnedFd::from(file)))
}

/// Waits until something comes, or no longer than `patience`.
fn wait(polled: &mut [PollFd<'_>], patience: Duration) -> Result<bool, SandboxError> {
    let timeout = Timespec::try_from(patience.max(Duration::from_micros(100))).ok();
    match poll(polled, timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(SandboxError::system("wait for the sandbox")(error.into())),
    }
}

/// What must not happen once a command may have begun.
fn went_wrong(why: String) -> SandboxError {
    SandboxError::system("go on with the sandbox")(io::Error::other(why))
}

fn refused(why: String) -> SandboxError {
    SandboxError::Refused {
        asked: "a full sandbox".to_owned(),
        why,
    }
}

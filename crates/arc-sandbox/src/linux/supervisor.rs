//! The sandbox from outside: starts it, watches it, ends it, and reads what came out.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, Scope};
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::control_group::ControlGroup;
use super::identity::Identity;
use super::inside::{Order, Word};
use super::meter::Meter;
use super::wire;
use crate::changes::Scratch;
use crate::job::OUTPUT_PATIENCE;
use crate::{Echo, Ending, Job, Layer, Limit, Lost, Output, Report, SandboxError, Stream};

/// How long a sandbox may take to be made.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often we look whether we are to stop while we wait for it.
const TICK: Duration = Duration::from_millis(20);

/// Runs a job in the strongest sandbox there is.
pub(crate) fn run(
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    let refused = |why: String| SandboxError::Refused {
        asked: "a full sandbox".to_owned(),
        why,
    };
    let identity = Identity::choose().map_err(refused)?;
    let (group, mut lost) = match ControlGroup::create(&job.limits) {
        Ok(group) => (Some(group), Vec::new()),
        Err(why) => (
            None,
            vec![Lost {
                layer: Layer::ControlGroup,
                why,
            }],
        ),
    };
    let started = SystemTime::now();
    let mut sandbox = Sandbox::start(job, identity, group)?;
    let counters = [AtomicU64::new(0), AtomicU64::new(0)];
    let result = thread::scope(|scope| {
        let readers = sandbox.read_outputs(scope, job, echo, &counters);
        let result = sandbox.watch(job, identity, &counters, cancelled);
        sandbox.end();
        let [stdout, stderr] = readers.map(|reader| reader.join().unwrap_or_default());
        result.map(|watched| (watched, stdout, stderr))
    });
    let (watched, stdout, stderr) = result?;
    lost.extend(watched.lost);
    let Some(scratch) = sandbox.scratch.take() else {
        return Err(refused("it ended before it began".to_owned()));
    };
    let used = sandbox.meter.seen();
    let mut met = Vec::new();
    if sandbox.meter.met_processes(&job.limits) {
        met.push(Limit::Processes);
    }
    met.extend(Scratch::met(&scratch));
    let is_copy = watched.layers.contains(&Layer::Copy);
    let scratch = Scratch::new(&scratch, job, is_copy, started)
        .map_err(SandboxError::system("open what was written"))?;
    if let Ending::Limited(limit) = watched.ending {
        met.push(limit);
    }
    met.sort_unstable();
    met.dedup();
    let report = Report {
        ending: watched.ending,
        met,
        layers: watched.layers,
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

/// A sandbox that was started. It ends with this value, whatever happens.
struct Sandbox {
    outer: Child,
    socket: UnixStream,
    init: Option<OwnedFd>,
    scratch: Option<OwnedFd>,
    meter: Meter,
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
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the processes of the workspace are started"
    )]
    fn start(
        job: &Job,
        identity: Identity,
        group: Option<ControlGroup>,
    ) -> Result<Sandbox, SandboxError> {
        let (socket, theirs) = UnixStream::pair().map_err(SandboxError::system("make a socket"))?;
        let outer = Command::new("/proc/self/exe")
            .arg(crate::INSIDE)
            .env_clear()
            .current_dir("/")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(SandboxError::system("start the sandbox"))?;
        let is_counted = group.is_some();
        let sandbox = Sandbox {
            outer,
            socket,
            init: None,
            scratch: None,
            meter: Meter::new(group, None),
        };
        if let Some(group) = &sandbox.meter.group {
            group
                .add(sandbox.outer_pid())
                .map_err(SandboxError::system("put the sandbox in its control group"))?;
        }
        let order = Order {
            job: job.clone(),
            identity,
            is_counted,
        };
        let input = job
            .reads_input
            .then(input)
            .transpose()
            .map_err(SandboxError::system("pass standard input on"))?;
        let along: Vec<_> = input.iter().map(std::os::fd::AsFd::as_fd).collect();
        wire::send(&sandbox.socket, &order, &along)
            .map_err(SandboxError::system("tell the sandbox what to do"))?;
        Ok(sandbox)
    }

    fn outer_pid(&self) -> Pid {
        Pid::from_child(&self.outer)
    }

    /// Reads both outputs to their ends, each in a thread.
    fn read_outputs<'scope, 'env>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        job: &'env Job,
        echo: Option<Echo<'env>>,
        counters: &'env [AtomicU64; 2],
    ) -> [JoinScoped<'scope>; 2] {
        let keep = job.limits.output;
        let stdout = self.outer.stdout.take().expect("it was asked for");
        let stderr = self.outer.stderr.take().expect("it was asked for");
        [
            scope.spawn(move || {
                read(stdout, keep, &counters[0], |bytes| {
                    if let Some(echo) = echo {
                        echo(Stream::Stdout, bytes)
                    }
                })
            }),
            scope.spawn(move || {
                read(stderr, keep, &counters[1], |bytes| {
                    if let Some(echo) = echo {
                        echo(Stream::Stderr, bytes)
                    }
                })
            }),
        ]
    }

    /// Sees the sandbox made and the command to its end.
    fn watch(
        &mut self,
        job: &Job,
        identity: Identity,
        printed: &[AtomicU64; 2],
        cancelled: &AtomicBool,
    ) -> Result<Watched, SandboxError> {
        let (layers, lost) = self.make(identity, cancelled)?;
        let start = Instant::now();
        let mut watched = Watched {
            ending: Ending::Cancelled,
            layers,
            lost,
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        wire::send(&self.socket, &(), &[]).map_err(SandboxError::system("start the command"))?;
        watched.ending = loop {
            let elapsed = start.elapsed();
            if cancelled.load(Ordering::Relaxed) {
                break Ending::Cancelled;
            }
            if elapsed >= job.limits.wall {
                break Ending::Limited(Limit::Wall);
            }
            let most = job.limits.output.saturating_mul(OUTPUT_PATIENCE);
            if printed
                .iter()
                .any(|printed| printed.load(Ordering::Relaxed) > most)
            {
                break Ending::Limited(Limit::Output);
            }
            if let Some(limit) = self.meter.look(&job.limits) {
                break Ending::Limited(limit);
            }
            let pause = self.meter.pause().min(job.limits.wall - elapsed);
            if !self.is_readable(pause)? {
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
                Some(Word::Failed { why }) => return Err(refused(why)),
                Some(Word::Unmapped | Word::Init(_) | Word::Ready { .. }) => {
                    return Err(refused("the sandbox speaks out of turn".to_owned()));
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
        identity: Identity,
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
                    identity
                        .map(
                            Some(self.outer_pid()),
                            (super::identity::INNER_ID, super::identity::INNER_ID),
                        )
                        .map_err(|error| refused(format!("cannot map its user: {error}")))?;
                    wire::send(&self.socket, &(), &[])
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
                Some((Word::Ready { layers, lost }, mut descriptors)) => {
                    if descriptors.len() > 1 {
                        self.meter.processes = descriptors.pop();
                    }
                    self.scratch = descriptors.pop();
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

    fn is_readable(&self, patience: Duration) -> Result<bool, SandboxError> {
        let mut polled = [PollFd::new(&self.socket, PollFlags::IN)];
        let timeout = Timespec::try_from(patience.max(Duration::from_micros(100))).ok();
        match poll(&mut polled, timeout.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(SandboxError::system("wait for the sandbox")(error.into())),
        }
    }

    fn hear(&self) -> Result<Option<Word>, SandboxError> {
        Ok(self.hear_with_descriptors()?.map(|(word, _)| word))
    }

    fn hear_with_descriptors(&self) -> Result<Option<(Word, Vec<OwnedFd>)>, SandboxError> {
        match wire::receive(&self.socket) {
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
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

type JoinScoped<'scope> = thread::ScopedJoinHandle<'scope, Output>;

fn refused(why: String) -> SandboxError {
    SandboxError::Refused {
        asked: "a full sandbox".to_owned(),
        why,
    }
}

/// Reads a stream to its end and keeps its first bytes.
fn read(mut stream: impl Read, keep: u64, printed: &AtomicU64, pass_on: impl Fn(&[u8])) -> Output {
    let mut output = Output::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match stream.read(&mut buffer) {
            Ok(0) => return output,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return output,
        };
        let room = usize::try_from(keep.saturating_sub(output.total)).unwrap_or(usize::MAX);
        let kept = &buffer[..read.min(room)];
        output.bytes.extend_from_slice(kept);
        output.total += read as u64;
        printed.store(output.total, Ordering::Relaxed);
        if !kept.is_empty() {
            pass_on(kept);
        }
    }
}

/// Our standard input as a pipe: a file or terminal itself could be opened again for writing through `/proc`.
fn input() -> io::Result<OwnedFd> {
    let (ours, theirs) = {
        let (reader, writer) = io::pipe()?;
        (writer, reader)
    };
    let _: JoinHandle<()> = thread::spawn(move || {
        let mut ours = ours;
        // A command that reads no further ends the copy, and that is all there is to say about it.
        let _ = io::copy(&mut io::stdin().lock(), &mut ours);
    });
    Ok(OwnedFd::from(theirs))
}

//! A command in a container, from its start to its end: what it prints as it comes, what it uses twice a second, and which limit ends it.

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::{EventsOptions, StatsOptions};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::Of;
use super::container::{self, Held, OWN_PROCESSES};
use super::engine::{Engine, Failed, no_container};
use crate::report::OUTPUT_PATIENCE;
use crate::{Echo, Ending, Job, Limit, Output, SandboxError};

/// How often we look whether the command has ended, and whether we are to end it.
const TICK: Duration = Duration::from_millis(50);
/// How often the engine is asked how much is used.
const OFTEN: Duration = Duration::from_millis(500);
/// How long what was printed last may be on its way.
const REST: Duration = Duration::from_millis(300);
/// How the engine begins when a command cannot be executed.
const NOT_RUN: &str = "OCI runtime exec failed";
/// The code of a command that was killed.
const KILLED: i32 = 137;

/// What was seen of a command.
pub(super) struct Watched {
    pub(super) ending: Ending,
    pub(super) met: Vec<Limit>,
    /// The container ended under it: what it wrote is lost.
    pub(super) is_gone: bool,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) peak_memory: u64,
    pub(super) peak_processes: u32,
}

/// Starts the command and sees it to its end.
pub(super) fn command(
    engine: &Engine<'_>,
    held: &Held<'_, '_>,
    job: &Job,
    echo: Option<Echo<'_>>,
) -> Result<Watched, SandboxError> {
    let not = |failed: &Failed| no_container(&format!("the command cannot be started: {failed}"));
    let texts = |names: &[std::ffi::OsString]| -> Result<Vec<String>, SandboxError> {
        names.iter().map(|name| container::text(name)).collect()
    };
    let mut environment = Vec::new();
    for (name, value) in &job.environment {
        environment.push(format!(
            "{}={}",
            container::text(name)?,
            container::text(value)?
        ));
    }
    let options = CreateExecOptions {
        attach_stdin: Some(job.reads_input),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        env: Some(environment),
        cmd: Some(texts(&job.command)?),
        user: Some(container::user()),
        working_dir: Some(container::text(job.folder.as_os_str())?),
        ..CreateExecOptions::default()
    };
    let exec = engine
        .ask(engine.docker.create_exec(&held.name, options))
        .map_err(|failed| not(&failed))?
        .id;
    let since = SystemTime::now();
    let start = Instant::now();
    let started = engine.ask(engine.docker.start_exec(&exec, None::<StartExecOptions>));
    let (stream, input) = match started.map_err(|failed| not(&failed))? {
        StartExecResults::Attached { output, input } => (output, input),
        StartExecResults::Detached => {
            return Err(no_container(
                "the engine keeps what the command prints to itself",
            ));
        }
    };
    let mut watch = Watch {
        engine,
        held,
        job,
        echo,
        exec,
        stream: Some(stream),
        since,
        start,
        looked: start,
        seen: Watched {
            ending: Ending::Cancelled,
            met: Vec::new(),
            is_gone: false,
            stdout: Output::default(),
            stderr: Output::default(),
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            peak_memory: 0,
            peak_processes: 1,
        },
    };
    let feeding = job.reads_input.then(|| engine.runtime.spawn(feed(input)));
    let ended = watch.until_it_ends();
    if let Some(feeding) = feeding {
        feeding.abort();
    }
    ended?;
    Ok(watch.seen)
}

type Frames = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;

struct Watch<'w, 'e, 'a> {
    engine: &'w Engine<'a>,
    held: &'w Held<'e, 'a>,
    job: &'w Job,
    echo: Option<Echo<'w>>,
    exec: String,
    /// `None` when all that was printed has come.
    stream: Option<Frames>,
    since: SystemTime,
    start: Instant,
    looked: Instant,
    seen: Watched,
}

impl Watch<'_, '_, '_> {
    fn until_it_ends(&mut self) -> Result<(), SandboxError> {
        self.seen.ending = loop {
            self.listen(TICK)?;
            if let Some(ending) = self.is_to_end() {
                break ending;
            }
            if self.looked.elapsed() >= OFTEN
                && let Some(limit) = self.look()
            {
                break Ending::Limited(limit);
            }
            if let Some(ending) = self.has_ended()? {
                break ending;
            }
        };
        self.seen.wall = self.start.elapsed();
        if self.seen.ending == Ending::Cancelled || self.seen.is_gone {
            return Ok(());
        }
        // What others keep open would go on for ever.
        let rest = Instant::now();
        while self.stream.is_some() && rest.elapsed() < REST && self.is_to_end().is_none() {
            self.listen(TICK)?;
        }
        let met = self.look();
        if met == Some(Limit::Memory) || self.was_killed_for_memory() {
            self.seen.ending = Ending::Limited(Limit::Memory);
        }
        if let Ending::Exited(code @ (126 | 127)) = self.seen.ending {
            self.not_run(code);
        }
        Ok(())
    }

    /// Why it is not to go on.
    fn is_to_end(&self) -> Option<Ending> {
        let limits = &self.job.limits;
        let most = limits.output.saturating_mul(OUTPUT_PATIENCE);
        if self.engine.is_cancelled() {
            Some(Ending::Cancelled)
        } else if self.start.elapsed() >= limits.wall {
            Some(Ending::Limited(Limit::Wall))
        } else if self.seen.stdout.total.max(self.seen.stderr.total) > most {
            Some(Ending::Limited(Limit::Output))
        } else {
            None
        }
    }

    /// Takes what is printed, for a while.
    fn listen(&mut self, while_: Duration) -> Result<(), SandboxError> {
        let end = Instant::now() + while_;
        loop {
            let next = self.engine.runtime.block_on(async {
                let left = end.saturating_duration_since(Instant::now());
                match &mut self.stream {
                    Some(stream) => tokio::time::timeout(left, stream.next()).await.ok(),
                    None => {
                        tokio::time::sleep(left).await;
                        None
                    }
                }
            });
            match next {
                // Outside of a frame there is only what is left of one that was cut short.
                Some(Some(Ok(LogOutput::Console { .. }))) => {
                    return Err(SandboxError::Lost {
                        why: "the engine broke off in the middle of what it prints".to_owned(),
                    });
                }
                Some(Some(Ok(frame))) => self.take(frame),
                Some(Some(Err(error))) => {
                    return Err(SandboxError::Lost {
                        why: format!("the engine broke off: {}", Failed::Error(error)),
                    });
                }
                Some(None) => self.stream = None,
                None => {}
            }
            if Instant::now() >= end || self.is_to_end().is_some() {
                return Ok(());
            }
        }
    }

    fn take(&mut self, frame: LogOutput) {
        let (of, output, bytes) = match frame {
            LogOutput::StdErr { message } => (Of::Stderr, &mut self.seen.stderr, message),
            LogOutput::StdOut { message } => (Of::Stdout, &mut self.seen.stdout, message),
            LogOutput::StdIn { .. } | LogOutput::Console { .. } => return,
        };
        let keep = self.job.limits.output;
        let room = usize::try_from(keep.saturating_sub(output.total)).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(room)];
        output.bytes.extend_from_slice(kept);
        output.total += bytes.len() as u64;
        if let (Some(echo), false) = (self.echo, kept.is_empty()) {
            echo(of, kept);
        }
    }

    /// How it ended, if it did.
    fn has_ended(&mut self) -> Result<Option<Ending>, SandboxError> {
        let state = match self.engine.ask(self.engine.docker.inspect_exec(&self.exec)) {
            Ok(state) => state,
            Err(Failed::Cancelled) => return Ok(Some(Ending::Cancelled)),
            // The container ended, by somebody else or for want of memory, and was removed.
            Err(failed) if matches!(failed.status(), Some(404 | 409)) => {
                self.seen.is_gone = true;
                let is_memory = self.was_killed_for_memory();
                return Ok(Some(match is_memory {
                    true => Ending::Limited(Limit::Memory),
                    false => Ending::Signaled(9),
                }));
            }
            Err(failed) => {
                return Err(SandboxError::Lost {
                    why: format!("the engine does not say how the command goes: {failed}"),
                });
            }
        };
        if state.running == Some(true) {
            return Ok(None);
        }
        let Some(code) = state.exit_code else {
            return Ok(None);
        };
        Ok(Some(Ending::Exited(i32::try_from(code).unwrap_or(1))))
    }

    /// How much is used, and the limit that is met by it.
    fn look(&mut self) -> Option<Limit> {
        self.looked = Instant::now();
        let options = StatsOptions {
            stream: false,
            one_shot: true,
        };
        let mut stream = Box::pin(self.engine.docker.stats(&self.held.name, Some(options)));
        let stats = self.engine.ask(async {
            match stream.next().await {
                Some(stats) => stats.map(Some),
                None => Ok(None),
            }
        });
        // An engine that does not answer now is asked again, and what it limits itself it limits all the same.
        let stats = stats.ok().flatten()?;
        let cpu = stats.cpu_stats.and_then(|cpu| cpu.cpu_usage);
        let cpu = Duration::from_nanos(cpu.and_then(|cpu| cpu.total_usage).unwrap_or(0));
        self.seen.cpu = self.seen.cpu.max(cpu);
        if let Some(memory) = stats.memory_stats {
            let most = memory.max_usage.max(memory.usage).unwrap_or(0);
            self.seen.peak_memory = self.seen.peak_memory.max(most);
        }
        let tasks = stats
            .pids_stats
            .and_then(|tasks| tasks.current)
            .unwrap_or(0);
        let tasks = u32::try_from(tasks).unwrap_or(u32::MAX);
        let tasks = tasks.saturating_sub(OWN_PROCESSES);
        self.seen.peak_processes = self.seen.peak_processes.max(tasks);
        if tasks >= self.job.limits.processes && !self.seen.met.contains(&Limit::Processes) {
            self.seen.met.push(Limit::Processes);
        }
        if self.job.limits.cpu.is_some_and(|most| cpu >= most) {
            return Some(Limit::Cpu);
        }
        // With half of it used and something killed, the engine is asked for what.
        let is_much = self.seen.peak_memory >= self.job.limits.memory / 2;
        (is_much && self.killed_for_memory()).then_some(Limit::Memory)
    }

    /// Whether the command was killed since there was no memory left. What happened a moment ago may not be known yet.
    fn was_killed_for_memory(&mut self) -> bool {
        let is_likely = self.seen.is_gone || self.seen.ending == Ending::Exited(KILLED);
        if !is_likely {
            return false;
        }
        (0..3).any(|_| {
            self.killed_for_memory() || {
                std::thread::sleep(TICK);
                false
            }
        })
    }

    /// Whether the engine knows of a process that the kernel killed for want of memory.
    fn killed_for_memory(&self) -> bool {
        let time = |time: SystemTime| {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
        };
        let filters = [("container", self.held.name.as_str()), ("event", "oom")];
        let options = EventsOptions {
            since: Some(time(self.since)),
            until: Some(time(SystemTime::now())),
            filters: Some(HashMap::from(
                filters.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])),
            )),
        };
        let mut events = Box::pin(self.engine.docker.events(Some(options)));
        let first = self.engine.ask(async {
            match events.next().await {
                Some(event) => event.map(|_| true),
                None => Ok(false),
            }
        });
        // Unknown is not met: the command's own ending stands then.
        first.unwrap_or(false)
    }

    /// A command that there is not, told from one that ended with the same code.
    fn not_run(&mut self, code: i32) {
        let all = [&self.seen.stdout, &self.seen.stderr];
        let Some(said) = all
            .iter()
            .map(|output| String::from_utf8_lossy(&output.bytes))
            .find(|said| said.starts_with(NOT_RUN))
        else {
            return;
        };
        let said = said.trim().to_owned();
        let is_missing = code == 127
            || said.contains("executable file not found")
            || said.contains("no such file or directory");
        self.seen.ending = if is_missing {
            Ending::NotFound
        } else {
            Ending::NotExecutable(said)
        };
    }
}

/// Passes our standard input on to its end.
async fn feed(mut input: Pin<Box<dyn AsyncWrite + Send>>) {
    let (send, mut receive) = mpsc::channel::<Bytes>(4);
    let reader = std::thread::Builder::new().spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match io::stdin().lock().read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => {
                    if send
                        .blocking_send(Bytes::copy_from_slice(&buffer[..length]))
                        .is_err()
                    {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    if reader.is_err() {
        return;
    }
    while let Some(bytes) = receive.recv().await {
        // A command that reads no further does not want to know.
        if input.write_all(&bytes).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
    let _ = input.shutdown().await;
}

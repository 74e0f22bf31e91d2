//! What came of a run.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use arc_inside::{Layer, Lost};

/// How many times the kept output a command may print before it is ended.
#[cfg(target_os = "linux")]
pub(crate) const OUTPUT_PATIENCE: u64 = 4;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// How the command ended.
    pub ending: Ending,
    /// Limits that the command met, whether or not they ended it.
    pub met: Vec<Limit>,
    /// What stood between the command and the machine.
    pub layers: Vec<Layer>,
    /// The image of the container it ran in, by its content.
    pub image: Option<String>,
    /// Where the command saw the project: under its own path, unless that cannot be had.
    pub seen_at: PathBuf,
    /// What could not be had here, and why.
    pub lost: Vec<Lost>,
    /// The first bytes of standard output.
    pub stdout: Output,
    /// The first bytes of standard error.
    pub stderr: Output,
    /// Time on the clock.
    pub wall: Duration,
    /// Time on processors, of all processes.
    pub cpu: Duration,
    /// The most memory used at one time, in bytes, as far as it was seen.
    pub peak_memory: u64,
    /// The most processes and threads at one time, as far as they were seen.
    pub peak_processes: u32,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, which was not ours.
    Signaled(i32),
    /// It met a limit and was ended.
    Limited(Limit),
    /// There is no such command.
    NotFound,
    /// The command cannot be executed, for this reason.
    NotExecutable(String),
    /// Somebody wanted it to end.
    Cancelled,
}

/// A limit of [`crate::Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Time on the clock.
    Wall,
    /// Time on processors.
    Cpu,
    /// Memory.
    Memory,
    /// Processes and threads.
    Processes,
    /// Bytes of files.
    Disk,
    /// Number of files.
    Files,
    /// Bytes printed.
    Output,
}

impl Limit {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::Wall => "wall",
            Limit::Cpu => "cpu",
            Limit::Memory => "memory",
            Limit::Processes => "processes",
            Limit::Disk => "disk",
            Limit::Files => "files",
            Limit::Output => "output",
        }
    }
}

/// One of the two outputs of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The first bytes, up to the limit.
    pub bytes: Vec<u8>,
    /// How many there were.
    pub total: u64,
}

impl Output {
    /// Whether something was dropped.
    pub fn is_truncated(&self) -> bool {
        self.total > self.bytes.len() as u64
    }
}

/// Why a job was not run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The job makes no sense.
    #[error("{why}")]
    Job {
        /// What is wrong with it.
        why: String,
    },
    /// This machine cannot give what is asked for.
    #[error("this machine cannot give {asked}: {why}")]
    Refused {
        /// What cannot be had.
        asked: String,
        /// Why.
        why: String,
    },
    /// The command ran, and what came of it is not known.
    #[error("the command ran, but {why}")]
    Lost {
        /// What happened.
        why: String,
    },
    /// Something failed that works everywhere.
    #[error("cannot {what}")]
    System {
        /// What failed.
        what: String,
        /// Why.
        source: io::Error,
    },
}

impl SandboxError {
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> SandboxError {
        let what = what.into();
        move |source| SandboxError::System { what, source }
    }
}

//! Commands in the sandbox: they see the project under its own path, and what they write is gone with the run.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arc_sandbox::{
    Backend, Enclosure, Ending, Host, Job, Limit, Network, Scratch, Version, build_caches,
    default_limits, passed_variables, spoken_variables, tool_folders, with_path_replaced,
};

use crate::RunError;
use crate::child::{Finished, variable};
use crate::runner::Runner;

/// Bytes of a file that a command left.
const MOST_BYTES: u64 = 4 << 20;

/// Runs commands in the sandbox.
pub struct SandboxRunner {
    backend: Backend,
    job: Job,
    layers: Vec<String>,
}

impl SandboxRunner {
    /// A sandbox around the project at `root`, for a command that starts in `folder`. `environment` is everything known; the
    /// command gets what the sandbox passes on.
    #[must_use]
    pub fn new(
        root: &Path,
        folder: &Path,
        command: &[OsString],
        environment: &[(OsString, OsString)],
    ) -> SandboxRunner {
        let home = variable(environment, "HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        let passed = passed_variables(environment.iter().cloned(), &home);
        let readable = tool_folders(&home, &passed, (command.first(), folder, root));
        SandboxRunner {
            backend: Backend::Own,
            job: Job {
                command: command.to_vec(),
                work: root.to_owned(),
                folder: folder.to_owned(),
                layered: build_caches(&home, root, folder),
                home,
                readable,
                environment: passed,
                versions: Vec::new(),
                enclosure: Enclosure::Strongest,
                network: Network::None,
                hosts: Vec::new(),
                limits: default_limits(),
                reads_input: false,
            },
            layers: Vec::new(),
        }
    }

    /// The same with another enclosure than the strongest there is.
    #[must_use]
    pub fn enclosed(mut self, enclosure: Enclosure) -> SandboxRunner {
        self.job.enclosure = enclosure;
        self
    }

    /// The same enclosed by another back end; `environment` is everything known.
    #[must_use]
    pub fn by(mut self, backend: Backend, environment: &[(OsString, OsString)]) -> SandboxRunner {
        if let Backend::Docker(_) = backend {
            // Tools and their paths are those of the image.
            self.job.environment = spoken_variables(environment.iter().cloned(), &self.job.home);
            self.job.readable = Vec::new();
        }
        self.backend = backend;
        self
    }

    /// The same with something to connect to; `hosts` are those of [`Network::Listed`].
    #[must_use]
    pub fn connected(mut self, network: Network, hosts: Vec<Host>) -> SandboxRunner {
        self.job.network = network;
        self.job.hosts = hosts;
        self
    }
}

impl SandboxRunner {
    fn run_job(
        &mut self,
        mut job: Job,
        versions: &[Version],
        wall: Duration,
    ) -> Result<(Finished, Scratch), RunError> {
        job.versions = versions.to_vec();
        job.limits.wall = wall;
        let (report, scratch) =
            arc_sandbox::run_by(&self.backend, &job, None, &AtomicBool::new(false))?;
        self.layers = report
            .layers
            .iter()
            .map(|layer| layer.as_str().to_owned())
            .collect();
        let program = job.command.first().map_or_else(String::new, |program| {
            program.to_string_lossy().into_owned()
        });
        let (code, signal) = match &report.ending {
            Ending::Exited(code) => (Some(*code), None),
            Ending::Signaled(signal) => (None, Some(*signal)),
            Ending::Limited(_) | Ending::Cancelled => (None, None),
            Ending::NotFound => {
                return Err(RunError::Start {
                    program,
                    source: std::io::ErrorKind::NotFound.into(),
                });
            }
            Ending::NotExecutable(why) => {
                return Err(RunError::Start {
                    program,
                    source: std::io::Error::other(why.clone()),
                });
            }
        };
        // A copy has another path; nobody outside knows it.
        let told = |bytes: Vec<u8>| {
            let [seen, own] =
                [&report.seen_at, &job.work].map(|path| path.as_os_str().as_encoded_bytes());
            if seen == own {
                bytes
            } else {
                with_path_replaced(&bytes, seen, own)
            }
        };
        let finished = Finished {
            code,
            signal,
            timed_out: report.ending == Ending::Limited(Limit::Wall),
            stdout: told(report.stdout.bytes),
            stderr: told(report.stderr.bytes),
            wall: report.wall,
        };
        Ok((finished, scratch))
    }
}

impl Runner for SandboxRunner {
    fn run(&mut self, versions: &[Version], wall: Duration) -> Result<Finished, RunError> {
        Ok(self.run_job(self.job.clone(), versions, wall)?.0)
    }

    fn run_other(
        &mut self,
        (command, folder): (&[OsString], &Path),
        versions: &[Version],
        wall: Duration,
    ) -> Result<Finished, RunError> {
        let job = Job {
            command: command.to_vec(),
            folder: folder.to_owned(),
            ..self.job.clone()
        };
        Ok(self.run_job(job, versions, wall)?.0)
    }

    fn run_editing(
        &mut self,
        (command, folder): (&[OsString], &Path),
        versions: &[Version],
        (path, wall): (&Path, Duration),
    ) -> Result<Option<Vec<u8>>, RunError> {
        let job = Job {
            command: command.to_vec(),
            folder: folder.to_owned(),
            ..self.job.clone()
        };
        let (_, scratch) = self.run_job(job, versions, wall)?;
        // What the command has removed, or made something else of, is no file any more.
        let Ok(file) = scratch.open(path) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let is_read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes).is_ok();
        // Half of a file would be another one.
        let is_whole = bytes.len() as u64 <= MOST_BYTES;
        Ok((is_read && is_whole).then_some(bytes))
    }

    fn layers(&self) -> Vec<String> {
        self.layers.clone()
    }

    fn reaches_network(&self) -> bool {
        self.job.network != Network::None
    }
}

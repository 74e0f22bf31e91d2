//! Commands in the sandbox: they see the project under its own path, and what they write is gone with the run.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arc_sandbox::{Ending, Job, Limit, Network, default_limits, passed_variables, tool_folders};

use crate::RunError;
use crate::child::{Finished, variable};
use crate::runner::{Runner, Version};

/// Runs commands in the sandbox.
pub struct SandboxRunner {
    job: Job,
    command: Vec<OsString>,
    layers: Vec<String>,
}

/// Writes a version of a file in the place of the project's own, inside of the sandbox, and becomes the command. The
/// version comes as arguments: nothing of it lies in a folder that others read, or is left behind.
const TAKE_OVER: &str = r#"
set -e
target=$1 mode=$2 parts=$3
shift 3
rm -f -- "$target"
: > "$target"
while [ "$parts" -gt 0 ]; do
  printf %s "$1" >> "$target"
  shift
  parts=$((parts - 1))
done
chmod "$mode" "$target"
exec "$@""#;

/// What one argument may hold everywhere.
const PART: usize = 64 << 10;

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
        let readable =
            variable(&passed, "PATH").map_or_else(Vec::new, |path| tool_folders(&home, path));
        SandboxRunner {
            job: Job {
                command: Vec::new(),
                work: root.to_owned(),
                folder: folder.to_owned(),
                home,
                readable,
                environment: passed,
                network: Network::None,
                limits: default_limits(),
                reads_input: false,
            },
            command: command.to_vec(),
            layers: Vec::new(),
        }
    }

    /// The command with everything that has to happen before it.
    fn staged(&self, versions: &[Version]) -> Vec<OsString> {
        let mut command = self.command.clone();
        for version in versions {
            let parts: Vec<OsString> = version
                .bytes
                .chunks(PART)
                .map(|part| OsString::from_vec(part.to_vec()))
                .collect();
            let mut around: Vec<OsString> = ["/bin/sh", "-c", TAKE_OVER, "sh"]
                .map(OsString::from)
                .into();
            around.push(self.job.work.join(&version.path).into());
            around.push(format!("{:o}", version.mode).into());
            around.push(parts.len().to_string().into());
            around.extend(parts);
            around.append(&mut command);
            command = around;
        }
        command
    }
}

impl Runner for SandboxRunner {
    fn run(&mut self, versions: &[Version], wall: Duration) -> Result<Finished, RunError> {
        let mut job = self.job.clone();
        job.command = self.staged(versions);
        job.limits.wall = wall;
        let (report, _scratch) = arc_sandbox::run(&job, None, &AtomicBool::new(false))?;
        self.layers = report
            .layers
            .iter()
            .map(|layer| layer.as_str().to_owned())
            .collect();
        let program = self.command.first().map_or_else(String::new, |program| {
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
        Ok(Finished {
            code,
            signal,
            timed_out: report.ending == Ending::Limited(Limit::Wall),
            stdout: report.stdout.bytes,
            stderr: report.stderr.bytes,
            wall: report.wall,
        })
    }

    fn layers(&self) -> Vec<String> {
        self.layers.clone()
    }
}

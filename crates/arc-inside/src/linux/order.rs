//! What the two sides of a sandbox say to each other, and the names they both know.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::{Job, Layer, Lost};

/// The folders of a private place: the copy of the project, the home, and the one for temporary files of a command.
pub const COPY: &str = "copy";
/// See [`COPY`].
pub const HOME: &str = "home";
/// See [`COPY`].
pub const TEMPORARY: &str = "tmp";

/// Where the proxy listens inside, where nobody else does yet.
pub const PROXY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 3128);

/// What a sandbox is told to do.
#[derive(Serialize, Deserialize)]
pub struct Order {
    /// The job, with the paths under which the command sees what it is about.
    pub job: Job,
    /// Who the command is.
    pub identity: Identity,
    /// A control group counts memory and processes.
    pub is_counted: bool,
    /// There are to be no namespaces.
    pub copied: Option<Copied>,
    /// How many bytes of what comes along belong to each version of a file, one behind the other.
    pub sizes: Vec<usize>,
}

impl Order {
    /// Puts what came along where it belongs.
    pub(super) fn fill(&mut self, content: OwnedFd) -> io::Result<()> {
        let mut content = File::from(content);
        for (version, size) in self.job.versions.iter_mut().zip(&self.sizes) {
            version.bytes = vec![0; *size];
            content.read_exact(&mut version.bytes)?;
        }
        Ok(())
    }
}

/// What a sandbox without namespaces is made of.
#[derive(Serialize, Deserialize)]
pub struct Copied {
    /// The project itself.
    pub project: PathBuf,
    /// The home itself.
    pub home: PathBuf,
    /// Where the copy goes, and all that the command writes.
    pub place: PathBuf,
    /// Nothing is denied to the command by us.
    pub is_open: bool,
    /// The bubblewrap that makes the namespaces.
    pub wrapper: Option<PathBuf>,
}

/// What a sandbox says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Word {
    /// It is in a new user namespace and waits for its maps to be written.
    Unmapped,
    /// Its init has this number outside.
    Init(i32),
    /// Everything stands. The scratch comes along, the list of processes if there is one, and where the proxy `listens` if it does.
    Ready {
        /// What stands between the command and the machine.
        layers: Vec<Layer>,
        /// What could not be had.
        lost: Vec<Lost>,
        /// A listener for the proxy comes along, as the last.
        listens: bool,
    },
    /// It cannot be made; nothing has run.
    Failed {
        /// Why.
        why: String,
    },
    /// The command does not exist, or cannot be executed.
    NotRun {
        /// There is no such command.
        is_missing: bool,
        /// Why it was not run.
        why: String,
    },
    /// The command ended with a code or by a signal.
    Ended {
        /// The code it ended with.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Time on processors, of all that was waited for.
        cpu_micros: u64,
    },
}

/// The processes of a sandbox that are not the command's.
pub const OWN_PROCESSES: u32 = 2;

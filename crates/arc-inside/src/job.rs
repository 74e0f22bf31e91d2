//! What is to be run, on what, with how much.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A command and all that it may see and use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The program and its arguments; the program is looked for in the `PATH` of `environment`.
    pub command: Vec<OsString>,
    /// The project, absolute and without links. The command sees it under this path and writes to a layer above it.
    pub work: PathBuf,
    /// Where the command starts: `work` or a folder in it.
    pub folder: PathBuf,
    /// The home of the user. The command gets an empty one under this path.
    pub home: PathBuf,
    /// Files and folders that are seen read-only beside the system's.
    pub readable: Vec<PathBuf>,
    /// Folders in `home` of which the command gets a layer: it reads what is there, and what it writes is gone with it.
    pub layered: Vec<PathBuf>,
    /// All variables the command gets.
    pub environment: Vec<(OsString, OsString)>,
    /// Files of the project that the command finds with another content than they have.
    pub versions: Vec<Version>,
    /// How strong the enclosure has to be.
    pub enclosure: Enclosure,
    /// What the command may connect to.
    pub network: Network,
    /// The hosts of [`Network::Listed`].
    pub hosts: Vec<Host>,
    /// How much it may use.
    pub limits: Limits,
    /// Whether the command reads our standard input; else it has none.
    pub reads_input: bool,
}

/// A file of a project as it is to be seen by a command, in the place of the project's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Relative to the project.
    pub path: PathBuf,
    /// What it holds. It goes into a sandbox by itself, since there may be much of it.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// How strong an enclosure has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enclosure {
    /// The strongest that this machine can give, [`Enclosure::Filters`] at least.
    Strongest,
    /// Namespaces and all that goes with them.
    Namespaces,
    /// No namespaces: a private copy of the project, Landlock, a filter of system calls, no sockets, limits that are looked after.
    Filters,
    /// None: a private copy of the project, the rights of whoever starts it, and limits that are looked after.
    None,
}

/// What a command may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Nothing but itself: a loopback interface of its own.
    None,
    /// Itself, and by a proxy some hosts. Only with namespaces, since without them nothing but the proxy's good manners would keep it to these.
    Listed,
    /// Whatever this machine can, services on its loopback interface included.
    Host,
}

impl Network {
    /// The word for it on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Network::None => "none",
            Network::Listed => "listed",
            Network::Host => "host",
        }
    }
}

/// A host that a command may speak to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// The host that a text means: `example.org`, `example.org:8080`, `10.0.0.1`, `[::1]:80`. `None` when it means none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Host> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, port) = rest.split_once(']')?;
                (
                    name,
                    if port.is_empty() {
                        None
                    } else {
                        Some(port.strip_prefix(':')?)
                    },
                )
            }
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name.is_empty() || !name.chars().all(is_letter) {
            return None;
        }
        let port = match port {
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        Some(Host { name, port })
    }

    /// Whether this is the host, at this port; without one of its own those of the web.
    #[must_use]
    pub fn allows(&self, name: &str, port: u16) -> bool {
        self.name == name
            && self
                .port
                .map_or(port == 80 || port == 443, |own| own == port)
    }

    /// Whether it is this machine as the command sees it.
    #[must_use]
    pub fn is_inner(&self) -> bool {
        matches!(self.name.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

/// How much a command and all that it starts may use together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time on the clock.
    pub wall: Duration,
    /// Time on processors, all processes together.
    pub cpu: Option<Duration>,
    /// Bytes of memory. What is written to files lies in memory too.
    pub memory: u64,
    /// Processes and threads at one time.
    pub processes: u32,
    /// Bytes of files written: to the project, the home, `/tmp` and `/dev/shm` together.
    pub disk: u64,
    /// Files, folders and links made.
    pub files: u64,
    /// Bytes of each of the two outputs that are kept. What comes after is counted and dropped, and four times as
    /// much ends the command.
    pub output: u64,
}

/// Enough for the tests of most projects, and no danger to a small machine.
pub fn default_limits() -> Limits {
    Limits {
        wall: Duration::from_secs(600),
        cpu: None,
        memory: 4 << 30,
        processes: 512,
        disk: 2 << 30,
        files: 200_000,
        output: 8 << 20,
    }
}

/// Folders of the system that cannot be a project: a layer above one would hide what the command needs to run.
const SYSTEM: &[&str] = &[
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys",
    "/usr", "/var",
];

impl Job {
    /// Whether the job makes sense, before anything is done about it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let wrong = |why: &str| Err(why.to_owned());
        if self
            .command
            .first()
            .is_none_or(|program| program.is_empty())
        {
            return wrong("no command is given");
        }
        if has_nul(&self.command)
            || self
                .environment
                .iter()
                .any(|(name, value)| nul(name) || nul(value))
        {
            return wrong("an argument or a variable has a NUL byte in it");
        }
        let is_clean = |path: &Path| {
            path.is_absolute()
                && path
                    .components()
                    .all(|part| !matches!(part, Component::ParentDir | Component::CurDir))
        };
        if !is_clean(&self.work) || !self.folder.starts_with(&self.work) || !is_clean(&self.folder)
        {
            return wrong("the folder to start in is not in the project");
        }
        let is_inside = |version: &Version| {
            version
                .path
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        if (self.network == Network::Listed) == self.hosts.is_empty() {
            return wrong("hosts are listed if and only if the network is a list of them");
        }
        if !self.versions.iter().all(is_inside) {
            return wrong("a version of a file is not in the project");
        }
        if !self.work.is_dir() {
            return Err(format!("{} is no folder", self.work.display()));
        }
        if self.work.parent().is_none()
            || SYSTEM.iter().any(|system| self.work == Path::new(system))
        {
            return Err(format!(
                "{} is the system, not a project",
                self.work.display()
            ));
        }
        Ok(())
    }

    /// The home inside: the user's own path, unless that is nothing a folder can be put under.
    #[must_use]
    pub fn inner_home(&self) -> PathBuf {
        let is_system = SYSTEM.iter().any(|system| self.home == Path::new(system));
        if self.home.is_absolute() && self.home.parent().is_some() && !is_system {
            self.home.clone()
        } else {
            PathBuf::from("/home/arc")
        }
    }
}

fn nul(text: &OsString) -> bool {
    text.as_encoded_bytes().contains(&0)
}

fn has_nul(texts: &[OsString]) -> bool {
    texts.iter().any(nul)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(work: &str) -> Job {
        Job {
            command: vec!["true".into()],
            work: work.into(),
            folder: work.into(),
            home: "/root".into(),
            readable: Vec::new(),
            layered: Vec::new(),
            environment: Vec::new(),
            versions: Vec::new(),
            enclosure: Enclosure::Strongest,
            network: Network::None,
            hosts: Vec::new(),
            limits: default_limits(),
            reads_input: false,
        }
    }

    #[test]
    fn the_system_is_no_project() {
        for work in ["/", "/usr", "/etc", "/proc", "relative", "/nowhere/at/all"] {
            assert!(job(work).check().is_err(), "{work}");
        }
        assert!(job("/tmp").check().is_ok());
    }

    #[test]
    fn a_folder_outside_of_the_project_is_refused() {
        let mut job = job("/tmp");
        job.folder = "/var".into();
        assert!(job.check().is_err());
        job.folder = "/tmp/../etc".into();
        assert!(job.check().is_err());
    }

    #[test]
    fn a_version_outside_of_the_project_is_refused() {
        let mut job = job("/tmp");
        for (path, is_right) in [("a/b", true), ("../b", false), ("/etc/passwd", false)] {
            job.versions = vec![Version {
                path: path.into(),
                bytes: Vec::new(),
                mode: 0o644,
            }];
            assert_eq!(job.check().is_ok(), is_right, "{path}");
        }
    }

    #[test]
    fn hosts_are_named_exactly() {
        let allows = |text: &str, name: &str, port| {
            Host::parse(text).is_some_and(|host| host.allows(name, port))
        };
        assert!(
            allows("Example.org", "example.org", 443) && allows("example.org", "example.org", 80)
        );
        assert!(!allows("example.org", "example.org", 22));
        assert!(
            !allows("example.org", "a.example.org", 443)
                && !allows("example.org", "example.org.evil", 443)
        );
        assert!(
            allows("example.org:22", "example.org", 22)
                && !allows("example.org:22", "example.org", 443)
        );
        assert!(allows("[::1]:80", "::1", 80) && allows("::1", "::1", 443));
        for wrong in [
            "",
            "*",
            "*.example.org",
            "a b",
            "http://a",
            "a:",
            "a:x",
            "a/b",
            "[::1",
            "[::1]x",
        ] {
            assert_eq!(Host::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nul_bytes_are_refused() {
        let mut job = job("/tmp");
        job.command.push("a\0b".into());
        assert!(job.check().is_err());
    }
}

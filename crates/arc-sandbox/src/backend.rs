//! By whom a job is enclosed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::SandboxError;

/// By whom a job is enclosed.
#[derive(Clone, Debug, PartialEq)]
pub enum Backend {
    /// By this program: the strongest enclosure that the job allows.
    Own,
    /// By bubblewrap, and by limits and a filter of this program.
    Bubblewrap {
        /// The program, which [`find_bubblewrap`] finds.
        program: PathBuf,
    },
    /// By a container of an engine that speaks the API of Docker.
    Docker(Container),
}

impl Backend {
    /// The word for it on the command line and in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Backend::Own => "own",
            Backend::Bubblewrap { .. } => "bubblewrap",
            Backend::Docker(_) => "docker",
        }
    }
}

/// The container that a job is to run in.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// The name of an image that the engine has; it needs a `/bin/sh`.
    pub image: String,
    /// Sockets of engines. The first that there is is asked, and no other.
    pub sockets: Vec<PathBuf>,
    /// How many processors it may use at one time, in billionths.
    pub nano_cpus: Option<i64>,
}

/// Where an engine may listen: where `DOCKER_HOST` says, else where Docker and Podman listen by themselves.
///
/// # Errors
///
/// When `DOCKER_HOST` names anything but a socket of this machine.
pub fn engine_sockets(
    docker_host: Option<&OsStr>,
    runtime_folder: Option<&OsStr>,
    home: &Path,
) -> Result<Vec<PathBuf>, SandboxError> {
    if let Some(host) = docker_host.filter(|host| !host.is_empty()) {
        let path = host
            .to_str()
            .and_then(|host| host.strip_prefix("unix://"))
            .filter(|path| path.starts_with('/'));
        return match path {
            Some(path) => Ok(vec![path.into()]),
            None => Err(SandboxError::Refused {
                asked: "a container".to_owned(),
                why: format!(
                    "DOCKER_HOST is {}, and only sockets of this machine are spoken to (unix:///…)",
                    host.display()
                ),
            }),
        };
    }
    let runtime = runtime_folder
        .map(Path::new)
        .filter(|path| path.is_absolute());
    let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
    sockets.extend(runtime.map(|folder| folder.join("docker.sock")));
    sockets.push(home.join(".docker/run/docker.sock"));
    sockets.extend(runtime.map(|folder| folder.join("podman/podman.sock")));
    sockets.push("/run/podman/podman.sock".into());
    Ok(sockets)
}

/// The `bwrap` of a `PATH`. One in the project is the project's, and not believed.
#[must_use]
pub fn find_bubblewrap(path: &OsStr, project: &Path) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .filter_map(|folder| folder.join("bwrap").canonicalize().ok())
        .find(|program| program.is_file() && !program.starts_with(project))
}

/// Why a back end cannot be had here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There is none.
    Absent,
    /// There is one, and it cannot be used for this reason.
    Broken(String),
}

/// Tries a back end that is not our own without running anything of anybody: what it is.
///
/// # Errors
///
/// When it cannot be had.
pub fn examine(backend: &Backend) -> Result<String, Unfit> {
    #[cfg(target_os = "linux")]
    match backend {
        Backend::Own => Ok("this program".to_owned()),
        Backend::Bubblewrap { program } => crate::linux::examine_bubblewrap(program),
        Backend::Docker(container) => crate::docker::examine(&container.sockets),
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = backend;
        Err(Unfit::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_named_is_the_only_one() {
        let of = |host: &str| engine_sockets(Some(host.as_ref()), None, Path::new("/home/me"));
        assert_eq!(
            of("unix:///a/b.sock").expect("a socket"),
            [PathBuf::from("/a/b.sock")]
        );
        for host in ["tcp://10.0.0.1:2375", "ssh://host", "unix://relative", "/a"] {
            assert!(of(host).is_err(), "{host}");
        }
        let usual = of("").expect("the usual ones");
        assert!(usual.contains(&PathBuf::from("/var/run/docker.sock")) && usual.len() > 2);
    }

    #[test]
    fn a_bubblewrap_of_the_project_is_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("its path");
        for name in ["project", "system"] {
            std::fs::create_dir(top.join(name)).expect("made");
            std::fs::write(top.join(name).join("bwrap"), "").expect("written");
        }
        std::os::unix::fs::symlink(top.join("project"), top.join("link")).expect("made");
        let project = top.join("project");
        let path = std::env::join_paths([&project, &top.join("link"), &top.join("system")]);
        let path = path.expect("a path");
        assert_eq!(
            find_bubblewrap(&path, &project),
            Some(top.join("system/bwrap"))
        );
        assert_eq!(find_bubblewrap(OsStr::new("bin:."), &project), None);
    }
}

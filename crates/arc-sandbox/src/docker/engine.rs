//! An engine that answers at a socket of this machine, and what is asked of it. Every request has its time and ends when we are to end.

use std::collections::HashMap;
use std::future::Future;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bollard::errors::Error;
use bollard::models::SystemInfo;
use bollard::query_parameters::{ListContainersOptions, RemoveContainerOptions};
use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::runtime::Runtime;

use super::owner::{LABEL, is_left};
use crate::{SandboxError, Unfit};

/// How long an engine may take to say who it is.
const HELLO: Duration = Duration::from_secs(5);
/// How long it may take for any other answer to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to receive a project.
const MUCH: Duration = Duration::from_secs(900);
/// How long the end of a container may take.
const FAREWELL: Duration = Duration::from_secs(20);
/// How often we look whether we are to end.
const TICK: Duration = Duration::from_millis(20);

/// An engine that answered.
pub(super) struct Engine<'a> {
    pub(super) docker: Docker,
    pub(super) socket: PathBuf,
    pub(super) runtime: &'a Runtime,
    cancelled: &'a AtomicBool,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// The engine said no, or broke off.
    Error(Error),
    /// It did not answer in time.
    Late(Duration),
    /// We are to end.
    Cancelled,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failed::Error(Error::DockerResponseServerError {
                status_code,
                message,
            }) => write!(f, "the engine says {status_code}: {}", message.trim()),
            Failed::Error(error) => {
                write!(f, "{error}")?;
                let mut source = std::error::Error::source(error);
                while let Some(error) = source {
                    write!(f, ": {error}")?;
                    source = error.source();
                }
                Ok(())
            }
            Failed::Late(patience) => {
                write!(f, "no answer within {} s", patience.as_secs())
            }
            Failed::Cancelled => write!(f, "interrupted"),
        }
    }
}

impl Failed {
    /// The number of an answer that is a «no».
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Failed::Error(Error::DockerResponseServerError { status_code, .. }) => {
                Some(*status_code)
            }
            Failed::Error(_) | Failed::Late(_) | Failed::Cancelled => None,
        }
    }
}

impl<'a> Engine<'a> {
    /// The engine at the first of the sockets that there is.
    pub(super) fn find(
        sockets: &[PathBuf],
        runtime: &'a Runtime,
        cancelled: &'a AtomicBool,
    ) -> Result<Engine<'a>, SandboxError> {
        let mut tried = Vec::new();
        for socket in sockets {
            match UnixStream::connect(socket) {
                Ok(_) => return Engine::greet(socket, runtime, cancelled),
                Err(error) => tried.push(format!("{}: {error}", socket.display())),
            }
        }
        Err(no_container(&format!(
            "no engine answers ({}); start Docker or Podman, or name its socket: DOCKER_HOST=unix:///…",
            tried.join("; ")
        )))
    }

    fn greet(
        socket: &Path,
        runtime: &'a Runtime,
        cancelled: &'a AtomicBool,
    ) -> Result<Engine<'a>, SandboxError> {
        let no = |why: &dyn std::fmt::Display| {
            no_container(&format!(
                "the engine at {} cannot be asked: {why}",
                socket.display()
            ))
        };
        let name = socket
            .to_str()
            .ok_or_else(|| no(&"the path of its socket is no text"))?;
        let docker = Docker::connect_with_unix(name, MUCH.as_secs(), API_DEFAULT_VERSION)
            .map_err(|error| no(&error))?;
        let docker = within(runtime, cancelled, HELLO, docker.negotiate_version())
            .map_err(|failed| no(&failed))?;
        Ok(Engine {
            docker,
            socket: socket.to_owned(),
            runtime,
            cancelled,
        })
    }

    /// Waits for an answer.
    pub(super) fn ask<T>(
        &self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        within(self.runtime, self.cancelled, PATIENCE, request)
    }

    /// Waits for an answer to much that is sent.
    pub(super) fn ask_with_much<T>(
        &self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        within(self.runtime, self.cancelled, MUCH, request)
    }

    /// Whether we are to end.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Waits for an answer that matters also when we are to end.
    pub(super) fn finish<T>(
        &self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        within(self.runtime, &AtomicBool::new(false), FAREWELL, request)
    }

    /// What it is made of.
    pub(super) fn info(&self) -> Result<SystemInfo, SandboxError> {
        self.ask(self.docker.info()).map_err(|failed| {
            no_container(&format!("the engine does not say what it can: {failed}"))
        })
    }

    /// Removes a container with all that was made for it. One that is not there any more, or goes already, is fine.
    pub(super) fn remove(&self, container: &str) -> Result<(), Failed> {
        let options = RemoveContainerOptions {
            v: true,
            force: true,
            link: false,
        };
        match self.finish(self.docker.remove_container(container, Some(options))) {
            Err(failed) if matches!(failed.status(), Some(404 | 409)) => Ok(()),
            other => other,
        }
    }

    /// Removes what killed runs left behind.
    pub(super) fn sweep(&self) {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([(
                "label".to_owned(),
                vec![LABEL.to_owned()],
            )])),
            ..ListContainersOptions::default()
        };
        // Whoever cannot list containers will hear so when one is made; one that cannot be removed is tried again by the next run.
        let Ok(list) = self.ask(self.docker.list_containers(Some(options))) else {
            return;
        };
        for container in list {
            let is_running = container
                .state
                .is_some_and(|state| matches!(state.to_string().as_str(), "running" | "paused"));
            if let Some(id) = container.id
                && is_left(&container.labels.unwrap_or_default(), is_running)
            {
                let _ = self.remove(&id);
            }
        }
    }
}

/// Waits for an answer, so long and no longer.
fn within<T>(
    runtime: &Runtime,
    cancelled: &AtomicBool,
    patience: Duration,
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failed> {
    runtime.block_on(async {
        let mut request = std::pin::pin!(request);
        let start = Instant::now();
        loop {
            if let Ok(answer) = tokio::time::timeout(TICK, &mut request).await {
                return answer.map_err(Failed::Error);
            }
            if cancelled.load(Ordering::Relaxed) {
                return Err(Failed::Cancelled);
            }
            if start.elapsed() > patience {
                return Err(Failed::Late(patience));
            }
        }
    })
}

pub(super) fn no_container(why: &str) -> SandboxError {
    SandboxError::Refused {
        asked: "a container".to_owned(),
        why: why.to_owned(),
    }
}

/// Who answers at the first of the sockets that there is, and what it lacks of what a container of ours needs.
pub(crate) fn examine(sockets: &[PathBuf]) -> Result<String, Unfit> {
    let runtime = super::runtime().map_err(|error| Unfit::Broken(error.to_string()))?;
    let cancelled = AtomicBool::new(false);
    if !sockets.iter().any(|socket| socket.exists()) {
        return Err(Unfit::Absent);
    }
    let told = |error: SandboxError| match error {
        SandboxError::Refused { why, .. } => Unfit::Broken(why),
        SandboxError::Job { why } | SandboxError::Lost { why } => Unfit::Broken(why),
        SandboxError::System { what, source } => Unfit::Broken(format!("cannot {what}: {source}")),
    };
    let engine = Engine::find(sockets, &runtime, &cancelled).map_err(told)?;
    let info = engine.info().map_err(told)?;
    super::container::lacks(&info).map_err(told)?;
    Ok(format!(
        "an engine answers at {} (version {})",
        engine.socket.display(),
        info.server_version.as_deref().unwrap_or("unknown")
    ))
}

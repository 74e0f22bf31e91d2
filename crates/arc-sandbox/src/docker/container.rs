//! The container of a job: what it is made of, and its life from its making to its removal.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_inside::INNER_ID;
use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig,
    Mount, MountType, MountVolumeOptions, MountVolumeOptionsDriverConfig, ResourcesUlimits,
    SystemInfo,
};
use bollard::query_parameters::{
    AttachContainerOptions, CreateContainerOptions, StartContainerOptions,
};
use tokio::io::AsyncWrite;

use super::engine::{Engine, Failed, no_container};
use super::owner::{LABEL, owner};
use crate::{Container, Job, Layer, Lost, Network, SandboxError};

/// The processes of a container that are not the command's: an init that takes in orphans, and the shell that holds it.
pub(super) const OWN_PROCESSES: u32 = 2;
/// Bytes of `/dev/shm`.
const SHARED: u64 = 64 << 20;

/// Who a command is inside.
pub(super) fn user() -> String {
    format!("{INNER_ID}:{INNER_ID}")
}

/// An image that the engine has.
pub(super) struct Image {
    /// Its id, which names this very content.
    pub(super) id: String,
    /// Folders that it wants to have on a disk.
    volumes: Vec<String>,
}

/// Looks for an image. It is never fetched: nobody asked for that.
pub(super) fn image(engine: &Engine<'_>, name: &str) -> Result<Image, SandboxError> {
    let no = |why: String| SandboxError::Refused {
        asked: format!("the image {name}"),
        why,
    };
    let found = engine.ask(engine.docker.inspect_image(name));
    let found = found.map_err(|failed| match failed.status() {
        Some(404) => no(format!(
            "the engine at {} does not have it; `docker pull {name}` fetches it",
            engine.socket.display()
        )),
        Some(_) | None => no(failed.to_string()),
    })?;
    if found.os.as_deref().is_some_and(|os| os != "linux") {
        return Err(no("it is not of Linux".to_owned()));
    }
    let volumes = found.config.and_then(|config| config.volumes);
    Ok(Image {
        id: found.id.unwrap_or_default(),
        volumes: volumes.unwrap_or_default(),
    })
}

/// Refuses an engine that cannot hold a command to its limits.
pub(super) fn lacks(info: &SystemInfo) -> Result<(), SandboxError> {
    if info.os_type.as_deref().is_some_and(|os| os != "linux") {
        return Err(no_container("the engine runs containers of another system"));
    }
    for (can, what) in [
        (info.memory_limit, "memory"),
        (info.pids_limit, "processes"),
    ] {
        if can == Some(false) {
            return Err(no_container(&format!(
                "the engine cannot limit {what} here"
            )));
        }
    }
    Ok(())
}

/// What stands between a command in a container and the machine, and what does not.
pub(super) fn layers(info: &SystemInfo, job: &Job) -> (Vec<Layer>, Vec<Lost>) {
    let options = info.security_options.as_deref().unwrap_or_default();
    let has = |name: &str| {
        options.iter().any(|option| {
            let mut parts = option.split(',');
            parts
                .next()
                .is_some_and(|part| part == name || part == format!("name={name}"))
                && !parts.any(|part| part == "profile=unconfined")
        })
    };
    let mut layers = vec![Layer::Container];
    let mut lost = Vec::new();
    if has("userns") || has("rootless") {
        layers.insert(0, Layer::UserNamespace);
    } else {
        lost.push(Lost {
            layer: Layer::UserNamespace,
            why: "the engine gives containers the users of the machine".to_owned(),
        });
    }
    if job.network == Network::None {
        layers.push(Layer::NetworkNamespace);
    }
    layers.push(Layer::Copy);
    if has("seccomp") {
        layers.push(Layer::Seccomp);
    } else {
        lost.push(Lost {
            layer: Layer::Seccomp,
            why: "the engine filters no system calls".to_owned(),
        });
    }
    layers.push(Layer::ControlGroup);
    (layers, lost)
}

/// A container that is removed when this is dropped. While it runs, a shell waits in it for words that never come: when we are gone,
/// however that came about, the shell ends, and with it the container and all that was made for it.
pub(super) struct Held<'e, 'a> {
    engine: &'e Engine<'a>,
    /// Its name, which it has before anybody knows its id.
    pub(super) name: String,
    hold: Option<Pin<Box<dyn AsyncWrite + Send>>>,
    is_removed: bool,
}

impl<'e, 'a> Held<'e, 'a> {
    /// Makes a container and starts it. `copied` are the bytes and files that the project takes in it.
    pub(super) fn start(
        engine: &'e Engine<'a>,
        container: &Container,
        image: &Image,
        job: &Job,
        copied: (u64, u64),
    ) -> Result<Held<'e, 'a>, SandboxError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut held = Held {
            engine,
            name: format!(
                "arc-run-{}-{}",
                std::process::id(),
                since.unwrap_or_default().as_nanos()
            ),
            hold: None,
            is_removed: false,
        };
        let docker = &engine.docker;
        let options = CreateContainerOptions {
            name: Some(held.name.clone()),
            ..CreateContainerOptions::default()
        };
        let body = body(container, image, job, copied)?;
        let not =
            |what: &str, failed: &Failed| no_container(&format!("it cannot be {what}: {failed}"));
        engine
            .ask(docker.create_container(Some(options), body))
            .map_err(|failed| not("made", &failed))?;
        let options = AttachContainerOptions {
            stream: true,
            stdin: true,
            ..AttachContainerOptions::default()
        };
        let attached = engine
            .ask(docker.attach_container(&held.name, Some(options)))
            .map_err(|failed| not("held", &failed))?;
        held.hold = Some(attached.input);
        engine
            .ask(docker.start_container(&held.name, None::<StartContainerOptions>))
            .map_err(|failed| match failed.to_string() {
                text if text.contains("/bin/sh") => no_container(&format!(
                    "the image {} has no /bin/sh, which holds a container: {text}",
                    container.image
                )),
                _ => not("started", &failed),
            })?;
        Ok(held)
    }

    /// Ends all that runs in it and removes it. What was not removed is told, and left to the next run.
    pub(super) fn remove(&mut self) -> Option<Lost> {
        if std::mem::replace(&mut self.is_removed, true) {
            return None;
        }
        self.hold = None;
        let failed = self.engine.remove(&self.name).err()?;
        Some(Lost {
            layer: Layer::Container,
            why: format!("{} is not removed yet: {failed}", self.name),
        })
    }
}

impl Drop for Held<'_, '_> {
    fn drop(&mut self) {
        // The error that came before this is the one to be told.
        let _ = self.remove();
    }
}

fn body(
    container: &Container,
    image: &Image,
    job: &Job,
    (bytes, files): (u64, u64),
) -> Result<ContainerCreateBody, SandboxError> {
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let limits = &job.limits;
    let ulimit = |name: &str, value: u64| ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(number(value)),
        hard: Some(number(value)),
    };
    // Only what no engine has less of: a limit that would have to be raised is an error.
    let mut ulimits = vec![ulimit("core", 0), ulimit("fsize", limits.disk + bytes)];
    ulimits.extend(limits.cpu.map(|cpu| ulimit("cpu", cpu.as_secs() + 1)));
    let work = text(job.work.as_os_str())?;
    let size = format!(
        "size={},nr_inodes={},nosuid,nodev,mode=0755,uid={INNER_ID},gid={INNER_ID}",
        limits.disk + bytes,
        limits.files + files + 64
    );
    let options = [("type", "tmpfs"), ("device", "tmpfs"), ("o", &size)];
    let volume = Mount {
        target: Some(work),
        typ: Some(MountType::VOLUME),
        volume_options: Some(MountVolumeOptions {
            no_copy: Some(true),
            driver_config: Some(MountVolumeOptionsDriverConfig {
                name: Some("local".to_owned()),
                options: Some(
                    options
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .into(),
                ),
            }),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    };
    let network = match job.network {
        Network::None => "none",
        Network::Host => "host",
        Network::Listed => {
            return Err(no_container(
                "its network cannot be kept to a list of hosts; `none` and `host` can be had",
            ));
        }
    };
    let host = HostConfig {
        auto_remove: Some(true),
        cap_drop: Some(vec!["ALL".to_owned()]),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        init: Some(true),
        ipc_mode: Some("private".to_owned()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        memory: Some(number(limits.memory)),
        memory_swap: Some(number(limits.memory)),
        mounts: Some(vec![volume]),
        nano_cpus: container.nano_cpus,
        network_mode: Some(network.to_owned()),
        pids_limit: Some(i64::from(limits.processes) + i64::from(OWN_PROCESSES)),
        privileged: Some(false),
        readonly_rootfs: Some(true),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        shm_size: Some(number(SHARED.min(limits.disk))),
        tmpfs: Some(rooms(job, image)?),
        ulimits: Some(ulimits),
        ..HostConfig::default()
    };
    let labels = owner().map(|owner| HashMap::from([(LABEL.to_owned(), owner)]));
    Ok(ContainerCreateBody {
        image: Some(container.image.clone()),
        hostname: Some("sandbox".to_owned()),
        user: Some(user()),
        // Programs and checks of the image itself are not run.
        entrypoint: Some(vec!["/bin/sh".to_owned()]),
        cmd: Some(Vec::new()),
        healthcheck: Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..HealthConfig::default()
        }),
        attach_stdin: Some(true),
        open_stdin: Some(true),
        stdin_once: Some(true),
        labels,
        host_config: Some(host),
        ..ContainerCreateBody::default()
    })
}

/// Folders in memory: a home, one for temporary files, and all that the image would have on a disk without a limit.
fn rooms(job: &Job, image: &Image) -> Result<HashMap<String, String>, SandboxError> {
    let size = job.limits.disk;
    let home = job.inner_home();
    if home.starts_with(&job.work) {
        return Err(SandboxError::Job {
            why: format!("the home {} is in the project", home.display()),
        });
    }
    let own = format!("rw,exec,nosuid,nodev,size={size},mode=0700,uid={INNER_ID},gid={INNER_ID}");
    let all = format!("rw,exec,nosuid,nodev,size={size},mode=1777");
    let mut rooms = HashMap::from([(text(home.as_os_str())?, own)]);
    let volumes = image.volumes.iter().map(PathBuf::from);
    for room in volumes.chain(["/tmp".into(), "/var/tmp".into()]) {
        // In the project, the project's own counts.
        if !room.starts_with(&job.work) && room.is_absolute() && room != Path::new("/") {
            rooms
                .entry(text(room.as_os_str())?)
                .or_insert_with(|| all.clone());
        }
    }
    Ok(rooms)
}

/// A name as the engine takes it.
pub(super) fn text(name: &std::ffi::OsStr) -> Result<String, SandboxError> {
    name.to_str()
        .map(str::to_owned)
        .ok_or_else(|| SandboxError::Job {
            why: format!("an engine takes text only, and {} is none", name.display()),
        })
}

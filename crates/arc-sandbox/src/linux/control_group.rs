//! Control groups, of both versions: the kernel holds what all processes of a command use together.
//!
//! A group is made below our own, or beside it where the kernel wants that (version 2), and never outside of a group that
//! somebody has given limits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arc_inside::OWN_PROCESSES;
use rustix::process::{Pid, getpid};

use crate::Limits;

const PREFIX: &str = "arc-run-";

/// How often an emptied group is asked to go before it is left to the next run, and how many names a new one is tried under.
const TRIES: u32 = 50;

/// A group for one command. It goes when this is dropped.
pub(super) struct ControlGroup {
    version: Version,
    /// The folder of memory; in version 2 the only one.
    memory: PathBuf,
    processes: PathBuf,
    cpu: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl ControlGroup {
    /// Makes a group with limits, or tells why there can be none.
    pub(super) fn create(limits: &Limits) -> Result<ControlGroup, String> {
        let own = fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let mounts =
            fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
        match two(&own, &mounts, limits) {
            Ok(group) => Ok(group),
            Err(why_two) => one(&own, &mounts, limits)
                .map_err(|why_one| format!("version 2: {why_two}; version 1: {why_one}")),
        }
    }

    /// Puts a process in the group, with all it will start.
    pub(super) fn add(&self, process: Pid) -> io::Result<()> {
        for folder in self.folders() {
            fs::write(
                folder.join("cgroup.procs"),
                process.as_raw_nonzero().to_string(),
            )?;
        }
        Ok(())
    }

    fn folders(&self) -> Vec<&Path> {
        let mut folders = vec![self.memory.as_path()];
        if self.version == Version::One {
            folders.push(&self.processes);
            folders.extend(self.cpu.as_deref());
        }
        folders
    }

    /// The most memory used so far.
    pub(super) fn peak_memory(&self) -> u64 {
        let names: &[&str] = match self.version {
            Version::One => &["memory.max_usage_in_bytes"],
            Version::Two => &["memory.peak", "memory.current"],
        };
        names
            .iter()
            .find_map(|name| number(&self.memory.join(name)))
            .unwrap_or(0)
    }

    /// Whether the kernel ended a process since there was no memory left.
    pub(super) fn is_out_of_memory(&self) -> bool {
        let name = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        field(&self.memory.join(name), "oom_kill").is_some_and(|kills| kills > 0)
    }

    /// Processes and threads of the command.
    pub(super) fn tasks(&self) -> u32 {
        let tasks = number(&self.processes.join("pids.current")).unwrap_or(0);
        u32::try_from(tasks)
            .unwrap_or(u32::MAX)
            .saturating_sub(OWN_PROCESSES)
    }

    /// Whether a process could not be started since there were too many.
    pub(super) fn met_processes(&self) -> bool {
        field(&self.processes.join("pids.events"), "max").is_some_and(|times| times > 0)
    }

    /// Time on processors.
    pub(super) fn cpu(&self) -> Option<Duration> {
        match self.version {
            Version::One => {
                number(&self.cpu.as_ref()?.join("cpuacct.usage")).map(Duration::from_nanos)
            }
            Version::Two => {
                field(&self.memory.join("cpu.stat"), "usage_usec").map(Duration::from_micros)
            }
        }
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        for folder in self.folders() {
            for _ in 0..TRIES {
                match fs::remove_dir(folder) {
                    Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    // One that stays is empty; the next run removes it.
                    Ok(()) | Err(_) => break,
                }
            }
        }
    }
}

/// A group of the one hierarchy.
fn two(own: &str, mounts: &str, limits: &Limits) -> Result<ControlGroup, String> {
    let path = own
        .lines()
        .find_map(|line| line.strip_prefix("0::"))
        .ok_or("there is none")?;
    let (root, start) = place(mounts, "cgroup2", None, path).ok_or("it is not mounted")?;
    let mut why = "memory and processes are not delegated".to_owned();
    for parent in start
        .ancestors()
        .take_while(|parent| parent.starts_with(&root))
    {
        if has(parent, &["memory", "pids"]) {
            remove_old(parent);
            match make(parent) {
                Ok(folder) => return limit_two(folder, limits),
                Err(error) => why = format!("{}: {error}", parent.display()),
            }
        }
        // Leaving a group that has limits would be leaving its limits.
        if ["memory.max", "memory.high", "pids.max", "cpu.max"]
            .iter()
            .any(|name| is_limited(&parent.join(name)))
        {
            return Err(format!(
                "{} has limits and cannot be divided",
                parent.display()
            ));
        }
    }
    Err(why)
}

fn limit_two(folder: PathBuf, limits: &Limits) -> Result<ControlGroup, String> {
    let group = ControlGroup {
        version: Version::Two,
        processes: folder.clone(),
        cpu: None,
        memory: folder,
    };
    set(&group.memory, "memory.max", limits.memory)?;
    set(
        &group.memory,
        "pids.max",
        u64::from(limits.processes + OWN_PROCESSES),
    )?;
    // Neither is there everywhere: without swap there is nothing to forbid, and the sandbox ends everything itself when one
    // process was killed.
    let _ = set(&group.memory, "memory.swap.max", 0);
    let _ = set(&group.memory, "memory.oom.group", 1);
    Ok(group)
}

/// A group in each of the hierarchies that count something for us.
fn one(own: &str, mounts: &str, limits: &Limits) -> Result<ControlGroup, String> {
    let make = |controller: &str| -> Result<PathBuf, String> {
        let path = own
            .lines()
            .find_map(|line| {
                let (_, rest) = line.split_once(':')?;
                let (controllers, path) = rest.split_once(':')?;
                controllers
                    .split(',')
                    .any(|name| name == controller)
                    .then_some(path)
            })
            .ok_or_else(|| format!("nothing controls {controller}"))?;
        let (_, parent) = place(mounts, "cgroup", Some(controller), path)
            .ok_or_else(|| format!("{controller} is not mounted"))?;
        remove_old(&parent);
        make(&parent).map_err(|error| format!("{}: {error}", parent.display()))
    };
    let memory = make("memory")?;
    let mut group = ControlGroup {
        version: Version::One,
        processes: memory.clone(),
        memory,
        cpu: None,
    };
    group.processes = make("pids")?;
    group.cpu = make("cpuacct").ok();
    set(&group.memory, "memory.limit_in_bytes", limits.memory)?;
    set(
        &group.processes,
        "pids.max",
        u64::from(limits.processes + OWN_PROCESSES),
    )?;
    // Without swap there is nothing to forbid.
    let _ = set(&group.memory, "memory.memsw.limit_in_bytes", limits.memory);
    let _ = set(&group.memory, "memory.swappiness", 0);
    Ok(group)
}

/// Where a hierarchy is mounted, and the folder of a group in it.
fn place(
    mounts: &str,
    kind: &str,
    controller: Option<&str>,
    path: &str,
) -> Option<(PathBuf, PathBuf)> {
    mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        let (is_kind, options) = (right.next()? == kind, right.nth(1)?);
        let has = controller.is_none_or(|name| options.split(',').any(|option| option == name));
        if !is_kind || !has {
            return None;
        }
        let mut left = left.split(' ').skip(3);
        let (root, point) = (left.next()?, left.next()?);
        let below = Path::new(path).strip_prefix(root).ok()?;
        Some((PathBuf::from(point), Path::new(point).join(below)))
    })
}

/// Whether the groups below a group have these controllers.
fn has(parent: &Path, controllers: &[&str]) -> bool {
    let enabled = fs::read_to_string(parent.join("cgroup.subtree_control")).unwrap_or_default();
    controllers
        .iter()
        .all(|name| enabled.split_whitespace().any(|enabled| enabled == *name))
}

fn is_limited(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| !text.starts_with("max"))
}

/// Makes a group with a name that nobody has: a killed run, or one in another container, may have had our process number.
fn make(parent: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..TRIES {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("{PREFIX}{}-{number}", getpid().as_raw_nonzero()));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes groups of runs that were killed. One that is in use stays: the kernel does not remove those.
fn remove_old(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| {
            name.strip_prefix(PREFIX)?
                .split('-')
                .next()?
                .parse::<u32>()
                .ok()
        });
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Somebody else may do the same at the same time.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn set(folder: &Path, name: &str, value: u64) -> Result<(), String> {
    fs::write(folder.join(name), value.to_string()).map_err(|error| format!("{name}: {error}"))
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn field(file: &Path, name: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.lines().find_map(|line| {
        line.strip_prefix(name)?
            .strip_prefix(' ')?
            .trim()
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_below_where_its_hierarchy_is_mounted() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n\
                      31 23 0:27 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        assert_eq!(
            place(mounts, "cgroup2", None, "/user.slice/a"),
            Some((
                "/sys/fs/cgroup".into(),
                "/sys/fs/cgroup/user.slice/a".into()
            ))
        );
        assert_eq!(
            place(mounts, "cgroup", Some("memory"), "/docker/x/y"),
            Some((
                "/sys/fs/cgroup/memory".into(),
                "/sys/fs/cgroup/memory/y".into()
            ))
        );
        assert_eq!(place(mounts, "cgroup", Some("pids"), "/"), None);
        assert_eq!(place(mounts, "cgroup", Some("memory"), "/other"), None);
    }
}

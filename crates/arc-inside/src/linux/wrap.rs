//! A command in bubblewrap: the copy of the project, the home and the folder for temporary files of a private place in namespaces and a root that `bwrap`
//! makes. What bubblewrap has no idea of stays ours: the copy, the limits, the filter of system calls, and that all ends together.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{Access, MemfdFlags, access, memfd_create};

use super::filter::{Filters, Strictness};
use super::identity::{INNER_ID, Identity};
use super::order::{COPY, Copied, HOME, Order, TEMPORARY};
use super::root;
use super::step::{Step, StepError};
use super::trees::{FOLDERS, wanted};
use crate::{Job, Network};

/// Bytes of `/dev/shm`, which is not on a disk and so not counted with what is.
const SHARED: &str = "67108864";

/// A command as bubblewrap is to start it.
pub(super) struct Wrapped {
    /// With bubblewrap for its command.
    pub(super) job: Job,
    filters: Vec<File>,
}

impl Wrapped {
    /// Makes the order for bubblewrap and tries it with a command that does nothing: what fails later is the command's own doing.
    pub(super) fn new(
        program: &Path,
        order: &Order,
        copied: &Copied,
    ) -> Result<Wrapped, StepError> {
        let job = &order.job;
        let strictness = Strictness {
            counts_memory: order.is_counted,
            shares_machine: None,
            shares_user: false,
        };
        let filters = Filters::new(strictness)
            .and_then(|filters| files_of(&filters).map_err(|error| error.to_string()))
            .map_err(io::Error::other)
            .step("make a filter of system calls")?;
        let mut command: Vec<OsString> = vec![program.into()];
        command.extend(options(job, copied, order.identity).step("look at the system")?);
        for filter in &filters {
            command.push("--add-seccomp-fd".into());
            command.push(filter.as_raw_fd().to_string().into());
        }
        command.push("--".into());
        let mut wrapped = Wrapped {
            job: Job {
                folder: copied.place.clone(),
                ..job.clone()
            },
            filters,
        };
        wrapped.attempt(&command)?;
        command.extend(job.command.iter().cloned());
        wrapped.job.command = command;
        Ok(wrapped)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the processes of the workspace are started"
    )]
    fn attempt(&mut self, command: &[OsString]) -> Result<(), StepError> {
        let ran = Command::new(&command[0])
            .args(&command[1..])
            .args(["/bin/sh", "-c", ":"])
            .current_dir(&self.job.folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .step("start bubblewrap")?;
        // They were read to their ends.
        for filter in &mut self.filters {
            filter.rewind().step("read a filter again")?;
        }
        if ran.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = said.lines().next().unwrap_or("it does not say why");
        Err(io::Error::other(said.to_owned())).step("make a sandbox with bubblewrap")
    }
}

/// The filters as files that bubblewrap inherits, which reads and closes them.
fn files_of(filters: &Filters) -> io::Result<Vec<File>> {
    filters
        .programs()
        .map(|program| {
            // Without the flag that closes it when a program is executed.
            let mut file = File::from(memfd_create("filter", MemfdFlags::empty())?);
            for step in program {
                file.write_all(&step.code.to_ne_bytes())?;
                file.write_all(&[step.jt, step.jf])?;
                file.write_all(&step.k.to_ne_bytes())?;
            }
            file.rewind()?;
            Ok(file)
        })
        .collect()
}

fn options(job: &Job, copied: &Copied, identity: Identity) -> io::Result<Vec<OsString>> {
    let id = INNER_ID.to_string();
    let mut options: Vec<OsString> = Vec::new();
    let mut add = |words: &[&dyn AsRef<OsStr>]| {
        options.extend(words.iter().map(|word| word.as_ref().to_owned()));
    };
    add(&[
        &"--unshare-user",
        &"--unshare-ipc",
        &"--unshare-pid",
        &"--unshare-uts",
    ]);
    add(&[
        &"--unshare-cgroup-try",
        &"--die-with-parent",
        &"--new-session",
    ]);
    add(&[&"--cap-drop", &"ALL", &"--uid", &id, &"--gid", &id]);
    add(&[&"--hostname", &"sandbox"]);
    if job.network == Network::None {
        add(&[&"--unshare-net"]);
    }
    let home = job.inner_home();
    let rooms = [
        (TEMPORARY, Path::new("/tmp")),
        (TEMPORARY, Path::new("/var/tmp")),
        (HOME, &home),
    ];
    let (in_rooms, elsewhere): (Vec<PathBuf>, Vec<PathBuf>) = wanted(job)
        .into_iter()
        .filter(|path| is_seen(path, identity))
        .partition(|path| rooms.iter().any(|(_, room)| path.starts_with(room)));
    for path in &elsewhere {
        match fs::read_link(path) {
            // `/bin -> usr/bin` stays a link.
            Ok(target) if !target.is_absolute() && FOLDERS.contains(&&*path.to_string_lossy()) => {
                add(&[&"--symlink", &target, path]);
            }
            Ok(_) | Err(_) => add(&[&"--ro-bind", path, path]),
        }
    }
    for file in fs::read_dir(copied.place.join(SETTINGS))? {
        let file = file?;
        add(&[
            &"--ro-bind",
            &file.path(),
            &Path::new("/etc").join(file.file_name()),
        ]);
    }
    add(&[&"--proc", &"/proc", &"--dev", &"/dev"]);
    add(&[
        &"--size",
        &SHARED,
        &"--tmpfs",
        &"/dev/shm",
        &"--remount-ro",
        &"/dev",
    ]);
    for (name, room) in rooms {
        add(&[&"--bind", &copied.place.join(name), &room]);
    }
    for path in &in_rooms {
        add(&[&"--ro-bind", path, path]);
    }
    add(&[&"--bind", &copied.place.join(COPY), &job.work]);
    add(&[&"--remount-ro", &"/", &"--chdir", &job.folder]);
    Ok(options)
}

/// Writes what is in `/etc` of who the command is.
pub(super) fn make_settings(job: &Job, copied: &Copied) -> io::Result<()> {
    let folder = copied.place.join(SETTINGS);
    fs::DirBuilder::new().mode(0o755).create(&folder)?;
    root::settings(&folder, job)
}

/// The folder with files for `/etc`, in a place.
const SETTINGS: &str = "etc";

/// Whether something is there, and for whoever runs bubblewrap.
fn is_seen(path: &Path, identity: Identity) -> bool {
    if !identity.is_other {
        return access(path, Access::READ_OK).is_ok();
    }
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let grants =
        |path: &Path, bits: u32| fs::metadata(path).is_ok_and(|found| found.mode() & bits == bits);
    let own = if path.is_dir() { 0o5 } else { 0o4 };
    grants(&path, own) && path.ancestors().skip(1).all(|folder| grants(folder, 0o1))
}

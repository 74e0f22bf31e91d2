//! The processes of a command, as `/proc` lists them: all of a namespace, or all below one process.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, open, openat, stat, statat};
use rustix::process::{Pid, Signal, pidfd_send_signal};

/// How often those are looked for that were started while others were stopped.
const ROUNDS_OF_HOLDING: usize = 4;

/// Where the processes of a command are listed.
pub struct Processes {
    folder: OwnedFd,
    /// Those below this one are meant; without it all.
    top: Option<Pid>,
}

impl Processes {
    /// All that `folder`, a `/proc` of their own, lists.
    #[must_use]
    pub fn of_namespace(folder: OwnedFd) -> Processes {
        Processes { folder, top: None }
    }

    /// All that one process has started, and those that these have started. It must take in those whose parents ended.
    ///
    /// # Errors
    ///
    /// When there is no `/proc`.
    pub fn below(top: Pid) -> std::io::Result<Processes> {
        Ok(Processes {
            folder: open("/proc", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?,
            top: Some(top),
        })
    }

    /// How many of the processes that are listed are not the command's.
    #[must_use]
    pub fn own(&self) -> u32 {
        // The init of a namespace is in its list; a process is not below itself.
        u32::from(self.top.is_none())
    }

    /// Reads a file of each process.
    pub fn each(&self, file: &str, mut take: impl FnMut(&str)) {
        let mut text = String::new();
        for process in self.list() {
            if self.read(&format!("{process}/{file}"), &mut text) {
                take(&text);
            }
        }
    }

    /// Their numbers.
    #[must_use]
    pub fn list(&self) -> Vec<u32> {
        match self.top {
            None => self.numbers("."),
            Some(top) => self.list_below(top),
        }
    }

    fn list_below(&self, top: Pid) -> Vec<u32> {
        let mut text = String::new();
        let mut found = BTreeSet::new();
        let mut open = vec![top.as_raw_nonzero().get().unsigned_abs()];
        while let Some(process) = open.pop() {
            // Each thread has its own children.
            for thread in self.numbers(&format!("{process}/task")) {
                if !self.read(&format!("{process}/task/{thread}/children"), &mut text) {
                    continue;
                }
                let children = text.split_whitespace().flat_map(str::parse::<u32>);
                open.extend(children.filter(|child| found.insert(*child)));
            }
        }
        found.into_iter().collect()
    }

    /// Stops them, so that they use no more while they are looked at: all but the init of a namespace and those that stand already.
    /// They go on when that is asked for, and may be killed as they stand.
    #[must_use]
    pub fn hold(&self) -> Held {
        let mut held = Held::default();
        let mut text = String::new();
        // Whoever was not stopped yet may have started another one.
        for _ in 0..ROUNDS_OF_HOLDING {
            let mut is_new = false;
            for process in self.list() {
                let is_init = self.top.is_none() && process == 1;
                if is_init || !held.seen.insert(process) {
                    continue;
                }
                is_new = true;
                // The folder of a process stands for it, also after its number belongs to another one.
                let opened = openat(
                    &self.folder,
                    process.to_string(),
                    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
                    Mode::empty(),
                );
                let Ok(place) = opened else {
                    continue;
                };
                let stands = self.read(&format!("{process}/status"), &mut text)
                    && text.lines().any(|line| line.starts_with("State:\tT"));
                if !stands && pidfd_send_signal(&place, Signal::STOP).is_ok() {
                    held.stopped.push(place);
                }
            }
            if !is_new {
                break;
            }
        }
        held
    }

    /// Bytes of files of the file system at `folder` that have no name any more and are still open.
    #[must_use]
    pub fn unlinked(&self, folder: &Path) -> u64 {
        let Ok(place) = stat(folder) else {
            return 0;
        };
        let (mut bytes, mut seen) = (0, BTreeSet::new());
        for process in self.list() {
            for descriptor in self.numbers(&format!("{process}/fd")) {
                let path = format!("{process}/fd/{descriptor}");
                let Ok(file) = statat(&self.folder, path, AtFlags::empty()) else {
                    continue;
                };
                if file.st_dev == place.st_dev && file.st_nlink == 0 && seen.insert(file.st_ino) {
                    bytes += u64::try_from(file.st_blocks).unwrap_or(0) * 512;
                }
            }
        }
        bytes
    }

    /// The numbers that a folder has as names.
    fn numbers(&self, folder: &str) -> Vec<u32> {
        let opened = openat(
            &self.folder,
            folder,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        // A process that is gone has none.
        let entries = opened.and_then(Dir::new);
        entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().ok()?.parse().ok())
            .collect()
    }

    /// Reads a file, unless its process is gone.
    fn read(&self, path: &str, text: &mut String) -> bool {
        text.clear();
        openat(
            self.folder.as_fd(),
            path,
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .is_ok_and(|opened| {
            File::from(opened)
                .take(1 << 16)
                .read_to_string(text)
                .is_ok()
        })
    }
}

/// Processes that were stopped.
#[derive(Default)]
pub struct Held {
    seen: BTreeSet<u32>,
    stopped: Vec<OwnedFd>,
}

impl Held {
    /// Lets them go on.
    pub fn release(self) {
        for process in self.stopped {
            // One that is gone needs nothing.
            let _ = pidfd_send_signal(&process, Signal::CONT);
        }
    }
}

/// The processes and threads of a user on this machine.
pub(super) fn tasks_of(user: u32) -> u64 {
    let all = open("/proc", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let mut tasks = 0;
    if let Ok(folder) = all {
        Processes::of_namespace(folder).each("status", |status| {
            if field(status, "Uid:") == Some(u64::from(user)) {
                tasks += field(status, "Threads:").unwrap_or(1);
            }
        });
    }
    tasks
}

/// The first number of the line with a name.
#[must_use]
pub fn field(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        assert_eq!(field("VmRSSx: 1\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12));
        assert_eq!(field("Pss_Anon: 3 kB\nPss: 5 kB\n", "Pss:"), Some(5));
    }
}

//! A private folder for a copy of a project, where there are no mounts: made beside nobody's files, watched while the command writes to
//! it, and removed at the end; what a killed run left behind is removed by the next one.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arc_inside::Processes;
use rustix::fs::{AtFlags, CWD, FlockOperation, flock, statat, statvfs};
use rustix::process::{geteuid, getpid};

use crate::{Limit, Limits};

const PREFIX: &str = "arc-run-";
/// Held by whoever uses a place; one that nobody holds is to be removed.
const LOCK: &str = "lock";
/// How often a free name is looked for.
const TRIES: u32 = 50;
/// A place is looked through at least this often, and no more than a quarter of the time.
const OFTEN: Duration = Duration::from_millis(500);

/// A private folder. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    _lock: File,
}

impl Place {
    /// Makes a place outside of `project`. With `is_entered` others may go through it to what is theirs, but not list it.
    pub(crate) fn make(project: &Path, is_entered: bool) -> io::Result<Place> {
        let parents = [std::env::temp_dir(), "/var/tmp".into(), "/dev/shm".into()];
        let parent = parents
            .iter()
            .filter_map(|parent| parent.canonicalize().ok())
            .find(|parent| parent.is_dir() && !parent.starts_with(project))
            .ok_or_else(|| io::Error::other("no folder for temporary files is outside of it"))?;
        remove_old(&parent);
        let mode = if is_entered { 0o711 } else { 0o700 };
        for number in 0..TRIES {
            let name = format!("{PREFIX}{}-{number}", getpid().as_raw_nonzero());
            let folder = parent.join(name);
            match DirBuilder::new().mode(mode).create(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            let lock = File::options()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(folder.join(LOCK))?;
            flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
            return Ok(Place {
                folder,
                _lock: lock,
            });
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// Removes a folder, also where a command closed folders in it. What stays is removed by the next run.
fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_err() {
        open_folders(folder);
        let _ = fs::remove_dir_all(folder);
    }
}

fn open_folders(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // One that is another's cannot be opened, and stays.
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
}

/// Removes our places that nobody holds any more.
fn remove_old(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_place = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_ours = entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
        if !is_place || !is_ours {
            continue;
        }
        let no_links = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
        let lock = File::options()
            .read(true)
            .custom_flags(no_links)
            .open(entry.path().join(LOCK));
        // One without a lock is being made, or its maker died within microseconds.
        if lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()) {
            remove(&entry.path());
        }
    }
}

/// Looks after what a command writes to a place.
#[derive(Debug)]
pub(super) struct Watch {
    folder: PathBuf,
    /// What was there before the command.
    before: Room,
    used: Room,
    /// What was free in the file system at the last look.
    free: Room,
    looked: Instant,
    took: Duration,
}

/// Bytes and number of files.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    bytes: u64,
    files: u64,
}

impl Watch {
    /// Begins to look after a place that holds what it is to hold.
    pub(super) fn new(folder: &Path) -> Watch {
        let start = Instant::now();
        Watch {
            folder: folder.to_owned(),
            before: inside(folder),
            used: Room::default(),
            free: free(folder),
            looked: Instant::now(),
            took: start.elapsed(),
        }
    }

    /// Looks, when enough has become less in the file system that a limit may be met, and says which is.
    pub(super) fn look(&mut self, limits: &Limits, processes: &Processes) -> Option<Limit> {
        let now = free(&self.folder);
        let fell = |before: u64, now: u64, left: u64| before.saturating_sub(now) > left / 2;
        let may_be_met = fell(
            self.free.bytes,
            now.bytes,
            limits.disk.saturating_sub(self.used.bytes),
        ) || fell(
            self.free.files,
            now.files,
            limits.files.saturating_sub(self.used.files),
        );
        let since = self.looked.elapsed();
        if since < 3 * self.took || (since < OFTEN && !may_be_met) {
            return None;
        }
        let start = Instant::now();
        let inside = inside(&self.folder);
        let hidden = processes.unlinked(&self.folder);
        self.used = Room {
            bytes: (inside.bytes + hidden).saturating_sub(self.before.bytes),
            files: inside.files.saturating_sub(self.before.files),
        };
        self.free = now;
        self.took = start.elapsed();
        self.looked = Instant::now();
        if self.used.bytes > limits.disk {
            Some(Limit::Disk)
        } else if self.used.files > limits.files {
            Some(Limit::Files)
        } else {
            None
        }
    }
}

/// What is free where a folder is. A file system that does not tell is looked through from time to time.
fn free(folder: &Path) -> Room {
    statvfs(folder).map_or_else(
        |_| Room::default(),
        |state| Room {
            bytes: state.f_bfree.saturating_mul(state.f_frsize),
            files: state.f_ffree,
        },
    )
}

/// What is in a folder.
fn inside(folder: &Path) -> Room {
    let mut room = Room::default();
    let mut seen = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(stat) = statat(CWD, entry.path(), AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            room.files += 1;
            // Several names of one file are one file.
            if stat.st_nlink < 2 || seen.insert(stat.st_ino) {
                room.bytes += u64::try_from(stat.st_blocks).unwrap_or(0) * 512;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    room
}

#[cfg(test)]
mod tests {
    use arc_inside::COPY;

    use super::*;

    #[test]
    fn a_place_goes_with_its_owner_and_one_that_was_left_goes_with_the_next() {
        let parent = tempfile::tempdir().expect("a folder");
        let left = parent.path().join("arc-run-1-1");
        fs::create_dir_all(left.join("copy")).expect("made");
        fs::write(left.join(LOCK), "").expect("written");
        let held = parent.path().join("arc-run-1-2");
        fs::create_dir(&held).expect("made");
        fs::write(held.join(LOCK), "").expect("written");
        let lock = File::open(held.join(LOCK)).expect("there");
        flock(&lock, FlockOperation::LockExclusive).expect("held");
        remove_old(parent.path());
        assert!(!left.exists() && held.exists());

        let place = Place::make(parent.path(), false).expect("made");
        let folder = place.folder().to_owned();
        fs::create_dir(folder.join(COPY)).expect("made");
        fs::set_permissions(folder.join(COPY), fs::Permissions::from_mode(0o000)).expect("closed");
        drop(place);
        assert!(!folder.exists());
    }

    #[test]
    fn what_is_written_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("before"), vec![1; 1 << 20]).expect("written");
        let mut watch = Watch::new(folder.path());
        let mut limits = crate::default_limits();
        limits.disk = 2 << 20;
        let processes = Processes::below(getpid()).expect("there is /proc");
        fs::write(folder.path().join("a"), vec![1; 1 << 20]).expect("written");
        std::thread::sleep(OFTEN);
        assert_eq!(watch.look(&limits, &processes), None);
        fs::write(folder.path().join("b"), vec![1; 2 << 20]).expect("written");
        std::thread::sleep(OFTEN);
        assert_eq!(watch.look(&limits, &processes), Some(Limit::Disk));
    }
}

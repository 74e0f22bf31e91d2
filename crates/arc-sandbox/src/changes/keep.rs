//! Takes files that a command wrote into the project.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use arc_inside::{make_folder, open_folder, split};
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Stat, Uid, fchmod, fchown, fstat, fsync, openat, renameat, statat,
    unlinkat,
};
use rustix::io::Errno;

use super::walk;
use super::{Change, ChangeKind, EntryKind};

/// What is in these folders is run or believed by other programs, so nothing of them is taken over.
const PROTECTED: &[&str] = &[".arc", ".git", ".hg", ".svn"];

/// Opens a regular file below a folder.
pub(super) fn open_beneath(root: &OwnedFd, path: &Path) -> io::Result<File> {
    let (parent, name) = split(path)?;
    let folder = open_folder(root, parent)?;
    let stat = statat(&folder, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
    let file = walk::open_file(folder.as_fd(), &name, Mode::from_raw_mode(stat.st_mode))?;
    let file = File::from(file);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}

/// Does to the project what the command did to one file. False for folders, which come and go with what is in them.
pub(super) fn keep(
    change: &Change,
    top: &OwnedFd,
    project: &OwnedFd,
    started: SystemTime,
) -> io::Result<bool> {
    let is_protected = change
        .path
        .components()
        .any(|part| PROTECTED.iter().any(|name| part.as_os_str() == *name));
    if is_protected {
        return Err(io::Error::other(
            "other programs run or believe what lies there",
        ));
    }
    match change.entry {
        EntryKind::File => {}
        EntryKind::Folder => return Ok(false),
        EntryKind::Link => return Err(io::Error::other("links are not taken over")),
        EntryKind::Other => return Err(io::Error::other("it is no regular file")),
    }
    let (parent, name) = split(&change.path)?;
    match change.kind {
        ChangeKind::Deleted => {
            let folder = open_folder(project, parent)?;
            unchanged(&folder, &name, started)?;
            unlinkat(&folder, &*name, AtFlags::empty())?;
        }
        ChangeKind::Modified => {
            let folder = open_folder(project, parent)?;
            let old = unchanged(&folder, &name, started)?;
            replace(change, top, &folder, &name, &old)?;
        }
        ChangeKind::Created => {
            let folder = make_folder(project, parent)?;
            match statat(&folder, &*name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => {}
                Ok(_) => return Err(io::Error::other("somebody else made it meanwhile")),
                Err(error) => return Err(error.into()),
            }
            let owner = fstat(&folder)?;
            replace(change, top, &folder, &name, &owner)?;
        }
    }
    Ok(true)
}

/// The state of a file that nobody touched since the command began.
fn unchanged(folder: &OwnedFd, name: &CString, started: SystemTime) -> io::Result<Stat> {
    let stat = statat(folder, &**name, AtFlags::SYMLINK_NOFOLLOW)?;
    let changed = SystemTime::UNIX_EPOCH
        + Duration::from_secs(u64::try_from(stat.st_ctime).unwrap_or(0))
        + Duration::from_nanos(stat.st_ctime_nsec);
    if changed > started {
        return Err(io::Error::other("somebody else changed it meanwhile"));
    }
    Ok(stat)
}

/// Writes a file beside its place and puts it there at once, with permissions of the change and the owner of what was there.
fn replace(
    change: &Change,
    top: &OwnedFd,
    folder: &OwnedFd,
    name: &CString,
    owner: &Stat,
) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut source = open_beneath(top, &change.path)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let pid = rustix::process::getpid().as_raw_nonzero();
    let temporary = format!(".arc-keep-{pid}-{number}");
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut target = File::from(openat(folder, &temporary, flags, Mode::RUSR | Mode::WUSR)?);
    let written = (|| -> io::Result<()> {
        io::copy(&mut source, &mut target)?;
        let (user, group) = (Uid::from_raw(owner.st_uid), Gid::from_raw(owner.st_gid));
        match fchown(&target, Some(user), Some(group)) {
            // Only root can give files away; everybody else keeps what they write.
            Ok(()) | Err(Errno::PERM) => {}
            Err(error) => return Err(error.into()),
        }
        // A program that runs with the rights of its owner is not what anybody asked for.
        fchmod(&target, Mode::from_raw_mode(change.mode & 0o777))?;
        target.sync_all()?;
        renameat(folder, &temporary, folder, &**name)?;
        Ok(fsync(folder)?)
    })();
    if written.is_err() {
        // It may have its name already; the first error is what matters.
        let _ = unlinkat(folder, &temporary, AtFlags::empty());
    }
    written
}

//! Finds what is other than it was, in a layer above a project or in a copy of it.
//!
//! Whatever a hostile command left lies there: names of any bytes, links to anywhere, folders nobody may enter. Nothing is followed and everything
//! is opened by its name in an open folder.

use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, chmodat, fgetxattr, openat, readlinkat, statat,
};

use super::{Change, ChangeKind, Changes, EntryKind};

/// More changes are not listed.
const MOST: usize = 100_000;
/// Folders in folders deeper than this are not looked into.
const DEEPEST: usize = 200;

/// The changes from `project` to `top`, which is all of it (`is_whole`) or a layer above it.
pub(super) fn changes(top: &OwnedFd, project: &OwnedFd, is_whole: bool) -> io::Result<Changes> {
    let mut walk = Walk::default();
    walk.folder(
        top.as_fd(),
        Some(project.as_fd()),
        Path::new(""),
        is_whole,
        0,
    )?;
    walk.changes.list.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.changes)
}

#[derive(Default)]
struct Walk {
    changes: Changes,
}

impl Walk {
    /// A folder that is there, beside what it was.
    fn folder(
        &mut self,
        now: BorrowedFd<'_>,
        before: Option<BorrowedFd<'_>>,
        path: &Path,
        is_whole: bool,
        depth: usize,
    ) -> io::Result<()> {
        if depth > DEEPEST {
            self.changes.is_cut = true;
            return Ok(());
        }
        let names = names(now)?;
        for name in &names {
            if self.is_full() {
                return Ok(());
            }
            let path = path.join(OsStr::from_bytes(name.to_bytes()));
            self.entry(now, before, name, &path, is_whole, depth)?;
        }
        if let (true, Some(before)) = (is_whole, before) {
            for name in self::names(before)? {
                if names.binary_search(&name).is_err() {
                    self.gone(
                        before,
                        &name,
                        &path.join(OsStr::from_bytes(name.to_bytes())),
                        depth,
                    )?;
                }
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        now: BorrowedFd<'_>,
        before: Option<BorrowedFd<'_>>,
        name: &CStr,
        path: &Path,
        is_whole: bool,
        depth: usize,
    ) -> io::Result<()> {
        let stat = statat(now, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let old = before.and_then(|before| {
            // What cannot be looked at was not there, as far as anybody can tell.
            let old = statat(before, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some((before, old))
        });
        let kind = entry_kind(&stat);
        if is_whiteout(&stat) {
            return match old {
                Some((before, _)) => self.gone(before, name, path, depth),
                None => Ok(()),
            };
        }
        let same_kind = old.filter(|(_, old)| entry_kind(old) == kind);
        if let (Some((before, _)), None) = (old, same_kind) {
            self.gone(before, name, path, depth)?;
        }
        match kind {
            EntryKind::Folder => {
                if same_kind.is_none() {
                    self.add(path, ChangeKind::Created, &stat);
                }
                let inside = open_folder(now, name)?;
                let before =
                    same_kind.and_then(|(before, _)| open(before, name, OFlags::DIRECTORY).ok());
                let is_whole = is_whole || is_opaque(&inside);
                self.folder(
                    inside.as_fd(),
                    before.as_ref().map(OwnedFd::as_fd),
                    path,
                    is_whole,
                    depth + 1,
                )
            }
            EntryKind::File | EntryKind::Link | EntryKind::Other => {
                match same_kind {
                    None => self.add(path, ChangeKind::Created, &stat),
                    Some((before, old)) => {
                        if !is_same(now, &stat, before, &old, name)? {
                            self.add(path, ChangeKind::Modified, &stat);
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// Something that was there, with all that was in it.
    fn gone(
        &mut self,
        before: BorrowedFd<'_>,
        name: &CStr,
        path: &Path,
        depth: usize,
    ) -> io::Result<()> {
        if self.is_full() {
            return Ok(());
        }
        let Ok(stat) = statat(before, name, AtFlags::SYMLINK_NOFOLLOW) else {
            return Ok(());
        };
        self.add(path, ChangeKind::Deleted, &stat);
        if entry_kind(&stat) == EntryKind::Folder {
            if depth > DEEPEST {
                self.changes.is_cut = true;
                return Ok(());
            }
            let inside = open(before, name, OFlags::DIRECTORY)?;
            for name in names(inside.as_fd())? {
                let path = path.join(OsStr::from_bytes(name.to_bytes()));
                self.gone(inside.as_fd(), &name, &path, depth + 1)?;
            }
        }
        Ok(())
    }

    fn is_full(&mut self) -> bool {
        self.changes.is_cut |= self.changes.list.len() >= MOST;
        self.changes.list.len() >= MOST
    }

    fn add(&mut self, path: &Path, kind: ChangeKind, stat: &Stat) {
        let entry = entry_kind(stat);
        let is_there = kind != ChangeKind::Deleted && entry == EntryKind::File;
        self.changes.list.push(Change {
            path: PathBuf::from(path),
            kind,
            entry,
            mode: stat.st_mode & 0o7777,
            size: if is_there {
                stat.st_size.unsigned_abs()
            } else {
                0
            },
        });
    }
}

fn entry_kind(stat: &Stat) -> EntryKind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => EntryKind::Other,
    }
}

/// How a layer says that something below it is gone: a device that does not exist.
fn is_whiteout(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
}

/// How a layer says that nothing of a folder below it is left.
fn is_opaque(folder: &OwnedFd) -> bool {
    let mut value = [0_u8; 2];
    // Without the mark, or on a file system without marks, the folder below shines through.
    fgetxattr(folder, "user.overlay.opaque", &mut value)
        .is_ok_and(|length| value[..length] == *b"y")
}

/// The sorted names in a folder.
fn names(folder: BorrowedFd<'_>) -> io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

pub(super) fn open(folder: BorrowedFd<'_>, name: &CStr, flags: OFlags) -> io::Result<OwnedFd> {
    // Opening a pipe would wait for its other end.
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(openat(folder, name, flags, Mode::empty())?)
}

/// Opens a folder of the scratch. One that its owner closed is opened for good, to be read; how it was is noted already.
fn open_folder(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    open(folder, name, OFlags::DIRECTORY).or_else(|error| {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return Err(error);
        }
        chmodat(folder, name, Mode::RWXU, AtFlags::empty())?;
        open(folder, name, OFlags::DIRECTORY)
    })
}

/// Opens a file of the scratch, also one that its owner closed.
pub(super) fn open_file(folder: BorrowedFd<'_>, name: &CStr, mode: Mode) -> io::Result<OwnedFd> {
    open(folder, name, OFlags::RDONLY).or_else(|error| {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return Err(error);
        }
        chmodat(folder, name, Mode::RUSR, AtFlags::empty())?;
        let opened = open(folder, name, OFlags::RDONLY);
        chmodat(folder, name, mode, AtFlags::empty())?;
        opened
    })
}

/// Whether two entries of the same kind are the same to a reader.
fn is_same(
    now: BorrowedFd<'_>,
    stat: &Stat,
    before: BorrowedFd<'_>,
    old: &Stat,
    name: &CStr,
) -> io::Result<bool> {
    match entry_kind(stat) {
        EntryKind::Link => {
            Ok(readlinkat(now, name, Vec::new())? == readlinkat(before, name, Vec::new())?)
        }
        EntryKind::File => {
            if stat.st_mode != old.st_mode || stat.st_size != old.st_size {
                return Ok(false);
            }
            let now = open_file(now, name, Mode::from_raw_mode(stat.st_mode))?;
            let Ok(before) = open(before, name, OFlags::RDONLY) else {
                return Ok(false);
            };
            is_same_content(File::from(now), File::from(before))
        }
        EntryKind::Folder | EntryKind::Other => Ok(true),
    }
}

fn is_same_content(mut now: File, mut before: File) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let length = now.read(&mut left)?;
        if length == 0 {
            return Ok(before.read(&mut right)? == 0);
        }
        match before.read_exact(&mut right[..length]) {
            Ok(()) if left[..length] == right[..length] => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

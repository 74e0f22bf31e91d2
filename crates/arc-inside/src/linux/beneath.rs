//! Files and folders below a folder, where no link on the way is followed.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, ResolveFlags, Uid, fchmod, fchown, fstat, mkdirat, openat, openat2,
    unlinkat,
};
use rustix::io::Errno;

use crate::Version;

/// Nothing on the way may be a link, and nothing may lead out.
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);

/// Puts versions of files below a folder, each as a new file in the place of what is there.
///
/// # Errors
/// When something on the way is a link, or nothing can be written.
pub(super) fn put_beneath(root: &Path, versions: &[Version]) -> io::Result<()> {
    let root = File::open(root)?.into();
    for version in versions {
        let (parent, name) = split(&version.path)?;
        let folder = make_folder(&root, parent)?;
        match unlinkat(&folder, &*name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let made = openat(&folder, &*name, flags, Mode::from_raw_mode(0o600))?;
        let mut made = File::from(made);
        made.write_all(&version.bytes)?;
        fchmod(&made, Mode::from_raw_mode(version.mode))?;
    }
    Ok(())
}

/// The folder of a path, and the name in it.
///
/// # Errors
///
/// When the name has a NUL byte in it.
pub fn split(path: &Path) -> io::Result<(&Path, CString)> {
    let name = path.file_name().unwrap_or(OsStr::new(""));
    let name = CString::new(name.as_bytes())?;
    Ok((path.parent().unwrap_or(Path::new("")), name))
}

/// Opens a folder below another one.
///
/// # Errors
///
/// When something on the way is a link, or it cannot be opened.
pub fn open_folder(root: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat2(root, path, flags, Mode::empty(), BENEATH)?)
}

/// Opens a folder below another one and makes what is missing on the way.
///
/// # Errors
///
/// When something on the way is a link, or it cannot be made.
pub fn make_folder(root: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let mut so_far = PathBuf::new();
    for part in path.components() {
        let folder = open_folder(root, &so_far)?;
        match mkdirat(&folder, part.as_os_str(), Mode::from_raw_mode(0o755)) {
            Ok(()) => {
                let owner = fstat(&folder)?;
                let made = openat(
                    &folder,
                    part.as_os_str(),
                    OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                    Mode::empty(),
                )?;
                match fchown(
                    &made,
                    Some(Uid::from_raw(owner.st_uid)),
                    Some(Gid::from_raw(owner.st_gid)),
                ) {
                    Ok(()) | Err(Errno::PERM) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        so_far.push(part);
    }
    open_folder(root, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_files_follow_no_link_out() {
        let copy = tempfile::tempdir().unwrap();
        let away = tempfile::tempdir().unwrap();
        let theirs = away.path().join("a.py");
        std::fs::write(&theirs, "theirs").unwrap();
        std::os::unix::fs::symlink(away.path(), copy.path().join("away")).unwrap();
        std::os::unix::fs::symlink(&theirs, copy.path().join("b.py")).unwrap();
        let put = |path: &str| {
            let version = Version {
                path: path.into(),
                bytes: b"ours".to_vec(),
                mode: 0o640,
            };
            put_beneath(copy.path(), &[version])
        };
        assert!(put("away/a.py").is_err());
        put("b.py").unwrap();
        put("new/c.py").unwrap();
        assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs");
        for path in ["b.py", "new/c.py"] {
            let path = copy.path().join(path);
            assert!(path.symlink_metadata().unwrap().is_file());
            assert_eq!(std::fs::read(path).unwrap(), b"ours");
        }
    }
}

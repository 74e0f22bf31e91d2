//! What of a project may be written, whatever stands in the project: a repository may bring links, and a folder that looks like ours.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use crate::HealError;

/// Where sessions are kept, relative to the root of the project.
const FOLDER: &str = ".arc/heal";

/// The folder of the sessions; `None` when it is not there, or is a link or lies behind one.
pub(crate) fn sessions(root: &Path) -> Option<PathBuf> {
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
    let folder = root.join(FOLDER);
    (is_folder(&root.join(".arc")) && is_folder(&folder)).then_some(folder)
}

/// The same, made when it is not there.
///
/// # Errors
/// When it cannot be made, or something else stands in its place.
pub(crate) fn made_sessions(root: &Path) -> Result<PathBuf, HealError> {
    let folder = root.join(FOLDER);
    // What a link points to may be there already: that it is no folder of ours is found out below.
    let made = fs::create_dir_all(&folder);
    match (sessions(root), made) {
        (Some(folder), _) => Ok(folder),
        (None, Err(source)) => Err(HealError::Write {
            path: folder,
            source,
        }),
        (None, Ok(())) => Err(HealError::Unfit {
            path: FOLDER.to_owned(),
            why: "is a link or lies behind one; arc writes nothing there".to_owned(),
        }),
    }
}

/// Why a path may not be written, if so: it is to name a plain file below the root, there or not, and nothing that git or arc keep.
pub(crate) fn why_not(root: &Path, path: &str) -> Option<&'static str> {
    let inside = Path::new(path);
    let mut names = 0;
    for part in inside.components() {
        let Component::Normal(name) = part else {
            return Some("is no path below the root of the project");
        };
        if name == ".git" || name == ".arc" {
            return Some("belongs to git or to arc");
        }
        names += 1;
    }
    if names == 0 {
        return Some("is no path below the root of the project");
    }
    let full = root.join(inside);
    if full.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
        return Some("is no plain file");
    }
    let mut above = full.ancestors().skip(1);
    let there = above.find(|above| above.symlink_metadata().is_ok());
    let there = there.and_then(|above| above.canonicalize().ok());
    let root = root.canonicalize().ok();
    match (there, root) {
        (Some(there), Some(root)) if there.is_dir() && there.starts_with(&root) => None,
        _ => Some("lies outside of the project"),
    }
}

/// A new file in the place of whatever stands there; a link is replaced and not followed.
pub(crate) fn fresh(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    File::options().write(true).create_new(true).open(path)
}

/// Opens a plain file of ours to read it and to write at its end.
pub(crate) fn appending(path: &Path) -> io::Result<File> {
    // A pipe in its place would have us wait for its other end.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = File::options()
        .create(true)
        .read(true)
        .append(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no plain file"))
    }
}

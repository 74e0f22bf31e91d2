//! A repository may have come from anybody, and whoever opens one reads some of its files to the end: a link to a device
//! or a pipe has none.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Files that are read when a repository is opened, where they exist.
const READ: [&str; 10] = [
    "HEAD",
    "commondir",
    "gitdir",
    "config",
    "config.worktree",
    "packed-refs",
    "shallow",
    "index",
    "info/grafts",
    "objects/info/alternates",
];

/// The longest path that a file with a path may have.
const MAX_PATH: u64 = 8192;

/// An error when opening the repository at `root` might never end.
pub(super) fn check(root: &Path) -> io::Result<()> {
    let entry = root.join(".git");
    let folder = match fs::metadata(&entry) {
        Ok(metadata) if metadata.is_dir() => entry,
        Ok(_) => match path_in(&entry)?.strip_prefix("gitdir: ") {
            Some(path) => root.join(path),
            None => return Ok(()),
        },
        Err(_) => root.to_owned(),
    };
    regular(&folder)?;
    let common = folder.join("commondir");
    if common.exists() {
        let path = path_in(&common)?;
        regular(&folder.join(path))?;
    }
    Ok(())
}

fn regular(folder: &Path) -> io::Result<()> {
    for name in READ {
        let path = folder.join(name);
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refused(&path));
        }
    }
    Ok(())
}

/// The path that a file consists of.
fn path_in(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(refused(path));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_PATH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn refused(path: &Path) -> io::Error {
    io::Error::other(format!(
        "{} is no regular file, so it is not read",
        path.display()
    ))
}

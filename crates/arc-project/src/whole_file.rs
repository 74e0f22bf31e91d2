//! Files that others read at any time: whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file beside `path` and puts it in its place. A file that is there keeps its permissions, and stays as it was when
/// this fails.
///
/// # Errors
/// When it cannot be written.
pub fn replace_file(
    path: &Path,
    write: &mut dyn FnMut(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let fresh = beside(path);
    let mut written = || {
        let mut file = File::create(&fresh)?;
        write(&mut file)?;
        if let Ok(metadata) = fs::metadata(path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    let result = written();
    if result.is_err() {
        // What was begun is of no use; that it could not be written is told.
        let _ = fs::remove_file(&fresh);
    }
    result
}

/// What arc writes below `.arc` of a project is none of git's business.
///
/// # Errors
/// When that cannot be written down there.
pub fn keep_out_of_git(root: &Path) -> io::Result<()> {
    arc_store::keep_out_of_git(&root.join(".arc"))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".arc-{}", std::process::id()));
    PathBuf::from(name)
}

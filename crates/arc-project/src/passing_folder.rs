//! Folders for the time of one piece of work: removed when it ends, or by the next one when it was killed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A folder that is removed when this is dropped; what a killed process left is removed by the next one.
pub(crate) struct PassingFolder {
    pub(crate) path: PathBuf,
    /// Locked while the process lives.
    lock: File,
}

impl PassingFolder {
    /// Makes a folder in `home` whose name is `prefix` and the number of the process.
    pub(crate) fn make(home: &Path, prefix: &str) -> io::Result<PassingFolder> {
        sweep(home, prefix);
        let path = home.join(format!("{prefix}{}", std::process::id()));
        fs::create_dir_all(&path)?;
        // Nothing in here is for git.
        fs::write(path.join(".gitignore"), "*\n")?;
        let lock = File::create(path.join("running"))?;
        lock.lock()?;
        Ok(PassingFolder { path, lock })
    }
}

impl Drop for PassingFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next one.
        let _ = self.lock.unlock();
        let _ = fs::remove_dir_all(&self.path);
        if let Some(parent) = self.path.parent() {
            // Only when it was made for this: a folder with anything in it stays.
            let _ = fs::remove_dir(parent);
        }
    }
}

/// Removes what killed processes left.
fn sweep(home: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(home) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(prefix);
        let is_alive =
            || File::open(entry.path().join("running")).is_ok_and(|lock| lock.try_lock().is_err());
        if is_ours && !is_alive() {
            // It will be tried again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

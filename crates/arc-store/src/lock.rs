//! One writer at a time, and the folder the graph lives in.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::StoreError;

/// The right to write one graph, until dropped. The operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct WriteLock {
    graph: PathBuf,
    file: File,
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread starts right now has the open file too until it runs its
        // program. Where unlocking fails, closing has to do.
        let _ = self.file.unlock();
    }
}

impl WriteLock {
    /// Takes the lock of the graph at `graph`, making its folder when there is none, and waits up to `patience` for
    /// another holder. Temporary files of builds that were killed are removed.
    ///
    /// # Errors
    /// [`StoreError::Locked`] names the holder; [`StoreError::ReadOnly`] when the folder cannot be written.
    pub fn acquire(graph: &Path, patience: Duration) -> Result<WriteLock, StoreError> {
        let folder = folder_of(graph);
        if !folder.is_dir() {
            fs::create_dir_all(folder)
                .map_err(|error| StoreError::from_io("create", folder, error))?;
        }
        if is_own_folder(folder) {
            let kept = keep_out_of_git(folder);
            kept.map_err(|error| StoreError::from_io("write", &folder.join(".gitignore"), error))?;
        }
        let path = lock_path(graph);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StoreError::from_io("open", &path, error))?;
        let until = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(Duration::from_millis(25));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // The text is a courtesy: a lock that cannot be read is still a lock.
                    if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
                        holder = "it does not say who it is".to_owned();
                    }
                    return Err(StoreError::Locked {
                        path: graph.to_owned(),
                        holder: holder.trim().to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(StoreError::from_io("lock", &path, error));
                }
            }
        }
        sign(&mut file).map_err(|error| StoreError::from_io("write", &path, error))?;
        remove_leftovers(graph)?;
        Ok(WriteLock {
            graph: graph.to_owned(),
            file,
        })
    }

    /// The graph that may be written.
    #[must_use]
    pub fn graph(&self) -> &Path {
        &self.graph
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    file.set_len(0)?;
    file.rewind()?;
    writeln!(
        file,
        "process {} since {since} (seconds since 1970)",
        std::process::id()
    )
}

/// The lock stands beside the graph: `lock` in our own folder, else the graph's name with `.lock`.
fn lock_path(graph: &Path) -> PathBuf {
    let folder = folder_of(graph);
    if is_own_folder(folder) {
        return folder.join("lock");
    }
    let mut name = graph.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

pub(crate) fn folder_of(graph: &Path) -> &Path {
    match graph.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("."),
    }
}

fn is_own_folder(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == ".arc")
}

/// What arc writes for itself is none of git's business: its folder gets a `.gitignore`, unless something has that name.
///
/// # Errors
/// When it cannot be written.
pub fn keep_out_of_git(folder: &Path) -> io::Result<()> {
    let new = OpenOptions::new()
        .write(true)
        // A link of that name came with the project, and is not followed.
        .create_new(true)
        .open(folder.join(".gitignore"));
    match new {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// The name of a temporary file starts with this.
pub(crate) fn temporary_prefix(graph: &Path) -> std::ffi::OsString {
    let mut name = graph.file_name().unwrap_or_default().to_owned();
    name.push(".tmp-");
    name
}

fn remove_leftovers(graph: &Path) -> Result<(), StoreError> {
    let folder = folder_of(graph);
    let prefix = temporary_prefix(graph);
    let entries =
        fs::read_dir(folder).map_err(|error| StoreError::from_io("list", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| StoreError::from_io("list", folder, error))?;
        let name = entry.file_name();
        if name
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes())
        {
            let path = entry.path();
            fs::remove_file(&path).map_err(|error| StoreError::from_io("remove", &path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_although_somebody_still_has_its_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let graph = folder.path().join(".arc").join("graph.db");
        let lock = WriteLock::acquire(&graph, Duration::ZERO).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        let busy = WriteLock::acquire(&graph, Duration::ZERO);
        assert!(matches!(busy, Err(StoreError::Locked { .. })));
        drop(lock);
        WriteLock::acquire(&graph, Duration::ZERO).unwrap();
        drop(inherited);
    }
}

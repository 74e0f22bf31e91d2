//! Graph files as plain files, read without taking SQLite's locks away.
//!
//! On Unix a process loses all its locks on a file when it closes any descriptor of it, also one that had nothing to do with
//! the locks. SQLite knows that of its own descriptors. Whoever else opens a graph that this process may be reading must not
//! close it again: another process could then write while a reader believes that nobody can. So the files stay open here until
//! nothing names them any more.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The graph files that this process has looked at and that still have a name.
static HELD: Mutex<Vec<Arc<File>>> = Mutex::new(Vec::new());

/// The file at `path`, opened or as it was opened before.
pub(crate) fn held(path: &Path) -> io::Result<Held> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        // A pipe would be waited for.
        return Err(io::Error::new(ErrorKind::InvalidInput, "this is no file"));
    }
    // Whoever panicked with the list in hand left a list of files.
    let mut known = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|file| file.metadata().is_ok_and(|metadata| has_name(&metadata)));
    let is_it = |file: &&Arc<File>| file.metadata().is_ok_and(|held| are_one(&held, &metadata));
    let file = match known.iter().find(is_it) {
        Some(file) => Arc::clone(file),
        None => {
            // What was renamed to this path a moment ago may be known as well, and is then known twice.
            let file = Arc::new(File::open(path)?);
            known.push(Arc::clone(&file));
            file
        }
    };
    Ok(Held { file, at: 0 })
}

/// A file that is read from its start, whoever else reads it.
pub(crate) struct Held {
    file: Arc<File>,
    at: u64,
}

impl Held {
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }
}

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = read_at(&self.file, buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

#[cfg(unix)]
fn has_name(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 0
}

/// Closing takes no locks away, and keeping a file open may keep others from replacing it.
#[cfg(not(unix))]
fn has_name(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn are_one(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn are_one(_: &Metadata, _: &Metadata) -> bool {
    false
}

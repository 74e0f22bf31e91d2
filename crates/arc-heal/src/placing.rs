//! Changes that others made up and proved: put in place by the journal, under the policy that holds for repairs.

use std::path::Path;

use crate::journal::{Planned, commit, find_or_none};
use crate::policy::may_write;
use crate::{HealError, Options};

/// A file as it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Placing<'a> {
    /// Relative to the root.
    pub path: &'a str,
    /// What it holds now; `None` when it is not there.
    pub old: Option<&'a [u8]>,
    /// What it is to hold.
    pub new: &'a [u8],
}

/// Whether a file may be changed, or made.
///
/// # Errors
/// When it lies elsewhere, is no plain file, or a policy protects it.
pub fn may_change(root: &Path, path: &str, options: &Options) -> Result<(), HealError> {
    may_write(root, path, options)
}

/// A name for a session that begins now.
#[must_use]
pub fn session_name() -> String {
    let now = crate::log::now_text().replace([':', '-'], "");
    format!("{now}-{}", std::process::id())
}

/// Puts files in place, all or none; `undo` takes them back together.
///
/// # Errors
/// When one is not as it was, may not be changed, or cannot be written: then all are as they were.
pub fn put_in_place(
    root: &Path,
    session: &str,
    files: &[Placing<'_>],
    options: &Options,
) -> Result<(), HealError> {
    let mut found = Vec::with_capacity(files.len());
    for file in files {
        may_write(root, file.path, options)?;
        let now = find_or_none(root, file.path)?;
        if file.old != now.is_there.then_some(now.bytes.as_slice()) {
            return Err(HealError::Changed {
                path: file.path.to_owned(),
            });
        }
        found.push(now);
    }
    let planned: Vec<Planned<'_>> = found
        .iter()
        .zip(files)
        .map(|(found, file)| Planned {
            found,
            bytes: file.new,
            mode: mode_of(found.is_there.then_some(found.mode), file.new),
        })
        .collect();
    commit(root, session, &planned)
}

/// The permissions that are there; a new file with an interpreter line may be executed.
fn mode_of(there: Option<u32>, bytes: &[u8]) -> u32 {
    match there {
        Some(mode) => mode,
        None if bytes.starts_with(b"#!") => 0o755,
        None => 0o644,
    }
}

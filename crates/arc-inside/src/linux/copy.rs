//! A private copy of a project, for where there can be no layer above it.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use super::identity::Identity;

/// No folder of a project lies deeper.
const DEEPEST: usize = 256;

/// The bytes that a copy takes.
///
/// # Errors
///
/// When they are more than `most`, or the folder cannot be read.
pub fn measure(folder: &Path, most: u64) -> io::Result<u64> {
    let mut total = 0_u64;
    each(folder, Path::new(""), 0, &mut |_, _, metadata| {
        total += metadata.len().next_multiple_of(4096);
        if total > most {
            return Err(io::Error::other(format!(
                "it has to be copied here and is larger than the {} MiB that may be written",
                most >> 20
            )));
        }
        Ok(())
    })?;
    Ok(total)
}

/// Copies files, folders and links; nothing else. What belongs to the owner of the project belongs to `identity` then.
pub(super) fn copy(from: &Path, to: &Path, identity: Identity) -> io::Result<()> {
    let owner = fs::metadata(from)?.uid();
    let own = |path: &Path, metadata: &fs::Metadata| {
        if identity.is_other && metadata.uid() == owner {
            lchown(path, Some(identity.user), Some(identity.group))
        } else {
            Ok(())
        }
    };
    fs::create_dir(to)?;
    let mut modes = vec![(to.to_owned(), fs::metadata(from)?)];
    each(from, Path::new(""), 0, &mut |relative, source, metadata| {
        let target = to.join(relative);
        if metadata.is_dir() {
            fs::create_dir(&target)?;
            modes.push((target, metadata.clone()));
            return Ok(());
        }
        if metadata.is_symlink() {
            symlink(fs::read_link(source)?, &target)?;
        } else {
            fs::copy(source, &target)?;
            set_times(&target, metadata)?;
        }
        own(&target, metadata)
    })?;
    // A folder is closed after it is filled.
    for (folder, metadata) in modes.iter().rev() {
        fs::set_permissions(folder, fs::Permissions::from_mode(metadata.mode() & 0o7777))?;
        own(folder, metadata)?;
    }
    Ok(())
}

/// A file that nobody may write to takes a time all the same.
fn set_times(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    let modified = Timespec {
        tv_sec: metadata.mtime(),
        tv_nsec: metadata.mtime_nsec(),
    };
    let times = Timestamps {
        last_access: modified,
        last_modification: modified,
    };
    Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Visits files, folders and links below a folder, folders before what is in them, in the order of names: the path below it, the whole path,
/// and what it is.
///
/// # Errors
///
/// That of `visit`, or when a folder cannot be read.
pub fn each_entry(
    folder: &Path,
    visit: &mut dyn FnMut(&Path, &Path, &fs::Metadata) -> io::Result<()>,
) -> io::Result<()> {
    each(folder, Path::new(""), 0, visit)
}

type Visit<'a> = dyn FnMut(&Path, &Path, &fs::Metadata) -> io::Result<()> + 'a;

/// Visits what is in a folder, folders before what is in them, in the order of names.
fn each(folder: &Path, relative: &Path, depth: usize, visit: &mut Visit<'_>) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(io::Error::other("folders in folders without end"));
    }
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let metadata = entry.metadata()?;
        let kind = metadata.file_type();
        if !(kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            continue;
        }
        let relative = relative.join(entry.file_name());
        visit(&relative, &entry.path(), &metadata)?;
        if kind.is_dir() {
            each(&entry.path(), &relative, depth + 1, visit)?;
        }
    }
    Ok(())
}

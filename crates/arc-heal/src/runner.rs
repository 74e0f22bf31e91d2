//! Where commands run: never on the project itself.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_sandbox::{Version, with_path_replaced};
use tempfile::TempDir;

use crate::RunError;
use crate::child::{Call, Finished, run_child};

/// Runs commands on a project that they cannot change.
pub trait Runner {
    /// Runs the command with `versions` in the place of the project's files.
    ///
    /// # Errors
    /// When it cannot be run at all; a command that fails is no error.
    fn run(&mut self, versions: &[Version], wall: Duration) -> Result<Finished, RunError>;

    /// Runs another command, in a folder of the project.
    ///
    /// # Errors
    /// When it cannot be run at all; a command that fails is no error.
    fn run_other(
        &mut self,
        command: (&[OsString], &Path),
        versions: &[Version],
        wall: Duration,
    ) -> Result<Finished, RunError>;

    /// Runs another command, in a folder of the project, and gives a file as it leaves it, by its path in the project; nothing when there is
    /// no plain file then.
    ///
    /// # Errors
    /// When it cannot be run at all; a command that fails is no error.
    fn run_editing(
        &mut self,
        command: (&[OsString], &Path),
        versions: &[Version],
        kept: (&Path, Duration),
    ) -> Result<Option<Vec<u8>>, RunError>;

    /// What stands between the command and the machine.
    fn layers(&self) -> Vec<String>;

    /// Whether the command can connect to anything but itself.
    fn reaches_network(&self) -> bool;
}

/// Folders that only hold what tools can make again: kept between runs, so that a build need not start over.
const CACHES: &[&str] = &["target", ".terraform", ".mypy_cache", ".ruff_cache"];
/// Bigger projects are not copied.
const MOST_BYTES: u64 = 4 << 30;

/// Runs plain child processes in a private copy of the project, which is put back in order before each run.
pub struct PlainRunner {
    original: PathBuf,
    root: PathBuf,
    place: TempDir,
    folder: PathBuf,
    command: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    known: BTreeMap<PathBuf, Stamp>,
    is_fresh: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
    is_folder: bool,
}

impl PlainRunner {
    /// Copies the project at `root`. The command starts in the copy of `folder`, which lies in `root`; where its arguments or
    /// variables name the project by its full path they name the copy.
    ///
    /// # Errors
    /// When the project cannot be copied.
    pub fn new(
        root: &Path,
        folder: &Path,
        command: &[OsString],
        environment: &[(OsString, OsString)],
    ) -> Result<PlainRunner, RunError> {
        let place = tempfile::Builder::new()
            .prefix("arc-heal-")
            .tempdir()
            .map_err(|source| RunError::Copy {
                path: std::env::temp_dir(),
                source,
            })?;
        let copy = place
            .path()
            .canonicalize()
            .map_err(|source| RunError::Copy {
                path: place.path().to_owned(),
                source,
            })?;
        let copy = copy.join("project");
        let mut room = MOST_BYTES;
        copy_tree(root, &copy, &mut room)?;
        let inside = folder.strip_prefix(root).unwrap_or(Path::new(""));
        let renamed = |text: &OsStr| replaced(text, root, &copy);
        let mut runner = PlainRunner {
            original: root.to_owned(),
            root: copy.clone(),
            folder: copy.join(inside),
            command: command.iter().map(|word| renamed(word)).collect(),
            environment: environment
                .iter()
                .map(|(name, value)| (name.clone(), renamed(value)))
                .collect(),
            place,
            known: BTreeMap::new(),
            is_fresh: true,
        };
        runner.known = stamps(&runner.root)?;
        Ok(runner)
    }

    /// Puts back what a run or an earlier version changed.
    fn restore(&mut self) -> Result<(), RunError> {
        let now = stamps(&self.root)?;
        for (path, stamp) in now.iter().rev() {
            if !self.known.contains_key(path) {
                let path = self.root.join(path);
                let removed = if stamp.is_folder {
                    fs::remove_dir(&path)
                } else {
                    fs::remove_file(&path)
                };
                removed.map_err(|source| RunError::Copy { path, source })?;
            }
        }
        for (path, stamp) in &self.known {
            if now
                .get(path)
                .is_some_and(|now| now == stamp || (now.is_folder && stamp.is_folder))
            {
                continue;
            }
            let (from, to) = (self.original.join(path), self.root.join(path));
            let put_back = if stamp.is_folder {
                fs::create_dir_all(&to)
            } else {
                copy_file(&from, &to)
            };
            put_back.map_err(|source| RunError::Copy { path: to, source })?;
        }
        self.known = stamps(&self.root)?;
        Ok(())
    }
}

impl PlainRunner {
    fn run_in(
        &mut self,
        (command, folder): (&[OsString], &Path),
        versions: &[Version],
        wall: Duration,
    ) -> Result<Finished, RunError> {
        if !self.is_fresh {
            self.restore()?;
        }
        self.is_fresh = false;
        for version in versions {
            let path = self.root.join(&version.path);
            // A new file rather than new content: programs that remember files by their inode see another one.
            let removed = match fs::remove_file(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    path.parent().map_or(Ok(()), fs::create_dir_all)
                }
                other => other,
            };
            let written = removed
                .and_then(|()| fs::write(&path, &version.bytes))
                .and_then(|()| {
                    fs::set_permissions(&path, fs::Permissions::from_mode(version.mode))
                });
            written.map_err(|source| RunError::Copy { path, source })?;
        }
        let mut finished = run_child(&Call {
            command,
            folder,
            environment: &self.environment,
            input: &[],
            wall,
        })?;
        for output in [&mut finished.stdout, &mut finished.stderr] {
            let own = self.root.as_os_str().as_encoded_bytes();
            let theirs = self.original.as_os_str().as_encoded_bytes();
            *output = with_path_replaced(output, own, theirs);
        }
        Ok(finished)
    }
}

impl Runner for PlainRunner {
    fn run(&mut self, versions: &[Version], wall: Duration) -> Result<Finished, RunError> {
        let (command, folder) = (self.command.clone(), self.folder.clone());
        self.run_in((&command, &folder), versions, wall)
    }

    fn run_other(
        &mut self,
        (command, folder): (&[OsString], &Path),
        versions: &[Version],
        wall: Duration,
    ) -> Result<Finished, RunError> {
        let named = |word: &OsString| replaced(word, &self.original, &self.root);
        let command: Vec<OsString> = command.iter().map(named).collect();
        let inside = folder.strip_prefix(&self.original).unwrap_or(Path::new(""));
        let folder = self.root.join(inside);
        self.run_in((&command, &folder), versions, wall)
    }

    fn run_editing(
        &mut self,
        command: (&[OsString], &Path),
        versions: &[Version],
        (path, wall): (&Path, Duration),
    ) -> Result<Option<Vec<u8>>, RunError> {
        self.run_other(command, versions, wall)?;
        let path = self.root.join(path);
        let is_plain = path.symlink_metadata().is_ok_and(|meta| meta.is_file());
        // What the command has removed, or made something else of, is no file any more.
        Ok(is_plain.then(|| fs::read(&path).ok()).flatten())
    }

    fn layers(&self) -> Vec<String> {
        vec!["copy".to_owned()]
    }

    fn reaches_network(&self) -> bool {
        true
    }
}

/// The text with the project's path replaced by the copy's, where it is a whole path or the beginning of one.
fn replaced(text: &OsStr, root: &Path, copy: &Path) -> OsString {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    OsString::from_vec(with_path_replaced(
        text.as_bytes(),
        root.as_os_str().as_bytes(),
        copy.as_os_str().as_bytes(),
    ))
}

fn copy_tree(from: &Path, to: &Path, room: &mut u64) -> Result<(), RunError> {
    let failed = |path: &Path, source| RunError::Copy {
        path: path.to_owned(),
        source,
    };
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to).map_err(|error| failed(&to, error))?;
        let mut entries: Vec<_> = fs::read_dir(&from)
            .and_then(Iterator::collect::<Result<_, _>>)
            .map_err(|error| failed(&from, error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if entry.file_name() == ".arc" {
                continue;
            }
            let target = to.join(entry.file_name());
            let meta = entry
                .metadata()
                .map_err(|error| failed(&entry.path(), error))?;
            if meta.is_dir() {
                folders.push((entry.path(), target));
            } else if meta.is_file() || meta.is_symlink() {
                *room = room
                    .checked_sub(meta.len())
                    .ok_or_else(|| RunError::TooBig {
                        path: from.clone(),
                        most: MOST_BYTES,
                    })?;
                copy_file(&entry.path(), &target).map_err(|error| failed(&entry.path(), error))?;
            }
        }
    }
    Ok(())
}

/// Copies a file with its permissions and times, or a link as a link.
fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    let meta = from.symlink_metadata()?;
    if to.symlink_metadata().is_ok() {
        fs::remove_file(to)?;
    }
    if meta.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    fs::copy(from, to)?;
    let times = fs::FileTimes::new()
        .set_accessed(meta.accessed()?)
        .set_modified(meta.modified()?);
    // Times matter to tools that rebuild what is newer; a file that cannot be opened for writing keeps those of the copy.
    if let Ok(file) = fs::File::options().write(true).open(to) {
        file.set_times(times)?;
    }
    Ok(())
}

/// Everything below a folder except what [`CACHES`] hold.
fn stamps(root: &Path) -> Result<BTreeMap<PathBuf, Stamp>, RunError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let failed = |source| RunError::Copy {
            path: path.clone(),
            source,
        };
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let meta = entry.metadata().map_err(failed)?;
            let name = folder.join(entry.file_name());
            if meta.is_dir() && CACHES.iter().any(|cache| entry.file_name() == *cache) {
                continue;
            }
            if meta.is_dir() {
                folders.push(name.clone());
            }
            let stamp = Stamp {
                inode: meta.ino(),
                size: if meta.is_dir() { 0 } else { meta.len() },
                changed: (meta.ctime(), meta.ctime_nsec()),
                is_folder: meta.is_dir(),
            };
            found.insert(name, stamp);
        }
    }
    Ok(found)
}

impl Drop for PlainRunner {
    fn drop(&mut self) {
        // Folders without permissions that a command made keep the copy from being removed.
        if fs::remove_dir_all(&self.root).is_err() {
            open_folders(self.place.path());
        }
    }
}

fn open_folders(root: &Path) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // What cannot be opened stays behind in the folder for temporary files.
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_sees_the_project_as_it_is_and_cannot_change_it() {
        let project = tempfile::tempdir().expect("a folder");
        let root = project.path().canonicalize().expect("it is there");
        fs::write(root.join("a"), "old").expect("written");
        let command = [
            "sh",
            "-c",
            "cat a new 2>/dev/null; echo x > new; echo y > a",
        ]
        .map(OsString::from);
        let environment = [(OsString::from("PATH"), OsString::from("/usr/bin:/bin"))];
        let mut runner = PlainRunner::new(&root, &root, &command, &environment).expect("copied");
        let wall = Duration::from_secs(20);
        for _ in 0..2 {
            let ended = runner.run(&[], wall).expect("it runs");
            assert_eq!(ended.stdout, b"old");
        }
        let version = Version {
            path: "a".into(),
            bytes: b"other".to_vec(),
            mode: 0o644,
        };
        assert_eq!(
            runner.run(&[version], wall).expect("it runs").stdout,
            b"other"
        );
        assert_eq!(runner.run(&[], wall).expect("it runs").stdout, b"old");
        assert_eq!(fs::read(root.join("a")).expect("there"), b"old");
        assert!(!root.join("new").exists());
    }
}

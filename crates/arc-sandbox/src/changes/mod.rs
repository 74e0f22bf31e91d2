//! What a command changed, and how chosen files of it come into the project.

#[cfg(target_os = "linux")]
mod keep;
#[cfg(target_os = "linux")]
mod walk;

use std::path::PathBuf;

#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
use {
    crate::linux::Place,
    crate::{Job, Limit},
    arc_inside::COPY,
    rustix::fs::{Mode, OFlags},
    std::fs::File,
    std::io,
    std::os::fd::OwnedFd,
    std::path::Path,
    std::time::SystemTime,
};

/// One file, folder or link that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the project.
    pub path: PathBuf,
    /// What became of it.
    pub kind: ChangeKind,
    /// What it is, or was if it is gone.
    pub entry: EntryKind,
    /// Its permissions, or what they were.
    pub mode: u32,
    /// Bytes of a file, 0 for everything else and for what is gone.
    pub size: u64,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Created,
    /// Its content or its permissions are others.
    Modified,
    /// It is not there any more.
    Deleted,
}

impl ChangeKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Created => "created",
            ChangeKind::Modified => "modified",
            ChangeKind::Deleted => "deleted",
        }
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a socket.
    Other,
}

impl EntryKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryKind::File => "file",
            EntryKind::Folder => "folder",
            EntryKind::Link => "link",
            EntryKind::Other => "other",
        }
    }
}

/// All that a command changed in the project, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes.
    pub list: Vec<Change>,
    /// There are more than are listed: too many, or too deep.
    pub is_cut: bool,
}

/// What became of files that were to be taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// In the project now, or gone from it.
    pub taken: Vec<PathBuf>,
    /// As they were, and why.
    pub left: Vec<(PathBuf, String)>,
}

/// The folder of a layer with what is written.
#[cfg(target_os = "linux")]
const UPPER: &str = "upper";

/// Everything a command wrote, in memory or in a private folder. It is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// What the project is now, or what lies above it.
    #[cfg(target_os = "linux")]
    top: OwnedFd,
    #[cfg(target_os = "linux")]
    project: PathBuf,
    /// Nobody knows what the command changed.
    #[cfg(target_os = "linux")]
    is_unknown: bool,
    /// `top` is all of the project, not only what is above it.
    #[cfg(target_os = "linux")]
    is_copy: bool,
    /// Later changes of the project were made by others.
    #[cfg(target_os = "linux")]
    started: SystemTime,
    /// Where `top` is, if it is not in memory.
    #[cfg(target_os = "linux")]
    _place: Option<Place>,
}

#[cfg(target_os = "linux")]
impl Scratch {
    /// The scratch of a job that nobody writes to any more.
    pub(crate) fn new(
        root: &OwnedFd,
        job: &Job,
        is_copy: bool,
        started: SystemTime,
    ) -> io::Result<Scratch> {
        let name = if is_copy { COPY } else { UPPER };
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Scratch {
            top: rustix::fs::openat(root, name, flags, Mode::empty())?,
            project: job.work.clone(),
            is_unknown: false,
            is_copy,
            started,
            _place: None,
        })
    }

    /// The scratch of a job whose changes cannot be had: there are none, and they are not all.
    pub(crate) fn unknown(place: Place, job: &Job, started: SystemTime) -> io::Result<Scratch> {
        std::fs::create_dir(place.folder().join(UPPER))?;
        let root = open_project(place.folder())?;
        Ok(Scratch {
            _place: Some(place),
            is_unknown: true,
            ..Scratch::new(&root, job, false, started)?
        })
    }

    /// The scratch of a job that wrote to a copy in a private folder.
    pub(crate) fn in_place(place: Place, job: &Job, started: SystemTime) -> io::Result<Scratch> {
        let root = open_project(place.folder())?;
        Ok(Scratch {
            _place: Some(place),
            ..Scratch::new(&root, job, true, started)?
        })
    }

    /// The limits of files that were met.
    pub(crate) fn met(root: &OwnedFd) -> Vec<Limit> {
        // It is our own file system, which answers; and a limit that is not mentioned ended nothing.
        let Ok(state) = rustix::fs::fstatvfs(root) else {
            return Vec::new();
        };
        let is_met = [
            (Limit::Disk, state.f_bavail),
            (Limit::Files, state.f_favail),
        ];
        is_met
            .into_iter()
            .filter(|(_, free)| *free == 0)
            .map(|(limit, _)| limit)
            .collect()
    }

    /// What the command changed in the project.
    ///
    /// # Errors
    ///
    /// When the project or the scratch cannot be read.
    pub fn changes(&self) -> io::Result<Changes> {
        let project = open_project(&self.project)?;
        let mut changes = walk::changes(&self.top, &project, self.is_copy)?;
        changes.is_cut |= self.is_unknown;
        Ok(changes)
    }

    /// A file as the command left it.
    ///
    /// # Errors
    ///
    /// When there is no regular file.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        keep::open_beneath(&self.top, path)
    }

    /// Takes over the regular files of `changes` that are `chosen`: created and modified ones with their content and
    /// permissions, each at once, and deleted ones are deleted. What others changed meanwhile stays, and so does what git runs.
    ///
    /// # Errors
    ///
    /// When the project cannot be opened. What cannot be done for one file is told in [`Kept::left`].
    pub fn keep(&self, changes: &Changes, chosen: &dyn Fn(&Path) -> bool) -> io::Result<Kept> {
        let project = open_project(&self.project)?;
        let mut kept = Kept::default();
        for change in changes.list.iter().filter(|change| chosen(&change.path)) {
            match keep::keep(change, &self.top, &project, self.started) {
                Ok(true) => kept.taken.push(change.path.clone()),
                Ok(false) => {}
                Err(why) => kept.left.push((change.path.clone(), why.to_string())),
            }
        }
        Ok(kept)
    }
}

#[cfg(target_os = "linux")]
fn open_project(project: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(project, flags, Mode::empty())?)
}

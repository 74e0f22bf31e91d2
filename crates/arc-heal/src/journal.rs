//! The one place that writes to the project. A change is written beside the project first, described in a journal, and put in
//! place by one rename; whatever moment a crash chooses, the next start finds out which side of the rename it was.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use arc_project::replace_file;
use serde::{Deserialize, Serialize};

use crate::HealError;

/// Where sessions are kept, relative to the root of the project.
pub(crate) const FOLDER: &str = ".arc/heal";

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Relative to the root.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    owner: u32,
    group: u32,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everything is prepared; the rename may or may not have happened.
    Intended,
    /// The change is in place.
    Applied,
    /// The change was taken back, or never made.
    Undone,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    state: State,
    path: String,
    before: String,
    after: String,
    mode_before: u32,
    mode_after: u32,
    owner: u32,
    group: u32,
}

/// What was done about a session that a crash cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The session.
    pub session: String,
    /// The file it was about.
    pub path: String,
    /// Where the session stands now; `None` when the file is neither as it was nor as it was to be, and was left alone.
    pub state: Option<State>,
}

/// Reads a file of the project as it is now.
///
/// # Errors
/// When it cannot be read or is no plain file.
pub(crate) fn find(root: &Path, path: &str) -> Result<Found, HealError> {
    let full = root.join(path);
    let failed = |source| HealError::Read {
        path: full.clone(),
        source,
    };
    let meta = full.symlink_metadata().map_err(failed)?;
    let bytes = fs::read(&full).map_err(failed)?;
    Ok(Found {
        path: path.to_owned(),
        bytes,
        mode: meta.permissions().mode() & 0o7777,
        owner: meta.uid(),
        group: meta.gid(),
    })
}

/// Puts new bytes and permissions in the place of a file, if it is still as it was found.
///
/// # Errors
/// When the file changed meanwhile or cannot be written; it is as it was then.
pub(crate) fn commit(
    root: &Path,
    session: &str,
    found: &Found,
    bytes: &[u8],
    mode: u32,
) -> Result<(), HealError> {
    let folder = root.join(FOLDER).join(session);
    let failed = |path: &Path, source| HealError::Write {
        path: path.to_owned(),
        source,
    };
    let _lock = lock(root)?;
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    let entry = Entry {
        state: State::Intended,
        path: found.path.clone(),
        before: digest(&found.bytes),
        after: digest(bytes),
        mode_before: found.mode,
        mode_after: mode,
        owner: found.owner,
        group: found.group,
    };
    let prepared = keep_out_of_git(root)
        .and_then(|()| write_synced(&folder.join("before"), &found.bytes))
        .and_then(|()| stage(&folder.join("after"), bytes, mode, &entry))
        .and_then(|()| save(&folder, &entry));
    if let Err(error) = prepared {
        discard(&folder);
        return Err(failed(&folder, error));
    }
    if find(root, &found.path)? != *found {
        discard(&folder);
        return Err(HealError::Changed {
            path: found.path.clone(),
        });
    }
    let target = root.join(&found.path);
    if let Err(error) = put(&folder.join("after"), &target) {
        discard(&folder);
        return Err(failed(&target, error));
    }
    save(
        &folder,
        &Entry {
            state: State::Applied,
            ..entry
        },
    )
    .map_err(|error| failed(&folder, error))
}

/// Takes back what a session changed, if the file is still as the session left it.
///
/// # Errors
/// When there is no such session, the file changed since, or it cannot be written.
pub fn undo(root: &Path, session: &str) -> Result<String, HealError> {
    let folder = root.join(FOLDER).join(session);
    let is_name = !session.is_empty()
        && session
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let entry = load(&folder)
        .filter(|_| is_name)
        .ok_or_else(|| HealError::NoSession {
            session: session.to_owned(),
        })?;
    let _lock = lock(root)?;
    if entry.state != State::Applied {
        return Err(HealError::NothingApplied {
            session: session.to_owned(),
        });
    }
    let now = find(root, &entry.path)?;
    if digest(&now.bytes) != entry.after || now.mode != entry.mode_after {
        return Err(HealError::Changed { path: entry.path });
    }
    let backup = folder.join("before");
    let failed = |source| HealError::Write {
        path: root.join(&entry.path),
        source,
    };
    let bytes = fs::read(&backup).map_err(failed)?;
    if digest(&bytes) != entry.before {
        return Err(HealError::Changed {
            path: format!("{FOLDER}/{session}/before"),
        });
    }
    let staged = folder.join("restored");
    stage(&staged, &bytes, entry.mode_before, &entry)
        .and_then(|()| put(&staged, &root.join(&entry.path)))
        .and_then(|()| {
            save(
                &folder,
                &Entry {
                    state: State::Undone,
                    ..entry.clone()
                },
            )
        })
        .map_err(failed)?;
    Ok(entry.path)
}

/// Finishes or gives up what a crash cut short.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn recover(root: &Path) -> Result<Vec<Recovered>, HealError> {
    let folder = root.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Ok(Vec::new());
    };
    let _lock = lock(root)?;
    let mut sessions: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    sessions.sort();
    let mut recovered = Vec::new();
    for session in sessions.into_iter().filter(|session| session.is_dir()) {
        let Some(entry) = load(&session) else {
            // Nothing was intended yet.
            discard(&session);
            continue;
        };
        if entry.state != State::Intended {
            continue;
        }
        let now = find(root, &entry.path).ok();
        let is = |hash: &str, mode: u32| {
            now.as_ref()
                .is_some_and(|now| digest(&now.bytes) == hash && now.mode == mode)
        };
        let state = if is(&entry.after, entry.mode_after) {
            Some(State::Applied)
        } else if is(&entry.before, entry.mode_before) {
            Some(State::Undone)
        } else {
            None
        };
        recovered.push(Recovered {
            session: session
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            path: entry.path.clone(),
            state,
        });
        let settled = Entry {
            state: state.unwrap_or(State::Undone),
            ..entry
        };
        save(&session, &settled).map_err(|source| HealError::Write {
            path: session,
            source,
        })?;
    }
    Ok(recovered)
}

/// Holds off other sessions of the project until it is dropped.
fn lock(root: &Path) -> Result<File, HealError> {
    let folder = root.join(FOLDER);
    let path = folder.join("lock");
    let failed = |source| HealError::Write {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(failed)?;
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(failed)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|error| failed(error.into()))?;
    Ok(file)
}

/// The content's name.
pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// What arc writes for itself is none of git's business.
fn keep_out_of_git(root: &Path) -> io::Result<()> {
    let path = root.join(".arc/.gitignore");
    if path.exists() {
        Ok(())
    } else {
        fs::write(path, "*\n")
    }
}

fn load(folder: &Path) -> Option<Entry> {
    let text = fs::read(folder.join("journal.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

fn save(folder: &Path, entry: &Entry) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(entry)?;
    replace_file(&folder.join("journal.json"), &mut |file| {
        file.write_all(&text)
    })?;
    sync_folder(folder)
}

/// The new file with everything it will be: bytes, permissions, owner.
fn stage(path: &Path, bytes: &[u8], mode: u32, entry: &Entry) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    let meta = file.metadata()?;
    if (meta.uid(), meta.gid()) != (entry.owner, entry.group) {
        std::os::unix::fs::fchown(&file, Some(entry.owner), Some(entry.group))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.sync_all()
}

fn put(staged: &Path, target: &Path) -> io::Result<()> {
    fs::rename(staged, target)?;
    sync_folder(target.parent().unwrap_or(Path::new(".")))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a session that changed nothing. What stays behind is found to be without a journal at the next start.
fn discard(folder: &Path) {
    let _ = fs::remove_file(folder.join("journal.json"));
    let _ = fs::remove_dir_all(folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Found) {
        let project = tempfile::tempdir().expect("a folder");
        fs::write(project.path().join("a.py"), "broken").expect("written");
        fs::set_permissions(
            project.path().join("a.py"),
            fs::Permissions::from_mode(0o640),
        )
        .expect("set");
        let found = find(project.path(), "a.py").expect("there");
        (project, found)
    }

    fn text(root: &Path) -> String {
        fs::read_to_string(root.join("a.py")).expect("there")
    }

    #[test]
    fn a_change_is_made_and_taken_back() {
        let (project, found) = project();
        commit(project.path(), "s1", &found, b"sound", 0o750).expect("committed");
        assert_eq!(text(project.path()), "sound");
        assert_eq!(undo(project.path(), "s1").expect("undone"), "a.py");
        assert_eq!(find(project.path(), "a.py").expect("there"), found);
        assert!(matches!(
            undo(project.path(), "s1"),
            Err(HealError::NothingApplied { .. })
        ));
    }

    #[test]
    fn a_file_that_somebody_else_changed_is_left_alone() {
        let (project, found) = project();
        fs::write(project.path().join("a.py"), "theirs").expect("written");
        let refused = commit(project.path(), "s1", &found, b"sound", 0o640);
        assert!(matches!(refused, Err(HealError::Changed { .. })));
        assert_eq!(text(project.path()), "theirs");
        assert!(!project.path().join(FOLDER).join("s1").exists());
    }

    #[test]
    fn a_crash_before_or_after_the_rename_is_told_apart() {
        for (is_after, state) in [(false, State::Undone), (true, State::Applied)] {
            let (project, found) = project();
            commit(project.path(), "s1", &found, b"sound", 0o640).expect("committed");
            let folder = project.path().join(FOLDER).join("s1");
            let mut entry = load(&folder).expect("there");
            entry.state = State::Intended;
            save(&folder, &entry).expect("saved");
            if !is_after {
                fs::write(project.path().join("a.py"), "broken").expect("written");
            }
            let recovered = recover(project.path()).expect("recovered");
            assert_eq!(recovered.len(), 1);
            assert_eq!(recovered[0].state, Some(state));
            assert_eq!(recover(project.path()).expect("nothing left"), []);
        }
    }

    #[test]
    fn a_session_is_named_and_not_pointed_to() {
        let (project, _) = project();
        assert!(matches!(
            undo(project.path(), "../s1"),
            Err(HealError::NoSession { .. })
        ));
    }
}

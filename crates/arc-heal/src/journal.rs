//! The one place that writes to the project. A change is written beside the project first, described in a journal, and put in
//! place by one rename; whatever moment a crash chooses, the next start finds out which side of the rename it was.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use arc_project::{keep_out_of_git, replace_file};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod stops;

#[cfg(test)]
use self::stops::reached;
use crate::HealError;
use crate::aftermath::tell_how_they_stand;
use crate::inside::{appending, fresh, made_sessions, sessions, why_not};

/// What stands between two steps that a crash may part; tests end the process there.
#[cfg(not(test))]
const fn reached() {}

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Relative to the root.
    pub path: String,
    /// Whether it was there at all.
    pub is_there: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    owner: u32,
    group: u32,
}

/// What a session keeps its journal in.
const JOURNAL: &str = "journal.json";

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
    files: Vec<FileEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct FileEntry {
    path: String,
    /// `None` for a file that was not there.
    before: Option<String>,
    after: String,
    mode_before: u32,
    mode_after: u32,
    owner: u32,
    group: u32,
    /// How many of the folders above the file were made for it.
    #[serde(default)]
    new_folders: usize,
}

/// The journal of a version that knew sessions of one file only.
#[derive(Deserialize)]
struct SingleEntry {
    state: State,
    #[serde(flatten)]
    file: FileEntry,
}

/// What a file is to hold instead of what was found.
pub(crate) struct Planned<'a> {
    pub(crate) found: &'a Found,
    pub(crate) bytes: &'a [u8],
    pub(crate) mode: u32,
}

/// What was done about a session that a crash cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The session.
    pub session: String,
    /// The files it was about.
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
        is_there: true,
        bytes,
        mode: meta.permissions().mode() & 0o7777,
        owner: meta.uid(),
        group: meta.gid(),
    })
}

/// The same for a file that may not be there yet; it would belong to whoever owns the root.
///
/// # Errors
/// When it is there and cannot be read, or the root cannot.
pub(crate) fn find_or_none(root: &Path, path: &str) -> Result<Found, HealError> {
    match find(root, path) {
        Err(HealError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            let meta = root.metadata().map_err(|source| HealError::Read {
                path: root.to_owned(),
                source,
            })?;
            Ok(Found {
                path: path.to_owned(),
                is_there: false,
                bytes: Vec::new(),
                mode: 0,
                owner: meta.uid(),
                group: meta.gid(),
            })
        }
        found => found,
    }
}

/// Puts new bytes and permissions in the place of files, if all are still as they were found.
///
/// # Errors
/// When a file changed meanwhile or cannot be written; all are as they were then.
pub(crate) fn commit(root: &Path, session: &str, planned: &[Planned<'_>]) -> Result<(), HealError> {
    let folder = made_sessions(root)?.join(session);
    let _lock = lock(root)?;
    reached();
    if !is_folder(&folder) {
        fs::create_dir(&folder).map_err(|error| unwritten(&folder, error))?;
    }
    reached();
    let mut entry = Entry {
        state: State::Intended,
        files: planned.iter().map(|own| file_entry(root, own)).collect(),
    };
    if let Err(error) = prepare(root, &folder, planned, &entry) {
        discard(&folder);
        return Err(unwritten(&folder, error));
    }
    for own in planned {
        if find_or_none(root, &own.found.path)? != *own.found {
            discard(&folder);
            return Err(HealError::Changed {
                path: own.found.path.clone(),
            });
        }
    }
    for (at, file) in entry.files.iter().enumerate() {
        let target = root.join(&file.path);
        let placed = make_folders(&target).and_then(|()| put(&folder.join(after(at)), &target));
        if let Err(error) = placed {
            // What came before it goes back; this one was not changed.
            for (at, file) in entry.files.iter().enumerate().take(at + 1) {
                take_file_back(root, &folder, at, file).map_err(|error| parted(&target, error))?;
            }
            discard(&folder);
            return Err(unwritten(&target, error));
        }
    }
    entry.state = State::Applied;
    // Everything is in place: where that cannot be written down the next start finds it out.
    let _ = save(&folder, &entry);
    Ok(())
}

fn file_entry(root: &Path, planned: &Planned<'_>) -> FileEntry {
    let found = planned.found;
    let above = Path::new(&found.path).ancestors().skip(1);
    FileEntry {
        path: found.path.clone(),
        before: found.is_there.then(|| digest(&found.bytes)),
        after: digest(planned.bytes),
        mode_before: found.mode,
        mode_after: planned.mode,
        owner: found.owner,
        group: found.group,
        new_folders: above.take_while(|above| !root.join(above).exists()).count(),
    }
}

/// Writes down everything that is needed to go on, or back, from any moment.
fn prepare(root: &Path, folder: &Path, planned: &[Planned<'_>], entry: &Entry) -> io::Result<()> {
    keep_out_of_git(root)?;
    reached();
    for (at, (own, file)) in planned.iter().zip(&entry.files).enumerate() {
        if own.found.is_there {
            write_synced(&folder.join(before(at)), &own.found.bytes)?;
        }
        stage(&folder.join(after(at)), own.bytes, own.mode, file)?;
    }
    save(folder, entry)
}

fn make_folders(target: &Path) -> io::Result<()> {
    reached();
    target.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Where a session keeps what was there.
fn before(at: usize) -> String {
    numbered("before", at)
}

/// Where a session keeps what is to be there.
fn after(at: usize) -> String {
    numbered("after", at)
}

/// Where a session prepares what is to be there again.
fn restored(at: usize) -> String {
    numbered("restored", at)
}

fn numbered(name: &str, at: usize) -> String {
    match at {
        0 => name.to_owned(),
        at => format!("{name}-{at}"),
    }
}

/// Puts back what a file was, or removes it with the folders that were made for it.
fn take_file_back(root: &Path, folder: &Path, at: usize, file: &FileEntry) -> io::Result<()> {
    stage_back(root, folder, at, file)?;
    put_back(root, folder, at, file)
}

/// Prepares what a file was.
fn stage_back(root: &Path, folder: &Path, at: usize, file: &FileEntry) -> io::Result<()> {
    if file.before.is_none() {
        return Ok(());
    }
    let bytes = fs::read(folder.join(before(at)))?;
    // A journal may have come with the repository: owner and special bits are those of what is there.
    let meta = root.join(&file.path).symlink_metadata()?;
    let special = meta.permissions().mode() & file.mode_before & 0o7000;
    let own = FileEntry {
        owner: meta.uid(),
        group: meta.gid(),
        ..file.clone()
    };
    let mode = file.mode_before & 0o777 | special;
    stage(&folder.join(restored(at)), &bytes, mode, &own)
}

fn put_back(root: &Path, folder: &Path, at: usize, file: &FileEntry) -> io::Result<()> {
    let target = root.join(&file.path);
    if file.before.is_some() {
        return put(&folder.join(restored(at)), &target);
    }
    match fs::remove_file(&target).map_err(|error| error.kind()) {
        Ok(()) | Err(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
        Err(kind) => return Err(kind.into()),
    }
    for above in target.ancestors().skip(1).take(file.new_folders) {
        reached();
        // A folder that others use by now stays.
        let _ = fs::remove_dir(above);
    }
    Ok(())
}

/// Takes back what a session changed, if the file is still as the session left it.
///
/// # Errors
/// When there is no such session, the file changed since, or it cannot be written.
pub fn undo(root: &Path, session: &str) -> Result<String, HealError> {
    let is_name = !session.is_empty()
        && session
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let no_session = || HealError::NoSession {
        session: session.to_owned(),
    };
    let folder = sessions(root)
        .filter(|_| is_name)
        .map(|sessions| sessions.join(session))
        .filter(|folder| is_folder(folder))
        .ok_or_else(no_session)?;
    let entry = load(&folder).ok_or_else(no_session)?;
    for file in &entry.files {
        if let Some(why) = why_not(root, &file.path) {
            return Err(HealError::Unfit {
                path: file.path.clone(),
                why: why.to_owned(),
            });
        }
    }
    let _lock = lock(root)?;
    if entry.state != State::Applied {
        return Err(HealError::NothingApplied {
            session: session.to_owned(),
        });
    }
    let mut left = Vec::new();
    for (at, file) in entry.files.iter().enumerate() {
        match side(root, file) {
            // A crash came after it was taken back.
            Some(Side::Before) if file.before.is_some() => continue,
            Some(Side::After | Side::Before) => left.push((at, file)),
            None => {
                return Err(HealError::Changed {
                    path: file.path.clone(),
                });
            }
        }
        let kept = fs::read(folder.join(before(at))).ok();
        if kept.as_deref().map(digest) != file.before {
            return Err(HealError::Changed {
                path: folder.join(before(at)).display().to_string(),
            });
        }
    }
    let saved = |state| {
        let entry = Entry {
            state,
            ..entry.clone()
        };
        save(&folder, &entry).map_err(|error| unwritten(&folder, error))
    };
    // From here on the next start goes on where a crash parts it.
    saved(State::Intended)?;
    for (at, file) in &left {
        if let Err(error) = stage_back(root, &folder, *at, file) {
            // Nothing was moved.
            let _ = saved(State::Applied);
            return Err(unwritten(&root.join(&file.path), error));
        }
    }
    for (at, file) in left {
        put_back(root, &folder, at, file).map_err(|error| parted(&root.join(&file.path), error))?;
    }
    // Where that cannot be written down the next start finds it out.
    let _ = saved(State::Undone);
    tell_how_they_stand(root, &[(session.to_owned(), State::Undone)]);
    Ok(entry.paths())
}

/// Nothing was changed.
fn unwritten(path: &Path, source: io::Error) -> HealError {
    HealError::Write {
        path: path.to_owned(),
        source,
    }
}

/// The next start goes on with what an error parted.
fn parted(path: &Path, source: io::Error) -> HealError {
    HealError::Parted {
        path: path.to_owned(),
        source,
    }
}

/// Which side of its rename a file is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// `None` for a file that is neither as it was nor as it was to be.
fn side(root: &Path, file: &FileEntry) -> Option<Side> {
    // What cannot be read is on neither side.
    let now = find_or_none(root, &file.path).ok()?;
    let hash = now.is_there.then(|| digest(&now.bytes));
    if hash.as_ref() == Some(&file.after) && now.mode == file.mode_after {
        Some(Side::After)
    } else if hash == file.before && (!now.is_there || now.mode == file.mode_before) {
        Some(Side::Before)
    } else {
        None
    }
}

impl Entry {
    /// The files, for people.
    fn paths(&self) -> String {
        let paths: Vec<&str> = self.files.iter().map(|file| &*file.path).collect();
        paths.join(", ")
    }
}

/// Finishes or gives up what a crash cut short.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn recover(root: &Path) -> Result<Vec<Recovered>, HealError> {
    let Some(Ok(entries)) = sessions(root).map(fs::read_dir) else {
        return Ok(Vec::new());
    };
    let _lock = lock(root)?;
    let mut sessions: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    sessions.sort();
    let mut recovered = Vec::new();
    let mut stands = Vec::new();
    for session in sessions.into_iter().filter(|session| is_folder(session)) {
        let Some(entry) = load(&session) else {
            // Without a journal nothing was intended yet; one that cannot be read says how files were, and stays.
            if is_missing(&session.join(JOURNAL)) {
                discard(&session);
            }
            continue;
        };
        let name = session.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let is_ours = |file: &FileEntry| why_not(root, &file.path).is_none();
        if entry.state != State::Intended || !entry.files.iter().all(is_ours) {
            stands.push((name, entry.state));
            continue;
        }
        let sides: Option<Vec<Side>> = entry.files.iter().map(|file| side(root, file)).collect();
        let state = match sides {
            Some(sides) if sides.iter().all(|side| *side == Side::After) => Some(State::Applied),
            Some(sides) => {
                // Some files are as they were to be: a session is done as a whole or not at all.
                // Of one that was not there the folders may be.
                let changed = sides
                    .iter()
                    .zip(&entry.files)
                    .enumerate()
                    .filter(|(_, (side, file))| **side == Side::After || file.before.is_none());
                for (at, _) in changed {
                    let file = &entry.files[at];
                    take_file_back(root, &session, at, file)
                        .map_err(|error| parted(&root.join(&file.path), error))?;
                }
                Some(State::Undone)
            }
            None => None,
        };
        stands.extend(state.map(|state| (name.clone(), state)));
        recovered.push(Recovered {
            session: name,
            path: entry.paths(),
            state,
        });
        let settled = Entry {
            state: state.unwrap_or(State::Undone),
            ..entry
        };
        save(&session, &settled).map_err(|error| unwritten(&session, error))?;
    }
    tell_how_they_stand(root, &stands);
    Ok(recovered)
}

/// Holds off other sessions of the project until it is dropped.
fn lock(root: &Path) -> Result<File, HealError> {
    let path = made_sessions(root)?.join("lock");
    let file = appending(&path).map_err(|error| unwritten(&path, error))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|error| unwritten(&path, error.into()))?;
    Ok(file)
}

/// The content's name.
pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_dir())
}

fn is_missing(path: &Path) -> bool {
    let meta = path.symlink_metadata();
    meta.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn load(folder: &Path) -> Option<Entry> {
    let text = fs::read(folder.join(JOURNAL)).ok()?;
    serde_json::from_slice(&text).ok().or_else(|| {
        let single: SingleEntry = serde_json::from_slice(&text).ok()?;
        Some(Entry {
            state: single.state,
            files: vec![single.file],
        })
    })
}

fn save(folder: &Path, entry: &Entry) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(entry)?;
    reached();
    replace_file(&folder.join(JOURNAL), &mut |file| {
        reached();
        file.write_all(&text)?;
        reached();
        Ok(())
    })?;
    reached();
    sync_folder(folder)?;
    sweep(folder);
    Ok(())
}

/// Removes what processes that were ended began to write in the place of a journal. One that stays is looked for again.
fn sweep(folder: &Path) {
    let begun = format!("{JOURNAL}.arc-");
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&begun) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The new file with everything it will be: bytes, permissions, owner.
fn stage(path: &Path, bytes: &[u8], mode: u32, entry: &FileEntry) -> io::Result<()> {
    let mut file = fresh(path)?;
    reached();
    file.write_all(bytes)?;
    reached();
    let meta = file.metadata()?;
    if (meta.uid(), meta.gid()) != (entry.owner, entry.group) {
        std::os::unix::fs::fchown(&file, Some(entry.owner), Some(entry.group))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    reached();
    file.sync_all()
}

fn put(staged: &Path, target: &Path) -> io::Result<()> {
    reached();
    fs::rename(staged, target)?;
    reached();
    sync_folder(target.parent().unwrap_or(Path::new(".")))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fresh(path)?;
    reached();
    file.write_all(bytes)?;
    reached();
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a session that changed nothing. What stays behind is found to be without a journal at the next start.
fn discard(folder: &Path) {
    let _ = fs::remove_file(folder.join(JOURNAL));
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

    fn commit_one(root: &Path, found: &Found, mode: u32) -> Result<(), HealError> {
        let bytes = b"sound";
        commit(root, "s1", &[Planned { found, bytes, mode }])
    }

    fn text(root: &Path) -> String {
        fs::read_to_string(root.join("a.py")).expect("there")
    }

    #[test]
    fn a_change_is_made_and_taken_back() {
        let (project, found) = project();
        commit_one(project.path(), &found, 0o750).expect("committed");
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
        let refused = commit_one(project.path(), &found, 0o640);
        assert!(matches!(refused, Err(HealError::Changed { .. })));
        assert_eq!(text(project.path()), "theirs");
        assert!(!project.path().join(".arc/heal").join("s1").exists());
    }

    #[test]
    fn a_crash_before_or_after_the_rename_is_told_apart() {
        for (is_after, state) in [(false, State::Undone), (true, State::Applied)] {
            let (project, found) = project();
            commit_one(project.path(), &found, 0o640).expect("committed");
            let folder = project.path().join(".arc/heal").join("s1");
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

    /// A session of a file that is there and of one that is not.
    fn commit_two(root: &Path) -> (Found, Found) {
        let old = find(root, "a.py").expect("there");
        let new = find_or_none(root, "pkg/sub/b.py").expect("it may come");
        let planned = [(&old, &b"sound"[..], 0o640), (&new, &b"new"[..], 0o644)];
        let planned = planned.map(|(found, bytes, mode)| Planned { found, bytes, mode });
        commit(root, "s1", &planned).expect("committed");
        (old, new)
    }

    #[test]
    fn several_files_change_together_and_new_ones_go_with_their_folders() {
        let (project, _) = project();
        let root = project.path();
        commit_two(root);
        assert_eq!(text(root), "sound");
        assert_eq!(fs::read(root.join("pkg/sub/b.py")).expect("there"), b"new");
        assert_eq!(undo(root, "s1").expect("undone"), "a.py, pkg/sub/b.py");
        assert_eq!(text(root), "broken");
        assert!(!root.join("pkg").exists());
    }

    #[test]
    fn a_crash_between_two_files_takes_the_first_one_back() {
        let (project, _) = project();
        let root = project.path();
        commit_two(root);
        let folder = root.join(".arc/heal").join("s1");
        let mut entry = load(&folder).expect("there");
        entry.state = State::Intended;
        save(&folder, &entry).expect("saved");
        fs::remove_file(root.join("pkg/sub/b.py")).expect("there");
        let recovered = recover(root).expect("recovered");
        assert_eq!(recovered[0].state, Some(State::Undone));
        assert_eq!(text(root), "broken");
    }

    #[test]
    fn nothing_changes_when_a_later_file_cannot_be_put_in_place() {
        let (project, found) = project();
        let root = project.path();
        fs::write(root.join("plain"), "no folder").expect("written");
        let below = Found {
            path: "plain/b.py".to_owned(),
            is_there: false,
            ..found.clone()
        };
        let planned = [(&found, 0o640), (&below, 0o644)];
        let planned = planned.map(|(found, mode)| Planned {
            found,
            bytes: b"x",
            mode,
        });
        assert!(commit(root, "s1", &planned).is_err());
        assert_eq!(text(root), "broken");
        assert!(root.join("plain").is_file());
    }

    #[test]
    fn journals_of_one_file_are_still_read() {
        let (project, found) = project();
        commit_one(project.path(), &found, 0o640).expect("committed");
        let folder = project.path().join(".arc/heal").join("s1");
        let entry = load(&folder).expect("there");
        let mut old = serde_json::to_value(&entry.files[0]).expect("it is JSON");
        old["state"] = serde_json::json!("applied");
        fs::write(folder.join("journal.json"), old.to_string()).expect("written");
        assert_eq!(undo(project.path(), "s1").expect("undone"), "a.py");
    }

    #[test]
    fn a_session_is_named_and_not_pointed_to() {
        let (project, _) = project();
        assert!(matches!(
            undo(project.path(), "../s1"),
            Err(HealError::NoSession { .. })
        ));
    }

    /// A repository that brings a session of its own: `taken` is a file that it wants to be overwritten.
    fn forged(root: &Path, taken: &str, state: State) {
        let folder = root.join(".arc/heal/s1");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("before"), "theirs").expect("written");
        let file = |path: &str, before: &[u8], after: &[u8]| FileEntry {
            path: path.to_owned(),
            before: Some(digest(before)),
            after: digest(after),
            mode_before: 0o4755,
            mode_after: 0o644,
            owner: 0,
            group: 0,
            new_folders: 9,
        };
        let mut files = vec![file(taken, b"theirs", b"ours")];
        if state == State::Intended {
            // One that is still as it was has the other one taken back.
            fs::write(root.join("left"), "left").expect("written");
            files.push(file("left", b"left", b"right"));
        }
        let meta = root.join(taken).symlink_metadata().expect("there");
        assert!(meta.is_file());
        fs::set_permissions(root.join(taken), fs::Permissions::from_mode(0o644)).expect("set");
        save(&folder, &Entry { state, files }).expect("saved");
    }

    #[test]
    fn a_session_that_came_with_the_repository_writes_nothing_outside_of_it() {
        for state in [State::Intended, State::Applied] {
            let outer = tempfile::tempdir().expect("a folder");
            let root = outer.path().join("project");
            fs::create_dir_all(root.join(".git/hooks")).expect("made");
            fs::write(outer.path().join("profile"), "ours").expect("written");
            fs::write(root.join(".git/hooks/pre-push"), "ours").expect("written");
            for taken in ["../profile", ".git/hooks/pre-push"] {
                forged(&root, taken, state);
                assert_eq!(recover(&root).expect("nothing of ours"), []);
                assert!(undo(&root, "s1").is_err());
                assert_eq!(fs::read(root.join(taken)).expect("there"), b"ours");
            }
        }
    }

    #[test]
    fn what_is_taken_back_gets_no_rights_that_it_has_not() {
        let (project, _) = project();
        let root = project.path();
        fs::write(root.join("a.py"), "ours").expect("written");
        forged(root, "a.py", State::Applied);
        undo(root, "s1").expect("undone");
        let meta = fs::metadata(root.join("a.py")).expect("there");
        assert_eq!(meta.permissions().mode() & 0o7777, 0o755);
    }

    #[test]
    fn links_in_our_folder_are_not_followed() {
        let outer = tempfile::tempdir().expect("a folder");
        let (root, kept) = (outer.path().join("project"), outer.path().join("kept"));
        fs::create_dir_all(&kept).expect("made");
        fs::create_dir_all(root.join(".arc")).expect("made");
        fs::write(root.join("a.py"), "broken").expect("written");
        std::os::unix::fs::symlink(&kept, root.join(".arc/heal")).expect("linked");
        let found = find(&root, "a.py").expect("there");
        assert!(commit_one(&root, &found, 0o644).is_err());
        fs::remove_file(root.join(".arc/heal")).expect("a link");
        let folder = root.join(".arc/heal/s1");
        fs::create_dir_all(&folder).expect("made");
        for name in ["after", "before"] {
            std::os::unix::fs::symlink(kept.join(name), folder.join(name)).expect("linked");
        }
        commit_one(&root, &found, 0o644).expect("committed");
        assert_eq!(text(&root), "sound");
        assert_eq!(fs::read_dir(&kept).expect("a folder").count(), 0);
    }
}

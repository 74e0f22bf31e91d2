//! Which files there are: a parallel walk that heeds `.gitignore` and `.arcignore` and stays inside the root.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use arc_history::GitHistory;
use arc_store::Stamp;

use crate::folder::{Entry, Folder, Kind, files_in};
use crate::rules::{NAMES, RuleReader, Rules};
use crate::stamp::{now_ns, stamp};
use crate::tracked::add_tracked;

/// A file of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Relative to the root, with `/`; bytes that are no UTF-8 as `\xff`.
    pub(crate) path: String,
    /// The same as the system spells it, where `path` does not.
    odd: Option<PathBuf>,
    /// What the file system says.
    pub(crate) stamp: Stamp,
    /// A symbolic link; it is not followed.
    pub(crate) is_symlink: bool,
}

impl Found {
    /// The file of an entry in `folder`, which is shown as `prefix`.
    pub(crate) fn new(prefix: &str, folder: &Path, entry: &Entry, stamp: Stamp) -> Found {
        let mut path = String::with_capacity(prefix.len() + entry.name.len());
        path.push_str(prefix);
        push_shown(&mut path, &entry.name);
        let is_plain = cfg!(unix) && entry.name.to_str().is_some() && folder.to_str().is_some();
        Found {
            path,
            odd: (!is_plain).then(|| folder.join(&entry.name)),
            stamp,
            is_symlink: entry.kind == Kind::Link,
        }
    }

    /// Where it is.
    pub(crate) fn full(&self, root: &Path) -> PathBuf {
        match &self.odd {
            Some(path) => root.join(path),
            None => root.join(&self.path),
        }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by path, each path once.
    pub(crate) files: Vec<Found>,
    /// What could not be listed or looked at, as text for people, sorted.
    pub(crate) unreadable: Vec<String>,
    /// What to remember for the next look, by key; empty when that look must be a walk again.
    pub(crate) folders: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The files of the project at `root` that no rule leaves out, sorted, relative to it.
#[must_use]
pub fn project_files(root: &Path) -> Vec<String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let tree = walk(root, &crate::default_graph_path(root), None, threads);
    let plain = tree.files.into_iter().filter(|file| !file.is_symlink);
    plain.map(|file| file.path).collect()
}

/// Lists the files below `root`, whose repository is `git`. Our own folder, `.git` and the graph itself (wherever it is)
/// are left out.
pub(crate) fn walk(root: &Path, graph: &Path, git: Option<&GitHistory>, threads: usize) -> Tree {
    if is_bare(root) {
        let note = "files: a bare repository has none checked out".to_owned();
        return Tree {
            unreadable: vec![note],
            ..Tree::default()
        };
    }
    let reader = RuleReader {
        root,
        started: now_ns(),
    };
    let mut elsewhere = Folder {
        path: Folder::ELSEWHERE.into(),
        ..Folder::default()
    };
    let is_repository = root.join(".git").exists();
    // Above a repository nothing of it is said; a folder inside one obeys the whole of it.
    let is_inside = || {
        root.ancestors()
            .skip(1)
            .any(|above| above.join(".git").exists())
    };
    let above = if !is_repository && is_inside() {
        reader.above(&mut elsewhere.rules)
    } else {
        None
    };
    let walk = Walk {
        reader: &reader,
        graph,
        queue: Mutex::new(Queue {
            waiting: vec![Task {
                path: PathBuf::new(),
                stamp: fs::symlink_metadata(root)
                    .map(|metadata| folder_stamp(stamp(&metadata, reader.started)))
                    .unwrap_or_default(),
                rules: above,
            }],
            working: 0,
        }),
        wake: Condvar::new(),
    };
    let (mut folders, mut unreadable) = walk.run(threads);
    folders.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut files = files_in(&folders);
    let can_tell = add_tracked(git, graph, &files, &reader, &mut elsewhere);
    let finds_more = !elsewhere.entries.is_empty();
    folders.push(elsewhere);
    if finds_more {
        files = files_in(&folders);
    }
    unreadable.sort_unstable();
    unreadable.dedup();
    let is_kept = cfg!(unix) && can_tell && unreadable.is_empty();
    let kept = folders.iter().filter(|_| is_kept);
    let mut kept: Vec<_> = kept
        .map(|folder| (folder.key(), folder.encoded()))
        .collect();
    kept.sort_unstable();
    Tree {
        files,
        unreadable,
        folders: kept,
    }
}

/// Whether a folder is a git directory itself: what lies in it is git's, not the project's.
fn is_bare(root: &Path) -> bool {
    !root.join(".git").exists()
        && root.join("HEAD").is_file()
        && root.join("objects").is_dir()
        && root.join("refs").is_dir()
}

/// A folder to be listed.
struct Task {
    path: PathBuf,
    stamp: Stamp,
    rules: Option<Arc<Rules>>,
}

struct Queue {
    waiting: Vec<Task>,
    /// Threads that may still find folders.
    working: usize,
}

struct Walk<'a> {
    reader: &'a RuleReader<'a>,
    graph: &'a Path,
    queue: Mutex<Queue>,
    wake: Condvar,
}

impl Walk<'_> {
    fn run(&self, threads: usize) -> (Vec<Folder>, Vec<String>) {
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| self.work())).collect();
            let (mut folders, mut unreadable) = self.work();
            for other in others {
                let (more, notes) = other.join().expect("listing folders does not panic");
                folders.extend(more);
                unreadable.extend(notes);
            }
            (folders, unreadable)
        })
    }

    fn work(&self) -> (Vec<Folder>, Vec<String>) {
        let (mut folders, mut unreadable) = (Vec::new(), Vec::new());
        while let Some(task) = self.next() {
            let below = self.list(task, &mut folders, &mut unreadable);
            let mut queue = self.lock();
            queue.working -= 1;
            queue.waiting.extend(below);
            // One of several waiting threads is not enough when the last worker is done.
            self.wake.notify_all();
        }
        (folders, unreadable)
    }

    fn next(&self) -> Option<Task> {
        let mut queue = self.lock();
        loop {
            if let Some(task) = queue.waiting.pop() {
                queue.working += 1;
                return Some(task);
            }
            if queue.working == 0 {
                return None;
            }
            queue = self.wake.wait(queue).expect(NO_PANIC);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().expect(NO_PANIC)
    }

    /// Lists one folder; the folders below it that belong to the project.
    fn list(
        &self,
        task: Task,
        folders: &mut Vec<Folder>,
        unreadable: &mut Vec<String>,
    ) -> Vec<Task> {
        let root = self.reader.root;
        let full = root.join(&task.path);
        let mut note = |path: &Path, error: &std::io::Error| {
            unreadable.push(format!("{}: {error}", path.display()));
        };
        let mut listed: Vec<(OsString, Kind, DirEntry)> = Vec::new();
        match fs::read_dir(&full) {
            Ok(entries) => {
                for entry in entries {
                    match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                        Ok((kind, entry)) => {
                            listed.push((entry.file_name(), Kind::of(kind), entry))
                        }
                        Err(error) => note(&full, &error),
                    }
                }
            }
            Err(error) => note(&full, &error),
        }
        listed.retain(|(name, ..)| !is_ours(&full, name, self.graph));
        let mut folder = Folder {
            path: task.path,
            stamp: task.stamp,
            ..Folder::default()
        };
        let special = NAMES.into_iter().chain([".git"]);
        let special: Vec<&str> = special
            .filter(|special| listed.iter().any(|(name, ..)| name == special))
            .collect();
        let rules = self
            .reader
            .below(&folder.path, &special, task.rules, &mut folder.rules);
        let mut below = Vec::new();
        for (name, kind, entry) in listed {
            let mut seen = Entry {
                name,
                kind,
                stamp: None,
            };
            let is_folder = kind == Kind::Folder;
            let is_left_out = is_left_out(&seen.name)
                || kind == Kind::Other
                || rules.as_ref().is_some_and(|rules| {
                    rules.leave_out(root, &folder.path.join(&seen.name), is_folder)
                });
            if !is_left_out {
                match entry.metadata() {
                    Ok(metadata) if is_folder => below.push(Task {
                        path: folder.path.join(&seen.name),
                        stamp: folder_stamp(stamp(&metadata, self.reader.started)),
                        rules: rules.clone(),
                    }),
                    Ok(metadata) => seen.stamp = Some(stamp(&metadata, self.reader.started)),
                    Err(error) => note(&entry.path(), &error),
                }
            }
            folder.entries.push(seen);
        }
        folder.entries.sort_unstable_by(Entry::order);
        folders.push(folder);
        below
    }
}

const NO_PANIC: &str = "no thread panics while it holds the lock";

/// The stamp of a folder. Its size says nothing.
pub(crate) fn folder_stamp(stamp: Stamp) -> Stamp {
    Stamp { size: 0, ..stamp }
}

/// Whether what has this name belongs to git or to us.
pub(crate) fn is_left_out(name: &OsStr) -> bool {
    name == ".git" || name == ".arc"
}

/// Whether a name in a folder is ours: it comes and goes without anything being said about the project.
pub(crate) fn is_ours(folder: &Path, name: &OsStr, graph: &Path) -> bool {
    name == ".arc" || (graph.parent() == Some(folder) && is_graph_name(name, graph))
}

/// A graph kept inside the tree (`--db`) is no part of it, nor are the files beside it that SQLite and we make.
pub(crate) fn is_graph(path: &Path, graph: &Path) -> bool {
    path.parent() == graph.parent()
        && path
            .file_name()
            .is_some_and(|name| is_graph_name(name, graph))
}

fn is_graph_name(name: &OsStr, graph: &Path) -> bool {
    let graph_name = graph.file_name().unwrap_or_default();
    name.as_encoded_bytes()
        .strip_prefix(graph_name.as_encoded_bytes())
        .is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with(b".tmp-")
                || matches!(rest, b".lock" | b"-journal" | b"-wal" | b"-shm")
        })
}

/// A path as the graph shows it.
pub(crate) fn shown(relative: &Path) -> String {
    if cfg!(unix)
        && let Some(plain) = relative.to_str()
    {
        return plain.to_owned();
    }
    let mut shown = String::with_capacity(relative.as_os_str().len());
    for component in relative.components() {
        if !shown.is_empty() {
            shown.push('/');
        }
        push_shown(&mut shown, component.as_os_str());
    }
    shown
}

/// Appends a name as the graph shows it.
pub(crate) fn push_shown(shown: &mut String, name: &OsStr) {
    if let Some(plain) = name.to_str() {
        shown.push_str(plain);
        return;
    }
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_inside_the_tree_is_no_part_of_it() {
        let graph = Path::new("/r/x/my.db");
        let is = |path: &str| is_graph(Path::new(path), graph);
        assert!(is("/r/x/my.db") && is("/r/x/my.db-journal") && is("/r/x/my.db.tmp-12"));
        assert!(!is("/r/my.db") && !is("/r/x/my.db.py"));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(OsStr::from_bytes(b"a/b\xff.py"));
        assert_eq!(shown(path), "a/b\\xff.py");
    }
}

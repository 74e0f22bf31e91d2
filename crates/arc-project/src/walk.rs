//! Which files there are: a parallel walk that heeds `.gitignore` and `.arcignore` and stays inside the root.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_history::GitHistory;
use arc_store::Stamp;
use ignore::{DirEntry, WalkBuilder, WalkState};

/// A file of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Relative to the root, with `/`; bytes that are no UTF-8 as `\xff`.
    pub(crate) path: String,
    /// Where it is.
    pub(crate) full: PathBuf,
    /// What the file system says.
    pub(crate) stamp: Stamp,
    /// A symbolic link; it is not followed.
    pub(crate) is_symlink: bool,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by path, each path once.
    pub(crate) files: Vec<Found>,
    /// What could not be listed or looked at, as text for people, sorted.
    pub(crate) unreadable: Vec<String>,
}

/// File systems keep times in ticks: a file that changed this shortly before the walk may change again with the same time.
const TICK_NS: i64 = 20_000_000;
/// A time further ahead of our clock than this comes from another clock, which does not tick with ours.
const AHEAD_NS: i64 = 2_000_000_000;

/// What the file system says of one path now; `None` when there is nothing or it cannot be seen.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    // Seen from far enough ahead no time is too fresh to be trusted.
    Some(stamp(&metadata, i64::MAX / 2))
}

/// Whether a file is as `stored`, by size and times. A time that was too fresh to be trusted when it was stored counts as
/// the same.
pub(crate) fn is_as_stored(path: &Path, stored: &Stamp) -> bool {
    stamp_of(path).is_some_and(|now| {
        now.size == stored.size
            && (now.mtime_ns == stored.mtime_ns || stored.mtime_ns == 0)
            && (now.ctime_ns == stored.ctime_ns || stored.ctime_ns == 0)
    })
}

/// Lists the files below `root`. Our own folder, `.git` and the graph itself (wherever it is) are left out.
pub(crate) fn walk(root: &Path, graph: &Path, threads: usize) -> Tree {
    if is_bare(root) {
        let note = "files: a bare repository has none checked out".to_owned();
        return Tree {
            unreadable: vec![note],
            ..Tree::default()
        };
    }
    let started = now_ns();
    let found: Mutex<Tree> = Mutex::default();
    let is_repository = root.join(".git").exists();
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        // The settings of one user must not change what a commit's graph says.
        .git_global(false)
        // Above a repository nothing of it is said; a folder inside one obeys the whole of it.
        .parents(
            !is_repository
                && root
                    .ancestors()
                    .skip(1)
                    .any(|above| above.join(".git").exists()),
        )
        .follow_links(false)
        .add_custom_ignore_filename(".arcignore")
        .threads(threads)
        .filter_entry(|entry| !is_left_out(entry));
    builder.build_parallel().run(|| {
        let mut batch = Batch {
            tree: Tree::default(),
            into: &found,
        };
        Box::new(move |entry| {
            batch.take(entry, root, graph, started);
            WalkState::Continue
        })
    });
    let mut tree = found
        .into_inner()
        .expect("no thread panics while it holds the lock");
    tree.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    tree.files.dedup_by(|a, b| a.path == b.path);
    let tracked = Tracked::beside(&tree, root);
    if !tracked.files.is_empty() {
        tracked.add_to(&mut tree, root, graph, started);
        tree.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }
    tree.unreadable.sort_unstable();
    tree.unreadable.dedup();
    tree
}

/// Whether a folder is a git directory itself: what lies in it is git's, not the project's.
fn is_bare(root: &Path) -> bool {
    !root.join(".git").exists()
        && root.join("HEAD").is_file()
        && root.join("objects").is_dir()
        && root.join("refs").is_dir()
}

/// Files that git tracks although an ignore file names them: for git, and so for us, they are as good as any other.
#[derive(Default)]
struct Tracked {
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
}

impl Tracked {
    /// Those that are there and that `tree` lacks. Without a repository, or with an index that cannot be read, none.
    fn beside(tree: &Tree, root: &Path) -> Tracked {
        let mut tracked = Tracked::default();
        let listed = GitHistory::open(root).and_then(|history| history.tracked_files());
        for path in listed.unwrap_or_default() {
            let name = shown(&path);
            let known = tree
                .files
                .binary_search_by(|found| found.path.as_str().cmp(&name));
            if known.is_err() && std::fs::symlink_metadata(root.join(&path)).is_ok() {
                tracked
                    .folders
                    .extend(path.ancestors().skip(1).map(Path::to_owned));
                tracked.files.insert(path);
            }
        }
        tracked
    }

    /// Walks to them, and to nothing else. What `.arcignore` names stays left out.
    fn add_to(self, tree: &mut Tree, root: &Path, graph: &Path, started: i64) {
        let mut builder = WalkBuilder::new(root);
        let from = root.to_owned();
        builder
            .standard_filters(false)
            .follow_links(false)
            .add_custom_ignore_filename(".arcignore")
            .filter_entry(move |entry| {
                let is_wanted = entry
                    .path()
                    .strip_prefix(&from)
                    .is_ok_and(|path| self.folders.contains(path) || self.files.contains(path));
                is_wanted && !is_left_out(entry)
            });
        let into = Mutex::default();
        let mut batch = Batch {
            tree: Tree::default(),
            into: &into,
        };
        for entry in builder.build() {
            batch.take(entry, root, graph, started);
        }
        tree.files.append(&mut batch.tree.files);
        tree.unreadable.append(&mut batch.tree.unreadable);
    }
}

/// What one thread found, handed over when the thread is done.
struct Batch<'a> {
    tree: Tree,
    into: &'a Mutex<Tree>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut into = self
            .into
            .lock()
            .expect("no thread panics while it holds the lock");
        into.files.append(&mut self.tree.files);
        into.unreadable.append(&mut self.tree.unreadable);
    }
}

impl Batch<'_> {
    fn take(
        &mut self,
        entry: Result<DirEntry, ignore::Error>,
        root: &Path,
        graph: &Path,
        started: i64,
    ) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                self.tree.unreadable.push(error.to_string());
                return;
            }
        };
        let Some(kind) = entry.file_type() else {
            return;
        };
        if !(kind.is_file() || kind.is_symlink()) || entry.depth() == 0 {
            return;
        }
        let Ok(relative) = entry.path().strip_prefix(root) else {
            return;
        };
        if entry.file_name() != "" && is_graph(entry.path(), graph) {
            return;
        }
        match entry.metadata() {
            Ok(metadata) => self.tree.files.push(Found {
                path: shown(relative),
                stamp: stamp(&metadata, started),
                is_symlink: kind.is_symlink(),
                full: entry.into_path(),
            }),
            Err(error) => self.tree.unreadable.push(error.to_string()),
        }
    }
}

fn is_left_out(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    entry.depth() > 0 && (name == ".git" || name == ".arc")
}

/// A graph kept inside the tree (`--db`) is no part of it, nor are the files beside it that SQLite and we make.
fn is_graph(path: &Path, graph: &Path) -> bool {
    let (Some(name), Some(graph_name)) = (path.file_name(), graph.file_name()) else {
        return false;
    };
    name.as_encoded_bytes()
        .strip_prefix(graph_name.as_encoded_bytes())
        .is_some_and(|rest| {
            (rest.is_empty()
                || rest.starts_with(b".tmp-")
                || matches!(rest, b".lock" | b"-journal" | b"-wal" | b"-shm"))
                && path.parent() == graph.parent()
        })
}

/// A path as the graph shows it.
pub(crate) fn shown(relative: &Path) -> String {
    let mut shown = String::with_capacity(relative.as_os_str().len());
    for component in relative.components() {
        if !shown.is_empty() {
            shown.push('/');
        }
        push_shown(&mut shown, component.as_os_str());
    }
    shown
}

fn push_shown(shown: &mut String, name: &OsStr) {
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

fn now_ns() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
fn stamp(metadata: &Metadata, started: i64) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let ctime_ns = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
    let mtime_ns = nanoseconds(metadata.mtime(), metadata.mtime_nsec());
    Stamp {
        size: metadata.size(),
        mtime_ns: trusted(mtime_ns, ctime_ns, started),
        ctime_ns,
        inode: metadata.ino(),
    }
}

#[cfg(not(unix))]
fn stamp(metadata: &Metadata, started: i64) -> Stamp {
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime_ns = modified.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
    Stamp {
        size: metadata.len(),
        mtime_ns: trusted(mtime_ns, mtime_ns, started),
        ctime_ns: 0,
        inode: 0,
    }
}

/// The modification time, or 0 when a change could still hide behind it.
fn trusted(mtime_ns: i64, changed_ns: i64, started: i64) -> i64 {
    let may_hide = (started - TICK_NS..started + AHEAD_NS).contains(&changed_ns);
    if may_hide { 0 } else { mtime_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changed_a_moment_ago_is_not_trusted() {
        let now = 1_000_000_000_000;
        assert_eq!(trusted(5, now - 1, now), 0);
        assert_eq!(trusted(5, now - TICK_NS - 1, now), 5);
        // The clock went back: the file seems to come from tomorrow.
        assert_eq!(trusted(5, now + AHEAD_NS, now), 5);
    }

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

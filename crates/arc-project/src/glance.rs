//! A look at what is known: every folder and file that the graph has seen is asked whether it is the same, and only folders
//! that changed are listed. Adding and removing a name changes the time of its folder, so nothing new can hide.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use arc_store::Stamp;

use crate::folder::{Folder, Kind};
use crate::rules::is_as_asked;
use crate::stamp::{is_unchanged, now_ns, stamp};
use crate::walk::{folder_stamp, is_ours};

/// Folders that a thread takes at a time.
const BATCH: usize = 32;

/// What a look at known folders saw.
pub(crate) struct Glance {
    /// As they are now.
    pub(crate) folders: Vec<Folder>,
    /// Positions of those that are not as they were, in rising order.
    pub(crate) touched: Vec<usize>,
    /// Files that may differ: the position of the folder and of the entry, in rising order.
    pub(crate) suspects: Vec<(usize, usize)>,
}

/// What is new of one folder.
#[derive(Default)]
struct News {
    stamp: Option<Stamp>,
    files: Vec<(usize, Stamp)>,
}

/// Looks at `folders`. `None` when something came or went, or when a file with rules changed: then only a walk can tell.
pub(crate) fn glance(
    root: &Path,
    graph: &Path,
    mut folders: Vec<Folder>,
    threads: usize,
) -> Option<Glance> {
    let started = now_ns();
    let next = AtomicUsize::new(0);
    let is_stale = AtomicBool::new(false);
    let found: Mutex<Vec<(usize, News)>> = Mutex::default();
    let work = || {
        let mut own = Vec::new();
        while !is_stale.load(Ordering::Relaxed) {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(rest) = folders.get(from..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            for (position, folder) in (from..).zip(rest.iter().take(BATCH)) {
                match look(root, graph, folder, started) {
                    Some(News { stamp: None, files }) if files.is_empty() => {}
                    Some(news) => own.push((position, news)),
                    None => is_stale.store(true, Ordering::Relaxed),
                }
            }
        }
        let mut found = found
            .lock()
            .expect("no thread panics while it adds its own");
        found.append(&mut own);
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(folders.len().div_ceil(BATCH)) {
            scope.spawn(work);
        }
        work();
    });
    if is_stale.into_inner() {
        return None;
    }
    let mut found = found.into_inner().ok()?;
    found.sort_unstable_by_key(|(position, _)| *position);
    let mut glance = Glance {
        folders: Vec::new(),
        touched: Vec::with_capacity(found.len()),
        suspects: Vec::new(),
    };
    for (position, news) in found {
        let folder = &mut folders[position];
        if let Some(stamp) = news.stamp {
            folder.stamp = stamp;
        }
        for (entry, stamp) in news.files {
            folder.entries[entry].stamp = Some(stamp);
            glance.suspects.push((position, entry));
        }
        glance.touched.push(position);
    }
    glance.folders = folders;
    Some(glance)
}

fn look(root: &Path, graph: &Path, folder: &Folder, started: i64) -> Option<News> {
    if !folder
        .rules
        .iter()
        .all(|rule| is_as_asked(root, rule, started))
    {
        return None;
    }
    let mut news = News::default();
    // Names of what lies elsewhere are relative to the root.
    let mut path = root.to_owned();
    if !folder.is_elsewhere() {
        path.push(&folder.path);
        let metadata = fs::symlink_metadata(&path).ok()?;
        if !metadata.is_dir() {
            return None;
        }
        let now = folder_stamp(stamp(&metadata, started));
        if !is_unchanged(&folder.stamp, &now) {
            if !has_the_same_names(&path, graph, folder) {
                return None;
            }
            // Writing a graph changes its folder: to note that would be to write again, look after look.
            news.stamp = (graph.parent() != Some(&*path)).then_some(now);
        }
    }
    for (position, entry) in folder.entries.iter().enumerate() {
        let Some(stored) = &entry.stamp else {
            continue;
        };
        let metadata = fs::symlink_metadata(path.join(&entry.name)).ok()?;
        if Kind::of(metadata.file_type()) != entry.kind {
            return None;
        }
        let now = stamp(&metadata, started);
        if !is_unchanged(stored, &now) {
            news.files.push((position, now));
        }
    }
    Some(news)
}

/// Whether a folder lists what it did, in kind and name.
fn has_the_same_names(path: &Path, graph: &Path, folder: &Folder) -> bool {
    let Ok(listed) = fs::read_dir(path) else {
        return false;
    };
    let mut names = Vec::with_capacity(folder.entries.len());
    for entry in listed {
        let Ok((kind, entry)) = entry.and_then(|entry| Ok((entry.file_type()?, entry))) else {
            return false;
        };
        let name = entry.file_name();
        if !is_ours(path, &name, graph) {
            names.push((name, Kind::of(kind)));
        }
    }
    let mut known: Vec<_> = folder.entries.iter().collect();
    known.sort_unstable_by_key(|entry| &entry.name);
    names.sort_unstable();
    names.len() == known.len()
        && names
            .iter()
            .zip(known)
            .all(|((name, kind), entry)| *name == entry.name && *kind == entry.kind)
}

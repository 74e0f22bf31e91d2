//! The tree beside the graph, before anything is read: by a look at what is known, or else by a walk.

use std::collections::HashMap;

use arc_history::GitHistory;
use arc_store::{GraphFile, Stamp, StoreError, StoredFile};

use crate::build::Job;
use crate::folder::{Folder, files_in};
use crate::glance::{Glance, glance};
use crate::stamp::is_unchanged;
use crate::walk::{Tree, shown, walk};

/// A file that is new or may differ.
pub(crate) struct Suspect {
    /// Position in the tree.
    pub(crate) found: usize,
    /// What the graph has of it.
    pub(crate) stored: Option<StoredFile>,
}

/// What a look at the tree found.
pub(crate) struct View {
    /// Its files are listed unless nothing is suspect and no index is given; its folders are those that the graph does not remember so.
    pub(crate) tree: Tree,
    /// How many files there are.
    pub(crate) count: usize,
    /// In the order of the tree.
    pub(crate) suspects: Vec<Suspect>,
    /// Ids of files that are gone.
    pub(crate) gone: Vec<i64>,
    /// Keys of folders that the graph is to forget.
    pub(crate) forgotten: Vec<Vec<u8>>,
}

impl View {
    /// Whether the graph has nothing to learn from it.
    pub(crate) fn is_same(&self) -> bool {
        self.suspects.is_empty()
            && self.gone.is_empty()
            && self.forgotten.is_empty()
            && self.tree.folders.is_empty()
    }
}

/// Looks at the tree.
pub(crate) fn look(
    job: &Job<'_>,
    graph: &GraphFile,
    git: Option<&GitHistory>,
) -> Result<View, StoreError> {
    if let Some(folders) = remembered(job, graph)?
        && let Some(seen) = glance(job.root, job.graph, folders, job.threads)
        && let Some(view) = from_glance(job, graph, &seen)?
    {
        return Ok(view);
    }
    from_walk(graph, walk(job.root, job.graph, git, job.threads))
}

/// The folders that the graph remembers, if it does and the tree is where it was.
fn remembered(job: &Job<'_>, graph: &GraphFile) -> Result<Option<Vec<Folder>>, StoreError> {
    if graph.meta("root")?.as_deref() != job.root.to_str() {
        return Ok(None);
    }
    let mut folders = Vec::new();
    let mut is_sound = true;
    graph.folders(&mut |path, seen| {
        let folder = Folder::decoded(path, seen);
        is_sound = folder.is_some();
        folders.extend(folder);
        is_sound
    })?;
    Ok((is_sound && !folders.is_empty()).then_some(folders))
}

/// `None` when the graph lacks a file that it remembers.
fn from_glance(
    job: &Job<'_>,
    graph: &GraphFile,
    seen: &Glance,
) -> Result<Option<View>, StoreError> {
    // New indexes have every file resolved again.
    let files = if seen.suspects.is_empty() && job.indexes.is_none() {
        Vec::new()
    } else {
        files_in(&seen.folders)
    };
    let mut suspects = Vec::with_capacity(seen.suspects.len());
    for (folder, entry) in &seen.suspects {
        let folder = &seen.folders[*folder];
        let name = &folder.entries[*entry].name;
        let path = if folder.is_elsewhere() {
            shown(name.as_ref())
        } else {
            shown(&folder.path.join(name))
        };
        let found = files.binary_search_by(|found| found.path.as_str().cmp(&path));
        let (Ok(found), Some(stored)) = (found, graph.stored_file(&path)?) else {
            return Ok(None);
        };
        suspects.push(Suspect {
            found,
            stored: Some(stored),
        });
    }
    suspects.sort_unstable_by_key(|suspect| suspect.found);
    let touched = seen.touched.iter().map(|folder| &seen.folders[*folder]);
    let entries = seen.folders.iter().flat_map(|folder| &folder.entries);
    Ok(Some(View {
        count: entries.filter(|entry| entry.stamp.is_some()).count(),
        tree: Tree {
            files,
            folders: touched
                .map(|folder| (folder.key(), folder.encoded()))
                .collect(),
            ..Tree::default()
        },
        suspects,
        gone: Vec::new(),
        forgotten: Vec::new(),
    }))
}

fn from_walk(graph: &GraphFile, mut tree: Tree) -> Result<View, StoreError> {
    let stamps = graph.stamps()?;
    let mut view = View {
        count: tree.files.len(),
        suspects: Vec::new(),
        gone: Vec::new(),
        forgotten: Vec::new(),
        tree: Tree::default(),
    };
    compare(graph, &tree, &stamps, &mut view)?;
    let mut known = HashMap::new();
    graph.folders(&mut |path, seen| {
        known.insert(path.to_vec(), seen.to_vec());
        true
    })?;
    tree.folders
        .retain(|(path, seen)| known.remove(path).as_ref() != Some(seen));
    // What is left of them was there under a key that the walk did not give.
    view.forgotten = known.into_keys().collect();
    view.forgotten.sort_unstable();
    view.tree = tree;
    Ok(view)
}

/// Both lists are sorted by path.
fn compare(
    graph: &GraphFile,
    tree: &Tree,
    stored: &[(i64, String, Stamp)],
    view: &mut View,
) -> Result<(), StoreError> {
    let mut at = 0;
    for (found, file) in tree.files.iter().enumerate() {
        while let Some((id, path, _)) = stored.get(at)
            && *path < file.path
        {
            view.gone.push(*id);
            at += 1;
        }
        let known = stored.get(at).filter(|(_, path, _)| *path == file.path);
        at += usize::from(known.is_some());
        if known.is_none_or(|(_, _, stamp)| !is_unchanged(stamp, &file.stamp)) {
            let stored = match known {
                Some((_, path, _)) => graph.stored_file(path)?,
                None => None,
            };
            view.suspects.push(Suspect { found, stored });
        }
    }
    view.gone.extend(stored[at..].iter().map(|(id, ..)| id));
    Ok(())
}

//! Files that git tracks although an ignore file names them: for git, and so for us, they are as good as any other.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use arc_history::GitHistory;

use crate::folder::{Entry, Folder, Kind};
use crate::rules::{RuleReader, Rules};
use crate::stamp::stamp;
use crate::walk::{Found, is_graph, is_left_out, shown};

/// Tracked files that are not there and may come back to a place that no walk lists. With more of them, as in a sparse
/// checkout, every look is a walk.
const ABSENT: usize = 64;

/// Adds those that are there and that `files` lacks to `elsewhere`. False when a later look cannot tell by `elsewhere`
/// whether there would be others. Without a repository, or with an index that cannot be read, there are none.
pub(crate) fn add_tracked(
    git: Option<&GitHistory>,
    graph: &Path,
    files: &[Found],
    reader: &RuleReader<'_>,
    elsewhere: &mut Folder,
) -> bool {
    let Some(git) = git else {
        return true;
    };
    reader.ask(&git.index_path(), &mut elsewhere.rules);
    let mut absent = 0;
    let mut arcignores = HashMap::new();
    for path in git.tracked_files().unwrap_or_default() {
        let name = shown(&path);
        let known = files.binary_search_by(|found| found.path.as_str().cmp(&name));
        if known.is_ok() || path.components().any(|part| is_left_out(part.as_os_str())) {
            continue;
        }
        match look(&path, reader) {
            Some(_) if is_graph(&reader.root.join(&path), graph) => {}
            Some(entry) => {
                if !names_it(&path, reader, &mut arcignores, elsewhere) {
                    elsewhere.entries.push(entry);
                }
            }
            None => {
                absent += 1;
                if absent <= ABSENT {
                    reader.ask(&path, &mut elsewhere.rules);
                }
            }
        }
    }
    elsewhere.entries.sort_unstable_by(Entry::order);
    absent <= ABSENT
}

/// The file at `path`, unless a link leads there.
fn look(path: &Path, reader: &RuleReader<'_>) -> Option<Entry> {
    let is_folder = |path: &Path| {
        fs::symlink_metadata(reader.root.join(path)).is_ok_and(|metadata| metadata.is_dir())
    };
    let metadata = fs::symlink_metadata(reader.root.join(path)).ok()?;
    let kind = Kind::of(metadata.file_type());
    let is_inside = || path.ancestors().skip(1).all(is_folder);
    (matches!(kind, Kind::File | Kind::Link) && is_inside()).then(|| Entry {
        name: path.as_os_str().to_owned(),
        kind,
        stamp: Some(stamp(&metadata, reader.started)),
    })
}

/// Whether an `.arcignore` names the file or a folder around it.
fn names_it(
    path: &Path,
    reader: &RuleReader<'_>,
    arcignores: &mut HashMap<PathBuf, Rules>,
    elsewhere: &mut Folder,
) -> bool {
    let mut steps: Vec<&Path> = path.ancestors().collect();
    // The root is no part of the project's paths.
    steps.pop();
    steps.reverse();
    steps.iter().any(|step| {
        // The nearest file that has a word about it decides.
        let word = step.ancestors().skip(1).find_map(|folder| {
            if !arcignores.contains_key(folder) {
                let rules = reader.arcignore(folder, &mut elsewhere.rules);
                arcignores.insert(folder.to_owned(), rules);
            }
            arcignores[folder].word_of_arcignore(step, *step != path)
        });
        word == Some(true)
    })
}

//! What to watch to notice that a graph is behind.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arc_store::{GraphFile, Stamp, StoreError};

/// The folders whose entries decide what the graph says: those with files of the graph, and of git those where the head,
/// the index and branches are. Folders that are ignored are not among them.
///
/// # Errors
/// When the graph cannot be read.
pub fn watched_folders(graph: &GraphFile, root: &Path) -> Result<BTreeSet<PathBuf>, StoreError> {
    let mut folders = BTreeSet::from([root.to_owned()]);
    let stamps = graph.stamps()?;
    let folder_of = |path: &str| path.rfind('/').map_or(0, |end| end);
    // Files of one folder mostly follow each other.
    let of_one_folder = |one: &(i64, String, Stamp), other: &(i64, String, Stamp)| {
        one.1[..folder_of(&one.1)] == other.1[..folder_of(&other.1)]
    };
    for files in stamps.chunk_by(of_one_folder) {
        let mut folder = Path::new(&files[0].1).parent();
        while let Some(inner) = folder.filter(|inner| !inner.as_os_str().is_empty()) {
            // Whoever is there has its parents there.
            if !folders.insert(root.join(inner)) {
                break;
            }
            folder = inner.parent();
        }
    }
    if let Some(git) = git_folder(root) {
        folders.insert(git.join("logs"));
        folders.insert(git);
    }
    Ok(folders)
}

/// Where git keeps the head of this work tree.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // In a linked work tree a file says where.
    let text = std::fs::read_to_string(&git).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

/// Whether a change of this path can make the graph say something else, as far as its name tells.
#[must_use]
pub fn is_telling(root: &Path, path: &Path) -> bool {
    let Ok(relative) = path.strip_prefix(root) else {
        // The folder of git of a linked work tree.
        return is_telling_of_git(path);
    };
    let mut parts = relative.components().map(|part| part.as_os_str());
    match parts.next() {
        Some(first) if first == ".arc" => false,
        Some(first) if first == ".git" => is_telling_of_git(path),
        Some(_) | None => true,
    }
}

fn is_telling_of_git(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    matches!(
        name,
        Some("HEAD" | "index" | "packed-refs" | "shallow" | ".git")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arc_and_git_write_for_themselves_tells_nothing() {
        let root = Path::new("/p");
        for (path, tells) in [
            ("/p/src/a.py", true),
            ("/p/.arc/graph.db", false),
            ("/p/.git/index.lock", false),
            ("/p/.git/index", true),
            ("/p/.git/HEAD", true),
            ("/p/.git/logs/HEAD", true),
            ("/p/.git/objects/aa", false),
            ("/elsewhere/worktrees/x/HEAD", true),
            ("/p/.gitignore", true),
        ] {
            assert_eq!(is_telling(root, Path::new(path)), tells, "{path}");
        }
    }
}

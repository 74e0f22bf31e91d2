//! Where a project begins.

use std::io;
use std::path::{Path, PathBuf};

/// The root of the project around `folder`, and the path from it to `folder` with `/`, empty for the root itself. The
/// root is the nearest folder at or above `folder` that holds a graph or a git repository, else `folder`.
///
/// # Errors
/// When `folder` cannot be read.
pub fn find_root(folder: &Path) -> io::Result<(PathBuf, String)> {
    let folder = folder.canonicalize()?;
    let is_root = |folder: &&Path| folder.join(".arc").is_dir() || folder.join(".git").exists();
    let root = folder.ancestors().find(is_root).unwrap_or(&folder);
    let parts: Vec<String> = folder
        .strip_prefix(root)
        .unwrap_or(Path::new(""))
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    Ok((root.to_owned(), parts.join("/")))
}

//! Git repositories that tests write.

#[path = "git_at.rs"]
mod git_at;

use std::path::Path;

/// Runs git in `folder` at a fixed time, without anybody's settings, and gives what it prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    git_at::git_at(folder, "@1700000000 +0000", arguments)
}

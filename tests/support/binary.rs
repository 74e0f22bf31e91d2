//! The real binary, on folders that tests write.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Writes a file and the folders around it.
pub(crate) fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

/// The binary, started in `folder`, with no graph but the folder's own.
pub(crate) fn arc(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("arc").expect("the binary is built");
    command.current_dir(folder).env_remove("ARC_DB");
    command
}

/// Runs a command that succeeds and prints one JSON object.
pub(crate) fn json(command: &mut Command) -> Value {
    let output = command.output().expect("the binary runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

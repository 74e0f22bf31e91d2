//! Runs of `arc heal`, and what they left behind.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

use crate::binary::arc;

/// A command's exit code, its JSON and what it said.
pub(crate) fn heal(folder: &Path, words: &[&str]) -> (i32, Value, String) {
    let output = arc(folder)
        .arg("heal")
        .args(words)
        .output()
        .expect("the binary runs");
    (
        output.status.code().expect("it ends by itself"),
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

pub(crate) fn text(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).expect("the file is there")
}

/// Every file but arc's own, with content and mode.
pub(crate) fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>, u32)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let meta = entry.metadata().expect("it is there");
            if meta.is_dir() && entry.file_name() != ".arc" {
                folders.push(entry.path());
            } else if meta.is_file() {
                let bytes = fs::read(entry.path()).expect("it can be read");
                found.push((entry.path().display().to_string(), bytes, meta.mode()));
            }
        }
    }
    found.sort();
    found
}

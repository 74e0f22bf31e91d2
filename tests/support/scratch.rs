//! A repository that a test commits to, a day and some hours apart, and asks with the real binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::clock::git_at;

/// A repository in a temporary folder.
pub(crate) struct Scratch {
    pub(crate) folder: TempDir,
    /// The time of the next commit.
    pub(crate) clock: i64,
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        let scratch = Scratch {
            folder: tempfile::tempdir().expect("a temporary folder"),
            clock: 1_600_000_000,
        };
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let date = format!("@{} +0000", self.clock);
        git_at(self.root(), &date, arguments).trim().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
    }

    /// Commits everything, and gives the commit.
    pub(crate) fn commit(&mut self, message: &str) -> String {
        self.clock += 100_000;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    #[expect(clippy::disallowed_methods, reason = "the binary is what is tested")]
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let binary = assert_cmd::cargo::cargo_bin("arc");
        Command::new(binary)
            .current_dir(self.root())
            .args(arguments)
            .env_remove("ARC_DB")
            .output()
            .expect("the binary runs")
    }

    /// Runs a command that succeeds and prints one JSON object.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

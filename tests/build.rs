//! Building and updating, one change at a time: after each the graph equals one that is built from nothing. Random
//! sequences of changes are in `incremental.rs`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[path = "support/dump.rs"]
mod dump;

use arc_project::{BuildMode, BuildOptions, BuildSummary, Silent, build, default_graph_path};
use dump::dump;

struct Project {
    folder: tempfile::TempDir,
    fresh: tempfile::TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let project = Project {
            folder: tempfile::tempdir().unwrap(),
            fresh: tempfile::tempdir().unwrap(),
        };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.root().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap();
    }

    fn build(&self) -> BuildSummary {
        build(self.root(), &BuildOptions::default(), &Silent).unwrap()
    }

    /// Updates, compares with a build from nothing, and looks that a second update has nothing to do.
    fn check(&self, mode: BuildMode) -> BuildSummary {
        let summary = self.build();
        assert_eq!(summary.mode, mode, "{summary:?}");
        let graph = self.fresh.path().join("graph.db");
        let options = BuildOptions {
            graph: Some(graph.clone()),
            full: true,
            ..BuildOptions::default()
        };
        build(self.root(), &options, &Silent).unwrap();
        assert_eq!(dump(&default_graph_path(self.root())), dump(&graph));
        assert_eq!(self.build().mode, BuildMode::Unchanged);
        summary
    }
}

const GO: &[(&str, &str)] = &[
    ("go.mod", "module example.com/app\n\ngo 1.22\n"),
    (
        "main.go",
        "package main\n\nimport \"example.com/app/store\"\n\nfunc main() {\n\tstore.Load()\n\tmissing()\n}\n",
    ),
    (
        "store/store.go",
        "package store\n\nimport \"fmt\"\n\n// Load reads the settings.\nfunc Load() {\n\tfmt.Println(save())\n}\n\nfunc save() int { return 1 }\n",
    ),
    ("README.txt", "read me\n"),
    (".gitignore", "ignored/\n"),
    ("ignored/x.go", "package x\n"),
    ("logo.png", "\u{1}png"),
];

#[test]
fn edits_renames_and_removals_equal_a_build_from_nothing() {
    let project = Project::new(GO);
    let summary = project.build();
    assert_eq!(summary.mode, BuildMode::Full);
    assert_eq!((summary.files, summary.source_files), (6, 3), "{summary:?}");
    project.check(BuildMode::Unchanged);

    // A body changes.
    project.write(
        "main.go",
        "package main\n\nimport \"example.com/app/store\"\n\nfunc main() {\n\tstore.Load()\n}\n",
    );
    assert_eq!(project.check(BuildMode::Updated).changed, 1);
    // A definition is renamed: its caller changes without having been read.
    let renamed = GO[2].1.replace("Load", "Fetch");
    project.write("store/store.go", &renamed);
    project.check(BuildMode::Updated);
    // A new file, a second definition of a name.
    project.write(
        "store/more.go",
        "package store\n\n// Load is back.\nfunc Load() {}\n",
    );
    project.check(BuildMode::Updated);
    // A file moves.
    project.remove("store/more.go");
    project.write(
        "store/moved.go",
        "package store\n\n// Load is back.\nfunc Load() {}\n",
    );
    project.check(BuildMode::Updated);
    // The module gets another name.
    project.write("go.mod", "module example.com/other\n\ngo 1.22\n");
    project.check(BuildMode::Updated);
    // A file stops to parse.
    project.write("store/moved.go", "package store\n\nfunc Load( {{{\n");
    project.check(BuildMode::Updated);
    // It is emptied, becomes binary, is gone.
    project.write("store/moved.go", "");
    project.check(BuildMode::Updated);
    project.write("store/moved.go", "package\0store");
    project.check(BuildMode::Updated);
    project.remove("store/moved.go");
    project.check(BuildMode::Updated);
    // Another ignore rule.
    project.write(".gitignore", "store/\n");
    project.check(BuildMode::Updated);
    project.remove(".gitignore");
    project.check(BuildMode::Updated);
}

#[test]
fn a_comment_line_moves_lines_and_resolves_nothing() {
    let project = Project::new(GO);
    project.build();
    let commented = GO[2]
        .1
        .replace("// Load reads", "// Novelty.\n\n// Load reads");
    project.write("store/store.go", &commented);
    project.check(BuildMode::Shifted);
    project.write("store/store.go", &format!("{commented}\n// The end.\n"));
    project.check(BuildMode::Shifted);
    project.write("store/store.go", GO[2].1);
    project.check(BuildMode::Shifted);
    // Documentation is no mere comment.
    project.write(
        "store/store.go",
        &GO[2].1.replace("the settings", "the tables"),
    );
    project.check(BuildMode::Updated);
}

#[test]
fn files_that_arc_does_not_read_come_and_go() {
    let project = Project::new(GO);
    project.build();
    project.write("notes.bin", "a");
    project.write("logo.png", "longer than it was");
    project.remove("README.txt");
    assert_eq!(project.check(BuildMode::Updated).changed, 3);
}

#[test]
fn a_touched_file_is_unchanged_and_not_looked_at_twice() {
    let project = Project::new(GO);
    project.build();
    let file = fs::File::options()
        .write(true)
        .open(project.root().join("main.go"))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1))
        .unwrap();
    project.check(BuildMode::Unchanged);
}

#[test]
fn the_same_size_and_time_do_not_hide_a_change() {
    let project = Project::new(GO);
    project.build();
    let path = project.root().join("main.go");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    project.write("main.go", &GO[1].1.replace("missing", "gissing"));
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    project.check(BuildMode::Updated);
}

#[test]
fn broken_input_is_normal_input() {
    let project = Project::new(&[
        (
            "deep.go",
            &format!("package a\nvar x = {}\n", "(".repeat(10_000)),
        ),
        (
            "long.go",
            &format!("package a // {}\n", "x".repeat(1_000_000)),
        ),
        ("nul.go", "package a\0"),
        ("empty.go", ""),
        ("vendor/v.go", "package v\n"),
        (
            "gen.go",
            "// Code generated by x. DO NOT EDIT.\npackage a\n",
        ),
        ("script", "#!/usr/bin/env python3\nprint(1)\n"),
    ]);
    let latin = project.root().join("latin.go");
    fs::write(latin, b"package a\nvar s = \"caf\xe9\"\n").unwrap();
    let large = fs::File::create(project.root().join("large.go")).unwrap();
    large.set_len(100 << 20).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        symlink(".", project.root().join("loop")).unwrap();
        symlink("/etc/passwd", project.root().join("outside.go")).unwrap();
        symlink("nowhere", project.root().join("dangling.go")).unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"odd\xff.go");
        fs::write(project.root().join(odd), "package a\n").unwrap();
    }
    let summary = project.build();
    for mark in [
        "vendored",
        "generated",
        "minified",
        "binary",
        "too large",
        "symbolic link",
        "not UTF-8",
    ] {
        assert!(
            summary.marked.iter().any(|(name, _)| *name == mark),
            "{mark}: {summary:?}"
        );
    }
    project.check(BuildMode::Unchanged);
    project.write("empty.go", "package a\nfunc F() {}\n");
    project.check(BuildMode::Updated);
}

#[test]
fn a_damaged_graph_is_made_anew_and_says_why() {
    let project = Project::new(GO);
    project.build();
    let graph = default_graph_path(project.root());
    let whole = fs::read(&graph).unwrap();
    for bytes in [&whole[..whole.len() / 2], &whole[..50], b"garbage"] {
        fs::write(&graph, bytes).unwrap();
        let summary = project.build();
        assert_eq!(summary.mode, BuildMode::Full);
        assert!(summary.rebuilt_because.is_some());
        project.check(BuildMode::Unchanged);
    }
}

#[test]
fn a_graph_elsewhere_leaves_the_tree_alone() {
    let project = Project::new(GO);
    let graph: PathBuf = project.fresh.path().join("sub/other.db");
    let options = BuildOptions {
        graph: Some(graph.clone()),
        ..BuildOptions::default()
    };
    build(project.root(), &options, &Silent).unwrap();
    assert!(graph.exists() && !project.root().join(".arc").exists());
    let inside = BuildOptions {
        graph: Some(project.root().join("inside.db")),
        ..BuildOptions::default()
    };
    let files = build(project.root(), &inside, &Silent).unwrap().files;
    assert_eq!(files, 6);
    assert_eq!(
        build(project.root(), &inside, &Silent).unwrap().mode,
        BuildMode::Unchanged
    );
}

#[test]
fn no_folder_is_an_error_and_an_empty_one_is_not() {
    let project = Project::new(&[]);
    assert!(
        build(
            &project.root().join("nothing"),
            &BuildOptions::default(),
            &Silent
        )
        .is_err()
    );
    assert_eq!(project.build().files, 0);
    project.check(BuildMode::Unchanged);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes a git repository")]
fn what_git_tracks_is_read_though_an_ignore_file_names_it() {
    let project = Project::new(GO);
    project.write(".gitignore", "/*\n!/kept/\n");
    let git = |arguments: &[&str]| {
        let status = std::process::Command::new("git")
            .args(arguments)
            .current_dir(project.root())
            .status();
        assert!(status.unwrap().success());
    };
    git(&["init", "-q"]);
    project.write("untracked.go", "package main\n");
    let files = project.build().files;
    assert_eq!(files, 0, "nothing is tracked yet");
    git(&["add", "--force", "go.mod", "store"]);
    project.check(BuildMode::Updated);
    let summary = project.build();
    let store_files = GO.iter().filter(|(path, _)| path.starts_with("store/"));
    assert_eq!(summary.files, 1 + store_files.count());
    // Our own ignore file is meant.
    project.write("store/.arcignore", "*.go\n");
    assert_eq!(project.check(BuildMode::Updated).files, 1);
}

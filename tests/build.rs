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
fn a_header_is_in_the_language_that_its_text_says() {
    let plain = "struct shape { int sides; };\nint area(struct shape *shape);\n";
    let project = Project::new(&[("shape.h", plain), ("shape.c", "#include \"shape.h\"\n")]);
    project.build();
    let language = || {
        let graph = rusqlite::Connection::open(default_graph_path(project.root())).unwrap();
        let sql = "SELECT language || ' ' || error_bytes FROM files WHERE path = 'shape.h'";
        graph
            .query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(language(), "c 0");
    let classes = "namespace geo {\nclass Shape {\n public:\n  int area() const;\n};\n}\n";
    project.write("shape.h", classes);
    project.check(BuildMode::Updated);
    assert_eq!(language(), "c++ 0");
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
    let written = || {
        std::thread::sleep(Duration::from_millis(30));
        let again = build(project.root(), &inside, &Silent).unwrap();
        assert_eq!(again.mode, BuildMode::Unchanged);
        let graph = fs::metadata(project.root().join("inside.db"));
        graph.unwrap().modified().unwrap()
    };
    written();
    assert_eq!(written(), written(), "a look does not write for itself");
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
fn what_git_tracks_is_read_though_an_ignore_file_names_it() {
    let project = Project::new(GO);
    project.write(".gitignore", "/*\n!/kept/\n");
    project.git(&["init", "-q"]);
    project.write("untracked.go", "package main\n");
    let files = project.build().files;
    assert_eq!(files, 0, "nothing is tracked yet");
    project.git(&["add", "--force", "go.mod", "store"]);
    project.check(BuildMode::Updated);
    let summary = project.build();
    let store_files = GO.iter().filter(|(path, _)| path.starts_with("store/"));
    assert_eq!(summary.files, 1 + store_files.count());
    // Our own ignore file is meant.
    project.write("store/.arcignore", "*.go\n");
    assert_eq!(project.check(BuildMode::Updated).files, 1);
}

/// A change of a tree by name, and what the next build is to make of it.
type Step = (&'static str, fn(&Project), BuildMode);

#[rustfmt::skip] // One change a line.
const STEPS: &[Step] = &[
    ("a new file", |p| p.write("store/new.go", "package store\n\nfunc New() {}\n"), BuildMode::Updated),
    ("a file in the place of another", |p| p.replace("store/new.go", "package store\n\nfunc Now() {}\n"), BuildMode::Updated),
    ("the same file again", |p| p.replace("store/new.go", "package store\n\nfunc Now() {}\n"), BuildMode::Unchanged),
    ("an edit in place", |p| p.write("store/new.go", "package store\n\nfunc Not() {}\n"), BuildMode::Updated),
    ("a file that is left out", |p| p.write("ignored/more.go", "package x\n"), BuildMode::Unchanged),
    ("a new folder", |p| p.write("deep/er/still.go", "package er\n"), BuildMode::Updated),
    ("a folder gone", |p| fs::remove_dir_all(p.root().join("deep")).unwrap(), BuildMode::Updated),
    ("an empty folder", |p| fs::create_dir(p.root().join("empty")).unwrap(), BuildMode::Unchanged),
    ("a file in it", |p| p.write("empty/no.more.go", "package empty\n"), BuildMode::Updated),
    ("a file where a folder was", |p| { fs::remove_dir_all(p.root().join("empty")).unwrap(); p.write("empty", ""); }, BuildMode::Updated),
    ("a rule that leaves out", |p| p.write(".gitignore", "ignored/\nstore/new.go\n"), BuildMode::Updated),
    ("a rule of another file", |p| p.write("store/.ignore", "!new.go\n"), BuildMode::Updated),
    ("a rule below", |p| p.write("store/.arcignore", "new.go\n"), BuildMode::Updated),
    ("a rule gone", |p| p.remove("store/.arcignore"), BuildMode::Updated),
    ("a rule in a file that is left out", |p| { p.write(".gitignore", "ignored/\n.ignore\n"); }, BuildMode::Updated),
    ("a change of it", |p| p.write("store/.ignore", "new.go\n"), BuildMode::Updated),
    ("a repository", |p| p.git(&["init", "-q"]), BuildMode::History),
    ("a rule of the repository", |p| p.write(".git/info/exclude", "main.go\n"), BuildMode::Updated),
    ("a file that is tracked all the same", |p| p.git(&["add", "--force", "main.go", "ignored/x.go"]), BuildMode::Updated),
    ("a change of it", |p| p.write("ignored/x.go", "package x\n\nfunc X() {}\n"), BuildMode::Updated),
    ("its folder gone", |p| fs::remove_dir_all(p.root().join("ignored")).unwrap(), BuildMode::Updated),
    ("its folder back", |p| p.write("ignored/x.go", "package z\n"), BuildMode::Updated),
    ("a file that is tracked no more", |p| p.git(&["rm", "-q", "--cached", "main.go"]), BuildMode::Updated),
    ("a rule gone from the repository", |p| p.remove(".git/info/exclude"), BuildMode::Updated),
    ("a repository below", |p| { p.git(&["init", "-q", "store/below"]); p.write("store/below/a.go", "package below\n"); }, BuildMode::Updated),
    ("a rule of the one below", |p| p.write("store/below/.git/info/exclude", "a.go\n"), BuildMode::Updated),
    ("no repository any more", |p| fs::remove_dir_all(p.root().join(".git")).unwrap(), BuildMode::Updated),
];

impl Project {
    /// As editors and git do it: written beside, then renamed.
    fn replace(&self, path: &str, text: &str) {
        self.write("beside.tmp", text);
        fs::rename(self.root().join("beside.tmp"), self.root().join(path)).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes a git repository")]
    fn git(&self, arguments: &[&str]) {
        let status = std::process::Command::new("git")
            .args(arguments)
            .current_dir(self.root())
            .status();
        assert!(status.unwrap().success());
    }
}

#[test]
fn nothing_that_happens_to_a_tree_at_rest_goes_unseen() {
    let project = Project::new(GO);
    project.build();
    for (name, change, mode) in STEPS {
        // Times of a moment ago are not trusted, and what is not trusted is looked at whether it changed or not.
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(project.build().mode, BuildMode::Unchanged, "before {name}");
        println!("{name}");
        change(&project);
        project.check(*mode);
    }
}

#[cfg(unix)]
#[test]
fn a_look_at_a_tree_at_rest_writes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(GO);
    project.build();
    std::thread::sleep(Duration::from_millis(30));
    project.build();
    let graph = default_graph_path(project.root());
    let kept = || fs::metadata(&graph).unwrap().modified().unwrap();
    let before = kept();
    assert_eq!(project.build().mode, BuildMode::Unchanged);
    assert_eq!(kept(), before, "nothing was written");
    // The mode of a folder is no change of what is in it.
    let store = project.root().join("store");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o711)).unwrap();
    project.check(BuildMode::Unchanged);
}

//! History against git itself: repositories made by scripts, read by both, compared.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/git_at.rs"]
mod clock;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use arc_history::{
    ChangeStatus, Changes, CommitId, CommitKind, CommitRecord, GitHistory, HistoryError, Indexed,
    LineCounts, WalkOptions, WalkSummary,
};

use clock::git_at;

struct Scratch {
    folder: tempfile::TempDir,
    clock: i64,
}

impl Scratch {
    fn new() -> Scratch {
        let scratch = Scratch {
            folder: tempfile::tempdir().unwrap(),
            clock: 1_600_000_000,
        };
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git_in(self.path(), self.clock, arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&mut self, subject: &str) -> CommitId {
        self.clock += 1_000;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self.head()
    }

    fn head(&self) -> CommitId {
        CommitId::from_hex(self.git(&["rev-parse", "HEAD"]).trim()).unwrap()
    }

    fn read(&self) -> (Vec<CommitRecord>, WalkSummary) {
        read(self.path(), &WalkOptions::default())
    }
}

fn git_in(folder: &Path, clock: i64, arguments: &[&str]) -> String {
    git_at(folder, &format!("@{clock} +0000"), arguments)
}

fn read(folder: &Path, options: &WalkOptions<'_>) -> (Vec<CommitRecord>, WalkSummary) {
    let mut records = Vec::new();
    let history = GitHistory::open(folder).unwrap();
    let summary = history
        .walk(options, &mut |record| records.push(record))
        .unwrap();
    (records, summary)
}

/// Commits and their paths as text, in the order of ids: git and we order commits differently.
fn our_text(records: &[CommitRecord]) -> String {
    let mut commits: Vec<_> = records.iter().collect();
    commits.sort_by_key(|record| record.id);
    let mut text = String::new();
    for record in commits {
        writeln!(text, "{} {} {}", record.id, record.time, record.subject).unwrap();
        let mut lines: Vec<_> = record
            .changes
            .paths()
            .iter()
            .map(|change| match (change.status, &change.old_path) {
                (ChangeStatus::Added, _) => format!("A {}", change.path),
                (ChangeStatus::Modified, _) => format!("M {}", change.path),
                (ChangeStatus::Deleted, _) => format!("D {}", change.path),
                (ChangeStatus::Renamed, Some(old)) => format!("R {old} {}", change.path),
                (ChangeStatus::Renamed, None) => panic!("a rename without its old path"),
            })
            .collect();
        lines.sort();
        for line in lines {
            writeln!(text, "  {line}").unwrap();
        }
    }
    text
}

fn git_text(folder: &Path) -> String {
    let log = git_in(
        folder,
        0,
        &["log", "-M", "--name-status", "--format=%x01%H %ct %s"],
    );
    let mut commits: Vec<_> = log.split('\x01').skip(1).collect();
    commits.sort_unstable();
    let mut text = String::new();
    for commit in commits {
        let mut lines = commit.lines();
        writeln!(text, "{}", lines.next().unwrap()).unwrap();
        let mut changes: Vec<_> = lines
            .filter(|line| !line.is_empty())
            .map(|line| {
                let fields: Vec<_> = line.split('\t').collect();
                let status = fields[0][..1].replace('T', "M");
                format!("{status} {}", fields[1..].join(" "))
            })
            .collect();
        changes.sort();
        for change in changes {
            writeln!(text, "  {change}").unwrap();
        }
    }
    text
}

#[track_caller]
fn agrees_with_git(folder: &Path) {
    let (records, _) = read(folder, &WalkOptions::default());
    assert_eq!(our_text(&records), git_text(folder));
}

fn busy_repository() -> Scratch {
    let mut scratch = Scratch::new();
    let lines = |name: &str| (0..40).map(|n| format!("{name} {n}\n")).collect::<String>();
    scratch.write("a.py", &lines("a"));
    scratch.write("pkg/b.py", &lines("b"));
    scratch.write("pkg/deep/er/c.py", &lines("c"));
    scratch.write("pkg.py", "x\n");
    scratch.commit("start");
    scratch.write("a.py", &(lines("a") + "more\n"));
    scratch.write("pkg/deep/er/d.py", &lines("d"));
    scratch.commit("change and add");
    scratch.git(&["mv", "pkg/b.py", "pkg/moved.py"]);
    scratch.commit("move");
    scratch.git(&["mv", "pkg/deep", "pkg/shallow"]);
    scratch.write("pkg/shallow/er/c.py", &(lines("c") + "one more line\n"));
    scratch.commit("move a folder and edit");
    scratch.git(&["rm", "-q", "pkg.py"]);
    scratch.write("pkg.py/now.py", "a folder of that name\n");
    scratch.commit("file becomes folder");
    scratch.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    scratch.write("side.py", "side\n");
    scratch.commit("on the side");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.clock += 10;
    scratch.git(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    scratch.git(&["rm", "-q", "side.py"]);
    scratch.commit("delete");
    scratch.commit("nothing at all");
    scratch
}

#[test]
fn loose_and_packed_histories_read_as_git_reads_them() {
    let scratch = busy_repository();
    agrees_with_git(scratch.path());
    scratch.git(&["gc", "-q", "--aggressive"]);
    agrees_with_git(scratch.path());
    let (records, summary) = scratch.read();
    assert_eq!(summary.head, Some(scratch.head()));
    assert_eq!((summary.commits, summary.unknown), (records.len(), 0));
    assert_eq!(
        records
            .iter()
            .filter(|record| record.kind == CommitKind::Merge)
            .count(),
        1
    );
}

#[test]
fn random_edits_read_as_git_reads_them() {
    let mut scratch = Scratch::new();
    let mut state = 7_u64;
    let mut random = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % bound
    };
    for step in 0..60 {
        for _ in 0..=random(4) {
            let path = format!("d{}/e{}/f{}.py", random(3), random(3), random(6));
            let full = scratch.path().join(&path);
            match random(5) {
                0 if full.exists() => std::fs::remove_file(full).unwrap(),
                1 if full.exists() => {
                    let target = format!("d{}/moved{step}.py", random(3));
                    std::fs::create_dir_all(scratch.path().join(&target).parent().unwrap())
                        .unwrap();
                    std::fs::rename(full, scratch.path().join(target)).unwrap();
                }
                _ => {
                    let text: String = (0..30 + random(3))
                        .map(|n| format!("{path} {n} {}\n", random(1_000_000)))
                        .collect();
                    scratch.write(&path, &text);
                }
            }
        }
        scratch.commit(&format!("step {step}"));
    }
    agrees_with_git(scratch.path());
    scratch.git(&[
        "repack",
        "-q",
        "-a",
        "-d",
        "-f",
        "--depth=40",
        "--window=40",
    ]);
    agrees_with_git(scratch.path());
}

#[test]
fn many_renames_in_one_commit_read_as_git_reads_them() {
    let mut scratch = Scratch::new();
    let text = |at: usize, more: &str| {
        let lines = (0..8).map(|line| format!("value_{at}_{line} = {line}\n"));
        format!("import shared\n{}{more}", lines.collect::<String>())
    };
    // A prefix that comes for every file, and a folder that moves whose files have all the same name.
    for at in 0..130 {
        scratch.write(&format!("lib/part{at}.py"), &text(at, ""));
        scratch.write(&format!("old/area{at}/mod.py"), &text(1_000 + at, ""));
    }
    scratch.commit("add");
    for at in 0..130 {
        let moves = [
            (
                format!("lib/part{at}.py"),
                format!("lib/core_part{at}.py"),
                at,
            ),
            (
                format!("old/area{at}/mod.py"),
                format!("new/area{at}/mod.py"),
                1_000 + at,
            ),
        ];
        for (from, to, content) in moves {
            std::fs::remove_file(scratch.path().join(from)).unwrap();
            scratch.write(&to, &text(content, "import more\n"));
        }
    }
    scratch.commit("move");
    agrees_with_git(scratch.path());
    let (records, _) = scratch.read();
    let is_renamed = |status: ChangeStatus| status == ChangeStatus::Renamed;
    let renamed = records.iter().map(|record| {
        let changes = record.changes.paths().iter();
        changes.filter(|change| is_renamed(change.status)).count()
    });
    assert_eq!(renamed.max(), Some(260));
}

#[test]
fn lines_count_as_git_counts_them() {
    let scratch = busy_repository();
    let options = WalkOptions {
        line_counts: 3,
        ..WalkOptions::default()
    };
    let (records, _) = read(scratch.path(), &options);
    let counted: Vec<_> = records
        .iter()
        .filter(|record| {
            record
                .changes
                .paths()
                .iter()
                .any(|change| change.lines.is_some())
        })
        .map(|record| record.subject.as_str())
        .collect();
    // "nothing at all" is the newest of the three and has no paths.
    assert_eq!(counted, ["delete", "on the side"]);
    let lines: Vec<_> = records
        .iter()
        .flat_map(|record| record.changes.paths())
        .filter_map(|change| Some((change.path.as_str(), change.lines?)))
        .collect();
    let one = |added, deleted| LineCounts { added, deleted };
    assert_eq!(lines, [("side.py", one(0, 1)), ("side.py", one(1, 0))]);
}

#[test]
fn new_commits_alone_give_the_same_records() {
    let mut scratch = busy_repository();
    let (before, summary) = scratch.read();
    let head = summary.head.unwrap();
    // A branch that is older than what was read, merged later.
    scratch.git(&["checkout", "-q", "-b", "late", "HEAD~4"]);
    scratch.clock -= 9_000;
    scratch.write("late.py", "late\n");
    scratch.commit("written long ago");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.clock += 20_000;
    scratch.git(&["merge", "-q", "--no-ff", "-m", "merge late", "late"]);
    scratch.write("late.py", "later\n");
    scratch.commit("after the merge");

    let order_of = |id: &CommitId| {
        let record = before.iter().find(|record| record.id == *id)?;
        Some(record.order)
    };
    let options = WalkOptions {
        indexed: Some(Indexed {
            head,
            order_of: &order_of,
        }),
        ..WalkOptions::default()
    };
    let (mut updated, _) = read(scratch.path(), &options);
    assert_eq!(updated.len(), 3);
    updated.extend(before.iter().cloned());
    updated.sort_by(|one, other| other.order.cmp(&one.order).then(one.id.cmp(&other.id)));
    let (scratch_records, _) = scratch.read();
    assert_eq!(updated, scratch_records);
}

#[test]
fn an_unchanged_head_gives_no_commits_and_a_rewritten_one_an_error() {
    let mut scratch = busy_repository();
    let (records, summary) = scratch.read();
    let head = summary.head.unwrap();
    let order_of = |id: &CommitId| {
        let record = records.iter().find(|record| record.id == *id)?;
        Some(record.order)
    };
    let options = || WalkOptions {
        indexed: Some(Indexed {
            head,
            order_of: &order_of,
        }),
        ..WalkOptions::default()
    };
    assert_eq!(read(scratch.path(), &options()).0, []);
    for target in ["HEAD~1", "side"] {
        scratch.git(&["reset", "-q", "--hard", target]);
        let history = GitHistory::open(scratch.path()).unwrap();
        let result = history.walk(&options(), &mut |_| panic!("no visit"));
        assert!(matches!(result, Err(HistoryError::Rewritten { indexed }) if indexed == head));
    }
    scratch.commit("somewhere else");
    let history = GitHistory::open(scratch.path()).unwrap();
    assert!(
        history
            .walk(&options(), &mut |_| panic!("no visit"))
            .is_err()
    );
}

#[test]
fn parents_come_later_whatever_the_clocks_say() {
    let mut scratch = Scratch::new();
    for clock in [4_070_908_800, 0, 1_600_000_000, 1, 1_500_000_000] {
        scratch.clock = clock;
        scratch.write("a.py", &format!("{clock}\n"));
        scratch.commit(&format!("at {clock}"));
    }
    let (records, _) = scratch.read();
    assert_eq!(records.len(), 5);
    for (index, record) in records.iter().enumerate() {
        for parent in &record.parents {
            let place = records.iter().position(|other| other.id == *parent);
            assert!(place.unwrap() > index);
            assert!(records[place.unwrap()].order < record.order);
        }
    }
    agrees_with_git(scratch.path());
}

#[test]
fn an_octopus_is_one_merge() {
    let mut scratch = Scratch::new();
    scratch.commit("start");
    for branch in ["one", "two", "three"] {
        scratch.git(&["checkout", "-q", "-b", branch, "main"]);
        scratch.write(&format!("{branch}.py"), branch);
        scratch.commit(branch);
    }
    scratch.git(&["checkout", "-q", "main"]);
    scratch.clock += 5_000;
    scratch.git(&["merge", "-q", "-m", "all", "one", "two", "three"]);
    let (records, _) = scratch.read();
    assert_eq!(records[0].kind, CommitKind::Merge);
    assert!(records[0].parents.len() >= 3);
    assert_eq!(records[0].changes, Changes::Merge);
    agrees_with_git(scratch.path());
}

#[test]
fn no_repository_and_no_commits_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        GitHistory::open(folder.path()),
        Err(HistoryError::NotARepository { .. })
    ));
    let scratch = Scratch::new();
    let (records, summary) = scratch.read();
    assert_eq!((records, summary), (Vec::new(), WalkSummary::default()));
    std::fs::write(folder.path().join(".git"), "gitdir: /nowhere/at/all\n").unwrap();
    assert!(matches!(
        GitHistory::open(folder.path()),
        Err(HistoryError::Open { .. })
    ));
}

#[test]
fn bare_repositories_worktrees_and_detached_heads_are_histories_too() {
    let scratch = busy_repository();
    let elsewhere = tempfile::tempdir().unwrap();
    let place = |name: &str| -> (PathBuf, String) {
        let path = elsewhere.path().join(name);
        let text = path.to_str().unwrap().to_owned();
        (path, text)
    };
    let (bare, bare_text) = place("bare");
    let (tree, tree_text) = place("tree");
    scratch.git(&["clone", "-q", "--bare", ".", &bare_text]);
    scratch.git(&["worktree", "add", "-q", "--detach", &tree_text, "HEAD~1"]);
    agrees_with_git(&bare);
    agrees_with_git(&tree);
    assert_eq!(
        read(&tree, &WalkOptions::default()).0.len() + 1,
        scratch.read().0.len()
    );
}

#[test]
fn before_the_boundary_of_a_shallow_clone_nothing_is_known() {
    let scratch = busy_repository();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("shallow");
    let url = format!("file://{}", scratch.path().display());
    scratch.git(&["clone", "-q", "--depth=2", &url, path.to_str().unwrap()]);
    let (records, summary) = read(&path, &WalkOptions::default());
    assert!(summary.is_shallow);
    let (full, _) = scratch.read();
    assert!(records.len() < full.len());
    assert_eq!(records[0].changes, full[0].changes);
    let boundary: Vec<_> = records
        .iter()
        .filter(|record| record.changes == Changes::Unknown)
        .collect();
    assert_eq!(boundary.len(), summary.unknown);
    assert!(!boundary.is_empty() || records.iter().any(|r| r.kind == CommitKind::Merge));
}

#[test]
fn a_partial_clone_knows_paths_and_equal_renames() {
    let mut scratch = busy_repository();
    scratch.git(&["mv", "a.py", "z.py"]);
    scratch.commit("equal move");
    scratch.git(&["config", "uploadpack.allowFilter", "true"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("partial");
    let url = format!("file://{}", scratch.path().display());
    let target = path.to_str().unwrap();
    scratch.git(&["clone", "-q", "--bare", "--filter=blob:none", &url, target]);
    let options = WalkOptions {
        line_counts: 100,
        ..WalkOptions::default()
    };
    let (records, summary) = read(&path, &options);
    let (full, _) = scratch.read();
    assert_eq!((records.len(), summary.unknown), (full.len(), 0));
    assert_eq!(records[0].changes.paths()[0].status, ChangeStatus::Renamed);
    assert_eq!(records[0].changes.paths()[0].lines, None);
}

#[test]
fn submodules_links_and_modes_are_told_apart() {
    let mut scratch = Scratch::new();
    let module = busy_repository();
    scratch.write("run.sh", "echo\n");
    scratch.commit("start");
    let url = format!("file://{}", module.path().display());
    scratch.git(&["submodule", "--quiet", "add", &url, "vendor/module"]);
    std::os::unix::fs::symlink("run.sh", scratch.path().join("link.sh")).unwrap();
    scratch.commit("module and link");
    scratch.git(&["update-index", "--chmod=+x", "run.sh"]);
    scratch.clock += 1_000;
    scratch.git(&["commit", "-q", "-m", "mode"]);
    let (records, _) = scratch.read();
    let paths = |record: &CommitRecord| -> Vec<String> {
        let changes = record.changes.paths().iter();
        changes.map(|change| change.path.clone()).collect()
    };
    assert_eq!(paths(&records[0]), ["run.sh"]);
    assert_eq!(paths(&records[1]), [".gitmodules", "link.sh"]);
}

#[test]
fn names_that_are_no_utf8_stay_the_same_from_commit_to_commit() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut scratch = Scratch::new();
    let path = scratch.path().join(OsStr::from_bytes(b"caf\xe9.py"));
    std::fs::write(&path, "1\n").unwrap();
    scratch.commit("one");
    std::fs::write(&path, "2\n").unwrap();
    scratch.commit("two");
    let (records, _) = scratch.read();
    assert_eq!(records[0].changes.paths()[0].path, "caf\u{fffd}.py");
    assert_eq!(records[1].changes.paths()[0].path, "caf\u{fffd}.py");
}

#[test]
fn the_mailmap_names_people_and_is_a_setting() {
    let mut scratch = Scratch::new();
    scratch.commit("start");
    let settings = |scratch: &Scratch| {
        GitHistory::open(scratch.path())
            .unwrap()
            .settings()
            .unwrap()
    };
    let before = settings(&scratch);
    scratch.write(
        ".mailmap",
        "Ada Lovelace <countess@example.org> <ada@example.org>\n",
    );
    assert_ne!(settings(&scratch), before);
    let (records, _) = scratch.read();
    assert_eq!(records[0].author.name, "Ada Lovelace");
    assert_eq!(records[0].author.email, "countess@example.org");
}

#[test]
fn a_damaged_object_costs_its_commits_only() {
    let mut scratch = Scratch::new();
    scratch.write("pkg/a.py", "1\n");
    scratch.commit("one");
    let tree = scratch.git(&["rev-parse", "HEAD:pkg"]).trim().to_owned();
    scratch.write("pkg/a.py", "2\n");
    scratch.commit("two");
    scratch.write("pkg/a.py", "3\n");
    scratch.commit("three");
    let object = scratch
        .path()
        .join(".git/objects")
        .join(&tree[..2])
        .join(&tree[2..]);
    std::fs::remove_file(object).unwrap();
    let (records, summary) = scratch.read();
    let unknown: Vec<_> = records
        .iter()
        .filter(|record| record.changes == Changes::Unknown)
        .map(|record| record.subject.as_str())
        .collect();
    assert_eq!(unknown, ["two", "one"]);
    assert_eq!(summary.unknown, 2);
}

/// `id subject: pull request by source` of every commit that came in with one, newest first.
fn pulls(records: &[CommitRecord]) -> Vec<String> {
    let named = records.iter().filter_map(|record| {
        let pull = record.pull.as_ref()?;
        let (sign, number) = (&pull.ticket.sign, pull.ticket.number);
        Some(format!(
            "{}: {sign}{number} {}",
            record.subject,
            pull.source.as_str()
        ))
    });
    named.collect()
}

#[test]
fn commits_belong_to_the_pull_request_of_the_innermost_merge_that_brought_them() {
    let mut scratch = Scratch::new();
    scratch.commit("start");
    scratch.git(&["checkout", "-q", "-b", "outer"]);
    scratch.commit("outer 1");
    scratch.git(&["checkout", "-q", "-b", "inner"]);
    scratch.commit("inner 1 (#99)");
    scratch.git(&["checkout", "-q", "outer"]);
    scratch.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #2 from a/inner\n\nInner",
        "inner",
    ]);
    scratch.commit("outer 2");
    let id = "I0123456789abcdef0123456789abcdef01234567";
    scratch.commit(&format!("outer 3\n\nChange-Id: {id}"));
    scratch.git(&["checkout", "-q", "main"]);
    scratch.commit("main 1 (#7)");
    scratch.git(&["checkout", "-q", "outer"]);
    scratch.clock += 1_000;
    scratch.git(&[
        "merge",
        "-q",
        "-m",
        "Merge branch 'main' into outer",
        "main",
    ]);
    scratch.git(&["checkout", "-q", "main"]);
    scratch.clock += 1_000;
    scratch.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #1 from a/outer\n\nOuter",
        "outer",
    ]);
    scratch.commit("main 2");
    let (records, summary) = scratch.read();
    assert!(summary.extends_line);
    let mut found = pulls(&records);
    found.sort();
    assert_eq!(
        found,
        [
            "Merge branch 'main' into outer: #1 branch",
            "Merge pull request #1 from a/outer: #1 merge",
            "Merge pull request #2 from a/inner: #2 merge",
            "inner 1 (#99): #2 branch",
            "main 1 (#7): #7 subject",
            "outer 1: #1 branch",
            "outer 2: #1 branch",
            "outer 3: #1 branch",
        ]
    );
    let inner = records
        .iter()
        .find(|record| record.subject.starts_with("inner"))
        .unwrap();
    assert_eq!(
        inner.mentions.len(),
        1,
        "an issue's number, as far as can be told"
    );
}

#[test]
fn a_branch_that_becomes_the_second_parent_is_another_line() {
    let mut scratch = Scratch::new();
    scratch.commit("start");
    scratch.git(&["checkout", "-q", "-b", "topic"]);
    let topic = scratch.commit("topic 1");
    let (known, _) = scratch.read();
    scratch.git(&["checkout", "-q", "main"]);
    scratch.commit("main 1");
    scratch.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #1 from a/topic",
        "topic",
    ]);
    let order_of = |id: &CommitId| {
        known
            .iter()
            .find(|record| record.id == *id)
            .map(|record| record.order)
    };
    let indexed = Indexed {
        head: topic,
        order_of: &order_of,
    };
    let (_, summary) = read(
        scratch.path(),
        &WalkOptions {
            indexed: Some(indexed),
            line_counts: 0,
        },
    );
    assert!(
        !summary.extends_line,
        "topic 1 came with a merge that was not known"
    );
}

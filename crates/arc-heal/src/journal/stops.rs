//! Ends a process at each step of a commit and of an undo, as a crash would, and looks at what the next start makes of it. The same
//! with a journal that can no longer be written from that step on, as on a full disk.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, kill_process};

use super::*;

/// What tells a process of this test which step is its last, and where it works.
const STEP: &str = "ARC_TEST_JOURNAL_STEP";
const ROOT: &str = "ARC_TEST_JOURNAL_ROOT";
const UNDOES: &str = "ARC_TEST_JOURNAL_UNDOES";
const BLOCKS: &str = "ARC_TEST_JOURNAL_BLOCKS";
/// Steps that no commit has.
const MOST: u64 = 200;

static STEPS: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(u64::MAX);

/// Counts a step, and ends the process when it is the last one it may make, or the last with which journals can be written.
pub(super) fn reached() {
    if STEPS.fetch_add(1, Ordering::SeqCst) + 1 != LAST.load(Ordering::SeqCst) {
        return;
    }
    match told(ROOT).filter(|_| told(BLOCKS).as_deref() == Some("true")) {
        Some(root) => {
            // A folder stands where the next journal would be written.
            let session = Path::new(&root).join(".arc/heal/s1");
            let begun = format!("{JOURNAL}.arc-{}", std::process::id());
            let _ = fs::remove_file(session.join(&begun));
            let _ = fs::create_dir(session.join(begun));
        }
        None => kill_process(getpid(), Signal::KILL).expect("a process may end itself"),
    }
}

fn commit_both(root: &Path) {
    let old = find(root, "a.py").expect("there");
    let new = find_or_none(root, "pkg/sub/b.py").expect("it may come");
    let planned = [(&old, &b"sound"[..], 0o640), (&new, &b"new"[..], 0o644)];
    let planned = planned.map(|(found, bytes, mode)| Planned { found, bytes, mode });
    commit(root, "s1", &planned).expect("committed");
}

/// Every file of the project with its bytes and mode; folders count as well.
fn files(root: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let inner = path.strip_prefix(root).expect("below").to_owned();
            if inner == Path::new(".arc") {
                continue;
            }
            let meta = path.symlink_metadata().expect("there");
            let bytes = if meta.is_dir() {
                folders.push(path);
                Vec::new()
            } else {
                fs::read(path).expect("read")
            };
            found.insert(inner, (bytes, meta.permissions().mode() & 0o7777));
        }
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "this test is ended as a process of its own, and told by its environment where"
)]
fn run(root: &Path, step: u64, undoes: bool, blocks: bool) -> ExitStatus {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "journal::stops::a_process_may_end_at_any_step"])
        .env(STEP, step.to_string())
        .env(ROOT, root)
        .env(UNDOES, undoes.to_string())
        .env(BLOCKS, blocks.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it starts")
}

#[expect(clippy::disallowed_methods, reason = "see above")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn project() -> tempfile::TempDir {
    let project = tempfile::tempdir().expect("a folder");
    let file = project.path().join("a.py");
    fs::write(&file, "broken").expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
    project
}

#[test]
fn a_process_may_end_at_any_step() {
    if let (Some(root), Some(step)) = (told(ROOT), told(STEP)) {
        let root = Path::new(&root);
        LAST.store(step.parse().expect("a number"), Ordering::SeqCst);
        if told(UNDOES).as_deref() == Some("true") {
            undo(root, "s1").expect("undone");
        } else {
            commit_both(root);
        }
        return;
    }
    for undoes in [false, true] {
        let mut states = [0, 0];
        let whole = project();
        commit_both(whole.path());
        let new = files(whole.path());
        for step in 1..MOST {
            let project = project();
            let root = project.path();
            let old = files(root);
            if undoes {
                commit_both(root);
            }
            let status = run(root, step, undoes, false);
            let is_ended = status.signal() == Some(Signal::KILL.as_raw());
            assert!(is_ended || status.success(), "{step}: {status}");
            // Each file is whole at once, the session after the next start: an undo goes on there.
            for (path, file) in files(root) {
                let known = [old.get(&path), new.get(&path)];
                assert!(known.contains(&Some(&file)), "{step}: {path:?} {file:?}");
            }
            recover(root).expect("recovered");
            let then = files(root);
            let is_new = then == new;
            assert!(is_new || then == old, "{step}: {then:?}");
            states[usize::from(is_new)] += 1;
            assert_eq!(recover(root).expect("nothing left"), []);
            let sessions = fs::read_dir(root.join(".arc/heal")).expect("a folder");
            for session in sessions.flatten().filter(|entry| entry.path().is_dir()) {
                let names = fs::read_dir(session.path()).expect("a folder").flatten();
                let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
                assert!(names.iter().any(|name| name == JOURNAL), "{step} {names:?}");
            }
            if !is_ended {
                assert!(is_new != undoes && step > 10, "{step}");
                break;
            }
            assert!(step + 1 < MOST, "a commit has an end");
        }
        assert!(states[0] > 5, "{states:?}");
    }
}

#[test]
fn a_journal_that_cannot_be_written_undoes_all_or_nothing() {
    for undoes in [false, true] {
        let mut ended = [0, 0];
        for step in 1..MOST {
            let project = project();
            let root = project.path();
            let old = files(root);
            commit_both(root);
            let new = files(root);
            let (begun, done) = if undoes { (new, old) } else { (old, new) };
            if !undoes {
                undo(root, "s1").expect("as it was");
                fs::remove_dir_all(root.join(".arc")).expect("as if nothing had been");
                fs::create_dir_all(root.join(".arc/heal/s1")).expect("a place for the folder");
            }
            let status = run(root, step, undoes, true);
            let is_done = status.success();
            let then = files(root);
            assert_eq!(then, if is_done { done } else { begun }, "{step} {undoes}");
            recover(root).expect("the next start");
            assert_eq!(files(root), then, "{step} {undoes}");
            ended[usize::from(is_done)] += 1;
        }
        assert!(ended.iter().all(|times| *times > 2), "{ended:?}");
    }
}

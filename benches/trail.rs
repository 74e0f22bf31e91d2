//! Blame against `git blame -w -M -C`, line by line: `cargo bench --bench trail -- REPOSITORY [FILES [GRAPH [w]]]`.
//!
//! Takes so many files, spread over the tree, prints the share of lines for which both name the same commit, what the rest
//! looks like, and the time each took. The graph must be there: run `arc build` first.
//! With `w` moves and copies are not followed, on neither side.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, stops when something is missing, and has git as oracle"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use arc_history::{BlameRequest, CommitId, ContentId, GitHistory, Rename, Touch, Trail};
use arc_store::GraphFile;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let Some(root) = arguments.first().map(PathBuf::from) else {
        return;
    };
    let count: usize = arguments.get(1).map_or(40, |count| count.parse().unwrap());
    let graph = arguments
        .get(2)
        .map_or_else(|| root.join(".arc/graph.db"), PathBuf::from);
    let graph = GraphFile::open(&graph).unwrap();
    let history = GitHistory::open(&root).unwrap();
    let head = CommitId::from_hex(&graph.meta("head").unwrap().unwrap()).unwrap();
    let follows_moves = arguments.get(3).is_none_or(|mode| mode != "w");
    let files = sources(&root, count);
    let (mut lines, mut same, mut ours, mut gits) = (0, 0, Duration::ZERO, Duration::ZERO);
    for file in &files {
        let started = Instant::now();
        let expected = git_blame(&root, file, follows_moves);
        gits += started.elapsed();
        let started = Instant::now();
        let found = our_blame(
            &graph,
            &history,
            (head, file, follows_moves),
            expected.len(),
        );
        ours += started.elapsed();
        let pairs = expected.iter().zip(&found);
        let wrong: Vec<_> = (1..)
            .zip(pairs)
            .filter(|(_, (one, other))| one != other)
            .collect();
        lines += expected.len();
        same += expected.len() - wrong.len();
        if !wrong.is_empty() {
            println!("{file}: {} of {} lines differ", wrong.len(), expected.len());
        }
        for (line, (one, other)) in wrong.iter().take(12) {
            println!(
                "  {line}: git {} arc {}",
                &one[..10],
                &other[..10.min(other.len())]
            );
        }
    }
    println!(
        "{}: {} files, {lines} lines, {:.3} % agree; arc {ours:.2?}, git {gits:.2?}",
        root.display(),
        files.len(),
        100.0 * same as f64 / lines as f64
    );
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Text files of the head, the same for every run, spread over the tree.
fn sources(root: &Path, count: usize) -> Vec<String> {
    const ENDINGS: [&str; 12] = [
        "py", "rs", "ts", "js", "go", "java", "c", "h", "rb", "md", "rst", "toml",
    ];
    let list = git(root, &["ls-tree", "-r", "--name-only", "HEAD"]);
    let all: Vec<&str> = list
        .lines()
        .filter(|path| {
            path.rsplit_once('.')
                .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
        })
        .collect();
    let step = (all.len() / count.max(1)).max(1);
    all.iter()
        .step_by(step)
        .take(count)
        .map(|path| (*path).to_owned())
        .collect()
}

fn git_blame(root: &Path, file: &str, follows_moves: bool) -> Vec<String> {
    let words = ["blame", "-w", "-M", "-C", "-p", "HEAD", "--", file];
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| follows_moves || !matches!(*word, "-M" | "-C"))
        .collect();
    let text = git(root, &words);
    let mut commits = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        let first = line.split(' ').next().unwrap_or("");
        if first.len() == 40 && !line.starts_with('\t') && CommitId::from_hex(first).is_some() {
            current = first.to_owned();
        } else if line.starts_with('\t') {
            commits.push(current.clone());
        }
    }
    commits
}

fn our_blame(
    graph: &GraphFile,
    history: &GitHistory,
    (head, file, follows_moves): (CommitId, &str, bool),
    count: usize,
) -> Vec<String> {
    let trail = |path: &str| {
        let known = graph.file_trail(path).unwrap();
        let touches = known.touches.iter().map(|touch| Touch {
            commit: CommitId(touch.hash),
            order: touch.position,
            is_ignored: false,
            before: touch.contents.0.map(ContentId),
            content: touch.contents.1.map(ContentId),
        });
        let renames = known.renames.iter().map(|rename| Rename {
            commit: CommitId(rename.hash),
            old: rename.old.clone(),
            new: rename.new.clone(),
        });
        Trail {
            touches: touches.collect(),
            renames: renames.collect(),
            is_one_file: known.is_one_file,
        }
    };
    let lines: Vec<u32> = (1..=count as u32).collect();
    let request = BlameRequest {
        head,
        path: file,
        lines: &lines,
        follows_moves,
        by_meaning: false,
        also_ignored: None,
    };
    let mut found = vec!["nobody".to_owned(); count];
    for origin in history.lineage(&trail).unwrap().blame(&request) {
        found[origin.line as usize - 1] = origin.commit.to_string();
    }
    found
}

//! What the walk leaves out: `.arcignore`, `.ignore`, `.gitignore` and git's `info/exclude`, in this order, each from the
//! inner folder to the outer ones.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::folder::RuleFile;
use crate::stamp::stamp;

/// Files with rules, the strongest first; git's own list comes after them.
pub(crate) const NAMES: [&str; 3] = [".arcignore", ".ignore", ".gitignore"];

/// Bytes of a file that names a folder.
const MAX_LINE: u64 = 4096;

/// The rules that hold in a folder.
pub(crate) struct Rules {
    above: Option<Arc<Rules>>,
    /// The folder is not below the root: paths are matched whole.
    is_outside: bool,
    matchers: [Gitignore; 4],
}

impl Rules {
    /// Whether a path, relative to the root, is left out of the project.
    pub(crate) fn leave_out(self: &Arc<Rules>, root: &Path, path: &Path, is_folder: bool) -> bool {
        let mut whole = None;
        for class in 0..self.matchers.len() {
            let mut rules = Some(self);
            while let Some(level) = rules {
                let matcher = &level.matchers[class];
                if !matcher.is_empty() {
                    let matched = if level.is_outside {
                        let whole = whole.get_or_insert_with(|| root.join(path));
                        matcher.matched(whole, is_folder)
                    } else {
                        matcher.matched(path, is_folder)
                    };
                    match matched {
                        Match::None => {}
                        Match::Ignore(_) => return true,
                        Match::Whitelist(_) => return false,
                    }
                }
                rules = level.above.as_ref();
            }
        }
        false
    }

    /// What the `.arcignore` of this folder says of a path: that it is left out, that it is not, or nothing.
    pub(crate) fn word_of_arcignore(&self, path: &Path, is_folder: bool) -> Option<bool> {
        match self.matchers[0].matched(path, is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }
}

/// Reads rules and remembers which files it has asked.
pub(crate) struct RuleReader<'a> {
    pub(crate) root: &'a Path,
    /// When the walk began.
    pub(crate) started: i64,
}

impl RuleReader<'_> {
    /// The rules in a folder below the root in which `names` lists what of [`NAMES`], and whether `.git`, is there. The
    /// files that were asked are added to `asked`.
    pub(crate) fn below(
        &self,
        folder: &Path,
        names: &[&str],
        above: Option<Arc<Rules>>,
        asked: &mut Vec<RuleFile>,
    ) -> Option<Arc<Rules>> {
        if names.is_empty() {
            return above;
        }
        let read = |name: &str, asked: &mut Vec<RuleFile>| {
            if names.contains(&name) {
                self.read(folder, &folder.join(name), asked)
            } else {
                Gitignore::empty()
            }
        };
        let [arc, own, git] = NAMES.map(|name| read(name, asked));
        let exclude = if names.contains(&".git") {
            self.exclude(folder, asked)
        } else {
            Gitignore::empty()
        };
        Some(Arc::new(Rules {
            above,
            is_outside: false,
            matchers: [arc, own, git, exclude],
        }))
    }

    /// The rules of the folders above the root.
    pub(crate) fn above(&self, asked: &mut Vec<RuleFile>) -> Option<Arc<Rules>> {
        let mut rules = None;
        let mut folders: Vec<&Path> = self.root.ancestors().skip(1).collect();
        folders.reverse();
        for folder in folders {
            let [arc, own, git] = NAMES.map(|name| self.read(folder, &folder.join(name), asked));
            let matchers = [arc, own, git, self.exclude(folder, asked)];
            if matchers.iter().any(|matcher| !matcher.is_empty()) {
                rules = Some(Arc::new(Rules {
                    above: rules,
                    is_outside: true,
                    matchers,
                }));
            }
        }
        rules
    }

    /// The `.arcignore` of one folder, whether it is there or not.
    pub(crate) fn arcignore(&self, folder: &Path, asked: &mut Vec<RuleFile>) -> Rules {
        let none = Gitignore::empty;
        Rules {
            above: None,
            is_outside: false,
            matchers: [
                self.read(folder, &folder.join(NAMES[0]), asked),
                none(),
                none(),
                none(),
            ],
        }
    }

    /// Notes that the answer depends on `path`, which is relative to the root or whole.
    pub(crate) fn ask(&self, path: &Path, asked: &mut Vec<RuleFile>) -> bool {
        let stamp = stamp_of_rules(&self.root.join(path), self.started);
        let is_there = stamp.is_some();
        let path = path.strip_prefix(self.root).unwrap_or(path).to_owned();
        asked.push(RuleFile { path, stamp });
        is_there
    }

    /// Lines that are no rules are passed over, and so is a file that cannot be read.
    fn read(&self, folder: &Path, path: &Path, asked: &mut Vec<RuleFile>) -> Gitignore {
        if !self.ask(path, asked) {
            return Gitignore::empty();
        }
        let mut builder = GitignoreBuilder::new(folder);
        // What can be wrong with it costs single lines and is no failure of ours.
        let _ = builder.add(self.root.join(path));
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    /// git's own list for the repository whose work tree is `folder`.
    fn exclude(&self, folder: &Path, asked: &mut Vec<RuleFile>) -> Gitignore {
        let git = folder.join(".git");
        if !fs::metadata(self.root.join(&git)).is_ok_and(|metadata| metadata.is_file()) {
            return self.read(folder, &git.join("info/exclude"), asked);
        }
        // A linked work tree says where the repository is.
        let first_line = |path: &Path, asked: &mut Vec<RuleFile>| {
            if !self.ask(path, asked) {
                return None;
            }
            // A path and no more, whoever wrote the file.
            let mut text = String::new();
            let file = fs::File::open(self.root.join(path)).ok()?;
            file.take(MAX_LINE).read_to_string(&mut text).ok()?;
            text.lines().next().map(str::to_owned)
        };
        let line = first_line(&git, asked).unwrap_or_default();
        let Some(directory) = line.strip_prefix("gitdir: ") else {
            return Gitignore::empty();
        };
        let directory: PathBuf = folder.join(directory);
        match first_line(&directory.join("commondir"), asked) {
            Some(common) => {
                let path = directory.join(common).join("info/exclude");
                self.read(folder, &path, asked)
            }
            None => Gitignore::empty(),
        }
    }
}

/// What the file system says of a file with rules; links are followed, since what counts is what is read.
fn stamp_of_rules(path: &Path, started: i64) -> Option<arc_store::Stamp> {
    let metadata = fs::metadata(path).ok()?;
    metadata.is_file().then(|| stamp(&metadata, started))
}

/// Whether a file with rules is what it was when it was asked.
pub(crate) fn is_as_asked(root: &Path, rule: &RuleFile, started: i64) -> bool {
    let path = root.join(&rule.path);
    match &rule.stamp {
        Some(stored) => stamp_of_rules(&path, started)
            .is_some_and(|now| crate::stamp::is_unchanged(stored, &now)),
        None => !fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_dir()),
    }
}

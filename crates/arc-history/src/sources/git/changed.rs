//! What differs between a commit and the files as they now are, in the work tree or in git's index.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::objs::Kind;

use super::objects::Objects;
use super::renames::{Change, pair_renames};
use super::trees::{Difference, Side, differences};
use super::{GitHistory, HistoryError, path_text, unreadable};
use crate::record::{ChangeStatus, CommitId};

/// Contents above this size are not given out.
const MAX_CONTENT: u64 = 8 << 20;

/// As far as git looks for a NUL before it calls a file binary.
const BINARY_PROBE: usize = 8_000;

/// What a commit is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Against<'a> {
    /// The files below the root: those that git follows, and these besides.
    WorkTree(&'a [String]),
    /// What the next commit would hold.
    Index,
    /// Another commit.
    Commit(&'a CommitId),
}

/// What a file holds on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// There is no file.
    Absent,
    /// Its bytes.
    Text(Vec<u8>),
    /// No text, or one too large to be given out.
    Opaque,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Where it is now; where it was, when it is deleted. Relative to the root, with `/`.
    pub path: String,
    /// Where it was, when it was renamed.
    pub old_path: Option<String>,
    /// What became of it.
    pub status: ChangeStatus,
    /// Before.
    pub old: Content,
    /// Now.
    pub new: Content,
}

impl ChangedFile {
    /// Only the permissions differ.
    #[must_use]
    pub fn is_mode_only(&self) -> bool {
        self.status == ChangeStatus::Modified && self.old == self.new && self.new != Content::Opaque
    }
}

/// What differs, in the order of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The files.
    pub files: Vec<ChangedFile>,
}

/// A file of the index.
struct Entry {
    path: Vec<u8>,
    side: Side,
    stat: Stat,
    is_kept_out: bool,
}

impl GitHistory {
    /// Compares the commit or tree that `revision` names with the files as they now are. Before the first commit `HEAD` is
    /// the empty tree.
    ///
    /// # Errors
    /// [`HistoryError::UnknownRevision`], and [`HistoryError::Read`] for a damaged tree or index.
    pub fn compare(
        &self,
        root: &Path,
        revision: &str,
        against: Against<'_>,
    ) -> Result<Comparison, HistoryError> {
        let mut objects = self.objects();
        let tree = self.tree_of(revision)?;
        let old = differences(&mut objects, None, tree.as_deref())
            .map_err(|_| unreadable("the tree of the commit", "it is missing or damaged"))?;
        let old: BTreeMap<Vec<u8>, Side> = old
            .into_iter()
            .filter_map(|difference| Some((difference.path, difference.new?)))
            .collect();
        let (entries, mut folders) = self.entries()?;
        let mut now = Now {
            root,
            objects,
            written: self.index_time(),
            keeps_modes: cfg!(unix) && self.keeps_modes(),
            sides: BTreeMap::new(),
        };
        match against {
            Against::Index => {
                let sides = entries.into_iter().map(|entry| (entry.path, entry.side));
                now.sides.extend(sides);
            }
            Against::Commit(commit) => {
                let sides = self.sides(*commit, &mut now.objects)?;
                now.sides.extend(sides);
                folders.clear();
            }
            Against::WorkTree(others) => {
                for entry in entries {
                    now.add_entry(entry, &old);
                }
                for path in others {
                    now.add_other(path, &old);
                }
            }
        }
        let mut differing = Vec::new();
        let paths: BTreeSet<&Vec<u8>> = old.keys().chain(now.sides.keys()).collect();
        for path in paths {
            let (old, new) = (old.get(path).copied(), now.sides.get(path).copied());
            let is_folded = || folders.iter().any(|folder| path.starts_with(folder));
            if old != new && !(new.is_none() && is_folded()) {
                let path = path.clone();
                differing.push(Difference { path, old, new });
            }
        }
        let mut objects = now.objects;
        let changes = pair_renames(&mut objects, differing);
        let files = changes
            .into_iter()
            .map(|change| given(&mut objects, change));
        Ok(Comparison {
            files: files.collect(),
        })
    }

    /// The tree that a revision names; `None` for `HEAD` before the first commit.
    fn tree_of(&self, revision: &str) -> Result<Option<ObjectId>, HistoryError> {
        if revision == "HEAD" && self.head()?.is_none() {
            return Ok(None);
        }
        let unknown =
            |source: Box<dyn std::error::Error + Send + Sync>| HistoryError::UnknownRevision {
                revision: revision.to_owned(),
                source,
            };
        let id = self.repository.rev_parse_single(revision);
        let object = id
            .map_err(|source| unknown(source.into()))?
            .object()
            .map_err(|source| unknown(source.into()))?;
        let tree = object.peel_to_tree();
        Ok(Some(tree.map_err(|source| unknown(source.into()))?.id))
    }

    /// The files of the index, and the folders that it has only as a whole.
    fn entries(&self) -> Result<(Vec<Entry>, Vec<Vec<u8>>), HistoryError> {
        let path = self.index_path();
        if !path.exists() {
            return Ok((Vec::new(), Vec::new()));
        }
        let hash = self.repository.object_hash();
        let options = gix::index::decode::Options::default();
        let index = gix::index::File::at(path, hash, true, options)
            .map_err(|source| unreadable("the index", source))?;
        let (mut entries, mut folders) = (Vec::new(), Vec::new());
        for entry in index.entries() {
            let path = entry.path(&index).to_vec();
            if entry.mode == Mode::DIR {
                folders.push(path);
                continue;
            }
            // Of a conflict the own side is as good as any.
            let is_one = matches!(entry.stage(), Stage::Unconflicted | Stage::Ours);
            let is_file = matches!(
                entry.mode,
                Mode::FILE | Mode::FILE_EXECUTABLE | Mode::SYMLINK
            );
            if is_one && is_file && !entry.flags.contains(Flags::INTENT_TO_ADD) {
                entries.push(Entry {
                    path,
                    side: Side {
                        id: entry.id,
                        is_link: entry.mode == Mode::SYMLINK,
                        is_executable: entry.mode == Mode::FILE_EXECUTABLE,
                    },
                    stat: entry.stat,
                    is_kept_out: entry.flags.contains(Flags::SKIP_WORKTREE),
                });
            }
        }
        Ok((entries, folders))
    }

    fn index_time(&self) -> Option<SystemTime> {
        let metadata = fs::metadata(self.index_path());
        metadata.and_then(|metadata| metadata.modified()).ok()
    }

    fn keeps_modes(&self) -> bool {
        let config = self.repository.config_snapshot();
        config.boolean("core.fileMode").unwrap_or(true)
    }
}

/// The files of the work tree, as they would be in a commit.
struct Now<'a> {
    root: &'a Path,
    objects: Objects<'a>,
    /// When the index was written.
    written: Option<SystemTime>,
    /// The file system's permissions mean something.
    keeps_modes: bool,
    sides: BTreeMap<Vec<u8>, Side>,
}

impl Now<'_> {
    /// A file that git follows. One that is as git last saw it is not read.
    fn add_entry(&mut self, entry: Entry, old: &BTreeMap<Vec<u8>, Side>) {
        let Some(path) = path_of(&entry.path) else {
            return;
        };
        let full = self.root.join(path);
        let side = match fs::symlink_metadata(&full) {
            // Not worth a reading when it is large: most of what such files become has another size.
            Ok(metadata)
                if is_as_noted(&entry.stat, &metadata, self.written)
                    || metadata.len() > MAX_CONTENT
                        && metadata.len() == u64::from(entry.stat.size) =>
            {
                Some(self.with_mode(entry.side, &metadata))
            }
            Ok(metadata) => self.read(&full, &metadata, Some(entry.side)),
            Err(_) if entry.is_kept_out => old.get(&entry.path).copied(),
            Err(_) => None,
        };
        self.sides.extend(side.map(|side| (entry.path, side)));
    }

    /// What is known of a file, with the permissions that it now has.
    fn with_mode(&self, known: Side, metadata: &Metadata) -> Side {
        Side {
            is_executable: if self.keeps_modes && !known.is_link {
                may_run(metadata)
            } else {
                known.is_executable
            },
            ..known
        }
    }

    /// A file that git does not follow.
    fn add_other(&mut self, path: &str, old: &BTreeMap<Vec<u8>, Side>) {
        let bytes = path.as_bytes();
        if self.sides.contains_key(bytes) {
            return;
        }
        let full = self.root.join(path);
        let known = old.get(bytes).copied();
        if let Ok(metadata) = fs::symlink_metadata(&full)
            && let Some(side) = self.read(&full, &metadata, known)
        {
            self.sides.insert(bytes.to_vec(), side);
        }
    }

    /// The content of a file, which can then be found by its id. What is too large to be read has an id of its own.
    fn read(&mut self, full: &Path, metadata: &Metadata, known: Option<Side>) -> Option<Side> {
        let is_link = metadata.file_type().is_symlink();
        let hash = gix::hash::Kind::Sha1;
        let bytes = if is_link {
            let target = fs::read_link(full).ok()?;
            target.into_os_string().into_encoded_bytes()
        } else if !metadata.is_file() {
            return None;
        } else if metadata.len() > MAX_CONTENT {
            return Some(Side {
                id: ObjectId::null(hash),
                is_link,
                is_executable: known.is_some_and(|known| known.is_executable),
            });
        } else {
            let mut bytes = Vec::new();
            let file = fs::File::open(full).ok()?;
            file.take(MAX_CONTENT + 1).read_to_end(&mut bytes).ok()?;
            bytes
        };
        let id = gix::objs::compute_hash(hash, Kind::Blob, &bytes).ok()?;
        if known.is_none_or(|known| known.id != id) {
            self.objects.lend(id, &bytes);
        }
        let side = Side {
            id,
            is_link,
            is_executable: known.is_some_and(|known| known.is_executable),
        };
        Some(self.with_mode(side, metadata))
    }
}

#[cfg(unix)]
fn may_run(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn may_run(_: &Metadata) -> bool {
    false
}

/// Whether a file is as the index noted it. A file written when the index was may have been written again since.
fn is_as_noted(stat: &Stat, metadata: &Metadata, written: Option<SystemTime>) -> bool {
    let Ok(modified) = metadata.modified() else {
        return false;
    };
    let noted = Duration::new(u64::from(stat.mtime.secs), stat.mtime.nsecs);
    let is_older = written.is_some_and(|written| modified < written);
    is_older
        && u64::from(stat.size) == metadata.len()
        && modified
            .duration_since(UNIX_EPOCH)
            .is_ok_and(|modified| modified == noted)
}

fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    // A path that the system cannot spell is no file of the work tree.
    let path = gix::path::from_byte_slice(bytes).ok()?;
    Some(path.to_owned())
}

fn given(objects: &mut Objects<'_>, change: Change) -> ChangedFile {
    ChangedFile {
        old: content(objects, change.old),
        new: content(objects, change.new),
        path: path_text(change.path),
        old_path: change.old_path.map(path_text),
        status: change.status,
    }
}

fn content(objects: &mut Objects<'_>, side: Option<Side>) -> Content {
    let Some(side) = side else {
        return Content::Absent;
    };
    let object = objects.find(&side.id).filter(|_| !side.is_link);
    match object {
        Some(object) if is_text(&object.data) => Content::Text(object.data.to_vec()),
        Some(_) | None => Content::Opaque,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.len() as u64 <= MAX_CONTENT && !bytes[..bytes.len().min(BINARY_PROBE)].contains(&0)
}

//! Versions of files, and which commit wrote each: what both blame and the story of a file go along.
//!
//! The caller tells which commits changed a file under any of its names, so that only those are read. A content that none
//! of them wrote is looked for commit by commit, as git does.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::parse_commit;
use super::objects::Objects;
use super::trees::side_at;
use super::{GitHistory, HistoryError, commit_id, object_id};
use crate::record::{CommitId, ContentId};

/// Recently read trees and contents. A version is mostly stored as what differs from the one read before it.
const CACHE_BYTES: usize = 16 << 20;
/// Contents above this size are not compared.
const MAX_COMPARED_BYTES: usize = 4 << 20;
/// Commits looked at after one that wrote a content, for others that wrote the same.
const NEARBY: usize = 12;
/// Commits looked at one by one for a content that no known commit wrote.
const MAX_STEPS: usize = 20_000;

/// A commit that changed a file under one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Which.
    pub commit: CommitId,
    /// Its [`crate::CommitRecord::order`].
    pub order: i64,
    /// It is known to change no meaning: lines are looked for before it, as well as they can be told.
    pub is_ignored: bool,
    /// The content before it, of a commit with one parent, if that is known.
    pub before: Option<ContentId>,
    /// The content that it left, if that is known.
    pub content: Option<ContentId>,
}

/// A rename of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The commit.
    pub commit: CommitId,
    /// The path before.
    pub old: String,
    /// The path after.
    pub new: String,
}

/// The history of a file under all of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// Commits that may have changed it, newest first.
    pub touches: Vec<Touch>,
    /// Its renames.
    pub renames: Vec<Rename>,
    /// Under all of its names there was but this file, so that the contents of touches are its own at each commit.
    pub is_one_file: bool,
}

impl Trail {
    /// The touch of a commit.
    fn touch_of(&self, commit: &CommitId) -> Option<&Touch> {
        self.touches.iter().find(|touch| touch.commit == *commit)
    }
}

/// A commit, as far as its files matter.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) tree: ObjectId,
    pub(super) parents: Rc<[CommitId]>,
}

/// Which commit wrote a content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub(super) commit: CommitId,
    /// Its [`crate::CommitRecord::order`].
    pub(super) order: i64,
    /// Another one wrote the same, and it is not known which of them is meant.
    pub(super) is_doubtful: bool,
}

/// Reads versions of files. Everything that was read is remembered.
pub(super) struct Versions<'a, 'repo> {
    pub(super) objects: Objects<'repo>,
    pub(super) shallow: HashSet<CommitId>,
    known_trail: &'a dyn Fn(&str) -> Trail,
    commits: HashMap<CommitId, Option<Node>>,
    contents: HashMap<(CommitId, Vec<u8>), Option<ObjectId>>,
    trails: HashMap<Vec<u8>, Rc<Trail>>,
}

impl<'a, 'repo> Versions<'a, 'repo> {
    pub(super) fn open(
        history: &'repo GitHistory,
        known_trail: &'a dyn Fn(&str) -> Trail,
    ) -> Result<Versions<'a, 'repo>, HistoryError> {
        Ok(Versions {
            objects: history.objects_within(CACHE_BYTES),
            shallow: history.shallow()?.iter().map(commit_id).collect(),
            known_trail,
            commits: HashMap::new(),
            contents: HashMap::new(),
            trails: HashMap::new(),
        })
    }

    pub(super) fn node(&mut self, id: &CommitId) -> Option<Node> {
        if let Some(known) = self.commits.get(id) {
            return known.clone();
        }
        let node = self
            .objects
            .find(&object_id(id))
            .filter(|object| object.kind == Kind::Commit)
            .and_then(|object| {
                let commit = parse_commit(&object.data)?;
                let parents = if self.shallow.contains(id) {
                    Vec::new()
                } else {
                    commit.parents
                };
                Some(Node {
                    tree: commit.tree,
                    parents: parents.iter().map(commit_id).collect(),
                })
            });
        self.commits.insert(*id, node.clone());
        node
    }

    /// The content of a path in a commit.
    pub(super) fn content(&mut self, commit: &CommitId, path: &[u8]) -> Option<ObjectId> {
        let key = (*commit, path.to_vec());
        if let Some(known) = self.contents.get(&key) {
            return *known;
        }
        let tree = self.node(commit).map(|node| node.tree);
        let side = tree.and_then(|tree| side_at(&mut self.objects, &tree, path));
        let content = side.filter(|side| !side.is_link).map(|side| side.id);
        self.contents.insert(key, content);
        content
    }

    pub(super) fn trail(&mut self, path: &[u8]) -> Rc<Trail> {
        if let Some(known) = self.trails.get(path) {
            return known.clone();
        }
        let trail = Rc::new((self.known_trail)(&String::from_utf8_lossy(path)));
        self.trails.insert(path.to_vec(), trail.clone());
        trail
    }

    pub(super) fn text(&mut self, content: &ObjectId) -> Option<Rc<Vec<u8>>> {
        let object = self.objects.find(content)?;
        (object.kind == Kind::Blob && object.data.len() <= MAX_COMPARED_BYTES)
            .then_some(object.data)
    }

    /// The commit below `limit` that wrote `content`, and its order.
    pub(super) fn writer(
        &mut self,
        commit: &CommitId,
        limit: i64,
        path: &[u8],
        content: &ObjectId,
    ) -> (CommitId, i64) {
        let likely = self.likely_writer(commit, limit, path, content);
        if likely.is_doubtful {
            return self.writer_by_steps(*commit, limit, path, content);
        }
        (likely.commit, likely.order)
    }

    /// The newest commit below `limit` that wrote `content`. When another one nearby wrote the same, as reverts and picked
    /// commits do, only the way from `commit` tells which of them it was, and that is long.
    pub(super) fn likely_writer(
        &mut self,
        commit: &CommitId,
        limit: i64,
        path: &[u8],
        content: &ObjectId,
    ) -> Writer {
        let trail = self.trail(path);
        let touches = trail.touches.as_slice();
        let first = touches.partition_point(|touch| touch.order > limit);
        let mut known = touches[first..].iter().enumerate();
        let newest = known.find(|(_, touch)| {
            is_known_writer(&trail, touch, content) || self.wrote(touch, path, content)
        });
        let Some((place, newest)) = newest else {
            let (commit, order) = self.writer_by_steps(*commit, limit, path, content);
            return Writer {
                commit,
                order,
                is_doubtful: false,
            };
        };
        let mut nearby = touches[first + place + 1..].iter().take(NEARBY);
        let is_doubtful =
            newest.commit != *commit && nearby.any(|touch| self.wrote(touch, path, content));
        Writer {
            commit: newest.commit,
            order: newest.order,
            is_doubtful,
        }
    }

    /// Whether a commit has `content` at `path` and none of its parents has. Of one that left another content no tree is read.
    fn wrote(&mut self, touch: &Touch, path: &[u8], content: &ObjectId) -> bool {
        let left = touch.content;
        if left.is_some_and(|left| object_of(&left) != *content) {
            return false;
        }
        let commit = &touch.commit;
        if self.content(commit, path).as_ref() != Some(content) {
            return false;
        }
        let parents = self.node(commit).map(|node| node.parents);
        parents.is_none_or(|parents| {
            parents
                .iter()
                .all(|parent| self.content(parent, path).as_ref() != Some(content))
        })
    }

    /// Goes from commit to commit as long as a parent has the same content. A commit with one parent that did not touch the path
    /// has what its parent has, so that only the trees of the others are read.
    pub(super) fn writer_by_steps(
        &mut self,
        commit: CommitId,
        limit: i64,
        path: &[u8],
        content: &ObjectId,
    ) -> (CommitId, i64) {
        let trail = self.trail(path);
        let touched: HashSet<CommitId> = trail.touches.iter().map(|touch| touch.commit).collect();
        let is_passed = |at: &CommitId| !touched.contains(at);
        let mut at = self.step_back(commit, &is_passed, (path, content));
        if self.content(&at, path).as_ref() != Some(content) {
            // A commit touched it that nobody knows of.
            at = self.step_back(commit, &|_| false, (path, content));
        }
        let order = trail.touches.iter().find(|touch| touch.commit == at);
        let order = order.map(|touch| touch.order);
        (at, order.unwrap_or(limit.saturating_sub(1)))
    }

    /// The last commit that is met on the way back over commits that have `content` at `path`, or are said to be passed.
    fn step_back(
        &mut self,
        commit: CommitId,
        is_passed: &dyn Fn(&CommitId) -> bool,
        (path, content): (&[u8], &ObjectId),
    ) -> CommitId {
        let mut at = commit;
        for _ in 0..MAX_STEPS {
            let Some(node) = self.node(&at) else {
                break;
            };
            let next = match *node.parents {
                [parent] if is_passed(&at) => Some(parent),
                _ => node
                    .parents
                    .iter()
                    .copied()
                    .find(|parent| self.content(parent, path).as_ref() == Some(content)),
            };
            match next {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// The same as [`Versions::before`] says, as far as it is known without reading a tree.
    fn known_before(
        &mut self,
        commit: &CommitId,
        parent: &CommitId,
        path: &[u8],
    ) -> Option<(Vec<u8>, ObjectId)> {
        if *self.node(commit)?.parents != [*parent] {
            return None;
        }
        let trail = self.trail(path);
        let touch = trail.touch_of(commit).filter(|_| trail.is_one_file)?;
        let before = object_of(&touch.before?);
        let mut renames = trail.renames.iter();
        let rename = renames.find(|rename| rename.commit == *commit);
        match rename {
            Some(rename) if rename.new.as_bytes() == path => {
                Some((rename.old.as_bytes().to_vec(), before))
            }
            // It is another name that was changed.
            Some(_) => None,
            None => Some((path.to_vec(), before)),
        }
    }

    /// Where the file was before a commit, and its content there.
    pub(super) fn before(
        &mut self,
        commit: &CommitId,
        parent: &CommitId,
        path: &[u8],
    ) -> Option<(Vec<u8>, ObjectId)> {
        if let Some(known) = self.known_before(commit, parent, path) {
            return Some(known);
        }
        if let Some(content) = self.content(parent, path) {
            return Some((path.to_vec(), content));
        }
        let trail = self.trail(path);
        let is_merge = self.node(commit).is_some_and(|node| node.parents.len() > 1);
        for rename in &trail.renames {
            let other = if rename.new.as_bytes() == path && (is_merge || rename.commit == *commit) {
                &rename.old
            } else if is_merge && rename.old.as_bytes() == path {
                &rename.new
            } else {
                continue;
            };
            if let Some(content) = self.content(parent, other.as_bytes()) {
                return Some((other.as_bytes().to_vec(), content));
            }
        }
        None
    }
}

/// Whether a commit is known to have written `content` in place of another one.
fn is_known_writer(trail: &Trail, touch: &Touch, content: &ObjectId) -> bool {
    let left = touch.content.filter(|_| trail.is_one_file);
    touch.before != touch.content && left.is_some_and(|left| object_of(&left) == *content)
}

fn object_of(content: &ContentId) -> ObjectId {
    ObjectId::Sha1(content.0)
}

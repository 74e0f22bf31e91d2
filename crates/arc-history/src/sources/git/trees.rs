//! What differs between two trees.
//!
//! Trees are compared as bytes: two versions of a folder mostly differ in one entry, so the common bytes before and
//! after it are skipped and only what lies between is taken apart. Equal subtrees are never opened.

use std::cmp::Ordering;

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{Object, Objects};

/// Folders nested deeper than this are not entered; the format has no bound, and a crafted tree may be deep.
const MAX_DEPTH: usize = 300;

/// One side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) id: ObjectId,
    pub(super) is_link: bool,
    pub(super) is_executable: bool,
}

/// A path with its content before and after.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) path: Vec<u8>,
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
}

/// A tree is missing, damaged or nested too deep: what changed is not known.
#[derive(Debug)]
pub(super) struct UnreadableTree;

/// The paths that differ, in the order of the trees. `None` stands for the empty tree.
pub(super) fn differences(
    objects: &mut Objects<'_>,
    old: Option<&gix::oid>,
    new: Option<&gix::oid>,
) -> Result<Vec<Difference>, UnreadableTree> {
    let mut comparison = Comparison {
        objects,
        path: Vec::new(),
        found: Vec::new(),
        depth: 0,
    };
    comparison.trees(old, new)?;
    Ok(comparison.found)
}

/// The content at `path` of a tree; `None` when there is none, or a part of the tree is missing.
pub(super) fn side_at(objects: &mut Objects<'_>, tree: &gix::oid, path: &[u8]) -> Option<Side> {
    let mut tree = tree.to_owned();
    let mut parts = path.split(|&byte| byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let object = objects.find(&tree)?;
        if object.kind != Kind::Tree {
            return None;
        }
        let is_last = parts.peek().is_none();
        let mut rest = &object.data[..];
        loop {
            let entry = next_entry(&mut rest).ok()??;
            if entry.name == part && (entry.mode == Mode::Folder) != is_last {
                if is_last {
                    return entry.side();
                }
                tree = entry.id.to_owned();
                break;
            }
        }
    }
    None
}

/// The paths of a merge whose content is that of no parent, in the order of the trees, each with its content.
pub(super) fn merged_paths(
    objects: &mut Objects<'_>,
    parents: &[ObjectId],
    tree: &gix::oid,
) -> Result<Vec<(Vec<u8>, Side)>, UnreadableTree> {
    let parents: Vec<_> = parents.iter().map(|id| Some(id.to_owned())).collect();
    let mut merged = Merged {
        path: Vec::new(),
        found: Vec::new(),
        depth: 0,
    };
    merged.trees(objects, &parents, tree)?;
    Ok(merged.found)
}

struct Merged {
    path: Vec<u8>,
    found: Vec<(Vec<u8>, Side)>,
    depth: usize,
}

impl Merged {
    /// `None` stands for a parent that has no such folder.
    fn trees(
        &mut self,
        objects: &mut Objects<'_>,
        parents: &[Option<ObjectId>],
        tree: &gix::oid,
    ) -> Result<(), UnreadableTree> {
        if self.depth > MAX_DEPTH {
            return Err(UnreadableTree);
        }
        if parents.iter().any(|parent| parent.as_deref() == Some(tree)) {
            return Ok(());
        }
        let own = tree_in(objects, tree)?;
        let mut others = Vec::with_capacity(parents.len());
        for parent in parents {
            others.push(parent.as_ref().map(|id| tree_in(objects, id)).transpose()?);
        }
        let mut rests: Vec<&[u8]> = others
            .iter()
            .map(|object| object.as_ref().map_or(&[][..], |object| &object.data))
            .collect();
        let mut rest = &own.data[..];
        while let Some(first) = rests.first_mut() {
            skip_common(&mut rest, first)?;
            let Some(entry) = next_entry(&mut rest)? else {
                break;
            };
            let mut before = Vec::with_capacity(rests.len());
            for other in &mut rests {
                before.push(entry_like(&entry, other)?);
            }
            if before.contains(&Some(entry.id)) {
                continue;
            }
            let length = self.path.len();
            self.path.extend_from_slice(entry.name);
            if entry.mode == Mode::Folder {
                self.path.push(b'/');
                self.depth += 1;
                let parents: Vec<_> = before.iter().map(|id| id.map(ToOwned::to_owned)).collect();
                self.trees(objects, &parents, entry.id)?;
                self.depth -= 1;
            } else if let Some(side) = entry.side() {
                self.found.push((self.path.clone(), side));
            }
            self.path.truncate(length);
        }
        Ok(())
    }
}

fn tree_in(objects: &mut Objects<'_>, id: &gix::oid) -> Result<Object, UnreadableTree> {
    match objects.find(id) {
        Some(object) if object.kind == Kind::Tree => Ok(object),
        Some(_) | None => Err(UnreadableTree),
    }
}

/// Goes forward in `rest` up to the name of `entry`; the content there, if it is of the same sort.
fn entry_like<'a>(
    entry: &Entry<'_>,
    rest: &mut &'a [u8],
) -> Result<Option<&'a gix::oid>, UnreadableTree> {
    loop {
        let mut tail = *rest;
        let Some(other) = next_entry(&mut tail)? else {
            return Ok(None);
        };
        match other.order(entry) {
            Ordering::Less => *rest = tail,
            Ordering::Equal => {
                *rest = tail;
                return Ok(Some(other.id));
            }
            Ordering::Greater => return Ok(None),
        }
    }
}

struct Comparison<'a, 'repo> {
    objects: &'a mut Objects<'repo>,
    path: Vec<u8>,
    found: Vec<Difference>,
    depth: usize,
}

impl Comparison<'_, '_> {
    fn trees(
        &mut self,
        old: Option<&gix::oid>,
        new: Option<&gix::oid>,
    ) -> Result<(), UnreadableTree> {
        if self.depth > MAX_DEPTH {
            return Err(UnreadableTree);
        }
        let old = old.map(|id| self.tree(id)).transpose()?;
        let new = new.map(|id| self.tree(id)).transpose()?;
        let old_bytes = old.as_ref().map_or(&[][..], |object| &object.data);
        let new_bytes = new.as_ref().map_or(&[][..], |object| &object.data);
        let (mut old_rest, mut new_rest) = (old_bytes, new_bytes);
        while old_rest != new_rest {
            skip_common(&mut old_rest, &mut new_rest)?;
            let (mut old_tail, mut new_tail) = (old_rest, new_rest);
            let old_entry = next_entry(&mut old_tail)?;
            let new_entry = next_entry(&mut new_tail)?;
            let order = match (&old_entry, &new_entry) {
                (Some(before), Some(after)) => before.order(after),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let before = old_entry.filter(|_| order.is_le());
            let after = new_entry.filter(|_| order.is_ge());
            self.change(before.as_ref(), after.as_ref())?;
            if order.is_le() {
                old_rest = old_tail;
            }
            if order.is_ge() {
                new_rest = new_tail;
            }
        }
        Ok(())
    }

    fn tree(&mut self, id: &gix::oid) -> Result<Object, UnreadableTree> {
        tree_in(self.objects, id)
    }

    /// Two entries of one name and one sort (folder or not), or one of them alone.
    fn change(
        &mut self,
        old: Option<&Entry<'_>>,
        new: Option<&Entry<'_>>,
    ) -> Result<(), UnreadableTree> {
        let Some(entry) = old.or(new) else {
            return Ok(());
        };
        let parent = self.path.len();
        self.path.extend_from_slice(entry.name);
        if entry.mode == Mode::Folder {
            self.path.push(b'/');
            self.depth += 1;
            self.trees(old.map(|entry| entry.id), new.map(|entry| entry.id))?;
            self.depth -= 1;
        } else {
            let (old, new) = (old.and_then(Entry::side), new.and_then(Entry::side));
            if old.is_some() || new.is_some() {
                self.found.push(Difference {
                    path: self.path.clone(),
                    old,
                    new,
                });
            }
        }
        self.path.truncate(parent);
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Folder,
    File,
    Executable,
    Link,
    Submodule,
}

struct Entry<'a> {
    mode: Mode,
    name: &'a [u8],
    id: &'a gix::oid,
}

impl Entry<'_> {
    /// Git sorts a folder as if its name ended in a slash.
    fn order(&self, other: &Entry<'_>) -> Ordering {
        let common = self.name.len().min(other.name.len());
        let next = |entry: &Entry<'_>| match entry.name.get(common) {
            Some(&byte) => byte,
            None if entry.mode == Mode::Folder => b'/',
            None => 0,
        };
        self.name[..common]
            .cmp(&other.name[..common])
            .then_with(|| next(self).cmp(&next(other)))
            .then_with(|| self.name.len().cmp(&other.name.len()))
    }

    /// The content, unless it lies in another repository.
    fn side(&self) -> Option<Side> {
        match self.mode {
            Mode::File | Mode::Executable | Mode::Folder => Some(Side {
                id: self.id.to_owned(),
                is_link: false,
                is_executable: self.mode == Mode::Executable,
            }),
            Mode::Link => Some(Side {
                id: self.id.to_owned(),
                is_link: true,
                is_executable: false,
            }),
            Mode::Submodule => None,
        }
    }
}

/// Takes the first entry off `rest`.
fn next_entry<'a>(rest: &mut &'a [u8]) -> Result<Option<Entry<'a>>, UnreadableTree> {
    if rest.is_empty() {
        return Ok(None);
    }
    let space = find(rest, b' ').ok_or(UnreadableTree)?;
    let end = space + find(&rest[space..], 0).ok_or(UnreadableTree)?;
    let mode = match &rest[..space] {
        b"40000" | b"040000" => Mode::Folder,
        b"100755" => Mode::Executable,
        b"120000" => Mode::Link,
        b"160000" => Mode::Submodule,
        _ => Mode::File,
    };
    let id = rest.get(end + 1..end + 21).ok_or(UnreadableTree)?;
    let entry = Entry {
        mode,
        name: &rest[space + 1..end],
        id: gix::oid::try_from_bytes(id).map_err(|_| UnreadableTree)?,
    };
    *rest = &rest[end + 21..];
    Ok(Some(entry))
}

fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|&byte| byte == wanted)
}

/// Drops the entries that both trees start with.
fn skip_common(old: &mut &[u8], new: &mut &[u8]) -> Result<(), UnreadableTree> {
    let common = common_prefix(old, new);
    let mut rest = *old;
    loop {
        // An entry that ends within the common bytes is the same on both sides.
        let start = old.len() - rest.len();
        if start == common || next_entry(&mut rest)?.is_none() || old.len() - rest.len() > common {
            *old = &old[start..];
            *new = &new[start..];
            return Ok(());
        }
    }
}

fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    const STEP: usize = 32;
    let mut common = 0;
    for (one, other) in old.chunks_exact(STEP).zip(new.chunks_exact(STEP)) {
        if one != other {
            break;
        }
        common += STEP;
    }
    common
        + old[common..]
            .iter()
            .zip(&new[common..])
            .take_while(|(one, other)| one == other)
            .count()
}

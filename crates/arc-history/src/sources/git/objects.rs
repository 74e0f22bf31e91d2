//! Reads objects for a walk that goes over the whole history.
//!
//! A walk asks for almost every tree of a repository, newest first, which is how packs are ordered: the base of a
//! delta was nearly always read a moment ago. So packs are read here directly, every object of a delta chain is kept
//! for a while, and an object is shared instead of copied. Whatever is not in a plain pack (loose objects, packs that
//! appeared since, damage) is left to gix.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};

use super::cache::ByteCache;

/// Objects above this size are not read: nobody wrote them by hand, and a delta may claim any size.
const MAX_OBJECT_BYTES: u64 = 64 << 20;

/// Bytes that are taken at once for what a delta claims to make.
const MAX_AT_ONCE: usize = 4 << 20;

/// The longest delta chain followed; git itself writes at most 4,095.
const MAX_CHAIN: usize = 5_000;

/// A file of objects, and where each is in it.
pub(super) struct Pack {
    index: index::File,
    data: data::File,
}

/// An object and what it is.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// Not a slice: what a delta makes is kept without copying it.
    pub(super) data: Rc<Vec<u8>>,
}

pub(super) struct Objects<'repo> {
    packs: Arc<[Pack]>,
    rest: &'repo gix::OdbHandle,
    /// Contents that the repository does not have, by the ids they would have there.
    lent: HashMap<ObjectId, Object>,
    inflate: gix::zlib::Inflate,
    cache: ByteCache,
    buffer: Vec<u8>,
}

impl<'repo> Objects<'repo> {
    /// What is in `packs`, which are those of `repository`, and elsewhere in it, with a cache of `cache_bytes`.
    pub(super) fn new(
        repository: &'repo gix::Repository,
        packs: Arc<[Pack]>,
        cache_bytes: usize,
    ) -> Objects<'repo> {
        Objects {
            packs,
            rest: &repository.objects,
            lent: HashMap::new(),
            inflate: gix::zlib::Inflate::default(),
            cache: ByteCache::new(cache_bytes),
            buffer: Vec::new(),
        }
    }

    /// Lets a content be found that is in no object of the repository.
    pub(super) fn lend(&mut self, id: ObjectId, data: &[u8]) {
        let object = Object {
            kind: Kind::Blob,
            data: Rc::new(data.to_vec()),
        };
        self.lent.insert(id, object);
    }

    /// The object, or `None` when it is missing, damaged or larger than anything written by hand.
    pub(super) fn find(&mut self, id: &gix::oid) -> Option<Object> {
        if let Some(object) = self.lent.get(id) {
            return Some(object.clone());
        }
        for number in 0..self.packs.len() {
            let pack = &self.packs[number];
            let Some(position) = pack.index.lookup(id) else {
                continue;
            };
            let offset = pack.index.pack_offset_at_index(position);
            if let Some(object) = self.unpack(number, offset) {
                return Some(object);
            }
        }
        self.find_elsewhere(id)
    }

    fn find_elsewhere(&mut self, id: &gix::oid) -> Option<Object> {
        use gix::objs::Find as _;
        // An unreadable object is as good as a missing one: the caller records its commit as unknown.
        let found = self.rest.try_find(id, &mut self.buffer).ok()??;
        Some(Object {
            kind: found.kind,
            data: Rc::new(found.data.to_vec()),
        })
    }

    /// The object at `offset` of a pack, with every object of its delta chain left in the cache.
    fn unpack(&mut self, number: usize, offset: u64) -> Option<Object> {
        let mut chain = Vec::new();
        let mut at = offset;
        let mut base = loop {
            if let Some(object) = self.cache.get(place(number, at)) {
                break object;
            }
            let pack = &self.packs[number];
            let entry = pack.data.entry(at).ok()?;
            if entry.decompressed_size > MAX_OBJECT_BYTES || chain.len() > MAX_CHAIN {
                return None;
            }
            let base_offset = match entry.header {
                Header::OfsDelta { base_distance } => {
                    Header::verified_base_pack_offset(at, base_distance)?
                }
                Header::RefDelta { base_id } => {
                    let position = pack.index.lookup(base_id)?;
                    pack.index.pack_offset_at_index(position)
                }
                Header::Commit | Header::Tree | Header::Blob | Header::Tag => {
                    let kind = entry.header.as_kind()?;
                    self.decompress(number, &entry)?;
                    let mut data = self.cache.room(self.buffer.len());
                    data.extend_from_slice(&self.buffer);
                    let object = Object {
                        kind,
                        data: Rc::new(data),
                    };
                    self.remember(place(number, at), &object, chain.is_empty());
                    break object;
                }
            };
            chain.push((at, entry));
            at = base_offset;
        };
        while let Some((at, entry)) = chain.pop() {
            self.decompress(number, &entry)?;
            let room = |bytes: usize| self.cache.room(bytes);
            base = Object {
                kind: base.kind,
                data: Rc::new(apply_delta(&base.data, &self.buffer, room)?),
            };
            self.remember(place(number, at), &base, chain.is_empty());
        }
        Some(base)
    }

    /// Commits and tags are asked for once; of them only the bases of others are worth keeping.
    fn remember(&mut self, place: u64, object: &Object, is_asked_for: bool) {
        let is_reused = match object.kind {
            Kind::Tree | Kind::Blob => true,
            Kind::Commit | Kind::Tag => !is_asked_for,
        };
        if is_reused {
            self.cache.put(place, object.clone());
        }
    }

    /// Leaves the plain bytes of `entry` in the buffer.
    fn decompress(&mut self, number: usize, entry: &data::Entry) -> Option<()> {
        let size = usize::try_from(entry.decompressed_size).ok()?;
        self.buffer.resize(size, 0);
        let pack = &self.packs[number].data;
        pack.decompress_entry(entry, &mut self.inflate, &mut self.buffer)
            .ok()?;
        Some(())
    }
}

/// Pack and offset in one number; packs stay below 2^48 bytes.
fn place(number: usize, offset: u64) -> u64 {
    (number as u64) << 48 | offset
}

/// All packs of a repository and of its alternates.
pub(super) fn open_packs(repository: &gix::Repository) -> Arc<[Pack]> {
    let store = repository.objects.store_ref();
    let mut folders = vec![store.path().to_owned()];
    // A broken alternates file loses the shortcut only: gix reports it when an object cannot be found.
    folders.extend(store.alternate_db_paths().unwrap_or_default());
    let mut packs = Vec::new();
    for folder in folders {
        packs_in(&folder.join("pack"), repository.object_hash(), &mut packs);
    }
    packs.into()
}

fn packs_in(folder: &Path, hash: gix::hash::Kind, packs: &mut Vec<Pack>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut indices: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .collect();
    indices.sort();
    for path in indices {
        let index = index::File::at(&path, hash);
        let data = data::File::at(path.with_extension("pack"), hash);
        if let (Ok(index), Ok(data)) = (index, data) {
            packs.push(Pack { index, data });
        }
    }
    // The largest pack holds most of what is asked for.
    packs.sort_by_key(|pack| std::cmp::Reverse(pack.index.num_objects()));
}

/// What `delta` makes of `base`, in the `room` that it needs; `None` when it is no delta of it.
fn apply_delta(base: &[u8], delta: &[u8], room: impl FnOnce(usize) -> Vec<u8>) -> Option<Vec<u8>> {
    let mut rest = delta;
    let base_size = delta_size(&mut rest)?;
    let result_size = delta_size(&mut rest)?;
    if base_size != base.len() as u64 || result_size > MAX_OBJECT_BYTES {
        return None;
    }
    let size = usize::try_from(result_size).ok()?;
    // A delta may claim any size.
    let mut result = room(size.min(MAX_AT_ONCE));
    while let Some((&command, tail)) = rest.split_first() {
        rest = tail;
        if command & 0x80 != 0 {
            let offset = delta_number(command & 0x0f, 4, &mut rest)?;
            let size = match delta_number(command >> 4 & 0x07, 3, &mut rest)? {
                0 => 0x10000,
                size => size,
            };
            result.extend_from_slice(base.get(offset..offset.checked_add(size)?)?);
        } else if command != 0 {
            let (literal, tail) = rest.split_at_checked(usize::from(command))?;
            result.extend_from_slice(literal);
            rest = tail;
        } else {
            return None;
        }
        if result.len() as u64 > result_size {
            return None;
        }
    }
    (result.len() as u64 == result_size).then_some(result)
}

/// A little-endian number of which only the bytes named in `present` are stored.
fn delta_number(present: u8, bytes: u32, rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for place in 0..bytes {
        if present & 1 << place != 0 {
            let (&byte, tail) = rest.split_first()?;
            number |= usize::from(byte) << (8 * place);
            *rest = tail;
        }
    }
    Some(number)
}

/// A size in groups of seven bits, lowest first.
fn delta_size(rest: &mut &[u8]) -> Option<u64> {
    let mut size = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_copies_and_inserts() {
        let delta = [6, 7, 0x91, 2, 3, 2, b'x', b'y', 0x90, 2];
        let result = apply_delta(b"abcdef", &delta, Vec::with_capacity).unwrap();
        assert_eq!(result, b"cdexyab");
    }

    #[test]
    fn damaged_deltas_give_nothing() {
        for delta in [
            &[][..],
            &[6],
            &[5, 1, 1, b'x'],
            &[6, 1, 0],
            &[6, 3, 0x91, 5, 3],
            &[6, 1, 2, b'x', b'y'],
            &[6, 2, 1, b'x'],
            &[6, 9, 5, b'x'],
            &[0xff; 12],
            &[6, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x80],
        ] {
            let made = apply_delta(b"abcdef", delta, Vec::with_capacity);
            assert!(made.is_none(), "{delta:?}");
        }
    }
}

//! A cache of objects that is bounded in bytes.

use std::collections::HashMap;
use std::rc::Rc;

use super::objects::Object;
use crate::number_hasher::BuildNumberHasher;

/// What an entry costs besides the bytes of its object.
const ENTRY_BYTES: usize = 64;
/// Memory of this size and more is used again: to have it cleared by the system takes longer than to fill it.
const WORTH_KEEPING: usize = 16 << 10;

/// Two generations: when the young one has grown to half of the bound it becomes the old one, and what was not asked
/// for since goes. Nearly as good as dropping the least recently used, without keeping a list.
pub(super) struct ByteCache {
    young: HashMap<u64, Object, BuildNumberHasher>,
    old: HashMap<u64, Object, BuildNumberHasher>,
    /// What went last, for its memory. It shrinks as the young generation grows.
    gone: Vec<Rc<Vec<u8>>>,
    young_bytes: usize,
    bound: usize,
}

impl ByteCache {
    pub(super) fn new(bound: usize) -> ByteCache {
        ByteCache {
            young: HashMap::default(),
            old: HashMap::default(),
            gone: Vec::new(),
            young_bytes: 0,
            bound,
        }
    }

    pub(super) fn get(&mut self, key: u64) -> Option<Object> {
        if let Some(object) = self.young.get(&key) {
            return Some(object.clone());
        }
        let object = self.old.remove(&key)?;
        self.put(key, object.clone());
        Some(object)
    }

    pub(super) fn put(&mut self, key: u64, object: Object) {
        let bytes = object.data.len() + ENTRY_BYTES;
        if bytes > self.bound / 4 {
            return;
        }
        if self.young_bytes + bytes > self.bound / 2 {
            let young = std::mem::take(&mut self.young);
            let gone = std::mem::replace(&mut self.old, young).into_values();
            let data = gone.map(|object| object.data);
            self.gone = data
                .filter(|data| data.capacity() >= WORTH_KEEPING)
                .collect();
            self.young_bytes = 0;
        }
        if self.young.insert(key, object).is_none() {
            self.young_bytes += bytes;
        }
    }

    /// Room for so many bytes: where it can be, that of an object that went.
    pub(super) fn room(&mut self, bytes: usize) -> Vec<u8> {
        let is_fit = |data: &Vec<u8>| (bytes..=2 * bytes).contains(&data.capacity());
        while bytes >= WORTH_KEEPING
            && let Some(data) = self.gone.pop()
        {
            // Somebody may still read it.
            if let Some(mut data) = Rc::into_inner(data).filter(is_fit) {
                data.clear();
                return data;
            }
        }
        Vec::with_capacity(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(bytes: usize) -> Object {
        Object {
            kind: gix::objs::Kind::Tree,
            data: Rc::new(vec![0; bytes]),
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut cache = ByteCache::new(10_000);
        cache.put(0, object(500));
        for key in 1..100 {
            cache.put(key, object(500));
            assert!(cache.get(0).is_some());
        }
        assert!(cache.get(1).is_none());
        let held = cache.young.len() + cache.old.len();
        assert!(held * (500 + ENTRY_BYTES) <= 10_000, "{held}");
    }

    #[test]
    fn memory_of_what_went_is_used_again_unless_somebody_reads_it() {
        let size = 2 * WORTH_KEEPING;
        let mut cache = ByteCache::new(8 * size);
        let fill = |cache: &mut ByteCache, keys: std::ops::Range<u64>| {
            for key in keys {
                cache.put(key, object(size));
            }
        };
        cache.put(0, object(size));
        let read = cache.get(0).map(|object| object.data);
        let read = read.expect("it is kept");
        fill(&mut cache, 1..9);
        let held = cache.gone.len();
        assert!(held > 1 && cache.gone.iter().any(|data| Rc::ptr_eq(data, &read)));
        assert_eq!(
            cache.room(10).capacity(),
            10,
            "little is asked of the system"
        );
        for _ in 1..held {
            let room = cache.room(size - 1);
            assert!(room.is_empty() && room.capacity() == size);
        }
        assert_eq!(cache.room(size - 1).capacity(), size - 1, "none is left");
        assert_eq!(*read, vec![0; size]);
    }

    #[test]
    fn an_object_that_would_push_out_all_others_is_not_kept() {
        let mut cache = ByteCache::new(1_000);
        cache.put(1, object(900));
        assert!(cache.get(1).is_none());
    }
}

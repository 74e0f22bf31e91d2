//! A cache of objects that is bounded in bytes.

use std::collections::HashMap;

use super::objects::Object;
use crate::number_hasher::BuildNumberHasher;

/// What an entry costs besides the bytes of its object.
const ENTRY_BYTES: usize = 64;

/// Two generations: when the young one has grown to half of the bound it becomes the old one, and what was not asked
/// for since goes. Nearly as good as dropping the least recently used, without keeping a list.
pub(super) struct ByteCache {
    young: HashMap<u64, Object, BuildNumberHasher>,
    old: HashMap<u64, Object, BuildNumberHasher>,
    young_bytes: usize,
    bound: usize,
}

impl ByteCache {
    pub(super) fn new(bound: usize) -> ByteCache {
        ByteCache {
            young: HashMap::default(),
            old: HashMap::default(),
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
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, object).is_none() {
            self.young_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

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
    fn an_object_that_would_push_out_all_others_is_not_kept() {
        let mut cache = ByteCache::new(1_000);
        cache.put(1, object(900));
        assert!(cache.get(1).is_none());
    }
}

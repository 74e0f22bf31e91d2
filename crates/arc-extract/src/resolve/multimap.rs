//! A map with several values to a key that is filled once and read often.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Keys with their values, all in three arrays: millions of keys have one value each, and a vector for each of them would
/// take more than what it holds.
#[derive(Debug)]
pub(super) struct MultiMap<K, V> {
    keys: Vec<K>,
    /// Where the values of each key end.
    ends: Vec<u32>,
    values: Vec<V>,
    positions: HashTable<u32>,
}

impl<K, V> Default for MultiMap<K, V> {
    fn default() -> MultiMap<K, V> {
        MultiMap {
            keys: Vec::new(),
            ends: Vec::new(),
            values: Vec::new(),
            positions: HashTable::new(),
        }
    }
}

impl<K: Copy + Ord + Hash, V: Copy> MultiMap<K, V> {
    /// The values of a key come in the order in which they stand in `pairs`.
    pub(super) fn new(mut pairs: Vec<(K, V)>) -> MultiMap<K, V> {
        pairs.sort_by_key(|(key, _)| *key);
        let mut map = MultiMap::default();
        map.values.reserve_exact(pairs.len());
        for (key, value) in pairs {
            if map.keys.last() != Some(&key) {
                map.keys.push(key);
                map.ends.push(0);
            }
            map.values.push(value);
            if let Some(end) = map.ends.last_mut() {
                *end = map.values.len() as u32;
            }
        }
        map.keys.shrink_to_fit();
        map.ends.shrink_to_fit();
        map.positions.reserve(map.keys.len(), |_| 0);
        for (position, key) in map.keys.iter().enumerate() {
            map.positions
                .insert_unique(hash(key), position as u32, |known| {
                    hash(&map.keys[*known as usize])
                });
        }
        map
    }

    /// The values of a key; none for one that is not there.
    pub(super) fn get(&self, key: &K) -> &[V] {
        let position = self
            .positions
            .find(hash(key), |known| self.keys[*known as usize] == *key);
        match position {
            Some(position) => self.at(*position as usize),
            None => &[],
        }
    }

    /// The keys from `first` on, sorted.
    pub(super) fn keys_from(&self, first: &K) -> &[K] {
        &self.keys[self.keys.partition_point(|key| key < first)..]
    }

    /// Of the values of a key that has more than `above`, keeps those for which `is_better` holds, if there are any, and of
    /// what is left the first `most`.
    pub(super) fn keep_better(
        &mut self,
        above: usize,
        most: usize,
        is_better: impl Fn(&V) -> bool,
    ) {
        let mut start = 0;
        let has_many = |end: &u32| {
            let count = *end as usize - start;
            start = *end as usize;
            count > above
        };
        if !self.ends.iter().any(has_many) {
            return;
        }
        let mut kept = Vec::with_capacity(self.values.len());
        let mut start = 0;
        for end in &mut self.ends {
            let group = &self.values[start..*end as usize];
            start = *end as usize;
            if group.len() > above {
                let has_better = group.iter().any(&is_better);
                let best = group.iter().filter(|value| !has_better || is_better(value));
                kept.extend(best.take(most));
            } else {
                kept.extend(group);
            }
            *end = kept.len() as u32;
        }
        self.values = kept;
    }

    fn at(&self, position: usize) -> &[V] {
        let start = match position {
            0 => 0,
            after => self.ends[after - 1],
        };
        &self.values[start as usize..self.ends[position] as usize]
    }
}

fn hash(key: &impl Hash) -> u64 {
    FxBuildHasher.hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_and_their_key() {
        let map = MultiMap::new(vec![(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (3, 'b')]);
        assert_eq!(map.get(&3), ['a', 'c', 'b']);
        assert_eq!((map.get(&1), map.get(&2)), (&['b'][..], &['d'][..]));
        assert!(map.get(&4).is_empty());
        assert_eq!(map.keys_from(&2), [2, 3]);
        assert!(MultiMap::<u32, u32>::default().get(&0).is_empty());
        let mut map = map;
        map.keep_better(3, 1, |value| *value == 'c');
        assert_eq!(map.get(&3), ['a', 'c', 'b']);
        map.keep_better(1, 2, |value| *value != 'c');
        assert_eq!((map.get(&3), map.get(&2)), (&['a', 'b'][..], &['d'][..]));
        map.keep_better(1, 1, |value| *value == 'x');
        assert_eq!((map.get(&3), map.get(&1)), (&['a'][..], &['b'][..]));
    }
}

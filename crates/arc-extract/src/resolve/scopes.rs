//! Where the names of one file are bound.

use crate::facts::{BlockId, Name};

/// Names that one word of the index speaks of.
const WORD: usize = 64;

/// The bindings of a file by name and block. Most names of a file are bound elsewhere: a bit tells them, and only those
/// that are bound here take more.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// For 64 names each: which of them are bound, and how many names before them are.
    words: Vec<(u64, u32)>,
    /// Where the bindings of each bound name start in `bindings`; one more entry than there are such names.
    starts: Vec<u32>,
    /// Bindings with their blocks, sorted by name, block and position.
    bindings: Vec<(BlockId, u32)>,
}

impl Scopes {
    /// `bound` is sorted; `names` is how many names the file has.
    pub(super) fn new(bound: &[(Name, BlockId, u32)], names: usize) -> Scopes {
        let mut words = vec![(0u64, 0u32); names.div_ceil(WORD)];
        let mut starts = Vec::new();
        let mut last = None;
        for (at, (name, _, _)) in bound.iter().enumerate() {
            if last == Some(*name) {
                continue;
            }
            last = Some(*name);
            if let Some((bits, _)) = words.get_mut(name.index() / WORD) {
                *bits |= 1 << (name.index() % WORD);
                starts.push(at as u32);
            }
        }
        let mut before = 0;
        for (bits, count) in &mut words {
            *count = before;
            before += bits.count_ones();
        }
        starts.push(bound.len() as u32);
        starts.shrink_to_fit();
        Scopes {
            words,
            starts,
            bindings: bound.iter().map(|(_, block, at)| (*block, *at)).collect(),
        }
    }

    /// All bindings of a name with their blocks, sorted.
    pub(super) fn of(&self, name: Name) -> &[(BlockId, u32)] {
        let Some((bits, before)) = self.words.get(name.index() / WORD) else {
            return &[];
        };
        let bit = 1u64 << (name.index() % WORD);
        if bits & bit == 0 {
            return &[];
        }
        let at = *before as usize + (bits & (bit - 1)).count_ones() as usize;
        &self.bindings[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_bindings() {
        let bound: Vec<(Name, BlockId, u32)> = [(3, 0, 7), (3, 2, 1), (64, 0, 4), (200, 1, 9)]
            .map(|(name, block, at)| (Name(name), BlockId(block), at))
            .to_vec();
        let scopes = Scopes::new(&bound, 201);
        assert_eq!(scopes.of(Name(3)), [(BlockId(0), 7), (BlockId(2), 1)]);
        assert_eq!(scopes.of(Name(64)), [(BlockId(0), 4)]);
        assert_eq!(scopes.of(Name(200)), [(BlockId(1), 9)]);
        for unbound in [0, 4, 63, 65, 199, 201, 4000, u32::MAX] {
            assert!(scopes.of(Name(unbound)).is_empty(), "{unbound}");
        }
        assert!(Scopes::new(&[], 0).of(Name(0)).is_empty());
    }
}

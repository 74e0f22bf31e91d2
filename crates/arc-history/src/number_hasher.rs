//! Hashing for tables whose keys are our own small numbers.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds a [`NumberHasher`].
pub(crate) type BuildNumberHasher = BuildHasherDefault<NumberHasher>;

/// Spreads numbers over a table. Nobody outside can choose the keys, so nobody can make them collide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

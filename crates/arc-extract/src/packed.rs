//! Facts as the graph keeps them: in their binary form, packed.

use lz4_flex::block::{compress_prepend_size, decompress_into, uncompressed_size};

use crate::facts::{DocFact, FileFacts};
use crate::wire::{Reader, Wire, WireError};

/// How much smaller than its content an LZ4 block can be. A damaged length must not reserve more memory than that.
const LARGEST_RATIO: usize = 255;

impl FileFacts {
    /// The facts in their binary form, packed with LZ4: a fifth less to keep, at a small part of the time that reading the
    /// source takes. Private to one version of the extractor.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        self.put(&mut plain);
        compress_prepend_size(&plain)
    }

    /// The facts that [`FileFacts::pack`] gave these bytes for.
    ///
    /// # Errors
    /// When the bytes are not what this version packs.
    pub fn unpack(packed: &[u8]) -> Result<FileFacts, WireError> {
        FileFacts::get(&mut Reader::new(&plain(packed)?))
    }

    /// The documentation texts alone.
    ///
    /// # Errors
    /// When the bytes are not what this version packs, as far as they are looked at.
    pub fn unpack_docs(packed: &[u8]) -> Result<Vec<DocFact>, WireError> {
        Wire::get(&mut Reader::new(&plain(packed)?))
    }
}

pub(crate) fn plain(packed: &[u8]) -> Result<Vec<u8>, WireError> {
    let damaged = || WireError { at: 0 };
    let (length, block) = uncompressed_size(packed).map_err(|_| damaged())?;
    if length / LARGEST_RATIO > block.len() {
        return Err(damaged());
    }
    let mut plain = vec![0; length];
    let written = decompress_into(block, &mut plain).map_err(|_| damaged())?;
    plain.truncate(written);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::extract;

    #[test]
    fn packed_facts_come_back_and_damaged_ones_are_an_error() {
        let source =
            "def load(path):\n    \"\"\"Reads it.\"\"\"\n    return open(path)\n".repeat(20);
        let facts = extract("python", "a.py", &source);
        let packed = facts.pack();
        assert_eq!(FileFacts::unpack(&packed).expect("just packed"), facts);
        assert_eq!(
            FileFacts::unpack_docs(&packed).expect("just packed"),
            facts.docs
        );
        for end in 0..packed.len() {
            assert!(FileFacts::unpack(&packed[..end]).is_err(), "cut at {end}");
        }
        let mut endless = packed.clone();
        endless[..4].fill(0xff);
        assert!(FileFacts::unpack(&endless).is_err());
    }
}

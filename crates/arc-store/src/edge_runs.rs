//! Edges in the order of their table, however many there are: sorted runs in a file beside the graph, merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Edges of one run, 16 bytes each.
const RUN: usize = 1 << 20;

/// An edge as the table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedEdge {
    pub(crate) dst: u32,
    pub(crate) kind: u8,
    pub(crate) src: u32,
    pub(crate) line: u32,
    /// 1000 less the confidence in thousandths, so that the surest of equal edges comes first.
    pub(crate) doubt: u16,
    pub(crate) rule: u8,
}

const LINE_BITS: u32 = 24;
const DOUBT_BITS: u32 = 10;
const RULE_BITS: u32 = 8;

impl PackedEdge {
    /// One number in the order of the primary key, the surest of equal keys first. Lines beyond 16 million are no lines
    /// of a file that arc reads.
    fn key(self) -> u128 {
        let line = self.line.min((1 << LINE_BITS) - 1);
        let mut key = u128::from(self.dst);
        key = key << 8 | u128::from(self.kind);
        key = key << 32 | u128::from(self.src);
        key = key << LINE_BITS | u128::from(line);
        key = key << DOUBT_BITS | u128::from(self.doubt);
        key << RULE_BITS | u128::from(self.rule)
    }

    fn of_key(key: u128) -> PackedEdge {
        let part = |shift: u32, bits: u32| (key >> shift & ((1 << bits) - 1)) as u32;
        let line = DOUBT_BITS + RULE_BITS;
        let src = line + LINE_BITS;
        PackedEdge {
            dst: part(src + 40, 32),
            kind: part(src + 32, 8) as u8,
            src: part(src, 32),
            line: part(line, LINE_BITS),
            doubt: part(RULE_BITS, DOUBT_BITS) as u16,
            rule: part(0, RULE_BITS) as u8,
        }
    }

    fn is_same_row(self, other: PackedEdge) -> bool {
        (self.dst, self.kind, self.src, self.line) == (other.dst, other.kind, other.src, other.line)
    }
}

/// Takes edges in any order and gives them sorted, each row once.
pub(crate) struct EdgeRuns {
    buffer: Vec<u128>,
    /// The most that `buffer` may hold.
    capacity: usize,
    path: PathBuf,
    /// How many edges each run in the file has.
    runs: Vec<usize>,
}

impl EdgeRuns {
    /// Runs go to a file at `path` when there is more than one.
    pub(crate) fn new(path: PathBuf) -> EdgeRuns {
        EdgeRuns {
            buffer: Vec::new(),
            capacity: RUN,
            path,
            runs: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn push(&mut self, edge: PackedEdge) -> Result<(), StoreError> {
        if self.buffer.len() == self.capacity {
            self.spill()
                .map_err(|error| StoreError::from_io("write", &self.path, error))?;
        }
        self.buffer.push(edge.key());
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.buffer.sort_unstable();
        let file = File::options().create(true).append(true).open(&self.path)?;
        let mut file = BufWriter::new(file);
        for key in &self.buffer {
            file.write_all(&key.to_le_bytes())?;
        }
        file.flush()?;
        self.runs.push(self.buffer.len());
        self.buffer.clear();
        Ok(())
    }

    /// Hands over all edges in order.
    pub(crate) fn drain(
        mut self,
        mut take: impl FnMut(PackedEdge) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.buffer.sort_unstable();
        let mut sources = vec![Source::Memory(std::mem::take(&mut self.buffer).into_iter())];
        let mut start = 0;
        for length in &self.runs {
            let run = open_run(&self.path, start, *length)
                .map_err(|error| StoreError::from_io("read", &self.path, error))?;
            sources.push(run);
            start += *length as u64;
        }
        let path = &self.path;
        let mut next = |source: usize| {
            let key = sources[source].next();
            key.map_err(|error| StoreError::from_io("read", path, error))
        };
        let mut heads = BinaryHeap::new();
        for source in 0..=self.runs.len() {
            heads.extend(next(source)?.map(|key| Reverse((key, source))));
        }
        let mut last: Option<PackedEdge> = None;
        while let Some(Reverse((key, source))) = heads.pop() {
            heads.extend(next(source)?.map(|key| Reverse((key, source))));
            let edge = PackedEdge::of_key(key);
            if last.is_none_or(|last| !edge.is_same_row(last)) {
                take(edge)?;
            }
            last = Some(edge);
        }
        Ok(())
    }
}

impl Drop for EdgeRuns {
    fn drop(&mut self) {
        if !self.runs.is_empty() {
            // What a failed removal leaves is removed by the next holder of the lock.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A sorted run.
enum Source {
    Memory(std::vec::IntoIter<u128>),
    File(BufReader<io::Take<File>>),
}

fn open_run(path: &Path, start: u64, length: usize) -> io::Result<Source> {
    const BYTES: u64 = size_of::<u128>() as u64;
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start * BYTES))?;
    Ok(Source::File(BufReader::with_capacity(
        1 << 16,
        file.take(length as u64 * BYTES),
    )))
}

impl Source {
    fn next(&mut self) -> io::Result<Option<u128>> {
        match self {
            Source::Memory(keys) => Ok(keys.next()),
            Source::File(file) => {
                let mut key = [0; size_of::<u128>()];
                match file.read_exact(&mut key) {
                    Ok(()) => Ok(Some(u128::from_le_bytes(key))),
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_in_a_file_come_out_as_one_sorted_list_without_twins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph.db.tmp-edges");
        let mut runs = EdgeRuns::new(path.clone());
        runs.capacity = 7;
        let mut expected = Vec::new();
        for n in 0..100u32 {
            let edge = PackedEdge {
                dst: n * 7919 % 4,
                kind: (n % 2) as u8,
                src: u32::MAX - n % 5,
                line: n % 2 * 2_000_000,
                doubt: (n % 1000) as u16,
                rule: (n % 12) as u8,
            };
            assert_eq!(PackedEdge::of_key(edge.key()), edge);
            runs.push(edge).unwrap();
            expected.push(edge);
        }
        expected.sort_by_key(|e| (e.dst, e.kind, e.src, e.line, e.doubt, e.rule));
        expected.dedup_by_key(|e| (e.dst, e.kind, e.src, e.line));
        assert!(path.exists() && expected.len() < 100);
        let mut found = Vec::new();
        runs.drain(|edge| {
            found.push(edge);
            Ok(())
        })
        .unwrap();
        assert_eq!(found, expected);
        assert!(!path.exists(), "the file of the runs is gone");
    }
}

//! An index as it is read: one document at a time, whatever the size of the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use prost::Message;
use xxhash_rust::xxh3::Xxh3Default;

use crate::message::{Document, Metadata};
use crate::record::Record;

/// A document that takes more bytes than this is left out: no file that arc reads needs as much.
const MAX_DOCUMENT: u64 = 256 << 20;

/// What an index says, document by document.
#[derive(Debug, Default)]
pub struct Index {
    /// The tool that made it, with its version; empty when it does not say.
    pub tool: String,
    /// The folder that its paths are relative to, as a URI; may be empty.
    pub project_root: String,
    /// XXH3-128 of the file.
    pub hash: u128,
    /// For each path what is said of it, as [`Record::encoded`] has it.
    pub records: BTreeMap<String, Vec<u8>>,
    /// Documents whose path is absolute, leaves the root, or is none.
    pub outside: usize,
    /// Documents of a path that came before; the first counts.
    pub repeated: usize,
    /// Documents that are larger than any file that arc reads would need.
    pub too_large: usize,
    /// Occurrences without a range that makes sense.
    pub malformed: usize,
}

/// A file is no index that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ends in the middle.
    #[error("{path} is cut off after {at} bytes")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that are there.
        at: u64,
    },
    /// It is something else.
    #[error("{path} is no SCIP index: {what} at byte {at}")]
    NotAnIndex {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// Where.
        at: u64,
    },
}

/// Reads the index at `path`.
///
/// # Errors
/// When the file cannot be read or is no whole index.
pub fn read_index(path: &Path) -> Result<Index, ReadError> {
    let open = || {
        let file = File::open(path)?;
        // Anything else may never end.
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is no regular file",
            ));
        }
        Ok(file)
    };
    let file = open().map_err(|source| ReadError::File {
        path: path.to_owned(),
        source,
    })?;
    read(path, BufReader::with_capacity(1 << 20, file))
}

fn read(path: &Path, input: impl Read) -> Result<Index, ReadError> {
    let mut stream = Stream {
        input,
        path,
        at: 0,
        hash: Xxh3Default::new(),
    };
    let mut index = Index::default();
    let mut is_known = false;
    let mut buffer = Vec::new();
    while let Some(key) = stream.key()? {
        let (field, wire) = (key >> 3, key & 7);
        let is_ours = (1..=3).contains(&field);
        match wire {
            2 => {}
            _ if is_ours || field == 0 => return Err(stream.other("a field of another kind")),
            0 => {
                stream.varint()?;
                continue;
            }
            1 => {
                stream.skip(8)?;
                continue;
            }
            5 => {
                stream.skip(4)?;
                continue;
            }
            _ => return Err(stream.other("a field of an unknown kind")),
        }
        let length = stream.varint()?;
        if !matches!(field, 1 | 2) {
            stream.skip(length)?;
            continue;
        }
        is_known = true;
        if length > MAX_DOCUMENT {
            stream.skip(length)?;
            index.too_large += 1;
            continue;
        }
        stream.take(length, &mut buffer)?;
        let start = stream.at - length;
        let failed = |error: prost::DecodeError| ReadError::NotAnIndex {
            path: path.to_owned(),
            what: error.to_string(),
            at: start,
        };
        if field == 1 {
            index.describe(Metadata::decode(&buffer[..]).map_err(failed)?);
        } else {
            index.add(Document::decode(&buffer[..]).map_err(failed)?);
        }
    }
    if !is_known {
        return Err(stream.other("it has neither metadata nor documents"));
    }
    index.hash = stream.hash.digest128();
    Ok(index)
}

impl Index {
    fn describe(&mut self, metadata: Metadata) {
        if let Some(tool) = metadata.tool_info {
            self.tool = format!("{} {}", tool.name, tool.version).trim().to_owned();
        }
        self.project_root = metadata.project_root;
    }

    fn add(&mut self, mut document: Document) {
        let Some(path) = sound_path(&std::mem::take(&mut document.relative_path)) else {
            self.outside += 1;
            return;
        };
        if self.records.contains_key(&path) {
            self.repeated += 1;
            return;
        }
        let (record, malformed) = Record::new(document);
        self.malformed += malformed;
        self.records.insert(path, record.encoded());
    }
}

/// The path below the root with `/`; `None` when it is not below it.
fn sound_path(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let is_absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    let is_sound = parts
        .iter()
        .all(|part| !part.is_empty() && *part != ".." && !part.contains('\0'));
    (!is_absolute && is_sound && !parts.is_empty()).then(|| parts.join("/"))
}

/// Bytes in order, counted and hashed.
struct Stream<'a, R> {
    input: R,
    path: &'a Path,
    at: u64,
    hash: Xxh3Default,
}

impl<R: Read> Stream<'_, R> {
    /// The next field's key; `None` at the end.
    fn key(&mut self) -> Result<Option<u64>, ReadError> {
        match self.byte()? {
            None => Ok(None),
            Some(first) => self.rest_of_varint(first).map(Some),
        }
    }

    fn varint(&mut self) -> Result<u64, ReadError> {
        let first = self.byte()?.ok_or_else(|| self.truncated())?;
        self.rest_of_varint(first)
    }

    fn rest_of_varint(&mut self, first: u8) -> Result<u64, ReadError> {
        let mut number = u64::from(first & 127);
        let mut last = first;
        let mut shift = 0;
        while last >= 128 {
            shift += 7;
            last = self.byte()?.ok_or_else(|| self.truncated())?;
            // Ten bytes hold 64 bits, and the last of them one bit.
            if shift > 63 || shift == 63 && last > 1 {
                return Err(self.other("a number that is too large"));
            }
            number |= u64::from(last & 127) << shift;
        }
        Ok(number)
    }

    fn byte(&mut self) -> Result<Option<u8>, ReadError> {
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        self.at += 1;
        self.hash.update(&byte);
        Ok(Some(byte[0]))
    }

    /// The next `length` bytes. Memory grows with what is there, not with what is promised.
    fn take(&mut self, length: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        let read = (&mut self.input).take(length).read_to_end(buffer);
        let read = read.map_err(|error| self.failed(error))?;
        self.hash.update(buffer);
        self.at += read as u64;
        if read as u64 == length {
            Ok(())
        } else {
            Err(self.truncated())
        }
    }

    fn skip(&mut self, length: u64) -> Result<(), ReadError> {
        const PIECE: u64 = 1 << 20;
        let mut buffer = Vec::new();
        let mut left = length;
        while left > 0 {
            let piece = left.min(PIECE);
            self.take(piece, &mut buffer)?;
            left -= piece;
        }
        Ok(())
    }

    fn truncated(&self) -> ReadError {
        ReadError::Truncated {
            path: self.path.to_owned(),
            at: self.at,
        }
    }

    fn other(&self, what: &str) -> ReadError {
        ReadError::NotAnIndex {
            path: self.path.to_owned(),
            what: what.to_owned(),
            at: self.at,
        }
    }

    fn failed(&self, source: io::Error) -> ReadError {
        ReadError::File {
            path: self.path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<Index, ReadError> {
        read(Path::new("i.scip"), bytes)
    }

    /// An index with documents of these paths.
    fn index(paths: &[&str]) -> Vec<u8> {
        let mut bytes = vec![0x0a, 0];
        for path in paths {
            let document = Document {
                relative_path: (*path).to_owned(),
                ..Document::default()
            }
            .encode_to_vec();
            bytes.extend([0x12, document.len() as u8]);
            bytes.extend(document);
        }
        bytes
    }

    #[test]
    fn paths_that_leave_the_root_are_counted_and_left_out() {
        let paths = [
            "a/b.py",
            "./c.py",
            "a\\d.py",
            "../x",
            "/etc/passwd",
            "C:/x",
            "a/../../x",
            "",
            "a//b",
            "a/",
            "a/b.py",
        ];
        let index = read_bytes(&index(&paths)).unwrap();
        let known: Vec<&str> = index.records.keys().map(String::as_str).collect();
        assert_eq!(known, ["a/b.py", "a/d.py", "c.py"]);
        assert_eq!((index.outside, index.repeated), (7, 1));
    }

    #[test]
    fn a_cut_index_is_refused_wherever_it_is_cut() {
        let bytes = index(&["a.py", "b.py"]);
        // Between two fields an index that is cut off cannot be told from a shorter one.
        let whole = [2, 2 + (bytes.len() - 2) / 2, bytes.len()];
        for end in 1..bytes.len() {
            assert_eq!(
                read_bytes(&bytes[..end]).is_ok(),
                whole.contains(&end),
                "{end}"
            );
        }
    }

    #[test]
    fn other_files_are_no_index() {
        let huge = [&[0x12][..], &[0xff; 9], &[0x7f]].concat();
        let long = [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        for bytes in [
            &b""[..],
            b"{\"a\": 1}",
            b"\x7fELF\x02\x01",
            b"#!/bin/sh\n",
            &huge,
            &long,
            b"\x08\x01",
            b"\x0a\x02\x08",
            b"\x12\x03\x0a\x01\xff",
            b"\x00\x00",
        ] {
            assert!(read_bytes(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn what_newer_versions_add_is_passed_over() {
        let mut bytes = index(&["a.py"]);
        bytes.extend([
            0x7a, 2, 1, 2, 0x70, 0x96, 1, 0x69, 0, 0, 0, 0, 0, 0, 0, 0, 0x6d, 0, 0, 0, 0,
        ]);
        assert_eq!(read_bytes(&bytes).unwrap().records.len(), 1);
    }
}

//! One file: read, classified, extracted, encoded. Nothing that a file can hold is an error here.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path};

use arc_extract::{FileFacts, detect, extract, vocabulary};
use arc_history::{is_source_path, is_written};
use arc_impact::{path_terms, weight_classes};
use arc_store::{FileRow, FileTerm, RecordRow, file_flag};
use xxhash_rust::xxh3::xxh3_128;

use crate::classify::{MAX_BYTES, flags_of_content, flags_of_path};
use crate::records::records_of;
use crate::walk::Found;

/// Bytes at the beginning of a file that may tell its language.
const MAX_HEAD: usize = 1 << 16;

/// A file as read now.
#[derive(Debug, Default)]
pub(crate) struct ReadFile {
    /// Its row. Module and separator come with the resolution.
    pub(crate) row: FileRow,
    /// What it says, and the same as bytes; `None` for what arc does not read.
    pub(crate) facts: Option<(FileFacts, Vec<u8>)>,
    /// What it speaks of; `None` for what is no source file.
    pub(crate) terms: Option<Vec<FileTerm>>,
    /// What people wrote down in it.
    pub(crate) records: Vec<RecordRow>,
}

/// A file as read now, with its facts only as bytes.
#[derive(Debug, Default)]
pub(crate) struct EncodedFile {
    pub(crate) row: FileRow,
    pub(crate) facts: Option<Vec<u8>>,
    pub(crate) terms: Option<Vec<FileTerm>>,
    /// What people wrote down in it.
    pub(crate) records: Vec<RecordRow>,
}

/// What became of a file that may have changed.
#[derive(Debug)]
pub(crate) enum Reading {
    /// The content is as known.
    Same,
    /// It is not, or nothing was known.
    Read(Box<ReadFile>),
}

/// Flags that keep a file from being extracted.
const NOT_EXTRACTED: u32 = file_flag::BINARY
    | file_flag::MINIFIED
    | file_flag::TOO_LARGE
    | file_flag::UNREADABLE
    | file_flag::SYMLINK;

/// Looks at a file of which `known` is what the graph has, if it has it.
pub(crate) fn read_file(root: &Path, found: &Found, known: Option<&FileRow>) -> Reading {
    let mut row = FileRow {
        path: found.path.clone(),
        stamp: found.stamp,
        ..FileRow::default()
    };
    if found.is_symlink {
        row.flags = file_flag::SYMLINK;
        if let Ok(target) = fs::read_link(found.full(root)) {
            row.hash = Some(content_hash(target.as_os_str().as_encoded_bytes()));
        }
        return compared(row, known);
    }
    let language = match language_of(root, found) {
        Ok(language) => language,
        Err(error) => return compared(unreadable(row, &error), known),
    };
    row.language = language.map(str::to_owned);
    row.flags = flags_of_path(&row.path, language.is_some());
    if language.is_none() && !is_written(&row.path) {
        return compared(row, known);
    }
    if row.stamp.size > MAX_BYTES {
        row.flags |= file_flag::TOO_LARGE;
        return compared(row, known);
    }
    let bytes = match read_bytes(root, found) {
        Ok(bytes) => bytes,
        Err(error) => return compared(unreadable(row, &error), known),
    };
    row.hash = Some(content_hash(&bytes));
    let language = language.map(|named| told_by_content(&row.path, named, &bytes));
    row.language = language.map(str::to_owned);
    if known.is_some_and(|known| known.hash == row.hash && known.language == row.language) {
        return Reading::Same;
    }
    // The file grew between the look at its size and the reading.
    if bytes.len() as u64 > MAX_BYTES {
        row.flags |= file_flag::TOO_LARGE;
        row.hash = None;
        return compared(row, known);
    }
    row.flags |= flags_of_content(&bytes, language.unwrap_or(""));
    let Some(language) = language.filter(|_| row.flags & NOT_EXTRACTED == 0) else {
        row.lines = count_lines(&bytes);
        let records = match row.flags & NOT_EXTRACTED {
            0 => records_of(
                &row.path,
                row.flags,
                &String::from_utf8_lossy(&bytes),
                false,
            ),
            _ => Vec::new(),
        };
        let file = ReadFile::without_facts(row);
        return Reading::Read(Box::new(ReadFile { records, ..file }));
    };
    Reading::Read(Box::new(extracted(row, language, &bytes)))
}

fn extracted(mut row: FileRow, language: &str, bytes: &[u8]) -> ReadFile {
    let text = String::from_utf8_lossy(bytes);
    if text.as_bytes() != bytes {
        row.flags |= file_flag::NOT_UTF8;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let facts = extract(language, &row.path, text);
    row.lines = facts.lines;
    row.error_bytes = facts.error_bytes;
    row.diagnostics = facts.diagnostics.clone();
    let packed = facts.pack();
    ReadFile {
        terms: terms(&row, text),
        records: records_of(&row.path, row.flags, text, is_source_path(&row.path)),
        row,
        facts: Some((facts, packed)),
    }
}

impl ReadFile {
    /// The same without the facts that the bytes hold as well.
    pub(crate) fn without_decoded(self) -> EncodedFile {
        EncodedFile {
            row: self.row,
            facts: self.facts.map(|(_, bytes)| bytes),
            terms: self.terms,
            records: self.records,
        }
    }

    fn without_facts(row: FileRow) -> ReadFile {
        ReadFile {
            terms: terms(&row, ""),
            records: Vec::new(),
            row,
            facts: None,
        }
    }
}

/// What a file speaks of: parts of its identifiers and words of its path. Only source files are compared: notes, settings
/// and data would stand in each other's way.
fn terms(row: &FileRow, text: &str) -> Option<Vec<FileTerm>> {
    if row.language.is_none() || !is_source_path(&row.path) {
        return None;
    }
    let (texts, counts): (Vec<String>, Vec<u32>) = vocabulary(text).into_iter().unzip();
    let of_path = path_terms(&row.path).into_iter();
    let mut terms: Vec<FileTerm> = of_path.map(|text| FileTerm { text, class: 0 }).collect();
    let classes = weight_classes(&counts);
    let of_text = texts.into_iter().zip(classes);
    terms.extend(of_text.map(|(text, class)| FileTerm { text, class }));
    // Both are sorted, and `/` comes before every letter.
    debug_assert!(terms.is_sorted());
    Some(terms)
}

fn unreadable(mut row: FileRow, error: &io::Error) -> FileRow {
    row.flags |= file_flag::UNREADABLE;
    row.diagnostics = vec![format!("cannot be read: {}", error.kind())];
    row
}

/// For what was not extracted: the same row apart from times is the same file.
fn compared(row: FileRow, known: Option<&FileRow>) -> Reading {
    let is_same = known.is_some_and(|known| {
        known.stamp.size == row.stamp.size
            && known.hash == row.hash
            && known.flags == row.flags
            && known.language == row.language
    });
    if is_same {
        Reading::Same
    } else {
        Reading::Read(Box::new(ReadFile::without_facts(row)))
    }
}

/// By name, else, for a file without an extension, by its first line.
fn language_of(root: &Path, found: &Found) -> io::Result<Option<&'static str>> {
    if let Some(detected) = detect(&found.path, "") {
        return Ok(Some(detected.language));
    }
    let name = found.path.rsplit('/').next().unwrap_or(&found.path);
    if name.trim_start_matches('.').contains('.') || found.stamp.size < 3 {
        return Ok(None);
    }
    let mut head = [0u8; 256];
    let mut file = File::open(found.full(root))?;
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..])? {
            0 => break,
            more => length += more,
        }
    }
    let head = &head[..length];
    if !head.starts_with(b"#!") {
        return Ok(None);
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    Ok(detect(&found.path, &String::from_utf8_lossy(line)).map(|detected| detected.language))
}

/// The language of a file whose name more than one language uses.
fn told_by_content(path: &str, named: &'static str, bytes: &[u8]) -> &'static str {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_HEAD)]);
    detect(path, &head).map_or(named, |detected| detected.language)
}

/// Reads the file, but never much more than a file may have.
fn read_bytes(root: &Path, found: &Found) -> io::Result<Vec<u8>> {
    let size = usize::try_from(found.stamp.size).unwrap_or(0);
    read_at_most(&found.full(root), size)
}

/// The bytes of a file of the project that somebody names by its path. Only a plain file below the root is opened, through no
/// link, and only if it is not larger than a source may be: whoever asks neither waits nor learns of what lies elsewhere.
///
/// # Errors
/// When there is no such file (`NotFound`), or it cannot be read.
pub fn source_bytes(root: &Path, path: &str) -> io::Result<Vec<u8>> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why);
    let mut place = root.to_owned();
    for part in Path::new(path).components() {
        let Component::Normal(name) = part else {
            return Err(refused("is no path below the root of the project"));
        };
        place.push(name);
        if fs::symlink_metadata(&place)?.is_symlink() {
            return Err(refused("is or lies behind a link"));
        }
    }
    if !fs::symlink_metadata(&place)?.is_file() {
        return Err(refused("is no plain file"));
    }
    let bytes = read_source(&place)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(refused("is larger than any source"));
    }
    Ok(bytes)
}

/// The text of a file of the project, read as [`source_bytes`] does.
///
/// # Errors
/// When there is no such file (`NotFound`), it cannot be read, or is no UTF-8 (`InvalidData`).
pub fn source_text(root: &Path, path: &str) -> io::Result<String> {
    let text = String::from_utf8(source_bytes(root, path)?);
    text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "is no UTF-8 text"))
}

/// The bytes of a source file, but never much more than a file may have. A symbolic link is not followed.
pub(crate) fn read_source(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    read_at_most(path, usize::try_from(metadata.len()).unwrap_or(0))
}

fn read_at_most(path: &Path, size: usize) -> io::Result<Vec<u8>> {
    let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(size.min(limit) + 1);
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a file's row keeps of its content.
pub(crate) fn content_hash(bytes: &[u8]) -> [u8; 16] {
    xxh3_128(bytes).to_be_bytes()
}

fn count_lines(bytes: &[u8]) -> u32 {
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let open_end = bytes.last().is_some_and(|last| *last != b'\n');
    u32::try_from(newlines)
        .unwrap_or(u32::MAX)
        .saturating_add(u32::from(open_end))
}

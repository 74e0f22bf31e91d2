//! Which files speak of what: the terms of each file, and for each term its files.
//!
//! Both ways hold only what one file says of itself, so an update changes the rows of the files that changed and no
//! other. Whatever needs all files at once (how rare a term is) is worked out when it is asked for.

use std::collections::HashMap;

use arc_graph::NodeId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::read::{GraphFile, known};
use crate::update::Update;

/// Bits of an entry that hold the class.
const CLASS_BITS: u32 = 3;
/// Bits of a packed file that are the entry; the rest is the chunk. An entry has two bytes.
const ENTRY_BITS: u32 = 16;
/// The term of every file that has terms.
const EVERY_FILE: &str = "";
/// The longest start of a term that is not written again.
const LONGEST_START: usize = 31;

/// A term of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTerm {
    /// At most 255 bytes, not empty.
    pub text: String,
    /// How much of the file it is, below 8. What it means is the caller's business.
    pub class: u8,
}

/// The row of a file. `terms` are sorted, each once.
fn encode(terms: &[FileTerm]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 * terms.len());
    let mut before: &[u8] = b"";
    for term in terms {
        let text = term.text.as_bytes();
        let start = before.iter().zip(text).take_while(|(a, b)| a == b).count();
        let start = start.min(LONGEST_START);
        let rest = &text[start..text.len().min(255)];
        bytes.push(term.class << 5 | start as u8);
        bytes.push(rest.len() as u8);
        bytes.extend_from_slice(rest);
        before = text;
    }
    bytes
}

/// Calls `take` with every term of a row and its class, that of every file first. `None` when the row is damaged.
fn decode(mut bytes: &[u8], take: &mut dyn FnMut(&[u8], u8)) -> Option<()> {
    let mut text = Vec::new();
    take(EVERY_FILE.as_bytes(), 0);
    while let [head, length, rest @ ..] = bytes {
        let start = usize::from(head & LONGEST_START as u8);
        let (own, after) = rest.split_at_checked(usize::from(*length))?;
        if start > text.len() {
            return None;
        }
        text.truncate(start);
        text.extend_from_slice(own);
        take(&text, head >> 5);
        bytes = after;
    }
    bytes.is_empty().then_some(())
}

fn decoded(bytes: &[u8]) -> rusqlite::Result<Vec<FileTerm>> {
    let mut terms = Vec::new();
    let mut is_text = true;
    let whole = decode(
        bytes,
        &mut |text, class| match String::from_utf8(text.to_vec()) {
            Ok(text) => terms.push(FileTerm { text, class }),
            Err(_) => is_text = false,
        },
    );
    known(1, whole.filter(|()| is_text))?;
    Ok(terms)
}

/// A file and a class in the order in which entries are kept.
fn packed(file: i64, class: u8) -> u32 {
    (file as u32) << CLASS_BITS | u32::from(class)
}

/// Keeps the terms of a file of a full build.
pub(crate) fn insert_terms(
    connection: &Connection,
    file: i64,
    terms: &[FileTerm],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO file_terms VALUES (?1, ?2)")?
        .execute(params![file, encode(terms)])
        .map(drop)
}

/// Turns the terms of all files into the files of all terms, in a full build.
pub(crate) fn write_term_files(connection: &Connection) -> rusqlite::Result<()> {
    let mut numbers: HashMap<Box<[u8]>, u32> = HashMap::new();
    let mut files_of: Vec<u32> = Vec::new();
    let mut uses: Vec<(u32, u32)> = Vec::new();
    let mut select = connection.prepare("SELECT file, terms FROM file_terms ORDER BY file")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let file = row.get(0)?;
        let whole = decode(row.get_ref(1)?.as_blob()?, &mut |text, class| {
            let number = numbers.get(text).copied().unwrap_or_else(|| {
                let next = numbers.len() as u32;
                numbers.insert(text.into(), next);
                files_of.push(0);
                next
            });
            files_of[number as usize] += 1;
            uses.push((number, packed(file, class)));
        });
        known(1, whole)?;
    }
    let mut order: Vec<(Box<[u8]>, u32)> = numbers.into_iter().collect();
    order.sort_unstable();
    // Files come in order, so putting each use behind the last one of its term sorts them.
    let mut next = vec![0_usize; order.len()];
    let mut at = 0;
    for (_, number) in &order {
        next[*number as usize] = at;
        at += files_of[*number as usize] as usize;
    }
    let mut sorted = vec![0_u32; uses.len()];
    for (number, file) in uses {
        let place = &mut next[number as usize];
        sorted[*place] = file;
        *place += 1;
    }
    let mut insert = connection.prepare("INSERT INTO file_terms_idx VALUES (?1, ?2, ?3)")?;
    let mut rest = sorted.as_slice();
    let mut bytes = Vec::new();
    for (text, number) in &order {
        let (files, after) = rest.split_at(files_of[*number as usize] as usize);
        let text = known(0, std::str::from_utf8(text).ok())?;
        for chunk in files.chunk_by(|a, b| a >> ENTRY_BITS == b >> ENTRY_BITS) {
            bytes.clear();
            bytes.extend(chunk.iter().flat_map(|file| (*file as u16).to_le_bytes()));
            insert.execute(params![text, chunk[0] >> ENTRY_BITS, bytes])?;
        }
        rest = after;
    }
    Ok(())
}

impl Update<'_> {
    /// Makes the terms of a file these, sorted and each once; `None` for a file without any.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_terms(&self, file: i64, terms: Option<&[FileTerm]>) -> Result<(), StoreError> {
        self.check(exchange(self.connection(), file, terms))
    }
}

/// Replaces the terms of a file and touches only the entries that differ.
pub(crate) fn exchange(
    connection: &Connection,
    file: i64,
    terms: Option<&[FileTerm]>,
) -> rusqlite::Result<()> {
    let bytes = terms.map(encode);
    let before = read_terms(connection, file)?;
    if before == bytes {
        return Ok(());
    }
    let listed = |bytes: Option<&[u8]>| bytes.map_or_else(|| Ok(Vec::new()), decoded);
    let (old, new) = (listed(before.as_deref())?, listed(bytes.as_deref())?);
    for term in &old {
        if new.binary_search(term).is_err() {
            change_entry(connection, &term.text, packed(file, term.class), false)?;
        }
    }
    for term in &new {
        if old.binary_search(term).is_err() {
            change_entry(connection, &term.text, packed(file, term.class), true)?;
        }
    }
    match bytes {
        Some(bytes) => connection
            .prepare_cached("INSERT OR REPLACE INTO file_terms VALUES (?1, ?2)")?
            .execute(params![file, bytes]),
        None => connection
            .prepare_cached("DELETE FROM file_terms WHERE file = ?1")?
            .execute([file]),
    }
    .map(drop)
}

/// Adds or removes one file of a term.
fn change_entry(
    connection: &Connection,
    term: &str,
    file: u32,
    is_added: bool,
) -> rusqlite::Result<()> {
    let chunk = file >> ENTRY_BITS;
    let stored: Option<Vec<u8>> = connection
        .prepare_cached("SELECT files FROM file_terms_idx WHERE term = ?1 AND chunk = ?2")?
        .query_row(params![term, chunk], |row| row.get(0))
        .optional()?;
    let mut entries: Vec<u16> = stored.iter().flat_map(|bytes| entries(bytes)).collect();
    let entry = file as u16;
    match (entries.binary_search(&entry), is_added) {
        (Err(at), true) => entries.insert(at, entry),
        (Ok(at), false) => drop(entries.remove(at)),
        (Ok(_), true) | (Err(_), false) => return Ok(()),
    }
    if entries.is_empty() {
        return connection
            .prepare_cached("DELETE FROM file_terms_idx WHERE term = ?1 AND chunk = ?2")?
            .execute(params![term, chunk])
            .map(drop);
    }
    let bytes: Vec<u8> = entries.into_iter().flat_map(u16::to_le_bytes).collect();
    connection
        .prepare_cached("INSERT OR REPLACE INTO file_terms_idx VALUES (?1, ?2, ?3)")?
        .execute(params![term, chunk, bytes])
        .map(drop)
}

fn entries(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let pairs = bytes.chunks_exact(2);
    pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

fn read_terms(connection: &Connection, file: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT terms FROM file_terms WHERE file = ?1")?
        .query_row([file], |row| row.get(0))
        .optional()
}

impl GraphFile {
    /// The terms of a file, sorted; none for a file that was not read.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn terms(&self, file: NodeId) -> Result<Vec<FileTerm>, StoreError> {
        let read = || {
            let bytes = read_terms(self.connection(), file.0)?;
            let mut terms = bytes.map_or_else(|| Ok(Vec::new()), |bytes| decoded(&bytes))?;
            terms.retain(|term| term.text != EVERY_FILE);
            Ok(terms)
        };
        self.check(read())
    }

    /// The files that have a term, in the order of their ids, each with its class.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn files_with(&self, term: &str) -> Result<Vec<(NodeId, u8)>, StoreError> {
        let read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT chunk, files FROM file_terms_idx WHERE term = ?1")?;
            let mut rows = select.query([term])?;
            let mut files = Vec::new();
            while let Some(row) = rows.next()? {
                let chunk: u32 = row.get(0)?;
                files.extend(entries(row.get_ref(1)?.as_blob()?).map(|entry| {
                    let file = chunk << ENTRY_BITS | u32::from(entry);
                    let class = file & ((1 << CLASS_BITS) - 1);
                    (NodeId(i64::from(file >> CLASS_BITS)), class as u8)
                }));
            }
            Ok(files)
        };
        self.check(read())
    }

    /// How many files have a term, or any with `None`. Reads no list of files.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn count_files_with(&self, term: Option<&str>) -> Result<u64, StoreError> {
        let term = term.unwrap_or(EVERY_FILE);
        if let Some(known) = self.with_memo(|memo| memo.recall_count(term)).flatten() {
            return Ok(known);
        }
        let read = self
            .connection()
            .prepare_cached(
                "SELECT coalesce(sum(length(files)), 0) FROM file_terms_idx WHERE term = ?1",
            )
            .and_then(|mut select| select.query_row([term], |row| row.get::<_, i64>(0)));
        let count = self.check(read)?.cast_unsigned() / 2;
        self.with_memo(|memo| memo.keep_count(term, count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<FileTerm> {
        let mut terms: Vec<FileTerm> = text
            .split_whitespace()
            .map(|word| {
                let (text, class) = word.rsplit_once(':').unwrap_or((word, "0"));
                FileTerm {
                    text: text.to_owned(),
                    class: class.parse().unwrap_or(0),
                }
            })
            .collect();
        terms.sort();
        terms
    }

    #[test]
    fn terms_come_back_as_they_were() {
        for text in [
            "",
            "a:7",
            "load:1 loader:2 loading:3 über:4 ünder:5 /path:6",
            &format!("{0}a:1 {0}b:2 {1}:3", "x".repeat(60), "y".repeat(255)),
        ] {
            let mut known = terms(text);
            let found = decoded(&encode(&known)).unwrap();
            known.insert(0, terms(":0").remove(0));
            assert_eq!(found, known);
        }
    }

    #[test]
    fn damage_is_noticed() {
        let bytes = encode(&terms("load:1 loader:2"));
        assert!(decoded(&bytes[..bytes.len() - 1]).is_err());
        assert!(decoded(&[5, 1, b'a']).is_err());
        assert!(decoded(&[0, 1, 0xff]).is_err());
    }
}

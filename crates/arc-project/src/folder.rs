//! What a look at the tree saw of its folders. The graph keeps it, so that the next look lists only folders that changed.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::FileType;
use std::path::{Path, PathBuf};

use arc_store::Stamp;

use crate::walk::{Found, push_shown};

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Folder,
    File,
    Link,
    Other,
}

impl Kind {
    pub(crate) fn of(kind: FileType) -> Kind {
        if kind.is_dir() {
            Kind::Folder
        } else if kind.is_file() {
            Kind::File
        } else if kind.is_symlink() {
            Kind::Link
        } else {
            Kind::Other
        }
    }

    fn from_number(number: u8) -> Option<Kind> {
        [Kind::Folder, Kind::File, Kind::Link, Kind::Other]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

/// A name in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) kind: Kind,
    /// What the file system says of a file of the project; `None` for folders and for what is left out.
    pub(crate) stamp: Option<Stamp>,
}

impl Entry {
    /// Sorted so, a walk down the folders meets paths in the order of their bytes.
    pub(crate) fn order(&self, other: &Entry) -> Ordering {
        let (own, others) = (self.name.as_encoded_bytes(), other.name.as_encoded_bytes());
        let common = own.len().min(others.len());
        let next = |entry: &Entry, name: &[u8]| match name.get(common) {
            Some(byte) => Some(*byte),
            None => (entry.kind == Kind::Folder).then_some(b'/'),
        };
        own[..common]
            .cmp(&others[..common])
            .then_with(|| next(self, own).cmp(&next(other, others)))
            .then_with(|| own.len().cmp(&others.len()))
    }
}

/// A file whose content, or whose absence, decided what belongs to the project.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RuleFile {
    /// Relative to the root where it is below it.
    pub(crate) path: PathBuf,
    /// `None` when there is none.
    pub(crate) stamp: Option<Stamp>,
}

/// A folder that was listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    /// From before it was listed; without a size.
    pub(crate) stamp: Stamp,
    /// What was consulted here.
    pub(crate) rules: Vec<RuleFile>,
    /// In [`Entry::order`].
    pub(crate) entries: Vec<Entry>,
}

impl Folder {
    /// The folder that stands for what lies in no listed folder: rules from elsewhere, and files in folders that are left
    /// out. The names of its entries are paths.
    pub(crate) const ELSEWHERE: &str = "\0";

    pub(crate) fn is_elsewhere(&self) -> bool {
        self.path == Path::new(Folder::ELSEWHERE)
    }

    /// Its key in the graph.
    pub(crate) fn key(&self) -> Vec<u8> {
        self.path.as_os_str().as_encoded_bytes().to_vec()
    }

    /// What the graph keeps of it.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.entries.len() * 56);
        put_stamp(&mut out, &self.stamp);
        put_number(&mut out, self.rules.len());
        for rule in &self.rules {
            put_name(&mut out, rule.path.as_os_str());
            out.push(u8::from(rule.stamp.is_some()));
            if let Some(stamp) = &rule.stamp {
                put_stamp(&mut out, stamp);
            }
        }
        put_number(&mut out, self.entries.len());
        for entry in &self.entries {
            put_name(&mut out, &entry.name);
            out.push(entry.kind as u8 * 2 + u8::from(entry.stamp.is_some()));
            if let Some(stamp) = &entry.stamp {
                put_stamp(&mut out, stamp);
            }
        }
        out
    }

    /// Reads what [`Folder::key`] and [`Folder::encoded`] wrote; `None` for other bytes.
    pub(crate) fn decoded(key: &[u8], bytes: &[u8]) -> Option<Folder> {
        let mut input = Input { bytes };
        let mut folder = Folder {
            path: PathBuf::from(os(key)?),
            stamp: input.stamp()?,
            ..Folder::default()
        };
        for _ in 0..input.number()? {
            folder.rules.push(RuleFile {
                path: PathBuf::from(input.name()?),
                stamp: match input.byte()? {
                    0 => None,
                    _ => Some(input.stamp()?),
                },
            });
        }
        let count = input.number()?;
        // No count makes room for more than the bytes can hold.
        folder.entries.reserve_exact(count.min(input.bytes.len()));
        for _ in 0..count {
            let name = input.name()?.to_owned();
            let tag = input.byte()?;
            folder.entries.push(Entry {
                name,
                kind: Kind::from_number(tag / 2)?,
                stamp: match tag % 2 {
                    0 => None,
                    _ => Some(input.stamp()?),
                },
            });
        }
        input.bytes.is_empty().then_some(folder)
    }
}

/// The files of the project that lie in `folders`, sorted by path, each path once.
pub(crate) fn files_in(folders: &[Folder]) -> Vec<Found> {
    let by_path: HashMap<&Path, &Folder> = folders
        .iter()
        .map(|folder| (folder.path.as_path(), folder))
        .collect();
    let mut files = Vec::new();
    // What remains to be met of the folders on the way down.
    let mut open: Vec<(&Folder, usize, String)> = Vec::new();
    open.extend(
        by_path
            .get(Path::new(""))
            .map(|root| (*root, 0, String::new())),
    );
    while let Some((folder, next, prefix)) = open.last_mut() {
        let Some(entry) = folder.entries.get(*next) else {
            open.pop();
            continue;
        };
        *next += 1;
        if let Some(stamp) = entry.stamp {
            files.push(Found::new(prefix, &folder.path, entry, stamp));
        } else if entry.kind == Kind::Folder
            && let Some(below) = by_path.get(folder.path.join(&entry.name).as_path())
        {
            let mut prefix = prefix.clone();
            push_shown(&mut prefix, &entry.name);
            prefix.push('/');
            open.push((below, 0, prefix));
        }
    }
    if let Some(elsewhere) = by_path.get(Path::new(Folder::ELSEWHERE)) {
        for entry in &elsewhere.entries {
            files.extend(
                entry
                    .stamp
                    .map(|stamp| Found::new("", Path::new(""), entry, stamp)),
            );
        }
    }
    // Escaped bytes have another order, and what lies elsewhere comes last.
    if !files.is_sorted_by(|a, b| a.path < b.path) {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
    }
    files
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u32).to_le_bytes());
}

fn put_name(out: &mut Vec<u8>, name: &OsStr) {
    put_number(out, name.len());
    out.extend(name.as_encoded_bytes());
}

fn put_stamp(out: &mut Vec<u8>, stamp: &Stamp) {
    out.extend(stamp.size.to_le_bytes());
    out.extend(stamp.mtime_ns.to_le_bytes());
    out.extend(stamp.ctime_ns.to_le_bytes());
    out.extend(stamp.inode.to_le_bytes());
}

struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<usize> {
        self.take().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    fn name(&mut self) -> Option<&'a OsStr> {
        let length = self.number()?;
        let (name, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        os(name)
    }

    fn stamp(&mut self) -> Option<Stamp> {
        Some(Stamp {
            size: u64::from_le_bytes(self.take()?),
            mtime_ns: i64::from_le_bytes(self.take()?),
            ctime_ns: i64::from_le_bytes(self.take()?),
            inode: u64::from_le_bytes(self.take()?),
        })
    }
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere not all bytes are names"
)]
fn os(bytes: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(bytes).ok().map(OsStr::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: Kind, is_file: bool) -> Entry {
        let stamp = Stamp {
            size: 3,
            mtime_ns: -1,
            ctime_ns: 7,
            inode: u64::MAX,
        };
        Entry {
            name: name.into(),
            kind,
            stamp: is_file.then_some(stamp),
        }
    }

    fn folder(path: &str, mut entries: Vec<Entry>) -> Folder {
        entries.sort_by(Entry::order);
        Folder {
            path: path.into(),
            entries,
            ..Folder::default()
        }
    }

    #[test]
    fn what_is_kept_of_a_folder_is_the_folder() {
        let mut one = folder(
            "a/b",
            vec![
                entry("x", Kind::Folder, false),
                entry("y.py", Kind::File, true),
                entry("z", Kind::Other, false),
            ],
        );
        for stamp in [None, one.entries[1].stamp] {
            one.rules.push(RuleFile {
                path: "/elsewhere".into(),
                stamp,
            });
        }
        let bytes = one.encoded();
        assert_eq!(Folder::decoded(&one.key(), &bytes).as_ref(), Some(&one));
        for length in 0..bytes.len() {
            assert_eq!(Folder::decoded(b"a/b", &bytes[..length]), None);
        }
    }

    #[test]
    fn files_come_in_the_order_of_their_paths() {
        let folders = [
            folder(
                "",
                vec![
                    entry("a", Kind::Folder, false),
                    entry("a.py", Kind::File, true),
                    entry("a-b", Kind::File, true),
                    entry("a0", Kind::Link, true),
                    entry("out", Kind::Folder, false),
                ],
            ),
            folder("a", vec![entry("z", Kind::File, true)]),
            folder(Folder::ELSEWHERE, vec![entry("a/b/c", Kind::File, true)]),
        ];
        let paths: Vec<String> = files_in(&folders)
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(paths, ["a-b", "a.py", "a/b/c", "a/z", "a0"]);
    }
}

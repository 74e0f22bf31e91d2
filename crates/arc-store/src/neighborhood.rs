//! What stands around a file: the files beside it, and those that use its symbols or whose symbols it uses.

use arc_graph::{Confidence, EdgeKind, NodeId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;

use crate::error::StoreError;
use crate::read::{GraphFile, bits_of};
use crate::resident::Resident;

/// Nodes that are known at the beginning of a question, at most.
const MAX_KNOWN: usize = 200_000;

/// One edge between two files, seen from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseRecord {
    /// The other file.
    pub other: NodeId,
    /// The other file is the dependent.
    pub is_user: bool,
    /// What is used.
    pub symbol: NodeId,
    /// Edges to the symbol in the whole graph.
    pub sites: u32,
    /// The line of the evidence, in the dependent's file.
    pub line: u32,
    /// How sure the edge is.
    pub confidence: Confidence,
}

impl GraphFile {
    /// The path of a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn path_of(&self, file: NodeId) -> Result<Option<String>, StoreError> {
        if let Some(resident) = self.resident() {
            return Ok(resident.path_of(file).map(str::to_owned));
        }
        let read = self
            .connection()
            .prepare_cached("SELECT path FROM files WHERE id = ?1")
            .and_then(|mut select| select.query_row([file.0], |row| row.get(0)).optional());
        self.check(read)
    }

    /// Files that come before and after a path in the order of paths, itself included, at most `count` each way.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn files_around(&self, path: &str, count: usize) -> Result<Vec<NodeId>, StoreError> {
        let read = || {
            let mut files = Vec::new();
            for sql in [
                "SELECT id FROM files WHERE path < ?1 ORDER BY path DESC LIMIT ?2",
                "SELECT id FROM files WHERE path >= ?1 ORDER BY path LIMIT ?2 + 1",
            ] {
                let mut select = self.connection().prepare_cached(sql)?;
                let mut rows = select.query(params![path, count as i64])?;
                while let Some(row) = rows.next()? {
                    files.push(NodeId(row.get(0)?));
                }
            }
            Ok(files)
        };
        self.check(read())
    }

    /// The edges of some kinds between a file and others, in both directions and the order of its symbols. Symbols with
    /// `most` edges or more are left out: what everybody uses would be read for nothing. Ends after `limit` edges.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn uses(
        &self,
        file: NodeId,
        kinds: &[EdgeKind],
        (most, limit): (u32, usize),
    ) -> Result<Vec<UseRecord>, StoreError> {
        let mut known = self.with_memo(|memo| std::mem::take(&mut memo.known));
        let known = known.get_or_insert_default();
        known.count(bits_of(kinds), most);
        let resident = self.resident();
        let read = read_uses(
            self.connection(),
            file.0,
            (known, resident.as_deref()),
            limit,
        );
        self.with_memo(|memo| memo.known = std::mem::take(known));
        self.check(read)
    }
}

fn read_uses(
    connection: &Connection,
    file: i64,
    (known, resident): (&mut Known, Option<&Resident>),
    limit: usize,
) -> rusqlite::Result<Vec<UseRecord>> {
    let (kinds, most) = (known.kinds, known.most);
    let mut own = connection.prepare_cached(
        "SELECT id FROM node INDEXED BY node_file WHERE file = ?1 ORDER BY line, end_line DESC, id",
    )?;
    let mut dependents = connection.prepare_cached(
        "SELECT src, line, confidence FROM edge WHERE dst = ?1 AND (?3 >> kind) & 1 LIMIT ?2",
    )?;
    // The index has no confidence, and most of what a file uses is used by everybody.
    let mut dependencies = connection.prepare_cached(
        "SELECT dst, kind, line FROM edge INDEXED BY edge_forward WHERE src = ?1 AND (?2 >> kind) & 1",
    )?;
    let mut confidence_of = connection.prepare_cached(
        "SELECT confidence FROM edge WHERE dst = ?1 AND kind = ?2 AND src = ?3 AND line = ?4",
    )?;
    let mut about = About::new(connection, known, resident)?;
    let mut uses = Vec::new();
    let symbols: Vec<i64> = own
        .query_map([file], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for symbol in symbols {
        if uses.len() >= limit {
            break;
        }
        let users: Vec<(i64, u32, Confidence)> = match resident {
            Some(resident) => resident.users(NodeId(symbol), kinds, most as usize),
            None => dependents
                .query_map(params![symbol, most, kinds], |row| {
                    let confidence = Confidence::from_thousandths(row.get(2)?);
                    Ok((row.get(0)?, row.get(1)?, confidence))
                })?
                .collect::<rusqlite::Result<_>>()?,
        };
        if users.len() < most as usize {
            for &(src, line, confidence) in &users {
                let Some(other) = about.file(src)?.filter(|other| *other != file) else {
                    continue;
                };
                uses.push(UseRecord {
                    other: NodeId(other),
                    is_user: true,
                    symbol: NodeId(symbol),
                    sites: users.len() as u32,
                    line,
                    confidence,
                });
            }
        }
        if let Some(resident) = resident {
            for (dst, line, confidence) in resident.used_by(NodeId(symbol), kinds) {
                let Some(other) = about.file(dst)?.filter(|other| *other != file) else {
                    continue;
                };
                let sites = about.sites(dst)?;
                if sites < most {
                    uses.push(UseRecord {
                        other: NodeId(other),
                        is_user: false,
                        symbol: NodeId(dst),
                        sites,
                        line,
                        confidence,
                    });
                }
            }
            continue;
        }
        let mut rows = dependencies.query(params![symbol, kinds])?;
        while let Some(row) = rows.next()? {
            let (dst, kind, line): (i64, u8, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let Some(other) = about.file(dst)?.filter(|other| *other != file) else {
                continue;
            };
            let sites = about.sites(dst)?;
            if sites < most {
                let edge = params![dst, kind, symbol, line];
                let stored = confidence_of.query_row(edge, |row| row.get(0))?;
                let confidence = Confidence::from_thousandths(stored);
                uses.push(UseRecord {
                    other: NodeId(other),
                    is_user: false,
                    symbol: NodeId(dst),
                    sites,
                    line,
                    confidence,
                });
            }
        }
    }
    Ok(uses)
}

/// What is known of nodes that files use or are used by.
#[derive(Debug, Default)]
pub(crate) struct Known {
    files: FxHashMap<i64, Option<i64>>,
    /// Edges of `kinds` to each node, at most `most`.
    sites: FxHashMap<i64, u32>,
    kinds: i64,
    most: u32,
}

impl Known {
    /// Edges of these kinds are counted from now on, and no more than `most`.
    fn count(&mut self, kinds: i64, most: u32) {
        if (self.kinds, self.most) != (kinds, most) {
            self.sites.clear();
        }
        (self.kinds, self.most) = (kinds, most);
        if self.files.len().max(self.sites.len()) > MAX_KNOWN {
            self.files.clear();
            self.sites.clear();
        }
    }
}

/// What is asked of the same nodes again and again.
struct About<'a> {
    file_of: CachedStatement<'a>,
    count: CachedStatement<'a>,
    known: &'a mut Known,
    /// The whole graph, if it is in memory: then nothing need be known of parts from one question to the next.
    resident: Option<&'a Resident>,
    /// Edges to nodes as far as this question has counted them there.
    here: FxHashMap<i64, u32>,
}

impl<'a> About<'a> {
    fn new(
        connection: &'a Connection,
        known: &'a mut Known,
        resident: Option<&'a Resident>,
    ) -> rusqlite::Result<About<'a>> {
        Ok(About {
            file_of: connection.prepare_cached("SELECT file FROM node WHERE id = ?1")?,
            count: connection.prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM edge WHERE dst = ?1 AND (?3 >> kind) & 1 LIMIT ?2)",
            )?,
            known,
            resident,
            here: FxHashMap::default(),
        })
    }

    /// The file of a node; `None` outside of the repository.
    fn file(&mut self, node: i64) -> rusqlite::Result<Option<i64>> {
        if let Some(resident) = self.resident {
            return Ok(resident.file_of(NodeId(node)).map(|file| file.0));
        }
        if let Some(file) = self.known.files.get(&node) {
            return Ok(*file);
        }
        let file = self.file_of.query_row([node], |row| row.get(0))?;
        self.known.files.insert(node, file);
        Ok(file)
    }

    /// The edges to a node, `most` of them at most.
    fn sites(&mut self, node: i64) -> rusqlite::Result<u32> {
        if let Some(resident) = self.resident {
            let (kinds, most) = (self.known.kinds, self.known.most);
            let sites = self.here.entry(node);
            return Ok(*sites.or_insert_with(|| resident.sites(NodeId(node), kinds, most)));
        }
        if let Some(sites) = self.known.sites.get(&node) {
            return Ok(*sites);
        }
        let sites = self
            .count
            .query_row(params![node, self.known.most, self.known.kinds], |row| {
                row.get(0)
            })?;
        self.known.sites.insert(node, sites);
        Ok(sites)
    }
}

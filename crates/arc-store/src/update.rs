//! An update in place: one transaction that changes only the rows that differ.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arc_graph::NodeKind;
use rusqlite::{Connection, OptionalExtension, params};

use crate::bulk::{
    INSERT_DOC_WORDS, INSERT_NAME_WORDS, INSERT_NODE, module_of, set_meta, write_words,
};
use crate::connection::{self, Identity};
use crate::digest::{Keys, node_key};
use crate::error::StoreError;
use crate::lock::WriteLock;
use crate::lookup::{read_facts, read_files, read_meta};
use crate::read::known;
use crate::records::remove_records;
use crate::rows::{
    FileGraph, FileRow, Stamp, StoredFile, Target, external_name, joined_scope, split_scope,
};
use crate::search::words;
use crate::strings;
use crate::terms;

/// An open update. Dropped before [`Update::commit`], it changes nothing.
#[derive(Debug)]
pub struct Update<'a> {
    connection: Connection,
    path: &'a Path,
    identity: Identity,
}

/// A file whose rows are to become `graph`.
#[derive(Debug)]
pub struct ChangedFile<'a> {
    /// Position in the project's list.
    pub file: usize,
    /// What it now is.
    pub row: &'a FileRow,
    /// What the graph now says of it.
    pub graph: FileGraph<'a>,
    /// Documentation or the module name may differ from what the search knows.
    pub words_changed: bool,
}

impl<'a> Update<'a> {
    /// Begins an update of the graph that the lock is for.
    ///
    /// # Errors
    /// When there is no graph, or one that cannot be updated.
    pub fn begin(lock: &'a WriteLock) -> Result<Update<'a>, StoreError> {
        let path = lock.graph();
        let (connection, identity) = connection::open_write(path)?;
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| StoreError::from_sql(path, error))?;
        Ok(Update {
            connection,
            path,
            identity,
        })
    }

    /// The state that is updated.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn path(&self) -> &Path {
        self.path
    }

    pub(crate) fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sql(self.path, error))
    }

    /// Every file, sorted by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn files(&self) -> Result<Vec<StoredFile>, StoreError> {
        self.check(read_files(&self.connection))
    }

    /// What the file says of itself, by key; see `meta` in `schema/graph.sql`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.check(read_meta(&self.connection, key))
    }

    /// The cached facts of a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn facts(&self, file: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.check(read_facts(&self.connection, file))
    }

    /// Replaces the cached facts of a file; `None` removes them.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_facts(&self, file: i64, bytes: Option<&[u8]>) -> Result<(), StoreError> {
        let written = match bytes {
            Some(bytes) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO facts VALUES (?1, ?2)")
                .and_then(|mut insert| insert.execute(params![file, bytes])),
            None => self
                .connection
                .prepare_cached("DELETE FROM facts WHERE file = ?1")
                .and_then(|mut delete| delete.execute([file])),
        };
        self.check(written).map(drop)
    }

    /// Notes what the file system says of a file whose content is the same.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_stamp(&self, file: i64, stamp: Stamp) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached(
                "UPDATE files SET size = ?2, mtime_ns = ?3, ctime_ns = ?4, inode = ?5 WHERE id = ?1",
            )
            .and_then(|mut update| {
                update.execute(params![
                    file,
                    stamp.size.cast_signed(),
                    stamp.mtime_ns,
                    stamp.ctime_ns,
                    stamp.inode.cast_signed()
                ])
            });
        self.check(written).map(drop)
    }

    /// Takes an id for a file that is new. Its rows come with [`Update::rewrite`] and [`Update::set_file`].
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn add_file(&self, row: &FileRow) -> Result<i64, StoreError> {
        let added = || {
            let id = next_id(&self.connection)?;
            let name = row.path.rsplit('/').next().unwrap_or(&row.path);
            let name = strings::find_or_add(&self.connection, name)?;
            self.connection
                .prepare_cached(INSERT_NODE)?
                .execute(params![
                    id,
                    NodeKind::File.number(),
                    id,
                    None::<i64>,
                    None::<i64>,
                    name,
                    0,
                    1,
                    1,
                    0,
                    0
                ])?;
            insert_file(
                &self.connection,
                &StoredFile {
                    id,
                    row: row.clone(),
                    digest: 0,
                },
            )?;
            Ok(id)
        };
        self.check(added())
    }

    /// Writes the row of a known file.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_file(&self, file: &StoredFile) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached("DELETE FROM diagnostics WHERE file = ?1")
            .and_then(|mut delete| delete.execute([file.id]))
            .and_then(|_| insert_file(&self.connection, file));
        self.check(written)
    }

    /// Writes what the resolution says of a file that was not read: module, separator, digest.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_resolution(&self, file: &StoredFile) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached(
                "UPDATE files SET module = ?2, separator = ?3, digest = ?4 WHERE id = ?1",
            )
            .and_then(|mut update| {
                update.execute(params![
                    file.id,
                    file.row.module,
                    file.row.separator,
                    file.digest
                ])
            });
        self.check(written).map(drop)
    }

    /// Removes a file with everything it says. Edges to it are the business of the files they come from, which must be
    /// rewritten in the same update.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn remove_file(&self, file: i64) -> Result<(), StoreError> {
        let removed = || {
            let mut externals = BTreeSet::new();
            for id in node_ids(&self.connection, file)? {
                remove_references(&self.connection, id, &mut externals)?;
                remove_node(&self.connection, id)?;
            }
            terms::exchange(&self.connection, file, None)?;
            remove_records(&self.connection, file)?;
            self.connection
                .prepare_cached("DELETE FROM owned WHERE file = ?1")?
                .execute([file])?;
            for sql in [
                "DELETE FROM facts WHERE file = ?1",
                "DELETE FROM diagnostics WHERE file = ?1",
                "DELETE FROM files WHERE id = ?1",
            ] {
                self.connection.prepare_cached(sql)?.execute([file])?;
            }
            remove_unused_externals(&self.connection, &externals)
        };
        self.check(removed())
    }

    /// Makes the rows of the changed files what they now say. `keys` and `ids` have every file of the project, in order.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn rewrite(
        &self,
        keys: &Keys,
        ids: &[i64],
        changed: &[ChangedFile<'_>],
    ) -> Result<(), StoreError> {
        self.check(self.rewrite_rows(keys, ids, changed))
    }

    fn rewrite_rows(
        &self,
        keys: &Keys,
        ids: &[i64],
        changed: &[ChangedFile<'_>],
    ) -> rusqlite::Result<()> {
        let connection = &self.connection;
        let mut nodes = NodeIds {
            connection,
            keys,
            files: ids,
            known: HashMap::new(),
        };
        let mut gone = Vec::new();
        let mut before: Vec<Vec<i64>> = Vec::with_capacity(changed.len());
        for file in changed {
            let old = stored_keys(connection, ids[file.file])?;
            before.push(old.iter().map(|(_, id)| *id).collect());
            let (now, left) = write_nodes(connection, keys, ids[file.file], old, file)?;
            gone.extend(left);
            nodes.known.insert(file.file, now);
        }
        let mut externals = BTreeSet::new();
        for (file, before) in changed.iter().zip(before) {
            write_edges(connection, &mut nodes, &before, file, &mut externals)?;
            write_unresolved(connection, &mut nodes, &before, file)?;
        }
        for id in gone {
            remove_references(connection, id, &mut externals)?;
            remove_node(connection, id)?;
        }
        remove_unused_externals(connection, &externals)
    }

    /// Notes what the file says of itself.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_meta(&self, meta: &[(&str, &str)]) -> Result<(), StoreError> {
        self.check(set_meta(&self.connection, meta))
    }

    /// Notes one thing that the file says of itself, or forgets it.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_or_forget_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        let written = match value {
            Some(value) => set_meta(&self.connection, &[(key, value)]),
            None => self
                .connection
                .prepare_cached("DELETE FROM meta WHERE key = ?1")
                .and_then(|mut delete| delete.execute([key]).map(drop)),
        };
        self.check(written)
    }

    /// Makes everything visible at once.
    ///
    /// # Errors
    /// When the disk is full or readers stay too long.
    pub fn commit(self) -> Result<(), StoreError> {
        self.check(self.connection.execute_batch("COMMIT"))
    }
}

/// Ids of nodes by position, read when they are asked for.
struct NodeIds<'a> {
    connection: &'a Connection,
    keys: &'a Keys,
    files: &'a [i64],
    known: HashMap<usize, Vec<i64>>,
}

impl NodeIds<'_> {
    fn id(&mut self, file: usize, position: u32) -> rusqlite::Result<i64> {
        if position == 0 {
            return Ok(self.files[file]);
        }
        if !self.known.contains_key(&file) {
            let stored: HashMap<u64, i64> = stored_keys(self.connection, self.files[file])?
                .into_iter()
                .collect();
            // A file that is not rewritten has the rows that its digest promises; the file itself is always there.
            let ids = self.keys.of(file).iter();
            let ids = ids.map(|key| stored.get(key).copied().unwrap_or(self.files[file]));
            self.known.insert(file, ids.collect());
        }
        Ok(self.known[&file][position as usize])
    }
}

/// Keys and ids of a file's nodes as the graph has them.
fn stored_keys(connection: &Connection, file: i64) -> rusqlite::Result<Vec<(u64, i64)>> {
    let mut select = connection.prepare_cached(
        "SELECT node.id, node.kind, scope.text, own.text, node.flags, node.ordinal, files.path
         FROM node INDEXED BY node_file
         JOIN files ON files.id = node.file
         JOIN strings AS own ON own.id = node.name
         LEFT JOIN strings AS scope ON scope.id = node.scope
         WHERE node.file = ?1",
    )?;
    let mut rows = select.query([file])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((stored_key(row, [1, 2, 3, 4, 5, 6])?, row.get(0)?));
    }
    Ok(found)
}

/// The key of a node from the columns kind, scope, name, flags, ordinal, path.
pub(crate) fn stored_key(row: &rusqlite::Row<'_>, columns: [usize; 6]) -> rusqlite::Result<u64> {
    let [kind, scope, name, flags, ordinal, path] = columns;
    let kind = known(kind, NodeKind::from_number(row.get(kind)?))?;
    let name = row.get_ref(name)?.as_str()?;
    let scope = row.get_ref(scope)?.as_str_or_null()?;
    let path = row.get_ref(path)?.as_str_or_null()?.unwrap_or("");
    let inside = if kind == NodeKind::File {
        String::new()
    } else {
        joined_scope(scope, name, row.get(flags)?)
    };
    Ok(node_key(path, kind, &inside, row.get(ordinal)?))
}

/// Writes the nodes of a file over those it had; gives the ids by position, and the ids that are left over.
fn write_nodes(
    connection: &Connection,
    keys: &Keys,
    file_id: i64,
    old: Vec<(u64, i64)>,
    file: &ChangedFile<'_>,
) -> rusqlite::Result<(Vec<i64>, Vec<i64>)> {
    let mut old: HashMap<u64, i64> = old.into_iter().collect();
    let mut next = next_id(connection)?;
    let mut ids = Vec::with_capacity(file.graph.nodes.len());
    let mut is_new = Vec::with_capacity(file.graph.nodes.len());
    for (position, key) in keys.of(file.file).iter().enumerate() {
        let kept = if position == 0 {
            old.remove(key);
            Some(file_id)
        } else {
            old.remove(key)
        };
        is_new.push(kept.is_none());
        ids.push(kept.unwrap_or_else(|| {
            next += 1;
            next - 1
        }));
    }
    let mut insert = connection.prepare_cached(INSERT_NODE)?;
    let mut update = connection.prepare_cached(
        "UPDATE node SET parent = ?2, scope = ?3, name = ?4, line = ?5, end_line = ?6, flags = ?7, complexity = ?8
         WHERE id = ?1",
    )?;
    let mut name_words = connection.prepare_cached(INSERT_NAME_WORDS)?;
    let mut doc_words = connection.prepare_cached(INSERT_DOC_WORDS)?;
    let module = words(module_of(file.row));
    for (position, node) in file.graph.nodes.iter().enumerate() {
        let id = ids[position];
        let parent = node.parent.map(|parent| ids[parent as usize]);
        let (scope, flag) = split_scope(node.scope_name, node.name);
        let scope = scope
            .map(|scope| strings::find_or_add(connection, scope))
            .transpose()?;
        let name = strings::find_or_add(connection, node.name)?;
        let flags = node.flags | flag;
        if is_new[position] {
            insert.execute(params![
                id,
                node.kind.number(),
                file_id,
                parent,
                scope,
                name,
                node.ordinal,
                node.line,
                node.end_line,
                flags,
                node.complexity,
            ])?;
        } else {
            update.execute(params![
                id,
                parent,
                scope,
                name,
                node.line,
                node.end_line,
                flags,
                node.complexity
            ])?;
        }
        if is_new[position] || file.words_changed {
            if !is_new[position] {
                remove_words(connection, id)?;
            }
            write_words(&mut name_words, &mut doc_words, id, &module, node)?;
        }
    }
    let mut left: Vec<i64> = old.into_values().collect();
    left.sort_unstable();
    Ok((ids, left))
}

/// A row of `edge`: dst, kind, src, line, confidence, rule.
pub(crate) type EdgeTuple = (i64, u8, i64, u32, u16, u8);

/// Exchanges the edges that differ. Edges lie scattered by their dependency: a page that need not be touched is not.
fn write_edges(
    connection: &Connection,
    nodes: &mut NodeIds<'_>,
    before: &[i64],
    file: &ChangedFile<'_>,
    externals: &mut BTreeSet<i64>,
) -> rusqlite::Result<()> {
    let mut now: Vec<EdgeTuple> = Vec::with_capacity(file.graph.edges.len());
    for edge in &file.graph.edges {
        let dst = match edge.dst {
            Target::Node { file, node } => nodes.id(file as usize, node)?,
            Target::External(name) => external(connection, name)?,
        };
        let src = nodes.id(file.file, edge.src)?;
        now.push((
            dst,
            edge.kind.number(),
            src,
            edge.line,
            edge.confidence.thousandths(),
            edge.rule.number(),
        ));
    }
    now.sort_unstable();
    let mut old: Vec<EdgeTuple> = Vec::new();
    for src in before {
        old.extend(edges_of(connection, *src)?);
    }
    old.sort_unstable();
    let gone = old.iter().filter(|edge| now.binary_search(edge).is_err());
    for edge in gone {
        remove_edge(connection, edge)?;
        externals.insert(edge.0);
    }
    let added = now.iter().filter(|edge| old.binary_search(edge).is_err());
    for edge in added {
        insert_edge(connection, edge)?;
    }
    Ok(())
}

pub(crate) fn edges_of(connection: &Connection, src: i64) -> rusqlite::Result<Vec<EdgeTuple>> {
    connection
        .prepare_cached(
            "SELECT dst, kind, src, line, confidence, rule FROM edge INDEXED BY edge_forward WHERE src = ?1",
        )?
        .query_map([src], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
            ))
        })?
        .collect()
}

pub(crate) fn insert_edge(connection: &Connection, edge: &EdgeTuple) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO edge VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(*edge)
        .map(drop)
}

pub(crate) fn remove_edge(connection: &Connection, edge: &EdgeTuple) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM edge WHERE dst = ?1 AND kind = ?2 AND src = ?3 AND line = ?4")?
        .execute(params![edge.0, edge.1, edge.2, edge.3])
        .map(drop)
}

fn write_unresolved(
    connection: &Connection,
    nodes: &mut NodeIds<'_>,
    before: &[i64],
    file: &ChangedFile<'_>,
) -> rusqlite::Result<()> {
    for src in before {
        connection
            .prepare_cached("DELETE FROM unresolved WHERE src = ?1")?
            .execute([src])?;
    }
    for reference in &file.graph.unresolved {
        let name = strings::find_or_add(connection, reference.name)?;
        let src = nodes.id(file.file, reference.src)?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO unresolved VALUES (?1, ?2, ?3)")?
            .execute(params![name, src, reference.line])?;
    }
    Ok(())
}

fn external(connection: &Connection, qualified_name: &str) -> rusqlite::Result<i64> {
    let name = external_name(qualified_name);
    let (scope, flag) = split_scope(qualified_name, name);
    let scope = scope
        .map(|scope| strings::find_or_add(connection, scope))
        .transpose()?;
    let name = strings::find_or_add(connection, name)?;
    let found = connection
        .prepare_cached(
            "SELECT id FROM node INDEXED BY node_name
             WHERE name = ?1 AND scope IS ?2 AND kind = ?3 AND file IS NULL",
        )?
        .query_row(params![name, scope, NodeKind::External.number()], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    let id = next_id(connection)?;
    connection.prepare_cached(INSERT_NODE)?.execute(params![
        id,
        NodeKind::External.number(),
        None::<i64>,
        None::<i64>,
        scope,
        name,
        0,
        0,
        0,
        flag,
        0
    ])?;
    connection
        .prepare_cached(INSERT_NAME_WORDS)?
        .execute(params![id, words(qualified_name)])?;
    Ok(id)
}

fn remove_unused_externals(
    connection: &Connection,
    touched: &BTreeSet<i64>,
) -> rusqlite::Result<()> {
    for id in touched {
        let is_unused: bool = connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM node WHERE id = ?1 AND file IS NULL AND kind = ?2)
                    AND NOT EXISTS (SELECT 1 FROM edge WHERE dst = ?1)",
            )?
            .query_row(params![id, NodeKind::External.number()], |row| row.get(0))?;
        if is_unused {
            remove_node(connection, *id)?;
        }
    }
    Ok(())
}

fn node_ids(connection: &Connection, file: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT id FROM node INDEXED BY node_file WHERE file = ?1")?
        .query_map([file], |row| row.get(0))?
        .collect()
}

/// Removes what hangs on a node that goes.
fn remove_references(
    connection: &Connection,
    id: i64,
    externals: &mut BTreeSet<i64>,
) -> rusqlite::Result<()> {
    for edge in edges_of(connection, id)? {
        remove_edge(connection, &edge)?;
        externals.insert(edge.0);
    }
    for sql in [
        "DELETE FROM unresolved WHERE src = ?1",
        "DELETE FROM edge WHERE dst = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

fn remove_node(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    remove_words(connection, id)?;
    connection
        .prepare_cached("DELETE FROM node WHERE id = ?1")?
        .execute([id])
        .map(drop)
}

fn remove_words(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM name_fts WHERE rowid = ?1",
        "DELETE FROM doc_fts WHERE rowid = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

fn next_id(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM node")?
        .query_row([], |row| row.get(0))
}

/// Writes the row of a file over the one it had, and its diagnostics.
pub(crate) fn insert_file(connection: &Connection, file: &StoredFile) -> rusqlite::Result<()> {
    let row = &file.row;
    connection
        .prepare_cached(
            "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (id) DO UPDATE SET language = ?3, size = ?4, mtime_ns = ?5, ctime_ns = ?6, inode = ?7,
                 hash = ?8, flags = ?9, lines = ?10, error_bytes = ?11, module = ?12, separator = ?13, digest = ?14",
        )?
        .execute(params![
            file.id,
            row.path,
            row.language,
            row.stamp.size.cast_signed(),
            row.stamp.mtime_ns,
            row.stamp.ctime_ns,
            row.stamp.inode.cast_signed(),
            row.hash,
            row.flags,
            row.lines,
            row.error_bytes,
            row.module,
            row.separator,
            file.digest,
        ])?;
    for (position, message) in row.diagnostics.iter().enumerate() {
        connection
            .prepare_cached("INSERT INTO diagnostics VALUES (?1, ?2, ?3)")?
            .execute(params![file.id, position as i64, message])?;
    }
    Ok(())
}

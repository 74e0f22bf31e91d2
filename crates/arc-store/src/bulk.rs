//! A full build: a temporary file beside the graph, filled in sorted order, indexed last, renamed over the old one.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{CachedStatement, Connection, params};

use crate::connection;
use crate::digest::{Keys, file_digest};
use crate::edge_runs::{EdgeRuns, PackedEdge};
use crate::error::StoreError;
use crate::lock::{WriteLock, folder_of, temporary_prefix};
use crate::lookup::read_facts;
use crate::records::{RecordNames, RecordRow, insert_records};
use crate::rows::{FileGraph, FileRow, NodeRow, StoredFile, Target, external_name, split_scope};
use crate::run::insert_run;
use crate::schema;
use crate::search::words;
use crate::strings::NewStrings;
use crate::terms::{self, FileTerm};
use crate::update::insert_file;
use arc_graph::NodeKind;

/// Writes a graph from nothing. Dropped before [`BulkWriter::finish`], it leaves no trace and the old graph as it was.
///
/// Call `facts` and `terms` for any file at any time, then `nodes` for every file in order, then `edges` for every file in order.
/// Files are positions in the caller's list, sorted by path.
pub struct BulkWriter<'a> {
    connection: Connection,
    temporary: Temporary,
    lock: &'a WriteLock,
    files: i64,
    strings: NewStrings,
    edges: EdgeRuns,
    unresolved: Vec<(i64, i64, u32)>,
    externals: HashMap<Box<str>, i64>,
    next_node: i64,
}

/// Removed when dropped, unless it has been renamed.
struct Temporary {
    path: PathBuf,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone after the rename; what a failed removal leaves is removed by the next holder of the lock.
        let _ = fs::remove_file(&self.path);
    }
}

impl<'a> BulkWriter<'a> {
    /// Starts a graph of `files` files.
    ///
    /// # Errors
    /// When the folder cannot be written, or the file there is somebody else's.
    pub fn create(lock: &'a WriteLock, files: usize) -> Result<BulkWriter<'a>, StoreError> {
        let graph = lock.graph();
        // A graph of another version is replaced: whoever calls this has been told to.
        if let Err(error @ StoreError::NotAGraph { .. }) = connection::check_header(graph) {
            return Err(error);
        }
        let mut name = temporary_prefix(graph);
        name.push(std::process::id().to_string());
        let temporary = Temporary {
            path: folder_of(graph).join(&name),
        };
        name.push("-edges");
        let runs = folder_of(graph).join(name);
        let connection = connection::create(&temporary.path)?;
        let begun = connection
            .execute_batch("BEGIN")
            .and_then(|()| schema::create_tables(&connection))
            .and_then(|()| {
                connection.execute_batch(
                    "INSERT INTO name_fts(name_fts, rank) VALUES ('automerge', 0);
                     INSERT INTO name_fts(name_fts, rank) VALUES ('hashsize', 16777216);
                     INSERT INTO doc_fts(doc_fts, rank) VALUES ('automerge', 0);
                     INSERT INTO doc_fts(doc_fts, rank) VALUES ('hashsize', 16777216);",
                )
            });
        begun.map_err(|error| StoreError::from_sql(&temporary.path, error))?;
        Ok(BulkWriter {
            connection,
            temporary,
            lock,
            files: files as i64,
            strings: NewStrings::default(),
            edges: EdgeRuns::new(runs),
            unresolved: Vec::new(),
            externals: HashMap::new(),
            next_node: files as i64 + 1,
        })
    }

    /// Keeps the facts of a file for later updates.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn facts(&mut self, file: usize, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self
            .connection
            .prepare_cached("INSERT INTO facts VALUES (?1, ?2)")
            .and_then(|mut insert| insert.execute(params![file as i64 + 1, bytes]));
        self.check(written).map(drop)
    }

    /// Keeps a run of the resolver, for updates to play again.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn run(&mut self, run: &[u8]) -> Result<(), StoreError> {
        self.check(insert_run(&self.connection, run))
    }

    /// The facts kept for a file.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn read_facts(&self, file: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.check(read_facts(&self.connection, file as i64 + 1))
    }

    /// Keeps the terms of a file, sorted and each once.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn terms(&mut self, file: usize, terms: &[FileTerm]) -> Result<(), StoreError> {
        let written = terms::insert_terms(&self.connection, file as i64 + 1, terms);
        self.check(written)
    }

    /// Writes what people wrote down in a file.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn records(&mut self, file: usize, rows: &[RecordRow]) -> Result<(), StoreError> {
        self.check(insert_records(&self.connection, file as i64 + 1, rows))
    }

    /// Writes the nodes of the next file; the first of them is the file.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn nodes(
        &mut self,
        file: usize,
        row: &FileRow,
        nodes: &[NodeRow<'_>],
    ) -> Result<(), StoreError> {
        let first = self.next_node - 1;
        self.next_node += nodes.len() as i64 - 1;
        let written = write_nodes(
            &self.connection,
            &mut self.strings,
            nodes,
            &|position: u32| node_id(file, position, first),
            row,
        );
        self.check(written)
    }

    /// Takes the edges and unresolved references of the next file and gives its digest.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn edges(
        &mut self,
        keys: &Keys,
        file: usize,
        row: &FileRow,
        graph: &FileGraph<'_>,
    ) -> Result<i64, StoreError> {
        for edge in &graph.edges {
            let dst = match edge.dst {
                Target::Node { file, node } => self.id(keys, file as usize, node),
                Target::External(name) => self.external(name),
            };
            let src = self.id(keys, file, edge.src);
            self.edges.push(PackedEdge {
                dst: dst as u32,
                kind: edge.kind.number(),
                src: src as u32,
                line: edge.line,
                doubt: 1000 - edge.confidence.thousandths(),
                rule: edge.rule.number(),
            })?;
        }
        for reference in &graph.unresolved {
            let name = self.strings.id(reference.name);
            let src = self.id(keys, file, reference.src);
            self.unresolved.push((name, src, reference.line));
        }
        Ok(file_digest(keys, file, &row.module, graph))
    }

    /// [`BulkWriter::index`] and [`IndexedGraph::finish`].
    ///
    /// # Errors
    /// When the disk is full or the old graph cannot be replaced.
    pub fn finish(self, rows: &[(FileRow, i64)], meta: &[(&str, &str)]) -> Result<(), StoreError> {
        self.index(rows, meta)?.finish()
    }

    /// Writes what is left and makes the indexes. `rows` has every file with its digest, `meta` what the file says of itself.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn index(
        self,
        rows: &[(FileRow, i64)],
        meta: &[(&str, &str)],
    ) -> Result<IndexedGraph<'a>, StoreError> {
        let BulkWriter {
            connection,
            temporary,
            lock,
            strings,
            edges,
            unresolved,
            externals,
            ..
        } = self;
        let in_sql = |error| StoreError::from_sql(&temporary.path, error);
        write_files(&connection, rows)
            .and_then(|()| write_externals(&connection, strings, externals))
            .map_err(in_sql)?;
        write_edges(&connection, edges)?;
        let written = write_unresolved(&connection, unresolved)
            .and_then(|()| terms::write_term_files(&connection))
            .and_then(|()| set_meta(&connection, meta))
            .and_then(|()| schema::create_indexes(&connection))
            .and_then(|()| {
                connection.execute_batch(
                    "INSERT INTO name_fts(name_fts) VALUES ('optimize');
                     INSERT INTO doc_fts(doc_fts) VALUES ('optimize');
                     INSERT INTO name_fts(name_fts, rank) VALUES ('automerge', 4);
                     INSERT INTO name_fts(name_fts, rank) VALUES ('hashsize', 1048576);
                     INSERT INTO doc_fts(doc_fts, rank) VALUES ('automerge', 4);
                     INSERT INTO doc_fts(doc_fts, rank) VALUES ('hashsize', 1048576);",
                )
            });
        written.map_err(in_sql)?;
        Ok(IndexedGraph {
            connection,
            temporary,
            lock,
        })
    }

    fn id(&self, keys: &Keys, file: usize, position: u32) -> i64 {
        node_id(
            file,
            position,
            self.files + (keys.before(file) - file) as i64,
        )
    }

    fn external(&mut self, qualified_name: &str) -> i64 {
        if let Some(id) = self.externals.get(qualified_name) {
            return *id;
        }
        let id = self.next_node;
        self.next_node += 1;
        self.externals.insert(qualified_name.into(), id);
        id
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sql(&self.temporary.path, error))
    }
}

/// A graph that can be read like a finished one, and is not yet in its place.
pub struct IndexedGraph<'a> {
    connection: Connection,
    temporary: Temporary,
    lock: &'a WriteLock,
}

impl IndexedGraph<'_> {
    /// The names in all records.
    #[must_use]
    pub fn record_names(&self) -> RecordNames<'_> {
        RecordNames::new(&self.connection, &self.temporary.path)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sql(&self.temporary.path, error))
    }

    /// Puts the graph in the place of the old one.
    ///
    /// # Errors
    /// When the disk is full or the old graph cannot be replaced.
    pub fn finish(self) -> Result<(), StoreError> {
        let IndexedGraph {
            connection,
            temporary,
            lock,
        } = self;
        connection
            .execute_batch("COMMIT")
            .map_err(|error| StoreError::from_sql(&temporary.path, error))?;
        connection
            .close()
            .map_err(|(_, error)| StoreError::from_sql(&temporary.path, error))?;
        replace(&temporary.path, lock.graph())
    }
}

/// Files come first, in order; their symbols follow. `before` is the id before the first symbol of the file.
fn node_id(file: usize, position: u32, before: i64) -> i64 {
    if position == 0 {
        file as i64 + 1
    } else {
        before + i64::from(position)
    }
}

pub(crate) const INSERT_NODE: &str =
    "INSERT INTO node VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
pub(crate) const INSERT_NAME_WORDS: &str = "INSERT INTO name_fts (rowid, text) VALUES (?1, ?2)";
pub(crate) const INSERT_DOC_WORDS: &str = "INSERT INTO doc_fts (rowid, text) VALUES (?1, ?2)";

fn write_nodes(
    connection: &Connection,
    strings: &mut NewStrings,
    nodes: &[NodeRow<'_>],
    id: &dyn Fn(u32) -> i64,
    file: &FileRow,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(INSERT_NODE)?;
    let mut name_words = connection.prepare_cached(INSERT_NAME_WORDS)?;
    let mut doc_words = connection.prepare_cached(INSERT_DOC_WORDS)?;
    let module = words(module_of(file));
    for (position, node) in nodes.iter().enumerate() {
        let own = id(position as u32);
        let (scope, flag) = split_scope(node.scope_name, node.name);
        insert.execute(params![
            own,
            node.kind.number(),
            id(0),
            node.parent.map(id),
            scope.map(|scope| strings.id(scope)),
            strings.id(node.name),
            node.ordinal,
            node.line,
            node.end_line,
            node.flags | flag,
            node.complexity,
        ])?;
        write_words(&mut name_words, &mut doc_words, own, &module, node)?;
    }
    Ok(())
}

/// What stands before the names of a file's symbols when they are searched.
pub(crate) fn module_of(file: &FileRow) -> &str {
    if file.module.is_empty() {
        &file.path
    } else {
        &file.module
    }
}

pub(crate) fn write_words(
    name_words: &mut CachedStatement<'_>,
    doc_words: &mut CachedStatement<'_>,
    id: i64,
    module: &str,
    node: &NodeRow<'_>,
) -> rusqlite::Result<()> {
    if !node.name.is_empty() {
        let inside = if node.scope_name.is_empty() {
            words(node.name)
        } else {
            words(node.scope_name)
        };
        name_words.execute(params![id, format!("{inside} {module}")])?;
    }
    if !node.doc.is_empty() {
        doc_words.execute(params![id, words(node.doc)])?;
    }
    Ok(())
}

fn write_files(connection: &Connection, rows: &[(FileRow, i64)]) -> rusqlite::Result<()> {
    for (position, (row, digest)) in rows.iter().enumerate() {
        insert_file(
            connection,
            &StoredFile {
                id: position as i64 + 1,
                row: row.clone(),
                digest: *digest,
            },
        )?;
    }
    Ok(())
}

fn write_externals(
    connection: &Connection,
    mut strings: NewStrings,
    externals: HashMap<Box<str>, i64>,
) -> rusqlite::Result<()> {
    let mut rows: Vec<(i64, Box<str>)> =
        externals.into_iter().map(|(name, id)| (id, name)).collect();
    rows.sort_unstable_by_key(|(id, _)| *id);
    let mut insert = connection.prepare(INSERT_NODE)?;
    let mut name_words = connection.prepare(INSERT_NAME_WORDS)?;
    for (id, qualified_name) in rows {
        let name = external_name(&qualified_name);
        let (scope, flag) = split_scope(&qualified_name, name);
        insert.execute(params![
            id,
            NodeKind::External.number(),
            None::<i64>,
            None::<i64>,
            scope.map(|scope| strings.id(scope)),
            strings.id(name),
            0,
            0,
            0,
            flag,
            0,
        ])?;
        name_words.execute(params![id, words(&qualified_name)])?;
    }
    strings.write(connection)
}

fn write_edges(connection: &Connection, edges: EdgeRuns) -> Result<(), StoreError> {
    let path = edges.path().to_owned();
    let failed = |error| StoreError::from_sql(&path, error);
    let mut insert = connection
        .prepare("INSERT INTO edge VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .map_err(failed)?;
    edges.drain(|edge| {
        let row = params![
            edge.dst,
            edge.kind,
            edge.src,
            edge.line,
            1000 - edge.doubt,
            edge.rule,
        ];
        insert.execute(row).map(drop).map_err(failed)
    })
}

fn write_unresolved(
    connection: &Connection,
    mut unresolved: Vec<(i64, i64, u32)>,
) -> rusqlite::Result<()> {
    unresolved.sort_unstable();
    unresolved.dedup();
    let mut insert = connection.prepare("INSERT INTO unresolved VALUES (?1, ?2, ?3)")?;
    for (name, src, line) in unresolved {
        insert.execute(params![name, src, line])?;
    }
    Ok(())
}

pub(crate) fn set_meta(connection: &Connection, meta: &[(&str, &str)]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
    insert.execute(params![
        "schema_version",
        schema::SCHEMA_VERSION.to_string()
    ])?;
    for (key, value) in meta {
        insert.execute([key, value])?;
    }
    Ok(())
}

/// Puts the finished file in place. A journal of an update that was killed belongs to the old file: it is played back or,
/// where that fails, removed together with the file, so that it is never played into the new one.
pub(crate) fn replace(temporary: &Path, graph: &Path) -> Result<(), StoreError> {
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(temporary).map_err(|error| StoreError::from_io("write", temporary, error))?;
    let sidecars = ["-journal", "-wal", "-shm"].map(|suffix| {
        let mut name = graph.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    });
    // A reader that comes now must find a graph: the old file is made whole rather than removed, where it can be.
    if sidecars.iter().any(|path| path.exists()) {
        connection::play_back_journal(graph);
    }
    if sidecars.iter().any(|path| path.exists()) {
        for path in [graph]
            .into_iter()
            .chain(sidecars.iter().map(PathBuf::as_path))
        {
            if path.exists() {
                fs::remove_file(path)
                    .map_err(|error| StoreError::from_io("remove", path, error))?;
            }
        }
    }
    fs::rename(temporary, graph).map_err(|error| StoreError::from_io("replace", graph, error))?;
    // Not every file system lets a folder be synced; the rename itself has happened.
    let _ = sync(folder_of(graph));
    Ok(())
}

//! Finding nodes by what people write, and the small tables.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use arc_graph::{EdgeKind, NodeId, NodeKind, NodeRecord, Rule};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::StoreError;
use crate::read::{FileNames, GraphFile, known, qualified_name};
use crate::rows::{FileRow, Stamp, StoredFile, external_name, joined_scope};
use crate::strings;

/// A file of the graph, for answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The file's node.
    pub id: NodeId,
    /// The row; `diagnostics` are left out.
    pub row: FileRow,
}

/// A node with a certain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRecord {
    /// The node.
    pub id: NodeId,
    /// The node of its file; `None` outside the repository.
    pub file: Option<NodeId>,
    /// The language of its file.
    pub language: Option<String>,
    /// A set of [`crate::node_flag`]s.
    pub flags: u32,
}

/// How much of what the graph holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphCounts {
    /// Nodes by kind.
    pub nodes: BTreeMap<NodeKind, u64>,
    /// Edges by kind and rule, containment left out.
    pub edges: BTreeMap<(EdgeKind, Rule), u64>,
    /// Unresolved references.
    pub unresolved: u64,
    /// Commits.
    pub commits: u64,
}

impl GraphFile {
    /// What the file says of itself, by key; see `meta` in `schema/graph.sql`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.check(read_meta(self.connection(), key))
    }

    /// The file with this path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file(&self, path: &str) -> Result<Option<FileRecord>, StoreError> {
        Ok(self.stored_file(path)?.map(record_of))
    }

    /// The file of a file's node.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn file_by_id(&self, id: NodeId) -> Result<Option<FileRecord>, StoreError> {
        let read = self
            .connection()
            .prepare_cached(&format!("{FILES_SQL} WHERE id = ?1"))
            .and_then(|mut select| select.query_row([id.0], file_of_row).optional());
        Ok(self.check(read)?.map(record_of))
    }

    /// Every file, sorted by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn files(&self) -> Result<Vec<StoredFile>, StoreError> {
        self.check(read_files(self.connection()))
    }

    /// Id, path and stamp of every file, sorted by path.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn stamps(&self) -> Result<Vec<(i64, String, Stamp)>, StoreError> {
        let read = || {
            let mut stamps: Vec<(i64, String, Stamp)> = self
                .connection()
                .prepare_cached("SELECT id, path, size, mtime_ns, ctime_ns, inode FROM files")?
                .query_map([], |row| {
                    Ok((row.get(0)?, row.get(1)?, stamp_of_row(row, 2)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            // Ids follow paths but for files that came later.
            stamps.sort_by(|a, b| a.1.cmp(&b.1));
            Ok(stamps)
        };
        self.check(read())
    }

    /// The file with this path, as an update needs it.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn stored_file(&self, path: &str) -> Result<Option<StoredFile>, StoreError> {
        let read = self
            .connection()
            .prepare_cached(&format!("{FILES_SQL} WHERE path = ?1"))
            .and_then(|mut select| select.query_row([path], file_of_row).optional());
        self.check(read)
    }

    /// The symbols of a file in order of their lines, the file itself left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn symbols_in(&self, file: NodeId) -> Result<Vec<NodeId>, StoreError> {
        self.ids(
            "SELECT id FROM node INDEXED BY node_file WHERE file = ?1 AND id <> ?1 ORDER BY line, end_line DESC, id",
            params![file.0],
        )
    }

    /// Every test case of the project, by file and line.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn test_cases(&self) -> Result<Vec<NodeId>, StoreError> {
        self.ids(
            "SELECT node.id FROM node JOIN files ON files.id = node.file
             WHERE node.flags & 1 AND node.kind IN (7, 8, 14, 15)
             ORDER BY files.path, node.line, node.end_line DESC, node.id",
            params![],
        )
    }

    /// Classes that name a module outside the project in their heads whose name speaks of tests, each with that module.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn classes_naming_tests_outside(&self) -> Result<Vec<(NodeId, NodeId)>, StoreError> {
        // In this order: there are few nodes outside, and the planner would begin with all edges.
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT DISTINCT class.id, outside.id FROM node AS outside
                     CROSS JOIN strings AS own ON own.id = outside.name
                     LEFT JOIN strings AS scope ON scope.id = outside.scope
                     CROSS JOIN edge ON edge.dst = outside.id AND edge.kind = ?1
                     CROSS JOIN node AS class ON class.id = edge.src AND class.line = edge.line
                     WHERE outside.kind = ?2 AND class.kind = ?3
                       AND (own.text LIKE '%test%' OR scope.text LIKE '%test%')
                     ORDER BY class.id, outside.id",
                )?
                .query_map(
                    params![
                        EdgeKind::References.number(),
                        NodeKind::External.number(),
                        NodeKind::Class.number()
                    ],
                    |row| Ok((NodeId(row.get(0)?), NodeId(row.get(1)?))),
                )?
                .collect()
        };
        self.check(read())
    }

    /// Whether the project has so many test cases.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn has_test_cases(&self, least: usize) -> Result<bool, StoreError> {
        let found = self.ids(
            "SELECT id FROM node WHERE flags & 1 AND kind IN (7, 8, 14, 15) AND file IS NOT NULL LIMIT ?1",
            params![least as i64],
        )?;
        Ok(found.len() >= least)
    }

    /// How many definitions of tests there are in a language, counted up to `most`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn test_cases_in(&self, language: &str, most: usize) -> Result<usize, StoreError> {
        let found = self.ids(
            "SELECT node.id FROM files JOIN node INDEXED BY node_file ON node.file = files.id
             WHERE files.language = ?1 AND files.flags & 16 AND node.flags & 1 AND node.kind IN (7, 8, 14, 15)
             UNION ALL
             SELECT node.id FROM files JOIN node INDEXED BY node_file ON node.file = files.id
             WHERE files.language = ?1 AND NOT files.flags & 16 AND node.flags & 1 AND node.kind IN (7, 8, 14, 15)
             LIMIT ?2",
            params![language, most as i64],
        )?;
        Ok(found.len())
    }

    /// The files of tests that a language reads, by path, with the language; those that were set apart are left out.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn test_files(&self) -> Result<Vec<(String, String)>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT path, language FROM files
                     WHERE flags & 16 AND NOT flags & 239 AND language IS NOT NULL ORDER BY path",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.check(read())
    }

    /// The innermost symbol around a line of a file; `None` when the line is in no symbol.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn symbol_at(&self, file: NodeId, line: u32) -> Result<Option<NodeId>, StoreError> {
        let found = self.ids(
            "SELECT id FROM node INDEXED BY node_file
             WHERE file = ?1 AND id <> ?1 AND line <= ?2 AND end_line >= ?2
             ORDER BY line DESC, end_line, id DESC LIMIT 1",
            params![file.0, line],
        )?;
        Ok(found.first().copied())
    }

    /// The symbols of a file with this name inside it; `.` and `::` are the same.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn by_scope_name(&self, file: NodeId, scope_name: &str) -> Result<Vec<NodeId>, StoreError> {
        let wanted = scope_name.replace("::", ".");
        let read = || {
            let mut select = self.connection().prepare_cached(
                "SELECT node.id, scope.text, own.text, node.flags FROM node INDEXED BY node_file
                 JOIN strings AS own ON own.id = node.name
                 LEFT JOIN strings AS scope ON scope.id = node.scope
                 WHERE node.file = ?1 AND node.id <> ?1 ORDER BY node.line, node.id",
            )?;
            let mut rows = select.query([file.0])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let scope = row.get_ref(1)?.as_str_or_null()?;
                let name = row.get_ref(2)?.as_str()?;
                if joined_scope(scope, name, row.get(3)?).replace("::", ".") == wanted {
                    found.push(NodeId(row.get(0)?));
                }
            }
            Ok(found)
        };
        self.check(read())
    }

    /// The nodes with this qualified name; `.` and `::` are the same. Files are found by their module name.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn by_qualified_name(&self, name: &str) -> Result<Vec<NodeId>, StoreError> {
        let mut found = self.ids(
            "SELECT id FROM files WHERE module = ?1 ORDER BY path",
            [name],
        )?;
        let wanted = name.replace("::", ".");
        let own_name = external_name(name);
        let own_names = [own_name, name];
        for own_name in &own_names[usize::from(own_name == name)..] {
            let named = self.check(self.named(own_name, Some(&wanted)))?;
            found.extend(named.iter().map(|named| named.id));
        }
        Ok(found)
    }

    /// The nodes with this own name, in the order of their files and lines.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn by_name(&self, name: &str) -> Result<Vec<NodeId>, StoreError> {
        let named = self.check(self.named(name, None))?;
        Ok(named.iter().map(|named| named.id).collect())
    }

    /// The own names, inside the project, that have so many characters, each once and in no order.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn names_of_length(&self, lengths: RangeInclusive<u32>) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(
                    "SELECT text FROM strings WHERE length(text) BETWEEN ?1 AND ?2
                     AND EXISTS (SELECT 1 FROM node INDEXED BY node_name
                                 WHERE node.name = strings.id AND node.file IS NOT NULL)",
                )?
                .query_map([*lengths.start(), *lengths.end()], |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }

    /// All that has the names of `node`, itself too, in the order of files and lines.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn named_like(&self, node: &NodeRecord) -> Result<Vec<NamedRecord>, StoreError> {
        let wanted = node.qualified_name.replace("::", ".");
        self.check(self.named(&node.name, Some(&wanted)))
    }

    /// Whether any node with this own name has one of these [`crate::node_flag`]s.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn is_flagged(&self, name: &str, flags: u32) -> Result<bool, StoreError> {
        let found = self.ids(
            "SELECT id FROM node INDEXED BY node_name
             WHERE name = (SELECT id FROM strings WHERE text = ?1) AND flags & ?2 <> 0 LIMIT 1",
            params![name, flags],
        )?;
        Ok(!found.is_empty())
    }

    fn named(&self, name: &str, wanted: Option<&str>) -> rusqlite::Result<Vec<NamedRecord>> {
        let Some(string) = strings::find(self.connection(), name)? else {
            return Ok(Vec::new());
        };
        let mut select = self.connection().prepare_cached(
            "SELECT node.id, node.kind, scope.text, node.flags, files.path, files.module, files.separator,
                    files.id, files.language
             FROM node INDEXED BY node_name
             LEFT JOIN strings AS scope ON scope.id = node.scope
             LEFT JOIN files ON files.id = node.file
             WHERE node.name = ?1 ORDER BY files.path, node.line, node.id",
        )?;
        let mut rows = select.query([string])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let file = FileNames {
                path: row.get_ref(4)?.as_str_or_null()?.unwrap_or(""),
                module: row.get_ref(5)?.as_str_or_null()?.unwrap_or(""),
                separator: row.get_ref(6)?.as_str_or_null()?.unwrap_or(""),
            };
            let kind = known(1, NodeKind::from_number(row.get(1)?))?;
            let scope = row.get_ref(2)?.as_str_or_null()?;
            if wanted.is_none_or(|wanted| {
                row.get(3).is_ok_and(|flags| {
                    qualified_name(kind, name, scope, flags, file).replace("::", ".") == wanted
                })
            }) {
                found.push(NamedRecord {
                    id: NodeId(row.get(0)?),
                    file: row.get::<_, Option<i64>>(7)?.map(NodeId),
                    language: row.get(8)?,
                    flags: row.get(3)?,
                });
            }
        }
        Ok(found)
    }

    /// The cached facts of a file.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn facts(&self, file: NodeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.check(read_facts(self.connection(), file.0))
    }

    /// Counts everything. Reads the whole graph.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn counts(&self) -> Result<GraphCounts, StoreError> {
        self.check(count(self.connection()))
    }

    /// Edges and unresolved references by language, sorted by its name. Reads the whole graph.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn resolved_by_language(&self) -> Result<Vec<(String, u64, u64)>, StoreError> {
        let read = || {
            self.connection()
                .prepare(
                    "SELECT files.language, sum(edges), sum(open) FROM (
                       SELECT src, count(*) AS edges, 0 AS open FROM edge GROUP BY src
                       UNION ALL
                       SELECT src, 0, count(*) FROM unresolved GROUP BY src
                     ) AS counted
                     JOIN node ON node.id = counted.src
                     JOIN files ON files.id = node.file
                     WHERE files.language IS NOT NULL
                     GROUP BY files.language ORDER BY files.language",
                )?
                .query_map([], |row| {
                    let number = |at| row.get::<_, i64>(at).map(|number| number as u64);
                    Ok((row.get(0)?, number(1)?, number(2)?))
                })?
                .collect()
        };
        self.check(read())
    }

    /// SQLite's own look at every page; empty when all is well.
    ///
    /// # Errors
    /// When the graph cannot be read at all.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let read = || {
            self.connection()
                .prepare("PRAGMA integrity_check(20)")?
                .query_map([], |row| row.get::<_, String>(0))?
                .filter(|line| !matches!(line, Ok(text) if text == "ok"))
                .collect()
        };
        self.check(read())
    }

    fn ids(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<NodeId>, StoreError> {
        let read = || {
            self.connection()
                .prepare_cached(sql)?
                .query_map(parameters, |row| Ok(NodeId(row.get(0)?)))?
                .collect()
        };
        self.check(read())
    }
}

fn record_of(file: StoredFile) -> FileRecord {
    FileRecord {
        id: NodeId(file.id),
        row: file.row,
    }
}

const FILES_SQL: &str =
    "SELECT id, path, language, size, mtime_ns, ctime_ns, inode, hash, flags, lines, error_bytes,
       module, separator, digest FROM files";

pub(crate) fn read_files(connection: &Connection) -> rusqlite::Result<Vec<StoredFile>> {
    let mut files: Vec<StoredFile> = connection
        .prepare_cached(FILES_SQL)?
        .query_map([], file_of_row)?
        .collect::<rusqlite::Result<_>>()?;
    files.sort_unstable_by(|a, b| a.row.path.cmp(&b.row.path));
    Ok(files)
}

pub(crate) fn read_facts(connection: &Connection, file: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT bytes FROM facts WHERE file = ?1")?
        .query_row([file], |row| row.get(0))
        .optional()
}

pub(crate) fn read_meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

fn file_of_row(row: &Row<'_>) -> rusqlite::Result<StoredFile> {
    let hash = row.get_ref(7)?.as_blob_or_null()?;
    Ok(StoredFile {
        id: row.get(0)?,
        row: FileRow {
            path: row.get(1)?,
            language: row.get(2)?,
            stamp: stamp_of_row(row, 3)?,
            hash: hash.and_then(|hash| hash.try_into().ok()),
            flags: row.get(8)?,
            lines: row.get(9)?,
            error_bytes: row.get(10)?,
            module: row.get(11)?,
            separator: row.get(12)?,
            diagnostics: Vec::new(),
        },
        digest: row.get(13)?,
    })
}

/// A stamp in four columns from `at`.
fn stamp_of_row(row: &Row<'_>, at: usize) -> rusqlite::Result<Stamp> {
    Ok(Stamp {
        size: row.get::<_, i64>(at)?.cast_unsigned(),
        mtime_ns: row.get(at + 1)?,
        ctime_ns: row.get(at + 2)?,
        inode: row.get::<_, i64>(at + 3)?.cast_unsigned(),
    })
}

fn count(connection: &Connection) -> rusqlite::Result<GraphCounts> {
    let mut counts = GraphCounts::default();
    let mut select = connection.prepare("SELECT kind, count(*) FROM node GROUP BY kind")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let kind = known(0, NodeKind::from_number(row.get(0)?))?;
        counts
            .nodes
            .insert(kind, row.get::<_, i64>(1)?.cast_unsigned());
    }
    // Counted here: SQLite would sort all edges to group them.
    let mut numbers = vec![[0u64; 256]; 256];
    let mut select = connection.prepare("SELECT kind, rule FROM edge")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        numbers[usize::from(row.get::<_, u8>(0)?)][usize::from(row.get::<_, u8>(1)?)] += 1;
    }
    for (kind, rules) in (0..=u8::MAX).zip(&numbers) {
        for (rule, number) in (0..=u8::MAX).zip(rules).filter(|(_, number)| **number > 0) {
            let kind = known(0, EdgeKind::from_number(kind))?;
            let rule = known(1, Rule::from_number(rule))?;
            counts.edges.insert((kind, rule), *number);
        }
    }
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    counts.unresolved = count("SELECT count(*) FROM unresolved")?.cast_unsigned();
    counts.commits = count("SELECT count(*) FROM commits")?.cast_unsigned();
    Ok(counts)
}
